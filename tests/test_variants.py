"""One question with many values: the grid, the draws, the rows, and the same files whoever did the work."""

from __future__ import annotations

import csv
import itertools
import json
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import dask_processes
import jsonschema
import pytest
import toy
from hypothesis import given
from hypothesis import strategies as st

import siting
from siting import study
from siting.cache import NO_CACHE
from siting.cli import main
from siting.dataset import Dataset
from siting.errors import (
    InputError,
    OutputError,
    ScenarioError,
    TimeLimitError,
    VerificationError,
    WorkersError,
)
from siting.present.files import write_sweep
from siting.present.records import plan_record
from siting.present.sweep_text import sweep_lines
from siting.present.sweeps import sweep_record
from siting.present.words import Words
from siting.scenario_file import load, with_values
from siting.study import Outcome
from siting.variants import RowStatus, read_all, sweep, sweeping
from siting.variants.asking import ask, read_values
from siting.variants.distributions import Normal, Triangular, Uniform, read_distribution
from siting.workers import InThisProcess, dask_workers, workers_for

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "siting/schemas/sweep.schema.json").read_text(encoding="utf-8"))


def asked(**more: Any) -> list[tuple[int | None, dict[str, Any]]]:
    wanted = {"vary": {}, "draw": {}, "n_draws": 0, "seed": 1, **more}
    return [(each.draw, dict(each.values)) for each in ask(**wanted)]


def as_bytes(swept: siting.Sweep, folder: Path) -> dict[str, bytes]:
    write_sweep(swept, folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# Which variants there are


def test_every_combination_is_asked_the_last_key_turning_fastest() -> None:
    assert [values for _, values in asked(vary={"a": [1, 2], "b": ["x", "y"]})] == [
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y"},
        {"a": 2, "b": "x"},
        {"a": 2, "b": "y"},
    ]


def test_each_draw_meets_every_combination_with_the_same_values() -> None:
    variants = asked(vary={"a": [1, 2]}, draw={"b": "uniform(0,1)"}, n_draws=3)
    assert [(draw, values["a"]) for draw, values in variants] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
        (3, 1),
        (3, 2),
    ]
    assert len({values["b"] for _, values in variants}) == 3


def test_a_draw_hangs_on_seed_number_and_key_alone() -> None:
    alone = asked(draw={"b": "uniform(0,1)"}, n_draws=2)
    among = asked(vary={"c": [1]}, draw={"a": "normal(0,1)", "b": "uniform(0,1)"}, n_draws=9)
    assert [values["b"] for _, values in among][:2] == [values["b"] for _, values in alone]
    assert among[0][1]["a"] != among[1][1]["a"]
    other = asked(draw={"b": "uniform(0,1)"}, n_draws=2, seed=2)
    assert {values["b"] for _, values in other}.isdisjoint(values["b"] for _, values in alone)


def test_draws_of_a_seed_stay_what_they_are() -> None:
    """A study that is published must come out the same with the next release of any library."""
    variants = asked(
        draw={"a": "uniform(0,1)", "b": "normal(0,1)", "c": "triangular(0,1,4)"}, n_draws=1, seed=42
    )
    assert variants == [(1, pytest.approx(DRAWN, rel=1e-12))]


DRAWN = {"a": 0.4354717353078893, "b": 1.6850209201627366, "c": 1.0225494090575333}


def test_many_draws_are_spread_as_their_distribution_is() -> None:
    drawn = [values["a"] for _, values in asked(draw={"a": "normal(10,2)"}, n_draws=2000)]
    mean = sum(drawn) / len(drawn)
    deviation = (sum((each - mean) ** 2 for each in drawn) / len(drawn)) ** 0.5
    assert abs(mean - 10) < 0.2
    assert abs(deviation - 2) < 0.15


