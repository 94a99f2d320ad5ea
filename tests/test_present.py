"""What readers see: tables by value, privacy, files by schema, and pages in a real browser."""

from __future__ import annotations

import dataclasses
import json
import re
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import by_hand
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
from siting.present.answer import answer
from siting.present.assumptions import MODE_KEYS, assumptions_tables
from siting.present.comparison_tables import difference_views, options_table, signed_minutes
from siting.present.costs_tables import rates_between, resources_table
from siting.present.disclosure import Gate
from siting.present.files import write
from siting.present.layers import assignments_layer, sites_layer
from siting.present.measures_table import measures_table
from siting.present.notes import combined_note
from siting.present.records import comparison_record, plan_record
from siting.present.report import plan_html
from siting.present.reports.report import comparison_html
from siting.present.rules_table import rules_table
from siting.present.scene import missing_texts
from siting.present.tables import access_table, municipalities_table, sites_table
from siting.present.teams_tables import rota_views
from siting.present.words import LANGUAGES, Language, Words, read_texts
from siting.scenario import ChoiceSection
from siting.scenario_base import BasedSection
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
    assert EN.percent(0.999) == ">99%"
    assert EN.percent(0.001) == "<1%"
    assert (EN.percent(0.0), EN.percent(1.0)) == ("0%", "100%")


# Privacy


SMALLEST = [3, *range(5, 101, 5)]
ON_THE_LADDER = [5, 10, 15, 20, 35, 50, 65, 100, 250, 1000]


@given(st.floats(0, 50_000), st.sampled_from(SMALLEST))
def test_no_count_below_the_threshold_is_ever_shown(value: float, smallest: int) -> None:
    shown = Gate(smallest).count(value)
    if value < 5e-7:  # a trace that sums of estimates leave is nobody
        assert shown == 0
    elif value < smallest - 5e-7:
        assert shown is None
    elif value > smallest:
        assert shown >= smallest
        assert shown % smallest == 0
        assert -1e-6 <= value - shown < smallest * max(1.0, value / 100)


@given(st.floats(0, 50_000), st.floats(0, 50_000), st.sampled_from(SMALLEST))
def test_more_is_never_told_as_less(one: float, other: float, smallest: int) -> None:
    fewer, more = (Gate(smallest).count(value) or 0 for value in sorted((one, other)))
    assert fewer <= more


@pytest.mark.parametrize("smallest", [3, 5, 10, 15, 35])
def test_a_sum_and_its_told_parts_leave_a_hidden_count_anywhere_below_the_threshold(smallest: int) -> None:
    """What a multiple stands for begins at a multiple of k and ends before the next one that is told."""
    gate = Gate(smallest)
    told = [gate.count(value) for value in range(12_000)]
    for value in range(1, 12_000):
        if told[value] != told[value - 1]:
            assert value % smallest == 0 or value == 1, value


def test_what_is_told_is_the_same_whatever_kind_of_number_counts_it() -> None:
    gate = Gate(5)
    assert gate.share(np.float64(45 / 200), np.float64(200.0)) == gate.share(45 / 200, 200.0) == 0.23
    assert gate.count(np.float64(999.9999999)) == gate.count(1000.0) == 1000


@pytest.mark.parametrize(("few", "most_counted"), [(3, 3000), (5, 11_000), (10, 3000), (15, 3000)])
def test_of_two_counts_one_within_the_other_the_rest_is_never_known_to_be_few_but_some(
    few: int, most_counted: int
) -> None:
    """Who comes within the standard is nearer as well: the others of these must not follow by subtraction."""
    gate = Gate(few)
    ranges: dict[int | None, list[int]] = {}
    for value in range(most_counted):
        ranges.setdefault(gate.count(value), [value, value])[1] = value
    for inner, (least_inner, most_inner) in ranges.items():
        for outer, (least_outer, most_outer) in ranges.items():
            if most_outer < least_inner or (inner, outer) == (0, None):  # the gate says so itself
                continue
            least, most = least_outer - most_inner, most_outer - least_inner
            assert least <= 0 or most >= few, (inner, outer)


