"""Pictures of options: what they show, what they may not tell, and that they keep to themselves in a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import by_hand
import geopandas as gpd
import pytest
import shapely
import toy
from hypothesis import given
from hypothesis import strategies as st

from siting.dataset import Dataset
from siting.present.document import Picture
from siting.present.pictures.drawing import CLASS_UPPER_MINUTES, Frame
from siting.present.pictures.maps import option_map, small_map
from siting.present.pictures.municipality_dots import MunicipalityRow, municipality_dots
from siting.present.pictures.options_plots import OptionPoint, cost_plot
from siting.present.pictures.placing import Box, Wanted, placed, spread_out
from siting.present.pictures.plots import Bar, bars
from siting.present.pictures.shading import HIDDEN, LOOKS, Shade, class_texts, shades
from siting.present.pictures.times import travel_histogram
from siting.present.words import Words
from siting.study import Outcome

SV, EN = Words("sv"), Words("en")
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "$\\frac{<b>}$ & <script> \"' ${alert(1)} {{7*7}} 漢\x00\x1b"
POINTS = (
    OptionPoint("A", 18_732_000.0, 12.27, is_efficient=True, is_reference=True),
    OptionPoint("B", 9_120_000.0, 19.37, is_efficient=True),
    OptionPoint("C", 9_330_000.0, 26.14, is_efficient=False),
)
ROWS = (
    MunicipalityRow("Falun", {"A": 9, "B": 12, "C": 12}),
    MunicipalityRow("Säter", {"A": 30, "B": None, "C": 71}),
    MunicipalityRow("Orsa", {"A": None, "B": None, "C": None}),
)


# --- outcomes to draw ---


def with_borders(dataset: Dataset) -> Dataset:
    """The toy with the borders of both municipalities."""
    boxes = {"01": (-0.5, 1.5), "02": (1.5, 4.5)}
    rings = [
        [toy.lon_lat(x, y) for x, y in ((west, -0.5), (east, -0.5), (east, 4.5), (west, 4.5))]
        for west, east in boxes.values()
    ]
    borders = gpd.GeoDataFrame(
        {"code": list(boxes), "name": ["Väst", "Öst"]},
        geometry=[shapely.Polygon(ring) for ring in rings],
        crs="EPSG:4326",
    )
    return replace(dataset, tables={**dataset.tables, "municipality_borders": borders})


def renamed(outcome: Outcome, name: str) -> Outcome:
    """The outcome with a name for its municipalities and its scenario."""
    table = outcome.dataset.table("municipalities")
    dataset = replace(
        outcome.dataset, tables={**outcome.dataset.tables, "municipalities": table.assign(name=name)}
    )
    title = outcome.scenario.title.model_copy(update={"sv": name, "en": name})
    region = replace(
        outcome.region, municipality_names=dict.fromkeys(outcome.region.municipality_names, name)
    )
    return replace(
        outcome,
        dataset=dataset,
        region=region,
        scenario=outcome.scenario.model_copy(update={"title": title, "name": name}),
    )


def with_youths(outcome: Outcome, code: str, youths: float) -> Outcome:
    """The outcome with another count of youths in a municipality and the county, all else as it is."""
    evaluation = outcome.evaluation
    area = replace(evaluation.by_municipality[code], youths=youths)
    return replace(
        outcome,
        evaluation=replace(
            evaluation,
            by_municipality={**evaluation.by_municipality, code: area},
            county=replace(evaluation.county, youths=youths, youths_in_effect=youths),
        ),
    )


@pytest.fixture
def teams(toy_folder: Path) -> Outcome:
    outcome = by_hand.with_teams(toy_folder)
    return replace(outcome, dataset=with_borders(outcome.dataset))


@pytest.fixture
def satellites(toy_folder: Path) -> Outcome:
    outcome = by_hand.with_satellites(toy_folder, A=2.0)
    return replace(outcome, dataset=with_borders(outcome.dataset))


def all_pictures(before: Outcome, after: Outcome, words: Words) -> list[Picture]:
    return [
        option_map(before, words, title="A"),
        option_map(after, words, title="B"),
        small_map(before, words),
        small_map(after, words),
        travel_histogram(None, after, words),
        travel_histogram(before, after, words),
        cost_plot(POINTS, words),
        municipality_dots(ROWS, words, reference="A"),
    ]


def texts_of(picture: Picture) -> list[str]:
    return [str(each.text) for each in ElementTree.fromstring(picture.svg).iter(f"{SVG}text")]


# --- all of them ---


def test_the_same_pictures_are_the_same_bytes(satellites: Outcome, teams: Outcome) -> None:
    assert all_pictures(satellites, teams, SV) == all_pictures(satellites, teams, SV)


def test_pictures_keep_to_themselves_and_share_no_id(satellites: Outcome, teams: Outcome) -> None:
    found: list[str] = []
    for picture in all_pictures(satellites, teams, SV):
        root = ElementTree.fromstring(picture.svg)
        assert root.get("role") == "img"
        assert root.get("viewBox")
        assert root.get("aria-label") == picture.alt
        assert {each.tag.removeprefix(SVG) for each in root.iter()}.isdisjoint(
            {"style", "metadata", "script", "image"}
        )
        assert "font-family" not in picture.svg
        ids = [str(each.get("id")) for each in root.iter() if each.get("id")]
        assert set(re.findall(r"(?:url\(#|href=\"#)([\w-]+)", picture.svg)) == set(ids)
        found += ids
    assert len(found) == len(set(found))


@pytest.mark.parametrize("words", [SV, EN], ids=["sv", "en"])
def test_texts_are_large_enough_on_paper(satellites: Outcome, teams: Outcome, words: Words) -> None:
    points_per_unit = 16 / 2.54 * 72 / 600  # a picture of 600 units stands 16 cm wide
    for picture in all_pictures(satellites, teams, words):
        sizes = [float(each) for each in re.findall(r"font-size: ([\d.]+)px", picture.svg)]
        assert all(size * points_per_unit >= 7.5 for size in sizes)


@pytest.mark.parametrize("words", [SV, EN], ids=["sv", "en"])
def test_hostile_names_are_text(satellites: Outcome, teams: Outcome, words: Words) -> None:
    before, after = renamed(satellites, HOSTILE), renamed(teams, HOSTILE + "2")
    points = [replace(each, letter=HOSTILE) for each in POINTS]
    rows = [MunicipalityRow(HOSTILE, {HOSTILE: 3}), *ROWS]
    harmless = Counted(all_pictures(satellites, teams, words))
    pictures = [
        *all_pictures(before, after, words)[:6],
        cost_plot(points, words),
        municipality_dots(rows, words, reference=HOSTILE),
    ]
    for picture in pictures:
        tags = {each.tag for each in ElementTree.fromstring(picture.svg).iter()}
        assert tags <= harmless.tags
    assert any("$\\frac{<b>}$" in text for picture in pictures for text in texts_of(picture))


class Counted:
    """The elements that pictures consist of."""

    def __init__(self, pictures: list[Picture]) -> None:
        self.tags = {each.tag for picture in pictures for each in ElementTree.fromstring(picture.svg).iter()}


def test_lines_of_a_long_name_end_at_the_axis_in_any_font() -> None:
    """Each has its anchor at its end, so that a narrower font does not move it away."""
    rows = [Bar("Borlänge, Falun, Ludvika, Smedjebacken och Avesta", 2.0), Bar("Mora", 1.0)]
    root = ElementTree.fromstring(bars(rows, Frame("rows", "En bild", "minuter"), SV))
    found = {str(each.text): each for each in root.iter(f"{SVG}text")}
    lines = [found[text] for text in ("Borlänge, Falun, Ludvika,", "Smedjebacken och Avesta", "Mora")]
    assert all("text-anchor: end" in each.get("style", "") for each in lines)
    ends = [
        float(each.get("x") or each.get("transform", "").removeprefix("translate(").split()[0])
        for each in lines
    ]
    assert ends == pytest.approx([ends[2]] * 3, abs=0.5)


# --- maps ---


def test_a_map_says_where_the_places_are_and_who_has_it_near_and_far(teams: Outcome) -> None:
    """Minutes to the nearest are told whole, as in the tables."""
    picture = option_map(teams, SV, title="A")
    near = {code: area.near.mean_minutes for code, area in teams.evaluation.by_municipality.items()}
    assert {code: round(each) for code, each in near.items() if each is not None} == {"01": 11, "02": 18}
    assert "kortast i Väst, 11 minuter, och längst i Öst, 18 minuter" in picture.alt
    assert "1 huvudmottagning (Öst)" in picture.alt
    assert picture.caption.startswith("A. Öppet: 1 huvudmottagning (Öst)")
    assert {"huvudmottagning", "närmottagning", "Väst", "Öst", "1 km", *class_texts(SV)} <= set(
        texts_of(picture)
    )


def test_each_municipality_is_named_once(teams: Outcome) -> None:
    assert texts_of(option_map(teams, SV)).count("Öst") == 1  # a main and a stop lie there


def test_only_roles_of_the_option_are_explained(satellites: Outcome) -> None:
    texts = texts_of(option_map(satellites, SV))
    assert "närmottagning" in texts
    assert not any("team" in text for text in texts)


@pytest.mark.parametrize(("youths", "is_told"), [(4.0, False), (399.0, False), (400.0, True)])
def test_minutes_of_few_youths_are_not_shown_on_a_map(teams: Outcome, youths: float, is_told: bool) -> None:
    few = with_youths(teams, "02", youths)
    assert shades(few)["02"] == (Shade("minutes", 18) if is_told else Shade("hidden"))
    picture = option_map(few, SV)
    assert ("visas inte" in texts_of(picture)) is not is_told
    assert ("18 minuter" in picture.alt) is is_told


def test_a_municipality_beyond_reach_is_told_apart_from_one_not_shown(teams: Outcome) -> None:
    area = teams.evaluation.by_municipality["02"]
    nowhere = replace(area, near=replace(area.near, mean_minutes=None))
    by_municipality = {**teams.evaluation.by_municipality, "02": nowhere}
    without = replace(teams, evaluation=replace(teams.evaluation, by_municipality=by_municipality))
    assert shades(without)["02"] == Shade("no_place")
    assert "ingen mottagning" in texts_of(option_map(without, SV))


@pytest.mark.parametrize(
    ("minutes", "number"), [(0, 0), (10, 0), (11, 1), (20, 1), (30, 2), (31, 3), (45, 3), (60, 4), (61, 5)]
)
def test_a_break_belongs_to_the_class_below_it(minutes: int, number: int) -> None:
    assert Shade("minutes", minutes).look == LOOKS[number]
    text = class_texts(EN)[number]
    low, _, high = text.removeprefix("over ").partition("–")
    assert int(low) <= minutes <= int(high or minutes)


def test_classes_are_those_of_the_interactive_map() -> None:
    script = Path("siting/present/map/script/colours.js").read_text(encoding="utf-8")
    found = re.search(r"CLASS_UPPER_MINUTES = \[([\d, ]+), Infinity\]", script)
    assert found is not None
    assert tuple(map(int, found[1].split(", "))) == CLASS_UPPER_MINUTES


def test_classes_grow_darker_so_that_they_survive_grey() -> None:
    faces = [bytes.fromhex(each.face.removeprefix("#")) for each in LOOKS]
    grey = [0.299 * red + 0.587 * green + 0.114 * blue for red, green, blue in faces]
    assert all(lighter - darker >= 12 for lighter, darker in pairwise(grey))
    assert len({(each.hatch, each.face) for each in (*LOOKS, HIDDEN)}) == len(LOOKS) + 1


def test_tours_are_drawn_each_way_once_so_that_dashes_are_seen(teams: Outcome) -> None:
    """The toy's two tours share the way from B."""
    (way,) = {
        each.get("d", "")
        for each in ElementTree.fromstring(small_map(teams, SV).svg).iter(f"{SVG}path")
        if "stroke-dasharray" in each.get("style", "")
    }
    steps = list(segments(way))
    assert len(steps) > 3
    assert len(steps) == len({frozenset(step) for step in steps})


