"""Parsers of what the project wrote itself: saved results, the cache, the journal; and of what services answer."""

# ruff: noqa: E501

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import toy

import siting
from siting import cache as caches
from siting import journal, study
from siting.analysis.analyse import analyse
from siting.errors import FetchError, InputError, SolveError
from siting.plain_values import read_plain, write_plain
from siting.present.analysis.record import analysis_record
from siting.present.records import comparison_record, plan_record
from siting.present.verifying import verdict_line, verify
from siting.saved.analyses import reopen_analysis
from siting.saved.record import digest_of, read_saved
from siting.saved.reopening import _recount, from_resolved
from siting.saved.sweeps import read_sweep
from siting.sources.services import pxweb, scb_geodata
from siting.study import Outcome

from . import mutate
from .judge import NotTheSameError
from .parser import Make, Parser

TOKENS = (
    "site_id", "A", "B", "C", "D", "E", "main", "satellite", "stop", "optimal", "given", "time_limit", "minutes", "share",
    "sek_per_year", "mean_minutes", "within_standard", "hidden", "nearly_none", "nearly_all", "more_than_nothing", "untold",
    "car", "01", "02", "toy", "near_best", "stages", "accessibility", "municipalities", "uncertainty", "trade_offs", "left_out",
    "siting-plan", "siting-comparison", "siting-analysis", "siting-sweep", "format_version", "seconds", "gap", "bound",
)  # fmt: skip
ANALYSIS = {
    "near_best": {"within": 0.1},
    "trade_offs": {"fronts": [["mean_minutes", "cost"]], "n_satellites": {"minimum": 0, "maximum": 2}},
    "uncertainty": {"draws": 12, "draw": {"travel.speed_factor": "normal(1,0.05)"}, "noise": {"cells": 0.5}},
    "municipalities": {"today": {"main": ["A"], "satellite": []}},
}


def _outcome(folder: Path, **sections: Any) -> Outcome:
    toy.write_dataset(folder / "data")
    return study.run(toy.write_scenario(folder, **sections), cache=caches.NO_CACHE)


def _digested(data: bytes) -> bytes:
    """Let the digest of each scenario be that of its text, or nothing behind it is reached."""
    try:
        tree = json.loads(data)
        for plan in (tree, *(tree.get("plans") or ())):
            plan["scenario"]["sha256"] = digest_of(plan["scenario"]["resolved"])
        return json.dumps(tree).encode()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return data


def _plan_of(outcome: Outcome) -> bytes:
    return json.dumps(plan_record(outcome)).encode()


def plan(folder: Path) -> Parser:
    """plan.json: read, and where the question is that of the toy, counted again."""
    outcome = _outcome(folder)
    path = folder / "plan.json"
    asked = outcome.scenario.sha256

    def read(data: bytes) -> None:
        path.write_bytes(_digested(data))
        (saved,) = read_saved(path).plans
        scenario = from_resolved(saved.scenario.resolved, path=path)
        if scenario.sha256 == asked:
            again = _recount(scenario, outcome.dataset, outcome.region, saved)
            if (
                plan_record(again)["evaluation"] != plan_record(outcome)["evaluation"]
                and again.plan.main == outcome.plan.main
            ):
                raise NotTheSameError

    return Parser(read, mutate.of_json, (InputError, SolveError), TOKENS, lambda: [_plan_of(outcome)])


def comparison(folder: Path) -> Parser:
    path = folder / "comparison.json"

    def read(data: bytes) -> None:
        path.write_bytes(_digested(data))
        for each in read_saved(path).plans:
            from_resolved(each.scenario.resolved, path=path)

    def wholes() -> list[bytes]:
        outcomes = [_outcome(folder), replace(_outcome(folder, choice={"n_main": 1, "n_satellites": 2}))]
        named = [
            replace(each, scenario=each.scenario.model_copy(update={"name": f"s{k}"}))
            for k, each in enumerate(outcomes)
        ]
        return [json.dumps(comparison_record(study.held_against(tuple(named), "s0"))).encode()]

    return Parser(read, mutate.of_json, (InputError, SolveError), TOKENS, wholes)


def analysis(folder: Path) -> Parser:
    outcome = _outcome(folder)
    path = folder / "analysis.json"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        analysis_record(reopen_analysis(path, [outcome]))

    def wholes() -> list[bytes]:
        asked = outcome.scenario.model_copy(
            update={"analysis": type(outcome.scenario.analysis).model_validate_json(json.dumps(ANALYSIS))}
        )
        found = analyse(replace(outcome, scenario=asked))
        return [json.dumps(analysis_record(found)).encode()]

    return Parser(read, mutate.of_json, (InputError,), TOKENS, wholes)


