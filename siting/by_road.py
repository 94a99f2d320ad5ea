"""`RoadRouter`: trips over the road network, by car, by bicycle or on foot; and their kilometres.

A trip is: fixed minutes + access leg (straight line x detour, at its own speed) + shortest path along
the road network + egress leg. Where the straight line between two places is no longer than their
access and egress legs together, the trip goes straight: then the road would only be a way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from .errors import DatasetError
from .geo import distances_metres
from .roads import METRES_PER_KM, join
from .travel import MINUTES_DECIMALS, TravelTimes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .roads import Junctions, RoadNetwork
    from .scenario_travel import TravelSection
    from .travel import Places

MINUTES_PER_HOUR = 60.0


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
        trips = _trips(origins, destinations, self.roads)
        on_road = _road_minutes(trips.leaving, trips.arriving, self.roads) / self.speed_factor
        minutes_per_metre = (
            self.access_detour_factor * MINUTES_PER_HOUR / (self.access_speed_km_per_hour * METRES_PER_KM)
        )
        moving = np.where(
            trips.goes_straight,
            trips.straight_metres * minutes_per_metre,
            on_road + trips.off_road_metres * minutes_per_metre,
        )
        return TravelTimes(
            minutes=np.round(self.fixed_minutes_per_trip + moving, MINUTES_DECIMALS),
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
        trips = _trips(origins, destinations, self.roads)
        on_road = _road_kilometres(trips.leaving, trips.arriving, self.roads)
        km_per_metre = self.access_detour_factor / METRES_PER_KM
        return np.where(
            trips.goes_straight,
            trips.straight_metres * km_per_metre,
            on_road + trips.off_road_metres * km_per_metre,
        )


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
class _Trips:
    """Where trips join and leave the road, and how far they go beside it."""

    leaving: Junctions
    arriving: Junctions
    straight_metres: NDArray[np.float64]  # (n_origins, n_destinations)
    off_road_metres: NDArray[np.float64]  # (n_origins, n_destinations) both access legs, straight lines

    @property
    def goes_straight(self) -> NDArray[np.bool_]:
        """Whether the road would only be a way round, shape (n_origins, n_destinations)."""
        straight: NDArray[np.bool_] = self.straight_metres <= self.off_road_metres
        return straight


def _trips(origins: Places, destinations: Places, roads: RoadNetwork) -> _Trips:
    leaving = join(origins.points_metres, roads)
    arriving = join(destinations.points_metres, roads)
    return _Trips(
        leaving=leaving,
        arriving=arriving,
        straight_metres=distances_metres(origins.points_metres, destinations.points_metres),
        off_road_metres=leaving.distance_metres[:, None] + arriving.distance_metres[None, :],
    )


def _road_minutes(leaving: Junctions, arriving: Junctions, roads: RoadNetwork) -> NDArray[np.float64]:
    """Shortest minutes along the network between points on edges, shape (n_origins, n_destinations)."""
    ends, _ = _ends(arriving, roads)
    # On the reversed graph one search from the few destinations reaches all the many origins.
    to_ends = dijkstra(_quickest_arcs(roads).graph.T, indices=ends)
    best = np.full((len(leaving.edge), len(arriving.edge)), np.inf)
    for minutes in _ways(leaving, arriving, roads, per_edge=roads.minutes, to_ends=to_ends):
        np.minimum(best, minutes, out=best)
    return best


def _road_kilometres(leaving: Junctions, arriving: Junctions, roads: RoadNetwork) -> NDArray[np.float64]:
    """Kilometres of the ways that `_road_minutes` finds, shape (n_origins, n_destinations)."""
    ends, _ = _ends(arriving, roads)
    arcs = _quickest_arcs(roads)
    minutes_to_ends, following = dijkstra(arcs.graph.T, indices=ends, return_predecessors=True)
    both_ways = np.column_stack([roads.kilometres, roads.kilometres])
    km_to_ends = _kilometres_to_ends(following, arcs)
    minutes = np.stack([*_ways(leaving, arriving, roads, per_edge=roads.minutes, to_ends=minutes_to_ends)])
    kilometres = np.stack([*_ways(leaving, arriving, roads, per_edge=both_ways, to_ends=km_to_ends)])
    quickest = np.take_along_axis(kilometres, minutes.argmin(axis=0)[None], axis=0)[0]
    return np.where(np.isfinite(minutes.min(axis=0)), quickest, np.inf)


def _ends(at: Junctions, roads: RoadNetwork) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Nodes at the ends of edges, each once (q,), and which of them are each edge's from and to (2, n)."""
    nodes, row = np.unique(
        np.concatenate([roads.from_node[at.edge], roads.to_node[at.edge]]), return_inverse=True
    )
    return nodes, row.reshape(2, -1)


@dataclass(frozen=True, eq=False)
class _Arcs:
    """Directed arcs, sorted by tail and head; of parallel ones only the quickest."""

    key: NDArray[np.int64]  # (a,) tail x number of nodes + head
    kilometres: NDArray[np.float64]  # (a,)
    graph: csr_array  # (n_nodes, n_nodes) minutes


