"""How known trips and the model agree, as lines of text for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..check_times import TimesCheck

MOST_ROWS: Final = 40


def times_lines(check: TimesCheck) -> Iterator[str]:
    """Say it in words, line by line: the trips, worst first; the bias; and what to paste."""
    trips, errors = check.trips, check.errors
    yield f"{len(trips.rows)} known trips of {trips.where}; error = model less known, worst first"
    yield ""
    yield from _table(check)
    yield ""
    yield f"mean error (bias)      {errors.mean():+6.1f} minutes"
    yield f"median error           {np.median(errors):+6.1f} minutes"
    yield f"mean absolute error    {np.abs(errors).mean():6.1f} minutes"
    near = check.is_near
    yield f"within 15 % or 3 min   {near.mean():6.0%} of the trips ({near.sum()} of {len(near)})"
    left_out = check.leave_one_out_minutes
    told = "cannot be told: it hangs on one trip" if left_out is None else f"{left_out:6.1f} minutes"
    fitted = np.abs(check.fitted_minutes - trips.minutes).mean()
    yield ""
    yield "Fitted to these trips by least squares, the scenario would say:"
    yield ""
    yield "travel:"
    yield f"  speed_factor: {check.speed_factor:.3f}"
    yield f"  fixed_minutes_per_trip: {check.fixed_minutes_per_trip:.2f}"
    yield ""
    yield f"mean absolute error so {fitted:6.1f} minutes"
    yield f"  of a trip left out   {told}"


def _table(check: TimesCheck) -> Iterator[str]:
    trips = check.trips
    order = np.lexsort((-np.abs(check.errors), -check.beyond_minutes, check.is_near))
    shown = order[:MOST_ROWS]
    widths = [max(len(name) for name in (*(trips.names[k][end] for k in shown), "from")) for end in (0, 1)]
    yield f"{'from':{widths[0]}}  {'to':{widths[1]}}  {'known':>9}  {'model':>6}  {'error':>6}"
    for row in shown:
        start, end = trips.names[row]
        least, most = trips.least_minutes[row], trips.most_minutes[row]
        known = f"{least:g}" if least == most else f"{least:g}-{most:g}"
        mark = "" if check.is_near[row] else "  beyond 15 % and 3 minutes"
        yield (
            f"{start:{widths[0]}}  {end:{widths[1]}}  {known:>9}  {check.model_minutes[row]:6.1f}"
            f"  {check.errors[row]:+6.1f}{mark}"
        )
    if len(order) > len(shown):
        yield f"... and {len(order) - len(shown)} more, all of them nearer"
