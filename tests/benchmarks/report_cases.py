"""The forms of the report on six options of the embedded county, and a browser that prints the same page."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meter import Meter, versions

if TYPE_CHECKING:
    from siting.present.report_files import Form

Answer = dict[str, Any]
OPTIONS = (
    *("today", "base", "two-mains", "two-mains-satellites", "two-mains-six-satellites"),
    *("north-satellites", "satellites-everywhere"),
)
DAY = date(2026, 1, 1)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def forms(names: list[Form]) -> Answer:
    """siting.report: some forms on saved plans, which are read back and counted again (timed)."""
    from siting.present.report_files import ReportOrder, report

    with tempfile.TemporaryDirectory() as folder:
        saved = _saved(Path(folder))
        with Meter() as meter:
            report(saved, out=Path(folder) / "report", order=ReportOrder(day=DAY, forms=tuple(names)))
        size = sum(path.stat().st_size for path in (Path(folder) / "report").glob("report.*"))
    return _told(meter, size)


def printed() -> Answer:
    """Chromium prints the page of the report to a PDF; making the page is timed too."""
    from playwright.sync_api import sync_playwright

    from siting.present.report_files import ReportOrder, report

    with tempfile.TemporaryDirectory() as folder:
        saved, out = _saved(Path(folder)), Path(folder) / "report"
        with Meter() as meter:
            report(saved, out=out, order=ReportOrder(day=DAY, forms=("html",)))
            with sync_playwright() as playwright:
                path = next(filter(None, map(shutil.which, BROWSERS)))
                browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
                page = browser.new_page()
                page.goto((out / "report.html").as_uri())
                content = page.pdf(format="A4", tagged=True)
                browser.close()
    return _told(meter, len(content), "playwright")


def _saved(folder: Path) -> Path:
    from siting.present.files import write
    from siting.study import compare

    return Path(write(compare(OPTIONS), folder / "plans"))


def _told(meter: Meter, size: int, *others: str) -> Answer:
    found = versions("siting", "typst", *others)
    says = f"{size / 1e6:.1f} MB"
    return {**meter.costs(), "value": size / 1e6, "says": says, "proven": True, "versions": found}