def sweep(folder: Path) -> Parser:
    outcome = _outcome(folder)
    path = folder / "sweep.json"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        if read_sweep(path, outcome).n_variants < 1:
            raise NotTheSameError

    def wholes() -> list[bytes]:
        siting.write(
            siting.sweep(folder / "toy.yaml", vary={"choice.n_satellites": [0, 1, 2, 9]}), folder / "swept"
        )
        return [(folder / "swept" / "sweep.json").read_bytes()]

    return Parser(read, mutate.of_json, (InputError,), TOKENS, wholes)


def verified(folder: Path) -> Parser:
    """`siting verify` of any result: a verdict, whatever is in the file."""
    outcome = _outcome(folder)
    kept = caches.Cache(folder / "cache")
    path = folder / "result.json"

    def read(data: bytes) -> None:
        path.write_bytes(_digested(data))
        (verdict,) = verify(path, dataset=folder / "data", cache=kept)
        if not verdict.holds:
            raise InputError(verdict_line(verdict))

    def wholes() -> list[bytes]:
        return [_plan_of(outcome), *sweep(folder).wholes()]

    return Parser(read, mutate.of_json, (InputError,), TOKENS, wholes)


# --- what nobody writes by hand ---


def cached(folder: Path) -> Parser:
    """A file of the cache: what is wrong with it is never told, it counts as not there."""
    kept = caches.Cache(folder / "cache")
    path = folder / "x.arrays"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        path.chmod(0o600)
        caches._read(path)

    def wholes() -> list[bytes]:
        import numpy as np

        pieces = b"".join(
            bytes(each) for each in caches._pieces({"a": np.arange(6.0).reshape(2, 3), "b": np.array([1])})
        )
        return [pieces]

    assert kept is not None
    return Parser(
        read, mutate.of_bytes, (), ("<f8", "|b1", "|O", "shape", "at", "bytes", "type", "checksum"), wholes
    )


def journalled(folder: Path) -> Parser:
    del folder

    def read(data: bytes) -> None:
        list(journal._whole_records(data))

    whole = journal.SIGN + journal._record(b"n" * journal.DIGEST_BYTES, b"[]") * 2
    return Parser(read, mutate.of_bytes, (), (), lambda: [whole])


def plain(folder: Path) -> Parser:
    """Values of the journal: foreign ones end in any `Exception`; those that are read come back as they were."""
    outcome = _outcome(folder)

    def read(data: bytes) -> None:
        try:
            value = read_plain(data)
        except Exception:
            return
        try:
            text = write_plain(value)
        except (TypeError, ValueError, RecursionError):
            return
        if journal._digest(read_plain(text)) != journal._digest(value):  # not the text: a set has no order
            raise NotTheSameError

    tokens = ("tuple", "list", "set", "frozenset", "dict", "float", "ndarray", "number", "enum", "data", "<f8", "|b1", "C", "F",
              "siting.sites", "Role", "MAIN", "siting.plan", "Plan", "000000000000f87f", "AAAAAAAA8D8=")  # fmt: skip
    return Parser(read, mutate.of_json, (), tokens, lambda: [write_plain(outcome.plan)])


# --- what services answer ---


