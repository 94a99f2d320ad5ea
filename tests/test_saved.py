"""Saved results read back: nothing is chosen again, and nothing that was not written so is drawn."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import by_hand
import jsonschema
import pytest
import toy
from hypothesis import given
from hypothesis import strategies as st

import siting
from siting import errors, saved, study
from siting.cache import NO_CACHE
from siting.cli import main
from siting.dataset import seal
from siting.present import access_records, records
from siting.present.disclosure import Gate
from siting.present.files import write_map
from siting.present.scene import TileSource
from siting.saved import hidden, record, reopening, rounding
from siting.saved.rounding import gap_told
from siting.study import Outcome

SAMPLES = Path(__file__).resolve().parents[1] / "maps" / "samples"
COMPARISON_SCHEMA = json.loads(
    resources.files("siting").joinpath("schemas/comparison.schema.json").read_text(encoding="utf-8")
)
TILES = "https://tiles.example.org:8443/{z}/{x}/{y}.png"
CAPACITY: dict[str, Any] = {
    "choice": {"n_main": 1, "n_satellites": 1, "with_capacity": True},
    "access": {"waiting_minutes_per_day": 5, "digital_minutes": {"main": 60, "near": 35}},
    "roles": {"main": {"visits_per_open_hour": 0.9}, "satellite": {"visits_per_open_hour": 0.2}},
}


def keep(content: dict[str, Any], folder: Path, name: str = "plan.json") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def answered(folder: Path, name: str = "toy", **sections: Any) -> tuple[Outcome, Path]:
    """Run a scenario on the toy, and keep its plan.json beside the dataset, in a folder of its own."""
    outcome = study.run(toy.write_scenario(folder, name, **sections))
    return outcome, keep(records.plan_record(outcome), folder / f"{name}-result")


def given_with_teams(folder: Path, **sections: Any) -> Outcome:
    """The outcome that is put together by hand, of a scenario that names its places."""
    given = {"main": ["B"], "satellite": ["A"], "stop": ["C", "D"]}
    return by_hand.with_teams(folder, choice={**by_hand.SECTIONS["choice"], "given": given}, **sections)


def change(path: Path, *keys: str | int, to: object) -> Path:
    """Put another value at a place of a written result."""
    tree = json.loads(path.read_text(encoding="utf-8"))
    node = tree
    for key in keys[:-1]:
        node = node[key]
    node[keys[-1]] = to
    return keep(tree, path.parent, path.name)


# --- what comes back is what was written ---


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"choice": {"n_main": 2, "n_satellites": 0, "objectives": ["within_standard", "cost"]}},
        {"choice": {"n_main": 0, "n_satellites": 0, "given": {"main": ["B"], "satellite": ["D"]}}},
        {"leaving_municipalities": ["Väst"]},
        {"evaluation": {"smallest_count_shown": 1000}},
        CAPACITY,
        {
            **CAPACITY,
            "choice": {
                **CAPACITY["choice"],
                "objectives": [{"measure": "within_standard", "tolerance": 0.05}, "mean_minutes"],
            },
        },
    ],
    ids=[
        "plain",
        "two objectives",
        "given",
        "one leaves",
        "few shown",
        "capacity",
        "capacity, two objectives",
    ],
)
def test_a_plan_read_back_gives_the_same_record(toy_folder: Path, sections: dict[str, Any]) -> None:
    outcome, path = answered(toy_folder, **sections)
    (again,) = siting.reopen(path)
    assert records.plan_record(again) == records.plan_record(outcome)
    assert again.plan.days_per_week == outcome.plan.days_per_week


def test_a_joint_intake_that_splits_cells_is_worked_out_again_share_by_share(toy_folder: Path) -> None:
    outcome, path = answered(toy_folder, **CAPACITY)
    (again,) = siting.reopen(path)
    assert outcome.plan.intake is not None
    assert again.plan.intake is not None
    assert any((each.share < 1).any() for each in outcome.plan.intake.values())  # it does bind
    for service, intake in outcome.plan.intake.items():
        same = again.plan.intake[service]
        assert intake.cell.tolist() == same.cell.tolist()
        assert intake.site.tolist() == same.site.tolist()
        assert intake.share == pytest.approx(same.share, abs=1e-12)


def test_tours_are_driven_again_to_the_last_digit_though_minutes_are_written_rounded(
    toy_folder: Path,
) -> None:
    outcome = given_with_teams(toy_folder, travel={"fixed_minutes_per_trip": 1.23456789})
    path = keep(records.plan_record(outcome), toy_folder / "out")
    (again,) = siting.reopen(path)
    assert again.plan.rota == outcome.plan.rota
    written = again.plan.rota[0].driving_minutes
    assert written != round(written, rounding.DRIVING_DECIMALS)  # it has more digits than the file


def test_the_status_and_what_was_proven_are_those_of_the_file(toy_folder: Path) -> None:
    _, path = answered(toy_folder)
    change(path, "status", to="time_limit")
    change(path, "objectives", 0, "status", to="time_limit")
    change(path, "objectives", 0, "bound", to=12.5)
    (again,) = siting.reopen(change(path, "objectives", 0, "gap", to=0.4419))
    assert again.plan.status == "time_limit"
    (objective,) = again.plan.objectives
    assert (objective.bound, objective.gap, objective.status) == (12.5, 0.4419, "time_limit")
    assert objective.value == again.evaluation.measures.mean_minutes


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_map_of_a_saved_result_is_that_of_its_run_byte_for_byte(toy_folder: Path, language: Any) -> None:
    outcome = given_with_teams(toy_folder)
    folder = Path(siting.write(outcome, toy_folder / "out", language=language))
    drawn = write_map(siting.reopen(folder), toy_folder / "again.html", language=language)
    assert drawn.read_bytes() == (folder / "map.html").read_bytes()


def test_the_map_of_a_saved_comparison_is_that_of_its_run_byte_for_byte(toy_folder: Path) -> None:
    first = toy.write_scenario(toy_folder, "first")
    second = toy.write_scenario(toy_folder, "second", choice={"n_main": 2, "n_satellites": 0})
    alternatives = study.compare([first, second], base="second")
    folder = Path(siting.write(alternatives, toy_folder / "out"))
    drawn = write_map(siting.reopen(folder), toy_folder / "again.html")
    assert drawn.read_bytes() == (folder / "map.html").read_bytes()
    again = saved.compare(folder)
    assert again.comparison.base == "second"
    assert records.comparison_record(again) == json.loads((folder / "comparison.json").read_text("utf-8"))


def test_single_results_are_held_against_each_other_as_their_scenarios_would_be(toy_folder: Path) -> None:
    _, first = answered(toy_folder, "first")
    _, second = answered(toy_folder, "second", choice={"n_main": 2, "n_satellites": 0})
    whole = study.compare([toy_folder / "first.yaml", toy_folder / "second.yaml"])
    again = saved.compare(first, second)
    assert records.comparison_record(again)["differences"] == records.comparison_record(whole)["differences"]
    assert saved.compare(first, second, base="second").base.scenario.name == "second"
    with pytest.raises(errors.InputError, match="at least two"):
        saved.compare(first)
    with pytest.raises(errors.InputError, match="two scenarios have the name 'first'"):
        saved.compare(first, first)


def test_a_comparison_of_the_format_before_is_read_as_the_same_plans(toy_folder: Path) -> None:
    """Version 4 has more figures of the comparison, which are counted again; its plans are the same."""
    first, second = (toy.write_scenario(toy_folder, name) for name in ("first", "second"))
    whole = records.comparison_record(study.compare([first, second]))
    before = {key: each for key, each in whole.items() if key not in ("standard_minutes", "value_for_money")}
    path = keep(before | {"format_version": 3}, toy_folder / "out", "comparison.json")
    assert records.comparison_record(saved.compare(path)) == whole


def test_one_plan_is_its_own_base_where_one_will_do(toy_folder: Path) -> None:
    outcome, path = answered(toy_folder)
    alone = saved.compare(path, one_will_do=True)
    assert [each.scenario.name for each in alone.outcomes] == ["toy"]
    assert alone.base.plan.main == outcome.plan.main
    assert alone.comparison.differences == ()
    assert saved.compare(path, base="toy", one_will_do=True).comparison.base == "toy"
    with pytest.raises(errors.InputError, match="base 'other' is not among the scenarios: toy"):
        saved.compare(path, base="other", one_will_do=True)
    with pytest.raises(errors.InputError, match="at least two scenarios"):
        saved.compare(path)
    with pytest.raises(errors.InputError, match="at least one scenario"):
        saved.compare(one_will_do=True)


def test_a_comparison_of_one_plan_is_as_its_schema_says_and_read_back(toy_folder: Path) -> None:
    outcome, _ = answered(toy_folder)
    content = records.comparison_record(study.held_against((outcome,), "toy"))
    jsonschema.validate(json.loads(json.dumps(content, allow_nan=False)), COMPARISON_SCHEMA)
    assert (content["differences"], content["exchange_rates"]) == ([], [])
    assert content["value_for_money"]["efficient"] == ["toy"]
    path = keep(content, toy_folder / "alone", "comparison.json")
    again = saved.compare(path, one_will_do=True)
    assert records.comparison_record(again) == content


def test_nothing_is_chosen_again(toy_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, path = answered(toy_folder)

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("the solver was asked")

    monkeypatch.setattr("siting.optimise.planning.solve", refuse)
    (again,) = siting.reopen(path)
    assert again.plan.main == ("B",)


def test_results_that_travel_alike_share_their_ways_wherever_they_lie(toy_folder: Path) -> None:
    paths = [answered(toy_folder, name)[1] for name in ("first", "second")]
    assert paths[0].parent != paths[1].parent
    told: list[str] = []
    siting.reopen(*paths, on_progress=told.append)
    assert [text for text in told if "travel times" in text] == ["first: travel times"]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="not a checkout: the samples are not in the package")
@pytest.mark.parametrize("name", ["north-two-teams", "two-mains-satellites"])
def test_the_kept_samples_are_still_those_of_this_siting(name: str) -> None:
    (outcome,) = siting.reopen(SAMPLES / name)
    assert outcome.scenario.sha256 == siting.load(name).sha256
    written = json.loads((SAMPLES / name / "plan.json").read_text("utf-8"))
    assert records.plan_record(outcome) | {"siting_version": ""} == written | {"siting_version": ""}


def test_what_is_written_is_of_the_newest_kind_that_is_read() -> None:
    assert record.FORMAT_VERSIONS["siting-plan"][-1] == records.PLAN_FORMAT_VERSION
    assert record.FORMAT_VERSIONS["siting-comparison"][-1] == records.COMPARISON_FORMAT_VERSION


# --- where the dataset is ---


def test_a_region_of_ones_own_is_found_beside_the_result_wherever_both_were_moved(
    toy_folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = answered(toy_folder)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    shutil.move(toy_folder / "data", elsewhere / "moved" / "data")
    shutil.copy(path, elsewhere / "moved" / "plan.json")
    (beside,) = siting.reopen(elsewhere / "moved" / "plan.json")
    (above,) = siting.reopen(shutil.copytree(path.parent, elsewhere / "moved" / "result"))
    assert beside.evaluation.measures == above.evaluation.measures
    with pytest.raises(errors.DatasetError, match=r"its dataset 'toy' is not beside it.*--dataset FOLDER"):
        siting.reopen(path)
    (named,) = siting.reopen(path, dataset=elsewhere / "moved" / "data")
    assert named.dataset.folder == elsewhere / "moved" / "data"
    monkeypatch.chdir(elsewhere / "moved")
    (in_working_directory,) = siting.reopen(path)
    assert in_working_directory.evaluation.measures == named.evaluation.measures


def test_another_dataset_of_the_same_name_nearby_is_passed_over(toy_folder: Path) -> None:
    _, path = answered(toy_folder)
    shutil.copytree(toy_folder / "data", path.parent / "data")
    with_more_youths(path.parent / "data")
    (again,) = siting.reopen(path)
    assert again.dataset.folder == toy_folder / "data"


def with_more_youths(data: Path) -> None:
    """Change a table and seal the dataset again."""
    rows = list(csv.reader((data / "cells.csv").read_text("utf-8").splitlines()))
    rows[1][-1] = "101.0"
    (data / "cells.csv").write_text("\n".join(map(",".join, rows)) + "\n", encoding="utf-8", newline="\n")
    seal(data)


def test_a_changed_dataset_is_named_with_its_tables_and_nothing_is_drawn(
    toy_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, path = answered(toy_folder)
    with_more_youths(toy_folder / "data")
    assert main(["map", str(path), "--out", str(toy_folder / "maps")]) == errors.DatasetError.exit_code
    message = capsys.readouterr().err.splitlines()[-1]
    assert "was made with other tables than" in message
    assert "(cells)" in message
    assert not (toy_folder / "maps").exists()


def test_a_dataset_that_was_changed_and_not_sealed_is_refused_as_always(toy_folder: Path) -> None:
    _, path = answered(toy_folder)
    with (toy_folder / "data" / "cells.csv").open("a") as file:
        file.write("\n")
    with pytest.raises(errors.DatasetError, match="is not the file that the manifest describes"):
        siting.reopen(path)


def with_shuttle(folder: Path) -> tuple[Outcome, Path]:
    """A mode whose minutes are a file beside the scenario: twice those by car."""
    cells = [f"{column}{row}" for row in range(toy.SIDE) for column in range(toy.SIDE)]
    rows = [
        f"{cell},{site},{2 * minutes}"
        for cell, of_cell in zip(cells, toy.toy_minutes(), strict=True)
        for site, minutes in zip("ABCD", of_cell, strict=True)
    ]
    (folder / "shuttle.csv").write_text("\n".join(["cell_id,site_id,minutes", *rows]) + "\n")
    modes = {"shuttle": {"matrix": "shuttle.csv", "title": {"sv": "skyttel", "en": "shuttle"}}}
    return answered(folder, travel={"access_speed_km_per_hour": 60, "modes": modes})


def test_files_of_ready_minutes_are_found_beside_the_dataset(
    toy_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outcome, path = with_shuttle(toy_folder)
    far = tmp_path_factory.mktemp("far") / "plan.json"
    shutil.copy(path, far)
    for result, dataset in ((path, None), (far, toy_folder / "data")):
        (again,) = siting.reopen(result, dataset=dataset, cache=NO_CACHE)
        assert records.plan_record(again) == records.plan_record(outcome)


def test_other_minutes_than_the_plan_was_made_with_are_seen_in_its_figures(toy_folder: Path) -> None:
    _, path = with_shuttle(toy_folder)
    file = toy_folder / "shuttle.csv"
    file.write_text(file.read_text().replace(",40.0", ",90.0"))
    with pytest.raises(
        errors.VerificationError, match=r"by_mode\.shuttle.* in the file, but .* counted again"
    ):
        siting.reopen(path)


# --- what is refused ---


def test_results_of_another_need_or_dataset_do_not_go_on_one_map(toy_folder: Path) -> None:
    _, first = answered(toy_folder, "first")
    _, other_need = answered(toy_folder, "other", demand=toy.demand_section(alpha=0.25))
    with pytest.raises(errors.InputError, match="must have the same demand and leaving_municipalities"):
        siting.reopen(first, other_need)
    with_more_youths(toy_folder / "data")
    _, other_tables = answered(toy_folder, "second")
    with pytest.raises(errors.InputError, match=r"another dataset than .*\(other tables: cells\)"):
        siting.reopen(first, other_tables)
    with pytest.raises(errors.InputError, match="at least one"):
        siting.reopen()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"format": "siting-plan",', "line 1: is not JSON"),
        ('{"format": NaN}', "is not JSON that can be read"),
        ("\udcff", "is not JSON that can be read"),
        ("[" * 100_000, "is not JSON that can be read"),
        ("[]", "holds no result of siting"),
        ('{"format": "siting-sweep", "format_version": 1}', "format is 'siting-sweep', not siting-plan"),
        ('{"format": ["siting-plan"]}', "format is"),
        (
            '{"format": "siting-plan", "format_version": 4, "siting_version": "9.1"}',
            r"format_version is 4 \(written by siting 9.1\); this siting reads 3: read it with that siting",
        ),
        ('{"format": "siting-plan", "format_version": 2}', "this siting reads 3: run the scenario again"),
        (
            '{"format": "siting-plan", "format_version": 3}',
            "siting_version: field required; restore the file",
        ),
        ('{"format": "siting-comparison", "format_version": 3}', "plans: must be a list of plans"),
        ('{"format": "siting-comparison", "format_version": 3, "plans": [3]}', "the plan|plans.0"),
        ('{"format": "siting-comparison", "format_version": 4}', "plans: must be a list of plans"),
        (
            '{"format": "siting-comparison", "format_version": 5, "siting_version": "9.1"}',
            r"format_version is 5 \(written by siting 9.1\); this siting reads 3 and 4: read it with that",
        ),
        (
            '{"format": "siting-comparison", "format_version": 2}',
            "this siting reads 3 and 4: run the scenario again",
        ),
    ],
)
def test_what_is_no_saved_result_is_refused_in_one_sentence(
    tmp_path: Path, content: str, expected: str
) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(errors.InputError, match=expected) as caught:
        siting.reopen(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_has_to_hold_one_result(toy_folder: Path) -> None:
    with pytest.raises(errors.InputError, match=r"holds no plan\.json or comparison\.json"):
        siting.reopen(toy_folder)
    with pytest.raises(errors.InputError, match=r"cannot be read \(No such file or directory\)"):
        siting.reopen(toy_folder / "nothing")
    _, path = answered(toy_folder)
    shutil.copy(path, path.with_name("comparison.json"))
    with pytest.raises(errors.InputError, match=r"holds both plan\.json and comparison\.json; name the file"):
        siting.reopen(path.parent)


def bare(path: Path) -> None:
    change(path, "evaluation", "county", to=None)


@pytest.mark.parametrize(
    ("falsify", "error", "expected"),
    [
        (
            lambda path: change(path, "scenario", "resolved", "choice", "n_main", "maximum", to=3),
            errors.InputError,
            r"scenario\.resolved: was changed since \(its sha256 differs\)",
        ),
        (
            lambda path: change(path, "sites", 1, "role", to="leader"),
            errors.InputError,
            r"sites\.1\.role: .*'main'",
        ),
        (
            lambda path: change(path, "sites", 1, "site_id", to="Z"),
            errors.VerificationError,
            "sites has 'Z', which is no candidate",
        ),
        (
            lambda path: change(path, "sites", 1, "site_id", to="B"),
            errors.VerificationError,
            "sites has a site twice",
        ),
        (
            lambda path: change(path, "sites", 1, "site_id", to="D"),
            errors.VerificationError,
            "in the file, but .* counted again",
        ),
        (
            lambda path: change(path, "sites", 1, "days_per_week", to=1.0),
            errors.VerificationError,
            "breaks a rule of its scenario: a place is open in a role, or on days, that may not be chosen",
        ),
        (
            lambda path: change(path, "objectives", 0, "objective", to=22.5),
            errors.VerificationError,
            r"objectives\.0\.objective is 22\.5 in the file, but 22\.4.* counted again",
        ),
        (
            lambda path: change(path, "resources", "sek_per_year", to=1),
            errors.VerificationError,
            r"resources\.sek_per_year is 1 in the file",
        ),
        (
            lambda path: change(path, "evaluation", "by_municipality", "Öst", "near", "mean_minutes", to=2.0),
            errors.VerificationError,
            r"by_municipality\.Öst\.near\.mean_minutes is 2\.0 in the file",
        ),
        (bare, errors.VerificationError, "'county' is missing in the file"),
        (
            lambda path: change(path, "status", to="given"),
            errors.VerificationError,
            r"status is given, but the scenario has no choice\.given",
        ),
        (
            lambda path: change(path, "objectives", to=[]),
            errors.VerificationError,
            "objectives are none in the file, but mean_minutes minutes car by the scenario",
        ),
        (
            lambda path: change(path, "objectives", 0, "mode", to="rocket"),
            errors.VerificationError,
            "objectives are mean_minutes minutes rocket",
        ),
        (
            lambda path: change(path, "objectives", 0, "unit", to="share"),
            errors.VerificationError,
            "objectives are mean_minutes share car",
        ),
        (
            lambda path: change(path, "objectives", 0, "bound", to=None),
            errors.VerificationError,
            r"objectives\.0\.bound is missing",
        ),
        (
            lambda path: change(path, "evaluation", "by_municipality", to={}),
            errors.VerificationError,
            "by_municipality: 'Väst' is missing",
        ),
        (
            lambda path: change(path, "evaluation", "by_municipality", "a\nb", to={}),
            errors.VerificationError,
            r"'a\\nb' is none that takes part",
        ),
    ],
)
def test_a_result_that_does_not_agree_with_its_plan_is_refused(
    toy_folder: Path, falsify: Callable[[Path], object], error: type[errors.SitingError], expected: str
) -> None:
    _, path = answered(toy_folder)
    falsify(path)
    with pytest.raises(error, match=expected) as caught:
        siting.reopen(path)
    assert type(caught.value) is error
    assert str(path) in str(caught.value)


WITHIN = ("evaluation", "county", "main", "share_within")
HUGE = 10**400


@pytest.mark.parametrize(
    ("keys", "to", "expected"),
    [
        (("evaluation", "measures", "cost"), HUGE, r"holds the number 10000000000000000000\.\.\., too large"),
        (("resources", "sek_per_year"), -HUGE, "holds the number -1000.*, too large"),
        (("sites", 0, "capacity_visits_per_year"), 2**63, "holds the number 9223372036854775808, too large"),
        (WITHIN, 5, r"county\.main\.share_within must hold shares within"),
        (WITHIN, "abc", r"share_within must hold shares within"),
        (WITHIN, [], r"share_within must hold shares within"),
        ((*WITHIN, 0, "minutes"), [15], r"share_within must hold shares within"),
        ((*WITHIN, 0, "minutes"), {}, r"share_within must hold shares within"),
        ((*WITHIN, 0, "share"), True, r"share_within\.15 is True in the file"),
        ((*WITHIN, 0, "share"), [], r"share_within\.15 is \[\] in the file"),
        (("teams",), [{"base_id": "B", "n_teams": 10**18}], "choice.n_teams"),
    ],
)
def test_damaged_figures_are_refused_in_one_sentence(
    toy_folder: Path, keys: tuple[str | int, ...], to: object, expected: str
) -> None:
    _, path = answered(toy_folder)
    with pytest.raises((errors.InputError, errors.VerificationError), match=expected) as caught:
        siting.reopen(change(path, *keys, to=to))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_decimal_number_beyond_all_is_refused(toy_folder: Path) -> None:
    _, path = answered(toy_folder)
    change(path, "resources", "sek_per_year", to="HERE")
    path.write_text(path.read_text("utf-8").replace('"HERE"', "1e999"), encoding="utf-8")
    with pytest.raises(errors.InputError, match="holds the number 1e999, too large"):
        siting.reopen(path)


@pytest.mark.parametrize("name", ["d" * 5000, "d\x00"])
def test_a_dataset_that_no_disk_can_hold_is_not_found(toy_folder: Path, name: str) -> None:
    outcome = study.run(toy.write_scenario(toy_folder))
    asked = outcome.scenario.model_copy(update={"dataset": name})
    content = records.plan_record(study.Outcome(**{**vars(outcome), "scenario": asked}))
    path = keep(content, toy_folder / "out")
    with pytest.raises(errors.DatasetError, match="its dataset 'toy' is not beside it"):
        siting.reopen(path)
    with pytest.raises(errors.DatasetError, match="its dataset 'toy' is not in d"):
        siting.reopen(path, dataset=name)


def test_a_result_that_no_disk_can_hold_cannot_be_read() -> None:
    with pytest.raises(errors.InputError, match="cannot be read"):
        siting.reopen("d" * 5000)


def leaves(tree: Any, *keys: str | int) -> list[tuple[str | int, ...]]:
    """Ways to all figures of a part of a result that are not null."""
    if isinstance(tree, dict | list):
        pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
        return [way for key, each in pairs for way in leaves(each, *keys, key)]
    return [keys] if isinstance(tree, int | float) else []


@pytest.mark.parametrize("removed", [None, "missing"])
def test_no_figure_may_be_taken_away_that_is_not_hidden(toy_folder: Path, removed: str | None) -> None:
    _, path = answered(toy_folder)
    whole = json.loads(path.read_text("utf-8"))
    told = {"youths", "persons_in_need", "visits_per_year", "standard_minutes", "worst_share"}  # not compared
    ways = [
        way
        for part in (("evaluation", "measures"), ("evaluation", "county"), ("resources",))
        for way in leaves(whole[part[0]][part[1]] if len(part) > 1 else whole[part[0]], *part)
        if way[-1] not in told
    ]
    assert len(ways) > 40
    for way in ways:
        tree = json.loads(json.dumps(whole))
        node = tree
        for key in way[:-1]:
            node = node[key]
        if removed is None:
            node[way[-1]] = None
        else:
            del node[way[-1]]
        keep(tree, path.parent)
        with pytest.raises(errors.VerificationError):
            siting.reopen(path)


@given(
    youths=st.one_of(st.just(0.0), st.floats(0.5, 50_000.0), st.integers(1, 3000).map(float)),
    share=st.one_of(st.sampled_from([0.0, 1.0, 1e-12, 1 - 1e-12]), st.floats(0.0, 1.0)),
    few=st.integers(1, 1000),
)
def test_what_may_be_missing_is_what_the_gate_hides(youths: float, share: float, few: int) -> None:
    gate = Gate(few)
    county = access_records.county_share(share, gate, youths=youths)
    stepped = gate.stepped_share(share, youths)
    may = hidden.may_hide_share(share, youths, few)
    if county is None or stepped is None:
        assert may
    elif few != hidden.finest_beside(few):  # judged by multiples: sure where the noise does not reach one
        parts = [each / few for each in (share * youths, youths)]
        assert not may or any(abs(each - round(each)) < 0.01 for each in parts)
    elif min(abs(share * youths - few), abs((1 - share) * youths - few)) > 1e-4:
        assert not may
    assert hidden.is_small(youths, few) == (access_records.county_minutes(1.0, gate, youths=youths) is None)


@pytest.mark.parametrize("unit", ["minutes", "share", "sek_per_year"])
@pytest.mark.parametrize("gap", [0.0, 1e-7, 3e-7, 1e-6, 3.2e-5, 4.9e-5, 1.4e-4, 0.0123456, 0.5])
@pytest.mark.parametrize("youths", [3.0, 515.0, 5000.0, 22_846.0])
def test_a_gap_read_back_is_told_the_same_again_and_never_as_less(
    gap: float, unit: str, youths: float
) -> None:
    value = 0.7212 if unit == "share" else 28.5214
    told = gap_told(gap, value, unit, youths=youths, few=5)
    assert gap_told(told, value, unit, youths=youths, few=5) == pytest.approx(told, abs=2e-9)
    assert (told == 0.0) == (gap <= 2e-7)
    assert told >= gap * (1 - 1e-4) or not told


def test_where_nothing_is_proven_the_gap_does_not_tell_a_share_to_the_last_youth() -> None:
    """The bound is then 1, so that value = 1 / (1 + gap)."""
    shares = [1 - few / 22_846 for few in (0.2, 0.5, 0.8, 1.1)]
    told = {gap_told((1 - share) / share, share, "share", youths=22_846.0, few=5) for share in shares}
    assert len(told) == 1


def test_a_gap_tells_no_more_of_the_minutes_than_their_own_step() -> None:
    """The bound is the mean of another plan: 1 - mean / mean to nine decimals is an equation of cells."""
    means = [11.6 + each / 100 for each in range(80)]
    told = {gap_told((mean - 11.55) / mean, mean, "minutes", youths=515.0, few=5) for mean in means}
    assert told == {round(1 / 12, 9)}


def test_a_bound_read_back_lies_beyond_the_value_by_no_rounding(toy_folder: Path) -> None:
    """The minutes are told as 12, and are 11.9 or 12.1: a bound of 12 is told, and one of 11.9 meant."""
    outcome, path = answered(toy_folder)
    (saved_one,) = record.read_saved(path).plans
    (told,) = saved_one.objectives
    value = outcome.plan.objectives[0].value
    for bound in (value - 5, value - 0.1, value + 0.1):
        again = reopening.objective_counted(outcome, told.model_copy(update={"bound": bound}))
        assert (again.value, again.bound) == (value, min(bound, value))


def test_a_bound_that_was_hidden_stays_hidden(toy_folder: Path) -> None:
    outcome, path = answered(toy_folder)
    (told,) = record.read_saved(path).plans[0].objectives
    share = {"name": "within_standard", "unit": "share", "objective": 0.4, "bound": None, "gap": 1.5}
    gate, youths = Gate(5), outcome.evaluation.county.youths_in_effect
    again = reopening.objective_counted(outcome, told.model_copy(update=share))
    assert access_records.county_share(again.bound, gate, youths=youths) is None or again.value in (0, 1)


def test_a_rota_that_was_changed_is_refused_by_week_and_day(toy_folder: Path) -> None:
    path = keep(records.plan_record(given_with_teams(toy_folder)), toy_folder / "out")
    late = change(path, "rota", 0, "returns_minute", to=1000.0)
    with pytest.raises(errors.VerificationError, match=r"rota\.0\.returns_minute is 1000\.0 in the file"):
        siting.reopen(late)
    change(path, "rota", 0, "visits", to=[{"site_id": "A"}])
    with pytest.raises(errors.VerificationError, match=r"rota: week 1, day .: team 1 of B visits A"):
        siting.reopen(path)
    change(path, "rota", 0, "visits", to=[{"site_id": "Z"}])
    with pytest.raises(errors.VerificationError, match="drives to Z, which is not a site"):
        siting.reopen(path)


def test_an_intake_that_turns_out_otherwise_is_said_to_be_one(toy_folder: Path) -> None:
    _, path = answered(toy_folder, **CAPACITY)
    change(path, "evaluation", "county", "near", "mean_minutes", to=1.0)
    with pytest.raises(
        errors.VerificationError, match="where a joint intake sends the visits is not written"
    ):
        siting.reopen(path)


def test_a_given_plan_opens_what_its_scenario_names(toy_folder: Path) -> None:
    choice = {"n_main": 0, "n_satellites": 0, "given": {"main": ["B"], "satellite": ["D"]}}
    _, path = answered(toy_folder, choice=choice)
    change(path, "sites", 1, "site_id", to="A")
    with pytest.raises(errors.VerificationError, match=r"sites are other places than choice\.given names"):
        siting.reopen(path)
    change(path, "status", to="optimal")
    with pytest.raises(errors.VerificationError, match="nothing was optimised"):
        siting.reopen(path)


def test_a_comparisons_base_is_one_of_its_plans(toy_folder: Path) -> None:
    outcomes = by_hand.with_satellites(toy_folder, A=5.0), by_hand.with_teams(toy_folder)
    content = records.comparison_record(by_hand.side_by_side(*outcomes))
    path = keep({**content, "base": "nobody"}, toy_folder / "out", "comparison.json")
    with pytest.raises(errors.InputError, match="base 'nobody' must be one of satellites, teams"):
        siting.reopen(path)


# --- the command ---


def test_map_draws_beside_the_result_and_tells_so(
    toy_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, path = answered(toy_folder)
    assert main(["map", str(path.parent)]) == 0
    assert {each.name for each in path.parent.iterdir()} == {"plan.json", "map.html"}
    told = capsys.readouterr()
    assert told.out == ""
    assert "wrote" in told.err
    assert "choosing" not in told.err


def test_map_of_several_results_has_a_switch_between_them(
    toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, first = answered(toy_folder, "first")
    _, second = answered(toy_folder, "second", choice={"n_main": 2, "n_satellites": 0})
    monkeypatch.chdir(toy_folder)
    assert main(["map", str(first), str(second), "--language", "en"]) == 0
    page = (toy_folder / "maps" / "map.html").read_text("utf-8")
    assert len(scene_of(page)["plans"]) == 2
    assert '<html lang="en">' in page


def test_map_goes_into_the_file_or_folder_that_is_named(toy_folder: Path) -> None:
    _, path = answered(toy_folder)
    assert main(["map", str(path), "--out", str(toy_folder / "new" / "mine.html")]) == 0
    assert main(["map", str(path), "--out", str(toy_folder / "new" / "folder")]) == 0
    assert (toy_folder / "new" / "mine.html").read_bytes() == (
        toy_folder / "new" / "folder" / "map.html"
    ).read_bytes()
    (toy_folder / "taken").write_text("mine")
    assert main(["map", str(path), "--out", str(toy_folder / "taken")]) == errors.OutputError.exit_code
    assert (toy_folder / "taken").read_text() == "mine"


def scene_of(page: str) -> dict[str, Any]:
    start = page.index('id="siting_scene">') + len('id="siting_scene">')
    scene: dict[str, Any] = json.loads(page[start : page.index("</script>", start)])
    return scene


def test_the_map_asks_the_network_for_nothing_but_the_tiles_that_were_named(toy_folder: Path) -> None:
    _, path = answered(toy_folder)
    out = toy_folder / "map.html"
    assert main(["map", str(path), "--out", str(out)]) == 0
    alone = out.read_text("utf-8")
    assert scene_of(alone)["tiles"] is None
    assert 'img-src data:"' in alone
    named = ["--tiles", TILES, "--attribution", "© Somebody & <others>"]
    assert main(["map", str(path), "--out", str(out), *named]) == 0
    page = out.read_text("utf-8")
    assert scene_of(page)["tiles"] == {"url": TILES, "attribution": "© Somebody & <others>"}
    assert 'img-src data: https://tiles.example.org:8443"' in page
    assert "<others>" not in page


@pytest.mark.parametrize(
    "url",
    [
        "http://tiles.example.org/{z}/{x}/{y}.png",
        "//tiles.example.org/{z}/{x}/{y}.png",
        "file:///{z}/{x}/{y}.png",
        "https://{s}.tiles.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{s}/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}.png",
        "https://tiles.example.org/{z}/{x}/{y}/{y}.png",
        "https://tiles.example.org/{z}/{x}/{y}{.png",
        "https://tiles.example.org/{z}/{x}/{y} .png",
        "https://tiles.example.org/{z}/{x}/{y}.png\n",
        'https://tiles.example.org/{z}/{x}/{y}.png"',
        "https://tiles.example.org/{z}/{x}/{y}.png;script-src *",
        "https://tiles.example.org; script-src */{z}/{x}/{y}.png",
        "https://user:secret@tiles.example.org/{z}/{x}/{y}.png",
        "https://*/{z}/{x}/{y}.png",
        "https:///{z}/{x}/{y}.png",
        "https://tiles.example.org:/{z}/{x}/{y}.png",
        "",
    ],
)
def test_an_address_that_is_not_one_of_tiles_is_refused(url: str) -> None:
    with pytest.raises(errors.InputError, match=r"--tiles .* is not the address of map tiles"):
        TileSource(url, "somebody")


@pytest.mark.parametrize("attribution", ["", " ", "two\nlines", "a\x00b"])
def test_tiles_without_a_maker_are_refused(attribution: str) -> None:
    with pytest.raises(errors.InputError, match="--attribution: must say whose map"):
        TileSource(TILES, attribution)


@pytest.mark.parametrize(
    ("more", "exit_code", "expected"),
    [
        (["--tiles", TILES], errors.InputError.exit_code, "--attribution: must say whose map"),
        (["--attribution", "somebody"], errors.InputError.exit_code, "give --tiles too"),
        (["--tiles", "x", "--attribution", "y"], errors.InputError.exit_code, "--tiles 'x'"),
        (
            ["--out", "postgresql://user:secret@host/db"],
            errors.OutputError.exit_code,
            "a map is written as a file",
        ),
        (["--dataset", "nowhere"], errors.DatasetError.exit_code, "its dataset 'toy' is not in nowhere"),
    ],
)
def test_what_the_command_cannot_do_is_one_sentence(
    toy_folder: Path, more: list[str], exit_code: int, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, path = answered(toy_folder)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    assert main(["map", str(path), *more]) == exit_code
    message = capsys.readouterr().err.splitlines()[-1]
    assert message.startswith("siting: ")
    assert expected in message
    assert "secret" not in message
    assert [each.name for each in path.parent.iterdir()] == ["plan.json"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
