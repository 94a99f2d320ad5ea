"""`Uncertainty`: does the answer hold if what is assumed is otherwise: draws, regret, and where it flips.

Each draw is answered anew under all rules of the scenario, with its need and its minutes. Regret is how much
worse a plan is than the best one of the same draw. What the scenario itself says counts as one more case
where the largest regret is told (and nowhere else): no plan is to be praised that fails in the likeliest.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import InputError
from ..optimise.planning import READERS, objective_of
from ..workers import InThisProcess, in_parts
from .best_plans import Bench, Compared, best_plan, breaks_rules, count_plans
from .cases import cases_of
from .draws import ground_of
from .findings import Assumption as Assumption  # noqa: PLC0414 - part of the result
from .findings import ComparedPlan as ComparedPlan  # noqa: PLC0414 - part of the result
from .findings import Frequency as Frequency  # noqa: PLC0414 - part of the result
from .findings import Histogram as Histogram  # noqa: PLC0414 - part of the result
from .findings import Quantiles as Quantiles  # noqa: PLC0414 - part of the result
from .findings import Swing as Swing  # noqa: PLC0414 - part of the result
from .findings import compared_plan, frequencies_of, histogram, quantiles, swings_of
from .min_max import least_regret
from .near_best import require_choice
from .regret import as_rows, places_named, places_of, tally_of, yardstick_of
from .swings import Swung, move, sides_of
from .unknowns import SECTION, read_unknowns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from ..cache import Cache
    from ..scenario import Scenario
    from ..study import Outcome
    from ..workers import Workers
    from .best_plans import BestPlan, Count
    from .cases import Cases
    from .near_best import NearBest
    from .regret import Places
    from .unknowns import Draw, Unknowns

CHOSEN: Final = "chosen"
MIN_MAX: Final = "min_max_regret"
MOST_OFTEN_BEST: Final = 5
MOST_ALONE: Final = 100
"""So often at most each field is drawn alone."""
MOST_CANDIDATES: Final = 400
"""Of the plans that are best in some draw, so many are counted in all of them, the most often best first."""
MOVING_RULES: Final = (
    *("largest_minutes", "municipality_limits", "nobody_worse_than", "least_share_within_standard"),
    *("most_mean_minutes", "mode_limits", "link_minutes", "main_near", "least_visits_per_year"),
)
"""Rules that a plan may keep in one draw and break in another."""


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """What the draws led to."""

    n_draws: int
    n_without_plan: int
    """Draws in which no plan obeys the rules; they are left out of what follows."""
    seed: int
    objective_name: str
    unit: str
    mode: str
    assumptions: tuple[Assumption, ...]
    best_values: NDArray[np.float64]
    """(n_draws,) first objective of the best plan of each draw; nan = no plan. Of a saved analysis (0,)."""
    best: Quantiles
    """How `best_values` are spread; nan where no draw has a plan."""
    best_counts: Histogram
    """How often `best_values` fall where."""
    n_unproven: int
    """Draws whose best plan is not proven."""
    frequencies: tuple[Frequency, ...]
    """Sites that are open in any draw, the most often open first."""
    plans: tuple[ComparedPlan, ...]
    n_different_plans: int
    min_max_regret: ComparedPlan
    min_max_is_proven: bool
    """No plan that obeys the rules has a smaller largest regret over the draws and what the scenario says."""
    min_max_bound: float
    """No plan has a smaller largest regret than this."""
    visits_per_year: Quantiles
    persons_in_need: Quantiles
    """In the risk groups, hidden number included."""
    within_standard: Quantiles
    """Of the plan chosen: share of the visits within the standard."""
    swings: tuple[Swing, ...]
    seconds: float
    n_out_of_time: int = 0
    """Draws in which no plan was found in time; they are left out, too."""


def uncertainty(
    outcome: Outcome,
    *,
    near: NearBest | None = None,
    workers: Workers | None = None,
    cache: Cache | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Uncertainty:
    """Draw what is not known, and see whether the answer holds (scenario section `analysis.uncertainty`).

    Parameters
    ----------
    near
        Plans near the best, if they are listed already: among them the least largest regret is looked for.
    workers
        Who answers the draws; left out: this process. The figures are the same.
    cache
        Keeps what takes long to measure; the user's own if not given.

    Raises
    ------
    InputError
        If the scenario has teams, capacity or a given plan, or its section cannot be used.
    InfeasibleError
        If no draw has a plan.
    """
    started = time.perf_counter()
    scenario, region = outcome.scenario, outcome.region
    check_uncertainty(scenario)
    section = scenario.analysis.uncertainty
    has_errors = bool((region.demand.youths_standard_error > 0).any())
    unknowns = read_unknowns(scenario, has_standard_errors=has_errors)
    draws = [unknowns.nominal(), *(unknowns.draw(number) for number in range(1, section.draws + 1))]
    on_progress("what the draws are made from")
    ground = ground_of(outcome, unknowns, cache=cache)
    bench = Bench(scenario, ground, yardstick_of(scenario, region), places_of(outcome.plan, region))
    named = _named(outcome, bench)
    work = _Work(bench, workers or InThisProcess(), on_progress)
    answers = work.answer(draws)
    cases = cases_of(bench, draws, answers)
    shown = _shown(cases, named)
    candidates = tuple(dict.fromkeys([*shown.values(), *cases.often_best[:MOST_CANDIDATES]]))
    counts = work.count(cases, candidates)
    values = np.array([each.values for each in counts])
    regrets = bench.yardstick.regret(values, cases.best[:, None])
    least = least_regret(cases, candidates, regrets, near=near, on_progress=on_progress)
    if least.plan not in candidates:
        more = work.count(cases, (least.plan,))
        candidates, values = (*candidates, least.plan), np.append(values, [each.values for each in more], 1)
    columns = [candidates.index(each) for each in (*shown.values(), least.plan)]
    compared = work.compare(cases, {**shown, MIN_MAX: least.plan}, values[:, columns])
    swings = work.swing(unknowns)
    drawn = cases.answers[1:]
    best_values = np.array([np.nan if each is None else each.value for each in answers[1:]])
    found = best_values[np.isfinite(best_values)]
    return Uncertainty(
        n_draws=section.draws,
        n_without_plan=sum(each is None for each in answers[1:]),
        n_out_of_time=sum(each is not None and not each.is_found for each in answers[1:]),
        seed=section.seed,
        objective_name=bench.yardstick.measure,
        unit=_unit(outcome),
        mode=bench.yardstick.mode,
        assumptions=tuple(each.assumption for each in swings),
        best_values=best_values,
        best=quantiles(found),
        best_counts=histogram(found, _unit(outcome)),
        n_unproven=sum(not each.is_proven for each in drawn),
        frequencies=frequencies_of(drawn),
        plans=compared if least.plan not in shown.values() else compared[:-1],
        n_different_plans=len(cases.often_best),
        min_max_regret=compared[-1],
        min_max_is_proven=least.is_proven and all(each.is_proven for each in cases.answers),
        min_max_bound=least.bound,
        visits_per_year=quantiles([each.visits_per_year for each in counts[1:]]),
        persons_in_need=quantiles([each.persons_in_need for each in counts[1:]]),
        within_standard=quantiles([each.within_standard for each in counts[1:]]),
        swings=swings,
        seconds=time.perf_counter() - started,
    )


def check_uncertainty(scenario: Scenario) -> None:
    """Refuse a scenario in which nothing can be drawn, before anything is chosen.

    Raises
    ------
    InputError
        If regret would need more than a plan's places, or the section cannot be used.
    """
    require_choice(scenario, "uncertainty")
    choice = scenario.choice
    if choice.n_teams.maximum:
        message = (
            f"{SECTION}: with travelling teams (choice.n_teams) each draw would need tours of its own, which "
            "takes too long; leave this part out, or examine the scenario without teams"
        )
        raise InputError(message)
    if choice.with_capacity:
        message = (
            f"{SECTION}: with choice.with_capacity the worth of a plan in a draw depends on where its intake "
            "sends the visits; leave this part out, or examine the scenario without capacity"
        )
        raise InputError(message)
    read_unknowns(scenario, has_standard_errors=True)


def _named(outcome: Outcome, bench: Bench) -> dict[str, Places]:
    """Give the plans that the scenario names; each must serve whom the plan chosen serves."""
    found: dict[str, Places] = {}
    region = outcome.region
    for name, each in outcome.scenario.analysis.uncertainty.plans.items():
        where = f"{SECTION}.plans.{name}"
        if name in (CHOSEN, MIN_MAX) or name.startswith("drawn_"):
            message = f"{where}: {name} names a plan that is compared anyway; give yours another name"
            raise InputError(message)
        found[name] = places_named(each, region, where)
        places, rows = as_rows([bench.chosen, found[name]])
        tally = tally_of(region, places, bench.yardstick)
        if tally.n_unserved(rows[1]) > tally.n_unserved(rows[0]):
            message = (
                f"{where}: visits that the plan chosen serves have no place to go to, so its measures cannot "
                "stand beside others; name main receptions and satellites for all visits"
            )
            raise InputError(message)
    return found


def _shown(cases: Cases, named: Mapping[str, Places]) -> dict[str, Places]:
    """Give the plans to be told of, by name; one that has a name already is not named again."""
    shown = {CHOSEN: cases.bench.chosen, **named}
    for rank, places in enumerate(cases.often_best[:MOST_OFTEN_BEST], start=1):
        if places not in shown.values():
            shown[f"drawn_{rank}"] = places
    return shown


@dataclass(frozen=True, eq=False)
class _Work:
    """What is done for each draw, and who does it."""

    bench: Bench
    workers: Workers
    on_progress: Callable[[str], None]

    def answer(self, draws: Sequence[Draw]) -> list[BestPlan | None]:
        """Choose in each draw."""
        return self.workers.map(
            best_plan, draws, shared=self.bench, on_progress=in_parts(self.on_progress, "best plans of draws")
        )

    def count(self, cases: Cases, plans: Sequence[Places]) -> list[Count]:
        """Count plans in each case."""
        compared = Compared(self.bench, *as_rows(plans))
        tell = in_parts(self.on_progress, "plans counted in draws")
        return self.workers.map(count_plans, cases.draws, shared=compared, on_progress=tell)

    def compare(
        self, cases: Cases, plans: Mapping[str, Places], values: NDArray[np.float64]
    ) -> tuple[ComparedPlan, ...]:
        """Hold plans, with their values in each case (n, k), against what is best there."""
        broken = np.zeros(values.shape, dtype=bool)
        choice = self.bench.scenario.choice
        fields = type(choice).model_fields
        if any(getattr(choice, rule) != fields[rule].get_default() for rule in MOVING_RULES):
            compared = Compared(self.bench, *as_rows(list(plans.values())))
            tell = in_parts(self.on_progress, "rules in draws")
            broken = np.array(self.workers.map(breaks_rules, cases.draws, shared=compared, on_progress=tell))
        return tuple(
            compared_plan(cases, (name, places), values[:, k], broken[:, k])
            for k, (name, places) in enumerate(plans.items())
        )

    def swing(self, unknowns: Unknowns) -> tuple[Swing, ...]:
        """Move each number alone."""
        sides = list(sides_of(unknowns))
        tell = in_parts(self.on_progress, "assumptions moved")
        moved = self.workers.map(move, sides, shared=Swung(self.bench, unknowns), on_progress=tell)
        return swings_of(unknowns, dict(zip(sides, moved, strict=True)), self._alone(unknowns))

    def _alone(self, unknowns: Unknowns) -> dict[str, list[bool]]:
        """Say whether the plan chosen is best, for each draw of one field alone that has a plan."""
        n_draws = min(self.bench.scenario.analysis.uncertainty.draws, MOST_ALONE)
        asked = [(name, number) for name in unknowns.fields for number in range(1, n_draws + 1)]
        draws = [unknowns.draw_alone(name, number) for name, number in asked]
        answers = self.answer(draws)
        compared = Compared(self.bench, *as_rows([self.bench.chosen]))
        tell = in_parts(self.on_progress, "the plan counted in draws")
        counts = self.workers.map(count_plans, draws, shared=compared, on_progress=tell)
        found: dict[str, list[bool]] = {name: [] for name in unknowns.fields}
        yardstick = self.bench.yardstick
        for (name, _), answer, counted in zip(asked, answers, counts, strict=True):
            if answer is not None and answer.is_found:
                best = np.array([answer.value])
                regret = yardstick.regret(np.array(counted.values[:1]), best)
                found[name].append(bool((regret <= yardstick.tolerance(best)).all()))
        return found


def _unit(outcome: Outcome) -> str:
    choice = outcome.scenario.choice
    return READERS[objective_of(choice.objectives[0], choice, "").name][1]
