"""Reads a YAML file that people write, and says in one sentence what is wrong with one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

if TYPE_CHECKING:
    from pathlib import Path

    from .errors import InputError

COLON: Final = "mapping values are not allowed"


def read_mapping(path: Path, *, refused: type[InputError], example: str) -> CommentedMap:
    """Read a file of keys and values; each keeps its line.

    Parameters
    ----------
    path
        The file.
    refused
        The error that is raised.
    example
        What such a file may hold, for the message.

    Raises
    ------
    InputError
        Of the kind `refused`: if the file cannot be read, is not YAML, or holds no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
        tree = YAML(typ="rt").load(text)
    except UnicodeDecodeError as error:
        message = f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8"
        raise refused(message) from error
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror})"
        raise refused(message) from error
    except MarkedYAMLError as error:
        message = f"{path}{_problem(error, text)}"
        raise refused(message) from error
    except (YAMLError, ValueError, TypeError, RecursionError) as error:
        message = f"{path}: is not YAML that can be read ({type(error).__name__})"
        raise refused(message) from error
    if not isinstance(tree, CommentedMap):
        message = f"{path}: must hold keys and values, such as '{example}'"
        raise refused(message)
    return tree


def _problem(error: MarkedYAMLError, text: str) -> str:
    """Name the line, and in plain words what is wrong there."""
    problem = (error.problem or "is not YAML").splitlines()[0]
    mark = error.problem_mark
    line = text.split("\n")[mark.line] if mark and mark.line < text.count("\n") + 1 else ""
    if "'\\t'" in problem or "\t" in line[: len(line) - len(line.lstrip())]:
        problem = "the line begins with a tab; indent with spaces"
    elif COLON in problem:
        problem = "a text that holds a colon must stand in quotation marks"
    return f"{f', line {mark.line + 1}' if mark else ''}: {problem}"
