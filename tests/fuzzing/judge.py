"""Says what is wrong with how a parser took an input: one sentence or a whole value, soon, in little memory.

An input may be refused by the errors that its parser promises, in one sentence. All else is a fault: another
exception, more time or memory than such an input may take, a sentence that is too long or tells a count of
youths, or a value that does not come back from its own text.
"""

from __future__ import annotations

import re
import resource
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

from siting.cli.progress import in_one_line
from siting.errors import SitingError

MOST_SECONDS = 4.0
"""Of processor time, for an input of at most 200 kB; instrumented code takes three times as long."""
MOST_MEGABYTES = 300.0
LONGEST_SENTENCE = 500
COUNT = 4711
"""Youths in the squares of the inputs: a sentence that tells this number tells a count."""
_TOLD = re.compile(rf"(?<![^\s'(]){COUNT}(\.0)?(?![^\s',;)])")
_WRONG_VALUE = re.compile(r"row \d+: [^']*'[^']*'")
"""What is wrong in a row may be shown."""
ROOT = str(Path(__file__).parents[2])


class NotTheSameError(AssertionError):
    """A value that was accepted does not come back from its own text."""


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: faults of one kind at one place are one."""

    kind: str
    where: str
    told: str

    @property
    def key(self) -> str:
        return f"{self.kind} at {self.where}"


Verdict = Fault | Literal["accepted", "refused"]


_WARNED: list[tuple[str, str]] = []


def _warned(message: Warning | str, *_: object, **__: object) -> None:
    """Note a warning, which a command would print beside its sentence."""
    frames = [each for each in traceback.extract_stack() if f"{ROOT}/siting/" in each.filename]
    where = f"{frames[-1].filename.removeprefix(ROOT)[1:]}:{frames[-1].lineno}" if frames else "?"
    _WARNED.append((str(message), where))


class _TooLongError(BaseException):
    """The time is up; no `except Exception` on the way takes it."""


def judge(read: Callable[[bytes], object], data: bytes, errors: tuple[type[SitingError], ...]) -> Verdict:
    """Let a parser read an input."""
    before = _megabytes()
    verdict: Verdict = "accepted"
    _WARNED.clear()
    warnings.showwarning = _warned
    try:
        with _timed():
            read(data)
    except errors as error:
        verdict = _of_sentence(error) or "refused"
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        verdict = Fault(type(error).__name__, _place(error), f"{error!r:.300}")
    if _WARNED and not isinstance(verdict, Fault):
        verdict = Fault("warning", _WARNED[0][1], _WARNED[0][0])
    taken = _megabytes() - before
    if taken > MOST_MEGABYTES and not isinstance(verdict, Fault):
        verdict = Fault("memory", "?", f"took {taken:.0f} MB")
    return verdict


def _of_sentence(error: SitingError) -> Fault | None:
    said = in_one_line(str(error))
    if len(said) >= LONGEST_SENTENCE:
        return Fault("long sentence", _place(error), said)
    if not said.isprintable() or not said.strip():
        return Fault("no sentence", _place(error), repr(said))
    if _TOLD.search(_WRONG_VALUE.sub("", said)):
        return Fault("a count is told", _place(error), said)
    return None


def _place(error: BaseException) -> str:
    """Name the innermost line of the project that the error came through."""
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename.startswith(ROOT)]
    frames = [each for each in frames if "/fuzzing/" not in each.filename] or frames
    last = frames[-1] if frames else None
    return f"{last.filename.removeprefix(ROOT)[1:]}:{last.lineno}" if last else "?"


@contextmanager
def _timed() -> Iterator[None]:
    signal.signal(signal.SIGVTALRM, _time_is_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS, 1.0)  # again, if something swallowed the first
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)


def _time_is_up(*_: object) -> NoReturn:
    raise _TooLongError


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def shrunk(data: bytes, is_so: Callable[[bytes], bool], *, most_tries: int = 400) -> bytes:
    """Take away what can be taken away so that the fault stays: halves, then lines, then bytes."""
    tries = 0
    size = max(len(data) // 2, 1)
    while size and tries < most_tries:
        at, taken = 0, False
        while at < len(data) and tries < most_tries:
            shorter = data[:at] + data[at + size :]
            tries += 1
            if is_so(shorter):
                data, taken = shorter, True
            else:
                at += size
        if not taken or size > len(data):
            size = min(size, len(data)) // 2
    return data