def segments(path: str) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    last = (0.0, 0.0)
    for kind, x, y in re.findall(r"([ML]) ([-\d.]+) ([-\d.]+)", path):
        point = (float(x), float(y))
        if kind == "L" and point != last:
            yield last, point
        last = point


def test_a_map_of_a_region_without_borders_shows_its_places(toy_folder: Path) -> None:
    picture = option_map(by_hand.with_teams(toy_folder), EN)
    assert "main reception" in texts_of(picture)
    assert "0–10" not in texts_of(picture)
    assert "mean travel time" not in picture.caption


def test_maps_of_the_county_are_small(base_outcome: Outcome) -> None:
    whole, small = option_map(base_outcome, SV), small_map(base_outcome, SV)
    assert len(whole.svg) < 120_000
    assert len(small.svg) < 40_000
    assert "sjö" in texts_of(whole)


# --- travel times ---


def percents(picture: Picture) -> list[str]:
    return [text.replace("\xa0", " ") for text in texts_of(picture) if "%" in text]


def test_visits_before_and_after_stand_side_by_side(satellites: Outcome, teams: Outcome) -> None:
    """Counted by hand on the toy's 25 cells, each with the same need, a step being ten minutes.

    With B and A 8, 8 and 6 cells have at most 10, 20 and 30 minutes, and three corners at 40 go digital.
    The team gives C's corner and its two neighbours at most 10, and D's corner, whose neighbours rather
    drive to B than wait: 12, 8 and 4, and one corner is digital.
    """
    picture = travel_histogram(satellites, teams, SV)
    before, after = ["32 %", "32 %", "24 %"], ["48 %", "32 %", "16 %"]
    assert percents(picture) == [*before, *["0 %"] * 3, "12 %", *after, *["0 %"] * 3, "4 %"]
    assert picture.alt.replace("\xa0", " ").startswith(
        "96 % av besöken på närmaste mottagning har högst 30 min"
    )
    assert "jämfört med 88 %" in picture.alt.replace("\xa0", " ")
    assert {"digital", "kontakt"} <= set(texts_of(picture))
    assert "mottagning" not in texts_of(picture)  # nobody is without


