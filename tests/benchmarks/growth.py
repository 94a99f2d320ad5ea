"""How the time of a proven p-median grows with cells, sites and p: a plot with the exponents.

``run.py --only growth --save FILE --plot docs/growth.svg``, or ``run.py --show FILE --plot ...`` to draw
it again. Needs matplotlib, which siting itself does not.
"""

from __future__ import annotations

import re
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness import Row
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

INK, QUIET, SOFT, ACCENT, GRID = "#1f2933", "#52606d", "#8795a1", "#0b6e99", "#e4e7eb"
LEGEND: Final = (
    "Dark: the median of three draws from the country. Grey: each of them. "
    "Hollow: stopped by the time limit, not in the line. Both axes logarithmic."
)
QUESTION: Final = re.compile(r"([\d,]+) x ([\d,]+)(?:, seed \d+)?, p = (\d+)")
AXES: Final = (("cells", 0), ("sites", 1), ("p, the sites to open", 2))
STYLE: Final = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "siting",  # the same file for the same figures
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


@dataclass(frozen=True, eq=False)
class Line:
    """Time against one of the three sizes, the other two as they are."""

    name: str
    others: str  # in words
    size: NDArray[np.float64]  # (k,) ascending
    seconds: tuple[tuple[float, ...], ...]  # of each size, one of each seed
    is_proven: NDArray[np.bool_]  # (k,) all of them

    @property
    def middle(self) -> NDArray[np.float64]:
        """Median seconds of each size."""
        return np.array([statistics.median(each) for each in self.seconds])

    @property
    def power(self) -> tuple[float, float]:
        """Exponent and factor of seconds = factor x size ** exponent, by least squares of the logarithms."""
        x, y = np.log(self.size[self.is_proven]), np.log(self.middle[self.is_proven])
        exponent, constant = np.polyfit(x, y, 1)
        return float(exponent), float(np.exp(constant))


def lines(rows: Sequence[Row]) -> list[Line]:
    """Gather the growth rows: for each axis the points that share the other two sizes, the most of them."""
    runs: dict[tuple[int, int, int], list[Row]] = {}
    for row in rows:
        found = QUESTION.search(row.question) if row.group == "growth" else None
        if found and row.seconds is not None:
            size = tuple(int(found[k].replace(",", "")) for k in (1, 2, 3))
            runs.setdefault(size, []).append(row)
    return [_line(runs, name, axis) for name, axis in AXES if runs]


def _line(runs: dict[tuple[int, int, int], list[Row]], name: str, axis: int) -> Line:
    by_others: dict[tuple[int, ...], list[tuple[int, int, int]]] = {}
    for size in runs:
        by_others.setdefault(tuple(size[k] for k in range(3) if k != axis), []).append(size)
    others, sizes = max(by_others.items(), key=lambda item: len(item[1]))
    sizes = sorted(sizes, key=lambda size: size[axis])
    words = [("cells", "sites", "p = ")[k] for k in range(3) if k != axis]
    said = [f"p = {n}" if word == "p = " else f"{n:,} {word}" for word, n in zip(words, others, strict=True)]
    return Line(
        name,
        ", ".join(said),
        np.array([size[axis] for size in sizes], dtype=np.float64),
        tuple(tuple(row.seconds or 0.0 for row in runs[size]) for size in sizes),
        np.array([all(row.last.get("proven") for row in runs[size]) for size in sizes]),
    )


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draw the plot as SVG (or as PNG, by the file's name)."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    found = [line for line in lines(rows) if len(line.size) > 1]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11, 4.2), layout="constrained")
        panels = figure.subplots(1, max(1, len(found)), sharey=True, squeeze=False)[0]
        for axes, line in zip(panels, found, strict=False):
            _panel(axes, line)
        panels[0].set_ylabel("seconds to the proven optimum")
        figure.get_layout_engine().set(wspace=0.06)
        figure.supxlabel(LEGEND, fontsize=9.5, color=QUIET, x=0.01, ha="left")
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, metadata=metadata, dpi=110)


def _panel(axes: Axes, line: Line) -> None:
    from matplotlib.ticker import LogLocator, NullLocator

    exponent, factor = line.power
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.grid(visible=True, which="major", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(SOFT)
    axes.tick_params(which="both", length=0)
    ends = line.size[line.is_proven][[0, -1]]
    axes.plot(ends, factor * ends**exponent, color=ACCENT, linewidth=2, zorder=2)
    for size, seconds, proven in zip(line.size, line.seconds, line.is_proven, strict=True):
        axes.scatter([size] * len(seconds), seconds, s=22, color=SOFT, zorder=3)
        middle = statistics.median(seconds)
        axes.scatter(size, middle, s=46, facecolor=INK if proven else "white", edgecolor=INK, zorder=4)
    axes.margins(x=0.08, y=0.1)
    axes.set_xticks(line.size, [_tick(size) for size in line.size])
    axes.set_xticks([], minor=True)
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(line.name)
    symbol = line.name.split(",")[0]
    axes.set_title(f"grows as {symbol}$^{{{exponent:.1f}}}$", loc="left", color=ACCENT, fontsize=14, pad=22)
    axes.text(0, 1.03, line.others, transform=axes.transAxes, fontsize=10, color=INK)


def _tick(size: float) -> str:
    return f"{size / 1000:g}k" if size >= 1000 else f"{size:g}"
