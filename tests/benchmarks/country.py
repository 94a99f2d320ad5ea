"""A made-up country of Sweden's size: roads with a hierarchy, towns, populated cells and premises.

``python tests/benchmarks/country.py [--share 0.01]`` prints what it holds. Everything is seeded; nothing
is real. Towns follow Zipf's law and are denser in the south; each is a rotated lattice of streets.
Motorways link the largest, main roads the larger, county roads all of them. Between them lie minor roads,
many of them dead ends. Lakes are driven round; two islands are reached by ferry.

A smaller country is the same in small: area, towns, cells and premises shrink with the nodes. So that
places and roads fit each other, give both the same share of the full size, such as 15,000 nodes with
1,200 cells and 30 sites.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import Delaunay, KDTree

from siting.roads import METRES_PER_KM, MINUTES_PER_HOUR, RoadNetwork
from siting.travel import Places

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_NODES, N_CELLS, N_SITES = 1_500_000, 120_000, 3_000
ARCS_PER_NODE: Final = 2.5
ONE_WAY_SHARE: Final = 0.1
N_TOWNS, POPULATION = 2_000, 10_500_000
ZIPF: Final = 0.95
TOWN_SEED: Final = 3
STREET_NODES_SHARE: Final = 0.6  # of the nodes that lie on no linking road
BLOCK_METRES: Final = 100.0
ARTERIAL_EVERY: Final = 8  # blocks
EXTRA_IN_TOWNS: Final = 0.8  # of the edges beyond a spanning tree
YOUTH_SHARE: Final = 0.08  # aged 13-19
LINKS: Final = ((0.012, 3_500.0, 110.0), (0.12, 1_800.0, 90.0), (1.0, 900.0, 75.0))
"""Motorway, main and county road: share of the towns that it links, metres between its nodes, km/h."""
MOTORWAY_KMH, ARTERIAL_KMH, FERRY_KMH = 110.0, 50.0, 20.0
MAINLAND: Final = (
    "40 0, 120 10, 200 60, 230 180, 300 260, 350 330, 330 480, 390 620, 520 800, 600 980, 640 1150, "
    "560 1330, 440 1420, 330 1330, 260 1150, 190 950, 130 750, 110 560, 60 400, 10 300, 0 200, 30 90"
)
LAKES: Final = ("100 270, 150 290, 160 350, 120 370, 90 320", "185 200, 195 210, 200 290, 190 300")
ISLANDS: Final = ("430 160, 480 190, 470 270, 440 260", "248 60, 260 90, 268 175, 256 170")


@dataclass(frozen=True, eq=False)
class Land:
    """The country's outline and its towns, largest first; metres and people."""

    ground: shapely.Geometry
    body: NDArray[np.intp]  # (n_towns,) which part of the ground a town lies on
    centre: NDArray[np.float64]  # (n_towns, 2)
    population: NDArray[np.float64]  # (n_towns,)
    street_nodes: NDArray[np.intp]  # (n_towns,)
    scale: float  # lengths of the country, 1 at full size

    @property
    def radius_metres(self) -> NDArray[np.float64]:
        """Radius of each town's lattice of streets, shape (n_towns,)."""
        return np.sqrt(self.street_nodes / np.pi) * BLOCK_METRES


@dataclass(frozen=True, eq=False)
class Nodes:
    """Where the nodes lie and what they belong to; -1 in `town` is the country outside the towns."""

    points: NDArray[np.float64]  # (n, 2) metres
    town: NDArray[np.intp]  # (n,)
    column: NDArray[np.intp]  # (n,) street of the town's lattice
    row: NDArray[np.intp]  # (n,)


