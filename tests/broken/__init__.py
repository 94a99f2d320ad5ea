"""A corpus of broken files for every input: made by code, each with the command that reads it.

``python -m broken`` (in tests/) runs all of it and says what each took; the default tests leave out what has
a million rows, and take a part of the rest.

Whatever siting reads from outside, and where its broken ones are:

| read by | what | module |
|---|---|---|
| all that take a scenario | scenario, what it extends, plans it names | `scenario_files` |
| the same | dataset folder: manifest, CSV, Parquet, GeoJSON | `dataset_folders` |
| `seal` | dataset folder | `dataset_folders` |
| the same | ready matrix (CSV, Parquet) beside the scenario | `ways` |
| `check-times` | known trips | `ways` |
| `build` | sources file | `sources` |
| `build` | CSV, XLSX, GeoPackage, shapefile, GeoJSON, GeoParquet, GeoTIFF | `sources` |
| `build` | tables of PostgreSQL | `databases` |
| `build` | OpenStreetMap as XML and PBF, GraphML, GTFS | `ways` |
| `map`, `report`, `verify` | plan.json, comparison.json | `saved_results` |
| `map --sweep`, `verify` | sweep.json | `saved_results` |
| `report`, `verify` | analysis.json | `saved_results` |

Cached arrays and journals heal, and are no error (`tests/test_cache.py`, `test_journal.py`); answers of
public services, which `fetch` alone asks, are in `tests/sources/` (`fake_services.py`). A GeoPackage or
shapefile within a .zip is no input: it is refused by its name.
"""

from __future__ import annotations

from .case import Broken, Kind

MODULES = ("scenario_files", "dataset_folders", "sources", "databases", "ways", "saved_results")


def kinds() -> list[Kind]:
    """All kinds of inputs."""
    from importlib import import_module

    return [kind for name in MODULES for kind in import_module(f"broken.{name}").kinds()]


def corpus() -> list[Broken]:
    """All broken inputs."""
    return [case for kind in kinds() for case in kind.cases()]
