"""One connection for one transaction; whatever fails in it becomes one sentence without the password."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg
from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from ..sentences import LONGEST_PROBLEM, first_line, shortened
from .address import is_address, without_password

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..errors import InputError, OutputError

    Kind = type[InputError] | type[OutputError]

CONNECT_SECONDS: Final = 10
OWN_PAIRS: Final = ("schema", "table")
"""Pairs of the address that are for us, not for the server."""
MENDING: Final = {
    "no password supplied": "put the password in PGPASSWORD or ~/.pgpass",
    "authentication failed": "put the right password in PGPASSWORD or ~/.pgpass",
    "Connection refused": "check host and port, and that PostgreSQL runs there and listens to other machines",
    "timeout": "nothing answered in time: check host, port, VPN and firewall",
    "translate host name": "check the spelling of the host",
    "resolve host": "check the spelling of the host",
    "SSL": "check that the port is PostgreSQL's, and sslmode= in the address",
    "pg_hba.conf": "ask the server's administrator to let this user in from this machine",
    'database "': "check the name of the database",
    'role "': "check the name of the user",
}
"""What to do about a connection that fails, by words in the reason that libpq gives."""
ADVICE: Final = {
    "0A000": "a query is one SELECT that changes nothing",
    "25006": "a query is one SELECT that changes nothing",
    "2BP01": "the columns have changed and a view needs the old ones: drop the view, or give another schema",
    "42501": "ask the owner of the database to grant it",
    "42601": "a query is one SELECT",
    "42P01": "write the table's name as schema.name, in quotes if it has capitals",
    "55P03": "another program holds the table, perhaps QGIS in editing: try again when it has let go",
}
"""What to do about a statement that fails, by SQLSTATE."""


class Session(NamedTuple):
    """One transaction: connection, address as it may be said, and the pairs after its question mark."""

    connection: Connection
    where: str
    pairs: Mapping[str, str | tuple[str, ...]]


@contextmanager
def transaction(address: str, kind: Kind, *, read_only: bool = False) -> Iterator[Session]:
    """Open a connection for one transaction; an exception inside undoes all of it.

    Raises
    ------
    InputError
        If there is no connection or the server complains, and that is the kind asked for.
    OutputError
        Likewise.
    """
    where = without_password(address)
    url = _url(address, kind)
    try:
        with _connect(url, kind, where) as connection:
            connection.execution_options(postgresql_readonly=read_only)
            with connection.begin():
                yield Session(connection, where, url.query)
    except (DBAPIError, psycopg.Error) as error:
        message = f"{where}: {_complaint(error)}"
        raise kind(message) from error


def see_postgis(connection: Connection) -> bool:
    """Put the schema of PostGIS on the search path, wherever it is installed; False where it is not."""
    path = "concat_ws(', ', NULLIF(current_setting('search_path'), ''), quote_ident(nspname))"
    query = (
        f"SELECT set_config('search_path', {path}, true) FROM pg_extension "
        "JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'postgis'"
    )
    return connection.execute(text(query)).first() is not None


def _url(address: str, kind: Kind) -> URL:
    told = shortened(without_password(address), LONGEST_PROBLEM)
    malformed = kind(
        f"{told}: is no address such as postgresql://user@host:5432/database; "
        "in a password write % as %25, @ as %40, / as %2F, : as %3A, # as %23 and ? as %3F"
    )
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise malformed from None  # what was wrong may be a part of the password
    if not is_address(address) or "@" in f"{url.host}{url.database}":
        raise malformed
    return url.set(drivername="postgresql+psycopg")


def _connect(url: URL, kind: Kind, where: str) -> Connection:
    settings = {"connect_timeout": CONNECT_SECONDS, "application_name": "siting", "client_encoding": "utf8"}
    settings = {key: value for key, value in settings.items() if key not in url.query}
    there = url.difference_update_query(OWN_PAIRS)
    try:
        return create_engine(there, poolclass=NullPool, connect_args=settings).connect()
    except DBAPIError as error:
        reason = " ".join(first_line(error.orig).split()).removeprefix("connection failed: ")
        todo = next((todo for words, todo in MENDING.items() if words in reason), "check the address")
        message = f"{where}: {reason}; {todo}"
        raise kind(message) from error


def _complaint(error: DBAPIError | psycopg.Error) -> str:
    """Say in one line what the server complains of, and what to do."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg.Error):
        return first_line(cause)
    said = cause.diag.message_primary or first_line(cause)
    advice = ADVICE.get(cause.sqlstate or "")
    return f"{said}; {advice}" if advice else said
