"""The order of the stages: scenario and dataset in, outcome out. Start reading here."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .by_mode import ModeAccess, count_area, evaluate_modes
from .comparison import Comparison
from .comparison import compare as compare_evaluations
from .dataset import Dataset, load_dataset
from .demand import demand_grid
from .errors import InfeasibleError, InputError, ScenarioError, VerificationError
from .evaluate import Evaluation, evaluate, trips_of
from .optimise import planning
from .optimise.doubt import believed_that_none
from .optimise.explain import what_to_relax
from .optimise.rulebook import rules_broken
from .optimise.solver import OnProgress, say_nothing
from .plan import ObjectiveValue, Plan, Status
from .region import Region
from .scenario import ModeLimit, Scenario
from .scenario_file import load
from .sites import site_table
from .ways import Ways, measure_ways

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .cache import Cache
    from .scenario_travel import TravelSection

# Solver and count must agree to this (relative; absolute below 1).
AGREEMENT: Final = 1e-6


@dataclass(frozen=True, eq=False)
class Outcome:
    """All that one scenario led to."""

    scenario: Scenario
    dataset: Dataset
    region: Region
    plan: Plan
    evaluation: Evaluation
    by_mode: Mapping[str, ModeAccess] = field(default_factory=dict)  # by each other mode of travel

    @property
    def is_reference(self) -> bool:
        """Whether this is what stands there already: to be compared with, but no option."""
        return self.scenario.is_reference


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
    scenario: Scenario | str | Path,
    *,
    dataset: Dataset | None = None,
    ways: Ways | None = None,
    cache: Cache | None = None,
    on_progress: OnProgress = say_nothing,
) -> Outcome:
    """Answer one scenario: choose (or take) a plan, count it, and check that both agree.

    Parameters
    ----------
    scenario
        A scenario, the path of its file, or the name of an embedded one.
    dataset
        Loaded from where the scenario says if not given.
    ways
        Measured before on the same dataset, by the same travel section; measured here if not given.
    cache
        Keeps what takes long to measure; by default the user's, `siting.cache.NO_CACHE` for none.
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
    dataset.require_terms(asked)  # before anything is measured
    try:
        if ways is None:
            on_progress(f"{asked.name}: travel times")
        region = measure(asked, dataset, ways=ways, cache=cache)
        plan = _plan(asked, region, on_progress)
    except InfeasibleError as error:
        raise InfeasibleError(with_place(asked, str(error))) from error
    except InputError as error:
        if type(error) is InputError:  # a rule of the scenario that the dataset does not bear out
            raise ScenarioError(with_place(asked, str(error))) from error
        raise
    return recount(plan, asked, dataset, region)


def recount(plan: Plan, scenario: Scenario, dataset: Dataset, region: Region) -> Outcome:
    """Count a plan by every mode of travel, and see that this agrees with what the plan says of itself.

    Raises
    ------
    LabelError
        If the plan opens an unknown site.
    VerificationError
        If the count contradicts the plan's objectives, or a limit that the scenario sets.
    """
    evaluation = evaluate(
        plan,
        region,
        scenario.evaluation,
        standard_minutes=scenario.choice.standard_minutes,
        worst_share=scenario.choice.worst_share,
    )
    by_mode = evaluate_modes(plan, region, evaluation, scenario.evaluation, scenario.choice)
    outcome = Outcome(scenario, dataset, region, plan, evaluation, by_mode)
    _verify(outcome)
    return outcome


