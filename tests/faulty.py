"""Real processes that go wrong when they are told to: killed, or out of disk, at their n-th change to files.

A `Warm` process has loaded siting once and forks a child for each command, so that hundreds cost no hundred
starts. Where there is a C compiler, every change is counted down to the single write (`faulty.c`), those of
libraries in other languages too; else those that Python's audit events tell of, and they can only be killed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

Fault = Literal["none", "kill before", "kill amid", "full disk", "broken once", "watched"]
MODES: dict[Fault, int] = {
    "none": 0,
    "kill before": 1,
    "kill amid": 2,
    "full disk": 3,
    "broken once": 4,
    "watched": 5,
}
TELLS, WAITS_FOR = "watched-tells", "watched-waits-for"
"""Pipes in the folder that a watched command works in: it stops at each change until it is told to go on."""
SOURCE = Path(__file__).with_name("faulty.c")
SERVICES = "FAKE_SERVICES"
"""Environment variable that says where `fetch` is to ask."""
CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate")
LOADED = (
    "siting.cli.command",
    "siting.study",
    "siting.present.files",
    "siting.present.report_files",
    "siting.saved",
    "siting.variants",
    "siting.journal",
    "siting.analysis.analyse",
    "siting.present.analysis.page",
    "siting.present.analysis.record",
    "siting.present.analysis.frames",
    "siting.present.reports.report",
    "siting.present.verifying",
    "siting.sources.build",
    "siting.present.sweep_text",
)


@dataclass(frozen=True)
class Ended:
    """How a child ended: its exit code, or minus the signal; what it told; the changes that it made."""

    code: int
    told: str
    n_changes: int

    @property
    def was_killed(self) -> bool:
        return self.code == -signal.SIGKILL


def compiled(folder: Path) -> Path | None:
    """Compile what makes processes faulty; None without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    library = folder / "faulty.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
    return library if subprocess.run(command, capture_output=True, check=False).returncode == 0 else None


class Warm:
    """A process that has loaded siting (and modules of one's own), and forks a child for each command."""

    def __init__(self, library: Path | None, *modules: str) -> None:
        self.is_thorough = library is not None
        more = {"LD_PRELOAD": str(library)} if library else {}
        one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # threads do not outlast a fork
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__)), *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **one_thread, **more},
            text=True,
        )

    def __enter__(self) -> Warm:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)

    @contextmanager
    def watched(
        self, command: Sequence[str], *, cwd: Path, **environment: str | None
    ) -> Iterator[Iterator[None]]:
        """Run a command that stops before and amid each change; give what stops there, one by one."""
        pipes = [cwd / name for name in (TELLS, WAITS_FOR)]
        for pipe in pipes:
            os.mkfifo(pipe)
        ended: list[Ended] = []

        def run() -> None:
            ended.extend(self.run(command, cwd=cwd, fault="watched", **environment))  # type: ignore[arg-type]

        def stops() -> Generator[None, None, None]:
            with pipes[0].open("rb", buffering=0) as told, pipes[1].open("wb", buffering=0) as tells:
                while told.read(1):
                    yield
                    tells.write(b".")

        running, looking = threading.Thread(target=run), stops()
        running.start()
        try:
            yield looking
        finally:
            looking.close()  # what waits there still, dies
            running.join()
            for pipe in pipes:
                pipe.unlink()
        assert ended[0].code == 0, ended[0].told

    def run(
        self,
        *commands: Sequence[str | Path],
        cwd: Path,
        fault: Fault = "none",
        at: int = 0,
        of_messages: bool = False,
        user: int | None = None,
        most: dict[str, int] | None = None,
        **environment: str | None,
    ) -> list[Ended]:
        """Run commands at the same time, each in a child of its own; a fault meets all of them.

        It comes at the n-th change to files, or message over the network. `user` is whom they run as, `most`
        their limits (RLIMIT_...); of the environment, what is None is taken away.
        """
        order = {
            "commands": [[str(part) for part in command] for command in commands],
            "cwd": str(cwd),
            "mode": MODES[fault],
            "at": at,
            "of_messages": of_messages,
            "user": user,
            "most": most or {},
            "environment": environment,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return [Ended(*each) for each in json.loads(self._process.stdout.readline())]


def warm_up() -> None:
    """Load what children would load each for itself: modules, texts, fonts."""
    for name in (*LOADED, *sys.argv[1:]):
        __import__(name)
    from siting.present.pictures.drawing import text_width
    from siting.present.words import LANGUAGES, read_texts

    for language in LANGUAGES:
        read_texts(language)
    text_width("x", 10.0)


def serve() -> None:
    warm_up()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        answers.write(json.dumps(answer(order)) + "\n")
        answers.flush()


def answer(order: dict[str, Any]) -> list[tuple[int, str, int]]:
    children = []
    for command in order["commands"]:
        told, tells = os.pipe()
        count, counts = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(told)
            os.close(count)
            child(order, command, tells, counts)
        os.close(tells)
        os.close(counts)
        children.append((pid, told, count))
    found = []
    for pid, told, count in children:
        text = read_all(told).decode(errors="replace")
        n_changes = int(read_all(count) or b"0")
        found.append((os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text, n_changes))
    return found


def read_all(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def child(order: dict[str, Any], command: list[str], tells: int, counts: int) -> None:
    """Run a command and end this process."""
    code = 1
    try:
        os.dup2(tells, 1)
        os.dup2(tells, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdout, sys.stderr = (os.fdopen(n, "w", encoding="utf-8", closefd=False) for n in (1, 2))
        os.chdir(order["cwd"])
        for name, value in order["environment"].items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})
        if SERVICES in os.environ:
            ask_instead(os.environ[SERVICES])
        limit(order["most"])
        if order["user"] is not None:
            os.setgroups([])
            os.setgid(order["user"])
            os.setuid(order["user"])
        from siting.cli.command import main

        calls = arm(order["mode"], order["at"], of_messages=order["of_messages"])
        code = main(command)
        os.write(counts, str(calls()).encode())
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def limit(most: dict[str, int]) -> None:
    import resource

    for name, value in most.items():
        resource.setrlimit(getattr(resource, name), (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as Python has it: an error, no signal


def ask_instead(address: str) -> None:
    """Let `fetch` ask services at another address than the public ones, and without patience."""
    from siting.sources import fetch
    from siting.sources.services.manners import Manners

    services = fetch.Services(
        **{each: f"{address}/{each}" for each in ("wfs", "pxweb", "overpass")}  # as tests/sources has them
    )
    quick = Manners(attempts=2, first_wait_seconds=0.01, longest_wait_seconds=0.05, interval_seconds=0)
    fetch.Services = lambda: services  # type: ignore[assignment,misc]
    fetch.Fetching = partial(fetch.Fetching, manners=quick)  # type: ignore[assignment,misc]


def arm(mode: int, at: int, *, of_messages: bool) -> Any:
    """Let the n-th change go wrong; give what counts the changes."""
    if os.environ.get("LD_PRELOAD", "").endswith("faulty.so"):
        import ctypes

        library = ctypes.CDLL(None)
        if mode == MODES["watched"]:
            library.faulty_watched(os.open(TELLS, os.O_WRONLY), os.open(WAITS_FOR, os.O_RDONLY))
        library.faulty_calls.restype = ctypes.c_long
        library.faulty_arm(mode or MODES["full disk"], ctypes.c_long(at if mode else 1 << 40), of_messages)
        return library.faulty_calls
    count = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        writes = (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if writes or event in CHANGES:
            count += 1
            if mode and count == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    return lambda: count


if __name__ == "__main__":
    serve()
