"""What an analysis tells of plans, counted again: its own plan, near-best ones, trade-offs, stages.

What would have to be chosen or drawn anew is not counted, and `not_counted` says what that is.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pydantic import BaseModel, ValidationError

from ..analysis.accessibility import accessibility
from ..analysis.equity import equity
from ..analysis.near_best import plan_of
from ..analysis.subject import count
from ..by_mode import evaluate_modes
from ..errors import InputError, VerificationError
from ..plan import Plan, Status
from ..scenario_file import from_resolved
from ..sites import Role
from ..study import measure, recount, ways_of_each
from .analysis_record import SavedAnalysis
from .record import SavedObjective, digest_of
from .reopening import files_count_from, find_dataset, objective_counted
from .verifying import check_proof

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ..analysis.analyse import Analysis
    from ..analysis.municipalities import Municipalities
    from ..analysis.near_best import NearBest
    from ..analysis.stages import Stage, Stages
    from ..analysis.trade_offs import Point, TradeOffs
    from ..cache import Cache
    from ..evaluate import Measures
    from ..optimise.solver import OnProgress
    from ..study import Outcome

NOT_COUNTED: Final = {
    "near_best": "prices and the number of near-best plans",
    "trade_offs": "that no plan of the trade-offs is better or left out, and the price of fairness",
    "uncertainty": "the uncertainty",
    "municipalities": "shares of the cost, departures and nobody worse off",
    "stages": "means over the stages, and that no order of opening is better",
}
"""What of each part of an analysis would have to be worked out anew: its plans are counted, not chosen."""


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
    check_proof(answer.objectives, answer.status, scenario, outcome.evaluation.county)
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
