r"""`Equity`: how evenly minutes are spread over the young people: Gini, Theil, worst tenth.

Minutes are generalised, one way, of the visits that are served; each visit counts once. With w_i visits of
x_i minutes, W their sum and m their mean:

    Gini   G = \sum_i \sum_j w_i w_j |x_i - x_j| / (2 m W^2)
    Theil  T = \sum_i (w_i / W) (x_i / m) ln(x_i / m),  0 ln 0 = 0
           T = \sum_g (w_g m_g / W m) ln(m_g / m)  +  the rest, which lies within the groups g

G and T are 0 where all minutes are alike, and None where nobody is served or all minutes are 0. Theil's index
falls apart into a part between groups and one within them, which Gini's does not.

References
----------
Theil, H. (1967). Economics and Information Theory. North-Holland.
Cowell, F. A. (2011). Measuring Inequality, 3rd ed. Oxford University Press.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ..evaluate import trips_of, worst_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..demand import DemandGrid
    from ..scenario import DemandSection
    from ..study import Outcome

WORST_SHARE: Final = 0.1


@dataclass(frozen=True)
class GroupEquity:
    """One group of young people: a municipality, a gender, or a risk group; weighed by visits."""

    key: str
    """Municipality code, gender, risk group, or "" for all."""
    visits_per_year: float
    """All, those that are not served too."""
    youths: float
    """Of a risk group: those who belong to it."""
    mean_minutes: float | None
    """Generalised, of the served."""
    worst_tenth_minutes: float | None
    """Mean of the tenth of the visits with the longest."""
    gini: float | None
    """Of the minutes: 0 = all alike; None where nobody is served or all minutes are 0."""


@dataclass(frozen=True, eq=False)
class Equity:
    """Indices for all, and by municipality, gender and risk group."""

    overall: GroupEquity
    by_municipality: tuple[GroupEquity, ...]
    by_gender: tuple[GroupEquity, ...]
    """() where no gender shares are told. Where genders live is not known: only their needs differ."""
    by_risk_group: tuple[GroupEquity, ...]
    theil: float | None
    """Of the minutes of all visits; None where nobody is served or all minutes are 0."""
    share_between_municipalities: float | None
    """Of the Theil index of all, the part between municipalities (the rest within them); None if it is 0."""
    worst_visits_share_by_municipality: tuple[tuple[str, float], ...]
    """Of the worst tenth of all visits, the share from each municipality, by code."""


def equity(outcome: Outcome) -> Equity:
    """Count how evenly the minutes of the outcome's plan are spread."""
    region = outcome.region
    trips = _trips(outcome)
    codes = np.array(region.demand.municipality_codes)
    code_of_trip = codes[trips.cell]
    whole = _visits(trips, region.demand.visits_per_year)
    served = np.isfinite(trips.minutes) & (whole > 0)
    minutes, visits, code = trips.minutes[served], whole[served], code_of_trip[served]
    total = theil(minutes, visits)
    between = theil_between(minutes, visits, code)
    youths = region.demand.youths
    return Equity(
        overall=_group("", trips.minutes, whole, float(youths.sum())),
        by_municipality=tuple(
            _group(each, trips.minutes, whole * (code_of_trip == each), float(youths[codes == each].sum()))
            for each in region.municipality_names
        ),
        by_gender=_by_gender(trips, region.demand, outcome.scenario.demand),
        by_risk_group=_by_risk_group(trips, region.demand),
        theil=total,
        share_between_municipalities=between / total if total and between is not None else None,
        worst_visits_share_by_municipality=tuple(
            (each, share)
            for each, share in _shares_of_worst(minutes, visits, code).items()
            if each in region.municipality_names
        ),
    )


@dataclass(frozen=True, eq=False)
class _AllTrips:
    """The trips of both services, one below the other."""

    cell: NDArray[np.intp]  # (k,)
    minutes: NDArray[np.float64]  # (k,) generalised; inf = unserved
    part: NDArray[np.float64]  # (k, g) of its cell's visits of each risk group


def _trips(outcome: Outcome) -> _AllTrips:
    alpha = outcome.region.demand.share_needing_main
    main, near = (trips_of(outcome.plan, outcome.region, service) for service in ("main", "near"))
    return _AllTrips(
        cell=np.concatenate([main.cell, near.cell]),
        minutes=np.concatenate([main.generalised_minutes, near.generalised_minutes]),
        part=np.concatenate([main.share[:, None] * alpha, near.share[:, None] * (1 - alpha)]),
    )


def _visits(trips: _AllTrips, of_groups: NDArray[np.float64]) -> NDArray[np.float64]:
    """Visits a year of each trip, (k,), from those of each cell and risk group, (n, g)."""
    visits: NDArray[np.float64] = (of_groups[trips.cell] * trips.part).sum(axis=1)
    return visits


