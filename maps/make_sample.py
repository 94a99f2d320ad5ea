"""Remake maps/sample-map.png: run a scenario and take a picture of its map in a real Chromium."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import siting

SCENARIO = "north-two-teams"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")

with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
    page_file = siting.write(siting.run(SCENARIO), folder) / "map.html"
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 1280, "height": 860})
    page.goto(page_file.as_uri())
    page.wait_for_timeout(1000)
    page.screenshot(path=Path(__file__).with_name("sample-map.png"))
    browser.close()
