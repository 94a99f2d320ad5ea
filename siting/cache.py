"""`Cache`: arrays kept on disk under the digest of all that they depend on.

A cache may change the time a run takes, never its result: what cannot be read, was cut off or altered is made
anew, and what cannot be written is done without. The folder may be deleted at any moment. Only files of the
user's own are read, from a folder of the user's own: whoever can write there can choose the result.
Journals (`siting.journal`) lie in the same folder, and make room as arrays do.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import math
import mmap
import os
import re
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

import numpy as np
from platformdirs import user_cache_path

from .errors import InputError
from .own_files import make_folder, may_use, open_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import DTypeLike, NDArray

logger = logging.getLogger(__name__)
Kind: TypeAlias = Literal["times", "kilometres", "hierarchy"]
FOLDER_VARIABLE: Final = "SITING_CACHE"
MOST_BYTES: Final = 5_000_000_000
"""Three matrices of a whole country, or hundreds of a county's; the longest unused are dropped beyond it."""
SUFFIX: Final = ".arrays"
UNFINISHED: Final = ".part"
DIGEST_BYTES: Final = 20
JOURNAL: Final = "journal"
JOURNAL_SUFFIX: Final = ".records"
_DIGEST: Final = rf"[0-9a-f]{{{2 * DIGEST_BYTES}}}"
OWN_NAMES: Final = re.compile(
    rf"({'|'.join(get_args(Kind))})-{_DIGEST}({SUFFIX}|-[a-z0-9_]+{UNFINISHED})"
    rf"|{JOURNAL}-{_DIGEST}-[a-z0-9_]+{JOURNAL_SUFFIX}"
)
"""Names of the files that a cache and its journals write; no others are ever deleted."""
SIGN: Final = b"siting cache 1\n"
ALIGNED_BYTES: Final = 64
LENGTH_BYTES: Final = 8
CHUNK_BYTES: Final = 1 << 24


@dataclass(frozen=True)
class Cache:
    """A folder of arrays; without a folder nothing is kept."""

    folder: Path | None
    most_bytes: int = MOST_BYTES

    def arrays(
        self,
        kind: Kind,
        key: str,
        make: Callable[[], Mapping[str, NDArray[Any]]],
        *,
        fits: Callable[[Mapping[str, NDArray[Any]]], bool],
    ) -> Mapping[str, NDArray[Any]]:
        """Give the arrays that `make` makes, from disk if they were kept before.

        Parameters
        ----------
        kind
            What they are, in a word; the file's name begins with it.
        key
            Digest of all that they depend on: see `digest_of`.
        make
            Makes them if they are not there.
        fits
            Whether arrays from disk may be these: see `are_like`; else they are made anew.

        Returns
        -------
        Mapping
            Arrays by name; those from disk are memory-mapped and cannot be written to.
        """
        if self.folder is None or not may_use(self.folder):
            return make()
        path = self.folder / f"{kind}-{key}{SUFFIX}"
        kept = _read(path)
        if kept is not None and fits(kept):
            return kept
        made = make()
        try:
            self._keep(path, made)
        except OSError as error:  # a full or read-only disk: the run goes on without a cache
            logger.warning("the %s are not kept for another time: %s", kind, error)
        return made

    def _keep(self, path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Write under a temporary name, then move: nobody ever sees half a file."""
        if sum(array.nbytes for array in arrays.values()) > self.most_bytes:
            return
        make_folder(path.parent)
        descriptor, temporary = tempfile.mkstemp(prefix=f"{path.stem}-", suffix=UNFINISHED, dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for piece in _pieces(arrays):
                    file.write(piece)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        self.make_room()

    def make_room(self) -> None:
        """Drop what was not used for longest; another process may be doing so at the same time."""
        found = []
        for path in (self.folder or Path()).iterdir():
            if OWN_NAMES.fullmatch(path.name):
                with contextlib.suppress(OSError):
                    state = path.lstat()
                    found.append((state.st_mtime_ns, state.st_size, path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self.most_bytes:
                return
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size


NO_CACHE: Final = Cache(None)


def default_cache() -> Cache:
    """Give the user's cache folder, or the one that the environment variable SITING_CACHE names.

    Raises
    ------
    InputError
        If that begins with ~ and there is no such user.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    if not named:
        return Cache(user_cache_path("siting"))
    try:
        return Cache(Path(named).expanduser())
    except RuntimeError as error:
        message = f"{FOLDER_VARIABLE}={named}: there is no such home folder; name a folder in full"
        raise InputError(message) from error


def are_like(
    arrays: Mapping[str, NDArray[Any]], expected: Mapping[str, tuple[DTypeLike, tuple[int | None, ...]]]
) -> bool:
    """Whether arrays have these names, types and shapes; None = any length.

    Examples
    --------
    >>> are_like({"a": np.zeros((2, 3))}, {"a": (np.float64, (2, None))}), are_like({}, {"a": (bool, ())})
    (True, False)
    """
    return arrays.keys() == expected.keys() and all(
        arrays[name].dtype == dtype
        and len(arrays[name].shape) == len(shape)
        and all(length in (None, n) for n, length in zip(arrays[name].shape, shape, strict=True))
        for name, (dtype, shape) in expected.items()
    )


def digest_of(*parts: str | float | NDArray[Any]) -> str:
    """Digest words, numbers and arrays, each with its type and shape.

    Examples
    --------
    >>> digest_of("a", 1) == digest_of("a", 1.0), digest_of("ab", "c") == digest_of("a", "bc")
    (False, False)
    """
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype.str} {part.shape}\0".encode())
            digest.update(np.ascontiguousarray(part).data.cast("B") if part.size else b"")
        else:
            text = repr(part).encode()
            digest.update(f"{type(part).__name__} {len(text)}\0".encode() + text)
    return digest.hexdigest()


