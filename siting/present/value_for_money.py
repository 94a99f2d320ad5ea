"""What comparison.json says of options as they are told in it, so that a reader can redo it by hand.

Nothing here sees more than the record: costs to three digits, minutes as they are rounded, counts that have
passed the gate. So nothing here tells more of anybody than the record does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from ..frontier import CostAndMinutes, frontier
from .tables import comparable_mean
from .words import to_three_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..frontier import Dominated, Step
    from ..study import Outcome

    Reason = Literal["yardstick", "not_all_served", "too_few"]

MINUTES_DECIMALS: Final = 3  # as the county's minutes are told
FEWEST_DIGITAL: Final = 0.005  # of the visits; fewer are told as 0 per cent, and hardly move the mean


def value_for_money_record(
    outcomes: Sequence[Outcome], plans: Sequence[dict[str, Any]], yardstick: Outcome | None = None
) -> dict[str, Any]:
    """Weigh the options' costs against their mean minutes, from the records of their plans.

    Left out are the yardstick, whose cost is another service's, and options whose mean cannot stand beside
    the others'.
    """
    reasons = {
        each.scenario.name: "yardstick" if each is yardstick else _reason_to_leave_out(each, told)
        for each, told in zip(outcomes, plans, strict=True)
    }
    found = frontier(
        {
            told["scenario"]["name"]: CostAndMinutes(told["resources"]["sek_per_year"], _mean(told))
            for told in plans
            if reasons[told["scenario"]["name"]] is None
        }
    )
    return {
        "efficient": list(found.efficient),
        "steps": [_step_record(each) for each in found.steps],
        "dominated": [_dominated_record(each) for each in found.dominated],
        "alike": [list(each) for each in found.alike],
        "suggested": found.suggested,
        "rise": found.rise,
        "left_out": [
            {"option": option, "reason": reason} for option, reason in reasons.items() if reason is not None
        ],
    }


def _mean(told: dict[str, Any]) -> float:
    minutes: float = told["evaluation"]["county"]["overall"]["mean_minutes"]
    return minutes


def _reason_to_leave_out(outcome: Outcome, told: dict[str, Any]) -> Reason | None:
    county = outcome.evaluation.county
    # Those referred to digital contact have farthest and are not in the mean: the more they are, the shorter.
    if comparable_mean(county) is None or county.overall.digital_share >= FEWEST_DIGITAL:
        return "not_all_served"
    return "too_few" if _mean(told) is None else None


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
