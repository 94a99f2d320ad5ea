"""Candidate sites from OpenStreetMap: clinics, health centres, social services and their like.

Youth clinics are tagged in many ways, so the name decides before the tags. A curated table is better
than what is found here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from .extract import entities, osm_file, place_memory
from .pieces import DEGREES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import osmium
    from numpy.typing import NDArray

SAME_PLACE_METRES: Final = 100.0
METRES_PER_DEGREE: Final = 111_195.0  # of latitude, on a sphere: good enough for 100 m
SOURCE: Final = "OpenStreetMap"

WANTED: Final = (
    ("amenity", "clinic"),
    ("amenity", "doctors"),
    ("amenity", "hospital"),
    ("amenity", "social_facility"),
    ("amenity", "townhall"),
    ("healthcare", "clinic"),
    ("healthcare", "centre"),
    ("healthcare", "counselling"),
    ("healthcare", "doctor"),
    ("healthcare", "hospital"),
    ("social_facility:for", "juvenile"),
    ("government", "social_services"),
)
"""Tags of which a place has at least one."""
GONE: Final = {("disused", "yes"), ("abandoned", "yes")}
"""Tags of a place that is no more."""
KIND_BY_NAME: Final = (
    (r"ungdomsmottagning|youth clinic", "youth_clinic"),
    (r"familjecent(er|ral)", "family_centre"),
    (r"barn- och ungdomspsyk|\bbup\b", "child_psychiatry"),
    (r"psykiatri|psykmottagning", "adult_psychiatry"),
    (r"vårdcentral|hälsocentral|hälsostation|husläkar", "health_centre"),
    (r"socialtjänst|socialkontor|socialförvaltning", "social_service"),
    (r"lasarett|sjukhus", "hospital"),
)
"""Words of a name (Swedish) and the kind of place that they tell, the first that fits."""
KIND_BY_TAG: Final = (
    ("government", "social_services", "social_service"),
    ("amenity", "hospital", "hospital"),
    ("healthcare", "hospital", "hospital"),
    ("healthcare", "centre", "health_centre"),
    ("healthcare", "counselling", "counselling"),
    ("social_facility:for", "juvenile", "youth_facility"),
    ("amenity", "social_facility", "social_facility"),
    ("amenity", "townhall", "town_hall"),
    ("amenity", "doctors", "doctors"),
    ("healthcare", "doctor", "doctors"),
    ("amenity", "clinic", "clinic"),
    ("healthcare", "clinic", "clinic"),
)
"""Tags and the kind of place that they tell where the name does not, the first that fits."""
KINDS: Final = frozenset([*(kind for _, kind in KIND_BY_NAME), *(kind for *_, kind in KIND_BY_TAG)])
"""Kinds by our words."""
WORD_FOR_KIND: Final = {
    "health_centre": "Vårdcentral",
    "hospital": "Sjukhus",
    "social_service": "Socialtjänst",
    "counselling": "Rådgivning",
    "youth_facility": "Verksamhet för unga",
    "social_facility": "Social verksamhet",
    "town_hall": "Kommunhus",
    "doctors": "Läkarmottagning",
    "clinic": "Mottagning",
}
"""What a place without a name is called."""
NAME_KEYS: Final = ("name:sv", "name", "official_name", "alt_name", "short_name")
"""Where a name may stand, the one to show first."""
STATUS: Final = "openstreetmap"
"""Not "documented": nobody has confirmed that the place is there and open."""
COLUMNS: Final = ("site_id", "name", "kind", "lat", "lon", "status", "quality", "source")


def sites_from_osm(path: Path, *, clip: shapely.Geometry | None = None) -> pd.DataFrame:
    """Find places in an extract that could host a reception.

    Parameters
    ----------
    path
        A file .osm.pbf, .osm, .osm.gz or .osm.bz2.
    clip
        Area in degrees WGS84 in which they lie.

    Returns
    -------
    pandas.DataFrame
        One row a place: site_id ("osm-n123", w = way, r = relation), name, kind, lat, lon (degrees
        WGS84, of buildings the middle), status, quality, source. The same name within 100 m is one
        place. There may be none.

    Raises
    ------
    DatasetError
        If the file cannot be read.
    """
    with osm_file(path) as source:
        rows = list(_places(source))
    return sites_of(pd.DataFrame(rows, columns=["site_id", "tags", "lon", "lat"]), clip=clip)


def sites_of(found: pd.DataFrame, *, clip: shapely.Geometry | None = None) -> pd.DataFrame:
    """Give kind and name to places that were found, each once.

    Parameters
    ----------
    found
        Places with site_id, tags (a mapping), lon and lat (degrees WGS84).
    clip
        As for `sites_from_osm`, which says what comes back.
    """
    is_there = [not GONE & tags.items() for tags in found["tags"]]
    found = found[np.array(is_there, dtype=bool)]
    if clip is not None:
        shapely.prepare(clip)
        found = found[shapely.intersects_xy(clip, *found[["lon", "lat"]].to_numpy(np.float64).T)]
    found = found.assign(
        kind=found["tags"].map(_kind),
        name=found["tags"].map(_name),
        status=STATUS,
        quality="published",
        source=SOURCE,
    )
    return found.loc[~_repeats(found), list(COLUMNS)].reset_index(drop=True)


def _places(source: osmium.io.File) -> Iterator[tuple[str, dict[str, str], float, float]]:
    """Give site_id, tags, longitude, latitude: of nodes, then ways, then relations."""
    import osmium  # noqa: PLC0415  (an optional extra)

    wanted, locations = osmium.filter.TagFilter(*WANTED), place_memory()
    members = {
        relation.id: (dict(relation.tags), [each.ref for each in relation.members if each.type == "w"])
        for relation in entities(source, osmium.osm.Relation, wanted)
    }
    for node in entities(source, osmium.osm.Node, locations, wanted):
        yield f"osm-n{node.id}", dict(node.tags), node.lon, node.lat
    for way in entities(source, osmium.osm.Way, wanted, locations):
        middle = _middle(_corners(way))
        if middle is not None:
            yield f"osm-w{way.id}", dict(way.tags), *middle
    yield from _relations(source, locations, members)


def _relations(
    source: osmium.io.File,
    locations: osmium.NodeLocationsForWays,
    members: Mapping[int, tuple[dict[str, str], list[int]]],
) -> Iterator[tuple[str, dict[str, str], float, float]]:
    """Give the places that are relations: the middle of all their ways."""
    import osmium  # noqa: PLC0415  (an optional extra)

    ids = {way for _, ways in members.values() for way in ways}
    if not ids:
        return
    is_member = osmium.filter.IdFilter(ids)
    corners = {way.id: _corners(way) for way in entities(source, osmium.osm.Way, is_member, locations)}
    for relation, (tags, ways) in members.items():
        outline = [corners[way] for way in ways if way in corners]
        middle = _middle(np.concatenate([np.empty((0, 2)), *outline]))
        if middle is not None:
            yield f"osm-r{relation}", tags, *middle


def _corners(way: osmium.osm.Way) -> NDArray[np.float64]:
    """Degrees of the nodes that are in the file, (n, 2)."""
    places = [(node.x, node.y) for node in way.nodes if node.location.valid()]
    return np.array(places, dtype=np.float64).reshape(-1, 2) * DEGREES


def _middle(corners: NDArray[np.float64]) -> tuple[float, float] | None:
    """Longitude and latitude of the middle of an outline; None if none of it is in the file."""
    if not len(corners):
        return None
    centre = shapely.MultiPoint(corners).convex_hull.centroid
    return round(centre.x, 7), round(centre.y, 7)


def _kind(tags: Mapping[str, str]) -> str:
    names = " ".join(tags.get(key, "") for key in NAME_KEYS).lower()
    by_name = (kind for words, kind in KIND_BY_NAME if re.search(words, names))
    by_tag = (kind for key, value, kind in KIND_BY_TAG if tags.get(key) == value)
    return next(by_name, None) or next(by_tag, "clinic")


def _name(tags: Mapping[str, str]) -> str:
    """The name, Swedish first; else a word for the kind with the operator or the address."""
    for key in NAME_KEYS:
        if tags.get(key, "").strip():
            return tags[key].strip()
    word = WORD_FOR_KIND.get(_kind(tags), "Mottagning")
    street = f"{tags.get('addr:street', '')} {tags.get('addr:housenumber', '')}".strip()
    detail = tags.get("operator", "").strip() or street or tags.get("addr:city", "").strip()
    return f"{word} utan namn, {detail}" if detail else f"{word} utan namn"


def _repeats(found: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether a row is the same place as an earlier one: the same name within 100 m."""
    repeats = np.zeros(len(found), dtype=bool)
    name = found["name"].str.casefold().to_numpy()
    lat, lon = found["lat"].to_numpy(np.float64), found["lon"].to_numpy(np.float64)
    for rows in pd.Series(np.arange(len(found))).groupby(name).indices.values():
        for nth, row in enumerate(rows):
            before = rows[:nth][~repeats[rows[:nth]]]
            north = (lat[before] - lat[row]) * METRES_PER_DEGREE
            east = (lon[before] - lon[row]) * METRES_PER_DEGREE * np.cos(np.radians(lat[row]))
            repeats[row] = (np.hypot(north, east) <= SAME_PLACE_METRES).any()
    return repeats