class Service:
    """Answers whatever was put in, after the check that a real one has to pass."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "answer.json"

    def get(self, url: str, asked: object = None, *, check: Callable[[Path], None], suffix: str = "") -> Path:
        del url, asked, suffix
        check(self.path)
        return self.path

    def post(self, url: str, body: object, *, check: Callable[[Path], None], suffix: str = "") -> Path:
        del body
        return self.get(url, check=check, suffix=suffix)


def _answer(wholes: list[Any], ask: Callable[[Any], object], tokens: tuple[str, ...]) -> Make:
    def make(folder: Path) -> Parser:
        service = Service(folder)

        def read(data: bytes) -> None:
            service.path.write_bytes(data)
            ask(service)

        return Parser(
            read,
            mutate.of_json,
            (FetchError, InputError),
            tokens,
            lambda: [json.dumps(each).encode() for each in wholes],
        )

    return make


def _dimension(labels: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"category": {"index": {code: k for k, code in enumerate(labels)}, "label": labels}, **more}


AGES = {str(age): f"{age} år" for age in pxweb.AGES}
DIMENSIONS = {
    "Region": _dimension({"20": "Dalarnas län", "2034": "Orsa", "2062": "Mora"}),
    "Civilstand": _dimension({"SC": "totalt", "OG": "ogifta"}, extension={"elimination": True}),
    "Alder": _dimension(AGES),
    "Kon": _dimension({"1": "män", "2": "kvinnor"}),
    "ContentsCode": _dimension({"BE0101N1": "Folkmängd"}),
    "Tid": _dimension({"2024": "2024", "2025": "2025"}),
}
METADATA = {"id": list(DIMENSIONS), "dimension": DIMENSIONS}
MUNICIPALITIES = {"2034": "Orsa", "2062": "Mora"}


def _asked() -> pxweb.PopulationTable:
    return pxweb.PopulationTable("T", pxweb._variables(METADATA))


def _numbers() -> dict[str, Any]:
    selection = {"Region": list(MUNICIPALITIES), **pxweb._selection(_asked(), 2025)}
    size = [len(codes) for codes in selection.values()]
    n = 1
    for each in size:
        n *= each
    dimension = {name: {"category": {"index": codes}} for name, codes in selection.items()}
    return {"id": list(selection), "size": size, "dimension": dimension, "value": [4711] * n}


def _square(east: int, north: int) -> dict[str, Any]:
    corners = [
        [east, north],
        [east + 1000, north],
        [east + 1000, north + 1000],
        [east, north + 1000],
        [east, north],
    ]
    return {"type": "Polygon", "coordinates": [corners]}


def _feature(key: str, geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "id": key, "geometry": geometry, "properties": properties}


BORDERS = {
    "type": "FeatureCollection",
    "numberMatched": 2,
    "features": [
        _feature("a", _square(500_000, 6_700_000), desokod="2034A", kommunkod="2034"),
        _feature("b", _square(501_000, 6_700_000), desokod="2062A", kommunkod="2062"),
    ],
}
CELLS = {
    "type": "FeatureCollection",
    "features": [
        _feature(
            str(k), _square(500_000 + 1000 * k, 6_700_000), rutid_scb=f"{500_000 + 1000 * k}6700000", beftotalt=4711,
            rutstorl=1000, ald10_14=1, ald15_19=2, ald20_24=3, ald80_=4,
        )
        for k in range(2)
    ],
}  # fmt: skip


@cache
def _drawn() -> Any:
    import geopandas as gpd
    import shapely

    shapes = [shapely.box(500_000 + 1000 * k, 6_700_000, 501_000 + 1000 * k, 6_701_000) for k in range(2)]
    return gpd.GeoDataFrame(
        {"code": ["2034", "2062"], "name": ["Orsa", "Mora"]}, geometry=shapes, crs="EPSG:3006"
    )


def _table(service: Any) -> object:
    table = pxweb.population_table(service, "http://x", 2025)
    return pxweb._selection(table, 2025), pxweb.find_municipalities(
        table.variables["Region"].names, ["dalarna"]
    )


ANSWERED = ("Region", "Alder", "Kon", "Tid", "ContentsCode", "category", "index", "label", "extension", "value", "id", "size",
            "features", "properties", "geometry", "rutid_scb", "beftotalt", "kommunkod", "desokod", "Polygon", "coordinates",
            "numberMatched", "5000006700000", "2034", "Folkmängd", "title", "rutstorl", "ald15_19")  # fmt: skip
PARSERS: dict[str, Make] = {
    "plan.json": plan,
    "comparison.json": comparison,
    "analysis.json": analysis,
    "sweep.json": sweep,
    "verify": verified,
    "cache": cached,
    "journal": journalled,
    "journal's values": plain,
    "answer: table": _answer([METADATA], _table, ANSWERED),
    "answer: numbers": _answer(
        [_numbers()],
        lambda service: pxweb.population(service, "http://x", _asked(), MUNICIPALITIES, 2025),
        ANSWERED,
    ),
    "answer: borders": _answer(
        [BORDERS],
        lambda service: scb_geodata.municipality_borders(service, "http://x", MUNICIPALITIES),
        ANSWERED,
    ),
    "answer: squares": _answer(
        [CELLS], lambda service: scb_geodata.population_cells(service, "http://x", _drawn(), 2025), ANSWERED
    ),
}
