"""The hierarchy against Dijkstra's search, and the router by the hierarchy against the router by scipy."""

from __future__ import annotations

import dataclasses
import heapq
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import test_roads
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.by_road import RoadRouter, router, swept
from siting.cache import Cache
from siting.dataset import Dataset
from siting.hierarchy import (
    FINEST_UNIT,
    NEVER,
    Slope,
    Topology,
    Weights,
    climb,
    downhill_to,
    no_labels,
    sweep,
    topology_of,
    weights_of,
    whole,
)
from siting.hierarchy import topology as topology_module
from siting.roads import RoadNetwork
from siting.scenario_file import load
from siting.travel import Places
from siting.ways import measure_ways
from siting.workers import InThisProcess, dask_workers

sys.path.append(str(Path(__file__).parent / "benchmarks"))

import network

CLOSED = np.inf
Graph = tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # n, tail, head, minutes, points


@st.composite
def graphs(draw: st.DrawFn, most_nodes: int = 14, longest: float = 40.0) -> Graph:
    """Any graph: one-way, closed, parallel and zero-length edges, loops, parts apart, nodes in one place."""
    n = draw(st.integers(1, most_nodes))
    node = st.integers(0, n - 1)
    some = st.one_of(st.just(0.0), st.just(CLOSED), st.just(1.0), st.floats(0, longest))
    edges = draw(st.lists(st.tuples(node, node, some, some), max_size=3 * n))
    points = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=n, max_size=n))
    tail, head = (np.array([edge[k] for edge in edges], dtype=np.intp) for k in range(2))
    minutes = np.array([edge[2:] for edge in edges], dtype=float).reshape(-1, 2)
    return n, tail, head, minutes, np.array(points, dtype=float)


def by_hierarchy(topology: Topology, weights: Weights, targets: np.ndarray) -> np.ndarray:
    """Numbers from each target (rows) to each node of the network (columns)."""
    downhill = downhill_to(targets, topology, weights)
    slope, labels = Slope(topology.up, weights.down, downhill.row), no_labels(downhill)
    rows = downhill.row[topology.number[targets]]
    found = []
    lanes = labels.numbers.shape[1]
    for start in range(0, topology.n_nodes, lanes):
        first = np.repeat(topology.number[start : start + lanes, None], 2, axis=1)
        climb(first, np.zeros(first.shape, dtype=np.uint32), slope, labels)
        sweep(downhill.arcs, labels)
        found.append(labels.numbers[rows, : len(first)])
    assert (labels.climbing == NEVER).all()
    return np.concatenate(found, axis=1)


def by_dijkstra(graph: Graph, unit: float) -> np.ndarray:
    """The same from every node, on the same whole numbers."""
    n, tail, head, minutes, _ = graph
    arcs: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    for a, b, (there, back) in zip(tail, head, whole(minutes, unit).tolist(), strict=True):
        arcs[a].append((int(b), there))
        arcs[b].append((int(a), back))
    found = np.full((n, n), NEVER, dtype=np.int64)
    for source in range(n):
        waiting = [(0, source)]
        while waiting:
            number, node = heapq.heappop(waiting)
            if number < found[source, node]:
                found[source, node] = number
                for other, more in arcs[node]:
                    if more < NEVER:
                        heapq.heappush(waiting, (number + more, other))
    return found


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_every_pair_is_as_far_apart_as_dijkstra_says_to_the_last_digit(graph: Graph) -> None:
    topology = topology_of(*graph[:3], graph[4])
    weights = weights_of(topology, graph[3])
    assert weights.unit == FINEST_UNIT
    every = np.arange(graph[0])
    np.testing.assert_array_equal(by_hierarchy(topology, weights, every), by_dijkstra(graph, FINEST_UNIT))


@settings(max_examples=40, deadline=None)
@given(graphs(), st.data())
def test_some_targets_alone_are_found_as_among_all(graph: Graph, data: st.DataObject) -> None:
    targets = np.array(data.draw(st.lists(st.integers(0, graph[0] - 1), min_size=1, max_size=4)))
    topology = topology_of(*graph[:3], graph[4])
    weights = weights_of(topology, graph[3])
    expected = by_dijkstra(graph, weights.unit)[targets]
    np.testing.assert_array_equal(by_hierarchy(topology, weights, targets), expected)


