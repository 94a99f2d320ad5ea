"""`Journal`: results kept as they come, so that what was done before a kill is not done again.

What a work gives hangs on its code, on what all its items share, and on its item. A journal is named by the
digest of the first two, a record in it by that of the third: whatever differs is another question, and nobody
has to list what an answer depends on. So a work that reads files must have their digests in what is shared;
and a field that tells of the clock is not to be compared (``field(compare=False)``), or nothing were known.

Journals lie in the folder of the cache (`siting.cache`), each process writes a file of its own, and all are
read. They hold figures that nothing protects: once what they were kept for is finished they are deleted, and
those that nobody came back for after a month.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import io
import logging
import os
import pickle
import platform
import tempfile
import time
from dataclasses import dataclass, field
from functools import cache as once
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from .cache import DIGEST_BYTES, JOURNAL, JOURNAL_SUFFIX, OWN_NAMES, default_cache
from .own_files import make_folder, may_use, open_own
from .plain_values import read_plain, write_plain
from .workers import keep_nothing, say_nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from .cache import Cache
    from .workers import Workers
    from .workers.work import Item, OnCount, OnResult, Result, Shared

logger = logging.getLogger(__name__)
SIGN: Final = b"siting journal 2\n"
LENGTH_BYTES: Final = 8
MOST_SECONDS: Final = 30 * 24 * 3600.0
"""A journal that was not written to for so long is dropped, wanted or not."""
LIBRARIES: Final = ("siting", "numpy", "scipy", "highspy", "numba", "pandas", "shapely", "pyproj", "pulp")
"""Packages whose version may change a result."""
_PICKLE: Final = 5


class Journal:
    """Results of works, kept until the block that it is opened for ends well.

    Parameters
    ----------
    cache
        Its folder is used; without a folder nothing is kept. Left out: the user's own.

    Examples
    --------
    >>> from siting.cache import NO_CACHE
    >>> from siting.workers import InThisProcess
    >>> with Journal(NO_CACHE) as journal:
    ...     journal.remembering(InThisProcess()).map(divmod, [2, 3], shared=7)
    [(3, 1), (2, 1)]
    """

    def __init__(self, cache: Cache | None = None) -> None:
        self._cache = default_cache() if cache is None else cache
        self._kept: dict[str, _Records] = {}

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in self._kept.values():
            each.close()
            if kind is None:
                each.forget()
        self._kept.clear()

    def remembering(self, workers: Workers, *, on_known: OnCount = say_nothing) -> Workers:
        """Give workers that do again nothing of what stands here, and write here what they do.

        Parameters
        ----------
        workers
            Who does the rest.
        on_known
            Called with the number of items whose results are known, and that of all, if there are such.
        """
        return Remembering(workers, self, on_known)

    def records_of(
        self, work: Callable[[Any, Any], object], items: Sequence[object], shared: object
    ) -> tuple[_Records, list[bytes]] | None:
        """Give what is kept of a work, and the names of its items there; None where nothing can be kept."""
        folder = self._cache.folder
        if folder is None or not may_use(folder):
            return None
        try:
            key = _digest((_circumstances(work), work, shared)).hex()
            names = [_digest(item) for item in items]
        except Exception:  # whatever cannot be sent to another process either
            logger.debug("results of %r are not kept", work, exc_info=True)
            return None
        if key not in self._kept:
            _drop_forgotten(folder)
            self._kept[key] = _Records(folder, key, self._cache)
        return self._kept[key], names


@dataclass(frozen=True)
class Remembering:
    """Workers that do each item once, though they be killed in between; the results are the same."""

    workers: Workers
    journal: Journal
    on_known: OnCount = say_nothing

    def map(
        self,
        work: Callable[[Shared, Item], Result],
        items: Sequence[Item],
        *,
        shared: Shared,
        on_progress: OnCount = say_nothing,
        on_result: OnResult[Result] = keep_nothing,
    ) -> list[Result]:
        """Do the work on each item whose result is not known; see `Workers`."""
        kept = self.journal.records_of(work, items, shared)
        if kept is None:
            return self.workers.map(work, items, shared=shared, on_progress=on_progress, on_result=on_result)
        records, names = kept
        results: dict[int, Result] = records.read(names)
        n_known, rest = len(results), [index for index in range(len(items)) if index not in results]
        for index, result in sorted(results.items()):
            on_result(index, result)
        if n_known:
            self.on_known(n_known, len(items))
            on_progress(n_known, len(items))

        def keep(position: int, result: Result) -> None:
            records.append(names[rest[position]], result)
            on_result(rest[position], result)

        found = self.workers.map(
            work,
            [items[index] for index in rest],
            shared=shared,
            on_progress=lambda done, _: on_progress(n_known + done, len(items)),
            on_result=keep,
        )
        results.update(zip(rest, found, strict=True))
        return [results[index] for index in range(len(items))]


@dataclass
class _Records:
    """The files of one work on one set of shared inputs; this process writes its own, and reads all.

    A record: digest of its item, length, content, digest of all that. It is written in one piece, so that no
    end of this process can lose it; one that is cut off ends its file.
    """

    folder: Path
    key: str
    cache: Cache
    file: BinaryIO | None = None
    is_given_up: bool = False
    n_bytes: int = field(default=0)

    def read(self, names: Sequence[bytes]) -> dict[int, Any]:
        """Give the results that are known, by the index of the name of their item."""
        known: dict[bytes, bytes] = {}
        for path in self._paths():
            with contextlib.suppress(OSError), open_own(path) as file:
                known |= dict(_whole_records(file.read()))
        results = {}
        for index, name in enumerate(names):
            if name in known:
                with contextlib.suppress(Exception):  # foreign content may say anything: done anew
                    results[index] = read_plain(known[name])
        return results

    def append(self, name: bytes, result: object) -> None:
        """Write a result; what cannot be written is done without, from then on."""
        if self.is_given_up:
            return
        try:
            self._write(_record(name, write_plain(result)))
        except Exception as error:  # a full disk, or a result that is not made of what may be read back
            logger.warning("results are not kept from here on: %s", error)
            self.is_given_up = True

    def _write(self, record: bytes) -> None:
        if self.file is None:
            make_folder(self.folder)
            self.cache.make_room()
            descriptor, _ = tempfile.mkstemp(
                prefix=f"{JOURNAL}-{self.key}-", suffix=JOURNAL_SUFFIX, dir=self.folder
            )
            self.file = os.fdopen(descriptor, "wb", buffering=0)
            record = SIGN + record
        self.n_bytes += len(record)
        if self.n_bytes > self.cache.most_bytes or self.file.write(record) != len(record):
            message = f"there is no more room in {self.folder}"
            raise OSError(message)

    def close(self) -> None:
        """Let go of the file."""
        if self.file is not None:
            self.file.close()
            self.file = None

    def forget(self) -> None:
        """Delete all files; another process at the same work goes on, and has only its own memory then."""
        for path in self._paths():
            with contextlib.suppress(OSError):
                path.unlink()

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob(f"{JOURNAL}-{self.key}-*{JOURNAL_SUFFIX}"))


def _record(name: bytes, content: bytes) -> bytes:
    body = name + len(content).to_bytes(LENGTH_BYTES, "little") + content
    return body + hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest()


def _whole_records(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give name and content of each record, up to the first that is cut off or altered."""
    at = len(SIGN) if content.startswith(SIGN) else len(content)
    while at < len(content):
        begin = at + DIGEST_BYTES + LENGTH_BYTES
        length = int.from_bytes(content[at + DIGEST_BYTES : begin], "little")
        name, record = content[at : at + DIGEST_BYTES], content[begin : begin + length]
        whole = _record(name, record)
        if content[at : at + len(whole)] != whole:
            return
        yield name, record
        at += len(whole)


