"""`CostShares`: the joint plan's cost shared by what each municipality adds to it (Shapley values)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .coalitions import costs
from .shapley import all_coalitions, exact_shapley, on_the_way, orders, sampled_shapley

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..scenario_analysis import MunicipalitiesSection
    from ..workers import Workers
    from .coalitions import CostGame

LEAST_PAIRS: Final = 2
"""Pairs of orders that a standard error needs."""


@dataclass(frozen=True)
class CostShares:
    """What the cost game led to, by municipality code."""

    alone_sek_per_year: dict[str, float | None]
    """None where no premises of its own reach anybody there."""
    least_sek_per_year: float | None
    """Of all together."""
    share: dict[str, float]
    """Of the least cost of all together; they sum to 1. {} where there are none."""
    standard_error: dict[str, float]
    is_exact: bool
    n_coalitions: int

    def reason(self, names: Mapping[str, str]) -> str:
        """Say why there are no shares; "" where there are."""
        if self.share:
            return ""
        lacking = [names[code] for code, sek in self.alone_sek_per_year.items() if sek is None]
        if lacking:
            return f"no premises of its own that may be used reach anybody in {', '.join(lacking)}"
        return "what the joint plan gives costs nothing, so there is nothing to share"


def cost_shares(
    game: CostGame,
    section: MunicipalitiesSection,
    *,
    workers: Workers,
    on_progress: Callable[[int, int], None],
) -> CostShares:
    """Find the cost of every coalition, or of those that drawn orders pass; and Shapley values from these."""
    players, everybody = game.codes, frozenset(game.codes)
    is_exact = 2 ** len(players) - 1 <= section.most_coalitions
    pairs = orders(players, max(LEAST_PAIRS, (section.orders + 1) // 2), seed=section.seed)
    drawn = (each for pair in pairs for order in pair for each in on_the_way(order))
    alone = {code: frozenset([code]) for code in players}
    cost_of = costs(
        game,
        [everybody, *alone.values(), *(all_coalitions(players) if is_exact else drawn)],
        workers=workers,
        on_progress=on_progress,
    )
    # Where a coalition has no cost, one of its members has none alone: it is not reached from there either.
    known = {coalition: cost for coalition, cost in cost_of.items() if cost is not None}
    total = known.get(everybody)
    share, error = {}, {}
    if total and len(known) == len(cost_of):
        shapley = (
            exact_shapley(players, known.__getitem__)
            if is_exact
            else sampled_shapley(players, pairs, known.__getitem__)
        )
        share = {code: float(value) / total for code, value in zip(players, shapley.values, strict=True)}
        errors = zip(players, shapley.standard_errors, strict=True)
        error = {code: float(value) / total for code, value in errors}
    return CostShares(
        alone_sek_per_year={code: cost_of[each] for code, each in alone.items()},
        least_sek_per_year=total,
        share=share,
        standard_error=error,
        is_exact=is_exact,
        n_coalitions=len(cost_of),
    )
