"""What is read of draws in analysis.json."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import BaseModel, Field, NonNegativeInt, model_validator

from ..analysis.unknowns import CELLS, MUNICIPALITIES, NEED
from ..errors import InputError
from ..scenario_choice import MeasureName
from ..variants.distributions import read_distribution
from .analysis_types import CONFIG, LARGEST, Count, Mode, Number, Places, Share, SiteId, Told
from .record import Unit

MOST_BINS: Final = 100


class SavedQuantiles(Told):
    """How a figure is spread over the draws."""

    percentile_5: Number | None
    median: Number | None
    percentile_95: Number | None


class SavedHistogram(BaseModel):
    """How often values fall where."""

    model_config = CONFIG
    start: Number
    width: float = Field(ge=1e-3, le=LARGEST)
    counts: tuple[Count, ...] = Field(max_length=MOST_BINS)


class SavedAssumption(BaseModel):
    """Something that is not known."""

    model_config = CONFIG
    key: str
    distribution: str
    nominal: Number | None
    low: Number | None
    high: Number | None

    @model_validator(mode="after")
    def _can_be_drawn_from(self) -> Self:
        if self.key not in (CELLS, MUNICIPALITIES, NEED):  # numbers for each cell, not one
            try:
                read_distribution(self.distribution)
            except InputError as error:
                raise ValueError(str(error)) from error
        return self


class SavedFrequency(BaseModel):
    """How often a site is open."""

    model_config = CONFIG
    site_id: SiteId
    n_open: Count
    n_main: Count


class SavedCompared(Told):
    """A plan held against the best of each draw."""

    name: str
    places: Places
    n_best: Count
    n_breaking: Count
    regret_mean: Number | None
    regret_95: Number | None
    regret_largest: Number | None
    objective: SavedQuantiles


class SavedSwing(Told):
    """What one assumption alone does."""

    key: str
    chosen_low: Number | None
    chosen_high: Number | None
    regret_low: Number | None
    regret_high: Number | None
    flips_below: Number | None
    flips_above: Number | None
    searched: tuple[Number, Number] | None
    best_share_alone: Share | None
    n_alone: Count


class SavedUncertainty(Told):
    """What the draws led to."""

    n_draws: Annotated[int, Field(ge=1, le=LARGEST)]
    n_without_plan: Count
    n_out_of_time: Count
    n_unproven: Count
    n_different_plans: Count
    seed: NonNegativeInt
    objective: MeasureName
    unit: Unit
    mode: Mode
    assumptions: tuple[SavedAssumption, ...]
    best: SavedQuantiles
    best_counts: SavedHistogram
    frequencies: tuple[SavedFrequency, ...]
    plans: tuple[SavedCompared, ...]
    min_max_regret: SavedCompared
    min_max_is_proven: bool
    min_max_bound: Number | None
    visits_per_year: SavedQuantiles
    persons_in_need: SavedQuantiles
    within_standard: SavedQuantiles
    swings: tuple[SavedSwing, ...]
    seconds: Number

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        message = ""
        if "chosen" not in {each.name for each in self.plans}:
            message = "the plan chosen is not among the plans"
        elif self.n_without_plan + self.n_out_of_time > self.n_draws:
            message = "more draws are without a plan than there are"
        elif unknown := {each.key for each in self.swings} - {each.key for each in self.assumptions}:
            message = f"a swing is of {min(unknown)[:60]!r}, which is no assumption"
        if message:
            raise ValueError(message)
        return self
