"""The content of plan.json and comparison.json, as `siting/schemas` describe them.

Counts of persons and visits go through the gate; money is rounded to three digits and posts to a tenth.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from ..saved.rounding import AREA_DECIMALS, DRIVING_DECIMALS, POSTS_DECIMALS, youths_measured
from .access_records import evaluation_record, objective_record
from .costs_tables import rates_between
from .notes import attributions
from .tables import capacity_of, gate_of, municipalities_with_need, municipality_names, visits_shown
from .value_for_money import value_for_money_record, way_of_municipality
from .words import to_three_digits

if TYPE_CHECKING:
    from ..comparison import Change, Difference
    from ..resources import RoleResources
    from ..study import Alternatives, Outcome
    from ..teams import TourRun
    from .costs_tables import OptionsRate
    from .disclosure import Gate

PLAN_FORMAT_VERSION: Final = 3
COMPARISON_FORMAT_VERSION: Final = 4


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
                    each.name,
                    outcome.evaluation.county.youths_in_effect,
                    outcome.scenario.choice.worst_share,
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
        "evaluation": evaluation_record(outcome, gate),
        "travel_times": {
            "n_unreachable_pairs": times.n_unreachable_pairs,
            "largest_cell_access_metres": round(float(times.origin_access_metres.max())),
            "largest_site_access_metres": round(float(times.destination_access_metres.max())),
        },
        "youths_are_estimated": outcome.region.demand.youths_are_estimated,
        "counts_are_rounded_to": gate.smallest_count_shown,
    }


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
    in_effect = alternatives.base.evaluation.county.youths_in_effect
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
        "county": _change_record(each.county, gate, is_hidden=gate.count(in_effect) is None),
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
