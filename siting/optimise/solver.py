"""Solves a stated choice exactly, adding cuts as they are found, and says what is proven.

First the linear relaxation, with cuts and priced tours. Then, without teams, whole-number solutions
by HiGHS until one is worth what the model says; with teams a tree of our own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import highspy
import numpy as np

from ..errors import ArrayError, InfeasibleError, SolveError, TimeLimitError
from ..plan import Status
from .intake import intake_model, with_intake
from .model import Kept, keep, state_model, within_reach
from .objectives import Objective
from .problem import Draft, SitingProblem
from .relaxation import Infeasible, Relaxation
from .rota import RotaMaker
from .rulebook import broken_rules
from .tree import Branching, Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .cuts import Row

logger = logging.getLogger(__name__)

OnProgress = Callable[[str], None]

# An answer counts as proven when no plan can be better by more than this: relative for minutes, in
# points for shares. The bound is reported as it is; only what is less than NOISE from the value is rounding.
PROVEN: Final = 1e-7
NOISE: Final = 1e-9
# Beyond this many times the typical nearest time, a time can no longer be told from a rounding error.
LARGEST_TIME_RATIO: Final = 1e6
FEASIBILITY_SECONDS: Final = 10.0
STAGE_SHARE: Final = 0.6  # of the time left, for an objective that others follow
HEURISTIC_SHARE: Final = 0.2  # of the time left, for a first plan from the tours priced so far


@dataclass(frozen=True)
class Stage:
    """What is proven about one objective, which is minimised."""

    objective: Objective
    value: float
    bound: float
    status: Status


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
    on_progress: OnProgress = say_nothing,
) -> Solution:
    """Minimise each objective among the plans that are as good as the tolerance allows in those before it.

    `objectives` are pairs of objective and tolerance (relative; for shares in points).

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
    kept: tuple[Kept, ...] = ()
    as_good = kept
    stages: list[Stage] = []
    draft: Draft | None = None
    for k, (objective, tolerance) in enumerate(objectives):
        if draft is not None and time.perf_counter() >= deadline:
            # What was found before still stands; about this objective nothing is proven.
            stages.append(Stage(objective, objective.value(problem, draft), 0.0, Status.TIME_LIMIT))
            continue
        now = time.perf_counter()
        left = deadline - now if k == len(objectives) - 1 else STAGE_SHARE * (deadline - now)
        search = _Search(kept, now + left, relative_gap, on_progress, unit)
        draft, stage = _minimise(problem, objective, search, draft)
        stages.append(stage)
        limits = [stage.value + objective.tolerance(stage.value, max(PROVEN, t)) for t in (0.0, tolerance)]
        kept_before, kept = kept, (*kept, Kept(objective, limits[1]))
        as_good = (*kept_before, Kept(objective, limits[0]))  # no tolerance of the last is given up to ties
    if draft is None:
        message = "there is no objective to optimise"
        raise SolveError(message)
    if problem.rank is not None and all(each.status is Status.OPTIMAL for each in stages):
        draft = _settle_ties(problem, draft, _Search(as_good, deadline, 0.0, say_nothing, unit))
    stages = [_rounded(each, problem, draft) for each in stages]
    return Solution(draft, tuple(stages), time.perf_counter() - started)


def is_feasible(problem: SitingProblem) -> bool:
    """Whether a plan that obeys the rules is found in a moment; nothing is optimised."""
    deadline = time.perf_counter() + FEASIBILITY_SECONDS
    search = _Search((), deadline, 0.0, say_nothing, unit_minutes(problem))
    try:
        _Run(problem, None, search).minimise(None)
    except (InfeasibleError, TimeLimitError):
        return False
    return True


@dataclass(frozen=True)
class _Search:
    """What all stages share: earlier objectives' limits, the deadline, and so on."""

    kept: tuple[Kept, ...]
    deadline: float
    relative_gap: float
    on_progress: OnProgress
    unit: float


def _settle_ties(problem: SitingProblem, draft: Draft, search: _Search) -> Draft:
    """Among plans as good, take the one with the least sum of ranks, if that is found in the time left."""
    if problem.teams is not None or time.perf_counter() >= search.deadline:
        return draft
    try:
        settled, _ = _Run(problem, Objective("rank"), search).minimise(draft)
    except (InfeasibleError, TimeLimitError):
        return draft
    return settled


def _minimise(
    problem: SitingProblem, objective: Objective, search: _Search, start: Draft | None
) -> tuple[Draft, Stage]:
    if objective.name == "largest_minutes":
        return _least_largest(problem, objective, search, start)
    return _Run(problem, objective, search).minimise(start)


