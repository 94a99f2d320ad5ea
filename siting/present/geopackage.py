"""Writes GeoPackages, which QGIS opens: what may be shared, and the internal file."""

from __future__ import annotations

import errno
import io
import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from pyogrio import get_gdal_config_option, set_gdal_config_options, write_dataframe

from .internal import OWNER_ONLY, internal_layers
from .layers import assignments_layer, isochrones_layer, sites_layer, tours_layer
from .notes import attributions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from ..study import Outcome
    from .words import Words

WRITING: Final = {
    "OGR_CURRENT_DATE": "1970-01-01T00:00:00.000Z",
    "OGR_SQLITE_SYNCHRONOUS": "OFF",
    "OGR_SQLITE_JOURNAL": "MEMORY",
}
"""How GDAL writes: no time of writing, so that the same question gives the same bytes; and no journal on the
disk, for a file that was not finished is thrown away with its draft (`siting.whole_files`)."""


def write_geopackage(path: Path, outcomes: tuple[Outcome, ...], words: Words) -> None:
    """Write layers that QGIS opens, named by scenario where there are several."""
    for outcome in outcomes:
        suffix = f"_{outcome.scenario.name}" if len(outcomes) > 1 else ""
        layers = {"sites": sites_layer(outcome), "assignments": assignments_layer(outcome, words)}
        if outcome.plan.rota:
            layers["tours"] = tours_layer(outcome)
        if len(isochrones := isochrones_layer(outcome)):
            layers["isochrones"] = isochrones
        metadata = {"ATTRIBUTION": "; ".join(attributions(outcome))}
        for name, layer in layers.items():
            _write_layer(path, f"{name}{suffix}", layer, layer_metadata=metadata)


def write_internal(path: Path, outcomes: tuple[Outcome, ...], words: Words) -> None:
    """Write the numbers as they are, for the eyes of whoever runs this alone."""
    for each in internal_layers(outcomes, words):
        options = {"IDENTIFIER": each.title, "DESCRIPTION": each.description}
        # No metadata of the whole file: GDAL would put them beside it whenever it is read (.aux.xml).
        how = {"layer_metadata": each.metadata, "layer_options": options}
        _write_layer(path, each.name, each.frame, is_for_owner=True, **how)


def _write_layer(
    path: Path, name: str, frame: pd.DataFrame, *, is_for_owner: bool = False, **options: dict[str, str]
) -> None:
    """Write a layer, or a table if the frame has no geometry, beside those that the file has."""
    with _gdal_options(WRITING):
        if is_for_owner and not path.exists():
            # GDAL would make a file that others may read. What is there it adds to, and leaves its mode.
            first = io.BytesIO()
            write_dataframe(frame, first, layer=name, driver="GPKG", **options)
            _make_for_owner(path, first.getbuffer())
        else:
            write_dataframe(frame, path, layer=name, driver="GPKG", **options)
    _require_layer(path, name, len(frame), has_geometry="geometry" in frame)


def _make_for_owner(path: Path, content: memoryview) -> None:
    """Make a file that only its owner may read, from its first byte on."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, OWNER_ONLY), "wb") as file:
        file.write(content)


@contextmanager
def _gdal_options(options: dict[str, str]) -> Iterator[None]:
    """Set options of GDAL, which has them for the whole process, and put back what was there."""
    before = {name: get_gdal_config_option(name) for name in options}
    set_gdal_config_options(options)
    try:
        yield
    finally:
        set_gdal_config_options(before)


def _require_layer(path: Path, name: str, n_rows: int, *, has_geometry: bool) -> None:
    """See that a layer is whole: what fails while GDAL closes a file, it does not tell."""
    try:
        with closing(sqlite3.connect(path)) as base:
            # Names of layers are made of those of scenarios: letters, digits and hyphens.
            (count,) = base.execute(f'SELECT count(*) FROM "{name}"').fetchone()
            is_sound = base.execute("PRAGMA quick_check").fetchall() == [("ok",)]
            described = base.execute(
                "SELECT count(min_x) FROM gpkg_contents NATURAL JOIN gpkg_extensions "
                "WHERE table_name = ? AND extension_name = 'gpkg_rtree_index'",
                (name,),
            ).fetchone()
    except sqlite3.Error as error:
        raise OSError(errno.EIO, f"layer {name}: {error}", str(path.name)) from error
    if not is_sound or count != n_rows or (n_rows and has_geometry and described != (1,)):
        raise OSError(errno.EIO, f"layer {name} is not whole", str(path.name))
