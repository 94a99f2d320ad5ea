"""Saved analyses: read analysis.json back, beside the reopened outcome that was examined.

Nothing is worked out again. `saved` lies above `analysis` for this: results of an analysis are saved as well
as those of a study, and nothing that is worked out asks what was saved.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from ..analysis.analyse import Analysis
from ..errors import InputError
from ..given_files import is_file, is_folder
from ..sentences import LONGEST_PROBLEM, shortened
from .analysis_record import ANALYSIS_FORMAT, ANALYSIS_FORMAT_VERSION, SavedAnalysis, SavedParts
from .record import parse
from .retelling import near_best_from, stages_from, trade_offs_from, uncertainty_from
from .retelling_areas import accessibility_from, municipalities_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..study import Outcome

ANALYSIS_FILE: Final = "analysis.json"
MEND: Final = "restore the file, or run siting analyse again"


def reopen_analysis(path: str | Path, outcomes: Sequence[Outcome]) -> Analysis:
    """Read analysis.json, or the one that a folder holds, beside the outcome that it examined.

    Figures are as they were written: rounded, and none that may not be shown. The outcome's scenario gets
    the section `analysis` that was asked by.

    Parameters
    ----------
    path
        The file, or a folder that `siting analyse` wrote.
    outcomes
        Reopened or run; among them the one that was examined.

    Raises
    ------
    InputError
        If the file cannot be read, is not what this version of siting writes, or examines none of these.
    """
    file = _file(Path(path))
    tree = parse(file)
    _require_format(file, tree)
    try:
        saved = SavedAnalysis.model_validate_json(json.dumps(tree))
    except ValidationError as error:
        raise _refused(file, error) from error
    outcome = _examined(file, saved, outcomes)
    asked = outcome.scenario.model_copy(update={"analysis": saved.scenario.analysis})
    try:
        return retold(tree, replace(outcome, scenario=asked))
    except ValidationError as error:
        raise _refused(file, error) from error


def retold(record: Mapping[str, Any], outcome: Outcome) -> Analysis:
    """Give the parts that a record tells of, with its figures, for the outcome that it examined.

    Raises
    ------
    ValidationError
        If the record is not as its schema says, or names what the outcome does not have.
    """
    known = {
        "candidate sites": set(outcome.region.sites.site_ids),
        "municipalities": set(outcome.region.municipality_names),
        "modes of travel": {outcome.region.mode, *outcome.scenario.travel.modes},
    }
    parts = {name: record[name] for name in SavedParts.model_fields if name in record}
    saved = SavedParts.model_validate_json(json.dumps(parts), context=known)
    return Analysis(
        outcome,
        near_best=None if saved.near_best is None else near_best_from(saved.near_best, outcome),
        trade_offs=None if saved.trade_offs is None else trade_offs_from(saved.trade_offs, outcome),
        uncertainty=None if saved.uncertainty is None else uncertainty_from(saved.uncertainty, outcome),
        municipalities=None
        if saved.municipalities is None
        else municipalities_from(saved.municipalities, outcome),
        stages=None if saved.stages is None else stages_from(saved.stages, outcome),
        accessibility=None if saved.accessibility is None else accessibility_from(saved.accessibility),
        left_out=saved.left_out,
    )


def _file(path: Path) -> Path:
    if not is_folder(path):
        return path
    if not is_file(path / ANALYSIS_FILE):
        message = f"{path}: holds no {ANALYSIS_FILE}; give a folder that siting analyse wrote"
        raise InputError(message)
    return path / ANALYSIS_FILE


def _require_format(file: Path, tree: dict[str, Any]) -> None:
    if tree.get("format") != ANALYSIS_FORMAT:
        told = shortened(repr(tree.get("format")))
        message = f"{file}: format is {told}, not {ANALYSIS_FORMAT}; give an {ANALYSIS_FILE}"
        raise InputError(message)
    version = tree.get("format_version")
    if version == ANALYSIS_FORMAT_VERSION and not isinstance(version, bool):
        return
    is_newer = isinstance(version, int) and version > ANALYSIS_FORMAT_VERSION
    mend = "read it with that siting" if is_newer else "run siting analyse again"
    by = shortened(tree.get("siting_version", "of no version"))
    message = (
        f"{file}: format_version is {shortened(repr(version))} (written by siting {by}); this siting reads "
        f"{ANALYSIS_FORMAT_VERSION}: {mend}"
    )
    raise InputError(message)


def _refused(file: Path, error: ValidationError) -> InputError:
    first = error.errors()[0]
    place = ".".join(map(shortened, first["loc"]))
    problem = shortened(first["msg"].removeprefix("Input ").removeprefix("Value error, "), LONGEST_PROBLEM)
    return InputError(f"{file}: {place or 'the analysis'}: {problem[0].lower()}{problem[1:]}; {MEND}")


def _examined(file: Path, saved: SavedAnalysis, outcomes: Sequence[Outcome]) -> Outcome:
    """Find the outcome that was examined: the same question, the same tables and the same places."""
    name = saved.scenario.name
    named = [each for each in outcomes if each.scenario.name == name]
    alike = [each for each in named if each.scenario.sha256 == saved.scenario.sha256]
    on_same = [each for each in alike if each.dataset.digests == saved.dataset.sha256]
    places = {(each.site_id, each.role, each.days_per_week) for each in saved.plan.places}
    for each in on_same:
        if _opened(each) == places:
            return each
    if not named:
        there = ", ".join(each.scenario.name for each in outcomes) or "none"
        problem = f"examines {shortened(name)!r}, which is none of the plans here ({there})"
        mend = "add its result to the others, or leave the analysis out"
    else:
        what = "scenario" if not alike else "dataset" if not on_same else "plan"
        problem = f"examines another {what} than the result of {name!r} here has"
        mend = f"run siting analyse {name} again, or give the result that was examined"
    message = f"{file}: {problem}; {mend}"
    raise InputError(message)


def _opened(outcome: Outcome) -> set[tuple[str, str, float]]:
    plan = outcome.plan
    return {(each, role, plan.days_of(each)) for each in plan.open_sites if (role := plan.role_of(each))}
