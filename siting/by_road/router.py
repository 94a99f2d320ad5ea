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
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from ..cache import NO_CACHE, Cache, are_like, digest_of
from ..errors import LabelError
from ..geo import distances_metres, nearest_on_lines
from ..roads import METRES_PER_KM, MINUTES_PER_HOUR, Junctions, join
from ..travel import MINUTES_DECIMALS, TravelTimes
from .dijkstra import ArcsBackwards, DijkstraSearch, arcs_backwards
from .nearest import NearestSearch
from .routes import NO_ROUTE, Route, route_by_road, stretches_of_pairs
from .trips import RoadTrips

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ..roads import RoadNetwork
    from ..scenario_travel import TravelSection
    from ..travel import Places
    from ..workers import Workers
    from .swept import SweptRoads

TIMES_VERSION: Final = 1
KILOMETRES_VERSION: Final = 1
"""They count up when the same places and network come to have others: kept ones are then made anew."""
MOST_LABELS: Final = 8_000_000
"""Nodes or origins x destinations that one round of searches may hold: 64 MB of minutes."""
MOST_LABELS_BY_DIJKSTRA: Final = 10_000_000
"""Nodes x destinations up to which plain searches are made: 2-3 seconds, in which the hierarchy of a county's
streets is not made yet."""
MOST_LONG_PAIRS: Final = 20_000_000
"""Origins x destinations up to which minutes are float64 (160 MB); beyond, they are float32, which holds
a day's minutes to 0.0001."""


