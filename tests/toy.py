"""A region worked out on paper.

Five by five cells of 1 km, 100 youths in each; a road along every row and column of centres, 10 minutes
a kilometre, so that a trip takes 10 x (columns + rows) minutes. Four premises:

    C  .  .  .  D      row 4        C and A are youth clinics, B is a health centre, D is a hospital.
    .  .  .  .  .                   Municipality "Väst" holds columns 0-1, "Öst" columns 2-4.
    .  .  B  .  .      row 2
    .  .  .  .  .
    A  .  .  .  E      row 0        E is a companion (child psychiatry), no candidate.

By hand, all visits alike:
- one site: B. Sum of distances 5 x (2+1+0+1+2) x 2 = 60 steps, mean 60/25 x 10 = 24 minutes.
- two sites: B and any corner. A corner saves 4 + 2 + 2 = 8 steps: 52, mean 20.8 minutes.
- all four: 60 - 3 x 8 = 36 steps, mean 14.4 minutes.
- within 10 minutes: B 5 cells, a corner 3; B and one corner 8 of 25 (32 %).
- p-center: 40 minutes with one site or two.
- half of the visits need a main: main B (24), satellite at a corner (20.8): mean 22.4 minutes.
- a corner open a day a week, where that counts as 10 minutes: it saves 40 - 10 and twice 20 - 10, 5 steps.
- from B 1, 4, 8, 8 and 4 cells lie 0, 10, 20, 30 and 40 minutes away; from a corner 1, 2, 3, 4, 5, 4, ...

Each cell makes 100 visits a year, 2,500 in all. Of equally near places the first in the table has the visits:
beside a main at B, A has those of 10 cells, of which half need no main (500); C and D those of 3 cells (150).
A main takes 7,040 hours (4.4 posts) and 3,768,000 SEK a year; a satellite open d days a week 528 d hours
(0.33 d posts) and 50,000 + 257,600 d SEK.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import Transformer
from ruamel.yaml import YAML

from siting.demand import DemandGrid
from siting.region import Region
from siting.scenario import AccessSection, RolesSection
from siting.sites import ROLES, SiteTable
from siting.travel import TravelTimes

SIDE = 5
ORIGIN_EAST, ORIGIN_NORTH = 500_500.0, 6_700_500.0
MINUTES_PER_STEP = 10.0
YOUTHS_PER_CELL = 100.0
SITES = {"A": (0, 0), "B": (2, 2), "C": (0, 4), "D": (4, 4), "E": (4, 0)}
"""Column and row of each site."""
KINDS = {
    "A": "youth_clinic",
    "B": "health_centre",
    "C": "youth_clinic",
    "D": "hospital",
    "E": "child_psychiatry",
}


def east_north(column: float, row: float) -> tuple[float, float]:
    return ORIGIN_EAST + 1000 * column, ORIGIN_NORTH + 1000 * row


def lon_lat(column: float, row: float) -> tuple[float, float]:
    lon, lat = _to_degrees().transform(*east_north(column, row))
    return float(lon), float(lat)


@cache
def _to_degrees() -> Transformer:
    return Transformer.from_crs("EPSG:3006", "EPSG:4326", always_xy=True)


def toy_minutes() -> np.ndarray:
    """Minutes from the 25 cells (row by row) to A, B, C, D."""
    columns, rows = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    cells = np.column_stack([columns.ravel(), rows.ravel()])
    places = np.array([SITES[name] for name in "ABCD"])
    return MINUTES_PER_STEP * np.abs(cells[:, None, :] - places[None, :, :]).sum(axis=2)


def region(
    minutes: np.ndarray,
    *,
    kinds: Sequence[str] = (),
    allowed: np.ndarray | None = None,
    between: np.ndarray | None = None,
    visits: np.ndarray | None = None,
    alpha: Sequence[float] = (0.0,),
    roles: RolesSection | None = None,
    access: AccessSection | None = None,
) -> Region:
    """A region from minutes (cells x sites) alone: sites S0, S1, ... , a visit a year from each cell.

    `visits` is (cells, risk groups), `alpha` the share of each group that needs a main; a kilometre a minute.
    """
    n, m = minutes.shape
    cell_ids, site_ids = tuple(f"c{i}" for i in range(n)), tuple(f"S{j}" for j in range(m))
    visits = np.ones((n, 1)) if visits is None else visits
    between = np.zeros((m, m)) if between is None else between
    return Region(
        demand=DemandGrid(
            cell_ids=cell_ids,
            municipality_codes=("01",) * n,
            centres_metres=np.zeros((n, 2)),
            youths=np.ones(n),
            risk_groups=tuple(f"group {g}" for g in range(visits.shape[1])),
            persons=visits,
            visits_per_year=visits,
            share_needing_main=np.array(alpha),
            youths_are_estimated=False,
        ),
        sites=SiteTable(
            site_ids=site_ids,
            names=site_ids,
            kinds=tuple(kinds) or ("host",) * m,
            municipality_codes=("01",) * m,
            points_metres=np.zeros((m, 2)),
            allowed=np.ones((m, len(ROLES)), dtype=bool) if allowed is None else allowed,
            room_days_per_week=np.full(m, 5.0),
            may_base_team=np.ones(m, dtype=bool),
        ),
        times=TravelTimes(minutes, cell_ids, site_ids, np.zeros(n), np.zeros(m)),
        site_times=TravelTimes(between, site_ids, site_ids, np.zeros(m), np.zeros(m)),
        site_kilometres=between,
        municipality_names={"01": "Väst"},
        roles=roles or RolesSection(),
        access=access or AccessSection(),
    )


def write_dataset(folder: Path) -> Path:
    """Write the toy as a dataset folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "municipalities": _municipalities(),
        "cells": _cells(),
        "sites": _sites(),
        "road_nodes": _nodes(),
        "road_edges": _edges(),
    }
    manifest: dict[str, Any] = {
        "name": "toy",
        "title": {"sv": "Leklandet", "en": "Toyland"},
        "crs": "EPSG:3006",
        "cell_size_metres": 1000,
        "compiled": "2026-11-22",
        "population_year": "none",
        "tables": {},
    }
    for name, (columns, rows) in tables.items():
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
        manifest["tables"][name] = {
            "file": path.name,
            "rows": len(rows),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "source": "worked out on paper",
            "licence": "MIT",
            "date": "2026",
            "quality": "published",
            "columns": columns,
        }
    _write_yaml(folder / "dataset.yaml", manifest)
    return folder


