"""`BestPlan`: the best plan of a draw; and what one draw says of plans that are given. What workers do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import InfeasibleError, TimeLimitError
from ..optimise.planning import objective_of
from ..optimise.problem import Draft
from ..optimise.rulebook import broken_rules
from ..optimise.rules import state_problem
from ..optimise.services import own_mode
from ..optimise.solver import solve
from ..plan import Status
from .near_best import Place
from .regret import Places, Yardstick, as_rows, in_order, tally_of
from .subject import WHOLLY_PROVEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ..optimise.options import Options
    from ..optimise.problem import SitingProblem
    from ..region import Region
    from ..scenario import ChoiceSection, Scenario
    from .draws import Ground
    from .unknowns import Draw


SETTLED_BY_SWAPS: Final = ("mean_minutes", "worst_share_minutes")


@dataclass(frozen=True, eq=False)
class Bench:
    """What is needed for any draw."""

    scenario: Scenario
    ground: Ground
    yardstick: Yardstick
    chosen: Places


@dataclass(frozen=True)
class BestPlan:
    """What would be chosen in a draw; nothing, where the time ran out before the first plan."""

    places: Places
    value: float
    """Best value of the first objective, counted from the tables."""
    is_proven: bool

    @property
    def is_found(self) -> bool:
        """Whether a plan was found in time."""
        return bool(self.places)


@dataclass(frozen=True, eq=False)
class Compared:
    """Plans that are counted in each draw."""

    bench: Bench
    places: Places
    plans: NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Count:
    """What a draw says of the plans compared, and of the need."""

    values: NDArray[np.float64]  # (k,) first objective of each plan
    visits_per_year: float
    persons_in_need: float
    within_standard: float  # of the plan chosen


OUT_OF_TIME: Final = BestPlan((), float("nan"), is_proven=False)


def best_plan(bench: Bench, draw: Draw) -> BestPlan | None:
    """Choose in a draw as the scenario would; None = no plan obeys the rules."""
    return best_plan_in(bench, bench.ground.region_of(draw))


def best_plan_in(bench: Bench, region: Region) -> BestPlan | None:
    """Choose in a region as the scenario would; None = no plan obeys the rules."""
    choice = bench.scenario.choice
    first = choice.objectives[0]
    try:
        places, is_proven = _chosen(bench, region, choice)
        best = places
        if first.tolerance and len(choice.objectives) > 1:  # later objectives gave up some of the first
            alone = choice.model_copy(update={"objectives": (first,)})
            best, is_best = _chosen(bench, region, alone)
            is_proven &= is_best
    except InfeasibleError:
        return None
    except TimeLimitError:
        return OUT_OF_TIME
    used, plans = as_rows([best])
    return BestPlan(places, float(tally_of(region, used, bench.yardstick).values(plans)[0]), is_proven)


def _chosen(bench: Bench, region: Region, choice: ChoiceSection) -> tuple[Places, bool]:
    """Choose by these objectives, and say whether it is proven.

    Where a mean alone counts and need is drawn, equal plans are such as swap premises at one place; these are
    settled here, for the solver would take longer for them than for the question itself.
    """
    scenario = bench.scenario
    problem, options = state_problem(region, choice, scenario.sites.hosts)
    is_swap = len(choice.objectives) == 1 and choice.objectives[0].measure in SETTLED_BY_SWAPS
    aims = [
        (objective_of(aim, choice, own_mode(region, aim.mode)), aim.tolerance) for aim in choice.objectives
    ]
    solution = solve(
        replace(problem, rank=None) if is_swap else problem,
        aims,
        time_limit_seconds=scenario.solver.time_limit_seconds,
        relative_gap=scenario.solver.relative_gap,
    )
    is_open = solution.draft.is_open
    if is_swap:
        is_open = _swapped(problem, is_open)
    is_proven = all(
        stage.status is Status.OPTIMAL
        and stage.value - stage.bound <= stage.objective.tolerance(stage.value, WHOLLY_PROVEN)
        for stage in solution.stages
    )
    position = {q: place for place, q in _positions(region, options).items()}
    return in_order((position[q] for q in np.flatnonzero(is_open).tolist()), region), is_proven


def _swapped(problem: SitingProblem, is_open: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Open the premises of least rank among those from which everybody has the same minutes."""
    if problem.rank is None:
        return is_open
    minutes = [
        np.full((problem.n_options, len(service.demand)), np.inf)
        for service in (*problem.services, *problem.other_modes)
    ]
    for of_options, service in zip(minutes, (*problem.services, *problem.other_modes), strict=True):
        of_options[service.options] = service.minutes.T
    by_rank = np.argsort(problem.rank, kind="stable")
    for q in np.flatnonzero(is_open):
        same = np.all([(each == each[q]).all(axis=1) for each in minutes], axis=0)
        for twin in by_rank[: int(np.flatnonzero(by_rank == q)[0])]:
            if not same[twin] or is_open[twin]:
                continue
            swapped = is_open.copy()
            swapped[[q, twin]] = False, True
            if not broken_rules(problem, Draft(swapped)):
                is_open = swapped
                break
    return is_open


def count_plans(compared: Compared, draw: Draw) -> Count:
    """Count the plans compared in a draw."""
    bench = compared.bench
    region = bench.ground.region_of(draw)
    within = Yardstick("within_standard", "", bench.yardstick.standard_minutes, 1.0, np.inf)
    used, chosen = as_rows([bench.chosen])
    return Count(
        values=tally_of(region, compared.places, bench.yardstick).values(compared.plans),
        visits_per_year=float(region.demand.visits_per_year.sum()),
        persons_in_need=float(region.demand.persons.sum()),
        within_standard=float(tally_of(region, used, within).values(chosen)[0]),
    )


def breaks_rules(compared: Compared, draw: Draw) -> NDArray[np.bool_]:
    """Say which of the plans compared break a rule in a draw, (k,)."""
    bench = compared.bench
    region = bench.ground.region_of(draw)
    plans = [tuple(compared.places[q] for q in row if q >= 0) for row in compared.plans]
    return breaks_rules_in(region, bench.scenario, plans)


def breaks_rules_in(region: Region, scenario: Scenario, plans: Sequence[Places]) -> NDArray[np.bool_]:
    """Say which plans break a rule in a region, (k,); without teams and capacity."""
    try:
        problem, options = state_problem(region, scenario.choice, scenario.sites.hosts)
    except InfeasibleError:  # one rule alone can be kept by no plan
        return np.ones(len(plans), dtype=bool)
    position = _positions(region, options)
    broken = np.ones(len(plans), dtype=bool)
    for k, plan in enumerate(plans):
        if position.keys() >= set(plan):
            is_open = np.zeros(problem.n_options, dtype=bool)
            is_open[[position[each] for each in plan]] = True
            broken[k] = bool(broken_rules(problem, Draft(is_open)))
    return broken


def _positions(region: Region, options: Options) -> dict[Place, int]:
    return {
        Place(region.sites.site_ids[j], offer.role, offer.days_per_week): q
        for q, (j, offer) in enumerate(zip(options.site, options.offers, strict=True))
    }
