"""Reads scenario files, and says what is wrong with one.

A file may say ``extends: other.yaml`` and then only what differs: mappings merge, lists and scalars
replace. With ``extends_sha256`` it says which scenario it means by that. Unknown keys, wrong types and
cycles are errors that name the file, the line and the key.
"""

from __future__ import annotations

import difflib
import json
from functools import cache
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from .errors import ScenarioError
from .given_files import is_file
from .scenario import KeyPath, Origins, Scenario, describe_place
from .scenario_travel import MODE_KEYS
from .sentences import LONGEST_PROBLEM, LONGEST_SHOWN, shortened
from .yaml_file import MOST_DEEP, read_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_NODES: Final = 10_000
MOST_FILES: Final = 10
"""That extend one another. Each that says extends_sha256 reads those above it once more."""


def load(scenario: str | Path) -> Scenario:
    """Read a scenario file, or an embedded scenario by its name ("base").

    Raises
    ------
    ScenarioError
        If the file, or one that it extends, cannot be read or does not validate.
    """
    return _load(scenario, ())


def _load(scenario: str | Path, asking: tuple[Path, ...]) -> Scenario:
    """Read a scenario; `asking` are those whose choice.nobody_worse_than led here."""
    path = _find(scenario)
    merged, origins = _resolve(path, ())
    _name_plan(merged, origins, path, asking)
    if "name" not in merged:
        merged = {"name": path.stem, **merged}
    return _validate(merged, origins, path)


def _name_plan(merged: dict[str, Any], origins: Origins, path: Path, asking: tuple[Path, ...]) -> None:
    """Put the given plan of a scenario where choice.nobody_worse_than names one, such as "today"."""
    key = ("choice", "nobody_worse_than", "plan")
    choice = merged.get("choice")
    asked = choice.get("nobody_worse_than") if isinstance(choice, dict) else None
    if not isinstance(asked, dict) or not isinstance(named := asked.get("plan"), str):
        return
    beside = path.parent / f"{named}.yaml"
    where = describe_place(origins, key, default=str(path))
    if path.resolve() in asking:
        message = f"{where}: goes in a circle; name a scenario whose plan is given, such as today"
        raise ScenarioError(message)
    given = _load(beside if is_file(beside) else named, (*asking, path.resolve())).choice.given
    if given is None:
        message = f"{where}: the scenario {named} has no choice.given; name one whose plan is given"
        raise ScenarioError(message)
    merged["choice"]["nobody_worse_than"] = {**asked, "plan": given.model_dump(mode="json")}


def with_values(scenario: Scenario, values: Mapping[str, object]) -> Scenario:
    """Put other values at some keys of a resolved scenario, by dotted key: "choice.n_main".

    An item of a list is reached by its number from 0: "choice.objectives.0.tolerance".

    Raises
    ------
    ScenarioError
        If there is no such key, or the scenario does not validate so.
    """
    tree = scenario.model_dump(mode="json", exclude_none=True)
    origins = scenario.origins
    for key, value in values.items():
        plain = json.loads(json.dumps(value, default=_plain_value))
        place = _put(tree, key, plain)
        origins = {path: each for path, each in origins.items() if path[: len(place)] != place}
        told = shortened(json.dumps(plain, ensure_ascii=False))
        origins[place] = (f"with {shortened(key)}={told}", 0)
    return _validate(tree, origins, Path(f"scenario {scenario.name}"))


def _plain_value(value: object) -> object:
    """Give what JSON knows for a value of numpy; else its text, such as of a date."""
    plain = getattr(value, "tolist", None)
    return plain() if callable(plain) else str(value)


def _put(tree: dict[str, Any], key: str, value: object) -> KeyPath:
    """Put a value at a dotted key, and return its path; the basis of an old value says nothing of a new."""
    *above, last = key.split(".")
    node: Any = tree  # a mapping or a list
    place: KeyPath = ()
    for part in above:
        step: str | int = _step(node, part, key)
        below: Any = node.get(step) if isinstance(node, dict) else node[step]
        if not isinstance(below, dict | list):
            below = node[step] = {}  # where the schema has nothing to go into, it is the one to say so
        node = below
        place = (*place, step)
    step = _step(node, last, key)
    if isinstance(node, dict) and node.get(last) != value and isinstance(node.get("basis"), dict):
        node["basis"] = {name: text for name, text in node["basis"].items() if name != last}
    node[step] = value
    return (*place, step)


