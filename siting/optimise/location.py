"""The field's three classic questions for any matrix of minutes from any router.

They are answered by `median`, which is made for one role and the size of a country; the planning model's
rules are `planning`'s.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..errors import ArrayError, InfeasibleError, SitingError, TimeLimitError
from ..plan import Status
from .median.center import open_nearest_to_all
from .median.lists import cost_lists, covering_lists, typical_length
from .median.search import Answer, Terms, open_by_lists, open_cheapest
from .problem import check_demand, check_minutes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .median.lists import CostLists

    Minutes = NDArray[np.floating[Any]]

DEFAULT_TIME_LIMIT_SECONDS: Final = 300.0
LARGEST_WHOLE: Final = 2.0**26
MOST_LIST_ENTRIES: Final = 40_000_000  # of lists that are not cut short: half a gigabyte
LARGEST_TIME_RATIO: Final = 1e6


@dataclass(frozen=True)
class LocationResult:
    """Sites chosen, what they are worth, and what is proven about it."""

    sites: tuple[int, ...]
    """Columns of the matrix that are opened, ascending."""
    objective: float
    bound: float
    """No choice has a better objective than this."""
    gap: float
    """abs(objective - bound) / abs(objective)."""
    status: Status
    seconds: float


OnBounds = Callable[[float, float], None]


def _say_nothing(_best: float, _bound: float) -> None:
    pass


def p_median(
    minutes: ArrayLike,
    demand: ArrayLike,
    n_sites: int,
    *,
    relative_gap: float = 0.0,
    time_limit_seconds: float = DEFAULT_TIME_LIMIT_SECONDS,
    on_progress: OnBounds = _say_nothing,
) -> LocationResult:
    """Open n sites so that the sum of demand x minutes to the nearest one is least.

    Parameters
    ----------
    minutes
        Shape (cells, sites), >= 0; inf where there is no way. An array of float32 is taken as it is.
    demand
        Shape (cells,), >= 0.
    n_sites
        Number of sites to open.
    relative_gap
        A choice counts as proven when no other is better by more than this share.
    time_limit_seconds
        After this the best choice found is returned, with its bound.
    on_progress
        Called with the best objective yet and its bound now and then; what it raises ends the search.

    Raises
    ------
    ArrayError
        If an array has a wrong shape or value, or `n_sites` is not between 1 and the number of sites.
    InfeasibleError
        If some cell cannot reach any of any `n_sites` sites.
    TimeLimitError
        If by then no choice was found that every cell can reach.

    References
    ----------
    Hakimi (1964), Operations Research 12(3).

    Examples
    --------
    >>> result = p_median([[0, 4, 9], [4, 0, 5], [9, 5, 0]], [1, 1, 1], n_sites=1)
    >>> result.sites, result.objective, result.gap
    ((1,), 9.0, 0.0)
    """
    started = time.perf_counter()
    # A copy of the demand: compiled code is made for arrays that may be written and lie in one piece.
    matrix, weight = _as_minutes(minutes), _as_numbers(demand, "demand").copy()
    check_demand(weight, n_cells=len(matrix))
    n_sites = _checked_count(n_sites, matrix.shape[1])
    _check_terms(relative_gap, time_limit_seconds)
    felt = np.flatnonzero(weight > 0)
    if felt.size < len(weight):  # a cell without demand may lie out of reach
        matrix, weight = matrix[felt], weight[felt]
    costs = _with_dear_ways(matrix, weight, felt)

    def narrow(sites: NDArray[np.int64]) -> CostLists:
        length = len(sites)
        if length * len(costs) > MOST_LIST_ENTRIES:
            length = typical_length(length, n_sites)
        return cost_lists(costs, weight, sites, length=length, n_open=n_sites)

    def judge(sites: NDArray[np.int64]) -> float:
        return float(weight @ costs[:, sites].min(axis=1))

    lists = cost_lists(
        costs,
        weight,
        np.arange(costs.shape[1]),
        length=typical_length(costs.shape[1], n_sites),
        n_open=n_sites,
    )
    is_whole = _is_whole(weight) and _is_whole(costs)
    for gap in (relative_gap, 0.0):
        terms = Terms(started + time_limit_seconds, gap, is_whole)
        answer = open_cheapest(
            lists, n_sites, judge=judge, narrow=narrow, terms=terms, on_progress=on_progress
        )
        if np.isfinite(matrix[:, answer.sites].min(axis=1)).all():
            break  # a choice that strands a cell may be within a wide gap, and others not strand any
    else:
        raise _nothing_for_all(n_sites, is_proven=answer.is_proven)
    return _result(answer, answer.value, answer.bound, started)


def max_coverage(
    minutes: ArrayLike,
    demand: ArrayLike,
    n_sites: int,
    standard_minutes: float,
    *,
    relative_gap: float = 0.0,
    time_limit_seconds: float = DEFAULT_TIME_LIMIT_SECONDS,
    on_progress: OnBounds = _say_nothing,
) -> LocationResult:
    """Open n sites so that the most demand lies within the standard (<=) of one of them.

    Parameters and errors are those of `p_median`; the objective is the demand covered, and `relative_gap`
    is a share of what is left uncovered.

    References
    ----------
    Church & ReVelle (1974), Papers of the Regional Science Association 32.

    Examples
    --------
    >>> result = max_coverage([[0, 4, 9], [4, 0, 5], [9, 5, 0]], [1, 1, 2], n_sites=1, standard_minutes=5)
    >>> result.sites, result.objective
    ((1,), 4.0)
    """
    started = time.perf_counter()
    if not (math.isfinite(standard_minutes) and standard_minutes >= 0):
        message = f"standard_minutes is {standard_minutes!r}; expected a number >= 0"
        raise ArrayError(message)
    # A copy of the demand: compiled code is made for arrays that may be written and lie in one piece.
    matrix, weight = _as_minutes(minutes), _as_numbers(demand, "demand").copy()
    check_demand(weight, n_cells=len(matrix))
    n_sites = _checked_count(n_sites, matrix.shape[1])
    _check_terms(relative_gap, time_limit_seconds)
    covers = matrix <= standard_minutes
    within_reach = float(weight[covers.any(axis=1)].sum())
    if not within_reach:
        return _result(
            Answer(np.arange(n_sites), 0.0, 0.0, is_proven=True, is_late=False, n_nodes=0), 0.0, 0.0, started
        )
    answer = open_by_lists(
        covering_lists(covers, weight),
        n_sites,
        terms=Terms(started + time_limit_seconds, relative_gap, is_whole=_is_whole(weight)),
        on_progress=lambda best, bound: on_progress(within_reach - best, within_reach - bound),
    )
    covered = float(weight[covers[:, answer.sites].any(axis=1)].sum())
    bound = covered if answer.bound >= answer.value else max(within_reach - answer.bound, covered)
    return _result(answer, covered, bound, started)


def p_center(
    minutes: ArrayLike,
    n_sites: int,
    *,
    time_limit_seconds: float = DEFAULT_TIME_LIMIT_SECONDS,
) -> LocationResult:
    """Open n sites so that the longest of all cells' times to their nearest one is least.

    The answer is one of the matrix's own values: for each that is tried the question is whether n sites
    cover every cell within it. Parameters and errors are those of `p_median`; the objective is in minutes.

    References
    ----------
    Minieka (1970), SIAM Review 12(1).

    Examples
    --------
    >>> result = p_center([[0, 4, 9], [4, 0, 5], [9, 5, 0]], n_sites=1)
    >>> result.sites, result.objective
    ((1,), 5.0)
    """
    started = time.perf_counter()
    matrix = _as_minutes(minutes)
    n_sites = _checked_count(n_sites, matrix.shape[1])
    _check_terms(0.0, time_limit_seconds)
    # No choice does better than letting every cell have its own nearest site.
    nearest = matrix.min(axis=1)
    if np.isinf(nearest).any():
        message = f"cell {np.flatnonzero(np.isinf(nearest))[0]} cannot reach any site"
        raise InfeasibleError(message)
    answer = open_nearest_to_all(matrix, n_sites, deadline=started + time_limit_seconds)
    if np.isinf(answer.value):
        raise _nothing_for_all(n_sites, is_proven=answer.is_proven)
    return _result(answer, answer.value, answer.bound, started)


def _as_numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        message = f"{name} must hold numbers ({error})"
        raise ArrayError(message) from error


def _as_minutes(minutes: ArrayLike) -> Minutes:
    is_short = isinstance(minutes, np.ndarray) and minutes.dtype == np.float32
    matrix: Minutes = np.asarray(minutes) if is_short else _as_numbers(minutes, "minutes")
    check_minutes(matrix)
    return matrix


def _nothing_for_all(n_sites: int, *, is_proven: bool) -> SitingError:
    if is_proven:
        return InfeasibleError(f"no {n_sites} sites can be reached by every cell")
    return TimeLimitError("the time limit was reached before a choice was found that every cell can reach")


def _refuse_marks_for_no_way(minutes: Minutes) -> None:
    """Refuse a time that can only be meant for "no way": as a time it would decide the answer."""
    nearest = minutes.min(axis=1)
    largest = float(np.max(minutes, initial=0.0, where=np.isfinite(minutes)))
    typical = float(nearest[nearest > 0].mean()) if (nearest > 0).any() else 0.0
    if typical > 0 and largest > LARGEST_TIME_RATIO * typical:
        message = (
            f"the largest time ({largest:g}) is over a million times the typical time to the nearest site "
            f"({typical:g}); give inf where there is no way"
        )
        raise ArrayError(message)


def _checked_count(n_sites: int, m: int) -> int:
    if isinstance(n_sites, bool) or not isinstance(n_sites, int | np.integer) or not 1 <= n_sites <= m:
        message = f"n_sites is {n_sites!r}; expected a whole number from 1 to {m}, the number of sites"
        raise ArrayError(message)
    return int(n_sites)


def _check_terms(relative_gap: float, time_limit_seconds: float) -> None:
    for name, value in (("relative_gap", relative_gap), ("time_limit_seconds", time_limit_seconds)):
        if not value >= 0:
            message = f"{name} is {value!r}; expected a number >= 0"
            raise ArrayError(message)


def _is_whole(values: NDArray[np.floating[Any]]) -> bool:
    """Whether all are whole numbers, whose sums and products are whole and exact."""
    return bool(
        values.max(initial=0.0) < LARGEST_WHOLE and all((row == np.round(row)).all() for row in values)
    )


def _with_dear_ways(minutes: Minutes, weight: NDArray[np.float64], names: NDArray[np.intp]) -> Minutes:
    """Put a time in place of no way (inf) that makes any choice with it worse than every choice without."""
    largest = np.max(minutes, axis=1, initial=0.0, where=np.isfinite(minutes))
    stranded = np.flatnonzero(~np.isfinite(minutes.min(axis=1)))
    if stranded.size:
        message = f"cell {names[stranded[0]]} has demand but cannot reach any site"
        raise InfeasibleError(message)
    _refuse_marks_for_no_way(minutes)
    if not np.isinf(minutes).any():
        return minutes
    spread = float(weight @ (largest - minutes.min(axis=1)))
    with np.errstate(over="ignore"):
        dear = largest.astype(np.float64) + 2 * spread / weight + np.maximum(1.0, largest)
    if not np.isfinite(dear).all():
        message = (
            "the demands are too different in size to be solved; leave out those that are next to nothing"
        )
        raise ArrayError(message)
    kind = minutes.dtype if dear.max() < np.finfo(minutes.dtype).max / 4 else np.dtype(np.float64)
    return np.where(np.isinf(minutes), dear[:, None].astype(kind), minutes.astype(kind, copy=False))


def _result(answer: Answer, objective: float, bound: float, started: float) -> LocationResult:
    gap = abs(objective - bound) / abs(objective) if objective else abs(bound)
    sites = tuple(int(site) for site in answer.sites)
    status = Status.OPTIMAL
    if not answer.is_proven:
        status = Status.TIME_LIMIT if answer.is_late else Status.UNPROVEN
    return LocationResult(
        sites, float(objective), float(bound), float(gap), status, time.perf_counter() - started
    )
