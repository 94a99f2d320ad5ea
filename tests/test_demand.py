"""Youths, persons in need and visits."""

from __future__ import annotations

import numpy as np
import pytest

from siting.dataset import Dataset
from siting.demand import demand_grid, youths_by_municipality
from siting.errors import InputError
from siting.scenario import AgeSpan, DemandSection
from siting.scenario_file import load


def test_the_county_has_the_published_number_of_youths_and_of_each_risk_group(dalarna: Dataset) -> None:
    demand = demand_grid(dalarna, load("base").demand)
    assert demand.youths.sum() == pytest.approx(22_846, abs=1e-6)
    by_group = dict(zip(demand.risk_groups, demand.persons.sum(axis=0), strict=True))
    assert round(by_group["high"]) == 503
    assert round(by_group["middle"]) == 2307
    assert demand.youths_are_estimated


def test_prevalence_in_the_base_is_the_published_one(dalarna: Dataset) -> None:
    published = dalarna.table("prevalence").set_index("key")["value"]
    groups = load("base").demand.risk_groups
    assert groups["high"].prevalence == float(published["high_risk_share"])
    assert groups["middle"].prevalence == float(published["middle_risk_share"])


def test_the_factor_that_meets_the_county_total_is_near_one(dalarna: Dataset) -> None:
    municipalities = dalarna.table("municipalities")
    youths = youths_by_municipality(municipalities, county_youths=22_846)
    assert youths.sum() == pytest.approx(22_846)
    assert youths["2080"] == pytest.approx(4963, abs=1)  # Falun
    assert youths["2034"] == pytest.approx(494, abs=1)  # Orsa


def test_visits_split_into_those_that_need_a_main_and_the_rest(dalarna: Dataset) -> None:
    demand = demand_grid(dalarna, load("base").demand)
    both = demand.main_visits_per_year + demand.near_visits_per_year
    np.testing.assert_allclose(both, demand.visits_per_year.sum(axis=1))
    # 22,846 x 0.3 reached x (0.022 x 12 x 0.5 + 0.101 x 4 x 0.2)
    assert demand.main_visits_per_year.sum() == pytest.approx(22_846 * 0.3 * 0.2128)


def changed(**update: object) -> DemandSection:
    return load("base").demand.model_copy(update=update)


def test_a_municipality_that_leaves_takes_its_youths_with_it(dalarna: Dataset) -> None:
    all_of_them = demand_grid(dalarna, load("base").demand)
    without = demand_grid(dalarna, load("base").demand, leaving=["Mora"])
    of_mora = np.array(all_of_them.municipality_codes) == "2062"
    assert (without.youths[of_mora] == 0).all()
    assert without.youths.sum() == pytest.approx(all_of_them.youths[~of_mora].sum())


def test_need_differs_between_municipalities_and_genders_as_the_factors_say(dalarna: Dataset) -> None:
    plain = demand_grid(dalarna, load("base").demand)
    twice = demand_grid(dalarna, changed(municipality_factors={"Mora": 2.0}))
    of_mora = np.array(plain.municipality_codes) == "2062"
    np.testing.assert_allclose(twice.persons[of_mora], 2 * plain.persons[of_mora])
    np.testing.assert_allclose(twice.persons[~of_mora], plain.persons[~of_mora])
    group = (
        load("base")
        .demand.risk_groups["high"]
        .model_copy(update={"gender_factors": {"boys": 2.0, "girls": 0.0}, "hidden_number_factor": 1.5})
    )
    # 0.4965 boys x 2 + 0.4845 girls x 0 + 0.019 others x 1
    assert group.part_of_youths(load("base").demand.gender_shares) == pytest.approx(0.022 * 1.5 * 1.012)


def test_ages_take_their_years_of_birth_from_the_bands(dalarna: Dataset) -> None:
    """Born 2007-2008 are 13-14 in 2021: half of the band of 2007-2010."""
    municipalities = dalarna.table("municipalities")
    young = demand_grid(dalarna, changed(ages=AgeSpan(youngest=13, oldest=14)))
    assert young.youths.sum() == pytest.approx(municipalities["born_2007_2010"].sum() / 2)
    wider = demand_grid(dalarna, changed(ages=AgeSpan(youngest=13, oldest=21)))
    assert 22_846 < wider.youths.sum() < 1.35 * 22_846
    with pytest.raises(InputError, match="tell of ages 11-21, not of 13-25"):
        demand_grid(dalarna, changed(ages=AgeSpan(youngest=13, oldest=25)))


def test_cells_without_anyone_under_65_have_no_youths(dalarna: Dataset) -> None:
    cells = dalarna.table("cells")
    demand = demand_grid(dalarna, load("base").demand)
    only_old = (cells["population"] <= cells["population_65plus"]).to_numpy()
    assert only_old.sum() == 375
    assert (demand.youths[only_old] == 0).all()
    assert (demand.youths >= 0).all()
