"""Columns as the manifest describes them: each value checked, the first wrong one named with its row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ..errors import DatasetError
from ..sentences import shortened

if TYPE_CHECKING:
    from pathlib import Path

    from .manifest import Column

LARGEST_NUMBER: Final = 1e12
LIMITS: Final = {"lat": (-90.0, 90.0), "lon": (-180.0, 180.0), "candidate": (0.0, 1.0)}
"""Of columns that mean the same in each table, whatever the manifest says of them."""


def checked(path: Path, name: str, raw: pd.Series, column: Column) -> pd.Series:
    """Convert one column to its type.

    Raises
    ------
    DatasetError
        If a row breaks the column's own description.
    """
    if path.suffix == ".parquet":
        _require_stored_type(path, name, raw, column)
    if column.type == "wkb":
        require(path, name, raw, raw.notna(), "is empty; a line is needed")
        return raw
    if pd.api.types.is_numeric_dtype(raw) and column.type != "text":
        number = raw.astype(np.float64)
        return _checked_number(path, name, raw, number, column, empty=number.isna())
    # A column without a single value is stored with no type of its own.
    text = raw.where(raw.notna(), "").astype(str)
    empty = text == ""
    if not column.optional:
        require(path, name, text, ~empty, "is empty; a value is needed")
    if column.key:
        require(path, name, text, ~text.duplicated(), "stands twice; each row needs its own")
    if column.values:  # noqa: PD011  (a field of the manifest, not of pandas)
        allowed = empty | text.isin(column.values)
        require(path, name, text, allowed, f"is not one of {', '.join(column.values)}")
    if column.type == "text":
        return text
    number = pd.to_numeric(text.where(~empty), errors="coerce").astype(np.float64)
    return _checked_number(path, name, text, number, column, empty=empty)


def _require_stored_type(path: Path, name: str, raw: pd.Series, column: Column) -> None:
    """Parquet knows the type of each column: a wrong one is an error, not to be guessed around."""
    kind = pd.api.types.infer_dtype(raw, skipna=True)
    is_number = pd.api.types.is_numeric_dtype(raw)
    stored = "number" if is_number else {"string": "text", "bytes": "wkb"}.get(kind, kind)
    if raw.notna().any() and stored != ("number" if column.type == "integer" else column.type):
        message = f"{path}: the column {name} is stored as {kind}; the manifest says {column.type}"
        raise DatasetError(message)


def _checked_number(
    path: Path, name: str, raw: pd.Series, number: pd.Series, column: Column, *, empty: pd.Series
) -> pd.Series:
    if not column.optional:
        require(path, name, raw, ~empty, "is empty; a value is needed")
    if column.key:
        require(path, name, raw, ~raw.duplicated(), "stands twice; each row needs its own")
    require(path, name, raw, empty | np.isfinite(number), "is not a number (write 12.5, not 12,5)")
    require(path, name, raw, empty | (number.abs() <= LARGEST_NUMBER), "is too large")
    lowest, highest = LIMITS.get(name, (-LARGEST_NUMBER, LARGEST_NUMBER))
    fits = empty | number.between(lowest, highest)
    require(path, name, raw, fits, f"is not between {lowest:g} and {highest:g}")
    if column.type == "integer":
        require(path, name, raw, empty | (number % 1 == 0), "is not a whole number")
    if column.minimum is not None:
        require(path, name, raw, empty | (number >= column.minimum), f"is below {column.minimum:g}")
    if column.maximum is not None:
        require(path, name, raw, empty | (number <= column.maximum), f"is above {column.maximum:g}")
    return number.astype(np.int64) if column.type == "integer" and not empty.any() else number


def require(path: Path, name: str, values: pd.Series, good: pd.Series, problem: str) -> None:
    """Say what the problem of the first row is that is not good.

    Raises
    ------
    DatasetError
        If there is one.
    """
    if not good.all():
        row = int(np.flatnonzero(~good.to_numpy())[0])
        shown = values.iloc[row]
        shown = "" if shown is None or shown != shown else shown  # noqa: PLR0124  (NaN)
        shown = shortened(shown) if isinstance(shown, str) else f"{shown:.12g}"
        head = 0 if path.suffix == ".parquet" else 1
        message = f"{path}, row {row + 1 + head}: {name} {shown!r} {problem}"
        raise DatasetError(message)
