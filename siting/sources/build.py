"""`build`: a sources file -> a dataset folder, whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
import secrets
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal

import geopandas as gpd
from ruamel.yaml import YAML

from ..dataset import AGE_CLASS, MANIFEST_NAME, Manifest, Table, Terms, load_dataset, read_manifest
from ..errors import DatasetError, InputError, OutputError
from ..sentences import needs_extra
from ..whole_files import delete_if_left, hold, let_go
from .ground import read_ground
from .osm.premises import KINDS
from .osm.premises import STATUS as OSM_STATUS
from .people import make_cells
from .premises import make_localities, make_other, make_prevalence, make_sites
from .recipe_file import read_recipe
from .streets_and_minutes import can_be_made, make_minutes, make_roads, require_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pandas as pd

    from .ground import Ground
    from .made import MadeTable
    from .recipe import Recipe

MOST_ROWS_IN_CSV: Final = 100_000
SLASHES_LOST: Final = re.compile(r"[A-Za-z][\w+.-]+:[/\\]")
"""How an address begins that was taken for a path; one letter and a colon are a Windows drive."""


def build(
    recipe_path: Path,
    out: Path,
    *,
    compiled: dt.date | None = None,
    replace: bool = False,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Path:
    """Build a dataset folder from a sources file.

    The folder appears when it is complete and has been read back without a fault; a build that is
    stopped or fails leaves what was there before.

    Parameters
    ----------
    recipe_path
        The sources file.
    out
        Folder of the dataset.
    compiled
        The day of the build, for the manifest; left out: today.
    replace
        Whether a dataset that is there already may be replaced.
    on_progress
        Is told what goes on.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    InputError
        If the sources file, or a source that it names, cannot be read or is wrong.
    OutputError
        If the folder is there already, or cannot be written.
    """
    recipe = read_recipe(recipe_path)
    require_settings(recipe, recipe_path)
    _require_room(out, replace=replace)
    target = out.resolve()  # of a link, the folder that it points to
    # Beside the target, so that renaming it is one step on one disk.
    part = target.parent / f".{target.name}.{secrets.token_hex(4)}.part"
    with _said_of(out):  # now, not after an hour of reading
        part.mkdir(parents=True)
        part.rmdir()
    ground, tables = _make(recipe, recipe_path.parent, on_progress)
    on_progress("writing the dataset")
    mark = None
    try:
        with _said_of(out):
            _clear(target, "part")
            part.mkdir(parents=True)
            mark = hold(part)  # no other build takes it for one that a kill left
            _write(part, recipe, ground, tables, compiled or dt.datetime.now(dt.UTC).date())
            on_progress("reading it back")
            _read_back(part, out)
            _require_room(out, replace=replace)  # another build may have been quicker
            _put_in_place(part, target)
            _clear(target, "old")  # kept by a kill, for the time without a dataset
        for line in (
            _summary(tables),
            f"{_terms(recipe.disclosure)} (disclosure in {recipe_path.name})",
            *(f"note: {note.en}" for note in ground.notes),
        ):
            on_progress(line)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        let_go(mark)
    return out


def _clear(target: Path, what: Literal["part", "old"]) -> None:
    """Delete what builds of the same dataset left that were killed."""
    name = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{8}}\.{what}")
    for path in target.parent.iterdir():
        if name.fullmatch(path.name):
            delete_if_left(path)


@contextmanager
def _said_of(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"{out}: cannot be written ({error.strerror or error})"
        raise OutputError(message) from error


def _require_room(out: Path, *, replace: bool) -> None:
    """Refuse a place that cannot be taken: nothing is ever removed but a dataset, and only when asked for."""
    if SLASHES_LOST.match(str(out)):  # not shown: it may hold a password
        message = "--out: a dataset is a folder of files; give a folder, not an address"
    elif not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    elif not (out / MANIFEST_NAME).is_file():
        message = f"{out}: is there already, and no dataset; give another folder with --out"
    elif not replace:
        message = f"{out}: is a dataset already; give another folder with --out, or say --replace"
    elif strange := _strange_files(out):
        message = (
            f"{out}: would be replaced as a whole, but {strange[0]} is no table of it; move it, or give "
            "another folder with --out"
        )
    else:
        return
    raise OutputError(message)


def _strange_files(out: Path) -> list[str]:
    """Names of what lies in a dataset's folder and is not its own, as sources or a letter may."""
    try:
        tables = read_manifest(out / MANIFEST_NAME).tables.values()
    except DatasetError as error:
        message = f"{error}: what is in the folder is not known, so it is not replaced; move it away"
        raise OutputError(message) from error
    own = {MANIFEST_NAME, *(table.file for table in tables)}
    return sorted(path.name for path in out.iterdir() if path.name not in own)


