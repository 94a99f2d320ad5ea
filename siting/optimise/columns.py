"""Tours as columns of the relaxation, priced exactly: all of them at once, in numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .problem import Resource, TeamRules

RUNS: Final = 2.0  # a tour runs at most twice in two weeks
PRICED_OUT: Final = -1e-9
MOST_COLUMNS_A_ROUND: Final = 300


@dataclass(frozen=True, eq=False)
class TourRows:
    """Rows of the model in which tours stand, by site; -1 where there is none."""

    resources: tuple[tuple[int, Resource], ...]
    tours_from: NDArray[np.intp]  # (m,) sum of the tours from a base
    visits: NDArray[np.intp]  # (m,) sum of the tours through a stop
    objective: Resource | None  # where the cost is the objective


class TourPool:
    """Which tours are columns already, and what the others would be worth."""

    def __init__(self, teams: TeamRules, rows: TourRows) -> None:
        self._tours = teams.tours
        self._rows = rows
        m = len(rows.visits)
        self._n_sites = m
        self._stops = np.where(teams.tours.stops < 0, m, teams.tours.stops)  # m = no stop
        self._pairs = teams.tours.base[:, None] * (m + 1) + self._stops
        self.column = np.full(len(teams.tours), -1)  # of each tour in the model
        self._reach: dict[tuple[int, int], int] = {}  # rows X <= 2 z, by base and stop
        self._money_rows: list[tuple[int, Resource]] = []  # rows on the cost of all tours

    @property
    def positions(self) -> NDArray[np.intp]:
        """Tours that are columns."""
        return np.flatnonzero(self.column >= 0)

    def add_reach_row(self, base: int, stop: int, row: int) -> None:
        """Note the row sum of tours from a base through a stop <= 2 z."""
        self._reach[base, stop] = row

    def add_money_row(self, row: int, money: Resource) -> None:
        """Note a row in which every tour stands with its cost."""
        self._money_rows.append((row, money))

    def renumber_rows(self, position: NDArray[np.intp]) -> None:
        """Note where rows that came later stand after others were dropped; position is (rows,)."""
        self._reach = {pair: int(position[row]) for pair, row in self._reach.items()}
        self._money_rows = [(int(position[row]), money) for row, money in self._money_rows]

    def has_reach_row(self, base: int, stop: int) -> bool:
        """Whether that row is there."""
        return (base, stop) in self._reach

    def through(self, base: int, stop: int) -> NDArray[np.intp]:
        """Columns of the tours from a base through a stop."""
        known = self.positions
        mine = (self._tours.base[known] == base) & (self._tours.stops[known] == stop).any(axis=1)
        columns: NDArray[np.intp] = self.column[known[mine]]
        return columns

    def reached(self, values: NDArray[np.float64]) -> dict[tuple[int, int], float]:
        """Sum of the tours from a base through a stop, where above 0."""
        known = self.positions
        known = known[self.column[known] < len(values)]  # those added since the solution are at 0
        amount = values[self.column[known]]
        felt = amount > PRICED_OUT * -1
        sums = np.bincount(
            self._pairs[known[felt]].ravel(),
            weights=np.repeat(amount[felt], self._pairs.shape[1]),
            minlength=self._n_sites * (self._n_sites + 1),
        )
        pairs = np.flatnonzero(sums > 0)
        bases, stops = np.divmod(pairs, self._n_sites + 1)
        return {
            (int(k), int(j)): float(sums[pair])
            for pair, k, j in zip(pairs, bases, stops, strict=True)
            if j < self._n_sites
        }

    def cost(self, tour: int) -> float:
        """What one run costs in the objective."""
        return 0.0 if self._rows.objective is None else self._coefficient(self._rows.objective, tour)

    def entries(self, tour: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Rows and coefficients of a tour's column."""
        base = int(self._tours.base[tour])
        stops = [int(j) for j in self._tours.stops[tour] if j >= 0]
        resources = [*self._rows.resources, *self._money_rows]
        rows = [row for row, _ in resources]
        values = [self._coefficient(resource, tour) for _, resource in resources]
        rows += [int(self._rows.tours_from[base]), *(int(self._rows.visits[j]) for j in stops)]
        values += [1.0] * (1 + len(stops))
        reached = [self._reach[base, j] for j in stops if (base, j) in self._reach]
        rows += reached
        values += [1.0] * len(reached)
        return np.array(rows, dtype=np.int32), np.array(values)

    @staticmethod
    def _coefficient(resource: Resource, tour: int) -> float:
        return float(resource.of_tour[tour]) / resource.unit

    def reduced_costs(self, dual: NDArray[np.float64], *, is_ray: bool) -> NDArray[np.float64]:
        """Reduced cost of every tour at the duals of the model's rows, or along a dual ray."""
        m = self._n_sites
        price = np.zeros((m, m + 1))
        served = self._rows.visits >= 0
        price[:, :m][:, served] = dual[self._rows.visits[served]]
        for (base, stop), row in self._reach.items():
            price[base, stop] += dual[row]
        from_base = np.zeros(m)
        is_base = self._rows.tours_from >= 0
        from_base[is_base] = dual[self._rows.tours_from[is_base]]
        reduced: NDArray[np.float64] = -from_base[self._tours.base] - price.ravel()[self._pairs].sum(axis=1)
        for row, resource in (*self._rows.resources, *self._money_rows):
            if dual[row]:
                reduced -= dual[row] / resource.unit * resource.of_tour
        if self._rows.objective is not None and not is_ray:
            reduced += self._rows.objective.of_tour / self._rows.objective.unit
        return reduced

    def worth_adding(self, dual: NDArray[np.float64], *, is_ray: bool = False) -> NDArray[np.intp]:
        """Tours that would lower the objective, or break a proof of infeasibility, the best first."""
        reduced = self.reduced_costs(dual, is_ray=is_ray)
        reduced[self.column >= 0] = 0.0
        bad = np.flatnonzero(reduced < PRICED_OUT)
        best: NDArray[np.intp] = bad[np.argsort(reduced[bad], kind="stable")][:MOST_COLUMNS_A_ROUND]
        return best
