"""A real dask scheduler and real workers, each in a process of its own on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE_SECONDS = 60.0
TESTS = Path(__file__).parent


def wait_until(holds: Callable[[], object], what: str) -> None:
    """Look again and again, until it holds or the patience is at its end."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"in vain waited until {what}"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether a process is alive: neither gone nor waiting to be buried."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@dataclass
class Scheduler:
    """A scheduler and the workers that were started for it."""

    address: str
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_worker(self, path: Sequence[Path] = ()) -> subprocess.Popen[bytes]:
        """Start a worker of one thread, without a nanny: once killed, it stays dead."""
        options = (self.address, "--no-nanny", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1")
        options += ("--local-directory", str(self.folder))
        worker = _start("dask_worker", options, self.folder, path)
        self.processes.append(worker)
        return worker


@contextmanager
def scheduler(folder: Path) -> Iterator[Scheduler]:
    """Run a scheduler; it and its workers end with the context."""
    told = folder / "scheduler.json"
    options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
    process = _start("dask_scheduler", (*options, "--scheduler-file", str(told)), folder, ())
    running = Scheduler("", folder, [process])
    try:
        wait_until(
            lambda: process.poll() is not None or (told.exists() and told.read_text().strip().endswith("}")),
            "the scheduler runs",
        )
        assert process.poll() is None, (folder / "log.txt").read_text()
        running.address = json.loads(told.read_text())["address"]
        yield running
    finally:
        for each in running.processes:
            each.kill()
        for each in running.processes:
            each.wait()


def _start(
    module: str, options: Sequence[str], folder: Path, path: Sequence[Path]
) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, [*path, TESTS])),
        "TMPDIR": str(folder),  # where a scheduler puts its scratch folder
    }
    with (folder / "log.txt").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *options],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
