"""Visits of each kind with their generalised minutes, by the scenario's mode of travel and by others.

By another mode each visit goes to the best open place by that mode; what takes longer than
`unreachable_minutes`, or cannot be made at all, counts as that. So a place that no bus reaches makes a plan
worse, but never impossible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..offers import GENERALISED_DECIMALS
from ..sites import Role
from .problem import EVERYWHERE, MeanLimit, Service, ShareLimit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..region import Region
    from ..scenario import ChoiceSection
    from .options import Options


def own_mode(region: Region, mode: str | None) -> str:
    """Name of a mode inside the problem: "" is the scenario's own."""
    return "" if mode is None or mode == region.mode else mode


def services_by_own_mode(region: Region, options: Options) -> tuple[tuple[Service, ...], dict[int, float]]:
    """Give the services by the scenario's mode; and the visits a year that nothing can serve, by area.

    Raises
    ------
    InputError
        If no visit can be served.
    """
    services, lost = [], np.zeros(len(set(region.demand.municipality_codes)))
    for service in _services(region, options, ""):
        if np.isinf(service.fallback_minutes) and not np.isfinite(service.minutes).any():
            lost += np.bincount(_areas(region)[service.cell], weights=service.demand, minlength=len(lost))
        else:
            services.append(service)
    if not services:
        message = "choice: no visit can be served: no premises may be opened in the role that the visits need"
        raise InputError(message)
    return tuple(services), {int(area): float(lost[area]) for area in np.flatnonzero(lost)}


def _areas(region: Region) -> NDArray[np.intp]:
    """Municipality of each cell, as its place among the codes in order, (n,)."""
    return np.unique(np.array(region.demand.municipality_codes), return_inverse=True)[1].ravel()


def services_by_other_modes(region: Region, choice: ChoiceSection, options: Options) -> tuple[Service, ...]:
    """Give the services by each other mode that the choice names."""
    modes = dict.fromkeys(own_mode(region, mode) for mode in choice.modes_named)
    modes.pop("", None)
    return tuple(
        service
        for mode in modes
        for service in _services(region, options, mode, most_minutes=choice.unreachable_minutes)
    )


def _services(
    region: Region, options: Options, mode: str, *, most_minutes: float = np.inf
) -> tuple[Service, ...]:
    """Two services, or one: with a share needing a main of 0 or 1 one of them has no visits."""
    demand = region.demand
    times = region.times_by(mode or region.mode).minutes
    area = _areas(region)
    waiting = options.column("waiting_minutes")
    services = []
    for name, visits, serving in (
        ("main", demand.main_visits_per_year, np.flatnonzero(options.where(Role.MAIN))),
        ("near", demand.near_visits_per_year, np.arange(len(waiting))),
    ):
        cells = np.flatnonzero(visits > 0)
        if not cells.size:
            continue
        digital = getattr(region.access.digital_minutes, name)
        minutes = times[np.ix_(cells, options.site[serving])] + waiting[serving]
        services.append(
            Service(
                name=name,
                demand=visits[cells],
                options=serving,
                minutes=np.round(minutes, GENERALISED_DECIMALS),
                fallback_minutes=min(np.inf if digital is None else digital, most_minutes),
                area=area[cells],
                cell=cells,
                mode=mode,
            )
        )
    return tuple(services)


def limits_by_mode(
    region: Region, choice: ChoiceSection
) -> tuple[tuple[MeanLimit, ...], tuple[ShareLimit, ...]]:
    """Turn choice.mode_limits into limits on means and on shares.

    Raises
    ------
    InputError
        If a municipality is unknown or takes no part.
    """
    means, shares = [], []
    for each in choice.mode_limits:
        mode, area = own_mode(region, each.mode), _area(region, each.municipality)
        if area is None:
            continue
        label = f"choice.mode_limits: {each.mode}"
        label += f", {each.municipality}" if each.municipality else ""
        if each.mean_minutes is not None:
            means.append(MeanLimit(f"{label}, mean_minutes", area, each.mean_minutes, mode=mode))
        if each.least_share is not None:
            within = each.within_minutes or choice.standard_minutes
            shares.append(ShareLimit(f"{label}, least_share", each.least_share, within, area, mode))
    return tuple(means), tuple(shares)


def _area(region: Region, municipality: str | None) -> int | None:
    """Place of a municipality among those with cells; None if nobody lives there, so every limit is kept."""
    if municipality is None:
        return EVERYWHERE
    codes = sorted(set(region.demand.municipality_codes))
    for code, name in region.municipality_names.items():
        if name == municipality:
            return codes.index(code) if code in codes else None
    known = ", ".join(region.municipality_names.values())
    message = f"choice.mode_limits: no municipality {municipality!r} takes part; there are {known}"
    raise InputError(message)
