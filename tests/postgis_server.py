"""A private PostgreSQL server with PostGIS for the tests: started in seconds, gone at the end.

It lies in a folder of its own in the machine's temporary folder, listens on a free port of 127.0.0.1 only,
and asks every user for a password (scram-sha-256). A server that the machine runs already is left alone.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

REQUIRED = "SITING_REQUIRE_POSTGIS"
ABSENT = "no PostgreSQL with PostGIS here: apt install postgresql-postgis"
BINARIES = "/usr/lib/postgresql/*/bin"
PASSWORD = "s3cret/@:#?%å"  # each sign of it means something in an address
START_SECONDS = 30
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")


@dataclass(frozen=True)
class Server:
    """A running server: `analyst` owns the databases `planning` (with PostGIS) and `plain`, `reader` none."""

    port: int

    def address(
        self,
        database: str = "planning",
        *,
        user: str = "analyst",
        password: str | None = PASSWORD,
        schema: str = "",
    ) -> str:
        secret = "" if password is None else f":{quote(password, safe='')}"
        query = f"?schema={quote(schema, safe='')}" if schema else ""
        return f"postgresql://{user}{secret}@127.0.0.1:{self.port}/{database}{query}"

    def connect(self, database: str = "planning", *, user: str = "postgres") -> psycopg.Connection:
        """A connection of its own for what a test sets up or looks at; each statement stands at once."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            dbname=database,
            user=user,
            password=PASSWORD,
            autocommit=True,
        )

    def execute(self, *statements: str, database: str = "planning", user: str = "analyst") -> list[tuple]:
        """Run statements and give the rows of the last."""
        with self.connect(database, user=user) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def running() -> Iterator[Server]:
    """A server for as long as the block lasts; without PostGIS a skip, or a failure if it is required."""
    binaries = _binaries()
    if binaries is None:
        _give_up(ABSENT)
    folder = Path(tempfile.mkdtemp(prefix="siting-postgis-"))
    try:
        user = _server_user(folder)
        _make_cluster(binaries, folder, user)
        with _process(binaries, folder, user) as server:
            _make_databases(server)
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _give_up(reason: str) -> None:
    if os.environ.get(REQUIRED):
        pytest.fail(reason)
    pytest.skip(reason)


def _binaries() -> Path | None:
    """The newest version that Debian or Ubuntu has installed, or what is on the PATH."""
    folders = [path for path in Path("/").glob(BINARIES.lstrip("/")) if (path / "initdb").exists()]
    if folders:
        return max(folders, key=lambda path: int(path.parent.name))
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found and hasattr(os, "getuid") else None


def _server_user(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root: the folder goes to the user that Debian made for it."""
    if os.getuid() != 0:
        return None
    shutil.chown(folder, "postgres", "postgres")
    return "postgres"


def _make_cluster(binaries: Path, folder: Path, user: str | None) -> None:
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    subprocess.run(
        [
            *(binaries / "initdb", "-D", folder / "data", "--username=postgres", f"--pwfile={secret}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync"),
        ],
        check=True,
        capture_output=True,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )


@contextmanager
def _process(binaries: Path, folder: Path, user: str | None) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = (f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", *FAST)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [binaries / "postgres", "-D", folder / "data", *(f"--{setting}" for setting in settings)],
            stdout=log,
            stderr=log,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    try:
        _wait_for(process, Server(port), folder / "log")
        yield Server(port)
    finally:
        process.send_signal(signal.SIGQUIT)  # at once: nothing in it is worth a checkpoint
        process.wait(START_SECONDS)


def _wait_for(process: subprocess.Popen[bytes], server: Server, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            server.connect("postgres").close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the test's PostgreSQL did not start:\n{log.read_text()}")
            time.sleep(0.05)
        else:
            return


def _make_databases(server: Server) -> None:
    secret = PASSWORD.replace("'", "''")
    server.execute(
        f"CREATE ROLE analyst LOGIN PASSWORD '{secret}'",
        f"CREATE ROLE reader LOGIN PASSWORD '{secret}'",
        "CREATE DATABASE planning OWNER analyst",
        "CREATE DATABASE plain OWNER analyst",
        database="postgres",
        user="postgres",
    )
    try:
        server.execute("CREATE EXTENSION postgis", user="postgres")
    except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile):
        _give_up(ABSENT)
