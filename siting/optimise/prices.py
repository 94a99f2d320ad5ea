r"""Bounds that are counted from prices: no plan is better, or there is none, whoever proposed the prices.

Openings :math:`y_q` are 0 or 1. A *sum* is what cells cost at their best open place,
:math:`\sum_i w_i \min(f_i, \min_{q: y_q = 1} c_{iq})`. With any price :math:`0 \le \lambda_i \le f_i` of
serving a cell it is at least

.. math:: \sum_i w_i \lambda_i - \sum_q y_q \sum_i w_i \max(0, \lambda_i - c_{iq}),

for the best open place takes at most its own part off. With any price :math:`\mu_r \ge 0` of a row
:math:`\sum_q a_{rq} y_q \ge b_r`, and :math:`\nu_l \ge 0` of a limit :math:`S_l(y) \le L_l` on a sum, nothing
that obeys them costs less than

.. math:: \sum_r \mu_r b_r - \sum_l \nu_l L_l + \sum_s \kappa_s \sum_i w_i \lambda_{si}
          + \sum_q \min\Bigl(0, c_q - \sum_r \mu_r a_{rq}
          - \sum_s \kappa_s \sum_i w_i \max(0, \lambda_{si} - c_{siq})\Bigr)

(weak duality; :math:`\kappa` is 1 for what is minimised and :math:`\nu_l` for a limit). `bound` counts this
and nothing else. Where nothing is minimised and it comes out above 0, there is no plan. Good prices are those
of a linear programme that grows by cuts (`Pricing`); whoever solves it need not be believed.

References
----------
Cornuéjols, Fisher & Nemhauser (1977), Management Science 23(8).
Kelley (1960), Journal of the Society for Industrial and Applied Mathematics 8(4).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FULL: Final = 1.0 - 1e-9  # cumulated openings that count as 1
SHORT: Final = 1e-8  # a sum valued too low by less is not cut
MOST_ROUNDS: Final = 200
CERTAIN: Final = 1e-6
"""There is no plan if the rules miss by more than this for each unit of price: limits are kept to 1e-7."""


@dataclass(frozen=True, eq=False)
class Sum:
    """What some cells cost at their best open place; those that nothing reaches are left out."""

    weight: Floats  # (n,)
    costs: Floats  # (n, k), inf = does not serve
    most: Floats  # (n,) what a cell costs where nothing is open; inf = something always is
    options: NDArray[np.intp]  # (k,)

    def critical(self, opening: Floats) -> Floats:
        """Prices (n,) that are best at openings (q,): the cost at which these, cumulated, reach 1."""
        felt = np.flatnonzero(opening[self.options] > 1.0 - FULL)
        costs = np.minimum(self.costs[:, felt], self._highest[:, None])
        order = np.argsort(costs, axis=1, kind="stable")
        cumulated = np.cumsum(opening[self.options[felt]][order], axis=1)
        is_reached = cumulated >= FULL
        at = order[np.arange(len(costs)), np.argmax(is_reached, axis=1)] if felt.size else None
        if at is None:
            return self._highest
        price: Floats = np.where(is_reached[:, -1], costs[np.arange(len(costs)), at], self._highest)
        return price

    @property
    def _highest(self) -> Floats:
        """No price need be higher (n,): nothing open, or the farthest place."""
        farthest = np.max(self.costs, axis=1, where=np.isfinite(self.costs), initial=0.0)
        return np.where(np.isfinite(self.most), self.most, farthest)

    def saved(self, price: Floats) -> Floats:
        """What each option takes off the prices, by cell (n, k)."""
        saved: Floats = np.maximum(price[:, None] - self.costs, 0.0) * self.weight[:, None]
        return saved


@dataclass(frozen=True, eq=False)
class Limit:
    """Sums that together are at most so much."""

    label: str
    sums: tuple[Sum, ...]
    most: float


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked, as far as it can be priced: rules that it leaves out only make plans fewer."""

    rows: Floats  # (r, q)
    least: Floats  # (r,)
    labels: tuple[str, ...]  # (r,)
    limits: tuple[Limit, ...]
    sums: tuple[Sum, ...] = ()  # minimised, with
    of_option: Floats | None = None  # (q,)
    constant: float = 0.0

    @property
    def n_options(self) -> int:
        """Number of options, q."""
        return int(self.rows.shape[1])

    @property
    def all_sums(self) -> tuple[Sum, ...]:
        """Those that are minimised, then those of the limits."""
        return (*self.sums, *(each for limit in self.limits for each in limit.sums))

    @property
    def limit_of_sum(self) -> NDArray[np.intp]:
        """Index of the limit of each of all sums; -1 = minimised."""
        of = [-1] * len(self.sums) + [k for k, limit in enumerate(self.limits) for _ in limit.sums]
        return np.array(of, dtype=np.intp)

    @property
    def is_minimised(self) -> bool:
        """Whether anything is minimised, or any plan will do."""
        return bool(self.sums) or self.of_option is not None

    @property
    def costs(self) -> Floats:
        """What options cost by themselves, (q,)."""
        return np.zeros(self.n_options) if self.of_option is None else self.of_option


