"""What the colours of the map say: each view, for each service and mode of travel, cell by cell."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from map_by_hand import (
    CELL_COLUMN,
    CELL_ROW,
    CLASS_COLOURS,
    canvas_colour,
    cell_colours,
    legend_colours,
    make_mode,
    make_plan,
    make_scene,
    make_team_plan,
    open_page,
    show,
)
from map_choice_by_hand import make_choice_plan, make_choice_scene, steps_to
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

HOLLOW, DOTTED = "#ffffff", "#c9d9ff"
CLASS_OF_STEPS = (0, 0, 1, 2, 3, 4, 4)
"""Class of 0 to 6 steps of ten minutes: a break belongs to the class below it."""


def by_steps(steps: np.ndarray, classes: tuple[int, ...] = CLASS_OF_STEPS) -> list[str]:
    return [CLASS_COLOURS[classes[int(each)]] for each in steps]


def views_offered(page: Page) -> list[str]:
    options = page.locator("select[name=view] option").all()
    return [option.get_attribute("value") or "" for option in options]


# --- travel time ---


def test_class_breaks_belong_to_the_class_below(chromium_page: Page, tmp_path: Path) -> None:
    """Within 30 minutes means at most 30: the colour changes just above each break."""
    minutes = [
        10.0,
        10.1,
        20.0,
        20.04,
        30.0,
        30.04,
        45.0,
        45.1,
        60.0,
        60.01,
        0.0,
        999.0,
        10.0,
        10.0,
        10.0,
        10.0,
    ]
    classes = [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 0, 5, 0, 0, 0, 0]
    scene = make_scene(plans=(make_plan(near_minutes=np.array(minutes)),))
    open_page(chromium_page, tmp_path, scene)
    assert cell_colours(chromium_page, scene) == [CLASS_COLOURS[each] for each in classes]
    swatches = chromium_page.locator(".classes .swatch")
    colours = swatches.evaluate_all("all => all.map((each) => getComputedStyle(each).backgroundColor)")
    assert colours == [
        f"rgb({int(hue[1:3], 16)}, {int(hue[3:5], 16)}, {int(hue[5:], 16)})" for hue in CLASS_COLOURS
    ]
    assert chromium_page.locator(".classes li").all_inner_texts() == [
        *("0–10", "10–20", "20–30", "30–45", "45–60", "> 60")
    ]


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb" (WCAG 2.1)."""
    parts = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_the_farther_the_darker() -> None:
    """So classes keep their order in grey, and for readers who see few colours."""
    light = [luminance(colour) + 0.05 for colour in CLASS_COLOURS]
    assert all(nearer >= 1.2 * farther for nearer, farther in pairwise(light))


def test_time_is_shown_to_the_service_and_by_the_mode_that_are_chosen(
    chromium_page: Page, tmp_path: Path
) -> None:
    page = chromium_page
    by_row = 10.0 * CELL_ROW
    mode = make_mode(near=by_row + 15.0, main=by_row + 35.0)
    plan = make_plan(near_minutes=by_row, main_minutes=by_row + 20.0, modes=(mode,))
    scene = make_scene(plans=(plan,))
    open_page(page, tmp_path, scene)
    expected = {("near", "0"): 0, ("main", "0"): 20, ("near", "1"): 15, ("main", "1"): 35}
    limits = np.array([10, 20, 30, 45, 60])
    for (service, mode_number), minutes in expected.items():
        show(page, "time", service=service, mode=mode_number)
        classes = np.searchsorted(limits, by_row + minutes)
        assert cell_colours(page, scene) == [CLASS_COLOURS[each] for each in classes]
        title = page.locator(".legend-title").inner_text()
        assert title == ("text minutes_legend" if mode_number == "0" else "Resa med cykel")
    assert page.locator("select[name=mode] option").all_inner_texts() == ["med bil", "med cykel"]
    page.mouse.click(640, 200)
    card = page.locator(".card").inner_text()
    assert "Närmast med cykel" in card
    assert "Huvud med cykel" in card
    assert page.problems == []


