"""From the record of an analysis back to what municipalities and groups get (see `retelling`)."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Final

import numpy as np

from ..analysis.accessibility import Accessibility, AreaAccessibility
from ..analysis.departures import Departure
from ..analysis.equity import Equity, GroupEquity
from ..analysis.municipalities import Membership, Municipalities
from ..analysis.nobody_worse import NobodyWorse
from .analysis_types import STANDS_FOR
from .hidden import count_told
from .retelling import FEW, plan_from

if TYPE_CHECKING:
    from ..study import Outcome
    from . import analysis_areas as record

MANY: Final = 1e6  # of a group of whom figures may be shown; how many they are is not told
PER_HUNDRED: Final = 100


def municipalities_from(saved: record.SavedMunicipalities, outcome: Outcome) -> Municipalities:
    """Give what is in it for each municipality."""
    gap, rule = saved.largest_gap, saved.nobody_worse
    return Municipalities(
        members=tuple(_member(each, outcome) for each in saved.members),
        sek_per_year=outcome.evaluation.resources.sek_per_year,
        least_sek_per_year=saved.least_sek_per_year,
        shapley_is_exact=saved.shapley_is_exact,
        shapley_reason=saved.shapley_reason,
        n_coalitions=saved.n_coalitions,
        departures=tuple(_departure(each, outcome) for each in saved.departures),
        nobody_worse=None if rule is None else _nobody_worse(rule),
        largest_gap_minutes=None if gap is None else gap.minutes,
        largest_gap_between=None if gap is None else (gap.longest, gap.shortest),
        equity=_equity(saved.equity),
        seconds=saved.seconds,
    )


def _member(saved: record.SavedMember, outcome: Outcome) -> Membership:
    none = STANDS_FOR["nearly_none"]
    return Membership(
        code=saved.code,
        name=outcome.region.municipality_names[saved.code],
        youths=FEW if saved.youths is None else saved.youths,
        visits_per_year=FEW if saved.visits_per_year is None else saved.visits_per_year,
        n_main=saved.n_main,
        n_places=saved.n_places,
        joint_minutes=saved.figure("joint_minutes"),
        joint_minutes_as_today=saved.figure("joint_minutes_as_today"),
        today_minutes=saved.figure("today_minutes"),
        alone_minutes=saved.figure("alone_minutes"),
        alone_sek_per_year=saved.alone_sek_per_year,
        share_by_population=none if saved.share_by_population is None else saved.share_by_population,
        share_by_use=none if saved.share_by_use is None else saved.share_by_use,
        share_by_shapley=saved.share_by_shapley,
        shapley_standard_error=saved.shapley_standard_error,
    )


def _departure(saved: record.SavedDeparture, outcome: Outcome) -> Departure:
    """Give what happens to the others; of their minutes only the change is known, so it starts from 0."""
    county = outcome.evaluation.county
    known = outcome.evaluation.by_municipality
    rest = county.youths - sum(known[code].youths for code in saved.codes if code in known)
    before, after, change = saved.sek_per_head_before, saved.sek_per_head_after, saved.change_of_rest_minutes
    return Departure(
        codes=saved.codes,
        plan=None if saved.places is None else plan_from(saved.places),
        reason=saved.reason,
        minutes_of_rest_before=None if change is None else 0.0,
        minutes_of_rest_after=change,
        sek_per_head_before=0.0 if before is None else before * _told_part(county.youths, outcome),
        sek_per_head_after=None if after is None else after * _told_part(rest, outcome),
        places_moved=saved.places_moved,
        is_proven=saved.is_proven,
    )


def _told_part(youths: float, outcome: Outcome) -> float:
    """Give the count of youths that is told, as a part of them: costs per head are by that count."""
    told = count_told(youths, outcome.scenario.evaluation.smallest_count_shown)
    return told / youths if told and youths else 1.0


def _nobody_worse(saved: record.SavedNobodyWorse) -> NobodyWorse:
    return NobodyWorse(
        worse_now=saved.worse_now,
        joint_obeys=saved.joint_obeys,
        plan=None if saved.places is None else plan_from(saved.places),
        reason=saved.reason,
        value=saved.figure("value"),
        joint_value=saved.figure("joint_value"),
        is_proven=saved.is_proven,
        least_cost_plan=None if saved.least_cost_places is None else plan_from(saved.least_cost_places),
        least_sek_per_year=saved.least_sek_per_year,
    )


def _equity(saved: record.SavedEquity) -> Equity:
    return Equity(
        overall=_group(saved.overall),
        by_municipality=tuple(map(_group, saved.by_municipality)),
        by_gender=tuple(map(_group, saved.by_gender)),
        by_risk_group=tuple(map(_group, saved.by_risk_group)),
        theil=saved.theil,
        share_between_municipalities=saved.share_between_municipalities,
        worst_visits_share_by_municipality=tuple(
            (each.code, each.share_of("share")) for each in saved.worst_visits_share_by_municipality
        ),
    )


def _group(saved: record.SavedGroup) -> GroupEquity:
    is_hidden = "hidden" in saved.untold.values()
    return GroupEquity(
        key=saved.key,
        visits_per_year=nan,
        youths=FEW if is_hidden else MANY,
        mean_minutes=saved.figure("mean_minutes"),
        worst_tenth_minutes=saved.figure("worst_tenth_minutes"),
        gini=saved.figure("gini"),
    )


def accessibility_from(saved: record.SavedAccessibility) -> Accessibility:
    """Give the room within reach; of cells and places nothing is told."""
    return Accessibility(
        by_cell=np.empty(0),
        overall=_reach(saved.overall),
        by_municipality=tuple(map(_reach, saved.by_municipality)),
        load_by_site={},
        gini=saved.gini,
    )


def _reach(saved: record.SavedReach) -> AreaAccessibility:
    return AreaAccessibility(
        code=saved.code,
        youths=FEW if saved.youths is None else saved.youths,
        visits_within_reach_per_youth=_each(saved.visits_within_reach_per_hundred_youths),
        visits_needed_per_youth=_each(saved.visits_needed_per_hundred_youths),
        share_without=saved.share_of("share_without"),
    )


def _each(of_hundred: int | None) -> float:
    return nan if of_hundred is None else of_hundred / PER_HUNDRED
