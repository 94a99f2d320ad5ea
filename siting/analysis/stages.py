"""`Stages`: in what order to open, each stage within its numbers and budget, what is opened stays open."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from ..by_mode import evaluate_modes
from ..errors import InputError, SolveError
from ..optimise.planning import READERS, objective_of, plan_of
from ..optimise.rules import state_problem
from ..optimise.services import own_mode
from ..optimise.staged import Nested, Step, at_least, at_most, best_alone, least_largest_loss, nest
from ..plan import Status
from ..scenario import ByService
from ..scenario_analysis import StageSection
from ..scenario_base import Text
from ..scenario_choice import CountRange, SitesByRole
from .subject import count, with_choice

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..optimise.problem import Draft
    from ..optimise.solver import Solution
    from ..optimise.staged import Drafts
    from ..plan import Plan
    from ..scenario import ChoiceSection, Scenario
    from ..study import Outcome

MEASURES: Final = ("mean_minutes", "within_standard")
SHARES_OF_ALL: Final = (0.25, 0.5, 1.0)
"""Of the scenario's own numbers, what is open at each step if the scenario names no steps."""
NO_WORSE: Final = 1e-7  # relative; what the solver proves
OrderName = Literal["together", "forward", "backward"]


@dataclass(frozen=True, eq=False)
class Stage:
    """What is open at one stage of an order."""

    section: StageSection
    plan: Plan
    sek_per_year: float
    opened: tuple[str, ...]
    """Site ids opened at this stage, and not before."""
    raised: tuple[str, ...]
    """Site ids that were satellites before and are main receptions now."""
    value: float
    """First objective, as readers know it."""
    own_best: float
    """First objective of the best plan with this stage's numbers, whatever is open before and after."""
    loss: float
    """How much worse than the stage's own best (in the objective's unit, >= 0)."""
    own_best_is_proven: bool


@dataclass(frozen=True, eq=False)
class Order:
    """An order of opening."""

    name: OrderName
    """together: the best mean over all stages by their years; forward: each stage the best given those before
    (greedy); backward: the last stage the best, and each one before the best part of the one after."""
    stages: tuple[Stage, ...]
    mean_value: float
    """First objective, mean over the stages by their years."""
    bound: float | None
    """No order has a better mean than this; None where nothing is proven (forward, backward)."""
    is_proven: bool


@dataclass(frozen=True, eq=False)
class Stages:
    """Orders of opening, and the first step that is not regretted."""

    objective_name: str
    unit: str
    mode: str
    orders: tuple[Order, ...]
    no_regret_first: tuple[str, ...]
    """What the first stage opens in an order whose every stage is as good as its own best; () = none."""
    least_largest_loss: float
    """Least over all orders of the largest loss of a stage, relative to the stage's own best (share)."""
    least_largest_loss_is_proven: bool
    least_largest_loss_first: tuple[str, ...]
    """Sites that the first stage opens in the order with the least largest loss."""
    least_largest_loss_plans: tuple[Plan, ...]
    """What is open at each stage of that order."""
    seconds: float


@dataclass(frozen=True, eq=False)
class _Question:
    """What the orders are of: steps, the best of each, and all of them as one problem."""

    outcome: Outcome
    sections: tuple[StageSection, ...]
    nested: Nested
    own: tuple[Solution, ...]

    @property
    def seconds(self) -> float:
        """How long each answer may take."""
        return self.outcome.scenario.solver.time_limit_seconds

    @property
    def own_values(self) -> tuple[float, ...]:
        """Objective of the best of each step (minimised)."""
        return tuple(each.stages[0].value for each in self.own)


