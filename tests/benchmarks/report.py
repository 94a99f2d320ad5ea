"""What was measured as tables: all rows, and the figures that the project set out to reach."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from harness import best_value, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness import Row

Format = Literal["text", "markdown"]
HEAD: Final = ("question", "case", "seconds, median (range)", "x siting", "MiB (added)", "answer", "value")
FIGURES_HEAD: Final = ("figure (2 cores)", "reach", "prototype", "measured", "peer alongside", "reached")
BYTES_PER_GIB: Final = 2**30


def machine() -> str:
    """Say what this ran on."""
    cpu, cpuinfo = platform.processor() or platform.machine(), Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), cpu)
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        n_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        memory = f", {n_bytes / BYTES_PER_GIB:.0f} GiB"
    system = f"{platform.system()} {platform.machine()}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("siting", "numpy", "scipy", "highspy"))
    return f"{cpu}, {os.cpu_count()} cores{memory}; {system}, Python {platform.python_version()}; {packages}"


def peers_versions(rows: Sequence[Row]) -> str:
    """Versions of the peers that answered."""
    found: dict[str, str] = {}
    for row in rows:
        for run in row.runs if row.is_peer else ():
            found |= run.get("versions", {})
    return ", ".join(f"{name} {number}" for name, number in sorted(found.items()))


def all_rows(rows: Sequence[Row], form: Format) -> str:
    """Give every case beside the others of its question, and totals of the forty pmed."""
    table = []
    for question, cases in _questions(rows).items():
        best, first = best_value(cases), cases[0]
        for row in cases:
            table.append((question if row is first else "", *_cells(row, first, best)))
    found = _written(HEAD, table, form)
    return f"{found}\n{_pmed_words(rows)}" if any(row.group == "pmed" for row in rows) else found


def is_all_true(rows: Sequence[Row]) -> bool:
    """Whether no case called proven what is not, and no router is off; siting's own cases only."""
    return all(
        verdict(row, best_value(cases))[0]
        for cases in _questions(rows).values()
        for row in cases
        if not row.is_peer
    )


@dataclass(frozen=True)
class Figure:
    """One row of the figures: what was to be reached, and how it is read off the rows."""

    name: str
    reach: str
    prototype: str
    measured: Callable[[Sequence[Row]], tuple[str, str, bool] | None]


def figures(rows: Sequence[Row], form: Format) -> str:
    """Give the figures the project set out to reach, in their order."""
    table = []
    for each in FIGURES:
        found = each.measured(rows)
        measured, peer, is_reached = found or ("not measured", "", False)
        reached = ("yes" if is_reached else "no") if found else ""
        table.append((each.name, each.reach, each.prototype, measured, peer, reached))
    return _written(FIGURES_HEAD, table, form)


def put_into(page: str, tables: dict[str, str]) -> str:
    """Replace what stands on a page between ``<!-- name -->`` and ``<!-- /name -->``."""
    for name, table in tables.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            message = f"the page has no {begin} ... {end} to put a table between"
            raise ValueError(message)
        page = f"{before}{begin}\n\n{table}\n{end}{after}"
    return page


def _questions(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(f"{row.group}: {row.question}", []).append(row)
    return found


def _cells(row: Row, first: Row, best: float | None) -> tuple[str, ...]:
    ratio, run = "", row.last
    if row.is_peer and not first.is_peer and row.seconds and first.seconds:
        ratio = f"{_at_least(row)}{_short(row.seconds / first.seconds)}"
    memory = ""
    if run.get("peak_mib"):
        added = run.get("increment_mib")
        memory = f"{run['peak_mib']:,.0f}" + ("" if added is None else f" ({added:,.0f})")
    value = "" if run.get("value") is None else f"{run['value']:,.3f}"
    return row.case, _seconds(row), ratio, memory, verdict(row, best)[1], value


def _seconds(row: Row) -> str:
    found = row.all_seconds
    if not found:
        return ""
    middle = f"{_at_least(row)}{_short(row.seconds or 0.0)}"
    return f"{middle} ({_short(found[0])}-{_short(found[-1])})" if len(found) > 1 else middle


def _at_least(row: Row) -> str:
    """Mark what a limit stopped: it would have taken longer."""
    return "" if row.last.get("proven") else "> "


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def _written(head: Sequence[str], table: Sequence[Sequence[str]], form: Format) -> str:
    if form == "markdown":
        rules = ["---"] * len(head)
        return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rules, *table)) + "\n"
    widths = [max(len(cells[k]) for cells in (head, *table)) for k in range(len(head))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        for cells in (head, *table)
    )
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _find(rows: Sequence[Row], group: str, question: str, case: str = "siting") -> Row | None:
    asked = (group, question, case)
    return next((row for row in rows if (row.group, row.question, row.case) == asked), None)


