"""The planning question: main receptions and satellites among the candidate sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..plan import ObjectiveValue, Plan, Status
from ..sites import ROLES
from .objectives import Objective
from .rules import MAIN, SATELLITE, named_sites
from .solver import OnProgress, Stage, say_nothing, solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..scenario import ChoiceSection, Hosts, SitesByRole, SolverSection
    from ..sites import SiteTable
    from .problem import SitingProblem


def choose(
    problem: SitingProblem,
    sites: SiteTable,
    *,
    choice: ChoiceSection,
    hosts: Hosts,
    solver: SolverSection,
    on_progress: OnProgress = say_nothing,
) -> Plan:
    """Choose the open sites and their roles.

    Raises
    ------
    InfeasibleError
        If no plan obeys all the rules.
    TimeLimitError
        If the time ran out before the first plan.
    """
    objectives = [
        Objective("mean_minutes")
        if name == "mean_minutes"
        else Objective("outside_standard", choice.standard_minutes)
        for name in choice.objectives
    ]
    solution = solve(
        problem,
        objectives,
        time_limit_seconds=solver.time_limit_seconds,
        relative_gap=solver.relative_gap,
        on_progress=on_progress,
    )
    is_open = settle_ties(problem, solution.is_open, sites, hosts)
    unproven = [stage.status for stage in solution.stages if stage.status is not Status.OPTIMAL]
    return Plan(
        main=_ids(sites, is_open[:, MAIN]),
        satellite=_ids(sites, is_open[:, SATELLITE]),
        status=unproven[0] if unproven else Status.OPTIMAL,
        objectives=tuple(_as_readers_value(stage) for stage in solution.stages),
        solve_seconds=solution.seconds,
    )


def settle_ties(
    problem: SitingProblem, is_open: NDArray[np.bool_], sites: SiteTable, hosts: Hosts
) -> NDArray[np.bool_]:
    """Among premises at the same place take the kind that the scenario lists first, then the table's order.

    Such premises have equal minutes to every cell and lie in the same municipality, so the plan is
    worth the same; without a rule it would be the solver's whim which one is named.
    """
    settled = is_open.copy()
    minutes = np.concatenate([service.minutes for service in problem.services])
    for j, r in np.argwhere(is_open & ~problem.required):
        order = getattr(hosts, ROLES[r])
        twins = [
            int(k)
            for k in np.flatnonzero((minutes == minutes[:, [j]]).all(axis=0))
            if problem.allowed[k, r]
            and (k == j or not settled[k].any())
            and sites.municipality_codes[k] == sites.municipality_codes[j]
        ]
        first = min(twins, key=lambda k: (order.index(sites.kinds[k]), k))
        swapped = settled.copy()
        swapped[j, r], swapped[first, r] = False, True
        if not problem.broken_rules(swapped):  # a rule may name one of them
            settled = swapped
    return settled


def evaluate_only(given: SitesByRole, sites: SiteTable) -> Plan:
    """Take a named plan, such as today's clinics, as it stands."""
    mask = named_sites(sites, given, "choice.given")
    return Plan(
        main=_ids(sites, mask[:, MAIN]),
        satellite=_ids(sites, mask[:, SATELLITE]),
        status=Status.GIVEN,
        objectives=(),
        solve_seconds=0.0,
    )


def _ids(sites: SiteTable, chosen: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(sites.site_ids[j] for j in np.flatnonzero(chosen))


def _as_readers_value(stage: Stage) -> ObjectiveValue:
    """Give an objective as readers know it: minutes, or the share within the standard."""
    value, bound = stage.value, stage.bound
    name, unit = "mean_minutes", "minutes"
    if stage.objective.name == "outside_standard":
        name, unit, value, bound = "within_standard", "share", 1 - value, 1 - bound
    gap = abs(value - bound) / abs(value) if value else abs(bound)
    return ObjectiveValue(name, unit, value, bound, gap, stage.status)
