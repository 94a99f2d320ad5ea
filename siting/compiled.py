"""`compiled`: machine code of a function, kept on disk where that can be; importing this imports numba."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeVar, cast

from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)
F = TypeVar("F", bound="Callable[..., Any]")


def compiled(function: F) -> F:
    """Compile a function at its first call, without Python's lock.

    The machine code is kept beside the module, in the user's cache folder or where NUMBA_CACHE_DIR says;
    where none of them can be written, each process compiles anew.
    """
    made: Any
    try:
        made = njit(cache=True, nogil=True)(function)
    except RuntimeError as error:  # "cannot cache function: no locator available"
        logger.info("machine code is not kept (%s); set NUMBA_CACHE_DIR to a folder of yours", error)
        made = njit(nogil=True)(function)
    return cast("F", made)
