"""The model reads as it should: the LP text of each family of rules on the toy, against golden files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import toy
from pulp import LpConstraint, LpMinimize, LpProblem

from siting.optimise import constraints
from siting.optimise.cuts import mean_cuts, outside_cuts
from siting.optimise.model import Kept, state_model, within_reach
from siting.optimise.objectives import Objective
from siting.optimise.problem import (
    EVERYWHERE,
    CountRule,
    MeanLimit,
    Resource,
    Service,
    ShareLimit,
    SitingProblem,
    Support,
    TeamRules,
)
from siting.optimise.variables import (
    ThetaKind,
    Variables,
    add_intake,
    add_openings,
    add_sites,
    add_teams,
    add_thetas,
)
from siting.scenario import StopRole, TeamRole
from siting.tours import possible_tours

GOLDEN = Path(__file__).parent.parent / "golden"
MAINS = np.array([0, 1, 2])
"""Options: A, B, C as mains, all four as satellites, C and D as weekly stops, D every other week."""
SATELLITES = np.array([3, 4, 5, 6])
OPTION_SITE = np.array([0, 1, 2, 0, 1, 2, 3, 2, 3, 3])
WEST_IS_0 = np.array([int(column >= 2) for _ in range(5) for column in range(5)])


def toy_problem() -> SitingProblem:
    """The toy with a limit of every kind; cell 24 (D's corner) cannot reach A."""
    minutes = toy.toy_minutes()
    minutes[24, 0] = np.inf
    everything = np.arange(len(OPTION_SITE))
    visits = np.full(25, 1.0)
    hours, sek = np.repeat([7040.0, 2640.0, 0.0], [3, 4, 3]), np.repeat([3.768e6, 1.338e6, 1e4], [3, 4, 3])
    between = 10 * np.abs(np.subtract.outer([0, 4, 4, 8], [0, 4, 4, 8]).astype(float))
    tours = possible_tours(
        between, between, bases=np.array([0, 1]), stops=np.array([2, 3]), stop=StopRole(), team=TeamRole()
    )
    return SitingProblem(
        services=(
            Service("main", visits, MAINS, minutes[:, OPTION_SITE[MAINS]], area=WEST_IS_0),
            Service("near", visits, everything, minutes[:, OPTION_SITE], area=WEST_IS_0),
        ),
        option_site=OPTION_SITE,
        counts=(
            CountRule("n_main", MAINS, 1, 1),
            CountRule("n_satellites", SATELLITES, 1, 2),
            CountRule("at_least_one_of", np.array([0, 2, 3, 5]), 1),
            CountRule("at_most_one_of", np.array([1, 4, 6]), 0, 1),
        ),
        supports=(Support("link", SATELLITES, OPTION_SITE[SATELLITES, None] == OPTION_SITE),),
        mean_limits=(MeanLimit("west", 0, 26.0), MeanLimit("near", EVERYWHERE, 21.0, "near")),
        share_limits=(ShareLimit("share", 0.2, 10.0), ShareLimit("west", 0.4, 20.0, area=0, mode="bus")),
        other_modes=(
            Service("near", visits, everything, 2 * minutes[:, OPTION_SITE], 60.0, WEST_IS_0, mode="bus"),
        ),
        staff=Resource("staff", "posts", hours, tours.minutes * 0.73, 0.0, 12_000.0, 1e3),
        money=Resource("money", "sek", sek, tours.minutes * 330, 90_000.0, 9e6, 1e6),
        teams=TeamRules(
            tours=tours,
            weekly=np.array([-1, -1, 7, 8]),
            every_other=np.array([-1, -1, -1, 9]),
            base=np.array([0, 1, -1, -1]),
            least=0,
            most=2,
            days_per_week=4,
        ),
        rank=np.linspace(0.1, 1.0, len(OPTION_SITE)) ** 2,
    )


Family = Callable[[SitingProblem, Variables], Iterator[tuple[str, LpConstraint]]]


def send_no_better_than_best(_: SitingProblem, v: Variables) -> Iterator[tuple[str, LpConstraint]]:
    return constraints.send_no_better_than_best(v, Objective("mean_minutes"))


FAMILIES: dict[str, Family] = {
    each.__name__: each
    for each in (
        constraints.one_offer_per_site,
        constraints.number_of_options,
        constraints.support_each_option,
        constraints.keep_means,
        constraints.keep_share,
        send_no_better_than_best,
        constraints.keep_resources,
        constraints.base_each_team,
        constraints.drive_within_days,
        constraints.visit_each_stop,
    )
}


def variables_of(lp: LpProblem, problem: SitingProblem) -> Variables:
    """All variables that the families speak of."""
    weight = 1 / problem.total_demand()
    makers = {
        ThetaKind("mean_minutes"): tuple(
            mean_cuts(each, OPTION_SITE, weight, by_area=True) for each in problem.services
        ),
        ThetaKind("outside_standard", "", 10.0): tuple(
            outside_cuts(each, OPTION_SITE, weight, 10.0) for each in problem.services
        ),
        ThetaKind("outside_standard", "bus", 20.0): tuple(
            outside_cuts(each, OPTION_SITE, 1 / problem.total_demand("bus"), 20.0, by_area=True)
            for each in problem.other_modes
        ),
    }
    return Variables(
        opening=add_openings(lp, problem),
        site_open=add_sites(lp, problem),
        theta=add_thetas(lp, makers),
        intake=add_intake(lp),
        teams=add_teams(lp, problem),
        makers=makers,
    )


def require_golden(name: str, lp: LpProblem, folder: Path) -> None:
    """Compare with the golden file, or write it if SITING_WRITE_GOLDEN is set."""
    written, path = folder / "model.lp", GOLDEN / f"{name}.lp"
    lp.writeLP(written)
    text = written.read_text(encoding="utf-8")
    if os.environ.get("SITING_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FAMILIES)
def test_each_family_of_rules_reads_as_its_golden_file(name: str, tmp_path: Path) -> None:
    problem = toy_problem()
    lp = LpProblem(name, LpMinimize)
    v = variables_of(lp, problem)
    lp += 0 * v.opening[0], "nothing"
    for constraint_name, constraint in FAMILIES[name](problem, v):
        lp += constraint, constraint_name
    require_golden(name, lp, tmp_path)


OBJECTIVES = {
    "mean_minutes": Objective("mean_minutes"),
    "outside_standard": Objective("outside_standard", standard_minutes=10.0),
    "worst_share_minutes": Objective("worst_share_minutes", worst_share=0.1),
    "cost": Objective("cost"),
    "rank": Objective("rank"),
}


def without_limits(problem: SitingProblem) -> SitingProblem:
    return replace(problem, mean_limits=(), share_limits=(), counts=(), supports=())


@pytest.mark.parametrize("name", OBJECTIVES)
def test_each_objective_reads_as_its_golden_file(name: str, tmp_path: Path) -> None:
    """Without rules; terms of 0 stand for variables that no objective speaks of, and are left out here."""
    model = state_model(without_limits(toy_problem()), OBJECTIVES[name])
    lp = LpProblem(f"objective_{name}", LpMinimize)
    lp += sum(factor * variable for variable, factor in model.lp.objective.items() if factor), "objective"
    require_golden(f"objective_{name}", lp, tmp_path)


def rows_of(
    problem: SitingProblem, objective: Objective | None, *kept: Kept, unit: float = 1.0
) -> dict[str, str]:
    """Rows of the stated model, as text by name."""
    lp = state_model(problem, objective, kept, unit=unit).lp
    return {each.name: str(each) for each in lp.constraints()}


def test_an_objective_kept_from_before_is_a_row_of_the_later_model() -> None:
    problem = without_limits(toy_problem())
    kept = Kept(Objective("mean_minutes"), 24.0)
    with_mean = rows_of(problem, Objective("rank"), kept, unit=16.0)
    assert with_mean["keep_mean_minutes"].endswith("<= 1.5")
    share = Kept(Objective("outside_standard", standard_minutes=10.0), 0.75)
    assert rows_of(problem, Objective("cost"), share)["keep_outside_standard_10"].endswith("<= 0.75")
    worst = Kept(Objective("worst_share_minutes", worst_share=0.1), 48.0)
    assert rows_of(problem, Objective("cost"), worst, unit=16.0)["keep_worst_share"].endswith("<= 3.0")


def test_a_kept_cost_tightens_the_budget_and_never_widens_it() -> None:
    problem = without_limits(toy_problem())
    for limit, expected in ((5e6, 5.0), (12e6, 9.0)):
        model = state_model(problem, Objective("mean_minutes"), (Kept(Objective("cost"), limit),))
        assert model.problem.money is not None
        assert model.problem.money.limit / 1e6 == expected


def test_largest_minutes_that_are_kept_are_cells_with_an_option_within_reach() -> None:
    """Within 30 minutes each cell but E's corner (4, 0) has something; it is the only one beyond 30."""
    problem = toy_problem()
    rule = within_reach(problem, 30.0)
    near = toy.toy_minutes()[:, OPTION_SITE] <= 30
    near[24, OPTION_SITE == 0] = False
    only_mains = np.isin(np.arange(len(OPTION_SITE)), MAINS)
    expected = {tuple(row) for row in near} | {tuple(row & only_mains) for row in near}
    assert {tuple(row) for row in rule.sets} == expected
    assert not rule.sets.any(axis=1).all()
    digital = replace(problem, services=tuple(replace(s, fallback_minutes=25.0) for s in problem.services))
    assert not len(within_reach(digital, 30.0).sets)


def test_a_limit_of_nought_or_of_everything_is_no_row() -> None:
    problem = without_limits(toy_problem())
    free = replace(problem, counts=(CountRule("free", MAINS, 0, 3), CountRule("free", SATELLITES, 0)))
    names = rows_of(free, None)
    assert not [name for name in names if name.startswith(("exactly", "at_least", "at_most"))]


def test_a_budget_without_a_limit_is_no_row() -> None:
    problem = without_limits(toy_problem())
    assert problem.staff is not None
    endless = replace(problem, staff=replace(problem.staff, limit=np.inf))
    names = rows_of(endless, None)
    assert "resource_staff" not in names
    assert "resource_money" in names


def test_assignments_need_no_variables() -> None:
    """Thetas by the nearest of four sites in each service (and municipality) stand for 50 x 10 pairs."""
    problem = replace(toy_problem(), teams=None)
    model = state_model(replace(problem, mean_limits=()), Objective("mean_minutes"))
    n_options, n_sites = len(OPTION_SITE), 4
    assert len(model.variables.opening) == n_options
    assert len(model.lp.variables()) < n_options + n_sites + 2 * n_sites + 25


def test_every_variable_is_part_of_the_model_even_where_no_row_speaks_of_it() -> None:
    model = state_model(toy_problem(), Objective("mean_minutes"))
    stated = {variable.name for variable in model.lp.variables()}
    assert {variable.name for variable in model.variables.everything()} <= stated


def test_each_standard_has_thetas_of_its_own() -> None:
    limit = ShareLimit("share", 0.2, 20.0)
    problem = replace(without_limits(toy_problem()), share_limits=(limit,))
    model = state_model(problem, Objective("outside_standard", 10))
    assert [str(kind) for kind in model.variables.makers] == ["outside_standard_10", "outside_standard_20"]
