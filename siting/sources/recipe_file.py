"""Reads a sources file, and says in one sentence what is wrong with one."""

from __future__ import annotations

import json
from types import NoneType
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from ..errors import InputError
from ..sentences import shortened
from ..yaml_file import first_fault, read_mapping
from .recipe import STREET_ENDINGS, Recipe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pydantic import JsonValue


Settings = TypeVar("Settings", bound=BaseModel)
TABLE_ENDINGS: Final = (".csv", ".tsv", ".xlsx", ".xls", ".gpkg", ".geojson", ".parquet", ".shp", ".tif",
                        ".tiff", ".zip")  # fmt: skip
MOST_VALUES: Final = 100_000
"""Of a sources file, each alias counted as all that it stands for."""


def read_recipe(path: Path) -> Recipe:
    """Read a sources file.

    Raises
    ------
    InputError
        If it cannot be read, or a key is unknown, missing or wrong; the message names the line.
    """
    tree = _read_yaml(path)
    _require_bounded(path, tree)
    try:
        return Recipe.model_validate_json(json.dumps(tree, default=str))
    except ValidationError as error:
        raise InputError(_message(path, tree, error, Recipe)) from error


def read_settings(
    model: type[Settings], given: Mapping[str, JsonValue], path: Path, place: tuple[str, ...]
) -> Settings:
    """Read a section of settings of a sources file that was read.

    Parameters
    ----------
    model
        What they are.
    given
        The section.
    path
        The sources file.
    place
        Keys that lead to the section.

    Raises
    ------
    InputError
        If a setting is unknown or wrong; the message names the line.
    """
    try:
        # Through JSON, because strict validation there takes a list for a tuple, as YAML means it.
        return model.model_validate_json(json.dumps(given))
    except ValidationError as error:
        raise InputError(_message(path, _read_yaml(path), error, model, place)) from error


def _message(
    path: Path,
    tree: CommentedMap,
    error: ValidationError,
    model: type[BaseModel],
    place: tuple[str, ...] = (),
) -> str:
    """Say the first thing that is wrong, and in which line."""
    inside, problem = first_fault(error, model)
    location = (*place, *inside)
    where = ".".join(map(shortened, location))
    return f"{path}, line {_line(tree, location)}: {f'{where}: ' if where else ''}{problem}"


def _read_yaml(path: Path) -> CommentedMap:
    _require_text(path)
    return read_mapping(
        path,
        refused=InputError,
        example="name: my-county",
        most_values=MOST_VALUES,
    )


def _require_text(path: Path) -> None:
    """Refuse what is rather one of the sources than the file that names them."""
    name = path.name.lower()
    if name.endswith(STREET_ENDINGS):
        what = "an extract"
    elif name.endswith(TABLE_ENDINGS):
        what = "a source"
    else:
        return
    message = f"{path}: is {what}, not a sources file; build takes a sources file (docs/your-region.md)"
    raise InputError(message)


def _require_bounded(path: Path, tree: CommentedMap) -> None:
    """Refuse aliases that unfold without end, and keys that are no text, before they cost anything."""
    waiting: list[object] = [tree]
    for _ in range(MOST_VALUES + 1):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, CommentedMap):
            odd = next((key for key in node if not isinstance(key, str | int | float | NoneType)), None)
            if odd is not None:
                line = int((node.lc.data or {}).get(odd, (node.lc.line,))[0]) + 1
                message = f"{path}, line {line}: the key {shortened(odd)!r} must be text; put it in quotes"
                raise InputError(message)
            waiting.extend(node.values())
        elif isinstance(node, CommentedSeq):
            waiting.extend(node)
    message = f"{path}: holds more than {MOST_VALUES} values, or aliases (*name) that stand for as many"
    raise InputError(message)


def _line(tree: CommentedMap, location: Iterable[int | str]) -> int:
    """Line of the last part of a key path that the file holds."""
    node: object = tree
    line = 0
    for part in location:
        if not isinstance(node, CommentedMap | CommentedSeq):
            break
        places = node.lc.data or {}
        if part not in places:
            break
        line = int(places[part][0])
        node = node[part]
    return line + 1