def _is_proven(row: Row | None) -> bool:
    return row is not None and row.seconds is not None and all(run.get("proven") for run in row.runs)


def _against(own: Row, peer: Row | None) -> tuple[str, float]:
    """Tell a peer's figure beside siting's, and how many times longer it took (0 = not known)."""
    if peer is None or peer.seconds is None or own.seconds is None:
        return ("" if peer is None else f"{peer.case}: {peer.last.get('error', 'no answer')}"), 0.0
    ratio = peer.seconds / own.seconds
    memory = f", {peer.last['peak_mib']:,.0f} MiB" if peer.last.get("peak_mib") else ""
    return f"{peer.case}: {_seconds(peer)} s{memory} ({_at_least(peer)}{_short(ratio)} x)", ratio


def _small_median(rows: Sequence[Row]) -> tuple[str, str, bool] | None:
    own = _find(rows, "median", "plane 5,000 x 100, p = 8")
    if own is None or own.seconds is None:
        return None
    words, ratio = _against(own, _find(rows, "median", "plane 5,000 x 100, p = 8", "spopt + HiGHS"))
    added = own.last.get("increment_mib") or own.last["peak_mib"]
    reached = _is_proven(own) and own.seconds <= 1.0 and added < 100 and ratio >= 500
    return f"{_seconds(own)} s, {added:,.0f} MiB above the input", words, reached


def _within(group: str, question: str, limit_seconds: float, peers: Sequence[str] = ()) -> Callable:
    def measured(rows: Sequence[Row]) -> tuple[str, str, bool] | None:
        own = _find(rows, group, question)
        if own is None or own.seconds is None:
            return None
        found = [_against(own, _find(rows, group, question, peer))[0] for peer in peers]
        words = "; ".join(each for each in found if each)
        says = "" if _is_proven(own) else f" ({own.last.get('says')})"
        return f"{_seconds(own)} s{says}", words, _is_proven(own) and own.seconds <= limit_seconds

    return measured


def _both(
    group: str, question: str, limit_seconds: float, peers: Sequence[str]
) -> Callable[[Sequence[Row]], tuple[str, str, bool] | None]:
    """Read off the same size on the country's roads and on a plane, which is harder for its noise."""

    def measured(rows: Sequence[Row]) -> tuple[str, str, bool] | None:
        found = {
            kind: _within(group, f"{kind} {question}", limit_seconds, peers)(rows)
            for kind in ("roads", "plane")
        }
        told = {kind: each for kind, each in found.items() if each}
        if not told:
            return None
        own, theirs = (
            "; ".join(f"{kind}: {each[k]}" for kind, each in told.items() if each[k]) for k in (0, 1)
        )
        return own, theirs, len(told) == len(found) and all(each[2] for each in told.values())

    return measured


def _with_memory(
    group: str, question: str, case: str, limits: tuple[float, float], peers: Sequence[str] = ()
) -> Callable:
    def measured(rows: Sequence[Row]) -> tuple[str, str, bool] | None:
        own = _find(rows, group, question, case)
        if own is None or own.seconds is None:
            return None
        found = [_against(own, _find(rows, group, question, peer))[0] for peer in peers]
        peak_gib = own.last["peak_mib"] / 1024
        words = f"{_seconds(own)} s, {peak_gib:.1f} GiB in all; {own.last['says']}"
        reached = _is_proven(own) and own.seconds <= limits[0] and peak_gib * 1.074 < limits[1]
        return words, "; ".join(each for each in found if each), reached

    return measured


def _warm_topology(rows: Sequence[Row]) -> tuple[str, str, bool] | None:
    own = _find(rows, "roads", "100 sites to 200,000 nodes")
    if own is None or own.seconds is None:
        return None
    ratios, words = {}, []
    for peer in ("scipy", "networkx, as OSMnx", "pyroutingkit", "igraph", "pandana"):
        said, ratios[peer] = _against(own, _find(rows, "roads", "100 sites to 200,000 nodes", peer))
        words.append(said)
    reached = ratios["scipy"] >= 30 and ratios["networkx, as OSMnx"] >= 500
    return f"{_seconds(own)} s", "; ".join(word for word in words if word), reached


def _map(question: str, limit_seconds: float, limit_megabytes: float) -> Callable:
    def measured(rows: Sequence[Row]) -> tuple[str, str, bool] | None:
        own, peer = _find(rows, "map", question), _find(rows, "map", question, "plain Folium")
        if own is None or own.seconds is None:
            return None
        words = _against(own, peer)[0]
        if peer is not None and peer.last.get("bytes"):
            words += f"; {peer.last['says']}"
        megabytes = own.last.get("bytes", 0) / 1e6
        reached = own.seconds <= limit_seconds and megabytes <= limit_megabytes
        return f"{_seconds(own)} s; {own.last['says']}", words, reached

    return measured


