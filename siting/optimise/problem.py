"""`SitingProblem`: the numbers of a choice and nothing else.

Indices: i = cell, q = *option* (a site opened with one offer: site j as a satellite two days a week),
t = tour. A *service* is a kind of visit: it has demand in each cell, and options that can take it. The
planning model has two (visits that need a main reception; visits that any open place takes), a p-median
one. `docs/model.md` has the formulas.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..errors import ArrayError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ..tours import Tours

UNLIMITED: Final = 1_000_000
EVERYWHERE: Final = -1
"""As an area: all of them together."""
STRANDED: Final = "somebody who could be reached is not"
"""Label of the rule that who can be reached is reached, as it is told of a plan that breaks it."""


@dataclass(frozen=True, eq=False)
class Service:
    """Demand that goes to the open option with the least generalised minutes."""

    name: str
    demand: NDArray[np.float64]  # (n,) visits per year
    options: NDArray[np.intp]  # (k,) those that serve
    minutes: NDArray[np.float64]  # (n, k) generalised minutes, inf = cannot be reached
    fallback_minutes: float = np.inf  # digital contact; inf = not offered
    area: NDArray[np.intp] | None = None  # (n,) municipality of each cell
    cell: NDArray[np.intp] | None = None  # (n,) row of the region's demand
    mode: str = ""  # of travel; "" = the scenario's own

    def __post_init__(self) -> None:
        check_demand(self.demand, n_cells=len(self.minutes))
        check_minutes(self.minutes)

    def best_minutes(self, is_open: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Minutes to the best open option, or the fallback; `is_open` is (q,), the answer (n,)."""
        serving = np.flatnonzero(is_open[self.options])
        best: NDArray[np.float64] = self.minutes[:, serving].min(axis=1, initial=self.fallback_minutes)
        return best


@dataclass(frozen=True, eq=False)
class CountRule:
    """Of these options at least so many are open, and at most so many."""

    label: str
    options: NDArray[np.intp]
    least: int
    most: int = UNLIMITED


@dataclass(frozen=True, eq=False)
class CoverRule:
    """Of each set of options at least one is open."""

    label: str
    sets: NDArray[np.bool_]  # (k, q)


@dataclass(frozen=True, eq=False)
class Support:
    """An option needs an open one among those that can support it."""

    label: str
    options: NDArray[np.intp]  # (k,) that need it
    supporters: NDArray[np.bool_]  # (k, q)


@dataclass(frozen=True)
class MeanLimit:
    """Mean generalised minutes of the visits of an area, to one service or all, are at most the limit."""

    label: str
    area: int
    minutes: float
    service: str = ""  # "" = all of them
    mode: str = ""


@dataclass(frozen=True)
class ShareLimit:
    """At least this share of the visits of an area is within the standard."""

    label: str
    share: float
    standard_minutes: float
    area: int = EVERYWHERE
    mode: str = ""


@dataclass(frozen=True, eq=False)
class Resource:
    """Something that options, tours and teams use up (staff hours, SEK a year)."""

    name: str
    label: str
    of_option: NDArray[np.float64]  # (q,)
    of_tour: NDArray[np.float64]  # (t,) for one run in two weeks
    of_team: float
    limit: float
    unit: float  # the model counts in this many, so that its numbers are near 1


@dataclass(frozen=True, eq=False)
class TeamRules:
    """What travelling teams can do."""

    tours: Tours
    weekly: NDArray[np.intp]  # (m,) option that opens site j as a weekly stop; -1 = none
    every_other: NDArray[np.intp]  # (m,) ... as a stop every other week; -1 = none
    base: NDArray[np.intp]  # (m,) option that opens site j as a main; -1 = none
    least: int
    most: int
    days_per_week: int


@dataclass(frozen=True, eq=False)
class Fleet:
    """Teams and what they drive in two weeks."""

    teams: dict[int, int]  # number by base (site)
    odd: tuple[int, ...]  # tours in the first week
    even: tuple[int, ...]

    @property
    def runs(self) -> tuple[int, ...]:
        """Tours of both weeks."""
        return self.odd + self.even


@dataclass(frozen=True, eq=False)
class Sent:
    """Visits that the intake sends, (k,) each: service, its row, option (-1 = digital), visits a year."""

    service: NDArray[np.intp]
    row: NDArray[np.intp]
    option: NDArray[np.intp]
    visits: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Draft:
    """A whole answer: open options, and where these are asked for, teams and where visits are sent."""

    is_open: NDArray[np.bool_]  # (q,)
    fleet: Fleet | None = None
    sent: Sent | None = None


