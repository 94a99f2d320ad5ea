"""An attack on what a run puts out: it tries to work out counts of young people below k.

The attacker has every file, and knows all that is public: the travel times, the rates, k, and by what rules
figures are rounded (this repository). Each figure is then a pair of linear inequalities over the youths of
the cells, and linear programming says between which bounds a cell or a group of cells lies. Every inequality
is first held against the truth: an attack by false equations would find nothing and prove nothing.

What counts as success is said in `judge`; docs/threat-model.md says what is promised.

    python tests/attack.py maps/comparison      # what siting compare wrote: minutes, not in the test run
"""

from __future__ import annotations

import base64
import dataclasses
import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import highspy
import numpy as np
import openpyxl
from numpy.typing import NDArray

from siting import saved
from siting.evaluate import Trips, best_trips, trips_of
from siting.geo import order_in_space
from siting.present.disclosure import Gate
from siting.present.protected import NEIGHBOURS
from siting.present.records import county_decimals
from siting.present.words import SWEDISH
from siting.study import Alternatives, Outcome

SERVICES = ("near", "main")
WHOLE = 1e-6
TRUTH_WITHIN = 1e-6
Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


# --- what is known of a figure that was told ---


@cache
def _told_table(k: int, most: float) -> tuple[Array, list[int | None]]:
    gate, values = Gate(k), np.arange(0.0, most, 0.25)
    return values, [gate.count(value) for value in values]


@cache
def range_of_count(shown: int | None, k: int, most: float) -> tuple[float, float]:
    """Between which bounds a count lies that is told so, found by trying the gate."""
    values, told = _told_table(k, most)
    found = [value for value, each in zip(values, told, strict=True) if each == shown]
    if not found:
        message = f"no count is told as {shown} with k = {k}"
        raise AssertionError(message)
    return (0.0, 0.0) if shown == 0 else (found[0] if found[0] > 0.25 else 0.0, found[-1] + 0.25)


@cache
def range_of_class(label: str, k: int, most: float) -> tuple[float, float]:
    """Between which bounds a cell's youths lie that are told as a class."""
    values, _ = _told_table(k, most)
    labels = Gate(k).classes(values, SWEDISH)
    found = [value for value, each in zip(values, labels, strict=True) if each == label]
    return (0.0, 0.0) if found == [0.0] else (found[0] if found[0] > 0.25 else 0.0, found[-1] + 0.25)


@dataclass(frozen=True)
class Row:
    """low <= weights @ youths <= high, and what it was read from."""

    weights: Array
    low: float
    high: float
    source: str


@dataclass(frozen=True)
class Lot:
    """What a municipality's multiples of k on the map sum to, part by part of the curve, by one lot."""

    passed: list[tuple[Mask, float]]
    step: int
    scale: float


@dataclass
class Equations:
    """All that is known of the youths of some cells, and the groups that figures speak of."""

    k: int
    n: int
    most: float
    low: Array
    high: Array
    rows: list[Row] = field(default_factory=list)
    shifts: list[Lot] = field(default_factory=list)
    groups: dict[bytes, tuple[Mask, str]] = field(default_factory=dict)
    page_tells: Array = field(default_factory=lambda: np.zeros(0))
    """The truth, asked for one thing alone: whether a hidden share stands as "<3 %" or as ">97 %"."""
    hidden: list[Mask] = field(default_factory=list)
    """Groups that a figure says hold fewer than k."""

    def within(self, weights: Array, low: float, high: float, source: str) -> None:
        if np.any(weights):
            self.rows.append(Row(weights, low, high, source))

    def count(self, members: Mask, shown: int | None, source: str, *, k: int | None = None) -> None:
        """A count of the youths of some cells, as the gate told it."""
        if members.any():
            low, high = range_of_count(shown, k or self.k, self.most)
            self.within(members.astype(float), low, high, source)
            self.groups.setdefault(members.tobytes(), (members, source))
            if shown is None:
                self.hidden.append(members)


# --- reading the files ---


