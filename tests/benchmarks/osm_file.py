"""A made-up county as an OpenStreetMap extract, and how long it takes to read its streets.

``python tests/benchmarks/osm_file.py county.osm.pbf [--megabytes 100]`` writes the file if it is not
there and measures reading it, in a process of its own.

The county is a bent grid of winding streets among buildings, woods and addresses, in about the shares
of a real extract: one node in six belongs to a street. The border of
the county, 2,000 corners, holds three fifths of it.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

if TYPE_CHECKING:
    import osmium

JUNCTIONS_PER_MEGABYTE = 4_700  # found by trying
STREET_NODES = 5  # between two junctions
BUILDINGS_PER_JUNCTION = 2.6
OUTLINES_PER_JUNCTION = 0.1
SPACING_DEGREES = 0.003
SOUTH, WEST = 60.0, 13.0
FIRST_ID = 250_000_000
CLASS_SHARES = {
    "residential": 0.22,
    "unclassified": 0.12,
    "service": 0.2,
    "track": 0.16,
    "tertiary": 0.06,
    "secondary": 0.04,
    "primary": 0.03,
    "footway": 0.12,
    "path": 0.05,
}
LIMITS = ("30", "40", "50", "60", "70", "80", "90", "100")


def write_county_pbf(path: Path, *, megabytes: float, seed: int) -> None:
    """Write the extract; the same size and seed give the same county."""
    import osmium

    random = np.random.default_rng(seed)
    junctions, grid = _junctions(megabytes, random)
    places = [junctions]
    ways: list[tuple[NDArray[np.int64], dict[str, str]]] = []
    n_nodes = len(junctions)
    for along in _streets(grid, random):
        inner = _winding(junctions[along], random)
        between = n_nodes + np.arange(len(inner)).reshape(-1, STREET_NODES)
        row = np.append(np.column_stack([along[:-1], between]).ravel(), along[-1])
        ways.append((row, _street_tags(random)))
        places.append(inner)
        n_nodes += len(inner)
    for n_corners, size, share, tags in (
        (4, 0.0001, BUILDINGS_PER_JUNCTION, {"building": "yes"}),
        (60, 0.002, OUTLINES_PER_JUNCTION, {"natural": "wood"}),
    ):
        middles = junctions[random.integers(0, len(junctions), round(len(junctions) * share))]
        corners = _outlines(middles, n_corners, size, random)
        rows = n_nodes + np.arange(len(corners)).reshape(-1, n_corners)
        ways += [(np.append(row, row[0]), tags) for row in rows]
        places.append(corners)
        n_nodes += len(corners)
    unfinished = path.with_name("unfinished.osm.pbf")
    unfinished.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(unfinished)) as writer:
        _write(writer, np.concatenate(places), ways, random)
    unfinished.replace(path)


def county_border(megabytes: float) -> shapely.Polygon:
    """Ragged border around the middle of the extract, three fifths of it."""
    turn = np.linspace(0, 2 * np.pi, 2_000, endpoint=False)
    radius = 1 + 0.05 * np.sin(40 * turn) + 0.02 * np.sin(311 * turn)
    circle = np.column_stack([0.73 + 0.64 * radius * np.cos(turn), 1.46 + 1.26 * radius * np.sin(turn)])
    return shapely.Polygon((WEST, SOUTH) + circle * (megabytes / 100) ** 0.5)


def read_county_pbf(path: Path) -> dict[str, float]:
    """Read the streets within the border, in a process of its own: seconds, MiB at the peak, counts."""
    command = [sys.executable, __file__, str(path), "--read"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def _read(path: Path) -> dict[str, float]:
    from siting.sources.osm.street_settings import StreetSettings
    from siting.sources.osm.streets import read_streets

    started = time.perf_counter()
    streets = read_streets(path, clip=county_border(path.stat().st_size / 1e6), settings=StreetSettings())
    return {
        "seconds": time.perf_counter() - started,
        "mebibytes": _peak_mebibytes(),
        "n_nodes": len(streets.nodes),
        "n_edges": len(streets.edges),
        "n_arcs": int(streets.edges[["minutes", "minutes_back"]].notna().to_numpy().sum()),
    }


def _peak_mebibytes() -> float:
    """Peak of this process alone; resource.getrusage carries over that of the parent which wrote the file."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) / 1024 if found else float("nan")


