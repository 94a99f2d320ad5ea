"""Figures of an analysis as they may be shown: rounded, with their unit, none that tells of few.

An analysis counts the same young people in hundreds of ways. Each county mean is a known sum over the cells'
youths, so many of them at full precision could be solved for the cells (docs/decisions/0005). So what there
are many of (near-best plans, prices, regrets, departures) is told to a tenth of a minute at most, and for the
county alone; minutes of a municipality are whole; means of "the others" are told only as their change, for
the county's mean less that of all others is the mean of the one left out, and where these are few as a
municipality's. Cost per youth is worked out from the count as it is shown: a plan's cost is public, so the
count would follow. Plots get the rounded figures too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Final

import numpy as np

from ...analysis.near_best import plan_with
from ...demand import youths_in_effect
from ...plan import FULL_WEEK
from ...saved.rounding import COUNTY_DECIMALS, county_decimals, youths_measured
from ...sites import Role
from ..access_records import county_minutes, county_share
from ..answer import places
from ..measures_table import measure_text
from ..modes import by_mode
from ..tables import ESTIMATE_MARK, NO_BREAK, gate_of, is_estimated_site, municipality_names
from ..tours import days_text
from ..words import to_three_digits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...analysis.near_best import Place
    from ...plan import Plan
    from ...study import Outcome
    from ..disclosure import Gate
    from ..words import Words

SHARE_DECIMALS: Final = 3  # of plans, of draws, and of what plans are worse by: no persons
DECIMALS: Final = 1  # minutes of the county, where there are many of them
SEK_PER_MILLION: Final = 1_000_000
INDEX_DECIMALS: Final = 2  # Gini and the like
FLIP_DIGITS: Final = 2  # at a flip two plans are as good: with all its digits it were an equation of cells
COST: Final = "cost"
NO_DIFFERENCE: Final = 1e-9  # noise of sums
SHARE: Final = "within_standard"


@dataclass(frozen=True, eq=False)
class Shown:
    """The figures of one examined answer, in one language."""

    outcome: Outcome
    words: Words

    @cached_property
    def gate(self) -> Gate:
        """What may be shown of counts."""
        return gate_of(self.outcome.scenario)

    @property
    def youths(self) -> float:
        """Youths who decide what is said of the county's visits: all, where no factors weigh some more."""
        return self.outcome.evaluation.county.youths_in_effect

    @cached_property
    def names(self) -> dict[str, str]:
        """Municipalities by code."""
        return municipality_names(self.outcome)

    # --- measures ---

    def told(self, measure: str, value: float | None, *, decimals: int = DECIMALS) -> float | None:
        """Round the value of a measure as it may be told."""
        if value is None or not isfinite(value):
            return None
        if measure == COST:
            return float(to_three_digits(value))
        if measure == SHARE:
            return county_share(value, self.gate, youths=self.youths)
        shown = county_minutes(value, self.gate, youths=self.youths_measured(measure))
        return None if shown is None else round(value, min(decimals, self._decimals(measure)))

    def youths_measured(self, measure: str) -> float:
        """Count the youths that a measure speaks of."""
        return youths_measured(measure, self.youths, self.outcome.scenario.choice.worst_share)

    @property
    def price_decimals(self) -> int:
        """Count the decimals of a relative difference of two means: it is to tell no more than they do."""
        return SHARE_DECIMALS if county_decimals(self.youths) > DECIMALS else SHARE_DECIMALS - 1

    def _decimals(self, measure: str) -> int:
        return county_decimals(self.youths_measured(measure))

    def told_difference(self, measure: str, difference: float | None) -> float | None:
        """Round the difference between two plans in a measure as it may be told."""
        if measure == SHARE and difference is not None:
            if self.gate.count(self.youths) is None:
                return None
            return self.gate.rounded(difference, self.youths, COUNTY_DECIMALS)
        return self.told(measure, difference)

    def value(self, measure: str, value: float | None) -> str:
        """Write the value of a measure with its unit."""
        shown = self.told(measure, value)
        if shown is None:
            return self.words("unit.none" if value is None else "unit.hidden")
        if measure == COST:
            return f"{self.words.number(shown)} {self.words('unit.sek')}"
        if measure == SHARE:
            return self.words.tenths_of_percent(shown)
        return self._minutes(measure, shown)

    def difference(self, measure: str, difference: float | None) -> str:
        """Write the difference between two plans in a measure with its unit, without a sign."""
        shown = self.told_difference(measure, difference)
        if shown is None or difference is None:
            return self.words("unit.none")
        shown = abs(shown)
        small = "<" if shown == 0 and abs(difference) > NO_DIFFERENCE else ""
        if measure == COST:
            return f"{small}{self.words.number(max(shown, 1 if small else 0))} {self.words('unit.sek')}"
        if measure == SHARE:
            points = self.words.plain(100 * (0.001 if small else shown))
            return f"{small}{self.words('unit.points', points=points)}"
        return f"{small}{self._minutes(measure, self._least_step(measure) if small else shown)}"

    def in_words(self, measure: str, difference: float | None) -> str:
        """Write the difference between two plans inside a sentence: "mindre än 0,1 min", not "<0,1 min"."""
        text = self.difference(measure, difference)
        return self.words("analysis.less_than", amount=text[1:]) if text.startswith("<") else text

    def at_most(self, measure: str, difference: float | None) -> str:
        """Write what a difference is at most, inside a sentence."""
        text = self.difference(measure, difference)
        if text.startswith("<"):
            return self.in_words(measure, difference)
        return self.words("analysis.at_most", amount=text)

    def span(self, measure: str, low: float, high: float) -> str:
        """Write between which values a measure lies, the unit once: "20,4–25,7 min"."""
        least, most = self.value(measure, low), self.value(measure, high)
        if least == most:
            return most
        for unit in ("minutes", "sek"):
            least = least.removesuffix(f" {self.words(f'unit.{unit}')}")
        return f"{least}–{most}"

    def _least_step(self, measure: str) -> float:
        return 1.0 if self._decimals(measure) < DECIMALS else 10.0**-DECIMALS

    def _minutes(self, measure: str, shown: float) -> str:
        decimals = min(DECIMALS, self._decimals(measure)) if shown else 0
        return f"{self.words.number(shown, decimals)} {self.words('unit.minutes')}"

    def measure(self, measure: str, mode: str = "") -> str:
        """Name a measure."""
        return measure_text(measure, self.outcome.scenario, self.words, mode)

    def measure_inside(self, measure: str, mode: str = "") -> str:
        """Name a measure inside a sentence."""
        name = self.measure(measure, mode)
        return name[0].lower() + name[1:]

    def axis(self, measure: str) -> str:
        """Name a measure with the unit of `on_axis`."""
        units = {COST: "analysis.axis_millions", SHARE: "analysis.axis_percent"}
        name = self.measure(measure)
        return self.words(units.get(measure, "analysis.axis_minutes"), measure=name)

    def on_axis(self, measure: str, value: float | None, *, decimals: int = DECIMALS) -> float | None:
        """Round the value of a measure as it may be plotted: minutes, per cent or millions."""
        shown = self.told(measure, value, decimals=decimals)
        return None if shown is None else scaled(measure, shown)

    @property
    def mode(self) -> str:
        """How one travels: "by car"."""
        return by_mode(self.outcome.scenario, self.words)

    # --- municipalities ---

    def area_minutes(self, minutes: float | None, youths: float) -> str:
        """Write minutes of a municipality: whole, and none where few live."""
        if minutes is not None and self.gate.hides_minutes(youths):
            return self.words("unit.hidden")
        return self.words.number(minutes)

    def index(self, value: float | None, youths: float) -> str:
        """Write an index such as Gini's: two decimals, and none where few live."""
        if value is not None and self.gate.hides_minutes(youths):
            return self.words("unit.hidden")
        return self.words.number(value, INDEX_DECIMALS)

    def signed_minutes(self, before: float | None, after: float | None, youths: float) -> str:
        """Write a change of a municipality's minutes with its sign."""
        if before is None or after is None:
            return self.words("unit.none")
        if self.gate.hides_minutes(youths):
            return self.words("unit.hidden")
        return signed(
            round(after) - round(before), self.words
        )  # of what is told: no second rounding to solve

    def worst_tenth(self, minutes: float | None, youths: float) -> float | None:
        """Give the mean of the worst tenth, if that tenth is not few: it points out the outermost cells."""
        return minutes if self.gate.count(youths / 10) is not None else None

    def youths_of_rest(self, codes: Iterable[str]) -> float | None:
        """Count the youths of those who stay when municipalities leave; None where either are few."""
        known = self.outcome.evaluation.by_municipality
        leaving = [known[code].youths for code in codes if code in known]
        rest = self.outcome.evaluation.county.youths - sum(leaving)
        return None if None in map(self.gate.count, (*leaving, rest)) else rest

    def rest_in_effect(self, codes: Iterable[str]) -> float:
        """Count the youths who decide what is said of those who stay when municipalities leave."""
        known = self.outcome.evaluation.by_municipality
        rest = [area for code, area in known.items() if code not in codes]
        youths, visits = (
            np.array(each)
            for each in (
                [area.youths for area in rest],
                [area.overall.visits_per_year for area in rest],
            )
        )
        return youths_in_effect(youths, visits)

    def money(self, sek: float | None) -> str:
        """Write money to three digits."""
        return self.words("unit.none") if sek is None else self.words.three_digits(sek)

    # --- places ---

    def site(self, site_id: str) -> str:
        """Name a site, with its municipality where the name does not tell it."""
        sites = self.outcome.region.sites
        column = sites.site_ids.index(site_id)
        name, town = sites.names[column], self.names[sites.municipality_codes[column]]
        return name if town in name else f"{name} ({town})"

    def marked_site(self, site_id: str) -> str:
        """Name a site, with a mark if no source confirms it."""
        mark = ESTIMATE_MARK.replace(" ", NO_BREAK) if self.has_unconfirmed([site_id]) else ""
        return f"{self.site(site_id)}{mark}"

    def has_unconfirmed(self, site_ids: Iterable[str]) -> bool:
        """Whether no source confirms the position of some site, or that there is such a service."""
        return not self.unconfirmed.isdisjoint(site_ids)

    @cached_property
    def unconfirmed(self) -> frozenset[str]:
        """Sites whose position, or that there is such a service, no source confirms."""
        rows = self.outcome.dataset.table("sites")
        described = zip(rows["site_id"], rows["quality"], rows["status"], strict=True)
        return frozenset(site for site, quality, status in described if is_estimated_site(quality, status))

    def town_of(self, site_id: str) -> str:
        """Name the municipality of a site."""
        sites = self.outcome.region.sites
        return self.names[sites.municipality_codes[sites.site_ids.index(site_id)]]

    def places(self, opened: Sequence[Place]) -> str:
        """Name the places of a plan by their municipalities."""
        return self.plan(plan_with(opened))

    def plan(self, plan: Plan) -> str:
        """Name the open places of a plan by their municipalities."""
        return places(replace(self.outcome, plan=plan), self.words)

    def list_sites(self, site_ids: Iterable[str]) -> str:
        """Name sites one after the other."""
        return self.words.list_of([self.marked_site(each) for each in site_ids]) or self.words(
            "analysis.nothing"
        )

    def otherwise(self, opened: Iterable[tuple[str, Role, float]]) -> tuple[str, str]:
        """Say what a plan does not have of the plan chosen, and what it has instead."""
        other, chosen = set(opened), set(opened_by(self.outcome.plan))
        left_out, added = sorted(chosen - other), sorted(other - chosen)
        return self._named(left_out), self._named(added)

    def as_above(self, plan: Plan, above: Plan) -> str:
        """Say which premises a plan has instead of those of another; nothing where they are the same."""
        these, those = set(opened_by(plan)), set(opened_by(above))
        if these == those:
            return ""
        added, removed = self._named(sorted(these - those)), self._named(sorted(those - these))
        return self.words("analysis.as_above", added=added, removed=removed)

    def _named(self, opened: Iterable[tuple[str, Role, float]]) -> str:
        return "; ".join(self._place(*each) for each in opened) or self.words("unit.unknown")

    def _place(self, site_id: str, role: Role, days: float) -> str:
        parts = [self.words(f"role_short.{role}")]
        if role is not Role.MAIN and days < FULL_WEEK:
            parts.append(days_text(role, days, self.words))
        return f"{self.marked_site(site_id)}, {', '.join(parts)}"


def scaled(measure: str, value: float) -> float:
    """Give a value in the unit of its axis: minutes, per cent or millions."""
    return value / SEK_PER_MILLION if measure == COST else 100 * value if measure == SHARE else value


def unscaled(measure: str, value: float) -> float:
    """Give a value back from the unit of its axis."""
    return value / scaled(measure, 1.0)


def opened_by(plan: Plan) -> tuple[tuple[str, Role, float], ...]:
    """Give id, role and days a week of what a plan opens."""
    by_role = ((Role.MAIN, plan.main), (Role.SATELLITE, plan.satellite), (Role.STOP, plan.stop))
    return tuple((each, role, plan.days_of(each)) for role, sites in by_role for each in sites)


def signed(value: float, words: Words, decimals: int = 0) -> str:
    """Write a change with its sign.

    Examples
    --------
    >>> from ..words import Words
    >>> signed(-4.0, Words("sv")), signed(0.0, Words("sv")), signed(3.0, Words("sv"))
    ('−4', '0', '+3')
    """
    sign = "" if round(value, decimals) == 0 else "−" if value < 0 else "+"
    return f"{sign}{words.number(abs(value), decimals)}"
