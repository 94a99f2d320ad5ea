"""A copy of a feed (GTFS) as it may be ridden, for a router that ignores where one may get on and off.

The feed says it in `pickup_type` and `drop_off_type` of stop_times.txt: 1 = one may not; 2 and 3, by
telephone or by agreement with the driver, are taken for ordinary. `boarding` cuts the trips. stop_times.txt
is read twice, and copied a part at a time, since a feed has millions of rows.
"""

from __future__ import annotations

import io
import shutil
import warnings
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ...errors import DatasetError
from ...sentences import first_line
from .boarding import cut, to_cut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

STOP_TIMES: Final = ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence")
"""Columns of stop_times.txt that a router needs."""
COPIED_AS_THEY_ARE: Final = ("agency.txt", "stops.txt", "routes.txt", "calendar.txt", "calendar_dates.txt")
FORBIDDEN: Final = ("1",)
ON_REQUEST: Final = ("2", "3")
NOT_HONOURED_TRANSFERS: Final = ("2", "3")
"""Values of transfer_type: a shortest time to change, and no change at all."""
ROWS_AT_A_TIME: Final = 500_000
_BROKEN: Final = (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, LookupError)
"""What a broken feed ends in; LookupError where a column is not there."""


@contextmanager
def as_ridden(gtfs: Path, on_note: Callable[[str, str], None]) -> Iterator[Path]:
    """Give the feed if one may get on and off everywhere, else a copy for as long as the context lasts.

    Parameters
    ----------
    gtfs
        The feed, a .zip that has been read before without a fault.
    on_note
        Is told in Swedish and English what readers of the minutes should know.

    Raises
    ------
    DatasetError
        If it cannot be read, or if one may get on and off again on no trip.
    """
    with TemporaryDirectory(prefix="siting-gtfs-") as name:
        try:
            with zipfile.ZipFile(gtfs) as feed, warnings.catch_warnings():
                # Of rows that go on beyond the head: cafein, which has read them, has said what it left out.
                warnings.simplefilter("ignore", pd.errors.ParserWarning)
                _note_transfers(feed, on_note)
                calls = _calls(feed, on_note)
                cuts = to_cut(calls)
                if not cuts.empty:
                    _copy(feed, calls, cuts, Path(name), on_note)
        except _BROKEN as error:
            message = f"{gtfs}: cannot be read as a .zip of tables ({first_line(error)})"
            raise DatasetError(message) from error
        if not cuts.empty and not (Path(name) / "stop_times.txt").exists():
            message = (
                f"{gtfs}: one may get on and off again on no trip; are pickup_type and drop_off_type right?"
            )
            raise DatasetError(message)
        yield gtfs if cuts.empty else Path(name)


def _member(feed: zipfile.ZipFile, name: str) -> str | None:
    return next((each for each in feed.namelist() if PurePosixPath(each).name == name), None)


def _tables(feed: zipfile.ZipFile, name: str, columns: Iterable[str] = ()) -> Iterator[pd.DataFrame]:
    """Read a table as text, a part at a time: of the columns those that are there; nothing of no table."""
    member = _member(feed, name)
    if member is None:
        return
    wanted = set(columns)
    with feed.open(member) as raw, io.TextIOWrapper(raw, "utf-8-sig", errors="replace", newline="") as text:
        parts = pd.read_csv(
            text,
            usecols=(lambda heading: heading.strip() in wanted) if wanted else None,
            skipinitialspace=True,
            na_filter=False,
            index_col=False,
            on_bad_lines="skip",
            dtype=str,
            chunksize=ROWS_AT_A_TIME,
        )
        for part in parts:
            yield part.rename(columns=str.strip)


def _table(feed: zipfile.ZipFile, name: str) -> pd.DataFrame:
    parts = list(_tables(feed, name))
    return pd.concat(parts) if parts else pd.DataFrame()


