"""Draws the reports as self-contained pages; every figure comes finished from `tables`."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from .comparison_tables import (
    difference_views,
    mean_by_municipality_table,
    option_titles,
    options_table,
)
from .layers import sketch
from .tables import (
    access_table,
    answer,
    assumptions_table,
    estimate_notes,
    municipalities_table,
    places,
    proof,
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
    return (
        _templates()
        .get_template("plan.html.j2")
        .render(
            words=words,
            title=getattr(outcome.scenario.title, words.language),
            region=region(outcome, words),
            question=getattr(outcome.scenario.question, words.language),
            answer=answer(outcome, words),
            sketch=sketch(outcome, width=640.0),
            picture_alt=words(
                "report.picture_alt", region=region(outcome, words), places=places(outcome, words)
            ),
            sites=sites_table(outcome, words),
            access=access_table(outcome, words),
            municipalities=municipalities_table(outcome, words),
            assumptions=assumptions_table(outcome.scenario, words),
            estimates=estimate_notes(outcome, words),
            sources=sources_table(outcome, words),
            reproduce=_reproduce(outcome, words),
            command=f"siting run {outcome.scenario.name}",
        )
    )


def comparison_html(alternatives: Alternatives, words: Words) -> str:
    """Write the report that holds several plans side by side."""
    base = alternatives.base
    titles = option_titles(alternatives, words)
    names = [each.scenario.name for each in alternatives.outcomes]
    return (
        _templates()
        .get_template("comparison.html.j2")
        .render(
            words=words,
            title=words("report.comparison_title"),
            region=region(base, words),
            base_note=words(
                "report.base_note",
                base=titles[base.scenario.name],
                minutes=words.plain(alternatives.comparison.noticeable_minutes),
            ),
            options=options_table(alternatives, words),
            plans=[
                {
                    "title": titles[each.scenario.name],
                    "question": getattr(each.scenario.question, words.language),
                    "places": places(each, words),
                    "proof": proof(each, words),
                    "sketch": sketch(each, width=300.0),
                    "picture_alt": words(
                        "report.picture_alt", region=region(each, words), places=places(each, words)
                    ),
                    "sites": sites_table(each, words),
                }
                for each in alternatives.outcomes
            ],
            near_means=mean_by_municipality_table(alternatives, "near", words),
            main_means=mean_by_municipality_table(alternatives, "main", words),
            differences=difference_views(alternatives, words),
            rounding=rounding_note(base.scenario, words),
            assumptions=assumptions_table(base.scenario, words),
            estimates=estimate_notes(base, words),
            sources=sources_table(base, words),
            reproduce=[_reproduce(each, words) for each in alternatives.outcomes],
            command=f"siting compare {' '.join(names)} --base {alternatives.comparison.base}",
        )
    )


def _reproduce(outcome: Outcome, words: Words) -> str:
    return words(
        "report.reproduce_text",
        version=version("siting"),
        scenario=outcome.scenario.name,
        digest=outcome.scenario.sha256[:16],
    )