def stages(outcome: Outcome, *, on_progress: Callable[[str], None] = lambda _: None) -> Stages:
    """Find the order of opening (scenario section `analysis.stages`).

    Orders are chosen by the scenario's first objective. Its rules hold at every step, with the numbers and
    the budget of the step; but what it promises (required places, places in municipalities, limits of access)
    is due at the last step. A satellite may become a main reception later. If no steps are named, they are a
    quarter, half and all of the scenario's numbers, rounded up; one that repeats the step before is left out.
    So are forward and backward orders that come to no plan.

    Raises
    ------
    InputError
        If the scenario has teams or capacity, a given plan, or a first objective that is not mean_minutes or
        within_standard.
    SolveError
        If no order obeys the rules, or none was found in time.
    """
    started = time.perf_counter()
    on_progress("the best plan of each step")
    question = _question(outcome)
    known: dict[OrderName, Drafts | None] = {
        "forward": _forward(question),
        "backward": _backward(question),
    }
    orders = {name: drafts for name, drafts in known.items() if drafts is not None}
    on_progress("the best order")
    nested = question.nested
    start = min(orders.values(), key=lambda each: nested.mean(nested.values(each)), default=None)
    together = best_alone(
        nested.problem,
        nested.objective,
        seconds=question.seconds,
        start=None if start is None else nested.draft_of(start),
    )
    best = nested.drafts_of(together.draft)
    on_progress("the order with the least largest loss")
    least, least_order, is_proven = least_largest_loss(
        nested, question.own_values, (best, *orders.values()), seconds=question.seconds
    )
    least_plans = tuple(_plan(question, s, draft) for s, draft in enumerate(least_order))
    own_proven = all(each.stages[0].status is Status.OPTIMAL for each in question.own)
    has_no_regret = own_proven and all(
        value <= own + nested.objective.tolerance(own, NO_WORSE)
        for value, own in zip(nested.values(best), question.own_values, strict=True)
    )
    found = [
        _order(question, "together", best, together),
        *(_order(question, name, drafts) for name, drafts in orders.items()),
    ]
    name, unit = READERS[nested.objective.name]
    return Stages(
        objective_name=name,
        unit=unit,
        mode=nested.objective.mode,
        orders=tuple(found),
        no_regret_first=found[0].stages[0].opened if has_no_regret else (),
        least_largest_loss=least,
        least_largest_loss_is_proven=is_proven and own_proven,
        least_largest_loss_first=_opened(question, least_plans[0]),
        least_largest_loss_plans=least_plans,
        seconds=time.perf_counter() - started,
    )


def _question(outcome: Outcome) -> _Question:
    check_stages(outcome.scenario)
    scenario, region = outcome.scenario, outcome.region
    sections = scenario.analysis.stages.stages or default_stages(scenario.choice)
    aim = scenario.choice.objectives[0]
    objective = objective_of(aim, scenario.choice, own_mode(region, aim.mode))
    steps = []
    for k, section in enumerate(sections):
        choice = _choice_of(outcome, section, k, is_last=k == len(sections) - 1)
        problem, options = state_problem(region, choice, scenario.sites.hosts)
        steps.append(Step(problem, options, section.years))
    seconds = scenario.solver.time_limit_seconds
    own = tuple(best_alone(step.problem, objective, seconds=seconds) for step in steps)
    return _Question(outcome, sections, nest(tuple(steps), objective), own)


def check_stages(scenario: Scenario) -> None:
    """Refuse a scenario that has no order of opening, before anything is chosen.

    Raises
    ------
    InputError
        If it has teams or capacity, a given plan, or a first objective that orders are not chosen by.
    """
    choice = scenario.choice
    first = choice.objectives[0].measure
    message = ""
    if choice.given is not None:
        message = "choice.given: a plan that is given has no order of opening here; leave it out"
    elif choice.n_teams.maximum:
        message = "choice.n_teams: the order of opening is found without travelling teams; leave stages out"
    elif choice.with_capacity:
        message = "choice.with_capacity: the order of opening is found without capacity; leave stages out"
    elif first not in MEASURES:
        message = f"choice.objectives: {first} comes first, but orders are chosen by {' or '.join(MEASURES)}"
    if message:
        raise InputError(message)


def default_stages(choice: ChoiceSection) -> tuple[StageSection, ...]:
    """Make steps of the scenario's own numbers: a quarter, half and all of them, at least one place."""
    found: list[StageSection] = []
    for share in SHARES_OF_ALL:
        n_main, n_satellites = (_part(each, share) for each in (choice.n_main, choice.n_satellites))
        k = len(found) + 1
        title = Text(sv=f"Steg {k}", en=f"Step {k}")
        section = StageSection(title=title, n_main=n_main, n_satellites=n_satellites)
        if not found or (found[-1].n_main, found[-1].n_satellites) != (n_main, n_satellites):
            found.append(section)
    return tuple(found)


def _part(count: CountRange, share: float) -> CountRange:
    most = int(np.ceil(share * count.maximum))
    return CountRange(minimum=min(count.minimum, most), maximum=most)


