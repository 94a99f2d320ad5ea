"""Broken streets, timetables, ready matrices and known trips."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gtfs_by_hand as hand
import pandas as pd
import toy

from . import faults, sources
from .case import Kind
from .faults import any_file, any_text, bomb_in_zip, in_turn, lying_zip, noises, replaced, written

COMMAND, CODES = sources.COMMAND, sources.CODES
UNSEEN = ("noise in the middle", "truncated before its end")
OSM = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
<node id="1" lat="{lat0}" lon="{lon0}"/>
<node id="2" lat="{lat1}" lon="{lon1}"/>
<node id="3" lat="{lat1}1" lon="{lon1}"/>
<way id="7"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
</osm>
"""


def _corners() -> dict[str, float]:
    (lon0, lat0), (lon1, lat1) = toy.lon_lat(0, 0), toy.lon_lat(4, 4)
    return {"lat0": round(lat0, 6), "lon0": round(lon0, 6), "lat1": round(lat1, 6), "lon1": round(lon1, 6)}


def _swapped() -> dict[str, float]:
    lat0, lon0, lat1, lon1 = (_corners()[name] for name in ("lat0", "lon0", "lat1", "lon1"))
    return {"lat0": lon0, "lon0": lat0, "lat1": lon1, "lon1": lat1}


def _osm(folder: Path) -> None:
    (folder / "gator.osm").write_text(OSM.format(**_corners()), encoding="utf-8")


def _pbf(folder: Path) -> None:
    import osmium

    _osm(folder)
    (folder / "gator.osm.pbf").unlink(missing_ok=True)
    with osmium.SimpleWriter(str(folder / "gator.osm.pbf")) as out:
        for each in osmium.FileProcessor(str(folder / "gator.osm")):
            out.add(each)
    (folder / "gator.osm").unlink()


def _pbf_of(breaks: Callable[[Path], object]) -> Callable[[Path], object]:
    """Break the XML, and make a PBF of it."""

    def of_it(folder: Path) -> None:
        import osmium

        _osm(folder)
        breaks(folder)
        (folder / "gator.osm.pbf").unlink()
        with osmium.SimpleWriter(str(folder / "gator.osm.pbf")) as out:
            for each in osmium.FileProcessor(str(folder / "gator.osm")):
                out.add(each)
        (folder / "gator.osm").unlink()

    return of_it


