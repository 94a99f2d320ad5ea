"""`Sweep`: every variant of a scenario answered, one row each; a variant without a plan says why."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from .. import study
from ..by_matrix import matrix_file
from ..dataset import load_dataset
from ..errors import InfeasibleError, InputError, SitingError, TimeLimitError, VerificationError
from ..journal import Journal
from ..optimise.solver import say_nothing
from ..scenario import Scenario
from ..scenario_file import load, with_values
from ..scenario_travel import MatrixMode
from ..ways import measure_ways
from ..workers import InThisProcess, in_parts
from .asking import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ..cache import Cache
    from ..dataset import Dataset
    from ..evaluate import AreaAccess, Measures
    from ..plan import Plan
    from ..resources import Resources
    from ..scenario_travel import TravelSection
    from ..ways import Ways
    from ..workers import Workers
    from .asking import Variant
    from .distributions import Distribution

MOST_WAYS_SHARED: Final = 4
"""Ways of so many travel sections are measured once for all; those of more would fill the memory."""


class RowStatus(StrEnum):
    """What a variant led to; the first four as those of a plan."""

    OPTIMAL = "optimal"
    TIME_LIMIT = "time_limit"
    UNPROVEN = "unproven"
    GIVEN = "given"
    INFEASIBLE = "infeasible"
    """No plan obeys all its rules."""
    NO_PLAN_IN_TIME = "no_plan_in_time"
    """The time limit was reached before any plan was found."""
    CONTRADICTED = "contradicted"
    """The count contradicted the solver; the plan is not to be used."""
    REFUSED = "refused"
    """It asks for what the dataset does not bear out, or fails otherwise."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What a variant's plan means for the whole county."""

    plan: Plan
    county: AreaAccess
    measures: Measures
    resources: Resources
    county_by_mode: Mapping[str, AreaAccess]
    """By each other mode of travel."""


