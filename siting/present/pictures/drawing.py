"""How every picture is drawn: its style, its axes, and how it becomes SVG that stands in a page.

The same input gives the same bytes: no date, names of parts by a fixed salt. Words stay text in the page's
font; what is told apart by colour is told apart by shape or hatching too, so that print without colours and
eyes that see few tell the same. Plotted values must be rounded as they are shown, for a reader can measure
where a point stands.
"""

from __future__ import annotations

import hashlib
import io
import math
import re
import textwrap
import unicodedata
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import IdentityTransform

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
MOST_LINES: Final = 3
LETTERS_OF_X_AXIS: Final = 66
LETTERS_OF_Y_AXIS: Final = 36
LETTERS_OF_LEGEND: Final = 56  # longer ones stand one under the other
CLASS_UPPER_MINUTES: Final = (10, 20, 30, 45, 60)
"""The breaks of the interactive map's classes, so that all pictures can be laid side by side."""
HALO: Final = "halo"  # begins the gid of texts that stand on something
LINES: Final = "lines"  # begins the gid of texts of several lines
HALO_STYLE: Final = "paint-order: stroke; stroke: #fff; stroke-width: 3px"
FONT: Final = "DejaVu Sans"  # comes with matplotlib, so that lengths are the same everywhere
WIDER_IN_BOLD: Final = 1.08
ROOM_FOR_OTHER_FONTS: Final = 1.1  # page and paper have their own
Spot = tuple[float, float]
Line = tuple[Spot, Spot]
SVG: Final = "{http://www.w3.org/2000/svg}"
XLINK: Final = "{http://www.w3.org/1999/xlink}"
STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "siting",
    "text.parse_math": False,  # names of places may hold any sign
    "font.family": [FONT],
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
class Frame:
    """What stands around a plot."""

    name: str
    """Tells it from the others of a page: letters and digits."""
    alt: str
    """For those who do not see it."""
    x_label: str
    y_label: str = ""
    legend: tuple[str, ...] = ()


@contextmanager
def _in_style() -> Iterator[None]:
    """Draw in the style of the page; a sign that only the page's font has is no fault."""
    with rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


@contextmanager
def drawing(frame: Frame, *, height: float) -> Iterator[tuple[Figure, Axes]]:
    """Give a figure with one pair of axes, in the style of the page."""
    with _in_style():
        size = (WIDTH / UNITS_PER_INCH, height / UNITS_PER_INCH)
        figure = Figure(figsize=size, dpi=UNITS_PER_INCH, layout="constrained")
        axes = figure.add_subplot()
        axes.set_xlabel(broken(frame.x_label, LETTERS_OF_X_AXIS))
        axes.set_ylabel(broken(frame.y_label, LETTERS_OF_Y_AXIS))
        yield figure, axes


@contextmanager
def canvas(width: float, height: float) -> Iterator[tuple[Figure, Axes]]:
    """Give a figure without axes, to draw on in the units of the picture; y counts downwards."""
    with _in_style():
        figure = Figure(figsize=(width / UNITS_PER_INCH, height / UNITS_PER_INCH), dpi=UNITS_PER_INCH)
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_xlim(0.0, width)
        axes.set_ylim(height, 0.0)
        axes.set_axis_off()
        yield figure, axes


def name_of(kind: str, *parts: str) -> str:
    """Make the name of a picture from what tells it from others of its kind: letters and digits.

    Examples
    --------
    >>> name_of("map", "two-mains").isalnum()
    True
    """
    return kind + hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=4).hexdigest()


def lines_in_units(axes: Axes, lines: Sequence[Line], *, colour: str, width: float) -> None:
    """Draw lines between points of the picture as one, interrupted by what is no number."""
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


def text_width(text: str, size: float) -> float:
    """Give the room that a line of text takes, in units of the picture, whatever the font."""
    font = FontProperties(family=[FONT], size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(_writable(text), font, False)
    return float(width) * ROOM_FOR_OTHER_FONTS


def broken(text: str, letters: int) -> str:
    """Break a text to a few lines, without what XML cannot hold; a table nearby has all of it."""
    return "\n".join(textwrap.wrap(_writable(text), letters, max_lines=MOST_LINES, placeholder=" …"))


def _writable(text: str) -> str:
    """Leave out what XML cannot hold, and what no font shows but spaces."""
    return "".join(each for each in text if each.isprintable() or unicodedata.category(each) == "Zs")


def ticks(axis: Axis, words: Words, *, whole: bool = False) -> None:
    """Mark round values on an axis, in the language's numbers."""
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10], integer=whole))
    axis.set_major_formatter(FuncFormatter(lambda value, _: words.plain(round(value, 6))))


