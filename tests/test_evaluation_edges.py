"""Edges of evaluation and comparison: found by mutants and branches that no other test noticed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import toy

from siting.comparison import Change, Comparison, compare
from siting.errors import DatasetError, InputError, LabelError, VerificationError
from siting.evaluate import (
    Assignment,
    Evaluation,
    Trips,
    access,
    count_measures,
    evaluate,
    weighted_percentile,
)
from siting.frontier import CostAndMinutes, frontier
from siting.plan import NO_SITE, Intake, Plan, Status
from siting.region import Region
from siting.roads import RoadNetwork
from siting.scenario import AccessSection, ByService, EvaluationSection, RolesSection

INF = np.inf
SECTION = EvaluationSection()


def plan(*main: str, satellite: tuple[str, ...] = ()) -> Plan:
    return Plan(main=main, satellite=satellite, status=Status.GIVEN, objectives=(), solve_seconds=0.0)


def evaluated(asked: Plan, region: Region) -> Evaluation:
    return evaluate(asked, region, SECTION, standard_minutes=30.0)


def held_against(options: dict[str, Evaluation], region: Region, base: str = "before") -> Comparison:
    return compare(options, region.demand, base=base, noticeable_minutes=5.0, standard_minutes=30.0)


# --- a county in which the two services are wanted in different places ---

TWO_CELLS = np.array([[0.0, 60.0], [40.0, 0.0]])
"""Minutes: S0 lies in the first cell, S1 in the second."""


def divided() -> Region:
    """The first cell makes three visits that need a main, the second one that does not."""
    return toy.region(TWO_CELLS, visits=np.array([[3.0, 0.0], [0.0, 1.0]]), alpha=(1.0, 0.0))


def test_a_change_is_weighed_by_the_visits_of_its_own_service() -> None:
    region = divided()
    options = {"before": evaluated(plan("S0"), region), "after": evaluated(plan("S1"), region)}
    main, near = held_against(options, region).differences
    assert (main.service, near.service) == ("main", "near")
    assert (main.county.youths, near.county.youths) == (1, 1)
    assert (main.county.mean_change_minutes, near.county.mean_change_minutes) == (60, -40)
    assert (main.county.youths_farther, near.county.youths_nearer) == (1, 1)
    assert (main.county.youths_nearer, near.county.youths_farther) == (0, 0)


def test_a_base_that_was_not_evaluated_and_cells_of_another_county_are_refused() -> None:
    region = divided()
    evaluation = evaluated(plan("S0"), region)
    with pytest.raises(InputError, match=r"--base other: is not among the compared scenarios: before"):
        held_against({"before": evaluation}, region, base="other")
    larger = toy.region(np.zeros((3, 2)))
    with pytest.raises(LabelError, match="after: is evaluated on other cells than the base"):
        held_against({"before": evaluation, "after": evaluated(plan("S0"), larger)}, region)


def test_an_unknown_open_site_is_refused() -> None:
    with pytest.raises(LabelError, match="do not lead to the open site 'S7'"):
        evaluated(plan("S0", "S7"), divided())


# --- counts ---


def trips(minutes: list[float]) -> Trips:
    array = np.array(minutes)
    site = np.where(np.isfinite(array), 0, NO_SITE)
    return Trips(np.arange(len(array)), site, np.ones(len(array)), array, array)


def test_percentiles_lie_where_they_say() -> None:
    """Two hundred trips of 0.5, 1, 1.5, ..., 100 minutes: a percentile off by one is a minute off."""
    minutes = np.arange(1.0, 201.0) / 2
    counted = access(trips(minutes.tolist()), np.ones(200), [50.0])
    assert (counted.median_minutes, counted.percentile_90_minutes, counted.largest_minutes) == (50, 90, 100)
    assert counted.within(50.0) == 0.5
    assert weighted_percentile(minutes, np.ones(200), 91) == 91


def test_cells_without_visits_are_in_no_measure() -> None:
    region = toy.region(np.array([[10.0], [50.0]]), visits=np.array([[1.0], [0.0]]))
    measures = evaluated(plan("S0"), region).measures
    assert (measures.mean_minutes, measures.largest_minutes, measures.worst_share_minutes) == (10, 10, 10)
    assert measures.within_standard == 1


def test_without_visits_nobody_is_outside_and_nothing_has_a_mean() -> None:
    """A demand without visits is refused where it is made; the count itself stays well-defined."""
    region = toy.region(np.array([[10.0], [50.0]]), visits=np.zeros((2, 1)))
    nowhere = count_measures(
        region.demand,
        trips([10.0, 50.0]),
        trips([10.0, 50.0]),
        standard_minutes=30.0,
        worst_share=0.1,
        cost=7.0,
    )
    assert (nowhere.mean_minutes, nowhere.largest_minutes, nowhere.worst_share_minutes) == (None, None, None)
    assert (nowhere.within_standard, nowhere.cost) == (1.0, 7.0)


def test_the_standard_itself_is_within_the_standard() -> None:
    region = toy.region(np.array([[30.0], [30.1]]))
    assert evaluated(plan("S0"), region).measures.within_standard == 0.5


def test_half_a_visit_a_year_has_its_part_in_the_error_of_the_mean() -> None:
    """Two cells of 10 youths with 1/2 and 3/2 visits, by the formula of `standard_error_of_mean`."""
    region = toy.region(np.array([[10.0], [30.0]]), visits=np.array([[0.5], [1.5]]))
    demand = dataclasses.replace(
        region.demand, youths=np.full(2, 10.0), youths_standard_error=np.array([2.0, 0.0])
    )
    counted = evaluated(plan("S0"), dataclasses.replace(region, demand=demand))
    assert counted.measures.mean_minutes == 25
    # The first cell errs by 2 youths x 1/20 visits = 0.1 visits, 15 minutes from the mean, of 2 in all.
    assert counted.mean_minutes_standard_error == pytest.approx(0.1 * 15 / 2)


def test_a_team_without_a_main_to_start_from_is_refused() -> None:
    with pytest.raises(VerificationError, match="a team based at S1, which is not an open main"):
        evaluated(dataclasses.replace(plan("S0"), teams={"S1": 1}), divided())


def test_days_of_a_closed_site_are_refused() -> None:
    with pytest.raises(LabelError, match="days_per_week speaks of 'S1', which is not open"):
        dataclasses.replace(plan("S0"), days_per_week={"S1": 2.0})


# --- tables that do not agree ---


def test_a_region_whose_tables_speak_of_other_places_is_refused() -> None:
    region, other = divided(), toy.region(np.zeros((2, 3)))
    with pytest.raises(LabelError, match="sites and travel times do not speak of the same candidate sites"):
        dataclasses.replace(region, times=other.times)
    with pytest.raises(LabelError, match="demand and travel times do not speak of the same cells"):
        dataclasses.replace(region, times=toy.region(np.zeros((3, 2))).times)
    with pytest.raises(LabelError, match=r"site_kilometres has shape \(3, 3\); expected \(2, 2\)"):
        dataclasses.replace(region, site_kilometres=np.zeros((3, 3)))
    with pytest.raises(InputError, match="there is no mode 'boat'"):
        region.times_by("boat")


def test_a_demand_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"DemandGrid\.youths has shape \(3,\); expected \(2,\)"):
        dataclasses.replace(divided().demand, youths=np.ones(3))


def test_roads_that_contradict_themselves_are_refused() -> None:
    import shapely

    line = shapely.linestrings([[[0.0, 0.0], [1000.0, 0.0]]])
    one = np.array([0])
    roads = RoadNetwork(
        node_ids=("a", "b"),
        from_node=one,
        to_node=np.array([1]),
        minutes=np.ones((1, 2)),
        kilometres=np.ones(1),
        lines=line,
        may_join=np.ones(1, dtype=bool),
    )
    for change, error, told in (
        ({"to_node": np.array([1, 0])}, LabelError, "must all have 1 rows"),
        ({"minutes": np.full((1, 2), np.nan)}, DatasetError, "minutes must be >= 0"),
        ({"minutes": np.full((1, 2), -1.0)}, DatasetError, "minutes must be >= 0"),
        ({"kilometres": np.full(1, INF)}, DatasetError, "kilometres must be finite"),
        ({"kilometres": np.full(1, -1.0)}, DatasetError, "kilometres must be finite"),
        ({"may_join": np.zeros(1, dtype=bool)}, DatasetError, "no edge that a place may join"),
    ):
        with pytest.raises(error, match=told):
            dataclasses.replace(roads, **change)


def test_a_risk_group_makes_its_own_visits_to_each_service() -> None:
    """Of 8 visits a quarter needs the main (S0, 60 minutes away), the rest goes to the satellite beside."""
    region = toy.region(np.array([[60.0, 10.0]]), visits=np.array([[8.0, 2.0]]), alpha=(0.25, 1.0))
    counted = evaluated(plan("S0", satellite=("S1",)), region).by_risk_group
    assert counted["group 0"].visits_per_year == 8
    assert counted["group 0"].mean_minutes == (2 * 60 + 6 * 10) / 8
    assert (counted["group 1"].visits_per_year, counted["group 1"].mean_minutes) == (2, 60)


def test_each_service_is_counted_by_its_own_visits() -> None:
    counted = evaluated(plan("S1"), divided()).county
    assert (counted.main.visits_per_year, counted.near.visits_per_year) == (3, 1)
    assert (counted.main.mean_minutes, counted.near.mean_minutes, counted.overall.mean_minutes) == (60, 0, 45)


def test_visits_that_the_intake_splits_take_the_minutes_of_where_they_are_sent() -> None:
    """The first cell sends a quarter to S1 (60 minutes), the second all to digital contact (90)."""
    access_section = AccessSection(digital_minutes=ByService(near=90.0))
    region = dataclasses.replace(
        toy.region(TWO_CELLS, visits=np.array([[8.0], [2.0]])), access=access_section
    )
    nowhere = Intake(np.array([0, 1]), np.array([0, 0]), np.ones(2))
    near = Intake(np.array([0, 0, 1]), np.array([0, 1, NO_SITE]), np.array([0.75, 0.25, 1.0]))
    sent = dataclasses.replace(plan("S0", satellite=("S1",)), intake={"main": nowhere, "near": near})
    counted = evaluated(sent, region)
    assert counted.county.near.mean_minutes == 2 * 60 / 8
    assert counted.county.near.digital_share == 2 / 10
    assert counted.county.near.mean_generalised_minutes == pytest.approx((2 * 60 + 2 * 90) / 10)
    assert counted.near.site.tolist() == [0, NO_SITE]  # where most of a cell's visits go
    assert counted.near.generalised_minutes.tolist() == [0, 90]
    assert [counted.by_site[site].near_visits_per_year for site in ("S0", "S1")] == [6, 2]


@pytest.mark.parametrize(
    ("cells", "shares"),
    [([0, 1], [1.0, 0.9]), ([0, 1, 1], [1.0, 1.5, -0.5]), ([0], [1.0]), ([0, 1], [1.0, 1.1])],
)
def test_one_cell_whose_shares_do_not_sum_to_one_is_enough_to_refuse_the_intake(
    cells: list[int], shares: list[float]
) -> None:
    region = toy.region(TWO_CELLS)
    whole = Intake(np.array([0, 1]), np.array([0, 0]), np.ones(2))
    odd = Intake(np.array(cells), np.zeros(len(cells), dtype=int), np.array(shares))
    with pytest.raises(VerificationError, match="are not >= 0 or do not sum to 1"):
        evaluated(dataclasses.replace(plan("S0"), intake={"main": whole, "near": odd}), region)


def test_where_there_are_no_visits_nobody_is_outside_or_unserved_and_an_empty_share_is_no_fault() -> None:
    counted = access(trips([10.0, INF]), np.zeros(2), [5.0])
    assert (counted.within(5.0), counted.served_share, counted.digital_share) == (1, 1, 0)
    whole = Intake(np.array([0, 1]), np.array([0, 0]), np.ones(2))
    near = Intake(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([1.0, 0.0, 1.0]))
    sent = dataclasses.replace(plan("S0", satellite=("S1",)), intake={"main": whole, "near": near})
    assert evaluated(sent, toy.region(TWO_CELLS)).county.near.mean_minutes == 0


def test_all_visits_to_a_site_are_those_of_both_services() -> None:
    load = evaluated(plan("S0"), divided()).by_site["S0"]
    assert (load.main_visits_per_year, load.near_visits_per_year, load.visits_per_year) == (3, 1, 4)


def test_only_cells_with_youths_and_with_visits_have_a_part_in_the_error_of_the_mean() -> None:
    """One youth with half a visit, ten with 3/2, ten who make none, and two visits of nobody who lives there.

    The first errs by 1/5 of a youth, thus 1/10 visit, 15 minutes from the mean (25) of two visits.
    """
    region = toy.region(np.array([[10.0], [30.0], [50.0], [70.0]]), visits=np.array([[0.5], [1.5], [0], [2]]))
    demand = dataclasses.replace(
        region.demand,
        youths=np.array([1.0, 10.0, 10.0, 0.0]),
        youths_standard_error=np.array([0.2, 0.0, 3.0, 0.0]),
    )
    counted = evaluated(plan("S0"), dataclasses.replace(region, demand=demand))
    assert counted.mean_minutes_standard_error == pytest.approx(0.1 * 15 / 2)


def test_where_nobody_has_a_place_to_go_to_the_mean_has_no_error() -> None:
    region = toy.region(np.array([[10.0]]), alpha=(1.0,))
    demand = dataclasses.replace(region.demand, youths_standard_error=np.array([0.5]))
    nowhere = evaluated(plan(satellite=("S0",)), dataclasses.replace(region, demand=demand))
    assert nowhere.mean_minutes_standard_error == 0
    assert nowhere.county.overall.mean_minutes is None


def test_the_largest_minutes_are_those_of_the_farthest_visit() -> None:
    measures = evaluated(plan("S0"), toy.region(np.array([[10.0], [50.0], [20.0]]))).measures
    assert (measures.largest_minutes, measures.worst_share_minutes) == (50, 50)


def main_that_takes(visits_per_open_hour: float) -> RolesSection:
    """A main reception is open 1,760 hours a year."""
    roles = RolesSection()
    return roles.model_copy(
        update={"main": roles.main.model_copy(update={"visits_per_open_hour": visits_per_open_hour})}
    )


def test_a_place_that_is_exactly_full_is_not_too_full() -> None:
    whole = Intake(np.array([0, 1]), np.array([0, 0]), np.ones(2))
    full = dataclasses.replace(plan("S0"), intake={"main": whole, "near": whole})
    visits = np.array([[1000.0], [760.0]])
    region = toy.region(np.array([[10.0], [50.0]]), visits=visits, alpha=(0.25,), roles=main_that_takes(1.0))
    load = evaluated(full, region).by_site["S0"]
    assert (load.main_visits_per_year, load.near_visits_per_year) == (440, 1320)
    fuller = toy.region(np.array([[10.0], [50.0]]), visits=visits * (1 + 1e-5), roles=main_that_takes(1.0))
    with pytest.raises(VerificationError, match=r"1760\.0 visits to S0, which takes 1760\.0"):
        evaluated(full, fuller)


def test_visits_that_the_intake_sends_feel_the_wait_and_of_nobody_no_share_is_asked() -> None:
    """Open one day a week, a satellite has 10 minutes' wait; the second cell makes no visits, so no share."""
    region = toy.region(
        np.array([[20.0], [50.0]]),
        visits=np.array([[3.0], [0.0]]),
        access=AccessSection(waiting_minutes_per_day=5.0),
    )
    sent = Intake(np.array([0]), np.array([0]), np.ones(1))
    none = Intake(np.array([0]), np.array([NO_SITE]), np.ones(1))
    asked = dataclasses.replace(
        plan(satellite=("S0",)), intake={"main": none, "near": sent}, days_per_week={"S0": 1.0}
    )
    near = evaluated(asked, region).county.near
    assert (near.mean_minutes, near.mean_generalised_minutes) == (20, 30)


