"""Neighbours: two datasets that differ by one young person, and what of all that is written tells them apart.

Whoever knows all but one square (more than anybody knows) sees the difference of two such datasets alone. A
count that is rounded down to multiples of k then changes in one of k cases, and nothing can be told without
that; what changes in far more tells of persons. It takes no equations, so it speaks of figures that are not
linear too, and of every file: a page may differ where a record does, and nowhere else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import small_counts
from numpy.typing import NDArray

from siting import study, variants
from siting.analysis.analyse import analyse
from siting.cache import NO_CACHE
from siting.present.analysis.record import analysis_record
from siting.present.records import comparison_record, plan_record
from siting.present.sweeps import sweep_record

from .made_up import SWEPT, TIGHT

Flat = dict[str, Any]
SAYS_NOTHING = re.compile(r"seconds|sha256|siting_version|resolved")
"""Clocks; digests, which differ for whoever can guess a whole table (docs/threat-model.md)."""
PLACE = re.compile(r"\.places\b|site_id|\.plan\b|\.opened|places_moved|\.codes\b")
"""What is chosen: it hangs on all that live in the county."""
NUMBER = re.compile(r"\.\d+(?=\.|$)")


def records_of(folder: Path, youths: NDArray[np.float64], *, k: int = 5) -> Flat:
    """Give all figures that the commands write of these youths, by where they stand."""
    folder.mkdir(parents=True, exist_ok=True)
    small_counts.write_dataset(folder / "data", youths)
    given = small_counts.write_scenarios(folder, k=k)
    free = study.run(small_counts.write_free_scenario(folder, k=k), cache=NO_CACHE)
    tight = study.run(small_counts.write_free_scenario(folder, "tight", k=k, **TIGHT), cache=NO_CACHE)
    key, values = SWEPT.split("=")
    swept = variants.sweep(free.scenario, vary={key: list(map(float, values.split(",")))}, cache=NO_CACHE)
    parts = ("near_best", "municipalities", "stages", "accessibility", "trade_offs", "uncertainty")
    examined = analyse(free, parts, cache=NO_CACHE)
    return {
        where: value
        for name, record in {
            "comparison": comparison_record(study.compare(given, cache=NO_CACHE)),
            "run": plan_record(free),
            "tight": plan_record(tight),
            "analysis": analysis_record(examined),
            "sweep": sweep_record(swept),
        }.items()
        for where, value in flat(record, name)
        if not SAYS_NOTHING.search(where)
    }


def flat(record: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Give each value of a record with where it stands."""
    if isinstance(record, Mapping):
        for key, each in record.items():
            yield from flat(each, f"{where}.{key}")
    elif isinstance(record, list | tuple):
        yield f"{where}.length", len(record)
        for number, each in enumerate(record):
            yield from flat(each, f"{where}.{number}")
    else:
        yield where, record


def kind_of(where: str, towns: Sequence[str]) -> str:
    """Name the kind of figure that stands somewhere: numbers of rows, names and plans left out."""
    kind = NUMBER.sub("", where)
    for town in towns:
        kind = kind.replace(f".{town}.", ".*.")
    return kind


@dataclass
class Told:
    """How often each kind of figure told neighbours apart."""

    n_pairs: int = 0
    n_told: int = 0
    """Pairs that some figure told apart."""
    n_by_plans: int = 0
    """Pairs by which another plan is chosen somewhere: left out of the figures."""
    pairs: Counter[str] = field(default_factory=Counter)
    """Pairs that some figure of a kind told apart, by kind."""
    figures: Counter[str] = field(default_factory=Counter)
    """Figures that told a pair apart, by kind."""
    n_figures: Counter[str] = field(default_factory=Counter)
    """Figures of a kind that were compared."""

    def share(self, kind: str) -> float:
        """Share of all comparisons of a figure of the kind that told the two apart."""
        return self.figures[kind] / self.n_figures[kind]


def compare(one: Flat, other: Flat, told: Told) -> None:
    """Count which figures tell two datasets apart."""
    told.n_pairs += 1
    both = one.keys() | other.keys()
    apart = {where for where in both if one.get(where) != other.get(where)}
    if any(PLACE.search(where) for where in apart):
        told.n_by_plans += 1
        return
    kinds = {where: kind_of(where, list(small_counts.TOTALS)) for where in both}
    told.n_figures.update(kinds.values())
    told.figures.update(kinds[where] for where in apart)
    told.pairs.update({kinds[where] for where in apart})
    told.n_told += bool(apart)


def neighbours_of(
    youths: NDArray[np.float64], k: int, seed: int, n: int
) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Give datasets with one young person more, or one moved, in a cell of some but fewer than k."""
    lot = np.random.default_rng(seed)
    small = np.flatnonzero((youths > 0) & (youths < k))
    for number in range(n):
        cell = int(lot.choice(small))
        changed = youths.copy()
        changed[cell] += 1
        if number % 2:
            others = np.flatnonzero((youths > 1) & (np.arange(len(youths)) != cell))
            taken = int(lot.choice(others))
            changed[taken] -= 1
            yield f"one from cell {taken} to cell {cell}", changed
        else:
            yield f"one more in cell {cell}", changed


def attack_by_neighbours(
    folder: Path, seeds: Sequence[int], n: int, *, k: int = 5, say: Callable[[str], None]
) -> Told:
    """Count over made-up counties which figures tell neighbours apart."""
    told = Told()
    for seed in seeds:
        youths = small_counts.draw(seed)
        base = records_of(folder / f"{seed}", youths, k=k)
        for number, (name, changed) in enumerate(neighbours_of(youths, k, seed, n)):
            other = records_of(folder / f"{seed}-{number}", changed, k=k)
            before = sum(told.figures.values())
            compare(base, other, told)
            say(f"seed {seed}, {name}: {sum(told.figures.values()) - before} figures tell")
    return told
