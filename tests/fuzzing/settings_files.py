"""Parsers of what people write: scenarios, manifests, sources files, and the values of the command line.

Reading YAML is slow (some ms), and most broken YAML ends there. So each file has two parsers: one of its text,
and one of its values, which takes the tree as JSON in the place of YAML and reaches all that comes after.
"""

# ruff: noqa: E501

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import toy
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from siting import scenario_file
from siting.cli.actions import _day, _parts
from siting.dataset import manifest as manifests
from siting.errors import DatasetError, InputError, OutputError, ScenarioError
from siting.postgis import session
from siting.present.scene import TileSource
from siting.scenario import Scenario
from siting.sources import recipe_file
from siting.sources.recipe import Recipe
from siting.sources.streets_and_minutes import require_settings
from siting.variants.asking import ask, draw_value, read_draw, read_values
from siting.workers import check_workers
from siting.yaml_file import read_mapping

from . import mutate
from .judge import NotTheSameError
from .parser import Make, Parser, put_in, words_of

YAML_TOKENS = ("- ", ": ", "? ", "&a ", "*a", "<<: *a", "!!str ", "!!python/none ", "|", ">", "{", "}", "[", "]", "#",
               "---", "...", "%YAML 1.1", ".nan", ".inf", "~", "2026-11-28", "0o7", "1_000", "'", '"', "\\", "{<<: ")  # fmt: skip
ODD: dict[str, object] = {
    "!!date": dt.date(2026, 11, 28),
    "!!bytes": b"x",
    "!!time": dt.datetime(2026, 11, 28),
}
"""Values of YAML that JSON has not, by the text that stands for them."""


def as_yaml_gives(tree: Any) -> Any:
    """Give a tree of JSON as ruamel gives one of YAML."""
    if isinstance(tree, dict):
        return CommentedMap((key, as_yaml_gives(value)) for key, value in tree.items())
    if isinstance(tree, list):
        return CommentedSeq(map(as_yaml_gives, tree))
    return ODD.get(tree, tree) if isinstance(tree, str) else tree


def _tree(data: bytes, refused: type[InputError]) -> Any:
    try:
        tree = as_yaml_gives(json.loads(data))
    except (ValueError, RecursionError) as error:
        message = "no JSON"
        raise refused(message) from error
    if not isinstance(tree, CommentedMap):
        message = "no mapping"
        raise refused(message)
    return tree


# --- scenarios ---


def _toy(folder: Path) -> Path:
    """A folder with the toy, a scenario that extends it, and one that goes in a circle with x.yaml."""
    toy.write_dataset(folder / "data")
    toy.write_scenario(folder)
    (folder / "b.yaml").write_text(
        "extends: toy.yaml\ntitle: {sv: B, en: B}\nchoice: {given: {main: [A]}}\n", encoding="utf-8"
    )
    (folder / "circle.yaml").write_text("extends: x.yaml\n", encoding="utf-8")
    return folder / "x.yaml"


SCENARIO_TOKENS = (
    *words_of(Scenario.model_json_schema()), "base", "base.yaml", "b.yaml", "toy.yaml", "circle.yaml", "x.yaml", "b",
    "today", "circle", "x", "extends", "extends_sha256", "A", "B", "E", "car", "bus", "youth_clinic", "minuter.csv",
)  # fmt: skip


def _same_scenario(scenario: Scenario, path: Path) -> None:
    again = scenario_file.from_resolved(scenario.model_dump(mode="json", exclude_none=True), path=path)
    if again.model_dump() != scenario.model_dump() or again.sha256 != scenario.sha256:
        raise NotTheSameError


def scenario_text(folder: Path) -> Parser:
    path = _toy(folder)

    def read(data: bytes) -> None:
        path.write_bytes(data)
        scenario = scenario_file.load(path)
        _same_scenario(scenario, path)
        path.write_text(scenario_file.to_yaml(scenario), encoding="utf-8")
        if scenario_file.load(path).model_dump() != scenario.model_dump():
            raise NotTheSameError

    def wholes() -> list[bytes]:
        return [(folder / name).read_bytes() for name in ("toy.yaml", "b.yaml")]

    return Parser(read, mutate.of_lines, (ScenarioError,), (*YAML_TOKENS, *SCENARIO_TOKENS), wholes)


