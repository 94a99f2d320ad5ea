"""The field's three classic questions for any matrix of minutes from any router.

The same model and cuts as the planning model's, with one service and one role.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import ArrayError, InfeasibleError
from .objectives import Objective
from .problem import CountRule, CoverRule, Service, SitingProblem, check_demand, check_minutes
from .solver import solve

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ..plan import Status
    from .solver import Solution

DEFAULT_TIME_LIMIT_SECONDS: Final = 300.0


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


def p_median(
    minutes: ArrayLike,
    demand: ArrayLike,
    n_sites: int,
    *,
    time_limit_seconds: float = DEFAULT_TIME_LIMIT_SECONDS,
) -> LocationResult:
    """Open n sites so that the sum of demand x minutes to the nearest one is least.

    Parameters
    ----------
    minutes
        Shape (cells, sites), >= 0; inf where there is no way.
    demand
        Shape (cells,), >= 0.
    n_sites
        Number of sites to open.
    time_limit_seconds
        After this the best choice found is returned, with its bound.

    Raises
    ------
    ArrayError
        If an array has a wrong shape or value, or `n_sites` is not between 1 and the number of sites.
    InfeasibleError
        If some cell cannot reach any of any `n_sites` sites.

    References
    ----------
    Hakimi (1964), Operations Research 12(3).

    Examples
    --------
    >>> result = p_median([[0, 4, 9], [4, 0, 5], [9, 5, 0]], [1, 1, 1], n_sites=1)
    >>> result.sites, result.objective, result.gap
    ((1,), 9.0, 0.0)
    """
    problem, total = _one_service(minutes, demand, n_sites)
    cells = problem.services[0]
    stranded = np.flatnonzero((cells.demand > 0) & ~np.isfinite(cells.minutes).any(axis=1))
    if stranded.size:
        message = f"cell {stranded[0]} has demand but cannot reach any site"
        raise InfeasibleError(message)
    solution = _solve(problem, Objective("mean_minutes"), n_sites, time_limit_seconds)
    sites = _opened(solution)
    felt = cells.demand > 0  # a cell without demand may lie out of reach
    objective = float(cells.demand[felt] @ cells.minutes[felt][:, list(sites)].min(axis=1))
    stage = solution.stages[0]
    bound = objective if stage.bound == stage.value else min(stage.bound * total, objective)
    return _result(sites, objective, bound, stage.status, solution.seconds)


def max_coverage(
    minutes: ArrayLike,
    demand: ArrayLike,
    n_sites: int,
    standard_minutes: float,
    *,
    time_limit_seconds: float = DEFAULT_TIME_LIMIT_SECONDS,
) -> LocationResult:
    """Open n sites so that the most demand lies within the standard (<=) of one of them.

    Parameters and errors are those of `p_median`; the objective is the demand covered.

    References
    ----------
    Church & ReVelle (1974), Papers of the Regional Science Association 32.

    Examples
    --------
    >>> result = max_coverage([[0, 4, 9], [4, 0, 5], [9, 5, 0]], [1, 1, 2], n_sites=1, standard_minutes=5)
    >>> result.sites, result.objective
    ((1,), 4.0)
    """
    if not (math.isfinite(standard_minutes) and standard_minutes >= 0):
        message = f"standard_minutes is {standard_minutes!r}; expected a number >= 0"
        raise ArrayError(message)
    # Only within or not matters: 0 or 1 minute, so that a cell without a way is no more than outside.
    beyond = (_as_minutes(minutes) > standard_minutes).astype(np.float64)
    problem, total = _one_service(beyond, demand, n_sites)
    solution = _solve(problem, Objective("outside_standard", 0.0), n_sites, time_limit_seconds)
    sites = _opened(solution)
    cells = problem.services[0]
    covered = (cells.minutes[:, list(sites)] == 0).any(axis=1)
    value = float(cells.demand[covered].sum())
    stage = solution.stages[0]
    bound = value if stage.bound == stage.value else max((1 - stage.bound) * total, value)
    return _result(sites, value, bound, stage.status, solution.seconds)


def p_center(
    minutes: ArrayLike,
    n_sites: int,
    *,
    time_limit_seconds: float = DEFAULT_TIME_LIMIT_SECONDS,
) -> LocationResult:
    """Open n sites so that the longest of all cells' times to their nearest one is least.

    The answer is one of the matrix's own values, so the solver's bisection over them is exact.
    Parameters and errors are those of `p_median`; the objective is in minutes.

    References
    ----------
    Minieka (1970), SIAM Review 12(1).

    Examples
    --------
    >>> result = p_center([[0, 4, 9], [4, 0, 5], [9, 5, 0]], n_sites=1)
    >>> result.sites, result.objective
    ((1,), 5.0)
    """
    matrix = _as_minutes(minutes)
    problem, _ = _one_service(matrix, np.ones(len(matrix)), n_sites)
    # No choice does better than letting every cell have its own nearest site.
    floor = float(matrix.min(axis=1).max())
    if math.isinf(floor):
        cell = int(np.flatnonzero(np.isinf(matrix.min(axis=1)))[0])
        message = f"cell {cell} cannot reach any site"
        raise InfeasibleError(message)
    solution = _solve(problem, Objective("largest_minutes"), n_sites, time_limit_seconds)
    stage = solution.stages[0]
    return _result(_opened(solution), stage.value, max(stage.bound, floor), stage.status, solution.seconds)


def _solve(problem: SitingProblem, objective: Objective, n_sites: int, seconds: float) -> Solution:
    try:
        return solve(problem, [(objective, 0.0)], time_limit_seconds=seconds)
    except InfeasibleError as error:
        message = f"no {n_sites} sites can be reached by every cell"
        raise InfeasibleError(message) from error


def _as_numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        message = f"{name} must hold numbers ({error})"
        raise ArrayError(message) from error


def _as_minutes(minutes: ArrayLike) -> NDArray[np.float64]:
    matrix = _as_numbers(minutes, "minutes")
    check_minutes(matrix)
    return matrix


def _one_service(minutes: ArrayLike, demand: ArrayLike, n_sites: int) -> tuple[SitingProblem, float]:
    matrix = _as_minutes(minutes)
    weights = _as_numbers(demand, "demand")
    check_demand(weights, n_cells=len(matrix))
    m = matrix.shape[1]
    if isinstance(n_sites, bool) or not isinstance(n_sites, int | np.integer) or not 1 <= n_sites <= m:
        message = f"n_sites is {n_sites!r}; expected a whole number from 1 to {m}, the number of sites"
        raise ArrayError(message)
    sites = np.arange(m)
    is_way = np.isfinite(matrix)
    bound = (weights > 0) & is_way.any(axis=1)
    problem = SitingProblem(
        services=(Service("cells", weights, sites, matrix),),
        option_site=sites,
        counts=(CountRule("n_sites", sites, int(n_sites), int(n_sites)),),
        covers=(CoverRule("every cell reaches a site", np.unique(is_way[bound], axis=0)),),
    )
    return problem, float(weights.sum())


def _opened(solution: Solution) -> tuple[int, ...]:
    return tuple(int(site) for site in np.flatnonzero(solution.draft.is_open))


def _result(
    sites: tuple[int, ...], objective: float, bound: float, status: Status, seconds: float
) -> LocationResult:
    gap = abs(objective - bound) / abs(objective) if objective else abs(bound)
    return LocationResult(sites, objective, bound, gap, status, seconds)
