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
from siting.evaluate import Evaluation, Trips, access, evaluate, trips_of, weighted_percentile, worst_mean
from siting.plan import NO_SITE, Intake, Plan, Status
from siting.region import Region
from siting.scenario import AccessSection, ByService, EvaluationSection, RolesSection
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
    with pytest.raises(
        VerificationError, match="mean_minutes: the solver's value is not what the count says"
    ):
        study._verify(dataclasses.replace(base_outcome, plan=plan))


def trips(minutes: list[float], generalised: list[float] | None = None) -> Trips:
    """One trip for each cell; infinite minutes: no place."""
    travel = np.array(minutes)
    n = len(travel)
    felt = travel if generalised is None else np.array(generalised)
    return Trips(np.arange(n), np.where(np.isfinite(travel), 0, NO_SITE), np.ones(n), travel, felt)


def test_access_worked_out_by_hand() -> None:
    visits = np.array([1.0, 2.0, 1.0, 4.0])
    counted = access(trips([10.0, 20.0, 30.0, np.inf]), visits, [10.0, 20.0, 60.0])
    assert counted.served_share == 0.5
    assert counted.mean_minutes == 20
    assert counted.median_minutes == 20
    assert counted.percentile_90_minutes == 30
    assert counted.largest_minutes == 30
    assert [share for _, share in counted.share_within] == [1 / 8, 3 / 8, 4 / 8]


def test_digital_visits_are_served_but_travel_nowhere() -> None:
    counted = access(trips([10.0, np.inf, np.inf], [15.0, 90.0, np.inf]), np.array([1.0, 1.0, 2.0]), [60.0])
    assert (counted.served_share, counted.digital_share) == (0.5, 0.25)
    assert counted.mean_minutes == 10
    assert counted.mean_generalised_minutes == pytest.approx(52.5)
    assert counted.within(60.0) == 0.25


def test_cells_without_visits_do_not_count() -> None:
    counted = access(trips([10.0, 500.0]), np.array([1.0, 0.0]), [60.0])
    assert counted.largest_minutes == 10
    assert counted.within(60.0) == 1


def test_nobody_served_is_said_not_guessed() -> None:
    counted = access(trips([np.inf]), np.array([1.0]), [60.0])
    assert counted.mean_minutes is None
    assert counted.served_share == 0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 100), min_size=1, max_size=20), st.integers(1, 20))
def test_the_worst_mean_is_the_mean_of_the_largest_of_equal_weights(values: list[int], count: int) -> None:
    count = min(count, len(values))
    array = np.array(values, dtype=float)
    expected = np.sort(array)[::-1][:count].mean()
    assert worst_mean(array, np.ones(len(array)), count / len(array)) == pytest.approx(expected)


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
    wider = count(more, base_outcome.region)
    assert (wider.near.minutes <= base_outcome.evaluation.near.minutes).all()


def count(plan: Plan, region: Region) -> Evaluation:
    return evaluate(plan, region, EvaluationSection(), standard_minutes=30.0)


def test_labels_that_disagree_raise(base_outcome: Outcome) -> None:
    region = base_outcome.region
    shuffled = dataclasses.replace(region.demand, cell_ids=region.demand.cell_ids[::-1])
    with pytest.raises(LabelError, match="same cells"):
        dataclasses.replace(region, demand=shuffled)
    unknown = Plan(("nowhere",), (), Status.GIVEN, (), 0.0)
    with pytest.raises(LabelError, match="'nowhere'"):
        count(unknown, region)


def toy_region(toy_folder: object, **sections: object) -> Region:
    region = study.run(toy.write_scenario(toy_folder)).region
    return dataclasses.replace(region, **sections)


def test_a_place_open_one_day_is_worth_less_than_one_open_five(toy_folder: object) -> None:
    """A and C lie 40 minutes apart on the left edge: the cell between them goes where the wait is shorter."""
    region = toy_region(toy_folder, access=AccessSection(waiting_minutes_per_day=5.0))
    plan = Plan((), ("A", "C"), Status.GIVEN, (), 0.0, days_per_week={"A": 1.0, "C": 5.0})
    near = trips_of(plan, region, "near")
    assert near.site[10] == 2  # 20 minutes to either; A's wait counts 10
    assert near.generalised_minutes[0] == pytest.approx(10.0)  # at A's door


def test_digital_contact_is_taken_only_where_it_is_strictly_better(toy_folder: object) -> None:
    digital = AccessSection(digital_minutes=ByService(main=80.0, near=70.0))
    region = toy_region(toy_folder, access=digital)
    plan = Plan(("A",), (), Status.GIVEN, (), 0.0)
    near, main = (trips_of(plan, region, service) for service in ("near", "main"))
    assert near.site[24] == NO_SITE  # D's corner is 80 minutes from A
    assert near.generalised_minutes[24] == 70.0
    assert main.site[24] == 0  # 80 is no better than 80


def test_an_intake_beyond_a_places_room_or_with_shares_lost_is_refused(toy_folder: object) -> None:
    region = toy_region(toy_folder, access=AccessSection(digital_minutes=ByService(main=80.0, near=70.0)))
    n = len(region.demand.cell_ids)

    def plan(share: float, room_site: int) -> Plan:
        whole = Intake(np.arange(n), np.full(n, room_site), np.full(n, share))
        return Plan(("B",), (), Status.GIVEN, (), 0.0, intake={"main": whole, "near": whole})

    assert count(plan(1.0, 1), region).by_site["B"].visits_per_year == pytest.approx(2500.0)
    with pytest.raises(VerificationError, match="do not sum to 1"):
        count(plan(0.9, 1), region)
    with pytest.raises(VerificationError, match="not open"):
        count(plan(1.0, 0), region)
    cramped = RolesSection().model_copy(
        update={"main": RolesSection().main.model_copy(update={"visits_per_open_hour": 1.0})}
    )
    with pytest.raises(VerificationError, match="which takes 1760"):
        count(plan(1.0, 1), dataclasses.replace(region, roles=cramped))


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


def test_noise_in_the_cells_makes_the_mean_so_much_uncertain() -> None:
    """B alone: 1, 4, 8, 8, 4 cells lie 0, 10, 20, 30, 40 minutes away, mean 24; each cell 100 +- 10 youths.

    Squares off the mean: 576 + 4 x 196 + 8 x 16 + 8 x 36 + 4 x 256 = 2,800; 10 x root / 2,500.
    """
    minutes = toy.toy_minutes()[:, [1]]
    region = toy.region(minutes, visits=np.full((25, 1), 100.0))
    demand = dataclasses.replace(
        region.demand, youths=np.full(25, 100.0), youths_standard_error=np.full(25, 10.0)
    )
    plan = Plan(main=("S0",), satellite=(), status=Status.GIVEN, objectives=(), solve_seconds=0.0)
    noisy = evaluate(
        plan, dataclasses.replace(region, demand=demand), EvaluationSection(), standard_minutes=30
    )
    assert noisy.mean_minutes_standard_error == pytest.approx(10 * np.sqrt(2800) / 2500)
    exact = evaluate(plan, region, EvaluationSection(), standard_minutes=30)
    assert exact.mean_minutes_standard_error == 0.0
