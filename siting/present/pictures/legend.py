"""What stands beside a map: what its marks, lines and shades mean, and how long its kilometres are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from matplotlib.patches import Rectangle

from .drawing import INK, QUIET, broken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from ..words import Words

TEXT_SIZE: Final = 11.5
LINE_HEIGHT: Final = 15.0
BETWEEN: Final = 5.0
BEFORE_HEAD: Final = 12.0
SWATCH: Final = (22.0, 14.0)
TEXT_AFTER: Final = 30.0
LETTERS: Final = 20
LETTERS_OF_HEAD: Final = 25
LONGEST_BAR: Final = 90.0  # units
KILOMETRES: Final = (1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True)
class MarkLook:
    """How a place is drawn."""

    shape: str
    size: float
    face: str
    edge: str
    edge_width: float


@dataclass(frozen=True)
class AreaLook:
    """How an area is drawn."""

    face: str
    hatch: str = ""
    hatch_colour: str = "none"
    edge: str = "none"


@dataclass(frozen=True)
class LineLook:
    """How a line is drawn."""

    colour: str
    width: float
    dashes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A line of a legend; without a look it is the head of those that follow."""

    text: str
    look: MarkLook | AreaLook | LineLook | None = None


def draw_mark(axes: Axes, x: float, y: float, look: MarkLook) -> None:
    """Draw a place."""
    axes.plot(
        [x],
        [y],
        look.shape,
        markersize=look.size,
        markerfacecolor=look.face,
        markeredgecolor=look.edge,
        markeredgewidth=look.edge_width,
    )


def draw_legend(axes: Axes, corner: tuple[float, float], entries: Sequence[Entry]) -> float:
    """Say what is what, from a corner downwards; give where it ends."""
    left, top = corner
    for number, entry in enumerate(entries):
        is_head = entry.look is None
        lines = broken(entry.text, LETTERS_OF_HEAD if is_head else LETTERS).splitlines()
        top += BEFORE_HEAD if is_head and number else 0.0
        if entry.look is not None:
            _draw_swatch(axes, left, top + LINE_HEIGHT / 2, entry.look)
        for line in lines:
            axes.text(
                left if is_head else left + TEXT_AFTER,
                top + LINE_HEIGHT / 2,
                line,
                va="center",
                fontsize=TEXT_SIZE,
                fontweight="bold" if is_head else "normal",
            )
            top += LINE_HEIGHT
        top += BETWEEN
    return top


def _draw_swatch(axes: Axes, left: float, middle: float, look: MarkLook | AreaLook | LineLook) -> None:
    width, height = SWATCH
    if isinstance(look, MarkLook):
        draw_mark(axes, left + width / 2, middle, look)
    elif isinstance(look, LineLook):
        style = (0, look.dashes) if look.dashes else "-"
        axes.plot(
            [left, left + width], [middle, middle], color=look.colour, linewidth=look.width, linestyle=style
        )
    else:
        corner = (left, middle - height / 2)
        edge = QUIET if look.edge == "none" else look.edge
        axes.add_patch(
            Rectangle(
                corner,
                width,
                height,
                facecolor=look.face,
                edgecolor=look.hatch_colour,
                hatch=look.hatch,
                lw=0,
            )
        )
        axes.add_patch(Rectangle(corner, width, height, facecolor="none", edgecolor=edge, linewidth=0.8))


def draw_scale_bar(axes: Axes, corner: tuple[float, float], units_per_metre: float, words: Words) -> None:
    """Draw a bar of a round length, and that north is up; the corner is the lower left one."""
    left, bottom = corner
    units = 1000.0 * units_per_metre
    kilometres = max((each for each in KILOMETRES if each * units <= LONGEST_BAR), default=KILOMETRES[0])
    right = left + kilometres * units
    axes.plot([left, left, right, right], [bottom - 5, bottom, bottom, bottom - 5], color=INK, linewidth=1.4)
    label = words("picture.kilometres", number=words.number(kilometres))
    axes.text((left + right) / 2, bottom - 10, label, ha="center", va="center", fontsize=TEXT_SIZE)
    north = right + 24.0
    axes.annotate(
        "",
        xy=(north, bottom - 24.0),
        xytext=(north, bottom),
        arrowprops={"arrowstyle": "-|>", "color": INK, "shrinkA": 0, "shrinkB": 0},
    )
    axes.text(north, bottom - 31.0, words("picture.north"), ha="center", va="center", fontsize=TEXT_SIZE)
