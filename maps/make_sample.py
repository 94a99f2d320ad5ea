"""Draw the sample pictures from the saved results in maps/samples, in a real Chromium; nothing is solved.

With --solve the saved results themselves are made anew first.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

import siting
from siting.present.files import write_map

if TYPE_CHECKING:
    from playwright.sync_api import Page

HERE = Path(__file__).resolve().parent
MAP_SCENARIO = "north-two-teams"
WHAT_IF_SCENARIO = "two-mains-satellites"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VIEWPORT = {"width": 1280, "height": 860}
DRAWN_MILLISECONDS = 1000


def saved_result(scenario: str) -> Path:
    """Name the saved result of an embedded scenario."""
    return HERE / "samples" / scenario / "plan.json"


def solve(scenario: str) -> None:
    """Answer a scenario anew, and keep its plan.json."""
    kept = saved_result(scenario)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        siting.write(siting.run(scenario), folder)
        shutil.copyfile(Path(folder) / kept.name, kept)


def open_map(page: Page, scenario: str, folder: Path) -> None:
    """Draw the map of a saved result, and open it."""
    file = write_map(siting.reopen(saved_result(scenario)), folder / f"{scenario}.html")
    page.goto(file.as_uri())
    page.wait_for_timeout(DRAWN_MILLISECONDS)


def picture_of_map(page: Page) -> None:
    """Take the picture of the README: the map as it opens."""
    page.screenshot(path=HERE / "sample-map.png")


def picture_of_what_if(page: Page) -> None:
    """Take the picture of a plan that a reader changed: the best single move, who gains and who loses."""
    page.get_by_role("tab", name="Tänk om?").click()
    page.locator("select[name=aim]").select_option(index=2)
    page.get_by_role("button", name="Sök bästa nästa steg").click()
    page.get_by_role("button", name="Pröva: Flytta").click()
    page.locator("select[name=view]").select_option("difference")
    page.locator("#siting_panel").evaluate("panel => panel.scrollTo(0, 0)")
    page.wait_for_timeout(DRAWN_MILLISECONDS)
    page.screenshot(path=HERE / "sample-what-if.png")


def main() -> None:
    """Make what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--solve", action="store_true", help="answer the scenarios anew first")
    if parser.parse_args().solve:
        for scenario in (MAP_SCENARIO, WHAT_IF_SCENARIO):
            solve(scenario)
    chromium = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport=VIEWPORT)
        open_map(page, MAP_SCENARIO, Path(folder))
        picture_of_map(page)
        open_map(page, WHAT_IF_SCENARIO, Path(folder))
        picture_of_what_if(page)
        browser.close()


if __name__ == "__main__":
    main()
