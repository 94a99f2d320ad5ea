"""Public transport estimated from counts of departures, on a country worked out by hand.

Five localities on a straight line (kilometres east); the car takes a minute a kilometre and nothing else.

    0 North   10 Hub (town, radius 4 km)   30 South   50 End   70 Lonely
    line 1: North, Hub       North has 32 departures, all of line 1
    line 2: Hub, South       South has 64 departures, of lines 2 and 3
    line 3: South, End       End has 16, all of line 3
    line 9: Lonely           2, one each way
    Hub: 200, of lines 1, 2 and town lines 5 and 6

How often a line runs (both ways): where an equal share gives it most, the town Hub left out. Line 1: 32
(North). Line 2: 64 / 2 = 32 (South). Line 3: max(32 (South), 16 (End)) = 32. One way, no more than either
end has: North-Hub 16, Hub-South 16, South-End min(32, 16) / 2 = 8, Lonely none.

Over 16 hours: headways 60, 60, 120 minutes; waits 30, 30 and 60 (half). Ride = 1.3 x minutes by car + 5:

    North-Hub  30 + 13 + 5 = 48;  Hub-South  30 + 26 + 5 = 61;  South-End  60 + 26 + 5 = 91
    North-South: change at Hub, 48 + 5 + 61 = 114;  Hub-End: 61 + 5 + 91 = 157;  North-End: no way (two
    changes)

On foot 5 km/h and 1.3 times the straight line: 15.6 minutes a kilometre. Town bus: 15 minutes + 3.9 a km.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.by_bus import BusEstimate, BusStops, bus_estimate
from siting.by_road import car_router
from siting.dataset import Dataset, load_dataset
from siting.errors import DatasetError
from siting.geo import project
from siting.roads import road_network
from siting.scenario_file import load
from siting.scenario_travel import BusMode
from siting.travel import Places, TravelTimes

NAMES = ("North", "Hub", "South", "End", "Lonely")
KM = (0.0, 10.0, 30.0, 50.0, 70.0)
DEPARTURES = (32, 200, 64, 16, 2)
LINES = ("1", "1 2 5 6", "2 3", "3", "9")
TOWN_METRES = (0, 4000, 0, 0, 0)
INF = np.inf


class Car:
    """A minute a kilometre, as the crow flies."""

    def times(self, origins: Places, destinations: Places) -> TravelTimes:
        between = np.linalg.norm(origins.points_metres[:, None] - destinations.points_metres[None], axis=2)
        n, m = between.shape
        return TravelTimes(between / 1000, origins.ids, destinations.ids, np.zeros(n), np.zeros(m))


def at(*kilometres: float) -> Places:
    return Places(
        tuple(f"{each:g}" for each in kilometres), np.array([[1000 * each, 0.0] for each in kilometres])
    )


def estimate(departures: tuple[float, ...] = DEPARTURES, **mode: object) -> BusEstimate:
    lines = sorted({line for each in LINES for line in each.split()})
    stops = BusStops(
        places=Places(NAMES, at(*KM).points_metres),
        departures_per_day=np.array(departures, dtype=float),
        serves=np.array([[line in each.split() for line in lines] for each in LINES]),
        town_radius_metres=np.array(TOWN_METRES, dtype=float),
    )
    return BusEstimate(stops, BusMode.model_validate({"timetable": "estimate", **mode}), Car())


def minutes(start: float, end: float, **mode: object) -> float:
    return float(estimate(**mode).times(at(start), at(end)).minutes[0, 0])


def test_departures_of_a_pair_are_those_of_the_lines_they_share() -> None:
    between = estimate().stops.departures_between()
    np.fill_diagonal(between, 0)
    expected = np.zeros((5, 5))
    for a, b, one_way in ((0, 1, 16), (1, 2, 16), (2, 3, 8)):
        expected[a, b] = expected[b, a] = one_way
    np.testing.assert_array_equal(between, expected)


def test_rides_are_those_worked_out_by_hand() -> None:
    expected = [
        [INF, 48, 114, INF, INF],
        [48, INF, 61, 157, INF],
        [114, 61, INF, 91, INF],
        [INF, 157, 91, INF, INF],
        [INF] * 5,
    ]
    np.testing.assert_allclose(estimate().ride_minutes(), expected)


def test_with_two_changes_the_ends_are_joined() -> None:
    assert estimate(most_transfers=2).ride_minutes()[0, 3] == pytest.approx(48 + 5 + 61 + 5 + 91)


def test_without_changes_only_shared_lines_count() -> None:
    assert estimate(most_transfers=0).ride_minutes()[0, 2] == INF


def test_a_trip_is_walk_wait_ride_and_walk() -> None:
    """One km to North's stop, 48 minutes to Hub, half a km from there."""
    assert minutes(-1, 10.5) == pytest.approx(15.6 + 48 + 7.8)


