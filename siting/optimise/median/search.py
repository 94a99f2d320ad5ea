"""`open_cheapest`: which p sites to open so that all cells together cost least, with proof.

First a good plan by swaps; then prices that bound what any plan costs, and close or open most sites for
good; then the linear relaxation of what is left, for better prices; then a tree whose nodes are bounded by
prices alone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Final

import numpy as np

from .cover_rows import cover_by_rows
from .kernels import CLOSED, FREE, OPEN, ascend, worth
from .lists import catchments, lists_of, telling_lists
from .polish import polish
from .swap import swap_search

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .lists import CostLists

    States = NDArray[np.int8]
    Sites = NDArray[np.int64]

logger = logging.getLogger(__name__)

BETTER: Final = 1e-9  # relative: a plan that is better by less is as good
ROUNDING: Final = 1e-6  # of a bound, where all values are whole numbers and a better plan is better by one
ROUND: Final = 25  # iterations between two searches for plans
MOST_ROUNDS: Final = 12
FIRST_STEP: Final = 1.0
SHORTEST_ROOT_STEP: Final = 0.01
NODE_ITERATIONS: Final = 30
NODE_STEP: Final = 0.5
SHORTEST_NODE_STEP: Final = 0.02
LOOK_AT_CLOCK_EVERY: Final = 16  # nodes
FIRST_POLISHED: Final = 8  # nodes
PLAIN_FOR_EACH_POLISHED: Final = 25  # which take about as long as one polished
SHORTER_LISTS: Final = 0.7  # lists are made anew where fewer than this share of their sites is left
ROUNDINGS: Final = 40
LEAST_ROUNDINGS: Final = 2
ENTRIES_OF_ROUNDINGS: Final = 20_000_000  # of the lists, all roundings together: on large ones few are made
LEAST_CHANCE: Final = 0.01
GAP_WORTH_ROUNDING: Final = 1e-3  # relative; below this the best plan is seldom beaten
FIRST_NODES: Final = 200  # of coverage, before HiGHS is asked
UNLIMITED: Final = 2**62
SOLVER_PRECISION: Final = 1e-7  # relative
WHOLE_AND_A_BIT: Final = 0.99
GAP_ASKED_OF_SOLVER: Final = 0.999  # of the one that is allowed, so that it is reached
WORTH_ANOTHER: Final = 0.9  # of the sites left: then they are polished again
SWAPS_AT_ONCE: Final = 50  # between two looks at the clock
SEED: Final = 0

Judge = Callable[["Sites"], float]
Narrow = Callable[["Sites"], "CostLists"]
OnProgress = Callable[[float, float], None]


@dataclass(frozen=True, eq=False)
class Answer:
    """Open sites and what is proven."""

    sites: Sites  # (p,) ascending
    value: float
    bound: float
    is_proven: bool
    is_late: bool  # the time was up
    n_nodes: int


@dataclass(frozen=True)
class Terms:
    """When the search is done."""

    deadline: float  # of time.perf_counter
    relative_gap: float = 0.0
    is_whole: bool = False  # every plan's value is a whole number
    less_than: float = np.inf  # plans that cost this or more are of no interest


class _Search:
    """The best plan so far, in the caller's numbers, and the sites that are left, in their own."""

    def __init__(self, lists: CostLists, n_open: int, judge: Judge, terms: Terms, say: OnProgress) -> None:
        self.lists = lists
        self.n_open = n_open
        self.terms = terms
        self._judge = judge
        self._say = say
        self.names = np.arange(lists.n_sites)  # of the sites that are left
        self.state: States = np.zeros(lists.n_sites, dtype=np.int8)
        self.usage = np.zeros(lists.n_sites)
        self.price = np.zeros(0)
        self.best: Sites = np.empty(0, dtype=np.int64)
        self.value = np.inf  # of the best plan
        self.bound = 0.0
        self.n_nodes = 0

    # --- what is good enough ---

    @property
    def upper(self) -> float:
        """Only plans below this are looked for."""
        return min(self.value, self.terms.less_than)

    @property
    def better(self) -> float:
        """A bound above this leaves no plan that is better."""
        if self.terms.is_whole:
            return min(self.upper * (1.0 - BETTER), self.upper - 1.0 + max(ROUNDING, BETTER * self.upper))
        return self.upper * (1.0 - BETTER)

    @property
    def enough(self) -> float:
        """A bound above this leaves no plan that is noticeably better."""
        return min(self.better, self.upper * (1.0 - self.terms.relative_gap))

    @property
    def is_done(self) -> bool:
        """Whether nothing noticeably better is left."""
        return self.bound >= self.enough

    @property
    def is_late(self) -> bool:
        """Whether the time is up."""
        return time.perf_counter() >= self.terms.deadline

    def lift(self, bound: float) -> None:
        """Note a bound on every plan."""
        self.bound = max(self.bound, min(bound, self.upper))
        self._say(self.upper, self.bound)

    # --- plans ---

    def take(self, opened: Sites) -> bool:
        """Judge a plan of the sites that are left; keep it if it is the best yet."""
        named = np.sort(self.names[opened])
        value = self._judge(named)
        if value >= self.value:
            return False
        self.best, self.value = named, value
        return True

    def best_here(self) -> Sites:
        """Give the best plan in the numbers of the sites that are left."""
        return np.searchsorted(self.names, self.best)

    def swap_from(self, strength: NDArray[np.float64]) -> None:
        """Search by swaps from the strongest sites (m,)."""
        ranked = np.where(self.state == OPEN, np.inf, np.where(self.state == CLOSED, -np.inf, strength))
        start = np.sort(np.argsort(-ranked, kind="stable")[: self.n_open])
        if start.tobytes() in self._tried:
            return
        self._tried.add(start.tobytes())
        n_swaps = SWAPS_AT_ONCE
        while n_swaps == SWAPS_AT_ONCE:
            start, n_swaps = swap_search(
                self.lists, self._turned, start, self.state, most_swaps=1 if self.is_late else SWAPS_AT_ONCE
            )
        self.take(start)

    def narrow_to(self, lists: CostLists, left: Sites) -> None:
        """Go on with fewer sites, `left` in the present numbers."""
        self.lists, self.names = lists, self.names[left]
        self.state, self.usage = self.state[left].copy(), self.usage[left].copy()
        self.look_around()

    def look_around(self) -> None:
        """Prepare the search by swaps for the present lists."""
        self._turned = catchments(self.lists)
        self._tried: set[bytes] = set()

    # --- bounds ---

    def first_prices(self) -> None:
        """Price each cell between its two nearest open sites of the best plan."""
        is_open = np.zeros(self.lists.n_sites, dtype=bool)
        is_open[self.best_here()] = True
        costs = np.where(is_open[self.lists.site], self.lists.cost, np.inf)
        two = np.partition(costs, 1, axis=1)[:, :2] if costs.shape[1] > 1 else costs
        two = np.minimum(two, self.lists.cap[:, None])
        self.price = two.mean(axis=1) if self.n_open > 1 else self.lists.cap.copy()

    def ascend(self, n_iterations: int, step: float) -> float:
        """Lift the bound of all plans that are left; give the step in the end."""
        lists = self.lists
        found, _, step = ascend(
            lists.site,
            lists.cost,
            lists.weight,
            lists.cap,
            self.state,
            self.price,
            self.n_open,
            self.upper,
            self.better,
            n_iterations,
            step,
            SHORTEST_ROOT_STEP,
            self.usage,
            np.zeros(lists.n_sites, dtype=np.int8),
            False,
        )
        self.lift(found if np.isfinite(found) else self.better)
        return step


