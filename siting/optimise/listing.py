"""`Listing`: every plan whose objective is within a limit, and up to what value none is missing.

A best-first tree over the warm relaxation splits the plans by what is open or closed; a part of the tree is
left where its relaxation exceeds the limit, and handed to `completions` where few openings are left.
With teams, with capacity, by cost or the worst share the tree of `run` counts every plan instead.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import InputError
from .completions import MUCH_WORK, Candidates, Found, Limits, Room, complete
from .model import state_model
from .objectives import SHARES
from .problem import Draft
from .relaxation import Infeasible, Relaxation
from .rulebook import broken_rules
from .run import Run, Search
from .solver import say_nothing, unit_minutes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .objectives import Objective
    from .problem import SitingProblem

LISTED: Final = ("mean_minutes", "outside_standard", "worst_share_minutes", "cost")
SUMS: Final = ("mean_minutes", "outside_standard")
ROUNDING: Final = 1e-9  # of the limit: sums in another order differ by less
PRUNED_BEYOND: Final = 1e-7  # of the limit: what the solver's bound may err by
MOST_WORK: Final = 20_000  # gains of one option; beyond it another split of the tree costs less
MOST_LEFT: Final = 8  # openings to choose, for which it is worth trying
LEAST_SCALE: Final = 1e-2  # of limits near 0
FRACTIONAL: Final = 1e-6
SETS_AT_FIRST: Final = 4_096
ROWS_BEFORE_CLEARING: Final = 3_000


@dataclass(frozen=True, eq=False)
class Listing:
    """Openings within a limit, the best first."""

    is_open: NDArray[np.bool_]  # (k, q)
    values: NDArray[np.float64]  # (k,) of the objective
    complete_to: float  # no plan that is not listed is better than this
    is_complete: bool  # proven: all plans within the limit are listed


def list_plans(
    problem: SitingProblem,
    objective: Objective,
    limit: float,
    *,
    most_plans: int,
    time_limit_seconds: float,
    known: Draft | None = None,
    on_progress: Callable[[str], None] = say_nothing,
) -> Listing:
    """List every plan that obeys the rules and whose objective is at most the limit.

    `known` is a plan within the limit that is listed in any case, however short the time.

    Raises
    ------
    InputError
        If the objective is none that plans can be listed by.
    """
    require_listed(objective)
    deadline = time.perf_counter() + time_limit_seconds
    asked = _Asked(problem, objective, limit, most_plans, deadline, on_progress)
    if problem.teams is not None or problem.capacity is not None or objective.name not in SUMS:
        listing = _list_by_run(asked)
    else:
        listing = _Tree(asked).search()
    return listing if known is None else _with(listing, known.is_open, objective.value(problem, known))


def require_listed(objective: Objective) -> None:
    """Refuse an objective that plans cannot be listed by.

    Raises
    ------
    InputError
        If it is one.
    """
    if objective.name not in LISTED:
        message = (
            "analysis.near_best: plans can be listed by mean_minutes, within_standard, worst_share_minutes "
            f"or cost as the first of choice.objectives, not by {objective.name}"
        )
        raise InputError(message)


def _with(listing: Listing, is_open: NDArray[np.bool_], value: float) -> Listing:
    """Put a plan in its place, unless it is listed already."""
    if (listing.is_open == is_open).all(axis=1).any():
        return listing
    place = int(np.searchsorted(listing.values, value))
    return replace(
        listing,
        is_open=np.insert(listing.is_open, place, is_open, axis=0),
        values=np.insert(listing.values, place, value),
    )


@dataclass(frozen=True, eq=False)
class _Asked:
    problem: SitingProblem
    objective: Objective
    limit: float
    most_plans: int
    deadline: float
    on_progress: Callable[[str], None]


def _list_by_run(asked: _Asked) -> Listing:
    """Count every plan in the tree that plans are chosen by; it stops at nothing that is within the limit."""
    problem, found = asked.problem, {}

    def note(draft: Draft, value: float) -> None:
        if value <= asked.limit:
            found[draft.is_open.tobytes()] = (value, draft.is_open)

    search = Search((), asked.deadline, 0.0, asked.on_progress, unit_minutes(problem))
    bound = Run(problem, asked.objective, search, on_plan=note).list_within(
        asked.limit, is_full=lambda: len(found) > asked.most_plans
    )
    rows = sorted(found.values(), key=lambda each: each[0])
    kept, is_complete = rows[: asked.most_plans], bound > asked.limit
    if len(rows) > len(kept):
        bound, is_complete = min(bound, rows[len(kept)][0]), False
    is_open = np.array([row for _, row in kept], dtype=bool).reshape(len(kept), problem.n_options)
    return Listing(is_open, np.array([value for value, _ in kept]), min(bound, asked.limit), is_complete)


@dataclass(order=True)
class _Node:
    """Part of the plans: what is open and closed in all of them; none is better than `bound`."""

    bound: float
    number: int
    fixed: dict[int, bool] = field(compare=False)  # option -> open


class _Tree:
    """Best first; every plan within the limit ends in `self._found`."""

    def __init__(self, asked: _Asked) -> None:
        self._asked = asked
        problem = asked.problem
        self._unit = unit_minutes(problem) if asked.objective.name not in SHARES else 1.0
        self._costs = _Costs(problem, asked.objective)
        self._rules = _Rules(problem)
        model = state_model(problem, asked.objective, unit=self._unit)
        self._relaxation = Relaxation(
            model, asked.objective, unit=self._unit, intake=None, deadline=asked.deadline
        )
        self._limit = asked.limit + PRUNED_BEYOND * max(asked.limit, LEAST_SCALE)
        self._found: list[NDArray[np.bool_]] = []
        self._n_found = 0
        self._applied: dict[int, bool] = {}

    def search(self) -> Listing:
        """Search until all are found, or time or room runs out."""
        numbers = count()
        heap = [_Node(0.0, next(numbers), self._rules.forced)]
        complete_to, is_complete = self._asked.limit, True
        while heap:
            node = heapq.heappop(heap)
            is_late = time.perf_counter() > self._asked.deadline
            is_cut = is_late or self._n_found > self._asked.most_plans
            children = None if is_cut else self._split(node)
            if children is None:  # no more, or the solver was stopped
                complete_to, is_complete = min(complete_to, node.bound), False
                break
            for bound, fixed in children:
                heapq.heappush(heap, _Node(bound, next(numbers), fixed))
            self._asked.on_progress(f"{self._n_found} plans within the limit so far")
        return self._listing(complete_to, is_complete=is_complete)

    def _split(self, node: _Node) -> list[tuple[float, dict[int, bool]]] | None:
        """List the node's plans, or split it in parts; () if nothing in it is within the limit."""
        if self._complete(node.fixed):
            return []
        self._apply(node.fixed)
        relaxation = self._relaxation
        try:
            ended = relaxation.tighten(cutoff=self._limit / self._unit)
        except Infeasible:
            return []
        if ended is not None:
            return None
        bound = max(node.bound, relaxation.objective_value * self._unit)
        if bound > self._limit:
            return []
        fixed, chain = self._branching(node.fixed, bound)
        if relaxation.n_rows > ROWS_BEFORE_CLEARING:
            relaxation.forget_slack_rows()
        if not chain:  # all is fixed: one plan
            self._note(self._is_open(fixed)[None, :])
            return []
        # Of the options that the relaxation opens, the first that is closed; or all of them are open.
        parts = []
        for position, option in enumerate(chain):
            before = dict.fromkeys(chain[:position], True)
            parts.append((bound, {**fixed, **before, option: False}))
        parts.append((bound, {**fixed, **dict.fromkeys(chain, True)}))
        return parts

    def _branching(self, fixed: dict[int, bool], bound: float) -> tuple[dict[int, bool], list[int]]:
        """Fix what reduced costs fix, and order the options to split by, the one that costs most first."""
        relaxation = self._relaxation
        openings, reduced = relaxation.openings, relaxation.reduced_costs * self._unit
        free = np.array([q not in fixed for q in range(len(openings))])
        room = self._limit - bound
        closed = free & (openings <= FRACTIONAL) & (reduced > room)
        opened = free & (openings >= 1 - FRACTIONAL) & (-reduced > room)
        fixed = {
            **fixed,
            **dict.fromkeys(np.flatnonzero(closed).tolist(), False),
            **dict.fromkeys(np.flatnonzero(opened).tolist(), True),
        }
        free &= ~closed & ~opened
        fractional = np.flatnonzero(free & (np.abs(openings - 0.5) < 0.5 - FRACTIONAL))
        if fractional.size:
            return fixed, [int(fractional[np.argmax(openings[fractional])])]
        whole = np.flatnonzero(free & (openings > 0.5))
        if whole.size:
            return fixed, whole[np.argsort(reduced[whole], kind="stable")].tolist()
        return fixed, np.flatnonzero(free)[:1].tolist()

    def _complete(self, fixed: dict[int, bool]) -> bool:
        """List all plans of a node at once, if that takes little work."""
        is_open = self._is_open(fixed)
        left = self._rules.room(is_open)
        if left is None:
            return True  # more is open than may be
        if left.most.sum() > MOST_LEFT:
            return False
        closed = [q for q, is_opened in fixed.items() if not is_opened]
        may_open = self._rules.may_open(is_open, closed, left)
        sets = self._costs.completions(is_open, may_open, self._rules, left, self._limit)
        if sets is None:
            return False
        plans = np.repeat(is_open[None, :], len(sets), axis=0)
        row, place = np.nonzero(sets >= 0)
        plans[row, may_open[sets[row, place]]] = True
        self._note(plans)
        return True

    def _note(self, plans: NDArray[np.bool_]) -> None:
        kept = plans[self._rules.kept(plans)]
        self._found.append(kept)
        self._n_found += len(kept)

    def _is_open(self, fixed: dict[int, bool]) -> NDArray[np.bool_]:
        is_open = np.zeros(self._asked.problem.n_options, dtype=bool)
        is_open[[q for q, is_opened in fixed.items() if is_opened]] = True
        return is_open

    def _apply(self, fixed: dict[int, bool]) -> None:
        highs, y = self._relaxation.highs, self._relaxation.y
        for option in self._applied:
            if option not in fixed:
                highs.changeColBounds(int(y[option]), 0.0, 1.0)
        for option, is_opened in fixed.items():
            if self._applied.get(option) is not is_opened:
                highs.changeColBounds(int(y[option]), float(is_opened), float(is_opened))
        self._applied = dict(fixed)

    def _listing(self, complete_to: float, *, is_complete: bool) -> Listing:
        empty = np.zeros((0, self._asked.problem.n_options), dtype=bool)
        is_open = np.concatenate([empty, *self._found])
        values = self._costs.values(is_open)
        within = values <= self._asked.limit + ROUNDING * abs(self._asked.limit)
        is_open, values = is_open[within], values[within]
        # Of equals the one whose first options stand first.
        order = np.lexsort((*(~is_open).T[::-1], values))
        kept = order[: self._asked.most_plans]
        if len(order) > len(kept):
            complete_to, is_complete = min(complete_to, float(values[order[len(kept)]])), False
        return Listing(is_open[kept], values[kept], complete_to, is_complete)


