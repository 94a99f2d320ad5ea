"""First part of the order: nodes of few neighbours leave first, and the rest becomes a far smaller network.

A node that leaves ties its neighbours to one another. With one or two neighbours that never adds to
anybody's neighbours, with three at most one each: planar stays planar, and separators stay small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ..compiled import compiled
from .graph import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPARE: Final = 2
"""Further neighbours that a node has room for; a node leaves later if its neighbours have none."""
FEWEST_SHARE: Final = 50
"""Nodes of three neighbours leave in rounds until a round lets go fewer than one of this many."""


class Thinning(NamedTuple):
    """A graph from which nodes leave: each node's neighbours, with room for a few more."""

    first: NDArray[np.int64]  # (n,) where a node's neighbours begin
    size: NDArray[np.int32]  # (n,) how many it has
    room: NDArray[np.int32]  # (n,) how many it may have
    near: NDArray[np.int32]  # the neighbours
    rested: NDArray[np.int32]  # (n,) the last round in which a neighbour left


@compiled
def neighbours_of(n_nodes: int, tail: NDArray[np.int32], head: NDArray[np.int32]) -> Graph:
    """Neighbours of each node whatever the direction, each once and without itself."""
    start = np.zeros(n_nodes + 1, dtype=np.int64)
    for edge in range(len(tail)):
        if tail[edge] != head[edge]:
            start[tail[edge] + 1] += 1
            start[head[edge] + 1] += 1
    start = np.cumsum(start)
    filled = start[:-1].copy()
    found = np.empty(start[-1], dtype=np.int32)
    for edge in range(len(tail)):
        a, b = tail[edge], head[edge]
        if a != b:
            found[filled[a]] = b
            filled[a] += 1
            found[filled[b]] = a
            filled[b] += 1
    seen = np.full(n_nodes, -1, dtype=np.int32)
    kept = 0
    for node in range(n_nodes):
        first, end = start[node], start[node + 1]
        start[node] = kept
        for each in range(first, end):
            other = found[each]
            if seen[other] != node:
                seen[other] = node
                found[kept] = other
                kept += 1
    start[n_nodes] = kept
    return Graph(start, found[:kept].copy())


@compiled
def thin_out(graph: Graph) -> tuple[NDArray[np.int32], Graph]:
    """Let nodes of up to three neighbours leave, in rounds in which no two neighbours leave.

    Returns
    -------
    tuple
        The nodes in the order in which they left; and what remains of the graph, in which they have no
        neighbours.
    """
    n_nodes = len(graph.start) - 1
    now = _with_room(graph)
    left = np.empty(n_nodes, dtype=np.int32)
    waiting = np.arange(n_nodes).astype(np.int32)
    n_left, turn, most = 0, 0, 2
    while len(waiting) > 0:
        before, n_waiting = n_left, 0
        for k in range(len(waiting)):
            node = waiting[k]
            if now.size[node] <= most and now.rested[node] != turn and _have_room(now, node):
                _let_go(now, node, turn)
                left[n_left] = node
                n_left += 1
            else:
                waiting[n_waiting] = node
                n_waiting += 1
        waiting = waiting[:n_waiting]
        turn += 1
        if most == 3 and (n_left - before) * FEWEST_SHARE <= n_waiting:
            break
        most = 3 if most == 2 and n_left == before else 2  # three only when none of two is left
    return left[:n_left].copy(), _rest(now, waiting)


@compiled
def _with_room(graph: Graph) -> Thinning:
    n_nodes = len(graph.start) - 1
    first = graph.start[:-1] + SPARE * np.arange(n_nodes)
    size = (graph.start[1:] - graph.start[:-1]).astype(np.int32)
    near = np.empty(len(graph.heads) + SPARE * n_nodes, dtype=np.int32)
    for node in range(n_nodes):
        for k in range(size[node]):
            near[first[node] + k] = graph.heads[graph.start[node] + k]
    return Thinning(first, size, size + np.int32(SPARE), near, np.full(n_nodes, -1, dtype=np.int32))


@compiled
def _have_room(now: Thinning, node: int) -> bool:
    """Whether each neighbour may gain one; with two neighbours or fewer none gains any."""
    if now.size[node] <= 2:
        return True
    for k in range(now.size[node]):
        other = now.near[now.first[node] + k]
        if now.size[other] >= now.room[other]:
            return False
    return True


@compiled
def _let_go(now: Thinning, node: int, turn: int) -> None:
    """Take a node away and make its neighbours neighbours of one another."""
    first, size, near = now.first, now.size, now.near
    for k in range(size[node]):
        other = near[first[node] + k]
        now.rested[other] = turn
        for j in range(size[other]):
            if near[first[other] + j] == node:
                size[other] -= 1
                near[first[other] + j] = near[first[other] + size[other]]
                break
        for i in range(size[node]):
            new = near[first[node] + i]
            known = new == other
            for j in range(size[other]):
                known = known or near[first[other] + j] == new
            if not known:
                near[first[other] + size[other]] = new
                size[other] += 1
    size[node] = 0


@compiled
def _rest(now: Thinning, waiting: NDArray[np.int32]) -> Graph:
    """Give the graph of the nodes that are left."""
    start = np.zeros(len(now.size) + 1, dtype=np.int64)
    for k in range(len(waiting)):
        start[waiting[k] + 1] = now.size[waiting[k]]
    start = np.cumsum(start)
    heads = np.empty(start[-1], dtype=np.int32)
    for k in range(len(waiting)):
        node = waiting[k]
        for j in range(now.size[node]):
            heads[start[node] + j] = now.near[now.first[node] + j]
    return Graph(start, heads)
