"""analysis.json (the page and the tables are told from it): what is linear in it, or nearly.

Not here: Gini, the part of Theil's index that lies between municipalities, room within reach, costs by use
and by Shapley, draws. These are attacked by neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from siting.saved.hidden import share_decimals
from siting.saved.rounding import county_decimals
from siting.study import Outcome

from . import access
from .comparison import read_measures
from .equations import Equations, Mask
from .plans import with_places
from .spoils import Spoils, Travel, travel_of, visits_per_youth

TENTH = 0.05
Record = Mapping[str, Any]


def read_analysis(spoil: Spoils, equations: Equations) -> None:
    """Read the parts that there are."""
    if not spoil.has("analysis.json"):
        return
    outcome, record = spoil.outcomes[0], spoil.record("analysis.json")
    joint = travel_of(outcome, equations)
    parts = {
        "near_best": _near_best,
        "trade_offs": _trade_offs,
        "stages": _stages,
        "municipalities": _municipalities,
        "accessibility": _accessibility,
    }
    for name, read in parts.items():
        if record.get(name) is not None:
            read(equations, outcome, joint, record[name])


def _half_step(outcome: Outcome) -> float:
    return max(TENTH, 0.5 * 10.0 ** -county_decimals(outcome.evaluation.county.youths))


def _value(  # noqa: PLR0917
    equations: Equations, outcome: Outcome, travel: Travel, name: str, shown: float | None, source: str
) -> None:
    """The value of one measure of the county, to a tenth."""
    if name == "mean_minutes":
        pairs = [(each.felt, each.visits) for each in travel.services("overall")]
        access.mean(equations, pairs, shown, _half_step(outcome), source)
    elif name == "within_standard":
        told = {"within_standard": shown, "standard_minutes": outcome.scenario.choice.standard_minutes}
        read_measures(equations, outcome, travel, {**told, "worst_share": 0.1}, source)


def _change(  # noqa: PLR0917
    equations: Equations,
    before: Travel,
    after: Travel,
    shown: float | None,
    half_step: float,
    source: str,
    *,
    rest: Any = 1.0,
) -> None:
    """A difference of two means over the same visits, all of them served in both."""
    pairs = []
    for one, other in zip(before.services("overall"), after.services("overall"), strict=True):
        if not np.isfinite(np.append(one.felt, other.felt)[np.tile(one.visits > 0, 2)]).all():
            return
        with np.errstate(invalid="ignore"):
            pairs.append((other.felt - one.felt, one.visits * rest))
    access.mean(equations, pairs, shown, half_step, source)


def _near_best(equations: Equations, outcome: Outcome, joint: Travel, told: Record) -> None:
    """Each of the best plans: by how much it is worse than the best."""
    name = told["objective"]["name"]
    _value(equations, outcome, joint, name, told["objective"]["value"], "near_best: the best")
    if name != "mean_minutes" or outcome.plan.intake is not None:
        return
    best = travel_of(with_places(outcome, told["plans"][0]["places"]), equations)
    for number, each in enumerate(told["plans"]):
        travel = travel_of(with_places(outcome, each["places"]), equations)
        half = _half_step(outcome)
        _change(equations, best, travel, each["worse_by"], half, f"near_best: plan {number}")


def _trade_offs(equations: Equations, outcome: Outcome, joint: Travel, told: Record) -> None:
    """Each plan of a front or along the curve."""
    del joint
    points = [each for front in told["fronts"] for each in front["points"]]
    points += [each["point"] for each in told["curve"] if each["point"] is not None]
    for number, each in enumerate(points):
        travel = travel_of(with_places(outcome, each["places"]), equations)
        for name in ("mean_minutes", "within_standard"):
            _value(
                equations, outcome, travel, name, each["measures"][name], f"trade_offs: plan {number}, {name}"
            )
        worst, share = each["measures"]["worst_share_minutes"], each["measures"]["worst_share"]
        half = max(TENTH, 0.5 * 10.0 ** -county_decimals(share * outcome.evaluation.county.youths))
        ways = travel.services("overall")
        access.worst_mean(equations, ways, worst, share, half, f"trade_offs: plan {number}")


def _stages(equations: Equations, outcome: Outcome, joint: Travel, told: Record) -> None:
    """Each step of each order."""
    del joint
    for order in told["orders"]:
        for number, each in enumerate(order["stages"]):
            travel = travel_of(with_places(outcome, each["places"]), equations)
            source = f"stages: {order['name']} {number}"
            _value(equations, outcome, travel, told["objective"], each["value"], source)


def _municipalities(equations: Equations, outcome: Outcome, joint: Travel, told: Record) -> None:
    codes = np.array(outcome.region.demand.municipality_codes)
    today = outcome.scenario.analysis.municipalities.today
    plans = {"joint_minutes": joint}
    if today is not None:
        sites = [
            {"site_id": site_id, "role": role, "days_per_week": 5.0}
            for role in ("main", "satellite")
            for site_id in getattr(today, role)
        ]
        plans["today_minutes"] = travel_of(with_places(outcome, sites), equations)
    for member in told["members"]:
        members = codes == member["code"]
        equations.count(members, member["youths"], f"municipalities: {member['name']}")
        _population_share(equations, outcome, members, member["share_by_population"])
        for key, travel in plans.items():
            services = "overall" if key == "joint_minutes" else _served(travel)
            pairs = [(way.felt, way.of(members[travel.cells]).visits) for way in travel.services(services)]
            source = f"municipalities: {member['name']}, {key}"
            access.mean(equations, pairs, member[key], access.WHOLE_MINUTES, source)
    for each in told["departures"]:
        _departure(equations, outcome, joint, each)
    _equity(equations, outcome, joint, told["equity"])


def _population_share(equations: Equations, outcome: Outcome, members: Mask, shown: float | None) -> None:
    """A municipality's share of the county's youths, where it is told."""
    if shown is None:
        return
    youths = float(outcome.region.demand.youths.sum())
    half = 0.5 * 10.0 ** -min(3, share_decimals(youths, equations.k))
    source = "municipalities: share by population"
    equations.within(members - (shown + half), -np.inf, 0.0, source)
    equations.within(members - (shown - half), 0.0, np.inf, source)


def _served(travel: Travel) -> str:
    """Name the services that a plan has places for."""
    has = [name for name in ("near", "main") if np.isfinite(getattr(travel, name).felt).any()]
    return "overall" if len(has) == 2 else has[0]


def _departure(equations: Equations, outcome: Outcome, joint: Travel, told: Record) -> None:
    """How the minutes of the others change."""
    if told["places"] is None or told["change_of_rest_minutes"] is None:
        return
    codes = np.array(outcome.region.demand.municipality_codes)
    rest = ~np.isin(codes, told["codes"])
    travel = travel_of(with_places(outcome, told["places"]), equations)
    half = access.WHOLE_MINUTES if float(outcome.region.demand.youths[rest].sum()) < 2000 else TENTH
    of_rest = rest[joint.cells] * 1.0
    source = f"departures: {' and '.join(told['codes'])}"
    _change(equations, joint, travel, told["change_of_rest_minutes"], half, source, rest=of_rest)


def _equity(equations: Equations, outcome: Outcome, joint: Travel, told: Record) -> None:
    """Means, worst tenths, and Theil's index: linear in the cells once the mean is known."""
    ways = joint.services("overall")
    codes = np.array(outcome.region.demand.municipality_codes)
    for each in (told["overall"], *told["by_municipality"]):
        inside = np.full(len(codes), True) if not each["key"] else codes == each["key"]
        those = [way.of(inside[joint.cells]) for way in ways]
        source = f"equity: {each['key'] or 'the county'}"
        pairs = [(way.felt, way.visits) for way in those]
        access.mean(equations, pairs, each["mean_minutes"], access.WHOLE_MINUTES, source)
        access.worst_mean(equations, those, each["worst_tenth_minutes"], 0.1, access.WHOLE_MINUTES, source)
    if told["theil"] is not None:
        _theil(equations, outcome, joint, told["theil"])


