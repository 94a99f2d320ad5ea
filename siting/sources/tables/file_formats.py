"""Files of many kinds -> `RawTable`: their own headings, text stripped, and the row in which each stands."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import sqlite3
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from ...errors import InputError
from ...geo import WGS84
from ...given_files import read_bytes, require_ordinary, require_sound_parquet
from ...sentences import first_line, listed, needs_extra

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from ..recipe import TableSource

DELIMITERS: Final = ";\t,|"
ROWS_LOOKED_AT: Final = 50
MOST_COLUMNS: Final = 16_384  # of Excel
MOST_BYTES: Final = 4_000_000_000
"""Of a table: all premises, roads or ready minutes of a whole country have less."""
MOST_BYTES_OF_TEXT: Final = 1_000_000_000
"""Of CSV and GeoJSON, which take ten times as much memory."""
ZIP_MAGIC: Final = b"PK\x03\x04"
SQLITE_MAGIC: Final = b"SQLite format 3\x00"
SHAPEFILE_MAGIC: Final = b"\x00\x00\x27\x0a"
PARQUET_MAGIC: Final = b"PAR1"
SHAPEFILE_PARTS: Final = (".dbf", ".shx", ".prj", ".cpg")


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table as it lies in its file: numbers stay numbers, all else is text without blanks around it."""

    frame: pd.DataFrame  # a GeoDataFrame where the file has geometry, then in the column geometry
    rows: NDArray[np.intp]  # (n,) row of the file in which each stands
    notes: tuple[str, ...]  # what was found out of the file


def read_file(path: Path, source: TableSource) -> RawTable:
    """Read a table of any kind that is known.

    Raises
    ------
    InputError
        If the file is missing, broken, of an unknown kind, or needs a package that is not installed.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(_READERS)
        message = f"{path}: files of the kind {path.suffix or '(none)'} are not read; give one of {known}"
        raise InputError(message)
    kind = path.suffix.lower().lstrip(".")
    try:
        require_ordinary(path, most_bytes=MOST_BYTES)
        raw = reader(path, source)
    except ModuleNotFoundError as error:
        message = needs_extra(f"{path}: reading .{kind}", (error.name or "").split(".")[0], "sources")
        raise InputError(message) from error
    except FileNotFoundError as error:
        message = f"{path}: there is no such file"
        raise InputError(message) from error
    except InputError:
        raise
    # The libraries raise what their own libraries raise: a broken file can end in almost anything.
    except Exception as error:
        message = (
            f"{path}: cannot be read as .{kind} ({first_line(error)}); is the file whole, and of this kind?"
        )
        raise InputError(message) from error
    if raw.frame.empty:
        message = f"{path}: holds no rows"
        raise InputError(message)
    return RawTable(plain_columns(raw.frame), raw.rows, raw.notes)


def plain_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave numbers as they are; turn all else into text, empty where nothing stands."""
    plain = frame.copy()
    for name in frame.columns:
        column = frame[name]
        if name == "geometry" or column.dtype == "geometry":
            continue
        if pd.api.types.is_bool_dtype(column) and not column.hasnans:
            plain[name] = column.astype(np.int64)
        elif not pd.api.types.is_numeric_dtype(column):
            plain[name] = column.where(column.notna(), "").astype(str).str.strip()
    return plain


def _require_magic(path: Path, magic: bytes, kind: str) -> None:
    """Refuse a disguised file, which GDAL would take for what it looks like, and open what it points to."""
    with path.open("rb") as file:
        if file.read(len(magic)) != magic:
            message = f"{path}: is not {kind}; is the file whole?"
            raise InputError(message)


# --- text ---


