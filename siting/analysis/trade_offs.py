"""`TradeOffs`: what one measure costs in another, number by number, and what fairness costs."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Final

from ..errors import InfeasibleError, InputError, TimeLimitError
from ..optimise.pareto import ParetoPlan, Question, pareto_front
from ..optimise.planning import as_readers_value, objective_of, plan_of
from ..optimise.rules import state_problem
from ..plan import Status
from ..scenario import MEASURES_WITH_CAPACITY, Aim
from ..scenario_choice import CountRange
from .subject import choose, count, is_proven, with_choice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..evaluate import Measures
    from ..optimise.options import Options
    from ..optimise.problem import SitingProblem
    from ..plan import Plan
    from ..scenario import ChoiceSection, Scenario
    from ..scenario_choice import MeasureName
    from ..study import Outcome

# Of two measures the one that comes first here is limited, the other one optimised: limits of cost are rules,
# and means are what the solver finds fastest.
LIMITED_FIRST: Final[tuple[MeasureName, ...]] = (
    "cost",
    "largest_minutes",
    "worst_share_minutes",
    "within_standard",
    "mean_minutes",
)
FAIRNESS: Final[tuple[MeasureName, ...]] = ("largest_minutes", "worst_share_minutes")
ENDS: Final = 2


@dataclass(frozen=True, eq=False)
class Point:
    """One plan, with all its measures counted from the tables."""

    plan: Plan
    measures: Measures
    is_proven: bool
    """No plan that is as good in one of the two measures is better in the other."""
    bound: float | None
    """Where not proven: no such plan is better than this in the measure optimised (reader's unit)."""

    def value(self, measure: MeasureName) -> float:
        """Give a measure, by the scenario's own mode of travel; 0 where nobody is served."""
        found: float | None = getattr(self.measures, measure)
        return found or 0.0


@dataclass(frozen=True, eq=False)
class Front:
    """Plans of which none is better in both measures (Pareto), best in the first measure first."""

    measures: tuple[MeasureName, MeasureName]
    optimised: MeasureName
    """The one that bounds speak of; the other one was limited."""
    points: tuple[Point, ...]
    is_whole: bool
    """Proven: there is no plan that is on the front and whose pair of values is not here."""


@dataclass(frozen=True, eq=False)
class CurvePoint:
    """The best plan with a number of satellites; None where there is no such plan."""

    n_satellites: int
    point: Point | None
    reason: str = ""


@dataclass(frozen=True)
class PriceOfFairness:
    """What it costs everybody to do the best for those who have it worst (Bertsimas et al. 2011)."""

    measure: MeasureName
    """What fairness is measured by: largest_minutes or worst_share_minutes."""
    best_mean: float
    """Mean minutes of the plan with the best mean."""
    fair_mean: float
    """Mean minutes of the best plan among those that are fairest."""
    best_worst: float
    """The measure in the plan with the best mean."""
    fair_worst: float
    """The measure at its best."""
    price: float
    """Share by which the mean becomes worse."""
    is_proven: bool


@dataclass(frozen=True, eq=False)
class TradeOffs:
    """Fronts, the curve over numbers, and the price of fairness."""

    fronts: tuple[Front, ...]
    curve: tuple[CurvePoint, ...]
    fairness: tuple[PriceOfFairness, ...]
    seconds: float


def trade_offs(outcome: Outcome, *, on_progress: Callable[[str], None] = lambda _: None) -> TradeOffs:
    """Weigh measures against each other (scenario section `analysis.trade_offs`).

    Fronts are of the plans that obey the scenario's rules; measures are by its own mode of travel. Where
    cost is one of the two, numbers of places are free: from one main reception (none, where the scenario asks
    for none or some exist) to the scenario's most, and from no satellite to the scenario's most or that of
    the curve. Of a front that is not whole, points are spread evenly over the measure that is limited.

    Raises
    ------
    InputError
        If the plan is given and not chosen, or a front asks for what cannot be measured.
    SolveError
        If no plan was found for a front.
    """
    started = time.perf_counter()
    section = outcome.scenario.analysis.trade_offs
    check_trade_offs(outcome.scenario)
    fronts = []
    for pair in section.fronts:
        on_progress(f"weighing {pair[0]} against {pair[1]}")
        fronts.append(_front(outcome, pair, section.most_points))
    curve = []
    for n in range(section.n_satellites.minimum, section.n_satellites.maximum + 1):
        on_progress(f"the best plan with {n} satellites")
        curve.append(_curve_point(outcome, n))
    on_progress("the price of fairness")
    fairness = () if outcome.scenario.choice.with_capacity else _fairness(outcome, tuple(fronts))
    return TradeOffs(tuple(fronts), tuple(curve), fairness, time.perf_counter() - started)


def check_trade_offs(scenario: Scenario) -> None:
    """Refuse a scenario whose measures cannot be weighed, before anything is chosen.

    Raises
    ------
    InputError
        If its plan is given, or a front asks for what cannot be optimised.
    """
    choice = scenario.choice
    if choice.given is not None:
        message = (
            "choice.given: a plan that is given leaves nothing to weigh; leave it out, so that one is chosen"
        )
        raise InputError(message)
    for pair in scenario.analysis.trade_offs.fronts:
        if pair[0] == pair[1]:
            message = f"analysis.trade_offs.fronts: {pair[0]} is weighed against itself; name two measures"
            raise InputError(message)
        odd = [each for each in pair if choice.with_capacity and each not in MEASURES_WITH_CAPACITY]
        if odd:
            message = (
                f"analysis.trade_offs.fronts: with choice.with_capacity {odd[0]} cannot be optimised; "
                f"name pairs of {', '.join(MEASURES_WITH_CAPACITY)}"
            )
            raise InputError(message)


def _front(outcome: Outcome, pair: tuple[MeasureName, MeasureName], most_points: int) -> Front:
    scenario = outcome.scenario
    choice = _free_numbers(outcome) if "cost" in pair else scenario.choice
    problem, options = state_problem(outcome.region, choice, scenario.sites.hosts)
    limited, optimised = sorted(pair, key=LIMITED_FIRST.index)
    question = Question(
        problems=tuple(_by_numbers(problem, choice)) if "cost" in pair else (problem,),
        limited=objective_of(Aim(measure=limited), choice, ""),
        optimised=objective_of(Aim(measure=optimised), choice, ""),
        time_limit_seconds=scenario.solver.time_limit_seconds,
        relative_gap=scenario.solver.relative_gap,
    )
    found = pareto_front(question, most_plans=most_points)
    points = [_point(outcome, problem, options, each) for each in found.plans]
    points.sort(key=lambda point: point.value(pair[0]), reverse=pair[0] == "within_standard")
    return Front(pair, optimised, tuple(points), found.is_whole)


def _free_numbers(outcome: Outcome) -> ChoiceSection:
    """Let numbers of places be free, for a front with cost."""
    choice = outcome.scenario.choice
    most = outcome.scenario.analysis.trade_offs.n_satellites.maximum
    return with_choice(
        outcome.scenario,
        n_main=CountRange(
            minimum=min(choice.n_main.minimum, 0 if choice.existing.main else 1),
            maximum=choice.n_main.maximum,
        ),
        n_satellites=CountRange(minimum=0, maximum=max(choice.n_satellites.maximum, most)),
        n_stops=CountRange(minimum=0, maximum=choice.n_stops.maximum),
        n_teams=CountRange(minimum=0, maximum=choice.n_teams.maximum),
    )


def _by_numbers(problem: SitingProblem, choice: ChoiceSection) -> Iterator[SitingProblem]:
    """Split the plans by how many main receptions and satellites they have; each part is easy by itself."""
    free = {"choice.n_main": choice.n_main, "choice.n_satellites": choice.n_satellites}
    for numbers in product(*(range(each.minimum, each.maximum + 1) for each in free.values())):
        above = {key: n - free[key].minimum for key, n in zip(free, numbers, strict=True)}
        yield replace(
            problem,
            counts=tuple(
                replace(rule, least=rule.least + above[rule.label], most=rule.least + above[rule.label])
                if rule.label in above
                else rule
                for rule in problem.counts
            ),
        )


def _point(outcome: Outcome, problem: SitingProblem, options: Options, found: ParetoPlan) -> Point:
    objectives = tuple(as_readers_value(stage) for stage in found.stages)
    unproven = [each.status for each in objectives if each.status is not Status.OPTIMAL]
    plan = plan_of(
        outcome.region,
        options,
        problem,
        found.draft,
        status=unproven[0] if unproven else Status.OPTIMAL,
        objectives=objectives,
        seconds=0.0,
    )
    bound = None if found.is_proven else objectives[0].bound
    return Point(plan, count(outcome, plan).measures, found.is_proven, bound)


def _curve_point(outcome: Outcome, n_satellites: int) -> CurvePoint:
    """Give the best plan, by the scenario's objectives, with so many satellites beside the existing ones."""
    scenario = outcome.scenario
    n_required = len(scenario.choice.required.satellite)
    if n_required > n_satellites:
        return CurvePoint(n_satellites, None, f"choice.required: {n_required} satellites are required")
    choice = with_choice(scenario, n_satellites=CountRange(minimum=n_satellites, maximum=n_satellites))
    try:
        plan = choose(outcome, choice)
    except (InfeasibleError, InputError, TimeLimitError) as error:
        return CurvePoint(n_satellites, None, str(error))
    proven = is_proven(plan)
    bound = None if proven else plan.objectives[0].bound
    point = Point(plan, count(outcome, plan).measures, proven, bound)
    return CurvePoint(n_satellites, point)


def _fairness(outcome: Outcome, fronts: tuple[Front, ...]) -> tuple[PriceOfFairness, ...]:
    """Hold the two ends of each front of mean and fairness against each other."""
    found = []
    for measure in FAIRNESS:
        known = [each for each in fronts if set(each.measures) == {"mean_minutes", measure}]
        front = known[0] if known else _front(outcome, ("mean_minutes", measure), ENDS)
        best = min(front.points, key=lambda point: point.value("mean_minutes"))
        fair = max(front.points, key=lambda point: point.value("mean_minutes"))
        best_mean, fair_mean = best.value("mean_minutes"), fair.value("mean_minutes")
        found.append(
            PriceOfFairness(
                measure=measure,
                best_mean=best_mean,
                fair_mean=fair_mean,
                best_worst=best.value(measure),
                fair_worst=fair.value(measure),
                price=fair_mean / best_mean - 1 if best_mean else 0.0,
                is_proven=best.is_proven and fair.is_proven,
            )
        )
    return tuple(found)
