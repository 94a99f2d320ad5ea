"""Texts as all forms want them: marks stay with their names, soft hyphens stand in heads of tables only."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from ..tables import ESTIMATE_MARK, NO_BREAK, TableView
from .signs import divisible, without_soft_hyphens

if TYPE_CHECKING:
    from ..document import Document


def tidied(document: Document) -> Document:
    """Give the same report without soft hyphens but those in heads of tables.

    Who copies a text gets them with it. In tables, a name is not parted from its mark of an estimate.
    """
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
            rows = tuple(tuple(_cell(each) for each in row) for row in value.rows)
            return dataclasses.replace(value, columns=columns, rows=rows)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = {each.name: _cleaned(getattr(value, each.name)) for each in dataclasses.fields(value)}
            return dataclasses.replace(value, **fields)
        case _:
            return value


def _cell(text: str) -> str:
    return without_soft_hyphens(text).replace(ESTIMATE_MARK, f"{NO_BREAK}{ESTIMATE_MARK.lstrip()}")
