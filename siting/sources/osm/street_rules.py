"""`StreetRule`: who may use a street, which way and how fast, from its tags in OpenStreetMap.

By car: the classes of `StreetSettings.car_km_per_hour`, unless motorcar, motor_vehicle, vehicle or access
(the first of them that is tagged) says no, private, forestry, delivery and the like, or several of these;
other ways, and ferries, only where motorcar or motor_vehicle says yes, ferries also where vehicle does or
where they stand in for a road of such a class (ferry=secondary). Not the lanes of drive-ins and rescue;
parking aisles and driveways slowly.

By bicycle: those and cycleways, paths and tracks, unless bicycle, vehicle or access says no; no motorways
and motor roads. On footways, pedestrian streets and where it says dismount it is pushed at walking
speed, both ways, unless bicycle says yes. No steps.

On foot: all of these both ways, unless foot or access says no; no motorways and motor roads.

Left out: areas (except the outline of squares, which is walked), ways that are planned, being built or
gone, indoor corridors, bus lanes of their own, roads on ice and other ways of the winter alone, and tags
that hold at certain times only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .tag_values import duration_minutes, speed_limit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .street_settings import StreetSettings

FERRY: Final = "ferry"
TAGS: Final = [
    "highway",
    "route",
    "ferry",
    "ref",
    "maxspeed",
    "maxspeed:forward",
    "maxspeed:backward",
    "maxspeed:type",
    "source:maxspeed",
    "zone:maxspeed",
    "oneway",
    "oneway:bicycle",
    "cycleway",
    "cycleway:both",
    "cycleway:left",
    "cycleway:right",
    "junction",
    "access",
    "vehicle",
    "motor_vehicle",
    "motorcar",
    "bicycle",
    "foot",
    "motorroad",
    "service",
    "area",
    "tunnel",
    "surface",
    "duration",
    "indoor",
    "ice_road",
    "winter_road",
    "seasonal",
]
"""The tags that a rule looks at."""

MOTORWAYS: Final = ("motorway", "motorway_link")
LINKS: Final = ("motorway_link", "trunk_link")
CAR_CLASSES: Final = frozenset(
    [
        "motorway",
        "motorway_link",
        "trunk",
        "trunk_link",
        "primary",
        "primary_link",
        "secondary",
        "secondary_link",
        "tertiary",
        "tertiary_link",
        "unclassified",
        "residential",
        "road",
        "service",
        "track",
        "living_street",
    ]
)
PUSHED: Final = frozenset(("footway", "pedestrian", "platform"))
FOOT_ONLY: Final = frozenset(("steps", "bridleway"))
RIDDEN: Final = frozenset(("cycleway", "path"))
ALL_CLASSES: Final = CAR_CLASSES | PUSHED | FOOT_ONLY | RIDDEN | {FERRY}
NO_FASTER_THAN_CLASS: Final = frozenset(("service", "track", "living_street", "pedestrian"))
NO_CAR_SERVICE: Final = ("emergency_access", "drive-through")

CAR_KEYS: Final = ("motorcar", "motor_vehicle", "vehicle", "access")
CLOSED: Final = frozenset(
    [
        "no",
        "private",
        "agricultural",
        "forestry",
        "delivery",
        "military",
        "emergency",
        "use_sidepath",
        "residents",
    ]
)
EXPRESSLY: Final = frozenset(("yes", "designated", "permissive", "destination"))
UNPAVED: Final = frozenset(
    [
        "unpaved",
        "gravel",
        "fine_gravel",
        "compacted",
        "dirt",
        "earth",
        "ground",
        "grass",
        "sand",
        "mud",
        "pebblestone",
        "rock",
        "woodchips",
    ]
)

TOO_NARROW: Final = frozenset(
    [
        "bollard",
        "block",
        "bus_trap",
        "cycle_barrier",
        "jersey_barrier",
        "kissing_gate",
        "log",
        "motorcycle_barrier",
        "planter",
        "stile",
        "sump_buster",
        "turnstile",
    ]
)
"""Barriers that no car passes."""

BothWays = tuple[float, float]
"""km/h from -> to and to -> from; 0 = closed."""


@dataclass(frozen=True)
class StreetRule:
    """Who may use a street, which way and how fast (km/h); 0 = closed."""

    street_class: str
    road: str
    car_km_per_hour: BothWays
    bicycle_km_per_hour: BothWays
    walk_km_per_hour: float
    may_join: bool
    is_roundabout: bool
    ferry_minutes: float  # NaN = not stated, or no ferry


def is_street(tags: Mapping[str, str]) -> bool:
    """Whether a way is a street that anyone may use by car, bicycle or on foot."""
    kind = _class(tags)
    if kind not in ALL_CLASSES or tags.get("indoor") == "yes":
        return False
    if tags.get("area") == "yes" and kind not in PUSHED:
        return False
    if "yes" in (tags.get("ice_road"), tags.get("winter_road")) or tags.get("seasonal") == "winter":
        return False
    return _car_may(tags) or _bicycle_may(tags) or _foot_may(tags)


def street_rule(tags: Mapping[str, str], settings: StreetSettings) -> StreetRule:
    """Say who may use a street with these tags, which way and how fast."""
    kind = _class(tags)
    car_open = _car_may(tags)
    not_joined = kind in (*MOTORWAYS, *LINKS, FERRY) or tags.get("motorroad") == "yes"
    in_tunnel = tags.get("tunnel", "no") not in ("no", "building_passage")
    ahead, back = _open_ways(tags)
    speeds = _car_speeds(tags, settings)
    return StreetRule(
        street_class=kind,
        road=tags.get("ref", "") if kind in CAR_CLASSES else "",
        car_km_per_hour=(speeds[0] * (car_open and ahead), speeds[1] * (car_open and back)),
        bicycle_km_per_hour=_bicycle_speeds(tags, settings),
        walk_km_per_hour=_walk_speed(tags, settings),
        may_join=not (not_joined or in_tunnel),
        is_roundabout=tags.get("junction") in ("roundabout", "circular"),
        ferry_minutes=(kind == FERRY and duration_minutes(tags.get("duration", ""))) or math.nan,
    )


def barrier_stops_cars(tags: Mapping[str, str]) -> bool:
    """Whether cars cannot pass a barrier: what its access tags say, else bollards, blocks and their like."""
    said = _said(tags, CAR_KEYS)
    return tags.get("barrier") in TOO_NARROW if said is None else not said


def _class(tags: Mapping[str, str]) -> str:
    return tags.get("highway", FERRY if tags.get("route") == FERRY else "")


def _said(tags: Mapping[str, str], keys: tuple[str, ...]) -> bool | None:
    """Whether the first of the keys that is tagged opens the street; None if none is."""
    values = next((tags[key].split(";") for key in keys if key in tags), None)
    return None if values is None else not {value.strip() for value in values} <= CLOSED


def _is_motor_road(tags: Mapping[str, str]) -> bool:
    return _class(tags) in MOTORWAYS or tags.get("motorroad") == "yes"


def _car_may(tags: Mapping[str, str]) -> bool:
    if _class(tags) in CAR_CLASSES:
        return tags.get("service") not in NO_CAR_SERVICE and _said(tags, CAR_KEYS) is not False
    said = [tags[key] for key in CAR_KEYS[:2] if key in tags]
    if _class(tags) == FERRY and not said:
        return tags.get("vehicle") in EXPRESSLY or tags.get("ferry") in CAR_CLASSES
    return any(value in EXPRESSLY for value in said)


def _bicycle_may(tags: Mapping[str, str]) -> bool:
    if _is_motor_road(tags) or _class(tags) in FOOT_ONLY:
        return tags.get("bicycle") in EXPRESSLY
    return _said(tags, ("bicycle", "vehicle", "access")) is not False


def _foot_may(tags: Mapping[str, str]) -> bool:
    if _is_motor_road(tags):
        return tags.get("foot") in EXPRESSLY
    return _said(tags, ("foot", "access")) is not False


def _open_ways(tags: Mapping[str, str]) -> tuple[bool, bool]:
    """Which ways traffic may go: (from -> to, to -> from)."""
    implied = (
        "yes" if _class(tags) == "motorway" or tags.get("junction") in ("roundabout", "circular") else ""
    )
    said = tags.get("oneway", implied)
    if said in ("-1", "reverse"):
        return False, True
    return True, said not in ("yes", "true", "1")


def _car_speeds(tags: Mapping[str, str], settings: StreetSettings) -> BothWays:
    kind = _class(tags)
    if kind == FERRY:
        return settings.ferry_km_per_hour, settings.ferry_km_per_hour
    default = settings.car_km_per_hour.get(kind, settings.car_km_per_hour["living_street"])
    both = " ".join(
        tags.get(key, "") for key in ("maxspeed:type", "source:maxspeed", "zone:maxspeed")
    ).split()
    zoned = next((each for each in both if speed_limit(each, settings.zone_km_per_hour)), "")
    speeds = []
    for way in ("maxspeed:forward", "maxspeed:backward"):
        signed = tags.get(way) or tags.get("maxspeed") or zoned
        limit = speed_limit(signed, settings.zone_km_per_hour) or default
        if kind in NO_FASTER_THAN_CLASS or kind not in CAR_CLASSES:
            limit = min(limit, default)
        speed = limit * settings.car_share_of_limit.get(kind, 1.0)
        slow_surface = tags.get("surface") in UNPAVED
        speeds.append(min(speed, settings.unpaved_km_per_hour) if slow_surface else speed)
    return speeds[0], speeds[1]


def _bicycle_speeds(tags: Mapping[str, str], settings: StreetSettings) -> BothWays:
    kind = _class(tags)
    if not _bicycle_may(tags):
        return 0.0, 0.0
    if kind == FERRY:
        return settings.ferry_km_per_hour, settings.ferry_km_per_hour
    is_shared = kind in PUSHED | FOOT_ONLY | {"path", "track"}
    if tags.get("bicycle") == "dismount" or (kind in PUSHED and tags.get("bicycle") not in EXPRESSLY):
        return settings.walk_km_per_hour, settings.walk_km_per_hour
    speed = settings.bicycle_path_km_per_hour if is_shared else settings.bicycle_km_per_hour
    ahead, back = _bicycle_open_ways(tags)
    return speed * ahead, speed * back


def _bicycle_open_ways(tags: Mapping[str, str]) -> tuple[bool, bool]:
    if "oneway:bicycle" in tags:
        return _open_ways({"oneway": tags["oneway:bicycle"]})
    lanes = (tags.get(key, "") for key in ("cycleway", "cycleway:both", "cycleway:left", "cycleway:right"))
    against = any(lane.startswith("opposite") for lane in lanes)
    return (True, True) if against else _open_ways(tags)


def _walk_speed(tags: Mapping[str, str], settings: StreetSettings) -> float:
    if not _foot_may(tags):
        return 0.0
    kind = _class(tags)
    if kind == FERRY:
        return settings.ferry_km_per_hour
    return settings.steps_km_per_hour if kind == "steps" else settings.walk_km_per_hour