@dataclass(frozen=True)
class Spoils:
    """What one command wrote, and the public facts that belong to it."""

    alternatives: Alternatives
    folder: Path
    scale: float = 1.0
    """Youths of this run over those that are sought: public, such as the part that other ages are."""

    @property
    def k(self) -> int:
        return self.alternatives.base.scenario.evaluation.smallest_count_shown


def read(spoils: Sequence[Spoils], without: Sequence[str] = ()) -> Equations:
    """Write down what all the files tell; `without` leaves some kinds out, to see which tell most."""
    first = spoils[0]
    demand = first.alternatives.base.region.demand
    n, most = len(demand.youths), float(demand.youths.sum()) * 1.1 + 50
    equations = Equations(first.k, n, most, np.zeros(n), np.full(n, most))
    for each in spoils:
        equations.page_tells = each.alternatives.base.region.demand.youths
        equations.k = each.k
        before = len(equations.rows)
        for kind, reader in READERS.items():
            if kind not in without:
                reader(each, equations)
        for number in range(before, len(equations.rows)):
            row = equations.rows[number]
            equations.rows[number] = Row(row.weights * each.scale, row.low, row.high, row.source)
    equations.k = first.k
    return equations


def _record(spoil: Spoils) -> dict[str, Any]:
    return json.loads((spoil.folder / "comparison.json").read_text("utf-8"))


def read_classes(spoil: Spoils, equations: Equations) -> None:
    """comparison.gpkg: the class of each cell."""
    name = spoil.alternatives.base.scenario.name
    layer = gpd.read_file(spoil.folder / "comparison.gpkg", layer=f"assignments_{name}", ignore_geometry=True)
    for cell, label in enumerate(layer["youths"]):
        low, high = range_of_class(label, spoil.k, equations.most)
        equations.low[cell] = max(equations.low[cell], low / spoil.scale)
        equations.high[cell] = min(equations.high[cell], high / spoil.scale)


def read_plans(spoil: Spoils, equations: Equations) -> None:
    """comparison.json (plan.json and sites.csv hold the same): the figures of each plan."""
    for outcome, record in zip(spoil.alternatives.outcomes, _record(spoil)["plans"], strict=True):
        name = outcome.scenario.name
        evaluation = record["evaluation"]
        trips = {service: _by_cell(outcome, service) for service in SERVICES}
        _read_areas(equations, outcome, trips, evaluation, name)
        for mode, of_mode in evaluation["by_mode"].items():
            by_mode = {
                service: best_trips(outcome.plan, outcome.region, service, mode) for service in SERVICES
            }
            _read_areas(equations, outcome, by_mode, of_mode, f"{name} by {mode}")
        for site in record["sites"]:
            column = outcome.region.sites.site_ids.index(site["site_id"])
            nearest = trips["near"].site == column
            equations.count(nearest, site["youths_nearest"], f"{name}: nearest to {site['site_id']}")
            _visits(equations, outcome, nearest, "near", site["near_visits_per_year"], name)
            served = trips["main"].site == column
            _visits(equations, outcome, served, "main", site["main_visits_per_year"], name)


def _by_cell(outcome: Outcome, service: str) -> Trips:
    """Trips of each cell; where an intake splits cells, the files tell only where most of each goes."""
    trips, n = trips_of(outcome.plan, outcome.region, service), len(outcome.region.demand.youths)
    if len(trips.cell) == n and np.array_equal(trips.cell, np.arange(n)):
        return trips
    if len(np.unique(trips.cell)) < len(trips.cell):
        message = f"{outcome.scenario.name}: an intake that splits cells is not attacked; leave it out"
        raise AssertionError(message)
    whole = Trips(np.arange(n), np.full(n, -1), np.ones(n), np.full(n, np.inf), np.full(n, np.inf))
    for name in ("site", "minutes", "generalised_minutes"):
        getattr(whole, name)[trips.cell] = getattr(trips, name)
    return whole


