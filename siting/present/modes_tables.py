"""The other modes of travel: how they are named, and what a plan means for those who travel so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..scenario_travel import FastestOf
from .tables import TableView, gate_of, municipalities_with_need, region
from .words import read_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..evaluate import Access, AreaAccess
    from ..scenario import Scenario
    from ..study import Outcome
    from .words import Words


def by_mode(scenario: Scenario, words: Words, mode: str = "") -> str:
    """Say how one travels, such as "by car"; "" is the scenario's own mode."""
    name = mode or scenario.travel.mode
    section = scenario.travel.modes.get(name)
    title = section.title if section else None
    return str(
        getattr(title, words.language) if title else read_texts(words.language)["mode"].get(name, name)
    )


def modes_table(outcome: Outcome, words: Words) -> TableView:
    """Access of all visits by each mode, the scenario's own first."""
    county = {"": outcome.evaluation.county.overall}
    county |= {mode: access.county.overall for mode, access in outcome.by_mode.items()}
    rows = [
        (_capital(by_mode(outcome.scenario, words, mode)), *_cells(access, words))
        for mode, access in county.items()
    ]
    keys = ("mode", "mean", "median")
    limits = (
        words("column.within", minutes=words.plain(limit))
        for limit, _ in outcome.evaluation.county.overall.share_within
    )
    columns = (*(words(f"column.{key}") for key in keys), *limits, words("column.can_get_there"))
    return TableView(columns, tuple(rows))


def modes_by_municipality_table(outcome: Outcome, words: Words) -> TableView:
    """Share of the visits within the longest limit that is reported, by each mode, and by municipality."""
    limit = outcome.evaluation.county.overall.share_within[-1][0]
    modes = ["", *outcome.by_mode]
    areas = [
        (name, [_area(outcome, mode, code) for mode in modes])
        for code, name in municipalities_with_need(outcome).items()
    ]
    areas.append((region(outcome, words), [_area(outcome, mode, None) for mode in modes]))
    gate = gate_of(outcome.scenario)
    rows = tuple(
        (
            name,
            *(
                words("unit.hidden")
                if gate.count(each.youths) is None
                else words.percent(each.overall.within(limit))
                for each in by
            ),
        )
        for name, by in areas
    )
    columns = (
        words("column.municipality"),
        *(_capital(by_mode(outcome.scenario, words, mode)) for mode in modes),
    )
    return TableView(columns, rows, n_sum_rows=1)


def modes_of_interest(outcome: Outcome) -> tuple[str, ...]:
    """Give the modes that the choice names, else those that are the best of several."""
    named = set(outcome.scenario.choice.modes_named) & set(outcome.by_mode)
    modes = outcome.scenario.travel.modes
    together = {name for name in outcome.by_mode if isinstance(modes.get(name), FastestOf)}
    return tuple(mode for mode in outcome.by_mode if mode in (named or together))


def mode_sentences(outcome: Outcome, words: Words) -> Iterator[str]:
    """Say what the plan means for those who travel by the modes of interest."""
    scenario = outcome.scenario
    for mode in modes_of_interest(outcome):
        overall = outcome.by_mode[mode].county.overall
        is_asked = mode in scenario.choice.modes_named
        limit = scenario.choice.standard_minutes if is_asked else overall.share_within[-1][0]
        yield _capital(
            words(
                "report.mode_sentence",
                mode=by_mode(scenario, words, mode),
                share=words.percent(overall.within(limit)),
                minutes=words.plain(limit),
                none=words.percent(1 - overall.served_share + overall.digital_share),
            )
        )


def _area(outcome: Outcome, mode: str, code: str | None) -> AreaAccess:
    counted = outcome.by_mode[mode] if mode else outcome.evaluation
    return counted.county if code is None else counted.by_municipality[code]


def _cells(access: Access, words: Words) -> tuple[str, ...]:
    return (
        words.number(access.mean_minutes),
        words.number(access.median_minutes),
        *(words.percent(share) for _, share in access.share_within),
        words.percent(access.served_share - access.digital_share),
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
