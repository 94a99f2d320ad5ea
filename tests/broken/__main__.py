"""Runs the whole corpus, a million rows too: ``python -m broken [PART OF A NAME]`` in tests/."""

# ruff: noqa: E501

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from . import kinds, runner
from .sweep import Bench


def main(part: str, *, told: bool) -> int:
    n_wrong, tried = 0, Counter[str]()
    with tempfile.TemporaryDirectory() as name, runner.running() as started:
        bench = Bench(started, Path(name))
        for kind in kinds():
            cases = [case for case in kind.cases() if part in case.name]
            if not cases:
                continue
            if kind.whole_is_read:
                ending = bench.run_whole(kind)
                print(f"{kind.input}: whole, {ending.seconds:.1f} s, {ending.megabytes:.0f} MB")
                if ending.code:
                    n_wrong += 1
                    print(f"WRONG {kind.input}: the whole one ends with {ending.code}: {ending.err[-800:]}")
            for case in cases:
                ending, problems = bench.run(kind, case)
                tried[case.input] += 1
                n_wrong += bool(problems)
                if told:
                    print(
                        f"      {case.name}: {ending.seconds:.1f} s, {ending.megabytes:.0f} MB {ending.code} {ending.err[-400:]!r}"
                    )
                if problems:
                    print(f"WRONG {case.name}: {'; '.join(problems)!r:.400}")
                sys.stdout.flush()
    print(", ".join(f"{n} {kind}" for kind, n in tried.items()), f"- {tried.total()} tried, {n_wrong} wrong")
    return min(n_wrong, 1)


if __name__ == "__main__":
    words = [each for each in sys.argv[1:] if each != "--told"]
    sys.exit(main(words[0] if words else "", told="--told" in sys.argv))
