"""Solves a stated model with HiGHS, adding cuts as they are found, and says what is proven.

The only module that names a solver. PuLP states the model; HiGHS keeps it warm while cuts come in:
first on the linear relaxation, then on whole-number solutions until one is worth what the model says.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import highspy
import numpy as np
import pulp
from highspy import HighsModelStatus, HighsVarType

from ..errors import ArrayError, InfeasibleError, SolveError, TimeLimitError
from ..plan import Status
from .model import Kept, Model, state_model
from .objectives import Objective

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .problem import SitingProblem

logger = logging.getLogger(__name__)

OnProgress = Callable[[str], None]

# An answer counts as proven when no plan can be better by more than this: relative for minutes, in
# points for shares. The bound is reported as it is; only what is less than NOISE from the value is rounding.
PROVEN: Final = 1e-7
NOISE: Final = 1e-9
VIOLATED: Final = 1e-9  # a cut is added if theta lies below it by more than this (in the solver's unit)
STALLED: Final = 1e-7  # the relaxation is left when a round lifts its bound by less than this (relative)
# Beyond this many times the typical nearest time, a time can no longer be told from a rounding error.
LARGEST_TIME_RATIO: Final = 1e6
FEASIBILITY_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Stage:
    """What is proven about one objective, which is minimised."""

    objective: Objective
    value: float
    bound: float
    status: Status


@dataclass(frozen=True, eq=False)
class Solution:
    """Open sites (m, r), and what is proven about each objective in turn."""

    is_open: NDArray[np.bool_]
    stages: tuple[Stage, ...]
    seconds: float


def say_nothing(_: str) -> None:
    """Take progress and do nothing with it."""


def solve(
    problem: SitingProblem,
    objectives: Sequence[Objective],
    *,
    time_limit_seconds: float,
    relative_gap: float = 0.0,
    on_progress: OnProgress = say_nothing,
) -> Solution:
    """Minimise each objective among the plans that are best for those before it.

    Raises
    ------
    InfeasibleError
        If no plan obeys the rules.
    TimeLimitError
        If the time ran out before the first plan was found.
    """
    started = time.perf_counter()
    deadline = started + time_limit_seconds
    unit = _unit_minutes(problem)
    scaled = _in_units(problem, unit)
    kept: tuple[Kept, ...] = ()
    stages: list[Stage] = []
    is_open: NDArray[np.bool_] | None = None
    for objective in objectives:
        asked = replace(objective, standard_minutes=objective.standard_minutes / unit)
        if is_open is not None and time.perf_counter() >= deadline:
            # What was found before still stands; about this objective nothing is proven.
            stages.append(Stage(objective, asked.value(scaled, is_open), 0.0, Status.TIME_LIMIT))
            continue
        run = _Run(
            scaled,
            asked,
            kept,
            deadline=deadline,
            relative_gap=relative_gap,
            on_progress=on_progress,
            unit=unit,
        )
        is_open, stage = run.minimise(is_open)
        stages.append(replace(stage, objective=objective))
        kept = (*kept, Kept(asked, stage.value + asked.tolerance(stage.value, PROVEN)))
    if is_open is None:
        message = "there is no objective to optimise"
        raise SolveError(message)
    return Solution(
        is_open,
        tuple(_in_minutes(each, problem, is_open, unit) for each in stages),
        time.perf_counter() - started,
    )


def is_feasible(problem: SitingProblem) -> bool:
    """Whether a plan that obeys the rules is found in a moment; nothing is optimised."""
    model = state_model(problem, Objective("mean_minutes"))
    highs = _load(model, relative_gap=0.0)
    highs.setOptionValue("time_limit", FEASIBILITY_SECONDS)
    highs.run()
    return bool(highs.getModelStatus() == HighsModelStatus.kOptimal)


def _unit_minutes(problem: SitingProblem) -> float:
    """Typical time to the nearest site, as a power of two: then scaling by it rounds nothing.

    In this unit the objective is of the order of 1, so that the solver's absolute tolerances are relative.

    Raises
    ------
    ArrayError
        If some time is too large to be told from a rounding error beside the typical one.
    """
    demand = np.concatenate([service.demand for service in problem.services])
    minutes = np.concatenate([service.minutes for service in problem.services])
    nearest = np.where((minutes > 0) & np.isfinite(minutes), minutes, np.inf).min(axis=1)
    felt = np.isfinite(nearest) & (demand > 0)
    if not felt.any():
        return 1.0
    unit = float(2.0 ** np.round(np.log2(np.average(nearest[felt], weights=demand[felt]))))
    largest = float(minutes[np.isfinite(minutes)].max())
    if largest > LARGEST_TIME_RATIO * unit:
        message = (
            f"the largest time ({largest:g}) is over a million times the typical time to the nearest site "
            f"({unit:g}), which cannot be solved exactly; give inf where there is no way"
        )
        raise ArrayError(message)
    return unit


def _in_units(problem: SitingProblem, unit: float) -> SitingProblem:
    return replace(
        problem, services=tuple(replace(each, minutes=each.minutes / unit) for each in problem.services)
    )


def _in_minutes(stage: Stage, problem: SitingProblem, is_open: NDArray[np.bool_], unit: float) -> Stage:
    """State value and bound in the caller's unit; the value as the final plan has it."""
    value = stage.objective.value(problem, is_open)
    bound = stage.bound * unit if stage.objective.name == "mean_minutes" else stage.bound
    bound = min(bound, value)
    is_rounding = value - bound <= stage.objective.tolerance(value, NOISE)
    return replace(stage, value=value, bound=value if is_rounding else bound)


