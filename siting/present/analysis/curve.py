"""What each further satellite gives: the curve over their number."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ..document import Heading, Paragraph, Picture, Table
from ..pictures.drawing import Frame
from ..pictures.plots import Dot, dots
from ..tables import TableView
from .shown import COST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...analysis.trade_offs import CurvePoint, Point
    from ...scenario_choice import MeasureName
    from ..document import Block
    from .shown import Shown

LITTLE: Final = 0.25  # of what the satellite gives that gives most


def proof(point: Point, optimised: MeasureName, shown: Shown) -> str:
    """Say whether a plan is proven; if not, what none can be better than."""
    if point.is_proven or point.bound is None:
        return shown.words("analysis.yes" if point.is_proven else "analysis.no")
    bound = shown.value(optimised, point.bound)
    if bound == shown.value(optimised, getattr(point.measures, optimised)):
        return shown.words("analysis.trade.bound_alike")
    return shown.words("analysis.trade.bound", bound=bound)


def value_of(point: Point, first: MeasureName) -> float | None:
    """Give the first objective of a plan: by another mode of travel it is not the measure of that name."""
    objectives: dict[str, float | None] = {each.name: each.value for each in point.plan.objectives}
    return objectives.get(first, getattr(point.measures, first))


def curve_blocks(curve: tuple[CurvePoint, ...], shown: Shown) -> Iterator[Block]:
    """Tell the best plan for each number of satellites."""
    words = shown.words
    measure = shown.outcome.scenario.choice.objectives[0].measure
    yield Heading(words("analysis.trade.curve"))
    yield Paragraph(words("analysis.trade.curve_lead"))
    caption = words("analysis.trade.curve_plot", measure=shown.measure(measure), mode=shown.mode)
    frame = Frame(
        "curve",
        _curve_alt(curve, shown),
        words("analysis.trade.n_satellites"),
        shown.axis(measure),
        legend=(words("analysis.trade.best_plan"), words("analysis.chosen")),
    )
    n_now = len(shown.outcome.plan.satellite)
    drawn = []
    for each in curve:
        value = None if each.point is None else value_of(each.point, measure)
        y = shown.on_axis(measure, value)
        if y is not None:
            drawn.append(Dot(each.n_satellites, y, shown.value(measure, value), each.n_satellites == n_now))
    yield Picture(dots(drawn, frame, words, joined=True), caption, frame.alt)
    yield Table(_curve_table(curve, shown), words("analysis.trade.curve_caption", mode=shown.mode))


def _curve_alt(curve: tuple[CurvePoint, ...], shown: Shown) -> str:
    """Say where the curve begins and ends, and whether each further satellite gives less."""
    words, name = shown.words, shown.outcome.scenario.choice.objectives[0].measure
    there = [(each.n_satellites, value_of(each.point, name)) for each in curve if each.point is not None]
    (n, value), (to_n, to_value) = there[0], there[-1]
    ends = {"n": words.number(n), "value": shown.value(name, value)}
    to = {"to_n": words.number(to_n), "to_value": shown.value(name, to_value)}
    only = "_only" if len(there) == 1 else ""
    sentences = [words(f"analysis.trade.curve_alt{only}", measure=shown.measure(name), **ends, **to)]
    told = [(count, value) for count, each in there if (value := shown.told(name, each)) is not None]
    gains = [(abs(after - before), k) for (k, before), (_, after) in pairwise(told)]
    if len(gains) > 1:
        is_less = all(later <= earlier + 1e-9 for (earlier, _), (later, _) in pairwise(gains))
        most, before = max(gains, key=lambda each: each[0])
        sentences.append(
            words(
                f"analysis.trade.curve_alt_{'less' if is_less else 'most'}",
                gain=shown.difference(name, most),
                n=words.number(before),
                more=words.number(before + 1),
            )
        )
        sentences += _where_little_is_gained(gains, most, shown)
    return " ".join(sentences)


def _where_little_is_gained(gains: Sequence[tuple[float, int]], most: float, shown: Shown) -> Iterator[str]:
    """Say from which number on each further satellite gives little; nothing where none does."""
    words, name = shown.words, shown.outcome.scenario.choice.objectives[0].measure
    enough = [place for place, (gain, _) in enumerate(gains) if gain >= LITTLE * most]
    little = gains[enough[-1] + 1 :]
    if little:
        gain = shown.in_words(name, max(gain for gain, _ in little))
        yield words("analysis.trade.curve_alt_small", n=words.number(little[0][1]), gain=gain)


def _curve_table(curve: tuple[CurvePoint, ...], shown: Shown) -> TableView:
    words = shown.words
    measure = shown.outcome.scenario.choice.objectives[0].measure
    columns = (
        words("analysis.trade.n_satellites"),
        words("analysis.column_places"),
        words("analysis.column_proven"),
        shown.measure(measure),
        words("analysis.trade.column_gain"),
        *((shown.measure(COST),) if measure != COST else ()),
    )
    rows, before = [], None
    for each in curve:
        number, none = words.number(each.n_satellites), words("unit.unknown")
        if each.point is None:
            empty = (none,) * (len(columns) - 3)
            rows.append((number, words("analysis.no_plan"), none, *empty))
            before = None
            continue
        value = value_of(each.point, measure)
        gain = none if before is None or value is None else shown.difference(measure, value - before)
        cost = shown.value(COST, each.point.measures.cost)
        rows.append(
            (
                number,
                shown.plan(each.point.plan),
                proof(each.point, measure, shown),
                shown.value(measure, value),
                gain,
                *((cost,) if measure != COST else ()),
            )
        )
        before = value
    return TableView(columns, tuple(rows), n_text_columns=3)
