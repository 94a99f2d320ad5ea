"""What is read of plans in analysis.json: near-best ones, trade-offs and the order of opening."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, Field, PositiveInt, ValidationInfo, model_validator

from ..analysis.near_best import Certainty
from ..plan import Status
from ..scenario_choice import MeasureName
from .analysis_types import CONFIG, Count, Mode, Number, Places, Share, SiteId, Told, require_known
from .record import Unit

# --- near-best plans ---


class SavedAim(BaseModel):
    """The first objective of the best plan."""

    model_config = CONFIG
    name: MeasureName
    unit: Unit
    value: Number | None
    gap: Number
    status: Status
    mode: Mode


class SavedNearPlan(Told):
    """A plan near the best."""

    worse_by: Number | None
    places: Places


class SavedWorth(Told):
    """What a place is worth."""

    scope: Literal["site", "main_site", "municipality", "main_municipality"]
    key: str
    certainty: Certainty
    share_of_plans: Share
    in_best: bool
    price_of_no: Number | None
    price_of_no_is_proven: bool
    price_of_insisting: Number | None
    price_of_insisting_is_proven: bool

    @model_validator(mode="after")
    def _speaks_of_what_there_is(self, info: ValidationInfo) -> Self:
        require_known(
            "municipalities" if self.scope.endswith("municipality") else "candidate sites", self.key, info
        )
        return self


class SavedNearBest(BaseModel):
    """Plans near the best."""

    model_config = CONFIG
    within: Share
    objective: SavedAim
    limit: Number | None
    is_complete: bool
    complete_to: Number | None
    n_plans: PositiveInt
    n_by_municipality: PositiveInt
    plans: tuple[SavedNearPlan, ...] = Field(min_length=1, max_length=100)
    worths: tuple[SavedWorth, ...]
    seconds: Number


# --- trade-offs ---


class SavedMeasures(Told):
    """Measures of a plan."""

    mean_minutes: Number | None
    within_standard: Number | None
    largest_minutes: Number | None
    worst_share_minutes: Number | None
    cost: Number | None


class SavedPoint(BaseModel):
    """A plan in its measures."""

    model_config = CONFIG
    places: Places
    measures: SavedMeasures
    is_proven: bool
    bound: Number | None


class SavedFront(BaseModel):
    """Plans of which none is better in both measures."""

    model_config = CONFIG
    measures: tuple[MeasureName, MeasureName]
    optimised: MeasureName
    is_whole: bool
    points: tuple[SavedPoint, ...]


class SavedCurvePoint(Told):
    """The best plan with a number of satellites."""

    n_satellites: Count
    reason: str
    value: Number | None
    point: SavedPoint | None


class SavedFairness(Told):
    """The price of fairness."""

    measure: MeasureName
    best_mean: Number | None
    fair_mean: Number | None
    best_worst: Number | None
    fair_worst: Number | None
    price: Number
    is_proven: bool


class SavedTradeOffs(BaseModel):
    """What one measure costs in another."""

    model_config = CONFIG
    fronts: tuple[SavedFront, ...]
    curve: tuple[SavedCurvePoint, ...]
    fairness: tuple[SavedFairness, ...]
    seconds: Number


# --- stages ---


class SavedTitle(BaseModel):
    """A name in each language."""

    model_config = CONFIG
    sv: str
    en: str


class SavedStage(Told):
    """What is open at a stage."""

    title: SavedTitle
    years: float = Field(gt=0, le=100)
    places: Places
    opened: tuple[SiteId, ...]
    raised: tuple[SiteId, ...]
    value: Number | None
    own_best: Number | None
    own_best_is_proven: bool
    loss: Number | None
    sek_per_year: Number

    @model_validator(mode="after")
    def _opens_what_is_open(self) -> Self:
        if closed := {*self.opened, *self.raised} - {each.site_id for each in self.places}:
            message = f"{min(closed)[:60]!r} is opened but not among the places"
            raise ValueError(message)
        return self


class SavedOrder(BaseModel):
    """An order of opening."""

    model_config = CONFIG
    name: Literal["together", "forward", "backward"]
    mean_value: Number | None
    bound: Number | None
    is_proven: bool
    stages: tuple[SavedStage, ...] = Field(min_length=1)


class SavedStages(BaseModel):
    """Orders of opening."""

    model_config = CONFIG
    objective: MeasureName
    unit: Unit
    mode: Mode
    orders: tuple[SavedOrder, ...] = Field(min_length=1)
    no_regret_first: tuple[SiteId, ...]
    least_largest_loss: Number
    least_largest_loss_is_proven: bool
    least_largest_loss_first: tuple[SiteId, ...]
    least_largest_loss_places: tuple[Places, ...] = Field(min_length=1)
    seconds: Number

    @model_validator(mode="after")
    def _have_the_same_stages(self) -> Self:
        if len({len(self.least_largest_loss_places), *(len(each.stages) for each in self.orders)}) > 1:
            message = "orders have unlike numbers of stages"
            raise ValueError(message)
        return self
