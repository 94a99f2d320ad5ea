"""`RoadNetwork`: nodes, edges with their lines, minutes and kilometres, and where a place joins them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .errors import DatasetError, LabelError
from .geo import lie_near, nearest_on_lines, project
from .sentences import first_line, shortened

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from .dataset import Dataset

RoadMode = Literal["car", "bicycle", "walk"]

CONNECTOR_CLASS: Final = "connector"
LINE: Final = 1  # shapely's type id of a LineString
FARTHEST_METRES: Final = 200_000.0
METRES_PER_KM: Final = 1000.0
MINUTES_PER_HOUR: Final = 60.0
MINUTES_COLUMNS: Final[dict[RoadMode, tuple[str, str]]] = {
    "car": ("minutes", "minutes_back"),
    "bicycle": ("bicycle_minutes", "bicycle_minutes_back"),
    "walk": ("walk_minutes", "walk_minutes"),
}
"""Columns of `road_edges` with the minutes from -> to and to -> from; the second may be absent."""
ISLAND_SHARE: Final = 0.02
ISLAND_NODES: Final = 1_000
"""A piece that hangs by itself counts as an island with people from this share of the nodes, or this many."""
NO_HOUSES: Final = {"highway": "motorway|trunk_link", "tunnel": "yes", "route": "ferry"}
"""OSM's tags of ways that no place joins, and a pattern of their values."""


@dataclass(frozen=True, eq=False)
class RoadNetwork:
    """A road network of one mode of travel; `minutes` holds free-flow times along each edge."""

    node_ids: tuple[str, ...]
    from_node: NDArray[np.intp]  # (k,) index into node_ids
    to_node: NDArray[np.intp]  # (k,)
    minutes: NDArray[np.float64]  # (k, 2) from -> to, and to -> from; inf = closed in that direction
    kilometres: NDArray[np.float64]  # (k,) length along the road, the same both ways
    lines: NDArray[np.object_]  # (k,) shapely LineStrings in a metric CRS, from -> to
    may_join: NDArray[np.bool_]  # (k,) whether a place may join here; False: motorway, no real course ...
    n_cut_off: int = 0  # edges that places may not join only because one cannot both come and leave there

    def __post_init__(self) -> None:
        k = len(self.from_node)
        rows = {len(each) for each in (self.to_node, self.kilometres, self.lines, self.may_join)}
        if rows != {k} or self.minutes.shape != (k, 2):
            message = (
                f"RoadNetwork: node pairs, minutes, kilometres, lines and may_join must all have {k} rows"
            )
            raise LabelError(message)
        if np.isnan(self.minutes).any() or (self.minutes < 0).any():
            message = "RoadNetwork: minutes must be >= 0 (inf = closed in that direction)"
            raise DatasetError(message)
        if not (np.isfinite(self.kilometres) & (self.kilometres >= 0)).all():
            message = "RoadNetwork: kilometres must be finite and >= 0"
            raise DatasetError(message)
        if not self.may_join.any():
            message = "RoadNetwork: there is no edge that a place may join"
            raise DatasetError(message)

    @cached_property
    def joinable(self) -> tuple[NDArray[np.intp], shapely.STRtree]:
        """Edges that a place may join, and a tree of their lines."""
        edges = np.flatnonzero(self.may_join)
        return edges, shapely.STRtree(self.lines[edges])

    def node_points(self) -> NDArray[np.float64]:
        """Where the nodes lie, shape (n_nodes, 2) in metres; a node without an edge lies nowhere (NaN)."""
        points = np.full((len(self.node_ids), 2), np.nan)
        corners, n_corners = shapely.get_coordinates(self.lines), shapely.get_num_coordinates(self.lines)
        after = np.cumsum(n_corners)
        points[self.to_node] = corners[after - 1]
        points[self.from_node] = corners[after - n_corners]
        return points


@dataclass(frozen=True, eq=False)
class Junctions:
    """Where each of n places joins the network: on which edge, how far along, how far away."""

    edge: NDArray[np.intp]  # (n,)
    share: NDArray[np.float64]  # (n,) of the edge's length from its from_node, in [0, 1]
    distance_metres: NDArray[np.float64]  # (n,) straight line from the place to the road

    def __getitem__(self, rows: slice) -> Junctions:
        """Those of some of the places."""
        return Junctions(self.edge[rows], self.share[rows], self.distance_metres[rows])


