"""Solves a stated choice exactly, one objective after the other, and says what is proven about each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import ArrayError, InfeasibleError, SolveError, TimeLimitError
from ..plan import Status
from .model import Kept, within_reach
from .objectives import Objective
from .run import NOISE, PROVEN, Run, Search, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .problem import Draft, SitingProblem

OnProgress = Callable[[str], None]

# Beyond this many times the typical nearest time, a time can no longer be told from a rounding error.
LARGEST_TIME_RATIO: Final = 1e6
FEASIBILITY_SECONDS: Final = 10.0
STAGE_SHARE: Final = 0.6  # of the time left, for an objective that others follow


@dataclass(frozen=True, eq=False)
class Solution:
    """The answer, and what is proven about each objective in turn."""

    draft: Draft
    stages: tuple[Stage, ...]
    seconds: float


def say_nothing(_: str) -> None:
    """Take progress and do nothing with it."""


def solve(
    problem: SitingProblem,
    objectives: Sequence[tuple[Objective, float]],
    *,
    time_limit_seconds: float,
    relative_gap: float = 0.0,
    kept: tuple[Kept, ...] = (),
    start: Draft | None = None,
    on_progress: OnProgress = say_nothing,
) -> Solution:
    """Minimise each objective among the plans that are as good as the tolerance allows in those before it.

    `objectives` are pairs of objective and tolerance (relative; for shares in points). `kept` are limits of
    measures that hold from the outset; `start` is a draft that is known to obey all of this.

    Raises
    ------
    InfeasibleError
        If no plan obeys the rules.
    TimeLimitError
        If the time ran out before the first plan was found.
    """
    started = time.perf_counter()
    deadline = started + time_limit_seconds
    unit = unit_minutes(problem)
    as_good = kept
    stages: list[Stage] = []
    draft = start
    for k, (objective, tolerance) in enumerate(objectives):
        if draft is not None and time.perf_counter() >= deadline:
            # What was found before still stands; about this objective nothing is proven.
            stages.append(Stage(objective, objective.value(problem, draft), 0.0, Status.TIME_LIMIT))
            continue
        now = time.perf_counter()
        left = deadline - now if k == len(objectives) - 1 else STAGE_SHARE * (deadline - now)
        search = Search(kept, now + left, relative_gap, on_progress, unit)
        draft, stage = _minimise(problem, objective, search, draft)
        stages.append(stage)
        limits = [stage.value + objective.tolerance(stage.value, max(PROVEN, t)) for t in (0.0, tolerance)]
        kept_before, kept = kept, (*kept, Kept(objective, limits[1]))
        as_good = (*kept_before, Kept(objective, limits[0]))  # no tolerance of the last is given up to ties
    if draft is None:
        message = "there is no objective to optimise"
        raise SolveError(message)
    if problem.rank is not None and all(each.status is Status.OPTIMAL for each in stages):
        draft = _settle_ties(problem, draft, Search(as_good, deadline, 0.0, say_nothing, unit))
    stages = [_rounded(each, problem, draft) for each in stages]
    return Solution(draft, tuple(stages), time.perf_counter() - started)


def is_feasible(problem: SitingProblem) -> bool:
    """Whether a plan that obeys the rules is found in a moment; nothing is optimised."""
    deadline = time.perf_counter() + FEASIBILITY_SECONDS
    search = Search((), deadline, 0.0, say_nothing, unit_minutes(problem))
    try:
        Run(problem, None, search).minimise(None)
    except SolveError:
        return False
    return True


def _settle_ties(problem: SitingProblem, draft: Draft, search: Search) -> Draft:
    """Among plans as good, take the one with the least sum of ranks, if that is found in the time left.

    With teams or capacity that would take longer than the question itself; there it is left.
    """
    if problem.teams is not None or problem.capacity is not None or time.perf_counter() >= search.deadline:
        return draft
    try:
        settled, _ = Run(problem, Objective("rank"), search).minimise(draft)
    except SolveError:
        return draft
    return settled


def _minimise(
    problem: SitingProblem, objective: Objective, search: Search, start: Draft | None
) -> tuple[Draft, Stage]:
    if objective.name == "largest_minutes":
        return _least_largest(problem, objective, search, start)
    return Run(problem, objective, search).minimise(start)


def _least_largest(
    problem: SitingProblem, objective: Objective, search: Search, start: Draft | None
) -> tuple[Draft, Stage]:
    """Bisection over the values that the largest minutes can take; each step asks for any plan."""
    best = start or Run(problem, None, search).minimise(None)[0]
    value = objective.value(problem, best)
    candidates = [
        np.append(np.minimum(each.minutes, each.fallback_minutes).ravel(), each.fallback_minutes)
        for each in problem.services_by(objective.mode)
    ]
    values = np.unique(np.concatenate(candidates))
    values = values[np.isfinite(values) & (values <= value)]
    low, high = 0, max(len(values) - 1, 0)  # values[:low] are proven too short; values[high] is reached
    status = Status.OPTIMAL
    while low < high:
        middle = (low + high) // 2
        search.on_progress(f"largest minutes between {values[low]:.1f} and {values[high]:.1f}")
        rule = within_reach(problem, float(values[middle]), objective.mode)
        shorter = replace(problem, covers=(*problem.covers, rule))
        try:
            best = Run(shorter, None, search).minimise(None)[0]
        except InfeasibleError:
            low = middle + 1
        except TimeLimitError:
            status = Status.TIME_LIMIT
            break
        except SolveError:
            status = Status.UNPROVEN
            break
        else:
            high = int(np.searchsorted(values, objective.value(problem, best)))
    value = objective.value(problem, best)
    bound = float(values[low]) if len(values) else value
    return best, Stage(objective, value, min(bound, value), status)


def unit_minutes(problem: SitingProblem) -> float:
    """Typical time to the nearest site, as a power of two: then scaling by it rounds nothing.

    In this unit the objective is of the order of 1, so that the solver's absolute tolerances are relative.

    Raises
    ------
    ArrayError
        If some time is too large to be told from a rounding error beside the typical one.
    """
    services = problem.services + problem.other_modes
    nearest = np.concatenate(
        [
            np.where((each.minutes > 0) & np.isfinite(each.minutes), each.minutes, np.inf).min(
                axis=1, initial=each.fallback_minutes
            )
            for each in services
        ]
    )
    demand = np.concatenate([service.demand for service in services])
    felt = np.isfinite(nearest) & (demand > 0) & (nearest > 0)
    if not felt.any():
        return 1.0
    unit = float(2.0 ** np.round(np.log2(np.average(nearest[felt], weights=demand[felt]))))
    largest = max(float(each.minutes.max(where=np.isfinite(each.minutes), initial=0.0)) for each in services)
    if largest > LARGEST_TIME_RATIO * unit:
        message = (
            f"the largest time ({largest:g}) is over a million times the typical time to the nearest site "
            f"({unit:g}), which cannot be solved exactly; give inf where there is no way"
        )
        raise ArrayError(message)
    return unit


def _rounded(stage: Stage, problem: SitingProblem, draft: Draft) -> Stage:
    """State the value as the final draft has it; a difference of rounding is none."""
    value = stage.objective.value(problem, draft)
    bound = min(stage.bound, value)
    is_rounding = value - bound <= stage.objective.tolerance(value, NOISE)
    return replace(stage, value=value, bound=value if is_rounding else bound)
