"""The fewest edges that part two ends of a graph: a maximum flow in which each edge carries one unit.

References
----------
Dinic, E. A. (1970). Algorithm for solution of a problem of maximum flow in networks with power estimation.
Soviet Mathematics Doklady 11, 1277-1280.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .graph import Graph


@compiled
def arcs_back(graph: Graph) -> NDArray[np.int32]:
    """For each arc the arc the other way."""
    start, heads, n = graph.start, graph.heads, len(graph.start) - 1
    back = np.empty(len(heads), dtype=np.int32)
    filled = start[:-1].copy()
    # Arcs to a node, met in order of their tails; so lists of heads need not be sorted.
    tails = np.empty(len(heads), dtype=np.int32)
    arcs = np.empty(len(heads), dtype=np.int32)
    for k in range(n):
        for each in range(start[k], start[k + 1]):
            tails[filled[heads[each]]] = k
            arcs[filled[heads[each]]] = each
            filled[heads[each]] += 1
    seen = np.empty(n, dtype=np.int32)
    for k in range(n):
        for each in range(start[k], start[k + 1]):
            seen[heads[each]] = each
        for each in range(start[k], start[k + 1]):
            back[arcs[each]] = seen[tails[each]]
    return back


@compiled
def largest_flow(
    end: NDArray[np.int8], graph: Graph, back: NDArray[np.int32], most: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], int]:
    """Largest flow from ends 1 to ends 2 (Dinitz); what the first still reach, and what reaches the last.

    Stops where the flow exceeds `most`.
    """
    n, start, heads = len(end), graph.start, graph.heads
    carries = np.zeros(len(heads), dtype=np.int8)
    level = np.empty(n, dtype=np.int32)
    at = np.empty(n, dtype=np.int32)
    path = np.empty(n, dtype=np.int32)
    edge_of_first = _border(end, graph)
    flow = 0
    while flow <= most and _levels(edge_of_first, end, graph, carries, level):
        at[:] = start[:-1]
        for source in edge_of_first:
            depth, node = 0, source
            while True:
                if end[node] == 2:
                    for k in range(depth):
                        carries[path[k]] += 1
                        carries[back[path[k]]] -= 1
                    flow += 1
                    depth, node = 0, source
                    continue
                moved = False
                while at[node] < start[node + 1]:
                    arc = at[node]
                    if carries[arc] < 1 and level[heads[arc]] == level[node] + 1:
                        path[depth] = arc
                        depth += 1
                        node = heads[arc]
                        moved = True
                        break
                    at[node] += 1
                if not moved:
                    if depth == 0:
                        break
                    depth -= 1
                    node = heads[back[path[depth]]]
                    at[node] += 1
    from_first = level >= 0
    for k in range(n):
        from_first[k] = from_first[k] or end[k] == 1
    return from_first, _reaching_last(end, graph, back, carries), flow


@compiled
def _border(end: NDArray[np.int8], graph: Graph) -> NDArray[np.int32]:
    """Nodes of the first end with a neighbour outside it: flow leaves by these alone."""
    border = np.empty(len(end), dtype=np.int32)
    filled = 0
    for k in range(len(end)):
        if end[k] == 1:
            for each in range(graph.start[k], graph.start[k + 1]):
                if end[graph.heads[each]] != 1:
                    border[filled] = k
                    filled += 1
                    break
    return border[:filled].copy()


@compiled
def _levels(
    border: NDArray[np.int32],
    end: NDArray[np.int8],
    graph: Graph,
    carries: NDArray[np.int8],
    level: NDArray[np.int32],
) -> bool:
    """Fewest arcs from the first end to each node along which more can flow; whether the last is reached."""
    level[:] = -1
    queue, filled = np.empty(len(end), dtype=np.int32), len(border)
    queue[:filled] = border
    for k in range(filled):
        level[border[k]] = 0
    last_level = len(end) + 1
    done = 0
    while done < filled:
        node = queue[done]
        done += 1
        if level[node] + 1 > last_level:
            break
        for arc in range(graph.start[node], graph.start[node + 1]):
            other = graph.heads[arc]
            if carries[arc] < 1 and level[other] < 0 and end[other] != 1:
                level[other] = level[node] + 1
                if end[other] == 2:
                    last_level = level[other]
                else:
                    queue[filled] = other
                    filled += 1
    return last_level <= len(end)


@compiled
def _reaching_last(
    end: NDArray[np.int8], graph: Graph, back: NDArray[np.int32], carries: NDArray[np.int8]
) -> NDArray[np.bool_]:
    """Nodes from which more can still flow to the last end."""
    found: NDArray[np.bool_] = end == 2
    queue = np.empty(len(end), dtype=np.int32)
    filled, done = 0, 0
    for k in range(len(end)):
        if found[k]:
            queue[filled] = k
            filled += 1
    while done < filled:
        node = queue[done]
        done += 1
        for arc in range(graph.start[node], graph.start[node + 1]):
            other = graph.heads[arc]
            if not found[other] and carries[back[arc]] < 1:
                found[other] = True
                queue[filled] = other
                filled += 1
    return found
