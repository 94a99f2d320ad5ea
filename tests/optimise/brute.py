"""The model of docs/model.md a second time: every plan of a small region, one after the other.

Written from the document, without a look at the optimiser: plain, slow, and sharing nothing with it but the
tables and the scenario's sections. Random regions and choices to compare on are at the end.

Where the document left room, this is how it is read here:

1. *Allowed options* (which say whom a plan may strand). A new site has the offers of the roles that
   `SiteTable.allowed` gives it, with days <= its room-days, a main only near its companions; none of a role
   whose `n_*` has the maximum 0, and no stop where `n_teams` has the maximum 0. Other rules take nothing away
   (`n_by_kind`, `required`, `at_most_one_of`, tours that are too long for a day).
2. *Existing* sites have the days named, else any offer of their role, whatever `allowed`, room-days and
   companions say; they have no other role. *Required* sites must be allowed.
3. *Largest minutes* bind cells with need of the service that some allowed option reaches, with digital
   contact too; a cell that none reaches is left out even where digital contact is offered.
4. *Nobody worse off*: each service of a cell is bound by itself, if the named plan (with digital contact)
   serves it and some allowed option, or digital contact, reaches it. By municipality the means of both
   services together are compared, each over the visits that its plan serves; the named plan has no limit
   of capacity.
5. *Within the standard* is a share of all visits, served or not; mean, largest and worst share are over the
   served. A municipality without served visits has no mean to keep.
6. *Link*: the drive is from the main to the satellite or stop; *main near*: from the main to the companion.
7. *Least visits*: of equally good places the first in the table has the visits; digital takes only those for
   whom it is strictly better.
8. *Tours* go in the order that takes least minutes; of equally quick ones the one of fewest kilometres.
9. *Tolerance*: best + max(tolerance x |best|, 1e-7 x max(1, |best|)); for shares best - max(tolerance, 1e-7).
10. Where no visit can be served in any plan, there is no plan. Teams without stops may be, and a plan without
    places where digital contact serves everybody.
11. Limits are kept within 1e-9 (relative) where sums are compared, exactly where single minutes are.
12. *Modes*: the scenario's own mode, named or not, is measured as where nothing is named, and is the same
    measure. By another mode all visits count, those too that no option serves by the scenario's mode; each is
    "served".
13. U binds generalised minutes: h^M counts as U where travel with its wait, or digital contact, exceeds it;
    the share within counts that. (U is more than every limit by a mode, so U is outside of all of them.)
14. *Mode limits* speak of both services together. By the scenario's own mode the share is of all visits and
    the mean of the served, as the intake sends them where there is one. Of a municipality without visits
    every limit is kept, as a mean over nobody is.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from siting.demand import DemandGrid
from siting.plan import Plan
from siting.region import Region
from siting.scenario import (
    AccessSection,
    Aim,
    ByService,
    ChoiceSection,
    LeastVisits,
    MainRole,
    ModeLimit,
    MunicipalLimits,
    Neighbour,
    NobodyWorse,
    RolesSection,
    SatelliteRole,
    StopRole,
    TeamRole,
)
from siting.scenario_choice import CountRange, SitesByRole
from siting.sites import ROLES, Role, SiteTable
from siting.travel import TravelTimes

Floats = NDArray[np.float64]
SERVICES: Final = ("main", "near")
MAY_BASE_TEAM: Final = 0.85
COUNT_OF_ROLE: Final = {Role.MAIN: "n_main", Role.SATELLITE: "n_satellites", Role.STOP: "n_stops"}
NOWHERE: Final = -1
SUMS_AGREE_WITHIN: Final = 1e-9
SOLVED_WITHIN: Final = 1e-6
LEAST_TOLERANCE: Final = 1e-7
MOST_MINUTES: Final = 10_000.0
MUNICIPALITIES: Final = {"01": "Väst", "02": "Öst"}
_ONE: Final = CountRange(minimum=1, maximum=1)


@dataclass(frozen=True)
class Opening:
    """A site, open with one offer."""

    site: int
    role: Role
    days: float


Openings = tuple[Opening, ...]


@dataclass(frozen=True)
class Rota:
    """What teams take in a year: vehicles, driving, and all their hours."""

    sek: float
    hours: float


@dataclass(frozen=True)
class Visits:
    """Where the visits of one plan go; minutes are generalised, inf = unserved."""

    service: NDArray[np.intp]  # index into SERVICES
    cell: NDArray[np.intp]
    site: NDArray[np.intp]  # NOWHERE = digital or unserved
    amount: Floats
    minutes: Floats

    @property
    def served(self) -> NDArray[np.bool_]:
        """Those with a place to go to, or digital contact."""
        return np.isfinite(self.minutes) & (self.amount > 0)


@dataclass(frozen=True)
class Question:
    """A region and what is to be chosen in it."""

    region: Region
    choice: ChoiceSection
    rotas_known: dict[tuple[object, ...], list[Rota]] = field(default_factory=dict)

    @property
    def n_cells(self) -> int:
        return len(self.region.demand.cell_ids)

    @cached_property
    def need(self) -> dict[str, Floats]:
        """Visits a year by service, (n,) each."""
        demand = self.region.demand
        alpha = demand.share_needing_main
        visits = demand.visits_per_year
        return {
            "main": np.array([sum(a * d for a, d in zip(alpha, row, strict=True)) for row in visits]),
            "near": np.array([sum((1 - a) * d for a, d in zip(alpha, row, strict=True)) for row in visits]),
        }

    def mode(self, named: str | None) -> str:
        """Mode of travel that is named, or the region's own."""
        return named or self.region.mode

    def label(self, aim: Aim) -> str:
        """Name of a measure, with its mode where that is not the region's own."""
        mode = self.mode(aim.mode)
        return aim.measure if mode == self.region.mode else f"{aim.measure} by {mode}"

    def minutes_by(self, mode: str) -> Floats:
        """Travel minutes by a mode from cells to sites, (n, m)."""
        is_own = mode == self.region.mode
        minutes: Floats = (self.region.times if is_own else self.region.other_times[mode]).minutes
        return minutes

    @cached_property
    def municipality_of_cell(self) -> NDArray[np.str_]:
        return np.array(self.region.demand.municipality_codes)

    @cached_property
    def code_of(self) -> dict[str, str]:
        """Codes of municipalities by name."""
        return {name: code for code, name in self.region.municipality_names.items()}

    def site(self, site_id: str) -> int:
        return self.region.sites.site_ids.index(site_id)

    def drive(self, start: int, end: int) -> float:
        return float(self.region.site_times.minutes[start, end])

    def digital(self, service: str) -> float:
        """Generalised minutes of digital contact; inf = not offered."""
        minutes = getattr(self.region.access.digital_minutes, service)
        return np.inf if minutes is None else float(minutes)

    @cached_property
    def options(self) -> list[list[Opening]]:
        """Allowed options of each site."""
        return [options_of(self, j) for j in range(len(self.region.sites.site_ids))]

    @cached_property
    def reached(self) -> dict[str, NDArray[np.bool_]]:
        """Cells with need of the service that some allowed option reaches, (n,) each."""
        everything = tuple(itertools.chain.from_iterable(self.options))
        return {
            service: (self.need[service] > 0) & np.isfinite(nearest_minutes(self, everything, service))
            for service in SERVICES
        }

    @property
    def serves_nobody(self) -> bool:
        """Whether no visit can be served in any plan."""
        return not any(
            (self.need[service] > 0).any()
            if np.isfinite(self.digital(service))
            else self.reached[service].any()
            for service in SERVICES
        )

    @cached_property
    def tours(self) -> dict[tuple[int, frozenset[int]], Rota]:
        """What one run of each tour takes: hours of the staff and SEK."""
        return dict(_tours(self.region))


# Offers


def days_of_role(roles: RolesSection, role: Role) -> tuple[float, ...]:
    """Numbers of days a week that a role may have."""
    if role is Role.MAIN:
        return (roles.main.days_per_week,)
    if role is Role.SATELLITE:
        return tuple(float(days) for days in roles.satellite.days_per_week)
    return tuple(1 / weeks for weeks in roles.stop.weeks_between_visits)


def waiting(access: AccessSection, days: float) -> float:
    return access.waiting_minutes_per_day * (5 / days - 1) / 2


def summed(minutes: Any, access: AccessSection, days: float) -> Any:
    """Generalised minutes: rounded to millionths, so that 20.1 + 9.9 are 30."""
    return np.round(minutes + waiting(access, days), 6)


