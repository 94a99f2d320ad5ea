"""`Scenario`: what is asked, in frozen, checked sections; one section for each stage.

The text under a field is its documentation. Reading the files is the work of `scenario_file`.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PrivateAttr, model_validator

from .scenario_analysis import AnalysisSection
from .scenario_base import BasedSection, Minutes, Section, SmallestCount, Text
from .scenario_choice import CountRange, MeasureName, SiteId, SitesByRole
from .scenario_travel import ModeName, TravelSection
from .sentences import shortened

KeyPath = tuple[str | int, ...]
Origins = dict[KeyPath, tuple[str, int]]
GENDERS_SUM_TO_ONE_WITHIN: Final = 1e-6
MEASURES_WITH_CAPACITY: Final = ("mean_minutes", "within_standard", "cost")
Share = Field(ge=0.0, le=1.0)
Factor = Annotated[float, Field(ge=0, le=100)]
Sek = Annotated[float, Field(ge=0, le=1e10)]
RoomDaysAWeek = Annotated[float, Field(ge=0, le=5)]


class RiskGroup(BasedSection):
    """One group of young people and how much care it asks for."""

    title: Text
    """Name for readers."""
    prevalence: float = Share
    """Share of the youths who belong to the group."""
    visits_per_person_per_year: float = Field(gt=0, le=1000)
    """Visits a year that one person of the group makes."""
    share_of_visits_needing_main: float = Share
    """Share of the visits that only a main reception can take (alpha)."""
    share_reached: float = Field(default=1.0, ge=0, le=1)
    """Share of the group that the service reaches in a year."""
    hidden_number_factor: float = Field(default=1.0, ge=1, le=100)
    """The group's true size over what surveys see (mörkertal)."""
    gender_factors: dict[str, Factor] = {}
    """Prevalence in each gender over that of all; needs demand.gender_shares. Left out: no difference."""

    def part_of_youths(self, gender_shares: dict[str, float]) -> float:
        """Share of all youths who belong to the group: seen or not, genders weighed together."""
        shares = gender_shares if self.gender_factors else {}
        by_gender = sum(share * self.gender_factors.get(gender, 1.0) for gender, share in shares.items())
        return self.prevalence * self.hidden_number_factor * (by_gender if shares else 1.0)


class AgeSpan(Section):
    """Ages of those who count, both ends included (age reached at the end of the year)."""

    youngest: int = Field(default=13, ge=0, le=30)
    """Youngest age (years)."""
    oldest: int = Field(default=19, ge=0, le=30)
    """Oldest age (years)."""

    @model_validator(mode="after")
    def _ordered(self) -> AgeSpan:
        if self.youngest > self.oldest:
            message = f"youngest {self.youngest} is larger than oldest {self.oldest}"
            raise ValueError(message)
        return self

    def __str__(self) -> str:
        return f"{self.youngest}-{self.oldest}"


class DemandSection(BasedSection):
    """Who needs the service, and how often."""

    risk_groups: dict[str, RiskGroup] = Field(min_length=1)
    """The groups that count, by name."""
    ages: AgeSpan = AgeSpan()
    """Ages of the young people who count."""
    municipality_factors: dict[str, Factor] = {}
    """Prevalence in a municipality over that of the county, by its name; left out: 1."""
    gender_shares: dict[str, float] = {}
    """Share of the young people of each gender; must sum to 1."""

    @model_validator(mode="after")
    def _genders_are_known(self) -> DemandSection:
        if self.gender_shares and abs(sum(self.gender_shares.values()) - 1) > GENDERS_SUM_TO_ONE_WITHIN:
            message = f"gender_shares sum to {sum(self.gender_shares.values()):g}; they must sum to 1"
            raise ValueError(message)
        for name, group in self.risk_groups.items():
            unknown = sorted(set(group.gender_factors) - set(self.gender_shares))
            if unknown:
                message = f"risk group {name}: gender_factors names {unknown[0]!r}, not in gender_shares"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _groups_are_parts_of_a_whole(self) -> DemandSection:
        total = sum(group.part_of_youths(self.gender_shares) for group in self.risk_groups.values())
        total *= max([1.0, *self.municipality_factors.values()])
        if total > 1:
            message = (
                f"the prevalences sum to {total:g} with all their factors, but groups cannot hold more than "
                "all youths (1)"
            )
            raise ValueError(message)
        if total == 0 or not any(group.share_reached for group in self.risk_groups.values()):
            message = "every prevalence or share_reached is 0, so there is no need to place a reception for"
            raise ValueError(message)
        return self


