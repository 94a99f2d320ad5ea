"""`Municipalities`: what each gains and pays, what happens without it, and how evenly access is spread."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InfeasibleError, InputError
from ..evaluate import trips_of
from ..plan import NO_SITE
from ..scenario import Aim, ChoiceSection
from ..scenario_choice import CountRange
from ..sites import Role
from ..workers import InThisProcess, in_parts
from .coalitions import SERVICES, anywhere, cost_game, is_used
from .departures import Departure as Departure  # noqa: PLC0414 - part of the result
from .departures import departures
from .equity import equity
from .nobody_worse import NobodyWorse as NobodyWorse  # noqa: PLC0414 - part of the result
from .nobody_worse import nobody_worse, today_of
from .shares import cost_shares
from .subject import Answered, choose, count, region_without

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ..evaluate import Access, Evaluation
    from ..study import Outcome
    from ..workers import Workers
    from .equity import Equity
    from .shares import CostShares


@dataclass(frozen=True)
class Membership:
    """One municipality in the joint plan; minutes are mean generalised minutes over all visits of those who live there."""  # noqa: E501

    code: str
    name: str
    youths: float
    visits_per_year: float
    n_main: int
    """Main receptions that the plan opens there."""
    n_places: int
    """Places of any role that the plan opens there."""
    joint_minutes: float | None
    joint_minutes_as_today: float | None
    """Of the joint plan, over visits of the kinds that have places today: what to hold against today's."""
    today_minutes: float | None
    """None where there is no comparison with today, or nobody is served there."""
    alone_minutes: float | None
    """By the best plan on its own for what its share by population pays; None = it cannot be paid."""
    alone_sek_per_year: float | None
    """Least cost at which it alone gives its youths what the joint plan gives them; None = not possible."""
    share_by_population: float
    share_by_use: float
    """Where those who visit a place pay for it: the cost of each place by the visits to it."""
    share_by_shapley: float | None
    """None where `Municipalities.shapley_reason` says why."""
    shapley_standard_error: float | None
    """0 where exact."""


@dataclass(frozen=True, eq=False)
class Municipalities:
    """What is in it for each."""

    members: tuple[Membership, ...]
    sek_per_year: float
    """Cost of the joint plan, which the shares divide."""
    least_sek_per_year: float | None
    """Least cost at which all together are given what the joint plan gives them; None = not possible."""
    shapley_is_exact: bool
    shapley_reason: str
    """Why there are no Shapley values; "" where there are."""
    n_coalitions: int
    """Worked out, of 2^n - 1."""
    departures: tuple[Departure, ...]
    nobody_worse: NobodyWorse | None
    """None where there is no comparison with today."""
    largest_gap_minutes: float | None
    """Between the municipality with the longest and that with the shortest mean."""
    largest_gap_between: tuple[str, str] | None
    """Their codes, the longest first."""
    equity: Equity
    seconds: float


