"""The order of the stages: scenario and dataset in, outcome out. Start reading here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .compare import Comparison
from .compare import compare as compare_evaluations
from .dataset import Dataset, load_dataset
from .demand import DemandGrid, demand_grid
from .errors import InfeasibleError, InputError, ScenarioError, VerificationError
from .evaluate import Evaluation, evaluate
from .optimise import planning
from .optimise.explain import what_to_relax
from .optimise.rules import state_problem
from .optimise.solver import OnProgress, say_nothing
from .plan import Plan, Status
from .roads import road_network
from .scenario import Scenario
from .scenario_file import load
from .sites import SiteTable, all_sites, site_table
from .travel import Places, TravelTimes, car_minutes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .optimise.problem import SitingProblem
    from .scenario import ChoiceSection

# Solver and count must agree to this (relative; absolute below 1).
AGREEMENT: Final = 1e-6


@dataclass(frozen=True, eq=False)
class Outcome:
    """All that one scenario led to."""

    scenario: Scenario
    dataset: Dataset
    demand: DemandGrid
    sites: SiteTable
    times: TravelTimes
    plan: Plan
    evaluation: Evaluation


@dataclass(frozen=True, eq=False)
class Alternatives:
    """Several outcomes and how they differ from a named base."""

    outcomes: tuple[Outcome, ...]
    comparison: Comparison

    @property
    def base(self) -> Outcome:
        """The outcome that the others are held against."""
        return next(each for each in self.outcomes if each.scenario.name == self.comparison.base)


def run(
    scenario: Scenario | str | Path, *, dataset: Dataset | None = None, on_progress: OnProgress = say_nothing
) -> Outcome:
    """Answer one scenario: choose (or take) a plan, count it, and check that both agree.

    Parameters
    ----------
    scenario
        A scenario, the path of its file, or the name of an embedded one.
    dataset
        Loaded from where the scenario says if not given.
    on_progress
        Called with a short sentence now and then.

    Raises
    ------
    SitingError
        Any of its kinds: see `siting.errors`.
    """
    asked = scenario if isinstance(scenario, Scenario) else load(scenario)
    if dataset is None:
        on_progress(f"{asked.name}: reading the dataset {asked.dataset}")
        dataset = load_dataset(asked.dataset, relative_to=asked.folder)
    data = dataset
    demand = demand_grid(data, asked.demand)
    try:
        sites = site_table(data, asked.sites)
        on_progress(f"{asked.name}: travel times, {len(demand.cell_ids)} cells x {len(sites.site_ids)} sites")
        roads = road_network(data)
        candidates = Places(sites.site_ids, sites.points_metres)
        times = car_minutes(Places(demand.cell_ids, demand.centres_metres), candidates, roads, asked.travel)
        everyone = Places(*all_sites(data))
        site_times = car_minutes(candidates, everyone, roads, asked.travel)
        plan = _plan(asked, data, demand, sites, times=times, site_times=site_times, on_progress=on_progress)
    except InfeasibleError as error:
        raise InfeasibleError(_with_place(asked, str(error))) from error
    except InputError as error:
        if type(error) is InputError:  # a rule of the scenario that the dataset does not bear out
            raise ScenarioError(_with_place(asked, str(error))) from error
        raise
    limits = (*asked.evaluation.within_minutes, asked.choice.standard_minutes)
    evaluation = evaluate(plan, demand, times, within_minutes=limits)
    _verify(plan, evaluation, asked.choice.standard_minutes)
    return Outcome(asked, data, demand, sites, times, plan, evaluation)


def compare(
    scenarios: Sequence[Scenario | str | Path],
    *,
    base: str | None = None,
    on_progress: OnProgress = say_nothing,
) -> Alternatives:
    """Answer several scenarios on the same demand, and hold each against the base (default: the first).

    Raises
    ------
    InputError
        If fewer than two scenarios are given, two have the same name, the base is not among them, or
        they do not rest on the same dataset and demand.
    """
    asked = [each if isinstance(each, Scenario) else load(each) for each in scenarios]
    names = [each.name for each in asked]
    if len(asked) < 2:
        message = "compare: give at least two scenarios"
        raise InputError(message)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        message = f"compare: two scenarios have the name {twice[0]!r}; give one of them another name"
        raise InputError(message)
    base = Path(base).stem if base and Path(base).stem in names else base or names[0]
    if base not in names:
        message = f"compare: the base {base!r} is not among the scenarios: {', '.join(names)}"
        raise InputError(message)
    for each in asked[1:]:
        if (each.dataset, each.demand) != (asked[0].dataset, asked[0].demand):
            message = (
                f"compare: {each.name} and {names[0]} must have the same dataset and demand to be compared"
            )
            raise InputError(message)
    data = load_dataset(asked[0].dataset, relative_to=asked[0].folder)
    outcomes = tuple(run(each, dataset=data, on_progress=on_progress) for each in asked)
    first = asked[names.index(base)]
    comparison = compare_evaluations(
        {each.scenario.name: each.evaluation for each in outcomes},
        outcomes[0].demand,
        base=base,
        noticeable_minutes=first.evaluation.noticeable_minutes,
    )
    return Alternatives(outcomes, comparison)


def _plan(
    scenario: Scenario,
    data: Dataset,
    demand: DemandGrid,
    sites: SiteTable,
    *,
    times: TravelTimes,
    site_times: TravelTimes,
    on_progress: OnProgress,
) -> Plan:
    if scenario.choice.given is not None:
        return planning.evaluate_only(scenario.choice.given, sites)
    on_progress(f"{scenario.name}: choosing")
    municipalities = data.table("municipalities")
    names = dict(zip(municipalities["code"], municipalities["name"], strict=True))

    def state(choice: ChoiceSection) -> SitingProblem:
        return state_problem(demand, sites, times, site_times, choice=choice, municipality_names=names)

    problem = state(scenario.choice)
    try:
        return planning.choose(
            problem,
            sites,
            choice=scenario.choice,
            hosts=scenario.sites.hosts,
            solver=scenario.solver,
            on_progress=lambda text: on_progress(f"{scenario.name}: {text}"),
        )
    except InfeasibleError as error:
        on_progress(f"{scenario.name}: no plan obeys all the rules; looking for the one to relax")
        ways = what_to_relax(scenario.choice, state)
        hint = f"any of these alone would do: {'; '.join(ways)}" if ways else "relax two or more of them"
        message = f"{error}; {hint}"
        raise InfeasibleError(message) from error


def _verify(plan: Plan, evaluation: Evaluation, standard_minutes: float) -> None:
    """Refuse an answer that its own count contradicts."""
    if plan.status is Status.GIVEN:
        return
    counted = {
        "mean_minutes": evaluation.county.overall.mean_minutes,
        "within_standard": evaluation.county.overall.within(standard_minutes),
    }
    for objective in plan.objectives:
        count = counted[objective.name]
        if count is None or abs(count - objective.value) > AGREEMENT * max(1.0, abs(objective.value)):
            message = f"{objective.name}: the solver says {objective.value!r}, but the count says {count!r}"
            raise VerificationError(message)


def _with_place(scenario: Scenario, text: str) -> str:
    """Put file and line before a sentence that begins with a key of the scenario."""
    key, separator, rest = text.partition(": ")
    place = scenario.where(*key.split("."))
    return f"{place}{separator}{rest}" if separator else text
