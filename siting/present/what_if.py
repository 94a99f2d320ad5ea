"""What a reader's own choice of sites is counted on in the map page, and by which rules.

`map/script/engine.js` counts as `siting.evaluate` does, on the youths as `protected` gives them; a test
holds the two against each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ..geo import order_in_space
from ..offers import make_offer
from ..sites import ROLES, Role
from ..tours import MINUTES_PER_HOUR
from .modes import modes_of_interest
from .protected import protected_youths, secret_of
from .tables import has_combined_time
from .tours import days_text
from .words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ..demand import DemandGrid
    from ..scenario import ChoiceSection
    from ..study import Outcome
    from .words import Words

MOST_PAIRS: Final = 4_000_000
"""Cells x sites of one mode of travel that a page holds: about 3 MB."""
MOST_PAIRS_OF_ALL_MODES: Final = 12_000_000
MOST_SITES_FOR_TOURS: Final = 200
"""Sites whose minutes and kilometres from each to each a page holds: 0.4 MB."""


@dataclass(frozen=True)
class MapOffer:
    """What a site may be open as, in one's own choice, and what that takes."""

    role: str
    days_per_week: float
    label: str
    openness: str
    waiting_minutes: float
    hours_per_year: float
    sek_per_year: float


@dataclass(frozen=True)
class MapTeams:
    """What a travelling team can do, and takes; and what those of the plan take, if it has any."""

    minutes_per_stop: float
    minutes_per_day: float
    days_per_week: int
    most_stops: int
    staff: float
    sek_per_kilometre: float
    vehicle_sek_per_year: float
    planned_posts: float = 0.0
    planned_sek_per_year: float = 0.0
    planned_kilometres: float = 0.0
    planned_bases: tuple[int, ...] = ()  # positions of sites
    n_planned: int = 0


@dataclass(frozen=True, eq=False)
class MapRules:
    """By what one's own choice is counted beside a plan, and what its scenario allows.

    Sites are positions in `MapScene.sites`, where the m candidates come first.
    """

    choice: tuple[tuple[int, str, float], ...]  # what the plan opens: site, role, days a week
    offers: tuple[MapOffer, ...]  # those of one role, the first that is meant where nothing is said
    allowed: dict[str, NDArray[np.bool_]]  # by role, (m,)
    existing: NDArray[np.bool_]  # (m,) stays open
    may_base: NDArray[np.bool_]  # (m,) a team may start here
    teams: MapTeams
    digital_minutes: dict[str, float | None]  # by service
    standard_minutes: float
    hours_per_full_time_post: float
    sek_per_hour: float
    weeks_per_year: float
    has_combined_time: bool
    has_capacity: bool
    modes_of_interest: tuple[int, ...]  # numbers in the plan's list of modes, from 1
    most_sek_per_year: float | None
    most_full_time_posts: float | None
    counts: dict[str, tuple[int, int]]  # least and most open places by role, existing ones counted
    link_minutes: float | None
    place_in: tuple[str, ...]
    extends: str  # the scenario file that a kept choice extends
    extends_sha256: str  # of that scenario
    stale_days: tuple[str, ...] = ()
    """Sites whose days the scenario gives: a kept choice takes them back."""


@dataclass(frozen=True, eq=False)
class MapWhatIf:
    """What any choice of sites is counted on in the page.

    The youths are protected: whole multiples of the smallest count that is shown (see `protected`), so
    nothing that follows from them tells more.
    """

    youths: NDArray[np.float64]  # (n,) multiples of `youths_step`
    youths_step: int
    visits_per_youth: dict[str, dict[str, float]]  # by service and name of the municipality
    minutes: tuple[NDArray[np.float64], ...]  # (n, m) by the scenario's mode, then by the plans' other modes
    cell_order: NDArray[np.intp]  # (n,) neighbours in space stand together, which packs well
    site_order: NDArray[np.intp]  # (m,)
    site_minutes: NDArray[np.float64] | None  # (m, m) by car from site to site; None: too many for the page
    site_kilometres: NDArray[np.float64] | None
    saved_title: dict[str, str]  # of a kept choice, by language
    saved_question: dict[str, str]