class ByService(Section):
    """Minutes for each service; left out: none."""

    main: Minutes | None = None
    """For visits that need a main reception."""
    near: Minutes | None = None
    """For visits that any open place takes."""


class AccessSection(BasedSection):
    """What counts as the best place for a visit: generalised minutes."""

    waiting_minutes_per_day: float = Field(default=0.0, ge=0, le=1000)
    """Minutes of travel that a wait of one working day for the next opening is worth; 0: openness is not weighed."""  # noqa: E501  (one line of the schema)
    digital_minutes: ByService = ByService()
    """Generalised minutes that digital contact counts as; left out: it is not offered."""


class MainRole(BasedSection):
    """What a main reception is."""

    days_per_week: float = Field(default=5.0, gt=0, le=5)
    """Days it is open."""
    hours_per_day: float = Field(default=8.0, gt=0, le=24)
    """Hours it is open on such a day."""
    staff_per_open_hour: float = Field(default=4.0, ge=0, le=100)
    """Persons at work: pairs, and the professions that only a main has."""
    visits_per_open_hour: float = Field(default=2.0, gt=0, le=100)
    """Visits it can take in an hour; its capacity."""
    premises_sek_per_year: Sek = 600_000.0
    """Rent, equipment and the like (SEK/year)."""


class SatelliteRole(BasedSection):
    """What a satellite is."""

    days_per_week: tuple[int, ...] = Field(default=(5,), min_length=1)
    """Numbers of days a week that may be chosen for it, of 1 to 5."""
    hours_per_day: float = Field(default=6.0, gt=0, le=24)
    """Hours it is open on such a day."""
    staff_per_open_hour: float = Field(default=2.0, ge=0, le=100)
    """Persons at work: a pair."""
    visits_per_open_hour: float = Field(default=1.0, gt=0, le=100)
    """Visits it can take in an hour; its capacity."""
    premises_sek_per_year: Sek = 50_000.0
    """Equipment and the like, however seldom it is open (SEK/year)."""
    premises_sek_per_weekly_day: Sek = 20_000.0
    """Rent for each day a week (SEK/year)."""

    @model_validator(mode="after")
    def _days_exist(self) -> SatelliteRole:
        odd = [days for days in self.days_per_week if not 1 <= days <= 5]
        if odd or len(set(self.days_per_week)) < len(self.days_per_week):
            message = f"days_per_week is {list(self.days_per_week)}; expected different numbers of 1 to 5"
            raise ValueError(message)
        return self


class StopRole(BasedSection):
    """What a stop of a travelling team is."""

    weeks_between_visits: tuple[Literal[1, 2], ...] = Field(default=(1, 2), min_length=1)
    """1: every week; 2: every other week; which of them may be chosen."""
    session_hours: float = Field(default=1.5, gt=0, le=24)
    """Hours that the team receives at each visit."""
    set_up_hours: float = Field(default=0.5, ge=0, le=24)
    """Hours to set up and pack at each visit."""
    visits_per_session_hour: float = Field(default=1.0, gt=0, le=100)
    """Visits it can take in an hour of the session; its capacity."""
    premises_sek_per_year: Sek = 10_000.0
    """What the host asks for (SEK/year)."""


class TeamRole(BasedSection):
    """What a travelling team is."""

    staff: float = Field(default=2.0, gt=0, le=20)
    """Persons in the car: a pair."""
    working_day_hours: float = Field(default=8.0, gt=0, le=16)
    """From leaving the base to being back (hours)."""
    days_per_week: int = Field(default=4, ge=1, le=5)
    """Days a week that a team can be on the road."""
    most_stops_per_day: int = Field(default=4, ge=1, le=4)
    """Stops on one tour."""
    leaves_at_hour: float = Field(default=8.0, ge=0, lt=24)
    """When tours leave the base (hour of the day)."""
    vehicle_sek_per_year: Sek = 90_000.0
    """Vehicle, telephone and the like of one team (SEK/year)."""
    sek_per_km: float = Field(default=4.0, ge=0, le=1000)
    """Cost of driving (SEK/km)."""


