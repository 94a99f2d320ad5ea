"""Broken dataset folders: `siting run` of a scenario that names one, and `siting seal`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import toy
from ruamel.yaml import YAML

from . import faults, scenario_files
from .case import Kind
from .faults import any_file, any_text, in_turn, replaced, written

MANIFEST = "data/dataset.yaml"
TEXTS = {"cells": "00,01,", "sites": "A,Place A", "municipalities": "01,"}


def whole(folder: Path) -> None:
    toy.write_dataset(folder / "data")
    toy.write_scenario(folder)
    text = (folder / MANIFEST).read_text(encoding="utf-8")
    (folder / MANIFEST).write_text(text.replace("Leklandet", "Lekåkern"), encoding="utf-8")  # not ASCII alone
    reseal(folder)  # or it were the resealing that is refused below


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest, whose columns stay in their order."""
    yaml = YAML(pure=True)
    path = folder / MANIFEST
    manifest = yaml.load(path.read_text(encoding="utf-8"))
    change(manifest)
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(manifest, file)


def reseal(folder: Path) -> None:
    """Put digests, and rows where they can be counted, into the manifest: the content is what is tested."""

    def seal(manifest: dict[str, Any]) -> None:
        for table in manifest["tables"].values():
            content = (folder / "data" / table["file"]).read_bytes()
            table["sha256"] = hashlib.sha256(content).hexdigest()
            if table["file"].endswith(".csv"):
                table["rows"] = max(content.count(b"\n") - 1, 0)

    change_manifest(folder, seal)


def sealed(breaks: Callable[[Path], object]) -> Callable[[Path], object]:
    return in_turn(breaks, reseal)


def cell(table: str, column: str, value: str, row: int = 0) -> Callable[[Path], object]:
    """Put a value at a place of a table."""

    def breaks(folder: Path) -> None:
        path = folder / "data" / f"{table}.csv"
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        frame.loc[row, column] = value
        frame.to_csv(path, index=False, lineterminator="\n")

    return sealed(breaks)


def swapped(table: str, one: str, other: str) -> Callable[[Path], object]:
    def breaks(folder: Path) -> None:
        path = folder / "data" / f"{table}.csv"
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        frame[[one, other]] = frame[[other, one]].to_numpy()
        frame.to_csv(path, index=False, lineterminator="\n")

    return sealed(breaks)


