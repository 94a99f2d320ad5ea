"""Whether no plan is better than a saved one, or how much better one could be: the solver is not believed."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Final

from ..errors import VerificationError
from ..optimise.doubt import BY_BOUND, ONE_WORD, as_good, that_none_is_better
from ..optimise.planning import objective_of
from ..optimise.rules import state_problem
from ..optimise.run import CONTRADICTED
from ..optimise.services import own_mode
from .rounding import HAIR, county_share_decimals, gap_told, youths_measured

if TYPE_CHECKING:
    from ..optimise.problem import SitingProblem
    from ..plan import ObjectiveValue
    from ..study import Outcome

HINT: Final = "--prove 60 asks a second solver"


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
        value = 1.0 - told.value if told.unit == "share" else told.value  # as it is minimised
        claimed = told.gap * abs(told.value)
        opinion = that_none_is_better(
            problem,
            objective,
            value - claimed,
            tolerance=objective.tolerance(value, CONTRADICTED),
            second_seconds=second_seconds,
        )
        if opinion.against is not None:
            message = (
                f"objectives.{k}: by the file {whose} is better in {told.name}{_by(claimed, told, outcome)}, "
                f"but {opinion.how} one that is, and that obeys all the rules; run the scenario again"
            )
            raise VerificationError(message)
        counted = max(value - opinion.bound, 0.0)
        known = min(counted, claimed) if opinion.is_confirmed else counted
        if opinion.is_confirmed or opinion.bound > 0:
            how = opinion.how if opinion.is_confirmed else BY_BOUND
            said.append(f"{whose} is better in {told.name}{_by(known, told, outcome)}: {how}")
        if not opinion.is_confirmed:
            why = f"{opinion.how}, {HINT}" if opinion.how == ONE_WORD else opinion.how
            not_said.append(f"that {whose} is better in {told.name}{_by(claimed, told, outcome)} ({why})")
        problem = as_good(problem, objective, value)
        if aim.tolerance and k + 1 < len(outcome.plan.objectives):
            not_said.append(f"that none within the tolerance of {told.name} is better in the next")
    return Proof(scenario.name, tuple(said), tuple(not_said))


def _by(better: float, told: ObjectiveValue, outcome: Outcome) -> str:
    """Say by how much, in percent or in points of the visits; nothing if it is none.

    It is rounded up to two digits, and as coarsely as a gap is told where few live.
    """
    few, value = outcome.scenario.evaluation.smallest_count_shown, abs(told.value) or 1.0
    youths = youths_measured(
        told.name, outcome.evaluation.county.youths_in_effect, outcome.scenario.choice.worst_share
    )
    if better <= CONTRADICTED * (1.0 if told.unit == "share" else value):
        return ""
    if told.unit == "share":
        step = 10.0 ** -county_share_decimals(youths, few)
        return f" by more than {100 * step * max(1, ceil(better / step - HAIR)):.10g} points"
    percent = 100 * gap_told(better / value, told.value, told.unit, youths=youths, few=few)
    digits = 1 - floor(log10(percent))
    return f" by more than {ceil(percent * 10.0**digits * (1 - CONTRADICTED)) / 10.0**digits:g} %"
