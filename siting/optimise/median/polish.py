r"""The linear relaxation over what is left, by cuts on a few thetas; it gives prices, and proves nothing.

The dual weights :math:`\lambda` of a group's cuts, and of theta >= 0 (a cut with D = 0), sum to 1, so
:math:`v_i = \sum \lambda D_i` are prices.
:math:`L(v)` is concave, so it is no less than the relaxation's value. The bound that is reported is
:math:`L(v)`, counted from these prices in plain arithmetic: no tolerance of a solver is in it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import highspy
import numpy as np

from ..cuts import CELLS_PER_SITE_BEFORE_GROUPING
from ..highs import INF, new_highs, require_numbers, run_highs
from .kernels import CLOSED, OPEN, closed_form, price_cuts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .lists import CostLists

MOST_ROUNDS: Final = 200
VIOLATED: Final = 1e-8  # of a group's share of the upper bound
UNIT_SHARE: Final = 1e-3  # the solver counts in this part of the upper bound


@dataclass(frozen=True, eq=False)
class Polished:
    """Prices from the relaxation, and its openings."""

    price: NDArray[np.float64]  # (n,)
    opening: NDArray[np.float64]  # (m,)


class _Relaxation:
    """Openings and thetas in HiGHS; rows are cuts, and each knows from whose limits it was made."""

    def __init__(
        self, lists: CostLists, state: NDArray[np.int8], n_open: int, upper: float, deadline: float
    ) -> None:
        self._lists = lists
        self._unit = UNIT_SHARE * upper
        first = lists.site[:, 0].astype(np.int64)
        if len(first) <= CELLS_PER_SITE_BEFORE_GROUPING * lists.n_sites:
            first = np.arange(len(first))
        _, group = np.unique(first, return_inverse=True)
        self.group = group.astype(np.int32)
        self.n_groups = int(self.group.max()) + 1
        self._least = VIOLATED * upper / self.n_groups
        self.limits: list[NDArray[np.float64]] = []
        self.rows: list[tuple[int, int]] = []  # which limits, which group
        self._constant = np.zeros(self.n_groups)
        self._slope = np.zeros((self.n_groups, lists.n_sites))
        m, total = lists.n_sites, lists.n_sites + self.n_groups
        self.highs = new_highs()
        self._deadline = deadline
        lower = np.concatenate([(state == OPEN).astype(float), np.zeros(self.n_groups)])
        upper_bounds = np.concatenate([(state != CLOSED).astype(float), np.full(self.n_groups, INF)])
        costs = np.concatenate([np.zeros(m), np.ones(self.n_groups)])
        none = np.empty(0, dtype=np.int32)
        self.highs.addCols(total, costs, lower, upper_bounds, 0, np.zeros(total, np.int32), none, np.empty(0))
        self.highs.addRow(float(n_open), float(n_open), m, np.arange(m, dtype=np.int32), np.ones(m))
        self.opening, self.theta = np.zeros(m), np.full(self.n_groups, -np.inf)
        self._duals = np.empty(0)

    def solve(self) -> float:
        """Solve, note the solution, and give its value; nan if HiGHS came to none."""
        # HiGHS counts a linear programme's time from the model's birth.
        left = max(self._deadline - time.perf_counter(), 0.0)
        self.highs.setOptionValue("time_limit", float(self.highs.getRunTime()) + left)
        run_highs(self.highs, seconds=left)
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return float("nan")
        solution = self.highs.getSolution()
        values = np.asarray(solution.col_value)
        require_numbers(values, float(self.highs.getObjectiveValue()))
        self._duals = np.asarray(solution.row_dual)[1:]  # the first row counts the open sites
        self.opening = np.clip(values[: self._lists.n_sites], 0.0, 1.0)
        self.theta = values[self._lists.n_sites :] * self._unit
        return float(self.highs.getObjectiveValue()) * self._unit

    def cut_at(self, opening: NDArray[np.float64]) -> int:
        """Add the cuts that are tight at openings (m,) and missed by the solution; count them."""
        lists, limit = self._lists, np.empty(len(self._lists.weight))
        closed_form(
            lists.site,
            lists.cost,
            lists.weight,
            lists.cap,
            opening,
            self.group,
            limit,
            self._constant,
            self._slope,
        )
        return self._add(limit)

    def cut_by(self, price: NDArray[np.float64]) -> int:
        """Add the cuts of prices (n,)."""
        lists = self._lists
        price_cuts(lists.site, lists.cost, lists.weight, price, self.group, self._constant, self._slope)
        return self._add(price)

    def _add(self, limit: NDArray[np.float64]) -> int:
        short = self._constant - self._slope @ self.opening - self.theta
        missed = np.flatnonzero(short > self._least)
        if not missed.size:
            return 0
        self.limits.append(limit.copy())
        slope = self._slope[missed]
        row, column = np.nonzero(slope)
        counts = np.bincount(row, minlength=len(missed)) + 1
        ends = np.cumsum(counts)
        index = np.empty(ends[-1], dtype=np.int32)
        value = np.ones(ends[-1])
        index[ends - 1] = self._lists.n_sites + missed
        is_slope = np.ones(ends[-1], dtype=bool)
        is_slope[ends - 1] = False
        index[is_slope], value[is_slope] = column, slope[row, column] / self._unit
        lower = self._constant[missed] / self._unit
        starts = np.concatenate([[0], ends[:-1]]).astype(np.int32)
        infinite = np.full(len(missed), INF)
        self.highs.addRows(len(missed), lower, infinite, int(ends[-1]), starts, index, value)
        self.rows += [(len(self.limits) - 1, int(g)) for g in missed]
        return len(missed)

    def price(self) -> NDArray[np.float64]:
        """Prices (n,) by the dual weights of the cuts; theta >= 0 has the rest, at price 0."""
        weights = np.zeros((len(self.limits), self.n_groups))
        for (cut, g), dual in zip(self.rows[: len(self._duals)], self._duals, strict=True):
            weights[cut, g] += max(dual, 0.0)
        weights /= np.maximum(weights.sum(axis=0), 1.0)
        price = np.zeros(len(self.group))
        for which in np.flatnonzero(weights.any(axis=1)):
            price += weights[int(which), self.group] * self.limits[int(which)]
        return price


def polish(
    lists: CostLists,
    state: NDArray[np.int8],
    price: NDArray[np.float64],
    opened: NDArray[np.int64],
    *,
    n_open: int,
    upper: float,
    deadline: float,
) -> Polished | None:
    """Solve the relaxation from prices (n,) and a plan's sites, to the deadline at most; None if it fails."""
    relaxation = _Relaxation(lists, state, n_open, upper, deadline)
    relaxation.cut_by(price)
    plan = np.zeros(lists.n_sites)
    plan[opened] = 1.0
    relaxation.cut_at(plan)
    for _ in range(MOST_ROUNDS):
        value = relaxation.solve()
        if np.isnan(value):
            return None
        if value >= upper or time.perf_counter() >= deadline or not relaxation.cut_at(relaxation.opening):
            return Polished(relaxation.price(), relaxation.opening)
    return Polished(relaxation.price(), relaxation.opening)
