"""`Weights`: what the arcs of a topology take for one set of minutes; made anew in moments for another.

Weights are whole numbers. A sum of whole numbers is the same in whatever order it is taken, so what is
found is exactly what Dijkstra's search finds on the same whole numbers, however the nodes are ordered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ..compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .graph import Graph
    from .topology import Topology

NEVER: Final = 2**31 - 1
"""No way; two of them still fit into 32 bits."""
MOST: Final = 2**30
"""While all finite weights are below this, no sum of two has been taken for no way."""
FINEST_UNIT: Final = 2.0**-20
"""Minutes: 0.06 milliseconds, so that a way of a thousand arcs is at most 0.0005 minutes off."""

UNIT_METRES: Final = 2.0**-6
"""Lengths are rounded to this (16 mm); 67,000 km fit into 32 bits."""


@dataclass(frozen=True, eq=False)
class Weights:
    """Whole numbers of `unit` minutes for the m arcs of a topology; `NEVER` = closed.

    Numbers of 64 bits hold the minutes in the upper half and a length in the lower: the quickest way is
    the least of these too, of equally quick ones the shortest, and a sum adds up both.
    """

    unit: float  # minutes
    up: NDArray[np.uint32]  # (m,) from the lower end to the higher
    down: NDArray[np.uint32]  # (m,) from the higher end to the lower
    needed: NDArray[np.bool_]  # (m,) whether the way up along the arc is quicker than by other arcs up

    @property
    def largest(self) -> int:
        """The most minutes that are finite, as a whole number."""
        never = never_of(self.up)
        return max(
            minutes_part(int(each[each < never].max(initial=0)), never) for each in (self.up, self.down)
        )


def never_of(numbers: NDArray[np.uint32]) -> np.uint32:
    """Give the number that means no way, of the same type as some numbers."""
    never: np.uint32 = numbers.dtype.type(NEVER if numbers.itemsize == 4 else NEVER << 32)
    return never


def minutes_part(number: int, never: np.uint32) -> int:
    """Drop the length, if a number has one."""
    return number if int(never) == NEVER else number >> 32


class LowerArcs(NamedTuple):
    """Those that come to node v from below are at ``start[v] : start[v + 1]``."""

    start: NDArray[np.int64]  # (n + 1,)
    arc: NDArray[np.int64]  # (m,) index of the arc
    node: NDArray[np.int32]  # (m,) its lower end


def weights_of(
    topology: Topology,
    minutes: NDArray[np.float64],
    *,
    unit: float = FINEST_UNIT,
    metres: NDArray[np.float64] | None = None,
) -> Weights:
    """Weigh the arcs of a topology by the minutes of its edges, shape (k, 2); inf = closed.

    With lengths of the edges, shape (k,), of which a way's is asked for, numbers have 64 bits. The unit is
    made coarser, twice and twice again, while a weight is too large for it.
    """
    longest = float(minutes[np.isfinite(minutes)].max(initial=0.0))
    while longest / unit >= MOST:
        unit *= 2
    while True:
        up, down = lightest(topology, whole(minutes, unit, None if metres is None else metres[:, None]))
        relax_lower_triangles(topology.up, _lower_arcs(topology.up), up, down, never_of(up))
        needed = needed_upwards(topology.up, up, down, never_of(up))
        weights = Weights(unit, up, down, needed)
        if weights.largest < MOST:
            return weights
        unit *= 2


def whole(
    minutes: NDArray[np.float64], unit: float, metres: NDArray[np.float64] | None = None
) -> NDArray[np.uint32]:
    """Round minutes to whole numbers of a unit; inf, or what is too large, becomes `NEVER`.

    With metres, the numbers have 64 bits, and these are in the lower half.
    """
    numbers: NDArray[np.uint32] = np.minimum(np.rint(minutes / unit), NEVER).astype(np.uint32)
    if metres is None:
        return numbers
    lengths = np.rint(metres / UNIT_METRES).astype(np.uint64)
    packed: NDArray[np.uint32] = numbers.astype(np.uint64) << np.uint64(32) | lengths
    return packed


def metres_of(numbers: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Lengths that numbers of 64 bits hold; inf where there is no way."""
    lengths = (numbers & np.uint64(2**32 - 1)).astype(np.float64) * UNIT_METRES
    return np.where(numbers < never_of(numbers), lengths, np.inf)


