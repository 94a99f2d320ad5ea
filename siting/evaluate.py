"""`Evaluation` of any plan, counted from the tables alone; it never asks the solver.

Conventions, decided once: "within 30 minutes" means <= 30. Minutes are travel minutes by car, one way,
unless they are called generalised (travel + waiting, or digital contact at its stated value). Means,
medians and percentiles are over visits (each trip counts as often as it is made) that go to an open
place; shares within a limit are of all visits, so a visit without a trip counts as outside. Where there
are no visits at all, nobody is unserved or outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .demand import standard_error_of_mean, youths_in_effect
from .errors import LabelError, VerificationError
from .offers import GENERALISED_DECIMALS
from .plan import NO_SITE
from .resources import resources_of
from .sites import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from .demand import DemandGrid
    from .offers import Offer
    from .plan import Intake, Plan
    from .region import Region
    from .resources import Resources
    from .scenario import EvaluationSection

SHARES_SUM_TO_ONE_WITHIN: Final = 1e-6
CAPACITY_KEPT_WITHIN: Final = 1e-6  # relative


@dataclass(frozen=True, eq=False)
class Assignment:
    """Where each cell goes: column of the travel times (-1 = no place), and minutes.

    Where a joint intake splits a cell: the place that takes most of it. (Minutes weighed by the shares would
    give away how many live there, for the room of a full place is known.)
    """

    site: NDArray[np.intp]  # (n,)
    minutes: NDArray[np.float64]  # (n,) travel; inf = no place
    generalised_minutes: NDArray[np.float64]  # (n,) travel + waiting, or digital; inf = unserved


@dataclass(frozen=True, eq=False)
class Trips:
    """The visits of one service as shares of their cells, (k,) each."""

    cell: NDArray[np.intp]
    site: NDArray[np.intp]  # -1 = no place: digital if the generalised minutes are finite, else unserved
    share: NDArray[np.float64]  # of the cell's visits to the service
    minutes: NDArray[np.float64]  # travel; inf = no place
    generalised_minutes: NDArray[np.float64]

    def of(self, members: NDArray[np.bool_]) -> Trips:
        """Take those of some cells; members is (n,)."""
        kept = members[self.cell]
        return Trips(
            self.cell[kept],
            self.site[kept],
            self.share[kept],
            self.minutes[kept],
            self.generalised_minutes[kept],
        )


@dataclass(frozen=True)
class Access:
    """How the visits of some group are met; None where no visit has a place to go to."""

    visits_per_year: float
    served_share: float  # at a place, or digitally
    digital_share: float
    mean_generalised_minutes: float | None  # of the served
    mean_minutes: float | None
    median_minutes: float | None
    percentile_90_minutes: float | None
    largest_minutes: float | None
    share_within: tuple[tuple[float, float], ...]  # (travel minutes, share of the visits), ascending

    def within(self, minutes: float) -> float:
        """Share of the visits within a limit that was counted."""
        return dict(self.share_within)[minutes]


@dataclass(frozen=True)
class AreaAccess:
    """Access of the young people who live in one area."""

    youths: float
    youths_in_effect: float
    """How many decide what is said of the visits (`siting.demand`): fewer where factors weigh some."""
    persons_in_need: float
    overall: Access
    main: Access
    near: Access


@dataclass(frozen=True)
class SiteLoad:
    """What comes to one open site."""

    main_visits_per_year: float
    near_visits_per_year: float
    youths_nearest: float  # youths for whom this is the best open place
    youths_nearest_main: float  # youths for whom this is the best main reception (0 for others)
    youths_in_effect: float  # of those nearest: how many decide their visits (`siting.demand`)
    youths_in_effect_main: float

    @property
    def visits_per_year(self) -> float:
        """All visits to the site."""
        return self.main_visits_per_year + self.near_visits_per_year


@dataclass(frozen=True)
class Measures:
    """What plans are chosen by, each over all visits of both services."""

    mean_minutes: float | None  # generalised, of the served; None if nobody is
    within_standard: float  # share of all visits whose generalised minutes are within the standard
    largest_minutes: float | None  # generalised
    worst_share_minutes: float | None  # mean generalised minutes of the worst share of the served
    cost: float  # SEK/year


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A plan as its users meet it, and what it takes."""

    county: AreaAccess
    by_municipality: dict[str, AreaAccess]
    by_risk_group: dict[str, Access]
    by_site: dict[str, SiteLoad]
    main: Assignment
    near: Assignment
    measures: Measures
    resources: Resources
    mean_minutes_standard_error: float
    """Of the mean travel minutes, from what is not known of the cells' youths; 0 where nothing is stated."""


