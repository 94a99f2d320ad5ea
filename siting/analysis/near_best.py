"""`NearBest`: every plan that is nearly as good as the best, and what each place is worth."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from ..errors import InfeasibleError, InputError, SolveError, VerificationError
from ..optimise.listing import list_plans, require_listed
from ..optimise.objectives import SHARES
from ..optimise.planning import as_readers_value, objective_of
from ..optimise.problem import UNLIMITED, CountRule
from ..optimise.rules import state_problem
from ..optimise.services import own_mode
from ..optimise.solver import say_nothing, solve
from ..plan import Plan, Status
from ..sites import Role
from .subject import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from ..optimise.listing import Listing
    from ..optimise.objectives import Objective
    from ..optimise.options import Options
    from ..optimise.problem import SitingProblem
    from ..plan import ObjectiveValue
    from ..scenario import Scenario
    from ..study import Outcome

Scope = Literal["site", "main_site", "municipality", "main_municipality"]
MAIN_SCOPES: Final = ("main_site", "main_municipality")
SECONDS_FOR_A_WORTH: Final = 20.0
CHECKED_PLANS: Final = 25
"""So many of the listed plans, evenly through the list, are counted again by `evaluate`."""
AGREEMENT: Final = 1e-6


@dataclass(frozen=True)
class Place:
    """A site opened in a role on so many days a week."""

    site_id: str
    role: Role
    days_per_week: float


class Certainty(StrEnum):
    """Whether plans that are nearly as good as the best have something open."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    NEVER = "never"
    UNKNOWN = "unknown"
    """The list of plans is not known to be whole, and no proof was found otherwise."""


@dataclass(frozen=True)
class Worth:
    """What it costs to insist on something, or to say no to it; in the objective as readers know it."""

    scope: Scope
    """What it is about: a site in any role, a site as a main reception, or anything in a municipality."""
    key: str
    """Site id, or municipality code."""
    certainty: Certainty
    share_of_plans: float
    """Of the listed plans, those that have it."""
    in_best: bool
    """Whether the plan chosen has it."""
    best_with: float | None
    """Objective of the best plan that has it; None = there is none (proven), or none was found in time."""
    best_without: float | None
    """Objective of the best plan that does not have it; None = as above."""
    with_is_proven: bool
    without_is_proven: bool

    def price_of_insisting(self, best: float) -> float | None:
        """How much worse the best plan with it is (in the objective's unit, >= 0)."""
        return None if self.best_with is None else abs(self.best_with - best)

    def price_of_no(self, best: float) -> float | None:
        """How much worse the best plan without it is (in the objective's unit, >= 0)."""
        return None if self.best_without is None else abs(self.best_without - best)


@dataclass(frozen=True, eq=False)
class NearBest:
    """All plans within a share of the best, by the first objective."""

    within: float
    """Share of the objective (points for shares of visits) that they may be worse by."""
    objective: ObjectiveValue
    """Of the best plan, as readers know it."""
    limit: float
    """Objective of the worst plan that still counts."""
    is_complete: bool
    """Proven: no plan but those listed is within the limit."""
    complete_to: float
    """Every plan with an objective better than this is listed (the limit, if complete)."""
    places: tuple[Place, ...]
    """What the columns of `plans` speak of."""
    plans: NDArray[np.int16]
    """(k, p) places open in each plan, ascending, best plan first; -1 where a plan has fewer."""
    values: NDArray[np.float64]
    """(k,) objective of each plan as readers know it, counted from the tables; best first."""
    n_plans: int
    """All that were found; of a saved analysis only the best of them are listed."""
    n_by_municipality: int
    """Of these, those that differ in more than which premises of a municipality they use."""
    worths: tuple[Worth, ...]
    """By scope, then in the order of the tables."""
    seconds: float


