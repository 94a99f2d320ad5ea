"""The model's variables: openings, what stands for the assignments, and teams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from pulp import LpInteger, LpProblem, LpVariable, lpSum

from .problem import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pulp import LpAffineExpression

    from .cuts import CutMaker
    from .problem import SitingProblem

ThetaMeasure = Literal["mean_minutes", "outside_standard"]
RUNS_PER_TEAM_DAY = 2
"""A two-week cycle has each weekday twice."""


@dataclass(frozen=True, eq=False)
class TeamVariables:
    """Handles of the travelling teams' variables, by base (site)."""

    number: dict[int, LpVariable]  # T_k: teams based at k
    has_team: dict[int, LpVariable]  # z_k: is there one?
    days: dict[int, LpVariable]  # D_k: tours from k in two weeks
    all_teams: LpVariable
    all_days: LpVariable


@dataclass(frozen=True, eq=False)
class TailVariables:
    """Mean of the worst share of the need: threshold + sum of what lies above it."""

    threshold: LpVariable  # eta, in the solver's unit
    above: dict[tuple[int, int], LpVariable]  # (service, group)

    @property
    def mean(self) -> LpAffineExpression:
        """The measure, as an expression."""
        return self.threshold + lpSum(self.above.values())


@dataclass(frozen=True, eq=False)
class Variables:
    """Handles of the variables."""

    opening: tuple[LpVariable, ...]  # y_q
    site_open: dict[int, LpVariable]  # by site: is it open with any offer?
    theta: dict[tuple[ThetaMeasure, int, int], LpVariable]  # (measure, service, group)
    tail: TailVariables | None = None  # mean of the worst share of the need
    intake: LpVariable | None = None  # the objective, where visits are sent within capacity
    teams: TeamVariables | None = None
    makers: dict[ThetaMeasure, tuple[CutMaker, ...]] = field(default_factory=dict)

    def everything(self) -> Iterator[LpVariable]:
        """All variables."""
        yield from self.opening
        yield from self.site_open.values()
        yield from self.theta.values()
        if self.tail is not None:
            yield self.tail.threshold
            yield from self.tail.above.values()
        if self.intake is not None:
            yield self.intake
        if self.teams is not None:
            for each in (self.teams.number, self.teams.has_team, self.teams.days):
                yield from each.values()
            yield self.teams.all_teams
            yield self.teams.all_days

    def opened(self, options: Iterable[int]) -> LpAffineExpression:
        """Sum of some options' openings."""
        return lpSum(self.opening[int(q)] for q in options)

    def sum_of(
        self, measure: ThetaMeasure, area: int = EVERYWHERE, services: Sequence[int] | None = None
    ) -> LpAffineExpression:
        """Sum of a measure's thetas, of one area or all, of some services or all."""
        return lpSum(
            variable
            for (of, s, g), variable in self.theta.items()
            if of == measure
            and (area == EVERYWHERE or self.makers[of][s].group_area[g] == area)
            and (services is None or s in services)
        )


def add_openings(lp: LpProblem, problem: SitingProblem) -> tuple[LpVariable, ...]:
    """y_q in {0, 1}: option q is open."""
    return tuple(lp.add_variable(f"y_{q}", 0, 1, LpInteger) for q in range(problem.n_options))


def add_sites(lp: LpProblem, problem: SitingProblem) -> dict[int, LpVariable]:
    """open_j in [0, 1]: site j is open; whole by itself."""
    return {int(j): lp.add_variable(f"open_{j}", 0, 1) for j in np.unique(problem.option_site)}


def add_thetas(
    lp: LpProblem, makers: dict[ThetaMeasure, tuple[CutMaker, ...]]
) -> dict[tuple[ThetaMeasure, int, int], LpVariable]:
    """theta_sg >= 0: the part of a mean that falls on group g of service s; cuts bound it."""
    return {
        (measure, s, g): lp.add_variable(f"theta_{measure}_{s}_{g}", 0)
        for measure, each in makers.items()
        for s, maker in enumerate(each)
        for g in range(maker.n_groups)
    }


def add_tail(lp: LpProblem, makers: tuple[CutMaker, ...]) -> TailVariables:
    """Threshold eta >= 0, and e_sg >= 0: what the worst visits of a group have above it; cuts bound both."""
    return TailVariables(
        threshold=lp.add_variable("threshold", 0),
        above={
            (s, g): lp.add_variable(f"above_{s}_{g}", 0)
            for s, maker in enumerate(makers)
            for g in range(maker.n_groups)
        },
    )


def add_intake(lp: LpProblem) -> LpVariable:
    """Objective of the joint intake, >= 0; cuts bound it."""
    return lp.add_variable("intake", 0)


def add_teams(lp: LpProblem, problem: SitingProblem) -> TeamVariables | None:
    """T_k, z_k, D_k for every site that may be a base, and their sums."""
    if problem.teams is None:
        return None
    bases = [int(k) for k in np.flatnonzero(problem.teams.base >= 0)]
    most = problem.teams.most
    days = RUNS_PER_TEAM_DAY * problem.teams.days_per_week * most
    return TeamVariables(
        number={k: lp.add_variable(f"teams_{k}", 0, most, LpInteger) for k in bases},
        has_team={k: lp.add_variable(f"has_team_{k}", 0, 1, LpInteger) for k in bases},
        days={k: lp.add_variable(f"days_{k}", 0, days, LpInteger) for k in bases},
        all_teams=lp.add_variable("all_teams", problem.teams.least, most, LpInteger),
        all_days=lp.add_variable("all_days", 0, days, LpInteger),
    )
