"""What figures rest on, as chapters of a document: assumptions, estimated inputs, sources and digests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .document import Bullets, Chapter, Heading, Paragraph, Table
from .notes import attributions, estimate_notes_of
from .tables import TableView, sources_table
from .words import read_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..study import Outcome
    from .document import Block
    from .words import Words


def assumptions_chapter(
    outcomes: Mapping[str, Outcome], views: Mapping[str, TableView], words: Words
) -> Chapter:
    """Give every assumption with what it rests on, and what is estimated.

    Options are by their letters (one alone needs none), views by their headings.
    """
    return Chapter("assumptions", words("report.assumptions"), tuple(_assumptions(outcomes, views, words)))


def sources_chapter(outcome: Outcome, words: Words) -> Chapter:
    """Give where each table comes from, and its digest."""
    return Chapter("sources", words("report.sources"), tuple(_sources(outcome, words)))


def _assumptions(
    outcomes: Mapping[str, Outcome], views: Mapping[str, TableView], words: Words
) -> Iterator[Block]:
    yield Paragraph(words("report.assumptions_caption"))
    for heading, view in views.items():
        if view.rows:
            yield Table(view, heading)
    yield Heading(words("report.estimates"))
    yield Bullets(estimate_notes_of(outcomes, words))


def _sources(outcome: Outcome, words: Words) -> Iterator[Block]:
    yield Table(sources_table(outcome, words), words("report.sources_caption"))
    if named := attributions(outcome):
        yield Paragraph(f"{'; '.join(named)}.", "quiet")
    yield Heading(words("reporting.digests"))
    known = read_texts(words.language)["table"]
    rows = tuple((str(known.get(name, name)), digest) for name, digest in outcome.dataset.digests.items())
    heads = (words("column.table"), words("reporting.column.digest"))
    yield Table(TableView(heads, rows, n_text_columns=2), words("reporting.digests_caption"))
