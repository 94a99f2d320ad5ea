"""Writes sheets as a workbook (XLSX): what is text stays text, whatever it begins with.

A sheet's headings stand in row 1 and its table begins in A1, so that filters, pivot tables and programs that
read tables find it without being told where.
"""

from __future__ import annotations

import io
import math
import re
import textwrap
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from ..reports.sheets_table import Number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from ..reports.sheets_table import Cell, Column, Kind, Sheet
    from ..words import Words

OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
FORMATS: Final[dict[Kind, str]] = {
    "minutes": "0.0",
    "whole_minutes": "0",
    "share": "0 %",
    "share_tenths": "0.0 %",
    "gap": "0.00 %",
    "posts": "0.0",
    "sek": "#,##0",
    "million_sek": "#,##0.0",
    "count": "#,##0",
    "days": "0.0",
    "kilometres": "#,##0",
    "clock": "hh:mm",
    "degrees": "0.0000",
    "index": "0.00",
    "factor": "#,##0.00",
    "assumed_share": "0.0# %",
    "number": "General",
}
TEXTS: Final = ("text", "long_text", "sheet")
FORMULA_STARTS: Final = ("=", "+", "-", "@")
MOST_CHARACTERS: Final = 32_767  # that a cell takes
MOST_HEADER_CHARACTERS: Final = 80  # of 255, with the codes around them
NARROWEST, WIDEST, LONG, FROZEN = 9.0, 60.0, 80.0, 55.0  # characters
SHORT: Final = 14  # characters
MONEY: Final = ("sek", "million_sek")
PAGE_WIDTH: Final = 185.0  # characters that are still legible on paper
LINE_POINTS: Final = 15.0
WRAPPED: Final = ("long_text", "sheet")
HEAD_COLOUR, LINK_COLOUR, QUIET_COLOUR = "#DCE6E4", "#0B4F6C", "#595959"
A4: Final = 9
MARGIN_INCHES: Final = 0.5
NAME_LENGTH: Final = 200


def workbook_bytes(sheets: Sequence[Sheet], *, day: date, words: Words, title: str) -> bytes:
    """Write the sheets; the same sheets, day and title give the same bytes."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, OPTIONS) as book:
        book.set_properties(
            {
                "title": _cut(title),
                "created": datetime.combine(day, time(), tzinfo=UTC).replace(tzinfo=None),
                "comments": words("workbook.property"),
            }
        )
        formats = _Formats(book)
        names = _Names(book)
        listed = frozenset(each.name for each in sheets)
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            _write_table(page, sheet, formats, listed)
            _set_up_print(page, sheet, words, title=title)
            if not sheet.is_text:
                _name_ranges(names, sheet, words)
        if sheets:
            book.worksheets()[0].activate()
    return target.getvalue()


class _Formats:
    """The looks of cells, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def of(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"valign": "top", **properties})
        return self._made[key]

    def head(self, column: Column) -> Format:
        where = "left" if column.kind in TEXTS else "right"
        return self.of(
            bold=True,
            text_wrap=True,
            bg_color=HEAD_COLOUR,
            bottom=1,
            align=where,
            indent=1,
            italic=column.is_estimated,
        )

    def title(self) -> Format:
        return self.of(align="left", indent=1, bold=True, font_size=14)

    def cell(self, column: Column, value: Cell) -> Format:
        if isinstance(value, str) and column.kind not in TEXTS:  # says why there is no number
            return self.of(align="right", indent=1, font_color=QUIET_COLOUR, text_wrap=True)
        if not isinstance(value, str):
            return self.of(align="right", indent=1, num_format=FORMATS.get(column.kind, "General"))
        wraps, is_label = column.kind in WRAPPED, column.kind == "sheet"
        # Marked as text, so that it stays text when somebody opens the cell to edit it.
        return self.of(
            align="left",
            indent=1,
            text_wrap=wraps,
            bold=is_label,
            quote_prefix=value.startswith(FORMULA_STARTS),
        )


class _Names:
    """Names of ranges, none of them twice; capitals make no difference."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._taken: set[str] = set()

    def add(self, name: str, sheet: str, area: str) -> None:
        wanted = re.sub(r"\W+", "_", name)[:NAME_LENGTH].strip("_")
        unique, number = wanted, 2
        while unique.casefold() in self._taken:
            unique, number = f"{wanted}_{number}", number + 1
        self._taken.add(unique.casefold())
        quoted = sheet.replace("'", "''")
        self._book.define_name(unique, f"='{quoted}'!{area}")


def _write_table(page: Worksheet, sheet: Sheet, formats: _Formats, listed: frozenset[str]) -> None:
    widths = _widths(sheet)
    for place, (column, width) in enumerate(zip(sheet.columns, widths, strict=True)):
        page.set_column(place, place, width)
        look = formats.title() if sheet.is_text else formats.head(column)
        if column.head:
            page.write_string(0, place, _cut(column.head), look)
    # Said here, for not every program works out for itself how high a wrapped row must be.
    page.set_row(0, LINE_POINTS * (1.5 if sheet.is_text else _n_head_lines(sheet, widths)))
    for number, row in enumerate(sheet.rows, start=1):
        page.set_row(number, LINE_POINTS * _n_lines(row, sheet, widths))
        for place, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            _write_cell(page, (number, place), value, column, formats=formats, listed=listed)
    page.freeze_panes(1, 0 if sheet.is_text else _n_frozen(sheet))
    if not sheet.is_text:
        page.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.columns) - 1)


def _write_cell(
    page: Worksheet,
    at: tuple[int, int],
    value: Cell,
    column: Column,
    *,
    formats: _Formats,
    listed: frozenset[str],
) -> None:
    if value is None or value == "":
        return
    if isinstance(value, Number):
        column, value = replace(column, kind=value.kind), value.value
    if not isinstance(value, str):
        if math.isfinite(value):
            page.write_number(*at, value, formats.cell(column, value))
        return
    if column.kind == "sheet" and value in listed:
        look = formats.of(align="left", indent=1, font_color=LINK_COLOUR, underline=1)
        page.write_url(*at, f"internal:'{value}'!A1", look, string=value)
        return
    page.write_string(*at, _cut(value), formats.cell(column, value))


def _n_head_lines(sheet: Sheet, widths: Sequence[float]) -> int:
    """Count the lines of the highest heading, its letters bold and a filter's button beside it."""
    room = (max(width - 3.0, 1.0) for width in widths)
    return max(_n_wrapped(column.head, each) for column, each in zip(sheet.columns, room, strict=True))