def municipalities(
    outcome: Outcome,
    *,
    workers: Workers | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Municipalities:
    """Work out what is in it for each municipality (scenario section `analysis.municipalities`)."""
    started = time.perf_counter()
    section, workers = outcome.scenario.analysis.municipalities, workers or InThisProcess()
    today = None
    if section.today is not None:
        plan = today_of(outcome, section.today)
        today = Answered(plan, count(outcome, plan))
    game = cost_game(outcome)
    shares = cost_shares(
        game,
        section,
        workers=workers,
        on_progress=in_parts(on_progress, "municipalities: parts of the coalitions"),
    )
    on_progress("municipalities: each on its own")
    members = _members(outcome, today, shares)
    on_progress("municipalities: nobody worse off than today")
    rule = None if today is None else nobody_worse(outcome, today, game)
    left = departures(
        outcome,
        section.most_leaving,
        workers=workers,
        on_progress=in_parts(on_progress, "municipalities: departures"),
    )
    gap, between = _largest_gap(members)
    return Municipalities(
        members=members,
        sek_per_year=outcome.evaluation.resources.sek_per_year,
        least_sek_per_year=shares.least_sek_per_year,
        shapley_is_exact=shares.is_exact,
        shapley_reason=shares.reason(outcome.region.municipality_names),
        n_coalitions=shares.n_coalitions,
        departures=left,
        nobody_worse=rule,
        largest_gap_minutes=gap,
        largest_gap_between=between,
        equity=equity(outcome),
        seconds=time.perf_counter() - started,
    )


def _members(outcome: Outcome, today: Answered | None, shares: CostShares) -> tuple[Membership, ...]:
    region, plan, joint = outcome.region, outcome.plan, outcome.evaluation
    code_of = dict(zip(region.sites.site_ids, region.sites.municipality_codes, strict=True))
    used, free = _share_by_use(outcome), anywhere(outcome)
    members = []
    for code, name in region.municipality_names.items():
        area = joint.by_municipality.get(code)
        youths = 0.0 if area is None else area.youths
        share = youths / joint.county.youths
        members.append(
            Membership(
                code=code,
                name=name,
                youths=youths,
                visits_per_year=0.0 if area is None else area.overall.visits_per_year,
                n_main=sum(code_of[site] == code for site in plan.main),
                n_places=sum(code_of[site] == code for site in plan.open_sites),
                joint_minutes=None if area is None else area.overall.mean_generalised_minutes,
                joint_minutes_as_today=_as_today(joint, code, today),
                today_minutes=None if today is None else _as_today(today.evaluation, code, today),
                alone_minutes=_alone_minutes(free, code, joint.resources.sek_per_year * share),
                alone_sek_per_year=shares.alone_sek_per_year[code],
                share_by_population=share,
                share_by_use=used.get(code, 0.0),
                share_by_shapley=shares.share.get(code),
                shapley_standard_error=shares.standard_error.get(code),
            )
        )
    return tuple(members)


def _as_today(evaluation: Evaluation, code: str, today: Answered | None) -> float | None:
    """Mean minutes of a municipality's visits to the services that there are today; None without any."""
    if today is None or code not in evaluation.by_municipality:
        return None
    area, county = evaluation.by_municipality[code], today.evaluation.county
    there = [each for each in SERVICES if getattr(county, each).mean_generalised_minutes is not None]
    if not there:
        return None
    access: Access = area.overall if len(there) == len(SERVICES) else getattr(area, there[0])
    return access.mean_generalised_minutes


def _share_by_use(outcome: Outcome) -> dict[str, float]:
    """Share of the cost by code, where those who visit a place pay for it: each place's cost by its visits.

    What travelling teams cost falls on the visits to their stops; a place that nobody visits falls on all.
    """
    region, plan = outcome.region, outcome.plan
    site_ids, codes = region.sites.site_ids, np.array(region.demand.municipality_codes)
    names, of_cell = np.unique(codes, return_inverse=True)
    made = np.zeros((len(site_ids), len(names)))  # visits a year to each site, by municipality
    demand = region.demand
    for service, visits in (("main", demand.main_visits_per_year), ("near", demand.near_visits_per_year)):
        trips = trips_of(plan, region, service)
        at_place = trips.site != NO_SITE
        cell, site = trips.cell[at_place], trips.site[at_place]
        np.add.at(made, (site, of_cell[cell]), visits[cell] * trips.share[at_place])
    sek = np.zeros(len(site_ids))
    for role, sites in ((Role.MAIN, plan.main), (Role.SATELLITE, plan.satellite), (Role.STOP, plan.stop)):
        for site_id in sites:
            offer = region.offer(role, plan.days_of(site_id))
            sek[site_ids.index(site_id)] = offer.cost_sek_per_year
    total_sek = outcome.evaluation.resources.sek_per_year
    if not made.any() or not total_sek:
        return {}
    stops = np.isin(np.array(site_ids), plan.stop)
    at_stops = made[stops].sum(axis=0)
    paid = _by_visits(at_stops if at_stops.any() else made.sum(axis=0), total_sek - float(sek.sum()))
    for j in np.flatnonzero(sek):
        paid += _by_visits(made[j] if made[j].any() else made.sum(axis=0), float(sek[j]))
    return {str(code): float(each / total_sek) for code, each in zip(names, paid, strict=True)}


def _by_visits(visits: NDArray[np.float64], sek: float) -> NDArray[np.float64]:
    paid: NDArray[np.float64] = visits / visits.sum() * sek
    return paid


def _alone_minutes(outcome: Outcome, code: str, most_sek: float) -> float | None:
    """Mean minutes by the best plan of a municipality on its own, for so much a year; None = no plan."""
    names = outcome.region.municipality_names
    others = tuple(name for other, name in names.items() if other != code)
    choice, plan = outcome.scenario.choice, outcome.plan
    n_own = outcome.region.sites.municipality_codes.count(code)
    number = {
        role: CountRange(minimum=0, maximum=n_own if is_used(choice, plan, role) else 0)
        for role in (Role.MAIN, Role.SATELLITE)
    }
    alone = ChoiceSection(
        n_main=number[Role.MAIN],
        n_satellites=number[Role.SATELLITE],
        objectives=(Aim(measure="mean_minutes"),),
        most_sek_per_year=most_sek,
    )
    try:
        region = region_without(outcome, others)
        best = choose(outcome, alone, region)
    except (InputError, InfeasibleError):
        return None
    return count(outcome, best, region).county.overall.mean_generalised_minutes


def _largest_gap(members: tuple[Membership, ...]) -> tuple[float | None, tuple[str, str] | None]:
    means = {each.code: each.joint_minutes for each in members if each.joint_minutes is not None}
    if not means:
        return None, None
    longest, shortest = max(means, key=means.__getitem__), min(means, key=means.__getitem__)
    return means[longest] - means[shortest], (longest, shortest)
