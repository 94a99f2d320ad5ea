"""Writes tables that Word knows as tables: a head that is repeated, rows that stay whole, real alignment.

They are put together element by element: python-docx takes seconds for a report's thousands of cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from docx.oxml.ns import qn

from ..signs import holdable
from .bare import TEXT_WIDTH
from .runs import SOFT_HYPHEN, element
from .styles import CELL_MARGIN, TABLE, TABLE_HEAD, TABLE_TEXT
from .widths import column_widths, type_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docx.document import Document as File

    from ...document import Table

MOST_ROWS_TOGETHER: Final = 16
"""Tables of so many rows stand on one page; longer ones may go over several."""
_TWENTIETHS: Final = 20  # of a point: in which Word counts widths
_STRONG_RULE: Final = {"val": "single", "sz": "12", "space": "0", "color": "1B2430"}
_LOOK: Final = {"val": "00A0", "firstRow": "1", "firstColumn": "1", "noHBand": "1", "noVBand": "1"}


@dataclass(frozen=True)
class Cell:
    """What a cell says and how."""

    text: str
    width: int
    style: str
    """Identifies the style of its paragraphs."""
    half_points: int
    is_bold: bool = False
    is_name: bool = False
    is_number: bool = False
    is_kept_with_next: bool = False
    strong_side: str = ""
    """Where a strong rule is drawn, for not every program knows a table style's: ``top`` or ``bottom``."""


def write_table(file: File, block: Table) -> None:
    """Write a table; what stands above it is written before."""
    lines = [[holdable(value) for value in line] for line in (block.view.columns, *block.view.rows)]
    points = type_size(lines, TEXT_WIDTH.pt, CELL_MARGIN.pt)
    found = column_widths(lines, TEXT_WIDTH.pt, CELL_MARGIN.pt, points)
    widths = [round(each * _TWENTIETHS) for each in found]
    styles: Any = file.styles
    table = element(
        "tbl",
        _properties(styles[TABLE].style_id, holdable(block.caption), sum(widths)),
        element("tblGrid", *(element("gridCol", w=str(each)) for each in widths)),
    )
    head, text = styles[TABLE_HEAD].style_id, styles[TABLE_TEXT].style_id
    first_sum = len(lines) - block.view.n_sum_rows
    for index, line in enumerate(lines):
        is_head, is_sum = index == 0, index >= first_sum
        strong_side = "bottom" if is_head else "top" if is_sum and index == first_sum else ""
        cells = (
            Cell(
                value,
                widths[place],
                head if is_head else text,
                round(2 * points),
                is_bold=is_head or is_sum or place == 0,
                is_name=place == 0,
                is_number=place >= block.view.n_text_columns,
                is_kept_with_next=is_head or index < len(lines) - 1 <= MOST_ROWS_TOGETHER,
                strong_side=strong_side,
            )
            for place, value in enumerate(line)
        )
        # A row is never split; the head stands on each page.
        properties = element("trPr", element("cantSplit"), *([element("tblHeader")] if is_head else []))
        table.append(element("tr", properties, *map(_cell, cells)))
    _append(file, table)


def _append(file: File, table: object) -> None:
    """Write a table after all others; the last one of a file describes its pages."""
    body: Any = file.element.body
    body.sectPr.addprevious(table)


def _properties(style: str, caption: str, width: int) -> object:
    """Say what the table is; its caption names it for those who jump from one to the next."""
    return element(
        "tblPr",
        element("tblStyle", val=style),
        element("tblW", type="dxa", w=str(width)),
        element("tblLayout", type="fixed"),
        element("tblLook", **_LOOK),
        element("tblCaption", val=caption),
    )


def _cell(cell: Cell) -> object:
    borders = [element("tcBorders", element(cell.strong_side, **_STRONG_RULE))] if cell.strong_side else []
    properties = element("tcPr", element("tcW", type="dxa", w=str(cell.width)), *borders)
    return element("tc", properties, *_paragraphs(cell))


def _paragraphs(cell: Cell) -> Iterator[object]:
    """Write each line as a paragraph; in a row's name only the first is bold."""
    for index, line in enumerate(cell.text.splitlines() or [""]):
        is_bold = cell.is_bold and not (index and cell.is_name)
        size = str(cell.half_points)
        yield element(
            "p",
            element(
                "pPr",
                element("pStyle", val=cell.style),
                *([element("keepNext")] if cell.is_kept_with_next else []),
                *([element("jc", val="right")] if cell.is_number else []),
            ),
            element(
                "r",
                element(
                    "rPr",
                    *(element(name, val="1" if is_bold else "0") for name in ("b", "bCs")),
                    element("sz", val=size),
                    element("szCs", val=size),
                ),
                *_texts(line),
            ),
        )


def _texts(line: str) -> Iterator[object]:
    for index, part in enumerate(line.replace("\t", " ").split(SOFT_HYPHEN)):
        if index:
            yield element("softHyphen")
        text = element("t")
        text.text = part
        text.set(qn("xml:space"), "preserve")
        yield text
