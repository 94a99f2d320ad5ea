"""A whole run whose names are payloads: from tables and scenarios to map and reports in a real browser.

Beside it the same run goes with harmless names of the same length. A page on which a name had become markup
would hold elements that its harmless twin does not.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import by_hand
import pytest
import toy
from browser import calls_recorded, record_calls, settle
from playwright.sync_api import Locator, Page
from ruamel.yaml import YAML
from test_dataset import reseal

import siting
from siting import study
from siting.errors import DatasetError, InputError, ScenarioError
from siting.present.files import write
from siting.scenario_file import load

PAYLOADS = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "${alert(1)}",
    "`",
    "{{7*7}}",
    '" onfocus="alert(1)" autofocus=\'',
    "<!--<script>",
    "</title></style></textarea>&lt;b&gt;",
)
PAYLOAD = "".join(PAYLOADS)
HARMLESS = "x" * len(PAYLOAD)
MUNICIPALITIES = {"01": "Väst", "02": "Öst"}
MOST_CLICKS = 60

Namer = Callable[[str], str]


def hostile(name: str) -> str:
    """Keep names apart, so that a page can be asked for each."""
    return f"{name} {PAYLOAD}"


def harmless(name: str) -> str:
    return f"{name} {HARMLESS}"


# --- a region and scenarios with names of one's choice ---


def rewrite(folder: Path, table: str, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [change(row) for row in csv.DictReader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    reseal(folder, table)


def edit_manifest(folder: Path, change: Callable[[Any], None]) -> None:
    yaml = YAML()
    path = folder / "dataset.yaml"
    manifest = yaml.load(path.read_text(encoding="utf-8"))
    change(manifest)
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(manifest, file)


def text_column(**more: Any) -> dict[str, Any]:
    return {"type": "text", "meaning": "x", "quality": "published", **more}


def number_column(kind: str = "number") -> dict[str, Any]:
    return {"type": kind, "unit": "1", "meaning": "x", "quality": "published"}


def add_table(folder: Path, name: str, file: str, *, content: str, columns: dict[str, Any]) -> None:
    """Add a table of two rows."""
    (folder / file).write_text(content, encoding="utf-8", newline="\n")

    def change(manifest: Any) -> None:
        entry = dict(manifest["tables"]["municipalities"])
        manifest["tables"][name] = entry | {"file": file, "rows": 2, "columns": columns}

    edit_manifest(folder, change)
    reseal(folder, name)


def add_localities(folder: Path, named: Namer) -> None:
    columns = {
        "locality_id": text_column(key=True),
        "name": text_column(),
        "lat": number_column(),
        "lon": number_column(),
        "population": number_column("integer"),
        "is_place_name": number_column("integer"),
    }
    lines = [",".join(columns)]
    for place, (column, row) in {"L1": (1, 1), "L2": (3, 3)}.items():
        lon, lat = toy.lon_lat(column, row)
        quoted = named(f"Ort {place}").replace('"', '""')
        lines.append(f'{place},"{quoted}",{lat:.6f},{lon:.6f},500,1')
    add_table(folder, "localities", "localities.csv", content="\n".join(lines) + "\n", columns=columns)


def add_borders(folder: Path, named: Namer) -> None:
    features = []
    for code, (west, east) in {"01": (-0.5, 1.5), "02": (1.5, 4.5)}.items():
        ring = [toy.lon_lat(*corner) for corner in ((west, -0.5), (east, -0.5), (east, 4.5), (west, 4.5))]
        geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        properties = {"code": code, "name": named(MUNICIPALITIES[code])}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    content = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    columns = {
        "code": text_column(key=True, references="municipalities.code"),
        "name": text_column(key=True),
    }
    add_table(
        folder, "municipality_borders", "municipality_borders.geojson", content=content, columns=columns
    )


def name_dataset(folder: Path, named: Namer) -> None:
    """Give the toy's dataset names by `named` in every column and entry that readers see."""
    data = folder / "data"
    add_localities(data, named)
    add_borders(data, named)
    rewrite(data, "municipalities", lambda row: {**row, "name": named(row["name"])})
    rewrite(
        data,
        "sites",
        lambda row: {
            **row,
            "name": named(row["name"]),
            "kind": named("Slag") if row["site_id"] in "CE" else row["kind"],
            "status": named("status"),
        },
    )

    def change(manifest: Any) -> None:
        manifest["name"] = named("toy")
        manifest["title"] = {"sv": named("Leklandet"), "en": named("Toyland")}
        manifest["population_year"] = named("år")
        manifest["notes"] = [{"sv": named("anmärkning"), "en": named("note")}]
        for table in manifest["tables"].values():
            for key in ("source", "date"):
                table[key] = named(key)
            table["licence"] = named("© licens")

    edit_manifest(data, change)


