"""Equity indices: by their definitions, by published figures, and on the toy, by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import by_hand
import numpy as np
import pytest
import toy
from hypothesis import given
from hypothesis import strategies as st

from siting.analysis.equity import equity, gini, theil, theil_between
from siting.dataset import load_dataset
from siting.plan import Intake, Plan, Status
from siting.scenario_file import load
from siting.study import Outcome, measure, recount

# The example of R's package ineq (Zeileis 2014), whose figures are printed by the packages built on it.
INCOMES = np.array([541.0, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The toy's dataset."""
    toy.write_dataset(tmp_path / "data")
    return tmp_path


def outcome_of(folder: Path, plan: Plan, **sections: object) -> Outcome:
    scenario = load(toy.write_scenario(folder, "equity", **sections))
    dataset = load_dataset(folder / "data")
    return recount(plan, scenario, dataset, measure(scenario, dataset))


def given_plan(main: tuple[str, ...], satellite: tuple[str, ...] = ()) -> Plan:
    return Plan(main, satellite, Status.GIVEN, (), 0.0)


def by_pairs(values: np.ndarray, weights: np.ndarray) -> float:
    """Gini as it is defined: the mean difference between two, over twice the mean."""
    total, mean = weights.sum(), np.average(values, weights=weights)
    difference = sum(
        w * v * abs(x - y)
        for w, x in zip(weights, values, strict=True)
        for v, y in zip(weights, values, strict=True)
    )
    return float(difference / (2 * mean * total**2))


def test_published_figures_are_met() -> None:
    weights = np.ones(len(INCOMES))
    assert gini(INCOMES, weights) == pytest.approx(0.4620911, abs=5e-8)
    assert theil(INCOMES, weights) == pytest.approx(0.3623412, abs=5e-8)


weighed = st.lists(
    st.tuples(st.just(0.0) | st.floats(0.01, 200), st.floats(0.01, 50), st.sampled_from("abc")),
    min_size=1,
    max_size=12,
)


@given(weighed)
def test_gini_is_the_mean_difference_of_pairs(rows: list[tuple[float, float, str]]) -> None:
    values, weights = (np.array([row[k] for row in rows]) for k in (0, 1))
    found = gini(values, weights)
    if not values.any():
        assert found is None
    else:
        assert found is not None
        assert found == pytest.approx(by_pairs(values, weights), abs=1e-9)
        assert 0 <= found < 1


@given(weighed)
def test_theil_is_the_part_between_and_that_within_weighed_by_minutes(
    rows: list[tuple[float, float, str]],
) -> None:
    values, weights = (np.array([row[k] for row in rows]) for k in (0, 1))
    group = np.array([row[2] for row in rows])
    whole, between = theil(values, weights), theil_between(values, weights, group)
    if not values.any():
        assert whole is None
        assert between is None
        return
    held = values * weights
    within = sum(
        held[group == each].sum() / held.sum() * (theil(values[group == each], weights[group == each]) or 0.0)
        for each in np.unique(group)
    )
    assert whole == pytest.approx(between + within, abs=1e-9)


def test_a_heavier_weight_is_as_many_alike() -> None:
    values = np.array([5.0, 20.0, 60.0])
    many = np.repeat(values, [3, 2, 1])
    for index in (gini, theil):
        assert index(values, np.array([3.0, 2.0, 1.0])) == pytest.approx(index(many, np.ones(6)))


def test_all_alike_are_even_and_no_minutes_have_no_index() -> None:
    even, nothing = np.full(4, 30.0), np.zeros(4)
    assert gini(even, np.ones(4)) == theil(even, np.ones(4)) == 0.0
    assert gini(nothing, np.ones(4)) is None
    assert theil(nothing, np.ones(4)) is None


def test_the_toy_from_its_middle(folder: Path) -> None:
    """From B 1, 4, 8, 8 and 4 cells lie 0, 10, 20, 30 and 40 minutes away, mean 24.

    The worst tenth is 2.5 of the four corners, of which Väst and Öst have two each. Väst (columns 0-1) has
    ten cells, mean 27; Öst 15, mean 22.
    """
    found = equity(outcome_of(folder, given_plan(("B",))))
    assert found.overall.visits_per_year == pytest.approx(2500)
    assert found.overall.youths == pytest.approx(2500)
    assert found.overall.mean_minutes == pytest.approx(24)
    assert found.overall.worst_tenth_minutes == pytest.approx(40)
    minutes = np.repeat([0.0, 10, 20, 30, 40], [1, 4, 8, 8, 4])
    assert found.overall.gini == pytest.approx(np.abs(minutes[:, None] - minutes).sum() / (2 * 24 * 625))
    west, east = found.by_municipality
    assert (west.key, east.key) == ("01", "02")
    assert west.mean_minutes == pytest.approx(27)
    assert east.mean_minutes == pytest.approx(22)
    between = (270 / 600) * np.log(27 / 24) + (330 / 600) * np.log(22 / 24)
    whole = sum(n * x * np.log(x / 24) for n, x in zip((4, 8, 8, 4), (10, 20, 30, 40), strict=True)) / 600
    assert found.theil == pytest.approx(whole)
    assert found.share_between_municipalities == pytest.approx(between / whole)
    assert dict(found.worst_visits_share_by_municipality) == pytest.approx({"01": 0.5, "02": 0.5})


