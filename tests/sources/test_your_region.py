"""docs/your-region.md, followed word by word on an extract that is written here."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import osmium
import pytest
from pyproj import Transformer
from ruamel.yaml import YAML

from siting import study
from siting.cli import main
from siting.dataset import load_dataset
from siting.sources.recipe_file import read_recipe

PAGE = Path(__file__).parents[2] / "docs" / "your-region.md"
FILE = re.compile(r"^`([\w.-]+)`:\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
WEST, SOUTH, COLUMNS, ROWS = 516_000, 6_704_000, 24, 18
"""South-western corner and size in km of a town with a street every kilometre."""
OSM_CLINICS = {
    "Vårdcentral Söder": (520_100.0, 6_706_100.0),
    "Falu ungdomsmottagning": (535_950.0, 6_718_500.0),  # 71 m from one of the table
}


def write_extract(path: Path) -> None:
    to_degrees = Transformer.from_crs("EPSG:3006", "EPSG:4326", always_xy=True)
    with osmium.SimpleWriter(str(path)) as writer:
        for row in range(ROWS):
            for column in range(COLUMNS):
                place = to_degrees.transform(WEST + 1000 * column, SOUTH + 1000 * row)
                writer.add_node(osmium.osm.mutable.Node(id=1 + row * COLUMNS + column, location=place))
        for number, (name, place) in enumerate(OSM_CLINICS.items(), start=9001):
            tags = {"amenity": "clinic", "name": name}
            node = osmium.osm.mutable.Node(id=number, location=to_degrees.transform(*place), tags=tags)
            writer.add_node(node)
        along = [[1 + row * COLUMNS + column for column in range(COLUMNS)] for row in range(ROWS)]
        across = [list(nodes) for nodes in zip(*along, strict=True)]
        for number, nodes in enumerate([*along, *across], start=1):
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=nodes, tags={"highway": "tertiary"}))


def test_the_page_leads_from_an_extract_and_a_csv_to_a_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = dict(FILE.findall(PAGE.read_text(encoding="utf-8")))
    assert set(files) == {"rutor.csv", "mottagningar.csv", "sources.yaml", "first.yaml"} | {"trips.csv"}
    for name, text in files.items():
        encoding = "cp1252" if name in ("rutor.csv", "mottagningar.csv") else "utf-8"
        (tmp_path / name).write_text(text, encoding=encoding)
    write_extract(tmp_path / "extract.osm.pbf")
    monkeypatch.chdir(tmp_path)
    commands = [
        line[4:] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("    siting ")
    ]
    assert [each.split()[1] for each in commands] == ["build", "sites", "run", "check-times"]
    for command in commands[:2]:
        assert main(command.split()[1:]) == 0, capsys.readouterr().err
    assert (
        "6 cells, 233 youths in 2 municipalities; 4 premises (2 youth_clinic, 1 health_centre, "
        "1 from OpenStreetMap); 430 road nodes\n"
    ) in capsys.readouterr().err
    dataset = load_dataset("my-region")
    assert sorted(dataset.table("sites")["name"]) == [
        "Slätta vårdcentral",
        "Ungdomsmottagningen Borlänge",
        "Ungdomsmottagningen Falun",
        "Vårdcentral Söder",
    ]
    assert study.run("first.yaml").plan.main == ("S1",)
    assert main(commands[2].split()[1:]) == 0, capsys.readouterr().err
    assert (tmp_path / "result" / "map.html").is_file()
    assert main(commands[3].split()[1:]) == 0, capsys.readouterr().err
    assert "speed_factor: " in capsys.readouterr().out


def test_the_variants_of_the_page_are_valid(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    yaml = YAML(typ="safe", pure=True)
    recipe = yaml.load(dict(FILE.findall(text))["sources.yaml"])
    blocks = re.findall(r"(?:^    .*\n)+", text[text.index("## Variants") :], re.MULTILINE)
    inline = re.findall(r"`((?:cells|roads|tables): \{.*\})`", text)
    assert len(blocks) == 4
    assert len(inline) == 4
    for block in [*blocks, *inline]:
        changed = {**recipe, **yaml.load(textwrap.dedent(block))}
        if changed["roads"].get("file") is None:
            changed["roads"] = {**recipe["roads"], **changed["roads"]}
        if "edges" in changed["roads"]:
            changed = {**changed, "roads": {"edges": changed["roads"]["edges"]}, "sites": {"file": "a.csv"}}
        if "cells" in changed and "file" not in changed["cells"]:
            changed["cells"] = {**recipe["cells"], **changed["cells"]}
        with (tmp_path / "sources.yaml").open("w", encoding="utf-8") as file:
            yaml.dump(changed, file)
        read_recipe(tmp_path / "sources.yaml")