def staff_hours(roles: RolesSection, opening: Opening) -> float:
    """Hours a year at the place itself; those at a stop belong to its tours."""
    if opening.role is Role.STOP:
        return 0.0
    kind = roles.main if opening.role is Role.MAIN else roles.satellite
    return opening.days * kind.hours_per_day * roles.weeks_per_year * kind.staff_per_open_hour


def cost(roles: RolesSection, opening: Opening) -> float:
    if opening.role is Role.MAIN:
        premises = roles.main.premises_sek_per_year
    elif opening.role is Role.SATELLITE:
        satellite = roles.satellite
        premises = satellite.premises_sek_per_year + satellite.premises_sek_per_weekly_day * opening.days
    else:
        premises = roles.stop.premises_sek_per_year
    return premises + staff_hours(roles, opening) * roles.staff_cost_sek_per_hour


def capacity(roles: RolesSection, opening: Opening) -> float:
    """Visits a year."""
    if opening.role is Role.STOP:
        sessions = opening.days * roles.weeks_per_year
        return sessions * roles.stop.session_hours * roles.stop.visits_per_session_hour
    kind = roles.main if opening.role is Role.MAIN else roles.satellite
    return opening.days * kind.hours_per_day * roles.weeks_per_year * kind.visits_per_open_hour


def options_of(question: Question, j: int) -> list[Opening]:
    """Offers that a site may be open with (reading 1 and 2)."""
    region, choice = question.region, question.choice
    site_id = region.sites.site_ids[j]
    for role in ROLES:
        if site_id in getattr(choice.existing, role):
            named = choice.existing.days_per_week.get(site_id)
            return [
                Opening(j, role, days)
                for days in days_of_role(region.roles, role)
                if named is None or days == named
            ]
    found = []
    for column, role in enumerate(ROLES):
        may = region.sites.allowed[j, column] and getattr(choice, COUNT_OF_ROLE[role]).maximum > 0
        if role is Role.MAIN:
            for neighbour in choice.main_near:
                companion = region.site_times.destination_ids.index(neighbour.site)
                may = may and question.drive(j, companion) <= neighbour.minutes
        if role is Role.STOP:
            may = may and choice.n_teams.maximum > 0
        for days in days_of_role(region.roles, role):
            if may and days <= region.sites.room_days_per_week[j]:
                found.append(Opening(j, role, days))
    return found


# Where visits go


def serves(opening: Opening, service: str) -> bool:
    return service == "near" or opening.role is Role.MAIN


def nearest_minutes(question: Question, openings: Openings, service: str) -> Floats:
    """Travel minutes from each cell to the nearest place that serves, (n,)."""
    columns = [each.site for each in openings if serves(each, service)]
    nearest: Floats = question.region.times.minutes[:, columns].min(axis=1, initial=np.inf)
    return nearest


def best_places(
    question: Question, openings: Openings, service: str, mode: str | None = None
) -> tuple[NDArray[np.intp], Floats]:
    """Give each cell its place (of equals the first; digital if strictly better) and generalised minutes."""
    travel = question.minutes_by(question.mode(mode))
    site = np.full(question.n_cells, NOWHERE)
    minutes = np.full(question.n_cells, np.inf)
    for each in sorted(openings, key=lambda opening: opening.site):
        if serves(each, service):
            felt = summed(travel[:, each.site], question.region.access, each.days)
            better = felt < minutes
            site[better], minutes[better] = each.site, felt[better]
    goes_digital = question.digital(service) < minutes
    site[goes_digital], minutes[goes_digital] = NOWHERE, question.digital(service)
    return site, minutes


def visits_to_best_places(question: Question, openings: Openings, mode: str | None = None) -> Visits:
    """Every visit to its best place; by another mode than the region's own no farther than U (reading 13)."""
    most = np.inf if question.mode(mode) == question.region.mode else question.choice.unreachable_minutes
    both = [(*best_places(question, openings, service, mode), question.need[service]) for service in SERVICES]
    return Visits(
        service=np.repeat(np.arange(2), question.n_cells),
        cell=np.tile(np.arange(question.n_cells), 2),
        site=np.concatenate([each[0] for each in both]),
        minutes=np.minimum(np.concatenate([each[1] for each in both]), most),
        amount=np.concatenate([each[2] for each in both]),
    )


def measures(question: Question, visits: Visits) -> dict[str, float]:
    """Give all measures but the cost, which is not one of visits."""
    served, total = visits.served, visits.amount.sum()
    amount, minutes = visits.amount[served], visits.minutes[served]
    within = visits.amount[visits.minutes <= question.choice.standard_minutes].sum() / total
    worst_amount = question.choice.worst_share * amount.sum()
    worst_sum, left = 0.0, worst_amount
    for k in np.argsort(-minutes):
        worst_sum += min(amount[k], left) * minutes[k]
        left -= min(amount[k], left)
    return {
        "mean_minutes": float(amount @ minutes / amount.sum()),
        "within_standard": float(within),
        "largest_minutes": float(minutes.max()),
        "worst_share_minutes": float(worst_sum / worst_amount),
    }


def municipal_mean(question: Question, visits: Visits, code: str, service: str | None = None) -> float | None:
    """Mean generalised minutes of all served visits from a municipality, or of those to one service."""
    mine = visits.served & (question.municipality_of_cell[visits.cell] == code)
    if service is not None:
        mine &= visits.service == SERVICES.index(service)
    return float(np.average(visits.minutes[mine], weights=visits.amount[mine])) if mine.any() else None


# Rules on which places are open


def broken_rules(question: Question, openings: Openings) -> Iterator[str]:
    """Name each rule that the open places break; costs, staff and means have their own functions."""
    yield from _broken_counts(question, openings)
    yield from _broken_names(question, openings)
    yield from _broken_drives(question, openings)
    yield from _broken_access(question, openings)
    yield from _broken_least_visits(question, openings)


def _broken_counts(question: Question, openings: Openings) -> Iterator[str]:
    choice, sites = question.choice, question.region.sites
    for role in ROLES:
        count = sum(each.role is role for each in openings) - len(getattr(choice.existing, role))
        limits = getattr(choice, COUNT_OF_ROLE[role])
        if not limits.minimum <= count <= limits.maximum:
            yield COUNT_OF_ROLE[role]
    for kind, limits in choice.n_by_kind.items():
        if not limits.minimum <= sum(sites.kinds[each.site] == kind for each in openings) <= limits.maximum:
            yield f"n_by_kind: {kind}"


def _broken_names(question: Question, openings: Openings) -> Iterator[str]:
    choice, sites = question.choice, question.region.sites
    opened = {sites.site_ids[each.site]: each for each in openings}
    for rule in ("existing", "required"):
        named: SitesByRole = getattr(choice, rule)
        for role in ROLES:
            for site_id in getattr(named, role):
                each = opened.get(site_id)
                days = named.days_per_week.get(site_id)
                if each is None or each.role is not role or (days is not None and each.days != days):
                    yield f"{rule}: {site_id}"
    for group in choice.at_least_one_of:
        if not opened.keys() & set(group):
            yield f"at_least_one_of: {group}"
    for group in choice.at_most_one_of:
        if len(opened.keys() & set(group)) > 1:
            yield f"at_most_one_of: {group}"
    must_have = {question.code_of[name] for name in choice.place_in}
    if choice.place_in_every_municipality:
        must_have |= set(question.region.municipality_names)
    for code in sorted(must_have - {sites.municipality_codes[each.site] for each in openings}):
        yield f"place_in: {code}"


def _broken_drives(question: Question, openings: Openings) -> Iterator[str]:
    limit = question.choice.link_minutes
    mains = [each.site for each in openings if each.role is Role.MAIN]
    for each in openings:
        if limit is None or each.role is Role.MAIN:
            continue
        if not any(question.drive(main, each.site) <= limit for main in mains):
            yield f"link_minutes: {each.site}"
    # main_near is in the allowed options.


def travel_limits(question: Question, service: str) -> Floats:
    """Longest travel minutes that each cell is promised, (n,); inf = none."""
    county = getattr(question.choice.largest_minutes, service)
    limits = np.full(question.n_cells, np.inf if county is None else county)
    for each in question.choice.municipality_limits:
        limit = getattr(each.largest_minutes, service)
        if limit is not None:
            mine = question.municipality_of_cell == question.code_of[each.municipality]
            limits[mine] = np.minimum(limits[mine], limit)
    return limits


