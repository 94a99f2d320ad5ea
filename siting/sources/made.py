"""`MadeTable`: one table of the dataset that is being built, with what its manifest will say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from ..dataset import Column

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..dataset import Quality
    from .recipe import Origin
    from .tables.read import SourceTable

TEXT: Final[dict[str, Any]] = {"type": "text"}
NUMBER: Final[dict[str, Any]] = {"type": "number"}
MINUTES: Final = {**NUMBER, "unit": "minutes", "minimum": 0}
PERSONS: Final = {**NUMBER, "unit": "persons", "minimum": 0}
DEGREES: Final = {**NUMBER, "unit": "degrees WGS84"}
FLAG: Final[dict[str, Any]] = {"type": "integer", "unit": "1", "minimum": 0, "maximum": 1}
MUNICIPALITY: Final = {**TEXT, "references": "municipalities.code", "meaning": "Municipality."}
COLUMNS: Final[dict[str, dict[str, Any]]] = {
    "municipalities.code": {**TEXT, "key": True, "meaning": "Municipality code."},
    "municipalities.name": {**TEXT, "key": True, "meaning": "Name of the municipality."},
    "municipality_borders.code": {**MUNICIPALITY, "key": True},
    "municipality_borders.name": {**TEXT, "key": True, "meaning": "Name of the municipality."},
    "cells.cell_id": {**TEXT, "key": True, "meaning": "Identifier of the cell."},
    "cells.municipality_code": MUNICIPALITY,
    "cells.east_metres": {**NUMBER, "unit": "metres", "meaning": "East coordinate of the cell's centre."},
    "cells.north_metres": {**NUMBER, "unit": "metres", "meaning": "North coordinate of the cell's centre."},
    "cells.youths": {**PERSONS, "meaning": "Young people who live in the cell."},
    "cells.population": {**PERSONS, "meaning": "Residents of the cell, all ages."},
    "cells.population_65plus": {**PERSONS, "meaning": "Residents of the cell aged 65 or more."},
    "sites.site_id": {**TEXT, "key": True, "meaning": "Identifier of the site."},
    "sites.name": {**TEXT, "meaning": "Name of the site."},
    "sites.kind": {**TEXT, "meaning": "What the site is."},
    "sites.municipality_code": MUNICIPALITY,
    "sites.lat": {**DEGREES, "meaning": "Latitude."},
    "sites.lon": {**DEGREES, "meaning": "Longitude."},
    "sites.candidate": {**FLAG, "meaning": "1 if a reception might open at the site, 0 if it is shown only."},
    "sites.status": {**TEXT, "meaning": "documented = known to be there and open; else not confirmed."},
    "sites.quality": {**TEXT, "values": ("published", "derived", "estimated"),
                      "meaning": "Quality of the position."},
    "localities.name": {**TEXT, "meaning": "Name of the place."},
    "localities.lat": {**DEGREES, "meaning": "Latitude."},
    "localities.lon": {**DEGREES, "meaning": "Longitude."},
    "localities.population": {**PERSONS, "meaning": "Residents of the place."},
    "localities.is_place_name": {**FLAG, "meaning": "1 = fit for a map."},
    "prevalence.key": {**TEXT, "key": True, "meaning": "Identifier of the figure."},
    "prevalence.value": {**NUMBER, "unit": "as the key says", "optional": True, "meaning": "The figure."},
    "road_nodes.node_id": {**TEXT, "key": True, "meaning": "Identifier of the node."},
    "road_edges.from_node": {**TEXT, "references": "road_nodes.node_id", "meaning": "Node at its start."},
    "road_edges.to_node": {**TEXT, "references": "road_nodes.node_id", "meaning": "Node at its end."},
    "road_edges.road": {**TEXT, "optional": True, "meaning": "Number or name of the road."},
    "road_edges.class": {**TEXT, "meaning": "Class of the road."},
    "road_edges.length_km": {**NUMBER, "unit": "km", "minimum": 0, "optional": True,
                             "meaning": "Length along the road."},
    "road_edges.minutes": {**MINUTES, "meaning": "By car, from first to last point; empty = closed."},
    "road_edges.minutes_back": {**MINUTES, "optional": True, "meaning": "By car, back; empty = closed."},
    "road_edges.bicycle_minutes": {**MINUTES, "optional": True, "meaning": "By bicycle; empty = closed."},
    "road_edges.bicycle_minutes_back": {**MINUTES, "optional": True,
                                        "meaning": "By bicycle, back; empty = closed."},
    "road_edges.walk_minutes": {**MINUTES, "optional": True, "meaning": "On foot; empty = closed."},
    "road_edges.may_join": {**FLAG, "meaning": "1 if a place may join the road here."},
    "road_edges.length_quality": {**TEXT, "meaning": "Quality of the length and the line."},
    "road_edges.line_wkb": {"type": "wkb", "meaning": "Line, longitude latitude (WGS84)."},
    "minutes.cell_id": {**TEXT, "references": "cells.cell_id", "meaning": "Cell in which the trip begins."},
    "minutes.site_id": {**TEXT, "references": "sites.site_id", "meaning": "Site at which it ends."},
    "minutes.minutes": {**MINUTES, "optional": True, "meaning": "Travel time; a pair left out: no way."},
    "minutes.home_minutes": {**MINUTES, "optional": True, "meaning": "Travel time home; empty: no way home."},
}  # fmt: skip
"""What is known of the columns of a dataset; docs/dataset.md tells more."""
_AGES: Final = re.compile(r"aged_(\d+)(?:_(\d+))?")


@dataclass(frozen=True, eq=False)
class MadeTable:
    """A table of the dataset."""

    frame: pd.DataFrame  # its columns in order; a GeoDataFrame for borders
    columns: dict[str, Column]
    origin: Origin
    source: str  # in words, with the digests of the files
    in_parquet: bool = False


def made_table(
    table: str,
    frame: pd.DataFrame,
    origin: Origin,
    read: Iterable[SourceTable | str],
    *,
    qualities: Mapping[str, Quality] | None = None,
    in_parquet: bool = False,
) -> MadeTable:
    """Describe a table by what is known of its columns.

    Parameters
    ----------
    table
        Its name; that of minutes tables begins with minutes_.
    frame
        Its rows.
    origin
        What the sources file says of it.
    read
        The tables it was made from, or words on other files.
    qualities
        Of single columns, where they differ from the table's.
    in_parquet
        Whether it is big.
    """
    qualities = qualities or {}
    columns = {
        str(name): _column(table, str(name), frame[name], qualities.get(str(name), origin.quality))
        for name in frame.columns
        if name != "geometry"
    }
    words = [each if isinstance(each, str) else words_on(each) for each in read]
    source = "; ".join(filter(None, [origin.source, *words]))
    return MadeTable(frame, columns, origin, source, in_parquet)


def words_on(table: SourceTable) -> str:
    """Say in words which file was read, its digest, and what was guessed of it."""
    digest = f" (sha256 {table.sha256})" if table.sha256 else ""
    notes = ", ".join(dict.fromkeys(table.notes))
    return f"read from {table.name}{digest}{f': {notes}' if notes else ''}"


def _column(table: str, name: str, values: pd.Series, quality: Quality) -> Column:
    family = "minutes" if table.startswith("minutes_") else table
    known = COLUMNS.get(f"{family}.{name}")
    if known is None and (ages := _AGES.fullmatch(name)):
        span = "-".join(filter(None, ages.groups()))
        known = {**PERSONS, "meaning": f"Residents aged {span}."}
    if known is None:
        is_number = pd.api.types.is_numeric_dtype(values)
        empty = values.isna() if is_number else values == ""
        known = {
            "type": "number" if is_number else "text",
            "unit": "as in the source" if is_number else "",
            "meaning": "As in the source.",
            "optional": bool(empty.any()),
        }
    if f"{family}.{name}" == "road_edges.minutes":
        known = {**known, "optional": bool(values.isna().any())}
    return Column(quality=quality, **known)
