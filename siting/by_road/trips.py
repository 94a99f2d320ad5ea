"""`RoadTrips`: both parts of trips, along the road and beside it; and what a part of an edge takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..roads import Junctions


@dataclass(frozen=True, eq=False)
class RoadTrips:
    """Where trips join and leave the road, and how far they go along it and beside it."""

    leaving: Junctions
    arriving: Junctions
    on_road_minutes: NDArray[np.float64]  # (n_origins, n_destinations) of the network; 0 = goes straight
    on_road_kilometres: NDArray[np.float64]  # the same shape, or (0, 0) where not asked for
    beside_road_metres: NDArray[np.float64]  # (n_origins, n_destinations) both access legs, straight lines


def part_of(share: NDArray[np.float64], of_edge: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a part of an edge takes; no part of a closed edge takes nothing (0 x inf)."""
    return np.multiply(share, of_edge, out=np.zeros_like(of_edge), where=share > 0)
