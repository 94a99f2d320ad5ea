"""Premises, from a table of one's own, from OpenStreetMap, or both; and places to name on the map."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ..dataset import Title
from ..errors import InputError
from ..geo import distances_metres, project, unproject
from .ground import numbers_or_text
from .made import made_table
from .osm.premises import KIND_BY_NAME, sites_from_osm
from .tables.coordinates import points_metres
from .tables.read import digest, read_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .ground import Ground
    from .made import MadeTable
    from .recipe import PlainTable
    from .tables.read import SourceTable

SAME_PLACE_METRES: Final = 150.0
"""An OpenStreetMap place so near one of the table, and of its kind, is the same place."""
DEGREES_DECIMALS: Final = 7
PREMISES: Final = Title(sv="Lokaler", en="Premises")
FIRST_COLUMNS: Final = (
    "site_id",
    "name",
    "kind",
    "municipality_code",
    "lat",
    "lon",
    "candidate",
    "status",
    "quality",
)
NOT_KEPT: Final = ("municipality_name", "east_metres", "north_metres", "geometry")
LICENCE: Final = "© OpenStreetMap contributors, ODbL 1.0 (openstreetmap.org/copyright)"


def make_sites(ground: Ground) -> MadeTable:
    """Give the premises of the municipalities.

    Raises
    ------
    InputError
        If a source cannot be read, a value is wrong, or there are none.
    """
    source = ground.recipe.sites
    read: list[SourceTable | str] = []
    parts: list[pd.DataFrame] = []
    if source.file:
        table = read_table(source, ground.folder, "sites")
        parts.append(_own_sites(ground, table))
        read.append(table)
        if "status" not in table:
            ground.note(
                f"Att lokalerna i {table.name} finns och är öppna är vad den som för tabellen uppger.",
                f"That the premises in {table.name} are there and open is what the table's owner states.",
            )
    if source.osm:
        path = ground.folder / ground.recipe.roads.file
        parts.append(_osm_sites(ground, parts[0] if parts else None))
        read.append(f"OpenStreetMap, read from {path.name} (sha256 {digest(path)})")
    sites = _joined(parts)
    if source.osm:
        own = f"own table: {source.licence}; OpenStreetMap: " if source.file else ""
        source = source.model_copy(update={"licence": f"{own}{LICENCE}"})
    rest = [each for each in sites.columns if each not in FIRST_COLUMNS]
    return made_table("sites", sites[[*FIRST_COLUMNS, *rest]], source, read)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Put own premises and those of OpenStreetMap in one table; what only one of them tells is empty."""
    sites = pd.concat(parts, ignore_index=True)
    for column in sites.columns.drop(list(FIRST_COLUMNS)):
        if not pd.api.types.is_numeric_dtype(sites[column]):
            sites[column] = sites[column].fillna("")
    if sites.empty:
        message = "sites: there are none within the municipalities; give premises"
        raise InputError(message)
    twice = sites["site_id"].duplicated()
    if twice.any():
        message = f"sites: the site_id {sites['site_id'][twice].iloc[0]!r} stands twice; each needs its own"
        raise InputError(message)
    return sites


def _own_sites(ground: Ground, table: SourceTable) -> pd.DataFrame:
    table.need(("name", "kind"), " or constants: {kind: youth_clinic}")
    points = points_metres(table, ground.region, crs=ground.recipe.sites.crs)
    codes = ground.codes(table, points, PREMISES)
    degrees = unproject(points, ground.recipe.crs).round(DEGREES_DECIMALS)
    sites = pd.DataFrame(
        {
            "site_id": _site_ids(table),
            "name": table.filled_text("name").to_numpy(),
            "kind": _kinds(table).to_numpy(),
            "municipality_code": codes.to_numpy(),
            "lat": degrees[:, 0],
            "lon": degrees[:, 1],
            "candidate": _candidates(table),
            "status": table.filled_text("status").to_numpy() if "status" in table else "documented",
            "quality": table.filled_text("quality").to_numpy() if "quality" in table else "published",
        }
    )
    for name in map(str, table.frame.columns):
        if name not in FIRST_COLUMNS and name not in NOT_KEPT:
            sites[name] = np.asarray(numbers_or_text(table, name))
    return sites[sites["municipality_code"] != ""].reset_index(drop=True)


def _site_ids(table: SourceTable) -> NDArray[np.object_]:
    if "site_id" in table:
        table.require_unique("site_id")
        return table.filled_text("site_id").to_numpy(object)
    width = len(str(len(table)))
    return np.array([f"S{number:0{width}d}" for number in range(1, len(table) + 1)], dtype=object)


