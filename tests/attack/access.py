"""What is told of the access of the county and of municipalities, read into inequalities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from siting.present.disclosure import Gate
from siting.saved.hidden import finest_beside
from siting.saved.rounding import county_decimals
from siting.study import Outcome

from .equations import Array, Equations, Mask
from .spoils import SERVICES, Travel, Ways
from .told import range_of_count, range_of_share, told_table

NEAR = 1e-6
WHOLE_MINUTES = 0.5
TENS = 5.0


@dataclass(frozen=True)
class Area:
    """The county or a municipality, and how finely its minutes are told."""

    name: str
    members: Mask
    """Of the columns."""
    is_county: bool
    half_step: float
    youths: int | None
    """As they are told."""
    in_effect: float = 0.0
    """Who decide what is said of the county's visits: public, as the factors and the sum are."""


def read_areas(
    equations: Equations, outcome: Outcome, travel: Travel, told: Mapping[str, Any], name: str, *, own: bool
) -> None:
    """Read `county` and `by_municipality` of a plan, by its own mode or by another."""
    codes = np.array(outcome.region.demand.municipality_codes)
    code_of = {town: code for code, town in outcome.region.municipality_names.items()}
    county = told["county"]
    in_effect = outcome.evaluation.county.youths_in_effect
    fine = 0.5 * 10.0 ** -county_decimals(in_effect)
    areas = [
        (Area(town, codes == code_of[town], False, WHOLE_MINUTES if own else TENS, each["youths"]), each)
        for town, each in told.get("by_municipality", {}).items()
    ]
    half_step = fine if own else WHOLE_MINUTES
    everybody = np.full(len(codes), True)
    areas.append((Area("the county", everybody, True, half_step, county["youths"], in_effect), county))
    for area, each in areas:
        source = f"{name}: {area.name}"
        equations.count(area.members, area.youths, source)
        if area.youths is not None:
            for service in ("overall", *SERVICES):
                read_access(equations, travel, service, area, each[service], f"{source}, {service}")


def read_access(  # noqa: PLR0917
    equations: Equations, travel: Travel, service: str, area: Area, access: Mapping[str, Any], source: str
) -> None:
    """Read shares, means and percentiles of one service."""
    inside = area.members[travel.cells]
    ways = [each.of(inside) for each in travel.services(service)]
    if not sum(each.visits for each in ways).any():
        return
    _read_shares(equations, ways, area, access, source)
    for key, which in (("mean_minutes", "minutes"), ("mean_generalised_minutes", "felt")):
        pairs = [(getattr(each, which), each.visits) for each in ways]
        mean(equations, pairs, access[key], area.half_step, f"{source}, {key}")
    for key, percent in (("median_minutes", 0.5), ("percentile_90_minutes", 0.9)):
        percentile(equations, ways, access[key], percent, area.half_step, f"{source}, {key}")


def _read_shares(
    equations: Equations, ways: Sequence[Ways], area: Area, access: Mapping[str, Any], source: str
) -> None:
    parts = [
        ("served", access["served_share"], [np.isfinite(each.felt) for each in ways]),
        (
            "digital",
            access["digital_share"],
            [np.isfinite(each.felt) & ~np.isfinite(each.minutes) for each in ways],
        ),
    ]
    parts += [
        (f"within {each['minutes']:g}", each["share"], [way.minutes <= each["minutes"] for way in ways])
        for each in access["share_within"]
    ]
    for what, shown, inside in parts:
        if area.is_county:
            decimals = max(0, int(np.floor(np.log10(max(area.in_effect, equations.k) / equations.k))))
            county_share(equations, ways, inside, shown, min(2, decimals), f"{source}, {what}")
        elif len(ways) == 1:  # that of both follows from the two as they are told: Gate.share_of_both
            visited = ways[0].visits > 0
            area_share(equations, visited, inside[0], shown, area.youths or 0, f"{source}, {what}")


def county_share(  # noqa: PLR0917
    equations: Equations,
    ways: Sequence[Ways],
    inside: Sequence[Mask],
    shown: float | None,
    decimals: int,
    source: str,
) -> None:
    """A share of all visits, rounded to some decimals."""
    if shown is None:
        return
    part = sum(each.visits * within for each, within in zip(ways, inside, strict=True))
    nests = equations.k != finest_beside(equations.k)  # then one decimal after the other is rounded off
    visits, half = sum(each.visits for each in ways), (0.56 if nests else 0.5) * 10.0**-decimals
    equations.within(part - (shown + half) * visits, -np.inf, 0.0, f"{source} (most)")
    equations.within(part - (shown - half) * visits, 0.0, np.inf, f"{source} (least)")


