"""Quickest ways by the hierarchy: for many destinations on a large network."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..cache import are_like, digest_of
from ..hierarchy import (
    FINEST_UNIT,
    LANES,
    NEVER,
    TOPOLOGY_VERSION,
    Downhill,
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
from .minutes import Ends, Found, Leaving, Pace, finish_minutes
from .trips import part_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ..cache import Cache
    from ..roads import Junctions, RoadNetwork
    from ..workers import Workers

THREADS: Final = min(4, os.cpu_count() or 1)
"""Threads that sweep, each over its own blocks of destinations; what they find does not depend on it.

Each holds numbers of its own, 52 MB for the cells of a country.
"""
BLOCKS_A_TASK: Final = 8
"""Blocks that a worker of another process does at once: some seconds' work on a country."""


def kept_topology(roads: RoadNetwork, cache: Cache) -> Topology:
    """Order a road network's nodes, unless the cache has them in order; minutes do not matter."""
    points = np.nan_to_num(roads.node_points())  # a node without an edge may lie anywhere
    network = len(points), roads.from_node, roads.to_node, points

    def make() -> dict[str, NDArray[np.generic]]:
        made = topology_of(*network)
        return {field.name: getattr(made, field.name) for field in fields(Topology)}

    def fits(arrays: Mapping[str, NDArray[Any]]) -> bool:
        n, k = len(points), len(roads.from_node)
        expected = {
            "number": (np.int32, (n,)),
            "up_start": (np.int64, (n + 1,)),
            "up_head": (np.int32, (None,)),
            "arc": (np.int64, (k,)),
            "upwards": (np.bool_, (k,)),
        }
        return are_like(arrays, expected) and Topology(**arrays).is_sound()

    kept = cache.arrays("hierarchy", digest_of(TOPOLOGY_VERSION, *network), make, fits=fits)
    # Copies, for arrays that cannot be written to are another type to numba, which would compile all anew.
    return Topology(**{name: np.array(array) for name, array in kept.items()})


def ends_of(places: Junctions, points_metres: NDArray[np.float64]) -> Ends:
    """Take places as the ends of trips."""
    east, north = np.ascontiguousarray(points_metres.T)
    return Ends(places.edge, places.share, places.distance_metres, east, north)


def part_of_ends(ends: Ends, some: slice | NDArray[np.intp]) -> Ends:
    """Take some of the places, in that order."""
    return Ends(ends.edge[some], ends.share[some], ends.metres[some], ends.east[some], ends.north[some])


@dataclass(frozen=True, eq=False)
class SweptSearch:
    """All that a block of destinations is searched by, the same for all blocks."""

    topology: Topology
    weights: Weights
    downhill: Downhill
    leaving: Leaving
    arriving: Ends  # all destinations
    first: NDArray[np.int32]  # (n_destinations, 2) numbered nodes at either end of their edge
    value: NDArray[np.uint32]  # (n_destinations, 2) what the way from these to the destination takes
    pace: Pace

    def run(
        self, blocks: Sequence[slice], out: NDArray[np.float32 | np.float64], first_column: int = 0
    ) -> int:
        """Write the minutes to blocks of up to `LANES` destinations into their columns; the largest number.

        While that and the largest weight together are below `NEVER`, no way has been lost for its length.
        `first_column` is the destination that the first column of `out` belongs to.
        """
        labels, largest = no_labels(self.downhill), 0
        slope = Slope(self.topology.up, self.weights.down, self.downhill.row)
        for some in blocks:
            climbed = climb(self.first[some], self.value[some], slope, labels)
            largest = max(largest, climbed, sweep(self.downhill.arcs, labels))
            found = Found(labels.numbers, self.weights.unit)
            columns = out[:, some.start - first_column : some.stop - first_column]
            finish_minutes(found, self.leaving, part_of_ends(self.arriving, some), self.pace, columns)
        return largest

    def run_in_threads(self, blocks: Sequence[slice], out: NDArray[np.float32 | np.float64]) -> int:
        """Do as `run` in several threads at once."""
        with ThreadPoolExecutor(THREADS) as threads:
            shares = [blocks[k::THREADS] for k in range(THREADS)]
            return max(threads.map(lambda share: self.run(share, out), shares))

    def run_by_workers(
        self, blocks: Sequence[slice], out: NDArray[np.float32 | np.float64], workers: Workers
    ) -> int:
        """Do as `run` by workers that may be other processes; these get the network once."""
        tasks = [blocks[k : k + BLOCKS_A_TASK] for k in range(0, len(blocks), BLOCKS_A_TASK)]
        largest = 0
        found = workers.map(_do_task, tasks, shared=(self, out.dtype.str))
        for task, (minutes, number) in zip(tasks, found, strict=True):
            out[:, task[0].start : task[0].start + minutes.shape[1]] = minutes
            largest = max(largest, number)
        return largest


def _do_task(
    shared: tuple[SweptSearch, str], blocks: Sequence[slice]
) -> tuple[NDArray[np.float32 | np.float64], int]:
    """Minutes to neighbouring blocks of destinations, and the largest number."""
    search, dtype = shared
    begin, end = blocks[0].start, min(blocks[-1].stop, len(search.arriving.edge))
    minutes = np.empty((len(search.leaving.place), end - begin), dtype=dtype)
    return minutes, search.run(blocks, minutes, begin)


@dataclass(frozen=True, eq=False)
class SweptRoads:
    """A network with its hierarchy."""

    roads: RoadNetwork
    topology: Topology

    def write_minutes(
        self,
        origins: Ends,
        destinations: Ends,
        pace: Pace,
        out: NDArray[np.float32 | np.float64],
        *,
        workers: Workers | None = None,
    ) -> None:
        """Write the minutes of all trips, shape (n_origins, n_destinations); without workers, in threads."""
        n, unit = len(destinations.edge), FINEST_UNIT
        blocks = [slice(start, start + LANES) for start in range(0, n, LANES)]
        while True:
            weights = weights_of(self.topology, self.roads.minutes, unit=unit)
            search = self._search(weights, origins, destinations, pace)
            largest = search.run(blocks[:1], out)  # too fine a unit mostly shows here
            if largest + weights.largest < NEVER:
                others = blocks[1:], out
                largest = max(
                    largest,
                    search.run_by_workers(*others, workers) if workers else search.run_in_threads(*others),
                )
            if largest + weights.largest < NEVER:
                return
            unit = 2 * weights.unit

    def _search(self, weights: Weights, origins: Ends, destinations: Ends, pace: Pace) -> SweptSearch:
        minutes = self.roads.minutes
        nodes = np.column_stack([self.roads.from_node, self.roads.to_node])
        downhill = downhill_to(nodes[origins.edge].ravel(), self.topology, weights)
        row = downhill.row[self.topology.number[nodes[origins.edge]]]
        order = np.argsort(row.min(axis=1), kind="stable")
        share, (there, back) = origins.share, minutes[origins.edge].T
        off = np.column_stack([part_of(share, back), part_of(1 - share, there)])
        share, (there, back) = destinations.share, minutes[destinations.edge].T
        onto = np.column_stack([part_of(share, there), part_of(1 - share, back)])
        return SweptSearch(
            topology=self.topology,
            weights=weights,
            downhill=downhill,
            leaving=Leaving(
                part_of_ends(origins, order), order, row[order], off[order], np.array(minutes, order="C")
            ),
            arriving=destinations,
            first=self.topology.number[nodes[destinations.edge]],
            value=whole(onto, weights.unit),
            pace=pace,
        )
