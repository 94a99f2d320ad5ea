"""A scene to choose in, worked out on paper: premises at the corners of 4 x 4 cells, ten minutes a step.

    s2  .  .  s3     row 3        Columns 0 and 1 are Mora, columns 2 and 3 Orsa. Five youths in each cell,
    .   .  .  .                   a visit a year to each service from each of them. The plan: a main at s0.
    .   .  .  .
    s0  .  .  s1     row 0        By bicycle a step takes twenty minutes.

By hand: from s0 1, 2, 3, 4, 3, 2 and 1 cells lie 0 to 6 steps away, 48 steps in all, mean 30 minutes;
10 of 16 cells lie within 30 minutes; Mora has 16 steps in 8 cells (20 minutes), Orsa 32 (40 minutes).
With a second place at s3 the sums of steps are 28 (mean 17.5 minutes): Mora 14 (17.5), Orsa 14 (17.5).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from map_by_hand import (
    CELL_COLUMN,
    CELL_ROW,
    TEXTS,
    make_plan,
    make_scene,
    make_site,
    open_page,
    square_cells,
)
from numpy.typing import NDArray
from playwright.sync_api import Page

from siting.geo import order_in_space
from siting.present.scene import MapMode, MapPlan, MapScene, MapService
from siting.present.what_if import MapOffer, MapRules, MapTeams, MapWhatIf

CORNERS = np.array([[0, 0], [3, 0], [0, 3], [3, 3]])
"""Column and row of s0 to s3."""
MAIN, SATELLITE, ONE_DAY, STOP = "main 5", "satellite 5", "satellite 1", "stop 0.5"
"""Values of the buttons by which a site's role and days are chosen."""


def steps_to(site: int) -> NDArray[np.float64]:
    """Steps from each of the 16 cells to a corner."""
    column, row = CORNERS[site]
    return np.abs(CELL_COLUMN - column) + np.abs(CELL_ROW - row).astype(float)


def make_offer(
    role: str, days: float, openness: str, *, waiting: float, hours: float, sek: float
) -> MapOffer:
    return MapOffer(role, days, f"{TEXTS[f'role_{role}']}, {openness}", openness, waiting, hours, sek)


OFFERS = (
    make_offer("main", 5.0, "5 dagar", waiting=0.0, hours=1600.0, sek=2e6),
    make_offer("satellite", 5.0, "5 dagar", waiting=0.0, hours=800.0, sek=1e6),
    make_offer("satellite", 1.0, "1 dag", waiting=10.0, hours=160.0, sek=3e5),
    make_offer("stop", 0.5, "varannan vecka", waiting=20.0, hours=0.0, sek=1e4),
)
TEAMS = MapTeams(
    minutes_per_stop=150.0,
    minutes_per_day=480.0,
    days_per_week=4,
    most_stops=3,
    staff=2.0,
    sek_per_kilometre=10.0,
    vehicle_sek_per_year=1e5,
)


def make_rules(**changes: Any) -> MapRules:
    """A main at s0; mains are allowed at s0 and s3, satellites everywhere but at s2, stops at s1 and s2."""
    rules = MapRules(
        choice=((0, "main", 5.0),),
        offers=OFFERS,
        allowed={
            "main": np.array([True, False, False, True]),
            "satellite": np.array([True, True, False, True]),
            "stop": np.array([False, True, True, False]),
        },
        existing=np.zeros(4, dtype=bool),
        may_base=np.array([True, False, False, False]),
        teams=TEAMS,
        digital_minutes={"near": None, "main": None},
        standard_minutes=30.0,
        hours_per_full_time_post=1600.0,
        sek_per_hour=500.0,
        weeks_per_year=44.0,
        has_combined_time=True,
        has_capacity=False,
        modes_of_interest=(1,),
        most_sek_per_year=None,
        most_full_time_posts=None,
        counts={},
        link_minutes=None,
        place_in=(),
        extends="a.yaml",
        extends_sha256="0" * 64,
    )
    return replace(rules, **changes)


def make_choice_plan(name: str = "a", *, main: int = 0, **changes: Any) -> MapPlan:
    """A main at one corner, to which all go; by bicycle the page has to count for itself."""
    minutes = 10.0 * steps_to(main)
    words = {"legend": "Resa med cykel", "card": "Cykel", "unreachable": "Nås inte med cykel"}
    plan = make_plan(
        name,
        roles={f"s{main}": "main"},
        days={f"s{main}": "5 dagar"},
        near_minutes=minutes,
        near_site=np.full(16, main),
        main_minutes=minutes,
        main_site=np.full(16, main),
        site_facts={},
        modes=(MapMode("med cykel", near=MapService(**words), main=MapService(**words)),),
        rules=make_rules(choice=((main, "main", 5.0),), extends=f"{name}.yaml"),
    )
    return replace(plan, **changes)


