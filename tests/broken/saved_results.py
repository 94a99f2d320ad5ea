"""Broken results: `siting map FILE`, and `siting report` beside a sweep or an analysis is the report's own."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import toy

from .case import Kind
from .faults import any_text, replaced, written

P = "plan.json"
_KEPT: dict[str, bytes] = {}


def whole(folder: Path) -> None:
    """The toy's own plan, made once."""
    toy.write_dataset(folder / "data")
    if P not in _KEPT:
        from siting import study
        from siting.present.files import write

        outcome = study.run(toy.write_scenario(folder))
        write(outcome, folder / "result", language="en")
        _KEPT[P] = (folder / "result" / P).read_bytes()
    (folder / P).write_bytes(_KEPT[P])


FAULTS = {
    "a list": written(P, "[]"),
    "a text": written(P, '"x"'),
    "nothing": written(P, "null"),
    "deep": written(P, "[" * 200_000),
    "deep in an object": written(P, '{"a":' * 100_000),
    "NaN": replaced(P, '"seconds":', '"seconds": NaN, "x":'),
    "inf": replaced(P, '"seconds":', '"seconds": 1e999, "x":'),
    "negative days": replaced(P, '"days_per_week":', '"days_per_week": -1, "x":'),
    "huge": replaced(P, '"capacity_visits_per_year":', f'"capacity_visits_per_year": {"9" * 10_000}, "x":'),
    "another format": replaced(P, "siting-plan", "<b>"),
    "a version of the future": replaced(P, '"format_version":', '"format_version": 99, "x":'),
    "a version of nan": replaced(P, '"format_version":', '"format_version": [], "x":'),
    "a changed scenario": replaced(P, '"n_main"', '"n_mein"'),
    "a site that is not": replaced(P, '"site_id": "B"', '"site_id": "../B"'),
    "half a surrogate": replaced(P, '"site_id": "B"', '"site_id": "\\\\ud800"'),
}


def kinds() -> list[Kind]:
    return [
        Kind(
            "plan.json",
            whole,
            ["map", P, "--out", "out", "--no-cache"],
            frozenset({10, 11, 12, 23}),
            {**any_text(P, but=("ISO-8859-1", "EBCDIC", "noise in the middle")), **FAULTS},
        )
    ]
