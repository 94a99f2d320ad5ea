"""Fuzzing of all parsers, in process: see tests/fuzz.py."""

from __future__ import annotations

from importlib import import_module

from .parser import Make

ROOMS = ("settings_files", "tables", "ways", "results")


def parsers() -> dict[str, Make]:
    """What makes each parser ready, by its name."""
    return {
        name: make for room in ROOMS for name, make in import_module(f"{__name__}.{room}").PARSERS.items()
    }
