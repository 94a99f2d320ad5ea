"""What is to be shown of several plans side by side: who gains, who loses, by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .tables import (
    TableView,
    assumptions_table,
    gate_of,
    municipality_names,
    option_letters,
    region,
)

if TYPE_CHECKING:
    from ..compare import Change, Difference, ServiceName
    from ..evaluate import Access
    from ..study import Alternatives
    from .disclosure import Gate
    from .words import Words


def option_titles(alternatives: Alternatives, words: Words) -> dict[str, str]:
    """Titles by scenario name, each with its letter: "A. Two main receptions"."""
    letters = _letter_of(alternatives)
    return {
        each.scenario.name: f"{letters[each.scenario.name]}. {getattr(each.scenario.title, words.language)}"
        for each in alternatives.outcomes
    }


def _letter_of(alternatives: Alternatives) -> dict[str, str]:
    """Letters by scenario name, so that tables and sentences can name an option in one."""
    names = [each.scenario.name for each in alternatives.outcomes]
    return dict(zip(names, option_letters(len(names)), strict=True))


def options_table(alternatives: Alternatives, words: Words) -> TableView:
    """All options side by side."""
    first = alternatives.base.evaluation.county.overall
    titles = option_titles(alternatives, words)
    rows = []
    for outcome in alternatives.outcomes:
        county = outcome.evaluation.county
        # A mean over the visits that have a place would flatter a plan that leaves the others out.
        mean_all = county.overall.mean_minutes if county.overall.served_share == 1 else None
        rows.append(
            (
                titles[outcome.scenario.name],
                words(f"status.{outcome.plan.status}"),
                words.number(len(outcome.plan.main)),
                words.number(len(outcome.plan.satellite)),
                words.number(mean_all),
                words.number(county.near.mean_minutes),
                words.number(county.main.mean_minutes),
                *(words.percent(_share(county.overall, limit)) for limit, _ in first.share_within),
                words.percent(county.overall.served_share),
            )
        )
    keys = ("option", "status", "n_main", "n_satellites", "mean_all", "near_mean", "main_mean")
    limits = (words("column.within", minutes=words.plain(limit)) for limit, _ in first.share_within)
    columns = (*(words(f"column.{key}") for key in keys), *limits, words("column.served"))
    return TableView(columns, tuple(rows), n_text_columns=2)


def _share(access: Access, limit: float) -> float | None:
    return dict(access.share_within).get(limit)


def mean_by_municipality_table(alternatives: Alternatives, service: ServiceName, words: Words) -> TableView:
    """Mean minutes to a service by municipality, one column for each option, named by its letter."""
    outcomes = alternatives.outcomes
    rows = [
        (
            name,
            *(
                words.number(getattr(each.evaluation.by_municipality[code], service).mean_minutes)
                for each in outcomes
            ),
        )
        for code, name in municipality_names(outcomes[0]).items()
        if code in outcomes[0].evaluation.by_municipality
    ]
    return TableView((words("column.municipality"), *option_letters(len(outcomes))), tuple(rows))


@dataclass(frozen=True)
class DifferenceView:
    """One option against the base, for one service."""

    title: str
    service: str
    sentences: tuple[str, ...]
    table: TableView | None
    """None where all trips change alike, or none does: the sentences say all."""


def difference_views(alternatives: Alternatives, words: Words) -> tuple[DifferenceView, ...]:
    """Who gains and who loses, by how much: one view for each option and service."""
    titles = option_titles(alternatives, words)
    names = municipality_names(alternatives.outcomes[0])
    gate = gate_of(alternatives.base.scenario)
    keys = ("municipality", "change", "nearer", "farther", "gained", "lost")
    columns = tuple(words(f"column.{key}") for key in keys)
    views = []
    for each in alternatives.comparison.differences:
        rows = [
            _change_row(name, each.by_municipality[code], gate, words)
            for code, name in names.items()
            if code in each.by_municipality
        ]
        rows.append(_change_row(region(alternatives.outcomes[0], words), each.county, gate, words))
        views.append(
            DifferenceView(
                title=titles[each.option],
                service=words(f"report.{each.service}_heading"),
                sentences=_change_sentences(each, alternatives, words),
                table=TableView(columns, tuple(rows)) if _changes_differ(each.county) else None,
            )
        )
    return tuple(views)


def _changes_differ(change: Change) -> bool:
    """Whether some trips change and others do not: else the sentences say all there is."""
    gained_or_lost = change.youths_gaining_a_place + change.youths_losing_a_place
    return change.youths_nearer + change.youths_farther > 0 or 0 < gained_or_lost < change.youths


def _change_row(name: str, change: Change, gate: Gate, words: Words) -> tuple[str, ...]:
    counts = (
        change.youths_nearer,
        change.youths_farther,
        change.youths_gaining_a_place,
        change.youths_losing_a_place,
    )
    return (
        name,
        signed_minutes(change.mean_change_minutes, words),
        *(gate.text(each, words) for each in counts),
    )


def signed_minutes(value: float | None, words: Words) -> str:
    """Write a change in minutes with its sign; a true minus sign, as in print."""
    if value is None:
        return words("unit.none")
    text = words.number(abs(value))
    if text == words.number(0):
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def _change_sentences(each: Difference, alternatives: Alternatives, words: Words) -> tuple[str, ...]:
    change = each.county
    base = _letter_of(alternatives)[alternatives.comparison.base]
    gate = gate_of(alternatives.base.scenario)

    def youths(count: float) -> str:
        if count in (0, change.youths):
            return words("unit.all_of" if count else "unit.nobody_of")
        return gate.text(count, words)

    minutes = words.plain(alternatives.comparison.noticeable_minutes)
    sentences = []
    if change.youths_nearer or change.youths_farther:
        nearer, farther = youths(change.youths_nearer), youths(change.youths_farther)
        sentences.append(
            words("report.difference_sentence", nearer=nearer, farther=farther, minutes=minutes, base=base)
        )
    elif change.mean_change_minutes is not None:
        sentences.append(words("report.difference_none", minutes=minutes, base=base))
    for key, count in (("gained", change.youths_gaining_a_place), ("lost", change.youths_losing_a_place)):
        if count:
            sentences.append(words(f"report.difference_{key}", base=base, youths=youths(count)))
    return tuple(sentence[0].upper() + sentence[1:] for sentence in sentences)


def assumptions_of_options(alternatives: Alternatives, words: Words) -> TableView:
    """Assumptions of the base, and below them each one in which another option differs."""
    common = assumptions_table(alternatives.base.scenario, words)
    letters = _letter_of(alternatives)
    rows = list(common.rows)
    for outcome in alternatives.outcomes:
        letter = letters[outcome.scenario.name]
        for name, basis, value in assumptions_table(outcome.scenario, words).rows:
            if (name, basis, value) not in common.rows:
                label = words("report.option_assumption", option=letter, assumption=name)
                rows.append((label, basis, value))
    return TableView(common.columns, tuple(rows), common.n_text_columns)
