"""`RoadRouter`: trips over the road network, by car, by bicycle or on foot; and their kilometres.

A trip is: fixed minutes + access leg (straight line x detour, at its own speed) + shortest path along
the road network + egress leg. Where the straight line between two places is no longer than their
access and egress legs together, the trip goes straight: then the road would only be a way round.

Destinations are few and origins many, so the search runs backwards, once for each destination: a
destination is a node of its own, with an arc from either end of the edge that it lies on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from .geo import distances_metres, order_in_space
from .roads import METRES_PER_KM, MINUTES_PER_HOUR, join
from .travel import MINUTES_DECIMALS, TravelTimes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .roads import Junctions, RoadNetwork
    from .scenario_travel import TravelSection
    from .travel import Places

MOST_LABELS: Final = 8_000_000
"""Nodes or origins x destinations that one round of searches may hold: 64 MB of minutes."""


@dataclass(frozen=True, eq=False)
class RoadRouter:
    """Trips of one mode over a road network."""

    roads: RoadNetwork
    speed_factor: float = 1.0  # speeds of the network are multiplied by this
    fixed_minutes_per_trip: float = 0.0
    access_speed_km_per_hour: float = 45.0
    access_detour_factor: float = 1.3

    def times(self, origins: Places, destinations: Places) -> TravelTimes:
        """Minutes from each origin to each destination over the road network."""
        trips = self.trips(origins, destinations)
        moving = trips.on_road_minutes
        moving /= self.speed_factor
        moving += trips.beside_road_metres * self.minutes_per_metre_beside
        moving += self.fixed_minutes_per_trip
        return TravelTimes(
            minutes=np.round(moving, MINUTES_DECIMALS, out=moving),
            origin_ids=origins.ids,
            destination_ids=destinations.ids,
            origin_access_metres=trips.leaving.distance_metres,
            destination_access_metres=trips.arriving.distance_metres,
        )

    def kilometres(self, origins: Places, destinations: Places) -> NDArray[np.float64]:
        """Length of the trips that `times` times: the quickest ways, not the shortest.

        Of several equally quick ways one is measured, the same in every run.

        Returns
        -------
        numpy.ndarray
            Shape (n_origins, n_destinations), km one way; inf = cannot be reached.
        """
        trips = self.trips(origins, destinations, in_kilometres=True)
        beside = trips.beside_road_metres * self.access_detour_factor / METRES_PER_KM
        kilometres: NDArray[np.float64] = trips.on_road_kilometres + beside
        return kilometres

    @property
    def minutes_per_metre_beside(self) -> float:
        """What a metre of straight line takes on the way to the road, or beside it."""
        return self.access_detour_factor * MINUTES_PER_HOUR / (self.access_speed_km_per_hour * METRES_PER_KM)

    def trips(self, origins: Places, destinations: Places, *, in_kilometres: bool = False) -> RoadTrips:
        """Both parts of each trip, along the road and beside it, before speeds and factors."""
        leaving = join(origins.points_metres, self.roads)
        arriving = join(destinations.points_metres, self.roads)
        shape = len(leaving.edge), len(arriving.edge)
        minutes, beside = np.empty(shape), np.empty(shape)
        kilometres = np.empty(shape if in_kilometres else (0, 0))
        search = _Search(self._arcs, leaving, arriving, self.roads)
        for some in _chunks(shape[1], most=MOST_LABELS // max(shape[0], len(self.roads.node_ids))):
            quickest, length = search.run(some, in_kilometres=in_kilometres)
            straight = distances_metres(origins.points_metres, destinations.points_metres[some])
            off_road = leaving.distance_metres[:, None] + arriving.distance_metres[None, some]
            goes_straight = straight <= off_road
            beside[:, some] = np.where(goes_straight, straight, off_road)
            minutes[:, some] = np.where(goes_straight, 0.0, quickest)
            if in_kilometres:
                kilometres[:, some] = np.where(goes_straight, 0.0, length)
        return RoadTrips(leaving, arriving, minutes, kilometres, beside)

    @cached_property
    def _arcs(self) -> _Arcs:
        return _arcs_backwards(self.roads)


def car_router(roads: RoadNetwork, section: TravelSection) -> RoadRouter:
    """Trips by car as a scenario's section `travel` has them."""
    return RoadRouter(
        roads=roads,
        speed_factor=section.speed_factor,
        fixed_minutes_per_trip=section.fixed_minutes_per_trip,
        access_speed_km_per_hour=section.access_speed_km_per_hour,
        access_detour_factor=section.access_detour_factor,
    )