def write_scenarios(folder: Path, named: Namer) -> tuple[Path, Path]:
    """Write one scenario with a team and one with satellites."""
    groups = {
        key: {
            "title": {"sv": named(f"Grupp {key}"), "en": named(f"Group {key}")},
            "prevalence": 0.25,
            "visits_per_person_per_year": 2,
            "share_of_visits_needing_main": 0.5,
            "basis": {"prevalence": {"sv": named("grund"), "en": named("basis")}},
        }
        for key in ("some", "others")
    }
    kinds = [*by_hand.KINDS, named("Slag")]
    sections = {
        **by_hand.SECTIONS,
        "demand": {"risk_groups": groups},
        "sites": {"hosts": dict.fromkeys(("main", "satellite", "stop"), kinds)},
    }
    limits = [{"municipality": named("Väst"), "mean_minutes": 60}]
    common = {"n_main": 1, "required": {"main": ["B"]}, "municipality_limits": limits}
    with_team = {"n_satellites": 0, "n_stops": {"minimum": 2, "maximum": 3}, "n_teams": 1}
    without = {"n_satellites": 2, "n_stops": 0, "n_teams": 0}
    first, second = (
        toy.write_scenario(
            folder,
            name,
            **sections
            | {
                "title": {"sv": named(title), "en": named(title)},
                "question": {"sv": named("Fråga"), "en": named("Question")},
                "choice": {**common, **choice},
            },
        )
        for name, title, choice in (("team", "Team", with_team), ("satellites", "Satelliter", without))
    )
    return first, second


def draw(folder: Path, named: Namer) -> Path:
    """Run everything; the pages of the plan and of the comparison lie in the folder that is returned."""
    toy.write_dataset(folder / "data")
    name_dataset(folder, named)
    team, satellites = write_scenarios(folder, named)
    write(siting.run(team), folder / "plan")
    write(study.compare([team, satellites]), folder / "comparison")
    return folder


@pytest.fixture(scope="module")
def hostile_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("hostile"), hostile)


@pytest.fixture(scope="module")
def harmless_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("harmless"), harmless)


# --- what a page did ---


def open_watched(page: Page, path: Path) -> None:
    record_calls(page)
    page.goto(path.as_uri())
    if path.name == "map.html":
        page.locator(".site .main").first.wait_for()
    settle(page)


def tags(page: Page) -> Counter[str]:
    """How many elements of each kind the page holds."""
    return Counter(page.evaluate("[...document.querySelectorAll('*')].map((each) => each.localName)"))


def assert_nothing_happened(page: Page) -> None:
    settle(page)
    assert calls_recorded(page) == []
    assert page.problems == []  # type: ignore[attr-defined]
    assert page.locator("img, iframe, object, embed, textarea:not([class])").count() == 0
    assert page.locator("[onerror], [onfocus], [autofocus]").count() == 0
    assert "49" not in page.title()


def assert_shown(text: str | None, *names: str) -> None:
    assert text is not None
    missing = [name for name in names if hostile(name) not in text]
    assert missing == []


# --- the reports ---

IN_EVERY_REPORT = (
    *("Leklandet", "Väst", "Öst", "Place A", "Place B", "Grupp some", "Grupp others", "Fråga"),
    *("anmärkning", "source", "date", "© licens", "grund", "Slag"),
)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("which", "titles"),
    [("plan", ("Team",)), ("comparison", ("Team", "Satelliter"))],
    ids=["plan", "comparison"],
)
def test_a_report_shows_names_as_text(
    chromium_page: Page, hostile_pages: Path, harmless_pages: Path, which: str, titles: tuple[str, ...]
) -> None:
    page = chromium_page
    open_watched(page, harmless_pages / which / "report.html")
    expected = tags(page)
    open_watched(page, hostile_pages / which / "report.html")
    assert_nothing_happened(page)
    assert tags(page) == expected
    assert page.locator("script").count() == 0
    assert_shown(page.locator("body").text_content(), *IN_EVERY_REPORT, *titles)
    assert hostile("Leklandet") in page.title()
    labels = page.evaluate(
        "[...document.querySelectorAll('svg[role=img]')].map((each) => each.getAttribute('aria-label'))"
    )
    assert_shown("".join(labels), "Leklandet", "Öst")


