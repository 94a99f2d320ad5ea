"""The closed-form cuts: tight at the whole openings they are made for, valid at all others."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.optimise.cuts import (
    CutMaker,
    Row,
    cover_rows,
    least_visits_rows,
    mean_cuts,
    outside_cuts,
    tail_cuts,
    worst_threshold,
)
from siting.optimise.problem import EVERYWHERE, CoverRule, Service, SitingProblem

SEEDS = st.integers(0, 10**7)
ROUNDING = 1e-9
STANDARD = 6.0


def examples(count: int) -> settings:
    return settings(max_examples=count, deadline=None)


def random_service(
    rng: np.random.Generator, option_site: np.ndarray, name: str = "cells", n_cells: int = 0
) -> Service:
    """Whole minutes, so that there are ties; some cells without demand, some pairs without a way."""
    q = len(option_site)
    n = n_cells or int(rng.integers(1, 25))
    options = np.flatnonzero(rng.random(q) < 0.8)
    options = options if options.size else np.arange(q)
    minutes = rng.integers(0, 12, (n, len(options))).astype(float)
    minutes[rng.random(minutes.shape) < 0.15] = np.inf
    demand = rng.uniform(0, 3, n) * (rng.random(n) < 0.8)
    demand[0] = 1.0
    return Service(
        name,
        demand,
        options,
        minutes,
        fallback_minutes=float(rng.integers(3, 14)) if rng.random() < 0.5 else np.inf,
        area=rng.integers(0, 2, n),
    )


def random_sites(rng: np.random.Generator) -> np.ndarray:
    """Site of each option: two to five sites with one or two offers."""
    return np.repeat(np.arange(m := int(rng.integers(2, 6))), rng.integers(1, 3, m))


def random_openings(rng: np.random.Generator, option_site: np.ndarray, *, whole: bool) -> np.ndarray:
    """One offer a site at most; fractional ones sum to 1 a site at most."""
    opening = np.zeros(len(option_site))
    for j in np.unique(option_site):
        mine = np.flatnonzero(option_site == j)
        if whole:
            opening[rng.choice(mine)] = float(rng.random() < 0.5)
        else:
            opening[mine] = rng.dirichlet(np.ones(len(mine) + 1))[:-1] * (rng.random(len(mine)) < 0.8)
    return opening


def all_whole_openings(option_site: np.ndarray) -> list[np.ndarray]:
    """Every choice of one offer or none at each site."""
    ways = [[None, *np.flatnonzero(option_site == j)] for j in np.unique(option_site)]
    found = []
    for chosen in itertools.product(*ways):
        opening = np.zeros(len(option_site))
        opening[[q for q in chosen if q is not None]] = 1.0
        found.append(opening)
    return found


def felt_minutes(service: Service, opening: np.ndarray) -> np.ndarray:
    """Minutes of each cell one by one; without a place or digital contact, those of its last resort."""
    felt = []
    for row in service.minutes:
        there = [t for t, q in zip(row, service.options, strict=True) if opening[q] > 0.5]
        reached = [t for t in row if np.isfinite(t)]
        last = max(reached, default=0.0) if np.isinf(service.fallback_minutes) else service.fallback_minutes
        felt.append(min([*there, last]))
    return np.array(felt)


def counted(service: Service) -> np.ndarray:
    """Demand of the cells that something can serve."""
    is_reached = np.isfinite(service.minutes).any(axis=1) | np.isfinite(service.fallback_minutes)
    return np.where(is_reached, service.demand, 0.0)


def value_at(maker: CutMaker, made_for: np.ndarray, opening: np.ndarray, area: int = EVERYWHERE) -> float:
    """Say what the cuts made for some openings give at others, summed over an area's groups."""
    constant, slope = maker.cuts_at(made_for)
    of_area = (maker.group_area == area) | (area == EVERYWHERE)
    return float((constant - slope @ opening[maker.options])[of_area].sum())


@examples(70)
@given(SEEDS)
def test_cuts_of_the_mean_are_tight_where_made_and_valid_elsewhere(seed: int) -> None:
    rng = np.random.default_rng(seed)
    option_site = random_sites(rng)
    service = random_service(rng, option_site)
    demand = counted(service)
    weight = 1 / service.demand.sum()
    maker = mean_cuts(service, option_site, weight, by_area=True)
    whole, fractional = (random_openings(rng, option_site, whole=each) for each in (True, False))
    for area in (0, 1, EVERYWHERE):
        mine = demand * weight * ((service.area == area) | (area == EVERYWHERE))
        assert maker.weight_of(area) == pytest.approx(mine.sum())
        assert value_at(maker, whole, whole, area) == pytest.approx(mine @ felt_minutes(service, whole))
        for other in all_whole_openings(option_site):
            truth = mine @ felt_minutes(service, other)
            assert value_at(maker, whole, other, area) <= truth + ROUNDING
            assert value_at(maker, fractional, other, area) <= truth + ROUNDING


