"""What is drawn along the roads: the tours as they are driven, and from where one drives to a place in time.

An outcome does not keep the road network. It is read again here, once for a dataset; and what comes of it
is kept as long as the outcome lives, for map and layers show the same.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import numpy as np

from ..by_road import car_router, without_repeats
from ..isochrones import isochrones
from ..roads import read_road_table
from ..scenario_travel import CAR
from ..travel import Places
from .tours import distinct_tours

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..by_road import RoadRouter
    from ..dataset import Dataset
    from ..isochrones import Isochrones
    from ..scenario_travel import TravelSection
    from ..study import Outcome

_ROUTERS: Final[WeakKeyDictionary[Dataset, list[tuple[TravelSection, RoadRouter]]]] = WeakKeyDictionary()
_TOURS: Final[WeakKeyDictionary[Outcome, tuple[NDArray[np.float64], ...]]] = WeakKeyDictionary()
_ISOCHRONES: Final[WeakKeyDictionary[Outcome, Isochrones | None]] = WeakKeyDictionary()


def tour_lines(outcome: Outcome) -> tuple[NDArray[np.float64], ...]:
    """Ways of the distinct tours along the roads, (k, 2) each, in metres of the dataset's CRS."""
    if outcome not in _TOURS:
        _TOURS[outcome] = _drive(outcome)
    return _TOURS[outcome]


def isochrones_of(outcome: Outcome) -> Isochrones | None:
    """Areas within the limits that the outcome counts by; None where one does not travel by car."""
    if outcome not in _ISOCHRONES:
        limits = {*outcome.scenario.evaluation.within_minutes, outcome.scenario.choice.standard_minutes}
        _ISOCHRONES[outcome] = (
            isochrones(outcome.plan, outcome.region, outcome.dataset, _router(outcome), sorted(limits))
            if outcome.region.mode == CAR
            else None
        )
    return _ISOCHRONES[outcome]


def _router(outcome: Outcome) -> RoadRouter:
    """Give the router by car: one for all outcomes that rest on the same roads and travel alike."""
    section = outcome.scenario.travel
    known = _ROUTERS.setdefault(outcome.dataset, [])
    router = next((each for travel, each in known if travel == section), None)
    if router is None:
        roads = known[0][1].roads if known else read_road_table(outcome.dataset).open_to(CAR)
        router = car_router(roads, section)
        known.append((section, router))
    return router


def _drive(outcome: Outcome) -> tuple[NDArray[np.float64], ...]:
    tours = [tour.site_ids for tour in distinct_tours(outcome.plan.rota)]
    legs = sorted({leg for site_ids in tours for leg in pairwise(site_ids)})
    if not legs:
        return ()
    sites = outcome.region.sites
    position = {site_id: j for j, site_id in enumerate(sites.site_ids)}
    ends = (
        Places(each, sites.points_metres[[position[site_id] for site_id in each]])
        for each in zip(*legs, strict=True)
    )
    routes = dict(zip(legs, _router(outcome).routes(*ends), strict=True))
    return tuple(
        without_repeats(np.concatenate([routes[leg].line for leg in pairwise(site_ids)]))
        for site_ids in tours
    )
