"""The measures that plans are chosen by: named in words, with value, bound and gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from ..saved.rounding import county_decimals, gap_told, youths_measured
from ..scenario_choice import MeasureName
from .modes import marked_mode
from .tables import TableView, has_combined_time

if TYPE_CHECKING:
    from ..evaluate import AreaAccess
    from ..plan import ObjectiveValue, Plan
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


def value_text(measure: str, value: float | None, words: Words, decimals: int = 1) -> str:
    """Write the value of a measure with its unit; minutes with some decimals."""
    if value is None:
        return words("unit.none")
    if measure == "within_standard":
        return words.percent(value)
    if measure == "cost":
        return f"{words.three_digits(value)} {words('unit.sek')}"
    return f"{words.number(value, decimals)} {words('unit.minutes')}"


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
        decimals = minutes_decimals(name, outcome.evaluation.county, outcome.scenario)
        value = value_text(name, getattr(measures, name), words, decimals)
        proven = (words("unit.unknown"),) * 3
        if (name, mode) in ranks:
            proven = _proven(*ranks[name, mode], outcome, words)
        rows.append((measure_text(name, outcome.scenario, words, mode), value, *proven))
    keys = ("measure", "value", "rank", "bound", "gap")
    return TableView(tuple(words(f"column.{key}") for key in keys), tuple(rows))


def _proven(rank: int, objective: ObjectiveValue, outcome: Outcome, words: Words) -> tuple[str, str, str]:
    county, scenario = outcome.evaluation.county, outcome.scenario
    decimals = minutes_decimals(objective.name, county, scenario)
    bound = value_text(objective.name, objective.bound, words, decimals)
    return words.number(rank), bound, gap_text(gap_of(objective, county, scenario), words)


def minutes_decimals(measure: str, county: AreaAccess, scenario: Scenario) -> int:
    """Count the decimals of the minutes of a measure on a page: at most one, none where few decide them."""
    youths = youths_measured(measure, county.youths_in_effect, scenario.choice.worst_share)
    return min(1, county_decimals(youths))


def largest_gap(plan: Plan, county: AreaAccess, scenario: Scenario) -> float:
    """Give the largest gap of a plan's objectives, as it may be told."""
    return max((gap_of(each, county, scenario) for each in plan.objectives), default=0.0)


def gap_of(each: ObjectiveValue, county: AreaAccess, scenario: Scenario) -> float:
    """Give the gap of an objective, as it may be told."""
    youths = youths_measured(each.name, county.youths_in_effect, scenario.choice.worst_share)
    few = scenario.evaluation.smallest_count_shown
    return gap_told(each.gap, each.value, each.unit, youths=youths, few=few)
