"""`ReadyMatrix`: minutes that another router has worked out, one row for each pair that can be reached.

The file is read as any router writes it: comma or semicolon, decimal comma, or Parquet. It may know more
cells and sites than the scenario; it must know all of the scenario's, for a cell whose id is spelled in
another way would else pass for one that cannot be reached. A cell without any way gets a row whose
minutes are empty. A table of the dataset needs no such row: its ids are checked by the manifest.
"""

from __future__ import annotations

import csv
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from .errors import DatasetError, LabelError
from .given_files import require_ordinary, require_sound_parquet
from .sentences import first_line, listed, needs_extra, shortened
from .travel import MINUTES_DECIMALS, TravelTimes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .dataset import Dataset
    from .scenario_travel import MatrixMode
    from .travel import Places

CHUNK: Final = 1 << 24
MOST_BYTES: Final = 20_000_000_000  # a whole country: some hundred million pairs as text
HOME_MINUTES: Final = "home_minutes"
"""Column of the trip home; empty = no way home, so nobody makes the trip."""
SEPARATORS: Final = ",;\t"
SUFFIXES: Final = (".csv", ".parquet")
ENCODINGS: Final = ("utf-8-sig", "cp1252")
# Nobody travels ten hours to a reception, but 600 seconds are ten minutes.
LARGEST_MEDIAN_MINUTES: Final = 600.0
LARGEST_MINUTES: Final = 1e12  # some routers write so much where there is no way


@dataclass(frozen=True, eq=False)
class ReadyMatrix:
    """Minutes by pair, as a file or a table of the dataset has them."""

    where: str  # the file, for messages
    origin_ids: tuple[str, ...]  # each once
    destination_ids: tuple[str, ...]
    origin: NDArray[np.intp]  # (r,) position in origin_ids
    destination: NDArray[np.intp]  # (r,)
    minutes: NDArray[np.float64]  # (r,) inf = cannot be reached
    fixed_minutes_per_trip: float = 0.0
    absent_is_unreachable: bool = False  # whether an id that does not occur is one without any way

    def times(self, origins: Places, destinations: Places) -> TravelTimes:
        """Minutes from each origin to each destination; a pair that is left out cannot be reached.

        Raises
        ------
        LabelError
            If none of the places occurs, or (in a file) if not all of them do.
        """
        row_of = self._positions(origins.ids, self.origin_ids, "origins (cells)")
        column_of = self._positions(destinations.ids, self.destination_ids, "destinations (sites)")
        row, column = row_of[self.origin], column_of[self.destination]
        wanted = (row >= 0) & (column >= 0)
        minutes = np.full((len(origins.ids), len(destinations.ids)), np.inf)
        taken = self.minutes[wanted] + self.fixed_minutes_per_trip
        minutes[row[wanted], column[wanted]] = np.round(taken, MINUTES_DECIMALS)
        return TravelTimes(
            minutes=minutes,
            origin_ids=origins.ids,
            destination_ids=destinations.ids,
            origin_access_metres=np.zeros(len(origins.ids)),
            destination_access_metres=np.zeros(len(destinations.ids)),
        )

    def _positions(self, wanted: tuple[str, ...], held: tuple[str, ...], what: str) -> NDArray[np.intp]:
        """Where each id that the file holds stands among the wanted, -1 = not wanted, shape (held,)."""
        absent = sorted(set(wanted) - set(held))
        if absent and (not self.absent_is_unreachable or len(absent) == len(set(wanted))):
            message = (
                f"{self.where}: {len(absent)} of {len(wanted)} {what} do not occur, the first is "
                f"{shortened(absent[0])!r} (the file has such as {shortened(held[0])!r}); "
                "spell the ids alike, and give one that nobody can reach a row with empty minutes"
            )
            raise LabelError(message)
        position: NDArray[np.intp] = pd.Index(wanted).get_indexer(pd.Index(held))
        return position


def ready_matrix(mode: MatrixMode, dataset: Dataset, folder: Path | None) -> ReadyMatrix:
    """Read the matrix of a mode: a table of the dataset, or a file beside the scenario.

    Parameters
    ----------
    mode
        Names the matrix and its columns.
    dataset
        Where a name without the ending .csv or .parquet is looked up.
    folder
        That of the scenario's file; the current one if not given.

    Raises
    ------
    DatasetError
        If the matrix cannot be read, lacks a column, or holds what cannot be minutes; says the row.
    """
    columns = [mode.origin_column, mode.destination_column, mode.minutes_column]
    path = matrix_file(mode, folder)
    if path is not None:
        where, pairs = str(path), _read_file(path, columns)
    elif mode.matrix in dataset.tables:
        where, pairs = f"{dataset.folder}: {mode.matrix}", dataset.table(mode.matrix)
    else:
        message = (
            f"matrix {mode.matrix!r}: {dataset.folder} has no such table; "
            "give the name of a table there (minutes_...), or of a file that ends with .csv or .parquet"
        )
        raise DatasetError(message)
    _require_columns(where, list(pairs.columns), columns)
    if pairs.empty:
        message = f"{where}: has no rows"
        raise DatasetError(message)
    origin, origin_ids = _ids(where, pairs[mode.origin_column])
    destination, destination_ids = _ids(where, pairs[mode.destination_column])
    _require_each_pair_once(where, pairs, columns, origin * len(destination_ids) + destination)
    return ReadyMatrix(
        where=where,
        origin_ids=origin_ids,
        destination_ids=destination_ids,
        origin=origin,
        destination=destination,
        minutes=_there_and_home(where, pairs, mode.minutes_column),
        fixed_minutes_per_trip=mode.fixed_minutes_per_trip,
        absent_is_unreachable=path is None,
    )