def near_best(outcome: Outcome, *, on_progress: Callable[[str], None] = say_nothing) -> NearBest:
    """List every plan that is nearly as good as the best (scenario section `analysis.near_best`).

    Plans count by the first objective alone, under all rules of the scenario. Two plans are different if a
    site is open in another role or on other days.

    Raises
    ------
    InputError
        If the scenario chooses nothing, or by a first objective that plans cannot be listed by.
    SolveError
        If there is no plan.
    """
    started = time.perf_counter()
    scenario, section = outcome.scenario, outcome.scenario.analysis.near_best
    check_near_best(scenario)
    choice, aim = scenario.choice, scenario.choice.objectives[0]
    objective = objective_of(aim, choice, own_mode(outcome.region, aim.mode))
    problem, options = state_problem(outcome.region, choice, scenario.sites.hosts)
    on_progress("the best plan by the first objective")
    solution = solve(problem, [(objective, 0.0)], time_limit_seconds=scenario.solver.time_limit_seconds)
    best = solution.stages[0]
    limit = best.value + objective.tolerance(best.value, section.within)
    listing = list_plans(
        problem,
        objective,
        limit,
        most_plans=section.most_plans,
        time_limit_seconds=section.time_limit_seconds,
        known=solution.draft,
        on_progress=on_progress,
    )
    # The same sum as the others, lest prices of nothing are 4e-15.
    best = replace(best, value=float(listing.values[0]))
    places = _places(outcome, options)
    chosen = _has_open(outcome.plan, places)
    deadline = time.perf_counter() + section.time_limit_seconds
    asked = _Asked(problem, objective, listing, chosen, limit, deadline)
    worths = tuple(_worths(asked, outcome, options, on_progress))
    # Where the best plan was not proven, one that has or has not something may have turned out better.
    known = [value for each in worths for value in (each.best_with, each.best_without) if value is not None]
    best = replace(best, value=min([best.value, *map(asked.readers, known)]))
    plans = padded(listing.is_open)
    found = NearBest(
        within=section.within,
        objective=as_readers_value(best),
        limit=asked.readers(limit),
        is_complete=listing.is_complete,
        complete_to=asked.readers(listing.complete_to),
        places=places,
        plans=plans,
        values=1 - listing.values if asked.is_share else listing.values,
        n_plans=len(plans),
        n_by_municipality=_n_by_municipality(outcome, places, plans),
        worths=worths,
        seconds=time.perf_counter() - started,
    )
    _verify(found, outcome)
    return found


def check_near_best(scenario: Scenario) -> None:
    """Refuse a scenario whose plans cannot be listed, before anything is chosen.

    Raises
    ------
    InputError
        If its plan is given, or the first objective is none that plans can be listed by.
    """
    require_choice(scenario, "near_best")
    aim = scenario.choice.objectives[0]
    require_listed(objective_of(aim, scenario.choice, ""))


def require_choice(scenario: Scenario, part: str) -> None:
    """Refuse to examine a plan that was given: there is no choice whose alternatives could be told.

    Raises
    ------
    InputError
        If the scenario's plan is given.
    """
    if scenario.choice.given is not None:
        message = (
            f"analysis.{part}: the scenario takes the plan in choice.given as it stands, so nothing is "
            "chosen; examine a scenario that chooses"
        )
        raise InputError(message)


@dataclass(frozen=True, eq=False)
class _Asked:
    problem: SitingProblem
    objective: Objective
    listing: Listing
    chosen: NDArray[np.bool_]  # (q,) open in the plan chosen, which later objectives may have had a say in
    limit: float
    deadline: float

    @property
    def is_complete(self) -> bool:
        """Whether all plans within the limit are listed."""
        return self.listing.is_complete

    @property
    def is_share(self) -> bool:
        """Whether more is better for readers: the share within the standard, not outside it."""
        return self.objective.name in SHARES

    def readers(self, value: float) -> float:
        """Give a value as readers know it."""
        return 1 - value if self.is_share else value


def _worths(
    asked: _Asked, outcome: Outcome, options: Options, on_progress: Callable[[str], None]
) -> Iterator[Worth]:
    for scope, key, members in _subjects(outcome, options):
        on_progress(f"what {key} is worth")
        yield _worth(asked, scope, key, members)


def _subjects(outcome: Outcome, options: Options) -> Iterator[tuple[Scope, str, NDArray[np.intp]]]:
    """What is asked about, and the options that stand for it, in the order of the tables."""
    sites, is_main = outcome.region.sites, options.where(Role.MAIN)
    names = np.array(sites.site_ids)[options.site]
    codes = np.array(sites.municipality_codes)[options.site]
    scopes: tuple[tuple[Scope, NDArray[np.str_]], ...] = (
        ("site", names),
        ("main_site", names),
        ("municipality", codes),
        ("main_municipality", codes),
    )
    for scope, keys in scopes:
        counted = is_main if scope in MAIN_SCOPES else np.ones(len(keys), dtype=bool)
        known = sites.site_ids if scope.endswith("site") else tuple(outcome.region.municipality_names)
        for key in known:
            members = np.flatnonzero(counted & (keys == key))
            if members.size:
                yield scope, key, members


def _worth(asked: _Asked, scope: Scope, key: str, members: NDArray[np.intp]) -> Worth:
    """Read from the list what it tells; solve for the rest."""
    has: NDArray[np.bool_] = np.asarray(asked.listing.is_open[:, members].any(axis=1))
    values, none, unlimited = asked.listing.values, (0, 0), (1, UNLIMITED)
    best_with, with_is_proven = _best(asked, values[has], members, unlimited)
    best_without, without_is_proven = _best(asked, values[~has], members, none)
    within_with = best_with is not None and best_with <= asked.limit
    within_without = best_without is not None and best_without <= asked.limit
    # What is worse than the limit, or not to be had, is proven to be in no plan that is nearly as good.
    certainty = Certainty.UNKNOWN
    if within_with and within_without:
        certainty = Certainty.SOMETIMES
    elif within_with and (asked.is_complete or without_is_proven):
        certainty = Certainty.ALWAYS
    elif within_without and (asked.is_complete or with_is_proven):
        certainty = Certainty.NEVER
    return Worth(
        scope=scope,
        key=key,
        certainty=certainty,
        share_of_plans=float(has.mean()) if has.size else 0.0,
        in_best=bool(asked.chosen[members].any()),
        best_with=None if best_with is None else asked.readers(best_with),
        best_without=None if best_without is None else asked.readers(best_without),
        with_is_proven=with_is_proven,
        without_is_proven=without_is_proven,
    )


