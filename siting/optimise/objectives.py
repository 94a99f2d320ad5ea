"""The objectives, counted for a whole answer; all are minimised.

"Most need within the standard" is the least share of the demand outside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .problem import Draft, SitingProblem

MeasureId = Literal[
    "mean_minutes", "outside_standard", "largest_minutes", "worst_share_minutes", "cost", "rank"
]
SHARES: tuple[MeasureId, ...] = ("outside_standard",)


@dataclass(frozen=True)
class Objective:
    """What is minimised."""

    name: MeasureId
    standard_minutes: float = 0.0
    worst_share: float = 1.0
    mode: str = ""  # of travel; "" = the scenario's own

    def tolerance(self, value: float, relative: float) -> float:
        """How far from a value is near enough: relative, but in points of the demand for shares."""
        return relative if self.name in SHARES else relative * abs(value)

    def value(self, problem: SitingProblem, draft: Draft) -> float:
        """Count it from the minutes alone, without the model."""
        if self.name == "cost":
            return 0.0 if problem.money is None else problem.used(problem.money, draft)
        if self.name == "rank":
            return 0.0 if problem.rank is None else float(problem.rank[draft.is_open].sum())
        minutes, demand = felt(problem, draft, self.mode)
        if self.name == "outside_standard":
            outside = float(demand[minutes > self.standard_minutes].sum()) + problem.lost_by(self.mode)
            return outside / problem.total_demand(self.mode)
        served = np.isfinite(minutes) & (demand > 0)
        return self._of_served(minutes[served], demand[served]) if served.any() else 0.0

    def _of_served(self, minutes: NDArray[np.float64], demand: NDArray[np.float64]) -> float:
        if self.name == "largest_minutes":
            return float(minutes.max())
        if self.name == "worst_share_minutes":
            order = np.argsort(-minutes, kind="stable")
            whole = self.worst_share * demand.sum()
            taken = np.clip(whole - (np.cumsum(demand[order]) - demand[order]), 0.0, demand[order])
            return float(minutes[order] @ taken / whole)
        return float(np.average(minutes, weights=demand))


def felt(
    problem: SitingProblem, draft: Draft, mode: str = ""
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give generalised minutes (inf = unserved) and visits, row by row over all services by a mode."""
    if draft.sent is None or mode:
        services = problem.services_by(mode)
        return (
            np.concatenate([service.best_minutes(draft.is_open) for service in services]),
            np.concatenate([service.demand for service in services]),
        )
    return sent_minutes(problem, draft), draft.sent.visits


def sent_minutes(problem: SitingProblem, draft: Draft) -> NDArray[np.float64]:
    """Generalised minutes of each share of visits that the intake sends."""
    if draft.sent is None:
        return np.empty(0)
    minutes = np.empty(len(draft.sent.visits))
    for s, service in enumerate(problem.services):
        mine = np.flatnonzero(draft.sent.service == s)
        column = np.full(problem.n_options, -1)
        column[service.options] = np.arange(len(service.options))
        minutes[mine] = service.fallback_minutes
        placed = mine[draft.sent.option[mine] >= 0]
        minutes[placed] = service.minutes[draft.sent.row[placed], column[draft.sent.option[placed]]]
    return minutes
