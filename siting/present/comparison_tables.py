"""What is to be shown of several plans side by side: who gains, who loses, by how much."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..saved.rounding import county_decimals
from .answer import status_text
from .assumptions import assumptions_tables
from .modes import roads_with_minutes
from .modes_tables import mode_figures
from .tables import (
    TableView,
    comparable_mean,
    gate_of,
    has_combined_time,
    mean_label,
    municipalities_with_need,
    offers_digital,
    option_letters,
    parts_of,
    region,
    served_label,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..comparison import Change, Difference, ServiceName
    from ..evaluate import Access
    from ..study import Alternatives, Outcome
    from .words import Words

ALMOST_NOBODY = 1e-6  # a difference of two sums, not a person
ONE_WAY_MARK = " *"
MOST_TITLES = 4
MOST_NAMED = 3


def option_titles(alternatives: Alternatives, words: Words) -> dict[str, str]:
    """Titles by scenario name, each with its letter: "A. Two main receptions"."""
    letters = letters_of(alternatives)
    return {
        each.scenario.name: f"{letters[each.scenario.name]}. {getattr(each.scenario.title, words.language)}"
        for each in alternatives.outcomes
    }


def letters_of(alternatives: Alternatives) -> dict[str, str]:
    """Letters by scenario name, so that tables and sentences can name an option in one."""
    names = [each.scenario.name for each in alternatives.outcomes]
    return dict(zip(names, option_letters(len(names)), strict=True))


def compares_combined_time(alternatives: Alternatives) -> bool:
    """Whether combined time says something, and the same in all options."""
    scenarios = [each.scenario for each in alternatives.outcomes]
    same = all(each.access == scenarios[0].access for each in scenarios)
    return same and has_combined_time(scenarios[0])


def access_differs(alternatives: Alternatives) -> bool:
    """Whether options value waiting or digital contact differently."""
    return any(each.scenario.access != alternatives.base.scenario.access for each in alternatives.outcomes)


def options_table(alternatives: Alternatives, words: Words) -> TableView:
    """All options side by side: a column for each, a row for each figure."""
    outcomes = alternatives.outcomes
    rows = tuple((label, *(tell(each) for each in outcomes)) for label, tell in _figures(alternatives, words))
    heads = letters_of(alternatives) if names_by_letter(alternatives) else option_titles(alternatives, words)
    columns = (words("column.option"), *(heads[each.scenario.name] for each in outcomes))
    return TableView(columns, rows, may_wrap=True)


def names_by_letter(alternatives: Alternatives) -> bool:
    """Whether the options are too many for their titles to stand over columns."""
    return len(alternatives.outcomes) > MOST_TITLES


def _figures(alternatives: Alternatives, words: Words) -> list[tuple[str, Callable[[Outcome], str]]]:
    """Label of each row, and what it tells of an option."""
    scenarios = [each.scenario for each in alternatives.outcomes]
    with_digital = next((each for each in scenarios if offers_digital(each)), scenarios[0])
    label = {key: words(f"column.{key}") for key in ("status", "n_main", "n_satellites", "satellite_days")}
    figures: list[tuple[str, Callable[[Outcome], str]]] = [
        (label["status"], lambda each: status_text(each, words)),
        (label["n_main"], lambda each: words.number(len(each.plan.main))),
        (label["n_satellites"], lambda each: words.number(len(each.plan.satellite))),
        (label["satellite_days"], lambda each: words.plain(_satellite_days(each))),
    ]
    if any(each.plan.stop for each in alternatives.outcomes):
        figures += [
            (words("column.n_stops"), lambda each: words.number(len(each.plan.stop))),
            (words("column.n_teams"), lambda each: words.number(sum(each.plan.teams.values()))),
        ]
    figures += [
        (
            words("column.posts_estimate"),
            _of_options(
                alternatives, lambda each: words.number(each.evaluation.resources.full_time_posts, 1), words
            ),
        ),
        (
            words("column.sek_estimate"),
            _of_options(
                alternatives, lambda each: words.three_digits(each.evaluation.resources.sek_per_year), words
            ),
        ),
        (
            words(f"column.{mean_label(with_digital)}") + ONE_WAY_MARK,
            lambda each: _minutes(comparable_mean(each.evaluation.county), each, words),
        ),
        (
            words("column.near_mean") + ONE_WAY_MARK,
            lambda each: _minutes(each.evaluation.county.near.mean_minutes, each, words),
        ),
        (
            words("column.main_mean") + ONE_WAY_MARK,
            lambda each: _minutes(each.evaluation.county.main.mean_minutes, each, words),
        ),
    ]
    if compares_combined_time(alternatives):
        figures.append((words("column.mean_combined_minutes"), lambda each: _combined(each, words)))
    for limit, _ in alternatives.base.evaluation.county.overall.share_within:
        head = words("column.within", minutes=words.plain(limit)) + ONE_WAY_MARK
        figures.append((head, _within(limit, words)))
    figures += mode_figures(alternatives, words)
    if offers_digital(with_digital):
        figures.append(
            (
                words("column.digital"),
                lambda each: words.percent(each.evaluation.county.overall.digital_share),
            )
        )
    figures.append(
        (
            served_label(with_digital, words),
            lambda each: words.percent(each.evaluation.county.overall.served_share),
        )
    )
    return figures


def _of_options(
    alternatives: Alternatives, tell: Callable[[Outcome], str], words: Words
) -> Callable[[Outcome], str]:
    """Tell nothing of a reference: its staff and money are another service's."""
    alone = len(alternatives.outcomes) == 1
    return lambda each: words("unit.unknown") if each.is_reference and not alone else tell(each)


