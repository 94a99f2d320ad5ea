"""Known trips against the model: how far off it is, and the speed factor that mends it."""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .errors import DatasetError, InputError
from .geo import nearest_on_lines, project
from .given_files import read_bytes
from .roads import FARTHEST_METRES, METRES_PER_KM
from .sentences import listed, shortened
from .travel import MINUTES_DECIMALS, Places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from .by_road import RoadRouter
    from .dataset import Dataset
    from .roads import RoadNetwork

KNOWN_TRIPS: Final = "known_trips"
MOST_BYTES: Final = 200_000_000  # of a file of trips: millions of them
FEWEST_TRIPS: Final = 3  # two numbers are fitted
LEAST_SPREAD_MINUTES: Final = 1.0  # between the shortest trip and the longest
LARGEST_MINUTES: Final = 1e6  # of a trip
NEAR_SHARE: Final = 0.15
NEAR_MINUTES: Final = 3.0
SPEED_FACTORS: Final = (0.1, 10.0)  # those that a scenario takes
ALIASES: Final = {
    "from_locality": "from",
    "to_locality": "to",
    "från": "from",
    "till": "to",
    "minuter": "minutes",
    "restid": "minutes",
}
_Row = dict[str, str]
_NUMBER = r"(-?\d+(?:[.,]\d+)?)"
_LAT_LON = re.compile(rf"\s*{_NUMBER}[\s,;]+{_NUMBER}\s*")


@dataclass(frozen=True, eq=False)
class KnownTrips:
    """Trips whose minutes are known, or within which limits they lie."""

    where: str  # file or table, for messages
    rows: tuple[int, ...]  # of the file
    names: tuple[tuple[str, str], ...]  # from, to
    starts_metres: NDArray[np.float64]  # (n, 2)
    ends_metres: NDArray[np.float64]  # (n, 2)
    least_minutes: NDArray[np.float64]  # (n,)
    most_minutes: NDArray[np.float64]  # (n,) the same where one figure is known

    @property
    def minutes(self) -> NDArray[np.float64]:
        """The middle of what is known, shape (n,)."""
        return (self.least_minutes + self.most_minutes) / 2


@dataclass(frozen=True, eq=False)
class TimesCheck:
    """What the model says of known trips, and what the trips say of the model."""

    trips: KnownTrips
    model_minutes: NDArray[np.float64]  # (n,)
    speed_factor: float  # least squares of the known trips
    fixed_minutes_per_trip: float
    fitted_minutes: NDArray[np.float64]  # (n,) with these two
    foretold_minutes: NDArray[np.float64]  # (n,) each trip by a fit of the others; NaN = they fit none

    @property
    def errors(self) -> NDArray[np.float64]:
        """Model less known minutes, shape (n,)."""
        return self.model_minutes - self.trips.minutes

    @property
    def is_near(self) -> NDArray[np.bool_]:
        """Whether the model is within 15 % or 3 minutes of what is known, shape (n,)."""
        near: NDArray[np.bool_] = self.beyond_minutes <= np.maximum(
            NEAR_MINUTES, NEAR_SHARE * self.trips.minutes
        )
        return near

    @property
    def beyond_minutes(self) -> NDArray[np.float64]:
        """How far the model lies outside the known limits, shape (n,)."""
        below, above = (
            self.trips.least_minutes - self.model_minutes,
            self.model_minutes - self.trips.most_minutes,
        )
        return np.maximum(np.maximum(below, above), 0.0)

    @property
    def leave_one_out_minutes(self) -> float | None:
        """Mean absolute error of the trips as the others foretell them; None where these cannot."""
        error = float(np.abs(self.foretold_minutes - self.trips.minutes).mean())
        return None if math.isnan(error) else error


def check_times(trips: KnownTrips, router: RoadRouter) -> TimesCheck:
    """Hold the model's minutes against known trips, and fit speed factor and fixed minutes to them.

    Only the part of a trip along the road is scaled by the factor; access legs are left as they are.

    Raises
    ------
    InputError
        If a trip has no way, or no speed factor that a scenario may have fits the trips.
    """
    if len(trips.rows) < FEWEST_TRIPS:
        message = f"{trips.where}: {len(trips.rows)} known trips are too few; give at least {FEWEST_TRIPS}"
        raise InputError(message)
    network, beside = _parts(trips, router)
    for row, (start, end) in enumerate(trips.names):
        if np.isinf(network[row]):
            message = f"{trips.where}, row {trips.rows[row]}: there is no way by road from {start} to {end}"
            raise InputError(message)
    model = router.fixed_minutes_per_trip + beside + network / router.speed_factor
    to_be_fitted = trips.minutes - beside
    try:
        factor, fixed = fit_calibration(network, to_be_fitted)
    except DatasetError as error:
        message = f"{trips.where}: {error}"
        raise DatasetError(message) from error
    if not SPEED_FACTORS[0] <= factor <= SPEED_FACTORS[1]:
        message = f"{trips.where}: the fitted speed factor is {factor:g}; are the known times in minutes?"
        raise InputError(message)
    return TimesCheck(
        trips=trips,
        model_minutes=np.round(model, MINUTES_DECIMALS),
        speed_factor=factor,
        fixed_minutes_per_trip=fixed,
        fitted_minutes=fixed + beside + network / factor,
        foretold_minutes=beside + _foretold(network, to_be_fitted),
    )


