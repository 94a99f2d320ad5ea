"""A timetable (GTFS) and the streets around it, checked, read and asked by the package cafein."""

from __future__ import annotations

import datetime as dt
import logging
import warnings
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from ...errors import DatasetError
from ...geo import WGS84
from ...given_files import require_ordinary
from ...sentences import first_line, needs_extra
from ..library_logs import kept_back
from .feed_copy import as_ridden
from .settings import METRES_PER_KM, minute_of_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from .settings import Clock, TransitSettings

logger = logging.getLogger(__name__)

EARTH_RADIUS_METRES: Final = 6_371_000.0
STREETS_MARGIN_DEGREES: Final = 0.2  # streets this far around cells and sites are read
MOST_BYTES: Final = 4_000_000_000  # of a feed: that of all Germany has a quarter of a GB
LARGEST_UNASKED_BYTES: Final = 100_000_000
MOST_TIMES_SMALLER: Final = 200  # timetables are packed to a tenth or so
NO_WAY: Final = np.iinfo(np.uint32).max  # cafein's word for it
SECONDS_PER_MINUTE: Final = 60


@dataclass(frozen=True, eq=False)
class CafeinRouter:
    """Finds the way by the package cafein."""

    network: Any  # cafein.TransportNetwork
    settings: TransitSettings

    def window_minutes(self, origins: pd.DataFrame, destinations: pd.DataFrame) -> NDArray[np.float64]:
        """The settings' percentile over their window, shape (n_origins, n_destinations); inf = no way."""
        first, end = (minute_of_day(t) for t in (self.settings.departures_from, self.settings.departures_to))
        matrix = self._matrix(
            origins,
            destinations,
            self.settings.departures_from,
            departure_time_window=end - first,
            percentiles=[self.settings.percentile],
        )
        window: NDArray[np.float64] = matrix[..., 0]
        return window

    def minutes(
        self, origins: pd.DataFrame, destinations: pd.DataFrame, leaving: Clock
    ) -> NDArray[np.float64]:
        """Minutes of who sets out at a time, shape (n_origins, n_destinations); inf = no way that day."""
        return self._matrix(origins, destinations, leaving)

    def _matrix(
        self, origins: pd.DataFrame, destinations: pd.DataFrame, leaving: Clock, **window: object
    ) -> NDArray[np.float64]:
        # Of places without streets the first question, over the window, has told already.
        with _warnings_logged(logging.WARNING if window else logging.DEBUG):
            seconds = self.network.travel_time_matrix(
                _geometry(origins),
                dt.datetime.combine(self.settings.date, leaving),
                self.settings.most_transfers + 1,
                destinations=_geometry(destinations),
                walking_speed_kmph=self.settings.walking_speed_km_per_hour,
                max_walking_time=self.settings.longest_walk_minutes,
                snap_distance=self.settings.longest_walk_metres,
                **window,
            )
        return np.where(seconds == NO_WAY, np.inf, seconds / SECONDS_PER_MINUTE)


def cafein_router(
    gtfs: Path,
    streets_pbf: Path | None,
    *,
    cells: pd.DataFrame,
    sites: pd.DataFrame,
    settings: TransitSettings,
    on_note: Callable[[str, str], None] = lambda sv, en: None,  # noqa: ARG005
) -> CafeinRouter:
    """Read a feed and the streets around cells and sites, each checked first; `on_note` as `as_ridden`.

    Raises
    ------
    DatasetError
        If either cannot be read, or the feed says nothing of the day or the region.
    """
    if streets_pbf is None:
        message = (
            f"{gtfs}: walks to the stops need streets; give an extract of OpenStreetMap (.osm.pbf) as well"
        )
        raise DatasetError(message)
    try:
        require_ordinary(gtfs, most_bytes=MOST_BYTES)
    except FileNotFoundError:
        pass  # cafein finds the words
    except OSError as error:
        message = f"{gtfs}: cannot be read ({error.strerror})"
        raise DatasetError(message) from error
    _require_no_bomb(gtfs)
    # The timetable alone is read in a second: what is wrong with it is said before the long work.
    # What cafein warns of it comes once more with the streets.
    timetable = _read(gtfs, f"{gtfs}: is no GTFS feed that can be read", level=logging.DEBUG)
    _check_day(gtfs, timetable, settings.date)
    _check_place(gtfs, timetable, {"cell": cells, "site": sites}, settings.longest_walk_metres)
    with as_ridden(gtfs, on_note) as feed:
        network = _read(
            feed,
            f"{streets_pbf}: gives no streets to walk on around the cells and sites",
            osm_pbf=str(streets_pbf),
            bounding_box=_box(cells, sites),
            walking_speed_kmph=settings.walking_speed_km_per_hour,
            max_walking_time=settings.longest_walk_minutes,
            snap_distance=settings.longest_walk_metres,
            street_modes=(),
        )
    return CafeinRouter(network, settings)


