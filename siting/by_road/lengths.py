"""How long the quickest ways are, by the hierarchy: numbers of 64 bits carry a length below the minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..hierarchy import (
    FINEST_UNIT,
    LANES,
    NEVER,
    Slope,
    Weights,
    climb,
    downhill_to,
    metres_of,
    minutes_part,
    never_of,
    no_labels,
    sweep,
    weights_of,
    whole,
)
from ..roads import METRES_PER_KM
from .dijkstra import along_one_edge
from .trips import part_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..hierarchy import Topology
    from ..roads import Junctions, RoadNetwork


def road_kilometres(
    roads: RoadNetwork, topology: Topology, leaving: Junctions, arriving: Junctions
) -> NDArray[np.float64]:
    """Measure the quickest ways along the road; of equally quick ones the shortest.

    Returns
    -------
    numpy.ndarray
        Shape (n_origins, n_destinations), km; inf = cannot be reached.
    """
    unit, metres = FINEST_UNIT, roads.kilometres * METRES_PER_KM
    while True:
        weights = weights_of(topology, roads.minutes, unit=unit, metres=metres)
        found, largest = _search(roads, topology, weights, leaving, arriving)
        if largest + weights.largest < NEVER:
            return metres_of(found) / METRES_PER_KM
        unit = 2 * weights.unit


def _search(
    roads: RoadNetwork, topology: Topology, weights: Weights, leaving: Junctions, arriving: Junctions
) -> tuple[NDArray[np.uint32], int]:
    """Numbers of all ways, shape (n_origins, n_destinations), and the most minutes at any node."""
    number = topology.number[np.column_stack([roads.from_node, roads.to_node])]
    downhill = downhill_to(np.column_stack([roads.from_node, roads.to_node])[leaving.edge], topology, weights)
    row = downhill.row[number[leaving.edge]]
    off = _to_ends(roads, leaving, weights.unit, outwards=True)
    onto = _to_ends(roads, arriving, weights.unit, outwards=False)
    labels, slope = no_labels(downhill), Slope(topology.up, weights.down, downhill.row)
    found = np.empty((len(leaving.edge), len(arriving.edge)), dtype=off.dtype)
    largest = 0
    for start in range(0, len(arriving.edge), LANES):
        some = slice(start, start + LANES)
        climbed = climb(number[arriving.edge[some]], onto[some], slope, labels)
        largest = max(largest, climbed, sweep(downhill.arcs, labels))
        block = _along(roads, leaving, arriving[some], weights.unit)
        for end in range(2):
            numbers = labels.numbers[row[:, end], : block.shape[1]]
            np.minimum(block, off[:, end, None] + numbers, out=block)
        found[:, some] = block
    return found, minutes_part(largest, never_of(off))


def _to_ends(roads: RoadNetwork, places: Junctions, unit: float, *, outwards: bool) -> NDArray[np.uint32]:
    """Numbers of the ways from places to the ends of their edges, or from the ends, shape (n, 2)."""
    edge, share = places.edge, places.share
    there, back = roads.minutes[edge].T
    ahead, astern = (back, there) if outwards else (there, back)
    minutes = np.column_stack([part_of(share, ahead), part_of(1 - share, astern)])
    metres = roads.kilometres[edge] * METRES_PER_KM
    return whole(minutes, unit, np.column_stack([share * metres, (1 - share) * metres]))


def _along(roads: RoadNetwork, leaving: Junctions, arriving: Junctions, unit: float) -> NDArray[np.uint32]:
    """Numbers of the ways between places of one edge that do not leave it; no way elsewhere."""
    minutes = along_one_edge(leaving, arriving, roads.minutes)
    kilometres = along_one_edge(leaving, arriving, np.column_stack([roads.kilometres] * 2))
    return whole(minutes, unit, np.where(np.isfinite(kilometres), kilometres, 0.0) * METRES_PER_KM)
