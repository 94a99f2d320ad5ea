"""The sources file that `siting fetch` writes: what the raw files are, and what readers must know of them."""

from __future__ import annotations

import os
import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml import YAML

from .services import pxweb, scb_geodata

if TYPE_CHECKING:
    from pathlib import Path

RECIPE_NAME: Final = "sources.yaml"
SCB_LICENCE: Final = "CC0 1.0"
OSM_LICENCE: Final = "© OpenStreetMap contributors, ODbL 1.0 (openstreetmap.org/copyright)"
BORDERS, FIGURES, CELLS = "municipality_borders.geojson", "municipalities.csv", "cells.csv"
SITES, STREETS = "sites.csv", "streets.graphml"

RAKED: Final = {
    "sv": "Unga per ruta är härledda: rutornas femårsklasser är anpassade till kommunens invånare i "
    "ettårsklasser. SCB:s skydd av enskilda gör små rutor osäkra.",
    "en": "Youths by cell are derived: the cells' five-year classes are raked to the municipality's "
    "residents by one year of age. Statistics Sweden's protection of individuals makes small cells "
    "uncertain.",
}
NOISY_COUNTS: Final = {
    "sv": "Kommunernas tal har från och med 2025 ett litet slumpmässigt tillägg eller avdrag "
    "(cellnyckelmetoden).",
    "en": "From 2025 the municipal counts carry a small random noise (cell key method).",
}
OSM_PREMISES: Final = {
    "sv": "Lokalerna kommer från OpenStreetMap, som frivilliga uppdaterar och där ungdomsmottagningar ofta "
    "saknas; kontrollera dem före beslut.",
    "en": "The premises come from OpenStreetMap, which volunteers keep and where youth clinics are often "
    "missing; check them first.",
}


def recipe_of_scb(*, name: str, title: str, year: int, table: str, retrieved: str) -> dict[str, Any]:
    """Content of the sources file as far as Statistics Sweden's tables go.

    Parameters
    ----------
    name
        Of the dataset; made of a-z, 0-9 and hyphens here.
    title
        For readers.
    year
        When the people were counted.
    table
        PxWeb table of the municipal counts.
    retrieved
        Words on when the tables were.
    """
    counts = f"Statistics Sweden, PxWeb table {table}, residents by one year of age, 31 December {year}"
    cells = f"Statistics Sweden, {scb_geodata.GRID.format(year=year)}"
    areas = f"Statistics Sweden, {scb_geodata.AREAS}, put together by municipality, lines to 50 m"
    columns = ["population", f"aged_100_{scb_geodata.OLDEST}"]  # the last has no heading that is known
    return {
        "name": _slug(name),
        "title": {"sv": title, "en": title},
        "crs": scb_geodata.CRS,
        "cell_size_metres": scb_geodata.GRID_SIDE_METRES,
        "population_year": str(year),
        "notes": [RAKED, NOISY_COUNTS] if table == pxweb.TABLES[-1] else [RAKED],
        "municipalities": {
            "file": f"raw/{BORDERS}",
            **_origin(areas, SCB_LICENCE, retrieved, "derived"),
            "figures": {"file": f"raw/{FIGURES}", **_origin(counts, SCB_LICENCE, retrieved, "published")},
        },
        "cells": {
            "file": f"raw/{CELLS}",
            **_origin(cells, SCB_LICENCE, retrieved, "published"),
            "crs": scb_geodata.CRS,
            "columns": {column: column for column in columns},
        },
    }


def with_osm(recipe: dict[str, Any], retrieved: str) -> dict[str, Any]:
    """Add premises and streets of OpenStreetMap."""
    origin = _origin("OpenStreetMap, Overpass through OSMnx", OSM_LICENCE, retrieved, "published")
    return {
        **recipe,
        "notes": [*recipe["notes"], OSM_PREMISES],
        "sites": {"file": f"raw/{SITES}", **origin},
        "roads": {"file": f"raw/{STREETS}", **origin, "clip": "none"},
    }


def without_osm(recipe: dict[str, Any]) -> dict[str, Any]:
    """Add premises and streets to be put there by hand."""
    return {
        **recipe,
        "sites": {"file": "sites.xlsx", "source": "a table of premises: put yours here"},
        "roads": {"file": "streets.osm.pbf", "source": "an OpenStreetMap extract: put yours here"},
    }


def write_recipe(recipe: dict[str, Any], path: Path) -> None:
    """Write the sources file, whole or not at all."""
    yaml = YAML()
    yaml.width = 110
    yaml.representer.ignore_aliases = lambda _: True
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8", newline="\n") as file:
        file.write("# Written by siting fetch. After a change: siting build sources.yaml --out FOLDER\n")
        yaml.dump(recipe, file)
    os.replace(part, path)  # noqa: PTH105  (atomic on every system)


def _origin(source: str, licence: str, date: str, quality: str) -> dict[str, str]:
    return {"source": source, "licence": licence, "date": date, "quality": quality}


def _slug(name: str) -> str:
    """Name of a folder in a-z, 0-9 and hyphens."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "region"
