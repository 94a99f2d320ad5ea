"""What lies under every map of a dataset: municipal borders, lakes, roads and names of places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely

from ..geo import WGS84
from ..roads import lines_in_degrees

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..study import Outcome

MOST_POINTS: Final = 20_000
COARSE_DEGREES: Final = 5e-4  # about 50 m
STREET_CLASSES: Final = (
    *("motorway", "trunk", "primary", "secondary", "motorway_link", "trunk_link", "primary_link"),
    *("ferry", "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential", ""),
)
"""OpenStreetMap's classes of streets in the order in which they are drawn; the last stands for all others."""
N_MAIN_CLASSES: Final = 4
NOT_DRAWN: Final = ("footway", "cycleway", "path", "steps", "platform", "corridor", "bridleway", "elevator")


def borders(outcome: Outcome) -> dict[str, Any]:
    """Municipal borders as GeoJSON in degrees; no features where the dataset has none."""
    if "municipality_borders" not in outcome.dataset.tables:
        return {"type": "FeatureCollection", "features": []}
    degrees = gpd.GeoDataFrame(outcome.dataset.table("municipality_borders")).to_crs(WGS84)
    return dict(degrees[["name", "geometry"]].to_geo_dict(drop_id=True))


def lakes(outcome: Outcome) -> dict[str, Any]:
    """Water that the municipal borders leave out, as GeoJSON in degrees: the holes among them (Siljan)."""
    shapes = [shapely.geometry.shape(each["geometry"]) for each in borders(outcome)["features"]]
    land = shapely.union_all(shapes) if shapes else shapely.GeometryCollection()
    holes = [
        shapely.Polygon(ring) for part in shapely.get_parts(land) for ring in getattr(part, "interiors", ())
    ]
    return dict(
        gpd.GeoDataFrame({"name": [""] * len(holes)}, geometry=holes, crs=WGS84).to_geo_dict(drop_id=True)
    )


def road_lines(outcome: Outcome) -> tuple[tuple[bool, NDArray[np.float64]], ...]:
    """Give the larger roads, each line with whether it is a main one (latitude, longitude).

    Of a street network only so many are drawn as a page can carry: the main ones first.
    """
    edges = outcome.dataset.table("road_edges")
    edges = edges[edges["length_quality"] != "estimated"]  # an estimated line follows no road
    order = {name: rank for rank, name in enumerate(STREET_CLASSES)}
    rank = edges["class"].map(lambda name: order.get(name, len(order) - 1))
    has_number = edges["road"] != ""
    is_main = has_number if has_number.any() else rank < N_MAIN_CLASSES
    rank = rank.where(edges["class"].isin(STREET_CLASSES) | ~has_number, 0)
    drawn = edges.assign(is_main=is_main).iloc[np.argsort(rank.to_numpy(), kind="stable")]
    drawn = drawn[~drawn["class"].isin(NOT_DRAWN)].head(MOST_POINTS)
    lines = lines_in_degrees(drawn)
    if shapely.get_num_coordinates(lines).sum() > MOST_POINTS:
        lines = shapely.simplify(lines, COARSE_DEGREES)
    n_drawn = np.searchsorted(np.cumsum(shapely.get_num_coordinates(lines)), MOST_POINTS, side="right")
    return tuple(
        (bool(main), shapely.get_coordinates(line)[:, ::-1])
        for main, line in zip(drawn["is_main"][:n_drawn], lines[:n_drawn], strict=True)
    )


def named_places(outcome: Outcome) -> tuple[tuple[str, float, float, float], ...]:
    """Give name, latitude, longitude and population of the places whose names are fit for a map."""
    if "localities" not in outcome.dataset.tables:
        return ()
    frame = outcome.dataset.table("localities").query("is_place_name == 1")
    return tuple(
        (str(name), float(lat), float(lon), float(population))
        for name, lat, lon, population in zip(
            frame["name"], frame["lat"], frame["lon"], frame["population"], strict=True
        )
    )