def _broken_access(question: Question, openings: Openings) -> Iterator[str]:
    worse = question.choice.nobody_worse_than
    for service in SERVICES:
        bound = question.reached[service]
        nearest = nearest_minutes(question, openings, service)
        if (bound & (nearest > travel_limits(question, service))).any():
            yield f"largest_minutes: {service}"
        is_digital = np.isfinite(question.digital(service))
        if not is_digital and (bound & ~np.isfinite(nearest)).any():
            yield f"nobody stranded: {service}"
        if worse is not None and worse.by == "cell":
            _, named = best_places(question, named_openings(question, worse.plan), service)
            _, minutes = best_places(question, openings, service)
            bound = bound | ((question.need[service] > 0) & is_digital)
            if (bound & np.isfinite(named) & (minutes > np.round(named + worse.slack_minutes, 6))).any():
                yield f"nobody_worse_than: {service}"


def _broken_least_visits(question: Question, openings: Openings) -> Iterator[str]:
    visits = visits_to_best_places(question, openings)
    for each in openings:
        least = getattr(question.choice.least_visits_per_year, each.role)
        if visits.amount[visits.site == each.site].sum() < least * (1 - SUMS_AGREE_WITHIN):
            yield f"least_visits_per_year: {each.site}"


def named_openings(question: Question, named: SitesByRole) -> Openings:
    """Places of a plan to measure by, 5 days a week where nothing is said."""
    return tuple(
        Opening(question.site(site_id), role, named.days_per_week.get(site_id, 5.0))
        for role in ROLES
        for site_id in getattr(named, role)
    )


# Rules on means


def mean_limits(question: Question) -> list[tuple[str, str | None, float]]:
    """Largest mean minutes of municipalities, by code, of one service or (None) of all visits."""
    limits: list[tuple[str, str | None, float]] = [
        (question.code_of[each.municipality], None, each.mean_minutes)
        for each in question.choice.municipality_limits
        if each.mean_minutes is not None
    ]
    worse = question.choice.nobody_worse_than
    if worse is not None and worse.by == "municipality":
        named = visits_to_best_places(question, named_openings(question, worse.plan))
        for code in np.unique(question.municipality_of_cell):
            for service in SERVICES:
                mean = municipal_mean(question, named, code, service)
                if mean is not None:
                    limits.append((str(code), service, mean + worse.slack_minutes))
    return limits


def limit_counted(question: Question, limit: ModeLimit, visits: Visits) -> tuple[float, float] | None:
    """Share of the visits within a mode limit's minutes, and their mean; None if they are nobody's."""
    counted = visits.amount > 0
    if limit.municipality is not None:
        counted &= question.municipality_of_cell[visits.cell] == question.code_of[limit.municipality]
    if not counted.any():
        return None
    amount, minutes = visits.amount[counted], visits.minutes[counted]
    near = minutes <= (limit.within_minutes or question.choice.standard_minutes)
    served = np.isfinite(minutes)
    mean = np.average(minutes[served], weights=amount[served]) if served.any() else 0.0  # keeps any limit
    return float(amount[near].sum() / amount.sum()), float(mean)


def broken_mode_limits(
    question: Question, openings: Openings, visits: Visits, *, within: float
) -> Iterator[str]:
    """Name each limit by a mode that is broken; visits are those by the region's own."""
    for each in question.choice.mode_limits:
        is_own = each.mode == question.region.mode
        by_mode = visits if is_own else visits_to_best_places(question, openings, each.mode)
        got = limit_counted(question, each, by_mode)
        if got is None:
            continue
        share, mean = got
        if each.least_share is not None and share < each.least_share - within:
            yield f"mode_limits: share {each}"
        if each.mean_minutes is not None and _above(mean, each.mean_minutes, within):
            yield f"mode_limits: mean {each}"


def broken_means(
    question: Question, openings: Openings, visits: Visits, *, within: float = SUMS_AGREE_WITHIN
) -> Iterator[str]:
    """Name each limit of a mean or share that the visits break."""
    yield from broken_mode_limits(question, openings, visits, within=within)
    choice, got = question.choice, measures(question, visits)
    if choice.most_mean_minutes is not None and _above(got["mean_minutes"], choice.most_mean_minutes, within):
        yield "most_mean_minutes"
    least = choice.least_share_within_standard
    if least is not None and got["within_standard"] < least - within:
        yield "least_share_within_standard"
    for code, service, limit in mean_limits(question):
        mean = municipal_mean(question, visits, code, service)
        if mean is not None and _above(mean, limit, within):
            yield f"mean minutes of {code}"


def _above(value: float, limit: float, within: float) -> bool:
    return value > limit + within * max(1.0, abs(limit))


# Teams


def _tours(region: Region) -> Iterator[tuple[tuple[int, frozenset[int]], Rota]]:
    team, stop, roles = region.roles.team, region.roles.stop, region.roles
    m = len(region.sites.site_ids)
    for base in range(m):
        others = [j for j in range(m) if j != base]
        for size in range(1, team.most_stops_per_day + 1):
            for stops in itertools.combinations(others, size):
                ways = []
                for order in itertools.permutations(stops):
                    legs = list(itertools.pairwise((base, *order, base)))
                    minutes = sum(region.site_times.minutes[leg] for leg in legs)
                    ways.append((minutes, sum(region.site_kilometres[leg] for leg in legs)))
                minutes, kilometres = min(ways)  # reading 8
                hours = minutes / 60 + size * (stop.session_hours + stop.set_up_hours)
                if hours <= team.working_day_hours * (1 + SUMS_AGREE_WITHIN):
                    paid = hours * team.staff
                    sek = paid * roles.staff_cost_sek_per_hour + kilometres * team.sek_per_km
                    yield (base, frozenset(stops)), Rota(sek=float(sek), hours=float(paid))


def _cheapest(rotas: list[Rota]) -> list[Rota]:
    """Keep those that no other undercuts in both money and hours."""
    kept: list[Rota] = []
    for rota in sorted(rotas, key=lambda each: (each.sek, each.hours)):
        if not kept or rota.hours < kept[-1].hours:
            kept.append(rota)
    return kept


def week(question: Question, stops: frozenset[int], room: Mapping[int, int]) -> list[Rota]:
    """Ways to visit each of the stops once in a week, with at most so many tours from each base."""
    if not stops:
        return [Rota(0.0, 0.0)]
    key = (stops, *sorted(room.items()))
    if key not in question.rotas_known:
        first, *rest = sorted(stops)
        found = []
        for size in range(len(rest) + 1):
            for others in itertools.combinations(rest, size):
                together = frozenset((first, *others))
                for base, left in room.items():
                    tour = question.tours.get((base, together)) if left > 0 else None
                    if tour is not None:
                        for further in week(question, stops - together, {**room, base: left - 1}):
                            found.append(Rota(tour.sek + further.sek, tour.hours + further.hours))
        question.rotas_known[key] = _cheapest(found)
    return question.rotas_known[key]


def rotas(question: Question, openings: Openings) -> list[Rota]:
    """Teams and two-week rotas for the open stops and mains, per year; [] = they cannot be visited."""
    roles, allowed = question.region.roles, question.choice.n_teams
    mains = [
        each.site
        for each in openings
        if each.role is Role.MAIN and question.region.sites.may_base_team[each.site]
    ]
    weekly = frozenset(each.site for each in openings if each.role is Role.STOP and each.days == 1)
    every_other = sorted(each.site for each in openings if each.role is Role.STOP and each.days != 1)
    if not allowed.maximum:
        return [Rota(0.0, 0.0)] if not weekly and not every_other else []
    found = []
    for teams in itertools.product(range(allowed.maximum + 1), repeat=len(mains)):
        if not allowed.minimum <= sum(teams) <= allowed.maximum:
            continue
        vehicles = sum(teams) * roles.team.vehicle_sek_per_year
        room = {k: n * roles.team.days_per_week for k, n in zip(mains, teams, strict=True)}
        for size in range(len(every_other) + 1):
            for odd_weeks in itertools.combinations(every_other, size):
                odd = weekly | set(odd_weeks)
                even = weekly | (set(every_other) - set(odd_weeks))
                for one, other in itertools.product(week(question, odd, room), week(question, even, room)):
                    half = roles.weeks_per_year / 2
                    sek = vehicles + half * (one.sek + other.sek)
                    found.append(Rota(sek, half * (one.hours + other.hours)))
    return _cheapest(found)


def posts(question: Question, openings: Openings, rota: Rota) -> float:
    roles = question.region.roles
    hours = sum(staff_hours(roles, each) for each in openings) + rota.hours
    return hours / roles.hours_per_full_time_post


def sek_per_year(question: Question, openings: Openings, rota: Rota) -> float:
    return sum(cost(question.region.roles, each) for each in openings) + rota.sek


