"""What libraries log while they read: kept back, so that an error is one sentence."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def kept_back(library: str) -> Iterator[list[str]]:
    """Collect what a library warns of in its log; whoever asks says it if all has ended well."""
    theirs, kept = logging.getLogger(library), _Kept()
    propagated, theirs.propagate = theirs.propagate, False
    theirs.addHandler(kept)
    try:
        yield kept.said
    finally:
        theirs.removeHandler(kept)
        theirs.propagate = propagated
