"""Inputs that are kept: those that once ended badly, and a few that reach what whole inputs do not.

They lie in tests/broken/seeds/PARSER/, as the parser reads them; `was-...` ended badly, `far-...` reach far. The
default tests let the parsers read them all again, and the next fuzzing begins with them.
"""

# ruff: noqa: E501

from __future__ import annotations

import hashlib
from pathlib import Path

SEEDS = Path(__file__).parents[1] / "broken" / "seeds"


def folder_of(parser: str) -> Path:
    """Folder of a parser's inputs."""
    return SEEDS / "".join(each if each.isalnum() else "-" for each in parser.lower())


def kept(parser: str) -> dict[str, bytes]:
    """Inputs of a parser, by their file's name."""
    return {path.name: path.read_bytes() for path in sorted(folder_of(parser).glob("*"))}


def keep(parser: str, data: bytes, why: str) -> Path:
    """Write an input down; `why` is was or far."""
    path = folder_of(parser) / f"{why}-{hashlib.sha256(data).hexdigest()[:12]}"
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(data)
    return path