def _junctions(
    megabytes: float, random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Longitudes and latitudes of a grid with jitter, (n, 2); and the grid of their numbers."""
    n_columns = max(2, round((JUNCTIONS_PER_MEGABYTE * megabytes / 2) ** 0.5))
    grid = np.arange(2 * n_columns * n_columns).reshape(2 * n_columns, n_columns)
    row, column = np.divmod(grid.ravel(), n_columns)
    jitter = random.normal(0, SPACING_DEGREES / 8, (grid.size, 2))
    return np.column_stack([WEST + column * SPACING_DEGREES, SOUTH + row * SPACING_DEGREES]) + jitter, grid


def _streets(grid: NDArray[np.int64], random: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Junctions along each way: stretches of one to five blocks, with gaps; about 1.3 a junction."""
    for line in (*grid, *grid.T):
        at = 0
        while at < len(line) - 1:
            blocks = int(random.integers(1, 6))
            if random.random() < 0.65:
                yield line[at : at + blocks + 1]
            at += blocks


def _winding(corners: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Nodes between the junctions of a way, on a bent line; STREET_NODES after each junction but the last."""
    share = np.arange(1, STREET_NODES + 1) / (STREET_NODES + 1)
    step = np.diff(corners, axis=0)
    bend = np.sin(np.pi * share) * random.normal(0, 0.1, (len(step), 1))
    across = step[:, ::-1] * (-1, 1)
    inner = corners[:-1, None] + step[:, None] * share[:, None] + across[:, None] * bend[:, :, None]
    return inner.reshape(-1, 2)


def _outlines(
    middles: NDArray[np.float64], n_corners: int, size: float, random: np.random.Generator
) -> NDArray[np.float64]:
    turn = np.linspace(0, 2 * np.pi, n_corners, endpoint=False)
    ring = np.column_stack([np.cos(turn), np.sin(turn)]) * size
    shifted = middles[:, None] + random.normal(0, SPACING_DEGREES / 3, (len(middles), 1, 2))
    ragged = random.uniform(0.7, 1.3, (len(middles), n_corners, 1))
    return (shifted + ring * ragged).reshape(-1, 2)


def _street_tags(random: np.random.Generator) -> dict[str, str]:
    kind = str(random.choice(list(CLASS_SHARES), p=list(CLASS_SHARES.values())))
    tags = {"highway": kind, "name": f"Gata {random.integers(20_000)}", "surface": "asphalt"}
    if kind not in ("footway", "path", "track") and random.random() < 0.5:
        tags["maxspeed"] = str(random.choice(LIMITS))
    if random.random() < 0.05:
        tags["oneway"] = "yes"
    if kind in ("primary", "secondary"):
        tags["ref"] = str(random.integers(50, 1_000))
    return tags


def _write(
    writer: osmium.SimpleWriter,
    places: NDArray[np.float64],
    ways: list[tuple[NDArray[np.int64], dict[str, str]]],
    random: np.random.Generator,
) -> None:
    """Write nodes, some with tags, then ways."""
    kind = random.choice(4, size=len(places), p=(0.985, 0.01, 0.004, 0.001))
    tags = (
        {},
        {"addr:housenumber": "7", "addr:street": "Gata 7"},
        {"highway": "crossing"},
        {"highway": "traffic_signals"},
    )
    changeset = random.integers(1_000_000, 150_000_000, len(places)).tolist()
    node = SimpleNamespace(version=2)
    for number, (place, each) in enumerate(zip(places.tolist(), kind.tolist(), strict=True)):
        node.id, node.location, node.tags = FIRST_ID + number, place, tags[each]
        node.changeset = changeset[number]
        writer.add_node(node)
    way = SimpleNamespace(version=3)
    for number, (row, said) in enumerate(ways):
        way.id, way.nodes, way.tags = FIRST_ID + number, (FIRST_ID + row).tolist(), said
        writer.add_way(way)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path)
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--read", action="store_true")
    arguments = parser.parse_args()
    if arguments.read:
        print(json.dumps(_read(arguments.path)))
    else:
        if not arguments.path.exists():
            write_county_pbf(arguments.path, megabytes=arguments.megabytes, seed=1)
        print(f"{arguments.path.stat().st_size / 1e6:.0f} MB", read_county_pbf(arguments.path))
