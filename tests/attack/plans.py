"""Plans that a record names by their open places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from siting import study
from siting.cache import NO_CACHE
from siting.plan import Plan, Status
from siting.scenario import Scenario
from siting.study import Outcome


def plan_of(places: Iterable[Mapping[str, Any]]) -> Plan:
    """Give a plan by its open places."""
    chosen = list(places)
    by_role = {
        role: tuple(each["site_id"] for each in chosen if each["role"] == role)
        for role in ("main", "satellite", "stop")
    }
    return Plan(
        main=by_role["main"],
        satellite=by_role["satellite"],
        stop=by_role["stop"],
        days_per_week={each["site_id"]: each["days_per_week"] for each in chosen},
        status=Status.GIVEN,
        objectives=(),
        solve_seconds=0.0,
    )


def with_places(
    outcome: Outcome, places: Iterable[Mapping[str, Any]], scenario: Scenario | None = None
) -> Outcome:
    """Give an outcome with other places, and, where a scenario is given, measured by it: its count is not."""
    region = outcome.region
    if scenario is not None:
        ways = study.ways_of(region) if scenario.travel == outcome.scenario.travel else None
        region = study.measure(scenario, outcome.dataset, ways=ways, cache=NO_CACHE)
    return replace(outcome, scenario=scenario or outcome.scenario, region=region, plan=plan_of(places))
