"""What was done before a kill is not done again; and nothing is taken for it that is not."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

import dask_processes
import numpy as np
import pytest
import toy
from dask_processes import wait_until
from hypothesis import given
from hypothesis import strategies as st

import siting
from siting import journal as journals
from siting import study
from siting.analysis.analyse import analyse
from siting.cache import FOLDER_VARIABLE, NO_CACHE, Cache, default_cache
from siting.cli import main
from siting.dataset import Dataset
from siting.errors import InfeasibleError, InputError
from siting.journal import SIGN, Journal
from siting.plan import Plan, Status
from siting.present.disclosure import Gate
from siting.present.files import write_sweep
from siting.variants import sweep
from siting.workers import InThisProcess, workers_for

posix_only = pytest.mark.skipif(os.name != "posix", reason="files have no owners and modes there")
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows ends a process at once by either


def powers(shared: dict[str, np.ndarray], item: int) -> tuple[int, np.ndarray]:
    return item, np.exp(shared["numbers"] * item)


def roots(shared: dict[str, np.ndarray], item: int) -> tuple[int, np.ndarray]:
    return item, np.sqrt(shared["numbers"] * item)


def refuse(odd: int, item: int) -> int:
    if item == odd:
        message = f"item {item} cannot be had"
        raise InfeasibleError(message)
    return item


def count_in_a_file(folder: Path, item: int) -> int:
    """Note each item that is done; at item 5 the whole process is killed, once."""
    with (folder / "done").open("a") as file:
        file.write(f"{item}\n")
    if item == 5 and not (folder / "killed").exists():
        (folder / "killed").touch()
        os.kill(os.getpid(), KILL)
    return item**2


def give_nothing(_: object, __: object) -> None:
    pass


def as_a_plan(_: object, item: int) -> Plan:
    return Plan((f"S{item}",), (), Status.TIME_LIMIT, (), 0.1, days_per_week={f"S{item}": 2.5})


def as_a_path(_: object, item: int) -> Path:
    return Path(str(item))


SHARED = {"numbers": np.random.default_rng(7).random(50)}


@dataclass
class Watch:
    """Works as this process does, and notes what it was asked for."""

    asked: list[Any] = field(default_factory=list)

    def map(self, work: Any, items: Sequence[Any], **more: Any) -> list[Any]:
        self.asked += items
        return InThisProcess().map(work, items, **more)


class StopError(Exception):
    """Stands for whatever ends a process."""


def asked_for(
    folder: Path, items: Sequence[int], *, work: Any = powers, shared: Any = SHARED, finish: bool = False
) -> list[int]:
    """Do the work with a journal that is kept unless it is to finish; give what had to be done."""
    watch = Watch()
    with suppress(StopError), Journal(Cache(folder)) as journal:
        found = journal.remembering(watch).map(work, items, shared=shared)
        assert journals._digest(found) == journals._digest([work(shared, item) for item in items])
        if not finish:
            raise StopError
    return watch.asked


def records(folder: Path) -> list[Path]:
    return sorted(folder.glob("journal-*.records"))


def as_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# What stands there is not done again


def test_only_what_is_missing_is_done_and_the_results_are_the_same_bits(tmp_path: Path) -> None:
    assert asked_for(tmp_path, [1, 2, 3]) == [1, 2, 3]
    assert asked_for(tmp_path, [5, 3, 4, 1, 3]) == [5, 4]
    assert asked_for(tmp_path, [1, 2, 3, 4, 5]) == []


def test_what_is_finished_is_forgotten(tmp_path: Path) -> None:
    asked_for(tmp_path, [1, 2])
    asked_for(tmp_path, [1, 2], work=roots)
    assert len(records(tmp_path)) == 2
    assert asked_for(tmp_path, [1, 2, 3], finish=True) == [3]
    assert len(records(tmp_path)) == 1  # that of the other work
    assert asked_for(tmp_path, [1, 2]) == [1, 2]


def test_a_journal_serves_several_works_and_all_of_them_end_together(tmp_path: Path) -> None:
    with Journal(Cache(tmp_path)) as journal:
        who = journal.remembering(InThisProcess())
        for work in (powers, roots):
            who.map(work, [1, 2], shared=SHARED)
            who.map(work, [3], shared=SHARED)
        assert len(records(tmp_path)) == 2
    assert records(tmp_path) == []


def test_results_are_told_as_they_come_each_with_its_index_and_before_it_counts(tmp_path: Path) -> None:
    asked_for(tmp_path, [2, 4])
    told: list[Any] = []
    with Journal(Cache(tmp_path)) as journal:
        journal.remembering(InThisProcess(), on_known=lambda *each: told.append(("known", *each))).map(
            powers,
            [1, 2, 3, 4],
            shared=SHARED,
            on_progress=lambda *each: told.append(each),
            on_result=lambda index, result: told.append((index, "gives", result[0])),
        )
    assert told == [
        (1, "gives", 2),
        (3, "gives", 4),
        ("known", 2, 4),
        (2, 4),
        (0, "gives", 1),
        (3, 4),
        (2, "gives", 3),
        (4, 4),
    ]


def test_what_was_done_before_an_item_failed_is_known_and_the_error_stays_the_same(tmp_path: Path) -> None:
    for expected in ([0, 1, 2, 3, 4, 5], [3, 4, 5]):
        watch = Watch()
        with (
            pytest.raises(InfeasibleError, match="item 3 cannot be had"),
            Journal(Cache(tmp_path)) as journal,
        ):
            journal.remembering(watch).map(refuse, range(6), shared=3)
        assert watch.asked == expected


@pytest.mark.parametrize("who", ["here", "here and there"])
def test_all_kinds_of_workers_hand_over_results_as_they_come(
    who: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siting.workers.paying.PAYS_SECONDS", 0.0)
    asked_for(tmp_path, [3, 4, 8])
    items, told = list(range(9)), dict[int, Any]()
    workers = workers_for(9, n_workers=1 if who == "here" else None)
    with Journal(Cache(tmp_path)) as journal, workers as some:
        found = journal.remembering(some).map(powers, items, shared=SHARED, on_result=told.__setitem__)
        assert journals._digest(found) == journals._digest([powers(SHARED, item) for item in items])
        assert {index: result[0] for index, result in told.items()} == dict(enumerate(items))
        assert asked_for(tmp_path, items) == []


def test_values_of_our_own_are_read_back_as_they_were(tmp_path: Path) -> None:
    asked_for(tmp_path, [1, 2], work=as_a_plan)
    assert asked_for(tmp_path, [1, 2], work=as_a_plan) == []


def test_values_of_our_own_are_kept_however_python_pickles_an_enum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.11.2 does it by `getattr`, which no reader should call."""
    monkeypatch.setattr(Enum, "__reduce_ex__", lambda self, _: (getattr, (type(self), self.name)))
    assert asked_for(tmp_path, [1, 2], work=as_a_plan) == [1, 2]
    assert asked_for(tmp_path, [1, 2], work=as_a_plan) == []


