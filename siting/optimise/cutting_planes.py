"""Multipliers that make a good dual bound, from a linear programme over the openings that grows by cuts.

For some openings the best multipliers of a sum's cells are at hand (`Sum.critical`), and with them a cut on
what the sum is worth at any other openings. The duals of the cuts say how to mix them. What comes of it is
counted by `dual_bound.bound`, so that nothing hangs on who solves the programme, or how well.

References
----------
Kelley (1960), Journal of the Society for Industrial and Applied Mathematics 8(4).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from .dual_bound import CERTAIN, Multipliers, bound

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .dual_bound import Question, Sum

    Floats = NDArray[np.float64]

SHORT: Final = 1e-8  # a sum valued too low by less is not cut
MOST_ROUNDS: Final = 200


@dataclass(frozen=True, eq=False)
class _Cut:
    """At some openings: the multipliers (n,) of a sum's cells, and its groups that were valued too low."""

    of: int
    multiplier: Floats
    groups: NDArray[np.intp]


class CuttingPlanes:
    """The linear programme that proposes multipliers: openings, and for groups of cells a theta with cuts.

    Columns are the openings (q), a theta for each group of each sum, and how far the rules may be missed.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self._group = [_groups(each) for each in question.all_sums]
        sizes = [int(each.max(initial=-1)) + 1 for each in self._group]
        self._first = question.n_options + np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp)
        self._cuts: list[_Cut] = []
        self._cut_rows: list[tuple[csr_array, Floats]] = []
        self._whole_rows: list[tuple[csr_array, Floats]] = []  # of which no multipliers are asked

    @property
    def n_columns(self) -> int:
        """Openings, thetas, and the miss."""
        return int(self._first[-1]) + 1

    @property
    def n_cuts(self) -> int:
        """Number of times that cuts were made."""
        return len(self._cuts)

    def objective(self) -> Floats:
        """What each column costs; where nothing is minimised, the miss alone does."""
        minimised = int(self._first[len(self.question.sums)])
        costs = np.zeros(self.n_columns)
        costs[: self.question.n_options] = self.question.costs
        costs[self.question.n_options : minimised] = 1.0
        costs[-1] = float(not self.question.is_minimised)
        return costs

    def upper(self) -> Floats:
        """Upper bounds of the columns; where something is minimised, nothing may be missed."""
        upper = np.full(self.n_columns, np.inf)
        upper[: self.question.n_options] = 1.0
        upper[-1] = 0.0 if self.question.is_minimised else np.inf
        return upper

    def at_most(self) -> tuple[csr_array, Floats]:
        """All rows as `matrix @ columns <= limits`: rules, limits, cuts, then those on whole openings."""
        q, n = self.question, self.n_columns
        rules = np.zeros((len(q.rows) + len(q.limits), n))
        rules[: len(q.rows), : q.n_options] = -q.rows
        for s, k in enumerate(q.limit_of_sum):
            if k >= 0:
                rules[len(q.rows) + k, self._first[s] : self._first[s + 1]] = 1.0
        rules[:, -1] = -1.0
        most = [-q.least, np.array([each.most for each in q.limits], dtype=np.float64)]
        added = [*self._cut_rows, *self._whole_rows]
        matrix = vstack([csr_array(rules), *(each for each, _ in added)], format="csr")
        return matrix, np.concatenate([*most, *(each for _, each in added)])

    def cut(self, opening: Floats, columns: Floats | None = None, *, short_by: float = SHORT) -> int:
        """Add cuts at openings (q,), all or those that columns miss by more than `short_by`; how many."""
        n_added = 0
        for s, each in enumerate(self.question.all_sums):
            n = int(self._first[s + 1] - self._first[s])
            multiplier = each.critical(opening)
            constant = np.bincount(self._group[s], weights=each.weight * multiplier, minlength=n)
            slope = np.zeros((n, len(each.options)))
            np.add.at(slope, self._group[s], each.saved(multiplier))
            short = constant - slope @ opening[each.options]
            if columns is not None:
                short -= columns[self._first[s] : self._first[s + 1]]
            groups = np.flatnonzero(short > short_by) if columns is not None else np.arange(n)
            rows = np.zeros((len(groups), self.n_columns))
            rows[:, each.options] = -slope[groups]
            rows[np.arange(len(groups)), self._first[s] + groups] = -1.0
            self._cuts.append(_Cut(s, multiplier, groups))
            self._cut_rows.append((csr_array(rows), (-constant[groups]).astype(np.float64)))
            n_added += len(groups)
        return n_added

    def solve(self, *, seconds: float) -> tuple[Floats, Multipliers] | None:
        """Solve it: columns and multipliers; None if there is no answer."""
        matrix, most = self.at_most()
        found = linprog(
            self.objective(),
            A_ub=matrix,
            b_ub=most,
            bounds=np.column_stack([np.zeros(self.n_columns), self.upper()]),
            method="highs",
            options={"time_limit": max(seconds, 0.01)},
        )
        if found.status != 0:
            return None
        return np.asarray(found.x), self._multipliers(-np.asarray(found.ineqlin.marginals))

    # --- in whole numbers ---

    def programme(self) -> tuple[Floats, csr_array, Floats, Floats]:
        """Costs, matrix, limits and upper bounds for whole openings: nothing may be missed."""
        matrix, most = self.at_most()
        upper = self.upper()
        upper[-1] = 0.0
        return self.objective(), matrix, most, upper

    def require(self, most: float) -> None:
        """Ask for plans that cost at most so much."""
        limit = np.array([most - self.question.constant])
        self._whole_rows.append((csr_array(self.objective()[None, :]), limit))

    def forbid(self, is_open: NDArray[np.bool_]) -> None:
        """Ask for other openings than these."""
        row = np.zeros(self.n_columns)
        row[: len(is_open)] = np.where(is_open, 1.0, -1.0)
        self._whole_rows.append((csr_array(row[None, :]), np.array([float(is_open.sum()) - 1.0])))

    def _multipliers(self, duals: Floats) -> Multipliers:
        """Take the multipliers that the duals of all rows stand for: of a cell's, the mean over its cuts."""
        q = self.question
        n_rows, n_limits = len(q.rows), len(q.limits)
        of_limits = duals[n_rows : n_rows + n_limits]
        of_cells = [np.zeros(len(each.weight)) for each in q.all_sums]
        k = n_rows + n_limits
        for cut in self._cuts:
            share = np.zeros(int(self._first[cut.of + 1] - self._first[cut.of]))
            share[cut.groups] = duals[k : k + len(cut.groups)]
            k += len(cut.groups)
            of_cells[cut.of] += share[self._group[cut.of]] * cut.multiplier
        for s, limit in enumerate(q.limit_of_sum):
            if limit >= 0 and of_limits[limit] > 0:
                of_cells[s] /= of_limits[limit]
        return Multipliers(duals[:n_rows], of_limits, tuple(of_cells))


