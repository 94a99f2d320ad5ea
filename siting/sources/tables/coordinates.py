"""Where the rows of a table lie, and whether that can be: swapped axes and another CRS are named.

Coordinates are the geometry, or latitude and longitude, or easting and northing in a CRS that is said, or
the corner that an SCB grid cell's id is made of. They are compared with the region: the box around the
municipalities where their borders are known, else the area that the CRS is made for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Transformer

from ...errors import InputError
from ...geo import WGS84

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .read import SourceTable

SWEREF99_TM: Final = "EPSG:3006"
COMMON: Final = (SWEREF99_TM, WGS84, "EPSG:3021", "EPSG:3857")
"""What Swedish coordinates mostly are in, if not in what was said."""
LOCAL_ZONES: Final = tuple(f"EPSG:{code}" for code in range(3007, 3019))
"""SWEREF 99 with a central meridian of its own, in which municipalities draw their maps."""
NAMES: Final = {
    SWEREF99_TM: "SWEREF 99 TM",
    WGS84: "degrees WGS84",
    "EPSG:3021": "RT 90",
    "EPSG:3857": "Web Mercator",
}
MARGIN_METRES: Final = 20_000.0
MOST: Final = 0.5
POINTS_TRIED: Final = 2_000
SCB_ID_DIGITS: Final = 13  # six of the easting and seven of the northing of the lower-left corner


@dataclass(frozen=True)
class Region:
    """The box in which coordinates are expected, in metres of the dataset's CRS."""

    crs: str
    box: tuple[float, float, float, float] | None  # west, south, east, north; None: not known
    name: str
    has_borders: bool

    @classmethod
    def of(cls, crs: str, borders: gpd.GeoDataFrame | None) -> Region:
        """Box around the borders (already in the CRS), or the area that the CRS is made for."""
        if borders is not None:
            west, south, east, north = borders.total_bounds
            margin = MARGIN_METRES
            box = (west - margin, south - margin, east + margin, north + margin)
            return cls(crs, box, "the municipalities", has_borders=True)
        area = CRS.from_user_input(crs).area_of_use
        name = f"the area that {crs} is made for"
        if area is None:
            return cls(crs, None, name, has_borders=False)
        bounds = (area.west, area.south, area.east, area.north)
        metres = Transformer.from_crs(WGS84, crs, always_xy=True).transform_bounds(*bounds)
        return cls(crs, metres, name, has_borders=False)

    def holds(self, points_metres: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each point (n, 2) lies in the box; one that is not finite does not."""
        finite: NDArray[np.bool_] = np.all(np.isfinite(points_metres), axis=1)
        if self.box is None:
            return finite
        west, south, east, north = self.box
        x, y = points_metres.T
        inside: NDArray[np.bool_] = np.logical_and.reduce(
            [finite, west <= x, x <= east, south <= y, y <= north]
        )
        return inside


@dataclass(frozen=True, eq=False)
class _Given:
    """Coordinates as they stand: x grows eastwards, if all is right."""

    xy: NDArray[np.float64]  # (n, 2)
    crs: str
    columns: tuple[str, str]  # our names of x and y; for the message
    words: str  # "easting and northing"


def points_metres(
    table: SourceTable,
    region: Region,
    *,
    crs: str | None,
    cell_size_metres: float | None = None,
    are_corners: bool = False,
) -> NDArray[np.float64]:
    """Where each row lies, (n, 2) easting and northing in the region's CRS; polygons count by their centre.

    Parameters
    ----------
    table
        Read table.
    region
        Where points are expected.
    crs
        What the sources file says of the coordinates.
    cell_size_metres
        Given for grid cells: their id may then stand for coordinates.
    are_corners
        Whether these are the cells' lower-left corners, not their centres.

    Raises
    ------
    InputError
        If there are no coordinates, or most of them cannot be what they are said to be.
    """
    given = _given(table, region, crs, cell_size_metres)
    if cell_size_metres is not None:
        given = _centred(table, given, cell_size_metres, are_corners=are_corners)
    points = _to(given.xy, given.crs, region.crs)
    inside = region.holds(points)
    if inside.mean() < MOST:
        _name_another_reading(table, region, given, share=float(inside.mean()))
    # A table may cover more than the municipalities; it cannot cover more than the CRS does.
    if not inside.any() or not (inside.all() or region.has_borders):
        row = int(np.flatnonzero(~inside)[0])
        x, y = given.xy[row]
        message = (
            f"{table.where}, row {table.rows[row]}: the point ({x:.9g}, {y:.9g}) in {given.crs} lies outside "
            f"{region.name}; is its coordinate system another (crs:)?"
        )
        raise InputError(message)
    return points


def _to(xy: NDArray[np.float64], source: str, target: str) -> NDArray[np.float64]:
    if source == target:
        return xy
    x, y = Transformer.from_crs(source, target, always_xy=True).transform(xy[:, 0], xy[:, 1])
    return np.column_stack([x, y])


def _given(table: SourceTable, region: Region, crs: str | None, cell_size: float | None) -> _Given:
    if isinstance(table.frame, gpd.GeoDataFrame):
        return _from_geometry(table, crs)
    if "lat" in table and "lon" in table:
        xy = table.coordinates("lon", "lat")
        return _Given(xy, crs or WGS84, ("lon", "lat"), "latitude and longitude")
    if "east_metres" in table and "north_metres" in table:
        xy = table.coordinates("east_metres", "north_metres")
        if crs is None:
            table.notes.append(f"coordinates taken to be in {region.crs}")
        return _Given(xy, crs or region.crs, ("east_metres", "north_metres"), "easting and northing")
    if cell_size is not None and (corners := _scb_corners(table, only_place=True)) is not None:
        table.notes.append("coordinates from the cells' ids (SCB rutid, SWEREF 99 TM)")
        return _Given(corners + cell_size / 2, SWEREF99_TM, ("cell_id", "cell_id"), "easting and northing")
    message = (
        f"{table.where}: has no coordinates (geometry, or lat and lon, or east_metres and north_metres); say "
        f"which columns: they are ({table.understanding})"
    )
    if "address" in table:
        message += "; an address alone cannot be placed: look its coordinates up first"
    raise InputError(message)


def _centred(table: SourceTable, given: _Given, cell_size: float, *, are_corners: bool) -> _Given:
    """Move cells that are given by their lower-left corners to their centres."""
    corners = _scb_corners(table)
    if are_corners or (corners is not None and (given.xy == corners).all()):
        table.notes.append("coordinates are the cells' lower-left corners")
        return replace(given, xy=given.xy + cell_size / 2)
    if (given.xy % cell_size == 0).all():
        table.notes.append(
            "coordinates look like corners but are taken as centres (if corners: point: lower_left)"
        )
    return given


def _from_geometry(table: SourceTable, crs: str | None) -> _Given:
    frame: gpd.GeoDataFrame = table.frame
    known = crs or (frame.crs and _name_of(frame.crs))
    if not known:
        message = f"{table.where}: does not say its coordinate system; say it: crs: EPSG:3006"
        raise InputError(message)
    if crs is not None and frame.crs is not None and frame.crs != CRS.from_user_input(crs):
        table.notes.append(f"coordinates read as {crs}, though the file says {_name_of(frame.crs)}")
    shapes = frame.geometry.to_numpy()
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if empty.any():
        message = f"{table.where}, row {table.rows[int(np.flatnonzero(empty)[0])]}: has no geometry"
        raise InputError(message)
    return _Given(shapely.get_coordinates(shapely.centroid(shapes)), known, ("", ""), "easting and northing")


def _name_of(crs: CRS) -> str:
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.to_wkt())


def _scb_corners(table: SourceTable, *, only_place: bool = False) -> NDArray[np.float64] | None:
    """Lower-left corners (n, 2) out of SCB's ids of thirteen digits, or None."""
    if "cell_id" not in table:
        return None
    ids = table.text("cell_id")
    is_scb = ids.str.fullmatch(rf"\d{{{SCB_ID_DIGITS}}}").to_numpy(bool)
    if only_place and is_scb.mean() > MOST:
        table.require_places(is_scb)
    if not is_scb.all():
        return None
    return np.column_stack([ids.str[:6].astype(np.float64), ids.str[6:].astype(np.float64)])


def _name_another_reading(table: SourceTable, region: Region, given: _Given, *, share: float) -> None:
    """Raise if the coordinates lie where they should when they are read otherwise."""
    systems = [given.crs, *COMMON, *(LOCAL_ZONES if region.has_borders else ())]
    readings = [(crs, swapped) for crs in dict.fromkeys(systems) for swapped in (True, False)]
    readings.remove((given.crs, False))
    sample = given.xy[:: max(1, len(given.xy) // POINTS_TRIED)]

    def share_inside(reading: tuple[str, bool]) -> float:
        crs, swapped = reading
        xy = sample[:, ::-1] if swapped else sample
        return float(region.holds(_to(xy, crs, region.crs)).mean())

    best = max(readings, key=share_inside)
    found = share_inside(best)
    if not (found >= MOST or (share == 0 and found > 0)):
        return
    crs, swapped = best
    x, y = (table.headings.get(each, each) for each in given.columns)
    mend = f"columns: {{{given.columns[0]}: {y!r}, {given.columns[1]}: {x!r}}}"
    headings = " and ".join(repr(table.headings.get(each, each)) for each in given.columns if each)
    where = f"{table.where}{f', columns {headings}' if headings else ''}"
    name = NAMES.get(crs) or CRS.from_user_input(crs).name
    if crs == given.crs:
        mend = f"say {mend}" if x != y else "swap them in the file"
        message = f"{where}: looks as if {given.words} are swapped; {mend}"
    else:
        turned = " with easting and northing swapped" if swapped else ""
        mend = f" and {mend}" if swapped and x != y else ""
        message = f"{where}: looks like {name} ({crs}){turned}, not {given.crs}; say crs: {crs}{mend}"
    raise InputError(message)
