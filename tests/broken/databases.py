"""Databases that are none: `siting build`, for a table that lies at an address."""

from __future__ import annotations

import json
import random
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from . import sources
from .case import Kind
from .faults import replaced

ANSWERS = {
    "a server that hangs up": b"",
    "a server that says nothing": None,
    "a server of noise": random.Random(3).randbytes(100_000),
    "a server of web pages": b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"<html>" * 1_000,
    "a server that asks without end": b"N" * 50_000_000,
    "a server with an error without end": b"E\x7f\xff\xff\xff" + b"S" * 50_000_000,
    "a server that wants an unknown password": b"R\x00\x00\x00\x08\x00\x00\x00\x63",
    "a server that welcomes and sends noise": (
        b"NR\x00\x00\x00\x08\x00\x00\x00\x00Z\x00\x00\x00\x05I" + b"T\xff\xff\xff\xff" * 1_000
    ),
}  # fmt: skip
ADDRESSES = {
    "nobody listens": "postgresql://127.0.0.1:1/x",
    "no such host": "postgresql://nothing.invalid/x",
    "a port of letters": "postgresql://127.0.0.1:geheim/x",
    "a port too large": "postgresql://127.0.0.1:99999999/x",
    "a negative port": "postgresql://127.0.0.1:-1/x",
    "nothing but the beginning": "postgresql://",
    "a folder for a host": "postgresql:///x?host=/nowhere",
    "a service of a file": "postgresql:///x?service=nothing",
    "an option that is none": "postgresql://127.0.0.1:1/x?<b>=1",
    "a password within": "postgresql://anna:geheim@127.0.0.1:1/x",
    "another database": "mysql://anna:geheim@127.0.0.1/x",
    "a zero byte": "postgresql://127.0.0.1:1/a\0b",
    "a line of its own": "postgresql://127.0.0.1:1/a\nsiting: b",
    "what a terminal obeys": "postgresql://127.0.0.1:1/\x1b[2J",
    "half a sign of percent": "postgresql://127.0.0.1:1/%zz%",
    "a very long one": f"postgresql://127.0.0.1:1/{'x' * 100_000}",
    "many hosts": f"postgresql://{','.join(['127.0.0.1:1'] * 5_000)}/x",
}


def _serve(listener: socket.socket, answer: bytes | None) -> None:
    kept = []
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        kept.append(client)  # who says nothing does not hang up either
        if answer is not None:
            try:
                client.recv(65_536)
                client.sendall(answer)
                client.close()
            except OSError:
                pass


def answered(answer: bytes | None) -> Callable[[Path], object]:
    """Let a server of this machine answer so, for as long as this process runs."""

    def breaks(folder: Path) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=_serve, args=(listener, answer), daemon=True).start()
        at(f"postgresql://anna:geheim@127.0.0.1:{listener.getsockname()[1]}/x?connect_timeout=3")(folder)

    return breaks


def at(address: str) -> Callable[[Path], object]:
    return replaced(sources.FILE, "file: rutor.csv", f"file: {json.dumps(address)}\n  table: rutor")


def kinds() -> list[Kind]:
    return [
        Kind(
            "database",
            sources.whole,
            sources.COMMAND,
            frozenset({10}),
            {
                **{fault: at(address) for fault, address in ADDRESSES.items()},
                **{fault: answered(answer) for fault, answer in ANSWERS.items()},
            },
        )
    ]
