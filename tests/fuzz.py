"""Fuzzes what reads files: ``python tests/fuzz.py --minutes 5 [--input NAME]``; not among the default tests.

Hypothesis breaks the whole file of a kind of input by edits, and shrinks what ends badly. Such edits are
written to tests/broken/seeds/ as small texts; the default tests run them again.
"""

# ruff: noqa: E501

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import broken  # noqa: E402
from broken import runner  # noqa: E402
from broken.seeds_of import FILES, SEEDS, Edit, case_of  # noqa: E402
from broken.sweep import Bench  # noqa: E402

TOKENS = (
    "", "0", "-1", "nan", "inf", "1e400", "null", "[", "{", "]", "}", '"', "'", "\n", "\t", ":", "- ", "? ", "&a ",
    "*a", "<<: *a", "!!x ", "\0", "\x1b[2J", "å", "\ud800", "%", "#", "|", ">", ",", ";", "../", "9" * 400,
    "<b>", "=1+1", "<!--", "&amp;", "true",
)  # fmt: skip
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(TOKENS) | st.text(max_size=8)),
    min_size=1,
    max_size=6,
)


def fuzz(kind: Any, bench: Bench, until: float) -> int:
    """Break one kind of input until the time is up; give how many were tried."""
    tried = 0

    @settings(max_examples=100_000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(EDITS)
    def ends_well(edits: list[Edit]) -> None:
        nonlocal tried
        if time.monotonic() > until:
            raise KeyboardInterrupt
        tried += 1
        _, problems = bench.run(kind, case_of(kind, edits))
        if problems:
            ends_well.found = edits, problems  # type: ignore[attr-defined]
        assert not problems

    try:
        ends_well()
    except KeyboardInterrupt:
        pass
    except AssertionError:
        edits, problems = ends_well.found  # type: ignore[attr-defined]
        name = f"{kind.input.replace(' ', '-')}-{abs(hash(str(edits))) % 10**6}.json"
        (SEEDS / name).write_text(json.dumps({"input": kind.input, "edits": edits, "was": problems}) + "\n")
        print(f"FOUND {kind.input}: {problems}: kept as {name}", flush=True)
    return tried


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=5)
    asked.add_argument("--input", default="")
    options = asked.parse_args()
    kinds = [each for each in broken.kinds() if each.input in FILES and options.input in each.input]
    with tempfile.TemporaryDirectory() as folder, runner.running() as started:
        table = Bench(started, Path(folder))
        for each in kinds:
            n = fuzz(each, table, time.monotonic() + options.minutes * 60 / len(kinds))
            print(f"{each.input}: {n} tried", flush=True)
