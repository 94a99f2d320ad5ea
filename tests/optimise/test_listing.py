"""Every plan within a limit, against the brute force, which goes through every plan."""

from __future__ import annotations

import brute
import numpy as np
import pytest
from brute import Question, random_choice, random_region
from hypothesis import given
from hypothesis import strategies as st
from test_brute_force import HOSTS, SEEDS, examples, road

from siting.errors import InfeasibleError, InputError
from siting.optimise.completions import MUCH_WORK, TOO_MANY, Candidates, Found, Limits, Room, complete
from siting.optimise.listing import Listing, list_plans
from siting.optimise.objectives import SHARES
from siting.optimise.planning import objective_of
from siting.optimise.rules import state_problem
from siting.optimise.services import own_mode
from siting.region import Region
from siting.scenario import Aim, ChoiceSection
from siting.scenario_choice import CountRange
from siting.sites import Role

NEAR = 1e-6  # relative: of plans so near the limit it is not asked which side they are on

Opened = frozenset[tuple[int, Role, float]]


def listed(region: Region, choice: ChoiceSection, limit: float, **limits: float) -> dict[Opened, float]:
    """What is listed, by the places open, with the objective as readers know it; all of it, or an error."""
    listing, options = listing_of(region, choice, limit, **limits)
    is_share = choice.objectives[0].measure == "within_standard"
    assert listing.is_complete
    assert listing.complete_to >= (1 - limit if is_share else limit)
    assert (np.diff(listing.values) >= 0).all()
    return {
        frozenset(
            (int(options.site[q]), options.offers[q].role, options.offers[q].days_per_week)
            for q in np.flatnonzero(row)
        ): 1 - value if is_share else value
        for row, value in zip(listing.is_open, listing.values, strict=True)
    }


def listing_of(
    region: Region, choice: ChoiceSection, limit: float, **limits: float
) -> tuple[Listing, object]:
    aim = choice.objectives[0]
    objective = objective_of(aim, choice, own_mode(region, aim.mode))
    problem, options = state_problem(region, choice, HOSTS)
    kept = {"most_plans": 100_000, "time_limit_seconds": 60.0, **limits}
    as_minimised = 1 - limit if objective.name in SHARES else limit
    return list_plans(problem, objective, as_minimised, **kept), options


def by_brute_force(region: Region, choice: ChoiceSection) -> dict[Opened, float]:
    """Value of the first objective of every plan that obeys the rules."""
    question = Question(region, choice)
    label = question.label(choice.objectives[0])
    values = {}
    for each in brute.candidates(question):
        value = each.best(label, ())
        if value is not None:
            key = frozenset((opening.site, opening.role, opening.days) for opening in each.openings)
            values[key] = value
    return values


def disagreements(seed: int, *, share: float, teams: bool = False, capacity: bool = False) -> list[str]:
    """Say what is listed and should not be, or the other way round, in one random case."""
    region = random_region(seed, teams=teams, capacity=capacity)
    choice = random_choice(seed, region, teams=teams, capacity=capacity)
    measures = ("mean_minutes", "within_standard", "cost", *([] if capacity else ["worst_share_minutes"]))
    measure = measures[seed % len(measures)]
    choice = choice.model_copy(update={"objectives": (Aim(measure=measure),)})
    expected = {} if Question(region, choice).serves_nobody else by_brute_force(region, choice)
    if not expected:
        return []
    is_share = measure == "within_standard"
    best = max(expected.values()) if is_share else min(expected.values())
    limit = best - share if is_share else best * (1 + share)
    slack = NEAR * max(1.0, abs(limit))
    found = listed(region, choice, limit)
    wrong = [
        f"{set(key)} is worth {value}, limit {limit}, listed as {found.get(key)}"
        for key, value in expected.items()
        if abs(value - limit) > slack
        and ((value <= limit if not is_share else value >= limit) != (key in found))
    ]
    wrong += [
        f"{set(key)} is no plan, but listed as {value}" for key, value in found.items() if key not in expected
    ]
    return wrong + [
        f"{set(key)} is worth {expected[key]}, listed as {value}"
        for key, value in found.items()
        if key in expected and abs(value - expected[key]) > slack
    ]


@examples(60)
@given(SEEDS, st.sampled_from([0.0, 0.02, 0.2, 3.0]))
def test_every_plan_within_the_limit_is_listed_and_no_other(seed: int, share: float) -> None:
    assert disagreements(seed, share=share) == []


@examples(15)
@given(SEEDS, st.sampled_from([0.0, 0.1, 1.0]))
def test_with_teams_every_plan_within_the_limit_is_listed(seed: int, share: float) -> None:
    assert disagreements(seed, share=share, teams=True) == []


@examples(15)
@given(SEEDS, st.sampled_from([0.0, 0.1, 1.0]))
def test_with_capacity_every_plan_within_the_limit_is_listed(seed: int, share: float) -> None:
    assert disagreements(seed, share=share, capacity=True) == []


