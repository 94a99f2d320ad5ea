"""The option that the figures speak for, and whether it would be so with other options on the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...frontier import CostAndMinutes, frontier
from ..figures import Figure, taken
from ..tables import has_combined_time

if TYPE_CHECKING:
    from ...study import Outcome
    from .facts import Facts

VALUE: Final = "value_for_money"


def step_figures(facts: Facts, row: int) -> dict[str, Figure]:
    """Give the figures of a step from an option to the next dearer one."""
    path = f"{VALUE}.steps[{row}]"
    return {
        "minutes": taken(facts.record, f"{path}.minutes_gained", "minutes"),
        "sek": taken(facts.record, f"{path}.sek_more", "sek"),
        "price": taken(facts.record, f"{path}.sek_per_minute", "sek"),
    }


def supported(efficient: list[Outcome], facts: Facts) -> str:
    """Say which option is suggested and why, or that none is."""
    words, found = facts.words, facts.record[VALUE]
    if len(efficient) == 1:
        return words("reporting.supported_one", option=facts.titled(efficient[0]))
    names = words.list_of([facts.letter(each) for each in efficient])
    if found["suggested"] is None:
        return words("reporting.supported_none", options=names)
    place = found["efficient"].index(found["suggested"])
    before, after = (step_figures(facts, row)["price"] for row in (place - 1, place))
    return words(
        "reporting.supported",
        option=facts.titled(facts.named(found["suggested"])),
        letter=facts.letters[found["suggested"]],
        next=facts.letters[found["efficient"][place + 1]],
        before=before.text(words),
        after=after.text(words),
        rise=Figure("", found["rise"], "posts").text(words, with_unit=False),
        holds=_holds(found["suggested"], facts),
    )


def _holds(suggested: str, facts: Facts) -> str:
    """Say whether the same is suggested with the plans that analyses found for other numbers of places."""
    words = facts.words
    plans = {each["scenario"]["name"]: each for each in facts.record["plans"]}
    weighed = [
        *facts.record[VALUE]["efficient"],
        *(each["option"] for each in facts.record[VALUE]["dominated"]),
    ]
    known = {
        name: CostAndMinutes(
            plans[name]["resources"]["sek_per_year"],
            plans[name]["evaluation"]["county"]["overall"]["mean_minutes"],
        )
        for name in weighed
    }
    more = _plans_of_analyses(facts)
    if not more:
        return ""
    found = frontier(known | more)
    letters = words.list_of([facts.letter(each.outcome) for each in facts.analyses])
    if found.suggested == suggested:
        return words("reporting.holds", options=letters)
    if found.suggested is None:
        return words("reporting.holds_not", options=letters)
    number = found.suggested.rpartition(" ")[2]
    if found.suggested in more:
        return words("reporting.holds_other", options=letters, number=number)
    return words("reporting.holds_option", options=letters, option=facts.letters[found.suggested])


def _plans_of_analyses(facts: Facts) -> dict[str, CostAndMinutes]:
    """Give cost and mean minutes of the best plans for each number of satellites, as they are told."""
    found = {}
    for analysis in facts.analyses:
        if analysis.trade_offs is None or has_combined_time(analysis.outcome.scenario):
            continue  # where waiting counts, the measure is not the trip
        for each in analysis.trade_offs.curve:
            measures = None if each.point is None else each.point.measures
            if measures is not None and measures.mean_minutes is not None and measures.cost is not None:
                name = f"{analysis.outcome.scenario.name} {each.n_satellites}"
                found[name] = CostAndMinutes(measures.cost, measures.mean_minutes)
    return found
