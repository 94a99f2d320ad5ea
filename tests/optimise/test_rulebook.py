"""The rule book: which rules a whole answer breaks, against the brute force and by hand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import toy
from brute import Question, random_choice, random_region
from hypothesis import given
from test_brute_force import HOSTS, SEEDS, examples
from test_listing import Opened, by_brute_force
from test_rota import ONE_ROAD, cheapest, opened, team_problem

from siting.errors import InfeasibleError, InputError
from siting.optimise.options import Options
from siting.optimise.problem import (
    CountRule,
    CoverRule,
    Draft,
    Fleet,
    MeanLimit,
    Resource,
    Sent,
    Service,
    ShareLimit,
    SitingProblem,
    Support,
)
from siting.optimise.rulebook import best_visits, broken_rules, rules_broken, visits_area, visits_service
from siting.optimise.rules import state_problem
from siting.plan import NO_SITE, Intake, Plan, Status
from siting.region import Region
from siting.scenario import AccessSection, ByService, ChoiceSection, Hosts
from siting.scenario_choice import CountRange

INF = np.inf
A_HAIR = 1e-6
"""More than what the rule book lets pass for rounding, 1e-7."""


def every_draft(options: Options) -> Iterator[np.ndarray]:
    """Every choice of at most one offer a site."""
    of_site = [[-1, *np.flatnonzero(options.site == j)] for j in np.unique(options.site)]
    for chosen in itertools.product(*of_site):
        row = np.zeros(len(options.site), dtype=bool)
        row[[q for q in chosen if q >= 0]] = True
        yield row


def named(options: Options, row: np.ndarray) -> Opened:
    return frozenset(
        (int(options.site[q]), options.offers[q].role, options.offers[q].days_per_week)
        for q in np.flatnonzero(row)
    )


@examples(25)
@given(SEEDS)
def test_the_rule_book_and_the_brute_force_refuse_the_same_plans(seed: int) -> None:
    region = random_region(seed)
    choice = random_choice(seed, region)
    if Question(region, choice).serves_nobody:
        return
    expected = set(by_brute_force(region, choice))
    try:
        problem, options = state_problem(region, choice, HOSTS)
    except (InfeasibleError, InputError):
        assert not expected
        return
    kept = {named(options, row) for row in every_draft(options) if not broken_rules(problem, Draft(row))}
    assert kept == expected


# --- single rules, by hand: two sites, the first with two offers ---


def service(name: str, minutes: list[list[float]], demand: list[float], **more: object) -> Service:
    array = np.array(minutes)
    return Service(name, np.array(demand), np.arange(array.shape[1]), array, **more)  # type: ignore[arg-type]


NEAR = service("near", [[10.0, 12.0, 50.0], [40.0, 42.0, 20.0]], [3.0, 1.0], area=np.array([0, 1]))


def problem(**rules: object) -> SitingProblem:
    return SitingProblem((NEAR,), np.array([0, 0, 1]), **rules)  # type: ignore[arg-type]


def draft(*options: int) -> Draft:
    row = np.zeros(3, dtype=bool)
    row[list(options)] = True
    return Draft(row)


def resource(limit: float, **more: object) -> Resource:
    terms = {"of_option": np.array([4.0, 5.0, 6.0]), "of_tour": np.empty(0), "of_team": 0.0, "unit": 1.0}
    return Resource("staff", "posts", limit=limit, **{**terms, **more})  # type: ignore[arg-type]


SETS = np.array([[True, False, True], [False, True, True]])


@pytest.mark.parametrize(
    ("rules", "kept", "broken", "label"),
    [
        ({}, (0, 2), (0, 1), "a site has two offers"),
        ({"counts": (CountRule("number", np.arange(3), 1, 1),)}, (2,), (0, 2), "number"),
        ({"counts": (CountRule("number", np.arange(3), 1),)}, (0, 2), (), "number"),
        ({"covers": (CoverRule("cover", SETS),)}, (2,), (0,), "cover"),
        ({"supports": (Support("link", np.array([2]), SETS[:1]),)}, (0,), (1,), None),
        (
            {"supports": (Support("link", np.array([2]), np.array([[True, False, False]])),)},
            (0, 2),
            (1, 2),
            "link",
        ),
        ({"staff": resource(10.0)}, (0, 2), (1, 2), "posts"),
        ({"budgets": (resource(10.0),)}, (0, 2), (1, 2), "posts"),
        # Minutes by the plan (0,): 10 for three visits, 40 for one; by (2,): 50 and 20.
        ({"mean_limits": (MeanLimit("mean", -1, 17.5),)}, (0,), (2,), "mean"),
        ({"mean_limits": (MeanLimit("mean", 1, 20.0),)}, (2,), (0,), "mean"),
        ({"mean_limits": (MeanLimit("mean", -1, 17.5, "near"),)}, (0,), (2,), "mean"),
        ({"mean_limits": (MeanLimit("mean", -1, 0.0, "main"),)}, (0,), (), None),
        ({"share_limits": (ShareLimit("share", 0.75, 10.0),)}, (0,), (2,), "share"),
        ({"share_limits": (ShareLimit("share", 1.0, 20.0, 1),)}, (2,), (0,), "share"),
        ({"least_visits": np.array([4.0, 0.0, 1.0])}, (0,), (0, 2), "an open place is the best one"),
    ],
)
def test_one_rule_is_broken_by_one_plan_and_kept_by_another(
    rules: dict[str, object], kept: tuple[int, ...], broken: tuple[int, ...], label: str | None
) -> None:
    asked = problem(**rules)
    assert broken_rules(asked, draft(*kept)) == []
    found = broken_rules(asked, draft(*broken))
    assert [each.startswith(label) for each in found] == [True] if label else found == []


@pytest.mark.parametrize(
    ("rule", "at"),
    [
        ("staff", 10.0),  # 4 + 6
        ("mean", 12.5),  # 3 x 10 + 20, of 4
        ("least", 3.0),
    ],
)
def test_a_limit_that_is_just_met_is_kept_and_a_hair_beyond_is_not(rule: str, at: float) -> None:
    """Both sites open: three visits at the first, one at the second."""

    def broken(limit: float) -> bool:
        rules = {
            "staff": {"staff": resource(limit)},
            "mean": {"mean_limits": (MeanLimit("mean", -1, limit),)},
            "least": {"least_visits": np.array([limit, 0.0, 0.0])},
        }
        return broken_rules(problem(**rules[rule]), draft(0, 2)) != []

    assert not broken(at)
    assert broken(at * (1 + A_HAIR)) is (rule == "least")
    assert broken(at * (1 - A_HAIR)) is (rule != "least")


def test_visits_that_nothing_can_serve_are_outside_the_standard_of_their_own_area() -> None:
    """One visit of the second area is lost beside the one that is within 20 minutes."""

    def broken(share: float, area: int) -> bool:
        limit = ShareLimit("share", share, 20.0, area)
        asked = problem(share_limits=(limit,), lost_demand={1: 1.0})
        return broken_rules(asked, draft(0, 2)) != []

    assert not broken(1.0, 0)
    assert not broken(0.5, 1)
    assert broken(0.5 + A_HAIR, 1)
    assert not broken(0.8, -1)  # of all five, four
    assert broken(0.8 + A_HAIR, -1)


def test_a_mean_over_nobody_is_kept() -> None:
    unreached = service("near", [[INF, 10.0]], [2.0])
    asked = SitingProblem((unreached,), np.arange(2), mean_limits=(MeanLimit("mean", -1, 5.0),))
    assert broken_rules(asked, Draft(np.array([True, False]))) == []
    assert broken_rules(asked, Draft(np.array([False, True]))) == ["mean"]


# --- visits to the best place ---


def test_of_equals_the_first_place_has_the_visits_and_digital_only_those_it_is_better_for() -> None:
    """The options do not stand in the sites' order; the third row is nearer digitally, the fourth as near."""
    minutes = [[10.0, 10.0], [20.0, 30.0], [90.0, 90.0], [60.0, 80.0], [INF, INF]]
    asked = SitingProblem(
        (service("near", minutes, [1.0, 2.0, 4.0, 8.0, 16.0], fallback_minutes=60.0),), np.array([1, 0])
    )
    both = np.ones(2, dtype=bool)
    assert best_visits(asked, Draft(both)).tolist() == [2 + 8, 1]
    assert best_visits(asked, Draft(np.array([False, True]))).tolist() == [0, 1 + 2]
    assert best_visits(asked, Draft(~both)).tolist() == [0, 0]


