"""Draws plots as SVG that stands in a page: every figure comes finished, rounded and with its unit.

The same input gives the same bytes: no date, names of parts by a fixed salt. Words stay text in the page's
font; what is told apart by colour is told apart by shape or hatching too, so that print without colours and
eyes that see few tell the same. Plotted values must be rounded as they are shown, for a reader can measure
where a point stands.
"""

from __future__ import annotations

import io
import math
import re
import textwrap
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from ..words import Words

WIDTH: Final = 600.0  # units of the picture; the page scales it
UNITS_PER_INCH: Final = 72.0
INK: Final = "#1b2430"
QUIET: Final = "#52606d"
LINE: Final = "#d3dae1"
DARK: Final = "#00424f"
WARM: Final = "#c2570c"
PALE: Final = "#7fb0bb"
MOST_BARS: Final = 30
FINEST_BAR: Final = 0.01
ROW_HEIGHT: Final = 26.0
BAR_HEIGHT: Final = 17.0
LINE_HEIGHT: Final = 16.0
MOST_LINES: Final = 3
LETTERS_OF_ROW: Final = 32  # names of rows are broken to lines of so many
LETTERS_OF_X_AXIS: Final = 66
LETTERS_OF_Y_AXIS: Final = 36
LETTERS_OF_AXIS_BESIDE_ROWS: Final = 40
LETTERS_OF_LEGEND: Final = 56  # longer ones stand one under the other
FEWEST_UNITS_BETWEEN_LABELS: Final = 15.0
SVG: Final = "{http://www.w3.org/2000/svg}"
XLINK: Final = "{http://www.w3.org/1999/xlink}"
STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "siting",
    "text.parse_math": False,  # names of places may hold any sign
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so that lengths are the same everywhere
    "font.size": 12.0,
    "text.color": INK,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.labelsize": 12.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "hatch.linewidth": 1.2,
    "legend.frameon": False,
    "legend.fontsize": 12.0,
}


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


@dataclass(frozen=True)
class Frame:
    """What stands around a plot."""

    name: str
    """Tells it from the others of a page: letters and digits."""
    alt: str
    """For those who do not see it."""
    x_label: str
    y_label: str = ""
    legend: tuple[str, ...] = ()


def dots(points: Sequence[Dot], frame: Frame, words: Words, *, joined: bool = False) -> str:
    """Plot plans in two measures, the chosen one as a filled square; steps are joined by a line."""
    with _drawing(frame, height=330.0) as (figure, axes):
        _ticks(axes.xaxis, words, whole=joined)
        _ticks(axes.yaxis, words)
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
        return _svg(figure, frame, labelled=points)


def bars(rows: Sequence[Bar], frame: Frame, words: Words, *, most: float | None = None) -> str:
    """Plot a bar for each row, first above; what is not the part, or of the other kind, is hatched."""
    solid = [(place, _solid(row)) for place, row in enumerate(rows)]
    hatched = [(place, row.value - _solid(row), _solid(row)) for place, row in enumerate(rows)]
    with _drawing(frame, height=_height(rows)) as (figure, axes):
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
        return _svg(figure, frame)


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
    with _drawing(frame, height=_height(rows)) as (figure, axes):
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
        return _svg(figure, frame)


def _present(rows: Sequence[Span], key: str) -> list[tuple[float, int]]:
    """Give the values that there are, and their rows."""
    values = [(getattr(row, key), place) for place, row in enumerate(rows)]
    return [(value, place) for value, place in values if value is not None]


def swings(rows: Sequence[Span], nominal: float, frame: Frame, words: Words) -> str:
    """Plot how far each assumption moves a figure: low (hatched) and high (filled) from the nominal."""
    with _drawing(frame, height=_height(rows)) as (figure, axes):
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
        return _svg(figure, frame)


def spread(values: Sequence[float], *, marks: Sequence[tuple[str, float]], frame: Frame, words: Words) -> str:
    """Plot how often values fall where; marks are lines with their names.

    The bars end at round figures: the values themselves, which may be exact, cannot be measured.
    """
    styles = ("-", "--", ":")
    with _drawing(frame, height=290.0) as (figure, axes):
        axes.hist(values, bins=_round_edges(values), color=PALE, edgecolor="#fff")
        for style, (label, value) in zip(styles, marks, strict=False):
            axes.axvline(value, color=INK, linewidth=2, linestyle=style, label=label)
        _ticks(axes.xaxis, words)
        _ticks(axes.yaxis, words, whole=True)
        axes.grid(visible=True, axis="y")
        return _svg(figure, frame)


