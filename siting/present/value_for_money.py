"""What comparison.json says of options as they are told in it, so that a reader can redo it by hand.

Nothing here sees more than the record: costs to three digits, minutes as they are rounded, counts that have
passed the gate. So nothing here tells more of anybody than the record does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from ..frontier import CostAndMinutes, frontier
from .tables import has_combined_time, weighable_mean
from .words import to_three_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..frontier import Dominated, Step
    from ..study import Outcome

    MeasureOfTrips = Literal["mean_minutes", "mean_generalised_minutes"]
    Reason = Literal["reference", "not_all_served", "too_few"]

MINUTES_DECIMALS: Final = 3  # as the county's minutes are told


def value_for_money_record(outcomes: Sequence[Outcome], plans: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Weigh the options' costs against their mean minutes, from the records of their plans.

    Left out are references, whose cost is another service's, and options whose mean cannot stand beside
    the others'.
    """
    measure = measure_of(outcomes)
    reasons = {
        each.scenario.name: _reason_to_leave_out(each, told, measure)
        for each, told in zip(outcomes, plans, strict=True)
    }
    weighed = {
        told["scenario"]["name"]: CostAndMinutes(told["resources"]["sek_per_year"], _mean(told, measure))
        for told in plans
        if reasons[told["scenario"]["name"]] is None
    }
    found = frontier(weighed)
    return {
        "measure": measure,
        "efficient": list(found.efficient),
        "steps": [_step_record(each) for each in found.steps],
        "dominated": [_dominated_record(each) for each in found.dominated],
        "alike": [list(each) for each in found.alike],
        "suggested": found.suggested,
        "rise": found.rise,
        "rests_on": _rests_on(weighed, found.suggested),
        "left_out": [
            {"option": option, "reason": reason} for option, reason in reasons.items() if reason is not None
        ],
    }


def _rests_on(weighed: dict[str, CostAndMinutes], suggested: str | None) -> list[str]:
    """Name the options without which, each by itself, another would be suggested, or none."""
    if suggested is None:
        return []
    others = [name for name in weighed if name != suggested]
    return [
        name
        for name in others
        if frontier({key: each for key, each in weighed.items() if key != name}).suggested != suggested
    ]


def _mean(told: dict[str, Any], measure: MeasureOfTrips) -> float:
    minutes: float = told["evaluation"]["county"]["overall"][measure]
    return minutes


def measure_of(outcomes: Sequence[Outcome]) -> MeasureOfTrips:
    """Say by what trips are weighed: where all options count waiting, and alike, that is part of it."""
    scenarios = [each.scenario for each in outcomes if not each.is_reference]
    alike = all(each.access == scenarios[0].access for each in scenarios)
    is_combined = bool(scenarios) and alike and has_combined_time(scenarios[0])
    return "mean_generalised_minutes" if is_combined else "mean_minutes"


def _reason_to_leave_out(outcome: Outcome, told: dict[str, Any], measure: MeasureOfTrips) -> Reason | None:
    if outcome.is_reference:
        return "reference"
    county = outcome.evaluation.county
    whole = weighable_mean(county) if measure == "mean_minutes" else county.overall.served_share == 1
    if whole is None or whole is False:
        return "not_all_served"
    return "too_few" if _mean(told, measure) is None else None


def _step_record(step: Step) -> dict[str, Any]:
    return {
        "cheaper": step.cheaper,
        "dearer": step.dearer,
        "minutes_gained": round(step.minutes_gained, MINUTES_DECIMALS),
        "sek_more": to_three_digits(step.sek_more),
        "sek_per_minute": to_three_digits(step.sek_per_minute),
    }


def _dominated_record(each: Dominated) -> dict[str, Any]:
    return {"option": each.option, "by": list(each.by), "is_extended": each.is_extended}


def way_of_municipality(told: dict[str, Any], noticeable_minutes: float) -> Literal["nearer", "farther", ""]:
    """Say whether a municipality as a whole comes nearer to a service or gets farther; "" if neither.

    By its mean as it is told; where nobody has a place both before and after, by who gains one and who loses
    one. A municipality that is hidden tells of neither.

    Examples
    --------
    >>> told = {"mean_change_minutes": -5.0, "youths_gaining_a_place": 0, "youths_losing_a_place": 0}
    >>> way_of_municipality(told, 5.0), way_of_municipality(told, 6.0)
    ('nearer', '')
    >>> way_of_municipality(told | {"mean_change_minutes": None, "youths_losing_a_place": 120}, 5.0)
    'farther'
    >>> way_of_municipality(told | {"mean_change_minutes": None, "youths_losing_a_place": None}, 5.0)
    ''
    """
    change = told["mean_change_minutes"]
    if change is None:
        more = (told["youths_losing_a_place"] or 0) - (told["youths_gaining_a_place"] or 0)
    else:
        more = change if abs(change) >= noticeable_minutes else 0
    if not more:
        return ""
    return "farther" if more > 0 else "nearer"
