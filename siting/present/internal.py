"""The internal file: numbers of young people as they are, for those alone who hold the dataset anyway.

All other outputs hold what may be shared, whether this one is asked for or not. So that nobody takes it for
one of them, its name, each layer's name, title and description, its metadata and every row say what it is.
Nothing reads it back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ..errors import OutputError
from ..evaluate import trips_of
from ..plan import NO_SITE
from ..study import Alternatives, Outcome
from .layers import assignments_layer, mode_column, sites_layer
from .notes import attributions, estimate_notes, rounding_note
from .tables import municipality_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    from .words import Words

INTERNAL_PLAN: Final = "plan.internal.gpkg"
INTERNAL_COMPARISON: Final = "comparison.internal.gpkg"
OWNER_ONLY: Final = 0o600
LEFT_BESIDE: Final = ("-wal", "-shm", "-journal", ".aux.xml")
"""Ends of the names of what programs that open the file keep beside it; some hold its rows."""
YOUTHS_OF: Final = {"near": "youths_nearest", "main": "youths_nearest_main"}
LOADS: Final = (*YOUTHS_OF.values(), "near_visits_per_year", "main_visits_per_year")
NO_LETTER: Final = re.compile(r"\W+")
LONGEST_NAME: Final = 40


@dataclass(frozen=True, eq=False)
class InternalLayer:
    """A layer, or a table without geometry, that says in every place what it is."""

    name: str
    frame: pd.DataFrame
    title: str
    description: str
    metadata: dict[str, str]


def internal_name(result: Outcome | Alternatives) -> str:
    """Name the internal file of a result."""
    return INTERNAL_COMPARISON if isinstance(result, Alternatives) else INTERNAL_PLAN


def internal_names(result: Outcome | Alternatives) -> tuple[str, ...]:
    """Name the internal file, and what other programs may have left beside an earlier one."""
    name = internal_name(result)
    return (name, *(f"{name}{end}" for end in LEFT_BESIDE))


def require_folder(place: str | Path | None) -> None:
    """See that the internal file is asked for in a folder.

    Raises
    ------
    OutputError
        If the place is a database.
    """
    if "://" in str(place):  # not shown: it may hold a password
        message = "--internal: what must not be shared is written into a folder; give a folder with --out"
        raise OutputError(message)


def internal_layers(outcomes: tuple[Outcome, ...], words: Words) -> Iterator[InternalLayer]:
    """Give the layers of the internal file, named by scenario where there are several."""
    mark = words("internal.mark")
    for outcome in outcomes:
        suffix = f"_{outcome.scenario.name}" if len(outcomes) > 1 else ""
        title = f"{getattr(outcome.scenario.title, words.language)} ({outcome.scenario.name})"
        frames = {"cells": _cells(outcome, words), "sites": _sites(outcome), "places": _places(outcome)}
        for kind, frame in frames.items():
            frame.insert(0, "internal", mark)
            name = f"internal_{kind}{suffix}"
            description = f"{mark}. {title}. {words(f'internal.{kind}')}"
            yield InternalLayer(name, frame, f"{mark}: {name}", description, _metadata(outcome, words))


def _metadata(outcome: Outcome, words: Words) -> dict[str, str]:
    """Say of a plan's layer what it is, what it was made from, and what in it is estimated."""
    dataset, rounding = outcome.dataset, rounding_note(outcome.scenario, words)  # nothing is rounded here
    return {
        "INTERNAL": words("internal.mark"),
        "SITING_VERSION": version("siting"),
        "SCENARIO": outcome.scenario.name,
        "SCENARIO_SHA256": outcome.scenario.sha256,
        "DATASET": dataset.manifest.name,
        "DATASET_SHA256": "; ".join(f"{table} {digest}" for table, digest in dataset.digests.items()),
        "ATTRIBUTION": "; ".join(attributions(outcome)),
        "ESTIMATES": " ".join(note for note in estimate_notes(outcome, words) if note != rounding),
    }