def join(points_metres: NDArray[np.float64], roads: RoadNetwork) -> Junctions:
    """Let each place join the nearest point of a road that may be joined; points are (n, 2) metres."""
    joinable, tree = roads.joinable
    line, share, distance = nearest_on_lines(points_metres, tree)
    if distance.size and distance.max() > FARTHEST_METRES:
        message = (
            f"a place lies {distance.max() / 1000:,.0f} km from the nearest road; do the cells' coordinates, "
            "the sites' degrees and the dataset's crs agree (easting and northing not swapped)?"
        )
        raise DatasetError(message)
    return Junctions(edge=joinable[line], share=share, distance_metres=distance)


@dataclass(frozen=True, eq=False)
class RoadTable:
    """A dataset's streets for all modes of travel, read once: edges with their lines."""

    edges: pd.DataFrame  # the table road_edges
    node_ids: tuple[str, ...]
    from_node: NDArray[np.intp]  # (k,) index into node_ids
    to_node: NDArray[np.intp]  # (k,)
    kilometres: NDArray[np.float64]  # (k,)
    lines: NDArray[np.object_]  # (k,) shapely LineStrings in the dataset's CRS, from -> to
    where: str  # for messages

    def open_to(self, mode: RoadMode, *, speed_km_per_hour: float | None = None) -> RoadNetwork:
        """Give the network of one mode of travel; edges closed to it are left out.

        An edge takes the minutes of the mode's columns, an empty value meaning closed; without a column for
        the way back, both ways take the same. Where the dataset has no column for the mode at all, every
        edge is open both ways at `speed_km_per_hour`. Kilometres are those of the optional column
        ``length_km``, else the line's.

        Places join the edges that the column ``may_join`` allows; without it, measured lines and connectors
        only, never a straight line that stands for a road whose course is not known. And they join only
        where one can both come and leave: see `RoadNetwork.n_cut_off`.

        Raises
        ------
        DatasetError
            If a number cannot be read, or no edge is open to the mode.
        """
        minutes = _minutes(self.edges, mode, self.kilometres, speed_km_per_hour, self.where)
        is_open = np.isfinite(minutes).any(axis=1)
        may_join = _may_join(self.edges, self.where)
        if not (is_open & may_join).any():
            message = f"{self.where}: no edge that a place may join is open to {mode}"
            raise DatasetError(message)
        return _without_traps(
            RoadNetwork(
                node_ids=self.node_ids,
                from_node=self.from_node[is_open],
                to_node=self.to_node[is_open],
                minutes=minutes[is_open],
                kilometres=self.kilometres[is_open],
                lines=self.lines[is_open],
                may_join=may_join[is_open],
            )
        )


def read_road_table(dataset: Dataset) -> RoadTable:
    """Read a dataset's streets.

    Raises
    ------
    DatasetError
        If a line or a length cannot be read, or an edge has no length.
    """
    edges, where = dataset.table("road_edges"), f"{dataset.folder}: road_edges"
    nodes = pd.Index(dataset.table("road_nodes")["node_id"])
    lines = _lines(edges, dataset.manifest.crs, where)
    return RoadTable(
        edges=edges,
        node_ids=tuple(nodes),
        from_node=nodes.get_indexer(edges["from_node"]).astype(np.intp),
        to_node=nodes.get_indexer(edges["to_node"]).astype(np.intp),
        kilometres=_kilometres(edges, "length_km", lines, where),
        lines=lines,
        where=where,
    )


def road_network(
    dataset: Dataset, mode: RoadMode = "car", *, speed_km_per_hour: float | None = None
) -> RoadNetwork:
    """Read the network that a dataset opens to one mode of travel: see `RoadTable.open_to`.

    Raises
    ------
    DatasetError
        If the streets cannot be read, or no edge is open to the mode.
    """
    return read_road_table(dataset).open_to(mode, speed_km_per_hour=speed_km_per_hour)