def _kinds(table: SourceTable) -> pd.Series:
    """Kinds by our words where a Swedish one says what they are, else as they stand."""
    stated = table.filled_text("kind")
    ours = {each: _kind(each) for each in stated.unique()}
    told = [f"{theirs!r} as {kind}" for theirs, kind in ours.items() if theirs != kind]
    if told:
        table.notes.append(f"read {', '.join(told)}")
    return stated.map(ours)


def _kind(stated: str) -> str:
    return next((kind for words, kind in KIND_BY_NAME if re.search(words, stated.lower())), stated)


def _candidates(table: SourceTable) -> NDArray[np.int64]:
    if "candidate" not in table:
        return np.ones(len(table), dtype=np.int64)
    text = table.text("candidate").str.lower()
    yes, no = text.isin(["1", "ja", "yes", "true", "x"]), text.isin(["0", "nej", "no", "false", ""])
    table.require("candidate", (yes | no).to_numpy(bool), "is neither 1 (may be opened) nor 0")
    return yes.to_numpy(bool).astype(np.int64)


def _osm_sites(ground: Ground, own: pd.DataFrame | None) -> pd.DataFrame:
    """Premises of the extract, without those that the table has already."""
    path = ground.folder / ground.recipe.roads.file
    found = sites_from_osm(path, clip=ground.area_in_degrees(0.0))
    if found.empty:
        return found.assign(municipality_code="", candidate=1)
    points = project(found["lon"].to_numpy(np.float64), found["lat"].to_numpy(np.float64), ground.recipe.crs)
    codes = ground.codes(None, points, PREMISES, needed=False)
    found = found.assign(municipality_code=codes.to_numpy(), candidate=1)
    keep = (found["municipality_code"] != "").to_numpy(bool)
    if own is not None:
        own_points = project(
            own["lon"].to_numpy(np.float64), own["lat"].to_numpy(np.float64), ground.recipe.crs
        )
        near = distances_metres(points, own_points) <= SAME_PLACE_METRES
        alike = found["kind"].to_numpy()[:, None] == own["kind"].to_numpy()[None, :]
        keep = keep & ~(near & alike).any(axis=1)
    ground.note(
        f"{int(keep.sum())} lokaler kommer från OpenStreetMap, som frivilliga uppdaterar; kontrollera dem före beslut.",  # noqa: E501  (one sentence)
        f"{int(keep.sum())} premises come from OpenStreetMap, kept by volunteers; check them first.",
    )
    return found[keep].reset_index(drop=True)


def make_localities(ground: Ground) -> MadeTable | None:
    """Give the places to name on the map, or None where the sources file names no table of them.

    Raises
    ------
    InputError
        If the table cannot be read, or a value is wrong.
    """
    source = ground.recipe.localities
    if source is None:
        return None
    table = read_table(source, ground.folder, "localities")
    table.need(("name", "population"))
    points = points_metres(table, ground.region, crs=source.crs)
    degrees = unproject(points, ground.recipe.crs).round(DEGREES_DECIMALS)
    places = pd.DataFrame(
        {
            "name": table.filled_text("name").to_numpy(),
            "lat": degrees[:, 0],
            "lon": degrees[:, 1],
            "population": table.numbers("population", minimum=0),
            "is_place_name": table.numbers("is_place_name").astype(np.int64)
            if "is_place_name" in table
            else 1,
        }
    )
    inside = ground.region.holds(points)
    return made_table("localities", places[inside].reset_index(drop=True), source, [table])


def make_prevalence(ground: Ground) -> MadeTable | None:
    """Give the key figures, or None where the sources file names no table of them.

    Raises
    ------
    InputError
        If the table cannot be read, or a value is wrong.
    """
    source = ground.recipe.prevalence
    if source is None:
        return None
    table = read_table(source, ground.folder, "prevalence")
    table.need(("key", "value"))
    table.require_unique("key")
    figures = pd.DataFrame({"key": table.filled_text("key"), "value": table.numbers("value", optional=True)})
    return made_table("prevalence", figures, source, [table])


def make_other(ground: Ground, name: str, source: PlainTable) -> MadeTable:
    """Give a table that is taken as it is.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    table = read_table(source, ground.folder, name)
    columns = [str(each) for each in table.frame.columns if each != "geometry"]
    frame = pd.DataFrame({each: numbers_or_text(table, each) for each in columns})
    return made_table(name, frame, source, [table])