def _cells(outcome: Outcome, words: Words) -> gpd.GeoDataFrame:
    """Give each cell its own numbers, where it goes, and the minutes by every mode of travel.

    Columns beside those of `assignments_layer`: youths, youths_standard_error (persons; missing where not
    known), youths_are_estimated, persons_in_need, main_visits_per_year, near_visits_per_year, for each risk
    group persons_NUMBER_NAME and visits_NUMBER_NAME, and for each other mode SERVICE_site_MODE and
    SERVICE_minutes_MODE.
    """
    demand, evaluation = outcome.region.demand, outcome.evaluation
    noise = demand.youths_standard_error
    counts: dict[str, NDArray[np.generic]] = {
        "youths": demand.youths,
        "youths_standard_error": np.where(noise > 0, noise, np.nan),
        "youths_are_estimated": np.full(len(noise), demand.youths_are_estimated),
        "persons_in_need": demand.persons.sum(axis=1),
        "main_visits_per_year": demand.main_visits_per_year,
        "near_visits_per_year": demand.near_visits_per_year,
    }
    for g, group in enumerate(demand.risk_groups):
        name = f"{g + 1}_{re.sub(NO_LETTER, '_', group)[:LONGEST_NAME]}"  # groups may have any names
        counts[f"persons_{name}"] = demand.persons[:, g]
        counts[f"visits_{name}"] = demand.visits_per_year[:, g]
    ways: dict[str, NDArray[np.generic]] = {
        "near_minutes": _finite(evaluation.near.minutes),
        "main_minutes": _finite(evaluation.main.minutes),
        "near_generalised_minutes": _finite(evaluation.near.generalised_minutes),
        "main_generalised_minutes": _finite(evaluation.main.generalised_minutes),
    }
    for mode, access in outcome.by_mode.items():
        ways[f"near_site_{mode}"] = _site_ids(outcome, access.near.site)
        ways[mode_column(mode)] = _finite(access.near.minutes)
        ways[f"main_site_{mode}"] = _site_ids(outcome, access.main.site)
        ways[f"main_minutes_{mode}"] = _finite(access.main.minutes)
    frame = assignments_layer(outcome, words).assign(**counts, **ways)
    heads = ["cell_id", "municipality_code", "municipality", *counts]
    return frame[[*heads, *(column for column in frame.columns if column not in heads)]]


def _sites(outcome: Outcome) -> gpd.GeoDataFrame:
    """Give each candidate site what comes to it; missing where it is closed."""
    loads = [outcome.evaluation.by_site.get(site_id) for site_id in outcome.region.sites.site_ids]
    exact = {name: [np.nan if each is None else getattr(each, name) for each in loads] for name in LOADS}
    return sites_layer(outcome).assign(**exact)


def _places(outcome: Outcome) -> pd.DataFrame:
    """Say how many of each municipality have which place; site_id is missing where they have none.

    Columns: municipality_code, municipality, site_id, site, is_digital, and those of `LOADS`.
    """
    sums = pd.concat([_trips(outcome, service) for service in YOUTHS_OF])
    keys = ["municipality_code", "column", "is_digital"]
    frame = sums.groupby(keys, as_index=False)[list(LOADS)].sum()
    frame = frame[(frame[list(LOADS)] > 0).any(axis=1)].reset_index(drop=True)
    sites, names = outcome.region.sites, municipality_names(outcome)
    column = frame.pop("column").to_numpy()
    frame.insert(1, "municipality", frame["municipality_code"].map(names))
    frame.insert(2, "site_id", _site_ids(outcome, column))
    frame.insert(3, "site", np.array([*sites.names, None], dtype=object)[column])
    return frame


def _trips(outcome: Outcome, service: str) -> pd.DataFrame:
    """Give the trips of one service with how many young people and visits each stands for."""
    demand = outcome.region.demand
    trips = trips_of(outcome.plan, outcome.region, service)
    visits = demand.near_visits_per_year if service == "near" else demand.main_visits_per_year
    return pd.DataFrame(
        {
            "municipality_code": np.array(demand.municipality_codes)[trips.cell],
            "column": trips.site,
            "is_digital": (trips.site == NO_SITE) & np.isfinite(trips.generalised_minutes),
            YOUTHS_OF[service]: demand.youths[trips.cell] * trips.share,
            f"{service}_visits_per_year": visits[trips.cell] * trips.share,
        }
    )


def _site_ids(outcome: Outcome, columns: NDArray[np.intp]) -> NDArray[np.object_]:
    # NO_SITE is -1, and finds the last.
    return np.array([*outcome.region.sites.site_ids, None], dtype=object)[columns]


def _finite(minutes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(minutes), minutes, np.nan)
