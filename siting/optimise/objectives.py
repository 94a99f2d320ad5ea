"""The objectives: as expressions of the model, and as plain counts of a set of open sites.

All are minimised. "Most need within the standard" is the least share of the demand outside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from pulp import lpSum

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pulp import LpAffineExpression

    from .problem import SitingProblem
    from .variables import CoverSets, Variables


@dataclass(frozen=True)
class Objective:
    """What is minimised: mean minutes, or the share of the demand outside a standard."""

    name: Literal["mean_minutes", "outside_standard"]
    standard_minutes: float = 0.0

    def tolerance(self, value: float, relative: float) -> float:
        """How far from a value is near enough: relative for minutes, in points of the demand for shares."""
        return relative if self.name == "outside_standard" else relative * abs(value)

    def value(self, problem: SitingProblem, is_open: NDArray[np.bool_]) -> float:
        """Count it for open sites (m, r) from the minutes alone, without the model."""
        minutes = np.concatenate([service.nearest_minutes(is_open) for service in problem.services])
        demand = np.concatenate([service.demand for service in problem.services])
        if self.name == "outside_standard":
            return float(demand[minutes > self.standard_minutes].sum() / demand.sum())
        served = np.isfinite(minutes) & (demand > 0)
        return float(np.average(minutes[served], weights=demand[served])) if served.any() else 0.0


def mean_minutes(v: Variables) -> LpAffineExpression:
    r"""Mean minutes of a visit: :math:`\sum_{s,g} \theta_{sg}`."""
    return lpSum(v.theta.values())


def outside_standard(v: Variables, sets: list[CoverSets]) -> LpAffineExpression:
    r"""Share of the demand outside the standard: :math:`\sum_{s,k} w_{sk} u_{sk}`."""
    return lpSum(
        float(weight) * v.outside[s, k] for s, each in enumerate(sets) for k, weight in enumerate(each.weight)
    )
