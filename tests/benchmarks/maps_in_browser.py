"""How large the interactive map is and how fast it opens, beside plain Folium's map of the same cells."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from meter import versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from playwright.sync_api import Browser, Page

    from siting.study import Outcome

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIX: Final = (
    *("today", "base", "two-mains", "two-mains-satellites", "two-mains-linked"),
    "satellites-everywhere",
)
TIMES: Final = 5
CLASS_UPPER_MINUTES: Final = (10.0, 20.0, 30.0, 45.0, 60.0)
CLASS_COLOURS: Final = ("#fcc02a", "#f58b47", "#dd5e66", "#b12a90", "#6a00a8", "#1b0a52", "#ffffff")
"""Of the classes, and of what has no way."""
OWN_MARK: Final = "siting-ready"
PEER_MARK: Final = "folium-ready"
NOTE_FIRST_FRAME: Final = """
window.seenAt = new Promise((tell) => {
    new PerformanceObserver((list) => {
        if (!list.getEntries().some(({ name }) => name === NAME)) return;
        requestAnimationFrame(() => requestAnimationFrame(() => tell(performance.now())));
    }).observe({ type: "mark", buffered: true });
});
"""


@dataclass(frozen=True)
class Opened:
    """What opening a page took, from the start of the navigation on."""

    ready_seconds: tuple[float, ...]  # until its script has drawn
    seen_seconds: tuple[float, ...]  # until the second frame after that: the browser has painted
    recount_milliseconds: tuple[float, ...]  # one what-if, where the page can do that


def siting_page(what: str) -> dict[str, Any]:
    """Draw siting's map of one of `outcomes_of` and open it."""
    import siting
    from siting.study import Alternatives, compare

    with tempfile.TemporaryDirectory() as folder:
        outcomes = outcomes_of(what, Path(folder))
        result: Outcome | Alternatives = outcomes[0] if len(outcomes) == 1 else compare(list(SIX))
        siting.write(result, Path(folder) / "out")
        path = Path(folder) / "out" / "map.html"
        return _answer(path, open_page(path, OWN_MARK), ("siting", "folium"))


def folium_page(what: str) -> dict[str, Any]:
    """Draw the same cells, classes and premises as a user of Folium would, and open that.

    Leaflet is in the page here too: from the network, where Folium takes it, it would come later still.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "folium.html"
        draw_with_folium(outcomes_of(what, Path(folder)), path)
        return _answer(path, open_page(path, PEER_MARK), ("folium",))


def outcomes_of(what: str, folder: Path) -> tuple[Outcome, ...]:
    """Give the outcomes of "county", "county x 6", or "made-up:CELLSxSITES"."""
    import siting

    if what == "county":
        return (siting.run("two-mains-satellites"),)
    if what == "county x 6":
        return tuple(siting.run(name) for name in SIX)
    from made_region import write_region

    n_cells, n_sites = (int(number) for number in what.removeprefix("made-up:").split("x"))
    return (siting.run(write_region(folder / "region", n_cells=n_cells, n_sites=n_sites)),)


def draw_with_folium(outcomes: tuple[Outcome, ...], path: Path) -> None:
    """One layer of squares a plan, the first shown, and a marker for each of the premises; no tiles."""
    import folium
    from branca.element import Element

    import siting

    leaflet = files("siting.present") / "vendor" / "leaflet"
    sites = siting.sites_layer(outcomes[0])
    drawn = folium.Map(
        tiles=None, location=[sites["latitude"].mean(), sites["longitude"].mean()], zoom_start=8
    )
    drawn.default_js, drawn.default_css = [], []
    for k, outcome in enumerate(outcomes):
        cells = siting.assignments_layer(outcome)[["near_minutes", "geometry"]].to_crs("EPSG:4326")
        shown = folium.FeatureGroup(name=outcome.scenario.title.sv, overlay=False, show=k == 0)
        folium.GeoJson(_coloured(cells), style_function=_style).add_to(shown)
        shown.add_to(drawn)
    for site in sites.to_dict("records"):
        # Folium's own pin would come from the network.
        icon = folium.DivIcon(html='<div style="background: #00424f; height: 12px; width: 12px"></div>')
        folium.Marker([site["latitude"], site["longitude"]], tooltip=site["name"], icon=icon).add_to(drawn)
    if len(outcomes) > 1:
        folium.LayerControl().add_to(drawn)
    page = drawn.get_root()
    for tag, name in (("style", "leaflet.css"), ("script", "leaflet.js")):
        content = (leaflet / name).read_text("utf-8")
        page.header.add_child(Element(f"<{tag}>{{% raw %}}{content}{{% endraw %}}</{tag}>"))
    # After Folium's own script, which it writes last of all.
    path.write_text(f'{page.render()}<script>performance.mark("{PEER_MARK}");</script>\n', encoding="utf-8")


def _coloured(cells: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    minutes = cells["near_minutes"].to_numpy()
    position = np.where(
        np.isnan(minutes), len(CLASS_COLOURS) - 1, np.searchsorted(CLASS_UPPER_MINUTES, minutes)
    )
    return cells.assign(colour=np.take(CLASS_COLOURS, position))


def _style(feature: dict[str, Any]) -> dict[str, Any]:
    return {"fillColor": feature["properties"]["colour"], "fillOpacity": 1, "weight": 0}


def open_page(path: Path, mark: str) -> Opened:
    """Open a page five times without network, each time in a new context; one time before does not count."""
    with _browser() as browser:
        found = [open_once(browser, path, mark) for _ in range(TIMES + 1)][1:]
    ready, seen, recounts = zip(*found, strict=True)
    return Opened(ready, seen, tuple(each for each in recounts if each is not None))


@contextmanager
def _browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        message = f"no Chromium found ({', '.join(BROWSERS)}); install one to measure maps"
        raise RuntimeError(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


def open_once(browser: Browser, path: Path, mark: str) -> tuple[float, float, float | None]:
    """Seconds until a script has set its mark, and until that is painted; milliseconds of a what-if."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
    page = context.new_page()
    page.add_init_script(NOTE_FIRST_FRAME.replace("NAME", f'"{mark}"'))
    page.goto(path.as_uri())
    seen = page.evaluate("window.seenAt")
    ready = page.evaluate(f'performance.getEntriesByName("{mark}")[0].startTime')
    recount = _recount(page)
    context.close()
    return ready / 1000, seen / 1000, recount


def _recount(page: Page) -> float | None:
    """Milliseconds of one what-if; None for a page that has none."""
    found: float | None = page.evaluate("window.sitingMap ? window.sitingMap.benchmark() : null")
    return found


def _answer(path: Path, opened: Opened, packages: tuple[str, ...]) -> dict[str, Any]:
    """Give the time until the page is painted: what a script has handed over still has to be drawn."""
    n_bytes = path.stat().st_size
    says = f"{n_bytes / 1e6:.2f} MB; its script done after {statistics.median(opened.ready_seconds):.2f} s"
    recount = opened.recount_milliseconds
    if recount:
        spread = f"{min(recount):.1f}-{max(recount):.1f}"
        says += f"; a what-if in {statistics.median(recount):.1f} ms ({spread})"
    return {
        "seconds": statistics.median(opened.seen_seconds),
        "repeats": list(opened.seen_seconds),
        "ready_seconds": list(opened.ready_seconds),
        "recount_milliseconds": list(recount),
        "bytes": n_bytes,
        "value": None,
        "says": says,
        "proven": True,
        "versions": versions(*packages),
    }