def from_osmnx(graph: nx.MultiDiGraph) -> RoadNetwork:
    """Take a projected OSMnx graph whose edges carry ``travel_time`` (seconds) as a road network.

    The two directions of a street become one edge, so that a place on it may leave either way; one-way
    streets stay one-way. ``osmnx.project_graph`` and ``osmnx.add_edge_travel_times`` prepare a graph.
    An edge without ``length`` (metres) is as long as its line. No place joins a motorway, a slip road,
    a tunnel or a ferry.

    Raises
    ------
    DatasetError
        If the graph is not projected, or its edges lack travel times.
    """
    import osmnx  # noqa: PLC0415  (slow to import, and only this needs it)

    crs = graph.graph.get("crs")
    if crs is None or osmnx.projection.is_projected(crs) is False:
        message = "OSMnx graph: is in degrees; give osmnx.project_graph(graph)"
        raise DatasetError(message)
    nodes, edges = osmnx.graph_to_gdfs(graph)
    if "travel_time" not in edges:
        message = "OSMnx graph: edges have no travel_time; give osmnx.add_edge_travel_times(graph)"
        raise DatasetError(message)
    tail, head = (nodes.index.get_indexer(edges.index.get_level_values(end)) for end in ("u", "v"))
    lines = edges.geometry.to_numpy()
    minutes = _numbers(edges, "travel_time", "OSMnx graph") / 60.0
    kept, minutes = _streets(tail, head, lines, minutes)
    return _without_traps(
        RoadNetwork(
            node_ids=tuple(str(node) for node in nodes.index),
            from_node=tail[kept],
            to_node=head[kept],
            minutes=minutes,
            kilometres=_kilometres(edges, "length", lines, "OSMnx graph", per_km=METRES_PER_KM)[kept],
            lines=lines[kept],
            may_join=_has_houses(edges)[kept],
        )
    )


def lines_in_degrees(edges: pd.DataFrame) -> NDArray[np.object_]:
    """Read the lines of the table road_edges, well-known binary or text, longitude before latitude."""
    if "line_wkb" in edges:
        return np.asarray(shapely.from_wkb(edges["line_wkb"].to_numpy(object)))
    return np.asarray(shapely.from_wkt(edges["line_wkt"].to_numpy(object)))


def _lines(edges: pd.DataFrame, crs: str, where: str) -> NDArray[np.object_]:
    """Read the edges' lines and project them."""
    column = "line_wkb" if "line_wkb" in edges else "line_wkt"
    try:
        with np.errstate(all="ignore"):  # it warns of NaN, which is refused below
            degrees = lines_in_degrees(edges)
    except (shapely.errors.GEOSException, TypeError) as error:
        message = f"{where}.{column} holds what is not a line ({first_line(error)})"
        raise DatasetError(message) from error
    with np.errstate(all="ignore"):
        proper = (shapely.get_type_id(degrees) == LINE) & (shapely.length(degrees) > 0)
    _require(proper, edges[column], where, "is not a LINESTRING with a length")
    far = "has a corner far from the other roads (longitude first)"
    _require(lie_near(shapely.bounds(degrees)), edges[column], where, far)
    projected: NDArray[np.object_] = shapely.transform(
        degrees, lambda corners: project(corners[:, 0], corners[:, 1], crs)
    )
    return projected


def _minutes(
    edges: pd.DataFrame,
    mode: RoadMode,
    kilometres: NDArray[np.float64],
    speed_km_per_hour: float | None,
    where: str,
) -> NDArray[np.float64]:
    """Minutes of a mode along each edge and back, shape (k, 2); inf = closed."""
    column, column_back = MINUTES_COLUMNS[mode]
    if column not in edges:
        if speed_km_per_hour is None:
            message = f"{where}: has no column {column}; add it, or give the speed of {mode} in km/h"
            raise DatasetError(message)
        there = back = kilometres / speed_km_per_hour * MINUTES_PER_HOUR
    else:
        there = _numbers(edges, column, where)
        back = _numbers(edges, column_back, where) if column_back in edges else there
    if mode == "car" and column_back not in edges:
        _require(~np.isnan(there), edges[column], where, "is empty; a value is needed")
    minutes = np.column_stack([there, back])
    return np.where(np.isnan(minutes), np.inf, minutes)


