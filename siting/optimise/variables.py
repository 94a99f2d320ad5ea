"""The model's variables: openings, what stands for the assignments, and teams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from pulp import LpInteger, LpProblem, LpVariable, lpSum

from .problem import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pulp import LpAffineExpression

    from .cuts import CutMaker
    from .objectives import Objective
    from .problem import SitingProblem

ThetaMeasure = Literal["mean_minutes", "outside_standard"]


class ThetaKind(NamedTuple):
    """What a family of thetas measures, and by which mode of travel ("" = the scenario's own)."""

    measure: ThetaMeasure
    mode: str = ""
    standard_minutes: float = 0.0

    def __str__(self) -> str:
        standard = f"{self.standard_minutes:g}".replace(".", "_") if self.standard_minutes else ""
        return "_".join(part for part in (self.measure, standard, self.mode) if part)


def theta_kind(objective: Objective | None) -> ThetaKind | None:
    """Name the thetas whose sum an objective is; None if it is no such sum."""
    if objective is None or objective.name not in ("mean_minutes", "outside_standard"):
        return None
    return ThetaKind(objective.name, objective.mode, objective.standard_minutes)


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
    theta: dict[tuple[ThetaKind, int, int], LpVariable]  # (kind, service, group)
    tail: TailVariables | None = None  # mean of the worst share of the need
    intake: LpVariable | None = None  # the objective, where visits are sent within capacity
    teams: TeamVariables | None = None
    makers: dict[ThetaKind, tuple[CutMaker, ...]] = field(default_factory=dict)  # one for each service

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
        self, kind: ThetaKind, area: int = EVERYWHERE, services: Sequence[int] | None = None
    ) -> LpAffineExpression:
        """Sum of a kind's thetas, of one area or all, of some services or all."""
        return lpSum(
            variable
            for (of, s, g), variable in self.theta.items()
            if of == kind
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
    lp: LpProblem, makers: dict[ThetaKind, tuple[CutMaker, ...]]
) -> dict[tuple[ThetaKind, int, int], LpVariable]:
    """theta_sg >= 0: the part of a mean that falls on group g of service s; cuts bound it."""
    return {
        (kind, s, g): lp.add_variable(f"theta_{kind}_{s}_{g}", 0)
        for kind, each in makers.items()
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