def _visits(  # noqa: PLR0917
    equations: Equations, outcome: Outcome, members: Mask, service: str, shown: int | None, name: str
) -> None:
    """Visits that follow from a count: all counts that would be told so."""
    if not shown or not members.any():
        return
    rate = _visits_per_youth(outcome, service)[members].max()
    _, told = _told_table(equations.k, equations.most)
    gate = Gate(equations.k)
    derived = [gate.derived(value * rate, value) for value in sorted({c for c in told if c})]
    counts = [c for c, d in zip(sorted({c for c in told if c}), derived, strict=True) if d == shown]
    if counts and outcome.scenario.demand.municipality_factors == {}:
        low = range_of_count(min(counts), equations.k, equations.most)[0]
        high = range_of_count(max(counts), equations.k, equations.most)[1]
        equations.within(members.astype(float), low, high, f"{name}: visits {service}")


def _visits_per_youth(outcome: Outcome, service: str) -> Array:
    demand = outcome.region.demand
    visits = demand.main_visits_per_year if service == "main" else demand.near_visits_per_year
    return np.divide(visits, demand.youths, out=np.zeros(len(visits)), where=demand.youths > 0)


def _read_areas(
    equations: Equations,
    outcome: Outcome,
    trips: dict[str, Trips],
    evaluation: dict[str, Any],
    name: str,
) -> None:
    codes = np.array(outcome.region.demand.municipality_codes)
    code_of = {town: code for code, town in outcome.region.municipality_names.items()}
    areas = [(town, codes == code_of[town], each) for town, each in evaluation["by_municipality"].items()]
    areas.append(("the county", np.ones(len(codes), dtype=bool), evaluation["county"]))
    for town, members, written in areas:
        told = written
        equations.count(members, told["youths"], f"{name}: {town}")
        if town == "the county" and " by " not in name:
            told = {**told, "_step": 10.0 ** -county_decimals(told["youths"] or 0)}
        elif town != "the county" and " by " in name:
            told = {**told, "_step": 10.0}
        for service in ("overall", *SERVICES):
            parts = SERVICES if service == "overall" else (service,)
            served = [
                _Part(
                    trips[part].minutes,
                    trips[part].generalised_minutes,
                    members * _visits_per_youth(outcome, part),
                )
                for part in parts
            ]
            is_county = town == "the county"
            _read_access(equations, served, members, told, service, f"{name}: {town}, {service}", is_county)


@dataclass(frozen=True)
class _Part:
    minutes: Array
    felt: Array
    weights: Array  # visits of a youth of each cell; 0 outside the area


def _read_access(  # noqa: PLR0917
    equations: Equations,
    parts: Sequence[_Part],
    members: Mask,
    told: dict[str, Any],
    service: str,
    source: str,
    is_county: bool,
) -> None:
    access = told[service]
    all_visits = sum((part.weights for part in parts), np.zeros(equations.n))
    if not all_visits.any() or told["youths"] is None:
        return
    shares = [("served_share", access["served_share"], [np.isfinite(p.felt) for p in parts])]
    for each in access["share_within"]:
        limit = each["minutes"]
        shares.append((f"within {limit:g}", each["share"], [part.minutes <= limit for part in parts]))
    for what, shown, inside in shares:
        of_share = sum((p.weights * i for p, i in zip(parts, inside, strict=True)), np.zeros(equations.n))
        _share(
            equations,
            of_share,
            all_visits,
            shown,
            told["youths"],
            f"{source}, {what}",
            is_county,
            len(parts) > 1,
        )
        if shown is None and len(parts) == 1:
            _few(equations, members & inside[0], members & ~inside[0], f"{source}, {what}")
        if len(parts) == 1:
            group = members & inside[0]
            for chosen in (group, members & ~group):
                equations.groups.setdefault(chosen.tobytes(), (chosen, f"{source}, {what}"))
    for key, which in (("mean_minutes", "minutes"), ("mean_generalised_minutes", "felt")):
        _mean(equations, [(getattr(part, which), part.weights) for part in parts], access[key], told, source)
    for key, percent in (("median_minutes", 0.5), ("percentile_90_minutes", 0.9)):
        _percentile(equations, parts, access[key], percent, told, f"{source}, {key}")


