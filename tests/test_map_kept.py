"""A choice made in the map page, kept: in its address, and as a scenario file that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import toy
from map_by_hand import open_page
from map_choice_by_hand import choose_in_list, make_choice_plan, make_choice_scene, open_choice
from playwright.sync_api import Page, expect

from siting import study
from siting.errors import ScenarioError
from siting.plan import Status
from siting.present.map_scene import map_scene
from siting.present.maps import map_html
from siting.present.words import Words
from siting.scenario import Scenario
from siting.scenario_file import load
from siting.study import Outcome

pytestmark = pytest.mark.browser


def changed_places(page: Page) -> list[str]:
    section = page.locator("#siting_whatif").locator("section", has_text="text changes")
    return section.locator("li strong").all_inner_texts()


def mean_now(page: Page) -> str:
    cells = page.locator("#siting_whatif table").first.locator("tbody tr").first.locator("td")
    return cells.nth(1).inner_text().replace("\u00a0", " ")


def warnings(page: Page) -> list[str]:
    return page.locator("#siting_whatif .warning").all_inner_texts()


# --- in the address ---


def test_the_address_tells_the_choice_and_opens_it_again(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_choice(page, tmp_path)
    choose_in_list(page, 3, "satellite 1")
    choose_in_list(page, 2, "stop 0.5")
    fragment = page.evaluate("location.hash")
    assert fragment == "#plan=a&choice=s0:m5,s2:t0.5,s3:s1"
    assert page.get_by_label("text link", exact=True).input_value() == page.url
    mean = mean_now(page)
    page.goto("about:blank")
    open_page(page, tmp_path, make_choice_scene(), fragment=fragment)
    expect(page.get_by_role("tab", name="Tänk om")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".banner")).to_be_visible()
    assert changed_places(page) == ["Mottagning s2", "Mottagning s3"]
    assert mean_now(page) == mean
    assert page.evaluate("location.hash") == fragment
    assert page.problems == []


def test_an_address_pasted_into_the_open_page_is_followed(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_choice_scene())
    page.evaluate("location.hash = '#plan=a&choice=s3:m5'")
    expect(page.locator(".banner")).to_be_visible()
    assert changed_places(page) == ["Mottagning s0", "Mottagning s3"]


def test_the_address_says_which_plan_the_choice_began_from(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    scene = make_choice_scene(plans=(make_choice_plan("a"), make_choice_plan("b", main=3)))
    open_page(page, tmp_path, scene, fragment="#plan=b&choice=s0:s5,s3:m5")
    expect(page.locator("input[name=plan]").nth(1)).to_be_checked()
    expect(page.locator(".banner")).to_be_visible()
    assert changed_places(page) == ["Mottagning s0"]
    assert warnings(page) == []
    assert page.locator("#siting_whatif caption").first.inner_text() == "Hela området mot Förslag b"


def test_an_empty_choice_is_a_choice_too(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_choice_scene(), fragment="#plan=a&choice=")
    expect(chromium_page.locator(".banner")).to_be_visible()
    assert changed_places(chromium_page) == ["Mottagning s0"]
    assert mean_now(chromium_page) == "–"
    assert chromium_page.problems == []


@pytest.mark.parametrize(
    ("fragment", "unknown", "changed"),
    [
        ("#plan=a&choice=s0:m5,s9:s5,s3:s5", "s9:s5", ["Mottagning s3"]),  # no such site
        ("#plan=a&choice=s0:m5,s4:s5", "s4:s5", []),  # a companion is no candidate
        ("#plan=a&choice=s0:m5,s3:s4", "s3:s4", []),  # never open four days
        ("#plan=a&choice=s0:m5,s3:x5", "s3:x5", []),
        ("#plan=a&choice=s0:m5,s3", "s3", []),
        ("#plan=a&choice=s0:m5,constructor:m5", "constructor:m5", []),
        ("#plan=z&choice=s0:m5,s3:s5", "z", ["Mottagning s3"]),
        ("#choice=s0:m5,%E0%A4%A:s5,s3:s5", ", %E0%A4%A:s5", ["Mottagning s3"]),
        ("#plan=a&choice=s0:m5,%3Cimg%20src=x%3E:s5", "<img src", []),
    ],
)
def test_what_an_address_names_that_is_not_here_is_said(
    chromium_page: Page, tmp_path: Path, fragment: str, unknown: str, changed: list[str]
) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_choice_scene(), fragment=fragment)
    expect(page.locator("#siting_whatif .warning").last).to_be_visible()
    assert warnings(page)[-1] == f"Okänt: {unknown}."
    assert changed_places(page) == changed
    assert page.locator("img:not(.leaflet-tile)").count() == 0
    assert page.problems == []


def test_another_fragment_changes_nothing(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_choice_scene(), fragment="#plan=a")
    assert page.get_by_role("tab", name="Planen").get_attribute("aria-selected") == "true"
    assert page.problems == []


def test_a_map_that_cannot_be_counted_takes_no_notice_of_a_choice(
    chromium_page: Page, tmp_path: Path
) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_choice_scene(what_if=None), fragment="#plan=a&choice=s3:m5")
    page.wait_for_timeout(200)
    assert page.locator(".site .main").count() == 1
    assert not page.locator(".banner").is_visible()
    assert page.problems == []


def test_the_link_is_copied_or_selected_to_be_copied(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_choice(page, tmp_path)
    choose_in_list(page, 3, "satellite 5")
    page.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }")
    page.get_by_role("button", name="text copy_link").click()
    expect(page.locator("[role=status]", has_text="text link_copied")).to_be_visible()
    assert page.evaluate("window.copied") == page.url
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')); }")
    page.get_by_role("button", name="text copy_link").click()
    link = page.get_by_label("text link", exact=True)
    expect(link).to_be_focused()
    assert link.evaluate("field => field.selectionEnd - field.selectionStart") == len(page.url)


# --- as a scenario file ---


def save(page: Page, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=Words("sv")("map.save_scenario")).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def open_outcome(page: Page, folder: Path, *outcomes: Outcome) -> None:
    path = folder / "map.html"
    path.write_text(map_html(map_scene(outcomes, "Karta", Words("sv"))), encoding="utf-8")
    page.set_default_timeout(10_000)
    page.goto(path.as_uri())
    page.locator("#siting_tab_whatif").click()
    page.locator("#siting_whatif table").first.wait_for()


def county_mean(page: Page, sites: list[list[Any]]) -> float:
    """The mean that the page counts for a choice."""
    mean: float = page.evaluate("sites => sitingMap.evaluate(sites).then(({ county }) => county.mean)", sites)
    return mean


def opened(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    given = scenario.choice.given
    assert given is not None
    return {"main": given.main, "satellite": given.satellite, "stop": given.stop}


def test_a_kept_choice_runs_and_gives_the_figures_of_the_page(chromium_page: Page, toy_folder: Path) -> None:
    """On the toy all youths are whole fives, so the page's figures are those of the run."""
    page = chromium_page
    outcome = study.run(toy.write_scenario(toy_folder, roles={"satellite": {"days_per_week": [5, 1]}}))
    open_outcome(page, toy_folder, outcome)
    for site in range(4):
        choose_in_list(page, site, "main 5" if site == 3 else "closed")
    choose_in_list(page, 0, "satellite 1")
    path = save(page, toy_folder)
    assert path.name == "toy-own.yaml"
    kept = load(path)
    assert kept.name == "toy-own"
    assert opened(kept) == {"main": ("D",), "satellite": ("A",), "stop": ()}
    assert kept.choice.given is not None
    assert kept.choice.given.days_per_week == {"A": 1.0, "D": 5.0}
    assert (kept.title.sv, kept.title.en) == ("Eget val på kartan", "Own choice on the map")
    run = study.run(path)
    assert run.plan.status is Status.GIVEN
    assert (run.plan.main, run.plan.satellite) == (("D",), ("A",))
    page_mean = county_mean(page, [["A", "satellite", 1], ["D", "main", 5]])
    assert page_mean == pytest.approx(run.evaluation.county.overall.mean_generalised_minutes, abs=1e-9)
    assert page.problems == []


