"""`Dataset`: a region's tables as they lie in its folder, checked against the folder's manifest.

The manifest ``dataset.yaml`` names each table's file, digest, source and licence, and for each column
its type, unit, limits, meaning and whether it is published, derived or estimated. What the manifest
says is what is checked here; so a new county needs a folder, no code.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pyproj import CRS
from pyproj.exceptions import CRSError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from .errors import DatasetError
from .geo import WGS84
from .scenario_file import embedded_folder

MANIFEST_NAME: Final = "dataset.yaml"
REQUIRED_COLUMNS: Final = {
    "municipalities": ("code", "name"),
    "cells": ("cell_id", "municipality_code", "east_metres", "north_metres"),
    "sites": ("site_id", "name", "kind", "municipality_code", "lat", "lon", "candidate", "status", "quality"),
    "road_nodes": ("node_id",),
    "road_edges": ("from_node", "to_node", "road", "class", "minutes", "length_quality", "line_wkt"),
}
"""Tables that every dataset holds, and their columns; docs/dataset.md says what each means."""
OPTIONAL_COLUMNS: Final = {
    "municipality_borders": ("name",),
    "localities": ("name", "lat", "lon", "population", "is_place_name"),
    "prevalence": ("key", "value"),
}
"""Tables that are used where they are there, and the columns that they then need."""
KEYS: Final = (
    "municipalities.code",
    "municipalities.name",
    "cells.cell_id",
    "sites.site_id",
    "road_nodes.node_id",
)
REFERENCES: Final = {
    "cells.municipality_code": "municipalities.code",
    "sites.municipality_code": "municipalities.code",
    "road_edges.from_node": "road_nodes.node_id",
    "road_edges.to_node": "road_nodes.node_id",
}
NUMBERS: Final = (
    "cells.east_metres",
    "cells.north_metres",
    "cells.youths",
    "sites.lat",
    "sites.lon",
    "sites.candidate",
    "road_edges.minutes",
)
LARGEST_NUMBER: Final = 1e12
Quality = Literal["published", "derived", "estimated", "mixed"]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Column(_Entry):
    """What the manifest says of one column."""

    type: Literal["text", "number", "integer"]
    meaning: str
    quality: Quality
    unit: str = ""
    key: bool = False
    optional: bool = False
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()
    references: str = ""


class Table(_Entry):
    """What the manifest says of one table."""

    file: str = Field(pattern=r"^[\w.-]+$", max_length=100)
    rows: int
    sha256: str
    source: str
    licence: str
    date: str
    quality: Quality
    columns: dict[str, Column]


class Title(_Entry):
    """A text for readers."""

    sv: str
    en: str


class Manifest(_Entry):
    """The file ``dataset.yaml`` of a dataset folder."""

    name: str
    title: Title
    crs: str
    cell_size_metres: float = Field(gt=0, le=100_000)
    compiled: str
    population_year: str
    notes: tuple[Title, ...] = ()
    """What readers must know of the data: which of them are estimates, and how good these are."""
    tables: dict[str, Table]

    @field_validator("crs")
    @classmethod
    def _is_projected_in_metres(cls, crs: str) -> str:
        try:
            known = CRS.from_user_input(crs)
        except CRSError as error:
            message = f"{crs!r} is no known coordinate system; give one such as EPSG:3006"
            raise ValueError(message) from error
        if not known.is_projected or any(axis.unit_name != "metre" for axis in known.axis_info[:2]):
            message = f"{crs} is not projected in metres; give one that is, such as EPSG:3006"
            raise ValueError(message)
        return crs


@dataclass(frozen=True, eq=False)
class Dataset:
    """A region's tables, each checked; `tables` holds them by the manifest's names."""

    folder: Path
    manifest: Manifest
    tables: dict[str, pd.DataFrame]

    def table(self, name: str) -> pd.DataFrame:
        """Give one table.

        Raises
        ------
        DatasetError
            If the dataset does not hold it.
        """
        if name not in self.tables:
            message = f"{self.folder / MANIFEST_NAME}: there is no table {name!r}, which this needs"
            raise DatasetError(message)
        return self.tables[name]

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of each file, by table name."""
        return {name: table.sha256 for name, table in self.manifest.tables.items()}


