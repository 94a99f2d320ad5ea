"""What draws lead to, as it is told: assumptions, plans held against the best, sites, and swings."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..sites import Role
from .swings import HIGH, LOW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from .best_plans import BestPlan
    from .cases import Cases
    from .near_best import Place
    from .regret import Places
    from .swings import Side
    from .unknowns import Unknown, Unknowns


MOST_BINS: Final = 30
NOISE: Final = 1e-9
FINEST_BIN: Final = {"minutes": 0.1, "share": 0.01, "sek_per_year": 10_000.0}
"""By unit; as fine as figures of which there are many may be told."""


@dataclass(frozen=True)
class Assumption:
    """Something that is not known; a number, or a field of numbers (who lives where)."""

    key: str
    """Dotted key of the scenario, or one of: cells, municipalities, municipal_need, winter, years_ahead."""
    distribution: str
    """As it is written."""
    nominal: float | None
    """What the scenario says; None for a field."""
    low: float | None
    """A twentieth of the draws lies below; None for a field."""
    high: float | None
    """A twentieth of the draws lies above; None for a field."""


@dataclass(frozen=True)
class Quantiles:
    """How a figure is spread over the draws."""

    percentile_5: float
    median: float
    percentile_95: float


@dataclass(frozen=True)
class Histogram:
    """How often values fall where, in bins of one width that begin and end at round figures.

    So it tells no value by itself: some of them may be exact.
    """

    start: float
    """Where the first bin begins (the values' unit)."""
    width: float
    counts: tuple[int, ...]
    """() where there are no values."""


@dataclass(frozen=True, eq=False)
class ComparedPlan:
    """A plan held against the best of each draw."""

    name: str
    """chosen, min_max_regret, drawn_1 (most often best) ..., or a name of `analysis.uncertainty.plans`."""
    places: tuple[Place, ...]
    n_best: int
    """Draws in which it is the best, or as good, of those that have a plan."""
    regret_mean: float
    """How much worse than the best of the draw, mean over the draws (the objective's unit, >= 0)."""
    regret_95: float
    regret_largest: float
    """Over the draws, and what the scenario itself says."""
    objective: Quantiles
    n_breaking: int
    """Draws in which it breaks a rule of the scenario; what it gains by that is no regret less than 0."""


@dataclass(frozen=True)
class Frequency:
    """How often a site is in the best plan of a draw (draws, of n_draws)."""

    site_id: str
    n_open: int
    n_main: int


@dataclass(frozen=True, eq=False)
class Swing:
    """What one assumption alone does, all others as the scenario says."""

    assumption: Assumption
    chosen_low: float | None = None
    """First objective of the plan chosen, with the assumption low; None = it cannot be counted."""
    chosen_high: float | None = None
    regret_low: float | None = None
    """How much worse the plan chosen is than the best there."""
    regret_high: float | None = None
    flips_below: float | None = None
    """Largest value below the nominal one at which another plan is better; None = none within `searched`."""
    flips_above: float | None = None
    """Smallest value above the nominal one at which another plan is better; None = none within `searched`."""
    searched: tuple[float, float] | None = None
    """Values between which it was searched for; None for a field, and where another plan is better already by
    what the scenario says (its later objectives had a say)."""
    best_share_alone: float | None = None
    """Share of the draws of this field alone in which the plan chosen is best; None for a number."""
    n_alone: int = 0
    """Draws of this field alone that have a plan; 0 for a number."""


def compared_plan(
    cases: Cases, named: tuple[str, Places], values: NDArray[np.float64], broken: NDArray[np.bool_]
) -> ComparedPlan:
    """Describe a plan; the first case is what the scenario says, and counts in the largest regret alone."""
    yardstick, best = cases.bench.yardstick, cases.best
    regret = yardstick.regret(values, best)
    is_best = (regret <= yardstick.tolerance(best)) & ~broken
    name, places = named
    return ComparedPlan(
        name=name,
        places=places,
        n_best=int(is_best[1:].sum()),
        regret_mean=float(regret[1:].mean()),
        regret_95=float(np.percentile(regret[1:], 95)),
        regret_largest=float(regret.max()),
        objective=quantiles(values[1:]),
        n_breaking=int(broken[1:].sum()),
    )


def quantiles(values: Sequence[float] | NDArray[np.float64]) -> Quantiles:
    """Say how values are spread; nan where there are none."""
    if not len(values):
        return Quantiles(math.nan, math.nan, math.nan)
    low, median, high = np.percentile(np.asarray(values, dtype=np.float64), [5, 50, 95])
    return Quantiles(float(low), float(median), float(high))


def histogram(values: NDArray[np.float64], unit: str) -> Histogram:
    """Count values in at most some thirty bins: of 1, 2 or 5, or tenths of these, and so on.

    Examples
    --------
    >>> histogram(np.array([20.04, 20.26, 20.31]), "minutes")
    Histogram(start=20.0, width=0.1, counts=(1, 0, 1, 1))
    """
    if not len(values):
        return Histogram(0.0, FINEST_BIN[unit], ())
    low, high = float(values.min()), float(values.max())
    least = max((high - low) / MOST_BINS, FINEST_BIN[unit])
    power = 10.0 ** math.floor(math.log10(least) + NOISE)
    width = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= least * (1 - NOISE))
    first, last = math.floor(low / width), math.floor(high / width)
    bins = np.floor(values / width).astype(int) - first
    counts = np.bincount(bins, minlength=last - first + 1)
    return Histogram(_round(first * width, width), _round(width, width), tuple(int(each) for each in counts))


def _round(value: float, width: float) -> float:
    """Leave out what sums of tenths have too much."""
    return round(value, 2 - math.floor(math.log10(width)))


def frequencies_of(drawn: Sequence[BestPlan]) -> tuple[Frequency, ...]:
    """Count how often each site is open, the most often open first."""
    open_in = Counter(each.site_id for answer in drawn for each in answer.places)
    main_in = Counter(each.site_id for answer in drawn for each in answer.places if each.role is Role.MAIN)
    return tuple(
        Frequency(site_id, n_open, main_in[site_id])
        for site_id, n_open in sorted(open_in.items(), key=lambda each: (-each[1], each[0]))
    )


def swings_of(
    unknowns: Unknowns,
    moved: Mapping[tuple[int, bool], Side],
    alone: Mapping[str, Sequence[bool]],
) -> tuple[Swing, ...]:
    """Put both sides of each number together; of fields, which have no low and high, each is drawn alone.

    `alone` says of each of its draws whether the plan chosen is best.
    """
    swings = []
    for k, unknown in enumerate(unknowns.numbers):
        low, high = moved[k, False], moved[k, True]
        ends = (low.searched_to, high.searched_to)
        swings.append(
            Swing(
                assumption=_assumption(unknown),
                chosen_low=low.chosen,
                chosen_high=high.chosen,
                regret_low=low.regret,
                regret_high=high.regret,
                flips_below=low.flips_at,
                flips_above=high.flips_at,
                searched=None if ends[0] is None or ends[1] is None else (ends[0], ends[1]),
            )
        )
    for name, written in unknowns.fields.items():
        assumption = Assumption(name, written, None, None, None)
        share = sum(alone[name]) / len(alone[name]) if alone[name] else None
        swings.append(Swing(assumption, best_share_alone=share, n_alone=len(alone[name])))
    return tuple(swings)


def _assumption(unknown: Unknown) -> Assumption:
    value_at = unknown.distribution.value_at
    return Assumption(unknown.key, unknown.written, unknown.nominal, value_at(LOW), value_at(HIGH))
