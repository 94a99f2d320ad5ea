"""A choice restated for the dual bound: its rules as rows, its limits and its objective as sums.

Written from `docs/model.md`, apart from the model that HiGHS is given, so that an error in one is seen by the
other. What no row can say (least visits, room, tours, a mean of the worst share) is left out: without it
there are more plans, so that a bound, or that there is none, holds all the more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from .dual_bound import Limit, Question, Sum
from .problem import EVERYWHERE, STRANDED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .objectives import Objective
    from .problem import Service, SitingProblem

    Rows = Iterator[tuple[str, NDArray[np.float64], float]]

REACHED: Final = "that everybody who can be reached is"
"""The rule that is broken where somebody is `STRANDED`."""
BOUNDED: Final[tuple[str, ...]] = ("mean_minutes", "outside_standard", "cost")
"""Objectives that sums, or what options cost, can say."""


def restated(problem: SitingProblem, objective: Objective | None = None) -> Question:
    """State a choice; None: any plan that obeys the rules."""
    rows = list(_rows(problem))
    sums: tuple[Sum, ...] = ()
    of_option, constant = None, 0.0
    if objective is not None and objective.name == "cost" and problem.money is not None:
        of_option = problem.money.of_option
    elif objective is not None and objective.name == "outside_standard":
        total = problem.total_demand(objective.mode)
        sums = _outside(problem, objective.mode, objective.standard_minutes, total)
        constant = problem.lost_by(objective.mode) / total
    elif objective is not None and objective.name == "mean_minutes":
        sums = _mean(problem, objective.mode)
    return Question(
        rows=np.array([row for _, row, _ in rows]).reshape(len(rows), problem.n_options),
        least=np.array([least for _, _, least in rows]),
        labels=tuple(label for label, _, _ in rows),
        limits=tuple(_limits(problem)),
        sums=sums,
        of_option=of_option,
        constant=constant,
    )


# --- rules ---


def _rows(problem: SitingProblem) -> Rows:
    """Rules as rows `row @ openings >= least`."""

    def marked(options: NDArray[np.intp]) -> NDArray[np.float64]:
        row = np.zeros(problem.n_options)
        row[options] = 1.0
        return row

    for j in np.unique(problem.option_site):
        yield "", -marked(np.flatnonzero(problem.option_site == j)), -1.0
    for count in problem.counts:
        if count.least > 0:
            yield count.label, marked(count.options), float(count.least)
        if count.most < len(count.options):
            yield count.label, -marked(count.options), -float(count.most)
    for cover in problem.covers:
        label = REACHED if cover.label == STRANDED else cover.label
        for each in cover.sets:
            yield label, each.astype(np.float64), 1.0
    for support in problem.supports:
        for q, supporters in zip(support.options, support.supporters, strict=True):
            row = supporters.astype(np.float64)
            row[q] -= 1.0
            yield support.label, row, 0.0
    for resource in problem.resources:  # what teams and tours take comes on top
        if np.isfinite(resource.limit):
            most = max(resource.limit, resource.unit)
            yield resource.label, -resource.of_option / most, -resource.limit / most


# --- limits ---


def _limits(problem: SitingProblem) -> Iterator[Limit]:
    """Limits on means and shares; room and an intake only make these worse than at the best open places.

    They are scaled to near 1, for they are kept to so much of themselves.
    """
    for mean in problem.mean_limits:
        scale = max(mean.minutes, 1.0)
        sums = _mean(problem, mean.mode, mean.area, mean.service)
        if sums:
            scaled = tuple(replace(each, weight=each.weight / scale) for each in sums)
            yield Limit(mean.label, scaled, mean.minutes / scale)
    for share in problem.share_limits:
        lost = problem.lost_by(share.mode, share.area)
        total = lost + sum(
            float(each.demand[_is_in(each, share.area)].sum()) for each in problem.services_by(share.mode)
        )
        if total > 0:
            sums = _outside(problem, share.mode, share.standard_minutes, total, share.area)
            yield Limit(share.label, sums, 1.0 - share.share - lost / total)


def _is_in(service: Service, area: int) -> NDArray[np.bool_]:
    if area == EVERYWHERE:
        return np.ones(len(service.demand), dtype=bool)
    is_in: NDArray[np.bool_] = (
        np.zeros(len(service.demand)) if service.area is None else service.area
    ) == area
    return is_in


# --- sums ---


def _mean(problem: SitingProblem, mode: str, area: int = EVERYWHERE, name: str = "") -> tuple[Sum, ...]:
    """Mean minutes of the visits that something can serve: it is a rule that these are served."""
    services = [each for each in problem.services_by(mode) if name in ("", each.name)]
    found = []
    for each in services:
        can_be_served = np.isfinite(each.minutes).any(axis=1) | np.isfinite(each.fallback_minutes)
        found.append((each, np.flatnonzero(can_be_served & (each.demand > 0) & _is_in(each, area))))
    total = sum(float(each.demand[cells].sum()) for each, cells in found)
    return tuple(
        _sum(each, cells, each.minutes[cells], each.fallback_minutes, total) for each, cells in found if total
    )


def _outside(
    problem: SitingProblem, mode: str, standard_minutes: float, total: float, area: int = EVERYWHERE
) -> tuple[Sum, ...]:
    """Share of the visits outside a standard: a cell costs 0 or 1; cells with equal costs are one."""
    sums = []
    for each in problem.services_by(mode):
        cells = np.flatnonzero((each.demand > 0) & _is_in(each, area))
        outside = each.minutes[cells] > standard_minutes
        kept, of_cell = np.unique(np.packbits(outside, axis=1), axis=0, return_inverse=True)
        visits = np.bincount(of_cell.ravel(), weights=each.demand[cells], minlength=len(kept))
        costs = np.unpackbits(kept, axis=1, count=outside.shape[1]).astype(np.float64)
        most = np.full(len(kept), float(each.fallback_minutes > standard_minutes))
        sums.append(Sum(visits / total, costs, most, each.options))
    return tuple(sums)


def _sum(
    service: Service, cells: NDArray[np.intp], costs: NDArray[np.float64], most: float, total: float
) -> Sum:
    return Sum(service.demand[cells] / total, costs, np.full(len(cells), most), service.options)
