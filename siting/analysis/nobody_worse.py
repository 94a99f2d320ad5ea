"""The rule that no municipality is worse off than today: who is, the best plan that obeys it, its price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .. import study
from ..errors import InfeasibleError, InputError, SolveError
from ..plan import Plan, Status
from ..scenario import NobodyWorse as NobodyWorseRule
from ..sites import Role
from .coalitions import SERVICES, Promise, cheapest_openings, promises_of, visit_rows
from .subject import choose, count, is_proven, with_choice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..evaluate import Evaluation
    from ..scenario_choice import SitesByRole
    from ..study import Outcome
    from .coalitions import CostGame
    from .subject import Answered

ROUNDING: Final = 1e-9  # minutes


@dataclass(frozen=True, eq=False)
class NobodyWorse:
    """The rule that no municipality is worse off than today.

    The rule is exact: a plan that makes the mean of a municipality a second longer breaks it. Who is worse
    off in the joint plan is told of noticeable minutes alone, so nobody may be although the rule is broken.
    """

    worse_now: tuple[str, ...]
    """Codes of those whose mean is longer in the joint plan than today by at least the noticeable minutes
    (scenario key `evaluation.noticeable_minutes`), in either service that there is today."""
    joint_obeys: bool
    """Whether the joint plan obeys the rule itself."""
    plan: Plan | None
    """Best plan that obeys the rule beside the scenario's others; None = there is none."""
    reason: str
    value: float | None
    """Its first objective, as readers know it."""
    joint_value: float | None
    """That of the joint plan; None = it serves nobody."""
    is_proven: bool
    least_cost_plan: Plan | None
    """The cheapest by which no municipality is worse off than today, nor than in the joint plan, with any
    number of places in the roles that the scenario uses, and no other rule; None = there is none."""
    least_sek_per_year: float | None


def today_of(outcome: Outcome, today: SitesByRole) -> Plan:
    """Take today's places as a plan.

    Raises
    ------
    InputError
        If it names a site that is not there.
    """
    for role in ("main", "satellite"):
        outcome.region.sites.indices(getattr(today, role), f"analysis.municipalities.today.{role}")
    return Plan(
        main=today.main,
        satellite=today.satellite,
        status=Status.GIVEN,
        objectives=(),
        solve_seconds=0.0,
        days_per_week=today.days_per_week,
    )


def nobody_worse(outcome: Outcome, today: Answered, game: CostGame) -> NobodyWorse:
    """Hold the joint plan against today's, and look for the best plan in which no municipality loses."""
    is_kept = not _worse(outcome, today, by=ROUNDING)
    joint_value = _first_objective(outcome)
    plan, reason, value, is_proven = _best(outcome, is_kept=is_kept)
    cheapest = _cheapest(outcome, today, game)
    return NobodyWorse(
        worse_now=_worse(outcome, today, by=outcome.scenario.evaluation.noticeable_minutes - ROUNDING),
        joint_obeys=is_kept,
        plan=plan,
        reason=reason,
        value=value,
        joint_value=joint_value,
        is_proven=is_proven,
        least_cost_plan=cheapest,
        least_sek_per_year=None if cheapest is None else count(outcome, cheapest).resources.sek_per_year,
    )


def _worse(outcome: Outcome, today: Answered, *, by: float) -> tuple[str, ...]:
    """Codes of those whose mean of a service is longer than today by more than so many minutes."""
    return tuple(
        code
        for code in outcome.region.municipality_names
        if any(_loses(outcome.evaluation, today.evaluation, code, service, by) for service in SERVICES)
    )


def _loses(joint: Evaluation, today: Evaluation, code: str, service: str, by: float) -> bool:
    if code not in today.by_municipality:
        return False
    now = getattr(today.by_municipality[code], service).mean_generalised_minutes
    then = getattr(joint.by_municipality[code], service).mean_generalised_minutes
    return now is not None and (then is None or then > now + by)


def _first_objective(outcome: Outcome) -> float | None:
    aim = outcome.scenario.choice.objectives[0]
    mode = aim.mode if aim.mode is not None and aim.mode != outcome.region.mode else ""
    return study.count_measure(outcome, aim.measure, mode)


def _best(outcome: Outcome, *, is_kept: bool) -> tuple[Plan | None, str, float | None, bool]:
    """Choose by the scenario's rules and this one; where the joint plan keeps it, that is the best.

    Gives the plan, why there is none, its first objective, and whether it (or that there is none) is proven.
    """
    scenario = outcome.scenario
    if is_kept:
        return outcome.plan, "", _first_objective(outcome), is_proven(outcome.plan)
    if scenario.choice.given is not None:
        return None, "choice.given: the scenario takes a plan as it stands, and chooses none", None, False
    named = scenario.analysis.municipalities.today
    try:
        choice = with_choice(scenario, nobody_worse_than=NobodyWorseRule(plan=named, by="municipality"))
        plan = choose(outcome, choice)
    except (InputError, SolveError) as error:
        return None, str(error), None, isinstance(error, InfeasibleError)
    asked = scenario.model_copy(update={"choice": choice})
    value = _first_objective(study.recount(plan, asked, outcome.dataset, outcome.region))
    return plan, "", value, is_proven(plan)


def _cheapest(outcome: Outcome, today: Answered, game: CostGame) -> Plan | None:
    everybody = promises_of(game, frozenset(game.codes))
    if everybody is None:
        return None
    promises = [*everybody, *_promises_of_today(outcome, today, game)]
    own = np.ones(len(game.options), dtype=bool)
    try:
        return plan_of(outcome, game, cheapest_openings(game, own, promises, {}))
    except InfeasibleError:
        return None


def _promises_of_today(outcome: Outcome, today: Answered, game: CostGame) -> list[Promise]:
    """Say what each service of each municipality is promised: its mean of today."""
    region, promises = outcome.region, []
    for service in SERVICES:
        cell, visits, minutes, digital = visit_rows(region, today.plan, service, game.options)
        codes = np.array(region.demand.municipality_codes)[cell]
        reached = np.isfinite(np.minimum(minutes.min(axis=1, initial=np.inf), digital))
        for code in region.municipality_names:
            mine = (codes == code) & reached
            if mine.any():
                area = getattr(today.evaluation.by_municipality[code], service)
                most = float(area.mean_generalised_minutes)
                key = (f"{code} {service} today", most, b"")
                promises.append(Promise(visits[mine], minutes[mine], digital[mine], most, key))
    return promises


def plan_of(outcome: Outcome, game: CostGame, is_open: NDArray[np.bool_]) -> Plan:
    """Open options of the game, as a plan."""
    ids = outcome.region.sites.site_ids
    opened = [(ids[site], offer) for (site, offer), yes in zip(game.options, is_open, strict=True) if yes]
    return Plan(
        main=tuple(site for site, offer in opened if offer.role is Role.MAIN),
        satellite=tuple(site for site, offer in opened if offer.role is Role.SATELLITE),
        status=Status.OPTIMAL,
        objectives=(),
        solve_seconds=0.0,
        days_per_week={site: offer.days_per_week for site, offer in opened},
    )