def test_a_short_trip_goes_on_foot_all_the_way() -> None:
    assert minutes(0.2, 1.2) == pytest.approx(15.6)


def test_beyond_the_longest_walk_there_is_no_way() -> None:
    """30 minutes on foot are 1.923 km."""
    assert np.isfinite(minutes(-1.92, 10))
    assert minutes(-1.93, 10) == INF


def test_two_long_walks_through_one_stop_are_no_bus_trip() -> None:
    """1.5 km either side of South, where no town buses go: 46.8 minutes on foot in all."""
    assert minutes(28.5, 31.5) == INF


def test_a_town_bus_goes_where_nobody_walks() -> None:
    """From 3 km out to the centre of Hub: 15 + 11.7 minutes; on to South by line 2; 4.1 km is too far."""
    assert minutes(7, 10) == pytest.approx(26.7)
    assert minutes(7, 30) == pytest.approx(26.7 + 61)
    assert minutes(5.9, 10) == INF


def test_across_a_town_one_changes_at_its_centre() -> None:
    """3 km west to 2.5 km east: 15 + 11.7 and 15 + 9.75."""
    assert minutes(7, 12.5) == pytest.approx(26.7 + 24.75)


def test_with_a_longer_wait_allowed_rare_buses_take_longer() -> None:
    """South-End: headway 120 minutes."""
    assert estimate(longest_wait_minutes=20).ride_minutes()[2, 3] == pytest.approx(20 + 31)
    assert estimate(longest_wait_minutes=90).ride_minutes()[2, 3] == pytest.approx(60 + 31)


def test_too_few_departures_are_no_connection() -> None:
    """South-End has 8 a day one way."""
    assert np.isfinite(estimate(fewest_departures_per_day=8).ride_minutes()[2, 3])
    assert estimate(fewest_departures_per_day=8.5).ride_minutes()[2, 3] == INF


def test_access_metres_are_those_to_the_nearest_locality() -> None:
    times = estimate().times(at(-1, 24), at(10.5))
    np.testing.assert_allclose(times.origin_access_metres, [1000, 6000])
    np.testing.assert_allclose(times.destination_access_metres, [500])


counts = st.lists(st.integers(0, 300), min_size=5, max_size=5)
spots = st.lists(st.integers(-20, 720).map(lambda each: each / 10), min_size=1, max_size=6)


@given(counts, spots)
def test_there_and_back_take_the_same(departures: list[int], kilometres: list[float]) -> None:
    places = at(*kilometres)
    found = estimate(tuple(departures)).times(places, places).minutes
    np.testing.assert_allclose(found, found.T, atol=0.002)


@given(counts, st.integers(0, 4), st.integers(1, 200), spots)
def test_more_departures_are_never_slower(
    departures: list[int], where: int, more: int, kilometres: list[float]
) -> None:
    places = at(*kilometres)
    before = estimate(tuple(departures)).times(places, places).minutes
    departures[where] += more
    assert (estimate(tuple(departures)).times(places, places).minutes <= before).all()


@given(counts, st.floats(1, 3), st.floats(0, 30))
def test_no_ride_is_quicker_than_the_car(departures: list[int], factor: float, fixed: float) -> None:
    found = estimate(tuple(departures), ride_factor=factor, ride_fixed_minutes=fixed)
    by_car = found.car.times(found.stops.places, found.stops.places).minutes
    assert (found.ride_minutes() >= by_car).all()