def write_scenario(folder: Path, name: str = "toy", **sections: Any) -> Path:
    """Write a scenario on the toy; sections given here replace those of the default."""
    scenario = {
        "title": {"sv": "Leksak", "en": "Toy"},
        "question": {"sv": "Var?", "en": "Where?"},
        "dataset": "data",
        "demand": demand_section(alpha=0.5),
        "travel": {"access_speed_km_per_hour": 60},
        "sites": {
            "hosts": {role: ["youth_clinic", "health_centre", "hospital"] for role in ("main", "satellite")}
        },
        "choice": {"n_main": 1, "n_satellites": 1},
        **sections,
    }
    path = folder / f"{name}.yaml"
    _write_yaml(path, scenario)
    return path


def demand_section(alpha: float) -> dict[str, Any]:
    group = {
        "title": {"sv": "Alla", "en": "All"},
        "prevalence": 0.5,
        "visits_per_person_per_year": 2,
        "share_of_visits_needing_main": alpha,
    }
    return {"risk_groups": {"all": group}}


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    with path.open("w", encoding="utf-8") as file:
        yaml = YAML(typ="safe", pure=True)
        yaml.sort_base_mapping_type_on_output = False
        yaml.width = 1000
        yaml.dump(content, file)


def _text(**more: Any) -> dict[str, Any]:
    return {"type": "text", "meaning": "x", "quality": "published", **more}


def _number(**more: Any) -> dict[str, Any]:
    return {"type": "number", "unit": "1", "meaning": "x", "quality": "published", **more}


def _municipalities() -> tuple[dict[str, Any], list[list[Any]]]:
    return {"code": _text(key=True), "name": _text(key=True)}, [["01", "Väst"], ["02", "Öst"]]


def _municipality(column: int) -> str:
    return "01" if column < 2 else "02"


def _cells() -> tuple[dict[str, Any], list[list[Any]]]:
    columns = {
        "cell_id": _text(key=True),
        "municipality_code": _text(references="municipalities.code"),
        "east_metres": _number(),
        "north_metres": _number(),
        "youths": _number(minimum=0),
    }
    rows = [
        [f"{column}{row}", _municipality(column), *east_north(column, row), YOUTHS_PER_CELL]
        for row in range(SIDE)
        for column in range(SIDE)
    ]
    return columns, rows


def _sites() -> tuple[dict[str, Any], list[list[Any]]]:
    columns = {
        "site_id": _text(key=True),
        "name": _text(),
        "kind": _text(),
        "municipality_code": _text(references="municipalities.code"),
        "lat": _number(),
        "lon": _number(),
        "candidate": {**_number(), "type": "integer"},
        "status": _text(),
        "quality": _text(),
    }
    rows = []
    for site, (column, row) in SITES.items():
        lon, lat = lon_lat(column, row)
        rows.append(
            [
                site,
                f"Place {site}",
                KINDS[site],
                _municipality(column),
                lat,
                lon,
                int(site != "E"),
                "documented",
                "published",
            ]
        )
    return columns, rows


def _node(column: int, row: int) -> str:
    return f"N{column}{row}"


def _nodes() -> tuple[dict[str, Any], list[list[Any]]]:
    return {"node_id": _text(key=True)}, [
        [_node(column, row)] for row in range(SIDE) for column in range(SIDE)
    ]


def _edges() -> tuple[dict[str, Any], list[list[Any]]]:
    columns = {
        "from_node": _text(references="road_nodes.node_id"),
        "to_node": _text(references="road_nodes.node_id"),
        "road": _text(optional=True),
        "class": _text(),
        "minutes": _number(minimum=0),
        "length_quality": _text(),
        "line_wkt": _text(),
    }
    rows = []
    for row in range(SIDE):
        for column in range(SIDE):
            for other in ((column + 1, row), (column, row + 1)):
                if max(other) < SIDE:
                    (lon1, lat1), (lon2, lat2) = lon_lat(column, row), lon_lat(*other)
                    wkt = f"LINESTRING ({lon1:.9f} {lat1:.9f}, {lon2:.9f} {lat2:.9f})"
                    rows.append(
                        [_node(column, row), _node(*other), "", "local", MINUTES_PER_STEP, "derived", wkt]
                    )
    return columns, rows
