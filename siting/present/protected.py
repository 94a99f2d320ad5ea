"""Youths of cells as they may lie in a page that counts with them: multiples of k, right nearby.

A page that answers for any choice of sites must know where the youths live. It gets whole multiples of the
smallest count that may be shown (k), made so that places close to each other keep their sum: cells are taken
in the order of a curve through space, municipality by municipality, and each gets the multiples of k that its
part of the running sum passes. Which of sixteen neighbours gets them is drawn by lot, so the order does not
tell. The lot hangs on the municipality's true numbers and on a secret, so it is the same each time, whoever
else takes part. The secret is made from all that the dataset's cells hold: with the municipality's numbers
alone somebody could go through all that a municipality of three young people may have, draw each one's lot,
and keep those that give the page's numbers.

What follows: a cell without youths has none. Every other number is off by less than k, as is the sum of each
municipality. A cell of fewer than k has 0 or k. Whatever the page works out from them tells no more than they
do.

Pages by several k: the multiples of a larger k are made, in the same way, from those of the smallest that the
dataset lets be shown, by a lot of their own. They follow from these and from that lot, which hangs on nothing
else, so all pages together tell no more of a cell than the one by the smallest. For that reason no number is
farther off: multiples of 5 that are less than 20 away are at most 15 away, and they are less than 5 off.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np

from ..geo import order_in_space

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ..dataset import Dataset

NEIGHBOURS: Final = 16
"""Cells at least among which lots are drawn: many enough to hide one, few enough to lie near each other."""


def protected_youths(
    youths: NDArray[np.float64],
    municipality_codes: Sequence[str],
    centres_metres: NDArray[np.float64],
    *,
    smallest_count_shown: int,
    secret: bytes = b"",
    finest: int | None = None,
) -> NDArray[np.float64]:
    """Round the youths of cells to multiples of the smallest count shown, keeping the sums of neighbourhoods.

    Parameters
    ----------
    youths
        Shape (n,), persons.
    municipality_codes
        Of each cell.
    centres_metres
        Shape (n, 2), easting and northing.
    smallest_count_shown
        No count below it (k) may be told.
    secret
        What only those know who have the data (`secret_of`).
    finest
        Smallest count that any page of the dataset may show, k or a part of it; left out: k.

    Returns
    -------
    numpy.ndarray
        Shape (n,), multiples of k, each less than k away from the cell's youths.

    Examples
    --------
    >>> places = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])
    >>> told = protected_youths(np.array([0.0, 11.0, 2.0, 2.0]), ["a"] * 4, places, smallest_count_shown=5)
    >>> bool(told[0] == 0), told.sum() in (10.0, 15.0, 20.0), set(np.mod(told, 5)) == {0.0}
    (True, True, True)
    """
    codes = np.array(municipality_codes)
    in_space = order_in_space(centres_metres)
    step, told = finest or smallest_count_shown, np.zeros(len(youths))
    for code in np.unique(codes):
        mine = codes == code
        inhabited = in_space[mine[in_space] & (youths[in_space] > 0)]
        _round(youths, told, inhabited, step, _lot_of(youths[mine], secret))
        if smallest_count_shown > step:
            lot = _lot_of(told[mine], b"%d from %b" % (smallest_count_shown, secret))
            _round(told, told, inhabited, smallest_count_shown, lot)
    return told


def _round(
    youths: NDArray[np.float64],
    told: NDArray[np.float64],
    cells: NDArray[np.intp],
    step: int,
    lot: np.random.Generator,
) -> None:
    """Put into `told` the multiples that the sum passes at each of these cells, neighbours by lot."""
    order = _shuffled_among_neighbours(cells, lot)
    passed = np.floor(np.cumsum(youths[order]) / step + lot.random())
    told[order] = np.diff(passed, prepend=0.0) * step


def secret_of(dataset: Dataset) -> bytes:
    """Make a secret from all the cells of a dataset, whoever takes part and whatever ages are counted.

    It is another digest than the one that outputs carry, and nobody who lacks a single cell can make it.
    """
    cells = dataset.table("cells").to_csv(index=False, lineterminator="\n", float_format="%.17g")
    return hashlib.sha256(b"siting: lots of protected youths\n" + cells.encode()).digest()


def _lot_of(youths: NDArray[np.float64], secret: bytes) -> np.random.Generator:
    """Draw by what the municipality has itself: many pages with other ones must not give many lots."""
    numbers = np.ascontiguousarray(youths, dtype="<f8").tobytes()
    return np.random.default_rng(list(hashlib.sha256(secret + numbers).digest()))


def _shuffled_among_neighbours(order: NDArray[np.intp], lot: np.random.Generator) -> NDArray[np.intp]:
    """Shuffle within parts of at least `NEIGHBOURS`: in a small last part, few would hide each other."""
    if not order.size:
        return order
    parts = np.array_split(order, max(1, len(order) // NEIGHBOURS))
    return np.concatenate([lot.permutation(part) for part in parts])