# --- the map ---


def panel_text(page: Page) -> str | None:
    return page.locator("#siting_panel").text_content()


@pytest.mark.browser
@pytest.mark.parametrize("which", ["plan", "comparison"])
def test_a_map_opens_with_names_as_text(
    chromium_page: Page, hostile_pages: Path, harmless_pages: Path, which: str
) -> None:
    page = chromium_page
    open_watched(page, harmless_pages / which / "map.html")
    expected = tags(page)
    open_watched(page, hostile_pages / which / "map.html")
    assert_nothing_happened(page)
    assert tags(page) == expected
    titles = ["Team", "Satelliter"] if which == "comparison" else ["Team"]
    assert_shown(panel_text(page), *titles, "Place B", "Öst", "anmärkning")
    assert_shown(page.locator(".attribution").text_content(), "© licens")
    names = [name.text_content() for name in page.locator(".name:not(.of-tour)").all()]
    assert hostile("Ort L1") in names
    assert all(PAYLOAD in str(name) for name in names)
    for marker in page.locator(".leaflet-marker-icon.site").all():
        assert PAYLOAD in str(marker.get_attribute("aria-label"))


@pytest.mark.browser
def test_cards_tooltips_and_tours_show_names_as_text(chromium_page: Page, hostile_pages: Path) -> None:
    page = chromium_page
    open_watched(page, hostile_pages / "plan" / "map.html")
    page.locator(".visit:not(.tour)", has_text="Place B").first.dispatch_event("click")
    card = page.locator(".leaflet-popup .card").last
    assert_shown(card.text_content(), "Place B", "Öst")
    assert page.locator(".leaflet-popup").last.get_attribute("aria-label") == hostile("Place B")
    page.keyboard.press("Escape")

    page.locator(".visit.tour").first.dispatch_event("click")
    stops = [name for name in ("Place A", "Place C", "Place D") if hostile(name) in str(card.text_content())]
    assert stops
    assert PAYLOAD in str(page.locator(".visit.tour").first.text_content())
    assert_shown(panel_text(page), "Place B", *stops)
    page.locator(".leaflet-tours-pane .leaflet-interactive").first.dispatch_event("mouseover")
    page.locator(".leaflet-tooltip").last.wait_for()
    assert PAYLOAD in str(page.locator(".leaflet-tooltip").last.text_content())
    page.keyboard.press("Escape")

    page.locator(".leaflet-marker-icon[tabindex]").first.focus()
    page.locator(".leaflet-tooltip strong", has_text=PAYLOADS[0]).wait_for()
    told = page.locator(".leaflet-tooltip strong", has_text=PAYLOADS[0]).first.text_content()
    assert str(told).endswith(PAYLOAD)
    assert_nothing_happened(page)


@pytest.mark.browser
def test_a_closed_place_and_a_companion_tell_their_names_as_text(
    chromium_page: Page, hostile_pages: Path
) -> None:
    page = chromium_page
    open_watched(page, hostile_pages / "comparison" / "map.html")
    hidden_layers = "#siting_panel .key input:not(:checked)"
    page.evaluate("(boxes) => document.querySelectorAll(boxes).forEach((box) => box.click())", hidden_layers)
    told = []
    for marker in page.locator(".leaflet-marker-icon.site").all():
        marker.dispatch_event("click")
        told.append(str(page.locator(".leaflet-popup .card").last.text_content()))
        page.keyboard.press("Escape")
    assert_shown("\n".join(told), "Place A", "Place B", "Place C", "Place D", "Place E", "Slag", "Väst")
    assert_nothing_happened(page)