class RolesSection(BasedSection):
    """What each role takes in staff and money, and gives in opening hours."""

    weeks_per_year: float = Field(default=44.0, gt=0, le=52)
    """Weeks a year that places are open and teams drive."""
    hours_per_full_time_post: float = Field(default=1_600.0, gt=0, le=3000)
    """Hours at work of one full-time post (hours/year)."""
    staff_cost_sek_per_hour: Sek = 450.0
    """Pay with social fees, for an hour at work (SEK/hour)."""
    main: MainRole = MainRole()
    """Main receptions."""
    satellite: SatelliteRole = SatelliteRole()
    """Satellites."""
    stop: StopRole = StopRole()
    """Stops of travelling teams."""
    team: TeamRole = TeamRole()
    """Travelling teams."""

    @model_validator(mode="after")
    def _a_stop_fits_a_day(self) -> RolesSection:
        stop_hours = self.stop.session_hours + self.stop.set_up_hours
        if stop_hours > self.team.working_day_hours:
            message = (
                f"team.working_day_hours is {self.team.working_day_hours:g}, but one stop alone takes "
                f"{stop_hours:g} hours (session and set-up), so no tour fits in a day"
            )
            raise ValueError(message)
        return self


class Hosts(Section):
    """Kinds of premises that may host each role, the preferred first; [] means that the role is not used."""

    main: tuple[str, ...]
    """Kinds that may host a main reception."""
    satellite: tuple[str, ...]
    """Kinds that may host a satellite."""
    stop: tuple[str, ...] = ()
    """Kinds that may host a stop of a travelling team."""


class Municipalities(Section):
    """Where each role may stand, by name of the municipality; [] means anywhere."""

    main: tuple[str, ...] = ()
    """Municipalities that may hold a main reception."""
    satellite: tuple[str, ...] = ()
    """Municipalities that may hold a satellite."""
    stop: tuple[str, ...] = ()
    """Municipalities that may hold a stop."""
    team_base: tuple[str, ...] = ()
    """Municipalities whose main receptions may be the base of a travelling team."""


class RoomDays(Section):
    """Days a week that hosts lend a room; a stop every other week takes half a day a week."""

    by_kind: dict[str, RoomDaysAWeek] = {}
    """For kinds of premises; left out: 5."""
    by_site: dict[SiteId, RoomDaysAWeek] = {}
    """For single premises, before that of their kind."""


class SitesSection(Section):
    """Which premises may be used."""

    hosts: Hosts
    """Kinds of premises allowed for each role, the preferred one first: it settles ties at one place."""
    municipalities: Municipalities = Municipalities()
    """Where each role may stand."""
    forbidden: tuple[SiteId, ...] = ()
    """Premises that may not be used at all."""
    room_days_per_week: RoomDays = RoomDays()
    """Days a week that the host consents to lend a room."""


class Neighbour(Section):
    """A site of the dataset, candidate or companion, and how far from it something may lie."""

    site: SiteId
    """Its id."""
    minutes: Minutes
    """The drive to it may take at most this long (minutes, <=)."""


class Aim(Section):
    """One objective; in a file, its measure alone may stand for it."""

    measure: MeasureName
    """What is made as good as can be."""
    tolerance: float = Field(default=0.0, ge=0, le=1)
    """How much of it later objectives may give up: a share of it; for shares of visits, points."""
    mode: ModeName | None = None
    """Mode of travel that it is measured by; left out: the scenario's (travel.mode)."""

    @model_validator(mode="after")
    def _cost_has_no_mode(self) -> Aim:
        if self.measure == "cost" and self.mode is not None:
            message = f"the cost is the same by every mode of travel; leave out mode: {self.mode}"
            raise ValueError(message)
        return self

    @model_validator(mode="before")
    @classmethod
    def _a_name_is_an_aim(cls, value: object) -> object:
        return {"measure": value} if isinstance(value, str) else value


class LeastVisits(Section):
    """Visits a year that must have an open place as their best one, by its role."""

    main: float = Field(default=0.0, ge=0, le=1e7)
    """Of each main reception (visits/year)."""
    satellite: float = Field(default=0.0, ge=0, le=1e7)
    """Of each satellite (visits/year)."""
    stop: float = Field(default=0.0, ge=0, le=1e7)
    """Of each stop (visits/year)."""


class MunicipalLimits(Section):
    """What those who live in one municipality are promised."""

    municipality: str
    """Its name."""
    largest_minutes: ByService = ByService()
    """Nobody who lives there travels longer than this to the nearest open place of the kind (minutes, <=)."""
    mean_minutes: Minutes | None = None
    """Mean generalised minutes of all their visits (minutes, <=)."""