def test_a_choice_kept_beside_a_given_plan_takes_its_days_back(chromium_page: Page, toy_folder: Path) -> None:
    """The parent gives A two days a week; the choice closes A, and its file must not speak of A's days."""
    page = chromium_page
    given = {"main": ["B"], "satellite": ["A"], "days_per_week": {"B": 5, "A": 2}}
    choice = {"n_main": 1, "n_satellites": 1, "given": given}
    roles = {"satellite": {"days_per_week": [5, 2]}}
    outcome = study.run(toy.write_scenario(toy_folder, "today", choice=choice, roles=roles))
    open_outcome(page, toy_folder, outcome)
    choose_in_list(page, 0, "closed")
    kept = load(save(page, toy_folder))
    assert opened(kept) == {"main": ("B",), "satellite": (), "stop": ()}
    assert kept.choice.given is not None
    assert kept.choice.given.days_per_week == {"B": 5.0}


def test_a_choice_kept_beside_the_second_plan_extends_its_file(chromium_page: Page, toy_folder: Path) -> None:
    page = chromium_page
    first = study.run(toy.write_scenario(toy_folder, "first"))
    second = study.run(toy.write_scenario(toy_folder, "second", choice={"n_main": 1, "n_satellites": 2}))
    open_outcome(page, toy_folder, first, second)
    page.locator("input[name=plan]").nth(1).check()
    choose_in_list(page, 3, "closed")
    path = save(page, toy_folder)
    assert path.name == "second-own.yaml"
    assert 'extends: "second.yaml"' in path.read_text(encoding="utf-8")
    assert "D" not in sum(opened(load(path)).values(), ())


def test_a_kept_choice_beside_another_scenario_of_the_same_name_is_refused(
    chromium_page: Page, toy_folder: Path
) -> None:
    page = chromium_page
    outcome = study.run(toy.write_scenario(toy_folder))
    open_outcome(page, toy_folder, outcome)
    choose_in_list(page, 0, "closed")
    path = save(page, toy_folder)
    toy.write_scenario(toy_folder, access={"waiting_minutes_per_day": 3})
    with pytest.raises(ScenarioError, match="is another scenario than this file was made for"):
        load(path)
