"""`Analysis`: all parts of the examination of one answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from ..study import Outcome
    from .accessibility import Accessibility
    from .municipalities import Municipalities
    from .near_best import NearBest
    from .stages import Stages
    from .trade_offs import TradeOffs
    from .uncertainty import Uncertainty

PartName = Literal["near_best", "trade_offs", "uncertainty", "municipalities", "stages", "accessibility"]
PARTS: Final[tuple[PartName, ...]] = get_args(PartName)


@dataclass(frozen=True, eq=False)
class Analysis:
    """An answer and what its examination led to; parts that were not asked for are None."""

    outcome: Outcome
    near_best: NearBest | None = None
    trade_offs: TradeOffs | None = None
    uncertainty: Uncertainty | None = None
    municipalities: Municipalities | None = None
    stages: Stages | None = None
    accessibility: Accessibility | None = None
