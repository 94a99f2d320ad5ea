"""`ModeAccess`: a plan as those meet it who travel by one other mode, such as without a car.

Each visit goes to the best open place by the mode; no capacity is kept. A visit that takes longer than
`unreachable_minutes`, or cannot be made, counts as that in the measures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .evaluate import AreaAccess, Measures, Trips, area_access, best_trips, count_measures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .evaluate import Evaluation
    from .plan import Plan
    from .region import Region
    from .scenario import ChoiceSection, EvaluationSection


@dataclass(frozen=True, eq=False)
class ModeAccess:
    """Access by one mode: of all, of each municipality, and what plans are chosen by."""

    county: AreaAccess
    by_municipality: dict[str, AreaAccess]  # by code
    measures: Measures
    main: Trips
    near: Trips


def evaluate_modes(
    plan: Plan, region: Region, evaluation: Evaluation, section: EvaluationSection, choice: ChoiceSection
) -> dict[str, ModeAccess]:
    """Count a plan by every other mode of travel that the region has, by its name."""
    limits = tuple(sorted({*section.within_minutes, choice.standard_minutes}))
    return {
        mode: _by(mode, plan, region, limits=limits, choice=choice, cost=evaluation.measures.cost)
        for mode in region.other_times
    }


def _by(
    mode: str, plan: Plan, region: Region, *, limits: Sequence[float], choice: ChoiceSection, cost: float
) -> ModeAccess:
    demand = region.demand
    main, near = (best_trips(plan, region, service, mode) for service in ("main", "near"))
    codes = np.array(demand.municipality_codes)
    return ModeAccess(
        county=area_access(demand, main, near, np.ones(len(codes), dtype=bool), limits),
        by_municipality={
            str(code): area_access(demand, main, near, codes == code, limits) for code in np.unique(codes)
        },
        measures=count_measures(
            demand,
            _capped(main, choice.unreachable_minutes),
            _capped(near, choice.unreachable_minutes),
            standard_minutes=choice.standard_minutes,
            worst_share=choice.worst_share,
            cost=cost,
        ),
        main=main,
        near=near,
    )


def count_area(
    region: Region,
    main: Trips,
    near: Trips,
    *,
    code: str | None,
    within_minutes: float,
    most_minutes: float = np.inf,
) -> tuple[float, float | None]:
    """Count what a limit by mode speaks of, for the visits from one municipality or (None) from all.

    Returns
    -------
    tuple
        Share of the visits within the limit (generalised minutes, <=), and their mean generalised minutes,
        each at most `most_minutes`; None if there is nothing to take the mean of.
    """
    demand = region.demand
    members = np.array([code is None or each == code for each in demand.municipality_codes])
    counted = count_measures(
        demand,
        _capped(main.of(members), most_minutes),
        _capped(near.of(members), most_minutes),
        standard_minutes=within_minutes,
        worst_share=1.0,
        cost=0.0,
    )
    return counted.within_standard, counted.mean_minutes


def _capped(trips: Trips, most_minutes: float) -> Trips:
    return replace(trips, generalised_minutes=np.minimum(trips.generalised_minutes, most_minutes))