# Killed


def test_a_process_that_is_killed_in_the_midst_of_work_goes_on_where_it_was(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from siting.cache import Cache\n"
        "from siting.journal import Journal\n"
        "from siting.workers import InThisProcess\n"
        "from test_journal import count_in_a_file\n"
        "here = Path(__file__).parent\n"
        "with Journal(Cache(here / 'cache')) as journal:\n"
        "    print(journal.remembering(InThisProcess()).map(count_in_a_file, range(9), shared=here))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(dask_processes.TESTS)}

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False
        )

    assert run().returncode != 0
    assert len(records(tmp_path / "cache")) == 1
    assert run().stdout.strip() == str([item**2 for item in range(9)])
    assert (tmp_path / "done").read_text().split() == list("012345" + "5678")
    assert records(tmp_path / "cache") == []


VARY = ["--vary", "choice.n_satellites=0,1,2,9", "--vary", "roles.staff_cost_sek_per_hour=400,450"]
DRAW = ["--draw", "travel.speed_factor=uniform(0.5,2)", "--draws", "5"]
N_VARIANTS = 4 * 2 * 5


@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_sweep_that_is_killed_goes_on_where_it_was_and_gives_the_same_files(
    n_workers: int, toy_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = toy_folder / "cache"
    monkeypatch.setenv(FOLDER_VARIABLE, str(cache))
    journals._source_digest.cache_clear()  # somebody may be at work on the source
    arguments = ["sweep", str(toy.write_scenario(toy_folder)), *VARY, *DRAW]
    killed = subprocess.Popen(
        [sys.executable, "-m", "siting", *arguments, "--workers", str(n_workers), "--out", "killed"],
        cwd=toy_folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: any(path.stat().st_size > 5_000 for path in records(cache)), "some are answered")
    assert killed.poll() is None
    killed.kill()
    killed.wait()
    assert not (toy_folder / "killed").exists()

    solved, run = [], study.run
    monkeypatch.setattr(study, "run", lambda *rest, **more: (solved.append(rest), run(*rest, **more))[1])
    assert main([*arguments, "--workers", "1", "--out", str(toy_folder / "resumed")]) == 0
    told = capsys.readouterr().err
    n_known = N_VARIANTS - len(solved)
    assert 0 < n_known < N_VARIANTS
    assert f"toy: {n_known} of {N_VARIANTS} variants are known from a sweep that was cut short" in told
    assert records(cache) == []

    assert main([*arguments, "--workers", "1", "--out", str(toy_folder / "whole"), "--no-cache"]) == 0
    assert len(solved) == 2 * N_VARIANTS - n_known
    assert as_bytes(toy_folder / "resumed") == as_bytes(toy_folder / "whole")
    assert "are known" not in capsys.readouterr().err


def test_an_analysis_that_is_cut_short_goes_on_where_it_was(toy_folder: Path) -> None:
    """Nothing that its parts share with workers tells of the clock, or it would never be known again."""
    uncertain = {"draws": 10, "draw": {"travel.speed_factor": "uniform(0.8,1.2)"}}
    given = {"uncertainty": uncertain, "municipalities": {"most_leaving": 1}}
    path = toy.write_scenario(toy_folder, analysis=given)
    asked: list[int] = []
    for _ in range(2):
        watch = Watch()
        with suppress(StopError), Journal(Cache(toy_folder / "cache")) as journal:
            analyse(path, ("uncertainty", "municipalities"), workers=nullcontext(watch), journal=journal)
            raise StopError
        asked.append(len(watch.asked))
    assert asked[0] >= 10 + 2  # draws, and two municipalities that leave
    assert asked[1] == 0


# What is no longer the same question


@pytest.fixture
def answered(toy_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Sweeps the toy, is cut short before the end, and says how many variants had to be answered."""
    toy.write_scenario(toy_folder)

    def cut_short(**more: Any) -> int:
        n_solved, run = 0, study.run

        def count(*rest: Any, **others: Any) -> Any:
            nonlocal n_solved
            n_solved += 1
            return run(*rest, **others)

        wanted = {"vary": {"choice.n_satellites": [0, 1]}, "cache": Cache(toy_folder / "cache"), **more}
        with monkeypatch.context() as patch, suppress(StopError), Journal(wanted["cache"]) as journal:
            patch.setattr(study, "run", count)
            sweep(toy_folder / "toy.yaml", **wanted, journal=journal)
            raise StopError
        return n_solved

    return cut_short


def test_more_values_of_the_same_key_meet_the_answers_of_before(answered: Callable[..., int]) -> None:
    assert [answered(), answered()] == [2, 0]
    assert answered(vary={"choice.n_satellites": [0, 1, 2]}) == 1


def test_another_scenario_is_another_question(answered: Callable[..., int], toy_folder: Path) -> None:
    answered()
    toy.write_scenario(toy_folder, demand=toy.demand_section(alpha=0.4))
    assert [answered(), answered()] == [2, 0]
    toy.write_scenario(toy_folder)
    assert answered() == 0  # the answers to the first question are there still


def test_another_dataset_is_another_question(answered: Callable[..., int], toy_folder: Path) -> None:
    answered()
    cells = toy_folder / "data" / "cells.csv"
    text = cells.read_text(encoding="utf-8")
    cells.write_text(text.replace(",100.0\n", ",90.0\n", 1), encoding="utf-8")
    assert cells.read_text(encoding="utf-8") != text
    assert main(["seal", str(toy_folder / "data")]) == 0
    assert [answered(), answered()] == [2, 0]


@pytest.mark.parametrize("name", ["siting", "numpy", "highspy"])
def test_another_version_is_another_question(
    answered: Callable[..., int], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered()
    others = journals._versions.__wrapped__
    real = journals.version
    monkeypatch.setattr(journals, "version", lambda each: "99" if each == name else real(each))
    monkeypatch.setattr(journals, "_versions", others)
    assert [answered(), answered()] == [2, 0]


def test_another_source_of_the_same_version_is_another_question(
    answered: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    answered()
    monkeypatch.setattr(journals, "_source_digest", lambda: b"another")
    assert [answered(), answered()] == [2, 0]


def test_the_source_that_is_digested_is_all_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "siting"
    (package / "deep").mkdir(parents=True)
    monkeypatch.setattr(journals, "__file__", str(package / "journal.py"))
    found = set()
    for content in ("x = 1", "x = 2", "x = 1\n"):
        (package / "deep" / "module.py").write_text(content)
        found.add(journals._source_digest.__wrapped__())
    assert len(found) == 3


def test_a_file_of_minutes_that_was_changed_is_another_question(
    answered: Callable[..., int], toy_folder: Path
) -> None:
    """Each of two variants has ways of its own, so the workers read the files, not who asks."""
    toy.write_scenario(
        toy_folder,
        travel={
            "access_speed_km_per_hour": 60,
            "modes": {
                "taxi": {
                    "title": {"sv": "taxi", "en": "taxi"},
                    "matrix": "taxi.csv",
                    "origin_column": "cell",
                    "destination_column": "site",
                    "minutes_column": "minutes",
                    "basis": {"matrix": {"sv": "påhittat", "en": "made up"}},
                }
            },
        },
    )

    def write(minutes: float) -> None:
        cells = (line.split(",")[0] for line in (toy_folder / "data" / "cells.csv").read_text().splitlines())
        rows = [f"{cell},{site},{minutes}" for cell in list(cells)[1:] for site in "ABCD"]
        (toy_folder / "taxi.csv").write_text("\n".join(["cell,site,minutes", *rows]) + "\n")

    vary = {"travel.speed_factor": [0.9, 1.1]}
    write(10)
    assert [answered(vary=vary), answered(vary=vary)] == [2, 0]
    write(11)
    assert answered(vary=vary) == 2


def test_the_county_s_question_is_the_same_in_every_process(dalarna: Dataset, tmp_path: Path) -> None:
    """Tables, arrays from the cache or just measured, sets of texts: nothing of them hangs on the process."""
    text = (
        "import siting\n"
        "from siting.dataset import load_dataset\n"
        "from siting.journal import _digest\n"
        "outcome = siting.run('two-mains-satellites', dataset=load_dataset('dalarna'))\n"
        "print(_digest(outcome).hex())\n"
    )
    digests = {  # the second meets the first one's cache
        journals._digest(siting.run("two-mains-satellites", dataset=dalarna)).hex() for _ in range(2)
    }
    environment = {**os.environ, "PYTHONHASHSEED": "1", FOLDER_VARIABLE: str(tmp_path)}
    found = subprocess.run(
        [sys.executable, "-c", text], env=environment, capture_output=True, text=True, check=True
    )
    assert digests == {found.stdout.strip()}


class Colour(Enum):
    RED = 1
    BLUE = 2


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(Colour)
    | st.frozensets(st.text()),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, VALUES)
def test_digests_are_the_same_for_equal_values_and_for_no_others(one: object, other: object) -> None:
    copy = pickle.loads(pickle.dumps(one))
    assert journals._digest(one) == journals._digest(copy)
    if repr(one) != repr(other):  # 1, 1.0 and True are three values here
        same = isinstance(one, frozenset) and one == other
        assert (journals._digest(one) == journals._digest(other)) == same


@pytest.mark.parametrize(
    "other",
    [
        np.arange(6, dtype=np.float32),
        np.arange(6, dtype=np.int64),
        np.arange(6.0).reshape(2, 3),
        np.arange(6.0)[::-1],
        np.append(np.arange(5.0), np.nextafter(5.0, 6.0)),
    ],
)
def test_arrays_that_differ_in_anything_have_other_digests(other: np.ndarray) -> None:
    assert journals._digest(other) != journals._digest(np.arange(6.0))


def test_the_seconds_that_a_plan_took_are_no_part_of_the_question() -> None:
    plan = as_a_plan(None, 1)
    assert journals._digest(plan) == journals._digest(replace(plan, solve_seconds=9.9))
    for other in (replace(plan, days_per_week={"S1": 2.0}), replace(plan, status=Status.OPTIMAL)):
        assert journals._digest([plan]) != journals._digest([other])


# Files that are cut off, altered, or not our own


def test_a_record_that_is_cut_off_is_done_again_and_those_before_it_stand(tmp_path: Path) -> None:
    asked_for(tmp_path, [1, 2, 3])
    (path,) = records(tmp_path)
    whole = path.read_bytes()
    one = (len(whole) - len(SIGN)) // 3
    found = Journal(Cache(tmp_path)).records_of(powers, [1, 2, 3], SHARED)
    assert found is not None
    kept, names = found
    edges = {len(SIGN) + k * one + step for k in range(4) for step in (-1, 0, 1)} - {
        len(whole),
        len(whole) + 1,
    }
    for length in sorted({*range(0, len(whole), 13), *edges}, reverse=True):
        path.write_bytes(whole[:length])
        n_whole = max(0, length - len(SIGN)) // one
        assert set(kept.read(names)) == set(range(n_whole))
    path.write_bytes(whole[:-1])
    assert asked_for(tmp_path, [1, 2, 3]) == [3]


def test_no_altered_byte_goes_unnoticed(tmp_path: Path) -> None:
    asked_for(tmp_path, [1])
    (path,) = records(tmp_path)
    whole = path.read_bytes()
    for at in range(len(whole)):
        altered = bytearray(whole)
        altered[at] ^= 0x40
        assert dict(journals._whole_records(bytes(altered))) == {}, at


@pytest.mark.parametrize("days", [-1, 1, 10_000])
def test_a_clock_that_was_put_back_or_on_loses_nothing(days: int, tmp_path: Path) -> None:
    """What was written yesterday may bear the date of tomorrow."""
    asked_for(tmp_path, [1, 2])
    for path in records(tmp_path):
        then = path.stat().st_mtime + days * 24 * 3600
        os.utime(path, (then, then))
    assert asked_for(tmp_path, [1, 2, 3]) == [3]


def test_two_processes_at_the_same_work_write_beside_each_other(tmp_path: Path) -> None:
    with Journal(Cache(tmp_path)) as one, suppress(StopError), Journal(Cache(tmp_path)) as other:
        one.remembering(InThisProcess()).map(powers, [1, 2], shared=SHARED)
        other.remembering(InThisProcess()).map(powers, [3, 4], shared=SHARED)
        one.remembering(InThisProcess()).map(powers, [5], shared=SHARED)
        assert len(records(tmp_path)) == 2
        assert asked_for(tmp_path, [1, 2, 3, 4, 5]) == []
        raise StopError


def test_one_that_finishes_does_not_disturb_another(tmp_path: Path) -> None:
    with Journal(Cache(tmp_path)) as slow:
        who = slow.remembering(InThisProcess())
        who.map(powers, [1], shared=SHARED)
        asked_for(tmp_path, [1, 2], finish=True)
        assert [item for item, _ in who.map(powers, [1, 2, 3], shared=SHARED)] == [1, 2, 3]
    assert records(tmp_path) == []


@posix_only
def test_files_are_for_the_user_alone(tmp_path: Path) -> None:
    asked_for(tmp_path / "cache", [1])
    (path,) = records(tmp_path / "cache")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@posix_only
@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_may_write_is_not_read(tmp_path: Path, mode: int) -> None:
    asked_for(tmp_path, [1])
    records(tmp_path)[0].chmod(mode)
    assert asked_for(tmp_path, [1]) == [1]


@posix_only
def test_a_folder_that_others_may_write_is_neither_read_nor_written(tmp_path: Path) -> None:
    asked_for(tmp_path, [1])
    tmp_path.chmod(0o770)
    assert asked_for(tmp_path, [1, 2]) == [1, 2]
    assert len(records(tmp_path)) == 1


@posix_only
def test_what_belongs_to_another_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for(tmp_path, [1])
    another = os.geteuid() + 1
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: another)
        assert asked_for(tmp_path, [1]) == [1]
    assert asked_for(tmp_path, [1]) == []


@posix_only
def test_links_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    asked_for(folder, [1])
    (path,) = records(folder)
    path.symlink_to(path.rename(tmp_path / "elsewhere"))
    assert asked_for(folder, [1]) == [1]


class Trap:
    """Runs a program where it is read back without care."""

    def __init__(self, call: Callable[..., object], *rest: object) -> None:
        self.way = call, rest

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.way


@pytest.mark.parametrize(
    "call", [os.mkdir, eval, getattr, main, siting.run, np.load, Path, subprocess.Popen], ids=str
)
def test_reading_runs_nothing(call: Callable[..., object], tmp_path: Path) -> None:
    """A file that somebody else made, all its digests right: its record is dropped and nothing happens."""
    mark = tmp_path / "mark"
    with Journal(Cache(tmp_path)) as journal:
        found = journal.records_of(powers, [1], SHARED)
        assert found is not None
        kept, (name,) = found
        content = pickle.dumps(Trap(call, str(mark)))
        kept._write(journals._record(name, content))
        assert dict(journals._whole_records(records(tmp_path)[0].read_bytes())) == {name: content}
        assert kept.read([name]) == {}
    assert not mark.exists()


def test_pickles_that_once_passed_for_results_do_nothing(tmp_path: Path) -> None:
    """One made an array of addresses, which ends the process; one gave a class of ours another method."""
    count = Gate.count
    method = b"\x80\x04csiting.present.disclosure\nGate\nN}\x8c\x05countcsiting.plan\nPlan\ns\x86b."
    addresses = pickle.dumps(Trap(np.ndarray, (1,), np.dtype("O"), b"A" * 8))
    with Journal(Cache(tmp_path)) as journal:
        found = journal.records_of(powers, [1, 2], SHARED)
        assert found is not None
        kept, names = found
        for name, content in zip(names, (method, addresses), strict=True):
            kept._write(journals._record(name, content))
        assert kept.read(names) == {}
    assert Gate.count is count


def test_results_that_may_not_be_read_back_are_told_and_not_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert asked_for(tmp_path, [1, 2], work=as_a_path) == [1, 2]
    assert asked_for(tmp_path, [1, 2], work=as_a_path) == [1, 2]
    assert "results are not kept from here on: pathlib" in caplog.text
    assert records(tmp_path) == []


# Where nothing can be kept


def test_without_a_cache_nothing_is_written(toy_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = toy_folder / "cache"
    monkeypatch.setenv(FOLDER_VARIABLE, str(cache))
    arguments = ["sweep", str(toy.write_scenario(toy_folder)), "--vary", "choice.n_satellites=0,1"]
    real = journals._Records.append
    seen: list[Path] = []
    monkeypatch.setattr(
        journals._Records, "append", lambda self, *rest: (real(self, *rest), seen.extend(records(cache)))[0]
    )
    assert main([*arguments, "--workers", "1", "--out", str(toy_folder / "one"), "--no-cache"]) == 0
    assert not cache.exists()
    assert seen == []
    assert main([*arguments, "--workers", "1", "--out", str(toy_folder / "two")]) == 0
    assert len(seen) == 2
    assert records(cache) == []


def test_a_sweep_in_python_forgets_when_all_is_answered(toy_folder: Path) -> None:
    cache = Cache(toy_folder / "cache")
    seen: list[int] = []
    swept = sweep(
        toy.write_scenario(toy_folder),
        vary={"choice.n_satellites": [0, 1]},
        cache=cache,
        on_progress=lambda _: seen.append(len(records(toy_folder / "cache"))),
    )
    assert seen[-1] == 1
    assert records(toy_folder / "cache") == []
    write_sweep(swept, toy_folder / "out")


def test_what_cannot_be_written_stays_known_until_it_is(
    toy_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A long sweep whose files cannot be written in the end is not lost."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(toy_folder / "cache"))
    arguments = ["sweep", str(toy.write_scenario(toy_folder)), "--vary", "choice.n_satellites=0,1"]
    arguments += ["--workers", "1", "--out", str(toy_folder / "out")]
    with monkeypatch.context() as patch:

        def fail(*_: Any) -> Path:
            message = "the disk is full"
            raise siting.errors.OutputError(message)

        patch.setattr("siting.present.files.write_sweep", fail)
        assert main(arguments) == siting.errors.OutputError.exit_code
    capsys.readouterr()
    assert main(arguments) == 0
    assert "2 of 2 variants are known" in capsys.readouterr().err


def test_a_disk_that_is_full_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    written: list[bytes] = []

    def fill_up(_: object, record: bytes) -> None:
        written.append(record)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journals._Records, "_write", fill_up)
    assert asked_for(tmp_path, [1, 2, 3]) == [1, 2, 3]
    assert len(written) == 1
    assert "not kept from here on: [Errno 28] No space left" in caplog.text


def test_a_journal_grows_no_larger_than_its_cache(tmp_path: Path) -> None:
    with suppress(StopError), Journal(Cache(tmp_path, most_bytes=1500)) as journal:
        journal.remembering(InThisProcess()).map(powers, range(9), shared=SHARED)
        raise StopError
    assert sum(path.stat().st_size for path in records(tmp_path)) <= 1500
    assert asked_for(tmp_path, range(9)) == [2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("work", [lambda _, item: item, divmod])
def test_a_work_that_has_no_place_in_a_module_is_done_and_not_kept(work: Any, tmp_path: Path) -> None:
    """Two of them could not be told apart."""
    for _ in range(2):
        assert asked_for(tmp_path, [1, 2], work=work, shared=7) == [1, 2]
    assert records(tmp_path) == []


@pytest.mark.parametrize("what", ["shared", "item"])
def test_what_cannot_be_digested_is_worked_on_and_not_kept(what: str, tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as file, Journal(Cache(tmp_path)) as journal:
        shared, item = (file, 1) if what == "shared" else (1, file)
        found = journal.remembering(InThisProcess()).map(give_nothing, [item, item], shared=shared)
        assert found == [None, None]
        assert records(tmp_path) == []


def test_the_oldest_make_room_and_those_nobody_came_back_to_are_dropped(tmp_path: Path) -> None:
    asked_for(tmp_path, [1])
    (old,) = records(tmp_path)
    foreign = tmp_path / "journal-of-mine.records"
    foreign.write_text("dear diary")
    for path in (old, foreign):
        os.utime(path, (1, time.time() - journals.MOST_SECONDS - 1))
    asked_for(tmp_path, [1], work=roots)
    assert not old.exists()
    (young,) = (path for path in records(tmp_path) if path != foreign)
    Cache(tmp_path, most_bytes=100).make_room()
    assert not young.exists()
    assert foreign.exists()


def test_the_default_is_the_user_s_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "cache"))
    with Journal() as journal:
        journal.remembering(InThisProcess()).map(powers, [1], shared=SHARED)
        assert len(records(default_cache().folder or Path())) == 1
    with Journal(NO_CACHE) as journal:
        assert journal.records_of(powers, [1], SHARED) is None


def test_a_sweep_that_no_variant_can_answer_is_an_error_as_before(toy_folder: Path) -> None:
    cache = Cache(toy_folder / "cache")
    with pytest.raises(InputError, match="only 4 may host"):
        sweep(toy.write_scenario(toy_folder), vary={"choice.n_satellites": [9]}, cache=cache)
    assert records(toy_folder / "cache") == []
