"""The plan whose largest regret over the draws is smallest, and the proof that none has a smaller one.

For any weights mu >= 0 of the draws that sum to 1, a plan's largest regret is no less than the sum of its
regrets by these weights. That sum is an objective like any other, in a problem in which the need of each draw
is there mu times over: so its least value is a bound, and all plans that may beat the best one known are
among those that can be listed within a limit of it. The weights that bound most come from the game between
plans and draws, whose plans are found one by one (von Neumann's theorem; cuts by Kelley). Plans near the best
of the scenario itself are the case in which all weight lies on what the scenario says; they are tried first.

References
----------
Kouvelis, P. & Yu, G. (1997). *Robust Discrete Optimization and Its Applications*. Kluwer.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linprog

from ..errors import SolveError
from ..optimise.listing import list_plans
from ..optimise.planning import objective_of
from ..optimise.rules import state_problem
from ..optimise.services import services_by_own_mode
from ..optimise.solver import solve
from .best_plans import breaks_rules_in
from .near_best import Place, padded
from .regret import Places, as_rows, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from ..optimise.problem import Service, SitingProblem
    from .cases import Cases
    from .near_best import NearBest

SUMS: Final = ("mean_minutes", "within_standard")
"""Measures whose weighted sums over the draws are such a measure again."""
MOST_ROUNDS: Final = 40
HARD_PLANS: Final = 12
HARD_CASES: Final = 6
LEAST_WEIGHT: Final = 1e-9
PRECISION: Final = 1e-7
"""Largest regrets that differ by less (minutes, SEK or share) are the same."""


@dataclass(frozen=True, eq=False)
class LeastRegret:
    """The plan with the smallest largest regret that was found."""

    plan: Places
    largest: float
    bound: float
    """No plan has a smaller largest regret than this."""

    @property
    def is_proven(self) -> bool:
        """Whether no plan has a smaller one."""
        return self.largest <= self.bound + PRECISION


def least_regret(
    cases: Cases,
    known: Sequence[Places],
    regrets: NDArray[np.float64],
    *,
    near: NearBest | None,
    on_progress: Callable[[str], None],
) -> LeastRegret:
    """Find the plan, among those that obey the rules as the scenario says, and prove it if that can be.

    `known` are plans to begin with, and `regrets` (n, k) theirs.
    """
    scenario, region = cases.bench.scenario, cases.bench.ground.region
    obeys = ~breaks_rules_in(region, scenario, known)
    known = [plan for plan, kept in zip(known, obeys, strict=True) if kept]
    regrets = regrets[:, obeys]
    best = int(np.argmin(regrets.max(axis=0)))
    found = LeastRegret(known[best], float(regrets[:, best].max()), 0.0)
    worst_first = np.argsort(-regrets[:, best], kind="stable").tolist()
    if near is not None:
        on_progress(f"the largest regret of {len(near.plans)} plans near the best")
        complete_to = float(cases.bench.yardstick.regret(np.array([near.complete_to]), cases.best[:1])[0])
        rows = Rows(near.places, near.plans)
        found = _among(cases, rows, found, worst_first=worst_first, complete_to=complete_to)
    choice = scenario.choice
    if found.is_proven or cases.bench.yardstick.mode or choice.objectives[0].measure not in SUMS:
        return found
    deadline = time.perf_counter() + scenario.analysis.near_best.time_limit_seconds
    return _Game(cases, worst_first, deadline, on_progress).play(known, regrets, found)


@dataclass(frozen=True, eq=False)
class Rows:
    """Plans as rows of places; -1 where a plan has fewer."""

    places: Places
    plans: NDArray[np.int16]


def _among(
    cases: Cases, rows: Rows, found: LeastRegret, *, worst_first: Sequence[int], complete_to: float = 0.0
) -> LeastRegret:
    """Look among listed plans; every plan whose largest regret is less than `complete_to` is listed.

    The cases that are likely to be worst come first; what is no better in one of them is dropped. Of those
    that are left, the best that obeys the rules as the scenario says is taken.
    """
    places, plans = rows.places, rows.plans
    largest = np.zeros(len(plans))
    alive = np.arange(len(plans))
    for case in worst_first:
        if not alive.size:
            break
        largest[alive] = np.maximum(largest[alive], cases.regrets_in(case, places, plans[alive]))
        alive = alive[largest[alive] < found.largest - PRECISION]
    region = cases.bench.ground.region
    better = [in_order((places[q] for q in plans[row] if q >= 0), region) for row in alive]
    of_obeying = np.where(breaks_rules_in(region, cases.bench.scenario, better), np.inf, largest[alive])
    if np.isfinite(of_obeying).any():
        k = int(np.argmin(of_obeying))
        found = replace(found, plan=better[k], largest=float(of_obeying[k]))
    return replace(found, bound=max(found.bound, min(found.largest, complete_to)))


class _Game:
    """Weights of the draws against plans."""

    def __init__(
        self,
        cases: Cases,
        worst_first: Sequence[int],
        deadline: float,
        on_progress: Callable[[str], None],
    ) -> None:
        self._cases = cases
        self._worst_first = worst_first
        self._deadline = deadline
        self._on_progress = on_progress
        scenario, region = cases.bench.scenario, cases.bench.ground.region
        self._objective = objective_of(scenario.choice.objectives[0], scenario.choice, "")
        problem, self._options = state_problem(region, scenario.choice, scenario.sites.hosts)
        # Rules that hang on the need are left out: what is found is checked, and a bound stays one.
        self._problem = replace(
            problem, mean_limits=(), share_limits=(), least_visits=None, other_modes=(), rank=None
        )

    def play(self, known: Sequence[Places], regrets: NDArray[np.float64], found: LeastRegret) -> LeastRegret:
        """Find weights that bound most, then list all plans that may still be better."""
        hard = _hard_cases(regrets)
        plans, regrets = list(known), regrets[hard]
        best_weights, best_bound = np.eye(len(self._cases.draws))[0], 0.0
        for _ in range(MOST_ROUNDS):
            weights, worth = _weights(regrets, hard, len(self._cases.draws))
            stage = self._answer(weights)
            if stage is None:
                break
            bound, plan = stage
            if bound > best_bound:
                best_weights, best_bound = weights, bound
            found = replace(found, bound=min(found.largest, max(found.bound, bound)))
            self._on_progress(f"largest regret {found.largest:.2g}, bound {found.bound:.2g}")
            if found.is_proven or bound >= worth - PRECISION or plan in plans:
                break
            plans.append(plan)
            regrets = np.column_stack([regrets, self._cases.regrets([plan], hard)])
            if regrets[:, -1].max() < found.largest:
                found = _among(self._cases, Rows(*as_rows([plan])), found, worst_first=self._worst_first)
        return found if found.is_proven else self._list(best_weights, found)

    def _answer(self, weights: NDArray[np.float64]) -> tuple[float, Places] | None:
        """Least sum of regrets by these weights, as it is proven, and the plan that has it."""
        seconds = self._deadline - time.perf_counter()
        if seconds <= 0:
            return None
        problem, of_best = self._stacked(weights)
        try:
            solution = solve(problem, [(self._objective, 0.0)], time_limit_seconds=seconds)
        except SolveError:
            return None
        plan = tuple(self._place(int(q)) for q in np.flatnonzero(solution.draft.is_open))
        return solution.stages[0].bound - of_best, in_order(plan, self._cases.bench.ground.region)

    def _list(self, weights: NDArray[np.float64], found: LeastRegret) -> LeastRegret:
        seconds = self._deadline - time.perf_counter()
        if seconds <= 0:
            return found
        problem, of_best = self._stacked(weights)
        listing = list_plans(
            problem,
            self._objective,
            of_best + found.largest,
            most_plans=self._cases.bench.scenario.analysis.near_best.most_plans,
            time_limit_seconds=seconds,
        )
        self._on_progress(f"the largest regret of {len(listing.is_open)} plans that may be better")
        places = tuple(self._place(q) for q in range(self._problem.n_options))
        return _among(
            self._cases,
            Rows(places, padded(listing.is_open)),
            found,
            worst_first=self._worst_first,
            complete_to=listing.complete_to - of_best,
        )

    def _stacked(self, weights: NDArray[np.float64]) -> tuple[SitingProblem, float]:
        """State the need of the draws, by their weights, as one problem; and the weighted sum of the best.

        Where more is better (the share within), both are of its complement.
        """
        services: list[Service] = []
        lost = of_best = 0.0
        is_share = self._objective.name == "outside_standard"
        for case in np.flatnonzero(weights > LEAST_WEIGHT):
            region = self._cases.bench.ground.region_of(self._cases.draws[case])
            own, lost_by_area = services_by_own_mode(region, self._options)
            reached = [_reached(each) for each in own]
            total = sum(float(each.demand.sum()) for each in (own if is_share else reached))
            total += sum(lost_by_area.values()) if is_share else 0.0
            weight = float(weights[case]) / total
            kept = own if is_share else reached
            services += [replace(each, demand=each.demand * weight) for each in kept]
            lost += weight * sum(lost_by_area.values()) if is_share else 0.0
            best = float(self._cases.best[case])
            of_best += float(weights[case]) * (1 - best if is_share else best)
        return replace(
            self._problem, services=tuple(services), lost_demand={0: lost} if lost else {}
        ), of_best

    def _place(self, option: int) -> Place:
        offer = self._options.offers[option]
        sites = self._cases.bench.ground.region.sites
        return Place(sites.site_ids[self._options.site[option]], offer.role, offer.days_per_week)


def _reached(service: Service) -> Service:
    """Leave out the cells that nothing can reach: no mean speaks of them."""
    kept = np.isfinite(service.minutes).any(axis=1) | np.isfinite(service.fallback_minutes)
    if kept.all():
        return service
    return replace(
        service,
        demand=service.demand[kept],
        minutes=service.minutes[kept],
        area=None if service.area is None else service.area[kept],
        cell=None if service.cell is None else service.cell[kept],
    )


def _hard_cases(regrets: NDArray[np.float64]) -> list[int]:
    """Cases in which the plans with the smallest largest regrets are worst: these alone are weighed."""
    best = np.argsort(regrets.max(axis=0), kind="stable")[:HARD_PLANS]
    worst = np.argsort(-regrets[:, best], axis=0, kind="stable")[:HARD_CASES]
    return [int(case) for case in np.unique(np.append(worst, 0))]


def _weights(
    regrets: NDArray[np.float64], cases: Sequence[int], n_cases: int
) -> tuple[NDArray[np.float64], float]:
    """Weigh some cases so that the least weighted regret of known plans is largest; and give that regret."""
    n, k = regrets.shape
    answer = linprog(
        np.append(np.zeros(n), -1.0),
        A_ub=np.column_stack([-regrets.T, np.ones(k)]),
        b_ub=np.zeros(k),
        A_eq=np.append(np.ones(n), 0.0)[None, :],
        b_eq=[1.0],
        bounds=[(0, None)] * n + [(None, None)],
        method="highs",
    )
    of_asked = np.where(answer.x[:-1] > LEAST_WEIGHT, answer.x[:-1], 0.0)
    of_asked /= of_asked.sum()
    weights = np.zeros(n_cases)
    weights[list(cases)] = of_asked
    return weights, float((of_asked @ regrets).min())