def _kilometres(
    edges: pd.DataFrame, column: str, lines: NDArray[np.object_], where: str, *, per_km: float = 1.0
) -> NDArray[np.float64]:
    """Take the lengths that a table states; the line, often simplified, stands in where it is silent."""
    drawn: NDArray[np.float64] = shapely.length(lines) / METRES_PER_KM
    if column not in edges:
        return drawn
    stated = _numbers(edges, column, where) / per_km
    return np.where(np.isnan(stated), drawn, stated)


def _may_join(edges: pd.DataFrame, where: str) -> NDArray[np.bool_]:
    if "may_join" in edges:
        return _numbers(edges, "may_join", where) > 0
    has_a_course: NDArray[np.bool_] = (
        (edges["length_quality"] != "estimated") | (edges["class"] == CONNECTOR_CLASS)
    ).to_numpy(bool)
    return has_a_course


def _numbers(edges: pd.DataFrame, column: str, where: str) -> NDArray[np.float64]:
    """Take a column of numbers >= 0, NaN where it is empty."""
    numbers = pd.to_numeric(edges[column], errors="coerce").to_numpy(np.float64)
    silent = (edges[column].isna() | (edges[column].astype(str) == "")).to_numpy(bool)
    _require(silent | (numbers >= 0), edges[column], where, "is not a number >= 0")
    return numbers


def _require(good: NDArray[np.bool_], column: pd.Series, where: str, problem: str) -> None:
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        message = f"{where}, row {row + 2}: {column.name} {shortened(column.iloc[row])!r} {problem}"
        raise DatasetError(message)


def _streets(
    tail: NDArray[np.intp],
    head: NDArray[np.intp],
    lines: NDArray[np.object_],
    minutes: NDArray[np.float64],
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Pair the two directions of each street: one arc of each (k,), and minutes along it and back (k, 2)."""
    rounded = shapely.transform(lines, lambda xy: xy.round(3))
    drawn, course = shapely.to_wkb(rounded), shapely.to_wkb(shapely.normalize(rounded))
    arcs = pd.DataFrame({"a": np.minimum(tail, head), "b": np.maximum(tail, head), "course": course})
    street = arcs.groupby(["a", "b", "course"], sort=False).ngroup().to_numpy()
    _, kept = np.unique(street, return_index=True)
    is_back = (drawn != drawn[kept][street]).astype(np.intp)
    both = np.full((len(kept), 2), np.inf)
    np.minimum.at(both, (street, is_back), minutes)
    return kept, both


def _has_houses(edges: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether a place may join an OSMnx edge; a tag may be a list where several streets were merged."""
    has_houses = np.ones(len(edges), dtype=bool)
    for tag, word in NO_HOUSES.items():
        if tag in edges:
            has_houses &= ~edges[tag].astype(str).str.contains(word).to_numpy(bool)
    return has_houses


def _without_traps(roads: RoadNetwork) -> RoadNetwork:
    """Let places join only where both ends lie in a part within which all can come and go.

    Of what hangs together at all, that is the largest such part; and what hangs together must be the
    largest piece, or large enough for an island that no ferry of the network serves.
    Left out are islets and yards of their own, and all streets that lead in but not out, or out but not in.
    """
    n = len(roads.node_ids)
    tail = np.concatenate([roads.from_node, roads.to_node])
    head = np.concatenate([roads.to_node, roads.from_node])
    is_open = np.isfinite(roads.minutes.T.ravel())
    pattern = coo_array((is_open[is_open], (tail[is_open], head[is_open])), shape=(n, n))
    _, part = connected_components(pattern, directed=True, connection="strong")
    _, piece = connected_components(pattern, directed=False)
    nodes_of_part, nodes_of_piece = np.bincount(part)[part], np.bincount(piece)[piece]
    largest_part = np.zeros(n, dtype=np.intp)
    np.maximum.at(largest_part, piece, nodes_of_part)
    n_island = min(max(2.0, ISLAND_SHARE * len(np.unique(tail))), ISLAND_NODES)
    in_large = (nodes_of_part == largest_part[piece]) & (
        (nodes_of_piece >= n_island) | (nodes_of_piece == nodes_of_piece.max())
    )
    may_join = roads.may_join & in_large[roads.from_node] & in_large[roads.to_node]
    return replace(roads, may_join=may_join, n_cut_off=int(roads.may_join.sum() - may_join.sum()))
