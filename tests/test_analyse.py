"""`analyse` runs the parts in order and spreads what can be spread; the command writes what they found."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import analysis_by_hand as by_hand
import jsonschema
import pytest
import toy

import siting
from siting import errors
from siting.analysis import analyse as analysing
from siting.analysis.analyse import PARTS, Analysis, analyse
from siting.cache import NO_CACHE
from siting.cli import main
from siting.journal import Journal, Remembering
from siting.study import Outcome
from siting.workers import InThisProcess, Workers


@pytest.fixture
def outcome(toy_folder: Path) -> Outcome:
    return by_hand.outcome(toy_folder)


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Each part only notes that it was called, with what."""
    calls: list[tuple[str, dict[str, Any]]] = []

    def stand_in(name: str) -> Callable[..., str]:
        def part(_outcome: Outcome, **given: Any) -> str:
            calls.append((name, given))
            return f"what {name} found"

        return part

    for name in PARTS:
        monkeypatch.setattr(analysing, name, stand_in(name))
    return calls


@contextmanager
def watched(events: list[str]) -> Iterator[Workers]:
    events.append("workers begin")
    yield InThisProcess()
    events.append("workers end")


def test_all_parts_are_done_in_their_order(outcome: Outcome, called: list[Any]) -> None:
    analysis = analyse(outcome, cache=NO_CACHE)
    assert tuple(name for name, _ in called) == PARTS
    assert analysis.outcome is outcome
    assert [getattr(analysis, name) for name in PARTS] == [f"what {name} found" for name in PARTS]


def test_only_what_is_asked_for_is_done_whatever_its_order(outcome: Outcome, called: list[Any]) -> None:
    analysis = analyse(outcome, ["stages", "near_best"], cache=NO_CACHE)
    assert [name for name, _ in called] == ["near_best", "stages"]
    assert analysis.uncertainty is None
    assert analysis.accessibility is None


def test_the_near_best_plans_are_handed_on_to_the_draws(outcome: Outcome, called: list[Any]) -> None:
    analyse(outcome, ["uncertainty", "near_best"], cache=NO_CACHE)
    assert dict(called)["uncertainty"]["near"] == "what near_best found"
    called.clear()
    analyse(outcome, ["uncertainty"], cache=NO_CACHE)
    assert dict(called)["uncertainty"]["near"] is None


