"""From saved results back to outcomes: find the dataset, measure, rebuild each plan, count it, compare."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..by_matrix import SUFFIXES
from ..dataset import load_dataset
from ..dataset.manifest import MANIFEST_NAME
from ..errors import DatasetError, InputError, SitingError, VerificationError
from ..given_files import is_file
from ..optimise import planning
from ..optimise.solver import say_nothing
from ..plan import ObjectiveValue, Plan, Status
from ..scenario_file import embedded_folder, from_resolved
from ..scenario_travel import MatrixMode
from ..sites import Role
from ..study import base_among, count_measure, held_against, measure, recount, require_alike, ways_of_each
from ..teams import StopVisit, TourRun, driven_again
from .figures import check_figures
from .record import Saved, SavedObjective, SavedPlan, SavedRun, read_saved
from .rounding import COUNTY_DECIMALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..cache import Cache
    from ..dataset import Dataset
    from ..optimise.solver import OnProgress
    from ..plan import Intake
    from ..region import Region
    from ..scenario import Scenario
    from ..study import Alternatives, Outcome
    from .record import SavedDataset

HALF: Final = 0.5
HALF_A_STEP: Final = 0.5 * 10.0**-COUNTY_DECIMALS
"""An objective that was written with its decimals may have been so much worse."""


def reopen(
    *results: str | Path,
    dataset: str | Path | None = None,
    cache: Cache | None = None,
    on_progress: OnProgress = say_nothing,
) -> tuple[Outcome, ...]:
    """Read saved results back, without choosing anything: all plans of all of them, in their order.

    Parameters
    ----------
    *results
        Files plan.json or comparison.json, or folders that hold one; several must rest on the same
        dataset and demand, and travel by the same mode.
    dataset
        Folder of the dataset; by default it is looked for beside the results, in the working directory,
        and among the embedded ones. Files of ready minutes are looked for in the same places.
    cache
        As `siting.run` takes it.
    on_progress
        Called with a short sentence now and then.

    Raises
    ------
    InputError
        If a result cannot be read, or several cannot stand side by side.
    DatasetError
        If the dataset is not found, or is not the one that a result was made with.
    VerificationError
        If a plan, counted again, has other figures than were written.
    """
    saved = [read_saved(each) for each in results]
    return _reopen(saved, dataset, cache, on_progress)


def compare(
    *results: str | Path,
    base: str | None = None,
    dataset: str | Path | None = None,
    cache: Cache | None = None,
    on_progress: OnProgress = say_nothing,
    one_will_do: bool = False,
) -> Alternatives:
    """Read saved results back as `reopen` does, and hold each plan against the base.

    The base is a scenario's name; by default that of the first result: a comparison's own, or its plan. If
    one plan will do, it is its own base, and there are no differences.

    Raises
    ------
    InputError
        As `reopen`; and if there are fewer than two plans though one will not do, two have one name, or the
        base is not among them.
    DatasetError
        As `reopen`.
    VerificationError
        As `reopen`.
    """
    saved = [read_saved(each) for each in results]
    names = [plan.scenario.name for each in saved for plan in each.plans]
    asked = base or (saved[0].base if saved else None)
    base = base_among(names, asked, least=1 if one_will_do else 2)
    return held_against(_reopen(saved, dataset, cache, on_progress), base)


def _reopen(
    saved: Sequence[Saved], dataset: str | Path | None, cache: Cache | None, on_progress: OnProgress
) -> tuple[Outcome, ...]:
    if not saved:
        message = "reopen: name at least one result"
        raise InputError(message)
    plans = [(each.path, plan) for each in saved for plan in each.plans]
    scenarios = [from_resolved(plan.scenario.resolved, path=path) for path, plan in plans]
    require_alike(scenarios, ("demand", "leaving_municipalities"))
    _require_one_dataset(plans)
    on_progress(f"reading the dataset {plans[0][1].dataset.name}")
    data = find_dataset([each.path for each in saved], plans[0][1].dataset, scenarios[0].dataset, dataset)
    folders = [files_count_from(each, path, data) for each, (path, _) in zip(scenarios, plans, strict=True)]
    ways_of = ways_of_each(scenarios, data, folders=folders, cache=cache, tell=on_progress)
    outcomes = []
    for scenario, (path, plan), ways in zip(scenarios, plans, ways_of, strict=True):
        on_progress(f"{scenario.name}: counting the plan again")
        try:
            outcomes.append(_recount(scenario, data, measure(scenario, data, ways=ways), plan))
        except SitingError as error:
            hint = _of_intake(scenario) if isinstance(error, VerificationError) else ""
            message = f"{path}: {scenario.name}: {error}{hint}"
            raise type(error)(message) from error
    return tuple(outcomes)


def _of_intake(scenario: Scenario) -> str:
    """Say what the matter may be where a count disagrees."""
    if scenario.choice.with_capacity:
        return (
            "; where a joint intake sends the visits is not written, and working it out for these places "
            "gave something else: run the scenario again"
        )
    return "; the file was changed, or written by a siting that counts otherwise: run the scenario again"


# --- what is found on disk ---


def _require_one_dataset(plans: Sequence[tuple[Path, SavedPlan]]) -> None:
    (first_path, first), *others = plans
    for path, plan in others:
        tables = _differing(first.dataset.sha256, plan.dataset.sha256)
        if tables:
            message = (
                f"{path}: rests on another dataset than {first_path} (other tables: {', '.join(tables)}); "
                "plans can stand side by side only on the same tables"
            )
            raise InputError(message)


def _differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Names of the tables that are not the same, or there in one only."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def find_dataset(
    files: Sequence[Path], made_with: SavedDataset, written: str, asked: str | Path | None
) -> Dataset:
    """Load the dataset with the tables that a result was made with.

    `written` is what the scenario says, from the folder of a scenario file that nobody knows any more.

    Raises
    ------
    DatasetError
        If it is not found, or holds other tables.
    """
    folders = [place / written for file in files for place in _places_near(file)] if asked is None else []
    name = written if asked is None else str(asked)
    folders.append(Path(name))
    if Path(name).name == name:
        folders.append(embedded_folder("data") / name)
    there = [folder for folder in dict.fromkeys(folders) if is_file(folder / MANIFEST_NAME)]
    if not there:
        where = "beside it, in the working directory or embedded" if asked is None else f"in {asked}"
        message = (
            f"{files[0]}: its dataset {made_with.name!r} is not {where}; name its folder: --dataset FOLDER"
        )
        raise DatasetError(message)
    problems: list[str] = []
    for folder in there:
        try:
            found = load_dataset(str(folder))
        except DatasetError as error:
            problems.append(str(error))
            continue
        tables = _differing(found.digests, made_with.sha256)
        if not tables:
            return found
        problems.append(
            f"{files[0]}: was made with other tables than {folder} holds ({', '.join(tables)}); name the "
            "folder of the dataset that it was made with (--dataset), or run the scenario again"
        )
    raise DatasetError(problems[0])


def _places_near(file: Path) -> tuple[Path, Path]:
    """Folders that the scenario file may have stood in: the result's, and the one that holds that."""
    folder = file.absolute().parent
    return folder, folder.parent