def _pmed_pairs(rows: Sequence[Row]) -> list[tuple[Row, Row | None]]:
    own = [row for row in rows if row.group == "pmed" and row.case == "siting" and row.seconds is not None]
    return [(row, _find(rows, "pmed", row.question, "pbp-pmedian")) for row in own]


def _pmed_total(rows: Sequence[Row]) -> tuple[str, str, bool] | None:
    pairs = _pmed_pairs(rows)
    if not pairs:
        return None
    own = sum(row.seconds or 0.0 for row, _ in pairs)
    n_proven = sum(_is_proven(row) for row, _ in pairs)
    measured = f"{_short(own)} s for {len(pairs)}, {n_proven} of them proven"
    ran = [(row, peer) for row, peer in pairs if peer is not None and peer.seconds is not None]
    if not ran:
        return measured, "", False
    theirs = sum(peer.seconds or 0.0 for _, peer in ran)
    ours = sum(row.seconds or 0.0 for row, _ in ran)
    n_theirs = sum(_is_proven(peer) for _, peer in ran)
    words = f"pbp-pmedian: {_short(theirs)} s for {len(ran)}, {n_theirs} proven ({_short(theirs / ours)} x)"
    return measured, words, n_proven == len(PMED) == len(ran) and theirs >= 20 * ours


PMED: Final = range(40)


def _pmed_words(rows: Sequence[Row]) -> str:
    found = _pmed_total(rows)
    real = sum(row.question.startswith("pmed") and "like" not in row.question for row, _ in _pmed_pairs(rows))
    return f"pmed in all: {found[0]}; {found[1]}; {real} are OR-Library's own files\n" if found else ""


FIGURES: Final = (
    Figure(
        "p-median 5,000 x 100, p = 8, proven",
        ">= 500 x faster than spopt + HiGHS, <= 1 s, < 100 MB",
        "0.54 s, 13 MB",
        _small_median,
    ),
    Figure(
        "p-median 20,000 x 500, p = 30, proven",
        "<= 10 s",
        "16.6 s",
        _both("median", "20,000 x 500, p = 30", 10.0, ("pbp-pmedian",)),
    ),
    Figure(
        "all 40 pmed proven, total",
        ">= 20 x faster than pbp-pmedian",
        "20-47 x on two of them",
        _pmed_total,
    ),
    Figure(
        "coverage 20,000 x 500 proven",
        "<= 10 s",
        "34 s",
        _both(
            "coverage",
            "20,000 x 500, p = 30, within 15 min",
            10.0,
            ("spopt + HiGHS", "a row a cell in HiGHS"),
        ),
    ),
    Figure(
        "100 sites to 200,000 nodes, warm topology",
        ">= 30 x scipy, >= 500 x networkx",
        "37 x, 600 x",
        _warm_topology,
    ),
    Figure(
        "3,000 sites to 120,000 cells, 1.5 million nodes, topology built",
        "<= 15 s, < 4 GB",
        "26 s on one core",
        _with_memory(
            "country",
            "3,000 sites to 120,000 cells",
            "siting, snapping included",
            (15.0, 4.0),
            ("scipy", "pyroutingkit"),
        ),
    ),
    Figure(
        "the country, p = 60: cells, sites, graph in; proven to 0.1 % or better out",
        "<= 5 minutes, < 8 GB",
        "not tried",
        _with_memory("country", "cells, sites, graph in; p = 60 out", "siting", (300.0, 8.0)),
    ),
    Figure("`siting --help`", "< 0.3 s", "", _within("start", "siting --help", 0.3)),
    Figure(
        "`siting run scenarios/base.yaml`, warm cache",
        "< 4 s",
        "",
        _within("start", "siting run scenarios/base.yaml, warm cache", 4.0),
    ),
    Figure(
        "map of the county, one plan: size, opening",
        "< 2 s, <= 2 MB",
        "",
        _map("the embedded county, one plan", 2.0, 2.0),
    ),
    Figure(
        "map of the county, six plans side by side",
        "< 2 s, <= 2 MB",
        "",
        _map("the embedded county, six plans", 2.0, 2.0),
    ),
    Figure(
        "map of 20,000 cells x 100 sites",
        "< 3 s, <= 5 MB",
        "",
        _map("made up, 20,000 cells x 100 sites", 3.0, 5.0),
    ),
)
