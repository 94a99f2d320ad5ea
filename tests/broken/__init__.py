"""A corpus of broken files for every input: made by code, each with the command that reads it.

``python -m broken`` (in tests/) runs all of it and says what each took; the default tests leave out what has a million rows.
"""

# ruff: noqa: E501

from __future__ import annotations

from .case import Broken, Kind


def kinds() -> list[Kind]:
    """All kinds of inputs."""
    from importlib import import_module

    modules = ("scenario_files", "dataset_folders", "sources", "ways", "saved_results")
    return [kind for name in modules for kind in import_module(f"broken.{name}").kinds()]


def corpus() -> list[Broken]:
    """All broken inputs."""
    return [case for kind in kinds() for case in kind.cases()]
