r"""Coverage that is left undecided, as a whole-number problem for HiGHS.

With costs 0 and 1 the question is

.. math:: \min \sum_i w_i u_i, \quad u_i + \sum_{j \in S_i} y_j \ge 1, \quad \sum_j y_j = p,

one row for each set of sites that covers the same cells. HiGHS has cuts for such rows that a bound by prices
has not. Its plan is judged by the lists again; its bound carries the solver's tolerance.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np

from ..highs import INF, has_solution, new_highs, run_highs, set_whole
from .kernels import CLOSED, OPEN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .lists import CostLists

UNIT_SHARE: Final = 1e-3  # the solver counts in this part of the upper bound
TOLERANCE: Final = 1e-9


def cover_by_rows(
    lists: CostLists,
    state: NDArray[np.int8],
    opened: NDArray[np.int64],
    *,
    n_open: int,
    upper: float,
    relative_gap: float,
    deadline: float,
) -> tuple[NDArray[np.int64] | None, float]:
    """Give the best sites found (p,), if any, and a bound on every plan that states allow."""
    m, unit = lists.n_sites, UNIT_SHARE * upper
    sets, weight = _different_sets(lists, state)
    n = len(sets)
    seconds = max(deadline - time.perf_counter(), 0.1)
    highs = new_highs(time_limit=seconds, mip_rel_gap=relative_gap, mip_abs_gap=TOLERANCE)
    lower = np.concatenate([(state == OPEN).astype(float), np.zeros(n)])
    most = np.concatenate([(state != CLOSED).astype(float), np.ones(n)])
    costs = np.concatenate([np.zeros(m), weight / unit])
    none = np.empty(0, dtype=np.int32)
    highs.addCols(m + n, costs, lower, most, 0, np.zeros(m + n, np.int32), none, np.empty(0))
    highs.addRow(float(n_open), float(n_open), m, np.arange(m, dtype=np.int32), np.ones(m))
    row, column = np.nonzero(sets)
    index = np.concatenate([column, m + np.arange(n)])[
        np.argsort(np.concatenate([row, np.arange(n)]), kind="stable")
    ]
    starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n) + 1)]).astype(np.int32)
    entries = len(index), starts[:-1], index.astype(np.int32), np.ones(len(index))
    highs.addRows(n, np.ones(n), np.full(n, INF), *entries)
    sites = np.arange(m, dtype=np.int32)
    set_whole(highs, sites, is_whole=True)
    start = np.zeros(m)
    start[opened] = 1.0
    highs.setSolution(m, sites, start)
    run_highs(highs, seconds=seconds)
    bound = float(highs.getInfo().mip_dual_bound) * unit
    if not has_solution(highs):
        return None, bound if np.isfinite(bound) else 0.0
    values = np.asarray(highs.getSolution().col_value)[:m]
    return np.flatnonzero(values > 0.5), bound


def _different_sets(
    lists: CostLists, state: NDArray[np.int8]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Different sets of sites (k, m) that are left to cover cells, and the weight of the cells of each."""
    sets = np.zeros((len(lists.site), lists.n_sites), dtype=bool)
    row, place = np.nonzero(lists.cost < lists.cap[:, None])
    sets[row, lists.site[row, place]] = True
    sets[:, state == CLOSED] = False
    open_question = ~sets[:, state == OPEN].any(axis=1)
    key, of_row = np.unique(np.packbits(sets[open_question], axis=1), axis=0, return_inverse=True)
    weight = np.bincount(of_row.ravel(), weights=lists.weight[open_question], minlength=len(key))
    kept = np.unpackbits(key, axis=1, count=lists.n_sites).astype(bool)
    return kept, weight.astype(np.float64)