def scenario_values(folder: Path) -> Parser:
    path = _toy(folder)
    path.touch()
    known: dict[Path, CommentedMap] = {}

    def read(data: bytes) -> None:
        def mapping(asked: Path, **how: Any) -> CommentedMap:
            if asked.name == path.name:
                return _tree(data, ScenarioError)
            if asked not in known:
                known[asked] = read_mapping(asked, **how)
            return known[asked]

        with put_in(scenario_file, "read_mapping", mapping):
            _same_scenario(scenario_file.load(path), path)

    def wholes() -> list[bytes]:
        trees: list[Any] = [
            {"extends": "base"}, {"extends": "b.yaml", "choice": {"given": None, "n_main": 1, "n_satellites": 0}},
            {"extends": "toy.yaml", "travel": {"mode": "bus", "modes": {"bus": {"matrix": "minuter.csv"}}}},
            {"extends": "b.yaml", "choice": {"given": None, "nobody_worse_than": {"plan": "b"}}},
            *(scenario_file.load(name).model_dump(mode="json", exclude_none=True) for name in scenario_file.embedded_scenarios()),
        ]  # fmt: skip
        return [json.dumps(tree).encode() for tree in trees]

    return Parser(read, mutate.of_json, (ScenarioError,), (*ODD, *SCENARIO_TOKENS), wholes)


# --- manifests ---


def _manifest(folder: Path) -> Path:
    toy.write_dataset(folder)
    return folder / manifests.MANIFEST_NAME


MANIFEST_TOKENS = (
    *words_of(manifests.Manifest.model_json_schema()), "localities", "minutes_bus", "line_wkb", "aged_15_19", "population",
    "cells.parquet", "../x.csv", "EPSG:3006", "EPSG:4326", "EPSG:5613", "+proj=utm +zone=33", "prevalence", "youths",
)  # fmt: skip


def _same_manifest(manifest: manifests.Manifest) -> None:
    if manifests.Manifest.model_validate(manifest.model_dump(mode="json", exclude_defaults=True)) != manifest:
        raise NotTheSameError


def manifest_text(folder: Path) -> Parser:
    path = _manifest(folder)
    whole = path.read_bytes()

    def read(data: bytes) -> None:
        path.write_bytes(data)
        _same_manifest(manifests.read_manifest(path))

    return Parser(read, mutate.of_lines, (DatasetError,), (*YAML_TOKENS, *MANIFEST_TOKENS), lambda: [whole])


def manifest_values(folder: Path) -> Parser:
    path = _manifest(folder)
    whole = manifests.read_manifest(path).model_dump(mode="json")

    class Yaml:
        """Reads JSON in the place of YAML."""

        def __init__(self, **_: object) -> None: ...

        def load(self, text: str) -> Any:
            return as_yaml_gives(json.loads(text))

    def read(data: bytes) -> None:
        path.write_bytes(data)
        with put_in(manifests, "YAML", Yaml):
            _same_manifest(manifests.read_manifest(path))

    return Parser(
        read, mutate.of_json, (DatasetError,), (*ODD, *MANIFEST_TOKENS), lambda: [json.dumps(whole).encode()]
    )


# --- sources files ---

RECIPE = {
    "name": "toy",
    "title": {"sv": "Lekland", "en": "Toyland"},
    "population_year": "2026",
    "municipalities": {"file": "kommuner.geojson", "only": ["20"]},
    "cells": {"file": "rutor.csv", "columns": {"youths": "Unga"}, "meanings": {"youths": {"..": 0}}},
    "sites": {"file": "postgresql://anna@host/db", "table": "a.b"},
    "roads": {"file": "gator.osm.pbf", "settings": {"winter_factor": 1.1}},
    "minutes": {"bus": {"gtfs": "dt.zip", "settings": {"date": "2026-05-05"}}},
    "tables": {"bus_stops": {"file": "stops.xlsx", "sheet": "A"}},
}
RECIPE_TOKENS = (
    *words_of(Recipe.model_json_schema()), "date", "departures_from", "15:00", "24:00", "most_transfers", "percentile",
    "car_km_per_hour", "motorway", "junction_seconds", "edges", "postgresql://a:geheim@h/x", "mysql://a:geheim@h",
    "lokaler.csv", "x.tif", "x.graphml", "EPSG:3006", "EPSG:4326", "x.exe", "osm",
)  # fmt: skip


