"""Sheets with rows for municipalities: what each gets of each option, and where its young people go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ...plan import NO_SITE
from ..disclosure import Gate
from ..modes import marked_mode, modes_of_interest
from ..tables import gate_of, municipalities_with_need
from .sheets_options import change_fields
from .sheets_table import Field, cells_of, columns_of, within_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...study import Outcome
    from .sheets_table import Cell, Material, Record, Sheet

BY_MUNICIPALITY: Final = "plans[*].evaluation.by_municipality.*"
BY_MODE: Final = "plans[*].evaluation.by_mode.{mode}.by_municipality.*"
SERVICES: Final = ("near", "main")


# --- one row for each municipality of each option ---


def municipalities_sheet(material: Material) -> Sheet:
    """Give each option's municipalities their rows: need, travel times and shares, by other modes too."""
    own = _own_fields(material)
    of_modes = {mode: tuple(_mode_fields(mode, material)) for mode in _modes(material)}
    columns = (
        material.column("option"),
        material.column("municipality", path=BY_MUNICIPALITY),
        material.column("option_title"),
        *columns_of(own, material, BY_MUNICIPALITY),
        *(
            column
            for mode, fields in of_modes.items()
            for column in columns_of(fields, material, BY_MODE.format(mode=mode))
        ),
    )

    def row(outcome: Outcome, plan: Record, name: str) -> tuple[Cell, ...]:
        letter, title = material.option(outcome.scenario.name)
        area, by_mode = plan["evaluation"]["by_municipality"][name], plan["evaluation"]["by_mode"]
        youths = area["youths"]
        cells = [*cells_of(own, area, material, youths=youths)]
        for mode, fields in of_modes.items():
            part = by_mode[mode]["by_municipality"][name] if mode in by_mode else None
            cells += cells_of(fields, part, material, youths=youths)
        return (letter, name, title, *cells)

    rows = (
        row(outcome, plan, name)
        for outcome, plan in material.plans
        for name in plan["evaluation"]["by_municipality"]
    )
    return material.sheet("municipalities", columns, rows, n_labels=2)


def _modes(material: Material) -> tuple[str, ...]:
    """Give the modes that matter to some option's question: all of them would be too many columns."""
    outcomes = material.alternatives.outcomes
    return tuple(dict.fromkeys(mode for each in outcomes for mode in modes_of_interest(each)))


def _own_fields(material: Material) -> tuple[Field, ...]:
    return (
        Field("youths", "count", "youths"),
        Field("persons_in_need", "count", "persons_in_need"),
        Field("visits", "count", "overall.visits_per_year"),
        Field("mean_placed", "whole_minutes", "overall.mean_minutes"),
        Field("near_mean", "whole_minutes", "near.mean_minutes"),
        Field("main_mean", "whole_minutes", "main.mean_minutes"),
        Field("percentile_90", "whole_minutes", "overall.percentile_90_minutes"),
        Field("largest", "whole_minutes", "overall.largest_minutes"),
        *within_fields(material, "overall.share_within", "share"),
        Field("served", "share", "overall.served_share"),
    )


def _mode_fields(mode: str, material: Material) -> Iterator[Field]:
    named = ("mode", marked_mode(material.alternatives.base.scenario, material.words, mode))
    yield Field("mean_by", "whole_minutes", "near.mean_minutes", head_values=(named,))
    for limit in material.limits:
        heads = (("minutes", material.words.plain(limit)), named)
        yield Field("within_by", "share", "overall.share_within", limit, head_values=heads)
    yield Field("served_by", "share", "overall.served_share", head_values=(named,))


# --- one row for each municipality and service of each option but the base ---


def changes_sheet(material: Material) -> Sheet:
    """Give what changes for a municipality's young people against the base, to each service."""
    record, words = material.record, material.words
    fields = tuple(change_fields(""))
    columns = (
        material.column("option"),
        material.column("municipality", path="differences[*].by_municipality.*"),
        material.column("option_title"),
        material.column("service", path="differences[*].service"),
        *columns_of(fields, material, "differences[*].by_municipality.*"),
    )

    def row(difference: Record, name: str, change: Record) -> tuple[Cell, ...]:
        letter, title = material.option(difference["option"])
        youths = record["plans"][0]["evaluation"]["by_municipality"][name]["youths"]
        service = words(f"workbook.service.{difference['service']}")
        return letter, name, title, service, *cells_of(fields, change, material, youths=youths)

    rows = (
        row(difference, name, change)
        for difference in record["differences"]
        for name, change in difference["by_municipality"].items()
    )
    told = {
        "base": material.letters[record["base"]],
        "minutes": words.plain(record["noticeable_minutes"]),
        "standard": words.plain(record["standard_minutes"]),
    }
    return material.sheet("changes", columns, rows, n_labels=2, **told)


