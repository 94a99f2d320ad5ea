"""Draws the reports as self-contained pages; every figure comes finished from `tables`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..scenario_file import embedded_scenarios
from .answer import answer, how_made, places
from .assumptions import assumptions_tables
from .costs_tables import (
    rate_hours_sentence,
    rate_sentence,
    rates_within,
    resources_table,
)
from .layers import sketch
from .measures_table import measures_table
from .modes import by_mode, mode_notes, roads_with_minutes
from .modes_tables import modes_by_municipality_table, modes_table
from .notes import attributions, combined_note, estimate_notes
from .rules_table import rules_table
from .tables import (
    access_table,
    municipalities_table,
    region,
    sites_table,
    sources_table,
)
from .teams_tables import rota_views, teams_notes

if TYPE_CHECKING:
    from ..study import Outcome
    from .words import Words


@lru_cache(maxsize=1)
def templates() -> Environment:
    """Give the templates of all pages."""
    return Environment(
        loader=PackageLoader("siting.present"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def plan_html(outcome: Outcome, words: Words) -> str:
    """Write the report of one plan."""
    template = templates().get_template("plan.html.j2")
    return template.render(
        words=words,
        title=getattr(outcome.scenario.title, words.language),
        region=region(outcome, words),
        question=getattr(outcome.scenario.question, words.language),
        answer=answer(outcome, words),
        sketch=sketch(outcome, width=640.0),
        picture_alt=picture_alt(outcome, words),
        rules=rules_table(outcome, words),
        has_stops=bool(outcome.plan.stop),
        sites=sites_table(outcome, words),
        sites_note=sites_note(outcome, words),
        rota=rota_views(outcome, words),
        teams_notes=teams_notes(outcome, words),
        resources=resources_table(outcome, words),
        exchange=_exchange(outcome, words),
        combined_note=combined_note(outcome.scenario, words),
        access=access_table(outcome, words),
        somebody_is_unserved=_somebody_is_unserved(outcome),
        somebody_is_digital=_somebody_is_digital(outcome),
        measures=measures_table(outcome, words),
        by_mode=by_mode(outcome.scenario, words),
        mode_notes=list(mode_notes(outcome.scenario, words)),
        modes=modes_table(outcome, words) if outcome.by_mode else None,
        modes_by_municipality=modes_by_municipality_table(outcome, words) if outcome.by_mode else None,
        longest_limit=words.plain(outcome.evaluation.county.overall.share_within[-1][0]),
        municipalities=municipalities_table(outcome, words),
        assumptions=assumptions_tables(outcome.scenario, words, measured=roads_with_minutes(outcome)),
        estimates=estimate_notes(outcome, words, with_modes=False),
        sources=sources_table(outcome, words),
        attributions=attributions(outcome),
        made=[how_made(outcome, words)],
        command=f"siting run {name_in_commands(outcome)}",
    )


def picture_alt(outcome: Outcome, words: Words) -> str:
    """Say what the little map shows."""
    return words("report.picture_alt", region=region(outcome, words), places=places(outcome, words))


def sites_note(outcome: Outcome, words: Words) -> str:
    """Say whether the plan keeps to the room of its places."""
    key = "capacity_not_kept" if outcome.plan.intake is None else "capacity_kept"
    return words("report.sites_note", capacity=words(f"report.{key}"))


def _exchange(outcome: Outcome, words: Words) -> list[str]:
    """Write each rate, with the hours of reception that it buys."""
    return [
        f"{rate_sentence(each, {}, words)} {rate_hours_sentence(each, words)}"
        for each in rates_within(outcome)
    ]


def _somebody_is_digital(outcome: Outcome) -> bool:
    return outcome.evaluation.county.overall.digital_share > 0


def _somebody_is_unserved(outcome: Outcome) -> bool:
    return outcome.evaluation.county.overall.served_share < 1


def name_in_commands(outcome: Outcome) -> str:
    """Name an embedded scenario by its name, another by its file."""
    name = outcome.scenario.name
    return name if name in embedded_scenarios() else f"{name}.yaml"
