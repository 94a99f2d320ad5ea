"""What a plan, or several, mean for those who travel by other modes than the scenario's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..study import count_limit
from .modes import by_mode, mode_head, modes_of_interest, rests_on_estimated_bus
from .tables import TableView, gate_of, municipalities_with_need, parts_of, region

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..evaluate import Access, AreaAccess
    from ..scenario import ModeLimit
    from ..study import Alternatives, Outcome
    from .words import Words

LEAST_LIMIT_COMPARED = 30.0  # minutes: nearly nobody is within less without a car


def modes_table(outcome: Outcome, words: Words) -> TableView:
    """Access of all visits by each mode, the scenario's own first."""
    scenario = outcome.scenario
    county = {"": outcome.evaluation.county.overall}
    county |= {mode: access.county.overall for mode, access in outcome.by_mode.items()}
    rows = [(mode_head(scenario, words, mode), *_cells(access, words)) for mode, access in county.items()]
    keys = ("mode", "can_get_there", "mean_of_those_who_can", "median_of_those_who_can")
    limits = (
        words("column.within", minutes=words.plain(limit))
        for limit, _ in outcome.evaluation.county.overall.share_within
    )
    return TableView((*(words(f"column.{key}") for key in keys), *limits), tuple(rows))


def modes_by_municipality_table(outcome: Outcome, words: Words) -> TableView:
    """Share of the visits within the longest limit by each mode, and of those that cannot be made."""
    scenario, limit = outcome.scenario, outcome.evaluation.county.overall.share_within[-1][0]
    figures: list[tuple[str, str, Callable[[Access], float]]] = [
        (mode_head(scenario, words, mode), mode, lambda access: access.within(limit))
        for mode in ("", *outcome.by_mode)
    ]
    figures += [
        (words("column.cannot_get_there", mode=by_mode(scenario, words, mode)), mode, _cannot)
        for mode in modes_of_interest(outcome)
    ]
    codes: dict[str, str | None] = {
        name: code for code, name in municipalities_with_need(outcome).items()
    } | {region(outcome, words): None}
    rows = tuple(
        (name, *(_cell(outcome, mode, code, tell, words) for _, mode, tell in figures))
        for name, code in codes.items()
    )
    columns = (words("column.municipality"), *(head for head, _, _ in figures))
    return TableView(columns, rows, n_sum_rows=1)


def mode_figures(alternatives: Alternatives, words: Words) -> list[tuple[str, Callable[[Outcome], str]]]:
    """Rows of figures by the modes of interest that all options have, for the table side by side."""
    figures: list[tuple[str, Callable[[Outcome], str]]] = []
    scenario = alternatives.base.scenario
    limits = [limit for limit in scenario.evaluation.within_minutes if limit >= LEAST_LIMIT_COMPARED]
    for mode in shared_modes(alternatives.outcomes):
        mark = "_estimate" if rests_on_estimated_bus(scenario, mode) else ""
        name = by_mode(scenario, words, mode)
        for limit in limits:
            head = words(f"column.within_by_mode{mark}", minutes=words.plain(limit), mode=name)
            figures.append((head, _within(mode, limit, words)))
        head = words(f"column.cannot_get_there{mark}", mode=name)
        figures.append((head, _told(mode, _cannot, words)))
    return figures


def shared_modes(outcomes: tuple[Outcome, ...]) -> tuple[str, ...]:
    """Give the modes that matter to any of several outcomes, and that all of them have."""
    wanted = dict.fromkeys(mode for outcome in outcomes for mode in modes_of_interest(outcome))
    return tuple(mode for mode in wanted if all(mode in outcome.by_mode for outcome in outcomes))


def mode_sentences(outcome: Outcome, words: Words) -> Iterator[str]:
    """Say what the plan means for those who travel by the modes of interest, and of promises."""
    scenario = outcome.scenario
    for mode in modes_of_interest(outcome):
        overall = outcome.by_mode[mode].county.overall
        standard, longest = scenario.choice.standard_minutes, overall.share_within[-1][0]
        key = "mode_sentence_estimate" if rests_on_estimated_bus(scenario, mode) else "mode_sentence"
        said = words(
            f"report.{key}",
            mode=by_mode(scenario, words, mode),
            share=words.percent(overall.within(standard)),
            minutes=words.plain(standard),
        )
        if longest > standard:
            share, minutes = words.percent(overall.within(longest)), words.plain(longest)
            said += words("report.mode_and_within", share=share, minutes=minutes)
        yield f"{said[0].upper()}{said[1:]}."
        without = {"mode_cannot": 1 - overall.served_share, "mode_digital": overall.digital_share}
        for without_key, part in without.items():
            if part > 0:
                told = words.percent(part)
                yield words(f"report.{without_key}", share=told, mode=by_mode(scenario, words, mode))
    for limit in scenario.choice.mode_limits:
        yield from _promise(outcome, limit, words)


def _promise(outcome: Outcome, limit: ModeLimit, words: Words) -> Iterator[str]:
    share, _ = count_limit(outcome, limit)
    if limit.least_share is not None:
        who = f" ({limit.municipality})" if limit.municipality else ""
        yield words(
            "report.mode_promise",
            promised=words.exact_percent(limit.least_share),
            minutes=words.plain(limit.within_minutes or outcome.scenario.choice.standard_minutes),
            mode=f"{by_mode(outcome.scenario, words, limit.mode)}{who}",
            share=gate_of(outcome.scenario).share_text(share, _youths(outcome, limit), words),
        )


def _youths(outcome: Outcome, limit: ModeLimit) -> float:
    """Youths of whom a limit speaks."""
    codes = {name: code for code, name in municipalities_with_need(outcome).items()}
    code = codes.get(limit.municipality or "")
    return (outcome.evaluation.by_municipality[code] if code else outcome.evaluation.county).youths


def _cell(
    outcome: Outcome, mode: str, code: str | None, tell: Callable[[Access], float], words: Words
) -> str:
    area = _area(outcome, mode, code)
    gate = gate_of(outcome.scenario)
    if code is None:
        return gate.share_text(tell(area.overall), area.youths_in_effect, words)
    return gate.both_text(parts_of(area, tell), area.youths, words)


def _area(outcome: Outcome, mode: str, code: str | None) -> AreaAccess:
    counted = outcome.by_mode[mode] if mode else outcome.evaluation
    return counted.county if code is None else counted.by_municipality[code]


def _cells(access: Access, words: Words) -> tuple[str, ...]:
    return (
        words.percent(1 - _cannot(access)),
        words.number(access.mean_minutes),
        words.number(access.median_minutes),
        *(words.percent(share) for _, share in access.share_within),
    )


def _cannot(access: Access) -> float:
    """Share of the visits that have no place to travel to."""
    return 1 - access.served_share + access.digital_share


def _told(mode: str, tell: Callable[[Access], float], words: Words) -> Callable[[Outcome], str]:
    return lambda outcome: words.percent(tell(outcome.by_mode[mode].county.overall))


def _within(mode: str, limit: float, words: Words) -> Callable[[Outcome], str]:
    return lambda outcome: words.percent(dict(outcome.by_mode[mode].county.overall.share_within).get(limit))
