"""The named peers on p-median, coverage and p-center, each as its documentation says.

Run by the peers' interpreter: numpy, scipy and the peer, no siting. Every function takes an instance by
its name and gives what `answer` gives. What a peer says of its answer and what the answer is worth are two
things: the worth is computed here, from its sites.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from instances import center_worth, coverage_worth, load, median_worth
from meter import Meter, versions
from scipy.sparse import coo_array, csc_array, eye_array, vstack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

GAP: Final = 0.0
IS_OPEN: Final = 0.5

Answer = dict[str, Any]


def answer(
    meter: Meter,
    sites: Iterable[int],
    worth: Callable[[list[int]], float],
    says: str,
    *,
    proven: bool,
    of: tuple[str, ...],
    bound: float | None = None,
) -> Answer:
    """Put together what the run says, what it is worth and what it cost."""
    chosen = sorted(int(site) for site in sites)
    value = worth(chosen) if chosen else None
    return {
        **meter.costs(),
        "value": value,
        "n_sites": len(chosen),
        "says": says,
        "proven": proven,
        "bound": bound,
        "versions": versions(*of),
    }


def spopt_p_median(instance: str, p: int, limit_seconds: float) -> Answer:
    """spopt's PMedian with HiGHS through PuLP."""
    import pulp
    from spopt.locate import PMedian

    minutes, demand = load(instance)
    with Meter() as meter:
        model = PMedian.from_cost_matrix(minutes, demand, p_facilities=p)
        _solve_spopt(model, limit_seconds, meter)
    return _of_spopt(pulp, model, meter, lambda sites: median_worth(minutes, demand, sites))


def spopt_coverage(instance: str, p: int, standard: float, limit_seconds: float) -> Answer:
    """spopt's MCLP with HiGHS through PuLP."""
    import pulp
    from spopt.locate import MCLP

    minutes, demand = load(instance)
    with Meter() as meter:
        model = MCLP.from_cost_matrix(minutes, demand, service_radius=standard, p_facilities=p)
        _solve_spopt(model, limit_seconds, meter)
    return _of_spopt(pulp, model, meter, lambda sites: coverage_worth(minutes, demand, sites, standard))


def spopt_center(instance: str, p: int, limit_seconds: float) -> Answer:
    """spopt's PCenter with HiGHS through PuLP."""
    import pulp
    from spopt.locate import PCenter

    minutes, _ = load(instance)
    with Meter() as meter:
        model = PCenter.from_cost_matrix(minutes, p_facilities=p)
        _solve_spopt(model, limit_seconds, meter)
    return _of_spopt(pulp, model, meter, lambda sites: center_worth(minutes, sites))


def textbook_p_median(instance: str, p: int, limit_seconds: float) -> Answer:
    """PuLP with a variable for each cell and site, as textbooks have it, and HiGHS."""
    import pulp

    minutes, demand = load(instance)
    n, m = minutes.shape
    with Meter() as meter:
        lp = pulp.LpProblem("p_median", pulp.LpMinimize)
        y = [lp.add_variable(f"y_{j}", cat="Binary") for j in range(m)]
        x = [[lp.add_variable(f"x_{i}_{j}", lowBound=0, upBound=1) for j in range(m)] for i in range(n)]
        lp += pulp.lpSum(demand[i] * minutes[i, j] * x[i][j] for i in range(n) for j in range(m))
        lp += pulp.lpSum(y) == p
        for i in range(n):
            lp += pulp.lpSum(x[i]) == 1
            for j in range(m):
                lp += x[i][j] <= y[j]
        _solve_pulp(limit_seconds, meter, lp.solve)
    sites = _pulp_sites(pulp, lp, y)
    return answer(
        meter,
        sites,
        lambda sites: median_worth(minutes, demand, sites),
        pulp.LpStatus[lp.status],
        proven=lp.sol_status == pulp.LpSolutionOptimal,
        of=("pulp", "highspy"),
    )


