"""`Cases`: what the scenario itself says, and the draws that have a plan, with what is best in each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InfeasibleError
from .regret import as_rows, tally_of
from .unknowns import SECTION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from .best_plans import Bench, BestPlan
    from .near_best import Place
    from .regret import Places
    from .unknowns import Draw


@dataclass(frozen=True, eq=False)
class Cases:
    """The first case is what the scenario says; the others are draws."""

    bench: Bench
    draws: tuple[Draw, ...]  # (n,)
    answers: tuple[BestPlan, ...]  # (n,)

    @property
    def best(self) -> NDArray[np.float64]:
        """Best value of the first objective in each case, (n,)."""
        return np.array([each.value for each in self.answers])

    @property
    def often_best(self) -> list[Places]:
        """Plans that are best in a draw, the most often best first; of equals the first drawn."""
        return [places for places, _ in Counter(each.places for each in self.answers[1:]).most_common()]

    def regrets(self, plans: Sequence[Places], cases: Iterable[int] | None = None) -> NDArray[np.float64]:
        """Regret of each plan in each case, or in some of them, (n, k)."""
        places, rows = as_rows(plans)
        asked = range(len(self.draws)) if cases is None else cases
        return np.array([self.regrets_in(case, places, rows) for case in asked])

    def regrets_in(
        self, case: int, places: tuple[Place, ...], plans: NDArray[np.int16]
    ) -> NDArray[np.float64]:
        """Regret of each plan in one case, (k,)."""
        region = self.bench.ground.region_of(self.draws[case])
        values = tally_of(region, places, self.bench.yardstick).values(plans)
        return self.bench.yardstick.regret(values, np.array(self.answers[case].value))


def cases_of(bench: Bench, draws: Sequence[Draw], answers: Sequence[BestPlan | None]) -> Cases:
    """Leave out the draws in which no plan obeys the rules, or none was found in time.

    Raises
    ------
    InfeasibleError
        If none is left.
    """
    pairs = zip(draws, answers, strict=True)
    answered = [(draw, answer) for draw, answer in pairs if answer is not None and answer.is_found]
    if len(answered) < 2 or answers[0] is None or not answers[0].is_found:
        message = (
            f"{SECTION}: no draw has a plan that obeys all rules and was found in time; draw from narrower "
            "distributions, or allow more seconds (solver.time_limit_seconds)"
        )
        raise InfeasibleError(message)
    return Cases(bench, tuple(draw for draw, _ in answered), tuple(answer for _, answer in answered))
