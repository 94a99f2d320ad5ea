"""p-median, coverage and p-center: by hand, by brute force, and against published optima."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

import siting
from siting.errors import ArrayError, InfeasibleError
from siting.plan import Status

ONES = np.ones(25)
PMED = Path(__file__).parent.parent / "data" / "pmed.txt"


@pytest.mark.parametrize(("n_sites", "steps"), [(1, 60), (2, 52), (3, 44), (4, 36)])
def test_p_median_of_the_toy_is_the_one_worked_out_by_hand(n_sites: int, steps: int) -> None:
    result = siting.p_median(toy.toy_minutes(), ONES, n_sites)
    assert result.objective == pytest.approx(10 * steps)
    assert result.bound == result.objective
    assert result.gap == 0
    assert result.status is Status.OPTIMAL
    assert 1 in result.sites  # B, the centre


def test_coverage_and_center_of_the_toy_are_those_worked_out_by_hand() -> None:
    coverage = siting.max_coverage(toy.toy_minutes(), ONES, 2, standard_minutes=10)
    assert coverage.objective == 8
    center = siting.p_center(toy.toy_minutes(), 1)
    assert (center.objective, center.sites) == (40, (1,))
    assert siting.p_center(toy.toy_minutes(), 2).objective == 40


def test_within_the_standard_means_at_most() -> None:
    minutes = np.array([[10.0], [10.0000001]])
    assert siting.max_coverage(minutes, [1, 1], 1, standard_minutes=10).objective == 1


def random_county(seed: int, *, whole: bool, holes: bool) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n, m = rng.integers(2, 25), rng.integers(2, 7)
    minutes = rng.integers(0, 8, (n, m)) * 10.0 if whole else rng.uniform(0, 60, (n, m))
    if holes:
        minutes[rng.random((n, m)) < 0.2] = np.inf
    demand = rng.uniform(0, 5, n)
    demand[rng.random(n) < 0.2] = 0
    demand[0] = 1
    return minutes, demand


counties = st.builds(random_county, st.integers(0, 10**6), whole=st.booleans(), holes=st.booleans())


def every_choice(m: int, n_sites: int) -> list[list[int]]:
    return [list(sites) for sites in itertools.combinations(range(m), n_sites)]


@settings(max_examples=80, deadline=None)
@given(counties, st.integers(1, 6))
def test_brute_force_finds_no_better_median(county: tuple[np.ndarray, np.ndarray], n_sites: int) -> None:
    minutes, demand = county
    n_sites = min(n_sites, minutes.shape[1])
    felt = demand > 0
    best = min(
        demand[felt] @ minutes[np.ix_(felt, sites)].min(axis=1)
        for sites in every_choice(minutes.shape[1], n_sites)
    )
    if np.isinf(best):
        with pytest.raises(InfeasibleError):
            siting.p_median(minutes, demand, n_sites)
        return
    result = siting.p_median(minutes, demand, n_sites)
    assert result.objective == pytest.approx(best, rel=1e-9)
    assert result.status is Status.OPTIMAL
    assert len(result.sites) == n_sites


@settings(max_examples=60, deadline=None)
@given(counties, st.integers(1, 6), st.sampled_from([10.0, 20.0, 35.5]))
def test_brute_force_finds_no_better_coverage(
    county: tuple[np.ndarray, np.ndarray], n_sites: int, standard: float
) -> None:
    minutes, demand = county
    n_sites = min(n_sites, minutes.shape[1])
    best = max(
        demand[(minutes[:, sites] <= standard).any(axis=1)].sum()
        for sites in every_choice(minutes.shape[1], n_sites)
    )
    result = siting.max_coverage(minutes, demand, n_sites, standard)
    assert result.objective == pytest.approx(best, rel=1e-9, abs=1e-12)
    assert result.gap == 0


@settings(max_examples=60, deadline=None)
@given(counties, st.integers(1, 6))
def test_brute_force_finds_no_better_center(county: tuple[np.ndarray, np.ndarray], n_sites: int) -> None:
    minutes, _ = county
    n_sites = min(n_sites, minutes.shape[1])
    best = min(minutes[:, sites].min(axis=1).max() for sites in every_choice(minutes.shape[1], n_sites))
    if np.isinf(best):
        with pytest.raises(InfeasibleError):
            siting.p_center(minutes, n_sites)
        return
    result = siting.p_center(minutes, n_sites)
    assert result.objective == best
    assert minutes[:, list(result.sites)].min(axis=1).max() == best


@settings(max_examples=30, deadline=None)
@given(counties, st.randoms(use_true_random=False))
def test_permuting_rows_and_columns_changes_no_objective(
    county: tuple[np.ndarray, np.ndarray], random: object
) -> None:
    minutes, demand = county
    rows, columns = list(range(len(minutes))), list(range(minutes.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    try:
        result = siting.p_median(minutes, demand, 2)
    except InfeasibleError:
        return
    again = siting.p_median(minutes[np.ix_(rows, columns)], demand[rows], 2)
    assert again.objective == pytest.approx(result.objective, rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(counties)
def test_one_more_candidate_never_makes_the_median_worse(county: tuple[np.ndarray, np.ndarray]) -> None:
    minutes, demand = county
    try:
        fewer = siting.p_median(minutes[:, :-1], demand, 1)
    except InfeasibleError:
        return
    assert siting.p_median(minutes, demand, 1).objective <= fewer.objective + 1e-9


def read_pmed() -> dict[str, tuple[np.ndarray, int, int]]:
    """Shortest paths, p and published optimum; where an edge is given twice the last length holds."""
    instances: dict[str, tuple[np.ndarray, int, int]] = {}
    edges: dict[tuple[int, int], int] = {}
    heads: list[list[str]] = []

    def finish() -> None:
        name, n, _, p, optimum = heads[-1]
        tail, head = np.array(list(edges)).T - 1
        graph = csr_array((np.array(list(edges.values()), dtype=float), (tail, head)), shape=(int(n), int(n)))
        instances[name] = (dijkstra(graph, directed=False), int(p), int(optimum))

    for line in PMED.read_text(encoding="utf-8").splitlines():
        if line.startswith("pmed"):
            if heads:
                finish()
            heads.append(line.split())
            edges.clear()
        elif line.strip() and not line.startswith("#"):
            for triple in filter(str.strip, line.split(";")):
                i, j, length = map(int, triple.split())
                edges[min(i, j), max(i, j)] = length
    finish()
    return instances


@pytest.mark.parametrize("name", ["pmed1", "pmed2", "pmed3", "pmed4", "pmed5"])
def test_or_library_instances_have_their_published_optimum(name: str) -> None:
    minutes, p, optimum = read_pmed()[name]
    result = siting.p_median(minutes, np.ones(len(minutes)), p)
    assert round(result.objective) == optimum
    assert result.status is Status.OPTIMAL
    assert result.gap == 0


def test_a_run_stopped_by_its_time_limit_says_so_and_keeps_its_bound() -> None:
    """Random times without geography: far from proven in two seconds."""
    rng = np.random.default_rng(3)
    minutes, demand = rng.uniform(0, 100, (400, 60)), rng.uniform(1, 10, 400)
    result = siting.p_median(minutes, demand, 6, time_limit_seconds=2.0)
    assert result.status is Status.TIME_LIMIT
    assert result.bound < result.objective
    assert result.gap > 0
    assert result.seconds < 4  # the limit, not twice the limit
    nearest = minutes[:, list(result.sites)].min(axis=1)
    assert result.objective == pytest.approx(demand @ nearest)


@pytest.mark.parametrize("scale", [1e-8, 1e-3, 1e6, 1e12])
def test_the_unit_of_time_does_not_matter(scale: float) -> None:
    minutes, demand = random_county(7, whole=False, holes=False)
    small = siting.p_median(minutes * scale, demand, 2)
    assert small.sites == siting.p_median(minutes, demand, 2).sites
    assert small.status is Status.OPTIMAL


def test_weights_too_different_for_the_solver_are_never_called_proven_wrongly() -> None:
    minutes = [[0, 9, 9], [9, 5, 5], [9, 2, 5], [9, 9, 1]]
    result = siting.p_median(minutes, [1e10, 1, 1, 1], 2)
    assert result.objective == 11 or result.status is not Status.OPTIMAL
    assert result.bound <= 11


def test_a_large_number_for_no_way_is_refused() -> None:
    with pytest.raises(ArrayError, match="give inf where there is no way"):
        siting.p_median([[10.0, 1e9], [12.0, 9.0]], [1, 1], 1)


@pytest.mark.parametrize(
    ("minutes", "demand", "n_sites", "expected"),
    [
        ([[1.0, np.nan]], [1], 1, r"minutes\[0, 1\] is nan"),
        ([[1.0, -2.0]], [1], 1, r"minutes\[0, 1\] is -2.0"),
        ([1.0, 2.0], [1, 1], 1, "expected a matrix"),
        ([[1.0]], [1, 2], 1, "expected \\(1,\\)"),
        ([[1.0]], [np.inf], 1, r"demand\[0\] is inf"),
        ([[1.0]], [-1], 1, r"demand\[0\] is -1.0"),
        ([[1.0]], [0], 1, "the demand sums to 0"),
        ([[1.0]], [1], 2, "n_sites is 2; expected a whole number from 1 to 1"),
        ([[1.0]], [1], 0, "n_sites is 0"),
        ([[1.0]], [1], True, "n_sites is True"),
        (5.0, [1], 1, "expected a matrix"),
        ([["a"]], [1], 1, "minutes must hold numbers"),
    ],
)
def test_a_wrong_array_is_refused_in_one_sentence(
    minutes: list, demand: list, n_sites: int, expected: str
) -> None:
    with pytest.raises(ArrayError, match=expected):
        siting.p_median(minutes, demand, n_sites)
