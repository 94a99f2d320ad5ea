"""Measure the embedded county, and a street network and an extract of a county's size.

``python tests/benchmarks/run.py [--repeat 5] [--peer-seconds 120] [--only "county network"]``

Each case runs in a process of its own, cases of one question in turn (A B A B ...), so that a noisy
machine is noisy for both. Prints medians with their range, peak memory and what was proven, as a table
for docs/performance.md. The peer "textbook PuLP" is the formulation that p-median libraries build:
one variable for each cell and site, solved by the same HiGHS.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from network import network_cases
from osm_file import read_county_pbf


def run_scenario() -> dict[str, object]:
    """Whole job: import, dataset, travel times, solve, map, report, layers."""
    from siting.cli import main

    with tempfile.TemporaryDirectory() as folder:
        main(["run", "base", "--out", folder])
        plan = json.loads((Path(folder) / "plan.json").read_text(encoding="utf-8"))
    first = plan["objectives"][0]
    return {"value": first["objective"], "gap": first["gap"], "status": plan["status"], "seconds": None}


def choose(scenario: str) -> dict[str, object]:
    """The choice alone, proven or stopped by the scenario's time limit; with all stages."""
    import siting
    from siting.study import run

    outcome = run(siting.load(scenario))
    first = outcome.plan.objectives[0]
    gap = max(each.gap for each in outcome.plan.objectives)
    return {
        "value": first.value,
        "gap": gap,
        "status": str(outcome.plan.status),
        "seconds": outcome.plan.solve_seconds,
    }


def county() -> tuple[object, object]:
    """Minutes (4,004 x 73) and youths of the embedded county."""
    import siting

    outcome = siting.run("today")
    return outcome.region.times.minutes, outcome.region.demand.youths


def siting_p_median(n_sites: int) -> dict[str, object]:
    """Solve with cuts in place of assignments."""
    import siting

    minutes, demand = county()
    started = time.perf_counter()
    result = siting.p_median(minutes, demand, n_sites)
    seconds = time.perf_counter() - started
    return {"value": result.objective, "gap": result.gap, "status": str(result.status), "seconds": seconds}


def textbook_p_median(n_sites: int, limit_seconds: float) -> dict[str, object]:
    """Solve with a variable for each cell and site, as the textbook has it."""
    import pulp

    minutes, demand = county()
    started = time.perf_counter()
    n, m = minutes.shape
    lp = pulp.LpProblem("p_median", pulp.LpMinimize)
    y = [lp.add_variable(f"y_{j}", cat="Binary") for j in range(m)]
    x = [[lp.add_variable(f"x_{i}_{j}", lowBound=0, upBound=1) for j in range(m)] for i in range(n)]
    lp += pulp.lpSum(demand[i] * minutes[i, j] * x[i][j] for i in range(n) for j in range(m))
    lp += pulp.lpSum(y) == n_sites
    for i in range(n):
        lp += pulp.lpSum(x[i]) == 1
        for j in range(m):
            lp += x[i][j] <= y[j]
    spent = time.perf_counter() - started
    lp.solve(pulp.HiGHS(msg=False, threads=1, timeLimit=max(1.0, limit_seconds - spent)))
    proven = lp.sol_status == pulp.LpSolutionOptimal
    value = pulp.value(lp.objective) if lp.sol_status in (1, 2) else None
    status = "optimal" if proven else "time_limit"
    gap = 0.0 if proven else None
    return {"value": value, "gap": gap, "status": status, "seconds": time.perf_counter() - started}


def read_extract() -> dict[str, object]:
    """Streets of a county from an extract of 100 MB, which is written once, by another process."""
    path = Path(tempfile.gettempdir()) / "siting-benchmark-county.osm.pbf"
    if not path.exists():
        writer = Path(__file__).with_name("osm_file.py")
        subprocess.run([sys.executable, writer, path, "--megabytes", "100"], capture_output=True, check=True)
    read = read_county_pbf(path)
    return {"value": read["n_edges"], "gap": 0.0, "status": "exact", **read}


def cases(peer_seconds: float) -> dict[str, Callable[[], dict[str, object]]]:
    """All cases by name."""
    found: dict[str, Callable[[], dict[str, object]]] = {"siting run base, import to map.html": run_scenario}
    for name in ("two-mains-satellites", "two-mains-linked", "north-satellites", "north-two-teams", "budget"):
        found[f"{name}, the choice"] = lambda name=name: choose(name)
    all_rules = str(Path(__file__).with_name("all-rules.yaml"))
    found["all rules and teams, the choice"] = lambda: choose(all_rules)
    for p in (4, 8, 15):
        found[f"p-median p={p}, siting"] = lambda p=p: siting_p_median(p)
        found[f"p-median p={p}, textbook PuLP"] = lambda p=p: textbook_p_median(p, peer_seconds)
    found["streets from a .osm.pbf of 100 MB, clipped to a county"] = read_extract
    return found | network_cases()


def measure(name: str, peer_seconds: float) -> dict[str, object]:
    """Run one case in a process of its own."""
    command = [sys.executable, __file__, "--case", name, "--peer-seconds", str(peer_seconds)]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout.splitlines()[-1])
    answer["seconds"] = answer["seconds"] or time.perf_counter() - started
    return answer


def main() -> None:
    """Run the cases in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", help="run this one case here and print its figures as JSON")
    parser.add_argument("--only", default="", help="only the cases whose name holds this")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--peer-repeat", type=int, default=1, help="runs of what takes minutes")
    parser.add_argument("--peer-seconds", type=float, default=120.0, help="time limit of a peer")
    options = parser.parse_args()
    known = {name: case for name, case in cases(options.peer_seconds).items() if options.only in name}
    if options.case:
        answer = known[options.case]()
        answer.setdefault("mebibytes", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        print(json.dumps(answer))
        return
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    print(f"Python {platform.python_version()}, {machine}")
    print("| case | seconds, median (range) | peak memory, MiB | status | gap | objective |")
    print("|---|---|---|---|---|---|")
    answers: dict[str, list[dict[str, object]]] = {name: [] for name in known}
    for turn in range(options.repeat):
        for name, runs in answers.items():
            takes_minutes = any(word in name for word in ("textbook", "all rules", ".osm.pbf", "scaled"))
            if turn < (options.peer_repeat if takes_minutes else options.repeat):
                runs.append(measure(name, options.peer_seconds))
    for name, runs in answers.items():
        seconds = sorted(run["seconds"] for run in runs)
        memory = max(run["mebibytes"] for run in runs)
        value = runs[-1]["value"]
        gap = "unknown" if runs[-1]["gap"] is None else f"{max(run['gap'] for run in runs):.2%}"
        shown = "none" if value is None else f"{value:,.3f}"
        print(
            f"| {name} | {statistics.median(seconds):.2f} ({seconds[0]:.2f}-{seconds[-1]:.2f}) "
            f"| {memory:.0f} | {runs[-1]['status']} | {gap} | {shown} |"
        )


if __name__ == "__main__":
    main()
