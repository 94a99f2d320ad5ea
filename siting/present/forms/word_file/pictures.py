"""Puts drawings and formulas into the file, with what they show for those who do not see them."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, Final

from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt

from ..measures import LINE_HEIGHT, n_lines
from ..signs import holdable
from .bare import TEXT_WIDTH
from .runs import add_text, element, say
from .styles import FORMULA, LOOKS, PICTURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docx.document import Document as File
    from docx.text.paragraph import Paragraph

    from ...document import Formula, Picture

PIXELS_PER_INCH: Final = 200
CELL_MARGIN_OF_WORD: Final = Pt(5.4)
TALLEST: Final = Mm(205)
CAPTION: Final = next(look for look in LOOKS if look.name == "Caption")
_VIEW_BOX: Final = re.compile(r"viewBox=[\"'][-\d.]+[ ,]+[-\d.]+[ ,]+([\d.]+)[ ,]+([\d.]+)")


def write_picture(file: File, block: Picture) -> Paragraph:
    """Write a drawing as wide as it asks for, under its caption."""
    caption = say(file, block.caption, "Caption")
    paragraph = file.add_paragraph(style=PICTURE)
    _draw(paragraph, block.svg, block.alt, Length(int(TEXT_WIDTH * min(block.width, 1.0))))
    return caption


def write_abreast(file: File, row: Sequence[Picture]) -> None:
    """Write drawings side by side, each under its caption."""
    widths = [Length(int(TEXT_WIDTH * block.width)) for block in row]
    captions = [_n_caption_lines(block, width) for block, width in zip(row, widths, strict=True)]
    table = file.add_table(rows=1, cols=len(row))
    table.autofit = False
    size: Any = table._tbl.tblPr.find(qn("w:tblW"))
    size.set(qn("w:type"), "dxa")  # without a width, some programs make the cells as narrow as they like
    size.set(qn("w:w"), str(sum(width.twips for width in widths)))
    table.rows[0]._tr.get_or_add_trPr().append(element("cantSplit"))
    for place, block in enumerate(row):
        cell = table.rows[0].cells[place]
        cell.width = table.columns[place].width = widths[place]
        caption = cell.paragraphs[0]
        caption.style = "Caption"
        missing = max(captions) - captions[place]
        if missing:  # the drawings begin at one height
            points = CAPTION.after + missing * CAPTION.points * LINE_HEIGHT
            caption.paragraph_format.space_after = Pt(round(points, 1))
        add_text(caption, block.caption)
        _draw(
            cell.add_paragraph(style=PICTURE),
            block.svg,
            block.alt,
            Length(widths[place] - 2 * CELL_MARGIN_OF_WORD),
        )


def part(file: File) -> None:
    """Keep what stands side by side apart from what follows, by a line as low as can be."""
    line = file.add_paragraph(style=PICTURE).paragraph_format
    line.space_after, line.line_spacing = Pt(0), Pt(1)


def _n_caption_lines(block: Picture, width: Length) -> int:
    room = Length(width - 2 * CELL_MARGIN_OF_WORD).pt
    return n_lines(block.caption, room, CAPTION.points, is_bold=False)


def shape_of(svg: str) -> tuple[float, float]:
    """Give the width and the height of a drawing in its own units."""
    found = _VIEW_BOX.search(svg)
    return (float(found[1]), float(found[2])) if found else (1.0, 1.0)


def write_formula(file: File, block: Formula) -> Paragraph:
    """Write a formula in the size of the text."""
    from ..typeset import formula_svg  # noqa: PLC0415  (Typst is loaded where there is something to draw)

    svg = formula_svg(block.markup)
    width = Pt(shape_of(svg)[0])  # Typst draws in points
    paragraph = file.add_paragraph(style=FORMULA)
    _draw(paragraph, svg, block.alt, Length(min(width, TEXT_WIDTH - Mm(6))))
    return paragraph


def _draw(paragraph: Paragraph, svg: str, alt: str, width: Length) -> None:
    from ..typeset import png_of  # noqa: PLC0415

    png = png_of(svg, width_pixels=max(1, round(width.inches * PIXELS_PER_INCH)))
    picture = paragraph.add_run().add_picture(io.BytesIO(png), width=width)
    if picture.height > TALLEST:
        picture.width = Length(int(picture.width * TALLEST / picture.height))
        picture.height = TALLEST
    picture._inline.docPr.set("descr", holdable(alt))
