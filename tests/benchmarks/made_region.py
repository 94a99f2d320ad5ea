"""A region made up for the map, as a dataset and a scenario: 20,000 square kilometres, a hundred premises."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from pyproj import Transformer
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS: Final = 160
N_CELLS: Final = 20_000
N_SITES: Final = 100
ORIGIN: Final = (420_500.0, 6_650_500.0)  # centre of the first cell, SWEREF 99 TM
CELL_METRES: Final = 1_000.0
ROAD_STEP: Final = 4  # a road along every fourth row and column of cells
MINUTES_PER_KILOMETRE: Final = 60 / 70
MUNICIPALITY_COLUMNS: Final = 16  # ten municipalities side by side
KINDS: Final = ("youth_clinic", "health_centre", "hospital", "social_service")
N_SATELLITES: Final = 5


def write_region(folder: Path, *, n_cells: int = N_CELLS, n_sites: int = N_SITES, seed: int = 3) -> Path:
    """Write dataset and scenario into a folder; return the scenario's path.

    The scenario states its plan, so that nothing has to be chosen before a map is drawn.
    """
    data = folder / "data"
    data.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    n_rows = -(-n_cells // COLUMNS)
    sites = _sites(rng, n_sites, n_rows)
    tables = {
        "municipalities": _municipalities(),
        "cells": _cells(rng, n_cells),
        "sites": sites,
        **_roads(n_rows),
    }
    manifest: dict[str, Any] = {
        "name": "made-region",
        "title": {"sv": "En påhittad region", "en": "A made-up region"},
        "crs": "EPSG:3006",
        "cell_size_metres": CELL_METRES,
        "compiled": "2026-11-24",
        "population_year": "none",
        "tables": {name: _written(data, name, table) for name, table in tables.items()},
    }
    _write_yaml(data / "dataset.yaml", manifest)
    ids = sites["site_id"].tolist()
    given = {"main": ids[:1], "satellite": ids[1 : 1 + N_SATELLITES]}
    need = {
        "title": {"sv": "Alla", "en": "All"},
        "prevalence": 0.1,
        "visits_per_person_per_year": 4,
        "share_of_visits_needing_main": 0.3,
    }
    scenario = {
        "title": {"sv": "Påhittad", "en": "Made up"},
        "question": {"sv": "Var?", "en": "Where?"},
        "dataset": "data",
        "demand": {"risk_groups": {"all": need}},
        "travel": {"access_speed_km_per_hour": 40},
        "sites": {"hosts": {"main": list(KINDS), "satellite": list(KINDS)}},
        "choice": {"n_main": 1, "n_satellites": N_SATELLITES, "given": given},
    }
    _write_yaml(folder / "made-up.yaml", scenario)
    return folder / "made-up.yaml"


def _municipalities() -> pd.DataFrame:
    numbers = range(1, COLUMNS // MUNICIPALITY_COLUMNS + 1)
    return pd.DataFrame({"code": [f"{k:02}" for k in numbers], "name": [f"Kommun {k}" for k in numbers]})


def _codes(columns: NDArray[np.intp]) -> list[str]:
    return [f"{k + 1:02}" for k in columns // MUNICIPALITY_COLUMNS]


def _cells(rng: np.random.Generator, n_cells: int) -> pd.DataFrame:
    row, column = np.divmod(np.arange(n_cells), COLUMNS)
    return pd.DataFrame(
        {
            "cell_id": [f"c{k}" for k in range(n_cells)],
            "municipality_code": _codes(column),
            "east_metres": ORIGIN[0] + CELL_METRES * column,
            "north_metres": ORIGIN[1] + CELL_METRES * row,
            "youths": np.round(rng.gamma(0.6, 8.0, n_cells), 1),
        }
    )


def _sites(rng: np.random.Generator, n_sites: int, n_rows: int) -> pd.DataFrame:
    column, row = rng.uniform(0, COLUMNS - 1, n_sites), rng.uniform(0, n_rows - 1, n_sites)
    latitude, longitude = _degrees(column, row)
    return pd.DataFrame(
        {
            "site_id": [f"S{k:03}" for k in range(n_sites)],
            "name": [f"Lokal {k}" for k in range(n_sites)],
            "kind": [KINDS[k % len(KINDS)] for k in range(n_sites)],
            "municipality_code": _codes(column.astype(np.intp)),
            "lat": latitude,
            "lon": longitude,
            "candidate": 1,
            "status": "documented",
            "quality": "published",
        }
    )


def _roads(n_rows: int) -> dict[str, pd.DataFrame]:
    """Nodes and edges of a grid of roads; every fourth road is a numbered one."""
    n_across, n_up = COLUMNS // ROAD_STEP, n_rows // ROAD_STEP + 1
    node = np.arange(n_across * n_up).reshape(n_up, n_across)
    up, across = (part.ravel() for part in np.mgrid[:n_up, :n_across])
    latitude, longitude = _degrees(across * ROAD_STEP, up * ROAD_STEP)
    start = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    end = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    line_number = np.where(up[start] == up[end], up[start], across[start])
    edges = pd.DataFrame(
        {
            "from_node": [f"N{k}" for k in start],
            "to_node": [f"N{k}" for k in end],
            "road": np.where(line_number % 4 == 0, "70", ""),
            "class": np.where(line_number % 4 == 0, "primary", "tertiary"),
            "minutes": round(ROAD_STEP * CELL_METRES / 1000 * MINUTES_PER_KILOMETRE, 3),
            "length_quality": "derived",
            "line_wkt": [
                f"LINESTRING ({longitude[a]:.6f} {latitude[a]:.6f}, {longitude[b]:.6f} {latitude[b]:.6f})"
                for a, b in zip(start, end, strict=True)
            ],
        }
    )
    return {"road_nodes": pd.DataFrame({"node_id": [f"N{k}" for k in node.ravel()]}), "road_edges": edges}


def _degrees(column: NDArray[Any], row: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    to_degrees = Transformer.from_crs("EPSG:3006", "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(
        ORIGIN[0] + CELL_METRES * column, ORIGIN[1] + CELL_METRES * row
    )
    return latitude, longitude


KEYS: Final = (
    "municipalities.code",
    "municipalities.name",
    "cells.cell_id",
    "sites.site_id",
    "road_nodes.node_id",
)
REFERENCES: Final = {
    "municipality_code": "municipalities.code",
    "from_node": "road_nodes.node_id",
    "to_node": "road_nodes.node_id",
}


def _written(data: Path, name: str, table: pd.DataFrame) -> dict[str, Any]:
    """Write one table; give its entry in the manifest."""
    path = data / f"{name}.csv"
    table.to_csv(path, index=False, lineterminator="\n")
    return {
        "file": path.name,
        "rows": len(table),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "source": "made up",
        "licence": "MIT",
        "date": "2026",
        "quality": "estimated",
        "columns": {column: _described(name, column, table[column]) for column in table},
    }


def _described(table: str, column: str, values: pd.Series) -> dict[str, Any]:
    found: dict[str, Any] = {"meaning": "made up", "quality": "estimated"}
    if values.dtype.kind in "if":
        return found | {"type": "integer" if values.dtype.kind == "i" else "number", "unit": "1"}
    found["type"] = "text"
    if f"{table}.{column}" in KEYS:
        found["key"] = True
    if column in REFERENCES:
        found["references"] = REFERENCES[column]
    if column == "road":
        found["optional"] = True
    return found


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    yaml = YAML(typ="safe", pure=True)
    yaml.sort_base_mapping_type_on_output = False  # columns stand in the order of the file
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)
