"""Does the answer hold: the spread of the outcome, how often sites are chosen, regret, and what flips it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..document import Heading, Paragraph, Part, Picture, Table
from ..pictures.drawing import Frame
from ..pictures.plots import Bar, Bins, bars, spread
from ..tables import TableView
from .assumed import drawn_text, name_of, value_text
from .shown import scaled
from .swings import nominal_of, swing_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...analysis.uncertainty import ComparedPlan, Quantiles, Uncertainty
    from ..document import Block
    from ..words import Words
    from .shown import Shown

MOST_SITES: Final = 20
MOST_NAMED: Final = 3
PER_CENT: Final = 100
CHOSEN: Final = "chosen"
SAFEST: Final = "min_max_regret"
DRAWN: Final = "drawn_"
HIDDEN: Final = "hidden_number_factor"
LEAST_TOLD: Final = {"value": 0.01, "visits": 0.05}
"""Share by which the draws' median must differ from what the scenario says for it to be told."""


def uncertainty_part(found: Uncertainty, shown: Shown) -> Part:
    """Give the part of the page."""
    words = shown.words
    return Part(words("analysis.sure.title"), _summary(found, shown), lambda: _blocks(found, shown))


def chosen_plan(found: Uncertainty) -> ComparedPlan:
    """Give the comparison of the plan chosen."""
    return next(each for each in found.plans if each.name == CHOSEN)


def _n_with_plan(found: Uncertainty) -> int:
    return found.n_draws - found.n_without_plan - found.n_out_of_time


def _summary(found: Uncertainty, shown: Shown) -> str:
    words, chosen, name = shown.words, chosen_plan(found), found.objective_name
    n = _n_with_plan(found)
    sentence = words(
        "analysis.sure.summary",
        n=words.number(n),
        share=words.percent(chosen.n_best / n) if n else words("unit.none"),
        regret=shown.at_most(name, chosen.regret_95),
        span=shown.span(name, chosen.objective.percentile_5, chosen.objective.percentile_95),
        measure=shown.measure_inside(name),
        mode=shown.mode,
    )
    if not found.n_without_plan:
        return sentence
    without = words("analysis.sure.summary_without_plan", n=words.number(found.n_without_plan))
    return f"{sentence} {without}"


def _blocks(found: Uncertainty, shown: Shown) -> Iterator[Block]:
    words = shown.words
    yield Paragraph(words("analysis.sure.lead"), "lead")
    if found.n_without_plan:
        yield Paragraph(words("analysis.sure.without_plan", n=words.number(found.n_without_plan)))
    if found.n_unproven:
        yield Paragraph(words("analysis.sure.unproven", n=words.number(found.n_unproven)))
    yield from _spread_blocks(found, shown)
    yield from _regret_blocks(found, shown)
    yield from _frequency_blocks(found, shown)
    if found.swings:
        yield from swing_blocks(found, shown)
    yield Table(_assumptions_table(found, shown), words("analysis.sure.assumptions_caption"))
    yield Paragraph(words("analysis.sure.note", seed=found.seed), "quiet")


# --- spread ---


def _spread_blocks(found: Uncertainty, shown: Shown) -> Iterator[Block]:
    words, name = shown.words, found.objective_name
    yield Heading(words("analysis.sure.spread"))
    caption = words("analysis.sure.spread_plot", measure=shown.measure_inside(name), mode=shown.mode)
    frame = Frame(
        "spread",
        _spread_alt(found, shown),
        shown.axis(name),
        words("analysis.sure.n_draws"),
    )
    counts = found.best_counts
    if counts.counts:
        bins = Bins(scaled(name, counts.start), scaled(name, counts.width), counts.counts)
        marks = [
            (words("analysis.sure.median"), shown.on_axis(name, found.best.median)),
            (words("analysis.sure.as_scenario"), shown.on_axis(name, nominal_of(shown))),
        ]
        told = [(label, value) for label, value in marks if value is not None]
        yield Picture(spread(bins, marks=told, frame=frame, words=words), caption, frame.alt)
    yield Table(_spread_table(found, shown), words("analysis.sure.spread_caption", mode=shown.mode))
    if added := _what_draws_add(found, shown):
        yield Paragraph(" ".join(added))


