"""Puts the chapters of the report together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..analysis.page import left_out_sentences
from ..document import Bullets, Chapter, Document, Heading, Paragraph, Table
from ..forms.html import html_page
from ..tables import region
from .commands import comparison_command
from .differences import differences_chapter
from .facts import Facts
from .first_page import first_page
from .grounds import grounds_chapters, method_chapter
from .options import option_chapter
from .side_by_side import municipalities_chapter, side_by_side_chapter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from ...analysis.analyse import Analysis
    from ...study import Alternatives
    from ..document import Block
    from ..words import Words


MOST_ROWS: Final = 16  # of a table of an analysis


def report_document(
    facts: Facts, *, day: date | None, commands: Sequence[str], title: str = "", question: str = ""
) -> Document:
    """Say all that is known of some options; without a day it bears none."""
    words, name = facts.words, region(facts.base, facts.words)
    shown_title, dated = title or words("reporting.title"), "" if day is None else words.date(day)
    return Document(
        language=words.language,
        title=shown_title,
        region=name,
        date=dated,
        first_page=first_page(facts, question),
        chapters=tuple(_chapters(facts, commands)),
        contents=words("reporting.contents"),
        footer=" · ".join(filter(None, (shown_title, name, dated))),
    )


def comparison_html(alternatives: Alternatives, words: Words) -> str:
    """Write the page of a comparison that was just made: the report without analyses and without a day."""
    facts = Facts(alternatives, (), words)
    title = words("report.comparison_title")
    document = report_document(facts, day=None, commands=(comparison_command(facts),), title=title)
    return html_page(replace(document, map_link=words("report.map_link")))


def _chapters(facts: Facts, commands: Sequence[str]) -> Iterator[Chapter]:
    yield side_by_side_chapter(facts)
    yield municipalities_chapter(facts)
    if facts.others:
        yield differences_chapter(facts)
    for outcome in facts.outcomes:
        yield option_chapter(outcome, facts)
    for analysis in facts.analyses:
        letter = facts.letter(analysis.outcome)
        yield Chapter(
            f"examined-{letter.lower()}",
            facts.words("reporting.examined", option=facts.titled(analysis.outcome)),
            tuple(_examined(analysis, facts)),
        )
    yield method_chapter(facts)
    yield from grounds_chapters(facts, commands)


def _shortened(block: Block, words: Words) -> Block:
    """Leave long tables to the page of the analysis, and put headings below those of the parts."""
    if isinstance(block, Heading):
        return Heading(block.text, 4)
    if isinstance(block, Table) and len(block.view.rows) > MOST_ROWS:
        n = words.number(len(block.view.rows))
        return Paragraph(words("reporting.table_elsewhere", caption=block.caption, n=n), "quiet")
    return block


def _examined(analysis: Analysis, facts: Facts) -> Iterator[Block]:
    words = facts.words
    yield Paragraph(words("reporting.examined_lead", option=facts.titled(analysis.outcome)), "lead")
    parts = facts.parts(analysis).values()
    yield Bullets(tuple(part.summary for part in parts), tuple(part.title for part in parts))
    for part in parts:
        yield Heading(part.title)
        for block in part.blocks():
            yield _shortened(block, words)
    for sentence in left_out_sentences(analysis, words):
        yield Paragraph(sentence, "quiet")
