"""The command as a user meets it: exit codes, one sentence for an error, nothing half-written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import by_hand
import pytest
import toy

from siting import errors
from siting.cli import main
from siting.present.files import check_folder


def test_run_writes_its_five_files_and_tells_what_goes_on(
    toy_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = toy.write_scenario(toy_folder)
    assert main(["run", str(scenario), "--out", str(toy_folder / "out")]) == 0
    assert {path.name for path in (toy_folder / "out").iterdir()} == {
        "map.html",
        "plan.gpkg",
        "plan.json",
        "report.html",
        "sites.csv",
    }
    told = capsys.readouterr()
    assert told.out == ""
    assert "choosing" in told.err
    assert "wrote" in told.err


def test_compare_writes_its_four_files(toy_folder: Path) -> None:
    first = toy.write_scenario(toy_folder, "first")
    second = toy.write_scenario(toy_folder, "second", choice={"n_main": 2, "n_satellites": 0})
    out = toy_folder / "out"
    assert (
        main(["compare", str(first), str(second), "--base", "second", "--out", str(out), "--language", "en"])
        == 0
    )
    assert {path.name for path in out.iterdir()} == {
        "map.html",
        "comparison.gpkg",
        "comparison.json",
        "report.html",
    }


def test_compare_prints_a_line_for_each_exchange_rate(
    toy_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = by_hand.with_satellites(toy_folder, A=5.0), by_hand.with_teams(toy_folder)
    monkeypatch.setattr("siting.study.compare", lambda *_, **__: by_hand.side_by_side(*outcomes))
    arguments = ["compare", "satellites", "teams", "--out", str(toy_folder / "out"), "--language", "en"]
    assert main(arguments) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(
        "One day a week at the satellite in Väst (satellites) costs about SEK 258,000 a year"
    )
    assert "(teams, SEK " in line


def test_show_prints_a_scenario_that_stands_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "two-mains"]) == 0
    printed = capsys.readouterr().out
    assert "extends" not in printed
    assert "speed_factor: 1.04" in printed


def test_scenarios_and_sites_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios"]) == 0
    assert "two-mains" in capsys.readouterr().out
    assert main(["sites"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == 73
    assert any(line.startswith("YC04") and "seasonal" in line for line in listed)


@pytest.mark.parametrize(
    ("arguments", "exit_code", "expected"),
    [
        (["run", "nothing"], errors.ScenarioError.exit_code, "no such scenario file"),
        (["compare", "base"], errors.InputError.exit_code, "at least two scenarios"),
        (
            ["compare", "base", "today", "--base", "x"],
            errors.InputError.exit_code,
            "the base 'x' is not among",
        ),
        (["sites", "nowhere"], errors.DatasetError.exit_code, "no dataset folder"),
    ],
)
def test_a_user_error_is_one_sentence_with_its_own_exit_code(
    arguments: list[str], exit_code: int, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == exit_code
    message = capsys.readouterr().err.splitlines()[-1]
    assert message.startswith("siting: ")
    assert expected in message


def test_a_failed_run_writes_nothing(toy_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hopeless = toy.write_scenario(
        toy_folder, choice={"n_main": 1, "n_satellites": 0, "place_in_every_municipality": True}
    )
    assert main(["run", str(hopeless), "--out", str(toy_folder / "out")]) == errors.InfeasibleError.exit_code
    assert not (toy_folder / "out").exists()
    assert "municipalities need a place" in capsys.readouterr().err


def test_an_out_that_is_a_file_is_refused(toy_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (toy_folder / "out").write_text("mine")
    scenario = toy.write_scenario(toy_folder)
    assert main(["run", str(scenario), "--out", str(toy_folder / "out")]) == errors.OutputError.exit_code
    assert (toy_folder / "out").read_text() == "mine"
    assert "--out" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["run", "SCENARIO"], ["compare", "SCENARIO", "base"], ["sweep", "SCENARIO", "--vary", "a=1"]],
)
@pytest.mark.parametrize("place", ["file", "file/below", "x" * 300])
def test_an_out_that_cannot_be_is_told_before_any_work(
    toy_folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], place: str
) -> None:
    (toy_folder / "file").write_text("mine")
    scenario, before = str(toy.write_scenario(toy_folder)), sorted(toy_folder.rglob("*"))
    given = [scenario if each == "SCENARIO" else each for each in arguments]
    assert main([*given, "--out", str(toy_folder / place)]) == errors.OutputError.exit_code
    (line,) = capsys.readouterr().err.splitlines()
    assert "cannot be written to" in line
    assert "choose another folder" in line
    assert sorted(toy_folder.rglob("*")) == before


def test_an_out_that_may_be_made_is_not_made_by_the_look(toy_folder: Path) -> None:
    check_folder(toy_folder / "new" / "below")
    assert not (toy_folder / "new").exists()


def test_a_folder_in_the_way_changes_nothing(toy_folder: Path) -> None:
    out = toy_folder / "out"
    (out / "sites.csv").mkdir(parents=True)
    scenario = toy.write_scenario(toy_folder)
    assert main(["run", str(scenario), "--out", str(out)]) == errors.OutputError.exit_code
    assert [path.name for path in out.iterdir()] == ["sites.csv"]


def test_an_out_that_is_another_address_is_refused_without_its_password(
    toy_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken for a folder, it would be one with the password in its name."""
    monkeypatch.chdir(toy_folder)
    before = sorted(toy_folder.iterdir())
    out = "postgresql+psycopg://anna:secret@gis/db"
    assert main(["run", "base", "--out", out]) == errors.OutputError.exit_code
    assert "secret" not in capsys.readouterr().err
    assert sorted(toy_folder.iterdir()) == before


def test_each_error_has_an_exit_code_of_its_own() -> None:
    kinds = [errors.SitingError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    codes = [kind.exit_code for kind in kinds]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("check-times", ["at least 3 trips", "a premises' name or id", "--trips trips.csv"]),
        ("fetch", ["Needs the internet", "FOLDER-sources keeps", "siting fetch Gävleborg"]),
        ("build", ["A build that fails writes nothing", "siting build sources.yaml"]),
    ],
)
def test_the_help_of_a_command_says_what_it_needs_and_gives_an_example(
    capsys: pytest.CaptureFixture[str], command: str, expected: list[str]
) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    for words in expected:
        assert words in told


def test_help_does_not_wait_for_the_whole_house() -> None:
    code = (
        "import sys, siting.cli.arguments; siting.cli.arguments.parser(); "
        "print({'geopandas', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("siting ")
