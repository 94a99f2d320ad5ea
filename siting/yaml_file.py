"""Reads a YAML file that people write, and says in one sentence what is wrong with one."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, ClassVar, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import ScalarEvent

from .errors import shortened
from .given_files import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

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
    problem = shortened((error.problem or "is not YAML").splitlines()[0], 200)
    mark = error.problem_mark
    line = text.split("\n")[mark.line] if mark and mark.line < text.count("\n") + 1 else ""
    if "'\\t'" in problem or "\t" in line[: len(line) - len(line.lstrip())]:
        problem = "the line begins with a tab; indent with spaces"
    elif COLON in problem:
        problem = "a text that holds a colon must stand in quotation marks"
    return f"{f', line {mark.line + 1}' if mark else ''}: {problem}"
