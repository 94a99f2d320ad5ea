"""`Scenario`: what is asked, in frozen, checked sections; one section for each stage.

The text under a field is its documentation. Reading the files is the work of `scenario_file`.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PrivateAttr,
    model_validator,
)

SiteId = str
Minutes = Annotated[float, Field(gt=0, le=10_000)]
KeyPath = tuple[str | int, ...]
Origins = dict[KeyPath, tuple[str, int]]
ObjectiveName = Literal["mean_minutes", "within_standard"]
Share = Field(ge=0.0, le=1.0)

_MODEL_CONFIG: Final = ConfigDict(
    frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
)


class Section(BaseModel):
    """A part of a scenario: frozen, no unknown keys; the text under a field is its documentation."""

    model_config = _MODEL_CONFIG


class Text(Section):
    """A text for readers, Swedish first."""

    sv: str
    """Swedish."""
    en: str
    """English."""


class BasedSection(Section):
    """A section that says what its values rest on."""

    basis: dict[str, Text] = {}
    """For each field: its source, or the plain word assumption ("antagande")."""

    @model_validator(mode="after")
    def _basis_names_fields(self) -> BasedSection:
        unknown = sorted(set(self.basis) - set(type(self).model_fields))
        if unknown:
            message = f"basis speaks of {unknown[0]!r}, which is not a field of this section"
            raise ValueError(message)
        return self


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


class DemandSection(Section):
    """Who needs the service, and how often."""

    risk_groups: dict[str, RiskGroup] = Field(min_length=1)
    """The groups that count, by name."""

    @model_validator(mode="after")
    def _groups_are_parts_of_a_whole(self) -> DemandSection:
        total = sum(group.prevalence for group in self.risk_groups.values())
        if total > 1:
            message = f"the prevalences sum to {total:g}, but groups cannot hold more than all youths (1)"
            raise ValueError(message)
        if total == 0:
            message = "every prevalence is 0, so there is no need to place a reception for"
            raise ValueError(message)
        return self


class TravelSection(BasedSection):
    """How long a trip by car takes."""

    speed_factor: float = Field(default=1.0, ge=0.1, le=10)
    """Speeds of the road network are multiplied by this."""
    fixed_minutes_per_trip: float = Field(default=0.0, ge=0, le=1000)
    """Added to each trip: town driving, parking, the walk to the door (minutes)."""
    access_speed_km_per_hour: float = Field(default=45.0, ge=1, le=200)
    """Speed between a place and the nearest road of the network (km/h)."""
    access_detour_factor: float = Field(default=1.3, ge=1.0, le=10)
    """Length of the way to the nearest road, over the straight line."""


class Hosts(Section):
    """Kinds of premises that may host each role, the preferred first; [] means that the role is not used."""

    main: tuple[str, ...]
    """Kinds that may host a main reception."""
    satellite: tuple[str, ...]
    """Kinds that may host a satellite."""


class Municipalities(Section):
    """Where each role may stand, by name of the municipality; [] means anywhere."""

    main: tuple[str, ...] = ()
    """Municipalities that may hold a main reception."""
    satellite: tuple[str, ...] = ()
    """Municipalities that may hold a satellite."""


class SitesSection(Section):
    """Which premises may be used."""

    hosts: Hosts
    """Kinds of premises allowed for each role, the preferred one first: it settles ties at one place."""
    municipalities: Municipalities = Municipalities()
    """Where each role may stand."""
    forbidden: tuple[SiteId, ...] = ()
    """Premises that may not be used at all."""


class SitesByRole(Section):
    """Sites named for each role."""

    main: tuple[SiteId, ...] = ()
    """Main receptions."""
    satellite: tuple[SiteId, ...] = ()
    """Satellites."""

    @model_validator(mode="after")
    def _one_role_each(self) -> SitesByRole:
        named = self.main + self.satellite
        twice = sorted({site for site in named if named.count(site) > 1})
        if twice:
            message = f"site {twice[0]} is named twice; a site has one role"
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


class LargestMinutes(Section):
    """Longest trip allowed, for each kind of visit; left out: no limit."""

    main: Minutes | None = None
    """To a main reception (minutes, <=)."""
    near: Minutes | None = None
    """To the nearest open place of either role (minutes, <=)."""


class Neighbour(Section):
    """A site of the dataset, candidate or companion, and how far from it something may lie."""

    site: SiteId
    """Its id."""
    minutes: Minutes
    """The drive to it may take at most this long (minutes, <=)."""


class ChoiceSection(Section):
    """What is chosen, by which measure, under which rules."""

    n_main: CountRange
    """Main receptions to open beside the existing ones: a number, or {minimum, maximum}."""
    n_satellites: CountRange
    """Satellites to open beside the existing ones: a number, or {minimum, maximum}."""
    objectives: tuple[ObjectiveName, ...] = Field(default=("mean_minutes",), min_length=1)
    """What is best: each is optimised among the plans that are best for those before it."""
    standard_minutes: Minutes = 30.0
    """A visit counts as within the standard if its trip takes at most this long (minutes, <=)."""
    place_in_every_municipality: bool = False
    """Each municipality gets at least one open place, main or satellite."""
    existing: SitesByRole = SitesByRole()
    """Receptions open already: they stay, and are not counted in n_main and n_satellites."""
    required: SitesByRole = SitesByRole()
    """Sites that must be opened in this role; they are counted in n_main and n_satellites."""
    at_least_one_of: tuple[tuple[SiteId, ...], ...] = ()
    """Lists of sites; of each list at least one is opened, in either role."""
    at_most_one_of: tuple[tuple[SiteId, ...], ...] = ()
    """Lists of sites; of each list at most one is opened ("not both")."""
    largest_minutes: LargestMinutes = LargestMinutes()
    """Nobody's trip may take longer than this."""
    link_minutes: Minutes | None = None
    """Each satellite has an open main reception within this drive, for its staff (minutes)."""
    main_near: tuple[Neighbour, ...] = ()
    """Each main reception lies within a drive of these companions, such as the in-patient ward."""
    given: SitesByRole | None = None
    """A plan to evaluate as it stands: nothing is chosen, and the other rules here are not used."""

    @model_validator(mode="after")
    def _no_contradiction(self) -> ChoiceSection:
        if len(set(self.objectives)) < len(self.objectives):
            message = "objectives names the same measure twice"
            raise ValueError(message)
        existing = set(self.existing.main + self.existing.satellite)
        both = sorted(existing & set(self.required.main + self.required.satellite))
        if both:
            message = f"site {both[0]} is both existing and required; an existing site stays open anyway"
            raise ValueError(message)
        self._require_room("n_main", self.n_main, self.required.main)
        self._require_room("n_satellites", self.n_satellites, self.required.satellite)
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
    smallest_count_shown: int = Field(default=5, ge=3, le=1000)
    """Counts of persons below this are shown only as "fewer than" this."""


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
    dataset: str
    """Name of an embedded dataset, or a folder relative to the scenario file."""
    demand: DemandSection
    """Who needs the service, and how often."""
    travel: TravelSection
    """How long a trip takes."""
    sites: SitesSection
    """Which premises may be used."""
    choice: ChoiceSection
    """What is chosen, by which measure, under which rules."""
    evaluation: EvaluationSection = EvaluationSection()
    """How a plan is described."""
    solver: SolverSection = SolverSection()
    """How long the solver may work."""

    _origins: Origins = PrivateAttr(default_factory=dict)

    def read_from(self, origins: Origins) -> Scenario:
        """Note the file and line of each key, so that a message can name them."""
        self._origins = origins
        return self

    def where(self, *key_path: str | int) -> str:
        """Say where a key stands: "two-mains.yaml, line 7: choice.required.main"."""
        return describe_place(self._origins, key_path, default=f"scenario {self.name}")

    @property
    def folder(self) -> Path | None:
        """Folder of the scenario file, from which a dataset's relative path counts; None if made in code."""
        place = self._origins.get(())
        return Path(place[0]).parent if place else None

    @property
    def sha256(self) -> str:
        """Digest of the resolved scenario: equal digests ask the same question."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def describe_place(origins: Origins, key_path: KeyPath, *, default: str) -> str:
    """Name file, line and key; where the key itself stands nowhere, the nearest one above it."""
    key = ".".join(str(part) for part in key_path)
    for length in range(len(key_path), -1, -1):
        if key_path[:length] in origins:
            path, line = origins[key_path[:length]]
            where = f"{path}, line {line}" if length else path
            return f"{where}: {key}" if key else where
    return f"{default}: {key}" if key else default