class _Costs:
    """The objective as a sum of least weighted costs, rows by option."""

    def __init__(self, problem: SitingProblem, objective: Objective) -> None:
        services = problem.services_by(objective.mode)
        costs, weights, most = [], [], []
        for service in services:
            of_service = np.full((problem.n_options, len(service.demand)), np.inf)
            of_service[service.options] = service.minutes.T
            reached = np.isfinite(of_service).any(axis=0) | np.isfinite(service.fallback_minutes)
            # Without digital contact plans that leave somebody unserved are refused; they may cost anything.
            last = np.where(np.isfinite(of_service), of_service, 0.0).max(axis=0)
            is_digital = np.isfinite(service.fallback_minutes)
            fallback = np.full(len(last), service.fallback_minutes) if is_digital else last
            if objective.name in SHARES:
                of_service = (of_service > objective.standard_minutes).astype(np.float64)
                fallback = np.full(
                    len(fallback), float(service.fallback_minutes > objective.standard_minutes)
                )
                reached[:] = True
            costs.append(np.minimum(of_service, fallback)[:, reached])
            weights.append(service.demand[reached])
            most.append(fallback[reached])
        demand = np.concatenate(weights)
        is_share = objective.name in SHARES
        total = problem.total_demand(objective.mode) if is_share else float(demand.sum())
        self._constant = problem.lost_by(objective.mode) / total if is_share else 0.0
        counted = demand > 0
        weight = demand[counted] / total
        self._costs = np.ascontiguousarray(np.concatenate(costs, axis=1)[:, counted] * weight)
        self._most = np.concatenate(most)[counted] * weight

    def completions(
        self,
        is_open: NDArray[np.bool_],
        may_open: NDArray[np.intp],
        rules: _Rules,
        left: Room,
        limit: float,
    ) -> NDArray[np.int16] | None:
        """Sets of positions in `may_open` that keep within the limit; None if that takes much work."""
        base = self._costs[is_open].min(axis=0, initial=np.inf)
        base = np.minimum(base, self._most)
        felt = self._costs[may_open].min(axis=0, initial=np.inf) < base
        rest = float(base[~felt].sum()) + self._constant
        candidates = Candidates(
            np.ascontiguousarray(self._costs[np.ix_(may_open, felt)]),
            rules.group[may_open],
            rules.site[may_open],
        )
        depth, size = int(left.most.sum()), SETS_AT_FIRST
        while True:
            found = Found(np.empty((size, depth), np.int16), np.empty(size))
            n = complete(base[felt], candidates, left, Limits(limit - rest, MOST_WORK), found)
            if n >= 0:
                return found.sets[:n]
            if n == MUCH_WORK:
                return None
            size *= 4

    def values(self, is_open: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Objective of each row of openings (k, q), summed anew."""
        values = np.empty(len(is_open))
        for k, opened in enumerate(is_open):
            least = np.minimum(self._costs[opened].min(axis=0, initial=np.inf), self._most)
            values[k] = least.sum() + self._constant
        return values


class _Rules:
    """The numbers of each role as room that is left, and all other rules as a check."""

    def __init__(self, problem: SitingProblem) -> None:
        self._problem = problem
        self.site = problem.option_site
        numbers = _disjoint_counts(problem)
        self.group = np.full(problem.n_options, len(numbers), dtype=np.intp)
        for g, rule in enumerate(numbers):
            self.group[rule[0]] = g
        others = int((self.group == len(numbers)).sum())
        self._least = np.array([rule[1] for rule in numbers] + [0], dtype=np.intp)
        self._most = np.array([rule[2] for rule in numbers] + [others], dtype=np.intp)
        self.forced = {
            int(q): bool(rule.least)
            for rule in problem.counts
            for q in rule.options
            if rule.most == 0 or rule.least == len(rule.options)
        }

    def room(self, is_open: NDArray[np.bool_]) -> Room | None:
        """How many of each group are still to be opened; None if too many are open."""
        n_open = np.bincount(self.group[is_open], minlength=len(self._most))
        if (n_open > self._most).any() or np.bincount(self.site[is_open]).max(initial=0) > 1:
            return None
        n_free = np.bincount(self.group[~is_open], minlength=len(self._most))
        return Room(np.maximum(self._least - n_open, 0), np.minimum(self._most - n_open, n_free))

    def may_open(self, is_open: NDArray[np.bool_], closed: list[int], left: Room) -> NDArray[np.intp]:
        """Options that may be opened beside those that are."""
        may = ~is_open & ~np.isin(self.site, self.site[is_open]) & (left.most[self.group] > 0)
        may[closed] = False
        found: NDArray[np.intp] = np.flatnonzero(may)
        return found

    def kept(self, plans: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which of the plans (k, q) obey all rules."""
        kept = np.ones(len(plans), dtype=bool)
        problem, as_number = self._problem, plans.astype(np.float32)
        for rule in problem.counts:
            n_open = plans[:, rule.options].sum(axis=1)
            kept &= (n_open >= rule.least) & (n_open <= rule.most)
        for cover in problem.covers:
            kept &= (as_number @ cover.sets.T.astype(np.float32) > 0).all(axis=1)
        for support in problem.supports:
            supported = as_number @ support.supporters.T.astype(np.float32) > 0
            kept &= ~(plans[:, support.options] & ~supported).any(axis=1)
        rest = replace(problem, counts=(), covers=(), supports=())
        if rest.mean_limits or rest.share_limits or rest.resources or rest.least_visits is not None:
            for k in np.flatnonzero(kept):
                kept[k] = not broken_rules(rest, Draft(plans[k]))
        return kept


def _disjoint_counts(problem: SitingProblem) -> list[tuple[NDArray[np.intp], int, int]]:
    """Take count rules that speak of different options, the largest first: most often those of the roles."""
    taken = np.zeros(problem.n_options, dtype=bool)
    found = []
    for rule in sorted(problem.counts, key=lambda each: -len(each.options)):
        if not taken[rule.options].any():
            taken[rule.options] = True
            found.append((rule.options, rule.least, min(rule.most, len(rule.options))))
    return found
