"""`Terms`: what whoever owns a dataset lets be told of it, by all files together.

Files by other smallest counts, or by other ages, count the same squares again, and what differs between two
may give a small count away (docs/decisions/0021). Multiples of one count lie on one ladder, so files by these
together tell no more than that ladder does; ages cannot lie so. So each dataset has one least count and one
span of ages: the usual ones where its manifest says nothing. They hold for every scenario asked of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from ..errors import ScenarioError
from ..scenario import AgeSpan
from ..scenario_base import LADDER, SmallestCount

if TYPE_CHECKING:
    from pathlib import Path

    from ..scenario import Scenario

ANY: Final = "any"
OLDEST: Final = 30
"""Of the ages that a scenario may name."""
_USUAL: Final = AgeSpan()


def _a_span(ages: object) -> object:
    """Refuse what is no span with one sentence, not one for each form that it might have."""
    if ages == ANY:
        return ages
    if isinstance(ages, list | tuple) and [type(each) for each in ages] == [int, int]:
        youngest, oldest = ages
        if 0 <= youngest <= oldest <= OLDEST:
            return youngest, oldest
    message = f"expected [youngest, oldest] of 0 to {OLDEST}, such as [13, 19], or any"
    raise ValueError(message)


class Terms(BaseModel):
    """The section ``disclosure`` of a manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    smallest_count_shown: SmallestCount = LADDER
    """Scenarios show counts from here on, or from a multiple of it."""
    ages: Annotated[tuple[int, int] | Literal["any"], BeforeValidator(_a_span)] = (
        _USUAL.youngest,
        _USUAL.oldest,
    )
    """Ages that scenarios count, both ends included; any: of public numbers, which no file can give away."""

    def allow_count(self, smallest: int) -> bool:
        """Say whether a scenario may show counts from here on; 3 stands alone: 5 is not on its ladder."""
        least = self.smallest_count_shown
        return smallest == least or (least % LADDER == 0 and smallest % least == 0)

    def allow_ages(self, ages: AgeSpan) -> bool:
        """Say whether a scenario may count these ages."""
        return self.ages in (ANY, (ages.youngest, ages.oldest))


def require_terms(scenario: Scenario, terms: Terms, manifest: Path) -> None:
    """Refuse a scenario that would tell more of a dataset than its owner lets be told.

    Raises
    ------
    ScenarioError
        If it shows smaller counts, or counts on another ladder, or other ages.
    """
    smallest, ages = scenario.evaluation.smallest_count_shown, scenario.demand.ages
    if not terms.allow_count(smallest):
        least = terms.smallest_count_shown
        others = " or a multiple of it" if least % LADDER == 0 else ""
        message = (
            f"{scenario.where('evaluation', 'smallest_count_shown')}: {smallest} does not go with "
            f"{manifest}, which has its counts shown from {least} on (disclosure.smallest_count_shown); give "
            f"{least}{others}"
        )
        raise ScenarioError(message)
    if terms.ages != ANY and not terms.allow_ages(ages):
        youngest, oldest = terms.ages
        message = (
            f"{scenario.where('demand', 'ages')}: {ages.youngest}-{ages.oldest} does not go with {manifest}, "
            f"which has those aged {youngest}-{oldest} counted (disclosure.ages), since files by two spans "
            "together may give small counts away; count these, or have the dataset's owner state other ages"
        )
        raise ScenarioError(message)