class ModeLimit(Section):
    """What is promised to those who travel by one mode of travel; the best place by it counts."""

    mode: ModeName
    """Name of the mode."""
    municipality: str | None = None
    """Whose visits count: those of who lives there; left out: all."""
    least_share: float | None = Field(default=None, ge=0, le=1)
    """At least this share of the visits is within `within_minutes`."""
    within_minutes: Minutes | None = None
    """Limit of `least_share` (generalised minutes, <=); left out: the standard."""
    mean_minutes: Minutes | None = None
    """Mean generalised minutes (<=); a visit farther than `unreachable_minutes` counts as that."""

    @model_validator(mode="after")
    def _limits_something(self) -> ModeLimit:
        if self.least_share is None and self.mean_minutes is None:
            message = f"the limit of mode {self.mode} says nothing: give least_share or mean_minutes"
            raise ValueError(message)
        if self.within_minutes is not None and self.least_share is None:
            message = "within_minutes goes with least_share: at least this share within so many minutes"
            raise ValueError(message)
        return self


class NobodyWorse(Section):
    """Nobody is worse off than in a named plan, in generalised minutes."""

    plan: SitesByRole
    """The plan to measure by: its main receptions and satellites (5 days a week where nothing is said)."""
    by: Literal["cell", "municipality"] = "municipality"
    """Who counts: each inhabited cell's best place, or each municipality's mean over all its visits."""
    slack_minutes: float = Field(default=0.0, ge=0, le=1000)
    """This much worse is still as good (minutes)."""

    @model_validator(mode="after")
    def _no_stops(self) -> NobodyWorse:
        if self.plan.stop:
            message = "the plan to measure by has main receptions and satellites only, no stops"
            raise ValueError(message)
        return self


