"""`StreetSettings`: what is assumed of speeds, delays and ferries where OpenStreetMap does not tell."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, ValidationInfo, field_validator

from ...scenario_base import Section

KmPerHour = Annotated[float, Field(gt=0, le=200)]
Seconds = Annotated[float, Field(ge=0, le=600)]
Share = Annotated[float, Field(gt=0, le=1.5)]

CAR_KM_PER_HOUR: Final = {
    "motorway": 110.0,
    "motorway_link": 70.0,
    "trunk": 90.0,
    "trunk_link": 60.0,
    "primary": 80.0,
    "primary_link": 50.0,
    "secondary": 70.0,
    "secondary_link": 50.0,
    "tertiary": 70.0,
    "tertiary_link": 50.0,
    "unclassified": 60.0,
    "residential": 40.0,
    "road": 40.0,
    "service": 20.0,
    "track": 20.0,
    "living_street": 10.0,
    "pedestrian": 10.0,
}
"""Speed limits where none is tagged, by class. Whether a street lies in a town is not known: of the two
base limits of Trafikförordningen (1998:1276) 3 kap. 17 §, 50 km/h in towns and 70 outside, the one
that is likelier for the class was taken, 40 on residential streets as most towns sign them. Motorway to
primary: the limits that are usual on such roads. Service, track and living street: driving speeds, not
limits. All are assumptions."""

ZONE_KM_PER_HOUR: Final = {
    "urban": 50.0,
    "rural": 70.0,
    "trunk": 90.0,
    "motorway": 110.0,
    "living_street": 7.0,
    "walk": 7.0,
}
"""What maxspeed=SE:urban and its like stand for. Urban and rural: Trafikförordningen 3 kap. 17 §; walking
pace (8 kap. 1 §) read as 7 km/h; motorway and trunk: the usual sign, an assumption."""

CAR_SHARE_OF_LIMIT: Final = {
    "motorway": 0.97,
    "motorway_link": 0.85,
    "trunk": 0.95,
    "trunk_link": 0.85,
    "primary": 0.95,
    "primary_link": 0.85,
    "secondary": 0.93,
    "secondary_link": 0.85,
    "tertiary": 0.9,
    "tertiary_link": 0.85,
    "unclassified": 0.85,
    "residential": 0.8,
    "road": 0.8,
}
"""Speed that is driven between junctions, over the limit; classes not named: 1. Estimates; known trips
(`siting check-times`) correct them all together."""

JUNCTION_SECONDS: Final = {
    "primary": 1.0,
    "secondary": 2.0,
    "tertiary": 3.0,
    "unclassified": 4.0,
    "residential": 4.0,
    "road": 4.0,
    "living_street": 4.0,
    "service": 4.0,
    "track": 4.0,
}
"""Seconds lost at the junction at the end of a street, by its class; classes not named: 0. They stand for
braking, giving way and turning alike. Estimates."""

_TABLES: Final = {
    "car_km_per_hour": CAR_KM_PER_HOUR,
    "zone_km_per_hour": ZONE_KM_PER_HOUR,
    "car_share_of_limit": CAR_SHARE_OF_LIMIT,
    "junction_seconds": JUNCTION_SECONDS,
}


class StreetSettings(Section):
    """Speeds, delays and ferries. All defaults are estimates, except where a source is named."""

    car_km_per_hour: dict[str, KmPerHour] = CAR_KM_PER_HOUR
    """Speed limit where no maxspeed is tagged, by `highway` class; others keep their default (km/h)."""
    zone_km_per_hour: dict[str, KmPerHour] = ZONE_KM_PER_HOUR
    """Speed limit that a maxspeed such as SE:urban stands for, by the word after the colon (km/h)."""
    car_share_of_limit: dict[str, Share] = CAR_SHARE_OF_LIMIT
    """Speed driven between junctions, as a share of the limit, by class."""
    unpaved_km_per_hour: KmPerHour = 60.0
    """No faster by car where the surface is tagged as unpaved (km/h)."""
    junction_seconds: dict[str, Seconds] = JUNCTION_SECONDS
    """Lost by car at the junction at the end of a street, by class of the street (s)."""
    traffic_signal_seconds: Seconds = 12.0
    """Lost by car at traffic signals: half a red of 30 s, met about every other time, and starting (s)."""
    one_crossing_metres: float = Field(default=50.0, ge=0, le=500)
    """Traffic signals no farther along the street from those met before are of the same crossing, as where
    two carriageways are crossed one after the other, and cost nothing more; so only where those before are
    met whichever street one comes from. 0 = each costs its seconds. Estimate (m)."""
    stop_seconds: Seconds = 8.0
    """Lost by car at a stop sign (s)."""
    give_way_seconds: Seconds = 4.0
    """Lost by car at a give-way sign (s)."""
    mini_roundabout_seconds: Seconds = 4.0
    """Lost by car at a mini roundabout (s)."""
    bicycle_km_per_hour: KmPerHour = 15.0
    """Bicycle on streets and cycleways, stops included, hills unknown (km/h)."""
    bicycle_path_km_per_hour: KmPerHour = 10.0
    """Bicycle on paths, tracks and ways shared with people on foot (km/h)."""
    walk_km_per_hour: KmPerHour = 5.0
    """Walking; also a bicycle that is pushed (km/h)."""
    steps_km_per_hour: KmPerHour = 2.0
    """Walking on steps, along the slope (km/h)."""
    ferry_km_per_hour: KmPerHour = 15.0
    """Ferry without a duration tag (km/h)."""
    ferry_wait_minutes: float = Field(default=10.0, ge=0, le=600)
    """Waiting and boarding at each ferry: half of a departure every 20 minutes (min)."""
    winter_factor: float = Field(default=1.0, ge=0.5, le=3)
    """Minutes by car and bicycle are multiplied by this; ferries and walking are not."""

    @field_validator(*_TABLES)
    @classmethod
    def _keeps_what_is_not_named(cls, given: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        table = _TABLES[info.field_name or ""]
        known = table if info.field_name == "zone_km_per_hour" else CAR_KM_PER_HOUR
        unknown = sorted(set(given) - set(known))
        if unknown:
            message = f"{unknown[0]!r} is not one of {', '.join(known)}"
            raise ValueError(message)
        return {**table, **given}

    def changed(self) -> str:
        """What differs from the defaults, in words; "" where nothing does."""
        told = []
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if isinstance(value, dict):
                table = _TABLES[name]
                told += [f"{name}.{key} {each:g}" for key, each in value.items() if table.get(key) != each]
            elif value != field.default:
                told.append(f"{name} {value:g}")
        return ", ".join(told)

    def seconds_at(self, control: str) -> float:
        """Seconds that a car loses at traffic signals, a stop sign, ...; none where there is nothing."""
        return {
            "traffic_signals": self.traffic_signal_seconds,
            "stop": self.stop_seconds,
            "give_way": self.give_way_seconds,
            "mini_roundabout": self.mini_roundabout_seconds,
        }.get(control, 0.0)
