"""The model reads as it should: the LP text of each family of rules on the toy, against golden files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import toy
from pulp import LpConstraint, LpMinimize, LpProblem

from siting.optimise import constraints, objectives
from siting.optimise.model import Kept, state_model
from siting.optimise.objectives import Objective
from siting.optimise.problem import Service, SitingProblem, Support
from siting.optimise.variables import Variables, add_openings, add_outside, add_thetas, cover_sets

GOLDEN = Path(__file__).parent.parent / "golden"
MAIN, SATELLITE = 0, 1


def toy_problem() -> SitingProblem:
    """A must be a satellite, D may not be a main, cell 24 (D's corner) cannot reach A."""
    minutes = toy.toy_minutes().copy()
    minutes[24, 0] = np.inf
    demand = np.full(25, 1.0)
    return SitingProblem(
        services=(
            Service("main", demand, minutes, (MAIN,)),
            Service("near", demand, minutes, (MAIN, SATELLITE)),
        ),
        allowed=np.array([[True, True], [True, True], [True, True], [False, True]]),
        required=np.array([[False, True], [False, False], [False, False], [False, False]]),
        count_range=((1, 1), (1, 2)),
        at_least_one_of=(("west", np.array([0, 2])),),
        at_most_one_of=(("not both", np.array([1, 3])),),
        supports=(Support(SATELLITE, MAIN, np.eye(4, dtype=bool)[::-1] | np.eye(4, dtype=bool)),),
    )


def families() -> dict[str, Callable[[SitingProblem, Variables], Iterator[tuple[str, LpConstraint]]]]:
    def outside(problem: SitingProblem, v: Variables) -> Iterator[tuple[str, LpConstraint]]:
        return constraints.count_what_is_outside(problem, v, toy_sets(problem))

    return {
        "one_role_per_site": constraints.one_role_per_site,
        "number_of_sites": constraints.number_of_sites,
        "open_what_is_required": constraints.open_what_is_required,
        "open_one_of_each": constraints.open_one_of_each,
        "open_one_at_most": constraints.open_one_at_most,
        "support_each_site": constraints.support_each_site,
        "leave_nobody_unreachable": constraints.leave_nobody_unreachable,
        "count_what_is_outside": outside,
    }


def toy_sets(problem: SitingProblem) -> list:
    return [cover_sets(service, total_demand=50.0, standard_minutes=10.0) for service in problem.services]


def lp_text(lp: LpProblem, folder: Path) -> str:
    path = folder / "model.lp"
    lp.writeLP(path)
    return path.read_text(encoding="utf-8")


def require_golden(name: str, text: str) -> None:
    path = GOLDEN / f"{name}.lp"
    if os.environ.get("SITING_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", families())
def test_each_family_of_rules_reads_as_its_golden_file(name: str, tmp_path: Path) -> None:
    problem = toy_problem()
    lp = LpProblem(name, LpMinimize)
    sets = toy_sets(problem)
    v = Variables(add_openings(lp, problem), {}, add_outside(lp, sets))
    lp += objectives.outside_standard(v, sets)
    for constraint_name, constraint in families()[name](problem, v):
        lp += constraint, constraint_name
    require_golden(name, lp_text(lp, tmp_path))


def test_the_mean_is_the_sum_of_the_thetas(tmp_path: Path) -> None:
    lp = LpProblem("mean_minutes", LpMinimize)
    v = Variables({}, add_thetas(lp, [2, 1]), {})
    lp += objectives.mean_minutes(v)
    require_golden("mean_minutes", lp_text(lp, tmp_path))


def test_equal_cover_sets_are_one_row() -> None:
    sets = cover_sets(toy_problem().services[0], total_demand=50.0, standard_minutes=10.0)
    # B and its four neighbours, A and two, C and two, D and two, and the cells that nobody covers.
    assert len(sets.weight) == 5
    assert sets.weight.sum() == pytest.approx(0.5)


def test_assignments_need_no_variables() -> None:
    model = state_model(toy_problem(), Objective("mean_minutes"))
    assert len(model.variables.opening) == 7
    assert len(model.lp.variables()) < 7 + 2 * 25


def test_two_standards_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="one standard"):
        state_model(
            toy_problem(), Objective("outside_standard", 10), (Kept(Objective("outside_standard", 20), 0.5),)
        )
