"""CBC, a second solver, asked in whole numbers; a process of its own, which is ended if it does not stop.

It comes with PuLP 3, for most platforms; else one on the path will do, or none. It is not believed either:
what it finds is counted, and that it finds nothing is told as its word.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import numpy as np
from pulp.apis import coin_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]

NAME: Final = "CBC"
GRACE_SECONDS: Final = 10.0
LEAST_SECONDS: Final = 0.1
PRECISION: Final = 1e-6
"""A row that is missed by less is kept to it."""


class Said(Enum):
    """What the second solver says."""

    NONE = auto()
    FOUND = auto()
    NOTHING = auto()


@dataclass(frozen=True, eq=False)
class Programme:
    """Minimise `costs @ columns`, 0 <= columns <= upper, `matrix @ columns <= most`, the first few whole."""

    costs: Floats
    matrix: csr_array
    most: Floats
    upper: Floats  # inf = unlimited
    n_whole: int


def find_cbc() -> str | None:
    """Path of CBC; None where there is none for this platform."""
    bundled = getattr(coin_api, "pulp_cbc_path", None)  # gone with PuLP 4
    if bundled and Path(bundled).is_file() and os.access(bundled, os.X_OK):
        return str(bundled)
    return shutil.which("cbc")


def ask(programme: Programme, cbc: str, *, seconds: float) -> tuple[Said, Floats]:
    """Let CBC solve a programme: what it says, and the columns if it found some."""
    limit = max(seconds, LEAST_SECONDS)
    try:
        with TemporaryDirectory(prefix="siting-") as folder:
            model, solution = Path(folder) / "model.mps", Path(folder) / "solution.txt"
            model.write_text("\n".join(_mps(programme)), encoding="ascii")
            words = [cbc, str(model), "-sec", f"{limit:.2f}", "-timeMode", "elapsed", "-ratio", "0", "-solve"]
            words += ["-printingOptions", "all", "-solution", str(solution)]
            subprocess.run(words, capture_output=True, check=True, timeout=limit + GRACE_SECONDS)
            lines = solution.read_text(encoding="ascii", errors="replace").splitlines()
        return _read(lines, len(programme.costs))
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):  # it writes what is no solution
        return Said.NOTHING, np.zeros(0)


def _read(lines: list[str], n_columns: int) -> tuple[Said, Floats]:
    """Read a solution: a status, then a line for each row and column."""
    columns = np.zeros(n_columns)
    status = lines[0].lower() if lines else ""
    if status.startswith(("infeasible", "integer infeasible")):
        return Said.NONE, columns
    if not status.startswith(("optimal", "stopped")):
        return Said.NOTHING, columns
    for line in lines[1:]:
        words = line.replace("**", " ").split()
        if len(words) >= 3 and words[1].startswith("x"):
            columns[int(words[1][1:])] = float(words[2])
    return Said.FOUND, np.nan_to_num(columns)


def _mps(programme: Programme) -> Iterator[str]:
    """Write a programme as free MPS, which CBC has to be told, with numbers to their last digit."""
    by_column = programme.matrix.tocsc()
    yield from ("NAME siting FREE", "ROWS", " N cost")
    yield from (f" L r{r}" for r in range(len(programme.most)))
    yield "COLUMNS"
    for c, cost in enumerate(programme.costs):
        if c == 0:
            yield " MARKER 'MARKER' 'INTORG'"
        if c == programme.n_whole:
            yield " MARKER 'MARKER' 'INTEND'"
        yield f" x{c} cost {float(cost)!r}"
        entries = slice(by_column.indptr[c], by_column.indptr[c + 1])
        for r, value in zip(by_column.indices[entries], by_column.data[entries], strict=True):
            yield f" x{c} r{r} {float(value)!r}"
    yield "RHS"
    yield from (f" rhs r{r} {float(most)!r}" for r, most in enumerate(programme.most) if most)
    yield "BOUNDS"
    yield from (f" UP bound x{c} {float(u)!r}" for c, u in enumerate(programme.upper) if np.isfinite(u))
    yield "ENDATA"
