"""Every set of further openings that keeps a sum of least costs within a limit: a compiled search.

What an option saves never grows while others are opened (savings are submodular: Nemhauser, Wolsey & Fisher
1978). So a set saves no more than the sum of what its options save alone, and where those that save most,
as many as may still be opened, do not reach the limit together, none of their sets does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ..compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

MUCH_WORK: Final = -1
TOO_MANY: Final = -2


class Candidates(NamedTuple):
    """Options that may still be opened, m of them; costs are weighted: cost x weight of the row."""

    costs: NDArray[np.float64]  # (m, n) of each row at each option; no less than now where it does not serve
    group: NDArray[np.intp]  # (m,) group that its number is counted in
    site: NDArray[np.intp]  # (m,) of two options at one site only one is opened


class Room(NamedTuple):
    """How many options of each group are opened on top, g groups."""

    least: NDArray[np.intp]  # (g,)
    most: NDArray[np.intp]  # (g,)


class Limits(NamedTuple):
    """Where the search ends."""

    value: float  # sum of costs (<=)
    work: int  # gains of one option


class Found(NamedTuple):
    """Room for the sets that are found."""

    sets: NDArray[np.int16]  # (k, depth) positions among the candidates, -1 = none
    values: NDArray[np.float64]  # (k,) sum of costs


class _Levels(NamedTuple):
    """The search's stack; level d has d options chosen."""

    now: NDArray[np.float64]  # (depth + 1, n) cost of each row
    value: NDArray[np.float64]  # (depth + 1,) their sum
    order: NDArray[np.intp]  # (depth + 1, m) candidates that are left, the one that saves most first
    gains: NDArray[np.float64]  # (depth + 1, m) what each of them saves
    n_left: NDArray[np.intp]  # (depth + 1,)
    position: NDArray[np.intp]  # (depth + 1,) of the candidate that comes next
    chosen: NDArray[np.intp]  # (depth,)


@compiled
def complete(
    base: NDArray[np.float64], candidates: Candidates, room: Room, limits: Limits, found: Found
) -> int:
    """Write all sets that keep within the limit into `found`; return how many.

    `base` (n,) is the weighted cost of each row before. Negative: MUCH_WORK would be needed, or TOO_MANY sets
    were found for the room given.
    """
    m, n, deepest = len(candidates.costs), len(base), found.sets.shape[1]
    s = _Levels(
        np.empty((deepest + 1, n)),
        np.empty(deepest + 1),
        np.empty((deepest + 1, m), np.intp),
        np.empty((deepest + 1, m)),
        np.zeros(deepest + 1, np.intp),
        np.zeros(deepest + 1, np.intp),
        np.empty(deepest, np.intp),
    )
    s.now[0], s.value[0], s.n_left[0] = base, base.sum(), m
    for q in range(m):
        s.order[0, q] = q
    n_taken = np.zeros(len(room.most), np.intp)
    depth, is_new, count, work = 0, True, 0, 0
    while depth >= 0:
        if is_new:
            is_new = False
            if s.value[depth] <= limits.value and (n_taken >= room.least).all():
                if count == len(found.values):
                    return TOO_MANY
                found.sets[count, :depth], found.sets[count, depth:] = s.chosen[:depth], -1
                found.values[count] = s.value[depth]
                count += 1
            work += _order_by_gain(s, depth, candidates, room, n_taken)
            if work > limits.work:
                return MUCH_WORK
        if s.value[depth] - _saved_at_most(s, depth, candidates, room, n_taken) > limits.value or (
            s.position[depth] == s.n_left[depth]
        ):
            depth -= 1
            if depth >= 0:
                n_taken[candidates.group[s.chosen[depth]]] -= 1
            continue
        _choose_next(s, depth, candidates)
        n_taken[candidates.group[s.chosen[depth]]] += 1
        depth += 1
        is_new = True
    return count


@compiled
def _order_by_gain(
    s: _Levels, depth: int, candidates: Candidates, room: Room, n_taken: NDArray[np.intp]
) -> int:
    """Keep the candidates that may be opened here, those that save most first; return how many."""
    k = 0
    for p in range(s.n_left[depth]):
        q = s.order[depth, p]
        may_open = n_taken[candidates.group[q]] < room.most[candidates.group[q]]
        for d in range(depth):
            may_open &= candidates.site[s.chosen[d]] != candidates.site[q]
        if not may_open:
            continue
        gain = 0.0
        for i in range(s.now.shape[1]):
            saved = s.now[depth, i] - candidates.costs[q, i]
            gain += saved if saved > 0 else 0.0
        s.order[depth, k], s.gains[depth, k] = q, gain
        k += 1
    by_gain = np.argsort(-s.gains[depth, :k], kind="mergesort")
    s.order[depth, :k], s.gains[depth, :k] = s.order[depth, :k][by_gain], s.gains[depth, :k][by_gain]
    s.n_left[depth], s.position[depth] = k, 0
    return k


@compiled
def _saved_at_most(
    s: _Levels, depth: int, candidates: Candidates, room: Room, n_taken: NDArray[np.intp]
) -> float:
    """Sum what the candidates from the next one on save that save most, as many as have room."""
    saved = 0.0
    for g in range(len(room.most)):
        left = room.most[g] - n_taken[g]
        for p in range(s.position[depth], s.n_left[depth]):
            if left == 0:
                break
            if candidates.group[s.order[depth, p]] == g:
                saved += s.gains[depth, p]
                left -= 1
    return saved


@compiled
def _choose_next(s: _Levels, depth: int, candidates: Candidates) -> None:
    """Open the next candidate; those after it may be opened on top of it."""
    p = s.position[depth]
    q = s.order[depth, p]
    s.position[depth], s.chosen[depth] = p + 1, q
    s.value[depth + 1] = s.value[depth] - s.gains[depth, p]
    k = s.n_left[depth] - p - 1
    s.order[depth + 1, :k] = s.order[depth, p + 1 : p + 1 + k]
    s.n_left[depth + 1] = k
    if depth + 1 < len(s.chosen):
        s.now[depth + 1] = np.minimum(s.now[depth], candidates.costs[q])
    else:
        s.n_left[depth + 1] = 0  # nothing may be opened beside it