def _spread_alt(found: Uncertainty, shown: Shown) -> str:
    """Say between what the value lies mostly, and on which side the scenario is."""
    name = found.objective_name
    return shown.words(
        "analysis.sure.spread_alt",
        measure=shown.measure_inside(name),
        span=shown.span(name, found.best.percentile_5, found.best.percentile_95),
        median=shown.value(name, found.best.median),
        nominal=shown.value(name, nominal_of(shown)),
    )


def _what_draws_add(found: Uncertainty, shown: Shown) -> list[str]:
    """Say what the draws include that the scenario does not, and how far that moves the middle."""
    words, section = shown.words, shown.outcome.scenario.analysis.uncertainty
    hidden = [each for each in found.assumptions if each.key.endswith(HIDDEN)]
    more = {
        "hidden": any((each.low or 0.0) >= (each.nominal or 0.0) for each in hidden),
        "winter": section.winter is not None,
        "years": section.forecast is not None,
    }
    added = [words(f"analysis.sure.adds_{key}") for key, is_added in more.items() if is_added]
    sentences = [words("analysis.sure.draws_add", added=words.list_of(added))] if added else []
    name, nominal = found.objective_name, nominal_of(shown)
    median = chosen_plan(found).objective.median
    if nominal and abs(median / nominal - 1) >= LEAST_TOLD["value"]:
        texts = {"median": shown.value(name, median), "nominal": shown.value(name, nominal)}
        measure = shown.measure_inside(name)
        sentences.append(words("analysis.sure.median_value", measure=measure, **texts))
    visits, of_scenario = (
        found.visits_per_year.median,
        shown.outcome.evaluation.county.overall.visits_per_year,
    )
    if of_scenario and abs(visits / of_scenario - 1) >= LEAST_TOLD["visits"]:
        counts = {"median": _count(visits, shown), "nominal": _count(of_scenario, shown)}
        sentences.append(words("analysis.sure.median_visits", **counts))
    return sentences


def _count(value: float, shown: Shown) -> str:
    return shown.gate.text(value, shown.words, youths=shown.youths)


def _spread_table(found: Uncertainty, shown: Shown) -> TableView:
    words, name, county = shown.words, found.objective_name, shown.outcome.evaluation.county

    def row(
        label: str, nominal: float | None, spread_of: Quantiles, write: Callable[[float | None], str]
    ) -> tuple[str, ...]:
        values = (nominal, spread_of.percentile_5, spread_of.median, spread_of.percentile_95)
        return (label, *(write(each) for each in values))

    def value(each: float | None) -> str:
        return shown.value(name, each)

    def share(each: float | None) -> str:
        return shown.gate.share_text(each, shown.youths, words)

    def count(each: float | None) -> str:
        return words("unit.none") if each is None else _count(each, shown)

    measure, nominal = shown.measure_inside(name), nominal_of(shown)
    within = shown.outcome.evaluation.measures.within_standard
    plan_itself = words("analysis.sure.plan_itself", measure=measure)
    rows = [
        row(plan_itself, nominal, chosen_plan(found).objective, value),
        row(shown.measure("within_standard"), within, found.within_standard, share),
        row(words("analysis.sure.visits"), county.overall.visits_per_year, found.visits_per_year, count),
        row(words("analysis.sure.persons"), county.persons_in_need, found.persons_in_need, count),
    ]
    if found.best_counts.counts:
        label = words("analysis.sure.best_of_draw", measure=measure)
        rows.insert(1, row(label, nominal, found.best, value))
    keys = ("figure", "nominal", "low", "median", "high")
    return TableView(tuple(words(f"analysis.sure.column_{key}") for key in keys), tuple(rows))


# --- regret ---


def _regret_blocks(found: Uncertainty, shown: Shown) -> Iterator[Block]:
    words = shown.words
    yield Heading(words("analysis.sure.regret"))
    yield Paragraph(words("analysis.sure.regret_lead"))
    name, safest = found.objective_name, found.min_max_regret
    measure = shown.measure_inside(name)
    caption = words("analysis.sure.regret_caption", measure=measure, mode=shown.mode)
    yield Table(_regret_table(found, shown), caption)
    proof = words(
        "analysis.sure.safest_proven" if found.min_max_is_proven else "analysis.sure.safest_bound",
        bound=shown.in_words(name, found.min_max_bound),
    )
    chosen = chosen_plan(found)
    is_same = set(safest.places) == set(chosen.places)
    least, most = (shown.at_most(name, each.regret_largest) for each in (safest, chosen))
    key = "safest_same" if is_same else "safest_alike" if least == most else "safest"
    text = words(
        f"analysis.sure.{key}",
        regret=least,
        chosen=most,
        places=shown.places(safest.places),
    )
    yield Paragraph(f"{text} {proof}")