def broken_budgets(
    question: Question, openings: Openings, rota: Rota, *, within: float = SUMS_AGREE_WITHIN
) -> Iterator[str]:
    """Name the limits on staff and money that a plan breaks."""
    most_posts, most_sek = question.choice.most_full_time_posts, question.choice.most_sek_per_year
    if most_posts is not None and _above(posts(question, openings, rota), most_posts, within):
        yield "most_full_time_posts"
    if most_sek is not None and _above(sek_per_year(question, openings, rota), most_sek, within):
        yield "most_sek_per_year"


# All plans


Limits = tuple[tuple[str, float], ...]
"""Measures by label that are kept, with how bad they may be."""


def values_by_label(
    question: Question, openings: Openings, visits: Visits, sek: float, modes: Iterable[str]
) -> dict[str, float]:
    """Give every measure by its label: those of the visits, those by each of these modes, and the cost."""
    by_mode = {
        f"{name} by {mode}": value
        for mode in modes
        if mode != question.region.mode
        for name, value in measures(question, visits_to_best_places(question, openings, mode)).items()
    }
    return {**measures(question, visits), **by_mode, "cost": sek}


class Candidate:
    """Open places that obey all rules, with their cheapest rota; visits go to their best places."""

    def __init__(self, question: Question, openings: Openings, sek: float) -> None:
        self.openings, self.sek = openings, sek
        self.visits = visits_to_best_places(question, openings)
        self.obeys = not any(broken_means(question, openings, self.visits))
        modes = {question.mode(aim.mode) for aim in question.choice.objectives}
        self.values = values_by_label(question, openings, self.visits, sek, modes) if self.obeys else {}

    def best(self, label: str, kept: Limits) -> float | None:
        """Best value of a measure while others keep their limits; None if they cannot."""
        if not self.obeys or any(not _keeps(name, self.values[name], limit) for name, limit in kept):
            return None
        return self.values[label]


class CandidateWithCapacity:
    """Open places that obey all rules, whose visits are sent where there is room: a linear programme."""

    def __init__(self, question: Question, openings: Openings, sek: float) -> None:
        self.openings, self.sek = openings, sek
        self.question = question
        ways = list(self._ways(question, openings))
        self.service = np.array([way[0] for way in ways])
        self.cell = np.array([way[1] for way in ways])
        self.site = np.array([way[2] for way in ways])
        self.minutes = np.array([way[3] for way in ways])
        self.known: dict[tuple[str, Limits], float | None] = {}

    @staticmethod
    def _ways(question: Question, openings: Openings) -> Iterator[tuple[int, int, int, float]]:
        for s, service in enumerate(SERVICES):
            for i in np.flatnonzero(question.need[service] > 0).tolist():
                yield s, i, NOWHERE, question.digital(service)
                for each in openings:
                    minutes = question.region.times.minutes[i, each.site]
                    if serves(each, service) and np.isfinite(minutes):
                        yield s, i, each.site, summed(minutes, question.region.access, each.days)

    def row(self, measure: str) -> Floats:
        """Coefficients of a measure in x (visits a year), small being good."""
        total = sum(need.sum() for need in self.question.need.values())
        assert measure in MEASURES, "no other mode goes with capacity"
        counted: Floats = self.minutes
        if measure == "within_standard":
            counted = -(self.minutes <= self.question.choice.standard_minutes).astype(np.float64)
        coefficients: Floats = counted / total
        return coefficients

    def _mode_rows(self) -> Iterator[tuple[Floats, float]]:
        """Rows of x with what they may be at most, of limits by the region's own mode."""
        question = self.question
        codes = question.municipality_of_cell
        for each in question.choice.mode_limits:
            assert each.mode == question.region.mode, "no other mode goes with capacity"
            mine = np.ones(question.n_cells, dtype=bool)
            if each.municipality is not None:
                mine = codes == question.code_of[each.municipality]
            visits = sum(need[mine].sum() for need in question.need.values())
            if visits == 0:
                continue
            if each.least_share is not None:
                near = self.minutes <= (each.within_minutes or question.choice.standard_minutes)
                yield -(near & mine[self.cell]).astype(float) / visits, -each.least_share
            if each.mean_minutes is not None:
                yield np.where(mine[self.cell], self.minutes, 0.0) / visits, each.mean_minutes

    def best(self, measure: str, kept: Limits) -> float | None:
        """Best value of a measure while others keep their limits; None if they cannot."""
        if any(name == "cost" and not _keeps(name, self.sek, limit) for name, limit in kept):
            return None
        limits = tuple((name, limit) for name, limit in kept if name != "cost")
        key = ("mean_minutes" if measure == "cost" else measure, limits)
        if key not in self.known:
            self.known[key] = self._solve(*key)
        value = self.known[key]
        return self.sek if measure == "cost" and value is not None else value

    def _solve(self, measure: str, limits: Limits) -> float | None:
        question, choice = self.question, self.question.choice
        need = np.array([question.need[service] for service in SERVICES])
        takes = np.array(
            [(self.service == s) & (self.cell == i) for s, i in np.argwhere(need > 0)], dtype=float
        )
        asks = need[need > 0]
        rows = [(self.site == each.site).astype(float) for each in self.openings]
        most = [capacity(question.region.roles, each) for each in self.openings]
        for name, limit in limits:
            rows.append(self.row(name))
            most.append(-limit if name == "within_standard" else limit)
        if choice.most_mean_minutes is not None:
            rows.append(self.row("mean_minutes"))
            most.append(choice.most_mean_minutes)
        if choice.least_share_within_standard is not None:
            rows.append(self.row("within_standard"))
            most.append(-choice.least_share_within_standard)
        for row, limit in self._mode_rows():
            rows.append(row)
            most.append(limit)
        for code, service, limit in mean_limits(question):
            mine = question.municipality_of_cell == code
            counted = [service] if service is not None else list(SERVICES)
            visits = sum(question.need[name][mine].sum() for name in counted)
            felt = mine[self.cell] & np.isin(self.service, [SERVICES.index(name) for name in counted])
            if visits > 0:
                rows.append(np.where(felt, self.minutes, 0.0) / visits)
                most.append(limit)
        answer = linprog(
            self.row(measure),
            A_ub=np.array(rows) if rows else None,
            b_ub=np.array(most) if rows else None,
            A_eq=takes,
            b_eq=asks,
            method="highs",
        )
        if answer.status == 2:
            return None
        assert answer.status == 0, answer.message
        return float(-answer.fun if measure == "within_standard" else answer.fun)


def is_share(label: str) -> bool:
    """Whether more of a measure is better."""
    return label.startswith("within_standard")


def _keeps(label: str, value: float, limit: float) -> bool:
    return value >= limit if is_share(label) else value <= limit


def limit_for_later(aim: Aim, best: float, least_tolerance: float = LEAST_TOLERANCE) -> float:
    """How bad the measure may become for the sake of later ones (reading 9)."""
    if aim.measure == "within_standard":
        return best - max(aim.tolerance, least_tolerance)
    return best + max(aim.tolerance * abs(best), least_tolerance * max(1.0, abs(best)))


def all_openings(question: Question) -> Iterator[Openings]:
    """Every offer at every site, as far as the numbers and names allow."""
    for each in itertools.product(*([None, *options] for options in question.options)):
        openings = tuple(opening for opening in each if opening is not None)
        if not any(_broken_counts(question, openings)) and not any(_broken_names(question, openings)):
            yield openings


def candidates(question: Question) -> Iterator[Candidate | CandidateWithCapacity]:
    """Every choice of open places that obeys all rules but those on means, with its cheapest rota."""
    for openings in all_openings(question):
        if any(broken_rules(question, openings)):
            continue
        affordable = [
            sek_per_year(question, openings, rota)
            for rota in rotas(question, openings)
            if not any(broken_budgets(question, openings, rota))
        ]
        if affordable:
            kind = CandidateWithCapacity if question.choice.with_capacity else Candidate
            yield kind(question, openings, min(affordable))


def brute_force(
    region: Region, choice: ChoiceSection, *, least_tolerance: float = LEAST_TOLERANCE
) -> dict[str, float] | None:
    """Best value of each objective, by its label, among plans that keep the earlier ones; None = no plan."""
    question = Question(region, choice)
    if question.serves_nobody:
        return None
    left = list(candidates(question))
    kept: Limits = ()
    best: dict[str, float] = {}
    for aim in choice.objectives:
        label = question.label(aim)
        values = [each.best(label, kept) for each in left]
        left = [each for each, value in zip(left, values, strict=True) if value is not None]
        possible = [value for value in values if value is not None]
        if not possible:
            assert not best, "an earlier objective's plan was lost"
            return None
        best[label] = max(possible) if is_share(label) else min(possible)
        kept = (*kept, (label, limit_for_later(aim, best[label], least_tolerance)))
    return {name: float(value) for name, value in best.items()}


