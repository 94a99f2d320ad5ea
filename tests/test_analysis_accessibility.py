"""E2SFCA: the room within reach, shared by all whom it reaches; by hand, by loops, and by PySAL's access."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import by_hand
import numpy as np
import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st

from siting import study
from siting.analysis.accessibility import Accessibility, accessibility, two_steps, zone_weights
from siting.plan import Plan, Status
from siting.study import Outcome

ZONES = (10.0, 20.0, 30.0)
WEIGHTS = (1.0, 0.68, 0.22)


def counted(outcome: Outcome, *, zones: Any = ZONES, weights: Any = WEIGHTS) -> Accessibility:
    scenario = outcome.scenario
    section = scenario.analysis.accessibility.model_copy(
        update={"zones_minutes": tuple(zones), "zone_weights": tuple(weights)}
    )
    analysis = scenario.analysis.model_copy(update={"accessibility": section})
    asked = scenario.model_copy(update={"analysis": analysis})
    return accessibility(replace(outcome, scenario=asked))


def with_plan(folder: Path, main: tuple[str, ...], satellite: tuple[str, ...] = (), **days: float) -> Outcome:
    outcome = by_hand.with_satellites(folder)
    plan = Plan(main, satellite, Status.GIVEN, (), 0.0, days_per_week=days)
    return replace(outcome, plan=plan)


def with_youths(outcome: Outcome, youths: np.ndarray) -> Outcome:
    demand = replace(outcome.region.demand, youths=youths)
    return replace(outcome, region=replace(outcome.region, demand=demand))


def room_of(outcome: Outcome) -> dict[str, float]:
    return {
        site_id: outcome.region.offer(role, outcome.plan.days_of(site_id)).capacity_visits_per_year
        for site_id in outcome.plan.open_sites
        if (role := outcome.plan.role_of(site_id))
    }


def by_loops(
    people: list[float], room: list[float], minutes: list[list[float]], zones: Any, weights: Any
) -> tuple[list[float], list[float]]:
    """The two steps as the paper tells them, one trip after the other."""

    def weight(trip: float) -> float:
        for end, weighs in zip(zones, weights, strict=True):
            if trip <= end:
                return float(weighs)
        return 0.0

    ratios = []
    for j, visits in enumerate(room):
        reached = 0.0
        for i, persons in enumerate(people):
            reached += persons * weight(minutes[i][j])
        ratios.append(visits / reached if reached else 0.0)
    scores = []
    for i in range(len(people)):
        score = 0.0
        for j in range(len(room)):
            score += ratios[j] * weight(minutes[i][j])
        scores.append(score)
    return ratios, scores


# By hand


def test_one_main_in_the_middle_is_shared_by_those_within_its_zones(toy_folder: Path) -> None:
    """From B 1, 4, 8, 8 and 4 cells of 100 youths lie 0, 10, 20, 30 and 40 minutes away."""
    outcome = with_plan(toy_folder, ("B",))
    room = room_of(outcome)["B"]
    found = counted(outcome)
    ratio = room / (500 * 1 + 800 * 0.68 + 800 * 0.22)
    assert found.load_by_site == pytest.approx({"B": ratio})
    steps = toy.toy_minutes()[:, 1] / toy.MINUTES_PER_STEP
    weight = np.array([1, 1, 0.68, 0.22, 0])[steps.astype(int)]
    np.testing.assert_allclose(found.by_cell, ratio * weight)
    assert found.overall.youths == 2500
    assert found.overall.visits_within_reach_per_youth == pytest.approx(room / 2500)
    assert found.overall.share_without == pytest.approx(4 / 25)
    west, east = found.by_municipality
    visits = outcome.region.demand.visits_per_year.sum()
    assert found.overall.visits_needed_per_youth == pytest.approx(visits / 2500)
    assert west.visits_needed_per_youth * 1000 + east.visits_needed_per_youth * 1500 == pytest.approx(visits)
    assert (west.code, west.youths, west.share_without) == ("01", 1000, pytest.approx(2 / 10))
    assert (east.code, east.youths, east.share_without) == ("02", 1500, pytest.approx(2 / 15))
    assert west.visits_within_reach_per_youth * 1000 + east.visits_within_reach_per_youth * 1500 == (
        pytest.approx(room)
    )


def test_a_zone_holds_its_end_and_nothing_beyond_it(toy_folder: Path) -> None:
    outcome = with_plan(toy_folder, ("B",))
    n_within = [
        int((counted(outcome, zones=[end], weights=[1]).by_cell > 0).sum()) for end in (9.999, 10, 10.001, 40)
    ]
    assert n_within == [1, 5, 5, 25]


def test_room_is_that_of_the_hours_open_in_any_role(toy_folder: Path) -> None:
    """B is a main, A a satellite on two days, C a stop each week, D one every other week; all reach all."""
    outcome = by_hand.with_teams(toy_folder)
    roles = outcome.region.roles
    found = counted(outcome, zones=[200], weights=[1])
    weeks = roles.weeks_per_year
    room = {
        "B": 5 * weeks * roles.main.hours_per_day * roles.main.visits_per_open_hour,
        "A": 2 * weeks * roles.satellite.hours_per_day * roles.satellite.visits_per_open_hour,
        "C": weeks * roles.stop.session_hours * roles.stop.visits_per_session_hour,
        "D": weeks / 2 * roles.stop.session_hours * roles.stop.visits_per_session_hour,
    }
    assert room == pytest.approx(room_of(outcome))
    assert found.load_by_site == pytest.approx({site_id: visits / 2500 for site_id, visits in room.items()})
    np.testing.assert_allclose(found.by_cell, sum(room.values()) / 2500)
    assert found.gini == pytest.approx(0.0, abs=1e-12)


def test_gini_and_means_are_over_youths_not_over_cells(toy_folder: Path) -> None:
    """One cell of 300 youths at A has all; a cell of 100 far away has nothing; nobody lives elsewhere."""
    youths = np.zeros(25)
    youths[0], youths[24] = 300.0, 100.0
    outcome = with_youths(with_plan(toy_folder, ("A",)), youths)
    found = counted(outcome)
    assert found.overall.visits_within_reach_per_youth == pytest.approx(room_of(outcome)["A"] / 400)
    assert found.overall.share_without == 0.25
    assert found.gini == pytest.approx(0.25)  # three quarters have all, evenly: 1 - 3/4
    assert [(each.code, each.share_without) for each in found.by_municipality] == [("01", 0.0), ("02", 1.0)]


def test_a_place_that_reaches_nobody_and_a_municipality_without_youths_are_left_out(toy_folder: Path) -> None:
    youths = np.zeros(25)
    youths[0] = 80.0
    found = counted(with_youths(with_plan(toy_folder, ("A", "D")), youths))
    assert set(found.load_by_site) == {"A"}
    assert [each.code for each in found.by_municipality] == ["01"]
    assert np.isfinite(found.by_cell).all()


def test_where_nothing_is_open_or_nobody_lives_nobody_has_anything(toy_folder: Path) -> None:
    closed = counted(with_plan(toy_folder, ()))
    assert (closed.overall.visits_within_reach_per_youth, closed.overall.share_without) == (0.0, 1.0)
    assert (closed.gini, closed.load_by_site) == (None, {})
    empty = counted(with_youths(with_plan(toy_folder, ("B",)), np.zeros(25)))
    assert (empty.overall.youths, empty.overall.share_without) == (0.0, 0.0)
    assert (empty.gini, empty.by_municipality, empty.load_by_site) == (None, (), {})


def test_cells_that_no_road_reaches_are_without(toy_folder: Path) -> None:
    outcome = with_plan(toy_folder, ("B",))
    minutes = outcome.region.times.minutes.copy()
    minutes[:10] = np.inf
    times = replace(outcome.region.times, minutes=minutes)
    found = counted(replace(outcome, region=replace(outcome.region, times=times)), zones=[90], weights=[1])
    assert found.overall.share_without == pytest.approx(10 / 25)


def test_the_scenario_s_own_zones_and_mode_are_used(toy_folder: Path) -> None:
    """The base's zones end at 15, 30 and 60 minutes, so all of the toy lies within reach of B."""
    outcome = with_plan(toy_folder, ("B",))
    assert outcome.scenario.analysis.accessibility.zones_minutes == (15.0, 30.0, 60.0)
    found = accessibility(outcome)
    assert found.overall.share_without == 0.0
    steps = toy.toy_minutes()[:, 1] / toy.MINUTES_PER_STEP
    weight = np.array([1, 1, 0.68, 0.68, 0.22])[steps.astype(int)]
    np.testing.assert_allclose(found.by_cell, found.load_by_site["B"] * weight)