def modes_counted(outcomes: Sequence[Outcome]) -> tuple[str, ...] | None:
    """Name the other modes of travel that one's own choice can be counted by; None: it can by none.

    All outcomes need the same minutes, and the page must be able to carry them.
    """
    first = outcomes[0].region
    n_pairs = first.times.minutes.size
    if n_pairs > MOST_PAIRS or any(not _travels_alike(outcomes, mode) for mode in (first.mode,)):
        return None
    modes = [mode for mode in first.other_times if _travels_alike(outcomes, mode)]
    if n_pairs * (len(modes) + 1) > MOST_PAIRS_OF_ALL_MODES:
        modes = [mode for mode in modes if mode in modes_of_interest(outcomes[0])]
    return tuple(modes)


def _travels_alike(outcomes: Sequence[Outcome], mode: str) -> bool:
    first, *others = (outcome.region for outcome in outcomes)
    known = all(mode == each.mode or mode in each.other_times for each in others)
    return known and all(
        each.times_by(mode) is first.times_by(mode)
        or np.array_equal(each.times_by(mode).minutes, first.times_by(mode).minutes)
        for each in others
    )


def protected_demand(outcome: Outcome) -> DemandGrid:
    """Give the demand as the map page has it: the youths protected, and persons and visits in proportion."""
    demand = outcome.region.demand
    told = protected_youths(
        demand.youths,
        demand.municipality_codes,
        demand.centres_metres,
        smallest_count_shown=outcome.scenario.evaluation.smallest_count_shown,
        secret=secret_of(outcome.dataset),
        finest=outcome.dataset.manifest.disclosure.smallest_count_shown,
    )
    ratio = np.divide(told, demand.youths, out=np.zeros(len(told)), where=demand.youths > 0)
    return replace(
        demand,
        youths=told,
        persons=demand.persons * ratio[:, None],
        visits_per_year=demand.visits_per_year * ratio[:, None],
        youths_standard_error=np.zeros(len(told)),
    )


def map_what_if(
    outcome: Outcome, modes: Sequence[str], municipality_of: Sequence[str], words: Words
) -> MapWhatIf:
    """Gather what any choice is counted on; `municipality_of` names that of each cell."""
    region, demand = outcome.region, protected_demand(outcome)
    m = len(region.sites.site_ids)
    drives = m <= MOST_SITES_FOR_TOURS
    return MapWhatIf(
        youths=demand.youths,
        youths_step=outcome.scenario.evaluation.smallest_count_shown,
        visits_per_youth=_visits_per_youth(region.demand, municipality_of),
        minutes=(region.times.minutes, *(region.times_by(mode).minutes for mode in modes)),
        cell_order=order_in_space(demand.centres_metres),
        site_order=order_in_space(region.sites.points_metres),
        site_minutes=region.between_sites_minutes if drives else None,
        site_kilometres=region.site_kilometres if drives else None,
        saved_title={language: words(f"map.saved_title_{language}") for language in LANGUAGES},
        saved_question={language: words(f"map.saved_question_{language}") for language in LANGUAGES},
    )


def _visits_per_youth(demand: DemandGrid, municipality_of: Sequence[str]) -> dict[str, dict[str, float]]:
    """Visits a year that one youth stands for, by service and municipality: public rates."""
    names, position = np.unique(np.array(municipality_of), return_inverse=True)
    youths = np.bincount(position, weights=demand.youths, minlength=len(names))

    def rates(visits: NDArray[np.float64]) -> dict[str, float]:
        total = np.bincount(position, weights=visits, minlength=len(names))
        each = np.divide(total, youths, out=np.zeros(len(names)), where=youths > 0)
        return dict(zip(names.tolist(), each.tolist(), strict=True))

    return {"near": rates(demand.near_visits_per_year), "main": rates(demand.main_visits_per_year)}