def _note_transfers(feed: zipfile.ZipFile, on_note: Callable[[str, str], None]) -> None:
    n_rows = sum(
        int(part["transfer_type"].str.strip().isin(NOT_HONOURED_TRANSFERS).sum())
        for part in _tables(feed, "transfers.txt", ["transfer_type"])
        if "transfer_type" in part
    )
    if n_rows:
        on_note(
            "Vad tidtabellen säger om kortaste tid för byten och om byten som inte går följs inte (rader i "
            f"transfers.txt: {n_rows}): den som hinner gå till nästa avgång hinner med den.",
            "What the timetable says of the shortest time of changes, and of changes that cannot be made, is "
            f"not honoured (rows of transfers.txt: {n_rows}): who walks there in time catches the next bus.",
        )


def _calls(feed: zipfile.ZipFile, on_note: Callable[[str, str], None]) -> pd.DataFrame:
    """Trip, order, board and alight of each row of stop_times.txt, in its order; note stops on request."""
    # Trips as numbers and the rest as categories take little room, also of a whole country.
    columns = ("trip_id", "stop_sequence", "pickup_type", "drop_off_type")
    number: dict[str, int] = {}
    parts, n_on_request = [], 0
    for text in _tables(feed, "stop_times.txt", columns):
        part = text.astype("category")
        pickup, drop_off = (part.get(each, _nothing(part)) for each in columns[2:])
        n_on_request += int((_is(pickup, ON_REQUEST) | _is(drop_off, ON_REQUEST)).sum())
        trips = [number.setdefault(each, len(number)) for each in part["trip_id"].cat.categories]
        order = pd.to_numeric(pd.Series(part["stop_sequence"].cat.categories), errors="coerce")
        parts.append(
            pd.DataFrame({
                "trip": np.array([*trips, -1], dtype=np.int32)[part["trip_id"].cat.codes],
                "order": np.append(order, np.nan)[part["stop_sequence"].cat.codes],
                "board": ~_is(pickup, FORBIDDEN),
                "alight": ~_is(drop_off, FORBIDDEN),
            })
        )  # fmt: skip
    calls = pd.concat(parts, ignore_index=True)
    if n_on_request:
        on_note(
            f"{n_on_request} av tidtabellens {len(calls)} uppehåll görs bara efter beställning per telefon "
            "eller överenskommelse med föraren; de räknas som vanliga.",
            f"{n_on_request} of the {len(calls)} calls of the timetable are made only if booked by telephone "
            "or agreed on with the driver; they count as ordinary ones.",
        )
    return calls


def _nothing(part: pd.DataFrame) -> pd.Series:
    return pd.Series("", index=part.index, dtype="category")


def _is(column: pd.Series, values: tuple[str, ...]) -> NDArray[np.bool_]:
    one_of = pd.Series(column.cat.categories).str.strip().isin(values)
    found: NDArray[np.bool_] = np.append(one_of.to_numpy(bool), False)[column.cat.codes]
    return found


def _copy(
    feed: zipfile.ZipFile,
    calls: pd.DataFrame,
    cuts: pd.DataFrame,
    folder: Path,
    on_note: Callable[[str, str], None],
) -> None:
    """Write the feed with its trips cut; no stop_times.txt if no trip is left."""
    is_cut = np.zeros(len(calls), dtype=bool)
    is_cut[cuts.index] = True
    path = folder / "stop_times.txt"
    texts = []
    for part in _tables(feed, "stop_times.txt", STOP_TIMES):
        texts.append(part[is_cut[part.index]])
        _append(part.loc[~is_cut[part.index], list(STOP_TIMES)], path)
    known = _with_times(cuts.join(pd.concat(texts)))
    new, n_too_many = cut(known)
    if n_too_many:
        on_note(
            f"{n_too_many} turer i tidtabellen räknas utan de hållplatser där man bara får stiga på eller "
            "av; sådana är för många för att alla räknas.",
            f"{n_too_many} trips of the timetable are taken without the stops where one may only get on "
            "or off; these are too many to be all reckoned with.",
        )
    new = _named(new, known)
    _append(new.assign(stop_sequence=new["order"].astype(np.int64))[list(STOP_TIMES)], path)
    _copy_trips(feed, set(known["trip_id"]), new, folder)
    for name in COPIED_AS_THEY_ARE:
        if member := _member(feed, name):
            with feed.open(member) as source, (folder / name).open("wb") as target:
                shutil.copyfileobj(source, target)


