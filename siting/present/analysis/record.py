"""The content of analysis.json, described by ``schemas/analysis.schema.json``.

Gates and rounding are those of plan.json (docs/decisions/0005), and coarser where there are many figures
of one kind (`shown`). Nothing is told of a single draw or cell, nor of more than the hundred best plans.
The page is told from this record alone (`page.parts_of`), so that it says the same of a saved analysis.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from ...analysis.near_best import plan_with
from ...saved.analysis_record import ANALYSIS_FORMAT, ANALYSIS_FORMAT_VERSION
from ...saved.rounding import gap_told
from ..access_records import objective_record
from ..words import SWEDISH, to_three_digits
from .curve import value_of
from .near_best import MOST_PLANS, best_plans
from .record_areas import accessibility_record, municipalities_record
from .record_draws import uncertainty_record
from .record_places import plan_places
from .shown import SHARE_DECIMALS, Shown
from .untold import difference, measure, with_untold

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...analysis.analyse import Analysis, PartName
    from ...analysis.near_best import NearBest, Worth
    from ...analysis.stages import Order, Stage, Stages
    from ...analysis.trade_offs import CurvePoint, Point, TradeOffs
    from ...scenario_choice import MeasureName

    Record = dict[str, Any]

MEASURES: Final = ("mean_minutes", "within_standard", "largest_minutes", "worst_share_minutes", "cost")
SECONDS_DECIMALS: Final = 1


def analysis_record(analysis: Analysis) -> Record:
    """Give the content of analysis.json; a part that was not asked for is null."""
    outcome = analysis.outcome
    shown = Shown(outcome, SWEDISH)  # words are asked for nothing here
    return {
        "format": ANALYSIS_FORMAT,
        "format_version": ANALYSIS_FORMAT_VERSION,
        "siting_version": version("siting"),
        "scenario": {
            "name": outcome.scenario.name,
            "sha256": outcome.scenario.sha256,
            "resolved": outcome.scenario.resolved,
            "analysis": outcome.scenario.analysis.model_dump(mode="json"),
        },
        "dataset": {"name": outcome.dataset.manifest.name, "sha256": outcome.dataset.digests},
        "mode": outcome.region.mode,
        "plan": {
            "status": str(outcome.plan.status),
            "places": plan_places(outcome.plan),
            "objectives": [
                objective_record(
                    each, outcome.region.mode, shown.gate, youths=shown.youths_measured(each.name)
                )
                for each in outcome.plan.objectives
            ],
        },
        **_parts(analysis, shown),
        "left_out": dict(analysis.left_out),
        "youths_are_estimated": outcome.region.demand.youths_are_estimated,
        "counts_are_rounded_to": shown.gate.smallest_count_shown,
    }


def _parts(analysis: Analysis, shown: Shown) -> Record:
    """Give each part; None for what was not asked for."""
    tell: dict[PartName, Callable[[Any, Shown], Record]] = {
        "near_best": _near_best,
        "trade_offs": _trade_offs,
        "uncertainty": uncertainty_record,
        "municipalities": municipalities_record,
        "stages": _stages,
        "accessibility": accessibility_record,
    }
    found = {name: getattr(analysis, name) for name in tell}
    return {name: None if found[name] is None else tell[name](found[name], shown) for name in tell}


# --- near-best plans ---


def _near_best(found: NearBest, shown: Shown) -> Record:
    name = found.objective.name
    return {
        "within": found.within,
        "objective": _objective(found, shown),
        "limit": shown.told(name, found.limit),
        "is_complete": found.is_complete,
        "complete_to": shown.told(name, found.complete_to),
        "n_plans": found.n_plans,
        "n_by_municipality": found.n_by_municipality,
        "plans": [_plan(rank, found, shown) for rank, _ in best_plans(found, MOST_PLANS, shown)],
        "worths": [worth_record(each, found, shown) for each in found.worths],
        "seconds": round(found.seconds, SECONDS_DECIMALS),
    }


def _objective(found: NearBest, shown: Shown) -> Record:
    each = found.objective
    return {
        "name": each.name,
        "unit": each.unit,
        "value": shown.told(each.name, each.value),
        "gap": gap_told(
            each.gap,
            each.value,
            each.unit,
            youths=shown.youths_measured(each.name),
            few=shown.gate.smallest_count_shown,
        ),
        "status": str(each.status),
        "mode": each.mode or shown.outcome.region.mode,
    }


def _plan(rank: int, found: NearBest, shown: Shown) -> Record:
    worse = abs(float(found.values[rank]) - found.objective.value)
    places = [found.places[place] for place in found.plans[rank].tolist() if place >= 0]
    return with_untold(
        {"places": plan_places(plan_with(places))},
        {"worse_by": difference(found.objective.name, worse, shown)},
    )


def worth_record(worth: Worth, found: NearBest, shown: Shown) -> Record:
    """Give what it costs to insist on something, or to say no to it."""
    name, best = found.objective.name, found.objective.value
    record = {
        "scope": worth.scope,
        "key": worth.key,
        "certainty": str(worth.certainty),
        "share_of_plans": round(worth.share_of_plans, SHARE_DECIMALS),
        "in_best": worth.in_best,
        "price_of_no_is_proven": worth.without_is_proven,
        "price_of_insisting_is_proven": worth.with_is_proven,
    }
    prices = {"price_of_no": worth.price_of_no(best), "price_of_insisting": worth.price_of_insisting(best)}
    return with_untold(record, {key: difference(name, price, shown) for key, price in prices.items()})


# --- trade-offs ---


def _trade_offs(found: TradeOffs, shown: Shown) -> Record:
    return {
        "fronts": [
            {
                "measures": list(front.measures),
                "optimised": front.optimised,
                "is_whole": front.is_whole,
                "points": [_point(each, front.optimised, shown) for each in front.points],
            }
            for front in found.fronts
        ],
        "curve": [_curve_point(each, shown) for each in found.curve],
        "fairness": [
            with_untold(
                {
                    "measure": each.measure,
                    "price": round(each.price, shown.price_decimals),
                    "is_proven": each.is_proven,
                },
                {
                    "best_mean": measure("mean_minutes", each.best_mean, shown),
                    "fair_mean": measure("mean_minutes", each.fair_mean, shown),
                    "best_worst": measure(each.measure, each.best_worst, shown),
                    "fair_worst": measure(each.measure, each.fair_worst, shown),
                },
            )
            for each in found.fairness
        ],
        "seconds": round(found.seconds, SECONDS_DECIMALS),
    }


def _curve_point(each: CurvePoint, shown: Shown) -> Record:
    first = shown.outcome.scenario.choice.objectives[0].measure
    value = None if each.point is None else value_of(each.point, first)
    return with_untold(
        {
            "n_satellites": each.n_satellites,
            "reason": each.reason,
            "point": None if each.point is None else _point(each.point, first, shown),
        },
        {"value": measure(first, value, shown)},
    )


def _point(point: Point, optimised: MeasureName, shown: Shown) -> Record:
    choice = shown.outcome.scenario.choice
    told = {name: measure(name, getattr(point.measures, name), shown) for name in MEASURES}
    return {
        "places": plan_places(point.plan),
        "measures": {
            **with_untold({}, told),
            "standard_minutes": choice.standard_minutes,
            "worst_share": choice.worst_share,
        },
        "is_proven": point.is_proven,
        "bound": shown.told(optimised, point.bound),
    }


# --- stages ---


def _stages(found: Stages, shown: Shown) -> Record:
    return {
        "objective": found.objective_name,
        "unit": found.unit,
        "mode": found.mode or shown.outcome.region.mode,
        "orders": [_order(each, found.objective_name, shown) for each in found.orders],
        "no_regret_first": list(found.no_regret_first),
        "least_largest_loss": round(found.least_largest_loss, SHARE_DECIMALS),
        "least_largest_loss_is_proven": found.least_largest_loss_is_proven,
        "least_largest_loss_first": list(found.least_largest_loss_first),
        "least_largest_loss_places": [plan_places(each) for each in found.least_largest_loss_plans],
        "seconds": round(found.seconds, SECONDS_DECIMALS),
    }


def _order(order: Order, name: str, shown: Shown) -> Record:
    return {
        "name": order.name,
        "mean_value": shown.told(name, order.mean_value),
        "bound": shown.told(name, order.bound),
        "is_proven": order.is_proven,
        "stages": [_stage(each, name, shown) for each in order.stages],
    }


def _stage(each: Stage, name: str, shown: Shown) -> Record:
    return with_untold(
        {
            "title": each.section.title.model_dump(),
            "years": each.section.years,
            "places": plan_places(each.plan),
            "opened": list(each.opened),
            "raised": list(each.raised),
            "value": shown.told(name, each.value),
            "own_best": shown.told(name, each.own_best),
            "own_best_is_proven": each.own_best_is_proven,
            "sek_per_year": to_three_digits(each.sek_per_year),
        },
        {"loss": difference(name, each.loss, shown)},
    )