@settings(max_examples=40, deadline=None)
@given(graphs(), st.data())
def test_other_minutes_on_the_same_topology_are_as_if_built_anew(graph: Graph, data: st.DataObject) -> None:
    n, tail, head, minutes, points = graph
    other = np.array(data.draw(st.permutations(minutes.ravel().tolist()))).reshape(-1, 2)
    topology = topology_of(n, tail, head, points)
    weights_of(topology, minutes)
    weights = weights_of(topology, other)
    expected = by_dijkstra((n, tail, head, other, points), weights.unit)
    np.testing.assert_array_equal(by_hierarchy(topology, weights, np.arange(n)), expected)


@settings(max_examples=40, deadline=None)
@given(graphs(longest=20_000.0))
def test_where_minutes_are_too_many_the_unit_is_coarser(graph: Graph) -> None:
    topology = topology_of(*graph[:3], graph[4])
    weights = weights_of(topology, graph[3], unit=FINEST_UNIT * 2**12)
    expected = by_dijkstra(graph, weights.unit)
    if expected[expected < NEVER].max() + weights.largest < NEVER:
        np.testing.assert_array_equal(by_hierarchy(topology, weights, np.arange(graph[0])), expected)
    finest = weights_of(topology, graph[3])
    assert finest.largest < 2**30
    assert finest.unit * 2**31 > graph[3][np.isfinite(graph[3])].max(initial=0)


def test_a_lattice_that_is_cut_many_times_is_right_and_its_separators_small() -> None:
    side = 40
    rng = np.random.default_rng(5)
    node = np.arange(side * side).reshape(side, side)
    tail = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    head = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    minutes = rng.uniform(0, 2, (len(tail), 2))
    minutes[rng.random(minutes.shape) < 0.2] = CLOSED
    points = np.stack(np.divmod(node.ravel(), side), axis=1) + rng.uniform(0, 0.4, (side * side, 2))
    graph = side * side, tail, head, minutes, points
    topology = topology_of(side * side, tail, head, points)
    assert np.diff(topology.up_start).max() < 2 * side
    assert len(topology.up_head) < 20 * side * side
    weights = weights_of(topology, minutes)
    some = rng.integers(side * side, size=5)
    expected = by_dijkstra(graph, weights.unit)[some]
    np.testing.assert_array_equal(by_hierarchy(topology, weights, some), expected)


# The router


@pytest.fixture
def swept_always() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(router, "MOST_LABELS_BY_DIJKSTRA", -1)
        yield


def both_ways(
    origins: Places, destinations: Places, roads: RoadNetwork, **how: float
) -> tuple[np.ndarray, np.ndarray]:
    """Minutes by the hierarchy, and by plain searches."""
    plain = RoadRouter(roads, **how).times(origins, destinations).minutes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(router, "MOST_LABELS_BY_DIJKSTRA", -1)
        return RoadRouter(roads, **how).times(origins, destinations).minutes, plain