@examples(100)
@given(SEEDS)
def test_cuts_of_the_share_outside_are_tight_where_made_and_valid_elsewhere(seed: int) -> None:
    rng = np.random.default_rng(seed)
    option_site = random_sites(rng)
    service = random_service(rng, option_site)
    weight = 1 / service.demand.sum()
    maker = outside_cuts(service, option_site, weight, STANDARD)

    def outside(opening: np.ndarray) -> float:
        best = service.best_minutes(opening > 0.5)
        return float(weight * service.demand[best > STANDARD].sum())

    whole, fractional = (random_openings(rng, option_site, whole=each) for each in (True, False))
    assert value_at(maker, whole, whole) == pytest.approx(outside(whole))
    for other in all_whole_openings(option_site):
        assert value_at(maker, whole, other) <= outside(other) + ROUNDING
        assert value_at(maker, fractional, other) <= outside(other) + ROUNDING


def worst_mean(felt: np.ndarray, demand: np.ndarray, share: float) -> float:
    """Mean minutes of the worst share of the visits, one visit after the other."""
    left = whole = share * demand.sum()
    total = 0.0
    for minutes, visits in sorted(zip(felt, demand, strict=True), reverse=True):
        total += minutes * min(visits, left)
        left -= min(visits, left)
    return total / whole


@examples(50)
@given(SEEDS, st.sampled_from([0.05, 0.3, 0.5, 1.0]))
def test_cuts_of_the_worst_share_are_tight_where_made_and_valid_elsewhere(seed: int, share: float) -> None:
    """At any openings and any threshold the cuts stay below what lies above it, two services together."""
    rng = np.random.default_rng(seed)
    option_site = random_sites(rng)
    services = [random_service(rng, option_site, name) for name in ("main", "near")]
    demand = np.concatenate([counted(each) for each in services])
    if not demand.sum():
        return
    weight = 1 / demand.sum()
    makers = tuple(mean_cuts(each, option_site, weight, by_area=False) for each in services)
    scale = 1 / share  # of weights that sum to 1

    def below(made_for: np.ndarray, at: float, opening: np.ndarray, threshold: float) -> float:
        total = threshold
        for maker in makers:
            if maker.n_groups:
                constant, slope, part = tail_cuts(maker, made_for, at, scale)
                above = constant - slope @ opening[maker.options] - part * threshold
                total += float(np.maximum(above, 0.0).sum())
        return total

    def felt(opening: np.ndarray) -> np.ndarray:
        return np.concatenate([felt_minutes(each, opening) for each in services])

    whole, fractional = (random_openings(rng, option_site, whole=each) for each in (True, False))
    threshold = worst_threshold(makers, whole, share)
    assert below(whole, threshold, whole, threshold) == pytest.approx(worst_mean(felt(whole), demand, share))
    for other in all_whole_openings(option_site)[:60]:
        minutes = felt(other)
        for eta in (0.0, threshold, float(rng.uniform(0, 12))):
            truth = eta + scale * weight * float(demand @ np.maximum(minutes - eta, 0.0))
            assert below(whole, threshold, other, eta) <= truth + ROUNDING
            assert below(fractional, threshold, other, eta) <= truth + ROUNDING


def test_the_worst_threshold_is_the_minutes_that_the_share_lies_above() -> None:
    """Visits at 1, 2, ..., 10 minutes: the worst fifth lies at 9 and 10."""
    service = Service("cells", np.ones(10), np.array([0]), np.arange(1.0, 11)[:, None])
    maker = mean_cuts(service, np.array([0]), 0.1, by_area=False)
    assert worst_threshold((maker,), np.ones(1), 0.2) == 9
    assert worst_threshold((maker,), np.ones(1), 1.0) == 1


# --- rows on openings alone ---


def misses(row: Row, opening: np.ndarray) -> float:
    return row.shortfall(opening, np.empty(0))


@examples(100)
@given(SEEDS)
def test_rows_of_a_cover_hold_for_every_cover_and_are_violated_where_one_is_missed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    option_site = random_sites(rng)
    sets = rng.random((int(rng.integers(1, 6)), len(option_site))) < 0.5
    rule = CoverRule("cover", sets)
    made_for = random_openings(rng, option_site, whole=bool(rng.random() < 0.5))
    rows = cover_rows(rule, made_for, 1e-6)
    assert bool(rows) == bool((sets @ made_for < 1 - 1e-6).any())
    assert all(misses(row, made_for) > 1e-6 for row in rows)
    for other in all_whole_openings(option_site):
        if sets[:, other > 0.5].any(axis=1).all():
            assert all(misses(row, other) <= ROUNDING for row in rows)


