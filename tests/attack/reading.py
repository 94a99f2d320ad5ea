"""All that the files of one or several commands tell, as equations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from . import analysis, comparison, pages, sweep
from .equations import Equations
from .spoils import Spoils

Reader = Callable[[Spoils, Equations], None]
READERS: dict[str, Reader] = {
    "classes": comparison.read_classes,
    "plans": comparison.read_plans,
    "sites table": comparison.read_sites_table,
    "changes": comparison.read_changes,
    "map": pages.read_map,
    "workbook": pages.read_workbook,
    "analysis": analysis.read_analysis,
    "sweep": sweep.read_sweep,
}


def read(spoils: Sequence[Spoils], without: Sequence[str] = ()) -> Equations:
    """Write down what all the files tell; `without` leaves some kinds out, to see which tell most."""
    first = spoils[0]
    youths = first.outcomes[0].region.demand.youths
    n, most = len(youths), float(youths.sum()) * 1.1 + 50
    equations = Equations(first.k, n, most, np.zeros(n), np.full(n, most))
    for each in spoils:
        equations.truth = each.outcomes[0].region.demand.youths
        equations.k = each.k
        before = len(equations.rows)
        for kind, reader in READERS.items():
            if kind not in without:
                reader(each, equations)
        for number in range(before, len(equations.rows)):
            row = equations.rows[number]
            equations.rows[number] = replace(row, weights=row.weights * each.scale)
    equations.k = first.k
    return equations


def counted(equations: Equations) -> dict[str, int]:
    """Count the inequalities by the file that they were read from."""
    found: dict[str, int] = {}
    for row in equations.rows:
        kind = row.source.split(":")[0].split(" ")[0]
        found[kind] = found.get(kind, 0) + 1
    return found
