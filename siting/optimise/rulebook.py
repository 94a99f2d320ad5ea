"""Says which rules a whole answer breaks, in numpy, without asking a solver."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from .objectives import felt
from .problem import EVERYWHERE, Draft, Sent
from .rules import state_problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from ..plan import Intake, Plan
    from ..region import Region
    from ..scenario import ChoiceSection, Hosts
    from .options import Options
    from .problem import SitingProblem, TeamRules

# Limits are kept to this (relative): what the solver itself allows, and no more.
KEPT_WITHIN: Final = 1e-7


def rules_broken(plan: Plan, region: Region, choice: ChoiceSection, hosts: Hosts) -> list[str]:
    """Name the rules of the choice that a plan breaks, counted in numpy: no solver is asked.

    Tours are not looked at, nor what they take: `siting.teams.check_rota` and the evaluation count them.

    Raises
    ------
    InputError, InfeasibleError
        As `choose`: rules that contradict each other, or that one alone no plan can keep.
    """
    problem, options = state_problem(region, choice, hosts)
    is_open = opened_options(plan, region, options)
    if is_open.sum() != len(plan.open_sites):
        return ["a place is open in a role, or on days, that may not be chosen"]
    broken = []
    if not choice.n_teams.minimum <= sum(plan.teams.values()) <= choice.n_teams.maximum:
        broken.append("choice.n_teams")
    may_base = dict(zip(region.sites.site_ids, region.sites.may_base_team, strict=True))
    if any(n and not (base in plan.main and may_base[base]) for base, n in plan.teams.items()):
        broken.append("sites.municipalities.team_base")
    draft = Draft(is_open, sent=None if plan.intake is None else _sent_by(plan.intake, problem, is_open))
    return broken + broken_rules(replace(problem, teams=None), draft)


def opened_options(plan: Plan, region: Region, options: Options) -> NDArray[np.bool_]:
    """Mark the options that a plan opens, (q,)."""
    ids = [region.sites.site_ids[j] for j in options.site]
    return np.array(
        [
            plan.role_of(site_id) is offer.role and plan.days_of(site_id) == offer.days_per_week
            for site_id, offer in zip(ids, options.offers, strict=True)
        ]
    )


def _sent_by(intake: Mapping[str, Intake], problem: SitingProblem, is_open: NDArray[np.bool_]) -> Sent:
    """Give an intake in rows and options of the problem."""
    option_of = np.full(int(problem.option_site.max()) + 2, -1)  # NO_SITE looks at the last
    option_of[problem.option_site[is_open]] = np.flatnonzero(is_open)
    parts = []
    for s, service in enumerate(problem.services):
        found = intake[service.name]
        rows = found.cell
        if service.cell is not None:
            row_of = np.full(int(max(found.cell.max(initial=0), service.cell.max(initial=0))) + 1, -1)
            row_of[service.cell] = np.arange(len(service.cell))
            rows = row_of[found.cell]
        known = rows >= 0  # visits that nothing can serve stand in no row
        rows = rows[known]
        parts.append(
            (
                np.full(len(rows), s),
                rows,
                option_of[found.site[known]],
                found.share[known] * service.demand[rows],
            )
        )
    service_of, row, option, visits = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Sent(service_of, row, option, visits)


def broken_rules(problem: SitingProblem, draft: Draft) -> list[str]:
    """Name the rules that a draft breaks."""
    return list(_broken(problem, draft))


def _broken(problem: SitingProblem, draft: Draft) -> Iterator[str]:
    is_open = draft.is_open
    if np.bincount(problem.option_site[is_open]).max(initial=0) > 1:
        yield "a site has two offers"
    for count in problem.counts:
        if not count.least <= is_open[count.options].sum() <= count.most:
            yield count.label
    for cover in problem.covers:
        if not cover.sets[:, is_open].any(axis=1).all():
            yield cover.label
    for support in problem.supports:
        supported = support.supporters[:, is_open].any(axis=1)
        if (is_open[support.options] & ~supported).any():
            yield support.label
    for resource in problem.resources:
        if problem.used(resource, draft) > resource.limit * (1 + KEPT_WITHIN) + KEPT_WITHIN:
            yield resource.label
    yield from _broken_limits(problem, draft)
    yield from _broken_loads(problem, draft)
    if problem.teams is not None:
        yield from _broken_tours(problem.teams, draft)


def _broken_loads(problem: SitingProblem, draft: Draft) -> Iterator[str]:
    is_open = draft.is_open
    if problem.least_visits is not None:
        loads = best_visits(problem, draft)
        short = loads < problem.least_visits * (1 - KEPT_WITHIN)
        if (is_open & short).any():
            yield "an open place is the best one for too few visits"
    if problem.capacity is not None and draft.sent is not None:
        placed = draft.sent.option >= 0
        load = np.bincount(
            draft.sent.option[placed], weights=draft.sent.visits[placed], minlength=problem.n_options
        )
        if (load > np.where(is_open, problem.capacity, 0.0) * (1 + KEPT_WITHIN) + KEPT_WITHIN).any():
            yield "a place takes more visits than it has room for"


def _broken_limits(problem: SitingProblem, draft: Draft) -> Iterator[str]:
    for limit in problem.share_limits:
        minutes, visits = felt(problem, draft, limit.mode)
        members = (visits_area(problem, draft, limit.mode) == limit.area) | (limit.area == EVERYWHERE)
        lost = problem.lost_by(limit.mode, limit.area)
        outside = float(visits[members & (minutes > limit.standard_minutes)].sum()) + lost
        if outside > (1 - limit.share + KEPT_WITHIN) * (float(visits[members].sum()) + lost):
            yield limit.label
    for each in problem.mean_limits:
        minutes, visits = felt(problem, draft, each.mode)
        areas = visits_area(problem, draft, each.mode)
        counted = np.isfinite(minutes) & (visits > 0) & ((areas == each.area) | (each.area == EVERYWHERE))
        if each.service:
            named = np.array([service.name == each.service for service in problem.services_by(each.mode)])
            counted &= named[visits_service(problem, draft, each.mode)]
        if not counted.any():
            continue
        mean = np.average(minutes[counted], weights=visits[counted])
        if mean > each.minutes * (1 + KEPT_WITHIN) + KEPT_WITHIN:
            yield each.label


def visits_area(problem: SitingProblem, draft: Draft, mode: str = "") -> np.ndarray:
    """Area of each row that `felt` gives."""
    areas = [
        np.zeros(len(each.demand), dtype=np.intp) if each.area is None else each.area
        for each in problem.services_by(mode)
    ]
    if draft.sent is None or mode:
        return np.concatenate(areas)
    area = np.empty(len(draft.sent.row), dtype=np.intp)
    for s, of_service in enumerate(areas):
        mine = draft.sent.service == s
        area[mine] = of_service[draft.sent.row[mine]]
    return area


def visits_service(problem: SitingProblem, draft: Draft, mode: str = "") -> np.ndarray:
    """Index of the service of each row that `felt` gives."""
    if draft.sent is not None and not mode:
        return draft.sent.service
    return np.concatenate([np.full(len(each.demand), s) for s, each in enumerate(problem.services_by(mode))])


def best_visits(problem: SitingProblem, draft: Draft) -> np.ndarray:
    """Visits a year for which each open option is the best, (q,): ties go to the site first in the table."""
    loads = np.zeros(problem.n_options)
    for service in problem.services:
        serving = np.flatnonzero(draft.is_open[service.options])
        if not serving.size:
            continue
        serving = serving[np.argsort(problem.option_site[service.options[serving]], kind="stable")]
        minutes = service.minutes[:, serving]
        nearest = np.argmin(minutes, axis=1)
        best = minutes[np.arange(len(minutes)), nearest]
        goes = np.isfinite(best) & (best <= service.fallback_minutes)
        loads += np.bincount(
            service.options[serving][nearest[goes]], weights=service.demand[goes], minlength=problem.n_options
        )
    return loads


def _broken_tours(teams: TeamRules, draft: Draft) -> Iterator[str]:
    fleet = draft.fleet
    if fleet is None:
        yield "there is no rota"
        return
    if not teams.least <= sum(fleet.teams.values()) <= teams.most:
        yield "choice.n_teams: too few or too many teams"
    for base in fleet.teams:
        if teams.base[base] < 0 or not draft.is_open[teams.base[base]]:
            yield "a team's base is not an open main reception"
    tours = teams.tours
    visits = []
    for week in (fleet.odd, fleet.even):
        days = Counter(int(tours.base[r]) for r in week)
        if any(n > teams.days_per_week * fleet.teams.get(base, 0) for base, n in days.items()):
            yield "a team drives on too many days"
        visits.append(Counter(int(j) for r in week for j in tours.stops[r] if j >= 0))
    for j in range(len(teams.weekly)):
        is_weekly = teams.weekly[j] >= 0 and draft.is_open[teams.weekly[j]]
        is_every_other = teams.every_other[j] >= 0 and draft.is_open[teams.every_other[j]]
        made = (visits[0][j], visits[1][j])
        expected = [(1, 1)] if is_weekly else [(1, 0), (0, 1)] if is_every_other else [(0, 0)]
        if made not in expected:
            yield "a stop is not visited as often as it says"
