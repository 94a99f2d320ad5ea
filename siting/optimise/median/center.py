"""The p-center: the least time within which so many sites cover every cell, by bisection over the times."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .lists import covering_lists
from .search import Answer, Terms, open_by_lists

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_SMALLEST: Final = 500


def open_nearest_to_all(minutes: NDArray[np.floating[Any]], n_open: int, *, deadline: float) -> Answer:
    """Open sites so that the longest of all cells' minutes (n, m) to the nearest one is least.

    Each row has a finite time. Where no choice reaches every cell the value is infinite.
    """
    floor = float(minutes.min(axis=1).max())
    best = _scattered(minutes, n_open)
    value = float(minutes[:, best].min(axis=1).max())
    times = np.unique(minutes[(minutes >= floor) & (minutes <= value)])
    low, high = 0, len(times) - 1  # times[:low] are proven too short; times[high] is reached
    n_nodes = 0
    while low < high and time.perf_counter() < deadline:
        middle = (low + high) // 2
        answer = _cover_all(minutes <= times[middle], n_open, deadline)
        n_nodes += answer.n_nodes
        if answer.value == 0:
            best = answer.sites
            high = int(np.searchsorted(times, minutes[:, best].min(axis=1).max()))
        elif answer.is_proven:
            low = middle + 1
        else:
            break
    value = float(minutes[:, best].min(axis=1).max())
    is_late = time.perf_counter() >= deadline
    return Answer(best, value, float(times[low]), low >= high, is_late, n_nodes)


def _cover_all(covers: NDArray[np.bool_], n_open: int, deadline: float) -> Answer:
    """Look for sites that leave no cell uncovered; each set of sites that some cell asks for counts 1."""
    key = np.unique(np.packbits(covers, axis=1), axis=0)
    sets = _without_supersets(np.unpackbits(key, axis=1, count=covers.shape[1]).astype(bool))
    lists = covering_lists(sets, np.ones(len(sets)))
    terms = Terms(deadline, is_whole=True, less_than=1.0)
    return open_by_lists(lists, n_open, terms=terms, on_progress=lambda _best, _bound: None)


def _without_supersets(sets: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Leave out sets (k, m) that hold one of the smallest, for that asks for more."""
    order = np.argsort(sets.sum(axis=1), kind="stable")
    sets = sets[order]
    smallest = sets[:MOST_SMALLEST].astype(np.float32)
    in_common = smallest @ sets.T.astype(np.float32)
    holds = in_common == smallest.sum(axis=1)[:, None]
    np.fill_diagonal(holds, val=False)  # all are different, so only itself holds a set of its size
    kept: NDArray[np.bool_] = sets[~holds.any(axis=0)]
    return kept


def _scattered(minutes: NDArray[np.floating[Any]], n_open: int) -> NDArray[np.int64]:
    """Open the site nearest to the cell that is worst off, again and again; further ones at random are none.

    Gonzalez (1985), Theoretical Computer Science 38.
    """
    nearest = np.full(len(minutes), np.inf)
    is_open = np.zeros(minutes.shape[1], dtype=bool)
    for _ in range(n_open):
        worst = minutes[int(np.argmax(nearest))]
        free = np.flatnonzero(~is_open)
        site = int(free[np.argmin(worst[free])])
        is_open[site] = True
        np.minimum(nearest, minutes[:, site], out=nearest)
    return np.flatnonzero(is_open)