def measure(
    scenario: Scenario, dataset: Dataset, *, ways: Ways | None = None, cache: Cache | None = None
) -> Region:
    """Count the need and measure the ways, unless they are known: all that a choice is made in.

    Raises
    ------
    InputError
        If the scenario names a municipality, a site or a kind that the dataset does not hold.
    ScenarioError
        If it would tell more than the dataset's owner lets be told.
    """
    dataset.require_terms(scenario)
    leaving = scenario.leaving_municipalities
    demand = demand_grid(dataset, scenario.demand, leaving=leaving)
    sites = site_table(dataset, scenario.sites, leaving=leaving)
    ways = ways or measure_ways(scenario.travel, dataset, folder=scenario.folder, cache=cache)
    names = zip(*(dataset.table("municipalities")[column] for column in ("code", "name")), strict=True)
    return Region(
        demand=demand,
        sites=sites,
        times=ways.by_mode[scenario.travel.mode],
        site_times=ways.site_times,
        site_kilometres=ways.site_kilometres,
        municipality_names={code: name for code, name in names if name not in leaving},
        roles=scenario.roles,
        access=scenario.access,
        mode=scenario.travel.mode,
        other_times={mode: each for mode, each in ways.by_mode.items() if mode != scenario.travel.mode},
        n_roads_cut_off=ways.n_roads_cut_off,
    )


def ways_of(region: Region) -> Ways:
    """Give the ways that a region was measured by, for another of the same dataset and travel section."""
    return Ways(
        by_mode={region.mode: region.times, **region.other_times},
        site_times=region.site_times,
        site_kilometres=region.site_kilometres,
        n_roads_cut_off=region.n_roads_cut_off,
    )