# --- a joint intake ---


def sent(*visits: tuple[int, int, int, float]) -> Sent:
    service_of, row, option, amount = zip(*visits, strict=True)
    return Sent(np.array(service_of), np.array(row), np.array(option), np.array(amount))


def test_a_place_takes_no_more_than_its_room_and_a_closed_one_nothing() -> None:
    asked = problem(capacity=np.array([3.0, 3.0, 1.0]))
    full = replace(draft(0, 2), sent=sent((0, 0, 0, 3.0), (0, 1, 2, 1.0)))
    assert broken_rules(asked, full) == []
    too_much = replace(full, sent=sent((0, 0, 0, 2.0), (0, 0, 2, 1.0), (0, 1, 2, 1.0)))
    assert broken_rules(asked, too_much) == ["a place takes more visits than it has room for"]
    assert broken_rules(asked, replace(full, is_open=draft(0).is_open)) != []
    digital = replace(full, sent=sent((0, 0, 0, 3.0), (0, 1, -1, 99.0)))
    assert broken_rules(asked, digital) == []


def test_limits_of_a_joint_intake_look_at_where_visits_are_sent() -> None:
    main = service("main", [[30.0, 70.0]], [1.0], area=np.array([1]))
    asked = SitingProblem((NEAR, replace(main, options=np.array([0, 2]))), np.array([0, 0, 1]))
    away = replace(draft(0, 2), sent=sent((0, 0, 0, 3.0), (1, 0, 2, 1.0), (0, 1, 2, 1.0)))
    assert visits_area(asked, away).tolist() == [0, 1, 1]
    assert visits_service(asked, away).tolist() == [0, 1, 0]
    assert visits_area(asked, draft(0, 2)).tolist() == [0, 1, 1]
    assert visits_service(asked, draft(0, 2)).tolist() == [0, 0, 1]
    for area, name, mean in ((1, "", 45.0), (1, "main", 70.0), (-1, "near", 12.5), (0, "", 10.0)):
        limits = [MeanLimit("mean", area, mean + more, name) for more in (0.0, -0.01)]
        assert [broken_rules(replace(asked, mean_limits=(each,)), away) for each in limits] == [[], ["mean"]]


