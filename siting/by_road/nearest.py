"""Minutes from many points to the nearest of some places, by one search for all the places together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse.csgraph import dijkstra

from ..geo import distances_metres
from .dijkstra import along_one_edge, below, onto_edge, quickest_arcs, ways_off

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ..roads import Junctions, RoadNetwork
    from .dijkstra import ArcsBackwards

MOST_PAIRS: Final = 2_000_000
"""Points x places that are held against each other at a time: 16 MB for each matrix."""


@dataclass(frozen=True, eq=False)
class NearestSearch:
    """Some places, and how a trip to the nearest of them is timed."""

    arcs: ArcsBackwards
    roads: RoadNetwork
    arriving: Junctions  # c places
    points_metres: NDArray[np.float64]  # (c, 2)
    speed_factor: float
    minutes_per_metre: float  # of the straight line beside the road

    def on_road(self, leaving: Junctions) -> NDArray[np.float64]:
        """Least minutes from n junctions along the road, and from the road to a place; (n,)."""
        found = np.full(len(leaving.edge), np.inf)
        for node, off in ways_off(leaving, self.roads.minutes, self.roads, self.arcs):
            np.minimum(found, off / self.speed_factor + self._from_nodes[node], out=found)
        egress = self._egress_minutes
        for some in self._parts(len(found)):
            along = along_one_edge(leaving[some], self.arriving, self.roads.minutes)
            nearest = (along / self.speed_factor + egress).min(axis=1, initial=np.inf)
            np.minimum(found[some], nearest, out=found[some])
        return found

    def beside_road(
        self, points_metres: NDArray[np.float64], access_metres: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Least minutes of the trips from n points that go straight, the road being a way round; (n,)."""
        found = np.full(len(points_metres), np.inf)
        for some in self._parts(len(found)):
            straight = distances_metres(points_metres[some], self.points_metres)
            off_road = access_metres[some, None] + self.arriving.distance_metres
            trips = np.where(straight <= off_road, straight * self.minutes_per_metre, np.inf)
            found[some] = trips.min(axis=1, initial=np.inf)
        return found

    @cached_property
    def _from_nodes(self) -> NDArray[np.float64]:
        """Least minutes from every node to a place, the way from the road to it included."""
        n = len(self.arcs.number)
        edge = self.arriving.edge
        ends = self.arcs.number[np.concatenate([self.roads.from_node[edge], self.roads.to_node[edge]])]
        egress = np.tile(self._egress_minutes, 2) * self.speed_factor
        ways = onto_edge(self.arriving, self.roads.minutes) + egress
        # One further node stands for all the places: it is left backwards for the ends of all their edges.
        further, *_ = quickest_arcs(
            head=np.zeros(len(ends), dtype=np.intp),
            tail=ends,
            minutes=ways,
            kilometres=np.zeros(len(ends)),
            shape=(1, n),
        )
        minutes: NDArray[np.float64] = dijkstra(below(self.arcs.minutes, further), indices=n)
        return minutes / self.speed_factor

    @property
    def _egress_minutes(self) -> NDArray[np.float64]:
        return self.arriving.distance_metres * self.minutes_per_metre

    def _parts(self, n: int) -> Iterator[slice]:
        size = max(1, MOST_PAIRS // max(1, len(self.arriving.edge)))
        yield from (slice(start, start + size) for start in range(0, n, size))
