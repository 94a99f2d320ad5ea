"""How evenly time is spread: between municipalities, within them, and over groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..document import Heading, Paragraph, Table
from ..tables import TableView
from ..words import read_texts
from .shown import INDEX_DECIMALS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ...analysis.equity import Equity, GroupEquity
    from ..document import Block
    from .shown import Shown

WORST_SHARE: Final = 0.1


def equity_blocks(equity: Equity, shown: Shown) -> Iterator[Block]:
    """Tell of the spread between municipalities and groups."""
    words = shown.words
    yield Heading(words("analysis.area.equity"))
    yield Paragraph(words("analysis.area.equity_lead"))
    if equity.share_between_municipalities is not None:
        between = words.percent(round(equity.share_between_municipalities, INDEX_DECIMALS))
        yield Paragraph(words("analysis.area.between", share=between))
    yield Table(_equity_table(equity, shown), words("analysis.area.equity_caption", mode=shown.mode))
    genders = _groups(equity.by_gender, read_texts(words.language)["gender"], shown)
    titles = shown.outcome.scenario.demand.risk_groups
    groups = {key: getattr(each.title, words.language) for key, each in titles.items()}
    if len(genders) > 1 and len({row[1:] for row in genders}) == 1:
        names = words.list_of([row[0] for row in genders])
        yield Paragraph(words("analysis.area.genders_alike", genders=names))
        genders = []
    if rows := (*genders, *_groups(equity.by_risk_group, groups, shown)):
        columns = tuple(words(f"analysis.area.column_{key}") for key in ("group", "mean", "worst", "gini"))
        caption = words("analysis.area.groups_caption", mode=shown.mode)
        yield Table(TableView(columns, rows), caption)
        yield Paragraph(words("analysis.area.groups_note"), "quiet")


def _groups(
    found: Iterable[GroupEquity], names: Mapping[str, str], shown: Shown
) -> list[tuple[str, str, str, str]]:
    """Give the rows of groups, rounded as those of municipalities."""
    return [
        (
            str(names.get(each.key, each.key)),
            shown.area_minutes(each.mean_minutes, each.youths),
            shown.area_minutes(shown.worst_tenth(each.worst_tenth_minutes, each.youths), each.youths),
            shown.index(each.gini, each.youths),
        )
        for each in found
    ]


def _equity_table(equity: Equity, shown: Shown) -> TableView:
    """Give the indices of each municipality, and how much of the county's worst tenth lives there."""
    words = shown.words
    shares = dict(equity.worst_visits_share_by_municipality)
    rows = [
        (
            shown.names[each.key],
            shown.area_minutes(each.mean_minutes, each.youths),
            shown.area_minutes(shown.worst_tenth(each.worst_tenth_minutes, each.youths), each.youths),
            shown.index(each.gini, each.youths),
            shown.gate.share_text(shares.get(each.key, 0.0), WORST_SHARE * shown.youths, words),
        )
        for each in equity.by_municipality
    ]
    every = equity.overall
    rows.append(
        (
            words("analysis.area.all"),
            shown.area_minutes(every.mean_minutes, every.youths),
            shown.area_minutes(every.worst_tenth_minutes, every.youths),
            shown.index(every.gini, every.youths),
            words.percent(1.0),
        )
    )
    keys = ("municipality", "mean", "worst", "gini", "of_worst")
    columns = tuple(words(f"analysis.area.column_{key}") for key in keys)
    return TableView(columns, tuple(rows), n_sum_rows=1)
