"""`Frontier`: which options are worth their cost, and what each further minute costs.

This is the incremental analysis of health economics. Options are points of yearly cost and mean minutes. An
option is *dominated* if another is no dearer and no longer, and better in one of the two. It is *extendedly
dominated* if a mix of two others (one for some of the people, one for the rest) would cost the same and take
fewer minutes: it lies above the lower convex hull. The others are *efficient*, and the price of a minute
rises from each of them to the next.

References
----------
Drummond, M. F., Sculpher, M. J., Claxton, K., Stoddart, G. L. and Torrance, G. W. (2015). Methods for the
Economic Evaluation of Health Care Programmes. 4th edition. Oxford: Oxford University Press.

Karlsson, G. and Johannesson, M. (1996). The decision rules of cost-effectiveness analysis.
PharmacoEconomics 9(2), 113-120.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING, Final, NamedTuple

from .errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

CLEAR_RISE: Final = 2.0
"""The price of a minute at least doubles: an assumption of ours, not a rule of health economics."""
RISE_DECIMALS: Final = 1  # a rise is judged as it is told, so that no "2.0" falls short of 2


@dataclass(frozen=True)
class CostAndMinutes:
    """What an option costs, and how long its mean trip is; less is better in both."""

    sek_per_year: float
    minutes: float


@dataclass(frozen=True)
class Step:
    """From an efficient option to the next dearer one."""

    cheaper: str
    dearer: str
    minutes_gained: float
    sek_more: float
    """A year."""
    sek_per_minute: float
    """A year, for each minute that the mean trip is shorter."""


@dataclass(frozen=True)
class Dominated:
    """An option that is not worth its cost."""

    option: str
    by: tuple[str, ...]
    """In order of cost: those that are better and not dominated in turn; or the two whose mix is better."""
    is_extended: bool
    """Whether only a mix is better."""


@dataclass(frozen=True)
class Frontier:
    """The options that are worth their cost, in order of cost, and those that are not.

    Options that are equal in both are one point, and the first by name stands for them all; they are named
    together in `alike`. So there is one step fewer than there are efficient options.
    """

    steps: tuple[Step, ...]
    efficient: tuple[str, ...]
    dominated: tuple[Dominated, ...]
    alike: tuple[tuple[str, ...], ...]
    """Options that cost the same and take the same minutes, efficient or not; the first stands for them."""
    suggested: str | None
    """The option after which a minute becomes dearer most, if it does so by `CLEAR_RISE` times or more."""
    rise: float | None
    """How many times dearer a minute becomes where it does most; None with fewer than two steps."""


class _Point(NamedTuple):
    """One or several options, in exact numbers; ordered by cost."""

    cost: Fraction
    minutes: Fraction
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.names[0]


def frontier(options: Mapping[str, CostAndMinutes]) -> Frontier:
    """Find the efficient options, what each step between them costs a minute, and what dominates the others.

    Numbers count as the decimals that they are written with, not as their nearest binary fractions, so that
    the answer is the one that is found by hand. Three options on one line are all efficient.

    Raises
    ------
    InputError
        If a cost or a mean is no finite number.

    Examples
    --------
    >>> found = frontier(
    ...     {
    ...         "small": CostAndMinutes(1_000_000, 30.0),
    ...         "middle": CostAndMinutes(2_000_000, 20.0),
    ...         "worse": CostAndMinutes(2_500_000, 21.0),
    ...         "large": CostAndMinutes(6_000_000, 15.0),
    ...     }
    ... )
    >>> found.efficient, [step.sek_per_minute for step in found.steps], found.suggested, found.rise
    (('small', 'middle', 'large'), [100000.0, 800000.0], 'middle', 8.0)
    >>> found.dominated
    (Dominated(option='worse', by=('middle',), is_extended=False),)
    """
    points = _points(options)
    undominated = _undominated(points)
    hull = _lower_hull(undominated)
    steps = tuple(_step(*each) for each in pairwise(hull))
    suggested, rise = _clear_rise(hull)
    return Frontier(
        steps=steps,
        efficient=tuple(point.name for point in hull),
        dominated=tuple(
            Dominated(point.name, *_why(point, undominated, hull)) for point in points if point not in hull
        ),
        alike=tuple(point.names for point in points if len(point.names) > 1),
        suggested=suggested,
        rise=rise,
    )


def _points(options: Mapping[str, CostAndMinutes]) -> list[_Point]:
    """Give the points in order of cost, then of minutes."""
    names: dict[tuple[Fraction, Fraction], list[str]] = {}
    for option, each in options.items():
        if not (isfinite(each.sek_per_year) and isfinite(each.minutes)):
            message = f"{option}: costs {each.sek_per_year} SEK and takes {each.minutes} minutes, not numbers"
            raise InputError(message)
        names.setdefault((_exact(each.sek_per_year), _exact(each.minutes)), []).append(option)
    return [_Point(*values, tuple(sorted(those))) for values, those in sorted(names.items())]


def _exact(value: float) -> Fraction:
    return Fraction(str(float(value)))


def _undominated(points: Iterable[_Point]) -> list[_Point]:
    """Keep those with fewer minutes than all that are no dearer; points come in order of cost."""
    kept: list[_Point] = []
    for point in points:
        if not kept or point.minutes < kept[-1].minutes:
            kept.append(point)
    return kept


def _lower_hull(undominated: Iterable[_Point]) -> list[_Point]:
    """Drop those above the line between two others: prices of a minute must not fall."""
    hull: list[_Point] = []
    for point in undominated:
        while len(hull) > 1 and _price(hull[-2], hull[-1]) > _price(hull[-1], point):
            hull.pop()
        hull.append(point)
    return hull


def _price(cheaper: _Point, dearer: _Point) -> Fraction:
    """SEK for each minute from one to the next."""
    return (dearer.cost - cheaper.cost) / (cheaper.minutes - dearer.minutes)


def _step(cheaper: _Point, dearer: _Point) -> Step:
    return Step(
        cheaper=cheaper.name,
        dearer=dearer.name,
        minutes_gained=float(cheaper.minutes - dearer.minutes),
        sek_more=float(dearer.cost - cheaper.cost),
        sek_per_minute=float(_price(cheaper, dearer)),
    )


def _why(
    point: _Point, undominated: Sequence[_Point], hull: Sequence[_Point]
) -> tuple[tuple[str, ...], bool]:
    """Say by what a point is dominated, and whether only by a mix."""
    if point not in undominated:
        better = [each for each in undominated if each.cost <= point.cost and each.minutes <= point.minutes]
        return tuple(each.name for each in better), False
    cheaper = max(each for each in hull if each.cost < point.cost)
    dearer = min(each for each in hull if each.cost > point.cost)
    return (cheaper.name, dearer.name), True


def _clear_rise(hull: Sequence[_Point]) -> tuple[str | None, float | None]:
    """Find the option after which the price of a minute rises most; the cheapest of several."""
    prices = [_price(*each) for each in pairwise(hull)]
    if len(prices) < 2:
        return None, None
    rises = [after / before for before, after in pairwise(prices)]
    largest = max(rises)
    told = float(round(largest, RISE_DECIMALS))
    return (hull[rises.index(largest) + 1].name if told >= CLEAR_RISE else None), told
