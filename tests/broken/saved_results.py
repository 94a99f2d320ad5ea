"""Broken results: plan.json, comparison.json, sweep.json and analysis.json, by each command that reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import toy

from . import faults, json_faults
from .case import Kind
from .faults import any_text, replaced
from .json_faults import resealed, wrong_at

ANALYSIS = {
    "near_best": {"within": 0.1},
    "trade_offs": {"fronts": [["mean_minutes", "cost"]], "n_satellites": {"minimum": 0, "maximum": 2}},
    "uncertainty": {"draws": 10, "draw": {"travel.speed_factor": "normal(1,0.05)"}, "noise": {"cells": 0.5}},
    "municipalities": {"today": {"main": ["A"], "satellite": []}},
}
FORMATS = {
    "plan.json": "siting-plan",
    "comparison.json": "siting-comparison",
    "sweep.json": "siting-sweep",
    "analysis.json": "siting-analysis",
}
PATHS = {
    "plan.json": """
        scenario scenario.sha256 scenario.resolved dataset dataset.sha256 dataset.sha256.cells
        status objectives objectives.0.name objectives.0.gap sites sites.0.site_id sites.0.role
        sites.0.days_per_week teams rota evaluation evaluation.county
    """,
    "comparison.json": """
        base plans plans.0 plans.0.format plans.0.scenario plans.0.scenario.name plans.0.dataset
        plans.1.sites plans.1.sites.0.site_id plans.1.sites.0.role plans.1.objectives.0.name
        plans.1.evaluation
    """,
    "sweep.json": """
        scenario dataset dataset.sha256 rows rows.0 rows.0.answer rows.0.answer.sites
        rows.0.answer.sites.main rows.0.answer.sites.main.0.site_id
        rows.0.answer.sites.main.0.days_per_week
    """,
    "analysis.json": """
        scenario scenario.name scenario.sha256 dataset plan.places near_best near_best.plans
        near_best.limit near_best.worths.0.key trade_offs.fronts.0.points
        uncertainty.frequencies.0.site_id uncertainty.best_counts.counts uncertainty.plans
        municipalities.members municipalities.members.0.code municipalities.equity stages.orders
        accessibility.by_municipality accessibility.overall.untold left_out
    """,
}
"""What the commands look at of each file, and break if it is wrong."""
PATHS_OF_VERIFY = {
    "plan.json": """
        objectives.0.objective resources travel_times evaluation.county.overall.mean_minutes
    """,
    "comparison.json": """
        differences value_for_money plans.1.resources noticeable_minutes
    """,
    "sweep.json": """
        scenario.resolved rows.0.values rows.0.scenario_sha256 rows.0.status rows.0.answer.county
    """,
    "analysis.json": """
        mode scenario.resolved municipalities.sek_per_year accessibility.gini
    """,
}
"""What is held against the count besides."""
LAWFUL = {
    "near_best.limit nothing",
    "trade_offs.fronts.0.points an empty list",
    "plans.0.scenario.name markup",
    "rows.0.answer nothing",
    "near_best nothing",
    "left_out an object",
    "teams an empty list",
    "rota an empty list",
}
"""What may stand there."""
HTML = ("--form", "html", "--out", "out")
READERS = {
    "map": ("plan.json", ["map", "plan.json", "--out", "out"]),
    "report": ("plan.json", ["report", "plan.json", *HTML]),
    "verify": ("plan.json", ["verify", "plan.json"]),
    "map of a comparison": ("comparison.json", ["map", "comparison.json", "--out", "out"]),
    "report of a comparison": ("comparison.json", ["report", "comparison.json", *HTML]),
    "verify a comparison": ("comparison.json", ["verify", "comparison.json"]),
    "map with a sweep": ("sweep.json", ["map", "plan.json", "--sweep", "sweep.json", "--out", "out"]),
    "verify a sweep": ("sweep.json", ["verify", "sweep.json"]),
    "report of an analysis": ("analysis.json", ["report", "plan.json", "analysis.json", *HTML]),
    "verify an analysis": ("analysis.json", ["verify", "analysis.json"]),
}


def whole(folder: Path) -> None:
    """Results of the toy, of all kinds."""
    toy.write_dataset(folder / "data")
    write(folder)


def write(folder: Path) -> None:
    for name, content in _written().items():
        (folder / name).write_text(content, encoding="utf-8")


@cache
def _written() -> dict[str, str]:
    import tempfile

    from siting import study
    from siting.analysis.analyse import analyse
    from siting.present.analysis.record import analysis_record
    from siting.present.records import comparison_record, plan_record
    from siting.present.sweeps import sweep_record
    from siting.variants import sweep

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        toy.write_dataset(folder / "data")
        scenario = toy.write_scenario(folder, choice={"n_main": 1, "n_satellites": 1}, analysis=ANALYSIS)
        other = toy.write_scenario(folder, name="other", choice={"n_main": 1, "n_satellites": 0})
        outcome = study.run(scenario)
        records: dict[str, Any] = {
            "plan.json": plan_record(outcome),
            "comparison.json": comparison_record(study.compare([scenario, other])),
            "sweep.json": sweep_record(sweep(scenario, vary={"choice.n_satellites": [0, 1, 2, 9]})),
            "analysis.json": analysis_record(analyse(outcome)),
        }
    return {name: json.dumps(each, ensure_ascii=False, indent=1) + "\n" for name, each in records.items()}


def _put(*keys: str, value: Any) -> Callable[[dict[str, Any]], object]:
    def change(resolved: dict[str, Any]) -> None:
        *above, last = keys
        for each in above:
            resolved = resolved[each]
        resolved[last] = value

    return change


def _nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


QUESTIONS = {
    **{f"a dataset that is {what}": _put("dataset", value=path) for what, path in faults.PATHS.items()},
    "a scenario that is nothing": lambda resolved: resolved.clear(),
    "a scenario of an unknown key": _put("<b>", value=1),
    "a scenario that extends a file": _put("extends", value="/etc/passwd"),
    "a scenario nested deep": _put("title", value=_nested(400)),
    "a scenario of countless mains": _put("choice", "n_main", value={"minimum": 10**18, "maximum": 10**18}),
    "a scenario of negative speed": _put("travel", "access_speed_km_per_hour", value=-1),
    "a scenario of ready minutes from elsewhere": _put(
        "travel", "modes", value={"bus": {"matrix": "/dev/zero.csv"}}
    ),
    "a scenario by an unknown mode": _put("travel", "mode", value="<b>"),
    "a scenario named by markup": _put("name", value=faults.MARKUP[0]),
}
"""Questions that none can have asked, with their own right digest."""


def _faults_of(file: str, reader: str) -> dict[str, Callable[[Path], object]]:
    is_verified = reader.startswith("verify")
    paths = f"{PATHS[file]} {PATHS_OF_VERIFY[file] if is_verified else ''}".split()
    found = {
        **any_text(file, but=("ISO-8859-1", "EBCDIC", "noise in the middle")),
        **json_faults.shapes(file, format_name=FORMATS[file]),
        **wrong_at(file, paths, but=LAWFUL),
    }
    if file in ("plan.json", "comparison.json") or is_verified:
        plan = 0 if file == "comparison.json" else None
        found |= {fault: resealed(file, change, plan=plan) for fault, change in QUESTIONS.items()}
    if file == "sweep.json":
        found |= {
            "no rows": json_faults.at(file, "rows", "[]"),
            "a plan without places": json_faults.at(file, "rows.0.answer.sites", "{}"),
            "days as text": json_faults.at(file, "rows.0.answer.sites.main.0.days_per_week", '"5"'),
        }
    if file == "plan.json":
        found |= {
            "a changed scenario": replaced(file, '"n_main"', '"n_mein"'),
            "a site that is not": replaced(file, '"site_id": "B"', '"site_id": "../B"'),
            "a site twice": replaced(file, '"site_id": "A"', '"site_id": "B"'),
            "negative days": replaced(file, '"days_per_week": 5.0,\n', '"days_per_week": -1,\n'),
            "hours of a hair": replaced(file, '"days_per_week": 5.0,\n', '"days_per_week": 1e-300,\n'),
        }
    return found


def kinds() -> list[Kind]:
    return [
        Kind(
            file if reader == "map" else f"{file}: {reader}",
            whole,
            [*command, "--no-cache"],
            frozenset({10, 23} if command[0] == "verify" else {10, 11, 12, 23}),
            _faults_of(file, reader) | (json_faults.long_lists(file) if reader in LONG_OF else {}),
            big=frozenset(json_faults.long_lists(file)),
            unseen=frozenset({f"{json_faults.ALMOST_TOO_MANY:,} empty objects"}),
        )
        for reader, (file, command) in READERS.items()
    ]


LONG_OF = ("map", "verify a comparison", "map with a sweep", "report of an analysis")
"""Lists of millions are read by the same lines in all commands."""
