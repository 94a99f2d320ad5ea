"""The rota: which team drives which tour on which day of a four-week cycle; made, and checked leg by leg."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import TYPE_CHECKING, Final, NamedTuple, Never

import numpy as np
from scipy.optimize import linear_sum_assignment

from .errors import SolveError, VerificationError
from .tours import MINUTES_PER_HOUR, NO_STOP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from .scenario import RolesSection
    from .tours import Tours

WEEKS: Final = (1, 2, 3, 4)
# A run's times and lengths, recomputed, must agree to this (minutes, km).
AGREEMENT: Final = 1e-6


@dataclass(frozen=True)
class StopVisit:
    """A team at a stop; minutes after midnight."""

    site_id: str
    arrives_minute: float  # then it sets up
    leaves_minute: float  # after set-up and session


@dataclass(frozen=True)
class TourRun:
    """A tour on a day of the four-week cycle; minutes after midnight."""

    week: int  # 1-4
    day: int  # 1-5, Monday first
    base_id: str
    team: int  # 1, 2, ... at each base
    leaves_minute: float
    returns_minute: float
    visits: tuple[StopVisit, ...]
    driving_minutes: float
    kilometres: float


class _Slot(NamedTuple):
    """A team's day."""

    base: int
    day: int
    team: int


def rota(  # noqa: PLR0917  (who calls it has them all under these names)
    two_weeks: tuple[Sequence[int], Sequence[int]],
    tours: Tours,
    minutes: NDArray[np.float64],
    site_ids: Sequence[str],
    teams: Mapping[str, int],
    roles: RolesSection,
) -> tuple[TourRun, ...]:
    """Give each tour a team of its base and a weekday, and repeat the two weeks: a four-week cycle.

    A tour that runs in both weeks has the same team and day in both. Two tours that visit the same
    weekly stop, one in odd and one in even weeks, get the same day where that can be had.

    Parameters
    ----------
    two_weeks
        Positions in `tours` of those that run in odd weeks, and in even weeks.
    minutes
        Shape (m, m), by car from site to site of `site_ids`.
    teams
        Number of teams by id of their base.

    Returns
    -------
    tuple of TourRun
        By week, day, base and team.

    Raises
    ------
    SolveError
        If a base has more tours in a week than its teams have days.
    """
    odd, even = (Counter(int(tour) for tour in week) for week in two_weeks)
    always = odd & even
    changing = (sorted((odd - always).elements()), sorted((even - always).elements()))
    taken: dict[_Slot, int] = {}
    free: list[_Slot] = []
    for base in sorted({int(tours.base[tour]) for tour in odd | even}):
        staying = [tour for tour in sorted(always.elements()) if tours.base[tour] == base]
        n_changing = max(sum(tours.base[tour] == base for tour in week) for week in changing)
        slots = _slots(base, site_ids[base], teams, roles, n_tours=len(staying) + n_changing)
        # The free days are the first ones at every base, so that tours of different bases can share them.
        n_free = len(slots) - len(staying)
        free += slots[:n_free]
        taken |= zip(slots[n_free:], staying, strict=True)
    placed = _same_days(changing, free, tours)
    runs = [
        _run(week, slot, tours, tour, minutes=minutes, site_ids=site_ids, roles=roles)
        for week in WEEKS
        for slot, tour in (taken | placed[(week - 1) % 2]).items()
    ]
    return tuple(sorted(runs, key=lambda run: (run.week, run.day, run.base_id, run.team)))


def _slots(
    base: int, base_id: str, teams: Mapping[str, int], roles: RolesSection, *, n_tours: int
) -> list[_Slot]:
    """All days of all teams of a base, day by day."""
    n_teams, n_days = teams.get(base_id, 0), roles.team.days_per_week
    if n_tours > n_teams * n_days:
        message = (
            f"rota: the base {base_id} has {n_tours} tours in a week, but {n_teams} teams that drive on "
            f"{n_days} days each"
        )
        raise SolveError(message)
    return [_Slot(base, day, team) for day in range(1, n_days + 1) for team in range(1, n_teams + 1)]


