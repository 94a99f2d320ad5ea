"""How wide the columns of a table are, and how small its type has to be, before Word has seen it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..measures import text_points

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES_POINTS: Final = (9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0)
MANY_COLUMNS: Final = 8
SIZE_OF_MANY_POINTS: Final = 8.0
MOST_AIR_POINTS: Final = 26.0
LONGEST_WORD: Final = 26  # letters
FULLEST: Final = 0.99  # of the room, for the longest words of all columns
# Where a line may end: not in a number, nor in a span such as 13–19.
_BREAKS: Final = re.compile(r"[ \n\t]|(?<=[^\W\d]-)(?=[^\W\d])|(?<=\xad)")


def type_size(
    lines: Sequence[Sequence[str]],
    total_points: float,
    margin_points: float,
    largest: float = SIZES_POINTS[0],
) -> float:
    """Give the largest size, in points, at which no word has to be broken; the smallest if there is none.

    The first line is the head. A table of many columns is smaller from the start.
    """
    largest = min(largest, SIZE_OF_MANY_POINTS) if len(lines[0]) >= MANY_COLUMNS else largest
    for size in (largest, *SIZES_POINTS):
        if size <= largest and sum(_least(lines, size, margin_points)) <= FULLEST * total_points:
            return size
    return SIZES_POINTS[-1]


def column_widths(
    lines: Sequence[Sequence[str]], total_points: float, margin_points: float, size: float
) -> list[float]:
    """Give the width of each column, in points; together they are no wider than the text.

    Each column has its longest word, and of what is left as much as its longest line asks for.
    """
    least = _least(lines, size, margin_points)
    wished = [
        max(text_points(line, size) for cell in column for line in cell.split("\n")) + 2 * margin_points + 1.0
        for column in zip(*lines, strict=True)
    ]
    if sum(least) >= total_points:
        return [each * total_points / sum(least) for each in least]
    if sum(wished) <= total_points:
        air = min((total_points - sum(wished)) / len(wished), MOST_AIR_POINTS)
        return [each + air for each in wished]
    return _shared_out(least, wished, _longing(lines, least, size, margin_points), total_points)


def heads_without_needless_hyphens(
    heads: Sequence[str], widths: Sequence[float], margin_points: float, size: float
) -> list[str]:
    """Leave out the soft hyphens of words that have room: who copies a head gets them with it."""
    return [
        " ".join(_unless_needed(word, width - 2 * margin_points, size) for word in head.split(" "))
        for head, width in zip(heads, widths, strict=True)
    ]


def _unless_needed(word: str, room: float, size: float) -> str:
    whole = word.replace("\xad", "")
    return whole if text_points(whole, size) <= room else word


def _longing(
    lines: Sequence[Sequence[str]], least: Sequence[float], size: float, margin_points: float
) -> list[float]:
    """How much of a column's text would go to further lines, all cells together."""
    return [
        1.0 + sum(max(0.0, text_points(cell, size) + 2 * margin_points - low) for cell in column)
        for low, column in zip(least, zip(*lines, strict=True), strict=True)
    ]


def _shared_out(
    least: Sequence[float], wished: Sequence[float], longing: Sequence[float], total_points: float
) -> list[float]:
    """Share what is left by longing, so that the table becomes low; no column gets more than it wished."""
    widths = list(least)
    open_columns = set(range(len(widths)))
    while open_columns:
        left = total_points - sum(widths)
        longings = sum(longing[index] for index in open_columns)
        sated = {
            index
            for index in open_columns
            if wished[index] - widths[index] <= left * longing[index] / longings
        }
        if not sated:
            for index in open_columns:
                widths[index] += left * longing[index] / longings
            break
        for index in sated:
            widths[index] = wished[index]
        open_columns -= sated
    return widths


def _least(lines: Sequence[Sequence[str]], size: float, margin_points: float) -> list[float]:
    return [
        max(text_points(word, size) for cell in column for word in _words(cell)) + 2 * margin_points + 1.0
        for column in zip(*lines, strict=True)
    ]


def _words(cell: str) -> list[str]:
    """Split a text where lines may be broken; what is no word of any language may be broken anywhere."""
    return [word[:LONGEST_WORD].replace("\xad", "-") for word in _BREAKS.split(cell)]
