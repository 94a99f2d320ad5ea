"""The rules, one function for each family; each gives named constraints and touches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pulp import lpSum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulp import LpConstraint

    from .problem import SitingProblem
    from .variables import CoverSets, Variables

Named = tuple[str, "LpConstraint"]


def one_role_per_site(problem: SitingProblem, v: Variables) -> Iterator[Named]:
    r"""A site has one role at most: :math:`\sum_r y_{jr} \le 1` for all j."""
    for j in np.flatnonzero(problem.allowed.sum(axis=1) > 1):
        yield f"one_role_{j}", v.opened(int(j), tuple(range(problem.n_roles))) <= 1


def number_of_sites(problem: SitingProblem, v: Variables) -> Iterator[Named]:
    r"""The number open in each role lies in its range: :math:`a_r \le \sum_j y_{jr} \le b_r`."""
    for r, (least, most) in enumerate(problem.count_range):
        total = lpSum(v.opened(j, (r,)) for j in range(problem.n_sites))
        yield f"at_least_{r}", total >= least
        yield f"at_most_{r}", total <= most


def open_what_is_required(problem: SitingProblem, v: Variables) -> Iterator[Named]:
    r"""Required and existing sites are open in their role: :math:`y_{jr} = 1`."""
    for j, r in np.argwhere(problem.required):
        yield f"required_{j}_{r}", v.opened(int(j), (int(r),)) == 1


def open_one_of_each(problem: SitingProblem, v: Variables) -> Iterator[Named]:
    r"""Of each named set of sites one is open in some role: :math:`\sum_{j \in S} \sum_r y_{jr} \ge 1`."""
    every_role = tuple(range(problem.n_roles))
    for index, (_, sites) in enumerate(problem.at_least_one_of):
        yield f"one_of_{index}", lpSum(v.opened(int(j), every_role) for j in sites) >= 1


def open_one_at_most(problem: SitingProblem, v: Variables) -> Iterator[Named]:
    r"""Of each named set of sites one at most is open: :math:`\sum_{j \in S} \sum_r y_{jr} \le 1`."""
    every_role = tuple(range(problem.n_roles))
    for index, (_, sites) in enumerate(problem.at_most_one_of):
        yield f"one_at_most_{index}", lpSum(v.opened(int(j), every_role) for j in sites) <= 1


def support_each_site(problem: SitingProblem, v: Variables) -> Iterator[Named]:
    r"""A site that needs support has it: :math:`y_{jr} \le \sum_{k \in L_j} y_{kq}` for all j."""
    for index, support in enumerate(problem.supports):
        for j in np.flatnonzero(problem.allowed[:, support.role]):
            supporters = np.flatnonzero(support.sites[j])
            supported = lpSum(v.opened(int(k), (support.by_role,)) for k in supporters)
            yield f"support_{index}_{j}", v.opened(int(j), (support.role,)) - supported <= 0


def leave_nobody_unreachable(problem: SitingProblem, v: Variables) -> Iterator[Named]:
    r"""Who can be reached at all is reached: :math:`\sum_{j: t_{ij} < \infty} Y_j \ge 1`, a row a set."""
    for s, service in enumerate(problem.services):
        usable = problem.allowed[:, list(service.roles)].any(axis=1)
        reachable = (np.isfinite(service.minutes) & usable)[service.demand > 0]
        if reachable[:, usable].all():
            # Every cell can reach every usable site: one row says that at least one is open.
            reachable = reachable[:1]
        for k, sites in enumerate(np.unique(reachable, axis=0)):
            if sites.any():
                opened = lpSum(v.opened(int(j), service.roles) for j in np.flatnonzero(sites))
                yield f"reach_{s}_{k}", opened >= 1


def count_what_is_outside(problem: SitingProblem, v: Variables, sets: list[CoverSets]) -> Iterator[Named]:
    r"""A cover set without an open site is outside the standard: :math:`u_k + \sum_{j \in S_k} Y_j \ge 1`.

    Church & ReVelle (1974), with equal cover sets merged.
    """
    for s, (service, each) in enumerate(zip(problem.services, sets, strict=True)):
        for k, within in enumerate(each.within):
            near = lpSum(v.opened(int(j), service.roles) for j in np.flatnonzero(within))
            yield f"outside_{s}_{k}", v.outside[s, k] + near >= 1
