"""What a figure says that was told through the gate: found by trying the gate, not by its formula."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from siting.present.disclosure import Gate
from siting.present.words import SWEDISH

STEP = 0.25
"""Counts tried; true counts between two of them are told as one of the two."""


@cache
def told_table(k: int, most: float) -> tuple[NDArray[np.float64], list[int | None]]:
    """Give counts, and as what each is told."""
    gate, values = Gate(k), np.arange(0.0, most, STEP)
    return values, [gate.count(value) for value in values]


@cache
def range_of_count(shown: int | None, k: int, most: float) -> tuple[float, float]:
    """Between which bounds a count lies that is told so."""
    values, told = told_table(k, most)
    found = [value for value, each in zip(values, told, strict=True) if each == shown]
    if not found:
        message = f"no count is told as {shown} with k = {k}"
        raise AssertionError(message)
    return _span(found, is_none=shown == 0)


@cache
def range_of_class(label: str, k: int, most: float) -> tuple[float, float]:
    """Between which bounds a cell's youths lie that are told as a class."""
    values, _ = told_table(k, most)
    labels = Gate(k).classes(values, SWEDISH)
    found = [value for value, each in zip(values, labels, strict=True) if each == label]
    return _span(found, is_none=found == [0.0])


def _span(found: list[float], *, is_none: bool) -> tuple[float, float]:
    if is_none:
        return 0.0, 0.0
    return (found[0] if found[0] > STEP else 0.0), found[-1] + STEP


@cache
def range_of_share(shown: float, youths: int, k: int, most: float) -> tuple[float, float]:
    """Between which bounds the youths lie that a share of so many, as told, speaks of."""
    low, high = range_of_count(youths, k, most)
    wholes, parts = np.arange(low, high, k), np.arange(0.0, high, k)
    found = [
        part for whole in wholes for part in parts[parts <= whole] if round(float(part / whole), 2) == shown
    ]
    if not found:
        message = f"no share of {youths} is told as {shown}"
        raise AssertionError(message)
    return min(found), max(found) + k
