"""Whole openings near fractional ones, by chance: candidates for a plan, which obey the counts at least."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .problem import SitingProblem

ROUNDINGS: Final = 60
LEAST_CHANCE: Final = 0.01
SEED: Final = 0
OPEN_ANYWAY: Final = 0.5  # openings above this are made though no count asks for them


def rounded_openings(problem: SitingProblem, opening: NDArray[np.float64]) -> Iterator[NDArray[np.bool_]]:
    """Round openings (q,) in many ways, the first by their size alone; the same in every run."""
    random = np.random.default_rng(SEED)
    seen: set[bytes] = set()
    noise = np.zeros(len(opening))
    for _ in range(ROUNDINGS):
        is_open = _by_strength(problem, opening, opening + noise)
        noise = random.random(len(opening)) * opening.clip(LEAST_CHANCE, 1.0 - LEAST_CHANCE)
        if is_open is not None and is_open.tobytes() not in seen:
            seen.add(is_open.tobytes())
            yield is_open


def _by_strength(
    problem: SitingProblem, opening: NDArray[np.float64], strength: NDArray[np.float64]
) -> NDArray[np.bool_] | None:
    """Open the strongest that counts allow, one offer a site, until each count has its least."""
    of_rule = np.zeros((len(problem.counts), problem.n_options), dtype=bool)
    for k, rule in enumerate(problem.counts):
        of_rule[k, rule.options] = True
    least = np.array([rule.least for rule in problem.counts], dtype=np.int64)
    most = np.array([rule.most for rule in problem.counts], dtype=np.int64)
    n_open = np.zeros(len(least), dtype=np.int64)
    is_open = np.zeros(problem.n_options, dtype=bool)
    is_taken = np.zeros(int(problem.option_site.max()) + 1, dtype=bool)
    for q in np.argsort(-strength, kind="stable"):
        mine = of_rule[:, q]
        is_wanted = (n_open < least)[mine].any() or opening[q] > OPEN_ANYWAY
        if is_wanted and not is_taken[problem.option_site[q]] and (n_open < most)[mine].all():
            is_open[q] = is_taken[problem.option_site[q]] = True
            n_open += mine
    return is_open if (n_open >= least).all() else None
