"""Tables of an analysis for spreadsheets; what they hold stands in analysis.json too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from ..words import SWEDISH
from .record import worth_record
from .record_areas import member_record
from .shown import COST, SHARE, Shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...analysis.analyse import Analysis
    from ...analysis.near_best import NearBest, Worth

PRICE_UNITS: Final = {COST: "sek", SHARE: "share"}


def analysis_frames(analysis: Analysis) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give name and table of each file: near_best (places) and municipalities, as far as they are there."""
    shown = Shown(analysis.outcome, SWEDISH)
    near = analysis.near_best
    if near is not None:
        rows = [_worth_row(each, near, shown) for each in near.worths]
        yield "near_best", pd.DataFrame(rows, dtype=object)
    if analysis.municipalities is not None:
        members = [
            {key: value for key, value in member_record(each, shown).items() if key != "untold"}
            for each in analysis.municipalities.members
        ]
        yield "municipalities", pd.DataFrame(members, dtype=object)


def _worth_row(worth: Worth, near: NearBest, shown: Shown) -> dict[str, Any]:
    """Give a place by name, its prices named with their unit, and only those that the page tells.

    A price of no is that of what the plan has, a price of insisting that of what it does not have.
    """
    record = worth_record(worth, near, shown)
    key = worth.key
    unit = PRICE_UNITS.get(near.objective.name, "minutes")
    row = {
        "scope": record["scope"],
        "key": key,
        "name": shown.names[key] if worth.scope.endswith("municipality") else shown.site(key),
        "mode": near.objective.mode or shown.outcome.region.mode,
        **{name: record[name] for name in ("certainty", "share_of_plans", "in_best")},
    }
    for name, is_told in (("price_of_no", worth.in_best), ("price_of_insisting", not worth.in_best)):
        row[f"{name}_{unit}"] = record[name] if is_told else None
        row[f"{name}_is_proven"] = record[f"{name}_is_proven"] if is_told else None
    return row