# One plan, counted


@dataclass(frozen=True)
class Count:
    """What a plan is worth, and the rules it breaks."""

    values: dict[str, float]
    broken: tuple[str, ...]


def openings_of(question: Question, plan: Plan) -> Openings:
    """Open places of a plan."""
    return tuple(
        Opening(question.site(site_id), role, plan.days_of(site_id))
        for role, sites in zip(ROLES, (plan.main, plan.satellite, plan.stop), strict=True)
        for site_id in sites
    )


def plan_values(
    region: Region,
    choice: ChoiceSection,
    openings: Openings,
    rota: Rota,
    intake: Visits | None = None,
) -> Count:
    """Count one plan from the numbers alone, and see which rules it breaks."""
    question = Question(region, choice)
    broken = [
        *broken_rules(question, openings),
        *broken_budgets(question, openings, rota, within=SOLVED_WITHIN),
    ]
    broken += [f"not allowed: {each}" for each in openings if each not in question.options[each.site]]
    visits = visits_to_best_places(question, openings) if intake is None else intake
    if intake is not None:
        broken += broken_intake(question, openings, intake)
    broken += broken_means(question, openings, visits, within=SOLVED_WITHIN)
    cost_sek = sek_per_year(question, openings, rota)
    values = values_by_label(question, openings, visits, cost_sek, region.other_times)
    return Count(values, tuple(broken))


def broken_intake(question: Question, openings: Openings, intake: Visits) -> Iterator[str]:
    """Say where more is sent than there is room for."""
    for each in openings:
        load = intake.amount[intake.site == each.site].sum()
        if load > capacity(question.region.roles, each) * (1 + 1e-6):
            yield f"capacity of {each.site}"


def intake_of(question: Question, plan: Plan) -> Visits | None:
    """Visits of a plan with capacity, as its intake sends them."""
    if plan.intake is None:
        return None
    opened = {each.site: each for each in openings_of(question, plan)}
    services, cells, sites, amounts, felt = [], [], [], [], []
    for service in SERVICES:
        intake = plan.intake[service]
        for i, j, share in zip(intake.cell, intake.site, intake.share, strict=True):
            amount = share * question.need[service][i]
            if j == NOWHERE:
                minutes = question.digital(service)
            else:
                assert serves(opened[int(j)], service), f"{j} does not serve {service}"
                days = opened[int(j)].days
                minutes = summed(question.region.times.minutes[i, j], question.region.access, days)
            services.append(SERVICES.index(service))
            cells.append(i)
            sites.append(j)
            amounts.append(amount)
            felt.append(minutes)
    visits = Visits(*(np.array(each) for each in (services, cells, sites, amounts, felt)))
    total = sum(need.sum() for need in question.need.values())
    assert abs(visits.amount.sum() - total) <= 1e-6 * total, "the intake loses visits"
    return visits


def rota_of(question: Question, plan: Plan) -> tuple[Rota, list[str]]:
    """What a plan's teams take in a year, driven again leg by leg; and what is wrong with their rota."""
    roles, ids = question.region.roles, question.region.sites.site_ids
    wrong = [f"teams at {base}, not a main" for base in plan.teams if base not in plan.main]
    if not question.choice.n_teams.minimum <= sum(plan.teams.values()) <= question.choice.n_teams.maximum:
        wrong.append("n_teams")
    weeks_of: dict[str, list[int]] = {stop: [] for stop in plan.stop}
    days = [(run.week, run.day, run.base_id, run.team) for run in plan.rota]
    if len(set(days)) < len(days):
        wrong.append("a team drives two tours on one day")
    sek, hours = sum(plan.teams.values()) * roles.team.vehicle_sek_per_year, 0.0
    for run in plan.rota:
        stops = [visit.site_id for visit in run.visits]
        way = [ids.index(site_id) for site_id in (run.base_id, *stops, run.base_id)]
        minutes = sum(question.drive(*leg) for leg in itertools.pairwise(way))
        kilometres = sum(question.region.site_kilometres[leg] for leg in itertools.pairwise(way))
        on_tour = minutes / 60 + len(stops) * (roles.stop.session_hours + roles.stop.set_up_hours)
        if on_tour > roles.team.working_day_hours + SUMS_AGREE_WITHIN:
            wrong.append(f"a tour of {on_tour} hours")
        if not 1 <= len(stops) <= roles.team.most_stops_per_day:
            wrong.append(f"a tour of {len(stops)} stops")
        if run.team > plan.teams.get(run.base_id, 0) or run.day > roles.team.days_per_week:
            wrong.append(f"no team on day {run.day} at {run.base_id}")
        for stop in stops:
            weeks_of.setdefault(stop, []).append(run.week)
        runs = roles.weeks_per_year / 4
        hours += runs * roles.team.staff * on_tour
        paid = roles.team.staff * on_tour * roles.staff_cost_sek_per_hour
        sek += runs * (paid + kilometres * roles.team.sek_per_km)
    for stop, weeks in weeks_of.items():
        right = ([1, 2, 3, 4],) if plan.days_of(stop) == 1 else ([1, 3], [2, 4])
        if sorted(weeks) not in right:
            wrong.append(f"{stop} is visited in weeks {sorted(weeks)}")
    return Rota(float(sek), float(hours)), wrong


# Random regions and choices


def random_region(seed: int, *, teams: bool = False, capacity: bool = False) -> Region:
    """2-10 cells, 3-6 candidate sites (3-5 with teams or capacity), two municipalities, one companion."""
    rng = np.random.default_rng([seed, 1])
    n, m = int(rng.integers(2, 11)), int(rng.integers(3, 6 if teams or capacity else 7))
    exact = bool(rng.random() < 0.4)  # whole minutes, so that ties occur
    minutes, between, kilometres = _random_minutes(rng, n, m, exact=exact)
    groups = int(rng.integers(1, 3))
    youths = rng.integers(1, 60, n) * (rng.random(n) < 0.85)
    youths[0] = 10
    persons = youths[:, None] * rng.uniform(0.01, 0.15, groups)
    demand = DemandGrid(
        cell_ids=tuple(f"c{i}" for i in range(n)),
        municipality_codes=_codes(rng, n),
        centres_metres=np.zeros((n, 2)),
        youths=youths.astype(float),
        risk_groups=("high", "middle")[:groups],
        persons=persons,
        visits_per_year=persons * rng.uniform(2, 15, groups),
        share_needing_main=rng.choice([0.0, 0.2, 0.5, 1.0], groups, p=[0.2, 0.3, 0.3, 0.2]),
        youths_are_estimated=True,
    )
    site_ids = tuple(f"S{j}" for j in range(m))
    room_days = rng.choice([0.5, 1.0, 2.0, 3.5, 5.0], m, p=[0.05, 0.1, 0.1, 0.05, 0.7])
    sites = SiteTable(
        site_ids=site_ids,
        names=tuple(f"Site {j}" for j in range(m)),
        kinds=tuple(str(kind) for kind in rng.choice(["host", "hall"], m)),
        municipality_codes=_codes(rng, m),
        points_metres=rng.uniform(0, 50_000, (m, 2)),
        allowed=rng.random((m, 3)) < 0.85,
        room_days_per_week=room_days,
        may_base_team=rng.random(m) < MAY_BASE_TEAM,
    )
    own, *others = _random_modes(seed, minutes, exact=exact)
    by_mode = {
        mode: TravelTimes(by, demand.cell_ids, site_ids, np.zeros(n), np.zeros(m))
        for mode, by in (own, *others)
    }
    return Region(
        demand=demand,
        sites=sites,
        times=by_mode.pop(own[0]),
        site_times=TravelTimes(between, site_ids, (*site_ids, "WARD"), np.zeros(m), np.zeros(m + 1)),
        site_kilometres=kilometres,
        municipality_names=MUNICIPALITIES,
        roles=_random_roles(rng, float(demand.visits_per_year.sum())),
        access=_random_access(rng, capacity=capacity, exact=exact),
        mode=own[0],
        other_times=by_mode,
    )


