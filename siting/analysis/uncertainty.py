"""`Uncertainty`: does the answer hold if what is assumed is otherwise: draws, regret, and where it flips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from ..study import Outcome
    from ..workers import Workers
    from .near_best import NearBest, Place


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


@dataclass(frozen=True, eq=False)
class ComparedPlan:
    """A plan held against the best of each draw."""

    name: str
    """chosen, min_max_regret, drawn_1 (most often best) ..., or a name of `analysis.uncertainty.plans`."""
    places: tuple[Place, ...]
    n_best: int
    """Draws in which it is the best, or as good."""
    regret_mean: float
    """How much worse than the best of the draw, mean over the draws (the objective's unit, >= 0)."""
    regret_95: float
    regret_largest: float
    objective: Quantiles


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
    chosen_low: float | None
    """First objective of the plan chosen, with the assumption low; None = it cannot be counted."""
    chosen_high: float | None
    regret_low: float | None
    """How much worse the plan chosen is than the best there."""
    regret_high: float | None
    flips_below: float | None
    """Largest value below the nominal one at which another plan is better; None = none within `searched`."""
    flips_above: float | None
    """Smallest value above the nominal one at which another plan is better; None = none within `searched`."""
    searched: tuple[float, float] | None
    """Values between which it was searched for; None for a field."""


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """What the draws led to."""

    n_draws: int
    n_without_plan: int
    """Draws in which no plan obeys the rules; they are left out of what follows."""
    seed: int
    objective_name: str
    unit: str
    mode: str
    assumptions: tuple[Assumption, ...]
    best_values: NDArray[np.float64]
    """(n_draws,) first objective of the best plan of each draw; nan = no plan."""
    n_unproven: int
    """Draws whose best plan is not proven."""
    frequencies: tuple[Frequency, ...]
    """Sites that are open in any draw, the most often open first."""
    plans: tuple[ComparedPlan, ...]
    n_different_plans: int
    min_max_regret: ComparedPlan
    min_max_is_proven: bool
    """No plan that obeys the rules has a smaller largest regret over these draws."""
    min_max_bound: float
    """No plan has a smaller largest regret than this."""
    visits_per_year: Quantiles
    persons_in_need: Quantiles
    """In the risk groups, hidden number included."""
    within_standard: Quantiles
    """Of the plan chosen: share of the visits within the standard."""
    swings: tuple[Swing, ...]
    seconds: float


def uncertainty(
    outcome: Outcome,
    *,
    near: NearBest | None = None,
    workers: Workers | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Uncertainty:
    """Draw what is not known, and see whether the answer holds (scenario section `analysis.uncertainty`)."""
    raise NotImplementedError
