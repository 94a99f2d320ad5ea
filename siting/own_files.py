"""Files and folders that belong to this user alone: what others can write is neither read nor added to."""

from __future__ import annotations

import logging
import os
import stat
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

logger = logging.getLogger(__name__)
FOLDER_MODE: Final = 0o700
WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH
_READING: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOFOLLOW", 0)  # no link to elsewhere
    | getattr(os, "O_NONBLOCK", 0)  # nor wait for a pipe
)


def open_own(path: Path) -> BinaryIO:
    """Open a file to read it.

    Raises
    ------
    OSError
        If it is not there, cannot be read, or is not a file that only this user can write.
    """
    file = os.fdopen(os.open(path, _READING), "rb")
    if not _is_own(os.fstat(file.fileno()), stat.S_ISREG):
        file.close()
        message = f"{path} is not a file that only you can write"
        raise PermissionError(message)
    return file


def may_use(folder: Path) -> bool:
    """Whether a folder is the user's own, or not there yet."""
    try:
        state = folder.stat()
    except OSError:
        return True
    if _is_own(state, stat.S_ISDIR):
        return True
    logger.warning("%s is not used as a cache: it must be a folder that only you can write in", folder)
    return False


def make_folder(folder: Path) -> None:
    """Make a folder, and those that it lies in, for this user alone."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def _is_own(state: os.stat_result, is_kind: Callable[[int], bool]) -> bool:
    """Whether something is of a kind, belongs to this user, and no other may write to it (POSIX)."""
    if not is_kind(state.st_mode):
        return False
    if os.name != "posix":
        return True
    return state.st_uid == os.geteuid() and not state.st_mode & WRITABLE_BY_OTHERS
