"""Runs a command, and turns errors into a sentence and an exit code."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from ..errors import SitingError
from .arguments import parser

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    try:
        options.action(options)
    except SitingError as error:
        sys.stderr.write(f"siting: {error}\n")
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has had enough, as "siting sites | head" has
        sys.stderr.close()
    except KeyboardInterrupt:
        sys.stderr.write("siting: stopped\n")
        return 130
    return 0
