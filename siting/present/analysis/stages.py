"""In what order to open: orders stage by stage, and the first step that need not be regretted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..tables import TableView
from .blocks import Heading, Paragraph, Part, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...analysis.stages import Order, Stage, Stages
    from .blocks import Block
    from .shown import Shown


def stages_part(found: Stages, shown: Shown) -> Part:
    """Give the part of the page."""
    words = shown.words
    return Part(words("analysis.stages.title"), _summary(found, shown), lambda: _blocks(found, shown))


def _summary(found: Stages, shown: Shown) -> str:
    words = shown.words
    if found.no_regret_first:
        return words("analysis.stages.no_regret", sites=shown.list_sites(found.no_regret_first))
    key = "least_loss" if found.least_largest_loss_is_proven else "least_loss_unproven"
    return words(
        f"analysis.stages.{key}",
        sites=shown.list_sites(found.least_largest_loss_first),
        loss=words.percent(found.least_largest_loss),
    )


def _blocks(found: Stages, shown: Shown) -> Iterator[Block]:
    words = shown.words
    yield Paragraph(words("analysis.stages.lead"), "lead")
    yield Paragraph(_summary(found, shown))
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
                shown.value("cost", each.evaluation.measures.cost),
            )
        )
    keys = ("stage", "opened", "value", "own_best", "loss", "cost")
    columns = tuple(words(f"analysis.stages.column_{key}") for key in keys)
    return TableView(columns, tuple(rows), n_text_columns=2)


def _opened(stage: Stage, shown: Shown) -> str:
    words = shown.words
    parts = [
        f"{shown.site(site_id)} ({words(f'role_short.{stage.plan.role_of(site_id)}')})"
        for site_id in stage.opened
    ]
    parts += [words("analysis.stages.raised", site=shown.site(site_id)) for site_id in stage.raised]
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