@given(counts, st.permutations(range(5)), spots)
def test_the_order_of_the_localities_changes_nothing(
    departures: list[int], order: list[int], kilometres: list[float]
) -> None:
    one = estimate(tuple(departures))
    stops = one.stops
    other = replace(
        one,
        stops=BusStops(
            places=Places(tuple(NAMES[each] for each in order), stops.places.points_metres[order]),
            departures_per_day=stops.departures_per_day[order],
            serves=stops.serves[order],
            town_radius_metres=stops.town_radius_metres[order],
        ),
    )
    places = at(*kilometres)
    np.testing.assert_allclose(one.times(places, places).minutes, other.times(places, places).minutes)


@pytest.fixture(scope="module")
def county(dalarna: Dataset) -> BusEstimate:
    car = car_router(road_network(dalarna), load("base").travel)
    return bus_estimate(BusMode(timetable="estimate"), dalarna, car)


@pytest.mark.parametrize(
    ("ends", "ride", "one_way"),
    [
        (("Falun", "Borlänge"), (25, 35), (30, 64)),  # every 15 to 30 minutes
        (("Borlänge", "Säter"), (30, 40), (10, 24)),
        (("Falun", "Mora"), (100, 120), (6, 16)),
        (("Mora", "Idre"), (145, 170), (3, 8)),
        (("Malung", "Sälen"), (60, 80), (6, 16)),
    ],
)
def test_known_lines_of_dalarna_come_out_as_people_know_them(
    county: BusEstimate,
    dalarna: Dataset,
    ends: tuple[str, str],
    ride: tuple[float, float],
    one_way: tuple[float, float],
) -> None:
    names = list(dalarna.table("bus_stops")["name"])
    a, b = (names.index(each) for each in ends)
    departures = county.stops.departures_between()[a, b]
    wait = min(16 * 60 / departures / 2, county.mode.longest_wait_minutes)
    assert one_way[0] <= departures <= one_way[1]
    assert ride[0] <= county.ride_minutes()[a, b] - wait <= ride[1]


def test_the_county_is_answered_in_two_seconds(county: BusEstimate, dalarna: Dataset) -> None:
    cells, sites = dalarna.table("cells"), dalarna.table("sites")
    points = project(sites["lon"].to_numpy(), sites["lat"].to_numpy(), dalarna.manifest.crs)
    began = time.perf_counter()
    times = county.times(
        Places(tuple(cells["cell_id"]), cells[["east_metres", "north_metres"]].to_numpy(float)),
        Places(tuple(sites["site_id"]), points),
    )
    assert time.perf_counter() - began < 2
    reached = np.isfinite(times.minutes).any(axis=1)
    under_65 = (cells["population"] - cells["population_65plus"]).clip(lower=0).to_numpy()
    assert 0.85 < under_65[reached].sum() / under_65.sum() < 0.97


def test_on_sundays_less_can_be_reached(county: BusEstimate, dalarna: Dataset) -> None:
    sunday = bus_estimate(BusMode(timetable="estimate", day="sunday"), dalarna, county.car)
    weekday_pairs, sunday_pairs = (np.isfinite(each.ride_minutes()).sum() for each in (county, sunday))
    assert sunday_pairs < weekday_pairs / 2


def with_stops(dataset: Dataset, table: pd.DataFrame) -> Dataset:
    return replace(dataset, tables={**dataset.tables, "bus_stops": table})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns="lines"), "the column lines is missing"),
        (lambda table: table.drop(columns="departures_weekday"), "the column departures_weekday is missing"),
        (lambda table: table.iloc[:0], "has no rows"),
        (lambda table: table.assign(departures_weekday=-1), r"row 2: departures_weekday is '-1'"),
        (lambda table: table.assign(town_radius_metres=np.nan), "row 2: town_radius_metres is 'nan'"),
        (lambda table: table.assign(lat="sixty"), "row 2: lat is 'sixty'"),
        (lambda table: table.assign(lat=600), "row 2: lat is '600'; expected a number from -90 to 90"),
    ],
)
def test_a_broken_table_is_refused(dalarna: Dataset, change, message: str) -> None:
    broken = with_stops(dalarna, change(dalarna.table("bus_stops")))
    with pytest.raises(DatasetError, match=message):
        bus_estimate(BusMode(timetable="estimate"), broken, Car())


def test_without_the_table_it_is_said_what_is_missing(toy_folder: Path) -> None:
    toy = load_dataset("data", relative_to=toy_folder)
    with pytest.raises(DatasetError, match="there is no table 'bus_stops'"):
        bus_estimate(BusMode(timetable="estimate"), toy, Car())
