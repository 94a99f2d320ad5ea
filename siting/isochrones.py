"""`Isochrones`: from where the nearest open place of a plan is reached by car within a number of minutes.

Minutes are those of the model, as cells have them: travel alone, waiting not counted. They are worked out
on a regular grid of points; between these, the boundary is where a straight line from minutes to minutes
meets the limit. So it is as fine as the grid, which the result tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely
from contourpy import FillType, contour_generator

from .geo import square_cells
from .travel import MINUTES_DECIMALS, Places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .by_road import RoadRouter
    from .dataset import Dataset
    from .plan import Plan
    from .region import Region

STEP_METRES: Final = 500.0
"""The spacing of the grid is a whole multiple of this."""
MOST_POINTS: Final = 20_000
ABOVE_LIMIT: Final = 0.5 * 10.0**-MINUTES_DECIMALS
"""Minutes are whole thousandths: no point of the grid lies on the line drawn this much above a limit, and
those at the limit lie inside."""
UNREACHABLE_FACTOR: Final = 2.0
"""A point that no way leads from stands in the grid as that many times the longest limit."""


@dataclass(frozen=True, eq=False)
class Isochrones:
    """Areas, in the dataset's CRS, from where a service is reached within each limit; maybe empty."""

    limits_minutes: tuple[float, ...]  # ascending
    near: tuple[shapely.MultiPolygon, ...]  # to the nearest open place of any role
    main: tuple[shapely.MultiPolygon, ...]  # to the nearest main reception
    spacing_metres: float


@dataclass(frozen=True, eq=False)
class PointGrid:
    """A regular grid of points, whose coordinates are whole multiples of its spacing."""

    east: NDArray[np.float64]  # (nx,) metres, ascending
    north: NDArray[np.float64]  # (ny,)
    spacing_metres: float

    @property
    def points_metres(self) -> NDArray[np.float64]:
        """All points, (ny nx, 2), row by row from the south."""
        east, north = np.meshgrid(self.east, self.north)
        return np.column_stack([east.ravel(), north.ravel()])


def isochrones(
    plan: Plan, region: Region, dataset: Dataset, router: RoadRouter, limits_minutes: Sequence[float]
) -> Isochrones:
    """Draw from where the open places of a plan are reached by car within limits.

    Areas end at the municipal borders and the squares of cells that reach beyond these, which are drawn
    with few corners; or where the dataset has no borders, at the edge of the grid, which holds all cells
    and sites.
    """
    limits = tuple(sorted(set(limits_minutes)))
    squares = square_cells(region.demand.centres_metres, dataset.manifest.cell_size_metres)
    land = _land(dataset, squares)
    grid = grid_over(_bounds(squares, region, land))
    open_places, mains = (_places(region, ids) for ids in (plan.open_sites, plan.main))
    near, main = (
        tuple(_clipped(area, land) for area in areas_within(minutes, grid, limits))
        for minutes in router.nearest_minutes(grid.points_metres, open_places, mains)
    )
    return Isochrones(limits, near, main, grid.spacing_metres)


def grid_over(bounds_metres: tuple[float, float, float, float]) -> PointGrid:
    """Lay the finest grid over west, south, east, north that has no more points than are worked out.

    Examples
    --------
    >>> grid = grid_over((200.0, 0.0, 1700.0, 900.0))
    >>> grid.east.tolist(), grid.north.tolist()
    ([0.0, 500.0, 1000.0, 1500.0, 2000.0], [0.0, 500.0, 1000.0])
    >>> grid_over((0.0, 0.0, 240_000.0, 270_000.0)).spacing_metres
    2000.0
    """
    west, south, east, north = bounds_metres
    spacing = 0.0
    while True:
        spacing += STEP_METRES
        columns, rows = (
            np.arange(np.floor(low / spacing), max(np.ceil(high / spacing), np.floor(low / spacing) + 1) + 1)
            for low, high in ((west, east), (south, north))
        )
        if len(columns) * len(rows) <= MOST_POINTS:
            return PointGrid(columns * spacing, rows * spacing, spacing)


def areas_within(
    minutes: NDArray[np.float64], grid: PointGrid, limits_minutes: Sequence[float]
) -> tuple[shapely.MultiPolygon, ...]:
    """Areas where minutes (of the grid's points, row by row; inf = no way) are at most each limit.

    Examples
    --------
    >>> grid = grid_over((0.0, 0.0, 1000.0, 500.0))
    >>> (area,) = areas_within(np.array([0.0, 10.0, 20.0, 0.0, 10.0, 20.0]), grid, [15.0])
    >>> area.bounds[2] # half way from 10 to 20 minutes
    750.0...
    """
    shape = len(grid.north), len(grid.east)
    never = UNREACHABLE_FACTOR * max(limits_minutes, default=0.0) + 1.0
    values = np.where(np.isfinite(minutes), minutes, never).reshape(shape)
    contours = contour_generator(grid.east, grid.north, values, name="serial", fill_type=FillType.OuterOffset)
    return tuple(_polygons(*contours.filled(-np.inf, limit + ABOVE_LIMIT)) for limit in limits_minutes)


def _polygons(corners: list[NDArray[np.float64]], offsets: list[NDArray[np.uint32]]) -> shapely.MultiPolygon:
    """Make polygons of outer rings, each with those of its holes behind it."""
    polygons = []
    for points, starts in zip(corners, offsets, strict=True):
        outer, *holes = np.split(points, starts[1:-1])
        polygons.append(shapely.Polygon(outer, holes))
    return _only_areas(shapely.MultiPolygon(polygons))


def _clipped(area: shapely.MultiPolygon, land: shapely.Geometry | None) -> shapely.MultiPolygon:
    return area if land is None else _only_areas(shapely.intersection(area, land))


def _only_areas(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    """Keep the polygons of a geometry, valid: two areas that meet in a point alone are two."""
    parts = shapely.get_parts(shapely.make_valid(geometry))
    flat = shapely.get_parts(parts)  # of a collection the parts may have parts
    return shapely.MultiPolygon([part for part in flat if part.geom_type == "Polygon" and part.area > 0])


def _land(dataset: Dataset, squares_metres: NDArray[np.float64]) -> shapely.Geometry | None:
    """All municipalities and squares of cells (n, 4, 2) together; None where the dataset has no borders."""
    if "municipality_borders" not in dataset.tables:
        return None
    borders = gpd.GeoDataFrame(dataset.table("municipality_borders")).to_crs(dataset.manifest.crs)
    within = shapely.union_all(shapely.make_valid(borders.geometry.to_numpy()))
    squares = shapely.polygons(squares_metres)
    shapely.prepare(within)
    beyond = squares[~shapely.covers(within, squares)]  # a few at the borders; a union of all would be slow
    return shapely.union_all([within, *beyond])


def _bounds(
    squares_metres: NDArray[np.float64], region: Region, land: shapely.Geometry | None
) -> tuple[float, float, float, float]:
    """West, south, east and north of all cells, sites and borders."""
    points = [squares_metres.reshape(-1, 2), region.sites.points_metres]
    if land is not None:
        points.append(np.array(land.bounds).reshape(2, 2))
    both = np.concatenate(points)
    return (*both.min(axis=0).tolist(), *both.max(axis=0).tolist())


def _places(region: Region, site_ids: Sequence[str]) -> Places:
    position = {site_id: j for j, site_id in enumerate(region.sites.site_ids)}
    rows = np.array([position[site_id] for site_id in site_ids], dtype=np.intp)
    return Places(tuple(site_ids), region.sites.points_metres[rows])
