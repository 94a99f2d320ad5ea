"""Section `travel` of a scenario: by car, and the other modes of travel by name."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, Discriminator, Field, Tag, model_validator

from .scenario_base import BasedSection, Minutes, Text

CAR: Final = "car"
ModeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
SpeedKmPerHour = Annotated[float, Field(ge=1, le=200)]


class NamedMode(BasedSection):
    """A mode of travel with its name for readers."""

    title: Text | None = None
    """How readers are told that one travels so, such as "by night bus"; known names have words already."""
    longest_minutes: Minutes | None = None
    """Trips that take longer are not made so (minutes); left out: however long."""


class RoadMode(NamedMode):
    """Bicycle or walking over the dataset's network."""

    roads: Literal["bicycle", "walk"]
    """Which of the network's ways are open, and their minutes where the dataset has them."""
    speed_km_per_hour: SpeedKmPerHour
    """Speed on roads whose minutes the dataset does not tell (km/h)."""
    fixed_minutes_per_trip: float = Field(default=0.0, ge=0, le=1000)
    """Added to each trip: parking, the walk to the door (minutes)."""
    access_speed_km_per_hour: SpeedKmPerHour
    """Speed between a place and the nearest road of the network (km/h)."""
    access_detour_factor: float = Field(default=1.3, ge=1.0, le=10)
    """Length of the way to the nearest road, over the straight line."""


class MatrixMode(NamedMode):
    """Minutes that are ready: a table of the dataset, or any router's file beside the scenario."""

    matrix: str = Field(min_length=1)
    """Name of a table of the dataset (minutes_...), or a .csv or .parquet file relative to the scenario."""
    origin_column: str = "cell_id"
    """Column of the cells' ids."""
    destination_column: str = "site_id"
    """Column of the sites' ids."""
    minutes_column: str = "minutes"
    """Column of the minutes; a pair that is left out or empty cannot be reached."""
    fixed_minutes_per_trip: float = Field(default=0.0, ge=0, le=1000)
    """Added to each trip (minutes)."""


class BusMode(NamedMode):
    """Public transport estimated from how often buses leave, where no timetable is at hand."""

    timetable: Literal["estimate"]
    """The word estimate: what comes out is one (docs/bus-estimate.md)."""
    day: Literal["weekday", "saturday", "sunday"] = "weekday"
    """The day whose departures count."""
    walking_speed_km_per_hour: SpeedKmPerHour = 5.0
    """Speed on foot to and from stops, and all the way where that is quicker (km/h)."""
    walk_detour_factor: float = Field(default=1.3, ge=1.0, le=10)
    """Length of a walk, and of a ride within a town, over the straight line."""
    longest_walk_minutes: float = Field(default=30.0, ge=0, le=300)
    """Nobody walks longer than this, at either end or all the way (minutes)."""
    service_hours_per_day: float = Field(default=16.0, gt=0, le=24)
    """Hours over which a day's departures are spread (hours); headway = these / departures one way."""
    fewest_departures_per_day: float = Field(default=2.0, gt=0, le=1000)
    """With fewer departures one way a day there is no connection: one there, and a later one home."""
    longest_wait_minutes: float = Field(default=60.0, ge=0, le=1000)
    """The wait is half the headway, but no longer: visits are booked to suit rare buses (minutes)."""
    ride_factor: float = Field(default=1.3, ge=1.0, le=10)
    """Minutes on board over those of the car, for stops on the way and the way round (factor)."""
    ride_fixed_minutes: float = Field(default=5.0, ge=0, le=1000)
    """Added to each ride: getting on, terminals (minutes)."""
    transfer_minutes: float = Field(default=5.0, ge=0, le=1000)
    """Added to each change of buses, beside the wait for the second one (minutes)."""
    most_transfers: int = Field(default=1, ge=0, le=3)
    """Trips that need more changes of buses than this cannot be made (number)."""
    town_bus_speed_km_per_hour: SpeedKmPerHour = 20.0
    """Speed of town buses between the edge of a town and its centre (km/h)."""
    town_bus_fixed_minutes: float = Field(default=15.0, ge=0, le=1000)
    """Added to each ride by town bus: walk to the stop, wait, and change at the centre (minutes)."""


class FastestOf(NamedMode):
    """The quickest of other modes, for each trip."""

    fastest_of: tuple[ModeName, ...] = Field(min_length=1)
    """Names of the modes."""


def _telling_key(mode: object) -> str | None:
    """Name the key that says what a mode is."""
    keys = (
        set(mode)
        if isinstance(mode, dict)
        else set(type(mode).model_fields if isinstance(mode, BaseModel) else ())
    )
    return next((key for key in MODE_KEYS if key in keys), None)


MODE_KEYS: Final = ("roads", "matrix", "timetable", "fastest_of")
Mode = Annotated[
    Annotated[RoadMode, Tag("roads")]
    | Annotated[MatrixMode, Tag("matrix")]
    | Annotated[BusMode, Tag("timetable")]
    | Annotated[FastestOf, Tag("fastest_of")],
    Discriminator(
        _telling_key,
        custom_error_type="mode_of_travel",
        custom_error_message="a mode of travel has one of roads, matrix, timetable: estimate, fastest_of",
    ),
]


class TravelSection(BasedSection):
    """How long a trip by car takes."""

    speed_factor: float = Field(default=1.0, ge=0.1, le=10)
    """Speeds of the road network are multiplied by this."""
    fixed_minutes_per_trip: float = Field(default=0.0, ge=0, le=1000)
    """Added to each trip: town driving, parking, the walk to the door (minutes)."""
    access_speed_km_per_hour: float = Field(default=45.0, ge=1, le=200)
    """Speed between a place and the nearest road of the network (km/h)."""
    access_detour_factor: float = Field(default=1.3, ge=1.0, le=10)
    """Length of the way to the nearest road, over the straight line."""
    mode: ModeName = CAR
    """The mode of travel that counts where nothing else is said: car, or one of `modes`."""
    modes: dict[ModeName, Mode] = {}
    """Other modes of travel, by name; objectives and limits may name them."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all modes of travel."""
        return (CAR, *self.modes)

    @model_validator(mode="after")
    def _modes_are_known(self) -> TravelSection:
        known = self.names
        if CAR in self.modes:
            message = "modes: car is given by the fields of travel itself; give another mode another name"
            raise ValueError(message)
        if self.mode not in known:
            message = f"mode is {self.mode!r}; it must be one of {', '.join(known)}"
            raise ValueError(message)
        for name, mode in self.modes.items():
            if not isinstance(mode, FastestOf):
                continue
            for each in mode.fastest_of:
                if each not in known or isinstance(self.modes.get(each), FastestOf):
                    plain = [n for n in known if not isinstance(self.modes.get(n), FastestOf)]
                    message = f"modes.{name}: fastest_of names {each!r}; it must be one of {', '.join(plain)}"
                    raise ValueError(message)
        return self
