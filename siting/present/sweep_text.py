"""A sweep as lines of text for the terminal: a row for each variant, and why some have no plan."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from ..plan import FULL_WEEK, Status
from ..scenario_file import with_values
from .answer import sureness_text
from .measures_table import gap_text, largest_gap, minutes_decimals
from .modes import by_mode
from .sweeps import ROLES, municipality_of_sites, plan_letters, same_plans, sites_of
from .tables import comparable_mean, gate_of, has_combined_time, offers_digital

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..evaluate import AreaAccess
    from ..plan import Plan
    from ..scenario import Scenario
    from ..variants import Row, Sweep
    from ..variants.sweeping import Answer
    from .words import Words

MOST_PLANS: Final = 12
MOST_NUMBERS: Final = 8
MOST_ROWS: Final = 40
MOST_REASONS: Final = 10
MILLION: Final = 1_000_000
NO_FIGURE: Final = "–"


def sweep_lines(sweep: Sweep, words: Words) -> Iterator[str]:
    """Say what each variant led to, line by line; then the plans, and why some variants have none."""
    n, title = len(sweep.rows), getattr(sweep.scenario.title, words.language)
    yield words("sweep.heading" if n > 1 else "sweep.heading_one", title=title, variants=words.number(n))
    yield ""
    letters = plan_letters(sweep)
    shown = sweep.rows[:MOST_ROWS]
    cells = (_cells(row, sweep, letters.get(row.variant.number, NO_FIGURE), words) for row in shown)
    yield from _aligned([_heads(sweep, words), *cells])
    if n > len(shown):
        yield words("sweep.more", count=words.number(n - len(shown)), file="sweep.csv")
    yield ""
    legend = "legend_combined" if has_combined_time(sweep.scenario) else "legend"
    yield words(f"sweep.{legend}", mode=by_mode(sweep.scenario, words))
    yield from _plans(sweep, words)
    yield from _reasons(sweep, words)


def _heads(sweep: Sweep, words: Words) -> tuple[str, ...]:
    draw = [words("sweep.draw")] if sweep.n_draws else []
    figures = [head for head, _ in _figures(sweep, words)]
    ends = (words("sweep.plan"), words("sweep.status"))
    return (words("sweep.number"), *draw, *_short_keys(sweep.keys), *figures, *ends)


def _cells(row: Row, sweep: Sweep, letter: str, words: Words) -> tuple[str, ...]:
    draw = [words.number(row.variant.draw)] if sweep.n_draws else []
    values = [_value_text(row.variant.values[key], words) for key in sweep.keys]
    answer = row.answer
    figures = [NO_FIGURE if answer is None else tell(answer) for _, tell in _figures(sweep, words)]
    if answer is None:
        status = words(f"sweep.status_{row.status}")
    else:
        status = _proof(answer, with_values(sweep.scenario, row.variant.values), words)
    return (words.number(row.variant.number), *draw, *values, *figures, letter, status)


def _proof(answer: Answer, scenario: Scenario, words: Words) -> str:
    """Say how sure it is that no plan is better; of one that is not proven also how far it may be from it."""
    gap = largest_gap(answer.plan, answer.county, scenario)
    text = sureness_text(answer.plan, gap, words)
    is_open = answer.plan.status in (Status.TIME_LIMIT, Status.UNPROVEN)
    return f"{text}, {gap_text(gap, words)}" if is_open else text


def _figures(sweep: Sweep, words: Words) -> Iterator[tuple[str, Callable[[Answer], str]]]:
    """Give head and text of each figure."""
    scenario = sweep.scenario

    def minutes(
        tell: Callable[[Answer], float | None], measure: str = "mean_minutes"
    ) -> Callable[[Answer], str]:
        def text(each: Answer) -> str:
            value, decimals = tell(each), minutes_decimals(measure, each.county, scenario)
            return NO_FIGURE if value is None else words.number(value, decimals)

        return text

    yield words("sweep.mean"), minutes(lambda each: comparable_mean(each.county))
    if has_combined_time(scenario):
        yield words("sweep.combined"), minutes(lambda each: each.county.overall.mean_generalised_minutes)
    yield words("sweep.near_mean"), minutes(lambda each: each.county.near.mean_minutes)
    yield words("sweep.main_mean"), minutes(lambda each: each.county.main.mean_minutes)
    for measure in ("largest_minutes", "worst_share_minutes"):
        if any(aim.measure == measure for aim in scenario.choice.objectives):
            share = words.exact_percent(scenario.choice.worst_share)
            yield words(f"sweep.{measure}", share=share), minutes(attrgetter(f"measures.{measure}"), measure)
    yield from _shares(scenario, words)
    yield words("sweep.posts"), lambda each: words.number(each.resources.full_time_posts, 1)
    yield words("sweep.sek"), lambda each: words.number(_millions(each.resources.sek_per_year), 1)


def _shares(scenario: Scenario, words: Words) -> Iterator[tuple[str, Callable[[Answer], str]]]:
    """Give the shares within the standard, by the modes of travel that the choice names, and digitally."""
    standard = scenario.choice.standard_minutes
    named = scenario.choice.modes_named
    modes = dict.fromkeys(mode for mode in named if mode is not None and mode != scenario.travel.mode)

    def within(county: AreaAccess) -> str:
        return told(dict(county.overall.share_within).get(standard), county)

    def told(share: float | None, county: AreaAccess) -> str:
        shown = None if share is None else gate_of(scenario).stepped_share(share, county.youths_in_effect)
        return NO_FIGURE if shown is None else words.percent(shown if 0 < shown < 1 else share)

    if standard in scenario.evaluation.within_minutes:
        head = words("sweep.within", minutes=words.plain(standard))
        yield head, lambda each: within(each.county)
        for mode in modes:
            name = by_mode(scenario, words, mode)
            yield f"{head} {name}", _of_mode(mode, within)
    if offers_digital(scenario):
        yield words("sweep.digital"), lambda each: told(each.county.overall.digital_share, each.county)


def _of_mode(mode: str, within: Callable[[AreaAccess], str]) -> Callable[[Answer], str]:
    return lambda each: within(each.county_by_mode[mode])


def _millions(sek: float) -> float:
    return float(f"{sek / MILLION:.3g}")


def _value_text(value: object, words: Words) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ", ".join(map(str, value)) or NO_FIGURE if isinstance(value, list) else str(value)
    return words.plain(value) if isinstance(value, int) else words.plain(float(f"{value:.4g}"))


def _plans(sweep: Sweep, words: Words) -> Iterator[str]:
    """Name the places of each plan, the commonest plan first."""
    plans = same_plans(sweep)
    if not plans:
        return
    where = municipality_of_sites(sweep.dataset)
    yield ""
    yield words("sweep.plans", count=words.number(len(plans)))
    for letter, rows in list(plans.items())[:MOST_PLANS]:
        answer = rows[0].answer
        assert answer is not None
        plan = answer.plan
        parts = []
        for role in ROLES:
            names = sorted(
                _place(site_id, where[site_id], plan, role, words) for site_id in sites_of(plan, role)
            )
            if names:
                noun = words(f"role.{role}" if len(names) == 1 else f"roles.{role}")
                parts.append(f"{words.number(len(names))} {noun} ({', '.join(names)})")
        share = {"count": words.number(len(rows)), "total": words.number(len(sweep.rows))}
        told = words("sweep.in_variants", **share, numbers=_numbers(rows, words))
        yield f"  {letter}: {words.list_of(parts) or words('unit.none')}; {told}"
    if len(plans) > MOST_PLANS:
        yield "  " + words("sweep.more", count=words.number(len(plans) - MOST_PLANS), file="sweep.csv")


def _place(site_id: str, municipality: str, plan: Plan, role: str, words: Words) -> str:
    """Name a place by municipality and id, for there may be several premises in one."""
    days = plan.days_of(site_id)
    name = f"{municipality} {site_id}"
    is_all_week = role == "main" or days == FULL_WEEK
    return name if is_all_week else f"{name} {words('sweep.days', days=words.plain(days))}"


def _numbers(rows: Sequence[Row], words: Words) -> str:
    told = ", ".join(words.number(row.variant.number) for row in rows[:MOST_NUMBERS])
    return f"{told} …" if len(rows) > MOST_NUMBERS else told


def _short_keys(keys: Sequence[str]) -> list[str]:
    """Leave out of each key what its last part tells already, unless two would be alike."""
    last = [key.split(".")[-1] for key in keys]
    return [end if last.count(end) == 1 else key for key, end in zip(keys, last, strict=True)]


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Set columns under their heads: all to the right but the last, which holds text."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        numbers = (cell.rjust(width) for cell, width in zip(row[:-1], widths[:-1], strict=True))
        yield "  ".join([*numbers, row[-1]])


def _reasons(sweep: Sweep, words: Words) -> Iterator[str]:
    """Say why variants have no plan, each reason once."""
    by_reason: dict[str, list[Row]] = {}
    for row in sweep.rows:
        if row.answer is None:
            by_reason.setdefault(row.reason, []).append(row)
    if not by_reason:
        return
    yield ""
    yield words("sweep.no_plan", count=words.number(sum(map(len, by_reason.values()))))
    for reason, rows in list(by_reason.items())[:MOST_REASONS]:
        yield "  " + words("sweep.reason", numbers=_numbers(rows, words), reason=reason)
    if len(by_reason) > MOST_REASONS:
        yield "  " + words("sweep.more", count=words.number(len(by_reason) - MOST_REASONS), file="sweep.csv")
