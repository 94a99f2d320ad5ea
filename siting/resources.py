"""`Resources`: what a plan takes in staff and money, added up from its offers and its rota."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .errors import VerificationError
from .sites import Role
from .teams import check_rota
from .tours import MINUTES_PER_HOUR

if TYPE_CHECKING:
    from .plan import Plan
    from .region import Region

WEEKS_PER_CYCLE: Final = 4


@dataclass(frozen=True)
class RoleResources:
    """What the open places of one role, or the travelling teams, take."""

    full_time_posts: float
    sek_per_year: float


@dataclass(frozen=True)
class Resources:
    """What a plan takes in staff and money; `teams` holds tours and vehicles."""

    by_role: dict[Role, RoleResources]
    teams: RoleResources
    kilometres_per_year: float
    stop_visits_per_year: float
    """Visits of teams to stops (not of young people to teams)."""

    @property
    def full_time_posts(self) -> float:
        """All staff, driving included."""
        return self.teams.full_time_posts + sum(each.full_time_posts for each in self.by_role.values())

    @property
    def sek_per_year(self) -> float:
        """All costs."""
        return self.teams.sek_per_year + sum(each.sek_per_year for each in self.by_role.values())


def _require_open_bases(plan: Plan) -> None:
    for base in plan.teams:
        if base not in plan.main:
            message = f"the plan has a team based at {base}, which is not an open main reception"
            raise VerificationError(message)


def resources_of(plan: Plan, region: Region) -> Resources:
    """Add up the staff and money of open places, tours and vehicles.

    Raises
    ------
    VerificationError
        If the rota does not visit the stops as the plan says, or cannot be driven.
    """
    roles = region.roles
    _require_open_bases(plan)
    check_rota(
        plan.rota,
        frequency={site_id: plan.days_of(site_id) for site_id in plan.stop},
        teams=plan.teams,
        site_ids=region.sites.site_ids,
        minutes=region.between_sites_minutes,
        kilometres=region.site_kilometres,
        roles=roles,
    )
    by_role = {}
    for role, sites in ((Role.MAIN, plan.main), (Role.SATELLITE, plan.satellite), (Role.STOP, plan.stop)):
        opened = [region.offer(role, plan.days_of(site_id)) for site_id in sites]
        hours = sum(offer.staff_hours_per_year for offer in opened)
        by_role[role] = RoleResources(
            full_time_posts=hours / roles.hours_per_full_time_post,
            sek_per_year=sum(offer.cost_sek_per_year for offer in opened),
        )
    cycles = roles.weeks_per_year / WEEKS_PER_CYCLE
    minutes = cycles * sum(run.returns_minute - run.leaves_minute for run in plan.rota)
    kilometres = cycles * sum(run.kilometres for run in plan.rota)
    hours = minutes / MINUTES_PER_HOUR * roles.team.staff
    vehicles = sum(plan.teams.values())
    return Resources(
        by_role=by_role,
        teams=RoleResources(
            full_time_posts=hours / roles.hours_per_full_time_post,
            sek_per_year=hours * roles.staff_cost_sek_per_hour
            + kilometres * roles.team.sek_per_km
            + vehicles * roles.team.vehicle_sek_per_year,
        ),
        kilometres_per_year=kilometres,
        stop_visits_per_year=cycles * sum(len(run.visits) for run in plan.rota),
    )
