"""Signs that no form can hold or that are not wanted where they stand."""

from __future__ import annotations

import re
from typing import Final

# What XML 1.0 leaves out: control characters but tab and line breaks, halves of pairs, two that are no signs.
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
SOFT_HYPHEN: Final = "\xad"
_SOFT_HYPHENS: Final = re.compile(f"{SOFT_HYPHEN}{{2,}}")


def holdable(text: str) -> str:
    r"""Leave out control characters and others that a file of XML cannot hold.

    Examples
    --------
    >>> holdable("Fal\x00un\x1b")
    'Falun'
    """
    return _NOT_IN_XML.sub("", text)


def without_soft_hyphens(text: str) -> str:
    r"""Leave out what only says where a word may be divided: whoever copies the text gets it too.

    Examples
    --------
    >>> without_soft_hyphens("mot\xadtagning")
    'mottagning'
    """
    return text.replace(SOFT_HYPHEN, "")


def divisible(text: str) -> str:
    r"""Keep where words of a table's head may be divided, once for each place.

    Examples
    --------
    >>> divisible("mot\xad\xadtagning")
    'mot\xadtagning'
    """
    return _SOFT_HYPHENS.sub(SOFT_HYPHEN, text)
