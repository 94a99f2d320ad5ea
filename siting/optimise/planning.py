"""The planning question: main receptions, satellites and stops among the candidate sites, and teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import InfeasibleError, InputError, VerificationError
from ..plan import NO_SITE, Intake, ObjectiveValue, Plan, Status
from ..scenario import Aim, ChoiceSection
from ..scenario_choice import CountRange
from ..sites import ROLES, Role
from ..teams import rota
from .intake import SENT_MEASURES, intake_model
from .model import Kept
from .objectives import Objective
from .problem import Draft
from .rulebook import opened_options
from .rules import refuse_sites_that_left, state_problem
from .run import PROVEN
from .services import own_mode
from .solver import OnProgress, say_nothing, solve, unit_minutes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..region import Region
    from ..scenario import Hosts, SolverSection
    from ..scenario_choice import SitesByRole
    from ..teams import TourRun
    from .intake import IntakeAnswer
    from .options import Options
    from .problem import Sent, SitingProblem
    from .run import Stage

READERS: Final = {
    "mean_minutes": ("mean_minutes", "minutes"),
    "outside_standard": ("within_standard", "share"),
    "largest_minutes": ("largest_minutes", "minutes"),
    "worst_share_minutes": ("worst_share_minutes", "minutes"),
    "cost": ("cost", "sek_per_year"),
}


def choose(
    region: Region,
    choice: ChoiceSection,
    *,
    hosts: Hosts,
    solver: SolverSection,
    on_progress: OnProgress = say_nothing,
) -> Plan:
    """Choose the open sites, their roles and days, and the teams' rota.

    Raises
    ------
    InputError
        If rules contradict each other, or name a site that is not there.
    InfeasibleError
        If no plan obeys all the rules.
    TimeLimitError
        If the time ran out before the first plan.
    """
    problem, options = state_problem(region, choice, hosts)
    solution = solve(
        problem,
        [(objective_of(aim, choice, own_mode(region, aim.mode)), aim.tolerance) for aim in choice.objectives],
        time_limit_seconds=solver.time_limit_seconds,
        relative_gap=solver.relative_gap,
        on_progress=on_progress,
    )
    unproven = [stage.status for stage in solution.stages if stage.status is not Status.OPTIMAL]
    return plan_of(
        region,
        options,
        problem,
        solution.draft,
        status=unproven[0] if unproven else Status.OPTIMAL,
        objectives=tuple(as_readers_value(stage) for stage in solution.stages),
        seconds=solution.seconds,
    )


def evaluate_only(
    given: SitesByRole,
    region: Region,
    *,
    hosts: Hosts,
    solver: SolverSection,
    on_progress: OnProgress = say_nothing,
) -> Plan:
    """Take a named plan, such as today's clinics, as it stands; if it has stops, with the cheapest rota.

    Raises
    ------
    InputError
        If it names a site that is not there, or no team can visit its stops.
    InfeasibleError
        If no rota visits all its stops.
    """
    for role in ROLES:
        region.sites.indices(getattr(given, role), f"choice.given.{role}")
    refuse_sites_that_left(region, given, "choice.given")
    driven = _cheapest_rota(given, region, hosts, solver, on_progress) if given.stop else None
    return Plan(
        main=given.main,
        satellite=given.satellite,
        stop=given.stop,
        status=Status.GIVEN,
        objectives=(),
        solve_seconds=0.0 if driven is None else driven.solve_seconds,
        days_per_week=given.days_per_week if driven is None else driven.days_per_week,
        teams={} if driven is None else driven.teams,
        rota=() if driven is None else driven.rota,
    )


def _cheapest_rota(
    given: SitesByRole, region: Region, hosts: Hosts, solver: SolverSection, on_progress: OnProgress
) -> Plan:
    """Choose teams and tours alone: every place is open already, as named."""
    none = CountRange(minimum=0, maximum=0)
    choice = ChoiceSection(
        n_main=none,
        n_satellites=none,
        n_teams=CountRange(minimum=0, maximum=len(given.stop)),  # a team for each stop is more than enough
        existing=given,
        objectives=(Aim(measure="cost"),),
    )
    try:
        return choose(region, choice, hosts=hosts, solver=solver, on_progress=on_progress)
    except InfeasibleError as error:
        message = (
            "choice.given: no rota visits all the stops from the open main receptions in a working day; "
            "leave out the farthest, or open a main reception nearer to them"
        )
        raise InfeasibleError(message) from error


def intakes(
    plan: Plan, region: Region, choice: ChoiceSection, hosts: Hosts, *, worst: Sequence[float | None]
) -> Iterator[dict[str, Intake]]:
    """Work out where a joint intake sends the visits of a plan that stands; nothing is chosen.

    With one objective there is one answer. With several, how good an earlier one had to stay is known only
    as far as the plan tells; what follows from that comes in turn, the likeliest first.

    Parameters
    ----------
    worst
        How bad each objective but the last may be, as readers know it; None: not known.

    Raises
    ------
    VerificationError
        If the places open are not such as the choice offers.
    """
    problem, options = state_problem(region, choice, hosts)
    is_open = opened_options(plan, region, options)
    if is_open.sum() != len(plan.open_sites):
        message = "the intake: a place is open in a role, or on days, that the choice does not offer"
        raise VerificationError(message)
    unit = unit_minutes(problem)
    objectives = [objective_of(aim, choice, own_mode(region, aim.mode)) for aim in choice.objectives]
    kept: list[Kept] = []
    best_first: list[IntakeAnswer] = []
    for objective, aim in zip(objectives, choice.objectives, strict=True):
        best_first.append(intake_model(problem, objective, kept, unit).answer(is_open))
        if objective.name in SENT_MEASURES:
            value = objective.value(problem, Draft(is_open, sent=best_first[-1].sent))
            kept.append(Kept(objective, value + objective.tolerance(value, max(PROVEN, aim.tolerance))))
    told = [
        Kept(each, 1 - value if each.name == "outside_standard" else value)
        for each, value in zip(objectives, worst, strict=False)
        if value is not None
    ]
    # Where a later objective found no better plan, the visits go as the one before it sent them.
    for answer in (*reversed(best_first), intake_model(problem, objectives[-1], told, unit).answer(is_open)):
        if not answer.missing:
            yield _intake_of(problem, answer.sent)


def objective_of(aim: Aim, choice: ChoiceSection, mode: str) -> Objective:
    """State an objective as what is minimised; `mode` "" is the scenario's own mode of travel."""
    if aim.measure == "within_standard":
        return Objective("outside_standard", standard_minutes=choice.standard_minutes, mode=mode)
    if aim.measure == "worst_share_minutes":
        return Objective("worst_share_minutes", worst_share=choice.worst_share, mode=mode)
    return Objective(aim.measure, mode="" if aim.measure == "cost" else mode)