def _step(node: object, part: str, key: str) -> str | int:
    if not isinstance(node, list):
        return part
    if not part.isdecimal() or len(part) > LONGEST_SHOWN or int(part) >= len(node):
        where, there = shortened(key), f"in a list of {len(node)}; items are numbered from 0"
        message = f"{where}: there is no {shortened(part)!r} {there}"
        raise ScenarioError(message)
    return int(part)


def from_resolved(tree: Mapping[str, Any], *, path: Path) -> Scenario:
    """Take a resolved scenario, such as a result holds; `path` is the file that it stands in.

    Raises
    ------
    ScenarioError
        If it does not validate.
    """
    try:
        return _validate(dict(tree), {(): (str(path), 0)}, path)
    except ScenarioError as error:
        message = f"{error}; the file was changed, or written by another siting: run the scenario again"
        raise ScenarioError(message) from error


def to_yaml(scenario: Scenario) -> str:
    """Write the resolved scenario as a YAML text that `load` reads back."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.width = 10_000
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    text = StringIO()
    yaml.dump(scenario.model_dump(mode="json", exclude_none=True), text)
    return text.getvalue()


def embedded_folder(name: Literal["data", "scenarios"]) -> Path:
    """Folder that travels with the package: inside it when installed, beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


def embedded_scenarios() -> tuple[str, ...]:
    """Names of the scenarios that travel with the package."""
    return tuple(sorted(path.stem for path in embedded_folder("scenarios").glob("*.yaml")))


def _find(scenario: str | Path) -> Path:
    path = Path(scenario)
    if is_file(path):
        return path
    if path.name == str(scenario) and not path.suffix:
        embedded = embedded_folder("scenarios") / f"{scenario}.yaml"
        if is_file(embedded):
            return embedded
    known = shortened(", ".join(embedded_scenarios()), LONGEST_PROBLEM)
    message = (
        f"{shortened(scenario, 150)}: there is no such scenario file; give a path, or one of the "
        f"embedded ones: {known}"
    )
    raise ScenarioError(message)


def _resolve(path: Path, above: tuple[Path, ...]) -> tuple[dict[str, Any], Origins]:
    """Read one file and lay it over the file that it extends."""
    if path.resolve() in above:
        chain = " -> ".join(each.name for each in (*above, path))
        message = f"{path}: extends goes in a circle ({chain}); let one of them stand alone"
        raise ScenarioError(message)
    if len(above) >= MOST_FILES:
        message = f"{path}: extends goes through more than {MOST_FILES} files; extend a nearer one"
        raise ScenarioError(message)
    own, origins = _read(path)
    parent, digest = own.pop("extends", None), own.pop("extends_sha256", None)
    if parent is None:
        return own, origins
    if not isinstance(parent, str):
        message = f"{path}: extends must be the name of one file, such as base.yaml"
        raise ScenarioError(message)
    beside = path.parent / parent
    embedded = embedded_folder("scenarios") / f"{parent.removesuffix('.yaml')}.yaml"
    parent_path = beside if is_file(beside) else embedded
    if not is_file(parent_path) or Path(parent).name != parent:
        known = shortened(", ".join(embedded_scenarios()), LONGEST_PROBLEM)
        message = (
            f"{path}, line {origins[('extends',)][1]}: extends: there is no file {shortened(parent)} in its "
            f"folder, and no embedded scenario of that name; these are {known}"
        )
        raise ScenarioError(message)
    if digest is not None:
        _require_digest(parent_path, digest, f"{path}, line {origins['extends_sha256',][1]}")
    base, base_origins = _resolve(parent_path, (*above, path.resolve()))
    base.pop("name", None)
    # The parent's title and question would tell the reader of the report that something else was asked.
    for words in ("question", "title"):
        base[words] = own.pop(words, None) or _own_words(words, path.stem, base.get("title"))
    return _merge(base, own), {**base_origins, **origins}


