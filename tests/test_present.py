"""What readers see: tables by value, privacy, files by schema, and pages in a real browser."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import geopandas as gpd
import jsonschema
import numpy as np
import pandas as pd
import pytest
import toy
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

import siting
from siting import study
from siting.present.comparison_tables import options_table, signed_minutes
from siting.present.disclosure import Gate
from siting.present.files import plan_record, write
from siting.present.layers import assignments_layer, sites_layer
from siting.present.maps import missing_texts
from siting.present.tables import answer, sites_table
from siting.present.words import LANGUAGES, Words, read_texts
from siting.study import Alternatives, Outcome

SV, EN = Words("sv"), Words("en")


@pytest.fixture(scope="session")
def written(base_outcome: Outcome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(base_outcome, tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def alternatives() -> Alternatives:
    return study.compare(["today", "base", "two-mains-satellites"])


@pytest.fixture(scope="session")
def compared(alternatives: Alternatives, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(alternatives, tmp_path_factory.mktemp("comparison"))


def schema(name: str) -> dict:
    return json.loads(files("siting").joinpath(f"schemas/{name}.schema.json").read_text(encoding="utf-8"))


def keys_of(texts: dict, above: str = "") -> set[str]:
    found = set()
    for key, value in texts.items():
        found |= keys_of(value, f"{above}{key}.") if isinstance(value, dict) else {f"{above}{key}"}
    return found


# Words


def test_both_languages_have_the_same_texts_with_the_same_places_to_fill() -> None:
    swedish, english = read_texts("sv"), read_texts("en")
    assert keys_of(swedish) == keys_of(english)
    for key in keys_of(swedish):
        places = [set(re.findall(r"\{(\w+)\}", words(key))) for words in (SV, EN)]
        assert places[0] == places[1], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_map_has_all_its_texts(language: str) -> None:
    assert missing_texts(read_texts(language)["map"]) == ()


def test_numbers_are_written_as_in_swedish() -> None:
    assert SV.number(22846) == "22\xa0846"
    assert SV.number(26.93, 1) == "26,9"
    assert SV.number(float("inf")) == "saknas"
    assert SV.percent(0.676) == "68\xa0%"
    assert signed_minutes(-4.16, SV) == "−4"
    assert signed_minutes(0.4, SV) == "0"
    assert SV.exact_percent(0.022) == "2,2\xa0%"


def test_a_share_of_almost_all_is_not_all_and_almost_none_is_not_none() -> None:
    assert EN.percent(0.999) == "99%"
    assert EN.percent(0.001) == "1%"
    assert (EN.percent(0.0), EN.percent(1.0)) == ("0%", "100%")


# Privacy


@given(st.floats(0, 50_000), st.integers(3, 20))
def test_no_count_below_the_threshold_is_ever_shown(value: float, smallest: int) -> None:
    shown = Gate(smallest).count(value)
    if value == 0:
        assert shown == 0
    elif value < smallest:
        assert shown is None
    else:
        assert shown >= smallest
        assert abs(shown - value) <= max(smallest, value / 100) / 2 + 1e-9


def test_a_cells_own_number_of_youths_is_in_no_file(written: Path, base_outcome: Outcome) -> None:
    layer = gpd.read_file(written / "plan.gpkg", layer="assignments")
    assert set(layer.columns).isdisjoint({"population", "visits", "persons", "need"})
    assert layer["youths"].map(lambda text: text == "0" or text.startswith("färre än") or "–" in text).all()
    small = (base_outcome.demand.youths > 0) & (base_outcome.demand.youths < 5)
    assert (layer["youths"][small] == "färre än 5").all()
    page = (written / "map.html").read_text(encoding="utf-8")
    scene = re.search(r'id="siting_scene">(.*?)</script>', page, re.DOTALL).group(1)
    cells = json.loads(scene)["cells"]
    assert set(cells) == {"corners", "hasDemand", "municipality", "youths"}
    assert all(re.fullmatch(r"0|färre än 5|\d+–\d+", label) for label in cells["youths"]["labels"])


def test_small_counts_are_null_in_the_records(toy_folder: Path) -> None:
    outcome = study.run(toy.write_scenario(toy_folder, evaluation={"smallest_count_shown": 1000}))
    record = plan_record(outcome)
    assert record["evaluation"]["county"]["youths"] == 3000  # 2,500, rounded to the nearest 1,000
    small = study.run(toy.write_scenario(toy_folder, "small", evaluation={"smallest_count_shown": 999}))
    corner = plan_record(small)["sites"][1]  # three cells of a corner, 300 youths
    assert corner["youths_nearest"] is None
    assert corner["near_visits_per_year"] is None


def test_visits_give_no_count_away_that_is_hidden_or_rounded(base_outcome: Outcome) -> None:
    for site in plan_record(base_outcome)["sites"]:
        load = base_outcome.evaluation.by_site[site["site_id"]]
        rate = load.near_visits_per_year / load.youths_nearest
        youths_from_visits = site["near_visits_per_year"] / rate
        assert abs(youths_from_visits - site["youths_nearest"]) <= 0.01 * site["youths_nearest"]


def test_minutes_of_municipalities_are_whole_and_shares_whole_percent(base_outcome: Outcome) -> None:
    """A mean of known times, weighted by the cells' youths, would else give these away by linear algebra."""
    for area in plan_record(base_outcome)["evaluation"]["by_municipality"].values():
        for access in (area["overall"], area["main"], area["near"]):
            for key in ("mean_minutes", "median_minutes", "percentile_90_minutes", "largest_minutes"):
                assert access[key] == round(access[key])
            for each in access["share_within"]:
                assert each["share"] == round(each["share"], 2)


