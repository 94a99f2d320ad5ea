"""How the visits are spread over travel times: shares of them by classes of minutes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from .evaluate import trips_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .evaluate import Trips
    from .plan import Plan
    from .region import Region


@dataclass(frozen=True)
class Distribution:
    """Shares of all visits; they sum to 1 where there are visits."""

    upper_minutes: tuple[float, ...]
    """Of the classes, ascending; each limit belongs to the class below it, as in "within 30 minutes"."""
    shares: tuple[float, ...]
    """Of each class, and last of those that travel longer than all limits."""
    digital_share: float
    unserved_share: float

    def within(self, minutes: float) -> float:
        """Share of the visits within one of the limits."""
        return sum(self.shares[: self.upper_minutes.index(minutes) + 1])


def distribution_of(
    plan: Plan, region: Region, service: Literal["main", "near"], upper_minutes: Sequence[float]
) -> Distribution:
    """Count how the visits of a service are spread over classes of travel minutes."""
    demand = region.demand
    visits = demand.main_visits_per_year if service == "main" else demand.near_visits_per_year
    trips = trips_of(plan, region, service)
    return distribution(trips, visits[trips.cell] * trips.share, upper_minutes)


def distribution(trips: Trips, visits: NDArray[np.float64], upper_minutes: Sequence[float]) -> Distribution:
    """Count how the visits (k,) of trips (k,) are spread over classes of travel minutes.

    Examples
    --------
    >>> from siting.evaluate import Trips
    >>> minutes = np.array([10.0, 20.0, 40.0, np.inf])
    >>> trips = Trips(np.arange(4), np.array([0, 0, 0, -1]), np.ones(4), minutes, minutes)
    >>> spread = distribution(trips, np.array([1.0, 2.0, 1.0, 4.0]), [10.0, 30.0])
    >>> spread.shares, spread.unserved_share, spread.within(30.0)
    ((0.125, 0.25, 0.125), 0.5, 0.375)
    """
    travels, served = np.isfinite(trips.minutes), np.isfinite(trips.generalised_minutes)
    total = float(visits.sum())

    def share(which: NDArray[np.bool_]) -> float:
        return float(visits[which].sum() / total) if total else 0.0

    limits = tuple(sorted(upper_minutes))
    number = np.searchsorted(limits, trips.minutes, side="left")  # a limit belongs to the class below it
    return Distribution(
        upper_minutes=limits,
        shares=tuple(share(travels & (number == each)) for each in range(len(limits) + 1)),
        digital_share=share(served & ~travels),
        unserved_share=share(~served),
    )
