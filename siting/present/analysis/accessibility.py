"""How far the room suffices: visits within reach for each young person, by municipality (E2SFCA)."""

from __future__ import annotations

from math import ceil, log10
from typing import TYPE_CHECKING, Final

from ..document import Paragraph, Part, Table
from ..tables import TableView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...analysis.accessibility import Accessibility, AreaAccessibility
    from ..document import Block
    from .shown import Shown

PER_HUNDRED: Final = 100


def accessibility_part(found: Accessibility, shown: Shown) -> Part:
    """Give the part of the page."""
    words = shown.words
    return Part(words("analysis.reach.title"), _summary(found, shown), lambda: _blocks(found, shown))


def per_hundred(area: AreaAccessibility, shown: Shown) -> int | None:
    """Give the visits within reach for a hundred youths: in steps that tell of k youths, none where few live.

    The score of a cell is never told: it follows from how many live around each place. So does that of a
    municipality whose places nobody else reaches: all their room, which is public, over its youths.
    """
    youths = shown.gate.count(area.youths)
    if youths is None:
        return None
    visits = PER_HUNDRED * area.visits_within_reach_per_youth
    while (told := _in_steps(visits, youths, shown)) != visits:  # what is told may need longer steps itself
        visits = told
    return int(told)


def _in_steps(visits: float, youths: int, shown: Shown) -> float:
    of_few = visits * shown.gate.smallest_count_shown / youths if youths else 0.0
    step = 10 ** max(0, ceil(log10(of_few))) if of_few > 0 else 1
    return float(step * round(visits / step))


def needed_per_hundred(area: AreaAccessibility, shown: Shown) -> int | None:
    """Give the need of visits a year of a hundred youths: whole, and none where few live."""
    if shown.gate.count(area.youths) is None:
        return None
    return round(PER_HUNDRED * area.visits_needed_per_youth)


def _summary(found: Accessibility, shown: Shown) -> str:
    words = shown.words
    scores = [(per_hundred(each, shown), each) for each in found.by_municipality]
    told = [(visits, each) for visits, each in scores if visits is not None]
    overall = per_hundred(found.overall, shown)
    if not told or overall is None:
        return words("analysis.reach.summary_none")
    least, where = min(told, key=lambda each: each[0])
    most, best = max(told, key=lambda each: each[0])
    return words(
        "analysis.reach.summary",
        overall=words.number(overall),
        needed=words.number(needed_per_hundred(found.overall, shown)),
        least=words.number(least),
        where=shown.names[where.code],
        most=words.number(most),
        best=shown.names[best.code],
        mode=shown.mode,
    )


def _blocks(found: Accessibility, shown: Shown) -> Iterator[Block]:
    words = shown.words
    section = shown.outcome.scenario.analysis.accessibility
    pairs = zip(section.zones_minutes, section.zone_weights, strict=True)
    zones = [
        words("analysis.reach.zone", minutes=words.plain(minutes), share=words.exact_percent(weight))
        for minutes, weight in pairs
    ]
    yield Paragraph(words("analysis.reach.lead"), "lead")
    yield Paragraph(words("analysis.reach.method", zones=words.list_of(zones), mode=shown.mode))
    yield Table(_areas_table(found, shown), words("analysis.reach.caption", mode=shown.mode))
    if found.gini is not None:
        gini = shown.index(found.gini, found.overall.youths)
        yield Paragraph(words("analysis.reach.gini", gini=gini))
    yield Paragraph(words("analysis.reach.note"), "quiet")


def _areas_table(found: Accessibility, shown: Shown) -> TableView:
    words = shown.words

    def row(label: str, area: AreaAccessibility) -> tuple[str, ...]:
        visits, needed = per_hundred(area, shown), needed_per_hundred(area, shown)
        return (
            label,
            shown.gate.text(area.youths, words),
            *(words("unit.hidden") if each is None else words.number(each) for each in (visits, needed)),
            shown.gate.share_text(area.share_without, area.youths, words),
        )

    rows = [row(shown.names[each.code], each) for each in found.by_municipality]
    rows.append(row(words("analysis.area.all"), found.overall))
    keys = ("municipality", "youths", "visits", "needed", "without")
    columns = tuple(words(f"analysis.reach.column_{key}") for key in keys)
    return TableView(columns, tuple(rows), n_sum_rows=1)