@dataclass(frozen=True, eq=False)
class SitingProblem:
    """What may be opened, by which rules, and whom it serves."""

    services: tuple[Service, ...]
    option_site: NDArray[np.intp]  # (q,)
    other_modes: tuple[Service, ...] = ()  # the same visits by other modes, where one is named
    lost_demand: Mapping[int, float] = field(default_factory=dict)
    """Visits a year that nothing can serve by the scenario's mode, by area."""
    counts: tuple[CountRule, ...] = ()
    covers: tuple[CoverRule, ...] = ()
    supports: tuple[Support, ...] = ()
    mean_limits: tuple[MeanLimit, ...] = ()
    share_limits: tuple[ShareLimit, ...] = ()
    least_visits: NDArray[np.float64] | None = None  # (q,)
    capacity: NDArray[np.float64] | None = None  # (q,) visits per year; None = not kept
    staff: Resource | None = None
    money: Resource | None = None
    budgets: tuple[Resource, ...] = ()  # others, that no objective speaks of
    teams: TeamRules | None = None
    rank: NDArray[np.float64] | None = None  # (q,) settles ties

    @property
    def n_options(self) -> int:
        """Number of options, q."""
        return len(self.option_site)

    def services_by(self, mode: str) -> tuple[Service, ...]:
        """Give the services as a mode of travel has them; "" is the scenario's own."""
        return tuple(each for each in self.other_modes if each.mode == mode) if mode else self.services

    def lost_by(self, mode: str, area: int = EVERYWHERE) -> float:
        """Visits a year that nothing can serve; by other modes, which have a fallback, none."""
        if mode:
            return 0.0
        return sum(self.lost_demand.values()) if area == EVERYWHERE else self.lost_demand.get(area, 0.0)

    def total_demand(self, mode: str = "") -> float:
        """Visits a year of all services, those that nothing can serve included."""
        return self.lost_by(mode) + sum(float(each.demand.sum()) for each in self.services_by(mode))

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Those that are counted."""
        return tuple(each for each in (self.staff, self.money, *self.budgets) if each is not None)

    def used(self, resource: Resource, draft: Draft) -> float:
        """How much of a resource a draft takes."""
        used = float(resource.of_option[draft.is_open].sum())
        if draft.fleet is not None:
            used += float(resource.of_tour[list(draft.fleet.runs)].sum())
            used += resource.of_team * sum(draft.fleet.teams.values())
        return used


def check_demand(demand: NDArray[np.float64], *, n_cells: int) -> None:
    """Refuse a demand that is not (n,), finite, >= 0 and somewhere above 0."""
    if demand.shape != (n_cells,):
        message = (
            f"demand has shape {demand.shape}; expected ({n_cells},), one number for each row of minutes"
        )
        raise ArrayError(message)
    bad = np.flatnonzero(~np.isfinite(demand) | (demand < 0))
    if bad.size:
        message = f"demand[{bad[0]}] is {demand[bad[0]]}; every demand must be a number >= 0"
        raise ArrayError(message)
    if not 0 < demand.sum() < np.inf:
        message = f"the demand sums to {demand.sum()}; it must be somewhere above 0, and not beyond counting"
        raise ArrayError(message)


def check_minutes(minutes: NDArray[np.floating[Any]]) -> None:
    """Refuse minutes that are not a matrix (cells x sites) of numbers >= 0 (inf = no way)."""
    if minutes.ndim != 2 or not len(minutes):
        message = f"minutes has shape {minutes.shape}; expected a matrix (cells x sites)"
        raise ArrayError(message)
    if not minutes.min(initial=0.0) >= 0:  # nor where one is nan
        i, j = np.argwhere(~(minutes >= 0))[0]
        message = f"minutes[{i}, {j}] is {minutes[i, j]}; every time must be a number >= 0 (inf = no way)"
        raise ArrayError(message)


def distinct_rows(sets: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Give each row of a boolean matrix once, in a fixed order; bits are compared, for bytes take long."""
    if len(sets) and (sets == sets[0]).all():  # most often all reach everything
        return sets[:1].copy()
    packed = np.unique(np.packbits(sets, axis=1), axis=0)
    return np.unpackbits(packed, axis=1, count=sets.shape[1]).astype(bool)
