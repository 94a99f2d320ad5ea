"""Puts files in place so that each is found whole under its name, and those of one run together.

They are written into a draft, a hidden folder beside their final names. When all are whole and on the disk,
the earlier files are set aside, records first, and the new ones put in, records last. Whoever is killed in
between leaves all of the earlier files, all of the new ones, or some of one of the two without their record:
never a mix, and never a record beside files that are not its own. A failure puts everything back.

What a kill leaves is a draft. The next run into the same folder deletes those that no process holds; where a
kill came while files changed places, not before it has put its own in place, for nobody else has them.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

try:
    import fcntl
except ImportError:  # Windows has no locks on folders
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DRAFT: Final = ".siting-draft-"
_DRAFT_NAME: Final = re.compile(rf"{re.escape(DRAFT)}[a-z0-9_]{{8}}")
EARLIER: Final = ".earlier"
"""Folder in a draft for the files that its own take the place of."""
RECORD_SUFFIX: Final = ".json"
MOST_SECONDS: Final = 24 * 3600.0
"""Where drafts cannot be held, one that was not written to for so long is nobody's."""


@contextmanager
def put_in_place(folder: Path, *, replaced: Sequence[str] = ()) -> Iterator[Path]:
    """Give a draft folder; when the block ends well, its files are put in place.

    Parameters
    ----------
    folder
        Where they go; it is made if it is not there.
    replaced
        Names of files that are taken away with the earlier ones, though no new ones take their place.

    Yields
    ------
    pathlib.Path
        The draft, on the same disk.

    Raises
    ------
    OSError
        If the folder cannot be written to; then nothing in it has changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _held(folder):
        _clear(folder, with_earlier=False)
        draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=folder))
        mark = hold(draft)
    try:
        yield draft
        written = [path.name for path in draft.iterdir()]
        for name in written:
            _to_disk(draft / name)
        with _held(folder):
            _exchange(draft, folder, written, replaced)
            _clear(folder, with_earlier=True)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        let_go(mark)


def _exchange(draft: Path, folder: Path, written: Sequence[str], replaced: Sequence[str]) -> None:
    """Put new files in the place of earlier ones, or leave all as it was."""
    earlier = [name for name in {*written, *replaced} if _is_file(folder / name)]
    if len(written) == 1 and set(earlier) <= set(written):  # then it is one step
        (draft / written[0]).replace(folder / written[0])
        return
    aside = draft / EARLIER
    aside.mkdir()
    records_last = sorted(written, key=lambda name: (name.endswith(RECORD_SUFFIX), name))
    records_first = sorted(earlier, key=lambda name: (not name.endswith(RECORD_SUFFIX), name))
    steps = [
        *((folder / name, aside / name) for name in records_first),
        *((draft / name, folder / name) for name in records_last),
    ]
    done: list[tuple[Path, Path]] = []
    try:
        for source, target in steps:
            # Noted before: an interruption may come between the two. What was not moved cannot be moved back.
            done.append((source, target))
            source.rename(target)
    except BaseException:
        for source, target in reversed(done):
            if not _is_file(source):
                with suppress(OSError):
                    target.rename(source)
        raise
    _to_disk(folder)


def _is_file(path: Path) -> bool:
    return path.is_symlink() or path.is_file()


def _to_disk(path: Path) -> None:
    """Wait until a file or the names in a folder outlast a power cut."""
    if path.is_dir():
        with suppress(OSError):  # not every system can
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        return
    with path.open("rb+") as file:
        os.fsync(file.fileno())


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Wait for others who are putting files in place, and keep them waiting; only while files are moved."""
    mark = hold(folder, waits=True)
    try:
        yield
    finally:
        let_go(mark)


def hold(folder: Path, *, waits: bool = False) -> int | None:
    """Lock a folder until `let_go` or the end of this process; None if it cannot be, or another has it."""
    if fcntl is None:
        return None
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
    except OSError:  # another has it, or the disk has no locks
        os.close(descriptor)
        return None
    return descriptor


def let_go(mark: int | None) -> None:
    """Unlock what `hold` gave."""
    if mark is not None:
        os.close(mark)


def delete_if_left(folder: Path) -> None:
    """Delete a folder of a process that is no more; leave that of another that is at work."""
    if folder.is_symlink() or not folder.is_dir():
        return
    mark = hold(folder)
    if mark is not None or _is_old(folder):
        shutil.rmtree(folder, ignore_errors=True)
    let_go(mark)


def _clear(folder: Path, *, with_earlier: bool) -> None:
    """Delete the drafts of processes that are no more; those with earlier files if that is asked for."""
    with suppress(OSError):  # too many open files, say: another run will do it
        for path in folder.glob(f"{DRAFT}*"):
            if _DRAFT_NAME.fullmatch(path.name) and (with_earlier or not (path / EARLIER).exists()):
                delete_if_left(path)


def _is_old(draft: Path) -> bool:
    with suppress(OSError):
        return fcntl is None and time.time() - draft.stat().st_mtime > MOST_SECONDS
    return False