def _few(equations: Equations, inside: Mask, outside: Mask, source: str) -> None:
    """Of a share that is hidden the page says whether it tells of few ("<3 %") or of nearly all."""
    sums = [float(equations.page_tells[group].sum()) for group in (inside, outside)]
    few = (inside, outside)[int(np.argmin(sums))]
    if 0 < min(sums) < equations.k:
        equations.within(few.astype(float), 0.0, equations.k, f"{source}, few")
        equations.hidden.append(few)


def _share(  # noqa: PLR0917
    equations: Equations,
    of_share: Array,
    all_visits: Array,
    shown: float | None,
    youths: int,
    source: str,
    is_county: bool,
    is_both: bool,
) -> None:
    each = all_visits.max()
    if shown is None:
        return
    if is_county:
        half = 0.5 * 10.0 ** -min(2, max(0, int(np.floor(np.log10(max(youths, equations.k) / equations.k)))))
        equations.within(of_share - (shown + half) * all_visits, -np.inf, 0.0, f"{source} (most)")
        equations.within(of_share - (shown - half) * all_visits, 0.0, np.inf, f"{source} (least)")
        return
    if is_both:
        return  # it follows from the shares of the two services as they are told: Gate.share_of_both
    k = equations.k
    low, high = range_of_share(shown, youths, k, equations.most)
    rest = all_visits - of_share
    if shown in (0.0, 1.0) and youths < 100 * k:
        equations.within((of_share if shown == 0.0 else rest) / each, 0.0, 0.0, f"{source} (none or all)")
        return
    equations.within(of_share / each, low, high, source)
    if shown not in (0.0, 1.0):  # else it were hidden
        equations.within(rest / each, k, np.inf, f"{source} (rest)")


@cache
def range_of_share(shown: float, youths: int, k: int, most: float) -> tuple[float, float]:
    """Between which bounds the youths lie that a share of so many, as told, speaks of: found by trying."""
    low, high = range_of_count(youths, k, most)
    wholes, parts = np.arange(low, high, k), np.arange(0.0, high, k)
    found = [
        part for whole in wholes for part in parts[parts <= whole] if round(float(part / whole), 2) == shown
    ]
    if not found:
        message = f"no share of {youths} is told as {shown}"
        raise AssertionError(message)
    return min(found), max(found) + k


def _mean(
    equations: Equations,
    parts: Sequence[tuple[Array, Array]],
    shown: float | None,
    told: dict[str, Any],
    source: str,
) -> None:
    if shown is None:
        return
    half = 0.5 * _step_of(told)
    for bound, sign in ((shown + half, 1.0), (shown - half, -1.0)):
        weights = np.zeros(equations.n)
        for minutes, visits in parts:
            there = np.isfinite(minutes)
            weights += sign * visits * np.where(there, np.where(there, minutes, 0.0) - bound, 0.0)
        equations.within(weights, -np.inf, 0.0, f"{source}, mean")


def _step_of(told: dict[str, Any]) -> float:
    """Step of minutes: those of the county have three decimals where these are told."""
    return float(told.get("_step", 1.0))


def _percentile(  # noqa: PLR0917
    equations: Equations,
    parts: Sequence[_Part],
    shown: float | None,
    percent: float,
    told: dict[str, Any],
    source: str,
) -> None:
    if shown is None:
        return
    half = 0.5 * _step_of(told)
    up_to, below = np.zeros(equations.n), np.zeros(equations.n)
    for part in parts:
        travels = np.isfinite(part.minutes)
        up_to += part.weights * ((part.minutes <= shown + half + WHOLE) * 1.0 - percent) * travels
        below += part.weights * ((part.minutes < shown - half - WHOLE) * 1.0 - percent) * travels
    equations.within(up_to, -WHOLE, np.inf, f"{source} (most)")
    equations.within(below, -np.inf, WHOLE, f"{source} (least)")


