"""`Stages`: in what order to open, each stage within its numbers and budget, what is opened stays open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..evaluate import Evaluation
    from ..plan import Plan
    from ..scenario_analysis import StageSection
    from ..study import Outcome

OrderName = Literal["together", "forward", "backward"]


@dataclass(frozen=True, eq=False)
class Stage:
    """What is open at one stage of an order."""

    section: StageSection
    plan: Plan
    evaluation: Evaluation
    opened: tuple[str, ...]
    """Site ids opened at this stage, and not before."""
    raised: tuple[str, ...]
    """Site ids that were satellites before and are main receptions now."""
    value: float
    """First objective, as readers know it."""
    own_best: float
    """First objective of the best plan with this stage's numbers, whatever is open before and after."""
    own_best_is_proven: bool

    @property
    def loss(self) -> float:
        """How much worse than the stage's own best (in the objective's unit, >= 0)."""
        return abs(self.value - self.own_best)


@dataclass(frozen=True, eq=False)
class Order:
    """An order of opening."""

    name: OrderName
    """together: the best mean over all stages by their years; forward: each stage the best given those before
    (greedy); backward: the last stage the best, and each one before the best part of the one after."""
    stages: tuple[Stage, ...]
    mean_value: float
    """First objective, mean over the stages by their years."""
    bound: float | None
    """No order has a better mean than this; None where nothing is proven (forward, backward)."""
    is_proven: bool


@dataclass(frozen=True, eq=False)
class Stages:
    """Orders of opening, and the first step that is not regretted."""

    objective_name: str
    unit: str
    mode: str
    orders: tuple[Order, ...]
    no_regret_first: tuple[str, ...]
    """What the first stage opens in an order whose every stage is as good as its own best; () = none."""
    least_largest_loss: float
    """Least over all orders of the largest loss of a stage, relative to the stage's own best (share)."""
    least_largest_loss_is_proven: bool
    least_largest_loss_first: tuple[str, ...]
    """Sites that the first stage opens in the order with the least largest loss."""
    seconds: float


def stages(outcome: Outcome, *, on_progress: Callable[[str], None] = lambda _: None) -> Stages:
    """Find the order of opening (scenario section `analysis.stages`)."""
    raise NotImplementedError
