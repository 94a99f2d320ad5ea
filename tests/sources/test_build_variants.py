"""A dataset out of a database, a timetable, an extract alone; and the command that builds it."""

from __future__ import annotations

import shutil
from pathlib import Path

import gtfs_by_hand as hand
import numpy as np
import osmium
import pandas as pd
import postgis_server
import pytest
import toy
from osmium.osm.mutable import Node, Way
from test_build import DAY, build, built, sources, write_recipe  # noqa: F401  (a fixture)

from siting import study
from siting.cli import main
from siting.dataset import Dataset, load_dataset
from siting.errors import InputError
from siting.geo import project
from siting.scenario_file import load


def test_the_command_builds_and_says_what_it_does(
    sources: Path,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = sources.parent / "built"
    assert main(["build", str(sources / "sources.yaml"), "--out", str(out)]) == 0
    assert "reading cells" in capsys.readouterr().err
    assert main(["build", str(sources / "sources.yaml"), "--out", str(out)]) == 30
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["build", str(sources / "sources.yaml"), "--out", str(out), "--replace"]) == 0
    assert main(["sites", str(out)]) == 0


def test_tables_of_a_database_build_the_same_dataset_and_its_password_is_nowhere(
    sources: Path,  # noqa: F811
    database: postgis_server.Server,
) -> None:
    database.execute(
        "CREATE SCHEMA planning_tables",
        "CREATE TABLE planning_tables.rutor (ruta text, antal integer, geom geometry(Point, 3006))",
        *(
            f"INSERT INTO planning_tables.rutor VALUES ('{c}{r}', 100, 'SRID=3006;POINT({e} {n})')"
            for r in range(toy.SIDE)
            for c in range(toy.SIDE)
            for e, n in [toy.east_north(c, r)]
        ),
    )
    files = load_dataset(str(built(sources)))
    cells = {"file": database.address(), "table": "planning_tables.rutor"}
    out = build(write_recipe(sources, cells=cells), sources.parent / "from-database", compiled=DAY)
    dataset = load_dataset(str(out))
    pd.testing.assert_frame_equal(dataset.table("cells"), files.table("cells"))
    assert "planning_tables.rutor" in dataset.manifest.tables["cells"].source
    cells["sql"] = "SELECT ruta AS objekt FROM planning_tables.rutor"
    del cells["table"]
    with pytest.raises(InputError) as caught:
        build(write_recipe(sources, cells=cells), sources.parent / "other", compiled=DAY)
    said = (out / "dataset.yaml").read_text(encoding="utf-8") + str(caught.value)
    assert "s3cret" not in said
    assert "s3cret" not in database.address(password=None)
    database.execute("DROP SCHEMA planning_tables CASCADE")


def by_hand_sources(folder: Path) -> None:
    """The timetable of `gtfs_by_hand` with its street, cells and premises as files."""
    hand.write_streets(folder / "streets.osm.pbf")
    transfers = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nV,T,2,0\n"
    hand.write_feed(folder / "dt.zip", transfers=transfers)
    cells = hand.places(hand.CELLS, "Ruta").assign(Kommunkod="2080", Kommun="Falun", Antal=10)
    cells.to_csv(folder / "rutor.csv", index=False)
    hand.places(hand.SITES, "Id").assign(Namn=list(hand.SITES), Typ="Vårdcentral", Kommun="Falun").to_csv(
        folder / "sites.csv", index=False
    )