def _theil(equations: Equations, outcome: Outcome, joint: Travel, shown: float) -> None:
    """W m T = sum of w x ln(x / m), and m is told: between two m it is between two linear sums."""
    mean, half = outcome.evaluation.measures.mean_minutes, _half_step(outcome) / 50
    if mean is None:
        return
    logs, sums = np.zeros(equations.width), np.zeros(equations.width)
    for each in joint.services("overall"):
        x = np.where(np.isfinite(each.felt), each.felt, 0.0)
        logs += each.visits * x * np.log(np.where(x > 0, x, 1.0))
        sums += each.visits * x
    equations.within(
        logs - (shown + 0.005 + np.log(mean + half)) * sums, -np.inf, 0.0, "equity: Theil (most)"
    )
    equations.within(
        logs - (shown - 0.005 + np.log(mean - half)) * sums, 0.0, np.inf, "equity: Theil (least)"
    )


def _accessibility(equations: Equations, outcome: Outcome, joint: Travel, told: Record) -> None:
    """How many there are, and the share of them with nothing within reach."""
    del joint
    codes = np.array(outcome.region.demand.municipality_codes)
    zones = outcome.scenario.analysis.accessibility.zones_minutes
    columns = [outcome.region.sites.site_ids.index(each) for each in outcome.plan.open_sites]
    without = (outcome.region.times.minutes[:, columns] > max(zones)).all(axis=1)
    lives = visits_per_youth(outcome, "near") + visits_per_youth(outcome, "main") > 0
    for each in told["by_municipality"]:
        members = (codes == each["code"]) & lives
        equations.count(members, each["youths"], f"accessibility: {each['code']}")
        if each["youths"] is not None:
            access.area_share(
                equations, members, without, each["share_without"], each["youths"], f"reach: {each['code']}"
            )
