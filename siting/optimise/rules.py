"""Turns a scenario's rules into the numbers of a `SitingProblem`, and refuses those that contradict.

Two services: visits that need a main reception go to the best one; the rest to the best open place.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import InfeasibleError, InputError
from ..sites import ROLES, Role
from ..tours import MINUTES_PER_HOUR, possible_tours
from .options import Options
from .problem import (
    EVERYWHERE,
    UNLIMITED,
    CountRule,
    MeanLimit,
    Resource,
    ShareLimit,
    SitingProblem,
    Support,
    TeamRules,
)
from .reach import cover_rules, nobody_worse, refuse_too_far
from .services import limits_by_mode, services_by_other_modes, services_by_own_mode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ..region import Region
    from ..scenario import ChoiceSection, Hosts
    from ..scenario_choice import CountRange, SitesByRole

STOP_DAYS: Final = (1.0, 0.5)
SEK_UNIT: Final = 1e6
HOURS_UNIT: Final = 1e3


def state_problem(region: Region, choice: ChoiceSection, hosts: Hosts) -> tuple[SitingProblem, Options]:
    """State the choice in numbers, and say what its options stand for.

    Raises
    ------
    InputError
        If rules contradict each other, or name a site that is not there.
    InfeasibleError
        If one rule alone can be kept by no plan.
    """
    allowed = _allowed_roles(region, choice)
    options = _options(region, choice, allowed)
    services, lost = services_by_own_mode(region, options)
    counts = (
        *_numbers(region, choice, options),
        *_named(region, choice.existing, "choice.existing", options),
        *_named(region, choice.required, "choice.required", options),
        *_lists(region, choice, options),
        *_places(region, choice, options),
    )
    _refuse_contradictions(choice, counts)
    refuse_too_far(region, choice, options.site, options.where(Role.MAIN))
    worse_means, worse_covers = nobody_worse(region, choice, services, len(options.site))
    mode_means, mode_shares = limits_by_mode(region, choice)
    problem = SitingProblem(
        services=services,
        option_site=options.site,
        other_modes=services_by_other_modes(region, choice, options),
        lost_demand=lost,
        counts=counts,
        covers=(
            *cover_rules(region, choice, options.site, options.where(Role.MAIN), services),
            *worse_covers,
        ),
        supports=_links(region, choice, options),
        mean_limits=(*_mean_limits(region, choice), *worse_means, *mode_means),
        share_limits=(*_share_within_standard(choice), *mode_shares),
        least_visits=_least_visits(choice, options),
        capacity=options.column("capacity_visits_per_year") if choice.with_capacity else None,
        rank=_rank(region, hosts, options),
    )
    return _with_resources(problem, region, choice, options), options


def _site_indices(region: Region, named: SitesByRole, where: str) -> dict[Role, NDArray[np.intp]]:
    return {role: region.sites.indices(getattr(named, role), f"{where}.{role}") for role in ROLES}


def _allowed_roles(region: Region, choice: ChoiceSection) -> NDArray[np.bool_]:
    """Roles that each site may have, (m, roles); a site that exists stays in its role."""
    allowed = region.sites.allowed.copy()
    mains = ROLES.index(Role.MAIN)
    for neighbour in choice.main_near:
        if neighbour.site not in region.site_times.destination_ids:
            message = f"choice.main_near: there is no site {neighbour.site!r} in the dataset"
            raise InputError(message)
        column = region.site_times.destination_ids.index(neighbour.site)
        allowed[:, mains] &= region.site_times.minutes[:, column] <= neighbour.minutes
        if choice.n_main.minimum and not allowed[:, mains].any():
            message = (
                f"choice.main_near: no premises that may be a main reception lie within "
                f"{neighbour.minutes:g} minutes of {neighbour.site} and the other companions named"
            )
            raise InfeasibleError(message)
    for role, count in _counts_by_role(choice).items():
        if not count.maximum or (role is Role.STOP and not choice.n_teams.maximum):
            allowed[:, ROLES.index(role)] = False
    refuse_sites_that_left(region, choice.existing, "choice.existing")
    for role, sites in _site_indices(region, choice.existing, "choice.existing").items():
        allowed[sites] = False
        allowed[sites, ROLES.index(role)] = True
    return allowed


def refuse_sites_that_left(region: Region, named: SitesByRole, where: str) -> None:
    """Refuse premises of a municipality that takes no part.

    Raises
    ------
    InputError
        If one of the sites named lies in such a municipality.
    """
    for role, sites in _site_indices(region, named, where).items():
        gone = [j for j in sites if region.sites.municipality_codes[j] not in region.municipality_names]
        for site in gone[:1]:
            message = (
                f"{where}.{role}: {region.sites.site_ids[site]} lies in a municipality that leaves "
                "(leaving_municipalities) and takes its premises with it"
            )
            raise InputError(message)


def _counts_by_role(choice: ChoiceSection) -> dict[Role, CountRange]:
    return {Role.MAIN: choice.n_main, Role.SATELLITE: choice.n_satellites, Role.STOP: choice.n_stops}


def _days_by_role(region: Region) -> dict[Role, tuple[float, ...]]:
    """Days a week that each role may be chosen for."""
    return {
        Role.MAIN: (region.roles.main.days_per_week,),
        Role.SATELLITE: tuple(float(days) for days in region.roles.satellite.days_per_week),
        Role.STOP: tuple(1 / weeks for weeks in region.roles.stop.weeks_between_visits),
    }


def _options(region: Region, choice: ChoiceSection, allowed: NDArray[np.bool_]) -> Options:
    """Pairs of site and offer: the role's days, or the days that are named for the site."""
    existing = set(choice.existing.all_sites)
    site, offers = [], []
    for j, site_id in enumerate(region.sites.site_ids):
        named = {**choice.existing.days_per_week, **choice.required.days_per_week}.get(site_id)
        for r in np.flatnonzero(allowed[j]):
            role = ROLES[r]
            days_of_role = _days_by_role(region)[role]
            if named is not None and site_id in existing:
                if role is Role.STOP and named not in STOP_DAYS:
                    message = (
                        f"choice.existing.days_per_week: {site_id} is a stop: 1 (every week) or 0.5 (every "
                        f"other), not {named:g}"
                    )
                    raise InputError(message)
                days_of_role = (named,)
            for days in days_of_role:
                if site_id in existing or days <= region.sites.room_days_per_week[j]:
                    site.append(j)
                    offers.append(region.offer(role, days))
    if not site:
        message = "choice: no premises may be opened in any role"
        raise InputError(message)
    return Options(np.array(site, dtype=np.intp), tuple(offers))


