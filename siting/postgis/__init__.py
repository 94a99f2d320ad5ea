"""Tables of a PostGIS database, as a source and as a destination.

An address is ``postgresql://user@host:port/database``, as psql takes it; of its ``?name=value`` pairs two are
ours: ``schema`` and ``table``. The password stands in the address, in PGPASSWORD or in ``~/.pgpass``; no
message holds it. SQLAlchemy and psycopg are loaded when they are first needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import InputError
from ..sentences import needs_extra
from .address import is_address as is_address
from .address import without_password as without_password

if TYPE_CHECKING:
    from .reading import read as read
    from .writing import check_destination as check_destination
    from .writing import write_layers as write_layers

_HOME_OF = {"check_destination": ".writing", "read": ".reading", "write_layers": ".writing"}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        message = f"module 'siting.postgis' has no attribute {name!r}"
        raise AttributeError(message)
    try:
        return getattr(import_module(_HOME_OF[name], __name__), name)
    except ModuleNotFoundError as error:
        message = needs_extra("a postgresql:// address", str(error.name), "postgis")
        raise InputError(message) from error