def evaluate(
    plan: Plan,
    region: Region,
    section: EvaluationSection,
    *,
    standard_minutes: float,
    worst_share: float = 0.1,
) -> Evaluation:
    """Send every cell to its best open places, or where the intake sends it, and count.

    Raises
    ------
    LabelError
        If the plan opens an unknown site.
    VerificationError
        If the plan's rota cannot be driven, or its intake does not fit the capacity.
    """
    demand = region.demand
    unknown = sorted(set(plan.open_sites) - set(region.sites.site_ids))
    if unknown:
        message = f"the travel times do not lead to the open site {unknown[0]!r}"
        raise LabelError(message)
    main, near = (trips_of(plan, region, service) for service in ("main", "near"))
    if plan.intake is not None:
        _check_capacity(plan, region, main, near)
    limits = tuple(sorted({*section.within_minutes, standard_minutes}))
    codes = np.array(demand.municipality_codes)
    resources = resources_of(plan, region)
    n = len(codes)
    return Evaluation(
        county=area_access(demand, main, near, np.ones(n, dtype=bool), limits),
        by_municipality={
            str(code): area_access(demand, main, near, codes == code, limits) for code in np.unique(codes)
        },
        by_risk_group={
            group: _both(
                (main, demand.visits_per_year[:, g] * demand.share_needing_main[g]),
                (near, demand.visits_per_year[:, g] * (1 - demand.share_needing_main[g])),
                limits,
            )
            for g, group in enumerate(demand.risk_groups)
        },
        by_site=_loads(plan, region, main, near),
        main=_assignment(main, best_trips(plan, region, "main")),
        near=_assignment(near, best_trips(plan, region, "near")),
        measures=count_measures(
            demand,
            main,
            near,
            standard_minutes=standard_minutes,
            worst_share=worst_share,
            cost=resources.sek_per_year,
        ),
        resources=resources,
        mean_minutes_standard_error=_noise_of_mean(demand, main, near),
    )


def _noise_of_mean(demand: DemandGrid, main: Trips, near: Trips) -> float:
    """Standard error of the mean travel minutes of all visits that have a place, in minutes."""
    visits, minutes = np.zeros(len(demand.youths)), np.zeros(len(demand.youths))
    for trips, of_service in ((main, demand.main_visits_per_year), (near, demand.near_visits_per_year)):
        placed = np.isfinite(trips.minutes)
        cell, made = trips.cell[placed], _of_trips(trips, of_service)[placed]
        visits += np.bincount(cell, weights=made, minlength=len(visits))
        minutes += np.bincount(cell, weights=made * trips.minutes[placed], minlength=len(visits))
    counted = (visits > 0) & (demand.youths > 0)
    if not counted.any() or not demand.youths_standard_error.any():
        return 0.0
    visits_each = visits[counted] / demand.youths[counted]
    return standard_error_of_mean(
        visits[counted],
        demand.youths_standard_error[counted] * visits_each,
        minutes[counted] / visits[counted],
    )


def trips_of(plan: Plan, region: Region, service: str) -> Trips:
    """Say where the visits of a service go: each to its best open place, or where the intake sends them."""
    if plan.intake is not None:
        return _intake_trips(plan, region, plan.intake[service], service)
    return best_trips(plan, region, service)


