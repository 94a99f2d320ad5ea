"""CBC, a second solver, asked in whole numbers; a process of its own, which is ended if it does not stop.

It comes with PuLP 3, for most platforms; else one on the path will do, or none. It is not believed either:
what it finds is counted, and that it finds nothing is told as its word.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import numpy as np
from pulp.apis import coin_api
from scipy.sparse import csr_array

from ..given_files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NAME: Final = "CBC"
GRACE_SECONDS: Final = 10.0
LEAST_SECONDS: Final = 0.1
PROBE_SECONDS: Final = 5.0
MOST_BYTES: Final = 200_000_000
PRECISION: Final = 1e-6
"""A row that is missed by less is kept to it."""


class Said(Enum):
    """What the second solver says."""

    NONE = auto()
    FOUND = auto()
    NO_ANSWER = auto()
    OUT_OF_TIME = auto()


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
    found = shutil.which("cbc")  # on Windows that looks in the current folder first
    if found and Path(found).is_absolute() and Path(found).parent.resolve() != Path.cwd().resolve():
        return found
    return None


@cache
def answers_rightly(cbc: str) -> bool:
    """Whether it says what is so of two questions whose answers are known: of x0 >= 1, and x0 <= 0 too."""

    def of(rows: list[float], most: list[float]) -> tuple[Said, Floats]:
        matrix = csr_array(np.array(rows)[:, None])
        programme = Programme(np.ones(1), matrix, np.array(most), np.ones(1), n_whole=1)
        return ask(programme, cbc, seconds=PROBE_SECONDS)

    said, columns = of([-1.0], [-1.0])
    return said is Said.FOUND and columns[0] > 0.5 and of([-1.0, 1.0], [-1.0, 0.0])[0] is Said.NONE


def ask(programme: Programme, cbc: str, *, seconds: float) -> tuple[Said, Floats]:
    """Let CBC solve a programme: what it says, and the columns if it found some."""
    limit = max(seconds, LEAST_SECONDS)
    try:
        with TemporaryDirectory(prefix="siting-") as folder:
            model, solution = Path(folder) / "model.mps", Path(folder) / "solution.txt"
            model.write_text("\n".join(_mps(programme)), encoding="ascii")
            words = [cbc, str(model), "-sec", f"{limit:.2f}", "-timeMode", "elapsed", "-ratio", "0", "-solve"]
            words += ["-printingOptions", "all", "-solution", str(solution)]
            _run(words, seconds=limit + GRACE_SECONDS)
            text = read_bytes(solution, most_bytes=MOST_BYTES).decode("ascii", errors="replace")
        return _read(text.splitlines(), len(programme.costs))
    except subprocess.TimeoutExpired:
        return Said.OUT_OF_TIME, np.zeros(0)
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):  # it writes what is no solution
        return Said.NO_ANSWER, np.zeros(0)


def _run(words: list[str], *, seconds: float) -> None:
    """Run a program to its end, hearing nothing of what it prints; whatever happens, it and its own end.

    Raises
    ------
    CalledProcessError
        If it ends with an exit code.
    TimeoutExpired
        If it does not end in time.
    """
    nothing = subprocess.DEVNULL
    with subprocess.Popen(
        words, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
    ) as process:
        try:
            code = process.wait(seconds)
        finally:
            if os.name == "posix":
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
    if code:
        raise subprocess.CalledProcessError(code, words[0])


def _read(lines: list[str], n_columns: int) -> tuple[Said, Floats]:
    """Read a solution: a status, then a line for each row and column."""
    columns = np.zeros(n_columns)
    status = lines[0].lower() if lines else ""
    if status.startswith(("infeasible", "integer infeasible")):
        return Said.NONE, columns
    if not status.startswith(("optimal", "stopped")):
        return Said.NO_ANSWER, columns
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