def _same_days(
    weeks: tuple[list[int], list[int]], slots: list[_Slot], tours: Tours
) -> tuple[dict[_Slot, int], dict[_Slot, int]]:
    """Place the tours of odd and of even weeks so that many that share a stop run on the same weekday.

    Found by `_take_turns` from several starts: one for each tour and day. With one base of one team nothing
    is better; with more, little is (3 of 3,000 small random cases).
    """
    odd, even = (np.array(week, dtype=np.intp) for week in weeks)
    common = np.zeros((len(odd), len(even)))
    for row, column in np.ndindex(common.shape):
        common[row, column] = len({*tours.stops[odd[row]]} & {*tours.stops[even[column]]} - {NO_STOP})
    day = np.array([slot.day for slot in slots])
    starts = [np.zeros((len(odd), len(slots)))]
    for row, one_day in product(range(len(odd)), np.unique(day)):
        starts.append(np.zeros((len(odd), len(slots))))
        starts[-1][row, day == one_day] = 1.0
    bases = tours.base[odd], tours.base[even]
    tried = [_take_turns(start, common, bases, slots) for start in starts]
    _, odd_at, even_at = max(tried, key=lambda each: each[0])
    return (
        {slots[slot]: int(tour) for slot, tour in zip(odd_at, odd, strict=True)},
        {slots[slot]: int(tour) for slot, tour in zip(even_at, even, strict=True)},
    )


def _take_turns(
    start: NDArray[np.float64],
    common: NDArray[np.float64],
    bases: tuple[NDArray[np.intp], NDArray[np.intp]],
    slots: list[_Slot],
) -> tuple[float, NDArray[np.intp], NDArray[np.intp]]:
    """Place the tours of either week best, given the other's, until no more shared stops have one day.

    Parameters
    ----------
    start
        Shape (n_odd, n_slots), what the first placing of odd weeks looks for.
    common
        Shape (n_odd, n_even), number of stops that two tours share.

    Returns
    -------
    tuple
        Shared stops with one day, slots of odd (n_odd,) and of even weeks (n_even,).
    """
    day = np.array([slot.day for slot in slots])
    odd_at = _best_slots(start, bases[0], slots)
    before, now = -2.0, -1.0
    while now > before:
        even_at = _best_slots(common.T @ (day[odd_at, None] == day), bases[1], slots)
        odd_at = _best_slots(common @ (day[even_at, None] == day), bases[0], slots)
        before, now = now, float(common[day[odd_at, None] == day[even_at]].sum())
    return now, odd_at, even_at


def _best_slots(gain: NDArray[np.float64], base: NDArray[np.intp], slots: list[_Slot]) -> NDArray[np.intp]:
    """Give each tour a slot of its base with the largest sum of `gain` (n, n_slots); ties: the first days."""
    n, n_slots = gain.shape
    own = base[:, None] == np.array([slot.base for slot in slots], dtype=np.intp)
    lateness = np.outer(np.arange(n, 0, -1), np.arange(n_slots))
    more_than_all_lateness = n * n * n_slots + 1.0
    _, column = linear_sum_assignment(np.where(own, lateness - more_than_all_lateness * gain, np.inf))
    slot: NDArray[np.intp] = column
    return slot


def _run(
    week: int,
    slot: _Slot,
    tours: Tours,
    tour: int,
    *,
    minutes: NDArray[np.float64],
    site_ids: Sequence[str],
    roles: RolesSection,
) -> TourRun:
    """Drive a tour on its day, without waiting anywhere."""
    stops = [int(stop) for stop in tours.stops[tour] if stop != NO_STOP]
    visits, returns = _timetable(slot.base, stops, minutes, site_ids, roles)
    return TourRun(
        week=week,
        day=slot.day,
        base_id=site_ids[slot.base],
        team=slot.team,
        leaves_minute=MINUTES_PER_HOUR * roles.team.leaves_at_hour,
        returns_minute=returns,
        visits=visits,
        driving_minutes=float(tours.driving_minutes[tour]),
        kilometres=float(tours.kilometres[tour]),
    )


