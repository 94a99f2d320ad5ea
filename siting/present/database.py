"""Writes the layers of a result as tables of a PostGIS schema: those of plan.gpkg, under the same rules."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from .. import postgis
from ..study import Alternatives
from .layers import assignments_layer, isochrones_layer, mode_column, sites_layer, tours_layer
from .modes import by_mode
from .notes import estimate_notes
from .words import Words, read_texts

if TYPE_CHECKING:
    import geopandas as gpd

    from ..study import Outcome
    from .words import Language

LAYERS: Final = ("sites", "assignments", "tours", "isochrones")
SOURCES: Final = {"sites": "sites", "assignments": "cells", "tours": "road_edges", "isochrones": "road_edges"}
"""The dataset's table that a layer rests on."""
MAY_BE_EMPTY: Final = ("tours", "isochrones")
"""Layers that are not there if they hold nothing."""
LONGEST_PREFIX: Final = 40
"""Letters of a scenario's name in a table's: PostgreSQL takes 63 in all, and its index adds some."""


def write_tables(
    result: Outcome | Alternatives, address: str, *, language: Language = "sv"
) -> tuple[str, ...]:
    """Write the layers of one outcome, or of each of several, as tables; return their names.

    A table is named by scenario and layer (``two_mains_sites``); the schema is that of the address
    (``?schema=mini_maria``), or ``siting``.

    Raises
    ------
    OutputError
        If they cannot be written; then nothing in the database has changed.
    """
    words = Words(language)
    layers: dict[str, gpd.GeoDataFrame] = {}
    comments, absent = {}, []
    outcomes = result.outcomes if isinstance(result, Alternatives) else (result,)
    for outcome in outcomes:
        for layer in LAYERS:
            name = table_name(outcome.scenario.name, layer)
            frame = _frame(layer, outcome, words)
            if layer in MAY_BE_EMPTY and not len(frame):
                absent.append(name)  # those of an earlier run must not stay
                continue
            layers[name] = frame
            comments[name] = _comment(layer, outcome, words)
    columns = dict(read_texts(language)["layer"]["column"])
    for outcome in outcomes:
        columns |= {
            mode_column(mode): words("layer.mode_minutes", mode=by_mode(outcome.scenario, words, mode))
            for mode in outcome.by_mode
        }
    return postgis.write_layers(address, layers, comments=comments, column_comments=columns, remove=absent)


def table_name(scenario: str, layer: str) -> str:
    """Name the table of a layer so that SQL takes it without quotes, and PostgreSQL without cutting it.

    Examples
    --------
    >>> table_name("two-mains", "sites")
    'two_mains_sites'
    >>> table_name("a" * 60, "sites")
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_11ee3912_sites'
    """
    prefix = scenario.replace("-", "_")
    if len(prefix) > LONGEST_PREFIX:
        digest = hashlib.sha256(scenario.encode()).hexdigest()[:8]
        prefix = f"{prefix[: LONGEST_PREFIX - 9]}_{digest}"
    return f"{prefix}_{layer}"


def _frame(layer: str, outcome: Outcome, words: Words) -> gpd.GeoDataFrame:
    if layer == "assignments":
        return assignments_layer(outcome, words)
    make = {"sites": sites_layer, "tours": tours_layer, "isochrones": isochrones_layer}[layer]
    return make(outcome)


def _comment(layer: str, outcome: Outcome, words: Words) -> str:
    """Say what the table is, what it rests on, and what in it is estimated."""
    manifest = outcome.dataset.manifest
    title, region = (str(getattr(each.title, words.language)) for each in (outcome.scenario, manifest))
    source = manifest.tables[SOURCES[layer]]
    return " ".join(
        (
            f"{words(f'layer.{layer}')} {title} ({outcome.scenario.name}), {region}, {manifest.compiled}.",
            words("layer.source", source=source.source, licence=source.licence),
            *estimate_notes(outcome, words),
        )
    )
