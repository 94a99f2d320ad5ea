"""`Terms`: what whoever owns a dataset lets be told of it, by all files together.

Files by other smallest counts, or by other ages, count the same squares again, and what differs between two
may give a small count away (docs/decisions/0021). Multiples of one count lie on one ladder, so files by these
together tell no more than that ladder does; ages cannot lie so. So each dataset has one least count and one
span of ages: the usual ones where its manifest says nothing. They hold for every scenario asked of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from ..errors import ScenarioError
from ..scenario import AgeSpan
from ..scenario_base import LADDER, SmallestCount

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ..scenario import Scenario

ANY: Final = "any"
WHO_COUNTS: Final = ("leaving_municipalities.", "demand.municipality_factors.")
_SPAN: Final = re.compile(r"(?<![\d-])(\d\d)\s?[-–_]\s?(\d\d)(?![\d-])")
"""Of ages, and not a part of a date."""


def _span_or_any(ages: object) -> object:
    """Refuse what is neither with one sentence, not one for each of the two."""
    if ages == ANY or isinstance(ages, dict | AgeSpan):
        return ages
    message = "must be a span such as {youngest: 13, oldest: 19}, or any"
    raise ValueError(message)


class Terms(BaseModel):
    """The section ``disclosure`` of a manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    smallest_count_shown: SmallestCount = LADDER
    """Scenarios show counts from here on, or from a multiple of it."""
    ages: Annotated[AgeSpan | Literal["any"], BeforeValidator(_span_or_any)] = AgeSpan()
    """Ages that scenarios count; any: of public numbers, which no file can give away."""

    @property
    def ages_of_youths(self) -> AgeSpan:
        """Whom a dataset's own column youths counts: one column has one span, the usual one if any may be."""
        return self.ages if isinstance(self.ages, AgeSpan) else AgeSpan()

    def contradicted_by(self, words: str) -> str:
        """Give the span that words on the column youths speak of, if it is another than what counts; else "".

        Examples
        --------
        >>> Terms().contradicted_by("Antal unga 12–18 år"), Terms().contradicted_by("Unga 13-19 (2005-2011)")
        ('12-18', '')
        """
        told = ["-".join(span) for span in _SPAN.findall(words)]
        return told[0] if told and str(self.ages_of_youths) not in told else ""

    def allow_count(self, smallest: int) -> bool:
        """Say whether a scenario may show counts from here on; 3 stands alone: 5 is not on its ladder."""
        least = self.smallest_count_shown
        return smallest == least or (least % LADDER == 0 and smallest % least == 0)

    def allow_ages(self, ages: AgeSpan) -> bool:
        """Say whether a scenario may count these ages."""
        return self.ages in (ANY, ages)


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
            f"{_what_holds(terms, 'smallest_count_shown', str(least), manifest)}; give {least}{others}"
        )
        raise ScenarioError(message)
    if not terms.allow_ages(ages):
        line = f"disclosure: {{ages: {{youngest: {ages.youngest}, oldest: {ages.oldest}}}}}"
        message = (
            f"{scenario.where('demand', 'ages')}: {ages} does not go with "
            f"{_what_holds(terms, 'ages', str(terms.ages), manifest)}; count these, or write `{line}` in it "
            "(in sources.yaml, if it was built), before the first file is handed out: files by two spans "
            "together may give small counts away"
        )
        raise ScenarioError(message)


def require_one_demand(keys: Iterable[str], terms: Terms, manifest: Path) -> None:
    """Refuse to vary who counts, and by how much, within one sweep: rows would be subtracted.

    The county with a municipality and without it tell of that one; with a factor that is drawn, each row is
    an equation of known weights, and no rounding hides where it steps. Public numbers may be asked so.

    Raises
    ------
    ScenarioError
        If a key of a sweep does so, and the numbers are not public.
    """
    who = next((key for key in keys if f"{key}.".startswith(WHO_COUNTS) or key == "demand"), None)
    if who is not None and terms.ages != ANY:
        what_holds = _what_holds(terms, "ages", str(terms.ages), manifest)
        message = (
            f"{who}: a sweep over who counts does not go with {what_holds}: its rows together would tell of "
            "single municipalities; vary something else, or, if the numbers are public, write "
            "`disclosure: {ages: any}`"
        )
        raise ScenarioError(message)


def _what_holds(terms: Terms, key: str, value: str, manifest: Path) -> str:
    if key in terms.model_fields_set:
        return f"{manifest}, where disclosure.{key} is {value}"
    return f"{manifest}, which says nothing of disclosure.{key}, so {value} holds"
