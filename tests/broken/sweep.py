"""Runs broken inputs and says what is wrong with how they ended."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from .case import BIG_MEGABYTES, BIG_SECONDS, SMALL_MEGABYTES, SMALL_SECONDS, Broken, Kind
from .runner import Ending, Runner


class Bench:
    """Makes a whole input once for each kind, breaks copies of it and runs them."""

    def __init__(self, runner: Runner, folder: Path) -> None:
        self._runner, self._folder = runner, folder
        self._whole: dict[str, Path] = {}

    def whole(self, kind: Kind) -> Path:
        """Folder of a whole input."""
        if kind.input not in self._whole:
            folder = self._folder / f"whole {len(self._whole)}"
            folder.mkdir(parents=True)
            kind.make(folder)
            self._whole[kind.input] = folder
        return self._whole[kind.input]

    def run_whole(self, kind: Kind) -> Ending:
        return self._runner.run(kind.command, self._copy(kind), seconds=60)

    def run(self, kind: Kind, case: Broken) -> tuple[Ending, list[str]]:
        """Break a copy and run the command; give how it ended, and what is wrong with that."""
        copy = self._copy(kind)
        case.breaks(copy)
        before = _state(copy)
        small, big = (SMALL_SECONDS, SMALL_MEGABYTES), (BIG_SECONDS, BIG_MEGABYTES)
        ending = self._runner.run(case.command, copy, seconds=(big if case.is_big else small)[0])
        is_read = case.may_be_whole and ending.code in (0, 20, 21)
        seconds, megabytes = big if case.is_big or is_read else small
        problems = [] if is_read else list(_problems(case, ending))
        if ending.seconds > seconds:
            problems.append(f"took {ending.seconds:.1f} s")
        if ending.megabytes > megabytes:
            problems.append(f"took {ending.megabytes:.0f} MB")
        if not is_read and (after := _state(copy) ^ before):
            problems.append(f"wrote {sorted(name for name, *_ in after)[:5]}")
        shutil.rmtree(copy)
        return ending, problems

    def _copy(self, kind: Kind) -> Path:
        copy = self._folder / "copy"
        if copy.exists():
            shutil.rmtree(copy)
        shutil.copytree(self.whole(kind), copy)
        (copy / "out").mkdir(exist_ok=True)
        (copy / "tmp").mkdir()
        return copy


def _problems(case: Broken, ending: Ending) -> Iterator[str]:
    if ending.hung:
        yield "hung"
        return
    if "Traceback" in ending.err:
        yield f"traceback: {ending.err.splitlines()[-1][:300]}"
    elif ending.code not in case.codes:
        yield f"exit code {ending.code}, not {sorted(case.codes)}: {ending.err[-300:]}"
    elif len(ending.sentences) != 1 or not ending.sentences[0].startswith("siting: "):
        yield f"said {len(ending.sentences)} lines: {ending.sentences[:4]}"
    elif case.says not in ending.err:
        yield f"does not say {case.says!r}: {ending.sentences[0]}"
    elif not ending.sentences[0].isprintable():
        yield f"says what a terminal obeys: {ending.sentences[0]!r}"
    elif len(ending.sentences[0]) > 1_000:
        yield f"said {len(ending.sentences[0])} letters: {ending.sentences[0][:200]}"

    for line in ending.out.splitlines():
        if len(line) > 1_000 or not line.isprintable():
            yield f"printed {len(line)} letters, or what a terminal obeys: {line[:200]!r}"
            return


def _state(folder: Path) -> set[tuple[str, int, int]]:
    """Name, size and time of all that lies in a folder."""
    found = set()
    for path in folder.rglob("*"):
        state = path.lstat()
        is_folder = path.is_dir() and not path.is_symlink()
        of_it = (0, 0) if is_folder else (state.st_size, state.st_mtime_ns)
        found.add((str(path.relative_to(folder)), *of_it))
    return found