def driven_again(
    run: TourRun,
    *,
    site_ids: Sequence[str],
    minutes: NDArray[np.float64],
    kilometres: NDArray[np.float64],
    roles: RolesSection,
) -> TourRun:
    """Give a run of which only the order of its places is trusted its times and lengths anew.

    Parameters
    ----------
    minutes, kilometres
        Shape (m, m), by car from site to site of `site_ids`.

    Raises
    ------
    VerificationError
        If it goes to a place that is not a site.
    """
    index = {site_id: position for position, site_id in enumerate(site_ids)}
    legs = list(pairwise(_places(run, index)))
    stops = [there for _, there in legs[:-1]]
    visits, returns = _timetable(index[run.base_id], stops, minutes, site_ids, roles)
    return replace(
        run,
        leaves_minute=MINUTES_PER_HOUR * roles.team.leaves_at_hour,
        returns_minute=returns,
        visits=visits,
        driving_minutes=sum(float(minutes[leg]) for leg in legs),
        kilometres=sum(float(kilometres[leg]) for leg in legs),
    )


def _timetable(
    base: int,
    stops: Sequence[int],
    minutes: NDArray[np.float64],
    site_ids: Sequence[str],
    roles: RolesSection,
) -> tuple[tuple[StopVisit, ...], float]:
    """Say when a team is at each stop, and when it is back."""
    here, clock = base, MINUTES_PER_HOUR * roles.team.leaves_at_hour
    visits = []
    for stop in stops:
        arrives = clock + float(minutes[here, stop])
        clock = arrives + MINUTES_PER_HOUR * (roles.stop.set_up_hours + roles.stop.session_hours)
        visits.append(StopVisit(site_ids[stop], arrives, clock))
        here = stop
    return tuple(visits), clock + float(minutes[here, base])


def _places(run: TourRun, index: Mapping[str, int]) -> list[int]:
    """Positions of a run's base, its stops in order, and the base again."""
    places = [run.base_id, *(visit.site_id for visit in run.visits), run.base_id]
    unknown = [place for place in places if place not in index]
    if unknown:
        _refuse(run, f"drives to {unknown[0]}, which is not a site")
    return [index[place] for place in places]


def check_rota(
    runs: Sequence[TourRun],
    *,
    frequency: Mapping[str, float],
    teams: Mapping[str, int],
    site_ids: Sequence[str],
    minutes: NDArray[np.float64],
    kilometres: NDArray[np.float64],
    roles: RolesSection,
) -> None:
    """Drive a four-week cycle again, leg by leg, and see that each stop is visited as often as it says.

    Parameters
    ----------
    frequency
        Days a week of each stop, by id: 1 = once each week, 0.5 = in weeks 1 and 3 or in weeks 2 and 4.
    teams
        Number of teams by id of their base.
    minutes, kilometres
        Shape (m, m), by car from site to site of `site_ids`.

    Raises
    ------
    VerificationError
        If anything is not as it should be: the first that is found, by week, day and place.
    """
    index = {site_id: position for position, site_id in enumerate(site_ids)}
    busy: set[tuple[int, int, str, int]] = set()
    visits: dict[str, list[tuple[int, int]]] = {stop: [] for stop in frequency}
    for run in runs:
        _check_team(run, teams, roles)
        slot = (run.week, run.day, run.base_id, run.team)
        if slot in busy:
            _refuse(run, "has two tours on this day")
        busy.add(slot)
        for visit in run.visits:
            if visit.site_id not in frequency or visit.site_id == run.base_id:
                _refuse(run, f"visits {visit.site_id}, which is not an open stop of another place")
            visits[visit.site_id].append((run.week, run.day))
        _check_times(run, index, minutes, kilometres, roles)
    for stop, when in visits.items():
        _check_weeks(stop, frequency[stop], sorted(when))


