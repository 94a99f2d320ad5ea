"""Section `analysis` of a scenario: how its answer is examined; nothing here changes what is chosen."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from .scenario_base import BasedSection, Minutes, Section, Text
from .scenario_choice import CountRange, MeasureName, SitesByRole

Draws = Annotated[int, Field(ge=10, le=100_000)]
Seed = Annotated[int, Field(ge=0, le=2**63)]
MOST_SATELLITES: Final = 100
FromZeroToOne = Annotated[float, Field(ge=0, le=1)]


class NearBestSection(Section):
    """Which plans count as nearly as good as the best."""

    within: float = Field(default=0.01, ge=0, le=0.5)
    """Share of the first objective that a plan may be worse by; for shares of visits, points."""
    most_plans: int = Field(default=200_000, ge=1, le=1_000_000)
    """With more plans than this the list is cut, and says so (number)."""
    time_limit_seconds: float = Field(default=60.0, gt=0, le=86_400)
    """The search stops here and says how far the list is complete (seconds)."""


class TradeOffsSection(Section):
    """Which measures are weighed against each other."""

    fronts: tuple[tuple[MeasureName, MeasureName], ...] = Field(
        default=(
            ("cost", "mean_minutes"),
            ("mean_minutes", "worst_share_minutes"),
            ("mean_minutes", "within_standard"),
        ),
        max_length=20,
    )
    """Pairs of measures; of each, the plans of which none is better in both (Pareto)."""
    most_points: int = Field(default=12, ge=2, le=500)
    """Of a front with more plans than this, so many are found, spread evenly; it then says that it is not whole."""  # noqa: E501  (one line of the schema)
    n_satellites: CountRange = CountRange(minimum=0, maximum=8)
    """Numbers of satellites along the curve, each with its best plan; at most 100."""

    @model_validator(mode="after")
    def _curve_has_an_end(self) -> TradeOffsSection:
        if self.n_satellites.maximum > MOST_SATELLITES:
            message = (
                f"n_satellites.maximum is {self.n_satellites.maximum}; at most {MOST_SATELLITES} make a curve"
            )
            raise ValueError(message)
        return self


class StageSection(Section):
    """One step of opening; what it opens stays open in the later ones."""

    title: Text
    """Name for readers."""
    n_main: CountRange
    """Main receptions open in all at this stage, beside the existing ones."""
    n_satellites: CountRange
    """Satellites open in all at this stage, beside the existing ones."""
    most_sek_per_year: float | None = Field(default=None, ge=0, le=1e10)
    """Budget of the stage (SEK/year, <=)."""
    years: float = Field(default=1.0, gt=0, le=100)
    """How long it lasts; its weight in the order that is best over all stages."""


class StagesSection(Section):
    """The order of opening; left out: the scenario's own numbers in three steps."""

    stages: tuple[StageSection, ...] = Field(default=(), max_length=12)
    """First to last; the last is usually the scenario's own numbers. Empty: made of these."""


class NoiseSection(BasedSection):
    """What is not known of how many live where; drawn anew in each draw."""

    cells: float = Field(default=0.0, ge=0, le=3)
    """Relative standard deviation of a cell's youths; the sum of its municipality stays (0.5: by half)."""
    municipalities: float = Field(default=0.0, ge=0, le=1)
    """Relative standard deviation of a municipality's youths."""
    municipal_need: float = Field(default=0.0, ge=0, le=2)
    """Relative standard deviation of the need per youth between municipalities."""


class WinterSection(BasedSection):
    """Winter roads: the share of the visits that meet them, and how much slower they are."""

    share_of_visits: str = "uniform(0.25,0.45)"
    """Distribution of the share of the visits that are made on winter roads."""
    road_time_factor: float = Field(default=1.1, ge=1, le=5)
    """Minutes on the network on winter roads over those on bare ones."""
    access_time_factor: float = Field(default=1.3, ge=1, le=5)
    """Minutes beside the network (small roads) on winter roads over those on bare ones."""


class ForecastSection(BasedSection):
    """Change of the population until the service has been open for some years."""

    years_ahead: str = "uniform(0,10)"
    """Distribution of the years ahead; the whole population of each municipality goes on as between its two latest counts, its youths with it."""  # noqa: E501  (one line of the schema)


class UncertaintySection(BasedSection):
    """What is not known, and how often it is drawn."""

    draws: Draws = 1000
    """How often all is drawn."""
    seed: Seed = 1
    """Seed of the draws."""
    draw: dict[str, str] = {}
    """Distributions by dotted key of `demand` or `travel.speed_factor`: beta(yes,no), uniform(a,b), normal(mean,sd), triangular(a,mode,b)."""  # noqa: E501  (one line of the schema)
    noise: NoiseSection = NoiseSection()
    """Who lives where."""
    winter: WinterSection | None = None
    """Winter roads; left out: none."""
    forecast: ForecastSection | None = None
    """Change of the population; left out: none."""
    plans: dict[str, SitesByRole] = {}
    """Plans by name, whose regret is told beside that of the plan chosen."""


class MunicipalitiesSection(Section):
    """What each municipality gains, pays, and what happens without it."""

    today: SitesByRole | None = None
    """Places that are there today (no stops), to measure gains by; left out: no comparison with today."""
    most_leaving: Literal[0, 1, 2] = 2
    """What happens when each one, or any two, leave is worked out up to so many."""
    orders: int = Field(default=200, ge=4, le=100_000)
    """Orders of joining that Shapley values are sampled from; half of them are the reverse of the others."""
    most_coalitions: int = Field(default=1100, ge=1, le=1_000_000)
    """Up to so many coalitions all are worked out, and the Shapley values are exact."""
    seed: Seed = 1
    """Seed of the orders."""

    @model_validator(mode="after")
    def _no_stops_today(self) -> MunicipalitiesSection:
        if self.today is not None and self.today.stop:
            message = "today names stops; gains are measured by main receptions and satellites only"
            raise ValueError(message)
        return self


class AccessibilitySection(BasedSection):
    """E2SFCA: capacity within reach, shared by all whom it reaches."""

    zones_minutes: tuple[Minutes, ...] = Field(default=(15.0, 30.0, 60.0), min_length=1, max_length=8)
    """Ends of the zones of travel time (minutes, <=), ascending; beyond the last nothing is within reach."""
    zone_weights: tuple[FromZeroToOne, ...] = Field(default=(1.0, 0.68, 0.22), min_length=1, max_length=8)
    """Weight of each zone."""

    @model_validator(mode="after")
    def _zones_have_weights(self) -> AccessibilitySection:
        if len(self.zones_minutes) != len(self.zone_weights):
            message = f"{len(self.zones_minutes)} zones but {len(self.zone_weights)} zone_weights"
            raise ValueError(message)
        if list(self.zones_minutes) != sorted(set(self.zones_minutes)):
            message = f"zones_minutes are {list(self.zones_minutes)}; they must ascend"
            raise ValueError(message)
        return self


class AnalysisSection(Section):
    """How the answer is examined (`siting analyse`)."""

    near_best: NearBestSection = NearBestSection()
    """Other plans as good, and the price of saying no."""
    trade_offs: TradeOffsSection = TradeOffsSection()
    """What one measure costs in another."""
    uncertainty: UncertaintySection = UncertaintySection()
    """What is not known, and whether it matters."""
    municipalities: MunicipalitiesSection = MunicipalitiesSection()
    """What is in it for each."""
    stages: StagesSection = StagesSection()
    """The order of opening."""
    accessibility: AccessibilitySection = AccessibilitySection()
    """Capacity within reach."""
