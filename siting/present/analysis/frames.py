"""Tables of an analysis for spreadsheets; what they hold stands in analysis.json too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ..words import SWEDISH
from .record import member_record, worth_record
from .shown import Shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...analysis.analyse import Analysis


def analysis_frames(analysis: Analysis) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give name and table of each file: near_best (places) and municipalities, as far as they are there."""
    shown = Shown(analysis.outcome, SWEDISH)
    near = analysis.near_best
    if near is not None:
        rows = [_named(worth_record(each, near, shown), shown) for each in near.worths]
        yield "near_best", pd.DataFrame(rows, dtype=object)
    if analysis.municipalities is not None:
        members = [member_record(each, shown) for each in analysis.municipalities.members]
        yield "municipalities", pd.DataFrame(members, dtype=object)


def _named(record: dict[str, Any], shown: Shown) -> dict[str, Any]:
    """Put the name of the place beside its id."""
    key = record["key"]
    is_area = record["scope"].endswith("municipality")
    return {
        "scope": record["scope"],
        "key": key,
        "name": shown.names[key] if is_area else shown.site(key),
        **record,
    }
