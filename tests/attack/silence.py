"""What is written beyond the records: files of two datasets between which every record is the same.

Part of a young person more in a cell of whole counts passes no multiple of k. So if the records are the same,
the pages, tables, layers, pictures and the log have to be: a figure that tells the two apart is finer than
what passed the gate.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from difflib import unified_diff
from pathlib import Path

import geopandas as gpd
import numpy as np
import pypdf
import small_counts

from .equations import Array

AMOUNTS = (0.9, 0.4, 0.15, 0.05)
"""Of a young person: the more, the more a figure that did not pass the gate shows."""
RECORD = ".json"
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
CLOCK = re.compile(r'(?<="seconds": )[0-9.e-]+|\[ *[0-9.]+ s\]|Lösningstid [0-9,]+|(?<=beräknat på )[0-9,]+')
WIDTH = re.compile(r' w:w="[0-9]+"')
LOTS = re.compile(r'"units":\s*"[^"]*"')
"""The map's multiples of k: all lots are drawn anew when anything changes (siting/present/protected.py)."""


def apart(one: Path, other: Path) -> Iterator[str]:
    """Name each file of two folders that differs by more than clocks, digests and lots, with what differs."""
    names = sorted({path.relative_to(root) for root in (one, other) for path in root.rglob("*.*")})
    for name in names:
        if name.parts[0] == "data" or name.suffix == ".yaml":
            continue
        before, after = (list(_lines(root / name)) for root in (one, other))
        if before != after:
            changed = [line for line in unified_diff(before, after, lineterm="", n=0) if line[0] in "+-"][2:]
            yield f"{name}: {len(changed)} lines, such as {' | '.join(line[:300] for line in changed[:4])}"


def _lines(path: Path) -> Iterator[str]:
    if not path.is_file():
        return
    for text in _texts(path):
        for pattern, stands in ((DIGEST, "digest"), (CLOCK, "clock"), (LOTS, "lots")):
            text = pattern.sub(stands, text)  # noqa: PLW2901
        yield from text.splitlines()


def _texts(path: Path) -> Iterator[str]:
    """Give all that a file holds as texts."""
    if path.suffix == ".gpkg":
        for layer in gpd.list_layers(path)["name"]:
            yield layer + "\n" + gpd.read_file(path, layer=layer).to_csv()
    elif path.suffix in {".docx", ".xlsx"}:  # the widths of columns are those of the digests in them
        with closing(zipfile.ZipFile(path)) as packed:
            for name in sorted(each for each in packed.namelist() if each.endswith(".xml")):
                yield name + "\n" + WIDTH.sub("", packed.read(name).decode("utf-8")).replace("><", ">\n<")
    elif path.suffix == ".pdf":
        for page in pypdf.PdfReader(path).pages:
            yield page.extract_text()
    else:
        yield path.read_text("utf-8").replace("><", ">\n<")


def attack_by_silence(folder: Path, seed: int, put_out: Callable[[Path, Array], None]) -> list[str] | None:
    """Find two datasets with the same records; name the other files that differ. None: not found."""
    youths = small_counts.draw(seed)
    cell = int(np.flatnonzero((youths > 0) & (youths < 5))[seed % 3])
    put_out(folder / "county", youths)
    (folder / "county").rename(folder / "one")  # all are written by one name, which pages tell
    for amount in AMOUNTS:
        other = folder / f"{amount:g}-more"
        changed = youths.copy()
        changed[cell] += amount
        put_out(folder / "county", changed)
        (folder / "county").rename(other)
        found = list(apart(folder / "one", other))
        if not any(RECORD in each.split(":")[0] for each in found):
            return found
    return None
