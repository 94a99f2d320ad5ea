"""Roads, from an OpenStreetMap extract or tables of one's own; and ready minutes by other modes."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..errors import InputError
from ..geo import WGS84, lie_near, unproject
from ..sentences import first_line
from .ground import numbers_or_text
from .made import made_table
from .recipe_file import read_settings
from .tables.coordinates import points_metres
from .tables.read import LARGEST_COORDINATE, digest, read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from .ground import Ground
    from .made import MadeTable
    from .recipe import MinutesSource, Recipe
    from .tables.read import SourceTable

OSM_LICENCE: Final = "© OpenStreetMap contributors, ODbL 1.0 (openstreetmap.org/copyright)"
EDGE_TEXTS: Final = {"road": "", "class": "local", "length_quality": "derived"}
"""Columns of edges that a table of one's own may leave out, and what then stands there."""
EDGE_NUMBERS: Final = ("length_km", "minutes_back", "bicycle_minutes", "bicycle_minutes_back", "walk_minutes")
EDGE_KNOWN: Final = (
    "from_node",
    "to_node",
    "minutes",
    "may_join",
    "line_wkt",
    "geometry",
    *EDGE_TEXTS,
    *EDGE_NUMBERS,
)
STREETS_SUFFIX: Final = ".pbf"
SAY_EVERY_SECONDS: Final = 5.0


def require_settings(recipe: Recipe, path: Path) -> None:
    """Refuse settings that are unknown or wrong, before anything is read that takes long.

    Raises
    ------
    InputError
        If one is; names the line of the sources file.
    """
    from .osm.street_settings import StreetSettings  # noqa: PLC0415  (slow, and not always needed)
    from .transit.settings import TransitSettings  # noqa: PLC0415

    if recipe.roads.settings:
        read_settings(StreetSettings, recipe.roads.settings, path, ("roads", "settings"))
    for name, source in recipe.minutes.items():
        if source.gtfs:
            read_settings(TransitSettings, source.settings, path, ("minutes", name, "settings"))


def make_roads(ground: Ground) -> dict[str, MadeTable]:
    """Give the tables road_nodes and road_edges.

    Raises
    ------
    InputError
        If a source cannot be read, or a value is wrong.
    """
    if ground.recipe.roads.edges is not None:
        return _own_roads(ground)
    return _osm_roads(ground)


def _osm_roads(ground: Ground) -> dict[str, MadeTable]:
    from .osm.street_settings import StreetSettings  # noqa: PLC0415  (reading streets needs an optional extra)
    from .osm.streets import read_streets  # noqa: PLC0415

    source = ground.recipe.roads
    path = ground.folder / source.file
    sha256 = digest(path)
    settings = StreetSettings.model_validate_json(json.dumps(source.settings))
    clip = ground.area_in_degrees(source.margin_km) if source.clip == "municipalities" else None
    streets = read_streets(path, clip=clip, settings=settings)
    ground.note(
        "Restiderna bygger på vägnätet i OpenStreetMap, med hastigheter som delvis är antagna.",
        "Travel times rest on the roads of OpenStreetMap, with speeds that are partly assumed.",
    )
    notes = ", ".join(streets.notes)
    if changed := settings.changed():
        notes += f", settings changed: {changed}"
        ground.note(
            f"Antaganden om vägar och hastigheter som är ändrade: {changed}.",
            f"Assumptions on roads and speeds that are changed: {changed}.",
        )
    words = f"OpenStreetMap, read from {path.name} (sha256 {sha256}){f': {notes}' if notes else ''}"
    if source.licence == "not stated":
        source = source.model_copy(update={"licence": OSM_LICENCE})
    return {
        "road_nodes": made_table("road_nodes", streets.nodes, source, [words], in_parquet=True),
        "road_edges": made_table(
            "road_edges",
            streets.edges,
            source,
            [words],
            qualities={each: "estimated" for each in streets.edges.columns if "minutes" in each},
            in_parquet=True,
        ),
    }


