"""Plans of a saved sweep: what its variants opened, each plan with how many came to it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import InputError
from ..given_files import is_folder
from ..sentences import LONGEST_PROBLEM, shortened
from ..sites import Role
from .record import MEND, SavedDataset, parse

if TYPE_CHECKING:
    from ..study import Outcome

SWEEP_FILE: Final = "sweep.json"
SWEEP_FORMAT: Final = "siting-sweep"
SWEEP_FORMAT_VERSION: Final = 1


@dataclass(frozen=True)
class SweptPlans:
    """Distinct plans of a sweep, the most frequent first."""

    name: str
    """Of the scenario that was swept."""
    plans: tuple[tuple[int, tuple[tuple[str, Role, float], ...]], ...]
    """How many variants came to it; its open sites with role and days a week."""

    @property
    def n_variants(self) -> int:
        """Variants that have a plan."""
        return sum(n for n, _ in self.plans)


_CONFIG: Final = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)


class _Site(BaseModel):
    model_config = _CONFIG
    site_id: str
    days_per_week: float = Field(gt=0, le=5)


class _Answer(BaseModel):
    model_config = _CONFIG
    sites: dict[Role, tuple[_Site, ...]]


class _Row(BaseModel):
    model_config = _CONFIG
    answer: _Answer | None


class _Named(BaseModel):
    model_config = _CONFIG
    name: str


class _Sweep(BaseModel):
    model_config = _CONFIG
    scenario: _Named
    dataset: SavedDataset
    rows: tuple[_Row, ...]


def read_sweep(path: str | Path, outcome: Outcome) -> SweptPlans:
    """Read sweep.json, or the one that a folder holds, to stand beside an outcome.

    Raises
    ------
    InputError
        If it cannot be read, rests on another dataset than the outcome, or no variant has a plan.
    """
    file = Path(path) / SWEEP_FILE if is_folder(Path(path)) else Path(path)
    tree = parse(file)
    version = tree.get("format_version")
    if tree.get("format") != SWEEP_FORMAT or version != SWEEP_FORMAT_VERSION or version is True:
        message = f"{file}: is not what siting sweep writes (format {SWEEP_FORMAT} {SWEEP_FORMAT_VERSION})"
        raise InputError(message)
    try:
        sweep = _Sweep.model_validate_json(json.dumps(tree))
    except ValidationError as error:
        first = error.errors()[0]
        place, problem = ".".join(map(shortened, first["loc"])), first["msg"].lower()
        message = f"{file}: {place}: {shortened(problem, LONGEST_PROBLEM)}; {MEND}"
        raise InputError(message) from error
    if sweep.dataset.sha256 != outcome.dataset.digests:
        message = f"{file}: rests on another dataset than {outcome.scenario.name}; sweep the same tables"
        raise InputError(message)
    found = Counter(_opened(row.answer) for row in sweep.rows if row.answer is not None)
    unknown = {site for plan in found for site, *_ in plan} - set(outcome.region.sites.site_ids)
    if not found or unknown or () in found:
        what = "no variant has a plan"
        if unknown:
            what = f"opens {shortened(min(unknown))!r}, which is no candidate"
        what = "a variant's plan opens no place" if () in found else what
        message = f"{file}: {what}; {MEND}"
        raise InputError(message)
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return SweptPlans(sweep.scenario.name, tuple((n, plan) for plan, n in ordered))


def _opened(answer: _Answer) -> tuple[tuple[str, Role, float], ...]:
    return tuple(
        sorted(
            (site.site_id, role, site.days_per_week) for role, sites in answer.sites.items() for site in sites
        )
    )