# By others

BY_ACCESS = (
    0.05160491279, 0.0540550197, 0.04266439843, 0.01380318773, 0.0,
    0.06421887334, 0.04266439843, 0.02248993042, 0.007573057733, 0.004017683725,
    0.07407994605, 0.03265378406, 0.01113684961, 0.01270442642, 0.01241829515,
    0.06000252246, 0.03898860535, 0.02286828006, 0.01241829515, 0.009575456056,
    0.04619933473, 0.05021701845, 0.04383384277, 0.0197393097, 0.007125349142,
)  # fmt: skip
"""`Access.enhanced_two_stage_fca(weight_fn=step_fn({10: 1, 20: 0.68, 30: 0.22}))` of PySAL's access 1.1.10.post3 on the
toy's minutes, with 100, 107, 114, ... people in its cells and room for 40, 25, 60 and 10 at A, B, C and D. Without any
place within reach it gives no number, which stands here as 0."""  # noqa: E501


def test_scores_are_those_of_pysal_s_access() -> None:
    people, room = 100.0 + 7 * np.arange(25), np.array([40.0, 25.0, 60.0, 10.0])
    _, scores = two_steps(people, room, zone_weights(toy.toy_minutes(), ZONES, WEIGHTS))
    np.testing.assert_allclose(scores, BY_ACCESS, rtol=1e-9)