def country_network(n_nodes: int = N_NODES, seed: int = 1) -> RoadNetwork:
    """Roads of the country: n nodes with ids in random order, 2.5 n arcs, every node reaches every other."""
    rng = np.random.default_rng(seed)
    land = _land(n_nodes / N_NODES)
    nodes, links, link_kmh = _nodes(land, n_nodes, rng)
    start, end, in_tree, is_link = _streets(land, nodes, links, rng)
    kmh = _speeds(nodes, start, end, rng)
    kmh[is_link] = link_kmh
    at_sea = ~is_link & _is_at_sea(land, nodes, start, end)
    kmh[at_sea] = FERRY_KMH
    in_town = (nodes.town[start] >= 0) & (nodes.town[end] >= 0)
    may_be_one_way = np.flatnonzero(in_town & ~in_tree & ~is_link)
    n_one_way = min(round(ONE_WAY_SHARE * len(start)), len(may_be_one_way))
    one_way = rng.choice(may_be_one_way, n_one_way, replace=False)
    lines = _lines(nodes.points[start], nodes.points[end], ~in_town & ~is_link, rng)
    kilometres = shapely.length(lines) / METRES_PER_KM
    minutes = np.repeat((kilometres / kmh * MINUTES_PER_HOUR)[:, None], 2, axis=1)
    minutes[one_way, 1] = np.inf
    shuffled = rng.permutation(n_nodes)  # node ids of real data do not come in order of space
    return RoadNetwork(
        node_ids=tuple(map(str, range(n_nodes))),
        from_node=shuffled[start],
        to_node=shuffled[end],
        minutes=minutes,
        kilometres=kilometres,
        lines=lines,
        may_join=(kmh < MOTORWAY_KMH) & ~at_sea,
    )


def country_places(
    n_cells: int = N_CELLS, n_sites: int = N_SITES, seed: int = 2
) -> tuple[Places, Places, NDArray[np.float64]]:
    """Populated cells of 1 km, premises near the towns, and youths of each cell (not whole numbers)."""
    rng = np.random.default_rng(seed)
    land = _land(n_cells / N_CELLS)
    grid = _grid(land)
    distance, town = KDTree(land.centre).query(grid, k=min(6, len(land.centre)))
    reach = 0.45 * land.radius_metres[town] + 300.0
    density = (land.population[town] / reach**2 * np.exp(-distance / reach)).sum(axis=1)
    people = density / density.sum() * 0.8
    remote = np.exp(-distance[:, 0] / 12_000.0) + 0.05  # farms and villages, fewer far from all towns
    people = (people + remote / remote.sum() * 0.2) * rng.lognormal(0, 1, len(grid))
    chosen = np.sort(np.argsort(-people * rng.exponential(1, len(grid)), kind="stable")[:n_cells])
    people = people[chosen] / people[chosen].sum() * POPULATION * n_cells / N_CELLS
    youths = people * YOUTH_SHARE * rng.uniform(0.7, 1.3, n_cells)
    sites = _premises(land, n_sites, rng)
    return _places(grid[chosen], "cell"), _places(sites, "site"), youths


def arcs(roads: RoadNetwork) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Tail, head and minutes of every open direction, each of shape (n_arcs,)."""
    tail = np.concatenate([roads.from_node, roads.to_node])
    head = np.concatenate([roads.to_node, roads.from_node])
    minutes = roads.minutes.T.ravel()
    usable = np.isfinite(minutes)
    return tail[usable], head[usable], minutes[usable]


def is_strongly_connected(roads: RoadNetwork) -> bool:
    """Whether every node reaches every other."""
    tail, head, _ = arcs(roads)
    n = len(roads.node_ids)
    graph = coo_array((np.ones(len(tail), np.int8), (tail, head)), shape=(n, n)).tocsr()
    return int(connected_components(graph, connection="strong", return_labels=False)) == 1


def _land(share: float) -> Land:
    """Outline and towns of a country with this share of the full size; the same for roads and places."""
    rng = np.random.default_rng(TOWN_SEED)
    scale = float(np.sqrt(share))
    parts = [_polygon(MAINLAND, scale), *(_polygon(each, scale) for each in ISLANDS)]
    for lake in LAKES:
        parts[0] = parts[0].difference(_polygon(lake, scale))
    n_towns = max(6, round(N_TOWNS * share))
    size = np.arange(1, n_towns + 1) ** -ZIPF
    size /= size.sum()
    n_street = np.maximum(np.round(size * N_NODES * share * STREET_NODES_SHARE * 0.9), 12).astype(np.intp)
    ground = shapely.MultiPolygon(parts)
    shapely.prepare(ground)
    radius = np.sqrt(n_street / np.pi) * BLOCK_METRES
    centre = _apart(ground, radius, scale, rng)
    body = np.stack([shapely.contains_xy(part, *centre.T) for part in parts]).argmax(axis=0)
    return Land(ground, body, centre, size * POPULATION * share * 0.8, n_street, scale)


def _polygon(corners: str, scale: float) -> shapely.Polygon:
    points = [[float(number) for number in corner.split()] for corner in corners.split(", ")]
    return shapely.Polygon(np.array(points) * METRES_PER_KM * scale)


def _apart(
    ground: shapely.Geometry, radius: NDArray[np.float64], scale: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Town centres whose lattices do not touch, the largest placed first; shape (n_towns, 2)."""
    centre = np.empty((len(radius), 2))
    offered = _on_land(ground, 40 * len(radius), scale, rng)
    placed = 0
    for point in offered:
        away = np.hypot(*(centre[:placed] - point).T)
        if (away > 1.6 * (radius[:placed] + radius[placed])).all():
            centre[placed] = point
            placed += 1
            if placed == len(radius):
                return centre
    message = "the towns do not fit on the land"
    raise RuntimeError(message)


