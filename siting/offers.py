"""`Offer`: a role with its days a week, and what it takes and gives: staff, money, waiting, capacity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .sites import Role

if TYPE_CHECKING:
    from .scenario import AccessSection, RolesSection

WORKING_DAYS_PER_WEEK: Final = 5.0
GENERALISED_DECIMALS: Final = 6
"""Sums of minutes are rounded to this, so that 20.1 + 9.9 minutes are within 30."""


@dataclass(frozen=True)
class Offer:
    """What an open site is open as; a stop's staff and driving fall on its team's tours, not here."""

    role: Role
    days_per_week: float  # a stop every other week: 0.5
    waiting_minutes: float  # added to the travel minutes: generalised minutes
    staff_hours_per_year: float
    cost_sek_per_year: float  # its staff included
    capacity_visits_per_year: float


def make_offer(role: Role, days_per_week: float, roles: RolesSection, access: AccessSection) -> Offer:
    """Say what a role takes and gives at a number of days a week.

    The wait is half the time between two openings, in working days beyond the same day:
    (5 / days - 1) / 2 if the days are spread evenly over the weeks.

    Examples
    --------
    >>> from siting.scenario import AccessSection, RolesSection
    >>> offer = make_offer(Role.SATELLITE, 1, RolesSection(), AccessSection(waiting_minutes_per_day=5.0))
    >>> offer.waiting_minutes, offer.staff_hours_per_year, offer.cost_sek_per_year
    (10.0, 528.0, 307600.0)
    """
    weekly_days = days_per_week * roles.weeks_per_year
    hours = capacity = 0.0
    if role is Role.MAIN:
        hours = weekly_days * roles.main.hours_per_day * roles.main.staff_per_open_hour
        capacity = weekly_days * roles.main.hours_per_day * roles.main.visits_per_open_hour
        premises = roles.main.premises_sek_per_year
    elif role is Role.SATELLITE:
        hours = weekly_days * roles.satellite.hours_per_day * roles.satellite.staff_per_open_hour
        capacity = weekly_days * roles.satellite.hours_per_day * roles.satellite.visits_per_open_hour
        premises = (
            roles.satellite.premises_sek_per_year
            + days_per_week * roles.satellite.premises_sek_per_weekly_day
        )
    else:
        capacity = weekly_days * roles.stop.session_hours * roles.stop.visits_per_session_hour
        premises = roles.stop.premises_sek_per_year
    return Offer(
        role=role,
        days_per_week=float(days_per_week),
        waiting_minutes=access.waiting_minutes_per_day * (WORKING_DAYS_PER_WEEK / days_per_week - 1) / 2,
        staff_hours_per_year=hours,
        cost_sek_per_year=premises + hours * roles.staff_cost_sek_per_hour,
        capacity_visits_per_year=capacity,
    )
