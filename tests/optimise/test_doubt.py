"""What a solver claims is doubted: a lie is refuted by a plan, and what is so is confirmed without it."""

from __future__ import annotations

import stat
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from brute import Question, brute_force, random_choice, random_region
from test_brute_force import HOSTS

from siting.optimise import doubt, second_solver
from siting.optimise.doubt import AGREED, BY_BOUND, ONE_WORD, that_none, that_none_is_better
from siting.optimise.objectives import Objective
from siting.optimise.planning import objective_of
from siting.optimise.problem import STRANDED, CountRule, CoverRule, Resource, Service, SitingProblem
from siting.optimise.restated import REACHED
from siting.optimise.rules import state_problem
from siting.optimise.services import own_mode

MEAN, COST = Objective("mean_minutes"), Objective("cost")
WHOLLY = 1e-5
needs_cbc = pytest.mark.skipif(second_solver.find_cbc() is None, reason="no CBC for this platform")


def two_triangles(most: int, minutes: np.ndarray | None = None) -> SitingProblem:
    """Six options, two of each three needed, four in all; halves of all would do, which are three."""
    cover = np.zeros((6, 6), dtype=bool)
    for row, (p, q) in enumerate([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)]):
        cover[row, [p, q]] = True
    minutes = np.full((1, 6), 10.0) if minutes is None else minutes
    return SitingProblem(
        services=(Service("near", np.ones(len(minutes)), np.arange(6), minutes),),
        option_site=np.arange(6),
        counts=(CountRule("choice.n_satellites", np.arange(6), 0, most),),
        covers=(CoverRule("choice.largest_minutes.near", cover),),
    )


@pytest.fixture
def no_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubt, "rounded_openings", lambda *_: iter(()))


