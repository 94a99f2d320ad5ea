"""comparison.json and plan.json, and the layers beside them."""

from __future__ import annotations

import csv
from typing import Any

import geopandas as gpd
import numpy as np

from siting.distribution import distribution_of
from siting.present.pictures.drawing import CLASS_UPPER_MINUTES
from siting.present.tables import gate_of
from siting.saved.hidden import share_decimals
from siting.study import Outcome

from . import access
from .equations import Equations
from .spoils import Spoils, Travel, travel_of, visits_per_youth
from .told import range_of_class


def read_classes(spoil: Spoils, equations: Equations) -> None:
    """comparison.gpkg, plan.gpkg: the class of each cell."""
    for file in ("comparison.gpkg", "plan.gpkg"):
        if not spoil.has(file):
            continue
        name = "assignments" if file == "plan.gpkg" else f"assignments_{spoil.outcomes[0].scenario.name}"
        layer = gpd.read_file(spoil.folder / file, layer=name, ignore_geometry=True)
        for cell, label in enumerate(layer["youths"]):
            low, high = range_of_class(label, spoil.k, equations.most)
            equations.low[cell] = max(equations.low[cell], low / spoil.scale)
            equations.high[cell] = min(equations.high[cell], high / spoil.scale)


def read_plans(spoil: Spoils, equations: Equations) -> None:
    """comparison.json, plan.json: the figures of each plan."""
    if spoil.has("plan.json"):
        record = spoil.record("plan.json")
        _read_plan(spoil.named(record["scenario"]["name"]), record, equations)
    if spoil.has("comparison.json"):
        for record in spoil.record("comparison.json")["plans"]:
            outcome = spoil.named(record["scenario"]["name"])
            _read_histogram(equations, outcome, _read_plan(outcome, record, equations))


def _read_plan(outcome: Outcome, record: dict[str, Any], equations: Equations) -> Travel:
    name, evaluation = outcome.scenario.name, record["evaluation"]
    travel = travel_of(outcome, equations)
    access.read_areas(equations, outcome, travel, evaluation, name, own=True)
    for mode, told in evaluation["by_mode"].items():
        by_mode = travel_of(outcome, equations, mode)
        access.read_areas(equations, outcome, by_mode, told, f"{name} by {mode}", own=False)
    read_measures(equations, outcome, travel, evaluation["measures"], name)
    require_coarse_gaps(outcome, record["objectives"], name)
    for site in record["sites"]:
        read_site(equations, outcome, travel, site, name)
        if outcome.plan.intake is not None:
            _read_room(equations, outcome, travel, site["site_id"], name)
    return travel


def _read_histogram(equations: Equations, outcome: Outcome, travel: Travel) -> None:
    """The report's picture of how long the ways are: its bars are no figures of the record."""
    youths, gate = outcome.evaluation.county.youths_in_effect, gate_of(outcome.scenario)
    spread = distribution_of(outcome.plan, outcome.region, "near", CLASS_UPPER_MINUTES)
    [ways] = travel.services("near")
    number = np.searchsorted(CLASS_UPPER_MINUTES, ways.minutes, side="left")
    decimals = min(2, share_decimals(youths, equations.k))
    for place, share in enumerate(spread.shares):
        inside = (number == place) & np.isfinite(ways.minutes)
        source = f"{outcome.scenario.name}: picture, bar {place}"
        access.county_share(equations, [ways], [inside], gate.stepped_share(share, youths), decimals, source)


def _read_room(equations: Equations, outcome: Outcome, travel: Travel, site_id: str, name: str) -> None:
    """The visits to a place are within its room, which is public; it is full where some go past."""
    column = outcome.region.sites.site_ids.index(site_id)
    weights = sum(each.visits * (each.site == column) for each in travel.services("overall"))
    role = outcome.plan.role_of(site_id)
    assert role is not None
    room = outcome.region.offer(role, outcome.plan.days_of(site_id)).capacity_visits_per_year
    truth = np.append(equations.truth, equations.flows)[: len(weights)]
    is_full = float(weights @ truth) > room * (1 - 1e-6)
    equations.within(weights, room * (1 - 1e-6) if is_full else 0.0, room * (1 + 1e-6), f"{name}: room")


def read_measures(
    equations: Equations, outcome: Outcome, travel: Travel, told: dict[str, Any], name: str
) -> None:
    """What plans are chosen by, of the county."""
    youths = outcome.evaluation.county.youths_in_effect
    ways = travel.services("overall")
    half_step = 0.5 * 10.0 ** -access.county_decimals(youths)
    felt = [(each.felt, each.visits) for each in ways]
    access.mean(equations, felt, told.get("mean_minutes"), half_step, f"{name}: measure")
    worst = told.get("worst_share_minutes")
    half = 0.5 * 10.0 ** -access.county_decimals(told["worst_share"] * youths)
    access.worst_mean(equations, ways, worst, told["worst_share"], half, f"{name}: measure")
    inside = [each.felt <= told["standard_minutes"] for each in ways]
    decimals = min(2 if youths < 2000 else 3, int(np.log10(max(1.0, youths / equations.k))))
    shown = told.get("within_standard")
    access.county_share(equations, ways, inside, shown, decimals, f"{name}: within the standard")


