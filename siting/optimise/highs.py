"""HiGHS as it is used here: silent, one thread, a fixed seed, so that the same input gives the same plan.

Only this module, `relaxation` and `rota` import highspy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import highspy
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

INF: Final = float(highspy.kHighsInf)


class _SilentHighs(highspy.Highs):
    """HiGHS 1.16 prints its name as soon as callbacks are set, which its constructor does."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.silent()  # for versions whose constructor sets no callbacks

    def enableCallbacks(self) -> None:
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def new_highs(**options: float) -> highspy.Highs:
    """Make a solver with options of HiGHS, such as `mip_rel_gap`."""
    highs = _SilentHighs()
    for option, value in {"threads": 1, "random_seed": 0, **options}.items():
        highs.setOptionValue(option, value)
    return highs


def set_whole(highs: highspy.Highs, columns: NDArray[np.int32], *, is_whole: bool) -> None:
    """Ask for whole numbers in some columns, or for any."""
    kind = highspy.HighsVarType.kInteger if is_whole else highspy.HighsVarType.kContinuous
    highs.changeColsIntegrality(len(columns), columns, np.full(len(columns), int(kind), dtype=np.uint8))


def has_solution(highs: highspy.Highs) -> bool:
    """Whether the last run left values that obey all rows."""
    status = highs.getInfo().primal_solution_status
    return bool(status == highspy.SolutionStatus.kSolutionStatusFeasible)
