"""Measures which branches of the pure parts the tests pass: `python tests/branches.py`.

Prints a line for each module of the pure parts, those with the smallest share first, and which branches are
missing (from line -> to line; a negative line is the way out of the function or module). It fails where less
than 95 % of all are passed. Not part of the default run: measuring triples the time. Give tests to run only
those, and `--show` to print again what was measured last.

Left out: what is compiled to machine code, of whose lines Python sees nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LEAST_PERCENT = 95
MODULES = (
    *("by_mode", "comparison", "demand", "distribution", "evaluate", "exchange", "frontier", "geo", "offers"),
    *("plan", "region", "resources", "roads", "scenario*", "sites", "teams", "tours", "travel", "ways"),
    *("optimise/*", "optimise/median/*"),
    *("present/disclosure", "present/figures", "present/value_for_money", "present/words"),
)
PURE = [f"siting/{name}.py" for name in MODULES]
CONCERNED = (
    *("accessibility", "by_matrix", "by_mode", "compare", "demand", "distribution", "evaluate", "exchange"),
    *("frontier", "plain_values", "present", "report", "roads", "scenario", "teams", "travel"),
    *("value_for_money", "analysis_stages", "analysis_trade_offs", "*_edges"),
)
TESTS = [
    *(str(path.relative_to(ROOT)) for name in CONCERNED for path in ROOT.glob(f"tests/test_{name}.py")),
    "tests/optimise",
]
NO_BRANCH = ("if TYPE_CHECKING:", "@compiled")


def configuration(folder: Path) -> Path:
    path = folder / "coverage.ini"
    lines = [
        "[run]",
        "branch = True",
        "source = siting",
        f"data_file = {folder / 'measured'}",
        "[report]",
        "exclude_also =",
        *(f"    {pattern}" for pattern in NO_BRANCH),
    ]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "tests", nargs="*", default=TESTS, help="tests to run (default: those that concern them)"
    )
    parser.add_argument("--show", action="store_true", help="run nothing, print what was measured last")
    asked = parser.parse_args()
    folder = Path(tempfile.gettempdir()) / "siting-branches"
    folder.mkdir(exist_ok=True)
    coverage = [sys.executable, "-m", "coverage"]
    rules = f"--rcfile={configuration(folder)}"
    if not asked.show:
        run = [*coverage, "run", rules, "-m", "pytest", "-q", "-p", "no:cacheprovider", *asked.tests]
        if code := subprocess.run(run, cwd=ROOT, check=False).returncode:
            return code
    command = [*coverage, "json", "-q", rules, f"--include={','.join(PURE)}"]
    subprocess.run([*command, "-o", str(folder / "branches.json")], cwd=ROOT, check=True)
    return told(json.loads((folder / "branches.json").read_text(encoding="utf-8")))


def told(measured: dict[str, Any]) -> int:
    """Print the table; return the exit code."""
    share = {name: percent_of(file["summary"]) for name, file in measured["files"].items()}
    for name in sorted(share, key=lambda name: (share[name], name)):
        file = measured["files"][name]
        missing = ", ".join(f"{start}->{end}" for start, end in file["missing_branches"])
        print(f"{share[name]:6.1f} %  {file['summary']['num_branches']:4d}  {name}  {missing}")
    total = measured["totals"]
    passed = f"{total['covered_branches']} of {total['num_branches']} branches"
    print(
        f"{percent_of(total):6.1f} %: {passed}, {total['covered_lines']} of {total['num_statements']} lines"
    )
    return int(percent_of(total) < LEAST_PERCENT)


def percent_of(summary: dict[str, int]) -> float:
    return 100 * summary["covered_branches"] / summary["num_branches"] if summary["num_branches"] else 100.0


if __name__ == "__main__":
    sys.exit(main())