# Files


def test_plan_json_is_what_its_schema_says(written: Path) -> None:
    record = json.loads((written / "plan.json").read_text(encoding="utf-8"))
    jsonschema.validate(record, schema("plan"))
    assert record["status"] == "optimal"
    assert record["objectives"][0]["objective"] == pytest.approx(
        record["evaluation"]["county"]["overall"]["mean_minutes"]
    )
    assert record["scenario"]["sha256"] == siting.load("base").sha256


def test_comparison_json_is_what_its_schema_says(compared: Path) -> None:
    record = json.loads((compared / "comparison.json").read_text(encoding="utf-8"))
    jsonschema.validate(record, schema("comparison"))
    for plan in record["plans"]:
        jsonschema.validate(plan, schema("plan"))
    assert record["base"] == "today"
    assert {(each["option"], each["service"]) for each in record["differences"]} == {
        (option, service) for option in ("base", "two-mains-satellites") for service in ("main", "near")
    }


def test_schemas_are_schemas() -> None:
    for name in ("plan", "comparison"):
        jsonschema.Draft202012Validator.check_schema(schema(name))


def test_the_geopackage_opens_with_its_layers(written: Path, compared: Path, base_outcome: Outcome) -> None:
    assert set(gpd.list_layers(written / "plan.gpkg")["name"]) == {"sites", "assignments"}
    sites = gpd.read_file(written / "plan.gpkg", layer="sites")
    assert len(sites) == 73
    assert sites.crs == "EPSG:3006"
    assert (sites["role"] == "main").sum() == 1
    cells = gpd.read_file(written / "plan.gpkg", layer="assignments")
    assert len(cells) == 4004
    np.testing.assert_allclose(cells.area, 1e6)
    np.testing.assert_allclose(cells["near_minutes"], base_outcome.evaluation.near.minutes, atol=0.051)
    assert len(gpd.list_layers(compared / "comparison.gpkg")) == 6


def test_sites_csv_opens_in_a_spreadsheet_and_holds_no_formula(written: Path, toy_folder: Path) -> None:
    table = pd.read_csv(written / "sites.csv")
    assert len(table) == 73
    assert set(table.loc[table["role"].notna(), "role"]) == {"main", "satellite"}
    sites = toy_folder / "data" / "sites.csv"
    sites.write_text(sites.read_text(encoding="utf-8").replace("Place A", "=1+1"), encoding="utf-8")
    from test_dataset import reseal

    reseal(toy_folder / "data", "sites")
    out = write(study.run(toy.write_scenario(toy_folder)), toy_folder / "out")
    assert "'=1+1" in (out / "sites.csv").read_text(encoding="utf-8-sig")


def test_the_same_input_gives_the_same_texts(written: Path, tmp_path: Path) -> None:
    again = write(siting.run("base"), tmp_path)
    for name in ("map.html", "sites.csv"):
        assert (again / name).read_bytes() == (written / name).read_bytes()