def load_dataset(name: str, *, relative_to: Path | None = None) -> Dataset:
    """Read an embedded dataset by its name, or a dataset folder by its path.

    Raises
    ------
    DatasetError
        If the folder, its manifest or a table is missing or not as the manifest says.
    """
    folder = _find_folder(name, relative_to)
    manifest = _read_manifest(folder / MANIFEST_NAME)
    tables = {each: _read_table(folder, table) for each, table in manifest.tables.items()}
    _check_references(folder, manifest, tables)
    return Dataset(folder, manifest, tables)


def seal(folder: Path) -> int:
    """Write rows and SHA-256 of every table into the manifest, and nothing else; return how many tables.

    Raises
    ------
    DatasetError
        If the manifest or a table cannot be read.
    """
    path = folder / MANIFEST_NAME
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10_000
    try:
        manifest = yaml.load(path.read_text(encoding="utf-8"))
        for table in manifest["tables"].values():
            content = (folder / table["file"]).read_bytes()
            table["rows"] = len(_parse(folder / table["file"], content))
            table["sha256"] = hashlib.sha256(content).hexdigest()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, YAMLError) as error:
        message = f"{path}: cannot be sealed ({str(error).splitlines()[0]})"
        raise DatasetError(message) from error
    sealed = io.StringIO()
    yaml.dump(manifest, sealed)
    path.write_text(sealed.getvalue(), encoding="utf-8", newline="\n")
    return len(manifest["tables"])


def _find_folder(name: str, relative_to: Path | None) -> Path:
    embedded = embedded_folder("data")
    candidates = [(relative_to or Path()) / name]
    if Path(name).name == name:
        candidates.append(embedded / name)
    for folder in candidates:
        if (folder / MANIFEST_NAME).is_file():
            return folder
    known = ", ".join(sorted(path.parent.name for path in embedded.glob(f"*/{MANIFEST_NAME}")))
    message = (
        f"{name}: there is no dataset folder with a {MANIFEST_NAME}; "
        f"give a folder, or an embedded one: {known}"
    )
    raise DatasetError(message)


def _read_manifest(path: Path) -> Manifest:
    try:
        manifest = Manifest.model_validate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        message = f"{path}: {key}: {first['msg']}"
        raise DatasetError(message) from error
    except (OSError, ValueError, RecursionError, YAMLError) as error:
        message = f"{path}: cannot be read as YAML ({type(error).__name__})"
        raise DatasetError(message) from error
    missing = [table for table in REQUIRED_COLUMNS if table not in manifest.tables]
    if missing:
        message = f"{path}: tables: {missing[0]} is missing; a dataset needs {', '.join(REQUIRED_COLUMNS)}"
        raise DatasetError(message)
    for table, columns in {**REQUIRED_COLUMNS, **OPTIONAL_COLUMNS}.items():
        absent = [
            each
            for each in columns
            if table in manifest.tables and each not in manifest.tables[table].columns
        ]
        if absent:
            message = f"{path}: tables.{table}: the column {absent[0]} is missing; see docs/dataset.md"
            raise DatasetError(message)
    _require_what_is_relied_on(path, manifest)
    return manifest


def _require_what_is_relied_on(path: Path, manifest: Manifest) -> None:
    """Refuse a manifest that leaves unchecked what the program builds on: keys, references, numbers."""
    columns = {
        f"{table}.{name}": column
        for table, each in manifest.tables.items()
        for name, column in each.columns.items()
    }
    for name, column in columns.items():
        if name in KEYS and not column.key:
            message = f"{path}: tables.{name} must have key: true"
        elif column.references != REFERENCES.get(name, column.references):
            message = f"{path}: tables.{name} must have references: {REFERENCES[name]}"
        elif name in NUMBERS and (column.type == "text" or column.optional):
            message = f"{path}: tables.{name} must be a number in every row (type: number, not optional)"
        else:
            continue
        raise DatasetError(message)


