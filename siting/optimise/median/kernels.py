r"""What is done for every cell and each of its nearest sites, compiled.

Throughout: cell i has the sites `site[i]` (k,) in order of their costs `cost[i]`, and costs `cap[i]` where
none of these is open (the fallback, or what is known to be cheaper than a site beyond the end of the list).
`state[j]` says of site j whether it is open (1), closed (-1), or free (0).

A *price* :math:`v_i` is what cell i offers for being served; site j earns
:math:`-\rho_j = \sum_i w_i \max(0, v_i - c_{ij})`. For any prices, at most p open sites cost no less than

.. math:: L(v) = \sum_i w_i v_i + \min_{|S| = p} \sum_{j \in S} \rho_j .

Nothing here is compiled with fast mathematics: the bound is a sum in a fixed order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Whole = NDArray[np.int32]
    States = NDArray[np.int8]

OPEN: Final = 1
FREE: Final = 0
CLOSED: Final = -1
NONE: Final = -1

MOMENTUM: Final = 0.3  # of the last direction that is kept in the next
FORGETTING: Final = 0.85  # weight of the past in how often a site is chosen
STALLED: Final = 4  # iterations without gain before the step is made shorter
SHORTER: Final = 0.6
GAIN_THAT_COUNTS: Final = 1e-3  # of what is missing to the upper bound
LOOK_EVERY: Final = 5  # iterations between two looks at what the chosen sites are worth
FULL: Final = 1.0 - 1e-9  # cumulated openings that count as 1


@compiled
def earn(site: Whole, cost: Floats, weight: Floats, price: Floats, earned: Floats) -> float:
    """Write rho (m,) for prices (n,); give the sum of weight x price."""
    earned[:] = 0.0
    total = 0.0
    for i in range(site.shape[0]):
        offer, w = price[i], weight[i]
        total += w * offer
        for a in range(site.shape[1]):
            saved = cost[i, a] - offer
            if saved >= 0.0:
                break
            earned[site[i, a]] += w * saved
    return total


@compiled
def pick(earned: Floats, state: States, n_sites: int, chosen: States) -> tuple[float, float, float]:
    """Choose the cheapest sites that states allow; give their sum, the last taken and the first left."""
    n_free, n_open, total = 0, 0, 0.0
    for j in range(state.shape[0]):
        chosen[j] = state[j] == OPEN
        if state[j] == OPEN:
            n_open += 1
            total += earned[j]
        elif state[j] == FREE:
            n_free += 1
    free = np.empty(n_free, dtype=np.int64)
    k = 0
    for j in range(state.shape[0]):
        if state[j] == FREE:
            free[k] = j
            k += 1
    last, first = -np.inf, np.inf
    wanted = n_sites - n_open
    if wanted > 0 and n_free:
        order = np.argsort(earned[free])
        for a in range(wanted):
            chosen[free[order[a]]] = 1
            total += earned[free[order[a]]]
        last = earned[free[order[wanted - 1]]]
        if wanted < n_free:
            first = earned[free[order[wanted]]]
    return total, last, first


@compiled
def worth(site: Whole, cost: Floats, weight: Floats, cap: Floats, chosen: States, enough: float) -> float:
    """Cost of all cells where the chosen sites (m,) are open; left off once it reaches `enough`."""
    total = 0.0
    for i in range(site.shape[0]):
        least = cap[i]
        for a in range(site.shape[1]):
            if cost[i, a] >= least:
                break
            if chosen[site[i, a]] == 1:
                least = cost[i, a]
                break
        total += weight[i] * least
        if total >= enough:
            break
    return total


@compiled
def turn(
    site: Whole, cost: Floats, weight: Floats, price: Floats, chosen: States, direction: Floats
) -> float:
    """Turn the direction (n,) towards higher bounds; give its squared length in the metric of the weights."""
    length = 0.0
    for i in range(site.shape[0]):
        n_serving, offer = 0, price[i]
        for a in range(site.shape[1]):
            if cost[i, a] >= offer:
                break
            n_serving += chosen[site[i, a]]
        direction[i] = 1.0 - n_serving + MOMENTUM * direction[i]
        length += weight[i] * direction[i] * direction[i]
    return length


@compiled
def fix(
    earned: Floats, chosen: States, state: States, bound: float, last: float, first: float, cutoff: float
) -> int:
    """Open or close the free sites whose other state lifts the bound above the cutoff; count the free."""
    n_free = 0
    for j in range(state.shape[0]):
        if state[j] != FREE:
            continue
        if chosen[j] == 1:
            if bound - earned[j] + first > cutoff:
                state[j] = OPEN
        elif bound + earned[j] - last > cutoff:
            state[j] = CLOSED
        n_free += state[j] == FREE
    return n_free


@compiled
def ascend(
    site: Whole,
    cost: Floats,
    weight: Floats,
    cap: Floats,
    state: States,
    price: Floats,
    n_sites: int,
    upper: float,
    cutoff: float,
    n_iterations: int,
    step: float,
    shortest_step: float,
    usage: Floats,
    chosen: States,
    is_exact: bool,
) -> tuple[float, float, float]:
    """Lift the bound by subgradient steps, fixing sites on the way.

    `state` (m,), `price` (n,; the best on return), `usage` (m,; how often a site is chosen of late) and
    `chosen` (m,; sites worth less than `upper`, if such are found) are written. Where the lists are not
    `is_exact`, the chosen sites are not judged.

    Returns
    -------
    tuple
        Bound (inf: nothing below the cutoff is left), the upper bound if a better one was found, and the
        step in the end (0: the prices cannot be improved). The kernel returns at once where a better upper
        bound is found.
    """
    n, m = site.shape[0], state.shape[0]
    earned, picked = np.zeros(m), np.zeros(m, dtype=np.int8)
    now, direction = price.copy(), np.zeros(n)
    bound, n_stalled = -np.inf, 0
    for iteration in range(n_iterations):
        total = earn(site, cost, weight, now, earned)
        n_open, n_closed = (state == OPEN).sum(), (state == CLOSED).sum()
        if n_open > n_sites or m - n_closed < n_sites:
            return np.inf, upper, step
        picked_sum, last, first = pick(earned, state, n_sites, picked)
        value = total + picked_sum
        n_stalled += 1
        if value > bound:
            if value > bound + GAIN_THAT_COUNTS * abs(upper - bound):
                n_stalled = 0
            bound = value
            price[:] = now
        if value > cutoff:
            return np.inf, upper, step
        n_free = fix(earned, picked, state, value, last, first, cutoff)
        n_open = (state == OPEN).sum()
        is_decided = n_free == 0 or n_open >= n_sites or n_open + n_free <= n_sites
        if is_exact and (is_decided or iteration % LOOK_EVERY == 0):
            if is_decided:
                if n_open > n_sites or n_open + n_free < n_sites:
                    return np.inf, upper, step
                pick(earned, state, n_sites, picked)
            found = worth(site, cost, weight, cap, picked, upper)
            if found < upper:
                chosen[:] = picked
                return bound, found, step
            if is_decided:
                return np.inf, upper, step
        if is_decided:
            return bound, upper, 0.0
        for j in range(m):
            usage[j] = FORGETTING * usage[j] + (1.0 - FORGETTING) * picked[j]
        if n_stalled >= STALLED:
            step *= SHORTER
            n_stalled = 0
            now[:] = price
            direction[:] = 0.0
            if step < shortest_step:
                break
            continue
        length = turn(site, cost, weight, now, picked, direction)
        if length == 0.0:
            return bound, upper, 0.0
        ahead = step * (upper - value) / length
        for i in range(n):
            now[i] = min(max(now[i] + ahead * direction[i], cost[i, 0]), cap[i])
    return bound, upper, step


@compiled
def closed_form(
    site: Whole,
    cost: Floats,
    weight: Floats,
    cap: Floats,
    opening: Floats,
    group: Whole,
    limit: Floats,
    constant: Floats,
    slope: Floats,
) -> None:
    """Write the cuts theta_g >= constant_g - slope_gj y_j, tight at openings (m,), and the limits D (n,)."""
    constant[:] = 0.0
    slope[:] = 0.0
    for i in range(site.shape[0]):
        reached, end, most = 0.0, site.shape[1], cap[i]
        for a in range(site.shape[1]):
            if cost[i, a] >= cap[i]:
                end = a
                break
            reached += opening[site[i, a]]
            if reached >= FULL:
                most, end = cost[i, a], a
                break
        limit[i] = most
        constant[group[i]] += weight[i] * most
        for a in range(end):
            slope[group[i], site[i, a]] += weight[i] * (most - cost[i, a])


@compiled
def price_cuts(
    site: Whole,
    cost: Floats,
    weight: Floats,
    price: Floats,
    group: Whole,
    constant: Floats,
    slope: Floats,
) -> None:
    """Write the cuts of prices (n,): theta_g >= sum w v - sum w max(0, v - c) y."""
    constant[:] = 0.0
    slope[:] = 0.0
    for i in range(site.shape[0]):
        constant[group[i]] += weight[i] * price[i]
        for a in range(site.shape[1]):
            if cost[i, a] >= price[i]:
                break
            slope[group[i], site[i, a]] += weight[i] * (price[i] - cost[i, a])


@compiled
def kept_lengths(site: Whole, cost: Floats, cap: Floats, state: States, length: Whole) -> None:
    """Write how many sites of each list (n,) still tell: those not closed, up to the first that is open."""
    for i in range(site.shape[0]):
        length[i] = 0
        for a in range(site.shape[1]):
            if cost[i, a] >= cap[i]:
                break
            if state[site[i, a]] != CLOSED:
                length[i] += 1
            if state[site[i, a]] == OPEN:
                break


@compiled
def keep(
    site: Whole, cost: Floats, state: States, length: Whole, kept_site: Whole, kept_cost: Floats
) -> None:
    """Write the first `length[i]` sites of each list that are not closed."""
    for i in range(site.shape[0]):
        k = 0
        for a in range(site.shape[1]):
            if k == length[i]:
                break
            if state[site[i, a]] != CLOSED:
                kept_site[i, k] = site[i, a]
                kept_cost[i, k] = cost[i, a]
                k += 1