@dataclass(frozen=True, eq=False)
class RoadTrips:
    """Where trips join and leave the road, and how far they go along it and beside it."""

    leaving: Junctions
    arriving: Junctions
    on_road_minutes: NDArray[np.float64]  # (n_origins, n_destinations) of the network; 0 = goes straight
    on_road_kilometres: NDArray[np.float64]  # the same shape, or (0, 0) where not asked for
    beside_road_metres: NDArray[np.float64]  # (n_origins, n_destinations) both access legs, straight lines


def _chunks(n: int, *, most: int) -> Iterator[slice]:
    size = max(1, most)
    yield from (slice(start, start + size) for start in range(0, n, size))


@dataclass(frozen=True, eq=False)
class _Arcs:
    """A network's arcs, each from its head to its tail; the nodes are numbered along a curve in space."""

    number: NDArray[np.intp]  # (n_nodes,) the node's number here; neighbours in space have close numbers
    minutes: csr_array  # (n_nodes, n_nodes) [head, tail], of parallel arcs only the quickest
    kilometres: csr_array  # the same pattern


def _arcs_backwards(roads: RoadNetwork) -> _Arcs:
    points = np.nan_to_num(roads.node_points())
    number = np.empty(len(points), dtype=np.intp)
    number[order_in_space(points)] = np.arange(len(points))
    start, end = number[roads.from_node], number[roads.to_node]
    minutes, kilometres = _quickest_arcs(
        head=np.concatenate([end, start]),
        tail=np.concatenate([start, end]),
        minutes=roads.minutes.T.ravel(),
        kilometres=np.tile(roads.kilometres, 2),
        shape=(len(points), len(points)),
    )
    return _Arcs(number, minutes, kilometres)


def _quickest_arcs(
    *,
    head: NDArray[np.intp],
    tail: NDArray[np.intp],
    minutes: NDArray[np.float64],
    kilometres: NDArray[np.float64],
    shape: tuple[int, int],
) -> tuple[csr_array, csr_array]:
    """Minutes and kilometres of open arcs as sparse [head, tail]; of parallel ones the quickest."""
    usable = np.flatnonzero(np.isfinite(minutes))
    order = usable[np.lexsort((kilometres[usable], minutes[usable], tail[usable], head[usable]))]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(head[order]) != 0) | (np.diff(tail[order]) != 0)
    kept = order[first]
    # Sparse graphs take a stored 0 for "no arc"; the smallest float keeps an arc of no length an arc.
    weights = np.maximum(minutes[kept], np.finfo(np.float64).tiny)
    starts = np.searchsorted(head[kept], np.arange(shape[0] + 1))
    pattern = tail[kept].astype(np.int32), starts.astype(np.int32)
    return csr_array((weights, *pattern), shape=shape), csr_array((kilometres[kept], *pattern), shape=shape)


