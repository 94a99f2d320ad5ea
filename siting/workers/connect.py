"""Starts workers on this machine, or reaches those of a dask scheduler and sees whether they are like us."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import platform
import signal
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ..errors import InputError, WorkersError
from ..sentences import first_line, needs_extra, shortened
from .by_dask import DaskWorkers
from .paying import AsItPays
from .work import InThisProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from .work import Workers

CONNECT_SECONDS: Final = 10.0
"""A scheduler, and a first worker of it, must answer within this time."""
START_SECONDS: Final = 60.0
"""A local cluster must have started within this time."""
SCHEMES: Final = ("tcp://", "tls://")
ALIKE: Final = ("siting", "numpy", "scipy", "highspy", "distributed")
"""Packages that must be the same at the workers, or results would depend on who made them."""
NOISY: Final = ("distributed", "tornado", "asyncio")
"""Whose logs, with all that is below them, are kept from the terminal."""
_LOCAL_SETTINGS: Final = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.multiprocessing-method": "spawn",
}
_NUMBERS_OF_THREADS: Final = {"NUMBA_NUM_THREADS": "1"}  # dask itself sets those of BLAS and OpenMP


@contextmanager
def dask_workers(*, scheduler: str | None = None, n_workers: int | None = None) -> Iterator[Workers]:
    """Give workers in processes of their own: on this machine, or those of a dask scheduler.

    Parameters
    ----------
    scheduler
        Its address, such as ``tcp://host:8786``; left out: workers are started here, and ended at the end.
    n_workers
        How many to start here; left out: one for each processor.

    Raises
    ------
    InputError
        If distributed is not installed, or the arguments make no sense.
    WorkersError
        If the scheduler or its workers do not answer, or are of another version.
    """
    if multiprocessing.parent_process() is not None and scheduler is None:
        message = (
            "workers cannot be started while a worker starts: put what your script does under "
            "if __name__ == '__main__': (docs/sweeps.md)"
        )
        raise InputError(message)
    check_workers(scheduler=scheduler, n_workers=n_workers)
    distributed = _distributed()
    with ExitStack() as stack:
        stack.enter_context(_hushed())
        if scheduler is None:
            client = stack.enter_context(_local(distributed, n_workers))
            yield DaskWorkers(client, "workers on this machine", is_near=True)
        else:
            client = stack.enter_context(_remote(distributed, scheduler))
            yield DaskWorkers(client, f"scheduler {scheduler}", is_near=False)


def workers_for(
    n_items: int, *, scheduler: str | None = None, n_workers: int | None = None
) -> AbstractContextManager[Workers]:
    """Give the workers that suit a number of items: those asked for, else as many as pay.

    Parameters
    ----------
    n_items
        How many items there will be; there are never more workers than these.
    scheduler
        As for `dask_workers`.
    n_workers
        How many to start, 1 = this process alone; left out: this process begins, and if there is much to do
        and dask is installed, one for each processor takes over.
    """
    if scheduler is not None:
        return dask_workers(scheduler=scheduler, n_workers=n_workers)
    if n_workers is None:
        can_help = find_spec("distributed") is not None and _n_processors() > 1
        return nullcontext(AsItPays(_for_the_rest) if can_help else InThisProcess())
    n_workers = min(n_workers, max(n_items, 1))
    return nullcontext(InThisProcess()) if n_workers == 1 else dask_workers(n_workers=n_workers)


def check_workers(*, scheduler: str | None, n_workers: int | None) -> None:
    """See whether what is asked of `workers_for` makes sense, before anything is begun.

    Raises
    ------
    InputError
        If it does not.
    """
    if n_workers is not None and n_workers < 1:
        message = f"the number of workers is {n_workers}; it must be 1 or more"
        raise InputError(message)
    if scheduler is None:
        return
    told = shortened(scheduler)
    if n_workers is not None:
        message = f"the workers of the scheduler {told} are started there; leave out their number"
        raise InputError(message)
    if not scheduler.startswith(SCHEMES):
        message = f"scheduler {told}: the address must begin with {' or '.join(SCHEMES)}"
        raise InputError(message)
    if not _has_host_and_port(scheduler):
        message = f"scheduler {told}: the address must be as tcp://host:8786, with host and port"
        raise InputError(message)


def _has_host_and_port(address: str) -> bool:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    return bool(parts.hostname and port) and not (parts.path or parts.query or parts.fragment)


def _for_the_rest(n_items: int) -> AbstractContextManager[Workers]:
    return workers_for(n_items, n_workers=_n_processors())


def _n_processors() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _distributed() -> Any:
    """Load dask's distributed, which is slow to load and seldom needed."""
    try:
        return import_module("distributed")
    except ImportError as error:
        message = needs_extra("work in several processes", "distributed", "cluster", see="docs/sweeps.md")
        raise InputError(message) from error


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep dask's log from the user's terminal: what matters becomes an error of ours.

    After Ctrl-C it is kept for good, for what dask had begun may fail in its threads until the process ends.
    """
    known = [name for name in list(logging.root.manager.loggerDict) if name.partition(".")[0] in NOISY]
    loggers = [logging.getLogger(name) for name in {*NOISY, *known}]  # some have a level of their own
    levels = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.CRITICAL + 1)
    try:
        yield
    except KeyboardInterrupt:
        levels = [logging.CRITICAL + 1] * len(loggers)
        raise
    finally:
        for each, level in zip(loggers, levels, strict=True):
            each.setLevel(level)


@contextmanager
def _local(distributed: Any, n_workers: int | None) -> Iterator[Any]:
    """Start processes on this machine that only this machine reaches; they end with the context."""
    dask = import_module("dask")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="siting-workers-"))
        stack.enter_context(dask.config.set({**_LOCAL_SETTINGS, "temporary-directory": folder}))
        try:
            started = _undisturbed(lambda: _cluster(distributed, n_workers or _n_processors(), folder))
        except (OSError, RuntimeError, ValueError) as error:
            message = f"workers could not be started on this machine ({first_line(error)})"
            raise WorkersError(message) from error
        with started as client:
            yield client


@contextmanager
def _cluster(distributed: Any, n_workers: int, folder: str) -> Iterator[Any]:
    """Start a scheduler, workers, and a client of theirs."""
    with (
        distributed.LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            host="127.0.0.1",
            security=_own_certificate(),
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            silence_logs=logging.CRITICAL + 1,
            memory_limit=0,
            local_directory=folder,
            env=_NUMBERS_OF_THREADS,
            preload=[f"{__package__}.ctrl_c"],
        ) as cluster,
        distributed.Client(cluster, timeout=START_SECONDS, set_as_default=False) as client,
    ):
        yield client


@contextmanager
def _entered(stack: ExitStack, entered: Any) -> Iterator[Any]:
    """Give what a stack has entered already; it is left at the end."""
    with stack:
        yield entered


def _undisturbed(context: Callable[[], AbstractContextManager[Any]]) -> AbstractContextManager[Any]:
    """Enter a context in a thread that Ctrl-C does not reach, nor the processes that it starts.

    dask stopped halfway through a start fails in all its processes, each with a traceback. So if Ctrl-C comes
    meanwhile, the start comes to its end, is undone, and only then are we stopped.
    """

    def enter() -> AbstractContextManager[Any]:
        stack = ExitStack()
        return _entered(stack, stack.enter_context(context()))

    with ThreadPoolExecutor(1, initializer=_block_ctrl_c) as beside:
        entering = beside.submit(enter)
        try:
            return entering.result()
        except KeyboardInterrupt:
            with suppress(Exception), entering.result():
                pass
            raise


def _block_ctrl_c() -> None:
    """Keep SIGINT from this thread, and so from all threads and processes that come of it (POSIX)."""
    if hasattr(signal, "pthread_sigmask"):
        # It runs beside spawned processes; started later, it would let SIGINT through to its thread again.
        import_module("multiprocessing.resource_tracker").ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _own_certificate() -> bool | None:
    """Whether others at this machine can be kept out by a certificate made for the occasion."""
    return True if find_spec("cryptography") else None


@contextmanager
def _remote(distributed: Any, address: str) -> Iterator[Any]:
    """Reach a scheduler and see to it that its workers are like us."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of versions: we look ourselves
        try:
            _greet(address)
            client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except Exception as error:  # whatever it is that listens there
            message = (
                f"scheduler {address}: no dask scheduler answered there within {CONNECT_SECONDS:g} seconds "
                f"({first_line(error)}); start one (dask scheduler), or mend the address"
            )
            raise WorkersError(message) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError as error:
            message = (
                f"scheduler {address}: it had no workers within {CONNECT_SECONDS:g} seconds; "
                f"start some (dask worker {address} --nthreads 1)"
            )
            raise WorkersError(message) from error
        _require_alike(client)
        yield client


