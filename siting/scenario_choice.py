"""What sections that choose plans, or speak of them, have in common: measures, sites, numbers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, model_validator

from .scenario_base import Section

SiteId = str
MeasureName = Literal["mean_minutes", "within_standard", "largest_minutes", "worst_share_minutes", "cost"]


class SitesByRole(Section):
    """Sites named for each role."""

    main: tuple[SiteId, ...] = ()
    """Main receptions."""
    satellite: tuple[SiteId, ...] = ()
    """Satellites."""
    stop: tuple[SiteId, ...] = ()
    """Stops of travelling teams."""
    days_per_week: dict[SiteId, Annotated[float, Field(gt=0, le=5)]] = {}
    """Days a week of some of them (a stop every other week: 0.5); left out: any that the role may have."""

    @property
    def all_sites(self) -> tuple[SiteId, ...]:
        """All of them."""
        return self.main + self.satellite + self.stop

    @model_validator(mode="after")
    def _one_role_each(self) -> SitesByRole:
        named = self.all_sites
        twice = sorted({site for site in named if named.count(site) > 1})
        if twice:
            message = f"site {twice[0]} is named twice; a site has one role"
            raise ValueError(message)
        unknown = sorted(set(self.days_per_week) - set(named))
        if unknown:
            message = f"days_per_week speaks of site {unknown[0]}, which is not named in a role"
            raise ValueError(message)
        return self


class CountRange(Section):
    """A number of sites between two limits; in a file, one number stands for both."""

    minimum: NonNegativeInt
    """At least this many."""
    maximum: NonNegativeInt
    """At most this many."""

    @model_validator(mode="before")
    @classmethod
    def _one_number_is_both(cls, value: object) -> object:
        if isinstance(value, dict):
            return value
        if isinstance(value, bool) or not isinstance(value, int):
            message = f"must be a whole number, or {{minimum, maximum}}, not {value!r}"
            raise ValueError(message)
        return {"minimum": value, "maximum": value}

    @model_validator(mode="after")
    def _ordered(self) -> CountRange:
        if self.minimum > self.maximum:
            message = f"minimum {self.minimum} is larger than maximum {self.maximum}"
            raise ValueError(message)
        return self
