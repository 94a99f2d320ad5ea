"""Edges of what is solved: nothing asked, no time, numbers too far apart, an intake worked out anew."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import toy
from brute import random_choice, random_region
from test_brute_force import HOSTS, SOLVER, plan_or_none
from test_rota import ONE_ROAD, cheapest, opened, team_problem

import siting
from siting.errors import (
    ArrayError,
    InfeasibleError,
    InputError,
    SolveError,
    TimeLimitError,
    VerificationError,
)
from siting.evaluate import evaluate
from siting.optimise import location, planning
from siting.optimise.objectives import Objective
from siting.optimise.problem import CountRule, CoverRule, Draft, Service, SitingProblem
from siting.optimise.rounding import rounded_openings
from siting.optimise.run import Stage
from siting.optimise.solver import is_feasible, solve, unit_minutes
from siting.plan import Intake, Plan, Status
from siting.region import Region
from siting.scenario import ChoiceSection, EvaluationSection, Hosts
from siting.scenario_choice import CountRange, SitesByRole

INF = np.inf
MEAN = Objective("mean_minutes")
LARGEST = Objective("largest_minutes")


def problem(minutes: list[list[float]], demand: list[float], n_open: int = 1, **more: Any) -> SitingProblem:
    """One service; exactly so many options are opened."""
    array = np.array(minutes)
    options = np.arange(array.shape[1])
    counts = (CountRule("number", options, n_open, n_open),)
    return SitingProblem((Service("near", np.array(demand), options, array),), options, counts=counts, **more)


TWO_ROADS = problem([[10.0, 30.0], [40.0, 20.0]], [3.0, 1.0])
"""Means 17.5 and 27.5; the farthest 40 and 30 minutes away."""


# --- solve ---


def test_a_question_without_an_objective_is_refused() -> None:
    with pytest.raises(SolveError, match="there is no objective to optimise"):
        solve(TWO_ROADS, [], time_limit_seconds=9.0)


def test_without_time_a_plan_that_is_known_stands_and_nothing_is_proven() -> None:
    start = Draft(np.array([False, True]))
    solution = solve(TWO_ROADS, [(MEAN, 0.0), (LARGEST, 0.0)], time_limit_seconds=0.0, start=start)
    assert solution.draft is start
    told = [(each.value, each.bound, each.status) for each in solution.stages]
    assert told == [(27.5, 0.0, Status.TIME_LIMIT), (30.0, 0.0, Status.TIME_LIMIT)]


def test_a_tolerance_lets_a_later_objective_choose() -> None:
    """30 minutes at the farthest cost 10 of 17.5 minutes on average, 57 %."""
    for tolerance, chosen in ((0.0, [True, False]), (0.57, [True, False]), (0.58, [False, True])):
        solution = solve(TWO_ROADS, [(MEAN, tolerance), (LARGEST, 0.0)], time_limit_seconds=9.0)
        assert solution.draft.is_open.tolist() == chosen
        assert [each.status for each in solution.stages] == [Status.OPTIMAL, Status.OPTIMAL]


def test_of_equals_the_one_of_the_least_rank_is_taken() -> None:
    alike = [[10.0, 10.0, 10.0], [20.0, 20.0, 20.0]]
    for rank, chosen in (([1.0, 0.0, 2.0], 1), ([3.0, 2.0, 1.0], 2)):
        asked = problem(alike, [1.0, 1.0], rank=np.array(rank))
        solution = solve(asked, [(MEAN, 0.0)], time_limit_seconds=9.0)
        assert np.flatnonzero(solution.draft.is_open).tolist() == [chosen]


@pytest.mark.parametrize("seed", range(3))
def test_the_largest_minutes_are_the_least_of_all_choices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    minutes = rng.integers(1, 40, (9, 6)).astype(float)
    expected = min(
        minutes[:, chosen].min(axis=1).max() for chosen in map(list, itertools.combinations(range(6), 2))
    )
    (stage,) = solve(problem(minutes.tolist(), [1.0] * 9, 2), [(LARGEST, 0.0)], time_limit_seconds=9.0).stages
    assert (stage.value, stage.bound, stage.status) == (expected, expected, Status.OPTIMAL)


def test_whether_there_is_a_plan_at_all_is_found_without_an_objective() -> None:
    assert is_feasible(TWO_ROADS)
    nowhere = CoverRule("cover", np.array([[True, False], [False, True]]))  # both, but one may be open
    assert not is_feasible(replace(TWO_ROADS, covers=(nowhere,)))


@pytest.mark.parametrize(
    ("minutes", "demand", "unit"),
    [
        ([[20.0, 90.0]], [1.0], 16.0),  # 2 ** 4.32
        ([[23.0, 90.0]], [1.0], 32.0),  # 2 ** 4.52
        ([[20.0], [100.0]], [3.0, 1.0], 32.0),  # 40 on average
        ([[0.0, 20.0]], [1.0], 16.0),  # at the door says nothing of the unit
        ([[0.0], [0.0]], [1.0, 1.0], 1.0),
        ([[20.0], [1000.0]], [1.0, 0.0], 16.0),
    ],
)
def test_the_unit_is_the_power_of_two_next_to_the_typical_time(
    minutes: list[list[float]], demand: list[float], unit: float
) -> None:
    assert unit_minutes(problem(minutes, demand)) == unit


def test_a_time_that_cannot_be_told_from_rounding_is_refused() -> None:
    with pytest.raises(ArrayError, match=r"largest time \(1e\+09\) is over a million times.*\(16\)"):
        solve(problem([[20.0, 1e9]], [1.0]), [(MEAN, 0.0)], time_limit_seconds=9.0)
    assert unit_minutes(problem([[16.0, 16e6]], [1.0])) == 16.0
    assert unit_minutes(problem([[16.0, INF]], [1.0])) == 16.0


def test_a_stage_is_told_as_readers_know_it() -> None:
    share = planning.as_readers_value(Stage(Objective("outside_standard"), 0.4, 0.1, Status.TIME_LIMIT))
    assert (share.name, share.unit, share.value, share.bound) == ("within_standard", "share", 0.6, 0.9)
    assert share.gap == pytest.approx(0.5)
    nothing = planning.as_readers_value(Stage(Objective("cost"), 0.0, 0.0, Status.OPTIMAL))
    assert (nothing.unit, nothing.gap) == ("sek_per_year", 0.0)
    with pytest.raises(InputError, match="rank is not an objective that readers know"):
        planning.as_readers_value(Stage(Objective("rank"), 1.0, 1.0, Status.OPTIMAL))


# --- rounding ---


def test_rounded_openings_keep_the_numbers_and_one_offer_a_site() -> None:
    """The first is that of the strongest: 0 and 1 are offers of one site, of 2 and 3 one may be open."""
    several = replace(
        problem([[1.0] * 5], [1.0]),
        option_site=np.array([0, 0, 1, 2, 3]),
        counts=(CountRule("all", np.arange(5), 3, 3), CountRule("two", np.array([2, 3]), 0, 1)),
    )
    found = [
        np.flatnonzero(row).tolist() for row in rounded_openings(several, np.array([0.6, 0.7, 0.9, 0.8, 0.0]))
    ]
    assert found[0] == [1, 2, 4]
    assert all(row in ([0, 2, 4], [0, 3, 4], [1, 2, 4], [1, 3, 4]) for row in found)
    assert len({tuple(row) for row in found}) == len(found) > 1
    too_many = replace(several, counts=(CountRule("all", np.arange(5), 5, 5),))
    assert list(rounded_openings(too_many, np.full(5, 0.5))) == []


# --- an intake that is worked out anew ---


SEVERAL_OBJECTIVES = (2, 9, 15, 22, 27, 36, 47, 52)
"""Seeds of random questions with capacity and two or three objectives, most of them with tolerances."""


def with_capacity(seed: int) -> tuple[Region, ChoiceSection, Plan]:
    region = random_region(seed, capacity=True)
    choice = random_choice(seed, region, capacity=True)
    plan = plan_or_none(region, choice)
    assert plan is not None
    assert plan.intake is not None
    assert len(choice.objectives) > 1
    return region, choice, plan


def counted(
    plan: Plan, intake: dict[str, Intake], region: Region, choice: ChoiceSection
) -> list[float | None]:
    """Value of each objective that an intake decides."""
    measures = evaluate(
        replace(plan, intake=intake),
        region,
        EvaluationSection(),
        standard_minutes=choice.standard_minutes,
        worst_share=choice.worst_share,
    ).measures
    return [getattr(measures, aim.measure) for aim in choice.objectives if aim.measure != "cost"]


@pytest.mark.parametrize("seed", SEVERAL_OBJECTIVES)
def test_an_intake_worked_out_anew_is_as_good_as_the_one_that_was_chosen(seed: int) -> None:
    """One of those that come in turn: how good an earlier objective had to stay is not written anywhere."""
    region, choice, plan = with_capacity(seed)
    assert plan.intake is not None
    expected = counted(plan, plan.intake, region, choice)
    told = [each.value for each in plan.objectives[:-1]]
    anew = list(planning.intakes(plan, region, choice, HOSTS, worst=told))
    found = [counted(plan, each, region, choice) for each in anew]
    assert any(each == pytest.approx(expected, rel=1e-5, abs=1e-5) for each in found)
    assert len(list(planning.intakes(plan, region, choice, HOSTS, worst=[None]))) >= 1


def test_an_intake_of_a_place_that_the_choice_does_not_offer_is_refused() -> None:
    region, choice, plan = with_capacity(SEVERAL_OBJECTIVES[0])
    wrong = replace(plan, days_per_week=dict.fromkeys(plan.open_sites, 4.75))
    with pytest.raises(VerificationError, match="in a role, or on days, that the choice does not offer"):
        next(planning.intakes(wrong, region, choice, HOSTS, worst=[]))


# --- matrices from any router ---


def test_a_standard_that_is_no_number_and_terms_below_nothing_are_refused() -> None:
    for standard in (-1.0, np.nan, INF):
        with pytest.raises(ArrayError, match=r"standard_minutes is .*; expected a number >= 0"):
            siting.max_coverage([[1.0]], [1.0], 1, standard)
    assert siting.max_coverage([[0.0]], [1.0], 1, 0.0).objective == 1
    with pytest.raises(ArrayError, match=r"relative_gap is -0\.1; expected a number >= 0"):
        siting.p_median([[1.0]], [1.0], 1, relative_gap=-0.1)
    with pytest.raises(ArrayError, match="time_limit_seconds is nan"):
        siting.p_center([[1.0]], 1, time_limit_seconds=np.nan)


def test_demands_too_different_in_size_for_ways_that_are_none_are_refused() -> None:
    with pytest.raises(ArrayError, match="the demands are too different in size"):
        siting.p_median([[1.0, INF], [INF, 9.0], [5.0, 1.0]], [1e-300, 1.0, 1e300], 1)


def test_that_no_choice_reaches_all_is_said_only_where_it_is_proven() -> None:
    assert isinstance(location._nothing_for_all(2, is_proven=True), InfeasibleError)
    late = location._nothing_for_all(2, is_proven=False)
    assert isinstance(late, TimeLimitError)
    assert "the time limit was reached" in str(late)


# --- rotas ---


def test_places_that_take_all_the_staff_leave_none_to_drive() -> None:
    busy = team_problem(ONE_ROAD, staff=10.0)
    assert busy.staff is not None
    for of_places, is_any in ((10.0, True), (10.1, False)):
        hours = np.zeros(busy.n_options)
        hours[0] = of_places
        found = cheapest(replace(busy, staff=replace(busy.staff, of_option=hours)), opened(busy, 0))
        assert (found is not None) is is_any


# --- premises that may not be opened ---


def county() -> Region:
    return toy.region(np.array([[10.0, 50.0], [40.0, 20.0]]), kinds=("hall", "hall"))


def chosen(region: Region, hosts: Hosts, **choice: Any) -> Plan:
    one, none = (CountRange(minimum=n, maximum=n) for n in (1, 0))
    return planning.choose(
        region, ChoiceSection(**{"n_main": one, "n_satellites": none, **choice}), hosts=hosts, solver=SOLVER
    )


HALLS = Hosts(main=("hall",), satellite=("hall",), stop=("hall",))


def test_where_nothing_may_be_opened_or_a_place_has_left_it_is_said() -> None:
    with pytest.raises(InputError, match="no premises may be opened in any role"):
        chosen(toy.region(np.array([[10.0]]), allowed=np.zeros((1, 3), dtype=bool)), HALLS)
    gone = replace(county(), sites=replace(county().sites, municipality_codes=("01", "77")))
    with pytest.raises(InputError, match=r"choice\.existing\.main: S1 lies in a municipality that leaves"):
        chosen(gone, HALLS, existing=SitesByRole(main=("S1",)))


def test_a_stop_that_exists_is_visited_every_week_or_every_other() -> None:
    existing = SitesByRole(stop=("S1",), days_per_week={"S1": 2.0})
    with pytest.raises(InputError, match=r"S1 is a stop: 1 \(every week\) or 0\.5 .*, not 2"):
        chosen(county(), HALLS, existing=existing, n_teams=CountRange(minimum=1, maximum=1))


@pytest.mark.parametrize("asked", [{"n_teams": 1}, {"n_stops": 1, "n_teams": 0}], ids=["teams", "stops"])
def test_teams_or_stops_without_premises_that_may_be_a_base_are_refused(asked: dict[str, int]) -> None:
    nowhere = replace(county(), sites=replace(county().sites, may_base_team=np.zeros(2, dtype=bool)))
    ranges = {name: CountRange(minimum=least, maximum=1) for name, least in asked.items()}
    with pytest.raises(InputError, match=r"choice\.n_teams: a team has its base at a main reception, but no"):
        chosen(nowhere, HALLS, **ranges)
