"""What of a saved result can be counted again, and where a file first says something else.

`siting.present.verifying` asks: it knows how what was counted is written.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pydantic import BaseModel, ValidationError

from ..analysis.accessibility import accessibility
from ..analysis.equity import equity
from ..analysis.near_best import plan_of
from ..analysis.subject import count
from ..by_mode import evaluate_modes
from ..errors import InputError, VerificationError
from ..given_files import is_file, is_folder
from ..plan import Plan, Status
from ..scenario_file import from_resolved
from ..sites import Role
from ..study import measure, recount, ways_of_each
from .analyses import ANALYSIS_FILE
from .analysis_record import SavedAnalysis
from .hidden import NOISE
from .record import FORMATS, SavedObjective, digest_of
from .reopening import files_count_from, find_dataset, objective_counted
from .sweeps import SWEEP_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..analysis.analyse import Analysis
    from ..analysis.municipalities import Municipalities
    from ..analysis.near_best import NearBest
    from ..analysis.stages import Stage, Stages
    from ..analysis.trade_offs import Point, TradeOffs
    from ..cache import Cache
    from ..evaluate import Measures
    from ..optimise.solver import OnProgress
    from ..study import Outcome

LONGEST_TEXT: Final = 80
NOT_COUNTED: Final = {
    "near_best": "prices and the number of near-best plans",
    "trade_offs": "that no plan of the trade-offs is better, and the price of fairness",
    "uncertainty": "the uncertainty",
    "municipalities": "shares of the cost, departures and nobody worse off",
    "stages": "that no order of opening is better",
}
"""What of each part of an analysis would have to be worked out anew: its plans are counted, not chosen."""


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


def check_proof(objectives: tuple[SavedObjective, ...], status: Status, relative_gap: float) -> None:
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
    for k, each in enumerate(objectives):
        problem = _of_proof(each, relative_gap)
        if problem:
            message = f"objectives.{k}.{problem}"
            raise VerificationError(message)


def _of_proof(each: SavedObjective, relative_gap: float) -> str:
    is_share = each.unit == "share"
    if each.gap < 0:
        return "gap is less than nothing"
    most = max(relative_gap, 1e-4 if is_share else 1e-6) * (1 + NOISE)
    if each.status is Status.OPTIMAL and each.gap > most:
        return f"gap is {each.gap:g}, which is not proven, but its status is {each.status}"
    if each.objective is None or each.bound is None:
        return ""
    step = 0.01 if is_share else 1.0  # as coarse as any county's figures are told
    value = abs(each.objective)
    beyond = each.objective - each.bound if is_share else each.bound - each.objective
    if beyond > NOISE * max(1.0, value):
        return "bound says that no plan can be as good as this one is"
    told = abs(each.objective - each.bound)
    if abs(told - each.gap * value) > step + 1e-4 * value:
        return "gap is not how far the bound lies from the objective"
    return ""


# --- the outcome that an analysis examined, where no other file tells of it ---


class _Answer(BaseModel):
    """What is told of the plan that was examined."""

    status: Status
    objectives: tuple[SavedObjective, ...]


def outcome_of_analysis(
    file: Path,
    tree: Mapping[str, Any],
    *,
    dataset: str | Path | None,
    cache: Cache | None,
    on_progress: OnProgress,
) -> Outcome:
    """Count the plan anew that an analysis examined, from its places alone.

    Raises
    ------
    InputError
        If the file is not as its schema says, or its plan has tours or an intake, which it does not tell.
    DatasetError
        If the dataset is not found, or is not the one that it was made with.
    VerificationError
        If the plan breaks the rules of its scenario.
    """
    try:
        saved = SavedAnalysis.model_validate_json(json.dumps(tree))
        answer = _Answer.model_validate_json(json.dumps(tree["plan"]))
    except ValidationError as error:
        first = error.errors()[0]
        message = f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise InputError(message) from error
    if digest_of(saved.scenario.resolved) != saved.scenario.sha256:
        message = f"{file}: scenario.resolved: was changed since (its sha256 differs)"
        raise InputError(message)
    scenario = from_resolved(saved.scenario.resolved, path=file)
    if scenario.choice.with_capacity or scenario.choice.n_teams.maximum or _stops(saved):
        message = (
            f"{file}: does not tell where visits are sent, or what teams drive, so its plan cannot be "
            "counted from it; name the result of siting run with the same plan, too"
        )
        raise InputError(message)
    data = find_dataset([file], saved.dataset, scenario.dataset, dataset)
    folders = [files_count_from(scenario, file, data)]
    (ways,) = ways_of_each([scenario], data, folders=folders, cache=cache, tell=on_progress)
    by_role = {role: [each.site_id for each in saved.plan.places if each.role is role] for role in Role}
    region = measure(scenario, data, ways=ways)
    if unknown := {each.site_id for each in saved.plan.places} - set(region.sites.site_ids):
        message = f"plan.places has {min(unknown)!r}, which is no candidate"
        raise VerificationError(message)
    plan = Plan(
        main=tuple(by_role[Role.MAIN]),
        satellite=tuple(by_role[Role.SATELLITE]),
        status=answer.status,
        objectives=(),
        solve_seconds=0.0,
        days_per_week={each.site_id: each.days_per_week for each in saved.plan.places},
    )
    outcome = recount(plan, scenario, data, region)
    check_proof(answer.objectives, answer.status, scenario.solver.relative_gap)
    objectives = tuple(objective_counted(outcome, each) for each in answer.objectives)
    return replace(outcome, plan=replace(plan, objectives=objectives))


def _stops(saved: SavedAnalysis) -> bool:
    return any(each.role is Role.STOP for each in saved.plan.places)


# --- parts of an analysis ---


def counted_again(analysis: Analysis) -> Analysis:
    """Put what the plans of an analysis are worth by the count where the file told it; all else stays.

    Where visits are sent or teams drive, that takes more than the places, which alone are told.
    """
    outcome, choice = analysis.outcome, analysis.outcome.scenario.choice
    found = replace(
        analysis,
        accessibility=None if analysis.accessibility is None else accessibility(outcome),
        municipalities=None
        if analysis.municipalities is None
        else _municipalities(analysis.municipalities, outcome),
    )
    if not has_plain_plans(choice.with_capacity, choice.n_teams.maximum):
        return found
    counter = _Counter(outcome)
    return replace(
        found,
        near_best=None if analysis.near_best is None else _near_best(analysis.near_best, counter),
        trade_offs=None if analysis.trade_offs is None else _trade_offs(analysis.trade_offs, counter),
        stages=None if analysis.stages is None else _stages(analysis.stages, counter),
    )


def has_plain_plans(with_capacity: bool, most_teams: int) -> bool:
    """Say whether the places of a plan are enough to count it."""
    return not with_capacity and not most_teams


def not_counted(analysis: Analysis) -> Iterator[str]:
    """Say what of an analysis is taken at its word."""
    choice = analysis.outcome.scenario.choice
    plain = has_plain_plans(choice.with_capacity, choice.n_teams.maximum)
    for part, text in NOT_COUNTED.items():
        if getattr(analysis, part) is not None:
            is_of_plans = part in ("near_best", "trade_offs", "stages")
            yield text if plain or not is_of_plans else f"{part.replace('_', ' ')}, whose tours are not told"


class _Counter:
    """Counts plans by the scenario that was examined, each once."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self._known: dict[tuple[object, ...], Measures] = {}

    def measures(self, plan: Plan, mode: str = "") -> Measures:
        """Count a plan by a mode of travel; "" is the scenario's own."""
        places = [(each, plan.role_of(each), plan.days_of(each)) for each in sorted(plan.open_sites)]
        key = (mode, *places)
        if key not in self._known:
            outcome, scenario = self._outcome, self._outcome.scenario
            evaluation = count(outcome, plan)
            self._known[key] = evaluation.measures
            if mode:
                by_mode = evaluate_modes(
                    plan, outcome.region, evaluation, scenario.evaluation, scenario.choice
                )
                self._known[key] = by_mode[mode].measures
        return self._known[key]

    def value(self, plan: Plan, name: str, mode: str) -> float:
        """Count one measure; 0 where there is nobody to measure it by."""
        value: float | None = getattr(self.measures(plan, mode), name)
        return value or 0.0

    @property
    def chosen(self) -> Plan:
        """The plan that was examined."""
        return self._outcome.plan


