"""Makes the first page one page: Word cannot set it smaller by itself, so it is reckoned beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from docx.shared import Length, Pt

from ...document import Bullets, Command, Formula, Heading, Paragraph, Picture, Table
from ..measures import LINE_HEIGHT, n_lines
from .bare import BOTTOM_MARGIN, PAGE_HEIGHT, TEXT_WIDTH, TOP_MARGIN
from .pictures import shape_of
from .styles import CELL_PADDING, LEAD, LOOKS, NORMAL_LEADING, QUIET, Look
from .tables import setting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docx.text.paragraph import Paragraph as FileParagraph

    from ...document import Block, Chapter, Document

LARGEST_IN_TABLES: Final = 8.0  # points
SCALES: Final = (1.0, 0.95, 0.9, 0.86, 0.82, 0.78, 0.75, 0.72)
LEADING_WHEN_SMALLER: Final = 1.04
SMALLEST_POINTS: Final = 6.5
FULLEST: Final = 0.97  # of the page
AIR_OF_TITLE: Final = 12.0  # points between the title and the heading below it
INDENT_OF_BULLETS: Final = 18.0  # points
HEIGHT_OF_FORMULA: Final = 30.0  # points, about
STYLES: Final = {"lead": LEAD, "plain": "Normal", "quiet": QUIET}
_LOOK: Final = {look.name: look for look in LOOKS}


def scale_of(document: Document) -> float:
    """Give how large the first page is set: 1 as the others, less where it would become two pages.

    What cannot be made to fit is set a little smaller, and goes on.
    """
    room = Length(PAGE_HEIGHT - TOP_MARGIN - BOTTOM_MARGIN).pt * FULLEST
    fitting = (scale for scale in SCALES if _height(document, scale) <= room)
    return next(fitting, SCALES[2])


def largest_in_tables(scale: float) -> float:
    """Give the largest type of tables on the first page."""
    return max(SMALLEST_POINTS, round(2 * LARGEST_IN_TABLES * scale) / 2)


def shrink(paragraphs: Iterable[FileParagraph], scale: float) -> None:
    """Set paragraphs smaller, with the air about them."""
    for paragraph in paragraphs:
        look = _LOOK[str(paragraph.style.name)] if paragraph.style else _LOOK["Normal"]
        shape = paragraph.paragraph_format
        shape.space_before = Pt(round((shape.space_before or Pt(look.before)).pt * scale, 1))
        shape.space_after = Pt(round((shape.space_after or Pt(look.after)).pt * scale, 1))
        shape.line_spacing = min(look.line or NORMAL_LEADING, LEADING_WHEN_SMALLER)
        for run in paragraph.runs:
            run.font.size = Pt(max(SMALLEST_POINTS, round(2 * look.points * scale) / 2))


def _height(document: Document, scale: float) -> float:
    said = (
        ("Subtitle", document.region),
        ("Title", document.title),
        ("Subtitle", document.date),
        ("Heading 1", document.first_page.title),
    )
    return (
        sum(_text(text, _LOOK[style], scale) for style, text in said)
        + AIR_OF_TITLE * scale
        + _height_of_blocks(document.first_page, scale)
    )


def _height_of_blocks(chapter: Chapter, scale: float) -> float:
    return sum(_height_of(block, scale) for block in chapter.blocks)


def _height_of(block: Block, scale: float) -> float:
    match block:
        case Bullets():
            names = block.names or ("",) * len(block.texts)
            texts = (f"{name} {text}" for name, text in zip(names, block.texts, strict=True))
            return sum(_text(text, _LOOK["List Bullet"], scale, INDENT_OF_BULLETS) for text in texts)
        case Table():
            return _text(block.caption, _LOOK["Caption"], scale) + _table(block, scale)
        case Picture():
            width, height = shape_of(block.svg)
            drawn = float(TEXT_WIDTH.pt) * min(block.width, 1.0) * height / width
            return _text(block.caption, _LOOK["Caption"], scale) + drawn
        case Formula():
            return HEIGHT_OF_FORMULA
        case Paragraph() | Heading() | Command():
            return _text(block.text, _look_of(block), scale)


def _look_of(block: Paragraph | Heading | Command) -> Look:
    match block:
        case Paragraph():
            return _LOOK[STYLES[block.look]]
        case Heading():
            return _LOOK[f"Heading {block.level - 1}"]
        case _:
            return _LOOK["Command"]


def _text(text: str, look: Look, scale: float, indent: float = 0.0) -> float:
    size = max(SMALLEST_POINTS, look.points * scale)
    lines = n_lines(text, TEXT_WIDTH.pt - indent, size, is_bold=look.is_bold)
    leading = min(look.line or NORMAL_LEADING, LEADING_WHEN_SMALLER if scale < 1 else NORMAL_LEADING)
    return lines * size * LINE_HEIGHT * leading + (look.before + look.after) * scale


def _table(block: Table, scale: float) -> float:
    made = setting(block.view, largest_in_tables(scale))
    room = [width - 2 * made.margin for width in made.widths]
    rows = (
        max(n_lines(cell, width, made.size) for cell, width in zip(line, room, strict=True))
        for line in made.lines
    )
    return sum(n * made.size * LINE_HEIGHT + 2 * float(CELL_PADDING.pt) + 0.5 for n in rows) + 7.0