@given(u=st.floats(1e-9, 1 - 1e-9), v=st.floats(1e-9, 1 - 1e-9))
@pytest.mark.parametrize(
    ("distribution", "least", "most"),
    [
        (Uniform(-1, 3), -1, 3),
        (Triangular(0, 0, 2), 0, 2),
        (Triangular(1, 2, 2), 1, 2),
        (Normal(0, 1), -7, 7),
    ],
)
def test_a_larger_share_gives_a_larger_value_within_the_limits(
    distribution: Uniform, least: float, most: float, u: float, v: float
) -> None:
    low, high = sorted((u, v))
    assert least <= distribution.value_at(low) <= distribution.value_at(high) <= most


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gamma(1,2)", "no distribution; write uniform"),
        ("uniform 1", "no distribution"),
        ("uniform(1)", "expected 2 numbers: least, most"),
        ("uniform(0,9,1,1)", r"least, most; write decimals with a point: uniform\(0\.9,1\.1\)"),
        ("normal(1,x)", "expected 2 numbers: mean, standard deviation"),
        ("normal(1,inf)", "expected 2 numbers"),
        ("uniform(2,1)", "the first must be less"),
        ("normal(1,0)", "the second must be more than 0"),
        ("triangular(1,0,2)", "in this order"),
    ],
)
def test_a_distribution_that_is_none_is_told(text: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        read_distribution(text)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "nothing is varied"),
        ({"vary": {"dataset": ["x"]}}, "dataset cannot be varied"),
        ({"vary": {"title.sv": ["x"]}}, "title.sv cannot be varied"),
        ({"vary": {"a": [1]}, "draw": {"a": "uniform(0,1)"}, "n_draws": 1}, "both varied and drawn"),
        ({"vary": {"a": []}}, "a: no values are given"),
        ({"vary": {"a": [1]}, "n_draws": 3}, "nothing to draw"),
        ({"draw": {"a": "uniform(0,1)"}}, "give --draws N"),
        ({"draw": {"a": "uniform(0,1)"}, "n_draws": -4}, "--draws is -4; it must be 1 or more"),
        ({"draw": {"a": "uniform(0,1)"}, "n_draws": 1, "seed": -1}, "the seed is -1"),
        ({"vary": {"a": range(400), "b": range(400)}}, "are more than 100000"),
    ],
)
def test_what_cannot_be_asked_is_told(more: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        asked(**more)


def test_values_are_read_as_in_a_scenario_file() -> None:
    assert read_values("a.b=1, 0.5,true,null,x,[1, 2],[]") == ("a.b", (1, 0.5, True, None, "x", [1, 2], []))


@pytest.mark.parametrize("text", ["a", "=1", "a=", "a=[1", "a=1]"])
def test_values_that_cannot_be_read_are_told(text: str) -> None:
    with pytest.raises(InputError, match="expected"):
        read_values(text)


def test_a_key_that_is_named_twice_is_told() -> None:
    with pytest.raises(InputError, match="a is named twice"):
        read_all(["a=1", "a=2"], [])


# Other values in a scenario


def test_a_value_is_put_at_its_key_and_the_old_basis_goes(toy_folder: Path) -> None:
    told = {"sv": "mätt", "en": "measured"}
    travel = {"speed_factor": 1.0, "access_speed_km_per_hour": 60, "basis": {"speed_factor": told}}
    base = load(toy.write_scenario(toy_folder, travel=travel))
    other = with_values(base, {"travel.speed_factor": 0.9, "choice.objectives.0.tolerance": 0.1})
    assert other.travel.speed_factor == 0.9
    assert other.travel.basis == {}
    assert other.choice.objectives[0].tolerance == 0.1
    assert (other.folder, base.travel.speed_factor) == (base.folder, 1.0)
    assert with_values(base, {"travel.speed_factor": 1.0}).sha256 == base.sha256


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("choice.n_mian", 1, "with choice.n_mian=1: choice.n_mian: unknown key; did you mean 'n_main'?"),
        ("choise.n_main", 1, "unknown key; did you mean 'choice'?"),
        ("n_main", 1, "it belongs under choice"),
        ("choice.n_main", 1.5, "with choice.n_main=1.5: choice.n_main: must be a whole number"),
        ("choice.n_main.minimum", "x", "must be a whole number"),
        ("travel.speed_factor.x", 1, "travel.speed_factor: must be a number"),
        ("travel.speed_factor", float("inf"), "travel.speed_factor"),
        ("choice.objectives.1.tolerance", 0, "there is no '1' in a list of 1"),
        ("choice.objectives.x", 0, "there is no 'x' in a list of 1"),
    ],
)
def test_a_wrong_value_is_told_by_the_schema(
    toy_folder: Path, key: str, value: object, expected: str
) -> None:
    base = load(toy.write_scenario(toy_folder))
    with pytest.raises(ScenarioError, match=re.escape(expected)):
        with_values(base, {key: value})


