"""Every error raised on purpose, each with its own exit code.

::

    SitingError (1)
    ├── InputError (10)            something read from outside is wrong
    │   ├── ScenarioError (11)     a scenario file
    │   ├── DatasetError (12)      a table of a dataset, or its manifest
    │   ├── LabelError (13)        two tables do not speak of the same ids
    │   ├── ArrayError (14)        an array handed to the Python functions
    │   └── FetchError (15)        a public source cannot be reached, or gives something else
    ├── SolveError (20)            there is no plan to give
    │   ├── InfeasibleError (21)   no plan obeys the scenario's rules
    │   ├── TimeLimitError (22)    the time ran out before the first plan
    │   └── VerificationError (23) the solver, or a saved result, and the independent count disagree
    ├── OutputError (30)           a result cannot be written
    └── WorkersError (40)          the processes that share the work, or what leads to them, failed
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_LETTERS: Final = 60
"""Of a text that a sentence quotes from a file."""
MOST_NAMES: Final = 12
"""That a sentence lists."""


class SitingError(Exception):
    """Base of all errors raised on purpose; its text is one sentence for the user."""

    exit_code: ClassVar[int] = 1


class InputError(SitingError):
    """Something read from outside is wrong."""

    exit_code = 10


class ScenarioError(InputError):
    """A scenario file is wrong."""

    exit_code = 11


class DatasetError(InputError):
    """A table of a dataset, or its manifest, is wrong."""

    exit_code = 12


class LabelError(InputError):
    """Two tables that should speak of the same ids do not."""

    exit_code = 13


class ArrayError(InputError):
    """An array handed to one of the Python functions is wrong."""

    exit_code = 14


class FetchError(InputError):
    """A public source cannot be reached, or its answer is not what was asked for."""

    exit_code = 15


class SolveError(SitingError):
    """There is no plan to give."""

    exit_code = 20


class InfeasibleError(SolveError):
    """No plan obeys all the rules of the scenario."""

    exit_code = 21


class TimeLimitError(SolveError):
    """The time limit was reached before any plan was found."""

    exit_code = 22


class VerificationError(SolveError):
    """What the solver or a saved result says of a plan, and the independent evaluation, disagree."""

    exit_code = 23


class OutputError(SitingError):
    """A result cannot be written."""

    exit_code = 30


class WorkersError(SitingError):
    """The processes that share the work cannot be reached, are not alike, or died too often."""

    exit_code = 40


def shortened(text: object, most: int = MOST_LETTERS) -> str:
    """Give a text of a file as a sentence quotes it: whole, or its beginning.

    Examples
    --------
    >>> shortened("cells"), shortened("9" * 400, 8)
    ('cells', '9999 ...')
    """
    told = str(text)
    return told if len(told) <= most else f"{told[: most - 4]} ..."


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
