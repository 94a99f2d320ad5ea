"""A street network of a county's size, and how long the ways from its cells to 100 sites take.

``python tests/benchmarks/network.py`` prints one line a case; ``run.py`` may take `network_cases`.
Seconds are those of the ways alone (snapping included), not of making the network or its graph for a
peer; peers that would take minutes run a few sources and are scaled to all.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import KDTree

from siting.by_road import RoadRouter
from siting.roads import METRES_PER_KM, MINUTES_PER_HOUR, RoadNetwork
from siting.travel import Places

COLUMNS, ROWS = 500, 400
BLOCK_METRES = 250.0
N_ARCS = 500_000
ONE_WAY_SHARE = 0.1
N_SITES, N_CELLS = 100, 20_000
SLOW_PEER_SOURCES = 3


def street_network(seed: int = 1) -> RoadNetwork:
    """200,000 nodes on a bent lattice, 500,000 arcs: motorways and main roads, streets, one-way streets.

    A random spanning tree of two-way streets keeps all connected; the one-way streets are extra.
    """
    rng = np.random.default_rng(seed)
    n = COLUMNS * ROWS
    column, row = np.arange(n) % COLUMNS, np.arange(n) // COLUMNS
    points = (np.column_stack([column, row]) + rng.uniform(-0.3, 0.3, (n, 2))) * BLOCK_METRES
    east, north = np.flatnonzero(column < COLUMNS - 1), np.flatnonzero(row < ROWS - 1)
    start, end = np.concatenate([east, north]), np.concatenate([east + 1, north + COLUMNS])
    along = np.concatenate([row[east], column[north]])  # the lattice line that the street lies on
    speed = np.select(
        [along % 100 == 50, along % 10 == 5], [110.0, 70.0], rng.choice([30.0, 40.0, 50.0], len(start))
    )
    chance = rng.random(len(start)) - (speed > 50)  # larger roads are never left out
    tree = minimum_spanning_tree(coo_array((chance + 2, (start, end)), shape=(n, n))).tocoo()
    in_tree = np.isin(start * n + end, tree.row.astype(np.int64) * n + tree.col)
    n_edges = round(N_ARCS / (2 - ONE_WAY_SHARE))
    kept = np.argsort(chance - 9 * in_tree, kind="stable")[:n_edges]
    one_way = kept[-(2 * n_edges - N_ARCS) :]  # the last are no part of the tree
    closed_back = np.isin(kept, one_way)
    shuffled = rng.permutation(n)  # node ids of real data do not come in order of space
    middle = (points[start[kept]] + points[end[kept]]) / 2 + rng.uniform(-30, 30, (n_edges, 2))
    lines = shapely.linestrings(np.stack([points[start[kept]], middle, points[end[kept]]], axis=1))
    kilometres = shapely.length(lines) / METRES_PER_KM
    minutes = kilometres / speed[kept] * MINUTES_PER_HOUR
    return RoadNetwork(
        node_ids=tuple(map(str, range(n))),
        from_node=shuffled[start[kept]],
        to_node=shuffled[end[kept]],
        minutes=np.column_stack([minutes, np.where(closed_back, np.inf, minutes)]),
        kilometres=kilometres,
        lines=lines,
        may_join=speed[kept] < 110,
    )


def scattered(n: int, seed: int) -> Places:
    """Places anywhere in the county."""
    extent = np.array([COLUMNS - 1, ROWS - 1]) * BLOCK_METRES
    points = np.random.default_rng(seed).uniform(0, extent, (n, 2))
    return Places(tuple(map(str, range(n))), points)


def sites_and_cells() -> tuple[Places, Places]:
    """100 sites and 20,000 cells."""
    return scattered(N_SITES, seed=2), scattered(N_CELLS, seed=3)


def siting_times() -> dict[str, object]:
    """Minutes from all cells to all sites, snapped to streets."""
    roads, (sites, cells) = street_network(), sites_and_cells()
    started = time.perf_counter()
    minutes = RoadRouter(roads).times(cells, sites).minutes
    return _answer(minutes.mean(), started)


def siting_kilometres() -> dict[str, object]:
    """Kilometres of the quickest ways between all sites."""
    roads, (sites, _) = street_network(), sites_and_cells()
    started = time.perf_counter()
    kilometres = RoadRouter(roads).kilometres(sites, sites)
    return _answer(kilometres.mean(), started)


def siting_snapping() -> dict[str, object]:
    """50,000 places to the nearest street, the tree included; the value is the mean distance in metres."""
    from siting.roads import join

    roads, places = street_network(), scattered(50_000, seed=4)
    started = time.perf_counter()
    return _answer(join(places.points_metres, roads).distance_metres.mean(), started)


def scipy_plain() -> dict[str, object]:
    """scipy from nearest node to nearest node, the node numbers as they come."""
    roads, (sites, cells) = street_network(), sites_and_cells()
    tail, head, minutes = _arcs(roads)
    n = len(roads.node_ids)
    backwards = csr_array((minutes, (head, tail)), shape=(n, n))
    started = time.perf_counter()
    of_cells, of_sites = _nearest_nodes(roads, cells), _nearest_nodes(roads, sites)
    found = dijkstra(backwards, indices=of_sites)[:, of_cells]
    return _answer(found.mean(), started)


def networkx_plain() -> dict[str, object]:
    """networkx from nearest node to nearest node, three sites, scaled to all."""
    import networkx as nx

    roads, (sites, _) = street_network(), sites_and_cells()
    tail, head, minutes = _arcs(roads)
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(zip(head.tolist(), tail.tolist(), minutes.tolist(), strict=True))
    some = _nearest_nodes(roads, sites)[:SLOW_PEER_SOURCES].tolist()
    started = time.perf_counter()
    for node in some:
        nx.single_source_dijkstra_path_length(graph, node)
    return _answer(None, started, scale=N_SITES / len(some))


def igraph_plain() -> dict[str, object]:
    """igraph from nearest node to nearest node, three sites, scaled to all."""
    import igraph

    roads, (sites, _) = street_network(), sites_and_cells()
    tail, head, minutes = _arcs(roads)
    graph = igraph.Graph(len(roads.node_ids), np.column_stack([head, tail]).tolist(), directed=True)
    some = _nearest_nodes(roads, sites)[:SLOW_PEER_SOURCES].tolist()
    started = time.perf_counter()
    graph.distances(some, weights=minutes.tolist())
    return _answer(None, started, scale=N_SITES / len(some))


def network_cases() -> dict[str, Callable[[], dict[str, object]]]:
    """All cases by name; a peer that is not installed is left out."""
    pairs = f"{N_CELLS:,} cells x {N_SITES} sites"
    found: dict[str, Callable[[], dict[str, object]]] = {
        f"county network, {pairs}, siting": siting_times,
        f"county network, {pairs}, scipy plain": scipy_plain,
        f"county network, {pairs}, networkx (scaled)": networkx_plain,
        f"county network, kilometres {N_SITES} x {N_SITES}, siting": siting_kilometres,
        "county network, 50,000 places to the nearest street, siting": siting_snapping,
    }
    if find_spec("igraph"):
        found[f"county network, {pairs}, igraph (scaled)"] = igraph_plain
    return found


def _answer(value: float | None, started: float, *, scale: float = 1.0) -> dict[str, object]:
    seconds = (time.perf_counter() - started) * scale
    shown = None if value is None else float(value)
    return {"value": shown, "gap": 0.0, "status": "exact", "seconds": seconds}


def _arcs(roads: RoadNetwork) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    tail = np.concatenate([roads.from_node, roads.to_node])
    head = np.concatenate([roads.to_node, roads.from_node])
    minutes = roads.minutes.T.ravel()
    usable = np.isfinite(minutes)
    return tail[usable], head[usable], minutes[usable]


def _nearest_nodes(roads: RoadNetwork, places: Places) -> np.ndarray:
    return KDTree(roads.node_points()).query(places.points_metres)[1]


def main() -> None:
    """Run each case in a process of its own."""
    if len(sys.argv) > 1:
        answer = network_cases()[sys.argv[1]]()
        answer["mebibytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(answer))
        return
    for name in network_cases():
        done = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True, check=True)
        answer = json.loads(done.stdout.splitlines()[-1])
        print(f"{name:70} {answer['seconds']:8.2f} s {answer['mebibytes']:6.0f} MiB  {answer['value']}")


if __name__ == "__main__":
    main()
