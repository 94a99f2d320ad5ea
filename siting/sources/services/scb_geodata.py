"""Municipal borders and the 1 km population grid, from Statistics Sweden's open geodata (WFS, CC0).

The service has no layer of municipalities; its small statistical areas (DeSO) follow their borders and are
put together here. A cell belongs to the municipality in which its centre lies. The place of a cell is read
from its id (lower left corner, easting then northing), and the drawn square must agree with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ...errors import FetchError
from ...sentences import first_line
from .answers import json_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from .download import Downloader

WHO: Final = "WFS (Statistics Sweden)"
CRS: Final = "EPSG:3006"
AREAS: Final = "stat:DeSO_2025"
GRID: Final = "stat:befolkning_1km_{year}"
GRID_SIDE_METRES: Final = 1000
CELL_ID: Final = re.compile(r"(\d{6})(\d{7})")
AGE_CLASS: Final = re.compile(r"ald(\d+)_(\d+)")
OPEN_CLASS: Final = re.compile(r"ald(\d+)w")
OLDEST: Final = 120  # end of the open class
MAP_TOLERANCE_METRES: Final = 50.0
LARGEST_EASTING, SMALLEST_NORTHING = 1_100_000, 6_000_000


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer of the service, and how it is paged."""

    name: str
    key: str
    """Property with a value of its own for each feature; pages are sorted by it."""
    page: int
    """Features at once."""


def municipality_borders(
    downloader: Downloader, wfs: str, municipalities: dict[str, str], *, page: int = 200
) -> gpd.GeoDataFrame:
    """Give code, name and border of each municipality, in SWEREF 99 TM.

    Raises
    ------
    FetchError
        If the service cannot be reached, or leaves a municipality out.
    """
    codes = ",".join(f"'{code}'" for code in municipalities)
    layer = Layer(name=AREAS, key="desokod", page=page)
    areas = _features(downloader, wfs, layer, {"CQL_FILTER": f"kommunkod IN ({codes})"})
    frame = _frame(areas, AREAS)
    _require_fields(frame, ("kommunkod",), AREAS)
    missing = [name for code, name in municipalities.items() if code not in set(frame["kommunkod"])]
    if missing:
        message = f"{WHO}: {AREAS} has no area in {missing[0]}; the layer may have changed"
        raise FetchError(message)
    _require_order(shapely.get_coordinates(frame.geometry.to_numpy()), AREAS)
    borders = frame[["kommunkod", "geometry"]].dissolve("kommunkod").reset_index()
    borders = borders[borders["kommunkod"].isin(municipalities)]
    return gpd.GeoDataFrame(
        {"code": borders["kommunkod"], "name": borders["kommunkod"].map(municipalities)},
        geometry=shapely.make_valid(borders.geometry.to_numpy()),
        crs=CRS,
    )


