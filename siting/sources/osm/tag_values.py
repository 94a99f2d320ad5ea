"""What values of OpenStreetMap tags say in numbers: speed limits and durations."""

from __future__ import annotations

import re
from functools import lru_cache
from statistics import harmonic_mean
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

KM_PER_HOUR_OF: Final = {"": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}
SLOWEST_LIMIT: Final = 3.0
FASTEST_LIMIT: Final = 150.0
"""Limits beyond these (km/h) are slips of the pen."""


def duration_minutes(text: str) -> float | None:
    """Minutes of a duration tag: "20", "01:20" (h:min), "00:20:00" or "PT1H20M"; None if unreadable.

    Examples
    --------
    >>> [duration_minutes(text) for text in ("20", "01:20", "00:20:30", "PT1H20M30S", "soon")]
    [20.0, 80.0, 20.5, 80.5, None]
    """
    words, numbers = r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", r"(?:(\d+):)?(\d+)(?::(\d\d))?"
    match = re.fullmatch(words, text) or re.fullmatch(numbers, text)
    if match is None:
        return None
    hours, minutes, seconds = match.groups()
    total = 60.0 * int(hours or 0) + int(minutes or 0) + int(seconds or 0) / 60
    return total or None


def speed_limit(text: str, zones: Mapping[str, float]) -> float | None:
    """Km/h that a maxspeed tag says; of several, the speed that takes as long as all in turn; None if none.

    Examples
    --------
    >>> [speed_limit(text, {"urban": 50.0}) for text in ("70", "30 mph", "SE:urban", "40;60", "signals")]
    [70.0, 48.28032, 50.0, 48.0, None]
    """
    said = [_one_limit(part.strip(), zones) for part in re.split(r"[;,|]", text)]
    known = [each for each in said if each is not None]
    return harmonic_mean(known) if known else None


@lru_cache(maxsize=4096)
def _number_and_unit(text: str) -> tuple[float, str] | None:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z/]*)", text)
    return (float(match[1]), match[2]) if match else None


def _one_limit(text: str, zones: Mapping[str, float]) -> float | None:
    zone = text.rpartition(":")[2].removeprefix("zone")  # SE:zone30 and SE:zone:30 are SE:30
    if zone in zones:
        return zones[zone]
    found = _number_and_unit(text) or _number_and_unit(zone)  # SE:30 is a zone of 30 km/h
    if found is None or found[1] not in KM_PER_HOUR_OF:
        return None
    limit = found[0] * KM_PER_HOUR_OF[found[1]]
    return limit if SLOWEST_LIMIT <= limit <= FASTEST_LIMIT else None
