"""Work in other processes: in order, the same as here, and to its end though workers die."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import dask_processes
import distributed  # noqa: F401  (dask.config knows its settings from then on)
import numpy as np
import pytest
from dask_processes import is_running, wait_until

from siting import workers
from siting.errors import InfeasibleError, InputError, WorkersError
from siting.workers import InThisProcess, by_dask, connect, dask_workers, paying, workers_for

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows ends a process at once by either


def weigh(shared: dict[str, np.ndarray], item: int) -> tuple[int, bytes]:
    """Something that a computer may round in its own way."""
    return item, np.exp(shared["numbers"] * item).sum().tobytes()


SHARED = {"numbers": np.random.default_rng(7).random(20_000)}


def refuse(odd: set[int], item: int) -> int:
    if item in odd:
        message = f"item {item} cannot be had"
        raise InfeasibleError(message)
    return item


def stumble(_: None, item: int) -> float:
    return 1 / item


def who(_: None, __: int) -> int:
    return os.getpid()


def wait_to_be_killed(folder: Path, item: int) -> int:
    """Item 2 waits, the first time that it is done, for the end of its worker."""
    told = folder / "pid"
    if item == 2 and not told.exists():
        draft = folder / "draft"
        draft.write_text(str(os.getpid()))
        draft.rename(told)
        time.sleep(dask_processes.PATIENCE_SECONDS)
    return item**2


def die(odd: int, item: int) -> int:
    if item == odd:
        os.kill(os.getpid(), KILL)
    return item


def kill_who_waits(folder: Path) -> threading.Thread:
    def kill() -> None:
        wait_until((folder / "pid").exists, "a worker waits")
        os.kill(int((folder / "pid").read_text()), KILL)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    return thread


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dask_processes.Scheduler]:
    with dask_processes.scheduler(tmp_path_factory.mktemp("dask")) as running:
        running.start_worker()
        running.start_worker()
        yield running


@pytest.fixture(scope="module")
def two_here() -> Iterator[workers.Workers]:
    with dask_workers(n_workers=2) as two:
        yield two


@pytest.mark.parametrize("n_workers", [1, 3])
def test_any_number_of_workers_gives_the_same_bits_in_the_order_of_the_items(n_workers: int) -> None:
    items = list(range(12, 0, -1))
    here = InThisProcess().map(weigh, items, shared=SHARED)
    with dask_workers(n_workers=n_workers) as some:
        assert some.map(weigh, items, shared=SHARED) == here
    assert [item for item, _ in here] == items


def test_workers_are_other_processes_and_progress_only_grows(two_here: workers.Workers) -> None:
    told: list[tuple[int, int]] = []
    pids = two_here.map(who, range(8), shared=None, on_progress=lambda *count: told.append(count))
    assert os.getpid() not in pids
    assert told == [(done, 8) for done in range(1, 9)]
    assert two_here.map(who, [], shared=None) == []


def test_workers_join_in_when_it_pays_and_the_results_stay_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    with workers_for(6) as some:
        assert set(some.map(who, range(6), shared=None)) == {os.getpid()}
        monkeypatch.setattr(paying, "PAYS_SECONDS", 0.0)
        pids = some.map(who, range(6), shared=None, on_progress=lambda *count: told.append(count))
        assert some.map(weigh, [3, 2, 1], shared=SHARED) == InThisProcess().map(
            weigh, [3, 2, 1], shared=SHARED
        )
    assert pids[:2] == [os.getpid()] * 2
    assert os.getpid() not in pids[2:]
    assert told == [(done, 6) for done in range(1, 7)]


def test_progress_in_this_process_is_told_alike() -> None:
    told: list[tuple[int, int]] = []
    InThisProcess().map(who, range(3), shared=None, on_progress=lambda *count: told.append(count))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("where", ["here", "there"])
def test_the_first_failing_item_in_their_order_gives_the_error(where: str, two_here: workers.Workers) -> None:
    who_works = InThisProcess() if where == "here" else two_here
    with pytest.raises(InfeasibleError, match="item 3 cannot be had") as caught:
        who_works.map(refuse, range(10), shared={3, 4, 5, 9})
    assert caught.value.exit_code == InfeasibleError.exit_code
    assert who_works.map(refuse, range(3), shared={3}) == [0, 1, 2]  # and work goes on


def test_a_fault_of_the_program_keeps_its_own_kind_and_place(two_here: workers.Workers) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        two_here.map(stumble, [1, 0], shared=None)
    assert any(entry.name == "stumble" for entry in caught.traceback)


def test_a_worker_of_a_scheduler_that_is_killed_in_the_midst_of_work_is_survived(
    scheduler: dask_processes.Scheduler, tmp_path: Path
) -> None:
    killer = kill_who_waits(tmp_path)
    with dask_workers(scheduler=scheduler.address) as two:
        found = two.map(wait_to_be_killed, range(10), shared=tmp_path)
    killer.join()
    assert found == [item**2 for item in range(10)]
    scheduler.start_worker()


def test_what_all_need_is_sent_anew_when_the_only_worker_that_held_it_dies(tmp_path: Path) -> None:
    killer = kill_who_waits(tmp_path)
    told: list[int] = []
    with dask_workers(n_workers=1) as one:
        found = one.map(
            wait_to_be_killed, range(6), shared=tmp_path, on_progress=lambda done, _: told.append(done)
        )
    killer.join()
    assert found == [item**2 for item in range(6)]
    assert told == [1, 2, 3, 4, 5, 6]


def test_a_worker_that_dies_while_it_is_sent_to_is_survived(
    two_here: workers.Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    client: Any = two_here.client  # type: ignore[attr-defined]
    scatter, failing = client.scatter, [OSError("Stream is closed"), OSError("Stream is closed")]

    def fail_twice(*arguments: object, **more: object) -> object:
        if failing:
            raise failing.pop()
        return scatter(*arguments, **more)

    monkeypatch.setattr(client, "scatter", fail_twice)
    assert two_here.map(divmod, [2, 3], shared=7) == [(3, 1), (2, 1)]
    assert not failing


@pytest.mark.parametrize("n_workers", [1, 2])
def test_an_item_that_kills_every_worker_ends_the_work(
    n_workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_dask, "MOST_LOSSES", 2)
    expected = "workers? died .* most often for want of memory; take fewer workers"
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        dask_workers(n_workers=n_workers) as some,
        pytest.raises(WorkersError, match=expected),
    ):
        some.map(die, range(4), shared=2)


def test_workers_that_never_come_back_end_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_dask, "NO_WORKER_SECONDS", 1.0)
    with dask_processes.scheduler(tmp_path) as lonely:
        lonely.start_worker()
        killer = kill_who_waits(tmp_path)
        with dask_workers(scheduler=lonely.address) as one:
            with pytest.raises(WorkersError, match="all workers are gone, and none came back within 1 s"):
                one.map(wait_to_be_killed, range(6), shared=tmp_path)
            killer.join()


def test_a_scheduler_that_goes_away_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "CONNECT_SECONDS", 3.0)
    with dask_processes.scheduler(tmp_path) as doomed:
        doomed.start_worker()
        log = tmp_path / "log.txt"
        wait_until(lambda: "Register worker" in log.read_text(), "the scheduler has its worker")
        threading.Thread(
            daemon=True,
            target=lambda: (
                wait_until((tmp_path / "pid").exists, "a worker waits"),
                doomed.processes[0].kill(),
            ),
        ).start()
        with (
            pytest.raises(WorkersError, match="cannot be reached any more"),
            dask_workers(scheduler=doomed.address) as one,
        ):
            one.map(wait_to_be_killed, range(6), shared=tmp_path)


def test_a_scheduler_that_is_not_there_is_told_in_the_stated_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "CONNECT_SECONDS", 1.0)
    with socket.socket() as nobody, socket.create_server(("127.0.0.1", 0)) as deaf:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        for port in (nobody.getsockname()[1], deaf.getsockname()[1]):
            before = time.monotonic()
            address = f"tcp://127.0.0.1:{port}"
            expected = f"scheduler {address}: no dask scheduler answered there within 1 seconds"
            with pytest.raises(WorkersError, match=expected), dask_workers(scheduler=address):
                pass
            assert time.monotonic() - before < 20


def test_a_scheduler_without_workers_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "CONNECT_SECONDS", 2.0)
    with (
        dask_processes.scheduler(tmp_path) as idle,
        pytest.raises(WorkersError, match=f"had no workers within 2 seconds.*dask worker {idle.address}"),
        dask_workers(scheduler=idle.address),
    ):
        pass


def test_workers_of_another_version_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other" / "siting-9.9.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: siting\nVersion: 9.9\n")
    with dask_processes.scheduler(tmp_path) as running:
        running.start_worker([other.parent])
        with (
            pytest.raises(WorkersError, match=r"worker tcp://.*: siting is 9\.9 there and"),
            dask_workers(scheduler=running.address),
        ):
            pass


def test_workers_without_siting_are_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken" / "siting"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('no siting here')\n")
    with dask_processes.scheduler(tmp_path) as running:
        running.start_worker([broken.parent])
        with (
            pytest.raises(WorkersError, match=r"worker tcp://.*: siting cannot be used there"),
            dask_workers(scheduler=running.address),
        ):
            pass


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"scheduler": "host:8786"}, "must begin with tcp:// or tls://"),
        ({"scheduler": "tcp://host:8786", "n_workers": 2}, "are started there; leave out their number"),
        ({"n_workers": 0}, "must be 1 or more"),
    ],
)
def test_arguments_that_make_no_sense_are_told(arguments: dict[str, object], expected: str) -> None:
    with pytest.raises(InputError, match=expected), dask_workers(**arguments):  # type: ignore[arg-type]
        pass


def test_without_distributed_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"needs distributed.*'\.\[cluster\]'"), dask_workers():
        pass


def run_script(folder: Path, text: str) -> subprocess.Popen[str]:
    script = folder / "script.py"
    script.write_text(textwrap.dedent(text))
    environment = {**os.environ, "PYTHONPATH": str(dask_processes.TESTS), "TMPDIR": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(script)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups to send Ctrl-C to")
def test_ctrl_c_ends_the_workers_and_leaves_nothing_behind(tmp_path: Path) -> None:
    script = run_script(
        tmp_path,
        """
        import os, time
        from pathlib import Path
        from siting.workers import dask_workers
        from test_workers import wait_to_be_killed
        if __name__ == "__main__":
            with dask_workers(n_workers=2) as two:
                two.map(wait_to_be_killed, range(6), shared=Path.cwd())
        """,
    )
    wait_until(lambda: (tmp_path / "pid").exists() or script.poll() is not None, "a worker waits")
    worker = int((tmp_path / "pid").read_text())
    os.killpg(script.pid, signal.SIGINT)  # as a terminal does
    _, told = script.communicate(timeout=dask_processes.PATIENCE_SECONDS)
    assert told.strip().endswith("KeyboardInterrupt")
    # That of the script, which may tell what it was handling, and none of its workers.
    assert told.count("Traceback") == 1 + told.count("During handling of the above exception")
    wait_until(lambda: not is_running(worker), "the worker ends")
    assert {path.name for path in tmp_path.iterdir()} <= {"script.py", "pid"}


def test_what_fails_inside_dask_once_it_is_stopped_is_not_shown(tmp_path: Path) -> None:
    """Ctrl-C that meets dask before it has sent anything makes such a failure in its own thread."""
    script = run_script(
        tmp_path,
        """
        import logging
        from siting.workers import dask_workers
        if __name__ == "__main__":
            try:
                with dask_workers(n_workers=1):
                    raise KeyboardInterrupt
            except KeyboardInterrupt:
                for name in ("tornado.application", "distributed.client", "asyncio"):
                    logging.getLogger(name).error("Exception in callback")
        """,
    )
    _, told = script.communicate(timeout=dask_processes.PATIENCE_SECONDS)
    assert (told, script.returncode) == ("", 0)


def test_dask_s_log_speaks_again_when_work_has_ended_well() -> None:
    loggers = [logging.getLogger(name) for name in ("tornado.application", "distributed.gc", "asyncio")]
    before = [each.level for each in loggers]
    with connect._hushed():
        assert not any(each.isEnabledFor(logging.CRITICAL) for each in loggers)
    assert [each.level for each in loggers] == before


def test_a_script_without_its_guard_is_told_so(tmp_path: Path) -> None:
    script = run_script(
        tmp_path,
        """
        from siting.errors import WorkersError
        from siting.workers import dask_workers
        with dask_workers(n_workers=1) as one:
            pass
        """,
    )
    _, told = script.communicate(timeout=dask_processes.PATIENCE_SECONDS)
    assert "if __name__ == '__main__'" in told


def test_nothing_but_loopback_listens_and_nothing_is_left(tmp_path: Path) -> None:
    script = run_script(
        tmp_path,
        """
        import json, os, tempfile, psutil
        from siting.workers import dask_workers
        if __name__ == "__main__":
            with dask_workers(n_workers=1):
                us = [psutil.Process(), *psutil.Process().children(recursive=True)]
                heard = [each.laddr.ip for p in us for each in p.net_connections() if each.status == "LISTEN"]
            print(json.dumps(sorted(set(heard))))
        """,
    )
    heard, told = script.communicate(timeout=dask_processes.PATIENCE_SECONDS)
    assert told == ""
    assert json.loads(heard) == ["127.0.0.1"]
    assert [path.name for path in tmp_path.iterdir()] == ["script.py"]