def _groups(each: Sum) -> NDArray[np.intp]:
    """Group of each cell (n,): the best option; groups that no cell has are left out."""
    if not len(each.options):
        return np.zeros(len(each.weight), dtype=np.intp)
    found: NDArray[np.intp] = np.unique(np.argmin(each.costs, axis=1), return_inverse=True)[1].ravel()
    return found


@dataclass(frozen=True, eq=False)
class FoundBound:
    """The dual bound, as it was counted; and the openings (q,) near which a plan may lie."""

    bound: float
    multipliers: Multipliers
    opening: Floats

    @property
    def says_there_is_none(self) -> bool:
        """Whether the rules cannot all be kept, where nothing is minimised."""
        return self.bound > CERTAIN * self.multipliers.total


def find_bound(planes: CuttingPlanes, *, seconds: float) -> FoundBound | None:
    """Find multipliers with a good bound; None where the linear programme has no answer.

    Where nothing is minimised, how far the rules are missed is, until there is certainly no plan.
    """
    deadline = time.perf_counter() + seconds
    question = planes.question
    best: FoundBound | None = None
    if not planes.n_cuts:
        planes.cut(np.ones(question.n_options))
    for _ in range(MOST_ROUNDS):
        solved = planes.solve(seconds=deadline - time.perf_counter())
        if solved is None:
            return best
        columns, multipliers = solved
        opening = np.clip(columns[: question.n_options], 0.0, 1.0)
        counted = bound(question, multipliers)
        if best is None or counted > best.bound:
            best = FoundBound(counted, multipliers, opening)
        best = replace(best, opening=opening)
        if not question.is_minimised and best.says_there_is_none:
            return best
        if not planes.cut(opening, columns) or time.perf_counter() >= deadline:
            return best
    return best
