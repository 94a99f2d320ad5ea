"""`Dataset`: the tables of a folder, read and checked against its manifest."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from ..errors import DatasetError, OutputError
from ..geo import WGS84, lie_near
from ..given_files import is_file, read_bytes, require_sound_parquet
from ..scenario_file import embedded_folder
from ..sentences import first_line, listed, needs_extra, shortened
from ..whole_files import put_in_place
from ..yaml_file import MOST_BYTES as MOST_BYTES_OF_MANIFEST
from ..yaml_file import bounded
from .columns import checked, require
from .manifest import MANIFEST_NAME, MOST_VALUES, Manifest, Table, manifest_of, read_manifest
from .terms import require_one_demand, require_terms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..scenario import Scenario

MOST_BYTES: Final = 4_000_000_000
"""Of a table: the minutes of a whole country, in Parquet, have half of it."""
MOST_COLUMNS: Final = 16_384  # of Excel
_BROKEN = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    csv.Error,
    shapely.errors.ShapelyError,
)
"""What a broken file ends in."""


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

    def require_terms(self, scenario: Scenario) -> None:
        """Refuse a scenario that would tell more of the young people than the dataset's owner lets be told.

        Raises
        ------
        ScenarioError
            If it shows smaller counts, or counts on another ladder, or other ages.
        """
        require_terms(scenario, self.manifest.disclosure, self.folder / MANIFEST_NAME)

    def require_one_demand(self, keys: Iterable[str]) -> None:
        """Refuse a sweep over keys that say who counts, unless the numbers are public.

        Raises
        ------
        ScenarioError
            If a key does, and they are not.
        """
        require_one_demand(keys, self.manifest.disclosure, self.folder / MANIFEST_NAME)


def load_dataset(name: str, *, relative_to: Path | None = None) -> Dataset:
    """Read an embedded dataset by its name, or a dataset folder by its path.

    Raises
    ------
    DatasetError
        If the folder, its manifest or a table is missing or not as the manifest says.
    """
    folder = _find_folder(name, relative_to)
    manifest = read_manifest(folder / MANIFEST_NAME)
    tables = {each: _read_table(folder, table) for each, table in manifest.tables.items()}
    _check_references(folder, manifest, tables)
    if "municipality_borders" in tables:
        path = folder / manifest.tables["municipality_borders"].file
        _check_borders(path, tables["municipality_borders"], tables["sites"])
    return Dataset(folder, manifest, tables)


def seal(folder: Path) -> int:
    """Write rows and SHA-256 of every table into the manifest, and nothing else; return how many tables.

    Raises
    ------
    DatasetError
        If the manifest or a table cannot be read, or the manifest leaves out what the program relies on.
    OutputError
        If the manifest cannot be written; then it has not changed.
    """
    path = folder / MANIFEST_NAME
    yaml = YAML()
    yaml.Composer = bounded(MOST_VALUES, merging=False)
    yaml.preserve_quotes = True
    yaml.width = 10_000
    try:
        manifest = yaml.load(read_bytes(path, most_bytes=MOST_BYTES_OF_MANIFEST).decode("utf-8"))
        for table in manifest["tables"].values():
            file = _own_file(folder, table["file"])
            content = read_bytes(file, most_bytes=MOST_BYTES)
            table["rows"] = len(_parse(file, content))
            table["sha256"] = hashlib.sha256(content).hexdigest()
        manifest_of(path, manifest)
    except DatasetError:
        raise
    # On a file that is no YAML the parser stumbles over its own feet: it ends in almost anything.
    except Exception as error:
        said = (error.problem if isinstance(error, MarkedYAMLError) else None) or error
        message = f"{path}: cannot be sealed ({first_line(said)})"
        raise DatasetError(message) from error
    sealed = io.StringIO()
    yaml.dump(manifest, sealed)
    try:
        with put_in_place(path.resolve().parent) as draft:  # a manifest is found whole, old or new
            (draft / path.resolve().name).write_text(sealed.getvalue(), encoding="utf-8", newline="\n")
    except OSError as error:
        message = f"{path}: cannot be written to ({error.strerror or error})"
        raise OutputError(message) from error
    return len(manifest["tables"])


def _find_folder(name: str, relative_to: Path | None) -> Path:
    embedded = embedded_folder("data")
    candidates = [(relative_to or Path()) / name]
    if Path(name).name == name:
        candidates.append(embedded / name)
    for folder in candidates:
        if is_file(folder / MANIFEST_NAME):
            return folder
    known = ", ".join(sorted(path.parent.name for path in embedded.glob(f"*/{MANIFEST_NAME}")))
    message = (
        f"{name}: there is no dataset folder with a {MANIFEST_NAME}; "
        f"give a folder, or an embedded one: {known}"
    )
    raise DatasetError(message)


def _read_table(folder: Path, table: Table) -> pd.DataFrame:
    path = _own_file(folder, table.file)
    try:
        content = read_bytes(path, most_bytes=MOST_BYTES)
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
        message = f"{path}: has the columns {listed(frame.columns)}; expected {', '.join(table.columns)}"
        raise DatasetError(message)
    if len(frame) != table.rows:
        message = f"{path}: has {len(frame)} rows; the manifest says {table.rows}"
        raise DatasetError(message)
    for name, column in table.columns.items():
        frame[name] = checked(path, name, frame[name], column)
    return frame


def _own_file(folder: Path, name: str) -> Path:
    path = folder / name
    try:
        is_own = path.resolve().parent == folder.resolve()
    except (OSError, RuntimeError, ValueError):  # a link that goes in a circle, or no name at all
        is_own = False
    if not is_own:
        message = f"{folder / MANIFEST_NAME}: file {shortened(name)!r} must lie in the dataset's own folder"
        raise DatasetError(message)
    return path


def _parse(path: Path, content: bytes) -> pd.DataFrame:
    try:
        if path.suffix == ".geojson":
            # Not through GDAL, which would open what a disguised file points to.
            return _parse_borders(content)
        if path.suffix == ".parquet":
            return _parse_parquet(content)
        return _parse_csv(path, content.decode("utf-8-sig"))
    except ImportError as error:
        message = needs_extra(f"{path}: reading .parquet", "pyarrow", "sources")
        raise DatasetError(message) from error
    except _BROKEN as error:
        message = f"{path}: cannot be read as {path.suffix.lstrip('.')} ({first_line(error)})"
        raise DatasetError(message) from error


def _parse_borders(content: bytes) -> pd.DataFrame:
    with np.errstate(invalid="ignore"):  # it is said in a sentence
        borders: pd.DataFrame = gpd.GeoDataFrame.from_features(json.loads(content)["features"], crs=WGS84)
    if not np.isfinite(shapely.get_coordinates(borders.geometry.to_numpy())).all():
        message = "a coordinate is no number"
        raise ValueError(message)
    return borders


def _parse_csv(path: Path, text: str) -> pd.DataFrame:
    """Read every value as text; a row of another length than the head is an error, not a shift."""
    head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    if len(head) > MOST_COLUMNS:
        message = f"{path}: has {len(head)} columns; at most {MOST_COLUMNS} are read"
        raise DatasetError(message)
    rows = [row for row in rows if row]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(head):
            message = f"{path}, row {number}: has {len(row)} values; the head has {len(head)}"
            raise DatasetError(message)
    return pd.DataFrame(rows, columns=head, dtype=str)


def _parse_parquet(content: bytes) -> pd.DataFrame:
    require_sound_parquet(io.BytesIO(content))
    frame = pd.read_parquet(io.BytesIO(content), engine="pyarrow")
    return frame.reset_index(drop=True)


def _check_borders(path: Path, borders: pd.DataFrame, sites: pd.DataFrame) -> None:
    if not isinstance(borders, gpd.GeoDataFrame):
        message = f"{path}: has no geometry; give the borders as GeoJSON"
        raise DatasetError(message)
    shapes = borders.geometry
    is_area = shapes.geom_type.isin(["Polygon", "MultiPolygon"]) & ~shapes.is_empty
    bounds = shapes.bounds.abs()
    in_degrees = (bounds[["minx", "maxx"]] <= 180).all(axis=1) & (bounds[["miny", "maxy"]] <= 90).all(axis=1)
    is_near = lie_near(shapes.bounds.to_numpy(), sites[["lon", "lat"]].median().to_numpy())
    for good, problem in (
        (is_area, "has no area"),
        (in_degrees, "has borders that are not in degrees"),
        (pd.Series(is_near | sites.empty), "lies far from the premises; are its axes swapped?"),
    ):
        require(path, "name", borders["name"].astype(str), good, problem)


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
            require(folder / table.file, name, values, known, f"is not in {manifest.tables[other].file}")
