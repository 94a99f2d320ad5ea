"""Draws options side by side: what they cost and give, and what each municipality gets."""

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
    INK,
    LINE,
    PALE,
    QUIET,
    WARM,
    Frame,
    broken,
    drawing,
    svg,
    text_width,
    ticks,
)
from .placing import Box, Wanted, around, placed, spread_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes

    from ..words import Words

_Spot = tuple[float, float]
_Line = tuple[_Spot, _Spot]
SEK_PER_MILLION: Final = 1_000_000
HEIGHT: Final = 340.0
LETTER_SIZE: Final = 13.0
MARK_SIZE: Final = 10.0
GAPS: Final = (8.0, 14.0, 22.0, 32.0, 44.0, 58.0, 74.0)
ROW_HEIGHT: Final = 30.0
ROW_LETTER_SIZE: Final = 11.0
LETTERS_APART: Final = 2.5  # units between letters of a row
DOT_BELOW: Final = 6.0  # the middle of the row
LETTER_ABOVE: Final = 6.0
LEADS_FROM: Final = 4.0  # a letter so far from its dot has a line to it
LETTERS_OF_NAME: Final = 24
WIDER_IN_BOLD: Final = 1.08


@dataclass(frozen=True)
class OptionPoint:
    """An option by what it costs and gives; the letter is its name in the report."""

    letter: str
    sek_per_year: float
    mean_minutes: float
    is_efficient: bool
    """No other option costs no more and has no longer travel times."""
    is_reference: bool = False


@dataclass(frozen=True)
class MunicipalityRow:
    """Whole minutes of a municipality by the options' letters; None where they may not be told."""

    name: str
    minutes: Mapping[str, int | None]


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
    """Draw options by cost and mean travel minutes; a stair joins those that no other option beats.

    The name tells the picture from others of a page; the measure, where it is given, is written at the axis.
    """
    marks = _marks(points)
    alt = _cost_message(marks, words)
    frame = Frame(name, alt, words("picture.cost_axis"), measure or words("picture.minutes_axis"))
    with drawing(frame, height=HEIGHT) as (figure, axes):
        ticks(axes.xaxis, words)
        ticks(axes.yaxis, words)
        axes.grid(visible=True)
        stair = sorted((each.million_sek, each.minutes) for each in marks if each.is_efficient)
        axes.plot(
            [x for x, _ in stair], [y for _, y in stair], color=PALE, linewidth=2, drawstyle="steps-post"
        )
        _draw_kind(axes, [each for each in marks if each.is_efficient], words("picture.efficient"), face=DARK)
        _draw_kind(
            axes, [each for each in marks if not each.is_efficient], words("picture.beaten"), face="#fff"
        )
        axes.margins(0.14, 0.16)
        drawn = svg(figure, frame, finish=lambda done: _write_letters(done, marks, stair, words))
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
    axes: Axes, marks: Sequence[_Mark], stair: Sequence[tuple[float, float]], words: Words
) -> None:
    """Write each letter beside its point, upon nothing else."""
    height = float(axes.figure.bbox.height)
    ends = [(float(x), height - float(y)) for x, y in axes.transData.transform([(0.0, 0.0), *stair])[1:]]
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
            _lines(axes, [lead], colour=QUIET, width=0.8)
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
    """Give the boxes that a stair's steps take."""
    for (x0, y0), (x1, y1) in pairwise(ends):
        yield Box(x0, y0 - 1.5, x1, y0 + 1.5)
        yield Box(x1 - 1.5, min(y0, y1), x1 + 1.5, max(y0, y1))


def _lines(axes: Axes, lines: Sequence[_Line], *, colour: str, width: float) -> None:
    """Draw lines as one, interrupted by what is no number."""
    gap = (math.nan, math.nan)
    points = [point for start, end in lines for point in (start, end, gap)]
    axes.plot(
        [x for x, _ in points],
        [y for _, y in points],
        color=colour,
        linewidth=width,
        solid_capstyle="butt",
        transform=IdentityTransform(),
    )


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