def million(table: str, column: str, value: str) -> Callable[[Path], object]:
    """A million rows like the first, each with its own id, of which the last has a wrong value."""

    def breaks(folder: Path) -> None:
        path = folder / "data" / f"{table}.csv"
        head, first, *_ = path.read_text(encoding="utf-8").splitlines()
        names = head.split(",")
        at, rest = names.index(column), first.split(",", 1)[1]
        wrong = first.split(",")
        wrong[at] = value
        with path.open("w", encoding="utf-8") as file:
            file.write(f"{head}\n")
            file.writelines(f"m{k},{rest}\n" for k in range(999_999))
            file.write(",".join(["last", *wrong[1:]]) + "\n")

    return sealed(breaks)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _yaml(text: str) -> str:
    return "".join(
        {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\x1b": "\\e", "\0": "\\0"}.get(each, each) for each in text
    )


VALUES = {
    f"{table}.{column} {value!r}": cell(table, column, value)
    for table, column, values in (
        ("cells", "youths", ("nan", "inf", "-inf", "-1", "1e300", "1e13", "12,5", "", "x", "0x10", "١٢")),
        ("cells", "youths", ("1_0",)),
        ("cells", "east_metres", ("nan", "inf", "1e300", "-1e11", "", "=1+1")),
        ("cells", "municipality_code", ("", "99", "01\0", "<b>", "01 ")),
        ("sites", "lat", ("nan", "inf", "91", "-1e11", "", "60,5")),
        ("sites", "lon", ("nan", "181", "1e300")),
        ("sites", "candidate", ("2", "-1", "nan", "0.5", "yes")),
        ("road_edges", "minutes", ("nan", "inf", "-1", "1e300", "")),
        ("road_edges", "from_node", ("nowhere", "")),
        ("road_edges", "line_wkt", ("", "x", "POINT (15 60)", "LINESTRING EMPTY", "LINESTRING (nan nan, 1 1)",
                                    "LINESTRING (15 60)", "LINESTRING (15 60, 1e308 60)",
                                    "POLYGON ((0 0, 1 0, 1 1, 0 0))", "LINESTRING (60 15, 61 15)",
                                    "GEOMETRYCOLLECTION (" * 3_000 + "POINT (1 1)" + ")" * 3_000)),
        ("municipalities", "name", ("", "Öst")),
    )
    for value in values
}  # fmt: skip
DUPLICATES = {
    "cell twice": cell("cells", "cell_id", "10"),
    "site twice": cell("sites", "site_id", "B"),
    "municipality twice": cell("municipalities", "code", "02"),
    "node twice": cell("road_nodes", "node_id", "n10"),
}
SHAPES = {
    "head alone": sealed(lambda folder: faults.truncate(folder / "data/cells.csv", 0.0)),
    "a row too long": sealed(replaced("data/cells.csv", "\n00,", "\n00,x,")),
    "a row too short": sealed(lambda folder: _append(folder / "data/cells.csv", "zz\n")),
    "a quotation mark that never ends": sealed(replaced("data/cells.csv", "\n00,", '\n"00,')),
    "a quotation mark within": sealed(replaced("data/cells.csv", "\n00,", '\n"0"0,')),
    "a field of a megabyte": sealed(replaced("data/cells.csv", "\n00,", f"\n{'x' * 1_000_000},")),
    "a column twice": sealed(replaced("data/cells.csv", "cell_id,", "municipality_code,")),
    "another column": sealed(replaced("data/cells.csv", "youths", "=cmd|' /C calc'!A0")),
    "a column with markup": sealed(replaced("data/cells.csv", "youths", faults.MARKUP[0])),
    "a column with a line": sealed(replaced("data/cells.csv", "youths", _quoted("a\nsiting: b"))),
    "semicolons": sealed(replaced("data/cells.csv", ",", ";", times=-1)),
    "cut in a row": sealed(lambda folder: faults.truncate(folder / "data/cells.csv", 0.97)),
    "columns without end": sealed(written("data/cells.csv", ",".join(["x"] * 500_000) + "\n")),
}


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


PLACES = {
    f"file {what}": replaced(MANIFEST, "file: cells.csv", f'file: "{_yaml(path)}"')
    for what, path in faults.PATHS.items()
} | {
    "file of another table's folder": replaced(MANIFEST, "file: cells.csv", "file: ../toy.yaml"),
    "file .": replaced(MANIFEST, "file: cells.csv", "file: ."),
    "file ..": replaced(MANIFEST, "file: cells.csv", "file: .."),
    "file is the manifest": replaced(MANIFEST, "file: cells.csv", "file: dataset.yaml"),
    "file with a line": replaced(MANIFEST, "file: cells.csv", 'file: "cells.csv\\n"'),
    "a link out of the folder": in_turn(
        written("cells.csv", "cell_id\n"),
        lambda folder: _link(folder / "data/cells.csv", folder / "cells.csv"),
    ),
}


def _link(path: Path, target: Path) -> None:
    path.unlink()
    path.symlink_to(target)


BORDERS = """
  municipality_borders:
    file: municipality_borders.geojson
    rows: 2
    sha256: {digest}
    source: x
    licence: MIT
    date: '2026'
    quality: published
    columns:
      name: {{type: text, meaning: x, quality: published}}
"""


def borders(content: str | bytes) -> Callable[[Path], object]:
    """Give the dataset borders of municipalities that are not what they should be."""

    def breaks(folder: Path) -> None:
        raw = content.encode() if isinstance(content, str) else content
        (folder / "data/municipality_borders.geojson").write_bytes(raw)
        more = YAML(typ="safe", pure=True).load(BORDERS.format(digest=hashlib.sha256(raw).hexdigest()))
        change_manifest(folder, lambda manifest: manifest["tables"].update(more))

    return breaks


def _feature(geometry: str, name: str = "Väst") -> str:
    return f'{{"type": "Feature", "properties": {{"name": "{name}"}}, "geometry": {geometry}}}'


def _collection(*features: str) -> str:
    return f'{{"type": "FeatureCollection", "features": [{", ".join(features)}]}}'


GOOD_RING = '{"type": "Polygon", "coordinates": [[[15, 60], [16, 60], [16, 61], [15, 60]]]}'
GEOMETRIES = {
    "borders empty": borders(""),
    "borders truncated": borders(_collection(_feature(GOOD_RING), _feature(GOOD_RING))[:-40]),
    "borders a list": borders("[]"),
    "borders a number": borders("1"),
    "borders without features": borders("{}"),
    "borders whose features are a text": borders('{"features": "x"}'),
    "borders whose features are numbers": borders('{"features": [1, 2]}'),
    "borders without properties": borders('{"features": [{"type": "Feature"}, {"type": "Feature"}]}'),
    "borders of no geometry": borders(_collection(_feature("null"), _feature("null"))),
    "borders of NaN": borders(
        _collection(_feature(GOOD_RING.replace("16, 60", "NaN, 60")), _feature(GOOD_RING))
    ),
    "borders of inf": borders(
        _collection(_feature(GOOD_RING.replace("16, 60", "1e999, 60")), _feature(GOOD_RING))
    ),
    "borders of texts": borders(
        _collection(_feature(GOOD_RING.replace("16, 60", '"x", 60')), _feature(GOOD_RING))
    ),
    "borders of one point": borders(
        _collection(_feature('{"type": "Polygon", "coordinates": [[[15, 60]]]}'), _feature(GOOD_RING))
    ),
    "borders of an unknown kind": borders(_collection(_feature('{"type": "Ring"}'), _feature(GOOD_RING))),
    "borders in metres": borders(
        _collection(*[_feature(GOOD_RING.replace("15", "500000").replace("60", "6700000"))] * 2)
    ),
    "borders with their axes swapped": borders(
        _collection(
            *[_feature('{"type": "Polygon", "coordinates": [[[60, 15], [60, 16], [61, 16], [60, 15]]]}')] * 2
        )
    ),
    "borders nested deep": borders(
        _collection(_feature('{"type": "Polygon", "coordinates": ' + "[" * 50_000 + "]" * 50_000 + "}"))
    ),
    "borders of a long number": borders(
        _collection(_feature(GOOD_RING.replace("16, 60", "9" * 20_000 + ", 60")))
    ),
    "borders in GeoJSON's disguise": borders("<OGRVRTDataSource></OGRVRTDataSource>"),
}


def parquet(content: bytes) -> Callable[[Path], object]:
    def breaks(folder: Path) -> None:
        (folder / "data/cells.csv").unlink()
        (folder / "data/cells.parquet").write_bytes(content)
        text = (folder / MANIFEST).read_text(encoding="utf-8").replace("cells.csv", "cells.parquet")
        (folder / MANIFEST).write_text(text, encoding="utf-8")
        reseal(folder)

    return breaks


def parquet_noise(share: float, n_bytes: int) -> Callable[[Path], object]:
    """Noise in a Parquet file whose digest is right."""
    return in_turn(
        parquet_of(),
        lambda folder: faults.noise_in_the_middle(folder / "data/cells.parquet", share, n_bytes),
        reseal,
    )


def parquet_of(**columns: object) -> Callable[[Path], object]:
    def breaks(folder: Path) -> None:
        frame = pd.read_csv(folder / "data/cells.csv", dtype={"cell_id": str, "municipality_code": str})
        for name, value in columns.items():
            frame[name] = [value] * len(frame)
        frame.to_parquet(folder / "cells.parquet")
        content = (folder / "cells.parquet").read_bytes()
        (folder / "cells.parquet").unlink()
        parquet(content)(folder)

    return breaks


PARQUET = {
    "Parquet empty": parquet(b""),
    "Parquet that is text": parquet(b"cell_id,youths\n"),
    "Parquet of its magic alone": parquet(b"PAR1PAR1"),
    "Parquet with a wrong foot": parquet(b"PAR1" + bytes(100) + b"\xff\xff\xff\x7fPAR1"),
    "Parquet of NaN": parquet_of(youths=np.nan),
    "Parquet of inf": parquet_of(youths=np.inf),
    "Parquet of negatives": parquet_of(youths=-1.0),
    "Parquet of texts": parquet_of(youths="x"),
    "Parquet of lists": parquet_of(youths=[1, 2]),
    "Parquet of one id": parquet_of(cell_id="a"),
    "Parquet of bytes": parquet_of(cell_id=b"\xff"),
    "Parquet of huge whole numbers": parquet_of(youths=2**62),
}
PARQUET_NOISE = {f"Parquet with {fault}": parquet_noise(*place) for fault, place in faults.NOISES.items()}
MANIFESTS = {
    "manifest: aliases bomb": written(MANIFEST, scenario_files.billion_laughs()),
    "manifest: aliases bomb by merging": written(MANIFEST, scenario_files.merging_laughs()),
    "manifest: alias of itself": written(MANIFEST, "a: &a [*a]\n"),
    "manifest: alias of the whole": written(MANIFEST, "&a\nname: x\ntables: *a\n"),
    "manifest: merge of itself": written(MANIFEST, "a: &a\n  <<: *a\n"),
    "manifest: notes bomb": written(
        MANIFEST, scenario_files.billion_laughs(6).replace("a5:", "notes:")
    ),
    "manifest: deep": written(MANIFEST, "a: " + "[" * 5_000),
    "manifest: a tag that runs code": written(MANIFEST, "name: !!python/object/apply:os.system [id]\n"),
    "manifest: a number for a name": written(MANIFEST, "1: 2\n"),
    "manifest: a list": written(MANIFEST, "[1]\n"),
    "manifest: a text": written(MANIFEST, "x\n"),
    "manifest: a list for a key": written(MANIFEST, "? [a]\n: x\n"),
    "manifest: duplicated key": replaced(MANIFEST, "crs:", "crs: EPSG:3006\ncrs:"),
    "manifest: no tables": replaced(MANIFEST, "tables:", "tablets:"),
    "manifest: tables a list": written(
        MANIFEST, "name: x\ntitle: {sv: x, en: x}\ncrs: EPSG:3006\ncell_size_metres: 1000\ncompiled: x\n"
        "population_year: x\ntables: [1]\n"
    ),
    "manifest: rows nan": replaced(MANIFEST, "rows: 25", "rows: .nan"),
    "manifest: rows negative": replaced(MANIFEST, "rows: 25", "rows: -1"),
    "manifest: rows huge": replaced(MANIFEST, "rows: 25", f"rows: {'9' * 5_000}"),
    "manifest: cell size nan": replaced(MANIFEST, "cell_size_metres: 1000", "cell_size_metres: .nan"),
    "manifest: cell size 0": replaced(MANIFEST, "cell_size_metres: 1000", "cell_size_metres: 0"),
    "manifest: CRS of degrees": replaced(MANIFEST, "EPSG:3006", "EPSG:4326"),
    "manifest: CRS of another country": replaced(MANIFEST, "EPSG:3006", "EPSG:32755"),
    "manifest: CRS of nowhere": replaced(MANIFEST, "EPSG:3006", "EPSG:99999"),
    "manifest: CRS by a file": replaced(MANIFEST, "EPSG:3006", "'+proj=utm +zone=33 +init=/etc/passwd'"),
    "manifest: CRS of a long text": replaced(MANIFEST, "EPSG:3006", "x" * 100_000),
    "manifest: a million rows": written(MANIFEST, "rows:\n" + "- a\n" * 400_000),
}  # fmt: skip


def kinds() -> list[Kind]:
    content = {
        f"{table}.csv: {fault}": sealed_if_there(breaks)
        for table in ("cells",)
        for fault, breaks in any_text(f"data/{table}.csv", but=("ISO-8859-1",)).items()
    }
    raw = {f"sites.csv: {k}": v for k, v in any_file("data/sites.csv").items()}
    return [
        Kind(
            "dataset",
            whole,
            ["run", "toy.yaml", "--out", "out", "--no-cache"],
            frozenset({12}),
            {
                **{f"manifest: {k}": v for k, v in any_text(MANIFEST).items()},
                **MANIFESTS,
                **PLACES,
                **content,
                **raw,
                **SHAPES,
                **VALUES,
                **DUPLICATES,
                **GEOMETRIES,
                **PARQUET,
                **PARQUET_NOISE,
                "cells: axes swapped": swapped("cells", "east_metres", "north_metres"),
                "sites: axes swapped": swapped("sites", "lat", "lon"),
                "cells: a million rows": million("cells", "youths", "-1"),
                "sites: a million rows": million("sites", "lat", "nan"),
                "road_edges: a million rows": million("road_edges", "minutes", "inf"),
            },
            big=frozenset(
                {"cells: a million rows", "sites: a million rows", "road_edges: a million rows",
                 "manifest: a million rows"}
            ),
            unseen=frozenset(PARQUET_NOISE),
        ),
        Kind(
            "dataset to be sealed",
            whole,
            ["seal", "data"],
            frozenset({12}),
            {
                **any_text(MANIFEST, but=("noise in the middle", "truncated before its end")),
                **{k: v for k, v in MANIFESTS.items() if "rows" not in k and "another country" not in k},
                **{fault: PLACES[fault] for fault in PLACES if "manifest" not in fault},
                **{f"sites.csv {k}": v for k, v in any_file("data/sites.csv", but=NO_MATTER).items()},
            },
        ),
    ]  # fmt: skip


NO_MATTER = (
    "one byte", "blank", "truncated to a tenth", "truncated to a half", "truncated before its end",
    "zero bytes",
    "noise in the middle", "empty",
)  # fmt: skip


def sealed_if_there(breaks: Callable[[Path], object]) -> Callable[[Path], object]:
    def all_of(folder: Path) -> None:
        breaks(folder)
        path = folder / "data/cells.csv"
        if path.is_file():
            reseal(folder)

    return all_of