def for_maps(borders: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Simplify borders to what a map needs, neighbours alike, in degrees WGS84."""
    # Before shapely 2.1 neighbours cannot be simplified together; then their borders may part a little.
    simplify = getattr(shapely, "coverage_simplify", shapely.simplify)
    lines = simplify(borders.geometry.to_numpy(), MAP_TOLERANCE_METRES)
    return borders.set_geometry(lines, crs=CRS).to_crs("EPSG:4326")


def population_cells(
    downloader: Downloader, wfs: str, borders: gpd.GeoDataFrame, year: int, *, page: int = 5000
) -> pd.DataFrame:
    """Give the cells whose centre lies in the municipalities, with population and all age classes.

    Raises
    ------
    FetchError
        If the service cannot be reached, has no cells there, or they lack what is needed.
    """
    layer = Layer(name=GRID.format(year=year), key="rutid_scb", page=page)
    west, south, east, north = borders.total_bounds
    margin = GRID_SIDE_METRES
    bounds = (west - margin, south - margin, east + margin, north + margin)
    box = ",".join(f"{each:.0f}" for each in bounds)
    features = _features(downloader, wfs, layer, {"bbox": f"{box},{CRS}"})
    frame = _frame(features, layer.name)
    classes = _age_classes(list(frame.columns))
    _require_fields(frame, ("rutid_scb", "beftotalt", *classes.values()), layer.name)
    centres = _centres(frame, layer.name)
    place, municipality = shapely.STRtree(borders.geometry.to_numpy()).query(
        shapely.points(centres), predicate="intersects"
    )
    first, row = np.unique(place, return_index=True)  # a centre on a border is in the first of the two
    if not len(first):
        message = f"{WHO}: no cell of {layer.name} lies in the region; the layer may have changed"
        raise FetchError(message)
    numbers = {"population": "beftotalt", **classes}
    return pd.DataFrame(
        {
            "cell_id": frame["rutid_scb"].to_numpy()[first],
            "municipality_code": borders["code"].to_numpy()[municipality[row]],
            "east_metres": centres[first, 0],
            "north_metres": centres[first, 1],
            **{ours: _counts(frame[theirs], layer.name)[first] for ours, theirs in numbers.items()},
        }
    )


def _features(
    downloader: Downloader, wfs: str, layer: Layer, query: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Ask for all features page by page, or at once where the service does not turn pages."""
    asked = {
        "service": "WFS",
        "version": "2.0.0",
        "request": "GetFeature",
        "typeNames": layer.name,
        "outputFormat": "application/json",
        "srsName": CRS,
        **query,
    }
    found: dict[str, dict[str, Any]] = {}
    start, expected = 0, None
    while expected is None or start < expected:
        paging = {"sortBy": layer.key, "count": str(layer.page), "startIndex": str(start)}
        page = _page(downloader, wfs, {**asked, **paging}, layer, may_be_empty=start > 0 and expected is None)
        new = {str(each["properties"][layer.key]): each for each in page["features"]}
        if start and new and not new.keys() - found.keys():  # the same page again
            whole = _page(downloader, wfs, asked, layer, may_be_empty=False)
            found = {str(each["properties"][layer.key]): each for each in whole["features"]}
            break
        found.update(new)
        start += len(new)
        matched = page.get("numberMatched")  # "unknown", or -1 for that, with some services
        expected = matched if isinstance(matched, int) and matched >= 0 else None
        downloader.on_progress(f"{layer.name}: {len(found)} of {expected or 'unknown'} features")
        if expected is None and len(new) < layer.page:
            break
    if expected is not None and len(found) < expected:
        message = f"{WHO}: gave {len(found)} of {expected} features of {layer.name}; try again later"
        raise FetchError(message)
    return list(found.values())


def _page(
    downloader: Downloader, wfs: str, asked: Mapping[str, str], layer: Layer, *, may_be_empty: bool
) -> dict[str, Any]:
    check = _check_collection(layer, may_be_empty=may_be_empty)
    return json_object(downloader.get(wfs, asked, check=check, suffix=".geojson"), WHO)


def _check_collection(layer: Layer, *, may_be_empty: bool) -> Callable[[Path], None]:
    def check(path: Path) -> None:
        answer = json_object(path, WHO)
        features = answer.get("features")
        if answer.get("type") != "FeatureCollection" or not isinstance(features, list):
            message = f"{WHO}: answers with something else than features of {layer.name}"
            raise FetchError(message)
        if not features and not may_be_empty:
            message = f"{WHO}: {layer.name} has no features there; the layer may have changed"
            raise FetchError(message)
        for feature in features:
            properties = feature.get("properties") if isinstance(feature, dict) else None
            if not properties or not properties.get(layer.key) or not feature.get("geometry"):
                message = f"{WHO}: a feature of {layer.name} has no {layer.key} or no geometry"
                raise FetchError(message)

    return check


def _frame(features: list[dict[str, Any]], layer: str) -> gpd.GeoDataFrame:
    try:
        return gpd.GeoDataFrame.from_features(features, crs=CRS)
    except (ValueError, LookupError, TypeError, AttributeError, shapely.errors.ShapelyError) as error:
        message = f"{WHO}: a geometry of {layer} cannot be read ({first_line(error)})"
        raise FetchError(message) from error


def _age_classes(fields: list[str]) -> dict[str, str]:
    """Our name and the service's name of each age class."""
    spans = {
        **{field: match.groups() for field in fields if (match := AGE_CLASS.fullmatch(field))},
        **{field: (match[1], OLDEST) for field in fields if (match := OPEN_CLASS.fullmatch(field))},
    }
    by_age = sorted(spans, key=lambda field: int(spans[field][0]))
    classes = {f"aged_{spans[field][0]}_{spans[field][1]}": field for field in by_age}
    for needed in ("aged_10_14", "aged_15_19", "aged_20_24"):
        if needed not in classes:
            field = needed.replace("aged_", "ald")
            message = f"{WHO}: the grid has no {field}; it has {', '.join(fields)}"
            raise FetchError(message)
    return classes


def _centres(frame: gpd.GeoDataFrame, layer: str) -> NDArray[np.float64]:
    ids = frame["rutid_scb"].astype(str)
    found = ids.str.extract(CELL_ID.pattern)
    wrong = found.isna().any(axis=1) | (ids.str.len() != 13)
    if wrong.any():
        first = ids[wrong].iloc[0]
        message = f"{WHO}: {layer}: rutid_scb {first!r} is not an easting and a northing (6 + 7 digits)"
        raise FetchError(message)
    if not (np.asarray(frame.get("rutstorl", GRID_SIDE_METRES)) == GRID_SIDE_METRES).all():
        message = f"{WHO}: {layer}: rutstorl is not {GRID_SIDE_METRES} metres in every cell"
        raise FetchError(message)
    centres: NDArray[np.float64] = found.to_numpy(dtype=np.float64) + GRID_SIDE_METRES / 2
    drawn = shapely.get_coordinates(shapely.centroid(frame.geometry.to_numpy()))
    _require_order(drawn, layer)
    apart = np.abs(drawn - centres).max(axis=1)
    if apart.max() > GRID_SIDE_METRES / 2:
        message = f"{WHO}: {layer}: cell {ids.iloc[int(apart.argmax())]} is not drawn where its id says"
        raise FetchError(message)
    return centres


def _counts(column: pd.Series, layer: str) -> NDArray[np.int64]:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    if not (numbers >= 0).all():
        message = f"{WHO}: {layer}: {column.name} is not a number of persons in every cell"
        raise FetchError(message)
    return numbers.astype(np.int64)


def _require_fields(frame: pd.DataFrame, fields: tuple[str, ...], layer: str) -> None:
    for field in fields:
        if field not in frame.columns:
            message = f"{WHO}: {layer} has no {field} any more; it has {', '.join(frame.columns)}"
            raise FetchError(message)


def _require_order(points: NDArray[np.float64], layer: str) -> None:
    if (points[:, 0] > LARGEST_EASTING).any() or (points[:, 1] < SMALLEST_NORTHING).any():
        message = (
            f"{WHO}: {layer}: coordinates are outside Sweden; looks as if easting and northing are swapped"
        )
        raise FetchError(message)
