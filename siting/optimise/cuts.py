r"""Closed-form cuts that stand for the assignments where these are free.

For given openings :math:`y`, a cell's assignment is a small linear programme whose dual has a closed
form: walk through the sites from the nearest on; let :math:`D_i` be the time of the site at which the
cumulated :math:`y` reaches 1. For every :math:`y'`, open or fractional,

.. math:: \theta_i \ge w_i \Bigl(D_i - \sum_{j: t_{ij} < D_i} (D_i - t_{ij})\, y'_j\Bigr),

with equality at :math:`y`. Summed over a group of cells this is one cut on one theta. So 4,004 x 73
assignment variables become a few dozen thetas.

References
----------
Cornuéjols, Nemhauser & Wolsey (1980), SIAM J. Algebraic Discrete Methods 1(3).
Duran-Mateluna, Ales & Elloumi (2023), European Journal of Operational Research; arXiv:2111.13405.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .problem import Service

# With far more cells than sites, one theta per cell makes the LP large for little gain in its bound;
# grouping the cells by their nearest site leaves as many thetas as sites.
CELLS_PER_SITE_BEFORE_GROUPING = 2.0
FULL = 1.0 - 1e-9  # cumulated openings that count as 1


@dataclass(frozen=True, eq=False)
class Cuts:
    """Cuts theta_g >= constant_g - slope_gj Y_j, one for each group, at one point y."""

    constant: NDArray[np.float64]  # (n_groups,)
    slope: NDArray[np.float64]  # (n_groups, m)


@dataclass(frozen=True, eq=False)
class CutMaker:
    """What is prepared once for a service: cells in the order of their groups, sites by nearness."""

    weight: NDArray[np.float64]  # (n,) demand over the total demand of all services
    minutes: NDArray[np.float64]  # (n, m); inf replaced by the largest finite time of the row
    by_nearness: NDArray[np.intp]  # (n, m) sites from the nearest on
    sorted_minutes: NDArray[np.float64]  # (n, m)
    group_starts: NDArray[np.intp]  # (n_groups,)

    @property
    def n_groups(self) -> int:
        """Number of groups, and of thetas."""
        return len(self.group_starts)

    def cuts_at(self, opening: NDArray[np.float64]) -> Cuts:
        """Make the deepest cuts at an opening (m,), 0 <= y, which may be fractional."""
        cumulated = np.cumsum(opening[self.by_nearness], axis=1)
        reached = np.argmax(cumulated >= FULL, axis=1)
        never = cumulated[:, -1] < FULL
        reached[never] = self.minutes.shape[1] - 1
        limit = self.sorted_minutes[np.arange(len(reached)), reached]
        saved = np.maximum(limit[:, None] - self.minutes, 0.0)
        saved *= self.weight[:, None]
        return Cuts(
            constant=np.add.reduceat(self.weight * limit, self.group_starts),
            slope=np.add.reduceat(saved, self.group_starts, axis=0),
        )


def prepare_cuts(service: Service, *, total_demand: float, usable: NDArray[np.bool_]) -> CutMaker:
    """Sort once: sites by nearness for each cell, and cells by their nearest usable site.

    Cells without demand, or that no usable site can be reached from, are left out: no plan changes
    what they contribute. `usable` is (m,): sites that may be opened in a role that serves.
    """
    reachable = np.isfinite(service.minutes) & usable[None, :]
    counted = np.flatnonzero((service.demand > 0) & reachable.any(axis=1))
    minutes = np.where(reachable[counted], service.minutes[counted], np.inf)
    nearest = np.argmin(minutes, axis=1)
    n, m = minutes.shape
    if n > CELLS_PER_SITE_BEFORE_GROUPING * m:
        order = np.argsort(nearest, kind="stable")
        starts = np.flatnonzero(np.diff(nearest[order], prepend=-1))
    else:
        order, starts = np.arange(n), np.arange(n)
    minutes = minutes[order]
    # A site that cannot be reached never helps a cell; it may stand last, at the time of the last that can.
    last = np.max(minutes, axis=1, initial=0.0, where=np.isfinite(minutes))
    minutes = np.where(np.isfinite(minutes), minutes, last[:, None])
    by_nearness = np.argsort(minutes, axis=1, kind="stable")
    return CutMaker(
        weight=service.demand[counted][order] / total_demand,
        minutes=minutes,
        by_nearness=by_nearness,
        sorted_minutes=np.take_along_axis(minutes, by_nearness, axis=1),
        group_starts=starts,
    )
