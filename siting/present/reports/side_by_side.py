"""The options side by side: figures of the county, cost against travel, what each municipality gets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ...analysis.equity import equity
from ...plan import FULL_WEEK
from ...saved.rounding import county_decimals
from ...sites import Role
from ..comparison_tables import (
    access_differs,
    compares_combined_time,
    mean_by_municipality_table,
    options_table,
    within_by_municipality_table,
)
from ..costs_tables import rate_hours_sentence, rate_sentence, rates_between
from ..document import Bullets, Chapter, Heading, Paragraph, Table
from ..modes import by_mode, mode_notes
from ..modes_tables import shared_modes
from ..notes import combined_note
from ..pictures.maps import small_map
from ..pictures.municipality_dots import MunicipalityRow, municipality_dots
from ..pictures.options_plots import OptionPoint, cost_plot
from ..tables import (
    TableView,
    age_span,
    gate_of,
    has_combined_time,
    municipalities_with_need,
)
from ..tours import days_text
from ..words import read_texts
from .options import WIDTH
from .options_table import measures_of
from .suggestion import VALUE, step_figures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...analysis.equity import GroupEquity
    from ...study import Outcome
    from ..document import Block
    from .facts import Facts


def side_by_side_chapter(facts: Facts) -> Chapter:
    """Give the chapter that holds all options against each other."""
    return Chapter("options", facts.words("report.options"), tuple(_options(facts)))


def municipalities_chapter(facts: Facts) -> Chapter:
    """Give the chapter that says what each municipality gets."""
    return Chapter("municipalities", facts.words("reporting.municipalities"), tuple(_municipalities(facts)))


def _options(facts: Facts) -> Iterator[Block]:
    words, base, alternatives = facts.words, facts.base, facts.alternatives
    mode = by_mode(base.scenario, words)
    yield Bullets(
        tuple(str(getattr(each.scenario.question, words.language)) for each in facts.outcomes),
        tuple(f"{facts.titled(each)}:" for each in facts.outcomes),
    )
    yield Table(options_table(alternatives, words), words("report.options_caption", mode=mode))
    yield Paragraph(words("report.proof_note"), "quiet")
    for note in _notes(facts):
        yield Paragraph(note, "quiet")
    points = _points(facts)
    if len(points) > 1:
        yield Heading(words("reporting.cost_and_travel"))
        yield Paragraph(words("reporting.cost_and_travel_lead", mode=mode))
        yield replace(cost_plot(points, words), width=WIDTH)
    if facts.record[VALUE]["steps"]:
        yield Table(_steps_table(facts), words("reporting.steps_caption", mode=mode))
    yield Heading(words("reporting.maps"))
    for each in facts.outcomes:
        yield replace(small_map(each, words), caption=facts.titled(each), width=0.32)
    yield from _genders(facts)
    labels = {name: words("report.option_letter", letter=letter) for name, letter in facts.letters.items()}
    rates = [
        f"{rate_sentence(each, labels, words)} {rate_hours_sentence(each, words)}"
        for each in rates_between(alternatives)
    ]
    if rates:
        yield Heading(words("report.exchange"))
        for rate in rates:
            yield Paragraph(rate)
        yield Paragraph(words("report.exchange_note"), "quiet")


def _notes(facts: Facts) -> Iterator[str]:
    """Say how the figures side by side are to be read."""
    words = facts.words
    overall = [each.evaluation.county.overall for each in facts.outcomes]
    if compares_combined_time(facts.alternatives):
        yield combined_note(facts.base.scenario, words)
    elif access_differs(facts.alternatives):
        yield words("report.access_differs")
    if any(each.digital_share > 0 for each in overall):
        yield words("report.digital_means")
    if any(each.served_share < 1 for each in overall):
        yield words("report.median_unserved")


def _points(facts: Facts) -> list[OptionPoint]:
    """Give the options that can be weighed against each other in cost and travel, as the table tells them."""
    by_key = {each.key: each for each in measures_of(facts)}
    efficient = set(facts.record[VALUE]["efficient"])
    return [
        OptionPoint(
            facts.letter(each),
            sek_per_year=by_key["sek"].tell(each).value or 0.0,
            mean_minutes=by_key["mean"].tell(each).told or 0.0,
            is_efficient=each.scenario.name in efficient,
            is_reference=each is facts.base and facts.has_reference,
        )
        for each in facts.outcomes
        if by_key["mean"].tell(each).told is not None
    ]


def _steps_table(facts: Facts) -> TableView:
    """Each step from an efficient option to the next dearer one, as incremental analysis shows it."""
    words = facts.words
    rows = []
    for row, step in enumerate(facts.record[VALUE]["steps"]):
        told = step_figures(facts, row)
        rows.append(
            (
                words(
                    "reporting.step_name",
                    cheaper=facts.letters[step["cheaper"]],
                    dearer=facts.letters[step["dearer"]],
                ),
                *(told[key].text(words) for key in ("minutes", "sek", "price")),
            )
        )
    keys = ("step", "step_minutes", "step_sek", "step_price")
    return TableView(tuple(words(f"reporting.column.{key}") for key in keys), tuple(rows))


def _municipalities(facts: Facts) -> Iterator[Block]:
    words, base, alternatives = facts.words, facts.base, facts.alternatives
    mode = by_mode(base.scenario, words)
    yield Paragraph(words("reporting.municipalities_lead", mode=mode), "lead")
    yield Bullets(
        tuple(facts.title(each) for each in facts.outcomes),
        tuple(f"{facts.letter(each)}." for each in facts.outcomes),
    )
    rows = _minutes_by_municipality(facts)
    if rows:
        reference = facts.letter(facts.base) if facts.has_reference else ""
        yield replace(municipality_dots(rows, words, reference=reference), width=WIDTH)
    yield Table(
        mean_by_municipality_table(alternatives, "near", words), words("report.near_means_caption", mode=mode)
    )
    yield Table(_places_table(facts), words("reporting.places_caption"))
    yield Table(
        mean_by_municipality_table(alternatives, "main", words), words("report.main_means_caption", mode=mode)
    )
    shared = shared_modes(facts.outcomes)
    if shared:
        yield Heading(words("report.modes"))
        for note in mode_notes(base.scenario, words):
            yield Paragraph(note, "quiet")
    longest = words.plain(base.evaluation.county.overall.share_within[-1][0])
    for other in shared:
        caption = words(
            "report.modes_options_caption", minutes=longest, mode=by_mode(base.scenario, words, other)
        )
        yield Table(within_by_municipality_table(alternatives, other, words), caption)


def _genders(facts: Facts) -> Iterator[Block]:
    """Tell need and trips by gender, as far as the data know it."""
    words, gate = facts.words, gate_of(facts.base.scenario)
    by_option = {facts.letter(each): equity(each).by_gender for each in facts.options}
    genders = next(iter(by_option.values()))
    if not genders or any(len(each) != len(genders) for each in by_option.values()):
        return
    known = read_texts(words.language)["gender"]
    decimals = min(1, county_decimals(facts.base.evaluation.county.youths_in_effect))

    def minutes(group: GroupEquity) -> str:
        hidden = gate.count(group.youths) is None
        return words("unit.hidden") if hidden else words.number(group.mean_minutes, decimals)

    rows = tuple(
        (
            str(known.get(each.key, each.key)),
            gate.text(each.youths, words),
            gate.text(each.visits_per_year, words, youths=each.youths),
            *(minutes(groups[row]) for groups in by_option.values()),
        )
        for row, each in enumerate(genders)
    )
    combined = any(has_combined_time(each.scenario) for each in facts.options)
    yield Heading(words("reporting.genders"))
    heads = (
        words("reporting.column.gender"),
        words("column.youths", ages=age_span(facts.base.scenario)),
        words("column.visits"),
        *by_option,
    )
    caption = words("reporting.genders_caption_combined" if combined else "reporting.genders_caption")
    yield Table(TableView(heads, rows), caption)
    yield Paragraph(words("reporting.genders_note"), "quiet")


def _minutes_by_municipality(facts: Facts) -> list[MunicipalityRow]:
    """Give each municipality's mean minutes to the nearest reception in each option, as they may be told."""
    gate = gate_of(facts.base.scenario)

    def told(outcome: Outcome, code: str) -> int | None:
        area = outcome.evaluation.by_municipality[code]
        minutes = area.near.mean_minutes
        return None if minutes is None or gate.hides_minutes(area.youths) else round(minutes)

    return [
        MunicipalityRow(name, {facts.letter(each): told(each, code) for each in facts.outcomes})
        for code, name in municipalities_with_need(facts.base).items()
    ]


def _places_table(facts: Facts) -> TableView:
    """What opens in each municipality, one column for each option."""
    words = facts.words
    rows = tuple(
        (name, *(_opened_in(each, code, facts) for each in facts.outcomes))
        for code, name in municipalities_with_need(facts.base).items()
    )
    heads = (words("column.municipality"), *(facts.letter(each) for each in facts.outcomes))
    return TableView(heads, rows, n_text_columns=len(heads))


def _opened_in(outcome: Outcome, code: str, facts: Facts) -> str:
    sites, words = outcome.region.sites, facts.words
    here = [each for each, of in zip(sites.site_ids, sites.municipality_codes, strict=True) if of == code]
    lines = []
    for site_id in outcome.plan.open_sites:
        role = outcome.plan.role_of(site_id)
        if site_id in here and role is not None:
            days = outcome.plan.days_of(site_id)
            often = f", {days_text(role, days, words)}" if role is not Role.MAIN and days < FULL_WEEK else ""
            lines.append(f"{words(f'reporting.role_in_table.{role}')}{often}")
    return "\n".join(lines) or words("unit.unknown")
