"""The content of plan.json and comparison.json, as `siting/schemas` describe them.

Counts of persons and visits go through the gate; minutes of municipalities are whole and of the county to
three decimals, unless few live in it (docs/decisions/0005); money is rounded to three digits and posts to
a tenth.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from .answer import WHOLLY_PROVEN
from .costs_tables import rates_between
from .disclosure import SHARE_DECIMALS
from .notes import attributions
from .tables import (
    capacity_of,
    gate_of,
    municipalities_with_need,
    municipality_names,
    parts_of,
    visits_shown,
)
from .value_for_money import value_for_money_record, way_of_municipality
from .words import to_three_digits

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..comparison import Change, Difference
    from ..evaluate import Access, AreaAccess, Measures
    from ..plan import ObjectiveValue
    from ..resources import RoleResources
    from ..scenario import ChoiceSection
    from ..study import Alternatives, Outcome
    from ..teams import TourRun
    from .costs_tables import OptionsRate
    from .disclosure import Gate

    Sharing = Callable[[float, float], float | None]
    """A share of the visits of so many youths, as it may be shown."""

PLAN_FORMAT_VERSION: Final = 3
COMPARISON_FORMAT_VERSION: Final = 4
COUNTY_DECIMALS: Final = 3  # minutes of the whole county, and the objective
SMALL_COUNTY_YOUTHS: Final = 2000  # a county with fewer is shown as a municipality is
MIDDLE_COUNTY_YOUTHS: Final = 10_000  # one with fewer has its minutes to a tenth
MIDDLE_DECIMALS: Final = 1
AREA_DECIMALS: Final = 0  # minutes of a municipality
TENS: Final = -1  # minutes of a municipality by other modes than the scenario's
GROUP_DECIMALS: Final = 1  # minutes of a risk group
DRIVING_DECIMALS: Final = 1  # minutes and kilometres of a tour: facts of the plan, not of persons
POSTS_DECIMALS: Final = 1
WORST_SHARE: Final = "worst_share_minutes"
GAP_DECIMALS: Final = 9  # finer than what is told as wholly proven
SHARE_GAP_DECIMALS: Final = 4
SMALL_SHARE_GAP: Final = 0.00004  # stands for all that these decimals would make none though it is not
SHARE_CERTAIN_DECIMALS: Final = 9  # what the solver gives beyond is noise, and "nobody" would not be nobody


def plan_record(outcome: Outcome) -> dict[str, Any]:
    """Give the content of plan.json, described by ``schemas/plan.schema.json``."""
    gate = gate_of(outcome.scenario)
    times = outcome.region.times
    return {
        "format": "siting-plan",
        "format_version": PLAN_FORMAT_VERSION,
        "siting_version": version("siting"),
        "scenario": {
            "name": outcome.scenario.name,
            "sha256": outcome.scenario.sha256,
            "resolved": outcome.scenario.resolved,
        },
        "dataset": {
            "name": outcome.dataset.manifest.name,
            "sha256": outcome.dataset.digests,
            "attributions": list(attributions(outcome)),
        },
        "status": str(outcome.plan.status),
        "objectives": [
            objective_record(
                each,
                outcome.region.mode,
                gate,
                youths=youths_measured(
                    each.name, outcome.evaluation.county.youths, outcome.scenario.choice.worst_share
                ),
            )
            for each in outcome.plan.objectives
        ],
        "seconds": round(outcome.plan.solve_seconds, 3),
        "sites": _site_records(outcome, gate),
        "teams": [
            {"base_id": base_id, "n_teams": n} for base_id, n in sorted(outcome.plan.teams.items()) if n
        ],
        "rota": [_run_record(run) for run in outcome.plan.rota],
        "resources": _resources_record(outcome),
        "evaluation": _evaluation_record(outcome, gate),
        "travel_times": {
            "n_unreachable_pairs": times.n_unreachable_pairs,
            "largest_cell_access_metres": round(float(times.origin_access_metres.max())),
            "largest_site_access_metres": round(float(times.destination_access_metres.max())),
        },
        "youths_are_estimated": outcome.region.demand.youths_are_estimated,
        "counts_are_rounded_to": gate.smallest_count_shown,
    }


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
        "gap": gap_shown(each.gap, each.unit),
        "status": str(each.status),
        "mode": each.mode or own_mode,
    }


def gap_shown(gap: float, unit: str) -> float:
    """Give a gap with its decimals, so that what is not wholly proven is not read back as if it were.

    A share's bound may be known (all visits are within, where nothing is proven), and a fine gap would then
    tell the share to the last young person.

    Examples
    --------
    >>> gap_shown(0.0000312345678, "minutes"), gap_shown(0.0000312345678, "share"), gap_shown(1e-7, "share")
    (3.1235e-05, 4e-05, 0.0)
    """
    if unit != "share":
        return round(gap, GAP_DECIMALS)
    shown = round(gap, SHARE_GAP_DECIMALS)
    return SMALL_SHARE_GAP if not shown and gap > WHOLLY_PROVEN else shown


def comparison_record(alternatives: Alternatives) -> dict[str, Any]:
    """Give the content of comparison.json, described by ``schemas/comparison.schema.json``."""
    comparison = alternatives.comparison
    plans = [plan_record(each) for each in alternatives.outcomes]
    return {
        "format": "siting-comparison",
        "format_version": COMPARISON_FORMAT_VERSION,
        "siting_version": version("siting"),
        "base": comparison.base,
        "noticeable_minutes": comparison.noticeable_minutes,
        "standard_minutes": comparison.standard_minutes,
        "plans": plans,
        "differences": [_difference_record(each, alternatives) for each in comparison.differences],
        "value_for_money": value_for_money_record(alternatives.outcomes, plans),
        "exchange_rates": [_rate_record(each) for each in rates_between(alternatives)],
    }


def _difference_record(each: Difference, alternatives: Alternatives) -> dict[str, Any]:
    names = municipalities_with_need(alternatives.outcomes[0])
    gate = gate_of(alternatives.base.scenario)
    municipalities = ((name, each.by_municipality[code]) for code, name in names.items())
    told = {
        name: _change_record(change, gate, is_hidden=gate.hides_minutes(change.youths))
        for name, change in municipalities
    }
    noticeable = alternatives.comparison.noticeable_minutes
    ways = [way_of_municipality(change, noticeable) for change in told.values()]
    return {
        "option": each.option,
        "service": each.service,
        "n_municipalities_nearer": ways.count("nearer"),
        "n_municipalities_farther": ways.count("farther"),
        "county": _change_record(each.county, gate, is_hidden=gate.count(each.county.youths) is None),
        "by_municipality": told,
    }


def _site_records(outcome: Outcome, gate: Gate) -> list[dict[str, Any]]:
    names = municipality_names(outcome)
    rows = outcome.dataset.table("sites").set_index("site_id").to_dict("index")
    records = []
    for site_id in outcome.plan.open_sites:
        site, load = rows[site_id], outcome.evaluation.by_site[site_id]
        records.append(
            {
                "site_id": site_id,
                "name": site["name"],
                "kind": site["kind"],
                "municipality": names[site["municipality_code"]],
                "role": str(outcome.plan.role_of(site_id)),
                "days_per_week": outcome.plan.days_of(site_id),
                "latitude": float(site["lat"]),
                "longitude": float(site["lon"]),
                "position_quality": site["quality"],
                "status": site["status"],
                "main_visits_per_year": visits_shown(load, gate)[0],
                "near_visits_per_year": visits_shown(load, gate)[1],
                "youths_nearest": gate.count(load.youths_nearest),
                "capacity_visits_per_year": round(capacity_of(outcome, site_id)),
            }
        )
    return records


def _run_record(run: TourRun) -> dict[str, Any]:
    def minute(value: float) -> float:
        return round(value, DRIVING_DECIMALS)

    return {
        "week": run.week,
        "day": run.day,
        "base_id": run.base_id,
        "team": run.team,
        "leaves_minute": minute(run.leaves_minute),
        "returns_minute": minute(run.returns_minute),
        "visits": [
            {
                "site_id": visit.site_id,
                "arrives_minute": minute(visit.arrives_minute),
                "leaves_minute": minute(visit.leaves_minute),
            }
            for visit in run.visits
        ],
        "driving_minutes": minute(run.driving_minutes),
        "kilometres": round(run.kilometres, DRIVING_DECIMALS),
    }


def _resources_record(outcome: Outcome) -> dict[str, Any]:
    resources = outcome.evaluation.resources
    return {
        "by_role": {str(role): _takes(each) for role, each in resources.by_role.items()},
        "teams": _takes(resources.teams),
        "full_time_posts": round(resources.full_time_posts, POSTS_DECIMALS),
        "sek_per_year": to_three_digits(resources.sek_per_year),
        "kilometres_per_year": to_three_digits(resources.kilometres_per_year),
        "stop_visits_per_year": round(resources.stop_visits_per_year, 1),
    }


def _takes(each: RoleResources) -> dict[str, Any]:
    return {
        "full_time_posts": round(each.full_time_posts, POSTS_DECIMALS),
        "sek_per_year": to_three_digits(each.sek_per_year),
    }


def _evaluation_record(outcome: Outcome, gate: Gate) -> dict[str, Any]:
    evaluation = outcome.evaluation
    return {
        "measures": measures_record(
            evaluation.measures, outcome.scenario.choice, gate, youths=evaluation.county.youths
        ),
        "county": county_record(evaluation.county, gate),
        "by_municipality": {
            name: _municipality_record(evaluation.by_municipality[code], gate)
            for code, name in municipalities_with_need(outcome).items()
        },
        "by_risk_group": {
            name: _access_record(
                each, evaluation.county.youths, gate, gate.stepped_share, decimals=GROUP_DECIMALS
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


def youths_measured(measure: str, youths: float, worst_share: float) -> float:
    """Count the youths that a measure speaks of, of those of a county: its minutes are rounded by them.

    The mean of the worst tenth is a mean of a tenth of the youths: one of them more changes it ten times as
    much as the mean of all. To a tenth of a minute it was solved for cells of a county of 2,100 in an attack.

    Examples
    --------
    >>> youths_measured("mean_minutes", 2100.0, 0.1), youths_measured("worst_share_minutes", 2100.0, 0.1)
    (2100.0, 210.0)
    """
    return youths * worst_share if measure == WORST_SHARE else youths


def county_decimals(youths: float) -> int:
    """Count the decimals of a county's minutes; where few live, those of a municipality.

    Examples
    --------
    >>> county_decimals(22846.0), county_decimals(2500.0), county_decimals(540.0)
    (3, 1, 0)
    """
    if youths < SMALL_COUNTY_YOUTHS:
        return AREA_DECIMALS
    return MIDDLE_DECIMALS if youths < MIDDLE_COUNTY_YOUTHS else COUNTY_DECIMALS


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
    decimals = county_decimals(county.youths) if decimals is None else decimals
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
    return {
        "youths": gate.count(area.youths),
        "persons_in_need": gate.derived(area.persons_in_need, area.youths),
        "overall": _access_record(area.overall, area.youths, gate, share, decimals=decimals),
        "main": _access_record(area.main, area.youths, gate, share, decimals=decimals),
        "near": _access_record(area.near, area.youths, gate, share, decimals=decimals),
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


def _change_record(change: Change, gate: Gate, *, is_hidden: bool) -> dict[str, Any]:
    # Counts overlap: who comes within the standard may be nearer as well, or gain a place. All are rounded
    # down to multiples of k, so what one holds beyond another follows only as a range from nobody to k or
    # more: no two tell of some but fewer than k, but as the gate does. Many together: docs/threat-model.md.

    def minutes(value: float | None) -> float | None:
        return None if is_hidden or value is None else round(value, AREA_DECIMALS)

    return {
        "mean_change_minutes": minutes(change.mean_change_minutes),
        "mean_change_generalised_minutes": minutes(change.mean_change_generalised_minutes),
        "youths_nearer": gate.count(change.youths_nearer),
        "youths_farther": gate.count(change.youths_farther),
        "youths_gaining_a_place": gate.count(change.youths_gaining_a_place),
        "youths_losing_a_place": gate.count(change.youths_losing_a_place),
        "youths_from_digital": gate.count(change.youths_from_digital),
        "youths_to_digital": gate.count(change.youths_to_digital),
        "youths_into_standard": gate.count(change.youths_into_standard),
        "youths_out_of_standard": gate.count(change.youths_out_of_standard),
        "youths_unchanged": gate.count(change.youths_unchanged),
    }


def _rate_record(each: OptionsRate) -> dict[str, Any]:
    rate = each.rate
    return {
        "satellite_option": each.satellites.scenario.name,
        "stop_option": each.stops.scenario.name,
        "satellites": list(rate.satellites),
        "satellite_day_sek_per_year": to_three_digits(rate.satellite_day_sek_per_year),
        "fortnightly_stop_sek_per_year": to_three_digits(rate.fortnightly_stop_sek_per_year),
        "stops_per_satellite_day": round(rate.stops_per_satellite_day, 1),
        "satellite_day_hours_per_year": round(rate.satellite_day_hours_per_year),
        "fortnightly_stop_hours_per_year": round(rate.fortnightly_stop_hours_per_year),
    }
