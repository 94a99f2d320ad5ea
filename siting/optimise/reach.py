"""Rules on single cells: nobody stranded, nobody too far, nobody worse off than in a named plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import InfeasibleError, InputError
from ..offers import GENERALISED_DECIMALS
from ..plan import FULL_WEEK
from ..sites import Role
from .problem import STRANDED, CoverRule, MeanLimit, distinct_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ..region import Region
    from ..scenario import ByService, ChoiceSection
    from ..scenario_choice import SitesByRole
    from .problem import Service

MOST_PLACES_NAMED: Final = 3


def cover_rules(
    region: Region,
    choice: ChoiceSection,
    option_site: NDArray[np.intp],
    is_main: NDArray[np.bool_],
    services: tuple[Service, ...],
) -> tuple[CoverRule, ...]:
    """Rows of options of which one must be open, so that nobody is stranded or too far."""
    rules = [_nobody_stranded(services, len(option_site))]
    for where, service, cells, limit in _limits(region, choice):
        serving = is_main if service == "main" else np.ones(len(option_site), dtype=bool)
        minutes = region.times.minutes[np.ix_(cells, option_site)]
        is_reached = np.isfinite(minutes[:, serving]).any(axis=1)
        within = (minutes <= limit) & serving[None, :]
        rules.append(CoverRule(where, np.unique(within[is_reached], axis=0)))
    return tuple(rule for rule in rules if len(rule.sets))


def _limits(region: Region, choice: ChoiceSection) -> Iterator[tuple[str, str, NDArray[np.intp], float]]:
    """Each limit on travel minutes: key, service, cells with need of it, minutes."""
    codes = np.array(region.demand.municipality_codes)
    visits_of = {
        "main": region.demand.main_visits_per_year > 0,
        "near": region.demand.near_visits_per_year > 0,
    }
    everywhere = np.ones(len(codes), dtype=bool)
    asked: list[tuple[str, ByService, NDArray[np.bool_]]] = [
        ("choice.largest_minutes", choice.largest_minutes, everywhere)
    ]
    for each in choice.municipality_limits:
        code = next(
            (code for code, name in region.municipality_names.items() if name == each.municipality), None
        )
        if code is None:
            known = ", ".join(region.municipality_names.values())
            message = (
                f"choice.municipality_limits: no municipality {each.municipality!r} takes part; "
                f"there are {known}"
            )
            raise InputError(message)
        key = f"choice.municipality_limits: {each.municipality}, largest_minutes"
        asked.append((key, each.largest_minutes, codes == code))
    for key, minutes, members in asked:
        for service, has_visits in visits_of.items():
            limit = getattr(minutes, service)
            cells = np.flatnonzero(members & has_visits)
            if limit is not None and cells.size:
                yield f"{key}.{service}", service, cells, limit


def _nobody_stranded(services: tuple[Service, ...], n_options: int) -> CoverRule:
    """Who can be reached at all is reached; with digital contact everybody is."""
    sets = [np.zeros((0, n_options), dtype=bool)]
    for service in services:
        if np.isfinite(service.fallback_minutes):
            continue
        reached = np.zeros((len(service.demand), n_options), dtype=bool)
        reached[:, service.options] = np.isfinite(service.minutes)
        reached = distinct_rows(reached[service.demand > 0])
        sets.append(reached[reached.any(axis=1)])
    return CoverRule(STRANDED, np.concatenate(sets))


def refuse_too_far(
    region: Region, choice: ChoiceSection, option_site: NDArray[np.intp], is_main: NDArray[np.bool_]
) -> None:
    """Say where the nearest place that may be opened is too far, and by how much; never for how many.

    Raises
    ------
    InfeasibleError
        If a limit on travel minutes can be kept by no plan.
    """
    for where, service, cells, limit in _limits(region, choice):
        serving = is_main if service == "main" else np.ones(len(option_site), dtype=bool)
        minutes = region.times.minutes[np.ix_(cells, option_site[serving])]
        nearest = minutes.min(axis=1, initial=np.inf)
        too_far = np.isfinite(nearest) & (nearest > limit)
        if too_far.any():
            worst = _worst_places(region, cells[too_far], nearest[too_far])
            enough = np.ceil(nearest[too_far].max())
            message = (
                f"{where}: {limit:g} minutes are too few: from some cells even the nearest premises that "
                f"may be used lie farther ({worst}); allow {enough:.0f}, or add a site"
            )
            raise InfeasibleError(message)


def _worst_places(region: Region, cells: NDArray[np.intp], minutes: NDArray[np.float64]) -> str:
    """Name the municipalities where it is farthest: "Älvdalen: 71 minutes"."""
    codes = np.array(region.demand.municipality_codes)[cells]
    worst = {str(code): float(minutes[codes == code].max()) for code in np.unique(codes)}
    parts = []
    for code in sorted(worst, key=lambda code: -worst[code])[:MOST_PLACES_NAMED]:
        name = region.municipality_names.get(code, code)
        parts.append(f"{name}: {np.ceil(worst[code]):.0f} minutes")
    return "; ".join(parts)


def nobody_worse(
    region: Region, choice: ChoiceSection, services: tuple[Service, ...], n_options: int
) -> tuple[tuple[MeanLimit, ...], tuple[CoverRule, ...]]:
    """Limits on means, or rows of options at least as good for a cell, from the plan to measure by."""
    asked = choice.nobody_worse_than
    if asked is None:
        return (), ()
    felt = {name: _felt(region, asked.plan, name) for name in ("main", "near")}
    if asked.by == "cell":
        return (), tuple(
            _no_cell_worse(service, felt[service.name] + asked.slack_minutes, n_options)
            for service in services
        )
    codes = sorted(set(region.demand.municipality_codes))
    of_cell = np.array(region.demand.municipality_codes)
    visits_of = {
        "main": region.demand.main_visits_per_year,
        "near": region.demand.near_visits_per_year,
    }
    limits = []
    for area, code in enumerate(codes):
        for service, visits in visits_of.items():
            served = (of_cell == code) & np.isfinite(felt[service]) & (visits > 0)
            if served.any():
                mean = float(np.average(felt[service][served], weights=visits[served]))
                label = f"choice.nobody_worse_than: {region.municipality_names.get(code, code)}, {service}"
                limits.append(MeanLimit(label, area, mean + asked.slack_minutes, service))
    return tuple(limits), ()


def _felt(region: Region, plan: SitesByRole, service: str) -> NDArray[np.float64]:
    """Generalised minutes of each cell in the plan to measure by; inf = unserved."""
    where = "choice.nobody_worse_than.plan"
    columns = region.sites.indices(plan.main, f"{where}.main")
    days = [plan.days_per_week.get(site_id, FULL_WEEK) for site_id in plan.main]
    waiting = [region.offer(Role.MAIN, each).waiting_minutes for each in days]
    if service == "near":
        satellites = region.sites.indices(plan.satellite, f"{where}.satellite")
        columns = np.concatenate([columns, satellites])
        waiting += [
            region.offer(Role.SATELLITE, plan.days_per_week.get(site_id, FULL_WEEK)).waiting_minutes
            for site_id in plan.satellite
        ]
    digital = getattr(region.access.digital_minutes, service)
    minutes = np.round(region.times.minutes[:, columns] + np.array(waiting), GENERALISED_DECIMALS)
    felt: NDArray[np.float64] = minutes.min(axis=1, initial=np.inf if digital is None else digital)
    return felt


def _no_cell_worse(service: Service, felt: NDArray[np.float64], n_options: int) -> CoverRule:
    cells = np.arange(len(service.demand)) if service.cell is None else service.cell
    most = np.round(felt[cells], GENERALISED_DECIMALS)
    is_reached = np.isfinite(service.minutes).any(axis=1) | np.isfinite(service.fallback_minutes)
    bound = is_reached & np.isfinite(most) & (service.fallback_minutes > most)
    sets = np.zeros((int(bound.sum()), n_options), dtype=bool)
    sets[:, service.options] = service.minutes[bound] <= most[bound, None]
    return CoverRule("choice.nobody_worse_than", distinct_rows(sets))