def test_each_cell_is_counted_where_it_belongs_and_unchanged_is_who_is_left() -> None:
    """Each cell's youths are another power of two, so that a sum says which cells are in it."""
    inf = np.inf
    before = [50.0, 10.0, inf, 10.0, 10.0, inf, 10.0, inf]
    after = [45.0, 15.0, 10.0, inf, 14.9, 10.0, inf, inf]
    felt_before = [50.0, 10.0, inf, 10.0, 10.0, 90.0, 10.0, 90.0]  # the last three: digital contact
    felt_after = [45.0, 15.0, 10.0, inf, 14.9, 10.0, 90.0, 90.0]

    def change(cells: slice) -> Change:
        region = toy.region(np.zeros((8, 1))[cells])
        demand = dataclasses.replace(region.demand, youths=2.0 ** np.arange(8)[cells])
        region = dataclasses.replace(region, demand=demand)
        some = evaluated(plan("S0"), region)
        options = {
            name: dataclasses.replace(
                some, near=Assignment(some.near.site, *(np.array(each)[cells] for each in met))
            )
            for name, met in {"before": (before, felt_before), "after": (after, felt_after)}.items()
        }
        _, near = held_against(options, region).differences
        return near.county

    counted = change(slice(None))
    assert (counted.youths_nearer, counted.youths_farther) == (1, 2)
    assert (counted.youths_gaining_a_place, counted.youths_losing_a_place) == (4 + 32, 8 + 64)
    assert (counted.youths_from_digital, counted.youths_to_digital) == (32, 64)
    assert counted.youths_unchanged == 16 + 128
    assert change(slice(4)).youths_unchanged == 0  # all of them have changed


def test_options_whose_minutes_become_dearer_step_by_step_are_all_efficient() -> None:
    """A minute costs 2, 4, 10 and 11 hundredths."""
    options = {"a": (0, 100), "b": (1, 50), "c": (2, 25), "d": (3, 15), "e": (4, 6)}
    found = frontier({name: CostAndMinutes(*values) for name, values in options.items()})
    assert found.efficient == tuple(options)
    # A sixth costs as much as "e" and takes less: the line to it from "c" passes below "d".
    cheaper = frontier({name: CostAndMinutes(*values) for name, values in {**options, "f": (4, 1)}.items()})
    assert cheaper.efficient == ("a", "b", "c", "f")
    assert {each.option: each.is_extended for each in cheaper.dominated} == {"d": True, "e": False}
