"""Streets from an OpenStreetMap extract, .osm.pbf or .osm, through pyosmium.

The file is read twice, nodes first, so that it may hold its parts in any order (Overpass writes ways
first). Relations are not looked at. Nodes that are not in the file, as at the border of an extract, end
a street.
"""

from __future__ import annotations

import math
from array import array
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from ...errors import DatasetError, InputError
from ...sentences import first_line, needs_extra
from .pieces import CONTROLS, DEGREES, Ways, apart_in_words, cut_at_junctions
from .street_rules import TAGS, barrier_stops_cars, is_street

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import osmium
    import shapely
    from numpy.typing import NDArray

    from .pieces import Pieces

if TYPE_CHECKING:
    _Entity = TypeVar("_Entity", osmium.osm.Node, osmium.osm.Way, osmium.osm.Relation)

FORMATS: Final = {".pbf": "pbf", ".osm": "xml", ".osm.gz": "xml.gz", ".osm.bz2": "xml.bz2"}
"""Endings of file names, and pyosmium's words for the formats."""

RIM_DEGREES: Final = 0.02
"""Streets so far outside the area are read, too, so that those inside are cut where they meet them."""
NOT_IN_FILE: Final = 2**31 - 1
"""What pyosmium gives for the place of a node that the file does not hold."""
FARTHEST_NEIGHBOUR_DEGREES: Final = 10
"""Between two nodes of a way: 500 to 1,100 km, farther than any ferry goes without a bend."""


def read_pieces(path: Path, *, clip: shapely.Geometry | None = None) -> Pieces:
    """Read the streets of an extract, cut at their junctions.

    Parameters
    ----------
    path
        A file .osm.pbf, .osm, .osm.gz or .osm.bz2.
    clip
        Area in degrees WGS84; pieces that touch it are kept whole.

    Raises
    ------
    DatasetError
        If the file cannot be read, or holds no streets (in the area).
    """
    if clip is not None and clip.is_empty:
        message = f"{path}: the area that its streets are asked for is empty; give one with an extent"
        raise DatasetError(message)
    marks, rows = _Marks(), _WayRows(bounds_e7=_bounds_e7(clip))
    with osm_file(path) as source:
        _collect(source, marks, rows)
    ways = _ways(rows, marks)
    _require_on_earth(path, ways)
    pieces = cut_at_junctions(ways) if rows.node else None
    if pieces is not None and clip is not None:
        pieces = pieces.within(clip)
    if pieces is None or not len(pieces.metres):
        raise DatasetError(_why_none(path, rows, clip))
    return pieces


def _require_on_earth(path: Path, ways: Ways) -> None:
    """Refuse a street with a node that lies nowhere, or so far off that its place must be wrong.

    A number such as 1e300 in XML is read as 0 by pyosmium: only the distance tells.
    """
    place = ways.lonlat_e7.astype(np.int64)
    wrong = ~ways.is_known & (place[:, 1] != NOT_IN_FILE)
    apart = np.abs(np.diff(place, axis=0))
    apart[:, 0] = np.minimum(apart[:, 0], round(360 / DEGREES) - apart[:, 0])  # across the date line
    both = (ways.way[1:] == ways.way[:-1]) & ways.is_known[1:] & ways.is_known[:-1]
    wrong[1:] |= both & (apart > FARTHEST_NEIGHBOUR_DEGREES / DEGREES).any(axis=1)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        lon, lat = ways.lonlat_e7[row] * DEGREES
        message = (
            f"{path}: node {ways.node[row]} of a street lies in latitude {lat:g}, longitude {lon:g}, nowhere "
            "near its neighbours; mend the node, or download the extract again"
        )
        raise DatasetError(message)


def _why_none(path: Path, rows: _WayRows, clip: shapely.Geometry | None) -> str:
    if not rows.n_streets:
        return (
            f"{path}: holds no streets (ways tagged highway=...); give an extract that was not filtered to "
            "other things"
        )
    if clip is None or not math.isfinite(rows.extent_e7[0]):
        return f"{path}: holds streets, but not the places of their nodes; give a whole extract"
    return f"{path}: {apart_in_words(clip.bounds, tuple(each * DEGREES for each in rows.extent_e7))}"