# What variants lead to


def test_each_row_is_what_a_run_of_the_variant_gives(toy_folder: Path) -> None:
    base = load(toy.write_scenario(toy_folder))
    swept = sweep(base, vary={"choice.n_satellites": [0, 1, 2], "travel.speed_factor": [0.5, 1.0]})
    assert [row.status for row in swept.rows] == [RowStatus.OPTIMAL] * 6
    for row, record in zip(swept.rows, sweep_record(swept)["rows"], strict=True):
        alone = study.run(with_values(base, row.variant.values))
        plan = plan_record(alone)
        assert row.scenario_sha256 == plan["scenario"]["sha256"] == record["scenario_sha256"]
        assert row.answer is not None
        assert row.answer.plan.open_sites == alone.plan.open_sites
        told = record["answer"]
        assert told["objectives"] == plan["objectives"]
        assert told["measures"] == plan["evaluation"]["measures"]
        assert told["county"] == plan["evaluation"]["county"]  # nothing that plan.json hides
        assert told["resources"] == {key: plan["resources"][key] for key in told["resources"]}


def test_other_modes_of_travel_are_told_as_in_plan_json(dalarna: Dataset) -> None:
    swept = sweep("without-car", vary={"choice.n_satellites": [3]}, dataset=dalarna)
    alone = study.run(with_values(load("without-car"), {"choice.n_satellites": 3}), dataset=dalarna)
    by_mode = {mode: each["county"] for mode, each in plan_record(alone)["evaluation"]["by_mode"].items()}
    assert sweep_record(swept)["rows"][0]["answer"]["by_mode"] == by_mode
    assert any("Inom 45 min utan bil" in line for line in sweep_lines(swept, Words("sv")))


