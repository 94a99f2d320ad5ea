"""Sheets with a row for each mode and service, and for each group, of each option."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..modes import by_mode, rests_on_estimated_bus
from .sheets_table import ANALYSIS, Field, cells_of, columns_of, within_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...study import Outcome
    from ..words import Words
    from .sheets_table import Cell, Kind, Material, Record, Sheet

EVALUATION: Final = "plans[*].evaluation"
SERVICES: Final = ("overall", "main", "near")


# --- one row for each service of each option, by each mode of travel ---


def travel_sheet(material: Material) -> Sheet:
    """Give travel times and shares of the county, by each mode and to each service."""
    fields = _access_fields(material, "share_tenths")
    columns = (
        *material.option_columns(),
        material.column("mode"),
        material.column("mode_is_own"),
        material.column("service"),
        material.column("mode_is_estimated"),
        *columns_of(fields, material, f"{EVALUATION}.county.*"),
    )
    rows = (row for outcome, plan in material.plans for row in _travel_rows(outcome, plan, fields, material))
    return material.sheet("travel", columns, rows, n_labels=5)


def _travel_rows(
    outcome: Outcome, plan: Record, fields: tuple[Field, ...], material: Material
) -> Iterator[tuple[Cell, ...]]:
    words, scenario, evaluation = material.words, outcome.scenario, plan["evaluation"]
    counties = {evaluation["mode"]: evaluation["county"]}
    counties |= {mode: each["county"] for mode, each in evaluation["by_mode"].items()}
    for mode, county in counties.items():
        for service in SERVICES:
            yield (
                *material.option(scenario.name),
                by_mode(scenario, words, mode),
                _yes_no(mode == evaluation["mode"], words),
                words(f"workbook.service.{service}"),
                _yes_no(rests_on_estimated_bus(scenario, mode), words),
                *cells_of(fields, county[service], material, youths=county["youths"]),
            )


def _yes_no(is_so: bool, words: Words) -> str:
    return words("analysis.yes" if is_so else "analysis.no")


def _access_fields(material: Material, kind: Kind) -> tuple[Field, ...]:
    combined = any(
        plan["evaluation"]["county"]["overall"]["digital_share"]
        or _adds_waiting(plan["evaluation"]["county"]["overall"])
        for plan in material.record["plans"]
    )
    return (
        Field("visits", "count", "visits_per_year"),
        Field("mean_placed", "minutes", "mean_minutes"),
        Field("median", "minutes", "median_minutes"),
        Field("percentile_90", "minutes", "percentile_90_minutes"),
        Field("largest", "minutes", "largest_minutes"),
        *([Field("mean_combined", "minutes", "mean_generalised_minutes")] if combined else []),
        *within_fields(material, "share_within", kind),
        *([Field("digital", kind, "digital_share")] if combined else []),
        Field("served", kind, "served_share"),
    )


def _adds_waiting(access: Record) -> bool:
    return bool(access["mean_generalised_minutes"] != access["mean_minutes"])


# --- one row for each group of each option ---


def groups_sheet(material: Material) -> Sheet:
    """Give travel times by risk group and by gender."""
    fields = _access_fields(material, "share_tenths")
    equity = ("worst_tenth_minutes", "gini")
    columns = (
        *material.option_columns(),
        material.column("division"),
        material.column("group"),
        *columns_of(fields, material, f"{EVALUATION}.by_risk_group.*"),
        material.column("worst_tenth", "minutes", _equity_path(equity[0]), is_estimated=True, file=ANALYSIS),
        material.column("gini", "index", _equity_path(equity[1]), is_estimated=True, file=ANALYSIS),
    )
    rows = (row for outcome, plan in material.plans for row in _group_rows(outcome, plan, fields, material))
    return material.sheet("groups", columns, rows, n_labels=4)


def _equity_path(name: str) -> str:
    return f"municipalities.equity.by_*[*].{name}"


def _group_rows(
    outcome: Outcome, plan: Record, fields: tuple[Field, ...], material: Material
) -> Iterator[tuple[Cell, ...]]:
    words, evaluation = material.words, plan["evaluation"]
    option, youths = material.option(outcome.scenario.name), evaluation["county"]["youths"]
    of_risk = {each["key"]: each for each in _equity(outcome, "by_risk_group", material)}
    for name, access in evaluation["by_risk_group"].items():
        title = str(getattr(outcome.scenario.demand.risk_groups[name].title, words.language))
        cells = cells_of(fields, access, material, youths=youths)
        yield (*option, words("workbook.division.risk"), title, *cells, *_spread(of_risk.get(name), material))
    for each in _equity(outcome, "by_gender", material):
        # Only what an examination tells of them: visits and shares are not counted by gender.
        mean = Field("mean_placed", "minutes", "mean_minutes")
        [value] = cells_of([mean], each, material, youths=each["gini"])
        told = [value if field.key == mean.key else None for field in fields]
        name = words(f"gender.{each['key']}")
        yield (*option, words("workbook.division.gender"), name, *told, *_spread(each, material))


def _equity(outcome: Outcome, division: str, material: Material) -> list[Record]:
    for analysis in material.analyses:
        found = analysis["municipalities"]
        if found and analysis["scenario"]["name"] == outcome.scenario.name:
            return list(found["equity"][division])
    return []


def _spread(group: Record | None, material: Material) -> tuple[Cell, Cell]:
    if group is None:
        return None, None
    worst, gini = _told(group["worst_tenth_minutes"], material), _told(group["gini"], material)
    return worst, gini


def _told(value: float | None, material: Material) -> Cell:
    return material.hidden if value is None else value