class ChoiceSection(Section):
    """What is chosen, by which measure, under which rules."""

    n_main: CountRange
    """Main receptions to open beside the existing ones: a number, or {minimum, maximum}."""
    n_satellites: CountRange
    """Satellites to open beside the existing ones: a number, or {minimum, maximum}."""
    n_stops: CountRange = CountRange(minimum=0, maximum=0)
    """Stops of travelling teams beside the existing ones: a number, or {minimum, maximum}."""
    n_teams: CountRange = CountRange(minimum=0, maximum=0)
    """Travelling teams: a number, or {minimum, maximum}."""
    n_by_kind: dict[str, CountRange] = {}
    """Open places in each kind of premises, existing ones counted."""
    objectives: tuple[Aim, ...] = Field(default=(Aim(measure="mean_minutes"),), min_length=1)
    """What is best: each is optimised among the plans that are best for those before it."""
    standard_minutes: Minutes = 30.0
    """A visit is within the standard if its generalised minutes are at most this (minutes, <=)."""
    worst_share: float = Field(default=0.1, gt=0, le=1)
    """Share of the need that the measure worst_share_minutes looks at."""
    place_in_every_municipality: bool = False
    """Each participating municipality gets at least one open place of any role."""
    place_in: tuple[str, ...] = ()
    """Municipalities that get at least one open place of any role, by name."""
    existing: SitesByRole = SitesByRole()
    """Receptions open already: they stay, and are not counted in n_main, n_satellites and n_stops."""
    required: SitesByRole = SitesByRole()
    """Sites that must be opened in this role; they are counted in n_main, n_satellites and n_stops."""
    at_least_one_of: tuple[tuple[SiteId, ...], ...] = ()
    """Lists of sites; of each list at least one is opened, in any role."""
    at_most_one_of: tuple[tuple[SiteId, ...], ...] = ()
    """Lists of sites; of each list at most one is opened ("not both")."""
    largest_minutes: ByService = ByService()
    """Nobody travels longer than this to the nearest open place of the kind (minutes, <=)."""
    municipality_limits: tuple[MunicipalLimits, ...] = ()
    """What single municipalities are promised."""
    nobody_worse_than: NobodyWorse | None = None
    """Nobody is worse off than in this plan, such as today's."""
    least_share_within_standard: float | None = Field(default=None, ge=0, le=1)
    """At least this share of all visits is within the standard."""
    most_mean_minutes: Minutes | None = None
    """Mean generalised minutes of all visits (minutes, <=)."""
    mode_limits: tuple[ModeLimit, ...] = ()
    """What is promised by single modes of travel, such as without a car."""
    unreachable_minutes: Minutes = 180.0
    """By other modes than the scenario's, means count a visit that takes longer, or cannot be made, as this (minutes)."""  # noqa: E501  (one line of the schema)
    link_minutes: Minutes | None = None
    """Each satellite and stop has an open main reception within this drive, for its staff (minutes)."""
    main_near: tuple[Neighbour, ...] = ()
    """Each main reception lies within a drive of these companions, such as the in-patient ward."""
    least_visits_per_year: LeastVisits = LeastVisits()
    """Each open place is the best one for at least this many visits (visits/year)."""
    with_capacity: bool = False
    """Places take no more visits than their hours allow; a joint intake sends the rest elsewhere."""
    most_full_time_posts: float | None = Field(default=None, ge=0, le=1e6)
    """Staff of places and teams, driving included (full-time posts, <=)."""
    most_sek_per_year: Sek | None = None
    """Yearly cost (SEK/year, <=)."""
    given: SitesByRole | None = None
    """A plan to evaluate as it stands: no place is chosen, and the other rules here are not used. Stops get the rota that costs least."""  # noqa: E501  (one line of the schema)

    @property
    def modes_named(self) -> tuple[str | None, ...]:
        """Modes of travel that objectives (None: the scenario's own) and limits name."""
        return (*(aim.mode for aim in self.objectives), *(limit.mode for limit in self.mode_limits))

    @model_validator(mode="after")
    def _no_contradiction(self) -> ChoiceSection:
        measures = [(aim.measure, aim.mode) for aim in self.objectives]
        if len(set(measures)) < len(measures):
            message = "objectives names the same measure twice"
            raise ValueError(message)
        if sum(aim.measure == "worst_share_minutes" for aim in self.objectives) > 1:
            message = "objectives names worst_share_minutes twice; it can be measured by one mode only"
            raise ValueError(message)
        both = sorted(set(self.existing.all_sites) & set(self.required.all_sites))
        if both:
            message = f"site {both[0]} is both existing and required; an existing site stays open anyway"
            raise ValueError(message)
        self._require_room("n_main", self.n_main, self.required.main)
        self._require_room("n_satellites", self.n_satellites, self.required.satellite)
        self._require_room("n_stops", self.n_stops, self.required.stop)
        stops = self.n_stops.minimum + len(self.existing.stop)
        if stops and not self.n_teams.maximum:
            message = "stops are asked for, but n_teams allows no travelling team that would visit them"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _can_be_counted(self) -> ChoiceSection:
        if self.with_capacity:
            odd = [aim.measure for aim in self.objectives if aim.measure not in MEASURES_WITH_CAPACITY]
            if odd:
                message = (
                    f"with_capacity goes with the objectives {', '.join(MEASURES_WITH_CAPACITY)}, "
                    f"not with {odd[0]}"
                )
                raise ValueError(message)
        return self

    @staticmethod
    def _require_room(field: str, count: CountRange, required: tuple[SiteId, ...]) -> None:
        if len(required) > count.maximum:
            message = f"{len(required)} sites are required but {field} allows {count.maximum}"
            raise ValueError(message)


class EvaluationSection(Section):
    """How a plan is described to its readers."""

    within_minutes: tuple[Minutes, ...] = Field(default=(15.0, 30.0, 45.0, 60.0), min_length=1, max_length=8)
    """Shares of the visits within each of these are reported (minutes, <=)."""
    noticeable_minutes: Minutes = 5.0
    """Between two plans, a trip that changes by less than this counts as unchanged (minutes)."""
    smallest_count_shown: SmallestCount = 5
    """Counts of persons below this are shown only as "fewer than" this; a multiple of 5 (3 if the dataset says so)."""  # noqa: E501  (one line of the schema)


class SolverSection(Section):
    """How long the solver may work, and how far from proven it may stop."""

    time_limit_seconds: PositiveFloat = 60.0
    """The run stops here and reports what it has, with its bound (seconds)."""
    relative_gap: NonNegativeFloat = 0.0
    """The answer may be this far from proven (share of the objective)."""