def municipality_dots(
    rows: Sequence[MunicipalityRow], words: Words, *, name: str = "municipalities", reference: str = ""
) -> Picture:
    """Draw whole minutes of each municipality, a dot and a letter for each option.

    The name tells the picture from others of a page; the option of the reference letter is a ring.
    """
    alt = _dots_message(rows, words)
    frame = Frame(name, alt, words("picture.near_axis"))
    told = [_told(row) for row in rows]
    with drawing(frame, height=64.0 + ROW_HEIGHT * len(rows)) as (figure, axes):
        most = max((value for values in told for value, _ in values), default=1)
        axes.set_xlim(0, max(most, 1) * 1.06)
        axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)
        labels = [broken(row.name, LETTERS_OF_NAME).partition("\n")[0] for row in rows]
        axes.set_yticks(range(len(rows)), labels)
        axes.tick_params(axis="y", length=0)
        ticks(axes.xaxis, words)
        axes.grid(visible=True, axis="x")
        for place in range(1, len(rows)):
            axes.axhline(place - 0.5, color=LINE, linewidth=0.8)
        drawn = svg(figure, frame, finish=lambda done: _draw_rows(done, told, reference, words))
    caption = words(
        "picture.dots_reference_caption" if reference else "picture.dots_caption", letter=reference
    )
    return Picture(drawn, caption, alt)


def _told(row: MunicipalityRow) -> list[tuple[int, str]]:
    """Give values and letters that may be told, ascending."""
    return sorted((round(value), letter) for letter, value in row.minutes.items() if value is not None)


def _draw_rows(axes: Axes, told: Sequence[list[tuple[int, str]]], reference: str, words: Words) -> None:
    """Draw the dots of all rows, their letters above them, and a line to each letter that had to give way."""
    leads: list[_Line] = []
    dots: list[_Spot] = []
    rings: list[_Spot] = []
    for row, values in enumerate(told):
        middle = float(axes.transData.transform((0.0, row))[1])
        level = middle - DOT_BELOW
        if not values:
            left = float(axes.bbox.x0) + 6.0
            _text(axes, (left, middle), words("unit.hidden"), align="left", colour=QUIET)
            continue
        spots = [float(axes.transData.transform((value, row))[0]) for value, _ in values]
        widest = max(text_width(letter, ROW_LETTER_SIZE) for _, letter in values) * WIDER_IN_BOLD
        letters = _kept_in(axes, spread_out(spots, widest + LETTERS_APART), widest + LETTERS_APART)
        _lines(axes, [((spots[0], level), (spots[-1], level))], colour=PALE, width=2.0)
        for (_, letter), spot, x in zip(values, spots, letters, strict=True):
            if abs(x - spot) > LEADS_FROM:
                leads.append(((spot, level), (x, middle + 1.0)))
            (rings if letter == reference else dots).append((spot, level))
            _text(axes, (x, middle + LETTER_ABOVE), letter, align="center", colour=INK)
    _lines(axes, leads, colour=QUIET, width=0.8)
    _dots(axes, dots, size=6.5, face=DARK, edge=DARK)
    _dots(axes, rings, size=7.5, face="#fff", edge=WARM)


def _kept_in(axes: Axes, positions: Sequence[float], apart: float) -> list[float]:
    """Keep letters within the plot."""
    left, right = float(axes.bbox.x0) + apart / 2, float(axes.bbox.x1) - apart / 2
    n = len(positions)
    return [
        min(max(x, left + number * apart), right - (n - 1 - number) * apart)
        for number, x in enumerate(positions)
    ]


def _dots(axes: Axes, spots: Sequence[_Spot], *, size: float, face: str, edge: str) -> None:
    axes.plot(
        [x for x, _ in spots],
        [y for _, y in spots],
        "o",
        markersize=size,
        markerfacecolor=face,
        markeredgecolor=edge,
        markeredgewidth=2.0 if face != edge else 0.0,
        transform=IdentityTransform(),
    )


def _text(axes: Axes, spot: tuple[float, float], text: str, *, align: str, colour: str) -> None:
    axes.text(
        *(*spot, broken(text, LETTERS_OF_NAME)),
        ha=align,
        va="center",
        fontsize=ROW_LETTER_SIZE,
        fontweight="bold" if colour == INK else "normal",
        color=colour,
        transform=IdentityTransform(),
    )


def _dots_message(rows: Sequence[MunicipalityRow], words: Words) -> str:
    """Say for whom the options differ most, and how far."""
    spans = {row.name: values for row in rows if (values := _told(row))}
    if not spans:
        return words("unit.hidden")
    widest = max(spans, key=lambda each: spans[each][-1][0] - spans[each][0][0])
    (low, best), (high, worst) = spans[widest][0], spans[widest][-1]
    return words(
        "picture.dots_alt",
        n=words.plural("unit.municipalities", len(rows)),
        municipality=widest,
        low=words.number(low),
        best=best,
        high=words.number(high),
        worst=worst,
    )