def _numbers(region: Region, choice: ChoiceSection, options: Options) -> list[CountRule]:
    """How many sites each role and each kind of premises has."""
    rules = []
    for (role, count), key in zip(
        _counts_by_role(choice).items(), ("n_main", "n_satellites", "n_stops"), strict=True
    ):
        of_role = options.where(role)
        n_existing = len(getattr(choice.existing, role))
        n_free = len(np.unique(options.site[of_role])) - n_existing
        if count.minimum > n_free:
            message = (
                f"choice.{key}: {count.minimum} sites are to be opened as {role}, "
                f"but only {max(n_free, 0)} may host one"
            )
            raise InputError(message)
        rules.append(
            CountRule(
                f"choice.{key}",
                np.flatnonzero(of_role),
                count.minimum + n_existing,
                count.maximum + n_existing,
            )
        )
    n_asked, n_usable = sum(rule.least for rule in rules), len(np.unique(options.site))
    if n_asked > n_usable:
        message = (
            f"choice: n_main, n_satellites and n_stops ask for {n_asked} sites with the existing ones, "
            f"but only {n_usable} premises may be used"
        )
        raise InputError(message)
    kinds = np.array(region.sites.kinds)[options.site]
    for kind, count in choice.n_by_kind.items():
        if kind not in region.sites.kinds:
            known = ", ".join(sorted(set(region.sites.kinds)))
            message = f"choice.n_by_kind: no candidate site is of the kind {kind!r}; there are {known}"
            raise InputError(message)
        of_kind = np.flatnonzero(kinds == kind)
        rules.append(CountRule(f"choice.n_by_kind.{kind}", of_kind, count.minimum, count.maximum))
    return rules


