"""What the report rests on: method, assumptions, sources, glossary, and how it is made and traced."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from ..analysis.assumed import analysis_assumptions
from ..analysis.shown import Shown
from ..answer import how_made
from ..comparison_tables import assumptions_of_options
from ..document import Bullets, Chapter, Command, Formula, Heading, Paragraph, Table
from ..grounds import assumptions_chapter, sources_chapter
from ..modes import by_mode
from ..notes import combined_note
from ..tables import TableView
from ..words import read_texts
from .options_table import SOFT_HYPHEN, cells
from .recommendation import traced

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..document import Block
    from .facts import Facts

FORMULAS: Final[dict[str, str]] = {
    "need": "n_i = a_i sum_g r_g h_g q_g v_g",
    "trip": "t_i = min_(j in J) tau_(i j)",
    "mean": "overline(t) = (sum_i n_i t_i) / (sum_i n_i)",
    "within": "C(T) = (sum_(i : t_i <= T) n_i) / (sum_i n_i)",
    "choice": 'min_J overline(t)(J) quad abs(J_"main") = p, quad abs(J_"near") = q',
    "gap": '"gap" = (z - underline(z)) / z',
}
"""By their key: the formula in Typst's mathematics; the texts say what it means and how it is read aloud."""


def method_chapter(facts: Facts) -> Chapter:
    """Give the chapter on how the figures come about."""
    return Chapter("method", facts.words("reporting.method.title"), tuple(_method(facts)))


def grounds_chapters(facts: Facts, commands: Sequence[str]) -> tuple[Chapter, ...]:
    """Give the chapters on assumptions, sources, words, and how the report is made again and traced."""
    words = facts.words
    by_letter = {facts.letter(each): each for each in facts.outcomes}
    return (
        assumptions_chapter(by_letter, _assumptions(facts), words),
        sources_chapter(facts.base, words),
        Chapter("again", words("report.reproduce"), (*_again(facts, commands), *_glossary(facts))),
    )


def _method(facts: Facts) -> Iterator[Block]:
    words, base = facts.words, facts.base
    yield Paragraph(words("reporting.method.lead", mode=by_mode(base.scenario, words)), "lead")
    for key, markup in FORMULAS.items():
        yield Heading(words(f"reporting.method.{key}.title"))
        yield Paragraph(words(f"reporting.method.{key}.text", standard=words.plain(facts.standard_minutes)))
        yield Formula(markup, words(f"reporting.method.{key}.read"))
    if note := combined_note(base.scenario, words):
        yield Paragraph(note)
    yield Heading(words("reporting.method.weighing.title"))
    yield Paragraph(words("reporting.method.weighing.text"))
    yield Heading(words("reporting.method.checks.title"))
    yield Paragraph(words("reporting.method.checks.text"))


def _assumptions(facts: Facts) -> dict[str, TableView]:
    """Give the assumptions of the options, and those that were examined by, by their headings."""
    words = facts.words
    views = assumptions_of_options(facts.alternatives, words)
    for analysis in facts.analyses:
        title = words("analysis.assumed.title")
        heading = words("reporting.assumed_of", title=title, option=facts.letter(analysis.outcome))
        views[heading] = analysis_assumptions(analysis, Shown(analysis.outcome, words))
    return views


def _glossary(facts: Facts) -> Iterator[Block]:
    words, base = facts.words, facts.base
    values = {
        "minutes": words.plain(facts.standard_minutes),
        "count": words.number(base.scenario.evaluation.smallest_count_shown),
    }
    keys = read_texts(words.language)["reporting"]["glossary"]

    def told(part: str) -> tuple[str, ...]:
        return tuple(words(f"reporting.glossary.{key}.{part}", **values) for key in keys)

    yield Heading(words("reporting.glossary_title"))
    yield Bullets(told("means"), tuple(f"{word}:" for word in told("word")))


def _again(facts: Facts, commands: Sequence[str]) -> Iterator[Block]:
    words = facts.words
    yield Paragraph(words("report.recount"))
    for outcome in facts.outcomes:
        yield Paragraph(how_made(outcome, words), "quiet")
    for analysis in facts.analyses:
        yield Paragraph(words("reporting.analysis_made", option=facts.letter(analysis.outcome)), "quiet")
    for command in commands:
        yield Command(command)
    yield Heading(words("reporting.trace"))
    yield Paragraph(words("reporting.trace_lead", version=version("siting")))
    yield Table(_trace(facts), words("reporting.trace_caption"))


def _trace(facts: Facts) -> TableView:
    """Where the figures of the first page stand in comparison.json: a row for what all options have."""
    words = facts.words
    rows: dict[tuple[str, str], str] = {}
    for row in cells(facts):
        for cell in row:
            if cell.figure.value is not None:
                pattern = _pattern(cell.figure.path)
                told = f"{cell.option} {cell.figure.text(words)}"
                key = (cell.head.replace(SOFT_HYPHEN, ""), pattern)
                rows[key] = f"{rows[key]}; {told}" if key in rows else told
    lines = [(*key, told) for key, told in rows.items()]
    lines += [(label, figure.path, figure.text(words)) for label, figure in traced(facts)]
    keys = ("figure", "path", "shown")
    return TableView(tuple(words(f"reporting.column.{key}") for key in keys), tuple(lines), n_text_columns=3)


def _pattern(path: str) -> str:
    """Say where a figure of each option stands, k being the option's number."""
    return re.sub(r"^(plans|differences)\[\d+\]", r"\1[k]", path)
