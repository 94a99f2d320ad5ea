"""What parts of analysis.json are made of: figures, places, and names that the outcome has to know."""

from __future__ import annotations

from math import isnan, nan
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from ..sites import Role

MOST_SITES_OF_PLAN: Final = 1000
LARGEST: Final = 1e12  # no figure of a county is larger

CONFIG: Final = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)

Mark = Literal["more_than_nothing", "nearly_none", "nearly_all", "hidden"]
STANDS_FOR: Final[dict[Mark, float]] = {
    "more_than_nothing": 1e-6,
    "nearly_none": 1e-7,
    "nearly_all": 1 - 1e-7,
    "hidden": nan,
}
"""A value that is told as the figure with this mark was."""


def require_known(what: str, value: str, info: ValidationInfo) -> str:
    """See that the outcome examined has what is named: the place, municipality or mode of travel."""
    if value not in (info.context or {}).get(what, ()):
        message = f"{value[:60]!r} is none of the {what} of the scenario"
        raise ValueError(message)
    return value


def _site(value: str, info: ValidationInfo) -> str:
    return require_known("candidate sites", value, info)


def _code(value: str, info: ValidationInfo) -> str:
    return require_known("municipalities", value, info)


def _mode(value: str, info: ValidationInfo) -> str:
    return require_known("modes of travel", value, info)


SiteId = Annotated[str, AfterValidator(_site)]
Code = Annotated[str, AfterValidator(_code)]
Mode = Annotated[str, AfterValidator(_mode)]
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=LARGEST)]


class Told(BaseModel):
    """Figures, with a mark for each that is not told as it is."""

    model_config = CONFIG
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

    def share_of(self, name: str) -> float:
        """Give a share; where it is not told one that is not told either."""
        value = self.figure(name)
        return STANDS_FOR["nearly_none"] if value is None or isnan(value) else value


class SavedPlace(BaseModel):
    """An open place."""

    model_config = CONFIG
    site_id: SiteId
    role: Role
    days_per_week: float = Field(gt=0, le=5)


def _each_once(places: tuple[SavedPlace, ...]) -> tuple[SavedPlace, ...]:
    if len({each.site_id for each in places}) < len(places):
        message = "a site stands there twice"
        raise ValueError(message)
    return places


Places = Annotated[tuple[SavedPlace, ...], Field(max_length=MOST_SITES_OF_PLAN), AfterValidator(_each_once)]
