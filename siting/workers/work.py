"""`Workers`: who does the same work on many items; the plainest is this process itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    OnCount = Callable[[int, int], None]

Shared = TypeVar("Shared")
Item = TypeVar("Item")
Result = TypeVar("Result")


def say_nothing(_done: int, _total: int) -> None:
    """Be the listener where nobody listens."""


class Workers(Protocol):
    """Who does the work."""

    def map(
        self,
        work: Callable[[Shared, Item], Result],
        items: Sequence[Item],
        *,
        shared: Shared,
        on_progress: OnCount = say_nothing,
    ) -> list[Result]:
        """Do the work on each item; the results stand in the order of the items.

        Parameters
        ----------
        work
            A function of a module, for workers import it: called as ``work(shared, item)``.
        items
            Small: each is sent when its turn comes.
        shared
            What every item needs, however large: sent to each worker once, and only read there.
        on_progress
            Called with the number of items that are done, and that of all, as they become done.

        Raises
        ------
        SitingError
            The one that the first failing item, in the order of the items, ends in.
        WorkersError
            If workers, or what leads to them, fail for good.
        """


@dataclass(frozen=True)
class InThisProcess:
    """One item after the other, here."""

    def map(
        self,
        work: Callable[[Shared, Item], Result],
        items: Sequence[Item],
        *,
        shared: Shared,
        on_progress: OnCount = say_nothing,
    ) -> list[Result]:
        """Do the work on each item; see `Workers`."""
        results = []
        for item in items:
            results.append(work(shared, item))
            on_progress(len(results), len(items))
        return results