@contextmanager
def osm_file(path: Path) -> Iterator[osmium.io.File]:
    """Open an extract; what pyosmium finds wrong with it while it is read becomes one sentence.

    Raises
    ------
    InputError
        If pyosmium is not installed.
    DatasetError
        If the file is missing, or not what its name says.
    """
    name = path.name.lower()
    ending = next((each for each in FORMATS if name.endswith(each)), None)
    if ending is None:
        message = f"{path}: is no OpenStreetMap extract by its name; one ends in {', '.join(FORMATS)}"
        raise DatasetError(message)
    try:
        import osmium  # noqa: PLC0415  (an optional extra)
    except ImportError as error:
        message = needs_extra(f"{path}: reading OpenStreetMap extracts", "osmium", "sources")
        raise InputError(message) from error
    if not path.is_file():
        message = f"{path}: there is no such file"
        raise DatasetError(message)
    try:
        yield osmium.io.File(str(path), FORMATS[ending])
    except InputError:
        raise
    except Exception as error:  # pyosmium and what reads its answers raise of a broken file what they like
        message = (
            f"{path}: cannot be read as {ending} ({first_line(error)}); it is incomplete or another kind of "
            "file, so download it again"
        )
        raise DatasetError(message) from error


@dataclass(eq=False)
class _Marks:
    """Nodes that stop a car, collected while reading."""

    node: array[int] = field(default_factory=lambda: array("q"))
    ahead: array[int] = field(default_factory=lambda: array("b"))
    back: array[int] = field(default_factory=lambda: array("b"))
    stops_cars: array[int] = field(default_factory=lambda: array("b"))

    def add(self, node: int, tags: Mapping[str, str]) -> None:
        """Note a node if its tags say that it stops cars."""
        kind = tags.get("highway", "")
        control = CONTROLS.index(kind) if kind in CONTROLS else 0
        stops_cars = "barrier" in tags and barrier_stops_cars(tags)
        if control or stops_cars:
            direction = tags.get("traffic_signals:direction") or tags.get("direction")
            self.node.append(node)
            self.ahead.append(0 if direction == "backward" else control)
            self.back.append(0 if direction == "forward" else control)
            self.stops_cars.append(stops_cars)


@dataclass(eq=False)
class _WayRows:
    """Streets and their nodes, collected while reading; compact, since a county has millions."""

    bounds_e7: tuple[int, int, int, int] | None  # west, south, east, north
    extent_e7: tuple[float, ...] = (math.inf, math.inf, -math.inf, -math.inf)  # of all streets of the file
    n_streets: int = 0
    tag_sets: dict[tuple[str | None, ...], int | None] = field(default_factory=dict)
    tags: list[dict[str, str]] = field(default_factory=list)
    tags_of_way: array[int] = field(default_factory=lambda: array("i"))
    n_nodes: array[int] = field(default_factory=lambda: array("i"))
    node: array[int] = field(default_factory=lambda: array("q"))
    longitude: array[int] = field(default_factory=lambda: array("i"))
    latitude: array[int] = field(default_factory=lambda: array("i"))

    def add(self, way: osmium.osm.Way) -> None:
        """Note a way if it is a street that comes near the bounds."""
        tag_set = self._tag_set(way.tags)
        if tag_set is None:
            return
        self.n_streets += 1
        places = [(each.ref, each.x, each.y) for each in way.nodes]
        if len(places) < 2:
            return
        nodes, longitudes, latitudes = zip(*places, strict=True)
        self._extend(longitudes, latitudes)
        if self.bounds_e7 is not None:
            west, south, east, north = self.bounds_e7
            if max(longitudes) < west or min(longitudes) > east:
                return
            if max(latitudes) < south or min(latitudes) > north:
                return
        self.tags_of_way.append(tag_set)
        self.n_nodes.append(len(places))
        self.node.extend(nodes)
        self.longitude.extend(longitudes)
        self.latitude.extend(latitudes)

    def _extend(self, longitudes: tuple[int, ...], latitudes: tuple[int, ...]) -> None:
        if max(longitudes) > 180 / DEGREES:  # of a node that is not in the file
            return
        west, south, east, north = self.extent_e7
        self.extent_e7 = (
            min(west, *longitudes), min(south, *latitudes), max(east, *longitudes), max(north, *latitudes)
        )  # fmt: skip

    def _tag_set(self, tags: osmium.osm.TagList) -> int | None:
        """Index of the way's tags among the sets met so far; None if it is no street."""
        key = tuple(tags.get(name) for name in TAGS)
        if key not in self.tag_sets:
            known = {name: value for name, value in zip(TAGS, key, strict=True) if value is not None}
            self.tag_sets[key] = len(self.tags) if is_street(known) else None
            if self.tag_sets[key] is not None:
                self.tags.append(known)
        return self.tag_sets[key]


