"""The map page: what it holds (by value), and what a reader meets in a browser."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from siting.present.maps import TEXT_KEYS, MapPlan, MapScene, MapSite, map_html, missing_texts

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

TEXTS = {key: f"text {key}" for key in TEXT_KEYS} | {
    "role_main": "Huvudmottagning",
    "role_satellite": "Närmottagning",
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
        near_minutes=np.full(n_cells, minutes),
        near_site=np.full(n_cells, 1),
        main_minutes=np.full(n_cells, minutes + 20),
        main_site=np.zeros(n_cells, dtype=np.int64),
        facts=(("Medelrestid", f"21 min i {name}"),),
        site_facts={"s0": (("Besök per år", "512"),)},
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
    plan = make_plan(title=words, facts=((words, words),), site_facts={"s0": ((words, words),)})
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
    assert tenths.tolist() == [0, 300, 301, data["unreachableTenths"], data["unreachableTenths"] - 1]


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
        ({"plans": (make_plan(roles={"s0": "huge"}),)}, "a role is main or satellite, not huge"),
    ],
)
def test_scene_that_disagrees_with_itself_is_refused(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make_scene(**changes)


# --- in a browser ---


@pytest.mark.browser
def test_page_opens_offline_without_a_complaint(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    assert chromium_page.locator("h1").inner_text() == "Mini Maria i Dalarna"
    assert chromium_page.locator(".name.open:visible").count() == 2
    assert chromium_page.locator(".name", has_text="Noret").is_visible()
    assert chromium_page.problems == []


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
    badge = chromium_page.locator(".site .satellite")
    assert seen[:2] == [CLASS_COLOURS[1], CLASS_COLOURS[3]]
    assert seen[3] == "nothing"
    chromium_page.locator("input[value=catchment]").check()
    red, green, blue = (int(seen[2][start : start + 2], 16) for start in (1, 3, 5))
    assert badge.evaluate("badge => badge.style.backgroundColor") == f"rgb({red}, {green}, {blue})"


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
def test_click_on_a_cell_tells_its_times(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    chromium_page.mouse.click(640, 200)
    card = chromium_page.locator(".card").inner_text()
    assert "färre än 5" in card
    assert "12 min · Mottagning s1" in card
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