def _satellite_days(outcome: Outcome) -> float:
    return sum(outcome.plan.days_of(site_id) for site_id in outcome.plan.satellite)


def _combined(outcome: Outcome, words: Words) -> str:
    overall = outcome.evaluation.county.overall
    served = overall.served_share == 1
    return _minutes(overall.mean_generalised_minutes if served else None, outcome, words)


def _minutes(minutes: float | None, outcome: Outcome, words: Words) -> str:
    """Write a mean of the county, where few live without decimals."""
    text = words.number(minutes, min(1, county_decimals(outcome.evaluation.county.youths_in_effect)))
    return text if minutes is None else f"{text}\xa0{words('unit.minutes')}"


def _within(limit: float, words: Words) -> Callable[[Outcome], str]:
    return lambda each: words.percent(_share(each.evaluation.county.overall, limit))


def _share(access: Access, limit: float) -> float | None:
    return dict(access.share_within).get(limit)


def mean_by_municipality_table(alternatives: Alternatives, service: ServiceName, words: Words) -> TableView:
    """Mean minutes to a service by municipality, one column for each option, named by its letter."""
    outcomes = alternatives.outcomes
    gate = gate_of(alternatives.base.scenario)

    def cell(outcome: Outcome, code: str) -> str:
        area = outcome.evaluation.by_municipality[code]
        if gate.hides_minutes(area.youths):
            return words("unit.hidden")
        return words.number(getattr(area, service).mean_minutes)

    rows = [
        (name, *(cell(each, code) for each in outcomes))
        for code, name in municipalities_with_need(outcomes[0]).items()
    ]
    return TableView((words("column.municipality"), *option_letters(len(outcomes))), tuple(rows))


