"""The planning question: main receptions and satellites among the candidate sites.

Two services: visits that need a main reception go to the nearest one; the rest to the nearest open
place of either role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InfeasibleError, InputError
from ..plan import ObjectiveValue, Plan, Status
from ..sites import ROLES, Role
from .objectives import Objective
from .problem import Service, SitingProblem
from .solver import OnProgress, Stage, say_nothing, solve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ..demand import DemandGrid
    from ..scenario import ChoiceSection, Hosts, SitesByRole, SolverSection
    from ..sites import SiteTable
    from ..travel import TravelTimes

MAIN, SATELLITE = ROLES.index(Role.MAIN), ROLES.index(Role.SATELLITE)
MAIN_SERVICE, NEAR_SERVICE = "main", "near"


def choose(
    demand: DemandGrid,
    sites: SiteTable,
    times: TravelTimes,
    *,
    choice: ChoiceSection,
    hosts: Hosts,
    solver: SolverSection,
    municipality_names: Mapping[str, str],
    on_progress: OnProgress = say_nothing,
) -> Plan:
    """Choose the open sites and their roles.

    Raises
    ------
    InputError
        If the rules contradict each other before anything is solved.
    InfeasibleError
        If no plan obeys them.
    TimeLimitError
        If the time ran out before the first plan.
    """
    problem = state_problem(demand, sites, times, choice=choice, municipality_names=municipality_names)
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


def state_problem(
    demand: DemandGrid,
    sites: SiteTable,
    times: TravelTimes,
    *,
    choice: ChoiceSection,
    municipality_names: Mapping[str, str],
) -> SitingProblem:
    """Turn the scenario's rules into numbers, and refuse those that contradict each other."""
    existing = _mask(sites, choice.existing, "choice.existing")
    required = _mask(sites, choice.required, "choice.required")
    for j, r in np.argwhere(required & ~sites.allowed):
        message = (
            f"choice.required.{ROLES[r]}: {sites.site_ids[j]} may not be used as {ROLES[r]}: it is forbidden "
            f"here, or its kind ({sites.kinds[j]}) is not among sites.hosts.{ROLES[r]}"
        )
        raise InputError(message)
    both = np.flatnonzero((existing | required).all(axis=1))
    if both.size:
        message = f"choice: {sites.site_ids[both[0]]} is named in two roles; a site has one"
        raise InputError(message)
    allowed = sites.allowed | existing
    # A site that exists in one role cannot be chosen for the other.
    allowed[existing.any(axis=1)] = existing[existing.any(axis=1)]
    counts = []
    for role, count in ((Role.MAIN, choice.n_main), (Role.SATELLITE, choice.n_satellites)):
        r = ROLES.index(role)
        n_existing = int(existing[:, r].sum())
        n_free = int(allowed[:, r].sum()) - n_existing
        if count.minimum > n_free:
            message = (
                f"choice: {count.minimum} sites are to be opened as {role}, but only {n_free} may host one"
            )
            raise InputError(message)
        counts.append((count.minimum + n_existing, count.maximum + n_existing))
    n_asked, n_usable = sum(least for least, _ in counts), int(allowed.any(axis=1).sum())
    if n_asked > n_usable:
        message = (
            f"choice: n_main and n_satellites ask for {n_asked} sites with the existing ones, "
            f"but only {n_usable} premises may be used"
        )
        raise InputError(message)
    allowed &= np.array([most > 0 for _, most in counts])[None, :]
    if not any(
        visits.any() and np.isfinite(times.minutes[:, allowed[:, roles].any(axis=1)]).any()
        for visits, roles in (
            (demand.main_visits_per_year, [MAIN]),
            (demand.near_visits_per_year, [MAIN, SATELLITE]),
        )
    ):
        message = "choice: no visit can be served: no premises may be opened in the role that the visits need"
        raise InputError(message)
    return SitingProblem(
        services=tuple(
            Service(name, visits, times.minutes, roles)
            for name, visits, roles in (
                (MAIN_SERVICE, demand.main_visits_per_year, (MAIN,)),
                (NEAR_SERVICE, demand.near_visits_per_year, (MAIN, SATELLITE)),
            )
            if visits.any()  # with alpha 0 or 1 one of the two has no visits
        ),
        allowed=allowed,
        required=existing | required,
        count_range=tuple(counts),
        at_least_one_of=_one_per_municipality(sites, allowed, counts, municipality_names)
        if choice.place_in_every_municipality
        else (),
    )


def _mask(sites: SiteTable, named: SitesByRole, where: str) -> NDArray[np.bool_]:
    mask = np.zeros(sites.allowed.shape, dtype=bool)
    for r, role in enumerate(ROLES):
        mask[sites.indices(getattr(named, role), f"{where}.{role}"), r] = True
    return mask


def _one_per_municipality(
    sites: SiteTable,
    allowed: NDArray[np.bool_],
    counts: list[tuple[int, int]],
    municipality_names: Mapping[str, str],
) -> tuple[tuple[str, NDArray[np.intp]], ...]:
    most = sum(maximum for _, maximum in counts)
    if most < len(municipality_names):
        message = (
            f"choice.place_in_every_municipality: {len(municipality_names)} municipalities need a place, "
            f"but at most {most} are opened; raise n_main or n_satellites"
        )
        raise InfeasibleError(message)
    usable = allowed.any(axis=1)
    groups = []
    for code, name in municipality_names.items():
        members = np.flatnonzero(usable & (np.array(sites.municipality_codes) == code))
        if not members.size:
            message = f"choice.place_in_every_municipality: {name} has no premises that may be used"
            raise InfeasibleError(message)
        groups.append((name, members))
    return tuple(groups)


def settle_ties(
    problem: SitingProblem, is_open: NDArray[np.bool_], sites: SiteTable, hosts: Hosts
) -> NDArray[np.bool_]:
    """Among premises at the same place take the kind that the scenario lists first, then the table's order.

    Such premises have equal minutes to every cell and lie in the same municipality, so the plan is
    worth the same; without a rule it would be the solver's whim which one is named.
    """
    settled = is_open.copy()
    minutes = problem.services[0].minutes
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
        settled[j, r], settled[first, r] = False, True
    return settled


def evaluate_only(given: SitesByRole, sites: SiteTable) -> Plan:
    """Take a named plan, such as today's clinics, as it stands."""
    mask = _mask(sites, given, "choice.given")
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