def map_rules(outcome: Outcome, modes: Sequence[str], words: Words) -> MapRules:
    """Say by what a choice beside this plan is counted, and what its scenario allows."""
    scenario, region, plan = outcome.scenario, outcome.region, outcome.plan
    sites, choice, roles = region.sites, scenario.choice, scenario.roles
    position = {site_id: j for j, site_id in enumerate(sites.site_ids)}
    given_days = choice.given.days_per_week if choice.given else {}
    interest = modes_of_interest(outcome)
    return MapRules(
        choice=tuple(
            sorted((position[each], str(plan.role_of(each)), plan.days_of(each)) for each in plan.open_sites)
        ),
        offers=_offers(outcome, words),
        allowed={str(role): sites.allowed[:, column] for column, role in enumerate(ROLES)},
        existing=np.isin(sites.site_ids, choice.existing.all_sites),
        may_base=sites.may_base_team,
        teams=_teams(outcome, position),
        digital_minutes={
            "near": scenario.access.digital_minutes.near,
            "main": scenario.access.digital_minutes.main,
        },
        standard_minutes=choice.standard_minutes,
        hours_per_full_time_post=roles.hours_per_full_time_post,
        sek_per_hour=roles.staff_cost_sek_per_hour,
        weeks_per_year=roles.weeks_per_year,
        has_combined_time=has_combined_time(scenario),
        has_capacity=choice.with_capacity,
        modes_of_interest=tuple(number for number, mode in enumerate(modes, start=1) if mode in interest),
        most_sek_per_year=choice.most_sek_per_year,
        most_full_time_posts=choice.most_full_time_posts,
        counts=_counts(choice),
        link_minutes=choice.link_minutes,
        place_in=tuple(region.municipality_names.values())
        if choice.place_in_every_municipality
        else choice.place_in,
        extends=f"{scenario.name}.yaml",
        extends_sha256=scenario.sha256,
        stale_days=tuple(given_days),
    )


def _counts(choice: ChoiceSection) -> dict[str, tuple[int, int]]:
    """How many places of each role the scenario asks for; nothing where it gives the plan."""
    if choice.given is not None:
        return {}
    asked = {Role.MAIN: choice.n_main, Role.SATELLITE: choice.n_satellites, Role.STOP: choice.n_stops}
    return {
        str(role): (
            count.minimum + len(getattr(choice.existing, role)),
            count.maximum + len(getattr(choice.existing, role)),
        )
        for role, count in asked.items()
    }


def _offers(outcome: Outcome, words: Words) -> tuple[MapOffer, ...]:
    """What the scenario lets a site be, and what the plan has; the most open first."""
    roles, plan = outcome.scenario.roles, outcome.plan
    listed = {
        Role.MAIN: {roles.main.days_per_week},
        Role.SATELLITE: {float(days) for days in roles.satellite.days_per_week},
        Role.STOP: {1.0 / weeks for weeks in roles.stop.weeks_between_visits},
    }
    for site_id in plan.open_sites:
        role = plan.role_of(site_id)
        if role is not None:
            listed[role].add(plan.days_of(site_id))
    return tuple(
        _offer(role, days, outcome, words) for role in ROLES for days in sorted(listed[role], reverse=True)
    )


def _offer(role: Role, days: float, outcome: Outcome, words: Words) -> MapOffer:
    offer = make_offer(role, days, outcome.scenario.roles, outcome.scenario.access)
    openness = days_text(role, days, words)
    return MapOffer(
        role=str(role),
        days_per_week=days,
        label=words("map.offer", role=words(f"map.role_{role}"), days=openness),
        openness=openness,
        waiting_minutes=offer.waiting_minutes,
        hours_per_year=offer.staff_hours_per_year,
        sek_per_year=offer.cost_sek_per_year,
    )


def _teams(outcome: Outcome, position: dict[str, int]) -> MapTeams:
    roles, taken = outcome.scenario.roles, outcome.evaluation.resources
    return MapTeams(
        minutes_per_stop=MINUTES_PER_HOUR * (roles.stop.set_up_hours + roles.stop.session_hours),
        minutes_per_day=MINUTES_PER_HOUR * roles.team.working_day_hours,
        days_per_week=roles.team.days_per_week,
        most_stops=roles.team.most_stops_per_day,
        staff=roles.team.staff,
        sek_per_kilometre=roles.team.sek_per_km,
        vehicle_sek_per_year=roles.team.vehicle_sek_per_year,
        planned_posts=taken.teams.full_time_posts,
        planned_sek_per_year=taken.teams.sek_per_year,
        planned_kilometres=taken.kilometres_per_year,
        planned_bases=tuple(position[base] for base, n in outcome.plan.teams.items() if n),
        n_planned=sum(outcome.plan.teams.values()),
    )