def _read_csv(path: Path, source: TableSource) -> RawTable:
    text, notes = _decoded(path, source.encoding)
    delimiter = source.delimiter or _delimiter(text)
    if source.delimiter is None and delimiter != ",":
        notes.append(f"separator {'tab' if delimiter == chr(9) else delimiter}")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines = [(reader.line_num, [value.strip() for value in row]) for row in reader]
    filled = [(number, row) for number, row in lines if any(row)]
    if not filled:
        message = f"{path}: is empty"
        raise InputError(message)
    head = _without_empty_end(filled[0][1])
    for number, row in filled[1:]:
        if len(row) != len(head) and (len(row) < len(head) or any(row[len(head) :])):
            message = (
                f"{path}, row {number}: has {len(row)} values; the head has {len(head)} "
                f"(separator {delimiter!r}; say delimiter: if it is another)"
            )
            raise InputError(message)
    _require_headings(path, head)
    frame = pd.DataFrame([row[: len(head)] for _, row in filled[1:]], columns=head, dtype=str)
    return RawTable(frame, np.array([number for number, _ in filled[1:]], dtype=np.intp), tuple(notes))


def _decoded(path: Path, encoding: str | None) -> tuple[str, list[str]]:
    content = read_bytes(path, most_bytes=MOST_BYTES_OF_TEXT)
    if content.startswith((ZIP_MAGIC, SQLITE_MAGIC, PARQUET_MAGIC)):
        message = f"{path}: is no text; its name should perhaps end in .xlsx, .gpkg or .parquet"
        raise InputError(message)
    if encoding:
        try:
            return content.decode(encoding), []
        except LookupError as error:
            message = f"{path}: there is no encoding {encoding!r}; say utf-8, cp1252 or iso-8859-1"
            raise InputError(message) from error
        except UnicodeDecodeError as error:
            message = f"{path}: is not {encoding} (byte {error.start}); leave encoding: out or say another"
            raise InputError(message) from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16"), ["encoding utf-16"]
    if b"\x00" in content:
        message = f"{path}: is no text (it holds zero bytes)"
        raise InputError(message)
    for guess in ("utf-8-sig", "cp1252", "iso-8859-1"):
        try:
            return content.decode(guess), [] if guess == "utf-8-sig" else [f"encoding {guess}"]
        except UnicodeDecodeError:
            continue
    raise AssertionError  # every byte is a letter of ISO-8859-1


def _delimiter(text: str) -> str:
    """The sign that cuts the head into most parts and the first rows into as many."""
    sample = "\n".join(text.splitlines()[:ROWS_LOOKED_AT])

    def score(delimiter: str) -> tuple[float, int]:
        rows = [row for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row]
        if not rows or len(rows[0]) < 2:
            return 0.0, 0
        alike = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        return alike, len(rows[0])

    best = max(DELIMITERS, key=score)
    return best if score(best)[1] else ","


def _without_empty_end(row: list[str]) -> list[str]:
    """Drop what stands after the last value: exports often end each row with separators."""
    last = max((index for index, value in enumerate(row) if value), default=-1)
    return row[: last + 1]


def _require_headings(path: Path, head: list[str]) -> None:
    if "" in head:
        message = f"{path}: column {head.index('') + 1} has no heading; give it one"
        raise InputError(message)
    if len(head) > MOST_COLUMNS:
        message = f"{path}: has {len(head)} columns; at most {MOST_COLUMNS} are read"
        raise InputError(message)
    twice, n_times = Counter(head).most_common(1)[0]
    if n_times > 1:
        named = listed([twice], quoted=True)
        message = f"{path}: the heading {named} stands twice; each column needs its own"
        raise InputError(message)


# --- geometry ---


