"""The rota problem: the cheapest two weeks of tours for given stops and bases, exactly.

All tours of the open stops from the open mains are columns, once for each week; HiGHS chooses.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import highspy
import numpy as np
from scipy.sparse import coo_array, csc_array

from ..errors import SolveError
from .highs import new_highs, run_highs, set_whole
from .problem import Fleet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .problem import Resource, SitingProblem, TeamRules

WEEKS: Final = (0, 1)
TOLERANCE: Final = 1e-9
INFEASIBLE: Final = (
    highspy.HighsModelStatus.kInfeasible,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
)
FIRST_GAP: Final = 0.02
MOST_GAP: Final = 1.0


class RotaMaker:
    """Finds the cheapest rota for openings, and remembers it."""

    def __init__(self, problem: SitingProblem) -> None:
        if problem.teams is None or problem.staff is None or problem.money is None:
            message = "a rota is asked for where there are no teams"
            raise SolveError(message)
        self._teams: TeamRules = problem.teams
        self._staff: Resource = problem.staff
        self._money: Resource = problem.money
        self._known: dict[bytes, Fleet | None] = {}

    def cheapest(self, is_open: NDArray[np.bool_], *, seconds: float) -> Fleet | None:
        """Give the rota that costs least within the staff that is left; None if there is none.

        Raises
        ------
        SolveError
            If the time ran out.
        """
        key = np.packbits(is_open).tobytes()
        if key not in self._known:
            staff_left = self._staff.limit - float(self._staff.of_option[is_open].sum())
            self._known[key] = self._solve(is_open, staff_left, seconds)
        return self._known[key]

    def _solve(self, is_open: NDArray[np.bool_], staff_left: float, seconds: float) -> Fleet | None:
        teams, staff = self._teams, self._staff
        weekly = np.flatnonzero((teams.weekly >= 0) & is_open[teams.weekly])
        every_other = np.flatnonzero((teams.every_other >= 0) & is_open[teams.every_other])
        is_base = (teams.base >= 0) & is_open[teams.base]
        is_stop = np.zeros(len(teams.weekly), dtype=bool)
        is_stop[weekly] = is_stop[every_other] = True
        tours = teams.tours.within(is_base, is_stop)
        bases = np.flatnonzero(is_base)
        if staff_left < -TOLERANCE * max(1.0, abs(staff.unit)):
            return None
        if not len(bases):  # nobody to drive
            return None if teams.least or is_stop.any() else Fleet({}, (), ())
        model = _RotaModel(teams, tours, weekly, every_other, bases)
        found = _cheapest(
            model.state(staff, self._money, staff_left), n_tours=2 * len(tours), seconds=seconds
        )
        return None if found is None else model.read(found)


def _cheapest(lp: highspy.HighsLp, *, n_tours: int, seconds: float) -> NDArray[np.float64] | None:
    """Solve in whole numbers, with only those tours that can be in a better answer than one at hand.

    A tour whose reduced cost in the relaxation exceeds what is left between the relaxation and a known
    answer is in no better one. The first answer comes from tours within FIRST_GAP of the relaxation.
    """
    deadline = time.perf_counter() + seconds
    highs = new_highs(
        mip_rel_gap=0.0,
        mip_abs_gap=TOLERANCE,
        mip_feasibility_tolerance=TOLERANCE,
        primal_feasibility_tolerance=TOLERANCE,
    )
    kinds = lp.integrality_
    lp.integrality_ = []
    highs.passModel(lp)
    if not _run(highs, deadline):
        return None
    least = float(highs.getObjectiveValue())
    reduced = np.asarray(highs.getSolution().col_dual)[:n_tours]
    every = np.arange(len(kinds), dtype=np.int32)
    set_whole(highs, every, is_whole=True)
    gap = FIRST_GAP * max(least, 1.0)
    while True:
        upper = (reduced <= gap + TOLERANCE).astype(np.float64)
        highs.changeColsBounds(n_tours, every[:n_tours], np.zeros(n_tours), upper)
        highs.clearSolver()
        if _run(highs, deadline):
            left = float(highs.getObjectiveValue()) - least
            if left <= gap or upper.all():
                return np.asarray(highs.getSolution().col_value)
            gap = left
        elif upper.all():
            return None
        else:
            gap *= 4 if gap < MOST_GAP * max(least, 1.0) else np.inf


def _run(highs: highspy.Highs, deadline: float) -> bool:
    """Whether there is a solution.

    Raises
    ------
    SolveError
        If the time ran out.
    """
    seconds = max(deadline - time.perf_counter(), 0.01)
    highs.setOptionValue("time_limit", highs.getRunTime() + seconds)
    run_highs(highs, seconds=seconds)
    status = highs.getModelStatus()
    if status == highspy.HighsModelStatus.kOptimal:
        return True
    if status in INFEASIBLE:
        # Asked again without presolve: HiGHS 1.16 has called whole-number problems infeasible that are not.
        highs.setOptionValue("presolve", "off")
        highs.clearSolver()
        run_highs(highs, seconds=seconds)
        highs.setOptionValue("presolve", "choose")
        status = highs.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            return True
        if status in INFEASIBLE:
            return False
    message = f"no rota was found in time ({highs.modelStatusToString(status)})"
    raise SolveError(message)


class _RotaModel:
    """Columns: tours in the odd week, tours in the even week, week of each other stop, teams by base."""

    def __init__(
        self,
        teams: TeamRules,
        tours: NDArray[np.intp],
        weekly: NDArray[np.intp],
        every_other: NDArray[np.intp],
        bases: NDArray[np.intp],
    ) -> None:
        self._teams, self._tours, self._weekly = teams, tours, weekly
        self._every_other, self._bases = every_other, bases

    def state(self, staff: Resource, money: Resource, staff_left: float) -> highspy.HighsLp:
        """State it for HiGHS; rows: each stop in each week, days of each base in each week, teams, staff."""
        teams, tours = self._teams, self._tours
        n, n_other, n_bases = len(tours), len(self._every_other), len(self._bases)
        stops = np.concatenate([self._weekly, self._every_other])
        first_team = 2 * n + n_other
        rows, columns, values = [], [], []

        def add(row: NDArray[np.intp], column: NDArray[np.intp], value: NDArray[np.float64]) -> None:
            rows.append(row)
            columns.append(column)
            values.append(value)

        row_of_stop = np.full(len(teams.weekly), -1)
        row_of_stop[stops] = np.arange(len(stops))
        row_of_base = np.full(len(teams.weekly), -1)
        row_of_base[self._bases] = np.arange(n_bases)
        at_tour, at_stop = np.nonzero(teams.tours.stops[tours] >= 0)
        visited = row_of_stop[teams.tours.stops[tours][at_tour, at_stop]]
        others = np.arange(n_other)
        for week in WEEKS:
            first_row = week * len(stops)
            add(first_row + visited, week * n + at_tour, np.ones(len(visited)))
            # A stop every other week is visited in the odd week if its column is 1, else in the even one.
            sign = -1.0 if week == 0 else 1.0
            add(first_row + len(self._weekly) + others, 2 * n + others, np.full(n_other, sign))
            days_row = 2 * len(stops) + week * n_bases
            add(days_row + row_of_base[teams.tours.base[tours]], week * n + np.arange(n), np.ones(n))
            add(
                days_row + np.arange(n_bases),
                first_team + np.arange(n_bases),
                np.full(n_bases, -float(teams.days_per_week)),
            )
        teams_row = 2 * len(stops) + 2 * n_bases
        add(np.full(n_bases, teams_row), first_team + np.arange(n_bases), np.ones(n_bases))
        hours = staff.of_tour[tours] / staff.unit
        add(np.full(2 * n, teams_row + 1), np.arange(2 * n), np.concatenate([hours, hours]))
        matrix = csc_array(
            coo_array(
                (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
                shape=(teams_row + 2, first_team + n_bases),
            )
        )
        once = np.concatenate([np.ones(len(self._weekly)), np.zeros(n_other)])
        once_even = np.ones(len(stops))
        no_less = np.full(2 * n_bases, -np.inf)
        lower = np.concatenate([once, once_even, no_less, [teams.least], [-np.inf]])
        upper = np.concatenate(
            [once, once_even, np.zeros(2 * n_bases), [teams.most], [staff_left / staff.unit]]
        )
        cost = money.of_tour[tours] / money.unit
        upper_column = np.concatenate([np.ones(first_team), np.full(n_bases, float(teams.most))])
        lower_column = np.zeros(first_team + n_bases)
        if n_other:  # the two weeks are alike: the first such stop is visited in the odd one
            lower_column[2 * n] = 1.0
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = first_team + n_bases, teams_row + 2
        lp.col_cost_ = np.concatenate(
            [cost, cost, np.zeros(n_other), np.full(n_bases, money.of_team / money.unit)]
        )
        lp.col_lower_, lp.col_upper_ = lower_column, upper_column
        lp.row_lower_, lp.row_upper_ = lower, upper
        lp.integrality_ = [highspy.HighsVarType.kInteger] * (first_team + n_bases)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
        lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
        lp.a_matrix_.value_ = matrix.data
        return lp

    def read(self, values: NDArray[np.float64]) -> Fleet:
        """Read the teams and the two weeks from a solution."""
        n = len(self._tours)
        chosen = values > 0.5
        numbers = np.round(values[2 * n + len(self._every_other) :]).astype(int)
        return Fleet(
            teams={int(k): int(t) for k, t in zip(self._bases, numbers, strict=True) if t},
            odd=tuple(int(t) for t in self._tours[chosen[:n]]),
            even=tuple(int(t) for t in self._tours[chosen[n : 2 * n]]),
        )
