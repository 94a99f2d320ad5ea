"""Faults of a JSON file that a program wrote: shapes, figures and texts that stand where others should."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

from . import faults
from .faults import replaced, written

WRONG = {
    "NaN": "NaN",
    "-Infinity": "-Infinity",
    "1e400": "1e400",
    "400 digits": "9" * 400,
    "true": "true",
    "nothing": "null",
    "an empty list": "[]",
    "an object": "{}",
    "a list of lists": "[[[]]]",
    "a figure as text": '"5"',
    "markup": json.dumps(faults.MARKUP[0]),
    "what a terminal obeys": json.dumps(faults.MARKUP[3]),
    "a line of its own": json.dumps(faults.MARKUP[4]),
    "half a sign": '"\\ud800"',
    "a text of a megabyte": json.dumps("x" * 1_000_000),
}
"""What may stand where something else should, by what it is."""
ALMOST_TOO_MANY = 4_900_000
"""Objects, each a bracket and a comma: a lawful file that nobody writes."""
LEVELS = (990, 3_000, 10_000_000)
IN_TURN = 4
_HERE = "\N{REPLACEMENT CHARACTER}"


def at(name: str, path: str, raw: str) -> Callable[[Path], object]:
    """Put JSON text at a dotted path, which must be there."""

    def breaks(folder: Path) -> None:
        tree = json.loads((folder / name).read_text(encoding="utf-8"))
        *above, last = (int(each) if each.isdigit() else each for each in path.split("."))
        inner = tree
        for each in above:
            inner = inner[each]
        inner[last]
        inner[last] = _HERE
        text = json.dumps(tree, ensure_ascii=False).replace(f'"{_HERE}"', raw)
        (folder / name).write_text(text, encoding="utf-8")

    return breaks


def wrong_at(
    name: str, paths: Iterable[str], *, but: Collection[str] = ()
) -> dict[str, Callable[[Path], object]]:
    """Put what is wrong at each of some paths: every fourth fault, in turn.

    `but` are the pairs "path fault" that are lawful.
    """
    cases = {
        f"{path} {fault}": at(name, path, WRONG[fault])
        for k, path in enumerate(paths)
        for fault in list(WRONG)[k % IN_TURN :: IN_TURN]
    }
    return {fault: breaks for fault, breaks in cases.items() if fault not in but}


def shapes(name: str, *, format_name: str) -> dict[str, Callable[[Path], object]]:
    """Give faults of the whole file, of its format and of how deep it goes."""
    head = f'{{"format": "{format_name}", "format_version": 4, "x": '
    return {
        "a list": written(name, "[]"),
        "a text": written(name, '"x"'),
        "a number": written(name, "1e400"),
        "nothing": written(name, "null"),
        "of its format alone": written(name, head + "1}"),
        "a key twice": replaced(name, '"format":', '"format": "x", "format":'),
        "a key twice deep within": replaced(name, '"sha256":', '"sha256": 1, "sha256":'),
        "another format": replaced(name, f'"{format_name}"', '"<b>"'),
        "a format of a list": replaced(name, f'"{format_name}"', f'["{format_name}"]'),
        "a version of the future": replaced(name, '"format_version":', '"format_version": 99, "x":'),
        "a version that is true": replaced(name, '"format_version":', '"format_version": true, "x":'),
        "a version of lists": replaced(name, '"format_version":', '"format_version": [[]], "x":'),
        **{f"{n:,} lists deep": written(name, "[" * n) for n in LEVELS},
        **{f"{n:,} lists deep within": _more(name, "[" * n + "]" * n) for n in LEVELS},
        **{f"{n:,} objects deep within": _more(name, '{"a":' * n + "1" + "}" * n) for n in LEVELS[:2]},
    }


def long_lists(name: str) -> dict[str, Callable[[Path], object]]:
    """Give lists of millions, which take a hundred times the room that they have in the file."""
    return {
        f"{n:,} {what}": _more(name, raw, times=n)
        for n, what, raw in (
            (30_000_000, "empty lists", "[]"),
            (30_000_000, "empty objects", "{}"),
            (30_000_000, "figures", "1.5"),
            (ALMOST_TOO_MANY, "empty objects", "{}"),
        )
    }


def _more(name: str, raw: str, *, times: int = 0) -> Callable[[Path], object]:
    """Put a value that nobody asks for beside the version, or a list of it."""

    def breaks(folder: Path) -> None:
        value = f"[{','.join([raw] * times)}]" if times else raw
        replaced(name, '"siting_version":', f'"x": {value}, "siting_version":')(folder)

    return breaks


def resealed(
    name: str, change: Callable[[dict[str, Any]], object], *, plan: int | None = None
) -> Callable[[Path], object]:
    """Change the resolved scenario, and write the digest that it then has."""

    def breaks(folder: Path) -> None:
        from siting.saved.record import digest_of

        tree = json.loads((folder / name).read_text(encoding="utf-8"))
        scenario = (tree if plan is None else tree["plans"][plan])["scenario"]
        change(scenario["resolved"])
        scenario["sha256"] = digest_of(scenario["resolved"])
        (folder / name).write_text(json.dumps(tree), encoding="utf-8")

    return breaks
