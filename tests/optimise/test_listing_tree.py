"""Lists so long that the tree has to split them, against all openings counted in numpy."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from siting.errors import InfeasibleError
from siting.optimise import listing
from siting.optimise.listing import Listing, list_plans
from siting.optimise.objectives import Objective
from siting.optimise.problem import CountRule, Draft, MeanLimit, Resource, Service, SitingProblem

MEAN = Objective("mean_minutes")
OUTSIDE = Objective("outside_standard", standard_minutes=12.0)
COST = Objective("cost")
N_OPTIONS, N_OPEN = 12, 9
"""More to open than the compiled search takes on at once."""


def scattered(seed: int, *, n_options: int = N_OPTIONS, n_open: int = N_OPEN) -> SitingProblem:
    """Cells and sites at random in a square of an hour; the second service has half of the sites."""
    rng = np.random.default_rng(seed)
    cells, sites = rng.uniform(0, 60, (14, 2)), rng.uniform(0, 60, (n_options, 2))
    minutes = np.linalg.norm(cells[:, None] - sites[None, :], axis=2)
    every, half = np.arange(n_options), np.arange(0, n_options, 2)
    services = (
        Service("near", rng.uniform(0, 5, 14), every, minutes),
        Service("main", rng.uniform(0, 5, 14), half, minutes[:, half], fallback_minutes=40.0),
    )
    return SitingProblem(services, every, counts=(CountRule("number", every, n_open, n_open),))


def every_plan(problem: SitingProblem, objective: Objective) -> dict[bytes, float]:
    """Each choice of as many options as must be, with what it is worth."""
    rule, values = problem.counts[0], {}
    for chosen in itertools.combinations(range(problem.n_options), rule.least):
        row = np.zeros(problem.n_options, dtype=bool)
        row[list(chosen)] = True
        values[row.tobytes()] = objective.value(problem, Draft(row))
    return values


def listed(problem: SitingProblem, objective: Objective, limit: float, **terms: float) -> Listing:
    return list_plans(
        problem, objective, limit, **{"most_plans": 10_000, "time_limit_seconds": 60.0, **terms}
    )


def as_dict(found: Listing) -> dict[bytes, float]:
    assert (np.diff(found.values) >= 0).all()
    assert len({row.tobytes() for row in found.is_open}) == len(found.values)
    return {row.tobytes(): value for row, value in zip(found.is_open, found.values, strict=True)}


def limit_after(values: dict[bytes, float], n_plans: int) -> float:
    """A limit between two plans that are not equally good, which so many or a few more keep."""
    ordered = np.sort(list(values.values()))
    gaps = np.flatnonzero(np.diff(ordered) > 1e-9)
    last = gaps[gaps >= n_plans - 1][0]
    return float(ordered[last : last + 2].mean())


def assert_all_are_listed(problem: SitingProblem, objective: Objective, n_plans: int) -> None:
    values = every_plan(problem, objective)
    limit = limit_after(values, n_plans)
    found = listed(problem, objective, limit)
    assert found.is_complete
    assert found.complete_to == limit
    assert as_dict(found) == pytest.approx({key: each for key, each in values.items() if each <= limit})


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("objective", [MEAN, OUTSIDE], ids=["mean", "share"])
def test_where_many_are_to_be_opened_every_plan_within_the_limit_is_listed(
    seed: int, objective: Objective
) -> None:
    assert_all_are_listed(scattered(seed), objective, 20)


@pytest.mark.parametrize(
    ("name", "value"),
    [("MOST_WORK", 10), ("SETS_AT_FIRST", 1), ("ROWS_BEFORE_CLEARING", 0), ("MOST_LEFT", 0)],
)
def test_how_the_search_goes_on_changes_no_list(
    name: str, value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Little work or room for the compiled search, rows that are forgotten, or none but the tree."""
    monkeypatch.setattr(listing, name, value)
    assert_all_are_listed(scattered(4), MEAN, 25)
    assert_all_are_listed(scattered(5, n_options=8, n_open=3), MEAN, 12)


def test_a_tree_whose_solver_is_stopped_says_that_plans_may_be_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the tree's own clock it is never late, so it is the relaxation that ends the search."""
    monkeypatch.setattr(listing, "time", SimpleNamespace(perf_counter=lambda: 0.0))
    found = listed(scattered(1), MEAN, 100.0, time_limit_seconds=-1.0)
    assert (len(found.values), found.complete_to, found.is_complete) == (0, 0.0, False)


def test_a_plan_that_is_known_is_listed_in_its_place_and_once() -> None:
    problem = scattered(1)
    values = every_plan(problem, MEAN)
    limit = limit_after(values, 5)
    within = {key: value for key, value in values.items() if value <= limit}
    last = max(within, key=within.__getitem__)
    known = Draft(np.frombuffer(last, dtype=bool))

    def listed_with(**terms: float) -> Listing:
        return listed(problem, MEAN, limit, known=known, **terms)  # type: ignore[arg-type]

    assert as_dict(listed_with()) == pytest.approx(within)
    late = listed_with(time_limit_seconds=-1.0)
    assert as_dict(late) == pytest.approx({last: within[last]})
    assert not late.is_complete
    full = listed_with(most_plans=2)
    assert last in as_dict(full)
    assert {key for key, value in within.items() if value < full.complete_to - 1e-9} <= set(as_dict(full))
    assert not full.is_complete


def with_costs(n_options: int = 5) -> SitingProblem:
    """One of the options is opened; they cost 1, 2, 3, ... ."""
    sek = np.arange(1.0, n_options + 1)
    money = Resource("money", "budget", sek, np.empty(0), 0.0, np.inf, 1.0)
    return replace(scattered(1, n_options=n_options, n_open=1), money=money)


def test_a_list_by_cost_that_is_full_says_up_to_where_it_is_complete() -> None:
    problem = with_costs()
    whole = listed(problem, COST, 3.5)
    assert (whole.values.tolist(), whole.complete_to, whole.is_complete) == ([1, 2, 3], 3.5, True)
    full = listed(problem, COST, 3.5, most_plans=2)
    assert not full.is_complete
    assert full.values.tolist() == [1, 2][: len(full.values)]
    assert full.complete_to <= 3
    late = listed(problem, COST, 3.5, time_limit_seconds=-1.0)
    assert (len(late.values), late.is_complete) == (0, False)


@pytest.mark.parametrize("objective", [MEAN, COST], ids=["mean", "cost"])
def test_of_a_problem_without_a_plan_the_list_is_empty_and_complete(objective: Objective) -> None:
    impossible = replace(with_costs(12), mean_limits=(MeanLimit("limit", -1, 1e-3),))
    try:
        found = listed(impossible, objective, 100.0)
    except InfeasibleError:
        pytest.fail("an empty list is an answer")
    assert (found.is_open.shape, found.is_complete) == ((0, 12), True)
