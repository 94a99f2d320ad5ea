"""The router of each mode of travel that a scenario names, and the minutes by each of them."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from .by_bus import bus_estimate
from .by_matrix import ready_matrix
from .by_road import RoadRouter
from .scenario_travel import CAR, FastestOf, MatrixMode, RoadMode

if TYPE_CHECKING:
    from pathlib import Path

    from .dataset import Dataset
    from .roads import RoadTable
    from .scenario_travel import TravelSection
    from .travel import Places, Router, TravelTimes


def times_by_mode(
    section: TravelSection,
    origins: Places,
    destinations: Places,
    *,
    car: RoadRouter,
    road_table: RoadTable,
    dataset: Dataset,
    folder: Path | None,
) -> dict[str, TravelTimes]:
    """Minutes by every mode of the scenario, by its name; files count from `folder`."""
    found = {CAR: car.times(origins, destinations)}
    for name, mode in section.modes.items():
        if not isinstance(mode, FastestOf):
            if isinstance(mode, RoadMode):
                router: Router = _road_router(mode, road_table)
            elif isinstance(mode, MatrixMode):
                router = ready_matrix(mode, dataset, folder)
            else:
                router = bus_estimate(mode, dataset, car)
            found[name] = _not_longer(router.times(origins, destinations), mode.longest_minutes)
    for name, mode in section.modes.items():
        if isinstance(mode, FastestOf):
            together = fastest([found[each] for each in mode.fastest_of])
            found[name] = _not_longer(together, mode.longest_minutes)
    return found


def _not_longer(times: TravelTimes, longest_minutes: float | None) -> TravelTimes:
    if longest_minutes is None:
        return times
    return replace(times, minutes=np.where(times.minutes <= longest_minutes, times.minutes, np.inf))


def fastest(times: list[TravelTimes]) -> TravelTimes:
    """Take for each trip the quickest of several modes; access legs are those of the first."""
    return replace(times[0], minutes=reduce(np.minimum, (each.minutes for each in times)))


def _road_router(mode: RoadMode, road_table: RoadTable) -> RoadRouter:
    return RoadRouter(
        roads=road_table.open_to(mode.roads, speed_km_per_hour=mode.speed_km_per_hour),
        fixed_minutes_per_trip=mode.fixed_minutes_per_trip,
        access_speed_km_per_hour=mode.access_speed_km_per_hour,
        access_detour_factor=mode.access_detour_factor,
    )
