"""What the tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import postgis_server
import pytest
import toy
from hypothesis import settings
from playwright.sync_api import Browser, Page, sync_playwright

import siting
from siting.cache import FOLDER_VARIABLE
from siting.dataset import Dataset, load_dataset
from siting.study import Outcome

settings.register_profile("siting", deadline=None)  # a busy machine is no fault
settings.load_profile("siting")

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_REQUIRED = "SITING_REQUIRE_BROWSER"


class WatchedPage:
    """A page without network; what goes wrong on it is gathered in `problems`."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on(
            "dialog", lambda dialog: (self.problems.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )
        page.on("request", lambda request: self._note_request(request.url))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.problems.append(f"console {kind}: {text}")

    def _note_request(self, url: str) -> None:
        if not url.startswith(("file:", "data:", "about:", "blob:")):
            self.problems.append(f"request: {url}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real headless Chromium; a test without one is skipped, unless SITING_REQUIRE_BROWSER is set."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        reason = f"no Chromium found ({', '.join(CHROMIUM_NAMES)}); install one to test the pages"
        if os.environ.get(BROWSER_REQUIRED):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def chromium_page(chromium: Browser) -> Iterator[Page]:
    """A page without network; `page.problems` gathers what goes wrong on it."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, offline=True)
    page = context.new_page()
    page.problems = WatchedPage(page).problems  # type: ignore[attr-defined]
    yield page
    context.close()


@pytest.fixture(scope="session")
def database() -> Iterator[postgis_server.Server]:
    """A real PostGIS server; a test without one is skipped, unless SITING_REQUIRE_POSTGIS is set."""
    with postgis_server.running() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def dalarna() -> Dataset:
    return load_dataset("dalarna")


@pytest.fixture(scope="session")
def base_outcome(dalarna: Dataset) -> Outcome:
    return siting.run("base", dataset=dalarna)


@pytest.fixture
def toy_folder(tmp_path: Path) -> Path:
    """A folder with the toy's dataset in data/."""
    toy.write_dataset(tmp_path / "data")
    return tmp_path
