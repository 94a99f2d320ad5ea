"""Changes model and evaluation a little, one place at a time, and counts which changes the tests notice.

    python tests/mutants.py --files siting/evaluate.py siting/comparison.py --sample 100

Each mutant is a copy of one module in memory with one operator, number or truth value exchanged. In a forked
process of its own it meets the tests that pass its line, the quickest first. A mutant on which none of them
fails survives, and is printed with its line. Not part of the default run: a mutant costs about a second.
Needs fork, so no Windows.

mutmut 3 was not taken: it leaves decorated functions out, thus all properties.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.machinery
import io
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MODEL = [
    "tests/test_model_edges.py",
    *(f"tests/optimise/test_{name}.py" for name in ("model", "cuts", "rules", "tree", "planning", "intake")),
]
COUNTED = [f"tests/test_{name}.py" for name in ("evaluate", "compare", "distribution", "evaluation_edges")]
TESTS_OF = {
    "siting/evaluate.py": COUNTED,
    "siting/comparison.py": COUNTED,
    "siting/frontier.py": ["tests/test_frontier.py", "tests/test_evaluation_edges.py"],
    "siting/optimise/": MODEL,
}
SLOWEST_SECONDS = 4.0
"""Tests that took longer before any change are not asked."""
MOST_SURVEY_SECONDS = 900
BROKEN = 70
FOREIGN = (
    *(
        "numpy",
        "scipy.optimize",
        "scipy.sparse.csgraph",
        "scipy.spatial",
        "scipy.special",
        "pandas",
        "geopandas",
    ),
    *("pulp", "highspy", "pydantic", "numba", "shapely", "pyproj", "pyogrio", "osmnx", "ruamel.yaml"),
    *("playwright.sync_api", "babel", "requests", "coverage"),
)
"""Imported once, before the forks."""

EXCHANGED: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum", "maximum": "minimum",
         "argmin": "argmax", "argmax": "argmin", "floor": "ceil", "ceil": "floor"}  # fmt: skip
SAID_ONLY = {"logger", "_refuse"}
UNFELT_KEYWORDS = {"strict", "frozen", "eq", "repr", "slots", "kw_only", "copy", "default_factory"}


@dataclass(frozen=True)
class Mutant:
    """One change; `lines` are those of the statement it stands in."""

    file: str
    lines: range
    number: int
    what: str


# --- changes ---


def changes(tree: ast.Module) -> Iterator[tuple[ast.stmt, ast.AST, str, Any, Any]]:
    """Yield each change as statement, node, field, new value and what it is."""
    yield from _changes(tree, tree.body[0])


def _changes(node: ast.AST, statement: ast.stmt) -> Iterator[tuple[ast.stmt, ast.AST, str, Any, Any]]:
    if isinstance(node, ast.stmt):
        statement = node
    if _is_only_said(node):
        return
    for field, value, what in _own_changes(node):
        yield statement, node, field, value, what
    for name, child in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_comment"):
            continue
        for each in child if isinstance(child, list) else [child]:
            if isinstance(each, ast.AST):
                yield from _changes(each, statement)


def _is_only_said(node: ast.AST) -> bool:
    """Messages, imports for types, docstrings, and arguments that change nothing when all is well."""
    return (
        isinstance(node, (ast.Raise, ast.Import, ast.ImportFrom, ast.JoinedStr))
        or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.keyword) and node.arg in UNFELT_KEYWORDS)
        or (isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[0] in SAID_ONLY)
    )


def _own_changes(node: ast.AST) -> Iterator[tuple[str, Any, str]]:
    match node:
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                new = EXCHANGED[type(op)]()
                yield "ops", [*ops[:place], new, *ops[place + 1 :]], _exchange(op, new)
        case ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.AugAssign(op=op) if type(op) in EXCHANGED:
            new = EXCHANGED[type(op)]()
            yield "op", new, _exchange(op, new)
        case ast.UnaryOp(op=ast.Not()):
            yield "op", ast.UAdd(), "not -> (nothing)"
        case ast.UnaryOp(op=ast.USub()):
            yield "op", ast.UAdd(), "- -> +"
        case ast.UnaryOp(op=ast.Invert()):
            yield "op", ast.UAdd(), "~ -> (nothing)"
        case ast.Constant(value=bool(value)):
            yield "value", not value, f"{value} -> {not value}"
        case ast.Constant(value=int() | float() as value):
            yield "value", value + 1, f"{value} -> {value + 1}"
        case ast.Name(id=name, ctx=ast.Load()) if name in NAMES:
            yield "id", NAMES[name], f"{name} -> {NAMES[name]}"
        case ast.Attribute(attr=name) if name in NAMES:
            yield "attr", NAMES[name], f"{name} -> {NAMES[name]}"


def _exchange(old: ast.AST, new: ast.AST) -> str:
    return f"{type(old).__name__} -> {type(new).__name__}"


def mutants(file: str) -> list[Mutant]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    found = []
    for number, (statement, node, _, _, what) in enumerate(changes(tree)):
        head = statement.lineno
        end = statement.body[0].lineno if hasattr(statement, "body") else (statement.end_lineno or head) + 1
        line = getattr(node, "lineno", head)
        found.append(Mutant(file, range(head, max(end, head + 1)), number, f"{file}:{line}: {what}"))
    return found


def changed_tree(mutant: Mutant) -> ast.Module:
    tree = ast.parse((ROOT / mutant.file).read_text(encoding="utf-8"))
    for number, (_, node, field, value, _) in enumerate(changes(tree)):
        if number == mutant.number:
            setattr(node, field, value)
            if isinstance(getattr(node, "op", None), ast.UAdd) and "not" in mutant.what:
                # "+x" of a truth value is a number; only its truth is asked for
                node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)
            return ast.fix_missing_locations(tree)
    raise LookupError(mutant)


# --- runs, each in a fork ---


def run_tests(tests: list[str], plugins: list[object]) -> int:
    import pytest

    options = ["-x", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "--hypothesis-seed=0"]
    options.append(
        f"--basetemp={tempfile.gettempdir()}/siting-mutants-{os.getpid()}"
    )  # nobody else's to clear
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        return int(pytest.main([*options, *tests], plugins=[NoDeadline(), *plugins]))


class NoDeadline:
    """A slow machine fails no property, and so kills no mutant."""

    def pytest_configure(self) -> None:
        from hypothesis import settings

        settings.register_profile("mutants", deadline=None)
        settings.load_profile("mutants")


def try_mutant(mutant: Mutant, tests: list[str], limit_seconds: int) -> None:
    import resource  # where there is fork; the file is read for doctests everywhere

    resource.setrlimit(resource.RLIMIT_CPU, (limit_seconds, limit_seconds))
    tree, path = changed_tree(mutant), str(ROOT / mutant.file)
    get_code = importlib.machinery.SourceFileLoader.get_code

    def changed(self: importlib.machinery.SourceFileLoader, name: str) -> Any:
        return compile(tree, path, "exec") if self.path == path else get_code(self, name)

    importlib.machinery.SourceFileLoader.get_code = changed  # type: ignore[method-assign]
    try:
        code = run_tests(tests, [])
    except BaseException:  # a fault of the run itself kills no mutant
        code = BROKEN
    shutil.rmtree(f"{tempfile.gettempdir()}/siting-mutants-{os.getpid()}", ignore_errors=True)
    os._exit(code)


class Watch:
    """Notes which lines each test passes, and how long it takes."""

    def __init__(self, files: list[str]) -> None:
        import coverage

        self.coverage = coverage.Coverage(data_file=None, include=[str(ROOT / file) for file in files])
        self.seconds: dict[str, float] = {}
        self.started = 0.0

    def pytest_runtest_setup(self, item: Any) -> None:
        self.coverage.switch_context(item.nodeid)
        self.started = time.process_time()  # so that it does not matter what else runs on the machine

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] = time.process_time() - self.started


def watch_tests(files: list[str], tests: list[str], answer: Any) -> None:
    watch = Watch(files)
    watch.coverage.start()
    code = run_tests(tests, [watch])
    watch.coverage.stop()
    data = watch.coverage.get_data()
    lines = {file: data.contexts_by_lineno(str(ROOT / file)) for file in files}
    answer.put((code, lines, watch.seconds))
    answer.close()
    answer.join_thread()
    os._exit(0)


def passing_tests(mutant: Mutant, lines: dict[int, list[str]], seconds: dict[str, float]) -> list[str]:
    """Give the tests that pass the statement; those that pass the file, where it runs when imported."""
    passing = {test for line in mutant.lines for test in lines.get(line, []) if test}
    if not passing and any(line in lines for line in mutant.lines):
        passing = {test for tests in lines.values() for test in tests if test}
    return sorted((t for t in passing if seconds[t] <= SLOWEST_SECONDS), key=lambda test: seconds[test])


def survey(group: list[str], tests: list[str]) -> tuple[dict[str, dict[int, list[str]]], dict[str, float]]:
    fork = multiprocessing.get_context("fork")
    answer = fork.Queue()
    watcher = fork.Process(target=watch_tests, args=(group, tests, answer))
    watcher.start()
    code, lines, seconds = answer.get(timeout=MOST_SURVEY_SECONDS)
    watcher.join()
    if code:
        sys.exit(f"the tests fail before anything is changed (pytest: {code}): {' '.join(tests)}")
    return lines, seconds


def fate(mutant: Mutant, tests: list[str], limit_seconds: int) -> str:
    if not tests:
        return "not tested"
    process = multiprocessing.get_context("fork").Process(
        target=try_mutant, args=(mutant, tests, limit_seconds)
    )
    process.start()
    process.join()
    if process.exitcode in (-signal.SIGXCPU, -signal.SIGKILL):
        return "hung"
    return {0: "survived", 1: "killed", 2: "killed"}.get(process.exitcode or 0, "run broken")


def group_of(file: str) -> str:
    return next(start for start in TESTS_OF if file.startswith(start))


def main() -> None:
    asked = arguments()
    os.chdir(ROOT)
    sys.path[0] = str(ROOT)
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = tempfile.mkdtemp(prefix="siting-mutants-")
    for name in FOREIGN:
        importlib.import_module(name)
    chosen = [mutant for file in asked.files for mutant in mutants(file)]
    if asked.sample:
        chosen = random.Random(asked.seed).sample(chosen, min(asked.sample, len(chosen)))
    surveys = {
        start: survey(
            [file for file in asked.files if group_of(file) == start],
            asked.tests or TESTS_OF[start],
        )
        for start in {group_of(file) for file in asked.files}
    }
    fates: dict[str, int] = {}
    deadline = time.monotonic() + 60 * asked.minutes
    for mutant in chosen:
        if time.monotonic() > deadline:
            break
        lines, seconds = surveys[group_of(mutant.file)]
        tests = passing_tests(mutant, lines[mutant.file], seconds)
        end = fate(mutant, tests, int(20 + 5 * sum(seconds[test] for test in tests)))
        fates[end] = fates.get(end, 0) + 1
        if end not in ("killed", "hung"):
            print(f"{sum(fates.values()):4d} {end}: {mutant.what}", flush=True)
    tried = sum(fates.values())
    noticed = fates.get("killed", 0) + fates.get("hung", 0)
    print(f"{noticed} of {tried} noticed ({fates}); {len(chosen)} were chosen")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--files", nargs="+", required=True, help="modules to change, from the repository's root"
    )
    parser.add_argument("--tests", nargs="+", help="ask only these (default: those that concern the modules)")
    parser.add_argument("--sample", type=int, default=0, help="try only so many, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60, help="stop after so long")
    return parser.parse_args()


if __name__ == "__main__":
    main()
