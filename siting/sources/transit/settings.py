"""`TransitSettings`: when one travels by public transport, and how far one walks."""

from __future__ import annotations

import datetime as dt
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

METRES_PER_KM: Final = 1000.0
Clock = dt.time
MEDIAN: Final = 50.0
WEEKDAYS: Final = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
MONTHS: Final = ("januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september",
                 "oktober", "november", "december")  # fmt: skip


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
    """No single walk is longer: to a stop, between stops, or from one; two may meet at a stop (minutes)."""
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

    def in_words(self) -> str:
        """All of them by name, for the manifest."""
        told = []
        for name in type(self).model_fields:
            value = getattr(self, name)
            told.append(f"{name} {value if isinstance(value, dt.date) else _short(value)}")
        return ", ".join(told)

    def in_swedish(self, mode: str) -> str:
        """Tell readers of a report what the minutes of the mode rest on.

        Examples
        --------
        >>> TransitSettings(date="2026-05-05").in_swedish("bus").partition(", ")[0]
        'Bussresor: tidtabell för tisdag 5 maj 2026'
        """
        trips = "Bussresor" if mode == "bus" else f"Resor med {mode}"
        weekday, month = WEEKDAYS[self.date.weekday()], MONTHS[self.date.month - 1]
        hours = f"{_hour(self.departures_from)}–{_hour(self.departures_to)}"
        middle = (
            "mitten av restiderna"
            if self.percentile == MEDIAN
            else f"den restid som {self.percentile:g} procent av avgångarna håller"
        )
        return (
            f"{trips}: tidtabell för {weekday} {self.date.day} {month} {self.date.year}, avresa {hours}, "
            f"{middle}; efter {self.visit_minutes:g} minuters besök ska man vara hemma senast "
            f"{self.home_by:%H.%M}."
        )

    def in_english(self, mode: str) -> str:
        """Tell the same in English.

        Examples
        --------
        >>> TransitSettings(date="2026-05-05").in_english("bus").partition(", ")[0]
        'Trips by bus: timetable of 2026-05-05'
        """
        middle = (
            "the median of the travel times"
            if self.percentile == MEDIAN
            else f"the travel time that {self.percentile:g} per cent of the departures keep"
        )
        return (
            f"Trips by {mode}: timetable of {self.date}, departure {self.departures_from:%H:%M}-"
            f"{self.departures_to:%H:%M}, {middle}; after a visit of {self.visit_minutes:g} minutes one must "
            f"be home by {self.home_by:%H:%M}."
        )


def _short(value: Clock | float) -> str:
    return f"{value:%H:%M}" if isinstance(value, Clock) else f"{value:g}"


def _hour(clock: Clock) -> str:
    """Write a time of day as Swedes do: 15, or 15.30."""
    return f"{clock:%H.%M}".removesuffix(".00")


def minute_of_day(clock: Clock) -> int:
    """Minutes since midnight."""
    return clock.hour * 60 + clock.minute
