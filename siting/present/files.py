"""Writes results: each file appears whole under its name, or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from ..errors import OutputError
from ..study import Alternatives
from .layers import assignments_layer, map_scene, sites_layer
from .maps import map_html
from .report import comparison_html, plan_html
from .tables import gate_of, municipality_names, visits_shown
from .words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from ..compare import Change
    from ..evaluate import Access, AreaAccess
    from ..study import Outcome
    from .disclosure import Gate
    from .words import Language

FORMAT_VERSION: Final = 1
PLAN_FILES: Final = ("map.html", "plan.gpkg", "plan.json", "report.html", "sites.csv")
COMPARISON_FILES: Final = ("comparison.gpkg", "comparison.json", "map.html", "report.html")
COUNTY_DECIMALS: Final = 3  # minutes of the whole county, and the objective
AREA_DECIMALS: Final = 0  # minutes of a municipality
SHARE_DECIMALS: Final = 2
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def write(result: Outcome | Alternatives, folder: str | Path, *, language: Language = "sv") -> Path:
    """Write all files of one outcome, or of a comparison; return the folder.

    Raises
    ------
    OutputError
        If the folder cannot be written to; then nothing in it has changed.
    """
    if isinstance(result, Alternatives):
        return write_alternatives(result, folder, language=language)
    return write_outcome(result, folder, language=language)


def write_outcome(outcome: Outcome, folder: str | Path, *, language: Language = "sv") -> Path:
    """Write plan.json, sites.csv, plan.gpkg, map.html and report.html; return the folder."""
    words = Words(language)
    with _all_or_nothing(Path(folder)) as draft:
        _write_json(draft / "plan.json", plan_record(outcome))
        _write_csv(draft / "sites.csv", sites_layer(outcome))
        _write_geopackage(draft / "plan.gpkg", (outcome,), words)
        title = words("report.plan_title")
        _write_text(draft / "map.html", map_html(map_scene((outcome,), title, words)))
        _write_text(draft / "report.html", plan_html(outcome, words))
    return Path(folder)


def write_alternatives(alternatives: Alternatives, folder: str | Path, *, language: Language = "sv") -> Path:
    """Write comparison.json, comparison.gpkg, map.html and report.html; return the folder."""
    words = Words(language)
    with _all_or_nothing(Path(folder)) as draft:
        _write_json(draft / "comparison.json", comparison_record(alternatives))
        _write_geopackage(draft / "comparison.gpkg", alternatives.outcomes, words)
        title = words("report.comparison_title")
        _write_text(draft / "map.html", map_html(map_scene(alternatives.outcomes, title, words)))
        _write_text(draft / "report.html", comparison_html(alternatives, words))
    return Path(folder)


def plan_record(outcome: Outcome) -> dict[str, Any]:
    """Give the content of plan.json, described by ``schemas/plan.schema.json``."""
    gate = gate_of(outcome.scenario)
    names = municipality_names(outcome)
    evaluation = outcome.evaluation
    return {
        "format": "siting-plan",
        "format_version": FORMAT_VERSION,
        "siting_version": version("siting"),
        "scenario": {
            "name": outcome.scenario.name,
            "sha256": outcome.scenario.sha256,
            "resolved": outcome.scenario.model_dump(mode="json"),
        },
        "dataset": {"name": outcome.dataset.manifest.name, "sha256": outcome.dataset.digests},
        "status": str(outcome.plan.status),
        "objectives": [
            {
                "name": each.name,
                "unit": each.unit,
                "objective": round(each.value, COUNTY_DECIMALS),
                "bound": round(each.bound, COUNTY_DECIMALS),
                "gap": each.gap,
                "status": str(each.status),
            }
            for each in outcome.plan.objectives
        ],
        "seconds": round(outcome.plan.solve_seconds, 3),
        "sites": _site_records(outcome, names, gate),
        "evaluation": {
            "county": _area_record(evaluation.county, gate, decimals=COUNTY_DECIMALS),
            "by_municipality": {
                names[code]: _area_record(area, gate, decimals=AREA_DECIMALS)
                for code, area in evaluation.by_municipality.items()
            },
            "by_risk_group": {
                name: _access_record(each, evaluation.county.youths, gate, decimals=1)
                for name, each in evaluation.by_risk_group.items()
            },
        },
        "travel_times": {
            "n_unreachable_pairs": outcome.times.n_unreachable_pairs,
            "largest_cell_access_metres": round(float(outcome.times.origin_access_metres.max())),
            "largest_site_access_metres": round(float(outcome.times.destination_access_metres.max())),
        },
        "youths_are_estimated": outcome.demand.youths_are_estimated,
        "counts_are_rounded_to": gate.smallest_count_shown,
    }


def comparison_record(alternatives: Alternatives) -> dict[str, Any]:
    """Give the content of comparison.json, described by ``schemas/comparison.schema.json``."""
    names = municipality_names(alternatives.outcomes[0])
    gate = gate_of(alternatives.base.scenario)
    return {
        "format": "siting-comparison",
        "format_version": FORMAT_VERSION,
        "siting_version": version("siting"),
        "base": alternatives.comparison.base,
        "noticeable_minutes": alternatives.comparison.noticeable_minutes,
        "plans": [plan_record(each) for each in alternatives.outcomes],
        "differences": [
            {
                "option": each.option,
                "service": each.service,
                "county": _change_record(each.county, gate),
                "by_municipality": {
                    names[code]: _change_record(change, gate) for code, change in each.by_municipality.items()
                },
            }
            for each in alternatives.comparison.differences
        ],
    }


def _site_records(outcome: Outcome, names: dict[str, str], gate: Gate) -> list[dict[str, Any]]:
    rows = outcome.dataset.table("sites").set_index("site_id").to_dict("index")
    records = []
    for site_id in outcome.plan.open_sites:
        site, load = rows[site_id], outcome.evaluation.by_site[site_id]
        records.append(
            {
                "site_id": site_id,
                "name": site["name"],
                "kind": site["kind"],
                "municipality": names[site["municipality_code"]],
                "role": str(outcome.plan.role_of(site_id)),
                "latitude": float(site["lat"]),
                "longitude": float(site["lon"]),
                "position_quality": site["quality"],
                "status": site["status"],
                "main_visits_per_year": visits_shown(load, gate)[0],
                "near_visits_per_year": visits_shown(load, gate)[1],
                "youths_nearest": gate.count(load.youths_nearest),
            }
        )
    return records


def _area_record(area: AreaAccess, gate: Gate, *, decimals: int) -> dict[str, Any]:
    return {
        "youths": gate.count(area.youths),
        "persons_in_need": gate.derived(area.persons_in_need, area.youths),
        "overall": _access_record(area.overall, area.youths, gate, decimals=decimals),
        "main": _access_record(area.main, area.youths, gate, decimals=decimals),
        "near": _access_record(area.near, area.youths, gate, decimals=decimals),
    }


def _access_record(access: Access, youths: float, gate: Gate, *, decimals: int) -> dict[str, Any]:
    """Give an access, its minutes rounded: weighted means of known times would give cells' counts away."""
    hidden = gate.count(youths) is None

    def minutes(value: float | None) -> float | None:
        return None if hidden or value is None else round(value, decimals)

    return {
        "visits_per_year": gate.derived(access.visits_per_year, youths),
        "served_share": round(access.served_share, SHARE_DECIMALS),
        "mean_minutes": minutes(access.mean_minutes),
        "median_minutes": minutes(access.median_minutes),
        "percentile_90_minutes": minutes(access.percentile_90_minutes),
        "largest_minutes": minutes(access.largest_minutes),
        "share_within": [
            {"minutes": limit, "share": None if hidden else round(share, SHARE_DECIMALS)}
            for limit, share in access.share_within
        ],
    }


