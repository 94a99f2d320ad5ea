"""Tells on the terminal what goes on."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Progress:
    """Prints what goes on to stderr, with the seconds since the start."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def __call__(self, text: str) -> None:
        """Say what is done now."""
        sys.stderr.write(f"[{time.perf_counter() - self._started:5.1f} s] {text}\n")

    def done(self, place: Path | str, names: Sequence[str]) -> None:
        """Say which files were written where."""
        self(f"wrote {place}: {', '.join(names)}")
