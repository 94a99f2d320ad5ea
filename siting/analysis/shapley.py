"""Shapley values: what each player adds to the cost, mean over the orders in which they may join."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray


Pair = tuple[tuple[str, ...], tuple[str, ...]]
"""An order of joining, and its reverse."""


@dataclass(frozen=True, eq=False)
class Shapley:
    """Values by player; they sum to the cost of all, sampled or not."""

    values: NDArray[np.float64]  # (n,)
    standard_errors: NDArray[np.float64]  # (n,) 0 where exact


def all_coalitions(players: Sequence[str]) -> Iterator[frozenset[str]]:
    """Give every coalition but the empty one, 2^n - 1."""
    for size in range(1, len(players) + 1):
        yield from map(frozenset, combinations(players, size))


def exact_shapley(players: Sequence[str], cost: Callable[[frozenset[str]], float]) -> Shapley:
    r"""Weigh every coalition: :math:`\sum_S |S|! (n - |S| - 1)! / n! \, (c(S \cup i) - c(S))`.

    Parameters
    ----------
    players
        Their keys.
    cost
        Cost c(S) of any coalition but the empty one, which costs nothing.

    References
    ----------
    Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games II.

    Examples
    --------
    >>> known = {frozenset("a"): 10.0, frozenset("b"): 8.0, frozenset("ab"): 12.0}
    >>> exact_shapley("ab", known.__getitem__).values.tolist()
    [7.0, 5.0]
    """
    n = len(players)
    values = np.zeros(n)
    for coalition in all_coalitions(players):
        size = len(coalition)
        joins = factorial(size - 1) * factorial(n - size) / factorial(n)
        stays_out = factorial(size) * factorial(n - size - 1) / factorial(n) if size < n else 0.0
        weight = [joins if player in coalition else -stays_out for player in players]
        values += np.array(weight) * cost(coalition)
    return Shapley(values, np.zeros(n))


def orders(players: Sequence[str], n_pairs: int, *, seed: int) -> list[Pair]:
    """Draw orders of joining, each with its reverse; a player's draw depends on seed, number and key only."""
    pairs = []
    for number in range(n_pairs):
        drawn = {player: _draw(player, number, seed) for player in players}
        order = tuple(sorted(players, key=drawn.__getitem__))
        pairs.append((order, order[::-1]))
    return pairs


def _draw(player: str, number: int, seed: int) -> int:
    of_key = int.from_bytes(hashlib.sha256(player.encode()).digest()[:4])
    child = np.random.SeedSequence(seed, spawn_key=(number, of_key))
    return int(child.generate_state(1, np.uint64)[0])


def on_the_way(order: Sequence[str]) -> list[frozenset[str]]:
    """Give the coalitions that form as players join, one more at a time."""
    return [frozenset(order[:size]) for size in range(1, len(order) + 1)]


def sampled_shapley(
    players: Sequence[str],
    pairs: Sequence[Pair],
    cost: Callable[[frozenset[str]], float],
) -> Shapley:
    """Take the mean over pairs of orders; the error is that of independent pairs (an order with its reverse).

    References
    ----------
    Castro, J., Gómez, D. & Tejada, J. (2009). Polynomial calculation of the Shapley value based on sampling.
    Computers & Operations Research 36(5).
    Mitchell, R., Cooper, J., Frank, E. & Holmes, G. (2022). Sampling permutations for Shapley value
    estimation. Journal of Machine Learning Research 23 (orders with their reverse).
    """
    position = {player: k for k, player in enumerate(players)}
    by_pair = np.zeros((len(pairs), len(players)))
    for number, pair in enumerate(pairs):
        for order in pair:
            totals = [0.0, *map(cost, on_the_way(order))]
            where = [position[player] for player in order]
            by_pair[number, where] += np.diff(totals) / len(pair)
    spread = by_pair.std(axis=0, ddof=1) / np.sqrt(len(pairs))
    return Shapley(by_pair.mean(axis=0), spread)