def test_those_that_travel_alike_are_measured_once(toy_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[float] = []
    real = sweeping.measure_ways

    def count(section: Any, *rest: Any, **more: Any) -> Any:
        measured.append(section.speed_factor)
        return real(section, *rest, **more)

    monkeypatch.setattr(sweeping, "measure_ways", count)
    path = toy.write_scenario(toy_folder)
    sweep(path, vary={"travel.speed_factor": [0.5, 1.0], "choice.n_satellites": [0, 1, 2]})
    assert sorted(measured) == [0.5, 1.0]
    measured.clear()
    factors = [0.5, 0.6, 0.7, 0.8, 0.9, 1.0]  # more than are kept at once
    sweep(path, vary={"choice.n_satellites": [0, 1], "travel.speed_factor": factors})
    assert sorted(measured) == factors


def test_variants_without_a_plan_are_rows_with_their_reason(
    toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = study.run

    def run(scenario: Any, **more: Any) -> Outcome:
        if scenario.choice.standard_minutes == 11:
            message = "no plan in time"
            raise TimeLimitError(message)
        if scenario.choice.standard_minutes == 12:
            message = "the count differs"
            raise VerificationError(message)
        return real(scenario, **more)

    monkeypatch.setattr(study, "run", run)
    swept = sweep(
        toy.write_scenario(toy_folder),
        vary={"choice.n_satellites": [1, 9], "choice.standard_minutes": [10, 11, 12]},
    )
    assert [str(row.status) for row in swept.rows] == [
        *("optimal", "no_plan_in_time", "contradicted"),
        *("refused", "no_plan_in_time", "contradicted"),
    ]
    assert [bool(row.reason) for row in swept.rows] == [False, True, True, True, True, True]
    refused = swept.rows[3]
    assert refused.answer is None
    assert refused.reason.startswith("with choice.n_satellites=9: choice.n_satellites: ")
    lines = list(sweep_lines(swept, Words("en")))
    assert "Without a plan (5):" in lines
    assert "  no. 2, 5: no plan in time" in lines


def test_no_plan_obeys_all_rules_is_a_row_too_and_tells_no_folder(toy_folder: Path) -> None:
    scenario = toy.write_scenario(toy_folder, choice={"n_main": 1, "n_satellites": 0})
    swept = sweep(scenario, vary={"choice.place_in_every_municipality": [False, True]})
    assert [row.status for row in swept.rows] == [RowStatus.OPTIMAL, RowStatus.INFEASIBLE]
    assert str(toy_folder) not in swept.rows[1].reason


def test_if_no_variant_can_be_asked_the_first_reason_is_the_error(toy_folder: Path) -> None:
    with pytest.raises(InputError, match=r"n_satellites=8: choice\.n_satellites: "):
        sweep(toy.write_scenario(toy_folder), vary={"choice.n_satellites": [8, 9]})


def test_a_wrong_value_stops_a_sweep_before_any_work(toy_folder: Path) -> None:
    told: list[str] = []
    with pytest.raises(ScenarioError, match="speed_factor"):
        sweep(
            toy.write_scenario(toy_folder), vary={"travel.speed_factor": [1.0, -1.0]}, on_progress=told.append
        )
    assert told == []


def test_a_given_plan_is_swept_too(toy_folder: Path) -> None:
    scenario = toy.write_scenario(
        toy_folder, choice={"n_main": 1, "n_satellites": 0, "given": {"main": ["A"]}}
    )
    swept = sweep(scenario, vary={"travel.speed_factor": [0.5, 1.0]})
    assert [row.status for row in swept.rows] == [RowStatus.GIVEN] * 2
    slow, quick = (row.answer.county.overall.mean_minutes for row in swept.rows if row.answer)
    assert slow is not None
    assert quick is not None
    assert slow > quick


# Whoever does the work

MANY: dict[str, Any] = {
    "vary": {"choice.n_satellites": [0, 1, 2, 9]},
    "draw": {"travel.speed_factor": "triangular(0.5,1,2)", "roles.staff_cost_sek_per_hour": "normal(450,20)"},
    "n_draws": 4,
    "seed": 5,
}


@pytest.mark.parametrize("n_workers", [1, 2, 3])
def test_the_files_are_the_same_bits_whatever_the_number_of_workers(toy_folder: Path, n_workers: int) -> None:
    path = toy.write_scenario(toy_folder)
    serial = as_bytes(sweep(path, **MANY), toy_folder / "serial")
    spread = sweep(path, **MANY, workers=dask_workers(n_workers=n_workers))
    assert as_bytes(spread, toy_folder / "spread") == serial


def test_a_worker_that_is_killed_in_the_midst_of_a_sweep_changes_nothing(
    toy_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = toy.write_scenario(toy_folder)
    serial = as_bytes(sweep(path, **MANY), toy_folder / "serial")
    with dask_processes.scheduler(tmp_path_factory.mktemp("dask")) as running:
        doomed = running.start_worker()
        running.start_worker()

        def kill_at_the_first(text: str) -> None:
            if "variants answered" in text and doomed.poll() is None:
                doomed.kill()
                doomed.wait()

        spread = sweep(
            path, **MANY, workers=dask_workers(scheduler=running.address), on_progress=kill_at_the_first
        )
        assert doomed.poll()
    assert as_bytes(spread, toy_folder / "spread") == serial


def test_the_embedded_county_gives_the_same_bits_in_other_processes(dalarna: Dataset, tmp_path: Path) -> None:
    wanted: dict[str, Any] = {"vary": {"choice.n_satellites": [1, 2]}, "dataset": dalarna}
    serial = as_bytes(sweep("two-mains-satellites", **wanted), tmp_path / "serial")
    spread = sweep("two-mains-satellites", **wanted, workers=dask_workers(n_workers=2))
    assert as_bytes(spread, tmp_path / "spread") == serial


def test_workers_are_not_begun_for_a_question_that_is_wrong(toy_folder: Path) -> None:
    nobody = dask_workers(scheduler="tcp://127.0.0.1:1")
    with pytest.raises(ScenarioError):
        sweep(toy.write_scenario(toy_folder), vary={"choice.n": [1]}, workers=nobody)


def test_one_item_or_one_worker_is_done_in_this_process() -> None:
    for few in (workers_for(1, n_workers=2), workers_for(9, n_workers=1), workers_for(0, n_workers=4)):
        assert isinstance(few, nullcontext)
        assert few.enter_result == InThisProcess()


# What is written


def test_many_standards_tell_of_no_group_below_five_youths_where_few_remain(dalarna: Dataset) -> None:
    """All but one municipality leave: each share is then one of some 500 youths."""
    names = [name for name in dalarna.table("municipalities")["name"] if name != "Orsa"]
    choice = {"choice.n_main": 1, "choice.n_satellites": 0, "choice.objectives": ["within_standard"]}
    base = with_values(load("base"), {**choice, "leaving_municipalities": names})
    standards = [1 + step / 2 for step in range(46)]
    swept = sweep(base, vary={"choice.standard_minutes": standards}, dataset=dalarna)
    record = sweep_record(swept)
    plan_schema = json.loads((ROOT / "siting/schemas/plan.schema.json").read_text(encoding="utf-8"))
    aims = plan_schema["properties"]["objectives"]
    told: dict[str, list[float | None]] = {"measure": [], "objective": [], "bound": [], "county": []}
    for row, each in zip(swept.rows, record["rows"], strict=True):
        assert row.answer is not None
        youths, answer = row.answer.county.youths, each["answer"]
        jsonschema.validate(answer["objectives"], aims)
        within = {share["minutes"]: share["share"] for share in answer["county"]["overall"]["share_within"]}
        told["measure"].append(answer["measures"]["within_standard"])
        told["objective"].append(answer["objectives"][0]["objective"])
        told["bound"].append(answer["objectives"][0]["bound"])
        told["county"].append(within[each["values"]["choice.standard_minutes"]])
        means = answer["measures"]["mean_minutes"], answer["county"]["overall"]["mean_minutes"]
        assert all(minutes == round(minutes) for minutes in means)
    true = [row.answer.measures.within_standard * youths for row in swept.rows if row.answer]
    assert any(0 < after - before < 5 for before, after in itertools.pairwise(true))  # there is what to read
    for shares in told.values():
        shown = sorted({share for share in shares if share is not None})
        assert len(shown) > 4
        assert None in shares
        assert all((b - a) * youths >= 4.99 for a, b in itertools.pairwise(shown))
        assert all(share in {0.0, 1.0} or 5 <= share * youths <= youths - 5 for share in shown)


def test_sweep_json_is_as_its_schema_says(toy_folder: Path) -> None:
    jsonschema.validate(sweep_record(sweep(toy.write_scenario(toy_folder), **MANY)), SCHEMA)


def test_sweep_csv_has_a_row_for_each_variant_and_no_formula(toy_folder: Path) -> None:
    asked = toy.write_scenario(toy_folder), {"leaving_municipalities": [[], ["Öst"], ["=cmd()"]]}
    with pytest.raises(ScenarioError, match="would tell of single municipalities"):
        sweep(asked[0], vary=asked[1])
    with (toy_folder / "data" / "dataset.yaml").open("a", encoding="utf-8") as manifest:
        manifest.write("disclosure: {ages: any}\n")  # public numbers
    swept = sweep(asked[0], vary=asked[1])
    write_sweep(swept, toy_folder / "out")
    with (toy_folder / "out" / "sweep.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["leaving_municipalities"] for row in rows] == ["", "Öst", "'=cmd()"]
    assert [row["status"] for row in rows] == ["optimal", "optimal", "refused"]
    assert rows[0]["plan"] == "A"
    assert rows[0]["main_municipalities"] == "Öst"
    assert rows[0]["objective_1"] == "mean_minutes"
    assert float(rows[0]["objective_1_value"]) == float(rows[0]["objective_1_bound"])
    assert rows[2]["objective_1_value"] == ""
    assert "=cmd()" in rows[2]["reason"]


def test_plans_that_are_the_same_share_a_letter_and_the_commonest_is_a(toy_folder: Path) -> None:
    swept = sweep(
        toy.write_scenario(toy_folder),
        vary={"choice.n_satellites": [0, 1], "travel.speed_factor": [0.5, 1.0, 2.0]},
    )
    letters = [row["plan"] for row in sweep_record(swept)["rows"]]
    assert letters == ["A"] * 3 + ["B"] * 3
    lines = list(sweep_lines(swept, Words("en")))
    assert any(
        re.match(r"  A: 1 main reception \(.*\); in 3 of 6 variants: no. 1, 2, 3$", each) for each in lines
    )


def test_a_long_sweep_is_shown_in_part_and_written_whole(toy_folder: Path) -> None:
    factors = [0.5 + step / 100 for step in range(45)]
    scenario = toy.write_scenario(
        toy_folder, choice={"n_main": 1, "n_satellites": 0, "given": {"main": ["A"]}}
    )
    swept = sweep(scenario, vary={"travel.speed_factor": factors})
    assert "… och 5 till i sweep.csv" in list(sweep_lines(swept, Words("sv")))
    assert len(sweep_record(swept)["rows"]) == 45


def test_siting_write_takes_a_sweep_but_no_database(toy_folder: Path) -> None:
    swept = sweep(toy.write_scenario(toy_folder), vary={"choice.n_satellites": [0]})
    assert siting.write(swept, toy_folder / "out") == toy_folder / "out"
    with pytest.raises(OutputError, match="give a folder"):
        siting.write(swept, "postgresql://nobody@127.0.0.1/x")


# The command


def test_the_command_prints_a_table_and_writes_two_files(
    toy_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario, out = toy.write_scenario(toy_folder), toy_folder / "out"
    arguments = ["sweep", str(scenario), "--vary", "choice.n_satellites=0,1", "--workers", "1"]
    assert main([*arguments, "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert "Beräkning" in told.out
    assert "variants answered: 2 of 2" in told.err
    assert {path.name for path in out.iterdir()} == {"sweep.csv", "sweep.json"}
    assert main([*arguments, "--out", str(out), "--language", "en"]) == 0
    assert "Within 30 min" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "exit_code", "expected"),
    [
        (["--vary", "choice.n_mian=1"], ScenarioError.exit_code, "did you mean 'n_main'"),
        (["--draw", "travel.speed_factor=uniform(0,1)"], InputError.exit_code, "number of draws"),
        (
            ["--vary", "choice.n_main=1", "--out", "postgresql://a:b@c/d"],
            OutputError.exit_code,
            "give a folder",
        ),
        (["--vary", "choice.n_main=1,2", "--workers", "0"], InputError.exit_code, "must be 1 or more"),
        (["--vary", "choice.n_main=1", "--workers", "-1"], InputError.exit_code, "must be 1 or more"),
        (["--vary", "choice.n_main=1", "--scheduler", "tcp://x"], InputError.exit_code, "host and port"),
        (["--vary", "choice.n_main=1", "--scheduler", "tcp://x:y"], InputError.exit_code, "host and port"),
        (["--vary", "choice.n_main=1", "--scheduler", "tls://:8786"], InputError.exit_code, "host and port"),
        (
            ["--vary", "choice.n_main=1", "--scheduler", "http://x"],
            InputError.exit_code,
            "must begin with tcp:// or tls://",
        ),
    ],
)
def test_a_wrong_command_is_one_sentence_with_its_own_exit_code(
    toy_folder: Path, more: list[str], exit_code: int, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", str(toy.write_scenario(toy_folder)), *more]) == exit_code
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith("siting: ")
    assert expected in lines[-1]
    assert not any("reading the dataset" in line for line in lines)


def test_a_sweep_without_a_cache_measures_without_one(
    toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caches: list[object] = []
    real = sweeping.measure_ways

    def note(*rest: Any, **more: Any) -> Any:
        caches.append(more["cache"])
        return real(*rest, **more)

    monkeypatch.setattr(sweeping, "measure_ways", note)
    arguments = [
        "sweep",
        str(toy.write_scenario(toy_folder)),
        "--workers",
        "1",
        "--out",
        str(toy_folder / "o"),
    ]
    vary = ["--vary", "travel.speed_factor=0.5,1", "--vary", "choice.n_satellites=0,1"]
    assert main([*arguments, *vary, "--no-cache"]) == 0  # measured for all
    assert main([*arguments, *vary[:2], "--no-cache"]) == 0  # measured by the worker
    assert caches == [NO_CACHE] * 4
    assert main([*arguments, *vary[:2]]) == 0
    assert caches[4:] == [None, None]


def test_a_scheduler_that_is_not_there_ends_the_command(
    toy_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siting.workers.connect.CONNECT_SECONDS", 0.5)
    scenario = str(toy.write_scenario(toy_folder))
    arguments = ["sweep", scenario, "--vary", "choice.n_main=1", "--scheduler", "tcp://127.0.0.1:1"]
    assert main([*arguments, "--out", str(toy_folder / "out")]) == WorkersError.exit_code
    assert "no dask scheduler answered there" in capsys.readouterr().err.splitlines()[-1]
    assert not (toy_folder / "out").exists()


def test_the_example_of_the_page_prints_what_the_page_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8")
    command, shown = re.search(r"```console\n\$ siting ([^\n]*)\n(.*?)```", page, re.DOTALL).groups()  # type: ignore[union-attr]
    assert main([*command.split(), "--workers", "1", "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out == shown
