"""The same work on many items, in this process or spread by dask over many; the results are the same.

What all items need (`shared`) is sent to each worker once. A worker that dies is survived: its items are done
again by another. Who may reach a dask scheduler may run any program on its workers, so an address is a matter
of trust (docs/sweeps.md).
"""

from __future__ import annotations

from .connect import check_workers as check_workers
from .connect import dask_workers as dask_workers
from .connect import workers_for as workers_for
from .work import InThisProcess as InThisProcess
from .work import Workers as Workers
from .work import in_parts as in_parts
from .work import keep_nothing as keep_nothing
from .work import say_nothing as say_nothing
