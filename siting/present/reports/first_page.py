"""The first page: the question, the options in one table, what the data support, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..document import Bullets, Chapter, Heading, Paragraph, Table
from ..modes import by_mode
from ..tables import age_span, gate_of, region, weighable_mean
from .options_table import options_view
from .recommendation import recommendation
from .sureness import how_sure, unconfirmed, what_would_change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..document import Block
    from .facts import Facts


def first_page(facts: Facts, question: str = "") -> Chapter:
    """Give the first page."""
    words = facts.words
    blocks: list[Block] = [
        Paragraph(question or _question(facts), "lead"),
        Table(options_view(facts), words("reporting.table_caption", **_about(facts))),
        Paragraph(" ".join(_notes(facts)), "quiet"),
        Heading(words("reporting.recommendation")),
        Bullets(*_named(recommendation(facts))),
        Heading(words("reporting.how_sure")),
        Bullets(*_named(how_sure(facts))),
        Heading(words("reporting.what_would_change")),
        Bullets(*_named(what_would_change(facts))),
    ]
    return Chapter("first-page", words("reporting.first_page"), tuple(blocks))


def _named(lines: Iterator[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = list(lines)
    return tuple(text for _, text in found), tuple(f"{name}:" for name, _ in found)


def _question(facts: Facts) -> str:
    words, base = facts.words, facts.base
    youths = gate_of(base.scenario).text(base.evaluation.county.youths, words)
    n = len(facts.options)
    return words.plural(
        "reporting.question",
        n,
        number=words.spelt(n),
        youths=youths,
        ages=age_span(base.scenario),
        region=region(base, words),
        reference=_reference(facts),
    )


def _reference(facts: Facts) -> str:
    if not facts.has_reference:
        return ""
    return facts.words("reporting.question_reference", option=facts.titled(facts.base))


def _about(facts: Facts) -> dict[str, str]:
    base, words = facts.base, facts.words
    return {"mode": by_mode(base.scenario, words), "base": facts.letter(base)}


def _of_reference(facts: Facts) -> Iterator[str]:
    """Say how far the reference can be relied on."""
    words, base = facts.words, facts.base
    n_unsure = len(unconfirmed(base, base.plan.open_sites))
    if n_unsure:
        total = words.number(len(base.plan.open_sites))
        yield words.plural("reporting.reference_unsure", n_unsure, total=total)
    county, gate = base.evaluation.county, gate_of(base.scenario)
    without = gate.share_text(1 - county.overall.served_share, county.youths_in_effect, words)
    if county.overall.served_share < 1:
        yield words("reporting.reference_without", share=without, **_about(facts))


def _notes(facts: Facts) -> Iterator[str]:
    words = facts.words
    yield words("reporting.note_estimates")
    if facts.others:
        minutes = words.plain(facts.alternatives.comparison.noticeable_minutes)
        yield words("reporting.note_moved", minutes=minutes, **_about(facts))
    if facts.has_reference:
        yield words("reporting.note_reference", **_about(facts))
        yield from _of_reference(facts)
    if any(weighable_mean(each.evaluation.county) is None for each in facts.outcomes):
        yield words("reporting.note_no_mean")
