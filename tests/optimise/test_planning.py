"""The planning question by hand on the toy: each rule, each objective, days, teams, money and staff.

All rules together are held against a brute force in `test_brute_force.py`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy

from siting import study
from siting.errors import InfeasibleError, ScenarioError
from siting.optimise.planning import choose
from siting.plan import NO_SITE, Plan, Status
from siting.region import Region
from siting.scenario import ByService, ChoiceSection, Hosts, SolverSection
from siting.scenario_choice import CountRange

SOLVER = SolverSection()
KINDS = ["youth_clinic", "health_centre", "hospital"]
BOTH = {"main": KINDS, "satellite": KINDS}
WITH_STOPS = {"hosts": {**BOTH, "stop": KINDS}}
ANY_DAYS = {"satellite": {"days_per_week": [1, 2, 3, 4, 5]}}
WAITING = {"waiting_minutes_per_day": 5}
"""A satellite open 1 or 2 days a week feels 10 or 3.75 minutes farther away."""
MAIN_SEK = 3_768_000.0


def run_toy(folder: Path, **sections: Any) -> study.Outcome:
    return study.run(toy.write_scenario(folder, **sections))


def run_choice(folder: Path, choice: dict[str, Any], **sections: Any) -> study.Outcome:
    """One main and one satellite unless the choice says otherwise."""
    return run_toy(folder, choice={"n_main": 1, "n_satellites": 1, **choice}, **sections)


def up_to(count: int) -> dict[str, int]:
    return {"minimum": 0, "maximum": count}


def just(count: int) -> CountRange:
    return CountRange(minimum=count, maximum=count)


def choose_in(region: Region, order: tuple[str, ...] = ("host",), **choice: Any) -> Plan:
    hosts = Hosts(main=order, satellite=order, stop=order)
    return choose(region, ChoiceSection(**choice), hosts=hosts, solver=SOLVER)


def mean(outcome: study.Outcome) -> float:
    minutes = outcome.evaluation.measures.mean_minutes
    assert minutes is not None
    return minutes


# --- places and roles ---


def test_main_at_the_centre_and_satellite_at_a_corner_as_worked_out_by_hand(toy_folder: Path) -> None:
    outcome = run_toy(toy_folder)
    county = outcome.evaluation.county
    assert outcome.plan.main == ("B",)
    assert len(outcome.plan.satellite) == 1
    assert county.overall.mean_minutes == pytest.approx(22.4)
    assert county.main.mean_minutes == pytest.approx(24)
    assert county.near.mean_minutes == pytest.approx(20.8)
    assert outcome.plan.status is Status.OPTIMAL


def test_each_rule_changes_the_toys_plan_as_it_says(toy_folder: Path) -> None:
    def plan(**choice: Any) -> Plan:
        return run_choice(toy_folder, choice).plan

    assert plan(required={"satellite": ["D"]}).satellite == ("D",)
    assert plan(required={"main": ["A"]}).main == ("A",)
    existing = plan(n_satellites=0, existing={"satellite": ["C"]})
    assert (existing.main, existing.satellite) == (("B",), ("C",))
    # B lies in Öst, so with a place in each municipality the satellite must be A or C.
    assert plan(place_in_every_municipality=True).satellite[0] in {"A", "C"}
    assert plan(place_in=["Väst"]).satellite[0] in {"A", "C"}
    assert plan(n_by_kind={"youth_clinic": 0}).satellite == ("D",)
    more = plan(n_satellites=up_to(4))
    assert set(more.open_sites) == {"A", "B", "C", "D"}


def test_sites_named_together_or_apart(toy_folder: Path) -> None:
    """Alone, the best single site is B."""

    def mains(count: int, **choice: Any) -> tuple[str, ...]:
        return run_choice(toy_folder, {"n_main": count, "n_satellites": 0, **choice}).plan.main

    assert mains(1) == ("B",)
    assert mains(1, at_least_one_of=[["A", "D"]])[0] in {"A", "D"}
    assert "B" in mains(2)
    assert mains(2, at_most_one_of=[["B", "A"], ["B", "C"]]) == ("B", "D")


def test_a_satellite_stays_within_its_link_to_a_main(toy_folder: Path) -> None:
    """B lies 40 minutes from every corner; with a main at A, nothing lies within 30 minutes of it."""

    def satellites(link_minutes: int) -> tuple[str, ...]:
        choice = {"n_satellites": up_to(1), "link_minutes": link_minutes}
        return run_choice(toy_folder, choice).plan.satellite

    assert len(satellites(40)) == 1
    assert satellites(39) == ()


def test_a_main_stays_near_the_companions_it_needs(toy_folder: Path) -> None:
    """The ward E lies 40 minutes from A, B and D, and 80 from C."""
    choice = {"n_satellites": 0, "main_near": [{"site": "E", "minutes": 40}]}
    assert run_choice(toy_folder, choice).plan.main == ("B",)
    forbidden = {"hosts": BOTH, "forbidden": ["B"]}
    assert run_choice(toy_folder, choice, sites=forbidden).plan.main[0] in {"A", "D"}
    too_near = {**choice, "main_near": [{"site": "E", "minutes": 39}]}
    with pytest.raises(
        InfeasibleError, match="no premises that may be a main reception lie within 39 minutes of E"
    ):
        run_choice(toy_folder, too_near)
    unknown = {**choice, "main_near": [{"site": "Q", "minutes": 39}]}
    with pytest.raises(ScenarioError, match="no site 'Q' in the dataset"):
        run_choice(toy_folder, unknown)


def test_nobody_travels_longer_than_the_largest_minutes(toy_folder: Path) -> None:
    """From the corner E, 40 minutes are the nearest that any site can be; so 39 are too few."""
    choice: dict[str, Any] = {"n_satellites": 0, "largest_minutes": {"near": 40}}
    assert run_choice(toy_folder, choice).plan.main == ("B",)
    with pytest.raises(
        InfeasibleError, match=r"39 minutes are too few.*Öst: 40 minutes\); allow 40"
    ) as caught:
        run_choice(toy_folder, {**choice, "largest_minutes": {"near": 39}})
    assert "line" in str(caught.value)
    with pytest.raises(InfeasibleError, match="no plan obeys all the rules"):
        run_choice(toy_folder, {**choice, "required": {"main": ["A"]}})


def test_forbidden_sites_hosts_and_municipalities_keep_sites_out(toy_folder: Path) -> None:
    def plan(**sites: Any) -> Plan:
        return run_toy(toy_folder, sites={"hosts": BOTH, **sites}).plan

    assert "B" not in plan(forbidden=["B"]).open_sites
    assert plan(hosts={**BOTH, "satellite": ["youth_clinic"]}).satellite[0] in {"A", "C"}
    assert plan(municipalities={"main": ["Väst"]}).main[0] in {"A", "C"}


def test_a_municipality_that_leaves_takes_its_youths_and_premises_with_it(toy_folder: Path) -> None:
    """In Väst alone A and C are left, 0-5 steps from its ten cells: 25 minutes on average."""
    outcome = run_choice(toy_folder, {"n_satellites": 0}, leaving_municipalities=["Öst"])
    assert outcome.plan.main[0] in {"A", "C"}
    assert outcome.evaluation.county.youths == pytest.approx(1000)
    assert mean(outcome) == pytest.approx(25)


def test_a_limit_of_one_municipality_moves_the_main_towards_it(toy_folder: Path) -> None:
    """Väst lies 27 minutes from B and 25 from A or C."""

    def limited(limit: float) -> Plan:
        limits = [{"municipality": "Väst", "mean_minutes": limit}]
        return run_choice(toy_folder, {"n_satellites": 0, "municipality_limits": limits}).plan

    assert limited(27).main == ("B",)
    assert limited(26).main[0] in {"A", "C"}
    with pytest.raises(InfeasibleError):
        limited(24)


def test_nobody_in_one_municipality_is_too_far_away(toy_folder: Path) -> None:
    """The corners of Väst are 40 minutes from B, so within 35 minutes both A and C must be open."""
    limits = [{"municipality": "Väst", "largest_minutes": {"near": 35}}]
    assert set(run_choice(toy_folder, {"municipality_limits": limits}).plan.open_sites) == {"A", "C"}
    elsewhere = [{"municipality": "Öst", "largest_minutes": {"near": 40}}]
    assert run_choice(toy_folder, {"municipality_limits": elsewhere}).plan.main == ("B",)


@pytest.mark.parametrize(
    ("by", "slack", "expected"),
    [
        ("cell", 0, "A"),  # its own corner
        ("cell", 39, "A"),
        ("cell", 40, "B"),  # the corner of A comes 40 minutes farther away
        ("municipality", 0, "A"),  # or C; A is the first in the table
        ("municipality", 1.9, "A"),
        ("municipality", 2, "B"),  # Väst: 27 minutes, not 25
    ],
)
def test_nobody_is_worse_off_than_in_a_named_plan(
    toy_folder: Path, by: str, slack: float, expected: str
) -> None:
    toy.write_scenario(toy_folder, "today", choice={"n_main": 0, "n_satellites": 0, "given": {"main": ["A"]}})
    asked = {"plan": "today", "by": by, "slack_minutes": slack}
    outcome = run_choice(toy_folder, {"n_satellites": 0, "nobody_worse_than": asked})
    assert outcome.plan.main == (expected,)


def test_a_place_that_few_go_to_is_not_opened(toy_folder: Path) -> None:
    """Beside B, A is the best place for 500 visits without a main, C and D for 150 each."""

    def satellites(least: float, hosts: list[str]) -> tuple[str, ...]:
        choice = {"n_satellites": up_to(1), "least_visits_per_year": {"satellite": least}}
        sites = {"hosts": {"main": ["health_centre"], "satellite": hosts}}
        return run_choice(toy_folder, choice, sites=sites).plan.satellite

    assert satellites(150, ["hospital"]) == ("D",)
    assert satellites(151, ["hospital"]) == ()
    assert satellites(500, KINDS) == ("A",)
    assert satellites(501, KINDS) == ()


# --- objectives ---


def test_one_objective_after_the_other(toy_folder: Path) -> None:
    choice = {"objectives": ["within_standard", "mean_minutes"], "standard_minutes": 10}
    plan = run_choice(toy_folder, choice).plan
    assert [each.name for each in plan.objectives] == ["within_standard", "mean_minutes"]
    # Main B covers 5 cells, B and a corner 8: half of 5/25 and half of 8/25.
    assert plan.objectives[0].value == pytest.approx(0.26)
    assert plan.objectives[1].value == pytest.approx(22.4)
    assert all(each.gap == 0 for each in plan.objectives)


@pytest.mark.parametrize(
    ("worst_share", "minutes"),
    [(0.16, 40.0), (0.48, 400 / 12), (0.24, 220 / 6), (1.0, 24.0)],  # 4 cells at 40, 8 at 30
)
def test_the_worst_share_is_the_mean_of_the_farthest_visits(
    toy_folder: Path, worst_share: float, minutes: float
) -> None:
    choice = {"n_satellites": 0, "objectives": ["worst_share_minutes"], "worst_share": worst_share}
    plan = run_choice(toy_folder, choice).plan
    assert plan.main == ("B",)
    assert plan.objectives[0].value == pytest.approx(minutes)
    assert plan.objectives[0].bound == pytest.approx(minutes)


def test_the_largest_minutes_are_those_of_the_farthest_cell(toy_folder: Path) -> None:
    plan = run_choice(toy_folder, {"n_satellites": 0, "objectives": ["largest_minutes"]}).plan
    assert plan.main == ("B",)
    assert (plan.objectives[0].value, plan.objectives[0].bound) == (40, 40)
    # Without B both mains at corners: 70 minutes if they are opposite, as far as 60 if they are neighbours.
    without = {"hosts": BOTH, "forbidden": ["B"]}
    far = run_choice(
        toy_folder, {"n_main": 2, "n_satellites": 0, "objectives": ["largest_minutes"]}, sites=without
    ).plan
    minutes = toy.toy_minutes()
    best = min(minutes[:, pair].min(axis=1).max() for pair in ([0, 2], [0, 3], [2, 3]))
    assert far.objectives[0].value == best


def test_the_least_cost_is_one_main_and_a_satellite_open_one_day(toy_folder: Path) -> None:
    plan = run_choice(
        toy_folder, {"n_main": {"minimum": 1, "maximum": 2}, "objectives": ["cost"]}, roles=ANY_DAYS
    )
    (satellite,) = plan.plan.satellite
    assert plan.plan.days_of(satellite) == 1
    assert plan.plan.objectives[0].value == pytest.approx(MAIN_SEK + 50_000 + 257_600)
    assert plan.plan.objectives[0].unit == "sek_per_year"


@pytest.mark.parametrize(("tolerance", "n_satellites"), [(0.0, 3), (0.05, 3), (0.1, 2), (0.17, 1), (0.26, 0)])
def test_the_mean_gives_way_to_the_cost_by_its_tolerance_and_no_more(
    toy_folder: Path, tolerance: float, n_satellites: int
) -> None:
    """Main at B; with 3, 2, 1 and 0 satellites the mean is 19.2, 20.8, 22.4 and 24 minutes."""
    objectives = [{"measure": "mean_minutes", "tolerance": tolerance}, "cost"]
    plan = run_choice(toy_folder, {"n_satellites": up_to(4), "objectives": objectives}).plan
    assert len(plan.satellite) == n_satellites
    first, cost = plan.objectives
    assert first.bound == pytest.approx(19.2)
    assert first.value == pytest.approx(24 - 1.6 * n_satellites)
    assert cost.value == pytest.approx(MAIN_SEK + n_satellites * (50_000 + 5 * 257_600))


# --- days a week, money and staff ---


@pytest.mark.parametrize(
    ("most_sek", "n_satellites", "days", "minutes"),
    [
        (4_400_000, 1, [2], 22.625),  # (24 + (600 - 36.25 - 2 x 16.25) / 25) / 2
        (4_100_000, 1, [1], 23.0),
        (4_400_000, 2, [1, 1], 22.0),  # two corners a day each save more than one on two days
        (6_000_000, 1, [5], 22.4),
    ],
)
def test_under_a_budget_a_satellite_is_open_as_many_days_as_it_pays_for(
    toy_folder: Path, most_sek: float, n_satellites: int, days: list[float], minutes: float
) -> None:
    choice = {"n_satellites": up_to(n_satellites), "most_sek_per_year": most_sek}
    outcome = run_choice(toy_folder, choice, roles=ANY_DAYS, access=WAITING)
    assert outcome.plan.main == ("B",)
    assert [outcome.plan.days_of(site) for site in outcome.plan.satellite] == days
    assert mean(outcome) == pytest.approx(minutes)
    assert outcome.evaluation.resources.sek_per_year <= most_sek


def test_the_staff_there_is_opens_a_satellite_for_fewer_days_or_none(toy_folder: Path) -> None:
    """A main takes 4.4 full-time posts, a satellite 0.33 for each day a week."""

    def days(most_posts: float) -> list[float]:
        choice = {"n_satellites": up_to(1), "most_full_time_posts": most_posts}
        plan = run_choice(toy_folder, choice, roles=ANY_DAYS, access=WAITING).plan
        return [plan.days_of(site) for site in plan.satellite]

    assert days(6.05) == [5]
    assert days(5.0) == [1]
    assert days(4.4) == []
    with pytest.raises(InfeasibleError):
        days(4.39)


def test_a_host_lends_its_room_only_so_many_days(toy_folder: Path) -> None:
    """With 5 days a week D is worth most; where it may not be used, A or C has 2 days, not 5."""
    roles = {"satellite": {"days_per_week": [1, 2, 5]}}
    room = {"by_kind": {"youth_clinic": 2}}

    def plan(**sites: Any) -> Plan:
        asked = {"hosts": BOTH, "room_days_per_week": room, **sites}
        return run_choice(
            toy_folder, {"required": {"main": ["B"]}}, sites=asked, roles=roles, access=WAITING
        ).plan

    assert plan().satellite == ("D",)
    assert plan().days_of("D") == 5
    (clinic,) = plan(forbidden=["D"]).satellite
    assert plan(forbidden=["D"]).days_of(clinic) == 2
    with_site = plan(forbidden=["D"], room_days_per_week={**room, "by_site": {"C": 5}})
    assert (with_site.satellite, with_site.days_of("C")) == (("C",), 5)


# --- digital contact and capacity ---


@pytest.mark.parametrize(
    ("digital", "minutes", "share"),
    [(25, 20.0, 12 / 25), (35, 23.2, 4 / 25), (40, 24.0, 0.0)],  # 8 cells at 30 minutes from B, 4 at 40
)
def test_digital_contact_takes_the_visits_that_are_strictly_nearer_to_it(
    toy_folder: Path, digital: int, minutes: float, share: float
) -> None:
    outcome = run_choice(toy_folder, {"n_satellites": 0}, access={"digital_minutes": {"near": digital}})
    near = outcome.evaluation.county.near
    assert outcome.plan.main == ("B",)
    assert near.mean_generalised_minutes == pytest.approx(minutes)
    assert near.digital_share == pytest.approx(share)
    assert outcome.evaluation.county.main.digital_share == 0


def test_without_a_main_its_visits_are_digital(toy_folder: Path) -> None:
    outcome = run_choice(toy_folder, {"n_main": 0}, access={"digital_minutes": {"main": 50}})
    assert outcome.plan.open_sites == ("B",)
    assert mean(outcome) == pytest.approx((50 + 24) / 2)
    assert outcome.evaluation.county.main.digital_share == 1


def test_a_full_place_sends_the_farthest_to_digital_contact(toy_folder: Path) -> None:
    """B takes 1,500 of 2,500 visits: 100 at 0 minutes, 400 at 10, 800 at 20, 200 at 30; the rest at 60."""
    roles = {"weeks_per_year": 50, "main": {"hours_per_day": 6, "visits_per_open_hour": 1}}
    access = {"digital_minutes": {"main": 60, "near": 60}}
    choice = {"n_satellites": 0, "with_capacity": True}
    outcome = run_choice(toy_folder, choice, roles=roles, access=access)
    assert outcome.plan.main == ("B",)
    assert mean(outcome) == pytest.approx((400 * 10 + 800 * 20 + 200 * 30 + 1000 * 60) / 2500)
    assert outcome.evaluation.by_site["B"].visits_per_year == pytest.approx(1500)
    assert outcome.plan.intake is not None
    digital = sum(
        float(intake.share[intake.site == NO_SITE].sum()) * 50 for intake in outcome.plan.intake.values()
    )
    assert digital == pytest.approx(1000)


def test_room_for_all_at_two_mains_keeps_everybody_off_digital_contact(toy_folder: Path) -> None:
    """Two mains take 1,250 each; nobody is 90 minutes away, so all of the room is used."""
    roles = {"weeks_per_year": 50, "main": {"hours_per_day": 5, "visits_per_open_hour": 1}}
    access = {"digital_minutes": {"main": 90, "near": 90}}
    choice = {"n_main": {"minimum": 1, "maximum": 2}, "n_satellites": 0, "with_capacity": True}
    outcome = run_choice(toy_folder, choice, roles=roles, access=access)
    loads = [load.visits_per_year for load in outcome.evaluation.by_site.values()]
    assert loads == pytest.approx([1250, 1250])
    assert outcome.evaluation.county.overall.digital_share == pytest.approx(0, abs=1e-9)


# --- travelling teams ---


def run_team(folder: Path, choice: dict[str, Any], **sections: Any) -> study.Outcome:
    """One team from main B to two stops, of whatever premises."""
    asked = {"n_main": 1, "n_satellites": 0, "n_stops": 2, "n_teams": 1, **choice}
    return run_toy(folder, **{"choice": asked, "sites": WITH_STOPS, "access": WAITING, **sections})


def test_a_team_visits_two_corners_in_one_day_each_week(toy_folder: Path) -> None:
    """B-C-D-B is 3 x 40 minutes of driving and two stops of two hours: from 8:00 to 14:00."""
    outcome = run_team(toy_folder, {"required": {"stop": ["C", "D"]}})
    plan = outcome.plan
    assert (plan.main, plan.stop, dict(plan.teams)) == (("B",), ("C", "D"), {"B": 1})
    assert [plan.days_of(stop) for stop in plan.stop] == [1, 1]
    assert [run.week for run in plan.rota] == [1, 2, 3, 4]
    for run in plan.rota:
        assert (run.base_id, run.leaves_minute, run.returns_minute) == ("B", 480, 840)
        assert [(visit.arrives_minute, visit.leaves_minute) for visit in run.visits] == [
            (520, 640),
            (680, 800),
        ]
        assert {visit.site_id for visit in run.visits} == {"C", "D"}
        assert (run.driving_minutes, run.kilometres) == (120, pytest.approx(12, rel=1e-6))
    # Two corners that feel 10 minutes farther away each save 5 steps: (24 + 20) / 2.
    assert mean(outcome) == pytest.approx(22)


def test_the_cheapest_two_stops_are_neighbours_every_other_week_on_one_tour(toy_folder: Path) -> None:
    outcome = run_team(toy_folder, {"objectives": ["cost"]})
    plan = outcome.plan
    assert set(plan.stop) in ({"A", "C"}, {"C", "D"}, {"B", "C"}, {"A", "B"}, {"B", "D"})
    assert [plan.days_of(stop) for stop in plan.stop] == [0.5, 0.5]
    assert [run.week for run in plan.rota] in ([1, 3], [2, 4])
    # The neighbours of B are two corners in a row; 22 days of 2 x 6 hours of 450 SEK and 12 km of 4 SEK.
    tours = 22 * (2 * 6 * 450 + 12 * 4)
    assert plan.objectives[0].value == pytest.approx(MAIN_SEK + 2 * 10_000 + 90_000 + tours, rel=1e-6)


def test_a_stop_too_many_for_the_day_takes_a_day_of_its_own(toy_folder: Path) -> None:
    """Of five and a half hours two corners take six; one takes 80 minutes of driving and two hours."""
    outcome = run_team(
        toy_folder, {"required": {"stop": ["C", "D"]}}, roles={"team": {"working_day_hours": 5.5}}
    )
    per_week = [sum(run.week == week for run in outcome.plan.rota) for week in (1, 2, 3, 4)]
    assert per_week == [2, 2, 2, 2]
    assert {run.driving_minutes for run in outcome.plan.rota} == {80}
    # One day a week is enough for two stops every other week.
    one_day = run_team(
        toy_folder,
        {"required": {"stop": ["C", "D"]}},
        roles={"team": {"working_day_hours": 5.5, "days_per_week": 1}},
    )
    assert [one_day.plan.days_of(stop) for stop in one_day.plan.stop] == [0.5, 0.5]
    assert [run.week for run in one_day.plan.rota] == [1, 2, 3, 4]


def test_the_hours_of_a_team_count_as_staff(toy_folder: Path) -> None:
    """Main 4.4 posts; a tour of six hours with two persons each week is 44 x 12 / 1,600 = 0.33 posts."""
    choice = {"required": {"stop": ["C", "D"]}, "n_stops": up_to(2), "n_teams": up_to(1)}

    def days(most_posts: float) -> list[float]:
        plan = run_team(toy_folder, {**choice, "most_full_time_posts": most_posts}).plan
        return [plan.days_of(stop) for stop in plan.stop]

    assert days(4.73) == [1, 1]
    assert days(4.72) != [1, 1]
    with pytest.raises(InfeasibleError):
        days(4.5)  # every other week: 4.565 posts


def test_a_team_may_be_based_only_where_the_scenario_says(toy_folder: Path) -> None:
    """From B to D and back are 80 minutes, from A 160: so B is the cheaper base, but it lies in Öst."""
    choice = {"n_main": 2, "n_stops": 1, "required": {"main": ["A", "B"], "stop": ["D"]}}
    assert dict(run_team(toy_folder, choice).plan.teams) == {"B": 1}
    west = {**WITH_STOPS, "municipalities": {"team_base": ["Väst"]}}
    plan = run_team(toy_folder, choice, sites=west).plan
    assert dict(plan.teams) == {"A": 1}
    assert {run.driving_minutes for run in plan.rota} == {160}


# --- ties, and who is left out ---


def test_premises_at_one_place_are_settled_by_the_order_of_the_hosts() -> None:
    """Falun's youth clinic and a health centre next door are worth the same; the rule says which is named."""
    region = toy.region(toy.toy_minutes()[:, [0, 0, 1]], kinds=("health_centre", "youth_clinic", "hospital"))
    for order, expected in (
        (("youth_clinic", "health_centre", "hospital"), "S1"),
        (("health_centre", "youth_clinic", "hospital"), "S0"),
    ):
        plan = choose_in(region, order, n_main=just(1), n_satellites=just(1))
        assert set(plan.open_sites) == {"S2", expected}


