"""Orders of opening: the plans of several steps as one problem, in which what is open stays open.

Each step has its own options, rules and services; an option that is open at one step needs an open one at the
next step, at the same site, in at least the same role and for at least as many days (multi-period location:
Wesolowsky & Truscott 1975; Albareda-Sambola et al. 2009). The objective is the mean of the steps' own, by
their years. Limits of a step speak of its visits alone: these stand a second time as a mode of travel.

References
----------
Wesolowsky & Truscott (1975), Management Science 22(1).
Albareda-Sambola, Fernández, Hinojosa & Puerto (2009), Computers & Operations Research 36(5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import InfeasibleError, SolveError
from ..sites import ROLES
from .problem import (
    EVERYWHERE,
    CountRule,
    CoverRule,
    Draft,
    MeanLimit,
    Service,
    ShareLimit,
    SitingProblem,
    Support,
)
from .solver import Solution, solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .objectives import Objective
    from .options import Options

Drafts = tuple[Draft, ...]
"""One for each step."""

LOSSES_AGREE: Final = 1e-6  # largest relative losses closer than this are one
CLOSE: Final = 1e-3  # from here on the search asks for anything better, and no longer for half


@dataclass(frozen=True, eq=False)
class Step:
    """One step of opening: what may be open, by which rules, and how long it lasts."""

    problem: SitingProblem
    options: Options
    years: float


@dataclass(frozen=True, eq=False)
class Nested:
    """All steps as one problem, and how to tell their plans apart again."""

    steps: tuple[Step, ...]
    objective: Objective
    problem: SitingProblem

    def drafts_of(self, draft: Draft) -> Drafts:
        """Take a draft of all steps apart."""
        ends = list(accumulate(step.problem.n_options for step in self.steps))
        return tuple(Draft(part) for part in np.split(draft.is_open, ends[:-1]))

    def draft_of(self, drafts: Drafts) -> Draft:
        """Put the drafts of the steps together."""
        return Draft(np.concatenate([each.is_open for each in drafts]))

    def values(self, drafts: Drafts) -> tuple[float, ...]:
        """Objective of each step (minimised)."""
        return tuple(
            self.objective.value(step.problem, each) for step, each in zip(self.steps, drafts, strict=True)
        )

    def mean(self, values: Sequence[float]) -> float:
        """Mean over the steps by their years."""
        return float(np.average(values, weights=[step.years for step in self.steps]))

    def within(self, most: Sequence[float]) -> SitingProblem:
        """Limit the objective of each step."""
        of_steps = [_mode(self.objective.mode, s) for s in range(len(self.steps))]
        if self.objective.name == "mean_minutes":
            means = [
                MeanLimit("mean", EVERYWHERE, each, mode=m) for each, m in zip(most, of_steps, strict=True)
            ]
            return replace(self.problem, mean_limits=(*self.problem.mean_limits, *means))
        shares = []
        for s, each in enumerate(most):
            limit = ShareLimit("share", 1 - each, self.objective.standard_minutes, mode=self.objective.mode)
            shares.append(_of_step(limit, self.steps[s].problem, s))
        return replace(self.problem, share_limits=(*self.problem.share_limits, *shares))


def nest(steps: tuple[Step, ...], objective: Objective) -> Nested:
    """State all steps as one problem; `objective` is mean minutes, or the share outside the standard."""
    starts = [0, *accumulate(step.problem.n_options for step in steps)]
    n_sites = 1 + max(int(step.problem.option_site.max()) for step in steps)
    parts = [_placed(step, s, objective, start=starts[s], width=starts[-1]) for s, step in enumerate(steps)]
    least_visits = np.sum([each for part in parts if (each := part.least_visits) is not None], axis=0)
    problem = SitingProblem(
        services=tuple(each for part in parts for each in part.services),
        option_site=np.concatenate([part.option_site + s * n_sites for s, part in enumerate(parts)]),
        other_modes=tuple(each for part in parts for each in part.other_modes),
        lost_demand={s: visits for part in parts for s, visits in part.lost_demand.items()},
        counts=tuple(each for part in parts for each in part.counts),
        covers=tuple(each for part in parts for each in part.covers),
        supports=(
            *(each for part in parts for each in part.supports),
            *_stays_open(steps, starts),
        ),
        mean_limits=tuple(each for part in parts for each in part.mean_limits),
        share_limits=tuple(each for part in parts for each in part.share_limits),
        least_visits=least_visits if least_visits.any() else None,
        budgets=tuple(each for part in parts for each in part.budgets),
    )
    return Nested(steps, objective, problem)


def carries_on(earlier: Options, later: Options) -> NDArray[np.bool_]:
    """Which later options go on with which earlier ones, (q earlier, q later): same site, no less there."""
    rank = {role: -k for k, role in enumerate(ROLES)}
    roles = [np.array([rank[offer.role] for offer in each.offers]) for each in (earlier, later)]
    days = [each.column("days_per_week") for each in (earlier, later)]
    goes_on: NDArray[np.bool_] = (
        (earlier.site[:, None] == later.site[None, :])
        & (roles[0][:, None] <= roles[1][None, :])
        & (days[0][:, None] <= days[1][None, :])
    )
    return goes_on


def at_least(step: Step, before: Options, draft: Draft) -> SitingProblem:
    """Let a step keep open what was open before."""
    kept = carries_on(before, step.options)[draft.is_open]
    rules = (CountRule("what is open stays open", np.flatnonzero(each), 1) for each in kept)
    return replace(step.problem, counts=(*step.problem.counts, *rules))


def at_most(step: Step, after: Options, draft: Draft) -> SitingProblem:
    """Let a step open only what is open after it."""
    lasts = carries_on(step.options, after)[:, draft.is_open].any(axis=1)
    rule = CountRule("what is open stays open", np.flatnonzero(~lasts), 0, 0)
    return replace(step.problem, counts=(*step.problem.counts, rule))


def best_alone(
    problem: SitingProblem, objective: Objective, *, seconds: float, start: Draft | None = None
) -> Solution:
    """Minimise one objective.

    Raises
    ------
    SolveError
        If there is no plan, or none was found in time.
    """
    return solve(problem, [(objective, 0.0)], time_limit_seconds=seconds, start=start)


def least_largest_loss(
    nested: Nested, own: Sequence[float], known: Sequence[Drafts], *, seconds: float
) -> tuple[float, Drafts, bool]:
    """Find the order whose largest relative loss of a step is the least: loss, order, and whether proven.

    `own` is the best of each step by itself, and `known` holds orders to start from. A limit on the losses
    of all steps is halved until no order keeps it.
    """
    best = min(known, key=lambda drafts: largest_loss(nested, own, drafts))
    high, low = largest_loss(nested, own, best), 0.0
    while high - low > LOSSES_AGREE:
        share = (low + high) / 2 if high - low > CLOSE else high - LOSSES_AGREE / 2
        problem = nested.within([_with_loss(nested.objective, each, share) for each in own])
        try:
            solution = best_alone(problem, nested.objective, seconds=seconds)
        except InfeasibleError:
            low = share
            continue
        except SolveError:
            return high, best, False
        found = nested.drafts_of(solution.draft)
        loss = largest_loss(nested, own, found)
        if loss >= high:  # the limit was kept but for the solver's precision
            return high, best, False
        high, best = loss, found
    return high, best, True


def largest_loss(nested: Nested, own: Sequence[float], drafts: Drafts) -> float:
    """Largest loss of a step, relative to its own best as readers know it."""
    losses = []
    for value, best in zip(nested.values(drafts), own, strict=True):
        readers = best if nested.objective.name == "mean_minutes" else 1 - best
        losses.append(max(value - best, 0.0) / readers if readers > 0 else 0.0)
    return max(losses)


def _with_loss(objective: Objective, own: float, share: float) -> float:
    return own * (1 + share) if objective.name == "mean_minutes" else 1 - (1 - own) * (1 - share)


def _mode(mode: str, s: int) -> str:
    """Name under which the visits of one step stand by themselves."""
    return f"{mode} at step {s}"


def _placed(step: Step, s: int, objective: Objective, *, start: int, width: int) -> SitingProblem:
    """Give a step its place among all options; its visits weigh what its years do."""
    problem = step.problem
    weight = step.years / _counted_demand(problem, objective)
    limited = [each.mode for each in problem.mean_limits] + [each.mode for each in problem.share_limits]
    by_itself = [
        replace(each, options=each.options + start, mode=_mode(mode, s))
        for mode in dict.fromkeys([objective.mode, *limited])
        for each in problem.services_by(mode)
    ]
    weighed = [
        replace(each, options=each.options + start, demand=each.demand * weight)
        for mode in dict.fromkeys(["", objective.mode])
        for each in problem.services_by(mode)
    ]
    least = problem.least_visits
    return SitingProblem(
        services=tuple(each for each in weighed if not each.mode),
        option_site=problem.option_site,
        other_modes=(*(each for each in weighed if each.mode), *by_itself),
        lost_demand={s: problem.lost_by("") * weight},
        counts=tuple(replace(each, options=each.options + start) for each in problem.counts),
        covers=tuple(CoverRule(each.label, _wide_sets(each.sets, start, width)) for each in problem.covers),
        supports=tuple(
            Support(each.label, each.options + start, _wide_sets(each.supporters, start, width))
            for each in problem.supports
        ),
        mean_limits=tuple(replace(each, mode=_mode(each.mode, s)) for each in problem.mean_limits),
        share_limits=tuple(_of_step(each, problem, s) for each in problem.share_limits),
        least_visits=_wide(np.zeros(problem.n_options) if least is None else least * weight, start, width),
        budgets=tuple(
            replace(each, name=f"{each.name}_{s}", of_option=_wide(each.of_option, start, width))
            for each in problem.resources
        ),
    )


def _counted_demand(problem: SitingProblem, objective: Objective) -> float:
    """Visits a year that the objective of a step is over: those that can be served, or all."""
    if objective.name == "outside_standard":
        return problem.total_demand(objective.mode)
    return sum(
        float(each.demand[each.best_minutes(np.ones(problem.n_options, dtype=bool)) < np.inf].sum())
        for each in problem.services_by(objective.mode)
    )


def _of_step(limit: ShareLimit, problem: SitingProblem, s: int) -> ShareLimit:
    """Say a limit of the visits of a step by themselves, where those that nothing can serve do not stand."""
    lost = problem.lost_by(limit.mode, limit.area)
    counted = sum(
        float(each.demand[(limit.area == EVERYWHERE) | (_areas(each) == limit.area)].sum())
        for each in problem.services_by(limit.mode)
    )
    share = limit.share
    if counted:
        share = 1 - ((1 - limit.share) * (counted + lost) - lost) / counted
    return replace(limit, share=share, mode=_mode(limit.mode, s))


def _areas(service: Service) -> NDArray[np.intp]:
    return np.zeros(len(service.demand), dtype=np.intp) if service.area is None else service.area


def _stays_open(steps: tuple[Step, ...], starts: list[int]) -> list[Support]:
    """What is open at one step goes on at the next one."""
    supports = []
    for s, (step, after) in enumerate(pairwise(steps)):
        supporters = np.zeros((step.problem.n_options, starts[-1]), dtype=bool)
        supporters[:, starts[s + 1] : starts[s + 2]] = carries_on(step.options, after.options)
        supports.append(Support("what is open stays open", np.arange(starts[s], starts[s + 1]), supporters))
    return supports


def _wide(numbers: NDArray[np.float64], start: int, width: int) -> NDArray[np.float64]:
    """Place the numbers of a step's options among all options, (q,)."""
    return np.pad(numbers, (start, width - start - len(numbers)))


def _wide_sets(sets: NDArray[np.bool_], start: int, width: int) -> NDArray[np.bool_]:
    return np.pad(sets, ((0, 0), (start, width - start - sets.shape[1])))
