"""The dataset: the embedded county holds together, and a broken table is refused."""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from pathlib import Path

import pandas as pd
import pytest
import shapely
import toy
from ruamel.yaml import YAML

from siting import study
from siting.dataset import Dataset, load_dataset, seal
from siting.errors import DatasetError


def test_the_embedded_county_has_its_rows(dalarna: Dataset) -> None:
    assert len(dalarna.table("cells")) == 4004
    assert len(dalarna.table("municipalities")) == 15
    assert len(dalarna.table("road_nodes")) == 498
    assert len(dalarna.table("road_edges")) == 609
    candidates = dalarna.table("sites").query("candidate == 1")
    assert candidates["kind"].value_counts().to_dict() == {
        "health_centre": 35,
        "youth_clinic": 17,
        "social_service": 15,
        "hospital": 6,
    }


def test_population_agrees_with_the_published_county_totals(dalarna: Dataset) -> None:
    municipalities = dalarna.table("municipalities")
    assert municipalities["population_2021"].sum() == 288_387
    assert municipalities["population_2024"].sum() == 286_546
    assert dalarna.table("cells")["population"].sum() == 285_587


def test_every_table_names_source_licence_date_and_every_column_its_meaning(dalarna: Dataset) -> None:
    for table in dalarna.manifest.tables.values():
        assert table.source
        assert table.licence
        assert table.date
        for column in table.columns.values():
            assert column.meaning
            assert column.type == "text" or column.unit


def test_what_is_estimated_is_marked(dalarna: Dataset) -> None:
    sites = dalarna.table("sites")
    assert (sites["quality"] == "estimated").sum() == 29
    assert set(sites.query("status == 'planned'")["site_id"]) == {"YC08", "YC14"}
    assert set(sites.query("status == 'seasonal'")["site_id"]) == {"YC04"}
    assert dalarna.manifest.notes


def test_edges_are_no_shorter_than_the_straight_line_and_minutes_are_length_over_speed(
    dalarna: Dataset,
) -> None:
    edges = dalarna.table("road_edges")
    assert edges["length_km"].sum() == pytest.approx(2685, abs=1)
    minutes = 60 * edges["length_km"] / edges["speed_kmh"]
    assert (minutes - edges["minutes"]).abs().max() < 0.05


def reseal(folder: Path, table: str) -> None:
    """Put the digest of a changed file into the manifest, so that its content is what is tested."""
    yaml = YAML()
    manifest = yaml.load((folder / "dataset.yaml").read_text(encoding="utf-8"))
    entry = manifest["tables"][table]
    entry["sha256"] = hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest()
    with (folder / "dataset.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(manifest, file)


@pytest.mark.parametrize(
    ("table", "old", "new", "expected"),
    [
        ("cells", "00,01,", "00,99,", "row 2: municipality_code '99' is not in municipalities.csv"),
        ("cells", ",100.0\n", ",-1\n", "row 2: youths '-1' is below 0"),
        ("cells", ",100.0\n", ",many\n", "row 2: youths 'many' is not a number"),
        ("cells", ",100.0\n", ',"1,5"\n', "row 2: youths '1,5' is not a number (write 12.5, not 12,5)"),
        ("cells", ",100.0\n", ",\n", "row 2: youths '' is empty"),
        ("cells", ",100.0\n", ",inf\n", "row 2: youths 'inf' is not a number"),
        ("cells", "10,01", "00,01", "row 3: cell_id '00' stands twice"),
        ("cells", "cell_id", "id", "expected cell_id"),
        ("cells", "44,02,504500.0,6704500.0,100.0\n", "", "has 24 rows; the manifest says 25"),
        ("road_nodes", "N00", "zz,N00", "row 2: has 2 values; the head has 1"),
        ("road_edges", "LINESTRING", "MULTILINESTRING", "cannot be read|not a line|LINESTRING"),
        ("cells", ",100.0\n", ",1e300\n", "is too large"),
        ("sites", ",1,documented", ",0.5,documented", "row 2: candidate '0.5' is not a whole number"),
    ],
)
def test_a_broken_table_is_refused_with_file_and_row(
    toy_folder: Path, table: str, old: str, new: str, expected: str
) -> None:
    path = toy_folder / "data" / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    reseal(toy_folder / "data", table)
    with pytest.raises(DatasetError, match="|".join(map(re.escape, expected.split("|")))):
        study.run(toy.write_scenario(toy_folder))


def test_a_changed_file_is_refused(toy_folder: Path) -> None:
    with (toy_folder / "data" / "cells.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(DatasetError, match="sha256 differs"):
        load_dataset("data", relative_to=toy_folder)


def test_a_missing_file_and_an_unknown_dataset_are_refused(toy_folder: Path) -> None:
    (toy_folder / "data" / "sites.csv").unlink()
    with pytest.raises(DatasetError, match=r"sites\.csv: cannot be read"):
        load_dataset("data", relative_to=toy_folder)
    with pytest.raises(DatasetError, match="embedded one: dalarna"):
        load_dataset("nowhere")


def test_a_file_outside_the_folder_is_refused(toy_folder: Path) -> None:
    manifest = toy_folder / "data" / "dataset.yaml"
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace("cells.csv", "../cells.csv"), encoding="utf-8"
    )
    with pytest.raises(DatasetError, match="should match pattern"):
        load_dataset("data", relative_to=toy_folder)


@pytest.mark.parametrize(
    ("table", "column"),
    [("sites", "status"), ("road_edges", "minutes"), ("cells", "cell_id"), ("cells", "youths")],
)
def test_a_missing_column_is_named(toy_folder: Path, table: str, column: str) -> None:
    path = toy_folder / "data" / f"{table}.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False).drop(columns=column)
    frame.to_csv(path, index=False, lineterminator="\n")
    manifest = toy_folder / "data" / "dataset.yaml"
    yaml = YAML()
    content = yaml.load(manifest.read_text(encoding="utf-8"))
    del content["tables"][table]["columns"][column]
    with manifest.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)
    reseal(toy_folder / "data", table)
    with pytest.raises(DatasetError, match=column):
        study.run(toy.write_scenario(toy_folder))