def add_legend(figure: Figure) -> None:
    """Say under the plot what is what, side by side if it fits."""
    handles, labels = figure.axes[0].get_legend_handles_labels()
    if labels:
        fits = sum(map(len, labels)) <= LETTERS_OF_LEGEND
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels) if fits else 1)


def svg(figure: Figure, frame: Frame, *, finish: Callable[[Axes], None] | None = None) -> str:
    """Write a drawing for a page; `finish` draws what needs to know where all else has its place."""
    add_legend(figure)
    if finish:
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        finish(figure.axes[0])
    for number, text in enumerate(figure.findobj(Text)):
        if isinstance(text, Text) and "\n" in text.get_text():
            text.set_gid(f"{LINES}-{text.get_horizontalalignment()}-{number}")
    buffer = io.BytesIO()
    canvas: Any = FigureCanvasSVG(figure)  # whose methods have no types
    canvas.print_svg(buffer, metadata={"Date": None, "Creator": None})
    root = ElementTree.fromstring(buffer.getvalue())
    return for_a_page(root, frame)


def for_a_page(root: ElementTree.Element, frame: Frame) -> str:
    """Make a drawing part of a page: its style must not reach out, its ids not meet those of others."""
    for parent in list(root.iter()):
        if parent.get("id", "").startswith(HALO):
            for text in parent.iter(f"{SVG}text"):
                text.set("style", f"{text.get('style', '')}; {HALO_STYLE}")
        if parent.get("id", "").startswith(LINES):
            for text in parent.iter(f"{SVG}text"):
                _anchor(text, parent.get("id", "").split("-")[1])
        for child in list(parent):
            if child.tag == f"{SVG}metadata" or child.find(f"{SVG}style") is not None:
                parent.remove(child)
    wanted = set(re.findall(r"(?:url\(|href=\")#(\w+)", ElementTree.tostring(root, encoding="unicode")))
    for element in root.iter():
        _rename(element, wanted, lambda found: f"{frame.name}-{found}")
        element.tag = element.tag.removeprefix(SVG)
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    alt = _writable(frame.alt)
    root.attrib.update({"xmlns": SVG[1:-1], "role": "img", "aria-label": alt, "class": "plot"})
    root.set("stroke-linejoin", "round")
    return ElementTree.tostring(root, encoding="unicode")


def _anchor(line: ElementTree.Element, align: str) -> None:
    """Have a line of several end, or have its middle, where it does in this font also in the page's."""
    part, anchor = {"right": (1.0, "end"), "center": (0.5, "middle")}.get(align, (0.0, "start"))
    style, where = line.get("style", ""), line.get("transform", "")
    size = re.search(r"font-size: ([\d.]+)px", style)
    found = re.fullmatch(r"translate\(([-\d.]+) ([-\d.]+)\)(?: rotate\(-90\))?", where)
    if size is None or found is None:
        return
    along = part * text_width(line.text or "", float(size[1])) / ROOM_FOR_OTHER_FONTS
    x, y = float(found[1]), float(found[2])
    x, y = (x, y - along) if "rotate" in where else (x + along, y)
    turn = " rotate(-90)" if "rotate" in where else ""
    line.set("transform", f"translate({x:.2f} {y:.2f}){turn}")
    line.set("style", f"{style}; text-anchor: {anchor}")


def _rename(element: ElementTree.Element, wanted: set[str], rename: Callable[[str], str]) -> None:
    if "id" in element.attrib:
        found = element.attrib.pop("id")
        if found in wanted:
            element.set("id", rename(found))
    if f"{XLINK}href" in element.attrib:
        element.set("href", f"#{rename(element.attrib.pop(f'{XLINK}href').removeprefix('#'))}")
    if "d" in element.attrib:
        element.set("d", re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):.2f}", element.attrib["d"]))
    for key in ("style", "clip-path"):
        if key in element.attrib:
            value = re.sub(r"url\(#(\w+)\)", lambda match: f"url(#{rename(match[1])})", element.attrib[key])
            element.set(key, re.sub(r"font-family: [^;]*;? ?", "", value))
