r"""`Accessibility` by E2SFCA: the capacity within reach, shared by all whom it reaches.

Enhanced two-step floating catchment area (Luo & Qi 2009), with P_i the youths of cell i, S_j the visits a
year that open place j has room for, t_ij the minutes of travel by the scenario's mode, and W(t) the weight of
the zone that t lies in (0 beyond the last):

    1.  R_j = S_j / \sum_i P_i W(t_ij)
    2.  A_i = \sum_j R_j W(t_ij)

A_i is in visits a year for each youth. A place counts in any role, for as many days as it is open; digital
contact, waiting and who goes where do not count. All room that reaches anybody is given out, and no more:
\sum_i P_i A_i is the sum of the S_j of these places.

References
----------
Luo, W. & Qi, Y. (2009). An enhanced two-step floating catchment area (E2SFCA) method for measuring spatial
accessibility to primary care physicians. Health & Place 15(4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..sites import Role
from .equity import gini

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ..plan import Plan
    from ..region import Region
    from ..study import Outcome


@dataclass(frozen=True)
class AreaAccessibility:
    """One municipality, or all."""

    code: str
    """Municipality code; "" for all."""
    youths: float
    visits_within_reach_per_youth: float
    """Mean over its youths (visits a year that there is room for, per youth)."""
    visits_needed_per_youth: float
    """Estimated need of its youths (visits a year, per youth), to hold the room against."""
    share_without: float
    """Share of its youths with nothing within reach."""


@dataclass(frozen=True, eq=False)
class Accessibility:
    """Scores by municipality and by cell; the plan's places with the hours that they are open."""

    by_cell: NDArray[np.float64]
    """(n,) visits a year that there is room for, per youth; never shown as it is. Saved analyses: (0,)."""
    overall: AreaAccessibility
    by_municipality: tuple[AreaAccessibility, ...]
    """In the region's order; those without youths are left out."""
    load_by_site: dict[str, float]
    """Visits of room per weighed youth within reach, by site id (step one's ratio R_j); of places that reach
    somebody. {} of a saved analysis."""
    gini: float | None
    """Over the youths; None where nobody has anything within reach."""


def accessibility(outcome: Outcome) -> Accessibility:
    """Count E2SFCA scores of the outcome's plan (scenario section `analysis.accessibility`)."""
    region, plan = outcome.region, outcome.plan
    section = outcome.scenario.analysis.accessibility
    youths = region.demand.youths
    weights = zone_weights(_minutes(plan, region), section.zones_minutes, section.zone_weights)
    ratios, scores = two_steps(youths, _room(plan, region), weights)
    needed = region.demand.visits_per_year.sum(axis=1)
    lives = youths > 0
    codes = np.array(region.demand.municipality_codes)
    areas = [("", lives), *((code, lives & (codes == code)) for code in region.municipality_names)]
    overall, *by_municipality = (
        _area(code, youths[members], scores[members], needed[members])
        for code, members in areas
        if members.any() or not code
    )
    return Accessibility(
        by_cell=scores,
        overall=overall,
        by_municipality=tuple(by_municipality),
        load_by_site={
            site_id: float(ratio) for site_id, ratio in zip(plan.open_sites, ratios, strict=True) if ratio > 0
        },
        gini=gini(scores[lives], youths[lives]),
    )


def zone_weights(
    minutes: NDArray[np.float64], ends: Sequence[float], weights: Sequence[float]
) -> NDArray[np.float64]:
    """Weight of the zone that each trip lies in; a zone holds its end, and beyond the last the weight is 0.

    Examples
    --------
    >>> zone_weights(np.array([0.0, 10.0, 10.5, 30.0, 31.0, np.inf]), [10, 30], [1, 0.5]).tolist()
    [1.0, 1.0, 0.5, 0.5, 0.0, 0.0]
    """
    return np.append(np.asarray(weights, np.float64), 0.0)[np.searchsorted(ends, minutes, side="left")]


def two_steps(
    people: NDArray[np.float64], room: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share the room (m,) of places among people (n,) by weights (n, m).

    Returns
    -------
    tuple
        The ratio R of each place, 0 where it reaches nobody; and the score A of each cell.

    Examples
    --------
    >>> weights = np.array([[1.0, 0.0], [0.5, 0.0]])  # nobody reaches the second place
    >>> ratios, scores = two_steps(np.array([10.0, 20.0]), np.array([40.0, 9.0]), weights)
    >>> ratios.tolist(), scores.tolist()
    ([2.0, 0.0], [2.0, 1.0])
    """
    reached = people @ weights
    ratios = np.divide(room, reached, out=np.zeros_like(reached), where=reached > 0)
    return ratios, weights @ ratios


def _minutes(plan: Plan, region: Region) -> NDArray[np.float64]:
    """Minutes of travel (n, m) to the open places, in the plan's order."""
    column = {site_id: j for j, site_id in enumerate(region.sites.site_ids)}
    return region.times.minutes[:, [column[site_id] for site_id in plan.open_sites]]


def _room(plan: Plan, region: Region) -> NDArray[np.float64]:
    """Visits a year (m,) that the open places have room for, in the plan's order."""
    by_role = ((Role.MAIN, plan.main), (Role.SATELLITE, plan.satellite), (Role.STOP, plan.stop))
    offers = (region.offer(role, plan.days_of(site_id)) for role, sites in by_role for site_id in sites)
    return np.array([offer.capacity_visits_per_year for offer in offers], np.float64)


def _area(
    code: str, youths: NDArray[np.float64], scores: NDArray[np.float64], needed: NDArray[np.float64]
) -> AreaAccessibility:
    """Describe those who live in some cells, all with youths."""
    total = float(youths.sum())
    return AreaAccessibility(
        code=code,
        youths=total,
        visits_within_reach_per_youth=float(youths @ scores) / total if total else 0.0,
        visits_needed_per_youth=float(needed.sum()) / total if total else 0.0,
        share_without=float(youths[scores == 0].sum()) / total if total else 0.0,
    )
