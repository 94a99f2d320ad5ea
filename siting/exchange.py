"""`ExchangeRate`: a satellite's day a week in visits of a travelling team; and what the teams do in a year.

Both are estimates that rest on `scenario.roles`. A rate is an average: it holds pay, opening hours and the
number of teams constant, and spreads all that teams and stops cost evenly over the teams' visits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .offers import make_offer
from .resources import WEEKS_PER_CYCLE
from .scenario import AccessSection
from .sites import Role
from .tours import MINUTES_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .plan import Plan
    from .resources import Resources
    from .scenario import RolesSection
    from .teams import TourRun

WEEKS_BETWEEN_VISITS: Final = 2.0  # of a stop every other week


@dataclass(frozen=True)
class ExchangeRate:
    """What one day a week at some satellites costs, against a stop that a team visits every other week."""

    satellites: tuple[str, ...]
    """Ids of the satellites whose last day a week costs this much."""
    satellite_day_sek_per_year: float
    satellite_day_hours_per_year: float
    """Hours in which it receives."""
    fortnightly_stop_sek_per_year: float
    fortnightly_stop_hours_per_year: float
    """Hours in which the team receives there, without set-up."""

    @property
    def stops_per_satellite_day(self) -> float:
        """Stops every other week that cost as much as one day a week at the satellite."""
        return self.satellite_day_sek_per_year / self.fortnightly_stop_sek_per_year


@dataclass(frozen=True)
class TeamsYear:
    """What the travelling teams do in a year, all of them together."""

    tours: float
    stop_visits: float
    kilometres: float
    hours: float
    """From leaving the base to being back."""
    driving_hours: float
    """Of these, in the car."""


def exchange_rates(
    plan: Plan, roles: RolesSection, *, resources: Resources, stop_roles: RolesSection
) -> tuple[ExchangeRate, ...]:
    """Hold a day a week at the satellites of a plan against the stops of the same or another plan.

    Parameters
    ----------
    plan, roles
        With the satellites, and what a satellite costs there.
    resources, stop_roles
        Of the plan with the stops, and what a stop is there.

    Returns
    -------
    tuple of ExchangeRate
        One for each cost of a day, the cheapest first; none without satellites or without stops.
    """
    visits = resources.stop_visits_per_year
    by_cost: dict[float, list[str]] = {}
    for site_id in plan.satellite:
        by_cost.setdefault(satellite_day_sek_per_year(plan.days_of(site_id), roles), []).append(site_id)
    if not visits or not by_cost:
        return ()
    visits_of_stop = stop_roles.weeks_per_year / WEEKS_BETWEEN_VISITS
    stop_sek = visits_of_stop * stop_visit_sek(resources)
    return tuple(
        ExchangeRate(
            satellites=tuple(sites),
            satellite_day_sek_per_year=day_sek,
            satellite_day_hours_per_year=roles.weeks_per_year * roles.satellite.hours_per_day,
            fortnightly_stop_sek_per_year=stop_sek,
            fortnightly_stop_hours_per_year=visits_of_stop * stop_roles.stop.session_hours,
        )
        for day_sek, sites in sorted(by_cost.items())
        if stop_sek > 0
    )


def satellite_day_sek_per_year(days_per_week: float, roles: RolesSection) -> float:
    """What the last of a satellite's days a week costs in a year; of its only day, the whole satellite.

    Examples
    --------
    >>> from siting.scenario import RolesSection
    >>> satellite_day_sek_per_year(3, RolesSection()), satellite_day_sek_per_year(1, RolesSection())
    (257600.0, 307600.0)
    """
    costs = [
        make_offer(Role.SATELLITE, days, roles, AccessSection()).cost_sek_per_year
        for days in (days_per_week, days_per_week - 1)
        if days > 0
    ]
    return costs[0] - costs[1] if len(costs) == 2 else costs[0]


def stop_visit_sek(resources: Resources) -> float:
    """Mean cost of a team's visit to a stop: all that teams and stops cost, over all visits (SEK)."""
    together = resources.teams.sek_per_year + resources.by_role[Role.STOP].sek_per_year
    return together / resources.stop_visits_per_year


def teams_year(rota: Sequence[TourRun], roles: RolesSection) -> TeamsYear:
    """Add up a year of a four-week cycle."""
    cycles = roles.weeks_per_year / WEEKS_PER_CYCLE
    return TeamsYear(
        tours=cycles * len(rota),
        stop_visits=cycles * sum(len(run.visits) for run in rota),
        kilometres=cycles * sum(run.kilometres for run in rota),
        hours=cycles * sum(run.returns_minute - run.leaves_minute for run in rota) / MINUTES_PER_HOUR,
        driving_hours=cycles * sum(run.driving_minutes for run in rota) / MINUTES_PER_HOUR,
    )