def _on_land(ground: shapely.Geometry, n: int, scale: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Give n points on land, denser in the south; shape (n, 2)."""
    west, south, east, north = ground.bounds
    found, n_found = [], 0
    while n_found < n:
        points = rng.uniform((west, south), (east, north), (2 * n + 100, 2))
        kept = rng.random(len(points)) < np.exp(-points[:, 1] / (450_000.0 * scale))
        points = points[kept]
        points = points[shapely.contains_xy(ground, *points.T)]
        found.append(points)
        n_found += len(points)
    return np.concatenate(found)[:n]


def _nodes(
    land: Land, n_nodes: int, rng: np.random.Generator
) -> tuple[Nodes, NDArray[np.intp], NDArray[np.float64]]:
    """Place all nodes: towns, linking roads, and minor roads; and give the links (k, 2) with their km/h."""
    towns = [_lattice(land, town, rng) for town in range(len(land.centre))]
    points = np.concatenate([each.points for each in towns])
    first = np.cumsum([0, *(len(each.points) for each in towns[:-1])])  # the centre of each town
    on_links, links, kmh = _links(land, first, len(points), rng)
    n_minor = n_nodes - len(points) - len(on_links)
    beside_towns = land.centre[rng.integers(0, len(towns), n_minor)]
    near = beside_towns + rng.normal(0, 1, (n_minor, 2)) * rng.exponential(7_000.0, (n_minor, 1))
    near = near[shapely.contains_xy(land.ground, *near.T)][: n_minor // 2]
    anywhere = _on_land(land.ground, n_minor - len(near), land.scale, rng)
    outside = np.concatenate([on_links, near, anywhere])
    beyond = np.full(len(outside), -1, dtype=np.intp)
    return (
        Nodes(
            np.concatenate([points, outside]),
            np.concatenate([*(each.town for each in towns), beyond]),
            np.concatenate([*(each.column for each in towns), beyond]),
            np.concatenate([*(each.row for each in towns), beyond]),
        ),
        links,
        kmh,
    )


def _lattice(land: Land, town: int, rng: np.random.Generator) -> Nodes:
    """Corners of a town's streets: the lattice points nearest to the centre, the centre first."""
    n = int(land.street_nodes[town])
    half = int(np.ceil(np.sqrt(n / np.pi))) + 2
    column, row = (each.ravel() for each in np.mgrid[-half : half + 1, -half : half + 1])
    kept = np.argsort(column**2 + row**2, kind="stable")[:n]
    column, row = column[kept], row[kept]
    bent = np.column_stack([column, row]) + rng.uniform(-0.25, 0.25, (n, 2))
    turn = rng.uniform(0, np.pi / 2)
    turned = bent @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    points = land.centre[town] + turned * BLOCK_METRES
    return Nodes(points, np.full(n, town), column.astype(np.intp), row.astype(np.intp))


def _links(
    land: Land, centre_node: NDArray[np.intp], n_before: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.float64]]:
    """Roads that link towns: points of their nodes (k, 2), node pairs (e, 2) and km/h (e,)."""
    points: list[NDArray[np.float64]] = []
    pairs: list[NDArray[np.intp]] = []
    speeds: list[NDArray[np.float64]] = []
    for share, spacing_metres, kmh in LINKS:
        n_towns = min(len(land.centre), max(4, round(share * len(land.centre))))
        for a, b in _neighbours(land.centre[:n_towns]):
            if land.body[a] != land.body[b]:
                continue  # to an island there is a ferry
            way = land.centre[b] - land.centre[a]
            metres = float(np.hypot(*way))
            n_between = max(1, round(metres / spacing_metres))
            along = np.arange(1, n_between + 1)[:, None] / (n_between + 1)
            bow = rng.normal(0, 0.06) * np.sin(np.pi * along) + rng.normal(0, 0.02) * np.sin(
                3 * np.pi * along
            )
            jitter = rng.normal(0, 40.0, (n_between, 2))
            points.append(land.centre[a] + along * way + bow * np.array([-way[1], way[0]]) + jitter)
            own = n_before + np.arange(n_between)
            chain = np.concatenate([[centre_node[a]], own, [centre_node[b]]])
            pairs.append(np.column_stack([chain[:-1], chain[1:]]))
            speeds.append(np.full(n_between + 1, kmh))
            n_before += n_between
    return np.concatenate(points), np.concatenate(pairs), np.concatenate(speeds)


