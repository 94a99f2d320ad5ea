"""Stops where one may only get on, or only off: what a router may ride, by hand and by counting all rides."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import zipfile
from collections.abc import Iterable
from pathlib import Path

import gtfs_by_hand as hand
import numpy as np
import pandas as pd
import pytest

from siting.errors import DatasetError
from siting.sources.transit.boarding import cut, to_cut
from siting.sources.transit.feed_copy import as_ridden
from siting.sources.transit.settings import TransitSettings
from siting.sources.transit.timetable import cafein_router

BOTH, ON, OFF, NEITHER = ("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")
"""Of a call: pickup_type and drop_off_type."""
LINE = {"A": 2_000, "B": 10_000, "C": 18_000, "D": 26_000}
"""One line, A 15:10, B 15:20, C 15:30, D 15:40; places lie 60 m north of a stop, by the same letter."""


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hand.write_streets(tmp_path_factory.mktemp("streets") / "streets.osm.pbf")


def one_line(folder: Path, kinds: Iterable[tuple[str, str]], **changes: str | None) -> Path:
    calls = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"
    for number, (stop, (pickup, drop_off)) in enumerate(zip(LINE, kinds, strict=True), start=1):
        calls += f"t,15:{number}0:00,15:{number}0:00,{stop},{number},{pickup},{drop_off}\n"
    rows = "".join(
        f"{stop},{stop},{hand.latitude(metres):.7f},{hand.LONGITUDE}\n" for stop, metres in LINE.items()
    )
    files = {
        "stops": "stop_id,stop_name,stop_lat,stop_lon\n" + rows,
        "trips": "route_id,service_id,trip_id,shape_id,block_id\n1,weekday,t,s,b\n",
        "stop_times": calls,
        "frequencies": None,
        **changes,
    }
    return hand.write_feed(folder / "feed.zip", **files)


def rides(feed: Path, streets: Path, at: str = "15:00", notes: list[str] | None = None) -> dict[str, float]:
    """Minutes from stop to stop, such as {"AB": 21}, where there is a way."""
    points = hand.places({stop: metres + 60 for stop, metres in LINE.items()}, "id")
    settings = TransitSettings.model_validate(hand.SETTINGS)
    router = cafein_router(
        feed,
        streets,
        cells=points,
        sites=points,
        settings=settings,
        on_note=lambda sv, en: notes.extend((sv, en)) if notes is not None else None,
    )
    found = router.minutes(points, points, dt.time.fromisoformat(at))
    pairs = itertools.product(enumerate(LINE), repeat=2)
    return {a + b: found[i, j] for (i, a), (j, b) in pairs if i != j and math.isfinite(found[i, j])}


@pytest.mark.parametrize(
    ("kinds", "allowed"),
    [
        ((ON, BOTH, BOTH, OFF), "AB AC AD BC BD CD"),  # as feeds mark the ends of most trips
        ((BOTH, ON, BOTH, BOTH), "AC AD BC BD CD"),
        ((BOTH, OFF, BOTH, BOTH), "AB AC AD CD"),
        ((BOTH, ON, OFF, BOTH), "AC AD BC BD"),
        ((BOTH, OFF, ON, BOTH), "AB AD CD"),  # from B to C nobody rides
        ((ON, ON, OFF, OFF), "AC AD BC BD"),  # a coach that takes nobody within the towns
        ((BOTH, NEITHER, BOTH, BOTH), "AC AD CD"),
        ((OFF, BOTH, BOTH, ON), "BC"),  # an end where one may not get on, or off, is none
    ],
)
def test_one_gets_on_and_off_where_one_may(
    tmp_path: Path, streets: Path, kinds: tuple[tuple[str, str], ...], allowed: str
) -> None:
    found = rides(one_line(tmp_path, kinds), streets)
    assert " ".join(found) == allowed
    for ride, minutes in found.items():  # from 15:00; a minute's walk from the stop
        assert minutes == pytest.approx(10 * (list(LINE).index(ride[1]) + 1) + 1, abs=hand.SLACK_MINUTES)


def test_a_trip_that_runs_by_frequency_is_cut_with_its_times(tmp_path: Path, streets: Path) -> None:
    """Every 30 minutes from A at 16:10, so from B, where it is cut, at 16:20, 16:50, 17:20 and no more."""
    frequencies = "trip_id,start_time,end_time,headway_secs,exact_times\nt,16:10:00,17:40:00,1800,1\n"
    feed = one_line(tmp_path, (BOTH, ON, OFF, BOTH), frequencies=frequencies)
    assert rides(feed, streets, "16:15")["BC"] == pytest.approx(16, abs=hand.SLACK_MINUTES)
    assert rides(feed, streets, "16:30")["BD"] == pytest.approx(41, abs=hand.SLACK_MINUTES)
    assert rides(feed, streets, "17:15")["BC"] == pytest.approx(16, abs=hand.SLACK_MINUTES)
    assert rides(feed, streets, "17:25") == {}


def test_a_stop_without_a_time_keeps_its_time_between_the_others(tmp_path: Path, streets: Path) -> None:
    feed = one_line(tmp_path, (BOTH, OFF, BOTH, BOTH))
    calls = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"
    calls += "t,15:10:00,,A,1,0,0\nt,,,B,2,1,0\nt,,,C,3,0,0\nt,15:40:00,15:40:00,D,4,0,0\n"
    hand.write_feed(
        feed, **{"stops": part(feed, "stops"), "trips": part(feed, "trips"), "frequencies": None},
        stop_times=calls,
    )  # fmt: skip
    found = rides(feed, streets)
    assert found == pytest.approx({"AB": 21, "AC": 31, "AD": 41, "CD": 41}, abs=hand.SLACK_MINUTES)


def untold(sv: str, en: str) -> None:
    """Take a note and forget it."""
    assert sv
    assert en


def part(feed: Path, name: str) -> str:
    with zipfile.ZipFile(feed) as parts:
        return parts.read(f"{name}.txt").decode()


def test_a_feed_as_a_spreadsheet_saves_it_is_read(tmp_path: Path, streets: Path) -> None:
    """With a mark at its beginning, quotes, blanks, other columns, and rows in no order."""
    plain = one_line(tmp_path, (BOTH, ON, OFF, BOTH))
    heading, *rows = part(plain, "stop_times").splitlines()
    calls = [",".join(f'"{each}"' for each in row.split(",")) + ', "Orsa, ""C"""' for row in reversed(rows)]
    text = "\ufeff" + heading.replace(",", ", ") + ", stop_headsign\r\n" + "\r\n".join(calls) + "\r\n"
    saved = one_line(tmp_path, (BOTH,) * 4, stop_times=text)
    assert " ".join(rides(saved, streets)) == "AC AD BC BD"


