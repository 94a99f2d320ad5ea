"""Puts together the families that a choice asks for, as one PuLP model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from pulp import LpMinimize, LpProblem, lpSum

from . import constraints
from .cuts import CutMaker, mean_cuts, outside_cuts
from .problem import CoverRule, distinct_rows
from .variables import (
    ThetaKind,
    Variables,
    add_intake,
    add_openings,
    add_sites,
    add_tail,
    add_teams,
    add_thetas,
    theta_kind,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulp import LpAffineExpression

    from .objectives import Objective
    from .problem import Resource, Service, SitingProblem


@dataclass(frozen=True)
class Kept:
    """An objective already optimised: it may not become worse than its limit."""

    objective: Objective
    limit: float


@dataclass(frozen=True, eq=False)
class Model:
    """A stated model, and what makes the cuts that bound its thetas."""

    lp: LpProblem
    variables: Variables
    problem: SitingProblem  # with what is kept as limits and covers
    tail_makers: tuple[CutMaker, ...]  # of the services whose worst share is measured
    objectives: tuple[Objective, ...]  # kept, and the one that is minimised
    rows: dict[str, int]  # position of each constraint, by name


def keep(problem: SitingProblem, kept: tuple[Kept, ...]) -> SitingProblem:
    """Add the limits of objectives that are rules of the problem: the largest minutes, the cost."""
    for each in kept:
        if each.objective.name == "cost" and problem.money is not None:
            limit = min(problem.money.limit, each.limit)
            problem = replace(problem, money=replace(problem.money, limit=limit))
        if each.objective.name == "largest_minutes":
            rule = within_reach(problem, each.limit, each.objective.mode)
            problem = replace(problem, covers=(*problem.covers, rule))
    return problem


def within_reach(problem: SitingProblem, largest_minutes: float, mode: str = "") -> CoverRule:
    """Every cell that anything serves has something open within the minutes, or digital contact is."""
    sets = []
    for service in problem.services_by(mode):
        if service.fallback_minutes <= largest_minutes:
            continue
        bound = (service.demand > 0) & np.isfinite(service.minutes).any(axis=1)
        if np.isfinite(service.fallback_minutes):
            bound = service.demand > 0
        within = np.zeros((int(bound.sum()), problem.n_options), dtype=bool)
        within[:, service.options] = service.minutes[bound] <= largest_minutes
        sets.append(distinct_rows(within))
    empty = np.zeros((0, problem.n_options), dtype=bool)
    return CoverRule("the largest minutes", np.concatenate([empty, *sets]))


def state_model(
    problem: SitingProblem, objective: Objective | None, kept: tuple[Kept, ...] = (), *, unit: float = 1.0
) -> Model:
    """State the choice as a mixed-integer linear programme; thetas are still without their cuts.

    `objective` None: any plan that obeys the rules. Minutes are counted in units of `unit` minutes.
    """
    problem = keep(problem, kept)
    in_use = [each.objective for each in kept] + ([objective] if objective else [])
    makers = _makers(problem, in_use, unit)
    worst = next((each for each in in_use if each.name == "worst_share_minutes"), None)
    tail_makers = () if worst is None else _mean_makers(problem, worst.mode, unit)
    lp = LpProblem("siting", LpMinimize)
    v = Variables(
        opening=add_openings(lp, problem),
        site_open=add_sites(lp, problem),
        theta=add_thetas(lp, makers),
        tail=None if worst is None else add_tail(lp, tail_makers),
        intake=add_intake(lp) if problem.capacity is not None else None,
        teams=add_teams(lp, problem),
        makers=makers,
    )
    expression = lpSum([]) + _expression(problem, v, objective)
    for variable in v.everything():  # so that each is part of the model, even where no row speaks of it
        expression.addterm(variable, 0.0)
    lp += expression, "objective"
    rows: dict[str, int] = {}
    for name, constraint in chain(
        constraints.one_offer_per_site(problem, v),
        constraints.number_of_options(problem, v),
        constraints.support_each_option(problem, v),
        constraints.keep_means(problem, v),
        constraints.keep_share(problem, v),
        constraints.send_no_better_than_best(v, objective),
        constraints.keep_resources(problem, v),
        constraints.base_each_team(problem, v),
        constraints.drive_within_days(problem, v),
        constraints.visit_each_stop(problem, v),
        _keep_objectives(problem, v, kept, unit),
    ):
        rows[name] = len(rows)
        lp += constraint, name
    return Model(lp, v, problem, tail_makers, tuple(in_use), rows)


def _makers(
    problem: SitingProblem, in_use: Sequence[Objective], unit: float
) -> dict[ThetaKind, tuple[CutMaker, ...]]:
    """Cut makers of all thetas that objectives and limits need, one for each service."""
    kinds = [kind for kind in map(theta_kind, in_use) if kind is not None]
    kinds += [ThetaKind("mean_minutes", limit.mode) for limit in problem.mean_limits]
    kinds += [
        ThetaKind("outside_standard", limit.mode, limit.standard_minutes) for limit in problem.share_limits
    ]
    return {
        kind: tuple(_with_room(maker, problem) for maker in _makers_of(problem, kind, unit))
        for kind in dict.fromkeys(kinds)
    }


def _makers_of(problem: SitingProblem, kind: ThetaKind, unit: float) -> tuple[CutMaker, ...]:
    if kind.measure == "mean_minutes":
        return _mean_makers(problem, kind.mode, unit)
    weight = 1 / problem.total_demand(kind.mode)
    by_area = any(limit.area >= 0 for limit in problem.share_limits if limit.mode == kind.mode)
    return tuple(
        outside_cuts(service, problem.option_site, weight, kind.standard_minutes, by_area=by_area)
        for service in problem.services_by(kind.mode)
    )


def _mean_makers(problem: SitingProblem, mode: str, unit: float) -> tuple[CutMaker, ...]:
    services = problem.services_by(mode)
    weight = 1 / (_served_demand(services) * unit)
    by_area = any(limit.area >= 0 for limit in problem.mean_limits if limit.mode == mode)
    return tuple(mean_cuts(service, problem.option_site, weight, by_area) for service in services)


def _with_room(maker: CutMaker, problem: SitingProblem) -> CutMaker:
    """Let cuts know what room options have, in the unit of the cells' weights."""
    if problem.capacity is None or not maker.n_groups:
        return maker
    return replace(maker, room=problem.capacity[maker.options] * maker.per_visit)


