"""What one assumption alone does, and how far it may go until another plan is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .best_plans import best_plan_in
from .regret import as_rows, tally_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .best_plans import Bench
    from .unknowns import Unknown, Unknowns

LOW: Final = 0.05
HIGH: Final = 0.95
STEPS: Final = 12
"""A flip is found to within a part of 4,096 of what is searched."""


@dataclass(frozen=True, eq=False)
class Swung:
    """What workers need to move an assumption."""

    bench: Bench
    unknowns: Unknowns


@dataclass(frozen=True)
class Side:
    """An assumption moved to one side, all others as the scenario says."""

    chosen: float
    """First objective of the plan chosen, where a twentieth of the draws lies farther out."""
    regret: float | None
    """How much worse that is than the best there; None = no plan obeys the rules there."""
    flips_at: float | None
    """Value nearest to the nominal one at which another plan is better; None = none was found."""
    searched_to: float | None
    """Value up to which it was searched for; None = another plan is better at the nominal one already."""


def sides_of(unknowns: Unknowns) -> Iterator[tuple[int, bool]]:
    """Give what is to be moved: the number of an assumption, and whether up."""
    for k in range(len(unknowns.numbers)):
        yield k, False
        yield k, True


def move(swung: Swung, side: tuple[int, bool]) -> Side:
    """Move one assumption to one side.

    Between the nominal value and the first of the twentieth and the farthest value at which another plan is
    better, the flip is found by halving. That is the nearest flip where the plan chosen is best up to it and
    never again beyond; so it is for single numbers of the need, in which the means of two plans change places
    at most once.
    """
    number, is_up = side
    unknown = swung.unknowns.numbers[number]
    end = unknown.distribution.reach()[is_up]
    twentieth = unknown.distribution.value_at(HIGH if is_up else LOW)
    chosen, regret = _at(swung, unknown, twentieth)
    inner = unknown.nominal
    if _is_better(swung, chosen=_at(swung, unknown, inner)):
        return Side(chosen, regret, None, None)
    for outer in dict.fromkeys(
        each for each in (twentieth, end) if (each > inner if is_up else each < inner)
    ):
        here = (chosen, regret) if outer == twentieth else _at(swung, unknown, outer)
        if here[1] is None:  # from somewhere on no plan obeys the rules
            break
        if _is_better(swung, chosen=here):
            return Side(chosen, regret, _flip(swung, unknown, inner, outer), end)
        inner = outer
    return Side(chosen, regret, None, inner)


def _flip(swung: Swung, unknown: Unknown, inner: float, outer: float) -> float:
    """Halve the way between a value at which the plan chosen is best and one at which it is not."""
    for _ in range(STEPS):
        middle = (inner + outer) / 2
        if _is_better(swung, chosen=_at(swung, unknown, middle)):
            outer = middle
        else:
            inner = middle
    return outer


def _at(swung: Swung, unknown: Unknown, value: float) -> tuple[float, float | None]:
    """First objective of the plan chosen, and its regret, with one assumption at a value."""
    bench = swung.bench
    region = bench.ground.region_of(swung.unknowns.with_values({unknown.key: value}))
    used, rows = as_rows([bench.chosen])
    chosen = tally_of(region, used, bench.yardstick).values(rows)
    best = best_plan_in(bench, region)
    if best is None or not best.is_found:
        return float(chosen[0]), None
    return float(chosen[0]), float(bench.yardstick.regret(chosen, np.array([best.value]))[0])


def _is_better(swung: Swung, *, chosen: tuple[float, float | None]) -> bool:
    """Whether another plan is better by more than what counts as equal."""
    value, regret = chosen
    return regret is not None and regret > swung.bench.yardstick.tolerance(np.array([value]))[0]
