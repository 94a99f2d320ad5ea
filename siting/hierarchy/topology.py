"""`Topology`: the order of a network's nodes and the arcs that follow from it, whatever the minutes are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .completion import arcs_of, complete, number_by_tree, renumber
from .cutting import dissect
from .graph import Graph
from .thinning import neighbours_of, thin_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOPOLOGY_VERSION: Final = 1
"""Counts up when the order or the arcs of the same network come to differ: kept ones are then made anew."""
THREADS: Final = 2
CUTS_TOGETHER: Final = 4
"""Cuts deep that one thread makes before the parts are shared out among threads."""


@dataclass(frozen=True, eq=False)
class Topology:
    """A hierarchy of n nodes and k edges with m arcs up; nodes are numbered from the lowest upwards."""

    number: NDArray[np.int32]  # (n,) number of each node of the network
    up_start: NDArray[np.int64]  # (n + 1,) where each numbered node's arcs up begin
    up_head: NDArray[np.int32]  # (m,) where they lead, sorted within a node; the first is the node's parent
    arc: NDArray[np.int64]  # (k,) the arc of each edge of the network, -1 if it leads to where it begins
    upwards: NDArray[np.bool_]  # (k,) whether the edge leads up that arc, or down

    @property
    def up(self) -> Graph:
        """The arcs up."""
        return Graph(self.up_start, self.up_head)

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.number)

    def is_sound(self) -> bool:
        """Whether no index leads out of bounds and all arcs lead upwards; compiled code does not look."""
        n, m, start = self.n_nodes, len(self.up_head), self.up_start
        return bool(
            (start[0] == 0 and start[-1] == m and (np.diff(start) >= 0).all())
            and ((self.number >= 0) & (self.number < n)).all()
            and (self.up_head < n).all()
            and (self.up_head > np.repeat(np.arange(n), np.diff(start))).all()
            and ((self.arc >= -1) & (self.arc < m)).all()
        )


def topology_of(
    n_nodes: int, tail: NDArray[np.intp], head: NDArray[np.intp], points_metres: NDArray[np.float64]
) -> Topology:
    """Order the nodes of a network and complete its arcs.

    Parameters
    ----------
    n_nodes
        Number of nodes.
    tail, head
        The two ends of each edge, shape (k,); parallel edges and edges to oneself may be among them.
    points_metres
        Where the nodes lie, shape (n_nodes, 2); it decides how good the order is, not what is found by it.
    """
    starts, ends = tail.astype(np.int32), head.astype(np.int32)
    graph = neighbours_of(n_nodes, starts, ends)
    order = elimination_order(graph, points_metres)
    up = complete(order, graph)
    in_tree = number_by_tree(up)
    up = renumber(in_tree, up)
    number = np.empty(n_nodes, dtype=np.int32)
    number[order] = in_tree
    low, high = number[starts], number[ends]
    return Topology(number, *up, arcs_of(low, high, up), low < high)


def elimination_order(graph: Graph, points_metres: NDArray[np.float64]) -> NDArray[np.int32]:
    """Nodes in the order in which they leave: those of few neighbours, then by nested dissection."""
    n_nodes = len(graph.start) - 1
    left, rest_of_graph = thin_out(graph)
    stays = np.ones(n_nodes, dtype=bool)
    stays[left] = False
    rest = np.flatnonzero(stays).astype(np.int32)
    place = np.full(n_nodes, -1, dtype=np.int32)
    parts = dissect(rest, rest_of_graph, points_metres, place, CUTS_TOGETHER)

    def finish(part: tuple[int, int]) -> None:
        dissect(rest[part[0] : part[1]], rest_of_graph, points_metres, place, -1)

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(finish, parts))
    return np.concatenate([left, rest])
