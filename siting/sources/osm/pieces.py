"""`Pieces`: the streets of a map, cut at their junctions; tags as they are, no speeds yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from pyproj import Geod
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

DEGREES: Final = 1e-7  # OpenStreetMap's unit of coordinates
CONTROLS: Final = ("", "give_way", "mini_roundabout", "stop", "traffic_signals")
"""What stops a car at a node, the strongest last; a piece counts one, as a junction is often tagged twice."""
SIGNALS: Final = CONTROLS.index("traffic_signals")


@dataclass(frozen=True, eq=False)
class Ways:
    """Ways as a map has them: rows of nodes one after the other; tag sets that many ways share."""

    tags: tuple[Mapping[str, str], ...]  # (t,) sets of tags
    tags_of_way: NDArray[np.int32]  # (w,) index into tags
    way: NDArray[np.int32]  # (m,) of each row: its way
    node: NDArray[np.int64]  # (m,) its node
    lonlat_e7: NDArray[np.int32]  # (m, 2) degrees WGS84 x 1e7
    is_known: NDArray[np.bool_]  # (m,) whether the node's place is in the file
    control_ahead: NDArray[np.int8]  # (m,) index into CONTROLS, for travel in the way's direction
    control_back: NDArray[np.int8]  # (m,)
    stops_cars: NDArray[np.bool_]  # (m,) a barrier


@dataclass(frozen=True, eq=False)
class Pieces:
    """Street pieces between junctions, k of them."""

    tags: tuple[Mapping[str, str], ...]  # (t,) sets of tags
    tags_of_piece: NDArray[np.int32]  # (k,) index into tags
    way: NDArray[np.int32]  # (k,) the way that it is a part of
    from_node: NDArray[np.int64]  # (k,)
    to_node: NDArray[np.int64]  # (k,)
    metres: NDArray[np.float64]  # (k,) along the street, on the ellipsoid
    lines: NDArray[np.object_]  # (k,) shapely LineStrings, degrees WGS84, from -> to
    control_ahead: NDArray[np.int8]  # (k,) index into CONTROLS, met from -> to
    control_back: NDArray[np.int8]  # (k,)
    signal_to_end: NDArray[np.float64]  # (k, 2) metres from the last signals to the end, ahead and back
    stops_cars: NDArray[np.bool_]  # (k,) a barrier stands on it

    def within(self, area: shapely.Geometry) -> Pieces:
        """Keep the pieces that touch an area, whole."""
        shapely.prepare(area)
        kept = np.flatnonzero(shapely.intersects(area, self.lines))
        columns = [name for name in self.__dataclass_fields__ if name != "tags"]
        return replace(self, **{name: getattr(self, name)[kept] for name in columns})


def apart_in_words(area: tuple[float, ...], streets: tuple[float, ...]) -> str:
    """Say where an area and the streets lie (west, south, east, north, degrees), which do not meet."""
    (w, s, e, n), (west, south, east, north) = area, streets
    return (
        f"none of its streets lies in the area of the cells: with its margin it lies in latitude {s:.2f} to "
        f"{n:.2f}, longitude {w:.2f} to {e:.2f}, the streets in latitude {south:.2f} to {north:.2f}, "
        f"longitude {west:.2f} to {east:.2f}; is it the extract of this region, and is crs: of the sources "
        "file right?"
    )


def cut_at_junctions(ways: Ways) -> Pieces:
    """Cut ways where they meet others or change, where a node is not in the file, and around a barrier.

    A barrier closes the stretch from the node before it to the barrier, so that the streets on both
    sides stay open up to it.
    """
    ways = _joined(ways)
    tail = _stretches(ways)
    head = tail + 1
    metres = _metres(ways.lonlat_e7[tail], ways.lonlat_e7[head])
    node = _one_node_per_place(ways.node, tail[metres == 0])
    tail = tail[metres > 0]
    head, metres = tail + 1, metres[metres > 0]
    follows = np.zeros(len(tail), dtype=bool)
    follows[1:] = (ways.way[tail[1:]] == ways.way[tail[:-1]]) & (node[tail[1:]] == node[head[:-1]])
    blocked = ways.stops_cars[head] | (ways.stops_cars[tail] & ~follows)
    _, place, times_met = np.unique(
        np.concatenate([node[tail], node[head]]), return_inverse=True, return_counts=True
    )
    starts = ~follows | (times_met[place[: len(tail)]] > 2) | blocked
    starts[1:] |= blocked[:-1]
    first = np.flatnonzero(starts)
    last = np.append(first[1:], len(tail)) - 1 if len(first) else first
    return Pieces(
        tags=ways.tags,
        tags_of_piece=ways.tags_of_way[ways.way[tail[first]]],
        way=ways.way[tail[first]],
        from_node=node[tail[first]],
        to_node=node[head[last]],
        metres=np.add.reduceat(metres, first) if len(first) else metres,
        lines=_lines(ways.lonlat_e7, tail, head, starts),
        control_ahead=_strongest(ways.control_ahead[head], first),
        control_back=_strongest(ways.control_back[tail], first),
        signal_to_end=_signal_to_end(
            metres, first, ways.control_ahead[head] == SIGNALS, ways.control_back[tail] == SIGNALS
        ),
        stops_cars=blocked[first],
    )


def _joined(ways: Ways) -> Ways:
    """Take ways alike that continue each other, and meet no other, for one: a name may change there."""
    first = np.flatnonzero(np.diff(ways.way, prepend=-1))
    n_rows = np.diff(first, append=len(ways.way))
    last = first + n_rows - 1
    _, place, times_met = np.unique(ways.node, return_inverse=True, return_counts=True)
    starting = np.full(len(times_met), -1, dtype=np.intp)
    starting[place[first]] = np.arange(len(first))
    following = starting[place[last]]
    alike = ways.tags_of_way[following] == ways.tags_of_way
    has_duration = np.array(["duration" in tags for tags in ways.tags], dtype=bool)
    joins = alike & (times_met[place[last]] == 2) & ~has_duration[ways.tags_of_way]
    order, chain = _chains(np.where(joins, following, -1))
    begins = np.cumsum(n_rows[order]) - n_rows[order]
    row = np.repeat(first[order] - begins, n_rows[order]) + np.arange(len(ways.way))
    by_row = ("node", "lonlat_e7", "is_known", "control_ahead", "control_back", "stops_cars")
    return replace(
        ways,
        tags_of_way=ways.tags_of_way[order][np.diff(chain, prepend=-1) > 0],
        way=np.repeat(chain, n_rows[order]).astype(np.int32),
        **{name: getattr(ways, name)[row] for name in by_row},
    )


def _chains(following: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Order ways so that each stands after the one that it follows; and number the chains, (w,) each.

    `following` is the next way of each, -1 where there is none; no two have the same.
    """
    following_of = following.tolist()
    is_followed = np.zeros(len(following), dtype=bool)
    is_followed[following[following >= 0]] = True
    heads = [*np.flatnonzero(~is_followed).tolist(), *np.flatnonzero(is_followed).tolist()]  # then rings
    order: list[int] = []
    chain: list[int] = []
    seen = [False] * len(following_of)
    n_chains = 0
    for head in heads:
        way = head
        while way >= 0 and not seen[way]:
            seen[way] = True
            order.append(way)
            chain.append(n_chains)
            way = following_of[way]
        n_chains += bool(chain) and chain[-1] == n_chains
    return np.array(order, dtype=np.intp), np.array(chain, dtype=np.intp)


