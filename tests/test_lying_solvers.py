"""A solver that crashes, hangs or lies: refused with a sentence and an exit code, and nothing is written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import highspy
import numpy as np
import pytest
import toy

import siting
from siting import errors, study
from siting.cli import main
from siting.optimise import highs, relaxation
from siting.optimise.solver import Solution, solve
from siting.plan import ObjectiveValue, Status

TWO_CORNERS = {"n_main": 1, "n_satellites": 1}
WHOLE = {**TWO_CORNERS, "objectives": ["worst_share_minutes"]}
"""Solved by HiGHS in whole numbers, not by our own tree."""


class Solver(highs._SilentHighs):
    """HiGHS as it is; each liar below says something else in one respect."""


class Crashing(Solver):
    def run(self) -> Any:
        message = "free(): invalid pointer"
        raise RuntimeError(message)


class OutOfMemory(Solver):
    def run(self) -> Any:
        raise MemoryError


class Hanging(Solver):
    released = threading.Event()

    def run(self) -> Any:
        self.released.wait(60.0)


class NoNumbers(Solver):
    def getSolution(self) -> Any:
        solution = super().getSolution()
        nothing = np.full(len(solution.col_value), np.nan)
        return SimpleNamespace(col_value=nothing, col_dual=nothing, row_dual=solution.row_dual)


class NoValue(Solver):
    def getObjectiveValue(self) -> float:
        return float("nan")


class TooHigh(Solver):
    def getObjectiveValue(self) -> float:
        return 2.0 * super().getObjectiveValue()


class InfinitelyHigh(Solver):
    def getObjectiveValue(self) -> float:
        return float("inf")


class TooLow(Solver):
    def getObjectiveValue(self) -> float:
        return 0.5 * super().getObjectiveValue()


class BoundTooHigh(Solver):
    def getInfo(self) -> Any:
        info = super().getInfo()
        return SimpleNamespace(
            primal_solution_status=info.primal_solution_status, mip_dual_bound=2.0 * info.mip_dual_bound + 1.0
        )


class Shuffled(Solver):
    """Gives another plan than it found."""

    def getSolution(self) -> Any:
        solution = super().getSolution()
        values = np.asarray(solution.col_value)
        return SimpleNamespace(
            col_value=values[::-1].copy(), col_dual=solution.col_dual, row_dual=solution.row_dual
        )


class NothingOpen(Solver):
    def getSolution(self) -> Any:
        solution = super().getSolution()
        return SimpleNamespace(
            col_value=np.zeros(len(solution.col_value)),
            col_dual=solution.col_dual,
            row_dual=solution.row_dual,
        )


class EverythingOpen(NothingOpen):
    def getSolution(self) -> Any:
        solution = super().getSolution()
        solution.col_value += 1.0
        return solution


class AlwaysOptimal(Solver):
    def getModelStatus(self) -> Any:
        return highspy.HighsModelStatus.kOptimal


class NeverFeasible(Solver):
    def getModelStatus(self) -> Any:
        return highspy.HighsModelStatus.kInfeasible


class Failing(Solver):
    def getModelStatus(self) -> Any:
        return highspy.HighsModelStatus.kSolveError


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[type[Solver]], None]]:
    """Put another solver in the place of HiGHS."""

    def put(kind: type[Solver]) -> None:
        def new(**options: float) -> highspy.Highs:
            solver = kind()
            for option, value in {"threads": 1, "random_seed": 0, **options}.items():
                solver.setOptionValue(option, value)
            return solver

        monkeypatch.setattr(relaxation, "new_highs", new)

    Hanging.released.clear()
    yield put
    Hanging.released.set()


def run(folder: Path, **sections: Any) -> tuple[int, Path]:
    """Ask for a plan; give the exit code, and where it would lie."""
    scenario = toy.write_scenario(folder, **sections)
    return main(["run", str(scenario), "--out", str(folder / "out")]), folder / "out"


def assert_refused(code: int, error: type[errors.SitingError], out: Path, told: str) -> None:
    assert code == error.exit_code, told
    assert "Traceback" not in told
    assert told.splitlines()[-1].startswith("siting: ")
    assert not out.exists() or list(out.iterdir()) == []


# --- crashes, and never comes back ---


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Crashing, "the solver crashed (RuntimeError: free(): invalid pointer)"),
        (OutOfMemory, "the solver crashed (MemoryError"),
        (NoNumbers, "no number"),
        (NoValue, "no number"),
        (Failing, "precision does not suffice"),
    ],
)
@pytest.mark.parametrize("choice", [TWO_CORNERS, WHOLE], ids=["tree", "whole numbers"])
def test_a_solver_that_fails_is_told_in_a_sentence(  # noqa: PLR0917  (pytest hands them over by name)
    toy_folder: Path,
    use: Callable[[type[Solver]], None],
    capsys: pytest.CaptureFixture[str],
    kind: type[Solver],
    expected: str,
    choice: dict[str, Any],
) -> None:
    use(kind)
    code, out = run(toy_folder, choice=choice)
    told = capsys.readouterr().err
    assert_refused(code, errors.SolveError, out, told)
    assert expected in told


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_a_process_that_the_solver_tears_down_leaves_nothing(toy_folder: Path) -> None:
    scenario, out = toy.write_scenario(toy_folder), toy_folder / "out"
    program = (
        "import os, signal, sys; from siting.optimise import highs; from siting.cli import main\n"
        "highs._SilentHighs.run = lambda self: os.kill(os.getpid(), signal.SIGSEGV)\n"
        f"sys.exit(main(['run', {str(scenario)!r}, '--out', {str(out)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, timeout=120)
    assert done.returncode == -signal.SIGSEGV
    assert not out.exists() or list(out.iterdir()) == []


def test_a_solver_that_never_stops_is_left(
    toy_folder: Path,
    use: Callable[[type[Solver]], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use(Hanging)
    monkeypatch.setattr(highs, "GRACE_SECONDS", 0.3)
    started = time.perf_counter()
    code, out = run(toy_folder, solver={"time_limit_seconds": 0.2})
    assert time.perf_counter() - started < 10.0
    told = capsys.readouterr().err
    assert_refused(code, errors.SolveError, out, told)
    assert "the solver did not stop" in told


def test_one_that_stops_late_but_stops_is_waited_for() -> None:
    done: list[int] = []

    class Slow(Solver):
        def run(self) -> Any:
            time.sleep(0.05)
            done.append(1)

    highs.run_highs(Slow(), seconds=0.0)
    assert done == [1]


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_ctrl_c_waits_until_the_solver_has_stopped(
    toy_folder: Path, use: Callable[[type[Solver]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Left at work while the interpreter ends, it would tear the process down."""
    done: list[int] = []

    class Interrupted(Solver):
        def run(self) -> Any:
            if not done:
                time.sleep(0.1)
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.2)
            done.append(1)

    use(Interrupted)
    code, out = run(toy_folder)
    assert (code, done) == (130, [1])
    assert capsys.readouterr().err.splitlines()[-1] == "siting: stopped"
    assert not out.exists()


