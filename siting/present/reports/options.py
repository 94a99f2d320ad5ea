"""A chapter for each option: where its places are, what they take, who gets what."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..answer import answer, status_text
from ..costs_tables import rate_hours_sentence, rate_sentence, rates_within, resources_table
from ..document import Chapter, Heading, Paragraph, Table
from ..modes import by_mode
from ..modes_tables import mode_sentences, modes_by_municipality_table, modes_table
from ..notes import combined_note
from ..pictures.maps import option_map
from ..pictures.times import travel_histogram
from ..report import sites_note
from ..rules_table import rules_table
from ..tables import (
    TableView,
    access_table,
    municipalities_table,
    sites_table,
)
from ..teams_tables import rota_views, teams_notes
from .sureness import unconfirmed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...study import Outcome
    from ..document import Block
    from .facts import Facts


NAMING_COLUMNS: Final = 5  # of the table of places: name, role, days, municipality, kind
WIDTH: Final = 0.8  # of pictures, so that their letters are as large as those around them


def option_chapter(outcome: Outcome, facts: Facts) -> Chapter:
    """Give the chapter of an option."""
    return Chapter(
        f"option-{facts.letter(outcome).lower()}",
        facts.words("reporting.option_title", letter=facts.letter(outcome), title=facts.title(outcome)),
        tuple(_blocks(outcome, facts)),
    )


def _blocks(outcome: Outcome, facts: Facts) -> Iterator[Block]:
    words = facts.words
    yield Paragraph(getattr(outcome.scenario.question, words.language), "lead")
    is_option = not facts.is_reference(outcome)
    for sentence in answer(outcome, words) if is_option else _about_reference(outcome, facts):
        yield Paragraph(sentence)
    yield replace(option_map(outcome, words, title=facts.titled(outcome)), width=WIDTH)
    yield Heading(words("report.sites"))
    if is_option:
        yield Table(sites_table(outcome, words), words("report.sites_caption"))
        yield Paragraph(sites_note(outcome, words), "quiet")
        yield from _teams(outcome, facts)
        yield from _means(outcome, facts)
    else:
        yield Table(_places_alone(outcome, facts), words("reporting.reference_caption"))
    yield from _times(outcome, facts)
    yield from _modes(outcome, facts)
    yield Heading(words("reporting.rules"))
    yield Table(rules_table(outcome, words), words("report.rules_caption"))
    status = status_text(outcome, words)
    yield Paragraph(words("reporting.status", status=status), "quiet")


def _about_reference(outcome: Outcome, facts: Facts) -> Iterator[str]:
    """Say what a reference is, without calling its places what they are not."""
    words, overall = facts.words, outcome.evaluation.county.overall
    n_unsure = len(unconfirmed(outcome, outcome.plan.open_sites))
    count, unsure = (words.number(n) for n in (len(outcome.plan.open_sites), n_unsure))
    yield words("reporting.reference_sentence", count=count, unsure=unsure)
    if overall.mean_minutes is not None:
        yield words(
            "reporting.reference_trip",
            share=words.percent(overall.served_share - overall.digital_share),
            mean=words.number(overall.mean_minutes),
            mode=by_mode(outcome.scenario, words),
        )
    yield from mode_sentences(outcome, words)


def _places_alone(outcome: Outcome, facts: Facts) -> TableView:
    """Name the places of a reference: what comes to them and what they take are not the new service's."""
    view = sites_table(outcome, facts.words)
    kept = (*range(NAMING_COLUMNS), len(view.columns) - 1)
    rows = tuple(tuple(row[column] for column in kept) for row in view.rows)
    return TableView(tuple(view.columns[column] for column in kept), rows, n_text_columns=NAMING_COLUMNS)


def _teams(outcome: Outcome, facts: Facts) -> Iterator[Block]:
    words = facts.words
    weeks = rota_views(outcome, words)
    if not weeks:
        return
    yield Heading(words("report.teams"))
    for note in teams_notes(outcome, words):
        yield Paragraph(note)
    for week in weeks:
        yield Table(week.table, words("report.rota_caption", weeks=week.title))
        yield Paragraph(week.total, "quiet")


def _means(outcome: Outcome, facts: Facts) -> Iterator[Block]:
    words = facts.words
    yield Heading(words("report.resources"))
    yield Table(resources_table(outcome, words), words("report.resources_caption"))
    yield Paragraph(words("report.resources_note"), "quiet")
    for rate in rates_within(outcome):
        yield Paragraph(f"{rate_sentence(rate, {}, words)} {rate_hours_sentence(rate, words)}")


def _times(outcome: Outcome, facts: Facts) -> Iterator[Block]:
    words, mode = facts.words, by_mode(outcome.scenario, facts.words)
    yield Heading(words("report.access"))
    if note := combined_note(outcome.scenario, words):
        yield Paragraph(note)
    before = None if outcome is facts.base else facts.base
    yield replace(travel_histogram(before, outcome, words), width=WIDTH)
    yield Table(access_table(outcome, words), words("report.access_caption", mode=mode))
    overall = outcome.evaluation.county.overall
    notes = [words("report.largest_note")]
    notes += [words("report.median_unserved")] if overall.served_share < 1 else []
    notes += [words("report.digital_means")] if overall.digital_share > 0 else []
    yield Paragraph(" ".join(notes), "quiet")
    yield Heading(words("report.municipalities"))
    yield Table(municipalities_table(outcome, words), words("report.municipalities_caption", mode=mode))


def _modes(outcome: Outcome, facts: Facts) -> Iterator[Block]:
    if not outcome.by_mode:
        return
    words = facts.words
    longest = words.plain(outcome.evaluation.county.overall.share_within[-1][0])
    yield Heading(words("report.modes"))
    yield Paragraph(words("report.modes_note"))
    yield Table(modes_table(outcome, words), words("report.modes_caption"))
    if len(facts.outcomes) > 1:
        return  # municipality by municipality, all options stand side by side in a chapter of their own
    caption = words("report.modes_municipalities_caption", minutes=longest)
    yield Table(modes_by_municipality_table(outcome, words), caption)