def _change_record(change: Change, gate: Gate) -> dict[str, Any]:
    mean, hidden = change.mean_change_minutes, gate.count(change.youths) is None
    return {
        "mean_change_minutes": None if hidden or mean is None else round(mean, AREA_DECIMALS),
        "youths_nearer": gate.count(change.youths_nearer),
        "youths_farther": gate.count(change.youths_farther),
        "youths_gaining_a_place": gate.count(change.youths_gaining_a_place),
        "youths_losing_a_place": gate.count(change.youths_losing_a_place),
        "youths_unchanged": gate.count(change.youths_unchanged),
    }


def _write_geopackage(path: Path, outcomes: tuple[Outcome, ...], words: Words) -> None:
    """Write layers that QGIS opens, named by scenario where there are several."""
    for outcome in outcomes:
        suffix = f"_{outcome.scenario.name}" if len(outcomes) > 1 else ""
        sites_layer(outcome).to_file(path, layer=f"sites{suffix}", driver="GPKG", engine="pyogrio")
        assignments = assignments_layer(outcome, words)
        assignments.to_file(path, layer=f"assignments{suffix}", driver="GPKG", engine="pyogrio")


def _write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table for spreadsheets: UTF-8 with its mark, and no text that they take for a formula."""
    table = frame.drop(columns="geometry")
    for name in table.columns[table.dtypes.map(lambda dtype: dtype.kind not in "biuf")]:
        table[name] = table[name].map(
            lambda value: (
                f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
            )
        )
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _write_json(path: Path, record: dict[str, Any]) -> None:
    _write_text(path, json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def _all_or_nothing(folder: Path) -> Iterator[Path]:
    """Give a draft folder on the same disk; move its files into place when all of them are whole."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".siting-", dir=folder))
    except OSError as error:
        message = f"--out {folder}: cannot be written to ({error.strerror}); choose another folder"
        raise OutputError(message) from error
    try:
        yield draft
        blocked = [path.name for path in draft.iterdir() if (folder / path.name).is_dir()]
        if blocked:
            message = f"--out {folder}: there is a folder named {blocked[0]} in it; choose another folder"
            raise OutputError(message)
        for path in sorted(draft.iterdir()):
            path.replace(folder / path.name)
    except (OSError, DataSourceError, DataLayerError, FeatureError) as error:
        message = f"--out {folder}: could not be written ({str(error).splitlines()[0]})"
        raise OutputError(message) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
