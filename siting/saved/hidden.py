"""Which figures a saved result may lack: those that would tell of fewer young people than may be shown.

The gate of what is written stands in `siting.present.disclosure`, two floors up; a test holds these to it.
"""

from __future__ import annotations

from math import floor, lcm, log10
from typing import Final

from ..scenario_base import LADDER

SHARE_CERTAIN_DECIMALS: Final = 9  # what the solver gives beyond is noise, and "nobody" would not be nobody
SHARE_DECIMALS: Final = 2
COUNT_DECIMALS: Final = 6
"""Sums of estimates are no more certain; without this, 5 might be 4.999999999, and nobody a trace of one."""
DIGITS: Final = 3  # of a count: more would be pretence in an estimate
LEAST_YOUTHS_FOR_MINUTES: Final = 400
"""Below, means of a municipality were solved for its cells in an attack (docs/threat-model.md)."""
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
    return any(_may_tell_of_few(each, youths, few) for each in (share, round(share, SHARE_CERTAIN_DECIMALS)))


def tells_of_few(share: float, youths: float, few: int, *, noise: float = 0.0) -> bool:
    """Say whether a share of an area's youths stands for few but some, or for all but so few.

    A larger smallest count judges by the two as it tells them. Whether all but the part are fewer than 10
    would be one thing more that a file by 10 says beside one by 5.

    Examples
    --------
    >>> tells_of_few(0.02, 180.0, 5), tells_of_few(0.97, 180.0, 5), tells_of_few(1.0, 180.0, 5)
    (True, False, False)
    >>> tells_of_few(0.95, 180.0, 10), tells_of_few(0.9, 180.0, 10)
    (True, False)
    """
    if finest_beside(few) == few:
        both = share * youths, (1 - share) * youths
        return any(each > 0 and round(each, COUNT_DECIMALS) < few * (1 + noise) for each in both)
    if share in (0.0, 1.0):
        return False
    whole = round(youths * (1 - noise), COUNT_DECIMALS) // few
    least, most = (round(share * youths * each, COUNT_DECIMALS) // few for each in (1 - noise, 1 + noise))
    return least < 1 or whole - most < 2  # all but the part are more than one of few


def most_untold(few: int) -> int:
    """Give what all but a part are fewer than, whose share is hidden for they are few.

    Examples
    --------
    >>> most_untold(5), most_untold(10)
    (5, 20)
    """
    return few if finest_beside(few) == few else 2 * few


def finest_beside(few: int) -> int:
    """Give the smallest of the counts beside which this one may be the smallest shown: it tells more.

    Examples
    --------
    >>> finest_beside(5), finest_beside(20), finest_beside(3)
    (5, 5, 3)
    """
    return few if few % LADDER else LADDER


def share_decimals(youths: float, few: int) -> int:
    """Count the decimals of a share whose last one stands for some youths, not for one."""
    return max(0, floor(log10(youths / few))) if youths else 0


def _may_tell_of_few(share: float, youths: float, few: int) -> bool:
    if tells_of_few(share, youths, few, noise=NOISE):
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
    return rounded_down(youths, few)


def rounded_down(count: float, few: int) -> int:
    """Give the largest number up to a count that is a multiple of few and has three digits, then zeros.

    Multiples of a multiple are multiples: what is told by 10 or 15 follows from what is told by 5.

    Examples
    --------
    >>> rounded_down(4963.0, 5), rounded_down(4963.0, 15), rounded_down(1019.0, 15), rounded_down(22846.0, 20)
    (4960, 4950, 990, 22800)
    """
    step, zeros = step_at(count, few), _zeros(count)
    told, least = int(step * (count // step)), 100 * zeros  # from which on so many zeros are asked for
    return told if zeros == 1 or told >= least else rounded_down(least - 1, few)


def step_at(count: float, few: int) -> int:
    """Give the step between two counts of this size as they are told.

    Examples
    --------
    >>> step_at(999.0, 5), step_at(1000.0, 5), step_at(22846.0, 5), step_at(1000.0, 15)
    (5, 10, 100, 30)
    """
    return lcm(few, _zeros(count))


def _zeros(count: float) -> int:
    """Power of ten that a number of three digits and then zeros is a multiple of."""
    zeros: int = 10 ** max(0, len(str(int(count))) - DIGITS)
    return zeros
