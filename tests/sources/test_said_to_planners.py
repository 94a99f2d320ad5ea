"""What the build says to a planner: what it found, what it rests on, and what to write where it stops."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import gtfs_by_hand as hand
import openpyxl
import pytest
from test_build import DAY, build, built, sources, write_recipe  # noqa: F401  (a fixture)
from test_build_variants import by_hand_sources, write_extract
from test_tables import read, write

from siting.cli import main
from siting.dataset import Dataset, load_dataset
from siting.errors import FetchError, InputError
from siting.sentences import needs_extra
from siting.sources import streets_and_minutes
from siting.sources.fetch import Fetching, Services, fetch
from siting.sources.osm.premises import sites_from_osm
from siting.sources.osm.street_settings import StreetSettings
from siting.sources.recipe_file import read_recipe
from siting.sources.services.manners import Manners
from siting.sources.tables.coordinates import Region, points_metres

BUS = {
    "municipalities": {"file": "rutor.csv"},
    "cells": {"file": "rutor.csv"},
    "sites": {"file": "sites.csv", "licence": "internal"},
    "roads": {"file": "streets.osm.pbf", "settings": {"winter_factor": 1.1, "car_km_per_hour": {"road": 30}}},
    "minutes": {"bus": {"gtfs": "dt.zip", "settings": hand.SETTINGS}},
}


def notes(dataset: Dataset) -> str:
    return "\n".join(f"{note.sv}\n{note.en}" for note in dataset.manifest.notes)


# --- what a dataset rests on ---


def test_premises_of_openstreetmap_are_not_confirmed(tmp_path: Path) -> None:
    write_extract(tmp_path / "extract.osm.pbf")
    assert set(sites_from_osm(tmp_path / "extract.osm.pbf")["status"]) == {"openstreetmap"}


def test_premises_of_a_table_without_status_are_what_its_owner_states(sources: Path) -> None:  # noqa: F811
    dataset = load_dataset(str(built(sources)))
    assert set(dataset.table("sites")["status"]) == {"documented"}
    assert "Att lokalerna i mottagningar.xlsx finns och är öppna" in notes(dataset)
    assert "the premises in mottagningar.xlsx are there and open is what the table's owner" in notes(dataset)


def test_each_licence_of_mixed_premises_is_told(sources: Path) -> None:  # noqa: F811
    write_extract(sources / "extract.osm.pbf")
    sites = {"file": "mottagningar.xlsx", "osm": True, "licence": "internal"}
    dataset = load_dataset(str(built(sources, sites=sites, roads={"file": "extract.osm.pbf"})))
    licence = dataset.manifest.tables["sites"].licence
    assert licence.startswith("own table: internal; OpenStreetMap: ")
    assert "ODbL 1.0" in licence


def test_the_settings_of_roads_and_timetable_are_in_the_manifest_and_told_to_readers(tmp_path: Path) -> None:
    by_hand_sources(tmp_path)
    dataset = load_dataset(str(build(write_recipe(tmp_path, **BUS), tmp_path / "built", compiled=DAY)))
    tables = dataset.manifest.tables
    assert "settings changed: car_km_per_hour.road 30, winter_factor 1.1" in tables["road_edges"].source
    for setting in ("departures_from 15:00", "percentile 50,", "visit_minutes 60,", "home_by "):
        assert setting in tables["minutes_bus"].source
    assert tables["minutes_bus"].date == str(hand.SETTINGS["date"])
    assert "Bussresor: tidtabell för " in notes(dataset)
    assert "Trips by bus: timetable of " in notes(dataset)
    assert "som är ändrade: car_km_per_hour.road 30, winter_factor 1.1." in notes(dataset)


def test_default_settings_of_roads_need_no_words() -> None:
    assert StreetSettings().changed() == ""


# --- what was found ---


def test_the_build_says_what_it_found_and_all_that_readers_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    by_hand_sources(tmp_path)
    text = (tmp_path / "sites.csv").read_text(encoding="utf-8")
    (tmp_path / "sites.csv").write_text(text.replace("Vårdcentral", "vc", 1), encoding="utf-8")
    recipe = write_recipe(tmp_path, **BUS)
    assert main(["build", str(recipe), "--out", str(tmp_path / "built")]) == 0
    told = capsys.readouterr().err
    assert f"{len(hand.CELLS)} cells, {10 * len(hand.CELLS)} youths in 1 municipality;" in told
    assert "1 vc (not a kind of ours)" in told
    assert f"minutes_bus: {len(hand.EXPECTED)} of {len(hand.CELLS) * len(hand.SITES)} pairs" in told
    for note in load_dataset(str(tmp_path / "built")).manifest.notes:
        assert f"note: {note.en}\n" in told


def test_progress_is_told_every_few_seconds_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(streets_and_minutes.time, "monotonic", lambda: now)
    told: list[int] = []
    say = streets_and_minutes._seldom(lambda done, _: told.append(done))
    for done in range(33):
        say(done, 33)
        now += 1
    assert told == [5, 10, 15, 20, 25, 30]


# --- what stops it ---


def test_a_side_that_is_not_the_distance_of_the_centres_is_named(sources: Path) -> None:  # noqa: F811
    expected = r"rutor\.csv: cell_size_metres .* is {}.*, but the centres lie 1000 m apart; say .*: 1000$"
    for size in (250, 2000):
        with pytest.raises(InputError, match=expected.format(size)):
            built(sources, cell_size_metres=size)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("x.osm.pbf", r"is an extract, not a sources file; build takes a sources file"),
        ("rutor.csv", r"is a source, not a sources file"),
    ],
)
def test_a_source_is_no_sources_file(tmp_path: Path, file: str, expected: str) -> None:
    (tmp_path / file).write_bytes(b"\x00\xff")
    with pytest.raises(InputError, match=expected):
        read_recipe(tmp_path / file)


def test_a_tab_is_named(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text("name: a\ncells:\n\tfile: a.csv\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"sources\.yaml, line 3: the line begins with a tab"):
        read_recipe(tmp_path / "sources.yaml")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"roads": {"file": "no.osm.pbf", "settings": {"winter": 1}}},
            r"sources\.yaml, line \d+: roads\.settings\.winter: unknown key; did you mean 'winter_factor'",
        ),
        (
            {"minutes": {"bus": {"gtfs": "no.zip", "settings": {**hand.SETTINGS, "home": "20:00"}}}},
            r"line \d+: minutes\.bus\.settings\.home: unknown key; did you mean 'home_by'",
        ),
    ],
)
def test_settings_are_checked_before_anything_is_read(
    tmp_path: Path, changes: dict[str, Any], expected: str
) -> None:
    with pytest.raises(InputError, match=expected):
        build(write_recipe(tmp_path, **changes), tmp_path / "built", compiled=DAY)


def test_all_that_is_missing_and_not_understood_is_named_at_once(tmp_path: Path) -> None:
    table = read(write(tmp_path, "Mottagningens namn;Sort;Lat;Lon\nA;B;60;15\n"))
    expected = (
        r"no column is name or kind; say columns: \{name: 'Mottagningens namn', kind: \.\.\.\} "
        r"\(headings that were not understood: 'Mottagningens namn', 'Sort'; understood: 'Lat', 'Lon'\)"
    )
    with pytest.raises(InputError, match=expected):
        table.need(("name", "kind"))


def test_a_table_of_cells_in_which_nobody_is_counted_names_the_likely_heading(tmp_path: Path) -> None:
    by_hand_sources(tmp_path)
    text = (tmp_path / "rutor.csv").read_text(encoding="utf-8")
    (tmp_path / "rutor.csv").write_text(text.replace("Antal", "Antal elever"), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"nobody is counted; .*; say columns: \{youths: 'Antal elever'\} \("
    ):
        build(write_recipe(tmp_path, **BUS), tmp_path / "built", compiled=DAY)


def test_swapped_axes_say_which_columns_to_write(tmp_path: Path) -> None:
    text = "Sweref99X;Sweref99Y\n6718300;535700\n6735000;505000\n"
    expected = r"say columns: \{east_metres: 'Sweref99Y', north_metres: 'Sweref99X'\}$"
    with pytest.raises(InputError, match=expected):
        points_metres(read(write(tmp_path, text)), Region.of("EPSG:3006", None), crs=None)


@pytest.mark.parametrize(
    "heading", ["Antal ungdomar 13-19 år", "Ungdomar 13–19", "Unga 13-19 år", "Antal unga 13-19"]
)
def test_headings_of_youths_with_their_ages_are_understood(tmp_path: Path, heading: str) -> None:
    assert "youths" in read(write(tmp_path, f"Ruta;{heading}\na;1\n"), "cells")


@pytest.mark.parametrize(
    "text",
    [
        "Ruta;E;N;Antal\n1;535700;6718300;2\nSumma;;;2\n",
        "Ruta;Antal\n5350006718000;1\n5360006718000;1\nSumma;2\n",
    ],
)
def test_a_row_of_totals_is_asked_about(tmp_path: Path, text: str) -> None:
    table = read(write(tmp_path, text), "cells")
    with pytest.raises(InputError, match=r"row \d: has no coordinates; is it a row of totals\? Remove it$"):
        points_metres(table, Region.of("EPSG:3006", None), crs=None, cell_size_metres=1000)


def test_a_coordinate_that_is_a_word_is_never_given_a_meaning(tmp_path: Path) -> None:
    table = read(write(tmp_path, "Ruta;E;N;Antal\n1;535700;6718300;2\nb;..;Summa;2\n"), "cells")
    with pytest.raises(InputError, match=r"is not a coordinate; is it a row of totals\? Remove it$"):
        points_metres(table, Region.of("EPSG:3006", None), crs=None, cell_size_metres=1000)


def test_an_empty_first_sheet_names_the_one_with_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Data").append(["Namn", "Typ"])
    book["Data"].append(["A", "B"])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(
        InputError, match=r"the first sheet, 'Sheet', is empty, but 'Data' has rows; say sheet: "
    ):
        read(tmp_path / "a.xlsx")
    assert len(read(tmp_path / "a.xlsx", sheet="Data")) == 1


@pytest.mark.usefixtures("only_loopback")
def test_without_internet_fetch_names_the_other_way_and_leaves_nothing(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        services = Services(wfs=address, pxweb=address, overpass=address)
        quick = Manners(attempts=2, first_wait_seconds=0.01, longest_wait_seconds=0.01, interval_seconds=0)
        with pytest.raises(FetchError, match=r"; without internet: siting build \(docs/your-region\.md\)$"):
            fetch(["Dalarna"], tmp_path / "county", Fetching(services=services, manners=quick))
    assert list(tmp_path.iterdir()) == []


def test_an_absent_extra_is_found_in_the_folder_of_siting() -> None:
    assert needs_extra("a.tif: reading .tif", "rasterio", "sources") == (
        "a.tif: reading .tif needs rasterio: install siting with its extra sources: "
        "pip install -e '.[sources]' in its folder (README, Your own region)"
    )
