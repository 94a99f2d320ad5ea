"""Street tables `road_nodes` and `road_edges` from OpenStreetMap, with minutes by car, by bicycle, on foot.

`street_rules` says who may use what, `street_settings` holds the numbers, `street_times` makes minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from .extract import read_pieces
from .graphml import read_graphml
from .street_times import METRES_PER_KM, StreetTimes

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from .pieces import Pieces
    from .street_settings import StreetSettings

DECIMALS: Final = 5  # of minutes and kilometres: a piece may be shorter than a metre
MINUTES_COLUMNS: Final = (
    ("car", "minutes", "minutes_back"),
    ("bicycle", "bicycle_minutes", "bicycle_minutes_back"),
    ("walk", "walk_minutes", "walk_minutes"),
)


@dataclass(frozen=True, eq=False)
class Streets:
    """The tables of a street network."""

    nodes: pd.DataFrame
    """node_id (text), lat, lon (degrees WGS84)."""
    edges: pd.DataFrame
    """One row a street piece: from_node, to_node, road, class, length_km; minutes, minutes_back (car),
    bicycle_minutes, bicycle_minutes_back, walk_minutes (both ways), empty = closed; length_quality,
    may_join (1/0), line_wkb (bytes, degrees WGS84)."""
    notes: tuple[str, ...]
    """What readers should know: how much of the network hangs together, and what is closed."""


def read_streets(path: Path, *, clip: shapely.Geometry | None = None, settings: StreetSettings) -> Streets:
    """Read an extract (.osm.pbf, .osm) or a GraphML file of OSMnx as street tables.

    Parameters
    ----------
    path
        The file.
    clip
        Area in degrees WGS84; pieces that touch it are kept whole. Give it a margin: a way round through
        the neighbouring county is not found otherwise.
    settings
        Speeds and delays.

    Raises
    ------
    DatasetError
        If the file cannot be read, or holds no streets (in the area).
    """
    read = read_graphml if path.suffix.lower() == ".graphml" else read_pieces
    return street_tables(read(path, clip=clip), settings)


def street_tables(pieces: Pieces, settings: StreetSettings) -> Streets:
    """Turn street pieces into tables."""
    timed = StreetTimes(pieces, settings)
    car, bicycle, walk = timed.car_minutes(), timed.bicycle_minutes(), timed.walk_minutes()
    edges = pd.DataFrame(
        {
            "from_node": pieces.from_node.astype(str),
            "to_node": pieces.to_node.astype(str),
            "road": timed.of_rule("road"),
            "class": timed.of_rule("street_class"),
            "length_km": np.round(pieces.metres / METRES_PER_KM, DECIMALS),
            "minutes": _closed_is_empty(car[:, 0]),
            "minutes_back": _closed_is_empty(car[:, 1]),
            "bicycle_minutes": _closed_is_empty(bicycle[:, 0]),
            "bicycle_minutes_back": _closed_is_empty(bicycle[:, 1]),
            "walk_minutes": _closed_is_empty(walk),
            "length_quality": "published",
            "may_join": timed.of_rule("may_join").astype(np.int64),
            "line_wkb": shapely.to_wkb(pieces.lines),
        }
    )
    return Streets(nodes=_nodes(pieces), edges=edges, notes=_notes(edges))


def _closed_is_empty(minutes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(minutes), np.round(minutes, DECIMALS), np.nan)


def _nodes(pieces: Pieces) -> pd.DataFrame:
    ids, row = np.unique(np.concatenate([pieces.from_node, pieces.to_node]), return_index=True)
    ends = np.concatenate([shapely.get_point(pieces.lines, 0), shapely.get_point(pieces.lines, -1)])[row]
    return pd.DataFrame({"node_id": ids.astype(str), "lat": shapely.get_y(ends), "lon": shapely.get_x(ends)})


def _notes(edges: pd.DataFrame) -> tuple[str, ...]:
    """Say for each mode how much of its network hangs together."""
    kilometres = edges["length_km"].to_numpy()
    notes = []
    for mode, ahead, back in MINUTES_COLUMNS:
        is_open = (edges[ahead].notna() | edges[back].notna()).to_numpy()
        in_largest = is_open & _in_largest_part(edges, ahead, back)
        total, joined = kilometres[is_open].sum(), kilometres[in_largest].sum()
        notes.append(
            f"{mode}: {joined:,.0f} of {total:,.0f} km of streets hang together, both ways; others are apart"
            if is_open.any()
            else f"{mode}: no street of this map is open to it"
        )
    return tuple(notes)


def _in_largest_part(edges: pd.DataFrame, ahead: str, back: str) -> NDArray[np.bool_]:
    """Whether both ends of an edge lie in the largest part that can be reached both ways, (k,)."""
    codes, nodes = pd.factorize(pd.concat([edges["from_node"], edges["to_node"]]))
    tail, head = codes.reshape(2, -1)
    open_ahead, open_back = edges[ahead].notna().to_numpy(), edges[back].notna().to_numpy()
    arcs = (
        np.concatenate([tail[open_ahead], head[open_back]]),
        np.concatenate([head[open_ahead], tail[open_back]]),
    )
    graph = csr_array((np.ones(len(arcs[0])), arcs), shape=(len(nodes), len(nodes)))
    _, part = connected_components(graph, connection="strong")
    largest = part == np.bincount(part).argmax()
    joined: NDArray[np.bool_] = largest[tail] & largest[head]
    return joined
