"""`TravelTimes`: minutes from each origin to each destination; and what gives them, a `Router`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from .errors import LabelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Without this, the noise of floating point would put a trip of 30 minutes outside "at most 30 minutes".
MINUTES_DECIMALS = 3


@dataclass(frozen=True, eq=False)
class TravelTimes:
    """Minutes, rows = origins (cells), columns = destinations (sites); inf = cannot be reached."""

    minutes: NDArray[np.float64]  # (n_origins, n_destinations); float32, maybe memory-mapped, where very many
    origin_ids: tuple[str, ...]
    destination_ids: tuple[str, ...]
    origin_access_metres: NDArray[np.float64]  # (n_origins,) straight line to the road joined
    destination_access_metres: NDArray[np.float64]  # (n_destinations,)

    def __post_init__(self) -> None:
        expected = (len(self.origin_ids), len(self.destination_ids))
        if self.minutes.shape != expected:
            message = f"TravelTimes: minutes has shape {self.minutes.shape}; the ids say {expected}"
            raise LabelError(message)
        if (
            not self.minutes.min(initial=0.0) >= 0
        ):  # a NaN is not either; and no copy of a large array is made
            message = "TravelTimes: minutes must be >= 0 (inf = cannot be reached)"
            raise LabelError(message)
        self.minutes.setflags(write=False)

    def part(self, origins: slice, destinations: slice) -> TravelTimes:
        """Give the times of some origins and destinations; a copy unless all destinations are kept."""
        minutes = self.minutes[origins, destinations]
        return TravelTimes(
            minutes=minutes if minutes.flags.c_contiguous else minutes.copy(),
            origin_ids=self.origin_ids[origins],
            destination_ids=self.destination_ids[destinations],
            origin_access_metres=self.origin_access_metres[origins],
            destination_access_metres=self.destination_access_metres[destinations],
        )

    @property
    def n_unreachable_pairs(self) -> int:
        """Number of origin-destination pairs without a way."""
        return int(np.isinf(self.minutes).sum())


@dataclass(frozen=True, eq=False)
class Places:
    """Labelled points of the plane: the two ends of trips."""

    ids: tuple[str, ...]
    points_metres: NDArray[np.float64]  # (n, 2) easting, northing in the network's CRS


class Router(Protocol):
    """Gives the minutes of one mode of travel."""

    def times(self, origins: Places, destinations: Places) -> TravelTimes:
        """Minutes from each origin to each destination, one way; inf = cannot be reached."""
        ...
