"""map.html and report.xlsx."""

from __future__ import annotations

import base64
import json
import re
from contextlib import closing

import numpy as np
import openpyxl

from siting.geo import order_in_space
from siting.present.protected import NEIGHBOURS
from siting.present.words import SWEDISH

from .equations import Equations, Lot, Mask
from .spoils import Spoils


def read_map(spoil: Spoils, equations: Equations) -> None:
    """map.html: multiples of k that lie in the page; their sums over parts of a known curve share one lot."""
    if not spoil.has("map.html"):
        return
    page = (spoil.folder / "map.html").read_text("utf-8")
    [scene] = re.findall(r'id="siting_scene">(.*?)</script>', page, re.DOTALL)
    what_if = json.loads(scene)["whatIf"]
    units = np.frombuffer(base64.b64decode(what_if["units"]), "<u2").astype(float)
    k = what_if["unit"]
    demand = spoil.outcomes[0].region.demand
    for cell, told in enumerate(units * k):
        equations.low[cell] = max(equations.low[cell], (told - k) / spoil.scale)
        equations.high[cell] = min(equations.high[cell], (told + k) / spoil.scale)
    in_space = order_in_space(demand.centres_metres)
    codes = np.array(demand.municipality_codes)
    for code in np.unique(codes):
        order = in_space[(codes[in_space] == code) & (equations.high[in_space] > 0)]
        if not order.size:
            continue
        parts = np.array_split(order, max(1, len(order) // NEIGHBOURS))
        told_so_far, members, passed = 0.0, np.zeros(equations.n, dtype=bool), []
        for part in parts:
            members = members.copy()
            members[part] = True
            told_so_far += units[part].sum()
            passed.append((members, told_so_far * k))
        equations.lots.append(Lot(passed, k, spoil.scale))


def read_workbook(spoil: Spoils, equations: Equations) -> None:
    """report.xlsx, sheet Tilldelning: youths by municipality and place."""
    if not spoil.has("report.xlsx"):
        return
    with closing(openpyxl.load_workbook(spoil.folder / "report.xlsx")) as book:
        rows = [[cell.value for cell in row] for row in book["Tilldelning"].iter_rows()]
    start = next(i for i, row in enumerate(rows) if row and row[0] == "Alternativ")
    letters = {chr(65 + i): outcome for i, outcome in enumerate(spoil.outcomes)}
    alone: dict[tuple[str, str, str], Mask] = {}
    rest: list[tuple[str, str, str, int | None]] = []
    for row in rows[start + 1 :]:
        if not row or row[0] not in letters:
            continue
        letter, town, service, place, count = row[0], row[1], row[3], row[4], row[-1]
        outcome = letters[letter]
        which = "main" if service == SWEDISH("workbook.service.main") else "near"
        shown = int(count) if isinstance(count, int | float) else None
        code = {t: c for c, t in outcome.region.municipality_names.items()}[town]
        members = np.array(outcome.region.demand.municipality_codes) == code
        site = getattr(outcome.evaluation, which).site
        names = list(outcome.region.sites.names)
        key = (letter, town, which)
        if place in names:
            group = members & (site == names.index(place))
            alone[key] = alone.get(key, np.zeros(len(members), dtype=bool)) | group
            equations.count(group, shown, f"workbook {letter} {town} {which} {place}")
        else:
            rest.append((letter, town, which, shown))
            alone.setdefault(key, np.zeros(len(members), dtype=bool))
    for letter, town, which, shown in rest:
        outcome = letters[letter]
        code = {t: c for c, t in outcome.region.municipality_names.items()}[town]
        members = np.array(outcome.region.demand.municipality_codes) == code
        equations.count(
            members & ~alone[letter, town, which], shown, f"workbook {letter} {town} {which}, others"
        )
