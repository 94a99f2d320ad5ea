"""One plan as the interactive map shows it: its places, minutes, tours, and the words beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from ..geo import unproject
from ..plan import NO_SITE
from .answer import headline
from .by_car import isochrones_of, tour_lines
from .modes import by_mode, marked_mode, rests_on_estimated_bus
from .modes_tables import modes_by_municipality_table, modes_table
from .payload import WITHIN_MAIN, WITHIN_NEAR
from .scene import MapIsochrone, MapMode, MapPlan, MapService, MapTable, MapTour
from .tables import age_span, gate_of, has_combined_time, municipalities_table, sites_table, visits_text
from .teams_tables import rota_views
from .tours import WEEKDAYS, clock, days_text, distinct_tours, hours_text, when_text
from .what_if import map_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ..comparison import ServiceName
    from ..evaluate import Assignment
    from ..plan import Plan
    from ..study import Outcome
    from .words import Words

TENTH: Final = 0.1
ROUGH_MINUTES: Final = 5.0
"""Minutes that rest on an estimated bus are rounded up to these on a cell's card."""
TOUR_TOLERANCE_METRES: Final = 30.0
ISOCHRONE_TOLERANCE_METRES: Final = 100.0
ISOCHRONE_TOLERANCE_SHARE: Final = 0.2
"""So far a line may stray to have fewer corners; the last is a share of the isochrones' spacing."""


def map_plan(
    outcome: Outcome,
    letter: str,
    words: Words,
    modes: Sequence[str] = (),
    *,
    standard_minutes: float,
    with_minutes: bool,
) -> MapPlan:
    """Gather what the interactive map shows of one plan, and by which other modes of travel.

    The letter stands before its title. Of other modes it holds the minutes if asked to, else the words alone.
    """
    gate = gate_of(outcome.scenario)
    evaluation = outcome.evaluation
    nearest = "column.youths_best" if has_combined_time(outcome.scenario) else "column.youths_nearest"
    return MapPlan(
        name=outcome.scenario.name,
        title=f"{letter}{getattr(outcome.scenario.title, words.language)}",
        roles={site_id: str(outcome.plan.role_of(site_id)) for site_id in outcome.plan.open_sites},
        days=_days(outcome.plan, words),
        bases={
            site_id: words("map.base_of_one_team" if n == 1 else "map.base_of_teams", teams=n)
            for site_id, n in outcome.plan.teams.items()
            if n
        },
        near_minutes=evaluation.near.minutes,
        near_site=evaluation.near.site.astype(np.int64),
        near_is_digital=is_digital(evaluation.near),
        main_minutes=evaluation.main.minutes,
        main_site=evaluation.main.site.astype(np.int64),
        main_is_digital=is_digital(evaluation.main),
        digital_labels=_digital_labels(outcome, words),
        best_rule=_best_rule(outcome, words),
        tours=_tours(outcome, words),
        facts=headline(outcome, words),
        site_facts={
            site_id: (
                *_team_visits(outcome, site_id, words),
                (words("column.visits"), visits_text(load, gate, words)),
                (words(nearest, ages=age_span(outcome.scenario)), gate.text(load.youths_nearest, words)),
            )
            for site_id, load in evaluation.by_site.items()
        },
        modes=tuple(_mode(outcome, mode, words, with_minutes=with_minutes) for mode in modes),
        isochrones=_isochrones(outcome),
        coverage=_coverage(outcome, standard_minutes),
        tables=_tables(outcome, words),
        rules=map_rules(outcome, modes, words),
    )


def _mode(outcome: Outcome, mode: str, words: Words, *, with_minutes: bool) -> MapMode:
    """Who travels by another mode: to the best place by it, of any role or a main reception."""
    is_rough = rests_on_estimated_bus(outcome.scenario, mode)
    near, main = (
        _service(outcome, mode, service, words, with_minutes=with_minutes) for service in ("near", "main")
    )
    return MapMode(
        label=marked_mode(outcome.scenario, words, mode),
        near=near,
        main=main,
        rough_minutes=ROUGH_MINUTES if is_rough else TENTH,
    )


def _service(
    outcome: Outcome, mode: str, service: ServiceName, words: Words, *, with_minutes: bool
) -> MapService:
    trips, scenario = getattr(outcome.by_mode[mode], service), outcome.scenario
    rough = ROUGH_MINUTES if rests_on_estimated_bus(scenario, mode) else None
    minutes = trips.minutes if rough is None else np.ceil(trips.minutes / rough) * rough
    return MapService(
        legend=words(
            "map.minutes_legend",
            mode=marked_mode(scenario, words, mode),
            to=words(f"map.service_{service}"),
        ),
        card=words(f"map.{service}_by_mode", mode=marked_mode(scenario, words, mode)),
        unreachable=words("map.unreachable_by_mode", mode=by_mode(scenario, words, mode)),
        minutes=minutes if with_minutes else None,
        site=trips.site.astype(np.int64) if with_minutes else None,
    )


def _coverage(outcome: Outcome, standard_minutes: float) -> NDArray[np.uint8]:
    """Which services of each cell are within the standard, in generalised minutes."""
    near, main = (
        each.generalised_minutes <= standard_minutes
        for each in (outcome.evaluation.near, outcome.evaluation.main)
    )
    return (near * np.uint8(WITHIN_NEAR)) | (main * np.uint8(WITHIN_MAIN))


