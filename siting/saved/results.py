"""Saved results of all kinds together: plans side by side, and what of them was examined."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import InputError
from ..given_files import is_file, is_folder
from ..optimise.solver import say_nothing
from ..study import base_among, held_against
from .analyses import ANALYSIS_FILE, reopen_analysis
from .analysis_record import ANALYSIS_FORMAT
from .record import FORMATS, parse, read_saved
from .reopening import reopen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..analysis.analyse import Analysis
    from ..cache import Cache
    from ..optimise.solver import OnProgress
    from ..study import Alternatives

PLAN_FILES: Final = tuple(FORMATS.values())


@dataclass(frozen=True, eq=False)
class Results:
    """Plans side by side, and the analyses of some of them."""

    alternatives: Alternatives
    analyses: tuple[Analysis, ...] = ()


def open_results(
    *results: str | Path,
    base: str | None = None,
    dataset: str | Path | None = None,
    cache: Cache | None = None,
    on_progress: OnProgress = say_nothing,
) -> Results:
    """Read saved plans and analyses back, and hold the plans against the base.

    Parameters
    ----------
    *results
        Folders that `siting run`, `compare` or `analyse` wrote, or their plan.json, comparison.json or
        analysis.json. One plan is enough; an analysis must be of one of the plans.
    base
        Name of the scenario to compare with; by default that of the first result: a comparison's own, or
        its plan.
    dataset
        As `reopen` takes it.
    cache
        As `siting.run` takes it.
    on_progress
        Called with a short sentence now and then.

    Raises
    ------
    InputError
        If a result cannot be read, several cannot stand side by side, two have one name, there is no plan,
        or an analysis is of none of the plans, or is the second of one.
    DatasetError
        If the dataset is not found, or is not the one that a result was made with.
    VerificationError
        If a plan, counted again, has other figures than were written.
    """
    paths = [Path(each) for each in results]
    plans = [path for path in paths if _holds_plans(path)]
    if not plans:
        named = paths[0] if paths else "nothing"
        message = f"report: {named} holds no plan; name a result of siting run or compare, too"
        raise InputError(message)
    first = read_saved(plans[0])
    outcomes = reopen(*plans, dataset=dataset, cache=cache, on_progress=on_progress)
    names = [each.scenario.name for each in outcomes]
    alternatives = held_against(outcomes, base_among(names, base or first.base, least=1, command="report"))
    analyses = tuple(reopen_analysis(path, outcomes) for path in _analyses(paths))
    _require_one_of_each(analyses)
    return Results(alternatives, analyses)


def _holds_plans(path: Path) -> bool:
    """Whether a result is of plans; what cannot be told is left to whoever reads it."""
    if is_folder(path):
        there = [is_file(path / name) for name in (*PLAN_FILES, ANALYSIS_FILE)]
        return any(there[:-1]) or not there[-1]
    return not is_file(path) or parse(path).get("format") != ANALYSIS_FORMAT


def _analyses(paths: Sequence[Path]) -> Iterator[Path]:
    """Give the analyses among the results: a folder may hold one beside its plan."""
    for path in paths:
        if is_folder(path):
            if is_file(path / ANALYSIS_FILE):
                yield path / ANALYSIS_FILE
        elif not _holds_plans(path):
            yield path


def _require_one_of_each(analyses: Sequence[Analysis]) -> None:
    names = [each.outcome.scenario.name for each in analyses]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        message = f"report: there are two analyses of {twice}; name one of them"
        raise InputError(message)