def _best(
    asked: _Asked, listed: NDArray[np.float64], members: NDArray[np.intp], numbers: tuple[int, int]
) -> tuple[float | None, bool]:
    """Best value of the plans that have so many of the options open, and whether it is proven."""
    if listed.size and float(listed[0]) <= asked.listing.complete_to:
        return float(listed[0]), True
    seconds = min(SECONDS_FOR_A_WORTH, asked.deadline - time.perf_counter())
    known = float(listed[0]) if listed.size else None
    if seconds <= 0:
        return known, False
    rule = CountRule("analysis.near_best", members, *numbers)
    problem = replace(asked.problem, counts=(*asked.problem.counts, rule), rank=None)
    try:
        stage = solve(problem, [(asked.objective, 0.0)], time_limit_seconds=seconds).stages[0]
    except InfeasibleError:
        return None, True
    except SolveError:
        return known, False
    value = stage.value if known is None else min(known, stage.value)
    return value, stage.status is Status.OPTIMAL


def _places(outcome: Outcome, options: Options) -> tuple[Place, ...]:
    return tuple(
        Place(outcome.region.sites.site_ids[j], offer.role, offer.days_per_week)
        for j, offer in zip(options.site, options.offers, strict=True)
    )


def _has_open(plan: Plan, places: Sequence[Place]) -> NDArray[np.bool_]:
    """Mark the places that a plan has open."""
    return np.array(
        [
            plan.role_of(each.site_id) is each.role and plan.days_of(each.site_id) == each.days_per_week
            for each in places
        ],
        dtype=bool,
    )


def padded(is_open: NDArray[np.bool_]) -> NDArray[np.int16]:
    """Turn rows of openings (k, q) into rows of positions, -1 at the end of the shorter ones."""
    n_open = is_open.sum(axis=1)
    plans = np.full((len(is_open), int(n_open.max(initial=0))), -1, dtype=np.int16)
    row, position = np.nonzero(is_open)
    plans[row, np.arange(len(row)) - np.repeat(np.cumsum(n_open) - n_open, n_open)] = position
    return plans


def _n_by_municipality(outcome: Outcome, places: Sequence[Place], plans: NDArray[np.int16]) -> int:
    """Count the plans that differ in more than which premises of a municipality they use."""
    sites = outcome.region.sites
    town_of = dict(zip(sites.site_ids, sites.municipality_codes, strict=True))
    kinds = sorted({(town_of[each.site_id], each.role, each.days_per_week) for each in places})
    kind_of = [kinds.index((town_of[each.site_id], each.role, each.days_per_week)) for each in places]
    return len(np.unique(np.sort(np.array([*kind_of, -1])[plans], axis=1), axis=0))


def plan_of(near: NearBest, row: int) -> Plan:
    """Give a listed plan as a `Plan` that was given; its teams are not told."""
    return plan_with([near.places[q] for q in near.plans[row] if q >= 0])


def plan_with(places: Sequence[Place], objectives: tuple[ObjectiveValue, ...] = ()) -> Plan:
    """Give open places as a `Plan` that was given."""
    by_role = {role: tuple(each.site_id for each in places if each.role is role) for role in Role}
    return Plan(
        main=by_role[Role.MAIN],
        satellite=by_role[Role.SATELLITE],
        stop=by_role[Role.STOP],
        days_per_week={each.site_id: each.days_per_week for each in places},
        status=Status.GIVEN,
        objectives=objectives,
        solve_seconds=0.0,
    )


def _verify(near: NearBest, outcome: Outcome) -> None:
    """Count some of the plans from the tables; where visits are sent or stops visited, that takes more."""
    name, mode = near.objective.name, near.objective.mode
    choice = outcome.scenario.choice
    if mode or choice.with_capacity or choice.n_teams.maximum or name == "cost":
        return
    for row in np.unique(np.linspace(0, len(near.values) - 1, CHECKED_PLANS).astype(int)):
        counted = getattr(count(outcome, plan_of(near, row)).measures, name)
        if not abs(counted - near.values[row]) <= AGREEMENT * max(1.0, abs(counted)):
            message = f"analysis.near_best: the value of plan {row + 1} is not what the count says"
            raise VerificationError(message)