def _stretches(ways: Ways) -> NDArray[np.intp]:
    """Rows whose next row is the next node of the same way, both with a known place."""
    same_way = ways.way[:-1] == ways.way[1:]
    known = ways.is_known[:-1] & ways.is_known[1:]
    return np.flatnonzero(same_way & known & (ways.node[:-1] != ways.node[1:]))


def _metres(start_e7: NDArray[np.int32], end_e7: NDArray[np.int32]) -> NDArray[np.float64]:
    start, end = start_e7 * DEGREES, end_e7 * DEGREES
    _, _, metres = Geod(ellps="WGS84").inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    length: NDArray[np.float64] = metres
    return length


def _one_node_per_place(node: NDArray[np.int64], tails: NDArray[np.intp]) -> NDArray[np.int64]:
    """Take two neighbours on a way that lie on the same spot for one node: a line needs a length."""
    if not len(tails):
        return node
    ids, place = np.unique(node, return_inverse=True)
    same = csr_array((np.ones(len(tails)), (place[tails], place[tails + 1])), shape=(len(ids), len(ids)))
    _, group = connected_components(same, directed=False)
    _, first = np.unique(group, return_index=True)
    renamed: NDArray[np.int64] = ids[first][group[place]]
    return renamed


def _strongest(control: NDArray[np.int8], first: NDArray[np.intp]) -> NDArray[np.int8]:
    return np.maximum.reduceat(control, first) if len(first) else control


def _signal_to_end(
    metres: NDArray[np.float64], first: NDArray[np.intp], ahead: NDArray[np.bool_], back: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Metres from the last signals met on each piece to its end, ahead and back, (k, 2); inf = none.

    Of each stretch: metres, whether signals for travel ahead are at its head, for travel back at its tail.
    """
    if not len(first):
        return np.empty((0, 2))
    n_stretches = np.diff(first, append=len(metres))
    to_head = np.cumsum(metres)
    total = np.repeat(np.add.reduceat(metres, first), n_stretches)
    from_start = to_head - np.repeat(to_head[first] - metres[first], n_stretches)  # to the stretch's head
    left_ahead = np.where(ahead, total - from_start, np.inf)
    left_back = np.where(back, from_start - metres, np.inf)
    return np.column_stack([np.minimum.reduceat(each, first) for each in (left_ahead, left_back)])


def _lines(
    lonlat_e7: NDArray[np.int32],
    tail: NDArray[np.intp],
    head: NDArray[np.intp],
    starts: NDArray[np.bool_],
) -> NDArray[np.object_]:
    """Draw each piece: the tails of its stretches, then the head of the last."""
    piece = np.cumsum(starts) - 1
    n_pieces = int(starts.sum())
    row = np.empty(len(tail) + n_pieces, dtype=np.intp)
    row[np.arange(len(tail)) + piece] = tail
    last = np.flatnonzero(np.append(starts[1:], True)) if len(tail) else tail
    row[last + np.arange(n_pieces) + 1] = head[last]
    of_piece = np.empty(len(row), dtype=np.intp)
    of_piece[np.arange(len(tail)) + piece] = piece
    of_piece[last + np.arange(n_pieces) + 1] = np.arange(n_pieces)
    # Rounded, so that 24.9424646 is written so and not as 24.942464599999998.
    lines: NDArray[np.object_] = shapely.linestrings(np.round(lonlat_e7[row] * DEGREES, 7), indices=of_piece)
    return lines