def read_changes(spoil: Spoils, equations: Equations) -> None:
    """comparison.json: who comes nearer, gets farther, gains, loses, comes within the standard."""
    comparison = spoil.alternatives.comparison
    by_name = {each.scenario.name: each for each in spoil.alternatives.outcomes}
    base = by_name[comparison.base]
    codes = np.array(base.region.demand.municipality_codes)
    code_of = {town: code for code, town in base.region.municipality_names.items()}
    for each in _record(spoil)["differences"]:
        before, after = (getattr(one.evaluation, each["service"]) for one in (base, by_name[each["option"]]))
        had, has = np.isfinite(before.minutes), np.isfinite(after.minutes)
        both = had & has
        change = np.where(both, np.round(np.where(both, after.minutes - before.minutes, 0.0), 6), 0.0)
        limit, standard = comparison.noticeable_minutes, comparison.standard_minutes
        nearer, farther = both & (change <= -limit), both & (change >= limit)
        groups = {
            "youths_nearer": nearer,
            "youths_farther": farther,
            "youths_gaining_a_place": ~had & has,
            "youths_losing_a_place": had & ~has,
            "youths_into_standard": ~(before.minutes <= standard) & (after.minutes <= standard),
            "youths_out_of_standard": (before.minutes <= standard) & ~(after.minutes <= standard),
            "youths_unchanged": ~(nearer | farther | (~had & has) | (had & ~has)),
        }
        areas = {town: codes == code_of[town] for town in each["by_municipality"]}
        for town, told in (*each["by_municipality"].items(), (None, each["county"])):
            members = np.ones(len(codes), dtype=bool) if town is None else areas[town]
            source = f"{each['option']} against {comparison.base}, {each['service']}: {town}"
            for key, group in groups.items():
                equations.count(members & group, told[key], f"{source}, {key}")
            rate = _visits_per_youth(base, each["service"])
            _mean(
                equations,
                [(np.where(both, change, np.inf), members * rate)],
                told["mean_change_minutes"],
                {},
                source,
            )


def read_map(spoil: Spoils, equations: Equations) -> None:
    """map.html: multiples of k that lie in the page; their sums over parts of a known curve share one lot."""
    page = (spoil.folder / "map.html").read_text("utf-8")
    [scene] = re.findall(r'id="siting_scene">(.*?)</script>', page, re.DOTALL)
    what_if = json.loads(scene)["whatIf"]
    units = np.frombuffer(base64.b64decode(what_if["units"]), "<u2").astype(float)
    k = what_if["unit"]
    demand = spoil.alternatives.base.region.demand
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
        equations.shifts.append(Lot(passed, k, spoil.scale))


def read_workbook(spoil: Spoils, equations: Equations) -> None:
    """report.xlsx, sheet Tilldelning: youths by municipality and place."""
    path = spoil.folder / "report.xlsx"
    if not path.is_file():
        return
    with closing(openpyxl.load_workbook(path)) as book:
        rows = [[cell.value for cell in row] for row in book["Tilldelning"].iter_rows()]
    start = next(i for i, row in enumerate(rows) if row and row[0] == "Alternativ")
    letters = {chr(65 + i): outcome for i, outcome in enumerate(spoil.alternatives.outcomes)}
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


READERS = {
    "classes": read_classes,
    "plans": read_plans,
    "changes": read_changes,
    "map": read_map,
    "workbook": read_workbook,
}


# --- solving ---