@dataclass(frozen=True, eq=False)
class Prices:
    """A price of each row, limit, and cell of each sum; any are good, what is below 0 or no number is 0."""

    of_rows: Floats  # (r,)
    of_limits: Floats  # (l,)
    of_cells: tuple[Floats, ...]  # (n,) of each of all sums

    @property
    def total(self) -> float:
        """Sum of the prices of rows and limits."""
        return float(_price(self.of_rows).sum() + _price(self.of_limits).sum())

    def labels(self, question: Question) -> tuple[str, ...]:
        """Name the rules that have a price, the dearest first."""
        prices = np.append(_price(self.of_rows), _price(self.of_limits))
        names = (*question.labels, *(limit.label for limit in question.limits))
        felt = [k for k in np.argsort(-prices, kind="stable") if prices[k] > CERTAIN * self.total]
        return tuple(dict.fromkeys(names[k] for k in felt if names[k]))


def bound(question: Question, prices: Prices) -> float:
    """Count what no answer to the question can be less than: the formula at the head of this module."""
    of_rows, of_limits = _price(prices.of_rows), _price(prices.of_limits)
    total = question.constant + float(of_rows @ question.least)
    total -= sum(float(of_limits[k]) * limit.most for k, limit in enumerate(question.limits))
    reduced = question.costs - of_rows @ question.rows
    for each, k, of_cells in zip(question.all_sums, question.limit_of_sum, prices.of_cells, strict=True):
        times = 1.0 if k < 0 else float(of_limits[k])
        price = np.minimum(_price(of_cells), each.most)
        total += times * float(each.weight @ price)
        reduced[each.options] -= times * each.saved(price).sum(axis=0)
    return total + float(np.minimum(reduced, 0.0).sum())


def _price(given: Floats) -> Floats:
    return np.maximum(np.nan_to_num(given, nan=0.0, posinf=0.0, neginf=0.0), 0.0)


@dataclass(frozen=True, eq=False)
class _Cut:
    """At some openings: the prices (n,) of a sum's cells, and its groups that were valued too low."""

    of: int
    price: Floats
    groups: NDArray[np.intp]


