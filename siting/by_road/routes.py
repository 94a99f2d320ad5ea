"""The quickest ways as lines to be drawn: the same ways whose minutes and kilometres are counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from shapely.ops import substring

from .trips import part_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ..roads import Junctions, RoadNetwork
    from .dijkstra import ArcsBackwards, DijkstraSearch, Trees

ALONG, BY_FROM_NODE, BY_TO_NODE = range(3)
FROM_NODE, TO_NODE = 0.0, 1.0
"""The ends of an edge, as shares of its length."""
SAME_CORNER_METRES: Final = 0.001


@dataclass(frozen=True, eq=False)
class Stretches:
    """Parts of edges, driven one after the other; s of them."""

    edge: NDArray[np.intp]  # (s,)
    begin: NDArray[np.float64]  # (s,) share of the edge's length from its from_node
    end: NDArray[np.float64]  # (s,) before `begin` where the edge is driven from its to_node

    def minutes(self, roads: RoadNetwork) -> float:
        """Minutes of the network, before any speed factor."""
        back = (self.end < self.begin).astype(np.intp)
        return float(part_of(np.abs(self.end - self.begin), roads.minutes[self.edge, back]).sum())

    def kilometres(self, roads: RoadNetwork) -> float:
        """Kilometres along the road."""
        return float((np.abs(self.end - self.begin) * roads.kilometres[self.edge]).sum())

    def line(self, roads: RoadNetwork) -> NDArray[np.float64]:
        """Corners of the way, shape (k, 2) in metres; the edges' courses, cut where it begins and ends."""
        courses = [
            _course(roads.lines[edge], begin, end)
            for edge, begin, end in zip(self.edge, self.begin, self.end, strict=True)
        ]
        return np.concatenate([np.empty((0, 2)), *courses])


@dataclass(frozen=True, eq=False)
class Route:
    """The way of one trip: straight to the road, along it, and straight from it to the destination."""

    line: NDArray[np.float64]  # (k, 2) metres; no corner at all where there is no way
    on_road: Stretches | None  # None = the trip goes straight, or there is no way


NO_ROUTE = Route(np.empty((0, 2)), None)


def route_by_road(
    origin: NDArray[np.float64], on_road: Stretches, destination: NDArray[np.float64], roads: RoadNetwork
) -> Route:
    """Draw a trip between two points, (2,) each, in metres."""
    corners = np.concatenate([origin[None], on_road.line(roads), destination[None]])
    return Route(without_repeats(corners), on_road)


def without_repeats(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out corners of a line (k, 2) that lie where the one before does; the ends stay, though equal."""
    moves = np.hypot(*np.diff(corners, axis=0).T) > SAME_CORNER_METRES
    kept = corners[np.append(True, moves)]
    kept[-1] = corners[-1]
    return kept if len(kept) > 1 else corners[[0, -1]]


def _course(line: shapely.LineString, begin: float, end: float) -> NDArray[np.float64]:
    """Corners of a part of a line, (k, 2), in the direction driven."""
    if (begin, end) not in ((FROM_NODE, TO_NODE), (TO_NODE, FROM_NODE)):
        return np.asarray(shapely.get_coordinates(substring(line, begin, end, normalized=True)))
    corners: NDArray[np.float64] = shapely.get_coordinates(line)
    return corners if end > begin else corners[::-1]


def stretches_of_pairs(
    search: DijkstraSearch, some: slice, origin: NDArray[np.intp], destination: NDArray[np.intp]
) -> Iterator[Stretches | None]:
    """Give the quickest way of each pair of an origin and one of some destinations; None = there is none.

    `destination` counts from the first of `some`.
    """
    trees = search.trees(some)
    arriving = search.arriving[some]
    choice = np.argmin(np.stack(trees.ways), axis=0)
    for i, j in zip(origin.tolist(), destination.tolist(), strict=True):
        way = int(choice[i, j])
        if not np.isfinite(trees.ways[way][i, j]):
            yield None
            continue
        edge, share = int(search.leaving.edge[i]), float(search.leaving.share[i])
        if way == ALONG:
            yield _stretches([(edge, share, float(arriving.share[j]))])
            continue
        first, node = (
            ((edge, share, FROM_NODE), search.roads.from_node[edge])
            if way == BY_FROM_NODE
            else ((edge, share, TO_NODE), search.roads.to_node[edge])
        )
        yield _stretches([first, *_down_tree(search, trees, arriving, int(node), j)])


def _stretches(parts: list[tuple[int, float, float]]) -> Stretches:
    edge, begin, end = zip(*parts, strict=True)
    return Stretches(np.array(edge, dtype=np.intp), np.array(begin), np.array(end))


def _down_tree(
    search: DijkstraSearch, trees: Trees, arriving: Junctions, node: int, j: int
) -> Iterator[tuple[int, float, float]]:
    """Go from a node of the network to destination j: whole edges, then a part of the destination's."""
    arcs, following = search.arcs, trees.following[j]
    at = int(arcs.number[node])
    while (head := int(following[at])) < len(arcs.number):
        edge = _edge_between(arcs, head, at)
        yield (edge, FROM_NODE, TO_NODE) if edge >= 0 else (~edge, TO_NODE, FROM_NODE)
        at = head
    edge, share = int(arriving.edge[j]), float(arriving.share[j])
    yield edge, _end_to_come_by(search, edge, share, at), share


def _edge_between(arcs: ArcsBackwards, head: int, tail: int) -> int:
    """Find the edge by which a tree goes from tail to head; ~edge if from its to_node."""
    start, end = arcs.minutes.indptr[head], arcs.minutes.indptr[head + 1]
    return int(arcs.edge[start + np.searchsorted(arcs.minutes.indices[start:end], tail)])


def _end_to_come_by(search: DijkstraSearch, edge: int, share: float, at: int) -> float:
    """Say by which end the destination's edge is entered from a node: of a ring, by the quicker."""
    roads, number = search.roads, search.arcs.number
    (there, back), length = roads.minutes[edge], roads.kilometres[edge]
    ways = [
        ((there * share if share > 0 else 0.0, length * share), FROM_NODE, roads.from_node[edge]),
        ((back * (1 - share) if share < 1 else 0.0, length * (1 - share)), TO_NODE, roads.to_node[edge]),
    ]
    return min(way for way in ways if number[way[2]] == at)[1]
