"""Trips at some of whose stops one may only get on, or only off, cut into trips where one may do both.

A router that takes every stop for one where one gets on and off finds then what is allowed, and no more:

- the trip with the stops alone where one may do both;
- for each stop where one may only get on, a trip that begins there, and goes on at the former;
- for each stop where one may only get off, one that ends there;
- for each such stop to get on and each later one to get off, a trip of the two.

That nobody gets off at the first stop of a trip, or on at the last, is no restriction. Of a feed with very
many such stops, the trips with most of them lose these stops, so that the feed stays small.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

MOST_ADDED_CALLS: Final = 3_000_000
"""Calls (a trip's stops at stops) that the cut trips of a feed may have together."""


def to_cut(calls: pd.DataFrame) -> pd.DataFrame:
    """Find the trips that have to be cut.

    Parameters
    ----------
    calls
        A row for each call: trip (number), order (within the trip), board and alight (whether one may).

    Returns
    -------
    pandas.DataFrame
        All calls of these trips, in order along each. `board` and `alight` are changed to whether it is of
        use: true for neither where a call falls away, for both at the first and at the last call that stays.
    """
    restricted = calls.loc[~(calls["board"] & calls["alight"]), "trip"].unique()
    calls = calls[calls["trip"].isin(restricted)].sort_values(["trip", "order"], kind="stable")
    board, alight = calls["board"].astype(np.int64), calls["alight"].astype(np.int64)
    useful_board = calls["board"] & (_sum_from(alight, calls["trip"]) - alight > 0)
    useful_alight = calls["alight"] & (_sum_so_far(board, calls["trip"]) - board > 0)
    stays = (useful_board | useful_alight).astype(np.int64)
    is_first = (stays > 0) & (_sum_so_far(stays, calls["trip"]) == 1)
    is_last = (stays > 0) & (_sum_from(stays, calls["trip"]) == 1)
    calls = calls.assign(board=useful_board | is_last, alight=useful_alight | is_first)
    changed = calls.loc[~(calls["board"] & calls["alight"]), "trip"].unique()
    return calls[calls["trip"].isin(changed)]


def cut(calls: pd.DataFrame, most_added: int = MOST_ADDED_CALLS) -> tuple[pd.DataFrame, int]:
    """Cut trips as `to_cut` gives them.

    Parameters
    ----------
    calls
        As of `to_cut`, and whatever else is known of each.
    most_added
        Calls that the cut trips may have together.

    Returns
    -------
    pandas.DataFrame
        Calls of the new trips; `starts` and `ends` are `order` of the stop to get on or off where the
        trip was cut, -1 where it was not.
    int
        Number of trips that lost stops, as they would have become too many.
    """
    both = calls[calls["board"] & calls["alight"]]
    on, off = calls[calls["board"] & ~calls["alight"]], calls[calls["alight"] & ~calls["board"]]
    fits, n_too_many = _fits(both, on, off, most_added)
    on, off = on[on["trip"].isin(fits)], off[off["trip"].isin(fits)]
    begins = on[["trip", "order"]].rename(columns={"order": "starts"})
    finishes = off[["trip", "order"]].rename(columns={"order": "ends"})
    after, before = begins.merge(both, on="trip"), finishes.merge(both, on="trip")
    pairs = begins.merge(finishes, on="trip").query("starts < ends")
    parts = [
        both,
        on.assign(starts=on["order"]),
        after[after["order"] > after["starts"]],
        off.assign(ends=off["order"]),
        before[before["order"] < before["ends"]],
        pairs.assign(order=pairs["starts"]).merge(on, on=["trip", "order"]),
        pairs.assign(order=pairs["ends"]).merge(off, on=["trip", "order"]),
    ]
    new = pd.concat(parts, ignore_index=True)
    new = new.fillna({"starts": -1, "ends": -1}).sort_values(["trip", "starts", "ends", "order"])
    n_calls = new.groupby(["trip", "starts", "ends"])["order"].transform("size")
    return new[n_calls > 1].reset_index(drop=True), n_too_many


def _sum_so_far(values: pd.Series, trip: pd.Series) -> pd.Series:
    """Sum along each trip, up to each value and with it."""
    return values.groupby(trip).cumsum()


def _sum_from(values: pd.Series, trip: pd.Series) -> pd.Series:
    """Sum along each trip, from each value on and with it."""
    return values[::-1].groupby(trip[::-1]).cumsum()[::-1]


def _fits(both: pd.DataFrame, on: pd.DataFrame, off: pd.DataFrame, most_added: int) -> tuple[pd.Index, int]:
    """Give the trips that are cut, those that give fewest calls first, and the number of others."""
    counts = pd.DataFrame({"both": both.groupby("trip").size(), "on": on.groupby("trip").size(),
                           "off": off.groupby("trip").size()}).fillna(0)  # fmt: skip
    added = (counts["on"] + counts["off"]) * (counts["both"] + 1) + 2 * counts["on"] * counts["off"]
    added = added.sort_values(kind="stable")
    fits = added.index[added.cumsum() <= most_added]
    return fits, len(added) - len(fits)