# --- one row for each place that a municipality's young people go to ---


def assignments_sheet(material: Material) -> Sheet:
    """Give how many of a municipality's young people have which place, without telling of few."""
    columns = (
        material.column("option"),
        material.column("municipality"),
        material.column("option_title"),
        material.column("service"),
        material.column("place"),
        material.column("place_municipality"),
        material.column("youths", "count", is_estimated=True),
    )
    rows = (row for outcome, _ in material.plans for row in _assignment_rows(outcome, material))
    k = material.words.number(gate_of(material.alternatives.base.scenario).smallest_count_shown)
    return material.sheet("assignments", columns, rows, n_labels=2, k=k)


def _assignment_rows(outcome: Outcome, material: Material) -> Iterator[tuple[Cell, ...]]:
    words, gate = material.words, gate_of(outcome.scenario)
    letter, title = material.option(outcome.scenario.name)
    for code, municipality in municipalities_with_need(outcome).items():
        for service in SERVICES:
            counts = _youths_by_place(outcome, service, code)
            for sites, youths in gathered(counts, gate.smallest_count_shown):
                place, town = _named(sites, outcome, service, material)
                shown = gate.count(youths)
                count = material.few if shown is None else shown
                yield letter, municipality, title, words(f"workbook.service.{service}"), place, town, count


def _youths_by_place(outcome: Outcome, service: str, code: str) -> dict[int, float]:
    """Youths of a municipality by the column of the place that most of their cell's visits go to."""
    assignment = getattr(outcome.evaluation, service)
    members = np.array(outcome.region.demand.municipality_codes) == code
    sites, youths = assignment.site[members], outcome.region.demand.youths[members]
    return {
        int(site): float(youths[sites == site].sum())
        for site in np.unique(sites)
        if youths[sites == site].sum() > 0
    }


def gathered(counts: dict[int, float], smallest_count_shown: int) -> list[tuple[tuple[int, ...], float]]:
    """Put together the places with few, and with the next smallest, until none stands for few.

    What remains is in the order of size as it is told: by the counts themselves the order of two that are
    told alike would say which is more. The municipality's sum less the others then tells of no few.

    Examples
    --------
    >>> gathered({7: 300.0, 8: 40.0, 9: 3.0}, 5)
    [((7,), 300.0), ((8, 9), 43.0)]
    >>> gathered({7: 300.0, 8: 3.0, 9: 4.0}, 5), gathered({7: 3.0}, 5)
    ([((7,), 300.0), ((8, 9), 7.0)], [((7,), 3.0)])
    """
    told = {site: Gate(smallest_count_shown).count(youths) or 0 for site, youths in counts.items()}
    by_size = sorted(counts.items(), key=lambda item: (-told[item[0]], item[0]))
    alone: list[tuple[tuple[int, ...], float]] = [
        ((site,), youths) for site, youths in by_size if youths >= smallest_count_shown
    ]
    few = [(site, youths) for site, youths in by_size if youths < smallest_count_shown]
    if not few:
        return alone
    together, youths = tuple(site for site, _ in few), sum(each for _, each in few)
    if youths < smallest_count_shown and alone:
        smallest, more = alone.pop()
        together, youths = smallest + together, youths + more
    return [*alone, (together, youths)]


def _named(
    sites: tuple[int, ...], outcome: Outcome, service: str, material: Material
) -> tuple[str, str | None]:
    """Name a place and its municipality; of several the first, with a word that says so."""
    words, first = material.words, sites[0]
    if first == NO_SITE:
        name, town = _no_place(outcome, service, material), None
    else:
        table, names = outcome.region.sites, outcome.region.municipality_names
        name, town = table.names[first], names.get(table.municipality_codes[first])
    return (words("workbook.and_others", place=name) if len(sites) > 1 else name), town


def _no_place(outcome: Outcome, service: str, material: Material) -> str:
    is_digital = getattr(outcome.scenario.access.digital_minutes, service) is not None
    return material.words("workbook.digital" if is_digital else "workbook.no_place")
