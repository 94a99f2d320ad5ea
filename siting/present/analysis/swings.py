"""Which assumptions matter most: what each alone moves, and when another plan becomes better."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final

from ..document import Heading, Paragraph, Picture, Table
from ..pictures.drawing import Frame
from ..pictures.plots import Span, swings
from ..tables import TableView
from .assumed import name_of, value_text
from .shown import FLIP_DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...analysis.uncertainty import Assumption, Swing, Uncertainty
    from ..document import Block
    from .shown import Shown

MOST_NAMED: Final = 3


def nominal_of(shown: Shown) -> float | None:
    """Give the first objective of the plan chosen, as the scenario says."""
    objectives = shown.outcome.plan.objectives
    return objectives[0].value if objectives else None


def swing_blocks(found: Uncertainty, shown: Shown) -> Iterator[Block]:
    """Tell what each assumption alone moves, and when another plan becomes better."""
    words, name = shown.words, found.objective_name
    yield Heading(words("analysis.sure.swings"))
    lead = words("analysis.sure.swings_lead")
    if _no_number_flips(found, shown):
        lead = f"{lead} {words('analysis.sure.no_number_flips')}"
    yield Paragraph(lead)
    ordered = sorted(found.swings, key=lambda each: -_width(each))
    rows = [
        Span(
            name_of(each.assumption.key, shown),
            shown.on_axis(name, each.chosen_low),
            shown.on_axis(name, each.chosen_high),
        )
        for each in ordered
        if _width(each) > 0
    ]
    nominal = shown.on_axis(name, nominal_of(shown))
    caption = words("analysis.sure.swings_plot", measure=shown.measure_inside(name), mode=shown.mode)
    frame = Frame(
        "swings",
        _swings_alt(ordered, found, shown),
        shown.axis(name),
        legend=(words("analysis.sure.low"), words("analysis.sure.high")),
    )
    if rows and nominal is not None:
        yield Picture(swings(rows, nominal, frame, words), caption, frame.alt)
    yield Table(_swings_table(ordered, name, shown), words("analysis.sure.swings_caption", mode=shown.mode))


def _swings_alt(ordered: list[Swing], found: Uncertainty, shown: Shown) -> str:
    """Say which assumptions move the value most, from where to where, and whether none changes the plan."""
    name = found.objective_name
    moving = [each for each in ordered if _width(each) > 0]
    named = [
        shown.words(
            "analysis.sure.swings_alt_each",
            name=name_of(each.assumption.key, shown),
            low=shown.value(name, each.chosen_low),
            high=shown.value(name, each.chosen_high),
        )
        for each in moving[:MOST_NAMED]
    ]
    text = shown.words("analysis.sure.swings_alt", named="; ".join(named))
    if _no_number_flips(found, shown):
        return f"{text} {shown.words('analysis.sure.alt_no_flip')}"
    return text


def _width(swing: Swing) -> float:
    if swing.chosen_low is None or swing.chosen_high is None:
        return 0.0
    width = abs(swing.chosen_high - swing.chosen_low)
    return width if isfinite(width) else 0.0


def _no_number_flips(found: Uncertainty, shown: Shown) -> bool:
    """Whether numbers were tried, and none makes another plan better."""
    numbers = [each for each in found.swings if each.searched is not None]
    flips = any(each.flips_below is not None or each.flips_above is not None for each in numbers)
    return bool(numbers) and not flips and not _tells_regret(numbers, found.objective_name, shown)


def _tells_regret(swings_of: list[Swing], name: str, shown: Shown) -> bool:
    """Whether the plan chosen is worse than another at any of the values told."""
    none = {shown.difference(name, 0.0), shown.words("unit.unknown")}
    return any(_largest(each, name, shown) not in none for each in swings_of)


def _swings_table(ordered: list[Swing], name: str, shown: Shown) -> TableView:
    words = shown.words
    has_regret = _tells_regret(ordered, name, shown)
    rows = tuple(
        (
            name_of(each.assumption.key, shown),
            _flips(each, shown),
            _assumed(each.assumption, each.assumption.low, shown),
            _assumed(each.assumption, each.assumption.high, shown),
            words("unit.unknown") if each.chosen_low is None else shown.value(name, each.chosen_low),
            words("unit.unknown") if each.chosen_high is None else shown.value(name, each.chosen_high),
            *([_largest(each, name, shown)] if has_regret else []),
        )
        for each in ordered
    )
    worse = ("worse",) if has_regret else ()
    keys = ("assumption", "flips", "low_value", "high_value", "at_low", "at_high", *worse)
    columns = tuple(words(f"analysis.sure.column_{key}") for key in keys)
    return TableView(columns, rows, n_text_columns=2)


def _largest(swing: Swing, name: str, shown: Shown) -> str:
    regrets = [each for each in (swing.regret_low, swing.regret_high) if each is not None]
    return shown.difference(name, max(regrets)) if regrets else shown.words("unit.unknown")


def _flips(swing: Swing, shown: Shown) -> str:
    """Say below or above which value another plan is better; of a field, how often the plan is best."""
    words, each = shown.words, swing.assumption
    if swing.best_share_alone is not None:
        share, n = words.percent(swing.best_share_alone), words.number(swing.n_alone)
        return words("analysis.sure.alone", share=share, n=n)
    parts = []
    for side in ("flips_below", "flips_above"):
        value = getattr(swing, side)
        if value is not None:
            told = float(f"{value:.{FLIP_DIGITS}g}")
            parts.append(words(f"analysis.sure.{side}", value=_assumed(each, told, shown)))
    if parts:
        return words("unit.or").join(parts)
    if swing.searched is None:
        return words("unit.unknown")
    low, high = (_assumed(each, value, shown) for value in swing.searched)
    return words("analysis.sure.no_flip", low=low, high=high)


def _assumed(assumption: Assumption, value: float | None, shown: Shown) -> str:
    return value_text(assumption.key, value, shown)