@contextmanager
def _drawing(frame: Frame, *, height: float) -> Iterator[tuple[Figure, Axes]]:
    """Give a figure with one pair of axes, in the style of the page."""
    with rc_context(STYLE):
        size = (WIDTH / UNITS_PER_INCH, height / UNITS_PER_INCH)
        figure = Figure(figsize=size, dpi=UNITS_PER_INCH, layout="constrained")
        axes = figure.add_subplot()
        axes.set_xlabel(_broken(frame.x_label, LETTERS_OF_X_AXIS))
        axes.set_ylabel(_broken(frame.y_label, LETTERS_OF_Y_AXIS))
        yield figure, axes


def _round_edges(values: Sequence[float]) -> list[float]:
    """Give the ends of at most some thirty bars: multiples of 1, 2 or 5, or of their tenths and so on."""
    low, high = min(values), max(values)
    least = max((high - low) / MOST_BARS, FINEST_BAR)
    power = 10.0 ** math.floor(math.log10(least))
    step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
    return [n * step for n in range(math.floor(low / step), math.floor(high / step) + 2)]


def _row_height(rows: Sequence[Bar] | Sequence[Span]) -> float:
    most_lines = max((len(_broken(row.label, LETTERS_OF_ROW).splitlines()) for row in rows), default=1)
    return max(ROW_HEIGHT, 10.0 + LINE_HEIGHT * most_lines)


def _height(rows: Sequence[Bar] | Sequence[Span]) -> float:
    """Give the height of a plot with so many rows, and what stands under them."""
    return 104.0 + len(rows) * _row_height(rows)


def _thickness(rows: Sequence[Bar] | Sequence[Span]) -> float:
    """Give the thickness of a bar, as a part of its row."""
    return BAR_HEIGHT / _row_height(rows)


def _broken(text: str, letters: int) -> str:
    """Break a text to a few lines, without what XML cannot hold; a table nearby has all of it."""
    plain = "".join(letter for letter in text if letter.isprintable())
    return "\n".join(textwrap.wrap(plain, letters, max_lines=MOST_LINES, placeholder=" …"))


def _ticks(axis: Axis, words: Words, *, whole: bool = False) -> None:
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10], integer=whole))
    axis.set_major_formatter(FuncFormatter(lambda value, _: words.plain(round(value, 6))))


def _rows_axis(axes: Axes, labels: Sequence[str], frame: Frame, words: Words) -> None:
    axes.set_xlabel(_broken(frame.x_label, LETTERS_OF_AXIS_BESIDE_ROWS))
    axes.set_yticks(range(len(labels)), [_broken(label, LETTERS_OF_ROW) for label in labels])
    axes.set_ylim(max(len(labels), 1) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="x")
    _ticks(axes.xaxis, words)


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


def _add_legend(figure: Figure) -> None:
    """Say under the plot what is what, side by side if it fits."""
    handles, labels = figure.axes[0].get_legend_handles_labels()
    if labels:
        fits = sum(map(len, labels)) <= LETTERS_OF_LEGEND
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels) if fits else 1)


def _svg(figure: Figure, frame: Frame, *, labelled: Sequence[Dot] = ()) -> str:
    _add_legend(figure)
    if labelled:  # where a label fits is known when all else has its place
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        _label_apart(figure.axes[0], labelled)
    buffer = io.BytesIO()
    canvas: Any = FigureCanvasSVG(figure)  # whose methods have no types
    canvas.print_svg(buffer, metadata={"Date": None, "Creator": None})
    root = ElementTree.fromstring(buffer.getvalue())
    return _for_a_page(root, frame)


def _for_a_page(root: ElementTree.Element, frame: Frame) -> str:
    """Make a drawing part of a page: its style must not reach out, its ids not meet those of others."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{SVG}metadata" or child.find(f"{SVG}style") is not None:
                parent.remove(child)
    wanted = set(re.findall(r"(?:url\(|href=\")#(\w+)", ElementTree.tostring(root, encoding="unicode")))
    for element in root.iter():
        _rename(element, wanted, lambda found: f"{frame.name}-{found}")
        element.tag = element.tag.removeprefix(SVG)
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    root.attrib.update({"xmlns": SVG[1:-1], "role": "img", "aria-label": frame.alt, "class": "plot"})
    return ElementTree.tostring(root, encoding="unicode")


def _rename(element: ElementTree.Element, wanted: set[str], rename: Callable[[str], str]) -> None:
    if "id" in element.attrib:
        found = element.attrib.pop("id")
        if found in wanted:
            element.set("id", rename(found))
    if f"{XLINK}href" in element.attrib:
        element.set("href", f"#{rename(element.attrib.pop(f'{XLINK}href').removeprefix('#'))}")
    for key in ("style", "clip-path"):
        if key in element.attrib:
            value = re.sub(r"url\(#(\w+)\)", lambda match: f"url(#{rename(match[1])})", element.attrib[key])
            element.set(key, re.sub(r"font-family: [^;]*;? ?", "", value))
