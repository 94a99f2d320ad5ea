"""In which municipality points lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

FARTHEST_METRES: Final = 5_000.0


def codes_by_borders(
    points_metres: NDArray[np.float64], borders: gpd.GeoDataFrame
) -> tuple[NDArray[np.object_], int]:
    """Municipality code of each point (n, 2), "" where it lies in none, and how many took the nearest one.

    A point outside all borders, such as a cell at the shore, takes the nearest municipality within 5 km.
    Where others lie farther away still, the table covers more than the municipalities: what is outside is
    then the neighbours' and takes none.

    Parameters
    ----------
    points_metres
        Easting and northing in the borders' CRS.
    borders
        Polygons with the column code.
    """
    points = shapely.points(points_metres)
    tree = shapely.STRtree(borders.geometry.to_numpy())
    codes = np.full(len(points), "", dtype=object)
    point, polygon = tree.query(points, predicate="intersects")
    # On a border between two, the first polygon wins: assign from the last to the first.
    order = np.argsort(-polygon, kind="stable")
    codes[point[order]] = borders["code"].to_numpy()[polygon[order]]
    outside = np.flatnonzero(codes == "")
    if not len(outside):
        return codes, 0
    west, south, east, north = borders.total_bounds
    beyond_the_box = np.abs(points_metres - [(west + east) / 2, (south + north) / 2]) - [
        (east - west) / 2,
        (north - south) / 2,
    ]
    if (beyond_the_box > FARTHEST_METRES).any():  # the quick answer for a table of the whole country
        return codes, 0
    (near, polygon), distance = tree.query_nearest(points[outside], return_distance=True, all_matches=False)
    if (distance > FARTHEST_METRES).any():
        return codes, 0
    codes[outside[near]] = borders["code"].to_numpy()[polygon]
    return codes, len(outside)


def codes_by_nearest(points_metres: NDArray[np.float64], known: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Code of the nearest known place of each point (n, 2); "" where none lies within 5 km."""
    points = shapely.points(points_metres)
    tree = shapely.STRtree(known.geometry.to_numpy())
    codes = np.full(len(points), "", dtype=object)
    near, place = tree.query_nearest(points, max_distance=FARTHEST_METRES, all_matches=False)
    codes[near] = known["code"].to_numpy()[place]
    return codes