def test_areas_of_problems_without_any_are_all_the_same() -> None:
    asked = SitingProblem((replace(NEAR, area=None),), np.array([0, 0, 1]))
    assert visits_area(asked, draft(0)).tolist() == [0, 0]


# --- a plan by its names ---

TWO_SITES = toy.region(
    np.array([[10.0, 50.0], [40.0, 20.0]]),
    kinds=("hall", "hall"),
    visits=np.array([[4.0], [2.0]]),
    alpha=(0.5,),
    access=AccessSection(digital_minutes=ByService(main=90.0, near=90.0)),
)
HALLS = Hosts(main=("hall",), satellite=("hall",), stop=("hall",))


def some(least: int, most: int) -> CountRange:
    return CountRange(minimum=least, maximum=most)


def broken_by(plan: Plan, region: Region = TWO_SITES, **more: object) -> list[str]:
    choice = ChoiceSection(**{"n_main": some(1, 1), "n_satellites": some(0, 1), **more})
    return rules_broken(plan, region, choice, HALLS)


def plan(*main: str, satellite: tuple[str, ...] = (), **more: object) -> Plan:
    return Plan(main, satellite, Status.GIVEN, (), 0.0, **more)  # type: ignore[arg-type]


def test_a_plan_is_held_against_the_choice_by_its_names() -> None:
    assert broken_by(plan("S0", satellite=("S1",))) == []
    assert broken_by(plan("S0", "S1")) == ["choice.n_main"]
    assert broken_by(plan("S0"), n_satellites=some(1, 1)) == ["choice.n_satellites"]
    assert broken_by(plan("S0", satellite=("S1",), days_per_week={"S1": 3.5})) == [
        "a place is open in a role, or on days, that may not be chosen"
    ]