def lightest(
    topology: Topology, numbers: NDArray[np.uint32]
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Take for each arc, up and down, the lightest of the network's edges that run along it."""
    up = np.full(len(topology.up_head), never_of(numbers))
    down = up.copy()
    _take_lightest(topology.arc, topology.upwards, numbers, up, down)
    return up, down


@compiled
def _take_lightest(
    arc: NDArray[np.int64],
    upwards: NDArray[np.bool_],
    numbers: NDArray[np.uint32],
    up: NDArray[np.uint32],
    down: NDArray[np.uint32],
) -> None:
    for edge in range(len(arc)):
        at = arc[edge]
        if at >= 0:
            there, back = numbers[edge, 0], numbers[edge, 1]
            if not upwards[edge]:
                there, back = back, there
            up[at] = min(up[at], there)
            down[at] = min(down[at], back)


@compiled
def _lower_arcs(arcs_up: Graph) -> LowerArcs:
    """Arcs that come to each node from below."""
    up_start, up_head, n = arcs_up.start, arcs_up.heads, len(arcs_up.start) - 1
    start = np.zeros(n + 1, dtype=np.int64)
    for each in range(len(up_head)):
        start[up_head[each] + 1] += 1
    start = np.cumsum(start)
    filled = start[:-1].copy()
    arcs = np.empty(len(up_head), dtype=np.int64)
    low = np.empty(len(up_head), dtype=np.int32)
    for node in range(n):
        for each in range(up_start[node], up_start[node + 1]):
            at = filled[up_head[each]]
            arcs[at], low[at] = each, node
            filled[up_head[each]] = at + 1
    return LowerArcs(start, arcs, low)


@compiled
def relax_lower_triangles(
    arcs_up: Graph, lower: LowerArcs, up: NDArray[np.uint32], down: NDArray[np.uint32], never: np.uint32
) -> None:
    """Let each arc take no longer than the two below it that share a lower end, from the lowest upwards.

    After it, an arc takes what the quickest way between its ends takes that passes lower nodes only.
    """
    up_start, up_head = arcs_up.start, arcs_up.heads
    arc_to = np.zeros(len(up_start), dtype=np.int64)  # never an index out of bounds, whatever the arcs are
    for node in range(len(up_start) - 1):
        for each in range(up_start[node], up_start[node + 1]):
            arc_to[up_head[each]] = each
        for k in range(lower.start[node], lower.start[node + 1]):
            first, low = lower.arc[k], lower.node[k]
            there, back = up[first], down[first]
            if there >= never and back >= never:
                continue
            for second in range(first + 1, up_start[low + 1]):
                across = arc_to[up_head[second]]
                up[across] = min(up[across], back + up[second])
                down[across] = min(down[across], down[second] + there)


@compiled
def needed_upwards(
    arcs_up: Graph, up: NDArray[np.uint32], down: NDArray[np.uint32], never: np.uint32
) -> NDArray[np.bool_]:
    """Whether each way up is needed: not closed, and quicker than by another needed way up of its node.

    From the highest node downwards: the heads of a node's arcs are all tied to one another, and the quickest
    ways between them are known already, so the quickest way to one head by another is a triangle.
    """
    up_start, up_head, n = arcs_up.start, arcs_up.heads, len(arcs_up.start) - 1
    needed = up < never
    best_up, best_down = up.copy(), down.copy()  # of all ways, those by higher nodes too
    arc_to = np.zeros(n, dtype=np.int64)  # never an index out of bounds, whatever the arcs are
    for node in range(n - 1, -1, -1):
        begin, end = up_start[node], up_start[node + 1]
        for first in range(begin, end):
            middle = up_head[first]
            for each in range(up_start[middle], up_start[middle + 1]):
                arc_to[up_head[each]] = each
            for second in range(first + 1, end):
                across = arc_to[up_head[second]]
                ahead, astern = best_up[across], best_down[across]
                best_up[second] = min(best_up[second], up[first] + ahead)
                best_up[first] = min(best_up[first], up[second] + astern)
                best_down[second] = min(best_down[second], astern + down[first])
                best_down[first] = min(best_down[first], ahead + down[second])
        for first in range(begin, end):
            middle = up_head[first]
            for each in range(up_start[middle], up_start[middle + 1]):
                arc_to[up_head[each]] = each
            for second in range(first + 1, end):
                across = arc_to[up_head[second]]
                if needed[first] and up[first] + best_up[across] <= up[second]:
                    needed[second] = False
                elif needed[second] and up[second] + best_down[across] <= up[first]:
                    needed[first] = False
    return needed
