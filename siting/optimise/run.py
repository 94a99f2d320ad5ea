"""One objective's solve: the relaxation, then whole-number plans, the best so far and the best bound.

A tree of our own finds whole openings where they are all there is, or with teams. With capacity, and for what
is no sum of thetas, HiGHS does, until one is worth what the model says.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import InfeasibleError, SolveError, TimeLimitError, VerificationError
from ..plan import Status
from .first_plan import BETTER_PLAN_GAP, FIRST_PLAN_GAP, FirstPlan, whole_in_two_weeks
from .intake import SENT_MEASURES, intake_model, with_intake
from .model import keep, state_model
from .objectives import Objective
from .problem import Draft
from .relaxation import Infeasible, Relaxation, Undecided
from .rota import RotaMaker
from .rounding import rounded_openings
from .rulebook import broken_rules
from .tree import Branching, Tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .cuts import Row
    from .model import Kept
    from .problem import SitingProblem

logger = logging.getLogger(__name__)

# An answer counts as proven when no plan can be better by more than this: relative for minutes, in
# points for shares. The bound is reported as it is; only what is less than NOISE from the value is rounding.
PROVEN: Final = 1e-7
NOISE: Final = 1e-9
ROUNDING: Final = 1e-6
CONTRADICTED: Final = 1e-5  # as PROVEN: a bound that lies so far beyond a plan that was counted is no bound
TREE_MEASURES: Final = ("mean_minutes", "outside_standard")
MINUTES: Final = ("mean_minutes", "worst_share_minutes", "largest_minutes")
HEURISTIC_SHARE: Final = 0.4  # of the time left, for a first plan from the tours priced so far


@dataclass(frozen=True)
class Stage:
    """What is proven about one objective, which is minimised."""

    objective: Objective
    value: float
    bound: float
    status: Status


@dataclass(frozen=True)
class Search:
    """What all stages share: earlier objectives' limits, the deadline, and so on."""

    kept: tuple[Kept, ...]
    deadline: float
    relative_gap: float
    on_progress: Callable[[str], None]
    unit: float


