"""Puts the parts together: the page, and the few lines for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...analysis.analyse import PARTS
from ...saved.analyses import retold
from ..answer import answer, how_made
from ..assumptions import assumptions_tables
from ..document import Bullets, Chapter, Command, Document, Paragraph, Table
from ..forms.html import html_page
from ..grounds import assumptions_chapter, sources_chapter
from ..modes import by_mode, roads_with_minutes
from ..pictures.maps import option_map
from ..report import name_in_commands, sites_note
from ..tables import region, sites_table
from .accessibility import accessibility_part
from .assumed import analysis_assumptions
from .municipalities import municipalities_part
from .near_best import near_best_part
from .record import analysis_record
from .shown import Shown
from .stages import stages_part
from .trade_offs import trade_offs_part
from .uncertainty import uncertainty_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from ...analysis.analyse import Analysis, PartName
    from ...study import Outcome
    from ..document import Block, Part
    from ..words import Words

_TELL: Final[dict[PartName, Callable[[Any, Shown], Part]]] = {
    "near_best": near_best_part,
    "trade_offs": trade_offs_part,
    "uncertainty": uncertainty_part,
    "municipalities": municipalities_part,
    "stages": stages_part,
    "accessibility": accessibility_part,
}

HINDRANCES: Final = {
    "choice.given": "given",
    "choice.n_teams": "teams",
    "choice.with_capacity": "capacity",
    "choice.objectives": "objective",
}
"""Kinds of reasons by the key of the scenario that an error names."""


def parts_of(analysis: Analysis, words: Words) -> tuple[Part, ...]:
    """Give the parts that were asked for, in the order in which a steering group asks.

    They are told from what analysis.json holds, so that a saved analysis has the same page.
    """
    told = retold(analysis_record(analysis), analysis.outcome)
    shown = Shown(analysis.outcome, words)
    return tuple(_TELL[name](getattr(told, name), shown) for name in _asked(told))


def _asked(analysis: Analysis) -> list[PartName]:
    return [name for name in PARTS if getattr(analysis, name) is not None]


def left_out_sentences(analysis: Analysis, words: Words) -> list[str]:
    """Say which parts were left out, and why, as far as the error names what stood in the way."""
    by_kind: dict[str, list[str]] = {}
    for name, message in analysis.left_out.items():
        by_kind.setdefault(_kind_of(message), []).append(words(f"analysis.part.{name}"))
    return [
        words(
            "analysis.left_out",
            part=words.list_of(parts),
            reason=words(f"analysis.left_out_because.{kind}"),
        )
        for kind, parts in by_kind.items()
    ]


def _kind_of(message: str) -> str:
    return next((kind for key, kind in HINDRANCES.items() if key in message), "other")


def analysis_html(analysis: Analysis, words: Words) -> str:
    """Write the page: it needs no script and no network."""
    return html_page(analysis_document(analysis, words))


def analysis_document(analysis: Analysis, words: Words) -> Document:
    """Say all that an examination found: in short, then a chapter for each part."""
    outcome = analysis.outcome
    title = getattr(outcome.scenario.title, words.language)
    parts = parts_of(analysis, words)
    views = {
        **assumptions_tables(outcome.scenario, words, measured=roads_with_minutes(outcome)),
        words("analysis.assumed.title"): analysis_assumptions(analysis, Shown(outcome, words)),
    }
    again = (
        Paragraph(words("report.recount")),
        Paragraph(how_made(outcome, words), "quiet"),
        Command(_command(analysis)),
    )
    return Document(
        language=words.language,
        title=f"{words('analysis.title')}: {title}",
        region=region(outcome, words),
        date="",
        first_page=Chapter("in-short", words("analysis.in_short"), tuple(_in_short(analysis, parts, words))),
        chapters=(
            *(Chapter(f"part{n}", part.title, tuple(part.blocks())) for n, part in enumerate(parts, start=1)),
            Chapter("chosen", words("analysis.chosen").capitalize(), tuple(_chosen(outcome, words))),
            assumptions_chapter({"": outcome}, views, words),
            sources_chapter(outcome, words),
            Chapter("again", words("report.reproduce"), again),
        ),
        contents=words("reporting.contents"),
        footer=region(outcome, words),
    )


def _in_short(analysis: Analysis, parts: Sequence[Part], words: Words) -> Iterator[Block]:
    outcome = analysis.outcome
    sentences = answer(outcome, words)
    yield Paragraph(getattr(outcome.scenario.question, words.language), "lead")
    yield Paragraph(sentences[0])
    yield Paragraph(sentences[-1])
    yield Bullets(tuple(part.summary for part in parts), tuple(part.title for part in parts))
    for sentence in left_out_sentences(analysis, words):
        yield Paragraph(sentence)
    yield Paragraph(words("analysis.all_are_estimates", mode=by_mode(outcome.scenario, words)), "quiet")
    if Shown(outcome, words).unconfirmed:
        yield Paragraph(words("analysis.unconfirmed"), "quiet")


def _chosen(outcome: Outcome, words: Words) -> Iterator[Block]:
    """Say what the plan is that was examined."""
    for sentence in answer(outcome, words)[1:-1]:
        yield Paragraph(sentence)
    yield option_map(outcome, words)
    yield Table(sites_table(outcome, words), words("report.sites_caption"))
    yield Paragraph(sites_note(outcome, words), "quiet")


def _command(analysis: Analysis) -> str:
    """Give the command that makes the page again."""
    asked = _asked(analysis)
    is_all = len(asked) + len(analysis.left_out) == len(PARTS)
    parts = [] if is_all else [name.replace("_", "-") for name in asked]
    return " ".join(["siting", "analyse", name_in_commands(analysis.outcome), *parts])


def analysis_lines(analysis: Analysis, words: Words) -> Iterator[str]:
    """Say what the analysis found, line by line for the terminal."""
    yield words("analysis.lines.heading", title=getattr(analysis.outcome.scenario.title, words.language))
    yield ""
    yield answer(analysis.outcome, words)[0]
    for part in parts_of(analysis, words):
        yield ""
        yield part.title
        yield f"  {part.summary}"
    for sentence in left_out_sentences(analysis, words):
        yield ""
        yield sentence