class Pricing:
    """The linear programme that proposes prices: openings, and for groups of cells a theta with its cuts.

    Columns are the openings (q), a theta for each group of each sum, and how far the rules may be missed.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self._group = [_groups(each) for each in question.all_sums]
        sizes = [int(each.max(initial=-1)) + 1 for each in self._group]
        self._first = question.n_options + np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp)
        self._cuts: list[_Cut] = []
        self._cut_rows: list[tuple[csr_array, Floats]] = []
        self._whole_rows: list[tuple[csr_array, Floats]] = []  # of which no prices are asked

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
        """Add the cuts that columns miss by more than `short_by` at openings (q,), all where None; how many."""
        n_added = 0
        for s, each in enumerate(self.question.all_sums):
            n = int(self._first[s + 1] - self._first[s])
            price = each.critical(opening)
            constant = np.bincount(self._group[s], weights=each.weight * price, minlength=n)
            slope = np.zeros((n, len(each.options)))
            np.add.at(slope, self._group[s], each.saved(price))
            short = constant - slope @ opening[each.options]
            if columns is not None:
                short -= columns[self._first[s] : self._first[s + 1]]
            groups = np.flatnonzero(short > short_by) if columns is not None else np.arange(n)
            rows = np.zeros((len(groups), self.n_columns))
            rows[:, each.options] = -slope[groups]
            rows[np.arange(len(groups)), self._first[s] + groups] = -1.0
            self._cuts.append(_Cut(s, price, groups))
            self._cut_rows.append((csr_array(rows), (-constant[groups]).astype(np.float64)))
            n_added += len(groups)
        return n_added

    def solve(self, *, seconds: float) -> tuple[Floats, Prices] | None:
        """Solve it: columns and prices; None if there is no answer."""
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
        return np.asarray(found.x), self._prices(-np.asarray(found.ineqlin.marginals))

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

    def _prices(self, duals: Floats) -> Prices:
        """Take the prices that the duals of all rows stand for: of a cell's, the mean over its cuts."""
        q = self.question
        n_rows, n_limits = len(q.rows), len(q.limits)
        of_limits = duals[n_rows : n_rows + n_limits]
        of_cells = [np.zeros(len(each.weight)) for each in q.all_sums]
        k = n_rows + n_limits
        for cut in self._cuts:
            share = np.zeros(int(self._first[cut.of + 1] - self._first[cut.of]))
            share[cut.groups] = duals[k : k + len(cut.groups)]
            k += len(cut.groups)
            of_cells[cut.of] += share[self._group[cut.of]] * cut.price
        for s, limit in enumerate(q.limit_of_sum):
            if limit >= 0 and of_limits[limit] > 0:
                of_cells[s] /= of_limits[limit]
        return Prices(duals[:n_rows], of_limits, tuple(of_cells))


def _groups(each: Sum) -> NDArray[np.intp]:
    """Group of each cell (n,): the best option; groups that no cell has are left out."""
    if not len(each.options):
        return np.zeros(len(each.weight), dtype=np.intp)
    found: NDArray[np.intp] = np.unique(np.argmin(each.costs, axis=1), return_inverse=True)[1].ravel()
    return found


@dataclass(frozen=True, eq=False)
class Priced:
    """What prices say: the bound, as it was counted; and the openings (q,) near which a plan may lie."""

    bound: float
    prices: Prices
    opening: Floats

    @property
    def says_there_is_none(self) -> bool:
        """Whether the rules cannot all be kept, where nothing is minimised."""
        return self.bound > CERTAIN * self.prices.total


def price(pricing: Pricing, *, seconds: float) -> Priced | None:
    """Find prices with a good bound; None where the linear programme has no answer.

    Where nothing is minimised, how far the rules are missed is, until there is certainly no plan.
    """
    deadline = time.perf_counter() + seconds
    question = pricing.question
    best: Priced | None = None
    if not pricing.n_cuts:
        pricing.cut(np.ones(question.n_options))
    for _ in range(MOST_ROUNDS):
        solved = pricing.solve(seconds=deadline - time.perf_counter())
        if solved is None:
            return best
        columns, prices = solved
        opening = np.clip(columns[: question.n_options], 0.0, 1.0)
        counted = bound(question, prices)
        if best is None or counted > best.bound:
            best = Priced(counted, prices, opening)
        best = replace(best, opening=opening)
        if not question.is_minimised and best.says_there_is_none:
            return best
        if not pricing.cut(opening, columns) or time.perf_counter() >= deadline:
            return best
    return best
