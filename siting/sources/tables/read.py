"""Any table -> `SourceTable`: its columns by our names, and words for what is wrong with a value.

What the sources file does not say is found out (separator, encoding, decimal comma, headings) and noted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NoReturn

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ...errors import InputError
from ...given_files import require_ordinary
from ...sentences import listed, shortened
from .database import read_database
from .figures import could_be_thousands, hides_a_number, to_numbers
from .file_formats import read_file
from .headings import COORDINATES, likely, our_names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ..recipe import TableSource
    from .figures import Decimal
    from .file_formats import RawTable

COUNTS: Final = ("youths", "population", "aged_")
"""Columns whose comma would rather stand between thousands than before decimals."""
CODE_DIGITS: Final = 4
MOST_BYTES: Final = 50_000_000_000
"""Of any source: the streets of all Europe have some thirty GB."""
LARGEST_COORDINATE: Final = 1e8  # metres; twice around the earth


@dataclass(frozen=True, eq=False)
class SourceTable:
    """A table that has been read; its methods give checked columns and note what they guessed."""

    where: str  # the file, or the database without its password, for messages
    frame: pd.DataFrame  # columns by our names; a GeoDataFrame where there is geometry
    rows: NDArray[np.intp]  # (n,) row of the file in which each stands
    headings: dict[str, str]  # by our names
    decimal: Decimal | None
    sha256: str = ""  # of the file; "" for a database
    notes: list[str] = field(default_factory=list)
    table: str = ""  # which table it is to become
    unused: tuple[str, ...] = ()  # headings that were not understood

    @property
    def understanding(self) -> str:
        """Which headings were understood, and which not, in words."""
        known, unknown = (listed(some, quoted=True) for some in (self.headings.values(), self.unused))
        return f"headings that were not understood: {unknown}; understood: {known}"

    @property
    def name(self) -> str:
        """The file without its folder."""
        return self.where.replace("\\", "/").rsplit("/", 1)[-1]

    def __contains__(self, column: str) -> bool:
        return column in self.frame.columns

    def __len__(self) -> int:
        return len(self.frame)

    def text(self, column: str) -> pd.Series:
        """One column as text; whole numbers without decimals."""
        return _as_text(self.frame[column])

    def codes(self, column: str) -> pd.Series:
        """Municipality codes; a leading zero that a spreadsheet lost is put back."""
        text = self.text(column)
        short = text.str.fullmatch(rf"[1-9]\d{{{CODE_DIGITS - 2}}}")
        if short.any():
            self.notes.append(f"{int(short.sum())} codes of three digits have got their leading zero back")
        return text.where(~short, "0" + text)

    def filled_text(self, column: str) -> pd.Series:
        """One column as text, something in every row.

        Raises
        ------
        InputError
            If a row is empty.
        """
        text = self.text(column)
        problem = "is empty; a value is needed (is it a row of totals? Remove it)"
        self.require(column, (text != "").to_numpy(bool), problem)
        return text

    def numbers(
        self, column: str, *, optional: bool = False, minimum: float | None = None
    ) -> NDArray[np.float64]:
        """One column as numbers, shape (n,); NaN where an optional one is empty.

        Raises
        ------
        InputError
            If a value is missing, no number, or below the minimum.
        """
        raw = self.frame[column]
        if self.decimal is None and column.startswith(COUNTS) and could_be_thousands(raw):
            problem = "may be thousands or decimals; say decimal: '.' or decimal: ','"
            self.fail(column, int(np.flatnonzero(raw.str.contains(",", regex=False))[0]), problem)
        numbers, good, mark = to_numbers(raw, self.decimal)
        if mark:
            self.notes.append(f"decimal comma in {self.headings.get(column, column)!r}")
        if not good.all():
            row = int(np.flatnonzero(~good)[0])
            self.fail(column, row, self._no_number(column, str(raw.iloc[row])))
        if not optional:
            empty = f"is empty; a number is needed (or say what it means: meanings: {{{column}: {{'': 0}}}})"
            self.require(column, ~np.isnan(numbers), empty)
        if minimum is not None:
            self.require(column, ~(numbers < minimum), f"is below {minimum:g}")
        return numbers

    def coordinates(self, east: str, north: str) -> NDArray[np.float64]:
        """Two columns as coordinates, shape (n, 2).

        Raises
        ------
        InputError
            If a value is missing or no number.
        """
        xy = np.column_stack([self.numbers(each, optional=True) for each in (east, north)])
        has_place: NDArray[np.bool_] = np.all(np.abs(xy) < LARGEST_COORDINATE, axis=1)
        self.require_places(has_place)
        return xy

    def require_places(self, good: NDArray[np.bool_]) -> None:
        """Raise if a row has no coordinates.

        Raises
        ------
        InputError
            If one has none.
        """
        if not good.all():
            row = self.rows[int(np.flatnonzero(~good)[0])]
            message = f"{self.where}, row {row}: has no coordinates; is it a row of totals? Remove it"
            raise InputError(message)

    def _no_number(self, column: str, value: str) -> str:
        if column in COORDINATES:
            return "is not a coordinate; is it a row of totals? Remove it"
        if hides_a_number(value):
            return f"hides a number; say what it counts as: meanings: {{{column}: {{'{value}': 1}}}}"
        return "is not a number; say decimal: if the decimal mark is another"

    def require(self, column: str, good: NDArray[np.bool_], problem: str) -> None:
        """Raise the `problem` of the first row that is not good.

        Raises
        ------
        InputError
            If one is not.
        """
        if not good.all():
            self.fail(column, int(np.flatnonzero(~good)[0]), problem)

    def require_unique(self, column: str) -> None:
        """Let no value stand twice.

        Raises
        ------
        InputError
            If one does.
        """
        self.require(column, ~self.text(column).duplicated().to_numpy(bool), "stands twice")

    def fail(self, column: str, row: int, problem: str) -> NoReturn:
        """Say what is wrong with a value.

        Raises
        ------
        InputError
            Always.
        """
        heading = self.headings.get(column, column)
        value = self.text(column).iloc[row] if column in self.frame.columns else ""
        message = f"{self.where}, row {self.rows[row]}: {shortened(heading)} {shortened(value)!r} {problem}"
        raise InputError(message)

    def need(self, columns: Sequence[str], hint: str = "") -> None:
        """Raise if a column is not there.

        Raises
        ------
        InputError
            If one is missing.
        """
        absent = [each for each in columns if each not in self.frame.columns]
        if absent:
            guesses = {each: likely(each, self.table, self.unused) for each in absent}
            said = ", ".join(
                f"{ours}: {repr(shortened(theirs)) if theirs else '...'}" for ours, theirs in guesses.items()
            )
            message = (
                f"{self.where}: no column is {' or '.join(absent)}; say columns: {{{said}}}{hint} "
                f"({self.understanding})"
            )
            raise InputError(message)

    def with_frame(self, frame: pd.DataFrame) -> SourceTable:
        """Give the same rows with other columns; notes are shared."""
        return replace(self, frame=frame)


def read_table(source: TableSource, folder: Path, table: str) -> SourceTable:
    """Read a table of the sources file.

    Parameters
    ----------
    source
        What the sources file says of it.
    folder
        That of the sources file.
    table
        Which table it is to become: its common headings are then known (`headings.BY_TABLE`).

    Raises
    ------
    InputError
        If it cannot be read, or a column that is spoken of is not there.
    """
    if source.is_database:
        (where, raw), sha256 = read_database(source), ""
    else:
        path = folder / source.file
        where, raw, sha256 = str(path), read_file(path, source), digest(path)
    theirs = [str(each) for each in raw.frame.columns if each != "geometry"]
    names, guessed = our_names(theirs, table, source.columns, where)
    frame = raw.frame[list(names.values())].copy()
    frame.columns = pd.Index(list(names))
    if "geometry" in raw.frame:
        _require_geometry(raw, where)
        frame = gpd.GeoDataFrame(frame, geometry=raw.frame["geometry"])
    unused = [each for each in theirs if each not in names.values()]
    frame = _with_what_is_said(frame, source, where)
    notes = [*raw.notes, *guessed]
    if unused:
        notes.append(f"left out {listed(unused, quoted=True)}")
    return SourceTable(
        where, frame, raw.rows, names, source.decimal, sha256, notes, table=table, unused=tuple(unused)
    )


def _require_geometry(raw: RawTable, where: str) -> None:
    if not isinstance(raw.frame, gpd.GeoDataFrame):
        message = f"{where}: the column 'geometry' holds no geometry; give it another name"
        raise InputError(message)
    coordinates, row = shapely.get_coordinates(raw.frame.geometry.to_numpy(), return_index=True)
    bad = ~(np.abs(coordinates) < LARGEST_COORDINATE).all(axis=1)
    if bad.any():
        message = f"{where}, row {raw.rows[row[bad][0]]}: has a geometry with a coordinate that is no number"
        raise InputError(message)


def _with_what_is_said(frame: pd.DataFrame, source: TableSource, where: str) -> pd.DataFrame:
    """Add the constants of the sources file, and put what values mean in their place."""
    said = frame.copy()
    for column, value in source.constants.items():
        said[column] = value
    for column, meanings in source.meanings.items():
        if column not in said:
            message = f"{where}: meanings.{column}: no column is {column}; say which under columns:"
            raise InputError(message)
        text = _as_text(said[column])
        said[column] = text.map({each: str(meanings.get(each, each)) for each in text.unique()})
    return said


def _as_text(raw: pd.Series) -> pd.Series:
    if pd.api.types.is_integer_dtype(raw) and not raw.hasnans:
        return raw.astype(str)
    if pd.api.types.is_numeric_dtype(raw):
        return raw.map(lambda value: "" if pd.isna(value) else f"{value:.15g}").astype(str)
    return raw


def digest(path: Path) -> str:
    """SHA-256 of a file.

    Raises
    ------
    InputError
        If it is not there.
    """
    try:
        require_ordinary(path, most_bytes=MOST_BYTES)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror})"
        raise InputError(message) from error