def _read_vector(path: Path, source: TableSource) -> RawTable:
    import pyogrio  # noqa: PLC0415  (slow to import, and only this needs it)

    if path.suffix.lower() == ".gpkg":
        _require_magic(path, SQLITE_MAGIC, "a GeoPackage")
        _require_no_query(path, source.layer)
    else:
        _require_magic(path, SHAPEFILE_MAGIC, "a shapefile")
        for beside in map(path.with_suffix, SHAPEFILE_PARTS):
            if beside.exists():
                require_ordinary(beside, most_bytes=MOST_BYTES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is said again when the layer is read
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    if source.layer is not None and source.layer not in layers:
        message = f"{path}: there is no layer {source.layer!r}; there are {', '.join(layers)}"
        raise InputError(message)
    if source.layer is None and len(layers) > 1:
        message = f"{path}: holds the layers {', '.join(layers)}; say which: layer: {layers[0]}"
        raise InputError(message)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        frame = pyogrio.read_dataframe(path, layer=source.layer or layers[0], encoding=source.encoding)
    # Notes go into the manifest, which others read: without the folder.
    notes = tuple(dict.fromkeys(f"GDAL: {each.message}".replace(str(path), path.name) for each in said))
    return RawTable(_geometry_named(frame), _counted(frame), notes)


def _require_no_query(path: Path, layer: str | None) -> None:
    """Refuse a layer, or a list of layers, that is a query of the file's own, which may never end."""
    place = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(place, uri=True)) as database:
        views = {
            str(name) for (name,) in database.execute("select name from sqlite_master where type = 'view'")
        }
        tables: set[str] = set()
        if not any(name.lower().startswith(("gpkg_", "rtree_")) for name in views):
            layers = {str(name) for (name,) in database.execute("select table_name from gpkg_contents")}
            tables = layers - views
            views &= layers if layer is None else {layer}
    if views:
        other = f", or say another: layer: {min(tables)}" if tables else ""
        message = f"{path}: {min(views)} is a view (a query), which is not read; save it as a layer{other}"
        raise InputError(message)


def _read_geojson(path: Path, _: TableSource) -> RawTable:
    # Not through GDAL, which would open what a disguised file points to.
    content: dict[str, Any] = json.loads(read_bytes(path, most_bytes=MOST_BYTES_OF_TEXT).decode("utf-8-sig"))
    if not isinstance(content, dict) or not isinstance(content.get("features"), list):
        message = f"{path}: is JSON, but no GeoJSON FeatureCollection"
        raise InputError(message)
    named = (content.get("crs") or {}).get("properties", {}).get("name", WGS84)
    try:
        crs = CRS.from_user_input(named)
    except CRSError as error:
        message = f"{path}: names the coordinate system {named!r}, which is not known"
        raise InputError(message) from error
    with np.errstate(invalid="ignore"):  # no number is a sentence later, not a warning here
        frame = gpd.GeoDataFrame.from_features(content["features"], crs=crs)
    return RawTable(frame, _counted(frame), ())


def _read_parquet(path: Path, _: TableSource) -> RawTable:
    import pyarrow.parquet as pq  # noqa: PLC0415  (an optional extra)

    _require_magic(path, PARQUET_MAGIC, "a Parquet file")
    require_sound_parquet(path)
    if b"geo" in (pq.read_schema(path).metadata or {}):
        frame: pd.DataFrame = _geometry_named(gpd.read_parquet(path))
    else:
        frame = pd.read_parquet(path, engine="pyarrow").reset_index(drop=True)
    if "geometry" in frame and frame["geometry"].dtype == object:
        frame = gpd.GeoDataFrame(frame, geometry=shapely.from_wkb(frame["geometry"].to_numpy()))
    return RawTable(frame, _counted(frame), ())


def _geometry_named(frame: pd.DataFrame) -> pd.DataFrame:
    if isinstance(frame, gpd.GeoDataFrame) and frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    return frame


def _counted(frame: pd.DataFrame) -> NDArray[np.intp]:
    return np.arange(1, len(frame) + 1, dtype=np.intp)


def _read_workbook(path: Path, source: TableSource) -> RawTable:
    from .workbook import read_sheet  # noqa: PLC0415  (openpyxl is an optional extra)

    _require_magic(path, ZIP_MAGIC, "an .xlsx workbook (an old .xls: save it as .xlsx)")
    head, rows, numbers, notes = read_sheet(path, source.sheet)
    _require_headings(path, head)
    frame = pd.DataFrame(rows, columns=head, dtype=str)
    return RawTable(frame, np.array(numbers, dtype=np.intp), notes)


_READERS: Final[dict[str, Callable[[Path, TableSource], RawTable]]] = {
    ".csv": _read_csv,
    ".txt": _read_csv,
    ".tsv": _read_csv,
    ".xlsx": _read_workbook,
    ".gpkg": _read_vector,
    ".geojson": _read_geojson,
    ".json": _read_geojson,
    ".parquet": _read_parquet,
    ".geoparquet": _read_parquet,
    ".shp": _read_vector,
}
