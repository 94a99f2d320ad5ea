"""Open places as they stand in analysis.json."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .shown import opened_by

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ...analysis.near_best import Place
    from ...plan import Plan

    Record = dict[str, Any]


def plan_places(plan: Plan) -> list[Record]:
    """Give what a plan opens."""
    return _places(opened_by(plan))


def opened(places: Iterable[Place]) -> list[Record]:
    """Give places that are open together."""
    return _places((each.site_id, each.role, each.days_per_week) for each in places)


def _places(open_places: Iterable[tuple[str, str, float]]) -> list[Record]:
    return [{"site_id": each, "role": str(role), "days_per_week": days} for each, role, days in open_places]
