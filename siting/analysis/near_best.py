"""`NearBest`: every plan that is nearly as good as the best, and what each place is worth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..plan import ObjectiveValue
    from ..sites import Role
    from ..study import Outcome

Scope = Literal["site", "main_site", "municipality", "main_municipality"]


@dataclass(frozen=True)
class Place:
    """A site opened in a role on so many days a week."""

    site_id: str
    role: Role
    days_per_week: float


class Certainty(StrEnum):
    """Whether plans that are nearly as good as the best have something open."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    NEVER = "never"
    UNKNOWN = "unknown"
    """The list of plans is not known to be whole, and no proof was found otherwise."""


@dataclass(frozen=True)
class Worth:
    """What it costs to insist on something, or to say no to it; in the objective as readers know it."""

    scope: Scope
    """What it is about: a site in any role, a site as a main reception, or anything in a municipality."""
    key: str
    """Site id, or municipality code."""
    certainty: Certainty
    share_of_plans: float
    """Of the listed plans, those that have it."""
    in_best: bool
    """Whether the scenario's own plan has it."""
    best_with: float | None
    """Objective of the best plan that has it; None = there is none."""
    best_without: float | None
    """Objective of the best plan that does not have it; None = there is none."""
    with_is_proven: bool
    without_is_proven: bool

    def price_of_insisting(self, best: float) -> float | None:
        """How much worse the best plan with it is (in the objective's unit, >= 0)."""
        return None if self.best_with is None else abs(self.best_with - best)

    def price_of_no(self, best: float) -> float | None:
        """How much worse the best plan without it is (in the objective's unit, >= 0)."""
        return None if self.best_without is None else abs(self.best_without - best)


@dataclass(frozen=True, eq=False)
class NearBest:
    """All plans within a share of the best, by the first objective."""

    within: float
    """Share of the objective (points for shares of visits) that they may be worse by."""
    objective: ObjectiveValue
    """Of the best plan, as readers know it."""
    limit: float
    """Objective of the worst plan that still counts."""
    is_complete: bool
    """Proven: no plan but those listed is within the limit."""
    complete_to: float
    """Every plan with an objective better than this is listed (the limit, if complete)."""
    places: tuple[Place, ...]
    """What the columns of `plans` speak of."""
    plans: NDArray[np.int16]
    """(k, p) places open in each plan, ascending, best plan first; -1 where a plan has fewer."""
    values: NDArray[np.float64]
    """(k,) objective of each plan as readers know it, counted from the tables; best first."""
    worths: tuple[Worth, ...]
    """By scope, then in the order of the tables."""
    seconds: float


def near_best(outcome: Outcome) -> NearBest:
    """List every plan that is nearly as good as the best (scenario section `analysis.near_best`)."""
    raise NotImplementedError
