"""The content of analysis.json, described by ``schemas/analysis.schema.json``.

Gates and rounding are those of plan.json (docs/decisions/0005), and coarser where there are many figures
of one kind (`shown`). Nothing is told of a single draw or cell, nor of more than the hundred best plans.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from ..records import (
    AREA_DECIMALS,
    GROUP_DECIMALS,
    gap_shown,
    objective_record,
)
from ..words import SWEDISH, to_three_digits
from .accessibility import needed_per_hundred, per_hundred
from .departures import change_of_rest, head_after, head_before
from .municipalities import shapley_told, share_told, worse_told
from .near_best import best_plans
from .shown import FLIP_DIGITS, INDEX_DECIMALS, Shown, opened_by

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...analysis.accessibility import Accessibility, AreaAccessibility
    from ...analysis.analyse import Analysis
    from ...analysis.departures import Departure
    from ...analysis.equity import Equity, GroupEquity
    from ...analysis.municipalities import Membership, Municipalities
    from ...analysis.near_best import NearBest, Place, Worth
    from ...analysis.nobody_worse import NobodyWorse
    from ...analysis.stages import Order, Stage, Stages
    from ...analysis.trade_offs import Point, TradeOffs
    from ...analysis.uncertainty import Assumption, ComparedPlan, Quantiles, Swing, Uncertainty
    from ...plan import Plan
    from ...scenario_choice import MeasureName

    Record = dict[str, Any]

FORMAT_VERSION: Final = 1
MOST_PLANS: Final = 100
SHARE_DECIMALS: Final = 3  # of plans, of draws, and of what plans are worse by: no persons
MEASURES: Final = ("mean_minutes", "within_standard", "largest_minutes", "worst_share_minutes", "cost")
VALUE_DIGITS: Final = 4  # of an assumption
SECONDS_DECIMALS: Final = 1
WORST_SHARE: Final = 0.1


def analysis_record(analysis: Analysis) -> Record:
    """Give the content of analysis.json; a part that was not asked for is null."""
    outcome = analysis.outcome
    shown = Shown(outcome, SWEDISH)  # words are asked for nothing here
    youths = outcome.evaluation.county.youths
    return {
        "format": "siting-analysis",
        "format_version": FORMAT_VERSION,
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
            "places": _plan(outcome.plan),
            "objectives": [
                objective_record(each, outcome.region.mode, shown.gate, youths=youths)
                for each in outcome.plan.objectives
            ],
        },
        "near_best": None if analysis.near_best is None else _near_best(analysis.near_best, shown),
        "trade_offs": None if analysis.trade_offs is None else _trade_offs(analysis.trade_offs, shown),
        "uncertainty": None if analysis.uncertainty is None else _uncertainty(analysis.uncertainty, shown),
        "municipalities": None
        if analysis.municipalities is None
        else _municipalities(analysis.municipalities, shown),
        "stages": None if analysis.stages is None else _stages(analysis.stages, shown),
        "accessibility": None
        if analysis.accessibility is None
        else _accessibility(analysis.accessibility, shown),
        "left_out": dict(analysis.left_out),
        "youths_are_estimated": outcome.region.demand.youths_are_estimated,
        "counts_are_rounded_to": shown.gate.smallest_count_shown,
    }


def _places(opened: Iterable[tuple[str, str, float]]) -> list[Record]:
    return [{"site_id": each, "role": str(role), "days_per_week": days} for each, role, days in opened]


def _plan(plan: Plan) -> list[Record]:
    return _places(opened_by(plan))


def _opened(places: Iterable[Place]) -> list[Record]:
    return _places((each.site_id, each.role, each.days_per_week) for each in places)


# --- near-best plans ---


def _near_best(found: NearBest, shown: Shown) -> Record:
    name = found.objective.name
    return {
        "within": found.within,
        "objective": _objective(found, shown),
        "limit": shown.told(name, found.limit),
        "is_complete": found.is_complete,
        "complete_to": shown.told(name, found.complete_to),
        "n_plans": len(found.values),
        "plans": [
            {
                "worse_by": worse,
                "places": _opened(found.places[place] for place in found.plans[rank].tolist() if place >= 0),
            }
            for rank, worse in best_plans(found, MOST_PLANS, shown)
        ],
        "worths": [worth_record(each, found, shown) for each in found.worths],
        "seconds": round(found.seconds, SECONDS_DECIMALS),
    }


def _objective(found: NearBest, shown: Shown) -> Record:
    each = found.objective
    return {
        "name": each.name,
        "unit": each.unit,
        "value": shown.told(each.name, each.value),
        "gap": gap_shown(each.gap, each.unit),
        "status": str(each.status),
        "mode": each.mode or shown.outcome.region.mode,
    }


def worth_record(worth: Worth, found: NearBest, shown: Shown) -> Record:
    """Give what it costs to insist on something, or to say no to it."""
    name, best = found.objective.name, found.objective.value
    return {
        "scope": worth.scope,
        "key": worth.key,
        "certainty": str(worth.certainty),
        "share_of_plans": round(worth.share_of_plans, SHARE_DECIMALS),
        "in_best": worth.in_best,
        "price_of_no": shown.told_difference(name, worth.price_of_no(best)),
        "price_of_no_is_proven": worth.without_is_proven,
        "price_of_insisting": shown.told_difference(name, worth.price_of_insisting(best)),
        "price_of_insisting_is_proven": worth.with_is_proven,
    }


# --- trade-offs ---


def _trade_offs(found: TradeOffs, shown: Shown) -> Record:
    first = shown.outcome.scenario.choice.objectives[0].measure
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
        "curve": [
            {
                "n_satellites": each.n_satellites,
                "reason": each.reason,
                "point": None if each.point is None else _point(each.point, first, shown),
            }
            for each in found.curve
        ],
        "fairness": [
            {
                "measure": each.measure,
                "best_mean": shown.told("mean_minutes", each.best_mean),
                "fair_mean": shown.told("mean_minutes", each.fair_mean),
                "best_worst": shown.told(each.measure, each.best_worst),
                "fair_worst": shown.told(each.measure, each.fair_worst),
                "price": round(each.price, SHARE_DECIMALS),
                "is_proven": each.is_proven,
            }
            for each in found.fairness
        ],
        "seconds": round(found.seconds, SECONDS_DECIMALS),
    }


def _point(point: Point, optimised: MeasureName, shown: Shown) -> Record:
    choice = shown.outcome.scenario.choice
    return {
        "places": _plan(point.plan),
        "measures": {name: shown.told(name, getattr(point.evaluation.measures, name)) for name in MEASURES}
        | {"standard_minutes": choice.standard_minutes, "worst_share": choice.worst_share},
        "is_proven": point.is_proven,
        "bound": shown.told(optimised, point.bound),
    }


# --- uncertainty ---


def _uncertainty(found: Uncertainty, shown: Shown) -> Record:
    name = found.objective_name
    return {
        "n_draws": found.n_draws,
        "n_without_plan": found.n_without_plan,
        "n_unproven": found.n_unproven,
        "n_different_plans": found.n_different_plans,
        "seed": found.seed,
        "objective": name,
        "unit": found.unit,
        "mode": found.mode or shown.outcome.region.mode,
        "assumptions": [_assumption(each) for each in found.assumptions],
        "frequencies": [
            {"site_id": each.site_id, "n_open": each.n_open, "n_main": each.n_main}
            for each in found.frequencies
        ],
        "plans": [_compared(each, name, shown) for each in found.plans],
        "min_max_regret": _compared(found.min_max_regret, name, shown),
        "min_max_is_proven": found.min_max_is_proven,
        "min_max_bound": shown.told_difference(name, found.min_max_bound),
        "visits_per_year": _count_quantiles(found.visits_per_year, shown),
        "persons_in_need": _count_quantiles(found.persons_in_need, shown),
        "within_standard": _quantiles(found.within_standard, "within_standard", shown),
        "swings": [_swing(each, name, shown) for each in found.swings],
        "seconds": round(found.seconds, SECONDS_DECIMALS),
    }


def _few_digits(value: float | None, digits: int = VALUE_DIGITS) -> float | None:
    return None if value is None else float(f"{value:.{digits}g}")


def _assumption(each: Assumption) -> Record:
    return {
        "key": each.key,
        "distribution": each.distribution,
        "nominal": _few_digits(each.nominal),
        "low": _few_digits(each.low),
        "high": _few_digits(each.high),
    }


def _quantiles(each: Quantiles, measure: str, shown: Shown) -> Record:
    return {
        "percentile_5": shown.told(measure, each.percentile_5),
        "median": shown.told(measure, each.median),
        "percentile_95": shown.told(measure, each.percentile_95),
    }


def _count_quantiles(each: Quantiles, shown: Shown) -> Record:
    def count(value: float) -> int | None:
        return shown.gate.derived(value, shown.youths)

    return {
        "percentile_5": count(each.percentile_5),
        "median": count(each.median),
        "percentile_95": count(each.percentile_95),
    }


def _compared(each: ComparedPlan, measure: str, shown: Shown) -> Record:
    return {
        "name": each.name,
        "places": _opened(each.places),
        "n_best": each.n_best,
        "n_breaking": each.n_breaking,
        "regret_mean": shown.told_difference(measure, each.regret_mean),
        "regret_95": shown.told_difference(measure, each.regret_95),
        "regret_largest": shown.told_difference(measure, each.regret_largest),
        "objective": _quantiles(each.objective, measure, shown),
    }


def _swing(each: Swing, measure: str, shown: Shown) -> Record:
    return {
        "key": each.assumption.key,
        "chosen_low": shown.told(measure, each.chosen_low),
        "chosen_high": shown.told(measure, each.chosen_high),
        "regret_low": shown.told_difference(measure, each.regret_low),
        "regret_high": shown.told_difference(measure, each.regret_high),
        "flips_below": _few_digits(each.flips_below, FLIP_DIGITS),
        "flips_above": _few_digits(each.flips_above, FLIP_DIGITS),
        "searched": None if each.searched is None else [_few_digits(value) for value in each.searched],
    }


# --- municipalities ---


def _municipalities(found: Municipalities, shown: Shown) -> Record:
    return {
        "sek_per_year": to_three_digits(found.sek_per_year),
        "least_sek_per_year": _money(found.least_sek_per_year),
        "shapley_is_exact": found.shapley_is_exact,
        "shapley_reason": found.shapley_reason,
        "n_coalitions": found.n_coalitions,
        "members": [member_record(each, shown) for each in found.members],
        "departures": [_departure(each, shown) for each in found.departures],
        "nobody_worse": None
        if found.nobody_worse is None
        else _nobody_worse(found.nobody_worse, found, shown),
        "equity": _equity(found.equity, shown),
        "seconds": round(found.seconds, SECONDS_DECIMALS),
    }


def member_record(each: Membership, shown: Shown) -> Record:
    """Give one municipality: minutes whole, shares to a thousandth of the county."""
    return {
        "code": each.code,
        "name": each.name,
        "youths": shown.gate.count(each.youths),
        "visits_per_year": shown.gate.derived(each.visits_per_year, each.youths),
        "n_main": each.n_main,
        "n_places": each.n_places,
        "joint_minutes_as_today": _area_minutes(each.joint_minutes_as_today, each.youths, shown),
        "joint_minutes": _area_minutes(each.joint_minutes, each.youths, shown),
        "today_minutes": _area_minutes(each.today_minutes, each.youths, shown),
        "alone_minutes": _area_minutes(each.alone_minutes, each.youths, shown),
        "alone_sek_per_year": _money(each.alone_sek_per_year),
        "share_by_population": share_told(each.share_by_population, shown),
        "share_by_use": share_told(each.share_by_use, shown),
        "share_by_shapley": shapley_told(each.share_by_shapley),
        "shapley_standard_error": shapley_told(each.shapley_standard_error),
    }


def _money(sek: float | None) -> int | None:
    return None if sek is None else to_three_digits(sek)


def _area_minutes(value: float | None, youths: float, shown: Shown) -> float | None:
    if value is None or shown.gate.count(youths) is None:
        return None
    return round(value, AREA_DECIMALS)


def _departure(each: Departure, shown: Shown) -> Record:
    """Give the change for the others, not their means: these and the county's give the leaving one's away."""
    return {
        "codes": list(each.codes),
        "places": None if each.plan is None else _plan(each.plan),
        "reason": each.reason,
        "change_of_rest_minutes": change_of_rest(each, shown),
        "sek_per_head_before": head_before(each, shown),
        "sek_per_head_after": head_after(each, shown),
        "places_moved": list(each.places_moved),
        "is_proven": each.is_proven,
    }


def _nobody_worse(each: NobodyWorse, found: Municipalities, shown: Shown) -> Record:
    objectives = shown.outcome.plan.objectives
    measure = objectives[0].name if objectives else "mean_minutes"
    return {
        "worse_now": worse_told(each, found, shown),
        "joint_obeys": each.joint_obeys,
        "places": None if each.plan is None else _plan(each.plan),
        "reason": each.reason,
        "value": shown.told(measure, each.value),
        "joint_value": shown.told(measure, each.joint_value),
        "least_cost_places": None if each.least_cost_plan is None else _plan(each.least_cost_plan),
        "least_sek_per_year": _money(each.least_sek_per_year),
        "is_proven": each.is_proven,
    }


def _equity(found: Equity, shown: Shown) -> Record:
    between = found.share_between_municipalities
    return {
        "overall": _group(found.overall, shown, AREA_DECIMALS),
        "by_municipality": [_group(each, shown, AREA_DECIMALS) for each in found.by_municipality],
        "by_gender": [_group(each, shown, GROUP_DECIMALS) for each in found.by_gender],
        "by_risk_group": [_group(each, shown, GROUP_DECIMALS) for each in found.by_risk_group],
        "theil": None if found.theil is None else round(found.theil, INDEX_DECIMALS),
        "share_between_municipalities": None if between is None else round(between, INDEX_DECIMALS),
        "worst_visits_share_by_municipality": [
            {"code": code, "share": shown.gate.share(share, WORST_SHARE * shown.youths)}
            for code, share in found.worst_visits_share_by_municipality
        ],
    }


def _group(each: GroupEquity, shown: Shown, decimals: int) -> Record:
    hidden = shown.gate.count(each.youths) is None

    def told(value: float | None, digits: int) -> float | None:
        return None if hidden or value is None else round(value, digits)

    return {
        "key": each.key,
        "mean_minutes": told(each.mean_minutes, decimals),
        "worst_tenth_minutes": told(shown.worst_tenth(each.worst_tenth_minutes, each.youths), decimals),
        "gini": told(each.gini, INDEX_DECIMALS),
    }


# --- stages and room within reach ---


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
        "seconds": round(found.seconds, SECONDS_DECIMALS),
    }


def _order(order: Order, measure: str, shown: Shown) -> Record:
    return {
        "name": order.name,
        "mean_value": shown.told(measure, order.mean_value),
        "bound": shown.told(measure, order.bound),
        "is_proven": order.is_proven,
        "stages": [_stage(each, measure, shown) for each in order.stages],
    }


def _stage(each: Stage, measure: str, shown: Shown) -> Record:
    return {
        "title": each.section.title.model_dump(),
        "years": each.section.years,
        "places": _plan(each.plan),
        "opened": list(each.opened),
        "raised": list(each.raised),
        "value": shown.told(measure, each.value),
        "own_best": shown.told(measure, each.own_best),
        "own_best_is_proven": each.own_best_is_proven,
        "loss": shown.told_difference(measure, each.loss),
    }


def _accessibility(found: Accessibility, shown: Shown) -> Record:
    """Give the room within reach by municipality; of a place the ratio would tell how many live around it."""
    return {
        "overall": _reach(found.overall, shown),
        "by_municipality": [_reach(each, shown) for each in found.by_municipality],
        "gini": None if found.gini is None else round(found.gini, INDEX_DECIMALS),
    }


def _reach(area: AreaAccessibility, shown: Shown) -> Record:
    return {
        "code": area.code,
        "youths": shown.gate.count(area.youths),
        "visits_within_reach_per_hundred_youths": per_hundred(area, shown),
        "visits_needed_per_hundred_youths": needed_per_hundred(area, shown),
        "share_without": shown.gate.share(area.share_without, area.youths),
    }