def test_the_sets_missed_most_come_first_and_not_too_many_at_a_time() -> None:
    sets = np.eye(60, dtype=bool)
    rows = cover_rows(CoverRule("cover", sets), np.linspace(0, 0.9, 60), 1e-6)
    assert 1 <= len(rows) < 60
    assert [int(row.options[0]) for row in rows] == list(range(len(rows)))


def visits_by_option(problem: SitingProblem, opening: np.ndarray) -> np.ndarray:
    """Visits that go to each open option, cell by cell: of equals the site first in the table."""
    loads = np.zeros(problem.n_options)
    for service in problem.services:
        for demand, row in zip(service.demand, service.minutes, strict=True):
            there = [
                (t, problem.option_site[q], q)
                for t, q in zip(row, service.options, strict=True)
                if opening[q] > 0.5 and np.isfinite(t)
            ]
            if there and min(there)[0] <= service.fallback_minutes:
                loads[min(there)[2]] += demand
    return loads


@examples(80)
@given(SEEDS)
def test_rows_of_least_visits_hold_for_every_plan_that_keeps_them_and_are_violated_where_broken(
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    option_site = random_sites(rng)
    services = tuple(random_service(rng, option_site, name) for name in ("main", "near"))
    total = sum(each.demand.sum() for each in services)
    least = rng.uniform(0, 0.6, len(option_site)) * total * (rng.random(len(option_site)) < 0.7)
    problem = SitingProblem(services, option_site, least_visits=least)

    def is_kept(opening: np.ndarray) -> bool:
        loads = visits_by_option(problem, opening)
        return bool((loads >= least - ROUNDING)[opening > 0.5].all())

    everything = all_whole_openings(option_site)
    rows = least_visits_rows(problem, random_openings(rng, option_site, whole=False), 1e-6)
    for opening in everything[:40]:
        at_opening = least_visits_rows(problem, opening, 1e-6)
        assert bool(at_opening) != is_kept(opening)
        assert all(misses(row, opening) > 1e-6 for row in at_opening)
        rows += at_opening
    for opening in everything:
        if is_kept(opening):
            assert all(misses(row, opening) <= 1e-7 for row in rows)


def test_without_least_visits_there_are_no_rows_of_them() -> None:
    service = Service("cells", np.ones(1), np.array([0]), np.ones((1, 1)))
    assert least_visits_rows(SitingProblem((service,), np.array([0])), np.ones(1), 0.0) == []


# --- what stands for the assignments ---


def test_many_cells_share_as_many_thetas_as_there_are_sites() -> None:
    rng = np.random.default_rng(1)
    service = Service("cells", np.ones(500), np.arange(7), rng.uniform(0, 60, (500, 7)))
    assert mean_cuts(service, np.arange(7), 1 / 500, by_area=False).n_groups == 7


def test_with_a_limit_by_municipality_no_theta_speaks_of_two_of_them() -> None:
    rng = np.random.default_rng(1)
    area = rng.integers(0, 3, 500)
    service = Service("cells", np.ones(500), np.arange(7), rng.uniform(0, 60, (500, 7)), area=area)
    maker = mean_cuts(service, np.arange(7), 1.0, by_area=True)
    assert maker.n_groups == 21
    assert [maker.weight_of(each) for each in range(3)] == np.bincount(area).tolist()


def test_cells_without_demand_or_way_are_left_out() -> None:
    service = Service("cells", np.array([1.0, 0.0, 1.0]), np.array([0]), np.array([[1.0], [1.0], [np.inf]]))
    maker = mean_cuts(service, np.array([0]), 1.0, by_area=False)
    assert (maker.n_groups, maker.weight.tolist()) == (1, [1.0])
    digital = mean_cuts(replace(service, fallback_minutes=5.0), np.array([0]), 1.0, by_area=False)
    assert digital.weight.sum() == 2


def test_cells_that_the_same_options_cover_are_one_row_of_the_share_outside() -> None:
    minutes = np.repeat(np.array([[1.0, 9.0], [9.0, 1.0], [9.0, 9.0]]), 50, axis=0)
    service = Service("cells", np.ones(150), np.arange(2), minutes)
    assert sorted(outside_cuts(service, np.arange(2), 1.0, 5.0).weight) == [50, 50, 50]