def _require_digest(parent: Path, digest: object, where: str) -> None:
    found = load(parent).sha256
    if found != digest:
        message = (
            f"{where}: extends_sha256: {parent} is another scenario than this file was made for (its digest "
            f"is {found}); put the file beside the right one, or leave out extends_sha256 to extend this one"
        )
        raise ScenarioError(message)


def _own_words(words: str, name: str, parent_title: object) -> dict[str, str]:
    """Title or question for a scenario that has none of its own: what it is called and rests on."""
    if words == "title":
        return {"sv": name, "en": name}
    parent = parent_title if isinstance(parent_title, dict) else {}
    return {
        "sv": f"Egna regler, med utgångspunkt i ”{parent.get('sv', '')}”.",
        "en": f"Rules of its own, starting from “{parent.get('en', '')}”.",
    }


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Mappings merge, null removes, all else replaces; a value that changes loses its parent's basis.

    Examples
    --------
    >>> _merge({"a": {"b": 1, "c": [1]}, "d": 2}, {"a": {"c": [2]}, "d": None})
    {'a': {'b': 1, 'c': [2]}}
    >>> _merge({"speed": 1, "basis": {"speed": "measured"}}, {"speed": 2})
    {'speed': 2, 'basis': {}}
    """
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if value is None:
            merged.pop(key, None)
        else:
            both = isinstance(below, dict) and isinstance(value, dict)
            merged[key] = _merge(below or {}, value) if both else value
    basis = base.get("basis")
    if isinstance(basis, dict):
        # What the parent's value rested on says nothing of another value.
        own, told = over.get("basis") or {}, merged.get("basis", {})
        changed = {key for key, value in over.items() if value != base.get(key)} - set(own)
        if isinstance(told, dict):  # else the schema says what is wrong
            merged["basis"] = {key: text for key, text in told.items() if key not in changed}
    return merged


def _read(path: Path) -> tuple[dict[str, Any], Origins]:
    tree = read_mapping(
        path,
        refused=ScenarioError,
        example="extends: base.yaml",
        most_values=MOST_NODES,
    )
    origins: Origins = {(): (str(path), 1)}
    plain = _plain(tree, (), str(path), origins)
    assert isinstance(plain, dict)
    return plain, origins


def _line(node: CommentedMap | CommentedSeq, key: object) -> int:
    """Line of a key or an item; that of the whole where YAML merged it in from elsewhere."""
    place = (node.lc.data or {}).get(key, (node.lc.line,))
    return int(place[0] or 0) + 1


def _plain(node: object, at: KeyPath, path: str, origins: Origins) -> object:
    """Turn ruamel's round-trip tree into plain Python, noting the line of each key on the way."""
    if len(origins) > MOST_NODES or len(at) > MOST_DEEP:
        message = f"{path}: holds more than {MOST_NODES} values; a scenario is small, and uses no aliases"
        raise ScenarioError(message)
    if isinstance(node, CommentedMap):
        plain: dict[str, object] = {}
        for key, value in node.items():
            line = _line(node, key)
            if not isinstance(key, str):
                said = shortened(repr(key))
                message = f"{path}, line {line}: the key {said} must be text; put it in quotation marks"
                raise ScenarioError(message)
            origins[(*at, key)] = (path, line)
            plain[str(key)] = _plain(value, (*at, key), path, origins)
        return plain
    if isinstance(node, CommentedSeq):
        for index in range(len(node)):
            origins[(*at, index)] = (path, _line(node, index))
        return [_plain(value, (*at, index), path, origins) for index, value in enumerate(node)]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return None if node is None else str(node)