def plan_of(
    region: Region,
    options: Options,
    problem: SitingProblem,
    draft: Draft,
    *,
    status: Status,
    objectives: tuple[ObjectiveValue, ...],
    seconds: float,
) -> Plan:
    """Name the sites that a draft opens, where teams drive, and where visits are sent."""
    by_role: dict[Role, list[str]] = {role: [] for role in Role}
    days = {}
    for q in np.flatnonzero(draft.is_open):
        site_id = region.sites.site_ids[problem.option_site[q]]
        by_role[options.offers[q].role].append(site_id)
        days[site_id] = options.offers[q].days_per_week
    fleet, teams = draft.fleet, {}
    runs: tuple[TourRun, ...] = ()
    if fleet is not None and problem.teams is not None:
        teams = {region.sites.site_ids[k]: n for k, n in fleet.teams.items()}
        runs = rota(
            (fleet.odd, fleet.even),
            problem.teams.tours,
            minutes=region.between_sites_minutes,
            site_ids=region.sites.site_ids,
            teams=teams,
            roles=region.roles,
        )
    return Plan(
        main=tuple(by_role[Role.MAIN]),
        satellite=tuple(by_role[Role.SATELLITE]),
        stop=tuple(by_role[Role.STOP]),
        days_per_week=days,
        teams=teams,
        rota=runs,
        intake=None if draft.sent is None else _intake_of(problem, draft.sent),
        status=status,
        objectives=objectives,
        solve_seconds=seconds,
    )


def _intake_of(problem: SitingProblem, sent: Sent) -> dict[str, Intake]:
    """Where visits are sent, in rows and columns of the travel times."""
    found = {name: Intake(*(np.empty(0, dtype=np.intp),) * 2, np.empty(0)) for name in ("main", "near")}
    for s, service in enumerate(problem.services):
        mine = sent.service == s
        rows = sent.row[mine]
        option = sent.option[mine]
        cells = rows if service.cell is None else service.cell[rows]
        found[service.name] = Intake(
            cell=cells,
            site=np.where(option < 0, NO_SITE, problem.option_site[option]),
            share=sent.visits[mine] / service.demand[rows],
        )
    return found


def as_readers_value(stage: Stage) -> ObjectiveValue:
    """Give an objective as readers know it: minutes, SEK, or the share within the standard."""
    value, bound = stage.value, stage.bound
    if stage.objective.name not in READERS:
        message = f"{stage.objective.name} is not an objective that readers know"
        raise InputError(message)
    name, unit = READERS[stage.objective.name]
    if unit == "share":
        value, bound = 1 - value, 1 - bound
    gap = abs(value - bound) / abs(value) if value else abs(bound)
    return ObjectiveValue(name, unit, value, bound, gap, stage.status, stage.objective.mode)
