r"""Where a joint intake sends visits when places have limited room, and the cuts that this gives.

For whole openings it is a transport problem: visits :math:`x_{iq} \ge 0` of each cell go to open options
or to the fallback, within capacities and within limits on means and shares. Its prices :math:`v_q` (of
room) and :math:`\mu_k` (of limits) give, with costs :math:`r_{iq} = c_{iq} + \mu a_{iq} + v_q`,
:math:`u_i` the least of these among what is open, for every y'

.. math:: F(y') \ge \sum_i d_i \Bigl(u_i - \sum_q (u_i - r_{iq})^+ y'_q\Bigr)
    - \sum_q \mathrm{cap}_q v_q y'_q - \sum_k \mu_k b_k .

An option that is closed may have any price; the one that makes the cut deepest lets it save what its
room's worth of visits save most (a knapsack). Where the limits cannot be kept, the least violation is
priced in the same way, with costs 0: that cut says 0 >= what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, vstack

from ..errors import SolveError
from .cuts import FELT, FULL, Row
from .problem import EVERYWHERE, Draft, Sent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .model import Kept
    from .objectives import Objective
    from .problem import SitingProblem

KEPT_WITHIN: Final = 1e-9  # violation of the limits that is rounding
NO_VISITS: Final = 1e-9
SENT_MEASURES: Final = ("mean_minutes", "outside_standard")
"""Measures that depend on where visits are sent."""
GROUP_MINUTES: Final = 8.0
GROUP_PARTS: Final = 6


@dataclass(frozen=True, eq=False)
class IntakeLimit:
    """Sum over the visits of an area of cost x visits <= bound; see `IntakeModel` for costs."""

    measure: str  # "mean_minutes" or "outside_standard"
    standard_minutes: float
    felt: NDArray[np.bool_]  # (n,) rows of the pairs that count
    bound: float  # in cost x visits


@dataclass(frozen=True, eq=False)
class Pairs:
    """All visits that could be sent: rows of all services one below the other, options side by side."""

    demand: NDArray[np.float64]  # (n,)
    service: NDArray[np.intp]  # (n,)
    row: NDArray[np.intp]  # (n,) row of its service
    area: NDArray[np.intp]  # (n,)
    minutes: NDArray[np.float64]  # (n, q), inf where the option does not serve or digital is as good
    fallback: NDArray[np.float64]  # (n,)


@dataclass(frozen=True, eq=False)
class Groups:
    """Cells taken together, for prices that need not be exact: demand, mean costs."""

    demand: NDArray[np.float64]  # (g,)
    costs: NDArray[np.float64]  # (g, q)
    fallback: NDArray[np.float64]  # (g,)


@dataclass(frozen=True, eq=False)
class IntakeAnswer:
    """Where visits are sent, and the prices that prove it best; `missing` > 0: limits cannot be kept."""

    sent: Sent
    value: float
    missing: float
    room_price: NDArray[np.float64]  # (q,)
    limit_price: NDArray[np.float64]  # (k,)


@dataclass(frozen=True, eq=False)
class IntakeModel:
    """The transport problem of one objective, for any openings."""

    pairs: Pairs
    capacity: NDArray[np.float64]  # (q,)
    costs: NDArray[np.float64]  # (n, q) of a visit; zeros where another measure is the objective
    fallback_costs: NDArray[np.float64]  # (n,)
    limits: tuple[IntakeLimit, ...]
    groups: Groups

    def answer(self, is_open: NDArray[np.bool_]) -> IntakeAnswer:
        """Send the visits best, or, where limits cannot be kept, with the least violation."""
        missing = 0.0
        if self.limits:
            least = _transport(self, is_open, count_violation=True)
            missing = least.value
            if missing > KEPT_WITHIN * max(1.0, self.pairs.demand.sum()):
                return replace(least, missing=missing)
        return _transport(self, is_open, count_violation=False)

    def row(self, answer: IntakeAnswer, is_open: NDArray[np.bool_], *, theta: int) -> Row:
        """Make the cut that an answer's prices give; without theta where limits are not kept."""
        opening = is_open.astype(np.float64)
        return self.row_at(
            opening,
            answer.room_price,
            answer.limit_price,
            theta=-1 if answer.missing > 0 else theta,
        )

    def row_at(
        self,
        opening: NDArray[np.float64],
        room_price: NDArray[np.float64],
        limit_price: NDArray[np.float64],
        *,
        theta: int,
    ) -> Row:
        """Make the cut of any prices >= 0 at openings (q,), whole or not; any such cut holds."""
        costs, fallback = self._priced(limit_price, count_costs=theta >= 0)
        best = self._limits(costs + np.where(opening > FELT, room_price, 0.0), fallback, opening)
        saved = np.maximum(best[:, None] - costs, 0.0)  # before any price of room
        price = np.zeros(len(opening))
        for q in np.flatnonzero(self.pairs.demand @ (saved > 0) > self.capacity):
            price[q] = _knapsack_price(saved[:, q], self.pairs.demand, self.capacity[q])
        np.maximum(saved - price, 0.0, out=saved)
        bounds = np.array([limit.bound for limit in self.limits])
        lower = float(self.pairs.demand @ best - limit_price @ bounds)
        slopes = self.pairs.demand @ saved + self.capacity * price
        options = np.flatnonzero(slopes)
        return Row(lower, options, slopes[options], ((theta, 1.0),) if theta >= 0 else ())

    def coarse_prices(self, opening: NDArray[np.float64]) -> NDArray[np.float64]:
        """Prices of room (q,) at openings that need not be whole, from groups of cells instead of cells.

        A linear programme over the groups; any prices give a cut that holds, and these are near the best.
        """
        felt = np.flatnonzero(opening > FELT)
        n_groups, n_felt = len(self.groups.demand), len(felt)
        costs = self.groups.costs[:, felt]
        group, at = np.nonzero(costs < self.groups.fallback[:, None])
        price = np.zeros(len(opening))
        if not len(group):
            return price
        columns = np.arange(len(group))
        done = linprog(
            costs[group, at] - self.groups.fallback[group],  # what a visit saves; the rest is digital
            A_ub=csr_array(
                coo_array(
                    (
                        np.ones(2 * len(group)),
                        (np.concatenate([group, n_groups + at]), np.concatenate([columns, columns])),
                    ),
                    shape=(n_groups + n_felt, len(group)),
                )
            ),
            b_ub=np.concatenate([self.groups.demand, self.capacity[felt] * opening[felt]]),
            bounds=np.column_stack([np.zeros(len(group)), self.groups.demand[group] * opening[felt][at]]),
            method="highs",
        )
        if done.status == 0:
            price[felt] = np.maximum(-done.ineqlin.marginals[n_groups:], 0.0)
        return price

    @staticmethod
    def _limits(
        costs: NDArray[np.float64], fallback: NDArray[np.float64], opening: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Cost (n,) at which openings, cumulated from a cell's best on, reach 1."""
        felt = np.flatnonzero(opening > FELT)
        if not felt.size:
            return fallback
        order = np.argsort(costs[:, felt], axis=1, kind="stable")
        ordered = np.take_along_axis(costs[:, felt], order, axis=1)
        is_full = np.cumsum(opening[felt][order], axis=1) >= FULL
        reached = ordered[np.arange(len(costs)), np.argmax(is_full, axis=1)]
        return np.where(is_full[:, -1], np.minimum(reached, fallback), fallback)

    def _priced(
        self, limit_price: NDArray[np.float64], *, count_costs: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        finite = np.isfinite(self.pairs.minutes)
        costs = self.costs if count_costs else np.zeros_like(self.costs)
        fallback = self.fallback_costs if count_costs else np.zeros_like(self.fallback_costs)
        for limit, price in zip(self.limits, limit_price, strict=True):
            if price:
                of_pair, of_fallback = _measured(self.pairs, limit.measure, limit.standard_minutes)
                costs = costs + price * np.where(limit.felt[:, None], of_pair, 0.0)
                fallback = fallback + price * np.where(limit.felt, of_fallback, 0.0)
        return np.where(finite, costs, np.inf), fallback


def all_pairs(problem: SitingProblem) -> Pairs:
    """Lay out what could be sent where; a pair that is no better than digital contact is never used."""
    rows = [np.flatnonzero(service.demand > 0) for service in problem.services]
    minutes, areas = [], []
    for service, mine in zip(problem.services, rows, strict=True):
        block = np.full((len(mine), problem.n_options), np.inf)
        block[:, service.options] = service.minutes[mine]
        minutes.append(np.where(block < service.fallback_minutes, block, np.inf))
        areas.append(np.zeros(len(mine), dtype=np.intp) if service.area is None else service.area[mine])
    return Pairs(
        demand=np.concatenate([s.demand[mine] for s, mine in zip(problem.services, rows, strict=True)]),
        service=np.concatenate([np.full(len(mine), s) for s, mine in enumerate(rows)]),
        row=np.concatenate(rows),
        area=np.concatenate(areas),
        minutes=np.concatenate(minutes),
        fallback=np.concatenate(
            [
                np.full(len(mine), service.fallback_minutes)
                for service, mine in zip(problem.services, rows, strict=True)
            ]
        ),
    )


def intake_model(
    problem: SitingProblem, objective: Objective | None, kept: Sequence[Kept], unit: float
) -> IntakeModel:
    """State the transport problem of an objective, with the problem's limits and those kept from before.

    The value of the objective is counted in units of `unit` minutes, and in shares of the total demand.
    """
    if problem.capacity is None:
        message = "an intake is asked for where capacity is not kept"
        raise SolveError(message)
    pairs = all_pairs(problem)
    total = problem.total_demand()
    everybody = np.ones(len(pairs.demand), dtype=bool)
    limits = []
    for limit in problem.mean_limits:
        felt = everybody if limit.area == EVERYWHERE else pairs.area == limit.area
        if limit.service:
            felt = felt & np.array([each.name == limit.service for each in problem.services])[pairs.service]
        bound = limit.minutes * float(pairs.demand[felt].sum())
        limits.append(IntakeLimit("mean_minutes", 0.0, felt, bound))
    for share in problem.share_limits:
        felt = everybody if share.area == EVERYWHERE else pairs.area == share.area
        outside = (1 - share.share) * (total if share.area == EVERYWHERE else float(pairs.demand[felt].sum()))
        limits.append(IntakeLimit("outside_standard", share.standard_minutes, felt, outside))
    for each in kept:
        earlier = each.objective
        if earlier.name in SENT_MEASURES:
            limits.append(IntakeLimit(earlier.name, earlier.standard_minutes, everybody, each.limit * total))
    # Where the objective does not depend on where visits go, they still go where the mean is least.
    is_share = objective is not None and objective.name == "outside_standard"
    measure, standard = "mean_minutes", 0.0
    if objective is not None and is_share:
        measure, standard = objective.name, objective.standard_minutes
    scale = total * (1.0 if is_share else unit)
    costs, fallback = (each / scale for each in _measured(pairs, measure, standard))
    groups = _groups(pairs, problem.option_site, costs, fallback)
    return IntakeModel(pairs, problem.capacity, costs, fallback, tuple(limits), groups)


def _groups(
    pairs: Pairs, option_site: NDArray[np.intp], costs: NDArray[np.float64], fallback: NDArray[np.float64]
) -> Groups:
    """Group rows of a service that have the same nearest site, in parts by how far it is."""
    nearest = np.argmin(pairs.minutes, axis=1)
    minutes = np.minimum(pairs.minutes[np.arange(len(nearest)), nearest], pairs.fallback)
    part = np.minimum(minutes / GROUP_MINUTES, GROUP_PARTS - 1).astype(np.intp)
    keys = np.column_stack([pairs.service, option_site[nearest], part])
    order = np.lexsort(keys.T[::-1])
    starts = np.flatnonzero(np.append(True, (np.diff(keys[order], axis=0) != 0).any(axis=1)))
    demand = np.add.reduceat(pairs.demand[order], starts)
    known = np.where(np.isfinite(pairs.minutes), costs, fallback[:, None]) * pairs.demand[:, None]
    return Groups(
        demand=demand,
        costs=np.add.reduceat(known[order], starts, axis=0) / demand[:, None],
        fallback=np.add.reduceat((fallback * pairs.demand)[order], starts) / demand,
    )


def _measured(
    pairs: Pairs, measure: str, standard_minutes: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cost of a visit by pair and by fallback: its minutes, or whether it is outside the standard."""
    if measure == "mean_minutes":
        return np.where(np.isfinite(pairs.minutes), pairs.minutes, 0.0), pairs.fallback
    return (pairs.minutes > standard_minutes).astype(np.float64), (pairs.fallback > standard_minutes).astype(
        np.float64
    )


def _knapsack_price(saved: NDArray[np.float64], demand: NDArray[np.float64], capacity: float) -> float:
    """Price at which exactly the room's worth of visits still saves something."""
    order = np.argsort(-saved, kind="stable")
    full = np.searchsorted(np.cumsum(demand[order]), capacity)
    return float(saved[order][min(int(full), len(order) - 1)])


def _transport(model: IntakeModel, is_open: NDArray[np.bool_], *, count_violation: bool) -> IntakeAnswer:
    pairs = model.pairs
    opened = np.flatnonzero(is_open)
    n = len(pairs.demand)
    cell, at = np.nonzero(np.isfinite(pairs.minutes[:, opened]))
    option = opened[at]
    # Columns: pairs, then the fallback of each row, then the violation of each limit.
    k = len(model.limits)
    n_columns = len(cell) + n + (k if count_violation else 0)
    if count_violation:
        objective = np.zeros(n_columns)
        objective[len(cell) + n :] = 1.0
    else:
        objective = np.concatenate([model.costs[cell, option], model.fallback_costs])
    everyone = coo_array(
        (
            np.ones(len(cell) + n),
            (np.concatenate([cell, np.arange(n)]), np.arange(len(cell) + n)),
        ),
        shape=(n, n_columns),
    )
    room = coo_array((np.ones(len(cell)), (at, np.arange(len(cell)))), shape=(len(opened), n_columns))
    limits = _limit_rows(model, cell, option, n_columns, count_violation=count_violation)
    inequalities = csr_array(vstack([room, csr_array(limits)])) if k else csr_array(room)
    most = np.concatenate([model.capacity[opened], [each.bound for each in model.limits]])
    # Visits in units of a row's mean, costs for a visit: the solver's absolute tolerances are then relative.
    unit = float(pairs.demand.mean())
    times = 1.0 if count_violation else float(pairs.demand.sum())
    done = linprog(
        objective * times,
        A_ub=inequalities if len(most) else None,
        b_ub=most / unit if len(most) else None,
        A_eq=csr_array(everyone),
        b_eq=pairs.demand / unit,
        bounds=(0, None),
        method="highs",
    )
    if done.status != 0:
        message = f"the intake's transport problem was not solved ({done.message})"
        raise SolveError(message)
    prices = np.maximum(-done.ineqlin.marginals, 0.0) / times if len(most) else np.empty(0)
    room_price = np.zeros(len(is_open))
    room_price[opened] = prices[: len(opened)]
    visits = done.x[: len(cell) + n] * unit
    used = np.flatnonzero(visits > NO_VISITS * max(1.0, float(pairs.demand.max())))
    rows = np.concatenate([cell, np.arange(n)])[used]
    sent = Sent(
        service=pairs.service[rows],
        row=pairs.row[rows],
        option=np.concatenate([option, np.full(n, -1)])[used],
        visits=visits[used],
    )
    return IntakeAnswer(sent, float(done.fun) * unit / times, 0.0, room_price, prices[len(opened) :])


def _limit_rows(
    model: IntakeModel,
    cell: NDArray[np.intp],
    option: NDArray[np.intp],
    n_columns: int,
    *,
    count_violation: bool,
) -> NDArray[np.float64]:
    rows = np.zeros((len(model.limits), n_columns))
    n = len(model.pairs.demand)
    for k, limit in enumerate(model.limits):
        of_pair, of_fallback = _measured(model.pairs, limit.measure, limit.standard_minutes)
        rows[k, : len(cell)] = np.where(limit.felt[cell], of_pair[cell, option], 0.0)
        rows[k, len(cell) : len(cell) + n] = np.where(limit.felt, of_fallback, 0.0)
        if count_violation:
            rows[k, len(cell) + n + k] = -1.0
    return rows


def with_intake(draft: Draft, answer: IntakeAnswer) -> Draft:
    """Give the draft with where its visits are sent."""
    return replace(draft, sent=answer.sent)
