"""`BusEstimate`: public transport from how often buses leave, where no timetable is at hand.

A trip is: walk to a locality's stop + wait + ride + walk, with a change of buses where the two localities
share no line; or a walk all the way. `docs/bus-estimate.md` gives the formula, what it rests on and where
it is weak. What comes out is an estimate, and no substitute for a timetable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from .errors import DatasetError
from .geo import distances_metres, project
from .roads import METRES_PER_KM, MINUTES_PER_HOUR
from .travel import MINUTES_DECIMALS, Places, TravelTimes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .dataset import Dataset
    from .scenario_travel import BusMode
    from .travel import Router

TABLE: Final = "bus_stops"
COLUMNS: Final = ("stop_id", "lat", "lon", "lines", "town_radius_metres")
DIRECTIONS: Final = 2  # departures are counted both ways


@dataclass(frozen=True, eq=False)
class BusStops:
    """Localities with buses; all that is known of their timetable."""

    places: Places  # k localities
    departures_per_day: NDArray[np.float64]  # (k,) from the busiest stop, all lines, both directions
    serves: NDArray[np.bool_]  # (k, n_lines) whether the line calls there
    town_radius_metres: NDArray[np.float64]  # (k,) how far town buses go; 0 = there are none

    def departures_between(self) -> NDArray[np.float64]:
        """Departures a day, one way, by the lines that two localities share, shape (k, k).

        How often each line runs is not in the table. Where k lines call, an equal share of the departures
        is each one's; a line runs as often as where that share is largest (towns, where most are town
        buses, speak only for lines that call nowhere else). No pair has more than either end has in all.
        """
        share = self.departures_per_day / np.maximum(self.serves.sum(axis=1), 1)
        by_line = np.where(self.serves, share[:, None], 0.0)
        outside_towns = np.where(self.town_radius_metres > 0, 0.0, 1.0)[:, None]
        speaks = (self.serves & (outside_towns > 0)).any(axis=0)
        of_line = np.where(speaks, (by_line * outside_towns).max(axis=0), by_line.max(axis=0))
        shared = (self.serves * of_line) @ self.serves.T.astype(np.float64)
        most = np.minimum(self.departures_per_day[:, None], self.departures_per_day[None, :])
        both_ways: NDArray[np.float64] = np.minimum(shared, most)
        return both_ways / DIRECTIONS


@dataclass(frozen=True, eq=False)
class BusEstimate:
    """Trips by public transport, estimated."""

    stops: BusStops
    mode: BusMode
    car: Router  # whose minutes between localities the ride is reckoned from

    def times(self, origins: Places, destinations: Places) -> TravelTimes:
        """Minutes from each origin to each destination; inf = no stop near, no line, or too few buses."""
        at_start, at_end = self._access(origins), self._access(destinations)
        minutes: NDArray[np.float64] = np.minimum(
            self._walk(distances_metres(origins.points_metres, destinations.points_metres)),
            _through_one_place(at_start, at_end),
        )
        # From each stop to each destination first: destinations are few, origins many.
        onwards = _shortest_sums(self.ride_minutes(), at_end.quickest.T)
        np.minimum(minutes, _shortest_sums(at_start.quickest, onwards), out=minutes)
        return TravelTimes(
            minutes=np.round(minutes, MINUTES_DECIMALS),
            origin_ids=origins.ids,
            destination_ids=destinations.ids,
            origin_access_metres=at_start.nearest_metres,
            destination_access_metres=at_end.nearest_metres,
        )

    def ride_minutes(self) -> NDArray[np.float64]:
        """Wait, ride and changes between localities, shape (k, k); inf on the diagonal: no ride."""
        mode, places = self.mode, self.stops.places
        by_car = self.car.times(places, places).minutes
        departures = self.stops.departures_between()
        runs = departures >= mode.fewest_departures_per_day
        np.fill_diagonal(runs, val=False)
        headway = mode.service_hours_per_day * MINUTES_PER_HOUR / np.where(runs, departures, 1.0)
        wait = np.minimum(headway / 2, mode.longest_wait_minutes)
        direct = np.where(runs, wait + mode.ride_factor * by_car + mode.ride_fixed_minutes, np.inf)
        best = direct
        for _ in range(mode.most_transfers):
            best = np.minimum(best, _shortest_sums(best + mode.transfer_minutes, direct))
        np.fill_diagonal(best, np.inf)
        return best

    def _walk(self, straight_metres: NDArray[np.float64]) -> NDArray[np.float64]:
        """Minutes on foot; inf = longer than anybody walks."""
        kilometres = straight_metres * self.mode.walk_detour_factor / METRES_PER_KM
        minutes = kilometres * MINUTES_PER_HOUR / self.mode.walking_speed_km_per_hour
        return np.where(minutes <= self.mode.longest_walk_minutes, minutes, np.inf)

    def _access(self, places: Places) -> _Access:
        straight = distances_metres(places.points_metres, self.stops.places.points_metres)
        kilometres = straight * self.mode.walk_detour_factor / METRES_PER_KM
        town = self.mode.town_bus_fixed_minutes + (
            kilometres * MINUTES_PER_HOUR / self.mode.town_bus_speed_km_per_hour
        )
        has_town_bus = (self.stops.town_radius_metres > 0) & (straight <= self.stops.town_radius_metres)
        return _Access(
            on_foot=self._walk(straight),
            by_town_bus=np.where(has_town_bus, town, np.inf),
            nearest_metres=straight.min(axis=1),
        )


@dataclass(frozen=True, eq=False)
class _Access:
    """Minutes between n places and the centres of k localities; inf = too far."""

    on_foot: NDArray[np.float64]  # (n, k)
    by_town_bus: NDArray[np.float64]  # (n, k)
    nearest_metres: NDArray[np.float64]  # (n,)

    @property
    def quickest(self) -> NDArray[np.float64]:
        """By either way, shape (n, k)."""
        return np.minimum(self.on_foot, self.by_town_bus)


def _through_one_place(at_start: _Access, at_end: _Access) -> NDArray[np.float64]:
    """Trips within one town, of which at least one half is by town bus, shape (n_origins, n_destinations)."""
    return np.minimum(
        _shortest_sums(at_start.by_town_bus, at_end.quickest.T),
        _shortest_sums(at_start.quickest, at_end.by_town_bus.T),
    )


def _shortest_sums(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minimum over k of first[i, k] + second[k, j], shape (i, j); most of both are inf."""
    best = np.full((first.shape[0], second.shape[1]), np.inf)
    for k in np.flatnonzero(np.isfinite(first).any(axis=0) & np.isfinite(second).any(axis=1)):
        rows = np.flatnonzero(np.isfinite(first[:, k]))
        best[rows] = np.minimum(best[rows], first[rows, k, None] + second[None, k])
    return best


