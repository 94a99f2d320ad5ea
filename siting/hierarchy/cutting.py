"""Second part of the order: nested dissection, by cuts that are smallest between two far sides.

Inertial flow: sort the nodes along a line, take the first and the last quarter, and find the fewest edges
whose loss parts the one from the other (a maximum flow with an edge carrying one unit). Of several lines the
cut is taken that parts the most for its size; its ends on one side are the separator. What remains on
either side is cut again. A separator comes after all that it parts.

References
----------
Schild, A. & Sommer, C. (2015). On balanced separators in road networks. SEA 2015.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ..compiled import compiled
from .flow import arcs_back, largest_flow
from .graph import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE_SHARE: Final = 0.3
"""Share of the nodes on either side that a cut may not touch."""
SMALLEST: Final = 12
"""So few nodes are not cut any more; those of fewest neighbours come first."""
DIRECTIONS: Final = np.array([[1.0, 0.0], [0.0, 1.0], [0.7071, 0.7071], [0.7071, -0.7071]])


@compiled
def dissect(
    nodes: NDArray[np.int32],
    graph: Graph,
    points: NDArray[np.float64],
    place: NDArray[np.int32],
    rounds: int,
) -> list[tuple[int, int]]:
    """Put nodes into the order in which they leave, in place.

    Parameters
    ----------
    nodes
        The nodes to be ordered, a part of all; others, even if neighbours, play no part.
    graph
        Neighbours of all nodes.
    points
        Where all nodes lie, shape (n, 2).
    place
        For work, shape (n,); several calls may share it where their nodes differ.
    rounds
        Cuts deep that are made; < 0: down to the smallest parts.

    Returns
    -------
    list
        Parts of `nodes` that are left to be ordered, from and to.
    """
    waiting = [(0, len(nodes), 0)]
    undone = [(0, 0)][:0]
    while len(waiting) > 0:
        low, high, depth = waiting.pop()
        if depth == rounds:
            undone.append((low, high))
            continue
        part = nodes[low:high]
        for k in range(len(part)):
            place[part[k]] = k
        within = _inside(part, graph, place)
        if len(part) <= SMALLEST:
            _fewest_first(part, within)
            continue
        side = _best_cut(part, points, within)
        n_first, n_second = _arrange(part, side)
        if n_first == 0 or n_second == 0:  # all in one point, or all neighbours of all
            _fewest_first(part, within)
            continue
        waiting.append((low, low + n_first, depth + 1))
        waiting.append((low + n_first, low + n_first + n_second, depth + 1))
    return undone


@compiled
def _inside(part: NDArray[np.int32], graph: Graph, place: NDArray[np.int32]) -> Graph:
    """Neighbours within a part, by their places in it."""
    n = len(part)
    start, heads = graph.start, graph.heads
    inner_start = np.zeros(n + 1, dtype=np.int64)
    most = 0
    for k in range(n):
        most += start[part[k] + 1] - start[part[k]]
    inner = np.empty(most, dtype=np.int32)
    filled = 0
    for k in range(n):
        for each in range(start[part[k]], start[part[k] + 1]):
            at = place[heads[each]]
            if 0 <= at < n and part[at] == heads[each]:
                inner[filled] = at
                filled += 1
        inner_start[k + 1] = filled
    return Graph(inner_start, inner[:filled])


@compiled
def _fewest_first(part: NDArray[np.int32], graph: Graph) -> None:
    """Order a part by letting the node of fewest neighbours leave, again and again."""
    n = len(part)
    if n > 4 * SMALLEST:
        return
    tied = np.zeros((n, n), dtype=np.bool_)
    for k in range(n):
        for each in range(graph.start[k], graph.start[k + 1]):
            tied[k, graph.heads[each]] = True
    gone = np.zeros(n, dtype=np.bool_)
    order = part.copy()
    for step in range(n):
        best, fewest = -1, n + 1
        for k in range(n):
            if not gone[k] and tied[k].sum() < fewest:
                best, fewest = k, tied[k].sum()
        gone[best] = True
        part[step] = order[best]
        for k in range(n):
            if tied[best, k]:
                tied[k, best] = False
                for j in range(n):
                    if tied[best, j] and j != k:
                        tied[k, j] = True


@compiled
def _arrange(part: NDArray[np.int32], side: NDArray[np.int8]) -> tuple[int, int]:
    """Sort a part by side: 0, then 1, then the separator 2; tell the sizes of the first two."""
    old, filled = part.copy(), 0
    sizes = (0, 0)
    for which in range(3):
        before = filled
        for k in range(len(old)):
            if side[k] == which:
                part[filled] = old[k]
                filled += 1
        if which == 0:
            sizes = (filled - before, 0)
        elif which == 1:
            sizes = (sizes[0], filled - before)
    return sizes


@compiled
def _best_cut(part: NDArray[np.int32], points: NDArray[np.float64], graph: Graph) -> NDArray[np.int8]:
    """Side of each node of a part: 0, 1, or 2 for the separator."""
    n = len(part)
    back = arcs_back(graph)
    key = np.empty(n)
    best = np.zeros(n, dtype=np.int8)
    best_score = np.inf
    n_side = max(1, int(n * SIDE_SHARE))
    for d in range(len(DIRECTIONS)):
        for k in range(n):
            key[k] = DIRECTIONS[d, 0] * points[part[k], 0] + DIRECTIONS[d, 1] * points[part[k], 1]
        order = np.argsort(key)
        end = np.zeros(n, dtype=np.int8)
        end[order[:n_side]] = 1
        end[order[n - n_side :]] = 2
        # No cut is worth more edges than this, however even it is.
        most = int(best_score * (n / 2)) + 1 if best_score < np.inf else n * n
        reached_first, reached_last, flow = largest_flow(end, graph, back, most)
        if flow > most:
            continue
        for from_last in range(2):
            reached = reached_last if from_last else reached_first
            for near_first in range(2):
                side, n_cut = _separator(reached, graph, from_last == 1, near_first == 1)
                n_zero = 0
                for k in range(n):
                    n_zero += side[k] == 0
                smaller = min(n_zero, n - n_cut - n_zero)
                score = (n_cut + 0.5) / max(smaller, 0.1)
                if score < best_score:
                    best, best_score = side, score
    return best


@compiled
def _separator(
    reached: NDArray[np.bool_], graph: Graph, from_last: bool, near_first: bool
) -> tuple[NDArray[np.int8], int]:
    """Turn a cut of edges into one of nodes: their ends on the first side, or those on the other."""
    n = len(reached)
    side = np.empty(n, dtype=np.int8)
    n_cut = 0
    for k in range(n):
        side[k] = 0 if reached[k] != from_last else 1
    taken = 0 if near_first else 1
    for k in range(n):
        if side[k] == taken:
            for each in range(graph.start[k], graph.start[k + 1]):
                if side[graph.heads[each]] == 1 - taken:
                    side[k] = 2
                    n_cut += 1
                    break
    return side, n_cut
