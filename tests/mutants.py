"""Changes model and evaluation a little, one place at a time, and counts which changes the tests notice.

    python tests/mutants.py --sample 100
    python tests/mutants.py --files siting/evaluate.py siting/optimise/cuts.py

Each mutant is a copy of one module in memory with one operator, number or truth value exchanged
(`mutations.py`). In a forked process of its own it meets the tests that pass its line, the quickest first. A
mutant on which none of them fails survives, and is printed. The tests are gathered once, and a changed
function takes the place of the old one in a process that has loaded all; only what runs when a module is
imported (constants, defaults) is loaded anew. Left out: functions that are compiled to machine code, of which
Python sees nothing, and changes that change nothing (`mutants_equal.toml`, with reasons). Not part of the
default run. Needs fork, so no Windows.

mutmut 3 was not taken: it leaves decorated functions out, thus all properties.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import importlib.machinery
import io
import itertools
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from mutations import MODULE, ROOT, Mutant, changed_tree, mutants, without_equal


def files_in(folder: str, pattern: str) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / folder).glob(pattern))]


DEFAULT_FILES = [
    *("siting/evaluate.py", "siting/comparison.py", "siting/frontier.py"),
    *files_in("siting/optimise", "*.py"),
]
"""Model and evaluation; not `optimise/median`, which is compiled and of which Python sees nothing."""
CONCERNED = ("evaluate", "compare", "distribution", "frontier", "lying_solvers", "analysis_stages")
DEFAULT_TESTS = [
    *(f"tests/test_{name}.py" for name in CONCERNED),
    *files_in("tests", "test_*_edges.py"),
    *(path for path in files_in("tests/optimise", "test_*.py") if "median" not in path),
]
SLOWEST_SECONDS = 4.0
"""Tests that took longer before any change are not asked."""
MOST_SECONDS = 15.0
"""Of the others, the quickest that together take no longer: what only slow tests would notice survives."""
MOST_SURVEY_SECONDS = 3600
BROKEN = 70
FOREIGN = (
    *("numpy", "scipy.optimize", "scipy.sparse.csgraph", "scipy.spatial", "scipy.special", "pandas"),
    *("geopandas", "pulp", "highspy", "pydantic", "numba", "shapely", "pyproj", "pyogrio", "osmnx"),
    *("ruamel.yaml", "playwright.sync_api", "babel", "requests", "coverage"),
)
"""Imported once, before the forks."""

Lines = dict[str, dict[int, list[str]]]
"""Of each file and line, the tests that pass it."""


# --- pytest ---


def run_tests(tests: list[str], plugins: list[object]) -> int:
    import pytest

    options = ["-x", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "--hypothesis-seed=0"]
    options.append(f"--basetemp={scratch()}")
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        return int(pytest.main([*options, *tests], plugins=[NoDeadline(), *plugins]))


def scratch() -> str:
    """Give this process's own folder, nobody else's to clear."""
    return f"{tempfile.gettempdir()}/siting-mutants-{os.getpid()}"


class NoDeadline:
    """A slow machine fails no property, and so kills no mutant."""

    def pytest_configure(self) -> None:
        from hypothesis import settings

        settings.register_profile("mutants", deadline=None)
        settings.load_profile("mutants")


class Watch:
    """Notes which lines each test passes, and how long it takes."""

    def __init__(self, files: list[str]) -> None:
        import coverage

        self.coverage = coverage.Coverage(data_file=None, include=[str(ROOT / file) for file in files])
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()
        self.started = 0.0

    def pytest_runtest_setup(self, item: Any) -> None:
        self.coverage.switch_context(item.nodeid)
        self.started = time.process_time()  # so that it does not matter what else runs on the machine

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] = time.process_time() - self.started
        if report.failed:
            self.failed.add(report.nodeid)

    @property
    def seconds_of_passed(self) -> dict[str, float]:
        return {test: each for test, each in self.seconds.items() if test not in self.failed}

    def lines(self, files: list[str]) -> Lines:
        data = self.coverage.get_data()
        return {file: data.contexts_by_lineno(str(ROOT / file)) for file in files}


class Gathered:
    """In the place of the run of the tests: a survey of them, then the mutants."""

    def __init__(self, then: Callable[[Any, Lines, dict[str, float]], None], files: list[str]) -> None:
        self.then, self.files = then, files

    def pytest_runtestloop(self, session: Any) -> bool:
        answer = multiprocessing.get_context("fork").Queue()
        watcher = forked(lambda: self._watch(session, answer))
        lines, seconds = answer.get(timeout=MOST_SURVEY_SECONDS)
        watcher.join()
        self.then(session, lines, seconds)
        return True

    def _watch(self, session: Any, answer: Any) -> int:
        watch = Watch(self.files)
        session.config.pluginmanager.register(watch)
        watch.coverage.start()
        run_items(session, session.items, until_failed=False)
        watch.coverage.stop()
        answer.put((watch.lines(self.files), watch.seconds_of_passed))
        answer.close()
        answer.join_thread()
        return 0


def run_items(session: Any, items: list[Any], *, until_failed: bool = True) -> int:
    """Run tests that were gathered; return the exit code."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed and until_failed:
            return 1
    return int(session.testsfailed > 0)