class Bounds:
    """Least and most of sums over cells, by linear programming; all starts from the last answer."""

    def __init__(self, equations: Equations, cells: NDArray[np.intp]) -> None:
        n, shifts = len(cells), equations.shifts
        inside = np.zeros(equations.n, dtype=bool)
        inside[cells] = True
        rows, low, high = [], [], []
        seen: set[tuple[bytes, float, float]] = set()
        for row in equations.rows:
            if np.any(row.weights[~inside] * (equations.high[~inside] > 0)):
                continue  # of more than these cells
            kept = row.weights[cells]
            key = (kept.tobytes(), row.low, row.high)
            if kept.any() and key not in seen:
                seen.add(key)
                scale = np.abs(kept).max()
                rows.append(np.append(kept / scale, np.zeros(len(shifts))))
                low.append(row.low / scale)
                high.append(row.high / scale)
        for number, shift in enumerate(shifts):
            for members, told in shift.passed:
                if np.any(members[~inside]) or not members.any():
                    continue
                lot = np.zeros(len(shifts))
                lot[number] = shift.step
                rows.append(np.append(members[cells] * shift.scale, lot))
                low.append(told)
                high.append(told + shift.step)
        self.n_rows = len(rows)
        self._solver = _solver(
            np.array(rows).reshape(len(rows), n + len(shifts)),
            np.array(low),
            np.array(high),
            np.append(equations.low[cells], np.zeros(len(shifts))),
            np.append(equations.high[cells], np.ones(len(shifts))),
        )
        self._cells = cells
        self._columns = np.arange(n + len(shifts), dtype=np.int32)

    def of(self, members: Mask) -> tuple[float, float]:
        """Between which bounds the youths of some cells lie."""
        cost = np.zeros(len(self._columns))
        cost[: len(self._cells)] = members[self._cells]
        self._solver.changeColsCost(len(cost), self._columns, cost)
        found = []
        for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
            self._solver.changeObjectiveSense(sense)
            self._solver.run()
            if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                message = f"the equations contradict each other: {self._solver.getModelStatus()}"
                raise AssertionError(message)
            found.append(float(self._solver.getInfo().objective_function_value))
        return found[0], found[1]


def _solver(rows: Array, low: Array, high: Array, least: Array, most: Array) -> highspy.Highs:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("primal_feasibility_tolerance", 1e-9)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(least), len(low)
    lp.col_cost_ = np.zeros(len(least))
    lp.col_lower_, lp.col_upper_ = least, most
    lp.row_lower_, lp.row_upper_ = low, high
    row, column = np.nonzero(rows)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.searchsorted(row, np.arange(len(low) + 1))
    lp.a_matrix_.index_ = column
    lp.a_matrix_.value_ = rows[row, column]
    solver.passModel(lp)
    return solver


# --- judging ---


@dataclass
class Report:
    """What an attack found."""

    n_rows: int = 0
    n_cells: int = 0
    n_groups: int = 0
    cells_narrowed: int = 0
    """Beyond their class and the map's multiple: no success, but what it begins with."""
    recovered: list[str] = field(default_factory=list)

    def __add__(self, other: Report) -> Report:
        return Report(*(getattr(self, f.name) + getattr(other, f.name) for f in dataclasses.fields(self)))

    def __str__(self) -> str:
        return (
            f"{self.n_rows} inequalities, {self.n_cells} cells ({self.cells_narrowed} narrowed), "
            f"{self.n_groups} groups: {len(self.recovered)} recovered"
        )


def false_rows(equations: Equations, youths: Array) -> list[str]:
    """Name the inequalities that the truth does not obey: there must be none."""
    wrong = []
    for row in equations.rows:
        value = float(row.weights @ youths)
        slack = TRUTH_WITHIN * max(1.0, np.abs(row.weights).max() * youths.sum())
        if not row.low - slack <= value <= row.high + slack:
            wrong.append(f"{row.source}: {value} is not in {row.low} to {row.high}")
    inside = (equations.low - TRUTH_WITHIN <= youths) & (youths <= equations.high + TRUTH_WITHIN)
    return [*wrong, *(f"cell {cell}" for cell in np.flatnonzero(~inside))]


