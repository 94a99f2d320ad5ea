"""The map and the reports, audited by axe-core in a real browser (WCAG 2.1 A and AA, and good practice)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import by_hand
import pytest
from browser import assert_no_finding, axe_violations, settle
from playwright.sync_api import Page

from siting.present.map_scene import map_scene
from siting.present.maps import map_html
from siting.present.report import plan_html
from siting.present.reports.report import comparison_html
from siting.present.words import LANGUAGES, Language, Words
from siting.study import Outcome

pytestmark = pytest.mark.browser

WIDTHS = (1280, 400)
"""A desk and a telephone."""


@pytest.fixture
def teams(toy_folder: Path) -> Outcome:
    return by_hand.with_teams(toy_folder)


def six_plans(outcome: Outcome) -> tuple[Outcome, ...]:
    """The same plan under six names: as many as a comparison has letters and columns for in practice."""
    names = [f"{outcome.scenario.name}-{number}" for number in range(6)]
    return tuple(
        replace(outcome, scenario=outcome.scenario.model_copy(update={"name": name})) for name in names
    )


def open_map(
    page: Page, folder: Path, outcomes: tuple[Outcome, ...], *, width: int = 1280, language: Language = "sv"
) -> None:
    words = Words(language)
    html = map_html(map_scene(outcomes, words("report.plan_title"), words))
    page.set_viewport_size({"width": width, "height": 800})
    open_html(page, folder / "map.html", html)
    page.locator(".site .main").first.wait_for()
    settle(page)


def open_html(page: Page, path: Path, html: str) -> None:
    path.write_text(html, encoding="utf-8")
    page.goto(path.as_uri())


def unfold_panel(page: Page) -> None:
    """Open the panel where the page starts with it folded."""
    fold = page.locator("#siting_panel button.fold")
    if fold.get_attribute("aria-expanded") == "false":
        fold.click()


# --- the audit itself ---


def test_the_audit_finds_what_is_wrong(chromium_page: Page, tmp_path: Path) -> None:
    """A page with three mistakes: else a script that never ran would pass for a page without mistakes."""
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    page = '<img src="data:,"><p style="color: #aaa">pale</p><button></button>'
    open_html(chromium_page, tmp_path / "page.html", f"<!DOCTYPE html><head>{policy}</head>{page}")
    found = axe_violations(chromium_page)
    rules = {line.split()[0] for line in found}
    assert {"image-alt", "button-name", "html-has-lang", "document-title"} <= rules
    (line,) = (line for line in found if line.startswith("button-name"))
    assert line.startswith("button-name (critical): button: Fix any of the following:")


# --- the map ---


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("n_plans", [1, 6])
def test_the_map_has_no_finding(
    chromium_page: Page, tmp_path: Path, base_outcome: Outcome, n_plans: int, width: int
) -> None:
    outcomes = six_plans(base_outcome)[:n_plans]
    open_map(chromium_page, tmp_path, outcomes, width=width)
    assert_no_finding(chromium_page)
    unfold_panel(chromium_page)
    assert_no_finding(chromium_page)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_map_has_no_finding_in_any_view_and_any_tab(
    chromium_page: Page, tmp_path: Path, base_outcome: Outcome, teams: Outcome, width: int
) -> None:
    page, findings, n_seen = chromium_page, [], 0

    def audit(where: str) -> None:
        nonlocal n_seen
        n_seen += 1
        settle(page)
        findings.extend(f"{where}: {each}" for each in axe_violations(page))

    for name, outcomes in (("two plans", six_plans(base_outcome)[:2]), ("teams", (teams,))):
        open_map(page, tmp_path, outcomes, width=width)
        unfold_panel(page)
        views = page.locator("select[name=view]")
        for value in [each.get_attribute("value") for each in views.locator("option").all()]:
            views.select_option(value)
            audit(f"{name}, view {value}")
        for tab in page.get_by_role("tab").all():
            tab.click()
            audit(f"{name}, tab {tab.text_content()}")
    assert not findings, "\n" + "\n".join(findings)
    assert n_seen >= 12


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_map_of_a_plan_with_teams_has_no_finding(
    chromium_page: Page, tmp_path: Path, teams: Outcome, width: int, language: Language
) -> None:
    open_map(chromium_page, tmp_path, (teams,), width=width, language=language)
    unfold_panel(chromium_page)
    assert_no_finding(chromium_page)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("opener", [".visit:not(.tour)", ".visit.tour", "a square"])
def test_an_open_card_has_no_finding(
    chromium_page: Page, tmp_path: Path, teams: Outcome, opener: str, width: int
) -> None:
    page = chromium_page
    open_map(page, tmp_path, (teams,), width=width)
    if opener == "a square":
        box = page.locator(".folium-map").bounding_box()
        assert box
        # Between the roads' crossings, where the toy has squares and no marker.
        page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.4)
    else:
        page.locator(opener).first.dispatch_event("click")
    page.locator(".leaflet-popup .card").wait_for()
    page.wait_for_timeout(400)  # the card fades in, and half-faded words are pale
    assert_no_finding(page)


def test_the_map_has_no_finding_while_a_marker_tells_its_name(
    chromium_page: Page, tmp_path: Path, teams: Outcome
) -> None:
    open_map(chromium_page, tmp_path, (teams,))
    chromium_page.locator(".leaflet-marker-icon[tabindex]").last.focus()
    chromium_page.locator(".leaflet-tooltip").wait_for()
    chromium_page.wait_for_timeout(400)
    assert_no_finding(chromium_page)


@pytest.mark.parametrize("n_plans", [1, 6])
def test_the_map_on_paper_has_no_finding(
    chromium_page: Page, tmp_path: Path, base_outcome: Outcome, n_plans: int
) -> None:
    page = chromium_page
    open_map(page, tmp_path, six_plans(base_outcome)[:n_plans])
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    settle(page)
    assert_no_finding(page)


# --- the reports ---


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("which", ["base_outcome", "teams"])
def test_the_report_of_a_plan_has_no_finding(
    chromium_page: Page,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    *,
    which: str,
    language: Language,
    width: int,
) -> None:
    outcome: Outcome = request.getfixturevalue(which)
    chromium_page.set_viewport_size({"width": width, "height": 800})
    open_html(chromium_page, tmp_path / "report.html", plan_html(outcome, Words(language)))
    assert_no_finding(chromium_page)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_of_a_comparison_has_no_finding(
    chromium_page: Page, tmp_path: Path, toy_folder: Path, teams: Outcome, *, language: Language, width: int
) -> None:
    alternatives = by_hand.side_by_side(by_hand.with_satellites(toy_folder, A=2.0), teams)
    chromium_page.set_viewport_size({"width": width, "height": 800})
    open_html(chromium_page, tmp_path / "report.html", comparison_html(alternatives, Words(language)))
    assert_no_finding(chromium_page)


def test_the_report_on_paper_has_no_finding(
    chromium_page: Page, tmp_path: Path, base_outcome: Outcome
) -> None:
    open_html(chromium_page, tmp_path / "report.html", plan_html(base_outcome, Words("sv")))
    chromium_page.emulate_media(media="print")
    assert_no_finding(chromium_page)
