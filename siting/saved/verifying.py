"""Verdicts on saved results: which files there are, and where one first says something else than the count.

`siting.present.verifying` asks: it knows how what was counted is written.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..errors import InputError, VerificationError
from ..given_files import is_file, is_folder
from ..plan import Status
from .analyses import ANALYSIS_FILE
from .hidden import NOISE
from .record import FORMATS
from .rounding import COUNTY_DECIMALS, HAIR, county_decimals, county_share_decimals, youths_measured
from .sweeps import SWEEP_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..evaluate import AreaAccess
    from ..scenario import Scenario
    from .record import SavedObjective

LONGEST_TEXT: Final = 80
GAP: Final = "gap"


@dataclass(frozen=True)
class Verdict:
    """Whether a saved result still holds."""

    path: Path
    holds: bool
    counted: str
    """What was counted again."""
    problem: str = ""
    """Where it does not hold: the first difference, in a sentence; or why it cannot be counted again."""
    is_contradicted: bool = False
    """Whether the count says something else, and not only that there is none."""
    not_counted: tuple[str, ...] = ()
    """What the file says that was taken at its word."""
    proven: tuple[str, ...] = ()
    """What is known, believing no solver, of no plan being better."""


def result_files(path: str | Path) -> tuple[Path, ...]:
    """Give the saved results that a path names: itself, or all that a folder holds.

    Raises
    ------
    InputError
        If there is none.
    """
    place = Path(path)
    if not is_folder(place):
        if not is_file(place):
            message = f"{place}: is no file; give what siting run, compare, analyse, sweep or report wrote"
            raise InputError(message)
        return (place,)
    names = (*FORMATS.values(), ANALYSIS_FILE, SWEEP_FILE)
    found = [place / name for name in names if is_file(place / name)]
    found += sorted(each for each in place.glob("analysis-*.json") if is_file(each))  # those of a report
    if not found:
        message = f"{place}: holds no result ({', '.join(names)}); give a folder that siting wrote"
        raise InputError(message)
    return tuple(found)


# --- where a file says something else ---


def first_difference(told: object, counted: object, where: str = "") -> str:
    """Say where what is told first differs from what was counted, and how; "" if nowhere.

    Figures are told with the same decimals on both sides, so that nothing is said here that may not be told.

    Examples
    --------
    >>> first_difference({"a": [1, {"b": 2.5}]}, {"a": [1, {"b": 3.5}]})
    'a.1.b is 2.5 in the file, but 3.5 counted again'
    >>> first_difference({"a": 1}, {"a": 1, "b": None})
    'b is missing in the file'
    """
    if isinstance(told, dict) and isinstance(counted, dict):
        return _first_of_mapping(told, counted, where)
    if isinstance(told, list) and isinstance(counted, list):
        parts = (
            first_difference(one, other, _inside(where, str(k)))
            for k, (one, other) in enumerate(zip(told, counted, strict=False))
        )
        unlike = f"{where} has {len(told)} entries in the file, but {len(counted)} counted again"
        return next(filter(None, parts), "" if len(told) == len(counted) else unlike)
    if _is_same(told, counted):
        return ""
    return f"{where} is {_short(told)} in the file, but {_short(counted)} counted again"


def _first_of_mapping(told: Mapping[str, Any], counted: Mapping[str, Any], where: str) -> str:
    for key in [*counted, *(key for key in told if key not in counted)]:
        place = _inside(where, key)
        if key not in told:
            return f"{place} is missing in the file"
        if key not in counted:
            return f"{place} stands in the file, but there is no such thing"
        if key == GAP:  # held by `check_proof`; older files tell it finer
            continue
        if found := first_difference(told[key], counted[key], place):
            return found
    return ""


def _inside(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _is_same(told: object, counted: object) -> bool:
    if isinstance(told, bool) or isinstance(counted, bool):
        return told is counted
    if isinstance(told, int | float) and isinstance(counted, int | float):
        return isclose(told, counted, rel_tol=1e-9, abs_tol=1e-9)
    return type(told) is type(counted) and told == counted


def _short(value: object) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}..."


def check_proof(
    objectives: tuple[SavedObjective, ...], status: Status, scenario: Scenario, county: AreaAccess
) -> None:
    """See that what a file says of proofs can be, as far as its figures are told.

    Raises
    ------
    VerificationError
        If a bound lies beyond the value, a gap is not theirs, or a status is not that of the objectives.
    """
    unproven = [each.status for each in objectives if each.status is not Status.OPTIMAL]
    expected = Status.GIVEN if status is Status.GIVEN else [*unproven, Status.OPTIMAL][0]
    if status is not expected:
        message = f"status is {status} in the file, but {expected} by its objectives"
        raise VerificationError(message)
    few, choice = scenario.evaluation.smallest_count_shown, scenario.choice
    for k, each in enumerate(objectives):
        youths = youths_measured(each.name, county.youths_in_effect, choice.worst_share)
        # What an objective may give up to the next ones, its bound tells nothing of.
        given_up = choice.objectives[k].tolerance if k + 1 < len(choice.objectives) else 0.0
        problem = _of_proof(each, scenario.solver.relative_gap, given_up, _step(each, youths, few))
        if problem:
            message = f"objectives.{k}.{problem}"
            raise VerificationError(message)


def _step(each: SavedObjective, youths: float, few: int) -> float:
    """Give the step of an objective as it is told, which its gap is rounded up to."""
    if each.unit == "share":
        return 10.0 ** -county_share_decimals(youths, few)
    return 10.0 ** -(county_decimals(youths) if each.unit == "minutes" else COUNTY_DECIMALS)


def _of_proof(each: SavedObjective, relative_gap: float, given_up: float, step: float) -> str:
    is_share = each.unit == "share"
    if each.gap < 0:
        return "gap is less than nothing"
    amount = abs(each.objective or 0.0) or 1.0
    # Of shares both are points.
    most = (max(relative_gap, 1e-6) + given_up) / (amount if is_share else 1.0)
    if each.status is Status.OPTIMAL and each.gap and each.gap > (most + step / amount) * (1 + NOISE):
        return f"gap is {each.gap:g}, which is not proven, but its status is {each.status}"
    if each.objective is None or each.bound is None:
        return ""
    value = abs(each.objective)
    beyond = each.objective - each.bound if is_share else each.bound - each.objective
    if beyond > NOISE * max(1.0, value):
        return "bound says that no plan can be as good as this one is"
    told = abs(each.objective - each.bound)
    if abs(told - each.gap * amount) > step * (1 + HAIR) + 1e-4 * value:
        return "gap is not how far the bound lies from the objective"
    return ""