def _own_roads(ground: Ground) -> dict[str, MadeTable]:
    source = ground.recipe.roads
    assert source.edges is not None
    table = read_table(source.edges, ground.folder, "road_edges")
    table.need(("from_node", "to_node", "minutes"))
    one_way = "minutes_back" in table
    columns: dict[str, object] = {
        "from_node": table.filled_text("from_node"),
        "to_node": table.filled_text("to_node"),
        **{name: table.text(name) if name in table else default for name, default in EDGE_TEXTS.items()},
        "minutes": table.numbers("minutes", optional=one_way, minimum=0),
    }
    for name in filter(table.__contains__, EDGE_NUMBERS):
        columns[name] = table.numbers(name, optional=True, minimum=0)
    if "may_join" in table:
        columns["may_join"] = table.numbers("may_join").astype(np.int64)
    for name in table.frame.columns.drop(list(EDGE_KNOWN), errors="ignore"):
        columns[str(name)] = numbers_or_text(table, str(name))
    lines = _lines(table, ground, source.edges.crs)
    edges = pd.DataFrame({**columns, "line_wkb": shapely.to_wkb(lines)})
    return {
        "road_nodes": _own_nodes(ground, table),
        "road_edges": made_table("road_edges", edges, source.edges, [table], in_parquet=True),
    }


def _own_nodes(ground: Ground, edges: SourceTable) -> MadeTable:
    """Give the nodes of their own table, or those that the edges name."""
    source = ground.recipe.roads
    if source.nodes is None:
        named = pd.concat([edges.text("from_node"), edges.text("to_node")]).unique()
        nodes = pd.DataFrame({"node_id": named})
        return made_table("road_nodes", nodes, source.edges or source, [edges], in_parquet=True)
    table = read_table(source.nodes, ground.folder, "road_nodes")
    table.need(("node_id",))
    table.require_unique("node_id")
    nodes = pd.DataFrame({"node_id": table.filled_text("node_id")})
    return made_table("road_nodes", nodes, source.nodes, [table], in_parquet=True)


def _lines(table: SourceTable, ground: Ground, crs: str | None) -> NDArray[np.object_]:
    """Lines of the edges, longitude and latitude; from geometry or WKT."""
    if not isinstance(table.frame, gpd.GeoDataFrame):
        table.need(("line_wkt",), " or a file with geometry")
        try:
            with np.errstate(all="ignore"):  # it warns of NaN, which is refused below
                shapes = shapely.from_wkt(table.filled_text("line_wkt").to_numpy(object))
        except shapely.errors.GEOSException as error:
            message = f"{table.where}: line_wkt holds text that is no line ({first_line(error)})"
            raise InputError(message) from error
        corners, row = shapely.get_coordinates(shapes, return_index=True)
        is_place = np.ones(len(shapes), dtype=bool)
        is_place[row[~(np.abs(corners) < LARGEST_COORDINATE).all(axis=1)]] = False
        table.require("line_wkt", is_place, "holds a coordinate that no place has")
        frame = gpd.GeoDataFrame(table.frame, geometry=shapes, crs=crs or WGS84)
        drawn = table.with_frame(frame)
    else:
        drawn = table
    points_metres(drawn, ground.region, crs=crs)  # for its check
    shapes = gpd.GeoSeries(drawn.frame.geometry.to_numpy(), crs=crs or drawn.frame.crs).to_crs(WGS84)
    is_line = (shapes.geom_type == "LineString").to_numpy(bool) & (shapely.length(shapes.to_numpy()) > 0)
    table.require("from_node", is_line, "begins an edge whose geometry is no single line")
    far = "begins an edge that lies far from the others; are its axes swapped?"
    table.require("from_node", lie_near(shapes.bounds.to_numpy()), far)
    lines: NDArray[np.object_] = shapes.to_numpy()
    return lines


