"""The examination of an answer on the embedded county, and the textbook's way to list nearly best plans."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from meter import Meter, versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.optimise.objectives import Objective
    from siting.optimise.problem import SitingProblem

Answer = dict[str, Any]
SCENARIO = "two-mains-satellites"


def near_best(within: float) -> Answer:
    """siting.near_best: all plans within a share of the best; what places are worth is not timed."""
    from siting.optimise.listing import list_plans
    from siting.optimise.solver import solve

    problem, objective = _problem()
    with Meter() as meter:
        best = solve(problem, [(objective, 0.0)], time_limit_seconds=60).stages[0].value
        limit = best * (1 + within)
        found = list_plans(problem, objective, limit, most_plans=1_000_000, time_limit_seconds=600)
    is_complete = found.complete_to >= limit
    return _told(meter, len(found.values), f"{len(found.values):,} plans", proven=is_complete)


def no_good_cuts(within: float, limit_seconds: float) -> Answer:
    """One plan at a time, by siting's own solver: solve, forbid the plan found, solve again."""
    from siting.errors import SolveError
    from siting.optimise.problem import CountRule
    from siting.optimise.solver import solve

    problem, objective = _problem()
    n_found, limit, is_complete = 0, np.inf, False
    with Meter() as meter:
        while (left := limit_seconds - meter.so_far()) > 0:
            try:
                solution = solve(problem, [(objective, 0.0)], time_limit_seconds=left)
            except SolveError:
                break
            value = solution.stages[0].value
            limit = value * (1 + within) if n_found == 0 else limit
            if value > limit:
                is_complete = str(solution.stages[0].status) == "optimal"
                break
            n_found += 1
            opened = np.flatnonzero(solution.draft.is_open)
            rule = CountRule("not again", opened, 0, len(opened) - 1)
            problem = dataclasses.replace(problem, counts=(*problem.counts, rule))
    return _told(meter, n_found, f"{n_found:,} plans", proven=is_complete)


def textbook_no_good_cuts(within: float, limit_seconds: float) -> Answer:
    """The textbook's model, a variable for each cell and site, in HiGHS; each plan found is forbidden."""
    import highspy

    problem, objective = _problem()
    n_found, limit, is_complete = 0, np.inf, False
    with Meter() as meter:
        solver = _textbook(problem)
        while (left := limit_seconds - meter.so_far()) > 0:
            solver.setOptionValue("time_limit", max(left, 1.0))
            solver.run()
            if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                break
            value = solver.getObjectiveValue()
            limit = value * (1 + within) if n_found == 0 else limit
            if value > limit:
                is_complete = True
                break
            n_found += 1
            opened = np.flatnonzero(np.array(solver.getSolution().col_value[: problem.n_options]) > 0.5)
            solver.addRow(
                -np.inf, len(opened) - 1.0, len(opened), opened.astype(np.int32), np.ones(len(opened))
            )
    return _told(meter, n_found, f"{n_found:,} plans ({objective.name})", proven=is_complete)


def draws(n: int, n_workers: int) -> Answer:
    """siting.uncertainty: draws with their best plans, regret and flips, from processes not yet started."""
    import siting
    from siting.analysis.near_best import near_best as list_near
    from siting.analysis.uncertainty import uncertainty
    from siting.workers import dask_workers

    outcome = _outcome(lambda section: section.model_copy(update=_draws(section, n)))
    near = list_near(outcome)
    with Meter() as meter, dask_workers(n_workers=n_workers) as workers:
        found = uncertainty(outcome, near=near, workers=workers)
    says = f"{found.n_draws - found.n_without_plan:,} solved, {found.n_unproven} unproven"
    told = _told(meter, float(np.nanmean(found.best_values)), says, proven=not found.n_unproven)
    return {**told, "versions": versions("siting", "highspy"), "name": siting.__name__}


def _draws(section: Any, n: int) -> dict[str, Any]:
    return {"uncertainty": section.uncertainty.model_copy(update={"draws": n})}


def departures(most_leaving: int) -> Answer:
    """The best plan of those who stay when each one leaves, and any two; one process."""
    from siting.analysis.departures import departures as leave
    from siting.workers import InThisProcess, say_nothing

    outcome = _outcome()
    with Meter() as meter:
        found = leave(outcome, most_leaving, workers=InThisProcess(), on_progress=say_nothing)
    return _told(meter, len(found), f"{len(found)} departures", proven=all(each.is_proven for each in found))


def _outcome(change: Callable[[Any], Any] = lambda section: section) -> Any:
    import siting

    scenario = siting.load(SCENARIO)
    return siting.run(scenario.model_copy(update={"analysis": change(scenario.analysis)}))


def _problem() -> tuple[SitingProblem, Objective]:
    import siting
    from siting.dataset import load_dataset
    from siting.optimise.planning import objective_of
    from siting.optimise.rules import state_problem
    from siting.study import measure

    scenario = siting.load(SCENARIO)
    region = measure(scenario, load_dataset(scenario.dataset))
    problem, _ = state_problem(region, scenario.choice, scenario.sites.hosts)
    return problem, objective_of(scenario.choice.objectives[0], scenario.choice, "")


def _textbook(problem: SitingProblem) -> Any:
    """x_ij <= y_j for each service, numbers of each role, one role a site; minutes in the mean's own unit."""
    import highspy
    from scipy.sparse import coo_array, vstack

    q, first = problem.n_options, problem.n_options
    total = sum(float(service.demand.sum()) for service in problem.services)
    costs, parts, low, high = [np.zeros(q)], [], [], []
    n_columns = q + sum(service.minutes.size for service in problem.services)
    for service in problem.services:
        n, m = service.minutes.shape
        pair, ones = np.arange(n * m), np.ones(n * m)
        parts.append(coo_array((ones, (pair // m, first + pair)), shape=(n, n_columns)))
        low.append(np.ones(n))
        high.append(np.ones(n))
        entries = (np.r_[ones, -ones], (np.r_[pair, pair], np.r_[first + pair, service.options[pair % m]]))
        parts.append(coo_array(entries, shape=(n * m, n_columns)))
        low.append(np.full(n * m, -np.inf))
        high.append(np.zeros(n * m))
        costs.append((service.demand[:, None] * service.minutes / total).ravel())
        first += n * m
    for rule in problem.counts:
        k = len(rule.options)
        parts.append(coo_array((np.ones(k), (np.zeros(k, int), rule.options)), shape=(1, n_columns)))
        low.append([rule.least])
        high.append([rule.most])
    parts.append(coo_array((np.ones(q), (problem.option_site, np.arange(q))), shape=(q, n_columns)))
    low.append(np.full(q, -np.inf))
    high.append(np.ones(q))
    rows = vstack(parts).tocsc()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n_columns, rows.shape[0]
    lp.col_cost_ = np.concatenate(costs)
    lp.col_lower_, lp.col_upper_ = np.zeros(n_columns), np.ones(n_columns)
    lp.row_lower_, lp.row_upper_ = np.concatenate(low), np.concatenate(high)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
    kinds = (highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous)
    lp.integrality_ = [kinds[j >= q] for j in range(n_columns)]
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.passModel(lp)
    return solver


def _told(meter: Meter, value: float, says: str, *, proven: bool) -> Answer:
    found = versions("siting", "highspy")
    return {**meter.costs(), "value": value, "says": says, "proven": proven, "versions": found}
