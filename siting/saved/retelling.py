"""From the record of an analysis back to its parts, as far as they are told.

Each value of a part is one that is told as the record tells it: what was rounded stays rounded, and what is
hidden stays so. A page that is written from these parts says what the record says, and no more.
"""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Final

import numpy as np

from ..analysis.findings import Assumption, ComparedPlan, Frequency, Histogram, Quantiles, Swing
from ..analysis.near_best import NearBest, Place, Worth, padded, plan_with
from ..analysis.stages import Order, Stage, Stages
from ..analysis.trade_offs import CurvePoint, Front, Point, PriceOfFairness, TradeOffs
from ..analysis.uncertainty import Uncertainty
from ..evaluate import Measures
from ..plan import ObjectiveValue, Status
from ..scenario_analysis import StageSection
from ..scenario_base import Text
from ..scenario_choice import CountRange
from .hidden import count_told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..plan import Plan
    from ..study import Outcome
    from . import analysis_draws as draws
    from . import analysis_plans as plans_of
    from .analysis_types import SavedPlace

QUANTILES: Final = ("percentile_5", "median", "percentile_95")
FEW: Final = 0.5  # more than nobody, fewer than may be shown
VISITS_SHARE: Final = "within_standard"


def places_of(saved: Iterable[SavedPlace]) -> tuple[Place, ...]:
    """Give open places."""
    return tuple(Place(each.site_id, each.role, each.days_per_week) for each in saved)


def plan_from(saved: Iterable[SavedPlace]) -> Plan:
    """Give open places as a plan; what teams drive is not told."""
    return plan_with(places_of(saved))


def or_hidden(value: float | None) -> float:
    """Give a figure that there is; nan where it is hidden."""
    return nan if value is None else value


def own_mode(mode: str, outcome: Outcome) -> str:
    """Give a mode as parts name it: "" for the scenario's own."""
    return "" if mode == outcome.region.mode else mode


# --- near-best plans ---


def near_best_from(saved: plans_of.SavedNearBest, outcome: Outcome) -> NearBest:
    """Give plans near the best: those that are listed."""
    aim, best = saved.objective, or_hidden(saved.objective.value)
    worse = -1 if aim.name == VISITS_SHARE else 1
    plans = [places_of(each.places) for each in saved.plans]
    column = {site_id: j for j, site_id in enumerate(outcome.region.sites.site_ids)}
    places = sorted(
        {place for plan in plans for place in plan},
        key=lambda each: (column[each.site_id], each.role, each.days_per_week),  # as the tables have them
    )
    return NearBest(
        within=saved.within,
        objective=ObjectiveValue(
            aim.name, aim.unit, best, best, aim.gap, aim.status, own_mode(aim.mode, outcome)
        ),
        limit=or_hidden(saved.limit),
        is_complete=saved.is_complete,
        complete_to=or_hidden(saved.complete_to),
        places=tuple(places),
        plans=padded(np.array([[place in plan for place in places] for plan in plans], dtype=bool)),
        values=np.array([best + worse * each.sure("worse_by") for each in saved.plans]),
        n_plans=saved.n_plans,
        n_by_municipality=saved.n_by_municipality,
        worths=tuple(_worth(each, best, worse) for each in saved.worths),
        seconds=saved.seconds,
    )


def _worth(saved: plans_of.SavedWorth, best: float, worse: int) -> Worth:
    insisting, no = saved.figure("price_of_insisting"), saved.figure("price_of_no")
    return Worth(
        scope=saved.scope,
        key=saved.key,
        certainty=saved.certainty,
        share_of_plans=saved.share_of_plans,
        in_best=saved.in_best,
        best_with=None if insisting is None else best + worse * insisting,
        best_without=None if no is None else best + worse * no,
        with_is_proven=saved.price_of_insisting_is_proven,
        without_is_proven=saved.price_of_no_is_proven,
    )


# --- trade-offs ---


def trade_offs_from(saved: plans_of.SavedTradeOffs, outcome: Outcome) -> TradeOffs:
    """Give fronts, the curve and the price of fairness."""
    return TradeOffs(
        fronts=tuple(
            Front(each.measures, each.optimised, tuple(map(_point, each.points)), each.is_whole)
            for each in saved.fronts
        ),
        curve=tuple(_curve_point(each, outcome) for each in saved.curve),
        fairness=tuple(
            PriceOfFairness(
                measure=each.measure,
                best_mean=each.sure("best_mean"),
                fair_mean=each.sure("fair_mean"),
                best_worst=each.sure("best_worst"),
                fair_worst=each.sure("fair_worst"),
                price=each.price,
                is_proven=each.is_proven,
            )
            for each in saved.fairness
        ),
        seconds=saved.seconds,
    )


def _point(saved: plans_of.SavedPoint, objectives: tuple[ObjectiveValue, ...] = ()) -> Point:
    told = saved.measures
    measures = Measures(
        mean_minutes=told.figure("mean_minutes"),
        within_standard=told.sure("within_standard"),
        largest_minutes=told.figure("largest_minutes"),
        worst_share_minutes=told.figure("worst_share_minutes"),
        cost=told.sure("cost"),
    )
    plan = plan_with(places_of(saved.places), objectives)
    return Point(plan, measures, saved.is_proven, saved.bound)


