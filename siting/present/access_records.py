"""The parts of records that tell how near an area's young people have, and what plans are chosen by.

Counts of persons and visits go through the gate; minutes of municipalities are whole and of the county to
three decimals, unless few live in it (docs/decisions/0005).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..saved.hidden import SHARE_CERTAIN_DECIMALS, SHARE_DECIMALS
from ..saved.rounding import (
    AREA_DECIMALS,
    COUNTY_DECIMALS,
    SMALL_COUNTY_YOUTHS,
    WORST_SHARE,
    county_decimals,
    gap_told,
    youths_measured,
)
from .tables import municipalities_with_need, parts_of
from .words import to_three_digits

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..evaluate import Access, AreaAccess, Measures
    from ..plan import ObjectiveValue
    from ..scenario import ChoiceSection
    from ..study import Outcome
    from .disclosure import Gate

    Sharing = Callable[[float, float], float | None]
    """A share of the visits of so many youths, as it may be shown."""

TENS: Final = -1  # minutes of a municipality by other modes than the scenario's
GROUP_DECIMALS: Final = 1  # minutes of a risk group


def objective_record(each: ObjectiveValue, own_mode: str, gate: Gate, *, youths: float) -> dict[str, Any]:
    """Give one objective with what is proven of it, as far as it may be shown of so many youths.

    `own_mode` is the scenario's mode of travel; `youths` are as `youths_measured` gives them.
    """

    def shown(value: float) -> float | None:
        if each.unit == "share":
            return county_share(value, gate, youths=youths)
        if each.unit == "minutes":
            return county_minutes(value, gate, youths=youths)
        return round(value, COUNTY_DECIMALS)

    value, bound = shown(each.value), shown(each.bound)
    return {
        "name": each.name,
        "unit": each.unit,
        "objective": value,
        "bound": bound,
        "gap": gap_told(each.gap, each.value, each.unit, youths=youths, few=gate.smallest_count_shown),
        "status": str(each.status),
        "mode": each.mode or own_mode,
    }


def evaluation_record(outcome: Outcome, gate: Gate) -> dict[str, Any]:
    """Give what is counted of a plan: its measures, and access by area, risk group and mode of travel."""
    evaluation, in_effect = outcome.evaluation, outcome.evaluation.county.youths_in_effect
    return {
        "measures": measures_record(evaluation.measures, outcome.scenario.choice, gate, youths=in_effect),
        "county": county_record(evaluation.county, gate),
        "by_municipality": {
            name: _municipality_record(evaluation.by_municipality[code], gate)
            for code, name in municipalities_with_need(outcome).items()
        },
        "by_risk_group": {
            name: _access_record(
                each,
                in_effect,
                gate,
                gate.stepped_share,
                decimals=min(GROUP_DECIMALS, county_decimals(in_effect)),
            )
            for name, each in evaluation.by_risk_group.items()
        },
        "mode": outcome.region.mode,
        "by_mode": {mode: _mode_record(outcome, mode, gate) for mode in outcome.by_mode},
    }


def _mode_record(outcome: Outcome, mode: str, gate: Gate) -> dict[str, Any]:
    """Give access by another mode; whole minutes, for every mode tells something of the cells.

    Of municipalities it is whole tens: on foot an outlying cell has hundreds of minutes farther than others,
    so that few youths there move the mean by a minute.
    """
    counted = outcome.by_mode[mode]
    return {
        "county": county_record(counted.county, gate, decimals=AREA_DECIMALS),
        "by_municipality": {
            name: _municipality_record(counted.by_municipality[code], gate, decimals=TENS)
            for code, name in municipalities_with_need(outcome).items()
        },
    }


def measures_record(
    measures: Measures, choice: ChoiceSection, gate: Gate, *, youths: float
) -> dict[str, Any]:
    """Give what plans are chosen by, with the limits that it hangs on, as far as so many youths allow."""

    def minutes(value: float | None) -> float | None:
        return county_minutes(value, gate, youths=youths)

    return {
        "mean_minutes": minutes(measures.mean_minutes),
        "within_standard": county_share(measures.within_standard, gate, youths=youths),
        "largest_minutes": minutes(measures.largest_minutes),
        "worst_share_minutes": county_minutes(
            measures.worst_share_minutes,
            gate,
            youths=youths_measured(WORST_SHARE, youths, choice.worst_share),
        ),
        "cost": to_three_digits(measures.cost),
        "standard_minutes": choice.standard_minutes,
        "worst_share": choice.worst_share,
    }


def county_minutes(value: float | None, gate: Gate, *, youths: float) -> float | None:
    """Give minutes over all visits of a county of so many youths."""
    if value is None or gate.count(youths) is None:
        return None
    return round(value, county_decimals(youths))


def county_share(value: float, gate: Gate, *, youths: float) -> float | None:
    """Give a share of all visits of a county of so many youths."""
    decimals = SHARE_DECIMALS if youths < SMALL_COUNTY_YOUTHS else COUNTY_DECIMALS
    return gate.stepped_share(round(value, SHARE_CERTAIN_DECIMALS) + 0.0, youths, decimals=decimals)


def county_record(county: AreaAccess, gate: Gate, *, decimals: int | None = None) -> dict[str, Any]:
    """Give the access of the county, its shares so that no step between two limits tells of few youths."""
    decimals = county_decimals(county.youths_in_effect) if decimals is None else decimals
    return _area_record(county, gate, gate.stepped_share, decimals=decimals)


def _municipality_record(area: AreaAccess, gate: Gate, *, decimals: int = AREA_DECIMALS) -> dict[str, Any]:
    """Give the access of a municipality: whole minutes, and none where few live."""
    told = None if gate.hides_minutes(area.youths) else decimals
    record = _area_record(area, gate, gate.share, decimals=told)

    def of_both(tell: Callable[[Access], float]) -> float | None:
        return gate.share_of_both(parts_of(area, tell), area.youths)

    def within(limit: float) -> float | None:
        return of_both(lambda access: access.within(limit))

    record["overall"] |= {
        "served_share": of_both(lambda access: access.served_share),
        "digital_share": of_both(lambda access: access.digital_share),
        "share_within": [
            {"minutes": limit, "share": within(limit)} for limit, _ in area.overall.share_within
        ],
    }
    return record


def _area_record(area: AreaAccess, gate: Gate, share: Sharing, *, decimals: int | None) -> dict[str, Any]:
    """Give the access of an area, as far as it may be shown; its minutes not where `decimals` is None."""
    in_effect = area.youths_in_effect
    return {
        "youths": gate.count(area.youths),
        "persons_in_need": gate.derived(area.persons_in_need, in_effect),
        "overall": _access_record(area.overall, in_effect, gate, share, decimals=decimals),
        "main": _access_record(area.main, in_effect, gate, share, decimals=decimals),
        "near": _access_record(area.near, in_effect, gate, share, decimals=decimals),
    }


def _access_record(
    access: Access, youths: float, gate: Gate, share: Sharing, *, decimals: int | None
) -> dict[str, Any]:
    """Give an access, its minutes rounded: weighted means of known times would give cells' counts away."""
    hidden = gate.count(youths) is None

    def minutes(value: float | None) -> float | None:
        return None if hidden or value is None or decimals is None else round(value, decimals)

    return {
        "visits_per_year": gate.derived(access.visits_per_year, youths),
        "served_share": share(access.served_share, youths),
        "digital_share": share(access.digital_share, youths),
        "mean_generalised_minutes": minutes(access.mean_generalised_minutes),
        "mean_minutes": minutes(access.mean_minutes),
        "median_minutes": minutes(access.median_minutes),
        "percentile_90_minutes": minutes(access.percentile_90_minutes),
        "largest_minutes": minutes(access.largest_minutes),
        "share_within": [
            {"minutes": limit, "share": share(each, youths)} for limit, each in access.share_within
        ],
    }