def _read(gtfs: Path, problem: str, *, level: int = logging.WARNING, **streets: object) -> Any:
    """Let cafein read, and say the problem in one sentence if it cannot."""
    try:
        from cafein import TransportNetwork  # noqa: PLC0415  (optional)
    except ImportError as error:
        message = needs_extra(f"{gtfs}: reading a timetable", "cafein", "transit")
        raise DatasetError(message) from error
    try:
        with _warnings_logged(level):
            return TransportNetwork.from_gtfs(str(gtfs), trip_distances=False, **streets)
    except Exception as error:  # cafein, pyrosm and protobuf each raise their own
        said = str(error).strip().removeprefix(f"could not read GTFS feed '{gtfs}': ")
        message = f"{problem} ({first_line(said or error)})"
        raise DatasetError(message) from error


def _require_no_bomb(gtfs: Path) -> None:
    """Refuse what unpacks without end: cafein would end the program, not raise, where memory does."""
    try:
        with zipfile.ZipFile(gtfs) as parts:
            sizes = [(each.filename, each.file_size, each.compress_size) for each in parts.infolist()]
    except (OSError, zipfile.BadZipFile):
        return  # cafein finds the words
    for name, size, packed in sizes:
        if size > LARGEST_UNASKED_BYTES and size > MOST_TIMES_SMALLER * packed:
            message = (
                f"{gtfs}: {name} unpacks to {size / 1e6:,.0f} MB, {size // max(packed, 1)} times its size; "
                "is it a timetable?"
            )
            raise DatasetError(message)


def _check_day(gtfs: Path, timetable: Any, day: dt.date) -> None:
    """Refuse a day of which the feed says nothing, or on which nothing runs."""
    if timetable.service_window is None:
        message = f"{gtfs}: no trip runs on any day; are calendar.txt and stop_times.txt complete?"
        raise DatasetError(message)
    first, last = timetable.service_window
    if not first <= day <= last:
        message = (
            f"{gtfs}: {day} is outside its calendar, which goes from {first} to {last}; choose a date there"
        )
        raise DatasetError(message)
    trips = timetable.daily_trip_counts
    if not trips.get(pd.Timestamp(day), 0):
        other = trips[trips > 0].index[0].date()
        message = f"{gtfs}: no trip runs on {day}, a {day:%A}; choose another date, such as {other}"
        raise DatasetError(message)


def _check_place(
    gtfs: Path, timetable: Any, points: Mapping[str, pd.DataFrame], longest_walk_metres: float
) -> None:
    """Refuse a feed none of whose stops lies within a walk of any cell, or of any site."""
    stops = pd.DataFrame(timetable.stops, columns=["id", "lat", "lon"])
    has_place = np.isfinite(stops[["lat", "lon"]].to_numpy(np.float64)).all(axis=1)
    tree = KDTree(_on_sphere(stops[has_place]))
    for what, each in points.items():
        nearest = tree.query(_on_sphere(each))[0].min() * EARTH_RADIUS_METRES
        if nearest > longest_walk_metres:
            message = (
                f"{gtfs}: no stop is within walking distance of any {what}, the nearest is "
                f"{nearest / METRES_PER_KM:,.1f} km away; is the feed of another region?"
            )
            raise DatasetError(message)


def _on_sphere(points: pd.DataFrame) -> NDArray[np.float64]:
    """Points on the unit sphere, shape (n, 3): near each other, straight distance is that on the ground."""
    lat, lon = (np.radians(points[each].to_numpy(np.float64)) for each in ("lat", "lon"))
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _geometry(points: pd.DataFrame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": points["id"].to_numpy()}, geometry=gpd.points_from_xy(points["lon"], points["lat"]), crs=WGS84
    )


def _box(*points: pd.DataFrame) -> list[float]:
    """West, south, east and north of the area whose streets are read."""
    every = pd.concat(points)[["lon", "lat"]]
    margin = (
        np.array([2.0, 1.0]) * STREETS_MARGIN_DEGREES
    )  # at 60 degrees north a degree east is half as long
    box: list[float] = [*(every.min() - margin), *(every.max() + margin)]
    return box


@contextmanager
def _warnings_logged(level: int = logging.WARNING) -> Iterator[None]:
    """Turn what cafein warns of (rows it drops, places without streets) into lines of our log.

    Where it ends in an error nothing is said but that.
    """
    with kept_back("cafein") as said, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for each in [*(str(one.message) for one in caught), *said]:
        logger.log(level, "%s", each)
