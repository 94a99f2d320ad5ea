"""What a parser is here: a function that reads bytes, whole inputs to begin with, and how these are broken."""

# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from siting.errors import InputError, SitingError

from .mutate import Mutator


def no_wholes() -> list[bytes]:
    return []


@dataclass(frozen=True)
class Parser:
    """A parser of the project, ready to read."""

    read: Callable[[bytes], object]
    """Raises one of `errors` if it refuses, `NotTheSameError` if what it accepts does not come back."""
    mutate: Mutator
    errors: tuple[type[SitingError], ...] = (InputError,)
    tokens: tuple[str, ...] = ()
    """Words of this format, which chance alone would not find."""
    wholes: Callable[[], list[bytes]] = no_wholes
    """Inputs that are read; made only when there is fuzzing, for some take long."""


Make = Callable[[Path], Parser]


def words_of(schema: Any) -> tuple[str, ...]:
    """Names of fields and fixed values that a JSON schema knows."""
    found: set[str] = set()
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            found.update(node.get("properties", {}))
            found.update(each for each in (*node.get("enum", ()), node.get("const")) if isinstance(each, str))
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return tuple(sorted(found))


@contextmanager
def put_in(module: Any, name: str, value: object) -> Iterator[None]:
    """Let a module have something else under a name."""
    with mock.patch.object(module, name, value):
        yield
