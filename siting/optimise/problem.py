"""`SitingProblem`: the numbers of a choice and nothing else; indices i = cell, j = site, r = role.

A *service* is a kind of visit: it has demand in each cell, and the roles that can take it. The planning
model has two (visits that need a main reception; visits that any open place takes), a p-median one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ArrayError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Service:
    """Demand that goes to the nearest open site of the roles that serve it."""

    name: str
    demand: NDArray[np.float64]  # (n,) visits per year
    minutes: NDArray[np.float64]  # (n, m), inf = cannot be reached
    roles: tuple[int, ...]

    def __post_init__(self) -> None:
        check_demand(self.demand, n_cells=len(self.minutes))
        check_minutes(self.minutes)

    def nearest_minutes(self, is_open: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Minutes to the nearest open site that serves; `is_open` is (m, r), the answer (n,)."""
        serving = np.flatnonzero(is_open[:, list(self.roles)].any(axis=1))
        nearest: NDArray[np.float64] = self.minutes[:, serving].min(axis=1, initial=np.inf)
        return nearest


@dataclass(frozen=True, eq=False)
class Support:
    """A site in one role needs an open one in another among those that can support it."""

    role: int
    by_role: int
    sites: NDArray[np.bool_]  # (m, m) [j, k]: can site k support site j?


@dataclass(frozen=True, eq=False)
class SitingProblem:
    """What may be opened, what must be, and whom it serves."""

    services: tuple[Service, ...]
    allowed: NDArray[np.bool_]  # (m, r) may site j be opened in role r?
    required: NDArray[np.bool_]  # (m, r) must it be?
    count_range: tuple[tuple[int, int], ...]  # per role: least and most sites open, required ones counted
    at_least_one_of: tuple[tuple[str, NDArray[np.intp]], ...] = field(default=())  # label, sites
    at_most_one_of: tuple[tuple[str, NDArray[np.intp]], ...] = field(default=())  # label, sites
    supports: tuple[Support, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.allowed.shape != self.required.shape or self.allowed.shape[1] != len(self.count_range):
            message = "allowed, required and count_range must speak of the same sites and roles"
            raise ArrayError(message)

    @property
    def n_sites(self) -> int:
        """Number of candidate sites, m."""
        return len(self.allowed)

    @property
    def n_roles(self) -> int:
        """Number of roles."""
        return len(self.count_range)

    def broken_rules(self, is_open: NDArray[np.bool_]) -> list[str]:
        """Say which rules a set of open sites (m, r) breaks, without asking a solver."""
        numbers = zip(is_open.sum(axis=0), self.count_range, strict=True)
        rules = {
            "a site is open in a role that it may not have": not (is_open & ~self.allowed).any(),
            "a required site is closed": not (self.required & ~is_open).any(),
            "a site has two roles": bool((is_open.sum(axis=1) <= 1).all()),
            "too few or too many sites have a role": all(low <= n <= high for n, (low, high) in numbers),
            "a set of sites of which one must be open has none": all(
                is_open[sites].any() for _, sites in self.at_least_one_of
            ),
            "two sites are open that exclude each other": all(
                is_open[sites].any(axis=1).sum() <= 1 for _, sites in self.at_most_one_of
            ),
            "a site lacks the support that it needs": not any(
                (is_open[:, each.role] & ~each.sites[:, is_open[:, each.by_role]].any(axis=1)).any()
                for each in self.supports
            ),
            "somebody who could be reached is not": not any(
                self._strands(service, is_open) for service in self.services
            ),
        }
        return [rule for rule, is_kept in rules.items() if not is_kept]

    def _strands(self, service: Service, is_open: NDArray[np.bool_]) -> bool:
        usable = self.allowed[:, list(service.roles)].any(axis=1)
        could = np.isfinite(service.minutes[:, usable]).any(axis=1)
        does = np.isfinite(service.nearest_minutes(is_open))
        return bool((could & ~does & (service.demand > 0)).any())


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


def check_minutes(minutes: NDArray[np.float64]) -> None:
    """Refuse minutes that are not a matrix (cells x sites) of numbers >= 0 (inf = no way)."""
    if minutes.ndim != 2 or 0 in minutes.shape:
        message = f"minutes has shape {minutes.shape}; expected a matrix (cells x sites)"
        raise ArrayError(message)
    bad = np.argwhere(np.isnan(minutes) | (minutes < 0))
    if bad.size:
        i, j = bad[0]
        message = f"minutes[{i}, {j}] is {minutes[i, j]}; every time must be a number >= 0 (inf = no way)"
        raise ArrayError(message)