def _least_largest(
    problem: SitingProblem, objective: Objective, search: _Search, start: Draft | None
) -> tuple[Draft, Stage]:
    """Bisection over the values that the largest minutes can take; each step asks for any plan."""
    best = start or _Run(problem, None, search).minimise(None)[0]
    value = objective.value(problem, best)
    candidates = [
        np.append(np.minimum(each.minutes, each.fallback_minutes).ravel(), each.fallback_minutes)
        for each in problem.services
    ]
    values = np.unique(np.concatenate(candidates))
    values = values[np.isfinite(values) & (values <= value)]
    low, high = 0, max(len(values) - 1, 0)  # values[:low] are proven too short; values[high] is reached
    status = Status.OPTIMAL
    while low < high:
        middle = (low + high) // 2
        search.on_progress(f"largest minutes between {values[low]:.1f} and {values[high]:.1f}")
        shorter = replace(problem, covers=(*problem.covers, within_reach(problem, float(values[middle]))))
        try:
            best = _Run(shorter, None, search).minimise(None)[0]
        except InfeasibleError:
            low = middle + 1
        except TimeLimitError:
            status = Status.TIME_LIMIT
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
    nearest = np.concatenate(
        [
            np.where((each.minutes > 0) & np.isfinite(each.minutes), each.minutes, np.inf).min(
                axis=1, initial=each.fallback_minutes
            )
            for each in problem.services
        ]
    )
    demand = np.concatenate([service.demand for service in problem.services])
    felt = np.isfinite(nearest) & (demand > 0) & (nearest > 0)
    if not felt.any():
        return 1.0
    unit = float(2.0 ** np.round(np.log2(np.average(nearest[felt], weights=demand[felt]))))
    largest = max(
        float(each.minutes.max(where=np.isfinite(each.minutes), initial=0.0)) for each in problem.services
    )
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