def _greet(address: str) -> None:
    """Shake hands with a scheduler; dask's client would wait for ever for one that says nothing."""
    connect = import_module("distributed.core").connect
    arguments = import_module("distributed.security").Security().get_connection_args("client")

    async def greet() -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            comm = await connect(address, timeout=CONNECT_SECONDS, **arguments)
            await comm.close()

    with ThreadPoolExecutor(1) as beside:  # for a notebook has a loop of its own in this thread
        beside.submit(asyncio.run, greet()).result()


def versions() -> dict[str, str]:
    """Tell what results may depend on."""
    found = {"Python": ".".join(platform.python_version_tuple()[:2])}
    for name in ALIKE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


def _require_alike(client: Any) -> None:
    """Refuse workers of another version.

    Raises
    ------
    WorkersError
        If one differs, or has no siting at all.
    """
    here = versions()
    for address, there in sorted(client.run(versions, on_error="return").items()):
        if isinstance(there, BaseException):
            message = (
                f"worker {address}: siting cannot be used there ({first_line(there)}); "
                "install it there as it is here"
            )
            raise WorkersError(message)
        for name, own in here.items():
            if there[name] != own:
                message = (
                    f"worker {address}: {name} is {there[name]} there and {own} here; "
                    "install the same version there, and start the worker anew"
                )
                raise WorkersError(message)
