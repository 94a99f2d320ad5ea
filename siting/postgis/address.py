"""Addresses of databases as text: known by their beginning, shown without their password."""

from __future__ import annotations

import re
from typing import Final, TypeGuard
from urllib.parse import unquote

SCHEMES: Final = ("postgresql://", "postgres://")


def is_address(text: object) -> TypeGuard[str]:
    """Whether what may name a file is the address of a database."""
    return isinstance(text, str) and text.startswith(SCHEMES)


def without_password(address: str) -> str:
    """Give the address as it may be logged: no password, even where the address is malformed.

    Examples
    --------
    >>> without_password("postgresql://anna:secret@db.example:5432/gis?schema=siting&password=secret")
    'postgresql://anna@db.example:5432/gis?schema=siting'
    >>> without_password("postgresql://anna:se/c@ret@db.example/gis")
    'postgresql://anna@db.example/gis'
    >>> without_password("postgres://anna:secret/gis")
    'postgresql://anna/gis'
    """
    user_and_password, at, place = address.partition("://")[2].rpartition("@")
    user = user_and_password.partition(":")[0]
    place, _, query = place.partition("?")
    place = re.sub(r"^([^:/\[]*):(?!\d*(/|$))[^/]*", r"\1", place)  # a "port" of letters is a password
    pairs = [pair for pair in query.split("&") if pair and not _is_secret(pair)]
    return f"postgresql://{user}{at}{place}{'?' if pairs else ''}{'&'.join(pairs)}"


def _is_secret(pair: str) -> bool:
    return "pass" in unquote(pair.partition("=")[0]).lower()
