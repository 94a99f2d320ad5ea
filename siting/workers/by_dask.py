"""Spreads items over the workers of a dask cluster, in order, and outlives workers that die."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from ..errors import WorkersError
from ..sentences import first_line
from .work import keep_nothing, say_nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .work import Item, OnCount, OnResult, Result, Shared

logger = logging.getLogger(__name__)
NO_WORKER_SECONDS: Final = 60.0
"""Without any worker for this long, the work is given up."""
LOOK_SECONDS: Final = 1.0
"""So often it is looked whether there are workers still, while nothing is heard of them."""
MOST_LOSSES: Final = 4
"""All that was sent may be lost this often, with no item done in between, before the work is given up."""


class _LostError(Exception):
    """What an item led to died with its worker."""


@dataclass
class _Watch:
    """Sees whether there are workers still."""

    client: Any  # distributed.Client, whose own types are not of one kind in its versions
    place: str
    last_seen: float = 0.0

    def wait(self) -> None:
        """Wait for a first worker."""
        with self._in_touch():
            try:
                self.client.wait_for_workers(1, timeout=NO_WORKER_SECONDS)
            except TimeoutError as error:
                raise WorkersError(self._none_left()) from error
        self.last_seen = time.monotonic()

    def look(self) -> None:
        """Give up if there has been no worker for long."""
        with self._in_touch():
            n_workers = len(self.client.nthreads())
        now = time.monotonic()
        if n_workers:
            self.last_seen = now
        elif now - self.last_seen > NO_WORKER_SECONDS:
            raise WorkersError(self._none_left())

    def _none_left(self) -> str:
        return (
            f"{self.place}: all workers are gone, and none came back within {NO_WORKER_SECONDS:g} seconds; "
            "they end so most often for want of memory"
        )

    @contextmanager
    def _in_touch(self) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError, ValueError) as error:
            raise WorkersError(_lost_touch(self.place, error)) from error


def _lost_touch(place: str, error: BaseException) -> str:
    """Say that a scheduler is gone."""
    return f"{place}: cannot be reached any more ({first_line(error)}); see to it, and start again"


@dataclass(frozen=True)
class DaskWorkers:
    """Processes that a dask scheduler gives work to."""

    client: Any  # distributed.Client, whose own types are not of one kind in its versions
    place: str
    is_near: bool  # the workers can be reached from here, not only from the scheduler

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
        results: dict[int, Result] = {}
        n_losses = 0
        while len(results) < len(items):
            n_before = len(results)
            left = {index: item for index, item in enumerate(items) if index not in results}
            with self._sent(work, left, shared) as futures:
                for index, result in self._arriving(futures, len(items)):
                    results[index] = result
                    on_result(index, result)
                    on_progress(len(results), len(items))
            # What is still not done was lost, for all who held the shared inputs died: these are sent anew.
            n_losses = 0 if len(results) > n_before else n_losses + 1
            if n_losses == MOST_LOSSES:
                raise WorkersError(_all_died(self.place, n_losses, min(left), len(items)))
        return [results[index] for index in range(len(items))]

    @contextmanager
    def _sent(
        self, work: Callable[[Shared, Item], Result], items: dict[int, Item], shared: Shared
    ) -> Iterator[dict[int, Any]]:
        """Send the shared inputs to all workers, and the items to who is free; withdraw them at the end."""
        watch = _Watch(self.client, self.place)
        watch.wait()
        futures: dict[int, Any] = {}
        sent: list[Any] = []
        try:
            # In a list, or dask would take a mapping apart.
            sent += self.client.scatter([shared], broadcast=True, hash=False, direct=self.is_near)
            for index, item in items.items():
                futures[index] = self.client.submit(work, *sent, item, pure=False)
        except OSError as error:  # a worker died while it was sent to; is the scheduler still there?
            watch.look()
            sent, futures = [*sent, *futures.values()], {}
            logger.debug("%s: a worker is gone", self.place, exc_info=error)
        except (RuntimeError, ValueError) as error:
            raise WorkersError(_lost_touch(self.place, error)) from error
        try:
            yield futures
        finally:
            with suppress(Exception):  # of a scheduler that is gone
                self.client.cancel([*sent, *futures.values()], force=True)

    def _arriving(self, futures: dict[int, Any], n_items: int) -> Iterator[tuple[int, Any]]:
        """Give index and result of each item as it is done, but not of those lost with their workers.

        A failing item ends it, but not before those in front of it are done: the error is then the same
        whatever the number of workers.
        """
        waiting, lost = set(futures), set()
        failed: dict[int, Exception] = {}
        for index in self._done(futures, waiting):
            waiting.discard(index)
            try:
                # Let go of at once: the worker then frees the memory of the result.
                result = self._result(futures.pop(index), index, n_items)
            except _LostError:
                lost.add(index)
            except Exception as error:  # whatever the work ends in
                failed[index] = error
            else:
                yield index, result
            if failed and not (waiting and min(waiting) < min(failed)):
                break
        if failed and not (lost and min(lost) < min(failed)):
            raise failed[min(failed)]

    def _done(self, futures: dict[int, Any], waiting: set[int]) -> Iterator[int]:
        """Give the waiting items as each of them comes to an end, good or bad."""
        ended: SimpleQueue[int] = SimpleQueue()
        for index, future in futures.items():
            future.add_done_callback(lambda _, index=index: ended.put(index))
        watch = _Watch(self.client, self.place, last_seen=time.monotonic())
        while waiting:
            try:
                index = ended.get(timeout=LOOK_SECONDS)
            except Empty:
                watch.look()
                # Not every loss is called back.
                yield from [
                    index for index in sorted(waiting) if futures[index].status in ("cancelled", "lost")
                ]
            else:
                if index in waiting:
                    yield index

    def _result(self, future: Any, index: int, n_items: int) -> Any:
        """Fetch a result, or raise what the work ended in."""
        from distributed import CancelledError, KilledWorker  # noqa: PLC0415

        try:
            return future.result()
        except CancelledError as error:
            raise _LostError from error
        except KilledWorker as error:
            message = _died(self.place, error.allowed_failures + 1, index, n_items)
            raise WorkersError(message) from error
        except Exception as error:
            if future.status == "error":  # the work's own
                raise
            raise _LostError from error  # on the way here


def _died(place: str, n_times: int, index: int, n_items: int) -> str:
    return (
        f"{place}: {n_times} workers died one after the other at item {index + 1} of {n_items}, most often "
        "for want of memory; take fewer workers, or machines with more memory"
    )


def _all_died(place: str, n_times: int, index: int, n_items: int) -> str:
    return (
        f"{place}: all workers died {n_times} times over before item {index + 1} of {n_items} was done, most "
        "often for want of memory; take fewer workers, or machines with more memory"
    )
