"""Regret: how much worse a plan is than the best of each draw; counted from the tables, not by the solver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import InputError
from ..evaluate import worst_mean
from ..offers import GENERALISED_DECIMALS
from ..optimise.services import own_mode
from ..plan import FULL_WEEK
from ..sites import ROLES, Role
from .near_best import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from ..plan import Plan
    from ..region import Region
    from ..scenario import Scenario
    from ..scenario_choice import MeasureName, SitesByRole

Places = tuple[Place, ...]
AS_GOOD: Final = 1e-6
"""Plans that differ by less are as good: relative, but in points for shares."""


@dataclass(frozen=True)
class Yardstick:
    """What plans are measured by."""

    measure: MeasureName
    mode: str
    """Of travel; "" = the scenario's own."""
    standard_minutes: float
    worst_share: float
    most_minutes: float
    """A visit counts as no more than this; inf by the scenario's own mode."""

    def regret(self, values: NDArray[np.float64], best: NDArray[np.float64]) -> NDArray[np.float64]:
        """How much worse than the best; a plan that seems better (it breaks a rule) is as good."""
        worse = best - values if self.measure == "within_standard" else values - best
        return np.maximum(worse, 0.0)

    def tolerance(self, best: NDArray[np.float64]) -> NDArray[np.float64]:
        """How much worse is still as good."""
        if self.measure == "within_standard":
            return np.full(best.shape, AS_GOOD)
        return AS_GOOD * np.maximum(1.0, np.abs(best))


def yardstick_of(scenario: Scenario, region: Region) -> Yardstick:
    """Give the first objective of a scenario."""
    choice, aim = scenario.choice, scenario.choice.objectives[0]
    mode = own_mode(region, aim.mode)
    return Yardstick(
        measure=aim.measure,
        mode=mode,
        standard_minutes=choice.standard_minutes,
        worst_share=choice.worst_share,
        most_minutes=choice.unreachable_minutes if mode else np.inf,
    )


def places_of(plan: Plan, region: Region) -> Places:
    """List the open places of a plan."""
    by_role = {Role.MAIN: plan.main, Role.SATELLITE: plan.satellite, Role.STOP: plan.stop}
    opened = [Place(site_id, role, plan.days_of(site_id)) for role in ROLES for site_id in by_role[role]]
    return in_order(opened, region)


def in_order(places: Iterable[Place], region: Region) -> Places:
    """Order places by role, then as in the table: equal plans are then equal tuples."""
    order = {site_id: j for j, site_id in enumerate(region.sites.site_ids)}
    return tuple(sorted(places, key=lambda each: (ROLES.index(each.role), order[each.site_id])))


def places_named(named: SitesByRole, region: Region, where: str) -> Places:
    """List the places of a plan that a scenario names.

    Raises
    ------
    InputError
        If it names a site that is not there, or a stop, which only a team makes a place.
    """
    if named.stop:
        message = f"{where}: a plan to compare with has main receptions and satellites only; leave out stop"
        raise InputError(message)
    roles = (Role.MAIN, Role.SATELLITE)
    for role in roles:
        region.sites.indices(getattr(named, role), f"{where}.{role}")
    opened = [
        Place(site_id, role, named.days_per_week.get(site_id, FULL_WEEK))
        for role in roles
        for site_id in getattr(named, role)
    ]
    return in_order(opened, region)


@dataclass(frozen=True, eq=False)
class _Service:
    """One kind of visit, of the cells that make any."""

    visits: NDArray[np.float64]  # (n,) a year
    felt: NDArray[np.float64]  # (p, n) generalised minutes at each place; inf where it does not serve
    otherwise: float  # digital contact, or what counts at most; inf = unserved


