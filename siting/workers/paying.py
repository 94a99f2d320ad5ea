"""Begins in this process, and calls for workers when what is left is enough to pay for their start."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .work import keep_nothing, say_nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from .work import Item, OnCount, OnResult, Result, Shared, Workers

PAYS_SECONDS: Final = 20.0
"""Workers are called for if what is left would take longer here; they themselves need 3 to 8 s to start."""
N_TRIED: Final = 2
"""Items done here first: the very first also loads and compiles."""


@dataclass(frozen=True)
class AsItPays:
    """The first items are done here, the rest by workers if it pays; the results are the same."""

    call: Callable[[int], AbstractContextManager[Workers]]
    """Starts workers for a number of items."""

    def map(
        self,
        work: Callable[[Shared, Item], Result],
        items: Sequence[Item],
        *,
        shared: Shared,
        on_progress: OnCount = say_nothing,
        on_result: OnResult[Result] = keep_nothing,
    ) -> list[Result]:
        """Do the work on each item; see `Workers`."""
        results: list[Result] = []
        for n_done, item in enumerate(items, start=1):
            before = time.monotonic()
            results.append(work(shared, item))
            on_result(n_done - 1, results[-1])
            on_progress(n_done, len(items))
            seconds_left = (time.monotonic() - before) * (len(items) - n_done)
            if n_done >= N_TRIED and seconds_left > PAYS_SECONDS:
                break
        n_here, rest = len(results), items[len(results) :]
        if not rest:
            return results
        with self.call(len(rest)) as workers:
            return results + workers.map(
                work,
                rest,
                shared=shared,
                on_progress=lambda done, _: on_progress(n_here + done, len(items)),
                on_result=lambda index, result: on_result(n_here + index, result),
            )