def _regret_table(found: Uncertainty, shown: Shown) -> TableView:
    words, name, n = shown.words, found.objective_name, _n_with_plan(found)
    listed = [*found.plans, *([] if any(p.name == SAFEST for p in found.plans) else [found.min_max_regret])]
    breaks = any(each.n_breaking for each in listed)
    rows = tuple(
        (
            plan_name(each, words_of=shown),
            *shown.otherwise((place.site_id, place.role, place.days_per_week) for place in each.places),
            words.percent(each.n_best / n) if n else words("unit.none"),
            *([words.percent(each.n_breaking / n) if n else words("unit.none")] if breaks else []),
            shown.difference(name, each.regret_mean),
            shown.difference(name, each.regret_95),
            shown.difference(name, each.regret_largest),
        )
        for each in listed
    )
    broken = ("breaking",) if breaks else ()
    keys = ("plan", "without", "instead", "best", *broken, "regret_mean", "regret_95", "regret_largest")
    columns = tuple(words(f"analysis.sure.column_{key}") for key in keys)
    return TableView(columns, rows, n_text_columns=3)


def plan_name(plan: ComparedPlan, *, words_of: Shown) -> str:
    """Name a plan that is held against the best ones."""
    words = words_of.words
    if plan.name in (CHOSEN, SAFEST):
        return words(f"analysis.sure.plan_{plan.name}")
    if plan.name.startswith(DRAWN):
        return words("analysis.sure.plan_drawn", number=plan.name.removeprefix(DRAWN))
    return plan.name


# --- how often ---


def _frequency_blocks(found: Uncertainty, shown: Shown) -> Iterator[Block]:
    words, n = shown.words, _n_with_plan(found)
    yield Heading(words("analysis.sure.frequency"))
    yield Paragraph(words("analysis.sure.frequency_lead", n=words.number(found.n_different_plans)))
    if not n:
        return
    rows = [
        Bar(
            shown.marked_site(each.site_id),
            round(PER_CENT * each.n_open / n),
            part=round(PER_CENT * each.n_main / n),
        )
        for each in found.frequencies[:MOST_SITES]
    ]
    caption = words("analysis.sure.frequency_plot")
    frame = Frame(
        "frequency",
        _frequency_alt(rows, words),
        words("analysis.sure.percent_of_draws"),
        legend=(words("analysis.sure.as_main"), words("analysis.sure.as_other")),
    )
    yield Picture(bars(rows, frame, words, most=PER_CENT), caption, frame.alt)
    yield Table(_frequency_table(found, shown), words("analysis.sure.frequency_caption", n=MOST_SITES))


def _frequency_alt(rows: list[Bar], words: Words) -> str:
    """Name the places that are open most often."""
    named = [f"{row.label} ({words.percent(row.value / PER_CENT)})" for row in rows[:MOST_NAMED]]
    n = sum(row.value >= PER_CENT / 2 for row in rows)
    return words("analysis.sure.frequency_alt", places=words.list_of(named), n=words.number(n))


def _frequency_table(found: Uncertainty, shown: Shown) -> TableView:
    words, n = shown.words, _n_with_plan(found)
    chosen = set(shown.outcome.plan.open_sites)
    rows = tuple(
        (
            shown.marked_site(each.site_id),
            words("analysis.yes" if each.site_id in chosen else "analysis.no"),
            words.percent(each.n_open / n),
            words.percent(each.n_main / n),
        )
        for each in found.frequencies[:MOST_SITES]
    )
    keys = ("site", "in_plan", "open", "main")
    columns = tuple(words(f"analysis.sure.column_{key}") for key in keys)
    return TableView(columns, rows, n_text_columns=2)


# --- what was drawn ---


def _assumptions_table(found: Uncertainty, shown: Shown) -> TableView:
    words = shown.words
    rows = tuple(
        (
            name_of(each.key, shown),
            drawn_text(each.key, each.distribution, shown),
            value_text(each.key, each.nominal, shown),
            value_text(each.key, each.low, shown),
            value_text(each.key, each.high, shown),
        )
        for each in found.assumptions
    )
    keys = ("assumption", "distribution", "nominal", "low_value", "high_value")
    columns = tuple(words(f"analysis.sure.column_{key}") for key in keys)
    return TableView(columns, rows, n_text_columns=2)
