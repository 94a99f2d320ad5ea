"""Where labels stand: beside their points, on nothing else; all in units of the picture, y downwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SIDES: Final[tuple[tuple[float, float], ...]] = (
    *((1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 1.0)),
    *((0.8, -0.7), (0.8, 0.7), (-0.8, -0.7), (-0.8, 0.7)),
)
"""Directions in which a label may stand, the best first."""


@dataclass(frozen=True)
class Box:
    """A rectangle that something takes."""

    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: Box) -> bool:
        """Whether they have some area in common.

        Examples
        --------
        >>> Box(0, 0, 10, 10).touches(Box(9, 9, 20, 20)), Box(0, 0, 10, 10).touches(Box(10, 0, 20, 10))
        (True, False)
        """
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def lies_in(self, other: Box) -> bool:
        """Whether all of it is in the other."""
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )


@dataclass(frozen=True)
class Wanted:
    """A label that is to stand beside a point."""

    x: float
    y: float
    width: float
    height: float
    gaps: tuple[float, ...]
    """How far from the point it may stand, the best first; 0 = upon it."""


@dataclass(frozen=True)
class Place:
    """Where a label stands: its text begins, ends or has its middle at x; y is its middle."""

    x: float
    y: float
    align: Literal["left", "center", "right"]
    box: Box
    is_far: bool
    """It stands so far off that a line should lead to it."""


def around(x: float, y: float, radius: float) -> Box:
    """Give the square about a point.

    Examples
    --------
    >>> around(10.0, 20.0, 5.0)
    Box(left=5.0, top=15.0, right=15.0, bottom=25.0)
    """
    return Box(x - radius, y - radius, x + radius, y + radius)


def placed(labels: Sequence[Wanted], taken: Sequence[Box], bounds: Box) -> tuple[Place | None, ...]:
    """Give each label in turn the best place that is still free; None where there is none."""
    occupied = list(taken)
    places: list[Place | None] = []
    for label in labels:
        free = (
            place
            for place in _places(label)
            if place.box.lies_in(bounds) and not any(place.box.touches(each) for each in occupied)
        )
        place = next(free, None)
        places.append(place)
        if place is not None:
            occupied.append(place.box)
    return tuple(places)


def _places(label: Wanted) -> Iterator[Place]:
    for number, gap in enumerate(label.gaps):
        for right, down in SIDES if gap else ((0.0, 0.0),):
            x, y = label.x + right * gap, label.y + down * (gap + label.height / 2)
            align: Literal["left", "center", "right"] = (
                "left" if right > 0 else "right" if right < 0 else "center"
            )
            left = {"left": x, "right": x - label.width, "center": x - label.width / 2}[align]
            box = Box(left, y - label.height / 2, left + label.width, y + label.height / 2)
            yield Place(x, y, align, box, is_far=number > 0)


def spread_out(wanted: Sequence[float], apart: float) -> tuple[float, ...]:
    """Move ascending positions as little as may be until each is so far from the next.

    Those that come too near one another form a group that stands evenly about the mean of what they wanted.

    Examples
    --------
    >>> spread_out([0.0, 50.0, 52.0], 10.0)
    (0.0, 46.0, 56.0)
    """
    groups: list[list[float]] = []
    for position in wanted:
        groups.append([position])
        while len(groups) > 1 and _ends(groups[-2], apart)[1] + apart > _ends(groups[-1], apart)[0]:
            last = groups.pop()
            groups[-1] += last
    return tuple(_ends(group, apart)[0] + number * apart for group in groups for number in range(len(group)))


def _ends(group: Sequence[float], apart: float) -> tuple[float, float]:
    """Give where a group begins and ends when it stands evenly about its mean."""
    middle, half = sum(group) / len(group), (len(group) - 1) * apart / 2
    return middle - half, middle + half