def _parts(trips: KnownTrips, router: RoadRouter) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Minutes of each trip along the network and beside it, shape (n,) each."""
    starts, start = np.unique(trips.starts_metres, axis=0, return_inverse=True)
    ends, end = np.unique(trips.ends_metres, axis=0, return_inverse=True)
    found = router.trips(*(Places(tuple(map(str, range(len(points)))), points) for points in (starts, ends)))
    beside = found.beside_road_metres[start, end] * router.minutes_per_metre_beside
    return found.on_road_minutes[start, end], beside


def fit_calibration(
    network_minutes: NDArray[np.float64], known_minutes: NDArray[np.float64]
) -> tuple[float, float]:
    """Fit speed factor and fixed minutes so that network / factor + fixed comes nearest the known trips.

    The trips are taken to lie on the road altogether (towns are nodes); a part off the road would be
    scaled with it. Where the best fixed minutes are below 0, they are 0.

    Returns
    -------
    tuple of float
        ``speed_factor`` and ``fixed_minutes_per_trip`` of the scenario's travel section (least squares).

    Raises
    ------
    DatasetError
        If no speed factor fits.

    Examples
    --------
    >>> fit_calibration(np.array([10.0, 20.0, 40.0]), np.array([11.0, 19.0, 35.0]))  # known = 0.8 x + 3
    (1.25, 3.0)
    """
    from_mean = network_minutes - network_minutes.mean()
    if np.ptp(network_minutes) < LEAST_SPREAD_MINUTES:
        message = "known trips: all take the same minutes on the network; give short trips and long ones"
        raise DatasetError(message)
    if not from_mean @ (known_minutes - known_minutes.mean()) > 1e-9:  # rounding of equal times left out
        message = "known trips: known minutes do not grow with the network's, so no speed factor fits them"
        raise DatasetError(message)
    slope = from_mean @ known_minutes / (from_mean @ from_mean)
    fixed = known_minutes.mean() - slope * network_minutes.mean()
    if fixed < 0:
        slope, fixed = network_minutes @ known_minutes / (network_minutes @ network_minutes), 0.0
    return round(float(1 / slope), 6), round(float(fixed), 6)


def _foretold(network: NDArray[np.float64], known: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each trip by a fit of the others, shape (n,); NaN where the others fit none."""
    foretold = np.full(len(network), np.nan)
    for row in range(len(network)):
        try:
            factor, fixed = fit_calibration(np.delete(network, row), np.delete(known, row))
        except DatasetError:
            continue
        foretold[row] = network[row] / factor + fixed
    return foretold


def read_trips(dataset: Dataset, roads: RoadNetwork, path: Path | None = None) -> KnownTrips:
    """Read known trips from a CSV file, or else from the dataset's own table.

    The columns are from, to, and minutes or minutes_low and minutes_high. A place is a locality, a site
    or a road node, by id or name, or latitude and longitude in degrees (``60.61 15.63``).

    Raises
    ------
    InputError
        If the file cannot be read, or a place or a number in it is not understood.
    """
    where = str(path) if path else f"{dataset.folder}: {KNOWN_TRIPS}"
    rows = list(_rows_of_file(path) if path else _rows_of_table(dataset, where))
    points = {column: _points(rows, column, where, dataset, roads) for column in ("from", "to")}
    limits = np.array([_limits(row, f"{where}, row {number}") for number, row in rows]).reshape(-1, 2)
    return KnownTrips(
        where=where,
        rows=tuple(number for number, _ in rows),
        names=tuple((row.get("from_name", row["from"]), row.get("to_name", row["to"])) for _, row in rows),
        starts_metres=points["from"],
        ends_metres=points["to"],
        least_minutes=limits[:, 0],
        most_minutes=limits[:, 1],
    )


def _rows_of_table(dataset: Dataset, where: str) -> Iterator[tuple[int, _Row]]:
    if KNOWN_TRIPS not in dataset.tables:
        message = (
            f"{dataset.folder}: the dataset has no table {KNOWN_TRIPS}; give a file of them (--trips FILE)"
        )
        raise InputError(message)
    table = dataset.table(KNOWN_TRIPS).rename(columns=ALIASES)
    _require_columns(list(table.columns), where)
    yield from enumerate(table.astype(str).to_dict("records"), start=2)


def _rows_of_file(path: Path) -> Iterator[tuple[int, _Row]]:
    try:
        text = read_bytes(path, most_bytes=MOST_BYTES).decode("utf-8-sig")
        first = text.partition("\n")[0]
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
        head = [ALIASES.get(name.strip().lower(), name.strip().lower()) for name in next(lines, [])]
        _require_columns(head, str(path))
        for values in filter(None, lines):
            if len(values) != len(head):
                message = (
                    f"{path}, row {lines.line_num}: has {len(values)} values; the head has {len(head)} "
                    "(a decimal comma needs semicolons between the values)"
                )
                raise InputError(message)
            yield lines.line_num, dict(zip(head, values, strict=True))
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror})"
        raise InputError(message) from error
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"{path}: cannot be read ({error}); save it as CSV in UTF-8"
        raise InputError(message) from error


