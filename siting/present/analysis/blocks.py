"""`Part` of the page: a question, and what answers it, as finished texts, tables and plots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..tables import TableView


@dataclass(frozen=True)
class Paragraph:
    """Some sentences; what is quiet is only there to be looked up."""

    text: str
    look: Literal["lead", "plain", "quiet"] = "plain"
    kind: ClassVar[str] = "paragraph"


@dataclass(frozen=True)
class Heading:
    """A heading within a part."""

    text: str
    kind: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Table:
    """A table with what stands above it."""

    view: TableView
    caption: str
    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Plot:
    """A plot, drawn; a table nearby tells the same."""

    svg: str
    caption: str
    kind: ClassVar[str] = "plot"


Block = Paragraph | Heading | Table | Plot


@dataclass(frozen=True)
class Part:
    """One part of the analysis as readers meet it."""

    title: str
    summary: str
    """One or two sentences for the first page and the terminal."""
    blocks: Callable[[], Iterator[Block]]
    """Drawn when they are asked for: the terminal needs none."""
