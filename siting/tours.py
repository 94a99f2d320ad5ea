"""`Tours`: day trips that a travelling team can make from a base.

A tour is: base - one to four stops, each with set-up and session - base, in the order that drives least.
Orders are compared in whole millionths of a minute, so that equally short ones are equal on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import chain, combinations, islice, pairwise, permutations
from typing import TYPE_CHECKING, Final

import numpy as np

from .errors import LabelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from .scenario import StopRole, TeamRole

MINUTES_PER_HOUR: Final = 60.0
MOST_STOPS: Final = 4
NO_STOP: Final = -1
# A day that is exactly full counts, whatever the noise of floating point.
SLACK_MINUTES: Final = 1e-9
PARTS_PER_MINUTE: Final = 1_000_000
# Longer than any day, and small enough for sums in 64 bits.
NO_WAY: Final = 10**12
# Of four stops. Length x this + number of the order: the least of these is the shortest and then the first.
N_ORDERS: Final = 24
SETS_AT_A_TIME: Final = 1 << 17


@dataclass(frozen=True, eq=False)
class Tours:
    """Day trips, sorted by base, number of stops, and the stops as an ascending set."""

    base: NDArray[np.intp]  # (t,) site index
    stops: NDArray[np.intp]  # (t, 4) site indices in the order driven, -1 = no more
    driving_minutes: NDArray[np.float64]  # (t,)
    minutes: NDArray[np.float64]  # (t,) driving, set-ups and sessions
    kilometres: NDArray[np.float64]  # (t,)

    def __post_init__(self) -> None:
        t = len(self.base)
        by_tour = (self.base, self.driving_minutes, self.minutes, self.kilometres)
        if {each.shape for each in by_tour} != {(t,)} or self.stops.shape != (t, MOST_STOPS):
            message = f"Tours: stops must have shape ({t}, {MOST_STOPS}), all else ({t},)"
            raise LabelError(message)
        for array in (*by_tour, self.stops):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.base)

    @property
    def n_stops(self) -> NDArray[np.intp]:
        """Number of stops of each tour, shape (t,)."""
        n: NDArray[np.intp] = (self.stops != NO_STOP).sum(axis=1)
        return n

    def within(self, is_base: NDArray[np.bool_], is_stop: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Positions of the tours whose base and stops all lie within masks of the sites, (m,) each."""
        or_none = np.append(is_stop, True)  # NO_STOP, -1, looks here
        return np.flatnonzero(is_base[self.base] & or_none[self.stops].all(axis=1))


def possible_tours(
    minutes: NDArray[np.float64],
    kilometres: NDArray[np.float64],
    *,
    bases: NDArray[np.intp],
    stops: NDArray[np.intp],
    stop: StopRole,
    team: TeamRole,
) -> Tours:
    """Find all day trips that fit in a working day, one for each base and set of stops.

    Parameters
    ----------
    minutes
        Shape (m, m), by car from site to site, inf = no way; need not be symmetric.
    kilometres
        Shape (m, m), along the same ways.
    bases
        Indices of the sites that may be a base; a base is never a stop of its own tours.
    stops
        Indices of the sites that may be a stop.

    Returns
    -------
    Tours
        Each in the order that drives least; of equally short orders the first in the sense of a dictionary.

    Raises
    ------
    LabelError
        If the two matrices are not square and of one size.

    Examples
    --------
    >>> from siting.scenario import StopRole, TeamRole
    >>> minutes = np.array([[0.0, 30.0, 50.0], [30.0, 0.0, 25.0], [50.0, 25.0, 0.0]])
    >>> where = {"bases": np.array([0]), "stops": np.array([1, 2])}
    >>> tours = possible_tours(minutes, minutes, **where, stop=StopRole(), team=TeamRole())
    >>> tours.stops.tolist(), tours.driving_minutes.tolist()
    ([[1, -1, -1, -1], [2, -1, -1, -1], [1, 2, -1, -1]], [60.0, 100.0, 105.0])
    """
    if minutes.shape != kilometres.shape or minutes.shape != (len(minutes), len(minutes)):
        message = f"tours: minutes {minutes.shape} and kilometres {kilometres.shape} must both be (m, m)"
        raise LabelError(message)
    parts = np.rint(np.minimum(minutes * PARTS_PER_MINUTE, NO_WAY)).astype(np.int64)
    day_minutes = MINUTES_PER_HOUR * team.working_day_hours + SLACK_MINUTES
    stop_minutes = MINUTES_PER_HOUR * (stop.set_up_hours + stop.session_hours)
    sizes = [size for size in range(1, team.most_stops_per_day + 1) if size * stop_minutes <= day_minutes]
    sets = [_stop_sets(parts, np.unique(stops), size, day_minutes - size * stop_minutes) for size in sizes]
    found = [
        _drive(base, _best_orders(parts, base, each), minutes, kilometres, stop_minutes)
        for base in np.unique(bases)
        for each in sets
    ]
    return _join(found, day_minutes)


