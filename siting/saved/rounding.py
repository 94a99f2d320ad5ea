"""How the figures of a result are rounded when they are written, and so how closely they are checked.

`siting.present` writes by these rules, two floors up; `figures` counts again and compares by them.
"""

from __future__ import annotations

from math import ceil, log10
from typing import Final

from .hidden import SHARE_DECIMALS, share_decimals

COUNTY_DECIMALS: Final = 3  # minutes of the whole county, and the objective
SMALL_COUNTY_YOUTHS: Final = 2000  # a county with fewer is written as a municipality is
MIDDLE_COUNTY_YOUTHS: Final = 10_000  # one with fewer has its minutes to a tenth
MIDDLE_DECIMALS: Final = 1
AREA_DECIMALS: Final = 0  # minutes of a municipality
DRIVING_DECIMALS: Final = 1  # minutes and kilometres of a tour: facts of the plan, not of persons
POSTS_DECIMALS: Final = 1
GAP_DECIMALS: Final = 9
WHOLLY_PROVEN: Final = 2e-7
"""A gap that is only the precision of the proof."""
HAIR: Final = 1e-4  # of a step; a gap that was told lies so near a whole number of them
COARSEST_GAP: Final = 0.01
WORST_SHARE: Final = "worst_share_minutes"


def youths_measured(measure: str, youths: float, worst_share: float) -> float:
    """Count the youths that a measure speaks of, of those of a county: its minutes are rounded by them.

    The mean of the worst tenth is a mean of a tenth of the youths: one of them more changes it ten times as
    much as the mean of all. To a tenth of a minute it was solved for cells of a county of 2,100 in an attack.

    Examples
    --------
    >>> youths_measured("mean_minutes", 2100.0, 0.1), youths_measured("worst_share_minutes", 2100.0, 0.1)
    (2100.0, 210.0)
    """
    return youths * worst_share if measure == WORST_SHARE else youths


def county_decimals(youths: float) -> int:
    """Count the decimals of a county's minutes; where few live, those of a municipality.

    Examples
    --------
    >>> county_decimals(22846.0), county_decimals(2500.0), county_decimals(540.0)
    (3, 1, 0)
    """
    if youths < SMALL_COUNTY_YOUTHS:
        return AREA_DECIMALS
    return MIDDLE_DECIMALS if youths < MIDDLE_COUNTY_YOUTHS else COUNTY_DECIMALS


def county_share_decimals(youths: float, few: int) -> int:
    """Count the decimals of a share of a county's visits: the last one stands for some youths, not for one.

    Examples
    --------
    >>> county_share_decimals(22846.0, 5), county_share_decimals(1900.0, 5), county_share_decimals(180.0, 5)
    (3, 2, 1)
    """
    return min(
        SHARE_DECIMALS if youths < SMALL_COUNTY_YOUTHS else COUNTY_DECIMALS, share_decimals(youths, few)
    )


def gap_told(gap: float, value: float, unit: str, *, youths: float, few: int) -> float:
    """Give the gap of an objective of so many youths, rounded up to the step of its value; 0 if it is proven.

    A bound may be what another plan is worth. Then a fine gap is a known sum over the cells, and tells more
    than the minutes or the share do; so it is a whole number of their steps.

    Examples
    --------
    >>> gap_told(0.0048098, 12.04, "minutes", youths=515.0, few=5)
    0.083333333
    >>> gap_told(0.0009996, 28.521, "minutes", youths=22846.0, few=5)
    0.001016795
    >>> gap_told(1e-8, 28.521, "minutes", youths=22846.0, few=5)
    0.0
    """
    if gap <= WHOLLY_PROVEN:
        return 0.0
    if unit == "sek_per_year":
        return round(gap, GAP_DECIMALS)
    if unit == "minutes" and youths < few:  # neither the minutes nor their bound are told
        return max(COARSEST_GAP, 10.0 ** ceil(log10(gap)))
    decimals = county_share_decimals(youths, few) if unit == "share" else county_decimals(youths)
    step = 10.0**-decimals
    told = abs(round(value, decimals)) or 1.0
    return round(max(1, ceil(gap * told / step - HAIR)) * step / told, GAP_DECIMALS)
