"""`Accessibility` by E2SFCA: the capacity within reach, shared by all whom it reaches (Luo & Qi 2009)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..study import Outcome


@dataclass(frozen=True)
class AreaAccessibility:
    """One municipality, or all."""

    code: str
    """Municipality code; "" for all."""
    youths: float
    visits_within_reach_per_youth: float
    """Mean over its youths (visits a year that there is room for, per youth)."""
    share_without: float
    """Share of its youths with nothing within reach."""


@dataclass(frozen=True, eq=False)
class Accessibility:
    """Scores by municipality and by cell; the plan's places with the hours that they are open."""

    by_cell: NDArray[np.float64]
    """(n,) visits a year that there is room for, per youth; never shown as it is."""
    overall: AreaAccessibility
    by_municipality: tuple[AreaAccessibility, ...]
    load_by_site: dict[str, float]
    """Visits of room per weighed youth within reach, by site id (step one's ratio R_j)."""
    gini: float | None
    """Over the youths; None where nobody has anything within reach."""


def accessibility(outcome: Outcome) -> Accessibility:
    """Count E2SFCA scores of the outcome's plan (scenario section `analysis.accessibility`)."""
    raise NotImplementedError
