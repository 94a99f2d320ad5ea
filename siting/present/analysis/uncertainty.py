"""Does the answer hold: the spread of the outcome, how often sites are chosen, regret, and what flips it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ..assumptions import SHARES
from ..tables import TableView
from ..words import read_texts
from .blocks import Heading, Paragraph, Part, Plot, Table
from .plots import Bar, Frame, Span, bars, spread, swings
from .shown import scaled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...analysis.uncertainty import Assumption, ComparedPlan, Quantiles, Swing, Uncertainty
    from .blocks import Block
    from .shown import Shown

MOST_SITES: Final = 20
PER_CENT: Final = 100
CHOSEN: Final = "chosen"
SAFEST: Final = "min_max_regret"
DRAWN: Final = "drawn_"
WINTER: Final = "winter"  # a share of the visits
GROUP_KEY: Final = "demand.risk_groups."
FACTOR_KEY: Final = "demand.municipality_factors."


def uncertainty_part(found: Uncertainty, shown: Shown) -> Part:
    """Give the part of the page."""
    words = shown.words
    return Part(words("analysis.sure.title"), _summary(found, shown), lambda: _blocks(found, shown))


def chosen_plan(found: Uncertainty) -> ComparedPlan:
    """Give the comparison of the plan chosen."""
    return next(each for each in found.plans if each.name == CHOSEN)


def _n_with_plan(found: Uncertainty) -> int:
    return found.n_draws - found.n_without_plan


def _summary(found: Uncertainty, shown: Shown) -> str:
    words, chosen = shown.words, chosen_plan(found)
    n = _n_with_plan(found)
    return words(
        "analysis.sure.summary",
        n=words.number(found.n_draws),
        share=words.percent(chosen.n_best / n) if n else words("unit.none"),
        regret=shown.difference(found.objective_name, chosen.regret_95),
        low=shown.value(found.objective_name, chosen.objective.percentile_5),
        high=shown.value(found.objective_name, chosen.objective.percentile_95),
        measure=shown.measure_inside(found.objective_name),
        mode=shown.mode,
    )


def _blocks(found: Uncertainty, shown: Shown) -> Iterator[Block]:
    words = shown.words
    yield Paragraph(words("analysis.sure.lead", n=words.number(found.n_draws)), "lead")
    if found.n_without_plan:
        yield Paragraph(words("analysis.sure.without_plan", n=words.number(found.n_without_plan)))
    if found.n_unproven:
        yield Paragraph(words("analysis.sure.unproven", n=words.number(found.n_unproven)))
    yield from _spread_blocks(found, shown)
    yield from _regret_blocks(found, shown)
    yield from _frequency_blocks(found, shown)
    if found.swings:
        yield from _swing_blocks(found, shown)
    yield Table(_assumptions_table(found, shown), words("analysis.sure.assumptions_caption"))
    yield Paragraph(words("analysis.sure.note", seed=found.seed), "quiet")


# --- spread ---


def _spread_blocks(found: Uncertainty, shown: Shown) -> Iterator[Block]:
    words, name = shown.words, found.objective_name
    yield Heading(words("analysis.sure.spread"))
    caption = words("analysis.sure.spread_plot", measure=shown.measure_inside(name), mode=shown.mode)
    frame = Frame(
        "spread",
        words("analysis.plot_alt", caption=caption),
        shown.axis(name),
        words("analysis.sure.n_draws"),
    )
    values = [scaled(name, value) for value in found.best_values[np.isfinite(found.best_values)].tolist()]
    median = shown.on_axis(name, chosen_plan(found).objective.median)
    if values and median is not None:
        marks = [(words("analysis.sure.median"), median)]
        yield Plot(spread(values, marks=marks, frame=frame, words=words), caption)
    yield Table(_spread_table(found, shown), words("analysis.sure.spread_caption", mode=shown.mode))


def _spread_table(found: Uncertainty, shown: Shown) -> TableView:
    words, name, gate = shown.words, found.objective_name, shown.gate

    def row(label: str, quantiles: Quantiles, write: object) -> tuple[str, ...]:
        values = (quantiles.percentile_5, quantiles.median, quantiles.percentile_95)
        return (label, *(write(each) for each in values))  # type: ignore[operator]

    def count(value: float) -> str:
        return gate.text(value, words, youths=shown.youths)

    rows = (
        row(shown.measure(name), chosen_plan(found).objective, lambda value: shown.value(name, value)),
        row(
            shown.measure("within_standard"),
            found.within_standard,
            lambda value: gate.share_text(value, shown.youths, words),
        ),
        row(words("analysis.sure.visits"), found.visits_per_year, count),
        row(words("analysis.sure.persons"), found.persons_in_need, count),
    )
    keys = ("figure", "low", "median", "high")
    return TableView(tuple(words(f"analysis.sure.column_{key}") for key in keys), rows)


# --- regret ---


def _regret_blocks(found: Uncertainty, shown: Shown) -> Iterator[Block]:
    words = shown.words
    yield Heading(words("analysis.sure.regret"))
    yield Paragraph(words("analysis.sure.regret_lead"))
    yield Table(_regret_table(found, shown), words("analysis.sure.regret_caption", mode=shown.mode))
    name, safest = found.objective_name, found.min_max_regret
    proof = words(
        "analysis.sure.safest_proven" if found.min_max_is_proven else "analysis.sure.safest_bound",
        bound=shown.difference(name, found.min_max_bound),
    )
    chosen = chosen_plan(found)
    is_same = set(safest.places) == set(chosen.places)
    least, most = (shown.difference(name, each.regret_largest) for each in (safest, chosen))
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
            shown.site(each.site_id),
            round(PER_CENT * each.n_open / n),
            part=round(PER_CENT * each.n_main / n),
        )
        for each in found.frequencies[:MOST_SITES]
    ]
    caption = words("analysis.sure.frequency_plot")
    frame = Frame(
        "frequency",
        words("analysis.plot_alt", caption=caption),
        words("analysis.sure.percent_of_draws"),
        legend=(words("analysis.sure.as_main"), words("analysis.sure.as_other")),
    )
    yield Plot(bars(rows, frame, words, most=PER_CENT), caption)
    yield Table(_frequency_table(found, shown), words("analysis.sure.frequency_caption", n=MOST_SITES))


def _frequency_table(found: Uncertainty, shown: Shown) -> TableView:
    words, n = shown.words, _n_with_plan(found)
    chosen = set(shown.outcome.plan.open_sites)
    rows = tuple(
        (
            shown.site(each.site_id),
            words("analysis.yes" if each.site_id in chosen else "analysis.no"),
            words.percent(each.n_open / n),
            words.percent(each.n_main / n),
        )
        for each in found.frequencies[:MOST_SITES]
    )
    keys = ("site", "in_plan", "open", "main")
    columns = tuple(words(f"analysis.sure.column_{key}") for key in keys)
    return TableView(columns, rows, n_text_columns=2)


# --- what flips it ---


def _swing_blocks(found: Uncertainty, shown: Shown) -> Iterator[Block]:
    words, name = shown.words, found.objective_name
    yield Heading(words("analysis.sure.swings"))
    yield Paragraph(words("analysis.sure.swings_lead"))
    ordered = sorted(found.swings, key=lambda each: -_width(each))
    rows = [
        Span(
            assumption_name(each.assumption, shown),
            shown.on_axis(name, each.chosen_low),
            shown.on_axis(name, each.chosen_high),
        )
        for each in ordered
        if _width(each) > 0
    ]
    nominal = (
        shown.on_axis(name, shown.outcome.plan.objectives[0].value) if shown.outcome.plan.objectives else None
    )
    caption = words("analysis.sure.swings_plot", measure=shown.measure_inside(name), mode=shown.mode)
    frame = Frame(
        "swings",
        words("analysis.plot_alt", caption=caption),
        shown.axis(name),
        legend=(words("analysis.sure.low"), words("analysis.sure.high")),
    )
    if rows and nominal is not None:
        yield Plot(swings(rows, nominal, frame, words), caption)
    yield Table(_swings_table(ordered, name, shown), words("analysis.sure.swings_caption", mode=shown.mode))


def _width(swing: Swing) -> float:
    if swing.chosen_low is None or swing.chosen_high is None:
        return 0.0
    return abs(swing.chosen_high - swing.chosen_low)


def _swings_table(ordered: list[Swing], name: str, shown: Shown) -> TableView:
    words = shown.words
    rows = tuple(
        (
            assumption_name(each.assumption, shown),
            _flips(each, shown),
            _assumed(each.assumption, each.assumption.low, shown),
            _assumed(each.assumption, each.assumption.high, shown),
            words("unit.unknown") if each.chosen_low is None else shown.value(name, each.chosen_low),
            words("unit.unknown") if each.chosen_high is None else shown.value(name, each.chosen_high),
            _largest(each, name, shown),
        )
        for each in ordered
    )
    keys = ("assumption", "flips", "low_value", "high_value", "at_low", "at_high", "worse")
    columns = tuple(words(f"analysis.sure.column_{key}") for key in keys)
    return TableView(columns, rows, n_text_columns=2)


def _largest(swing: Swing, name: str, shown: Shown) -> str:
    regrets = [each for each in (swing.regret_low, swing.regret_high) if each is not None]
    return shown.difference(name, max(regrets)) if regrets else shown.words("unit.unknown")


def _flips(swing: Swing, shown: Shown) -> str:
    """Say below or above which value another plan is better."""
    words, each = shown.words, swing.assumption
    parts = []
    if swing.flips_below is not None:
        parts.append(words("analysis.sure.flips_below", value=_assumed(each, swing.flips_below, shown)))
    if swing.flips_above is not None:
        parts.append(words("analysis.sure.flips_above", value=_assumed(each, swing.flips_above, shown)))
    if parts:
        return words("unit.or").join(parts)
    if swing.searched is None:
        return words("unit.unknown")
    low, high = (_assumed(each, value, shown) for value in swing.searched)
    return words("analysis.sure.no_flip", low=low, high=high)


def assumption_name(assumption: Assumption, shown: Shown) -> str:
    """Name what is not known in readers' words; a key that no text knows keeps its own name."""
    words, key = shown.words, assumption.key
    texts = read_texts(words.language)
    if key in texts["analysis"]["sure"]["field"]:
        return words(f"analysis.sure.field.{key}")
    if key.startswith(GROUP_KEY):
        group, _, name = key.removeprefix(GROUP_KEY).partition(".")
        section = shown.outcome.scenario.demand.risk_groups.get(group)
        if section is not None and name in texts["field"]["group"]:
            return words(f"field.group.{name}", group=getattr(section.title, words.language), name="")
    if key.startswith(FACTOR_KEY):
        return words("field.demand.municipality_factors", name=key.removeprefix(FACTOR_KEY))
    section_name, _, name = key.partition(".")
    if section_name == "travel" and name in texts["field"]["travel"]:
        return words(f"field.travel.{name}")
    return key


def _assumed(assumption: Assumption, value: float | None, shown: Shown) -> str:
    """Write a value of an assumption to three digits."""
    words = shown.words
    if value is None:
        return words("unit.unknown")
    if assumption.key.rpartition(".")[2] in (*SHARES, WINTER):
        return words.exact_percent(float(f"{value:.3g}"))
    return words.plain(float(f"{value:.3g}"))


def _assumptions_table(found: Uncertainty, shown: Shown) -> TableView:
    words = shown.words
    rows = tuple(
        (
            assumption_name(each, shown),
            each.distribution,
            _assumed(each, each.nominal, shown),
            _assumed(each, each.low, shown),
            _assumed(each, each.high, shown),
        )
        for each in found.assumptions
    )
    keys = ("assumption", "distribution", "nominal", "low_value", "high_value")
    columns = tuple(words(f"analysis.sure.column_{key}") for key in keys)
    return TableView(columns, rows, n_text_columns=2)