@dataclass(frozen=True, eq=False)
class Row:
    """One variant and what it led to."""

    variant: Variant
    scenario_sha256: str
    """Digest of the variant's resolved scenario: equal digests ask the same question."""
    status: RowStatus
    answer: Answer | None = None
    reason: str = ""
    """Why there is no answer."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """All variants of a scenario, in their order."""

    scenario: Scenario
    dataset: Dataset
    keys: tuple[str, ...]
    """The varied keys, then the drawn ones."""
    n_draws: int
    seed: int
    rows: tuple[Row, ...]


def sweep(  # noqa: PLR0913 - all by name
    scenario: Scenario | str | Path,
    *,
    vary: Mapping[str, Sequence[object]] | None = None,
    draw: Mapping[str, str | Distribution] | None = None,
    n_draws: int = 0,
    seed: int = 1,
    dataset: Dataset | None = None,
    cache: Cache | None = None,
    workers: AbstractContextManager[Workers] | None = None,
    journal: Journal | None = None,
    on_progress: Callable[[str], None] = say_nothing,
) -> Sweep:
    """Answer a scenario with other values at some keys: every combination, each with every draw.

    Parameters
    ----------
    scenario
        A scenario, the path of its file, or the name of an embedded one.
    vary
        Values by dotted key: ``{"choice.n_satellites": [2, 3, 4]}``.
    draw
        Distributions by dotted key: ``{"travel.speed_factor": "uniform(0.9, 1.1)"}``.
    n_draws, seed
        How often each key of `draw` is drawn, and from which seed.
    dataset
        Loaded from where the scenario says if not given.
    cache
        Keeps what takes long to measure (`siting.cache`); the user's own if not given.
    workers
        Who answers the variants: ``siting.dask_workers(...)``, begun when they are needed and ended after;
        left out: this process, one after the other.
    journal
        Keeps what is answered until its own block ends, so that a sweep that was killed goes on where it was
        (`siting.journal`); left out: one in the cache, until all is answered.
    on_progress
        Called with a short sentence now and then.

    Raises
    ------
    InputError
        If nothing is varied, a key is unknown or a value is wrong (ScenarioError), or no variant at all can
        be asked of this dataset.
    WorkersError
        If the workers fail for good.
    """
    base = scenario if isinstance(scenario, Scenario) else load(scenario)
    vary, draw = vary or {}, draw or {}
    variants = ask(vary, draw, n_draws=n_draws, seed=seed)
    scenarios = [
        with_values(base, each.values) for each in variants
    ]  # a wrong value stops it before any work
    if dataset is None:
        on_progress(f"{base.name}: reading the dataset {base.dataset}")
        dataset = load_dataset(base.dataset, relative_to=base.folder)
    dataset.require_one_demand((*vary, *draw))
    for each in scenarios:
        dataset.require_terms(each)
    groups = _that_travel_alike(scenarios)
    ways = _measure_shared(base, dataset, groups, cache, on_progress)
    bench = Bench(
        base, dataset, ways, cache, _digests_of_files(base, [key for key in groups if key not in ways])
    )
    order = [index for group in groups.values() for index in group]  # so that a worker need not measure anew
    with (
        nullcontext(journal) if journal else Journal(cache) as kept,
        workers or nullcontext(InThisProcess()) as who,
    ):
        found = kept.remembering(who, on_known=_known(base.name, on_progress)).map(
            answer,
            [variants[index] for index in order],
            shared=bench,
            on_progress=in_parts(on_progress, f"{base.name}: variants answered"),
        )
    by_index = dict(zip(order, found, strict=True))
    rows = tuple(by_index[index] for index in range(len(variants)))
    if all(row.status is RowStatus.REFUSED for row in rows):
        raise InputError(rows[0].reason)
    return Sweep(base, dataset, (*vary, *draw), n_draws, seed, rows)


def _that_travel_alike(scenarios: Sequence[Scenario]) -> dict[str, list[int]]:
    """Group scenarios by their travel section; the largest groups first."""
    groups: dict[str, list[int]] = {}
    for index, scenario in enumerate(scenarios):
        groups.setdefault(_travel_key(scenario.travel), []).append(index)
    return dict(sorted(groups.items(), key=lambda each: -len(each[1])))


def _travel_key(section: TravelSection) -> str:
    return json.dumps(section.model_dump(mode="json"), sort_keys=True)


def _measure_shared(
    base: Scenario,
    dataset: Dataset,
    groups: Mapping[str, Sequence[int]],
    cache: Cache | None,
    on_progress: Callable[[str], None],
) -> dict[str, Ways]:
    """Measure once what several variants share, as far as memory allows."""
    sections = {
        key: type(base.travel).model_validate_json(key) for key, group in groups.items() if len(group) > 1
    }
    ways = {}
    for key in list(sections)[:MOST_WAYS_SHARED]:
        on_progress(f"{base.name}: travel times, once for {len(groups[key])} variants")
        ways[key] = measure_ways(sections[key], dataset, folder=base.folder, cache=cache)
    return ways


def _digests_of_files(base: Scenario, travel_keys: Sequence[str]) -> dict[str, str]:
    """Digest the files of minutes that workers may read: another file is another question."""
    sections = [type(base.travel).model_validate_json(key) for key in travel_keys]
    modes = [mode for section in sections for mode in section.modes.values() if isinstance(mode, MatrixMode)]
    digests = {}
    for path in (matrix_file(mode, base.folder) for mode in modes):
        if path is not None and str(path) not in digests:
            with suppress(OSError):  # a variant that needs it says so
                digests[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return digests


def _known(name: str, on_progress: Callable[[str], None]) -> Callable[[int, int], None]:
    def tell(known: int, total: int) -> None:
        on_progress(f"{name}: {known} of {total} variants are known from a sweep that was cut short")

    return tell


@dataclass(eq=False)
class Bench:
    """What a worker needs for any variant; it also keeps the last ways that it measured itself."""

    scenario: Scenario
    dataset: Dataset
    ways: dict[str, Ways]
    """Measured for all, by travel section."""
    cache: Cache | None = None
    """Of the ways that a worker measures itself; None: its user's own."""
    file_digests: Mapping[str, str] = field(default_factory=dict)
    """Of the files that it reads for that, by path: what an answer depends on stands here."""
    last_ways: dict[str, Ways] = field(default_factory=dict)

    def ways_for(self, scenario: Scenario) -> Ways:
        """Give the ways by the scenario's travel section; measure them if the last ones were others."""
        key = _travel_key(scenario.travel)
        if key in self.ways:
            return self.ways[key]
        if key not in self.last_ways:
            self.last_ways = {}  # let go of the old ones first
            ways = measure_ways(scenario.travel, self.dataset, folder=scenario.folder, cache=self.cache)
            self.last_ways = {key: ways}
        return self.last_ways[key]


def answer(bench: Bench, variant: Variant) -> Row:
    """Answer one variant: what `Workers.map` does for each."""
    scenario = with_values(bench.scenario, variant.values)
    try:
        outcome = study.run(scenario, dataset=bench.dataset, ways=bench.ways_for(scenario))
    except SitingError as error:
        return Row(variant, scenario.sha256, _status_of(error), reason=_without_folder(str(error), scenario))
    return Row(
        variant,
        scenario.sha256,
        RowStatus(outcome.plan.status),
        Answer(
            plan=outcome.plan,
            county=outcome.evaluation.county,
            measures=outcome.evaluation.measures,
            resources=outcome.evaluation.resources,
            county_by_mode={mode: each.county for mode, each in outcome.by_mode.items()},
        ),
    )


def _without_folder(text: str, scenario: Scenario) -> str:
    """Leave the scenario's folder out of a text: results are passed on, and names of users stand in paths."""
    return text.replace(f"{scenario.folder}{os.sep}", "") if scenario.folder else text


def _status_of(error: SitingError) -> RowStatus:
    kinds = {
        InfeasibleError: RowStatus.INFEASIBLE,
        TimeLimitError: RowStatus.NO_PLAN_IN_TIME,
        VerificationError: RowStatus.CONTRADICTED,
    }
    return next((status for kind, status in kinds.items() if isinstance(error, kind)), RowStatus.REFUSED)
