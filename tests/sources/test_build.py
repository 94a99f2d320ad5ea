"""From a sources file to a dataset: the toy out of real files of every kind gives the toy's own plan."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
import toy
from ruamel.yaml import YAML

from siting import study
from siting.dataset import load_dataset
from siting.errors import DatasetError, InputError, OutputError
from siting.sources import build as build_module
from siting.sources.build import build

DAY = dt.date(2026, 11, 24)
KINDS = {
    "youth_clinic": "Ungdomsmottagning",
    "health_centre": "Vårdcentral",
    "hospital": "Lasarett",
    "child_psychiatry": "BUP",
}


def comma(number: float) -> str:
    return f"{number}".replace(".", ",")


def write_municipalities(folder: Path) -> None:
    """Two municipalities that meet between the columns 1 and 2."""
    west = shapely.box(499_000, 6_699_000, 502_000, 6_706_000)
    east = shapely.box(502_000, 6_699_000, 506_000, 6_706_000)
    frame = gpd.GeoDataFrame(
        {"Kommunkod": ["0180", "2081"], "Kommun": ["Väst", "Öst"]}, geometry=[west, east]
    )
    frame.set_crs("EPSG:3006").to_file(folder / "kommuner.gpkg", layer="kommun")


def write_cells(folder: Path, *, swapped: bool = False) -> None:
    """As Excel in Sweden saves it: semicolons, decimal commas, ISO-8859-1."""
    lines = ["Ruta;Östlig (SWEREF 99 TM);Nordlig (SWEREF 99 TM);Antal ungdomar"]
    for row in range(toy.SIDE):
        for column in range(toy.SIDE):
            place = toy.east_north(column, row)
            east, north = place[::-1] if swapped else place
            lines.append(f"{column}{row};{comma(east)};{comma(north)};100,0")
    (folder / "rutor.csv").write_bytes("\r\n".join(lines).encode("iso-8859-1"))


def write_sites(folder: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Mottagningar och vårdcentraler 2026"])
    sheet.append([])
    sheet.append(["Id", "Namn", "Typ", "Latitud", "Longitud", "Kandidat", "Telefon"])
    for site, place in toy.SITES.items():
        lon, lat = toy.lon_lat(*place)
        candidate = "nej" if site == "E" else "ja"
        sheet.append([site, f"Place {site}", KINDS[toy.KINDS[site]], lat, lon, candidate, "0243-1"])
    book.save(folder / "mottagningar.xlsx")


def write_edges(folder: Path) -> None:
    columns, rows = toy._edges()
    frame = pd.DataFrame(rows, columns=list(columns))
    lines = shapely.from_wkt(frame.pop("line_wkt").to_numpy())
    gpd.GeoDataFrame(frame, geometry=lines, crs="EPSG:4326").to_crs("EPSG:3006").to_parquet(
        folder / "vagar.parquet"
    )


def write_recipe(folder: Path, **changes: Any) -> Path:
    recipe: dict[str, Any] = {
        "name": "toy",
        "title": {"sv": "Leklandet", "en": "Toyland"},
        "crs": "EPSG:3006",
        "cell_size_metres": 1000,
        "population_year": 2026,
        "municipalities": {"file": "kommuner.gpkg", "source": "worked out on paper", "licence": "MIT"},
        "cells": {"file": "rutor.csv", "quality": "published"},
        "sites": {"file": "mottagningar.xlsx", "date": 2026},
        "roads": {"edges": {"file": "vagar.parquet"}},
        **changes,
    }
    path = folder / "sources.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump({key: value for key, value in recipe.items() if value}, file)
    return path


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A folder with a sources file for the toy and all its files."""
    folder = tmp_path / "sources"
    folder.mkdir()
    write_municipalities(folder)
    write_cells(folder)
    write_sites(folder)
    write_edges(folder)
    write_recipe(folder)
    return folder


def built(sources: Path, **changes: Any) -> Path:
    return build(write_recipe(sources, **changes), sources.parent / "built", compiled=DAY)


def test_the_toy_built_from_files_of_every_kind_gives_the_toys_own_plan(sources: Path) -> None:
    toy.write_dataset(sources.parent / "data")
    built(sources)
    own = study.run(toy.write_scenario(sources.parent))
    other = study.run(toy.write_scenario(sources.parent, "other", dataset="built"))
    assert other.plan.main == own.plan.main == ("B",)
    assert other.plan.satellite == own.plan.satellite
    assert other.region.demand.cell_ids == own.region.demand.cell_ids
    np.testing.assert_allclose(other.region.demand.youths, own.region.demand.youths)
    np.testing.assert_allclose(other.region.times.minutes, own.region.times.minutes, atol=1e-3)
    assert other.region.sites.site_ids == own.region.sites.site_ids
    assert other.region.sites.kinds == own.region.sites.kinds


