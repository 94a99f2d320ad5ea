"""Feeds a parser with broken inputs in a process of its own, so that a crash or a hang takes nothing else with it.

The process that feeds writes how many it tried, and the input it is at, where its parent sees them. With atheris
the inputs that reach new branches are broken further; without it, whole and kept ones are broken blindly.
"""

# ruff: noqa: E501

from __future__ import annotations

import contextlib
import importlib.util
import logging
import mmap
import os
import resource
import signal
import struct
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from .judge import ROOT, Fault, judge, shrunk
from .kept import keep, kept
from .mutate import MOST_BYTES
from .parser import Make, Parser

SITING = f"{ROOT}/siting/"
HAS_ATHERIS = importlib.util.find_spec("atheris") is not None
HEAD = struct.Struct("<qqq")
"""Inputs tried, inputs accepted, length of the one that is read now."""
MOST_MORE_MEGABYTES = 2_000
HANG_SECONDS = 600.0
"""Of wall time without a new input: beyond the alarm, which waits for Python to be back."""
MOST_CRASHES = 3
ATHERIS_SHARE = 0.15
"""Of mutations that are left to libFuzzer."""
WHOLE_SHARE = 0.4
"""Of the others that begin with a whole or kept input."""
MOST_KEPT_BYTES, MOST_KEPT_BYTES_EACH = 5_000, 2_500
"""Of inputs that are kept because they reach far, of one parser."""


@dataclass(frozen=True)
class Fed:
    """What came of feeding a parser."""

    tried: int
    accepted: int
    branches: int | None
    """That libFuzzer counted."""
    faults: dict[str, tuple[str, bytes]]
    """What was told and a small input, by kind and place of the fault."""


def feed(name: str, make: Make, seconds: float, folder: Path, *, seed: int = 1) -> Fed:
    """Feed a parser for so long (of processor time); what reaches new branches is left in `folder`/reached."""
    for each in ("reached", "faults", "work"):
        (folder / each).mkdir(exist_ok=True, parents=True)
    with mmap.mmap(-1, HEAD.size + MOST_BYTES) as shared:
        n_crashes = 0
        while n_crashes < MOST_CRASHES:
            again = partial(_feed, name, make, folder, shared, seconds=seconds, seed=seed + n_crashes)
            child = _forked(again, folder)
            status = _awaited(child, shared)
            if status == 0:
                break
            n_crashes += 1
            at = HEAD.unpack_from(shared)[2]
            _note(
                folder,
                Fault("crash", str(status), f"process ended with {status}"),
                bytes(shared[HEAD.size : HEAD.size + at]),
            )
        tried, accepted, _ = HEAD.unpack_from(shared)
    return Fed(tried, accepted, _branches(folder), _faults(folder))


def _forked(work: Callable[[], None], folder: Path) -> int:
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        with (folder / "log").open("ab") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        _bounded()
        work()
        code = 0
    except SystemExit as error:
        code = int(error.code or 0)
    except BaseException as error:
        print(f"the process that feeds failed: {error!r}", file=sys.stderr, flush=True)
    os._exit(code)


def _bounded() -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + MOST_MORE_MEGABYTES * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000_000, 500_000_000))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("always")


def _awaited(child: int, shared: mmap.mmap) -> int:
    """Wait for the process, and end it if it stands still."""
    seen, since = -1, time.monotonic()
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        n = HEAD.unpack_from(shared)[0]
        if n != seen:
            seen, since = n, time.monotonic()
        if time.monotonic() - since > HANG_SECONDS:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.05)


def _feed(name: str, make: Make, folder: Path, shared: mmap.mmap, *, seconds: float, seed: int) -> None:
    _at_work_in(folder)
    parser = make(folder / "work")
    first = [*parser.wholes(), *kept(name).values()]
    n_tried, n_accepted, _ = HEAD.unpack_from(shared)
    until = time.process_time() + seconds

    def try_one(data: bytes) -> None:
        nonlocal n_tried, n_accepted
        data = data[:MOST_BYTES]
        shared[HEAD.size : HEAD.size + len(data)] = data
        HEAD.pack_into(shared, 0, n_tried, n_accepted, len(data))
        verdict = judge(parser.read, data, parser.errors)
        n_tried += 1
        n_accepted += verdict == "accepted"
        HEAD.pack_into(shared, 0, n_tried, n_accepted, len(data))
        if isinstance(verdict, Fault):
            _note(folder, verdict, data)
        if time.process_time() > until:
            os._exit(0)

    if HAS_ATHERIS:
        _with_atheris(parser, first, try_one, folder, seed)
    else:
        rng = Random(seed)
        for data in first:
            try_one(data)
        while True:
            try_one(parser.mutate(rng.choice(first), rng, parser.tokens))


