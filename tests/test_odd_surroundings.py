"""Machines that refuse something, and odd output folders: a sentence and an exit code, or a result."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import toy

from siting import errors, whole_files
from siting.cli import actions, main
from siting.present import files
from siting.present.files import all_or_nothing
from siting.whole_files import DRAFT, put_in_place

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs links")
SWEEP = ("sweep", "toy.yaml", "--vary", "choice.n_satellites=1,2")
FILES = {"sweep.csv", "sweep.json"}


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    toy.write_dataset(folder / "data")
    toy.write_scenario(folder)
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# Limits


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RuntimeError("can't start new thread"), "this machine lets you start no further thread"),
        (FileNotFoundError(2, "No usable temporary directory found"), "No usable temporary directory found"),
        (OSError("Matplotlib requires access to a writable cache directory"), "Matplotlib requires access"),
        (OSError(24, "Too many open files", "cells.csv"), "Too many open files: 'cells.csv'"),
    ],
)
def test_no_traceback_tells_of_a_machine_that_lacks_something(
    error: Exception, expected: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: object) -> None:
        raise error

    monkeypatch.setattr(actions, "scenarios", refuse)
    assert main(["scenarios"]) == errors.SitingError.exit_code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("siting: ")
    assert expected in line


def test_a_fault_of_our_own_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(actions, "scenarios", fail)
    with pytest.raises(ZeroDivisionError):
        main(["scenarios"])


def test_files_that_are_in_place_are_no_failure_though_nothing_can_be_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when no more files can be opened: the next run clears what is left."""
    exchange = whole_files._exchange

    def exchange_and_lose_sight(*arguments: object) -> None:
        exchange(*arguments)  # type: ignore[arg-type]

        def refuse(*_: object) -> None:
            raise OSError(24, "Too many open files")

        monkeypatch.setattr(Path, "glob", refuse)

    monkeypatch.setattr(whole_files, "_exchange", exchange_and_lose_sight)
    with put_in_place(tmp_path) as draft:
        (draft / "plan.json").write_text("{}")
    monkeypatch.undo()
    assert names(tmp_path) == {"plan.json"}


# Places


@posix_only
def test_a_link_to_a_folder_stays_a_link(work: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert main(sweep_into(tmp_path / "link", work)) == 0
    assert (tmp_path / "link").is_symlink()
    assert names(tmp_path / "real") == FILES


@posix_only
@pytest.mark.parametrize("target", ["nothing", "link", "file"])
def test_a_place_that_is_no_folder_is_left_as_it_is(
    target: str, work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A link to nothing, a link to itself, a file."""
    place = tmp_path / "link"
    if target == "file":
        place.write_text("mine")
    else:
        place.symlink_to(target)
    assert main(sweep_into(place, work)) == errors.OutputError.exit_code
    assert capsys.readouterr().err.startswith(f"siting: --out {place}: cannot be written to")
    assert names(tmp_path) == {"link"}
    assert target != "file" or place.read_text() == "mine"


def sweep_into(place: Path, work: Path) -> list[str]:
    return ["sweep", str(work / "toy.yaml"), *SWEEP[2:], "--no-cache", "--out", str(place)]


@posix_only
def test_a_name_that_is_a_link_is_replaced_and_what_it_points_to_is_kept(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / "plan.json").symlink_to("../letter.txt")
    with put_in_place(out) as draft:
        (draft / "plan.json").write_text("{}")
        (draft / "sites.csv").write_text("")
    assert (tmp_path / "letter.txt").read_text() == "mine"
    assert not (out / "plan.json").is_symlink()


def test_a_folder_that_is_deleted_meanwhile_is_told(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def write() -> None:
        with all_or_nothing(out) as draft:
            (draft / "plan.json").write_text("{}")
            shutil.rmtree(out)

    with pytest.raises(errors.OutputError, match="could not be written"):
        write()
    assert not out.exists()


def test_drafts_that_a_killed_run_left_do_not_count_as_files(tmp_path: Path) -> None:
    (tmp_path / f"{DRAFT}abcd1234").mkdir()
    (tmp_path / f"{DRAFT}abcd1234" / "plan.json").write_text("{")
    with put_in_place(tmp_path) as draft:
        (draft / "plan.json").write_text("{}")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"plan.json": "{}"}


def test_tables_of_an_analysis_whose_record_a_kill_set_aside_are_known_for_its_own(tmp_path: Path) -> None:
    """Else they would lie beside the record of another analysis."""
    (tmp_path / "municipalities.csv").write_text("of the user, or of an analysis?")
    assert not files._had_analysis(tmp_path)
    aside = tmp_path / f"{DRAFT}abcd1234" / whole_files.EARLIER
    aside.mkdir(parents=True)
    (aside / "analysis.json").write_text("{}")
    assert files._had_analysis(tmp_path)
