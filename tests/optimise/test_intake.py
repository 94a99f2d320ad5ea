"""The joint intake: its transport problem, the cuts that its prices give, and the plan that it leads to."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pulp
import pytest
import toy
from brute import random_choice, random_region
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from test_brute_force import plan_or_none

from siting import study
from siting.errors import InfeasibleError, SolveError
from siting.optimise.cuts import Row
from siting.optimise.intake import IntakeModel, all_pairs, intake_model
from siting.optimise.model import Kept
from siting.optimise.objectives import Objective
from siting.optimise.problem import (
    EVERYWHERE,
    CountRule,
    MeanLimit,
    Service,
    ShareLimit,
    SitingProblem,
)
from siting.optimise.rulebook import broken_rules
from siting.optimise.solver import solve
from siting.plan import Status
from siting.region import Region
from siting.scenario import LeastVisits

SEEDS = st.integers(0, 10**7)
STANDARD = 20.0
OUTSIDE = Objective("outside_standard", standard_minutes=STANDARD)
MEAN = Objective("mean_minutes")
THETA = 0
UNIT = 16.0


def examples(count: int) -> settings:
    return settings(max_examples=count, deadline=None)


def random_problem(
    seed: int, *, n_cells: int = 0, n_sites: int = 0, limits: float = 0.4, room: float = 1.2
) -> SitingProblem:
    """Two services, one or two offers a site; room for some part of the visits."""
    rng = np.random.default_rng(seed)
    n, m = n_cells or int(rng.integers(2, 8)), n_sites or int(rng.integers(2, 5))
    option_site = np.repeat(np.arange(m), rng.integers(1, 3, m))
    q = len(option_site)
    points, places = rng.uniform(0, 50, (n, 2)), rng.uniform(0, 50, (m, 2))
    travel = np.linalg.norm(points[:, None] - places[None, :], axis=2)
    travel[rng.random(travel.shape) < 0.1] = np.inf
    minutes = travel[:, option_site] + rng.uniform(0, 8, q)
    mains = np.flatnonzero(rng.random(q) < 0.6)
    services = tuple(
        Service(
            name,
            rng.uniform(0.1, 5, n) * (rng.random(n) < 0.9) + 1e-3,
            options,
            minutes[:, options],
            fallback_minutes=float(rng.uniform(25, 70)),
            area=rng.integers(0, 2, n),
        )
        for name, options in (("main", mains), ("near", np.arange(q)))
    )
    total = sum(float(each.demand.sum()) for each in services)
    mean_limits = [
        MeanLimit("limit", area, float(rng.uniform(15, 45)), name)
        for area, name in ((EVERYWHERE, ""), (0, ""), (1, "main"))
        if rng.random() < limits
    ]
    share = (ShareLimit("share", float(rng.uniform(0, 0.6)), STANDARD),) if rng.random() < limits else ()
    return SitingProblem(
        services,
        option_site,
        counts=(CountRule("number", np.arange(q), 1, max(1, m - 1)),),
        mean_limits=tuple(mean_limits),
        share_limits=share,
        capacity=rng.uniform(0.1, 1.0, q) * total * room / 2,
    )


def kept_before(seed: int) -> tuple[Kept, ...]:
    """Now and then an objective optimised before."""
    rng = np.random.default_rng([seed, 1])
    choices: list[tuple[Kept, ...]] = [
        (),
        (Kept(MEAN, float(rng.uniform(15, 50))),),
        (Kept(OUTSIDE, float(rng.uniform(0.3, 1))),),
    ]
    return choices[rng.integers(0, 3)]


# --- the transport problem, stated a second time ---


@dataclass(frozen=True)
class Ways:
    """Every visit that could be sent: from a row of a service to an open option, or digitally (-1)."""

    service: np.ndarray
    row: np.ndarray
    option: np.ndarray
    minutes: np.ndarray
    area: np.ndarray


def ways_of(problem: SitingProblem, is_open: np.ndarray) -> Ways:
    found: list[tuple[int, int, int, float, int]] = []
    for s, service in enumerate(problem.services):
        area = np.zeros(len(service.demand), dtype=int) if service.area is None else service.area
        for i in range(len(service.demand)):
            found.append((s, i, -1, service.fallback_minutes, int(area[i])))
            for k, q in enumerate(service.options):
                if is_open[q] and np.isfinite(service.minutes[i, k]):
                    found.append((s, i, int(q), float(service.minutes[i, k]), int(area[i])))
    return Ways(*(np.array(column) for column in zip(*found, strict=True)))


def own_value(
    problem: SitingProblem, objective: Objective, kept: tuple[Kept, ...], is_open: np.ndarray
) -> tuple[float, float]:
    """Value of the best intake, and the least sum by which limits are broken (minutes or visits a year)."""
    ways = ways_of(problem, is_open)
    total = problem.total_demand()
    outside = (ways.minutes > STANDARD).astype(float)
    everyone = np.array(
        [
            (ways.service == s) & (ways.row == i)
            for s, service in enumerate(problem.services)
            for i in range(len(service.demand))
        ],
        dtype=float,
    )
    demand = np.concatenate([service.demand for service in problem.services])
    assert problem.capacity is not None
    room = [((ways.option == q).astype(float), problem.capacity[q]) for q in np.flatnonzero(is_open)]
    limits = []
    for limit in problem.mean_limits:
        felt = (ways.area == limit.area) | (limit.area == EVERYWHERE)
        if limit.service:
            names = np.array([service.name for service in problem.services])
            felt &= names[ways.service] == limit.service
        visits = sum(
            float(service.demand[(service.area == limit.area) | (limit.area == EVERYWHERE)].sum())
            for service in problem.services
            if limit.service in {"", service.name}
        )
        limits.append((np.where(felt, ways.minutes, 0.0), limit.minutes * visits))
    limits += [(outside, (1 - share.share) * total) for share in problem.share_limits]
    for each in kept:
        measured = ways.minutes if each.objective.name == "mean_minutes" else outside
        limits.append((measured, each.limit * total))
    costs = (ways.minutes if objective.name == "mean_minutes" else outside) / total

    def minimum(costs: np.ndarray, slack: int) -> float:
        rows = [np.append(row, np.zeros(slack)) for row, _ in room]
        rows += [np.append(row, -np.eye(slack)[k] if slack else []) for k, (row, _) in enumerate(limits)]
        answer = linprog(
            costs,
            A_ub=np.array(rows) if rows else None,
            b_ub=[most for _, most in (*room, *limits)] if rows else None,
            A_eq=np.hstack([everyone, np.zeros((len(everyone), slack))]),
            b_eq=demand,
        )
        return np.inf if answer.status == 2 else float(answer.fun)

    missing = minimum(np.append(np.zeros(len(ways.minutes)), np.ones(len(limits))), len(limits))
    return minimum(costs, 0), missing


def all_openings(problem: SitingProblem) -> list[np.ndarray]:
    ways = [[None, *np.flatnonzero(problem.option_site == j)] for j in np.unique(problem.option_site)]
    found = []
    for chosen in itertools.product(*ways):
        is_open = np.zeros(problem.n_options, dtype=bool)
        is_open[[q for q in chosen if q is not None]] = True
        found.append(is_open)
    return found


def bound_of(row: Row, is_open: np.ndarray) -> float:
    """What a cut says that theta, or 0 where it has none, is at least."""
    return row.lower - float(row.slopes @ is_open[row.options].astype(float))


def scale_of(objective: Objective) -> float:
    return UNIT if objective.name == "mean_minutes" else 1.0


@examples(60)
@given(SEEDS, st.sampled_from([MEAN, OUTSIDE]))
def test_the_intake_is_the_optimum_of_the_transport_problem(seed: int, objective: Objective) -> None:
    problem, is_any = random_problem(seed), np.random.default_rng(seed)
    kept = kept_before(seed)
    is_open = all_openings(problem)[int(is_any.integers(0, len(all_openings(problem))))]
    answer = intake_model(problem, objective, kept, UNIT).answer(is_open)
    value, missing = own_value(problem, objective, kept, is_open)
    if answer.missing > 0:
        assert missing == pytest.approx(answer.missing, rel=1e-6)
        return
    assert missing == pytest.approx(0, abs=1e-6)
    assert answer.value * scale_of(objective) == pytest.approx(value, rel=1e-7, abs=1e-9)
    require_every_visit_is_sent_where_there_is_room(problem, answer.sent, is_open)


def require_every_visit_is_sent_where_there_is_room(
    problem: SitingProblem, sent: Any, is_open: np.ndarray
) -> None:
    assert problem.capacity is not None
    assert (sent.visits > 0).all()
    for s, service in enumerate(problem.services):
        mine = sent.service == s
        served = np.bincount(sent.row[mine], weights=sent.visits[mine], minlength=len(service.demand))
        np.testing.assert_allclose(served, service.demand, rtol=1e-6)
        assert set(sent.option[mine]) <= {-1, *service.options[is_open[service.options]]}
    placed = sent.option >= 0
    load = np.bincount(sent.option[placed], weights=sent.visits[placed], minlength=problem.n_options)
    assert (load <= problem.capacity * (1 + 1e-7)).all()


def require_tight_and_valid(
    problem: SitingProblem, model: IntakeModel, objective: Objective, kept: tuple[Kept, ...]
) -> int:
    """Cut at every whole opening, and hold each cut against all of them; how many say what is missing."""
    openings = all_openings(problem)
    truths = [own_value(problem, objective, kept, is_open) for is_open in openings]
    scale, n_missing = scale_of(objective), 0
    for is_open, (value, missing) in zip(openings, truths, strict=True):
        answer = model.answer(is_open)
        row = model.row(answer, is_open, theta=THETA)
        if answer.missing > 0:
            n_missing += 1
            assert row.columns == ()
            assert bound_of(row, is_open) == pytest.approx(missing, rel=1e-6, abs=1e-7)
            for other, (_, other_missing) in zip(openings, truths, strict=True):
                assert bound_of(row, other) <= other_missing + 1e-6
        else:
            assert row.columns == ((THETA, 1.0),)
            assert bound_of(row, is_open) * scale == pytest.approx(value, rel=1e-6, abs=1e-7)
            for other, (other_value, _) in zip(openings, truths, strict=True):
                assert bound_of(row, other) * scale <= other_value + 1e-6
    return n_missing


@examples(25)
@given(SEEDS, st.sampled_from([MEAN, OUTSIDE]))
def test_a_cut_of_the_intake_is_tight_where_made_and_valid_elsewhere(seed: int, objective: Objective) -> None:
    problem = random_problem(seed, n_sites=3)
    kept = kept_before(seed)
    require_tight_and_valid(problem, intake_model(problem, objective, kept, UNIT), objective, kept)


def test_where_limits_cannot_be_kept_the_cut_says_by_how_much() -> None:
    """Ten visits on the doorstep of a place for four, the others 50 minutes from digital contact."""
    service = Service("near", np.array([10.0]), np.array([0, 1]), np.array([[0.0, 10.0]]), 50.0)
    limit = MeanLimit("limit", EVERYWHERE, 20.0)
    problem = SitingProblem(
        (service,), np.array([0, 1]), mean_limits=(limit,), capacity=np.array([4.0, 100.0])
    )
    model = intake_model(problem, MEAN, (), UNIT)
    only_first, both = np.array([True, False]), np.array([True, True])
    answer = model.answer(only_first)
    assert answer.missing == pytest.approx(6 * 50 - 10 * 20)
    row = model.row(answer, only_first, theta=THETA)
    assert bound_of(row, only_first) == pytest.approx(100)
    assert bound_of(row, both) <= 0
    assert require_tight_and_valid(problem, model, MEAN, ()) == 2  # and with nothing open
    with_both = model.answer(both)
    assert (with_both.missing, with_both.value * UNIT) == (0, pytest.approx(6.0))


@examples(30)
@given(SEEDS)
def test_cuts_of_any_prices_at_any_fractional_openings_are_valid(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(seed, limits=0.0, n_sites=3)
    model = intake_model(problem, MEAN, (), UNIT)
    opening = rng.random(problem.n_options) * (rng.random(problem.n_options) < 0.8)
    prices = rng.exponential(0.02, problem.n_options) * (rng.random(problem.n_options) < 0.7)
    for room_price in (prices, model.coarse_prices(opening)):
        row = model.row_at(opening, room_price, np.zeros(0), theta=THETA)
        for other in all_openings(problem):
            value, _ = own_value(problem, MEAN, (), other)
            assert bound_of(row, other) * UNIT <= value + 1e-7


def test_a_place_that_is_no_better_than_digital_contact_is_never_used() -> None:
    service = Service(
        "near", np.array([1.0, 0.0]), np.array([0, 1]), np.array([[5.0, 20.0], [1.0, 1.0]]), 20.0
    )
    pairs = all_pairs(SitingProblem((service,), np.array([0, 1]), capacity=np.ones(2)))
    assert pairs.minutes.tolist() == [[5.0, np.inf]]  # nor is there anybody in the second cell


def test_an_intake_without_capacity_is_refused() -> None:
    service = Service("near", np.ones(1), np.array([0]), np.ones((1, 1)), 20.0)
    with pytest.raises(SolveError, match="capacity is not kept"):
        intake_model(SitingProblem((service,), np.array([0])), MEAN, (), 1.0)


# --- where there is room for everybody ---


@pytest.mark.parametrize("objective", ["mean_minutes", "within_standard", "cost"])
def test_where_capacity_does_not_bind_the_toys_plan_is_the_same(toy_folder: Path, objective: str) -> None:
    def run(*, with_capacity: bool) -> study.Outcome:
        return study.run(
            toy.write_scenario(
                toy_folder,
                choice={
                    "n_main": 1,
                    "n_satellites": {"minimum": 1, "maximum": 2},
                    "objectives": [objective],
                    "standard_minutes": 10,
                    "with_capacity": with_capacity,
                },
                access={"waiting_minutes_per_day": 5, "digital_minutes": {"main": 45, "near": 35}},
                roles={
                    "main": {"visits_per_open_hour": 50},
                    "satellite": {"visits_per_open_hour": 50, "days_per_week": [1, 5]},
                },
            )
        )

    bound, free = run(with_capacity=True), run(with_capacity=False)
    # Ties are settled without capacity only: the plans may differ, their worth may not.
    assert len(bound.plan.open_sites) == len(free.plan.open_sites)
    assert bound.plan.objectives[0].value == pytest.approx(free.plan.objectives[0].value, rel=1e-6)
    assert bound.plan.intake is not None
    assert free.plan.intake is None


def with_room_for_all(region: Region) -> Region:
    """A hundred visits in every open hour."""
    roles = region.roles
    wide = {"visits_per_open_hour": 100.0}
    return replace(
        region,
        roles=roles.model_copy(
            update={
                "main": roles.main.model_copy(update=wide),
                "satellite": roles.satellite.model_copy(update=wide),
                "stop": roles.stop.model_copy(update={"visits_per_session_hour": 100.0}),
            }
        ),
    )


@examples(25)
@given(SEEDS, st.booleans())
def test_where_capacity_does_not_bind_the_optimum_of_a_random_region_is_the_same(
    seed: int, teams: bool
) -> None:
    """Least visits look at the best places with capacity, too; they are left out for their ties."""
    region = with_room_for_all(random_region(seed, teams=teams, capacity=True))
    choice = random_choice(seed, region, teams=teams, capacity=True)
    choice = choice.model_copy(update={"least_visits_per_year": LeastVisits()})
    bound = plan_or_none(region, choice)
    free = plan_or_none(region, choice.model_copy(update={"with_capacity": False}))
    assert (bound is None) == (free is None)
    if bound is not None and free is not None:
        for with_capacity, without in zip(bound.objectives, free.objectives, strict=True):
            assert with_capacity.bound == pytest.approx(without.bound, rel=1e-6, abs=1e-6)


# --- the textbook model, with a variable for each assignment ---


def textbook(problem: SitingProblem) -> float | None:
    """Least mean minutes by the model of every textbook; None if there is no plan."""
    assert problem.capacity is not None
    lp = pulp.LpProblem("textbook", pulp.LpMinimize)
    y = [lp.add_variable(f"y_{q}", 0, 1, pulp.LpInteger) for q in range(problem.n_options)]
    ways = ways_of(problem, np.ones(problem.n_options, dtype=bool))
    x = [lp.add_variable(f"x_{k}", 0) for k in range(len(ways.minutes))]
    lp += pulp.lpSum(minutes * x[k] for k, minutes in enumerate(ways.minutes)) * (1 / problem.total_demand())
    of_row: dict[tuple[int, int], list[int]] = {}
    of_option: dict[int, list[int]] = {}
    for k, (s, i, q) in enumerate(zip(ways.service, ways.row, ways.option, strict=True)):
        of_row.setdefault((int(s), int(i)), []).append(k)
        of_option.setdefault(int(q), []).append(k)
    for (s, i), mine in of_row.items():
        demand = float(problem.services[s].demand[i])
        lp += pulp.lpSum(x[k] for k in mine) == demand
        for k in mine:
            if ways.option[k] >= 0:
                lp += x[k] <= demand * y[ways.option[k]]
    for q in range(problem.n_options):
        lp += pulp.lpSum(x[k] for k in of_option.get(q, [])) <= float(problem.capacity[q]) * y[q]
    for j in np.unique(problem.option_site):
        lp += pulp.lpSum(y[q] for q in np.flatnonzero(problem.option_site == j)) <= 1
    for count in problem.counts:
        lp += pulp.lpSum(y[q] for q in count.options) >= count.least
        lp += pulp.lpSum(y[q] for q in count.options) <= count.most
    for limit in problem.mean_limits:
        felt = [k for k, area in enumerate(ways.area) if limit.area in {EVERYWHERE, area}]
        if limit.service:
            felt = [k for k in felt if problem.services[ways.service[k]].name == limit.service]
        visits = sum(
            float(problem.services[s].demand[i])
            for s, i in {(int(ways.service[k]), int(ways.row[k])) for k in felt}
        )
        lp += pulp.lpSum(float(ways.minutes[k]) * x[k] for k in felt) <= limit.minutes * visits
    for share in problem.share_limits:
        outside = pulp.lpSum(x[k] for k, minutes in enumerate(ways.minutes) if minutes > STANDARD)
        lp += outside <= (1 - share.share) * problem.total_demand()
    lp.solve(pulp.HiGHS(msg=False, threads=1, gapRel=1e-9))
    return float(pulp.value(lp.objective)) if lp.status == pulp.LpStatusOptimal else None


@examples(25)
@given(SEEDS)
def test_the_textbook_model_with_assignments_has_the_same_optimum(seed: int) -> None:
    """Up to 12 cells and 8 sites of one or two offers, beyond the brute force, with half the room needed."""
    rng = np.random.default_rng([seed, 2])
    problem = random_problem(
        seed, n_cells=int(rng.integers(6, 13)), n_sites=int(rng.integers(4, 9)), limits=0.25, room=0.5
    )
    most = int(rng.integers(2, 5))
    problem = replace(problem, counts=(CountRule("number", np.arange(problem.n_options), 1, most),))
    expected = textbook(problem)
    try:
        solution = solve(problem, [(MEAN, 0.0)], time_limit_seconds=60.0)
    except InfeasibleError:
        assert expected is None
        return
    assert expected is not None
    stage = solution.stages[0]
    assert stage.status is Status.OPTIMAL
    assert stage.value == pytest.approx(expected, rel=1e-6)
    assert stage.bound == pytest.approx(expected, rel=1e-6)
    assert broken_rules(problem, solution.draft) == []


def test_capacity_that_binds_makes_the_mean_longer() -> None:
    tighter, n_longer = (1.0, 0.6, 0.3), 0
    for seed in range(8):
        problem = random_problem(seed, limits=0.0, room=1.0)
        assert problem.capacity is not None
        means = [
            solve(
                replace(problem, capacity=problem.capacity * factor), [(MEAN, 0.0)], time_limit_seconds=20.0
            )
            .stages[0]
            .value
            for factor in tighter
        ]
        assert means == sorted(means)
        n_longer += means[0] < means[-1] - 1e-6
    assert n_longer == 8
