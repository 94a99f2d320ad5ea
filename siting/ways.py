"""`Ways`: minutes by every mode of travel that a scenario names, between cells and sites; and kilometres."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from .by_bus import bus_estimate
from .by_matrix import ready_matrix
from .by_road import RoadRouter, car_router
from .cache import default_cache
from .roads import read_road_table
from .scenario_travel import CAR, FastestOf, MatrixMode, RoadMode
from .sites import all_sites
from .travel import Places

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from .cache import Cache
    from .dataset import Dataset
    from .roads import RoadTable
    from .scenario_travel import TravelSection
    from .travel import Router, TravelTimes


@dataclass(frozen=True, eq=False)
class Ways:
    """All ways of a region; n cells, m candidate sites."""

    by_mode: dict[str, TravelTimes]  # cells x candidate sites, by the mode's name; the car among them
    site_times: TravelTimes  # by car: candidate sites x all sites of the dataset, the candidates first
    site_kilometres: NDArray[np.float64]  # (m, m) along the quickest way
    n_roads_cut_off: int  # edges that nobody joins, for by car one cannot both come and leave there


def measure_ways(
    section: TravelSection, dataset: Dataset, *, folder: Path | None, cache: Cache | None = None
) -> Ways:
    """Measure the ways by every mode of a scenario; its files count from `folder`.

    What takes long is kept in `cache`, by default the user's (`siting.cache.default_cache`).

    Raises
    ------
    DatasetError
        If the roads, a table of minutes or the bus stops cannot be used.
    LabelError
        If a matrix does not speak of the dataset's cells and sites.
    """
    cells, candidates, everyone = _places(dataset)
    road_table = read_road_table(dataset)
    cache = default_cache() if cache is None else cache
    car = car_router(road_table.open_to(CAR), section, cache=cache)
    # One round of searches, from every site backwards, serves cells and sites.
    n, m = len(cells.ids), len(candidates.ids)
    origins = Places(
        cells.ids + candidates.ids, np.concatenate([cells.points_metres, candidates.points_metres])
    )
    times = car.times(origins, everyone)
    found = {CAR: times.part(slice(0, n), slice(0, m))}
    for name, mode in section.modes.items():
        if isinstance(mode, FastestOf):
            continue
        if isinstance(mode, RoadMode):
            router: Router = _road_router(mode, road_table, cache)
        elif isinstance(mode, MatrixMode):
            router = ready_matrix(mode, dataset, folder)
        else:
            router = bus_estimate(mode, dataset, car)
        found[name] = _not_longer(router.times(cells, candidates), mode.longest_minutes)
    for name, mode in section.modes.items():
        if isinstance(mode, FastestOf):
            together = fastest([found[each] for each in mode.fastest_of])
            found[name] = _not_longer(together, mode.longest_minutes)
    return Ways(
        by_mode=found,
        site_times=times.part(slice(n, n + m), slice(0, len(everyone.ids))),
        site_kilometres=car.kilometres(candidates, candidates),
        n_roads_cut_off=car.roads.n_cut_off,
    )


def _places(dataset: Dataset) -> tuple[Places, Places, Places]:
    """Give cells, candidate sites, and all sites with the candidates first."""
    table = dataset.table("cells")
    cells = Places(tuple(table["cell_id"]), table[["east_metres", "north_metres"]].to_numpy(np.float64))
    ids, points_metres = all_sites(dataset)
    is_candidate = dataset.table("sites")["candidate"].to_numpy() == 1
    order = np.concatenate([np.flatnonzero(is_candidate), np.flatnonzero(~is_candidate)])
    everyone = Places(tuple(ids[row] for row in order), points_metres[order])
    m = int(is_candidate.sum())
    return cells, Places(everyone.ids[:m], everyone.points_metres[:m]), everyone


def _not_longer(times: TravelTimes, longest_minutes: float | None) -> TravelTimes:
    if longest_minutes is None:
        return times
    never = times.minutes.dtype.type(np.inf)  # of the same type, lest a large matrix doubles
    return replace(times, minutes=np.where(times.minutes <= longest_minutes, times.minutes, never))


def fastest(times: list[TravelTimes]) -> TravelTimes:
    """Take for each trip the quickest of several modes; access legs are those of the first."""
    return replace(times[0], minutes=reduce(np.minimum, (each.minutes for each in times)))


def _road_router(mode: RoadMode, road_table: RoadTable, cache: Cache) -> RoadRouter:
    return RoadRouter(
        roads=road_table.open_to(mode.roads, speed_km_per_hour=mode.speed_km_per_hour),
        fixed_minutes_per_trip=mode.fixed_minutes_per_trip,
        access_speed_km_per_hour=mode.access_speed_km_per_hour,
        access_detour_factor=mode.access_detour_factor,
        cache=cache,
    )