class _Run:
    """One objective's solve: the warm HiGHS model, the best plan and the best bound so far."""

    def __init__(
        self,
        problem: SitingProblem,
        objective: Objective,
        kept: tuple[Kept, ...],
        *,
        deadline: float,
        relative_gap: float,
        on_progress: OnProgress,
        unit: float,
    ) -> None:
        self._problem = problem
        self._objective = objective
        self._kept = kept
        self._model = state_model(problem, objective, kept)
        self._deadline = deadline
        self._relative_gap = relative_gap
        self._on_progress = on_progress
        self._unit = unit if objective.name == "mean_minutes" else 1.0  # for messages only
        self._highs = _load(self._model, relative_gap)
        self._whole = True
        self._best_value = np.inf
        self._best_open: NDArray[np.bool_] | None = None
        self._bound = 0.0  # both objectives are sums of parts >= 0

    def minimise(self, start: NDArray[np.bool_] | None) -> tuple[NDArray[np.bool_], Stage]:
        if start is not None:
            self._offer(start)
        status = self._tighten_relaxation()
        while status is None and not self._is_proven():
            status = self._solve_whole_numbers()
        if self._best_open is None:
            message = "the time limit was reached before any plan was found; allow more seconds"
            raise TimeLimitError(message)
        bound = min(self._bound, self._best_value)
        if self._is_proven():
            status = Status.OPTIMAL
        return self._best_open, Stage(self._objective, self._best_value, bound, status or Status.UNPROVEN)

    def _tighten_relaxation(self) -> Status | None:
        """Cut off the fractional openings until the bound no longer rises; a status if that is the end."""
        self._set_integrality(HighsVarType.kContinuous)
        last = -np.inf
        while True:
            ended = self._run_highs()
            if ended is not None:
                return ended
            value = float(self._highs.getObjectiveValue())
            self._bound = max(self._bound, value)
            n_cuts = self._add_cuts()
            logger.debug("relaxation %.9g, %d cuts", value, n_cuts)
            if n_cuts == 0 or value - last <= STALLED * abs(value):
                break
            last = value
        self._set_integrality(HighsVarType.kInteger)
        # Otherwise HiGHS takes the fractional solution for a start and spends a whole time limit on it.
        self._highs.clearSolver()
        return None

    def _solve_whole_numbers(self) -> Status | None:
        """Solve with whole openings, count the plan, and cut it where the model valued it too low."""
        ended = self._run_highs()
        info = self._highs.getInfo()
        if ended is None or info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
            self._offer(self._openings() > 0.5)
        if ended is None or np.isfinite(info.mip_dual_bound):
            self._bound = max(self._bound, float(info.mip_dual_bound))
        best, bound = self._best_value * self._unit, self._bound * self._unit
        self._on_progress(f"best {best:.4f}, bound {bound:.4f}")
        logger.debug("whole numbers: best %.9g, bound %.9g", best, bound)
        if ended is None and self._add_cuts(rounded=True) == 0 and not self._is_proven():
            return Status.UNPROVEN  # no cut tells value and bound apart: the solver's precision ends here
        return ended

    def _is_proven(self) -> bool:
        allowed = self._objective.tolerance(self._best_value, max(PROVEN, self._relative_gap))
        return self._best_open is not None and self._best_value - self._bound <= allowed

    def _offer(self, is_open: NDArray[np.bool_]) -> None:
        """Keep a plan if it is the best yet, obeys the rules, and is as good as asked before."""
        broken = self._problem.broken_rules(is_open)
        if broken:
            logger.warning("a plan of the solver is refused: %s", "; ".join(broken))
            return
        for kept in self._kept:
            worth = kept.objective.value(self._problem, is_open)
            if worth > kept.limit + kept.objective.tolerance(worth, NOISE * 10):
                return
        value = self._objective.value(self._problem, is_open)
        if value < self._best_value:
            self._best_value, self._best_open = value, is_open

    def _openings(self) -> NDArray[np.float64]:
        """The solution's openings, shape (m, r)."""
        values = self._highs.getSolution().col_value
        opening = np.zeros(self._problem.allowed.shape)
        for (j, r), variable in self._model.variables.opening.items():
            opening[j, r] = values[variable.index]
        return opening

    def _add_cuts(self, *, rounded: bool = False) -> int:
        """Add the cuts that the solution violates; return how many."""
        opening = self._openings()
        if rounded:
            opening = np.round(opening)
        values = np.asarray(self._highs.getSolution().col_value)
        v = self._model.variables
        n_added = 0
        for s, maker in enumerate(self._model.cut_makers):
            roles = self._problem.services[s].roles
            opened = opening[:, list(roles)].sum(axis=1)
            cuts = maker.cuts_at(opened)
            theta = np.array([v.theta[s, g].index for g in range(maker.n_groups)], dtype=np.int32)
            short = cuts.constant - cuts.slope @ opened - values[theta] if maker.n_groups else np.empty(0)
            for g in np.flatnonzero(short > VIOLATED):
                sites = np.flatnonzero(cuts.slope[g])
                pairs = [
                    (v.opening[j, r].index, cuts.slope[g, j])
                    for j in sites.tolist()
                    for r in roles
                    if (j, r) in v.opening
                ]
                columns = np.array([theta[g], *(column for column, _ in pairs)], dtype=np.int32)
                slopes = np.array([1.0, *(slope for _, slope in pairs)])
                added = self._highs.addRow(cuts.constant[g], highspy.kHighsInf, len(columns), columns, slopes)
                if added == highspy.HighsStatus.kError:
                    message = "the solver refused a cut: the times are too large or too different in size"
                    raise SolveError(message)
                n_added += 1
        return n_added

    def _set_integrality(self, kind: HighsVarType) -> None:
        self._whole = kind == HighsVarType.kInteger
        columns = np.array(
            [variable.index for variable in self._model.variables.opening.values()], dtype=np.int32
        )
        kinds = np.full(len(columns), int(kind), dtype=np.uint8)
        self._highs.changeColsIntegrality(len(columns), columns, kinds)

    def _run_highs(self) -> Status | None:
        """Run; None if it came to its end, else why not. Raise where no plan can be given."""
        remaining = self._deadline - time.perf_counter()
        if remaining <= 0:
            self._highs.clearSolver()  # so that no earlier solution is taken for this run's
            return Status.TIME_LIMIT
        # HiGHS counts a linear programme's time from the model's birth, a whole-number one's from its start.
        before = 0.0 if self._whole else self._highs.getRunTime()
        self._highs.setOptionValue("time_limit", before + remaining)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status == HighsModelStatus.kOptimal:
            return None
        if status == HighsModelStatus.kTimeLimit:
            return Status.TIME_LIMIT
        if self._best_open is not None:
            return Status.UNPROVEN  # a plan is in hand; that the solver now stumbles does not make it worse
        if status in (HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible):
            message = "choice: no plan obeys all the rules at once"
            raise InfeasibleError(message)
        message = f"the solver stopped without an answer ({self._highs.modelStatusToString(status)})"
        raise SolveError(message)


def _load(model: Model, relative_gap: float) -> highspy.Highs:
    """Hand PuLP's model to HiGHS: one thread and a fixed seed, so that the same input gives the same plan."""
    solver = pulp.HiGHS(
        msg=False,
        threads=1,
        gapRel=relative_gap,
        gapAbs=0.0,
        random_seed=0,
        small_matrix_value=1e-12,
        mip_feasibility_tolerance=1e-9,
        primal_feasibility_tolerance=1e-9,
        dual_feasibility_tolerance=1e-9,
    )
    solver.createAndConfigureSolver(model.lp)
    solver.buildSolverModel(model.lp)
    highs: highspy.Highs = model.lp.solverModel
    return highs
