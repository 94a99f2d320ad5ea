"""In what order to open: orders stage by stage, and the first step that need not be regretted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..document import Heading, Paragraph, Part, Table
from ..tables import TableView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...analysis.stages import Order, Stage, Stages
    from ...plan import Plan
    from ..document import Block
    from .shown import Shown


def stages_part(found: Stages, shown: Shown) -> Part:
    """Give the part of the page."""
    words = shown.words
    return Part(words("analysis.stages.title"), _summary(found, shown), lambda: _blocks(found, shown))


def _summary(found: Stages, shown: Shown) -> str:
    words = shown.words
    first_order = found.orders[0].stages
    if found.no_regret_first:
        is_proven = all(each.own_best_is_proven for each in first_order)
        plans = tuple(each.plan for each in first_order)
        return words(
            "analysis.stages.no_regret",
            **_start(found.no_regret_first, plans, found, shown),
            mark="" if is_proven else words("analysis.unproven_mark"),
        )
    key = "least_loss" if found.least_largest_loss_is_proven else "least_loss_unproven"
    return words(
        f"analysis.stages.{key}",
        **_start(found.least_largest_loss_first, found.least_largest_loss_plans, found, shown),
        loss=words.percent(found.least_largest_loss),
    )


def _start(opened: tuple[str, ...], plans: tuple[Plan, ...], found: Stages, shown: Shown) -> dict[str, str]:
    """Name what opens first by municipality and role, and what of it becomes a main reception later."""
    first = plans[0]
    alone = replace(
        first,
        main=tuple(each for each in first.main if each in opened),
        satellite=tuple(each for each in first.satellite if each in opened),
        stop=(),
        days_per_week={site_id: days for site_id, days in first.days_per_week.items() if site_id in opened},
    )
    later = ""
    for site_id in alone.satellite:
        raised = next((s for s, plan in enumerate(plans) if site_id in plan.main), None)
        if raised is not None:
            stage = _inside(found.orders[0].stages[raised], raised + 1, shown)
            later += shown.words("analysis.stages.later", town=shown.town_of(site_id), stage=stage)
    return {"places": shown.plan(alone) if opened else shown.words("analysis.nothing"), "later": later}


def _inside(stage: Stage, number: int, shown: Shown) -> str:
    """Name a stage inside a sentence: what is only its number begins with a small letter."""
    title = getattr(stage.section.title, shown.words.language)
    numbered = shown.words("analysis.stages.step", number=number)
    return numbered if title.casefold() == numbered.casefold() else str(title)


def _blocks(found: Stages, shown: Shown) -> Iterator[Block]:
    words = shown.words
    yield Paragraph(words("analysis.stages.lead"), "lead")
    for order in found.orders:
        yield Heading(words(f"analysis.stages.order_{order.name}"))
        if order is not found.orders[0] and _opens(order) == _opens(found.orders[0]):
            yield Paragraph(words("analysis.stages.same"))
            continue
        yield Table(
            _order_table(order, found, shown),
            words(
                f"analysis.stages.caption_{order.name}",
                measure=shown.measure(found.objective_name),
                mode=shown.mode,
            ),
        )
        yield Paragraph(_how_sure(order, found, shown), "quiet")


def _opens(order: Order) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Give what each stage of an order opens and raises."""
    return [(frozenset(each.opened), frozenset(each.raised)) for each in order.stages]


def _order_table(order: Order, found: Stages, shown: Shown) -> TableView:
    words, name = shown.words, found.objective_name
    rows = []
    for each in order.stages:
        loss = shown.difference(name, each.loss)
        rows.append(
            (
                str(getattr(each.section.title, words.language)),
                _opened(each, shown),
                shown.value(name, each.value),
                shown.value(name, each.own_best),
                loss if each.own_best_is_proven else f"{loss}{words('analysis.unproven_mark')}",
                shown.value("cost", each.sek_per_year),
            )
        )
    keys = ("stage", "opened", "value", "own_best", "loss", "cost")
    columns = tuple(words(f"analysis.stages.column_{key}") for key in keys)
    return TableView(columns, tuple(rows), n_text_columns=2)


def _opened(stage: Stage, shown: Shown) -> str:
    words = shown.words
    parts = [
        f"{shown.marked_site(site_id)} ({words(f'role_short.{stage.plan.role_of(site_id)}')})"
        for site_id in stage.opened
    ]
    parts += [words("analysis.stages.raised", site=shown.marked_site(site_id)) for site_id in stage.raised]
    return "\n".join(parts) or words("unit.unknown")


def _how_sure(order: Order, found: Stages, shown: Shown) -> str:
    words = shown.words
    mean = words("analysis.stages.mean", value=shown.value(found.objective_name, order.mean_value))
    if order.is_proven:
        return f"{mean} {words('analysis.stages.proven')}"
    if order.bound is not None:
        bound = shown.value(found.objective_name, order.bound)
        return f"{mean} {words('analysis.stages.bound', bound=bound)}"
    return f"{mean} {words('analysis.stages.not_sought')}"
