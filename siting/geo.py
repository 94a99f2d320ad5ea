"""Coordinates: projection, distances and the nearest point of a line; arrays in, arrays out."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Transformer

if TYPE_CHECKING:
    from numpy.typing import NDArray

WGS84 = "EPSG:4326"


@lru_cache(maxsize=8)
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def project(longitude: NDArray[np.float64], latitude: NDArray[np.float64], crs: str) -> NDArray[np.float64]:
    """Project WGS84 degrees to a metric CRS.

    Returns
    -------
    numpy.ndarray
        Shape (n, 2): easting and northing in metres, whatever the axis order of the CRS.

    Examples
    --------
    >>> project(np.array([15.0]), np.array([60.0]), "EPSG:3006").round()  # the central meridian
    array([[ 500000., 6651411.]])
    """
    east, north = _transformer(WGS84, crs).transform(longitude, latitude)
    return np.column_stack([east, north])


def unproject(points_metres: NDArray[np.float64], crs: str) -> NDArray[np.float64]:
    """Turn (n, 2) easting and northing in metres into (n, 2) latitude and longitude in degrees."""
    longitude, latitude = _transformer(crs, WGS84).transform(points_metres[:, 0], points_metres[:, 1])
    return np.column_stack([latitude, longitude])


def distances_metres(
    origins_metres: NDArray[np.float64], destinations_metres: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Straight-line distances, shape (n_origins, n_destinations), in metres.

    Examples
    --------
    >>> distances_metres(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [0.0, 0.0]]))
    array([[5., 0.]])
    """
    east = origins_metres[:, None, 0] - destinations_metres[None, :, 0]
    north = origins_metres[:, None, 1] - destinations_metres[None, :, 1]
    return np.hypot(east, north)


def nearest_on_lines(
    points_metres: NDArray[np.float64], lines: NDArray[np.object_]
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Nearest point of the nearest line, for each point.

    Where several lines are equally near (points at a junction), the first in the order of `lines`
    wins, so that the answer does not depend on the tree's inner order.

    Parameters
    ----------
    points_metres
        Shape (n, 2).
    lines
        Shape (k,), shapely LineStrings in the same metric CRS.

    Returns
    -------
    tuple
        Line index (n,), share of the line's length at the nearest point (n,) in [0, 1],
        and the distance (n,) in metres.
    """
    points = shapely.points(points_metres)
    pairs, distance = shapely.STRtree(lines).query_nearest(points, return_distance=True)
    order = np.lexsort((pairs[1], pairs[0]))
    _, first = np.unique(pairs[0][order], return_index=True)
    line = pairs[1][order][first]
    share = shapely.line_locate_point(lines[line], points, normalized=True)
    return line, np.nan_to_num(share), distance[order][first]


def square_cells(centres_metres: NDArray[np.float64], side_metres: float) -> NDArray[np.float64]:
    """Corners of square cells, shape (n, 4, 2), anticlockwise from the south-west, in metres."""
    half = side_metres / 2
    offsets = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    corners: NDArray[np.float64] = centres_metres[:, None, :] + offsets[None, :, :]
    return corners