def test_what_the_owner_lets_be_told_comes_into_the_manifest(sources: Path) -> None:
    usual = {"smallest_count_shown": 5, "ages": {"youngest": 13, "oldest": 19}}
    assert written_terms(built(sources)) == (usual, "Young people aged 13-19 who live in the cell.")
    terms = {"smallest_count_shown": 10, "ages": {"youngest": 12, "oldest": 18}}
    told: list[str] = []
    recipe = write_recipe(sources, disclosure=terms)
    stated = build(recipe, sources.parent / "stated", compiled=DAY, on_progress=told.append)
    assert written_terms(stated) == (terms, "Young people aged 12-18 who live in the cell.")
    assert "scenarios show counts from 10 on, of ages 12-18 only (disclosure in sources.yaml)" in told
    asked = toy.write_scenario(
        sources.parent,
        dataset="stated",
        demand={**toy.demand_section(alpha=0.5), "ages": terms["ages"]},
        evaluation={"smallest_count_shown": 10},
    )
    assert study.run(asked).region.demand.youths.sum() == toy.SIDE**2 * toy.YOUTHS_PER_CELL
    with pytest.raises(InputError, match=r"must be 5, 10, 15 \.\.\., not 7"):
        build(write_recipe(sources, disclosure={"smallest_count_shown": 7}), sources.parent / "odd")


def written_terms(folder: Path) -> tuple[dict[str, Any], str]:
    """What a manifest says of its terms, word for word, and of the column youths."""
    manifest = YAML(typ="safe").load(folder / "dataset.yaml")
    return manifest["disclosure"], manifest["tables"]["cells"]["columns"]["youths"]["meaning"]


def test_a_heading_of_other_ages_than_the_terms_is_refused(sources: Path) -> None:
    path = sources / "rutor.csv"
    heading = "Antal ungdomar 12–18 år"
    path.write_text(path.read_text("iso-8859-1").replace("Antal ungdomar", heading), encoding="utf-8")
    cells = {"file": "rutor.csv", "columns": {"youths": heading}}
    with pytest.raises(
        InputError, match=r"is not of the ages .* 13-19; if these are to count, say .* 12, oldest: 18"
    ):
        build(write_recipe(sources, cells=cells), sources.parent / "built")
    terms = {"ages": {"youngest": 12, "oldest": 18}}
    folder = build(write_recipe(sources, cells=cells, disclosure=terms), sources.parent / "built")
    assert written_terms(folder)[1] == "Young people aged 12-18 who live in the cell."


def test_youths_are_spread_by_the_figures_of_the_ages_that_count(sources: Path) -> None:
    text = (sources / "rutor.csv").read_text("iso-8859-1").replace("Antal ungdomar", "Folkmängd")
    (sources / "rutor.csv").write_text(text, encoding="utf-8")
    figures = pd.DataFrame(
        {"Kommunkod": ["0180", "2081"], **{f"{age} år": [age, 0] for age in range(12, 20)}}
    )
    figures.to_csv(sources / "alder.csv", index=False)
    borders = {"file": "kommuner.gpkg", "figures": {"file": "alder.csv"}}
    terms = {"ages": {"youngest": 12, "oldest": 18}}
    folder = build(
        write_recipe(sources, municipalities=borders, disclosure=terms),
        sources.parent / "built",
        compiled=DAY,
    )
    dataset = load_dataset(str(folder))
    assert dataset.table("cells")["youths"].sum() == pytest.approx(sum(range(12, 19)), abs=1e-2)
    (note,) = [each for each in dataset.manifest.notes if "estimated" in each.en]
    assert "kommunens 12–18-åringar" in note.sv
    assert "aged 12-18" in note.en


def test_the_manifest_says_where_everything_comes_from_and_what_was_guessed(sources: Path) -> None:
    dataset = load_dataset(str(built(sources)))
    manifest = dataset.manifest
    assert manifest.compiled == "2026-11-24"
    assert manifest.population_year == "2026"
    assert manifest.tables["municipalities"].source.startswith("worked out on paper; read from kommuner.gpkg")
    assert manifest.tables["municipalities"].licence == "MIT"
    cells = manifest.tables["cells"]
    assert cells.quality == "published"
    assert cells.columns["municipality_code"].quality == "derived"
    for guess in ("separator ;", "encoding cp1252", "decimal comma", "'Antal ungdomar' as youths", "sha256 "):
        assert guess in cells.source
    assert "'Lasarett' as hospital" in manifest.tables["sites"].source
    assert "Telefon" not in manifest.tables["sites"].columns
    assert "left out 'Telefon'" in manifest.tables["sites"].source


