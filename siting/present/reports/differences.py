"""Differences between options in people: who gets nearer, who comes within the standard, where they live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..comparison_tables import difference_views
from ..document import Chapter, Heading, Paragraph, Table
from ..modes import by_mode
from ..notes import rounding_note
from ..tables import age_span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..document import Block
    from .facts import Facts


def differences_chapter(facts: Facts) -> Chapter:
    """Give the chapter on who gains and who loses."""
    return Chapter("differences", facts.words("report.differences"), tuple(_blocks(facts)))


def _blocks(facts: Facts) -> Iterator[Block]:
    words, base = facts.words, facts.base
    yield Paragraph(
        words(
            "report.base_note",
            base=facts.titled(base),
            minutes=words.plain(facts.alternatives.comparison.noticeable_minutes),
            mode=by_mode(base.scenario, words),
        ),
        "lead",
    )
    if facts.has_reference:
        yield Paragraph(words("report.given_base_note", base=facts.title(base)))
    yield Paragraph(rounding_note(base.scenario, words), "quiet")
    views = difference_views(facts.alternatives, words)
    for difference, view in zip(facts.alternatives.comparison.differences, views, strict=True):
        service = f"{view.service[0].lower()}{view.service[1:]}"
        yield Heading(f"{view.title}: {service}")
        yield Paragraph(" ".join(view.sentences))
        # Where everybody gains a service that the base has not, its minutes stand in the options' chapters.
        if view.table is not None and difference.county.mean_change_minutes is not None:
            caption = words("report.differences_caption", ages=age_span(base.scenario))
            yield Table(view.table, f"{view.title}, {service}. {caption}")