def test_a_timetable_becomes_minutes_by_bus(tmp_path: Path) -> None:
    by_hand_sources(tmp_path)
    recipe = write_recipe(
        tmp_path,
        municipalities={"file": "rutor.csv"},
        cells={"file": "rutor.csv"},
        sites={"file": "sites.csv"},
        roads={"file": "streets.osm.pbf"},
        minutes={"bus": {"gtfs": "dt.zip", "settings": hand.SETTINGS}},
    )
    dataset = load_dataset(str(build(recipe, tmp_path / "built", compiled=DAY)))
    found = dataset.table("minutes_bus").set_index(["cell_id", "site_id"])
    for pair, (there, home) in hand.EXPECTED.items():
        assert found.loc[pair].tolist() == pytest.approx([there, home], abs=hand.SLACK_MINUTES)
    assert "worked out from dt.zip (sha256 " in dataset.manifest.tables["minutes_bus"].source
    for words in ("From 1 of 5 cells", "(rows of transfers.txt: 1)"):
        assert any(words in note.en for note in dataset.manifest.notes)
    edges = dataset.table("road_edges")
    assert edges["length_km"].sum() == pytest.approx(30, rel=0.01)
    assert "ODbL" in dataset.manifest.tables["road_edges"].licence


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"roads": {"file": "streets.osm.pbf", "settings": {"winter_facto": 2}}},
            r"sources\.yaml, line \d+: roads\.settings\.winter_facto: .* did you mean 'winter_factor'",
        ),
        ({"minutes": {"bus": {"gtfs": "dt.zip", "settings": {}}}}, r"line 7: minutes\.bus\.settings\.date"),
        ({"minutes": {"bus": {"gtfs": "no.zip", "settings": hand.SETTINGS}}}, r"no\.zip"),
        ({"roads": {"file": "no.osm.pbf"}}, r"no\.osm\.pbf: cannot be read \(No such file"),
    ],
)
def test_a_wrong_setting_or_file_is_named(tmp_path: Path, changes: dict[str, object], expected: str) -> None:
    by_hand_sources(tmp_path)
    recipe = {
        "municipalities": {"file": "rutor.csv"},
        "cells": {"file": "rutor.csv"},
        "sites": {"file": "sites.csv"},
        "roads": {"file": "streets.osm.pbf"},
        **changes,
    }
    with pytest.raises(InputError, match=expected):
        build(write_recipe(tmp_path, **recipe), tmp_path / "built", compiled=DAY)
    assert not (tmp_path / "built").exists()


PLACES = {"Vårdcentralen Norr": (503_400.0, 6_703_500.0), "Place B": (502_600.0, 6_702_500.0)}


def write_extract(path: Path) -> None:
    """The toy's streets, a clinic in cell (3, 3), one 100 m from the toy's B, and one far away."""
    with osmium.SimpleWriter(str(path)) as writer:
        for row in range(toy.SIDE):
            for column in range(toy.SIDE):
                writer.add_node(Node(id=1 + row * toy.SIDE + column, location=toy.lon_lat(column, row)))
        places = {**PLACES, "Vårdcentralen Fjärran": (600_000.0, 6_703_500.0)}
        for number, (name, (east, north)) in enumerate(places.items(), start=101):
            place = toy.lon_lat((east - toy.ORIGIN_EAST) / 1000, (north - toy.ORIGIN_NORTH) / 1000)
            tags = {"amenity": "clinic", "healthcare": "centre", "name": name}
            writer.add_node(Node(id=number, location=place, tags=tags))
        for row in range(toy.SIDE):
            nodes = [1 + row * toy.SIDE + column for column in range(toy.SIDE)]
            writer.add_way(Way(id=1 + row, nodes=nodes, tags={"highway": "residential"}))
        for column in range(toy.SIDE):
            nodes = [1 + row * toy.SIDE + column for row in range(toy.SIDE)]
            writer.add_way(Way(id=101 + column, nodes=nodes, tags={"highway": "residential"}))