def _neighbours(points: NDArray[np.float64]) -> NDArray[np.intp]:
    """Pairs with no third point nearer to both than they to each other, roughly; shape (k, 2)."""
    a, b = _triangle_sides(points)
    metres = np.hypot(*(points[a] - points[b]).T)
    middle = (points[a] + points[b]) / 2
    third, _ = KDTree(points).query(middle, k=1)
    kept = third >= 0.35 * metres  # 0.5 would be Gabriel's graph
    return np.column_stack([a[kept], b[kept]])


def _triangle_sides(points: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Sides of the Delaunay triangles, each once, the lower number first."""
    corners = Delaunay(points).simplices.astype(np.int64)
    sides = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    sides.sort(axis=1)
    code = np.unique(sides[:, 0] * len(points) + sides[:, 1])
    return (code // len(points)).astype(np.intp), (code % len(points)).astype(np.intp)


def _streets(
    land: Land, nodes: Nodes, links: NDArray[np.intp], rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_], NDArray[np.bool_]]:
    """Choose the edges: links, a spanning tree, and the likeliest others: start, end, in the tree, is a link.

    Every node is on the tree, whose edges are open both ways: so every node reaches every other.
    """
    n = len(nodes.points)
    start, end = _triangle_sides(nodes.points)
    links = np.sort(links, axis=1)
    free = ~np.isin(start * n + end, links @ np.array([n, 1]))
    start, end = np.concatenate([start[free], links[:, 0]]), np.concatenate([end[free], links[:, 1]])
    is_link = np.arange(len(start)) >= free.sum()
    in_town = (nodes.town[start] >= 0) & (nodes.town[start] == nodes.town[end])
    cost = _metres(nodes, start, end) * rng.lognormal(0, 0.25, len(start))
    cost[_is_arterial(nodes, start, end)] *= 0.3
    cost[_is_at_sea(land, nodes, start, end)] *= 20  # no ferry where there is a way round
    cost[is_link] = 1e-3
    tree = minimum_spanning_tree(coo_array((cost, (start, end)), shape=(n, n))).tocoo()
    pairs_of_tree = np.sort(np.column_stack([tree.row, tree.col]).astype(np.int64), axis=1)
    in_tree = np.isin(start * n + end, pairs_of_tree @ np.array([n, 1]))
    needed = in_tree | is_link
    n_extra = round(n * ARCS_PER_NODE / (2 - ONE_WAY_SHARE)) - needed.sum()
    order = np.argsort(cost, kind="stable")
    order = order[~needed[order]]
    urban, rural = order[in_town[order]], order[~in_town[order]]
    n_urban = round(EXTRA_IN_TOWNS * n_extra)
    kept = np.concatenate([np.flatnonzero(needed), urban[:n_urban], rural[: n_extra - n_urban]])
    return start[kept], end[kept], in_tree[kept], is_link[kept]


def _metres(nodes: Nodes, start: NDArray[np.intp], end: NDArray[np.intp]) -> NDArray[np.float64]:
    return np.asarray(np.hypot(*(nodes.points[start] - nodes.points[end]).T))


def _is_at_sea(land: Land, nodes: Nodes, start: NDArray[np.intp], end: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether an edge of some length has its middle on water."""
    found = _metres(nodes, start, end) > 2 * BLOCK_METRES
    middle = (nodes.points[start[found]] + nodes.points[end[found]]) / 2
    found[found] = ~shapely.contains_xy(land.ground, *middle.T)
    return found


def _is_arterial(nodes: Nodes, start: NDArray[np.intp], end: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether both ends lie on the same wide street of a town, one block apart."""
    across = nodes.column[start] - nodes.column[end]
    up = nodes.row[start] - nodes.row[end]
    next_to = np.abs(across) + np.abs(up) == 1
    along = np.where(across == 0, nodes.column[start], nodes.row[start])
    in_town = (nodes.town[start] >= 0) & (nodes.town[start] == nodes.town[end])
    return in_town & next_to & (along % ARTERIAL_EVERY == 0)


def _speeds(
    nodes: Nodes, start: NDArray[np.intp], end: NDArray[np.intp], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Km/h of streets and minor roads."""
    in_town = (nodes.town[start] >= 0) & (nodes.town[start] == nodes.town[end])
    arterial = _is_arterial(nodes, start, end)
    street = rng.choice([30.0, 40.0], len(start))
    minor = rng.choice([40.0, 50.0, 70.0], len(start), p=[0.3, 0.4, 0.3])
    return np.select([arterial, in_town], [np.full(len(start), ARTERIAL_KMH), street], minor)


def _lines(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    bent: NDArray[np.bool_],
    rng: np.random.Generator,
) -> NDArray[np.object_]:
    """Straight lines, and lines with one bend for minor roads; shape (n_edges,)."""
    lines = np.empty(len(start), dtype=object)
    lines[~bent] = shapely.linestrings(np.stack([start[~bent], end[~bent]], axis=1))
    a, b = start[bent], end[bent]
    aside = rng.normal(0, 0.12, (len(a), 1)) * (b - a)[:, ::-1] * np.array([-1.0, 1.0])
    lines[bent] = shapely.linestrings(np.stack([a, (a + b) / 2 + aside, b], axis=1))
    return lines


def _grid(land: Land) -> NDArray[np.float64]:
    """Middles of the cells of 1 km on land, shape (n, 2)."""
    west, south, east, north = land.ground.bounds
    columns = np.arange(np.floor(west / 1000), np.ceil(east / 1000))
    rows = np.arange(np.floor(south / 1000), np.ceil(north / 1000))
    grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2) * 1000.0 + 500.0
    return grid[shapely.contains_xy(land.ground, *grid.T)]


def _premises(land: Land, n_sites: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Premises near the towns' centres, more of them where more people live; shape (n_sites, 2)."""
    chance = land.population**0.7
    town = rng.choice(len(chance), 3 * n_sites, p=chance / chance.sum())
    spread = 0.3 * land.radius_metres[town] + 200.0
    points = land.centre[town] + rng.normal(0, 1, (len(town), 2)) * spread[:, None]
    return points[shapely.contains_xy(land.ground, *points.T)][:n_sites]


def _places(points: NDArray[np.float64], word: str) -> Places:
    return Places(tuple(f"{word}-{number}" for number in range(len(points))), points)


def main() -> None:
    """Print what the country holds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--share", type=float, default=1.0, help="of the full size")
    share = parser.parse_args().share
    started = time.perf_counter()
    roads = country_network(round(N_NODES * share))
    made_seconds = time.perf_counter() - started
    cells, sites, youths = country_places(round(N_CELLS * share), round(N_SITES * share))
    west, south, east, north = shapely.total_bounds(roads.lines) / METRES_PER_KM
    kmh = roads.kilometres / roads.minutes.min(axis=1) * MINUTES_PER_HOUR
    degree = np.bincount(np.concatenate([roads.from_node, roads.to_node]))
    print(f"{len(roads.node_ids):,} nodes, {len(roads.lines):,} edges, {len(arcs(roads)[0]):,} arcs")
    print(
        f"{roads.kilometres.sum():,.0f} km of road; {east - west:,.0f} km wide, {north - south:,.0f} km long"
    )
    for speed in np.unique(kmh.round()):
        print(f"  {speed:.0f} km/h: {roads.kilometres[kmh.round() == speed].sum():,.0f} km")
    print("edges at a node:", ", ".join(f"{k}: {n:,}" for k, n in enumerate(np.bincount(degree)[:6])))
    print(f"strongly connected: {is_strongly_connected(roads)}")
    print(f"{len(cells.ids):,} cells, {len(sites.ids):,} sites, {youths.sum():,.0f} youths")
    print(f"made in {made_seconds:.0f} s")


if __name__ == "__main__":
    main()
