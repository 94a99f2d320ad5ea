"""Parsers of streets (OpenStreetMap's XML and PBF, OSMnx's GraphML), of premises on the map, and of timetables."""

# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gtfs_by_hand as hand
from broken import ways as broken_ways

from siting.errors import InputError
from siting.sources.osm.premises import sites_from_osm
from siting.sources.streets_and_minutes import make_roads
from siting.sources.transit import router
from siting.sources.transit.feed_copy import as_ridden
from siting.sources.transit.settings import TransitSettings
from siting.sources.transit.timetable import _check_day, _check_place, _read, _require_no_bomb

from . import mutate
from .parser import Make, Parser
from .tables import source_table

TAGS = (
    "highway", "residential", "motorway", "primary", "service", "footway", "steps", "cycleway", "track", "ferry", "route",
    "oneway", "yes", "no", "-1", "reversible", "maxspeed", "50", "30 mph", "SE:urban", "walk", "none", "signals", "barrier",
    "bollard", "gate", "access", "private", "junction", "roundabout", "bicycle", "designated", "surface", "gravel", "duration",
    "00:20", "PT20M", "20", "traffic_signals", "stop", "give_way", "name", "amenity", "clinic", "healthcare", "doctor", "relation",
    "member", "way", "node", "nd", "ref", "tag", "k", "v", "id", "lat", "lon", "type", "multipolygon", "deleted", "visible", "false",
    "area", "['residential', 'service']", "[1, 2]", "length", "geometry", "LINESTRING (15.0 60.4, 15.1 60.5)", "True", "epsg:3006",
)  # fmt: skip
MORE_OSM = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
<node id="1" lat="{lat0}" lon="{lon0}"><tag k="highway" v="traffic_signals"/></node>
<node id="2" lat="{lat1}" lon="{lon1}"><tag k="amenity" v="clinic"/><tag k="name" v="Ungdomsmottagning"/></node>
<node id="3" lat="{lat0}" lon="{lon1}"><tag k="barrier" v="bollard"/></node>
<way id="7"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/><tag k="maxspeed" v="30"/></way>
<way id="8"><nd ref="3"/><nd ref="1"/><tag k="route" v="ferry"/><tag k="duration" v="00:20"/></way>
<way id="9"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="amenity" v="hospital"/><tag k="name" v="A"/></way>
<relation id="5"><member type="way" ref="9" role="outer"/><tag k="amenity" v="clinic"/></relation>
</osm>
"""


def _premises(folder: Path) -> Parser:
    path = folder / "gator.osm"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        sites_from_osm(path)

    whole = MORE_OSM.format(**broken_ways._corners()).encode()
    return Parser(read, mutate.of_xml, (InputError,), TAGS, lambda: [whole])


def _streets(file: str, write: Callable[[Path], object], mutator: mutate.Mutator) -> Make:
    more = {"roads": {"file": file}}
    return source_table(file, "road_edges", make_roads, write=write, mutator=mutator, tokens=TAGS, **more)


def _more_osm(folder: Path) -> None:
    (folder / "gator.osm").write_text(MORE_OSM.format(**broken_ways._corners()), encoding="utf-8")


# --- timetables ---

STOP_TOKENS = (
    "stops.txt", "stop_times.txt", "trips.txt", "routes.txt", "calendar.txt", "calendar_dates.txt", "frequencies.txt",
    "transfers.txt", "shapes.txt", "trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "pickup_type",
    "drop_off_type", "service_id", "25:10:00", "7:05:00", "24:00:00", "-1:00:00", "20260505", "20269999", "99999999", "exact_times",
    "headway_secs", "V", "T", "W", "weekday", "transfer_type", "2", "3", "700", "1700", "route_type", "parent_station", "location_type",
)  # fmt: skip


def _feed(folder: Path) -> Callable[[], list[bytes]]:
    def wholes() -> list[bytes]:
        path = folder / "whole.zip"
        hand.write_feed(path)
        first = path.read_bytes()
        calls = hand.feed()["stop_times.txt"].splitlines()
        cut = "\n".join(
            [
                f"{calls[0]},pickup_type,drop_off_type",
                *(f"{each},{k % 3},{k % 2}" for k, each in enumerate(calls[1:])),
            ]
        )
        hand.write_feed(path, stop_times=cut + "\n")
        return [first, path.read_bytes()]

    return wholes


def feed_copy(folder: Path) -> Parser:
    """The project's own reading of a feed, as it may be ridden."""
    path = folder / "dt.zip"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        _require_no_bomb(path)
        with as_ridden(path, lambda *_: None):
            pass

    return Parser(read, mutate.of_zip(mutate.of_csv), (InputError,), STOP_TOKENS, _feed(folder))


def timetable(folder: Path) -> Parser:
    """What cafein reads of a feed, and what is asked of it then."""
    path = folder / "dt.zip"
    settings = TransitSettings.model_validate(hand.SETTINGS)
    points = {"cell": hand.places(hand.CELLS, "id"), "site": hand.places(hand.SITES, "id")}

    def read(data: bytes) -> None:
        path.write_bytes(data)
        _require_no_bomb(path)
        found = _read(path, f"{path}: is no GTFS feed that can be read")
        _check_day(path, found, settings.date)
        _check_place(path, found, points, settings.longest_walk_metres)

    return Parser(read, mutate.of_zip(mutate.of_csv), (InputError,), STOP_TOKENS, _feed(folder))


def rides(folder: Path) -> Parser:
    """All the way to minutes by bus."""
    path, streets = folder / "dt.zip", hand.write_streets(folder / "gator.osm.pbf")
    settings = TransitSettings.model_validate(hand.SETTINGS)

    def read(data: bytes) -> None:
        path.write_bytes(data)
        router.transit_minutes(
            path,
            streets,
            origins=hand.places(hand.CELLS, "cell_id"),
            destinations=hand.places(hand.SITES, "site_id"),
            settings=settings,
        )

    return Parser(read, mutate.of_zip(mutate.of_csv), (InputError,), STOP_TOKENS, _feed(folder))


PARSERS: dict[str, Make] = {
    "OSM XML": _streets("gator.osm", _more_osm, mutate.of_xml),
    "OSM PBF": _streets("gator.osm.pbf", broken_ways._pbf, mutate.of_bytes),
    "GraphML": _streets("gator.graphml", broken_ways._graphml, mutate.of_xml),
    "OSM premises": _premises,
    "GTFS copy": feed_copy,
    "GTFS timetable": timetable,
    "GTFS rides": rides,
}
