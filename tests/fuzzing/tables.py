"""Parsers of tables: those of a dataset against its manifest, those that a sources file names, matrices and trips."""

# ruff: noqa: E501

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import toy
from broken import sources as broken_sources

from siting.by_matrix import ready_matrix
from siting.by_road import car_router
from siting.check_times import check_times, read_trips
from siting.dataset import Dataset, load_dataset
from siting.dataset import folder as dataset_folder
from siting.dataset.manifest import Column, Table
from siting.demand import demand_grid
from siting.errors import DatasetError, InputError
from siting.roads import road_network
from siting.scenario_file import load
from siting.scenario_travel import MatrixMode
from siting.sites import all_sites, site_table
from siting.sources import build
from siting.sources.ground import Ground, read_ground
from siting.sources.made import MadeTable
from siting.sources.people import make_cells
from siting.sources.premises import make_localities, make_other, make_prevalence, make_sites
from siting.sources.recipe import PlainTable
from siting.sources.recipe_file import read_recipe
from siting.sources.streets_and_minutes import make_minutes, make_roads
from siting.travel import Places

from . import mutate
from .judge import COUNT, NotTheSameError
from .parser import Make, Parser

TOKENS = (
    "youths", "population", "population_65plus", "aged_15_19", "aged_13", "cell_id", "municipality_code", "east_metres",
    "north_metres", "code", "name", "site_id", "kind", "lat", "lon", "candidate", "status", "minutes", "minutes_back", "home_minutes",
    "from_node", "to_node", "line_wkt", "class", "road", "key", "value", "geometry", "length_km", "may_join", "bicycle_minutes",
    "LINESTRING EMPTY", "POINT (15 60)", "LINESTRING (15 60, 15 60)", "LINESTRING (nan 1, 2 2)", "LINESTRING (1e300 1, 2 2)",
    "LINESTRING (15 60)", "POLYGON ((0 0, 1 0, 1 1, 0 0))", "GEOMETRYCOLLECTION EMPTY", "LINESTRING Z (15 60 1, 16 61 1)",
    "A", "B", "01", "02", "0180", "180", "00", "N00", "Väst", "primary", "documented", "1;2", "12 345", "1 000,5", "ja", "nej",
)  # fmt: skip


# --- tables of a dataset ---


def _dataset(folder: Path) -> Dataset:
    """The toy, a count in each square that a sentence would give away, and tables that it has not by itself."""
    toy.write_dataset(folder / "data")
    cells = folder / "data" / "cells.csv"
    cells.write_text(
        cells.read_text(encoding="utf-8").replace(f",{toy.YOUTHS_PER_CELL}\n", f",{COUNT}\n"),
        encoding="utf-8",
    )
    toy.write_scenario(folder)
    dataset = load_dataset(str(_resealed(folder / "data")))
    more = {
        "localities": ("name,lat,lon,population,is_place_name\nByn,60.4,15.0,300,1\nÖn,60.5,15.1,20,0\n",
                       {"lat": "number", "lon": "number", "population": "number", "is_place_name": "integer"}),
        "prevalence": ("key,value\ncounty_youths,22846\n", {"value": "number"}),
        "minutes_bus": ("cell_id,site_id,minutes,home_minutes\n00,A,10,\n01,A,12.5,11\n44,D,,\n",
                        {"minutes": "number", "home_minutes": "number"}),
    }  # fmt: skip
    tables = dict(dataset.manifest.tables)
    frames = dict(dataset.tables)
    for name, (text, types) in more.items():
        path = folder / "data" / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        columns = {
            each: Column.model_validate(
                {
                    "type": types.get(each, "text"),
                    "meaning": "x",
                    "quality": "published",
                    "optional": "minutes" in each,
                }
            )
            for each in text.split("\n")[0].split(",")
        }
        tables[name] = tables["cells"].model_copy(update={"file": path.name, "columns": columns})
        tables[name] = _sealed(dataset.folder, tables[name])
        frames[name] = dataset_folder._read_table(dataset.folder, tables[name])
    return replace(dataset, manifest=dataset.manifest.model_copy(update={"tables": tables}), tables=frames)


def _resealed(folder: Path) -> Path:
    dataset_folder.seal(folder)
    return folder


def _sealed(folder: Path, table: Table) -> Table:
    """Give what the manifest says of a table, with the digest and the rows of the file as it is."""
    content = (folder / table.file).read_bytes()
    rows = len(dataset_folder._parse(folder / table.file, content))
    return table.model_copy(update={"sha256": hashlib.sha256(content).hexdigest(), "rows": rows})


