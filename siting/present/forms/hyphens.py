"""Keeps soft hyphens to the heads of tables, for whoever copies a text gets them too."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from ..tables import TableView
from .signs import divisible, without_soft_hyphens

if TYPE_CHECKING:
    from ..document import Document


def hyphens_in_heads_only(document: Document) -> Document:
    """Give the same report without soft hyphens but those in heads of tables."""
    cleaned: Document = _cleaned(document)
    return cleaned


def _cleaned(value: Any) -> Any:
    match value:
        case str():
            return without_soft_hyphens(value)
        case tuple():
            return tuple(_cleaned(each) for each in value)
        case TableView():
            columns = tuple(divisible(each) for each in value.columns)
            return dataclasses.replace(value, columns=columns, rows=_cleaned(value.rows))
        case _ if dataclasses.is_dataclass(value):
            fields = {each.name: _cleaned(getattr(value, each.name)) for each in dataclasses.fields(value)}
            return dataclasses.replace(value, **fields)  # type: ignore[type-var]
        case _:
            return value