THIRD = 'lat="{lat1}1" lon="{lon1}"'.format(**_corners())
FAR_OFF = {
    f"a third node at {lat}, {lon}": replaced("gator.osm", THIRD, f'lat="{lat}" lon="{lon}"')
    for lat, lon in (
        ("1e300", "15"), ("-1e300", "15"), ("95", "15"), ("-91", "15"), ("60.4", "200"), ("60.4", "-181"),
        ("60.4", "1e300"), ("0", "0"), ("15", "60.4"), ("1e2", "15"),
    )
}  # fmt: skip
LAT0 = f'lat="{_corners()["lat0"]}"'
OSM_FAULTS = {
    f"lat {new}": replaced("gator.osm", LAT0, f'lat="{new}"') for new in ("nan", "inf", "95", "x", "")
} | {
    f"id {new}": replaced("gator.osm", 'node id="1"', f'node id="{new}"') for new in ("x", "9" * 40, "")
} | {
    **FAR_OFF,
    "axes swapped": written("gator.osm", OSM.format(**_swapped())),
    "no nodes": written("gator.osm", OSM.format(**_corners()).replace("<node", "<n")),
    "no street": replaced("gator.osm", "residential", "footway_of_nothing"),
    "a street of one node": replaced("gator.osm", '<nd ref="2"/><nd ref="3"/>', ""),
    "entities bomb": in_turn(
        replaced("gator.osm", "<osm ", sources.LAUGHS + "<osm "),
        replaced("gator.osm", '"residential"', '"&l;"'),
    ),
    "entities that open a file": in_turn(
        replaced("gator.osm", "<osm ", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><osm '),
        replaced("gator.osm", '"residential"', '"&e;"'),
    ),
    "a tag not closed": replaced("gator.osm", "</way>", ""),
    "another version": replaced("gator.osm", '"0.6"', '"9"'),
    "deep": replaced("gator.osm", "<way", "<a>" * 100_000 + "<way"),
}  # fmt: skip
GRAPHML = """<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="d0" for="graph" attr.name="crs" attr.type="string"/>
<key id="d1" for="node" attr.name="y" attr.type="string"/>
<key id="d2" for="node" attr.name="x" attr.type="string"/>
<key id="d3" for="edge" attr.name="length" attr.type="string"/>
<key id="d4" for="edge" attr.name="highway" attr.type="string"/>
<key id="d5" for="edge" attr.name="osmid" attr.type="string"/>
<graph edgedefault="directed"><data key="d0">epsg:4326</data>
<node id="1"><data key="d1">{lat0}</data><data key="d2">{lon0}</data></node>
<node id="2"><data key="d1">{lat1}</data><data key="d2">{lon1}</data></node>
<edge source="1" target="2" id="0"><data key="d3">5656.0</data><data key="d4">residential</data>
<data key="d5">7</data></edge>
</graph></graphml>
"""


def _graphml(folder: Path) -> None:
    (folder / "gator.graphml").write_text(GRAPHML.format(**_corners()), encoding="utf-8")


G = "gator.graphml"
GRAPHML_FAULTS = {
    f"length {new}": replaced(G, "5656.0", new) for new in ("nan", "inf", "-1", "x", "", "1e300")
} | {
    f"lat {new}": replaced(G, f">{_corners()['lat0']}<", f">{new}<")
    for new in ("nan", "inf", "x", "", "1e300")
} | {
    "axes swapped": in_turn(replaced(G, '"y"', '"z"'), replaced(G, '"x"', '"y"'), replaced(G, '"z"', '"x"')),
    "crs of nothing": replaced(G, "epsg:4326", "x"),
    "crs of a file": replaced(G, "epsg:4326", "+init=/etc/passwd"),
    "no crs": replaced(G, '<data key="d0">epsg:4326</data>', ""),
    "ids of text": replaced(G, 'node id="1"', 'node id="x"'),
    "an id of code": replaced(G, ">7<", ">__import__('os').system('touch pwned')<"),
    "ids that are deep lists": replaced(G, ">7<", f">{'[' * 5_000}{']' * 5_000}<"),
    "a class of deep lists": replaced(G, ">residential<", f">{'[' * 5_000}{']' * 5_000}<"),
    "no edges": written(G, GRAPHML.format(**_corners()).replace("<edge", "<e").replace("</edge", "</e")),
    "an edge to nowhere": replaced(G, 'target="2"', 'target="3"'),
    "entities bomb": in_turn(
        replaced(G, "<graphml ", sources.LAUGHS + "<graphml "), replaced(G, ">7<", ">&l;<")
    ),
    "entities that open a file": in_turn(
        replaced(G, "<graphml ", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><graphml '),
        replaced(G, ">7<", ">&e;<"),
    ),
    "deep": replaced(G, "<graph ", "<a>" * 100_000 + "<graph "),
}  # fmt: skip
GRAPHML_READ = ("an id of code", "ids that are deep lists", "length 1e300", "lat 1e300")
del GRAPHML_FAULTS["an id of code"]

# --- timetables ---


def _gtfs(folder: Path) -> None:
    """The timetable worked out by hand, on its own street: cells and premises along it."""
    import geopandas as gpd
    import shapely

    street = shapely.box(14.9, 59.9, 15.1, 60.5)
    frame = gpd.GeoDataFrame({"Kommunkod": ["0180"], "Kommun": ["Väst"]}, geometry=[street], crs="EPSG:4326")
    (folder / "kommuner.geojson").write_text(frame.to_json(), encoding="utf-8")
    cells = hand.places(hand.CELLS, "Ruta").rename(columns={"lat": "Latitud", "lon": "Longitud"})
    cells.assign(**{"Antal ungdomar": 10}).to_csv(folder / "rutor.csv", index=False)
    sites = hand.places(hand.SITES, "Id").rename(columns={"lat": "Latitud", "lon": "Longitud"})
    sites.assign(Namn=sites["Id"], Typ="Vårdcentral").to_csv(folder / "lokaler.csv", index=False)
    (folder / "gator.osm.pbf").unlink(missing_ok=True)
    hand.write_streets(folder / "gator.osm.pbf")
    hand.write_feed(folder / "dt.zip")


Z = "dt.zip"


def feed(**tables: str | None) -> Callable[[Path], object]:
    """Write the feed with other tables; None leaves one out."""
    return lambda folder: hand.write_feed(folder / Z, **tables)


def _head(name: str) -> str:
    return hand.feed()[f"{name}.txt"].split("\n")[0] + "\n"


TABLES = ("stops", "routes", "trips", "stop_times")
GTFS = {
    **{f"without {name}.txt": feed(**{name: None}) for name in TABLES},
    **{f"{name}.txt empty": feed(**{name: ""}) for name in TABLES},
    **{f"{name}.txt of its head": feed(**{name: _head(name)}) for name in TABLES if name != "routes"},
    "stops elsewhere": lambda folder: hand.write_feed(
        folder / Z, stops=hand.feed()["stops.txt"].replace(",60.", ",50.")
    ),
    "axes swapped": lambda folder: hand.write_feed(
        folder / Z, stops=hand.feed()["stops.txt"].replace("stop_lat,stop_lon", "stop_lon,stop_lat")
    ),
    "stops of nan": lambda folder: hand.write_feed(
        folder / Z, stops=hand.feed()["stops.txt"].replace(",60.", ",nan")
    ),
    "stops of inf": lambda folder: hand.write_feed(
        folder / Z, stops="stop_id,stop_name,stop_lat,stop_lon\nV,V,inf,inf\n"
    ),
    "another calendar": lambda folder: hand.write_feed(
        folder / Z, calendar=hand.feed()["calendar.txt"].replace("2026", "2019"), calendar_dates=None
    ),
    "calendar of nonsense": lambda folder: hand.write_feed(
        folder / Z, calendar=hand.feed()["calendar.txt"].replace("20260401", "20269999"), calendar_dates=None
    ),
    "zip of nothing": lambda folder: faults.zipped(folder / Z, {}),
    "zip of a path above": lambda folder: faults.zipped(folder / Z, {"../../stops.txt": b"x"}),
    "zip bomb": bomb_in_zip(Z, "stops.txt", 2_000),
    "zip bomb of another part": bomb_in_zip(Z, "shapes.txt", 2_000),
    "sizes that lie": lying_zip(Z),
}


# --- ready matrices and trips ---


def _matrix(folder: Path) -> None:
    toy.write_dataset(folder / "data")
    toy.write_scenario(
        folder,
        travel={"mode": "bus", "modes": {"bus": {"matrix": "minuter.csv"}}},
    )
    cells = pd.read_csv(folder / "data/cells.csv", dtype=str)["cell_id"]
    rows = [(cell, site, 10) for cell in cells for site in "ABCDE"]
    frame = pd.DataFrame(rows, columns=["cell_id", "site_id", "minutes"])
    frame.to_csv(folder / "minuter.csv", index=False, lineterminator="\n")


M = "minuter.csv"
MATRIX = {
    **{
        f"minutes {new!r}": replaced(M, "00,A,10", f"00,A,{new}")
        for new in ("nan", "inf", "-1", "1e400", "x", "=1+1", "0x1F", "10,5")
    },
    "all in seconds": replaced(M, ",10\n", ",1000\n", times=-1),
    "huge": replaced(M, ",10\n", ",1e300\n", times=-1),
    "duplicated pair": replaced(M, "00,B,", "00,A,"),
    "a cell less": replaced(M, "\n00,", "\nzz,", times=-1),
    "axes swapped": replaced(M, "cell_id,site_id", "site_id,cell_id"),
    "an empty id": replaced(M, "\n00,A", "\n,A"),
    "head alone": written(M, "cell_id,site_id,minutes\n"),
    "a column less": written(M, "cell_id,minutes\n00,1\n"),
    "a row too long": replaced(M, "00,A,10", "00,A,10,5"),
    "a quotation mark that never ends": replaced(M, "00,A", '"00,A'),
    "columns without end": written(M, ",".join(f"x{k}" for k in range(500_000)) + "\n"),
    **{
        f"path {what}": replaced("toy.yaml", "minuter.csv", path if "\0" not in path else '"a\\0.csv"')
        for what, path in faults.PATHS.items()
        if "markup" not in what
    },
    "a million rows": lambda folder: (folder / M).write_text(
        "cell_id,site_id,minutes\n" + "".join(f"c{k},A,10\n" for k in range(1_000_000)), encoding="utf-8"
    ),
    "a million rows of texts": lambda folder: (folder / M).write_text(
        "cell_id,site_id,minutes\n" + "".join(f"c{k},A,x\n" for k in range(1_000_000)), encoding="utf-8"
    ),
}


P = "minuter.parquet"


def _matrix_in_parquet(folder: Path) -> None:
    _matrix(folder)
    _parquet_of()(folder)
    (folder / M).unlink()
    text = (folder / "toy.yaml").read_text(encoding="utf-8")
    (folder / "toy.yaml").write_text(text.replace(M, P), encoding="utf-8")


def _parquet_of(**columns: Any) -> Callable[[Path], object]:
    """Write the matrix with other columns."""

    def breaks(folder: Path) -> None:
        cells = pd.read_csv(folder / "data/cells.csv", dtype=str)["cell_id"]
        frame = pd.DataFrame(
            [(cell, site, 10.0) for cell in cells for site in "ABCDE"],
            columns=["cell_id", "site_id", "minutes"],
        )
        for name, value in columns.items():
            frame[name] = [value] * len(frame)
        frame.to_parquet(folder / P)

    return breaks


MATRIX_IN_PARQUET = {
    "minutes of nan and inf": _parquet_of(minutes=float("inf")),
    "minutes below nothing": _parquet_of(minutes=-1.0),
    "minutes of texts": _parquet_of(minutes="<b>"),
    "minutes of lists": _parquet_of(minutes=[1.0]),
    "minutes beyond all": _parquet_of(minutes=1e300),
    "ids of lists": _parquet_of(cell_id=[1]),
    "ids of bytes": _parquet_of(cell_id=b"\xff"),
    "one id": _parquet_of(cell_id="00"),
    "ids of nothing": _parquet_of(cell_id=None),
    "text": written(P, "cell_id,site_id,minutes\n"),
    "its magic alone": written(P, b"PAR1PAR1"),
    "a wrong foot": written(P, b"PAR1" + bytes(100) + b"\xff\xff\xff\x7fPAR1"),
}


def _trips(folder: Path) -> None:
    toy.write_dataset(folder / "data")
    toy.write_scenario(folder)
    (folder / "resor.csv").write_text("från,till,minuter\nA,B,20\nA,C,40\nA,D,80\nB,C,41\n", encoding="utf-8")


R = "resor.csv"
TRIPS = {
    **{
        f"minutes {new!r}": replaced(R, "A,B,20", f"A,B,{new}")
        for new in ("nan", "inf", "-1", "0", "1e400", "x", "", "=1+1", "1e300")
    },
    **{
        f"from {new!r}": replaced(R, "A,B,20", f"{new},B,20")
        for new in ("nowhere", "", "95 15", "15.6 60.6", "nan nan", "1e5 1", f"{'9' * 400} 15", "<b>", "=A1",
                    "x" * 50_000)
    },
    "a trip": written(R, "från,till,minuter\nA,B,20\n"),
    "head alone": written(R, "från,till,minuter\n"),
    "a column less": written(R, "från,minuter\nA,20\n"),
    "a row too long": replaced(R, "A,B,20", "A,B,20,5"),
    "a quotation mark that never ends": replaced(R, "A,B", '"A,B'),
    "a field of a megabyte": replaced(R, "A,B", "x" * 1_000_000 + ",B"),
    "columns without end": written(R, ",".join(f"x{k}" for k in range(500_000)) + "\n"),
    "a million rows": lambda folder: (folder / R).write_text(
        "från,till,minuter\n" + "A,B,20\n" * 999_999 + "A,nowhere,20\n", encoding="utf-8"
    ),
}  # fmt: skip


def kinds() -> list[Kind]:
    def roads(file: str) -> dict[str, Any]:
        return {"roads": {"file": file}}

    def of(name: str, file: str, write: Callable[[Path], object], more: dict[str, Any]) -> Kind:
        of_any = {**any_file(file, but=("noise in the middle",)), **noises(file)}
        make = sources.as_kind(write, **roads(file))
        return Kind(name, make, COMMAND, CODES, {**of_any, **more}, unseen=frozenset(faults.NOISES))

    return [
        of("OSM XML", "gator.osm", _osm, OSM_FAULTS),
        of(
            "OSM PBF",
            "gator.osm.pbf",
            _pbf,
            {
                **{fault: _pbf_of(breaks) for fault, breaks in FAR_OFF.items()},
                "axes swapped": _pbf_of(OSM_FAULTS["axes swapped"]),
                "no street": _pbf_of(OSM_FAULTS["no street"]),
            },
        ),
        of("GraphML", G, _graphml, GRAPHML_FAULTS),
        Kind(
            "GTFS",
            sources.as_kind(
                _gtfs,
                **roads("gator.osm.pbf"),
                minutes={"bus": {"gtfs": Z, "settings": hand.SETTINGS}},
            ),
            COMMAND,
            CODES,
            {**any_file(Z, but=UNSEEN), **noises(Z), **GTFS},
            big=frozenset({"zip bomb", "zip bomb of another part"}),
            unseen=frozenset(faults.NOISES),
        ),
        Kind(
            "ready matrix",
            _matrix,
            ["run", "toy.yaml", "--out", "out", "--no-cache"],
            frozenset({11, 12, 13}),
            {**any_text(M, but=("ISO-8859-1", "UTF-16", *UNSEEN)), **MATRIX},
            big=frozenset({"a million rows", "a million rows of texts"}),
        ),
        Kind(
            "ready matrix in Parquet",
            _matrix_in_parquet,
            ["run", "toy.yaml", "--out", "out", "--no-cache"],
            frozenset({12, 13}),
            {**any_file(P, but=UNSEEN), **noises(P), **MATRIX_IN_PARQUET},
            unseen=frozenset(faults.NOISES),
        ),
        Kind(
            "known trips",
            _trips,
            ["check-times", "toy.yaml", "--trips", R],
            frozenset({10, 12}),
            {**any_text(R, but=UNSEEN), **TRIPS},
            big=frozenset({"a million rows"}),
        ),
    ]
