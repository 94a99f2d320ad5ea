"""A satellite's day in visits of a team, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import by_hand
import pytest

from siting.exchange import exchange_rates, satellite_day_sek_per_year, stop_visit_sek, teams_year
from siting.scenario import RolesSection


def test_a_day_costs_what_it_adds_and_the_only_day_costs_the_whole_satellite() -> None:
    roles = RolesSection()
    day = 44 * 6 * 2 * 450 + 20_000  # weeks x hours x persons x pay, and the rent of a weekday
    assert satellite_day_sek_per_year(5, roles) == day
    assert satellite_day_sek_per_year(2, roles) == day
    assert satellite_day_sek_per_year(1, roles) == day + 50_000


def test_a_year_of_the_rota_by_hand(toy_folder: Path) -> None:
    """Two weeks: B-C-D-B, 2 h of driving and 2 x 2 h at stops; B-C-B, 80 min and 2 h; 22 times a year."""
    outcome = by_hand.with_teams(toy_folder)
    year = teams_year(outcome.plan.rota, outcome.region.roles)
    assert year.tours == 22 * 2
    assert year.stop_visits == 22 * 3
    assert year.driving_hours == pytest.approx(22 * 200 / 60)
    assert year.hours == pytest.approx(22 * (6 + 80 / 60 + 2))
    assert year.stop_visits == outcome.evaluation.resources.stop_visits_per_year
    assert year.kilometres == pytest.approx(outcome.evaluation.resources.kilometres_per_year)


def test_a_rate_worked_out_by_hand(toy_folder: Path) -> None:
    outcome = by_hand.with_teams(toy_folder)
    hours = 22 * (6 + 80 / 60 + 2)
    kilometres = outcome.evaluation.resources.kilometres_per_year
    everything = hours * 2 * 450 + kilometres * 4 + 90_000 + 2 * 10_000
    assert stop_visit_sek(outcome.evaluation.resources) == pytest.approx(everything / 66)
    (rate,) = exchange_rates(
        outcome.plan,
        outcome.region.roles,
        resources=outcome.evaluation.resources,
        stop_roles=outcome.region.roles,
    )
    assert rate.satellites == ("A",)
    assert rate.fortnightly_stop_sek_per_year == pytest.approx(everything / 66 * 22)
    assert rate.stops_per_satellite_day == pytest.approx(257_600 / (everything / 3))
    assert rate.satellite_day_hours_per_year == 44 * 6
    assert rate.fortnightly_stop_hours_per_year == 22 * 1.5


def test_satellites_whose_day_costs_the_same_share_a_rate(toy_folder: Path) -> None:
    stops = by_hand.with_teams(toy_folder)
    satellites = by_hand.with_satellites(toy_folder, A=5.0, C=3.0, D=1.0)
    rates = exchange_rates(
        satellites.plan,
        satellites.region.roles,
        resources=stops.evaluation.resources,
        stop_roles=stops.region.roles,
    )
    assert [each.satellites for each in rates] == [("A", "C"), ("D",)]


def test_without_satellites_or_without_stops_there_is_no_rate(toy_folder: Path) -> None:
    stops, satellites = by_hand.with_teams(toy_folder), by_hand.with_satellites(toy_folder, A=5.0)
    nobody = by_hand.with_satellites(toy_folder)
    for plan, resources in (
        (nobody.plan, stops.evaluation.resources),
        (satellites.plan, satellites.evaluation.resources),
    ):
        roles = stops.region.roles
        assert exchange_rates(plan, roles, resources=resources, stop_roles=roles) == ()