def change_manifest(folder: Path, old: str, new: str) -> None:
    manifest = folder / "dataset.yaml"
    text = manifest.read_text(encoding="utf-8")
    assert old in text
    manifest.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("crs", "expected"),
    [
        ("EPSG:4326", "not projected in metres"),
        ("EPSG:2263", "not projected in metres"),
        ("rubbish", "no known"),
    ],
)
def test_a_crs_without_metres_is_refused(toy_folder: Path, crs: str, expected: str) -> None:
    change_manifest(toy_folder / "data", "EPSG:3006", crs)
    with pytest.raises(DatasetError, match=expected):
        load_dataset("data", relative_to=toy_folder)


def test_cells_in_another_crs_than_the_manifest_says_are_noticed(toy_folder: Path) -> None:
    change_manifest(toy_folder / "data", "EPSG:3006", "EPSG:3010")
    with pytest.raises(DatasetError, match="km from the nearest road"):
        study.run(toy.write_scenario(toy_folder))


def test_keys_and_references_that_the_program_relies_on_must_be_declared(toy_folder: Path) -> None:
    change_manifest(toy_folder / "data", "references: municipalities.code", "references: cells.cell_id")
    with pytest.raises(DatasetError, match=r"municipality_code must have references: municipalities\.code"):
        load_dataset("data", relative_to=toy_folder)


def test_a_disguised_border_file_opens_nothing_else(toy_folder: Path) -> None:
    secret = toy_folder / "secret.csv"
    secret.write_text("code,name,WKT\n01,SECRET,POINT (0 0)\n", encoding="utf-8")
    borders = toy_folder / "data" / "municipality_borders.geojson"
    borders.write_text(
        f"<OGRVRTDataSource><OGRVRTLayer name='secret'><SrcDataSource>{secret}</SrcDataSource>"
        "</OGRVRTLayer></OGRVRTDataSource>",
        encoding="utf-8",
    )
    yaml = YAML()
    manifest = toy_folder / "data" / "dataset.yaml"
    content = yaml.load(manifest.read_text(encoding="utf-8"))
    content["tables"]["municipality_borders"] = {
        **content["tables"]["municipalities"],
        "file": borders.name,
        "rows": 1,
    }
    with manifest.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)
    endless = '{"features": ' + "[" * 100_000
    odd = '{"features": [{"properties": {}, "geometry": [1, 2]}]}'
    for text in (borders.read_text(encoding="utf-8"), endless, odd):
        borders.write_text(text, encoding="utf-8")
        reseal(toy_folder / "data", "municipality_borders")
        with pytest.raises(DatasetError, match=r"borders\.geojson: cannot be read as geojson"):
            load_dataset("data", relative_to=toy_folder)


def test_seal_writes_rows_and_digests_and_nothing_else(toy_folder: Path) -> None:
    folder = toy_folder / "data"
    with (folder / "cells.csv").open("a", encoding="utf-8") as file:
        file.write("99,01,505500,6705500,100\n")
    assert seal(folder) == 5
    assert len(load_dataset("data", relative_to=toy_folder).table("cells")) == 26


def test_the_embedded_county_is_sealed(tmp_path: Path, dalarna: Dataset) -> None:
    copy = tmp_path / "dalarna"
    shutil.copytree(dalarna.folder, copy)
    seal(copy)
    assert (copy / "dataset.yaml").read_bytes() == (dalarna.folder / "dataset.yaml").read_bytes()


