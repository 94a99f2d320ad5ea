"""How modes of travel are named to readers, what they are, and which of them matter to a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..scenario_travel import CAR, BusMode, FastestOf
from .words import read_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..scenario import Scenario
    from ..study import Outcome
    from .words import Words


def by_mode(scenario: Scenario, words: Words, mode: str = "") -> str:
    """Say how one travels, such as "by car"; "" is the scenario's own mode."""
    name = mode or scenario.travel.mode
    section = scenario.travel.modes.get(name)
    title = section.title if section else None
    return str(
        getattr(title, words.language) if title else read_texts(words.language)["mode"].get(name, name)
    )


def marked_mode(scenario: Scenario, words: Words, mode: str = "") -> str:
    """Say how one travels, with the word estimate where the bus is reckoned without a timetable."""
    name = by_mode(scenario, words, mode)
    return words("report.mode_estimated", mode=name) if rests_on_estimated_bus(scenario, mode) else name


def mode_head(scenario: Scenario, words: Words, mode: str = "") -> str:
    """Give the mode as the head of a row or a column."""
    name = marked_mode(scenario, words, mode)
    return name[0].upper() + name[1:]


def rests_on_estimated_bus(scenario: Scenario, mode: str = "") -> bool:
    """Whether minutes by a mode are, or may be, those of the bus estimate."""
    section = scenario.travel.modes.get(mode or scenario.travel.mode)
    if isinstance(section, FastestOf):
        return any(rests_on_estimated_bus(scenario, each) for each in section.fastest_of if each != CAR)
    return isinstance(section, BusMode)


def modes_of_interest(outcome: Outcome) -> tuple[str, ...]:
    """Give the modes that the choice names, else those that are the best of several, else all others."""
    named = set(outcome.scenario.choice.modes_named) & set(outcome.by_mode)
    modes = outcome.scenario.travel.modes
    together = {name for name in outcome.by_mode if isinstance(modes.get(name), FastestOf)}
    return tuple(mode for mode in outcome.by_mode if mode in (named or together or outcome.by_mode))


def roads_with_minutes(outcome: Outcome) -> frozenset[str]:
    """Kinds of roads whose minutes the dataset has itself, "bicycle" and "walk"."""
    columns = outcome.dataset.table("road_edges").columns
    return frozenset(kind for kind in ("bicycle", "walk") if f"{kind}_minutes" in columns)


def mode_notes(scenario: Scenario, words: Words) -> Iterator[str]:
    """Say what the modes are: of which the best is taken, how long trips are made, what is estimated."""
    for name, mode in scenario.travel.modes.items():
        head = by_mode(scenario, words, name)
        head = head[0].upper() + head[1:]
        if isinstance(mode, FastestOf):
            parts = words.list_of([by_mode(scenario, words, each) for each in mode.fastest_of])
            yield words("report.mode_is_fastest", mode=head, parts=parts)
        if mode.longest_minutes is not None:
            yield words("report.mode_longest", mode=head, minutes=words.plain(mode.longest_minutes))
    if any(isinstance(mode, BusMode) for mode in scenario.travel.modes.values()):
        yield words("estimate.bus")
