"""`ParetoFront`: the plans of which none is better in both of two measures.

One measure is limited, the other one is optimised within the limit, and then the first one among the plans
that are best in the other: so no plan of the front is dominated (Haimes et al. 1971; Mavrotas 2009). A limit
just below a plan asks for its neighbour, or shows that there is nothing between two of them.

References
----------
Haimes, Lasdon & Wismer (1971), IEEE Transactions on Systems, Man, and Cybernetics 1(3).
Mavrotas (2009), Applied Mathematics and Computation 213(2).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import InfeasibleError, SolveError, TimeLimitError
from ..plan import Status
from .model import Kept, keep
from .rulebook import broken_rules
from .run import PROVEN, Stage
from .solver import OnProgress, say_nothing, solve

if TYPE_CHECKING:
    from .objectives import Objective
    from .problem import Draft, SitingProblem

# Plans closer to each other than this (relative; in points for shares) are one plan of the front: ten times
# what the solver proves.
DISTINCT: Final = 1e-6
SMALLEST_STEP: Final = 1e-6
RULES: Final = ("cost", "largest_minutes")  # measures whose limits are rules of the problem


@dataclass(frozen=True, eq=False)
class ParetoPlan:
    """A plan of the front; both measures are minimised."""

    draft: Draft
    limited: float
    optimised: float
    limit: float
    """Of the measure that is limited: nothing else of the front lies between the plan and this."""
    stages: tuple[Stage, Stage]
    """What is proven: of the measure optimised within the limit, and of the one limited, at its least."""

    @property
    def is_proven(self) -> bool:
        """Whether nothing dominates it by more than the front tells apart."""
        return all(
            stage.status is Status.OPTIMAL
            and stage.value - stage.bound <= stage.objective.tolerance(stage.value, DISTINCT)
            for stage in self.stages
        )


@dataclass(frozen=True, eq=False)
class ParetoFront:
    """Plans of which none is better in both measures, the least of the measure limited first."""

    plans: tuple[ParetoPlan, ...]
    is_whole: bool
    """Proven: nothing else is on the front."""


@dataclass(frozen=True, eq=False)
class Question:
    """Two measures of the plans of some problems, and how long each answer may take.

    Between the two ends plans are looked for as long as one answer may take; more are not asked for then.
    The problems have the same options; the front is of their plans together. Where numbers of places are free
    it is best to give a problem for each number: each is easy then, and most are left out for what is known
    of them.
    """

    problems: tuple[SitingProblem, ...]
    limited: Objective
    optimised: Objective
    time_limit_seconds: float
    relative_gap: float = 0.0
    on_progress: OnProgress = say_nothing


def pareto_front(question: Question, *, most_plans: int) -> ParetoFront:
    """Find the whole front, or plans spread evenly over it with both its ends.

    Which of several plans with the same two values is given is the solver's choice.

    Raises
    ------
    InfeasibleError
        If no plan obeys the rules.
    TimeLimitError
        If the time ran out before the first plan was found.
    """
    search = _Search(question)
    last, first = search.within(np.inf), search.first_end()
    if search.is_same(first, last):
        return ParetoFront((first,), first.is_proven and last.is_proven)
    plans = [first, last]
    deadline = time.perf_counter() + question.time_limit_seconds
    for limit in np.linspace(first.limited, last.limited, most_plans)[-2:0:-1]:
        # From the top, for a plan answers for all limits down to its own.
        if _is_open(plans, float(limit)) and time.perf_counter() < deadline:
            search.insert(plans, float(limit))
    while (limit := search.open_limit(plans)) is not None and len(plans) < most_plans:
        if time.perf_counter() >= deadline:
            break
        search.insert(plans, limit)
    plans = _undominated(plans)
    return ParetoFront(tuple(plans), limit is None and all(each.is_proven for each in plans))


def _is_open(plans: list[ParetoPlan], limit: float) -> bool:
    """Whether what is on the front at a limit is not known yet."""
    return not any(each.limited <= limit <= each.limit for each in plans)


def _undominated(plans: list[ParetoPlan]) -> list[ParetoPlan]:
    """Leave out what another one dominates; only where an answer is not proven there is such a one."""
    kept: list[ParetoPlan] = []
    for each in plans:
        if not kept or each.optimised < kept[-1].optimised:
            kept.append(each)
    return kept


class _Search:
    """What is known of a question: drafts, and the least of each measure in each problem."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._problems = tuple(replace(each, rank=None) for each in question.problems)
        self._known: list[Draft] = []
        self._halved: set[float] = set()
        self._alone: dict[Objective, list[tuple[Draft | None, Stage]]] = {}
        for objective in (question.optimised, question.limited):
            self._alone[objective] = [self._solve(each, objective, ()) for each in self._problems]

    def first_end(self) -> ParetoPlan:
        """Least of the measure limited, and of the other one among the best plans."""
        limited, optimised = self._question.limited, self._question.optimised
        _, least = self._least(limited, ())
        kept = Kept(limited, least.value + limited.tolerance(least.value, PROVEN))
        draft, best = self._least(optimised, (kept,))
        value = limited.value(self._problems[0], draft)
        return ParetoPlan(draft, value, best.value, value, (best, least))

    def within(self, limit: float) -> ParetoPlan:
        """Least of the measure optimised within a limit, and of the other one among the best plans."""
        limited, optimised = self._question.limited, self._question.optimised
        found, best = self._least(optimised, (Kept(limited, limit),) if np.isfinite(limit) else ())
        kept = Kept(optimised, best.value + optimised.tolerance(best.value, PROVEN))
        draft, least = self._least(limited, (kept,))
        value = limited.value(self._problems[0], found)
        if value < least.value:  # where an answer is not proven
            draft, least = found, replace(least, value=value)
        return ParetoPlan(draft, least.value, optimised.value(self._problems[0], draft), limit, (best, least))

    def insert(self, plans: list[ParetoPlan], limit: float) -> None:
        """Find the plan at a limit; if it is the one before, nothing else is up to there."""
        found = self.within(limit)
        k = max(k for k, each in enumerate(plans) if each.limited <= limit)
        if self.is_same(plans[k], found):
            plans[k] = replace(plans[k], limit=limit)
        else:
            plans.insert(k + 1, found)
        self._question.on_progress(f"{len(plans)} plans of the front")

    def open_limit(self, plans: list[ParetoPlan]) -> float | None:
        """Limit at which to ask next, in the gap over which the other measure changes most; None: no gaps.

        A gap is halved once, to spread the plans; then the limit is just below the plan that ends it.
        """
        gaps = []
        for before, after in pairwise(plans):
            limit = after.limited - self._step(after.limited)
            if limit > max(before.limit, before.limited + self._step(before.limited)):
                gaps.append((before.optimised - after.optimised, limit, before.limit))
        if not gaps:
            return None
        _, limit, known_to = max(gaps)
        if limit in self._halved:
            return limit
        self._halved.add(limit)
        return (known_to + limit) / 2

    def is_same(self, before: ParetoPlan, found: ParetoPlan) -> bool:
        """Whether a plan that is best within a limit is the one before the limit, or as good."""
        return found.limited <= before.limited + self._step(before.limited)

    def _step(self, value: float) -> float:
        return max(self._question.limited.tolerance(value, DISTINCT), SMALLEST_STEP)

    def _least(self, objective: Objective, limits: tuple[Kept, ...]) -> tuple[Draft, Stage]:
        """Minimise a measure within limits over all the problems, the most promising first.

        Raises
        ------
        SolveError
            If there is no plan, or none was found in time.
        """
        alone = self._alone[objective]
        best: Draft | None = None
        value, bound, status = np.inf, np.inf, Status.OPTIMAL
        for k in sorted(range(len(alone)), key=lambda k: alone[k][1].bound):
            if alone[k][1].bound >= value or np.isinf(alone[k][1].bound):
                break
            if any(self._alone[each.objective][k][1].bound > each.limit for each in limits):
                continue
            draft, stage = self._answer(k, objective, limits)
            bound = min(bound, stage.bound)
            status = stage.status if stage.status is not Status.OPTIMAL else status
            if stage.value < value:
                best, value = draft, stage.value
        if best is None and status is Status.OPTIMAL:
            message = "choice: no plan obeys all the rules at once"
            raise InfeasibleError(message)
        if best is None:
            message = "the time limit was reached before any plan was found; allow more seconds"
            raise TimeLimitError(message)
        return best, Stage(objective, value, min(bound, value), status)

    def _answer(self, k: int, objective: Objective, limits: tuple[Kept, ...]) -> tuple[Draft | None, Stage]:
        """Least of a measure within limits in one problem; what it is without limits may keep them."""
        draft, stage = self._alone[objective][k]
        if draft is not None and _keeps(limits, self._problems[k], draft):
            return draft, stage
        return self._solve(self._problems[k], objective, limits)

    def _solve(
        self, problem: SitingProblem, objective: Objective, limits: tuple[Kept, ...]
    ) -> tuple[Draft | None, Stage]:
        """Solve from the best that is known; value and bound are infinite where proven to be none."""
        ruled = keep(problem, limits)
        usable = (
            each for each in self._known if _keeps(limits, ruled, each) and not broken_rules(ruled, each)
        )
        try:
            solution = solve(
                ruled,
                [(objective, 0.0)],
                time_limit_seconds=self._question.time_limit_seconds,
                relative_gap=self._question.relative_gap,
                kept=tuple(each for each in limits if each.objective.name not in RULES),
                start=min(usable, key=lambda draft: objective.value(problem, draft), default=None),
                on_progress=self._question.on_progress,
            )
        except InfeasibleError:
            return None, Stage(objective, np.inf, np.inf, Status.OPTIMAL)
        except SolveError:
            return None, Stage(objective, np.inf, 0.0, Status.TIME_LIMIT)
        self._known.append(solution.draft)
        return solution.draft, solution.stages[0]


def _keeps(limits: tuple[Kept, ...], problem: SitingProblem, draft: Draft) -> bool:
    return all(each.objective.value(problem, draft) <= each.limit for each in limits)
