"""The rota problem: the cheapest two weeks of tours, by hand and against an enumeration of all of them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.errors import InfeasibleError, SolveError
from siting.optimise.planning import choose
from siting.optimise.problem import Draft, Fleet, Resource, Service, SitingProblem, TeamRules
from siting.optimise.rota import RotaMaker
from siting.optimise.rulebook import broken_rules
from siting.plan import Plan
from siting.scenario import Aim, ChoiceSection, Hosts, RolesSection, SolverSection, StopRole, TeamRole
from siting.scenario_choice import CountRange, SitesByRole
from siting.tours import possible_tours

SECONDS = 10.0
VEHICLE = 7.0


def team_problem(
    minutes: np.ndarray,
    *,
    n_bases: int = 1,
    kilometres: np.ndarray | None = None,
    days_per_week: int = 2,
    least: int = 0,
    most: int = 1,
    staff: float = np.inf,
    **team: float,
) -> SitingProblem:
    """The first sites are mains, the others stops: option 2 k weekly, 2 k + 1 every other week.

    A stop takes an hour; a tour costs its kilometres and takes its hours of staff; a vehicle costs 7.
    """
    m = len(minutes)
    kilometres = minutes if kilometres is None else kilometres
    n_stops = m - n_bases
    stops = np.arange(n_bases, m)
    tours = possible_tours(
        minutes,
        kilometres,
        bases=np.arange(n_bases),
        stops=stops,
        stop=StopRole(session_hours=1.0, set_up_hours=0.0),
        team=TeamRole(**team),
    )
    option_site = np.concatenate([np.arange(n_bases), np.repeat(stops, 2)])
    none = np.full(m, -1)
    weekly, every_other, base = none.copy(), none.copy(), none.copy()
    weekly[stops] = n_bases + 2 * np.arange(n_stops)
    every_other[stops] = weekly[stops] + 1
    base[:n_bases] = np.arange(n_bases)
    nothing = np.zeros(len(option_site))
    return SitingProblem(
        services=(Service("near", np.ones(1), np.arange(len(option_site)), np.ones((1, len(option_site)))),),
        option_site=option_site,
        staff=Resource("staff", "staff", nothing, tours.minutes / 60, 0.0, staff, 10.0),
        money=Resource("money", "money", nothing, tours.kilometres.copy(), VEHICLE, np.inf, 100.0),
        teams=TeamRules(tours, weekly, every_other, base, least, most, days_per_week),
    )


def opened(problem: SitingProblem, *options: int) -> np.ndarray:
    is_open = np.zeros(problem.n_options, dtype=bool)
    is_open[list(options)] = True
    return is_open


def cheapest(problem: SitingProblem, is_open: np.ndarray) -> Fleet | None:
    return RotaMaker(problem).cheapest(is_open, seconds=SECONDS)


def cost_of(problem: SitingProblem, is_open: np.ndarray, fleet: Fleet) -> float:
    assert problem.money is not None
    return problem.used(problem.money, Draft(is_open, fleet))


def sets_driven(problem: SitingProblem, week: tuple[int, ...]) -> list[frozenset[int]]:
    assert problem.teams is not None
    stops = problem.teams.tours.stops
    return sorted((frozenset(int(j) for j in stops[r] if j >= 0) for r in week), key=sorted)


# --- by enumeration ---


def ways_to_visit(problem: SitingProblem, stops: frozenset[int], bases: set[int]) -> Iterator[list[int]]:
    """Every set of tours that visits each of the stops once."""
    assert problem.teams is not None
    if not stops:
        yield []
        return
    tours = problem.teams.tours
    for r in range(len(tours)):
        visited = {int(j) for j in tours.stops[r] if j >= 0}
        if int(tours.base[r]) in bases and min(stops) in visited and visited <= stops:
            for rest in ways_to_visit(problem, stops - visited, bases):
                yield [r, *rest]


def least_cost(problem: SitingProblem, is_open: np.ndarray) -> float | None:
    """Cheapest rota of all; None if there is none."""
    teams, staff, money = problem.teams, problem.staff, problem.money
    assert teams is not None
    assert staff is not None
    assert money is not None
    bases = [k for k in np.flatnonzero(teams.base >= 0) if is_open[teams.base[k]]]
    sites = np.arange(len(teams.weekly))
    weekly = {int(j) for j in sites if teams.weekly[j] >= 0 and is_open[teams.weekly[j]]}
    other = [int(j) for j in sites if teams.every_other[j] >= 0 and is_open[teams.every_other[j]]]
    costs = []
    for in_odd in itertools.product((False, True), repeat=len(other)):
        odd = weekly | {j for j, chosen in zip(other, in_odd, strict=True) if chosen}
        even = weekly | (set(other) - odd)
        both = (list(ways_to_visit(problem, frozenset(week), set(bases))) for week in (odd, even))
        for first, second in itertools.product(*both):
            used = float(staff.of_tour[[*first, *second]].sum() + staff.of_option[is_open].sum())
            if used > staff.limit + 1e-9:
                continue
            days = (Counter(teams.tours.base[week].tolist()) for week in (first, second))
            most_days: Counter[int] = Counter()
            for each in days:
                most_days |= each
            needed = sum(-(-n // teams.days_per_week) for n in most_days.values())
            n_teams = max(needed, teams.least)
            if n_teams <= teams.most and (bases or not n_teams):
                tours = float(money.of_tour[[*first, *second]].sum())
                costs.append(tours + n_teams * money.of_team + float(money.of_option[is_open].sum()))
    return min(costs, default=None)


def random_case(seed: int) -> tuple[SitingProblem, np.ndarray]:
    rng = np.random.default_rng(seed)
    n_bases, n_stops = int(rng.integers(1, 3)), int(rng.integers(1, 5))
    m = n_bases + n_stops
    if rng.random() < 0.5:
        points = rng.uniform(0, 60, (m, 2))
        minutes = np.linalg.norm(points[:, None] - points[None, :], axis=2)
    else:
        minutes = rng.uniform(1, 90, (m, m))
    np.fill_diagonal(minutes, 0.0)
    problem = team_problem(
        minutes,
        n_bases=n_bases,
        kilometres=rng.uniform(1, 60, (m, m)) if rng.random() < 0.5 else None,
        days_per_week=int(rng.integers(1, 4)),
        least=int(rng.integers(0, 2)),
        most=int(rng.integers(1, 4)),
        staff=float(rng.uniform(5, 40)) if rng.random() < 0.5 else np.inf,
        working_day_hours=float(rng.choice([3.0, 4.0, 6.0])),
        most_stops_per_day=int(rng.integers(1, 5)),
    )
    is_open = np.zeros(problem.n_options, dtype=bool)
    is_open[:n_bases] = rng.random(n_bases) < 0.9
    for k in range(n_stops):
        kind = rng.integers(0, 4)
        if kind < 3:
            is_open[n_bases + 2 * k + (0 if kind < 2 else 1)] = True
    return problem, is_open


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**7))
def test_the_cheapest_rota_is_that_of_an_enumeration(seed: int) -> None:
    problem, is_open = random_case(seed)
    fleet, expected = cheapest(problem, is_open), least_cost(problem, is_open)
    if fleet is None or expected is None:
        assert fleet is None
        assert expected is None
        return
    assert cost_of(problem, is_open, fleet) == pytest.approx(expected, rel=1e-9)
    assert broken_rules(problem, Draft(is_open, fleet)) == []


# --- by hand ---

ONE_ROAD = np.abs(np.subtract.outer([0.0, 30.0, 60.0], [0.0, 30.0, 60.0]))
"""The base at 0, stops at 30 and 60 minutes."""


def test_two_weekly_stops_on_one_road_are_one_tour_each_week() -> None:
    problem = team_problem(ONE_ROAD, working_day_hours=4.0)
    is_open = opened(problem, 0, 1, 3)
    fleet = cheapest(problem, is_open)
    assert fleet is not None
    assert fleet.teams == {0: 1}
    assert sets_driven(problem, fleet.odd) == sets_driven(problem, fleet.even) == [{1, 2}]
    assert cost_of(problem, is_open, fleet) == 2 * 120 + VEHICLE


def test_a_stop_every_other_week_is_visited_in_one_week_with_the_weekly_one() -> None:
    problem = team_problem(ONE_ROAD, working_day_hours=4.0)
    is_open = opened(problem, 0, 1, 4)
    fleet = cheapest(problem, is_open)
    assert fleet is not None
    assert sorted([sets_driven(problem, fleet.odd), sets_driven(problem, fleet.even)], key=str) == sorted(
        [[{1, 2}], [{1}]], key=str
    )
    assert cost_of(problem, is_open, fleet) == 120 + 60 + VEHICLE


def test_two_stops_every_other_week_share_one_day_a_week() -> None:
    """Too far for one day together; with a day a week one goes in odd weeks, the other in even ones."""
    problem = team_problem(ONE_ROAD, working_day_hours=3.0, days_per_week=1)
    is_open = opened(problem, 0, 2, 4)
    fleet = cheapest(problem, is_open)
    assert fleet is not None
    assert (len(fleet.odd), len(fleet.even)) == (1, 1)
    assert cost_of(problem, is_open, fleet) == 60 + 120 + VEHICLE
    assert cheapest(problem, opened(problem, 0, 1, 3)) is None  # weekly, the two need two days


def test_a_second_team_drives_what_one_has_no_days_for() -> None:
    problem = team_problem(ONE_ROAD, working_day_hours=3.0, days_per_week=1, most=2)
    is_open = opened(problem, 0, 1, 3)
    fleet = cheapest(problem, is_open)
    assert fleet is not None
    assert fleet.teams == {0: 2}
    assert cost_of(problem, is_open, fleet) == 2 * (60 + 120) + 2 * VEHICLE


def odd_cycle(*, to_base: float = 60.0) -> np.ndarray:
    """Three stops 10 minutes from each other, and as far from the base as said."""
    minutes = np.full((4, 4), 10.0)
    minutes[0], minutes[:, 0] = to_base, to_base
    np.fill_diagonal(minutes, 0.0)
    return minutes


def test_an_odd_cycle_of_three_weekly_stops_cannot_be_split_into_weeks() -> None:
    """A day takes two of the stops, AB, BC and CA once each would visit all twice: in no two weeks.

    A pair is 130 minutes of driving, a stop alone 120: so each week has both, not one and a half pairs.
    """
    problem = team_problem(odd_cycle(), working_day_hours=4.5, most_stops_per_day=4)
    assert problem.teams is not None
    assert problem.teams.tours.n_stops.max() == 2
    is_open = opened(problem, 0, 1, 3, 5)
    fleet = cheapest(problem, is_open)
    assert fleet is not None
    for week in (fleet.odd, fleet.even):
        assert sorted(len(stops) for stops in sets_driven(problem, week)) == [1, 2]
    assert cost_of(problem, is_open, fleet) == 2 * (130 + 120) + VEHICLE
    assert 3 * 130 < 2 * (130 + 120)


def without_single_tours(problem: SitingProblem) -> SitingProblem:
    assert problem.teams is not None
    assert problem.staff is not None
    assert problem.money is not None
    tours = problem.teams.tours
    kept = np.flatnonzero(tours.n_stops > 1)
    fewer = replace(
        tours,
        **{
            name: getattr(tours, name)[kept]
            for name in ("base", "stops", "driving_minutes", "minutes", "kilometres")
        },
    )
    return replace(
        problem,
        teams=replace(problem.teams, tours=fewer),
        staff=replace(problem.staff, of_tour=problem.staff.of_tour[kept]),
        money=replace(problem.money, of_tour=problem.money.of_tour[kept]),
    )


def test_where_only_the_pairs_of_an_odd_cycle_can_be_driven_there_is_no_rota() -> None:
    """Three pairs are the six visits of two weeks, but no week is made of whole pairs."""
    problem = without_single_tours(team_problem(odd_cycle(), working_day_hours=4.5))
    assert cheapest(problem, opened(problem, 0, 1, 3, 5)) is None
    one_every_other = cheapest(problem, opened(problem, 0, 1, 4, 6))
    assert one_every_other is not None  # AB in one week, AC in the other


def odd_cycle_plan(days_per_week: int) -> Plan:
    """One main, three weekly stops, all of them required."""
    stop = StopRole(weeks_between_visits=(1,), session_hours=1.0, set_up_hours=0.0)
    team = TeamRole(working_day_hours=4.5, days_per_week=days_per_week)
    minutes = odd_cycle()
    region = toy.region(minutes, between=minutes, roles=RolesSection(stop=stop, team=team))
    one = CountRange(minimum=1, maximum=1)
    choice = ChoiceSection(
        n_main=one,
        n_satellites=CountRange(minimum=0, maximum=0),
        n_stops=CountRange(minimum=3, maximum=3),
        n_teams=one,
        required=SitesByRole(main=("S0",), stop=("S1", "S2", "S3")),
        objectives=(Aim(measure="cost"),),
    )
    hosts = Hosts(main=("host",), satellite=("host",), stop=("host",))
    return choose(region, choice, hosts=hosts, solver=SolverSection())


def test_a_plan_with_an_odd_cycle_is_not_sold_three_days_for_four() -> None:
    """Three tours in two weeks would be enough for a day and a half a week; it takes two days."""
    plan = odd_cycle_plan(days_per_week=2)
    assert [sum(run.week == week for run in plan.rota) for week in (1, 2, 3, 4)] == [2, 2, 2, 2]
    assert sum(run.kilometres for run in plan.rota) == 4 * (130 + 120)
    with pytest.raises(InfeasibleError):
        odd_cycle_plan(days_per_week=1)


def test_staff_that_is_short_takes_the_quicker_and_dearer_way() -> None:
    """From base 0 the stop is 90 minutes and 10 km away, from base 1 it is 30 minutes and 50 km."""
    minutes = np.array([[0.0, 60.0, 90.0], [60.0, 0.0, 30.0], [90.0, 30.0, 0.0]])
    kilometres = np.array([[0.0, 9.0, 10.0], [9.0, 0.0, 50.0], [10.0, 50.0, 0.0]])
    hours_of_two_weeks = {0: 2 * (3 + 1), 1: 2 * (1 + 1)}
    for limit, base, cost in ((8.0, 0, 2 * 20), (7.9, 1, 2 * 100), (4.0, 1, 2 * 100)):
        problem = team_problem(minutes, n_bases=2, kilometres=kilometres, staff=limit)
        is_open = opened(problem, 0, 1, 2)
        fleet = cheapest(problem, is_open)
        assert fleet is not None
        assert fleet.teams == {base: 1}
        assert cost_of(problem, is_open, fleet) == cost + VEHICLE
        assert problem.staff is not None
        assert problem.used(problem.staff, Draft(is_open, fleet)) == hours_of_two_weeks[base]
    too_few = team_problem(minutes, n_bases=2, kilometres=kilometres, staff=3.9)
    assert cheapest(too_few, opened(too_few, 0, 1, 2)) is None


def test_staff_of_the_open_places_leaves_less_for_the_tours() -> None:
    problem = team_problem(ONE_ROAD, staff=10.0)
    assert problem.staff is not None
    hours = np.zeros(problem.n_options)
    hours[0] = 7.0
    busy = replace(problem, staff=replace(problem.staff, of_option=hours))
    assert cheapest(problem, opened(problem, 0, 1)) is not None  # two tours of two hours
    assert cheapest(busy, opened(problem, 0, 1)) is None
    assert cheapest(busy, opened(problem, 0, 2)) is not None  # one tour


def test_without_an_open_main_nobody_drives() -> None:
    problem = team_problem(ONE_ROAD)
    assert cheapest(problem, opened(problem, 1)) is None
    nothing = cheapest(problem, opened(problem))
    assert nothing is not None
    assert (nothing.teams, nothing.runs) == ({}, ())
    one_at_least = team_problem(ONE_ROAD, least=1)
    assert cheapest(one_at_least, opened(one_at_least)) is None


def test_without_stops_there_are_as_many_teams_as_must_be() -> None:
    for least in (0, 1, 2):
        problem = team_problem(ONE_ROAD, least=least, most=2)
        fleet = cheapest(problem, opened(problem, 0))
        assert fleet is not None
        assert (sum(fleet.teams.values()), fleet.runs) == (least, ())


def test_a_stop_beyond_a_days_drive_has_no_rota() -> None:
    problem = team_problem(ONE_ROAD, working_day_hours=2.5)
    assert cheapest(problem, opened(problem, 0, 1)) is not None
    assert cheapest(problem, opened(problem, 0, 3)) is None


def test_a_rota_is_remembered() -> None:
    problem = team_problem(ONE_ROAD)
    maker = RotaMaker(problem)
    is_open = opened(problem, 0, 1, 3)
    assert maker.cheapest(is_open, seconds=SECONDS) is maker.cheapest(is_open.copy(), seconds=SECONDS)


def test_a_rota_without_teams_is_refused() -> None:
    problem = replace(team_problem(ONE_ROAD), teams=None)
    with pytest.raises(SolveError, match="there are no teams"):
        RotaMaker(problem)
