"""Tables of every kind that analysts keep, and broken ones: each gives rows, or one sentence."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from siting.errors import InputError
from siting.sources.recipe import TableSource
from siting.sources.tables.coordinates import Region, points_metres
from siting.sources.tables.read import SourceTable, read_table

CRS = "EPSG:3006"
BORDERS = gpd.GeoDataFrame(geometry=[shapely.box(500_000, 6_700_000, 540_000, 6_740_000)], crs=CRS)
REGION = Region.of(CRS, BORDERS)
FALUN, MORA = (535_700.0, 6_718_300.0), (505_000.0, 6_735_000.0)
"""Two places, (easting, northing) in SWEREF 99 TM."""
FRAME = gpd.GeoDataFrame(
    {"Namn": ["Falu ungdomsmottagning", "Mora vårdcentral"], "Antal": [3, 4]},
    geometry=gpd.points_from_xy(*zip(FALUN, MORA, strict=True)),
    crs=CRS,
)


def read(path: Path, table: str = "sites", **said: Any) -> SourceTable:
    return read_table(TableSource(file=path.name, **said), path.parent, table)


def write(folder: Path, text: str, name: str = "table.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def in_crs(crs: str) -> list[tuple[float, float]]:
    transform = Transformer.from_crs(CRS, crs, always_xy=True).transform
    return [transform(*place) for place in (FALUN, MORA)]


# --- CSV ---


def test_a_csv_as_swedish_excel_saves_it_is_read_without_being_told_how(tmp_path: Path) -> None:
    text = (
        "Namn;N (SWEREF 99 TM);E (SWEREF 99 TM);Adress\r\nSäter;6 718 300,5;535\u00a0700;Åsgatan 1\r\n;;;\r\n"
    )
    table = read(write(tmp_path, text, encoding="iso-8859-1"))
    assert table.text("name").tolist() == ["Säter"]
    assert table.text("address").tolist() == ["Åsgatan 1"]
    assert table.numbers("north_metres").tolist() == [6_718_300.5]
    assert points_metres(table, REGION, crs=None).tolist() == [[535_700.0, 6_718_300.5]]
    notes = ", ".join(table.notes)
    for guess in ("encoding cp1252", "separator ;", "decimal comma in 'N (SWEREF 99 TM)'", f"to be in {CRS}"):
        assert guess in notes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "iso-8859-1", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_encoding_and_separator_are_found_out(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = write(
        tmp_path, delimiter.join(["Namn", "Typ"]) + "\n" + delimiter.join(["Öster", "a"]), encoding=encoding
    )
    assert read(path).text("name").tolist() == ["Öster"]


def test_what_the_sources_file_says_goes_before_what_is_found_out(tmp_path: Path) -> None:
    path = write(tmp_path, "vad;hur,mycket\nVård;1,5\n", encoding="cp865")
    said = {
        "encoding": "cp865",
        "delimiter": ";",
        "decimal": ",",
        "columns": {"name": "vad", "value": "hur,mycket"},
    }
    table = read(path, "prevalence", constants={"kind": "clinic"}, **said)
    assert table.numbers("value").tolist() == [1.5]
    assert table.text("name").tolist() == ["Vård"]
    assert table.text("kind").tolist() == ["clinic"]
    assert table.notes == []


def test_meanings_replace_what_stands_in_the_table(tmp_path: Path) -> None:
    path = write(tmp_path, "Ruta,Antal\na,..\nb,7\n")
    table = read(path, "cells", meanings={"youths": {"..": 1.5}})
    assert table.numbers("youths").tolist() == [1.5, 7]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "table.csv: is empty"),
        ("Namn,Typ\n", "table.csv: holds no rows"),
        ("Namn,Typ\na,b,c\n", r"table.csv, row 2: has 3 values; the head has 2"),
        ("Namn,Typ\na\n", r"table.csv, row 2: has 1 values; the head has 2"),
        ("Namn,,Typ\na,b,c\n", "column 2 has no heading"),
        ("Namn,Namn\na,b\n", "the heading 'Namn' stands twice"),
        ("Namn,Benämning\na,b\n", "both 'Namn' and 'Benämning' could be name; say which"),
        ('Namn,Typ\n"a,b\n', "cannot be read as .csv .*is the file whole"),
        ("Namn\x00,Typ\n", "is no text"),
    ],
)
def test_a_broken_csv_is_refused_in_one_sentence(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        read(write(tmp_path, text))


def test_an_encoding_that_is_wrong_or_unknown_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "Namn,Typ\nSäter,a\n", encoding="cp1252")
    with pytest.raises(InputError, match=r"is not utf-8 \(byte 10\)"):
        read(path, encoding="utf-8")
    with pytest.raises(InputError, match="no encoding 'klingon'"):
        read(path, encoding="klingon")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<3", r"row 3: Antal '<3' hides a number; say what it counts as: meanings: \{youths: \{'<3': 1\}\}"),
        ("..", r"row 3: Antal '\.\.' hides a number; .*meanings"),
        ("–", "row 3: Antal '–' hides a number"),
        ("färre än 3", "row 3: Antal 'färre än 3' hides a number"),
        ("#N/A", "row 3: Antal '#N/A' is not a number"),
        ("1.234,5", "row 3: Antal '1.234,5' is not a number; say decimal"),
        ("", "row 3: Antal '' is empty"),
        ("-4", "row 3: Antal '-4' is below 0"),
        ("1,234", "row 3: Antal '1,234' may be thousands or decimals; say decimal"),
    ],
)
def test_a_count_that_is_none_is_named_with_its_row(tmp_path: Path, value: str, expected: str) -> None:
    table = read(write(tmp_path, f"Ruta;Antal\na;4\nb;{value}\n"), "cells")
    with pytest.raises(InputError, match=rf"table\.csv, {expected}"):
        table.numbers("youths", minimum=0)


@pytest.mark.parametrize(
    ("text", "number"), [("1 234", 1234), ("1\u202f234,5", 1234.5), ("−3", -3), ("2.5e3", 2500), (",5", 0.5)]
)
def test_numbers_are_read_as_they_are_written_here(tmp_path: Path, text: str, number: float) -> None:
    table = read(write(tmp_path, f"key;value\na;{text}\n"), "prevalence")
    assert table.numbers("value").tolist() == [number]


def test_municipality_codes_get_their_leading_zero_back(tmp_path: Path) -> None:
    table = read(
        write(tmp_path, "Kommunkod,Kommun\n180,Stockholm\n1280,Malmö\n091,Helsingfors\n"), "municipalities"
    )
    assert table.codes("code").tolist() == ["0180", "1280", "091"]
    assert "leading zero" in table.notes[-1]


# --- the other kinds ---


def written(folder: Path, name: str) -> Path:
    path = folder / name
    if name.endswith(".gpkg"):
        FRAME.to_file(path, layer="a")
    elif name.endswith(".parquet"):
        FRAME.to_parquet(path)
    elif name.endswith(".geojson"):
        FRAME.to_crs("EPSG:4326").to_file(path, driver="GeoJSON")
    elif name.endswith(".shp"):
        FRAME.to_file(path)
    else:
        book = openpyxl.Workbook()
        book.active.append(["Namn", "Antal", "E", "N"])
        for row in FRAME.itertuples():
            book.active.append([row.Namn, row.Antal, row.geometry.x, row.geometry.y])
        book.save(path)
    return path


KINDS = ["a.gpkg", "a.parquet", "a.geojson", "a.shp", "a.xlsx"]


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_file_gives_the_same_places(tmp_path: Path, name: str) -> None:
    table = read(written(tmp_path, name))
    assert table.text("name").tolist() == ["Falu ungdomsmottagning", "Mora vårdcentral"]
    np.testing.assert_allclose(points_metres(table, REGION, crs=None), [FALUN, MORA], atol=0.01)
    assert len(table.sha256) == 64


@pytest.mark.parametrize("name", KINDS)
def test_a_file_that_is_cut_short_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(
        InputError, match=rf"a\.{name[2:]}: cannot be read as \.{name[2:]}.*|.*is the file whole"
    ):
        points_metres(read(path), REGION, crs=None)


@pytest.mark.parametrize("name", KINDS)
def test_a_file_that_is_something_else_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>", encoding="utf-8")
    with pytest.raises(InputError, match=rf"a\.{name[2:]}: (cannot be read as|is not)"):
        read(path)


@pytest.mark.parametrize("name", [*KINDS, "a.csv", "a.xls"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=rf"a\.{name[2:]}: (there is no such file|files of the kind \.xls)"):
        read(tmp_path / name)


def test_a_geopackage_of_several_layers_asks_which(tmp_path: Path) -> None:
    path = written(tmp_path, "a.gpkg")
    FRAME.to_file(path, layer="b")
    with pytest.raises(InputError, match="holds the layers a, b; say which: layer: a"):
        read(path)
    assert len(read(path, layer="b")) == 2
    with pytest.raises(InputError, match="no layer 'c'; there are a, b"):
        read(path, layer="c")


def test_a_geojson_in_another_crs_is_read_in_it(tmp_path: Path) -> None:
    content = json.loads(FRAME.to_json())
    content["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}}
    path = write(tmp_path, json.dumps(content), "a.geojson")
    np.testing.assert_allclose(points_metres(read(path), REGION, crs=None), [FALUN, MORA])
    with pytest.raises(InputError, match="no GeoJSON FeatureCollection"):
        read(write(tmp_path, "[1, 2]", "b.geojson"))


def test_a_geometry_that_is_none_or_endless_is_named_with_its_row(tmp_path: Path) -> None:
    content = json.loads(FRAME.to_json())
    content["features"][1]["geometry"]["coordinates"][0] = 1e999
    with pytest.raises(InputError, match=r"a\.geojson, row 2: has a geometry with a coordinate"):
        read(write(tmp_path, json.dumps(content), "a.geojson"))
    with pytest.raises(InputError, match=r"the column 'geometry' holds no geometry; give it another name"):
        read(write(tmp_path, "Namn,geometry\nA,here\n"))


def test_a_plain_parquet_keeps_its_numbers(tmp_path: Path) -> None:
    pd.DataFrame({"Ruta": ["a", "b"], "Antal": [1.5, None]}).to_parquet(tmp_path / "a.parquet")
    table = read(tmp_path / "a.parquet", "cells")
    with pytest.raises(InputError, match=r"a\.parquet, row 2: Antal '' is empty"):
        table.numbers("youths")
    assert np.isnan(table.numbers("youths", optional=True)[1])
    said = read(tmp_path / "a.parquet", "cells", meanings={"youths": {"": 0}})
    assert said.numbers("youths").tolist() == [1.5, 0]


def test_long_ids_that_are_numbers_keep_every_digit(tmp_path: Path) -> None:
    pd.DataFrame({"Ruta": [9_007_199_254_740_993], "Antal": [1]}).to_parquet(tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet", "cells").text("cell_id").tolist() == ["9007199254740993"]


@pytest.mark.parametrize(("name", "package"), [("a.xlsx", "openpyxl"), ("a.parquet", "pyarrow")])
def test_a_package_that_is_not_installed_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    path = written(tmp_path, name)
    monkeypatch.delitem(sys.modules, "siting.sources.tables.workbook", raising=False)
    for module in (package, f"{package}.parquet"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=rf"needs {package}: install .* pip install -e '\.\[sources\]'"):
        read(path)


# --- Excel ---


def book(folder: Path, rows: list[list[Any]], *, merge: str = "") -> Path:
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    if merge:
        workbook.active.merge_cells(merge)
    workbook.save(folder / "a.xlsx")
    return folder / "a.xlsx"


def test_title_rows_empty_rows_and_merged_cells_of_a_workbook_are_seen_to(tmp_path: Path) -> None:
    rows = [["Mottagningar"], [], ["Kommun", "Namn", None], ["Falun", "A", None], [None, "B", None], []]
    table = read(book(tmp_path, [*rows, ["Mora", "C", None]], merge="A4:A5"))
    assert table.text("municipality_name").tolist() == ["Falun", "Falun", "Mora"]
    assert table.rows.tolist() == [4, 5, 7]
    assert any("1 merged ranges" in note for note in table.notes)


def test_a_formula_without_a_stored_value_is_named_with_its_cell(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.xlsx, cell B2: is a formula without a stored value; open"):
        read(book(tmp_path, [["Ruta", "Antal"], ["a", "=1+1"]]), "cells")


def test_a_stray_cell_far_away_is_named_before_the_sheet_is_read(tmp_path: Path) -> None:
    """Every cell up to it would be 17 thousand millions."""
    path = book(tmp_path, [["Ruta", "Antal"], ["a", 1]])
    workbook = openpyxl.load_workbook(path)
    workbook.active.cell(1_048_576, 16_384, "x")
    workbook.save(path)
    with pytest.raises(InputError, match=r"the sheet 'Sheet' reaches to cell XFD1048576; delete the empty"):
        read(path, "cells")


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path, [["Ruta", "Antal"], ["a", 1]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file, file.open("xl/x.xml", "w") as part:
        for _ in range(31):
            part.write(bytes(10_000_000))
    with pytest.raises(InputError, match=r"a\.xlsx: unpacks to 310 MB; save the table alone"):
        read(path, "cells")


def test_a_sheet_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = book(tmp_path, [["Ruta", "Antal"], ["a", 1]])
    with pytest.raises(InputError, match="no sheet 'Blad1'; there are Sheet"):
        read(path, sheet="Blad1")


def test_an_excel_error_is_named_with_its_row(tmp_path: Path) -> None:
    table = read(book(tmp_path, [["Ruta", "Antal"], ["a", 1], ["b", "#REF!"]]), "cells")
    with pytest.raises(InputError, match="row 3: Antal '#REF!' is not a number"):
        table.numbers("youths")


# --- coordinates ---


def places(folder: Path, pairs: list[tuple[float, float]], head: str = "E;N") -> SourceTable:
    rows = [f"p{number};{first};{second}" for number, (first, second) in enumerate(pairs)]
    return read(write(folder, "\n".join([f"Namn;{head}", *rows])))


@pytest.mark.parametrize(
    ("head", "crs", "expected"),
    [
        ("N;E", CRS, r"columns 'E' and 'N': looks as if easting and northing are swapped"),
        (
            "Sweref99X;Sweref99Y",
            "EPSG:3021",
            r"looks like RT 90 \(EPSG:3021\), not EPSG:3006; say crs: EPSG:3021",
        ),
        ("E;N", "EPSG:3857", r"looks like Web Mercator \(EPSG:3857\)"),
        ("E;N", "EPSG:4326", r"looks like degrees WGS84 \(EPSG:4326\)"),
        ("E;N", "EPSG:3010", r"looks like SWEREF99 16 30 \(EPSG:3010\)"),
        ("N;E", "EPSG:3021", r"looks like RT 90 \(EPSG:3021\) with easting and northing swapped"),
        ("Longitud;Latitud", CRS, r"looks like SWEREF 99 TM \(EPSG:3006\), not EPSG:4326"),
        ("Latitud;Longitud", "EPSG:4326", r"looks as if latitude and longitude are swapped"),
    ],
)
def test_coordinates_that_are_something_else_are_named(
    tmp_path: Path, head: str, crs: str, expected: str
) -> None:
    with pytest.raises(InputError, match=expected):
        points_metres(places(tmp_path, in_crs(crs), head), REGION, crs=None)


@pytest.mark.parametrize("crs", ["EPSG:3021", "EPSG:3857", "EPSG:4326", "EPSG:3010"])
def test_coordinates_in_a_crs_that_is_said_are_converted(tmp_path: Path, crs: str) -> None:
    points = points_metres(places(tmp_path, in_crs(crs)), REGION, crs=crs)
    np.testing.assert_allclose(points, [FALUN, MORA], atol=1)


def test_without_borders_the_area_of_the_crs_is_what_counts(tmp_path: Path) -> None:
    region = Region.of(CRS, None)
    swapped = places(tmp_path, [place[::-1] for place in (FALUN, MORA)])
    with pytest.raises(InputError, match="easting and northing are swapped"):
        points_metres(swapped, region, crs=None)
    with pytest.raises(InputError, match="looks like RT 90"):
        points_metres(places(tmp_path, in_crs("EPSG:3021")), region, crs=None)
    with pytest.raises(
        InputError, match=r"row 4: the point \(1, 2\) in EPSG:3006 lies outside the area that"
    ):
        points_metres(places(tmp_path, [FALUN, MORA, (1, 2)]), region, crs=None)


def test_a_table_that_lies_elsewhere_is_refused_with_its_first_row(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"row 2: the point \(700000, 7200000\) .* outside the municipalities"
    ):
        points_metres(places(tmp_path, [(700_000, 7_200_000)]), REGION, crs=None)


def test_a_table_of_the_whole_country_is_no_mistake(tmp_path: Path) -> None:
    many = [FALUN, *((600_000.0 + 10 * k, 6_400_000.0) for k in range(5))]
    assert len(points_metres(places(tmp_path, many), REGION, crs=None)) == 6


def test_geometry_in_the_wrong_crs_or_order_is_named(tmp_path: Path) -> None:
    turned = gpd.GeoDataFrame(
        FRAME.drop(columns="geometry"), geometry=gpd.points_from_xy(*zip(*in_crs(CRS), strict=True))
    )
    turned = turned.set_geometry(
        shapely.transform(turned.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    ).set_crs(CRS)
    turned.to_file(tmp_path / "a.gpkg")
    with pytest.raises(
        InputError, match=r"a\.gpkg: looks as if easting and northing are swapped; swap them in the file"
    ):
        points_metres(read(tmp_path / "a.gpkg"), REGION, crs=None)
    FRAME.set_crs("EPSG:3010", allow_override=True).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(InputError, match=r"looks like SWEREF 99 TM \(EPSG:3006\), not EPSG:3010"):
        points_metres(read(tmp_path / "b.parquet"), REGION, crs=None)
    assert len(points_metres(read(tmp_path / "b.parquet"), REGION, crs=CRS)) == 2


def test_geometry_without_a_crs_or_a_place_is_named(tmp_path: Path) -> None:
    FRAME.set_crs(None, allow_override=True).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match="does not say its coordinate system; say it"):
        points_metres(read(tmp_path / "a.parquet"), REGION, crs=None)
    FRAME.assign(geometry=[None, FRAME.geometry[1]]).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(InputError, match=r"b\.parquet, row 1: has no geometry"):
        points_metres(read(tmp_path / "b.parquet"), REGION, crs=None)


def test_grid_squares_count_by_their_centre(tmp_path: Path) -> None:
    square = shapely.box(501_000, 6_701_000, 502_000, 6_702_000)
    gpd.GeoDataFrame({"rutid_scb": ["5010006701000"], "Antal": [5]}, geometry=[square], crs=CRS).to_file(
        tmp_path / "a.gpkg"
    )
    table = read(tmp_path / "a.gpkg", "cells")
    assert points_metres(table, REGION, crs=None, cell_size_metres=1000).tolist() == [[501_500, 6_701_500]]


@pytest.mark.parametrize(
    ("head", "row", "note"),
    [
        ("rutid_scb,Antal", "5010006701000,5", "coordinates from the cells' ids"),
        ("Ruta,E,N,Antal", "5010006701000,501000,6701000,5", "the cells' lower-left corners"),
        ("Ruta,E,N,Antal", "5010006701000,501500,6701500,5", "taken to be in EPSG:3006"),
        ("Ruta,E,N,Antal", "a,501500,6701500,5", "taken to be in EPSG:3006"),
    ],
)
def test_scb_cells_lie_at_their_centre_whether_by_id_corner_or_centre(
    tmp_path: Path, head: str, row: str, note: str
) -> None:
    table = read(write(tmp_path, f"{head}\n{row}\n"), "cells")
    assert points_metres(table, REGION, crs=None, cell_size_metres=1000).tolist() == [[501_500, 6_701_500]]
    assert any(note in each for each in table.notes)


def test_an_address_alone_cannot_be_placed(tmp_path: Path) -> None:
    table = read(write(tmp_path, "Namn,Adress\nA,Storgatan 1\n"))
    with pytest.raises(InputError, match=r"has no coordinates .*an address alone cannot be placed"):
        points_metres(table, REGION, crs=None)


def test_cells_may_be_given_by_their_lower_left_corners(tmp_path: Path) -> None:
    path = write(tmp_path, "Ruta,E,N,Antal\na,501000,6701000,5\n")
    corner = points_metres(read(path, "cells"), REGION, crs=None, cell_size_metres=1000, are_corners=True)
    assert corner.tolist() == [[501_500, 6_701_500]]
    table = read(path, "cells")
    assert points_metres(table, REGION, crs=None, cell_size_metres=1000).tolist() == [[501_000, 6_701_000]]
    assert any("if corners: point: lower_left" in note for note in table.notes)


def test_columns_that_are_not_used_are_named(tmp_path: Path) -> None:
    table = read(write(tmp_path, "Namn,Fax,Typ,Stängt\na,b,c,d\n"))
    assert "left out 'Fax', 'Stängt'" in table.notes
