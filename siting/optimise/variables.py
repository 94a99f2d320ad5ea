"""The model's variables: openings, and what stands for the assignments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pulp import LpBinary, LpContinuous, LpProblem, LpVariable, lpSum

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pulp import LpAffineExpression

    from .problem import Service, SitingProblem


@dataclass(frozen=True, eq=False)
class Variables:
    """Handles of the variables, by index of site, role, service and group."""

    opening: dict[tuple[int, int], LpVariable]  # (j, r): is site j opened in role r? only where allowed
    theta: dict[tuple[int, int], LpVariable]  # (service, group): its part of the mean minutes
    outside: dict[tuple[int, int], LpVariable]  # (service, cover set): share of it outside the standard

    def opened(self, site: int, roles: tuple[int, ...]) -> LpAffineExpression:
        """Sum of a site's openings over some roles (0 where none is allowed)."""
        return lpSum(self.opening[site, role] for role in roles if (site, role) in self.opening)


@dataclass(frozen=True, eq=False)
class CoverSets:
    """Cells of a service merged by the set of sites within the standard: equal sets are one row."""

    within: NDArray[np.bool_]  # (n_sets, m)
    weight: NDArray[np.float64]  # (n_sets,) demand over the total demand of all services


def cover_sets(service: Service, *, total_demand: float, standard_minutes: float) -> CoverSets:
    """Merge the cells that the same sites can reach within the standard (<=)."""
    within = service.minutes <= standard_minutes
    packed, of_cell = np.unique(np.packbits(within, axis=1), axis=0, return_inverse=True)
    weight = np.bincount(of_cell.ravel(), weights=service.demand, minlength=len(packed)) / total_demand
    sets = np.unpackbits(packed, axis=1, count=within.shape[1]).astype(bool)
    return CoverSets(within=sets[weight > 0], weight=weight[weight > 0])


def add_openings(lp: LpProblem, problem: SitingProblem) -> dict[tuple[int, int], LpVariable]:
    """y_jr in {0, 1}: site j is opened in role r."""
    return {
        (int(j), int(r)): lp.add_variable(f"y_{j}_{r}", cat=LpBinary) for j, r in np.argwhere(problem.allowed)
    }


def add_thetas(lp: LpProblem, n_groups: list[int]) -> dict[tuple[int, int], LpVariable]:
    """theta_sg >= 0: the part of the mean minutes that falls on group g of service s; cuts bound it."""
    return {
        (s, g): lp.add_variable(f"theta_{s}_{g}", lowBound=0, cat=LpContinuous)
        for s, count in enumerate(n_groups)
        for g in range(count)
    }


def add_outside(lp: LpProblem, sets: list[CoverSets]) -> dict[tuple[int, int], LpVariable]:
    """u_sk in [0, 1]: is cover set k of service s outside the standard? Whole numbers come by themselves."""
    return {
        (s, k): lp.add_variable(f"u_{s}_{k}", lowBound=0, upBound=1, cat=LpContinuous)
        for s, each in enumerate(sets)
        for k in range(len(each.weight))
    }
