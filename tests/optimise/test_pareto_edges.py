"""The front of two measures against every choice, and its edges: no plan, no time, plans that others beat."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from siting.errors import InfeasibleError, TimeLimitError
from siting.optimise.objectives import Objective
from siting.optimise.pareto import ParetoPlan, Question, _undominated, pareto_front
from siting.optimise.problem import CountRule, CoverRule, Draft, Resource, Service, SitingProblem
from siting.optimise.run import Stage
from siting.plan import Status

MEAN, COST = Objective("mean_minutes"), Objective("cost")
N_OPTIONS = 5


def problem(seed: int, n_open: int) -> SitingProblem:
    """Whole minutes and costs at random; exactly so many of five options are opened."""
    rng = np.random.default_rng(seed)
    every = np.arange(N_OPTIONS)
    minutes = rng.integers(1, 60, (7, N_OPTIONS)).astype(float)
    sek = rng.integers(1, 20, N_OPTIONS).astype(float)
    money = Resource("money", "budget", sek, np.empty(0), 0.0, np.inf, 1.0)
    counts = (CountRule("number", every, n_open, n_open),)
    return SitingProblem((Service("near", np.ones(7), every, minutes),), every, counts=counts, money=money)


def by_brute_force(seed: int, numbers: tuple[int, ...]) -> set[tuple[float, float]]:
    """Cost and mean of every choice that no other one beats."""
    points = set()
    for n_open in numbers:
        asked = problem(seed, n_open)
        for chosen in itertools.combinations(range(N_OPTIONS), n_open):
            row = np.isin(np.arange(N_OPTIONS), chosen)
            points.add(tuple(round(each.value(asked, Draft(row)), 6) for each in (COST, MEAN)))
    return {a for a in points if not any(b != a and b[0] <= a[0] and b[1] <= a[1] for b in points)}


def asked(*problems: SitingProblem, seconds: float = 20.0) -> Question:
    return Question(problems, COST, MEAN, seconds)


@pytest.mark.parametrize(("seed", "numbers"), [(1, (1, 2, 3)), (2, (2,)), (3, (1, 3)), (4, (2, 3))])
def test_the_front_is_every_choice_that_no_other_beats(seed: int, numbers: tuple[int, ...]) -> None:
    expected = by_brute_force(seed, numbers)
    assert len(expected) > 2
    front = pareto_front(asked(*(problem(seed, n) for n in numbers)), most_plans=50)
    assert front.is_whole
    found = [(round(each.limited, 6), round(each.optimised, 6)) for each in front.plans]
    assert found == sorted(expected)
    assert all(each.is_proven for each in front.plans)
    some = pareto_front(asked(*(problem(seed, n) for n in numbers)), most_plans=2)
    assert [round(each.limited, 6) for each in some.plans] == [found[0][0], found[-1][0]]
    assert not some.is_whole


def test_a_front_of_which_a_plan_is_not_proven_is_not_called_whole() -> None:
    """The solver may stop where a plan could be better by a twentieth."""
    question = replace(asked(*(problem(7, n) for n in (1, 2, 3))), relative_gap=0.05)
    front = pareto_front(question, most_plans=50)
    assert {each.is_proven for each in front.plans} == {True, False}
    assert not front.is_whole


def test_where_one_plan_is_best_in_both_it_is_the_whole_front() -> None:
    single = replace(problem(1, 1), counts=(CountRule("number", np.array([0]), 1, 1),))
    closed = CountRule("others", np.arange(1, N_OPTIONS), 0, 0)
    front = pareto_front(asked(replace(single, counts=(*single.counts, closed))), most_plans=9)
    assert len(front.plans) == 1
    assert front.is_whole


def test_without_a_plan_or_without_time_there_is_no_front() -> None:
    everything = CoverRule("cover", np.eye(N_OPTIONS, dtype=bool))
    with pytest.raises(InfeasibleError, match="no plan obeys all the rules at once"):
        pareto_front(asked(replace(problem(1, 1), covers=(everything,))), most_plans=9)
    with pytest.raises(TimeLimitError, match="before any plan was found"):
        pareto_front(asked(problem(1, 2), seconds=0.0), most_plans=9)


def unproven(limited: float, optimised: float) -> ParetoPlan:
    stage = Stage(MEAN, optimised, 0.0, Status.TIME_LIMIT)
    return ParetoPlan(Draft(np.ones(1, dtype=bool)), limited, optimised, limited, (stage, stage))


def test_a_plan_that_turned_out_no_better_than_a_cheaper_one_is_left_out() -> None:
    plans = [unproven(*each) for each in ((1, 9), (2, 9), (3, 7), (4, 8), (5, 6))]
    assert [each.limited for each in _undominated(plans)] == [1, 3, 5]
    assert not plans[0].is_proven