def test_what_cannot_be_sealed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be sealed"):
        seal(tmp_path)


# --- Parquet, and what may be given in several forms ---


def to_parquet(folder: Path, table: str, frame: pd.DataFrame, **columns: dict[str, object]) -> None:
    """Put a frame in the place of a table, in Parquet; columns say what the manifest says of new ones."""
    yaml = YAML()
    manifest = yaml.load((folder / "dataset.yaml").read_text(encoding="utf-8"))
    entry = manifest["tables"].setdefault(table, {**manifest["tables"]["cells"], "columns": {}})
    entry["file"] = f"{table}.parquet"
    entry["rows"] = len(frame)
    entry["columns"] = {name: columns.get(name) or entry["columns"][name] for name in frame.columns}
    frame.to_parquet(folder / f"{table}.parquet", index=False)
    with (folder / "dataset.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(manifest, file)
    reseal(folder, table)


NUMBER = {"type": "number", "meaning": "x", "quality": "published"}
MAYBE = {**NUMBER, "optional": True}
WKB = {**NUMBER, "type": "wkb"}


def edges_of(folder: Path) -> pd.DataFrame:
    frame = load_dataset(str(folder)).table("road_edges")
    return frame.assign(line_wkb=shapely.to_wkb(shapely.from_wkt(frame["line_wkt"]))).drop(columns="line_wkt")


def test_a_table_in_parquet_reads_as_the_same_table_in_csv(toy_folder: Path) -> None:
    folder = toy_folder / "data"
    before = load_dataset(str(folder))
    for table in ("cells", "sites", "road_nodes"):
        to_parquet(folder, table, before.table(table))
    to_parquet(folder, "road_edges", edges_of(folder), line_wkb=WKB)
    after = load_dataset(str(folder))
    for table in ("cells", "sites", "road_nodes"):
        pd.testing.assert_frame_equal(after.table(table), before.table(table))
    assert study.run(toy.write_scenario(toy_folder)).plan.main == ("B",)
    assert seal(folder) == 5


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("minutes", -1.0, r"road_edges\.parquet, row 2: minutes '-1' is below 0"),
        ("minutes", float("nan"), "row 2: minutes '' is empty"),
        ("minutes", float("inf"), "row 2: minutes 'inf' is not a number"),
        ("minutes", 1e300, "row 2: minutes '1e[+]300' is too large"),
        ("from_node", "zz", r"row 2: from_node 'zz' is not in road_nodes\.csv"),
        ("from_node", "", "row 2: from_node '' is empty"),
        ("line_wkb", None, "row 2: line_wkb '' is empty"),
        ("line_wkb", b"\x01\x02", "line_wkb holds what is not a line"),
    ],
)
def test_a_wrong_value_in_parquet_is_named_with_its_row(
    toy_folder: Path, column: str, value: object, expected: str
) -> None:
    folder = toy_folder / "data"
    edges = edges_of(folder)
    values = edges[column].tolist()
    values[1] = value
    to_parquet(folder, "road_edges", edges.assign(**{column: values}), line_wkb=WKB)
    with pytest.raises(DatasetError, match=expected):
        study.run(toy.write_scenario(toy_folder))


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("minutes", "ten", "minutes is stored as string; the manifest says number"),
        ("minutes", pd.Timestamp("2026-11-24"), "minutes is stored as datetime64; the manifest says number"),
        ("from_node", 7, "from_node is stored as integer; the manifest says text"),
        ("line_wkb", "LINESTRING (0 0, 1 1)", "line_wkb is stored as string; the manifest says wkb"),
    ],
)
def test_a_column_of_another_type_in_parquet_is_named(
    toy_folder: Path, column: str, values: object, expected: str
) -> None:
    folder = toy_folder / "data"
    to_parquet(folder, "road_edges", edges_of(folder).assign(**{column: values}), line_wkb=WKB)
    with pytest.raises(DatasetError, match=rf"road_edges\.parquet: the column {expected}"):
        load_dataset(str(folder))


def test_a_parquet_file_that_is_none_is_refused(toy_folder: Path) -> None:
    folder = toy_folder / "data"
    to_parquet(folder, "cells", load_dataset(str(folder)).table("cells"))
    path = folder / "cells.parquet"
    for content in (b"PAR1 rubbish PAR1", path.read_bytes()[:500], b""):
        path.write_bytes(content)
        reseal(folder, "cells")
        with pytest.raises(DatasetError, match=r"cells\.parquet: cannot be read as parquet"):
            load_dataset(str(folder))


