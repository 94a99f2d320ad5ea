"""`Municipalities`: what each gains and pays, what happens without it, and how evenly access is spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..plan import Plan
    from ..study import Outcome
    from ..workers import Workers
    from .equity import Equity


@dataclass(frozen=True)
class Membership:
    """One municipality in the joint plan; minutes are mean generalised minutes over all visits of those who live there."""  # noqa: E501

    code: str
    name: str
    youths: float
    visits_per_year: float
    n_main: int
    """Main receptions that the plan opens there."""
    n_places: int
    """Places of any role that the plan opens there."""
    joint_minutes: float | None
    today_minutes: float | None
    """None where there is no comparison with today, or nobody is served there."""
    alone_minutes: float | None
    """By the best plan on its own for what its share by population pays; None = it cannot be paid."""
    alone_sek_per_year: float | None
    """Least cost at which it alone gives its youths what the joint plan gives them; None = not possible."""
    share_by_population: float
    share_by_use: float
    """Of the visits at the places that are open."""
    share_by_shapley: float
    shapley_standard_error: float
    """0 where exact."""


@dataclass(frozen=True, eq=False)
class Departure:
    """What happens to the others when one municipality leaves, or two."""

    codes: tuple[str, ...]
    plan: Plan | None
    """Best plan of those who stay; None = there is none."""
    reason: str
    minutes_of_rest_before: float
    """Mean generalised minutes of those who stay, in the joint plan."""
    minutes_of_rest_after: float | None
    sek_per_head_before: float
    """Yearly cost for each youth, of all in the joint plan."""
    sek_per_head_after: float | None
    """... of those who stay, when they have left."""
    places_moved: tuple[str, ...]
    """Sites of the joint plan, outside the leaving municipalities, that are closed in the new one."""
    is_proven: bool


@dataclass(frozen=True, eq=False)
class NobodyWorse:
    """The rule that no municipality is worse off than today."""

    worse_now: tuple[str, ...]
    """Codes of those worse off in the joint plan than today, in either service that there is today."""
    plan: Plan | None
    """Best plan that obeys the rule; None = there is none."""
    reason: str
    value: float | None
    """Its first objective, as readers know it."""
    joint_value: float
    is_proven: bool


@dataclass(frozen=True, eq=False)
class Municipalities:
    """What is in it for each."""

    members: tuple[Membership, ...]
    sek_per_year: float
    """Cost of the joint plan, which the shares divide."""
    least_sek_per_year: float
    """Least cost at which all together are given what the joint plan gives them."""
    shapley_is_exact: bool
    n_coalitions: int
    """Worked out, of 2^n - 1."""
    departures: tuple[Departure, ...]
    nobody_worse: NobodyWorse | None
    """None where there is no comparison with today."""
    largest_gap_minutes: float | None
    """Between the municipality with the longest and that with the shortest mean."""
    largest_gap_between: tuple[str, str] | None
    """Their codes, the longest first."""
    equity: Equity
    seconds: float


def municipalities(
    outcome: Outcome,
    *,
    workers: Workers | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Municipalities:
    """Say what is in it for each municipality (scenario section `analysis.municipalities`)."""
    raise NotImplementedError
