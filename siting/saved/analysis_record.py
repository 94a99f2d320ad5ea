"""What is read of analysis.json (`siting/schemas/analysis.schema.json` describes it)."""

from __future__ import annotations

from math import nan
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    ValidationInfo,
    model_validator,
)

from ..analysis.near_best import Certainty
from ..analysis.unknowns import CELLS, MUNICIPALITIES, NEED
from ..errors import InputError
from ..plan import Status
from ..scenario_analysis import AnalysisSection
from ..scenario_choice import MeasureName
from ..sites import Role
from ..variants.distributions import read_distribution
from .record import Digest, SavedDataset, Unit

ANALYSIS_FORMAT: Final = "siting-analysis"
ANALYSIS_FORMAT_VERSION: Final = 2
MOST_SITES_OF_PLAN: Final = 1000
MOST_BINS: Final = 100
LARGEST: Final = 1e12  # no figure of a county is larger

_CONFIG: Final = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)

Mark = Literal["more_than_nothing", "nearly_none", "nearly_all", "hidden"]
STANDS_FOR: Final[dict[Mark, float]] = {
    "more_than_nothing": 1e-6,
    "nearly_none": 1e-7,
    "nearly_all": 1 - 1e-7,
    "hidden": nan,
}
"""A value that is told as the figure with this mark was."""


def _known(what: str, value: str, info: ValidationInfo) -> str:
    """See that the outcome examined has what is named: the place, municipality or mode of travel."""
    if value not in (info.context or {}).get(what, ()):
        message = f"{value[:60]!r} is none of the {what} of the scenario"
        raise ValueError(message)
    return value


def _site(value: str, info: ValidationInfo) -> str:
    return _known("candidate sites", value, info)


def _code(value: str, info: ValidationInfo) -> str:
    return _known("municipalities", value, info)


def _mode(value: str, info: ValidationInfo) -> str:
    return _known("modes of travel", value, info)


SiteId = Annotated[str, AfterValidator(_site)]
Code = Annotated[str, AfterValidator(_code)]
Mode = Annotated[str, AfterValidator(_mode)]
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=LARGEST)]


class Told(BaseModel):
    """Figures, with a mark for each that is not told as it is."""

    model_config = _CONFIG
    untold: dict[str, Mark]

    def figure(self, name: str) -> float | None:
        """Give a figure, or what stands for it."""
        mark = self.untold.get(name)
        value: float | None = getattr(self, name)
        return value if mark is None else STANDS_FOR[mark]

    def sure(self, name: str) -> float:
        """Give a figure that there is; nan where it is hidden."""
        value = self.figure(name)
        return nan if value is None else value


class SavedPlace(BaseModel):
    """An open place."""

    model_config = _CONFIG
    site_id: SiteId
    role: Role
    days_per_week: float = Field(gt=0, le=5)


def _each_once(places: tuple[SavedPlace, ...]) -> tuple[SavedPlace, ...]:
    if len({each.site_id for each in places}) < len(places):
        message = "a site stands there twice"
        raise ValueError(message)
    return places


Places = Annotated[tuple[SavedPlace, ...], Field(max_length=MOST_SITES_OF_PLAN), AfterValidator(_each_once)]


# --- near-best plans ---


class SavedAim(BaseModel):
    """The first objective of the best plan."""

    model_config = _CONFIG
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
        _known("municipalities" if self.scope.endswith("municipality") else "candidate sites", self.key, info)
        return self


class SavedNearBest(BaseModel):
    """Plans near the best."""

    model_config = _CONFIG
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

    model_config = _CONFIG
    places: Places
    measures: SavedMeasures
    is_proven: bool
    bound: Number | None


class SavedFront(BaseModel):
    """Plans of which none is better in both measures."""

    model_config = _CONFIG
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

    model_config = _CONFIG
    fronts: tuple[SavedFront, ...]
    curve: tuple[SavedCurvePoint, ...]
    fairness: tuple[SavedFairness, ...]
    seconds: Number


# --- uncertainty ---


class SavedQuantiles(Told):
    """How a figure is spread over the draws."""

    percentile_5: Number | None
    median: Number | None
    percentile_95: Number | None


class SavedHistogram(BaseModel):
    """How often values fall where."""

    model_config = _CONFIG
    start: Number
    width: float = Field(ge=1e-3, le=LARGEST)
    counts: tuple[Count, ...] = Field(max_length=MOST_BINS)


class SavedAssumption(BaseModel):
    """Something that is not known."""

    model_config = _CONFIG
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

    model_config = _CONFIG
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


class SavedGap(BaseModel):
    """Between which municipalities the mean differs most."""

    model_config = _CONFIG
    longest: Code
    shortest: Code
    minutes: Number


class SavedDeparture(BaseModel):
    """What happens to the others when some leave."""

    model_config = _CONFIG
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

    model_config = _CONFIG
    overall: SavedGroup
    by_municipality: tuple[SavedTown, ...]
    by_gender: tuple[SavedGroup, ...]
    by_risk_group: tuple[SavedGroup, ...]
    theil: Number | None
    share_between_municipalities: Number | None
    worst_visits_share_by_municipality: tuple[SavedWorstShare, ...]


class SavedMunicipalities(BaseModel):
    """What is in it for each."""

    model_config = _CONFIG
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


# --- stages, and room within reach ---


class SavedTitle(BaseModel):
    """A name in each language."""

    model_config = _CONFIG
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

    model_config = _CONFIG
    name: Literal["together", "forward", "backward"]
    mean_value: Number | None
    bound: Number | None
    is_proven: bool
    stages: tuple[SavedStage, ...] = Field(min_length=1)


class SavedStages(BaseModel):
    """Orders of opening."""

    model_config = _CONFIG
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


class SavedReach(Told):
    """Room within reach."""

    code: str
    youths: Count | None
    visits_within_reach_per_hundred_youths: Count | None
    visits_needed_per_hundred_youths: Count | None
    share_without: Share | None


class SavedTownReach(SavedReach):
    """Room within reach of a municipality."""

    code: Code


class SavedAccessibility(BaseModel):
    """Room within reach of all, and by municipality."""

    model_config = _CONFIG
    overall: SavedReach
    by_municipality: tuple[SavedTownReach, ...]
    gini: Number | None


class SavedParts(BaseModel):
    """What was found; None for what was not asked for."""

    model_config = _CONFIG
    near_best: SavedNearBest | None
    trade_offs: SavedTradeOffs | None
    uncertainty: SavedUncertainty | None
    municipalities: SavedMunicipalities | None
    stages: SavedStages | None
    accessibility: SavedAccessibility | None
    left_out: dict[
        Literal["near_best", "trade_offs", "uncertainty", "municipalities", "stages", "accessibility"], str
    ]


class SavedAsked(BaseModel):
    """What was examined, and how."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)
    name: str
    sha256: Digest
    resolved: dict[str, Any]
    analysis: AnalysisSection


class SavedAnswer(BaseModel):
    """The places of the plan that was examined."""

    model_config = ConfigDict(frozen=True)
    places: tuple[SavedOpen, ...]


class SavedOpen(BaseModel):
    """A place of the plan that was examined, whether or not any candidate has its name."""

    model_config = _CONFIG
    site_id: str
    role: Role
    days_per_week: float


class SavedAnalysis(BaseModel):
    """An analysis, its parts not read yet: they speak of places that its outcome has to know."""

    model_config = ConfigDict(frozen=True)
    scenario: SavedAsked
    dataset: SavedDataset
    plan: SavedAnswer