def test_the_county_agrees_with_plain_loops() -> None:
    outcome = study.run("two-mains-satellites")
    region, plan = outcome.region, outcome.plan
    section = outcome.scenario.analysis.accessibility
    found = accessibility(outcome)
    column = {site_id: j for j, site_id in enumerate(region.sites.site_ids)}
    minutes = region.times.minutes[:, [column[site_id] for site_id in plan.open_sites]]
    room = room_of(outcome)
    ratios, scores = by_loops(
        region.demand.youths.tolist(),
        list(room.values()),
        minutes.tolist(),
        section.zones_minutes,
        section.zone_weights,
    )
    np.testing.assert_allclose(found.by_cell, scores, rtol=1e-9)
    assert found.load_by_site == pytest.approx(dict(zip(room, ratios, strict=True)))
    assert region.demand.youths @ found.by_cell == pytest.approx(sum(room.values()))


# Always


@st.composite
def shared_rooms(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, m = draw(st.integers(1, 6)), draw(st.integers(0, 4))
    people = draw(st.lists(st.integers(0, 50), min_size=n, max_size=n))
    room = draw(st.lists(st.integers(1, 1000), min_size=m, max_size=m))
    trips = draw(
        st.lists(st.sampled_from([0.0, 10, 10.001, 20, 25, 30, 31, np.inf]), min_size=n * m, max_size=n * m)
    )
    return np.array(people, float), np.array(room, float), np.array(trips, float).reshape(n, m)


@settings(deadline=None)  # the first one meets a busy machine
@given(shared_rooms())
def test_all_room_that_reaches_anybody_is_given_out(drawn: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    people, room, minutes = drawn
    weights = zone_weights(minutes, ZONES, WEIGHTS)
    ratios, scores = two_steps(people, room, weights)
    assert people @ scores == pytest.approx(room[(people @ weights) > 0].sum())
    by_hand_ratios, by_hand_scores = by_loops(
        people.tolist(), room.tolist(), minutes.tolist(), ZONES, WEIGHTS
    )
    np.testing.assert_allclose(ratios, by_hand_ratios)
    np.testing.assert_allclose(scores, by_hand_scores)


@given(shared_rooms(), st.floats(0.1, 10))
def test_weights_of_another_scale_change_nothing(
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray], factor: float
) -> None:
    people, room, minutes = drawn
    weights = zone_weights(minutes, ZONES, WEIGHTS)
    np.testing.assert_allclose(
        two_steps(people, room, weights)[1], two_steps(people, room, factor * weights)[1]
    )
