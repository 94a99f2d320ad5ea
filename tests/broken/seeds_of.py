"""Edits that break a whole file, and those that once found a fault (seeds/)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from .case import Broken, Kind

SEEDS = Path(__file__).parent / "seeds"
FILES = {
    "scenario": "toy.yaml",
    "dataset": "data/dataset.yaml",
    "sources file": "sources.yaml",
    "CSV": "rutor.csv",
    "GeoJSON": "kommuner.geojson",
    "OSM XML": "gator.osm",
    "GraphML": "gator.graphml",
    "ready matrix": "minuter.csv",
    "known trips": "resor.csv",
    "plan.json": "plan.json",
}
"""The text file that is broken, by kind of input."""
Edit = tuple[float, int, str]
"""Where in the file (a share of its length), how many letters go, and what stands there instead."""


def case_of(kind: Kind, edits: Sequence[Edit], name: str = "edits") -> Broken:
    def breaks(folder: Path) -> None:
        path = folder / FILES[kind.input]
        text = path.read_text(encoding="utf-8")
        for share, n, new in edits:
            at = int(share * len(text))
            text = text[:at] + new + text[at + n :]
        path.write_bytes(text.encode("utf-8", "surrogatepass"))

    # What is still whole after the edits may be read; where the command writes then is its own matter.
    return Broken(kind.input, name, breaks, kind.command, kind.codes, may_be_whole=True)


def kept() -> list[tuple[str, str, list[Edit]]]:
    """Name, kind of input and edits of each seed."""
    read = [
        (path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in sorted(SEEDS.glob("*.json"))
    ]
    return [(name, seed["input"], [tuple(each) for each in seed["edits"]]) for name, seed in read]
