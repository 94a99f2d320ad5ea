"""What a piece of work costs: seconds by the clock, seconds of all cores, and memory."""

from __future__ import annotations

import os
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Self

try:
    import resource
except ImportError:  # Windows: no figures of memory there
    resource = None

STATUS: Final = Path("/proc/self/status")
CLEAR_REFS: Final = Path("/proc/self/clear_refs")
RESET_HIGH_WATER: Final = "5"
KIB_PER_MIB: Final = 1024


class Meter:
    """Costs of what runs within its ``with``: imports and input made before do not count.

    Attributes
    ----------
    seconds, cpu_seconds
        By the clock, and the sum over the cores.
    peak_mib
        The most memory the process held meanwhile, all in all.
    increment_mib
        By how much that is above what it held at the start (imports and input); None where the system
        does not tell (Linux does).
    """

    def __enter__(self) -> Self:
        self._can_reset = _reset_high_water()
        self._resident_mib = _read_mib("VmRSS")
        self._cpu = _cpu_seconds()
        self._started = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._started
        self.cpu_seconds = _cpu_seconds() - self._cpu
        if self._can_reset:
            self.peak_mib = _read_mib("VmHWM")
            self.increment_mib: float | None = self.peak_mib - self._resident_mib
        else:
            self.peak_mib = _most_mib("RUSAGE_SELF")
            self.increment_mib = None

    def so_far(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._started

    def costs(self) -> dict[str, float | None]:
        """Costs by name."""
        names = ("seconds", "cpu_seconds", "peak_mib", "increment_mib")
        return {name: getattr(self, name) for name in names}


def peak_mib_of(process_id: int) -> float:
    """Give the most memory that a running process has held; 0 where the system does not tell."""
    return _read_mib("VmHWM", Path(f"/proc/{process_id}/status"))


def child_peak_mib() -> float:
    """Give the most memory that a child process of this one held."""
    return _most_mib("RUSAGE_CHILDREN")


def versions(*packages: str) -> dict[str, str]:
    """Versions of packages; those that are not installed are left out."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _most_mib(whose: str) -> float:
    if resource is None:
        return 0.0
    most = resource.getrusage(getattr(resource, whose)).ru_maxrss / KIB_PER_MIB
    return most / KIB_PER_MIB if sys.platform == "darwin" else most


def _cpu_seconds() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _reset_high_water() -> bool:
    try:
        CLEAR_REFS.write_text(RESET_HIGH_WATER, encoding="ascii")
    except OSError:
        return False
    return STATUS.exists()


def _read_mib(field: str, status: Path = STATUS) -> float:
    if not status.exists():
        return 0.0
    for line in status.read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / KIB_PER_MIB
    return 0.0
