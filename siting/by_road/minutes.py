"""From the numbers of a sweep to the minutes of trips, for a block of destinations at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..compiled import compiled
from ..hierarchy import NEVER

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Ends(NamedTuple):
    """Where trips begin, or end: on which edge, how far along, how far away, and where by map."""

    edge: NDArray[np.intp]  # (n,)
    share: NDArray[np.float64]  # (n,) of the edge's length from its from_node
    metres: NDArray[np.float64]  # (n,) straight line from the place to the road
    east: NDArray[np.float64]  # (n,) metres
    north: NDArray[np.float64]  # (n,) metres


class Leaving(NamedTuple):
    """All origins, and how they leave their edges by either end; neighbours in the sweep stand together."""

    origins: Ends
    place: NDArray[np.intp]  # (n,) the row of the result that each origin's minutes belong to
    row: NDArray[np.int32]  # (n, 2) row of either end in the sweep
    minutes: NDArray[np.float64]  # (n, 2) to either end along the edge
    edge_minutes: NDArray[np.float64]  # (k, 2) of the network's edges, and back


class Found(NamedTuple):
    """What a sweep found."""

    numbers: NDArray[np.uint32]  # (r, at least as many as there are destinations)
    unit: float  # minutes that one stands for


class Pace(NamedTuple):
    """How minutes come of numbers, metres and minutes of the network."""

    speed_factor: float
    minutes_per_metre: float  # of the straight line beside the road
    fixed_minutes: float
    per_thousand: float  # 10 to the power of the decimals that minutes are rounded to


@compiled
def finish_minutes(
    found: Found, leaving: Leaving, arriving: Ends, pace: Pace, out: NDArray[np.float32 | np.float64]
) -> None:
    """Write the minutes from all n origins to a block of b destinations, shape (n, b)."""
    origins, place, labels, unit = leaving.origins, leaving.place, found.numbers, found.unit
    n_lanes = len(arriving.edge)
    on_road, trip = np.empty(n_lanes), np.empty(n_lanes)
    edges, shares = arriving.edge, arriving.share
    metres, easts, norths = arriving.metres, arriving.east, arriving.north
    # All in one function: handing arrays on to others took longer than what is done with them.
    for origin in range(len(origins.edge)):
        one, other = leaving.row[origin, 0], leaving.row[origin, 1]
        to_one, to_other = leaving.minutes[origin, 0], leaving.minutes[origin, 1]
        edge, is_shared = origins.edge[origin], False
        for k in range(n_lanes):
            by_one = to_one + labels[one, k] * unit if labels[one, k] < NEVER else np.inf
            by_other = to_other + labels[other, k] * unit if labels[other, k] < NEVER else np.inf
            on_road[k] = by_one if by_one < by_other else by_other
        for k in range(n_lanes):
            is_shared |= edges[k] == edge
        if is_shared:
            for k in range(n_lanes):
                ahead = shares[k] - origins.share[origin]
                if edges[k] == edge:
                    whole = leaving.edge_minutes[edge, 0 if ahead >= 0 else 1]
                    on_road[k] = min(on_road[k], abs(ahead) * whole if ahead != 0 else 0.0)
        access, east, north = origins.metres[origin], origins.east[origin], origins.north[origin]
        for k in range(n_lanes):
            off_road = access + metres[k]
            to_east, to_north = easts[k] - east, norths[k] - north
            straight = np.sqrt(to_east * to_east + to_north * to_north)
            moving = 0.0 if straight <= off_road else on_road[k]
            beside = straight if straight <= off_road else off_road
            minutes = moving / pace.speed_factor + beside * pace.minutes_per_metre + pace.fixed_minutes
            trip[k] = np.rint(minutes * pace.per_thousand) / pace.per_thousand
        for k in range(n_lanes):
            out[place[origin], k] = trip[k]
