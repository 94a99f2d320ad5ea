"""The sheet with a column for each option: what it holds, what it takes, and what the county gets."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..answer import status_text
from ..tables import comparable_mean
from .sheets_table import Column, Field, cells_of, columns_of, of_kind, plain_text, within_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...study import Outcome
    from .sheets_table import Cell, Material, Record, Sheet

EVALUATION: Final = "plans[*].evaluation"
CHANGED: Final = ("near", "main")
ROLES: Final = ("main", "satellite", "stop")


def options_sheet(material: Material) -> Sheet:
    """Give a row for each figure of the county, a column for each option: so it can be read on paper."""
    parts = tuple(_parts(material))
    figures = tuple(column for _, columns, _ in parts for column in columns)
    titles = (". ".join(material.option(each.scenario.name)) for each in material.alternatives.outcomes)
    columns = (
        material.column("figure"),
        material.column("figure_unit"),
        material.column("part"),
        material.column("is_estimated"),
        *(Column(plain_text(title), "number") for title in titles),
    )
    rows = (row for part in parts for row in _rows(*part, material))
    return replace(material.sheet("options", columns, rows), figures=figures)


def _parts(material: Material) -> Iterator[tuple[str, tuple[Column, ...], list[tuple[Cell, ...]]]]:
    """Give what figures are of, the figures as columns, and the cells of each option."""
    with_teams = any(each.plan.stop for each in material.alternatives.outcomes)
    takes, county = tuple(_resource_fields(with_teams=with_teams)), _county_fields(material)
    words, plans = material.words, list(material.plans)
    columns: tuple[Column, ...] = (
        material.column("status"),
        material.column("n_main", "count", "plans[*].sites[role=main]"),
        material.column("n_satellites", "count", "plans[*].sites[role=satellite]"),
        material.column("satellite_days", "days", "plans[*].sites[role=satellite].days_per_week"),
        *(_team_columns(material) if with_teams else ()),
        *columns_of(takes, material, "plans[*].resources"),
    )
    cells: list[tuple[Cell, ...]] = [
        (
            plain_text(status_text(outcome, words)),
            *_numbers_of_places(plan, with_teams=with_teams),
            *cells_of(takes, None if material.is_reference(outcome) else plan["resources"], material),
        )
        for outcome, plan in plans
    ]
    yield words("workbook.part.takes"), columns, cells
    mean = material.column(
        "mean_all", "minutes", f"{EVALUATION}.county.overall.mean_minutes", is_estimated=True
    )
    gives: list[tuple[Cell, ...]] = [
        (
            _mean_of_all(outcome, plan),
            *cells_of(county, plan["evaluation"], material, youths=plan["evaluation"]["county"]["youths"]),
        )
        for outcome, plan in plans
    ]
    yield words("workbook.part.gives"), (mean, *columns_of(county, material, EVALUATION)), gives
    base = material.letters[material.record["base"]]
    changes = [tuple(_change_cells(outcome, material)) for outcome, _ in plans]
    yield words("workbook.part.changes", base=base), tuple(_change_columns(material)), changes


def _rows(
    part: str, columns: tuple[Column, ...], cells: list[tuple[Cell, ...]], material: Material
) -> Iterator[tuple[Cell, ...]]:
    """Lay columns on their side: a row for each, its unit by itself, its numbers of its own kind."""
    for column, values in zip(columns, zip(*cells, strict=True), strict=True):
        figure, unit = named_and_unit(column.head)
        estimated = material.words("analysis.yes" if column.is_estimated else "analysis.no")
        yield (figure, unit, part, estimated, *(of_kind(value, column.kind) for value in values))


def named_and_unit(head: str) -> tuple[str, str]:
    """Tell a heading from the unit in the parentheses at its end.

    Examples
    --------
    >>> named_and_unit("Kostnad (kr/år)"), named_and_unit("Status")
    (('Kostnad', 'kr/år'), ('Status', ''))
    """
    found = re.fullmatch(r"(.*) \(([^()]*)\)", head)
    return (found[1], found[2]) if found else (head, "")


def _team_columns(material: Material) -> tuple[Column, Column]:
    return (
        material.column("n_stops", "count", "plans[*].sites[role=stop]"),
        material.column("n_teams", "count", "plans[*].teams[*].n_teams"),
    )


def _mean_of_all(outcome: Outcome, plan: Record) -> Cell:
    """Give the mean over all visits; none where it would leave out those who have no place."""
    is_comparable = comparable_mean(outcome.evaluation.county) is not None
    mean: Cell = plan["evaluation"]["county"]["overall"]["mean_minutes"]
    return mean if is_comparable else None


def _numbers_of_places(plan: Record, *, with_teams: bool) -> tuple[Cell, ...]:
    sites = plan["sites"]
    n_of = {role: sum(each["role"] == role for each in sites) for role in ROLES}
    days = sum(each["days_per_week"] for each in sites if each["role"] == "satellite")
    of_teams = (n_of["stop"], sum(each["n_teams"] for each in plan["teams"])) if with_teams else ()
    return n_of["main"], n_of["satellite"], days, *of_teams


def _resource_fields(*, with_teams: bool) -> Iterator[Field]:
    yield Field("posts", "posts", "full_time_posts")
    yield Field("sek", "sek", "sek_per_year")
    for role in ROLES if with_teams else ROLES[:2]:
        yield Field(f"posts_{role}", "posts", f"by_role.{role}.full_time_posts")
        yield Field(f"sek_{role}", "sek", f"by_role.{role}.sek_per_year")
    if not with_teams:
        return
    yield Field("posts_teams", "posts", "teams.full_time_posts")
    yield Field("sek_teams", "sek", "teams.sek_per_year")
    yield Field("kilometres", "kilometres", "kilometres_per_year")
    yield Field("stop_visits", "count", "stop_visits_per_year")


def _county_fields(material: Material) -> tuple[Field, ...]:
    return (
        Field("youths", "count", "county.youths"),
        Field("persons_in_need", "count", "county.persons_in_need"),
        Field("visits", "count", "county.overall.visits_per_year"),
        Field("near_mean", "minutes", "county.near.mean_minutes"),
        Field("main_mean", "minutes", "county.main.mean_minutes"),
        Field("percentile_90", "minutes", "county.overall.percentile_90_minutes"),
        Field("largest", "minutes", "county.overall.largest_minutes"),
        Field("worst_share", "minutes", "measures.worst_share_minutes"),
        *within_fields(material, "county.overall.share_within", "share_tenths"),
        Field("served", "share_tenths", "county.overall.served_share"),
    )


def change_fields(service: str) -> Iterator[Field]:
    """Give the fields of a change against the base; with a service, their headings tell it."""
    before = f"{service}_" if service else ""
    yield Field(f"{before}change", "whole_minutes", "mean_change_minutes")
    for key in (
        "nearer",
        "farther",
        "unchanged",
        "gaining_a_place",
        "losing_a_place",
        "into_standard",
        "out_of_standard",
    ):
        yield Field(f"{before}{key}", "count", f"youths_{key}")


def _change_columns(material: Material) -> Iterator[Column]:
    for service in CHANGED if material.record["differences"] else ():
        place = f"differences[service={service}]"
        yield from columns_of(_moved_fields(service), material, place)
        yield from columns_of(change_fields(service), material, f"{place}.county")


def _moved_fields(service: str) -> Iterator[Field]:
    for way in ("nearer", "farther"):
        yield Field(f"{service}_municipalities_{way}", "count", f"n_municipalities_{way}")


def _change_cells(outcome: Outcome, material: Material) -> Iterator[Cell]:
    differences = material.record["differences"]
    found = {each["service"]: each for each in differences if each["option"] == outcome.scenario.name}
    for service in CHANGED if differences else ():
        difference = found.get(service)
        yield from cells_of(_moved_fields(service), difference, material)
        county = difference["county"] if difference else None
        yield from cells_of(change_fields(service), county, material)
