"""`Ground`: what the region of each draw is made from, without a table being read or a way measured again.

*Who lives where.* Each cell's youths are multiplied by a lognormal number with mean 1, and then brought back
to the sum of its municipality; this sum, and the need per youth, by one for each municipality. Where the
dataset gives a cell's standard error, that is its deviation.

*Minutes by car.* Which way is quickest depends neither on the speed factor nor on winter roads (both change
all roads alike, and the legs beside the road are the same by any way). So with t the minutes measured, r
those of them on the road, w what winter roads add, f the winter factor of roads, q the speed factor of the
scenario over that of the draw and L the share of visits on winter roads, the expected minutes are

    t + r (q - 1) (1 + L (f - 1)) + L w.

Other modes of travel stay as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtri

from ..demand import need_of
from ..errors import InputError
from ..scenario_travel import CAR, TravelSection
from ..travel import MINUTES_DECIMALS, TravelTimes
from ..variants.asking import draw_value, shares_drawn
from ..variants.distributions import Uniform
from ..ways import Ways, measure_ways
from .unknowns import CELLS, MUNICIPALITIES, NEED, SECTION, SPEED, WINTER, YEARS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..cache import Cache
    from ..dataset import Dataset
    from ..demand import DemandGrid
    from ..region import Region
    from ..study import Outcome
    from .unknowns import Draw, Unknowns

OTHER_SPEED: Final = 8.0
"""Measured at a speed so many times lower, the minutes on the road are known to a tenth of their rounding."""
LEAST_SPEED_FACTOR: Final = 0.1
POPULATION: Final = re.compile(r"population_(\d{4})")
ONE: Final = Uniform(0.0, 1.0)


@dataclass(frozen=True, eq=False)
class CarTrips:
    """Minutes by car, and the parts of them that a draw changes; one shape."""

    measured: TravelTimes
    on_road: NDArray[np.float64]
    """Part of them on the road; (0, 0) where the speed is known."""
    by_winter: NDArray[np.float64]
    """What winter roads add at the scenario's speed; (0, 0) where winter is left out."""

    def drawn(self, slower: float, winter_share: float, road_factor: float) -> TravelTimes:
        """Give the expected minutes; `slower` is the scenario's speed over the draw's."""
        minutes = self.measured.minutes.astype(np.float64)
        if self.on_road.size:
            minutes += self.on_road * ((slower - 1) * (1 + winter_share * (road_factor - 1)))
        if self.by_winter.size:
            minutes += winter_share * self.by_winter
        return replace(self.measured, minutes=np.round(minutes, MINUTES_DECIMALS, out=minutes))


@dataclass(frozen=True, eq=False)
class Ground:
    """What the region of each draw is made from."""

    region: Region
    seed: int
    speed_factor: float
    winter_road_factor: float
    cell_deviation: NDArray[np.float64]
    """(n,) of a cell's youths, relative."""
    municipality_deviation: float
    need_deviation: float
    yearly_growth: NDArray[np.float64]
    """(n,) youths of a year over those of the year before, in the cell's municipality."""
    cells: CarTrips | None
    """From cells to sites; None where minutes by car are taken as known."""
    sites: CarTrips | None
    """Between sites."""

    def region_of(self, draw: Draw) -> Region:
        """Make the region of a draw."""
        region = replace(self.region, demand=self._demand(draw))
        if self.cells is None or self.sites is None:
            return region
        slower = self.speed_factor / draw.speed_factor
        drawn = [
            each.drawn(slower, draw.winter_share, self.winter_road_factor)
            for each in (self.cells, self.sites)
        ]
        if region.mode == CAR:
            return replace(region, times=drawn[0], site_times=drawn[1])
        return replace(region, other_times={**region.other_times, CAR: drawn[0]}, site_times=drawn[1])

    def _demand(self, draw: Draw) -> DemandGrid:
        grid = self.region.demand
        named = draw.demand.municipality_factors
        codes, of_cell = np.unique(np.array(grid.municipality_codes), return_inverse=True)
        names = [self.region.municipality_names.get(code, "") for code in codes]
        factor = np.array([named.get(name, 1.0) for name in names])
        youths = grid.youths * self.yearly_growth**draw.years_ahead
        if draw.draws(CELLS):
            youths = self._noisy(youths, of_cell, draw.number)
        if draw.draws(MUNICIPALITIES):
            drawn = self._by_municipality(MUNICIPALITIES, self.municipality_deviation, codes, draw)
            youths = youths * drawn[of_cell]
        if draw.draws(NEED):
            factor *= self._by_municipality(NEED, self.need_deviation, codes, draw)
        need = need_of(draw.demand, youths, factor[of_cell])
        return replace(
            grid,
            youths=youths,
            persons=need.persons,
            visits_per_year=need.visits_per_year,
            share_needing_main=need.share_needing_main,
        )

    def _noisy(
        self, youths: NDArray[np.float64], of_cell: NDArray[np.intp], number: int
    ) -> NDArray[np.float64]:
        """Scatter youths over the cells of their municipality, whose sum stays."""
        if not self.cell_deviation.any():
            return youths
        drawn = shares_drawn(number, self.seed, CELLS, len(youths))
        noisy = youths * lognormal(drawn, self.cell_deviation)
        before, after = np.bincount(of_cell, weights=youths), np.bincount(of_cell, weights=noisy)
        scale = np.divide(before, after, out=np.ones_like(before), where=after > 0)
        scattered: NDArray[np.float64] = noisy * scale[of_cell]
        return scattered

    def _by_municipality(
        self, key: str, deviation: float, codes: NDArray[np.str_], draw: Draw
    ) -> NDArray[np.float64]:
        """Draw a factor for each municipality; it hangs on its code, not on who else takes part."""
        drawn = [draw_value(ONE, draw.number, self.seed, f"{key}.{code}") for code in codes]
        return lognormal(np.array(drawn), np.full(len(codes), deviation))


