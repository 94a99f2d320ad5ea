"""The measures that plans are chosen by: named in words, with value, bound and gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from ..scenario_choice import MeasureName
from .modes import marked_mode
from .tables import TableView, has_combined_time

if TYPE_CHECKING:
    from ..plan import ObjectiveValue
    from ..scenario import Scenario
    from ..study import Outcome
    from .words import Words

MEASURES: Final[tuple[MeasureName, ...]] = get_args(MeasureName)


def objective_text(measure: str, scenario: Scenario, words: Words, mode: str = "") -> str:
    """Say what is made as good as can be, by which mode of travel ("" = the scenario's own)."""
    return _named("objective", measure, scenario, words, mode)


def measure_text(measure: str, scenario: Scenario, words: Words, mode: str = "") -> str:
    """Name a measure, by which mode of travel ("" = the scenario's own)."""
    return _named("measure", measure, scenario, words, mode)


def _named(section: str, measure: str, scenario: Scenario, words: Words, mode: str = "") -> str:
    suffix = "_combined" if has_combined_time(scenario) else ""
    text = words(
        f"{section}{suffix}.{measure}",
        minutes=words.plain(scenario.choice.standard_minutes),
        share=words.exact_percent(scenario.choice.worst_share),
    )
    return f"{text} ({marked_mode(scenario, words, mode)})" if mode else text


def value_text(measure: str, value: float | None, words: Words) -> str:
    """Write the value of a measure with its unit."""
    if value is None:
        return words("unit.none")
    if measure == "within_standard":
        return words.percent(value)
    if measure == "cost":
        return f"{words.three_digits(value)} {words('unit.sek')}"
    return f"{words.number(value, 1)} {words('unit.minutes')}"


def gap_text(gap: float, words: Words) -> str:
    """Write a gap as percent."""
    return f"{words.number(gap * 100, 2 if gap else 0)}\xa0%"


def measures_table(outcome: Outcome, words: Words) -> TableView:
    """All measures of a plan; of its objectives also what is proven."""
    ranks = {
        (each.name, each.mode): (rank, each) for rank, each in enumerate(outcome.plan.objectives, start=1)
    }
    order = [*ranks, *((name, "") for name in MEASURES if (name, "") not in ranks)]
    rows = []
    for name, mode in order:
        measures = outcome.by_mode[mode].measures if mode else outcome.evaluation.measures
        value = value_text(name, getattr(measures, name), words)
        proven = _proven(*ranks[name, mode], words) if (name, mode) in ranks else (words("unit.unknown"),) * 3
        rows.append((measure_text(name, outcome.scenario, words, mode), value, *proven))
    keys = ("measure", "value", "rank", "bound", "gap")
    return TableView(tuple(words(f"column.{key}") for key in keys), tuple(rows))


def _proven(rank: int, objective: ObjectiveValue, words: Words) -> tuple[str, str, str]:
    bound = value_text(objective.name, objective.bound, words)
    return words.number(rank), bound, gap_text(objective.gap, words)
