"""`RoadNetwork`: nodes, edges with their lines, minutes and kilometres, and where a place joins them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from .errors import DatasetError, LabelError
from .geo import nearest_on_lines, project

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    from numpy.typing import NDArray

    from .dataset import Dataset

CONNECTOR_CLASS: Final = "connector"
LINE: Final = 1  # shapely's type id of a LineString
FARTHEST_METRES: Final = 200_000.0
METRES_PER_KM: Final = 1000.0


@dataclass(frozen=True, eq=False)
class RoadNetwork:
    """A road network; `minutes` holds free-flow driving times along each edge, both ways."""

    node_ids: tuple[str, ...]
    from_node: NDArray[np.intp]  # (k,) index into node_ids
    to_node: NDArray[np.intp]  # (k,)
    minutes: NDArray[np.float64]  # (k, 2) from -> to, and to -> from; inf = one-way street
    kilometres: NDArray[np.float64]  # (k,) length along the road, the same both ways
    lines: NDArray[np.object_]  # (k,) shapely LineStrings in a metric CRS, from -> to
    may_join: NDArray[np.bool_]  # (k,) whether a place may join here; False: a line that follows no road

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


@dataclass(frozen=True, eq=False)
class Junctions:
    """Where each of n places joins the network: on which edge, how far along, how far away."""

    edge: NDArray[np.intp]  # (n,)
    share: NDArray[np.float64]  # (n,) of the edge's length from its from_node, in [0, 1]
    distance_metres: NDArray[np.float64]  # (n,) straight line from the place to the road


def join(points_metres: NDArray[np.float64], roads: RoadNetwork) -> Junctions:
    """Let each place join the nearest point of a road that may be joined; points are (n, 2) metres."""
    joinable = np.flatnonzero(roads.may_join)
    line, share, distance = nearest_on_lines(points_metres, roads.lines[joinable])
    if distance.size and distance.max() > FARTHEST_METRES:
        message = (
            f"a place lies {distance.max() / 1000:,.0f} km from the nearest road; do the cells' coordinates, "
            "the sites' degrees and the dataset's crs agree (easting and northing not swapped)?"
        )
        raise DatasetError(message)
    return Junctions(edge=joinable[line], share=share, distance_metres=distance)


def road_network(dataset: Dataset) -> RoadNetwork:
    """Read the network of a dataset; its edges are open in both directions.

    Places join measured lines and connectors only, never a straight line that stands for a road whose
    course is not known. Kilometres are those of the optional column ``length_km``, else the line's.

    Raises
    ------
    DatasetError
        If a line cannot be read or an edge has no length.
    """
    nodes, edges = dataset.table("road_nodes"), dataset.table("road_edges")
    node_ids = tuple(nodes["node_id"])
    position = {node_id: index for index, node_id in enumerate(node_ids)}
    try:
        degrees = shapely.from_wkt(edges["line_wkt"].to_numpy())
    except shapely.errors.GEOSException as error:
        message = f"{dataset.folder}: road_edges.line_wkt holds text that is not a line ({error})"
        raise DatasetError(message) from error
    proper = (shapely.get_type_id(degrees) == LINE) & (shapely.length(degrees) > 0)
    if not proper.all():
        row = int(np.flatnonzero(~proper)[0]) + 2
        message = f"{dataset.folder}: road_edges, row {row}: line_wkt is not a LINESTRING with a length"
        raise DatasetError(message)
    lines = shapely.transform(
        degrees, lambda lonlat: project(lonlat[:, 0], lonlat[:, 1], dataset.manifest.crs)
    )
    one_way = edges["minutes"].to_numpy(np.float64)
    return RoadNetwork(
        node_ids=node_ids,
        from_node=edges["from_node"].map(position).to_numpy(np.intp),
        to_node=edges["to_node"].map(position).to_numpy(np.intp),
        minutes=np.column_stack([one_way, one_way]),
        kilometres=_measured_kilometres(edges, "length_km", lines),
        lines=lines,
        may_join=((edges["length_quality"] != "estimated") | (edges["class"] == CONNECTOR_CLASS)).to_numpy(),
    )


def from_osmnx(graph: nx.MultiDiGraph) -> RoadNetwork:
    """Take a projected OSMnx graph whose edges carry ``travel_time`` (seconds) as a road network.

    Each directed edge of the graph becomes an edge that is closed in the other direction, so one-way
    streets stay one-way. ``osmnx.project_graph`` and ``osmnx.add_edge_travel_times`` prepare a graph.
    An edge without ``length`` (metres) is as long as its line.

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
    position = {node: index for index, node in enumerate(nodes.index)}
    minutes = edges["travel_time"].to_numpy(np.float64) / 60.0
    lines = edges.geometry.to_numpy()
    return RoadNetwork(
        node_ids=tuple(str(node) for node in nodes.index),
        from_node=np.array([position[node] for node in edges.index.get_level_values("u")], dtype=np.intp),
        to_node=np.array([position[node] for node in edges.index.get_level_values("v")], dtype=np.intp),
        minutes=np.column_stack([minutes, np.full(len(minutes), np.inf)]),
        kilometres=_measured_kilometres(edges, "length", lines, per_km=METRES_PER_KM),
        lines=lines,
        may_join=np.ones(len(edges), dtype=bool),
    )


def _measured_kilometres(
    edges: pd.DataFrame, column: str, lines: NDArray[np.object_], *, per_km: float = 1.0
) -> NDArray[np.float64]:
    """Take the lengths that a table states; the line, often simplified, stands in where it is silent."""
    drawn: NDArray[np.float64] = shapely.length(lines) / METRES_PER_KM
    if column not in edges:
        return drawn
    try:
        stated = edges[column].to_numpy(np.float64) / per_km
    except ValueError as error:
        message = f"roads: {column} holds what is not a number ({error}); make the column a number"
        raise DatasetError(message) from error
    return np.where(np.isnan(stated), drawn, stated)
