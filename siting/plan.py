"""`Plan`: which site is open as what, which team drives when, and how sure it is that none is better."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from .errors import LabelError
from .sites import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from .teams import TourRun

NO_SITE = -1
FULL_WEEK = 5.0
"""Days a week of an open place of which nothing else is said."""


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
    mode: str = ""  # of travel that it is measured by; "" = the scenario's own


@dataclass(frozen=True, eq=False)
class Intake:
    """Where a joint intake sends the visits of one service, where capacity binds; k shares of cells."""

    cell: NDArray[np.intp]  # (k,) row of the travel times
    site: NDArray[np.intp]  # (k,) column of the travel times, -1 = digital contact
    share: NDArray[np.float64]  # (k,) of the cell's visits to the service


@dataclass(frozen=True, eq=False)
class Plan:
    """Open sites by role, by id; a site that is in none of the tuples stays closed."""

    main: tuple[str, ...]
    satellite: tuple[str, ...]
    status: Status
    objectives: tuple[ObjectiveValue, ...]
    solve_seconds: float = field(compare=False)  # of no two runs alike: a journal does not look at it
    stop: tuple[str, ...] = ()
    days_per_week: Mapping[str, float] = field(default_factory=dict)
    """Of open sites; left out: 5."""
    teams: Mapping[str, int] = field(default_factory=dict)
    """Number of travelling teams by the id of their base."""
    rota: tuple[TourRun, ...] = ()
    """What the teams drive in a four-week cycle."""
    intake: Mapping[str, Intake] | None = None
    """Where visits are sent, by service, if capacity is kept; None: everybody goes to the best place."""

    def __post_init__(self) -> None:
        unknown = sorted(set(self.days_per_week) - set(self.open_sites))
        if unknown:
            message = f"days_per_week speaks of {unknown[0]!r}, which is not open"
            raise LabelError(message)

    @property
    def open_sites(self) -> tuple[str, ...]:
        """All open sites, main receptions first."""
        return self.main + self.satellite + self.stop

    def role_of(self, site_id: str) -> Role | None:
        """Role of a site, or None if it is closed."""
        by_role = {Role.MAIN: self.main, Role.SATELLITE: self.satellite, Role.STOP: self.stop}
        return next((role for role, sites in by_role.items() if site_id in sites), None)

    def days_of(self, site_id: str) -> float:
        """Days a week that an open site is open; a stop every other week 0.5."""
        return self.days_per_week.get(site_id, FULL_WEEK)