def _choice_of(outcome: Outcome, section: StageSection, k: int, *, is_last: bool) -> ChoiceSection:
    """Give the rules of one step; what the scenario promises is due at the last one."""
    choice = outcome.scenario.choice
    numbers = {"n_main": section.n_main, "n_satellites": section.n_satellites}
    named = {"n_main": choice.required.main, "n_satellites": choice.required.satellite}
    for key, count_range in numbers.items():
        if is_last and len(named[key]) > count_range.maximum:
            message = (
                f"analysis.stages.stages.{k}.{key}: the last step opens at most {count_range.maximum}, "
                f"but choice.required names {len(named[key])}; raise it"
            )
            raise InputError(message)
    budget = section.most_sek_per_year
    promised: dict[str, object] = {
        "required": SitesByRole(),
        "at_least_one_of": (),
        "place_in_every_municipality": False,
        "place_in": (),
        "n_by_kind": {kind: CountRange(minimum=0, maximum=n.maximum) for kind, n in choice.n_by_kind.items()},
        "largest_minutes": ByService(),
        "municipality_limits": (),
        "nobody_worse_than": None,
        "least_share_within_standard": None,
        "most_mean_minutes": None,
        "mode_limits": (),
    }
    return with_choice(
        outcome.scenario,
        **numbers,
        **({} if is_last else promised),
        objectives=choice.objectives[:1],
        most_sek_per_year=choice.most_sek_per_year if budget is None else budget,
    )


def _forward(question: _Question) -> Drafts | None:
    """Give each step the best given those before it; None if that leads nowhere."""
    steps, objective = question.nested.steps, question.nested.objective
    drafts = [question.own[0].draft]
    try:
        for before, step in pairwise(steps):
            problem = at_least(step, before.options, drafts[-1])
            drafts.append(best_alone(problem, objective, seconds=question.seconds).draft)
    except SolveError:
        return None
    return tuple(drafts)


def _backward(question: _Question) -> Drafts | None:
    """Give the last step its best, and each one before it the best part of the one after; None: no way."""
    steps, objective = question.nested.steps, question.nested.objective
    drafts = [question.own[-1].draft]
    try:
        for after, step in zip(steps[:0:-1], steps[-2::-1], strict=True):
            problem = at_most(step, after.options, drafts[0])
            drafts.insert(0, best_alone(problem, objective, seconds=question.seconds).draft)
    except SolveError:
        return None
    return tuple(drafts)


def _order(question: _Question, name: OrderName, drafts: Drafts, solution: Solution | None = None) -> Order:
    found: list[Stage] = []
    for s, section in enumerate(question.sections):
        plan = _plan(question, s, drafts[s])
        before = found[-1].plan if found else None
        own = question.own[s]
        value, own_best = _value(question, plan), _value(question, _plan(question, s, own.draft))
        found.append(
            Stage(
                section=section,
                plan=plan,
                sek_per_year=count(question.outcome, plan).measures.cost,
                opened=_opened(question, plan, before),
                raised=() if before is None else tuple(j for j in plan.main if j in before.satellite),
                value=value,
                own_best=own_best,
                loss=abs(value - own_best),
                own_best_is_proven=own.stages[0].status is Status.OPTIMAL,
            )
        )
    stage = None if solution is None else solution.stages[0]
    is_share = question.nested.objective.name != "mean_minutes"
    return Order(
        name=name,
        stages=tuple(found),
        mean_value=question.nested.mean([each.value for each in found]),
        bound=None if stage is None else 1 - stage.bound if is_share else stage.bound,
        is_proven=stage is not None and stage.status is Status.OPTIMAL,
    )


def _opened(question: _Question, plan: Plan, before: Plan | None = None) -> tuple[str, ...]:
    """Sites that are open now and were not before; existing ones were."""
    known = {*question.outcome.scenario.choice.existing.all_sites, *(before.open_sites if before else ())}
    return tuple(each for each in plan.open_sites if each not in known)


def _plan(question: _Question, s: int, draft: Draft) -> Plan:
    step = question.nested.steps[s]
    return plan_of(
        question.outcome.region,
        step.options,
        step.problem,
        draft,
        status=Status.GIVEN,  # by the order that it is part of
        objectives=(),
        seconds=0.0,
    )


def _value(question: _Question, plan: Plan) -> float:
    """Count the objective of a plan from the tables, by its mode of travel."""
    outcome, objective = question.outcome, question.nested.objective
    evaluation = count(outcome, plan)
    measures = evaluation.measures
    if objective.mode:
        scenario = outcome.scenario
        by_mode = evaluate_modes(plan, outcome.region, evaluation, scenario.evaluation, scenario.choice)
        measures = by_mode[objective.mode].measures
    found: float | None = getattr(measures, READERS[objective.name][0])
    return found or 0.0
