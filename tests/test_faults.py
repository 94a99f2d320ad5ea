"""Kills, full and read-only disks, odd surroundings, two runs at once: nothing is half-written, nothing lost.

`python tests/kill_everywhere.py` does the same at every change that every command makes to files.
"""

from __future__ import annotations

import io
import logging
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import geopandas as gpd
import kill_everywhere
import numpy as np
import pytest
import toy
from faulty import Warm, compiled

from siting import errors, study, whole_files
from siting.cache import SUFFIX, UNFINISHED, Cache
from siting.cli import main, stopping
from siting.present import geopackage
from siting.present.files import write
from siting.whole_files import DRAFT, EARLIER, put_in_place

REPOSITORY = Path(__file__).parents[1]
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
SWEEP = ("sweep", "toy.yaml", "--vary", "choice.n_satellites=1,2")
posix_only = pytest.mark.skipif(os.name != "posix", reason="needs forks, locks and mounts")
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /dev/full or /proc")


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    with Warm(compiled(tmp_path_factory.mktemp("faulty"))) as process:
        yield process


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    toy.write_dataset(folder / "data")
    toy.write_scenario(folder, "toy")
    toy.write_scenario(folder, "other", choice={"n_main": 1, "n_satellites": 2})
    return folder


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mount small disks, where that is allowed."""
    places = []

    def mount(options: str) -> Path:
        place = tmp_path / f"disk{len(places)}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        if not IS_ROOT or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("no disk can be mounted here")
        places.append(place)
        return place

    yield mount
    for place in places:
        subprocess.run(["umount", "-l", str(place)], check=True)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def fill(disk: Path) -> None:
    """Leave no byte of room."""
    with suppress(OSError), (disk / "ballast").open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


# Killed


@posix_only
@pytest.mark.parametrize(("command", "every"), [("seal", 1), ("sweep", 9)])
def test_a_kill_leaves_no_half_file_and_no_mix_and_the_next_run_clears_up(
    command: str, every: int, warm: Warm, work: Path
) -> None:
    trial = kill_everywhere.Trial(command, work, warm)
    assert trial.n_changes >= 6
    for at in range(1, trial.n_changes + 1, every):
        assert trial.meet("kill amid" if warm.is_thorough else "kill before", at).was_killed


def write_anew(folder: Path) -> None:
    with put_in_place(folder, replaced=["gone.csv"]) as draft:
        for name in ("a.json", "b.html", "c.csv"):
            (draft / name).write_text("2")


def test_a_fault_while_files_change_places_puts_all_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = {"a.json": "1", "b.html": "1", "gone.csv": "1", "letter.txt": "mine"}
    for name, text in earlier.items():
        (tmp_path / name).write_text(text)
    rename = Path.rename
    for n_before in range(6):  # three are set aside, three put in
        left = [n_before]

        def fail_at(path: Path, target: Path, left: list[int] = left) -> Path:
            left[0] -= 1
            if left[0] == -1:
                raise PermissionError(13, "kept open by another program")
            return rename(path, target)

        monkeypatch.setattr(Path, "rename", fail_at)
        with pytest.raises(PermissionError):
            write_anew(tmp_path)
        assert {path.name: path.read_text() for path in tmp_path.iterdir()} == earlier
    monkeypatch.setattr(Path, "rename", rename)
    write_anew(tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "a.json": "2",
        "b.html": "2",
        "c.csv": "2",
        "letter.txt": "mine",
    }


def test_records_go_first_and_come_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = ("b.html", "a.json", "z.csv")
    for name in files:
        (tmp_path / name).write_text("1")
    moved = []
    rename = Path.rename
    monkeypatch.setattr(Path, "rename", lambda path, to: (moved.append(path.name), rename(path, to))[1])
    with put_in_place(tmp_path) as draft:
        for name in files:
            (draft / name).write_text("2")
    assert moved == ["a.json", "b.html", "z.csv", "b.html", "z.csv", "a.json"]


@posix_only
def test_drafts_that_nobody_holds_are_cleared_and_no_others(tmp_path: Path) -> None:
    dead, swapped = tmp_path / f"{DRAFT}abcd1234", tmp_path / f"{DRAFT}abcd5678"
    for folder in (dead, swapped / EARLIER, tmp_path / f"{DRAFT}of-somebody"):
        folder.mkdir(parents=True)
    (tmp_path / f"{DRAFT}abcd9999").symlink_to(tmp_path.parent)
    with put_in_place(tmp_path) as one:
        assert not dead.exists()
        assert swapped.exists()  # it may have what nobody else has, until new files are in place
        with put_in_place(tmp_path) as other:
            (other / "plan.json").write_text("{}")
        assert one.exists()
        (one / "plan.json").write_text("[]")
    assert names(tmp_path) == {"plan.json", f"{DRAFT}of-somebody", f"{DRAFT}abcd9999"}
    assert (tmp_path / "plan.json").read_text() == "[]"


def test_where_folders_have_no_locks_drafts_are_cleared_after_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_files, "fcntl", None)
    fresh, old, ahead = (tmp_path / f"{DRAFT}abcd000{n}" for n in range(3))
    for folder, days in ((fresh, 0), (old, -2), (ahead, 9)):  # a clock that went back is no harm
        folder.mkdir()
        then = folder.stat().st_mtime + days * 24 * 3600
        os.utime(folder, (then, then))
    with put_in_place(tmp_path) as draft:
        (draft / "plan.json").write_text("{}")
    assert names(tmp_path) == {fresh.name, ahead.name, "plan.json"}


# Stopped


@posix_only
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_to_stop_clears_what_was_drafted_and_leaves_what_was_there(
    number: int,
    code: int,
    toy_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    scenario, out = toy.write_scenario(toy_folder), toy_folder / "out"
    out.mkdir()
    (out / "sweep.csv").write_text("earlier")
    drafted: list[str] = []

    def stop(path: Path, _: object) -> None:
        path.write_text("half")
        drafted.extend(path.name for path in out.glob(f"{DRAFT}*/*"))
        os.kill(os.getpid(), number)

    monkeypatch.setattr("siting.present.files.write_json", stop)
    arguments = ["sweep", str(scenario), "--vary", "choice.n_satellites=1", "--out", str(out)]
    assert main(arguments) == code
    assert drafted == ["sweep.json"]
    assert names(out) == {"sweep.csv"}
    assert (out / "sweep.csv").read_text() == "earlier"
    assert capsys.readouterr().err.splitlines()[-1] == "siting: stopped"
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@posix_only
def test_a_sigterm_that_comes_twice_at_once_does_not_disturb_the_clearing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """timeout(1) sends two."""
    with stopping.sigterm_unwinds():
        with pytest.raises(stopping.Terminated):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        monkeypatch.setattr(stopping, "SAME_SECONDS", 0.0)
        with pytest.raises(stopping.Terminated):  # one that comes later is meant
            signal.raise_signal(signal.SIGTERM)


@posix_only
def test_sigterm_is_left_to_a_program_that_has_its_own_way_with_it_or_calls_from_a_thread() -> None:
    def own(*_: object) -> None: ...

    seen = []

    def look() -> None:
        with stopping.sigterm_unwinds():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    for handler in (own, signal.SIG_IGN):
        signal.signal(signal.SIGTERM, handler)
        try:
            look()
            assert signal.getsignal(signal.SIGTERM) is handler
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
    assert seen == [signal.SIG_DFL, own, signal.SIG_IGN]


# Two at once


@posix_only
def test_of_two_runs_in_one_folder_the_files_of_one_are_there(warm: Warm, work: Path) -> None:
    commands = [("sweep", f"{name}.yaml", *SWEEP[2:], "--out", "both") for name in ("toy", "other")]
    alone = []
    for command in commands:
        assert warm.run(command, cwd=work)[0].code == 0
        alone.append(kill_everywhere.content(work / "both"))
    assert alone[0].keys() == alone[1].keys()
    assert alone[0] != alone[1]
    for _ in range(2):
        assert [each.code for each in warm.run(*commands, cwd=work)] == [0, 0]
        assert kill_everywhere.content(work / "both") in alone
        assert names(work / "both") == alone[0].keys()


def test_many_who_put_files_in_place_at_once_never_mix_them(tmp_path: Path) -> None:
    def write(number: int) -> None:
        for _ in range(10):
            with put_in_place(tmp_path) as draft:
                for name in ("a.json", "b.csv", "c.html"):
                    (draft / name).write_text(str(number))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({path.read_text() for path in tmp_path.iterdir()}) == 1
    assert names(tmp_path) == {"a.json", "b.csv", "c.html"}


# No room, no permission


@posix_only
def test_a_disk_that_is_full_is_told_and_leaves_all_as_it_was(warm: Warm, work: Path) -> None:
    out = work / "full"
    assert warm.run((*SWEEP, "--out", "full"), cwd=work)[0].code == 0
    before = kill_everywhere.content(out)
    other = ("sweep", "other.yaml", *SWEEP[2:], "--out", "full")
    (ended,) = warm.run(other, cwd=work, most={"RLIMIT_FSIZE": 600}, SITING_CACHE=str(work / "cache-full"))
    assert ended.code == errors.OutputError.exit_code
    assert re.search(r"\nsiting: --out full: could not be written \(.*\)\n$", ended.told)
    assert kill_everywhere.content(out) == before
    assert names(out) == before.keys()
    (ended,) = warm.run(other, cwd=work, SITING_CACHE=str(work / "cache-full"))
    assert ended.code == 0
    assert kill_everywhere.content(out).keys() == before.keys()


@posix_only
@pytest.mark.parametrize("where", ["out", "cache"])
def test_a_small_disk(where: str, mounted: Callable[..., Path], warm: Warm, work: Path) -> None:
    disk = mounted("size=1m,mode=0700")
    fill(disk)
    before = names(disk)
    out, cache = (disk, work / "cache") if where == "out" else (work / "out-small", disk)
    (ended,) = warm.run((*SWEEP, "--out", out), cwd=work, SITING_CACHE=str(cache))
    assert names(disk) - before == set() or where == "cache"
    if where == "out":
        assert ended.code == errors.OutputError.exit_code
        assert f"siting: --out {disk}: " in ended.told
    else:
        assert ended.code == 0
        assert "results are not kept from here on" in ended.told
        assert names(out) == {"sweep.csv", "sweep.json"}


@posix_only
@pytest.mark.parametrize("command", ["sweep", "seal"])
def test_a_folder_that_can_only_be_read(
    command: str, mounted: Callable[..., Path], warm: Warm, work: Path
) -> None:
    disk = mounted("size=1m,mode=0700")
    shutil.copytree(work / "data", disk / "data")
    before = kill_everywhere.content(disk / "data")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    arguments = {"sweep": (*SWEEP, "--out", disk / "new" / "out"), "seal": ("seal", disk / "data")}[command]
    (ended,) = warm.run(arguments, cwd=work, SITING_CACHE=str(disk / "cache"))
    assert ended.code == errors.OutputError.exit_code
    assert "Traceback" not in ended.told
    assert re.search("(Read-only file system|Permission denied)", ended.told)
    assert kill_everywhere.content(disk / "data") == before


def test_arrays_that_the_disk_has_no_room_for_are_told_of_and_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("siting.cache.Path.replace", no_room)
    with caplog.at_level(logging.WARNING):
        found = Cache(tmp_path).arrays("times", "0" * 40, lambda: {"a": np.ones(3)}, fits=lambda _: True)
    assert found["a"].tolist() == [1.0, 1.0, 1.0]
    assert "not kept" in caplog.text
    assert not list(tmp_path.glob(f"*{UNFINISHED}"))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index'",
        "UPDATE gpkg_contents SET min_x = NULL",
        "DELETE FROM sites",
        "DROP TABLE sites",
    ],
)
def test_a_layer_that_was_not_finished_is_told(
    statement: str, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GDAL keeps to itself what fails while it closes a file."""
    outcome, write_whole = study.run(toy.write_scenario(toy_folder)), geopackage.write_dataframe

    def spoil(frame: gpd.GeoDataFrame, path: Path, **more: Any) -> None:
        write_whole(frame, path, **more)
        with closing(sqlite3.connect(path)) as base, base:
            for trigger in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                base.execute(f'DROP TRIGGER "{trigger[0]}"')
            base.execute(statement)

    monkeypatch.setattr(geopackage, "write_dataframe", spoil)
    with pytest.raises(errors.OutputError, match=r"plan\.gpkg"):
        write(outcome, toy_folder / "out")
    assert not names(toy_folder / "out")


