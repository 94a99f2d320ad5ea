"""`Equity`: how evenly minutes are spread over the young people: Gini, Theil, worst tenth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..study import Outcome


@dataclass(frozen=True)
class GroupEquity:
    """One group of young people: a municipality, a gender, or a risk group; weighed by visits."""

    key: str
    """Municipality code, gender, risk group, or "" for all."""
    visits_per_year: float
    youths: float
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
    share_between_municipalities: float | None
    """Of the Theil index of all, the part between municipalities; the rest is within them."""
    worst_visits_share_by_municipality: tuple[tuple[str, float], ...]
    """Of the worst tenth of all visits, the share from each municipality, by code."""


def equity(outcome: Outcome) -> Equity:
    """Count how evenly the minutes of the outcome's plan are spread."""
    raise NotImplementedError