def _random_modes(seed: int, minutes: Floats, *, exact: bool) -> list[tuple[str, Floats]]:
    """Names of one or two other modes, the own one first, with their minutes."""
    rng = np.random.default_rng([seed, 4])  # of its own, so that the region's other numbers stay
    own, *names = ("car", "bus", "walk") if rng.random() < 0.8 else ("bus", "car", "walk")
    known = [minutes]
    for _ in range(int(rng.integers(1, 3))):
        by = _by_other_mode(rng, minutes, exact=exact)
        fastest = rng.random() < 0.15
        known.append(np.minimum(known[-1], by) if fastest else by)
    return [(own, minutes), *zip(names, known[1:], strict=False)]


def _by_other_mode(rng: np.random.Generator, minutes: Floats, *, exact: bool) -> Floats:
    """Slower or faster, or another map; some or all pairs without a way; often with equal numbers."""
    kind = str(rng.choice(["slower", "other", "faster", "nowhere"], p=[0.45, 0.35, 0.13, 0.07]))
    by: Floats = np.full(minutes.shape, np.inf)
    if kind == "slower":
        by = minutes * rng.uniform(1.2, 5.0) + rng.uniform(0, 30, minutes.shape)
    elif kind == "other":
        by = rng.uniform(2, float(rng.choice([60, 120, 250])), minutes.shape)
    elif kind == "faster":
        by = minutes * rng.uniform(0.3, 1.1, minutes.shape)
    step = float(rng.choice([1, 10, 30] if exact else [1e-12, 1e-3, 0.1, 10]))
    by = np.round(by / step) * step if step > 1e-12 else by
    if rng.random() < 0.6:
        by[rng.random(minutes.shape) < rng.choice([0.1, 0.3, 0.7])] = np.inf
    return by


def _codes(rng: np.random.Generator, count: int) -> tuple[str, ...]:
    return tuple(str(code) for code in rng.choice(list(MUNICIPALITIES), count))


def _random_minutes(
    rng: np.random.Generator, n: int, m: int, *, exact: bool
) -> tuple[Floats, Floats, Floats]:
    """Minutes from cells to sites and between sites (the companion last), and kilometres."""
    if rng.random() < 0.5:  # on a map
        points = rng.uniform(0, 45, (n + m + 1, 2))
        minutes = np.linalg.norm(points[:n, None] - points[None, n : n + m], axis=2)
        between = np.linalg.norm(points[n : n + m, None] - points[None, n:], axis=2)
        kilometres = between[:, :m] * rng.uniform(0.8, 1.3)
    else:
        minutes, between = rng.uniform(1, 60, (n, m)), rng.uniform(1, 60, (m, m + 1))
        kilometres = rng.uniform(1, 60, (m, m))
        if rng.random() < 0.5:
            for square in (between[:, :m], kilometres):
                square[:] = np.triu(square, 1) + np.triu(square, 1).T
    decimals = 0 if exact else int(rng.choice([1, 3, 12]))
    minutes, between = np.round(minutes, decimals), np.round(between, decimals)
    if decimals < 3:
        kilometres = 0.75 * between[:, :m]  # of equally quick orders of a tour none is shorter (reading 8)
    if rng.random() < 0.25:
        minutes[rng.random((n, m)) < 0.2] = np.inf
    if rng.random() < 0.15:
        cut = rng.random((m, m + 1)) < 0.2
        between[cut] = np.inf
        kilometres = np.where(cut[:, :m], np.inf, kilometres)
    np.fill_diagonal(between[:, :m], 0.0)
    np.fill_diagonal(kilometres, 0.0)
    return minutes, between, kilometres


def _random_roles(rng: np.random.Generator, visits: float) -> RolesSection:
    """Small numbers; each capacity is some part of all visits."""
    weeks = float(rng.choice([40.0, 44.0]))

    def an_hour(days: float, hours: float) -> float:
        return float(np.clip(rng.uniform(0.1, 1.0) * visits / (days * hours * weeks), 1e-3, 100))

    main_days, main_hours = float(rng.choice([5.0, 4.0, 3.5], p=[0.7, 0.2, 0.1])), 6.0
    session = float(rng.choice([0.75, 1.0, 1.5]))
    satellite_days = [(5,), (1,), (1, 3), (2, 4), (1, 2, 5), (5, 2)][rng.integers(0, 6)]
    return RolesSection(
        weeks_per_year=weeks,
        hours_per_full_time_post=float(rng.choice([1600.0, 1500.0])),
        staff_cost_sek_per_hour=float(rng.choice([0.0, 100.0, 450.0])),
        main=MainRole(
            days_per_week=main_days,
            hours_per_day=main_hours,
            staff_per_open_hour=float(rng.choice([2.0, 4.0])),
            visits_per_open_hour=an_hour(main_days, main_hours),
            premises_sek_per_year=float(rng.choice([200_000.0, 600_000.0])),
        ),
        satellite=SatelliteRole(
            days_per_week=satellite_days,
            hours_per_day=4.0,
            staff_per_open_hour=float(rng.choice([1.0, 2.0])),
            visits_per_open_hour=an_hour(3, 4.0),
            premises_sek_per_year=50_000.0,
            premises_sek_per_weekly_day=float(rng.choice([0.0, 20_000.0])),
        ),
        stop=StopRole(
            weeks_between_visits=[(1, 2), (1,), (2,)][rng.integers(0, 3)],
            session_hours=session,
            set_up_hours=float(rng.choice([0.0, 0.5])),
            visits_per_session_hour=an_hour(1, session),
            premises_sek_per_year=float(rng.choice([0.0, 10_000.0])),
        ),
        team=TeamRole(
            staff=float(rng.choice([1.0, 2.0])),
            working_day_hours=float(rng.choice([3.0, 5.0, 8.0])),
            days_per_week=int(rng.integers(1, 3)),
            most_stops_per_day=int(rng.integers(1, 5)),
            vehicle_sek_per_year=float(rng.choice([0.0, 30_000.0, 90_000.0])),
            sek_per_km=float(rng.choice([0.0, 4.0, 40.0])),
        ),
    )


def _random_access(rng: np.random.Generator, *, capacity: bool, exact: bool) -> AccessSection:
    """Weigh waiting or not; whole minutes stay so, so that equal sums are equal numbers."""
    wait = float(rng.choice([1.0, 2.0, 5.0])) if exact else float(rng.uniform(0.2, 5))
    digital = [float(rng.integers(8, 70)) if exact else float(rng.uniform(8, 70)) for _ in SERVICES]
    offered = rng.random(2) < (0.5 if rng.random() < 0.7 else 0.0)
    return AccessSection(
        waiting_minutes_per_day=wait if rng.random() < 0.6 else 0.0,
        digital_minutes=ByService(
            main=digital[0] if capacity or offered[0] else None,
            near=digital[1] if capacity or offered[1] else None,
        ),
    )


RULES: Final = (
    "existing",
    "required",
    "n_by_kind",
    "place_in_every_municipality",
    "place_in",
    "at_least_one_of",
    "at_most_one_of",
    "link_minutes",
    "main_near",
    "largest_minutes",
    "municipality_limits",
    "nobody_worse_than",
    "least_share_within_standard",
    "most_mean_minutes",
    "least_visits_per_year",
    "most_full_time_posts",
    "most_sek_per_year",
    "objectives",
    "tolerance",
    "mode_limits",
    "mode_objectives",
)
MEASURES: Final = ("mean_minutes", "within_standard", "largest_minutes", "worst_share_minutes", "cost")


def random_choice(
    seed: int,
    region: Region,
    *,
    only: str | None = None,
    teams: bool = False,
    capacity: bool = False,
) -> ChoiceSection:
    """Draw rules that a random plan obeys, or nearly so; each alone (`only`) or several together.

    `mode_objectives` stands for objectives that name a mode.
    """
    own_of_modes = np.random.default_rng([seed, 5])  # so that the other rules stay
    return _Draw(np.random.default_rng([seed, 2]), region, only, teams, capacity, own_of_modes).choice()