@pytest.mark.browser
def test_a_square_tells_its_municipality_and_its_reception_as_text(
    chromium_page: Page, hostile_pages: Path
) -> None:
    page = chromium_page
    open_watched(page, hostile_pages / "plan" / "map.html")
    box = page.locator(".folium-map").bounding_box()
    assert box
    card = page.locator(".leaflet-popup .card")
    for across in (0.36, 0.42, 0.48, 0.54, 0.6):
        page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * 0.42)
        if card.count() and "Place" in str(card.last.text_content()):
            break
    text = str(card.last.text_content())
    assert any(hostile(name) in text for name in MUNICIPALITIES.values())
    assert "Place" in text
    assert_nothing_happened(page)


def press_all(page: Page, selector: str, press: Callable[[Locator], object]) -> None:
    """Press what is to be seen in the panel, one after the other; a press may take others away."""
    found = page.locator("#siting_panel").locator(selector)
    for number in range(MOST_CLICKS):
        if number >= found.count():
            break
        if found.nth(number).is_visible() and found.nth(number).is_enabled():
            press(found.nth(number))
    settle(page)


def choose_each(choice: Locator) -> None:
    for value in range(choice.locator("option").count()):
        choice.select_option(index=value)


@pytest.mark.browser
@pytest.mark.parametrize("which", ["plan", "comparison"])
def test_nothing_a_reader_can_press_sets_a_name_off(
    chromium_page: Page, hostile_pages: Path, which: str
) -> None:
    """Every choice, every tab, every button of the panel, and paper."""
    page = chromium_page
    open_watched(page, hostile_pages / which / "map.html")
    for k in range(page.get_by_role("tab").count()):
        page.get_by_role("tab").nth(k).dispatch_event("click")
        settle(page)
        press_all(page, "input[type=radio]", lambda radio: radio.dispatch_event("click"))
        press_all(page, "select", choose_each)
        press_all(page, "summary", lambda summary: summary.dispatch_event("click"))
        press_all(page, "button:not([role=tab]):not(.fold)", lambda button: button.dispatch_event("click"))
        assert page.locator("img").count() == 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert_nothing_happened(page)


@pytest.mark.browser
def test_ids_that_every_object_of_a_browser_knows_are_ids_like_others(
    chromium_page: Page, toy_folder: Path
) -> None:
    """In JavaScript `"constructor" in {}` is true: a closed place of that id must not pass for open."""
    ids = {"A": "__proto__", "C": "toString", "D": "valueOf", "E": "constructor"}
    rewrite(
        toy_folder / "data",
        "sites",
        lambda row: {**row, "site_id": ids.get(row["site_id"], row["site_id"])},
    )
    scenario = toy.write_scenario(
        toy_folder, choice={"n_main": 1, "n_satellites": 0, "required": {"main": ["B"]}}
    )
    out = write(siting.run(scenario), toy_folder / "out")
    page = chromium_page
    open_watched(page, out / "map.html")
    assert page.locator(".leaflet-marker-icon .main").count() == 1
    assert page.locator(".leaflet-marker-icon .candidate").count() == 3
    labels = [each.get_attribute("aria-label") for each in page.locator(".leaflet-marker-icon.site").all()]
    assert len(labels) == 4
    assert "function" not in "".join(map(str, labels)) + str(panel_text(page))
    assert_nothing_happened(page)


# --- names that are refused: they would name files, commands or keys ---


def test_a_scenario_file_is_not_named_by_a_payload(tmp_path: Path) -> None:
    toy.write_dataset(tmp_path / "data")
    path = toy.write_scenario(tmp_path).rename(tmp_path / "${alert(1)}`.yaml")
    with pytest.raises(ScenarioError, match="name"):
        load(path)


def test_a_table_is_not_kept_in_a_file_named_by_a_payload(toy_folder: Path) -> None:
    def change(manifest: Any) -> None:
        manifest["tables"]["sites"]["file"] = "<img src=x onerror=alert(1)>"

    edit_manifest(toy_folder / "data", change)
    with pytest.raises(DatasetError, match="file"):
        siting.run(toy.write_scenario(toy_folder))


def test_a_payload_that_names_no_municipality_is_refused_in_words(toy_folder: Path) -> None:
    limits = [{"municipality": PAYLOAD, "mean_minutes": 60}]
    path = toy.write_scenario(
        toy_folder, choice={"n_main": 1, "n_satellites": 0, "municipality_limits": limits}
    )
    with pytest.raises(InputError) as refused:
        siting.run(path)
    assert repr(PAYLOAD) in str(refused.value)
