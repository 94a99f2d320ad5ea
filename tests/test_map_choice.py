"""One's own choice of sites in the map page, on the scene worked out in `map_by_hand`; all figures by hand.

The plan, a main at s0, takes 30 minutes in the mean. A satellite at s3 lets the near visits go to the nearer
of two opposite corners: 17.5 minutes, in the mean of both services 23.75; Mora has 18.75 and Orsa 28.75.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from map_by_hand import CELL_COLUMN, CELL_ROW, TEXTS, cell_colours, legend_colours, open_page, show
from map_choice_by_hand import (
    MAIN,
    ONE_DAY,
    SATELLITE,
    STOP,
    UNCHANGED,
    WITH_SATELLITE,
    choose_in_list,
    figures,
    make_choice_plan,
    make_choice_scene,
    make_rules,
    open_choice,
    plain,
    warnings,
)
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def status(page: Page) -> str:
    return plain(page.locator("#siting_whatif .status").inner_text())


def changes(page: Page) -> dict[str, str]:
    rows = page.locator("#siting_whatif").locator("section", has_text="text changes").locator("li").all()
    return {row.locator("strong").inner_text(): row.locator("small").inner_text() for row in rows}


# --- choosing, and what changes ---


def test_before_anything_is_changed_the_choice_is_the_plan(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_choice(page, tmp_path)
    assert status(page) == "text whatif_unchanged"
    assert figures(page) == UNCHANGED
    assert page.locator("#siting_whatif caption").first.inner_text() == "Hela området mot Förslag a"
    assert page.get_by_role("button", name="text undo").is_disabled()
    assert page.get_by_role("button", name="text reset").is_disabled()
    assert changes(page) == {}
    assert not page.locator(".banner").is_visible()
    assert page.evaluate("location.hash") == ""
    assert page.problems == []


def test_a_satellite_chosen_in_the_list_changes_figures_map_and_what_is_said(
    chromium_page: Page, tmp_path: Path
) -> None:
    page, scene = chromium_page, make_choice_scene()
    open_choice(page, tmp_path, scene)
    assert page.locator("#siting_whatif summary small").all_inner_texts() == ["1 av 2", "0 av 2"]
    choose_in_list(page, 3, SATELLITE)
    assert figures(page) == WITH_SATELLITE
    assert page.locator("#siting_whatif [role=status]").first.get_attribute("class") == "status"
    assert status(page) == (
        "Sammanvägd tid: 23,8 min (−6,3 min). Inom 30 sammanvägda minuter: 81 % (+18,8 enheter). "
        "Längst väg: Orsa 29 min (−11,3 min). Kostnad: 3,00 Mkr (+1,00 Mkr)"
    )
    assert changes(page) == {"Mottagning s3": "Stängd → Närmottagning, 5 dagar"}
    assert page.locator("#siting_whatif summary small").all_inner_texts() == ["1 av 2", "1 av 2"]
    focus = page.evaluate("[document.activeElement.name, document.activeElement.value]")
    assert focus == ["role_list_3", SATELLITE]
    assert page.locator(".banner").is_visible()
    assert page.locator(".site .satellite").count() == 1
    show(page, "coverage")
    both, near = (legend_colours(page)[f"text coverage_{name}"] for name in ("both", "near"))
    colours = cell_colours(page, scene)
    assert (colours.count(both), colours.count(near)) == (10, 6)
    show(page, "difference")
    gained, same = (legend_colours(page)[f"text {name}"] for name in ("much_shorter", "unchanged"))
    far = CELL_COLUMN + CELL_ROW > 3  # four steps become two, five one, six none
    assert cell_colours(page, scene) == np.where(far, gained, same).tolist()
    assert page.problems == []


def test_each_municipality_has_its_mean_before_and_now(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_choice(page, tmp_path)
    choose_in_list(page, 3, SATELLITE)
    page.locator("#siting_whatif details.areas summary").click()
    rows = page.locator("#siting_whatif details.areas tbody tr").all()
    told = [[plain(text) for text in row.locator("th, td").all_inner_texts()] for row in rows]
    assert told == [
        ["Mora", "20", "19", "−1", "88 % → 94 %"],  # 7 of 8 cells to the main, 8 of 8 to the nearest
        ["Orsa", "40", "29", "−11", "38 % → 69 %"],  # 3 of 8 to the main, 8 of 8 to the nearest
    ]


def test_waiting_counts_in_the_combined_time_but_not_in_the_travel_time(
    chromium_page: Page, tmp_path: Path
) -> None:
    """Open a day a week counts ten minutes: 34 steps for the near visits, 28 of them travelled."""
    page = chromium_page
    open_choice(page, tmp_path)
    choose_in_list(page, 3, ONE_DAY)
    told = figures(page)
    assert told["Sammanvägd tid"] == ("30,0 min", "25,6 min", "−4,4 min")
    assert told["Kostnad"] == ("2,00 Mkr", "2,30 Mkr", "+0,30 Mkr")
    assert told["Tjänster"] == ("1,0", "1,1", "+0,1")


def test_a_role_chosen_on_the_marker_counts_and_the_card_stays_open(
    chromium_page: Page, tmp_path: Path
) -> None:
    page = chromium_page
    open_choice(page, tmp_path)
    page.locator(".site[aria-label*='Mottagning s3,'] .symbol").click()
    card = page.locator(".leaflet-popup .card")
    assert card.locator("legend").inner_text() == "Mottagning s3 ska vara"
    assert card.locator("fieldset label").all_inner_texts() == [
        "Stängd",
        "Huvudmottagning, 5 dagar",
        "Närmottagning, 5 dagar",
        "Närmottagning, 1 dag",
        "Besöksplats, varannan vecka *",
    ]
    assert card.get_by_text("* inte i scenariot").is_visible()
    card.get_by_label("Närmottagning, 5 dagar").click()
    assert figures(page) == WITH_SATELLITE
    assert page.locator(".leaflet-popup .card input:checked").get_attribute("value") == SATELLITE
    assert page.evaluate("document.activeElement.name") == "role_map_3"
    page.keyboard.press("Escape")
    expect(page.locator(".card")).to_have_count(0)
    assert "Mottagning s3" in page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")
    assert page.problems == []


def test_in_other_tabs_a_card_offers_no_choice(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_choice_scene())
    page.locator(".site[aria-label*='Mottagning s3,'] .symbol").click()
    assert page.locator(".card fieldset").count() == 0


def test_the_choice_is_on_the_map_only_while_its_tab_is_open(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_choice(page, tmp_path)
    choose_in_list(page, 3, SATELLITE)
    page.get_by_role("tab", name="Planen").click()
    assert page.locator(".site .satellite").count() == 0
    assert not page.locator(".banner").is_visible()
    page.get_by_role("tab", name="Tänk om").click()
    assert page.locator(".site .satellite").count() == 1
    assert figures(page) == WITH_SATELLITE


# --- going back ---


def test_undo_goes_back_one_step_at_a_time(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    undo = page.get_by_role("button", name="text undo")
    open_choice(page, tmp_path)
    choose_in_list(page, 3, SATELLITE)
    choose_in_list(page, 1, ONE_DAY)
    assert set(changes(page)) == {"Mottagning s1", "Mottagning s3"}
    undo.click()
    assert figures(page) == WITH_SATELLITE
    undo.click()
    assert figures(page) == UNCHANGED
    assert undo.is_disabled()
    assert page.evaluate("location.hash") == ""


def test_reset_goes_back_to_the_plan_and_can_be_undone(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_choice(page, tmp_path)
    choose_in_list(page, 3, SATELLITE)
    choose_in_list(page, 0, "closed")
    assert "Ingen huvudmottagning." in warnings(page)
    page.get_by_role("button", name="text reset").click()
    assert figures(page) == UNCHANGED
    page.get_by_role("button", name="text undo").click()
    assert set(changes(page)) == {"Mottagning s0", "Mottagning s3"}


def test_one_change_can_be_taken_back_without_the_others(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_choice(page, tmp_path)
    choose_in_list(page, 3, SATELLITE)
    choose_in_list(page, 1, ONE_DAY)
    page.get_by_role("button", name="Ta tillbaka Mottagning s1").click()
    assert changes(page) == {"Mottagning s3": "Stängd → Närmottagning, 5 dagar"}
    assert figures(page) == WITH_SATELLITE
    page.get_by_role("button", name="Ta tillbaka Mottagning s3").click()
    assert figures(page) == UNCHANGED


def test_each_plan_keeps_its_own_choice(chromium_page: Page, tmp_path: Path) -> None:
    """The tab, which stays open, tells of the plan that is chosen now, held against that plan."""
    page = chromium_page
    scene = make_choice_scene(plans=(make_choice_plan("a"), make_choice_plan("b", main=3)))
    open_choice(page, tmp_path, scene)
    choose_in_list(page, 3, SATELLITE)
    page.locator("input[name=plan]").nth(1).check()
    assert page.locator("#siting_whatif caption").first.inner_text() == "Hela området mot Förslag b"
    assert changes(page) == {}
    assert figures(page)["Längst väg"] == ("Mora 40 min", "Mora 40 min", "±0 min")
    assert page.get_by_role("button", name="text undo").is_disabled()
    assert page.evaluate("location.hash") == ""
    choose_in_list(page, 0, SATELLITE)
    assert figures(page)["Sammanvägd tid"] == ("30,0 min", "23,8 min", "−6,3 min")
    page.locator("input[name=plan]").nth(0).check()
    assert changes(page) == {"Mottagning s3": "Stängd → Närmottagning, 5 dagar"}
    assert figures(page) == WITH_SATELLITE
    page.get_by_role("button", name="text undo").click()
    assert figures(page) == UNCHANGED


def test_roles_tried_one_after_another_at_a_site_are_one_step_back(
    chromium_page: Page, tmp_path: Path
) -> None:
    page = chromium_page
    open_choice(page, tmp_path)
    choose_in_list(page, 3, MAIN)
    page.keyboard.press("ArrowDown")
    assert figures(page) == WITH_SATELLITE
    page.get_by_role("button", name="text undo").click()
    assert figures(page) == UNCHANGED


# --- what is warned of ---


@pytest.mark.parametrize(
    ("limits", "choice", "said"),
    [
        ({}, {3: SATELLITE}, []),
        ({"most_sek_per_year": 2.9e6}, {3: SATELLITE}, ["Dyrare än 2,90 Mkr."]),
        ({"most_sek_per_year": 3.0e6}, {3: SATELLITE}, []),
        ({"most_full_time_posts": 1.4}, {3: SATELLITE}, ["Mer än 1,4 tjänster."]),
        ({"most_full_time_posts": 1.5}, {3: SATELLITE}, []),
        ({"link_minutes": 59.0}, {3: SATELLITE}, ["Mer än 59 minuter bort: Mottagning s3."]),
        ({"link_minutes": 60.0}, {3: SATELLITE}, []),
        ({"place_in": ("Mora", "Orsa")}, {1: SATELLITE}, []),
        ({"place_in": ("Mora", "Orsa")}, {2: STOP}, ["Enkla turer.", "Utan plats: Orsa."]),
        ({"counts": {"main": (1, 1), "satellite": (0, 1)}}, {3: SATELLITE}, []),
        ({"counts": {"satellite": (2, 2)}}, {3: SATELLITE}, ["2 närmottagningar, inte 1."]),
        ({"counts": {"satellite": (2, 4)}}, {3: SATELLITE}, ["2–4 närmottagningar, inte 1."]),
        ({"counts": {"satellite": (0, 0)}}, {3: SATELLITE}, ["0 närmottagningar, inte 1."]),
        ({"has_capacity": True}, {}, ["Kapacitet räknas inte."]),
        ({}, {1: MAIN}, ["Inte tillåtet: Mottagning s1."]),
        ({}, {0: SATELLITE}, ["Ingen huvudmottagning."]),
    ],
)
def test_rules_that_the_choice_breaks_are_told(
    chromium_page: Page,
    tmp_path: Path,
    limits: Mapping[str, object],
    choice: Mapping[int, str],
    said: Sequence[str],
) -> None:
    plan = make_choice_plan(rules=make_rules(**limits))
    open_choice(chromium_page, tmp_path, make_choice_scene(plans=(plan,)))
    for site, offer in choice.items():
        choose_in_list(chromium_page, site, offer)
    assert warnings(chromium_page) == said
    assert chromium_page.problems == []


def test_visits_without_a_main_are_not_served_and_the_mean_is_of_the_served(
    chromium_page: Page, tmp_path: Path
) -> None:
    page = chromium_page
    open_choice(page, tmp_path)
    choose_in_list(page, 0, SATELLITE)
    told = figures(page)
    assert told["Får kontakt"] == ("100 %", "50 %", "−50,0 enheter")
    assert told["Sammanvägd tid, mötta"] == ("30,0 min", "30,0 min", "–")  # of others: no better, no worse
    assert told["Längst väg, mötta"] == ("Orsa 40 min", "Orsa 40 min", "–")
    assert told["Inom 30 sammanvägda minuter"] == ("63 %", "31 %", "−31,3 enheter")
    assert "Får kontakt: 50 % (−50,0 enheter)" in status(page)


def test_digital_contact_is_taken_where_it_is_felt_as_nearer(chromium_page: Page, tmp_path: Path) -> None:
    """Near visits from 5 and 6 steps away, 3 of 16 cells, go to digital contact at 45 minutes: 455 / 16."""
    page = chromium_page
    felt = make_rules(digital_minutes={"near": 45.0, "main": None})
    plan = make_choice_plan(rules=felt)
    open_choice(page, tmp_path, make_choice_scene(plans=(plan,)))
    told = figures(page)
    assert told["Digitalt"][0] == "9 %"  # 3 of 32 visits
    assert told["Sammanvägd tid"][0] == "29,2 min"  # (28.4375 + 30) / 2
    assert told["Medelrestid"][0] == "27,6 min"  # 320 + 480 minutes of 29 visits
    choose_in_list(page, 3, SATELLITE)
    assert figures(page)["Digitalt"] == ("9 %", "0 %", "−9,4 enheter")


# --- the list of sites ---


def visible_sites(page: Page) -> list[str]:
    return page.locator("#siting_whatif details:not(.areas) li:visible strong").all_inner_texts()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("orsa", ["Mottagning s1", "Mottagning s3"]),
        ("  S2 ", ["Mottagning s2"]),
        ("ungdoms", ["Mottagning s0", "Mottagning s2", "Mottagning s1", "Mottagning s3"]),
        ("finns inte", []),
    ],
)
def test_the_list_can_be_searched(chromium_page: Page, tmp_path: Path, asked: str, found: list[str]) -> None:
    page = chromium_page
    open_choice(page, tmp_path)
    assert visible_sites(page) == []  # folded by municipality
    page.get_by_label(TEXTS["search_sites"]).fill(asked)
    assert visible_sites(page) == found
    assert page.get_by_text(f"{len(found)} hittade", exact=True).get_attribute("role") == "status"


def test_a_search_is_kept_when_a_role_is_chosen(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_choice(page, tmp_path)
    page.get_by_label(TEXTS["search_sites"]).fill("s3")
    choose_in_list(page, 3, SATELLITE)
    assert visible_sites(page) == ["Mottagning s3"]
    assert page.locator("#siting_site_3 small").inner_text() == "Närmottagning, 5 dagar · Ungdomsmottagning"


def test_the_tables_say_by_municipality_who_gains_and_loses_between_plans(
    chromium_page: Page, tmp_path: Path
) -> None:
    """With the main at the corner of Mora it has 20 minutes and Orsa 40; at that of Orsa the other way."""
    page = chromium_page
    scene = make_choice_scene(plans=(make_choice_plan("a"), make_choice_plan("b", main=3)))
    open_choice(page, tmp_path, scene)
    page.locator("#siting_tab_tables").click()
    table = page.locator("#siting_tables table").last
    rows = [row.locator("th, td").all_inner_texts()[:4] for row in table.locator("tbody tr").all()]
    assert rows == [["Mora", "40", "20", "−20"], ["Orsa", "20", "40", "+20"]]
    assert table.locator("thead th").all_inner_texts()[1:3] == ["Förslag b", "Förslag a"]
    page.locator("input[name=plan]").nth(1).check()
    rows = [row.locator("th, td").all_inner_texts()[:4] for row in table.locator("tbody tr").all()]
    assert rows == [["Mora", "20", "40", "+20"], ["Orsa", "40", "20", "−20"]]
    assert page.problems == []
