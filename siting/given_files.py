"""Files that others name: only ordinary ones are read, and none that is larger than its kind can be.

A pipe would be waited for without end, and a device such as /dev/zero read until no memory is left.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from pathlib import Path

BYTES_PER_MB: Final = 1_000_000
_READING: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


def read_bytes(path: Path, *, most_bytes: int) -> bytes:
    """Read an ordinary file whole.

    Parameters
    ----------
    path
        The file, or a link to one.
    most_bytes
        A larger file is refused before it is read.

    Raises
    ------
    OSError
        If it cannot be read, is no ordinary file, or is too large; its `strerror` says so in words.
    """
    try:
        descriptor = os.open(path, _READING)
    except ValueError as error:  # a zero byte, which no file's name can have
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT)) from error
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        _require_ordinary(state, most_bytes)
        return file.read(state.st_size)


def require_ordinary(path: Path, *, most_bytes: int) -> None:
    """See that a file which another program is to read is ordinary and no larger than its kind can be.

    Raises
    ------
    OSError
        If it is not there, no ordinary file, or too large; its `strerror` says so in words.
    """
    try:
        state = path.stat()
    except ValueError as error:
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT)) from error
    _require_ordinary(state, most_bytes)


def require_sound_parquet(file: Path | BinaryIO) -> None:
    """See that the texts of a Parquet file are texts: pandas finds out only where it uses them.

    Raises
    ------
    ValueError
        If one is not, as pyarrow says; and as it reads.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415  (an optional extra)

    for batch in pq.ParquetFile(file).iter_batches():
        batch.validate(full=True)


def is_file(path: Path) -> bool:
    """Say whether a file is there; one whose name no disk can hold is not."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Say whether a folder is there; one whose name no disk can hold is not."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _require_ordinary(state: os.stat_result, most_bytes: int) -> None:
    if stat.S_ISDIR(state.st_mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(state.st_mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not an ordinary file")
    if state.st_size > most_bytes:
        size, most = (each / BYTES_PER_MB for each in (state.st_size, most_bytes))
        raise OSError(errno.EFBIG, f"it has {size:,.0f} MB; at most {most:,.0f} MB are read")