def make_minutes(
    ground: Ground, name: str, source: MinutesSource, *, cells: pd.DataFrame, sites: pd.DataFrame
) -> MadeTable:
    """Give the ready minutes of one mode.

    Parameters
    ----------
    ground
        The municipalities.
    name
        Of the mode.
    source
        What the sources file says of it.
    cells, sites
        The dataset's tables; minutes are for candidate sites and companions alike.

    Raises
    ------
    InputError
        If a file cannot be read, or its ids are not the dataset's.
    """
    make = _from_timetable if source.gtfs else _ready
    frame, read, source = make(ground, name, source, cells, sites)
    reached = cells["cell_id"].isin(frame.loc[can_be_made(frame), "cell_id"]).sum()
    if reached < len(cells):
        ground.note(
            f"Från {len(cells) - reached} av {len(cells)} rutor går ingen resa med {name} till någon lokal.",
            f"From {len(cells) - reached} of {len(cells)} cells there is no trip by {name} to any place.",
        )
    return made_table(f"minutes_{name}", frame, source, [read], in_parquet=True)


def can_be_made(minutes: pd.DataFrame) -> pd.Series:
    """Whether there is a way there, and home again where this is known."""
    return minutes[[each for each in ("minutes", "home_minutes") if each in minutes]].notna().all(axis=1)


def _from_timetable(
    ground: Ground, name: str, source: MinutesSource, cells: pd.DataFrame, sites: pd.DataFrame
) -> tuple[pd.DataFrame, str, MinutesSource]:
    from .transit.router import transit_minutes  # noqa: PLC0415  (an optional extra)
    from .transit.settings import TransitSettings  # noqa: PLC0415

    settings = TransitSettings.model_validate_json(json.dumps(source.settings))
    gtfs, say = ground.folder / source.gtfs, ground.on_progress
    streets = source.streets or ground.recipe.roads.file
    streets_path = ground.folder / streets if streets.endswith(STREETS_SUFFIX) else None
    degrees = unproject(cells[["east_metres", "north_metres"]].to_numpy(np.float64), ground.recipe.crs)
    frame = transit_minutes(
        gtfs,
        streets_path,
        origins=pd.DataFrame({"cell_id": cells["cell_id"], "lat": degrees[:, 0], "lon": degrees[:, 1]}),
        destinations=sites[["site_id", "lat", "lon"]].reset_index(drop=True),
        settings=settings,
        on_progress=_seldom(lambda done, of: say(f"minutes by {name}: {done} of {of} departures home")),
        on_note=ground.note,
    )
    ground.note(settings.in_swedish(name), settings.in_english(name))
    if source.date == "not stated":
        source = source.model_copy(update={"date": settings.date.isoformat()})
    words = f"worked out from {gtfs.name} (sha256 {digest(gtfs)}): {settings.in_words()}"
    return frame, words, source


def _seldom(say: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """Let through what is said at most every few seconds."""
    last = time.monotonic()

    def at_times(done: int, of: int) -> None:
        nonlocal last
        if time.monotonic() - last >= SAY_EVERY_SECONDS:
            last = time.monotonic()
            say(done, of)

    return at_times


def _ready(
    ground: Ground, name: str, source: MinutesSource, cells: pd.DataFrame, sites: pd.DataFrame
) -> tuple[pd.DataFrame, SourceTable, MinutesSource]:
    table = read_table(source, ground.folder, "minutes")
    table.need(("cell_id", "site_id", "minutes"))
    frame = pd.DataFrame({"cell_id": table.filled_text("cell_id"), "site_id": table.filled_text("site_id")})
    known_site = frame["site_id"].isin(sites["site_id"]).to_numpy(bool)
    table.require("site_id", known_site, "is no site of the dataset")
    known_cell = frame["cell_id"].isin(cells["cell_id"]).to_numpy(bool)
    if not known_cell.any():
        table.require("cell_id", known_cell, "is no cell of the dataset, nor is any other of the column")
    table.require("cell_id", ~frame.duplicated().to_numpy(bool), "has two rows for the same site")
    for column in filter(table.__contains__, ("minutes", "home_minutes")):
        frame[column] = table.numbers(column, optional=True, minimum=0)
    if not known_cell.all():
        ground.note(
            f"Restidstabellen {name} har {int((~known_cell).sum())} rader för rutor som inte är med.",
            f"The matrix {name} has {int((~known_cell).sum())} rows for cells that are not in the dataset.",
        )
    return frame[known_cell].reset_index(drop=True), table, source
