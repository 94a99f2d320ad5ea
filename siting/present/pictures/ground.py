"""What lies under a map, in units of a picture: municipalities, lakes and main roads, simplified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.path import Path

from ...geo import WGS84, project
from ..backdrop import lakes, road_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ...study import Outcome

FINEST_DETAIL: Final = 0.5  # units; what is smaller is left out
SMALLEST_LAKE: Final = 6.0  # square units


@dataclass(frozen=True)
class Scale:
    """From metres of the dataset's CRS to units of a picture; north is up."""

    west_metres: float
    north_metres: float
    units_per_metre: float
    edge: float
    """Room about the region, in units."""
    width: float
    height: float

    def place(self, points_metres: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give where points (n, 2) lie in the picture."""
        east, north = points_metres[:, 0], points_metres[:, 1]
        return np.column_stack(
            [
                self.edge + (east - self.west_metres) * self.units_per_metre,
                self.edge + (self.north_metres - north) * self.units_per_metre,
            ]
        )


@dataclass(frozen=True)
class Ground:
    """What lies under a map; all in units of the picture."""

    scale: Scale
    municipalities: dict[str, shapely.Geometry]
    """By code; none where the dataset has no borders."""
    county_border: shapely.Geometry
    """Without the shores of lakes."""
    lakes: shapely.Geometry
    roads: shapely.Geometry


def ground_of(outcome: Outcome, *, most_width: float, most_height: float, edge: float) -> Ground:
    """Fit the region into a picture of at most such a size, with some room about it."""
    crs = outcome.dataset.manifest.crs
    borders = _borders(outcome)
    roads = [
        shapely.LineString(project(line[:, 1], line[:, 0], crs))
        for is_main, line in road_lines(outcome)
        if is_main
    ]
    sites = shapely.points(outcome.region.sites.points_metres)
    west, south, east, north = shapely.total_bounds([*borders.values(), *sites] if borders else sites)
    wide, tall = max(east - west, 1.0), max(north - south, 1.0)
    units_per_metre = min((most_width - 2 * edge) / wide, (most_height - 2 * edge) / tall)
    size = (wide * units_per_metre + 2 * edge, tall * units_per_metre + 2 * edge)
    scale = Scale(west, north, units_per_metre, edge, *size)
    whole = {code: _in_units(each, scale) for code, each in borders.items()}
    water = shapely.union_all([_in_units(each, scale) for each in _lakes(outcome)])
    large = [each for each in shapely.get_parts(water) if each.area >= SMALLEST_LAKE]
    lines = shapely.union_all([_in_units(each, scale) for each in roads])
    inside = shapely.intersection(lines, shapely.box(0, 0, scale.width, scale.height))
    return Ground(
        scale,
        {code: _simple(each) for code, each in whole.items()},
        _simple(_outline(shapely.union_all(list(whole.values())))),
        _simple(shapely.union_all(large)),
        _simple(shapely.line_merge(inside) if inside.geom_type == "MultiLineString" else inside),
    )


def _borders(outcome: Outcome) -> dict[str, shapely.Geometry]:
    if "municipality_borders" not in outcome.dataset.tables:
        return {}
    frame = gpd.GeoDataFrame(outcome.dataset.table("municipality_borders"))
    metres = frame.to_crs(outcome.dataset.manifest.crs)
    return dict(zip(metres["code"], shapely.make_valid(metres.geometry.to_numpy()), strict=True))


def _lakes(outcome: Outcome) -> list[shapely.Geometry]:
    features = lakes(outcome)["features"]
    if not features:
        return []
    degrees = gpd.GeoDataFrame.from_features(features, crs=WGS84)
    return list(degrees.to_crs(outcome.dataset.manifest.crs).geometry)


def _in_units(geometry: shapely.Geometry, scale: Scale) -> shapely.Geometry:
    return shapely.transform(geometry, scale.place)


def _outline(area: shapely.Geometry) -> shapely.Geometry:
    rings = [part.exterior for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    return shapely.MultiLineString(rings)


def _simple(geometry: shapely.Geometry) -> shapely.Geometry:
    return shapely.simplify(geometry, FINEST_DETAIL)


def path_of(geometries: Sequence[shapely.Geometry]) -> Path | None:
    """Make one path of lines and areas; None where there is nothing to draw."""
    pieces = [part for each in geometries for part in shapely.get_parts(each)]
    lines = [
        line
        for piece in pieces
        for line in shapely.get_parts(shapely.boundary(piece) if piece.area else piece)
    ]
    drawn = [Path(shapely.get_coordinates(line), closed=line.is_closed) for line in lines if line.length]
    return Path.make_compound_path(*drawn) if drawn else None
