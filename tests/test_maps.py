"""The map page and the layers: what they hold (by value), and what a reader meets in a browser."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely
import toy

from siting import study
from siting.dataset import load_dataset
from siting.evaluate import evaluate
from siting.plan import Plan, Status
from siting.present.layers import assignments_layer, map_scene, sites_layer, sketch, tours_layer
from siting.present.maps import TEXT_KEYS, MapPlan, MapScene, MapSite, MapTour, map_html, missing_texts
from siting.present.tours import distinct_tours
from siting.present.words import Words
from siting.scenario import AccessSection
from siting.scenario_file import load
from siting.study import Outcome
from siting.teams import StopVisit, TourRun

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

TEXTS = {key: f"text {key}" for key in TEXT_KEYS} | {
    "role_main": "Huvudmottagning",
    "role_satellite": "Närmottagning",
    "role_stop": "Besöksplats",
    "show_tours": "Teamens turer",
    "role_candidate": "Kandidat som inte öppnas",
    "role_companion": "Angränsande verksamhet",
    "view_main": "restid till huvudmottagning",
    "view_catchment": "upptagningsområden",
    "unreachable": "Kan inte nås på väg",
    "minutes_unit": "min",
    "close": "Stäng",
}
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "${alert(1)}",
    "`+alert(1)+`",
    "{{ 7*7 }}{% raw %}{#",
    "<!--<script>",
)
CLASS_COLOURS = ("#fcc02a", "#f58b47", "#dd5e66", "#b12a90", "#6a00a8", "#1b0a52")


def make_site(site_id: str, **changes: object) -> MapSite:
    site = MapSite(
        site_id=site_id,
        name=f"Mottagning {site_id}",
        kind="youth_clinic",
        kind_label="Ungdomsmottagning",
        municipality="Mora",
        latitude=61.005,
        longitude=14.51,
        is_candidate=True,
        estimate_note="",
    )
    return replace(site, **changes)


def make_plan(name: str = "a", *, n_cells: int = 16, minutes: float = 12.0, **changes: object) -> MapPlan:
    plan = MapPlan(
        name=name,
        title=f"Förslag {name}",
        roles={"s0": "main", "s1": "satellite"},
        days={"s1": "2 dagar i veckan"},
        bases={},
        near_minutes=np.full(n_cells, minutes),
        near_site=np.full(n_cells, 1),
        near_is_digital=np.zeros(n_cells, dtype=bool),
        main_minutes=np.full(n_cells, minutes + 20),
        main_site=np.zeros(n_cells, dtype=np.int64),
        main_is_digital=np.zeros(n_cells, dtype=bool),
        digital_labels=("Digital kontakt (90 min)", "Digital kontakt (180 min)"),
        best_rule="Väntan räknas in",
        tours=(),
        facts=(("Medelrestid", f"21 min i {name}"),),
        site_facts={"s0": (("Besök per år", "512"),)},
    )
    return replace(plan, **changes)


def make_tour(title: str = "Måndag, vecka 1 och 3", **changes: object) -> MapTour:
    tour = MapTour(
        title=title,
        team="Team 1, Mottagning s0",
        sites=(0, 2, 1, 0),
        schedule=(("08:00", "avfärd"), ("08:40–10:40", "Mottagning s2"), ("15:20", "åter")),
        driving="95 min körning, 110 km",
        line=np.array([[61.005, 14.51], [61.02, 14.53], [61.01, 14.55], [61.005, 14.51]]),
    )
    return replace(tour, **changes)


def make_team_plan(name: str = "a", *, n_tours: int = 1, **changes: object) -> MapPlan:
    """A main that is the base of a team, a satellite, and a stop every other week."""
    plan = make_plan(
        name,
        roles={"s0": "main", "s1": "satellite", "s2": "stop"},
        days={"s0": "5 dagar i veckan", "s1": "2 dagar i veckan", "s2": "varannan vecka"},
        bases={"s0": "bas för 1 turnerande team"},
        tours=tuple(make_tour(f"Tur {number}") for number in range(n_tours)),
    )
    return replace(plan, **changes)


def square_cells(side: int) -> np.ndarray:
    """Corners of side x side cells from 61.0 N 14.5 E, as in the kilometre grid."""
    row, column = (part.ravel() for part in np.mgrid[:side, :side])
    steps = np.array([[0, 0], [0, 1], [1, 1], [1, 0]])
    latitude = 61.0 + 0.009 * (row[:, None] + steps[:, 0])
    longitude = 14.5 + 0.0185 * (column[:, None] + steps[:, 1])
    return np.stack([latitude, longitude], axis=-1)


def make_borders(name: str, side: int) -> dict[str, object]:
    north, east = 61.0 + 0.009 * side, 14.5 + 0.0185 * side
    ring = [[14.5, 61.0], [east, 61.0], [east, north], [14.5, north], [14.5, 61.0]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"name": name}, "geometry": geometry}],
    }


def make_scene(*, side: int = 4, **changes: object) -> MapScene:
    """Four by four kilometre cells: a main, a satellite, two candidates at one place, a companion."""
    sites = (
        make_site("s0"),
        make_site("s1", latitude=61.02, longitude=14.55, estimate_note="Läget är uppskattat"),
        make_site("s2", latitude=61.03, longitude=14.52),
        make_site("s3", latitude=61.03, longitude=14.52),
        make_site("s4", latitude=61.028, longitude=14.56, is_candidate=False),
    )
    scene = MapScene(
        language="sv",
        title="Mini Maria i Dalarna",
        texts=TEXTS,
        cell_corners=square_cells(side),
        cell_municipality=("Mora",) * side**2,
        cell_youths_label=("färre än 5",) * side**2,
        cell_has_demand=np.ones(side**2, dtype=bool),
        borders=make_borders("Mora", side),
        lakes={"type": "FeatureCollection", "features": []},
        roads=((True, np.array([[61.0, 14.5], [61.036, 14.574]])),),
        localities=(("Noret", 61.01, 14.53, 6000.0),),
        sites=sites,
        plans=(make_plan(n_cells=side**2),),
        notes=("Källa: SCB",),
    )
    return replace(scene, **changes)


def scene_data(html: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="siting_scene">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def open_page(page: Page, tmp_path: Path, scene: MapScene, *, width: int = 1280, height: int = 800) -> None:
    path = tmp_path / "map.html"
    path.write_text(map_html(scene), encoding="utf-8")
    page.set_viewport_size({"width": width, "height": height})
    page.goto(path.as_uri())
    page.locator(".site .main").first.wait_for()


def hostile_scene() -> MapScene:
    """Every word is a payload, each kind of word with all of them."""
    words = "".join(HOSTILE)
    scene = make_scene()
    sites = ("s0", "s1", "s2")
    plan = make_team_plan(
        title=words,
        days=dict.fromkeys(sites, words),
        bases={"s0": words},
        digital_labels=(words, words),
        near_is_digital=np.ones(16, dtype=bool),
        best_rule=words,
        tours=(make_tour(words, team=words, schedule=((words, words),), driving=words),),
        facts=((words, words),),
        site_facts=dict.fromkeys(sites, ((words, words),)),
    )
    return make_scene(
        title=words,
        texts=dict.fromkeys(TEXT_KEYS, words),
        cell_municipality=(words,) * 16,
        cell_youths_label=(words,) * 16,
        borders=make_borders(words, 4),
        lakes={"type": "FeatureCollection", "features": []},
        localities=((words, 61.01, 14.53, 6000.0),),
        sites=tuple(
            replace(
                site, name=words, kind_label=words, municipality=words, estimate_note=words, short_name=words
            )
            for site in scene.sites
        ),
        plans=(plan, plan),
        notes=(words,),
    )


# --- by value ---


def test_page_states_language_title_and_policy() -> None:
    html = map_html(make_scene())
    assert html.startswith('<!DOCTYPE html>\n<html lang="sv">')
    assert "<title>Mini Maria i Dalarna</title>" in html
    assert "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:" in html
    assert html.index("Content-Security-Policy") < min(html.index("<script"), html.index("<style"))
    assert "user-scalable" not in html
    assert "maximum-scale" not in html


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


def test_names_are_in_the_data_and_nowhere_as_markup() -> None:
    html = map_html(hostile_scene())
    assert scene_data(html)["title"] == "".join(HOSTILE)
    assert HOSTILE[0] not in html
    assert HOSTILE[1] not in html


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
    tenths = np.frombuffer(b64decode(data["plans"][0]["nearTenths"]), dtype="<u2")
    assert tenths.tolist() == [0, 300, 301, data["unreachableTenths"], data["digitalTenths"] - 1]
    assert data["digitalTenths"] == data["unreachableTenths"] - 1


def test_corners_are_kept_to_a_metre() -> None:
    scene = make_scene()
    data = scene_data(map_html(scene))
    units = np.frombuffer(b64decode(data["cells"]["corners"]), dtype="<i4").reshape(16, 4, 2)
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
def test_scene_that_disagrees_with_itself_is_refused(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make_scene(**changes)


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


# --- in a browser ---


@pytest.mark.browser
def test_page_opens_offline_without_a_complaint(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    assert chromium_page.locator("h1").inner_text() == "Mini Maria i Dalarna"
    assert chromium_page.locator(".name.open:visible").count() == 2
    assert chromium_page.locator(".name", has_text="Noret").is_visible()
    assert chromium_page.problems == []


@pytest.mark.browser
def test_a_town_with_two_open_places_is_named_once(chromium_page: Page, tmp_path: Path) -> None:
    """In the view of the county; from close up each place has its own name."""
    sites = tuple(replace(site, short_name="Vansbro") for site in make_scene().sites)
    cells = make_scene(side=64, sites=sites, plans=(make_plan(n_cells=64**2),))
    open_page(chromium_page, tmp_path, cells)
    assert chromium_page.locator(".name.open:visible").all_inner_texts() == ["Vansbro"]
    chromium_page.locator(".visit").first.click()
    chromium_page.keyboard.press("Escape")
    chromium_page.get_by_role("button", name="text zoom_in").click()
    chromium_page.locator(".name.open:visible", has_text="Mottagning s1").wait_for()
    assert chromium_page.locator(".name.open:visible").all_inner_texts() == ["Mottagning s0", "Mottagning s1"]


@pytest.mark.browser
def test_hostile_names_are_shown_as_text(chromium_page: Page, tmp_path: Path) -> None:
    page, words = chromium_page, "".join(HOSTILE)
    open_page(page, tmp_path, hostile_scene())
    assert page.title() == words
    assert page.locator("h1").text_content() == words
    for name in page.locator(".name").all():
        assert name.text_content() == words
    page.locator("input[type=radio]").nth(1).dispatch_event("click")
    page.locator(".visit").first.dispatch_event("click")  # the payloads fill the panel
    assert page.locator(".leaflet-popup h3").text_content() == words
    page.keyboard.press("Escape")
    page.locator(".leaflet-marker-icon[tabindex]").last.focus()
    assert page.locator(".leaflet-tooltip strong").first.text_content() == words
    page.locator(".visit:has(.stop)").dispatch_event("click")
    card = page.locator(".card").last  # the one before may still be fading
    assert card.locator("p").nth(2).text_content() == words  # how often the stop is visited
    page.locator(".visit.tour").dispatch_event("click")
    assert card.locator(".schedule td").text_content() == words
    page.locator(".leaflet-tours-pane .leaflet-interactive").dispatch_event("mouseover")
    page.locator("input[value=near]").dispatch_event("click")
    assert page.locator(".swatch-row", has=page.locator(".digital")).text_content() == words
    assert page.locator("img").count() == 0
    assert page.problems == []


@pytest.mark.browser
def test_class_breaks_belong_to_the_class_below(chromium_page: Page, tmp_path: Path) -> None:
    """Within 30 minutes means at most 30: the colour changes just above each break."""
    steps = [(10.0, 0), (10.1, 1), (20.0, 1), (30.0, 2), (30.04, 3), (45.0, 3), (60.0, 4), (60.01, 5)]
    plans = tuple(make_plan(str(minutes), minutes=minutes) for minutes, _ in steps)
    open_page(chromium_page, tmp_path, make_scene(plans=plans))
    for number, (minutes, expected) in enumerate(steps):
        chromium_page.locator("input[name=plan]").nth(number).check()
        assert canvas_colour(chromium_page) == CLASS_COLOURS[expected], minutes


def canvas_colour(page: Page) -> str:
    """Colour of most of what the cells' canvas shows."""
    return page.evaluate(
        """() => {
            const canvas = document.querySelector(".leaflet-cells-pane canvas");
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            const counts = new Map();
            for (let i = 0; i < data.length; i += 400) {
                if (data[i + 3] !== 255) continue;
                const parts = [...data.subarray(i, i + 3)].map((part) => part.toString(16).padStart(2, "0"));
                counts.set(`#${parts.join("")}`, (counts.get(`#${parts.join("")}`) ?? 0) + 1);
            }
            return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "nothing";
        }"""
    )


