"""Least and most of sums over cells, by linear programming."""

from __future__ import annotations

import highspy
import numpy as np
from numpy.typing import NDArray

from .equations import Array, Equations, Mask


class Bounds:
    """Least and most of sums over cells, by linear programming; all starts from the last answer."""

    def __init__(self, equations: Equations, cells: NDArray[np.intp]) -> None:
        columns = np.append(cells, np.arange(equations.n, equations.width))
        rows, low, high = _rows_of(equations, columns)
        n_lots = len(equations.lots)
        for number, each in enumerate(equations.lots):
            for members, told in each.passed:
                if members.any() and np.isin(np.flatnonzero(members), cells).all():
                    lot = np.zeros(n_lots)
                    lot[number] = each.step
                    rows.append(np.concatenate([_padded(members, equations)[columns] * each.scale, lot]))
                    low.append(told)
                    high.append(told + each.step)
        self.n_rows = len(rows)
        n_flows = len(equations.flows)
        self._solver = _solver(
            np.array(rows).reshape(len(rows), len(columns) + n_lots),
            np.array(low),
            np.array(high),
            np.concatenate([equations.low[cells], np.zeros(n_flows + n_lots)]),
            np.concatenate([equations.high[cells], np.full(n_flows, equations.most), np.ones(n_lots)]),
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


def _rows_of(
    equations: Equations, columns: NDArray[np.intp]
) -> tuple[list[Array], list[float], list[float]]:
    """Give the inequalities that speak of these columns alone, each once, its largest weight 1."""
    may_live = np.append(equations.high > 0, np.ones(len(equations.flows), dtype=bool))
    outside = may_live.copy()
    outside[columns] = False
    lots = np.zeros(len(equations.lots))
    rows, low, high = [], [], []
    seen: set[tuple[bytes, float, float]] = set()
    for row in equations.rows:
        weights = _padded(row.weights, equations)
        if np.any(weights[outside]):
            continue
        kept = weights[columns]
        key = (kept.tobytes(), row.low, row.high)
        if kept.any() and key not in seen:
            seen.add(key)
            scale = np.abs(kept).max()
            rows.append(np.append(kept / scale, lots))
            low.append(row.low / scale)
            high.append(row.high / scale)
    return rows, low, high


def _padded(weights: Array | Mask, equations: Equations) -> Array:
    return np.append(weights, np.zeros(equations.width - len(weights))).astype(float)


def _solver(rows: Array, low: Array, high: Array, least: Array, most: Array) -> highspy.Highs:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("primal_feasibility_tolerance", 1e-9)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(least), len(low)
    lp.col_cost_ = np.zeros(len(least))
    lp.col_lower_, lp.col_upper_ = least, most
    lp.row_lower_, lp.row_upper_ = low, high
    row, column = np.nonzero(rows)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.searchsorted(row, np.arange(len(low) + 1))
    lp.a_matrix_.index_ = column
    lp.a_matrix_.value_ = rows[row, column]
    solver.passModel(lp)
    return solver