def attack(
    equations: Equations, youths: Array, blocks: Sequence[Mask], *, whole: bool, most_groups: int = 400
) -> Report:
    """Attack every cell, every group that a figure speaks of, and what is left between two of them."""
    report = Report()
    for block in blocks:
        cells = np.flatnonzero(block & (equations.high > 0))
        if not cells.size:
            continue
        bounds = Bounds(equations, cells)
        report += Report(n_rows=bounds.n_rows)
        for cell in cells:
            members = np.zeros(equations.n, dtype=bool)
            members[cell] = True
            low, high = bounds.of(members)
            width = equations.high[cell] - equations.low[cell]
            is_narrowed = high - low < width - 0.01
            report += Report(n_cells=1, cells_narrowed=int(is_narrowed))
            report += judge(f"cell {cell}", youths[cell], low, high, equations.k, whole=whole, is_cell=True)
        for members, source in _groups(equations, cells, most_groups):
            low, high = bounds.of(members)
            report += Report(n_groups=1)
            truth = float(youths[members].sum())
            report += judge(source, truth, low, high, equations.k, whole=whole, is_cell=False)
            is_told = any(not np.any(members & ~hidden) for hidden in equations.hidden)
            if truth > 0 and high < equations.k - WHOLE and not is_told:
                report += Report(
                    recovered=[f"{source}: {truth:g} is shown to be below k, at most {high:.2f}"]
                )
    return report


def _groups(equations: Equations, cells: NDArray[np.intp], most_groups: int) -> Iterator[tuple[Mask, str]]:
    """Groups of more than one cell: those of figures, and what one holds beyond another within it."""
    inside = np.zeros(equations.n, dtype=bool)
    inside[cells] = True
    told: dict[bytes, tuple[Mask, str]] = {}
    for group, source in equations.groups.values():
        members = group & (equations.high > 0)
        if members.any() and not np.any(members & ~inside):
            told.setdefault(members.tobytes(), (members, source))
    found = dict(told)
    each = list(told.values())
    for bigger, source in each:
        for smaller, other in each:
            if smaller.sum() < bigger.sum() and not np.any(smaller & ~bigger):
                rest = bigger & ~smaller
                found.setdefault(rest.tobytes(), (rest, f"{source} less {other}"))
    several = [group for group in found.values() if group[0].sum() > 1]
    several.sort(key=lambda group: int(group[0].sum()))
    yield from several[:most_groups]


def judge(
    source: str, truth: float, low: float, high: float, k: int, *, whole: bool, is_cell: bool
) -> Report:
    """Say whether bounds are a success.

    A count of some but fewer than k is recovered if it is pinned to less than k / 2, or, where counts are
    whole, to one number. A cell of k and more is recovered if it is pinned to within half a person to either
    side: its class is told, and nothing finer is to follow.
    """
    few = 0 < truth < k - WHOLE
    exact = whole and np.floor(high + WHOLE) - np.ceil(low - WHOLE) < 1
    pinned = high - low < (k / 2 - WHOLE if few else 1.0)
    success = (few and (pinned or exact)) or (is_cell and truth > 0 and (pinned or exact))
    if not success:
        return Report()
    return Report(recovered=[f"{source}: {truth:g} in {low:.2f} to {high:.2f}"])


def main(folders: Sequence[str]) -> int:
    """Attack what `siting compare` wrote, municipality by municipality; 1 if anything is recovered."""
    total = Report()
    for folder in folders:
        alternatives = saved.compare(folder)
        demand = alternatives.base.region.demand
        equations = read([Spoils(alternatives, Path(folder))])
        wrong = false_rows(equations, demand.youths)
        if wrong:
            sys.stderr.write(f"{len(wrong)} inequalities are false, such as {wrong[0]}\n")
            return 2
        codes = np.array(demand.municipality_codes)
        for code, name in alternatives.base.region.municipality_names.items():
            found = attack(equations, demand.youths, [codes == code], whole=False, most_groups=60)
            sys.stdout.write("\n    ".join((f"{name}: {found}", *found.recovered)) + "\n")
            total += found
    sys.stdout.write(f"{total}\n")
    return int(bool(total.recovered))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