@pytest.mark.browser
def test_views_show_near_main_catchment_or_nothing(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    seen = []
    for view in ("near", "main", "catchment", "none"):
        chromium_page.locator(f"input[value={view}]").check()
        seen.append(canvas_colour(chromium_page))
    assert seen[:2] == [CLASS_COLOURS[1], CLASS_COLOURS[3]]
    assert seen[3] == "nothing"
    chromium_page.locator("input[value=catchment]").check()
    red, green, blue = (int(seen[2][start : start + 2], 16) for start in (1, 3, 5))
    badge = chromium_page.locator(".site .satellite")
    assert (
        badge.evaluate("badge => getComputedStyle(badge).backgroundColor") == f"rgb({red}, {green}, {blue})"
    )


@pytest.mark.browser
def test_unreachable_cells_are_hollow_in_every_view(chromium_page: Page, tmp_path: Path) -> None:
    nowhere = np.full(16, -1)
    plan = make_plan(minutes=np.inf, near_site=nowhere, main_site=nowhere)
    open_page(chromium_page, tmp_path, make_scene(plans=(plan,)))
    for view in ("near", "main", "catchment"):
        chromium_page.locator(f"input[value={view}]").check()
        assert canvas_colour(chromium_page) == "#ffffff"
    chromium_page.mouse.click(640, 200)
    assert chromium_page.locator(".card").inner_text().count("Kan inte nås på väg") == 2


@pytest.mark.browser
def test_digital_cells_have_a_look_and_a_legend_of_their_own(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    nowhere = make_plan(
        "digital",
        near_minutes=np.full(16, np.inf),
        near_site=np.full(16, -1),
        near_is_digital=np.ones(16, dtype=bool),
    )
    open_page(page, tmp_path, make_scene(plans=(make_plan("a"), nowhere)))
    assert page.locator(".swatch.digital").count() == 0
    page.locator("input[name=plan]").nth(1).check()
    for view in ("near", "catchment"):
        page.locator(f"input[value={view}]").check()
        assert canvas_colour(page) == "#c9d9ff"
        assert page.locator(".swatch-row", has=page.locator(".digital")).inner_text().startswith("Digital")
    page.mouse.click(640, 200)
    assert "Digital kontakt (90 min)" in page.locator(".card").inner_text()
    page.locator("input[value=main]").check()
    assert page.locator(".swatch.digital").count() == 0
    assert canvas_colour(page) == CLASS_COLOURS[3]


@pytest.mark.browser
def test_legend_says_by_what_a_place_is_chosen(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    assert chromium_page.locator(".legend .hint").inner_text() == "Väntan räknas in"


@pytest.mark.browser
def test_click_on_a_cell_tells_its_times(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    chromium_page.mouse.click(640, 200)
    card = chromium_page.locator(".card").inner_text()
    assert "färre än 5" in card
    assert "12 min · Mottagning s1 · 2 dagar i veckan" in card
    assert "32 min · Mottagning s0" in card


@pytest.mark.browser
def test_choosing_a_plan_changes_facts_and_open_places(chromium_page: Page, tmp_path: Path) -> None:
    other = make_plan("b", roles={"s2": "main"})
    open_page(chromium_page, tmp_path, make_scene(plans=(make_plan("a"), other)))
    assert chromium_page.locator(".visit").count() == 2
    chromium_page.get_by_label("Förslag b").check()
    assert chromium_page.locator(".panel .facts").inner_text().endswith("21 min i b")
    assert chromium_page.locator(".visit strong").all_inner_texts() == ["Mottagning s2"]
    assert chromium_page.locator(".site .main").count() == 1


@pytest.mark.browser
def test_one_plan_needs_no_choice(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    assert chromium_page.locator("input[name=plan]").count() == 0


@pytest.mark.browser
def test_marker_opens_by_keyboard_and_gives_the_focus_back(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene())
    marker = page.get_by_role("button", name="Mottagning s0, Huvudmottagning, Ungdomsmottagning, Mora")
    marker.focus()
    page.keyboard.press("Enter")
    assert "512" in page.locator(".card").inner_text()
    assert page.get_by_role("button", name="Stäng").count() == 1
    page.keyboard.press("Escape")
    page.locator(".card").wait_for(state="detached")
    assert marker.evaluate("marker => marker === document.activeElement")


@pytest.mark.browser
def test_estimated_place_says_so(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    chromium_page.locator(".visit").nth(1).click()
    assert "Läget är uppskattat" in chromium_page.locator(".card").inner_text()


@pytest.mark.browser
def test_layers_can_be_shown_and_hidden(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene())
    assert page.locator(".site .candidate").count() == 2
    assert page.locator(".site .companion").count() == 0
    page.get_by_role("checkbox", name="Angränsande verksamhet").check()
    page.get_by_role("checkbox", name="Kandidat som inte öppnas").uncheck()
    assert page.locator(".site .candidate").count() == 0
    assert page.locator(".site .companion").count() == 1


@pytest.mark.browser
@pytest.mark.parametrize("roles", [{"s0": "main"}, {"s0": "main", "s2": "satellite", "s3": "satellite"}])
def test_sites_at_one_place_do_not_hide_each_other(
    chromium_page: Page, tmp_path: Path, roles: dict[str, str]
) -> None:
    sites = tuple(make_site(f"s{number}") for number in range(7))
    plan = make_plan(roles=roles, site_facts={})
    open_page(chromium_page, tmp_path, make_scene(sites=sites, plans=(plan,)))
    boxes = [symbol.bounding_box() for symbol in chromium_page.locator(".site .symbol").all()]
    assert len(boxes) == 7
    for index, a in enumerate(boxes):
        for b in boxes[index + 1 :]:
            across = a["x"] + a["width"] / 2 - b["x"] - b["width"] / 2
            down = a["y"] + a["height"] / 2 - b["y"] - b["height"] / 2
            assert np.hypot(across, down) >= (a["width"] + b["width"]) / 2


@pytest.mark.browser
def test_narrow_page_starts_with_map_and_legend(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene(), width=400)
    folded = page.locator(".folium-map").bounding_box()["height"]
    assert page.locator(".classes").is_visible()
    assert not page.locator(".visit").first.is_visible()
    page.get_by_role("button", name="text show_panel").click()
    page.locator(".visit").first.scroll_into_view_if_needed()
    assert page.locator(".visit").first.is_visible()
    assert page.locator(".folium-map").bounding_box()["height"] < folded
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.browser
def test_page_prints_with_the_panel_open(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene(), width=400)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".visit").first.is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert not page.locator(".visit").first.is_visible()
    assert page.problems == []


# --- travelling teams ---


@pytest.mark.browser
def test_each_role_has_a_shape_of_its_own(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene(plans=(make_team_plan(),)))
    radius = "symbol => getComputedStyle(symbol).borderRadius"
    assert page.locator(".site .main").evaluate(radius) == "3px"
    assert page.locator(".site .satellite").evaluate(radius) == "50%"
    diamond = page.locator(".site .stop path").last
    assert diamond.get_attribute("d") == "M0-12 12 0 0 12-12 0Z"
    fill = diamond.evaluate("path => getComputedStyle(path).fill")
    assert 1.05 / (luminance(fill) + 0.05) >= 3  # against its white casing
    assert page.locator(".key:has(.stop)").inner_text() == "Besöksplats"
    assert [symbol.inner_text() for symbol in page.locator(".site .symbol").all()[:3]] == ["1", "2", "3"]


def luminance(colour: str) -> float:
    """Relative luminance of "rgb(r, g, b)" (WCAG 2.1)."""
    parts = np.array([int(part) / 255 for part in re.findall(r"\d+", colour)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.browser
def test_no_stops_no_tours_no_words_of_them(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    assert chromium_page.locator(".key:has(.stop)").count() == 0
    assert not chromium_page.get_by_text("Teamens turer").is_visible()
    assert not chromium_page.get_by_text("text tours").first.is_visible()


@pytest.mark.browser
def test_places_say_how_often_they_are_open_and_whose_base_they_are(
    chromium_page: Page, tmp_path: Path
) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene(plans=(make_team_plan(),)))
    assert page.locator(".visit:not(.tour) small").all_inner_texts() == [
        "Mora · 5 dagar i veckan · bas för 1 turnerande team",
        "Mora · 2 dagar i veckan",
        "Mora · varannan vecka",
    ]
    assert page.locator("section > h3").all_inner_texts()[:3] == [
        "text group_main (1)",
        "text group_satellite (1)",
        "text group_stop (1)",
    ]
    page.locator(".visit:has(.stop)").click()
    assert "varannan vecka" in page.locator(".card").inner_text()
    name = (
        "Mottagning s0, Huvudmottagning, Ungdomsmottagning, Mora, 5 dagar i veckan, bas för 1 turnerande team"
    )
    assert page.get_by_role("button", name=name, exact=True).count() == 1


@pytest.mark.browser
def test_tours_can_be_shown_and_hidden(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene(plans=(make_team_plan(),)))
    lines = page.locator(".leaflet-tours-pane path")
    toggle = page.get_by_role("checkbox", name="Teamens turer")
    assert toggle.is_checked()
    assert lines.count() == 3  # casing, line, and what the mouse finds
    toggle.focus()
    page.keyboard.press("Space")
    assert lines.count() == 0
    page.keyboard.press("Space")
    assert lines.count() == 3
    assert page.problems == []


@pytest.mark.browser
def test_many_tours_are_hidden_until_the_reader_asks(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    plans = (make_team_plan("few", n_tours=6), make_team_plan("many", n_tours=7), make_plan("none"))
    open_page(page, tmp_path, make_scene(plans=plans))
    lines, toggle = (
        page.locator(".leaflet-tours-pane path"),
        page.get_by_role("checkbox", name="Teamens turer"),
    )
    assert toggle.is_checked()
    page.locator("input[name=plan]").nth(1).check()
    assert not toggle.is_checked()
    assert lines.count() == 0
    toggle.check()
    assert lines.count() == 9
    page.locator("input[name=plan]").nth(2).check()
    assert lines.count() == 0
    assert not toggle.is_visible()
    page.locator("input[name=plan]").nth(0).check()
    assert toggle.is_checked()  # as the reader wanted


@pytest.mark.browser
def test_a_tour_tells_its_times_by_keyboard_and_by_mouse(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene(plans=(make_team_plan(n_tours=7),)))
    row = page.locator(".visit.tour").nth(2)
    assert row.locator("small").inner_text() == "Mottagning s2 – Mottagning s1 · 95 min körning, 110 km"
    row.focus()
    page.keyboard.press("Enter")
    card = page.locator(".card")
    assert card.locator("h3").inner_text() == "Tur 2"
    assert "08:40–10:40" in card.inner_text()
    assert page.locator(".leaflet-tours-pane path").count() == 2  # this tour alone
    page.keyboard.press("Escape")
    card.wait_for(state="detached")
    assert page.locator(".leaflet-tours-pane path").count() == 0
    assert row.evaluate("row => row === document.activeElement")
    page.get_by_role("checkbox", name="Teamens turer").check()
    page.locator(".leaflet-tours-pane .leaflet-interactive").last.dispatch_event("mouseover")
    assert "Tur 6" in page.locator(".leaflet-tooltip").inner_text()
    line = page.locator(".leaflet-tours-pane .leaflet-interactive").last
    line.dispatch_event("click")
    assert card.locator("h3").inner_text() == "Tur 6"
    page.keyboard.press("Escape")
    line.evaluate("line => line.focus()")
    assert not line.evaluate("line => line === document.activeElement")  # the list is the way of the keyboard
    assert page.problems == []


@pytest.mark.browser
def test_whole_area_stays_whole_when_the_panel_opens(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene(plans=(make_team_plan(),)), width=390, height=844)
    page.get_by_role("button", name="text show_panel").click()
    page.wait_for_timeout(300)
    seen = page.locator(".folium-map").bounding_box()
    for symbol in page.locator(".site .symbol").all():
        box = symbol.bounding_box()
        assert seen["y"] <= box["y"]
        assert box["y"] + box["height"] <= seen["y"] + seen["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
