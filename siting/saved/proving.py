"""Whether no plan is better than a saved one, or how much better one could be: the solver is not believed."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Final

from ..errors import VerificationError
from ..optimise.doubt import BY_BOUND, ONE_WORD, Opinion, as_good, that_none_is_better
from ..optimise.planning import objective_of
from ..optimise.rules import state_problem
from ..optimise.run import CONTRADICTED
from ..optimise.services import own_mode

if TYPE_CHECKING:
    from ..optimise.objectives import Objective
    from ..optimise.problem import SitingProblem
    from ..plan import ObjectiveValue
    from ..study import Outcome

HINT: Final = "--prove 60 asks a second solver"
SHARES_TOLD: Final = 1e-4  # as coarse as the gap of a share is told


@dataclass(frozen=True)
class Proof:
    """What is known, believing no solver, of no plan being better than one."""

    name: str
    said: tuple[str, ...]
    """What is confirmed."""
    not_said: tuple[str, ...]
    """What stays the solver's word."""


def prove(outcome: Outcome, *, second_seconds: float = 0.0) -> Proof:
    """Count whether no plan is better in the first objective, and none of those as good in the next ones.

    The second solver is asked, as long for each objective, where the dual bound leaves it open.

    Raises
    ------
    VerificationError
        If a plan that obeys all the rules is better than any can be by what the file says.
    """
    scenario, region = outcome.scenario, outcome.region
    problem: SitingProblem | None = state_problem(region, scenario.choice, scenario.sites.hosts)[0]
    said: list[str] = []
    not_said: list[str] = []
    for k, (aim, told) in enumerate(zip(scenario.choice.objectives, outcome.plan.objectives, strict=True)):
        whose = "none of these" if k else "no plan"
        if problem is None:
            not_said.append(f"that {whose} is better in {told.name}")
            continue
        objective = objective_of(aim, scenario.choice, own_mode(region, aim.mode))
        value = 1.0 - told.value if told.unit == "share" else told.value
        opinion = _opinion(problem, objective, told, value, second_seconds)
        if opinion.against is not None:
            message = (
                f"objectives.{k}: by the file {whose} is better in {told.name}{_by(told.gap, told.unit)}, "
                f"but {opinion.how} one that is, and that obeys all the rules; run the scenario again"
            )
            raise VerificationError(message)
        counted = max(value - opinion.bound, 0.0) / (1.0 if told.unit == "share" or not value else value)
        known = min(counted, told.gap) if opinion.is_confirmed else counted
        if opinion.is_confirmed or opinion.bound > 0:
            how = opinion.how if opinion.is_confirmed else BY_BOUND
            said.append(f"{whose} is better in {told.name}{_by(known, told.unit)}: {how}")
        if not opinion.is_confirmed:
            why = f"{opinion.how}, {HINT}" if opinion.how == ONE_WORD else opinion.how
            not_said.append(f"that {whose} is better in {told.name}{_by(told.gap, told.unit)} ({why})")
        problem = as_good(problem, objective, value)
        if aim.tolerance and k + 1 < len(outcome.plan.objectives):
            not_said.append(f"that none within the tolerance of {told.name} is better in the next")
    return Proof(scenario.name, tuple(said), tuple(not_said))


def _opinion(
    problem: SitingProblem, objective: Objective, told: ObjectiveValue, value: float, second_seconds: float
) -> Opinion:
    """Doubt what is told of an objective; `value` is as it is minimised."""
    return that_none_is_better(
        problem,
        objective,
        value - told.gap * abs(told.value),
        tolerance=SHARES_TOLD if told.unit == "share" else objective.tolerance(value, CONTRADICTED),
        second_seconds=second_seconds,
    )


def _by(gap: float, unit: str) -> str:
    """Write a gap in percent or in points, with two digits, rounded up; nothing if it is none.

    Examples
    --------
    >>> _by(0.004171, "minutes"), _by(0.02, "share"), _by(1e-9, "minutes")
    (' by more than 0.42 %', ' by more than 2 points', '')
    """
    if gap <= CONTRADICTED:
        return ""
    digits = 1 - floor(log10(100 * gap))
    rounded = ceil(100 * gap * 10.0**digits * (1 - CONTRADICTED)) / 10.0**digits
    return f" by more than {rounded:g} {'points' if unit == 'share' else '%'}"
