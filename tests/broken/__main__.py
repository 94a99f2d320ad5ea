"""Runs the whole corpus: ``python -m broken [PART OF A NAME ...] [--told] [--small]`` in tests/."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from . import kinds, runner
from .case import Broken, Kind
from .runner import Ending
from .sweep import Bench

MOST_NAMED = 3


class Count:
    """What was tried, and how it ended."""

    def __init__(self, *, told: bool) -> None:
        self._told = told
        self._endings: list[tuple[Broken, Ending]] = []
        self.n_wrong = 0

    def whole(self, kind: Kind, ending: Ending) -> None:
        print(f"{kind.input}: whole, {_takes(ending)}", flush=True)
        if ending.code:
            self.wrong(f"{kind.input}: the whole one ends with {ending.code}: {ending.err[-800:]}")

    def broken(self, case: Broken, ending: Ending, problems: list[str]) -> None:
        self._endings.append((case, ending))
        if self._told:
            print(f"      {case.name}: {_takes(ending)} {ending.code} {ending.err[-400:]!r}", flush=True)
        if problems:
            self.wrong(f"{case.name}: {'; '.join(problems)!r:.400}")

    def wrong(self, what: str) -> None:
        self.n_wrong += 1
        print(f"WRONG {what}", flush=True)

    def say(self) -> None:
        tried, codes = Counter(), Counter()
        for case, ending in self._endings:
            tried[case.input] += 1
            codes[ending.code] += 1
        print(", ".join(f"{n} {kind}" for kind, n in tried.items()))
        print("exit codes:", ", ".join(f"{code}: {n}" for code, n in sorted(codes.items())))
        for is_big, what in ((False, "small"), (True, "of a million rows")):
            some = [(case, ending) for case, ending in self._endings if case.is_big is is_big]
            for of, key in (("seconds", "seconds"), ("memory", "megabytes")):
                most = sorted(some, key=lambda each: -getattr(each[1], key))[:MOST_NAMED]
                print(f"most {of}, {what}:", "; ".join(f"{case.name} {_takes(end)}" for case, end in most))
        print(f"{tried.total()} inputs of {len(tried)} kinds tried, {self.n_wrong} wrong")


def _takes(ending: Ending) -> str:
    return f"{ending.seconds:.1f} s, {ending.megabytes:.0f} MB"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m broken", description="Runs the corpus of broken inputs.")
    parser.add_argument("parts", nargs="*", metavar="PART", help="part of a name, as GTFS (default: all)")
    parser.add_argument("--told", action="store_true", help="say of each input how it ended")
    parser.add_argument("--small", action="store_true", help="leave out the million rows")
    options = parser.parse_args()
    count, parts = Count(told=options.told), options.parts or [""]
    with tempfile.TemporaryDirectory() as name, runner.running() as started:
        bench = Bench(started, Path(name))
        for kind in kinds():
            named = [case for case in kind.cases() if any(part in case.name for part in parts)]
            cases = [case for case in named if not (options.small and case.is_big)]
            if cases and kind.whole_is_read:
                count.whole(kind, bench.run_whole(kind))
            for case in cases:
                count.broken(case, *bench.run(kind, case))
    count.say()
    return min(count.n_wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
