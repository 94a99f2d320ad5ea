"""`Manifest`: the file dataset.yaml, and what the program relies on that it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pyproj import CRS
from pyproj.exceptions import CRSError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from ..errors import DatasetError
from ..given_files import read_bytes
from ..sentences import shortened
from ..yaml_file import MOST_BYTES, bounded, first_fault, problem_of
from .terms import Terms

MANIFEST_NAME: Final = "dataset.yaml"
REQUIRED_COLUMNS: Final = {
    "municipalities": ("code", "name"),
    "cells": ("cell_id", "municipality_code", "east_metres", "north_metres"),
    "sites": ("site_id", "name", "kind", "municipality_code", "lat", "lon", "candidate", "status", "quality"),
    "road_nodes": ("node_id",),
    "road_edges": ("from_node", "to_node", "road", "class", "minutes", "length_quality"),
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
MINUTES_TABLE: Final = re.compile(r"minutes_[a-z][a-z0-9_]*")
"""A table of ready minutes: a row for each cell and site between which there is a way."""
MINUTES_COLUMNS: Final = ("cell_id", "site_id", "minutes")
MINUTES_REFERENCES: Final = {"cell_id": "cells.cell_id", "site_id": "sites.site_id"}
LINE_COLUMNS: Final = ("line_wkt", "line_wkb")
NUMBERS: Final = re.compile(
    r"cells\.(east_metres|north_metres|youths|population|population_65plus|aged_\d+_\d+)"
    r"|municipalities\.aged_\d+"
    r"|sites\.(lat|lon|candidate)"
    r"|road_edges\.(minutes|may_join)"
)
"""Columns that hold a number in every row."""
OPTIONAL_NUMBERS: Final = re.compile(
    r"road_edges\.(length_km|minutes_back|bicycle_minutes|bicycle_minutes_back|walk_minutes)"
    r"|minutes_\w+\.(minutes|home_minutes)"
)
"""Columns that hold a number or nothing: no way, or not known."""
AGE_CLASS: Final = re.compile(r"aged_(\d+)_(\d+)")

MOST_VALUES: Final = 20_000
"""Keys and values of a manifest: some hundred columns with eight each."""

Quality = Literal["published", "derived", "estimated", "mixed"]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Column(_Entry):
    """What the manifest says of one column."""

    type: Literal["text", "number", "integer", "wkb"]
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


def _projected_in_metres(crs: str) -> str:
    try:
        known = CRS.from_user_input(crs)
    except CRSError as error:
        message = f"{crs!r} is no known coordinate system; give one such as EPSG:3006"
        raise ValueError(message) from error
    if not known.is_projected or any(axis.unit_name != "metre" for axis in known.axis_info[:2]):
        message = f"{crs} is not projected in metres; give one that is, such as EPSG:3006"
        raise ValueError(message)
    return crs


MetricCrs = Annotated[str, AfterValidator(_projected_in_metres)]
"""Name of a coordinate system that is projected in metres."""


class Manifest(_Entry):
    """The file ``dataset.yaml`` of a dataset folder."""

    name: str
    title: Title
    crs: MetricCrs
    cell_size_metres: float = Field(gt=0, le=100_000)
    compiled: str
    population_year: str
    notes: tuple[Title, ...] = ()
    """What readers must know of the data: which of them are estimates, and how good these are."""
    disclosure: Terms = Terms()
    """What may be told of the young people, by all files together."""
    tables: dict[str, Table]


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises
    ------
    DatasetError
        If it cannot be read, or leaves out what the program relies on.
    """
    try:
        text = read_bytes(path, most_bytes=MOST_BYTES).decode("utf-8")
        yaml = YAML(typ="safe", pure=True)
        yaml.Composer = bounded(MOST_VALUES, merging=False)
        tree = yaml.load(text)
    except MarkedYAMLError as error:
        message = f"{path}{problem_of(error, text)}"
        raise DatasetError(message) from error
    # On a file that is no YAML the parser stumbles over its own feet: it ends in almost anything.
    except Exception as error:
        message = f"{path}: cannot be read as YAML ({type(error).__name__})"
        raise DatasetError(message) from error
    return manifest_of(path, tree)


