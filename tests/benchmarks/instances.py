"""Instances of location problems: OR-Library's pmed, look-alikes of them, and made-up geography.

An instance is named by a text, so that it can be handed to another process and another interpreter:

- ``pmed:6``: OR-Library's own, from ``tests/data/pmed.txt`` (1-5) or from a folder of the published files
- ``pmed-like:6``: seeded, of the size of pmed6, lengths of its edges drawn alike; not OR-Library's
- ``plane:5000x100`` or ``plane:5000x100:3``: towns in a plane, the last number is the seed
- ``file:PATH``: arrays ``minutes`` and ``demand`` of an .npz
- ``roads:FOLDER:5000x100:3``: cells and sites drawn from minutes over a road network, which a folder holds

This module needs numpy and scipy only: peers read it with their own interpreter.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

ORLIB_FOLDER: Final = "SITING_ORLIB"
"""Environment variable that names the folder of the published files."""
PMED_OF_THE_TESTS: Final = Path(__file__).parent.parent / "data" / "pmed.txt"
PMED_SIZES: Final = tuple(
    (nodes, p)
    for nodes, all_p in (
        (100, (5, 10, 10, 20, 33)),
        (200, (5, 10, 20, 40, 67)),
        (300, (5, 10, 30, 60, 100)),
        (400, (5, 10, 40, 80, 133)),
        (500, (5, 10, 50, 100, 167)),
        (600, (5, 10, 60, 120, 200)),
        (700, (5, 10, 70, 140)),
        (800, (5, 10, 80)),
        (900, (5, 10, 90)),
    )
    for p in all_p
)
"""Nodes and p of pmed1-40; each has nodes^2 / 50 edges."""
PMED_OPTIMA: Final = (
    *(5819, 4093, 4250, 3034, 1355, 7824, 5631, 4445, 2734, 1255),
    *(7696, 6634, 4374, 2968, 1729, 8162, 6999, 4809, 2845, 1789),
    *(9138, 8579, 4619, 2961, 1828, 9917, 8307, 4498, 3033, 1989),
    *(10086, 9297, 4700, 3013, 10400, 9934, 5057, 11060, 9423, 5128),
)
"""Published optima of pmed1-40: OR-Library, file pmedopt; J. E. Beasley (1985), EJOR 21, 270-273."""
MINUTES_PER_KM_OF_PLANE: Final = 1.3  # 60 km/h on a way 1.3 times as long as the straight line


def load(name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give minutes (cells, sites) and demand (cells,) of an instance by its name."""
    kind, _, rest = name.partition(":")
    if kind == "file":
        with np.load(rest) as arrays:
            return arrays["minutes"], arrays["demand"]
    if kind == "roads":
        folder, size, seed = rest.rsplit(":", 2)
        cells, sites = (int(number) for number in size.split("x"))
        return part_of_roads(Path(folder), cells, sites, int(seed))
    if kind == "plane":
        size, _, seed = rest.partition(":")
        cells, sites = (int(number) for number in size.split("x"))
        return plane(cells, sites, int(seed or 1))
    number = int(rest)
    edges = pmed_like_edges(number) if kind == "pmed-like" else pmed_edges(number)
    n = PMED_SIZES[number - 1][0]
    return lengths(n, edges), np.ones(n)


def pmed_name(number: int) -> str:
    """Name the real instance where its file is at hand, else its look-alike."""
    is_real = _pmed_path(number) is not None or number <= 5
    return f"pmed:{number}" if is_real else f"pmed-like:{number}"


def pmed_edges(number: int) -> NDArray[np.int64]:
    """Edges (k, 3) of a published instance: two nodes from 0, and a length.

    Raises
    ------
    FileNotFoundError
        If the file is not at hand.
    """
    path = _pmed_path(number)
    if path is not None:
        return read_orlib(path.read_text(encoding="ascii"))[2]
    for nodes_edges_p, edges in _pmed_of_the_tests():
        if number == nodes_edges_p:
            return edges
    message = f"pmed{number} is not at hand; give the folder of OR-Library's files with --orlib"
    raise FileNotFoundError(message)


def read_orlib(text: str) -> tuple[int, int, NDArray[np.int64]]:
    """Read a published file: nodes, p, and edges (k, 3) with nodes from 0, in the order of the file."""
    numbers = np.array(text.split(), dtype=np.int64)
    nodes, n_edges, p = (int(number) for number in numbers[:3])
    edges = numbers[3:].reshape(n_edges, 3) - np.array([1, 1, 0])
    return nodes, p, edges