def test_workers_begin_when_they_are_needed_and_end_after(
    outcome: Outcome, called: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    for name in PARTS:
        done = getattr(analysing, name)
        monkeypatch.setattr(
            analysing, name, lambda *a, done=done, name=name, **k: (events.append(name), done(*a, **k))[1]
        )
    analyse(outcome, workers=watched(events), cache=NO_CACHE)
    assert events == [
        *("near_best", "trade_offs", "workers begin", "uncertainty", "municipalities", "workers end"),
        *("stages", "accessibility"),
    ]
    events.clear()
    analyse(outcome, ["near_best", "stages"], workers=watched(events), cache=NO_CACHE)
    assert events == ["near_best", "stages"]
    assert called


def test_who_works_remembers_in_the_journal_that_is_given(outcome: Outcome, called: list[Any]) -> None:
    with Journal(NO_CACHE) as journal:
        analyse(outcome, ["municipalities", "uncertainty"], journal=journal)
    for name in ("uncertainty", "municipalities"):
        workers = dict(called)[name]["workers"]
        assert isinstance(workers, Remembering)
        assert workers.journal is journal


def test_a_scenario_is_answered_first(toy_folder: Path, called: list[Any]) -> None:
    told: list[str] = []
    path = toy.write_scenario(toy_folder)
    analysis = siting.analyse(path, ["accessibility"], cache=NO_CACHE, on_progress=told.append)
    assert analysis.outcome.plan.main == ("B",)
    assert told[-1] == "toy: analysis: accessibility"
    assert "toy: choosing" in told
    assert [name for name, _ in called] == ["accessibility"]


def test_an_unknown_part_is_refused_before_any_work(called: list[Any]) -> None:
    with pytest.raises(errors.InputError, match="no part 'near-best'; there are near_best, trade_offs"):
        analyse("no such scenario", ["near-best"])  # type: ignore[list-item]
    assert called == []


def test_the_parts_and_their_whole_are_in_the_public_api() -> None:
    for name in ("analyse", "Analysis", *PARTS):
        assert name in dir(siting)
        assert callable(getattr(siting, name))


# --- the command ---


@pytest.fixture
def by_hand_analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command gets what was put together by hand, of the scenario that it asks for."""

    def stand_in(scenario: Any, parts: Any, **_: Any) -> Analysis:
        whole = by_hand.of(siting.run(scenario))
        return Analysis(whole.outcome, **{name: getattr(whole, name) for name in parts or PARTS})

    monkeypatch.setattr(analysing, "analyse", stand_in)


@pytest.mark.usefixtures("by_hand_analysis")
def test_the_command_writes_its_files_and_prints_a_summary(
    toy_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = toy.write_scenario(toy_folder)
    out = toy_folder / "out"
    assert main(["analyse", str(scenario), "--out", str(out), "--language", "en", "--workers", "1"]) == 0
    assert {path.name for path in out.iterdir()} == {
        "analysis.html",
        "analysis.json",
        "municipalities.csv",
        "near_best.csv",
    }
    told = capsys.readouterr()
    assert told.out.startswith("Toy: decision analysis\n")
    assert "Are other places just as good?\n  There are 3 plans" in told.out
    assert "wrote" in told.err
    assert "analysis.html" in told.err


@pytest.mark.usefixtures("by_hand_analysis")
def test_the_command_does_the_parts_that_it_is_asked_for(toy_folder: Path) -> None:
    scenario = toy.write_scenario(toy_folder)
    out = toy_folder / "out"
    arguments = ["analyse", str(scenario), "near-best", "accessibility", "--out", str(out), "--no-cache"]
    assert main(arguments) == 0
    record = json.loads((out / "analysis.json").read_text(encoding="utf-8"))
    assert record["near_best"]["n_plans"] == 3
    assert record["trade_offs"] is None
    text = re.sub(r"<[^>]+>", "", (out / "analysis.html").read_text("utf-8"))
    assert "siting analyse toy.yaml near-best accessibility" in text


@pytest.mark.usefixtures("by_hand_analysis")
def test_without_a_folder_the_name_of_the_scenario_is_taken(
    toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(toy_folder)
    assert main(["analyse", str(toy.write_scenario(toy_folder)), "accessibility"]) == 0
    assert (toy_folder / "maps" / "toy-analysis" / "analysis.html").exists()


@pytest.mark.parametrize(
    ("arguments", "kind", "expected"),
    [
        (["base", "near_best"], errors.InputError, "no part 'near_best'; there are near-best, trade-offs"),
        (["base", "--workers", "0"], errors.InputError, "the number of workers is 0"),
        (["base", "--out", "postgresql://me:secret@host/there"], errors.OutputError, "give a folder"),
        (["nothing"], errors.ScenarioError, "no such scenario file"),
    ],
)
def test_what_cannot_be_done_is_told_before_any_work(
    arguments: list[str], kind: type[errors.SitingError], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyse", *arguments]) == kind.exit_code
    (line,) = capsys.readouterr().err.splitlines()
    assert expected in line
    assert "secret" not in line


# --- the rooms themselves ---


def test_a_whole_analysis_of_the_toy_agrees_with_itself_and_is_as_its_schema_says(toy_folder: Path) -> None:
    """Every part reckons the plan chosen anew; all must come to the same."""
    scenario = toy.write_scenario(
        toy_folder,
        analysis={
            "near_best": {"within": 0.05},
            "trade_offs": {
                "fronts": [["cost", "mean_minutes"]],
                "n_satellites": {"minimum": 0, "maximum": 2},
            },
            "uncertainty": {"draws": 10, "draw": {"travel.speed_factor": "uniform(0.8,1.2)"}},
            "municipalities": {"today": {"satellite": ["A", "C"]}, "most_leaving": 1},
        },
    )
    analysis = analyse(scenario, cache=NO_CACHE)
    best = analysis.outcome.evaluation.measures.mean_minutes
    assert best == pytest.approx(22.4)
    assert analysis.near_best is not None
    assert analysis.near_best.values[0] == pytest.approx(best)
    assert analysis.trade_offs is not None
    of_curve = analysis.trade_offs.curve[1].point
    assert of_curve is not None
    assert of_curve.value("mean_minutes") == pytest.approx(best)
    assert analysis.stages is not None
    assert analysis.stages.orders[0].stages[-1].own_best == pytest.approx(best)
    assert analysis.municipalities is not None
    areas = {each.code: each.joint_minutes for each in analysis.municipalities.members}
    assert 0.4 * areas["01"] + 0.6 * areas["02"] == pytest.approx(best)
    assert analysis.uncertainty is not None
    assert analysis.uncertainty.n_draws == 10
    out = siting.write(analysis, toy_folder / "out", language="en")
    record = json.loads((Path(out) / "analysis.json").read_text(encoding="utf-8"))
    text = files("siting").joinpath("schemas/analysis.schema.json").read_text(encoding="utf-8")
    jsonschema.validate(record, json.loads(text))


def test_what_cannot_be_done_is_left_out_with_its_reason_unless_it_is_asked_for(toy_folder: Path) -> None:
    choice = {"n_main": 1, "n_satellites": 1, "given": {"main": ["B"]}}
    given = siting.load(toy.write_scenario(toy_folder, "given", choice=choice))
    analysis = analyse(given)
    assert {"near_best", "trade_offs", "uncertainty", "stages"} <= set(analysis.left_out)
    assert analysis.near_best is None
    assert "nothing is chosen" in analysis.left_out["near_best"]
    assert analysis.accessibility is not None
    with pytest.raises(errors.InputError, match="nothing is chosen"):
        analyse(given, ["near_best"])