def test_an_interrupted_write_leaves_nothing_behind(
    base_outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("siting.present.files.plan_html", fail)
    with pytest.raises(KeyboardInterrupt):
        write(base_outcome, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


# Frames and tables


def test_results_come_as_geodataframes(base_outcome: Outcome) -> None:
    assert len(assignments_layer(base_outcome)) == 4004
    sites = sites_layer(base_outcome)
    assert sites.set_index("site_id").loc[list(base_outcome.plan.main), "role"].eq("main").all()


def test_estimated_sites_are_marked_wherever_they_are_named(base_outcome: Outcome) -> None:
    rows = base_outcome.dataset.table("sites").set_index("site_id")
    for line, site_id in zip(sites_table(base_outcome, SV).rows, base_outcome.plan.open_sites, strict=True):
        site = rows.loc[site_id]
        unsure = site["quality"] == "estimated" or site["status"] != "documented"
        assert line[0].endswith(" *") == unsure


def test_a_plan_without_main_is_not_flattered_by_its_short_trips(alternatives: Alternatives) -> None:
    today = options_table(alternatives, SV).rows[0]
    assert today[0] == "A. Dagens ungdomsmottagningar (ingen Mini Maria)"
    assert today[4] == "saknas"
    assert today[-1] == "68\xa0%"


def test_a_plan_stopped_by_its_time_limit_says_so(base_outcome: Outcome) -> None:
    import dataclasses

    from siting.plan import Status

    stopped = dataclasses.replace(
        base_outcome.plan.objectives[0], bound=20.0, gap=0.257, status=Status.TIME_LIMIT
    )
    plan = dataclasses.replace(base_outcome.plan, status=Status.TIME_LIMIT, objectives=(stopped,))
    said = " ".join(answer(dataclasses.replace(base_outcome, plan=plan), SV))
    assert "inte bevisat optimal" in said
    assert "20,0 min" in said
    assert "ingen bättre" not in said


# Pages


@pytest.mark.browser
@pytest.mark.parametrize("name", ["map.html", "report.html"])
@pytest.mark.parametrize("which", ["written", "compared"])
def test_pages_open_without_a_complaint(
    chromium_page: Page, request: pytest.FixtureRequest, which: str, name: str
) -> None:
    folder: Path = request.getfixturevalue(which)
    chromium_page.goto((folder / name).as_uri())
    chromium_page.wait_for_timeout(500)
    assert chromium_page.problems == []
    assert chromium_page.title()
    assert chromium_page.locator("html").get_attribute("lang") == "sv"


@pytest.mark.browser
def test_the_report_says_what_was_asked_chosen_assumed_and_where_it_comes_from(
    chromium_page: Page, written: Path, base_outcome: Outcome
) -> None:
    chromium_page.goto((written / "report.html").as_uri())
    text = chromium_page.locator("main").inner_text()
    for heading in ("Frågan", "Svaret", "Mottagningar", "Kommun för kommun", "Antaganden", "Källor"):
        assert heading in text
    for name in base_outcome.dataset.table("municipalities")["name"]:
        assert name in text
    assert "antagande" in text
    assert "uppskattad" in text
    assert chromium_page.locator("table").count() >= 5


@pytest.mark.browser
def test_the_map_shows_open_sites_of_each_scenario(chromium_page: Page, compared: Path) -> None:
    chromium_page.goto((compared / "map.html").as_uri())
    chromium_page.wait_for_timeout(500)
    assert chromium_page.locator("input[type=radio]").count() >= 3
    chromium_page.get_by_label("C. Två huvudmottagningar och fyra närmottagningar").check()
    text = chromium_page.locator("aside").inner_text()
    assert "bäst enligt sina regler" in text
    assert chromium_page.problems == []


@pytest.mark.browser
def test_hostile_names_stay_text_in_the_report(chromium_page: Page, toy_folder: Path) -> None:
    from test_dataset import reseal

    sites = toy_folder / "data" / "sites.csv"
    payload = '"<img src=x onerror=alert(1)></script><script>alert(2)</script>${alert(3)}`{{ 7*7 }}"'
    sites.write_text(sites.read_text(encoding="utf-8").replace("Place B", payload), encoding="utf-8")
    reseal(toy_folder / "data", "sites")
    out = write(study.run(toy.write_scenario(toy_folder)), toy_folder / "out")
    for name in ("report.html", "map.html"):
        chromium_page.goto((out / name).as_uri())
        chromium_page.wait_for_timeout(300)
        assert chromium_page.problems == []
        assert chromium_page.locator("img").count() == 0
    chromium_page.goto((out / "report.html").as_uri())
    assert "${alert(3)}`{{ 7*7 }}" in chromium_page.locator("main").inner_text()


def test_the_english_report_has_no_swedish_left(base_outcome: Outcome, tmp_path: Path) -> None:
    page = (write(base_outcome, tmp_path, language="en") / "report.html").read_text(encoding="utf-8")
    for word in ("huvudmottagning", "närmottagning", "besök", "Kommun ", "saknas"):
        assert word not in page