@dataclass(frozen=True, eq=False)
class RoadRouter:
    """Trips of one mode over a road network."""

    roads: RoadNetwork
    speed_factor: float = 1.0  # speeds of the network are multiplied by this
    fixed_minutes_per_trip: float = 0.0
    access_speed_km_per_hour: float = 45.0
    access_detour_factor: float = 1.3
    cache: Cache = NO_CACHE  # of what takes long: the hierarchy of a large network, and many minutes

    def times(self, origins: Places, destinations: Places, *, workers: Workers | None = None) -> TravelTimes:
        """Minutes from each origin to each destination over the road network.

        Many searches on a large network may be shared out among `workers`; the minutes are the same.
        """
        if self._is_large(destinations):
            return self._swept_times(origins, destinations, workers)
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

    def _swept_times(self, origins: Places, destinations: Places, workers: Workers | None) -> TravelTimes:
        """Do as `times` by the hierarchy, unless the cache has them."""
        key = digest_of(TIMES_VERSION, self._digest, origins.points_metres, destinations.points_metres)
        shape = len(origins.ids), len(destinations.ids)
        expected = {
            "minutes": (_type_of_minutes(shape), shape),
            "origin_access_metres": (np.float64, shape[:1]),
            "destination_access_metres": (np.float64, shape[1:]),
        }
        kept = self.cache.arrays(
            "times",
            key,
            lambda: self._sweep(origins, destinations, workers),
            fits=lambda arrays: are_like(arrays, expected),
        )
        return TravelTimes(
            minutes=kept["minutes"],
            origin_ids=origins.ids,
            destination_ids=destinations.ids,
            origin_access_metres=kept["origin_access_metres"],
            destination_access_metres=kept["destination_access_metres"],
        )

    def _sweep(
        self, origins: Places, destinations: Places, workers: Workers | None
    ) -> dict[str, NDArray[Any]]:
        from .minutes import Pace  # noqa: PLC0415  (numba, which these need, is slow to import)
        from .swept import ends_of  # noqa: PLC0415

        leaving = join(origins.points_metres, self.roads)
        arriving = join(destinations.points_metres, self.roads)
        shape = len(origins.ids), len(destinations.ids)
        minutes = np.empty(shape, dtype=_type_of_minutes(shape))
        pace = Pace(
            speed_factor=self.speed_factor,
            minutes_per_metre=self.minutes_per_metre_beside,
            fixed_minutes=self.fixed_minutes_per_trip,
            per_thousand=10.0**MINUTES_DECIMALS,
        )
        ends = ends_of(leaving, origins.points_metres), ends_of(arriving, destinations.points_metres)
        self._swept.write_minutes(*ends, pace, minutes, workers=workers)
        return {
            "minutes": minutes,
            "origin_access_metres": leaving.distance_metres,
            "destination_access_metres": arriving.distance_metres,
        }

    def kilometres(self, origins: Places, destinations: Places) -> NDArray[np.float64]:
        """Length of the trips that `times` times: the quickest ways, not the shortest.

        Of several equally quick ways one is measured, the same in every run.

        Returns
        -------
        numpy.ndarray
            Shape (n_origins, n_destinations), km one way; inf = cannot be reached.
        """
        if self._is_large(destinations):
            return self._swept_kilometres(origins, destinations)
        trips = self.trips(origins, destinations, in_kilometres=True)
        beside = trips.beside_road_metres * self.access_detour_factor / METRES_PER_KM
        kilometres: NDArray[np.float64] = trips.on_road_kilometres + beside
        return kilometres

    def _swept_kilometres(self, origins: Places, destinations: Places) -> NDArray[np.float64]:
        """Do as `kilometres` by the hierarchy, unless the cache has them."""
        key = digest_of(
            *(KILOMETRES_VERSION, self._digest, self.roads.kilometres),
            *(origins.points_metres, destinations.points_metres),
        )
        expected = {"kilometres": (np.float64, (len(origins.ids), len(destinations.ids)))}
        kept = self.cache.arrays(
            "kilometres",
            key,
            lambda: self._measure(origins, destinations),
            fits=lambda arrays: are_like(arrays, expected),
        )
        return kept["kilometres"]

    def _measure(self, origins: Places, destinations: Places) -> dict[str, NDArray[Any]]:
        from .lengths import road_kilometres  # noqa: PLC0415

        leaving = join(origins.points_metres, self.roads)
        arriving = join(destinations.points_metres, self.roads)
        on_road = road_kilometres(self.roads, self._swept.topology, leaving, arriving)
        straight = distances_metres(origins.points_metres, destinations.points_metres)
        off_road = leaving.distance_metres[:, None] + arriving.distance_metres[None, :]
        beside = np.minimum(straight, off_road) * self.access_detour_factor / METRES_PER_KM
        return {"kilometres": np.where(straight <= off_road, 0.0, on_road) + beside}

    def routes(self, origins: Places, destinations: Places) -> tuple[Route, ...]:
        """Draw the way of each pair, from origins[k] to destinations[k]: the one that `times` times.

        It is also the one that `kilometres` measures, except that on large networks another of several
        equally quick ways may be drawn. Meant for few pairs: one search for each distinct destination.

        Returns
        -------
        tuple
            A `Route` for each of the k pairs; where there is no way, one without a line.

        Raises
        ------
        LabelError
            If there are not as many origins as destinations.
        """
        if len(origins.ids) != len(destinations.ids):
            message = f"routes: {len(origins.ids)} origins, but {len(destinations.ids)} destinations"
            raise LabelError(message)
        leaving = join(origins.points_metres, self.roads)
        points, goal = np.unique(destinations.points_metres, axis=0, return_inverse=True)
        arriving = join(points, self.roads)
        straight = np.hypot(*(destinations.points_metres - origins.points_metres).T)
        goes_straight = straight <= leaving.distance_metres + arriving.distance_metres[goal]
        ends = list(zip(origins.points_metres, destinations.points_metres, strict=True))
        found = {int(k): Route(np.stack(ends[k]), None) for k in np.flatnonzero(goes_straight)}
        search = DijkstraSearch(self._arcs, leaving, arriving, self.roads)
        for some in _chunks(
            len(points), most=MOST_LABELS // max(len(leaving.edge), len(self.roads.node_ids))
        ):
            pairs = np.flatnonzero(~goes_straight & (goal >= some.start) & (goal < some.stop))
            if not len(pairs):
                continue
            ways = stretches_of_pairs(search, some, pairs, goal[pairs] - some.start)
            for k, way in zip(pairs.tolist(), ways, strict=True):
                origin, destination = ends[k]
                found[k] = NO_ROUTE if way is None else route_by_road(origin, way, destination, self.roads)
        return tuple(found[k] for k in range(len(ends)))

    def nearest_minutes(
        self, points_metres: NDArray[np.float64], *groups: Places
    ) -> tuple[NDArray[np.float64], ...]:
        """Minutes from each of n points to the nearest place of each group: the least that `times` gives.

        Unlike `times`, it searches once for each group, however many its places; and points may lie as far
        from any road as they like.

        Returns
        -------
        tuple
            For each group an array (n,); inf = none can be reached.
        """
        edges, tree = self.roads.joinable
        line, share, distance = nearest_on_lines(points_metres, tree)
        leaving = Junctions(edges[line], share, distance)
        beside = distance * self.minutes_per_metre_beside
        found = []
        for group in groups:
            nearest = NearestSearch(
                arcs=self._arcs,
                roads=self.roads,
                arriving=join(group.points_metres, self.roads),
                points_metres=group.points_metres,
                speed_factor=self.speed_factor,
                minutes_per_metre=self.minutes_per_metre_beside,
            )
            trip = np.minimum(beside + nearest.on_road(leaving), nearest.beside_road(points_metres, distance))
            found.append(np.round(trip + self.fixed_minutes_per_trip, MINUTES_DECIMALS))
        return tuple(found)

    def _is_large(self, destinations: Places) -> bool:
        """Whether plain searches from so many destinations take longer than a moment."""
        return len(destinations.ids) * len(self.roads.node_ids) > MOST_LABELS_BY_DIJKSTRA

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
        search = DijkstraSearch(self._arcs, leaving, arriving, self.roads)
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
    def _arcs(self) -> ArcsBackwards:
        return arcs_backwards(self.roads)

    @cached_property
    def _swept(self) -> SweptRoads:
        from .swept import SweptRoads, kept_topology  # noqa: PLC0415

        return SweptRoads(self.roads, kept_topology(self.roads, self.cache))

    @cached_property
    def _digest(self) -> str:
        """Digest of all that minutes depend on, but the places."""
        roads = self.roads
        return digest_of(
            *(roads.from_node, roads.to_node, roads.minutes, roads.may_join),
            *(shapely.get_coordinates(roads.lines), shapely.get_num_coordinates(roads.lines)),
            *(self.speed_factor, self.fixed_minutes_per_trip),
            *(self.access_speed_km_per_hour, self.access_detour_factor),
        )


def car_router(roads: RoadNetwork, section: TravelSection, *, cache: Cache = NO_CACHE) -> RoadRouter:
    """Trips by car as a scenario's section `travel` has them."""
    return RoadRouter(
        roads=roads,
        speed_factor=section.speed_factor,
        fixed_minutes_per_trip=section.fixed_minutes_per_trip,
        access_speed_km_per_hour=section.access_speed_km_per_hour,
        access_detour_factor=section.access_detour_factor,
        cache=cache,
    )


def _type_of_minutes(shape: tuple[int, int]) -> type[np.float32 | np.float64]:
    return np.float32 if shape[0] * shape[1] > MOST_LONG_PAIRS else np.float64


def _chunks(n: int, *, most: int) -> Iterator[slice]:
    size = max(1, most)
    yield from (slice(start, start + size) for start in range(0, n, size))