ON_A_ROAD = road({0.0: 1.0, 10.0: 1.0, 20.0: 1.0, 30.0: 1.0}, {"a": 0.0, "b": 10.0, "c": 20.0, "d": 30.0})
ONE_OF_TWO = ChoiceSection(
    n_main=CountRange(minimum=1, maximum=1), n_satellites=CountRange(minimum=1, maximum=1)
)


def test_on_a_road_the_pairs_within_the_limit_are_those_worked_out_by_hand() -> None:
    """Sums of minutes: ab 30, ac 20, ad 20, bc 20, bd 20, cd 30; main and satellite may change places."""
    found = listed(ON_A_ROAD, ONE_OF_TWO, 20 / 4)
    pairs = {frozenset(site for site, _, _ in key) for key in found}
    assert pairs == {frozenset(pair) for pair in ((0, 2), (0, 3), (1, 2), (1, 3))}
    assert len(found) == 8
    assert set(found.values()) == {5.0}


def test_a_list_that_is_full_says_up_to_where_it_is_complete() -> None:
    listing, _ = listing_of(ON_A_ROAD, ONE_OF_TWO, 30 / 4, most_plans=3)
    assert len(listing.values) == 3
    assert listing.complete_to <= 5.0


def test_without_time_nothing_is_said_to_be_complete() -> None:
    listing, _ = listing_of(ON_A_ROAD, ONE_OF_TWO, 30 / 4, time_limit_seconds=-1.0)
    assert listing.complete_to < 5.0


def test_plans_are_not_listed_by_the_largest_minutes() -> None:
    choice = ONE_OF_TWO.model_copy(update={"objectives": (Aim(measure="largest_minutes"),)})
    with pytest.raises(InputError, match="not by largest_minutes"):
        listing_of(ON_A_ROAD, choice, 10.0)


def test_rules_that_no_plan_obeys_lead_to_an_empty_list() -> None:
    choice = ONE_OF_TWO.model_copy(update={"most_mean_minutes": 1.0})
    try:
        assert listed(ON_A_ROAD, choice, 100.0) == {}
    except InfeasibleError:
        pytest.fail("an empty list is an answer")


# The compiled search by itself


def completed(limit: float, *, most: tuple[int, ...] = (2, 1), work: int = 10_000, size: int = 100) -> object:
    rng = np.random.default_rng(5)
    costs, base = rng.random((9, 30)), np.full(30, 0.9)
    group, site = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1]), np.array([0, 1, 2, 3, 4, 0, 5, 6, 7])
    found = Found(np.empty((size, sum(most)), np.int16), np.empty(size))
    room = Room(np.array([1, 0]), np.array(most))
    n = complete(base, Candidates(costs, group, site), room, Limits(limit, work), found)
    return (
        n
        if n < 0
        else {
            frozenset(row[row >= 0].tolist()): value
            for row, value in zip(found.sets[:n], found.values[:n], strict=True)
        }
    )


def test_completions_are_those_of_all_sets() -> None:
    rng = np.random.default_rng(5)
    costs, base = rng.random((9, 30)), np.full(30, 0.9)
    expected = {}
    for mask in range(1, 2**9):
        chosen = [q for q in range(9) if mask >> q & 1]
        first, second = [q for q in chosen if q < 5], [q for q in chosen if q >= 5]
        if 1 <= len(first) <= 2 and len(second) <= 1 and not {0, 5} <= set(chosen):
            expected[frozenset(chosen)] = np.minimum(base, costs[chosen].min(axis=0)).sum()
    limit = float(np.median(list(expected.values())))
    found = completed(limit)
    assert found == pytest.approx({key: value for key, value in expected.items() if value <= limit})


def test_completions_say_when_they_would_take_much_work_or_room() -> None:
    assert completed(1e9, work=20) == MUCH_WORK
    assert completed(1e9, size=5) == TOO_MANY


def test_a_list_that_is_cut_among_plans_of_the_same_worth_is_not_called_complete() -> None:
    listing, _ = listing_of(ON_A_ROAD, ONE_OF_TWO, 20 / 4, most_plans=3)
    assert not listing.is_complete
    whole, _ = listing_of(ON_A_ROAD, ONE_OF_TWO, 20 / 4)
    assert whole.is_complete


@pytest.mark.parametrize("measure", ["mean_minutes", "worst_share_minutes"])
def test_plans_at_a_limit_of_nothing_are_listed(measure: str) -> None:
    everybody_at_a_place = road({0.0: 1.0, 10.0: 1.0}, {"a": 0.0, "b": 10.0, "c": 20.0})
    choice = ONE_OF_TWO.model_copy(update={"objectives": (Aim(measure=measure),)})
    assert len(listed(everybody_at_a_place, choice, 0.0)) == 2