def assignment_p_median(instance: str, p: int, limit_seconds: float) -> Answer:
    """The textbook's model handed to HiGHS as arrays: x_ij <= y_j for every pair."""
    minutes, demand = load(instance)
    n, m = minutes.shape
    with Meter() as meter:
        pair = np.arange(n * m)
        ones = np.ones(n * m)
        serve = coo_array((ones, (pair // m, m + pair)), shape=(n, m + n * m))
        link = coo_array((np.r_[ones, -ones], (np.r_[pair, pair], np.r_[m + pair, pair % m])))
        count = coo_array((np.ones(m), (np.zeros(m, int), np.arange(m))), shape=(1, m + n * m))
        costs = np.r_[np.zeros(m), (demand[:, None] * minutes).ravel()]
        rows = vstack([count, serve, link]).tocsc()
        low = np.r_[p, np.ones(n), np.full(n * m, -np.inf)]
        high = np.r_[p, np.ones(n), np.zeros(n * m)]
        solved = _solve_highs(costs, rows, (low, high), n_whole=m, limit_seconds=limit_seconds, meter=meter)
    return _of_highs(solved, meter, m, lambda sites: median_worth(minutes, demand, sites))


def radius_p_median(instance: str, p: int, limit_seconds: float) -> Answer:
    """The radius form (Elloumi 2010) handed to HiGHS: is cell i served within its k-th nearest time."""
    minutes, demand = load(instance)
    n, m = minutes.shape
    with Meter() as meter:
        order = np.argsort(minutes, axis=1, kind="stable")
        times = np.take_along_axis(minutes, order, axis=1)
        step = np.diff(times, axis=1) * demand[:, None]  # cost of not being served by the k nearest
        z = m + np.arange(n * (m - 1)).reshape(n, m - 1)
        row = np.arange(n * (m - 1)).reshape(n, m - 1)
        ones = np.ones(row.size)
        # z_ik + y_(k-th nearest) >= z_i(k-1), and z_i0 = 1
        parts = [(row, z, ones), (row, order[:, :-1], ones), (row[:, 1:], z[:, :-1], -np.ones(n * (m - 2)))]
        entries = [np.concatenate([np.ravel(part[k]) for part in parts]) for k in range(3)]
        chain = coo_array((entries[2], (entries[0], entries[1])), shape=(row.size, m + row.size))
        count = coo_array((np.ones(m), (np.zeros(m, int), np.arange(m))), shape=(1, m + row.size))
        low = np.r_[p, (np.arange(m - 1) == 0)[None].repeat(n, axis=0).ravel().astype(float)]
        high = np.r_[p, np.full(row.size, np.inf)]
        costs = np.r_[np.zeros(m), step.ravel()]
        rows = vstack([count, chain]).tocsc()
        solved = _solve_highs(costs, rows, (low, high), n_whole=m, limit_seconds=limit_seconds, meter=meter)
    offset = float(demand @ times[:, 0])
    return _of_highs(solved, meter, m, lambda sites: median_worth(minutes, demand, sites), offset)


def highs_coverage(instance: str, p: int, standard: float, limit_seconds: float) -> Answer:
    """Coverage as arrays handed to HiGHS: a variable for each cell, none merged."""
    minutes, demand = load(instance)
    n, m = minutes.shape
    with Meter() as meter:
        within = csc_array(minutes <= standard).astype(float)
        cover = vstack([csc_array(within.T), -eye_array(n)]).T  # sum of the near sites - z_i >= 0
        count = coo_array((np.ones(m), (np.zeros(m, int), np.arange(m))), shape=(1, m + n))
        costs = np.r_[np.zeros(m), -demand]
        rows = vstack([count, cover]).tocsc()
        low, high = np.r_[p, np.zeros(n)], np.r_[p, np.full(n, np.inf)]
        solved = _solve_highs(costs, rows, (low, high), n_whole=m, limit_seconds=limit_seconds, meter=meter)
    return _of_highs(solved, meter, m, lambda sites: coverage_worth(minutes, demand, sites, standard))


def pbp_p_median(instance: str, p: int, limit_seconds: float) -> Answer:
    """pbp-pmedian, the engine of its own choice."""
    import pbp_pmedian

    minutes, demand = load(instance)
    costs = np.ascontiguousarray((demand[:, None] * minutes).T)
    with Meter() as meter:
        _, sites, _, status, engine = pbp_pmedian.solve(costs, p, time_limit=limit_seconds)
    says = f"proven ({engine})" if status == 0 else f"no answer ({engine})"
    worth = lambda sites: median_worth(minutes, demand, sites)  # noqa: E731
    of = ("pbp-pmedian", "highspy")
    return answer(meter, sites or (), worth, says, proven=status == 0, of=of)


def lokigi_p_median(instance: str, p: int, limit_seconds: float) -> Answer:  # noqa: ARG001
    """lokigi's GRASP; it has no time limit of its own."""
    import geopandas as gpd
    import pandas as pd
    from lokigi.site import SiteProblem

    minutes, demand = load(instance)
    n, m = minutes.shape
    names = [f"site {j}" for j in range(m)]
    cells = [f"cell {i}" for i in range(n)]
    with Meter() as meter:
        problem = SiteProblem(debug_mode=False)
        problem.add_demand(pd.DataFrame({"cell": cells, "demand": demand}), "demand", "cell")
        points = gpd.points_from_xy(np.linspace(0, 1, m), np.linspace(51, 52, m))
        sites = gpd.GeoDataFrame({"site": names}, geometry=points, crs="EPSG:4326")
        problem.add_sites(sites, candidate_id_col="site")
        matrix = pd.DataFrame(minutes, columns=names)
        matrix.insert(0, "cell", cells)
        problem.add_travel_matrix(matrix, source_col="cell", unit="minutes")
        found = problem.solve(
            p=p, objectives="p_median", search_strategy="grasp", show_progress=False, random_seed=1
        )
        best = found.return_best_combination_site_indices()
    worth = lambda sites: median_worth(minutes, demand, sites)  # noqa: E731
    return answer(meter, best, worth, "best found (GRASP)", proven=False, of=("lokigi",))


def _solve_pulp(limit_seconds: float, meter: Meter, solve: Callable[[Any], Any]) -> None:
    """Solve with HiGHS in what the building has left of the time; at least one second."""
    import pulp

    left = max(1.0, limit_seconds - meter.so_far())
    solve(pulp.HiGHS(msg=False, timeLimit=left, gapRel=GAP))


def _solve_spopt(model: Any, limit_seconds: float, meter: Meter) -> None:
    """Solve; that nothing was found within the limit spopt tells by raising."""
    try:
        _solve_pulp(limit_seconds, meter, lambda solver: model.solve(solver, results=False))
    except RuntimeError as error:
        if "not solved" not in str(error):
            raise


def _of_spopt(pulp: Any, model: Any, meter: Meter, worth: Callable[[list[int]], float]) -> Answer:
    problem = model.problem
    return answer(
        meter,
        _pulp_sites(pulp, problem, model.fac_vars),
        worth,
        pulp.LpStatus[problem.status],
        proven=problem.sol_status == pulp.LpSolutionOptimal,
        of=("spopt", "pulp", "highspy"),
    )


def _pulp_sites(pulp: Any, problem: Any, variables: list[Any]) -> list[int]:
    """Sites of what was found; a run stopped by the limit is 'Optimal' with another sol_status."""
    if problem.sol_status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
        return []
    return [j for j, variable in enumerate(variables) if (variable.value() or 0) > IS_OPEN]


def _solve_highs(
    costs: NDArray[np.float64],
    rows: Any,
    limits: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    n_whole: int,
    limit_seconds: float,
    meter: Meter,
) -> tuple[Any, NDArray[np.float64]]:
    """Minimise with all variables in [0, 1], the first `n_whole` of them whole."""
    import highspy

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(costs), rows.shape[0]
    lp.col_cost_ = costs
    lp.col_lower_, lp.col_upper_ = np.zeros(len(costs)), np.ones(len(costs))
    lp.row_lower_, lp.row_upper_ = limits
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
    kinds = (highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous)
    lp.integrality_ = [kinds[j >= n_whole] for j in range(len(costs))]
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", GAP)
    solver.setOptionValue("time_limit", max(1.0, limit_seconds - meter.so_far()))
    solver.passModel(lp)
    solver.run()
    return solver, np.array(solver.getSolution().col_value)


def _of_highs(
    solved: tuple[Any, NDArray[np.float64]],
    meter: Meter,
    m: int,
    worth: Callable[[list[int]], float],
    offset: float = 0.0,
) -> Answer:
    import highspy

    solver, values = solved
    status = solver.getModelStatus()
    has_plan = solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    sites = np.flatnonzero(values[:m] > IS_OPEN) if has_plan and len(values) else ()
    proven = status == highspy.HighsModelStatus.kOptimal
    says = solver.modelStatusToString(status)
    bound = abs(solver.getInfo().mip_dual_bound + offset)
    return answer(meter, sites, worth, says, proven=proven, of=("highspy",), bound=bound)
