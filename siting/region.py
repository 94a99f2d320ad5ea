"""`Region`: all that a choice is made in and counted on: demand, sites, minutes, kilometres, offers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import InputError, LabelError
from .offers import Offer, make_offer
from .scenario_travel import CAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from .demand import DemandGrid
    from .scenario import AccessSection, RolesSection
    from .sites import Role, SiteTable
    from .travel import TravelTimes


@dataclass(frozen=True, eq=False)
class Region:
    """Cells with their demand, candidate sites, and the ways between them."""

    demand: DemandGrid
    sites: SiteTable
    times: TravelTimes  # cells x candidate sites, by the scenario's mode of travel
    site_times: TravelTimes  # by car: candidate sites x all sites of the dataset, the candidates first
    site_kilometres: NDArray[np.float64]  # (m, m) along the quickest way
    municipality_names: Mapping[str, str]  # by code, of those that take part
    roles: RolesSection
    access: AccessSection
    mode: str = CAR
    """The scenario's mode of travel."""
    other_times: Mapping[str, TravelTimes] = field(default_factory=dict)
    """Cells x candidate sites by each other mode."""
    n_roads_cut_off: int = 0
    """Edges that nobody joins, for by car one cannot both come and leave there."""

    def __post_init__(self) -> None:
        m = len(self.sites.site_ids)
        by_mode = (self.times, *self.other_times.values())
        if any(times.origin_ids != self.demand.cell_ids for times in by_mode):
            message = "demand and travel times do not speak of the same cells in the same order"
            raise LabelError(message)
        candidates = (
            *(times.destination_ids for times in by_mode),
            self.site_times.origin_ids,
            self.site_times.destination_ids[:m],
        )
        if any(ids != self.sites.site_ids for ids in candidates):
            message = "sites and travel times do not speak of the same candidate sites in the same order"
            raise LabelError(message)
        if self.site_kilometres.shape != (m, m):
            message = f"site_kilometres has shape {self.site_kilometres.shape}; expected ({m}, {m})"
            raise LabelError(message)

    @property
    def between_sites_minutes(self) -> NDArray[np.float64]:
        """Minutes by car between candidate sites, shape (m, m)."""
        minutes: NDArray[np.float64] = self.site_times.minutes[:, : len(self.sites.site_ids)]
        return minutes

    def times_by(self, mode: str) -> TravelTimes:
        """Minutes by a mode of travel.

        Raises
        ------
        InputError
            If the scenario has no such mode.
        """
        if mode == self.mode:
            return self.times
        if mode not in self.other_times:
            known = ", ".join([self.mode, *self.other_times])
            message = f"travel.modes: there is no mode {mode!r}; there are {known}"
            raise InputError(message)
        return self.other_times[mode]

    def offer(self, role: Role, days_per_week: float) -> Offer:
        """What a role at a number of days a week takes and gives here."""
        return make_offer(role, days_per_week, self.roles, self.access)
