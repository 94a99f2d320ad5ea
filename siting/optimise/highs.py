"""HiGHS as it is used here: silent, one thread, a fixed seed, so that the same input gives the same plan.

It is not trusted: it may crash, never return, or answer with what is no number. What it says of a plan is
counted again elsewhere.
"""

from __future__ import annotations

from threading import TIMEOUT_MAX, Event, Thread
from typing import TYPE_CHECKING, Final

import highspy
import numpy as np

from ..errors import SolveError

if TYPE_CHECKING:
    from numpy.typing import NDArray

INF: Final = float(highspy.kHighsInf)
GRACE_SECONDS: Final = 60.0
"""HiGHS looks at the clock now and then; one that has not by so long after its time never will."""


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


def run_highs(highs: highspy.Highs, *, seconds: float) -> None:
    """Let the solver work, in a thread of its own, so that one that never returns need not be waited for.

    `seconds` is the time that its own limit gives it.

    Raises
    ------
    SolveError
        If it crashes, or has not returned long after its time.
    """
    failures: list[Exception] = []
    done = Event()  # a thread whose join was interrupted is taken for ended, though it is not

    def work() -> None:
        try:
            highs.run()
        except Exception as error:  # whatever a library in another language may raise
            failures.append(error)
        finally:
            done.set()

    worker = Thread(target=work, name="highs", daemon=True)
    patience = min(max(seconds, 0.0) + GRACE_SECONDS, TIMEOUT_MAX)
    try:
        worker.start()
        has_ended = done.wait(patience)
    except KeyboardInterrupt:
        if worker.ident is not None and done.wait(patience):  # nothing may work on while the interpreter ends
            worker.join()
        raise
    if not has_ended:
        message = f"the solver did not stop, {GRACE_SECONDS:.0f} s after its time; run the scenario again"
        raise SolveError(message)
    worker.join()
    if failures:
        message = f"the solver crashed ({type(failures[0]).__name__}: {failures[0]}); run the scenario again"
        raise SolveError(message) from failures[0]


def require_numbers(*answers: float | NDArray[np.float64]) -> None:
    """Refuse an answer of the solver that is no number.

    Raises
    ------
    SolveError
        If one is not a number.
    """
    if any(np.isnan(each).any() for each in answers):
        message = "the solver answers with what is no number (NaN); run the scenario again"
        raise SolveError(message)


def set_whole(highs: highspy.Highs, columns: NDArray[np.int32], *, is_whole: bool) -> None:
    """Ask for whole numbers in some columns, or for any."""
    kind = highspy.HighsVarType.kInteger if is_whole else highspy.HighsVarType.kContinuous
    highs.changeColsIntegrality(len(columns), columns, np.full(len(columns), int(kind), dtype=np.uint8))


def has_solution(highs: highspy.Highs) -> bool:
    """Whether the last run left values that obey all rows."""
    status = highs.getInfo().primal_solution_status
    return bool(status == highspy.SolutionStatus.kSolutionStatusFeasible)
