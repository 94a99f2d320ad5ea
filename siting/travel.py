"""`TravelTimes`: minutes by car from each origin to each destination.

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

from .errors import DatasetError, LabelError
from .geo import distances_metres
from .roads import join

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .roads import Junctions, RoadNetwork
    from .scenario import TravelSection

MINUTES_PER_HOUR = 60.0
METRES_PER_KM = 1000.0
# Without this, the noise of floating point would put a trip of 30 minutes outside "at most 30 minutes".
MINUTES_DECIMALS = 3


@dataclass(frozen=True, eq=False)
class TravelTimes:
    """Minutes, rows = origins (cells), columns = destinations (sites); inf = cannot be reached."""

    minutes: NDArray[np.float64]  # (n_origins, n_destinations)
    origin_ids: tuple[str, ...]
    destination_ids: tuple[str, ...]
    origin_access_metres: NDArray[np.float64]  # (n_origins,) straight line to the road joined
    destination_access_metres: NDArray[np.float64]  # (n_destinations,)

    def __post_init__(self) -> None:
        expected = (len(self.origin_ids), len(self.destination_ids))
        if self.minutes.shape != expected:
            message = f"TravelTimes: minutes has shape {self.minutes.shape}; the ids say {expected}"
            raise LabelError(message)
        if np.isnan(self.minutes).any() or (self.minutes < 0).any():
            message = "TravelTimes: minutes must be >= 0 (inf = cannot be reached)"
            raise LabelError(message)
        self.minutes.setflags(write=False)

    @property
    def n_unreachable_pairs(self) -> int:
        """Number of origin-destination pairs without a way."""
        return int(np.isinf(self.minutes).sum())


@dataclass(frozen=True, eq=False)
class Places:
    """Labelled points of the plane: the two ends of trips."""

    ids: tuple[str, ...]
    points_metres: NDArray[np.float64]  # (n, 2) easting, northing in the network's CRS


def car_minutes(
    origins: Places, destinations: Places, roads: RoadNetwork, section: TravelSection
) -> TravelTimes:
    """Minutes by car from each origin to each destination over the road network."""
    leaving = join(origins.points_metres, roads)
    arriving = join(destinations.points_metres, roads)
    on_road = _road_minutes(leaving, arriving, roads) / section.speed_factor
    off_road_metres = leaving.distance_metres[:, None] + arriving.distance_metres[None, :]
    straight_metres = distances_metres(origins.points_metres, destinations.points_metres)
    goes_straight = straight_metres <= off_road_metres
    minutes_per_metre = (
        section.access_detour_factor * MINUTES_PER_HOUR / (section.access_speed_km_per_hour * METRES_PER_KM)
    )
    moving = np.where(
        goes_straight, straight_metres * minutes_per_metre, on_road + off_road_metres * minutes_per_metre
    )
    return TravelTimes(
        minutes=np.round(section.fixed_minutes_per_trip + moving, MINUTES_DECIMALS),
        origin_ids=origins.ids,
        destination_ids=destinations.ids,
        origin_access_metres=leaving.distance_metres,
        destination_access_metres=arriving.distance_metres,
    )


def _road_minutes(leaving: Junctions, arriving: Junctions, roads: RoadNetwork) -> NDArray[np.float64]:
    """Shortest minutes along the network between points on edges, shape (n_origins, n_destinations)."""
    into, backwards = np.unique(
        np.concatenate([roads.from_node[arriving.edge], roads.to_node[arriving.edge]]), return_inverse=True
    )
    # On the reversed graph one search from the few destinations reaches all the many origins.
    to_ends = dijkstra(_arcs(roads).T, indices=into)
    n_destinations = len(arriving.edge)
    best = np.full((len(leaving.edge), n_destinations), np.inf)
    for start_node, start_minutes in _ways_off(leaving, roads):
        for column, end_minutes in enumerate(_ways_on(arriving, roads)):
            end = backwards[column * n_destinations : (column + 1) * n_destinations]
            via = start_minutes[:, None] + to_ends[end][:, start_node].T + end_minutes[None, :]
            np.minimum(best, via, out=best)
    shortest: NDArray[np.float64] = np.minimum(best, _along_one_edge(leaving, arriving, roads))
    return shortest


def _arcs(roads: RoadNetwork) -> csr_array:
    """Directed arcs as a sparse matrix in minutes; of parallel arcs the quickest is kept."""
    tail = np.concatenate([roads.from_node, roads.to_node])
    head = np.concatenate([roads.to_node, roads.from_node])
    minutes = np.concatenate([roads.minutes[:, 0], roads.minutes[:, 1]])
    usable = np.isfinite(minutes) & (tail != head)
    tail, head, minutes = tail[usable], head[usable], minutes[usable]
    order = np.lexsort((minutes, head, tail))
    tail, head, minutes = tail[order], head[order], minutes[order]
    first = np.ones(len(tail), dtype=bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    # Sparse graphs take a stored 0 for "no arc"; the smallest float keeps an arc of no length an arc.
    kept = np.maximum(minutes[first], np.finfo(np.float64).tiny)
    n = len(roads.node_ids)
    return csr_array((kept, (tail[first], head[first])), shape=(n, n))


def _ways_off(at: Junctions, roads: RoadNetwork) -> list[tuple[NDArray[np.intp], NDArray[np.float64]]]:
    """Both ends of the edge that a trip can leave by: node, minutes to it."""
    return [
        (roads.from_node[at.edge], _part(at.share, roads.minutes[at.edge, 1])),
        (roads.to_node[at.edge], _part(1 - at.share, roads.minutes[at.edge, 0])),
    ]


def _ways_on(at: Junctions, roads: RoadNetwork) -> list[NDArray[np.float64]]:
    """Minutes from both ends of the edge to the point on it: from its from_node, from its to_node."""
    return [_part(at.share, roads.minutes[at.edge, 0]), _part(1 - at.share, roads.minutes[at.edge, 1])]


def _part(share: NDArray[np.float64], minutes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minutes for a part of an edge; no part of a closed edge takes no time (0 x inf)."""
    return np.multiply(share, minutes, out=np.zeros_like(minutes), where=share > 0)


def _along_one_edge(leaving: Junctions, arriving: Junctions, roads: RoadNetwork) -> NDArray[np.float64]:
    """Minutes between two points of the same edge without leaving it; inf elsewhere."""
    ahead = arriving.share[None, :] - leaving.share[:, None]
    forward, backward = roads.minutes[leaving.edge, 0, None], roads.minutes[leaving.edge, 1, None]
    with np.errstate(invalid="ignore"):  # 0 x inf: the same point of a one-way street
        minutes = np.nan_to_num(np.where(ahead >= 0, ahead * forward, -ahead * backward), posinf=np.inf)
    return np.where(leaving.edge[:, None] == arriving.edge[None, :], minutes, np.inf)


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
