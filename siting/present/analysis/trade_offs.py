"""What one measure costs in another: fronts, the curve over numbers, and the price of fairness."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..document import Heading, Paragraph, Part, Picture, Table
from ..pictures.drawing import Frame
from ..pictures.plots import Dot, dots
from ..tables import TableView
from .curve import curve_blocks, proof, value_of
from .shown import COST, SHARE, opened_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...analysis.trade_offs import Front, Point, PriceOfFairness, TradeOffs
    from ...plan import Plan
    from ...scenario_choice import MeasureName
    from ..document import Block
    from .shown import Shown


def trade_offs_part(found: TradeOffs, shown: Shown) -> Part:
    """Give the part of the page."""
    words = shown.words
    return Part(words("analysis.trade.title"), _summary(found, shown), lambda: _blocks(found, shown))


def _summary(found: TradeOffs, shown: Shown) -> str:
    """Say what one satellite more would give, and what fairness costs."""
    sentences = list(_one_more(found, shown))
    if found.fairness:
        sentences.append(_fairness_sentence(max(found.fairness, key=_tells_of_many), shown))
    return " ".join(sentences) or shown.words("analysis.trade.summary", n=len(found.fronts))


def _one_more(found: TradeOffs, shown: Shown) -> Iterator[str]:
    n_now = len(shown.outcome.plan.satellite)
    points = {each.n_satellites: each.point for each in found.curve if each.point is not None}
    if n_now not in points or n_now + 1 not in points:
        return
    before, after = points[n_now], points[n_now + 1]
    words = shown.words
    name = shown.outcome.scenario.choice.objectives[0].measure
    value, then = value_of(before, name), value_of(after, name)
    yield words(
        "analysis.trade.one_more",
        now=words.number(n_now),
        more=words.number(n_now + 1),
        where=_where_one_more(before.plan, after.plan, shown),
        measure=shown.measure_inside(name),
        before=shown.value(name, value),
        after=shown.value(name, then),
        gain=shown.in_words(name, None if value is None or then is None else then - value),
        mark="" if after.is_proven and before.is_proven else f"; {words('analysis.not_proven')}",
        mode=shown.mode,
    )
    dearer = after.measures.cost - before.measures.cost
    if name != COST and shown.told_difference(COST, dearer):
        key = "one_more_dearer" if dearer > 0 else "one_more_cheaper"
        yield words(f"analysis.trade.{key}", cost=shown.difference(COST, dearer))


def _where_one_more(before: Plan, after: Plan, shown: Shown) -> str:
    """Say in which municipality a further place is; if others move too, what comes and what goes."""
    old, new = (Counter(map(shown.town_of, plan.open_sites)) for plan in (before, after))
    added, removed = (shown.words.list_of(sorted(each)) for each in (new - old, old - new))
    key = "one_more_moved" if removed else "one_more_there"
    return shown.words(f"analysis.trade.{key}", added=added, removed=removed)


def _tells_of_many(each: PriceOfFairness) -> bool:
    """Whether fairness is more than the trip of a single household far from the road."""
    return each.measure == "worst_share_minutes"


def _fairness_sentence(each: PriceOfFairness, shown: Shown) -> str:
    return shown.words(
        "analysis.trade.fairness_sentence",
        measure=shown.measure_inside(each.measure),
        best_worst=shown.value(each.measure, each.best_worst),
        fair_worst=shown.value(each.measure, each.fair_worst),
        best_mean=shown.value("mean_minutes", each.best_mean),
        fair_mean=shown.value("mean_minutes", each.fair_mean),
        mark=_unproven(each, shown),
        mode=shown.mode,
    )


def _price(each: PriceOfFairness, shown: Shown) -> str:
    """Write the price of fairness, with a mark where it is not proven."""
    return f"{shown.words.percent(max(each.price, 0.0))}{_unproven(each, shown)}"


def _unproven(each: PriceOfFairness, shown: Shown) -> str:
    return "" if each.is_proven else shown.words("analysis.unproven_mark")


def _blocks(found: TradeOffs, shown: Shown) -> Iterator[Block]:
    words = shown.words
    yield Paragraph(words("analysis.trade.lead"), "lead")
    for number, front in enumerate(found.fronts, start=1):
        yield from _front_blocks(front, number, shown)
    if any(each.point is not None for each in found.curve):
        yield from curve_blocks(found.curve, shown)
    if found.fairness:
        yield Heading(words("analysis.trade.fairness"))
        yield Paragraph(words("analysis.trade.fairness_lead"))
        yield Table(_fairness_table(found, shown), words("analysis.trade.fairness_caption", mode=shown.mode))


def _front_blocks(front: Front, number: int, shown: Shown) -> Iterator[Block]:
    words = shown.words
    first, second = shown.measure(front.measures[0]), shown.measure_inside(front.measures[1])
    yield Heading(words("analysis.trade.front", first=first, second=second))
    if not front.points:
        yield Paragraph(words("analysis.trade.no_front"))
        return
    sentence = words(
        f"analysis.trade.{'front_whole' if front.is_whole else 'front_part'}",
        n=words.number(len(front.points)),
    )
    rows = _rows_of(front, shown)
    merged = [words("analysis.trade.merged", n=words.number(len(rows)))]
    free = [words("analysis.trade.numbers_are_free")]
    is_merged = len(rows) < len(front.points)
    yield Paragraph(
        " ".join([sentence, *(merged if is_merged else []), *(free if COST in front.measures else [])])
    )
    caption = words("analysis.trade.front_plot", first=first, second=second, mode=shown.mode)
    frame = Frame(
        f"front{number}",
        _front_alt(front, rows, shown),
        shown.axis(front.measures[0]),
        shown.axis(front.measures[1]),
        legend=(words("analysis.trade.other_plan"), words("analysis.chosen")),
    )
    if drawn := _front_dots(front, rows, shown):
        yield Picture(dots(drawn, frame, words), caption, frame.alt)
    table_caption = words("analysis.trade.front_caption", first=first, second=second, mode=shown.mode)
    yield Table(_front_table(front, rows, shown), table_caption)


@dataclass(frozen=True)
class _Row:
    """A plan of a front, and how many more have the same values as they are told."""

    point: Point
    n_more: int
    values: tuple[str, ...]


def _rows_of(front: Front, shown: Shown) -> list[_Row]:
    """Put together plans that are told to be alike in both measures; the plan chosen stands for its own."""
    alike: dict[tuple[str, ...], list[Point]] = {}
    for point in front.points:
        values = tuple(shown.value(each, getattr(point.measures, each)) for each in front.measures)
        alike.setdefault(values, []).append(point)
    return [
        _Row(next((each for each in points if _is_chosen(each, shown)), points[0]), len(points) - 1, values)
        for values, points in alike.items()
    ]


def _front_dots(front: Front, rows: list[_Row], shown: Shown) -> list[Dot]:
    found = []
    for number, row in enumerate(rows, start=1):
        x, y = (shown.on_axis(each, getattr(row.point.measures, each)) for each in front.measures)
        if x is not None and y is not None:
            found.append(Dot(x, y, str(number), is_chosen=_is_chosen(row.point, shown)))
    return found


def _front_alt(front: Front, rows: list[_Row], shown: Shown) -> str:
    """Say where the front begins and ends, and where the plan chosen is."""
    words, here = shown.words, [row for row in rows if _is_chosen(row.point, shown)]
    names = {
        "first": shown.measure(front.measures[0]),
        "second": shown.measure_inside(front.measures[1]),
    }
    (x, y), (to_x, to_y) = rows[0].values, rows[-1].values
    only = "_only" if len(rows) == 1 else ""
    text = words(f"analysis.trade.front_alt{only}", x=x, y=y, to_x=to_x, to_y=to_y, **names)
    if only:
        return text
    if trade := _trade(front, rows[0].point, rows[-1].point, shown):
        text = f"{text} {trade}"
    if not here:
        return text
    x, y = here[0].values
    return f"{text} {words('analysis.trade.front_alt_chosen', x=x, y=y)}"


def _trade(front: Front, first: Point, last: Point, shown: Shown) -> str:
    """Say what is gained from one end of a front to the other, and what it costs; by what is told."""
    lost, got = (_gain(each, first, last, shown) for each in front.measures)
    if lost is None or got is None or lost >= 0 or got <= 0:
        return ""
    return shown.words(
        "analysis.trade.front_alt_trade",
        first=shown.measure_inside(front.measures[0]),
        second=shown.measure_inside(front.measures[1]),
        gain=shown.difference(front.measures[1], got),
        better=_way(front.measures[1], "better", shown),
        loss=shown.difference(front.measures[0], lost),
        worse=_way(front.measures[0], "worse", shown),
    )


def _gain(measure: MeasureName, first: Point, last: Point, shown: Shown) -> float | None:
    """Give how much better the last plan is told to be than the first; None where that is hidden."""
    start, end = (shown.told(measure, getattr(each.measures, measure)) for each in (first, last))
    if start is None or end is None:
        return None
    return end - start if measure == SHARE else start - end


def _way(measure: MeasureName, way: str, shown: Shown) -> str:
    unit = measure if measure == COST else "share" if measure == SHARE else "minutes"
    return shown.words(f"analysis.trade.way.{unit}.{way}")


def _is_chosen(point: Point, shown: Shown) -> bool:
    return set(opened_by(point.plan)) == set(opened_by(shown.outcome.plan))


def _front_table(front: Front, rows: list[_Row], shown: Shown) -> TableView:
    words = shown.words
    columns = (
        words("analysis.column_number"),
        words("analysis.column_places"),
        words("analysis.column_proven"),
        *(shown.measure(each) for each in front.measures),
    )
    lines = tuple(
        (
            words.number(number) + (f" ({words('analysis.chosen')})" if _is_chosen(row.point, shown) else ""),
            _plan_text(row, rows[number - 2].point.plan if number > 1 else None, shown),
            proof(row.point, front.optimised, shown),
            *row.values,
        )
        for number, row in enumerate(rows, start=1)
    )
    return TableView(columns, lines, n_text_columns=3)


def _plan_text(row: _Row, above: Plan | None, shown: Shown) -> str:
    """Name a plan's municipalities; if they are those of the row above, which premises are others."""
    plan = row.point.plan
    text = shown.plan(plan)
    if above is not None and shown.plan(above) == text:
        text = shown.as_above(plan, above) or text
    if row.n_more:
        return shown.words("analysis.trade.and_alike", plan=text, n=shown.words.number(row.n_more))
    return text


def _fairness_table(found: TradeOffs, shown: Shown) -> TableView:
    words = shown.words
    keys = ("fair_by", "mean_best", "mean_fair", "worst_best", "worst_fair", "price")
    rows = tuple(
        (
            shown.measure(each.measure),
            shown.value("mean_minutes", each.best_mean),
            shown.value("mean_minutes", each.fair_mean),
            shown.value(each.measure, each.best_worst),
            shown.value(each.measure, each.fair_worst),
            _price(each, shown),
        )
        for each in found.fairness
    )
    return TableView(tuple(words(f"analysis.trade.column_{key}") for key in keys), rows)