def _named(region: Region, named: SitesByRole, where: str, options: Options) -> list[CountRule]:
    """Existing and required sites are open in their role, with the days named."""
    rules = []
    for role, sites in _site_indices(region, named, where).items():
        for j in sites:
            site_id = region.sites.site_ids[j]
            mine = (options.site == j) & options.where(role)
            label = f"{where}.{role}: {site_id}"
            if not mine.any():
                message = (
                    f"{where}.{role}: {site_id} may not be used as {role}: it is forbidden here, its kind "
                    f"({region.sites.kinds[j]}) is not among sites.hosts.{role}, or another rule "
                    "(sites.municipalities, sites.room_days_per_week, choice.main_near, "
                    "leaving_municipalities, or a number of 0) keeps it out"
                )
                raise InputError(message)
            days = named.days_per_week.get(site_id)
            if days is not None:
                mine &= np.isclose(options.column("days_per_week"), days)
                if not mine.any():
                    message = (
                        f"{where}.days_per_week: {site_id} may not be open {days:g} days a week as {role}"
                    )
                    raise InputError(message)
            rules.append(CountRule(label, np.flatnonzero(mine), 1, 1))
    return rules


def _lists(region: Region, choice: ChoiceSection, options: Options) -> list[CountRule]:
    rules = []
    for key, least, most in (("at_least_one_of", 1, UNLIMITED), ("at_most_one_of", 0, 1)):
        for k, each in enumerate(getattr(choice, key)):
            where = f"choice.{key}.{k}"
            sites = region.sites.indices(each, where)
            rules.append(CountRule(where, np.flatnonzero(np.isin(options.site, sites)), least, most))
    return rules


def _code_of(region: Region, name: str, where: str) -> str:
    for code, known in region.municipality_names.items():
        if known == name:
            return code
    known_names = ", ".join(region.municipality_names.values())
    message = f"{where}: no municipality {name!r} takes part; there are {known_names}"
    raise InputError(message)


def _places(region: Region, choice: ChoiceSection, options: Options) -> list[CountRule]:
    """Municipalities that get a place of any role."""
    wanted = {
        _code_of(region, name, "choice.place_in"): ("choice.place_in", name) for name in choice.place_in
    }
    if choice.place_in_every_municipality:
        key = "choice.place_in_every_municipality"
        wanted |= {code: (key, name) for code, name in region.municipality_names.items()}
        most = sum(
            count.maximum + len(getattr(choice.existing, role))
            for role, count in _counts_by_role(choice).items()
        )
        if most < len(wanted):
            message = (
                f"{key}: {len(wanted)} municipalities need a place, but at most {most} are opened; "
                "raise n_main, n_satellites or n_stops"
            )
            raise InfeasibleError(message)
    codes = np.array(region.sites.municipality_codes)[options.site]
    rules = []
    for code, (key, name) in wanted.items():
        members = np.flatnonzero(codes == code)
        if not members.size:
            message = f"{key}: {name} has no premises that may be used"
            raise InfeasibleError(message)
        rules.append(CountRule(f"{key}: {name}", members, 1))
    return rules


def _refuse_contradictions(choice: ChoiceSection, counts: Sequence[CountRule]) -> None:
    """Refuse what no plan can be, told by the numbers alone."""
    for rule in counts:
        if rule.least > len(rule.options):
            message = f"{rule.label}: {rule.least} are asked for, but only {len(rule.options)} can be opened"
            raise InputError(message)
    n_stops = choice.n_stops.minimum + len(choice.existing.stop)
    if choice.n_teams.minimum and not choice.n_main.maximum + len(choice.existing.main):
        message = "choice.n_teams: a team has its base at a main reception, but n_main allows none"
        raise InputError(message)
    if n_stops and not choice.n_main.maximum + len(choice.existing.main):
        message = "choice.n_stops: stops are visited from a main reception, but n_main allows none"
        raise InputError(message)


def _links(region: Region, choice: ChoiceSection, options: Options) -> tuple[Support, ...]:
    """Which main receptions are near enough to staff a satellite or a stop."""
    if choice.link_minutes is None:
        return ()
    is_main = options.where(Role.MAIN)
    linked = np.flatnonzero(~is_main)
    from_main = region.between_sites_minutes.T  # [site, main]
    near = from_main <= choice.link_minutes
    supporters = near[np.ix_(options.site[linked], options.site)] & is_main[None, :]
    return (Support("choice.link_minutes", linked, supporters),)


def _mean_limits(region: Region, choice: ChoiceSection) -> list[MeanLimit]:
    limits = []
    if choice.most_mean_minutes is not None:
        limits.append(MeanLimit("choice.most_mean_minutes", EVERYWHERE, choice.most_mean_minutes))
    codes = sorted(set(region.demand.municipality_codes))
    for each in choice.municipality_limits:
        code = _code_of(region, each.municipality, "choice.municipality_limits")
        if each.mean_minutes is not None and code in codes:
            label = f"choice.municipality_limits: {each.municipality}, mean_minutes"
            limits.append(MeanLimit(label, codes.index(code), each.mean_minutes))
    return limits


