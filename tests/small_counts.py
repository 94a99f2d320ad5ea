"""A county made to be attacked: nine municipalities of nine cells, some of 3, 6 and 12 young people."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import toy
from numpy.typing import NDArray

from siting.dataset import seal

SIDE = 9
BLOCK = 3
TOTALS = {
    "Tre": 3,
    "Sex": 6,
    "Tolv": 12,
    "Tretti": 30,
    "Femti": 55,
    "Hundra": 120,
    "Tvåhundra": 200,
    "Trehundra": 320,
    "Stora": 1400,
}
SITES = {"A": (0, 0), "B": (4, 4), "C": (1, 7), "D": (8, 8), "E": (8, 0)}
PLANS: Mapping[str, dict[str, list[str]]] = {
    "one": {"main": ["B"]},
    "two": {"main": ["B"], "satellite": ["A"]},
    "three": {"main": ["D"], "satellite": ["A", "C"]},
    "four": {"main": ["A", "D"], "satellite": ["B"]},
    "five": {"main": ["C"], "satellite": ["B", "D"]},
}


@contextmanager
def _larger_toy() -> Iterator[None]:
    kept = toy.SIDE, dict(toy.SITES)
    toy.SIDE = SIDE
    toy.SITES.clear()
    toy.SITES.update(SITES)
    try:
        yield
    finally:
        toy.SIDE = kept[0]
        toy.SITES.clear()
        toy.SITES.update(kept[1])


def block(column: int, row: int) -> int:
    return column // BLOCK + BLOCK * (row // BLOCK)


def draw(seed: int) -> NDArray[np.float64]:
    """Whole youths of each cell in the order of the table (row by row), some cells empty."""
    lot = np.random.default_rng(seed)
    blocks = np.array([block(column, row) for row in range(SIDE) for column in range(SIDE)])
    youths = np.zeros(SIDE * SIDE)
    for number, total in enumerate(TOTALS.values()):
        cells = np.flatnonzero(blocks == number)
        weights = lot.pareto(1.0, len(cells)) + 0.05
        weights[lot.random(len(cells)) < 0.2] = 0.0
        if not weights.any():
            weights[0] = 1.0
        youths[cells] = lot.multinomial(total, weights / weights.sum())
    return youths


def write_dataset(folder: Path, youths: NDArray[np.float64]) -> Path:
    """Write the county with these youths."""
    with _larger_toy():
        toy.write_dataset(folder)
    _rewrite(folder / "municipalities.csv", lambda _: [[f"0{i + 1}", n] for i, n in enumerate(TOTALS)])
    numbers = iter(youths.tolist())
    _rewrite(
        folder / "cells.csv",
        lambda rows: [
            [r[0], f"0{block(int(r[0][0]), int(r[0][1])) + 1}", *r[2:4], next(numbers)] for r in rows
        ],
    )
    _rewrite(
        folder / "sites.csv",
        lambda rows: [[*r[:3], f"0{block(*SITES[r[0]]) + 1}", *r[4:]] for r in rows],
    )
    seal(folder)
    return folder


def write_scenarios(folder: Path, *, k: int = 5, **sections: Any) -> list[str]:
    """Write a scenario for each plan beside the dataset; return their paths."""
    with _larger_toy():
        return [
            str(
                toy.write_scenario(
                    folder,
                    name,
                    choice={"n_main": 1, "n_satellites": 1, "given": {"main": [], "satellite": [], **given}},
                    evaluation={"smallest_count_shown": k, "within_minutes": [10, 20, 40, 60]},
                    **sections,
                )
            )
            for name, given in PLANS.items()
        ]


def write_free_scenario(folder: Path, name: str = "free", *, k: int = 5, **sections: Any) -> str:
    """Write a scenario that chooses two places freely, beside the dataset; return its path."""
    evaluation = {"smallest_count_shown": k, "within_minutes": [10, 20, 40, 60]}
    chosen = {
        "choice": {"n_main": 1, "n_satellites": 1},
        "analysis": {
            "near_best": {"within": 0.5},
            "municipalities": {"today": {"main": ["B"]}, "most_leaving": 1, "most_coalitions": 600},
            "uncertainty": {"draws": 10, "draw": {"demand.risk_groups.all.prevalence": "uniform(0.3,0.7)"}},
            "accessibility": {"zones_minutes": [15, 30, 60], "zone_weights": [1.0, 0.68, 0.22]},
        },
        **sections,
    }
    with _larger_toy():
        return str(toy.write_scenario(folder, name, evaluation=evaluation, **chosen))


def _rewrite(path: Path, change: Any) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(change(rows))
