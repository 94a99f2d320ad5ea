"""What draws led to, as it stands in analysis.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .record_places import opened
from .shown import FLIP_DIGITS, SHARE_DECIMALS
from .untold import county_share, difference, measure, with_untold

if TYPE_CHECKING:
    from typing import Any

    from ...analysis.uncertainty import Assumption, ComparedPlan, Quantiles, Swing, Uncertainty
    from .shown import Shown

    Record = dict[str, Any]

VALUE_DIGITS: Final = 4  # of an assumption
SECONDS_DECIMALS: Final = 1
QUANTILES: Final = ("percentile_5", "median", "percentile_95")


def uncertainty_record(found: Uncertainty, shown: Shown) -> Record:
    """Give the part of the record."""
    name = found.objective_name
    counts = found.best_counts
    return with_untold(
        {
            "n_draws": found.n_draws,
            "n_without_plan": found.n_without_plan,
            "n_out_of_time": found.n_out_of_time,
            "n_unproven": found.n_unproven,
            "n_different_plans": found.n_different_plans,
            "seed": found.seed,
            "objective": name,
            "unit": found.unit,
            "mode": found.mode or shown.outcome.region.mode,
            "assumptions": [_assumption(each) for each in found.assumptions],
            "best": _quantiles(found.best, name, shown),
            "best_counts": {"start": counts.start, "width": counts.width, "counts": list(counts.counts)},
            "frequencies": [
                {"site_id": each.site_id, "n_open": each.n_open, "n_main": each.n_main}
                for each in found.frequencies
            ],
            "plans": [_compared(each, name, shown) for each in found.plans],
            "min_max_regret": _compared(found.min_max_regret, name, shown),
            "min_max_is_proven": found.min_max_is_proven,
            "visits_per_year": _count_quantiles(found.visits_per_year, shown),
            "persons_in_need": _count_quantiles(found.persons_in_need, shown),
            "within_standard": _share_quantiles(found.within_standard, shown),
            "swings": [_swing(each, name, shown) for each in found.swings],
            "seconds": round(found.seconds, SECONDS_DECIMALS),
        },
        {"min_max_bound": difference(name, found.min_max_bound, shown)},
    )


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


def _quantiles(each: Quantiles, name: str, shown: Shown) -> Record:
    return with_untold({}, {key: measure(name, getattr(each, key), shown) for key in QUANTILES})


def _share_quantiles(each: Quantiles, shown: Shown) -> Record:
    return with_untold({}, {key: county_share(getattr(each, key), shown) for key in QUANTILES})


def _count_quantiles(each: Quantiles, shown: Shown) -> Record:
    counts = {key: shown.gate.derived(getattr(each, key), shown.youths) for key in QUANTILES}
    return {**counts, "untold": {}}


def _compared(each: ComparedPlan, name: str, shown: Shown) -> Record:
    keys = ("regret_mean", "regret_95", "regret_largest")
    return with_untold(
        {
            "name": each.name,
            "places": opened(each.places),
            "n_best": each.n_best,
            "n_breaking": each.n_breaking,
            "objective": _quantiles(each.objective, name, shown),
        },
        {key: difference(name, getattr(each, key), shown) for key in keys},
    )


def _swing(each: Swing, name: str, shown: Shown) -> Record:
    alone = each.best_share_alone
    return with_untold(
        {
            "key": each.assumption.key,
            "flips_below": _few_digits(each.flips_below, FLIP_DIGITS),
            "flips_above": _few_digits(each.flips_above, FLIP_DIGITS),
            "searched": None if each.searched is None else [_few_digits(value) for value in each.searched],
            "best_share_alone": None if alone is None else round(alone, SHARE_DECIMALS),
            "n_alone": each.n_alone,
        },
        {
            "chosen_low": measure(name, each.chosen_low, shown),
            "chosen_high": measure(name, each.chosen_high, shown),
            "regret_low": difference(name, each.regret_low, shown),
            "regret_high": difference(name, each.regret_high, shown),
        },
    )
