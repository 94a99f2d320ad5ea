"""What the chapters of the report are made of: the plans, their record, and what of them was examined."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...analysis.analyse import PARTS
from ...saved.rounding import county_decimals
from ..analysis.page import parts_of
from ..comparison_tables import letters_of
from ..figures import Figure, taken
from ..records import comparison_record
from ..tables import municipality_names
from .holding import Verdict, holds

if TYPE_CHECKING:
    from ...analysis.analyse import Analysis, PartName
    from ...study import Alternatives, Outcome
    from ..document import Part
    from ..figures import Kind
    from ..words import Words


@dataclass(frozen=True, eq=False)
class Facts:
    """All that the report may tell, in one language."""

    alternatives: Alternatives
    analyses: tuple[Analysis, ...]
    words: Words

    @cached_property
    def record(self) -> dict[str, Any]:
        """The content of comparison.json, from which every figure of the first page is taken."""
        return comparison_record(self.alternatives)

    @property
    def base(self) -> Outcome:
        """What the others are held against."""
        return self.alternatives.base

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The options in their order."""
        return self.alternatives.outcomes

    @property
    def others(self) -> tuple[Outcome, ...]:
        """The options but for the base."""
        return tuple(each for each in self.outcomes if each is not self.base)

    @cached_property
    def letters(self) -> dict[str, str]:
        """Letters by scenario name."""
        return letters_of(self.alternatives)

    def letter(self, outcome: Outcome) -> str:
        """Letter of an option."""
        return self.letters[outcome.scenario.name]

    def title(self, outcome: Outcome) -> str:
        """Title of an option."""
        return " ".join(str(getattr(outcome.scenario.title, self.words.language)).split())

    def titled(self, outcome: Outcome) -> str:
        """Title of an option with its letter: "D. Two main receptions"."""
        return f"{self.letter(outcome)}. {self.title(outcome)}"

    def named(self, name: str) -> Outcome:
        """Give the option of a scenario's name."""
        return next(each for each in self.outcomes if each.scenario.name == name)

    @property
    def has_reference(self) -> bool:
        """Whether the base is no option: what stands there already."""
        return self.is_reference(self.base)

    def is_reference(self, outcome: Outcome) -> bool:
        """Whether an outcome is only there to be compared with; one alone is told as it is."""
        return outcome.is_reference and len(self.outcomes) > 1

    @cached_property
    def options(self) -> tuple[Outcome, ...]:
        """What can be chosen."""
        return tuple(each for each in self.outcomes if not self.is_reference(each)) or self.outcomes

    @property
    def standard_minutes(self) -> float:
        """The limit that the base counts by."""
        return self.base.scenario.choice.standard_minutes

    def figure(self, outcome: Outcome, path: str, kind: Kind, decimals: int | None = None) -> Figure:
        """Take a figure of an option from the record; the path counts from its plan."""
        place = f"plans[{self.outcomes.index(outcome)}].{path}"
        if kind == "minutes" and decimals is None:
            decimals = min(1, county_decimals(outcome.evaluation.county.youths_in_effect))
        return taken(self.record, place, kind, decimals)

    def within(self, outcome: Outcome, mode: str = "", minutes: float | None = None) -> Figure:
        """Take the share of the visits within the standard, or another limit, by a mode of travel."""
        limit = self.standard_minutes if minutes is None else minutes
        area = f"evaluation.by_mode.{mode}.county" if mode else "evaluation.county"
        counted = outcome.by_mode[mode].county if mode else outcome.evaluation.county
        limits = [each for each, _ in counted.overall.share_within]
        if limit not in limits:
            return Figure("", None, "share")
        path = f"{area}.overall.share_within[{limits.index(limit)}].share"
        return self.figure(outcome, path, "share")

    @cached_property
    def put_forward(self) -> Outcome | None:
        """The option after which the price of a minute rises clearly, among those compared."""
        name = self.record["value_for_money"]["suggested"]
        return None if name is None else self.named(name)

    @cached_property
    def holding(self) -> Verdict:
        """Whether that option would be put forward with the plans that analyses found, too."""
        return holds(self.record, self.outcomes, self.analyses)

    @property
    def suggested(self) -> Outcome | None:
        """The option put forward, if nothing that was examined undoes it."""
        return self.put_forward if self.holding in ("", "same") else None

    def near_difference(self, outcome: Outcome) -> tuple[str, dict[str, Any]] | None:
        """Give path and record of how trips to the nearest reception differ from the base."""
        for row, each in enumerate(self.record["differences"]):
            if (each["option"], each["service"]) == (outcome.scenario.name, "near"):
                return f"differences[{row}]", each
        return None

    def towns_of(self, outcome: Outcome, site_ids: tuple[str, ...]) -> list[str]:
        """Name the municipalities of sites by the alphabet; "Mora (2)" where two stand in one."""
        sites, names = outcome.region.sites, municipality_names(outcome)
        code_of = dict(zip(sites.site_ids, sites.municipality_codes, strict=True))
        counts = Counter(names[code_of[each]] for each in site_ids)
        return [f"{name} ({n})" if n > 1 else name for name, n in sorted(counts.items())]

    def parts(self, analysis: Analysis) -> dict[PartName, Part]:
        """Give what was examined of an option, by its name."""
        asked = [name for name in PARTS if getattr(analysis, name) is not None]
        return dict(zip(asked, parts_of(analysis, self.words), strict=True))
