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
from highspy import HighsBasisStatus, HighsModelStatus

from ..errors import SolveError
from ..plan import Status
from .columns import RUNS, TourPool, TourRows
from .cuts import Row, cover_rows, least_visits_rows, tail_cuts, worst_threshold
from .highs import INF, has_solution, new_highs, require_numbers, run_highs, set_whole
from .intake import SENT_MEASURES
from .variables import theta_kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from .intake import IntakeModel
    from .model import Model
    from .objectives import Objective

logger = logging.getLogger(__name__)

VIOLATED: Final = 1e-9  # a cut is added if theta lies below it by more than this (in the solver's unit)
MISSED: Final = 1e-6  # a row of openings is added if missed by more than this
INTAKE_ROUNDS: Final = 60  # fractional solutions at which the room of places is priced
FIXED_BEYOND: Final = 1e-6  # of the best value: reduced costs are as precise as the solver
LEAST_SCALE: Final = 1e-2  # of values near 0, in the solver's unit
STALLED: Final = 1e-7  # the relaxation is left when a round lifts its bound by less than this (relative)
STUMBLED: Final = (HighsModelStatus.kUnknown, HighsModelStatus.kSolveError, HighsModelStatus.kUnbounded)
INFEASIBLE: Final = (HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible)
ANSWERED: Final = (HighsModelStatus.kOptimal, HighsModelStatus.kIterationLimit)


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
        self.deadline = deadline
        self.highs = _load(model, relative_gap)
        self._is_whole = False
        self._n_stated_rows = int(self.highs.getNumRow())
        self._n_solved_rows = 0
        self._lasting: set[int] = set()  # rows beside the stated ones that are never dropped
        self._value = 0.0
        self._values = np.zeros(0)
        self._reduced_costs = np.zeros(0)
        v = model.variables
        self.y = np.array([each.index for each in v.opening], dtype=np.int32)
        self.site_columns = tuple(each.index for each in v.site_open.values())
        self.whole_columns = self.y
        self._theta = {
            (kind, s): np.array([v.theta[kind, s, g].index for g in range(maker.n_groups)])
            for kind, makers in v.makers.items()
            for s, maker in enumerate(makers)
        }
        self.number_of_teams: dict[int, int] = {}
        self.tours: TourPool | None = None
        if v.teams is not None and self.problem.teams is not None:
            of_teams = [
                each.index
                for group in (v.teams.number, v.teams.has_team, v.teams.days)
                for each in group.values()
            ] + [v.teams.all_teams.index, v.teams.all_days.index]
            self.whole_columns = np.append(self.y, of_teams).astype(np.int32)
            self._has_team = {k: each.index for k, each in v.teams.has_team.items()}
            self.number_of_teams = {k: each.index for k, each in v.teams.number.items()}
            self.tours = TourPool(self.problem.teams, self._tour_rows())
            single = np.flatnonzero(self.problem.teams.tours.n_stops == 1)
            self._add_tours(single)
        set_whole(self.highs, self.whole_columns, is_whole=False)

    # --- state ---

    @property
    def values(self) -> NDArray[np.float64]:
        """Values of all columns in the last solution."""
        return self._values

    @property
    def openings(self) -> NDArray[np.float64]:
        """Openings of the options, (q,)."""
        openings: NDArray[np.float64] = self.values[self.y]
        return openings

    @property
    def reduced_costs(self) -> NDArray[np.float64]:
        """Reduced costs of the options in the last solution, (q,), in the solver's unit."""
        reduced: NDArray[np.float64] = self._reduced_costs[self.y]
        return reduced

    @property
    def objective_value(self) -> float:
        """Value of the last solution, in the solver's unit."""
        return self._value

    @property
    def has_solution(self) -> bool:
        """Whether the last run left a solution."""
        return has_solution(self.highs)

    @property
    def whole_bound(self) -> float:
        """Bound of the last run in whole numbers, in the solver's unit; -inf if it came to none."""
        return float(self.highs.getInfo().mip_dual_bound)

    @property
    def n_rows(self) -> int:
        """Number of rows, cuts included."""
        return int(self.highs.getNumRow())

    # --- solving ---

    def run(self) -> Status | None:
        """Solve and note the solution; None if it came to its end, TIME_LIMIT, or UNPROVEN if HiGHS stumbled.

        Raises
        ------
        Infeasible
            If there is no solution.
        """
        remaining = self.deadline - time.perf_counter()
        if remaining <= 0:
            self.highs.clearSolver()  # so that no earlier solution is taken for this run's
            return Status.TIME_LIMIT
        # HiGHS counts a linear programme's time from the model's birth, a whole-number one's from its start.
        before = 0.0 if self._is_whole else self.highs.getRunTime()
        self.highs.setOptionValue("time_limit", before + remaining)
        status = self._run_highs(remaining)
        if status in STUMBLED:
            self.highs.clearSolver()  # from scratch: a warm start can lead the simplex astray
            status = self._run_highs(remaining)
        if status in INFEASIBLE and self._is_whole:
            status = self._run_highs_unpresolved()
        if status in ANSWERED:
            return None  # the dual simplex stops at a bound that holds
        if status == HighsModelStatus.kTimeLimit:
            return Status.TIME_LIMIT
        if status in INFEASIBLE:
            raise Infeasible
        logger.warning("the solver stopped: %s", self.highs.modelStatusToString(status))
        return Status.UNPROVEN

    def _run_highs(self, seconds: float) -> HighsModelStatus:
        run_highs(self.highs, seconds=seconds)
        self._n_solved_rows = self.n_rows
        # Noted at once: HiGHS forgets value and solution when a row or a column is added.
        self._value = float(self.highs.getObjectiveValue())
        solution = self.highs.getSolution()
        self._values = np.asarray(solution.col_value)
        self._reduced_costs = np.asarray(solution.col_dual)
        status = self.highs.getModelStatus()
        if status in ANSWERED:
            require_numbers(self._value, self._values)
        return status

    def _run_highs_unpresolved(self) -> HighsModelStatus:
        """Ask again without presolve: HiGHS 1.16 has called whole-number problems infeasible that are not."""
        self.highs.setOptionValue("presolve", "off")
        self.highs.clearSolver()
        remaining = max(self.deadline - time.perf_counter(), 0.01)
        self.highs.setOptionValue("time_limit", remaining)
        status = self._run_highs(remaining)
        self.highs.setOptionValue("presolve", "choose")
        return status

    def tighten(self, *, cutoff: float = np.inf, rounds_with_room: int = INTAKE_ROUNDS) -> Status | None:
        """Solve the relaxation with all its tours, adding cuts until the bound no longer rises.

        Ends early once the bound passes the cutoff; the room of places is priced in the first rounds only,
        for it takes time. The objective value is a bound only if None is given.
        """
        last, is_root = -np.inf, rounds_with_room == INTAKE_ROUNDS
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
            n_priced = self._price()
            if n_priced == 0 and value > cutoff:
                return None
            n_cuts = self.separate(self.openings, with_room=rounds_with_room > 0, is_root=is_root)
            rounds_with_room -= 1
            logger.debug("relaxation %.3g, %d cuts, %d tours", value, n_cuts, n_priced)
            if n_priced == 0:
                if n_cuts == 0 or value - last <= STALLED * abs(value):
                    return None
                last = value

    def _price(self) -> int:
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
        _, has_ray, ray = self.highs.getDualRay()  # type: ignore[attr-defined]  # highspy's stub lacks it
        if not has_ray:
            # Presolve saw it, and left no proof; every tour that is not there may mend it.
            found = np.flatnonzero(self.tours.column < 0)
        else:
            found = self.tours.worth_adding(np.asarray(ray), is_ray=True)
        self._add_tours(found)
        return len(found)

    # --- cuts ---

    def separate(self, opening: NDArray[np.float64], *, with_room: bool = True, is_root: bool = True) -> int:
        """Add the cuts and rows that a solution with these openings (q,) violates; return how many."""
        opening = np.clip(opening, 0.0, 1.0)
        n = self._cut_thetas(opening, None)
        price = self._price_of_room(opening) if with_room else None
        if price is not None:
            n += self._cut_thetas(opening, price)
        rows: list[Row] = []
        for rule in self.problem.covers:
            rows += cover_rows(rule, opening, MISSED)
        rows += least_visits_rows(self.problem, opening, MISSED)
        v = self._model.variables
        values = self.values
        if v.tail is not None and self._model.tail_makers:
            rows += self._tail_rows(opening)
        if price is not None and self._intake is not None and v.intake is not None and is_root:
            no_limits = np.zeros(len(self._intake.limits))
            rows.append(self._intake.row_at(opening, price, no_limits, theta=v.intake.index))
        for row in rows:
            if row.shortfall(opening, values) > VIOLATED:
                self.add_row(row)
                n += 1
        if self.tours is not None:
            n += self._add_reach_rows()
        return n

    def _tail_rows(self, opening: NDArray[np.float64]) -> list[Row]:
        """Cut what lies above the threshold: at its value in the solution, and at the best for openings."""
        tail = self._model.variables.tail
        objective = next(
            (each for each in self._model.objectives if each.name == "worst_share_minutes"), None
        )
        if tail is None or objective is None:
            return []
        makers = self._model.tail_makers
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

    def _price_of_room(self, opening: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Price of a visit's room (q,) in the objective, at any openings, whole or not; None: not asked."""
        objective, intake = self._objective, self._intake
        if intake is None or objective is None or objective.name not in SENT_MEASURES:
            return None
        return intake.coarse_prices(opening)

    def _cut_thetas(self, opening: NDArray[np.float64], price: NDArray[np.float64] | None) -> int:
        """Cut all thetas; with the price of room (in the objective, for a visit) those of the objective."""
        values = self.values
        n_added = 0
        for kind, makers in self._model.variables.makers.items():
            if price is not None and kind != theta_kind(self._objective):
                continue
            for s, maker in enumerate(makers):
                if not maker.n_groups:
                    continue
                in_costs = None if price is None else price / maker.per_visit
                constant, slope = maker.cuts_at(opening, in_costs)
                theta = self._theta[kind, s]
                short = constant - slope @ opening[maker.options] - values[theta]
                for g in np.flatnonzero(short > VIOLATED):
                    felt = np.flatnonzero(slope[g])
                    self.add_row(
                        Row(constant[g], maker.options[felt], slope[g, felt], ((int(theta[g]), 1.0),))
                    )
                    n_added += 1
        return n_added

    def add_row(self, row: Row) -> None:
        """Add a cut to the model."""
        columns = np.append(self.y[row.options], [column for column, _ in row.columns]).astype(np.int32)
        slopes = np.append(row.slopes, [each for _, each in row.columns])
        self._add(row.lower, INF, columns, slopes)

    def _add(
        self, lower: float, upper: float, columns: NDArray[np.int32], values: NDArray[np.float64]
    ) -> int:
        added = self.highs.addRow(lower, upper, len(columns), columns, values)
        if added == highspy.HighsStatus.kError:
            message = "the solver refused a cut: the times are too large or too different in size"
            raise SolveError(message)
        return int(self.highs.getNumRow()) - 1

    def forget_slack_rows(self) -> None:
        """Drop cuts that do not bind in the last solution: a small model is fast, and they are found anew."""
        slack = [
            row
            for row, status in enumerate(self.highs.getBasis().row_status[: self._n_solved_rows])
            if row >= self._n_stated_rows and status == HighsBasisStatus.kBasic and row not in self._lasting
        ]
        if not slack:
            return
        kept = np.setdiff1d(np.arange(self.n_rows), slack)
        position = np.full(self.n_rows, -1)
        position[kept] = np.arange(len(kept))
        self.highs.deleteRows(len(slack), np.array(slack, dtype=np.int32))
        self._lasting = {int(position[row]) for row in self._lasting}
        self._n_solved_rows -= len(slack)
        if self.tours is not None:
            self.tours.renumber_rows(position)

    # --- tours ---

    def _tour_rows(self) -> TourRows:
        names = self._model.rows
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
                row = self._add(-INF, 0.0, columns, np.append(np.ones(len(through)), -RUNS))
                self.tours.add_reach_row(base, stop, row)
                self._lasting.add(row)
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
        self._lasting.add(self.n_rows - 1)

    def add_rota_cost_row(self, is_open: NDArray[np.bool_], least_sek: float) -> None:
        """Say what tours and vehicles cost at least while exactly these stops and mains are open.

        With S the open stops, N the closed stops and mains, R the cost of the cheapest rota:
        cost >= R (1 - sum over S of (1 - y) - sum over N of y). Where staff is limited S is all that is open:
        closing anything frees staff, with which a cheaper rota may be driven.
        """
        teams, money = self.problem.teams, self.problem.money
        team_variables = self._model.variables.teams
        if teams is None or money is None or self.tours is None or team_variables is None:
            return
        stops = np.concatenate([teams.weekly[teams.weekly >= 0], teams.every_other[teams.every_other >= 0]])
        stops, others = stops[is_open[stops]], self._closed_for_tours(is_open)
        if self.problem.staff is not None and np.isfinite(self.problem.staff.limit):
            stops = np.flatnonzero(is_open)
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
        row = self._add(least - least * len(stops), INF, columns, values)
        self.tours.add_money_row(row, money)
        self._lasting.add(row)

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

    def fix_openings(self, best: float) -> int:
        """Fix openings whose other value would lift the last relaxation's bound above `best`; count them.

        From now on only plans that are better are looked for.
        """
        openings, reduced = self.openings, self.reduced_costs
        room = best + FIXED_BEYOND * max(best, LEAST_SCALE) - self.objective_value
        closed = self.y[(openings <= MISSED) & (reduced > room)]
        opened = self.y[(openings >= 1.0 - MISSED) & (-reduced > room)]
        for columns, value in ((closed, 0.0), (opened, 1.0)):
            fixed = np.full(len(columns), value)
            self.highs.changeColsBounds(len(columns), columns, fixed, fixed)
        logger.debug("fixed %d options closed and %d open of %d", len(closed), len(opened), len(self.y))
        return len(closed) + len(opened)

    def whole(self) -> None:
        """Ask for whole openings from now on; with tours, which must be priced at every node, a tree does."""
        self._is_whole = True
        set_whole(self.highs, self.whole_columns, is_whole=True)
        # Otherwise HiGHS takes the fractional solution for a start and spends a whole time limit on it.
        self.highs.clearSolver()


class Undecided(Exception):
    """Whether a plan with these openings can be had is not known: the search cannot go on from it."""


class Infeasible(Exception):
    """There is no solution within the present bounds; caught by who asked, never an error of the user's."""


def _load(model: Model, relative_gap: float) -> highspy.Highs:
    """Hand PuLP's model to HiGHS."""
    highs = new_highs(
        mip_rel_gap=relative_gap,
        mip_abs_gap=0.0,
        small_matrix_value=1e-12,
        mip_feasibility_tolerance=1e-9,
        primal_feasibility_tolerance=1e-9,
        dual_feasibility_tolerance=1e-9,
    )
    model.lp.solverModel = highs
    pulp.HiGHS(msg=False).buildSolverModel(model.lp)
    highs.changeObjectiveOffset(float(model.lp.objective.constant))  # PuLP leaves it out
    return highs
