"""`CostLists`: each cell's nearest sites in order, from which everything else at this size is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .kernels import CLOSED, FREE, keep, kept_lengths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Costs = NDArray[np.floating[Any]]

# An answer opens p of m sites, so a cell's nearest open one is among its m/p nearest or so. The second
# nearest, which prices reach, is seldom beyond four times that.
TIMES_THE_TYPICAL_RANK: Final = 4
LEAST_LENGTH: Final = 32
ROWS_AT_ONCE: Final = 4096


@dataclass(frozen=True, eq=False)
class CostLists:
    """Sites of each cell by cost, cut short where more would seldom be looked at."""

    site: NDArray[np.int32]  # (n, k)
    cost: Costs  # (n, k) ascending along a row
    cap: NDArray[np.float64]  # (n,) what a cell costs at most, as far as these lists know
    weight: NDArray[np.float64]  # (n,)
    n_sites: int
    is_exact: bool  # no list is cut short: the plan's cheapest site is in it, or costs the cap
    is_covering: bool = False  # costs are 0, and the cap 1


def typical_length(n_sites: int, n_open: int) -> int:
    """How many of its nearest sites a cell keeps where so many of so many are opened."""
    return min(n_sites, TIMES_THE_TYPICAL_RANK * n_sites // n_open + LEAST_LENGTH)


def cost_lists(
    costs: Costs, weight: NDArray[np.float64], sites: NDArray[np.int64], *, length: int, n_open: int
) -> CostLists:
    """Sort the finite costs (n, _) of some sites (m,) as far as `length`, for plans of `n_open` sites."""
    n, m = len(costs), len(sites)
    is_all = m == costs.shape[1]
    site = np.empty((n, length), dtype=np.int32)
    cost = np.empty((n, length), dtype=costs.dtype)
    for start in range(0, n, ROWS_AT_ONCE):
        rows = slice(start, min(start + ROWS_AT_ONCE, n))
        part = costs[rows] if is_all else costs[rows][:, sites]
        if length < m:
            nearest = np.sort(np.argpartition(part, length - 1, axis=1)[:, :length], axis=1)
            part = np.take_along_axis(part, nearest, axis=1)
            order = np.argsort(part, axis=1, kind="stable")
            site[rows] = np.take_along_axis(nearest, order, axis=1)
        else:
            order = np.argsort(part, axis=1, kind="stable")
            site[rows] = order
        cost[rows] = np.take_along_axis(part, order, axis=1)
    # Some open site is among the m - p + 1 nearest, whatever the plan.
    most = min(length - 1, m - n_open)
    return CostLists(site, cost, cost[:, most].astype(np.float64), weight, m, is_exact=length > m - n_open)


def covering_lists(covers: NDArray[np.bool_], weight: NDArray[np.float64]) -> CostLists:
    """Lists of the sites that cover each cell, at no cost; a cell that none covers costs 1.

    Cells (n, m) that the same sites cover count as one, those that none covers not at all. At least one cell
    must be covered.
    """
    key, of_cell = np.unique(np.packbits(covers, axis=1), axis=0, return_inverse=True)
    sets = np.unpackbits(key, axis=1, count=covers.shape[1]).astype(bool)
    together = np.bincount(of_cell.ravel(), weights=weight, minlength=len(sets)).astype(np.float64)
    felt = sets.any(axis=1) & (together > 0)
    sets, together = sets[felt], together[felt]
    row, column = np.nonzero(sets)
    size = np.bincount(row, minlength=len(sets))
    length = int(size.max(initial=1))
    site = np.zeros((len(sets), length), dtype=np.int32)
    cost = np.ones((len(sets), length))
    place = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    site[row, place] = column
    cost[row, place] = 0.0
    return CostLists(
        site, cost, np.ones(len(sets)), together, covers.shape[1], is_exact=True, is_covering=True
    )


def telling_lists(lists: CostLists, state: NDArray[np.int8]) -> CostLists:
    """Lists without closed sites, and without what lies behind an open one; sites keep their numbers."""
    length = np.empty(len(lists.site), dtype=np.int32)
    kept_lengths(lists.site, lists.cost, lists.cap, state, length)
    shape = len(length), max(1, int(length.max(initial=0)))
    site, cost = np.zeros(shape, dtype=np.int32), np.full(shape, np.inf, dtype=lists.cost.dtype)
    keep(lists.site, lists.cost, state, length, site, cost)
    return replace(lists, site=site, cost=cost)


def lists_of(lists: CostLists, sites: NDArray[np.int64]) -> CostLists:
    """Lists of some sites (k,) alone, which are numbered anew in that order."""
    state = np.full(lists.n_sites, CLOSED, dtype=np.int8)
    state[sites] = FREE
    number = np.zeros(lists.n_sites, dtype=np.int32)
    number[sites] = np.arange(len(sites))
    kept = telling_lists(lists, state)
    return replace(kept, site=number[kept.site], n_sites=len(sites))


@dataclass(frozen=True, eq=False)
class Catchments:
    """The same pairs the other way round: the cells of each site, one site after the other."""

    starts: NDArray[np.int64]  # (m + 1,)
    cell: NDArray[np.int32]  # (n k,)
    cost: Costs  # (n k,)


def catchments(lists: CostLists) -> Catchments:
    """Turn the lists round."""
    order = np.argsort(lists.site, axis=None, kind="stable")
    counts = np.bincount(lists.site.ravel(), minlength=lists.n_sites)
    starts = np.concatenate([[0], np.cumsum(counts)])
    cell = (order // lists.site.shape[1]).astype(np.int32)
    return Catchments(starts, cell, lists.cost.ravel()[order])