def test_trips_that_are_not_cut_stay_as_they_are(tmp_path: Path) -> None:
    feed = one_line(tmp_path, (BOTH, ON, OFF, BOTH))
    trips = part(feed, "trips") + "1,weekday,007,,\n"
    calls = part(feed, "stop_times") + "007,16:10:00,16:10:00,A,1,0,1\n007,16:20:00,16:20:00,B,2,1,0\n"
    feed = one_line(tmp_path, (BOTH,) * 4, trips=trips, stop_times=calls)
    with as_ridden(feed, untold) as ridden:
        lines = (ridden / "stop_times.txt").read_text(encoding="utf-8").splitlines()
        assert lines[1:3] == ["007,16:10:00,16:10:00,A,1", "007,16:20:00,16:20:00,B,2"]
        assert "1,weekday,007" in (ridden / "trips.txt").read_text(encoding="utf-8")


def test_calls_on_request_are_ridden_and_told_of(tmp_path: Path, streets: Path) -> None:
    notes: list[str] = []
    found = rides(one_line(tmp_path, (BOTH, ("2", "0"), ("0", "3"), BOTH)), streets, notes=notes)
    assert len(found) == 6
    assert "2 av tidtabellens 4 uppehåll görs bara efter beställning" in notes[0]
    assert "2 of the 4 calls of the timetable" in notes[1]


