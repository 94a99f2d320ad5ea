"""Runs siting's own entry in a process of its own for each broken file: bounded, measured, and alone.

One process loads the packages once and then forks a child for each command, so that a file that hangs,
eats the memory or ends the program takes nothing else with it. The child's processor time and memory are
what the system counted.

    python runner.py    reads an order a line (JSON) from its input, and writes an answer a line
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PACKAGES = (
    "siting.cli", "siting.study", "siting.check_times", "siting.saved", "siting.by_matrix", "siting.by_road",
    "siting.roads", "siting.scenario_file", "siting.sources.build", "siting.sources.tables.workbook",
    "siting.sources.osm.streets", "siting.sources.transit.router", "siting.present.files",
    "siting.present.report_files", "siting.present.times_text", "siting.variants", "siting.postgis",
    "osmium", "cafein", "rasterio", "rasterio.windows", "openpyxl", "osmnx", "networkx", "pyarrow.parquet",
    "pyogrio", "geopandas", "scipy.spatial", "scipy.sparse.csgraph",
)  # fmt: skip
"""Loaded before the first file, so that only what the file costs is measured."""
HARD_MEGABYTES = 3_000
"""A child that asks for so much more than it began with gets a MemoryError."""
MOST_ON_DISK = 2_000_000_000
WAIT_FACTOR = 50
"""Of wall time to processor time, on a machine that is shared."""


@dataclass(frozen=True)
class Ending:
    """How a command ended."""

    code: int
    out: str
    err: str
    seconds: float  # of processor time
    megabytes: float  # at most, above an empty run
    hung: bool

    @property
    def sentences(self) -> list[str]:
        """What it said on stderr, without the lines of progress."""
        return [line for line in self.err.splitlines() if not line.startswith("[")]


class Runner:
    """Hands commands to the process that forks."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process, self._folder = process, folder
        self._base = 0.0
        self._base = self.run(["--version"], folder, seconds=60).megabytes

    def run(self, command: Sequence[str], folder: Path, *, seconds: float) -> Ending:
        """Run a command in a folder."""
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answers is not None
        for name in ("out", "err"):
            (self._folder / name).write_bytes(b"")
        order = {
            "command": list(command),
            "folder": str(folder),
            "said": str(self._folder),
            "seconds": seconds,
        }
        asked.write(f"{json.dumps(order)}\n")
        asked.flush()
        answer = json.loads(answers.readline())
        said = {
            name: (self._folder / name).read_text(encoding="utf-8", errors="replace")
            for name in ("out", "err")
        }
        megabytes = answer.pop("megabytes") - self._base
        return Ending(**said, **answer, megabytes=megabytes)


@contextlib.contextmanager
def running() -> Iterator[Runner]:
    """Start the process that forks, and end it."""
    tests = Path(__file__).parents[1]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)]),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    with tempfile.TemporaryDirectory(prefix="siting-broken-") as name:
        environment["SITING_CACHE"] = environment["XDG_CACHE_HOME"] = str(Path(name) / "cache")
        with subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        ) as process:
            try:
                yield Runner(process, Path(name))
            finally:
                process.terminate()


# --- the process that forks ---


def serve(orders: IO[str], answers: IO[str]) -> None:
    for package in PACKAGES:
        importlib.import_module(package)
    gc.collect()
    gc.freeze()  # else each child copies what its own collections touch
    for line in orders:
        answers.write(f"{json.dumps(_forked(json.loads(line)))}\n")
        answers.flush()


def _forked(order: dict[str, Any]) -> dict[str, Any]:
    child = os.fork()
    if child == 0:
        _run(order)
    until = time.monotonic() + WAIT_FACTOR * order["seconds"]
    hung = False
    while True:
        pid, status, used = os.wait4(child, os.WNOHANG)
        if pid:
            break
        if time.monotonic() > until:
            hung = True
            os.kill(child, signal.SIGKILL)
        time.sleep(0.002)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": used.ru_utime + used.ru_stime,
        "megabytes": used.ru_maxrss / 1024,
        "hung": hung or os.waitstatus_to_exitcode(status) == -signal.SIGXCPU,
    }


def _run(order: dict[str, Any]) -> None:
    """Run the command, and end this process."""
    code = 70
    try:
        said = Path(order["said"])
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(said / name, os.O_WRONLY | os.O_TRUNC), number)
        sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
        os.chdir(order["folder"])
        os.environ["TMPDIR"] = str(Path(order["folder"]) / "tmp")
        tempfile.tempdir = None
        most = (_address_space() + HARD_MEGABYTES) * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_ON_DISK, MOST_ON_DISK))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        seconds = int(order["seconds"] * 3) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        from siting.cli import main

        code = main(order["command"])
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 71
    except BaseException:  # a traceback is what the test looks for
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _address_space() -> int:
    """Megabytes of addresses that this process has."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize() // 1024 // 1024


if __name__ == "__main__":
    serve(sys.stdin, sys.stdout)
