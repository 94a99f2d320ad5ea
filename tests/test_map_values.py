"""The map page, its scene and the layers of an outcome, by value: what they hold, without a browser."""

from __future__ import annotations

import re
import zlib
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
import toy
from map_by_hand import CELL_ROW, TEXTS, make_mode, make_plan, make_scene, make_tour, scene_data
from map_choice_by_hand import make_choice_plan, make_choice_scene, make_rules, make_what_if

from siting import study
from siting.dataset import load_dataset
from siting.errors import InputError
from siting.evaluate import evaluate
from siting.plan import Plan, Status
from siting.present.layers import assignments_layer, sites_layer, sketch, tours_layer
from siting.present.map_scene import map_scene
from siting.present.maps import SCRIPTS, map_html
from siting.present.payload import UNREACHABLE_THOUSANDTHS, pack
from siting.present.scene import MapIsochrone, MapTable, TileSource, missing_texts
from siting.present.tours import distinct_tours
from siting.present.words import Words
from siting.scenario import AccessSection
from siting.scenario_file import load
from siting.study import Outcome
from siting.teams import StopVisit, TourRun

TILES = TileSource("https://tiles.example.org:8443/{z}/{x}/{y}.png", "© Någon & co")


def unpacked(text: str, dtype: str) -> np.ndarray:
    return np.frombuffer(b64decode(text), dtype=dtype)


def directives(html: str) -> dict[str, list[str]]:
    """The page's content security policy."""
    found = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', html)
    assert found
    return {name: sources for name, *sources in (each.split() for each in found[1].split(";"))}


def test_page_states_language_title_and_policy() -> None:
    html = map_html(make_scene())
    assert html.startswith('<!DOCTYPE html>\n<html lang="sv">')
    assert "<title>Mini Maria i Dalarna</title>" in html
    assert directives(html) == {
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "default-src": ["'none'"],
        "script-src": ["'unsafe-inline'"],
        "style-src": ["'unsafe-inline'"],
        "img-src": ["data:"],
    }
    assert html.index("Content-Security-Policy") < min(html.index("<script"), html.index("<style"))
    assert "user-scalable" not in html
    assert "maximum-scale" not in html


def test_tiles_open_the_policy_for_pictures_of_their_own_origin_alone() -> None:
    html = map_html(make_scene(tiles=TILES))
    without = directives(map_html(make_scene()))
    assert directives(html) == without | {"img-src": ["data:", "https://tiles.example.org:8443"]}
    assert scene_data(html)["tiles"] == {"url": TILES.url, "attribution": TILES.attribution}
    assert scene_data(map_html(make_scene()))["tiles"] is None


@pytest.mark.parametrize(
    "url",
    [
        "http://tiles.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}.png",
        "https://tiles.example.org/{z}/{x}/{y}/{y}.png",
        "https://{s}.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}/{y}.png?a={s}",
        "https://tiles.example.org; script-src */{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}/{y}'.png",
        "https://user@tiles.example.org/{z}/{x}/{y}.png",
    ],
)
def test_an_address_that_is_not_of_tiles_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="is not the address of map tiles"):
        TileSource(url, "© Någon")


@pytest.mark.parametrize("attribution", ["", "  ", "två\nrader"])
def test_tiles_without_a_maker_are_refused(attribution: str) -> None:
    with pytest.raises(InputError, match="must say whose map"):
        TileSource(TILES.url, attribution)


def test_every_script_of_the_folder_is_in_the_page() -> None:
    folder = Path(study.__file__).parent / "present" / "map" / "script"
    assert sorted(SCRIPTS) == sorted(path.stem for path in folder.glob("*.js"))
    assert len(set(SCRIPTS)) == len(SCRIPTS)


