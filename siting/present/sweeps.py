"""The content of sweep.json and sweep.csv: what each variant led to, in figures that plan.json gives too.

Nothing in them hangs on the clock or on who did the work: the same sweep gives the same files.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from ..saved.rounding import AREA_DECIMALS, POSTS_DECIMALS, youths_measured
from ..scenario_file import with_values
from .access_records import county_record, measures_record, objective_record
from .tables import gate_of
from .words import to_three_digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..dataset import Dataset
    from ..plan import Plan
    from ..scenario import Scenario
    from ..variants import Row, Sweep
    from ..variants.sweeping import Answer

FORMAT_VERSION: Final = 1
ROLES: Final = ("main", "satellite", "stop")


def sweep_record(sweep: Sweep) -> dict[str, Any]:
    """Give the content of sweep.json, described by ``schemas/sweep.schema.json``."""
    letters = plan_letters(sweep)
    return {
        "format": "siting-sweep",
        "format_version": FORMAT_VERSION,
        "siting_version": version("siting"),
        "scenario": {
            "name": sweep.scenario.name,
            "sha256": sweep.scenario.sha256,
            "resolved": sweep.scenario.resolved,
        },
        "dataset": {"name": sweep.dataset.manifest.name, "sha256": sweep.dataset.digests},
        "keys": list(sweep.keys),
        "n_draws": sweep.n_draws,
        "seed": sweep.seed,
        "rows": [_row_record(row, sweep, letters.get(row.variant.number)) for row in sweep.rows],
    }


def plan_letters(sweep: Sweep) -> dict[int, str]:
    """Give the letter of the plan of each variant that has one, by its number."""
    return {row.variant.number: letter for letter, rows in same_plans(sweep).items() for row in rows}


def _row_record(row: Row, sweep: Sweep, plan: str | None) -> dict[str, Any]:
    scenario = with_values(sweep.scenario, row.variant.values)
    told = None if row.answer is None else answer_record(row.answer, scenario, sweep.dataset)
    return {
        "variant": row.variant.number,
        "draw": row.variant.draw,
        "values": dict(row.variant.values),
        "scenario_sha256": row.scenario_sha256,
        "status": str(row.status),
        "reason": row.reason,
        "plan": plan,
        "answer": told,
    }


def answer_record(answer: Answer, scenario: Scenario, dataset: Dataset) -> dict[str, Any]:
    """Give what a variant led to."""
    gate, resources, youths = gate_of(scenario), answer.resources, answer.county.youths_in_effect
    return {
        "objectives": [
            objective_record(
                each,
                scenario.travel.mode,
                gate,
                youths=youths_measured(each.name, youths, scenario.choice.worst_share),
            )
            for each in answer.plan.objectives
        ],
        "measures": measures_record(answer.measures, scenario.choice, gate, youths=youths),
        "county": county_record(answer.county, gate),
        "by_mode": {
            mode: county_record(county, gate, decimals=AREA_DECIMALS)
            for mode, county in answer.county_by_mode.items()
        },
        "resources": {
            "full_time_posts": round(resources.full_time_posts, POSTS_DECIMALS),
            "sek_per_year": to_three_digits(resources.sek_per_year),
        },
        "sites": {role: _sites(answer.plan, role, dataset) for role in ROLES},
        "teams": [
            {"base_id": base_id, "n_teams": n} for base_id, n in sorted(answer.plan.teams.items()) if n
        ],
    }


def _sites(plan: Plan, role: str, dataset: Dataset) -> list[dict[str, Any]]:
    names = dataset.table("sites").set_index("site_id")["name"].to_dict()
    where = municipality_of_sites(dataset)
    return [
        {
            "site_id": site_id,
            "name": names[site_id],
            "municipality": where[site_id],
            "days_per_week": plan.days_of(site_id),
        }
        for site_id in sites_of(plan, role)
    ]


def sites_of(plan: Plan, role: str) -> tuple[str, ...]:
    """Give the open sites of one role, by its name."""
    return {"main": plan.main, "satellite": plan.satellite, "stop": plan.stop}[role]


def municipality_of_sites(dataset: Dataset) -> dict[str, str]:
    """Name the municipality of each site."""
    table = dataset.table("municipalities")
    names = dict(zip(table["code"], table["name"], strict=True))
    sites = dataset.table("sites")
    return {
        site_id: names[code]
        for site_id, code in zip(sites["site_id"], sites["municipality_code"], strict=True)
    }


def same_plans(sweep: Sweep) -> dict[str, tuple[Row, ...]]:
    """Gather the rows whose plan is the same, by the plan's letter; A is the commonest.

    Plans are the same if the same sites are open in the same roles on as many days.
    """
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in sweep.rows:
        if row.answer is not None:
            plan = row.answer.plan
            days = tuple((site_id, plan.days_of(site_id)) for site_id in sorted(plan.open_sites))
            roles = tuple(tuple(sorted(sites_of(plan, role))) for role in ROLES)
            groups.setdefault((roles, days), []).append(row)
    ordered = sorted(groups.values(), key=lambda rows: -len(rows))
    return {_letters(place): tuple(rows) for place, rows in enumerate(ordered)}


def _letters(place: int) -> str:
    """Give letters by place: A to Z, AA, AB and so on.

    Examples
    --------
    >>> _letters(0), _letters(25), _letters(26), _letters(701), _letters(702)
    ('A', 'Z', 'AA', 'ZZ', 'AAA')
    """
    above, last = divmod(place, 26)
    return (_letters(above - 1) if above else "") + chr(ord("A") + last)


def sweep_frame(record: dict[str, Any]) -> pd.DataFrame:
    """Give sweep.json as a table: a row for each variant, a column for each figure; empty = there is none."""
    rows = [dict(_cells(row, record)) for row in record["rows"]]
    columns = dict.fromkeys(name for row in rows for name in row)
    return pd.DataFrame(rows, columns=list(columns), dtype=object)


def _cells(row: dict[str, Any], record: dict[str, Any]) -> Iterator[tuple[str, object]]:
    yield "variant", row["variant"]
    if record["n_draws"]:
        yield "draw", row["draw"]
    for key in record["keys"]:
        value = row["values"][key]
        yield key, " ".join(map(str, value)) if isinstance(value, list) else value
    yield "status", row["status"]
    yield "plan", row["plan"]
    if row["answer"] is not None:
        yield from _answer_cells(row["answer"])
    yield "reason", row["reason"]


def _answer_cells(answer: dict[str, Any]) -> Iterator[tuple[str, object]]:
    for rank, each in enumerate(answer["objectives"], start=1):
        for name, key in (("", "name"), ("_value", "objective"), ("_bound", "bound"), ("_gap", "gap")):
            yield f"objective_{rank}{name}", each[key]
    measures = dict(answer["measures"])
    standard = measures.pop("standard_minutes")
    yield "standard_minutes", standard
    for name in ("mean_minutes", "within_standard", "largest_minutes", "worst_share_minutes"):
        yield f"generalised_{name}" if name != "within_standard" else name, measures[name]
    for service in ("overall", "near", "main"):
        yield f"{service}_travel_mean_minutes", answer["county"][service]["mean_minutes"]
    overall = answer["county"]["overall"]
    for each in overall["share_within"]:
        yield f"travel_within_{each['minutes']:g}_minutes", each["share"]
    yield "served_share", overall["served_share"]
    yield "digital_share", overall["digital_share"]
    for mode, county in answer["by_mode"].items():
        for each in county["overall"]["share_within"]:
            yield f"travel_within_{each['minutes']:g}_minutes_{mode}", each["share"]
    yield "full_time_posts", answer["resources"]["full_time_posts"]
    yield "sek_per_year", answer["resources"]["sek_per_year"]
    for role in ROLES:
        yield f"n_{role}", len(answer["sites"][role])
    yield "n_teams", sum(each["n_teams"] for each in answer["teams"])
    for role in ROLES:
        yield f"{role}_sites", " ".join(each["site_id"] for each in answer["sites"][role])
        yield f"{role}_municipalities", ", ".join(each["municipality"] for each in answer["sites"][role])
    yield "satellite_days_per_week", sum(each["days_per_week"] for each in answer["sites"]["satellite"])
