"""Fuzzes all parsers: ``python tests/fuzz.py --minutes 25 [--parser PART OF A NAME]``; not among the default tests.

Each parser is called in process, tens to thousands of times a second, with whole inputs broken at their joints
(tests/fuzzing). What ends badly is made small and kept in tests/broken/seeds, which the default tests read again.
With atheris (``pip install atheris``; on Linux) inputs that reach new branches are broken further, and ``--keep``
keeps a few small ones of them, for the next fuzzing to begin with.
"""

# ruff: noqa: E501

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib.util
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

HAS_ATHERIS = importlib.util.find_spec("atheris") is not None
INSTRUMENTED = ["siting", "ruamel.yaml", "openpyxl"]
COMPILED = [
    "siting.compiled",
    "siting.hierarchy",
    "siting.by_road.minutes",
    "siting.optimise.median",
    "siting.optimise.completions",
]
"""What numba makes machine code of, and what uses it: that cannot tell which branches it takes."""


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=5, help="of processor time, for all parsers together")
    asked.add_argument("--parser", default="", help="part of a name")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--keep", action="store_true", help="keep small inputs that reach further")
    options = asked.parse_args()
    if not HAS_ATHERIS:
        print(
            "atheris is lacking, so inputs are broken blindly; pip install atheris guides them by branches (Linux)"
        )
    with _instrumented():
        import fuzzing
        from fuzzing import engine, kept

        made = {name: make for name, make in fuzzing.parsers().items() if options.parser in name}
    gc.freeze()  # each parser's process shares what was loaded
    seconds = options.minutes * 60 / max(len(made), 1)
    n_tried = n_faults = 0
    for name, make in made.items():
        with tempfile.TemporaryDirectory(prefix="siting-fuzz-") as folder:
            fed = engine.feed(name, make, seconds, Path(folder), seed=options.seed)
            branches = f", {fed.branches:,} branches" if fed.branches else ""
            print(
                f"{name}: {fed.tried:,} tried in {seconds:.0f} s, {fed.accepted:,} accepted{branches}, {len(fed.faults)} faults"
            )
            for key, (told, data) in fed.faults.items():
                path = kept.keep(name, engine.smaller(make, key, data, Path(folder)), "was")
                print(f"  FOUND {key}: {told:.300}\n        kept as {path}", flush=True)
            if options.keep:
                engine.keep_far(name, make, Path(folder))
            sys.stdout.flush()
            n_tried, n_faults = n_tried + fed.tried, n_faults + len(fed.faults)
    print(f"{n_tried:,} inputs to {len(made)} parsers, {n_faults} faults")
    return min(n_faults, 1)


def _instrumented() -> contextlib.AbstractContextManager[Any]:
    """Let what is imported tell atheris which branches it takes."""
    if not HAS_ATHERIS:
        return contextlib.nullcontext()
    import atheris

    stack = contextlib.ExitStack()
    nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    stack.enter_context(contextlib.redirect_stderr(nowhere))
    stack.enter_context(atheris.instrument_imports(include=INSTRUMENTED, exclude=COMPILED))
    return stack


if __name__ == "__main__":
    sys.exit(main())