def test_page_names_no_address_to_load_from() -> None:
    html = map_html(make_scene())
    without_code = re.sub(r"(<script[^>]*>).*?</script>", r"\1", html, flags=re.DOTALL)
    assert re.findall(r"<(?:script|img|iframe)[^>]*\bsrc=", without_code) == []
    assert re.findall(r"<link[^>]*>", without_code) == ['<link rel="icon" href="data:,">']
    assert re.findall(r"url\(\s*['\"]?(?:https?:)?//", without_code) == []
    assert "@import" not in without_code
    assert "sourceMappingURL" not in html


def test_licence_of_leaflet_goes_along() -> None:
    assert "Redistributions of source code must retain the above copyright notice" in map_html(make_scene())


def test_equal_scenes_give_equal_pages() -> None:
    assert map_html(make_scene()) == map_html(make_scene())


def test_minutes_are_rounded_up_so_that_a_limit_is_never_met_by_rounding() -> None:
    minutes = np.array([0.0, 30.0, 30.04, np.inf, 9000.0])
    scene = make_scene()
    cells = {
        "cell_corners": scene.cell_corners[:5],
        "cell_municipality": scene.cell_municipality[:5],
        "cell_youths_label": scene.cell_youths_label[:5],
        "cell_has_demand": scene.cell_has_demand[:5],
    }
    plan = make_plan(n_cells=5, near_minutes=minutes)
    data = scene_data(map_html(replace(scene, plans=(plan,), **cells)))
    tenths = unpacked(data["plans"][0]["near"]["tenths"], "<u2")
    assert tenths.tolist() == [0, 300, 301, data["unreachableTenths"], data["digitalTenths"] - 1]
    assert data["digitalTenths"] == data["unreachableTenths"] - 1


def test_corners_are_kept_to_a_metre() -> None:
    scene = make_scene()
    data = scene_data(map_html(scene))
    units = unpacked(data["cells"]["corners"], "<i4").reshape(16, 4, 2)
    np.testing.assert_allclose(units * data["degreesPerUnit"], scene.cell_corners, atol=0.51e-5)


@pytest.mark.parametrize(("n_plans", "most_bytes"), [(1, 1_200_000), (6, 2_000_000)])
def test_a_county_of_cells_stays_a_small_file(n_plans: int, most_bytes: int) -> None:
    side = 64
    plans = tuple(make_plan(str(number), n_cells=side**2) for number in range(n_plans))
    assert len(map_html(make_scene(side=side, plans=plans)).encode()) < most_bytes


def test_missing_text_is_named() -> None:
    texts = {key: text for key, text in TEXTS.items() if key != "zoom_in"}
    assert missing_texts(texts) == ("zoom_in",)
    with pytest.raises(ValueError, match="texts lack zoom_in"):
        make_scene(texts=texts)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"cell_municipality": ("Mora",)}, "cell_municipality has 1 rows; expected 16"),
        ({"plans": ()}, "at least one plan"),
        ({"plans": (make_plan(n_cells=3),)}, "a.near_minutes has 3 rows; expected 16"),
        ({"plans": (make_plan(near_site=np.full(16, 5)),)}, "a.near_site must hold positions -1 to 4"),
        ({"plans": (make_plan(roles={"s4": "main"}),)}, "a opens s4, which is no candidate"),
        ({"plans": (make_plan(roles={"s0": "huge"}),)}, "a role is main or satellite or stop, not huge"),
        ({"plans": (make_plan(tours=(make_tour(sites=(0, 5, 0)),)),)}, "a tour must hold positions 0 to 4"),
    ],
)
def test_scene_that_disagrees_with_itself_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make_scene(**changes)


def test_a_scene_to_choose_in_needs_the_rules_of_every_plan() -> None:
    with pytest.raises(ValueError, match="one's own choice needs rules of every plan"):
        make_choice_scene(plans=(make_choice_plan(), make_choice_plan("b", rules=None)))


def test_coverage_follows_from_minutes_unless_the_plan_says_otherwise() -> None:
    plan = make_plan(near_minutes=np.where(CELL_ROW < 2, 30.0, 30.1), main_minutes=np.full(16, 30.0))
    told = make_plan("told", coverage=np.full(16, 3, dtype=np.uint8))
    data = scene_data(map_html(make_scene(plans=(plan, told), standard_minutes=30.0)))
    near_and_main, main_only = 3, 2
    derived, given = (unpacked(each["coverage"], "<u1").tolist() for each in data["plans"])
    assert derived == [near_and_main] * 8 + [main_only] * 8
    assert given == [3] * 16