def best_trips(plan: Plan, region: Region, service: str, mode: str = "") -> Trips:
    """Send the visits of a service to their best open places by a mode; "" is the scenario's own."""
    n = len(region.demand.cell_ids)
    columns, waiting = _open_columns(plan, region, service)
    minutes = region.times_by(mode or region.mode).minutes
    travel = np.column_stack([minutes[:, columns], np.full(n, np.inf)])
    generalised = np.round(travel + np.append(waiting, 0.0), GENERALISED_DECIMALS)
    best = np.argmin(generalised, axis=1)  # of equals the first in the table's order
    rows = np.arange(n)
    minutes, felt = travel[rows, best], generalised[rows, best]
    site = np.where(np.isfinite(felt), np.append(columns, NO_SITE)[best], NO_SITE)
    digital = getattr(region.access.digital_minutes, service)
    if digital is not None:
        goes_digital = digital < felt
        site[goes_digital], minutes[goes_digital], felt[goes_digital] = NO_SITE, np.inf, digital
    return Trips(rows, site, np.ones(n), minutes, felt)


def _open_columns(plan: Plan, region: Region, service: str) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Columns of the open sites that serve, ascending, and the waiting minutes of each."""
    position = {site_id: column for column, site_id in enumerate(region.sites.site_ids)}
    serving = plan.main if service == "main" else plan.open_sites
    columns = np.array(sorted(position[site_id] for site_id in serving), dtype=np.intp)
    offers = _offers(plan, region)
    waiting = [offers[region.sites.site_ids[column]].waiting_minutes for column in columns]
    return columns, np.array(waiting, dtype=np.float64)


def _offers(plan: Plan, region: Region) -> dict[str, Offer]:
    """What each open site is open as."""
    return {
        site_id: region.offer(role, plan.days_of(site_id)) for role in Role for site_id in getattr(plan, role)
    }


def _intake_trips(plan: Plan, region: Region, intake: Intake, service: str) -> Trips:
    columns, waiting = _open_columns(plan, region, service)
    wait_of = dict(zip(columns.tolist(), waiting.tolist(), strict=True))
    if not set(intake.site.tolist()) - {NO_SITE} <= set(columns.tolist()):
        message = f"the intake sends visits of {service} to a place that is not open for them"
        raise VerificationError(message)
    at_place = intake.site != NO_SITE
    minutes = np.full(len(intake.cell), np.inf)
    minutes[at_place] = region.times.minutes[intake.cell[at_place], intake.site[at_place]]
    digital = getattr(region.access.digital_minutes, service)
    waits = np.array([wait_of.get(site, 0.0) for site in intake.site.tolist()])
    felt = np.where(
        at_place, np.round(minutes + waits, GENERALISED_DECIMALS), np.inf if digital is None else digital
    )
    shares = np.bincount(intake.cell, weights=intake.share, minlength=len(region.demand.cell_ids))
    visits = _visits(region.demand, service)
    if (np.abs(shares - 1)[visits > 0] > SHARES_SUM_TO_ONE_WITHIN).any() or (intake.share < 0).any():
        message = f"the intake's shares of the visits of {service} are not >= 0 or do not sum to 1"
        raise VerificationError(message)
    return Trips(intake.cell, intake.site, intake.share, minutes, felt)


def _check_capacity(plan: Plan, region: Region, main: Trips, near: Trips) -> None:
    loads = _loads(plan, region, main, near)
    for site_id, offer in _offers(plan, region).items():
        visits, room = loads[site_id].visits_per_year, offer.capacity_visits_per_year
        if visits > room * (1 + CAPACITY_KEPT_WITHIN):
            message = f"the intake sends {visits:.1f} visits to {site_id}, which takes {room:.1f}"
            raise VerificationError(message)


def access(trips: Trips, visits: NDArray[np.float64], limits: Sequence[float]) -> Access:
    """Describe the trips (k,) of visits (k,).

    Examples
    --------
    >>> places, minutes = np.array([0, 0, 0]), np.array([10.0, 20.0, 40.0])
    >>> trips = Trips(np.arange(3), places, np.ones(3), minutes, minutes)
    >>> a = access(trips, np.array([1.0, 2.0, 1.0]), [20.0])
    >>> a.mean_minutes, a.median_minutes, a.within(20.0)
    (22.5, 20.0, 0.75)
    """
    counted = visits > 0
    minutes, felt, visits = trips.minutes[counted], trips.generalised_minutes[counted], visits[counted]
    total = float(visits.sum())
    travels, served = np.isfinite(minutes), np.isfinite(felt)

    def share(which: NDArray[np.bool_], if_nobody: float) -> float:
        return float(visits[which].sum() / total) if total else if_nobody

    def over_trips(count: Callable[[NDArray[np.float64], NDArray[np.float64]], float]) -> float | None:
        return float(count(minutes[travels], visits[travels])) if travels.any() else None

    return Access(
        visits_per_year=total,
        served_share=share(served, 1.0),
        digital_share=share(served & ~travels, 0.0),
        mean_generalised_minutes=_mean(felt[served], visits[served]) if served.any() else None,
        mean_minutes=over_trips(_mean),
        median_minutes=over_trips(lambda values, weights: weighted_percentile(values, weights, 50)),
        percentile_90_minutes=over_trips(lambda values, weights: weighted_percentile(values, weights, 90)),
        largest_minutes=over_trips(lambda values, _: float(values.max())),
        share_within=tuple((limit, share(minutes <= limit, 1.0)) for limit in limits),
    )


def _mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    return float(np.average(values, weights=weights))


def worst_mean(values: NDArray[np.float64], weights: NDArray[np.float64], share: float) -> float:
    """Mean of the largest values that make up a share of the weight (CVaR).

    References
    ----------
    Rockafellar & Uryasev (2000), Journal of Risk 2(3).

    Examples
    --------
    >>> worst_mean(np.array([10.0, 20.0, 60.0]), np.array([6.0, 3.0, 1.0]), 0.2)  # 1 at 60 and 1 at 20
    40.0
    """
    order = np.argsort(-values, kind="stable")
    whole = share * weights.sum()
    before = np.cumsum(weights[order]) - weights[order]
    taken = np.clip(whole - before, 0.0, weights[order])
    return float(values[order] @ taken / whole)


def weighted_percentile(values: NDArray[np.float64], weights: NDArray[np.float64], percent: float) -> float:
    """Smallest value up to which at least this percentage of the weight lies.

    Examples
    --------
    >>> weighted_percentile(np.array([5.0, 1.0, 9.0]), np.array([1.0, 1.0, 8.0]), 20)
    5.0
    """
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(weights[order])
    # A hair below the target, so that rounding in the sum does not skip the value that meets it exactly.
    target = cumulated[-1] * percent / 100 * (1 - 1e-12)
    return float(values[order][np.searchsorted(cumulated, target)])


def _visits(demand: DemandGrid, service: str) -> NDArray[np.float64]:
    return demand.main_visits_per_year if service == "main" else demand.near_visits_per_year


def area_access(
    demand: DemandGrid, main: Trips, near: Trips, members: NDArray[np.bool_], limits: Sequence[float]
) -> AreaAccess:
    """Describe the trips of those who live in some cells; members is (n,)."""
    main, near = main.of(members), near.of(members)
    services = (main, demand.main_visits_per_year), (near, demand.near_visits_per_year)
    return AreaAccess(
        youths=float(demand.youths[members].sum()),
        youths_in_effect=youths_in_effect(
            demand.youths[members], demand.visits_per_year[members].sum(axis=1)
        ),
        persons_in_need=float(demand.persons[members].sum()),
        overall=_both(*services, limits),
        main=access(main, _of_trips(*services[0]), limits),
        near=access(near, _of_trips(*services[1]), limits),
    )


def _of_trips(trips: Trips, visits: NDArray[np.float64]) -> NDArray[np.float64]:
    return visits[trips.cell] * trips.share


def _both(
    main: tuple[Trips, NDArray[np.float64]],
    near: tuple[Trips, NDArray[np.float64]],
    limits: Sequence[float],
) -> Access:
    together = Trips(
        *(
            np.concatenate([getattr(main[0], name), getattr(near[0], name)])
            for name in ("cell", "site", "share", "minutes", "generalised_minutes")
        )
    )
    return access(together, np.concatenate([_of_trips(*main), _of_trips(*near)]), limits)


def count_measures(
    demand: DemandGrid,
    main: Trips,
    near: Trips,
    *,
    standard_minutes: float,
    worst_share: float,
    cost: float,
) -> Measures:
    """Count what plans are chosen by."""
    felt = np.concatenate([main.generalised_minutes, near.generalised_minutes])
    visits = np.concatenate(
        [_of_trips(main, demand.main_visits_per_year), _of_trips(near, demand.near_visits_per_year)]
    )
    within = float(visits[felt <= standard_minutes].sum() / visits.sum()) if visits.any() else 1.0
    served = np.isfinite(felt) & (visits > 0)
    if not served.any():
        return Measures(None, within, None, None, cost)
    return Measures(
        mean_minutes=_mean(felt[served], visits[served]),
        within_standard=within,
        largest_minutes=float(felt[served].max()),
        worst_share_minutes=worst_mean(felt[served], visits[served], worst_share),
        cost=cost,
    )


def _assignment(trips: Trips, best: Trips) -> Assignment:
    """Give each cell the place that takes most of its visits; where there are none, its best place."""
    order = np.lexsort((np.arange(len(trips.cell)), -trips.share, trips.cell))
    cells, first = np.unique(trips.cell[order], return_index=True)
    largest = order[first]
    site, minutes, felt = best.site.copy(), best.minutes.copy(), best.generalised_minutes.copy()
    site[cells] = trips.site[largest]
    minutes[cells] = trips.minutes[largest]
    felt[cells] = trips.generalised_minutes[largest]
    return Assignment(site, minutes, felt)


def _loads(plan: Plan, region: Region, main: Trips, near: Trips) -> dict[str, SiteLoad]:
    demand = region.demand

    def per_site(trips: Trips, amount: NDArray[np.float64]) -> NDArray[np.float64]:
        placed = trips.site != NO_SITE
        totals = np.bincount(
            trips.site[placed],
            weights=_of_trips(trips, amount)[placed],
            minlength=len(region.sites.site_ids),
        )
        return totals.astype(np.float64)

    def in_effect(trips: Trips, visits: NDArray[np.float64], site: int) -> float:
        goes = trips.site == site
        return youths_in_effect(_of_trips(trips, demand.youths)[goes], _of_trips(trips, visits)[goes])

    main_visits = per_site(main, demand.main_visits_per_year)
    near_visits = per_site(near, demand.near_visits_per_year)
    youths = per_site(near, demand.youths)
    main_youths = per_site(main, demand.youths)
    position = {site_id: column for column, site_id in enumerate(region.sites.site_ids)}
    return {
        site_id: SiteLoad(
            main_visits_per_year=float(main_visits[position[site_id]]),
            near_visits_per_year=float(near_visits[position[site_id]]),
            youths_nearest=float(youths[position[site_id]]),
            youths_nearest_main=float(main_youths[position[site_id]]),
            youths_in_effect=in_effect(near, demand.near_visits_per_year, position[site_id]),
            youths_in_effect_main=in_effect(main, demand.main_visits_per_year, position[site_id]),
        )
        for site_id in plan.open_sites
    }
