"""siting's own side of each question, by its public functions only."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from instances import center_worth, coverage_worth, load, median_worth
from meter import Meter, child_peak_mib, versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.optimise.location import LocationResult

Answer = dict[str, Any]
REPOSITORY = Path(__file__).parent.parent.parent


def p_median(instance: str, p: int, limit_seconds: float, relative_gap: float = 0.0) -> Answer:
    """siting.p_median."""
    import siting

    minutes, demand = load(instance)
    options = {"relative_gap": relative_gap} if relative_gap else {}
    with Meter() as meter:
        result = siting.p_median(minutes, demand, p, time_limit_seconds=limit_seconds, **options)
    return located(meter, result, lambda sites: median_worth(minutes, demand, sites))


def coverage(instance: str, p: int, standard: float, limit_seconds: float) -> Answer:
    """siting.max_coverage."""
    import siting

    minutes, demand = load(instance)
    with Meter() as meter:
        result = siting.max_coverage(minutes, demand, p, standard, time_limit_seconds=limit_seconds)
    return located(meter, result, lambda sites: coverage_worth(minutes, demand, sites, standard))


def center(instance: str, p: int, limit_seconds: float) -> Answer:
    """siting.p_center."""
    import siting

    minutes, _ = load(instance)
    with Meter() as meter:
        result = siting.p_center(minutes, p, time_limit_seconds=limit_seconds)
    return located(meter, result, lambda sites: center_worth(minutes, sites))


def located(meter: Meter, result: LocationResult, worth: Callable[[list[int]], float]) -> Answer:
    """Put together what siting says, what its sites are worth and what it cost."""
    return {
        **meter.costs(),
        "value": worth(list(result.sites)),
        "n_sites": len(result.sites),
        "says": f"{result.status}, gap {result.gap:.2%}" if result.gap else str(result.status),
        "proven": str(result.status) == "optimal",
        "bound": result.bound,
        "versions": versions("siting", "highspy", "numba"),
    }


def county_file(path: str) -> None:
    """Write minutes (4,004 x 73) and youths of the embedded county."""
    import siting

    outcome = siting.run("today")
    np.savez(path, minutes=outcome.region.times.minutes, demand=outcome.region.demand.youths)


def country_matrix(path: str, share: float, n_sites: int) -> None:
    """Write minutes from all cells of the country to some of its premises, and youths, into a folder."""
    from country import N_CELLS, N_NODES, N_SITES, country_network, country_places

    from siting.by_road import RoadRouter
    from siting.travel import Places

    roads = country_network(round(N_NODES * share))
    cells, sites, youths = country_places(round(N_CELLS * share), round(N_SITES * share))
    some = np.sort(np.random.default_rng(5).permutation(len(sites.ids))[:n_sites])
    few = Places(tuple(sites.ids[k] for k in some), sites.points_metres[some])
    minutes = RoadRouter(roads).times(cells, few).minutes
    folder = Path(path)
    folder.mkdir(parents=True)
    np.save(folder / "demand.npy", youths)
    np.save(folder / "minutes.npy", minutes.astype(np.float32))


def country_times(share: float) -> Answer:
    """Minutes from all cells to all premises of the country; the second call, the topology being built.

    The first call is told beside it: with what it makes once for the network.
    """
    from country import N_CELLS, N_NODES, N_SITES, country_network, country_places

    from siting.by_road import RoadRouter

    roads = country_network(round(N_NODES * share))
    cells, sites, _ = country_places(round(N_CELLS * share), round(N_SITES * share))
    router = RoadRouter(roads)
    started = time.perf_counter()
    router.times(cells, sites)
    first_seconds = time.perf_counter() - started
    with Meter() as meter:
        minutes = router.times(cells, sites).minutes
    says = f"all sources, snapping included; the first time {first_seconds:,.1f} s"
    return _timed(meter, float(minutes[:, :3].mean()), says)


def country_planned(share: float, p: int, relative_gap: float, limit_seconds: float) -> Answer:
    """From roads, cells and premises to premises chosen, proven to the gap; nothing made before."""
    from country import N_CELLS, N_NODES, N_SITES, country_network, country_places

    import siting
    from siting.by_road import RoadRouter

    roads = country_network(round(N_NODES * share))
    cells, sites, youths = country_places(round(N_CELLS * share), round(N_SITES * share))
    options = {"relative_gap": relative_gap} if relative_gap else {}
    with Meter() as meter:
        times = RoadRouter(roads).times(cells, sites)
        on_the_way = meter.so_far()
        result = siting.p_median(times.minutes, youths, p, time_limit_seconds=limit_seconds, **options)
    found = located(meter, result, lambda sites: _worth_in_parts(times.minutes, youths, sites))
    return {**found, "says": f"{found['says']}; {on_the_way:,.0f} s of it the travel times"}


def choice(scenario: str) -> Answer:
    """Solve a scenario on the embedded county; reading the county is not timed."""
    import siting
    from siting.study import run

    with Meter() as meter:
        outcome = run(siting.load(scenario))
    plan = outcome.plan
    gap = max(each.gap for each in plan.objectives)
    costs = meter.costs() | {"seconds": plan.solve_seconds}
    says = f"{plan.status}, gap {gap:.2%}"
    proven = str(plan.status) == "optimal"
    value = plan.objectives[0].value
    return {
        **costs,
        "value": value,
        "says": says,
        "proven": proven,
        "versions": versions("siting", "highspy"),
    }


def extract() -> Answer:
    """Streets of a county from an extract of 100 MB, which another process writes once."""
    from osm_file import read_county_pbf

    path = Path(tempfile.gettempdir()) / "siting-benchmark-county.osm.pbf"
    if not path.exists():
        writer = Path(__file__).with_name("osm_file.py")
        line = [sys.executable, str(writer), str(path), "--megabytes", "100"]
        subprocess.run(line, capture_output=True, check=True)
    read = read_county_pbf(path)
    costs = {"seconds": read["seconds"], "peak_mib": read["mebibytes"], "increment_mib": None}
    return {**costs, "value": read["n_edges"], "says": "read", "proven": True, "versions": versions("osmium")}


def command(arguments: list[str], cache: str = "as it is") -> Answer:
    """Run Python with arguments as a process of its own.

    The cache, siting's and that of compiled code, is "as it is", "warm" (a run before) or "cold".
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ)
        if cache != "as it is":
            environment["XDG_CACHE_HOME"] = str(Path(folder) / "cache")
            environment["NUMBA_CACHE_DIR"] = str(Path(folder) / "compiled")
        words = [word.replace("{out}", str(Path(folder) / "out")) for word in arguments]
        line = [sys.executable, *words]
        if cache == "warm":
            subprocess.run(line, cwd=REPOSITORY, env=environment, check=True, capture_output=True)
        with Meter() as meter:
            subprocess.run(line, cwd=REPOSITORY, env=environment, check=True, capture_output=True)
    costs = meter.costs() | {"peak_mib": child_peak_mib(), "increment_mib": None}
    return {**costs, "value": None, "says": "ran", "proven": True, "versions": versions("siting")}


def _timed(meter: Meter, value: float, says: str) -> Answer:
    found = versions("siting", "numba")
    return {**meter.costs(), "value": value, "says": says, "proven": True, "versions": found}


def _worth_in_parts(minutes: np.ndarray, demand: np.ndarray, sites: list[int]) -> float:
    """As `median_worth`, without a second copy of a country's matrix."""
    parts = np.array_split(np.arange(len(demand)), max(1, len(demand) // 10_000))
    return float(sum(demand[rows] @ minutes[rows][:, sites].min(axis=1) for rows in parts))