# A cache that is damaged, or ahead of the clock


def garble(path: Path) -> None:
    path.write_bytes(bytes(byte ^ 1 for byte in path.read_bytes()))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def of_another_version(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"cache 1", b"cache 0"))


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def from_the_future(path: Path) -> None:
    then = path.stat().st_mtime + 1e9
    os.utime(path, (then, then))


@pytest.mark.parametrize("damage", [garble, cut, of_another_version, as_folder, from_the_future])
def test_a_damaged_cache_gives_the_same_arrays(damage: Callable[[Path], None], tmp_path: Path) -> None:
    def arrays() -> list[float]:
        fits = lambda found: set(found) == {"a"}  # noqa: E731
        return list(
            Cache(tmp_path).arrays("times", "0" * 40, lambda: {"a": np.arange(9.0)}, fits=fits)["a"].tolist()
        )

    first = arrays()
    damage(tmp_path / f"times-{'0' * 40}{SUFFIX}")
    assert arrays() == first
    assert arrays() == first
    assert not list(tmp_path.glob(f"*{UNFINISHED}"))


# Odd surroundings


@posix_only
@pytest.mark.parametrize(
    "surroundings",
    [
        {"HOME": "", "XDG_CACHE_HOME": "", "SITING_CACHE": ""},
        {"HOME": None, "XDG_CACHE_HOME": None, "SITING_CACHE": None},
        {"HOME": str(REPOSITORY / "README.md"), "XDG_CACHE_HOME": None, "SITING_CACHE": None},
        {"HOME": "/proc/nowhere", "XDG_CACHE_HOME": "", "SITING_CACHE": ""},
        {"TMPDIR": "/nowhere", "TMP": "/nowhere", "TEMP": "/nowhere"},
        {"SITING_CACHE": "/dev/null"},
    ],
    ids=[
        "no home",
        "home unset",
        "home is a file",
        "home nowhere",
        "no temporary folder",
        "cache is no folder",
    ],
)
def test_a_run_needs_no_home_and_no_temporary_folder(
    surroundings: dict[str, str | None], warm: Warm, work: Path
) -> None:
    shutil.rmtree(work / "odd", ignore_errors=True)
    (ended,) = warm.run((*SWEEP, "--out", "odd"), cwd=work, **surroundings)
    assert ended.code == 0, ended.told
    assert names(work / "odd") == {"sweep.csv", "sweep.json"}


