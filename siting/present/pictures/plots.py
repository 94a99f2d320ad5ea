"""Draws plots of an analysis: every figure comes finished, rounded and with its unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .drawing import DARK, INK, PALE, QUIET, WARM, Frame, broken, drawing, svg, ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from ..words import Words

ROW_HEIGHT: Final = 26.0
BAR_HEIGHT: Final = 17.0
LINE_HEIGHT: Final = 16.0
LETTERS_OF_ROW: Final = 32  # names of rows are broken to lines of so many
LETTERS_OF_AXIS_BESIDE_ROWS: Final = 40
FEWEST_UNITS_BETWEEN_LABELS: Final = 15.0


@dataclass(frozen=True)
class Dot:
    """A plan in two measures."""

    x: float
    y: float
    label: str
    is_chosen: bool = False


@dataclass(frozen=True)
class Bar:
    """A row with one value, or with two of which the first is a part of the second."""

    label: str
    value: float
    part: float | None = None
    is_other_kind: bool = False


@dataclass(frozen=True)
class Span:
    """A row from one value to another; None = there is none."""

    label: str
    start: float | None
    end: float | None


def dots(points: Sequence[Dot], frame: Frame, words: Words, *, joined: bool = False) -> str:
    """Plot plans in two measures, the chosen one as a filled square; steps are joined by a line."""
    with drawing(frame, height=330.0) as (figure, axes):
        ticks(axes.xaxis, words, whole=joined)
        ticks(axes.yaxis, words)
        axes.grid(visible=True)
        x, y = [each.x for each in points], [each.y for each in points]
        if joined:
            axes.plot(x, y, color=PALE, linewidth=2)
        for chosen, marker, face, size in ((False, "o", "#fff", 8.0), (True, "s", DARK, 10.0)):
            those = [each for each in points if each.is_chosen is chosen]
            axes.plot(
                [each.x for each in those],
                [each.y for each in those],
                marker,
                markersize=size,
                markerfacecolor=face,
                markeredgecolor=DARK,
                markeredgewidth=2,
                label=frame.legend[int(chosen)] if those and frame.legend else None,
            )
        axes.margins(0.14, 0.16)
        return svg(figure, frame, finish=lambda drawn: _label_apart(drawn, points))


def bars(rows: Sequence[Bar], frame: Frame, words: Words, *, most: float | None = None) -> str:
    """Plot a bar for each row, first above; what is not the part, or of the other kind, is hatched."""
    solid = [(place, _solid(row)) for place, row in enumerate(rows)]
    hatched = [(place, row.value - _solid(row), _solid(row)) for place, row in enumerate(rows)]
    with drawing(frame, height=_height(rows)) as (figure, axes):
        legend = frame.legend or (None, None)
        filled = [(place, width) for place, width in solid if width]
        axes.barh(
            [place for place, _ in filled],
            [width for _, width in filled],
            height=_thickness(rows),
            color=DARK,
            edgecolor=DARK,
            label=legend[0] if filled else None,
        )
        striped = [each for each in hatched if each[1]]
        axes.barh(
            [place for place, _, _ in striped],
            [width for _, width, _ in striped],
            left=[start for _, _, start in striped],
            height=_thickness(rows),
            facecolor="#fff",
            edgecolor=WARM,
            hatch="////",
            label=legend[1] if striped else None,
        )
        _rows_axis(axes, [row.label for row in rows], frame, words)
        axes.set_xlim(0, most or max([row.value for row in rows] + [1e-9]) * 1.05)
        return svg(figure, frame)


def _solid(row: Bar) -> float:
    return 0.0 if row.is_other_kind else row.value if row.part is None else row.part


def spans(rows: Sequence[Span], frame: Frame, words: Words) -> str:
    """Plot where each row starts (ring) and ends (square, below it and larger), with a line between.

    The legend names the ring and the square, then the lines of rows that shrink and that grow.
    """
    looks: tuple[tuple[str, str, float, str, str, int], ...] = (
        ("start", "o", 6.0, "#fff", QUIET, 3),
        ("end", "s", 9.0, DARK, DARK, 2),
    )
    with drawing(frame, height=_height(rows)) as (figure, axes):
        for place, row in enumerate(rows):
            if row.start is not None and row.end is not None:
                colour = WARM if row.end > row.start else PALE
                axes.plot([row.start, row.end], [place, place], color=colour, linewidth=3, zorder=1)
        for (key, marker, size, face, edge, level), label in zip(looks, frame.legend, strict=False):
            there = _present(rows, key)
            axes.plot(
                [value for value, _ in there],
                [place for _, place in there],
                marker,
                markersize=size,
                markerfacecolor=face,
                markeredgecolor=edge,
                markeredgewidth=2,
                label=label,
                zorder=level,
            )
        for colour, label in zip((PALE, WARM), frame.legend[2:], strict=False):
            axes.plot([], [], color=colour, linewidth=3, label=label)
        _rows_axis(axes, [row.label for row in rows], frame, words)
        axes.set_xlim(left=0)
        return svg(figure, frame)


def _present(rows: Sequence[Span], key: str) -> list[tuple[float, int]]:
    """Give the values that there are, and their rows."""
    values = [(getattr(row, key), place) for place, row in enumerate(rows)]
    return [(value, place) for value, place in values if value is not None]


def swings(rows: Sequence[Span], nominal: float, frame: Frame, words: Words) -> str:
    """Plot how far each assumption moves a figure: low (hatched) and high (filled) from the nominal."""
    with drawing(frame, height=_height(rows)) as (figure, axes):
        thickness = _thickness(rows) / 2
        looks = (("start", "#fff", "////", -0.5), ("end", DARK, "", 0.5))
        for (key, face, hatch, side), label in zip(looks, frame.legend, strict=True):
            there = _present(rows, key)
            axes.barh(
                [place + side * thickness for _, place in there],  # both may lie on one side
                [value - nominal for value, _ in there],
                left=nominal,
                height=thickness,
                label=label,
                facecolor=face,
                edgecolor=DARK,
                hatch=hatch,
            )
        axes.axvline(nominal, color=INK, linewidth=1.4)
        _rows_axis(axes, [row.label for row in rows], frame, words)
        return svg(figure, frame)


@dataclass(frozen=True)
class Bins:
    """How often values fall where: bins of one width, one beside the other."""

    start: float
    width: float
    counts: tuple[int, ...]


def spread(bins: Bins, *, marks: Sequence[tuple[str, float]], frame: Frame, words: Words) -> str:
    """Plot how often values fall where; marks are lines with their names."""
    styles = ("-", "--", ":")
    with drawing(frame, height=290.0) as (figure, axes):
        starts = [bins.start + n * bins.width for n in range(len(bins.counts))]
        axes.bar(starts, bins.counts, width=bins.width, align="edge", color=PALE, edgecolor="#fff")
        for style, (label, value) in zip(styles, marks, strict=False):
            axes.axvline(value, color=INK, linewidth=2, linestyle=style, label=label)
        ticks(axes.xaxis, words)
        ticks(axes.yaxis, words, whole=True)
        axes.grid(visible=True, axis="y")
        return svg(figure, frame)


def _row_height(rows: Sequence[Bar] | Sequence[Span]) -> float:
    most_lines = max((len(broken(row.label, LETTERS_OF_ROW).splitlines()) for row in rows), default=1)
    return max(ROW_HEIGHT, 10.0 + LINE_HEIGHT * most_lines)


def _height(rows: Sequence[Bar] | Sequence[Span]) -> float:
    """Give the height of a plot with so many rows, and what stands under them."""
    return 104.0 + len(rows) * _row_height(rows)


def _thickness(rows: Sequence[Bar] | Sequence[Span]) -> float:
    """Give the thickness of a bar, as a part of its row."""
    return BAR_HEIGHT / _row_height(rows)


def _rows_axis(axes: Axes, labels: Sequence[str], frame: Frame, words: Words) -> None:
    axes.set_xlabel(broken(frame.x_label, LETTERS_OF_AXIS_BESIDE_ROWS))
    axes.set_yticks(range(len(labels)), [broken(label, LETTERS_OF_ROW) for label in labels])
    axes.set_ylim(max(len(labels), 1) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="x")
    ticks(axes.xaxis, words)


def _label_apart(axes: Axes, points: Sequence[Dot]) -> None:
    """Write labels beside the points, the chosen one's first, none where it would touch another."""
    placed: list[tuple[float, float]] = []
    for each in sorted(points, key=lambda point: not point.is_chosen):
        x, y = axes.transData.transform((each.x, each.y))
        if all(abs(x - x0) + abs(y - y0) >= FEWEST_UNITS_BETWEEN_LABELS for x0, y0 in placed):
            axes.annotate(
                each.label, (each.x, each.y), xytext=(6, 6), textcoords="offset points", fontsize=11
            )
            placed.append((x, y))
