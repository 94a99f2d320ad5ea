"""What a broken file is: an input, what is wrong with it, the command that reads it, and how it may end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SMALL_SECONDS, SMALL_MEGABYTES = 2.0, 200.0
"""Of processor time, and of memory above that of a siting which has loaded its packages."""
BIG_SECONDS, BIG_MEGABYTES = 20.0, 1_500.0
"""The same for a million rows."""


@dataclass(frozen=True)
class Broken:
    """One broken input."""

    input: str
    fault: str
    breaks: Callable[[Path], object]
    """Breaks the whole input that lies in a folder."""
    command: Sequence[str]
    codes: frozenset[int]
    """Exit codes that say what happened."""
    says: str = ""
    """What the sentence must hold."""
    is_big: bool = False
    may_be_whole: bool = False
    """Whether the file may after all be one that is read."""

    @property
    def name(self) -> str:
        return f"{self.input}: {self.fault}"


@dataclass(frozen=True)
class Kind:
    """A kind of input: how a whole one is made, which command reads it, how it ends when it is broken."""

    input: str
    make: Callable[[Path], object]
    command: Sequence[str]
    codes: frozenset[int]
    faults: Mapping[str, Callable[[Path], object]] = field(default_factory=dict)
    says: Mapping[str, str] = field(default_factory=dict)
    """What the sentence on a fault must hold, where it is known."""
    big: frozenset[str] = frozenset()
    """Faults of a million rows."""
    whole_is_read: bool = True
    """Whether the command must end well with the whole input."""
    unseen: frozenset[str] = frozenset()
    """Faults that may hit what nobody reads, or what nobody can tell from a right value."""

    def cases(self) -> list[Broken]:
        return [
            Broken(
                self.input,
                fault,
                breaks,
                self.command,
                self.codes,
                self.says.get(fault, ""),
                is_big=fault in self.big,
                may_be_whole=fault in self.unseen,
            )
            for fault, breaks in self.faults.items()
        ]
