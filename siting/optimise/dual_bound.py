r"""The Lagrangian dual bound: no plan is better, or there is none, whoever proposed the multipliers.

Openings :math:`y_q` are 0 or 1. A *sum* is what cells cost at their best open place,
:math:`\sum_i w_i \min(f_i, \min_{q: y_q = 1} c_{iq})`. With any multiplier :math:`0 \le \lambda_i \le f_i`
of serving a cell it is at least

.. math:: \sum_i w_i \lambda_i - \sum_q y_q \sum_i w_i \max(0, \lambda_i - c_{iq}),

for the best open place takes at most its own part off. With any multiplier :math:`\mu_r \ge 0` of a row
:math:`\sum_q a_{rq} y_q \ge b_r`, and :math:`\nu_l \ge 0` of a limit :math:`S_l(y) \le L_l` on a sum, nothing
that obeys them costs less than

.. math:: \sum_r \mu_r b_r - \sum_l \nu_l L_l + \sum_s \kappa_s \sum_i w_i \lambda_{si}
          + \sum_q \min\Bigl(0, c_q - \sum_r \mu_r a_{rq}
          - \sum_s \kappa_s \sum_i w_i \max(0, \lambda_{si} - c_{siq})\Bigr)

(weak duality; :math:`\kappa` is 1 for what is minimised and :math:`\nu_l` for a limit). `bound` counts this
and nothing else. Where nothing is minimised and it comes out above 0, there is no plan. Good multipliers are
the shadow prices of a linear programme that grows by cuts (`cutting_planes.py`); whoever solves it need not
be believed.

References
----------
Cornuéjols, Fisher & Nemhauser (1977), Management Science 23(8).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FELT: Final = 1e-9  # openings below this are closed
FULL: Final = 1.0 - FELT  # cumulated openings that count as 1
CERTAIN: Final = 1e-6
"""There is none if the rules miss by more than this for each unit of multiplier; limits are kept to 1e-7."""


@dataclass(frozen=True, eq=False)
class Sum:
    """What some cells cost at their best open place; those that nothing reaches are left out."""

    weight: Floats  # (n,)
    costs: Floats  # (n, k), inf = does not serve
    most: Floats  # (n,) what a cell costs where nothing is open; inf = something always is
    options: NDArray[np.intp]  # (k,)

    def critical(self, opening: Floats) -> Floats:
        """Multipliers (n,) that are best at openings (q,): the cost at which these, cumulated, reach 1."""
        felt = np.flatnonzero(opening[self.options] > FELT)
        if not felt.size:
            return self._highest
        costs = np.minimum(self.costs[:, felt], self._highest[:, None])
        order = np.argsort(costs, axis=1, kind="stable")
        is_reached = np.cumsum(opening[self.options[felt]][order], axis=1) >= FULL
        rows = np.arange(len(costs))
        at = costs[rows, order[rows, np.argmax(is_reached, axis=1)]]
        best: Floats = np.where(is_reached[:, -1], at, self._highest)
        return best

    @property
    def _highest(self) -> Floats:
        """No multiplier need be higher (n,): nothing open, or the farthest place."""
        farthest = np.max(self.costs, axis=1, where=np.isfinite(self.costs), initial=0.0)
        return np.where(np.isfinite(self.most), self.most, farthest)

    def saved(self, multiplier: Floats) -> Floats:
        """What each option takes off the multipliers, by cell (n, k)."""
        saved: Floats = np.maximum(multiplier[:, None] - self.costs, 0.0) * self.weight[:, None]
        return saved


@dataclass(frozen=True, eq=False)
class Limit:
    """Sums that together are at most so much."""

    label: str
    sums: tuple[Sum, ...]
    most: float


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked, as far as the bound can tell: rules that it leaves out only make plans fewer."""

    rows: Floats  # (r, q)
    least: Floats  # (r,)
    labels: tuple[str, ...]  # (r,)
    limits: tuple[Limit, ...]
    sums: tuple[Sum, ...] = ()  # minimised, with
    of_option: Floats | None = None  # (q,)
    constant: float = 0.0

    @property
    def n_options(self) -> int:
        """Number of options, q."""
        return int(self.rows.shape[1])

    @property
    def all_sums(self) -> tuple[Sum, ...]:
        """Those that are minimised, then those of the limits."""
        return (*self.sums, *(each for limit in self.limits for each in limit.sums))

    @property
    def limit_of_sum(self) -> NDArray[np.intp]:
        """Index of the limit of each of all sums; -1 = minimised."""
        of = [-1] * len(self.sums) + [k for k, limit in enumerate(self.limits) for _ in limit.sums]
        return np.array(of, dtype=np.intp)

    @property
    def is_minimised(self) -> bool:
        """Whether anything is minimised, or any plan will do."""
        return bool(self.sums) or self.of_option is not None

    @property
    def costs(self) -> Floats:
        """What options cost by themselves, (q,)."""
        return np.zeros(self.n_options) if self.of_option is None else self.of_option


@dataclass(frozen=True, eq=False)
class Multipliers:
    """One of each row, limit, and cell of each sum; any are good, what is below 0 or no number is 0."""

    of_rows: Floats  # (r,)
    of_limits: Floats  # (l,)
    of_cells: tuple[Floats, ...]  # (n,) of each of all sums

    @property
    def total(self) -> float:
        """Sum of the multipliers of rows and limits."""
        return float(_valid(self.of_rows).sum() + _valid(self.of_limits).sum())

    def labels(self, question: Question) -> tuple[str, ...]:
        """Name the rules that have a multiplier, the largest first."""
        multipliers = np.append(_valid(self.of_rows), _valid(self.of_limits))
        names = (*question.labels, *(limit.label for limit in question.limits))
        felt = [k for k in np.argsort(-multipliers, kind="stable") if multipliers[k] > CERTAIN * self.total]
        return tuple(dict.fromkeys(names[k] for k in felt if names[k]))


def bound(question: Question, multipliers: Multipliers) -> float:
    """Count what no answer to the question can be less than: the formula at the head of this module."""
    of_rows, of_limits = _valid(multipliers.of_rows), _valid(multipliers.of_limits)
    total = question.constant + float(of_rows @ question.least)
    total -= sum(float(of_limits[k]) * limit.most for k, limit in enumerate(question.limits))
    reduced = question.costs - of_rows @ question.rows
    for each, k, of_cells in zip(question.all_sums, question.limit_of_sum, multipliers.of_cells, strict=True):
        times = 1.0 if k < 0 else float(of_limits[k])
        multiplier = np.minimum(_valid(of_cells), each.most)
        total += times * float(each.weight @ multiplier)
        reduced[each.options] -= times * each.saved(multiplier).sum(axis=0)
    return total + float(np.minimum(reduced, 0.0).sum())


def _valid(given: Floats) -> Floats:
    return np.maximum(np.nan_to_num(given, nan=0.0, posinf=0.0, neginf=0.0), 0.0)
