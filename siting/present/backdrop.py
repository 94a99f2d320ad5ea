"""What lies under every map of a dataset: municipal borders, lakes, roads and names of places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import shapely

from ..geo import WGS84

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..study import Outcome


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
    """Give each line with whether it is a main road, one that has a number (latitude, longitude)."""
    edges = outcome.dataset.table("road_edges")
    drawn = edges[edges["length_quality"] != "estimated"]  # an estimated line follows no road
    lines = shapely.from_wkt(drawn["line_wkt"].to_numpy())
    return tuple(
        (road != "", shapely.get_coordinates(line)[:, ::-1])
        for road, line in zip(drawn["road"], lines, strict=True)
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