def test_half_a_million_rows_are_checked_in_seconds(toy_folder: Path) -> None:
    folder = toy_folder / "data"
    edges = edges_of(folder)
    many = pd.concat([edges] * (500_000 // len(edges)), ignore_index=True)
    to_parquet(folder, "road_edges", many, line_wkb=WKB)
    started = time.perf_counter()
    load_dataset(str(folder))
    assert time.perf_counter() - started < 10


def with_column(folder: Path, table: str, name: str, description: dict[str, object], values: object) -> None:
    frame = edges_of(folder) if table == "road_edges" else load_dataset(str(folder)).table(table)
    to_parquet(folder, table, frame.assign(**{name: values}), **{name: description, "line_wkb": WKB})


@pytest.mark.parametrize(
    ("name", "description", "expected"),
    [
        ("length_km", MAYBE, None),
        ("bicycle_minutes", MAYBE, None),
        ("minutes_back", MAYBE, None),
        ("may_join", {**NUMBER, "type": "integer"}, None),
        ("may_join", MAYBE, "must be a number in every row"),
        ("walk_minutes", {**MAYBE, "type": "text"}, "must be a number"),
        ("minutes", MAYBE, "minutes must be a number in every row"),
    ],
)
def test_what_roads_may_have_beside_is_a_number_that_may_be_empty(
    toy_folder: Path, name: str, description: dict[str, object], expected: str | None
) -> None:
    values = "x" if description["type"] == "text" else 1
    folder = toy_folder / "data"
    with_column(folder, "road_edges", name, description, values)
    if expected is None:
        assert (load_dataset(str(folder)).table("road_edges")[name] == 1).all()
    else:
        with pytest.raises(DatasetError, match=f"tables.road_edges.{name} must be|{expected}"):
            load_dataset(str(folder))


def test_minutes_may_be_empty_only_where_there_are_minutes_back(toy_folder: Path) -> None:
    folder = toy_folder / "data"
    edges = edges_of(folder).assign(minutes_back=10.0)
    edges.loc[0, "minutes"] = float("nan")
    to_parquet(folder, "road_edges", edges, line_wkb=WKB, minutes=MAYBE, minutes_back=MAYBE)
    assert load_dataset(str(folder)).table("road_edges")["minutes"].isna().sum() == 1


def test_lines_may_not_be_binary_in_csv_nor_missing(toy_folder: Path) -> None:
    folder = toy_folder / "data"
    before, after = (folder / "dataset.yaml").read_text(encoding="utf-8").split("line_wkt:")
    text = f"{before}line_wkb:{after.replace('type: text', 'type: wkb', 1)}"
    (folder / "dataset.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"type wkb is for \.parquet tables"):
        load_dataset(str(folder))
    change_manifest(folder, "line_wkb:", "line:")
    with pytest.raises(DatasetError, match="the column line_wkt is missing"):
        load_dataset(str(folder))


def test_ready_minutes_must_speak_of_the_datasets_cells_and_sites(toy_folder: Path) -> None:
    folder = toy_folder / "data"
    columns = {
        "cell_id": {**NUMBER, "type": "text", "references": "cells.cell_id"},
        "site_id": {**NUMBER, "type": "text", "references": "sites.site_id"},
        "minutes": MAYBE,
    }
    frame = pd.DataFrame({"cell_id": ["00", "01"], "site_id": ["A", "B"], "minutes": [1.5, None]})
    to_parquet(folder, "minutes_bus", frame, **columns)
    assert len(load_dataset(str(folder)).table("minutes_bus")) == 2
    to_parquet(folder, "minutes_bus", frame.assign(site_id=["A", "Q"]), **columns)
    with pytest.raises(DatasetError, match=r"row 2: site_id 'Q' is not in sites\.csv"):
        load_dataset(str(folder))
    to_parquet(folder, "minutes_bus", frame, **{**columns, "site_id": {**NUMBER, "type": "text"}})
    with pytest.raises(DatasetError, match=r"minutes_bus\.site_id must have references: sites\.site_id"):
        load_dataset(str(folder))
    to_parquet(folder, "minutes_bus", frame.drop(columns="minutes"), **columns)
    with pytest.raises(DatasetError, match="minutes_bus: the column minutes is missing"):
        load_dataset(str(folder))


def test_cells_may_count_by_age_classes_in_place_of_youths(toy_folder: Path) -> None:
    folder = toy_folder / "data"
    cells = load_dataset(str(folder)).table("cells").rename(columns={"youths": "aged_15_19"})
    to_parquet(folder, "cells", cells, aged_15_19=NUMBER)
    assert (load_dataset(str(folder)).table("cells")["aged_15_19"] == 100).all()
    to_parquet(folder, "cells", cells, aged_15_19=MAYBE)
    with pytest.raises(DatasetError, match=r"cells\.aged_15_19 must be a number in every row"):
        load_dataset(str(folder))
    to_parquet(folder, "cells", cells.drop(columns="aged_15_19"))
    with pytest.raises(DatasetError, match="nobody is counted; give the column youths"):
        load_dataset(str(folder))
