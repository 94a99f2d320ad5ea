"""Branch and bound over the warm relaxation, for plans with travelling teams.

At every node cuts are added and tours are priced, so that its bound holds for all tours. Branching is on
teams, their days, open sites and options; whole openings are handed to `on_whole`, which counts the plan,
finds its rota, and adds what tells the model about it.
"""

from __future__ import annotations

import heapq
import itertools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from ..plan import Status
from .relaxation import Infeasible, Undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from .relaxation import Relaxation

WHOLE: Final = 1e-6
STRONG_CANDIDATES: Final = 6
STRONG_ITERATIONS: Final = 60
SMALLEST_GAIN: Final = 1e-6
STUCK: Final = 1e-9
MOST_ROWS_GROWTH: Final = 1.5
LEAF_AGREES: Final = 1e-5
NODES_BEFORE_A_DIVE: Final = 40

Bounds = dict[int, tuple[float, float]]


@dataclass(order=True)
class Node:
    """Part of the plans: bounds of some columns; no plan in it is better than `bound`."""

    bound: float
    number: int
    bounds: Bounds = field(compare=False, default_factory=dict)


@dataclass(frozen=True, eq=False)
class Branching:
    """Columns that may be branched on, the most telling group first."""

    groups: Sequence[NDArray[np.int32]]


