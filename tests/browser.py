"""What tests of pages share: an audit by axe-core, and a watch over what a name may set off."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
RUN_AXE = """async (tags) => {
    const options = { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], preload: false };
    return (await axe.run(document, options)).violations;
}"""
MOST_NODES_TOLD = 3  # a rule that fails on every row of a table is one mistake

RECORD_CALLS = """
window.hostileCalls = [];
for (const name of ["alert", "confirm", "prompt"]) {
    window[name] = (...words) => { window.hostileCalls.push(`${name}(${words.join(", ")})`); };
}
"""


@cache
def _axe_source() -> str:
    return AXE.read_text(encoding="utf-8")


def axe_violations(page: Page, *, tags: Sequence[str] = TAGS) -> list[str]:
    """What axe-core finds on the page as it stands now, a line for each rule.

    The debugger runs the script, not the page, so that the page's content security policy holds no less.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_axe_source())
    return [_told(finding) for finding in page.evaluate(RUN_AXE, list(tags))]


def assert_no_finding(page: Page) -> None:
    """Fail with every finding in full: what pytest shows of a list is cut."""
    found = axe_violations(page)
    assert not found, "\n" + "\n".join(found)


def _told(finding: dict[str, Any]) -> str:
    nodes = finding["nodes"]
    places = [
        f"{' '.join(map(str, node['target']))}: {' '.join(node['failureSummary'].split())}"
        for node in nodes[:MOST_NODES_TOLD]
    ]
    more = f" ... and {len(nodes) - MOST_NODES_TOLD} more" if len(nodes) > MOST_NODES_TOLD else ""
    return f"{finding['id']} ({finding['impact']}): {'; '.join(places)}{more}"


def record_calls(page: Page) -> None:
    """From the next page on, note every call of what a payload would call; see `calls_recorded`."""
    page.add_init_script(RECORD_CALLS)


def calls_recorded(page: Page) -> list[str]:
    """Calls since the page was opened."""
    found: list[str] = page.evaluate("window.hostileCalls")
    return found


def settle(page: Page) -> None:
    """Wait until what a name could have set off has happened: timers, image errors, two frames drawn."""
    page.evaluate(
        "() => new Promise((done) => setTimeout(() => "
        "requestAnimationFrame(() => requestAnimationFrame(done)), 50))"
    )