@dataclass(frozen=True, eq=False)
class _StopSets:
    """Sets of as many stops, and how short the way between their ends can be."""

    members: NDArray[np.intp]  # (size, n) site indices, ascending in each set
    ends: tuple[tuple[int, int], ...]  # the first and the last to be visited, positions in a set
    inner: NDArray[np.int64]  # (len(ends), n) parts from first to last x N_ORDERS + number of the order
    most_parts: int  # longest driving that leaves time for the stops


def _stop_sets(
    parts: NDArray[np.int64], stops: NDArray[np.intp], size: int, most_driving_minutes: float
) -> _StopSets:
    """List all sets of a size, without those whose inner way alone takes too long."""
    orders = tuple(permutations(range(size)))
    ends = tuple(sorted({(order[0], order[-1]) for order in orders}))
    # Each leg is rounded to whole parts; what this lets through is judged again in minutes.
    most_parts = int(most_driving_minutes * PARTS_PER_MINUTE) + size + 2
    kept_members, kept_inner = [], []
    for members in _combinations(stops, size):
        inner = np.full((len(ends), members.shape[1]), NO_WAY * N_ORDERS, dtype=np.int64)
        for number, order in enumerate(orders):
            length = np.zeros(members.shape[1], dtype=np.int64)
            for here, there in pairwise(order):
                length += parts[members[here], members[there]]
            row = ends.index((order[0], order[-1]))
            np.minimum(inner[row], length * N_ORDERS + number, out=inner[row])
        kept = inner.min(axis=0) // N_ORDERS <= most_parts
        kept_members.append(members[:, kept])
        kept_inner.append(inner[:, kept])
    return _StopSets(np.hstack(kept_members), ends, np.hstack(kept_inner), most_parts)


def _combinations(stops: NDArray[np.intp], size: int) -> Iterator[NDArray[np.intp]]:
    """Sets in ascending order, shape (size, n), some at a time, to keep memory small; at least once."""
    sets = combinations(stops.tolist(), size)
    while True:
        flat = np.fromiter(chain.from_iterable(islice(sets, SETS_AT_A_TIME)), dtype=np.intp)
        yield flat.reshape(-1, size).T
        if len(flat) < SETS_AT_A_TIME * size:
            return


def _best_orders(parts: NDArray[np.int64], base: int, sets: _StopSets) -> NDArray[np.intp]:
    """Sets that can be driven from a base, in the order that drives least, shape (n, size)."""
    members = sets.members
    best = np.full(members.shape[1], NO_WAY * N_ORDERS, dtype=np.int64)
    for (first, last), inner in zip(sets.ends, sets.inner, strict=True):
        to_and_from = parts[base, members[first]] + parts[members[last], base]
        np.minimum(best, to_and_from * N_ORDERS + inner, out=best)
    may = (best // N_ORDERS <= sets.most_parts) & (members != base).all(axis=0)
    orders = np.array(list(permutations(range(len(members)))), dtype=np.intp)
    return np.take_along_axis(members[:, may].T, orders[best[may] % N_ORDERS], axis=1)


def _drive(
    base: int,
    orders: NDArray[np.intp],
    minutes: NDArray[np.float64],
    kilometres: NDArray[np.float64],
    stop_minutes: float,
) -> Tours:
    """Drive orders of stops (n, size) from a base."""
    n, size = orders.shape
    way = np.column_stack([np.full(n, base), orders, np.full(n, base)])
    stops = np.full((n, MOST_STOPS), NO_STOP, dtype=np.intp)
    stops[:, :size] = orders
    driving_minutes = minutes[way[:, :-1], way[:, 1:]].sum(axis=1)
    return Tours(
        base=way[:, 0].copy(),
        stops=stops,
        driving_minutes=driving_minutes,
        minutes=driving_minutes + size * stop_minutes,
        kilometres=kilometres[way[:, :-1], way[:, 1:]].sum(axis=1),
    )


def _join(parts: Sequence[Tours], most_minutes: float) -> Tours:
    """Put lists of tours behind each other, without those that take longer than a day."""
    none = Tours(np.zeros(0, np.intp), np.zeros((0, MOST_STOPS), np.intp), *np.zeros((3, 0)))
    kept = [(each, each.minutes <= most_minutes) for each in (none, *parts)]
    names = [field.name for field in fields(Tours)]
    return Tours(*(np.concatenate([getattr(each, name)[fits] for each, fits in kept]) for name in names))
