"""Coordinates: projection, distances and the nearest point of a line; arrays in, arrays out."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from pyproj import Transformer

if TYPE_CHECKING:
    from numpy.typing import NDArray

WGS84 = "EPSG:4326"
FARTHEST_DEGREES: Final = 20.0
"""Of a shape from where most are: from Skåne to the North Cape it is 16."""
_CURVE_BITS = 16


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


def lie_near(
    bounds_degrees: NDArray[np.float64], middle_degrees: NDArray[np.float64] | None = None
) -> NDArray[np.bool_]:
    """Whether shapes lie near where most do; of those that do not, axes may be swapped or a digit wrong.

    Parameters
    ----------
    bounds_degrees
        Shape (n, 4): west, south, east and north of each shape.
    middle_degrees
        Longitude and latitude that all should lie near; None: the median of the shapes themselves.

    Returns
    -------
    numpy.ndarray
        Shape (n,); False also where a shape is empty and lies nowhere (NaN).

    Examples
    --------
    >>> lie_near(np.array([[15.0, 60.0, 15.1, 60.1], [14.9, 61.0, 15.0, 61.0], [60.0, 15.0, 60.1, 15.1]]))
    array([ True,  True, False])
    """
    if middle_degrees is None:
        middle_degrees = np.median(bounds_degrees[:, :2], axis=0) if len(bounds_degrees) else np.zeros(2)
    apart = np.abs(bounds_degrees - np.tile(middle_degrees, 2))
    is_near: NDArray[np.bool_] = np.all(apart < FARTHEST_DEGREES, axis=1)
    return is_near


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
    points_metres: NDArray[np.float64], lines: NDArray[np.object_] | shapely.STRtree
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Nearest point of the nearest line, for each point.

    Where several lines are equally near (points at a junction), the first in the order of `lines`
    wins, so that the answer does not depend on the tree's inner order.

    Parameters
    ----------
    points_metres
        Shape (n, 2).
    lines
        Shape (k,), shapely LineStrings in the same metric CRS; or a tree of them, to be asked again.

    Returns
    -------
    tuple
        Line index (n,), share of the line's length at the nearest point (n,) in [0, 1],
        and the distance (n,) in metres.
    """
    points = shapely.points(points_metres)
    tree = lines if isinstance(lines, shapely.STRtree) else shapely.STRtree(lines)
    pairs, distance = tree.query_nearest(points, return_distance=True)
    order = np.lexsort((pairs[1], pairs[0]))
    _, first = np.unique(pairs[0][order], return_index=True)
    line = pairs[1][order][first]
    share = shapely.line_locate_point(tree.geometries[line], points, normalized=True)
    return line, np.nan_to_num(share), distance[order][first]


def order_in_space(points_metres: NDArray[np.float64]) -> NDArray[np.intp]:
    """Order of points along a space-filling curve (Morton's), so that neighbours come close together.

    Returns
    -------
    numpy.ndarray
        Shape (n,), indices of the points (n, 2); equal points keep their order.

    Examples
    --------
    >>> order_in_space(np.array([[0.0, 0.0], [9.0, 9.0], [1.0, 0.0], [9.0, 8.0]]))
    array([0, 2, 3, 1])
    """
    least = points_metres.min(axis=0, initial=np.inf)
    extent = max(float((points_metres - least).max(initial=0.0)), 1.0)
    steps = ((points_metres - least) / extent * (2**_CURVE_BITS - 1)).astype(np.int64)
    key = np.zeros(len(points_metres), dtype=np.int64)
    for bit in range(_CURVE_BITS):
        for axis in range(2):
            key |= (steps[:, axis] >> bit & 1) << (2 * bit + axis)
    return np.argsort(key, kind="stable")


def square_cells(centres_metres: NDArray[np.float64], side_metres: float) -> NDArray[np.float64]:
    """Corners of square cells, shape (n, 4, 2), anticlockwise from the south-west, in metres."""
    half = side_metres / 2
    offsets = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    corners: NDArray[np.float64] = centres_metres[:, None, :] + offsets[None, :, :]
    return corners