def test_of_equally_good_sites_of_a_kind_the_first_in_the_table_is_named() -> None:
    minutes = np.array([[5.0, 5.0, 9.0], [7.0, 7.0, 9.0]])
    assert choose_in(toy.region(minutes), n_main=just(1), n_satellites=just(0)).main == ("S0",)


def test_sites_that_differ_only_beyond_a_longest_trip_are_no_twins() -> None:
    """To the visits that need a main both are 5 minutes away, to the others they are not alike."""
    region = toy.region(
        np.array([[5.0, 5.0], [20.0, 12.0]]),
        visits=np.array([[1.0, 1.0], [0.0, 1.0]]),
        alpha=(1.0, 0.0),
    )
    largest = ByService(main=10.0)
    plan = choose_in(region, n_main=just(1), n_satellites=just(0), largest_minutes=largest)
    assert plan.main == ("S1",)


def test_a_place_that_only_a_satellite_could_serve_is_no_reason_when_none_is_asked_for() -> None:
    """Site 0 may only be a main, site 1 only a satellite; each reaches one of two cells."""
    region = toy.region(
        np.array([[5.0, np.inf], [np.inf, 5.0]]),
        allowed=np.array([[True, False, False], [False, True, False]]),
    )
    assert choose_in(region, n_main=just(1), n_satellites=just(0)).open_sites == ("S0",)