def _use(dataset: Dataset, scenario: Any) -> dict[str, Callable[[], object]]:
    """What is made of each table where it is used."""
    mode = MatrixMode.model_validate({"title": {"sv": "x", "en": "x"}, "matrix": "minutes_bus"})

    def demand() -> None:
        grid = demand_grid(dataset, scenario.demand)
        if not (np.isfinite(grid.youths).all() and (grid.youths >= 0).all()):
            raise NotTheSameError

    def roads() -> None:
        car_router(road_network(dataset), scenario.travel)

    return {
        "municipalities": demand,
        "cells": demand,
        "prevalence": demand,
        "sites": lambda: (site_table(dataset, scenario.sites), all_sites(dataset)),
        "road_nodes": roads,
        "road_edges": roads,
        "minutes_bus": lambda: ready_matrix(mode, dataset, None),
        "localities": lambda: None,
    }


def dataset_table(name: str) -> Make:
    def make(folder: Path) -> Parser:
        dataset = _dataset(folder)
        scenario = load(folder / "toy.yaml")
        table = dataset.manifest.tables[name]
        path = dataset.folder / table.file
        whole = path.read_bytes()

        def read(data: bytes) -> None:
            path.write_bytes(data)
            sealed = _sealed(dataset.folder, table)
            frames = {**dataset.tables, name: dataset_folder._read_table(dataset.folder, sealed)}
            manifest = dataset.manifest.model_copy(
                update={"tables": {**dataset.manifest.tables, name: sealed}}
            )
            dataset_folder._check_references(dataset.folder, manifest, frames)
            _use(replace(dataset, manifest=manifest, tables=frames), scenario)[name]()

        return Parser(read, mutate.of_csv, (InputError,), TOKENS, lambda: [whole])

    return make


def dataset_borders(folder: Path) -> Parser:
    path = folder / "borders.geojson"

    def read(data: bytes) -> None:
        dataset_folder._parse(path, data)

    return Parser(read, mutate.of_json, (DatasetError,), GEOJSON_TOKENS, lambda: [_borders()])


GEOJSON_TOKENS = ("Polygon", "MultiPolygon", "Point", "GeometryCollection", "geometries", "coordinates", "geometry",
                  "type", "Feature", "properties", "EPSG:3006", "urn:ogc:def:crs:EPSG::3006", "crs", "name", "id")  # fmt: skip


def _borders() -> bytes:
    return broken_sources.municipalities().to_crs("EPSG:4326").to_json().encode()


# --- tables that a sources file names ---


def _ground(folder: Path, write: Callable[[Path], object], **changes: Any) -> Ground:
    broken_sources.whole(folder, **changes)
    text = (folder / "rutor.csv").read_text(encoding="utf-8").replace(",100.0\n", f",{COUNT}\n")
    (folder / "rutor.csv").write_text(text, encoding="utf-8")
    write(folder)
    return read_ground(read_recipe(folder / broken_sources.FILE), folder)[0]


def _is_read_back(folder: Path, name: str, made: MadeTable) -> None:
    """What a build writes of an accepted table is read back as it was, or refused in a sentence."""
    frame = dataset_folder._read_table(folder, build._written(folder, name, made))
    if len(frame) != len(made.frame):
        raise NotTheSameError


def source_table(
    file: str,
    name: str,
    make_table: Callable[[Ground], Any],
    *,
    write: Callable[[Path], object] = lambda _: None,
    mutator: mutate.Mutator = mutate.of_csv,
    tokens: tuple[str, ...] = (),
    **changes: Any,
) -> Make:
    """Give the parser of a table of a sources file; `write` writes it where it is no part of the whole."""

    def make(folder: Path) -> Parser:
        ground = _ground(folder, write, **changes)
        own = folder / "made"
        own.mkdir()
        whole = (folder / file).read_bytes()

        def read(data: bytes) -> None:
            (folder / file).write_bytes(data)
            made = make_table(replace(ground, notes=[]))
            for each, table in (made if isinstance(made, dict) else {name: made}).items():
                if table is not None:
                    _is_read_back(own, each, table)

        return Parser(read, mutator, (InputError,), (*TOKENS, *HEADINGS, *tokens), lambda: [whole])

    return make


def _municipalities(ground: Ground) -> dict[str, MadeTable]:
    return read_ground(ground.recipe, ground.folder)[1]


def _minutes(ground: Ground) -> MadeTable:
    cells = pd.DataFrame({"cell_id": broken_sources.cells()["Ruta"]})
    sites = pd.DataFrame({"site_id": broken_sources.sites()["Id"]})
    return make_minutes(ground, "bus", ground.recipe.minutes["bus"], cells=cells, sites=sites)


def _text(file: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / file).write_text(text, encoding="utf-8")


def _vector(write: Callable[[gpd.GeoDataFrame, Path], object]) -> Callable[[Path], object]:
    return lambda folder: write(broken_sources.municipalities(), folder)


HEADINGS = ("Ruta", "Östlig", "Nordlig", "Antal ungdomar", "Folkmängd", "Id", "Namn", "Typ", "Latitud", "Longitud",
            "Kommunkod", "Kommun")  # fmt: skip
