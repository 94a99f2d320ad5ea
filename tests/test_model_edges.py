"""Edges of what the model counts by: found by mutants that no other test noticed."""

from __future__ import annotations

import numpy as np
import pytest

from siting.errors import ArrayError
from siting.optimise.cuts import least_visits_rows
from siting.optimise.objectives import MeasureId, Objective, sent_minutes
from siting.optimise.problem import (
    Draft,
    Sent,
    Service,
    SitingProblem,
    check_demand,
    check_minutes,
)

INF = np.inf


def service(name: str, minutes: list[list[float]], demand: list[float], *, digital: float = INF) -> Service:
    array = np.array(minutes)
    return Service(
        name, np.array(demand), np.arange(array.shape[1]), array, digital, np.zeros(len(array), int)
    )


def problem(*services: Service, **more: object) -> SitingProblem:
    n_options = max(len(each.options) for each in services)
    return SitingProblem(services, np.arange(n_options), **more)  # type: ignore[arg-type]


def value(name: MeasureId, asked: SitingProblem, is_open: list[bool], **more: float) -> float:
    return Objective(name, **more).value(asked, Draft(np.array(is_open)))  # type: ignore[arg-type]


FOUR_CELLS = service("near", [[10.0], [30.0], [50.0], [INF]], [4.0, 3.0, 2.0, 0.0])


def test_the_standard_itself_is_not_outside_it() -> None:
    asked = problem(FOUR_CELLS)
    assert value("outside_standard", asked, [True], standard_minutes=30.0) == 2 / 9
    assert value("outside_standard", asked, [True], standard_minutes=29.9) == 5 / 9


def test_what_nothing_serves_is_outside_and_in_no_mean() -> None:
    asked = problem(FOUR_CELLS, lost_demand={0: 1.0, 2: 2.0})
    assert value("outside_standard", asked, [True], standard_minutes=30.0) == (2 + 3) / 12
    assert value("mean_minutes", asked, [True]) == (40 + 90 + 100) / 9
    assert value("largest_minutes", asked, [True]) == 50
    assert (asked.lost_by("", 2), asked.lost_by("", 1), asked.lost_by("bus")) == (2, 0, 0)
    closed = problem(FOUR_CELLS)
    assert value("mean_minutes", closed, [False]) == 0
    assert value("outside_standard", closed, [False], standard_minutes=30.0) == 1


def test_the_worst_share_takes_a_part_of_the_visits_at_its_edge() -> None:
    """A third of 9 visits: two at 50 minutes, one at 30."""
    asked = problem(FOUR_CELLS)
    assert value("worst_share_minutes", asked, [True], worst_share=1 / 3) == pytest.approx((100 + 30) / 3)
    assert value("worst_share_minutes", asked, [True], worst_share=1.0) == pytest.approx(230 / 9)


def test_a_near_value_is_relative_for_minutes_and_in_points_for_shares() -> None:
    assert Objective("mean_minutes").tolerance(-20.0, 0.1) == pytest.approx(2.0)
    assert Objective("outside_standard").tolerance(0.5, 0.1) == 0.1


def test_what_is_not_counted_has_no_cost_and_no_rank() -> None:
    asked = problem(FOUR_CELLS)
    assert (value("cost", asked, [True]), value("rank", asked, [True])) == (0, 0)
    ranked = problem(FOUR_CELLS, rank=np.array([3.0]))
    assert (value("rank", ranked, [True]), value("rank", ranked, [False])) == (3, 0)


def test_visits_that_the_intake_sends_take_the_minutes_of_their_own_service_and_option() -> None:
    """Two services over three options; the main one knows only the last two of them."""
    near = service("near", [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [1.0, 1.0], digital=90.0)
    main = Service(
        "main", np.ones(1), np.array([1, 2]), np.array([[70.0, 80.0]]), 95.0, np.zeros(1, dtype=np.intp)
    )
    asked = problem(near, main)
    sent = Sent(
        service=np.array([1, 0, 0, 1, 0]),
        row=np.array([0, 1, 0, 0, 1]),
        option=np.array([2, 0, 2, -1, -1]),
        visits=np.array([1.0, 1.0, 2.0, 1.0, 1.0]),
    )
    draft = Draft(np.ones(3, dtype=bool), sent=sent)
    assert sent_minutes(asked, draft).tolist() == [80, 4, 3, 95, 90]
    assert Objective("mean_minutes").value(asked, draft) == (80 + 4 + 2 * 3 + 95 + 90) / 6
    assert sent_minutes(asked, Draft(np.ones(3, dtype=bool))).tolist() == []


def test_a_satellite_keeps_the_visits_that_no_nearer_open_place_takes() -> None:
    """Options 0 and 1 open; by hand: option 1 is best for the second cell only, so it has 3 of 10 visits."""
    near = service("near", [[10.0, 20.0], [30.0, 5.0]], [7.0, 3.0])
    least = np.array([0.0, 5.0])
    (row,) = least_visits_rows(problem(near, least_visits=least), np.ones(2), 1e-9)
    # 5 y_1 <= 3 + 7 (1 - y_0), so with both open 2 visits of 5 are missing.
    assert row.lower == -10 / 5
    assert dict(zip(row.options.tolist(), row.slopes.tolist(), strict=True)) == {0: -7 / 5, 1: -1.0}
    assert row.shortfall(np.ones(2), np.zeros(0)) == pytest.approx(2 / 5)
    assert least_visits_rows(problem(near, least_visits=least), np.array([0.0, 1.0]), 1e-9) == []
    assert least_visits_rows(problem(near), np.ones(2), 1e-9) == []


@pytest.mark.parametrize(
    ("demand", "told"),
    [
        (np.ones(3), r"demand has shape \(3,\); expected \(2,\)"),
        (np.array([1.0, -1.0]), r"demand\[1\] is -1\.0"),
        (np.array([np.nan, 1.0]), r"demand\[0\] is nan"),
        (np.array([1.0, INF]), r"demand\[1\] is inf"),
        (np.zeros(2), r"sums to 0\.0"),
        (np.full(2, 1e308), "sums to inf"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_a_demand_that_cannot_be_is_refused(demand: np.ndarray, told: str) -> None:
    with pytest.raises(ArrayError, match=told):
        check_demand(demand, n_cells=2)


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (np.ones(3), r"minutes has shape \(3,\)"),
        (np.ones((0, 3)), r"minutes has shape \(0, 3\)"),
        (np.array([[1.0, np.nan]]), r"minutes\[0, 1\] is nan"),
        (np.array([[1.0], [-0.5]]), r"minutes\[1, 0\] is -0\.5"),
    ],
)
def test_minutes_that_cannot_be_are_refused(minutes: np.ndarray, told: str) -> None:
    with pytest.raises(ArrayError, match=told):
        check_minutes(minutes)


def test_minutes_of_zero_and_no_way_at_all_are_minutes() -> None:
    check_minutes(np.array([[0.0, INF]]))
    check_minutes(np.ones((2, 0)))
