"""The table of the first page: what each option gives and takes, figures from the record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from ...plan import FULL_WEEK
from ...sites import Role
from ..figures import Figure, step
from ..modes import by_mode, modes_of_interest, rests_on_estimated_bus
from ..tables import TableView, municipalities_with_need, weighable_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...study import Outcome
    from ..figures import Kind
    from .facts import Facts

MOST_TOWNS: Final = 7
SOFT_HYPHEN: Final = "\xad"


@dataclass(frozen=True)
class Measure:
    """A column of the table: its head, and the figure of an option."""

    key: str
    head: str
    inside: str
    """What it is, inside a sentence."""
    tell: Callable[[Outcome], Figure]


@dataclass(frozen=True)
class Cell:
    """A figure of the table; its option by the letter."""

    option: str
    head: str
    figure: Figure
    text: str


@lru_cache(maxsize=2)
def measures_of(facts: Facts) -> tuple[Measure, ...]:
    """Give the columns of figures of the first page's table."""
    words, base = facts.words, facts.base
    minutes = words.plain(facts.standard_minutes)

    def measure(key: str, tell: Callable[[Outcome], Figure], **values: str) -> Measure:
        head, inside = (
            words(f"reporting.{place}.{key}", minutes=minutes, **values) for place in ("column", "inside")
        )
        return Measure(key, head, inside, tell)

    def taken_from(path: str, kind: Kind) -> Callable[[Outcome], Figure]:
        return lambda each: facts.figure(each, path, kind)

    def of_options(path: str, kind: Kind) -> Callable[[Outcome], Figure]:
        """Take what a reference has not: its staff is another service's."""
        return lambda each: (
            Figure("", None, kind) if facts.is_reference(each) else facts.figure(each, path, kind)
        )

    return (
        measure("mean", partial(_mean, facts)),
        measure("near", taken_from("evaluation.county.near.mean_minutes", "minutes")),
        measure("main", taken_from("evaluation.county.main.mean_minutes", "minutes")),
        measure("worst", partial(_worst_municipality, facts)),
        measure("within", facts.within),
        *(
            measure(
                "within_by_estimate" if rests_on_estimated_bus(base.scenario, mode) else "within_by",
                partial(facts.within, mode=mode),
                mode=by_mode(base.scenario, words, mode),
            )
            for mode in modes_of_interest(base)
            if all(mode in each.by_mode for each in facts.outcomes)
        ),
        measure("posts", of_options("resources.full_time_posts", "posts")),
        measure("sek", of_options("resources.sek_per_year", "sek")),
        *(measure(side, partial(_moved, facts, side)) for side in ("nearer", "farther") if facts.others),
    )


def _mean(facts: Facts, outcome: Outcome) -> Figure:
    """Take the mean over all visits; none where it would leave out those who have no place."""
    told = facts.figure(outcome, "evaluation.county.overall.mean_minutes", "minutes")
    return (
        told if weighable_mean(outcome.evaluation.county) is not None else Figure(told.path, None, "minutes")
    )


def _worst_municipality(facts: Facts, outcome: Outcome) -> Figure:
    """Take the longest mean trip of a municipality to the nearest reception, by what may be told."""
    figures = [
        replace(
            facts.figure(outcome, f"evaluation.by_municipality{step(name)}.near.mean_minutes", "minutes", 0),
            of=name,
        )
        for name in municipalities_with_need(outcome).values()
    ]
    told = [each for each in figures if each.value is not None]
    return max(told, key=lambda each: each.value or 0.0, default=Figure("", None, "minutes", 0))


def _moved(facts: Facts, side: str, outcome: Outcome) -> Figure:
    """Take how many municipalities get nearer or farther to the nearest reception than in the base."""
    found = facts.near_difference(outcome)
    if found is None:
        return Figure("", None, "count")
    path, each = found
    return Figure(f"{path}.n_municipalities_{side}", each[f"n_municipalities_{side}"], "count")


@lru_cache(maxsize=2)  # of a report, which asks for them in several places
def cells(facts: Facts) -> tuple[tuple[Cell, ...], ...]:
    """Give the figures of the table, a row for each option."""
    words = facts.words

    def cell(outcome: Outcome, measure: Measure) -> Cell:
        figure = measure.tell(outcome)
        text = figure.text(words, with_unit=figure.kind == "share")
        of = f"\n{figure.of}" if figure.of else ""
        return Cell(facts.letter(outcome), measure.head, figure, f"{text}{of}")

    measures = measures_of(facts)
    return tuple(tuple(cell(outcome, measure) for measure in measures) for outcome in facts.outcomes)


def summary_figures(facts: Facts) -> tuple[tuple[str, tuple[tuple[str, Figure], ...]], ...]:
    """Give the figures of the table by option and head, as a workbook takes them."""
    return tuple(
        (facts.titled(outcome), tuple((each.head.replace(SOFT_HYPHEN, ""), each.figure) for each in row))
        for outcome, row in zip(facts.outcomes, cells(facts), strict=True)
    )


def options_view(facts: Facts) -> TableView:
    """All options side by side, a row for each."""
    words = facts.words
    rows = tuple(
        (f"{_titled(facts, outcome)}\n{_places(facts, outcome)}", *(each.text for each in row))
        for outcome, row in zip(facts.outcomes, cells(facts), strict=True)
    )
    heads = (words("column.option"), *(each.head for each in measures_of(facts)))
    return TableView(heads, rows)


def _days(facts: Facts, outcome: Outcome, role: Role, sites: tuple[str, ...]) -> str:
    """Say on how many days satellites are open, where it is not all week."""
    days = sorted({outcome.plan.days_of(each) for each in sites})
    if role is not Role.SATELLITE or days == [FULL_WEEK]:
        return ""
    told = "–".join(facts.words.plain(each) for each in dict.fromkeys((days[0], days[-1])))
    return f" ({facts.words.plural('reporting.days_a_week', days[-1], days=told)})"


def _titled(facts: Facts, outcome: Outcome) -> str:
    """Title of an option; the one that the figures speak for is marked."""
    is_suggested = outcome is facts.suggested
    mark = f" ({facts.words('reporting.point.supported').lower()})" if is_suggested else ""
    return f"{facts.titled(outcome)}{mark}"


def _places(facts: Facts, outcome: Outcome) -> str:
    """Name where a plan has its places, in a line; how many they are if that takes too long."""
    words, plan = facts.words, outcome.plan
    if facts.is_reference(outcome):
        return words("reporting.reference_places", count=words.number(len(plan.open_sites)))
    parts = []
    for role, sites in ((Role.MAIN, plan.main), (Role.SATELLITE, plan.satellite), (Role.STOP, plan.stop)):
        if sites:
            names = (
                ", ".join(facts.towns_of(outcome, sites))
                if len(sites) <= MOST_TOWNS
                else words.number(len(sites))
            )
            noun = words(f"role_short.{role}" if len(sites) == 1 else f"reporting.roles_short.{role}")
            parts.append(f"{noun}{_days(facts, outcome, role, sites)}: {names}")
    return "; ".join(parts)
