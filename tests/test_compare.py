"""Who gains and who loses, worked out by hand."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import toy

import siting
from siting import study
from siting.comparison import _change, _Felt, _Limits, compare
from siting.errors import InputError, LabelError

LIMITS = _Limits(noticeable_minutes=5.0, standard_minutes=30.0)


def given(main: list[str], satellite: list[str]) -> dict:
    return {"n_main": 0, "n_satellites": 0, "given": {"main": main, "satellite": satellite}}


def three_plans(folder: object) -> list:
    return [
        toy.write_scenario(folder, "before", choice=given(["B"], [])),
        toy.write_scenario(folder, "after", choice=given(["B"], ["A"])),
        toy.write_scenario(folder, "without-main", choice=given([], ["A"])),
    ]


def test_a_satellite_in_the_corner_helps_three_cells(toy_folder: object) -> None:
    comparison = study.compare(three_plans(toy_folder)).comparison
    near = next(each for each in comparison.differences if (each.option, each.service) == ("after", "near"))
    # A saves its own cell 4 steps and two neighbours 2 steps each: 80 minutes over 25 cells.
    assert near.county.youths_nearer == 300
    assert near.county.youths_farther == 0
    assert near.county.youths_unchanged == 2200
    assert near.county.mean_change_minutes == pytest.approx(-80 / 25)
    assert near.by_municipality["01"].youths_nearer == 300
    assert near.by_municipality["02"].mean_change_minutes == 0
    main = next(each for each in comparison.differences if (each.option, each.service) == ("after", "main"))
    assert main.county.mean_change_minutes == 0


def test_losing_the_only_main_is_a_lost_place_not_a_long_trip(toy_folder: object) -> None:
    comparison = study.compare(three_plans(toy_folder)).comparison
    main = next(
        each for each in comparison.differences if (each.option, each.service) == ("without-main", "main")
    )
    assert main.county.youths_losing_a_place == 2500
    assert main.county.mean_change_minutes is None
    turned = study.compare(three_plans(toy_folder), base="without-main").comparison
    gained = next(each for each in turned.differences if (each.option, each.service) == ("before", "main"))
    assert gained.county.youths_gaining_a_place == 2500


def test_gains_and_losses_are_turned_when_base_and_option_change_places(toy_folder: object) -> None:
    scenarios = three_plans(toy_folder)[:2]
    there = study.compare(scenarios).comparison.differences
    back = study.compare(scenarios, base="after").comparison.differences
    for one, other in zip(there, back, strict=True):
        assert one.county.youths_nearer == other.county.youths_farther
        assert one.county.mean_change_minutes == pytest.approx(-other.county.mean_change_minutes)


def test_what_cannot_be_compared_is_refused(toy_folder: object) -> None:
    first, second, _ = three_plans(toy_folder)
    with pytest.raises(InputError, match="at least two"):
        study.compare([first])
    with pytest.raises(InputError, match="two scenarios have the name 'before'"):
        study.compare([first, first])
    with pytest.raises(InputError, match="base 'nobody' is not among"):
        study.compare([first, second], base="nobody")
    other = toy.write_scenario(toy_folder, "other", demand=toy.demand_section(alpha=0.1))
    with pytest.raises(InputError, match="same dataset, demand and leaving_municipalities"):
        study.compare([first, other])


def test_five_minutes_are_five_minutes() -> None:
    before = np.array([30.1, 12.3, 7.7])
    change = _change(_Felt(before, before), _Felt(before - 5.0, before - 5.0), np.ones(3), np.ones(3), LIMITS)
    assert change.youths_nearer == 3


def test_a_cell_that_goes_digital_loses_its_place_to_it() -> None:
    """Four cells: keeps its place, goes digital, is served again, gets a place instead of digital contact."""
    inf = np.inf
    before = _Felt(np.array([10.0, 20.0, inf, inf]), np.array([10.0, 20.0, inf, 90.0]))
    after = _Felt(np.array([10.0, inf, 30.0, 40.0]), np.array([15.0, 90.0, 30.0, 40.0]))
    change = _change(before, after, np.ones(4), np.ones(4), LIMITS)
    assert (change.youths_losing_a_place, change.youths_to_digital) == (1, 1)
    assert (change.youths_gaining_a_place, change.youths_from_digital) == (2, 1)
    assert (change.youths_nearer, change.youths_farther, change.youths_unchanged) == (0, 0, 1)
    assert change.mean_change_minutes == 0  # only the first has a place in both
    assert change.mean_change_generalised_minutes == pytest.approx((5 + 70 - 50) / 3)


def test_who_comes_within_the_standard_and_who_falls_outside_is_counted_cell_by_cell() -> None:
    """Each cell's youths are another power of two, so that a sum says which cells are in it."""
    inf = np.inf
    before = [30.1, 30.0, 31.0, 29.0, inf, inf, 30.0, 40.0, inf, 60.0]
    after = [30.0, 30.1, 30.0, 30.0, 30.0, 31.0, inf, inf, inf, 31.0]
    youths = 2.0 ** np.arange(10)
    felt_before, felt_after = (_Felt(np.array(each), np.array(each)) for each in (before, after))
    change = _change(felt_before, felt_after, youths, np.ones(10), LIMITS)
    assert change.youths_into_standard == 1 + 4 + 16  # 30.1 -> 30, 31 -> 30, no place -> 30
    assert change.youths_out_of_standard == 2 + 64  # 30 -> 30.1, 30 -> no place
    back = _change(felt_after, felt_before, youths, np.ones(10), LIMITS)
    assert back.youths_into_standard == change.youths_out_of_standard
    assert back.youths_out_of_standard == change.youths_into_standard
    nobody = _change(felt_before, felt_after, youths, np.zeros(10), LIMITS)
    assert (nobody.youths_into_standard, nobody.youths_out_of_standard) == (0, 0)