def open_cheapest(
    lists: CostLists, n_open: int, *, judge: Judge, narrow: Narrow, terms: Terms, on_progress: OnProgress
) -> Answer:
    """Open `n_open` sites so that the sum of weight x cost of the cheapest open one is least.

    `judge` gives what a plan's sites (p,) cost; `narrow` the lists of some of the sites (k,), in that order.
    """
    search = _Search(lists, n_open, judge, terms, on_progress)
    search.look_around()
    search.swap_from(np.random.default_rng(SEED).random(lists.n_sites))
    _root(search)
    if not search.is_done and not search.is_late:
        _narrow_and_polish(search, narrow)
    if not search.is_done and not search.is_late and search.lists.is_exact:
        _tree(search, FIRST_NODES if search.lists.is_covering else UNLIMITED)
        if search.lists.is_covering and not search.is_done and not search.is_late:
            _cover(search)
    bound = search.upper if search.bound >= search.better else search.bound
    return Answer(search.best, search.value, bound, search.is_done, search.is_late, search.n_nodes)


def _root(search: _Search) -> None:
    """Lift the bound, fix sites and look for plans in turn."""
    search.first_prices()
    step = FIRST_STEP
    for _ in range(MOST_ROUNDS):
        step = search.ascend(ROUND, step)
        if not search.is_done and not search.is_late:
            search.swap_from(search.usage)
            search.lift(search.bound)
        logger.debug("prices: best %.3g, bound %.3g, %d left", search.upper, search.bound, _n_left(search))
        if search.is_done or search.is_late or step < SHORTEST_ROOT_STEP:
            return


