"""The map page in a browser: its tabs, the keyboard, an online map on request, paper, narrow pages."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path

import pytest
from browser import settle
from map_by_hand import make_plan, make_scene, make_team_plan, open_page
from map_choice_by_hand import make_choice_plan, make_choice_scene
from playwright.sync_api import Page, Request, Route

from siting.present.scene import MapTable, TileSource

pytestmark = pytest.mark.browser


def selected_tab(page: Page) -> str:
    """The one tab that is selected, which shows the one panel that is not hidden."""
    (tab,) = page.locator("[role=tab][aria-selected=true]").all()
    (panel,) = page.locator("[role=tabpanel]:not([hidden])").all()
    assert tab.get_attribute("aria-controls") == panel.get_attribute("id")
    assert panel.get_attribute("aria-labelledby") == tab.get_attribute("id")
    assert panel.is_visible()
    return tab.inner_text()


def test_tabs_are_walked_with_arrows_and_tab_goes_into_the_panel(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_choice_scene())
    assert selected_tab(page) == "Planen"
    page.get_by_role("tab", name="Planen").focus()
    for key, expected in [("ArrowRight", "Tänk om"), ("ArrowRight", "Tabeller"), ("ArrowRight", "Planen")]:
        page.keyboard.press(key)
        assert selected_tab(page) == expected
        assert page.evaluate("document.activeElement.textContent") == expected
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert selected_tab(page) == "Tänk om"
    assert page.locator("[role=tab][tabindex='0']").all_inner_texts() == ["Tänk om"]
    page.keyboard.press("Tab")
    assert page.evaluate("document.getElementById('siting_whatif').contains(document.activeElement)")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.textContent") == "Tänk om"
    assert page.problems == []


def test_tables_tab_shows_the_rows_of_the_chosen_plan(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    rows = (("Mora", "512", "21 min"), ("Orsa", "färre än 5", "–"), ("Summa", "515", "22 min"))
    table = MapTable("Kommun för kommun", ("Kommun", "Unga", "Tid"), rows, n_sum_rows=1)
    names = MapTable("Platser", ("Plats", "Roll"), (("<b>Mora</b>", "huvud"),), n_text_columns=2)
    plans = (make_plan("a", tables=(table, names)), make_plan("b", tables=(names,)))
    open_page(page, tmp_path, make_scene(plans=plans))
    page.get_by_role("tab", name="Tabeller").click()
    shown = page.locator("#siting_tables table")
    assert page.locator("#siting_tables h2").inner_text() == "Förslag a"
    assert shown.locator("caption").all_inner_texts() == ["Kommun för kommun", "Platser"]
    assert shown.first.locator("thead th").all_inner_texts() == ["Kommun", "Unga", "Tid"]
    told = [row.locator("th, td").all_inner_texts() for row in shown.first.locator("tbody tr").all()]
    assert told == [list(row) for row in rows]
    assert shown.first.locator("tr.sum th").all_inner_texts() == ["Summa"]
    aligned = "cell => getComputedStyle(cell).textAlign"
    assert shown.first.locator("tbody td").first.evaluate(aligned) == "right"
    assert shown.last.locator("tbody td").first.evaluate(aligned) == "left"
    assert shown.last.locator("tbody th").inner_text() == "<b>Mora</b>"
    page.locator("input[name=plan]").nth(1).check()
    assert shown.locator("caption").all_inner_texts() == ["Platser"]
    assert page.problems == []


def test_a_scene_that_cannot_be_counted_says_so_in_its_tab(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene())
    page.get_by_role("tab", name="Tänk om").click()
    assert page.locator("#siting_whatif").inner_text().split("\n\n") == ["Tänk om", "text whatif_too_large"]
    assert page.locator("#siting_whatif :is(button, input, select)").count() == 0
    assert page.problems == []


# --- the keyboard on the map ---


def focused_site(page: Page) -> str:
    name: str = page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")
    return next((word for word in name.split(", ") if word.startswith("Mottagning")), "")


def test_arrows_go_from_site_to_site(chromium_page: Page, tmp_path: Path) -> None:
    """Sites lie at the four corners; only the open one is on the way of the Tab key."""
    page = chromium_page
    open_page(page, tmp_path, make_choice_scene())
    assert page.locator(".site[tabindex='0']").count() == 1
    page.locator(".site[tabindex='0']").focus()
    walk = [("ArrowRight", "s1"), ("ArrowUp", "s3"), ("ArrowLeft", "s2"), ("ArrowDown", "s0")]
    for key, site in walk:
        page.keyboard.press(key)
        assert focused_site(page) == f"Mottagning {site}"
    page.keyboard.press("ArrowDown")  # nothing lies there
    assert focused_site(page) == "Mottagning s0"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.locator(".card h2").inner_text() == "Mottagning s1"
    page.keyboard.press("Escape")
    page.locator(".card").wait_for(state="detached")
    assert focused_site(page) == "Mottagning s1"
    assert page.problems == []


def test_escape_closes_a_card_and_gives_the_focus_back_to_the_list(
    chromium_page: Page, tmp_path: Path
) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene())
    row = page.locator(".visit").first
    row.focus()
    page.keyboard.press("Enter")
    assert page.locator(".leaflet-popup").get_attribute("role") == "dialog"
    assert page.locator(".leaflet-popup").get_attribute("aria-label") == "Mottagning s0"
    assert page.locator(".leaflet-popup").evaluate("box => box === document.activeElement")
    page.keyboard.press("Escape")
    page.locator(".card").wait_for(state="detached")
    assert row.evaluate("row => row === document.activeElement")


# --- an online map, on request ---

TILES = TileSource("https://tiles.example.org/{z}/{x}/{y}.png", "© Någon <b>& co</b>")
PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def answer_requests(page: Page) -> list[Request]:
    """Answer every request with a picture, so that none leaves the machine; returns those made so far."""
    asked: list[Request] = []

    def answer(route: Route) -> None:
        asked.append(route.request)
        route.fulfill(body=PIXEL, content_type="image/png")

    page.route(re.compile("^https?:"), answer)
    page.context.set_offline(False)  # a page without network would not even ask
    return asked


def test_tiles_are_asked_for_only_when_the_box_is_ticked(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    asked = answer_requests(page)
    open_page(page, tmp_path, make_scene(tiles=TILES, source="Källa: SCB"))
    toggle = page.get_by_role("checkbox", name="Bakgrundskarta från tiles.example.org")
    assert not toggle.is_checked()
    assert page.locator(".attribution").inner_text() == "Källa: SCB"
    page.get_by_role("button", name="text zoom_in").click()
    assert asked == []
    assert page.problems == []
    toggle.check()
    page.locator(".leaflet-tile-loaded").first.wait_for()
    tile = re.compile(r"https://tiles\.example\.org/\d+/\d+/\d+\.png")
    assert [request.url for request in asked if not tile.fullmatch(request.url)] == []
    assert not any("referer" in request.headers for request in asked)  # nor is told who asks
    assert page.locator(".attribution").inner_text() == "Källa: SCB · © Någon <b>& co</b>"
    assert not page.locator(".leaflet-borders-pane").is_visible()
    toggle.uncheck()
    assert page.locator(".leaflet-tile").count() == 0
    assert page.locator(".attribution").inner_text() == "Källa: SCB"
    n_asked = len(asked)
    page.get_by_role("button", name="text zoom_in").click()
    settle(page)
    assert len(asked) == n_asked
    assert [problem for problem in page.problems if not problem.startswith("request: https://tiles.")] == []


def test_even_with_tiles_no_other_host_can_be_asked(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    asked = answer_requests(page)
    open_page(page, tmp_path, make_scene(tiles=TILES))
    blocked = page.evaluate(
        """() => new Promise((done) => {
            document.addEventListener("securitypolicyviolation", (event) => done(event.blockedURI));
            new Image().src = "https://elsewhere.example.org/1.png";
        })"""
    )
    assert blocked.startswith("https://elsewhere.example.org")
    assert asked == []


def test_without_tiles_there_is_no_box_and_no_host(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    assert not chromium_page.get_by_text("Bakgrundskarta").is_visible()
    policy = chromium_page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert chromium_page.problems == []


# --- paper, narrow pages, English ---


def print_layout(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")


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


def test_paper_has_title_map_colours_and_facts_and_nothing_to_press(
    chromium_page: Page, tmp_path: Path
) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene(plans=(make_team_plan("a"), make_plan("b"))))
    print_layout(page)
    boxes = [page.locator(part).bounding_box() for part in ("h1", ".folium-map", ".colours", ".facts")]
    tops = [box["y"] for box in boxes]
    assert tops[0] < tops[1] < min(tops[2:])  # the title, then the map, then the rest
    millimetre = 96 / 25.4
    assert boxes[1]["width"] == pytest.approx(180 * millimetre, abs=1)
    assert page.locator(".classes").is_visible()
    assert page.locator("select[name=view]").is_visible()  # says what the colours show
    for nothing in ("[role=tablist]", ".fold", ".leaflet-control-zoom", "input[name=plan]"):
        assert not page.locator(nothing).first.is_visible(), nothing
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert page.locator("[role=tablist]").is_visible()
    assert page.problems == []


def test_paper_of_the_tables_tab_holds_the_tables(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    table = MapTable("Kommuner", ("Kommun", "Unga"), (("Mora", "512"),))
    open_page(page, tmp_path, make_scene(plans=(make_plan(tables=(table,)),)))
    page.get_by_role("tab", name="Tabeller").click()
    print_layout(page)
    assert page.locator("#siting_tables table").is_visible()
    assert not page.locator("#siting_plan").is_visible()
    assert len(page.pdf()) > 10_000


@pytest.mark.parametrize("tab", ["Planen", "Tänk om", "Tabeller"])
@pytest.mark.parametrize("width", [400, 320])
def test_a_narrow_page_is_never_moved_sideways(
    chromium_page: Page, tmp_path: Path, width: int, tab: str
) -> None:
    page = chromium_page
    columns = tuple(f"En ganska lång rubrik {number}" for number in range(8))
    table = MapTable("Kommuner", columns, (("Mora", *("12 345",) * 7),))
    scene = make_choice_scene(plans=(make_choice_plan(tables=(table,)),))
    open_page(page, tmp_path, scene, width=width)
    page.get_by_role("button", name="text show_panel").click()
    page.get_by_role("tab", name=tab).click()
    assert page.locator("[role=tabpanel]:visible :is(h2, table)").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    panel = page.locator(".panel").evaluate("panel => [panel.scrollWidth, panel.offsetWidth]")
    assert panel[0] <= panel[1] == width  # a wide table moves within its own frame


@pytest.mark.parametrize(
    ("language", "area", "mean"), [("sv", "Mora", "30,0\u00a0min"), ("en", "Mora", "30.0\u00a0min")]
)
def test_numbers_are_written_as_in_the_language_of_the_page(
    chromium_page: Page, tmp_path: Path, language: str, area: str, mean: str
) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_choice_scene(language=language))
    assert page.locator("html").get_attribute("lang") == language
    page.get_by_role("tab", name="Tänk om").click()
    row = page.locator("#siting_whatif table").first.locator("tr", has_text="Sammanvägd tid")
    assert row.locator("td").first.inner_text() == mean
    assert page.locator("#siting_whatif details:not(.areas) summary").first.inner_text().startswith(area)
    assert page.problems == []
