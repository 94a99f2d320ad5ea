"""Sheets of what options were chosen by, and of what a shorter trip costs from one to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...plan import Status
from ..measures_table import MEASURES, measure_text
from ..modes import marked_mode
from .sheets_table import of_kind, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...plan import ObjectiveValue
    from ...study import Outcome
    from ..words import Words
    from .sheets_table import Cell, Kind, Material, Record, Sheet

EVALUATION: Final = "plans[*].evaluation"
STEPS: Final = "value_for_money.steps[*]"


# --- one row for each measure of each option ---


def measures_sheet(material: Material) -> Sheet:
    """Give each option's measures, and of those it was chosen by what is proven."""
    columns = (
        *material.option_columns(),
        material.column("measure"),
        material.column("mode"),
        material.column("value", "number", f"{EVALUATION}.measures", is_estimated=True),
        material.column("unit"),
        material.column("rank", "count", "plans[*].objectives"),
        material.column("bound", "number", "plans[*].objectives[*].bound", is_estimated=True),
        material.column("gap", "gap", "plans[*].objectives[*].gap"),
        material.column("proof", path="plans[*].objectives[*].status"),
    )
    rows = (row for outcome, plan in material.plans for row in _measure_rows(outcome, plan, material))
    return material.sheet("measures", columns, rows, n_labels=3)


def _measure_rows(outcome: Outcome, plan: Record, material: Material) -> Iterator[tuple[Cell, ...]]:
    words, scenario, own = material.words, outcome.scenario, plan["evaluation"]["mode"]
    option = material.option(scenario.name)
    of_own_mode = set()
    for rank, (objective, record) in enumerate(
        zip(outcome.plan.objectives, plan["objectives"], strict=True), start=1
    ):
        name, mode = record["name"], record["mode"]
        if mode == own:
            of_own_mode.add(name)
        yield (
            *option,
            plain_text(measure_text(name, scenario, words)),
            marked_mode(scenario, words, mode),
            as_measure(_shown(record["objective"], material), name),
            measure_unit(name, words),
            rank,
            as_measure(_shown(record["bound"], material), name),
            record["gap"],
            _proof(objective, words),
        )
    for name in MEASURES:
        unknown = name == "cost" and material.is_reference(outcome)
        if name not in of_own_mode and not unknown:
            value = plan["evaluation"]["measures"][name]
            told = _shown(value, material) if name == "within_standard" else value
            yield (
                *option,
                plain_text(measure_text(name, scenario, words)),
                marked_mode(scenario, words, own),
                as_measure(told, name),
                measure_unit(name, words),
                *(None,) * 4,
            )


def _shown(value: float | None, material: Material) -> Cell:
    return material.hidden if value is None else value


def _proof(objective: ObjectiveValue, words: Words) -> str:
    return words("analysis.proven" if objective.status is Status.OPTIMAL else "analysis.not_proven")


def as_measure(value: Cell, measure: str) -> Cell:
    """Show a value as its measure is: minutes, per cent or SEK."""
    kinds: dict[str, Kind] = {"within_standard": "share_tenths", "cost": "sek"}
    return of_kind(value, kinds.get(measure, "minutes"))


def measure_unit(measure: str, words: Words) -> str:
    """Name the unit in which a measure's value stands in the records."""
    return words(f"workbook.unit.{ {'within_standard': 'share', 'cost': 'sek'}.get(measure, 'minutes') }")


# --- one row for each step from a cheaper option to a dearer one ---


def steps_sheet(material: Material) -> Sheet:
    """Give what a shorter mean trip costs, from each worthwhile option to the next dearer one."""
    columns = (
        material.column("cheaper", path=f"{STEPS}.cheaper"),
        material.column("cheaper_title"),
        material.column("dearer", path=f"{STEPS}.dearer"),
        material.column("dearer_title"),
        material.column("minutes_gained", "minutes", f"{STEPS}.minutes_gained", is_estimated=True),
        material.column("sek_more", "sek", f"{STEPS}.sek_more", is_estimated=True),
        material.column("sek_per_minute", "sek", f"{STEPS}.sek_per_minute", is_estimated=True),
    )
    rows = (
        (
            *material.option(step["cheaper"]),
            *material.option(step["dearer"]),
            step["minutes_gained"],
            step["sek_more"],
            step["sek_per_minute"],
        )
        for step in material.record["value_for_money"]["steps"]
    )
    return material.sheet("steps", columns, rows, n_labels=3)