def files_count_from(scenario: Scenario, file: Path, dataset: Dataset) -> Path | None:
    """Find the folder from which the scenario's files of ready minutes count; None where it has none."""
    names = [
        mode.matrix
        for mode in scenario.travel.modes.values()
        if isinstance(mode, MatrixMode) and Path(mode.matrix).suffix.lower() in SUFFIXES
    ]
    if not names:
        return None
    near = _places_near(file)
    places = (*near, Path(), dataset.folder.absolute().parent, dataset.folder)
    return next((place for place in places if all(is_file(place / name) for name in names)), near[0])


# --- the plan ---


def _recount(scenario: Scenario, dataset: Dataset, region: Region, saved: SavedPlan) -> Outcome:
    plan = _rebuilt(scenario, region, saved)
    first_problem: VerificationError | None = None
    for intake in _intakes(scenario, region, plan, saved):
        try:
            outcome = recount(replace(plan, intake=intake), scenario, dataset, region)
            check_figures(outcome, saved)
        except VerificationError as error:
            first_problem = first_problem or error
            continue
        objectives = tuple(objective_counted(outcome, each) for each in saved.objectives)
        return replace(outcome, plan=replace(outcome.plan, objectives=objectives))
    message = "the room that its places have does not suffice for what was promised"
    raise first_problem or VerificationError(message)


