"""`Workers`: who does the same work on many items; the plainest is this process itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Shared = TypeVar("Shared")
Item = TypeVar("Item")
Result = TypeVar("Result")

if TYPE_CHECKING:
    OnCount = Callable[[int, int], None]
    OnResult = Callable[[int, Result], None]


def say_nothing(_done: int, _total: int) -> None:
    """Be the listener where nobody listens."""


def keep_nothing(_index: int, _result: object) -> None:
    """Take a result as it comes where nobody waits for it."""


TOLD_IN_PARTS: Final = 20
"""How often at most it is told how far a work has come."""


def in_parts(tell: Callable[[str], None], what: str) -> OnCount:
    """Tell now and then how many items are done, as a sentence."""

    def heard(done: int, total: int) -> None:
        if done * TOLD_IN_PARTS // total > (done - 1) * TOLD_IN_PARTS // total:
            tell(f"{what}: {done} of {total}")

    return heard


class Workers(Protocol):
    """Who does the work."""

    def map(
        self,
        work: Callable[[Shared, Item], Result],
        items: Sequence[Item],
        *,
        shared: Shared,
        on_progress: OnCount = say_nothing,
        on_result: OnResult[Result] = keep_nothing,
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
        on_result
            Called with the index of an item and its result as it becomes done, before it is counted.

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
        on_result: OnResult[Result] = keep_nothing,
    ) -> list[Result]:
        """Do the work on each item; see `Workers`."""
        results = []
        for index, item in enumerate(items):
            results.append(work(shared, item))
            on_result(index, results[index])
            on_progress(len(results), len(items))
        return results
