"""Writes tables that Word knows as tables: a head that is repeated, rows that stay whole, real alignment.

They are put together element by element: python-docx takes seconds for a report's thousands of cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from docx.oxml.ns import qn
from docx.shared import Pt

from ..signs import SOFT_HYPHEN, holdable
from .bare import TEXT_WIDTH
from .runs import element
from .styles import CELL_MARGIN, TABLE, TABLE_HEAD, TABLE_TEXT
from .widths import (
    MANY_COLUMNS,
    SIZES_POINTS,
    column_widths,
    heads_without_needless_hyphens,
    type_size,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from docx.document import Document as File

    from ...document import Table
    from ...tables import TableView

MOST_ROWS_TOGETHER: Final = 17
"""Tables of so many rows stand on one page; longer ones may go over several."""
ROWS_TOGETHER: Final = 3
"""So many rows, at least, stand on the page with the head, and with the last row of a longer table."""
MARGIN_OF_MANY: Final = Pt(2.2)
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


@dataclass(frozen=True)
class Setting:
    """How large the type of a table is and how wide its columns are, in points."""

    lines: tuple[tuple[str, ...], ...]
    """What the table says, its head first."""
    size: float
    widths: tuple[float, ...]
    margin: float
    """At each side of a cell."""


def setting(view: TableView, largest: float = SIZES_POINTS[0]) -> Setting:
    """Find how a table is set so that no word is broken."""
    lines = [[holdable(value) for value in line] for line in (view.columns, *view.rows)]
    margin = (MARGIN_OF_MANY if len(view.columns) >= MANY_COLUMNS else CELL_MARGIN).pt
    size = type_size(lines, TEXT_WIDTH.pt, margin, largest)
    widths = column_widths(lines, TEXT_WIDTH.pt, margin, size)
    lines[0] = heads_without_needless_hyphens(lines[0], widths, margin, size)
    return Setting(tuple(map(tuple, lines)), size, tuple(widths), margin)


def write_table(file: File, block: Table, largest: float = SIZES_POINTS[0]) -> None:
    """Write a table in type no larger than that; what stands above it is written before."""
    view, made = block.view, setting(block.view, largest)
    widths = [round(each * _TWENTIETHS) for each in made.widths]
    styles: Any = file.styles
    table = element(
        "tbl",
        _properties(styles[TABLE].style_id, holdable(block.caption), sum(widths), made.margin),
        element("tblGrid", *(element("gridCol", w=str(each)) for each in widths)),
    )
    names = (styles[TABLE_HEAD].style_id, styles[TABLE_TEXT].style_id)
    for index in range(len(made.lines)):
        # A row is never split; the head stands on each page.
        head = [element("tblHeader")] if index == 0 else []
        properties = element("trPr", element("cantSplit"), *head)
        cells = _cells(view, made, index, widths, names)
        table.append(element("tr", properties, *map(_cell, cells)))
    _append(file, table)


def _cells(
    view: TableView, made: Setting, index: int, widths: Sequence[int], styles: tuple[str, str]
) -> Iterator[Cell]:
    """Give the cells of a line; the head is line 0. The styles are those of heads and of the others."""
    n_rows = len(view.rows)
    first_sum = n_rows + 1 - view.n_sum_rows
    is_head, is_sum = index == 0, index >= first_sum
    strong_side = "bottom" if is_head else "top" if is_sum and index == first_sum else ""
    for place, value in enumerate(made.lines[index]):
        yield Cell(
            value,
            widths[place],
            styles[0] if is_head else styles[1],
            round(2 * made.size),
            is_bold=is_head or is_sum or place == 0,
            is_name=place == 0,
            is_number=place >= view.n_text_columns,
            is_kept_with_next=_is_kept_with_next(index, n_rows),
            strong_side=strong_side,
        )


def _is_kept_with_next(index: int, n_rows: int) -> bool:
    """Whether a line stands on the page of the one below; the last one never has to."""
    if n_rows <= MOST_ROWS_TOGETHER:
        return index < n_rows
    return index < ROWS_TOGETHER or n_rows - ROWS_TOGETHER < index < n_rows


def _append(file: File, table: object) -> None:
    """Write a table after all others; the last one of a file describes its pages."""
    body: Any = file.element.body
    body.sectPr.addprevious(table)


def _properties(style: str, caption: str, width: int, margin: float) -> object:
    """Say what the table is; its caption names it for those who jump from one to the next."""
    return element(
        "tblPr",
        element("tblStyle", val=style),
        element("tblW", type="dxa", w=str(width)),
        element("tblLayout", type="fixed"),
        element("tblCellMar", *(_margin(side, margin) for side in ("left", "right"))),
        element("tblLook", **_LOOK),
        element("tblCaption", val=caption),
    )


def _margin(side: str, points: float) -> object:
    return element(side, w=str(round(points * _TWENTIETHS)), type="dxa")


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