def lognormal(u: NDArray[np.float64], deviation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the value below which a share u of a lognormal distribution with mean 1 lies.

    Examples
    --------
    >>> float(lognormal(np.array([0.5]), np.array([0.0]))[0])
    1.0
    >>> u = (np.arange(100_000) + 0.5) / 100_000
    >>> drawn = lognormal(u, np.full(u.shape, 0.5))
    >>> round(float(drawn.mean()), 3), round(float(drawn.std()), 2)
    (1.0, 0.5)
    """
    variance = np.log1p(deviation**2)
    value: NDArray[np.float64] = np.exp(np.sqrt(variance) * ndtri(u) - variance / 2)
    return value


def ground_of(outcome: Outcome, unknowns: Unknowns, *, cache: Cache | None = None) -> Ground:
    """Prepare what regions are drawn from; ways are measured once more for the speed, and once for winter.

    Raises
    ------
    InputError
        If the dataset has no two counts of the population where these are needed, or winter is too slow.
    """
    scenario, region = outcome.scenario, outcome.region
    section, travel = scenario.analysis.uncertainty, scenario.travel
    winter = section.winter
    grid = region.demand
    known = (grid.youths_standard_error > 0) & (grid.youths > 0)
    relative = np.divide(grid.youths_standard_error, grid.youths, out=np.zeros(len(known)), where=known)
    keys = {each.key for each in unknowns.numbers}
    measured = region.times_by(CAR), region.site_times
    on_road = by_winter = (np.zeros((0, 0)), np.zeros((0, 0)))
    if SPEED in keys:
        other = travel.speed_factor / OTHER_SPEED
        other = other if other >= LEAST_SPEED_FACTOR else travel.speed_factor * OTHER_SPEED
        more = _added(measured, _ways(outcome, cache, {"speed_factor": other}))
        on_road = more[0] / (travel.speed_factor / other - 1), more[1] / (travel.speed_factor / other - 1)
    if winter is not None and WINTER in keys:
        slower = {
            "speed_factor": travel.speed_factor / winter.road_time_factor,
            "access_speed_km_per_hour": travel.access_speed_km_per_hour / winter.access_time_factor,
        }
        by_winter = _added(measured, _ways(outcome, cache, slower))
    trips = [CarTrips(*each) for each in zip(measured, on_road, by_winter, strict=True)]
    changes = bool(keys & {SPEED, WINTER})
    return Ground(
        region=region,
        seed=section.seed,
        speed_factor=travel.speed_factor,
        winter_road_factor=1.0 if winter is None else winter.road_time_factor,
        cell_deviation=np.where(known, relative, section.noise.cells),
        municipality_deviation=section.noise.municipalities,
        need_deviation=section.noise.municipal_need,
        yearly_growth=_yearly_growth(outcome.dataset, grid) if YEARS in keys else np.ones(len(grid.youths)),
        cells=trips[0] if changes else None,
        sites=trips[1] if changes else None,
    )


def _ways(outcome: Outcome, cache: Cache | None, changes: dict[str, float]) -> Ways:
    """Measure the ways by car alone, with other speeds."""
    travel = outcome.scenario.travel
    plain = {name: getattr(travel, name) for name in TravelSection.model_fields}
    try:
        section = TravelSection.model_validate({**plain, "mode": CAR, "modes": {}, **changes})
    except ValueError as error:
        wrong = ", ".join(f"travel.{name} would be {value:g}" for name, value in changes.items())
        message = f"{SECTION}.winter: roads are too slow ({wrong}); take smaller factors"
        raise InputError(message) from error
    return measure_ways(section, outcome.dataset, folder=outcome.scenario.folder, cache=cache)


def _added(
    measured: tuple[TravelTimes, TravelTimes], ways: Ways
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Minutes that trips take more; 0 where there is no way."""
    more = []
    for times, other in zip(measured, (ways.by_mode[CAR], ways.site_times), strict=True):
        difference = np.zeros(times.minutes.shape)
        there = np.isfinite(times.minutes)
        difference[there] = other.minutes[there] - times.minutes[there]
        more.append(difference)
    return more[0], more[1]


def _yearly_growth(dataset: Dataset, grid: DemandGrid) -> NDArray[np.float64]:
    """Growth of each cell's municipality between its two latest counts, as a yearly factor."""
    table = dataset.table("municipalities")
    found = [POPULATION.fullmatch(str(column)) for column in table.columns]
    years = sorted(int(match[1]) for match in found if match)[-2:]
    if len(years) < 2:
        message = (
            f"{SECTION}.forecast: {dataset.folder}: municipalities needs two columns such as population_2021 "
            "and population_2024; add them, or leave forecast out"
        )
        raise InputError(message)
    first, last = (table[f"population_{year}"].to_numpy(np.float64) for year in years)
    if not (np.isfinite(first) & np.isfinite(last) & (first > 0) & (last > 0)).all():
        message = f"{SECTION}.forecast: {dataset.folder}: municipalities has no population in a row; give it"
        raise InputError(message)
    yearly = dict(zip(table["code"], (last / first) ** (1 / (years[1] - years[0])), strict=True))
    return np.array([yearly[code] for code in grid.municipality_codes])
