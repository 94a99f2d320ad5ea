"""A million rows that are as they should be: ``python -m broken.millions [PART OF A NAME]`` in tests/."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import gtfs_by_hand as hand
import numpy as np
import pandas as pd
import shapely

from . import dataset_folders, runner, sources, ways

N = 1_000_000
SIDE = 1_000
SECONDS = 400.0
WEST, SOUTH = 200_500.0, 6_200_500.0


def _cells(n: int = N) -> pd.DataFrame:
    """Squares of a country of a thousand by a thousand km."""
    k = np.arange(n)
    east, north = WEST + 1_000.0 * (k % SIDE), SOUTH + 1_000.0 * (k // SIDE)
    return pd.DataFrame(
        {"Ruta": [f"c{each}" for each in k], "Östlig": east, "Nordlig": north, "Antal ungdomar": 1.0}
    )


def _country(folder: Path) -> None:
    """Let the two municipalities reach over all of it."""
    frame = sources.municipalities()
    frame["geometry"] = [
        shapely.box(WEST - 500, SOUTH - 500, 700_000, 7_200_000),
        shapely.box(700_000, SOUTH - 500, 1_200_000, 7_200_000),
    ]
    (folder / "kommuner.geojson").write_text(frame.to_crs("EPSG:4326").to_json(), encoding="utf-8")


def csv_cells(folder: Path) -> None:
    sources.whole(folder)
    _country(folder)
    _cells().to_csv(folder / "rutor.csv", index=False)


def parquet_cells(folder: Path) -> None:
    sources.whole(folder, cells={"file": "rutor.parquet"})
    _country(folder)
    _cells().to_parquet(folder / "rutor.parquet")


def gpkg_cells(folder: Path) -> None:
    import geopandas as gpd

    sources.whole(folder, cells={"file": "rutor.gpkg"})
    _country(folder)
    frame = _cells()
    places = gpd.points_from_xy(frame["Östlig"], frame["Nordlig"])
    columns = frame[["Ruta", "Antal ungdomar"]]
    gpd.GeoDataFrame(columns, geometry=places, crs="EPSG:3006").to_file(folder / "rutor.gpkg", layer="rutor")


def xlsx_cells(folder: Path) -> None:
    """Half a million squares with ten columns: five million values."""
    import xlsxwriter

    sources.whole(folder, cells={"file": "rutor.xlsx"})
    _country(folder)
    frame = _cells(N // 2).assign(**{f"Annat {k}": 0.5 for k in range(6)})
    with xlsxwriter.Workbook(folder / "rutor.xlsx", {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(frame.columns))
        for number, row in enumerate(frame.itertuples(index=False), start=1):
            sheet.write_row(number, 0, row)


def csv_sites(folder: Path) -> None:
    sources.whole(folder)
    frame = sources.sites()
    more = pd.concat([frame] * (N // len(frame)), ignore_index=True)
    ids = more.index.astype(str)
    more = more.assign(Id="s" + ids, Namn="Plats " + ids)
    more["Latitud"] += (np.arange(len(more)) % 1_000) * 1e-5
    more.to_csv(folder / "lokaler.csv", index=False)


def gtfs(folder: Path) -> None:
    """Trips again and again, a million calls of the five stops."""
    sources.as_kind(
        ways._gtfs,
        roads={"file": "gator.osm.pbf"},
        minutes={"bus": {"gtfs": ways.Z, "settings": hand.SETTINGS}},
    )(folder)
    tables = hand.feed()
    (head, *calls), (trip_head, *trips) = (
        tables[f"{name}.txt"].strip().split("\n") for name in ("stop_times", "trips")
    )
    place = [trip_head.split(",").index("trip_id"), head.split(",").index("trip_id")]
    times = N // len(calls)

    def again(rows: list[str], at: int, k: int) -> list[str]:
        parts = [row.split(",") for row in rows]
        return [",".join([*each[:at], f"{each[at]}x{k}", *each[at + 1 :]]) for each in parts]

    many = {
        "trips": [trip_head, *trips, *(row for k in range(times) for row in again(trips, place[0], k))],
        "stop_times": [head, *calls, *(row for k in range(times) for row in again(calls, place[1], k))],
    }
    hand.write_feed(folder / ways.Z, **{name: "\n".join(rows) + "\n" for name, rows in many.items()})


def matrix(folder: Path) -> None:
    """The toy's own pairs among a million others."""
    ways._matrix(folder)
    with (folder / ways.M).open("a", encoding="utf-8") as file:
        file.writelines(f"other{k // 5},{'ABCDE'[k % 5]},10\n" for k in range(N))


def trips(folder: Path) -> None:
    ways._trips(folder)
    (folder / ways.R).write_text(
        "från,till,minuter\n" + "A,B,20\nA,C,40\nB,C,41\n" * (N // 3), encoding="utf-8"
    )


def dataset(folder: Path) -> None:
    dataset_folders.whole(folder)
    path = folder / "data/cells.csv"
    head, first, *rest = path.read_text(encoding="utf-8").splitlines()
    columns = first.split(",", 1)[1]
    more = (f"m{k},{columns}" for k in range(N))
    path.write_text("\n".join([head, first, *rest, *more]) + "\n", encoding="utf-8")
    dataset_folders.reseal(folder)


@dataclass(frozen=True)
class Million:
    """An input of a million rows, and the command that reads it."""

    name: str
    make: Callable[[Path], object]
    command: Sequence[str]


RUN = ["run", "toy.yaml", "--out", "out", "--no-cache"]
MILLIONS = (
    Million("CSV, a million squares", csv_cells, sources.COMMAND),
    Million("Parquet, a million squares", parquet_cells, sources.COMMAND),
    Million("GeoPackage, a million squares", gpkg_cells, sources.COMMAND),
    Million("XLSX, half a million squares with ten columns", xlsx_cells, sources.COMMAND),
    Million("CSV, a million premises", csv_sites, sources.COMMAND),
    Million("GTFS, a million calls", gtfs, sources.COMMAND),
    Million("ready matrix, a million pairs", matrix, RUN),
    Million("known trips, a million", trips, ["check-times", "toy.yaml", "--trips", ways.R]),
    Million("dataset, a million squares in one place", dataset, RUN),
)


def main(part: str) -> int:
    hung = 0
    with runner.running() as started:
        for each in MILLIONS:
            if part not in each.name:
                continue
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                each.make(folder)
                (folder / "out").mkdir(exist_ok=True)
                (folder / "tmp").mkdir()
                ending = started.run(each.command, folder, seconds=SECONDS)
            said = ending.sentences[-1][:300] if ending.sentences else "done"
            took = f"{ending.seconds:.0f} s, {ending.megabytes:.0f} MB, exit code {ending.code}"
            print(f"{each.name}: {took}: {said}", flush=True)
            hung += ending.hung or "Traceback" in ending.err
    return min(hung, 1)


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