def _rebuilt(scenario: Scenario, region: Region, saved: SavedPlan) -> Plan:
    """Build the plan as it was, still without its objectives, whose values have to be counted."""
    by_role = {role: tuple(each.site_id for each in saved.sites if each.role is role) for role in Role}
    given = scenario.choice.given
    if given is not None and saved.status is not Status.GIVEN:
        message = f"status is {saved.status}, but choice.given names the plan, so nothing was optimised"
        raise VerificationError(message)
    if given is None and saved.status is Status.GIVEN:
        message = "status is given, but the scenario has no choice.given that names the plan"
        raise VerificationError(message)
    _require_objectives_asked(scenario, saved)
    _require_known_sites(region, saved)
    if given is not None and any(getattr(given, role) != sites for role, sites in by_role.items()):
        message = "sites are other places than choice.given names"
        raise VerificationError(message)
    days = {each.site_id: each.days_per_week for each in saved.sites}
    return Plan(
        main=by_role[Role.MAIN],
        satellite=by_role[Role.SATELLITE],
        stop=by_role[Role.STOP],
        status=saved.status,
        objectives=(),
        solve_seconds=saved.seconds,
        # A given plan without tours has the days alone that it names.
        days_per_week=given.days_per_week if given is not None and not given.stop else days,
        teams={each.base_id: each.n_teams for each in saved.teams},
        rota=tuple(_driven(each, region) for each in saved.rota),
    )


def _require_objectives_asked(scenario: Scenario, saved: SavedPlan) -> None:
    """See that each objective of the scenario has its value: a given plan has none."""
    units, choice = dict(planning.READERS.values()), scenario.choice
    aims = choice.objectives if choice.given is None else ()
    asked = [(aim.measure, units[aim.measure], aim.mode or scenario.travel.mode) for aim in aims]
    told = [(each.name, each.unit, each.mode) for each in saved.objectives]
    if told != asked:
        named, wanted = (", ".join(" ".join(each) for each in those) or "none" for those in (told, asked))
        message = f"objectives are {named} in the file, but {wanted} by the scenario"
        raise VerificationError(message)
    for k, each in enumerate(saved.objectives):
        # A share's bound may tell of too few where the share does not; it follows from the gap.
        if each.bound is None and each.objective is not None and each.unit != "share":
            message = f"objectives.{k}.bound is missing in the file"
            raise VerificationError(message)


def _require_known_sites(region: Region, saved: SavedPlan) -> None:
    ids = [each.site_id for each in saved.sites]
    unknown = sorted(set(ids) - set(region.sites.site_ids))
    if unknown or len(set(ids)) < len(ids):
        what = f"has {unknown[0]!r}, which is no candidate" if unknown else "has a site twice"
        message = f"sites {what}"
        raise VerificationError(message)


def _driven(run: SavedRun, region: Region) -> TourRun:
    """Drive a tour again: what was written of its times is rounded."""
    order = tuple(StopVisit(visit.site_id, 0.0, 0.0) for visit in run.visits)
    return driven_again(
        TourRun(run.week, run.day, run.base_id, run.team, 0.0, 0.0, order, 0.0, 0.0),
        site_ids=region.sites.site_ids,
        minutes=region.between_sites_minutes,
        kilometres=region.site_kilometres,
        roles=region.roles,
    )


def _intakes(
    scenario: Scenario, region: Region, plan: Plan, saved: SavedPlan
) -> Iterator[dict[str, Intake] | None]:
    """Work out anew where visits are sent, where capacity is kept: it is not written."""
    choice = scenario.choice
    if choice.with_capacity and choice.given is None:
        worst = [_worst(each) for each in saved.objectives[:-1]]
        yield from planning.intakes(plan, region, choice, scenario.sites.hosts, worst=worst)
    else:
        yield None


def _worst(each: SavedObjective) -> float | None:
    """How bad the objective may have been before it was rounded."""
    if each.objective is None:
        return None
    return each.objective + (-HALF_A_STEP if each.unit == "share" else HALF_A_STEP)


def objective_counted(outcome: Outcome, saved: SavedObjective) -> ObjectiveValue:
    """Give an objective its value to the last digit, and what was proven of it as it was written."""
    mode = "" if saved.mode == outcome.region.mode else saved.mode
    if mode and mode not in outcome.by_mode:
        message = f"objectives: {saved.name} is by {mode}, which is no mode of travel of the scenario"
        raise VerificationError(message)
    value = count_measure(outcome, saved.name, mode)
    if value is None:
        message = f"objectives: {saved.name} has a value in the file, but none counted again"
        raise VerificationError(message)
    bound = _hidden_bound(value, saved, outcome) if saved.bound is None else saved.bound
    # No plan's own value lies beyond its bound but for rounding.
    bound = max(bound, value) if saved.unit == "share" else min(bound, value)
    return ObjectiveValue(saved.name, saved.unit, value, bound, saved.gap, saved.status, mode)


def _hidden_bound(value: float, saved: SavedObjective, outcome: Outcome) -> float:
    """Give a hidden bound as one that is hidden too: it leaves out as few, or is the value."""
    if saved.unit != "share" or value + saved.gap * value < HALF:
        return value
    few = outcome.scenario.evaluation.smallest_count_shown
    return 1 - HALF * few / outcome.evaluation.county.youths_in_effect
