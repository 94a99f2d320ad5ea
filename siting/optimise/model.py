"""Puts together the families that a choice asks for, as one PuLP model."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from pulp import LpMinimize, LpProblem

from . import constraints, objectives
from .cuts import CutMaker, prepare_cuts
from .variables import Variables, add_openings, add_outside, add_thetas, cover_sets

if TYPE_CHECKING:
    from .objectives import Objective
    from .problem import SitingProblem


@dataclass(frozen=True)
class Kept:
    """An objective already optimised: it may not become worse than its limit."""

    objective: Objective
    limit: float


@dataclass(frozen=True, eq=False)
class Model:
    """A stated model, and what makes the cuts that bound its thetas (none where no theta is used)."""

    lp: LpProblem
    variables: Variables
    cut_makers: tuple[CutMaker, ...]


def state_model(problem: SitingProblem, objective: Objective, kept: tuple[Kept, ...] = ()) -> Model:
    """State the choice as a mixed-integer linear programme; thetas are still without their cuts."""
    in_use = (*(each.objective for each in kept), objective)
    standards = {each.standard_minutes for each in in_use if each.name == "outside_standard"}
    if len(standards) > 1:
        message = f"one standard is used at a time, not {sorted(standards)}"
        raise ValueError(message)
    makers = _cut_makers(problem) if any(each.name == "mean_minutes" for each in in_use) else ()
    total = sum(float(service.demand.sum()) for service in problem.services)
    sets = [
        cover_sets(service, total_demand=total, standard_minutes=standard)
        for standard in standards
        for service in problem.services
    ]
    lp = LpProblem("siting", LpMinimize)
    v = Variables(
        opening=add_openings(lp, problem),
        theta=add_thetas(lp, [maker.n_groups for maker in makers]),
        outside=add_outside(lp, sets),
    )
    expressions = {
        "mean_minutes": objectives.mean_minutes(v),
        "outside_standard": objectives.outside_standard(v, sets),
    }
    lp += expressions[objective.name], objective.name
    for name, constraint in chain(
        constraints.one_role_per_site(problem, v),
        constraints.number_of_sites(problem, v),
        constraints.open_what_is_required(problem, v),
        constraints.open_one_of_each(problem, v),
        constraints.open_one_at_most(problem, v),
        constraints.support_each_site(problem, v),
        constraints.leave_nobody_unreachable(problem, v),
        constraints.count_what_is_outside(problem, v, sets) if sets else (),
        ((f"keep_{each.objective.name}", expressions[each.objective.name] <= each.limit) for each in kept),
    ):
        lp += constraint, name
    return Model(lp, v, makers)


def _cut_makers(problem: SitingProblem) -> tuple[CutMaker, ...]:
    usable = [np.any(problem.allowed[:, list(service.roles)], axis=1) for service in problem.services]
    counted = sum(
        float(service.demand[np.isfinite(service.minutes[:, sites]).any(axis=1)].sum())
        for service, sites in zip(problem.services, usable, strict=True)
    )
    return tuple(
        prepare_cuts(service, total_demand=counted, usable=sites)
        for service, sites in zip(problem.services, usable, strict=True)
    )
