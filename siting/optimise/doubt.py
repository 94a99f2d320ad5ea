"""What the solver says is doubted: that there is no plan, and that no plan is better.

First the dual bound is counted, for which no solver need be believed. Then plans near the openings of its
linear programme are tried, and then a second solver is asked. One plan that obeys all the rules, though it
cannot be, ends it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import InfeasibleError, SolveError, VerificationError
from .cutting_planes import CuttingPlanes, find_bound
from .intake import intake_model, with_intake
from .model import Kept, keep, within_reach
from .problem import EVERYWHERE, Draft, MeanLimit, ShareLimit
from .restated import BOUNDED, restated
from .rota import RotaMaker
from .rounding import rounded_openings
from .rulebook import KEPT_WITHIN, broken_rules
from .rules import state_problem
from .second_solver import NAME, PRECISION, Programme, Said, answers_rightly, ask, find_cbc
from .solver import say_nothing

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ..region import Region
    from ..scenario import ChoiceSection, Hosts
    from .cutting_planes import FoundBound
    from .objectives import Objective
    from .problem import SitingProblem

LEAST_SECONDS: Final = 5.0
"""For what is said of no plan at all, however little of the time is left."""
LEAST_SECOND_SECONDS: Final = 1.0
BOUND_SECONDS: Final = 20.0
"""For the dual bound of one objective, and as long again for rounding near it."""
MOST_LABELS: Final = 6
BY_BOUND: Final = "proven by a bound that rests on no solver"
ONE_WORD: Final = "only HiGHS says so"
AGREED: Final = f"two solvers agree, HiGHS and {NAME}"


@dataclass(frozen=True, eq=False)
class Opinion:
    """What is known of a claim of the solver, without it."""

    is_confirmed: bool
    how: str
    """By what it is confirmed; or why it is not."""
    bound: float = 0.0
    """No plan is better than this, by the dual bound."""
    against: Draft | None = None
    """A plan that contradicts the claim."""
    labels: tuple[str, ...] = ()
    """Rules that cannot all be kept, the most telling first, where there is no plan."""


# --- that there is no plan ---


def believed_that_none(
    error: InfeasibleError,
    region: Region,
    choice: ChoiceSection,
    hosts: Hosts,
    *,
    seconds: float,
    on_progress: Callable[[str], None] = say_nothing,
) -> str:
    """Say that there is no plan, and what this rests on.

    Raises
    ------
    VerificationError
        If a plan was found that obeys all the rules.
    """
    try:
        problem, _ = state_problem(region, choice, hosts)
    except InfeasibleError:
        return str(error)  # it was counted, and the sentence says of which rule
    on_progress("the solver says that there is no plan; seeing whether that is so")
    opinion = that_none(problem, seconds=max(seconds, LEAST_SECONDS))
    if opinion.against is not None:
        message = (
            f"choice: the solver says that no plan obeys all the rules, but {opinion.how} one that does: it "
            "errs, and its answer is refused; run the scenario again"
        )
        raise VerificationError(message)
    return f"{error}{_contradiction(opinion.labels)} ({opinion.how})"


def _contradiction(labels: tuple[str, ...]) -> str:
    """Name the rules that cannot all be kept, if any are known.

    Examples
    --------
    >>> _contradiction(("choice.n_main", "choice.link_minutes"))
    ': these rules contradict each other: choice.n_main, choice.link_minutes'
    >>> _contradiction(("choice.link_minutes",)), _contradiction(())
    (': this rule cannot be kept: choice.link_minutes', '')
    """
    if not labels:
        return ""
    named = ", ".join(labels[:MOST_LABELS]) + (", and others" if labels[MOST_LABELS:] else "")
    return (
        f": {'these rules contradict each other' if len(labels) > 1 else 'this rule cannot be kept'}: {named}"
    )


def that_none(problem: SitingProblem, *, seconds: float, second_seconds: float | None = None) -> Opinion:
    """Doubt that there is no plan; the second solver has what is left of the time, unless told otherwise."""
    started = time.perf_counter()
    planes = CuttingPlanes(restated(problem))
    found = find_bound(planes, seconds=min(seconds, BOUND_SECONDS))
    if found is not None and found.says_there_is_none:
        return Opinion(is_confirmed=True, how=BY_BOUND, labels=found.multipliers.labels(planes.question))

    judge = _Judge(problem, None)
    deadline = time.perf_counter() + max(started + seconds - time.perf_counter(), 0.0) / 2
    rounded = _rounded(judge, found, deadline)
    left = max(started + seconds - time.perf_counter(), LEAST_SECOND_SECONDS)
    return rounded or _second(planes, judge, left if second_seconds is None else second_seconds)


# --- that no plan is better ---


def that_none_is_better(
    problem: SitingProblem,
    objective: Objective,
    claimed: float,
    *,
    tolerance: float,
    seconds: float = BOUND_SECONDS,
    second_seconds: float = 0.0,
) -> Opinion:
    """Doubt that no plan is better than `claimed`, in the objective's unit, by more than the tolerance.

    The second solver is asked where the dual bound does not settle it, if it is given time.
    """
    least = claimed - tolerance
    if objective.name == "largest_minutes":
        rule = within_reach(problem, least, objective.mode)
        shorter = replace(problem, covers=(*problem.covers, rule))
        none = that_none(shorter, seconds=seconds, second_seconds=second_seconds)
        return replace(none, bound=claimed if none.is_confirmed else 0.0)
    if objective.name not in BOUNDED:
        return Opinion(is_confirmed=False, how=f"{ONE_WORD}, for no bound is known of {objective.name}")
    planes = CuttingPlanes(restated(problem, objective))
    found = find_bound(planes, seconds=seconds)
    bound = 0.0 if found is None else found.bound
    if bound >= least:
        return Opinion(is_confirmed=True, how=BY_BOUND, bound=bound)

    judge = _Judge(problem, objective, least)
    opinion = _rounded(judge, found, time.perf_counter() + seconds)
    if opinion is None:
        planes.require(least)
        opinion = _second(planes, judge, second_seconds)
    return replace(opinion, bound=bound)


def as_good(problem: SitingProblem, objective: Objective, value: float) -> SitingProblem | None:
    """Let only plans be that are as good as this in an objective; None where no rule can say so."""
    if objective.name == "mean_minutes":
        mean = MeanLimit("an earlier objective", EVERYWHERE, value, mode=objective.mode)
        return replace(problem, mean_limits=(*problem.mean_limits, mean))
    if objective.name == "outside_standard":
        standard = objective.standard_minutes
        share = ShareLimit("an earlier objective", 1.0 - value, standard, mode=objective.mode)
        return replace(problem, share_limits=(*problem.share_limits, share))
    if objective.name in ("cost", "largest_minutes"):
        return keep(problem, (Kept(objective, value),))
    return None


# --- plans that cannot be ---


class _Judge:
    """Says whether openings are a plan that cannot be: it obeys all the rules, and is better than `least`."""

    def __init__(self, problem: SitingProblem, objective: Objective | None, least: float = np.inf) -> None:
        self.problem = problem
        self._objective, self._least = objective, least
        self._of_openings = replace(problem, teams=None, capacity=None)
        self._rotas = None if problem.teams is None else RotaMaker(problem)
        self._intake = None if problem.capacity is None else intake_model(problem, objective, (), 1.0)

    @property
    def knows_all(self) -> bool:
        """Whether open places are all of a plan: no tours, and no visits that are sent."""
        return self._rotas is None and self._intake is None

    def against(self, is_open: NDArray[np.bool_], deadline: float) -> Draft | None:
        """Give the plan of these openings, with its rota and its intake, if it cannot be."""
        if not self._contradicts(self._of_openings, Draft(is_open)):
            return None  # with tours, or room, it only becomes worse
        draft = Draft(is_open) if self.knows_all else self._completed(Draft(is_open), deadline)
        return draft if draft is not None and self._contradicts(self.problem, draft) else None

    def _contradicts(self, problem: SitingProblem, draft: Draft) -> bool:
        is_low = self._objective is None or self._objective.value(problem, draft) < self._least
        return is_low and not broken_rules(problem, draft)

    def _completed(self, draft: Draft, deadline: float) -> Draft | None:
        """Find the cheapest rota, and where visits go: proposals, which the rulebook counts."""
        left = deadline - time.perf_counter()
        try:
            if self._rotas is not None and left > 0:
                draft = replace(draft, fleet=self._rotas.cheapest(draft.is_open, seconds=left))
            if self._intake is not None and left > 0:
                draft = with_intake(draft, self._intake.answer(draft.is_open))
        except SolveError:
            return None
        return draft if left > 0 and _sends_all(self.problem, draft) else None


def _sends_all(problem: SitingProblem, draft: Draft) -> bool:
    """Whether an intake leaves no visits out."""
    if draft.sent is None:
        return problem.capacity is None
    demand = np.concatenate([each.demand for each in problem.services])
    first = np.cumsum([0, *(len(each.demand) for each in problem.services)])
    sent = np.bincount(first[draft.sent.service] + draft.sent.row, draft.sent.visits, minlength=len(demand))
    return bool(np.allclose(sent, demand, rtol=KEPT_WITHIN, atol=KEPT_WITHIN))


def _rounded(judge: _Judge, found: FoundBound | None, deadline: float) -> Opinion | None:
    """Look near the openings of the linear programme for a plan that cannot be."""
    for is_open in rounded_openings(judge.problem, found.opening) if found is not None else ():
        against = judge.against(is_open, deadline)
        if against is not None:
            return Opinion(is_confirmed=False, how="rounding finds", against=against)
        if time.perf_counter() >= deadline:
            break
    return None


# --- the second solver ---


def _second(planes: CuttingPlanes, judge: _Judge, seconds: float) -> Opinion:
    """Ask the second solver, if it is here and of use."""
    if seconds <= 0.0:
        return Opinion(is_confirmed=False, how=ONE_WORD)
    deadline, cbc = time.perf_counter() + seconds, find_cbc()
    if cbc is None:
        return _not_confirmed(f"the second one, {NAME}, is not here")
    if not answers_rightly(cbc):
        return _not_confirmed(f"{NAME} errs where the answer is known")
    return _asked(planes, judge, cbc, deadline) or _not_confirmed(f"{NAME} came to no end in {seconds:.0f} s")


def _asked(planes: CuttingPlanes, judge: _Judge, cbc: str, deadline: float) -> Opinion | None:
    """Ask it, telling it what it got wrong, until it has a plan or says there is none; None: no end."""
    while (left := deadline - time.perf_counter()) > 0:
        programme = Programme(*planes.programme(), n_whole=planes.question.n_options)
        said, columns = ask(programme, cbc, seconds=left)
        if said is Said.NONE:
            return Opinion(is_confirmed=True, how=AGREED)
        if said is Said.NO_ANSWER:
            return _not_confirmed(f"{NAME} gives no answer")
        if said is Said.OUT_OF_TIME:
            return None
        is_open = columns[: planes.question.n_options] > 0.5
        against = judge.against(is_open, deadline)
        if against is not None:
            return Opinion(is_confirmed=False, how=f"{NAME} finds", against=against)
        if planes.cut(is_open.astype(np.float64), columns, short_by=PRECISION):
            continue
        if not judge.knows_all:
            return _not_confirmed(f"{NAME} is asked neither about tours nor about a joint intake")
        planes.forbid(is_open)
    return None


def _not_confirmed(why: str) -> Opinion:
    return Opinion(is_confirmed=False, how=f"{ONE_WORD}, for {why}")