def area_share(  # noqa: PLR0917
    equations: Equations, of_area: Mask, within: Mask, shown: float | None, youths: int, source: str
) -> None:
    """A share of a municipality's visits to one service."""
    part, rest = of_area & within, of_area & ~within
    is_whole = len(of_area) == equations.n
    if is_whole:
        for group in (part, rest):
            equations.name(group, source)
    if shown is None:
        if is_whole:
            _few(equations, part, rest, source)
        return
    k = equations.k
    if shown in (0.0, 1.0) and youths < 100 * k:
        equations.within((part if shown == 0.0 else rest).astype(float), 0.0, 0.0, f"{source} (none or all)")
        return
    low, high = range_of_share(shown, youths, k, equations.most)
    equations.within(part.astype(float), low, high, source)
    if shown not in (0.0, 1.0):  # else it were hidden
        equations.within(rest.astype(float), k, np.inf, f"{source} (rest)")


def _few(equations: Equations, inside: Mask, outside: Mask, source: str) -> None:
    """Of a share that is hidden the page says whether it tells of few ("<3 %") or of nearly all."""
    sums = [float(equations.truth[group].sum()) for group in (inside, outside)]
    few = (inside, outside)[int(np.argmin(sums))]
    if 0 < min(sums) < equations.k:
        equations.within(few.astype(float), 0.0, equations.k, f"{source}, few")
        equations.hidden.append(few)


def mean(
    equations: Equations,
    pairs: Iterable[tuple[Array, Array]],
    shown: float | None,
    half_step: float,
    source: str,
) -> None:
    """A mean of values by visits, rounded; values that are not finite do not count."""
    if shown is None:
        return
    known = [(np.where(np.isfinite(v), v, 0.0), visits * np.isfinite(v)) for v, visits in pairs]
    for bound, sign in ((shown + half_step, 1.0), (shown - half_step, -1.0)):
        weights = sum(sign * visits * (values - bound) for values, visits in known)
        equations.within(weights, -np.inf, 0.0, f"{source}, mean")


def percentile(  # noqa: PLR0917
    equations: Equations,
    ways: Sequence[Ways],
    shown: float | None,
    percent: float,
    half_step: float,
    source: str,
) -> None:
    """A percentile of minutes by visits, rounded."""
    if shown is None:
        return
    up_to, below = np.zeros(equations.width), np.zeros(equations.width)
    for each in ways:
        travels = np.isfinite(each.minutes)
        up_to += each.visits * ((each.minutes <= shown + half_step + NEAR) * 1.0 - percent) * travels
        below += each.visits * ((each.minutes < shown - half_step - NEAR) * 1.0 - percent) * travels
    equations.within(up_to, -NEAR, np.inf, f"{source} (most)")
    equations.within(below, -np.inf, NEAR, f"{source} (least)")


def worst_mean(  # noqa: PLR0917
    equations: Equations,
    ways: Sequence[Ways],
    shown: float | None,
    share: float,
    half_step: float,
    source: str,
) -> None:
    """The mean of the worst share: the least of t + (what lies beyond t) / share, over all t.

    So it bounds every t from below; from above only the t where the worst begin, which the attacker is given.
    """
    if shown is None:
        return
    minutes = np.concatenate([each.felt for each in ways])
    visits = np.concatenate([each.visits for each in ways])
    flows = np.tile(np.append(equations.truth, equations.flows)[: equations.width], len(ways))
    served = np.isfinite(minutes)
    minutes = np.where(served, minutes, 0.0)
    order = np.argsort(-minutes, kind="stable")
    made = np.cumsum((visits * flows * served)[order])
    begins = float(minutes[order][min(len(made) - 1, int(np.searchsorted(made, share * made[-1])))])
    tried = np.unique(np.round(minutes[served], 1))
    for t in {begins, *tried[:: max(1, len(tried) // 12)].tolist()}:
        beyond = visits * served * np.maximum(minutes - t, 0.0)
        each = share * visits * served
        low = (beyond - (shown - half_step - t) * each).reshape(len(ways), -1).sum(axis=0)
        equations.within(low, 0.0, np.inf, f"{source}, worst (least)")
        if t == begins:
            most = (beyond - (shown + half_step - t) * each).reshape(len(ways), -1).sum(axis=0)
            equations.within(most, -np.inf, NEAR, f"{source}, worst (most)")


def visits_told(  # noqa: PLR0917
    equations: Equations, outcome: Outcome, ways: Ways, members: Mask, shown: int | None, source: str
) -> None:
    """Visits that follow from a count: all counts that would be told so."""
    if not shown or not members.any() or outcome.scenario.demand.municipality_factors:
        return
    k, rate = equations.k, ways.visits[members].max()
    gate, counts = Gate(k), sorted({each for each in told_table(k, equations.most)[1] if each})
    told = [count for count in counts if gate.derived(count * rate, count) == shown]
    if told:
        low = range_of_count(min(told), k, equations.most)[0]
        high = range_of_count(max(told), k, equations.most)[1]
        equations.within(members.astype(float), low, high, source)
