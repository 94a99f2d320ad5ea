"""The teams' rota as a nurse who drives it reads it: a table for each kind of week."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ..exchange import teams_year
from ..teams import WEEKS
from .tables import TableView
from .tours import WEEKDAYS, clock, hours_text, weeks_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..study import Outcome
    from ..teams import TourRun
    from .words import Words

MINUTES_PER_HOUR: Final = 60


@dataclass(frozen=True)
class RotaView:
    """One kind of week."""

    title: str
    table: TableView
    total: str


def rota_views(outcome: Outcome, words: Words) -> tuple[RotaView, ...]:
    """Weeks that are driven alike are shown once: "Vecka 1 och 3"; none without teams."""
    weeks: dict[tuple[TourRun, ...], list[int]] = {}
    for week in WEEKS:
        runs = tuple(replace(run, week=0) for run in outcome.plan.rota if run.week == week)
        weeks.setdefault(runs, []).append(week)
    return tuple(_view(numbers, runs, outcome, words) for runs, numbers in weeks.items() if runs)


def _view(weeks: list[int], runs: Sequence[TourRun], outcome: Outcome, words: Words) -> RotaView:
    names = dict(zip(outcome.region.sites.site_ids, outcome.region.sites.names, strict=True))
    keys = ("day", "team", "leaves", "tour", "returns", "driving", "kilometres")
    driving = sum(run.driving_minutes for run in runs)
    total = words(
        "report.rota_one_tour_sum" if len(runs) == 1 else "report.rota_week_sum",
        tours=words.number(len(runs)),
        minutes=duration_text(driving, words),
        kilometres=words.number(sum(run.kilometres for run in runs)),
    )
    return RotaView(
        title=_capital(weeks_text(weeks, words)),
        table=TableView(
            tuple(words(f"column.{key}") for key in keys),
            tuple(_row(run, names, outcome.plan.teams, words) for run in runs),
            n_text_columns=4,
        ),
        total=total,
    )


def _row(run: TourRun, names: dict[str, str], teams: Mapping[str, int], words: Words) -> tuple[str, ...]:
    base = names[run.base_id]
    stops = (f"{hours_text(visit)} {names[visit.site_id]}" for visit in run.visits)
    return (
        _capital(words(f"map.weekday.{WEEKDAYS[run.day - 1]}")),
        base if teams[run.base_id] == 1 else words("report.team_of_base", number=run.team, base=base),
        clock(run.leaves_minute),
        "\n".join(stops),
        clock(run.returns_minute),
        duration_text(run.driving_minutes, words),
        words.number(run.kilometres),
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def duration_text(minutes: float, words: Words) -> str:
    r"""Write minutes as hours and minutes.

    Examples
    --------
    >>> from .words import Words
    >>> duration_text(95.4, Words("sv")).replace("\xa0", " ")
    '1 tim 35 min'
    """
    hours, rest = divmod(round(minutes), MINUTES_PER_HOUR)
    if not hours:
        return f"{rest}\xa0{words('unit.minutes')}"
    short = f"{hours}\xa0{words('unit.hours')}"
    return f"{short} {rest}\xa0{words('unit.minutes')}" if rest else short


def teams_notes(outcome: Outcome, words: Words) -> tuple[str, ...]:
    """How the rota is to be read, and what it amounts to in a year."""
    if not outcome.plan.rota:
        return ()
    roles = outcome.region.roles
    year = teams_year(outcome.plan.rota, roles)
    stop = roles.stop
    return (
        words(
            "report.teams_note",
            stay=duration_text(MINUTES_PER_HOUR * (stop.session_hours + stop.set_up_hours), words),
            session=duration_text(MINUTES_PER_HOUR * stop.session_hours, words),
        ),
        words(
            "report.teams_year",
            weeks=words.plain(roles.weeks_per_year),
            tours=words.number(year.tours),
            visits=words.number(year.stop_visits),
            kilometres=words.three_digits(year.kilometres),
            share=words.percent(year.driving_hours / year.hours),
        ),
    )
