"""Which figures a saved result may lack: those that would tell of fewer young people than may be shown.

The gate of what is written stands in `siting.present.disclosure`, two floors up; a test holds these to it.
"""

from __future__ import annotations

from math import ceil, floor, log10
from typing import Final

SHARE_CERTAIN_DECIMALS: Final = (
    9  # beyond, "nobody" may have been written as very few, or the other way round
)
SHARE_DECIMALS: Final = 2
COUNT_DECIMALS: Final = 6
LEAST_YOUTHS_FOR_MINUTES: Final = 400
NOISE: Final = 1e-6  # relative; two processors do not add up alike to the last digit


def is_small(youths: float, few: int) -> bool:
    """Say whether an area has youths, but fewer than may be shown: then its minutes are hidden.

    Examples
    --------
    >>> is_small(0.0, 5), is_small(4.0, 5), is_small(5.0, 5)
    (False, True, False)
    """
    return 0 < youths < few


def hides_minutes(youths: float, few: int) -> bool:
    """Say whether the minutes of a municipality of so many youths are hidden.

    Examples
    --------
    >>> hides_minutes(399.0, 5), hides_minutes(400.0, 5), hides_minutes(0.0, 5)
    (True, False, False)
    """
    return 0 < round(youths, COUNT_DECIMALS) < max(few, LEAST_YOUTHS_FOR_MINUTES)


def may_hide_share(share: float, youths: float, few: int) -> bool:
    """Say whether a share of the visits of so many youths may be hidden.

    Examples
    --------
    >>> may_hide_share(0.02, 180.0, 5), may_hide_share(0.5, 180.0, 5), may_hide_share(1.0, 180.0, 5)
    (True, False, False)
    """
    if not youths or is_small(youths, few):
        return True
    return any(_tells_of_few(each, youths, few) for each in (share, round(share, SHARE_CERTAIN_DECIMALS)))


def share_decimals(youths: float, few: int) -> int:
    """Count the decimals of a share whose last one stands for some youths, not for one."""
    return max(0, floor(log10(youths / few))) if youths else 0


def _tells_of_few(share: float, youths: float, few: int) -> bool:
    least = few * (1 + NOISE)
    if 0 < share * youths < least or 0 < (1 - share) * youths < least:
        return True
    decimals = share_decimals(youths, few)
    shown = round(share, decimals)
    return decimals < SHARE_DECIMALS and shown in (0.0, 1.0) and shown != share


def count_told(youths: float, few: int) -> int | None:
    """Give a count of youths as it is told; None where they are fewer than may be shown.

    Examples
    --------
    >>> count_told(0.0, 5), count_told(4.9, 5), count_told(23.0, 5), count_told(4963.0, 5)
    (0, None, 20, 4960)
    """
    youths = round(youths, COUNT_DECIMALS)
    if is_small(youths, few) or not youths:
        return None if youths else 0
    step, least = few, 1000
    while youths >= (larger := step * ceil(least // 100 / step)) * ceil(least / larger):
        step, least = larger, 10 * least
    return int(step * (youths // step))