# --- lies about bounds and values ---


@pytest.mark.parametrize("kind", [TooHigh, InfinitelyHigh])
@pytest.mark.parametrize("choice", [TWO_CORNERS, WHOLE], ids=["tree", "whole numbers"])
def test_a_bound_beyond_a_plan_that_was_counted_is_refused(
    toy_folder: Path,
    use: Callable[[type[Solver]], None],
    capsys: pytest.CaptureFixture[str],
    kind: type[Solver],
    choice: dict[str, Any],
) -> None:
    use(kind)
    code, out = run(toy_folder, choice=choice)
    told = capsys.readouterr().err
    assert_refused(code, errors.VerificationError, out, told)
    assert "the solver says that no plan can be as good" in told


def test_a_bound_in_whole_numbers_beyond_a_counted_plan_is_refused(
    toy_folder: Path, use: Callable[[type[Solver]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    use(BoundTooHigh)
    code, out = run(toy_folder, choice=WHOLE)
    assert_refused(code, errors.VerificationError, out, capsys.readouterr().err)


@pytest.mark.parametrize("kind", [TooLow, Shuffled, NothingOpen, EverythingOpen, AlwaysOptimal])
@pytest.mark.parametrize("choice", [TWO_CORNERS, WHOLE], ids=["tree", "whole numbers"])
def test_whatever_it_says_no_wrong_plan_is_called_the_best(
    toy_folder: Path, use: Callable[[type[Solver]], None], kind: type[Solver], choice: dict[str, Any]
) -> None:
    """Refused, or a plan that obeys the rules with its true value, and proven only if it is the best."""
    scenario = toy.write_scenario(toy_folder, choice=choice, solver={"time_limit_seconds": 0.3})
    honest = study.run(scenario).plan.objectives[0]
    use(kind)
    try:
        outcome = study.run(scenario)
    except errors.SolveError:
        return
    (objective,) = outcome.plan.objectives
    assert objective.value == study.count_measure(outcome, objective.name)
    assert objective.bound <= honest.value * (1 + 1e-9)
    if objective.status is Status.OPTIMAL:
        assert objective.value == pytest.approx(honest.value, rel=1e-6)


def test_an_infeasible_question_that_it_calls_solved_gets_no_plan(
    toy_folder: Path, use: Callable[[type[Solver]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    use(AlwaysOptimal)
    choice = {**TWO_CORNERS, "most_mean_minutes": 5.0}
    code, out = run(toy_folder, choice=choice, solver={"time_limit_seconds": 0.3})
    assert code in {20, 21, 22, 23}
    assert "Traceback" not in capsys.readouterr().err
    assert not out.exists() or list(out.iterdir()) == []


def test_that_there_is_no_plan_is_refused_where_one_is_found(
    toy_folder: Path, use: Callable[[type[Solver]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    use(NeverFeasible)
    code, out = run(toy_folder, choice=TWO_CORNERS)
    told = capsys.readouterr().err
    assert_refused(code, errors.VerificationError, out, told)
    assert "says that no plan obeys all the rules, but rounding finds one that does" in told


def test_that_there_is_no_plan_is_told_with_what_it_rests_on(
    toy_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One main, and a satellite no farther than 30 minutes: C and D are 80 minutes apart."""
    choice = {**TWO_CORNERS, "required": {"main": ["C"], "satellite": ["D"]}, "link_minutes": 30.0}
    code, out = run(toy_folder, choice=choice)
    told = capsys.readouterr().err
    assert_refused(code, errors.InfeasibleError, out, told)
    assert "no plan obeys all the rules at once: these rules contradict each other: " in told
    assert "choice.link_minutes" in told
    assert " (proven by a bound that rests on no solver); this would do: raise choice.link_minutes to" in told


def test_a_worse_plan_with_a_bound_to_it_is_found_out_when_it_is_verified(
    toy_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Main at A and satellite at C, with their true value: no count of this plan alone contradicts it."""
    solved = solve

    def lie(problem: Any, *args: Any, **options: Any) -> Solution:
        told = solved(problem, *args, **options)
        worse = open_instead(0, 5)(told)
        value = told.stages[0].objective.value(problem, worse.draft)
        assert value > told.stages[0].value * 1.05
        return lie_about(value=value, bound=value)(worse)

    monkeypatch.setattr("siting.optimise.planning.solve", lie)
    code, out = run(toy_folder, choice=TWO_CORNERS)
    assert code == 0
    capsys.readouterr()
    assert main(["verify", str(out)]) == errors.VerificationError.exit_code
    told = capsys.readouterr().out
    assert told.startswith("does not hold: ")
    assert "by the file no plan is better in mean_minutes, but rounding finds one" in told


def test_that_there_is_no_plan_is_believed_of_no_question_that_has_one(
    toy_folder: Path, use: Callable[[type[Solver]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the second objective, for which a plan is known from the first, nothing is proven then."""
    objectives = ["mean_minutes", "worst_share_minutes"]
    scenario = toy.write_scenario(toy_folder, choice={**TWO_CORNERS, "objectives": objectives})
    plans = []
    solved = solve

    def lies_in_the_second(problem: Any, asked: Any, **options: Any) -> Solution:
        first = solved(problem, asked[:1], **options)
        use(NeverFeasible)
        second = solved(problem, asked[1:], **{**options, "start": first.draft})
        plans.append(second.stages[0])
        return Solution(second.draft, (*first.stages, *second.stages), 0.0)

    monkeypatch.setattr("siting.optimise.planning.solve", lies_in_the_second)
    outcome = study.run(scenario)
    assert [each.status for each in plans] == [Status.UNPROVEN]
    assert outcome.plan.status is Status.UNPROVEN


# --- lies that reach the study ---


def lie_about(**changes: Any) -> Callable[[Solution], Solution]:
    """Say something else of the first objective."""
    return lambda told: replace(told, stages=(replace(told.stages[0], **changes), *told.stages[1:]))


def open_instead(*options: int) -> Callable[[Solution], Solution]:
    """Open other options, and tell their true value."""

    def lie(told: Solution) -> Solution:
        is_open = np.zeros_like(told.draft.is_open)
        is_open[list(options)] = True
        return replace(told, draft=replace(told.draft, is_open=is_open))

    return lie


@pytest.mark.parametrize(
    ("lie", "expected"),
    [
        (lie_about(value=1.0), "the solver's value is not what the count says"),
        (lie_about(value=float("nan")), "one of them is no number"),
        (lie_about(value=float("inf")), "one of them is no number"),
        (lie_about(bound=float("nan")), "the solver's bound is no value that any plan can have"),
        (lie_about(bound=-5.0), "the solver's bound is no value that any plan can have"),
        (lie_about(bound=1e3), "the solver's bound says that no plan can be as good as this one is"),
        (open_instead(0), "the solver's value is not what the count says"),
    ],
)
def test_the_count_refuses_what_it_contradicts(
    toy_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lie: Callable[[Solution], Solution],
    expected: str,
) -> None:
    solved = solve
    monkeypatch.setattr("siting.optimise.planning.solve", lambda *a, **k: lie(solved(*a, **k)))
    code, out = run(toy_folder)
    told = capsys.readouterr().err
    assert_refused(code, errors.VerificationError, out, told)
    assert expected in told


@pytest.mark.parametrize(
    ("choice", "broken"),
    [
        ({"n_main": 2, "n_satellites": 0}, "choice.n_main"),
        ({**TWO_CORNERS, "required": {"satellite": ["C"]}}, "choice.required.satellite: C"),
        ({**TWO_CORNERS, "link_minutes": 20.0}, "choice.link_minutes"),
        ({**TWO_CORNERS, "least_visits_per_year": {"satellite": 600}}, "for too few visits"),
        ({**TWO_CORNERS, "place_in": ["Öst", "Väst"]}, None),
        ({**TWO_CORNERS, "most_mean_minutes": 22.0}, "choice.most_mean_minutes"),
        ({**TWO_CORNERS, "at_least_one_of": [["C", "D"]]}, "choice.at_least_one_of.0"),
        ({**TWO_CORNERS, "most_sek_per_year": 5_000_000.0}, "choice.most_sek_per_year"),
    ],
)
def test_a_plan_that_breaks_a_rule_is_refused_though_its_value_is_true(
    toy_folder: Path, choice: dict[str, Any], broken: str | None
) -> None:
    """The plan of the plain question, main at B and satellite at A, is no answer to a stricter one."""
    outcome = study.run(toy.write_scenario(toy_folder, choice=TWO_CORNERS))
    asked = siting.load(toy.write_scenario(toy_folder, "asked", choice=choice))
    if broken is None:
        study.recount(outcome.plan, asked, outcome.dataset, outcome.region)
        return
    with pytest.raises(errors.VerificationError, match="the plan breaks a rule") as caught:
        study.recount(outcome.plan, asked, outcome.dataset, outcome.region)
    assert broken in str(caught.value) or "may not be chosen" in str(caught.value)


def test_no_refusal_tells_an_exact_mean(toy_folder: Path) -> None:
    outcome = study.run(toy.write_scenario(toy_folder, choice=TWO_CORNERS))
    (told,) = outcome.plan.objectives
    for lie in (
        ObjectiveValue("mean_minutes", "minutes", told.value * 1.001, 20.0, 0.1, Status.UNPROVEN),
        ObjectiveValue("mean_minutes", "minutes", 1.0, 1.0, 0.0, Status.OPTIMAL),
    ):
        plan = replace(outcome.plan, objectives=(lie,))
        with pytest.raises(errors.VerificationError) as caught:
            study._verify(replace(outcome, plan=plan))
        assert f"{told.value:.4g}" not in str(caught.value)
