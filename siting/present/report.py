"""Draws the reports as self-contained pages; every figure comes finished from `tables`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..plan import Status
from ..scenario_file import embedded_scenarios
from .answer import answer, how_made, places, status_text
from .assumptions import assumptions_tables
from .comparison_tables import (
    access_differs,
    assumptions_of_options,
    compares_combined_time,
    difference_views,
    letters_of,
    mean_by_municipality_table,
    names_by_letter,
    option_titles,
    options_table,
    within_by_municipality_table,
)
from .costs_tables import (
    rate_hours_sentence,
    rate_sentence,
    rates_between,
    rates_within,
    resources_table,
)
from .layers import sketch
from .measures_table import measures_table
from .modes import by_mode, mode_notes, roads_with_minutes
from .modes_tables import modes_by_municipality_table, modes_table, shared_modes
from .notes import attributions, combined_note, estimate_notes, rounding_note
from .rules_table import rules_table
from .tables import (
    access_table,
    age_span,
    municipalities_table,
    region,
    sites_table,
    sources_table,
)
from .teams_tables import rota_views, teams_notes

if TYPE_CHECKING:
    from ..study import Alternatives, Outcome
    from .costs_tables import OptionsRate
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
        exchange=_exchange(rates_within(outcome), {}, words),
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


def comparison_html(alternatives: Alternatives, words: Words) -> str:
    """Write the report that holds several plans side by side."""
    base, outcomes = alternatives.base, alternatives.outcomes
    titles = option_titles(alternatives, words)
    names = " ".join(name_in_commands(each) for each in outcomes)
    minutes = words.plain(alternatives.comparison.noticeable_minutes)
    is_given = base.plan.status is Status.GIVEN
    base_title = getattr(base.scenario.title, words.language)
    mode = by_mode(base.scenario, words)
    template = templates().get_template("comparison.html.j2")
    return template.render(
        words=words,
        title=words("report.comparison_title"),
        region=region(base, words),
        base_note=words("report.base_note", base=titles[base.scenario.name], minutes=minutes, mode=mode),
        by_mode=mode,
        given_note=words("report.given_base_note", base=base_title) if is_given else "",
        options=options_table(alternatives, words),
        by_letter=names_by_letter(alternatives),
        option_notes=_option_notes(alternatives, words),
        has_stops=any(each.plan.stop for each in outcomes),
        exchange=_exchange(rates_between(alternatives), _labels(alternatives, words), words),
        ages=age_span(base.scenario),
        plans=[
            {
                "title": titles[each.scenario.name],
                "question": getattr(each.scenario.question, words.language),
                "places": places(each, words),
                "status": status_text(each.plan, words),
                "sketch": sketch(each, width=300.0),
                "picture_alt": picture_alt(each, words),
                "rules": rules_table(each, words),
                "sites": sites_table(each, words),
                "sites_note": sites_note(each, words),
                "resources": resources_table(each, words),
                "rota": rota_views(each, words),
                "teams_notes": teams_notes(each, words),
            }
            for each in outcomes
        ],
        near_means=mean_by_municipality_table(alternatives, "near", words),
        main_means=mean_by_municipality_table(alternatives, "main", words),
        modes_side_by_side=[
            (by_mode(base.scenario, words, mode), within_by_municipality_table(alternatives, mode, words))
            for mode in shared_modes(outcomes)
        ],
        mode_notes=list(mode_notes(base.scenario, words)),
        longest_limit=words.plain(base.evaluation.county.overall.share_within[-1][0]),
        differences=difference_views(alternatives, words),
        rounding=rounding_note(base.scenario, words),
        assumptions=assumptions_of_options(alternatives, words),
        estimates=estimate_notes(base, words, with_modes=False),
        sources=sources_table(base, words),
        attributions=attributions(base),
        made=[how_made(each, words) for each in outcomes],
        command=f"siting compare {names} --base {alternatives.comparison.base}",
    )


def picture_alt(outcome: Outcome, words: Words) -> str:
    """Say what the little map shows."""
    return words("report.picture_alt", region=region(outcome, words), places=places(outcome, words))


def _labels(alternatives: Alternatives, words: Words) -> dict[str, str]:
    """Name each option in a sentence: "option A"."""
    letters = letters_of(alternatives)
    return {name: words("report.option_letter", letter=letter) for name, letter in letters.items()}


def _option_notes(alternatives: Alternatives, words: Words) -> list[str]:
    """Say how the figures side by side are to be read."""
    notes = []
    if compares_combined_time(alternatives):
        notes.append(combined_note(alternatives.base.scenario, words))
    elif access_differs(alternatives):
        notes.append(words("report.access_differs"))
    if any(_somebody_is_digital(each) for each in alternatives.outcomes):
        notes.append(words("report.digital_means"))
    if any(_somebody_is_unserved(each) for each in alternatives.outcomes):
        notes.append(words("report.median_unserved"))
    return notes


def sites_note(outcome: Outcome, words: Words) -> str:
    """Say whether the plan keeps to the room of its places."""
    key = "capacity_not_kept" if outcome.plan.intake is None else "capacity_kept"
    return words("report.sites_note", capacity=words(f"report.{key}"))


def _exchange(rates: tuple[OptionsRate, ...], labels: dict[str, str], words: Words) -> list[str]:
    """Write each rate, with the hours of reception that it buys."""
    return [f"{rate_sentence(each, labels, words)} {rate_hours_sentence(each, words)}" for each in rates]


def _somebody_is_digital(outcome: Outcome) -> bool:
    return outcome.evaluation.county.overall.digital_share > 0


def _somebody_is_unserved(outcome: Outcome) -> bool:
    return outcome.evaluation.county.overall.served_share < 1


def name_in_commands(outcome: Outcome) -> str:
    """Name an embedded scenario by its name, another by its file."""
    name = outcome.scenario.name
    return name if name in embedded_scenarios() else f"{name}.yaml"
