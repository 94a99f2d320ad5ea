"""Draws how the visits are spread over travel times, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ...distribution import distribution_of
from ..document import Picture
from ..modes import by_mode
from ..tables import NO_BREAK, gate_of
from .drawing import CLASS_UPPER_MINUTES, DARK, WARM, Frame, broken, drawing, name_of, svg, ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from ...distribution import Distribution
    from ...study import Outcome
    from ..words import Words

HEIGHT: Final = 300.0
BAR: Final = 0.4  # of the room of a class
ABOVE_BAR: Final = 3.0  # units
LABEL_SIZE: Final = 10.5
LETTERS_OF_TITLE: Final = 60
USUAL_LIMIT: Final = 30


class _Told(NamedTuple):
    """A share as it may be told."""

    percent: float
    """Height of its bar; 0 where it is not told."""
    text: str


def travel_histogram(before: Outcome | None, after: Outcome, words: Words) -> Picture:
    """Draw shares of the visits to the nearest reception by travel minutes, and those of a plan before."""
    outcomes = [after] if before is None else [before, after]
    spreads = [_distribution(each) for each in outcomes]
    has_digital = any(each.digital_share > 0 for each in spreads)
    has_unserved = any(each.unserved_share > 0 for each in spreads)
    classes = [
        *_class_texts(words),
        *([words("picture.digital")] if has_digital else []),
        *([words("picture.no_place")] if has_unserved else []),
    ]
    told = [
        _told(outcome, _shares(each, has_digital=has_digital, has_unserved=has_unserved), words)
        for outcome, each in zip(outcomes, spreads, strict=True)
    ]
    titles = [str(getattr(each.scenario.title, words.language)) for each in outcomes]
    alt = _message(outcomes, spreads, titles, words)
    mode = by_mode(after.scenario, words)
    frame = Frame(
        name_of("times", *(each.scenario.name for each in outcomes)),
        alt,
        words("picture.minutes_of_visit", mode=mode),
        words("picture.share_of_visits"),
    )
    with drawing(frame, height=HEIGHT) as (figure, axes):
        for number, (title, shares) in enumerate(zip(titles, told, strict=True)):
            offset = 0.0 if before is None else (number - 0.5) * BAR
            _draw_bars(
                axes, shares, offset, broken(title, LETTERS_OF_TITLE), is_before=number < len(outcomes) - 1
            )
        axes.set_xticks(range(len(classes)), [broken(each, 12) for each in classes])
        axes.tick_params(axis="x", length=0)
        ticks(axes.yaxis, words, whole=True)
        axes.set_ylim(0, max(1.0, *(each.percent for shares in told for each in shares)) * 1.12)
        axes.grid(visible=True, axis="y")
        drawn = svg(figure, frame)
    key = "picture.times_caption" if before is None else "picture.times_compared_caption"
    return Picture(drawn, words(key, mode=mode, after=titles[-1], before=titles[0]), alt)


def _distribution(outcome: Outcome) -> Distribution:
    return distribution_of(outcome.plan, outcome.region, "near", CLASS_UPPER_MINUTES)


def _class_texts(words: Words) -> tuple[str, ...]:
    """Name the classes of minutes; that the upper limit belongs to them is said at the axis."""
    lowest = (0, *CLASS_UPPER_MINUTES)
    closed = (f"{low}–{upper}" for low, upper in zip(lowest, CLASS_UPPER_MINUTES, strict=False))
    return (*closed, words("picture.longer", minutes=CLASS_UPPER_MINUTES[-1]))


def _shares(spread: Distribution, *, has_digital: bool, has_unserved: bool) -> list[float]:
    return [
        *spread.shares,
        *([spread.digital_share] if has_digital else []),
        *([spread.unserved_share] if has_unserved else []),
    ]


def _told(outcome: Outcome, shares: Sequence[float], words: Words) -> list[_Told]:
    """Pass the shares through the gate; a bar is as high as its share is told."""
    gate, youths = gate_of(outcome.scenario), outcome.evaluation.county.youths_in_effect
    told = []
    for share in shares:
        shown = gate.stepped_share(share, youths)
        if shown is None:
            told.append(_Told(0.0, gate.share_text(share, youths, words)))
        else:  # what is nearly none or all is told as "<1 %" or ">99 %"
            told.append(_Told(100 * shown, words.percent(share if shown in (0.0, 1.0) else shown)))
    return told


def _draw_bars(axes: Axes, shares: Sequence[_Told], offset: float, title: str, *, is_before: bool) -> None:
    face, edge = ("#fff", WARM) if is_before else (DARK, DARK)
    middles = [number + offset for number in range(len(shares))]
    axes.bar(
        middles,
        [each.percent for each in shares],
        width=BAR * 0.92,
        label=title,
        facecolor=face,
        edgecolor=edge,
        lw=1.5,
    )
    for middle, each in zip(middles, shares, strict=True):
        axes.annotate(
            each.text.replace(" ", NO_BREAK),
            (middle, each.percent),
            xytext=(0, ABOVE_BAR),
            textcoords="offset points",
            ha="center",
            fontsize=LABEL_SIZE,
        )


def _message(
    outcomes: Sequence[Outcome], spreads: Sequence[Distribution], titles: Sequence[str], words: Words
) -> str:
    """Say what share of the visits lies within the standard, and in the plan before."""
    standard = outcomes[-1].scenario.choice.standard_minutes
    limit = standard if standard in CLASS_UPPER_MINUTES else USUAL_LIMIT
    told = [
        _told(outcome, [spread.within(limit)], words)[0].text
        for outcome, spread in zip(outcomes, spreads, strict=True)
    ]
    return words(
        "picture.times_alt" if len(told) == 1 else "picture.times_compared_alt",
        minutes=words.plain(limit),
        mode=by_mode(outcomes[-1].scenario, words),
        after=titles[-1],
        share=told[-1],
        before=titles[0],
        share_before=told[0],
    )
