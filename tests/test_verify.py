"""`siting verify`: what still holds is said so, and whatever is changed is found, believing no solver."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import toy

import siting
from siting import errors, study
from siting.analysis.analyse import PartName, analyse
from siting.cli import main
from siting.dataset import seal
from siting.optimise.doubt import BY_BOUND
from siting.optimise.second_solver import find_cbc
from siting.plan import Status
from siting.saved import figures, proving, rounding
from siting.saved.record import read_saved
from siting.saved.verifying import Verdict, check_proof, first_difference

TWO = {"n_main": 2, "n_satellites": 0}
ANALYSIS: dict[str, Any] = {
    "near_best": {"within": 0.2},
    "trade_offs": {"fronts": [["mean_minutes", "cost"]], "n_satellites": {"minimum": 0, "maximum": 2}},
    "stages": {
        "stages": [
            {"title": {"sv": "Först", "en": "First"}, "n_main": 1, "n_satellites": 0},
            {"title": {"sv": "Sedan", "en": "Then"}, "n_main": 1, "n_satellites": 1},
        ]
    },
}
PARTS: tuple[PartName, ...] = ("near_best", "trade_offs", "stages", "accessibility")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of every kind on the toy, each in a folder of its own."""
    folder = tmp_path_factory.mktemp("verify")
    toy.write_dataset(folder / "data")
    first = toy.write_scenario(folder, "first", analysis=ANALYSIS)
    second = toy.write_scenario(folder, "second", choice=TWO)
    outcome = study.run(first)
    write: dict[str, Any] = {
        "plan": outcome,
        "comparison": study.compare([first, second]),
        "analysis": analyse(outcome, PARTS),
        "sweep": siting.sweep(first, vary={"choice.n_satellites": [0, 1, 9], "choice.n_main": [1, 2]}),
    }
    for name, result in write.items():
        siting.write(result, folder / name)
    return folder


@pytest.fixture
def copy(results: Path, tmp_path: Path) -> Path:
    """The records alone, beside their dataset, to be changed."""
    shutil.copytree(results / "data", tmp_path / "data")
    for name in ("plan", "comparison", "analysis", "sweep"):
        (tmp_path / name).mkdir()
        shutil.copy(results / name / f"{name}.json", tmp_path / name)
    return tmp_path


