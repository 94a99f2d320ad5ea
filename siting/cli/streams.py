"""Standard output and error that end no work: nobody may read them, or the disk behind them may be full."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import TYPE_CHECKING, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

STANDARD = (0, 1, 2)


class SteadyStream(io.TextIOBase):
    """Hands text on until that fails; from then on it goes nowhere, and `error` says why."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.error: OSError | None = None

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """That of the stream behind."""
        return self._stream.encoding

    def writable(self) -> bool:
        """It can always be written to."""
        return True

    def fileno(self) -> int:
        """Number of the stream behind."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Whether a person reads."""
        return self._stream.isatty()

    def write(self, text: str) -> int:
        """Hand text on."""
        if self.error is None:
            try:
                self._stream.write(text)
            except OSError as error:
                self._give_up(error)
        return len(text)

    def flush(self) -> None:
        """Hand on what waits."""
        if self.error is None:
            try:
                self._stream.flush()
            except OSError as error:
                self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self.error = error
        with suppress(OSError):  # what waits in the stream would fail once more at the end of the process
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


@contextmanager
def steady_streams() -> Iterator[SteadyStream]:
    """Make standard output and error steady; give the former."""
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with suppress(OSError):
                stream.reconfigure(errors="replace")  # a letter that the terminal lacks is shown as ?
    out, err = SteadyStream(sys.stdout), SteadyStream(sys.stderr)
    with redirect_stdout(cast("TextIO", out)), redirect_stderr(cast("TextIO", err)):
        try:
            yield out
        finally:
            out.flush()
            err.flush()


def _open_closed() -> None:
    """Open what was closed before the start: else the next file has its number, and is written into."""
    for number in STANDARD:
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    for name, number in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w", encoding="utf-8", closefd=False))