def _require_columns(head: list[str], where: str) -> None:
    ranges = {"minutes_low", "minutes_high"} <= set(head)
    if not ({"from", "to"} <= set(head) and ("minutes" in head or ranges)):
        message = (
            f"{where}: has the columns {listed(head)}; expected from, to, and minutes "
            "(or Från, Till, Minuter; or minutes_low and minutes_high)"
        )
        raise InputError(message)


def _limits(row: _Row, where: str) -> tuple[float, float]:
    columns = ("minutes",) * 2 if "minutes" in row else ("minutes_low", "minutes_high")
    least, most = (_minutes(row[column], f"{where}: {column}") for column in columns)
    if least > most:
        message = f"{where}: minutes_low is {least:g} but minutes_high is {most:g}"
        raise InputError(message)
    return least, most


def _minutes(text: str, where: str) -> float:
    try:
        minutes = float(text.strip().replace(",", "."))
    except ValueError:
        minutes = math.nan
    if not 0 < minutes <= LARGEST_MINUTES:
        message = f"{where} is {shortened(text)!r}; expected a number > 0"
        raise InputError(message)
    return minutes


def _points(
    rows: list[tuple[int, _Row]], column: str, where: str, dataset: Dataset, roads: RoadNetwork
) -> NDArray[np.float64]:
    """Where the trips begin, or end, shape (n, 2) in metres; never far from the network."""
    known, crs = _gazetteer(dataset, roads), dataset.manifest.crs
    found = [_point(row[column], known, f"{where}, row {n}: {column}", crs) for n, row in rows]
    points = np.array(found, dtype=np.float64).reshape(-1, 2)
    _, _, metres = nearest_on_lines(points, roads.joinable[1])
    for (number, row), far in zip(rows, metres, strict=True):
        if far > FARTHEST_METRES:
            message = (
                f"{where}, row {number}: {column} {row[column]!r} lies {far / METRES_PER_KM:,.0f} km from "
                "the nearest road; write latitude first, then longitude"
            )
            raise InputError(message)
    return points


@dataclass(frozen=True, eq=False)
class _Gazetteer:
    """Points by id or name, all in lower case, in the order in which they are looked up."""

    points: list[dict[str, set[tuple[float, float]]]]
    spelling: dict[str, str]  # of sites and localities, for hints

    def find(self, text: str, where: str) -> tuple[float, float]:
        """Find a site, a locality or a road node."""
        asked = text.strip().casefold()
        found = next((places[asked] for places in self.points if asked in places), set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            message = (
                f"{where} {shortened(text)!r} is the name of {len(found)} places; give the id, or lat lon in "
                "degrees"
            )
            raise InputError(message)
        close = difflib.get_close_matches(asked, self.spelling, n=1)
        hint = (
            f"did you mean {self.spelling[close[0]]!r}?"
            if close
            else "give a locality, a site, a road node or lat lon"
        )
        message = f"{where} {shortened(text)!r} is not known in the dataset; {hint}"
        raise InputError(message)


def _gazetteer(dataset: Dataset, roads: RoadNetwork) -> _Gazetteer:
    ways = [("sites", "site_id"), ("localities", "locality_id"), ("localities", "name"), ("sites", "name")]
    points: list[dict[str, set[tuple[float, float]]]] = []
    spelling: dict[str, str] = {}
    for table, column in ways:
        rows = dataset.tables.get(table)
        if rows is not None and column in rows:
            degrees = rows["lon"].to_numpy(np.float64), rows["lat"].to_numpy(np.float64)
            points.append(_by_name(rows[column], project(*degrees, dataset.manifest.crs)))
            spelling |= {name.casefold(): name for name in rows[column]}
    return _Gazetteer([*points, _by_name(roads.node_ids, roads.node_points())], spelling)


def _by_name(names: Iterable[str], points: NDArray[np.float64]) -> dict[str, set[tuple[float, float]]]:
    places = defaultdict(set)
    for name, (east, north) in zip(names, points.tolist(), strict=True):
        if not math.isnan(east):  # a node that no road of this mode touches
            places[name.casefold()].add((east, north))
    return dict(places)


def _point(text: str, known: _Gazetteer, where: str, crs: str) -> tuple[float, float]:
    degrees = _LAT_LON.fullmatch(text)
    if not degrees:
        return known.find(text, where)
    lat, lon = (float(number.replace(",", ".")) for number in degrees.groups())
    if abs(lat) > 90 or abs(lon) > 180:
        message = f"{where} {shortened(text)!r} is no latitude and longitude in degrees"
        raise InputError(message)
    east, north = project(np.array([lon]), np.array([lat]), crs)[0]
    return float(east), float(north)
