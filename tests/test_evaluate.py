"""The independent count: by hand, and equal to the solver's objective."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st

from siting import study
from siting.errors import LabelError, VerificationError
from siting.evaluate import access, evaluate, weighted_percentile
from siting.plan import Plan, Status
from siting.study import Outcome


def test_the_count_equals_the_solvers_objective_on_the_embedded_county(base_outcome: Outcome) -> None:
    objective = base_outcome.plan.objectives[0]
    counted = base_outcome.evaluation.county.overall.mean_minutes
    assert counted == pytest.approx(objective.value, rel=1e-6)
    assert objective.status is Status.OPTIMAL
    assert objective.gap == 0


def test_a_solver_that_lies_is_refused(base_outcome: Outcome) -> None:
    lie = dataclasses.replace(base_outcome.plan.objectives[0], value=1.0)
    plan = dataclasses.replace(base_outcome.plan, objectives=(lie,))
    with pytest.raises(VerificationError, match=r"the solver says 1\.0"):
        study._verify(plan, base_outcome.evaluation, 30.0)


def test_access_worked_out_by_hand() -> None:
    minutes = np.array([10.0, 20.0, 30.0, np.inf])
    visits = np.array([1.0, 2.0, 1.0, 4.0])
    counted = access(minutes, visits, [10.0, 20.0, 60.0])
    assert counted.served_share == 0.5
    assert counted.mean_minutes == 20
    assert counted.median_minutes == 20
    assert counted.percentile_90_minutes == 30
    assert counted.largest_minutes == 30
    assert [share for _, share in counted.share_within] == [1 / 8, 3 / 8, 4 / 8]


def test_cells_without_visits_do_not_count() -> None:
    counted = access(np.array([10.0, 500.0]), np.array([1.0, 0.0]), [60.0])
    assert counted.largest_minutes == 10
    assert counted.within(60.0) == 1


def test_nobody_served_is_said_not_guessed() -> None:
    counted = access(np.array([np.inf]), np.array([1.0]), [60.0])
    assert counted.mean_minutes is None
    assert counted.served_share == 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 100), min_size=1, max_size=30), st.integers(1, 99))
def test_a_percentile_of_equal_weights_is_the_inverted_distribution_of_numpy(
    values: list[int], percent: int
) -> None:
    array = np.array(values, dtype=float)
    expected = np.percentile(array, percent, method="inverted_cdf")
    assert weighted_percentile(array, np.ones(len(array)), percent) == expected


def test_todays_clinics_are_evaluated_without_a_solver(
    dalarna: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_solver(*_: object, **__: object) -> None:
        pytest.fail("the solver was asked")

    monkeypatch.setattr("siting.optimise.planning.solve", no_solver)
    outcome = study.run("today", dataset=dalarna)
    assert outcome.plan.status is Status.GIVEN
    assert len(outcome.plan.satellite) == 14
    county = outcome.evaluation.county
    assert county.main.mean_minutes is None
    assert county.near.served_share == 1
    # Shares are of all visits: those that need a main have no place, so they are outside every limit.
    assert county.overall.within(60.0) <= county.overall.served_share < 1


def test_parts_sum_to_the_whole(base_outcome: Outcome) -> None:
    evaluation = base_outcome.evaluation
    assert sum(area.youths for area in evaluation.by_municipality.values()) == pytest.approx(22_846)
    total = evaluation.county.overall.visits_per_year
    assert sum(load.visits_per_year for load in evaluation.by_site.values()) == pytest.approx(total)
    assert sum(each.visits_per_year for each in evaluation.by_risk_group.values()) == pytest.approx(total)
    weighted = sum(
        area.overall.visits_per_year * area.overall.mean_minutes
        for area in evaluation.by_municipality.values()
    )
    assert weighted / total == pytest.approx(evaluation.county.overall.mean_minutes)


def test_a_longer_limit_never_covers_less_and_more_sites_never_lengthen_a_trip(base_outcome: Outcome) -> None:
    shares = [share for _, share in base_outcome.evaluation.county.overall.share_within]
    assert shares == sorted(shares)
    more = dataclasses.replace(base_outcome.plan, satellite=(*base_outcome.plan.satellite, "YC06"))
    wider = evaluate(more, base_outcome.demand, base_outcome.times, within_minutes=[30.0])
    assert (wider.near.minutes <= base_outcome.evaluation.near.minutes).all()


def test_labels_that_disagree_raise(base_outcome: Outcome) -> None:
    shuffled = dataclasses.replace(base_outcome.demand, cell_ids=base_outcome.demand.cell_ids[::-1])
    with pytest.raises(LabelError, match="same cells"):
        evaluate(base_outcome.plan, shuffled, base_outcome.times, within_minutes=[30.0])
    unknown = Plan(("nowhere",), (), Status.GIVEN, (), 0.0)
    with pytest.raises(LabelError, match="'nowhere'"):
        evaluate(unknown, base_outcome.demand, base_outcome.times, within_minutes=[30.0])


def test_the_toy_by_municipality(toy_folder: object) -> None:
    # Given: B as main only. Väst is columns 0-1: sums of |x-2| are 2 and 1, each over five rows with
    # |y-2| summing to 6: (5*2+6) + (5*1+6) = 27 steps over 10 cells, 27 minutes.
    scenario = toy.write_scenario(
        toy_folder, choice={"n_main": 1, "n_satellites": 0, "given": {"main": ["B"], "satellite": []}}
    )
    evaluation = study.run(scenario).evaluation
    assert evaluation.by_municipality["01"].overall.mean_minutes == pytest.approx(27)
    assert evaluation.by_municipality["02"].overall.mean_minutes == pytest.approx(22)
    assert evaluation.county.overall.within(15.0) == pytest.approx(5 / 25)
