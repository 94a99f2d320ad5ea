"""Loaded by each worker of this machine: Ctrl-C is for who started them, and ends them in its turn."""

from __future__ import annotations

import signal


def dask_setup(_worker: object) -> None:
    """Let a worker take no notice of Ctrl-C, which a terminal sends to all processes at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
