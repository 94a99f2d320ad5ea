"""What one command wrote, with the public facts that belong to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.evaluate import Trips, best_trips, trips_of
from siting.study import Alternatives, Outcome

from .equations import Array, Equations

SERVICES = ("near", "main")
NO_WAY = np.inf


@dataclass(frozen=True)
class Spoils:
    """What one command wrote into a folder, and the public facts that belong to it."""

    outcomes: Sequence[Outcome]
    folder: Path
    scale: float = 1.0
    """Youths of this run over those that are sought: public, such as the part that other ages are."""
    alternatives: Alternatives | None = None
    """Of a comparison."""

    @property
    def k(self) -> int:
        return self.outcomes[0].scenario.evaluation.smallest_count_shown

    def has(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def record(self, name: str) -> dict[str, Any]:
        return dict(json.loads((self.folder / name).read_text("utf-8")))

    def named(self, scenario: str) -> Outcome:
        return next(each for each in self.outcomes if each.scenario.name == scenario)


@dataclass(frozen=True)
class Ways:
    """Where visits of one service may go, each with its column in the equations; as wide as these."""

    minutes: Array
    felt: Array
    site: NDArray[np.intp]
    visits: Array
    """A year, of a youth; 0 in columns of something else."""

    def of(self, members: Array) -> Ways:
        """Take those from some cells."""
        return Ways(self.minutes, self.felt, self.site, self.visits * members)


@dataclass(frozen=True)
class Travel:
    """The ways of both services of one plan, by one mode."""

    near: Ways
    main: Ways
    cells: NDArray[np.intp]
    """Of each column."""

    def services(self, service: str) -> tuple[Ways, ...]:
        return (self.near, self.main) if service == "overall" else (getattr(self, service),)


def travel_of(outcome: Outcome, equations: Equations, mode: str | None = None) -> Travel:
    """Give the ways of a plan; where an intake splits cells, each has flows to all places that are open."""
    found = {service: _trips(outcome, equations, service, mode) for service in SERVICES}
    width = equations.width
    # Flows of other plans have no visits here, so whose they are is nothing to this one.
    cells = np.minimum(np.arange(width), equations.n - 1)
    for columns, trips, _ in found.values():
        cells[columns] = trips.cell
    ways = {}
    for service, (columns, trips, rate) in found.items():
        felt, minutes, visits = np.full(width, NO_WAY), np.full(width, NO_WAY), np.zeros(width)
        site = np.full(width, -1)
        felt[columns], minutes[columns], site[columns] = trips.generalised_minutes, trips.minutes, trips.site
        visits[columns] = rate[trips.cell]
        ways[service] = Ways(minutes, felt, site, visits)
    return Travel(ways["near"], ways["main"], cells)


def _trips(
    outcome: Outcome, equations: Equations, service: str, mode: str | None
) -> tuple[NDArray[np.intp], Trips, Array]:
    youths, rate = outcome.region.demand.youths, visits_per_youth(outcome, service)
    if mode is not None or outcome.plan.intake is None:
        trips = (
            best_trips(outcome.plan, outcome.region, service, mode)
            if mode
            else trips_of(outcome.plan, outcome.region, service)
        )
        return np.arange(len(youths)), trips, rate
    trips = _all_that_may_be(outcome, service)
    name = f"{outcome.scenario.name}, {service}: an intake"
    return equations.split(trips.cell, trips.share * youths[trips.cell], name), trips, rate


def _all_that_may_be(outcome: Outcome, service: str) -> Trips:
    """Give a trip to each open place from each cell, with the share that the intake sends: often none."""
    real = trips_of(outcome.plan, outcome.region, service)
    lives = np.flatnonzero(outcome.region.demand.youths > 0)  # that a cell is empty is told
    pairs = {(site, float(felt - minutes)) for site, felt, minutes in _waits(real)}
    whole = []
    for site, wait in sorted(pairs):
        minutes = np.full(len(lives), NO_WAY) if site < 0 else outcome.region.times.minutes[lives, site]
        felt = np.full(len(lives), wait) if site < 0 else minutes + wait
        share = np.zeros(len(outcome.region.demand.youths))
        to_it = real.site == site
        np.add.at(share, real.cell[to_it], real.share[to_it])
        whole.append((lives, np.full(len(lives), site), share[lives], minutes, felt))
    return Trips(*(np.concatenate(each) for each in zip(*whole, strict=True)))


def _waits(trips: Trips) -> list[tuple[int, float, float]]:
    """Give each place with felt and travelled minutes of a trip to it; digital contact has no minutes."""
    found = {}
    for site, felt, minutes in zip(trips.site, trips.generalised_minutes, trips.minutes, strict=True):
        found.setdefault(
            int(site), (int(site), round(float(felt), 6), round(float(minutes), 6) if site >= 0 else 0.0)
        )
    return [(site, felt, minutes) for site, felt, minutes in found.values()]


def visits_per_youth(outcome: Outcome, service: str) -> Array:
    """Give the visits a year of a youth in each cell: public."""
    demand = outcome.region.demand
    visits = demand.main_visits_per_year if service == "main" else demand.near_visits_per_year
    return np.divide(visits, demand.youths, out=np.zeros(len(visits)), where=demand.youths > 0)
