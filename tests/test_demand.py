"""Youths, persons in need and visits."""

from __future__ import annotations

import numpy as np
import pytest

from siting.dataset import Dataset
from siting.demand import demand_grid, youths_by_municipality
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
    # 22,846 x (0.022 x 12 x 0.5 + 0.101 x 4 x 0.2)
    assert demand.main_visits_per_year.sum() == pytest.approx(22_846 * 0.2128)


def test_cells_without_anyone_under_65_have_no_youths(dalarna: Dataset) -> None:
    cells = dalarna.table("cells")
    demand = demand_grid(dalarna, load("base").demand)
    only_old = (cells["population"] <= cells["population_65plus"]).to_numpy()
    assert only_old.sum() == 375
    assert (demand.youths[only_old] == 0).all()
    assert (demand.youths >= 0).all()
