"""Puts the parts together: the page, and the few lines for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...analysis.analyse import PARTS
from ...saved import retold
from ..answer import answer, how_made
from ..assumptions import assumptions_tables
from ..layers import sketch
from ..modes import by_mode, roads_with_minutes
from ..notes import attributions, estimate_notes
from ..report import name_in_commands, picture_alt, sites_note, templates
from ..tables import region, sites_table, sources_table
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
    from collections.abc import Callable, Iterator
    from typing import Any

    from ...analysis.analyse import Analysis, PartName
    from ..document import Part
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
    outcome = analysis.outcome
    shown = Shown(outcome, words)
    title = getattr(outcome.scenario.title, words.language)
    return (
        templates()
        .get_template("analysis.html.j2")
        .render(
            words=words,
            title=f"{words('analysis.title')}: {title}",
            region=region(outcome, words),
            question=getattr(outcome.scenario.question, words.language),
            answer=answer(outcome, words),
            sketch=sketch(outcome, width=640.0),
            picture_alt=picture_alt(outcome, words),
            has_stops=bool(outcome.plan.stop),
            by_mode=by_mode(outcome.scenario, words),
            sites=sites_table(outcome, words),
            sites_note=sites_note(outcome, words),
            parts=parts_of(analysis, words),
            left_out=left_out_sentences(analysis, words),
            has_unconfirmed=bool(shown.unconfirmed),
            assumptions={
                **assumptions_tables(outcome.scenario, words, measured=roads_with_minutes(outcome)),
                words("analysis.assumed.title"): analysis_assumptions(analysis, shown),
            },
            estimates=estimate_notes(outcome, words),
            sources=sources_table(outcome, words),
            attributions=attributions(outcome),
            made=[how_made(outcome, words)],
            command=_command(analysis),
        )
    )


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