def _pieces(arrays: Mapping[str, NDArray[Any]]) -> Iterator[bytes | memoryview]:
    """Give a file piece by piece: sign, length of the head, head, and the arrays' bytes, each aligned."""
    fields: list[dict[str, object]] = []
    whole, end = {name: np.ascontiguousarray(array) for name, array in arrays.items()}, 0
    for name, array in whole.items():
        fields.append({"name": name, "type": array.dtype.str, "shape": array.shape, "at": end})
        end = _aligned(end + array.nbytes)
    checksum = _checksum([_bytes_of(array) for array in whole.values()], fields)
    head = json.dumps({"arrays": fields, "bytes": end, "checksum": checksum}).encode()
    begin = _aligned(len(SIGN) + LENGTH_BYTES + len(head))
    yield SIGN
    yield len(head).to_bytes(LENGTH_BYTES, "little")
    yield head
    yield bytes(begin - len(SIGN) - LENGTH_BYTES - len(head))
    for array in whole.values():
        yield _bytes_of(array)
        yield bytes(_aligned(array.nbytes) - array.nbytes)


def _bytes_of(array: NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _aligned(length: int) -> int:
    return -(-length // ALIGNED_BYTES) * ALIGNED_BYTES


def _checksum(parts: Sequence[memoryview], fields: Sequence[object]) -> int:
    """Checksum of the arrays and of what the head says of them."""
    checksum = zlib.crc32(json.dumps(fields).encode())
    for part in parts:
        for at in range(0, len(part), CHUNK_BYTES):
            checksum = zlib.crc32(part[at : at + CHUNK_BYTES], checksum)
    return checksum


def _read(path: Path) -> dict[str, NDArray[Any]] | None:
    """Give the arrays of a file, or None if it is not there, cut off, altered or not the user's own."""
    try:
        with open_own(path) as file:
            content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        arrays = _parse(content)
    except Exception:  # a foreign head may be nested too deep, too large, or say anything at all
        logger.debug("%s cannot be read", path, exc_info=True)
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # used just now
    return arrays


def _parse(content: memoryview) -> dict[str, NDArray[Any]]:
    """Read arrays from a file's bytes without copying them; ValueError if something is wrong with them."""
    after_length = len(SIGN) + LENGTH_BYTES
    length = int.from_bytes(content[len(SIGN) : after_length], "little")
    begin = _aligned(after_length + length)
    if bytes(content[: len(SIGN)]) != SIGN or begin > len(content):
        message = "not a file of this cache"
        raise ValueError(message)
    head = json.loads(bytes(content[after_length : after_length + length]))
    if len(content) != begin + head["bytes"]:
        message = "cut off"
        raise ValueError(message)
    arrays: dict[str, NDArray[Any]] = {}
    parts = []
    for field in head["arrays"]:
        kind, shape = np.dtype(field["type"]), tuple(field["shape"])
        at = begin + field["at"]
        parts.append(content[at : at + kind.itemsize * math.prod(shape)])
        arrays[field["name"]] = np.frombuffer(parts[-1], dtype=kind).reshape(shape)
    if _checksum(parts, head["arrays"]) != head["checksum"]:
        message = "altered"
        raise ValueError(message)
    return arrays
