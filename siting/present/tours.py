"""What the travelling teams drive, as it is shown: each tour once, with its weeks, day and times."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ..sites import Role
from ..teams import WEEKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..teams import StopVisit, TourRun
    from .words import Words

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday")
MINUTES_PER_HOUR: Final = 60
UNBROKEN_DASH: Final = "\u2060–\u2060"  # between word joiners: no line ends here


@dataclass(frozen=True)
class Tour:
    """A tour of a team on a weekday, with the weeks of the four-week cycle in which it is driven."""

    weeks: tuple[int, ...]
    run: TourRun  # in the first of the weeks

    @property
    def site_ids(self) -> tuple[str, ...]:
        """Base, stops in the order driven, base."""
        return (self.run.base_id, *(visit.site_id for visit in self.run.visits), self.run.base_id)


def distinct_tours(rota: Sequence[TourRun]) -> tuple[Tour, ...]:
    """Gather runs that differ in nothing but the week; by base, team, day and week."""
    weeks = defaultdict(list)
    for run in rota:
        weeks[replace(run, week=0)].append(run.week)
    tours = [Tour(tuple(sorted(found)), replace(run, week=min(found))) for run, found in weeks.items()]
    return tuple(sorted(tours, key=lambda tour: (*_who(tour.run), tour.run.day, tour.weeks)))


def _who(run: TourRun) -> tuple[str, int]:
    return run.base_id, run.team


def clock(minute: float) -> str:
    """Write minutes after midnight as a time of day.

    Examples
    --------
    >>> clock(480.0), clock(605.6)
    ('08:00', '10:06')
    """
    hours, minutes = divmod(round(minute), MINUTES_PER_HOUR)
    return f"{hours:02d}:{minutes:02d}"


def weeks_text(weeks: Sequence[int], words: Words) -> str:
    """Say in which weeks of the cycle.

    Examples
    --------
    >>> from .words import Words
    >>> weeks_text((1, 3), Words("sv")), weeks_text((1, 2, 3, 4), Words("en"))
    ('vecka 1 och 3', 'every week')
    """
    if tuple(weeks) == WEEKS:
        return words("map.every_week")
    return words("map.weeks", weeks=words.list_of([str(week) for week in weeks]))


def when_text(tour: Tour, words: Words) -> str:
    """Say on which day of which weeks a tour is driven: "torsdag, vecka 1 och 3"."""
    day = words(f"map.weekday.{WEEKDAYS[tour.run.day - 1]}")
    return f"{day}, {weeks_text(tour.weeks, words)}"


def hours_text(visit: StopVisit) -> str:
    """Say from when to when a team is at a stop."""
    return f"{clock(visit.arrives_minute)}{UNBROKEN_DASH}{clock(visit.leaves_minute)}"


def days_text(role: Role, days_per_week: float, words: Words) -> str:
    """Say how often a place is open.

    Examples
    --------
    >>> from .words import Words
    >>> days_text(Role.SATELLITE, 3.0, Words("sv")), days_text(Role.STOP, 0.5, Words("sv"))
    ('3 dagar i veckan', 'varannan vecka')
    """
    if role is Role.STOP:
        return words("map.every_week" if days_per_week == 1 else "map.every_other_week")
    key = "map.one_day" if days_per_week == 1 else "map.days"
    return words(key, days=words.plain(days_per_week))
