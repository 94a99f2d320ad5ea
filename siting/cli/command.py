"""Runs a command, and turns errors into a sentence and an exit code."""

from __future__ import annotations

import errno
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import InputError, OutputError, SitingError
from .arguments import parser
from .progress import in_one_line
from .stopping import Terminated, sigterm_unwinds
from .streams import steady_streams

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)
NOTHING_WRITTEN: Final = "nothing was written"
STOPPED: Final = 130
"""Exit code of what Ctrl-C ended, as shells have it."""
TERMINATED: Final = 143
"""That of what SIGTERM ended."""
DISK_ERRORS: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
NO_THREAD: Final = "can't start new thread"
"""What Python says where the machine allows this user no further process; it has no error of its own."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    with steady_streams() as out:
        code = _run(arguments)
        out.flush()
        # A reader who has had enough, as "siting sites | head" has, is no error.
        if code == 0 and out.error is not None and not isinstance(out.error, BrokenPipeError):
            why = out.error.strerror
            sys.stderr.write(f"siting: all is written but what goes to standard output ({why})\n")
            code = OutputError.exit_code
    return code


def _run(arguments: Sequence[str] | None) -> int:
    options = parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    try:
        with sigterm_unwinds():
            _check_place()
            options.action(options)
    except SitingError as error:
        sys.stderr.write(f"siting: {in_one_line(str(error))}\n")
        return error.exit_code
    except MemoryError:
        sys.stderr.write(f"siting: the memory of this machine does not suffice; {NOTHING_WRITTEN}\n")
        return SitingError.exit_code
    except OSError as error:
        return _report(error)
    except RuntimeError as error:
        if str(error) != NO_THREAD:
            raise
        sys.stderr.write(f"siting: this machine lets you start no further thread; {NOTHING_WRITTEN}\n")
        return SitingError.exit_code
    except KeyboardInterrupt as stop:
        sys.stderr.write("siting: stopped\n")
        return TERMINATED if isinstance(stop, Terminated) else STOPPED
    return 0


def _report(error: OSError) -> int:
    """Say what the machine refused; return the exit code."""
    if error.errno in DISK_ERRORS:
        sys.stderr.write(f"siting: {error.filename or 'a file'}: cannot be written ({error.strerror})\n")
        return OutputError.exit_code
    logger.debug("refused", exc_info=error)
    sys.stderr.write(f"siting: the machine refused something: {in_one_line(str(error))}; {NOTHING_WRITTEN}\n")
    return SitingError.exit_code


def _check_place() -> None:
    """See that the folder that we work in is there, for libraries end in its absence."""
    try:
        Path.cwd()
    except OSError as error:
        message = f"the folder that you work in cannot be found ({error.strerror}); go to another with cd"
        raise InputError(message) from error