def make_what_if(**changes: Any) -> MapWhatIf:
    minutes = 10.0 * np.stack([steps_to(site) for site in range(4)], axis=1)
    between = 10.0 * np.abs(CORNERS[:, None] - CORNERS[None]).sum(axis=2)
    what_if = MapWhatIf(
        youths=np.full(16, 5.0),
        youths_step=5,
        visits_per_youth={service: {"Mora": 1.0, "Orsa": 1.0} for service in ("near", "main")},
        minutes=(minutes, 2.0 * minutes),
        cell_order=order_in_space(np.column_stack([CELL_COLUMN, CELL_ROW]) * 1000.0),
        site_order=order_in_space(CORNERS * 1000.0),
        site_minutes=between,
        site_kilometres=between,
        saved_title={"sv": "Eget val", "en": "Own choice"},
        saved_question={"sv": "Vad blir det?", "en": "What comes of it?"},
    )
    return replace(what_if, **changes)


def make_choice_scene(**changes: Any) -> MapScene:
    """The scene to choose in that is described above."""
    centres = square_cells(4).mean(axis=1)
    sites = tuple(
        make_site(
            f"s{site}",
            latitude=float(centres[4 * row + column][0]),
            longitude=float(centres[4 * row + column][1]),
            municipality="Mora" if column < 2 else "Orsa",
        )
        for site, (column, row) in enumerate(CORNERS.tolist())
    )
    scene = make_scene(
        cell_municipality=tuple(np.where(CELL_COLUMN < 2, "Mora", "Orsa").tolist()),
        sites=sites,
        plans=(make_choice_plan(),),
        what_if=make_what_if(),
    )
    return replace(scene, **changes)


# --- the page ---


def open_choice(page: Page, tmp_path: Path, scene: MapScene | None = None) -> None:
    """Open the tab of one's own choice, and wait until it is counted."""
    open_page(page, tmp_path, scene or make_choice_scene())
    page.locator("#siting_tab_whatif").click()
    page.locator("#siting_whatif table").first.wait_for()


def choose_in_list(page: Page, site: int, offer: str) -> None:
    """Choose what the site at a position should be: "closed", or a role and its days a week."""
    button = page.locator(f"#siting_site_{site}")
    if not button.is_visible():
        page.locator(f"#siting_whatif details:has(#siting_site_{site}) summary").click()
    if button.get_attribute("aria-expanded") == "false":
        button.click()
    page.locator(f"input[name=role_list_{site}][value='{offer}']").check()


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def figures(page: Page) -> dict[str, tuple[str, ...]]:
    """The table of figures: label to before, now and difference."""
    rows = page.locator("#siting_whatif table").first.locator("tbody tr").all()
    cells = [[plain(text) for text in row.locator("th, td").all_inner_texts()] for row in rows]
    return {label: tuple(rest) for label, *rest in cells}


def warnings(page: Page) -> list[str]:
    return [plain(text) for text in page.locator("#siting_whatif .warning").all_inner_texts()]


UNCHANGED = {
    "Sammanvägd tid": ("30,0 min", "30,0 min", "±0 min"),
    "Medelrestid": ("30,0 min", "30,0 min", "±0 min"),
    "Inom 30 sammanvägda minuter": ("63 %", "63 %", "±0 enheter"),  # 10 of 16 cells
    "Inom 30 sammanvägda minuter med cykel": ("19 %", "19 %", "±0 enheter"),  # 3 of 16
    "Längst väg": ("Orsa 40 min", "Orsa 40 min", "±0 min"),
    "Kostnad": ("2,00 Mkr", "2,00 Mkr", "±0 Mkr"),
    "Tjänster": ("1,0", "1,0", "±0"),
}
WITH_SATELLITE = {
    "Sammanvägd tid": ("30,0 min", "23,8 min", "−6,3 min"),
    "Medelrestid": ("30,0 min", "23,8 min", "−6,3 min"),
    "Inom 30 sammanvägda minuter": ("63 %", "81 %", "+18,8 enheter"),  # 26 of 32 visits
    "Inom 30 sammanvägda minuter med cykel": ("19 %", "28 %", "+9,4 enheter"),  # 6 + 3 of 32
    "Längst väg": ("Orsa 40 min", "Orsa 29 min", "−11,3 min"),
    "Kostnad": ("2,00 Mkr", "3,00 Mkr", "+1,00 Mkr"),
    "Tjänster": ("1,0", "1,5", "+0,5"),
}
"""The figures of the plan, and with a satellite open five days at s3: before, now, difference."""