@pytest.fixture
def use_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Put a program of a few lines of Python in the place of CBC."""

    def put(lines: str) -> None:
        file = tmp_path / "cbc"
        head = f"#!{sys.executable}\nimport sys, time\nout = sys.argv[-1]\n"
        file.write_text(head + lines, encoding="utf-8")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(doubt, "find_cbc", lambda: str(file))
        monkeypatch.setattr(doubt, "answers_rightly", lambda _: True)

    return put


# --- that there is no plan ---


def test_that_there_is_none_is_proven_by_the_bound_and_the_rules_are_named() -> None:
    opinion = that_none(two_triangles(2), seconds=10.0)
    assert (opinion.is_confirmed, opinion.how) == (True, BY_BOUND)
    assert set(opinion.labels) == {"choice.n_satellites", "choice.largest_minutes.near"}


def test_the_rule_that_all_are_reached_is_named_as_a_rule_and_not_as_a_breach() -> None:
    problem = two_triangles(2)
    stranded = replace(problem, covers=(replace(problem.covers[0], label=STRANDED),))
    assert set(that_none(stranded, seconds=10.0).labels) == {"choice.n_satellites", REACHED}


@needs_cbc
def test_where_the_bound_does_not_settle_it_the_second_solver_agrees() -> None:
    assert that_none(two_triangles(3), seconds=10.0).how == AGREED


@needs_cbc
@pytest.mark.usefixtures("no_rounding")
def test_the_second_solver_finds_the_plan_that_there_is_said_not_to_be() -> None:
    opinion = that_none(two_triangles(4), seconds=10.0)
    assert opinion.against is not None
    assert opinion.against.is_open.sum() == 4
    assert opinion.how == "CBC finds"


def test_rounding_finds_a_plan_without_a_second_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubt, "find_cbc", lambda: None)
    five = replace(two_triangles(5), counts=(CountRule("choice.n_satellites", np.arange(6), 5, 5),))
    opinion = that_none(five, seconds=10.0)
    assert opinion.how == "rounding finds"
    assert opinion.against is not None
    assert "CBC, is not here" in that_none(two_triangles(3), seconds=10.0).how


@pytest.mark.skipif(sys.platform == "win32", reason="no scripts as programs")
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("time.sleep(60)", "came to no end"),
        ("sys.exit(1)", "gives no answer"),
        ("", "gives no answer"),
        ("open(out, 'w').write('')", "gives no answer"),
        ("import os; os.mkfifo(out)", "gives no answer"),
        ("open(out, 'w').write('Optimal - objective value 0\\n 0 xyz 1 0\\n')", "gives no answer"),
        ("open(out, 'w').write('Optimal - objective value 0\\n 0 x99 1 0\\n')", "gives no answer"),
        (
            "open(out, 'w').write('Stopped on time (no integer solution - continuous used)\\n 0 x0 1 0\\n')",
            "came to no end",
        ),
    ],
)
def test_a_second_solver_that_fails_is_told_as_having_said_nothing(
    use_program: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, lines: str, expected: str
) -> None:
    monkeypatch.setattr(second_solver, "GRACE_SECONDS", 0.2)
    use_program(lines)
    opinion = that_none(two_triangles(3), seconds=2.0, second_seconds=0.3)
    assert (opinion.is_confirmed, opinion.against) == (False, None)
    assert f"CBC {expected}" in opinion.how


@pytest.mark.skipif(sys.platform == "win32", reason="no scripts as programs")
@pytest.mark.parametrize(
    "lines",
    [
        "open(out, 'w').write('Infeasible - objective value 0\\n')",
        "open(out, 'w').write('Optimal - objective value 0\\n 0 x0 1 0\\n')",
    ],
)
def test_one_that_errs_where_the_answer_is_known_is_not_asked(
    use_program: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, lines: str
) -> None:
    use_program(lines)
    monkeypatch.setattr(doubt, "answers_rightly", second_solver.answers_rightly)
    opinion = that_none(two_triangles(3), seconds=2.0)
    assert (opinion.is_confirmed, opinion.how) == (
        False,
        f"{ONE_WORD}, for CBC errs where the answer is known",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="no scripts as programs")
def test_what_it_started_ends_with_it(
    use_program: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    left = tmp_path / "left"
    monkeypatch.setattr(second_solver, "GRACE_SECONDS", 0.5)
    use_program(f"import subprocess\nsubprocess.run(['sh', '-c', 'sleep 1; touch {left}'])")
    opinion = that_none(two_triangles(3), seconds=2.0, second_seconds=0.1)
    assert "CBC came to no end" in opinion.how
    time.sleep(1.2)
    assert not left.exists()


def test_a_program_in_the_current_folder_is_not_taken_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(second_solver.coin_api, "pulp_cbc_path", None)
    monkeypatch.chdir(tmp_path)
    for found in (str(tmp_path / "cbc"), "cbc", None):
        monkeypatch.setattr(second_solver.shutil, "which", lambda _, found=found: found)
        assert second_solver.find_cbc() is None
    monkeypatch.setattr(second_solver.shutil, "which", lambda _: str(tmp_path / "bin" / "cbc"))
    assert second_solver.find_cbc() == str(tmp_path / "bin" / "cbc")


@pytest.mark.skipif(sys.platform == "win32", reason="no scripts as programs")
def test_what_the_second_solver_finds_is_counted_too(use_program: Callable[[str], None]) -> None:
    """It says that all may be open, again and again: no plan, so it is no proof against anything."""
    rows = "".join(f" 0 x{q} 1 0\\n" for q in range(6))
    use_program(f"open(out, 'w').write('Optimal - objective value 0\\n{rows}')")
    opinion = that_none(two_triangles(3), seconds=0.5)
    assert (opinion.is_confirmed, opinion.against) == (False, None)


# --- that no plan is better ---


@needs_cbc
def test_a_worse_plan_that_is_called_the_best_is_refuted() -> None:
    minutes = 10.0 + np.abs(np.arange(6)[:, None] - np.arange(6)[None, :])
    problem = two_triangles(4, minutes)
    best = that_none_is_better(problem, MEAN, 10.0 + 2 / 6, tolerance=1e-4, second_seconds=10.0)
    assert (best.is_confirmed, best.against) == (True, None)
    lie = that_none_is_better(problem, MEAN, 11.0, tolerance=1e-4, second_seconds=10.0)
    assert lie.against is not None
    assert MEAN.value(problem, lie.against) == pytest.approx(10.0 + 2 / 6)


def dear_triangles() -> SitingProblem:
    """Each option costs 1: halves of all 3, and the cheapest plan 4."""
    money = Resource("money", "choice.most_sek_per_year", np.ones(6), np.zeros(0), 0.0, np.inf, 1.0)
    return replace(two_triangles(6), money=money)


@needs_cbc
@pytest.mark.usefixtures("no_rounding")
def test_the_second_solver_is_asked_for_what_is_better_than_claimed() -> None:
    best = that_none_is_better(dear_triangles(), COST, 4.0, tolerance=1e-4, second_seconds=10.0)
    assert (best.how, best.bound) == (AGREED, pytest.approx(3.0))
    lie = that_none_is_better(dear_triangles(), COST, 5.0, tolerance=1e-4, second_seconds=10.0)
    assert lie.against is not None
    assert lie.against.is_open.sum() == 4
    alone = that_none_is_better(dear_triangles(), COST, 4.0, tolerance=1e-4)
    assert (alone.is_confirmed, alone.how) == (False, ONE_WORD)


def test_a_plan_that_is_as_good_refutes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    four = np.array([True, True, False, True, True, False])
    monkeypatch.setattr(doubt, "rounded_openings", lambda *_: iter([four]))
    assert that_none_is_better(dear_triangles(), COST, 4.0, tolerance=1e-4).against is None
    assert that_none_is_better(dear_triangles(), COST, 4.1, tolerance=1e-4).against is not None


KINDS = {"plain": {}, "capacity": {"capacity": True}, "teams": {"teams": True}}


def each_of(**seeds: tuple[int, ...]) -> list[tuple[str, int]]:
    return [(kind, seed) for kind, those in seeds.items() for seed in those]


@pytest.mark.parametrize(
    ("kind", "seed"), each_of(plain=(1, 9, 10, 12, 13), capacity=(1, 4, 7), teams=(4, 5, 7))
)
def test_of_random_counties_without_a_plan_none_is_found(kind: str, seed: int) -> None:
    region = random_region(seed, **KINDS[kind])
    choice = random_choice(seed, region, **KINDS[kind])
    assert brute_force(region, choice) is None
    problem, _ = state_problem(region, choice, HOSTS)
    assert that_none(problem, seconds=5.0, second_seconds=0.0).against is None


@pytest.mark.parametrize(
    ("kind", "seed"),
    each_of(
        plain=(0, 2, 3, 4, 5, 7, 11, 14, 15, 16, 19, 21, 22), capacity=(0, 2, 3, 5, 6), teams=(1, 2, 3, 8)
    ),
)
def test_random_counties_agree_with_the_count_of_every_plan(kind: str, seed: int) -> None:
    """What is so is never refuted; what is not so is never confirmed."""
    region = random_region(seed, **KINDS[kind])
    choice = random_choice(seed, region, **KINDS[kind])
    problem, _ = state_problem(region, choice, HOSTS)
    best = brute_force(region, choice)
    assert best is not None
    assert not that_none(problem, seconds=5.0, second_seconds=0.0).is_confirmed
    aim = choice.objectives[0]
    objective = objective_of(aim, choice, own_mode(region, aim.mode))
    value = best[Question(region, choice).label(aim)]
    value = 1.0 - value if aim.measure == "within_standard" else value
    tolerance = objective.tolerance(value, WHOLLY)
    so = that_none_is_better(problem, objective, value, tolerance=tolerance)
    assert so.against is None
    assert so.bound <= value + 1e-6 * max(1.0, value)
    worse = value * 1.05 + 0.05
    assert not that_none_is_better(problem, objective, worse, tolerance=tolerance).is_confirmed


@pytest.mark.parametrize(("kind", "seed"), [("capacity", 0), ("capacity", 2), ("teams", 8), ("teams", 9)])
def test_a_plan_with_tours_or_a_joint_intake_refutes_that_there_is_none(kind: str, seed: int) -> None:
    region = random_region(seed, **KINDS[kind])
    problem, _ = state_problem(region, random_choice(seed, region, **KINDS[kind]), HOSTS)
    opinion = that_none(problem, seconds=5.0)
    assert opinion.against is not None
    assert (opinion.against.fleet is not None) == (kind == "teams")
    assert (opinion.against.sent is not None) == (kind == "capacity")
