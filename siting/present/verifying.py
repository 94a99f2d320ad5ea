"""Whether saved results still hold: counted again from the dataset, and held against each figure told.

No solver is believed. A result holds if its files are whole, its dataset is the one that it was made with,
its plans obey their rules, and all that follows from them is what the file says. How much better a plan could
be at most is told by a bound that rests on no solver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..errors import InputError, SitingError, VerificationError
from ..optimise.solver import say_nothing
from ..saved import compare, reopen
from ..saved.analyses import reopen_analysis
from ..saved.analysis_record import ANALYSIS_FORMAT
from ..saved.counted_again import counted_again, not_counted, outcome_of_analysis
from ..saved.proving import Proof, prove
from ..saved.record import FORMATS, parse, read_saved
from ..saved.sweeps import SWEEP_FORMAT
from ..saved.verifying import Verdict, check_proof, first_difference, result_files
from ..study import count_measure
from .analysis.record import analysis_record
from .analysis.shown import Shown
from .records import comparison_record, plan_record
from .verifying_sweeps import check_sweep
from .words import SWEDISH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ..cache import Cache
    from ..study import Outcome

    Record = dict[str, Any]

NO_BETTER_PLAN: Final = "that no plan is better"
GIVEN: Final = "given"


def verify(
    *results: str | Path,
    dataset: str | Path | None = None,
    cache: Cache | None = None,
    second_seconds: float = 0.0,
    on_progress: Callable[[str], None] = say_nothing,
) -> tuple[Verdict, ...]:
    """Count saved results again, believing no solver, and say for each file whether it still holds.

    Parameters
    ----------
    *results
        Folders that `siting run`, `compare`, `analyse`, `sweep` or `report` wrote, or their plan.json,
        comparison.json, analysis.json or sweep.json. Of a folder all of these are verified.
    dataset
        As `siting.reopen` takes it.
    cache
        As `siting.run` takes it.
    second_seconds
        So long a second solver is asked of each objective of each plan, where the dual bound does not prove
        that none is better; 0: it is not.
    on_progress
        Called with a short sentence now and then.

    Returns
    -------
    tuple of Verdict
        One for each file, plans and comparisons first.

    Raises
    ------
    InputError
        If there is no result under a name, or no result is named.
    """
    if not results:
        message = "verify: name at least one result"
        raise InputError(message)
    files = list(dict.fromkeys(file for each in results for file in result_files(each)))
    verifier = _Verifier(dataset, cache, on_progress, second_seconds)
    plans = [file for file in files if _format(file) in FORMATS]
    return tuple(verifier.verdict(file) for file in (*plans, *(each for each in files if each not in plans)))


def verdict_line(verdict: Verdict) -> str:
    """Say on one line whether a result holds."""
    if not verdict.holds:
        what = "does not hold" if verdict.is_contradicted else "cannot be counted again"
        return f"{what}: {verdict.path}: {verdict.problem}"
    line = "; ".join((f"holds: {verdict.path}: counted again: {verdict.counted}", *verdict.proven))
    return f"{line}; not counted again: {'; '.join(verdict.not_counted)}" if verdict.not_counted else line


def _format(file: Path) -> object:
    """Name the format of a file; "" where it cannot be read, which its verdict will tell."""
    try:
        found = parse(file).get("format")
    except InputError:
        return ""
    return found if isinstance(found, str) else ""


class _Verifier:
    """Verifies files one after the other; plans that hold are known to the analyses after them."""

    def __init__(
        self,
        dataset: str | Path | None,
        cache: Cache | None,
        on_progress: Callable[[str], None],
        second_seconds: float,
    ) -> None:
        self._dataset, self._cache, self._on_progress = dataset, cache, on_progress
        self._second_seconds = second_seconds
        self._outcomes: list[Outcome] = []

    def verdict(self, file: Path) -> Verdict:
        """Verify one file; whatever is wrong with it is told in the verdict."""
        try:
            tree = parse(file)
            check = {
                "siting-plan": self._plan,
                "siting-comparison": self._comparison,
                ANALYSIS_FORMAT: self._analysis,
                SWEEP_FORMAT: self._sweep,
            }.get(str(tree.get("format")))
            if check is None:
                message = f"format is {tree.get('format')!r}, which is no result that can be verified"
                raise InputError(message)
            return check(file, tree)
        except SitingError as error:
            problem = str(error).removeprefix(f"{file}: ").removeprefix(f"{file}, ")
            return Verdict(
                file,
                holds=False,
                counted="",
                problem=problem,
                is_contradicted=isinstance(error, VerificationError),
            )

    def _plan(self, file: Path, tree: Record) -> Verdict:
        (outcome,) = reopen(file, dataset=self._dataset, cache=self._cache, on_progress=self._on_progress)
        return self._held(file, tree, plan_record(outcome), (outcome,))

    def _comparison(self, file: Path, tree: Record) -> Verdict:
        alternatives = compare(
            file, dataset=self._dataset, cache=self._cache, on_progress=self._on_progress, one_will_do=True
        )
        return self._held(file, tree, comparison_record(alternatives), alternatives.outcomes)

    def _held(self, file: Path, tree: Record, record: Record, outcomes: Sequence[Outcome]) -> Verdict:
        """Hold plans, and what follows from them, against the file."""
        for outcome, saved in zip(outcomes, read_saved(file).plans, strict=True):
            check_proof(saved.objectives, saved.status, outcome.scenario, outcome.evaluation.county)
        _require_same(_as_held(tree), _as_held(record, known=tree))
        self._outcomes += outcomes
        proofs = [self._proof(each) for each in outcomes if str(each.plan.status) != GIVEN]
        return Verdict(
            file,
            holds=True,
            counted="1 plan" if len(outcomes) == 1 else f"{len(outcomes)} plans and how they differ",
            proven=_with_names([(each.name, said) for each in proofs for said in each.said], len(outcomes)),
            not_counted=_with_names([(p.name, each) for p in proofs for each in p.not_said], len(outcomes)),
        )

    def _proof(self, outcome: Outcome) -> Proof:
        self._on_progress(f"{outcome.scenario.name}: whether no plan is better")
        return prove(outcome, second_seconds=self._second_seconds)

    def _analysis(self, file: Path, tree: Record) -> Verdict:
        outcomes = [each for each in self._outcomes if _is_examined(each, tree)]
        if not outcomes:
            outcomes = [
                outcome_of_analysis(
                    file, tree, dataset=self._dataset, cache=self._cache, on_progress=self._on_progress
                )
            ]
        analysis = reopen_analysis(file, outcomes)
        self._on_progress(f"{analysis.outcome.scenario.name}: counting the plans of the analysis again")
        record = analysis_record(counted_again(analysis))
        if analysis.near_best is not None:  # its prices hang on the best value as it is told
            aim = analysis.near_best.objective
            mode = aim.mode if aim.mode != analysis.outcome.region.mode else ""
            best = count_measure(analysis.outcome, aim.name, mode)
            told = Shown(analysis.outcome, SWEDISH).told(aim.name, best)
            record["near_best"]["objective"]["value"] = told
        _require_same(_as_held(tree), _as_held(record, known=tree))
        return Verdict(
            file,
            holds=True,
            counted="the plans that it tells of",
            not_counted=(NO_BETTER_PLAN, *not_counted(analysis)),
        )

    def _sweep(self, file: Path, tree: Record) -> Verdict:
        return check_sweep(
            file, tree, dataset=self._dataset, cache=self._cache, on_progress=self._on_progress
        )


def _with_names(said: Sequence[tuple[str, str]], n_plans: int) -> tuple[str, ...]:
    """Put after each sentence the plans that it is said of, if there are several."""
    names: dict[str, list[str]] = {}
    for name, sentence in said:
        names.setdefault(sentence, []).append(name)
    if n_plans == 1:
        return tuple(names)
    return tuple(f"{sentence} [{', '.join(those)}]" for sentence, those in names.items())


def _is_examined(outcome: Outcome, tree: Record) -> bool:
    """Say whether an analysis is of this outcome, so that it need not be counted once more."""
    asked = tree.get("scenario")
    return isinstance(asked, dict) and asked.get("resolved") == outcome.scenario.resolved


def _require_same(told: Record, counted: Record) -> None:
    if found := first_difference(told, counted):
        raise VerificationError(found)


def _as_held(record: Record, known: Record | None = None) -> Record:
    """Leave out of a record what is no figure: who wrote it, and the question, whose digest was checked.

    Of a record that was counted anew, also what the file's older format does not have (`known`).
    """
    left_out = {"siting_version", "format_version"}
    if known is not None and known.get("format_version") != record.get("format_version"):
        left_out |= record.keys() - known.keys()
    held = {key: each for key, each in record.items() if key not in left_out}
    if isinstance(held.get("scenario"), dict):
        held["scenario"] = {
            key: each for key, each in held["scenario"].items() if key not in {"sha256", "resolved"}
        }
    if isinstance(held.get("plans"), list):
        held["plans"] = [_as_held(each) if isinstance(each, dict) else each for each in held["plans"]]
    return held