def _append(rows: pd.DataFrame, path: Path) -> None:
    if len(rows):
        rows.to_csv(path, mode="a", header=not path.exists(), index=False, lineterminator="\n")


def _with_times(calls: pd.DataFrame) -> pd.DataFrame:
    """Arrival and departure in seconds, where a stop has none evenly between its neighbours that have.

    A trip whose first or last stop has no time is left out: no router can ride it.
    """
    arrives, leaves = _seconds(calls["arrival_time"]), _seconds(calls["departure_time"])
    calls = calls.assign(arrives=arrives.fillna(leaves), leaves=leaves.fillna(arrives))
    by_trip = calls["trip"]
    is_end = (by_trip != by_trip.shift()) | (by_trip != by_trip.shift(-1))
    broken = calls.loc[(is_end & calls["arrives"].isna()) | calls["order"].isna(), "trip"]
    calls = calls[~calls["trip"].isin(broken)]
    calls = calls.assign(arrives=calls["arrives"].interpolate(), leaves=calls["leaves"].interpolate())
    return calls.drop(columns=["arrival_time", "departure_time", "stop_sequence"])  # room for the copies


def _named(new: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Name the new trips, write their times, and say how much later than the whole trip each begins."""
    start, end = (new[each].astype(np.int64).astype(str) for each in ("starts", "ends"))
    is_whole = (new["starts"] < 0) & (new["ends"] < 0)
    begins = new.groupby(["trip", "starts", "ends"])["leaves"].transform("first")
    return new.assign(
        old_id=new["trip_id"],
        trip_id=new["trip_id"].where(is_whole, new["trip_id"] + " siting " + start + " " + end),
        arrival_time=_clock(new["arrives"]),
        departure_time=_clock(new["leaves"]),
        later=begins - new["trip"].map(known.groupby("trip")["leaves"].first()),
    )


def _copy_trips(feed: zipfile.ZipFile, cut_ids: set[str], new: pd.DataFrame, folder: Path) -> None:
    """Write trips.txt and frequencies.txt, with the new trips in the place of those that were cut."""
    trips = new[["old_id", "trip_id", "later"]].drop_duplicates()
    for name in ("trips.txt", "frequencies.txt"):
        for part in _tables(feed, name):
            # Shapes are not copied; who stays in the bus at its end is none of the router's business.
            rows = part.drop(columns=["shape_id", "block_id"], errors="ignore")
            is_cut = rows["trip_id"].isin(cut_ids)
            of_new = trips.merge(rows[is_cut].rename(columns={"trip_id": "old_id"}), on="old_id")
            for column in {"start_time", "end_time"} & set(rows):
                of_new[column] = _clock(_seconds(of_new[column]) + of_new["later"])
            _append(pd.concat([rows[~is_cut], of_new[list(rows)]]), folder / name)


def _seconds(clock: pd.Series) -> pd.Series:
    """Seconds after midnight of times such as 7:05:00 or 25:10:00; NaN where there is none."""
    code, texts = pd.factorize(clock)
    parts = pd.Series(texts, dtype=str).str.strip().str.extract(r"^(\d+):(\d\d):(\d\d)$").astype(np.float64)
    seconds = parts @ np.array([3600.0, 60.0, 1.0])
    return pd.Series(np.append(seconds, np.nan)[code], index=clock.index)


def _clock(seconds: pd.Series) -> pd.Series:
    code, values = pd.factorize(seconds.round().astype(np.int64))
    texts = [f"{each // 3600:02}:{each // 60 % 60:02}:{each % 60:02}" for each in values]
    return pd.Series(np.array(texts, dtype=object)[code], index=seconds.index)
