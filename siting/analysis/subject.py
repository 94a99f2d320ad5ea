"""An answered scenario that is examined: choosing by other rules or elsewhere, counting, what is proven."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .. import study
from ..evaluate import Evaluation, evaluate
from ..optimise import planning
from ..optimise.solver import say_nothing
from ..plan import Status

if TYPE_CHECKING:
    from ..plan import Plan
    from ..region import Region
    from ..scenario import ChoiceSection, Scenario
    from ..study import Outcome

WHOLLY_PROVEN: Final = 1e-6


@dataclass(frozen=True, eq=False)
class Answered:
    """A plan and what it means for the young people of a region."""

    plan: Plan
    evaluation: Evaluation


def choose(outcome: Outcome, choice: ChoiceSection, region: Region | None = None) -> Plan:
    """Choose by other rules, or in another region, as the scenario would.

    Raises
    ------
    SolveError
        If there is no plan.
    """
    scenario = outcome.scenario
    return planning.choose(
        outcome.region if region is None else region,
        choice,
        hosts=scenario.sites.hosts,
        solver=scenario.solver,
        on_progress=say_nothing,
    )


def is_proven(plan: Plan) -> bool:
    """Whether no plan is better at all, not only by more than the gap that the scenario allows."""
    return plan.status is Status.OPTIMAL and all(each.gap <= WHOLLY_PROVEN for each in plan.objectives)


def count(outcome: Outcome, plan: Plan, region: Region | None = None) -> Evaluation:
    """Count a plan from the tables, in the scenario's region or another one."""
    scenario = outcome.scenario
    return evaluate(
        plan,
        outcome.region if region is None else region,
        scenario.evaluation,
        standard_minutes=scenario.choice.standard_minutes,
        worst_share=scenario.choice.worst_share,
    )


def region_without(outcome: Outcome, names: tuple[str, ...]) -> Region:
    """Give the region when municipalities, by name, have left with their youths and premises."""
    leaving = tuple(sorted({*outcome.scenario.leaving_municipalities, *names}))
    scenario = outcome.scenario.model_copy(update={"leaving_municipalities": leaving})
    return study.measure(scenario, outcome.dataset, ways=study.ways_of(outcome.region))


def with_choice(scenario: Scenario, **changes: object) -> ChoiceSection:
    """Give the scenario's choice with other values, checked anew."""
    choice = scenario.choice
    return type(choice).model_validate(
        {**{key: getattr(choice, key) for key in type(choice).model_fields}, **changes}
    )
