"""Figures of a record, with what is known of those that are not told as they are.

A null says that there is no figure, or that it may not be shown; a difference of 0 that there is none, or
less than is told. The page tells these apart, and so a record must: its `untold` has a mark for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ..disclosure import HALF
from .shown import NO_DIFFERENCE, SHARE

if TYPE_CHECKING:
    from typing import Any

    from ...saved.analysis_types import Mark
    from .shown import Shown

    Record = dict[str, Any]

MORE_THAN_NOTHING: Final[Mark] = "more_than_nothing"
NEARLY_NONE: Final[Mark] = "nearly_none"
NEARLY_ALL: Final[Mark] = "nearly_all"
HIDDEN: Final[Mark] = "hidden"


class Told(NamedTuple):
    """A figure as it may be told."""

    figure: float | None
    mark: Mark | None = None
    """Where it is not told as it is."""


def hidden_or(figure: float | None, value: float | None) -> Told:
    """Give a figure that may be told of a value: none though there is a value means that it is hidden."""
    return Told(figure, HIDDEN if figure is None and value is not None else None)


def measure(name: str, value: float | None, shown: Shown) -> Told:
    """Give the value of a measure."""
    return hidden_or(shown.told(name, value), value)


def difference(name: str, value: float | None, shown: Shown) -> Told:
    """Give the difference between two plans in a measure."""
    told = shown.told_difference(name, value)
    if told == 0 and value is not None and abs(value) > NO_DIFFERENCE:
        return Told(told, MORE_THAN_NOTHING)
    return hidden_or(told, value)


def share(value: float, youths: float, shown: Shown) -> Told:
    """Give a share of an area's youths or visits."""
    return _share(shown.gate.share(value, youths), value, youths, shown)


def county_share(value: float, shown: Shown) -> Told:
    """Give a share of all visits."""
    return _share(shown.told(SHARE, value), value, shown.youths, shown)


def _share(told: float | None, value: float, youths: float, shown: Shown) -> Told:
    if told is None and shown.gate.count(youths) is not None:
        return Told(None, NEARLY_NONE if value < HALF else NEARLY_ALL)
    return hidden_or(told, value)


def with_untold(record: Record, figures: dict[str, Told]) -> Record:
    """Put figures into a record, each under its name, and what is known of those that are not told."""
    marks = {name: each.mark for name, each in figures.items() if each.mark is not None}
    return {**record, **{name: each.figure for name, each in figures.items()}, "untold": marks}
