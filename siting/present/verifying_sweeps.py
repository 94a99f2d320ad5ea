"""Whether a saved sweep still holds: the plan of each variant, counted again by the variant's scenario."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import InputError, SitingError, VerificationError
from ..plan import Plan, Status
from ..saved.counted_again import has_plain_plans
from ..saved.record import SavedDataset, SavedObjective, SavedScenario, digest_of
from ..saved.reopening import files_count_from, find_dataset, objective_counted
from ..saved.verifying import Verdict, check_proof, first_difference
from ..scenario_file import from_resolved, with_values
from ..sites import Role
from ..study import measure, recount
from ..variants.sweeping import Answer
from ..ways import measure_ways
from .sweeps import FORMAT_VERSION, answer_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..cache import Cache
    from ..dataset import Dataset
    from ..scenario import Scenario
    from ..ways import Ways

ROWS_BETWEEN_WORDS: Final = 50


class _Site(BaseModel):
    model_config = ConfigDict(extra="ignore")
    site_id: str
    days_per_week: float


class _Answer(BaseModel):
    model_config = ConfigDict(extra="allow")
    sites: dict[Role, tuple[_Site, ...]]
    objectives: tuple[SavedObjective, ...]


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore")
    variant: int
    values: dict[str, Any]
    scenario_sha256: str
    status: str
    answer: _Answer | None


class _Sweep(BaseModel):
    model_config = ConfigDict(extra="ignore")
    scenario: SavedScenario
    dataset: SavedDataset
    rows: tuple[_Row, ...] = Field(min_length=1)


def check_sweep(
    file: Path,
    tree: dict[str, Any],
    *,
    dataset: str | Path | None,
    cache: Cache | None,
    on_progress: Callable[[str], None],
) -> Verdict:
    """Count the plans of a saved sweep again.

    Raises
    ------
    InputError
        If it cannot be read, or its scenario was changed since.
    DatasetError
        If the dataset is not found, or is not the one that it was made with.
    VerificationError
        At the first row that does not hold.
    """
    if tree.get("format_version") != FORMAT_VERSION or isinstance(tree["format_version"], bool):
        message = f"format_version is {tree.get('format_version')!r}; this siting reads {FORMAT_VERSION}"
        raise InputError(message)
    try:
        saved = _Sweep.model_validate_json(json.dumps(tree))
    except ValidationError as error:
        first = error.errors()[0]
        message = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise InputError(message) from error
    if digest_of(saved.scenario.resolved) != saved.scenario.sha256:
        message = "scenario.resolved: was changed since (its sha256 differs)"
        raise InputError(message)
    scenario = from_resolved(saved.scenario.resolved, path=file)
    data = find_dataset([file], saved.dataset, scenario.dataset, dataset)
    counter = _RowCounter(
        scenario, saved.scenario.sha256, data, files_count_from(scenario, file, data), cache
    )
    n_counted = 0
    for k, row in enumerate(saved.rows):
        if not k % ROWS_BETWEEN_WORDS:
            on_progress(f"{scenario.name}: counting the plans of variants from {row.variant} on again")
        try:
            n_counted += counter.check(row, tree["rows"][k]["answer"])
        except SitingError as error:
            message = f"rows.{k}: {error}"
            raise VerificationError(message) from error
    n_left = sum(row.answer is not None for row in saved.rows) - n_counted
    not_counted = ["that no plan is better", "variants without a plan"]
    if n_left:
        not_counted.append(f"{n_left} plans with tours or a joint intake, which are not told")
    return Verdict(file, holds=True, counted=f"{n_counted} plans", not_counted=tuple(not_counted))


class _RowCounter:
    """Counts rows one after the other; those that travel as the one before share its ways."""

    def __init__(
        self, scenario: Scenario, digest: str, dataset: Dataset, folder: Path | None, cache: Cache | None
    ) -> None:
        self._scenario, self._dataset, self._folder, self._cache = scenario, dataset, folder, cache
        self._last: tuple[Scenario, Ways] | None = None
        # A later siting may know more fields, and then digests otherwise.
        self._is_of_this_version = scenario.sha256 == digest

    def check(self, row: _Row, told: object) -> bool:
        """See whether a row holds; say whether its plan could be counted from what is told."""
        asked = with_values(self._scenario, row.values)
        if self._is_of_this_version and asked.sha256 != row.scenario_sha256:
            message = "scenario_sha256 is not that of the scenario with these values"
            raise VerificationError(message)
        if row.answer is None:
            return False
        if not has_plain_plans(asked.choice.with_capacity, asked.choice.n_teams.maximum):
            return False
        if row.answer.sites.get(Role.STOP):
            return False
        if row.status not in set(Status):
            message = f"status is {row.status} in the file, but there is a plan"
            raise VerificationError(message)
        region = measure(asked, self._dataset, ways=self._ways(asked))
        outcome = recount(_plan(row.status, row.answer), asked, self._dataset, region)
        check_proof(row.answer.objectives, Status(row.status), asked, outcome.evaluation.county)
        objectives = tuple(objective_counted(outcome, each) for each in row.answer.objectives)
        answer = Answer(
            plan=replace(outcome.plan, objectives=objectives),
            county=outcome.evaluation.county,
            measures=outcome.evaluation.measures,
            resources=outcome.evaluation.resources,
            county_by_mode={mode: each.county for mode, each in outcome.by_mode.items()},
        )
        counted = answer_record(answer, asked, self._dataset)
        if found := first_difference(told, counted, "answer"):
            raise VerificationError(found)
        return True

    def _ways(self, asked: Scenario) -> Ways:
        if self._last is None or self._last[0].travel != asked.travel:
            ways = measure_ways(asked.travel, self._dataset, folder=self._folder, cache=self._cache)
            self._last = (asked, ways)
        return self._last[1]


def _plan(status: str, answer: _Answer) -> Plan:
    sites = answer.sites
    return Plan(
        main=tuple(each.site_id for each in sites.get(Role.MAIN, ())),
        satellite=tuple(each.site_id for each in sites.get(Role.SATELLITE, ())),
        status=Status(status),
        objectives=(),
        solve_seconds=0.0,
        days_per_week={each.site_id: each.days_per_week for of_role in sites.values() for each in of_role},
    )
