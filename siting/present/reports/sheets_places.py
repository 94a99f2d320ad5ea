"""Sheets with rows for open places, for the tours of travelling teams and for their stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...saved.hidden import SHARE_DECIMALS
from ..tables import is_estimated_site, kind_label
from ..tours import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...study import Outcome
    from .sheets_table import Cell, Column, Material, Record, Sheet

MINUTES_PER_DAY: Final = 24 * 60
SITES: Final = "plans[*].sites[*]"
ROTA: Final = "plans[*].rota[*]"


# --- one row for each open place of each option ---


def places_sheet(material: Material) -> Sheet:
    """Give each open place: who is its host, what it is, how full it gets, where it lies."""

    def taken(key: str, kind: str, name: str, *, is_estimated: bool = False) -> Column:
        return material.column(key, kind, f"{SITES}.{name}", is_estimated=is_estimated)  # type: ignore[arg-type]

    columns = (
        material.column("option"),
        taken("place", "text", "name"),
        material.column("option_title"),
        taken("place_municipality", "text", "municipality"),
        taken("kind", "text", "kind"),
        taken("role", "text", "role"),
        taken("days", "days", "days_per_week"),
        taken("visits_main", "count", "main_visits_per_year", is_estimated=True),
        taken("visits_near", "count", "near_visits_per_year", is_estimated=True),
        taken("capacity", "count", "capacity_visits_per_year", is_estimated=True),
        material.column("fullness", "share", is_estimated=True),
        taken("youths_nearest", "count", "youths_nearest", is_estimated=True),
        material.column("confirmed", path=f"{SITES}.position_quality, {SITES}.status"),
        taken("latitude", "degrees", "latitude"),
        taken("longitude", "degrees", "longitude"),
        taken("site_id", "text", "site_id"),
    )
    rows = (_place_row(site, outcome, material) for outcome, plan in material.plans for site in plan["sites"])
    return material.sheet("places", columns, rows, n_labels=2)


def _place_row(site: Record, outcome: Outcome, material: Material) -> tuple[Cell, ...]:
    words = material.words
    letter, title = material.option(outcome.scenario.name)
    unsure = is_estimated_site(site["position_quality"], site["status"])
    capacity = None if material.is_reference(outcome) else site["capacity_visits_per_year"]
    visits = [site["main_visits_per_year"], site["near_visits_per_year"]]
    return (
        letter,
        site["name"],
        title,
        site["municipality"],
        kind_label(site["kind"], words),
        words(f"role.{site['role']}"),
        site["days_per_week"],
        *(material.few if each is None else each for each in visits),
        capacity,
        _fullness(visits, capacity, material),
        material.few if site["youths_nearest"] is None else site["youths_nearest"],
        words("workbook.unconfirmed" if unsure else "workbook.confirmed"),
        site["latitude"],
        site["longitude"],
        site["site_id"],
    )


def _fullness(visits: list[int | None], capacity: int | None, material: Material) -> Cell:
    """Give the part of the room that is taken, from the visits as they are shown."""
    if not capacity:
        return None
    shown = sum(each or 0 for each in visits)
    if not shown and None in visits:
        return material.hidden
    return round(shown / capacity, SHARE_DECIMALS)


# --- the travelling teams ---


def tours_sheet(material: Material) -> Sheet:
    """Give each tour of the four-week cycle."""
    columns = (
        *_tour_columns(material),
        material.column("leaves", "clock", f"{ROTA}.leaves_minute"),
        material.column("returns", "clock", f"{ROTA}.returns_minute"),
        material.column("n_stops_on_tour", "count", f"{ROTA}.visits"),
        material.column("stops", "long_text", f"{ROTA}.visits[*].site_id"),
        material.column("driving", "minutes", f"{ROTA}.driving_minutes", is_estimated=True),
        material.column("tour_kilometres", "kilometres", f"{ROTA}.kilometres", is_estimated=True),
    )

    def row(run: Record, outcome: Outcome) -> tuple[Cell, ...]:
        stops = [_site(each["site_id"], outcome) for each in run["visits"]]
        return (
            *_tour_labels(run, outcome, material),
            run["leaves_minute"] / MINUTES_PER_DAY,
            run["returns_minute"] / MINUTES_PER_DAY,
            len(stops),
            " – ".join(stops),
            run["driving_minutes"],
            run["kilometres"],
        )

    rows = (row(run, outcome) for run, outcome in _runs(material))
    return material.sheet("tours", columns, rows, n_labels=5)


def stops_sheet(material: Material) -> Sheet:
    """Give each stop of each tour."""
    columns = (
        *_tour_columns(material),
        material.column("stop", path=f"{ROTA}.visits[*].site_id"),
        material.column("arrives", "clock", f"{ROTA}.visits[*].arrives_minute"),
        material.column("leaves_stop", "clock", f"{ROTA}.visits[*].leaves_minute"),
        material.column("minutes_there", "minutes"),
    )
    rows = (
        (
            *_tour_labels(run, outcome, material),
            _site(visit["site_id"], outcome),
            visit["arrives_minute"] / MINUTES_PER_DAY,
            visit["leaves_minute"] / MINUTES_PER_DAY,
            round(visit["leaves_minute"] - visit["arrives_minute"], 1),
        )
        for run, outcome in _runs(material)
        for visit in run["visits"]
    )
    return material.sheet("stops", columns, rows, n_labels=5)


def _runs(material: Material) -> Iterator[tuple[Record, Outcome]]:
    for outcome, plan in material.plans:
        for run in plan["rota"]:
            yield run, outcome


def _tour_columns(material: Material) -> tuple[Column, ...]:
    return (
        material.column("option"),
        material.column("week", "count", f"{ROTA}.week"),
        material.column("day", path=f"{ROTA}.day"),
        material.column("base_place", path=f"{ROTA}.base_id"),
        material.column("team", "count", f"{ROTA}.team"),
    )


def _tour_labels(run: Record, outcome: Outcome, material: Material) -> tuple[Cell, ...]:
    return (
        material.letters[outcome.scenario.name],
        run["week"],
        material.words(f"map.weekday.{WEEKDAYS[run['day'] - 1]}"),
        _site(run["base_id"], outcome),
        run["team"],
    )


def _site(site_id: str, outcome: Outcome) -> str:
    sites = outcome.region.sites
    return sites.names[sites.site_ids.index(site_id)]