class _ByValue(pickle.Pickler):
    """Writes values as what they are, not as which of them are the same object."""

    def persistent_id(self, value: Any) -> object:
        if isinstance(value, set | frozenset):
            return "set", sorted(_digest(each) for each in value)  # has no order of its own
        if isinstance(value, np.ndarray) and not value.dtype.hasobject:
            content = np.ascontiguousarray(value).reshape(-1).view(np.uint8).data if value.size else b""
            return "array", value.dtype, value.shape, value.strides, hashlib.sha256(content).digest()
        fields = getattr(type(value), "__dataclass_fields__", {})
        if not all(each.compare for each in fields.values()):  # such as the seconds that something took
            return type(value), {name: getattr(value, name) for name, each in fields.items() if each.compare}
        return None


def _digest(value: object) -> bytes:
    """Digest a value: alike in any process of the same versions, whatever was loaded or measured there."""
    written = io.BytesIO()
    pickler = _ByValue(written, _PICKLE)
    pickler.fast = True  # else one text twice differs from two equal texts
    pickler.dump(value)
    return hashlib.blake2b(written.getbuffer(), digest_size=DIGEST_BYTES).digest()


def _circumstances(work: Callable[[Any, Any], object]) -> tuple[object, ...]:
    """Tell what a result may depend on beside inputs: versions, the machine's kind, and the source itself."""
    return (
        platform.python_version(),
        platform.machine(),
        _versions(),
        _source_digest(),
        hashlib.sha256(Path(inspect.getfile(work)).read_bytes()).digest(),
    )


@once
def _versions() -> tuple[str, ...]:
    return tuple(version(name) for name in LIBRARIES)


@once
def _source_digest() -> bytes:
    """Digest of siting's own source, for a version number stays the same while somebody changes a line."""
    digest, folder = hashlib.sha256(), Path(__file__).parent
    for path in sorted(folder.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()} {len(content)}\0".encode() + content)
    return digest.digest()


def _drop_forgotten(folder: Path) -> None:
    """Delete the journals of works that nobody came back to."""
    for path in folder.glob(f"{JOURNAL}-*{JOURNAL_SUFFIX}"):
        with contextlib.suppress(OSError):
            if OWN_NAMES.fullmatch(path.name) and time.time() - path.lstat().st_mtime > MOST_SECONDS:
                path.unlink()
