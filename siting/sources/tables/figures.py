"""Numbers that are text: decimal comma, spaces between thousands, and what is no number at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

Decimal = Literal[",", "."]
# A space between digits, of any width, or an apostrophe: thousands.
_BETWEEN_THOUSANDS: Final = re.compile(r"(?<=\d)[\s\u00a0\u2009\u202f'’](?=\d{3})")
_NUMBER: Final = {
    ",": re.compile(r"[+-]?\d*,?\d+(?:[eE][+-]?\d+)?"),
    ".": re.compile(r"[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?"),
}
_THOUSANDS_OR_DECIMALS: Final = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+")
_HIDDEN: Final = re.compile(r"\.{1,3}|…|[-–—*xX]|<\s?\d+|färre än.*|fewer than.*|[a-z]{2,8}", re.IGNORECASE)


def to_numbers(raw: pd.Series, decimal: Decimal | None) -> tuple[NDArray[np.float64], NDArray[np.bool_], str]:
    """Read a column as numbers.

    Returns
    -------
    tuple
        Numbers (n,), NaN where nothing stands; whether each row is good (n,), an empty one is;
        and the decimal mark that was found out, or "".
    """
    if pd.api.types.is_numeric_dtype(raw):
        stored = raw.to_numpy(np.float64, na_value=np.nan)
        return stored, ~np.isinf(stored), ""
    text: pd.Series = raw.str.replace(_BETWEEN_THOUSANDS, "", regex=True).str.replace("−", "-")
    mark = decimal or _decimal_mark(text)
    good = (text == "") | text.str.fullmatch(_NUMBER[mark])
    numbers: pd.Series = pd.to_numeric(text.where(good).str.replace(",", "."), errors="coerce")
    found = "," if decimal is None and mark == "," else ""
    return numbers.to_numpy(np.float64, na_value=np.nan), good.to_numpy(bool), found


def _decimal_mark(text: pd.Series) -> Decimal:
    has_comma = text.str.contains(",", regex=False)
    return "," if has_comma.any() and not text[has_comma].str.contains(".", regex=False).any() else "."


def could_be_thousands(raw: pd.Series) -> bool:
    """Whether every comma of a column stands where one between thousands would, as in 1,234."""
    if pd.api.types.is_numeric_dtype(raw):
        return False
    with_comma = raw[raw.str.contains(",", regex=False)]
    return len(with_comma) > 0 and bool(with_comma.str.fullmatch(_THOUSANDS_OR_DECIMALS).all())


def hides_a_number(text: str) -> bool:
    """Whether a text stands for a number that is not shown, such as "..", "–" or "<3"."""
    return bool(_HIDDEN.fullmatch(text))
