"""The tree for plans with travelling teams: against the textbook model with every tour, and its bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.errors import InfeasibleError, TimeLimitError
from siting.optimise.objectives import Objective
from siting.optimise.problem import (
    CountRule,
    Resource,
    Service,
    SitingProblem,
    Support,
    TeamRules,
)
from siting.optimise.rulebook import broken_rules
from siting.optimise.solver import Solution, is_feasible, solve
from siting.plan import Status
from siting.scenario import StopRole, TeamRole
from siting.tours import possible_tours

SECONDS = 60.0
STANDARD = 20.0
WORST_SHARE = 0.25
MEASURES = (
    Objective("mean_minutes"),
    Objective("outside_standard", standard_minutes=STANDARD),
    Objective("worst_share_minutes", worst_share=WORST_SHARE),
    Objective("largest_minutes"),
    Objective("cost"),
)


def random_team_problem(
    seed: int, *, n_cells: int = 0, n_stops: int = 0, staff_binds: bool | None = None
) -> SitingProblem:
    """Two or three possible mains, up to five possible stops; a budget for some of them."""
    rng = np.random.default_rng(seed)
    n = n_cells or int(rng.integers(5, 12))
    n_mains, n_stops = int(rng.integers(2, 4)), n_stops or int(rng.integers(3, 6))
    m = n_mains + n_stops
    cells, places = rng.uniform(0, 70, (n, 2)), rng.uniform(0, 70, (m, 2))
    between = np.linalg.norm(places[:, None] - places[None, :], axis=2)
    travel = np.linalg.norm(cells[:, None] - places[None, :], axis=2)
    team = TeamRole(
        working_day_hours=float(rng.choice([4.0, 5.0, 7.0])), days_per_week=int(rng.integers(1, 3))
    )
    mains, stops = np.arange(n_mains), np.arange(n_mains, m)
    tours = possible_tours(
        between,
        between * rng.uniform(0.5, 2),
        bases=mains,
        stops=stops,
        stop=StopRole(session_hours=1.0, set_up_hours=0.25),
        team=team,
    )
    # Options: each main; each stop every week; each stop every other week.
    option_site = np.concatenate([mains, stops, stops])
    waiting = np.repeat([0.0, 3.0, 7.0], [n_mains, n_stops, n_stops])
    q = len(option_site)
    minutes = travel[:, option_site] + waiting
    staff = np.repeat([50.0, 0.0, 0.0], [n_mains, n_stops, n_stops])
    sek = np.repeat([1000.0, 20.0, 20.0], [n_mains, n_stops, n_stops])
    hours, kilometres = tours.minutes / 60, tours.kilometres.copy()
    none = np.full(m, -1)
    weekly, every_other, base = none.copy(), none.copy(), none.copy()
    weekly[stops], every_other[stops] = n_mains + np.arange(n_stops), n_mains + n_stops + np.arange(n_stops)
    base[mains] = mains
    binds = bool(rng.random() < 0.5) if staff_binds is None else staff_binds
    fallback = float(rng.uniform(30, 60)) if rng.random() < 0.5 else np.inf
    return SitingProblem(
        services=(
            Service("main", rng.uniform(0.1, 2, n), mains, minutes[:, mains]),
            Service("near", rng.uniform(0.1, 5, n), np.arange(q), minutes, fallback_minutes=fallback),
        ),
        option_site=option_site,
        counts=(
            CountRule("mains", mains, 1, int(rng.integers(1, n_mains + 1))),
            CountRule("stops", np.arange(n_mains, q), int(rng.integers(0, 3)), int(rng.integers(3, 6))),
        ),
        supports=(
            Support(
                "link",
                np.arange(n_mains, q),
                (between[option_site[n_mains:]][:, option_site] <= 50) & (np.arange(q) < n_mains),
            ),
        ),
        staff=Resource(
            "staff", "staff", staff, hours, 0.0, 50.0 + float(rng.uniform(4, 25)) if binds else 1e4, 10.0
        ),
        money=Resource("money", "money", sek, kilometres, 100.0, float(rng.uniform(1200, 3000)), 1000.0),
        teams=TeamRules(
            tours,
            weekly,
            every_other,
            base,
            int(rng.integers(0, 2)),
            int(rng.integers(1, 3)),
            team.days_per_week,
        ),
    )


class Textbook:
    """Every tour in each week is a variable, and every assignment."""

    def __init__(self, problem: SitingProblem, objective: Objective) -> None:
        assert problem.teams is not None
        self.problem, self.objective = problem, objective
        self.lp = pulp.LpProblem("textbook", pulp.LpMinimize)
        lp, tours = self.lp, problem.teams.tours
        self.y = [lp.add_variable(f"y_{q}", 0, 1, pulp.LpInteger) for q in range(problem.n_options)]
        self.runs = [
            [lp.add_variable(f"x_{week}_{r}", 0, 1, pulp.LpInteger) for r in range(len(tours))]
            for week in (0, 1)
        ]
        self.teams = {
            int(k): lp.add_variable(f"t_{k}", 0, problem.teams.most, pulp.LpInteger)
            for k in np.flatnonzero(problem.teams.base >= 0)
        }
        lp += self._measure()
        self._number_and_link()
        self._visit_stops()
        for resource in (problem.staff, problem.money):
            assert resource is not None
            lp += self._used(resource) <= resource.limit

    def _used(self, resource: Resource) -> pulp.LpAffineExpression:
        return (
            pulp.lpSum(float(amount) * y for amount, y in zip(resource.of_option, self.y, strict=True))
            + pulp.lpSum(float(resource.of_tour[r]) * x for week in self.runs for r, x in enumerate(week))
            + resource.of_team * pulp.lpSum(self.teams.values())
        )

    def _number_and_link(self) -> None:
        problem, y = self.problem, self.y
        for j in np.unique(problem.option_site):
            self.lp += pulp.lpSum(y[q] for q in np.flatnonzero(problem.option_site == j)) <= 1
        for count in problem.counts:
            self.lp += pulp.lpSum(y[q] for q in count.options) >= count.least
            self.lp += pulp.lpSum(y[q] for q in count.options) <= count.most
        for support in problem.supports:
            for q, supporters in zip(support.options, support.supporters, strict=True):
                self.lp += y[q] <= pulp.lpSum(y[p] for p in np.flatnonzero(supporters))

    def _visit_stops(self) -> None:
        teams = self.problem.teams
        assert teams is not None
        for j in np.flatnonzero(teams.weekly >= 0):
            through = np.flatnonzero((teams.tours.stops == j).any(axis=1))
            odd, even = (pulp.lpSum(week[r] for r in through) for week in self.runs)
            weekly, other = self.y[teams.weekly[j]], self.y[teams.every_other[j]]
            for week in (odd, even):
                self.lp += week >= weekly
                self.lp += week <= weekly + other
            self.lp += odd + even == 2 * weekly + other
        for k, number in self.teams.items():
            self.lp += number <= teams.most * self.y[teams.base[k]]
            for week in self.runs:
                mine = np.flatnonzero(teams.tours.base == k)
                self.lp += pulp.lpSum(week[r] for r in mine) <= teams.days_per_week * number
        self.lp += pulp.lpSum(self.teams.values()) >= teams.least
        self.lp += pulp.lpSum(self.teams.values()) <= teams.most

    def _measure(self) -> pulp.LpAffineExpression:
        """Assign every cell to one open option or to digital contact, and measure."""
        felt: list[tuple[float, pulp.LpAffineExpression]] = []
        for s, service in enumerate(self.problem.services):
            for i, (demand, row) in enumerate(zip(service.demand, service.minutes, strict=True)):
                costs = [float(t) for t in row]
                if self.objective.name == "outside_standard":
                    costs = [float(t > STANDARD) for t in row]
                x = [self.lp.add_variable(f"a_{s}_{i}_{k}", 0) for k in range(len(costs))]
                digital = self.lp.add_variable(
                    f"d_{s}_{i}", 0, None if np.isfinite(service.fallback_minutes) else 0
                )
                for k, q in enumerate(service.options):
                    self.lp += x[k] <= self.y[q]
                self.lp += pulp.lpSum(x) + digital == 1
                at_digital = service.fallback_minutes if np.isfinite(service.fallback_minutes) else 0.0
                if self.objective.name == "outside_standard":
                    at_digital = float(at_digital > STANDARD)
                felt.append((float(demand), pulp.lpDot(costs, x) + at_digital * digital))
        total = sum(demand for demand, _ in felt)
        if self.objective.name == "cost":
            assert self.problem.money is not None
            return self._used(self.problem.money)
        if self.objective.name == "largest_minutes":
            largest = self.lp.add_variable("largest", 0)
            for _, minutes in felt:
                self.lp += minutes <= largest
            return 1 * largest
        if self.objective.name == "worst_share_minutes":
            eta = self.lp.add_variable("eta", 0)
            above = [self.lp.add_variable(f"e_{k}", 0) for k in range(len(felt))]
            for each, (_, minutes) in zip(above, felt, strict=True):
                self.lp += each >= minutes - eta
            scale = 1 / (WORST_SHARE * total)
            return eta + pulp.lpSum(scale * demand * e for e, (demand, _) in zip(above, felt, strict=True))
        return pulp.lpSum((demand / total) * minutes for demand, minutes in felt)

    def best(self) -> float | None:
        """Optimum; None if there is no plan."""
        self.lp.solve(pulp.HiGHS(msg=False, threads=1, gapRel=1e-9))
        return float(pulp.value(self.lp.objective)) if self.lp.status == pulp.LpStatusOptimal else None


def solution_of(problem: SitingProblem, *objectives: Objective, seconds: float = SECONDS) -> Solution | None:
    try:
        return solve(problem, [(each, 0.0) for each in objectives], time_limit_seconds=seconds)
    except InfeasibleError:
        return None


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**7), st.sampled_from(MEASURES))
def test_the_textbook_model_with_all_tours_has_the_same_optimum(seed: int, objective: Objective) -> None:
    """Up to 8 sites and 13 options, more than the brute force goes through."""
    problem = random_team_problem(seed)
    solution, expected = solution_of(problem, objective), Textbook(problem, objective).best()
    if solution is None or expected is None:
        assert solution is None
        assert expected is None
        return
    stage = solution.stages[0]
    assert stage.status is Status.OPTIMAL
    assert stage.value == pytest.approx(expected, rel=1e-6, abs=1e-7)
    assert stage.bound == pytest.approx(expected, rel=1e-6, abs=1e-7)
    assert broken_rules(problem, solution.draft) == []


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**7))
def test_staff_that_is_short_makes_no_plan_better(seed: int) -> None:
    problem = random_team_problem(seed, staff_binds=True)
    assert problem.staff is not None
    free = replace(problem, staff=replace(problem.staff, limit=1e4))
    short, ample = (solution_of(each, MEASURES[0]) for each in (problem, free))
    if short is not None:
        assert ample is not None
        assert ample.stages[0].value <= short.stages[0].value * (1 + 1e-6)


def test_whether_there_is_any_plan_is_answered_as_by_the_textbook() -> None:
    verdicts = []
    for seed in range(30):
        problem = random_team_problem(seed, staff_binds=True)
        verdicts.append(is_feasible(problem))
        assert verdicts[-1] == (Textbook(problem, MEASURES[4]).best() is not None)
    assert 0 < sum(verdicts) < 30


def test_a_cost_kept_from_before_binds_the_tours_too() -> None:
    """Cheapest first: then nothing is left to make the mean shorter with but equally cheap plans."""
    n_solved = 0
    for seed in range(12):
        problem = random_team_problem(seed)
        solution = solution_of(problem, MEASURES[4], MEASURES[0])
        if solution is None:
            continue
        n_solved += 1
        assert problem.money is not None
        cheapest = Textbook(problem, MEASURES[4]).best()
        assert cheapest is not None
        assert solution.stages[0].value == pytest.approx(cheapest, rel=1e-6)
        limited = replace(problem, money=replace(problem.money, limit=cheapest * (1 + 1e-7)))
        mean = Textbook(limited, MEASURES[0]).best()
        assert solution.stages[1].value == pytest.approx(mean, rel=1e-5)
    assert n_solved >= 6


def test_a_search_stopped_by_its_time_keeps_a_bound_that_holds() -> None:
    """However early it is stopped, no plan is better than the bound, nor is the plan found."""
    n_stopped = 0
    for seed in range(4):
        problem = random_team_problem(seed, n_cells=30, n_stops=7)
        proven = solution_of(problem, MEASURES[0])
        if proven is None:
            continue
        best = proven.stages[0].value
        for seconds in (0.02, 0.05, 0.1, 0.2):
            try:
                solution = solution_of(problem, MEASURES[0], seconds=seconds)
            except TimeLimitError:
                n_stopped += 1
                continue
            assert solution is not None  # a plan exists; running out of time is no proof of none
            stage = solution.stages[0]
            n_stopped += stage.status is not Status.OPTIMAL
            assert stage.bound <= best * (1 + 1e-7)
            assert stage.value >= best * (1 - 1e-7)
            if stage.status is Status.OPTIMAL:
                assert stage.value == pytest.approx(best, rel=1e-6)
    assert n_stopped


def test_a_gap_that_is_allowed_is_kept() -> None:
    for seed in range(6):
        problem = random_team_problem(seed)
        proven = solution_of(problem, MEASURES[0])
        if proven is None:
            continue
        near = solve(problem, [(MEASURES[0], 0.0)], time_limit_seconds=SECONDS, relative_gap=0.1)
        stage = near.stages[0]
        assert stage.status is Status.OPTIMAL
        assert stage.bound >= stage.value * 0.9 * (1 - 1e-6)  # a share of the value
        assert stage.bound <= proven.stages[0].value * (1 + 1e-7)


def test_the_same_question_gives_the_same_plan() -> None:
    problem = random_team_problem(3)
    first, second = (solution_of(problem, MEASURES[0]) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.draft.fleet is not None
    assert second.draft.fleet is not None
    assert (first.draft.is_open == second.draft.is_open).all()
    assert first.draft.fleet.runs == second.draft.fleet.runs