def _tables(outcome: Outcome, words: Words) -> tuple[MapTable, ...]:
    """Give in tables what the map shows, for those who do not read maps; the rota where there is one."""
    longest = outcome.evaluation.county.overall.share_within[-1][0]
    views = [
        (words("map.table_municipalities"), municipalities_table(outcome, words)),
        (words("map.table_places"), sites_table(outcome, words)),
        *(
            [
                (words("map.table_modes"), modes_table(outcome, words)),
                (
                    words("map.table_modes_by_municipality", minutes=words.plain(longest)),
                    modes_by_municipality_table(outcome, words),
                ),
            ]
            if outcome.by_mode
            else []
        ),
        *((words("map.table_rota", weeks=view.title), view.table) for view in rota_views(outcome, words)),
    ]
    return tuple(
        MapTable(caption, view.columns, view.rows, view.n_text_columns, view.n_sum_rows)
        for caption, view in views
    )


def _days(plan: Plan, words: Words) -> dict[str, str]:
    """Say of each open place how often it is open, where that is known."""
    role_of = {site_id: plan.role_of(site_id) for site_id in plan.days_per_week}
    return {
        site_id: days_text(role, plan.days_per_week[site_id], words)
        for site_id, role in role_of.items()
        if role is not None
    }


def _team_visits(outcome: Outcome, site_id: str, words: Words) -> tuple[tuple[str, str], ...]:
    """Say when a team is at a stop: a line for each of its tours."""
    return tuple(
        (
            words("map.team_is_there"),
            f"{when_text(tour, words)}, {hours_text(visit)}",
        )
        for tour in distinct_tours(outcome.plan.rota)
        for visit in tour.run.visits
        if visit.site_id == site_id
    )


def _digital_labels(outcome: Outcome, words: Words) -> tuple[str, str]:
    """Name digital contact, and what it counts as, for each service; empty where it is not offered."""
    digital = outcome.region.access.digital_minutes
    near, main = (
        "" if minutes is None else words("map.digital", minutes=words.plain(minutes))
        for minutes in (digital.near, digital.main)
    )
    return near, main


def _best_rule(outcome: Outcome, words: Words) -> str:
    """Say by what each square is sent to its reception."""
    waiting = outcome.region.access.waiting_minutes_per_day
    if outcome.plan.intake is not None:
        return words("map.best_by_intake")
    if waiting > 0:
        return words("map.best_with_waiting", minutes=words.plain(waiting))
    return words("map.best_by_travel", mode=by_mode(outcome.scenario, words))


def _isochrones(outcome: Outcome) -> tuple[MapIsochrone, ...]:
    """Give the boundaries of the areas within each limit, none finer than a part of the grid they rest on."""
    found = isochrones_of(outcome)
    if found is None:
        return ()
    tolerance = max(ISOCHRONE_TOLERANCE_METRES, ISOCHRONE_TOLERANCE_SHARE * found.spacing_metres)
    crs = outcome.dataset.manifest.crs
    services: tuple[ServiceName, ...] = ("near", "main")
    return tuple(
        MapIsochrone(service, minutes, _rings(shapely.simplify(area, tolerance), crs))
        for service, areas in zip(services, (found.near, found.main), strict=True)
        for minutes, area in zip(found.limits_minutes, areas, strict=True)
        if not area.is_empty
    )


def _rings(area: shapely.Geometry, crs: str) -> tuple[NDArray[np.float64], ...]:
    """Latitude and longitude of all rings of polygons, holes included."""
    rings = (ring for part in shapely.get_parts(area) for ring in (part.exterior, *part.interiors))
    return tuple(unproject(shapely.get_coordinates(ring), crs) for ring in rings)


def _line_on_map(line: NDArray[np.float64], crs: str) -> NDArray[np.float64]:
    """Latitude and longitude of a line (k, 2) in metres, with no more corners than a reader sees."""
    simple = shapely.simplify(shapely.LineString(line), TOUR_TOLERANCE_METRES)
    return unproject(shapely.get_coordinates(simple), crs)


def _tours(outcome: Outcome, words: Words) -> tuple[MapTour, ...]:
    crs = outcome.dataset.manifest.crs
    position = {site_id: j for j, site_id in enumerate(outcome.region.sites.site_ids)}
    names = outcome.region.sites.names
    return tuple(
        MapTour(
            title=_sentence_case(when_text(tour, words)),
            team=words("map.team", number=tour.run.team, base=names[position[tour.run.base_id]]),
            sites=tuple(position[site_id] for site_id in tour.site_ids),
            schedule=(
                (clock(tour.run.leaves_minute), words("map.departs")),
                *((hours_text(visit), names[position[visit.site_id]]) for visit in tour.run.visits),
                (clock(tour.run.returns_minute), words("map.returns")),
            ),
            driving=words(
                "map.driving",
                minutes=words.number(tour.run.driving_minutes),
                kilometres=words.number(tour.run.kilometres),
            ),
            day=words(f"map.weekday.{WEEKDAYS[tour.run.day - 1]}"),
            line=_line_on_map(line, crs),
        )
        for tour, line in zip(distinct_tours(outcome.plan.rota), tour_lines(outcome), strict=True)
    )


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def is_digital(assignment: Assignment) -> NDArray[np.bool_]:
    """Cells that go to digital contact rather than to a place, (n,)."""
    digital: NDArray[np.bool_] = np.isfinite(assignment.generalised_minutes) & (assignment.site == NO_SITE)
    return digital