class Run:
    """One objective's solve: the warm relaxation, the best draft and the best bound so far."""

    def __init__(
        self,
        problem: SitingProblem,
        objective: Objective | None,
        search: Search,
        *,
        on_plan: Callable[[Draft, float], None] | None = None,
    ) -> None:
        self._search = search
        self._on_plan = on_plan
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
        self._claimed = 0.0  # the highest bound that the solver itself has said for all plans

    def minimise(self, start: Draft | None) -> tuple[Draft, Stage]:
        """Find the best draft and prove it; `start` is one that is known already."""
        if start is not None and not broken_rules(self._problem, start):
            self._take(start)
        is_relaxed = False
        try:
            status = self._relaxation.tighten()
            is_relaxed = True
            if status is None:
                self._note_bound(self._relaxation.objective_value)
                status = self._prove()
        except Infeasible:
            if self._best is None:
                message = "choice: no plan obeys all the rules at once"
                raise InfeasibleError(message) from None
            if is_relaxed:
                status = None
                self._bound = self._best_value / self._scale  # nothing is left that could be better
            else:
                status = Status.UNPROVEN  # a plan is known, so that there is none is not so
        self._refuse_contradiction()
        if self._best is None:
            if status is None:
                message = "choice: no plan obeys all the rules at once"
                raise InfeasibleError(message)
            if status is Status.UNPROVEN:
                message = (
                    "the solver's precision does not suffice to find a plan or to say that there is none"
                )
                raise SolveError(message)
            message = "the time limit was reached before any plan was found; allow more seconds"
            raise TimeLimitError(message)
        bound = min(self._bound * self._scale, self._best_value)
        if self._is_proven():
            status = Status.OPTIMAL
        objective = self._objective or Objective("rank")
        return self._best, Stage(objective, self._best_value, bound, status or Status.UNPROVEN)

    def _note_bound(self, bound: float) -> None:
        """Take the solver's word, in its unit, that no plan is better than this."""
        self._bound = max(self._bound, bound)
        self._claimed = max(self._claimed, bound)

    def _refuse_contradiction(self) -> None:
        """See that the best plan, as it was counted, is not better than the solver says that any can be."""
        objective, best = self._objective, self._best_value
        if objective is None or self._best is None:
            return
        beyond = self._claimed * self._scale - best
        if beyond > objective.tolerance(best, CONTRADICTED) + ROUNDING * self._scale:
            message = (
                f"choice: the solver says that no plan can be as good in {objective.name} as one that it has "
                "found and that obeys all the rules: it errs, and its answer is refused"
            )
            raise VerificationError(message)

    def list_within(self, limit: float, *, is_full: Callable[[], bool]) -> float:
        """Count every plan that is within the limit, as `on_plan` is told; value up to which none is missing.

        A plan is told more than once where several parts of the tree hold it.
        """
        tree = Tree(
            self._relaxation,
            self._branching() if self._rotas is not None else Branching((self._relaxation.y,)),
            on_whole=self._consider,
            # A full list stops the search as an empty rest would.
            cutoff=lambda: -np.inf if is_full() else (limit + max(PROVEN * limit, NOISE)) / self._scale,
            on_progress=lambda bound: self._search.on_progress(f"bound {self._told(bound * self._scale)}"),
        )
        bound, ended = tree.search(0.0)
        # Leaves were counted: they are not missing.
        return float(tree.least_left_out if ended is None else bound) * self._scale

    def _prove(self) -> Status | None:
        if self._rotas is not None:
            self._relaxation.forget_slack_rows()
            self._look_for_plans()
            return self._search_tree(self._branching())
        if self._is_sum_of_thetas():
            self._look_near_the_relaxation()
            return self._search_tree(Branching((self._relaxation.y,)))
        self._relaxation.whole()
        while not self._is_proven():
            ended, n_cuts = self._whole_round()
            if ended is not None:
                return ended
            if n_cuts == 0 and not self._is_proven():
                return Status.UNPROVEN  # no cut tells value and bound apart: the precision ends here
        return None

    def _is_sum_of_thetas(self) -> bool:
        """Whether the objective is one, and nothing else asks for cuts that leave the tree's nodes weak."""
        if self._objective is None or self._intake is not None:
            return False
        in_use = (self._objective, *(each.objective for each in self._search.kept))
        return self._objective.name in TREE_MEASURES and all(each.name in TREE_MEASURES for each in in_use)

    def _look_near_the_relaxation(self) -> None:
        """Take plans by rounding, and fix what no plan better than the best can have otherwise."""
        if self._objective is None:
            return
        for is_open in rounded_openings(self._problem, self._relaxation.openings):
            draft = Draft(is_open)
            if self._objective.value(self._problem, draft) >= self._best_value:
                continue
            if not broken_rules(keep(self._problem, self._search.kept), draft):
                self._take(draft)
            if self._is_proven():
                return
        if self._best is not None:
            self._relaxation.fix_openings(self._best_value / self._scale)

    def _whole_round(self) -> tuple[Status | None, int]:
        """Solve with whole openings, count the plan, and cut it where the model valued it too low."""
        ended = self._relaxation.run()
        bound = self._relaxation.whole_bound
        if ended is None or np.isfinite(bound):
            self._note_bound(bound)
        if not self._relaxation.has_solution:
            return ended, 0
        n_rows = self._relaxation.n_rows
        self._consider(self._relaxation.openings > 0.5)
        self._say()
        return ended, self._relaxation.n_rows - n_rows

    def _search_tree(self, branching: Branching) -> Status | None:
        tree = Tree(
            self._relaxation,
            branching,
            on_whole=self._consider,
            cutoff=self._cutoff,
            on_progress=self._progress_of_tree,
        )
        bound, ended = tree.search(self._bound)
        logger.debug("tree: %d nodes, bound %.3g", tree.n_nodes, bound)
        self._bound = max(self._bound, min(bound, self._best_value / self._scale))
        return ended

    def _look_for_plans(self) -> None:
        """Take plans from the tours priced so far, until one obeys all rules and none is better."""
        started = time.perf_counter()
        enough = started + HEURISTIC_SHARE * (self._search.deadline - started)
        found: FirstPlan | None = None
        while time.perf_counter() < enough:
            before, n_rows = self._best_value, self._relaxation.n_rows
            is_first = self._best is None
            seconds = (enough - time.perf_counter()) / (2 if is_first else 1)
            gap = FIRST_PLAN_GAP if is_first else BETTER_PLAN_GAP
            found = whole_in_two_weeks(self._relaxation, seconds, gap, found)
            if found is None:
                return
            try:
                self._consider(found.is_open)
            except Undecided:
                return
            self._say()
            is_told = self._relaxation.n_rows > n_rows
            if not is_first and (self._best_value >= before or not is_told):
                return

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
        best, bound = self._told(self._best_value), self._told(self._bound * self._scale)
        self._search.on_progress(f"best {best}, bound {bound}")

    def _told(self, value: float) -> str:
        """Write a value for who waits: to more digits those of many plans would tell who lives where."""
        name = "" if self._objective is None else self._objective.name
        if not np.isfinite(value):
            return "not known"
        if name == "outside_standard":
            return f"{1 - value:.0%} within the standard"
        return f"{value:.0f} minutes" if name in MINUTES else f"{value:.3g}"

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
        # A hair more, for the difference itself is rounded.
        missing = self._best_value - self._bound * self._scale
        return bool(missing <= self._allowed() * (1 + ROUNDING) + ROUNDING * NOISE * abs(self._best_value))

    def _consider(self, is_open: NDArray[np.bool_]) -> float:
        """Count whole openings, keep them if they are the best yet, and tell the model what it got wrong.

        Gives their worth in the solver's unit; infinite where they are no plan.
        """
        self._relaxation.separate(is_open.astype(np.float64))
        draft = Draft(is_open)
        if self._rotas is not None:
            try:
                fleet = self._rotas.cheapest(is_open, seconds=self._search.deadline - time.perf_counter())
            except SolveError as error:
                logger.debug("%s", error)
                raise Undecided from error
            if fleet is None:
                self._relaxation.forbid(is_open)
                return np.inf
            draft = replace(draft, fleet=fleet)
        if self._intake is not None:
            answer = self._intake.answer(is_open)
            theta = -1 if self._intake_theta is None else self._intake_theta.index
            is_telling = self._objective is not None and self._objective.name in SENT_MEASURES
            if is_telling or answer.missing > 0:
                self._add_if_missed(self._intake.row(answer, is_open, theta=theta), is_open)
            if answer.missing > 0:
                return np.inf
            draft = with_intake(draft, answer)
        broken = broken_rules(keep(self._problem, self._search.kept), draft)
        if broken:
            logger.debug("a whole solution is refused: %s", "; ".join(broken))
            if self._rotas is not None and {each.label for each in self._problem.resources} & set(broken):
                self._relaxation.forbid(is_open)
            return np.inf
        self._take(draft)
        if self._objective is not None and self._objective.name == "cost" and draft.fleet is not None:
            self._add_rota_cost(draft)
        value = self._objective.value(self._problem, draft) if self._objective else 0.0
        if self._on_plan is not None:
            self._on_plan(draft, value)
        return value / self._scale

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
