"""Draws what each municipality gets of each option."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from matplotlib.transforms import IdentityTransform

from ..document import Picture
from .drawing import (
    DARK,
    INK,
    LINE,
    PALE,
    QUIET,
    WARM,
    WIDER_IN_BOLD,
    Frame,
    broken,
    drawing,
    lines_in_units,
    svg,
    text_width,
    ticks,
)
from .placing import spread_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from ..words import Words
    from .drawing import Line, Spot

ROW_HEIGHT: Final = 30.0
ROW_LETTER_SIZE: Final = 11.0
LETTERS_APART: Final = 2.5  # units between letters of a row
DOT_BELOW: Final = 6.0  # the middle of the row
LETTER_ABOVE: Final = 6.0
LEADS_FROM: Final = 4.0  # a letter so far from its dot has a line to it
LETTERS_OF_NAME: Final = 24


@dataclass(frozen=True)
class MunicipalityRow:
    """Whole minutes of a municipality by the options' letters; None where they may not be told."""

    name: str
    minutes: Mapping[str, int | None]


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
    leads: list[Line] = []
    dots: list[Spot] = []
    rings: list[Spot] = []
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
        lines_in_units(axes, [((spots[0], level), (spots[-1], level))], colour=PALE, width=2.0)
        for (_, letter), spot, x in zip(values, spots, letters, strict=True):
            if abs(x - spot) > LEADS_FROM:
                leads.append(((spot, level), (x, middle + 1.0)))
            (rings if letter == reference else dots).append((spot, level))
            _text(axes, (x, middle + LETTER_ABOVE), letter, align="center", colour=INK)
    lines_in_units(axes, leads, colour=QUIET, width=0.8)
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


def _dots(axes: Axes, spots: Sequence[Spot], *, size: float, face: str, edge: str) -> None:
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
