"""Solves a stated model with HiGHS, adding cuts as they are found, and says what is proven.

The only module that names a solver. PuLP states the model; HiGHS keeps it warm while cuts come in:
first on the linear relaxation, then on whole-number solutions until one is worth what the model says.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import highspy
import numpy as np
import pulp
from highspy import HighsModelStatus, HighsVarType

from ..errors import InfeasibleError, SolveError, TimeLimitError, VerificationError
from .model import Kept, Model, state_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .objectives import Objective
    from .problem import SitingProblem

logger = logging.getLogger(__name__)

OnProgress = Callable[[str], None]

# An answer counts as proven when value and bound agree to this (relative; absolute below 1).
PROVEN: Final = 1e-7
VIOLATED: Final = 1e-9  # a cut is added if theta lies below it by more than this (minutes of the mean)
STALLED: Final = 1e-7  # the relaxation is left when a round lifts its bound by less than this (relative)


@dataclass(frozen=True)
class Stage:
    """What is proven about one objective, which is minimised."""

    objective: Objective
    value: float
    bound: float
    is_proven: bool


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
    kept: tuple[Kept, ...] = ()
    stages: list[Stage] = []
    is_open: NDArray[np.bool_] | None = None
    for objective in objectives:
        if is_open is not None and time.perf_counter() >= deadline:
            # What was found before still stands; about this objective nothing is proven.
            stages.append(Stage(objective, objective.value(problem, is_open), 0.0, is_proven=False))
            continue
        run = _Run(
            problem,
            objective,
            kept,
            deadline=deadline,
            relative_gap=relative_gap,
            on_progress=on_progress,
        )
        is_open, stage = run.minimise(is_open)
        stages.append(stage)
        kept = (*kept, Kept(objective, stage.value + PROVEN * max(1.0, stage.value)))
    if is_open is None:
        message = "there is no objective to optimise"
        raise SolveError(message)
    # A later objective may use up the solver's tolerance: state each value as the final plan has it.
    final = tuple(
        Stage(each.objective, each.objective.value(problem, is_open), each.bound, each.is_proven)
        for each in stages
    )
    return Solution(is_open, final, time.perf_counter() - started)


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
    ) -> None:
        self._problem = problem
        self._objective = objective
        self._kept = kept
        self._model = state_model(problem, objective, kept)
        self._deadline = deadline
        self._relative_gap = relative_gap
        self._on_progress = on_progress
        self._highs = _load(self._model, relative_gap)
        self._whole = True
        self._best_value = np.inf
        self._best_open: NDArray[np.bool_] | None = None
        self._bound = 0.0  # both objectives are sums of parts >= 0

    def minimise(self, start: NDArray[np.bool_] | None) -> tuple[NDArray[np.bool_], Stage]:
        if start is not None:
            self._offer(start)
        in_time = self._tighten_relaxation()
        while in_time and not self._is_proven():
            in_time = self._solve_whole_numbers()
        if self._best_open is None:
            message = "the time limit was reached before any plan was found; allow more seconds"
            raise TimeLimitError(message)
        bound = min(self._bound, self._best_value)
        if self._is_proven() and self._relative_gap == 0.0:
            bound = self._best_value
        return self._best_open, Stage(self._objective, self._best_value, bound, self._is_proven())

    def _tighten_relaxation(self) -> bool:
        """Cut off the fractional openings until the bound no longer rises; False if the time ran out."""
        self._set_integrality(HighsVarType.kContinuous)
        last = -np.inf
        while True:
            status = self._run_highs()
            if status == HighsModelStatus.kTimeLimit:
                return False
            value = float(self._highs.getObjectiveValue())
            self._bound = max(self._bound, value)
            n_cuts = self._add_cuts()
            logger.debug("relaxation %.9g, %d cuts", value, n_cuts)
            if n_cuts == 0 or value - last <= STALLED * max(1.0, abs(value)):
                break
            last = value
        self._set_integrality(HighsVarType.kInteger)
        return True

    def _solve_whole_numbers(self) -> bool:
        """Solve with whole openings, count the plan, and cut it where the model valued it too low."""
        status = self._run_highs()
        info = self._highs.getInfo()
        self._bound = max(self._bound, float(info.mip_dual_bound))
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        if found:
            self._offer(self._openings() > 0.5)
        self._on_progress(f"best {self._best_value:.4f}, bound {self._bound:.4f}")
        logger.debug("whole numbers: best %.9g, bound %.9g", self._best_value, self._bound)
        if status == HighsModelStatus.kTimeLimit:
            return False
        if self._add_cuts(rounded=True) == 0 and not self._is_proven():
            message = (
                f"the solver's plan is worth {self._best_value!r} by count, but the solver proves only "
                f"{self._bound!r}, and no cut tells the two apart"
            )
            raise VerificationError(message)
        return True

    def _is_proven(self) -> bool:
        allowed = max(PROVEN, self._relative_gap) * max(1.0, abs(self._best_value))
        return self._best_open is not None and self._best_value - self._bound <= allowed

    def _offer(self, is_open: NDArray[np.bool_]) -> None:
        """Keep a plan if it is the best yet, and truly as good as asked in the objectives before."""
        if any(each.objective.value(self._problem, is_open) > each.limit for each in self._kept):
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
                self._highs.addRow(cuts.constant[g], highspy.kHighsInf, len(columns), columns, slopes)
                n_added += 1
        return n_added

    def _set_integrality(self, kind: HighsVarType) -> None:
        self._whole = kind == HighsVarType.kInteger
        columns = np.array(
            [variable.index for variable in self._model.variables.opening.values()], dtype=np.int32
        )
        kinds = np.full(len(columns), int(kind), dtype=np.uint8)
        self._highs.changeColsIntegrality(len(columns), columns, kinds)

    def _run_highs(self) -> HighsModelStatus:
        remaining = self._deadline - time.perf_counter()
        if remaining <= 0:
            return HighsModelStatus.kTimeLimit
        # HiGHS counts a linear programme's time from the model's birth, a whole-number one's from its start.
        before = 0.0 if self._whole else self._highs.getRunTime()
        self._highs.setOptionValue("time_limit", before + remaining)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status in (HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible):
            message = "no plan obeys all the rules at once"
            raise InfeasibleError(message)
        if status not in (HighsModelStatus.kOptimal, HighsModelStatus.kTimeLimit):
            message = f"the solver stopped without an answer ({self._highs.modelStatusToString(status)})"
            raise SolveError(message)
        return status


def _load(model: Model, relative_gap: float) -> highspy.Highs:
    """Hand PuLP's model to HiGHS: one thread and a fixed seed, so that the same input gives the same plan."""
    solver = pulp.HiGHS(
        msg=False,
        threads=1,
        gapRel=relative_gap,
        gapAbs=0.0,
        random_seed=0,
        mip_feasibility_tolerance=1e-9,
        primal_feasibility_tolerance=1e-9,
        dual_feasibility_tolerance=1e-9,
    )
    solver.createAndConfigureSolver(model.lp)
    solver.buildSolverModel(model.lp)
    highs: highspy.Highs = model.lp.solverModel
    return highs
