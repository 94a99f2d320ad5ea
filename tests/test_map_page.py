"""The map page in a browser: places, cards, tours, layers, the panel and its tabs, paper."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from map_by_hand import (
    CLASS_COLOURS,
    make_borders,
    make_mode,
    make_plan,
    make_scene,
    make_site,
    make_team_plan,
    make_tour,
    open_page,
    scene_data,
    show,
)
from map_choice_by_hand import OFFERS, make_choice_scene, make_rules, make_what_if
from playwright.sync_api import Page, expect

from siting.present.maps import map_html
from siting.present.scene import TEXT_KEYS, MapIsochrone, MapScene, MapTable

pytestmark = pytest.mark.browser

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "${alert(1)}",
    "`+alert(1)+`",
    "{{ 7*7 }}{% raw %}{#",
    "<!--<script>",
)


def hostile_scene() -> MapScene:
    """Every word is a payload, each kind of word with all of them."""
    words = "".join(HOSTILE)
    scene = make_choice_scene()
    sites = ("s0", "s1", "s2")
    mode = make_mode(words, near=12.0, main=np.inf)
    service = replace(mode.near, legend=words, card=words, unreachable=words)
    rules = make_rules(
        choice=((0, "main", 5.0), (1, "satellite", 5.0), (2, "stop", 0.5)),
        offers=tuple(replace(offer, label=f"{words} {offer.role}", openness=words) for offer in OFFERS),
        place_in=(words, "elsewhere"),
        extends=words,
    )
    plan = make_team_plan(
        title=words,
        days=dict.fromkeys(sites, words),
        bases={"s0": words},
        digital_labels=(words, words),
        near_is_digital=np.ones(16, dtype=bool),
        best_rule=words,
        tours=(make_tour(words, team=words, schedule=((words, words),), driving=words, day=words),),
        facts=((words, words),),
        site_facts=dict.fromkeys(sites, ((words, words),)),
        modes=(replace(mode, near=service, main=service),),
        tables=(MapTable(words, (words, words), ((words, words),)),),
        rules=rules,
    )
    rates = {service: {words: 1.0} for service in ("near", "main")}
    return replace(
        scene,
        title=words,
        texts=dict.fromkeys(TEXT_KEYS, words),
        cell_municipality=(words,) * 16,
        cell_youths_label=(words,) * 16,
        borders=make_borders(words, 4),
        localities=((words, 61.01, 14.53, 6000.0),),
        sites=tuple(
            replace(
                site, name=words, kind_label=words, municipality=words, estimate_note=words, short_name=words
            )
            for site in scene.sites
        ),
        plans=(plan, plan),
        notes=(words,),
        own_mode=words,
        source=words,
        attribution=words,
        what_if=make_what_if(visits_per_youth=rates),
    )


def test_names_are_in_the_data_and_nowhere_as_markup() -> None:
    html = map_html(hostile_scene())
    assert scene_data(html)["title"] == "".join(HOSTILE)
    assert HOSTILE[0] not in html
    assert HOSTILE[1] not in html


def test_page_opens_offline_without_a_complaint(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    assert chromium_page.locator("h1").inner_text() == "Mini Maria i Dalarna"
    assert chromium_page.locator(".name.open:visible").count() == 2
    assert chromium_page.locator(".name", has_text="Noret").is_visible()
    assert chromium_page.problems == []


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


def test_hostile_names_are_shown_as_text(chromium_page: Page, tmp_path: Path) -> None:
    page, words = chromium_page, "".join(HOSTILE)
    open_page(page, tmp_path, hostile_scene())
    n_scripts = page.locator("script").count()
    assert page.title() == words
    assert page.locator("h1").text_content() == words
    for name in page.locator(".name").all():
        assert name.text_content() == words
    page.locator("input[type=radio]").nth(1).dispatch_event("click")
    page.locator(".visit").first.dispatch_event("click")  # the payloads fill the panel
    assert page.locator(".leaflet-popup h2").text_content() == words
    page.keyboard.press("Escape")
    page.locator(".leaflet-marker-icon[tabindex]").last.focus()
    assert page.locator(".leaflet-tooltip strong").first.text_content() == words
    page.locator(".visit:has(.stop)").dispatch_event("click")
    card = page.locator(".card").last  # the one before may still be fading
    assert card.locator("p").nth(2).text_content() == words  # how often the stop is visited
    page.locator(".visit.tour").dispatch_event("click")
    assert card.locator(".schedule td").text_content() == words
    page.locator(".leaflet-tours-pane .leaflet-interactive").dispatch_event("mouseover")
    show(page, "time", service="near")
    assert page.locator(".swatch-row", has=page.locator(".digital")).text_content() == words
    page.locator(".leaflet-tours-pane .leaflet-interactive").first.dispatch_event("mouseout")
    page.locator("#siting_tab_tables").dispatch_event("click")
    texts = set(page.locator("#siting_tables :is(th, td, caption)").all_text_contents())
    assert {text for text in texts if not re.fullmatch(r"[\d±−+%→\s]+", text)} == {words}  # beside figures
    page.locator("#siting_tab_whatif").dispatch_event("click")
    page.locator("#siting_whatif summary").last.dispatch_event("click")
    page.locator("#siting_site_3").dispatch_event("click")
    choices = page.locator("#siting_whatif fieldset label")
    assert choices.first.text_content() == words
    assert choices.nth(1).text_content() == f"{words} main"
    choices.nth(1).locator("input").dispatch_event("click")  # open s3 as a main: words of what has changed
    assert page.locator(".changes strong").first.text_content() == words
    assert page.locator("#siting_whatif tbody th").last.text_content() == words
    page.locator("#siting_whatif button", has_text=words).nth(2).dispatch_event("click")
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == n_scripts
    assert page.problems == []


def test_click_on_a_cell_tells_its_times(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    chromium_page.mouse.click(640, 200)
    card = chromium_page.locator(".card").inner_text()
    assert "färre än 5" in card
    assert "12 min · Mottagning s1 · 2 dagar i veckan" in card
    assert "32 min · Mottagning s0" in card


def test_choosing_a_plan_changes_facts_and_open_places(chromium_page: Page, tmp_path: Path) -> None:
    other = make_plan("b", roles={"s2": "main"})
    open_page(chromium_page, tmp_path, make_scene(plans=(make_plan("a"), other)))
    assert chromium_page.locator(".visit").count() == 2
    chromium_page.get_by_role("radio", name="Förslag b").check()
    assert chromium_page.locator(".panel .facts").inner_text().endswith("21 min i b")
    assert chromium_page.locator(".visit strong").all_inner_texts() == ["Mottagning s2"]
    assert chromium_page.locator(".site .main").count() == 1


def test_one_plan_needs_no_choice(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    assert chromium_page.locator("input[name=plan]").count() == 0


def test_marker_opens_by_keyboard_and_gives_the_focus_back(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene())
    marker = page.get_by_role("button", name="1, Mottagning s0, Huvudmottagning, Ungdomsmottagning, Mora")
    marker.focus()
    page.keyboard.press("Enter")
    assert "512" in page.locator(".card").inner_text()
    assert page.get_by_role("button", name="Stäng").count() == 1
    page.keyboard.press("Escape")
    page.locator(".card").wait_for(state="detached")
    assert marker.evaluate("marker => marker === document.activeElement")


def test_enter_on_the_map_opens_the_square_in_the_middle(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene())
    page.locator(".folium-map").focus()
    page.keyboard.press("Enter")
    assert page.locator(".card h2").inner_text() == "Mora"
    page.keyboard.press("Escape")
    expect(page.locator(".card")).to_have_count(0)
    assert page.locator(".folium-map").evaluate("map => map === document.activeElement")


def test_estimated_place_says_so(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    chromium_page.locator(".visit").nth(1).click()
    assert "Läget är uppskattat" in chromium_page.locator(".card").inner_text()


def test_layers_can_be_shown_and_hidden(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene())
    assert page.locator(".site .candidate").count() == 2
    assert page.locator(".site .companion").count() == 0
    page.get_by_role("checkbox", name="Angränsande verksamhet").check()
    page.get_by_role("checkbox", name="Kandidat som inte öppnas").uncheck()
    assert page.locator(".site .candidate").count() == 0
    assert page.locator(".site .companion").count() == 1


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


# --- travelling teams ---


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


def test_no_stops_no_tours_no_words_of_them(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    assert chromium_page.locator(".key:has(.stop)").count() == 0
    assert not chromium_page.get_by_text("Teamens turer").is_visible()
    assert not chromium_page.get_by_text("text tours").first.is_visible()


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
        "Huvudmottagningar (1)",
        "Närmottagningar (1)",
        "Besöksplatser (1)",
    ]
    page.locator(".visit:has(.stop)").click()
    assert "varannan vecka" in page.locator(".card").inner_text()
    openness = "5 dagar i veckan, bas för 1 turnerande team"
    name = f"1, Mottagning s0, Huvudmottagning, Ungdomsmottagning, Mora, {openness}"
    assert page.get_by_role("button", name=name, exact=True).count() == 1


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


def test_a_tour_tells_its_times_by_keyboard_and_by_mouse(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene(plans=(make_team_plan(n_tours=7),)))
    row = page.locator(".visit.tour").nth(2)
    assert row.locator("small").inner_text() == "Mottagning s2 – Mottagning s1 · 95 min körning, 110 km"
    row.focus()
    page.keyboard.press("Enter")
    card = page.locator(".card")
    assert card.locator("h2").inner_text() == "Tur 2"
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
    assert card.locator("h2").inner_text() == "Tur 6"
    page.keyboard.press("Escape")
    line.evaluate("line => line.focus()")
    assert not line.evaluate("line => line === document.activeElement")  # the list is the way of the keyboard
    assert page.problems == []


def test_each_tour_bears_its_weekday_while_tours_are_shown(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    plan = make_team_plan(
        tours=(
            make_tour("Tur 0"),
            make_tour(
                "Tur 1", day="torsdag", line=np.array([[61.005, 14.51], [61.005, 14.53], [61.005, 14.55]])
            ),
        )
    )
    open_page(page, tmp_path, make_scene(plans=(plan,)))
    days = page.locator(".name.of-tour:visible")
    assert days.all_inner_texts() == ["måndag", "torsdag"]
    page.get_by_role("checkbox", name="Teamens turer").uncheck()
    assert days.count() == 0
    page.get_by_role("checkbox", name="Teamens turer").check()
    assert days.count() == 2


# --- isochrones ---


def isochrone(service: Literal["near", "main"], minutes: float, half: float) -> MapIsochrone:
    """A square of `half` degrees about the middle of the area."""
    ring = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * [half, 2 * half]
    return MapIsochrone(service, minutes, (ring + np.array([61.018, 14.537]),))


def test_isochrones_of_the_service_shown_can_be_shown_and_hidden(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    areas = (isochrone("near", 15.0, 0.005), isochrone("near", 45.0, 0.012), isochrone("main", 30.0, 0.009))
    open_page(page, tmp_path, make_scene(plans=(make_plan(isochrones=areas), make_plan("b"))))
    lines, labels = page.locator(".leaflet-isochrones-pane path"), page.locator(".isochrone-label")
    toggle = page.get_by_role("checkbox", name="Isokroner")
    assert not toggle.is_checked()
    assert lines.count() == 0
    toggle.check()
    assert labels.all_inner_texts() == ["15 min", "45 min"]
    assert lines.count() == 4  # each with a casing
    strokes = [lines.nth(k).get_attribute("stroke") for k in (1, 3)]
    assert strokes == [CLASS_COLOURS[1], CLASS_COLOURS[3]]  # 15 is of the class 10-20, 45 of 30-45
    dashes = [lines.nth(k).get_attribute("stroke-dasharray") for k in (1, 3)]
    assert dashes[0] != dashes[1]  # told apart without colour
    show(page, "time", service="main")
    assert labels.all_inner_texts() == ["30 min"]
    page.locator("input[name=plan]").nth(1).check()
    assert lines.count() == 0
    page.locator("input[name=plan]").nth(0).check()
    assert labels.count() == 1
    toggle.uncheck()
    assert lines.count() == 0
    assert labels.count() == 0
    assert page.problems == []


def test_without_isochrones_there_is_no_box_for_them(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    assert not chromium_page.get_by_text("Isokroner").is_visible()