@dataclass(frozen=True, eq=False)
class Tally:
    """A region in which plans are counted, each a set of some places; p of them."""

    yardstick: Yardstick
    services: tuple[_Service, ...]
    sek_per_year: NDArray[np.float64]  # (p,)

    def values(self, plans: NDArray[np.int16]) -> NDArray[np.float64]:
        """Count plans (k, most places): rows of places, -1 where a plan has fewer."""
        values = np.empty(len(plans))
        for row, minutes in self._least_minutes(plans):
            values[row] = self._value(plans[row], minutes)
        return values

    def _least_minutes(self, plans: NDArray[np.int16]) -> Iterator[tuple[int, list[NDArray[np.float64]]]]:
        """Yield the minutes to the best place of each plan; what plans have in common is worked out once."""
        base = [np.full(len(each.visits), each.otherwise) for each in self.services]
        known, taken = [base], list[int]()  # known[d]: with the first d places of `taken`
        for row in np.lexsort(plans.T[::-1]):
            places = [q for q in plans[row].tolist() if q >= 0]
            same = 0
            while same < min(len(places), len(taken)) and places[same] == taken[same]:
                same += 1
            del known[same + 1 :]
            for q in places[same:]:
                pairs = zip(self.services, known[-1], strict=True)
                known.append([np.minimum(minutes, service.felt[q]) for service, minutes in pairs])
            taken = places
            yield int(row), known[-1]

    def _value(self, plan: NDArray[np.int16], by_service: list[NDArray[np.float64]]) -> float:
        measure = self.yardstick.measure
        if measure == "cost":
            return float(self.sek_per_year[plan[plan >= 0]].sum())
        minutes = np.concatenate(by_service)
        visits = np.concatenate([each.visits for each in self.services])
        if measure == "within_standard":
            return float(visits[minutes <= self.yardstick.standard_minutes].sum() / visits.sum())
        served = np.isfinite(minutes)
        if not served.all():
            minutes, visits = minutes[served], visits[served]
        if not visits.size:
            return 0.0
        if measure == "largest_minutes":
            return float(minutes.max())
        if measure == "worst_share_minutes":
            return worst_mean(minutes, visits, self.yardstick.worst_share)
        return float((minutes * visits).sum() / visits.sum())

    def n_unserved(self, plan: NDArray[np.int16]) -> int:
        """Cells whose visits to either service have no place to go to."""
        _, by_service = next(self._least_minutes(plan[None, :]))
        return sum(int(np.isinf(minutes).sum()) for minutes in by_service)


def tally_of(region: Region, places: Places, yardstick: Yardstick) -> Tally:
    """Prepare a region for the counting of plans that are made of these places."""
    columns = region.sites.indices([each.site_id for each in places], "analysis.uncertainty")
    offers = [region.offer(each.role, each.days_per_week) for each in places]
    waiting = np.array([offer.waiting_minutes for offer in offers])
    is_main = np.array([each.role is Role.MAIN for each in places], dtype=bool)
    minutes = region.times_by(yardstick.mode or region.mode).minutes
    felt = np.round(minutes[:, columns].T + waiting[:, None], GENERALISED_DECIMALS)
    services = []
    for name, visits, serves in (
        ("main", region.demand.main_visits_per_year, is_main),
        ("near", region.demand.near_visits_per_year, np.ones(len(places), dtype=bool)),
    ):
        cells = np.flatnonzero(visits > 0)
        digital = getattr(region.access.digital_minutes, name)
        services.append(
            _Service(
                visits=visits[cells],
                felt=np.where(serves[:, None], felt[:, cells], np.inf),
                otherwise=min(np.inf if digital is None else digital, yardstick.most_minutes),
            )
        )
    cost = np.array([offer.cost_sek_per_year for offer in offers])
    return Tally(yardstick, tuple(services), cost)


def as_rows(plans: Sequence[Places]) -> tuple[Places, NDArray[np.int16]]:
    """Number the places that plans are made of: all of them, and a row for each plan (-1 = no more).

    Places of the same role and site stand together, so that plans have long beginnings in common.
    """
    rank = {role: k for k, role in enumerate(ROLES)}
    found = {each for plan in plans for each in plan}
    places = tuple(sorted(found, key=lambda each: (rank[each.role], each.site_id, each.days_per_week)))
    position = {each: q for q, each in enumerate(places)}
    rows = np.full((len(plans), max(map(len, plans), default=0)), -1, dtype=np.int16)
    for k, plan in enumerate(plans):
        rows[k, : len(plan)] = sorted(position[each] for each in plan)
    return places, rows
