"""SIGTERM ends a command as Ctrl-C does: it unwinds, so that drafts, temporary folders and processes go."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SAME_SECONDS: Final = 1.0
"""One that comes so soon after another is the same: timeout(1) sends two, to a command and to its group."""


class Terminated(KeyboardInterrupt):
    """Raised by SIGTERM; whoever heeds Ctrl-C heeds it."""


@contextmanager
def sigterm_unwinds() -> Iterator[None]:
    """Raise `Terminated` in the block at SIGTERM.

    Only where the system would end the process at once: a program that calls us from a thread, or that has
    its own way with the signal, keeps it. On Windows nothing sends it that could be heeded.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if os.name != "posix" or not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    last = -SAME_SECONDS

    def stop(*_: object) -> None:
        nonlocal last
        if time.monotonic() - last >= SAME_SECONDS:
            last = time.monotonic()
            raise Terminated

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