class Tree:
    """A search that keeps the smallest bound of what is open."""

    def __init__(
        self,
        relaxation: Relaxation,
        branching: Branching,
        *,
        on_whole: Callable[[NDArray[np.bool_]], float],
        cutoff: Callable[[], float],
        on_progress: Callable[[float], None],
    ) -> None:
        self._relaxation = relaxation
        self._branching = branching
        self._on_whole = on_whole
        self._cutoff = cutoff
        self._on_progress = on_progress
        self._number = itertools.count()
        self._open: list[Node] = []
        self._applied: Bounds = {}
        lp = relaxation.highs.getLp()
        self._lower = np.array(lp.col_lower_)
        self._upper = np.array(lp.col_upper_)
        self.n_nodes = 0
        self._n_popped = 0
        self._counted = np.inf  # worth of the last whole openings, in the solver's unit; inf = refused
        self._n_rows = relaxation.n_rows  # when slack ones were last dropped
        self.least_left_out = np.inf  # smallest bound of a node that was left for its bound
        self._least_leaf = np.inf  # ... of a leaf, whose one plan was counted

    def _is_left(self, bound: float) -> bool:
        """Whether a node with this bound can hold nothing noticeably better; its bound is noted then."""
        if bound < self._cutoff():
            return False
        self.least_left_out = min(self.least_left_out, bound)
        return True

    def search(self, root_bound: float) -> tuple[float, Status | None]:
        """Search until nothing open could be noticeably better; bound, and why it ended early, if it did.

        The bound is infinite where every node ended without a solution.
        """
        heapq.heappush(self._open, Node(root_bound, next(self._number)))
        while self._open:
            node = heapq.heappop(self._open)
            if self._is_left(node.bound):
                self._open.clear()
                break
            self._n_popped += 1
            self._on_progress(node.bound)
            try:
                self._dive(node)
            except _Stopped as stopped:
                return min([stopped.bound, *(each.bound for each in self._open)]), stopped.status
        return min(self.least_left_out, self._least_leaf), None

    def _dive(self, node: Node) -> None:
        """Branch on a node; now and then follow it down to a plan, leaving the other sides open."""
        current = node
        while True:
            self.n_nodes += 1
            if self._relaxation.n_rows > MOST_ROWS_GROWTH * self._n_rows:
                self._relaxation.forget_slack_rows()
                self._n_rows = self._relaxation.n_rows
            self._apply(current.bounds)
            bound = self._settle(current)
            if bound is None:
                return
            chosen = self._choose(bound)
            if chosen is None:  # one plan is left, and it has been counted
                self._least_leaf = min(self._least_leaf, self._worth_of_leaf(bound))
                return
            current, other = self._children(current, bound, *chosen)
            heapq.heappush(self._open, other)
            # Where a plan is known the node with the least bound comes first, but for a dive now and then.
            if np.isfinite(self._cutoff()) and self._n_popped % NODES_BEFORE_A_DIVE:
                heapq.heappush(self._open, current)
                return

    def _worth_of_leaf(self, bound: float) -> float:
        """Worth of a leaf's one plan: as counted, if that is its bound but for the solver's precision."""
        counted = self._counted
        return counted if abs(counted - bound) <= LEAF_AGREES * abs(counted) else bound

    def _settle(self, node: Node) -> float | None:
        """Bound of a node that must be branched on; None if it is done with."""
        before = -np.inf
        while True:
            try:
                ended = self._relaxation.tighten(cutoff=self._cutoff(), rounds_with_room=1)
            except Infeasible:
                return None
            if ended is not None:
                raise _Stopped(node.bound, ended)
            bound = max(node.bound, self._relaxation.objective_value)
            if self._is_left(bound):
                return None
            opening = self._relaxation.openings
            if np.abs(opening - np.round(opening)).max(initial=0.0) > WHOLE:
                return bound
            # Whole but for the solver's precision. What the count adds may lift the bound; if not, branching
            # on what is not yet fixed does, for in the end one plan is left.
            if bound <= before + STUCK * abs(bound):
                return bound
            before = bound
            try:
                self._counted = self._on_whole(opening > 0.5)
            except Undecided:
                is_late = time.perf_counter() >= self._relaxation.deadline
                raise _Stopped(bound, Status.TIME_LIMIT if is_late else Status.UNPROVEN) from None
            if self._is_left(bound):
                return None

    def _choose(self, bound: float) -> tuple[int, float] | None:
        """Column to branch on, and its value: of the first group with fractional ones the most telling.

        None if every opening is fixed: then the one plan of the node has been counted.
        """
        values = self._relaxation.values
        for group in self._branching.groups:
            part = values[group]
            distance = np.abs(part - np.round(part))
            fractional = np.flatnonzero(distance > WHOLE)
            if not fractional.size:
                continue
            order = fractional[np.argsort(-distance[fractional], kind="stable")][:STRONG_CANDIDATES]
            if len(order) == 1:
                return int(group[order[0]]), float(part[order[0]])
            gains = [self._gain(int(group[k]), float(part[k]), bound) for k in order]
            best = order[int(np.argmax(gains))]
            return int(group[best]), float(part[best])
        y = self._relaxation.y
        bounds = [self._applied.get(int(c), (self._lower[c], self._upper[c])) for c in y]
        free = np.array([high > low for low, high in bounds], dtype=bool)
        if not free.any():
            return None
        distance = np.where(free, np.abs(values[y] - np.round(values[y])), -1.0)
        column = int(y[int(np.argmax(distance))])
        return column, float(np.round(values[column]))

    def _gain(self, column: int, value: float, bound: float) -> float:
        """How much both sides of a branching lift the bound, as few simplex steps show it."""
        highs = self._relaxation.highs
        basis = highs.getBasis()
        lower, upper = self._applied.get(column, (self._lower[column], self._upper[column]))
        highs.setOptionValue("simplex_iteration_limit", STRONG_ITERATIONS)
        gains = []
        for low, high in ((lower, np.floor(value)), (np.ceil(value), upper)):
            highs.changeColBounds(column, low, high)
            try:
                self._relaxation.run()
                gains.append(max(self._relaxation.objective_value - bound, SMALLEST_GAIN))
            except Infeasible:
                gains.append(1.0)
            highs.changeColBounds(column, lower, upper)
            highs.setBasis(basis)
        highs.setOptionValue("simplex_iteration_limit", 2_000_000_000)
        return gains[0] * gains[1]

    def _children(self, node: Node, bound: float, column: int, value: float) -> tuple[Node, Node]:
        """Two sides of a branching, the nearer whole number first."""
        lower, upper = node.bounds.get(column, (float(self._lower[column]), float(self._upper[column])))
        floor = min(float(np.floor(value)), upper - 1)
        down = Node(bound, next(self._number), {**node.bounds, column: (lower, floor)})
        up = Node(bound, next(self._number), {**node.bounds, column: (floor + 1, upper)})
        return (up, down) if value - floor > 0.5 else (down, up)

    def _apply(self, bounds: Bounds) -> None:
        highs = self._relaxation.highs
        for column in self._applied:
            if column not in bounds:
                highs.changeColBounds(column, float(self._lower[column]), float(self._upper[column]))
        for column, (low, high) in bounds.items():
            if self._applied.get(column) != (low, high):
                highs.changeColBounds(column, low, high)
        self._applied = dict(bounds)


class _Stopped(Exception):
    """The search ends early; the bound of the node at hand still stands. Caught in this module."""

    def __init__(self, bound: float, status: Status) -> None:
        super().__init__()
        self.bound = bound
        self.status = status