def test_whoever_can_be_reached_is_not_left_without_a_place() -> None:
    """Site 0 is near to five cells but not to the sixth, which only site 1 reaches."""
    minutes = np.array([[1.0, 50.0]] * 5 + [[np.inf, 50.0]])
    region = toy.region(minutes)
    assert choose_in(region, n_main=just(1), n_satellites=just(0)).main == ("S1",)
    both = choose_in(region, n_main=just(1), n_satellites=just(1))
    assert set(both.open_sites) == {"S0", "S1"}


def test_a_cell_that_nothing_reaches_is_left_out_of_every_rule_and_mean() -> None:
    region = toy.region(np.array([[4.0, 9.0], [6.0, 9.0], [np.inf, np.inf]]))
    plan = choose_in(region, n_main=just(1), n_satellites=just(0), largest_minutes=ByService(near=6.0))
    assert plan.main == ("S0",)
    assert plan.objectives[0].value == pytest.approx(5)


# --- verdicts before and after solving ---


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({"choice": {"n_main": 1, "n_satellites": 1, "required": {"main": ["Z"]}}}, "no candidate site 'Z'"),
        ({"choice": {"n_main": 1, "n_satellites": 1, "required": {"main": ["E"]}}}, "no candidate site 'E'"),
        (
            {"choice": {"n_main": 5, "n_satellites": 0}},
            "5 sites are to be opened as main, but only 4 may host one",
        ),
        ({"choice": {"n_main": 3, "n_satellites": 2}}, "ask for 5 sites with the existing ones"),
        (
            {
                "choice": {
                    "n_main": 1,
                    "n_satellites": 1,
                    "required": {"main": ["A"]},
                    "existing": {"satellite": ["A"]},
                }
            },
            "A is both existing and required",
        ),
        (
            {
                "sites": {"hosts": {"main": ["hospital"], "satellite": ["hospital"]}},
                "choice": {"n_main": 1, "n_satellites": 0, "required": {"main": ["A"]}},
            },
            "A may not be used as main",
        ),
        (
            {"sites": {"hosts": {"main": ["castle"], "satellite": []}}},
            "no candidate site is of the kind 'castle'",
        ),
        (
            {"choice": {"n_main": 1, "n_satellites": 1, "n_by_kind": {"castle": 1}}},
            "no candidate site is of the kind 'castle'; there are",
        ),
        (
            {
                "sites": {
                    "hosts": {"main": ["hospital"], "satellite": []},
                    "municipalities": {"main": ["Vest"]},
                }
            },
            "there is no municipality 'Vest'; did you mean Väst?",
        ),
    ],
)
def test_contradictions_are_refused_before_anything_is_solved(
    toy_folder: Path, sections: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        run_toy(toy_folder, **sections)
    assert expected in str(caught.value)
    assert "toy.yaml" in str(caught.value)


def test_what_cannot_be_is_called_infeasible(toy_folder: Path) -> None:
    choice = {"n_main": 1, "n_satellites": 0, "place_in_every_municipality": True}
    with pytest.raises(InfeasibleError, match="2 municipalities need a place, but at most 1 are opened"):
        run_toy(toy_folder, choice=choice)
    hosts = {"main": ["hospital"], "satellite": ["hospital", "health_centre"]}
    with pytest.raises(InfeasibleError, match="Väst has no premises"):
        run_toy(toy_folder, sites={"hosts": hosts}, choice={**choice, "n_satellites": 1})


def test_a_question_that_serves_nobody_is_refused(toy_folder: Path) -> None:
    with pytest.raises(ScenarioError, match="no visit can be served"):
        run_toy(toy_folder, demand=toy.demand_section(alpha=1.0), choice={"n_main": 0, "n_satellites": 1})


def test_a_given_plan_is_taken_as_it_stands(toy_folder: Path) -> None:
    given = {"main": ["A"], "satellite": ["D"], "days_per_week": {"D": 1}}
    outcome = run_choice(toy_folder, {"given": given, "largest_minutes": {"near": 1}}, access=WAITING)
    assert outcome.plan.status is Status.GIVEN
    assert (outcome.plan.open_sites, outcome.plan.days_of("D")) == (("A", "D"), 1)
    near = outcome.evaluation.county.near
    assert near.mean_generalised_minutes is not None
    assert near.mean_minutes is not None
    assert near.mean_generalised_minutes > near.mean_minutes  # the wait of those who go to D


def test_progress_is_told_in_whole_minutes_and_whole_per_cent(toy_folder: Path) -> None:
    """With more digits, the values of plan after plan are equations of who lives where."""
    told: list[str] = []
    path = toy.write_scenario(
        toy_folder,
        choice={
            "n_main": 1,
            "n_satellites": 2,
            "with_capacity": True,
            "objectives": [{"measure": "within_standard"}, {"measure": "mean_minutes"}],
        },
        access={"digital_minutes": {"main": 60, "near": 60}},
    )
    study.run(path, on_progress=told.append)
    shown = r"(\d+ minutes|\d+% within the standard)"
    values = [re.fullmatch(f"toy: best {shown}, bound {shown}", text) for text in told if "bound" in text]
    assert {value is not None and value[2].split(" ", 1)[1] for value in values} == {
        "minutes",
        "within the standard",
    }