def test_one_mode_of_travel_needs_no_choice(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    assert chromium_page.locator("select[name=service]").is_visible()
    assert not chromium_page.locator("select[name=mode]").is_visible()
    show(chromium_page, "coverage")
    assert not chromium_page.locator("select[name=service]").is_visible()


def test_minutes_by_a_mode_that_the_page_counts_itself_are_those_of_the_open_places(
    chromium_page: Page, tmp_path: Path
) -> None:
    """By bicycle a step takes twenty minutes; the page holds those of all sites instead of the plan's."""
    page, scene = chromium_page, make_choice_scene()
    open_page(page, tmp_path, scene)
    page.wait_for_function("() => !document.querySelector('select[name=mode]').disabled")
    assert cell_colours(page, scene) == by_steps(steps_to(0))
    show(page, "time", mode="1")
    assert cell_colours(page, scene) == by_steps(steps_to(0), (0, 1, 3, 4, 5, 5, 5))


def test_unreachable_cells_are_hollow_in_every_view(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    nowhere = np.full(16, -1)
    plan = make_plan(
        near_minutes=np.full(16, np.inf),
        main_minutes=np.full(16, np.inf),
        near_site=nowhere,
        main_site=nowhere,
    )
    scene = make_scene(plans=(plan,))
    open_page(page, tmp_path, scene)
    for view, choices in [("time", {"service": "near"}), ("time", {"service": "main"}), ("catchment", {})]:
        show(page, view, **choices)
        assert set(cell_colours(page, scene)) == {HOLLOW}
    page.mouse.click(640, 200)
    assert page.locator(".card").inner_text().count("Kan inte nås på väg") == 2


def test_digital_cells_have_a_look_and_a_legend_of_their_own(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    north = CELL_ROW >= 2
    nowhere = make_plan(
        "digital",
        near_minutes=np.where(north, np.inf, 12.0),
        near_site=np.where(north, -1, 1),
        near_is_digital=north,
    )
    scene = make_scene(plans=(make_plan("a"), nowhere))
    open_page(page, tmp_path, scene)
    assert page.locator(".swatch.digital").count() == 0
    page.locator("input[name=plan]").nth(1).check()
    assert cell_colours(page, scene) == [CLASS_COLOURS[1]] * 8 + [DOTTED] * 8
    for view in ("time", "catchment"):
        show(page, view)
        assert set(cell_colours(page, scene)[8:]) == {DOTTED}
        assert page.locator(".swatch-row", has=page.locator(".digital")).inner_text().startswith("Digital")
    page.mouse.click(640, 200)
    assert "Digital kontakt (90 min)" in page.locator(".card").inner_text()
    show(page, "time", service="main")
    assert page.locator(".swatch.digital").count() == 0
    assert set(cell_colours(page, scene)) == {CLASS_COLOURS[3]}


def test_cells_where_no_youths_live_are_pale_and_the_legend_says_so(
    chromium_page: Page, tmp_path: Path
) -> None:
    scene = make_scene(cell_has_demand=CELL_COLUMN > 0)
    open_page(chromium_page, tmp_path, scene)
    expected = np.where(CELL_COLUMN > 0, CLASS_COLOURS[1], "nothing")  # nothing opaque
    assert cell_colours(chromium_page, scene) == expected.tolist()
    assert chromium_page.locator(".legend").get_by_text("text no_demand").is_visible()


def test_legend_says_by_what_a_place_is_chosen(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    open_page(page, tmp_path, make_scene())
    assert page.locator(".legend .hint").inner_text() == "Väntan räknas in"
    show(page, "coverage")
    assert page.locator(".legend").get_by_text("Väntan räknas in").count() == 0


def test_a_plan_without_main_has_a_word_instead_of_classes(chromium_page: Page, tmp_path: Path) -> None:
    plan = make_plan(roles={"s0": "satellite", "s1": "satellite"}, main_minutes=np.full(16, np.inf))
    scene = make_scene(plans=(plan,))
    open_page(chromium_page, tmp_path, scene)
    show(chromium_page, "time", service="main")
    assert "text no_main" in chromium_page.locator(".legend").inner_text()
    assert chromium_page.locator(".classes").count() == 0
    assert set(cell_colours(chromium_page, scene)) == {HOLLOW}


# --- within the standard, youths, catchments, nothing ---


def test_coverage_tells_both_services_near_alone_and_none_apart(chromium_page: Page, tmp_path: Path) -> None:
    """By the plan's own mode it is the plan that says who is within; by others the page's minutes do."""
    page = chromium_page
    told = np.array([3, 1, 2, 0], dtype=np.uint8)[CELL_COLUMN]
    mode = make_mode(near=np.where(CELL_ROW < 2, 30.0, 30.1), main=np.where(CELL_ROW < 1, 30.0, 31.0))
    scene = make_scene(plans=(make_plan(coverage=told, modes=(mode,)),), standard_minutes=30.0)
    open_page(page, tmp_path, scene)
    show(page, "coverage")
    both, near, none = (legend_colours(page)[f"text coverage_{name}"] for name in ("both", "near", "none"))
    assert len({both, near, none}) == 3
    assert cell_colours(page, scene) == [both, near, none, none] * 4  # a main alone is also a near place
    show(page, "coverage", mode="1")
    assert cell_colours(page, scene) == [both] * 4 + [near] * 4 + [none] * 8


def test_youths_are_shown_by_class_from_light_to_dark(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    classes = ("0", "färre än 5", "5–19")
    scene = make_scene(
        cell_youths_label=tuple(classes[min(int(column), 2)] for column in CELL_COLUMN),
        youths_classes=classes,
    )
    open_page(page, tmp_path, scene)
    show(page, "demand")
    legend = legend_colours(page)
    assert list(legend) == list(classes)
    assert cell_colours(page, scene) == [legend[each] for each in ("0", "färre än 5", "5–19", "5–19")] * 4
    lightness = [sum(int(colour[k : k + 2], 16) for k in (1, 3, 5)) for colour in legend.values()]
    assert lightness == sorted(lightness, reverse=True)


def test_catchments_have_the_colours_of_their_places(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    scene = make_scene(plans=(make_plan(near_site=np.where(CELL_COLUMN < 1, 0, 1)),))
    open_page(page, tmp_path, scene)
    show(page, "catchment")
    colours = {}
    for role in ("main", "satellite"):
        badge = page.locator(f".site .{role}").evaluate("badge => getComputedStyle(badge).backgroundColor")
        parts = badge.removeprefix("rgb(").removesuffix(")").split(", ")
        colours[role] = "#" + "".join(f"{int(part):02x}" for part in parts)
    main, satellite = colours["main"], colours["satellite"]
    assert main != satellite
    assert cell_colours(page, scene) == [main, satellite, satellite, satellite] * 4


def test_nothing_hides_the_squares_and_their_cards(chromium_page: Page, tmp_path: Path) -> None:
    scene = make_scene()
    open_page(chromium_page, tmp_path, scene)
    show(chromium_page, "none")
    assert canvas_colour(chromium_page, scene) == "nothing"
    chromium_page.mouse.click(640, 200)
    assert chromium_page.locator(".card").count() == 0


# --- one plan against another ---

CHANGES = {
    -30.0: "much_shorter",
    -15.0: "much_shorter",
    -14.9: "shorter",
    -5.0: "shorter",
    -4.9: "unchanged",
    0.0: "unchanged",
    4.9: "unchanged",
    5.0: "longer",
    14.9: "longer",
    15.0: "much_longer",
    30.0: "much_longer",
}
"""Minutes, and the class they are in: noticeable from 5 minutes, large from 15."""


def test_gains_and_losses_are_classed_at_the_very_thresholds(chromium_page: Page, tmp_path: Path) -> None:
    page = chromium_page
    change = np.zeros(16)
    change[: len(CHANGES)] = list(CHANGES)
    before, after = np.full(16, 40.0), 40.0 + change
    before[11], after[12] = np.inf, np.inf  # gains a place, loses one
    before[13] = after[13] = np.inf
    plans = (make_plan("a", near_minutes=before), make_plan("b", near_minutes=after))
    scene = make_scene(plans=plans)
    open_page(page, tmp_path, scene)
    page.locator("input[name=plan]").nth(1).check()
    show(page, "difference")
    assert page.locator(".legend-title").inner_text() == "Jämfört med Förslag a"
    assert not page.locator("select[name=against]").is_visible()
    colour = {key.removeprefix("text "): hue for key, hue in legend_colours(page).items()}
    assert len(set(colour.values())) == len(colour) == 7
    expected = [colour[name] for name in CHANGES.values()]
    expected += [
        colour["gains_place"],
        colour["loses_place"],
        HOLLOW,
        colour["unchanged"],
        colour["unchanged"],
    ]
    assert cell_colours(page, scene) == expected
    page.locator("input[name=plan]").nth(0).check()  # the other way round
    swapped = {"shorter": "longer", "much_shorter": "much_longer", "gains_place": "loses_place"}
    swapped |= {value: key for key, value in swapped.items()}
    name_of = {hue: name for name, hue in colour.items()}
    turned = [name_of.get(hue, "") for hue in expected]
    assert cell_colours(page, scene) == [
        HOLLOW if name == "" else colour[swapped.get(name, name)] for name in turned
    ]
    assert page.problems == []


def test_difference_follows_service_mode_and_the_plan_compared_with(
    chromium_page: Page, tmp_path: Path
) -> None:
    page = chromium_page

    def plan(name: str, near: float, main: float, by_bicycle: float) -> Any:
        mode = make_mode(near=by_bicycle, main=by_bicycle)
        return make_plan(name, near_minutes=np.full(16, near), main_minutes=np.full(16, main), modes=(mode,))

    scene = make_scene(plans=(plan("a", 30, 40, 60), plan("b", 20, 46, 60), plan("c", 50, 40, 30)))
    open_page(page, tmp_path, scene)
    show(page, "difference", against="1")
    colour = {key.removeprefix("text "): hue for key, hue in legend_colours(page).items()}

    def shown(**choices: str) -> str:
        show(page, "difference", **choices)
        (only,) = {*cell_colours(page, scene)}
        return only

    assert shown(service="near", mode="0", against="1") == colour["longer"]  # a against b: 30 after 20
    assert shown(against="2") == colour["much_shorter"]  # a against c: 30 after 50
    assert shown(service="main") == colour["unchanged"]
    assert shown(against="1") == colour["shorter"]  # 40 after 46
    assert shown(mode="1") == colour["unchanged"]
    assert shown(against="2") == colour["much_longer"]  # 60 after 30
    assert page.locator(".legend-title").inner_text() == "Jämfört med Förslag c"
    page.locator("input[name=plan]").nth(2).check()  # c is not held against itself
    assert page.locator("select[name=against] option:checked").inner_text() != "Förslag c"
    assert page.locator("select[name=against] option:not([disabled])").all_inner_texts() == [
        *("Förslag a", "Förslag b")
    ]


def test_a_coarser_threshold_is_kept_to(chromium_page: Page, tmp_path: Path) -> None:
    after = np.full(16, 40.0)
    after[:3] = 49.9, 50.0, 55.0
    plans = (make_plan("b", near_minutes=after), make_plan("a", near_minutes=np.full(16, 40.0)))
    scene = make_scene(plans=plans, noticeable_minutes=10.0)
    open_page(chromium_page, tmp_path, scene)
    show(chromium_page, "difference")
    colour = {key.removeprefix("text "): hue for key, hue in legend_colours(chromium_page).items()}
    assert cell_colours(chromium_page, scene)[:4] == [
        *(colour[name] for name in ("unchanged", "longer", "much_longer", "unchanged"))
    ]


def test_one_plan_alone_has_no_difference_and_no_certainty(chromium_page: Page, tmp_path: Path) -> None:
    open_page(chromium_page, tmp_path, make_scene())
    assert views_offered(chromium_page) == ["time", "coverage", "demand", "catchment", "none"]


def test_one_plan_to_choose_from_has_a_difference_once_something_is_changed(
    chromium_page: Page, tmp_path: Path
) -> None:
    page, scene = chromium_page, make_choice_scene()
    open_page(page, tmp_path, scene)
    assert views_offered(page) == ["time", "coverage", "difference", "demand", "catchment", "none"]
    show(page, "difference")
    assert page.locator(".legend").get_by_text("text nothing_to_compare").is_visible()
    assert canvas_colour(page, scene) == "nothing"


# --- how sure ---


def test_certainty_says_in_how_many_plans_a_cell_is_within_the_standard(
    chromium_page: Page, tmp_path: Path
) -> None:
    """Column 0 is within in three plans, column 1 in two, column 2 in one, column 3 in none."""
    page = chromium_page

    def plan(name: str, columns: int, roles: dict[str, str]) -> Any:
        bits = np.where(columns > CELL_COLUMN, 1, 2).astype(np.uint8)  # a main within does not count alone
        mode = make_mode(near=np.where(columns > CELL_ROW, 30.0, 30.1), main=99.0)
        return make_plan(name, roles=roles, coverage=bits, modes=(mode,))

    scene = make_scene(
        plans=(
            plan("a", 1, {"s0": "main", "s1": "satellite"}),
            plan("b", 2, {"s0": "main", "s2": "satellite"}),
            plan("c", 3, {"s1": "main", "s0": "satellite"}),
        ),
        standard_minutes=30.0,
    )
    open_page(page, tmp_path, scene)
    show(page, "certainty")
    names = ("always", "sometimes", "never")
    always, sometimes, never = (legend_colours(page)[f"text certainty_{name}"] for name in names)
    assert len({always, sometimes, never}) == 3
    assert cell_colours(page, scene) == [always, sometimes, sometimes, never] * 4
    counts = {
        str(site.get_attribute("aria-label")).split(", ")[-4]: site.locator(".symbol").inner_text()
        for site in page.locator(".site:has(.counted)").all()
    }
    assert counts == {"Mottagning s2": "1"}  # open in another plan than the one shown
    open_counts = page.locator(".site :is(.main, .satellite)").all_inner_texts()
    assert open_counts == ["3", "2"]  # s0 in all three, s1 in two
    show(page, "certainty", mode="1")
    assert cell_colours(page, scene) == [always] * 4 + [sometimes] * 8 + [never] * 4
    show(page, "time")
    assert page.locator(".site .counted").count() == 0
    assert page.locator(".site :is(.main, .satellite)").all_inner_texts() == ["1", "2"]
    assert page.problems == []


def test_a_place_that_two_of_two_plans_open_counts_two_in_any_role(
    chromium_page: Page, tmp_path: Path
) -> None:
    plans = (make_team_plan("a"), make_plan("b", roles={"s2": "main"}))
    open_page(chromium_page, tmp_path, make_scene(plans=plans))
    show(chromium_page, "certainty")
    assert chromium_page.locator(".site .stop").inner_text() == "2"


def test_views_can_be_chosen_with_the_keyboard_and_stay_when_the_plan_changes(
    chromium_page: Page, tmp_path: Path
) -> None:
    page = chromium_page
    scene = make_choice_scene(plans=(make_choice_plan("a"), make_choice_plan("b", main=3)))
    open_page(page, tmp_path, scene)
    select = page.locator("select[name=view]")
    select.focus()
    page.keyboard.press("ArrowDown")
    assert select.input_value() == "coverage"
    near = cell_colours(page, scene)
    page.locator("input[name=plan]").nth(1).check()
    assert select.input_value() == "coverage"
    assert cell_colours(page, scene) == near[::-1]  # from the opposite corner
