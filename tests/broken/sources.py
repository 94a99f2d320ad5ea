"""Broken sources files and what they name: `siting build sources.yaml`, for every kind of table."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import shapely
import toy
from ruamel.yaml import YAML

from . import faults, scenario_files
from .case import Kind
from .faults import any_file, any_text, bomb_in_zip, in_turn, in_zip, lying_zip, noises, replaced, written

FILE = "sources.yaml"
COMMAND = ["build", FILE, "--out", "out/built"]
CODES = frozenset({10, 12})


def recipe(folder: Path, **changes: Any) -> None:
    tree: dict[str, Any] = {
        "name": "toy",
        "title": {"sv": "Lekåland", "en": "Toyland"},
        "population_year": "2026",
        "municipalities": {"file": "kommuner.geojson"},
        "cells": {"file": "rutor.csv"},
        "sites": {"file": "lokaler.csv"},
        "roads": {"edges": {"file": "vagar.csv"}},
        **changes,
    }
    with (folder / FILE).open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(tree, file)


def municipalities() -> gpd.GeoDataFrame:
    west, east = (
        shapely.box(a, 6_699_000, b, 6_706_000) for a, b in ((499_000, 502_000), (502_000, 506_000))
    )
    frame = gpd.GeoDataFrame(
        {"Kommunkod": ["0180", "2081"], "Kommun": ["Väst", "Öst"]}, geometry=[west, east]
    )
    return frame.set_crs("EPSG:3006")


def cells() -> pd.DataFrame:
    places = [toy.east_north(column, row) for row in range(toy.SIDE) for column in range(toy.SIDE)]
    ids = [f"c{k}" for k in range(len(places))]
    east, north = zip(*places, strict=True)
    return pd.DataFrame({"Ruta": ids, "Östlig": east, "Nordlig": north, "Antal ungdomar": 100.0})


def sites() -> pd.DataFrame:
    rows = [
        (site, f"Plats {site}", "Vårdcentral", *toy.lon_lat(*place)[::-1])
        for site, place in toy.SITES.items()
    ]
    return pd.DataFrame(rows, columns=["Id", "Namn", "Typ", "Latitud", "Longitud"])


def whole(folder: Path, **changes: Any) -> None:
    recipe(folder, **changes)
    (folder / "kommuner.geojson").write_text(municipalities().to_crs("EPSG:4326").to_json(), encoding="utf-8")
    cells().to_csv(folder / "rutor.csv", index=False, lineterminator="\n")
    sites().to_csv(folder / "lokaler.csv", index=False, lineterminator="\n")
    columns, rows = toy._edges()
    pd.DataFrame(rows, columns=list(columns)).to_csv(folder / "vagar.csv", index=False, lineterminator="\n")


def as_kind(write: Callable[[Path], object], **changes: Any) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        whole(folder, **changes)
        write(folder)

    return make


# --- the sources file ---


def _yaml_text(text: str) -> str:
    return json.dumps(text)


PLACES = {
    f"{key} {what}": replaced(FILE, f"file: {old}", f"file: {_yaml_text(path)}")
    for key, old in (("municipalities.file", "kommuner.geojson"), ("cells.file", "rutor.csv"))
    for what, path in faults.PATHS.items()
} | {
    f"cells.file {ending}": replaced(FILE, "file: rutor.csv", f"file: {_yaml_text(path)}")
    for ending in ("csv", "gpkg", "shp", "tif", "parquet", "xlsx", "json")
    for path in (f"/vsicurl/http://127.0.0.1:9/x.{ending}",)
} | {
    f"roads.file {ending}": replaced(FILE, "roads:\n", f"roads:\n  file: '../none.{ending}'\n#")
    for ending in ("osm.pbf", "osm", "graphml", "exe")
}  # fmt: skip
SAID = {
    "encoding of nothing": replaced(FILE, "file: rutor.csv", "file: rutor.csv\n  encoding: nothing"),
    "encoding that is no text": replaced(FILE, "file: rutor.csv", "file: rutor.csv\n  encoding: zlib"),
    "encoding of half a sign": replaced(FILE, "file: rutor.csv", "file: rutor.csv\n  encoding: undefined"),
    "encoding with a zero byte": replaced(FILE, "file: rutor.csv", 'file: rutor.csv\n  encoding: "a\\0"'),
    "delimiter of a line": replaced(FILE, "file: rutor.csv", 'file: rutor.csv\n  delimiter: "\\n"'),
    "delimiter of a quotation mark": replaced(FILE, "file: rutor.csv", "file: rutor.csv\n  delimiter: '\"'"),
    "crs of a file": replaced(FILE, "file: rutor.csv", "file: rutor.csv\n  crs: '+init=/etc/passwd:1'"),
    "crs of another country": replaced(FILE, "file: rutor.csv", "file: rutor.csv\n  crs: EPSG:32755"),
    "crs of a pipeline": replaced(FILE, "file: rutor.csv", "file: rutor.csv\n  crs: '+proj=pipeline'"),
    "crs of heights": replaced(FILE, "file: rutor.csv", "file: rutor.csv\n  crs: EPSG:5613"),
    "crs of all in degrees": replaced(FILE, "population_year", "crs: EPSG:4326\npopulation_year"),
    "crs of all elsewhere": replaced(FILE, "population_year", "crs: EPSG:32755\npopulation_year"),
    "cells of a hair": replaced(FILE, "population_year", "cell_size_metres: 1.0e-300\npopulation_year"),
    "cells of nan": replaced(FILE, "population_year", "cell_size_metres: .nan\npopulation_year"),
    "share of nan": replaced(FILE, "file: rutor.csv", "file: rutor.csv\n  share: .nan"),
    "meanings of nothing": replaced(FILE, "file: rutor.csv", "file: rutor.csv\n  meanings: {x: {a: 1}}"),
    "columns of nothing": replaced(FILE, "file: rutor.csv", "file: rutor.csv\n  columns: {youths: nothing}"),
    "only of nothing": replaced(FILE, "kommuner.geojson", "kommuner.geojson\n  only: ['99']"),
    "an alias of itself": written(FILE, "name: &a [*a]\n"),
    "a tag that runs code": written(FILE, "name: !!python/object/apply:os.system [id]\n"),
    "a database": replaced(FILE, "file: rutor.csv", "file: postgresql://127.0.0.1:9/x\n  table: y"),
    "a password in an address": replaced(FILE, "file: rutor.csv", "file: mysql://a:geheim@127.0.0.1/x"),
}
BOMBS = {
    name: written(FILE, text)
    for name, text in {
        "aliases bomb": scenario_files.billion_laughs(),
        "aliases bomb by merging": scenario_files.merging_laughs(),
        "alias of the whole": "&a\nname: x\nb: *a\n",
        "merge of itself": "a: &a\n  <<: *a\n",
        "deep lists": "a: " + "[" * 5_000 + "]" * 5_000,
    }.items()
}

# --- CSV ---


def value(name: str, column: str, new: object, row: int = 0) -> Callable[[Path], object]:
    def breaks(folder: Path) -> None:
        frame = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        frame.loc[row, column] = str(new)
        frame.to_csv(folder / name, index=False, lineterminator="\n")

    return breaks


def million(name: str, column: str, wrong: str) -> Callable[[Path], object]:
    def breaks(folder: Path) -> None:
        frame = pd.read_csv(folder / name, dtype=str)
        head, first = list(frame.columns), frame.iloc[0].tolist()
        last = list(first)
        last[head.index(column)] = wrong
        with (folder / name).open("w", encoding="utf-8") as file:
            file.write(",".join(head) + "\n")
            rest = ",".join(first[1:])
            file.writelines(f"m{k},{rest}\n" for k in range(999_999))
            file.write(",".join(["last", *last[1:]]) + "\n")

    return breaks


CSV = {
    **{
        f"{column} {new!r}": value("rutor.csv", column, new)
        for column, news in {
            "Antal ungdomar": ("nan", "inf", "-1", "1e400", "x", "", "=1+1", "1e300"),
            "Östlig": ("nan", "inf", "1e300", "", "=A1"),
            "Ruta": ("c1", ""),
        }.items()
        for new in news
    },
    **{
        f"site {column} {new!r}": value("lokaler.csv", column, new)
        for column, news in {
            "Latitud": ("nan", "inf", "", "1e300"), "Id": ("B", ""), "Namn": ("",),
        }.items()
        for new in news
    },
    **{
        f"edge {column} {new!r}": value("vagar.csv", column, new)
        for column, news in {
            "minutes": ("nan", "inf", "-1", "x", ""),
            "line_wkt": ("", "x", "POINT (1 1)", "LINESTRING EMPTY", "LINESTRING (nan 1, 2 2)",
                         "LINESTRING (1e308 1, 2 2)", "LINESTRING (60 15, 61 15)",
                         "GEOMETRYCOLLECTION (" * 3_000),
            "from_node": ("",),
        }.items()
        for new in news
    },
    "head alone": written("rutor.csv", "Ruta,Östlig,Nordlig,Antal ungdomar\n"),
    "a heading twice": replaced("rutor.csv", "Nordlig", "Östlig"),
    "a heading with markup": replaced("rutor.csv", "Nordlig", faults.MARKUP[0]),
    "a heading of a formula": replaced("rutor.csv", "Nordlig", "=1+1"),
    "a row too long": replaced("rutor.csv", "c3,", "c3,x,"),
    "a row too short": replaced("rutor.csv", "c3,", ""),
    "a quotation mark that never ends": replaced("rutor.csv", "c3,", '"c3,'),
    "a field of a megabyte": replaced("rutor.csv", "c3,", "x" * 1_000_000 + ","),
    "columns without end": written("rutor.csv", ",".join(f"x{k}" for k in range(500_000)) + "\n"),
    "one column without end": written("rutor.csv", "," * 2_000_000 + "\n1\n"),
    "axes swapped": replaced("rutor.csv", "Östlig,Nordlig", "Nordlig,Östlig"),
    "site's axes swapped": replaced("lokaler.csv", "Latitud,Longitud", "Longitud,Latitud"),
    "a workbook by another name": lambda folder: _book(folder, "rutor.csv"),
    "UTF-16 cut in half": written("rutor.csv", "Ruta;Östlig".encode("utf-16")[:-1]),
}  # fmt: skip
BIG_CSV = {
    "lines without end": written("rutor.csv", "\n" * 1_000_000),
    "a million rows": million("rutor.csv", "Antal ungdomar", "-1"),
    "a million premises": million("lokaler.csv", "Latitud", "x"),
    "a million rows of two values": written("rutor.csv", "Ruta,Östlig\n" + "a,1\n" * 1_000_000),
}

# --- XLSX ---


def _book(folder: Path, name: str = "rutor.xlsx") -> None:
    book = openpyxl.Workbook()
    frame = cells()
    book.active.append(list(frame.columns))
    for row in frame.itertuples(index=False):
        book.active.append(list(row))
    book.save(folder / name)


def sheet(**values: object) -> Callable[[Path], object]:
    """Put values at places of the sheet."""

    def breaks(folder: Path) -> None:
        book = openpyxl.load_workbook(folder / "rutor.xlsx")
        for place, new in values.items():
            book.active[place] = new
        book.save(folder / "rutor.xlsx")

    return breaks


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + k)} "{f"&{chr(97 + k)};" * 10}">' for k in range(12))
    + "]>"
)
XLSX = {
    "rows out of order": in_zip("rutor.xlsx", SHEET, '<row r="2"', '<row r="900"'),
    "a cell twice": in_zip("rutor.xlsx", SHEET, 'r="B2"', 'r="A2"'),
    "formula without a value": sheet(D2="=1+1"),
    "text for a number": sheet(D2="<b>"),
    "error for a number": sheet(D2="#DIV/0!"),
    "negative": sheet(D2=-1),
    "huge": sheet(B2=1e300),
    "nothing": sheet(D2=None),
    "duplicated id": sheet(A3="c0"),
    "a stray cell far away": sheet(XFD1048576="x"),
    "a million rows": sheet(A1048576="x"),
    "axes swapped": sheet(B1="Nordlig", C1="Östlig"),
    "a heading twice": sheet(C1="Östlig"),
    "no sheet": in_zip("rutor.xlsx", "xl/workbook.xml", "<sheets>", "<sheets/><x>"),
    "entities that open a file": in_zip(
        "rutor.xlsx", SHEET, "<worksheet", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet'
    ),
    "entities bomb": in_turn(
        in_zip("rutor.xlsx", SHEET, "<worksheet", LAUGHS + "<worksheet"),
        in_zip("rutor.xlsx", SHEET, "<sheetData>", "<sheetData>&l;"),
    ),
    "XML cut": in_zip("rutor.xlsx", SHEET, "</sheetData>", ""),
    "merged over everything": in_zip(
        "rutor.xlsx", SHEET, "</sheetData>",
        '</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>',
    ),
    "merged a thousand times over": in_zip(
        "rutor.xlsx", SHEET, "</sheetData>",
        '</sheetData><mergeCells count="1">' + '<mergeCell ref="A1:Z1000"/>' * 1_000 + "</mergeCells>",
    ),
    "merged of nonsense": in_zip(
        "rutor.xlsx", SHEET, "</sheetData>",
        '</sheetData><mergeCells count="1"><mergeCell ref="x"/></mergeCells>',
    ),
    "a cell of no place": in_zip("rutor.xlsx", SHEET, 'r="A1"', 'r="ZZZZZZ99999999"'),
    "zip bomb": bomb_in_zip("rutor.xlsx", SHEET, 2_000),
    "zip bomb below the bound": bomb_in_zip("rutor.xlsx", SHEET, 700),
    "zip bomb of styles": bomb_in_zip("rutor.xlsx", "xl/styles.xml", 100),
    "zip bomb of texts": bomb_in_zip("rutor.xlsx", "xl/sharedStrings.xml", 190),
    "zip bomb that lies": in_turn(bomb_in_zip("rutor.xlsx", SHEET, 400), lying_zip("rutor.xlsx")),
    "sizes that lie": lying_zip("rutor.xlsx"),
    "zip of nothing": lambda folder: faults.zipped(folder / "rutor.xlsx", {}),
    "zip of a path above": lambda folder: faults.zipped(folder / "rutor.xlsx", {"../../x": b"x"}),
}  # fmt: skip

# --- GeoPackage, shapefile, GeoJSON, Parquet, GeoTIFF: of the municipalities, or the cells ---


def frame_of(
    write: Callable[[gpd.GeoDataFrame, Path], object], **columns: object
) -> Callable[[Path], object]:
    """Write the municipalities with other values: geometry=..., or a column."""

    def breaks(folder: Path) -> None:
        frame = municipalities()
        for name, new in columns.items():
            if name == "crs":
                frame = frame.set_crs(new, allow_override=True)
            else:
                frame[name] = new
        write(frame, folder)

    return breaks


SHAPES: dict[str, dict[str, object]] = {
    "wrong CRS": {"crs": "EPSG:4326"},
    "CRS of another country": {"crs": "EPSG:32755"},
    "codes twice": {"Kommunkod": ["0180", "0180"]},
    "codes of nothing": {"Kommunkod": ["", ""]},
    "points for borders": {"geometry": [shapely.Point(500_000, 6_700_000)] * 2},
    "empty geometry": {"geometry": [shapely.Polygon(), shapely.box(0, 0, 1, 1)]},
    "no geometry": {"geometry": [None, None]},
    "axes swapped": {
        "geometry": [shapely.transform(each, lambda xy: xy[:, ::-1]) for each in municipalities().geometry]
    },
    "inf": {"geometry": [shapely.Polygon([(0, 0), (np.inf, 0), (1, 1), (0, 0)])] * 2},
    "huge": {"geometry": [shapely.box(1e300, 1e300, 1.1e300, 1.1e300)] * 2},
}


def _to_gpkg(frame: gpd.GeoDataFrame, folder: Path) -> None:
    (folder / "kommuner.gpkg").unlink(missing_ok=True)
    frame.to_file(folder / "kommuner.gpkg", layer="kommun")


def _to_shp(frame: gpd.GeoDataFrame, folder: Path) -> None:
    frame.to_file(folder / "kommuner.shp")


def _to_parquet(frame: gpd.GeoDataFrame, folder: Path) -> None:
    frame.to_parquet(folder / "kommuner.parquet")


def _sql(*statements: str) -> Callable[[Path], object]:
    def breaks(folder: Path) -> None:
        import sqlite3

        connection = sqlite3.connect(folder / "kommuner.gpkg")
        for each in statements:
            connection.execute(each)
        connection.commit()
        connection.close()

    return breaks


GPKG = {
    "SQLite without layers": in_turn(
        lambda folder: (folder / "kommuner.gpkg").unlink(), _sql("create table x (a)")
    ),
    "a list of layers that is a query": _sql(
        "alter table gpkg_contents rename to old", "create view gpkg_contents as select * from old"
    ),
    "a geometry of noise": _sql(
        "drop trigger if exists rtree_kommun_geom_update6",
        "drop trigger if exists rtree_kommun_geom_update7",
        "drop trigger if exists rtree_kommun_geom_update2",
        "drop trigger if exists rtree_kommun_geom_update4",
        "drop trigger if exists rtree_kommun_geom_update5",
        "drop trigger if exists rtree_kommun_geom_update1",
        "drop trigger if exists rtree_kommun_geom_update3",
        "update kommun set geom = x'4750000100'",
    ),
    "no spatial reference": _sql("delete from gpkg_spatial_ref_sys", "update gpkg_contents set srs_id = 7"),
    "a lawful view of its own": _sql(
        "create view v as select * from kommun",
        "insert into gpkg_contents (table_name, data_type, identifier, srs_id) "
        "values ('v', 'features', 'v', 3006)",
        "insert into gpkg_geometry_columns values ('v', 'geom', 'POLYGON', 3006, 0, 0)",
        "delete from gpkg_contents where table_name = 'kommun'",
    ),
    "an endless view": _sql(
        "create view v as with recursive r(x) as (select 1 union all select x + 1 from r) "
        "select x as fid from r",
        "insert into gpkg_contents (table_name, data_type, identifier) values ('v', 'attributes', 'v')",
        "delete from gpkg_contents where table_name = 'kommun'",
    ),
}
GEOJSON = {
    "a list": written("kommuner.geojson", "[]"),
    "a number": written("kommuner.geojson", "1"),
    "features that are numbers": written("kommuner.geojson", '{"features": [1]}'),
    "features without properties": written("kommuner.geojson", '{"features": [{"type": "Feature"}]}'),
    "features of nothing": written("kommuner.geojson", '{"features": []}'),
    "crs that is a list": replaced("kommuner.geojson", '{"type"', '{"crs": [1], "type"'),
    "crs that is a text": replaced("kommuner.geojson", '{"type"', '{"crs": "x", "type"'),
    "crs of nothing": replaced(
        "kommuner.geojson", '{"type"', '{"crs": {"properties": {"name": "x"}}, "type"'
    ),
    "NaN": replaced("kommuner.geojson", "[[[", "[[[NaN, 60], ["),
    "a long number": replaced("kommuner.geojson", "[[[", f"[[[{'9' * 20_000}, 60], ["),
    "texts for coordinates": replaced("kommuner.geojson", "[[[", '[[["x", 60], ['),
    "deep": written("kommuner.geojson", '{"features": ' + "[" * 100_000),
    "another kind of geometry": replaced("kommuner.geojson", '"Polygon"', '"Ring"'),
    "axes swapped": lambda folder: _swap_geojson(folder / "kommuner.geojson"),
    "a disguise": written("kommuner.geojson", "<OGRVRTDataSource></OGRVRTDataSource>"),
}


def _swap_geojson(path: Path) -> None:
    tree = json.loads(path.read_text(encoding="utf-8"))
    for feature in tree["features"]:
        rings = feature["geometry"]["coordinates"]
        feature["geometry"]["coordinates"] = [[[y, x] for x, y in ring] for ring in rings]
    path.write_text(json.dumps(tree), encoding="utf-8")


def _tif(folder: Path, **changes: Any) -> None:
    import rasterio
    from rasterio.transform import from_origin

    said: dict[str, Any] = {
        "crs": "EPSG:3006", "transform": from_origin(500_000, 6_705_000, 1_000, 1_000), "dtype": "float32",
        "fill": 100.0, "width": 5, "height": 5,
    } | changes  # fmt: skip
    fill = said.pop("fill")
    (folder / "rutor.tif").unlink(missing_ok=True)
    with rasterio.open(
        folder / "rutor.tif", "w", driver="GTiff", count=1, compress="deflate", sparse_ok=True, **said
    ) as out:
        if fill is not None:
            out.write(np.full((said["height"], said["width"]), fill, said["dtype"]), 1)


def tif(**changes: Any) -> Callable[[Path], object]:
    import warnings

    def breaks(folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _tif(folder, **changes)

    return breaks


def _transform(*numbers: float) -> Any:
    from rasterio.transform import Affine

    return Affine(*numbers)


TIF = {
    "no CRS": tif(crs=None),
    "wrong CRS": tif(crs="EPSG:32755"),
    "axes swapped": tif(transform=_transform(1_000, 0, 6_700_000, 0, -1_000, 505_000)),
    "NaN": tif(fill=np.nan),
    "inf": tif(fill=np.inf),
    "negative": tif(fill=-1.0),
    "huge": tif(fill=3e38),
    "pixels of no width": tif(transform=_transform(0, 0, 500_000, 0, -1_000, 6_705_000)),
    "pixels of a hair": tif(transform=_transform(1e-300, 0, 500_000, 0, -1e-300, 6_705_000)),
    "pixels of a country": tif(transform=_transform(1e6, 0, 500_000, 0, -1e6, 6_705_000)),
    "pixels of nan": tif(transform=_transform(np.nan, 0, 500_000, 0, -1_000, 6_705_000)),
    "a raster that is another file's list": written(
        "rutor.tif", '<VRTDataset rasterXSize="5" rasterYSize="5"><SRS>EPSG:3006</SRS></VRTDataset>'
    ),
    "bomb of nobody": tif(width=60_000, height=60_000, fill=None,
                          transform=_transform(0.1, 0, 500_000, 0, -0.1, 6_705_000)),
}  # fmt: skip


IN_THE_MIDDLE = "noise in the middle"


def table_kinds() -> list[Kind]:
    def of(
        name: str, file: str, make: Callable[[Path], object], faults_of: dict[str, Any], **more: Any
    ) -> Kind:
        of_any = {**any_file(file), **noises(file)}
        unseen = {IN_THE_MIDDLE, *faults.NOISES} | more.pop("unseen", set())
        return Kind(name, make, COMMAND, CODES, {**of_any, **faults_of}, unseen=frozenset(unseen), **more)

    borders = {"municipalities": {"file": "kommuner.gpkg"}}
    return [
        Kind(
            "CSV",
            whole,
            COMMAND,
            CODES,
            {
                **any_text("rutor.csv", but=("UTF-16", "ISO-8859-1", "half a sign", IN_THE_MIDDLE)),
                **CSV,
                **BIG_CSV,
            },
            big=frozenset(BIG_CSV),
        ),
        of(
            "XLSX", "rutor.xlsx", as_kind(_book, cells={"file": "rutor.xlsx"}), XLSX,
            big=frozenset({fault for fault in XLSX if "bomb" in fault or "million" in fault}),
        ),
        of(
            "GeoPackage", "kommuner.gpkg",
            as_kind(lambda folder: _to_gpkg(municipalities(), folder), **borders),
            {**{k: frame_of(_to_gpkg, **v) for k, v in SHAPES.items()}, **GPKG},
        ),
        of(
            "shapefile", "kommuner.shp",
            as_kind(
                lambda folder: _to_shp(municipalities(), folder), municipalities={"file": "kommuner.shp"}
            ),
            {
                **{k: frame_of(_to_shp, **v) for k, v in SHAPES.items() if k not in ("no geometry", "inf")},
                **{f".dbf {k}": v for k, v in any_file("kommuner.dbf").items()},
                **{f".shx {k}": v for k, v in any_file("kommuner.shx").items()},
            },
        ),
        Kind(
            "GeoJSON", whole, COMMAND, CODES,
            {
                **any_text(
                    "kommuner.geojson", but=("half a sign", "ISO-8859-1", IN_THE_MIDDLE, faults.AT_THE_END)
                ),
                **GEOJSON,
            },
        ),
        of(
            "GeoParquet", "kommuner.parquet",
            as_kind(
                lambda folder: _to_parquet(municipalities(), folder),
                municipalities={"file": "kommuner.parquet"},
            ),
            {k: frame_of(_to_parquet, **v) for k, v in SHAPES.items()},
        ),
        of("GeoTIFF", "rutor.tif", as_kind(tif(), cells={"file": "rutor.tif", "share": 0.08}), TIF,
           big=frozenset({"bomb of nobody"})),
    ]  # fmt: skip


def kinds() -> list[Kind]:
    return [
        Kind(
            "sources file",
            whole,
            COMMAND,
            CODES,
            {**any_text(FILE), **BOMBS, **SAID, **PLACES},
        ),
        *table_kinds(),
    ]