def manifest_of(path: Path, tree: object) -> Manifest:
    """Check what a manifest's file holds.

    Raises
    ------
    DatasetError
        If it leaves out what the program relies on.
    """
    try:
        manifest = Manifest.model_validate(tree)
    except ValidationError as error:
        place, problem = first_fault(error, Manifest)
        key = ".".join(map(shortened, place))
        message = f"{path}: {f'{key}: ' if key else ''}{problem}"
        raise DatasetError(message) from error
    # Numbers without end, and values that hold themselves, are met here.
    except (ValueError, TypeError, RecursionError) as error:
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
    _require_one_of(path, manifest)
    _require_one_span(path, manifest)
    _require_what_is_relied_on(path, manifest)
    return manifest


def _require_one_of(path: Path, manifest: Manifest) -> None:
    """Refuse a manifest without a form of what may be given in several: people in cells, lines of roads."""
    cells, edges = manifest.tables["cells"].columns, manifest.tables["road_edges"].columns
    if not ("youths" in cells or "population" in cells or any(map(AGE_CLASS.fullmatch, cells))):
        message = (
            f"{path}: tables.cells: nobody is counted; give the column youths, or age classes such as "
            "aged_15_19, or population and population_65plus"
        )
        raise DatasetError(message)
    if not any(each in edges for each in LINE_COLUMNS):
        message = f"{path}: tables.road_edges: the column line_wkt is missing (in Parquet: line_wkb)"
        raise DatasetError(message)
    for name, table in manifest.tables.items():
        absent = [each for each in MINUTES_COLUMNS if each not in table.columns]
        if MINUTES_TABLE.fullmatch(name) and absent:
            message = f"{path}: tables.{name}: the column {absent[0]} is missing; see docs/dataset.md"
            raise DatasetError(message)


def _require_one_span(path: Path, manifest: Manifest) -> None:
    """Refuse youths that by the words on them are of other ages than the terms say: one must be wrong."""
    terms, youths = manifest.disclosure, manifest.tables["cells"].columns.get("youths")
    if youths and (told := terms.contradicted_by(youths.meaning)):
        message = (
            f"{path}: tables.cells.youths: its meaning says {told}, but disclosure.ages has it count "
            f"{terms.ages_of_youths}; let both say whom the column counts"
        )
        raise DatasetError(message)


def _require_what_is_relied_on(path: Path, manifest: Manifest) -> None:
    """Refuse a manifest that leaves unchecked what the program builds on: keys, references, numbers."""
    columns = {
        f"{table}.{name}": column
        for table, each in manifest.tables.items()
        for name, column in each.columns.items()
    }
    references = {
        **REFERENCES,
        **{
            f"{table}.{name}": reference
            for table in filter(MINUTES_TABLE.fullmatch, manifest.tables)
            for name, reference in MINUTES_REFERENCES.items()
        },
    }
    is_number = {name: column.type in ("number", "integer") for name, column in columns.items()}
    for name, column in columns.items():
        # Minutes may be empty (closed) only where the other direction has minutes of its own.
        may_be_empty = name == "road_edges.minutes" and "road_edges.minutes_back" in columns
        if name in KEYS and not column.key:
            message = f"{path}: tables.{name} must have key: true"
        elif column.references != references.get(name, column.references):
            message = f"{path}: tables.{name} must have references: {references[name]}"
        elif NUMBERS.fullmatch(name) and (not is_number[name] or (column.optional and not may_be_empty)):
            message = f"{path}: tables.{name} must be a number in every row (type: number, not optional)"
        elif OPTIONAL_NUMBERS.fullmatch(name) and not is_number[name]:
            message = f"{path}: tables.{name} must be a number (type: number)"
        elif column.type == "wkb" and Path(manifest.tables[name.split(".")[0]].file).suffix != ".parquet":
            message = f"{path}: tables.{name}: type wkb is for .parquet tables; CSV holds lines as line_wkt"
        else:
            continue
        raise DatasetError(message)
