"""`TransitSettings`: when one travels by public transport, and how far one walks."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Mapping

METRES_PER_KM: Final = 1000.0
Clock = dt.time


class TransitSettings(BaseModel):
    """When one travels, and how far one walks; one service day, no trip beyond midnight."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)

    date: dt.date
    """The day, an ordinary schoolday within the feed's calendar."""
    departures_from: Clock = dt.time(15)
    """Trips there begin at this time at the earliest."""
    departures_to: Clock = dt.time(16)
    """... and before this time; the way home is reckoned from it."""
    percentile: float = Field(default=50.0, ge=0, le=100)
    """Of the minutes there over the departures: 50 = half of them are quicker (per cent)."""
    visit_minutes: float = Field(default=60.0, ge=0, le=600)
    """From the arrival until one sets out for home (minutes)."""
    home_by: Clock = dt.time(20)
    """One must be at home at this time; a pair without such a way home cannot be reached."""
    max_minutes: float = Field(default=180.0, gt=0, le=1440)
    """A longer trip there does not count (minutes)."""
    longest_walk_minutes: float = Field(default=25.0, gt=0, le=120)
    """No single walk is longer: to a stop, between stops, from a stop, or all the way (minutes)."""
    walking_speed_km_per_hour: float = Field(default=4.8, ge=1, le=10)
    """Speed on foot (km/h)."""
    most_transfers: int = Field(default=2, ge=0, le=7)
    """Most changes of buses (number)."""

    @model_validator(mode="after")
    def _times_are_in_order(self) -> TransitSettings:
        if not self.departures_from < self.departures_to < self.home_by:
            message = "departures_from must be before departures_to, and that before home_by, on one day"
            raise ValueError(message)
        return self

    @property
    def longest_walk_metres(self) -> float:
        """The longest walk along streets."""
        return self.longest_walk_minutes / 60 * self.walking_speed_km_per_hour * METRES_PER_KM


def transit_settings(raw: Mapping[str, object], where: str) -> TransitSettings:
    """Read settings from a file's section; `where` names it in messages.

    Raises
    ------
    DatasetError
        If a setting is unknown, or its value is not what it may be.

    Examples
    --------
    >>> transit_settings({"date": "2026-05-05", "home_by": "21:30"}, "sources.yaml").home_by
    datetime.time(21, 30)
    """
    try:
        return TransitSettings.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(("settings", *map(str, first["loc"])))
        message = f"{where}: {key}: {first['msg'].removeprefix('Value error, ')}"
        raise DatasetError(message) from error


def minute_of_day(clock: Clock) -> int:
    """Minutes since midnight."""
    return clock.hour * 60 + clock.minute
