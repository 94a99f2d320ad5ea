"""What is known of the youths of some cells: inequalities, and the groups that figures speak of."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .told import range_of_count

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Row:
    """low <= weights @ (youths of the cells, then the flows) <= high, and what it was read from."""

    columns: NDArray[np.intp]
    weights: Array
    """Of these columns; all others have none."""
    low: float
    high: float
    source: str


@dataclass(frozen=True)
class Lot:
    """What a municipality's multiples of k on the map sum to, part by part of the curve, by one lot."""

    passed: list[tuple[Mask, float]]
    step: int
    scale: float


@dataclass
class Equations:
    """All that is known of the youths of some cells, and the groups that figures speak of."""

    k: int
    n: int
    most: float
    low: Array
    high: Array
    rows: list[Row] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    groups: dict[bytes, tuple[Mask, str]] = field(default_factory=dict)
    truth: Array = field(default_factory=lambda: np.zeros(0))
    """Asked where the attacker may try each of a few answers: is a hidden share "<3 %" or ">97 %", say."""
    flows: Array = field(default_factory=lambda: np.zeros(0))
    """True youths whose visits an intake sends from a cell to a place; unknown to the attacker."""
    flows_from: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    """The cell of each flow."""
    hidden: list[Mask] = field(default_factory=list)
    """Groups that a figure says hold fewer than k."""

    @property
    def width(self) -> int:
        """Cells and flows."""
        return self.n + len(self.flows)

    def within(self, weights: Array, low: float, high: float, source: str) -> None:
        columns = np.flatnonzero(weights)
        if columns.size:
            self.rows.append(Row(columns, weights[columns], low, high, source))

    def count(self, members: Mask, shown: int | None, source: str, *, k: int | None = None) -> None:
        """A count of the youths of some cells (or flows), as the gate told it."""
        if not members.any():
            return
        low, high = range_of_count(shown, k or self.k, self.most)
        self.within(members.astype(float), low, high, source)
        if not members[self.n :].any():
            self.name(members[: self.n], source)
            if shown is None:
                self.hidden.append(members[: self.n])

    def name(self, members: Mask, source: str) -> None:
        """Remember a group of cells that a figure speaks of."""
        self.groups.setdefault(members.tobytes(), (members, source))

    def split(self, cells: NDArray[np.intp], youths: Array, source: str) -> NDArray[np.intp]:
        """Add flows from cells (one each); those of a cell sum to its youths. Give their columns."""
        columns = self.width + np.arange(len(cells))
        self.flows = np.append(self.flows, youths)
        self.flows_from = np.append(self.flows_from, cells)
        for cell in np.unique(cells):
            weights = np.zeros(self.width)
            weights[columns[cells == cell]] = 1.0
            weights[cell] = -1.0
            self.within(weights, 0.0, 0.0, source)
        return columns