def test_municipalities_come_from_the_borders(sources: Path) -> None:
    cells = load_dataset(str(built(sources))).table("cells").set_index("cell_id")["municipality_code"]
    assert cells["14"] == "0180"
    assert cells["20"] == "2081"


def test_swapped_axes_are_named_with_file_and_columns(sources: Path) -> None:
    write_cells(sources, swapped=True)
    expected = (
        r"rutor\.csv, columns 'Östlig .*' and 'Nordlig .*': looks as if easting and northing are swapped"
    )
    with pytest.raises(InputError, match=expected):
        built(sources)


def test_a_failed_build_leaves_nothing(sources: Path) -> None:
    (sources / "vagar.parquet").write_bytes(b"PAR1 rubbish PAR1")
    with pytest.raises(InputError, match=r"vagar\.parquet: cannot be read as \.parquet"):
        built(sources)
    assert sorted(each.name for each in sources.parent.iterdir()) == ["sources"]


def test_an_interrupted_build_leaves_what_was_there(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = built(sources)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(build_module, "_read_back", stop)
    with pytest.raises(KeyboardInterrupt):
        build(write_recipe(sources, name="other"), out, compiled=DAY, replace=True)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert sorted(each.name for each in sources.parent.iterdir()) == ["built", "sources"]


def test_an_interruption_while_the_folder_is_exchanged_leaves_the_old_one(
    sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = built(sources)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    rename = Path.rename

    def stop_at_the_new(path: Path, target: Path) -> Path:
        if path.suffix == ".part":
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", stop_at_the_new)
    with pytest.raises(KeyboardInterrupt):
        build(write_recipe(sources), out, compiled=DAY, replace=True)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert sorted(each.name for each in sources.parent.iterdir()) == ["built", "sources"]


def test_a_dataset_is_replaced_only_when_that_is_said(sources: Path) -> None:
    out = built(sources)
    with pytest.raises(OutputError, match="--replace"):
        built(sources)
    build(write_recipe(sources, name="renamed"), out, compiled=DAY, replace=True)
    assert load_dataset(str(out)).manifest.name == "renamed"


def test_a_folder_that_is_no_dataset_is_never_replaced(sources: Path) -> None:
    out = sources.parent / "built"
    out.mkdir()
    (out / "letters.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(OutputError, match="no dataset"):
        build(write_recipe(sources), out, compiled=DAY, replace=True)
    assert (out / "letters.txt").is_file()


def test_what_is_not_the_datasets_own_is_never_removed_with_it(sources: Path) -> None:
    """Such as the sources themselves, where they lie in the folder of the dataset."""
    out = built(sources)
    for path in sources.iterdir():
        path.rename(out / path.name)
    with pytest.raises(OutputError, match=r"built: would be replaced as a whole, but .* is no table of it"):
        build(write_recipe(out), out, compiled=DAY, replace=True)
    assert (out / "rutor.csv").is_file()
    (out / "dataset.yaml").write_text("name: x", encoding="utf-8")
    with pytest.raises(OutputError, match="is not replaced; move it away"):
        build(write_recipe(out), out, compiled=DAY, replace=True)


def test_a_linked_folder_stays_a_link_and_what_it_points_to_is_replaced(sources: Path) -> None:
    out = built(sources)
    link = sources / "link"
    try:
        link.symlink_to(out, target_is_directory=True)
    except OSError:
        pytest.skip("this system lets nobody make links")
    build(write_recipe(sources, name="renamed"), link, compiled=DAY, replace=True)
    assert link.is_symlink()
    assert load_dataset(str(out)).manifest.name == "renamed"
    assert not list(sources.glob(".*"))


def test_of_two_builds_at_once_the_slower_one_replaces_nothing(
    sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_back = build_module._read_back

    def quicker(part: Path, out: Path) -> None:
        monkeypatch.setattr(build_module, "_read_back", read_back)
        built(sources, name="quicker")
        read_back(part, out)

    monkeypatch.setattr(build_module, "_read_back", quicker)
    with pytest.raises(OutputError, match="--replace"):
        built(sources, name="slower")
    assert load_dataset(str(sources.parent / "built")).manifest.name == "quicker"


def test_a_place_that_cannot_be_written_to_is_told_before_anything_is_read(sources: Path) -> None:
    (sources / "rutor.csv").unlink()
    (sources / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        build(write_recipe(sources), sources / "file" / "built", compiled=DAY)
    with pytest.raises(OutputError, match="not an address") as caught:
        build(write_recipe(sources), Path("postgresql://anna:secret@gis/db"), compiled=DAY)
    assert "secret" not in str(caught.value)


def test_no_folder_of_this_machine_stands_in_the_manifest(sources: Path) -> None:
    """GDAL's own words hold the whole path."""
    with sqlite3.connect(sources / "kommuner.gpkg") as file:
        file.execute("PRAGMA application_id = 0")
    file.close()
    text = (built(sources) / "dataset.yaml").read_text(encoding="utf-8")
    assert "application_id" in text
    assert str(sources) not in text


def test_a_fault_that_only_the_reader_finds_names_the_folder_to_be(sources: Path) -> None:
    (sources / "noder.csv").write_text("node_id\nN00\n", encoding="utf-8")
    with pytest.raises(
        DatasetError, match=r"built.road_edges\.parquet, row 3: from_node 'N10' is not in road_nodes"
    ):
        built(sources, roads={"edges": {"file": "vagar.parquet"}, "nodes": {"file": "noder.csv"}})
    assert not (sources.parent / "built").exists()


def test_rows_outside_the_municipalities_are_left_out_and_counted(sources: Path) -> None:
    with (sources / "rutor.csv").open("ab") as file:
        file.write(b"\r\n99;590500,0;6700500,0;7,0\r\n98;591500,0;6700500,0;7,0")
    dataset = load_dataset(str(built(sources)))
    assert len(dataset.table("cells")) == 25
    assert any(
        "Cells of the source that lie outside the municipalities and are left out: 2" in note.en
        for note in dataset.manifest.notes
    )
    assert any("Rutor i underlaget" in note.sv for note in dataset.manifest.notes)


def test_a_cell_at_the_shore_counts_to_the_nearest_municipality(sources: Path) -> None:
    with (sources / "rutor.csv").open("ab") as file:
        file.write(b"\r\n99;506500,0;6700500,0;7,0")
    dataset = load_dataset(str(built(sources)))
    assert dataset.table("cells").set_index("cell_id").loc["99", "municipality_code"] == "2081"
    assert any(
        "Cells outside the drawn borders, counted to the nearest municipality: 1" in note.en
        for note in dataset.manifest.notes
    )


def test_only_some_municipalities_of_the_file_are_taken(sources: Path) -> None:
    for only in ("Väst", "0180", "01"):
        out = build(
            write_recipe(sources, municipalities={"file": "kommuner.gpkg", "only": [only]}),
            sources.parent / f"only-{only}",
            compiled=DAY,
        )
        dataset = load_dataset(str(out))
        assert list(dataset.table("municipalities")["name"]) == ["Väst"]
        assert len(dataset.table("cells")) == 10
        assert list(dataset.table("sites")["site_id"]) == ["A", "C"]
    with pytest.raises(InputError, match="no municipality or county 'Nord'"):
        built(sources, municipalities={"file": "kommuner.gpkg", "only": ["Nord"]})


def write_figures(folder: Path, first_code: object = 180) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Kommunkod", *(f"{age} år" for age in range(10, 22))])
    book.active.append([first_code, *[10] * 12])
    book.active.append([2081, *[30] * 12])
    book.save(folder / "alder.xlsx")


def people(sources: Path, head: str, values: str, **cells: Any) -> Path:
    rows = [
        f"{column}{row},{toy.east_north(column, row)[0]},{toy.east_north(column, row)[1]},{values}"
        for row in range(toy.SIDE)
        for column in range(toy.SIDE)
    ]
    text = "\n".join([f"cell_id,east_metres,north_metres,{head}", *rows])
    (sources / "people.csv").write_text(text, encoding="utf-8")
    figures = {"file": "kommuner.gpkg", "figures": {"file": "alder.xlsx"}}
    return built(sources, cells={"file": "people.csv", **cells}, municipalities=figures)


def test_age_classes_and_one_year_ages_go_to_the_dataset_and_codes_get_their_zero_back(sources: Path) -> None:
    write_figures(sources)
    dataset = load_dataset(str(people(sources, "Ald10_14,15-19 år,Totalt", "4,5,60")))
    cells = dataset.table("cells")
    assert (cells[["aged_10_14", "aged_15_19", "population"]] == [4, 5, 60]).all(axis=None)
    assert list(dataset.table("municipalities")["code"]) == ["0180", "2081"]
    assert list(dataset.table("municipalities")["aged_13"]) == [10, 30]
    assert "leading zero" in dataset.manifest.tables["municipalities"].source


def test_population_is_spread_to_youths_by_the_municipalities_ages(sources: Path) -> None:
    write_figures(sources)
    dataset = load_dataset(str(people(sources, "Befolkning", "60")))
    youths = dataset.table("cells").groupby("municipality_code")["youths"].sum()
    assert youths.to_dict() == pytest.approx({"0180": 70, "2081": 210}, abs=0.01)
    assert dataset.manifest.tables["cells"].columns["youths"].quality == "estimated"


def test_a_share_of_the_population_counts_as_youths_and_is_marked_as_an_estimate(sources: Path) -> None:
    write_figures(sources)
    dataset = load_dataset(str(people(sources, "Befolkning", "60", share=0.085)))
    assert dataset.table("cells")["youths"].sum() == pytest.approx(25 * 60 * 0.085)
    assert any("8,5 procent" in note.sv for note in dataset.manifest.notes)


def test_a_figure_that_a_municipality_lacks_is_named(sources: Path) -> None:
    write_figures(sources, first_code=1280)
    with pytest.raises(InputError, match=r"alder\.xlsx: there is no row for municipality 0180"):
        people(sources, "Befolkning", "60")


def test_age_classes_without_one_year_ages_are_refused(sources: Path) -> None:
    with pytest.raises(InputError, match="need the municipalities' residents by one-year age"):
        built(
            sources,
            cells={"file": "rutor.csv", "columns": {"aged_15_19": "Antal ungdomar"}},
        )


def test_cells_that_count_nobody_are_refused(sources: Path) -> None:
    text = (sources / "rutor.csv").read_text(encoding="iso-8859-1").replace("Antal ungdomar", "Medelvärde")
    (sources / "rutor.csv").write_text(text, encoding="iso-8859-1")
    with pytest.raises(InputError, match="nobody is counted; give a column youths"):
        built(sources)


def test_a_ready_matrix_is_copied_after_its_ids_are_checked(sources: Path) -> None:
    rows = [f"{c}{r};{s};{10 + c},5" for c in range(5) for r in range(5) for s in "ABCD" if c]
    (sources / "r5r.csv").write_text("\n".join(["from_id;to_id;travel_time_p50", *rows]), encoding="utf-8")
    dataset = load_dataset(str(built(sources, minutes={"bus": {"file": "r5r.csv"}})))
    minutes = dataset.table("minutes_bus")
    assert len(minutes) == 80
    assert minutes.iloc[0].to_dict() == {"cell_id": "10", "site_id": "A", "minutes": 11.5}
    assert any("From 5 of 25 cells there is no trip by bus" in note.en for note in dataset.manifest.notes)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("00;Q;5", "row 3: to_id 'Q' is no site of the dataset"),
        ("00;A;6", "row 3: from_id '00' has two rows for the same site"),
        ("01;A;-6", "row 3: travel_time_p50 '-6' is below 0"),
        ("01;A;snart", "row 3: travel_time_p50 'snart' .*number"),
    ],
)
def test_a_matrix_that_is_not_of_this_dataset_is_refused(sources: Path, row: str, expected: str) -> None:
    (sources / "r5r.csv").write_text(f"from_id;to_id;travel_time_p50\n00;A;5\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError, match=expected):
        built(sources, minutes={"bus": {"file": "r5r.csv"}})


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ({"sites": {"file": "mottagningar.xlsx", "columns": {"kind": "Sort"}}}, "no column 'Sort'"),
        ({"cells": {"file": "rutor.csv", "meanings": {"youth": {"..": 1}}}}, "meanings.youth: no column"),
        ({"municipalities": {"file": "nowhere.gpkg"}}, "nowhere.gpkg: there is no such file"),
    ],
)
def test_what_the_sources_file_speaks_of_must_be_there(
    sources: Path, broken: dict[str, Any], expected: str
) -> None:
    with pytest.raises(InputError, match=expected):
        built(sources, **broken)


def test_a_municipality_goes_by_its_name_and_by_the_borders_where_the_name_is_unknown(sources: Path) -> None:
    lines = (sources / "rutor.csv").read_text(encoding="cp1252").splitlines()
    names = ["Kommun", "Väst kommun", "Öst", "Nordväst", "", *["Väst"] * 21]
    text = "\n".join(f"{line};{name}" for line, name in zip(lines, names, strict=True))
    (sources / "rutor.csv").write_text(text, encoding="cp1252")
    codes = load_dataset(str(built(sources))).table("cells")["municipality_code"]
    assert codes[:5].tolist() == ["0180", "2081", "2081", "2081", "0180"]
