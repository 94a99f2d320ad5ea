"""Reads a sources file, and says in one sentence what is wrong with one."""

from __future__ import annotations

import difflib
import json
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from ..errors import InputError, shortened
from ..yaml_file import read_mapping
from .recipe import STREET_ENDINGS, MinutesSource, Recipe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pydantic import JsonValue


Settings = TypeVar("Settings", bound=BaseModel)
LONGEST_SHOWN: Final = 80
LONGEST_PROBLEM: Final = 250
"""Letters."""
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
        raise InputError(_message(path, tree, error, ())) from error


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
        raise InputError(
            _message(path, _read_yaml(path), error, place, sorted(model.model_fields))
        ) from error


def _message(
    path: Path,
    tree: CommentedMap,
    error: ValidationError,
    place: tuple[str, ...],
    allowed: list[str] | None = None,
) -> str:
    """Say the first thing that is wrong, and in which line."""
    # A misspelt key is also a missing one: name the misspelling first.
    first = sorted(error.errors(), key=lambda each: each["type"] != "extra_forbidden")[0]
    location = (*place, *(part for part in first["loc"] if part != "[key]"))
    where = ".".join(map(shortened, location))
    shown = first["input"]
    # Never an address, which may hold a password.
    is_short = isinstance(shown, str | int | float) and len(str(shown)) < LONGEST_SHOWN
    got = f" (got {shown!r})" if is_short and "://" not in str(shown) else ""
    quiet = first["type"] in ("value_error", "extra_forbidden", "missing")
    return (
        f"{path}, line {_line(tree, location)}: {f'{where}: ' if where else ''}"
        f"{_problem(dict(first), location, allowed)}{'' if quiet else got}"
    )


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


_PLAIN_WORDS: Final = {
    "missing": "is missing",
    "model_type": "must hold keys and values",
    "dict_type": "must hold keys and values",
    "string_type": "must be text",
    "tuple_type": "must be a list in brackets, such as [Falun, Mora]",
}


def _problem(error: dict[str, Any], location: tuple[int | str, ...], allowed: list[str] | None) -> str:
    kind: str = error["type"]
    if kind == "value_error":
        return shortened(error["ctx"]["error"], LONGEST_PROBLEM)
    if kind == "extra_forbidden":
        allowed = allowed or _fields_at(location[:-1])
        close = difflib.get_close_matches(str(location[-1]), allowed, n=1)
        return f"unknown key; {f'did you mean {close[0]!r}?' if close else 'allowed: ' + ', '.join(allowed)}"
    text: str = error["msg"].removeprefix("Input ")
    return _PLAIN_WORDS.get(kind, f"{text[0].lower()}{text[1:]}")


def _fields_at(location: tuple[int | str, ...]) -> list[str]:
    """Names of the fields that may stand at a place of the sources file."""
    model: type[BaseModel] = Recipe
    for part in location:
        field = model.model_fields.get(str(part))
        found = _models_in(field.annotation if field else None)
        model = found[0] if found else (MinutesSource if "minutes" in location else model)
    return sorted(model.model_fields)


def _models_in(annotation: object) -> list[type[BaseModel]]:
    options = getattr(annotation, "__args__", (annotation,))
    return [each for each in options if isinstance(each, type) and issubclass(each, BaseModel)]
