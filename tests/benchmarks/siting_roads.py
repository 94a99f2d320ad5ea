"""siting's hierarchy from node to node: what is left of a router when places need not be snapped."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from meter import Meter
from numba import njit
from road_peers import read_inputs, road_answer

from siting.hierarchy import (
    LANES,
    Slope,
    Topology,
    Weights,
    climb,
    downhill_to,
    no_labels,
    sweep,
    topology_of,
    weights_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

THREADS = 2


def node_to_node(path: str) -> dict[str, Any]:
    """Minutes from all sources to all targets of an input file.

    The topology is built and weighed before, as a peer's; how long that took is told beside. The second
    run counts, when all is compiled.
    """
    arrays = read_inputs(path)
    started = time.perf_counter()
    ends = arrays["tail"].astype(np.intp), arrays["head"].astype(np.intp)
    topology = topology_of(len(arrays["points"]), *ends, arrays["points"])
    built = time.perf_counter()
    # The search runs backwards from its places; so it is given the arcs the other way round.
    forward = np.column_stack([np.full(len(ends[0]), np.inf), arrays["minutes"]])
    weights = weights_of(topology, forward)
    weighed = time.perf_counter()
    swept(topology, weights, arrays["sources"][:LANES], arrays["targets"])
    with Meter() as meter:
        minutes = swept(topology, weights, arrays["sources"], arrays["targets"])
    note = f"topology built in {built - started:,.1f} s, weighed in {weighed - built:,.1f} s"
    return road_answer(meter, minutes.T, arrays, ("siting", "numba"), note)


def swept(
    topology: Topology, weights: Weights, sources: NDArray[np.intp], targets: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Minutes between sources and targets, (n_targets, n_sources)."""
    downhill = downhill_to(targets, topology, weights)
    slope = Slope(topology.up, weights.down, downhill.row)
    rows = downhill.row[topology.number[targets]]
    first = np.repeat(topology.number[sources][:, None], 2, axis=1)
    value = np.zeros(first.shape, dtype=weights.up.dtype)
    found = np.empty((len(targets), len(sources)), dtype=np.float32)
    blocks = [slice(start, start + LANES) for start in range(0, len(sources), LANES)]

    def run(some_blocks: list[slice]) -> None:
        labels = no_labels(downhill)
        for some in some_blocks:
            climb(first[some], value[some], slope, labels)
            sweep(downhill.arcs, labels)
            as_minutes(labels.numbers, rows, labels.never, weights.unit, found[:, some])

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(run, [blocks[k::THREADS] for k in range(THREADS)]))
    return found


@njit(cache=True, nogil=True)
def as_minutes(
    numbers: NDArray[np.uint32],
    rows: NDArray[np.int32],
    never: int,
    unit: float,
    out: NDArray[np.float32],
) -> None:
    """Write the minutes of some rows of a sweep."""
    for k in range(len(rows)):
        line = numbers[rows[k]]
        for lane in range(out.shape[1]):
            out[k, lane] = line[lane] * unit if line[lane] < never else np.inf