# --- forks ---


def forked(work: Callable[[], int], limit_seconds: int = MOST_SURVEY_SECONDS) -> Any:
    """Start work in a process of its own; its exit code is what the work gives."""

    def run() -> None:
        import resource  # where there is fork; the file is read for doctests everywhere

        resource.setrlimit(resource.RLIMIT_CPU, (limit_seconds, limit_seconds))
        try:
            code = work()
        except BaseException:  # a fault of the run itself kills no mutant
            code = BROKEN
        shutil.rmtree(scratch(), ignore_errors=True)
        os._exit(code)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    return process


def put_in(mutant: Mutant) -> None:
    """Give the functions of a loaded module their changed code."""
    path = str(ROOT / mutant.file)
    changed = {_name(code): code for code in _functions(compile(changed_tree(mutant), path, "exec"))}
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename == path:
            each.__code__ = changed[_name(each.__code__)]


def _functions(code: CodeType) -> Iterable[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _functions(inner)


def _name(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def loaded_anew(mutant: Mutant, tests: list[str]) -> int:
    """Run the tests in a process that has not loaded siting yet."""
    tree, path = changed_tree(mutant), str(ROOT / mutant.file)
    get_code = importlib.machinery.SourceFileLoader.get_code

    def changed(self: importlib.machinery.SourceFileLoader, name: str) -> Any:
        return compile(tree, path, "exec") if self.path == path else get_code(self, name)

    importlib.machinery.SourceFileLoader.get_code = changed  # type: ignore[method-assign]
    return run_tests(tests, [])


def in_place(session: Any, mutant: Mutant, tests: list[str]) -> int:
    put_in(mutant)
    by_name = {item.nodeid: item for item in session.items}
    return run_items(session, [by_name[test] for test in tests])


def passing_tests(mutant: Mutant, lines: dict[int, list[str]], seconds: dict[str, float]) -> list[str]:
    """Give the tests that pass the statement; those that pass the file, where it runs when imported."""
    passing = {test for line in mutant.lines for test in lines.get(line, []) if test}
    if mutant.place == MODULE:
        passing = {test for tests in lines.values() for test in tests if test}
    usable = (
        test for test in passing if seconds.get(test, float("inf")) <= SLOWEST_SECONDS
    )  # failed: not there
    quick = sorted(usable, key=lambda test: seconds[test])
    taken = itertools.accumulate(seconds[test] for test in quick)
    return [test for test, so_far in zip(quick, taken, strict=True) if so_far <= MOST_SECONDS]


def fate(work: Callable[[], int], tests: list[str], seconds: dict[str, float]) -> str:
    if not tests:
        return "not tested"
    limit = int(20 + 5 * sum(seconds[test] for test in tests))
    process = forked(work, limit)
    process.join(20 * limit)  # of the clock, for what waits and does not count
    if process.is_alive():
        process.kill()
        process.join()
    if process.exitcode in (-signal.SIGXCPU, -signal.SIGKILL):
        return "hung"
    return {0: "survived", 1: "killed", 2: "killed"}.get(process.exitcode or 0, "run broken")


# --- the command ---


class Tally:
    """Counts what became of the mutants, and tells of those that live."""

    def __init__(self, minutes: float) -> None:
        self.fates: Counter[str] = Counter()
        self.out = os.fdopen(os.dup(sys.stdout.fileno()), "w")  # pytest takes the other
        self.deadline = time.monotonic() + 60 * minutes

    def take(self, mutant: Mutant, end: str) -> None:
        self.fates[end] += 1
        if end not in ("killed", "hung"):
            self.say(f"{self.fates.total():4d} {end}: {mutant}")

    def say(self, text: str) -> None:
        print(text, file=self.out, flush=True)

    @property
    def is_late(self) -> bool:
        return time.monotonic() > self.deadline


def try_all(asked: argparse.Namespace, chosen: list[Mutant], answer: Any) -> int:
    """Survey the tests, try the mutants within functions, and hand on what the others need."""
    tally = Tally(asked.minutes)

    def then(session: Any, lines: Lines, seconds: dict[str, float]) -> None:
        for item in session.items:
            if item.nodeid not in seconds:
                tally.say(f"fails before anything is changed, and is not asked: {item.nodeid}")
        for mutant in chosen:
            if mutant.place == MODULE or tally.is_late:
                continue
            tests = passing_tests(mutant, lines[mutant.file], seconds)
            tally.take(mutant, fate(lambda m=mutant, t=tests: in_place(session, m, t), tests, seconds))
        answer.put((tally.fates, lines, seconds))

    code = run_tests(asked.tests, [Gathered(then, asked.files)])
    if code:
        answer.put((None, f"the tests cannot be run (pytest: {code})", None))
    answer.close()
    answer.join_thread()
    return code


def main() -> None:
    asked = arguments()
    os.chdir(ROOT)
    sys.path[0] = str(ROOT)
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = tempfile.mkdtemp(prefix="siting-mutants-")
    chosen, n_equal = without_equal([mutant for file in asked.files for mutant in mutants(file)])
    if asked.again:
        told = asked.again.read_text(encoding="utf-8").splitlines()
        chosen = [mutant for mutant in chosen if any(line.endswith(mutant.text) for line in told)]
    if asked.sample:
        chosen = random.Random(asked.seed).sample(chosen, min(asked.sample, len(chosen)))
    for name in FOREIGN:
        importlib.import_module(name)
    started = time.monotonic()
    answer = multiprocessing.get_context("fork").Queue()
    session = forked(lambda: try_all(asked, chosen, answer), 10 * MOST_SURVEY_SECONDS)
    fates, lines, seconds = answer.get()
    session.join()
    if fates is None:
        sys.exit(lines)
    tally = Tally(asked.minutes - (time.monotonic() - started) / 60)
    tally.fates.update(fates)
    for mutant in chosen:
        if mutant.place != MODULE or tally.is_late:
            continue
        tests = passing_tests(mutant, lines[mutant.file], seconds)
        tally.take(mutant, fate(lambda m=mutant, t=tests: loaded_anew(m, t), tests, seconds))
    fates = tally.fates
    noticed = fates["killed"] + fates["hung"]
    print(f"{noticed} of {fates.total()} noticed ({dict(fates)}); {len(chosen)} were chosen")
    print(f"left out, for they change nothing: {n_equal}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--files", nargs="+", default=DEFAULT_FILES, help="modules to change (default: model and evaluation)"
    )
    parser.add_argument(
        "--tests", nargs="+", default=DEFAULT_TESTS, help="ask only these (default: those that concern them)"
    )
    parser.add_argument("--sample", type=int, default=0, help="try only so many, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=240, help="stop after so long")
    parser.add_argument("--again", type=Path, help="what an earlier run printed: try only those that lived")
    return parser.parse_args()


if __name__ == "__main__":
    main()