def _share_within_standard(choice: ChoiceSection) -> tuple[ShareLimit, ...]:
    least = choice.least_share_within_standard
    if least is None:
        return ()
    return (ShareLimit("choice.least_share_within_standard", least, choice.standard_minutes),)


def _least_visits(choice: ChoiceSection, options: Options) -> NDArray[np.float64] | None:
    least = np.array([getattr(choice.least_visits_per_year, offer.role) for offer in options.offers])
    return least if least.any() else None


def _rank(region: Region, hosts: Hosts, options: Options) -> NDArray[np.float64]:
    """Rank of each option: kinds in the order of the hosts, then the table, then the fewest days."""
    keys = []
    for q, (j, offer) in enumerate(zip(options.site, options.offers, strict=True)):
        order: tuple[str, ...] = getattr(hosts, offer.role)
        kind = region.sites.kinds[j]
        keys.append((order.index(kind) if kind in order else len(order), int(j), offer.days_per_week, q))
    rank = np.empty(len(keys))
    rank[[key[-1] for key in sorted(keys)]] = np.arange(1, len(keys) + 1)
    return (rank / len(keys)) ** 2


def _with_resources(
    problem: SitingProblem, region: Region, choice: ChoiceSection, options: Options
) -> SitingProblem:
    """Add staff and money, and the teams that use them up."""
    roles = region.roles
    teams = _team_rules(region, choice, options)
    hours = kilometres = np.zeros(0)
    if teams is not None:
        runs_per_year = roles.weeks_per_year / 2
        hours = teams.tours.minutes / MINUTES_PER_HOUR * roles.team.staff * runs_per_year
        kilometres = teams.tours.kilometres * runs_per_year
    posts, sek = choice.most_full_time_posts, choice.most_sek_per_year
    staff = Resource(
        name="staff",
        label="choice.most_full_time_posts",
        of_option=options.column("staff_hours_per_year"),
        of_tour=hours,
        of_team=0.0,
        limit=np.inf if posts is None else posts * roles.hours_per_full_time_post,
        unit=HOURS_UNIT,
    )
    money = Resource(
        name="money",
        label="choice.most_sek_per_year",
        of_option=options.column("cost_sek_per_year"),
        of_tour=hours * roles.staff_cost_sek_per_hour + kilometres * roles.team.sek_per_km,
        of_team=roles.team.vehicle_sek_per_year,
        limit=np.inf if sek is None else sek,
        unit=SEK_UNIT,
    )
    return replace(problem, staff=staff, money=money, teams=teams)


def _team_rules(region: Region, choice: ChoiceSection, options: Options) -> TeamRules | None:
    """Tours from every site that may be a main, through every site that may be a stop."""
    if not choice.n_teams.maximum:
        return None
    m = len(region.sites.site_ids)
    is_main, is_stop = options.where(Role.MAIN), options.where(Role.STOP)
    days = options.column("days_per_week")

    def option_of_site(which: NDArray[np.bool_]) -> NDArray[np.intp]:
        found = np.full(m, -1, dtype=np.intp)
        found[options.site[which]] = np.flatnonzero(which)
        return found

    base = np.where(region.sites.may_base_team, option_of_site(is_main), -1)
    tours = possible_tours(
        region.between_sites_minutes,
        region.site_kilometres,
        bases=np.flatnonzero(base >= 0),
        stops=np.unique(options.site[is_stop]),
        stop=region.roles.stop,
        team=region.roles.team,
    )
    n_stops = choice.n_stops.minimum + len(choice.existing.stop)
    if (choice.n_teams.minimum or n_stops) and not (base >= 0).any():
        message = (
            "choice.n_teams: a team has its base at a main reception, but no premises that may be one lie in "
            "the municipalities of sites.municipalities.team_base"
        )
        raise InputError(message)
    if n_stops and not len(tours):
        message = (
            f"choice.n_stops: no tour of even one stop fits in roles.team.working_day_hours "
            f"({region.roles.team.working_day_hours:g} hours) from any premises that may be a main reception"
        )
        raise InputError(message)
    return TeamRules(
        tours=tours,
        weekly=option_of_site(is_stop & np.isclose(days, 1.0)),
        every_other=option_of_site(is_stop & np.isclose(days, 0.5)),
        base=base,
        least=choice.n_teams.minimum,
        most=choice.n_teams.maximum,
        days_per_week=region.roles.team.days_per_week,
    )
