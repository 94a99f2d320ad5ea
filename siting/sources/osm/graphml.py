"""Street pieces from a GraphML file that OSMnx saved.

OSMnx keeps a two-way street as two edges; here they are one piece again. Of the tags only those are
left that OSMnx was told to keep, so a bicycle against a one-way street is not known, and a street whose
parts differ carries several values: its slowest class and the mean of its limits count.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from ...errors import DatasetError
from ...sentences import first_line
from .pieces import CONTROLS, SIGNALS, Pieces, apart_in_words
from .street_rules import TAGS, barrier_stops_cars, is_street
from .street_settings import CAR_KM_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from pathlib import Path

    import networkx as nx

BARRIER_METRES: Final = 5.0
FARTHEST_EAST, FARTHEST_NORTH = 180.0, 90.0  # degrees
PAIR: Final = ["low", "high", "osmid", "nth"]


def read_graphml(path: Path, *, clip: shapely.Geometry | None = None) -> Pieces:
    """Read a graph that `osmnx.save_graphml` wrote; pieces that touch `clip` (degrees WGS84) are kept whole.

    Raises
    ------
    DatasetError
        If the file cannot be read, its edges have no length, or none is a street (in the area).
    """
    graph = _load(path)
    edges = _edges(path, graph)
    if clip is not None:
        shapely.prepare(clip)
        extent = tuple(shapely.total_bounds(edges["geometry"].to_numpy()))
        edges = edges[shapely.intersects(clip, edges["geometry"].to_numpy())]
        if edges.empty:
            message = f"{path}: {apart_in_words(clip.bounds, extent)}"
            raise DatasetError(message)
    streets, sets = _with_tag_sets(_one_row_a_street(edges))
    if streets.empty:
        place = "in the area asked for" if clip is not None else "with a highway tag"
        message = f"{path}: holds no streets {place}; save the graph of this region's streets with OSMnx"
        raise DatasetError(message)
    streets = _cut_before_barriers(streets, _barriers(graph))
    control = {node: _control(value) for node, value in graph.nodes(data="highway")}
    ahead, back = (streets[each].map(control).fillna(0).to_numpy(np.int8) for each in ("v", "u"))
    return Pieces(
        tags=sets,
        tags_of_piece=streets["tag_set"].to_numpy(np.int32),
        way=np.arange(len(streets), dtype=np.int32),
        from_node=streets["u"].to_numpy(np.int64),
        to_node=streets["v"].to_numpy(np.int64),
        metres=streets["length"].to_numpy(np.float64),
        lines=streets["geometry"].to_numpy(),
        control_ahead=ahead,
        control_back=back,
        signal_to_end=np.where(np.column_stack([ahead, back]) == SIGNALS, 0.0, np.inf),
        stops_cars=streets["stops_cars"].to_numpy(bool),
    )


def _load(path: Path) -> nx.MultiDiGraph:
    import osmnx  # noqa: PLC0415  (slow to import, and only this needs it)

    if not path.is_file():
        message = f"{path}: there is no such file"
        raise DatasetError(message)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of how the file spells its CRS
            graph = osmnx.load_graphml(path)
            is_projected = osmnx.projection.is_projected(graph.graph["crs"])
        if is_projected:
            graph = osmnx.project_graph(graph, to_latlong=True)
    # OSMnx takes what is written for what it should be: a broken file ends in almost anything.
    except Exception as error:
        said = first_line(error)
        message = f"{path}: cannot be read as OSMnx's GraphML ({said}); save it with osmnx.save_graphml"
        raise DatasetError(message) from error
    _require_places(path, graph)
    return graph


def _require_places(path: Path, graph: nx.MultiDiGraph) -> None:
    """Refuse a node that lies nowhere on the earth; one that only an edge names has no place at all."""
    for node, said in graph.nodes(data=True):
        place = said.get("x"), said.get("y")
        is_number = all(isinstance(each, float | int) for each in place)
        if not (is_number and abs(place[0]) <= FARTHEST_EAST and abs(place[1]) <= FARTHEST_NORTH):
            message = f"{path}: the node {node} has no place on the earth (x {place[0]}, y {place[1]})"
            raise DatasetError(message)


def _edges(path: Path, graph: nx.MultiDiGraph) -> pd.DataFrame:
    """One row a directed edge: u, v, geometry, length (metres) and tags."""
    import osmnx  # noqa: PLC0415

    if not graph.number_of_edges():
        message = f"{path}: holds no streets; save the graph of this region's streets with OSMnx"
        raise DatasetError(message)
    edges: pd.DataFrame = pd.DataFrame(osmnx.graph_to_gdfs(graph, nodes=False).reset_index())
    lengths = edges["length"] if "length" in edges else pd.Series(np.nan, index=edges.index)
    bad = ~(np.isfinite(lengths) & (lengths >= 0))
    if bad.any():
        first = edges.loc[bad.idxmax()]
        message = (
            f"{path}: the edge from {first['u']} to {first['v']} has no length; add lengths with "
            "osmnx.distance.add_edge_lengths and save the graph again"
        )
        raise DatasetError(message)
    kept: pd.DataFrame = edges[shapely.length(edges["geometry"].to_numpy()) > 0]
    return kept


def _one_row_a_street(edges: pd.DataFrame) -> pd.DataFrame:
    """Put the two directions of a street into one row; `is_two_way` says whether there were two."""
    u, v = edges["u"].to_numpy(), edges["v"].to_numpy()
    said = edges["reversed"] if "reversed" in edges else [False] * len(edges)
    was_reversed = np.array([str(each) == "True" for each in said], dtype=bool)  # some are lists
    is_back = (u > v) | ((u == v) & was_reversed)
    edges = edges.assign(low=np.minimum(u, v), high=np.maximum(u, v), is_back=is_back)
    if "osmid" not in edges:
        edges["osmid"] = ""
    edges["osmid"] = edges["osmid"].map(lambda ids: str(sorted(ids)) if isinstance(ids, list) else str(ids))
    # Of streets side by side, the two directions of one are of the same length.
    edges["nth"] = edges.sort_values("length", kind="stable").groupby([*PAIR[:-1], "is_back"]).cumcount()
    edges["is_two_way"] = edges.groupby(PAIR)["u"].transform("size") > 1
    # Tags that speak of a direction mean that in which the street was drawn.
    drawn_first = edges.assign(was_reversed=was_reversed).sort_values(
        ["was_reversed", "is_back"], kind="stable"
    )
    return drawn_first.drop_duplicates(PAIR).sort_index()


def _with_tag_sets(streets: pd.DataFrame) -> tuple[pd.DataFrame, tuple[dict[str, str], ...]]:
    """Keep what is a street, with a column `tag_set`; and the sets of tags that it counts."""
    tags = [_tags(row) for row in streets.astype(object).to_dict("records")]
    sets: dict[tuple[tuple[str, str], ...], int] = {}
    number = [sets.setdefault(tuple(each.items()), len(sets)) if is_street(each) else -1 for each in tags]
    numbered = streets.assign(tag_set=np.array(number, dtype=np.int32))
    return numbered[numbered["tag_set"] >= 0], tuple(dict(each) for each in sets)


def _barriers(graph: nx.MultiDiGraph) -> list[int]:
    return sorted(
        node
        for node, kind in graph.nodes(data="barrier")
        if kind is not None and barrier_stops_cars({"barrier": str(kind)})
    )


def _cut_before_barriers(streets: pd.DataFrame, barriers: list[int]) -> pd.DataFrame:
    """Cut the last metres before each barrier off one of the streets that end there: no car passes them."""
    streets = streets.assign(stops_cars=False)
    if not barriers:
        return streets
    rows: list[dict[Hashable, Any]] = streets.to_dict("records")
    row_at = {row[end]: row for row in rows for end in ("u", "v")}
    for nth, barrier in enumerate(barriers, start=1):
        row = row_at.get(barrier)
        if row is None:
            continue
        share = min(BARRIER_METRES / max(row["length"], BARRIER_METRES), 0.5)
        at_end = row["v"] == barrier
        cut = 1 - share if at_end else share
        first, last = (substring(row["geometry"], *part, normalized=True) for part in ((0, cut), (cut, 1)))
        rest = row | {"u": -nth, "geometry": last, "length": row["length"] * (1 - cut), "stops_cars": at_end}
        row |= {"v": -nth, "geometry": first, "length": row["length"] * cut, "stops_cars": not at_end}
        rows.append(rest)
        row_at[rest["v"]] = rest
    return pd.DataFrame(rows)


def _tags(row: Mapping[Hashable, object]) -> dict[str, str]:
    found = {name: _text(name, row[name]) for name in TAGS if name in row}
    tags = {name: value for name, value in found.items() if value}
    return tags | {"oneway": "no" if row["is_two_way"] else "yes"}


def _text(name: str, value: object) -> str:
    """One tag's value; of a list of classes the slowest, of the rest as speed_limit reads lists."""
    if isinstance(value, list):
        if name == "highway":
            return min((str(each) for each in value), key=lambda each: CAR_KM_PER_HOUR.get(each, 0.0))
        return ";".join(str(each) for each in value) if name in ("maxspeed", "ref") else str(value[0])
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else ""


def _control(value: object) -> int:
    return CONTROLS.index(value) if isinstance(value, str) and value in CONTROLS else 0
