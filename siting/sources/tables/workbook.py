"""Excel workbooks -> rows of text: title rows, merged cells, empty rows and formulas seen to."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import TYPE_CHECKING, Final

import openpyxl
from openpyxl.utils import get_column_letter, range_boundaries

from ...errors import InputError
from ...given_files import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

MOST_BYTES: Final = 100_000_000
"""Of a workbook's unpacked parts; openpyxl needs twenty times as much."""
MOST_CELLS: Final = 2_000_000
"""Of a sheet, or under merged ranges: half a minute, and a gigabyte."""
_MERGED: Final = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*[\"']([^\"']+)")


def read_sheet(
    path: Path, sheet: str | None
) -> tuple[list[str], list[list[str]], list[int], tuple[str, ...]]:
    """Give head, rows of text, the row number of each, and what was found out.

    The head is the first row with two different values: what stands above it is a title. A merged value
    counts in each of its cells. A formula counts as the value that Excel stored for it.

    Raises
    ------
    InputError
        If the sheet is not there, or a formula has no stored value.
    """
    content = read_bytes(path, most_bytes=MOST_BYTES)  # openpyxl would leave a broken file open
    _require_bounded(path, content)
    values = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    name = _sheet_name(path, sheet, values.sheetnames)
    _require_small(path, values[name])
    if sheet is None:
        _require_rows(path, values)
    grid = [[_text(cell.value) for cell in row] for row in values[name].iter_rows()]
    formulas = openpyxl.load_workbook(io.BytesIO(content))[name]
    for row in formulas.iter_rows():
        for cell in row:
            if cell.data_type == "f" and grid[cell.row - 1][cell.column - 1] == "":
                message = (
                    f"{path}, cell {cell.coordinate}: is a formula without a stored value; "
                    "open the file in Excel and save it, or write the value"
                )
                raise InputError(message)
    notes = [f"sheet {name!r}"] if sheet is None and len(values.sheetnames) > 1 else []
    if merged := values[name].merged_cells.ranges:
        notes.append(f"{len(merged)} merged ranges, whose value counts in each of their cells")
    for area in merged:
        for row_index in range(area.min_row - 1, area.max_row):
            for column in range(area.min_col - 1, area.max_col):
                grid[row_index][column] = grid[area.min_row - 1][area.min_col - 1]
    return (*_cut(path, grid), tuple(notes))


def _require_bounded(path: Path, content: bytes) -> None:
    """Refuse a file that unpacks without end, before it is unpacked."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > MOST_BYTES:
            message = f"{path}: unpacks to {unpacked / 1e6:,.0f} MB; save the table alone, as .csv"
            raise InputError(message)
        sheets = [name for name in parts.namelist() if "worksheets" in name]
        n_merged = sum(map(_n_cells, _MERGED.findall(b"".join(map(parts.read, sheets)))))
    if n_merged > MOST_CELLS:  # openpyxl would make every one of them
        message = f"{path}: has merged ranges over {n_merged:,} cells; undo them, or save the table as .csv"
        raise InputError(message)


def _n_cells(area: bytes) -> int:
    first_column, first_row, last_column, last_row = map(int, range_boundaries(area.decode("ascii")))
    return (last_column - first_column + 1) * (last_row - first_row + 1)


def _require_small(path: Path, sheet: Worksheet) -> None:
    """Refuse a sheet with a stray cell far away: everything between would be a table of empty cells."""
    if sheet.max_row * sheet.max_column > MOST_CELLS:
        message = (
            f"{path}: the sheet {sheet.title!r} reaches to cell "
            f"{get_column_letter(sheet.max_column)}{sheet.max_row}; delete the empty rows and columns beyond "
            "the table, or save it as .csv"
        )
        raise InputError(message)


def _cut(path: Path, grid: list[list[str]]) -> tuple[list[str], list[list[str]], list[int]]:
    """Find the head, and drop empty rows and columns without any value."""
    top = next((index for index, row in enumerate(grid) if len(set(row) - {""}) > 1), None)
    if top is None:  # a table of one column
        top = next((index for index, row in enumerate(grid) if any(row)), None)
    if top is None:
        message = f"{path}: the sheet is empty"
        raise InputError(message)
    kept = [index for index in range(len(grid[top])) if any(row[index] for row in grid[top:])]
    head = [grid[top][index] for index in kept]
    rows, numbers = [], []
    for number, row in enumerate(grid[top + 1 :], start=top + 2):
        if any(row):
            rows.append([row[index] for index in kept])
            numbers.append(number)
    return head, rows, numbers


def _require_rows(path: Path, book: Workbook) -> None:
    """Refuse an empty first sheet, and name another that has rows."""
    filled = [each.title for each in book.worksheets if _has_values(each)]
    first = book.sheetnames[0]
    if filled and first not in filled:
        message = (
            f"{path}: the first sheet, {first!r}, is empty, but {filled[0]!r} has rows; "
            f"say sheet: {filled[0]}"
        )
        raise InputError(message)


def _has_values(sheet: Worksheet) -> bool:
    return any(value is not None for row in sheet.iter_rows(values_only=True) for value in row)


def _sheet_name(path: Path, sheet: str | None, names: list[str]) -> str:
    if sheet is not None and sheet not in names:
        message = f"{path}: there is no sheet {sheet!r}; there are {', '.join(names)}"
        raise InputError(message)
    return sheet or names[0]


def _text(value: object) -> str:
    """Write a cell's value as text; 180.0 as 180, since Excel knows no whole numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return str(value).strip()