def assert_same_minutes(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_array_equal(np.isinf(found), np.isinf(expected))
    np.testing.assert_allclose(
        found, expected, rtol=0, atol=1.001e-3
    )  # the last decimal may be rounded otherwise


@settings(max_examples=60, deadline=None)
@given(test_roads.networks(one_way=True), test_roads.SHARES, test_roads.SHARES)
def test_trips_by_the_hierarchy_are_those_by_plain_searches(
    roads: RoadNetwork, start: list[tuple[int, float]], end: list[tuple[int, float]]
) -> None:
    origins, destinations = test_roads.on_the_road(roads, start), test_roads.on_the_road(roads, end)
    how = {"speed_factor": 1.1, "fixed_minutes_per_trip": 2.0, "access_speed_km_per_hour": 0.01}
    assert_same_minutes(*both_ways(origins, destinations, roads, **how))


@pytest.fixture(scope="module")
def county() -> RoadNetwork:
    """The benchmark's county, with 3,000 nodes."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"COLUMNS": 60, "ROWS": 50, "N_ARCS": 7_500}.items():
            patch.setattr(network, name, value)
        return network.street_network()


@pytest.fixture(scope="module")
def cells_and_sites() -> tuple[Places, Places]:
    rng = np.random.default_rng(7)
    points = rng.uniform(0, 250 * np.array([59, 49]), (700, 2))
    points[-20:] = points[:20]  # some sites lie in cells: their trips go straight, or along one edge
    points[-10:] += rng.uniform(-200, 200, (10, 2))
    ids = tuple(map(str, range(len(points))))
    return Places(ids[:600], points[:600]), Places(ids[600:], points[600:])


def test_a_county_of_streets_is_the_same_either_way(
    county: RoadNetwork, cells_and_sites: tuple[Places, Places]
) -> None:
    found, plain = both_ways(*cells_and_sites, county, speed_factor=0.9, fixed_minutes_per_trip=3.0)
    assert_same_minutes(found, plain)
    assert (found != plain).mean() < 0.02


def test_closed_streets_leave_parts_that_cannot_be_reached(
    county: RoadNetwork, cells_and_sites: tuple[Places, Places]
) -> None:
    rng = np.random.default_rng(8)
    minutes = county.minutes.copy()
    minutes[rng.random(minutes.shape) < 0.2] = CLOSED
    minutes[rng.random(minutes.shape) < 0.1] = 0.0
    found, plain = both_ways(*cells_and_sites, dataclasses.replace(county, minutes=minutes))
    assert 0.1 < np.isinf(plain).mean() < 0.9
    assert_same_minutes(found, plain)


@pytest.mark.usefixtures("swept_always")
def test_many_pairs_are_given_as_float32(
    county: RoadNetwork,
    cells_and_sites: tuple[Places, Places],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    precise = RoadRouter(county).times(*cells_and_sites).minutes
    monkeypatch.setattr(router, "MOST_LONG_PAIRS", 0)
    found = RoadRouter(county).times(*cells_and_sites).minutes
    assert (precise.dtype, found.dtype) == (np.float64, np.float32)
    np.testing.assert_array_equal(found, precise.astype(np.float32))


@pytest.mark.usefixtures("swept_always")
@pytest.mark.parametrize("threads", [1, 3])
def test_the_number_of_threads_changes_nothing(
    county: RoadNetwork,
    cells_and_sites: tuple[Places, Places],
    monkeypatch: pytest.MonkeyPatch,
    threads: int,
) -> None:
    expected = RoadRouter(county).times(*cells_and_sites).minutes
    monkeypatch.setattr(swept, "THREADS", threads)
    monkeypatch.setattr(topology_module, "THREADS", threads)
    np.testing.assert_array_equal(RoadRouter(county).times(*cells_and_sites).minutes, expected)


@pytest.mark.usefixtures("swept_always")
def test_what_the_cache_keeps_is_what_is_found_without_it(
    county: RoadNetwork,
    cells_and_sites: tuple[Places, Places],
    tmp_path: Path,
) -> None:
    expected = RoadRouter(county).times(*cells_and_sites)
    cache = Cache(tmp_path)
    for _ in range(2):
        found = RoadRouter(county, cache=cache).times(*cells_and_sites)
        np.testing.assert_array_equal(found.minutes, expected.minutes)
        np.testing.assert_array_equal(found.origin_access_metres, expected.origin_access_metres)
    assert sorted(path.name.split("-")[0] for path in tmp_path.iterdir()) == ["hierarchy", "times"]
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:-100])
    np.testing.assert_array_equal(
        RoadRouter(county, cache=cache).times(*cells_and_sites).minutes, expected.minutes
    )


@pytest.mark.usefixtures("swept_always")
def test_another_speed_uses_the_same_hierarchy_and_nothing_else_of_the_cache(
    county: RoadNetwork,
    cells_and_sites: tuple[Places, Places],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache = Cache(tmp_path)
    RoadRouter(county, cache=cache).times(*cells_and_sites)
    monkeypatch.setattr(swept, "topology_of", None)  # it must not be made again
    slower = dataclasses.replace(county, minutes=county.minutes * 2)
    found = RoadRouter(slower, cache=cache).times(*cells_and_sites).minutes
    monkeypatch.undo()
    assert_same_minutes(found, both_ways(*cells_and_sites, slower)[1])
    for changed in ({"speed_factor": 0.5}, {"fixed_minutes_per_trip": 1.0}, {"access_detour_factor": 2.0}):
        found = RoadRouter(county, cache=cache, **changed).times(*cells_and_sites).minutes
        assert_same_minutes(found, both_ways(*cells_and_sites, county, **changed)[1])


def test_kilometres_are_those_of_the_quickest_ways_and_are_kept(
    county: RoadNetwork,
    cells_and_sites: tuple[Places, Places],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = RoadRouter(county).kilometres(*cells_and_sites)
    monkeypatch.setattr(router, "MOST_LABELS_BY_DIJKSTRA", -1)
    found = RoadRouter(county, cache=Cache(tmp_path)).kilometres(*cells_and_sites)
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-3)
    monkeypatch.setattr(router, "join", None)  # nothing must be measured again
    kept = RoadRouter(county, cache=Cache(tmp_path)).kilometres(*cells_and_sites)
    np.testing.assert_array_equal(kept, found)


@settings(max_examples=60, deadline=None)
@given(test_roads.networks(one_way=True), test_roads.SHARES, test_roads.SHARES)
def test_kilometres_by_the_hierarchy_are_of_a_way_as_quick_as_any(
    roads: RoadNetwork, start: list[tuple[int, float]], end: list[tuple[int, float]]
) -> None:
    """With minutes that grow with kilometres, equally quick ways are equally long."""
    minutes = np.where(np.isfinite(roads.minutes), roads.kilometres[:, None] * 1.5, CLOSED)
    roads = dataclasses.replace(roads, minutes=minutes)
    origins, destinations = test_roads.on_the_road(roads, start), test_roads.on_the_road(roads, end)
    expected = RoadRouter(roads).kilometres(origins, destinations)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(router, "MOST_LABELS_BY_DIJKSTRA", -1)
        found = RoadRouter(roads).kilometres(origins, destinations)
    np.testing.assert_array_equal(np.isinf(found), np.isinf(expected))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3)


@pytest.mark.usefixtures("swept_always")
def test_long_walks_make_the_unit_coarser() -> None:
    points = {str(k): (float(k), 0.0) for k in range(6)}
    edges = [(str(k), str(k + 1), 900.0, 900.0) for k in range(5)]
    roads = test_roads.on_paper(points, edges)
    ends = Places(("a", "b"), roads.node_points()[[0, 5]])
    np.testing.assert_allclose(RoadRouter(roads).times(ends, ends).minutes, [[0, 4500], [4500, 0]], atol=2e-3)


@pytest.mark.usefixtures("swept_always")
def test_workers_find_the_same(
    county: RoadNetwork, cells_and_sites: tuple[Places, Places], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swept, "BLOCKS_A_TASK", 1)
    expected = RoadRouter(county).times(*cells_and_sites).minutes
    found = RoadRouter(county).times(*cells_and_sites, workers=InThisProcess()).minutes
    np.testing.assert_array_equal(found, expected)
    with dask_workers(n_workers=2) as workers:
        found = RoadRouter(county).times(*cells_and_sites, workers=workers).minutes
    np.testing.assert_array_equal(found, expected)


def test_all_ways_of_the_embedded_county_are_the_same_by_the_hierarchy(
    dalarna: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, cache = load("base"), Cache(tmp_path)
    plain = measure_ways(base.travel, dalarna, folder=base.folder, cache=cache)
    assert not list(tmp_path.iterdir())  # what takes a moment only is not kept
    monkeypatch.setattr(router, "MOST_LABELS_BY_DIJKSTRA", -1)
    measure_ways(base.travel, dalarna, folder=base.folder, cache=cache)
    monkeypatch.setattr(router, "join", None)  # all is kept: nothing is measured again
    kept = measure_ways(base.travel, dalarna, folder=base.folder, cache=cache)
    for mode, times in plain.by_mode.items():
        np.testing.assert_allclose(kept.by_mode[mode].minutes, times.minutes, rtol=0, atol=2.5e-3)
    assert_same_minutes(kept.site_times.minutes, plain.site_times.minutes)
    assert np.abs(kept.site_kilometres - plain.site_kilometres).max() < 2e-3