def within_by_municipality_table(alternatives: Alternatives, mode: str, words: Words) -> TableView:
    """Share of the visits within the base's longest limit by another mode, one column for each option."""
    outcomes, gate = alternatives.outcomes, gate_of(alternatives.base.scenario)
    limit = alternatives.base.evaluation.county.overall.share_within[-1][0]

    def cell(outcome: Outcome, code: str) -> str:
        area = outcome.by_mode[mode].by_municipality[code]
        if _share(area.overall, limit) is None:
            return words.percent(None)
        parts = parts_of(area, lambda access: access.within(limit))
        return gate.both_text(parts, area.youths, words)

    rows = [
        (name, *(cell(each, code) for each in outcomes))
        for code, name in municipalities_with_need(outcomes[0]).items()
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
    return tuple(
        DifferenceView(
            title=titles[each.option],
            service=words(f"report.{each.service}_heading"),
            sentences=_change_sentences(each, alternatives, words),
            table=_difference_table(each, alternatives, words) if _changes_differ(each.county) else None,
        )
        for each in alternatives.comparison.differences
    )


def _difference_table(each: Difference, alternatives: Alternatives, words: Words) -> TableView:
    gate = gate_of(alternatives.base.scenario)
    in_effect = alternatives.base.evaluation.county.youths_in_effect
    combined = compares_combined_time(alternatives)
    county = _counts(each.county)
    both_have_places = each.county.mean_change_minutes is not None
    always = ("nearer", "farther") if both_have_places else ()
    keys = tuple(key for key in county if key in always or county[key])
    changes = ("change", "change_combined") if combined else ("change",) if both_have_places else ()

    def row(name: str, change: Change) -> tuple[str, ...]:
        counts = _counts(change)
        minutes = [signed_minutes(change.mean_change_minutes, words)] if changes else []
        if combined:
            minutes.append(signed_minutes(change.mean_change_generalised_minutes, words))
        is_hidden = gate.count(in_effect if change is each.county else change.youths) is None
        if is_hidden or (change is not each.county and gate.hides_minutes(change.youths)):
            minutes = [words("unit.hidden")] * len(minutes)
        return (name, *minutes, *(gate.text(counts[key], words) for key in keys))

    names = municipalities_with_need(alternatives.outcomes[0])
    rows = [row(name, each.by_municipality[code]) for code, name in names.items()]
    rows.append(row(region(alternatives.outcomes[0], words), each.county))
    limit = words.plain(alternatives.comparison.standard_minutes)
    columns = (words(f"column.{key}", minutes=limit) for key in ("municipality", *changes, *keys))
    return TableView(tuple(columns), tuple(rows), n_sum_rows=1)


def _counts(change: Change) -> dict[str, float]:
    """Youths by what happens to them; nobody is in two of them but for those about the standard."""
    counts = {
        "nearer": change.youths_nearer,
        "farther": change.youths_farther,
        "gained": change.youths_gaining_a_place - change.youths_from_digital,
        "lost": change.youths_losing_a_place - change.youths_to_digital,
        "from_digital": change.youths_from_digital,
        "to_digital": change.youths_to_digital,
        "into_standard": change.youths_into_standard,
        "out_of_standard": change.youths_out_of_standard,
    }
    return {key: count if count > ALMOST_NOBODY else 0.0 for key, count in counts.items()}


def _changes_differ(change: Change) -> bool:
    """Whether some trips change and others do not: else the sentences say all there is."""
    gained_or_lost = change.youths_gaining_a_place + change.youths_losing_a_place
    moved = change.youths_nearer + change.youths_farther
    moved += change.youths_into_standard + change.youths_out_of_standard
    return moved > 0 or 0 < gained_or_lost < change.youths


def signed_minutes(value: float | None, words: Words) -> str:
    """Write a change in minutes with its sign; a true minus sign, as in print."""
    if value is None:
        return words("unit.none")
    text = words.number(abs(value))
    if text == words.number(0):
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def _change_sentences(each: Difference, alternatives: Alternatives, words: Words) -> tuple[str, ...]:
    change, counts = each.county, _counts(each.county)
    base = letters_of(alternatives)[alternatives.comparison.base]
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
    for key in ("gained", "lost", "from_digital", "to_digital"):
        if counts[key]:
            sentences.append(words(f"report.difference_{key}", base=base, youths=youths(counts[key])))
    sentences += _standard_sentences(each, alternatives, words)
    return tuple(sentence[0].upper() + sentence[1:] for sentence in sentences)


def _standard_sentences(each: Difference, alternatives: Alternatives, words: Words) -> Iterator[str]:
    """Say how many come within the standard and how many fall outside it, and where most of them live."""
    counts, gate = _counts(each.county), gate_of(alternatives.base.scenario)
    sides = ("into_standard", "out_of_standard")
    if not any(counts[side] for side in sides):
        return
    limit = words.plain(alternatives.comparison.standard_minutes)
    # Where the base has no such service nobody can fall outside, but many may not be within.
    is_new = counts["gained"] >= each.county.youths - ALMOST_NOBODY
    for side in sides[:1] if is_new else sides:
        if not counts[side]:
            yield words(f"report.nobody_{side}", minutes=limit)
            continue
        sentence = words(f"report.youths_{side}", youths=gate.text(counts[side], words), minutes=limit)
        towns = _most_in(each, side, alternatives)
        where = words("report.most_in", municipalities=words.list_of(towns)) if towns else ""
        yield f"{sentence}{where}."
    if is_new:
        still = each.county.youths - counts["into_standard"]
        yield words("report.youths_still_out", youths=gate.text(still, words), minutes=limit)


def _most_in(each: Difference, side: str, alternatives: Alternatives) -> list[str]:
    """Name the municipalities with most of those who come within the standard, or fall outside it."""
    gate = gate_of(alternatives.base.scenario)
    told = {
        name: gate.count(_counts(each.by_municipality[code])[side]) or 0
        for code, name in municipalities_with_need(alternatives.outcomes[0]).items()
    }
    ordered = sorted((name for name in told if told[name]), key=lambda name: (-told[name], name))
    return ordered[:MOST_NAMED]


def assumptions_of_options(alternatives: Alternatives, words: Words) -> dict[str, TableView]:
    """Assumptions of the base, and below them each one in which another option differs."""
    letters = letters_of(alternatives)
    measured = roads_with_minutes(alternatives.base)
    merged = assumptions_tables(alternatives.base.scenario, words, measured=measured)
    common = {heading: set(table.rows) for heading, table in merged.items()}
    for outcome in alternatives.outcomes:
        letter = letters[outcome.scenario.name]
        for heading, table in assumptions_tables(outcome.scenario, words, measured=measured).items():
            own = tuple(
                (words("report.option_assumption", option=letter, assumption=name), basis, value)
                for name, basis, value in table.rows
                if (name, basis, value) not in common[heading]
            )
            merged[heading] = replace(merged[heading], rows=merged[heading].rows + own)
    return merged