def _validate(merged: dict[str, Any], origins: Origins, path: Path) -> Scenario:
    try:
        # Through JSON, because strict validation there takes a list for a tuple, as YAML means it.
        scenario = Scenario.model_validate_json(json.dumps(merged))
    except ValidationError as error:
        # A misspelt key is also a missing one: name the misspelling first.
        first, *more = sorted(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        message = _sentence(dict(first), origins, path)
        others = sorted(
            {".".join(map(shortened, _as_written(each["loc"]))) for each in more}
            - {".".join(map(shortened, _as_written(first["loc"])))}
        )
        if others:
            message += f" (wrong too: {shortened(', '.join(others[:3]), LONGEST_SHOWN)})"
        raise ScenarioError(message) from error
    return scenario.read_from(origins)


def _as_written(location: KeyPath) -> KeyPath:
    """Leave out of a place what pydantic adds to it: which kind of mode of travel it took."""
    kind = location[3:4]
    is_mode = location[:2] == ("travel", "modes") and kind and kind[0] in MODE_KEYS
    return location[:3] + location[4:] if is_mode else location


def _sentence(error: dict[str, Any], origins: Origins, path: Path) -> str:
    """Say in one sentence where, what and how to mend."""
    location = _as_written(error["loc"])
    place = describe_place(origins, location, default=str(path))
    given = error["input"]
    is_short = isinstance(given, str | int | float | bool | None) and len(str(given)) < LONGEST_SHOWN
    shown = f" (got {given!r})" if is_short else ""
    return f"{place}: {_problem(error, location)}{'' if error['type'] in _SHOW_NO_VALUE else shown}"


_SHOW_NO_VALUE: Final = ("extra_forbidden", "missing", "value_error")


def _problem(error: dict[str, Any], location: KeyPath) -> str:
    kind: str = error["type"]
    if kind == "value_error":
        return shortened(error["ctx"]["error"], LONGEST_PROBLEM)
    if kind == "extra_forbidden":
        return f"unknown key; {_hint_for_key(location)}"
    if kind == "less_than_equal" and error["ctx"]["le"] == 1:
        return "must be a share between 0 and 1 (2.2 % is 0.022)"
    if kind == "string_pattern_mismatch" and location == ("name",):
        return (
            "the file's name becomes the scenario's name, and may hold a-z, 0-9 and hyphens; "
            "rename the file, or write a name: in it"
        )
    text = error["msg"].removeprefix("Input ")
    return _PLAIN_WORDS.get(kind, f"{text[0].lower()}{text[1:]}")


_PLAIN_WORDS: Final = {
    "missing": "is missing; add it, or extend a complete file such as base.yaml",
    "model_type": "must hold keys and values",
    "dict_type": "must hold keys and values",
    "tuple_type": "must be a list in brackets, such as [YC01, YC02]",
    "bool_type": "must be true or false",
    "float_type": "must be a number with a decimal point, such as 2.2",
    "int_type": "must be a whole number",
}


def _hint_for_key(location: KeyPath) -> str:
    """Say what the key may have been meant to be, or where it belongs."""
    key, siblings = str(location[-1]), _fields_at(location[:-1])
    close = difflib.get_close_matches(key, siblings, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    sections = [section for section in Scenario.model_fields if key in _fields_at((section,))]
    if sections:
        return f"it belongs under {sections[0]}: (indent it by two spaces)"
    return shortened(f"allowed here: {', '.join(siblings)}", LONGEST_PROBLEM)


@cache
def _schema() -> dict[str, Any]:
    """Describe a scenario; made once, for it takes as long as to read one."""
    return Scenario.model_json_schema()


def _fields_at(key_path: KeyPath) -> list[str]:
    """Names of the fields that may stand at a place of the scenario."""
    schema = _schema()
    node = schema
    for part in key_path:
        options = _options(node, schema)
        children = (_child(each, part) for each in options)
        node = next((_follow(each, schema) for each in children if isinstance(each, dict)), {})
    return sorted({name for option in _options(node, schema) for name in option.get("properties", {})})


def _child(node: dict[str, Any], part: str | int) -> object:
    """Give the schema of what stands under a key: a field, or the values of a mapping."""
    of_names = next(iter(node.get("patternProperties", {}).values()), None)
    return node.get("properties", {}).get(part) or node.get("additionalProperties") or of_names


def _options(node: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """What may stand at a place: one kind of section, or one of several."""
    return [_follow(option, schema) for option in node.get("anyOf") or node.get("oneOf") or [node]]


def _follow(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref")
    return schema["$defs"][reference.rsplit("/", 1)[-1]] if reference else node
