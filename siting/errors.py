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

from typing import ClassVar


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