@dataclass(frozen=True)
class _Draw:
    rng: np.random.Generator
    region: Region
    only: str | None
    teams: bool
    capacity: bool
    rng_of_modes: np.random.Generator

    def uses(self, rule: str) -> bool:
        return rule == self.only if self.only else bool(self.rng.random() < 0.22)

    def near(self, value: float, *, most: float) -> float:
        """Draw a limit near what a plan attains, now and then a little tighter."""
        value = value if np.isfinite(value) else 30.0
        factor = self.rng.uniform(0.9, 1.0) if self.rng.random() < 0.25 else self.rng.uniform(1.001, 1.2)
        return float(min(max(value * factor, 0.5), most))

    def some(self, values: Sequence[str], count: int) -> tuple[str, ...]:
        chosen = self.rng.choice(list(values), min(count, len(values)), replace=False)
        return tuple(str(each) for each in chosen)

    def choice(self) -> ChoiceSection:
        rng = self.rng
        n_stops = CountRange(minimum=0, maximum=3 if self.teams else 0)
        free = CountRange(minimum=0, maximum=9)
        fixed: dict[str, object] = {
            "standard_minutes": float(rng.choice(self._minutes_that_occur())) if rng.random() < 0.7 else 30.0,
            "worst_share": float(rng.choice([0.05, 0.1, 0.33, 0.5, 1.0])),
            "objectives": self._objectives(),
            "with_capacity": self.capacity,
            "existing": self._existing() if self.uses("existing") else SitesByRole(),
        }
        if self.uses("main_near"):
            drives = self.region.site_times.minutes[:, -1]
            minutes = float(rng.choice(drives[np.isfinite(drives)])) if np.isfinite(drives).any() else 30.0
            fixed["main_near"] = (Neighbour(site="WARD", minutes=max(minutes, 0.5)),)
        n_teams = CountRange(minimum=0, maximum=int(rng.integers(1, 3)) if self.teams else 0)
        loose = ChoiceSection(n_main=free, n_satellites=free, n_stops=n_stops, n_teams=n_teams, **fixed)
        question = Question(self.region, loose)
        witness, rota = self._witness(question)
        counts = self._counts(question, witness)
        if self.teams and rng.random() < 0.3:
            least = min(n_teams.maximum, int(rng.integers(0, 3)))
            n_teams = CountRange(minimum=least, maximum=n_teams.maximum)
        rules = dict(self._rules(question, witness, rota))
        try:
            drawn = ChoiceSection(n_teams=n_teams, **{**fixed, **counts, **rules})
        except ValueError:  # the draw contradicts itself in the file already
            drawn = ChoiceSection(n_teams=n_teams, **{**fixed, **counts})
        return self._with_modes(drawn, witness)

    def _minutes_that_occur(self) -> list[float]:
        """Generalised minutes, so that a limit is met exactly."""
        offered = {days for role in ROLES for days in days_of_role(self.region.roles, role)}
        waits = [waiting(self.region.access, days) for days in sorted(offered)]
        minutes = self.region.times.minutes[np.isfinite(self.region.times.minutes)]
        felt = [max(float(t + w), 0.5) for t in minutes for w in waits]
        return felt or [30.0]

    def _objectives(self) -> tuple[Aim, ...]:
        measures = ("mean_minutes", "within_standard", "cost") if self.capacity else MEASURES
        several = self.only in (None, "objectives", "tolerance")
        count = int(self.rng.integers(1, 4)) if several else 1
        if self.only in ("objectives", "tolerance"):
            count = int(self.rng.integers(2, len(measures) + 1))
        with_tolerance = self.uses("tolerance")
        chosen = self.some(measures, count)
        if not several and self.rng.random() < 0.5:
            chosen = ("cost",)  # what asks for better access binds when access is not the aim
        return tuple(
            Aim(
                measure=measure,
                tolerance=float(self.rng.choice([0.0, 0.02, 0.05, 0.2])) if with_tolerance else 0.0,
            )
            for measure in chosen
        )

    def _existing(self) -> SitesByRole:
        """One or two sites in any role, whether or not they may take it anew."""
        named: dict[str, tuple[str, ...]] = {}
        days: dict[str, float] = {}
        roles = [Role.MAIN, Role.SATELLITE, Role.STOP] if self.teams else [Role.MAIN, Role.SATELLITE]
        for site_id in self.some(self.region.sites.site_ids, int(self.rng.integers(1, 3))):
            role = roles[self.rng.integers(0, len(roles))]
            named[role] = (*named.get(role, ()), site_id)
            if self.rng.random() < 0.4:
                days[site_id] = float(self.rng.choice(days_of_role(self.region.roles, role)))
        return SitesByRole(**named, days_per_week=days)

    def _witness(self, question: Question) -> tuple[Openings, Rota]:
        """Draw a plan that strands nobody and can be driven, or else the last one drawn."""
        openings: Openings = ()
        for _ in range(40):
            openings = self._random_openings(question)
            ways = rotas(question, openings)
            if ways and openings and not any(broken_rules(question, openings)):
                return openings, ways[self.rng.integers(0, len(ways))]
        return openings, Rota(0.0, 0.0)

    def _random_openings(self, question: Question) -> Openings:
        existing = set(question.choice.existing.all_sites)
        openness = self.rng.uniform(0.3, 0.9)
        opened: list[Opening] = []
        for j, options in enumerate(question.options):
            stays = self.region.sites.site_ids[j] in existing
            if options and (stays or self.rng.random() < openness):
                roles = sorted({each.role for each in options})
                role = roles[self.rng.integers(0, len(roles))]
                of_role = [each for each in options if each.role is role]
                opened.append(of_role[self.rng.integers(0, len(of_role))])
        return tuple(opened)

    def _counts(self, question: Question, witness: Openings) -> dict[str, CountRange]:
        counts = {}
        for role in ROLES:
            new = sum(each.role is role for each in witness) - len(getattr(question.choice.existing, role))
            if role is Role.STOP and not self.teams:
                new = 0
                low, high = 0, 0
            else:
                low, high = (int(each) for each in self.rng.choice([0, 1, 2], 2))
            least, most = max(0, new - low), max(0, new + high)
            counts[COUNT_OF_ROLE[role]] = CountRange(minimum=least, maximum=most)
        return counts

    def _rules(self, question: Question, witness: Openings, rota: Rota) -> Iterator[tuple[str, object]]:
        yield from self._rules_on_names(question, witness)
        yield from self._rules_on_access(question, witness)
        rng = self.rng
        if self.uses("link_minutes"):
            drives = self.region.between_sites_minutes
            yield "link_minutes", max(float(rng.choice(drives[np.isfinite(drives)])), 0.5)
        visits = visits_to_best_places(question, witness)
        got = measures(question, visits) if visits.served.any() else {}
        if self.uses("most_mean_minutes"):
            yield "most_mean_minutes", self.near(got.get("mean_minutes", 30.0), most=10_000)
        if self.uses("least_share_within_standard"):
            yield "least_share_within_standard", self._least_share(got.get("within_standard", 0.5))
        if self.uses("least_visits_per_year"):
            least: dict[str, float] = {}
            for each in witness:
                mine = float(visits.amount[visits.site == each.site].sum())
                least[each.role] = min(least.get(each.role, np.inf), mine)
            kept = {role: value * float(rng.uniform(0.5, 1.05)) for role, value in least.items()}
            yield "least_visits_per_year", LeastVisits(**kept)
        if self.uses("most_full_time_posts"):
            yield "most_full_time_posts", self.near(posts(question, witness, rota), most=1e6)
        if self.uses("most_sek_per_year"):
            yield "most_sek_per_year", self.near(sek_per_year(question, witness, rota), most=1e10)

    def _least_share(self, attained: float) -> float:
        if self.rng.random() < 0.25:
            return float(min(attained * self.rng.uniform(1.0, 1.1) + 1e-4, 1.0))
        return float(max(attained * self.rng.uniform(0.8, 1.0) - 1e-4, 0.0))

    def _rules_on_names(self, question: Question, witness: Openings) -> Iterator[tuple[str, object]]:
        rng, sites = self.rng, self.region.sites
        opened = [sites.site_ids[each.site] for each in witness]
        existing = question.choice.existing.all_sites
        new = [each for each in witness if sites.site_ids[each.site] not in existing]
        if self.uses("required") and new:
            each = new[rng.integers(0, len(new))]
            days = {sites.site_ids[each.site]: each.days} if rng.random() < 0.5 else {}
            yield "required", SitesByRole(**{each.role: (sites.site_ids[each.site],)}, days_per_week=days)
        if self.uses("n_by_kind"):
            kind = str(rng.choice(sorted(set(sites.kinds))))
            count = sum(sites.kinds[each.site] == kind for each in witness)
            low, high = (int(each) for each in rng.integers(0, 2, 2))
            shift = int(rng.choice([0, 0, 0, 1, -1]))
            least = max(0, count - low + shift)
            yield "n_by_kind", {kind: CountRange(minimum=least, maximum=max(least, count + high + shift))}
        if self.uses("place_in_every_municipality"):
            yield "place_in_every_municipality", True
        if self.uses("place_in"):
            yield "place_in", self.some(list(MUNICIPALITIES.values()), 1)
        if self.uses("at_least_one_of"):
            yield "at_least_one_of", (self.some(sites.site_ids, 2), self.some(opened or sites.site_ids, 1))
        if self.uses("at_most_one_of"):
            closed = [site_id for site_id in sites.site_ids if site_id not in opened]
            apart = self.some(closed + self.rng.permutation(opened).tolist()[:1], 3)
            pair = self.some(sites.site_ids, 2)
            yield "at_most_one_of", (apart, pair) if rng.random() < 0.3 else (apart,)

    def _rules_on_access(self, question: Question, witness: Openings) -> Iterator[tuple[str, object]]:
        rng = self.rng
        if self.uses("largest_minutes"):
            yield "largest_minutes", self._largest(question, witness, "")
        if self.uses("municipality_limits"):
            limits = []
            visits = visits_to_best_places(question, witness)
            for name in self.some(list(MUNICIPALITIES.values()), int(rng.integers(1, 3))):
                mean = municipal_mean(question, visits, question.code_of[name])
                limited = rng.random() < 0.6
                limits.append(
                    MunicipalLimits(
                        municipality=name,
                        largest_minutes=self._largest(question, witness, question.code_of[name]),
                        mean_minutes=self.near(mean, most=10_000) if limited and mean is not None else None,
                    )
                )
            yield "municipality_limits", tuple(limits)
        if self.uses("nobody_worse_than"):
            slack = float(rng.choice([0.0, rng.uniform(0, 1), rng.uniform(0, 15)]))
            named = self._named(witness) if rng.random() < 0.6 else self._random_named()
            by = str(rng.choice(["cell", "municipality"]))
            yield "nobody_worse_than", NobodyWorse(plan=named, by=by, slack_minutes=slack)

    def _largest(self, question: Question, witness: Openings, code: str) -> ByService:
        """Limits on travel that the witness keeps, exactly or nearly."""
        limits: dict[str, float] = {}
        for service in SERVICES:
            bound = question.reached[service]
            if code:
                bound = bound & (question.municipality_of_cell == code)
            nearest = nearest_minutes(question, witness, service)[bound]
            if self.rng.random() < 0.6 and len(nearest):
                largest = float(nearest.max())
                exactly = np.isfinite(largest) and self.rng.random() < 0.4
                limits[service] = max(largest, 0.5) if exactly else self.near(largest, most=10_000)
        return ByService(**limits)

    def _named(self, witness: Openings) -> SitesByRole:
        """The witness without its stops."""
        ids = self.region.sites.site_ids
        return SitesByRole(
            main=tuple(ids[each.site] for each in witness if each.role is Role.MAIN),
            satellite=tuple(ids[each.site] for each in witness if each.role is Role.SATELLITE),
            days_per_week={ids[each.site]: each.days for each in witness if each.role is not Role.STOP},
        )

    def _random_named(self) -> SitesByRole:
        first, second = self.some(self.region.sites.site_ids, 2)
        days = {second: float(self.rng.integers(1, 6))} if self.rng.random() < 0.5 else {}
        return SitesByRole(main=(first,), satellite=(second,), days_per_week=days)

    # Modes of travel: with capacity only the region's own

    def _with_modes(self, choice: ChoiceSection, witness: Openings) -> ChoiceSection:
        """Let objectives name modes, and limit what they give."""
        rng = self.rng_of_modes
        modes = [self.region.mode] if self.capacity else [self.region.mode, *self.region.other_times]
        changes: dict[str, object] = {}
        by_mode = self.only == "mode_objectives" or (self.only is None and rng.random() < 0.45)
        if by_mode:
            changes["objectives"] = self._aims_by_mode(choice, modes)
        limited = self.only == "mode_limits" or (self.only is None and rng.random() < 0.4)
        shortest = choice.standard_minutes * 1.000001 if (by_mode or limited) and not self.capacity else 0.5
        far = max(float(rng.choice(self._felt_by(modes))) if rng.random() < 0.4 else 180.0, 1.0)
        far = float(rng.uniform(25, 250)) if rng.random() < 0.4 else far
        changes["unreachable_minutes"] = max(far, shortest)
        drawn = choice.model_copy(update=changes)
        if limited:
            question = Question(self.region, drawn)
            limits = [self._mode_limit(question, witness, modes) for _ in range(rng.choice([1, 1, 2, 3]))]
            drawn = drawn.model_copy(update={"mode_limits": tuple(limits)})
        return ChoiceSection.model_validate({name: getattr(drawn, name) for name in drawn.model_fields_set})

    def _felt_by(self, modes: Sequence[str]) -> list[float]:
        """Minutes by modes that occur, with every wait, for limits that are met exactly."""
        question = Question(self.region, ChoiceSection(n_main=_ONE, n_satellites=_ONE))
        travel = np.concatenate([question.minutes_by(mode).ravel() for mode in modes])
        offered = {days for role in ROLES for days in days_of_role(self.region.roles, role)}
        felt = [summed(travel[np.isfinite(travel)], self.region.access, days) for days in sorted(offered)]
        return [float(each) for each in np.concatenate(felt) if each <= MOST_MINUTES] or [30.0]

    def _aims_by_mode(self, choice: ChoiceSection, modes: Sequence[str]) -> tuple[Aim, ...]:
        """Draw up to three measures, each once for a mode; worst_share_minutes but once."""
        rng = self.rng_of_modes
        measured = ("mean_minutes", "within_standard") if self.capacity else MEASURES[:-1]
        pairs = [(measure, mode) for measure in measured for mode in modes] + [("cost", self.region.mode)]
        weights = np.array([0.3 if mode == self.region.mode and len(modes) > 1 else 1.0 for _, mode in pairs])
        order = rng.choice(len(pairs), len(pairs), replace=False, p=weights / weights.sum())
        count, aims = int(rng.integers(1, 4)), list[Aim]()
        tolerances = [0.0] if rng.random() < 0.6 else [0.0, 0.02, 0.05, 0.2]
        for measure, mode in (pairs[k] for k in order):
            twice = measure == "worst_share_minutes" and any(aim.measure == measure for aim in aims)
            is_named = measure != "cost" and (mode != self.region.mode or rng.random() < 0.5)
            if len(aims) < count and not twice:
                tolerance = float(rng.choice(tolerances))
                aims.append(Aim(measure=measure, mode=mode if is_named else None, tolerance=tolerance))
        return tuple(aims) if rng.random() < 0.7 else (*aims, *self._left_over(choice, aims))[:4]

    def _left_over(self, choice: ChoiceSection, aims: Sequence[Aim]) -> Iterator[Aim]:
        """Yield objectives drawn before that those by mode leave to be said."""
        question = Question(self.region, choice)
        said = {question.label(aim) for aim in aims}
        worst = any(aim.measure == "worst_share_minutes" for aim in aims)
        for aim in choice.objectives:
            if question.label(aim) not in said and not (worst and aim.measure == "worst_share_minutes"):
                yield aim

    def _mode_limit(self, question: Question, witness: Openings, modes: Sequence[str]) -> ModeLimit:
        """Draw a limit near what the witness gives."""
        rng, choice = self.rng_of_modes, question.choice
        weights = np.array([0.4 if mode == self.region.mode else 1.0 for mode in modes])
        mode = str(rng.choice(list(modes), p=weights / weights.sum()))
        municipality = str(rng.choice(list(MUNICIPALITIES.values()))) if rng.random() < 0.5 else None
        far = choice.unreachable_minutes
        possible = [each for each in self._felt_by([mode]) if 0 < each < far]
        named = bool(possible) and (rng.random() < 0.6 or choice.standard_minutes >= far)
        within = float(rng.choice(possible)) if named else None
        plain = ModeLimit(mode=mode, municipality=municipality, least_share=0.0, within_minutes=within)
        visits = visits_to_best_places(question, witness, mode)
        share, mean = limit_counted(question, plain, visits) or (1.0, 30.0)
        what = str(rng.choice(["share", "mean", "both"]))
        if what == "mean":
            return ModeLimit(mode=mode, municipality=municipality, mean_minutes=self._near_by(mean))
        tight = rng.random() < 0.15
        share = share + rng.uniform(1e-4, 0.1) if tight else share * rng.uniform(0.8, 1.0) - 1e-4
        least: dict[str, object] = {"least_share": float(np.clip(share, 0.0, 1.0))}
        if what == "both":
            least["mean_minutes"] = self._near_by(mean)
        return plain.model_copy(update=least)

    def _near_by(self, mean: float) -> float:
        rng = self.rng_of_modes
        factor = rng.uniform(0.9, 1.0) if rng.random() < 0.15 else rng.uniform(1.001, 1.2)
        return float(np.clip(mean * factor, 0.5, MOST_MINUTES))
