"""Minutes by public transport, cells x sites: there after school, and home again before the last bus.

A trip there leaves within a window, such as the hour after school; its minutes, door to door with every
wait, are a percentile over all departures of the window, one each minute. A pair counts only if there is a
way home: who leaves at the end of the window, takes those minutes, stays for the visit and then sets out,
is at home in time. So a place behind the last bus cannot be reached. Where walking all the way is
quicker, one walks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import pandas as pd

from ...errors import DatasetError
from .settings import Clock, TransitSettings, minute_of_day
from .timetable import cafein_router

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

MINUTES_DECIMALS: Final = 2


class TransitRouter(Protocol):
    """Finds the way through the timetable of one day; points are frames with id, lat, lon (degrees)."""

    def window_minutes(self, origins: pd.DataFrame, destinations: pd.DataFrame) -> NDArray[np.float64]:
        """The settings' percentile over their window, shape (n_origins, n_destinations); inf = no way."""
        ...

    def minutes(
        self, origins: pd.DataFrame, destinations: pd.DataFrame, leaving: Clock
    ) -> NDArray[np.float64]:
        """Minutes of who sets out at a time, shape (n_origins, n_destinations); inf = no way that day."""
        ...


def transit_minutes(
    gtfs: Path,
    streets_pbf: Path | None,
    *,
    origins: pd.DataFrame,
    destinations: pd.DataFrame,
    settings: TransitSettings,
    on_progress: Callable[[int, int], None] = lambda done, of: None,  # noqa: ARG005
    on_note: Callable[[str, str], None] = lambda sv, en: None,  # noqa: ARG005
) -> pd.DataFrame:
    """Minutes there, and home after the visit, for each pair between which both ways can be made.

    Parameters
    ----------
    gtfs
        The feed, a .zip.
    streets_pbf
        Extract of OpenStreetMap (.osm.pbf) for the walks.
    origins
        Cells: cell_id, lat, lon (degrees WGS84).
    destinations
        Sites: site_id, lat, lon.
    settings
        The day, the times of day, and the walks.
    on_progress
        Called with how many departures for home are done, and of how many.
    on_note
        Called with what readers of the minutes should know of the feed, in Swedish and in English.

    Returns
    -------
    pandas.DataFrame
        Columns cell_id, site_id, minutes, home_minutes; a pair that is left out cannot be reached.

    Raises
    ------
    DatasetError
        If the feed or the streets cannot be read, if the feed says nothing of the day or the region, or if
        there is not one pair.
    """
    cells, sites = _points(origins, "cell_id"), _points(destinations, "site_id")
    router = cafein_router(gtfs, streets_pbf, cells=cells, sites=sites, settings=settings, on_note=on_note)
    found = there_and_home(router, cells, sites, settings, on_progress=on_progress)
    if found.empty:
        message = (
            f"{gtfs}: on {settings.date} nobody gets from any cell to any site and home by "
            f"{settings.home_by:%H:%M}; widen longest_walk_minutes, max_minutes or home_by"
        )
        raise DatasetError(message)
    return found


def there_and_home(
    router: TransitRouter,
    cells: pd.DataFrame,
    sites: pd.DataFrame,
    settings: TransitSettings,
    *,
    on_progress: Callable[[int, int], None] = lambda done, of: None,  # noqa: ARG005
) -> pd.DataFrame:
    """Minutes there and home by any router; cells and sites are frames with id, lat, lon."""
    there = router.window_minutes(cells, sites)
    there[there > settings.max_minutes] = np.inf
    home = np.full(there.shape, np.inf)
    last = minute_of_day(settings.home_by)
    # Whole minutes, never too early; the small number keeps 17:36:00.0000001 at 17:36.
    sets_out = np.ceil(minute_of_day(settings.departures_to) + there + settings.visit_minutes - 1e-6)
    minutes = np.unique(sets_out[sets_out <= last])
    for done, minute in enumerate(minutes):
        on_progress(done, len(minutes))
        cell, site = np.nonzero(sets_out == minute)
        some_cells, cell_of = np.unique(cell, return_inverse=True)
        some_sites, site_of = np.unique(site, return_inverse=True)
        back = router.minutes(sites.iloc[some_sites], cells.iloc[some_cells], _clock(int(minute)))
        taken = back[site_of, cell_of]
        home[cell, site] = np.where(minute + taken <= last, taken, np.inf)
    on_progress(len(minutes), len(minutes))
    cell, site = np.nonzero(np.isfinite(home))
    return pd.DataFrame(
        {
            "cell_id": cells["id"].to_numpy()[cell],
            "site_id": sites["id"].to_numpy()[site],
            "minutes": there[cell, site].round(MINUTES_DECIMALS),
            "home_minutes": home[cell, site].round(MINUTES_DECIMALS),
        }
    )


def _points(frame: pd.DataFrame, id_column: str) -> pd.DataFrame:
    points = frame.rename(columns={id_column: "id"})[["id", "lat", "lon"]].reset_index(drop=True)
    points["id"] = points["id"].astype(str)
    bad = ~(points["lat"].between(-90, 90) & points["lon"].between(-180, 180))
    if points.empty or bad.any():
        which = f"{points['id'][bad].iloc[0]!r} has no position" if bad.any() else "there are none"
        message = f"{id_column}: {which}; expected lat and lon in degrees WGS84"
        raise DatasetError(message)
    return points


def _clock(minute: int) -> Clock:
    return Clock(minute // 60, minute % 60)