def _near_best(found: NearBest, counter: _Counter) -> NearBest:
    """Differences from the best plan are told, and are counted as such; the best value stays as told."""
    name, mode = found.objective.name, found.objective.mode
    best = counter.value(counter.chosen, name, mode)
    values = [
        found.objective.value + counter.value(plan_of(found, row), name, mode) - best
        for row in range(len(found.plans))
    ]
    return replace(found, values=np.array(values))


def _trade_offs(found: TradeOffs, counter: _Counter) -> TradeOffs:
    def again(point: Point) -> Point:
        return replace(point, measures=counter.measures(point.plan))

    return replace(
        found,
        fronts=tuple(replace(each, points=tuple(map(again, each.points))) for each in found.fronts),
        curve=tuple(
            replace(each, point=None if each.point is None else again(each.point)) for each in found.curve
        ),
    )


def _stages(found: Stages, counter: _Counter) -> Stages:
    def again(stage: Stage) -> Stage:
        return replace(
            stage,
            value=counter.value(stage.plan, found.objective_name, found.mode),
            sek_per_year=counter.measures(stage.plan).cost,
        )

    orders = tuple(replace(each, stages=tuple(map(again, each.stages))) for each in found.orders)
    return replace(found, orders=orders)


def _municipalities(found: Municipalities, outcome: Outcome) -> Municipalities:
    """Count who lives there and how far they have it; what would be without the others stays."""
    by_code, plan = outcome.evaluation.by_municipality, outcome.plan
    sites = outcome.region.sites
    code_of = dict(zip(sites.site_ids, sites.municipality_codes, strict=True))
    members = []
    for each in found.members:
        area = by_code.get(each.code)
        members.append(
            replace(
                each,
                youths=0.0 if area is None else area.youths,
                visits_per_year=0.0 if area is None else area.overall.visits_per_year,
                n_main=sum(code_of[site] == each.code for site in plan.main),
                n_places=sum(code_of[site] == each.code for site in plan.open_sites),
                joint_minutes=None if area is None else area.overall.mean_generalised_minutes,
            )
        )
    return replace(found, members=tuple(members), equity=equity(outcome))
