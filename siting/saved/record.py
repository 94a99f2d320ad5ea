"""What is read of plan.json and comparison.json (`siting/schemas` describe all that they hold)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from ..errors import InputError
from ..given_files import is_file, is_folder, read_bytes
from ..plan import Status
from ..scenario_choice import MeasureName
from ..sentences import LONGEST_PROBLEM, listed, shortened
from ..sites import Role

FORMATS: Final = {"siting-plan": "plan.json", "siting-comparison": "comparison.json"}
# A comparison of version 3 lacks only figures that are counted again, and its plans are those of version 4.
FORMAT_VERSIONS: Final = {"siting-plan": (3,), "siting-comparison": (3, 4)}
Unit = Literal["minutes", "share", "sek_per_year"]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

_CONFIG: Final = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)


class SavedScenario(BaseModel):
    """The question, resolved, with the digest that it was written with."""

    model_config = _CONFIG
    name: str
    sha256: Digest
    resolved: dict[str, Any]


class SavedDataset(BaseModel):
    """The tables that the answer rests on."""

    model_config = _CONFIG
    name: str
    sha256: dict[str, Digest]


class SavedObjective(BaseModel):
    """An objective as it was written: rounded, or None where it would tell of too few."""

    model_config = _CONFIG
    name: MeasureName
    unit: Unit
    objective: float | None
    bound: float | None
    gap: float
    status: Status
    mode: str


class SavedSite(BaseModel):
    """An open site."""

    model_config = _CONFIG
    site_id: str
    role: Role
    days_per_week: float = Field(gt=0, le=5)
    capacity_visits_per_year: int


class SavedTeam(BaseModel):
    """Travelling teams at a base."""

    model_config = _CONFIG
    base_id: str
    n_teams: PositiveInt


class SavedVisit(BaseModel):
    """A stop of a tour; its times follow from the order."""

    model_config = _CONFIG
    site_id: str


class SavedRun(BaseModel):
    """A tour; times and lengths are rounded, and only compared with those counted anew."""

    model_config = _CONFIG
    week: int
    day: int
    base_id: str
    team: int
    visits: tuple[SavedVisit, ...]
    returns_minute: float
    driving_minutes: float
    kilometres: float


class SavedPlan(BaseModel):
    """A plan as it was written."""

    model_config = _CONFIG
    siting_version: str
    scenario: SavedScenario
    dataset: SavedDataset
    status: Status
    objectives: tuple[SavedObjective, ...]
    seconds: float
    sites: tuple[SavedSite, ...]
    teams: tuple[SavedTeam, ...]
    rota: tuple[SavedRun, ...]
    resources: dict[str, Any]
    evaluation: dict[str, Any]


@dataclass(frozen=True)
class Saved:
    """The plans of one file; of a comparison also the name of its base."""

    path: Path
    plans: tuple[SavedPlan, ...]
    base: str | None


def read_saved(path: str | Path) -> Saved:
    """Read plan.json or comparison.json, or the one that a folder holds.

    Raises
    ------
    InputError
        If there is none, it cannot be read, or is not what this version of siting writes.
    """
    file = _result_file(Path(path))
    tree = parse(file)
    _require_format(file, tree)
    is_plan = FORMATS[tree["format"]] == "plan.json"
    plans = [tree] if is_plan else tree.get("plans")
    if not isinstance(plans, list) or not plans:
        message = f"{file}: plans: must be a list of plans; {MEND}"
        raise InputError(message)
    base = None if is_plan else tree.get("base")
    read = tuple(_plan(file, each, "" if is_plan else f"plans.{k}.") for k, each in enumerate(plans))
    names = [each.scenario.name for each in read]
    if not is_plan and (base not in names or len(set(names)) < len(names)):
        told = shortened(repr(base))
        message = f"{file}: base {told} must be one of {listed(names)}, each there once; {MEND}"
        raise InputError(message)
    return Saved(file, read, base)


MEND: Final = "restore the file, or run the scenario again"
LARGEST_WHOLE_NUMBER: Final = 2**63 - 1
DIGITS_TOLD: Final = 20
MOST_BYTES: Final = 200_000_000
"""Of a result: a comparison of forty plans of the whole country has some tens of MB."""
MOST_VALUES: Final = 10_000_000
"""Commas and opening brackets of a result: forty plans of the whole country have five million."""


def _result_file(path: Path) -> Path:
    if not is_folder(path):
        return path
    found = [path / name for name in FORMATS.values() if is_file(path / name)]
    if not found:
        message = f"{path}: holds no {' or '.join(FORMATS.values())}; give a folder that siting run wrote"
        raise InputError(message)
    if len(found) > 1:
        message = f"{path}: holds both {' and '.join(each.name for each in found)}; name the file"
        raise InputError(message)
    return found[0]


def parse(file: Path) -> dict[str, Any]:
    """Read the JSON object of a file.

    Raises
    ------
    InputError
        If it cannot be read, or holds no JSON object.
    """
    try:
        content = read_bytes(file, most_bytes=MOST_BYTES)
        if sum(map(content.count, (b",", b"[", b"{"))) > MOST_VALUES:
            message = f"{file}: holds more than {MOST_VALUES:,} values, which no result does; {MEND}"
            raise InputError(message)
        tree = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_each_key_once,
            parse_constant=_refuse_constant,
            parse_int=_whole_number,
            parse_float=_decimal_number,
        )
    except OSError as error:
        message = f"{file}: cannot be read ({error.strerror}); give what siting run or compare wrote"
        raise InputError(message) from error
    except json.JSONDecodeError as error:
        message = f"{file}, line {error.lineno}: is not JSON ({error.msg}); {MEND}"
        raise InputError(message) from error
    except _TooLargeError as error:
        message = f"{file}: holds the number {error}, too large for any figure; {MEND}"
        raise InputError(message) from error
    except _TwiceError as error:
        message = f"{file}: the key {error} stands twice in one object; {MEND}"
        raise InputError(message) from error
    except (ValueError, RecursionError) as error:
        message = f"{file}: is not JSON that can be read ({type(error).__name__}); {MEND}"
        raise InputError(message) from error
    if not isinstance(tree, dict):
        message = f"{file}: holds no result of siting; give a plan.json or a comparison.json"
        raise InputError(message)
    return tree


class _TooLargeError(ValueError):
    """A number that no array can hold."""


class _TwiceError(ValueError):
    """A key of which nobody knows which value counts."""


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        (key, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise _TwiceError(repr(key[:DIGITS_TOLD]))
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _whole_number(digits: str) -> int:
    number = int(digits)
    if abs(number) > LARGEST_WHOLE_NUMBER:
        raise _TooLargeError(_beginning(digits))
    return number


def _decimal_number(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise _TooLargeError(_beginning(digits))
    return number


def _beginning(digits: str) -> str:
    return digits if len(digits) <= DIGITS_TOLD else f"{digits[:DIGITS_TOLD]}..."


def _require_format(file: Path, tree: dict[str, Any]) -> None:
    if tree.get("format") not in list(FORMATS):
        message = (
            f"{file}: format is {shortened(repr(tree.get('format')))}, not {' or '.join(FORMATS)}; "
            "give a plan.json or a comparison.json"
        )
        raise InputError(message)
    version = tree.get("format_version")
    known = FORMAT_VERSIONS[tree["format"]]
    if version in known:
        return
    written = shortened(tree.get("siting_version", "of no version"))
    by = f"format_version is {shortened(repr(version))} (written by siting {written})"
    is_newer = isinstance(version, int) and version > max(known)
    mend = "read it with that siting" if is_newer else "run the scenario again"
    message = f"{file}: {by}; this siting reads {' and '.join(map(str, known))}: {mend}"
    raise InputError(message)


def _plan(file: Path, tree: object, where: str) -> SavedPlan:
    if where and isinstance(tree, dict):
        _require_format(file, tree)
    try:
        plan = SavedPlan.model_validate_json(json.dumps(tree))
    except ValidationError as error:
        first = error.errors()[0]
        place = where + ".".join(map(shortened, first["loc"]))
        problem = shortened(first["msg"].removeprefix("Input "), LONGEST_PROBLEM)
        message = f"{file}: {place or 'the plan'}: {problem[0].lower()}{problem[1:]}; {MEND}"
        raise InputError(message) from error
    if digest_of(plan.scenario.resolved) != plan.scenario.sha256:
        message = f"{file}: {where}scenario.resolved: was changed since (its sha256 differs); {MEND}"
        raise InputError(message)
    return plan


def digest_of(resolved: dict[str, Any]) -> str:
    """Digest a resolved scenario as it stands in a file, whatever fields this version of siting knows."""
    canonical = json.dumps(resolved, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