@dataclass(frozen=True, eq=False)
class _Search:
    """Quickest ways along the network between points on its edges."""

    arcs: _Arcs
    leaving: Junctions
    arriving: Junctions
    roads: RoadNetwork

    @property
    def kilometres(self) -> NDArray[np.float64]:
        """Kilometres of each edge and back, shape (k, 2) as the network's minutes."""
        return np.column_stack([self.roads.kilometres, self.roads.kilometres])

    def run(self, some: slice, *, in_kilometres: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Minutes, and kilometres if asked for (else 0), to some destinations: (n_origins, n_some) each.

        Three ways: along the one edge that both places lie on, or off it by either end.
        """
        arriving = self.arriving[some]
        minutes, kilometres = self._with_nodes_for(arriving)
        n = len(self.arcs.number)
        answer = dijkstra(minutes, indices=np.arange(n, minutes.shape[0]), return_predecessors=in_kilometres)
        to_nodes = answer[0] if in_kilometres else answer
        ways = [_along_one_edge(self.leaving, arriving, self.roads.minutes)]
        ways += [off[:, None] + to_nodes[:, node].T for node, off in self._ways_off(self.roads.minutes)]
        quickest = np.minimum(np.minimum(ways[0], ways[1]), ways[2])
        if not in_kilometres:
            return quickest, np.zeros((1, 1))
        lengths = [_along_one_edge(self.leaving, arriving, self.kilometres)]
        for node, off in self._ways_off(self.kilometres):
            lengths.append(off[:, None] + _kilometres_down_trees(node, answer[1], kilometres).T)
        choice = np.argmin(np.stack(ways), axis=0)
        length = np.take_along_axis(np.stack(lengths), choice[None], axis=0)[0]
        return quickest, np.where(np.isfinite(quickest), length, np.inf)

    def _with_nodes_for(self, arriving: Junctions) -> tuple[csr_array, csr_array]:
        """Arcs with a further node for each destination, which is left backwards for the ends of its edge."""
        edge, n, c = arriving.edge, len(self.arcs.number), len(arriving.edge)
        ways = [
            np.concatenate([_part(arriving.share, per[edge, 0]), _part(1 - arriving.share, per[edge, 1])])
            for per in (self.roads.minutes, self.kilometres)
        ]
        ends = self.arcs.number[np.concatenate([self.roads.from_node[edge], self.roads.to_node[edge]])]
        further = _quickest_arcs(
            head=np.tile(np.arange(c), 2), tail=ends, minutes=ways[0], kilometres=ways[1], shape=(c, n)
        )
        base = self.arcs.minutes, self.arcs.kilometres
        return _below(base[0], further[0]), _below(base[1], further[1])

    def _ways_off(
        self, per_edge: NDArray[np.float64]
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64]]]:
        """Either end of the origins' edges, and what the way to it takes."""
        edge, share = self.leaving.edge, self.leaving.share
        yield self.arcs.number[self.roads.from_node[edge]], _part(share, per_edge[edge, 1])
        yield self.arcs.number[self.roads.to_node[edge]], _part(1 - share, per_edge[edge, 0])


def _below(base: csr_array, further: csr_array) -> csr_array:
    """Append rows to a square matrix, and empty columns to keep it square."""
    n = base.shape[0] + further.shape[0]
    parts = (
        np.concatenate([base.data, further.data]),
        np.concatenate([base.indices, further.indices]),
        np.concatenate([base.indptr, base.indptr[-1] + further.indptr[1:]]),
    )
    return csr_array(parts, shape=(n, n))


def _kilometres_down_trees(
    node: NDArray[np.intp], following: NDArray[np.int32], kilometres: csr_array
) -> NDArray[np.float64]:
    """Kilometres from some nodes down each tree of quickest ways, shape (c, n_origins).

    `following` (c, n_nodes) is the next node towards the tree's destination, < 0 at its end.
    """
    total = np.zeros((len(following), len(node)))
    tree, origin = np.divmod(np.arange(total.size), max(1, len(node)))
    at = node[origin]
    while True:
        next_node = following[tree, at]
        moves = next_node >= 0
        if not moves.any():
            return total
        tree, origin, at, next_node = tree[moves], origin[moves], at[moves], next_node[moves]
        total[tree, origin] += np.asarray(kilometres[next_node, at]).ravel()
        at = next_node.astype(np.intp)


def _part(share: NDArray[np.float64], of_edge: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a part of an edge takes; no part of a closed edge takes nothing (0 x inf)."""
    return np.multiply(share, of_edge, out=np.zeros_like(of_edge), where=share > 0)


def _along_one_edge(
    leaving: Junctions, arriving: Junctions, per_edge: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What the way between two points of the same edge takes without leaving it; inf elsewhere."""
    taken = np.full((len(leaving.edge), len(arriving.edge)), np.inf)
    origin, destination = np.nonzero(leaving.edge[:, None] == arriving.edge[None, :])
    ahead = arriving.share[destination] - leaving.share[origin]
    direction = np.where(ahead >= 0, 0, 1)
    taken[origin, destination] = _part(np.abs(ahead), per_edge[leaving.edge[origin], direction])
    return taken