class _Run:
    """One objective's solve: the warm relaxation, the best draft and the best bound so far."""

    def __init__(self, problem: SitingProblem, objective: Objective | None, search: _Search) -> None:
        self._search = search
        self._objective = objective
        self._problem = problem
        self._scale = _scale(problem, objective, search.unit)
        self._intake = (
            intake_model(problem, objective, search.kept, search.unit)
            if problem.capacity is not None
            else None
        )
        model = state_model(problem, objective, search.kept, unit=search.unit)
        self._intake_theta = model.variables.intake
        self._teams = model.variables.teams
        self._relaxation = Relaxation(
            model,
            objective,
            unit=search.unit,
            intake=self._intake,
            deadline=search.deadline,
            relative_gap=search.relative_gap,
        )
        # Rotas obey the limits that were kept before, too.
        self._rotas = RotaMaker(keep(problem, search.kept)) if problem.teams is not None else None
        self._best_value = np.inf
        self._best: Draft | None = None
        self._bound = 0.0  # all objectives are sums of parts >= 0
        self._is_exhausted = False

    def minimise(self, start: Draft | None) -> tuple[Draft, Stage]:
        """Find the best draft and prove it; `start` is one that is known already."""
        if start is not None and not broken_rules(self._problem, start):
            self._take(start)
        try:
            status = self._relaxation.tighten()
            if status is None:
                self._bound = max(self._bound, self._relaxation.objective_value)
                status = self._prove()
        except Infeasible:
            if self._best is None:
                message = "choice: no plan obeys all the rules at once"
                raise InfeasibleError(message) from None
            status = None
            self._bound = self._best_value / self._scale  # nothing is left that could be better
        if self._best is None:
            if status is None:
                message = "choice: no plan obeys all the rules at once"
                raise InfeasibleError(message)
            message = "the time limit was reached before any plan was found; allow more seconds"
            raise TimeLimitError(message)
        bound = min(self._bound * self._scale, self._best_value)
        if self._is_proven():
            status = Status.OPTIMAL
        objective = self._objective or Objective("rank")
        return self._best, Stage(objective, self._best_value, bound, status or Status.UNPROVEN)

    def _prove(self) -> Status | None:
        if self._rotas is not None:
            return self._search_tree()
        self._relaxation.whole(is_whole=True)
        while not self._is_proven():
            ended, n_cuts = self._whole_round()
            if ended is not None:
                return ended
            if n_cuts == 0 and not self._is_proven():
                return Status.UNPROVEN  # no cut tells value and bound apart: the precision ends here
        return None

    def _whole_round(self, *, seconds: float | None = None) -> tuple[Status | None, int]:
        """Solve with whole openings, count the plan, and cut it where the model valued it too low."""
        highs = self._relaxation.highs
        ended = self._relaxation.run(seconds=seconds)
        info = highs.getInfo()
        is_solution = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        if self._rotas is None and (ended is None or np.isfinite(info.mip_dual_bound)):
            self._bound = max(self._bound, float(info.mip_dual_bound))
        if not is_solution:
            return ended, 0
        n_rows = highs.getNumRow()
        self._consider(self._relaxation.openings > 0.5)
        self._say()
        return ended, highs.getNumRow() - n_rows

    def _search_tree(self) -> Status | None:
        if self._teams is None:
            return None
        remaining = self._search.deadline - time.perf_counter()
        found = self._relaxation.whole_in_two_weeks(remaining * HEURISTIC_SHARE)
        if found is not None:
            self._consider(found)
            self._say()
        tree = Tree(
            self._relaxation,
            self._branching(),
            on_whole=self._consider,
            cutoff=self._cutoff,
            on_progress=self._progress_of_tree,
        )
        bound, ended = tree.search(self._bound)
        logger.debug("tree: %d nodes, bound %.9g", tree.n_nodes, bound)
        self._bound = max(self._bound, min(bound, self._best_value / self._scale))
        self._is_exhausted = ended is None
        return ended

    def _branching(self) -> Branching:
        v = self._relaxation
        teams = self._teams
        if teams is None:
            return Branching(())

        def columns(indices: list[int]) -> NDArray[np.int32]:
            return np.array(indices, dtype=np.int32)

        rules = self._problem.teams
        mains = v.y[rules.base[rules.base >= 0]] if rules is not None else v.y[:0]
        return Branching(
            (
                columns([teams.all_teams.index]),
                columns([each.index for each in teams.has_team.values()]),
                columns([each.index for each in teams.number.values()]),
                mains,
                columns([teams.all_days.index]),
                columns([each.index for each in teams.days.values()]),
                columns(list(v.site_columns)),
                v.y,
            )
        )

    def _progress_of_tree(self, bound: float) -> None:
        self._bound = max(self._bound, min(bound, self._best_value / self._scale))
        self._say()

    def _say(self) -> None:
        self._search.on_progress(f"best {self._best_value:.4f}, bound {self._bound * self._scale:.4f}")

    def _cutoff(self) -> float:
        """No part of the tree whose bound reaches this can hold a plan that is noticeably better."""
        if self._best is None:
            return np.inf
        if self._objective is None:
            return -np.inf
        return (self._best_value - self._allowed()) / self._scale

    def _allowed(self) -> float:
        if self._objective is None:
            return np.inf
        return self._objective.tolerance(self._best_value, max(PROVEN, self._search.relative_gap))

    def _is_proven(self) -> bool:
        if self._best is None:
            return False
        return self._is_exhausted or self._best_value - self._bound * self._scale <= self._allowed()

    def _consider(self, is_open: NDArray[np.bool_]) -> None:
        """Count whole openings, keep them if they are the best yet, and tell the model what it got wrong."""
        self._relaxation.separate(is_open.astype(np.float64))
        draft = Draft(is_open)
        if self._rotas is not None:
            try:
                fleet = self._rotas.cheapest(is_open, seconds=self._search.deadline - time.perf_counter())
            except SolveError as error:
                logger.debug("%s", error)
                return
            if fleet is None:
                self._relaxation.forbid(is_open)
                return
            draft = replace(draft, fleet=fleet)
        if self._intake is not None:
            answer = self._intake.answer(is_open)
            theta = -1 if self._intake_theta is None else self._intake_theta.index
            self._add_if_missed(self._intake.row(answer, is_open, theta=theta), is_open)
            if answer.missing > 0:
                return
            draft = with_intake(draft, answer)
        broken = broken_rules(keep(self._problem, self._search.kept), draft)
        if broken:
            logger.debug("a whole solution is refused: %s", "; ".join(broken))
            if self._rotas is not None and self._is_beyond_means(draft):
                self._relaxation.forbid(is_open)
            return
        self._take(draft)
        if self._objective is not None and self._objective.name == "cost" and draft.fleet is not None:
            self._add_rota_cost(draft)

    def _is_beyond_means(self, draft: Draft) -> bool:
        problem = keep(self._problem, self._search.kept)
        return any(problem.used(each, draft) > each.limit for each in problem.resources)

    def _add_rota_cost(self, draft: Draft) -> None:
        money = self._problem.money
        if money is None:
            return
        of_tours = self._problem.used(money, draft) - float(money.of_option[draft.is_open].sum())
        self._relaxation.add_rota_cost_row(draft.is_open, of_tours)

    def _add_if_missed(self, row: Row, is_open: NDArray[np.bool_]) -> None:
        if row.shortfall(is_open.astype(np.float64), self._relaxation.values) > NOISE:
            self._relaxation.add_row(row)

    def _take(self, draft: Draft) -> None:
        """Keep a draft if it is the best yet, and as good as asked in the objectives before."""
        for kept in self._search.kept:
            worth = kept.objective.value(self._problem, draft)
            if worth > kept.limit + kept.objective.tolerance(worth, NOISE * 10):
                return
        value = self._objective.value(self._problem, draft) if self._objective else 0.0
        if value < self._best_value:
            self._best_value, self._best = value, draft


def _scale(problem: SitingProblem, objective: Objective | None, unit: float) -> float:
    """What one of the solver's units is worth in the objective's own."""
    if objective is not None and objective.name in ("mean_minutes", "worst_share_minutes"):
        return unit
    if objective is not None and objective.name == "cost" and problem.money is not None:
        return problem.money.unit
    return 1.0
