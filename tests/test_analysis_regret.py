"""Regret counted from the tables; the plan whose largest regret is smallest, against every plan there is."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy

from siting.analysis import min_max
from siting.analysis.best_plans import Bench, best_plan, breaks_rules_in
from siting.analysis.cases import Cases, cases_of
from siting.analysis.draws import Ground
from siting.analysis.min_max import LeastRegret, least_regret
from siting.analysis.near_best import NearBest, Place
from siting.analysis.regret import Places, Yardstick, as_rows, in_order, tally_of, yardstick_of
from siting.analysis.unknowns import read_unknowns
from siting.by_mode import evaluate_modes
from siting.errors import InfeasibleError
from siting.evaluate import evaluate
from siting.plan import ObjectiveValue, Plan, Status
from siting.region import Region
from siting.scenario import AccessSection, ByService, RolesSection, SatelliteRole, Scenario
from siting.scenario_file import load
from siting.sites import Role
from siting.travel import TravelTimes

N_CELLS, N_SITES, N_DRAWS = 24, 7, 12
FIELDS = {"noise": {"cells": 1.5}, "draws": N_DRAWS}
COMPROMISES = (28, 34)
"""Seeds of counties in which no plan that is best in some draw has the least largest regret."""
MEASURES = ("mean_minutes", "within_standard", "largest_minutes", "worst_share_minutes", "cost")


def scenario(folder: Path, measure: str = "mean_minutes", **choice: Any) -> Scenario:
    asked = {"n_main": 1, "n_satellites": 2, "objectives": [measure], **choice}
    path = toy.write_scenario(folder, choice=asked, analysis={"uncertainty": FIELDS})
    return load(path)


def county(seed: int, **changes: Any) -> Region:
    """Cells and sites by chance; half of the visits need a main."""
    rng = np.random.default_rng(seed)
    cells, sites = rng.uniform(0, 60, (N_CELLS, 2)), rng.uniform(0, 60, (N_SITES, 2))
    minutes = np.abs(cells[:, None, :] - sites[None, :, :]).sum(axis=2).round(3)
    return toy.region(minutes, alpha=(0.5,), **changes)


def bench_of(asked: Scenario, region: Region) -> Bench:
    ground = Ground(
        region=region,
        seed=1,
        speed_factor=1.0,
        winter_road_factor=1.0,
        cell_deviation=np.full(N_CELLS, 1.5),
        municipality_deviation=0.0,
        need_deviation=0.0,
        yearly_growth=np.ones(N_CELLS),
        cells=None,
        sites=None,
    )
    bench = Bench(asked, ground, yardstick_of(asked, region), ())
    unknowns = read_unknowns(asked, has_standard_errors=False)
    answer = best_plan(bench, unknowns.nominal())
    assert answer is not None
    return replace(bench, chosen=answer.places)


def cases(bench: Bench) -> Cases:
    unknowns = read_unknowns(bench.scenario, has_standard_errors=False)
    draws = [unknowns.nominal(), *(unknowns.draw(number) for number in range(1, N_DRAWS + 1))]
    return cases_of(bench, draws, [best_plan(bench, draw) for draw in draws])


def every_plan(region: Region) -> list[Places]:
    """One main and two satellites, in all ways."""
    ids = region.sites.site_ids
    return [
        in_order([Place(main, Role.MAIN, 5.0), *(Place(each, Role.SATELLITE, 5.0) for each in pair)], region)
        for main in ids
        for pair in itertools.combinations([each for each in ids if each != main], 2)
    ]


def as_plan(places: Places) -> Plan:
    return Plan(
        main=tuple(each.site_id for each in places if each.role is Role.MAIN),
        satellite=tuple(each.site_id for each in places if each.role is Role.SATELLITE),
        days_per_week={each.site_id: each.days_per_week for each in places},
        status=Status.GIVEN,
        objectives=(),
        solve_seconds=0.0,
    )


def by_enumeration(known: Cases, plans: list[Places]) -> np.ndarray:
    """Regret of each plan in each case, (cases, plans): mean minutes, or the share within 30."""
    is_share = known.bench.yardstick.measure == "within_standard"
    values = np.empty((len(known.draws), len(plans)))
    ids = known.bench.ground.region.sites.site_ids
    for d, draw in enumerate(known.draws):
        region = known.bench.ground.region_of(draw)
        visits, minutes = region.demand.visits_per_year[:, 0], region.times.minutes
        for k, places in enumerate(plans):
            main = minutes[:, [ids.index(each.site_id) for each in places if each.role is Role.MAIN]]
            near = minutes[:, [ids.index(each.site_id) for each in places]]
            felt = [main.min(axis=1), near.min(axis=1)]
            worth = [np.average(each <= 30 if is_share else each, weights=visits) for each in felt]
            values[d, k] = 1 - np.mean(worth) if is_share else np.mean(worth)
    obeys = ~breaks_rules_in(known.bench.ground.region, known.bench.scenario, plans)
    return values - values[:, obeys].min(axis=1, keepdims=True)


def near_of(known: Cases, plans: list[Places], complete_to: float) -> NearBest:
    """Plans that are better than `complete_to` as the scenario says, by enumeration."""
    regrets = by_enumeration(known, plans)[0]
    best = known.answers[0].value
    sign = -1 if known.bench.yardstick.measure == "within_standard" else 1
    kept = np.flatnonzero(regrets < abs(complete_to - best))
    kept = kept[np.argsort(regrets[kept])]
    places, rows = as_rows([plans[k] for k in kept])
    measure = known.bench.yardstick.measure
    return NearBest(
        within=0.5,
        objective=ObjectiveValue(measure, "minutes", best, best, 0.0, Status.OPTIMAL),
        limit=complete_to,
        is_complete=True,
        complete_to=complete_to,
        places=places,
        plans=rows,
        values=best + sign * regrets[kept],
        n_plans=len(kept),
        n_by_municipality=len(kept),
        worths=(),
        seconds=0.0,
    )


def least(known: Cases, near: NearBest | None = None) -> LeastRegret:
    plans = list(dict.fromkeys([known.bench.chosen, *known.often_best]))
    return least_regret(known, plans, known.regrets(plans), near=near, on_progress=lambda _: None)


# Counting


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("digital", [None, 25.0])
def test_a_plan_counts_as_much_as_the_evaluation_says(
    tmp_path: Path, measure: str, digital: float | None
) -> None:
    asked = scenario(tmp_path, measure)
    roles = RolesSection(satellite=SatelliteRole(days_per_week=(1, 5)))
    access = AccessSection(waiting_minutes_per_day=3.0, digital_minutes=ByService(main=digital, near=digital))
    region = county(1, roles=roles, access=access)
    plans = [
        tuple(
            replace(each, days_per_week=1.0) if each.role is Role.SATELLITE and k % 2 else each for each in p
        )
        for k, p in enumerate(every_plan(region)[::9])
    ]
    places, rows = as_rows(plans)
    counted = tally_of(region, places, yardstick_of(asked, region)).values(rows)
    for plan, value in zip(plans, counted, strict=True):
        seen = evaluate(as_plan(plan), region, asked.evaluation, standard_minutes=30.0, worst_share=0.1)
        assert value == pytest.approx(getattr(seen.measures, measure), rel=1e-12)


def test_by_another_mode_nothing_takes_longer_than_what_counts_as_unreachable(tmp_path: Path) -> None:
    asked = scenario(tmp_path)
    region = county(2)
    slow = region.times.minutes * 4
    slow[:3] = np.inf
    bus = TravelTimes(slow, region.times.origin_ids, region.times.destination_ids, *(np.zeros(0),) * 2)
    region = replace(region, other_times={"bus": bus})
    plans = every_plan(region)[::11]
    places, rows = as_rows(plans)
    yardstick = Yardstick("mean_minutes", "bus", 30.0, 0.1, asked.choice.unreachable_minutes)
    counted = tally_of(region, places, yardstick).values(rows)
    for plan, value in zip(plans, counted, strict=True):
        seen = evaluate(as_plan(plan), region, asked.evaluation, standard_minutes=30.0)
        modes = evaluate_modes(as_plan(plan), region, seen, asked.evaluation, asked.choice)
        assert value == pytest.approx(modes["bus"].measures.mean_minutes, rel=1e-12)


def test_who_has_no_way_is_left_out_of_a_mean_but_not_of_a_share(tmp_path: Path) -> None:
    region = county(3)
    minutes = region.times.minutes.copy()
    minutes[0] = np.inf
    region = replace(region, times=replace(region.times, minutes=minutes))
    plan = every_plan(region)[5]
    places, rows = as_rows([plan])
    for measure in ("mean_minutes", "within_standard"):
        asked = scenario(tmp_path, measure)
        seen = evaluate(as_plan(plan), region, asked.evaluation, standard_minutes=30.0)
        counted = tally_of(region, places, yardstick_of(asked, region)).values(rows)[0]
        assert counted == pytest.approx(getattr(seen.measures, measure), rel=1e-12)


def test_more_within_the_standard_is_no_regret() -> None:
    share = Yardstick("within_standard", "", 30.0, 0.1, np.inf)
    minutes = replace(share, measure="mean_minutes")
    values, best = np.array([0.6, 0.8]), np.array([0.7, 0.7])
    assert share.regret(values, best).tolist() == pytest.approx([0.1, 0.0])
    assert minutes.regret(values, best).tolist() == pytest.approx([0.0, 0.1])


# The least largest regret


@pytest.mark.parametrize("measure", ["mean_minutes", "within_standard"])
@pytest.mark.parametrize("seed", [0, 1, *COMPROMISES])
def test_the_least_largest_regret_is_that_of_every_plan_tried(
    tmp_path: Path, seed: int, measure: str
) -> None:
    known = cases(bench_of(scenario(tmp_path, measure), county(seed)))
    largest = by_enumeration(known, every_plan(known.bench.ground.region)).max(axis=0)
    found = least(known)
    assert found.is_proven
    assert found.largest == pytest.approx(largest.min(), abs=1e-6)
    assert known.regrets([found.plan]).max() == pytest.approx(found.largest, abs=1e-12)


@pytest.mark.parametrize("seed", COMPROMISES)
def test_a_compromise_that_is_best_in_no_draw_is_found(tmp_path: Path, seed: int) -> None:
    known = cases(bench_of(scenario(tmp_path), county(seed)))
    found = least(known)
    assert found.plan not in known.often_best
    assert found.largest < known.regrets(known.often_best).max(axis=0).min() - 0.1


@pytest.mark.parametrize("measure", ["mean_minutes", "within_standard"])
def test_plans_near_the_best_prove_it_if_they_reach_far_enough(
    tmp_path: Path, measure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(min_max, "SUMS", ())
    known = cases(bench_of(scenario(tmp_path, measure), county(0)))
    plans = every_plan(known.bench.ground.region)
    largest = by_enumeration(known, plans).max(axis=0)
    best, sign = known.answers[0].value, -1 if measure == "within_standard" else 1
    alone = least(known)
    assert not alone.is_proven
    assert alone.bound == 0
    far = least(known, near_of(known, plans, best + sign * (largest.min() + 0.01)))
    assert far.is_proven
    assert far.largest == pytest.approx(largest.min(), abs=1e-9)
    short = least(known, near_of(known, plans, best + sign * largest.min() / 2))
    assert not short.is_proven
    assert short.bound == pytest.approx(largest.min() / 2, abs=1e-9)
    assert short.largest >= largest.min() - 1e-9


@pytest.mark.parametrize("measure", ["largest_minutes", "worst_share_minutes", "cost"])
def test_what_is_no_sum_over_draws_is_proven_by_plans_near_the_best_alone(
    tmp_path: Path, measure: str
) -> None:
    known = cases(bench_of(scenario(tmp_path, measure), county(1)))
    plans = every_plan(known.bench.ground.region)
    # What is farthest, and what it costs, no draw changes: nothing is regretted.
    assert least(known).is_proven == (measure != "worst_share_minutes")
    whole = near_of(known, plans, np.inf)
    found = least(known, whole)
    assert found.is_proven
    assert found.largest == pytest.approx(known.regrets(plans).max(axis=0).min(), abs=1e-9)


def test_only_plans_that_obey_the_rules_as_the_scenario_says_are_compared(tmp_path: Path) -> None:
    asked = scenario(tmp_path, most_mean_minutes=1000.0)
    region = county(2)
    known = cases(bench_of(asked, region))
    free = least(known)
    value = known.answers[0].value
    limit = value + 0.5 * float(known.regrets([free.plan])[0, 0])
    assert limit > value  # the compromise is not the best plan itself, or this shows nothing
    bound = scenario(tmp_path, most_mean_minutes=limit)
    within = cases(bench_of(bound, region))
    plans = every_plan(region)
    obeys = ~breaks_rules_in(region, bound, plans)
    found = least(within)
    assert 0 < obeys.sum() < len(plans)
    assert found.plan in [plan for plan, kept in zip(plans, obeys, strict=True) if kept]
    largest = np.maximum(within.regrets(plans), 0).max(axis=0)
    assert found.largest == pytest.approx(largest[obeys].min(), abs=1e-6)
    assert found.largest > free.largest


def test_the_search_that_is_given_no_time_says_what_it_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = cases(bench_of(scenario(tmp_path), county(0)))
    exact = least(known)
    monkeypatch.setattr(min_max, "MOST_ROUNDS", 1)
    monkeypatch.setattr(min_max._Game, "_list", lambda _self, _weights, found: found)
    early = least(known)
    assert early.bound <= exact.largest + 1e-9
    assert early.largest >= exact.largest - 1e-9


def test_no_draw_with_a_plan_is_told(tmp_path: Path) -> None:
    known = cases(bench_of(scenario(tmp_path), county(0)))
    with pytest.raises(InfeasibleError, match="no draw has a plan"):
        cases_of(known.bench, known.draws, [known.answers[0], *[None] * N_DRAWS])
