"""Draws options side by side by what they cost and give."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from matplotlib.transforms import IdentityTransform

from ..document import Picture
from .drawing import (
    DARK,
    HALO,
    PALE,
    QUIET,
    WIDER_IN_BOLD,
    Frame,
    broken,
    drawing,
    lines_in_units,
    svg,
    text_width,
    ticks,
)
from .placing import Box, Wanted, around, placed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes

    from ..words import Words


SEK_PER_MILLION: Final = 1_000_000
HEIGHT: Final = 340.0
LINE_STEP: Final = 4.0  # units between the boxes along a line
LETTER_SIZE: Final = 13.0
MARK_SIZE: Final = 10.0
GAPS: Final = (8.0, 14.0, 22.0, 32.0, 44.0, 58.0, 74.0)
LETTERS_OF_NAME: Final = 24


@dataclass(frozen=True)
class OptionPoint:
    """An option by what it costs and gives; the letter is its name in the report."""

    letter: str
    sek_per_year: float
    mean_minutes: float
    is_efficient: bool
    """Worth its cost: neither another option nor a mix of two is better (`siting.frontier`)."""
    is_reference: bool = False


@dataclass(frozen=True)
class _Mark:
    """Options that stand at the same point, as they are told."""

    letters: str
    million_sek: float
    minutes: float
    is_efficient: bool
    is_reference: bool


def cost_plot(
    points: Sequence[OptionPoint], words: Words, *, name: str = "costs", measure: str = ""
) -> Picture:
    """Draw options by cost and mean travel minutes; a line joins those that are worth their cost.

    The name tells the picture from others of a page; the measure, where it is given, is written at the axis.
    """
    marks = _marks(points)
    alt = _cost_message(marks, words)
    frame = Frame(name, alt, words("picture.cost_axis"), measure or words("picture.minutes_axis"))
    with drawing(frame, height=HEIGHT) as (figure, axes):
        ticks(axes.xaxis, words)
        ticks(axes.yaxis, words)
        axes.grid(visible=True)
        line = sorted((each.million_sek, each.minutes) for each in marks if each.is_efficient)
        axes.plot([x for x, _ in line], [y for _, y in line], color=PALE, linewidth=2)
        _draw_kind(axes, [each for each in marks if each.is_efficient], words("picture.efficient"), face=DARK)
        _draw_kind(
            axes, [each for each in marks if not each.is_efficient], words("picture.beaten"), face="#fff"
        )
        axes.margins(0.14, 0.16)
        drawn = svg(figure, frame, finish=lambda done: _write_letters(done, marks, line, words))
    return Picture(drawn, words("picture.cost_caption"), alt)


def _marks(points: Sequence[OptionPoint]) -> list[_Mark]:
    """Round as the figures are told, and take together what then is the same."""
    same: dict[tuple[float, float], list[OptionPoint]] = {}
    for point in points:
        told = (round(point.sek_per_year / SEK_PER_MILLION, 1), round(point.mean_minutes, 1))
        same.setdefault(told, []).append(point)
    return [
        _Mark(
            ", ".join(each.letter for each in those),
            *told,
            any(each.is_efficient for each in those),
            any(each.is_reference for each in those),
        )
        for told, those in same.items()
    ]


def _draw_kind(axes: Axes, marks: Sequence[_Mark], label: str, *, face: str) -> None:
    if marks:
        axes.plot(
            [each.million_sek for each in marks],
            [each.minutes for each in marks],
            "o",
            markersize=MARK_SIZE,
            markerfacecolor=face,
            markeredgecolor=DARK,
            markeredgewidth=2,
            label=label,
        )


def _write_letters(
    axes: Axes, marks: Sequence[_Mark], line: Sequence[tuple[float, float]], words: Words
) -> None:
    """Write each letter beside its point, upon nothing else."""
    height = float(axes.figure.bbox.height)
    ends = [(float(x), height - float(y)) for x, y in axes.transData.transform([(0.0, 0.0), *line])[1:]]
    spots = axes.transData.transform([(each.million_sek, each.minutes) for each in marks])
    texts = [
        words("picture.reference", letters=each.letters) if each.is_reference else each.letters
        for each in marks
    ]
    wanted = [
        Wanted(
            float(x),
            height - float(y),
            text_width(text, LETTER_SIZE) * WIDER_IN_BOLD,
            LETTER_SIZE * 1.15,
            GAPS,
        )
        for text, (x, y) in zip(texts, spots, strict=True)
    ]
    taken = [*(around(each.x, each.y, MARK_SIZE / 2 + 2) for each in wanted), *_along(ends)]
    frame = axes.bbox
    bounds = Box(frame.x0 + 2, height - frame.y1 - 10, frame.x1, height - frame.y0 - 2)
    for number, (text, label, place) in enumerate(
        zip(texts, wanted, placed(wanted, taken, bounds), strict=True)
    ):
        if place is None:
            continue
        if place.is_far:
            lead = ((label.x, height - label.y), (place.x, height - place.y))
            lines_in_units(axes, [lead], colour=QUIET, width=0.8)
        axes.text(
            *(place.x, height - place.y, broken(text, LETTERS_OF_NAME)),
            ha=place.align,
            va="center",
            fontsize=LETTER_SIZE,
            fontweight="bold",
            transform=IdentityTransform(),
            gid=f"{HALO}{number}",
        )


def _along(ends: Sequence[tuple[float, float]]) -> Iterator[Box]:
    """Give small boxes all along a line, on which no letter may stand."""
    for (x0, y0), (x1, y1) in pairwise(ends):
        n = max(1, round(math.hypot(x1 - x0, y1 - y0) / LINE_STEP))
        yield from (around(x0 + (x1 - x0) * k / n, y0 + (y1 - y0) * k / n, 1.5) for k in range(n + 1))


def _cost_message(marks: Sequence[_Mark], words: Words) -> str:
    """Say which option costs least, which has the shortest travel time, and which others beat."""
    if not marks:
        return words("picture.none")
    cheapest = min(marks, key=lambda each: (each.million_sek, each.minutes))
    nearest = min(marks, key=lambda each: (each.minutes, each.million_sek))
    beaten = sorted(each.letters for each in marks if not each.is_efficient)
    said = words(
        "picture.cost_alt",
        cheapest=cheapest.letters,
        least_cost=words.number(cheapest.million_sek, 1),
        its_minutes=words.number(cheapest.minutes, 1),
        nearest=nearest.letters,
        least_minutes=words.number(nearest.minutes, 1),
        its_cost=words.number(nearest.million_sek, 1),
    )
    return f"{said} {words('picture.cost_alt_beaten', letters=words.list_of(beaten))}" if beaten else said
