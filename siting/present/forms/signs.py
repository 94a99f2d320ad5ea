"""Signs that no form can hold: XML has no place for them, and a browser shows none."""

from __future__ import annotations

import re
from typing import Final

# What XML 1.0 leaves out: control characters but tab and line breaks, halves of pairs, two that are no signs.
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def holdable(text: str) -> str:
    r"""Leave out control characters and others that a file of XML cannot hold.

    Examples
    --------
    >>> holdable("Fal\x00un\x1b")
    'Falun'
    """
    return _NOT_IN_XML.sub("", text)
