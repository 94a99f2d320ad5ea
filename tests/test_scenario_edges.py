"""Refusals of a scenario and its demand that no other test asks for: found by branches that none passed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import toy

from siting.dataset import Dataset, load_dataset
from siting.demand import demand_grid
from siting.errors import DatasetError, InputError, ScenarioError
from siting.present.words import Words
from siting.scenario import AgeSpan, DemandSection, describe_place
from siting.scenario_file import MOST_FILES, load, with_values

GROUP = {"title": {"sv": "Alla", "en": "All"}, "prevalence": 0.5, "visits_per_person_per_year": 2}


def demand(**more: object) -> dict:
    group = {**GROUP, "share_of_visits_needing_main": 0.5, **more.pop("group", {})}  # type: ignore[dict-item]
    return {"demand": {"risk_groups": {"all": group}, **more}}


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        (demand(ages={"youngest": 19, "oldest": 13}), "youngest 19 is larger than oldest 13"),
        (demand(gender_shares={"boys": 0.6, "girls": 0.5}), "gender_shares sum to 1.1; they must sum to 1"),
        (
            demand(gender_shares={"boys": 0.5, "girls": 0.5}, group={"gender_factors": {"others": 2.0}}),
            "risk group all: gender_factors names 'others', not in gender_shares",
        ),
        (
            {"choice": {"n_main": 0, "n_satellites": 0, "given": {"main": ["A"], "days_per_week": {"B": 2}}}},
            "days_per_week speaks of site B, which is not named in a role",
        ),
        (
            {"analysis": {"trade_offs": {"n_satellites": {"minimum": 0, "maximum": 101}}}},
            "n_satellites.maximum is 101; at most 100 make a curve",
        ),
        (
            {"analysis": {"municipalities": {"today": {"main": ["A"], "stop": ["B"]}}}},
            "today names stops; gains are measured by main receptions and satellites only",
        ),
        (
            {"analysis": {"accessibility": {"zones_minutes": [30, 15], "zone_weights": [1, 0.5]}}},
            "they must ascend",
        ),
        (
            {"analysis": {"accessibility": {"zones_minutes": [15, 15], "zone_weights": [1, 0.5]}}},
            "they must ascend",
        ),
        (
            {"analysis": {"accessibility": {"zones_minutes": [15, 30], "zone_weights": [1]}}},
            "2 zones but 1 zone_weights",
        ),
    ],
)
def test_what_contradicts_itself_is_told(toy_folder: Path, sections: dict, told: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        load(toy.write_scenario(toy_folder, **sections))
    assert told in str(refused.value)


def test_the_largest_curve_and_one_age_are_allowed(toy_folder: Path) -> None:
    curve = {"trade_offs": {"n_satellites": {"minimum": 0, "maximum": 100}}}
    sections = {**demand(ages={"youngest": 15, "oldest": 15}), "analysis": curve}
    scenario = load(toy.write_scenario(toy_folder, **sections))
    assert scenario.analysis.trade_offs.n_satellites.maximum == 100
    assert scenario.demand.ages == AgeSpan(youngest=15, oldest=15)


def test_a_long_chain_of_files_is_followed_and_a_longer_one_refused(toy_folder: Path) -> None:
    toy.write_scenario(toy_folder, "link0")
    for link in range(1, MOST_FILES + 1):
        (toy_folder / f"link{link}.yaml").write_text(f"extends: link{link - 1}.yaml\n", encoding="utf-8")
    assert load(toy_folder / f"link{MOST_FILES - 1}.yaml").choice.n_main.maximum == 1
    with pytest.raises(ScenarioError, match=f"extends goes through more than {MOST_FILES} files"):
        load(toy_folder / f"link{MOST_FILES}.yaml")


# --- values at a key ---


def test_values_are_put_at_items_of_lists_and_where_nothing_was(toy_folder: Path) -> None:
    scenario = load(
        toy.write_scenario(
            toy_folder,
            choice={"n_main": 1, "n_satellites": 1, "objectives": [{"measure": "mean_minutes"}]},
        )
    )
    changed = with_values(
        scenario, {"choice.objectives.0.tolerance": np.float64(0.25), "choice.n_satellites": np.int64(2)}
    )
    assert changed.choice.objectives[0].tolerance == 0.25
    assert changed.choice.n_satellites.maximum == 2
    with pytest.raises(ScenarioError, match="there is no '1' in a list of 1; items are numbered from 0"):
        with_values(scenario, {"choice.objectives.1.tolerance": 0.25})
    with pytest.raises(ScenarioError, match="there is no 'first' in a list of 1"):
        with_values(scenario, {"choice.objectives.first.tolerance": 0.25})
    with pytest.raises(ScenarioError, match=r"choice\.n_main\.minimum"):
        with_values(scenario, {"choice.n_main.minimum.deeper": 1})


def test_a_place_is_named_by_the_nearest_key_that_stands_somewhere() -> None:
    origins = {("choice",): ("a.yaml", 3), ("travel", "mode"): ("with travel.mode=1", 0)}
    assert describe_place(origins, ("choice", "n_main"), default="x") == "a.yaml, line 3: choice.n_main"
    assert describe_place(origins, ("travel", "mode"), default="x") == "with travel.mode=1: travel.mode"
    assert describe_place(origins, ("roles",), default="a.yaml") == "a.yaml: roles"
    assert describe_place({}, (), default="a.yaml") == "a.yaml"


# --- demand ---


def with_table(dataset: Dataset, name: str, table: pd.DataFrame) -> Dataset:
    return dataclasses.replace(dataset, tables={**dataset.tables, name: table})


def toy_demand(**more: object) -> DemandSection:
    return DemandSection.model_validate(demand(**more)["demand"])


def test_ages_that_a_counted_column_does_not_tell_are_refused(toy_folder: Path) -> None:
    with pytest.raises(InputError, match="counts 13-19, not 13-18; ask for 13-19"):
        demand_grid(load_dataset(toy_folder / "data"), toy_demand(ages={"youngest": 13, "oldest": 18}))


def test_an_unknown_municipality_is_told_with_those_that_there_are(toy_folder: Path) -> None:
    data = load_dataset(toy_folder / "data")
    with pytest.raises(
        InputError, match="leaving_municipalities: there is no municipality 'Nord'; there are"
    ):
        demand_grid(data, toy_demand(), leaving=["Nord"])
    with pytest.raises(InputError, match=r"demand\.municipality_factors: there is no municipality 'Nord'"):
        demand_grid(data, toy_demand(municipality_factors={"Nord": 2.0}))


def test_a_county_without_youths_or_visits_or_takers_is_refused(toy_folder: Path) -> None:
    data = load_dataset(toy_folder / "data")
    empty = with_table(data, "cells", data.table("cells").assign(youths=0.0))
    with pytest.raises(DatasetError, match="the cells hold no youths"):
        demand_grid(empty, toy_demand())
    with pytest.raises(InputError, match="nobody makes a visit with these factors"):
        demand_grid(data, toy_demand(municipality_factors={"Väst": 0.0, "Öst": 0.0}))
    with pytest.raises(InputError, match="nobody is left"):
        demand_grid(data, toy_demand(), leaving=["Väst", "Öst"])


def test_an_estimate_without_what_it_rests_on_is_refused(dalarna: Dataset) -> None:
    section = load("base").demand
    cells, prevalence = dalarna.table("cells"), dalarna.table("prevalence")
    with pytest.raises(DatasetError, match="give cells the column population_65plus"):
        demand_grid(with_table(dalarna, "cells", cells.drop(columns="population_65plus")), section)
    other = prevalence[prevalence["key"] != "population_13_19"]
    with pytest.raises(DatasetError, match="there is no row 'population_13_19'"):
        demand_grid(with_table(dalarna, "prevalence", other), section)
    of_mora = cells["municipality_code"] == "2062"
    old = cells.assign(population_65plus=cells["population_65plus"].where(~of_mora, cells["population"]))
    with pytest.raises(DatasetError, match="nobody in municipality 2062 is under 65"):
        demand_grid(with_table(dalarna, "cells", old), section)


def test_a_share_that_nobody_knows_is_shown_as_none() -> None:
    for language in ("sv", "en"):
        words = Words(language)
        assert words.percent(None) == words("unit.none") != words.percent(0.0)
