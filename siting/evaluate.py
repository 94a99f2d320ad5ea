"""`Evaluation` of any plan, counted from the tables alone; it never asks the solver.

Conventions, decided once: "within 30 minutes" means <= 30. Means, medians and percentiles are over
visits (each trip counts as often as it is made) and over the visits that have an open place to go to;
shares within a limit are of all visits, so a visit without a place counts as outside. Where there are
no visits at all, nobody is unserved or outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .errors import LabelError
from .plan import assign_to_nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .demand import DemandGrid
    from .plan import Assignment, Plan
    from .travel import TravelTimes


@dataclass(frozen=True)
class Access:
    """How far the visits of some group travel; None where no visit has a place to go to."""

    visits_per_year: float
    served_share: float
    mean_minutes: float | None
    median_minutes: float | None
    percentile_90_minutes: float | None
    largest_minutes: float | None
    share_within: tuple[tuple[float, float], ...]  # (minutes, share of the visits), ascending

    def within(self, minutes: float) -> float:
        """Share of the visits within a limit that was counted."""
        return dict(self.share_within)[minutes]


@dataclass(frozen=True)
class AreaAccess:
    """Access of the young people who live in one area."""

    youths: float
    persons_in_need: float
    overall: Access
    main: Access
    near: Access


@dataclass(frozen=True)
class SiteLoad:
    """What comes to one open site."""

    main_visits_per_year: float
    near_visits_per_year: float
    youths_nearest: float  # youths for whom this is the nearest open place
    youths_nearest_main: float  # youths for whom this is the nearest main reception (0 for a satellite)

    @property
    def visits_per_year(self) -> float:
        """All visits to the site."""
        return self.main_visits_per_year + self.near_visits_per_year


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A plan as its users meet it."""

    county: AreaAccess
    by_municipality: dict[str, AreaAccess]
    by_risk_group: dict[str, Access]
    by_site: dict[str, SiteLoad]
    main: Assignment
    near: Assignment


def evaluate(
    plan: Plan, demand: DemandGrid, times: TravelTimes, *, within_minutes: Sequence[float]
) -> Evaluation:
    """Send every cell to its nearest open places and count.

    Raises
    ------
    LabelError
        If demand and times do not speak of the same cells, or the plan opens an unknown site.
    """
    if demand.cell_ids != times.origin_ids:
        message = "demand and travel times do not speak of the same cells in the same order"
        raise LabelError(message)
    main = assign_to_nearest(times, plan.main)
    near = assign_to_nearest(times, plan.open_sites)
    limits = tuple(sorted(set(within_minutes)))
    codes = np.array(demand.municipality_codes)
    everyone = np.ones(len(codes), dtype=bool)
    return Evaluation(
        county=_area(demand, main, near, everyone, limits),
        by_municipality={
            str(code): _area(demand, main, near, codes == code, limits) for code in np.unique(codes)
        },
        by_risk_group={
            group: _both(
                main.minutes,
                demand.visits_per_year[:, g] * demand.share_needing_main[g],
                near.minutes,
                demand.visits_per_year[:, g] * (1 - demand.share_needing_main[g]),
                limits,
            )
            for g, group in enumerate(demand.risk_groups)
        },
        by_site=_loads(plan, demand, times, main, near),
        main=main,
        near=near,
    )


def access(minutes: NDArray[np.float64], visits: NDArray[np.float64], limits: Sequence[float]) -> Access:
    """Describe the minutes (n,) of visits (n,); inf = no place to go to.

    Examples
    --------
    >>> a = access(np.array([10.0, 20.0, 40.0]), np.array([1.0, 2.0, 1.0]), [20.0])
    >>> a.mean_minutes, a.median_minutes, a.within(20.0)
    (22.5, 20.0, 0.75)
    """
    counted = visits > 0
    minutes, visits = minutes[counted], visits[counted]
    total = float(visits.sum())
    served = np.isfinite(minutes)
    shares = tuple(
        (limit, float(visits[minutes <= limit].sum() / total) if total else 1.0) for limit in limits
    )
    if not served.any():
        return Access(total, 0.0 if total else 1.0, None, None, None, None, shares)
    return Access(
        visits_per_year=total,
        served_share=float(visits[served].sum() / total),
        mean_minutes=float(np.average(minutes[served], weights=visits[served])),
        median_minutes=weighted_percentile(minutes[served], visits[served], 50),
        percentile_90_minutes=weighted_percentile(minutes[served], visits[served], 90),
        largest_minutes=float(minutes[served].max()),
        share_within=shares,
    )


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


def _area(
    demand: DemandGrid,
    main: Assignment,
    near: Assignment,
    members: NDArray[np.bool_],
    limits: Sequence[float],
) -> AreaAccess:
    main_minutes, main_visits = main.minutes[members], demand.main_visits_per_year[members]
    near_minutes, near_visits = near.minutes[members], demand.near_visits_per_year[members]
    return AreaAccess(
        youths=float(demand.youths[members].sum()),
        persons_in_need=float(demand.persons[members].sum()),
        overall=_both(main_minutes, main_visits, near_minutes, near_visits, limits),
        main=access(main_minutes, main_visits, limits),
        near=access(near_minutes, near_visits, limits),
    )


def _both(
    main_minutes: NDArray[np.float64],
    main_visits: NDArray[np.float64],
    near_minutes: NDArray[np.float64],
    near_visits: NDArray[np.float64],
    limits: Sequence[float],
) -> Access:
    return access(
        np.concatenate([main_minutes, near_minutes]), np.concatenate([main_visits, near_visits]), limits
    )


def _loads(
    plan: Plan, demand: DemandGrid, times: TravelTimes, main: Assignment, near: Assignment
) -> dict[str, SiteLoad]:
    def per_site(assignment: Assignment, amount: NDArray[np.float64]) -> NDArray[np.float64]:
        served = assignment.site >= 0
        totals = np.bincount(
            assignment.site[served], weights=amount[served], minlength=len(times.destination_ids)
        )
        return totals.astype(np.float64)

    main_visits = per_site(main, demand.main_visits_per_year)
    near_visits = per_site(near, demand.near_visits_per_year)
    youths = per_site(near, demand.youths)
    main_youths = per_site(main, demand.youths)
    position = {site_id: column for column, site_id in enumerate(times.destination_ids)}
    return {
        site_id: SiteLoad(
            main_visits_per_year=float(main_visits[position[site_id]]),
            near_visits_per_year=float(near_visits[position[site_id]]),
            youths_nearest=float(youths[position[site_id]]),
            youths_nearest_main=float(main_youths[position[site_id]]),
        )
        for site_id in plan.open_sites
    }