@linux_only
@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (("RLIMIT_NOFILE", 8), (30, "Too many open files")),
        (("RLIMIT_NOFILE", 32), (0, "wrote few")),
        (("RLIMIT_AS", 1 << 20), (1, "memory of this machine does not suffice")),
    ],
)
def test_a_machine_that_gives_too_little_says_so_in_a_sentence(
    limit: tuple[str, int], expected: tuple[int, str], warm: Warm, work: Path
) -> None:
    shutil.rmtree(work / "few", ignore_errors=True)
    (ended,) = warm.run((*SWEEP, "--out", "few"), cwd=work, most=dict([limit]), SITING_CACHE=str(work / "c"))
    assert ended.code in {expected[0], min(expected[0], 1)}  # 1: it was refused while nothing was written
    assert expected[1] in ended.told.splitlines()[-1]
    assert "Traceback" not in ended.told
    assert ended.code == 0 or not kill_everywhere.content(work / "few")


@linux_only
def test_a_folder_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = Path.cwd()
    (tmp_path / "gone").mkdir()
    os.chdir(tmp_path / "gone")
    try:
        (tmp_path / "gone").rmdir()
        told = io.StringIO()
        monkeypatch.setattr(sys, "stderr", told)
        assert main(["scenarios"]) == errors.InputError.exit_code
    finally:
        os.chdir(here)
    assert told.getvalue().startswith("siting: the folder that you work in cannot be found")