def test_modes_isochrones_tours_and_tables_travel_as_they_are() -> None:
    ring = np.array([[61.0, 14.5], [61.0, 14.51], [61.0100049, 14.51], [61.0, 14.5]])
    table = MapTable("Kommuner", ("Kommun", "Unga"), (("Mora", "512"), ("Summa", "512")), n_sum_rows=1)
    plan = make_plan(
        modes=(make_mode(near=5.04, main=np.inf),),
        isochrones=(MapIsochrone("near", 30.0, (ring,)),),
        tours=(make_tour(),),
        tables=(table,),
    )
    (packed,) = scene_data(map_html(make_scene(plans=(plan,))))["plans"]
    (mode,) = packed["modes"]
    assert (mode["label"], mode["near"]["legend"], mode["near"]["roughTenths"]) == (
        "med cykel",
        "Resa med cykel",
        1,
    )
    assert set(unpacked(mode["near"]["tenths"], "<u2")) == {51}
    assert set(unpacked(mode["main"]["tenths"], "<u2")) == {65535}
    corners = [[61.0, 14.5], [61.0, 14.51], [61.01, 14.51], [61.0, 14.5]]
    assert packed["isochrones"] == [{"service": "near", "minutes": 30.0, "lines": [corners]}]
    assert packed["tours"][0]["day"] == "måndag"
    assert packed["tables"] == [
        {
            "caption": "Kommuner",
            "columns": ["Kommun", "Unga"],
            "rows": [["Mora", "512"], ["Summa", "512"]],
            "textColumns": 1,
            "sumRows": 1,
        }
    ]


def test_modes_without_minutes_say_only_their_words() -> None:
    (packed,) = scene_data(map_html(make_choice_scene()))["plans"]
    assert set(packed["modes"][0]["near"]) == {"legend", "card", "unreachable", "roughTenths"}