def compare(
    scenarios: Sequence[Scenario | str | Path],
    *,
    base: str | None = None,
    cache: Cache | None = None,
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
    base = base_among([each.name for each in asked], base)
    require_alike(asked, ("dataset", "demand", "leaving_municipalities"))
    data = load_dataset(asked[0].dataset, relative_to=asked[0].folder)
    folders = [each.folder for each in asked]
    ways_of = ways_of_each(asked, data, folders=folders, cache=cache, tell=on_progress)
    outcomes = tuple(
        run(scenario, dataset=data, ways=ways, on_progress=on_progress)
        for scenario, ways in zip(asked, ways_of, strict=True)
    )
    return held_against(outcomes, base)


def base_among(names: Sequence[str], base: str | None, *, least: int = 2, command: str = "compare") -> str:
    """Take the base of a comparison by its name or its file's name; the first if none is asked for.

    Raises
    ------
    InputError
        If there are fewer names than the least, one stands twice, or the base is not among them.
    """
    if len(names) < least:
        message = f"{command}: give at least {'two scenarios' if least > 1 else 'one scenario'}"
        raise InputError(message)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        message = f"{command}: two scenarios have the name {twice[0]!r}; give one of them another name"
        raise InputError(message)
    base = Path(base).stem if base and Path(base).stem in names else base or names[0]
    if base not in names:
        message = f"{command}: the base {base!r} is not among the scenarios: {', '.join(names)}"
        raise InputError(message)
    return base


def require_alike(scenarios: Sequence[Scenario], keys: Sequence[str]) -> None:
    """Refuse scenarios whose plans cannot stand side by side: other need, or another mode of travel.

    Raises
    ------
    InputError
        If one differs from the first in one of the keys, or in its mode of travel.
    """
    first = scenarios[0]
    for each in scenarios[1:]:
        if any(getattr(each, key) != getattr(first, key) for key in keys):
            message = (
                f"compare: {each.name} and {first.name} must have the same "
                f"{', '.join(keys[:-1])} and {keys[-1]} to be compared"
            )
            raise InputError(message)
        if each.travel.mode != first.travel.mode:
            message = (
                f"compare: {each.name} travels by {each.travel.mode}, {first.name} by {first.travel.mode}; "
                "only minutes by one mode can be compared (name others in objectives and limits)"
            )
            raise InputError(message)


def held_against(outcomes: tuple[Outcome, ...], base: str) -> Alternatives:
    """Hold each outcome against the base, by its scenario's name; the base alone has no differences."""
    first = next(each.scenario for each in outcomes if each.scenario.name == base)
    comparison = compare_evaluations(
        {each.scenario.name: each.evaluation for each in outcomes},
        outcomes[0].region.demand,
        base=base,
        noticeable_minutes=first.evaluation.noticeable_minutes,
        standard_minutes=first.choice.standard_minutes,
    )
    return Alternatives(outcomes, comparison)


def ways_of_each(
    scenarios: Sequence[Scenario],
    dataset: Dataset,
    *,
    folders: Sequence[Path | None],
    cache: Cache | None = None,
    tell: OnProgress = say_nothing,
) -> Iterator[Ways]:
    """Measure the ways of each scenario, one after the other; those that travel alike share theirs.

    `folders` are those that the scenarios' own files count from.

    Raises
    ------
    ScenarioError
        If one would tell more than the dataset's owner lets be told: before anything is measured.
    """
    for scenario in scenarios:
        dataset.require_terms(scenario)
    known: list[tuple[TravelSection, Path | None, Ways]] = []
    for scenario, folder in zip(scenarios, folders, strict=True):
        alike = (ways for *key, ways in known if key == [scenario.travel, folder])
        ways = next(alike, None)
        if ways is None:
            tell(f"{scenario.name}: travel times")
            ways = measure_ways(scenario.travel, dataset, folder=folder, cache=cache)
            known.append((scenario.travel, folder, ways))
        yield ways


def _plan(scenario: Scenario, region: Region, on_progress: OnProgress) -> Plan:
    if scenario.choice.given is not None:
        return planning.evaluate_only(
            scenario.choice.given,
            region,
            hosts=scenario.sites.hosts,
            solver=scenario.solver,
            on_progress=lambda text: on_progress(f"{scenario.name}: {text}"),
        )
    on_progress(f"{scenario.name}: choosing")
    deadline = time.perf_counter() + scenario.solver.time_limit_seconds
    try:
        return planning.choose(
            region,
            scenario.choice,
            hosts=scenario.sites.hosts,
            solver=scenario.solver,
            on_progress=lambda text: on_progress(f"{scenario.name}: {text}"),
        )
    except InfeasibleError as error:
        left = deadline - time.perf_counter()
        message = _why_none(error, scenario, region, left, on_progress)
        raise InfeasibleError(message) from error


def _why_none(
    error: InfeasibleError, scenario: Scenario, region: Region, seconds: float, on_progress: OnProgress
) -> str:
    """Say that there is no plan, what this rests on, and which rules to relax."""
    told = believed_that_none(
        error,
        region,
        scenario.choice,
        scenario.sites.hosts,
        seconds=seconds,
        on_progress=lambda text: on_progress(f"{scenario.name}: {text}"),
    )
    on_progress(f"{scenario.name}: no plan obeys all the rules; looking for those to relax")
    ways = what_to_relax(scenario.choice, region, scenario.sites.hosts)
    if not ways:
        return f"{told}; no set of up to three rules to relax was found in time"
    these = "any of these alone would do" if len(ways) > 1 else "this would do"
    return f"{told}; {these}: {'; '.join(ways)}"


def _verify(outcome: Outcome) -> None:
    """Refuse an answer that its own count contradicts; by how much is told, but no exact figure of people."""
    plan, evaluation, scenario = outcome.plan, outcome.evaluation, outcome.scenario
    if plan.status is Status.GIVEN:
        return
    for objective in plan.objectives:
        count = count_measure(outcome, objective.name, objective.mode)
        if count is None or not _agree(count, objective.value):
            by = "there is none by the count" if count is None else _apart(objective.value, count)
            message = f"{objective.name}: the solver's value is not what the count says ({by})"
            raise VerificationError(message)
        _verify_proof(objective)
    broken = rules_broken(plan, outcome.region, scenario.choice, scenario.sites.hosts)
    if broken:
        message = f"the plan breaks a rule of its scenario: {broken[0]}"
        raise VerificationError(message)
    choice, counted = scenario.choice, evaluation.measures
    limits = {
        "most_full_time_posts": (evaluation.resources.full_time_posts, choice.most_full_time_posts),
        "most_sek_per_year": (evaluation.resources.sek_per_year, choice.most_sek_per_year),
        "most_mean_minutes": (counted.mean_minutes, choice.most_mean_minutes),
    }
    for name, (count, limit) in limits.items():
        if count is not None and limit is not None and not count <= limit + AGREEMENT * max(1.0, limit):
            message = (
                f"choice.{name}: the plan takes more than {limit:g} by the count ({_apart(limit, count)})"
            )
            raise VerificationError(message)
    least = choice.least_share_within_standard
    if least is not None and not counted.within_standard >= least - AGREEMENT:
        message = f"choice.least_share_within_standard: less than {least:g} by the count"
        raise VerificationError(message)

    for each in choice.mode_limits:
        share, mean = count_limit(outcome, each)
        if each.least_share is not None and not share >= each.least_share - AGREEMENT:
            message = (
                f"choice.mode_limits: {each.mode}: a share of less than {each.least_share:g} by the count"
            )
            raise VerificationError(message)
        most = each.mean_minutes
        if most is not None and mean is not None and not mean <= most * (1 + AGREEMENT):
            message = f"choice.mode_limits: {each.mode}: a mean of more than {most:g} minutes by the count"
            raise VerificationError(message)


def _verify_proof(objective: ObjectiveValue) -> None:
    """See that what is said to be proven can be: a bound beyond the plan's own value cannot."""
    value, bound, gap = objective.value, objective.bound, objective.gap
    is_share = objective.unit == "share"
    beyond = value - bound if is_share else bound - value
    if not (isfinite(bound) and bound >= -AGREEMENT and (not is_share or bound <= 1 + AGREEMENT)):
        problem = "is no value that any plan can have"
    elif not beyond <= AGREEMENT * max(1.0, abs(value)):
        problem = "says that no plan can be as good as this one is"
    elif not abs(gap * abs(value or 1.0) - abs(value - bound)) <= AGREEMENT * max(1.0, abs(value)):
        problem = "does not lie as far from the value as the gap says"
    else:
        return
    message = f"{objective.name}: the solver's bound {problem}"
    raise VerificationError(message)


def _agree(one: float, other: float) -> bool:
    """Say whether two figures are the same but for rounding; what is no number is not."""
    return abs(one - other) <= AGREEMENT * max(1.0, min(abs(one), abs(other)))


def _apart(one: float, other: float) -> str:
    """Say how far a figure is from another, and neither of them."""
    if not (isfinite(one) and isfinite(other)):
        return "one of them is no number"
    return f"they differ by {abs(other - one) / max(abs(one), abs(other)):.1g} of the larger"


def count_measure(outcome: Outcome, name: str, mode: str = "") -> float | None:
    """Count a measure that plans are chosen by, by a mode of travel; "" is the scenario's own."""
    measures = outcome.by_mode[mode].measures if mode else outcome.evaluation.measures
    count: float | None = getattr(measures, name)
    return count


def count_limit(outcome: Outcome, limit: ModeLimit) -> tuple[float, float | None]:
    """Count what a limit by mode speaks of: the share within, and the mean generalised minutes."""
    region, choice = outcome.region, outcome.scenario.choice
    within = limit.within_minutes or choice.standard_minutes
    code = next((c for c, name in region.municipality_names.items() if name == limit.municipality), None)
    if limit.mode == region.mode:
        main, near = (trips_of(outcome.plan, region, service) for service in ("main", "near"))
        return count_area(region, main, near, code=code, within_minutes=within)
    by = outcome.by_mode[limit.mode]
    return count_area(
        region, by.main, by.near, code=code, within_minutes=within, most_minutes=choice.unreachable_minutes
    )


def with_place(scenario: Scenario, text: str) -> str:
    """Put file and line before a sentence that begins with a key of the scenario."""
    key, separator, rest = text.partition(": ")
    place = scenario.where(*key.split("."))
    return f"{place}{separator}{rest}" if separator else text
