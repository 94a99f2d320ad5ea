"""What is read of municipalities and groups in analysis.json."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field, NonNegativeInt, model_validator

from .analysis_types import CONFIG, Code, Count, Number, Places, Share, SiteId, Told
from .hidden import hides_minutes

# --- municipalities ---


class SavedMember(Told):
    """One municipality."""

    code: Code
    youths: Count | None
    visits_per_year: Count | None
    n_main: Count
    n_places: Count
    joint_minutes: Number | None
    joint_minutes_as_today: Number | None
    today_minutes: Number | None
    alone_minutes: Number | None
    alone_sek_per_year: Number | None
    share_by_population: Share | None
    share_by_use: Share | None
    share_by_shapley: Number | None
    shapley_standard_error: Number | None

    @model_validator(mode="after")
    def _hides_what_is_of_few(self) -> Self:
        is_of_few = self.youths is None or hides_minutes(self.youths, 0)
        if "hidden" in self.untold.values() and not is_of_few:
            message = "figures are hidden though there are youths enough to tell them"
            raise ValueError(message)
        return self


class SavedGap(BaseModel):
    """Between which municipalities the mean differs most."""

    model_config = CONFIG
    longest: Code
    shortest: Code
    minutes: Number


class SavedDeparture(BaseModel):
    """What happens to the others when some leave."""

    model_config = CONFIG
    codes: tuple[Code, ...] = Field(min_length=1)
    places: Places | None
    reason: str
    change_of_rest_minutes: Number | None
    sek_per_head_before: Number | None
    sek_per_head_after: Number | None
    places_moved: tuple[SiteId, ...]
    is_proven: bool


class SavedNobodyWorse(Told):
    """If no municipality may be worse off than today."""

    worse_now: tuple[Code, ...]
    joint_obeys: bool
    places: Places | None
    reason: str
    value: Number | None
    joint_value: Number | None
    is_proven: bool
    least_cost_places: Places | None
    least_sek_per_year: Number | None


class SavedGroup(Told):
    """How evenly time is spread in a group."""

    key: str
    mean_minutes: Number | None
    worst_tenth_minutes: Number | None
    gini: Number | None


class SavedTown(SavedGroup):
    """How evenly time is spread in a municipality."""

    key: Code


class SavedWorstShare(Told):
    """What a municipality has of the county's worst visits."""

    code: Code
    share: Share | None


class SavedEquity(BaseModel):
    """How evenly time is spread."""

    model_config = CONFIG
    overall: SavedGroup
    by_municipality: tuple[SavedTown, ...]
    by_gender: tuple[SavedGroup, ...]
    by_risk_group: tuple[SavedGroup, ...]
    theil: Number | None
    share_between_municipalities: Number | None
    worst_visits_share_by_municipality: tuple[SavedWorstShare, ...]


class SavedMunicipalities(BaseModel):
    """What is in it for each."""

    model_config = CONFIG
    least_sek_per_year: Number | None
    shapley_is_exact: bool
    shapley_reason: str
    n_coalitions: NonNegativeInt
    members: tuple[SavedMember, ...] = Field(min_length=1)
    largest_gap: SavedGap | None
    departures: tuple[SavedDeparture, ...]
    nobody_worse: SavedNobodyWorse | None
    equity: SavedEquity
    seconds: Number


# --- room within reach ---


class SavedReach(Told):
    """Room within reach."""

    code: str
    youths: Count | None
    visits_within_reach_per_hundred_youths: Count | None
    visits_needed_per_hundred_youths: Count | None
    share_without: Share | None

    @model_validator(mode="after")
    def _hides_what_is_of_few(self) -> Self:
        told = (
            self.youths,
            self.visits_within_reach_per_hundred_youths,
            self.visits_needed_per_hundred_youths,
        )
        if len({each is None for each in told}) > 1:
            message = "of youths, visits within reach and visits needed some are hidden and some are not"
            raise ValueError(message)
        return self


class SavedTownReach(SavedReach):
    """Room within reach of a municipality."""

    code: Code


class SavedAccessibility(BaseModel):
    """Room within reach of all, and by municipality."""

    model_config = CONFIG
    overall: SavedReach
    by_municipality: tuple[SavedTownReach, ...]
    gini: Number | None
