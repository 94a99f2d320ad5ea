"""Which municipalities come nearer to a reception with an option and which get farther, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..analysis.shown import signed
from ..tables import gate_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...study import Outcome
    from .facts import Facts

MOST_NAMED: Final = 6


def who_moves(outcome: Outcome, facts: Facts) -> Iterator[str]:
    """Name who comes nearer to a reception than in the base and who gets farther, by noticeable minutes."""
    words, found = facts.words, facts.near_difference(outcome)
    if found is None:
        return
    least = facts.alternatives.comparison.noticeable_minutes
    told = {name: each["mean_change_minutes"] for name, each in found[1]["by_municipality"].items()}
    changes = {
        name: minutes for name, minutes in told.items() if minutes is not None and abs(minutes) >= least
    }
    ordered = sorted(changes, key=lambda name: -abs(changes[name]))
    sides = {
        "nearer": [name for name in ordered if changes[name] < 0],
        "farther": [name for name in ordered if changes[name] > 0],
    }
    for side, names in sides.items():
        if names:
            yield words(f"reporting.who_{side}", names=_named(names, changes, facts))
    if sides["farther"]:
        yield from _counts(outcome, facts)


def _named(names: list[str], changes: dict[str, float], facts: Facts) -> str:
    words = facts.words
    told = [f"{name} ({signed(changes[name], words)})" for name in names[:MOST_NAMED]]
    if len(names) > MOST_NAMED:
        told.append(words("reporting.and_more", n=words.number(len(names) - MOST_NAMED)))
    return words.list_of(told)


def _counts(outcome: Outcome, facts: Facts) -> Iterator[str]:
    words, gate = facts.words, gate_of(facts.base.scenario)
    change = next(
        each.county
        for each in facts.alternatives.comparison.differences
        if (each.option, each.service) == (outcome.scenario.name, "near")
    )
    yield words(
        "reporting.who_counts",
        farther=gate.text(change.youths_farther, words),
        out=gate.text(change.youths_out_of_standard, words),
        minutes=words.plain(facts.standard_minutes),
        least=words.plain(facts.alternatives.comparison.noticeable_minutes),
    )
