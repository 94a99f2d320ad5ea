"""What is to be shown on maps: GeoDataFrames for GIS programs, and the picture of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..geo import WGS84, project, square_cells
from ..plan import NO_SITE
from .backdrop import borders, lakes, road_lines
from .by_car import isochrones_of, tour_lines
from .map_plan import is_digital
from .tables import gate_of, is_estimated_site, municipality_names, visits_shown
from .tours import clock, distinct_tours
from .words import SWEDISH

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ..evaluate import SiteLoad
    from ..study import Outcome
    from .words import Words

MINUTES_DECIMALS: Final = 1
KILOMETRES_DECIMALS: Final = 1


def sites_layer(outcome: Outcome) -> gpd.GeoDataFrame:
    """Candidate sites as points in the dataset's CRS, with the role that the plan gives them.

    Columns: site_id, name, kind, municipality_code, municipality, latitude, longitude, role (main,
    satellite, stop or empty), days_per_week (every other week is 0.5; missing where closed), teams (number
    that have their base here), is_estimated, main_visits_per_year, near_visits_per_year, youths_nearest
    (as they may be shown; missing where closed or too few), access_metres (straight line to its road).
    """
    gate = gate_of(outcome.scenario)
    table = outcome.dataset.table("sites").set_index("site_id").loc[list(outcome.region.sites.site_ids)]
    loads = [outcome.evaluation.by_site.get(site_id) for site_id in outcome.region.sites.site_ids]

    def column(shown: Callable[[SiteLoad], int | None]) -> pd.Series:
        return pd.Series([None if load is None else shown(load) for load in loads], dtype="Int64")

    names = municipality_names(outcome)
    roles = [outcome.plan.role_of(site_id) for site_id in outcome.region.sites.site_ids]
    return gpd.GeoDataFrame(
        {
            "site_id": outcome.region.sites.site_ids,
            "name": outcome.region.sites.names,
            "kind": outcome.region.sites.kinds,
            "municipality_code": outcome.region.sites.municipality_codes,
            "municipality": [names[code] for code in outcome.region.sites.municipality_codes],
            "latitude": table["lat"].to_numpy(),
            "longitude": table["lon"].to_numpy(),
            "role": ["" if role is None else str(role) for role in roles],
            "days_per_week": [
                np.nan if role is None else outcome.plan.days_of(site_id)
                for site_id, role in zip(outcome.region.sites.site_ids, roles, strict=True)
            ],
            "teams": [outcome.plan.teams.get(site_id, 0) for site_id in outcome.region.sites.site_ids],
            "is_estimated": [
                is_estimated_site(quality, status)
                for quality, status in zip(table["quality"], table["status"], strict=True)
            ],
            "main_visits_per_year": column(lambda load: visits_shown(load, gate)[0]),
            "near_visits_per_year": column(lambda load: visits_shown(load, gate)[1]),
            "youths_nearest": column(lambda load: gate.count(load.youths_nearest)),
            "access_metres": np.round(outcome.region.times.destination_access_metres),
        },
        geometry=shapely.points(outcome.region.sites.points_metres),
        crs=outcome.dataset.manifest.crs,
    )


def assignments_layer(outcome: Outcome, words: Words = SWEDISH) -> gpd.GeoDataFrame:
    """Demand cells as squares in the dataset's CRS: where each goes, and in how many minutes.

    Columns: cell_id, municipality_code, municipality, youths (a class such as "5–9": a cell's own number
    is never given), near_site, near_minutes, main_site, main_minutes (missing where there is no place to
    go to), near_generalised_minutes, main_generalised_minutes (travel and waiting, or what digital contact
    counts as; missing where unserved), near_is_digital, main_is_digital, access_metres (straight line from
    the cell's centre to the road that it joins), and for every other mode of travel near_minutes_MODE (to the
    best place by it; missing where there is no way).
    """
    corners = square_cells(outcome.region.demand.centres_metres, outcome.dataset.manifest.cell_size_metres)
    names = municipality_names(outcome)
    evaluation = outcome.evaluation
    return gpd.GeoDataFrame(
        {
            "cell_id": outcome.region.demand.cell_ids,
            "municipality_code": outcome.region.demand.municipality_codes,
            "municipality": [names[code] for code in outcome.region.demand.municipality_codes],
            "youths": gate_of(outcome.scenario).classes(outcome.region.demand.youths, words),
            "near_site": _site_ids(outcome, evaluation.near.site),
            "near_minutes": _minutes(evaluation.near.minutes),
            "main_site": _site_ids(outcome, evaluation.main.site),
            "main_minutes": _minutes(evaluation.main.minutes),
            "near_generalised_minutes": _minutes(evaluation.near.generalised_minutes),
            "main_generalised_minutes": _minutes(evaluation.main.generalised_minutes),
            "near_is_digital": is_digital(evaluation.near),
            "main_is_digital": is_digital(evaluation.main),
            "access_metres": np.round(outcome.region.times.origin_access_metres),
            **{mode_column(mode): _minutes(access.near.minutes) for mode, access in outcome.by_mode.items()},
        },
        geometry=shapely.polygons(corners),
        crs=outcome.dataset.manifest.crs,
    )


def mode_column(mode: str) -> str:
    """Name the column of the minutes by another mode of travel."""
    return f"near_minutes_{mode}"


def tours_layer(outcome: Outcome) -> gpd.GeoDataFrame:
    """Tours of the travelling teams as lines in the dataset's CRS; an empty frame if there are none.

    The lines follow the roads, by the quickest ways that the minutes and kilometres are counted by; from the
    road to a place they are straight. A tour that is driven in several weeks of the four-week cycle is there
    once.

    Columns: weeks (such as "1, 3"), day (1 = Monday), base_id, base, team (1, 2 ... at each base), stop_ids,
    stops (names; both in the order driven, with "; " between), departs, returns (such as "08:00"),
    driving_minutes, kilometres (by road).
    """
    sites = outcome.region.sites
    position = {site_id: j for j, site_id in enumerate(sites.site_ids)}
    tours = distinct_tours(outcome.plan.rota)
    ways = [[position[site_id] for site_id in tour.site_ids] for tour in tours]
    frame = gpd.GeoDataFrame(
        {
            "weeks": [", ".join(map(str, tour.weeks)) for tour in tours],
            "day": pd.Series([tour.run.day for tour in tours], dtype=np.int64),
            "base_id": [tour.run.base_id for tour in tours],
            "base": [sites.names[way[0]] for way in ways],
            "team": pd.Series([tour.run.team for tour in tours], dtype=np.int64),
            "stop_ids": ["; ".join(tour.site_ids[1:-1]) for tour in tours],
            "stops": ["; ".join(sites.names[j] for j in way[1:-1]) for way in ways],
            "departs": [clock(tour.run.leaves_minute) for tour in tours],
            "returns": [clock(tour.run.returns_minute) for tour in tours],
            "driving_minutes": np.round([tour.run.driving_minutes for tour in tours], MINUTES_DECIMALS),
            "kilometres": np.round([tour.run.kilometres for tour in tours], KILOMETRES_DECIMALS),
        },
        geometry=[shapely.LineString(line) for line in tour_lines(outcome)],
        crs=outcome.dataset.manifest.crs,
    )
    texts = ("weeks", "base_id", "base", "stop_ids", "stops", "departs", "returns")
    return frame.astype(dict.fromkeys(texts, str))  # also where there is no tour to tell the type by


def isochrones_layer(outcome: Outcome) -> gpd.GeoDataFrame:
    """Areas from where the nearest open place is reached by car within a limit, in the dataset's CRS.

    They are drawn by travel minutes on a grid of points (`siting.isochrones`); waiting is not counted, so the
    place need not be the one that a cell is sent to. The frame is empty where the scenario's mode of travel
    is not the car; an area that holds no point is left out.

    Columns: service (near: any open place; main: a main reception), minutes (the limit), spacing_metres (of
    the grid).
    """
    found = isochrones_of(outcome)
    areas = (
        []
        if found is None
        else [
            (service, minutes, area)
            for service in ("near", "main")
            for minutes, area in zip(found.limits_minutes, getattr(found, service), strict=True)
            if not area.is_empty
        ]
    )
    frame = gpd.GeoDataFrame(
        {
            "service": [service for service, *_ in areas],
            "minutes": np.array([minutes for _, minutes, _ in areas], dtype=np.float64),
            "spacing_metres": np.full(len(areas), np.nan if found is None else found.spacing_metres),
        },
        geometry=[area for *_, area in areas],
        crs=outcome.dataset.manifest.crs,
    )
    return frame.astype({"service": str})


def _site_ids(outcome: Outcome, index: NDArray[np.intp]) -> list[str | None]:
    return [None if j == NO_SITE else outcome.region.sites.site_ids[j] for j in index]


def _minutes(minutes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(minutes), np.round(minutes, MINUTES_DECIMALS), np.nan)


def sketch(outcome: Outcome, *, width: float) -> dict[str, Any]:
    """Give the report's small picture as plain shapes in picture units; of open sites the mains on top."""
    crs = outcome.dataset.manifest.crs
    features = borders(outcome)["features"]
    outline = (
        gpd.GeoDataFrame.from_features(features, crs=WGS84).to_crs(crs).geometry.tolist() if features else []
    )
    holes = lakes(outcome)["features"]
    water = gpd.GeoDataFrame.from_features(holes, crs=WGS84).to_crs(crs).geometry.tolist() if holes else []
    roads = [
        shapely.LineString(project(line[:, 1], line[:, 0], crs))
        for is_main, line in road_lines(outcome)
        if is_main
    ]
    points = outcome.region.sites.points_metres
    west, south, east, north = shapely.total_bounds([*outline, *roads, *shapely.points(points)])
    scale = width / (east - west)

    def place(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([(xy[:, 0] - west) * scale, (north - xy[:, 1]) * scale])

    def path(geometry: shapely.Geometry) -> str:
        return " ".join(
            "M" + " ".join(f"{x:.0f},{y:.0f}" for x, y in place(shapely.get_coordinates(part)))
            for part in shapely.get_parts(shapely.boundary(geometry) if geometry.area else geometry)
        )

    names = municipality_names(outcome)
    position = {site_id: j for j, site_id in enumerate(outcome.region.sites.site_ids)}
    marks = [
        {
            "x": round(float(xy[0]), 1),
            "y": round(float(xy[1]), 1),
            "role": str(outcome.plan.role_of(site_id)),
            "label": ""  # stops are many and small
            if site_id in outcome.plan.stop
            else names[outcome.region.sites.municipality_codes[position[site_id]]],
        }
        for site_id in reversed(outcome.plan.open_sites)  # the mains last, on top
        for xy in place(points[[position[site_id]]])
    ]
    return {
        "width": width,
        "height": round((north - south) * scale, 1),
        "borders": [path(each) for each in outline],
        "lakes": [path(each) for each in water],
        "roads": [path(each) for each in roads],
        "marks": marks,
    }