def test_teams_are_as_many_as_asked_and_start_from_a_main_that_may_be_their_base() -> None:
    one_team = {"n_teams": some(1, 1), "n_stops": some(0, 1)}
    assert broken_by(plan("S0", teams={"S0": 1}), **one_team) == []
    assert broken_by(plan("S0"), **one_team) == ["choice.n_teams"]
    assert broken_by(plan("S0", teams={"S0": 2}), **one_team) == ["choice.n_teams"]
    assert broken_by(plan("S0", teams={"S0": 1, "S1": 0}), **one_team) == []
    wrong = "sites.municipalities.team_base"
    assert broken_by(plan("S0", satellite=("S1",), teams={"S1": 1}), **one_team) == [wrong]
    elsewhere = replace(TWO_SITES, sites=replace(TWO_SITES.sites, may_base_team=np.array([False, True])))
    assert broken_by(plan("S0", teams={"S0": 1}), elsewhere, **one_team) == [wrong]


def test_an_intake_is_held_against_the_room_in_visits_of_its_cells() -> None:
    """Two visits a service from the first cell, one from the second, to S0 or digitally."""
    room = {"with_capacity": True}
    to_main = Intake(np.array([0, 1]), np.array([0, NO_SITE]), np.array([1.0, 1.0]))
    asked = plan("S0", intake={"main": to_main, "near": to_main})
    assert broken_by(asked, **room) == []
    tight = replace(
        TWO_SITES,
        roles=TWO_SITES.roles.model_copy(
            update={"main": TWO_SITES.roles.main.model_copy(update={"visits_per_open_hour": 0.0025})}
        ),
    )
    capacity = tight.offer(plan("S0").role_of("S0"), 5.0).capacity_visits_per_year  # type: ignore[arg-type]
    assert 3 < capacity < 5  # four are sent
    all_there = Intake(np.array([0, 1]), np.array([0, 0]), np.array([1.0, 1.0]))
    assert broken_by(asked, tight, **room) == []
    crowded = plan("S0", intake={"main": all_there, "near": all_there})
    assert broken_by(crowded, tight, **room) == ["a place takes more visits than it has room for"]


# --- teams ---


def driven() -> tuple[SitingProblem, Draft]:
    """Stops at 30 and 60 minutes, the second every other week; one team, up to two."""
    problem = team_problem(ONE_ROAD, working_day_hours=4.0, most=2, least=1)
    is_open = opened(problem, 0, 1, 4)
    fleet = cheapest(problem, is_open)
    assert fleet is not None
    return problem, Draft(is_open, fleet)


def test_a_rota_that_fits_breaks_nothing_and_each_change_of_it_breaks_its_rule() -> None:
    problem, fits = driven()
    assert broken_rules(problem, fits) == []
    fleet = fits.fleet
    assert fleet is not None
    number, base = "choice.n_teams: too few or too many teams", "a team's base is not an open main reception"
    often, days = "a stop is not visited as often as it says", "a team drives on too many days"
    for changed, told in (
        (None, ["there is no rota"]),
        (replace(fleet, teams={0: 3}), [number]),
        (replace(fleet, teams={0: 1, 1: 1}), [base]),
        (Fleet({}, (), ()), [number, often, often]),
    ):
        assert broken_rules(problem, replace(fits, fleet=changed)) == told
    busy = replace(fits, fleet=replace(fleet, odd=fleet.odd * 3))
    assert set(broken_rules(problem, busy)) == {days, often}
    closed_base = fits.is_open.copy()
    closed_base[0] = False
    assert broken_rules(problem, replace(fits, is_open=closed_base)) == [base]


@pytest.mark.parametrize("open_options", [(0, 1), (0, 1, 3), (0, 2, 4), (0, 4)])
def test_stops_open_otherwise_than_they_are_visited_are_told(open_options: tuple[int, ...]) -> None:
    problem, fits = driven()
    asked = replace(fits, is_open=opened(problem, *open_options))
    assert set(broken_rules(problem, asked)) == {"a stop is not visited as often as it says"}


def test_a_stop_every_other_week_may_have_either_week_but_not_both() -> None:
    problem, fits = driven()
    fleet = fits.fleet
    assert fleet is not None
    turned = replace(fleet, odd=fleet.even, even=fleet.odd)
    assert broken_rules(problem, replace(fits, fleet=turned)) == []
    longer = max((fleet.odd, fleet.even), key=lambda week: problem.teams.tours.n_stops[list(week)].sum())
    both = replace(fleet, odd=longer, even=longer)
    assert broken_rules(problem, replace(fits, fleet=both)) == ["a stop is not visited as often as it says"]