def _read_table(folder: Path, table: Table) -> pd.DataFrame:
    path = folder / table.file
    if path.resolve().parent != folder.resolve():
        message = f"{folder / MANIFEST_NAME}: file {table.file!r} must lie in the dataset's own folder"
        raise DatasetError(message)
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror})"
        raise DatasetError(message) from error
    if hashlib.sha256(content).hexdigest() != table.sha256:
        message = (
            f"{path}: is not the file that the manifest describes (its sha256 differs); restore or reseal it"
        )
        raise DatasetError(message)
    frame = _parse(path, content)
    if list(frame.columns.drop("geometry", errors="ignore")) != list(table.columns):
        message = f"{path}: has the columns {', '.join(frame.columns)}; expected {', '.join(table.columns)}"
        raise DatasetError(message)
    if len(frame) != table.rows:
        message = f"{path}: has {len(frame)} rows; the manifest says {table.rows}"
        raise DatasetError(message)
    for name, column in table.columns.items():
        frame[name] = _checked(path, name, frame[name], column)
    return frame


def _parse(path: Path, content: bytes) -> pd.DataFrame:
    try:
        if path.suffix == ".geojson":
            # Not through GDAL, which would open what a disguised file points to.
            borders: pd.DataFrame = gpd.GeoDataFrame.from_features(json.loads(content)["features"], crs=WGS84)
            return borders
        return _parse_csv(path, content.decode("utf-8-sig"))
    except (ValueError, KeyError, TypeError, csv.Error, shapely.errors.ShapelyError) as error:
        message = f"{path}: cannot be read as {path.suffix.lstrip('.')} ({str(error).splitlines()[0]})"
        raise DatasetError(message) from error


def _parse_csv(path: Path, text: str) -> pd.DataFrame:
    """Read every value as text; a row of another length than the head is an error, not a shift."""
    head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = [row for row in rows if row]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(head):
            message = f"{path}, row {number}: has {len(row)} values; the head has {len(head)}"
            raise DatasetError(message)
    return pd.DataFrame(rows, columns=head, dtype=str)


def _checked(path: Path, name: str, raw: pd.Series, column: Column) -> pd.Series:
    """Convert one column to its type, or say in which row it breaks its own description."""
    text = raw.astype(str)
    empty = text == ""
    if not column.optional:
        _require(path, name, text, ~empty, "is empty; a value is needed")
    if column.key:
        _require(path, name, text, ~text.duplicated(), "stands twice; each row needs its own")
    if column.values:  # noqa: PD011  (a field of the manifest, not of pandas)
        allowed = empty | text.isin(column.values)
        _require(path, name, text, allowed, f"is not one of {', '.join(column.values)}")
    if column.type == "text":
        return text
    number = pd.to_numeric(text.where(~empty), errors="coerce").astype(np.float64)
    _require(path, name, text, empty | np.isfinite(number), "is not a number (write 12.5, not 12,5)")
    _require(path, name, text, empty | (number.abs() <= LARGEST_NUMBER), "is too large")
    if column.type == "integer":
        _require(path, name, text, empty | (number % 1 == 0), "is not a whole number")
    if column.minimum is not None:
        _require(path, name, text, empty | (number >= column.minimum), f"is below {column.minimum:g}")
    if column.maximum is not None:
        _require(path, name, text, empty | (number <= column.maximum), f"is above {column.maximum:g}")
    return number.astype(np.int64) if column.type == "integer" and not empty.any() else number


def _require(path: Path, name: str, text: pd.Series, good: pd.Series, problem: str) -> None:
    if not good.all():
        row = int(np.flatnonzero(~good.to_numpy())[0])
        message = f"{path}, row {row + 2}: {name} {text.iloc[row]!r} {problem}"
        raise DatasetError(message)


def _check_references(folder: Path, manifest: Manifest, tables: dict[str, pd.DataFrame]) -> None:
    for table_name, table in manifest.tables.items():
        for name, column in table.columns.items():
            if not column.references:
                continue
            other, _, other_column = column.references.partition(".")
            if other not in tables or other_column not in tables[other]:
                where = f"{folder / MANIFEST_NAME}: {table_name}.{name}"
                message = f"{where} refers to {column.references}, which is not there"
                raise DatasetError(message)
            values = tables[table_name][name]
            known = (values == "") | values.isin(tables[other][other_column])
            _require(folder / table.file, name, values, known, f"is not in {manifest.tables[other].file}")