def test_packed_minutes_can_be_had_back_to_the_thousandth() -> None:
    minutes = np.array([[0.0, 61.234], [np.inf, 12.5], [99_999.0, 0.001]])
    order, sites = np.array([2, 0, 1]), np.array([1, 0])
    planes = np.frombuffer(zlib.decompress(b64decode(pack(minutes, order, sites))), dtype=np.uint8)
    zigzag = planes.reshape(3, -1).T @ np.array([1, 1 << 8, 1 << 16])
    signed = np.where(zigzag % 2, -((zigzag + 1) // 2), zigzag // 2).reshape(2, 3)
    told = np.cumsum(np.cumsum(signed, axis=0), axis=1) % (1 << 24)
    rows = np.empty((2, 3), dtype=np.int64)
    rows[np.ix_(sites, order)] = told
    assert rows.T.tolist() == [
        [0, 61_234],
        [UNREACHABLE_THOUSANDTHS, 12_500],
        [UNREACHABLE_THOUSANDTHS - 1, 1],
    ]


def test_what_a_choice_is_counted_on_is_whole_multiples_of_the_smallest_count() -> None:
    data = scene_data(map_html(make_choice_scene(what_if=make_what_if(youths=5.0 * np.arange(16)))))
    assert data["whatIf"]["unit"] == 5
    assert unpacked(data["whatIf"]["units"], "<u2").tolist() == list(range(16))
    assert data["whatIf"]["visitsPerYouth"] == {"near": [1.0, 1.0], "main": [1.0, 1.0]}


def test_rules_tell_what_the_plans_own_rota_takes() -> None:
    choice = ((0, "main", 5.0), (2, "stop", 0.5))
    teams = replace(
        make_rules().teams, planned_posts=0.25, planned_sek_per_year=3e5, planned_bases=(0,), n_planned=1
    )
    (plan,) = scene_data(
        map_html(make_choice_scene(plans=(make_choice_plan(rules=make_rules(choice=choice, teams=teams)),)))
    )["plans"]
    assert plan["rules"]["planned"] == {
        "stops": [[2, 0.5]],
        "bases": [0],
        "n": 1,
        "posts": 0.25,
        "sek": 300_000.0,
        "kilometres": 0.0,
    }
    (none,) = scene_data(map_html(make_choice_scene()))["plans"]
    assert none["rules"]["planned"] is None


# --- layers of an outcome ---


def team_outcome(folder: Path) -> Outcome:
    """On the toy: a main at B is the base of a team that visits A and C every other week.

    Digital contact counts as 30 minutes, so that only the corners of D and E, 40 minutes away, turn to it.
    """
    scenario = load(
        toy.write_scenario(
            folder,
            sites={"hosts": {role: list(toy.KINDS.values())[:4] for role in ("main", "satellite", "stop")}},
            access={"digital_minutes": {"near": 30}, "waiting_minutes_per_day": 1},
        )
    )
    dataset = load_dataset(scenario.dataset, relative_to=scenario.folder)
    region = study.measure(scenario, dataset)
    plan = Plan(
        main=("B",),
        satellite=(),
        stop=("A", "C"),
        status=Status.GIVEN,
        objectives=(),
        solve_seconds=0.0,
        days_per_week={"B": 5.0, "A": 0.5, "C": 0.5},
        teams={"B": 1},
        rota=tuple(
            TourRun(
                week=week,
                day=2,
                base_id="B",
                team=1,
                leaves_minute=480.0,
                returns_minute=840.0,
                visits=(StopVisit("A", 520.0, 640.0), StopVisit("C", 680.0, 800.0)),
                driving_minutes=120.0,
                kilometres=float(region.site_kilometres[[1, 0, 2], [0, 2, 1]].sum()),
            )
            for week in (1, 3)
        ),
    )
    evaluation = evaluate(plan, region, scenario.evaluation, standard_minutes=30)
    return Outcome(scenario, dataset, region, plan, evaluation)


def test_sites_say_how_often_they_are_open_and_whose_base_they_are(toy_folder: Path) -> None:
    layer = sites_layer(team_outcome(toy_folder)).set_index("site_id")
    assert layer["role"].to_dict() == {"A": "stop", "B": "main", "C": "stop", "D": ""}
    assert layer["days_per_week"].dropna().to_dict() == {"A": 0.5, "B": 5.0, "C": 0.5}
    assert layer["teams"].to_dict() == {"A": 0, "B": 1, "C": 0, "D": 0}


def test_assignments_say_what_counts_and_who_turns_to_digital_contact(toy_folder: Path) -> None:
    layer = assignments_layer(team_outcome(toy_folder)).set_index("cell_id")
    assert set(layer.index[layer["near_is_digital"]]) == {"40", "44"}
    assert not layer["main_is_digital"].any()
    corner, stop = layer.loc["44"], layer.loc["00"]
    assert np.isnan(corner["near_minutes"])
    assert corner["near_generalised_minutes"] == 30.0
    assert stop["near_minutes"] == 0.0
    assert stop["near_generalised_minutes"] == 4.5  # every other week: half of 9 days beyond the same day
    assert stop["main_generalised_minutes"] == stop["main_minutes"] == 40.0


def test_tours_are_closed_lines_along_the_roads_with_their_weeks_and_times(toy_folder: Path) -> None:
    layer = tours_layer(team_outcome(toy_folder))
    (tour,) = layer.to_dict("records")
    line = shapely.get_coordinates(tour.pop("geometry"))
    stops = np.array([toy.east_north(*toy.SITES[site]) for site in "BACB"])
    at_stop = [np.flatnonzero(np.hypot(*(line - stop).T) < 0.01).tolist() for stop in stops]
    assert at_stop == [[0, 12], [4], [8], [0, 12]]  # four streets of a kilometre from each to the next
    steps = np.abs(np.diff(line, axis=0)).round(1)
    assert (steps.max(axis=1) == 1000).all()
    assert (steps.min(axis=1) == 0).all()  # along rows and columns, never across
    assert tour.pop("kilometres") == 12.0
    assert tour == {
        "weeks": "1, 3",
        "day": 2,
        "base_id": "B",
        "base": "Place B",
        "team": 1,
        "stop_ids": "A; C",
        "stops": "Place A; Place C",
        "departs": "08:00",
        "returns": "14:00",
        "driving_minutes": 120.0,
    }


def test_without_teams_the_layer_of_tours_is_empty_and_can_be_written(
    toy_folder: Path, tmp_path: Path
) -> None:
    outcome = team_outcome(toy_folder)
    full = tours_layer(outcome)
    empty = tours_layer(replace(outcome, plan=replace(outcome.plan, rota=(), teams={})))
    assert len(empty) == 0
    assert empty.columns.tolist() == full.columns.tolist()
    assert empty.dtypes.astype(str).to_dict() == full.dtypes.astype(str).to_dict()
    assert empty.crs == full.crs
    full.to_file(tmp_path / "plan.gpkg", layer="tours", driver="GPKG", engine="pyogrio")
    assert len(gpd.read_file(tmp_path / "plan.gpkg", layer="tours")) == 1


def test_a_tour_on_another_day_is_another_tour(toy_folder: Path) -> None:
    rota = team_outcome(toy_folder).plan.rota
    assert [tour.weeks for tour in distinct_tours(rota)] == [(1, 3)]
    moved = (rota[0], replace(rota[1], day=4))
    assert [(tour.run.day, tour.weeks) for tour in distinct_tours(moved)] == [(2, (1,)), (4, (3,))]


def test_scene_says_days_bases_tours_and_by_what_is_chosen(toy_folder: Path) -> None:
    outcome = team_outcome(toy_folder)
    plan = map_scene((outcome,), "Titel", Words("sv")).plans[0]
    assert plan.roles == {"B": "main", "A": "stop", "C": "stop"}
    assert plan.days == {"B": "5 dagar i veckan", "A": "varannan vecka", "C": "varannan vecka"}
    assert plan.bases == {"B": "bas för 1 turnerande team"}
    assert plan.near_is_digital.sum() == 2
    assert plan.digital_labels == ("Digital kontakt (räknas som 30 min)", "")
    assert "Väntan" in plan.best_rule
    (tour,) = plan.tours
    assert tour.line[0].tolist() == tour.line[-1].tolist()
    for site in "BAC":
        longitude, latitude = toy.lon_lat(*toy.SITES[site])
        assert np.abs(tour.line - [latitude, longitude]).max(axis=1).min() < 1e-6
    assert len(tour.line) < 12  # corners alone, not every crossing
    assert tour.title == "Tisdag, vecka 1 och 3"
    assert tour.day == "tisdag"
    assert tour.sites == (1, 0, 2, 1)
    assert [time.replace("\u2060", "") for time, _ in tour.schedule] == [
        "08:00",
        "08:40–10:40",
        "11:20–13:20",
        "14:00",
    ]
    label, when = plan.site_facts["A"][0]
    assert (label, when.replace("\u2060", "")) == ("Teamet är där", "tisdag, vecka 1 och 3, 08:40–10:40")


def test_scene_without_waiting_says_that_the_nearest_is_chosen(toy_folder: Path) -> None:
    outcome = team_outcome(toy_folder)
    region = replace(outcome.region, access=AccessSection())
    plan = map_scene((replace(outcome, region=region),), "Titel", Words("sv")).plans[0]
    assert "närmast med bil" in plan.best_rule
    assert plan.digital_labels == ("", "")


def test_sketch_marks_stops_without_a_name_and_mains_on_top(toy_folder: Path) -> None:
    marks = sketch(team_outcome(toy_folder), width=100.0)["marks"]
    assert [(mark["role"], mark["label"]) for mark in marks] == [("stop", ""), ("stop", ""), ("main", "Öst")]
