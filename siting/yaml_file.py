"""Reads a YAML file that people write, and says in one sentence what is wrong with one."""

from __future__ import annotations

import difflib
import warnings
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import ScalarEvent

from .given_files import read_bytes
from .sentences import LONGEST_PROBLEM, LONGEST_SHOWN, first_line, shortened

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from .errors import InputError

COLON: Final = "mapping values are not allowed"
MOST_BYTES: Final = 2_000_000
"""Of a file that people write: a hundred times the largest that there is."""
MOST_DEEP: Final = 50
"""Levels; what siting reads has eight. Beyond some hundreds Python's own stack ends."""


class _BoundedComposer(Composer):
    """Stops where a file goes too deep or on too long, before anything is made of it."""

    most_values: ClassVar[int]
    with_merging: ClassVar[bool]
    _deep = _n_values = 0

    def get_single_node(self) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an anchor that is used again: the last one counts
            return super().get_single_node()

    def compose_node(self, parent: Any, index: Any) -> Any:
        self._deep += 1
        self._n_values += 1
        if self._deep > MOST_DEEP or self._n_values > self.most_values:
            problem = (
                f"holds more than {self.most_values:,} values"
                if self._deep <= MOST_DEEP
                else f"is nested deeper than {MOST_DEEP} levels"
            )
            raise ComposerError(None, None, problem, self.parser.peek_event().start_mark)
        event = self.parser.peek_event()
        if not self.with_merging and isinstance(event, ScalarEvent) and event.value == "<<":
            problem = "merges (<<), which this file may not; write the keys themselves"
            raise ComposerError(None, None, problem, event.start_mark)
        node = super().compose_node(parent, index)
        self._deep -= 1
        return node


def bounded(most: int, *, merging: bool = True) -> type[Composer]:
    """Give what composes a tree of at most so many values, merging others or not, for `YAML.Composer`."""

    class Bounded(_BoundedComposer):
        most_values = most
        with_merging = merging

    return Bounded


def read_mapping(path: Path, *, refused: type[InputError], example: str, most_values: int) -> CommentedMap:
    """Read a file of keys and values; each keeps its line.

    Parameters
    ----------
    path
        The file.
    refused
        The error that is raised.
    example
        What such a file may hold, for the message.
    most_values
        Keys and values that such a file has at most.

    Raises
    ------
    InputError
        Of the kind `refused`: if the file cannot be read, is not YAML, or holds no mapping.
    """
    try:
        text = read_bytes(path, most_bytes=MOST_BYTES).decode("utf-8")
        yaml = YAML(typ="rt")
        yaml.Composer = bounded(most_values)
        tree = yaml.load(text)
    except UnicodeDecodeError as error:
        message = f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8"
        raise refused(message) from error
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror})"
        raise refused(message) from error
    except MarkedYAMLError as error:
        message = f"{path}{problem_of(error, text)}"
        raise refused(message) from error
    # On a file that is no YAML the parser stumbles over its own feet: it ends in almost anything.
    except Exception as error:
        message = f"{path}: is not YAML that can be read ({type(error).__name__})"
        raise refused(message) from error
    if not isinstance(tree, CommentedMap):
        message = f"{path}: must hold keys and values, such as '{example}'"
        raise refused(message)
    return tree


def problem_of(error: MarkedYAMLError, text: str) -> str:
    """Name the line, and in plain words what is wrong there."""
    problem = first_line(error.problem or "is not YAML")
    mark = error.problem_mark
    line = text.split("\n")[mark.line] if mark and mark.line < text.count("\n") + 1 else ""
    if "'\\t'" in problem or "\t" in line[: len(line) - len(line.lstrip())]:
        problem = "the line begins with a tab; indent with spaces"
    elif COLON in problem:
        problem = "a text that holds a colon must stand in quotation marks"
    return f"{f', line {mark.line + 1}' if mark else ''}: {problem}"


Place = tuple[int | str, ...]
_PLAIN_WORDS: Final = {
    "missing": "is missing",
    "model_type": "must hold keys and values",
    "dict_type": "must hold keys and values",
    "string_type": "must be text",
    "tuple_type": "must be a list in brackets, such as [Falun, Mora]",
}
_SHOW_NO_VALUE: Final = ("value_error", "extra_forbidden", "missing")


def first_fault(error: ValidationError, model: type[BaseModel]) -> tuple[Place, str]:
    """Give the keys that lead to the first thing that is wrong in a file, and in plain words what it is.

    Examples
    --------
    >>> from pydantic import ValidationError
    >>> class Sheet(BaseModel, extra="forbid"):
    ...     rows: int = 0
    >>> try:
    ...     Sheet.model_validate({"row": 1})
    ... except ValidationError as error:
    ...     first_fault(error, Sheet)
    (('row',), "unknown key; did you mean 'rows'?")
    """
    # A misspelt key is also a missing one: name the misspelling first.
    first = sorted(error.errors(), key=lambda each: each["type"] != "extra_forbidden")[0]
    place, model = _as_written(first["loc"], model)
    shown = first["input"]
    # Never an address, which may hold a password.
    is_short = isinstance(shown, str | int | float) and len(str(shown)) < LONGEST_SHOWN
    is_told = is_short and "://" not in str(shown) and first["type"] not in _SHOW_NO_VALUE
    return place, f"{_in_plain_words(first, model)}{f' (got {shown!r})' if is_told else ''}"


def _as_written(location: Place, model: type[BaseModel]) -> tuple[Place, type[BaseModel]]:
    """Leave out of a place what pydantic adds to it; give with it the section in which it ends."""
    place: list[int | str] = []
    for part in location:
        if str(part).endswith("]"):  # [key], or function-after[..., AgeSpan] of several forms
            continue
        place.append(part)
        field = model.model_fields.get(str(part))
        options = getattr(field.annotation, "__args__", (field.annotation,)) if field else ()
        models = [each for each in options if isinstance(each, type) and issubclass(each, BaseModel)]
        model = models[0] if models else model  # names of a mapping and numbers of a list lead no deeper
    return tuple(place), model


def _in_plain_words(error: ErrorDetails, model: type[BaseModel]) -> str:
    kind = error["type"]
    if kind == "value_error":
        return shortened(error["ctx"]["error"], LONGEST_PROBLEM)
    if kind == "extra_forbidden":
        allowed = sorted(model.model_fields)
        close = difflib.get_close_matches(str(error["loc"][-1]), allowed, n=1)
        return f"unknown key; {f'did you mean {close[0]!r}?' if close else 'allowed: ' + ', '.join(allowed)}"
    text = error["msg"].removeprefix("Input ")
    return _PLAIN_WORDS.get(kind, shortened(f"{text[0].lower()}{text[1:]}", LONGEST_PROBLEM))
