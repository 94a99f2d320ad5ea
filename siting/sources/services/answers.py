"""What services answer: JSON, or the many things that come in its place, each said in a sentence."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from ...errors import FetchError

if TYPE_CHECKING:
    from pathlib import Path

EXCEPTION: Final = re.compile(r"Exception(?:Text)?\b[^>]*>\s*([^<\s][^<]{0,300})")
LOOKED_AT: Final = 4000  # characters of an answer that is no JSON


def json_object(path: Path, who: str) -> dict[str, Any]:
    """Read an answer that must be a JSON object.

    Parameters
    ----------
    path
        File with the answer.
    who
        The service, for the message.

    Raises
    ------
    FetchError
        If it is something else, such as a web page, an XML error or a part of an answer.
    """
    content = path.read_bytes()
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError) as error:
        message = f"{who}: {_what_it_is(content)}"
        raise FetchError(message) from error
    if not isinstance(answer, dict):
        message = f"{who}: answers with a JSON {type(answer).__name__}; expected an object"
        raise FetchError(message)
    return answer


def _what_it_is(content: bytes) -> str:
    text = content[:LOOKED_AT].decode("utf-8", errors="replace").strip()
    if not text:
        return "answers with nothing; try again later"
    if said := EXCEPTION.search(text):
        return f"answers with an error: {' '.join(said[1].split())}"
    if text.startswith("<"):
        return (
            "answers with a web page in place of data; it may be closed for maintenance, so try again later"
        )
    return "answers with JSON that is broken or cut off; try again"
