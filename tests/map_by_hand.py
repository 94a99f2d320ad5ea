"""A scene of four by four kilometre cells, made by hand, and what its page shows in a browser.

`make_scene` has a main reception (s0), a satellite (s1), two candidates at one place and a companion;
`map_choice_by_hand` has a scene to choose in.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from siting.present.maps import map_html
from siting.present.scene import TEXT_KEYS, MapMode, MapPlan, MapScene, MapService, MapSite, MapTour

TEXTS = {key: f"text {key}" for key in TEXT_KEYS} | {
    "role_main": "Huvudmottagning",
    "role_satellite": "Närmottagning",
    "role_stop": "Besöksplats",
    "show_tours": "Teamens turer",
    "show_isochrones": "Isokroner",
    "show_tiles": "Bakgrundskarta från {host}",
    "role_candidate": "Kandidat som inte öppnas",
    "role_companion": "Angränsande verksamhet",
    "unreachable": "Kan inte nås på väg",
    "minutes_unit": "min",
    "close": "Stäng",
    "difference_title": "Jämfört med {plan}",
    "tab_plan": "Planen",
    "tab_whatif": "Tänk om",
    "tab_tables": "Tabeller",
    "figure_mean": "Medeltid",
    "figure_combined": "Sammanvägd tid",
    "figure_travel": "Medelrestid",
    "figure_within": "Inom {minutes} minuter",
    "figure_within_combined": "Inom {minutes} sammanvägda minuter",
    "figure_within_short": "inom {minutes} min",
    "figure_within_mode": "Inom {minutes} minuter {by}",
    "figure_within_mode_combined": "Inom {minutes} sammanvägda minuter {by}",
    "figure_of_met": "{figure}, mötta",
    "figure_worst": "Längst väg",
    "figure_served": "Får kontakt",
    "figure_digital": "Digitalt",
    "figure_cost": "Kostnad",
    "figure_posts": "Tjänster",
    "figure_teams": "Team",
    "figures_caption": "Hela området mot {plan}",
    "sek_millions": "{n} Mkr",
    "points": "enheter",
    "state_closed": "Stängd",
    "role_of": "{site} ska vara",
    "not_in_scenario": "* inte i scenariot",
    "n_open_of": "{open} av {all}",
    "take_back": "Ta tillbaka",
    "take_back_one": "Ta tillbaka {site}",
    "take_step": "Pröva",
    "step_add_main": "Öppna {site} som huvudmottagning",
    "step_add_satellite": "Öppna {site} som {role}",
    "step_drop": "Stäng {site}",
    "step_role": "Gör {site} till {role}",
    "step_swap": "Flytta {other} till {site}",
    "simple_tour": "Tur {number}, {weeks}",
    "simple_team": "Från {base}",
    "every_other_week": "varannan vecka",
    "driving_text": "{minutes} min, {kilometres} km",
    "unknown_in_link": "Okänt: {parts}.",
    "group_main": "Huvudmottagningar",
    "group_satellite": "Närmottagningar",
    "group_stop": "Besöksplatser",
    "n_found": "{n} hittade",
    "warn_sek": "Dyrare än {limit}.",
    "warn_posts": "Mer än {limit} tjänster.",
    "warn_unvisited": "Inget team når {sites}.",
    "warn_simple_tours": "Enkla turer.",
    "warn_not_allowed": "Inte tillåtet: {sites}.",
    "warn_link": "Mer än {minutes} minuter bort: {sites}.",
    "warn_no_main": "Ingen huvudmottagning.",
    "warn_place_in": "Utan plats: {municipalities}.",
    "warn_count": "{range} {group}, inte {n}.",
    "warn_capacity": "Kapacitet räknas inte.",
}
CLASS_COLOURS = ("#d07600", "#c5502a", "#ab2d62", "#7f1f86", "#4d1a7d", "#1b0a52")
SECONDS_TO_WAIT = 10
CELL_COLUMN, CELL_ROW = (part.ravel()[:16] for part in np.mgrid[:4, :4][::-1])
"""Of the 16 cells, row by row from the south-west."""


def make_site(site_id: str, **changes: Any) -> MapSite:
    site = MapSite(
        site_id=site_id,
        name=f"Mottagning {site_id}",
        kind="youth_clinic",
        kind_label="Ungdomsmottagning",
        municipality="Mora",
        latitude=61.005,
        longitude=14.51,
        is_candidate=True,
        estimate_note="",
    )
    return replace(site, **changes)


def make_plan(name: str = "a", *, n_cells: int = 16, minutes: float = 12.0, **changes: Any) -> MapPlan:
    plan = MapPlan(
        name=name,
        title=f"Förslag {name}",
        roles={"s0": "main", "s1": "satellite"},
        days={"s1": "2 dagar i veckan"},
        bases={},
        near_minutes=np.full(n_cells, minutes),
        near_site=np.full(n_cells, 1),
        near_is_digital=np.zeros(n_cells, dtype=bool),
        main_minutes=np.full(n_cells, minutes + 20),
        main_site=np.zeros(n_cells, dtype=np.int64),
        main_is_digital=np.zeros(n_cells, dtype=bool),
        digital_labels=("Digital kontakt (90 min)", "Digital kontakt (180 min)"),
        best_rule="Väntan räknas in",
        tours=(),
        facts=(("Medelrestid", f"21 min i {name}"),),
        site_facts={"s0": (("Besök per år", "512"),)},
    )
    return replace(plan, **changes)


def make_mode(
    label: str = "med cykel",
    *,
    near: NDArray[np.float64] | float,
    main: NDArray[np.float64] | float,
    n_cells: int = 16,
) -> MapMode:
    """By another mode all go to s1, those who need a main to s0."""

    def service(which: str, minutes: NDArray[np.float64] | float, site: int) -> MapService:
        return MapService(
            legend=f"Resa {label}",
            card=f"{which} {label}",
            unreachable=f"Nås inte {label}",
            minutes=np.broadcast_to(np.asarray(minutes, dtype=float), n_cells),
            site=np.full(n_cells, site),
        )

    return MapMode(label, near=service("Närmast", near, 1), main=service("Huvud", main, 0))


def make_tour(title: str = "Måndag, vecka 1 och 3", **changes: Any) -> MapTour:
    tour = MapTour(
        title=title,
        team="Team 1, Mottagning s0",
        sites=(0, 2, 1, 0),
        schedule=(("08:00", "avfärd"), ("08:40–10:40", "Mottagning s2"), ("15:20", "åter")),
        driving="95 min körning, 110 km",
        day="måndag",
        line=np.array([[61.005, 14.51], [61.02, 14.53], [61.01, 14.55], [61.005, 14.51]]),
    )
    return replace(tour, **changes)


def make_team_plan(name: str = "a", *, n_tours: int = 1, **changes: Any) -> MapPlan:
    """A main that is the base of a team, a satellite, and a stop every other week."""
    plan = make_plan(
        name,
        roles={"s0": "main", "s1": "satellite", "s2": "stop"},
        days={"s0": "5 dagar i veckan", "s1": "2 dagar i veckan", "s2": "varannan vecka"},
        bases={"s0": "bas för 1 turnerande team"},
        tours=tuple(make_tour(f"Tur {number}") for number in range(n_tours)),
    )
    return replace(plan, **changes)


def square_cells(side: int) -> NDArray[np.float64]:
    """Corners of side x side cells from 61.0 N 14.5 E, as in the kilometre grid."""
    row, column = (part.ravel() for part in np.mgrid[:side, :side])
    steps = np.array([[0, 0], [0, 1], [1, 1], [1, 0]])
    latitude = 61.0 + 0.009 * (row[:, None] + steps[:, 0])
    longitude = 14.5 + 0.0185 * (column[:, None] + steps[:, 1])
    return np.stack([latitude, longitude], axis=-1)


def make_borders(name: str, side: int) -> dict[str, Any]:
    north, east = 61.0 + 0.009 * side, 14.5 + 0.0185 * side
    ring = [[14.5, 61.0], [east, 61.0], [east, north], [14.5, north], [14.5, 61.0]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"name": name}, "geometry": geometry}],
    }


def make_scene(*, side: int = 4, **changes: Any) -> MapScene:
    """Four by four kilometre cells: a main, a satellite, two candidates at one place, a companion."""
    sites = (
        make_site("s0"),
        make_site("s1", latitude=61.02, longitude=14.55, estimate_note="Läget är uppskattat"),
        make_site("s2", latitude=61.03, longitude=14.52),
        make_site("s3", latitude=61.03, longitude=14.52),
        make_site("s4", latitude=61.028, longitude=14.56, is_candidate=False),
    )
    scene = MapScene(
        language="sv",
        title="Mini Maria i Dalarna",
        texts=TEXTS,
        cell_corners=square_cells(side),
        cell_municipality=("Mora",) * side**2,
        cell_youths_label=("färre än 5",) * side**2,
        cell_has_demand=np.ones(side**2, dtype=bool),
        borders=make_borders("Mora", side),
        lakes={"type": "FeatureCollection", "features": []},
        roads=((True, np.array([[61.0, 14.5], [61.036, 14.574]])),),
        localities=(("Noret", 61.01, 14.53, 6000.0),),
        sites=sites,
        plans=(make_plan(n_cells=side**2),),
        notes=("Källa: SCB",),
        own_mode="med bil",
    )
    return replace(scene, **changes)


# --- the page ---


def scene_data(html: str) -> dict[str, Any]:
    """What the page reads."""
    found = re.search(r'<script type="application/json" id="siting_scene">(.*?)</script>', html, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def open_page(
    page: Page, tmp_path: Path, scene: MapScene, *, width: int = 1280, height: int = 800, fragment: str = ""
) -> None:
    path = tmp_path / "map.html"
    path.write_text(map_html(scene), encoding="utf-8")
    page.set_default_timeout(SECONDS_TO_WAIT * 1000)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(path.as_uri() + fragment)
    page.locator(".site .symbol").first.wait_for()


def show(page: Page, view: str, **choices: str) -> None:
    """Choose what the colours show; `choices` are of the selects service, mode and against."""
    for name, value in {"view": view, **choices}.items():
        page.locator(f"select[name={name}]").select_option(value)


def cell_colours(page: Page, scene: MapScene) -> list[str]:
    """The colour that most of each cell has on the canvas, "nothing" where it is not painted.

    s0 and s1, which no other site of the scenes here shares its place with, say where the cells lie.
    """
    places = page.evaluate(
        """() => {
            const centre = (name) => {
                const symbol = document.querySelector(`.site[aria-label*="${name},"] .symbol`);
                const box = symbol.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2];
            };
            return [centre("Mottagning s0"), centre("Mottagning s1")];
        }"""
    )
    degrees = [(site.latitude, site.longitude) for site in scene.sites[:2]]
    if degrees[0][0] == degrees[1][0]:  # in one row: the same scale up and down, by the latitude
        across = (places[1][0] - places[0][0]) / (degrees[1][1] - degrees[0][1])
        up = -across / np.cos(np.radians(61.018))
    else:
        across = (places[1][0] - places[0][0]) / (degrees[1][1] - degrees[0][1])
        up = (places[1][1] - places[0][1]) / (degrees[1][0] - degrees[0][0])
    centres = scene.cell_corners.mean(axis=1)
    x = places[0][0] + across * (centres[:, 1] - degrees[0][1])
    y = places[0][1] + up * (centres[:, 0] - degrees[0][0])
    half = 0.35 * 0.0185 * across
    squares = np.column_stack([x - half, y - half, np.full(len(x), 2 * half)]).tolist()
    found: list[str] = page.evaluate(COLOURS_OF_SQUARES, squares)
    return found


COLOURS_OF_SQUARES = """(squares) => {
    const canvas = document.querySelector(".leaflet-cells-pane canvas");
    const { left, top } = canvas.getBoundingClientRect();
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    const context = copy.getContext("2d", { willReadFrequently: true }); // else Chromium warns
    context.drawImage(canvas, 0, 0);
    const hex = (parts) => "#" + [...parts].map((part) => part.toString(16).padStart(2, "0")).join("");
    return squares.map(([x, y, side]) => {
        const size = Math.ceil(side);
        const { data } = context.getImageData(Math.round(x - left), Math.round(y - top), size, size);
        const counts = new Map();
        for (let i = 0; i < data.length; i += 4) {
            const colour = data[i + 3] === 255 ? hex(data.subarray(i, i + 3)) : "nothing";
            counts.set(colour, (counts.get(colour) ?? 0) + 1);
        }
        return [...counts].sort((a, b) => b[1] - a[1])[0][0];
    });
}"""


def canvas_colour(page: Page, scene: MapScene) -> str:
    """The colour that most cells have."""
    return Counter(cell_colours(page, scene)).most_common(1)[0][0]


def legend_colours(page: Page) -> dict[str, str]:
    """The rows of the legend that have a colour: text to colour."""
    rows: list[list[str]] = page.evaluate(
        """() => [...document.querySelectorAll(".legend .swatch-row:has(.signed)")].map((row) => [
            row.lastChild.textContent,
            "#" + getComputedStyle(row.firstChild).backgroundColor.match(/\\d+/g).slice(0, 3)
                .map((part) => Number(part).toString(16).padStart(2, "0")).join(""),
        ])"""
    )
    return {row[0]: row[1] for row in rows}
