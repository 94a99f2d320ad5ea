r"""Closed-form cuts that stand for the assignments where these are free.

For given openings :math:`y`, a cell's assignment is a small linear programme whose dual has a closed
form: walk through the options from the best on; let :math:`D_i` be the cost of the option at which the
cumulated :math:`y` reaches 1 (the fallback closes the list). For every :math:`y'`, whole or fractional,

.. math:: \theta_i \ge w_i \Bigl(D_i - \sum_{q: c_{iq} < D_i} (D_i - c_{iq})\, y'_q\Bigr),

with equality at :math:`y`. Summed over a group of cells this is one cut on one theta. So 4,004 x 500
assignment variables become a few dozen thetas. Costs are generalised minutes, or 0 and 1 for within a
standard or not.

References
----------
Cornuéjols, Nemhauser & Wolsey (1980), SIAM J. Algebraic Discrete Methods 1(3).
Duran-Mateluna, Ales & Elloumi (2023), European Journal of Operational Research; arXiv:2111.13405.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .problem import EVERYWHERE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .problem import CoverRule, Service, SitingProblem

# With far more cells than sites, one theta per cell makes the LP large for little gain in its bound;
# grouping the cells by their nearest site leaves as many thetas as sites.
CELLS_PER_SITE_BEFORE_GROUPING: Final = 2.0
FULL: Final = 1.0 - 1e-9  # cumulated openings that count as 1
FELT: Final = 1e-9  # openings below this are closed to a cut
MOST_ROWS_A_ROUND: Final = 40
NO_VALUES: Final = np.empty(0)


@dataclass(frozen=True, eq=False)
class Row:
    """A row of the model: sum of slopes x openings + coefficients x other columns >= lower."""

    lower: float
    options: NDArray[np.intp]
    slopes: NDArray[np.float64]
    columns: tuple[tuple[int, float], ...] = ()  # of the model, with coefficients: thetas

    def shortfall(self, opening: NDArray[np.float64], values: NDArray[np.float64]) -> float:
        """By how much a solution with these openings (q,) and column values misses it."""
        reached = float(self.slopes @ opening[self.options])
        return self.lower - reached - sum(each * float(values[column]) for column, each in self.columns)


@dataclass(frozen=True, eq=False)
class CutMaker:
    """What is prepared once for a service and a measure: cells in the order of their groups."""

    weight: NDArray[np.float64]  # (n,) demand over the total demand of all services
    costs: NDArray[np.float64]  # (n, k), none above the fallback
    fallback: NDArray[np.float64]  # (n,) the most that a cell can cost
    options: NDArray[np.intp]  # (k,)
    group_starts: NDArray[np.intp]  # (g,)
    group_area: NDArray[np.intp]  # (g,)
    per_visit: float  # weight of one visit
    room: NDArray[np.float64] | None = None  # (k,) visits an option can take, in the unit of the weights

    @property
    def n_groups(self) -> int:
        """Number of groups, and of thetas."""
        return len(self.group_starts)

    def weight_of(self, area: int) -> float:
        """Weight of the cells of an area; EVERYWHERE: of all."""
        if area == EVERYWHERE:
            return float(self.weight.sum())
        return float(np.add.reduceat(self.weight, self.group_starts)[self.group_area == area].sum())

    def limits_at(
        self, opening: NDArray[np.float64], price: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Cost D (n,) at which the openings (q,), cumulated from a cell's best on, reach 1.

        `price` (q,) is added to the costs: that of room, where places are full.
        """
        felt = np.flatnonzero(opening[self.options] > FELT)
        if not felt.size:
            return self.fallback
        costs = self.costs[:, felt]
        if price is not None:
            costs = np.minimum(costs + price[self.options[felt]], self.fallback[:, None])
        order = np.argsort(costs, axis=1, kind="stable")
        cumulated = np.cumsum(opening[self.options[felt]][order], axis=1)
        reached = np.argmax(cumulated >= FULL, axis=1)
        rows = np.arange(len(costs))
        limit = costs[rows, order[rows, reached]]
        return np.where(cumulated[:, -1] < FULL, self.fallback, limit)

    def cuts_at(
        self, opening: NDArray[np.float64], price: NDArray[np.float64] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Make the cuts theta_g >= constant_g - slope_gk y_k at openings (q,), the deepest without price.

        Where room is limited an option saves a group no more than its room's worth of visits save.
        """
        limit = self.limits_at(opening, price)
        saved = limit[:, None] - self.costs
        np.maximum(saved, 0.0, out=saved)
        slope = np.add.reduceat(saved * self.weight[:, None], self.group_starts, axis=0)
        if self.room is not None:
            self._cap(slope, saved, self.room)
        return np.add.reduceat(self.weight * limit, self.group_starts), slope

    def _cap(self, slope: NDArray[np.float64], saved: NDArray[np.float64], room: NDArray[np.float64]) -> None:
        """Lower the slopes (g, k) to what the room (k,) can save: a knapsack of each group and option."""
        comes = np.add.reduceat(np.where(saved > 0, self.weight[:, None], 0.0), self.group_starts, axis=0)
        ends = np.append(self.group_starts[1:], len(self.weight))
        for g in np.flatnonzero((comes > room).any(axis=1)):
            rows = slice(int(self.group_starts[g]), int(ends[g]))
            full = np.flatnonzero(comes[g] > room)
            block = saved[rows, full]
            order = np.argsort(-block, axis=0, kind="stable")
            weight = self.weight[rows][order]
            taken = np.clip(room[full] - (np.cumsum(weight, axis=0) - weight), 0.0, weight)
            slope[g, full] = (np.take_along_axis(block, order, axis=0) * taken).sum(axis=0)


def mean_cuts(service: Service, option_site: NDArray[np.intp], weight: float, by_area: bool) -> CutMaker:
    """Prepare the cuts of the mean minutes; `weight` is that of one visit.

    Cells without demand, or that nothing can reach, are left out: no plan changes what they contribute.
    """
    # What cannot be reached never helps a cell; it may cost as much as the last that can.
    last = np.max(service.minutes, axis=1, initial=0.0, where=np.isfinite(service.minutes))
    is_reached = np.isfinite(service.minutes).any(axis=1) | np.isfinite(service.fallback_minutes)
    counted = np.flatnonzero((service.demand > 0) & is_reached)
    fallback = np.minimum(last, service.fallback_minutes)[counted]
    if np.isfinite(service.fallback_minutes):
        fallback = np.full(len(counted), service.fallback_minutes)
    costs = np.minimum(service.minutes[counted], fallback[:, None])
    area = np.zeros(len(counted), dtype=np.intp)
    if by_area and service.area is not None:
        area = service.area[counted]
    visits = service.demand[counted]
    return _grouped(visits, weight, costs, fallback, service.options, sites=option_site, area=area)


def outside_cuts(
    service: Service,
    option_site: NDArray[np.intp],
    weight: float,
    standard_minutes: float,
    *,
    by_area: bool = False,
) -> CutMaker:
    """Prepare the cuts of the share outside a standard: costs 0 or 1; cells with equal costs are one."""
    outside = service.minutes > standard_minutes
    area = service.area if by_area and service.area is not None else np.zeros(len(outside), dtype=np.intp)
    area_bytes = area.astype(np.uint32)[:, None].view(np.uint8)
    key = np.column_stack([area_bytes, np.packbits(outside, axis=1)])
    kept, of_cell = np.unique(key, axis=0, return_inverse=True)
    demand = np.bincount(of_cell.ravel(), weights=service.demand, minlength=len(kept)).astype(np.float64)
    costs = np.unpackbits(kept[:, 4:], axis=1, count=outside.shape[1]).astype(np.float64)
    area = np.ascontiguousarray(kept[:, :4]).view(np.uint32)[:, 0].astype(np.intp)
    fallback = np.full(len(kept), float(service.fallback_minutes > standard_minutes))
    costs = np.minimum(costs, fallback[:, None])
    felt = demand > 0
    return _grouped(
        demand[felt],
        weight,
        costs[felt],
        fallback[felt],
        service.options,
        sites=option_site,
        area=area[felt],
    )


def _grouped(
    visits: NDArray[np.float64],
    per_visit: float,
    costs: NDArray[np.float64],
    fallback: NDArray[np.float64],
    options: NDArray[np.intp],
    *,
    sites: NDArray[np.intp],
    area: NDArray[np.intp],
) -> CutMaker:
    n_sites = len(np.unique(sites[options]))
    key = np.arange(len(visits))
    if not len(options):
        key = np.zeros(len(visits), dtype=np.intp)
    elif len(visits) > CELLS_PER_SITE_BEFORE_GROUPING * n_sites:
        key = sites[options[np.argmin(costs, axis=1)]]
    order = np.lexsort((key, area))
    area, key = area[order], key[order]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (np.diff(area) != 0) | (np.diff(key) != 0)
    starts = np.flatnonzero(is_first)
    weight = visits[order] * per_visit
    return CutMaker(weight, costs[order], fallback[order], options, starts, area[starts], per_visit)


def tail_cuts(
    maker: CutMaker, opening: NDArray[np.float64], threshold: float, scale: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    r"""Cuts e_g >= constant_g - slope_gk y_k - part_g eta on what lies above a threshold eta.

    The mean of the worst share b of the need is the least of :math:`\eta + \sum_g e_g` with
    :math:`e_g \ge \sum_{i \in S} w_i (\theta_i(y) - \eta) / b W` for every set S of the group's cells
    (Rockafellar & Uryasev 2000); the S of those above `threshold` at `opening` is the deepest.
    `scale` is 1 / (b W); eta and e are in the unit of the maker's weights.
    """
    limit = maker.limits_at(opening)
    saved = np.maximum(limit[:, None] - maker.costs, 0.0)
    felt = limit - saved @ opening[maker.options]
    weight = np.where(felt > threshold, maker.weight, 0.0) * scale
    saved *= weight[:, None]
    return (
        np.add.reduceat(weight * limit, maker.group_starts),
        np.add.reduceat(saved, maker.group_starts, axis=0),
        np.add.reduceat(weight, maker.group_starts),
    )


def worst_threshold(makers: tuple[CutMaker, ...], opening: NDArray[np.float64], worst_share: float) -> float:
    """Minutes that the worst share of the need lies above at openings (q,)."""
    limits = [maker.limits_at(opening) for maker in makers]
    felt = np.concatenate(
        [
            limit - np.maximum(limit[:, None] - maker.costs, 0.0) @ opening[maker.options]
            for maker, limit in zip(makers, limits, strict=True)
        ]
    )
    weight = np.concatenate([maker.weight for maker in makers])
    order = np.argsort(-felt, kind="stable")
    reached = np.searchsorted(np.cumsum(weight[order]), worst_share * weight.sum() * FULL)
    return float(felt[order][min(int(reached), len(order) - 1)])


def cover_rows(rule: CoverRule, opening: NDArray[np.float64], least: float) -> list[Row]:
    """Rows sum y >= 1 of the sets that openings miss by more than `least`, the worst first."""
    covered = rule.sets @ opening
    missed = np.flatnonzero(covered < 1 - least)
    worst = missed[np.argsort(covered[missed], kind="stable")][:MOST_ROWS_A_ROUND]
    return [
        Row(1.0, options, np.ones(len(options))) for options in (np.flatnonzero(rule.sets[k]) for k in worst)
    ]


def least_visits_rows(problem: SitingProblem, opening: NDArray[np.float64], least: float) -> list[Row]:
    r"""Rows :math:`L y_q \le \sum_i w_i (1 - y_{\pi(i)})` that openings miss, divided by L.

    :math:`\pi(i)` is the option better than q for cell i with the largest opening; any choice is valid.
    """
    if problem.least_visits is None:
        return []
    rows = []
    for q in np.flatnonzero((problem.least_visits > 0) & (opening > FELT)):
        wanted = float(problem.least_visits[q])
        total, takers = 0.0, np.zeros(problem.n_options)
        for service in problem.services:
            found = np.flatnonzero(service.options == q)
            if found.size:
                visits, taken = _visits_left(problem, service, int(found[0]), opening)
                total += visits
                takers += taken
        options = np.flatnonzero(takers)
        slopes = np.append(-takers[options] / wanted, -1.0)
        row = Row(-total / wanted, np.append(options, q), slopes)
        if row.shortfall(opening, NO_VALUES) > least:
            rows.append(row)
    return rows


def _visits_left(
    problem: SitingProblem, service: Service, column: int, opening: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Visits that could have an option as their best one, and those that each better option takes."""
    site = problem.option_site[service.options[column]]
    felt = np.flatnonzero(opening[service.options] > FELT)
    felt = felt[problem.option_site[service.options[felt]] != site]
    mine = service.minutes[:, [column]]
    could = np.isfinite(mine[:, 0]) & (mine[:, 0] <= service.fallback_minutes)
    comes_first = problem.option_site[service.options[felt]] < site
    minutes = service.minutes[:, felt]
    is_better = (minutes < mine) | ((minutes == mine) & comes_first[None, :])
    taken = np.zeros(problem.n_options)
    if felt.size:
        strength = np.where(is_better, opening[service.options[felt]][None, :], 0.0)
        strongest = np.argmax(strength, axis=1)
        takes = could & (strength[np.arange(len(strength)), strongest] > 0)
        np.add.at(taken, service.options[felt][strongest[takes]], service.demand[takes])
    return float(service.demand[could].sum()), taken
