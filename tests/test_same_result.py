"""The same question gives the same answer, byte for byte, whatever the process it is asked in."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import toy

from siting import study
from siting.cache import FOLDER_VARIABLE
from siting.present.geopackage import WRITING, write_geopackage
from siting.present.words import Words

HERE = {"PYTHONHASHSEED": "1", "TZ": "UTC", "LANG": "C", "LC_ALL": "C"}
ELSEWHERE = {
    "PYTHONHASHSEED": "4711",
    "TZ": "Pacific/Auckland",
    "LANG": "sv_SE.UTF-8",
    "LC_ALL": "sv_SE.UTF-8",
}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
SECONDS = re.compile(rb'"seconds": [0-9.e-]+')
QUESTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "whole": {"choice": {"n_main": 2, "n_satellites": 0, "objectives": ["worst_share_minutes", "cost"]}},
    "teams": {
        "sites": {
            "hosts": {
                role: ["youth_clinic", "health_centre", "hospital"] for role in ("main", "satellite", "stop")
            }
        },
        "choice": {
            "n_main": 1,
            "n_satellites": 1,
            "n_stops": 2,
            "n_teams": 1,
            "objectives": ["mean_minutes"],
        },
    },
    "intake": {
        "choice": {"n_main": 1, "n_satellites": 1, "with_capacity": True},
        "access": {"waiting_minutes_per_day": 5, "digital_minutes": {"main": 60, "near": 35}},
        "roles": {"main": {"visits_per_open_hour": 0.9}, "satellite": {"visits_per_open_hour": 0.2}},
    },
}
PROGRAM = """
import sys
from pathlib import Path
from siting import study
from siting.present.records import comparison_record, plan_record
from siting.present.files import write_json
from siting.present.geopackage import write_geopackage
from siting.present.words import Words
*scenarios, out = map(Path, sys.argv[1:])
outcomes = [study.run(each) for each in scenarios]
for each in outcomes:
    write_json(out / f"{each.scenario.name}.json", plan_record(each))
    write_geopackage(out / f"{each.scenario.name}.gpkg", (each,), Words("sv"))
both = study.compare(scenarios[:2])
write_json(out / "comparison.json", comparison_record(both))
write_geopackage(out / "comparison.gpkg", both.outcomes, Words("sv"))
"""


def answers(folder: Path, name: str, environment: dict[str, str], *, threads: int) -> dict[str, bytes]:
    """Ask all questions in a fresh process that has measured nothing; the files but for the seconds."""
    out = folder / name
    out.mkdir()
    settings = {
        **environment,
        **dict.fromkeys(THREADS, str(threads)),
        FOLDER_VARIABLE: str(folder / f"{name}-cache"),
    }
    scenarios = [str(folder / f"{question}.yaml") for question in QUESTIONS]
    subprocess.run(
        [sys.executable, "-c", PROGRAM, *scenarios, str(out)],
        check=True,
        timeout=300,
        env={**os.environ, **settings},
    )
    return {each.name: SECONDS.sub(b"", each.read_bytes()) for each in sorted(out.iterdir())}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("same")
    toy.write_dataset(folder / "data")
    for name, sections in QUESTIONS.items():
        toy.write_scenario(folder, name, **sections)
    return folder


def test_a_plan_is_the_same_to_the_bit_in_another_process_place_and_number_of_threads(asked: Path) -> None:
    """Not only to 1e-9: nothing that is told hangs on an order of sums that threads could change."""
    first = answers(asked, "here", HERE, threads=1)
    second = answers(asked, "elsewhere", ELSEWHERE, threads=2)
    assert {Path(name).stem for name in first} == {*QUESTIONS, "comparison"}
    assert len(first) == 2 * len(QUESTIONS) + 2
    for name, content in first.items():
        assert content == second[name], name
    plan = json.loads((asked / "here" / "teams.json").read_text("utf-8"))
    assert plan["rota"]  # the questions do ask for what they are named for


def test_how_geopackages_are_written_is_for_none_of_the_caller_s_own(asked: Path, tmp_path: Path) -> None:
    """GDAL has one set of options for all that a process writes."""
    own = {"OGR_CURRENT_DATE": "2001-02-03T00:00:00.000Z"}
    pyogrio.set_gdal_config_options(own)
    try:
        write_geopackage(tmp_path / "plan.gpkg", (study.run(asked / "plain.yaml"),), Words("sv"))
        kept = {name: pyogrio.get_gdal_config_option(name) for name in WRITING}
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(own))
    assert kept == {**dict.fromkeys(WRITING), **own}
    assert b"2001-02-03" not in (tmp_path / "plan.gpkg").read_bytes()
