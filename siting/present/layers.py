"""What is to be shown on maps: GeoDataFrames for GIS programs, and the scene of the interactive map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..geo import WGS84, distances_metres, project, square_cells, unproject
from ..plan import NO_SITE
from .maps import MapPlan, MapScene, MapSite
from .tables import (
    estimate_notes,
    gate_of,
    headline,
    is_estimated_site,
    kind_label,
    municipality_names,
    option_letters,
    visits_shown,
    visits_text,
)
from .words import SWEDISH, read_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from ..evaluate import SiteLoad
    from ..study import Outcome
    from .words import Words

MINUTES_DECIMALS: Final = 1


def sites_layer(outcome: Outcome) -> gpd.GeoDataFrame:
    """Candidate sites as points in the dataset's CRS, with the role that the plan gives them.

    Columns: site_id, name, kind, municipality_code, municipality, latitude, longitude, role (main,
    satellite or empty), is_estimated, main_visits_per_year, near_visits_per_year, youths_nearest (as they
    may be shown; missing where closed or too few), access_metres (straight line to the road it joins).
    """
    gate = gate_of(outcome.scenario)
    table = outcome.dataset.table("sites").set_index("site_id").loc[list(outcome.sites.site_ids)]
    loads = [outcome.evaluation.by_site.get(site_id) for site_id in outcome.sites.site_ids]

    def column(shown: Callable[[SiteLoad], int | None]) -> pd.Series:
        return pd.Series([None if load is None else shown(load) for load in loads], dtype="Int64")

    names = municipality_names(outcome)
    roles = [outcome.plan.role_of(site_id) for site_id in outcome.sites.site_ids]
    return gpd.GeoDataFrame(
        {
            "site_id": outcome.sites.site_ids,
            "name": outcome.sites.names,
            "kind": outcome.sites.kinds,
            "municipality_code": outcome.sites.municipality_codes,
            "municipality": [names[code] for code in outcome.sites.municipality_codes],
            "latitude": table["lat"].to_numpy(),
            "longitude": table["lon"].to_numpy(),
            "role": ["" if role is None else str(role) for role in roles],
            "is_estimated": [
                is_estimated_site(quality, status)
                for quality, status in zip(table["quality"], table["status"], strict=True)
            ],
            "main_visits_per_year": column(lambda load: visits_shown(load, gate)[0]),
            "near_visits_per_year": column(lambda load: visits_shown(load, gate)[1]),
            "youths_nearest": column(lambda load: gate.count(load.youths_nearest)),
            "access_metres": np.round(outcome.times.destination_access_metres),
        },
        geometry=shapely.points(outcome.sites.points_metres),
        crs=outcome.dataset.manifest.crs,
    )


def assignments_layer(outcome: Outcome, words: Words = SWEDISH) -> gpd.GeoDataFrame:
    """Demand cells as squares in the dataset's CRS: where each goes, and in how many minutes.

    Columns: cell_id, municipality_code, municipality, youths (a class such as "5–9": a cell's own number
    is never given), near_site, near_minutes, main_site, main_minutes (missing where there is no place to
    go to), access_metres (straight line from the cell's centre to the road that it joins).
    """
    corners = square_cells(outcome.demand.centres_metres, outcome.dataset.manifest.cell_size_metres)
    names = municipality_names(outcome)
    evaluation = outcome.evaluation
    return gpd.GeoDataFrame(
        {
            "cell_id": outcome.demand.cell_ids,
            "municipality_code": outcome.demand.municipality_codes,
            "municipality": [names[code] for code in outcome.demand.municipality_codes],
            "youths": gate_of(outcome.scenario).classes(outcome.demand.youths, words),
            "near_site": _site_ids(outcome, evaluation.near.site),
            "near_minutes": _minutes(evaluation.near.minutes),
            "main_site": _site_ids(outcome, evaluation.main.site),
            "main_minutes": _minutes(evaluation.main.minutes),
            "access_metres": np.round(outcome.times.origin_access_metres),
        },
        geometry=shapely.polygons(corners),
        crs=outcome.dataset.manifest.crs,
    )


def _site_ids(outcome: Outcome, index: NDArray[np.intp]) -> list[str | None]:
    return [None if j == NO_SITE else outcome.sites.site_ids[j] for j in index]


def _minutes(minutes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(minutes), np.round(minutes, MINUTES_DECIMALS), np.nan)


def map_scene(outcomes: Sequence[Outcome], title: str, words: Words) -> MapScene:
    """Gather all that the interactive map shows: one plan, or several to switch between."""
    first = outcomes[0]
    crs = first.dataset.manifest.crs
    corners = square_cells(first.demand.centres_metres, first.dataset.manifest.cell_size_metres)
    names = municipality_names(first)
    letters = [f"{letter}. " for letter in option_letters(len(outcomes))] if len(outcomes) > 1 else [""]
    return MapScene(
        language=words.language,
        title=title,
        texts=dict(read_texts(words.language)["map"]),
        cell_corners=unproject(corners.reshape(-1, 2), crs).reshape(-1, 4, 2),
        cell_municipality=tuple(names[code] for code in first.demand.municipality_codes),
        cell_youths_label=tuple(gate_of(first.scenario).classes(first.demand.youths, words)),
        cell_has_demand=first.demand.youths > 0,
        borders=borders(first),
        lakes=lakes(first),
        roads=_roads(first),
        localities=_localities(first),
        sites=_sites(first, words),
        plans=tuple(_plan(outcome, letter, words) for outcome, letter in zip(outcomes, letters, strict=True)),
        notes=estimate_notes(first, words),
    )


def borders(outcome: Outcome) -> dict[str, Any]:
    """Municipal borders as GeoJSON in degrees; no features where the dataset has none."""
    if "municipality_borders" not in outcome.dataset.tables:
        return {"type": "FeatureCollection", "features": []}
    degrees = gpd.GeoDataFrame(outcome.dataset.table("municipality_borders")).to_crs(WGS84)
    return dict(degrees[["name", "geometry"]].to_geo_dict(drop_id=True))


def lakes(outcome: Outcome) -> dict[str, Any]:
    """Water that the municipal borders leave out, as GeoJSON in degrees: the holes among them (Siljan)."""
    shapes = [shapely.geometry.shape(each["geometry"]) for each in borders(outcome)["features"]]
    land = shapely.union_all(shapes) if shapes else shapely.GeometryCollection()
    holes = [
        shapely.Polygon(ring) for part in shapely.get_parts(land) for ring in getattr(part, "interiors", ())
    ]
    return dict(
        gpd.GeoDataFrame({"name": [""] * len(holes)}, geometry=holes, crs=WGS84).to_geo_dict(drop_id=True)
    )


def _roads(outcome: Outcome) -> tuple[tuple[bool, NDArray[np.float64]], ...]:
    """Give each line with whether it is a main road, one that has a number (latitude, longitude)."""
    edges = outcome.dataset.table("road_edges")
    drawn = edges[edges["length_quality"] != "estimated"]  # an estimated line follows no road
    lines = shapely.from_wkt(drawn["line_wkt"].to_numpy())
    return tuple(
        (road != "", shapely.get_coordinates(line)[:, ::-1])
        for road, line in zip(drawn["road"], lines, strict=True)
    )


def _localities(outcome: Outcome) -> tuple[tuple[str, float, float, float], ...]:
    """Give name, latitude, longitude and population of the places whose names are fit for a map."""
    if "localities" not in outcome.dataset.tables:
        return ()
    frame = outcome.dataset.table("localities").query("is_place_name == 1")
    return tuple(
        (str(name), float(lat), float(lon), float(population))
        for name, lat, lon, population in zip(
            frame["name"], frame["lat"], frame["lon"], frame["population"], strict=True
        )
    )


def _sites(outcome: Outcome, words: Words) -> tuple[MapSite, ...]:
    """Candidates first, in the order of the site table, so that a cell's site is a place in this list."""
    table = outcome.dataset.table("sites").set_index("site_id")
    companions = [site_id for site_id in table.index if site_id not in outcome.sites.site_ids]
    rows = table.loc[[*outcome.sites.site_ids, *companions]]
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
    localities = _localities(outcome)
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


def _plan(outcome: Outcome, letter: str, words: Words) -> MapPlan:
    gate = gate_of(outcome.scenario)
    evaluation = outcome.evaluation
    return MapPlan(
        name=outcome.scenario.name,
        title=f"{letter}{getattr(outcome.scenario.title, words.language)}",
        roles={site_id: str(outcome.plan.role_of(site_id)) for site_id in outcome.plan.open_sites},
        near_minutes=evaluation.near.minutes,
        near_site=evaluation.near.site.astype(np.int64),
        main_minutes=evaluation.main.minutes,
        main_site=evaluation.main.site.astype(np.int64),
        facts=headline(outcome, words),
        site_facts={
            site_id: (
                (words("column.visits"), visits_text(load, gate, words)),
                (words("column.youths_nearest"), gate.text(load.youths_nearest, words)),
            )
            for site_id, load in evaluation.by_site.items()
        },
    )


def sketch(outcome: Outcome, *, width: float) -> dict[str, Any]:
    """Give the report's small picture as plain shapes in picture units: borders, roads, open sites."""
    crs = outcome.dataset.manifest.crs
    features = borders(outcome)["features"]
    outline = (
        gpd.GeoDataFrame.from_features(features, crs=WGS84).to_crs(crs).geometry.tolist() if features else []
    )
    holes = lakes(outcome)["features"]
    water = gpd.GeoDataFrame.from_features(holes, crs=WGS84).to_crs(crs).geometry.tolist() if holes else []
    roads = [
        shapely.LineString(project(line[:, 1], line[:, 0], crs))
        for is_main, line in _roads(outcome)
        if is_main
    ]
    points = outcome.sites.points_metres
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
    position = {site_id: j for j, site_id in enumerate(outcome.sites.site_ids)}
    marks = [
        {
            "x": round(float(xy[0]), 1),
            "y": round(float(xy[1]), 1),
            "role": str(outcome.plan.role_of(site_id)),
            "label": names[outcome.sites.municipality_codes[position[site_id]]],
        }
        for site_id in outcome.plan.open_sites
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
