"""One plan as the interactive map shows it: its places, minutes, tours, and the words beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ..plan import NO_SITE
from .answer import headline
from .maps import MapMode, MapPlan, MapTour
from .modes import by_mode, marked_mode, rests_on_estimated_bus
from .tables import age_span, gate_of, has_combined_time, visits_text
from .tours import clock, days_text, distinct_tours, hours_text, when_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ..compare import ServiceName
    from ..evaluate import Assignment
    from ..plan import Plan
    from ..study import Outcome
    from .words import Words

ROUGH_MINUTES: Final = 5.0
"""Minutes that rest on an estimated bus are rounded up to these on a cell's card."""


def map_plan(outcome: Outcome, letter: str, words: Words, modes: Sequence[str] = ()) -> MapPlan:
    """Gather what the interactive map shows of one plan, and by which other modes of travel.

    The letter stands before its title.
    """
    gate = gate_of(outcome.scenario)
    evaluation = outcome.evaluation
    nearest = "column.youths_best" if has_combined_time(outcome.scenario) else "column.youths_nearest"
    return MapPlan(
        name=outcome.scenario.name,
        title=f"{letter}{getattr(outcome.scenario.title, words.language)}",
        roles={site_id: str(outcome.plan.role_of(site_id)) for site_id in outcome.plan.open_sites},
        days=_days(outcome.plan, words),
        bases={
            site_id: words("map.base_of_one_team" if n == 1 else "map.base_of_teams", teams=n)
            for site_id, n in outcome.plan.teams.items()
            if n
        },
        near_minutes=evaluation.near.minutes,
        near_site=evaluation.near.site.astype(np.int64),
        near_is_digital=is_digital(evaluation.near),
        main_minutes=evaluation.main.minutes,
        main_site=evaluation.main.site.astype(np.int64),
        main_is_digital=is_digital(evaluation.main),
        digital_labels=_digital_labels(outcome, words),
        best_rule=_best_rule(outcome, words),
        tours=_tours(outcome, words),
        facts=headline(outcome, words),
        site_facts={
            site_id: (
                *_team_visits(outcome, site_id, words),
                (words("column.visits"), visits_text(load, gate, words)),
                (words(nearest, ages=age_span(outcome.scenario)), gate.text(load.youths_nearest, words)),
            )
            for site_id, load in evaluation.by_site.items()
        },
        modes=tuple(_mode(outcome, mode, service, words) for mode in modes for service in ("near", "main")),
    )


def _mode(outcome: Outcome, mode: str, service: ServiceName, words: Words) -> MapMode:
    """Who travels by another mode: to the best place by it, of any role or a main reception."""
    trips, scenario = getattr(outcome.by_mode[mode], service), outcome.scenario
    by, is_rough = by_mode(scenario, words, mode), rests_on_estimated_bus(scenario, mode)
    minutes = trips.minutes
    return MapMode(
        view=words(f"map.view_mode_{service}", mode=by),
        legend=words("map.minutes_legend", mode=marked_mode(scenario, words, mode)),
        card=words(f"map.{service}_by_mode", mode=marked_mode(scenario, words, mode)),
        unreachable=words("map.unreachable_by_mode", mode=by),
        minutes=np.ceil(minutes / ROUGH_MINUTES) * ROUGH_MINUTES if is_rough else minutes,
        site=trips.site.astype(np.int64),
    )


def _days(plan: Plan, words: Words) -> dict[str, str]:
    """Say of each open place how often it is open, where that is known."""
    role_of = {site_id: plan.role_of(site_id) for site_id in plan.days_per_week}
    return {
        site_id: days_text(role, plan.days_per_week[site_id], words)
        for site_id, role in role_of.items()
        if role is not None
    }


def _team_visits(outcome: Outcome, site_id: str, words: Words) -> tuple[tuple[str, str], ...]:
    """Say when a team is at a stop: a line for each of its tours."""
    return tuple(
        (
            words("map.team_is_there"),
            f"{when_text(tour, words)}, {hours_text(visit)}",
        )
        for tour in distinct_tours(outcome.plan.rota)
        for visit in tour.run.visits
        if visit.site_id == site_id
    )


def _digital_labels(outcome: Outcome, words: Words) -> tuple[str, str]:
    """Name digital contact, and what it counts as, for each service; empty where it is not offered."""
    digital = outcome.region.access.digital_minutes
    near, main = (
        "" if minutes is None else words("map.digital", minutes=words.plain(minutes))
        for minutes in (digital.near, digital.main)
    )
    return near, main


def _best_rule(outcome: Outcome, words: Words) -> str:
    """Say by what each square is sent to its reception."""
    waiting = outcome.region.access.waiting_minutes_per_day
    if outcome.plan.intake is not None:
        return words("map.best_by_intake")
    if waiting > 0:
        return words("map.best_with_waiting", minutes=words.plain(waiting))
    return words("map.best_by_travel", mode=by_mode(outcome.scenario, words))


def _tours(outcome: Outcome, words: Words) -> tuple[MapTour, ...]:
    position = {site_id: j for j, site_id in enumerate(outcome.region.sites.site_ids)}
    names = outcome.region.sites.names
    return tuple(
        MapTour(
            title=_sentence_case(when_text(tour, words)),
            team=words("map.team", number=tour.run.team, base=names[position[tour.run.base_id]]),
            sites=tuple(position[site_id] for site_id in tour.site_ids),
            schedule=(
                (clock(tour.run.leaves_minute), words("map.departs")),
                *((hours_text(visit), names[position[visit.site_id]]) for visit in tour.run.visits),
                (clock(tour.run.returns_minute), words("map.returns")),
            ),
            driving=words(
                "map.driving",
                minutes=words.number(tour.run.driving_minutes),
                kilometres=words.number(tour.run.kilometres),
            ),
        )
        for tour in distinct_tours(outcome.plan.rota)
    )


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def is_digital(assignment: Assignment) -> NDArray[np.bool_]:
    """Cells that go to digital contact rather than to a place, (n,)."""
    digital: NDArray[np.bool_] = np.isfinite(assignment.generalised_minutes) & (assignment.site == NO_SITE)
    return digital
