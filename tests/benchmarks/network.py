"""A street network of a county's size, and what siting does on it.

Seconds are those of the ways alone (snapping included), not of making the network.
"""

from __future__ import annotations

import numpy as np
import shapely
from meter import Meter, versions
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from siting.by_road import RoadRouter
from siting.roads import METRES_PER_KM, MINUTES_PER_HOUR, RoadNetwork, join
from siting.travel import Places

COLUMNS, ROWS = 500, 400
BLOCK_METRES = 250.0
N_ARCS = 500_000
ONE_WAY_SHARE = 0.1
N_SITES, N_CELLS = 100, 20_000


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
    with Meter() as meter:
        minutes = RoadRouter(roads).times(cells, sites).minutes
    return _answer(meter, minutes.mean())


def siting_kilometres() -> dict[str, object]:
    """Kilometres of the quickest ways between all sites."""
    roads, (sites, _) = street_network(), sites_and_cells()
    with Meter() as meter:
        kilometres = RoadRouter(roads).kilometres(sites, sites)
    return _answer(meter, kilometres.mean())


def siting_snapping() -> dict[str, object]:
    """50,000 places to the nearest street, the tree included; the value is the mean distance in metres."""
    roads, places = street_network(), scattered(50_000, seed=4)
    with Meter() as meter:
        distances = join(places.points_metres, roads).distance_metres
    return _answer(meter, distances.mean())


def _answer(meter: Meter, value: float) -> dict[str, object]:
    found = versions("siting", "scipy")
    return {**meter.costs(), "value": float(value), "says": "ran", "proven": True, "versions": found}
