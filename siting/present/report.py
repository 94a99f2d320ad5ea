"""Draws the reports as self-contained pages; every figure comes finished from `tables`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..plan import Status
from ..scenario_file import embedded_scenarios
from .comparison_tables import (
    assumptions_of_options,
    difference_views,
    mean_by_municipality_table,
    option_titles,
    options_table,
)
from .layers import sketch
from .rules_table import rules_table
from .tables import (
    access_table,
    answer,
    assumptions_table,
    estimate_notes,
    how_made,
    municipalities_table,
    places,
    region,
    rounding_note,
    sites_table,
    sources_table,
)

if TYPE_CHECKING:
    from ..study import Alternatives, Outcome
    from .words import Words


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("siting.present"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def plan_html(outcome: Outcome, words: Words) -> str:
    """Write the report of one plan."""
    template = _templates().get_template("plan.html.j2")
    return template.render(
        words=words,
        title=getattr(outcome.scenario.title, words.language),
        region=region(outcome, words),
        question=getattr(outcome.scenario.question, words.language),
        answer=answer(outcome, words),
        sketch=sketch(outcome, width=640.0),
        picture_alt=_picture_alt(outcome, words),
        rules=rules_table(outcome, words),
        sites=sites_table(outcome, words),
        access=access_table(outcome, words),
        somebody_is_unserved=_somebody_is_unserved(outcome),
        municipalities=municipalities_table(outcome, words),
        assumptions=assumptions_table(outcome.scenario, words),
        estimates=estimate_notes(outcome, words),
        sources=sources_table(outcome, words),
        made=[how_made(outcome, words)],
        command=f"siting run {_name_in_commands(outcome)}",
    )


def comparison_html(alternatives: Alternatives, words: Words) -> str:
    """Write the report that holds several plans side by side."""
    base, outcomes = alternatives.base, alternatives.outcomes
    titles = option_titles(alternatives, words)
    names = " ".join(_name_in_commands(each) for each in outcomes)
    minutes = words.plain(alternatives.comparison.noticeable_minutes)
    is_given = base.plan.status is Status.GIVEN
    base_title = getattr(base.scenario.title, words.language)
    template = _templates().get_template("comparison.html.j2")
    return template.render(
        words=words,
        title=words("report.comparison_title"),
        region=region(base, words),
        base_note=words("report.base_note", base=titles[base.scenario.name], minutes=minutes),
        given_note=words("report.given_base_note", base=base_title) if is_given else "",
        options=options_table(alternatives, words),
        somebody_is_unserved=any(_somebody_is_unserved(each) for each in outcomes),
        plans=[
            {
                "title": titles[each.scenario.name],
                "question": getattr(each.scenario.question, words.language),
                "places": places(each, words),
                "status": words(f"status.{each.plan.status}"),
                "sketch": sketch(each, width=300.0),
                "picture_alt": _picture_alt(each, words),
                "rules": rules_table(each, words),
                "sites": sites_table(each, words),
            }
            for each in outcomes
        ],
        near_means=mean_by_municipality_table(alternatives, "near", words),
        main_means=mean_by_municipality_table(alternatives, "main", words),
        differences=difference_views(alternatives, words),
        rounding=rounding_note(base.scenario, words),
        assumptions=assumptions_of_options(alternatives, words),
        estimates=estimate_notes(base, words),
        sources=sources_table(base, words),
        made=[how_made(each, words) for each in outcomes],
        command=f"siting compare {names} --base {alternatives.comparison.base}",
    )


def _picture_alt(outcome: Outcome, words: Words) -> str:
    return words("report.picture_alt", region=region(outcome, words), places=places(outcome, words))


def _somebody_is_unserved(outcome: Outcome) -> bool:
    return outcome.evaluation.county.overall.served_share < 1


def _name_in_commands(outcome: Outcome) -> str:
    """Name an embedded scenario by its name, another by its file."""
    name = outcome.scenario.name
    return name if name in embedded_scenarios() else f"{name}.yaml"