def _served_demand(services: tuple[Service, ...]) -> float:
    """Visits a year that something could serve: the total that means are over."""
    return sum(
        float(service.demand[np.isfinite(service.minutes).any(axis=1)].sum())
        if np.isinf(service.fallback_minutes)
        else float(service.demand.sum())
        for service in services
    )


def _expression(problem: SitingProblem, v: Variables, objective: Objective | None) -> LpAffineExpression:
    """Give the objective, without the tours, which come as columns."""
    name, kind = objective.name if objective else "none", theta_kind(objective)
    expression = lpSum([])
    if v.intake is not None and kind is not None:
        expression = 1 * v.intake
    elif kind is not None:
        expression = v.sum_of(kind) + _lost_share(problem, kind)
    elif name == "worst_share_minutes" and v.tail is not None:
        expression = v.tail.mean
    elif name == "rank" and problem.rank is not None:
        expression = lpSum(float(rank) * y for rank, y in zip(problem.rank, v.opening, strict=True) if rank)
    elif name == "cost" and problem.money is not None:
        expression = _cost(problem.money, v)
    return expression


def _cost(money: Resource, v: Variables) -> LpAffineExpression:
    cost = lpSum(float(amount) / money.unit * y for amount, y in zip(money.of_option, v.opening, strict=True))
    if v.teams is not None:
        cost += lpSum(money.of_team / money.unit * each for each in v.teams.number.values())
    return cost


def _keep_objectives(
    problem: SitingProblem, v: Variables, kept: tuple[Kept, ...], unit: float
) -> list[constraints.Named]:
    rows: list[constraints.Named] = []
    for each in kept:
        kind = theta_kind(each.objective)
        if each.objective.name == "worst_share_minutes" and v.tail is not None:
            rows.append(("keep_worst_share", v.tail.mean <= each.limit / unit))
        elif kind is not None:
            limit = each.limit / unit if kind.measure == "mean_minutes" else each.limit
            rows.append((f"keep_{kind}", v.sum_of(kind) <= limit - _lost_share(problem, kind)))
    return rows


def _lost_share(problem: SitingProblem, kind: ThetaKind) -> float:
    """Share of the visits that are outside any standard, for nothing can serve them; in means not counted."""
    if kind.measure == "mean_minutes":
        return 0.0
    return problem.lost_by(kind.mode) / problem.total_demand(kind.mode)
