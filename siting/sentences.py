"""Parts of the sentences that errors are told in: what is quoted, listed, or said by another program."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_LETTERS: Final = 60
"""Of a text that a sentence quotes from a file."""
MOST_NAMES: Final = 12
"""That a sentence lists."""
LONGEST_SHOWN: Final = 80
"""Of a value that a sentence shows; a longer one is not shown at all."""
LONGEST_PROBLEM: Final = 250
"""Of what a sentence tells in another's words, or gives to choose from."""


def shortened(text: object, most: int = MOST_LETTERS) -> str:
    """Give a text of a file as a sentence quotes it: whole, or its beginning.

    Examples
    --------
    >>> shortened("cells"), shortened("9" * 400, 8)
    ('cells', '9999 ...')
    """
    told = str(text)
    return told if len(told) <= most else f"{told[: most - 4]} ..."


def first_line(said: object) -> str:
    r"""Give the first line of what an error says; of one that says nothing, what it is.

    Examples
    --------
    >>> first_line(ValueError("line 3: no number\nsee the manual")), first_line(KeyError()), first_line("\n")
    ('line 3: no number', 'KeyError', 'str')
    """
    lines = str(said).strip().splitlines() or [type(said).__name__]
    return shortened(lines[0], LONGEST_PROBLEM)


def listed(names: Iterable[object], *, quoted: bool = False) -> str:
    """List names of columns in a sentence; a number is none, but the count of a table that has no head.

    Examples
    --------
    >>> listed(["cell_id", "minutes"]), listed(["c0", "17"]), listed(range(0))
    ('cell_id, minutes', 'c0, a number', 'none')
    """
    every = list(names)
    quote = repr if quoted else str
    told = ["a number" if _is_number(each) else quote(shortened(each)) for each in every[:MOST_NAMES]]
    more = [f"{len(every) - MOST_NAMES} more"] if len(every) > MOST_NAMES else []
    return ", ".join(told + more) or "none"


def _is_number(name: object) -> bool:
    try:
        return math.isfinite(float(str(name).replace(",", ".")))
    except ValueError:
        return False


def needs_extra(what: str, package: str, extra: str, *, see: str = "README, Your own region") -> str:
    """Say how to get a package that is not installed.

    Examples
    --------
    >>> needs_extra("reading .tif", "rasterio", "sources").partition(" in its")[0]
    "reading .tif needs rasterio: install siting with its extra sources: pip install -e '.[sources]'"
    """
    return (
        f"{what} needs {package}: install siting with its extra {extra}: pip install -e '.[{extra}]' in its "
        f"folder ({see})"
    )