@pytest.fixture(autouse=True)
def no_solver(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nobody may be asked."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("the solver was asked")

    assert results.is_dir()  # they were chosen by it

    monkeypatch.setattr("siting.optimise.planning.solve", refuse)
    monkeypatch.setattr("siting.optimise.run.Run.__init__", refuse)
    monkeypatch.setattr("siting.optimise.highs.new_highs", refuse)


def changed(file: Path, keys: tuple[Any, ...], to: object) -> Path:
    """Put another value at a place of a written result."""
    tree = json.loads(file.read_text("utf-8"))
    node = tree
    for key in keys[:-1]:
        node = node[key]
    node[keys[-1]] = to
    file.write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")
    return file


def verdict_of(file: Path) -> Verdict:
    (verdict,) = siting.verify(file)
    return verdict


# --- what holds ---


def test_results_of_every_kind_hold_and_what_was_not_counted_is_said(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [str(results / name) for name in ("plan", "comparison", "analysis", "sweep")]
    assert main(["verify", *folders]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0] for line in lines] == ["holds"] * 4
    none_is_better = f"no plan is better in mean_minutes: {BY_BOUND}"
    assert lines[0].endswith(f"counted again: 1 plan; {none_is_better}")
    assert f"2 plans and how they differ; {none_is_better} [first," in lines[1]
    assert "the price of fairness" in lines[2]
    assert "counted again: 4 plans; not counted again" in lines[3]  # two of six ask for too many places


def test_an_analysis_is_counted_from_its_own_places_or_beside_its_plan(results: Path) -> None:
    alone = siting.verify(results / "analysis")
    beside = siting.verify(results / "analysis", results / "plan")
    assert [each.path.name for each in beside] == ["plan.json", "analysis.json"]
    assert all(each.holds for each in (*alone, *beside))


def test_a_folder_is_verified_with_all_that_it_holds_each_once(copy: Path) -> None:
    for name in ("comparison", "analysis", "sweep"):
        shutil.copy(copy / name / f"{name}.json", copy / "plan")
    shutil.copy(copy / "analysis" / "analysis.json", copy / "plan" / "analysis-a.json")
    verdicts = siting.verify(copy / "plan", copy / "plan" / "plan.json")
    assert [each.path.name for each in verdicts] == [
        "plan.json",
        "comparison.json",
        "analysis.json",
        "sweep.json",
        "analysis-a.json",
    ]
    assert all(each.holds for each in verdicts)


def test_what_is_given_was_never_the_best_and_nothing_is_said_of_it(copy: Path) -> None:
    given = {"n_main": 0, "n_satellites": 0, "given": {"main": ["B"], "satellite": ["D"]}}
    toy.write_scenario(copy, "given", choice=given)
    siting.write(study.run(copy / "given.yaml"), copy / "given")
    assert verdict_of(copy / "given") == Verdict(copy / "given" / "plan.json", holds=True, counted="1 plan")


def test_what_the_bound_leaves_open_is_said_and_asked_of_a_second_solver(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The money is enough for a satellite and a third of one, which is no plan, but obeys the rows."""
    choice = {"n_main": 1, "n_satellites": {"minimum": 0, "maximum": 3}, "most_sek_per_year": 5_500_000}
    monkeypatch.undo()  # the solver may be asked once more
    siting.write(study.run(toy.write_scenario(copy, "dear", choice=choice)), copy / "dear")
    assert main(["verify", str(copy / "dear")]) == 0
    told = capsys.readouterr().out
    assert "; no plan is better in mean_minutes by more than " in told
    assert told.endswith(
        f"%: {BY_BOUND}; not counted again: that no plan is better in mean_minutes (only HiGHS says so, "
        "--prove 60 asks a second solver)\n"
    )
    monkeypatch.setattr("siting.optimise.doubt.find_cbc", lambda: None)
    assert "CBC, is not here" in siting.verify(copy / "dear", second_seconds=9.0)[0].not_counted[0]


@pytest.mark.skipif(find_cbc() is None, reason="no CBC for this platform")
def test_a_second_solver_agrees_that_no_plan_is_better(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    choice = {"n_main": 1, "n_satellites": {"minimum": 0, "maximum": 3}, "most_sek_per_year": 5_500_000}
    monkeypatch.undo()
    siting.write(study.run(toy.write_scenario(copy, "dear", choice=choice)), copy / "dear")
    assert main(["verify", str(copy / "dear"), "--prove", "9"]) == 0
    told = capsys.readouterr().out
    assert told.endswith("1 plan; no plan is better in mean_minutes: two solvers agree, HiGHS and CBC\n")


@pytest.mark.parametrize("seconds", ["-1", "inf", "nan", "abc"])
def test_what_is_no_number_of_seconds_is_told_as_such(
    copy: Path, capsys: pytest.CaptureFixture[str], seconds: str
) -> None:
    with pytest.raises(SystemExit):
        main(["verify", str(copy / "plan"), "--prove", seconds])
    assert f"--prove: {seconds} is no number of seconds; give one such as 60" in capsys.readouterr().err


def test_each_objective_is_looked_at_among_plans_as_good_in_those_before(
    copy: Path, monkeypatch: Any
) -> None:
    monkeypatch.undo()
    objectives = ["within_standard", "cost", {"measure": "mean_minutes", "tolerance": 0.1}, "largest_minutes"]
    choice = {"n_main": 1, "n_satellites": {"minimum": 0, "maximum": 2}, "objectives": objectives}
    siting.write(study.run(toy.write_scenario(copy, "many", choice=choice)), copy / "many")
    verdict = verdict_of(copy / "many")
    assert [each.partition(":")[0] for each in verdict.proven][:3] == [
        "no plan is better in within_standard",
        "none of these is better in cost",
        "none of these is better in mean_minutes",
    ]
    assert "that none within the tolerance of mean_minutes is better in the next" in verdict.not_counted


def test_what_an_objective_gives_up_to_the_next_within_its_tolerance_holds(
    copy: Path, monkeypatch: Any
) -> None:
    monkeypatch.undo()
    objectives = [{"measure": "mean_minutes", "tolerance": 1}, "cost"]
    choice = {"n_main": 1, "n_satellites": {"minimum": 0, "maximum": 2}, "objectives": objectives}
    outcome = study.run(toy.write_scenario(copy, "generous", choice=choice))
    siting.write(outcome, copy / "generous")
    assert outcome.plan.objectives[0].gap > 0.1
    assert verdict_of(copy / "generous").holds
    (saved,) = read_saved(copy / "generous" / "plan.json").plans
    told = tuple(each.model_copy(update={"gap": 1.9}) for each in saved.objectives)
    with pytest.raises(errors.VerificationError, match="which is not proven"):
        check_proof(told, Status.OPTIMAL, outcome.scenario, outcome.evaluation.county)


def test_by_how_much_is_told_as_coarsely_as_a_gap_where_few_live(copy: Path) -> None:
    """The toy has 2,500 youths: tenths of a minute, and shares whose last digit stands for some of them."""
    (outcome,) = siting.reopen(copy / "plan")
    (mean,) = outcome.plan.objectives
    share = replace(mean, name="within_standard", unit="share", value=0.5)
    assert proving._by(0.001, mean, outcome) == proving._by(0.09, mean, outcome) != ""
    assert proving._by(0.001, mean, outcome) != proving._by(0.11, mean, outcome)
    assert proving._by(0.0001, share, outcome) == " by more than 1 points"
    assert proving._by(0.012, share, outcome) == " by more than 2 points"
    assert proving._by(1e-9, mean, outcome) == proving._by(1e-9, share, outcome) == ""


# --- what does not ---


@pytest.mark.parametrize(
    ("name", "keys", "to", "problem"),
    [
        ("plan", ("evaluation", "county", "overall", "mean_minutes"), 1.0, "overall.mean_minutes is 1.0"),
        ("plan", ("sites", 0, "youths_nearest"), 5, "sites.0.youths_nearest is 5 in the file"),
        ("plan", ("sites", 1, "name"), "Nowhere", 'sites.1.name is "Nowhere" in the file'),
        ("plan", ("objectives", 0, "gap"), 0.3, "objectives.0.gap is 0.3, which is not proven"),
        ("plan", ("objectives", 0, "bound"), 30.0, "bound says that no plan can be as good as this one is"),
        ("plan", ("status",), "unproven", "status is unproven in the file, but optimal by its objectives"),
        ("plan", ("youths",), 2, "youths stands in the file, but there is no such thing"),
        ("plan", ("scenario", "resolved", "choice", "n_main"), 3, "was changed since (its sha256 differs)"),
        (
            "comparison",
            ("differences", 0, "county", "youths_nearer"),
            10,
            "differences.0.county.youths_nearer",
        ),
        ("comparison", ("value_for_money", "suggested"), "nobody", "value_for_money.suggested is"),
        ("comparison", ("plans", 1, "travel_times", "n_unreachable_pairs"), 7, "plans.1.travel_times"),
        ("analysis", ("near_best", "plans", 1, "worse_by"), 9.0, "near_best.plans.1.worse_by is 9.0"),
        ("analysis", ("near_best", "objective", "value"), 3.0, "near_best.objective.value is 3.0"),
        ("analysis", ("plan", "places", 0, "site_id"), "D", "near_best|plan|which is none"),
        (
            "analysis",
            ("trade_offs", "curve", 0, "point", "measures", "mean_minutes"),
            3.0,
            "trade_offs.curve.0",
        ),
        (
            "analysis",
            ("trade_offs", "fronts", 0, "points", 0, "measures", "cost"),
            3,
            "trade_offs.fronts.0.points.0",
        ),
        ("analysis", ("stages", "orders", 0, "stages", 0, "value"), 3.0, "stages.orders.0.stages.0"),
        ("analysis", ("accessibility", "gini"), 0.99, "accessibility.gini is 0.99 in the file"),
        (
            "sweep",
            ("rows", 2, "answer", "measures", "mean_minutes"),
            3.0,
            "rows.2: answer.measures.mean_minutes",
        ),
        ("sweep", ("rows", 2, "values", "choice.n_main"), 3, "rows.2: scenario_sha256 is not that"),
    ],
)
def test_a_changed_figure_is_found_where_it_stands(
    copy: Path, name: str, keys: tuple[Any, ...], to: object, problem: str
) -> None:
    verdict = verdict_of(changed(copy / name / f"{name}.json", keys, to))
    assert not verdict.holds
    assert any(each in verdict.problem for each in problem.split("|")), verdict.problem


def leaves(tree: object, keys: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """All values of a record with their places, but for what is no figure of the plans."""
    free = {"siting_version", "format_version", "seconds", "bound", "gap"}
    parts = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, each in parts:
        if key not in free and (*keys, key)[-2:] != ("scenario", "resolved"):
            yield from leaves(each, (*keys, key))
    if not isinstance(tree, dict | list):
        yield keys, tree


def other(value: Any) -> Any:
    """Another value that might stand in its place."""
    if isinstance(value, bool) or value is None:
        return 1 if value is None else not value
    if isinstance(value, str):
        return f"{value[:-1]}0"
    return value * 1.25 + 5 if isinstance(value, float) else value + 7


def test_no_value_of_a_comparison_can_be_changed_unseen(copy: Path) -> None:
    """Some places of all, drawn with a seed."""
    file = copy / "comparison" / "comparison.json"
    written = file.read_text("utf-8")
    places = list(leaves(json.loads(written)))
    unseen = []
    for keys, value in random.Random(9).sample(places, 12):
        file.write_text(written, encoding="utf-8")
        if verdict_of(changed(file, keys, other(value))).holds:
            unseen.append(keys)
    assert len(places) > 500
    assert unseen == []


def test_a_plan_that_breaks_the_rules_it_is_told_with_does_not_hold(copy: Path) -> None:
    """Figures and digests agree: only the rule says that there are too many places."""
    file = copy / "plan" / "plan.json"
    resolved = json.loads(file.read_text("utf-8"))["scenario"]["resolved"]
    for choice, problem in (
        ({"n_satellites": {"minimum": 0, "maximum": 0}}, "may not be chosen"),
        (
            {"n_satellites": {"minimum": 2, "maximum": 2}},
            "breaks a rule of its scenario: choice.n_satellites",
        ),
        (
            {"required": {**resolved["choice"]["required"], "satellite": ["C"]}},
            "choice.required.satellite: C",
        ),
        ({"most_sek_per_year": 1e6}, "choice.most_sek_per_year"),
        ({"place_in": ["Väst", "Öst"], "link_minutes": 20.0}, "choice.link_minutes"),
    ):
        rules = {**resolved, "choice": {**resolved["choice"], **choice}}
        text = json.dumps(rules, sort_keys=True, ensure_ascii=False)
        changed(file, ("scenario", "resolved"), rules)
        changed(file, ("scenario", "sha256"), hashlib.sha256(text.encode()).hexdigest())
        verdict = verdict_of(file)
        assert problem in verdict.problem
        assert verdict.is_contradicted


def test_another_dataset_is_told_by_its_tables_for_every_kind(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = copy / "data" / "cells.csv"
    cells.write_text(cells.read_text("utf-8").replace("100", "101", 1), encoding="utf-8")
    seal(copy / "data")
    folders = [str(copy / name) for name in ("plan", "comparison", "analysis", "sweep")]
    assert main(["verify", *folders]) == errors.VerificationError.exit_code
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert all(line.startswith("cannot be counted again: ") and "(cells)" in line for line in lines)
    assert len(lines) == 4
    assert told.err.splitlines()[-1].startswith("siting: verify: of 4 files 4 do not hold; the first is ")


def test_one_that_does_not_hold_keeps_no_other_from_being_told(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(copy / "plan" / "plan.json", ("sites", 0, "name"), "\x1b[2J\nholds: all is well")
    assert main(["verify", str(copy / "plan"), str(copy / "comparison")]) == 23
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("does not hold: ")
    assert second.startswith("holds: ")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": "siting-plan"}', '{"format": "other"}'])
def test_what_is_no_result_is_told_as_such(copy: Path, content: str) -> None:
    file = copy / "plan.json"
    file.write_text(content)
    verdict = verdict_of(file)
    assert (verdict.holds, verdict.is_contradicted) == (False, False)
    assert verdict.problem
    assert "\n" not in verdict.problem


def test_where_there_is_no_result_nothing_is_said_to_hold(copy: Path) -> None:
    assert main(["verify", str(copy / "nowhere")]) == errors.InputError.exit_code
    assert main(["verify", str(copy / "data")]) == errors.InputError.exit_code
    with pytest.raises(errors.InputError, match="name at least one result"):
        siting.verify()


# --- what is said ---


def test_no_message_tells_a_figure_to_more_digits_than_the_file(copy: Path) -> None:
    file = changed(copy / "plan" / "plan.json", ("evaluation", "county", "overall", "mean_minutes"), 1.0)
    (outcome,) = siting.reopen(copy / "comparison")[:1]
    exact = outcome.evaluation.county.overall.mean_minutes
    assert exact is not None
    counted = verdict_of(file).problem.split("but ")[1].split(" counted")[0]
    assert len(counted.partition(".")[2]) <= rounding.COUNTY_DECIMALS
    assert float(counted) == pytest.approx(exact, abs=0.0006)


def test_a_hidden_figure_is_not_told_where_the_file_tells_one() -> None:
    hidden = figures.Figure("x", 3.0, 17.123456, 0.5, may_be_hidden=True)
    told = figures.Figure("x", 3.0, 17.123456, 0.5)
    assert (hidden.counted_as_told, told.counted_as_told) == ("what may not be told", "17")
    assert figures.Figure("x", 3.0, 17.123456, 0.0005).counted_as_told == "17.123"
    assert figures.Figure("x", 3, 1_234_567.0, 5000.0).counted_as_told == "1230000"
    assert figures.Figure("x", 3.0, None, 0.5).counted_as_told == "nothing"


@pytest.mark.parametrize(
    ("told", "counted", "expected"),
    [
        ({"a": 1.0}, {"a": 1.0 + 1e-12}, ""),
        ({"a": 1}, {"a": True}, "a is 1 in the file, but true counted again"),
        ({"a": None}, {"a": 0}, "a is nothing in the file, but 0 counted again"),
        ({"a": [1]}, {"a": [1, 2]}, "a has 1 entries in the file, but 2 counted again"),
        ({"a": [2]}, {"a": [1, 2]}, "a.0 is 2 in the file, but 1 counted again"),
        ({"a": {}}, {"a": []}, "a is {} in the file, but [] counted again"),
        ({"a": "x" * 200}, {"a": "y"}, f'a is "{"x" * 79}... in the file, but "y" counted again'),
        ({"a": float("nan")}, {"a": 1.0}, "a is NaN in the file, but 1.0 counted again"),
    ],
)
def test_the_first_difference(told: Any, counted: Any, expected: str) -> None:
    assert first_difference(told, counted) == expected