def _read_recipe(path: Path) -> None:
    recipe = recipe_file.read_recipe(path)
    require_settings(recipe, path)
    if Recipe.model_validate_json(recipe.model_dump_json(exclude_defaults=True)) != recipe:
        raise NotTheSameError


def sources_text(folder: Path) -> Parser:
    path = folder / "sources.yaml"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        _read_recipe(path)

    lines = [f"{key}: {json.dumps(value)}" for key, value in RECIPE.items()]
    return Parser(
        read,
        mutate.of_lines,
        (InputError,),
        (*YAML_TOKENS, *RECIPE_TOKENS),
        lambda: ["\n".join(lines).encode()],
    )


def sources_values(folder: Path) -> Parser:
    path = folder / "sources.yaml"

    def read(data: bytes) -> None:
        with put_in(recipe_file, "read_mapping", lambda *_, **how: _tree(data, how["refused"])):
            _read_recipe(path)

    return Parser(
        read, mutate.of_json, (InputError,), (*ODD, *RECIPE_TOKENS), lambda: [json.dumps(RECIPE).encode()]
    )


# --- the command line ---

SECRET = re.compile(r"postgres(?:ql)?://[^:/@?#]*:geheim")


def command_line(folder: Path) -> Parser:
    _toy(folder)
    scenario = scenario_file.load(folder / "toy.yaml")

    def vary(text: str) -> None:
        key, values = read_values(text)
        for variant in ask({key: values}, {}, n_draws=0, seed=1)[:5]:
            scenario_file.with_values(scenario, variant.values)

    def draw(text: str) -> None:
        key, distribution = read_draw(text)
        least, most = distribution.reach()
        for number in range(1, 4):
            value = draw_value(distribution, number, 1, key)
            if not (least <= most and math.isfinite(value)):
                raise NotTheSameError

    def date(text: str) -> None:
        if _day(text).isoformat() != text:
            raise NotTheSameError

    def out(text: str) -> None:
        try:
            session._url(text, OutputError)
        except OutputError as error:
            if SECRET.match(text) and text.count("geheim") == 1 and "geheim" in str(error):
                raise NotTheSameError from error
            raise

    kinds: dict[str, Callable[[str], object]] = {
        "vary": vary,
        "draw": draw,
        "date": date,
        "out": out,
        "scheduler": lambda text: check_workers(scheduler=text, n_workers=None),
        "tiles": lambda text: TileSource(text, "x"),
        "part": lambda text: _parts([text]),
        "scenario": scenario_file.load,
    }

    def read(data: bytes) -> None:
        kind, _, text = data.decode("utf-8", "surrogateescape").partition(" ")
        if kind in kinds:
            kinds[kind](text)

    wholes = (
        "vary choice.n_satellites=2,3,4", "vary choice.objectives.0.tolerance=0.1", "draw travel.speed_factor=uniform(0.9,1.1)",
        "vary travel.modes={bus: {matrix: a}},[1]", "draw a=normal(1,0.1)", "draw a=triangular(1,2,3)", "draw a=beta(1,2)",
        "date 2026-11-28", "out postgresql://anna:geheim@host:5432/db?schema=x", "scheduler tcp://host:8786",
        "tiles https://host/{z}/{x}/{y}.png", "part near-best", "scenario base", "vary leaving_municipalities=[],[Mora]",
    )  # fmt: skip
    tokens = (
        *SCENARIO_TOKENS,
        *YAML_TOKENS,
        *(f"{kind} " for kind in kinds),
        "=",
        ",",
        "(",
        ")",
        "1e308",
        "geheim",
        "choice.",
        ".0",
    )
    return Parser(
        read, mutate.of_bytes, (InputError, OutputError), tokens, lambda: [each.encode() for each in wholes]
    )


PARSERS: dict[str, Make] = {
    "scenario": scenario_text,
    "scenario values": scenario_values,
    "manifest": manifest_text,
    "manifest values": manifest_values,
    "sources file": sources_text,
    "sources file values": sources_values,
    "command line": command_line,
}