def _narrow_and_polish(search: _Search, narrow: Narrow) -> None:
    """Leave closed sites behind and take better prices, which close more, until they close few."""
    before = UNLIMITED
    while not search.is_done and not search.is_late:
        _narrow(search, narrow)
        if search.lists.n_sites > WORTH_ANOTHER * before:
            return
        before = search.lists.n_sites
        _polish(search)


def _narrow(search: _Search, narrow: Narrow) -> None:
    """Leave the closed sites behind."""
    left = np.flatnonzero(search.state != CLOSED)
    missing = np.setdiff1d(search.best_here(), left)
    if len(left) + len(missing) == search.lists.n_sites and search.lists.is_exact:
        return
    left = np.union1d(left, missing)  # the best plan is kept, though nothing better has its sites
    search.narrow_to(narrow(search.names[left]), left)
    search.price = np.minimum(search.price, search.lists.cap)


def _polish(search: _Search) -> None:
    """Take the prices, and a plan, from the linear relaxation."""
    found = polish(
        search.lists,
        search.state,
        search.price,
        search.best_here(),
        n_open=search.n_open,
        upper=search.upper,
        deadline=search.terms.deadline,
    )
    if found is None:
        return
    search.price = np.clip(found.price, search.lists.cost[:, 0], search.lists.cap)
    search.ascend(ROUND, NODE_STEP)
    if not search.is_done:
        search.swap_from(found.opening)
        _round(search, found.opening)
        search.ascend(1, NODE_STEP)
    logger.debug("polished: best %.3g, bound %.3g, %d left", search.upper, search.bound, _n_left(search))


@dataclass(frozen=True, eq=False)
class _Node:
    bound: float
    state: States  # (m,)
    price: NDArray[np.float64]  # (n,)
    lists: CostLists
    n_left: int  # sites that were not closed when the lists were made


def _cover(search: _Search) -> None:
    """Ask HiGHS for what the tree did not settle."""
    sites, bound = cover_by_rows(
        search.lists,
        search.state,
        search.best_here(),
        n_open=search.n_open,
        upper=search.upper,
        relative_gap=GAP_ASKED_OF_SOLVER * search.terms.relative_gap,
        deadline=search.terms.deadline,
    )
    if sites is not None and len(sites) == search.n_open:
        search.take(sites)
    least = (
        search.upper - WHOLE_AND_A_BIT if search.terms.is_whole else search.upper * (1.0 - SOLVER_PRECISION)
    )
    is_proven = bound >= least
    search.lift(search.enough if is_proven else bound)