SHEET_TOKENS = (
    "A1",
    "D2",
    "XFD1048576",
    "s",
    "n",
    "str",
    "inlineStr",
    "b",
    "e",
    "d",
    "<f>1+1</f>",
    "<v/>",
    "1e400",
    "45000.5",
)


# --- a matrix beside a scenario, and known trips ---


def matrix(folder: Path) -> Parser:
    dataset = _dataset(folder)
    mode = MatrixMode.model_validate({"title": {"sv": "x", "en": "x"}, "matrix": "minuter.csv"})
    cells, sites = tuple(dataset.table("cells")["cell_id"]), tuple("ABCDE")
    whole = "cell_id,site_id,minutes,home_minutes\n" + "".join(
        f"{c},{s},10,9.5\n" for c in cells for s in sites
    )
    places = [Places(ids, np.zeros((len(ids), 2))) for ids in (cells, sites)]

    def read(data: bytes) -> None:
        (folder / "minuter.csv").write_bytes(data)
        ready_matrix(mode, dataset, folder).times(*places)

    return Parser(read, mutate.of_csv, (InputError,), TOKENS, lambda: [whole.encode()])


def trips(folder: Path) -> Parser:
    dataset = _dataset(folder)
    roads = road_network(dataset)
    router = car_router(roads, load(folder / "toy.yaml").travel)
    path = folder / "resor.csv"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        found = check_times(read_trips(dataset, roads, path), router)
        if not (np.isfinite(found.model_minutes).all() and np.isfinite(found.fitted_minutes).all()):
            raise NotTheSameError

    wholes = ("från,till,minuter\nA,B,20\nA,C,40\nA,D,80\nB,C,41\n", "from;to;minutes_low;minutes_high\nA;B;19,5;20\nA;C;40;41\n60.4 15.0;D;80;90\n")  # fmt: skip
    return Parser(
        read,
        mutate.of_csv,
        (InputError,),
        (*TOKENS, "minutes_low", "60.61 15.63", "from", "till"),
        lambda: [each.encode() for each in wholes],
    )


_PLACES = _text("orter.csv", "Namn,Latitud,Longitud,Folkmängd\nByn,60.43,15.02,300\nÖn,60.45,15.04,20\n")
_STOPS = _text("orter.csv", "id,lat,lon,n\na,60.43,15.02,3\nb,60.43,15.02,4.5\n")
_FIGURES = _text("tal.csv", "key,value\ncounty_youths,22846\n")
_MINUTES = _text("minuter.csv", "cell_id,site_id,minutes\nc0,A,10\nc1,B,\nc2,D,1\n")


def _other(ground: Ground) -> MadeTable:
    return make_other(ground, "bus_stops", PlainTable(file="orter.csv"))


def _of_municipalities(file: str, write: Callable[[gpd.GeoDataFrame, Path], object]) -> Make:
    return source_table(
        file,
        "municipalities",
        _municipalities,
        write=_vector(write),
        mutator=mutate.of_bytes,
        municipalities={"file": file},
    )


PARSERS: dict[str, Make] = {
    **{
        f"dataset {name}": dataset_table(name)
        for name in (
            "municipalities", "cells", "sites", "road_nodes", "road_edges", "localities", "prevalence", "minutes_bus"
        )
    },
    "dataset borders": dataset_borders,
    "source cells": source_table("rutor.csv", "cells", make_cells),
    "source cells in XLSX": source_table(
        "rutor.xlsx",
        "cells",
        make_cells,
        write=broken_sources._book,
        mutator=mutate.of_zip(mutate.of_xml),
        tokens=SHEET_TOKENS,
        cells={"file": "rutor.xlsx"},
    ),
    "source premises": source_table("lokaler.csv", "sites", make_sites),
    "source edges": source_table("vagar.csv", "road_edges", make_roads),
    "source municipalities": source_table(
        "kommuner.geojson", "municipalities", _municipalities, mutator=mutate.of_json, tokens=GEOJSON_TOKENS
    ),
    "source GeoPackage": _of_municipalities("kommuner.gpkg", broken_sources._to_gpkg),
    "source Parquet": _of_municipalities("kommuner.parquet", broken_sources._to_parquet),
    "source shapefile": _of_municipalities("kommuner.shp", broken_sources._to_shp),
    "source minutes": source_table(
        "minuter.csv", "minutes_bus", _minutes, write=_MINUTES, minutes={"bus": {"file": "minuter.csv"}}
    ),
    "source localities": source_table(
        "orter.csv", "localities", make_localities, write=_PLACES, localities={"file": "orter.csv"}
    ),
    "source key figures": source_table(
        "tal.csv", "prevalence", make_prevalence, write=_FIGURES, prevalence={"file": "tal.csv"}
    ),
    "source other table": source_table("orter.csv", "bus_stops", _other, write=_STOPS),
    "ready matrix": matrix,
    "known trips": trips,
}  # fmt: skip
