"""What is estimated and how it is to be read, in sentences under the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..scenario_travel import CAR
from .modes import by_mode, mode_notes
from .tables import has_combined_time

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    times = outcome.region.times
    unreachable, cut_off = times.n_unreachable_pairs, outcome.region.n_roads_cut_off
    kilometres = [
        f"{words.number(float(metres.max()) / 1000, 1)} km"
        for metres in (times.origin_access_metres, times.destination_access_metres)
    ]
    return (
        *(str(getattr(note, words.language)) for note in outcome.dataset.manifest.notes),
        *(words(f"estimate.{key}", mode=by_mode(outcome.scenario, words)) for key in _keys(outcome)),
        *(mode_notes(outcome.scenario, words) if with_modes else ()),
        words("estimate.access", metres=kilometres[0], site_metres=kilometres[1]),
        *_noise(outcome, words),
        *([words("estimate.cut_off", edges=words.number(cut_off))] if cut_off else []),
        *([words("estimate.unreachable", pairs=words.number(unreachable))] if unreachable else []),
        rounding_note(outcome.scenario, words),
    )


def _noise(outcome: Outcome, words: Words) -> Iterator[str]:
    """Say what the protection of the published numbers does to the mean."""
    minutes = outcome.evaluation.mean_minutes_standard_error
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