def test_rules_of_changes_that_are_not_honoured_are_told_of(tmp_path: Path, streets: Path) -> None:
    transfers = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nA,B,2,600\nA,C,3,\nA,D,0,\n"
    notes: list[str] = []
    rides(one_line(tmp_path, (BOTH,) * 4, transfers=transfers), streets, notes=notes)
    assert len(notes) == 2
    assert "(rader i transfers.txt: 2)" in notes[0]
    assert "(rows of transfers.txt: 2)" in notes[1]


def test_a_feed_without_restrictions_is_not_copied(tmp_path: Path) -> None:
    feed = hand.write_feed(tmp_path / "feed.zip")
    notes: list[str] = []
    with as_ridden(feed, lambda sv, en: notes.extend((sv, en))) as ridden:
        assert ridden == feed
    assert notes == []


def test_the_copy_is_gone_when_it_is_read(tmp_path: Path) -> None:
    feed = one_line(tmp_path, (BOTH, ON, OFF, BOTH))
    with as_ridden(feed, untold) as ridden:
        calls = pd.read_csv(ridden / "stop_times.txt")
        trips = pd.read_csv(ridden / "trips.txt")
        assert set(trips.columns) == {"route_id", "service_id", "trip_id"}
        assert sorted(calls["trip_id"].unique()) == sorted(trips["trip_id"])
    assert not ridden.exists()


def test_a_feed_on_which_nobody_may_ride_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(DatasetError, match="one may get on and off again on no trip"),
        as_ridden(one_line(tmp_path, (ON, ON, ON, ON)), untold),
    ):
        pass


def calls_of(seed: int, n_trips: int = 60) -> pd.DataFrame:
    """Trips of one to nine calls at random, in no order."""
    rng = np.random.default_rng(seed)
    trip = np.repeat(np.arange(n_trips), rng.integers(1, 10, n_trips))
    calls = pd.DataFrame({"trip": trip, "board": rng.random(len(trip)) < 0.7})
    calls["alight"] = rng.random(len(trip)) < 0.7
    calls["order"] = calls.groupby("trip").cumcount() * 3.0 + 1
    return calls.sample(frac=1, random_state=seed).reset_index(drop=True)


def allowed_rides(calls: pd.DataFrame) -> set[tuple[int, float, float]]:
    pairs = calls.merge(calls, on="trip").query("order_x < order_y and board_x and alight_y")
    return set(zip(pairs["trip"], pairs["order_x"], pairs["order_y"], strict=True))


def rides_of_cut(new: pd.DataFrame) -> set[tuple[int, float, float]]:
    pairs = new.merge(new, on=["trip", "starts", "ends"]).query("order_x < order_y")
    return set(zip(pairs["trip"], pairs["order_x"], pairs["order_y"], strict=True))


@pytest.mark.parametrize("seed", range(5))
def test_cut_trips_give_the_rides_that_are_allowed_and_no_others(seed: int) -> None:
    calls = calls_of(seed)
    cuts = to_cut(calls)
    left = calls[~calls["trip"].isin(cuts["trip"])]
    new, n_too_many = cut(cuts)
    assert n_too_many == 0
    whole = left.assign(starts=-1.0, ends=-1.0)
    assert rides_of_cut(pd.concat([new, whole])) == allowed_rides(calls)


def test_trips_that_would_become_too_many_lose_stops_and_gain_no_ride() -> None:
    calls = calls_of(1)
    cuts = to_cut(calls)
    new, n_too_many = cut(cuts, most_added=100)
    assert 0 < n_too_many < cuts["trip"].nunique()
    assert rides_of_cut(new) < allowed_rides(cuts)
