"""Least and most of sums over cells, by linear programming."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import highspy
import numpy as np
from numpy.typing import NDArray

from .equations import Array, Equations, Mask, Row


class Bounds:
    """Least and most of sums over cells, by linear programming; all starts from the last answer."""

    def __init__(self, equations: Equations, cells: NDArray[np.intp]) -> None:
        flows = np.flatnonzero(np.isin(equations.flows_from, cells))
        columns = np.append(cells, equations.n + flows)
        place = np.full(equations.width, -1)
        place[columns] = np.arange(len(columns))
        n_lots = len(equations.lots)
        rows = [*_rows_of(equations, place), *_lots_of(equations, place, len(columns))]
        self.n_rows = len(rows)
        self._solver = _solver(
            rows,
            np.concatenate([equations.low[cells], np.zeros(len(flows) + n_lots)]),
            np.concatenate([equations.high[cells], np.full(len(flows), equations.most), np.ones(n_lots)]),
        )
        self._cells = cells
        self._columns = np.arange(len(columns) + n_lots, dtype=np.int32)

    def of(self, members: Mask) -> tuple[float, float]:
        """Between which bounds the youths of some cells lie."""
        cost = np.zeros(len(self._columns))
        cost[: len(self._cells)] = members[self._cells]
        self._solver.changeColsCost(len(cost), self._columns, cost)
        found = []
        for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
            self._solver.changeObjectiveSense(sense)
            self._solver.run()
            if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                message = f"the equations contradict each other: {self._solver.getModelStatus()}"
                raise AssertionError(message)
            found.append(float(self._solver.getInfo().objective_function_value))
        return found[0], found[1]


def _rows_of(equations: Equations, place: NDArray[np.intp]) -> Iterator[Row]:
    """Give the inequalities that speak of no cell beyond these, each once, its largest weight 1."""
    may_live = np.append(equations.high > 0, equations.high[equations.flows_from] > 0)
    seen: set[tuple[bytes, bytes, float, float]] = set()
    for row in equations.rows:
        lives = may_live[row.columns]
        columns, weights = place[row.columns][lives], row.weights[lives]
        key = (columns.tobytes(), weights.tobytes(), row.low, row.high)
        if not columns.size or (columns < 0).any() or key in seen:
            continue
        seen.add(key)
        scale = np.abs(weights).max()
        yield Row(columns, weights / scale, row.low / scale, row.high / scale, row.source)


def _lots_of(equations: Equations, place: NDArray[np.intp], first: int) -> Iterator[Row]:
    """Give what the map's multiples tell: a sum and a lot, the same for all parts of a municipality."""
    for number, each in enumerate(equations.lots):
        for members, told in each.passed:
            columns = place[np.flatnonzero(members)]
            if columns.size and (columns >= 0).all():
                weights = np.append(np.full(columns.size, each.scale), each.step)
                yield Row(np.append(columns, first + number), weights, told, told + each.step, "map")


def _solver(rows: Sequence[Row], least: Array, most: Array) -> highspy.Highs:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("primal_feasibility_tolerance", 1e-9)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(least), len(rows)
    lp.col_cost_ = np.zeros(len(least))
    lp.col_lower_, lp.col_upper_ = least, most
    lp.row_lower_ = np.array([row.low for row in rows])
    lp.row_upper_ = np.array([row.high for row in rows])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.cumsum([0, *(len(row.columns) for row in rows)])
    lp.a_matrix_.index_ = np.concatenate([row.columns for row in rows] or [np.zeros(0, dtype=np.intp)])
    lp.a_matrix_.value_ = np.concatenate([row.weights for row in rows] or [np.zeros(0)])
    solver.passModel(lp)
    return solver