def test_places_of_openstreetmap_stand_beside_the_table_which_goes_before_them(
    sources: Path,  # noqa: F811
) -> None:
    write_extract(sources / "extract.osm.pbf")
    roads = {"file": "extract.osm.pbf"}
    dataset = load_dataset(str(built(sources, sites={"file": "mottagningar.xlsx", "osm": True}, roads=roads)))
    sites = dataset.table("sites").set_index("site_id")
    assert list(sites.index) == ["A", "B", "C", "D", "E", "osm-n101"]
    assert sites.loc["osm-n101", ["name", "kind", "municipality_code"]].tolist() == [
        "Vårdcentralen Norr",
        "health_centre",
        "2081",
    ]
    point = project(sites["lon"].to_numpy()[-1:], sites["lat"].to_numpy()[-1:], "EPSG:3006")
    np.testing.assert_allclose(point[0], PLACES["Vårdcentralen Norr"], atol=0.1)
    assert any("1 premises come from OpenStreetMap" in note.en for note in dataset.manifest.notes)
    alone = build(
        write_recipe(sources, sites={"osm": True}, roads=roads), sources.parent / "osm", compiled=DAY
    )
    assert list(load_dataset(str(alone)).table("sites")["name"]) == list(PLACES)


def test_the_embedded_county_built_again_from_its_tables_has_the_same_need_and_times(
    tmp_path: Path, dalarna: Dataset
) -> None:
    for path in dalarna.folder.iterdir():
        if path.suffix in (".csv", ".geojson"):
            shutil.copy(path, tmp_path)
    recipe = write_recipe(
        tmp_path,
        municipalities={"file": "municipality_borders.geojson", "figures": {"file": "municipalities.csv"}},
        cells={"file": "cells.csv"},
        sites={"file": "sites.csv"},
        roads={"edges": {"file": "road_edges.csv"}, "nodes": {"file": "road_nodes.csv"}},
        localities={"file": "localities.csv"},
        prevalence={"file": "prevalence.csv"},
        tables={"bus_stops": {"file": "bus_stops.csv"}},
    )
    again = load_dataset(str(build(recipe, tmp_path / "built", compiled=DAY)))
    asked = load("base")
    ours, theirs = study.measure(asked, again), study.measure(asked, dalarna)
    np.testing.assert_array_equal(ours.demand.youths, theirs.demand.youths)
    np.testing.assert_allclose(ours.times.minutes, theirs.times.minutes, atol=1e-6)
    assert ours.sites.names == theirs.sites.names
    for name in ("localities", "bus_stops"):
        pd.testing.assert_series_equal(again.table(name)["lat"], dalarna.table(name)["lat"])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("N00,N10,10,LINESTRING (15 60", r"line_wkt holds text that is no line"),
        (
            "N00,N10,10,POINT (15 60.5)",
            r"row 2: from_node 'N00' begins an edge whose geometry is no single line",
        ),
        (
            'N00,N10,10,"LINESTRING (60.47 15.01, 60.47 15.03)"',
            r"looks as if easting and northing are swapped",
        ),
        ('N00,N10,,"LINESTRING (15.01 60.47, 15.03 60.47)"', r"row 2: minutes '' is empty"),
        ('N00,N10,-1,"LINESTRING (15.01 60.47, 15.03 60.47)"', r"row 2: minutes '-1' is below 0"),
    ],
)
def test_a_broken_edge_is_named(
    sources: Path,  # noqa: F811
    line: str,
    expected: str,
) -> None:
    (sources / "edges.csv").write_text(f"from_node,to_node,minutes,line_wkt\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=expected):
        built(sources, roads={"edges": {"file": "edges.csv"}})


def test_places_to_name_and_figures_are_read_with_their_headings(sources: Path) -> None:  # noqa: F811
    (sources / "orter.csv").write_bytes(
        "Tätort;Befolkning;N;E\nVästby;1 200;6702500;501500\n".encode("cp1252")
    )
    (sources / "tal.csv").write_text("nyckel;värde\na;1,5\nb;\n", encoding="utf-8")
    dataset = load_dataset(
        str(built(sources, localities={"file": "orter.csv"}, prevalence={"file": "tal.csv"}))
    )
    (place,) = dataset.table("localities").to_dict("records")
    assert (place["name"], place["population"], place["is_place_name"]) == ("Västby", 1200, 1)
    assert dataset.table("prevalence")["value"].tolist() == [1.5, pytest.approx(float("nan"), nan_ok=True)]