def pmed_like_edges(number: int) -> NDArray[np.int64]:
    """Edges (k, 3) of a made-up instance of a published one's size: a random path through all, and others."""
    n, _ = PMED_SIZES[number - 1]
    rng = np.random.default_rng(number)
    path = rng.permutation(n)
    others = rng.integers(0, n, (n * n // 50 - (n - 1), 2))
    ends = np.concatenate([np.column_stack([path[:-1], path[1:]]), others])
    return np.column_stack([ends, rng.integers(1, 101, len(ends))])


def lengths(n: int, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Shortest ways between all nodes, (n, n); of an edge that is given twice the last length holds."""
    last = {(min(a, b), max(a, b)): length for a, b, length in edges.tolist() if a != b}
    a, b = np.array(list(last)).T
    graph = csr_array((list(last.values()), (a, b)), shape=(n, n))
    return np.asarray(dijkstra(graph, directed=False), dtype=np.float64)


def plane(cells: int, sites: int, seed: int = 1) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Towns in a plane: minutes (cells, sites) and demand (cells,), real numbers.

    The land grows with the cells, 1 km2 each on average. Six cells of ten and eight sites of ten lie in
    towns, whose sizes follow Zipf's law. Minutes are the straight way at 60 km/h with a detour of 1.3 and
    15 % noise for each pair.
    """
    rng = np.random.default_rng([seed, cells, sites])
    side_km = np.sqrt(cells)
    n_towns = max(3, cells // 150)
    centre = rng.uniform(0, side_km, (n_towns, 2))
    size = 1.0 / np.arange(1, n_towns + 1)

    def scattered(n: int, share_in_towns: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        town = rng.choice(n_towns, n, p=size / size.sum())
        radius_km = 1.5 * np.sqrt(1 + 20 * size[town])[:, None]
        near = centre[town] + rng.normal(0, 1, (n, 2)) * radius_km
        in_town = rng.random(n) < share_in_towns
        points = np.where(in_town[:, None], near, rng.uniform(0, side_km, (n, 2)))
        return np.clip(points, 0, side_km), in_town

    at, in_town = scattered(cells, 0.6)
    of_sites, _ = scattered(sites, 0.8)
    minutes = np.empty((cells, sites))
    for rows in np.array_split(np.arange(cells), max(1, cells * sites // 2_000_000)):
        km = np.hypot(*(at[rows, None] - of_sites[None]).transpose(2, 0, 1))
        noise = np.exp(rng.normal(0, 0.15, km.shape))
        minutes[rows] = 1.0 + km * noise * MINUTES_PER_KM_OF_PLANE
    demand = rng.lognormal(np.where(in_town, 2.5, 1.0), 1.0)
    return minutes, demand


def part_of_roads(
    folder: Path, cells: int, sites: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw cells and sites from the arrays minutes.npy and demand.npy.

    Raises
    ------
    ValueError
        If there are not as many.
    """
    minutes = np.load(folder / "minutes.npy", mmap_mode="r")
    demand = np.load(folder / "demand.npy")
    rng = np.random.default_rng([seed, cells, sites])
    rows, columns = (
        np.sort(rng.choice(n, wanted, replace=False))
        for n, wanted in zip(minutes.shape, (cells, sites), strict=True)
    )
    return minutes[rows][:, columns].astype(np.float64), demand[rows]


def median_worth(minutes: NDArray[np.float64], demand: NDArray[np.float64], sites: Iterable[int]) -> float:
    """Sum of demand x minutes to the nearest of these sites."""
    return float(demand @ minutes[:, list(sites)].min(axis=1))


def coverage_worth(
    minutes: NDArray[np.float64], demand: NDArray[np.float64], sites: Iterable[int], standard: float
) -> float:
    """Demand within the standard (<=) of one of these sites."""
    return float(demand[(minutes[:, list(sites)] <= standard).any(axis=1)].sum())


def center_worth(minutes: NDArray[np.float64], sites: Iterable[int]) -> float:
    """Longest of all cells' minutes to the nearest of these sites."""
    return float(minutes[:, list(sites)].min(axis=1).max())


def _pmed_path(number: int) -> Path | None:
    folder = os.environ.get(ORLIB_FOLDER)
    paths = [Path(folder or ".") / f"pmed{number}{end}" for end in (".txt", "")]
    return next((path for path in paths if folder and path.exists()), None)


def _pmed_of_the_tests() -> Iterable[tuple[int, NDArray[np.int64]]]:
    """Read the instances that the tests use: a head line with the name, then edges ``i j length; ...``."""
    number, rows = 0, []
    lines = [*PMED_OF_THE_TESTS.read_text(encoding="ascii").splitlines(), "pmed0"]
    for line in lines:
        if line.startswith("#") or not line.strip():
            continue
        if not line.startswith("pmed"):
            rows += [each.split() for each in line.split(";") if each.strip()]
            continue
        if rows:
            yield number, np.array(rows, dtype=np.int64) - np.array([1, 1, 0])
        number, rows = int(line.split()[0].removeprefix("pmed")), []
