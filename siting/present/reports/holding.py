"""Whether the option that stands out among those compared would do so with the plans that analyses found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ...frontier import CostAndMinutes, frontier
from ..analysis.shown import DECIMALS, opened_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...analysis.analyse import Analysis
    from ...study import Outcome

Verdict = Literal["", "same", "none", "other"]
"""Nothing to try it by; the same option; none; or another one."""
TRAVEL = "mean_minutes"


def holds(record: dict[str, Any], outcomes: Sequence[Outcome], analyses: Sequence[Analysis]) -> Verdict:
    """Say what would be put forward if the best plans for other numbers of satellites were options too.

    `record` is the content of comparison.json, whose plans the outcomes are.
    """
    found = record["value_for_money"]
    more = dict(_plans_of_analyses(outcomes, analyses))
    if found["suggested"] is None or found["measure"] != TRAVEL or not more:
        return ""
    weighed = [*found["efficient"], *(each["option"] for each in found["dominated"])]
    plans = {each["scenario"]["name"]: each for each in record["plans"]}
    known = {
        name: CostAndMinutes(
            plans[name]["resources"]["sek_per_year"],
            round(plans[name]["evaluation"]["county"]["overall"]["mean_minutes"], DECIMALS),
        )
        for name in weighed
    }
    suggested = frontier(known | more).suggested
    return "same" if suggested == found["suggested"] else "none" if suggested is None else "other"


def _plans_of_analyses(
    outcomes: Sequence[Outcome], analyses: Sequence[Analysis]
) -> Iterator[tuple[str, CostAndMinutes]]:
    """Give cost and mean minutes of the best plans for each number of satellites, as they are told.

    Plans that are among the options are not given twice: told with other decimals they would beat themselves.
    """
    options = [set(opened_by(each.plan)) for each in outcomes]
    for analysis in analyses:
        curve = () if analysis.trade_offs is None else analysis.trade_offs.curve
        for each in curve:
            if each.point is None or set(opened_by(each.point.plan)) in options:
                continue
            cost, minutes = each.point.measures.cost, each.point.measures.mean_minutes
            if minutes is not None:
                yield f"{analysis.outcome.scenario.name} {each.n_satellites}", CostAndMinutes(cost, minutes)
