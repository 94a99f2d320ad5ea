"""What a report says, in order, whatever form it takes: a page, paper, or a file to write on.

Whoever makes the contents knows no form; whoever writes a form computes nothing and leaves nothing out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .tables import TableView


@dataclass(frozen=True)
class Paragraph:
    """Some sentences; what is quiet is only there to be looked up."""

    text: str
    look: Literal["lead", "plain", "quiet"] = "plain"
    kind: ClassVar[str] = "paragraph"


@dataclass(frozen=True)
class Heading:
    """A heading within a chapter."""

    text: str
    level: Literal[3, 4] = 3
    kind: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Bullets:
    """Short texts one under the other; `names` stand before them in bold where there are any."""

    texts: tuple[str, ...]
    names: tuple[str, ...] = ()
    kind: ClassVar[str] = "bullets"


@dataclass(frozen=True)
class Table:
    """A table with what stands above it."""

    view: TableView
    caption: str
    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Picture:
    """A drawing; a table nearby has the same facts."""

    svg: str
    """One element ``svg`` with a viewBox and no style sheets; its texts have no font family of their own."""
    caption: str
    alt: str
    """What it shows, in a sentence or two, for those who do not see it."""
    width: float = 1.0
    """As a share of the width of the text on paper."""
    kind: ClassVar[str] = "picture"


@dataclass(frozen=True)
class Formula:
    """A formula in the markup of Typst's mathematics; never made from data."""

    markup: str
    alt: str
    """The formula read aloud."""
    kind: ClassVar[str] = "formula"


@dataclass(frozen=True)
class Command:
    """What to type in a terminal."""

    text: str
    kind: ClassVar[str] = "command"


Block = Paragraph | Heading | Bullets | Table | Picture | Formula | Command


@dataclass(frozen=True)
class Chapter:
    """A chapter; on paper it begins on a new page."""

    key: str
    """Tells it from the others: letters, digits and hyphens."""
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A report: a first page that says it all in short, and what stands behind it."""

    language: str
    title: str
    region: str
    date: str
    """The day on which it was made, as its readers write it."""
    first_page: Chapter
    chapters: tuple[Chapter, ...]
    contents: str
    """What stands above the list of the chapters."""
    footer: str
    """What stands on each page of paper beside its number."""
    map_link: str = ""
    """Text of a link to map.html, where that lies beside the page."""


@dataclass(frozen=True)
class Part:
    """A question that was examined, and what answers it."""

    title: str
    summary: str
    """One or two sentences for the first page and the terminal."""
    blocks: Callable[[], Iterator[Block]]
    """Drawn when they are asked for: the terminal needs none."""