def test_visits_at_the_edge_of_the_worst_tenth_count_alike(folder: Path) -> None:
    """From A one cell lies 80 minutes away, two 70, all in Öst: 2.5 cells are the first and 3/4 of these."""
    found = equity(outcome_of(folder, given_plan(("A",))))
    assert found.overall.worst_tenth_minutes == pytest.approx((80 + 1.5 * 70) / 2.5)
    assert dict(found.worst_visits_share_by_municipality) == pytest.approx({"01": 0.0, "02": 1.0})


def test_visits_that_need_a_main_count_by_its_minutes(folder: Path) -> None:
    """Main B (24) and satellite D (20.8 for the half of the visits that need no main)."""
    found = equity(outcome_of(folder, given_plan(("B",), ("D",))))
    assert found.overall.mean_minutes == pytest.approx((24 + 20.8) / 2)


def risk_group(alpha: float, **more: object) -> dict[str, object]:
    section: dict[str, object] = toy.demand_section(alpha)["risk_groups"]["all"]
    return {**section, "prevalence": 0.25, **more}


def test_genders_differ_by_what_their_risk_groups_need(folder: Path) -> None:
    """One group needs a main (24 minutes), the other none (20.8); only girls are in the first."""
    demand = {
        "risk_groups": {
            "needs main": risk_group(1.0, gender_factors={"girls": 2.0, "boys": 0.0}),
            "needs none": risk_group(0.0),
        },
        "gender_shares": {"girls": 0.5, "boys": 0.5},
    }
    found = equity(outcome_of(folder, given_plan(("B",), ("D",)), demand=demand))
    girls, boys = found.by_gender
    assert (girls.key, boys.key) == ("girls", "boys")
    # 2,500 youths, a quarter in each group, two visits each: girls make all of one, half of the other.
    assert girls.visits_per_year == pytest.approx(1250 + 625)
    assert boys.visits_per_year == pytest.approx(625)
    assert girls.youths == boys.youths == pytest.approx(1250)
    assert girls.mean_minutes == pytest.approx((1250 * 24 + 625 * 20.8) / 1875)
    assert boys.mean_minutes == pytest.approx(20.8)
    main, none = found.by_risk_group
    assert (main.key, none.key) == ("needs main", "needs none")
    assert main.mean_minutes == pytest.approx(24)
    assert none.mean_minutes == pytest.approx(20.8)
    assert main.youths == pytest.approx(625)


def test_without_factors_genders_are_alike(folder: Path) -> None:
    demand = {**toy.demand_section(0.5), "gender_shares": {"girls": 0.5, "boys": 0.4, "other": 0.1}}
    found = equity(outcome_of(folder, given_plan(("B",)), demand=demand))
    assert [each.visits_per_year for each in found.by_gender] == pytest.approx([1250, 1000, 250])
    assert {round(each.mean_minutes or 0, 9) for each in found.by_gender} == {24.0}
    assert not equity(outcome_of(folder, given_plan(("B",)))).by_gender


def test_digital_contact_counts_as_its_minutes(folder: Path) -> None:
    outcome = by_hand.with_satellites(folder, A=5.0)
    found = equity(outcome)
    assert found.overall.mean_minutes == pytest.approx(
        outcome.evaluation.county.overall.mean_generalised_minutes
    )
    assert found.overall.mean_minutes == pytest.approx(outcome.evaluation.measures.mean_minutes)


def test_a_joint_intake_splits_cells(folder: Path) -> None:
    """Of each cell half of the near visits go to A, the others to B; all main ones to B (24 minutes)."""
    outcome = outcome_of(folder, given_plan(("B",), ("A",)))
    n = len(outcome.region.demand.cell_ids)
    ids = outcome.region.sites.site_ids
    cells = np.arange(n)
    intake = {
        "main": Intake(cells, np.full(n, ids.index("B")), np.ones(n)),
        "near": Intake(
            np.tile(cells, 2), np.repeat([ids.index("A"), ids.index("B")], n), np.full(2 * n, 0.5)
        ),
    }
    found = equity(replace(outcome, plan=replace(outcome.plan, intake=intake)))
    assert found.overall.visits_per_year == pytest.approx(2500)
    assert found.overall.mean_minutes == pytest.approx(0.5 * 24 + 0.25 * 40 + 0.25 * 24)  # A is 40 from all


def test_who_is_not_served_is_left_out_of_the_minutes(folder: Path) -> None:
    """Satellites alone serve the half of the visits that need no main."""
    found = equity(outcome_of(folder, given_plan((), ("B",))))
    assert found.overall.visits_per_year == pytest.approx(2500)
    assert found.overall.mean_minutes == pytest.approx(24)
    assert found.overall.gini == equity(outcome_of(folder, given_plan(("B",)))).overall.gini