def _with_atheris(
    parser: Parser, first: list[bytes], try_one: Callable[[bytes], None], folder: Path, seed: int
) -> None:
    import atheris

    for k, data in enumerate(first):
        (folder / "reached" / f"first-{k}").write_bytes(data)

    def mutate(data: bytes, most: int, number: int) -> bytes:
        rng = Random(number)
        if rng.random() < ATHERIS_SHARE:
            return bytes(atheris.Mutate(data, most))
        # Else most would soon be refused for their first fault, since broken ones reach new branches, too.
        begin = rng.choice(first) if rng.random() < WHOLE_SHARE else bytes(data)
        return parser.mutate(begin, rng, parser.tokens)[:most]

    options = [f"-max_len={MOST_BYTES}", f"-seed={seed}", "-rss_limit_mb=0", "-timeout=600",
               "-len_control=0", "-reload=0", f"-artifact_prefix={folder}/"]  # fmt: skip
    atheris.Setup(["fuzz", *options, str(folder / "reached")], try_one, custom_mutator=mutate)
    atheris.Fuzz()


# --- faults, each written down once, by its smallest input ---


def _note(folder: Path, fault: Fault, data: bytes) -> None:
    name = "".join(each if each.isalnum() else "-" for each in fault.key)[:150]
    path = folder / "faults" / name
    if not path.exists() or path.stat().st_size > len(data):
        path.write_bytes(data)
        path.with_name(f"{name}.txt").write_text(
            f"{fault.key}\n{fault.told}", encoding="utf-8", errors="replace"
        )


def _faults(folder: Path) -> dict[str, tuple[str, bytes]]:
    found = {}
    for told in sorted((folder / "faults").glob("*.txt")):
        key, _, text = told.read_text(encoding="utf-8").partition("\n")
        found[key] = text, told.with_suffix("").read_bytes()
    return found


def _branches(folder: Path) -> int | None:
    log = (folder / "log").read_text(encoding="utf-8", errors="replace") if (folder / "log").exists() else ""
    counts = [int(line.split("cov: ")[1].split()[0]) for line in log.splitlines() if "cov: " in line]
    return counts[-1] if counts else None


def smaller(make: Make, key: str, data: bytes, folder: Path) -> bytes:
    """Take away from an input what its fault does not need; in a process of its own."""
    (folder / "small").mkdir(exist_ok=True, parents=True)
    path = folder / "small" / "it"
    path.write_bytes(data)

    def work() -> None:
        parser = make(folder / "small")

        def is_so(each: bytes) -> bool:
            verdict = judge(parser.read, each, parser.errors)
            return isinstance(verdict, Fault) and verdict.key == key

        path.write_bytes(shrunk(data, is_so))

    with contextlib.suppress(ChildProcessError):
        os.waitpid(_forked(work, folder), 0)
    return path.read_bytes()


def keep_far(name: str, make: Make, folder: Path) -> None:
    """Keep small inputs that take branches which the first ones do not; print how many branches there are."""

    def work() -> None:
        _at_work_in(folder)
        parser = make(folder / "work")
        own = {each: data for each, data in kept(name).items() if each.startswith("far")}
        known = set().union(*(_arcs(parser, data) for data in [*parser.wholes(), *_others(name)]))
        with_kept = known.union(*(_arcs(parser, data) for data in own.values()))
        reached, room = set(with_kept), MOST_KEPT_BYTES - sum(map(len, own.values()))
        for path in sorted((folder / "reached").iterdir(), key=lambda path: path.stat().st_size):
            data = path.read_bytes()
            if len(data) > min(room, MOST_KEPT_BYTES_EACH):
                break
            arcs = _arcs(parser, data)
            if not arcs <= reached:
                reached |= arcs
                room -= len(data)
                keep(name, data, "far")
        told = f"{len(known):,} steps from line to line; {len(with_kept):,} with what was kept; {len(reached):,} with what is kept now"
        (folder / "far").write_text(told, encoding="utf-8")

    os.waitpid(_forked(work, folder), 0)
    if (folder / "far").exists():
        print(f"  whole inputs take {(folder / 'far').read_text(encoding='utf-8')}")


def _others(name: str) -> list[bytes]:
    return [data for each, data in kept(name).items() if not each.startswith("far")]


def _arcs(parser: Parser, data: bytes) -> set[tuple[str, int, int]]:
    """Which line of the project came after which while an input was read."""
    found: set[tuple[str, int, int]] = set()

    def enter(frame: FrameType, *_: object) -> Any:
        if not frame.f_code.co_filename.startswith(SITING):
            return None
        last = frame.f_lineno

        def step(frame: FrameType, *_: object) -> Any:
            nonlocal last
            found.add((frame.f_code.co_filename, last, frame.f_lineno))
            last = frame.f_lineno
            return step

        return step

    sys.settrace(enter)
    try:
        judge(parser.read, data, parser.errors)
    finally:
        sys.settrace(None)
    return found


def _at_work_in(folder: Path) -> None:
    os.environ["TMPDIR"] = str(folder / "work")
    tempfile.tempdir = None