def _make(
    recipe: Recipe, folder: Path, on_progress: Callable[[str], None]
) -> tuple[Ground, dict[str, MadeTable]]:
    on_progress("reading municipalities")
    ground, tables = read_ground(recipe, folder, on_progress=on_progress)
    on_progress("reading cells")
    tables["cells"] = make_cells(ground)
    ground = ground.with_cells(tables["cells"].frame)
    on_progress("reading premises")
    tables["sites"] = make_sites(ground)
    for name, make in (("localities", make_localities), ("prevalence", make_prevalence)):
        if (made := make(ground)) is not None:
            tables[name] = made
    for name, other in recipe.tables.items():
        tables[name] = make_other(ground, name, other)
    on_progress("reading roads")
    tables.update(make_roads(ground))
    for name, source in recipe.minutes.items():
        on_progress(f"working out minutes by {name}" if source.gtfs else f"reading minutes by {name}")
        cells, sites = tables["cells"].frame, tables["sites"].frame
        tables[f"minutes_{name}"] = make_minutes(ground, name, source, cells=cells, sites=sites)
    return ground, tables


def _summary(tables: dict[str, MadeTable]) -> str:
    """What was found, in one line; totals only, since few people in one place must not be told."""
    cells, sites = tables["cells"].frame, tables["sites"].frame
    kinds = sites.loc[sites["status"] != OSM_STATUS, "kind"].value_counts()
    told = [f"{n} {kind}{'' if kind in KINDS else ' (not a kind of ours)'}" for kind, n in kinds.items()]
    if n_osm := int((sites["status"] == OSM_STATUS).sum()):
        told.append(f"{n_osm} from OpenStreetMap")
    n = len(tables["municipalities"].frame)
    lines = [
        f"{len(cells):,} cells, {_people(cells)} in {n:,} {'municipality' if n == 1 else 'municipalities'}",
        f"{len(sites):,} premises ({', '.join(told)})",
        f"{len(tables['road_nodes'].frame):,} road nodes",
    ]
    for name, made in tables.items():
        if name.startswith("minutes_"):
            n_pairs = int(can_be_made(made.frame).sum())
            lines.append(f"{name}: {n_pairs:,} of {len(cells) * len(sites):,} pairs")
    return "; ".join(lines)


def _terms(terms: Terms) -> str:
    """Say what may be told; a planner who says nothing of it has said so too."""
    ages = "any ages" if terms.ages == "any" else f"ages {terms.ages} only"
    return f"scenarios show counts from {terms.smallest_count_shown} on, of {ages}"


def _people(cells: pd.DataFrame) -> str:
    if "youths" in cells:
        return f"{cells['youths'].sum():,.0f} youths"
    ages = [each for each in map(str, cells.columns) if AGE_CLASS.fullmatch(each)]
    if ages:
        return f"{cells[ages].sum().sum():,.0f} persons in {len(ages)} age classes"
    return f"{cells['population'].sum():,.0f} residents"


def _write(
    folder: Path, recipe: Recipe, ground: Ground, tables: dict[str, MadeTable], compiled: dt.date
) -> None:
    manifest = Manifest(
        name=recipe.name,
        title=recipe.title,
        crs=recipe.crs,
        cell_size_metres=recipe.cell_size_metres,
        compiled=compiled.isoformat(),
        population_year=recipe.population_year,
        notes=tuple(ground.notes),
        disclosure=recipe.disclosure,
        tables={name: _written(folder, name, made) for name, made in tables.items()},
    )
    said = manifest.model_dump(mode="json", exclude_defaults=True)
    tables_said = said.pop("tables")
    # Written in full, so that nobody need know what holds where nothing is said.
    said |= {"disclosure": manifest.disclosure.model_dump(mode="json"), "tables": tables_said}
    text = io.StringIO()
    yaml = YAML()
    yaml.width = 10_000
    yaml.dump(said, text)
    (folder / MANIFEST_NAME).write_text(text.getvalue(), encoding="utf-8", newline="\n")


def _written(folder: Path, name: str, made: MadeTable) -> Table:
    """Write one table; give what the manifest says of it."""
    frame: Any = made.frame
    if isinstance(frame, gpd.GeoDataFrame):
        path = folder / f"{name}.geojson"
        path.write_text(frame.to_json(drop_id=True), encoding="utf-8", newline="\n")
    elif made.in_parquet or len(frame) > MOST_ROWS_IN_CSV:
        path = folder / f"{name}.parquet"
        _write_parquet(made, path)
    else:
        path = folder / f"{name}.csv"
        frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    return Table(
        file=path.name,
        rows=len(frame),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        source=made.source,
        licence=made.origin.licence,
        date=made.origin.date,
        quality=made.origin.quality,
        columns=made.columns,
    )


def _write_parquet(made: MadeTable, path: Path) -> None:
    try:
        made.frame.to_parquet(path, index=False, engine="pyarrow")
    except ImportError as error:
        message = needs_extra("writing big tables", "pyarrow", "sources")
        raise InputError(message) from error


def _read_back(part: Path, out: Path) -> None:
    try:
        load_dataset(str(part))
    except DatasetError as error:
        # The reader knows the folder by the name that it is to have.
        raise DatasetError(str(error).replace(str(part), str(out))) from error


def _put_in_place(part: Path, out: Path) -> None:
    """Rename the finished folder; what was there goes only when the new one stands in its place."""
    if not out.exists():
        part.rename(out)
        return
    old = part.with_suffix(".old")
    mark = hold(out)  # it goes with the folder, whatever its name
    try:
        out.rename(old)
        part.rename(out)
    except BaseException:
        if old.exists() and not out.exists():
            old.rename(out)
        raise
    finally:
        let_go(mark)
    shutil.rmtree(old, ignore_errors=True)
