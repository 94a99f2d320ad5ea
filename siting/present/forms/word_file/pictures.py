"""Puts drawings and formulas into the file, with what they show for those who do not see them."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Final

from docx.shared import Length, Mm, Pt

from ..signs import holdable
from .bare import TEXT_WIDTH
from .runs import add_text, element, say
from .styles import FORMULA, PICTURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docx.document import Document as File
    from docx.text.paragraph import Paragraph

    from ...document import Formula, Picture

PIXELS_PER_INCH: Final = 200
CELL_MARGIN_OF_WORD: Final = Pt(5.4)
TALLEST: Final = Mm(205)
_WIDTH: Final = re.compile(r"viewBox=[\"'][-\d.]+[ ,]+[-\d.]+[ ,]+([\d.]+)")


def write_picture(file: File, block: Picture) -> Paragraph:
    """Write a drawing as wide as it asks for, under its caption."""
    caption = say(file, block.caption, "Caption")
    paragraph = file.add_paragraph(style=PICTURE)
    _draw(paragraph, block.svg, block.alt, Length(int(TEXT_WIDTH * min(block.width, 1.0))))
    return caption


def write_abreast(file: File, row: Sequence[Picture]) -> None:
    """Write drawings side by side, each under its caption."""
    table = file.add_table(rows=1, cols=len(row))
    table.autofit = False
    table.rows[0]._tr.get_or_add_trPr().append(element("cantSplit"))
    for cell, column, block in zip(table.rows[0].cells, table.columns, row, strict=True):
        cell.width = column.width = Length(int(TEXT_WIDTH * block.width))
        caption = cell.paragraphs[0]
        caption.style = "Caption"
        add_text(caption, block.caption)
        _draw(
            cell.add_paragraph(style=PICTURE),
            block.svg,
            block.alt,
            Length(cell.width - 2 * CELL_MARGIN_OF_WORD),
        )


def write_formula(file: File, block: Formula) -> Paragraph:
    """Write a formula in the size of the text."""
    from ..typeset import formula_svg  # noqa: PLC0415  (Typst is loaded where there is something to draw)

    svg = formula_svg(block.markup)
    found = _WIDTH.search(svg)
    width = Pt(float(found[1])) if found else TEXT_WIDTH  # Typst draws in points
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
