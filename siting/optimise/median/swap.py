"""Swap search: open one site in place of another as long as that helps; a good plan, nothing proven.

Teitz & Bart (1968), Operations Research 16(5); the gains of all swaps with one site come from one pass over
its cells (Resende & Werneck 2007, EJOR 182(1); Schubert & Rousseeuw 2021, Information Systems 101).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...compiled import compiled
from .kernels import CLOSED, NONE, OPEN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .lists import Catchments, CostLists

LEAST_GAIN: Final = 1e-12  # relative to the whole; less is rounding


@compiled
def _nearest_two(i: int, site: Any, cost: Any, cap: Any, place: Any, first: Any, second: Any) -> None:
    """Find the two nearest open sites of a cell; `place[j]` is the position of an open site, or NONE."""
    first[i], second[i] = NONE, NONE
    for a in range(site.shape[1]):
        if cost[i, a] >= cap[i]:
            return
        if place[site[i, a]] != NONE:
            if first[i] == NONE:
                first[i] = a
            else:
                second[i] = a
                return


@compiled
def _cost_at(i: int, rank: int, cost: Any, cap: Any) -> Any:
    return cap[i] if rank == NONE else cost[i, rank]


@compiled
def _losses(
    site: Any, cost: Any, cap: Any, weight: Any, place: Any, first: Any, second: Any, loss: Any
) -> float:
    """Write what closing each open site costs (p,); give the worth of the plan."""
    loss[:] = 0.0
    total = 0.0
    for i in range(site.shape[0]):
        nearest = _cost_at(i, first[i], cost, cap)
        total += weight[i] * nearest
        if first[i] != NONE:
            loss[place[site[i, first[i]]]] += weight[i] * (_cost_at(i, second[i], cost, cap) - nearest)
    return total


@compiled
def _gains(
    j: int,
    site: Any,
    cost: Any,
    cap: Any,
    weight: Any,
    starts: Any,
    cells: Any,
    costs: Any,
    place: Any,
    first: Any,
    second: Any,
    loss: Any,
    change: Any,
) -> float:
    """Write what closing each open site costs where j is open too (p,); give what opening j saves."""
    saved = 0.0
    change[:] = loss
    for e in range(starts[j], starts[j + 1]):
        i, mine = cells[e], costs[e]
        far = _cost_at(i, second[i], cost, cap)
        if mine >= far:
            continue
        near = _cost_at(i, first[i], cost, cap)
        if first[i] == NONE:
            saved += weight[i] * (near - mine)
            continue
        served_by = place[site[i, first[i]]]
        if mine < near:
            saved += weight[i] * (near - mine)
            change[served_by] -= weight[i] * (far - near)
        else:
            change[served_by] -= weight[i] * (far - mine)
    return saved


@compiled
def _swap(
    site: Any,
    cost: Any,
    cap: Any,
    weight: Any,
    starts: Any,
    cells: Any,
    costs: Any,
    opened: Any,
    is_kept: Any,
    candidates: Any,
    most_swaps: int,
) -> tuple[float, int]:
    n, m, p = site.shape[0], starts.shape[0] - 1, opened.shape[0]
    place = np.full(m, NONE)
    for k in range(p):
        place[opened[k]] = k
    first, second = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    for i in range(n):
        _nearest_two(i, site, cost, cap, place, first, second)
    loss, change = np.empty(p), np.empty(p)
    total = _losses(site, cost, cap, weight, place, first, second, loss)
    n_swaps, n_in_vain, at = 0, 0, 0
    while n_in_vain < candidates.shape[0] and n_swaps < most_swaps:
        j = candidates[at]
        at = (at + 1) % candidates.shape[0]
        n_in_vain += 1
        if place[j] != NONE:
            continue
        saved = _gains(j, site, cost, cap, weight, starts, cells, costs, place, first, second, loss, change)
        best = NONE
        for k in range(p):
            if not is_kept[k] and (best == NONE or change[k] < change[best]):
                best = k
        if best == NONE or saved - change[best] <= LEAST_GAIN * (total + loss[best]):
            continue
        left = opened[best]
        opened[best] = j
        place[left], place[j] = NONE, best
        for e in range(starts[left], starts[left + 1]):
            _nearest_two(cells[e], site, cost, cap, place, first, second)
        for e in range(starts[j], starts[j + 1]):
            _nearest_two(cells[e], site, cost, cap, place, first, second)
        total = _losses(site, cost, cap, weight, place, first, second, loss)
        n_swaps, n_in_vain = n_swaps + 1, 0
    return total, n_swaps


def swap_search(
    lists: CostLists,
    turned: Catchments,
    start: NDArray[np.int64],
    state: NDArray[np.int8],
    *,
    most_swaps: int = 1_000_000,
) -> tuple[NDArray[np.int64], int]:
    """Improve the open sites `start` (p,) by swaps until none helps, as far as the lists know.

    Sites whose state is open are kept, those that are closed stay so.

    Returns
    -------
    tuple
        Open sites (p,), ascending, and the number of swaps made.
    """
    opened = np.sort(start).astype(np.int64)
    candidates = np.flatnonzero(state != CLOSED)
    _, n_swaps = _swap(
        lists.site,
        lists.cost,
        lists.cap,
        lists.weight,
        turned.starts,
        turned.cell,
        turned.cost,
        opened,
        state[opened] == OPEN,
        candidates,
        most_swaps,
    )
    return np.sort(opened), n_swaps
