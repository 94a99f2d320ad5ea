"""`TradeOffs`: what one measure costs in another, number by number, and what fairness costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..evaluate import Evaluation
    from ..plan import Plan
    from ..scenario_choice import MeasureName
    from ..study import Outcome


@dataclass(frozen=True, eq=False)
class Point:
    """One plan, with all its measures counted from the tables."""

    plan: Plan
    evaluation: Evaluation
    is_proven: bool
    """No plan that is as good in one of the two measures is better in the other."""
    bound: float | None
    """Where not proven: no such plan is better than this in the measure optimised (reader's unit)."""


@dataclass(frozen=True, eq=False)
class Front:
    """Plans of which none is better in both measures (Pareto), best in the first measure first."""

    measures: tuple[MeasureName, MeasureName]
    points: tuple[Point, ...]
    is_whole: bool
    """Proven: there is no plan that is on the front and whose pair of values is not here."""


@dataclass(frozen=True, eq=False)
class CurvePoint:
    """The best plan with a number of satellites; None where there is no such plan."""

    n_satellites: int
    point: Point | None
    reason: str = ""


@dataclass(frozen=True)
class PriceOfFairness:
    """What it costs everybody to do the best for those who have it worst (Bertsimas et al. 2011)."""

    measure: MeasureName
    """What fairness is measured by: largest_minutes or worst_share_minutes."""
    best_mean: float
    """Mean minutes of the plan with the best mean."""
    fair_mean: float
    """Mean minutes of the best plan among those that are fairest."""
    best_worst: float
    """The measure in the plan with the best mean."""
    fair_worst: float
    """The measure at its best."""
    is_proven: bool

    @property
    def price(self) -> float:
        """Share by which the mean becomes worse."""
        return self.fair_mean / self.best_mean - 1 if self.best_mean else 0.0


@dataclass(frozen=True, eq=False)
class TradeOffs:
    """Fronts, the curve over numbers, and the price of fairness."""

    fronts: tuple[Front, ...]
    curve: tuple[CurvePoint, ...]
    fairness: tuple[PriceOfFairness, ...]
    seconds: float


def trade_offs(outcome: Outcome, *, on_progress: Callable[[str], None] = lambda _: None) -> TradeOffs:
    """Weigh measures against each other (scenario section `analysis.trade_offs`)."""
    raise NotImplementedError
