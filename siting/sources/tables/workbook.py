"""Excel workbooks -> rows of text: title rows, merged cells, empty rows and formulas seen to."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import openpyxl
from openpyxl.cell.read_only import EMPTY_CELL
from openpyxl.utils import get_column_letter, range_boundaries

from ...errors import InputError
from ...given_files import BYTES_PER_MB, read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet
    from openpyxl.worksheet.worksheet import Worksheet

MOST_BYTES: Final = 200_000_000
"""Of a workbook as it lies on the disk."""
MOST_UNPACKED: Final = {"worksheets": 800_000_000, "sharedStrings": 200_000_000, "": 30_000_000}
"""Bytes of the parts with a word in their names, and of all others; sheets are read a row at a time."""
MOST_CELLS: Final = 6_000_000
"""Of a sheet, or under merged ranges: half a million squares with twelve columns."""
LARGEST_UNASKED_BYTES: Final = 100_000_000
MOST_TIMES_SMALLER: Final = 100  # sheets are packed to a tenth or so
CHUNK_BYTES: Final = 1 << 24
_CELL: Final = re.compile(rb"<(?:\w+:)?c[\s/>]")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")
_MERGED: Final = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*[\"']([^\"']+)")


@dataclass(frozen=True)
class _Part:
    """What a sheet holds, as its text says."""

    n_cells: int
    has_formulas: bool
    merged: tuple[tuple[int, int, int, int], ...]  # first column and row, last column and row, from 1


def read_sheet(
    path: Path, sheet: str | None
) -> tuple[list[str], list[list[str]], list[int], tuple[str, ...]]:
    """Give head, rows of text, the row number of each, and what was found out.

    The head is the first row with two different values: what stands above it is a title. A merged value
    counts in each of its cells. A formula counts as the value that Excel stored for it.

    Raises
    ------
    InputError
        If the sheet is not there or too large, its rows are out of order, or a formula has no stored value.
    """
    content = read_bytes(path, most_bytes=MOST_BYTES)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        _require_bounded(path, parts)
        values = _loaded(content, data_only=True)
        name = _sheet_name(path, sheet, values.sheetnames)
        if sheet is None:
            _require_rows(path, values)
        # A row at a time, openpyxl does not tell of merges; nor does it tell where a sheet lies.
        part = _looked_through(path, parts, values[name]._worksheet_path)
    grid = _grid(path, values[name], part)
    if part.has_formulas:
        _require_stored(path, _loaded(content)[name], grid)
    notes = [f"sheet {name!r}"] if sheet is None and len(values.sheetnames) > 1 else []
    if part.merged:
        notes.append(f"{len(part.merged)} merged ranges, whose value counts in each of their cells")
    for first_column, first_row, last_column, last_row in part.merged:
        value = grid[first_row - 1][first_column - 1]
        for row in grid[first_row - 1 : last_row]:
            row[first_column - 1 : last_column] = [value] * (last_column - first_column + 1)
    return (*_cut(path, grid), tuple(notes))


def _loaded(content: bytes, *, data_only: bool = False) -> Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and the like, which no value hangs on
        return openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=data_only)


def _require_bounded(path: Path, parts: zipfile.ZipFile) -> None:
    """Refuse a file that unpacks without end, before it is unpacked."""
    unpacked = dict.fromkeys(MOST_UNPACKED, 0)
    for each in parts.infolist():
        unpacked[next(word for word in MOST_UNPACKED if word in each.filename)] += each.file_size
    is_bomb = any(
        each.file_size > max(LARGEST_UNASKED_BYTES, MOST_TIMES_SMALLER * each.compress_size)
        for each in parts.infolist()
    )
    if is_bomb or any(size > MOST_UNPACKED[word] for word, size in unpacked.items()):
        size = sum(unpacked.values()) / BYTES_PER_MB
        message = f"{path}: unpacks to {size:,.0f} MB; save the table alone, as .csv"
        raise InputError(message)


def _looked_through(path: Path, parts: zipfile.ZipFile, name: str) -> _Part:
    """Count a sheet's cells in its text, and find its merged ranges, a piece at a time."""
    n_cells, n_merged, has_formulas, rest = 0, 0, False, b""
    merged: list[tuple[int, int, int, int]] = []
    with parts.open(name) as file:
        while chunk := file.read(CHUNK_BYTES):
            whole, mark, last = (rest + chunk).rpartition(b"<")  # cut before a tag, not within
            n_cells += len(_CELL.findall(whole))
            has_formulas = has_formulas or _FORMULA.search(whole) is not None
            rest = mark + last
            areas = [_area(each) for each in _MERGED.findall(whole)]
            n_merged += sum((right - left + 1) * (bottom - top + 1) for left, top, right, bottom in areas)
            merged += areas
            if n_merged > MOST_CELLS:
                message = (
                    f"{path}: has merged ranges over {n_merged:,} cells; undo them, or save the table as .csv"
                )
                raise InputError(message)
    return _Part(n_cells, has_formulas, tuple(merged))


def _area(text: bytes) -> tuple[int, int, int, int]:
    first_column, first_row, last_column, last_row = map(int, range_boundaries(text.decode("ascii")))
    return first_column, first_row, last_column, last_row


def _grid(path: Path, sheet: ReadOnlyWorksheet, part: _Part) -> list[list[str]]:
    """Read all cells as text: rows of one width, with those under merged ranges."""
    sheet.reset_dimensions()  # what the file says of them need not be so
    grid: list[list[str]] = []
    width = n_cells = 0
    for cells in sheet.iter_rows():
        grid.append([_text(cell.value) for cell in cells])
        n_cells += sum(cell is not EMPTY_CELL for cell in cells)
        width = max(width, len(cells))
        _require_small(path, sheet, max(width, 1), len(grid))
    if n_cells != part.n_cells:
        message = f"{path}: rows or cells of {sheet.title!r} are out of order or twice; save it anew in Excel"
        raise InputError(message)
    width = max([width, *(area[2] for area in part.merged)])
    height = max([len(grid), *(area[3] for area in part.merged)])
    _require_small(path, sheet, width, height)
    grid += [[] for _ in range(height - len(grid))]
    for row in grid:
        row.extend([""] * (width - len(row)))
    return grid


def _require_stored(path: Path, sheet: ReadOnlyWorksheet, grid: list[list[str]]) -> None:
    """Refuse a formula whose value was never stored."""
    sheet.reset_dimensions()
    for row_index, row in enumerate(sheet.iter_rows()):
        for column, cell in enumerate(row):
            if cell.data_type == "f" and grid[row_index][column] == "":
                message = (
                    f"{path}, cell {get_column_letter(column + 1)}{row_index + 1}: is a formula without a "
                    "stored value; open the file in Excel and save it, or write the value"
                )
                raise InputError(message)


def _require_small(path: Path, sheet: ReadOnlyWorksheet, width: int, height: int) -> None:
    """Refuse a sheet with a stray cell far away: everything between would be a table of empty cells."""
    if width * height > MOST_CELLS:
        corner = f"{get_column_letter(width)}{height}"
        message = (
            f"{path}: the sheet {sheet.title!r} reaches to cell {corner}; delete the empty rows and columns "
            f"beyond the table, or save it as .csv (at most {MOST_CELLS:,} cells are read)"
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
