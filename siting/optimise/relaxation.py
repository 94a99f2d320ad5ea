"""The warm linear relaxation: HiGHS holds it while cuts are found and tours are priced.

PuLP states the model; rows and columns that come later are added to the model that it loaded.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

import highspy
import numpy as np
import pulp
from highspy import HighsModelStatus, HighsVarType

from ..errors import SolveError
from ..plan import Status
from .columns import RUNS, TourPool, TourRows
from .cuts import Row, cover_rows, least_visits_rows, tail_cuts, worst_threshold
from .intake import SENT_MEASURES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from .intake import IntakeModel
    from .model import Model
    from .objectives import Objective

logger = logging.getLogger(__name__)

VIOLATED: Final = 1e-9  # a cut is added if theta lies below it by more than this (in the solver's unit)
MISSED: Final = 1e-6  # a row of openings is added if missed by more than this
STALLED: Final = 1e-7  # the relaxation is left when a round lifts its bound by less than this (relative)
STUMBLED: Final = (HighsModelStatus.kUnknown, HighsModelStatus.kSolveError, HighsModelStatus.kUnbounded)
INFEASIBLE: Final = (HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible)


class Relaxation:
    """A stated model in HiGHS, with what finds its cuts and prices its tours."""

    def __init__(
        self,
        model: Model,
        objective: Objective | None,
        *,
        unit: float,
        intake: IntakeModel | None,
        deadline: float,
        relative_gap: float = 0.0,
    ) -> None:
        self.problem = model.problem
        self._model = model
        self._objective = objective
        self._unit = unit
        self._intake = intake
        self._room_price = np.zeros(self.problem.n_options)
        self.deadline = deadline
        self.highs = _load(model, relative_gap)
        self._is_whole = False
        v = model.variables
        self.y = np.array([each.index for each in v.opening], dtype=np.int32)
        self.site_columns = tuple(each.index for each in v.site_open.values())
        self.whole_columns = [int(q) for q in self.y]
        self._theta = {
            (measure, s): np.array([v.theta[measure, s, g].index for g in range(maker.n_groups)])
            for measure, makers in v.makers.items()
            for s, maker in enumerate(makers)
        }
        self.tours: TourPool | None = None
        if v.teams is not None and self.problem.teams is not None:
            self.whole_columns += [
                each.index
                for group in (v.teams.number, v.teams.has_team, v.teams.days)
                for each in group.values()
            ] + [v.teams.all_teams.index, v.teams.all_days.index]
            self._has_team = {k: each.index for k, each in v.teams.has_team.items()}
            self.tours = TourPool(self.problem.teams, self._tour_rows())
            single = np.flatnonzero(self.problem.teams.tours.n_stops == 1)
            self._add_tours(single)
        self._set_whole(self.whole_columns, is_whole=False)

    # --- state ---

    @property
    def values(self) -> NDArray[np.float64]:
        """Values of all columns."""
        return np.asarray(self.highs.getSolution().col_value)

    @property
    def openings(self) -> NDArray[np.float64]:
        """Openings of the options, (q,)."""
        openings: NDArray[np.float64] = self.values[self.y]
        return openings

    @property
    def objective_value(self) -> float:
        """Value of the last solution, in the solver's unit."""
        return float(self.highs.getObjectiveValue())

    # --- solving ---

    def run(self, *, seconds: float | None = None) -> Status | None:
        """Solve; None if it came to its end, TIME_LIMIT, or UNPROVEN if the solver stumbled.

        Raises
        ------
        Infeasible
            If there is no solution.
        """
        remaining = self.deadline - time.perf_counter()
        remaining = remaining if seconds is None else min(remaining, seconds)
        if remaining <= 0:
            self.highs.clearSolver()  # so that no earlier solution is taken for this run's
            return Status.TIME_LIMIT
        # HiGHS counts a linear programme's time from the model's birth, a whole-number one's from its start.
        before = 0.0 if self._is_whole else self.highs.getRunTime()
        self.highs.setOptionValue("time_limit", before + remaining)
        self.highs.run()
        status = self.highs.getModelStatus()
        if status in STUMBLED:
            self.highs.clearSolver()  # from scratch: a warm start can lead the simplex astray
            self.highs.run()
            status = self.highs.getModelStatus()
        if status in (HighsModelStatus.kOptimal, HighsModelStatus.kIterationLimit):
            return None  # the dual simplex stops at a bound that holds
        if status == HighsModelStatus.kTimeLimit:
            return Status.TIME_LIMIT
        if status in INFEASIBLE:
            raise Infeasible
        logger.warning("the solver stopped: %s", self.highs.modelStatusToString(status))
        return Status.UNPROVEN

    def tighten(self, *, cutoff: float = np.inf) -> Status | None:
        """Solve the relaxation with all its tours, adding cuts until the bound no longer rises.

        Ends early once the bound passes the cutoff. The objective value is a bound only if None is given.
        """
        last = -np.inf
        while True:
            try:
                ended = self.run()
            except Infeasible:
                if self._price_ray():
                    continue
                raise
            if ended is not None:
                return ended
            value = self.objective_value
            n_priced = self.price()
            if n_priced == 0 and value > cutoff:
                return None
            n_cuts = self.separate(self.openings)
            logger.debug("relaxation %.9g, %d cuts, %d tours", value, n_cuts, n_priced)
            if n_priced == 0:
                if n_cuts == 0 or value - last <= STALLED * abs(value):
                    return None
                last = value

    def price(self) -> int:
        """Add the tours that would lower the objective; return how many."""
        if self.tours is None:
            return 0
        found = self.tours.worth_adding(np.asarray(self.highs.getSolution().row_dual))
        self._add_tours(found)
        return len(found)

    def _price_ray(self) -> int:
        """Add tours that may mend an infeasible relaxation (Farkas pricing); return how many."""
        if self.tours is None:
            return 0
        _, has_ray, ray = self.highs.getDualRay()
        if not has_ray:
            # Presolve saw it, and left no proof; every tour that is not there may mend it.
            found = np.flatnonzero(self.tours.column < 0)
        else:
            found = self.tours.worth_adding(np.asarray(ray), is_ray=True)
        self._add_tours(found)
        return len(found)

    # --- cuts ---

    def separate(self, opening: NDArray[np.float64]) -> int:
        """Add the cuts and rows that a solution with these openings (q,) violates; return how many."""
        opening = np.clip(opening, 0.0, 1.0)
        n = self._cut_thetas(opening)
        rows: list[Row] = []
        for rule in self.problem.covers:
            rows += cover_rows(rule, opening, MISSED)
        rows += least_visits_rows(self.problem, opening, MISSED)
        v = self._model.variables
        values = self.values
        if v.tail is not None and self._model.mean_makers:
            rows += self._tail_rows(opening)
        if (
            self._intake is not None
            and v.intake is not None
            and self._objective is not None
            and self._objective.name in SENT_MEASURES
        ):
            rows.append(self._intake_row(opening, v.intake.index))
        for row in rows:
            if row.shortfall(opening, values) > VIOLATED:
                self.add_row(row)
                n += 1
        if self.tours is not None:
            n += self._add_reach_rows()
        return n

    def _tail_rows(self, opening: NDArray[np.float64]) -> list[Row]:
        """Cut what lies above the threshold: at its value in the solution, and at the best one for openings."""
        tail = self._model.variables.tail
        objective = next(
            (each for each in self._model.objectives if each.name == "worst_share_minutes"), None
        )
        if tail is None or objective is None:
            return []
        makers = self._model.mean_makers
        total = sum(float(maker.weight.sum()) for maker in makers) * self._unit
        scale = 1 / (objective.worst_share * total)
        eta = float(self.values[tail.threshold.index]) * self._unit
        rows = []
        for threshold in (eta, worst_threshold(makers, opening, objective.worst_share)):
            for s, maker in enumerate(makers):
                constant, slope, part = tail_cuts(maker, opening, threshold, scale)
                for g in np.flatnonzero(part > 0):
                    felt = np.flatnonzero(slope[g])
                    columns = (
                        (tail.above[s, int(g)].index, 1.0),
                        (tail.threshold.index, float(part[g]) * self._unit),
                    )
                    rows.append(Row(constant[g], maker.options[felt], slope[g, felt], columns))
        return rows

    def _intake_row(self, opening: NDArray[np.float64], theta: int) -> Row:
        """Cut the intake's value at openings; prices of room start from those of the last time."""
        if self._intake is None:
            message = "there is no intake"
            raise SolveError(message)
        self._room_price = self._intake.improved_prices(opening, self._room_price)
        no_limits = np.zeros(len(self._intake.limits))
        return self._intake.row_at(opening, self._room_price, no_limits, theta=theta)

    def _cut_thetas(self, opening: NDArray[np.float64]) -> int:
        values = self.values
        n_added = 0
        for measure, makers in self._model.variables.makers.items():
            for s, maker in enumerate(makers):
                if not maker.n_groups:
                    continue
                constant, slope = maker.cuts_at(opening)
                theta = self._theta[measure, s]
                short = constant - slope @ opening[maker.options] - values[theta]
                for g in np.flatnonzero(short > VIOLATED):
                    felt = np.flatnonzero(slope[g])
                    self.add_row(Row(constant[g], maker.options[felt], slope[g, felt], ((int(theta[g]), 1.0),)))
                    n_added += 1
        return n_added

    def add_row(self, row: Row) -> None:
        """Add a cut to the model."""
        columns = np.append(self.y[row.options], [column for column, _ in row.columns]).astype(np.int32)
        slopes = np.append(row.slopes, [each for _, each in row.columns])
        self._add(row.lower, highspy.kHighsInf, columns, slopes)

    def _add(
        self, lower: float, upper: float, columns: NDArray[np.int32], values: NDArray[np.float64]
    ) -> int:
        added = self.highs.addRow(lower, upper, len(columns), columns, values)
        if added == highspy.HighsStatus.kError:
            message = "the solver refused a cut: the times are too large or too different in size"
            raise SolveError(message)
        return int(self.highs.getNumRow()) - 1

    # --- tours ---

    def _tour_rows(self) -> TourRows:
        names = {name: index for index, name in enumerate(self._model.lp.constraints)}
        m = len(self.problem.teams.weekly) if self.problem.teams is not None else 0

        def by_site(prefix: str) -> NDArray[np.intp]:
            return np.array([names.get(f"{prefix}_{j}", -1) for j in range(m)], dtype=np.intp)

        is_cost = self._objective is not None and self._objective.name == "cost"
        return TourRows(
            resources=tuple(
                (names[f"resource_{each.name}"], each)
                for each in self.problem.resources
                if f"resource_{each.name}" in names
            ),
            tours_from=by_site("tours"),
            visits=by_site("visits"),
            objective=self.problem.money if is_cost else None,
        )

    def _add_tours(self, tours: Iterable[int]) -> None:
        if self.tours is None:
            return
        for tour in tours:
            rows, coefficients = self.tours.entries(int(tour))
            self.highs.addCol(self.tours.cost(int(tour)), 0.0, RUNS, len(rows), rows, coefficients)
            self.tours.column[tour] = int(self.highs.getNumCol()) - 1

    def _add_reach_rows(self) -> int:
        """Add rows X <= 2 z that the solution misses: tours from a base through a stop need a team there."""
        if self.tours is None:
            return 0
        values = self.values
        n_added = 0
        for (base, stop), amount in self.tours.reached(values).items():
            has_team = self._has_team[base]
            if amount > RUNS * values[has_team] + MISSED and not self.tours.has_reach_row(base, stop):
                through = self.tours.through(base, stop)
                columns = np.append(through, has_team).astype(np.int32)
                row = self._add(-highspy.kHighsInf, 0.0, columns, np.append(np.ones(len(through)), -RUNS))
                self.tours.add_reach_row(base, stop, row)
                n_added += 1
        return n_added

    def forbid(self, is_open: NDArray[np.bool_]) -> None:
        """Cut off openings that no rota fits: one is closed, or another stop or base is opened.

        Satellites on top only take more; another main may be a better base, and without the triangle
        inequality a further stop may shorten a tour.
        """
        opened, others = np.flatnonzero(is_open), self._closed_for_tours(is_open)
        slopes = np.concatenate([np.full(len(opened), -1.0), np.ones(len(others))])
        self.add_row(Row(1.0 - len(opened), np.concatenate([opened, others]), slopes))

    def add_rota_cost_row(self, is_open: NDArray[np.bool_], least_sek: float) -> None:
        """Say what tours and vehicles cost at least while exactly these stops and mains are open.

        With S the open stops, N the closed stops and mains, R the cost of the cheapest rota:
        cost >= R (1 - sum over S of (1 - y) - sum over N of y).
        """
        teams, money = self.problem.teams, self.problem.money
        team_variables = self._model.variables.teams
        if teams is None or money is None or self.tours is None or team_variables is None:
            return
        stops = np.concatenate([teams.weekly[teams.weekly >= 0], teams.every_other[teams.every_other >= 0]])
        stops, others = stops[is_open[stops]], self._closed_for_tours(is_open)
        least = least_sek / money.unit
        known = self.tours.positions
        columns = np.concatenate(
            [
                self.tours.column[known],
                [each.index for each in team_variables.number.values()],
                self.y[stops],
                self.y[others],
            ]
        ).astype(np.int32)
        values = np.concatenate(
            [
                money.of_tour[known] / money.unit,
                np.full(len(team_variables.number), money.of_team / money.unit),
                np.full(len(stops), -least),
                np.full(len(others), least),
            ]
        )
        row = self._add(least - least * len(stops), highspy.kHighsInf, columns, values)
        self.tours.add_money_row(row, money)

    def _closed_for_tours(self, is_open: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Options that are closed and would change what tours there can be: stops and mains."""
        teams = self.problem.teams
        if teams is None:
            return np.empty(0, dtype=np.intp)
        telling = np.concatenate([teams.weekly, teams.every_other, teams.base])
        telling = telling[telling >= 0]
        closed: NDArray[np.intp] = telling[~is_open[telling]]
        return closed

    # --- whole numbers ---

    def whole(self, *, is_whole: bool) -> None:
        """Ask for whole numbers, or for the relaxation."""
        columns = list(self.whole_columns)
        if self.tours is not None:
            columns += [int(column) for column in self.tours.column[self.tours.positions]]
        self._set_whole(columns, is_whole=is_whole)
        # Otherwise HiGHS takes the fractional solution for a start and spends a whole time limit on it.
        self.highs.clearSolver()

    def whole_in_two_weeks(self, seconds: float) -> NDArray[np.bool_] | None:
        """Openings of a good plan from the tours priced so far, each week's visits made; None if none is found.

        The model counts a tour's runs in two weeks; here each run is given a week, on a copy.
        """
        teams, pool, lp = self.problem.teams, self.tours, self.highs.getLp()
        v = self._model.variables.teams
        if teams is None or pool is None or v is None:
            return None
        highs = highspy.Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0)):
            highs.setOptionValue(option, value)
        highs.setOptionValue("time_limit", max(seconds, 0.01))
        highs.setOptionValue("mip_rel_gap", 1e-4)
        highs.passModel(lp)
        inf = highspy.kHighsInf
        known = pool.positions
        columns = pool.column[known].astype(np.int32)
        n = len(known)
        first = highs.getNumCol()
        none = np.empty(0, dtype=np.int32), np.empty(0)
        for _ in range(n):  # whether the tour runs in the odd weeks
            highs.addCol(0.0, 0.0, 1.0, 0, *none)
        odd = np.arange(first, first + n, dtype=np.int32)
        for run, in_odd in zip(columns, odd, strict=True):
            pair = np.array([run, in_odd], dtype=np.int32)
            highs.addRow(0.0, 1.0, 2, pair, np.array([1.0, -1.0]))
        for j in np.flatnonzero((teams.weekly >= 0) | (teams.every_other >= 0)):
            through = odd[(teams.tours.stops[known] == j).any(axis=1)]
            index, values = list(through), [1.0] * len(through)
            if teams.weekly[j] >= 0:
                index.append(self.y[teams.weekly[j]])
                values.append(-1.0)
            # A stop every other week: in the odd weeks or not.
            most = 0.0
            if teams.every_other[j] >= 0:
                highs.addRow(
                    -inf,
                    0.0,
                    len(index) + 1,
                    np.array([*index, self.y[teams.every_other[j]]], dtype=np.int32),
                    np.array([*values, -1.0]),
                )
                most = inf
            highs.addRow(0.0, most, len(index), np.array(index, dtype=np.int32), np.array(values))
        for base, number in v.number.items():
            mine = teams.tours.base[known] == base
            each = -float(teams.days_per_week)
            index = np.append(odd[mine], number.index).astype(np.int32)
            highs.addRow(-inf, 0.0, len(index), index, np.append(np.ones(mine.sum()), each))
            index = np.concatenate([columns[mine], odd[mine], [number.index]]).astype(np.int32)
            values = np.concatenate([np.ones(mine.sum()), -np.ones(mine.sum()), [each]])
            highs.addRow(-inf, 0.0, len(index), index, values)
        whole = np.concatenate([self.whole_columns, columns, odd]).astype(np.int32)
        kind = np.full(len(whole), int(HighsVarType.kInteger), dtype=np.uint8)
        highs.changeColsIntegrality(len(whole), whole, kind)
        highs.run()
        if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        is_open: NDArray[np.bool_] = np.asarray(highs.getSolution().col_value)[self.y] > 0.5
        return is_open

    def _set_whole(self, columns: list[int], *, is_whole: bool) -> None:
        self._is_whole = is_whole
        kind = HighsVarType.kInteger if is_whole else HighsVarType.kContinuous
        index = np.array(columns, dtype=np.int32)
        self.highs.changeColsIntegrality(len(index), index, np.full(len(index), int(kind), dtype=np.uint8))


class Infeasible(Exception):  # noqa: N818  (a verdict, caught by the solver; no error of the user's)
    """There is no solution within the present bounds."""


def _load(model: Model, relative_gap: float) -> highspy.Highs:
    """Hand PuLP's model to HiGHS: one thread and a fixed seed, so that the same input gives the same plan."""
    solver = pulp.HiGHS(
        msg=False,
        threads=1,
        gapRel=relative_gap,
        gapAbs=0.0,
        random_seed=0,
        small_matrix_value=1e-12,
        mip_feasibility_tolerance=1e-9,
        primal_feasibility_tolerance=1e-9,
        dual_feasibility_tolerance=1e-9,
    )
    solver.createAndConfigureSolver(model.lp)
    solver.buildSolverModel(model.lp)
    highs: highspy.Highs = model.lp.solverModel
    highs.changeObjectiveOffset(float(model.lp.objective.constant))  # PuLP leaves it out
    return highs
