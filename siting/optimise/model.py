"""Puts together the families that a choice asks for, as one PuLP model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from pulp import LpMinimize, LpProblem, lpSum

from . import constraints
from .cuts import CutMaker, mean_cuts, outside_cuts
from .problem import CoverRule
from .variables import (
    ThetaMeasure,
    Variables,
    add_intake,
    add_openings,
    add_sites,
    add_tail,
    add_teams,
    add_thetas,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulp import LpAffineExpression

    from .objectives import Objective
    from .problem import Resource, SitingProblem


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
    mean_makers: tuple[CutMaker, ...]  # where the mean or the worst share is used
    objectives: tuple[Objective, ...]  # kept, and the one that is minimised
    rows: dict[str, int]  # position of each constraint, by name


def keep(problem: SitingProblem, kept: tuple[Kept, ...]) -> SitingProblem:
    """Add the limits of objectives that are rules of the problem: the largest minutes, the cost."""
    for each in kept:
        if each.objective.name == "cost" and problem.money is not None:
            limit = min(problem.money.limit, each.limit)
            problem = replace(problem, money=replace(problem.money, limit=limit))
        if each.objective.name == "largest_minutes":
            problem = replace(problem, covers=(*problem.covers, within_reach(problem, each.limit)))
    return problem


def within_reach(problem: SitingProblem, largest_minutes: float) -> CoverRule:
    """Every cell that anything serves has something open within the minutes, or digital contact is."""
    sets = []
    for service in problem.services:
        if service.fallback_minutes <= largest_minutes:
            continue
        bound = (service.demand > 0) & np.isfinite(service.minutes).any(axis=1)
        if np.isfinite(service.fallback_minutes):
            bound = service.demand > 0
        within = np.zeros((int(bound.sum()), problem.n_options), dtype=bool)
        within[:, service.options] = service.minutes[bound] <= largest_minutes
        sets.append(np.unique(within, axis=0))
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
    by_name: dict[str, Objective] = {each.name: each for each in in_use}
    makers, mean_makers = _makers(problem, in_use, unit)
    lp = LpProblem("siting", LpMinimize)
    v = Variables(
        opening=add_openings(lp, problem),
        site_open=add_sites(lp, problem),
        theta=add_thetas(lp, makers),
        tail=add_tail(lp, mean_makers) if "worst_share_minutes" in by_name else None,
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
    return Model(lp, v, problem, mean_makers, tuple(in_use), rows)


def _makers(
    problem: SitingProblem, in_use: Sequence[Objective], unit: float
) -> tuple[dict[ThetaMeasure, tuple[CutMaker, ...]], tuple[CutMaker, ...]]:
    """Cut makers of the measures that have thetas, and those of the mean if anything needs them."""
    makers: dict[ThetaMeasure, tuple[CutMaker, ...]] = {}
    mean_makers: tuple[CutMaker, ...] = ()
    names = {each.name for each in in_use}
    needs_mean = "mean_minutes" in names or bool(problem.mean_limits)
    if needs_mean or "worst_share_minutes" in names:
        weight = 1 / (_served_demand(problem) * unit)
        by_area = any(limit.area >= 0 for limit in problem.mean_limits)
        mean_makers = tuple(
            mean_cuts(service, problem.option_site, weight, by_area) for service in problem.services
        )
    if needs_mean:
        makers["mean_minutes"] = mean_makers
    standards = [each.standard_minutes for each in in_use if each.name == "outside_standard"]
    standards += [problem.share_limit.standard_minutes] if problem.share_limit else []
    if len(set(standards)) > 1:
        message = f"one standard is used at a time, not {sorted(set(standards))}"
        raise ValueError(message)
    if standards:
        makers["outside_standard"] = tuple(
            outside_cuts(service, problem.option_site, 1 / problem.total_demand, standards[0])
            for service in problem.services
        )
    return {
        measure: tuple(_with_room(maker, problem) for maker in each) for measure, each in makers.items()
    }, mean_makers


def _with_room(maker: CutMaker, problem: SitingProblem) -> CutMaker:
    """Let cuts know what room options have, in the unit of the cells' weights."""
    if problem.capacity is None or not maker.n_groups:
        return maker
    return replace(maker, room=problem.capacity[maker.options] * maker.per_visit)


def _served_demand(problem: SitingProblem) -> float:
    """Visits a year that something could serve: the total that means are over."""
    return sum(
        float(service.demand[np.isfinite(service.minutes).any(axis=1)].sum())
        if np.isinf(service.fallback_minutes)
        else float(service.demand.sum())
        for service in problem.services
    )


def _expression(problem: SitingProblem, v: Variables, objective: Objective | None) -> LpAffineExpression:
    """Give the objective, without the tours, which come as columns."""
    name = objective.name if objective else "none"
    expression = lpSum([])
    if v.intake is not None and name in ("mean_minutes", "outside_standard"):
        expression = 1 * v.intake
    elif name == "mean_minutes":
        expression = v.sum_of("mean_minutes")
    elif name == "outside_standard":
        expression = v.sum_of("outside_standard") + problem.lost_demand / problem.total_demand
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
        name = each.objective.name
        if name == "worst_share_minutes" and v.tail is not None:
            rows.append(("keep_worst_share", v.tail.mean <= each.limit / unit))
        elif name == "mean_minutes":
            rows.append(("keep_mean", v.sum_of("mean_minutes") <= each.limit / unit))
        elif name == "outside_standard":
            lost = problem.lost_demand / problem.total_demand
            rows.append(("keep_share", v.sum_of("outside_standard") <= each.limit - lost))
    return rows