def entities(source: osmium.io.File, kind: type[_Entity], *filters: osmium.BaseHandler) -> Iterator[_Entity]:
    """Read one kind of what a file holds (osmium.osm.Node, Way or Relation) that passes all filters."""
    import osmium  # noqa: PLC0415  (an optional extra)

    bits = {"Node": osmium.osm.NODE, "Way": osmium.osm.WAY, "Relation": osmium.osm.RELATION}
    reader = osmium.FileProcessor(source, bits[kind.__name__])
    for each in filters:
        reader = reader.with_filter(each)
    for entity in reader:
        if isinstance(entity, kind) and not entity.deleted:
            yield entity


def place_memory() -> osmium.NodeLocationsForWays:
    """Keep the places of the nodes that pass through it, in pyosmium's own memory, and give them to ways."""
    import osmium  # noqa: PLC0415  (an optional extra)

    locations = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    locations.ignore_errors()
    return locations


def _collect(source: osmium.io.File, marks: _Marks, rows: _WayRows) -> None:
    import osmium  # noqa: PLC0415  (an optional extra)

    locations = place_memory()
    for node in entities(source, osmium.osm.Node, locations, osmium.filter.KeyFilter("highway", "barrier")):
        marks.add(node.id, dict(node.tags))
    for way in entities(source, osmium.osm.Way, osmium.filter.KeyFilter("highway", "route"), locations):
        rows.add(way)


def _bounds_e7(clip: shapely.Geometry | None) -> tuple[int, int, int, int] | None:
    if clip is None:
        return None
    west, south, east, north = clip.bounds
    return (
        round((west - RIM_DEGREES) / DEGREES),
        round((south - RIM_DEGREES) / DEGREES),
        round((east + RIM_DEGREES) / DEGREES),
        round((north + RIM_DEGREES) / DEGREES),
    )


def _ways(rows: _WayRows, marks: _Marks) -> Ways:
    node = np.frombuffer(rows.node, dtype=np.int64)
    lonlat_e7 = np.column_stack(
        [np.frombuffer(rows.longitude, np.int32), np.frombuffer(rows.latitude, np.int32)]
    )
    mark, is_marked = _find(np.frombuffer(marks.node, dtype=np.int64), node)
    ahead, back, stops_cars = (
        np.where(is_marked, np.append(np.frombuffer(each, np.int8), np.int8(0))[mark], np.int8(0))
        for each in (marks.ahead, marks.back, marks.stops_cars)
    )
    n_nodes = np.frombuffer(rows.n_nodes, np.int32)
    return Ways(
        tags=tuple(rows.tags),
        tags_of_way=np.frombuffer(rows.tags_of_way, np.int32),
        way=np.repeat(np.arange(len(n_nodes), dtype=np.int32), n_nodes),
        node=node,
        lonlat_e7=lonlat_e7,
        is_known=(np.abs(lonlat_e7[:, 0]) <= 180 / DEGREES) & (np.abs(lonlat_e7[:, 1]) <= 90 / DEGREES),
        control_ahead=ahead,
        control_back=back,
        stops_cars=stops_cars.astype(bool),
    )


def _find(ids: NDArray[np.int64], wanted: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Position of each wanted id among ids (their number where it is not there), and whether it is there."""
    order = np.argsort(ids)
    at = np.searchsorted(ids[order], wanted)
    position = np.append(order, len(ids))[at]
    return position, np.append(ids, -1)[position] == wanted
