"""Traffic signals that are tagged more than once at one crossing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .pieces import Pieces

MOST_PIECES_BETWEEN: Final = 10
"""Pieces without signals, such as footways that cross make, between two of one crossing."""


def of_crossing_before(
    pieces: Pieces, ends: NDArray[np.intp], is_open: NDArray[np.bool_], metres: float
) -> NDArray[np.bool_]:
    """Find the pieces all of whose signals are of a crossing that one has waited at just before.

    So it is where, whichever other street one comes from, one has met signals at most some metres before
    the last signals of the piece. Where no other street leads to it, one has not.

    Parameters
    ----------
    pieces
        Street pieces, k of them.
    ends
        Number of their from and to nodes, shape (k, 2).
    is_open
        Whether cars may drive them ahead and back, shape (k, 2).
    metres
        How far signals of one crossing may lie apart along the street.

    Returns
    -------
    numpy.ndarray
        Shape (k, 2), ahead and back.
    """
    has_signals = np.isfinite(pieces.signal_to_end)
    length = np.broadcast_to(pieces.metres[:, None], has_signals.shape)
    since = np.full(has_signals.shape, np.inf)  # at the start of each piece, metres since the last signals
    for _ in range(MOST_PIECES_BETWEEN + 1):
        before = since
        passed = np.where(has_signals, pieces.signal_to_end, before + length)
        since = _longest_at_start(np.where(passed <= metres, passed, np.inf), ends, is_open)
        if np.array_equal(since, before):
            break
    to_last = length - np.where(has_signals, pieces.signal_to_end, 0.0)
    found: NDArray[np.bool_] = has_signals & (since + to_last <= metres)
    return found


def _longest_at_start(
    at_end: NDArray[np.float64], ends: NDArray[np.intp], is_open: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Take to the start of each piece the most that others bring there at their ends; inf if none comes."""
    piece, way = np.nonzero(is_open)
    if not len(piece):
        return np.full(ends.shape, np.inf)
    arrives_at, brought = ends[piece, 1 - way], at_end[piece, way]
    order = np.lexsort((brought, arrives_at))
    arrives_at, brought, piece = arrives_at[order], brought[order], piece[order]
    first, last = (np.searchsorted(arrives_at, ends, side) for side in ("left", "right"))
    own = np.arange(len(ends))[:, None]
    at = np.maximum(last - 1, 0)
    at -= (piece[at] == own) & (at > first)  # nobody turns back
    longest: NDArray[np.float64] = np.where((last == first) | (piece[at] == own), np.inf, brought[at])
    return longest