def _quickest_arcs(roads: RoadNetwork) -> _Arcs:
    tail = np.concatenate([roads.from_node, roads.to_node])
    head = np.concatenate([roads.to_node, roads.from_node])
    minutes = np.concatenate([roads.minutes[:, 0], roads.minutes[:, 1]])
    kilometres = np.concatenate([roads.kilometres, roads.kilometres])
    usable = np.flatnonzero(np.isfinite(minutes) & (tail != head))
    order = usable[np.lexsort((kilometres[usable], minutes[usable], head[usable], tail[usable]))]
    n = len(roads.node_ids)
    key, first = np.unique(tail[order].astype(np.int64) * n + head[order], return_index=True)
    kept = order[first]
    # Sparse graphs take a stored 0 for "no arc"; the smallest float keeps an arc of no length an arc.
    weights = np.maximum(minutes[kept], np.finfo(np.float64).tiny)
    graph = csr_array((weights, (tail[kept], head[kept])), shape=(n, n))
    return _Arcs(key=key, kilometres=kilometres[kept], graph=graph)


def _kilometres_to_ends(following: NDArray[np.int32], arcs: _Arcs) -> NDArray[np.float64]:
    """Kilometres down each tree of quickest ways, shape (q, n_nodes) as `following`, the next node or < 0."""
    n = following.shape[1]
    node = np.broadcast_to(np.arange(n), following.shape)
    moves = following >= 0
    next_node = np.where(moves, following, node)
    kilometres = np.zeros(following.shape)
    arc = np.searchsorted(arcs.key, node[moves].astype(np.int64) * n + following[moves])
    kilometres[moves] = arcs.kilometres[arc]
    # Each round doubles the stretch that is summed up, until every node looks at the end of its way.
    for _ in range(n.bit_length()):
        kilometres += np.take_along_axis(kilometres, next_node, axis=1)
        next_node = np.take_along_axis(next_node, next_node, axis=1)
    return kilometres


def _ways(
    leaving: Junctions,
    arriving: Junctions,
    roads: RoadNetwork,
    *,
    per_edge: NDArray[np.float64],
    to_ends: NDArray[np.float64],
) -> Iterator[NDArray[np.float64]]:
    """What each way between two points on edges takes, minutes or kilometres, (n_origins, n_destinations).

    Five ways: along the one edge that both lie on, or off by either end of the one and on by either end
    of the other. `per_edge` (k, 2) says what an edge takes from -> to and to -> from, `to_ends`
    (q, n_nodes) what the way from a node to one of the q nodes of `_ends` takes.
    """
    yield _along_one_edge(leaving, arriving, per_edge)
    ways_off = (
        (roads.from_node[leaving.edge], _part(leaving.share, per_edge[leaving.edge, 1])),
        (roads.to_node[leaving.edge], _part(1 - leaving.share, per_edge[leaving.edge, 0])),
    )
    ways_on = (
        _part(arriving.share, per_edge[arriving.edge, 0]),
        _part(1 - arriving.share, per_edge[arriving.edge, 1]),
    )
    _, row = _ends(arriving, roads)
    for node, off in ways_off:
        for end, on in zip(row, ways_on, strict=True):
            yield off[:, None] + to_ends[end][:, node].T + on[None, :]


def _part(share: NDArray[np.float64], of_edge: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a part of an edge takes; no part of a closed edge takes nothing (0 x inf)."""
    return np.multiply(share, of_edge, out=np.zeros_like(of_edge), where=share > 0)


def _along_one_edge(
    leaving: Junctions, arriving: Junctions, per_edge: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What the way between two points of the same edge takes without leaving it; inf elsewhere."""
    ahead = arriving.share[None, :] - leaving.share[:, None]
    forward, backward = per_edge[leaving.edge, 0, None], per_edge[leaving.edge, 1, None]
    with np.errstate(invalid="ignore"):  # 0 x inf: the same point of a one-way street
        taken = np.nan_to_num(np.where(ahead >= 0, ahead * forward, -ahead * backward), posinf=np.inf)
    return np.where(leaving.edge[:, None] == arriving.edge[None, :], taken, np.inf)


def fit_calibration(
    network_minutes: NDArray[np.float64], known_minutes: NDArray[np.float64]
) -> tuple[float, float]:
    """Fit speed factor and fixed minutes so that network / factor + fixed comes nearest the known trips.

    The trips are taken to lie on the road altogether (towns are nodes); a part off the road would be
    scaled with it.

    Returns
    -------
    tuple of float
        ``speed_factor`` and ``fixed_minutes_per_trip`` of the scenario's travel section (least squares).

    Examples
    --------
    >>> fit_calibration(np.array([10.0, 20.0, 40.0]), np.array([11.0, 19.0, 35.0]))  # known = 0.8 x + 3
    (1.25, 3.0)
    """
    slope, fixed = np.polyfit(network_minutes, known_minutes, 1)
    if not slope > 0:
        message = "known trips: known minutes do not grow with the network's, so no speed factor fits them"
        raise DatasetError(message)
    return round(float(1 / slope), 6), round(float(fixed), 6)