def matrix_file(mode: MatrixMode, folder: Path | None) -> Path | None:
    """Name the file of a mode's matrix; None if it is a table of the dataset."""
    is_file = Path(mode.matrix).suffix.lower() in SUFFIXES
    return (folder or Path()) / mode.matrix if is_file else None


def _read_file(path: Path, columns: list[str]) -> pd.DataFrame:
    """Read the three columns; a CSV's ids are text, its minutes numbers or (if not all are) text."""
    try:
        require_ordinary(path, most_bytes=MOST_BYTES)
        if path.suffix.lower() == ".csv":
            return _read_csv(path, columns)
        require_sound_parquet(path)
        return pd.read_parquet(path, engine="pyarrow")
    except ImportError as error:
        message = needs_extra(f"{path}: reading .parquet", "pyarrow", "sources")
        raise DatasetError(message) from error
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror or first_line(error)})"
        raise DatasetError(message) from error
    except (ValueError, csv.Error) as error:
        message = f"{path}: cannot be read as {path.suffix[1:]} ({first_line(error)})"
        raise DatasetError(message) from error


def _read_csv(path: Path, columns: list[str]) -> pd.DataFrame:
    encoding, head = _head(path)
    separator = max(SEPARATORS, key=head.count)
    names = next(csv.reader([head], delimiter=separator), [])
    _require_columns(str(path), names, columns)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                path,
                sep=separator,
                decimal="." if separator == "," else ",",
                dtype=dict.fromkeys(columns[:2], str),  # not "category", which takes "0180" for a number
                index_col=False,  # a surplus value is an error, and no label of the row
                keep_default_na=False,
                na_values={columns[2]: [""]},
                encoding=encoding,
                low_memory=False,
            )
    except pd.errors.ParserWarning as error:
        message = (
            f"{path}: the rows have more values than the head; a decimal comma needs ; between the columns"
        )
        raise DatasetError(message) from error


def _head(path: Path) -> tuple[str, str]:
    """Find out the encoding, and read the first line."""
    for encoding in ENCODINGS[:-1]:
        try:
            with path.open(encoding=encoding) as file:
                head = file.readline()
                while file.read(CHUNK):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding, head.rstrip("\r\n")
    with path.open(encoding=ENCODINGS[-1]) as file:
        return ENCODINGS[-1], file.readline().rstrip("\r\n")


def _require_columns(where: str, names: Sequence[str], columns: list[str]) -> None:
    absent = [each for each in columns if each not in names]
    if absent:
        message = (
            f"{where}: there is no column {absent[0]!r}; it has {listed(names)}: "
            "name the columns by origin_column, destination_column and minutes_column"
        )
        raise DatasetError(message)


def _ids(where: str, raw: pd.Series) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Position of each row's id among the ids, and the ids, each once, as text."""
    try:
        codes, found = pd.factorize(raw)
    except TypeError as error:  # lists, as a Parquet file may hold
        message = f"{where}: the column {raw.name} holds something else than ids"
        raise DatasetError(message) from error
    empty = codes < 0
    if not empty.any() and "" in found:
        empty = codes == list(found).index("")
    _require(where, raw, ~empty, "is empty; an id is needed")
    # Numbers lose their decimals: 35200.0 is what a Parquet file with an empty row makes of 35200.
    ids = (f"{each:.0f}" if isinstance(each, float) and each.is_integer() else str(each) for each in found)
    return codes, tuple(ids)


def _require_each_pair_once(
    where: str, pairs: pd.DataFrame, columns: list[str], pair: NDArray[np.intp]
) -> None:
    again = pd.Series(pair).duplicated().to_numpy()
    if again.any():
        row = int(np.flatnonzero(again)[0])
        origin, destination = (shortened(pairs[column].iloc[row]) for column in columns[:2])
        message = (
            f"{_row(where, row)}: the pair {origin!r}, {destination!r} stands twice; "
            "a pair has one row (of several departures keep one, such as the median)"
        )
        raise DatasetError(message)


def _there_and_home(where: str, pairs: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Minutes there of each row, inf where there is no way there, or none home."""
    minutes = _minutes(where, pairs[column])
    if HOME_MINUTES not in pairs or column == HOME_MINUTES:
        return minutes
    return np.where(np.isfinite(_minutes(where, pairs[HOME_MINUTES])), minutes, np.inf)


def _minutes(where: str, raw: pd.Series) -> NDArray[np.float64]:
    """Minutes of each row, empty = inf."""
    empty = raw.isna().to_numpy()
    text = raw
    if not pd.api.types.is_numeric_dtype(raw):
        text = raw.astype(str).str.strip().str.replace(",", ".", regex=False)
        empty = empty | (text == "").to_numpy()
    minutes = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
    _require(where, raw, empty | np.isfinite(minutes), "is no number of minutes; leave it empty for no way")
    _require(where, raw, empty | (minutes >= 0), "is below 0")
    _require(where, raw, empty | (minutes <= LARGEST_MINUTES), "is too large")
    if not empty.all() and (median := float(np.median(minutes[~empty]))) > LARGEST_MEDIAN_MINUTES:
        message = (
            f"{where}: half of the values of {raw.name} are above {median:,.0f}, which looks like seconds; "
            "divide them by 60"
        )
        raise DatasetError(message)
    return np.where(empty, np.inf, minutes)


def _require(where: str, raw: pd.Series, good: NDArray[np.bool_], problem: str) -> None:
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        message = f"{_row(where, row)}: {raw.name} {shortened(raw.iloc[row])!r} {problem}"
        raise DatasetError(message)


def _row(where: str, row: int) -> str:
    """Name a row as a spreadsheet counts it; a Parquet file has no head."""
    return f"{where}, row {row + (1 if where.endswith('.parquet') else 2)}"