def bus_estimate(mode: BusMode, dataset: Dataset, car: Router) -> BusEstimate:
    """Estimate public transport from the dataset's table `bus_stops`.

    Raises
    ------
    DatasetError
        If the table is missing, lacks a column or a line, or has a negative number.
    """
    table = dataset.table(TABLE)
    where = f"{dataset.folder}: {TABLE}"
    departures = f"departures_{mode.day}"
    absent = [each for each in (*COLUMNS, departures) if each not in table.columns]
    if absent:
        message = f"{where}: the column {absent[0]} is missing; see docs/bus-estimate.md"
        raise DatasetError(message)
    if table.empty:
        message = f"{where}: has no rows, so no bus stops anywhere"
        raise DatasetError(message)
    stop_ids = tuple(table["stop_id"])
    longitude = _numbers(where, table["lon"], least=-180, most=180)
    latitude = _numbers(where, table["lat"], least=-90, most=90)
    points = project(longitude, latitude, dataset.manifest.crs)
    stops = BusStops(
        places=Places(stop_ids, points),
        departures_per_day=_numbers(where, table[departures]),
        serves=_lines_of_stops(table["lines"]),
        town_radius_metres=_numbers(where, table["town_radius_metres"]),
    )
    return BusEstimate(stops, mode, car)


def _lines_of_stops(lines: pd.Series) -> NDArray[np.bool_]:
    """Which lines call at which stop, shape (k, n_lines), from their names with blanks between."""
    called = lines.astype(str).str.get_dummies(sep=" ")
    return called.to_numpy(dtype=bool)


def _numbers(where: str, raw: pd.Series, *, least: float = 0.0, most: float = np.inf) -> NDArray[np.float64]:
    numbers = pd.to_numeric(raw, errors="coerce").to_numpy(np.float64)
    good = np.isfinite(numbers) & (numbers >= least) & (numbers <= most)
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        expected = f"a number >= {least:g}" if np.isinf(most) else f"a number from {least:g} to {most:g}"
        message = f"{where}, row {row + 2}: {raw.name} is {str(raw.iloc[row])!r}; expected {expected}"
        raise DatasetError(message)
    return numbers