def test_digital_contact_is_no_place_within_the_standard() -> None:
    inf = np.inf
    place, digital = _Felt(np.array([20.0]), np.array([20.0])), _Felt(np.array([inf]), np.array([25.0]))
    assert _change(place, digital, np.ones(1), np.ones(1), LIMITS).youths_out_of_standard == 1
    assert _change(digital, place, np.ones(1), np.ones(1), LIMITS).youths_into_standard == 1


@pytest.mark.parametrize(("standard_minutes", "into"), [(20, 300), (30, 100), (40, 0)])
def test_the_base_says_what_the_standard_is(toy_folder: Path, standard_minutes: float, into: float) -> None:
    """With A beside B its own cell goes from 40 minutes to 0, and two neighbours from 30 to 10."""
    before = given(["B"], []) | {"standard_minutes": standard_minutes}
    after = given(["B"], ["A"]) | {"standard_minutes": 5}
    scenarios = [
        toy.write_scenario(toy_folder, name, choice=choice)
        for name, choice in (("before", before), ("after", after))
    ]
    comparison = study.compare(scenarios).comparison
    assert comparison.standard_minutes == standard_minutes
    main, near = comparison.differences
    assert (near.county.youths_into_standard, near.county.youths_out_of_standard) == (into, 0)
    assert near.by_municipality["01"].youths_into_standard == into  # all three lie in Väst
    assert near.by_municipality["02"].youths_into_standard == 0
    assert (main.county.youths_into_standard, main.county.youths_out_of_standard) == (0, 0)


def test_who_loses_a_near_place_falls_outside_the_standard_by_municipality(toy_folder: Path) -> None:
    """B is the only main: all but the four corners lie within 30 minutes, two of them in Väst."""
    comparison = study.compare(three_plans(toy_folder)).comparison
    main = next(
        each for each in comparison.differences if (each.option, each.service) == ("without-main", "main")
    )
    assert main.county.youths_out_of_standard == 2100
    assert {code: each.youths_out_of_standard for code, each in main.by_municipality.items()} == {
        "01": 800,
        "02": 1300,
    }
    assert main.county.youths_into_standard == 0


def test_one_outcome_is_its_own_base_and_has_no_differences(toy_folder: Path) -> None:
    outcome = study.run(three_plans(toy_folder)[0])
    alone = study.held_against((outcome,), "before")
    assert alone.base is outcome
    assert alone.comparison.differences == ()
    assert alone.comparison.options == ("before",)


def test_plans_for_other_young_people_are_refused(toy_folder: object) -> None:
    evaluation = study.run(three_plans(toy_folder)[0]).evaluation
    fewer = dataclasses.replace(evaluation, county=dataclasses.replace(evaluation.county, youths=2400.0))
    demand = study.run(three_plans(toy_folder)[0]).region.demand
    with pytest.raises(LabelError, match="other young people"):
        compare(
            {"all": evaluation, "fewer": fewer},
            demand,
            base="all",
            noticeable_minutes=5.0,
            standard_minutes=30.0,
        )


def test_scenarios_that_travel_alike_share_their_ways_and_others_do_not(toy_folder: Path) -> None:
    slow = {"access_speed_km_per_hour": 60, "fixed_minutes_per_trip": 5}
    first, second = (siting.load(toy.write_scenario(toy_folder, name)) for name in ("one", "two"))
    third = siting.load(toy.write_scenario(toy_folder, "three", travel=slow))
    said: list[str] = []
    alternatives = study.compare([first, second, third], on_progress=said.append)
    assert [each for each in said if "travel times" in each] == ["one: travel times", "three: travel times"]
    times = [outcome.region.times for outcome in alternatives.outcomes]
    assert times[0] is times[1]
    assert (times[2].minutes == times[0].minutes + 5).all()


def test_plans_by_car_and_by_bicycle_are_not_held_against_each_other(toy_folder: Path) -> None:
    bicycle = {"roads": "bicycle", "speed_km_per_hour": 15, "access_speed_km_per_hour": 12}
    travel = {"access_speed_km_per_hour": 60, "modes": {"bicycle": bicycle}}
    by_car = siting.load(toy.write_scenario(toy_folder, "car", travel=travel))
    cycling = siting.load(toy.write_scenario(toy_folder, "cycling", travel={**travel, "mode": "bicycle"}))
    with pytest.raises(InputError, match="cycling travels by bicycle, car by car"):
        study.compare([by_car, cycling])