def test_files_by_any_smallest_counts_tell_no_more_of_a_count_than_one_by_five() -> None:
    """Whatever counts are told alike by 5, up to 100,000, are told alike by each multiple of 5."""
    starts = [1, *(v for v in range(5, 100_001, 5) if Gate(5).count(v) != Gate(5).count(v - 5))]
    assert len(starts) > 2000
    for smallest in SMALLEST[1:]:
        gate = Gate(smallest)
        for start, end in pairwise(starts):
            told = gate.count(start)
            assert told == gate.count(end - 1e-5) == gate.count((start + end - 1) // 2), (smallest, start)


def test_a_class_by_a_larger_smallest_count_is_several_by_five() -> None:
    youths = np.concatenate([[0.0, 0.5], np.arange(1.0, 3000.0)])
    by_five = Gate(5).classes(youths, EN)
    for smallest in ON_THE_LADDER:
        told = dict(zip(by_five, Gate(smallest).classes(youths, EN), strict=True))
        assert [told[each] for each in by_five] == Gate(smallest).classes(youths, EN)
        few = {told[each] for each, value in zip(by_five, youths, strict=True) if 0 < value < smallest}
        assert len(few) == 1
        assert "fewer than" in few.pop()


@given(st.floats(0, 1), st.floats(50, 50_000), st.sampled_from(ON_THE_LADDER), st.sampled_from([2, 3]))
def test_a_share_of_the_county_by_a_larger_smallest_count_follows_from_that_by_five(
    share: float, youths: float, smallest: int, decimals: int
) -> None:
    by_five = Gate(5).rounded(share, youths, decimals)
    assert Gate(smallest).rounded(share, youths, decimals) == Gate(smallest).rounded(
        by_five, youths, decimals
    )
    step = 10.0 ** -max(0, np.floor(np.log10(youths / smallest)))
    assert abs(Gate(smallest).rounded(share, youths, decimals) - share) <= 0.56 * max(step, 10.0**-decimals)


@pytest.mark.parametrize("smallest", [3, 5, 10])
def test_the_percent_that_stands_for_a_hidden_share_tells_no_more_than_the_count_of_youths(
    smallest: int,
) -> None:
    """By the youths themselves "<39 %" stood for thirteen, and for nothing else."""
    gate = Gate(smallest)
    texts: dict[int | None, set[str]] = {}
    for youths in range(1, 1000):
        texts.setdefault(gate.count(youths), set()).add(gate.share_text(0.5 / youths, youths, EN))
    assert all(len(each) == 1 for each in texts.values())
    assert "<3%" in set.union(*texts.values())


@pytest.mark.parametrize("smallest", [3, 5, 10, 15])
def test_a_share_tells_of_no_few_and_a_text_in_its_place_is_true(smallest: int) -> None:
    gate = Gate(smallest)
    told: dict[tuple[int, int], set[float | None]] = {}
    for youths in range(smallest, 150):
        for part in range(1, youths):
            share = gate.share(part / youths, youths)
            told.setdefault((part // 5, youths // 5), set()).add(share)
            if share is not None:
                assert part >= smallest <= youths - part
            text = gate.share_text(part / youths, youths, EN)
            assert not text.startswith("<") or part / youths < float(text[1:-1]) / 100
            assert not text.startswith(">") or part / youths > float(text[1:-1]) / 100
    if smallest > 5:  # what it tells follows from the multiples of 5 of both
        assert all(len(each) == 1 for each in told.values())


def test_a_cells_own_number_of_youths_is_in_no_file(written: Path, base_outcome: Outcome) -> None:
    layer = gpd.read_file(written / "plan.gpkg", layer="assignments")
    assert set(layer.columns).isdisjoint({"population", "visits", "persons", "need"})
    assert layer["youths"].map(lambda text: text == "0" or text.startswith("färre än") or "–" in text).all()
    small = (base_outcome.region.demand.youths > 0) & (base_outcome.region.demand.youths < 5)
    assert (layer["youths"][small] == "färre än 5").all()
    page = (written / "map.html").read_text(encoding="utf-8")
    scene = re.search(r'id="siting_scene">(.*?)</script>', page, re.DOTALL).group(1)
    cells = json.loads(scene)["cells"]
    assert set(cells) == {"corners", "hasDemand", "municipality", "youths"}
    assert all(re.fullmatch(r"0|färre än 5|\d+–\d+", label) for label in cells["youths"]["labels"])


def test_small_counts_are_null_in_the_records(toy_folder: Path) -> None:
    outcome = study.run(toy.write_scenario(toy_folder, evaluation={"smallest_count_shown": 1000}))
    record = plan_record(outcome)
    assert record["evaluation"]["county"]["youths"] == 2000  # 2,500, rounded down to a multiple of 1,000
    choice = {"n_main": 1, "n_satellites": 1, "required": {"main": ["B"], "satellite": ["D"]}}
    small = study.run(
        toy.write_scenario(toy_folder, "small", choice=choice, evaluation={"smallest_count_shown": 995})
    )
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
                assert each["share"] is None or each["share"] == round(each["share"], 2)


def test_a_share_that_tells_of_fewer_than_five_youths_is_hidden(base_outcome: Outcome) -> None:
    """Gagnef has some 850 youths: 99.6 % within an hour leaves three or four of them."""
    area = base_outcome.evaluation.by_municipality["2026"]
    shares = ((30.0, 0.5), (60.0, 0.996))
    few = dataclasses.replace(
        area,
        youths=850.0,
        **{
            name: dataclasses.replace(getattr(area, name), share_within=shares)
            for name in ("overall", "main", "near")
        },
    )
    areas = {**base_outcome.evaluation.by_municipality, "2026": few}
    evaluation = dataclasses.replace(base_outcome.evaluation, by_municipality=areas)
    outcome = dataclasses.replace(base_outcome, evaluation=evaluation)
    record = plan_record(outcome)["evaluation"]["by_municipality"]["Gagnef"]
    for service in ("overall", "main", "near"):
        assert [each["share"] for each in record[service]["share_within"]] == [0.5, None]
    row = next(each for each in municipalities_table(outcome, SV).rows if each[0] == "Gagnef")
    assert row[-2:] == ("50\xa0%", ">99\xa0%")


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
    assert record["format_version"] == 4
    assert record["base"] == "today"
    assert record["standard_minutes"] == 30
    assert {(each["option"], each["service"]) for each in record["differences"]} == {
        (option, service) for option in ("base", "two-mains-satellites") for service in ("main", "near")
    }


def test_schemas_are_schemas() -> None:
    for name in ("plan", "comparison"):
        jsonschema.Draft202012Validator.check_schema(schema(name))


def test_the_geopackage_opens_with_its_layers(written: Path, compared: Path, base_outcome: Outcome) -> None:
    assert set(gpd.list_layers(written / "plan.gpkg")["name"]) == {"sites", "assignments", "isochrones"}
    sites = gpd.read_file(written / "plan.gpkg", layer="sites")
    assert len(sites) == 73
    assert sites.crs == "EPSG:3006"
    assert (sites["role"] == "main").sum() == 1
    cells = gpd.read_file(written / "plan.gpkg", layer="assignments")
    assert len(cells) == 4004
    np.testing.assert_allclose(cells.area, 1e6)
    np.testing.assert_allclose(cells["near_minutes"], base_outcome.evaluation.near.minutes, atol=0.051)
    assert len(gpd.list_layers(compared / "comparison.gpkg")) == 9


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
    table = options_table(alternatives, SV)
    assert table.columns[1] == "A. Dagens ungdomsmottagningar (ingen Mini Maria)"
    today = {row[0]: row[1] for row in table.rows}
    assert today["Genomsnittlig restid, alla besök *"] == "saknas"
    assert today["Har mot\xadtagning"] == "68\xa0%"


def test_a_plan_stopped_by_its_time_limit_says_so(base_outcome: Outcome) -> None:
    from siting.plan import Status

    stopped = dataclasses.replace(
        base_outcome.plan.objectives[0], bound=20.0, gap=0.257, status=Status.TIME_LIMIT
    )
    plan = dataclasses.replace(base_outcome.plan, status=Status.TIME_LIMIT, objectives=(stopped,))
    said = " ".join(answer(dataclasses.replace(base_outcome, plan=plan), SV))
    assert "inte bevisat optimal" in said
    assert "20,0 min" in said
    assert "ingen bättre" not in said


# Teams, days, money


@pytest.fixture
def teams(toy_folder: Path) -> Outcome:
    return by_hand.with_teams(toy_folder)


def test_places_say_how_often_they_are_open(teams: Outcome) -> None:
    said = answer(teams, SV)[0]
    assert "1 huvudmottagning (Öst), 1 närmottagning (Väst, 2 dagar i veckan)" in said
    assert "2 besöksplatser för turnerande team (Väst, Öst)" in said
    opened = [(row[1], row[2].replace("\xa0", " ")) for row in sites_table(teams, SV).rows]
    assert opened == [
        ("huvudmottagning", "5 dagar i veckan"),
        ("närmottagning", "2 dagar i veckan"),
        ("besöksplats", "varje vecka"),
        ("besöksplats", "varannan vecka"),
    ]


def plain(text: str) -> str:
    """Without the signs that keep a text on one line."""
    return text.replace("\u2060", "").replace("\xa0", " ")


def test_a_nurse_can_drive_by_the_rota(teams: Outcome) -> None:
    odd, even = rota_views(teams, SV)
    assert (odd.title, even.title) == ("Vecka 1 och 3", "Vecka 2 och 4")
    (run,) = even.table.rows
    assert [plain(cell) for cell in run] == [
        "Måndag",
        "Place B",
        "08:00",
        "08:40–10:40 Place C",
        "11:20",
        "1 tim 20 min",
        "8",
    ]
    assert plain(odd.table.rows[0][3]).splitlines() == ["08:40–10:40 Place C", "11:20–13:20 Place D"]
    assert plain(odd.total) == "Summa: 1 tur, 2 tim körtid och 12 km i veckan."


def test_teams_of_one_base_are_told_apart(teams: Outcome) -> None:
    plan = dataclasses.replace(teams.plan, teams={"B": 2})
    assert rota_views(dataclasses.replace(teams, plan=plan), SV)[0].table.rows[0][1] == "Place B, team 1"


def test_a_report_says_whether_capacity_is_kept(teams: Outcome) -> None:
    assert "Planen tar ingen hänsyn till den" in plan_html(teams, SV)
    kept = dataclasses.replace(teams, plan=dataclasses.replace(teams.plan, intake={}))
    assert "Planen håller sig inom den" in plan_html(kept, SV)


def test_weeks_that_are_alike_are_shown_once(teams: Outcome) -> None:
    runs = [run for run in teams.plan.rota if run.week % 2]
    alike = (*runs, *(dataclasses.replace(run, week=run.week + 1) for run in runs))
    plan = dataclasses.replace(teams.plan, rota=alike)
    (view,) = rota_views(dataclasses.replace(teams, plan=plan), EN)
    assert view.title == "Every week"


def test_resources_are_rounded_and_summed(teams: Outcome) -> None:
    table = resources_table(teams, SV)
    assert [row[0] for row in table.rows][:2] == ["Huvudmottagningar", "Närmottagningar"]
    main, satellite, stops, _, total = table.rows
    assert main[1:] == ("1", "4,4", "3\xa0770\xa0000")  # 44 x 5 x 8 x 4 hours
    assert satellite[1:] == ("1", "0,7", "565\xa0000")
    assert stops[1:] == ("2", "0,0", "20\xa0000")
    assert total[0] == "Summa"
    assert table.n_sum_rows == 1


def test_nothing_is_said_of_combined_time_where_it_is_travel_time(base_outcome: Outcome) -> None:
    assert combined_note(base_outcome.scenario, SV) == ""
    page = plan_html(base_outcome, SV)
    assert "ammanvägd" not in page
    assert "igital kontakt räknas" not in page


def test_combined_time_is_told_from_travel_time(teams: Outcome) -> None:
    columns = access_table(teams, SV).columns
    assert columns[1] == "Genomsnitt"
    assert "Sammanvägd tid" in columns
    assert "Hänvisas till digital kontakt" in columns
    said = " ".join(answer(teams, SV))
    assert "2\xa0% av besöken hänvisas till digital kontakt" in said  # half of the visits of one of 25 cells
    assert "räknas som 5 minuters resa" in combined_note(teams.scenario, SV)


def test_all_five_measures_are_named_and_objectives_have_a_bound(teams: Outcome) -> None:
    from siting.plan import ObjectiveValue, Status

    proven = (
        ObjectiveValue("cost", "sek_per_year", 4_800_000.0, 4_700_000.0, 0.0208, Status.TIME_LIMIT),
        ObjectiveValue("within_standard", "share", 0.8, 0.8, 0.0, Status.OPTIMAL),
    )
    plan = dataclasses.replace(teams.plan, objectives=proven, status=Status.TIME_LIMIT)
    outcome = dataclasses.replace(teams, plan=plan)
    rows = measures_table(outcome, SV).rows
    assert len(rows) == 5
    assert rows[0][0] == "Kostnad per år (uppskattning)"
    assert rows[0][2:] == ("1", "4\xa0700\xa0000 kronor", "2,08\xa0%")
    assert rows[1][2:] == ("2", "80\xa0%", "0\xa0%")
    assert rows[2][2:] == ("–", "–", "–")
    assert "lägsta möjliga kostnad per år" in answer(outcome, SV)[-1]


def test_how_full_a_place_is_comes_from_the_visits_that_are_shown(toy_folder: Path) -> None:
    shown = sites_table(by_hand.with_teams(toy_folder), SV).rows[2]  # C: 3 cells, 300 near visits a year / 2
    assert shown[5:8] == ("150", "66", "227\xa0%")
    hidden = by_hand.with_teams(toy_folder, evaluation={"smallest_count_shown": 995})
    assert sites_table(hidden, SV).rows[2][5:9] == ("färre än 995", "66", "visas inte", "färre än 995")


def test_a_municipality_too_small_to_show_has_no_shares_and_no_minutes(toy_folder: Path) -> None:
    outcome = by_hand.with_teams(toy_folder, evaluation={"smallest_count_shown": 1000})
    small = dataclasses.replace(outcome.evaluation.by_municipality["01"], youths=900.0)
    evaluation = dataclasses.replace(
        outcome.evaluation, by_municipality={**outcome.evaluation.by_municipality, "01": small}
    )
    outcome = dataclasses.replace(outcome, evaluation=evaluation)
    overall = plan_record(outcome)["evaluation"]["by_municipality"]["Väst"]["overall"]
    for key in ("served_share", "digital_share", "mean_generalised_minutes", "mean_minutes"):
        assert overall[key] is None
    assert set(municipalities_table(outcome, SV).rows[0][3:]) == {"visas inte"}


def test_digital_shares_are_whole_percent_and_generalised_means_whole_minutes(teams: Outcome) -> None:
    record = plan_record(teams)["evaluation"]
    for area in record["by_municipality"].values():
        for each in (area["overall"], area["main"], area["near"]):
            assert each["digital_share"] == round(each["digital_share"], 2)
            assert each["mean_generalised_minutes"] == round(each["mean_generalised_minutes"])


def test_plan_json_with_teams_is_what_its_schema_says(teams: Outcome, tmp_path: Path) -> None:
    record = json.loads((write(teams, tmp_path) / "plan.json").read_text(encoding="utf-8"))
    jsonschema.validate(record, schema("plan"))
    assert record["format_version"] == 3
    assert [(each["role"], each["days_per_week"]) for each in record["sites"]] == [
        ("main", 5.0),
        ("satellite", 2.0),
        ("stop", 1.0),
        ("stop", 0.5),
    ]
    assert record["teams"] == [{"base_id": "B", "n_teams": 1}]
    assert len(record["rota"]) == 4
    layers = gpd.list_layers(tmp_path / "plan.gpkg")["name"]
    assert set(layers) == {"sites", "assignments", "tours", "isochrones"}


def test_comparison_json_with_teams_is_what_its_schema_says(toy_folder: Path) -> None:
    alternatives = by_hand.side_by_side(
        by_hand.with_satellites(toy_folder, A=5.0), by_hand.with_teams(toy_folder)
    )
    record = json.loads(json.dumps(comparison_record(alternatives), allow_nan=False))
    jsonschema.validate(record, schema("comparison"))
    (rate,) = record["exchange_rates"]
    assert (rate["satellite_option"], rate["stop_option"]) == ("satellites", "teams")
    assert rate["satellite_day_sek_per_year"] == 258_000


def test_an_option_that_has_both_is_held_against_itself(toy_folder: Path) -> None:
    alternatives = by_hand.side_by_side(by_hand.with_satellites(toy_folder), by_hand.with_teams(toy_folder))
    (rate,) = rates_between(alternatives)
    assert rate.satellites is rate.stops
    assert rate.satellites.scenario.name == "teams"


def test_options_side_by_side_tell_days_stops_teams_and_money(toy_folder: Path) -> None:
    alternatives = by_hand.side_by_side(
        by_hand.with_satellites(toy_folder, A=5.0, C=1.0), by_hand.with_teams(toy_folder)
    )
    figures = {row[0]: row[1:] for row in options_table(alternatives, EN).rows}
    assert figures["Days a week that satellites are open, in all"] == ("6", "2")
    assert figures["Stops of travelling teams"] == ("0", "2")
    assert figures["Travelling teams"] == ("0", "1")
    assert "Mean combined time" in figures
    assert figures["Referred to digital contact"][1] == "2%"


def test_options_that_value_waiting_differently_are_compared_by_travel_only(toy_folder: Path) -> None:
    other = {"waiting_minutes_per_day": 10, "digital_minutes": {"near": 35, "main": 180}}
    alternatives = by_hand.side_by_side(
        by_hand.with_satellites(toy_folder, A=5.0), by_hand.with_teams(toy_folder, access=other)
    )
    assert "Mean combined time" not in {row[0] for row in options_table(alternatives, EN).rows}
    assert "value waiting or digital contact differently" in comparison_html(alternatives, EN)


def test_whoever_gets_digital_contact_instead_is_told_so(toy_folder: Path) -> None:
    alternatives = by_hand.side_by_side(
        by_hand.with_satellites(toy_folder, A=5.0, C=5.0, D=5.0), by_hand.with_satellites(toy_folder, A=5.0)
    )
    renamed = dataclasses.replace(
        alternatives.outcomes[1],
        scenario=alternatives.outcomes[1].scenario.model_copy(update={"name": "fewer"}),
    )
    alternatives = by_hand.side_by_side(alternatives.outcomes[0], renamed)
    near = next(each for each in difference_views(alternatives, EN) if "nearest" in each.service)
    assert "200 young people get digital contact instead of the reception that A has." in near.sentences
    assert near.table is not None
    assert "Digital instead of reception" in near.table.columns
    assert "Lose their reception" not in near.table.columns


def test_every_assumption_has_a_line_with_its_basis_or_the_plain_word(teams: Outcome) -> None:
    tables = assumptions_tables(teams.scenario, SV)
    rows = {row[0]: row[1:] for table in tables.values() for row in table.rows}
    assert rows["Team: åker från basen klockan"] == ("antagande", "08:00")
    assert rows["Närmottagning: dagar per vecka att välja bland"] == ("antagande", "1, 2, 3, 4, 5")
    assert rows["Besöksplats: hur ofta teamet kommer, att välja bland"][1] == "varje vecka, varannan vecka"
    assert rows["Digital kontakt för övriga besök räknas som, minuter"][1] == "35"
    assert rows["Åldrar som räknas"][1] == "13–19"
    n_fields = sum(
        len(type(section).model_fields) - 1
        for section in (getattr(teams.scenario.roles, name) for name in ("main", "satellite", "stop", "team"))
    )
    assert len(tables["Mottagningar och team"].rows) == n_fields + 3


def test_a_basis_and_factors_are_shown_with_the_assumption(toy_folder: Path) -> None:
    group = {
        **toy.demand_section(alpha=0.5)["risk_groups"]["all"],
        "gender_factors": {"girls": 1.2},
        "hidden_number_factor": 1.5,
        "basis": {"hidden_number_factor": {"sv": "en bok", "en": "a book"}},
    }
    asked = by_hand.scenario(
        toy_folder,
        demand={
            "risk_groups": {"all": group},
            "gender_shares": {"girls": 0.5, "boys": 0.5},
            "municipality_factors": {"Öst": 1.1},
        },
    )
    rows = {row[0]: row[1:] for row in assumptions_tables(asked, EN)["Need"].rows}
    assert rows["All: hidden number (true size of the group, times the known)"] == ("a book", "1.5")
    assert rows["All: share among girls, times the share among all"] == ("assumption", "1.2")
    assert rows["Need in Öst, times the county's"] == ("assumption", "1.1")
    assert rows["Share of the young people: boys"] == ("assumption", "50%")


EVERY_RULE = {
    "n_main": 1,
    "n_satellites": {"minimum": 0, "maximum": 2},
    "n_stops": 1,
    "n_teams": 1,
    "n_by_kind": {"hospital": {"minimum": 0, "maximum": 1}},
    "objectives": [{"measure": "cost", "tolerance": 0.02}, "within_standard"],
    "standard_minutes": 25,
    "place_in_every_municipality": True,
    "place_in": ["Öst"],
    "existing": {"satellite": ["A"], "days_per_week": {"A": 2}},
    "required": {"main": ["B"]},
    "at_least_one_of": [["C", "D"]],
    "at_most_one_of": [["A", "D"]],
    "largest_minutes": {"main": 60, "near": 40},
    "municipality_limits": [
        {"municipality": "Väst", "largest_minutes": {"main": 50, "near": 45}, "mean_minutes": 20}
    ],
    "nobody_worse_than": {"plan": {"satellite": ["A"]}, "by": "cell", "slack_minutes": 5},
    "least_share_within_standard": 0.5,
    "most_mean_minutes": 33,
    "mode_limits": [{"mode": "car", "municipality": "Öst", "least_share": 0.4, "within_minutes": 45}],
    "link_minutes": 70,
    "main_near": [{"site": "E", "minutes": 80}],
    "least_visits_per_year": {"main": 100, "satellite": 50, "stop": 10},
    "with_capacity": True,
    "most_full_time_posts": 9.5,
    "most_sek_per_year": 7_500_000,
}
NOT_A_ROW = {
    "worst_share",  # in the words of an objective
    "given",  # instead of all rules
    "unreachable_minutes",  # where another mode is named, which does not go with capacity
}


def test_a_rule_of_every_kind_is_in_the_table_of_rules(teams: Outcome) -> None:
    assert set(EVERY_RULE) | NOT_A_ROW == set(ChoiceSection.model_fields)
    sites = {
        **by_hand.SECTIONS["sites"],
        "municipalities": {"stop": ["Väst"], "team_base": ["Öst"]},
        "forbidden": ["D"],
        "room_days_per_week": {"by_kind": {"hospital": 2}, "by_site": {"A": 0.5}},
    }
    asked = by_hand.scenario(
        teams.dataset.folder.parent,
        "rules",
        choice=EVERY_RULE,
        sites=sites,
        leaving_municipalities=["Väst"],
    )
    shown = dict(rules_table(dataclasses.replace(teams, scenario=asked), EN).rows)
    assert shown["New stops of travelling teams"] == "1"
    assert shown["Open places by kind of premises"] == "hospital: 0–1"
    assert shown["Objectives, in order"] == (
        "lowest possible yearly cost (may be 2% worse for later objectives), then "
        "most visits within 25 minutes of combined time"
    )
    assert shown["Open already and kept"] == "satellite: Place A (2 days a week)"
    assert shown["Days a week that the host lends a room"] == "hospital: 2; Place A: 0.5"
    assert shown["Municipalities for a stop"] == "Väst"
    assert shown["Municipalities that take no part"] == "Väst"
    assert shown["Promises to single municipalities"] == (
        "Väst: at most 50 min to a main reception, at most 45 min to the nearest reception, "
        "at most 20 min on average"
    )
    assert shown["Nobody is worse off than in"] == (
        "satellite: Place A; counted for each inhabited cell; at most 5 min worse is allowed"
    )
    assert shown["Least visits a year"] == "main reception: 100; satellite: 50; stop of a travelling team: 10"
    assert shown["Least share of the visits within the standard"] == "50%"
    assert shown["Longest mean combined time"] == "33 min"
    assert shown["Most full-time posts"] == "9.5"
    assert shown["Highest yearly cost"] == "SEK 7,500,000"
    assert shown["Municipalities where a team may have its base"] == "Öst"
    assert shown["Promises by mode of travel"] == "Öst, by car: at least 40% of the visits within 45 min"
    assert len(shown) == 34


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
    chromium_page.get_by_role("radio", name="C. Två huvudmottagningar och fyra närmottagningar").check()
    text = chromium_page.locator(".panel").inner_text()
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


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("mode", MODE_KEYS)
def test_every_number_of_a_mode_of_travel_has_words(mode: type[BasedSection], language: Language) -> None:
    texts = read_texts(language)["field"][MODE_KEYS[mode]]
    numbers = {name for name, field in mode.model_fields.items() if field.annotation in (int, float)}
    bounded = {name for name, field in mode.model_fields.items() if "km_per_hour" in name}
    assert numbers | bounded <= set(texts)