def test_shares_that_tell_of_few_youths_are_not_told(teams: Outcome) -> None:
    """Of 60 youths each step of a share stands for six, and 4 % would be two or three persons."""
    few = with_youths(teams, "02", 60.0)
    assert percents(travel_histogram(None, few, SV)) == ["50 %", "30 %", "20 %", *["0 %"] * 3, "<9 %"]


def test_the_height_of_a_bar_tells_no_more_than_its_label(teams: Outcome) -> None:
    few = with_youths(teams, "02", 60.0)
    root = ElementTree.fromstring(travel_histogram(None, few, SV).svg)
    drawn = [
        [float(y) for y in re.findall(r"[ML] [-\d.]+ ([-\d.]+)", each.get("d", ""))]
        for each in root.iter(f"{SVG}path")
        if "fill: #00424f" in each.get("style", "") and each.get("clip-path")
    ]
    heights = [max(y) - min(y) for y in drawn]
    assert heights[0] > 0
    assert [each / heights[0] for each in heights] == pytest.approx([1.0, 0.6, 0.4, 0, 0, 0, 0], abs=1e-3)


# --- options side by side ---


def test_options_are_told_with_what_they_cost_and_give() -> None:
    picture = cost_plot(POINTS, SV)
    assert "Lägst kostnad har B: 9,1 miljoner kronor om året och 19,4 minuters" in picture.alt
    assert "Kortast restid har A: 12,3 minuter för 18,7 miljoner" in picture.alt
    assert "C ger mindre för pengarna" in picture.alt
    assert {"A (jämförelsen)", "B", "C"} <= set(texts_of(picture))


