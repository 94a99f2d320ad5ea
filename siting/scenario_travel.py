"""Section `travel` of a scenario: by car, and the other modes of travel by name."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from .scenario_base import BasedSection, Section

CAR: Final = "car"
ModeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
SpeedKmPerHour = Annotated[float, Field(ge=1, le=200)]


class RoadMode(BasedSection):
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


class MatrixMode(BasedSection):
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


class BusMode(BasedSection):
    """Public transport estimated from how often buses leave, where no timetable is at hand."""

    timetable: Literal["estimate"]
    """The word estimate: what comes out is one."""


class FastestOf(Section):
    """The quickest of other modes, for each trip."""

    fastest_of: tuple[ModeName, ...] = Field(min_length=1)
    """Names of the modes."""


Mode = RoadMode | MatrixMode | BusMode | FastestOf


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

    @model_validator(mode="after")
    def _modes_are_known(self) -> TravelSection:
        known = [CAR, *self.modes]
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
