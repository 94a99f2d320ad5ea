"""Youths, persons in need and visits."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from siting.dataset import Dataset, load_dataset
from siting.demand import DemandGrid, demand_grid, standard_error_of_mean, youths_by_municipality
from siting.errors import ArrayError, DatasetError, InputError
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


def raked(
    dalarna: Dataset,
    cells: dict[str, list[float]],
    municipalities: dict[str, list[int]],
    ages: tuple[int, int] = (13, 19),
    **changes: object,
) -> DemandGrid:
    """Two cells in Mora, two in Orsa."""
    tables = {
        "cells": pd.DataFrame(
            {
                "cell_id": list("abcd"),
                "municipality_code": ["2062", "2062", "2034", "2034"],
                "east_metres": 500_000.0,
                "north_metres": 6_700_000.0,
                **cells,
            }
        ),
        "municipalities": pd.DataFrame(
            {"code": ["2062", "2034"], "name": ["Mora", "Orsa"], **municipalities}
        ),
    }
    dataset = dataclasses.replace(dalarna, tables=tables)
    section = changed(ages=AgeSpan(youngest=ages[0], oldest=ages[1]))
    return demand_grid(dataset, section, **changes)  # type: ignore[arg-type]


CLASSES = {"aged_10_14": [10, 30, 5, 5], "aged_15_19": [20, 20, 0, 8], "aged_20_24": [0, 5, 1, 1]}
ONE_YEAR = {f"aged_{age}": [8, 2] for age in range(10, 25)}


def test_classes_are_raked_to_the_one_year_counts_of_the_municipality(dalarna: Dataset) -> None:
    """Mora: 2 x 8 aged 13-14 spread 10:30, and 5 x 8 aged 15-19 spread 20:20; Orsa 2 x 2 and 5 x 2."""
    demand = raked(dalarna, CLASSES, ONE_YEAR)
    np.testing.assert_allclose(demand.youths, [4 + 20, 12 + 20, 2 + 0, 2 + 10])
    assert demand.youths_are_estimated
    # Without all classes nobody can tell the noise; left is who of 10-14 is 13-14: 16 of 40, and 4 of 10.
    expected = np.sqrt(np.array([10, 30, 5, 5]) * 0.4 * 0.6)
    np.testing.assert_allclose(demand.youths_standard_error, expected)


def test_raking_gives_any_span_that_both_tables_cover(dalarna: Dataset) -> None:
    np.testing.assert_allclose(raked(dalarna, CLASSES, ONE_YEAR, (18, 21)).youths[:2], [8 + 0, 8 + 16])
    np.testing.assert_allclose(raked(dalarna, CLASSES, ONE_YEAR, (24, 24)).youths, [0, 8, 1, 1])
    with pytest.raises(InputError, match="9-19: give cells a class that holds 9, or other ages"):
        raked(dalarna, CLASSES, ONE_YEAR, (9, 19))
    few = {column: counts for column, counts in ONE_YEAR.items() if column != "aged_21"}
    with pytest.raises(InputError, match="13-21: give municipalities a column aged_21"):
        raked(dalarna, CLASSES, few, (13, 21))
    twice = {**CLASSES, "aged_13_15": [1, 1, 1, 1]}
    with pytest.raises(InputError, match="one class that holds 13, not aged_10_14 and aged_13_15"):
        raked(dalarna, twice, ONE_YEAR)


def test_people_of_a_class_that_no_cell_has_are_spread_like_the_population(dalarna: Dataset) -> None:
    nobody = {**CLASSES, "aged_15_19": [0, 0, 0, 8]}
    np.testing.assert_allclose(
        raked(dalarna, nobody, ONE_YEAR, (15, 19)).youths[:2], [40 * 10 / 45, 40 * 35 / 45]
    )
    with_all = {**nobody, "population": [100, 300, 10, 20]}
    np.testing.assert_allclose(raked(dalarna, with_all, ONE_YEAR, (15, 19)).youths, [10, 30, 0, 10])


def test_youths_without_any_cell_to_live_in_are_named(dalarna: Dataset) -> None:
    empty = {column: [*counts[:2], 0, 0] for column, counts in CLASSES.items()}
    with pytest.raises(DatasetError, match=r"none in Orsa \(2034\) has people, though it has youths"):
        raked(dalarna, empty, ONE_YEAR)
    with pytest.raises(DatasetError, match="aged_15_19 is empty in a row; write 0"):
        raked(dalarna, {**CLASSES, "aged_15_19": [1, np.nan, 1, 1]}, ONE_YEAR)


def test_disclosure_noise_is_carried_to_the_youths(dalarna: Dataset) -> None:
    """Four classes hold all ages, and totals differ by 2 from their sums: 2 / sqrt 5 in each count."""
    cells = {
        "aged_0_9": [10, 10, 10, 10],
        "aged_10_14": [10, 30, 5, 5],
        "aged_15_19": [20, 20, 0, 8],
        "aged_20_99": [50, 50, 50, 50],
    }
    population = [float(total) for total in np.sum(list(cells.values()), axis=0) + np.array([2, -2, 2, -2])]
    demand = raked(dalarna, {**cells, "population": population}, ONE_YEAR)
    # 16 of 40 and 40 of 40 in Mora; 4 of 10 and 10 of 8 in Orsa
    noise = 2 / np.sqrt(5) * np.array([np.hypot(0.4, 1.0)] * 2 + [np.hypot(0.4, 1.25)] * 2)
    by_lot = np.array([10, 30, 5, 5]) * 0.4 * 0.6  # who of the class 10-14 is 13 or 14
    np.testing.assert_allclose(demand.youths_standard_error, np.sqrt(noise**2 + by_lot))
    gone = raked(dalarna, {**cells, "population": population}, ONE_YEAR, leaving=["Orsa"])
    assert (gone.youths_standard_error[2:] == 0).all()
    gap = {column: counts for column, counts in cells.items() if column != "aged_0_9"}
    without = raked(dalarna, {**gap, "population": population}, ONE_YEAR)
    np.testing.assert_allclose(without.youths_standard_error, np.sqrt(by_lot))


def test_the_stated_error_covers_the_truth(dalarna: Dataset) -> None:
    """Ages drawn by lot within a class, counts under 4 rounded to 0 or 3: nine of ten cells at least."""
    rng, covered = np.random.default_rng(3), []
    for _ in range(80):
        true = rng.poisson(6, (4, 7, 5))  # cells, classes from 0-4 to 30-99, years
        counts = true.sum(axis=2).astype(float)
        small = counts < 4
        counts[small] = np.where(rng.random(small.sum()) < counts[small] / 3, 3, 0)
        classes = [
            "aged_0_4",
            "aged_5_9",
            "aged_10_14",
            "aged_15_19",
            "aged_20_24",
            "aged_25_29",
            "aged_30_99",
        ]
        cells = {name: counts[:, k].tolist() for k, name in enumerate(classes)}
        of_place = [true[:2].sum(axis=0), true[2:].sum(axis=0)]
        years = {f"aged_{10 + k}": [int(each[2:5].ravel()[k]) for each in of_place] for k in range(15)}
        population = true.sum(axis=(1, 2)).astype(float).tolist()
        demand = raked(dalarna, {**cells, "population": population}, years)
        youths = true[:, 2, 3:].sum(axis=1) + true[:, 3].sum(axis=1)
        covered.append(np.abs(demand.youths - youths) <= 1.96 * demand.youths_standard_error)
    assert np.mean(covered) >= 0.9


def test_youths_that_the_manifest_calls_estimated_are_said_to_be(toy_folder: Path) -> None:
    assert not demand_grid(load_dataset(str(toy_folder / "data")), load("base").demand).youths_are_estimated
    manifest = toy_folder / "data" / "dataset.yaml"
    content = YAML().load(manifest)
    content["tables"]["cells"]["columns"]["youths"]["quality"] = "estimated"
    YAML().dump(content, manifest)
    assert demand_grid(load_dataset(str(toy_folder / "data")), load("base").demand).youths_are_estimated


def test_the_stated_error_of_a_mean_is_what_simulated_noise_gives() -> None:
    random = np.random.default_rng(4)
    youths, values = random.uniform(20, 60, 40), random.uniform(0, 90, 40)
    error = random.uniform(1, 4, 40)
    noisy = youths + error * random.standard_normal((20_000, 40))
    means = noisy @ values / noisy.sum(axis=1)
    assert standard_error_of_mean(youths, error, values) == pytest.approx(means.std(), rel=0.03)
    with pytest.raises(ArrayError, match="finite values of one shape"):
        standard_error_of_mean(youths, error, np.full(40, np.inf))
