"""Services on loopback, and nothing beyond."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import fake_services
import pytest
from fake_services import Server


@pytest.fixture
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No socket is opened to another machine; where one is tried for is kept."""
    elsewhere: list[str] = []
    connect, look_up = socket.socket.connect, socket.gethostbyname

    def watched_connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1"):
            elsewhere.append(str(address[0]))
            raise PermissionError(address)
        connect(self, address)

    def watched_look_up(host: str) -> str:
        if host not in ("127.0.0.1", "localhost"):
            elsewhere.append(host)
            raise PermissionError(host)
        return look_up(host)

    monkeypatch.setattr(socket.socket, "connect", watched_connect)
    monkeypatch.setattr(socket, "gethostbyname", watched_look_up)
    return elsewhere


@pytest.fixture
def server(only_loopback: list[str]) -> Iterator[Server]:
    """The services; when a test is over, nothing may have been asked of others."""
    with fake_services.running() as fake:
        yield fake
    assert only_loopback == []
