"""`Unknowns`: what is not known of a scenario, and what each draw takes it to be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from ..errors import InputError
from ..scenario_file import with_values
from ..scenario_travel import CAR
from ..variants.asking import draw_value
from ..variants.distributions import Uniform, read_distribution

if TYPE_CHECKING:
    from ..scenario import DemandSection, Scenario
    from ..variants.distributions import Distribution

SECTION: Final = "analysis.uncertainty"
SPEED: Final = "travel.speed_factor"
WINTER: Final = "winter"
YEARS: Final = "years_ahead"
CELLS: Final = "cells"
MUNICIPALITIES: Final = "municipalities"
NEED: Final = "municipal_need"
MOST_YEARS: Final = 100.0


@dataclass(frozen=True)
class Unknown:
    """A number that is not known."""

    key: str
    """Dotted key of the scenario, winter or years_ahead."""
    written: str
    distribution: Distribution
    nominal: float
    """What the scenario says; of winter roads and years ahead: none, 0."""

    @property
    def stands_at(self) -> str:
        """Key of the distribution in the scenario."""
        places = {WINTER: "winter.share_of_visits", YEARS: "forecast.years_ahead"}
        return f"{SECTION}.{places.get(self.key, f'draw.{self.key}')}"


@dataclass(frozen=True)
class Draw:
    """What is taken to be so in one draw; small, for it is sent to workers."""

    demand: DemandSection
    speed_factor: float
    winter_share: float = 0.0
    """Share of the visits that are made on winter roads."""
    years_ahead: float = 0.0
    number: int = 0
    """Of the draw of who lives where, from 1; 0 = as the scenario says."""
    field: str = ""
    """The only field that is drawn; "" = all of them."""

    def draws(self, field: str) -> bool:
        """Whether a field of numbers is drawn."""
        return self.number > 0 and self.field in ("", field)


@dataclass(frozen=True)
class Unknowns:
    """Numbers that are not known, and fields of numbers."""

    scenario: Scenario
    numbers: tuple[Unknown, ...]
    fields: dict[str, str]
    """Distribution as readers see it, by name; those of one number for each cell or municipality."""

    def nominal(self) -> Draw:
        """Take all to be as the scenario says."""
        return Draw(self.scenario.demand, self.scenario.travel.speed_factor)

    def draw(self, number: int) -> Draw:
        """Draw all, from the scenario's seed; `number` counts from 1.

        Raises
        ------
        InputError
            If what is drawn makes no valid scenario.
        """
        seed = self.scenario.analysis.uncertainty.seed
        values = {each.key: draw_value(each.distribution, number, seed, each.key) for each in self.numbers}
        try:
            return replace(self.with_values(values), number=number)
        except InputError as error:
            message = f"{SECTION}: draw {number} is not possible: {error}; draw from narrower distributions"
            raise InputError(message) from error

    def draw_alone(self, field: str, number: int) -> Draw:
        """Draw one field of numbers, and take all else to be as the scenario says."""
        return replace(self.nominal(), number=number, field=field)

    def with_values(self, values: dict[str, float]) -> Draw:
        """Take some numbers to be others, and all else as the scenario says.

        Raises
        ------
        InputError
            If these values make no valid scenario.
        """
        most = {WINTER: 1.0, YEARS: MOST_YEARS}
        for key, limit in most.items():
            if not 0 <= values.get(key, 0.0) <= limit:
                message = f"{key} is {values[key]:g}; it must lie between 0 and {limit:g}"
                raise InputError(message)
        of_scenario = {key: value for key, value in values.items() if key not in most}
        scenario = with_values(self.scenario, of_scenario) if of_scenario else self.scenario
        return Draw(
            demand=scenario.demand,
            speed_factor=scenario.travel.speed_factor,
            winter_share=values.get(WINTER, 0.0),
            years_ahead=values.get(YEARS, 0.0),
        )


def read_unknowns(scenario: Scenario, *, has_standard_errors: bool) -> Unknowns:
    """Read section `analysis.uncertainty`, and try the ends of what each number may be.

    The car's speed and winter roads are left out where plans are measured by another mode of travel, whose
    minutes they leave as they are.

    Raises
    ------
    InputError
        If a key cannot be drawn, a distribution is none, or its values make no valid scenario.
    """
    section = scenario.analysis.uncertainty
    numbers = [
        Unknown(key, written, _distribution(written, f"{SECTION}.draw.{key}"), _value_at(scenario, key))
        for key, written in section.draw.items()
    ]
    if section.winter is not None:
        numbers.append(_none_at_first(WINTER, section.winter.share_of_visits))
    if section.forecast is not None:
        numbers.append(_none_at_first(YEARS, section.forecast.years_ahead))
    if (scenario.choice.objectives[0].mode or scenario.travel.mode) != CAR:
        numbers = [each for each in numbers if each.key not in (SPEED, WINTER)]
    unknowns = Unknowns(scenario, tuple(numbers), _fields(scenario, has_standard_errors=has_standard_errors))
    if not unknowns.numbers and not unknowns.fields:
        message = f"{SECTION}: nothing is uncertain; give draw a key with its distribution, or noise"
        raise InputError(message)
    for each in unknowns.numbers:
        for end in each.distribution.reach():
            try:
                unknowns.with_values({each.key: end})
            except InputError as error:
                message = f"{each.stands_at}: {each.written} reaches {end:g}, but {error}"
                raise InputError(message) from error
    return unknowns


def _none_at_first(key: str, written: str) -> Unknown:
    place = Unknown(key, written, Uniform(0, 1), 0.0).stands_at
    return Unknown(key, written, _distribution(written, place), 0.0)


def _distribution(written: str, where: str) -> Distribution:
    try:
        return read_distribution(written)
    except InputError as error:
        hint = "; in braces {} write it in quotes" if "(" in written and ")" not in written else ""
        message = f"{where}: {error}{hint}"
        raise InputError(message) from error


def _fields(scenario: Scenario, *, has_standard_errors: bool) -> dict[str, str]:
    noise = scenario.analysis.uncertainty.noise
    deviations = {
        CELLS: noise.cells,
        MUNICIPALITIES: noise.municipalities,
        NEED: noise.municipal_need,
    }
    written = {name: f"lognormal(1,{deviation:g})" for name, deviation in deviations.items() if deviation}
    if has_standard_errors:
        written[CELLS] = "lognormal(1,youths_standard_error)"
    return written


def _value_at(scenario: Scenario, key: str) -> float:
    """Give the number that stands at a dotted key which may be drawn."""
    if key != SPEED and not key.startswith("demand."):
        message = f"{SECTION}.draw: {key} cannot be drawn here; keys of demand, and {SPEED}, can"
        raise InputError(message)
    node: object = scenario
    for part in key.split("."):
        node = node.get(part) if isinstance(node, dict) else getattr(_section(node), part, None)
    if isinstance(node, bool) or not isinstance(node, int | float):
        message = f"{SECTION}.draw: there is no number at {key} in the scenario; name a key that has one"
        raise InputError(message)
    return float(node)


def _section(node: object) -> BaseModel | None:
    return node if isinstance(node, BaseModel) else None
