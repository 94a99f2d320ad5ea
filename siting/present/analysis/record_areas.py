"""What municipalities and groups get, as it stands in analysis.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...saved.rounding import AREA_DECIMALS, county_decimals
from ..access_records import GROUP_DECIMALS
from ..words import to_three_digits
from .accessibility import needed_per_hundred, per_hundred
from .cost_shares import shapley_told, share_told
from .departures import change_of_rest, head_after, head_before
from .municipalities import gap_may_be_told, worse_told
from .record_places import plan_places
from .shown import INDEX_DECIMALS
from .untold import hidden_or, measure, share, with_untold

if TYPE_CHECKING:
    from typing import Any

    from ...analysis.accessibility import Accessibility, AreaAccessibility
    from ...analysis.departures import Departure
    from ...analysis.equity import Equity, GroupEquity
    from ...analysis.municipalities import Membership, Municipalities
    from ...analysis.nobody_worse import NobodyWorse
    from .shown import Shown

    Record = dict[str, Any]

WORST_SHARE: Final = 0.1
SECONDS_DECIMALS: Final = 1
MINUTES: Final = ("joint_minutes_as_today", "joint_minutes", "today_minutes", "alone_minutes")


def municipalities_record(found: Municipalities, shown: Shown) -> Record:
    """Give the part of the record."""
    rule = found.nobody_worse
    return {
        "sek_per_year": to_three_digits(found.sek_per_year),
        "least_sek_per_year": _money(found.least_sek_per_year),
        "shapley_is_exact": found.shapley_is_exact,
        "shapley_reason": found.shapley_reason,
        "n_coalitions": found.n_coalitions,
        "members": [member_record(each, shown) for each in found.members],
        "largest_gap": _largest_gap(found, shown),
        "departures": [_departure(each, shown) for each in found.departures],
        "nobody_worse": None if rule is None else _nobody_worse(rule, found, shown),
        "equity": _equity(found.equity, shown),
        "seconds": round(found.seconds, SECONDS_DECIMALS),
    }


def member_record(each: Membership, shown: Shown) -> Record:
    """Give one municipality: minutes whole, shares to a thousandth of the county."""
    return with_untold(
        {
            "code": each.code,
            "name": each.name,
            "youths": shown.gate.count(each.youths),
            "visits_per_year": shown.gate.derived(each.visits_per_year, each.youths),
            "n_main": each.n_main,
            "n_places": each.n_places,
            "alone_sek_per_year": _money(each.alone_sek_per_year),
            "share_by_population": share_told(each.share_by_population, shown),
            "share_by_use": share_told(each.share_by_use, shown),
            "share_by_shapley": shapley_told(each.share_by_shapley),
            "shapley_standard_error": shapley_told(each.shapley_standard_error),
        },
        {
            key: hidden_or(_area_minutes(getattr(each, key), each.youths, shown), getattr(each, key))
            for key in MINUTES
        },
    )


def _money(sek: float | None) -> int | None:
    return None if sek is None else to_three_digits(sek)


def _area_minutes(value: float | None, youths: float, shown: Shown) -> float | None:
    if value is None or shown.gate.hides_minutes(youths):
        return None
    return round(value, AREA_DECIMALS)


def _largest_gap(found: Municipalities, shown: Shown) -> Record | None:
    if found.largest_gap_between is None or not gap_may_be_told(found, shown):
        return None
    longest, shortest = found.largest_gap_between
    minutes = found.largest_gap_minutes or 0.0
    return {"longest": longest, "shortest": shortest, "minutes": round(minutes, AREA_DECIMALS)}


def _departure(each: Departure, shown: Shown) -> Record:
    """Give the change for the others, not their means: these and the county's give the leaving one's away."""
    return {
        "codes": list(each.codes),
        "places": None if each.plan is None else plan_places(each.plan),
        "reason": each.reason,
        "change_of_rest_minutes": change_of_rest(each, shown),
        "sek_per_head_before": head_before(each, shown),
        "sek_per_head_after": head_after(each, shown),
        "places_moved": list(each.places_moved),
        "is_proven": each.is_proven,
    }


def _nobody_worse(each: NobodyWorse, found: Municipalities, shown: Shown) -> Record:
    objectives = shown.outcome.plan.objectives
    name = objectives[0].name if objectives else "mean_minutes"
    return with_untold(
        {
            "worse_now": worse_told(each, found, shown),
            "joint_obeys": each.joint_obeys,
            "places": None if each.plan is None else plan_places(each.plan),
            "reason": each.reason,
            "least_cost_places": None if each.least_cost_plan is None else plan_places(each.least_cost_plan),
            "least_sek_per_year": _money(each.least_sek_per_year),
            "is_proven": each.is_proven,
        },
        {
            "value": measure(name, each.value, shown),
            "joint_value": measure(name, each.joint_value, shown),
        },
    )


def _equity(found: Equity, shown: Shown) -> Record:
    between = found.share_between_municipalities
    worst = WORST_SHARE * shown.youths
    return {
        "overall": _group(found.overall, shown, AREA_DECIMALS),
        "by_municipality": [_group(each, shown, AREA_DECIMALS) for each in found.by_municipality],
        "by_gender": [_group(each, shown, GROUP_DECIMALS) for each in found.by_gender],
        "by_risk_group": [_group(each, shown, GROUP_DECIMALS) for each in found.by_risk_group],
        "theil": None if found.theil is None else round(found.theil, INDEX_DECIMALS),
        "share_between_municipalities": None if between is None else round(between, INDEX_DECIMALS),
        "worst_visits_share_by_municipality": [
            with_untold({"code": code}, {"share": share(part, worst, shown)})
            for code, part in found.worst_visits_share_by_municipality
        ],
    }


def _group(each: GroupEquity, shown: Shown, decimals: int) -> Record:
    gate, of_area = shown.gate, decimals == AREA_DECIMALS
    is_hidden = gate.hides_minutes(each.youths) if of_area else gate.count(each.youths) is None
    figures = {
        "mean_minutes": (each.mean_minutes, min(decimals, county_decimals(min(each.youths, shown.youths)))),
        "worst_tenth_minutes": (
            shown.worst_tenth(each.worst_tenth_minutes, each.youths),
            min(decimals, county_decimals(WORST_SHARE * min(each.youths, shown.youths))),
        ),
        "gini": (each.gini, INDEX_DECIMALS),
    }
    return with_untold(
        {"key": each.key},
        {
            key: hidden_or(None if is_hidden or value is None else round(value, digits), value)
            for key, (value, digits) in figures.items()
        },
    )


def accessibility_record(found: Accessibility, shown: Shown) -> Record:
    """Give the room within reach by municipality; of a place the ratio would tell how many live around it."""
    return {
        "overall": _reach(found.overall, shown),
        "by_municipality": [_reach(each, shown) for each in found.by_municipality],
        "gini": None if found.gini is None else round(found.gini, INDEX_DECIMALS),
    }


def _reach(area: AreaAccessibility, shown: Shown) -> Record:
    return with_untold(
        {
            "code": area.code,
            "youths": shown.gate.count(area.youths),
            "visits_within_reach_per_hundred_youths": per_hundred(area, shown),
            "visits_needed_per_hundred_youths": needed_per_hundred(area, shown),
        },
        {"share_without": share(area.share_without, area.youths, shown)},
    )
