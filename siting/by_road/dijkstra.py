"""Quickest ways by scipy's Dijkstra: the reference, and the way where searches are few or the network small.

Destinations are few and origins many, so the search runs backwards, once for each destination: a
destination is a node of its own, with an arc from either end of the edge that it lies on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from ..geo import order_in_space
from .trips import part_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ..roads import Junctions, RoadNetwork


@dataclass(frozen=True, eq=False)
class ArcsBackwards:
    """A network's arcs, each from its head to its tail; the nodes are numbered along a curve in space."""

    number: NDArray[np.intp]  # (n_nodes,) the node's number here; neighbours in space have close numbers
    minutes: csr_array  # (n_nodes, n_nodes) [head, tail], of parallel arcs only the quickest
    kilometres: csr_array  # the same pattern
    edge: NDArray[
        np.int32
    ]  # of each arc in the pattern's order; driven from its to_node to its from_node: ~edge


def arcs_backwards(roads: RoadNetwork) -> ArcsBackwards:
    """Turn a network's arcs round, for searches backwards."""
    points = np.nan_to_num(roads.node_points())
    number = np.empty(len(points), dtype=np.intp)
    number[order_in_space(points)] = np.arange(len(points))
    start, end = number[roads.from_node], number[roads.to_node]
    minutes, kilometres, kept = quickest_arcs(
        head=np.concatenate([end, start]),
        tail=np.concatenate([start, end]),
        minutes=roads.minutes.T.ravel(),
        kilometres=np.tile(roads.kilometres, 2),
        shape=(len(points), len(points)),
    )
    edge = np.arange(len(start), dtype=np.int32)
    return ArcsBackwards(number, minutes, kilometres, np.concatenate([edge, ~edge])[kept])


def quickest_arcs(
    *,
    head: NDArray[np.intp],
    tail: NDArray[np.intp],
    minutes: NDArray[np.float64],
    kilometres: NDArray[np.float64],
    shape: tuple[int, int],
) -> tuple[csr_array, csr_array, NDArray[np.intp]]:
    """Minutes and kilometres as sparse [head, tail], and which arcs; open ones, of parallel the quickest."""
    usable = np.flatnonzero(np.isfinite(minutes))
    order = usable[np.lexsort((kilometres[usable], minutes[usable], tail[usable], head[usable]))]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(head[order]) != 0) | (np.diff(tail[order]) != 0)
    kept = order[first]
    # Sparse graphs take a stored 0 for "no arc"; the smallest float keeps an arc of no length an arc.
    weights = np.maximum(minutes[kept], np.finfo(np.float64).tiny)
    starts = np.searchsorted(head[kept], np.arange(shape[0] + 1))
    pattern = tail[kept].astype(np.int32), starts.astype(np.int32)
    return (
        csr_array((weights, *pattern), shape=shape),
        csr_array((kilometres[kept], *pattern), shape=shape),
        kept,
    )


@dataclass(frozen=True, eq=False)
class Trees:
    """Quickest ways from everywhere to c destinations, and by which of three each of n origins begins."""

    ways: list[NDArray[np.float64]]  # 3 x (n, c) minutes: along the one edge, off it by from_node, by to_node
    following: NDArray[np.int32]  # (c, n_nodes + c) the next node towards the destination, < 0 at its end
    kilometres: csr_array  # (n_nodes + c, n_nodes + c) of the arcs, [head, tail]


