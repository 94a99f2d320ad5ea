"""The rules, one function for each family; each gives named constraints and touches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pulp import lpSum

from .problem import UNLIMITED
from .variables import RUNS_PER_TEAM_DAY, ThetaKind, theta_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulp import LpConstraint

    from .objectives import Objective
    from .problem import SitingProblem
    from .variables import TeamVariables, Variables

Named = tuple[str, "LpConstraint"]


def one_offer_per_site(problem: SitingProblem, v: Variables) -> Iterator[Named]:
    r"""A site has one offer at most: :math:`\sum_o y_{jo} = open_j \le 1` for all j."""
    for j, is_open in v.site_open.items():
        yield f"one_offer_{j}", v.opened(np.flatnonzero(problem.option_site == j)) - is_open == 0


def number_of_options(problem: SitingProblem, v: Variables) -> Iterator[Named]:
    r"""Of named options a number is open: :math:`a \le \sum_{q \in S} y_q \le b`.

    Numbers by role and by kind of premises, what is required, at least and at most one of a list,
    a place in a municipality: all are such a sum.
    """
    for index, count in enumerate(problem.counts):
        total = v.opened(count.options)
        if count.least == count.most:
            yield f"exactly_{index}", total == count.least
            continue
        if count.least > 0:
            yield f"at_least_{index}", total >= count.least
        if count.most < min(len(count.options), UNLIMITED):
            yield f"at_most_{index}", total <= count.most


def support_each_option(problem: SitingProblem, v: Variables) -> Iterator[Named]:
    r"""An option that needs support has it: :math:`y_q \le \sum_{p \in L_q} y_p`."""
    for index, support in enumerate(problem.supports):
        for q, supporters in zip(support.options, support.supporters, strict=True):
            supported = v.opened(np.flatnonzero(supporters))
            yield f"support_{index}_{q}", v.opening[int(q)] - supported <= 0


def keep_means(problem: SitingProblem, v: Variables) -> Iterator[Named]:
    r"""Mean minutes of an area are limited: :math:`\sum_{g \in A} \theta_g \le L\, W_A`.

    Weights are demand over total demand and unit, and so are thetas.
    """
    for index, limit in enumerate(problem.mean_limits):
        services = problem.services_by(limit.mode)
        counted = [s for s, service in enumerate(services) if limit.service in ("", service.name)]
        kind = ThetaKind("mean_minutes", limit.mode)
        weight = sum(v.makers[kind][s].weight_of(limit.area) for s in counted)
        if weight > 0:
            felt = v.sum_of(kind, limit.area, counted)
            yield f"mean_limit_{index}", felt <= limit.minutes * weight


def keep_share(problem: SitingProblem, v: Variables) -> Iterator[Named]:
    r"""Enough visits of an area are within: :math:`\sum_{g \in A} \theta^{out}_g \le (1 - s) W_A`."""
    for index, limit in enumerate(problem.share_limits):
        kind = ThetaKind("outside_standard", limit.mode, limit.standard_minutes)
        lost = problem.lost_by(limit.mode, limit.area) / problem.total_demand(limit.mode)
        weight = lost + sum(maker.weight_of(limit.area) for maker in v.makers[kind])
        yield f"share_limit_{index}", v.sum_of(kind, limit.area) <= (1 - limit.share) * weight - lost


def send_no_better_than_best(v: Variables, objective: Objective | None) -> Iterator[Named]:
    r"""Within capacity nothing is better than everybody at the best place: :math:`intake \ge \sum \theta`.

    For the same reason the limits of means and shares hold for the thetas, too.
    """
    kind = theta_kind(objective)
    if v.intake is not None and kind in v.makers:
        yield "intake", v.intake - v.sum_of(kind) >= 0


def keep_resources(problem: SitingProblem, v: Variables) -> Iterator[Named]:
    r"""Staff and money: :math:`\sum_q r_q y_q + \sum_k r T_k + \sum_t r_t X_t \le R` (X come as columns)."""
    for resource in problem.resources:
        if not np.isfinite(resource.limit):
            continue
        used = lpSum(
            float(amount) / resource.unit * v.opening[q]
            for q, amount in enumerate(resource.of_option)
            if amount
        )
        if v.teams is not None:
            used += lpSum(resource.of_team / resource.unit * each for each in v.teams.number.values())
        yield f"resource_{resource.name}", used <= resource.limit / resource.unit


def base_each_team(problem: SitingProblem, v: Variables) -> Iterator[Named]:
    r"""Teams are based at open mains: :math:`z_k \le T_k \le b z_k,\ z_k \le y_{kM},\ \sum T_k` counted."""
    if problem.teams is None or v.teams is None:
        return
    for k, number in v.teams.number.items():
        has_team = v.teams.has_team[k]
        yield f"team_{k}", has_team - number <= 0
        yield f"teams_at_most_{k}", number - problem.teams.most * has_team <= 0
        yield f"base_{k}", has_team - v.opening[int(problem.teams.base[k])] <= 0
    yield "sum_teams", lpSum(v.teams.number.values()) - v.teams.all_teams == 0


def drive_within_days(problem: SitingProblem, v: Variables) -> Iterator[Named]:
    r"""Tours from a base in two weeks: :math:`\sum_t X_t = D_k \le 2 d\, T_k` (X come as columns)."""
    if problem.teams is None or v.teams is None:
        return
    teams: TeamVariables = v.teams
    for k, days in teams.days.items():
        yield f"tours_{k}", -1 * days == 0
        each = RUNS_PER_TEAM_DAY * problem.teams.days_per_week
        yield f"days_{k}", days - each * teams.number[k] <= 0
    yield "sum_days", lpSum(teams.days.values()) - teams.all_days == 0


def visit_each_stop(problem: SitingProblem, v: Variables) -> Iterator[Named]:
    r"""Each stop has its visits in two weeks: :math:`\sum_t X_t = 2 y_{j1} + y_{j2}` (X come as columns)."""
    if problem.teams is None:
        return
    for j, (weekly, every_other) in enumerate(
        zip(problem.teams.weekly, problem.teams.every_other, strict=True)
    ):
        visits = [RUNS_PER_TEAM_DAY * v.opening[weekly]] if weekly >= 0 else []
        visits += [v.opening[every_other]] if every_other >= 0 else []
        if visits:
            yield f"visits_{j}", -1 * lpSum(visits) == 0