def _refuse(run: TourRun, problem: str) -> Never:
    message = f"rota: week {run.week}, day {run.day}: team {run.team} of {run.base_id} {problem}"
    raise VerificationError(message)


def _check_team(run: TourRun, teams: Mapping[str, int], roles: RolesSection) -> None:
    if run.week not in WEEKS:
        _refuse(run, f"drives in a week that is not one of {WEEKS}")
    if not 1 <= run.day <= roles.team.days_per_week:
        _refuse(run, f"drives on a day that is not one of 1-{roles.team.days_per_week}")
    if not 1 <= run.team <= teams.get(run.base_id, 0):
        _refuse(run, f"drives, but the base has {teams.get(run.base_id, 0)} teams")
    if not 1 <= len(run.visits) <= roles.team.most_stops_per_day:
        _refuse(run, f"makes {len(run.visits)} stops; expected 1-{roles.team.most_stops_per_day}")


def _check_times(
    run: TourRun,
    index: Mapping[str, int],
    minutes: NDArray[np.float64],
    kilometres: NDArray[np.float64],
    roles: RolesSection,
) -> None:
    """See that a run takes the time and the way that the matrices say, and no more than a working day."""
    legs = list(pairwise(_places(run, index)))
    driving = [float(minutes[leg]) for leg in legs]
    stay = MINUTES_PER_HOUR * (roles.stop.set_up_hours + roles.stop.session_hours)
    leaves = MINUTES_PER_HOUR * roles.team.leaves_at_hour
    returns = leaves + sum(driving) + len(run.visits) * stay
    _expect(run, "leaves at minute", run.leaves_minute, leaves)
    for k, visit in enumerate(run.visits):
        arrives = leaves + sum(driving[: k + 1]) + k * stay
        _expect(run, f"arrives at {visit.site_id} at minute", visit.arrives_minute, arrives)
        _expect(run, f"leaves {visit.site_id} at minute", visit.leaves_minute, arrives + stay)
    _expect(run, "returns at minute", run.returns_minute, returns)
    _expect(run, "minutes driven", run.driving_minutes, sum(driving))
    _expect(run, "kilometres driven", run.kilometres, float(sum(kilometres[leg] for leg in legs)))
    day = MINUTES_PER_HOUR * roles.team.working_day_hours
    if not returns - leaves <= day + AGREEMENT:
        stops = ", ".join(visit.site_id for visit in run.visits)
        _refuse(run, f"needs {returns - leaves:.1f} minutes for {stops}; a working day has {day:g}")


def _expect(run: TourRun, what: str, told: float, counted: float) -> None:
    if not abs(told - counted) <= AGREEMENT:
        _refuse(run, f"says: {what} {told:.10g}; counted again: {counted:.10g}")


def _check_weeks(stop: str, days_per_week: float, visits: Sequence[tuple[int, int]]) -> None:
    """See that a stop is visited once in each week, or once in every other."""
    rules = {
        1.0: ("once in each week", (WEEKS,)),
        0.5: ("once in every other week", (WEEKS[::2], WEEKS[1::2])),
    }
    if days_per_week not in rules:
        message = f"rota: the stop {stop} is open {days_per_week:g} days a week; expected 1 or 0.5"
        raise VerificationError(message)
    rule, patterns = rules[days_per_week]
    if tuple(week for week, _ in visits) not in patterns:
        found = ", ".join(f"week {week} day {day}" for week, day in visits) or "no visit"
        message = f"rota: the stop {stop} must be visited {rule}; found: {found}"
        raise VerificationError(message)
