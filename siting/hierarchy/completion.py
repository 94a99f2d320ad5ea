"""What an order means: the arcs that nodes gain when those before them leave (chordal completion)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..compiled import compiled
from .graph import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray


@compiled
def complete(order: NDArray[np.int32], graph: Graph) -> Graph:
    """Arcs up from each node to all later ones that it is tied to when it leaves.

    When a node leaves, its later neighbours become neighbours of one another. It is enough to hand them
    to the first of them, the node's parent in the elimination tree, for that one hands them on.

    Parameters
    ----------
    order
        The nodes in the order in which they leave.
    graph
        Neighbours of each node, whatever the direction.

    Returns
    -------
    Graph
        The arcs up, sorted within a node; nodes are numbered by their place in the order.
    """
    n, start, heads = len(order), graph.start, graph.heads
    place = np.empty(n, dtype=np.int32)
    for k in range(n):
        place[order[k]] = k
    up_start = np.zeros(n + 1, dtype=np.int64)
    up_head = np.empty(2 * len(heads) + n, dtype=np.int32)
    first_child = np.full(n, -1, dtype=np.int32)
    next_child = np.full(n, -1, dtype=np.int32)
    seen = np.full(n, -1, dtype=np.int32)
    filled = 0
    for k in range(n):
        if filled + n - k > len(up_head):  # no node has more arcs than there are nodes after it
            larger = np.empty(max(2 * len(up_head), filled + n - k), dtype=np.int32)
            larger[:filled] = up_head[:filled]
            up_head = larger
        begin = filled
        for each in range(start[order[k]], start[order[k] + 1]):
            other = place[heads[each]]
            if other > k and seen[other] != k:
                seen[other] = k
                up_head[filled] = other
                filled += 1
        child = first_child[k]
        while child >= 0:
            for each in range(up_start[child] + 1, up_start[child + 1]):  # the first is this node
                other = up_head[each]
                if seen[other] != k:
                    seen[other] = k
                    up_head[filled] = other
                    filled += 1
            child = next_child[child]
        up_start[k + 1] = filled
        if filled > begin:
            up_head[begin:filled].sort()
            parent = up_head[begin]
            next_child[k] = first_child[parent]
            first_child[parent] = k
    return Graph(up_start, up_head[:filled].copy())


@compiled
def number_by_tree(up: Graph) -> NDArray[np.int32]:
    """Numbers that keep each subtree of the elimination tree together, children before parents.

    Which arcs there are does not change, for the ancestors of a node keep their order; but what a sweep
    needs next lies beside what it had last.

    Returns
    -------
    numpy.ndarray
        Shape (n,), the new number of each place in the order.
    """
    up_start, up_head, n = up.start, up.heads, len(up.start) - 1
    size = np.ones(n, dtype=np.int32)
    for k in range(n):
        if up_start[k] < up_start[k + 1]:
            size[up_head[up_start[k]]] += size[k]
    number = np.empty(n, dtype=np.int32)
    room = np.empty(n, dtype=np.int32)  # the last number not yet given away in the node's subtree
    last = n - 1
    for k in range(n - 1, -1, -1):
        if up_start[k] < up_start[k + 1]:
            parent = up_head[up_start[k]]
            number[k] = room[parent]
            room[parent] -= size[k]
        else:
            number[k] = last
            last -= size[k]
        room[k] = number[k] - 1
    return number


@compiled
def renumber(number: NDArray[np.int32], up: Graph) -> Graph:
    """Give the same arcs by the new numbers; heads stay sorted."""
    n, up_start, up_head = len(number), up.start, up.heads
    new_start = np.zeros(n + 1, dtype=np.int64)
    for k in range(n):
        new_start[number[k] + 1] = up_start[k + 1] - up_start[k]
    new_start = np.cumsum(new_start)
    new_head = np.empty(len(up_head), dtype=np.int32)
    for k in range(n):
        at = new_start[number[k]]
        for each in range(up_start[k], up_start[k + 1]):
            new_head[at] = number[up_head[each]]
            at += 1
    return Graph(new_start, new_head)


@compiled
def arcs_of(tail: NDArray[np.int32], head: NDArray[np.int32], up: Graph) -> NDArray[np.int64]:
    """Index of the arc between two numbered nodes for each pair, -1 for a node and itself."""
    found = np.full(len(tail), -1, dtype=np.int64)
    for k in range(len(tail)):
        low, high = min(tail[k], head[k]), max(tail[k], head[k])
        if low != high:
            begin, end = up.start[low], up.start[low + 1]
            found[k] = begin + np.searchsorted(up.heads[begin:end], high)
    return found
