"""What is to be shown on maps: GeoDataFrames for GIS programs, and the scene of the interactive map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..geo import WGS84, distances_metres, project, square_cells, unproject
from ..plan import NO_SITE
from .backdrop import borders, lakes, named_places, road_lines
from .map_plan import is_digital, map_plan
from .maps import TEXT_KEYS, MapScene, MapSite
from .modes import by_mode
from .modes_tables import shared_modes
from .notes import attributions, estimate_notes
from .tables import (
    age_span,
    gate_of,
    is_estimated_site,
    kind_label,
    municipality_names,
    option_letters,
    visits_shown,
)
from .tours import clock, distinct_tours
from .words import SWEDISH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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

    The legs are straight: the lines show in which order a team drives, not which way. A tour that is driven
    in several weeks of the four-week cycle is there once.

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
        geometry=[shapely.LineString(sites.points_metres[way]) for way in ways],
        crs=outcome.dataset.manifest.crs,
    )
    texts = ("weeks", "base_id", "base", "stop_ids", "stops", "departs", "returns")
    return frame.astype(dict.fromkeys(texts, str))  # also where there is no tour to tell the type by


def _site_ids(outcome: Outcome, index: NDArray[np.intp]) -> list[str | None]:
    return [None if j == NO_SITE else outcome.region.sites.site_ids[j] for j in index]


def _minutes(minutes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(minutes), np.round(minutes, MINUTES_DECIMALS), np.nan)


def map_scene(outcomes: Sequence[Outcome], title: str, words: Words) -> MapScene:
    """Gather all that the interactive map shows: one plan, or several to switch between."""
    first = outcomes[0]
    crs = first.dataset.manifest.crs
    corners = square_cells(first.region.demand.centres_metres, first.dataset.manifest.cell_size_metres)
    names = municipality_names(first)
    letters = [f"{letter}. " for letter in option_letters(len(outcomes))] if len(outcomes) > 1 else [""]
    modes = shared_modes(tuple(outcomes))
    return MapScene(
        language=words.language,
        title=title,
        texts={
            key: words(f"map.{key}", ages=age_span(first.scenario), mode=by_mode(first.scenario, words))
            for key in TEXT_KEYS
        },
        cell_corners=unproject(corners.reshape(-1, 2), crs).reshape(-1, 4, 2),
        cell_municipality=tuple(names[code] for code in first.region.demand.municipality_codes),
        cell_youths_label=tuple(gate_of(first.scenario).classes(first.region.demand.youths, words)),
        cell_has_demand=first.region.demand.youths > 0,
        borders=borders(first),
        lakes=lakes(first),
        roads=road_lines(first),
        localities=named_places(first),
        sites=_sites(first, words),
        plans=tuple(map_plan(*each, words, modes) for each in zip(outcomes, letters, strict=True)),
        notes=estimate_notes(first, words),
        attribution="; ".join(each for each in attributions(first) if "©" in each),
    )


def _sites(outcome: Outcome, words: Words) -> tuple[MapSite, ...]:
    """Candidates first, in the order of the site table, so that a cell's site is a place in this list."""
    table = outcome.dataset.table("sites").set_index("site_id")
    companions = [site_id for site_id in table.index if site_id not in outcome.region.sites.site_ids]
    rows = table.loc[[*outcome.region.sites.site_ids, *companions]]
    names = municipality_names(outcome)
    return tuple(
        MapSite(
            site_id=str(site_id),
            name=str(row["name"]),
            kind=str(row["kind"]),
            kind_label=kind_label(str(row["kind"]), words),
            municipality=names[row["municipality_code"]],
            latitude=float(row["lat"]),
            longitude=float(row["lon"]),
            is_candidate=bool(row["candidate"]),
            estimate_note=words("estimate.one_site")
            if is_estimated_site(row["quality"], row["status"])
            else "",
            short_name=town,
        )
        for (site_id, row), town in zip(rows.iterrows(), _towns(outcome, rows), strict=True)
    )


def _towns(outcome: Outcome, sites: pd.DataFrame) -> list[str]:
    """Name the named place nearest to each site, as a label; the municipality's where none is known."""
    localities = named_places(outcome)
    if not localities:
        names = municipality_names(outcome)
        return [names[code] for code in sites["municipality_code"]]
    crs = outcome.dataset.manifest.crs
    degrees = np.array([(lat, lon) for _, lat, lon, _ in localities])
    metres = distances_metres(
        project(sites["lon"].to_numpy(np.float64), sites["lat"].to_numpy(np.float64), crs),
        project(degrees[:, 1], degrees[:, 0], crs),
    )
    return [localities[k][0] for k in np.argmin(metres, axis=1)]


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