def test_options_that_are_told_alike_have_one_mark_and_all_letters() -> None:
    twin = replace(POINTS[1], letter="D", sek_per_year=9_120_100.0)
    assert "B, D" in texts_of(cost_plot([*POINTS, twin], SV))
    hidden = replace(POINTS[1], sek_per_year=9_120_100.0)  # what is told alike is drawn alike
    assert cost_plot(POINTS, SV).svg == cost_plot([POINTS[0], hidden, POINTS[2]], SV).svg


def test_every_option_has_its_letter_however_near_they_lie() -> None:
    points = [OptionPoint(chr(65 + n), 9e6 + 1e5 * n, 20 - 0.1 * n, is_efficient=True) for n in range(12)]
    far = OptionPoint("Z", 50e6, 90.0, is_efficient=False)
    assert {each.letter for each in (*points, far)} <= set(texts_of(cost_plot([*points, far], SV)))


def test_municipalities_show_each_option_that_may_be_told() -> None:
    picture = municipality_dots(ROWS, SV, reference="A")
    letters = [text for text in texts_of(picture) if text in "ABC"]
    assert letters == ["A", "B", "C", "A", "C"]
    assert "visas inte" in texts_of(picture)
    assert "Säter: från 30 minuter (A) till 71 minuter (C)" in picture.alt


def test_nothing_to_draw_is_drawn_too() -> None:
    hidden: list[Any] = [MunicipalityRow("Orsa", {"A": None})]
    assert "visas inte" in municipality_dots(hidden, SV).alt
    assert cost_plot(POINTS[:1], SV).svg
    assert cost_plot([], SV).svg


# --- where labels stand ---


@given(
    st.lists(st.tuples(st.floats(0, 200), st.floats(0, 200), st.floats(5, 60), st.floats(8, 14)), max_size=12)
)
def test_labels_stand_in_the_picture_and_on_nothing(spots: list[tuple[float, float, float, float]]) -> None:
    bounds, mark = Box(0, 0, 200, 200), Box(90, 90, 110, 110)
    wanted = [Wanted(*spot, gaps=(4.0, 12.0)) for spot in spots]
    boxes = [place.box for place in placed(wanted, [mark], bounds) if place is not None]
    assert all(box.lies_in(bounds) and not box.touches(mark) for box in boxes)
    assert not any(one.touches(other) for n, one in enumerate(boxes) for other in boxes[:n])


def test_a_label_without_room_is_left_out() -> None:
    assert placed([Wanted(5, 5, 50, 10, gaps=(4.0,))], [], Box(0, 0, 20, 20)) == (None,)


@given(st.lists(st.floats(0, 500), min_size=1, max_size=10))
def test_letters_keep_apart_in_their_order_and_about_where_they_belong(values: list[float]) -> None:
    wanted = sorted(values)
    found = spread_out(wanted, 10.0)
    assert all(right - left >= 10.0 - 1e-6 for left, right in pairwise(found))
    assert sum(found) == pytest.approx(sum(wanted), abs=1e-6)