class Scenario(Section):
    """All that a run needs to know beside its dataset."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)
    """Short name: the file's name without its ending (small letters, digits, hyphens)."""
    title: Text
    """One line for readers."""
    question: Text
    """What the working group asks, in a sentence or two."""
    is_reference: bool = False
    """Whether this is what stands there already, only to be compared with: no option. Its staff and money are
    another service's."""
    dataset: str
    """Name of an embedded dataset, or a folder relative to the scenario file."""
    demand: DemandSection
    """Who needs the service, and how often."""
    leaving_municipalities: tuple[str, ...] = ()
    """Municipalities that take no part: their youths and their premises are left out."""
    travel: TravelSection
    """How long a trip takes."""
    access: AccessSection = AccessSection()
    """What counts as the best place for a visit."""
    roles: RolesSection = RolesSection()
    """What each role takes in staff and money."""
    sites: SitesSection
    """Which premises may be used."""
    choice: ChoiceSection
    """What is chosen, by which measure, under which rules."""
    evaluation: EvaluationSection = EvaluationSection()
    """How a plan is described."""
    solver: SolverSection = SolverSection()
    """How long the solver may work."""
    analysis: AnalysisSection = AnalysisSection()
    """How the answer is examined; what is chosen does not depend on it."""

    @model_validator(mode="after")
    def _what_does_not_fit_goes_somewhere(self) -> Scenario:
        digital = self.access.digital_minutes
        if self.choice.with_capacity and (digital.main is None or digital.near is None):
            message = (
                "choice.with_capacity needs access.digital_minutes for main and near: "
                "visits that no place has room for go there"
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _modes_are_known(self) -> Scenario:
        own, known = self.travel.mode, self.travel.names
        asked = [("objectives", aim.mode) for aim in self.choice.objectives if aim.mode is not None]
        asked += [("mode_limits", limit.mode) for limit in self.choice.mode_limits]
        for where, mode in asked:
            if mode not in known:
                message = f"choice.{where}: there is no mode {mode!r}; travel has {', '.join(known)}"
                raise ValueError(message)
            if self.choice.with_capacity and mode != own:
                message = (
                    f"choice.{where}: with_capacity sends visits by the scenario's mode of travel ({own}); "
                    f"it does not go with {mode}"
                )
                raise ValueError(message)
        measured = [(aim.measure, aim.mode or own) for aim in self.choice.objectives]
        if len(set(measured)) < len(measured):
            message = f"choice.objectives names the same measure twice by {own}, the scenario's own mode"
            raise ValueError(message)
        standards = [self.choice.standard_minutes] if any(m != own for _, m in asked) else []
        standards += [limit.within_minutes for limit in self.choice.mode_limits if limit.within_minutes]
        if standards and max(standards) >= self.choice.unreachable_minutes:
            message = (
                f"choice.unreachable_minutes is {self.choice.unreachable_minutes:g}; it must be more than "
                f"every limit by a mode ({max(standards):g})"
            )
            raise ValueError(message)
        return self

    _origins: Origins = PrivateAttr(default_factory=dict)

    def read_from(self, origins: Origins) -> Scenario:
        """Note the file and line of each key, so that a message can name them."""
        self._origins = origins
        return self

    @property
    def origins(self) -> Origins:
        """File and line of each key, as far as they are known."""
        return self._origins

    def where(self, *key_path: str | int) -> str:
        """Say where a key stands: "two-mains.yaml, line 7: choice.required.main"."""
        return describe_place(self._origins, key_path, default=f"scenario {self.name}")

    @property
    def folder(self) -> Path | None:
        """Folder of the scenario file, from which a dataset's relative path counts; None if made in code."""
        place = self._origins.get(())
        return Path(place[0]).parent if place else None

    @property
    def resolved(self) -> dict[str, Any]:
        """All that an answer depends on, as plain values: the scenario without its analysis."""
        return self.model_dump(mode="json", exclude={"analysis"})

    @property
    def sha256(self) -> str:
        """Digest of the resolved scenario without its analysis: equal digests ask the same question."""
        canonical = json.dumps(self.resolved, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def describe_place(origins: Origins, key_path: KeyPath, *, default: str) -> str:
    """Name file, line and key; where the key itself stands nowhere, the nearest one above it.

    What stands in no file has line 0, and instead of a file the word for where it does stand.
    """
    key = ".".join(map(shortened, key_path))
    for length in range(len(key_path), -1, -1):
        if key_path[:length] in origins:
            path, line = origins[key_path[:length]]
            where = f"{path}, line {line}" if length and line else path
            return f"{where}: {key}" if key else where
    return f"{default}: {key}" if key else default
