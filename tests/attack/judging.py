"""Whether what the attack finds is a success."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .bounds import Bounds
from .equations import Array, Equations, Mask

WHOLE = 1e-6
TRUTH_WITHIN = 1e-6


@dataclass
class Report:
    """What an attack found."""

    n_rows: int = 0
    n_cells: int = 0
    n_groups: int = 0
    cells_narrowed: int = 0
    """Beyond their class and the map's multiple: no success, but what it begins with."""
    recovered: list[str] = field(default_factory=list)

    def __add__(self, other: Report) -> Report:
        return Report(*(getattr(self, f.name) + getattr(other, f.name) for f in dataclasses.fields(self)))

    def __str__(self) -> str:
        return (
            f"{self.n_rows} inequalities, {self.n_cells} cells ({self.cells_narrowed} narrowed), "
            f"{self.n_groups} groups: {len(self.recovered)} recovered"
        )


def false_rows(equations: Equations, youths: Array) -> list[str]:
    """Name the inequalities that the truth does not obey: there must be none."""
    wrong = []
    truth = np.append(youths, equations.flows)
    for row in equations.rows:
        value = float(row.weights @ truth[row.columns])
        slack = TRUTH_WITHIN * max(1.0, np.abs(row.weights).max() * youths.sum())
        if not row.low - slack <= value <= row.high + slack:
            wrong.append(f"{row.source}: {value} is not in {row.low} to {row.high}")
    inside = (equations.low - TRUTH_WITHIN <= youths) & (youths <= equations.high + TRUTH_WITHIN)
    return [*wrong, *(f"cell {cell}" for cell in np.flatnonzero(~inside))]


def attack(
    equations: Equations, youths: Array, blocks: Sequence[Mask], *, whole: bool, most_groups: int = 400
) -> Report:
    """Attack every cell, every group that a figure speaks of, and what is left between two of them."""
    report = Report()
    for block in blocks:
        cells = np.flatnonzero(block & (equations.high > 0))
        if not cells.size:
            continue
        bounds = Bounds(equations, cells)
        report += Report(n_rows=bounds.n_rows)
        for cell in cells:
            members = np.zeros(equations.n, dtype=bool)
            members[cell] = True
            low, high = bounds.of(members)
            width = equations.high[cell] - equations.low[cell]
            is_narrowed = high - low < width - 0.01
            report += Report(n_cells=1, cells_narrowed=int(is_narrowed))
            report += judge(f"cell {cell}", youths[cell], low, high, equations.k, whole=whole, is_cell=True)
        for members, source in _groups(equations, cells, most_groups):
            low, high = bounds.of(members)
            report += Report(n_groups=1)
            truth = float(youths[members].sum())
            report += judge(source, truth, low, high, equations.k, whole=whole, is_cell=False)
            is_told = any(not np.any(members & ~hidden) for hidden in equations.hidden)
            if truth > 0 and high < equations.k - WHOLE and not is_told:
                report += Report(
                    recovered=[f"{source}: {truth:g} is shown to be below k, at most {high:.2f}"]
                )
    return report


def _groups(equations: Equations, cells: NDArray[np.intp], most_groups: int) -> Iterator[tuple[Mask, str]]:
    """Groups of more than one cell: those of figures, and what one holds beyond another within it."""
    inside = np.zeros(equations.n, dtype=bool)
    inside[cells] = True
    told: dict[bytes, tuple[Mask, str]] = {}
    for group, source in equations.groups.values():
        members = group & (equations.high > 0)
        if members.any() and not np.any(members & ~inside):
            told.setdefault(members.tobytes(), (members, source))
    found = dict(told)
    each = list(told.values())
    for bigger, source in each:
        for smaller, other in each:
            if smaller.sum() < bigger.sum() and not np.any(smaller & ~bigger):
                rest = bigger & ~smaller
                found.setdefault(rest.tobytes(), (rest, f"{source} less {other}"))
    several = [group for group in found.values() if group[0].sum() > 1]
    several.sort(key=lambda group: int(group[0].sum()))
    yield from several[:most_groups]


def judge(
    source: str, truth: float, low: float, high: float, k: int, *, whole: bool, is_cell: bool
) -> Report:
    """Say whether bounds are a success.

    A count of some but fewer than k is recovered if it is pinned to less than k / 2, or, where counts are
    whole, to one number. A cell of k and more is recovered if it is pinned to within half a person to either
    side: its class is told, and nothing finer is to follow.
    """
    few = 0 < truth < k - WHOLE
    exact = whole and np.floor(high + WHOLE) - np.ceil(low - WHOLE) < 1
    pinned = high - low < (k / 2 - WHOLE if few else 1.0)
    success = (few and (pinned or exact)) or (is_cell and truth > 0 and (pinned or exact))
    if not success:
        return Report()
    return Report(recovered=[f"{source}: {truth:g} in {low:.2f} to {high:.2f}"])
