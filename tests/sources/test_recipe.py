"""The sources file: what is wrong with it is said in one sentence, with the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.errors import InputError
from siting.sources.recipe import Recipe
from siting.sources.recipe_file import read_recipe

GOOD = """\
name: my-county
title: {sv: Mitt län, en: My county}
population_year: 2025
municipalities: {file: kommuner.gpkg}
cells:
  file: rutor.csv
  columns: {youths: Antal}
sites: {osm: true}
roads: {file: extract.osm.pbf}
minutes:
  bus: {gtfs: dt.zip}
"""


def read(folder: Path, text: str) -> Recipe:
    path = folder / "sources.yaml"
    path.write_text(text, encoding="utf-8")
    return read_recipe(path)


def test_a_sources_file_needs_little(tmp_path: Path) -> None:
    recipe = read(tmp_path, GOOD)
    assert recipe.crs == "EPSG:3006"
    assert recipe.population_year == "2025"
    assert recipe.cells.columns == {"youths": "Antal"}
    assert recipe.roads.clip == "municipalities"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  columns:", "  colums:", r"line 7: cells.colums: unknown key; did you mean 'columns'\?"),
        ("gtfs:", "gfts:", r"line 11: minutes.bus.gfts: unknown key; did you mean 'gtfs'\?"),
        ("bus:", "By bus:", r"line 11: minutes.By bus: .*pattern"),
        (
            "name: my-county",
            "name: Mitt län",
            "line 1: name: string should match pattern .* \\(got 'Mitt län'\\)",
        ),
        ("population_year: 2025\n", "", "line 1: population_year: is missing"),
        (
            "{file: kommuner.gpkg}",
            "{file: kommuner.gpkg, only: Falun}",
            "line 4: municipalities.only: .* list",
        ),
        ("{file: kommuner.gpkg}", "{layer: a}", "line 4: municipalities: file: is missing"),
        ("{osm: true}", "{}", "line 8: sites: give a file:, or osm: true, or both"),
        ("extract.osm.pbf", "streets.gpkg", "line 9: roads: file 'streets.gpkg' is no extract"),
        (
            "{file: extract.osm.pbf}",
            "{edges: {file: a.csv}}",
            "line 1: sites.osm needs an OpenStreetMap extract",
        ),
        ("{gtfs: dt.zip}", "{gtfs: dt.zip, file: a.csv}", "line 11: minutes.bus: give gtfs: .* or file:"),
        ("rutor.csv", "postgresql://gis/db", "line 6: cells: a database needs table: or sql:|line 5"),
        ("rutor.csv", "rutor.csv\n  table: a", "line 5: cells: table: and sql: belong to a postgresql"),
        (
            "population_year",
            "crs: EPSG:4326\npopulation_year",
            "line 3: crs: EPSG:4326 is not projected in metres",
        ),
        (
            "population_year",
            "cell_size_metres: -1\npopulation_year",
            "line 3: cell_size_metres: .* \\(got -1\\)",
        ),
        (
            "minutes:",
            "tables: {cells: {file: a.csv}}\nminutes:",
            "line 1: tables.cells: this table has a place",
        ),
        (
            "rutor.csv",
            "rutor.csv\n  crs: EPSG:99999",
            "line 7: cells.crs: 'EPSG:99999' is no known coordinate",
        ),
        ("name: my-county", "name: [", "line [0-9]+: "),
        ("name: my-county", "name: a\nname: b", "line [0-9]+: .*duplicate"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError, match=f"sources.yaml, {expected}"):
        read(tmp_path, GOOD.replace(old, new, 1))


def test_a_sources_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_recipe(tmp_path / "sources.yaml")
    with pytest.raises(InputError, match="must hold keys and values"):
        read(tmp_path, "- a\n- b\n")
    (tmp_path / "sources.yaml").write_bytes("name: län".encode("cp1252"))
    with pytest.raises(InputError, match="is not UTF-8"):
        read_recipe(tmp_path / "sources.yaml")


def test_a_password_in_a_faulty_sources_file_is_not_repeated(tmp_path: Path) -> None:
    text = GOOD.replace("{file: kommuner.gpkg}", "{file: postgresql://anna:secret@gis/db}")
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert "secret" not in str(caught.value)
    with pytest.raises(InputError) as caught:
        read(tmp_path, GOOD.replace("{file: kommuner.gpkg}", "postgresql://anna:secret@gis/db"))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("extract.osm.pbf", "postgresql://anna:secret@gis/db?table=roads"),
        ("dt.zip", "postgresql://anna:secret@gis/db?table=trips"),
        ("dt.zip", "dt.zip, streets: 'https://anna:secret@gis/streets.osm.pbf'"),
        ("rutor.csv", "Postgresql://anna:secret@gis/db"),
        ("rutor.csv", "postgresql+psycopg://anna:secret@gis/db"),
        ("rutor.csv", "https://anna:secret@gis/rutor.csv"),
    ],
)
def test_an_address_that_is_not_read_is_refused_without_its_password(
    tmp_path: Path, old: str, new: str
) -> None:
    with pytest.raises(InputError, match=r"sources\.yaml, line .* is an address") as caught:
        read(tmp_path, GOOD.replace(old, new))
    assert "secret" not in str(caught.value)


def test_aliases_that_unfold_without_end_are_refused_at_once(tmp_path: Path) -> None:
    lines = ["x0: &x0 [1]", *(f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 10)}]" for i in range(1, 12))]
    with pytest.raises(InputError, match=r"more than 100000 values, or aliases"):
        read(tmp_path, GOOD + "\n".join(lines))
    shared = GOOD.replace("file: rutor.csv", "file: &grid rutor.csv") + "localities: {file: *grid}\n"
    assert read(tmp_path, shared).cells.file == "rutor.csv"


@pytest.mark.parametrize("key", ["2026-01-01", "? [1, 2]\n  "])
def test_a_key_that_is_no_text_is_named_with_its_line(tmp_path: Path, key: str) -> None:
    with pytest.raises(InputError, match=r"line 13: the key .* must be text"):
        read(tmp_path, f"{GOOD}tables:\n  {key}: {{file: a.csv}}\n")