class Broken(io.StringIO):
    """A stream that nobody reads, or whose disk is full."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.failing = error

    def write(self, _: str) -> int:
        raise self.failing


@pytest.mark.parametrize(
    ("error", "expected"),
    [(BrokenPipeError(32, "Broken pipe"), 0), (OSError(28, "No space left on device"), 30)],
)
def test_what_is_printed_costs_no_result(
    error: OSError, expected: int, toy_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = toy.write_scenario(toy_folder)
    arguments = ["sweep", str(scenario), "--vary", "choice.n_satellites=1", "--out", str(toy_folder / "out")]
    with redirect_stdout(Broken(error)):
        assert main(arguments) == expected
    assert names(toy_folder / "out") == {"sweep.csv", "sweep.json"}
    assert ("standard output" in capsys.readouterr().err) == bool(expected)


def test_what_goes_on_is_told_to_nobody(toy_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = toy.write_scenario(toy_folder)
    monkeypatch.setattr(sys, "stderr", Broken(OSError(28, "No space left on device")))
    arguments = ["sweep", str(scenario), "--vary", "choice.n_satellites=1", "--out", str(toy_folder / "out")]
    assert main(arguments) == 0
    assert names(toy_folder / "out") == {"sweep.csv", "sweep.json"}


@linux_only
@pytest.mark.parametrize(
    ("redirection", "expected"),
    [("<&- >&- 2>&-", 0), ("> /dev/full", 30)],
    ids=["closed", "full"],
)
def test_streams_that_are_closed_or_full(redirection: str, expected: int) -> None:
    command = f'"{sys.executable}" -m siting scenarios {redirection}'
    assert subprocess.run(command, shell=True, capture_output=True, check=False).returncode == expected


@posix_only
def test_letters_that_a_terminal_lacks_stop_nothing() -> None:
    poor = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "siting", "scenarios"]
    ended = subprocess.run(command, env={**os.environ, **poor}, capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert b"?" in ended.stdout


# What exit codes say


def all_errors(kind: type[errors.SitingError]) -> Iterator[type[errors.SitingError]]:
    yield kind
    for each in kind.__subclasses__():
        if each.__module__ == errors.__name__:
            yield from all_errors(each)


def test_the_table_of_exit_codes_is_that_of_the_code() -> None:
    text = (REPOSITORY / "docs" / "faults.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| (\d+) \| (\w+) \| (.+) \|$", text, re.MULTILINE)
    rows = {int(code): (name, said) for code, name, said in table}
    expected: dict[int, Any] = {}
    for kind in all_errors(errors.SitingError):
        said = (kind.__doc__ or "").split("\n")[0].split(";")[0].rstrip(".")
        expected[kind.exit_code] = (kind.__name__, said)
    assert rows.keys() == expected.keys()
    for code, (name, said) in expected.items():
        assert rows[code][0] == name
        assert rows[code][1].split(";")[0].lower() == said.lower()