def _group(key: str, minutes: NDArray[np.float64], visits: NDArray[np.float64], youths: float) -> GroupEquity:
    """Describe the visits of a group; trips that are not its own have 0 visits."""
    counted = np.isfinite(minutes) & (visits > 0)
    x, w = minutes[counted], visits[counted]
    nobody = GroupEquity(key, float(visits.sum()), youths, None, None, None)
    if not counted.any():
        return nobody
    return replace(
        nobody,
        mean_minutes=float(np.average(x, weights=w)),
        worst_tenth_minutes=worst_mean(x, w, WORST_SHARE),
        gini=gini(x, w),
    )


def _by_gender(trips: _AllTrips, demand: DemandGrid, section: DemandSection) -> tuple[GroupEquity, ...]:
    """Share each risk group's visits out by who belongs to it; within a cell genders travel alike."""
    rows = []
    for gender, share in section.gender_shares.items():
        of_group = []
        for group in (section.risk_groups[name] for name in demand.risk_groups):
            need = {
                each: part * (group.gender_factors.get(each, 1.0) if group.gender_factors else 1.0)
                for each, part in section.gender_shares.items()
            }
            whole = sum(need.values())
            of_group.append(need[gender] / whole if whole else 0.0)
        visits = _visits(trips, demand.visits_per_year * np.array(of_group))
        rows.append(_group(gender, trips.minutes, visits, share * float(demand.youths.sum())))
    return tuple(rows)


def _by_risk_group(trips: _AllTrips, demand: DemandGrid) -> tuple[GroupEquity, ...]:
    return tuple(
        _group(
            name,
            trips.minutes,
            _visits(trips, demand.visits_per_year * (np.arange(len(demand.risk_groups)) == g)),
            float(demand.persons[:, g].sum()),
        )
        for g, name in enumerate(demand.risk_groups)
    )


def _shares_of_worst(
    minutes: NDArray[np.float64], visits: NDArray[np.float64], code: NDArray[np.str_]
) -> dict[str, float]:
    """Share of the worst tenth of the visits that comes from each municipality.

    Of visits with the same minutes, at the edge of the tenth, each municipality's count alike.
    """
    if not len(minutes):
        return {}
    whole = WORST_SHARE * visits.sum()
    values, level = np.unique(-minutes, return_inverse=True)
    at_level = np.bincount(level, visits, minlength=len(values))
    taken = np.clip(whole - (np.cumsum(at_level) - at_level), 0.0, at_level)
    worst = visits * (taken / at_level)[level]
    return {str(each): float(worst[code == each].sum() / whole) for each in np.unique(code)}


def gini(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float | None:
    """Gini coefficient of values >= 0 with weights > 0; None where all values are 0, or there are none.

    References
    ----------
    Lerman, R. I. & Yitzhaki, S. (1989). Improving the accuracy of estimates of Gini coefficients. Journal of
    Econometrics 42(1) (the trapezoids of the Lorenz curve, with weights).

    Examples
    --------
    >>> gini(np.array([1.0, 3.0]), np.array([1.0, 1.0]))  # half of all have a quarter of the minutes
    0.25
    """
    if not values.any():
        return None
    order = np.argsort(values, kind="stable")
    weight = weights[order] / weights.sum()
    held = values[order] * weight
    below = np.cumsum(held) - held / 2
    return max(0.0, float(1 - 2 * (weight @ below) / held.sum()))


def theil(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float | None:
    """Theil index (T) of values >= 0 with weights > 0; None where all values are 0, or there are none.

    Examples
    --------
    >>> round(theil(np.array([0.0, 2.0]), np.array([1.0, 1.0])), 6)  # one has all: ln 2
    0.693147
    """
    if not values.any():
        return None
    ratio = values / np.average(values, weights=weights)
    logarithm = np.log(ratio, where=ratio > 0, out=np.zeros(len(ratio)))
    return max(0.0, float(np.average(ratio * logarithm, weights=weights)))


def theil_between(
    values: NDArray[np.float64], weights: NDArray[np.float64], group: NDArray[np.str_]
) -> float | None:
    """Theil index that would be left if within each group all had its mean.

    Examples
    --------
    >>> values, group = np.array([1.0, 3.0, 2.0]), np.array(["a", "a", "b"])
    >>> theil_between(values, np.ones(3), group)  # both groups have the mean 2
    0.0
    """
    _, index = np.unique(group, return_inverse=True)
    weight: NDArray[np.float64] = np.bincount(index, weights).astype(np.float64)
    if not len(weight):
        return None
    mean: NDArray[np.float64] = np.bincount(index, values * weights) / weight
    return theil(mean, weight)
