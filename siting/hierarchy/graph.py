"""`Graph`: for each node a list of others, in two arrays; numba takes it as one argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Graph(NamedTuple):
    """Those of node v are ``heads[start[v] : start[v + 1]]``."""

    start: NDArray[np.int64]  # (n + 1,)
    heads: NDArray[np.int32]
