"""`Plan`: which site is open in which role, who goes where, and how sure it is that none is better."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from .errors import LabelError
from .sites import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .travel import TravelTimes

NO_SITE = -1


class Status(StrEnum):
    """How sure it is that no plan is better."""

    OPTIMAL = "optimal"
    """Proven: no plan is better by more than the gap asked for."""
    TIME_LIMIT = "time_limit"
    """Stopped by the time limit: a better plan may exist; the bound says how much better at most."""
    UNPROVEN = "unproven"
    """The solver's precision does not suffice to prove it; the bound says how much better at most."""
    GIVEN = "given"
    """Not chosen but given, such as today's clinics: nothing was optimised."""


@dataclass(frozen=True)
class ObjectiveValue:
    """One objective of a plan, with what is proven about it."""

    name: str
    unit: str
    value: float
    bound: float  # no plan (that is as good in the objectives before) has a better value than this
    gap: float  # |value - bound| / |value|
    status: Status


@dataclass(frozen=True, eq=False)
class Plan:
    """Open sites by role. Sites are named by id; a site that is in neither tuple stays closed."""

    main: tuple[str, ...]
    satellite: tuple[str, ...]
    status: Status
    objectives: tuple[ObjectiveValue, ...]
    solve_seconds: float

    @property
    def open_sites(self) -> tuple[str, ...]:
        """All open sites, main receptions first."""
        return self.main + self.satellite

    def role_of(self, site_id: str) -> Role | None:
        """Role of a site, or None if it is closed."""
        if site_id in self.main:
            return Role.MAIN
        return Role.SATELLITE if site_id in self.satellite else None


@dataclass(frozen=True, eq=False)
class Assignment:
    """Where each cell goes: column of the travel times (-1 = nowhere) and minutes (inf = nowhere)."""

    site: NDArray[np.intp]  # (n,)
    minutes: NDArray[np.float64]  # (n,)


def assign_to_nearest(times: TravelTimes, open_site_ids: tuple[str, ...]) -> Assignment:
    """Send each cell to its nearest open site; of equally near ones to the first in the table's order.

    Raises
    ------
    LabelError
        If an open site is not a destination of the travel times.
    """
    position = {site_id: column for column, site_id in enumerate(times.destination_ids)}
    unknown = [site_id for site_id in open_site_ids if site_id not in position]
    if unknown:
        message = f"the travel times do not lead to the open site {unknown[0]!r}"
        raise LabelError(message)
    n = len(times.origin_ids)
    if not open_site_ids:
        return Assignment(np.full(n, NO_SITE, dtype=np.intp), np.full(n, np.inf))
    columns = np.sort([position[site_id] for site_id in open_site_ids])
    minutes = times.minutes[:, columns]
    nearest = np.argmin(minutes, axis=1)
    best = minutes[np.arange(n), nearest]
    return Assignment(np.where(np.isfinite(best), columns[nearest], NO_SITE), best)