def _n_lines(row: Sequence[Cell], sheet: Sheet, widths: Sequence[float]) -> int:
    lines = (
        _n_wrapped(value, width - 2.0)
        for value, column, width in zip(row, sheet.columns, widths, strict=True)
        if column.kind in WRAPPED or column.kind not in TEXTS
    )
    return max(lines, default=1)


def _n_wrapped(value: Cell, width: float) -> int:
    lines = value.splitlines() if isinstance(value, str) else []
    return max(sum(max(len(textwrap.wrap(line, int(max(width, 1.0)))), 1) for line in lines), 1)


def _n_frozen(sheet: Sheet) -> int:
    """Count the first columns that stay in sight: labels, as far as they leave room for the others."""
    width, frozen = 0.0, 0
    for wide in _widths(sheet)[: sheet.n_labels]:
        width += wide
        if width > FROZEN:
            break
        frozen += 1
    return frozen


def _widths(sheet: Sheet) -> tuple[float, ...]:
    return tuple(
        _width(column, [row[place] for row in sheet.rows]) for place, column in enumerate(sheet.columns)
    )


def _width(column: Column, cells: Sequence[Cell]) -> float:
    """Make room for the longest word of the heading and the contents, in characters."""
    texts = [each for each in cells if isinstance(each, str)]
    if column.kind not in TEXTS:  # a sentence among numbers is wrapped, not what is as short as they are
        texts = [part for each in texts for part in (each.split() if len(each) > SHORT else [each])]
    longest_word = max((len(word) for word in column.head.split()), default=0) + 3.0  # the filter's button
    kinds = {column.kind, *(each.kind for each in cells if isinstance(each, Number))}
    longest_number = NARROWEST if kinds.isdisjoint(MONEY) else 12.0
    bold = 4.0 if column.kind == "sheet" else 0.0
    longest_text = max((len(text) for text in texts), default=0) + 2.0 + bold
    if column.kind == "sheet" and not column.head.isalpha():
        longest_word = 0.0  # the title of a text runs on to the right
    widest = LONG if column.kind == "long_text" else WIDEST
    return min(widest, max(longest_word, longest_text, NARROWEST if column.kind in TEXTS else longest_number))


def _set_up_print(page: Worksheet, sheet: Sheet, words: Words, *, title: str) -> None:
    page.set_landscape()
    page.set_paper(A4)
    # A wide table goes on on further pages, its labels on each of them; shrunk to one nobody could read it.
    page.fit_to_pages(max(round(sum(_widths(sheet)) / PAGE_WIDTH), 1), 0)
    page.set_margins(left=MARGIN_INCHES, right=MARGIN_INCHES, top=2 * MARGIN_INCHES, bottom=2 * MARGIN_INCHES)
    if not sheet.is_text:
        page.repeat_rows(0)
        page.repeat_columns(0, max(_n_frozen(sheet), 1) - 1)
    page.set_header(f"&L{_in_header(title)}&R{_in_header(sheet.title)}")
    number = words("workbook.page", page="&P", pages="&N")
    page.set_footer(f"&L{_in_header(words('workbook.property'))}&R{number}")


def _in_header(text: str) -> str:
    """Write a text so that nothing in it is a code of headers: an ampersand begins one."""
    cut = text if len(text) <= MOST_HEADER_CHARACTERS else f"{text[: MOST_HEADER_CHARACTERS - 1]}…"
    return " ".join(cut.split()).replace("&", "&&")


def _name_ranges(names: _Names, sheet: Sheet, words: Words) -> None:
    """Name the table with its headings, and where the sheet wants it each of its columns without."""
    last_row = max(len(sheet.rows), 1) + 1
    last = _letters(len(sheet.columns) - 1)
    names.add(words("workbook.table_name", sheet=sheet.name), sheet.name, f"$A$1:${last}${last_row}")
    for place, column in enumerate(sheet.columns if sheet.names_columns else ()):
        letters = _letters(place)
        names.add(f"{sheet.name}_{column.head}", sheet.name, f"${letters}$2:${letters}${last_row}")


def _letters(column: int) -> str:
    """Name a column as spreadsheets do."""
    letters = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _cut(text: str) -> str:
    return text[:MOST_CHARACTERS]