@dataclass(frozen=True, eq=False)
class DijkstraSearch:
    """Quickest ways along the network between points on its edges."""

    arcs: ArcsBackwards
    leaving: Junctions
    arriving: Junctions
    roads: RoadNetwork

    @property
    def kilometres(self) -> NDArray[np.float64]:
        """Kilometres of each edge and back, shape (k, 2) as the network's minutes."""
        return np.column_stack([self.roads.kilometres, self.roads.kilometres])

    def run(self, some: slice, *, in_kilometres: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Minutes, and kilometres if asked for (else 0), to some destinations: (n_origins, n_some) each.

        Three ways: along the one edge that both places lie on, or off it by either end.
        """
        trees = self.trees(some, with_following=in_kilometres)
        quickest = np.minimum(np.minimum(trees.ways[0], trees.ways[1]), trees.ways[2])
        if not in_kilometres:
            return quickest, np.zeros((1, 1))
        lengths = [along_one_edge(self.leaving, self.arriving[some], self.kilometres)]
        for node, off in self._ways_off(self.kilometres):
            lengths.append(off[:, None] + _kilometres_down_trees(node, trees.following, trees.kilometres).T)
        choice = np.argmin(np.stack(trees.ways), axis=0)
        length = np.take_along_axis(np.stack(lengths), choice[None], axis=0)[0]
        return quickest, np.where(np.isfinite(quickest), length, np.inf)

    def trees(self, some: slice, *, with_following: bool = True) -> Trees:
        """Search backwards from some destinations; without `following`, that stays empty."""
        arriving = self.arriving[some]
        minutes, kilometres = self._with_nodes_for(arriving)
        n = len(self.arcs.number)
        answer = dijkstra(minutes, indices=np.arange(n, minutes.shape[0]), return_predecessors=with_following)
        to_nodes, following = answer if with_following else (answer, np.zeros((0, 0), dtype=np.int32))
        ways = [along_one_edge(self.leaving, arriving, self.roads.minutes)]
        ways += [off[:, None] + to_nodes[:, node].T for node, off in self._ways_off(self.roads.minutes)]
        return Trees(ways, following, kilometres)

    def _with_nodes_for(self, arriving: Junctions) -> tuple[csr_array, csr_array]:
        """Arcs with a further node for each destination, which is left backwards for the ends of its edge."""
        edge, n, c = arriving.edge, len(self.arcs.number), len(arriving.edge)
        ways = [onto_edge(arriving, per) for per in (self.roads.minutes, self.kilometres)]
        ends = self.arcs.number[np.concatenate([self.roads.from_node[edge], self.roads.to_node[edge]])]
        *further, _ = quickest_arcs(
            head=np.tile(np.arange(c), 2), tail=ends, minutes=ways[0], kilometres=ways[1], shape=(c, n)
        )
        base = self.arcs.minutes, self.arcs.kilometres
        return below(base[0], further[0]), below(base[1], further[1])

    def _ways_off(
        self, per_edge: NDArray[np.float64]
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64]]]:
        return ways_off(self.leaving, per_edge, self.roads, self.arcs)


def ways_off(
    leaving: Junctions, per_edge: NDArray[np.float64], roads: RoadNetwork, arcs: ArcsBackwards
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64]]]:
    """Either end of the origins' edges, (n,), and what the way to it takes, (n,)."""
    edge, share = leaving.edge, leaving.share
    yield arcs.number[roads.from_node[edge]], part_of(share, per_edge[edge, 1])
    yield arcs.number[roads.to_node[edge]], part_of(1 - share, per_edge[edge, 0])


def onto_edge(arriving: Junctions, per_edge: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the ways to c places from the ends of their edges take, (2c,): from_nodes, then to_nodes."""
    edge, share = arriving.edge, arriving.share
    return np.concatenate([part_of(share, per_edge[edge, 0]), part_of(1 - share, per_edge[edge, 1])])


def below(base: csr_array, further: csr_array) -> csr_array:
    """Append rows to a square matrix, and empty columns to keep it square."""
    n = base.shape[0] + further.shape[0]
    parts = (
        np.concatenate([base.data, further.data]),
        np.concatenate([base.indices, further.indices]),
        np.concatenate([base.indptr, base.indptr[-1] + further.indptr[1:]]),
    )
    return csr_array(parts, shape=(n, n))


def _kilometres_down_trees(
    node: NDArray[np.intp], following: NDArray[np.int32], kilometres: csr_array
) -> NDArray[np.float64]:
    """Kilometres from some nodes down each tree of quickest ways, shape (c, n_origins).

    `following` (c, n_nodes) is the next node towards the tree's destination, < 0 at its end.
    """
    total = np.zeros((len(following), len(node)))
    tree, origin = np.divmod(np.arange(total.size), max(1, len(node)))
    at = node[origin]
    while True:
        next_node = following[tree, at]
        moves = next_node >= 0
        if not moves.any():
            return total
        tree, origin, at, next_node = tree[moves], origin[moves], at[moves], next_node[moves]
        total[tree, origin] += np.asarray(kilometres[next_node, at]).ravel()
        at = next_node.astype(np.intp)


def along_one_edge(
    leaving: Junctions, arriving: Junctions, per_edge: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What the way between two points of the same edge takes without leaving it; inf elsewhere."""
    taken = np.full((len(leaving.edge), len(arriving.edge)), np.inf)
    origin, destination = np.nonzero(leaving.edge[:, None] == arriving.edge[None, :])
    ahead = arriving.share[destination] - leaving.share[origin]
    direction = np.where(ahead >= 0, 0, 1)
    taken[origin, destination] = part_of(np.abs(ahead), per_edge[leaving.edge[origin], direction])
    return taken
