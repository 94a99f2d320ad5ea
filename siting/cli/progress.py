"""Tells on the terminal what goes on."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..sentences import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_LINE: Final = 900
INTERNAL: Final = "*.internal.*"
"""Names of what must not be shared (`siting.present.internal`)."""


def in_one_line(text: str) -> str:
    r"""Write a text that may hold names from files as one line, in which a terminal obeys nothing.

    Examples
    --------
    >>> in_one_line("Väst\n\x1b[2J")
    'Väst\\n\\x1b[2J'
    """
    plain = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
    half = LONGEST_LINE // 2
    return plain if len(plain) <= LONGEST_LINE else f"{plain[:half]} ... {plain[-half + 5 :]}"


class Progress:
    """Prints what goes on to stderr, with the seconds since the start."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def __call__(self, text: str) -> None:
        """Say what is done now."""
        sys.stderr.write(f"[{time.perf_counter() - self._started:5.1f} s] {in_one_line(text)}\n")

    def done(self, place: Path | str, names: Sequence[str]) -> None:
        """Say which files were written where, and what beside them must not be shared with them."""
        self(f"wrote {place}: {', '.join(names)}")
        beside = {path.name for path in place.glob(INTERNAL)} if isinstance(place, Path) else set()
        if others := sorted(beside - set(names)):
            lie = "lies" if len(others) == 1 else "lie"
            self(f"{listed(others)} {lie} in this folder and must not be shared with it")