def require_coarse_gaps(outcome: Outcome, objectives: list[dict[str, Any]], name: str) -> None:
    """See that a gap tells no more than the value and the bound: no inequality is written of it."""
    choice, k = outcome.scenario.choice, outcome.scenario.evaluation.smallest_count_shown
    for each in objectives:
        if not each["gap"] or each["objective"] is None or each["unit"] == "sek_per_year":
            continue
        youths = outcome.evaluation.county.youths_in_effect
        youths *= choice.worst_share if each["name"] == "worst_share_minutes" else 1.0
        few = min(2 if youths < 2000 else 3, share_decimals(youths, k))
        decimals = few if each["unit"] == "share" else access.county_decimals(youths)
        steps = each["gap"] * (abs(each["objective"]) or 1.0) * 10.0**decimals
        if abs(steps - round(steps)) > 1e-3:
            message = f"{name}: the gap of {each['name']} is told more finely than its value"
            raise AssertionError(message)


def read_site(
    equations: Equations, outcome: Outcome, travel: Travel, site: dict[str, Any], name: str
) -> None:
    """What comes to one place."""
    column = outcome.region.sites.site_ids.index(site["site_id"])
    for service, key in (("near", "near_visits_per_year"), ("main", "main_visits_per_year")):
        [ways] = travel.services(service)
        goes = (ways.site == column) & (ways.visits > 0)
        if service == "near":
            stay = outcome.scenario.demand.municipality_factors  # if by 0, they are counted all the same
            goes = ways.site == column if stay else goes
            equations.count(goes, site["youths_nearest"], f"{name}: nearest to {site['site_id']}")
        access.visits_told(equations, outcome, ways, goes, site[key], f"{name}: visits {service}")


def read_sites_table(spoil: Spoils, equations: Equations) -> None:
    """sites.csv, and the layer of places in plan.gpkg."""
    if not spoil.has("sites.csv"):
        return
    [outcome] = spoil.outcomes
    travel = travel_of(outcome, equations)
    layer = gpd.read_file(spoil.folder / "plan.gpkg", layer="sites", ignore_geometry=True)
    with (spoil.folder / "sites.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    keys = ("youths_nearest", "near_visits_per_year", "main_visits_per_year")
    for source in (rows, layer.to_dict("records")):
        for row in source:
            if row["role"]:
                told = {key: _number(row[key]) for key in keys}
                read_site(equations, outcome, travel, {"site_id": row["site_id"], **told}, "places")


def _number(told: Any) -> int | None:
    return None if told in {None, ""} or told != told else int(float(told))  # noqa: PLR0124 (a NaN)


def read_changes(spoil: Spoils, equations: Equations) -> None:
    """comparison.json: who comes nearer, gets farther, gains, loses, comes within the standard."""
    if spoil.alternatives is None:
        return
    comparison = spoil.alternatives.comparison
    base = spoil.named(comparison.base)
    for each in spoil.record("comparison.json")["differences"]:
        before, after = (
            getattr(one.evaluation, each["service"]) for one in (base, spoil.named(each["option"]))
        )
        had, has = np.isfinite(before.minutes), np.isfinite(after.minutes)
        change = _change(before.minutes, after.minutes)
        felt = _change(before.generalised_minutes, after.generalised_minutes)
        digital = [
            np.isfinite(one.generalised_minutes) & ~np.isfinite(one.minutes) for one in (before, after)
        ]
        limit, standard = comparison.noticeable_minutes, comparison.standard_minutes
        nearer, farther = change <= -limit, np.isfinite(change) & (change >= limit)
        within = [one.minutes <= standard for one in (before, after)]
        groups = {
            "youths_nearer": nearer,
            "youths_farther": farther,
            "youths_gaining_a_place": ~had & has,
            "youths_losing_a_place": had & ~has,
            "youths_from_digital": digital[0] & has,
            "youths_to_digital": had & digital[1],
            "youths_into_standard": ~within[0] & within[1],
            "youths_out_of_standard": within[0] & ~within[1],
            "youths_unchanged": ~(nearer | farther | (~had & has) | (had & ~has)),
        }
        rate = visits_per_youth(base, each["service"])
        for town, members, told in _areas(base, each):
            source = f"{each['option']} against {comparison.base}, {each['service']}: {town}"
            for key, group in groups.items():
                equations.count(members & group, told[key], f"{source}, {key}")
            for key, values in (
                ("mean_change_minutes", change),
                ("mean_change_generalised_minutes", felt),
            ):
                pairs = [(_wide(values, equations), _wide(members * rate, equations))]
                access.mean(equations, pairs, told[key], access.WHOLE_MINUTES, f"{source}, {key}")


def _areas(base: Outcome, told: dict[str, Any]) -> list[tuple[str, Any, dict[str, Any]]]:
    codes = np.array(base.region.demand.municipality_codes)
    code_of = {town: code for code, town in base.region.municipality_names.items()}
    areas = [(town, codes == code_of[town], each) for town, each in told["by_municipality"].items()]
    return [*areas, ("the county", np.full(len(codes), True), told["county"])]


def _change(before: Any, after: Any) -> Any:
    """Minutes after less those before; not finite where there are none."""
    both = np.isfinite(before) & np.isfinite(after)
    return np.where(both, np.round(np.where(both, after, 0.0) - np.where(both, before, 0.0), 6), np.inf)


def _wide(values: Any, equations: Equations) -> Any:
    return np.append(values, np.zeros(equations.width - equations.n))
