"""What is estimated and how it is to be read, in sentences under the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..scenario_travel import CAR
from .modes import by_mode, mode_notes
from .tables import has_combined_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..scenario import Scenario
    from ..study import Outcome
    from .words import Words

NAME_THE_MAKER: Final = ("©", "CC BY")
SMALLEST_NOISE: Final = 0.1  # minutes; less is shown as this


def attributions(outcome: Outcome) -> tuple[str, ...]:
    """Give the licences of the dataset's tables that ask for their maker to be named, each once."""
    licences = [table.licence for table in outcome.dataset.manifest.tables.values()]
    return tuple(dict.fromkeys(each for each in licences if any(sign in each for sign in NAME_THE_MAKER)))


def estimate_notes(outcome: Outcome, words: Words, *, with_modes: bool = True) -> tuple[str, ...]:
    """Say which inputs are estimates, and how good they are; of other modes where nothing else says that."""
    return estimate_notes_of({"": outcome}, words, with_modes=with_modes)


def estimate_notes_of(
    outcomes: Mapping[str, Outcome], words: Words, *, with_modes: bool = True
) -> tuple[str, ...]:
    """Say it of several options, by their letters: each note once, with the letters if not all have it."""
    options = tuple(outcomes.values())
    base = options[0]
    cut_off = max(each.region.n_roads_cut_off for each in options)
    unreachable = max(each.region.times.n_unreachable_pairs for each in options)
    return (
        *(str(getattr(note, words.language)) for note in base.dataset.manifest.notes),
        *_shared({letter: list(_by_keys(each, words)) for letter, each in outcomes.items()}, words),
        *(_of_modes(outcomes, words) if with_modes else ()),
        _access(options, words),
        *_noise(options, words),
        *([words("estimate.cut_off", edges=words.number(cut_off))] if cut_off else []),
        *([words("estimate.unreachable", pairs=words.number(unreachable))] if unreachable else []),
        *_shared({letter: [rounding_note(each.scenario, words)] for letter, each in outcomes.items()}, words),
    )


def _shared(notes: Mapping[str, Sequence[str]], words: Words) -> Iterator[str]:
    """Give each different note once, in the order of their first place, and say for whom, if not for all."""
    holders: dict[str, list[str]] = {}
    for letter, listed in notes.items():
        for note in listed:
            holders.setdefault(note, []).append(letter)
    for note, letters in sorted(holders.items(), key=lambda each: _place(each[0], notes)):
        if len(letters) == len(notes):
            yield note
        else:
            yield words("estimate.holds_for", note=note, options=words.list_of(letters))


def _place(note: str, notes: Mapping[str, Sequence[str]]) -> int:
    """Give how far down a note stands: those that exclude each other stand together."""
    return min(listed.index(note) for listed in notes.values() if note in listed)


def _by_keys(outcome: Outcome, words: Words) -> Iterator[str]:
    mode = by_mode(outcome.scenario, words)
    yield from (words(f"estimate.{key}", mode=mode) for key in _keys(outcome))


def _of_modes(outcomes: Mapping[str, Outcome], words: Words) -> Iterator[str]:
    return _shared(
        {letter: list(mode_notes(each.scenario, words)) for letter, each in outcomes.items()}, words
    )


def _access(outcomes: Sequence[Outcome], words: Words) -> str:
    """Say how far off the roads one lives, and a reception lies, at most."""
    times = [each.region.times for each in outcomes]
    homes = max(float(each.origin_access_metres.max()) for each in times)
    sites = max(float(each.destination_access_metres.max()) for each in times)
    kilometres = [f"{words.number(metres / 1000, 1)} km" for metres in (homes, sites)]
    return words("estimate.access", metres=kilometres[0], site_metres=kilometres[1])


def _noise(outcomes: Sequence[Outcome], words: Words) -> Iterator[str]:
    """Say what the protection of the published numbers does to the mean, at most."""
    minutes = max(each.evaluation.mean_minutes_standard_error for each in outcomes)
    if minutes > 0:
        yield words("estimate.noise", minutes=words.number(max(minutes, SMALLEST_NOISE), 1))


def _keys(outcome: Outcome) -> Iterator[str]:
    scenario = outcome.scenario
    is_car = outcome.region.mode == CAR
    yield ("car" if is_car else "mode") + ("_and_others" if outcome.by_mode else "")
    if outcome.plan.intake is not None:
        yield "intake"
    else:
        yield "best" if has_combined_time(scenario) else "nearest"
    if scenario.access.waiting_minutes_per_day > 0:
        yield "opening"
    yield "need"
    if not scenario.demand.municipality_factors:
        yield "need_same"
    yield "money"
    yield "sites"


def rounding_note(scenario: Scenario, words: Words) -> str:
    """Say how counts of persons are rounded and protected."""
    k = scenario.evaluation.smallest_count_shown
    return words("report.rounding_note", base=words.number(k), count=words.number(k))


def combined_note(scenario: Scenario, words: Words) -> str:
    """Tell combined time from travel time; empty where they are the same."""
    if not has_combined_time(scenario):
        return ""
    access, parts = scenario.access, []
    if access.waiting_minutes_per_day > 0:
        minutes = words.plain(access.waiting_minutes_per_day)
        parts.append(words("report.combined_waiting", minutes=minutes))
    services = [
        words(f"report.combined_digital_{service}", minutes=words.plain(minutes))
        for service in ("main", "near")
        if (minutes := getattr(access.digital_minutes, service)) is not None
    ]
    if services:
        parts.append(words("report.combined_digital", services=words.list_of(services)))
    return words("report.combined_note", parts="; ".join(parts))