def _curve_point(saved: plans_of.SavedCurvePoint, outcome: Outcome) -> CurvePoint:
    if saved.point is None:
        return CurvePoint(saved.n_satellites, None, saved.reason)
    aim, value = outcome.scenario.choice.objectives[0], saved.figure("value")
    first = () if value is None else (ObjectiveValue(aim.measure, "", value, value, 0.0, Status.GIVEN),)
    return CurvePoint(saved.n_satellites, _point(saved.point, first), saved.reason)


# --- uncertainty ---


def uncertainty_from(saved: draws.SavedUncertainty, outcome: Outcome) -> Uncertainty:
    """Give what the draws led to; of single draws nothing is told."""
    assumptions = {
        each.key: Assumption(each.key, each.distribution, each.nominal, each.low, each.high)
        for each in saved.assumptions
    }
    of_counts = _counted(outcome)
    return Uncertainty(
        n_draws=saved.n_draws,
        n_without_plan=saved.n_without_plan,
        n_out_of_time=saved.n_out_of_time,
        seed=saved.seed,
        objective_name=saved.objective,
        unit=saved.unit,
        mode=own_mode(saved.mode, outcome),
        assumptions=tuple(assumptions.values()),
        best_values=np.empty(0),
        best=_quantiles(saved.best),
        best_counts=Histogram(saved.best_counts.start, saved.best_counts.width, saved.best_counts.counts),
        n_unproven=saved.n_unproven,
        frequencies=tuple(Frequency(each.site_id, each.n_open, each.n_main) for each in saved.frequencies),
        plans=tuple(map(_compared, saved.plans)),
        n_different_plans=saved.n_different_plans,
        min_max_regret=_compared(saved.min_max_regret),
        min_max_is_proven=saved.min_max_is_proven,
        min_max_bound=saved.sure("min_max_bound"),
        visits_per_year=Quantiles(*(of_counts(getattr(saved.visits_per_year, key)) for key in QUANTILES)),
        persons_in_need=Quantiles(*(of_counts(getattr(saved.persons_in_need, key)) for key in QUANTILES)),
        within_standard=Quantiles(*(saved.within_standard.share_of(key) for key in QUANTILES)),
        swings=tuple(_swing(each, assumptions[each.key]) for each in saved.swings),
        seconds=saved.seconds,
    )


def _counted(outcome: Outcome) -> Callable[[float | None], float]:
    """Give a function from a count that was told to one that is told so: both follow from the youths."""
    youths = outcome.evaluation.county.youths_in_effect
    told = count_told(youths, outcome.scenario.evaluation.smallest_count_shown)
    scale = youths / told if told else 1.0
    return lambda count: (FEW if count is None else count) * scale


def _quantiles(saved: draws.SavedQuantiles) -> Quantiles:
    return Quantiles(*(saved.sure(key) for key in QUANTILES))


def _compared(saved: draws.SavedCompared) -> ComparedPlan:
    return ComparedPlan(
        name=saved.name,
        places=places_of(saved.places),
        n_best=saved.n_best,
        regret_mean=saved.sure("regret_mean"),
        regret_95=saved.sure("regret_95"),
        regret_largest=saved.sure("regret_largest"),
        objective=_quantiles(saved.objective),
        n_breaking=saved.n_breaking,
    )


def _swing(saved: draws.SavedSwing, assumption: Assumption) -> Swing:
    return Swing(
        assumption=assumption,
        chosen_low=saved.figure("chosen_low"),
        chosen_high=saved.figure("chosen_high"),
        regret_low=saved.figure("regret_low"),
        regret_high=saved.figure("regret_high"),
        flips_below=saved.flips_below,
        flips_above=saved.flips_above,
        searched=saved.searched,
        best_share_alone=saved.best_share_alone,
        n_alone=saved.n_alone,
    )


# --- stages ---


def stages_from(saved: plans_of.SavedStages, outcome: Outcome) -> Stages:
    """Give orders of opening."""
    return Stages(
        objective_name=saved.objective,
        unit=saved.unit,
        mode=own_mode(saved.mode, outcome),
        orders=tuple(
            Order(
                name=each.name,
                stages=tuple(map(_stage, each.stages)),
                mean_value=or_hidden(each.mean_value),
                bound=each.bound,
                is_proven=each.is_proven,
            )
            for each in saved.orders
        ),
        no_regret_first=saved.no_regret_first,
        least_largest_loss=saved.least_largest_loss,
        least_largest_loss_is_proven=saved.least_largest_loss_is_proven,
        least_largest_loss_first=saved.least_largest_loss_first,
        least_largest_loss_plans=tuple(map(plan_from, saved.least_largest_loss_places)),
        seconds=saved.seconds,
    )


def _stage(saved: plans_of.SavedStage) -> Stage:
    plan = plan_from(saved.places)
    n_main, n_satellites = (CountRange(minimum=n, maximum=n) for n in (len(plan.main), len(plan.satellite)))
    title = Text(sv=saved.title.sv, en=saved.title.en)
    return Stage(
        section=StageSection(title=title, n_main=n_main, n_satellites=n_satellites, years=saved.years),
        plan=plan,
        sek_per_year=saved.sek_per_year,
        opened=saved.opened,
        raised=saved.raised,
        value=or_hidden(saved.value),
        own_best=or_hidden(saved.own_best),
        loss=saved.sure("loss"),
        own_best_is_proven=saved.own_best_is_proven,
    )