def _tree(search: _Search, most_nodes: int) -> None:
    """Branch on the site that is chosen every other time; nodes are left once nothing better is in them."""
    lists = search.lists
    stack = [_Node(search.bound, search.state.copy(), search.price.copy(), lists, lists.n_sites)]
    chosen = np.zeros(lists.n_sites, dtype=np.int8)
    turns = _turns()
    while stack:
        node = stack.pop()
        if node.bound >= search.enough:
            continue
        search.n_nodes += 1
        if search.n_nodes % LOOK_AT_CLOCK_EVERY == 0:
            search.lift(min(node.bound, min((each.bound for each in stack), default=node.bound)))
            if search.is_late or search.n_nodes >= most_nodes:
                return
        bound = max(node.bound, _bound(search, node, chosen))
        if next(turns) and bound < search.enough:
            bound = max(bound, _polished_bound(search, node, chosen))
        free = np.flatnonzero(node.state == FREE)
        if bound >= search.enough or not free.size:
            continue
        telling, n_left = node.lists, int((node.state != CLOSED).sum())
        if n_left < SHORTER_LISTS * node.n_left:
            telling = telling_lists(telling, node.state)
        else:
            n_left = node.n_left
        site = free[np.argmin(np.abs(search.usage[free] - 0.5))]
        for state in (CLOSED, OPEN) if search.usage[site] > 0.5 else (OPEN, CLOSED):
            states = node.state.copy()
            states[site] = state
            stack.append(_Node(bound, states, node.price.copy(), telling, n_left))
    search.lift(search.enough)


def _turns() -> Iterator[bool]:
    """Say for each node whether it is polished: some are, then many are not, then twice as many of both.

    Where the relaxation closes nearly all of the gap a few polished nodes end the search, where it does not
    many nodes by prices alone do; either costs the other little.
    """
    n = FIRST_POLISHED
    while True:
        yield from repeat(True, n)
        yield from repeat(False, PLAIN_FOR_EACH_POLISHED * n)
        n *= 2


def _polished_bound(search: _Search, node: _Node, chosen: States) -> float:
    """Bound a node by the relaxation's prices; the sites it opens by half are those to branch on."""
    found = polish(
        node.lists,
        node.state,
        node.price,
        np.flatnonzero(node.state == OPEN),
        n_open=search.n_open,
        upper=search.upper,
        deadline=search.terms.deadline,
    )
    if found is None:
        return node.bound
    node.price[:] = np.clip(found.price, node.lists.cost[:, 0], node.lists.cap)
    bound = _bound(search, node, chosen)
    search.usage[:] = found.opening
    return bound


def _bound(search: _Search, node: _Node, chosen: States) -> float:
    """Bound a node; its state and prices are written on, and better plans are taken."""
    lists = node.lists
    while True:
        search.usage[:] = 0.0
        upper = search.upper
        found, upper, _ = ascend(
            lists.site,
            lists.cost,
            lists.weight,
            lists.cap,
            node.state,
            node.price,
            search.n_open,
            upper,
            search.enough,
            NODE_ITERATIONS,
            NODE_STEP,
            SHORTEST_NODE_STEP,
            search.usage,
            chosen,
            True,
        )
        if upper >= search.upper or not search.take(np.flatnonzero(chosen == 1)):
            return float(found)


def _round(search: _Search, opening: NDArray[np.float64]) -> None:
    """Look for better plans near the relaxation's openings (m,), which are rounded in many ways by chance."""
    random = np.random.default_rng(SEED)
    for _ in range(min(ROUNDINGS, max(LEAST_ROUNDINGS, ENTRIES_OF_ROUNDINGS // search.lists.site.size))):
        if search.bound >= search.upper * (1.0 - GAP_WORTH_ROUNDING) or search.is_late:
            return
        search.swap_from(opening + random.random(len(opening)) * opening.clip(LEAST_CHANCE, 1 - LEAST_CHANCE))
    logger.debug("rounded: best %.3g", search.upper)


def _n_left(search: _Search) -> int:
    return int((search.state != CLOSED).sum())


def open_by_lists(lists: CostLists, n_open: int, *, terms: Terms, on_progress: OnProgress) -> Answer:
    """Answer by lists that are not cut short and say all there is to say."""

    def judge(sites: Sites) -> float:
        chosen = np.zeros(lists.n_sites, dtype=np.int8)
        chosen[sites] = 1
        value: float = worth(lists.site, lists.cost, lists.weight, lists.cap, chosen, np.inf)
        return value

    return open_cheapest(
        lists,
        n_open,
        judge=judge,
        narrow=lambda sites: lists_of(lists, sites),
        terms=terms,
        on_progress=on_progress,
    )
