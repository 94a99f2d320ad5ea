"""A first plan from the tours that are priced so far, found quickly; it proves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, SupportsInt

import numpy as np

from .highs import INF, has_solution, new_highs, run_highs, set_whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    import highspy
    from numpy.typing import NDArray

    from .relaxation import Relaxation

FIRST_PLAN_GAP: Final = 2e-3  # relative: any plan soon
BETTER_PLAN_GAP: Final = 2e-4


@dataclass(frozen=True, eq=False)
class FirstPlan:
    """Openings (q,), and the whole columns' values, from which a further search may start."""

    is_open: NDArray[np.bool_]
    whole: NDArray[np.float64]


def whole_in_two_weeks(
    relaxation: Relaxation, seconds: float, gap: float, start: FirstPlan | None = None
) -> FirstPlan | None:
    """Openings of a good plan from the tours priced so far, each week's visits made; None if none is found.

    The model counts a tour's runs in two weeks; here each run is given a week, on a copy.
    """
    teams, pool, number = relaxation.problem.teams, relaxation.tours, relaxation.number_of_teams
    if teams is None or pool is None:
        return None
    highs = new_highs(time_limit=max(seconds, 0.01), mip_rel_gap=gap)
    highs.passModel(relaxation.highs.getLp())
    known = pool.positions
    columns = pool.column[known].astype(np.int32)
    odd = _add_odd_weeks(highs, columns)
    for j in np.flatnonzero((teams.weekly >= 0) | (teams.every_other >= 0)):
        through = odd[(teams.tours.stops[known] == j).any(axis=1)]
        weekly = _opening(relaxation, int(teams.weekly[j]))
        every_other = _opening(relaxation, int(teams.every_other[j]))
        _visit_in_odd_weeks(highs, through, weekly, every_other)
    for base, column in number.items():
        mine = teams.tours.base[known] == base
        days, team, ones = -float(teams.days_per_week), [column], np.ones(int(mine.sum()))
        _add_row(highs, (-INF, 0.0), [*odd[mine], *team], [*ones, days])
        _add_row(highs, (-INF, 0.0), [*columns[mine], *odd[mine], *team], [*ones, *-ones, days])
    whole = np.concatenate([relaxation.whole_columns, columns, odd]).astype(np.int32)
    set_whole(highs, whole, is_whole=True)
    if start is not None and len(start.whole) == len(whole):
        highs.setSolution(len(whole), whole, start.whole)
    run_highs(highs, seconds=seconds)
    if not has_solution(highs):
        return None
    values = np.asarray(highs.getSolution().col_value)
    return FirstPlan(values[relaxation.y] > 0.5, np.round(values[whole]))


def _add_odd_weeks(highs: highspy.Highs, columns: NDArray[np.int32]) -> NDArray[np.int32]:
    """Add a column for each tour: whether it runs in the odd weeks; what is left of its runs is even."""
    first, n = highs.getNumCol(), len(columns)
    for _ in range(n):
        highs.addCol(0.0, 0.0, 1.0, 0, np.empty(0, dtype=np.int32), np.empty(0))
    odd = np.arange(first, first + n, dtype=np.int32)
    for run, in_odd in zip(columns, odd, strict=True):
        _add_row(highs, (0.0, 1.0), [run, in_odd], [1.0, -1.0])
    return odd


def _visit_in_odd_weeks(
    highs: highspy.Highs, through: NDArray[np.int32], weekly: list[int], every_other: list[int]
) -> None:
    """A weekly stop is visited in the odd weeks; one every other week is or is not."""
    index = [*through, *weekly]
    values = [1.0] * len(through) + [-1.0] * len(weekly)
    if every_other:
        _add_row(highs, (-INF, 0.0), [*index, *every_other], [*values, -1.0])
    _add_row(highs, (0.0, INF if every_other else 0.0), index, values)


def _opening(relaxation: Relaxation, option: int) -> list[int]:
    """Column of an option, if there is one."""
    return [int(relaxation.y[option])] if option >= 0 else []


def _add_row(
    highs: highspy.Highs, bounds: tuple[float, float], columns: Iterable[SupportsInt], values: Iterable[float]
) -> None:
    index = np.array([int(each) for each in columns], dtype=np.int32)
    highs.addRow(*bounds, len(index), index, np.array([*values]))
