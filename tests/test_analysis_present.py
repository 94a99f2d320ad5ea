"""What readers get of a decision analysis: figures by value, privacy, plots, files by schema, the page."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import analysis_by_hand as by_hand
import jsonschema
import numpy as np
import pytest
import test_hostile_names as hostile_names
import toy
from browser import assert_no_finding
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

import siting
from siting.analysis.accessibility import AreaAccessibility
from siting.analysis.analyse import PARTS, Analysis
from siting.analysis.findings import histogram
from siting.analysis.uncertainty import Assumption, Histogram, Quantiles
from siting.errors import OutputError
from siting.present.analysis.accessibility import per_hundred
from siting.present.analysis.assumed import analysis_assumptions, drawn_text
from siting.present.analysis.departures import change_of_rest, departure_blocks, head_after
from siting.present.analysis.frames import analysis_frames
from siting.present.analysis.near_best import best_plans, near_best_part
from siting.present.analysis.page import analysis_html, analysis_lines, parts_of
from siting.present.analysis.record import analysis_record
from siting.present.analysis.shown import Shown
from siting.present.document import Paragraph, Part, Picture, Table
from siting.present.files import analysis_files, write_analysis
from siting.present.pictures.plots import Bar, Bins, Dot, Frame, Span, bars, dots, spans, spread, swings
from siting.present.words import LANGUAGES, Language, Words, to_three_digits
from siting.sites import Role
from siting.study import Outcome

SV, EN = Words("sv"), Words("en")
FRAME = Frame("some", "En bild", "minuter", legend=("den ena", "den andra"))


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    folder = tmp_path_factory.mktemp("toy")
    toy.write_dataset(folder / "data")
    return by_hand.analysis(folder)


@pytest.fixture(scope="module")
def outcome(analysis: Analysis) -> Outcome:
    return analysis.outcome


def part(analysis: Analysis, name: str, words: Words = SV) -> Part:
    (only,) = parts_of(replace(Analysis(analysis.outcome), **{name: getattr(analysis, name)}), words)
    return only


def tables(part: Part) -> list[dict[str, dict[str, str]]]:
    """Each table of a part as cells by the first column, then by the head of their own."""
    found = []
    for block in part.blocks():
        if isinstance(block, Table):
            columns = block.view.columns
            found.append({row[0]: dict(zip(columns[1:], row[1:], strict=True)) for row in block.view.rows})
    return found


def prose(part: Part) -> str:
    return " ".join(block.text for block in part.blocks() if isinstance(block, Paragraph))


def schema() -> dict:
    text = files("siting").joinpath("schemas/analysis.schema.json").read_text(encoding="utf-8")
    return json.loads(text)


# --- what is told, by value ---


def test_near_best_plans_are_counted_and_places_priced(analysis: Analysis) -> None:
    found = part(analysis, "near_best")
    assert found.summary == (
        "Det finns 3 planer som är högst 1\xa0% sämre än den bästa, planen själv inräknad (listan är bevisat "
        "fullständig). Räknat på kommuner i stället för lokaler är de 2. Alla har en plats i Öst. "
        "Gränsen är 0,2 min, mycket mindre än osäkerheten i restiderna. En kommun som ”aldrig” är med kan "
        "ändå vara ett nästan likvärdigt val: se priset."
    )
    areas, sites, mains, plans = tables(found)
    assert areas["Öst"] == {
        "I planen": "ja",
        "Hur säkert": "alltid",
        "Andel av planerna": "100\xa0%",
        "Pris för nej": "går inte",
        "Pris för att kräva": "–",
    }
    assert areas["Väst"]["Pris för nej"] == "<0,1 min"
    assert sites["Place B (Öst)"]["Pris för nej"] == "högst 3,2 min"  # not proven
    assert mains["Place B (Öst)"]["Pris för nej"] == "högst 6,4 min"
    assert [row["I stället"] for row in plans.values()] == [
        "–",
        "Place C (Väst), närmottagning",
        "Place D (Öst), närmottagning",
    ]


def test_a_list_that_was_cut_short_says_so(analysis: Analysis) -> None:
    cut = replace(analysis.near_best, is_complete=False, complete_to=22.51)
    found = part(replace(analysis, near_best=cut), "near_best", EN)
    assert "the search was cut short, so there may be more" in found.summary
    assert "All plans better than 22.5 min are in it" in prose(found)
    assert "proven complete" not in prose(found)


def test_trade_offs_tell_what_one_more_gives_and_what_fairness_costs(analysis: Analysis) -> None:
    found = part(analysis, "trade_offs", EN)
    assert found.summary == (
        "With 2 satellites instead of 1 (one more, in Väst) the value becomes 20.8 min instead of 22.4 min "
        "(mean travel time, by car), a difference of 1.6 min. It costs an estimated 1,330,000 SEK more a "
        "year. The plan that is best for those who have it worst (mean travel time of the 10% of visits that "
        "have the longest, by car) gives them 36 min instead of 40 min; the mean travel time then "
        "becomes 24.6 min instead of 22.4 min (not proven)."
    )
    first, second, curve, fairness = tables(found)
    assert first["2 (the plan)"]["Mean travel time"] == "22.4 min"
    assert first["2 (the plan)"]["Yearly cost (estimate)"] == "5,110,000 SEK"
    assert second["2"]["Proven best"] == "no; none can be better than 20.0 min"
    assert curve["2"]["Difference from the row above"] == "1.6 min"
    assert curve["3"]["Plan"] == "no plan was found"
    (price,) = fairness.values()
    assert price["Price of fairness"] == "10% (not proven)"


def test_uncertainty_explains_regret_and_tells_it(analysis: Analysis) -> None:
    found = part(analysis, "uncertainty")
    assert found.summary == (  # 61 of the 99 that have a plan
        "Planen är bäst i 62\xa0% av 99 prov med andra antaganden, och i 95 % av proven är den högst 0,5 min "
        "sämre än den bästa. Värdet (genomsnittlig restid, med bil) blir 20,1–25,3 min i nio prov av tio. I "
        "ytterligare 1 prov finns ingen plan som följer reglerna."
    )
    assert "hur mycket sämre en plan är än bästa möjliga, alltså den plan som hade varit bäst" in prose(found)
    assert "I 1 av dragningarna finns ingen plan" in prose(found)
    assert "i någon dragning är varje plan minst 0,9 min sämre än den bästa" in prose(found)
    spread_of, regret, frequency, flips, assumed = tables(found)
    assert spread_of["Besök per år"]["Hälften är lägre"] == "2\xa0510"
    assert regret["Tryggast (aldrig långt efter den bästa)"]["Sämre än bästa, som mest"] == "1,1 min"
    assert regret["Vanligt bäst, nr 1"]["Bryter regler i"] == "2\xa0%"
    assert frequency["Place C (Väst)"] == {
        "I planen": "nej",
        "Med i bästa planen": "30\xa0%",
        "Som huvudmottagning, andel av alla dragningar": "4\xa0%",
    }
    when = "När en annan plan blir bättre"
    assert [row[when] for row in flips.values()] == ["över 1,3", "–", "inte mellan 10\xa0% och 90\xa0%"]
    assert "Alla: andel av ungdomarna" in assumed
    assert "Var i kommunen ungdomarna bor" in assumed


def test_municipalities_are_held_against_today_by_the_same_visits(analysis: Analysis) -> None:
    found = part(analysis, "municipalities")
    assert found.summary.startswith(
        "Av två kommuner får en minst 5 minuter kortare genomsnittlig väg med bil (Väst), en minst 5 minuter "
        "längre (Öst) och ingen ungefär som i dag."
    )
    gains, shares, left, areas, groups = tables(found)
    assert gains["Väst"]["Skillnad mot i dag"] == "−13"  # 21.7 - 34.8, not 23.2 - 34.8
    assert gains["Öst"]["På egen hand"] == "pengarna räcker inte"
    assert "i slumpvisa ordningar (3 sammanslutningar räknade)" in prose(found)
    assert shares["Väst"]["Shapley"] == "35,2\xa0% ± 1,2"
    assert shares["Väst"]["Shapley, kronor"] == "1\xa0800\xa0000 ± 61\xa0300"
    assert shares["Väst"]["Efter befolkning, kronor"] == "2\xa0040\xa0000"
    assert shares["Öst"]["Ensam, kronor"] == "går inte"
    assert left["Väst"] == {
        "Stängs hos de andra": "Place A (Väst)",
        "Öppnas i stället": "–",
        "Bevisat bäst": "ja",
        "De andras restid ändras, minuter": "−1",
        "De andras kostnad ändras, kronor per ungdom": "+550",
    }
    assert left["Öst"]["Stängs hos de andra"] == "ingen plan hittades"
    assert areas["Öst"] == {
        "Genomsnitt": "22",
        "Sämsta tiondelen": "43",
        "Ginikoefficient": "0,30",
        "Del av länets sämsta tiondel": "70\xa0%",
    }
    assert set(groups) == {"flickor", "Alla"}
    assert "I planen har Öst minst 5 minuter längre genomsnittlig väg än i dag" in prose(found)
    assert "har 23,1 min i stället för 22,4 min (genomsnittlig restid; bevisat)" in prose(found)


def test_pairs_who_leave_stand_by_what_they_change_for_the_others(analysis: Analysis) -> None:
    """One that changes nothing as it is told is left out; one that leaves no plan stands first."""
    towns = analysis.municipalities
    one = towns.departures[0]

    def pair(codes: str, minutes: float, sek: float) -> Any:
        return replace(
            one, codes=tuple(codes), minutes_of_rest_after=21.9 + minutes, sek_per_head_after=1842.0 + sek
        )

    pairs = (
        pair("ab", 0.01, 1.0),  # nothing, as it is told
        pair("ac", 1.0, 0.0),  # 4 % of 22.4 minutes
        pair("bc", -2.0, 0.0),  # 9 %, though shorter
        pair("ad", 0.0, 700.0),  # 38 % of 1,842
        replace(pair("bd", 0.0, 0.0), plan=None, minutes_of_rest_after=None, sek_per_head_after=None),
    )
    shown = Shown(analysis.outcome, SV)
    shown.__dict__["names"] = {**shown.names, **{letter: letter for letter in "abcd"}}
    _, view = (block.view for block in departure_blocks((one, *pairs), shown) if isinstance(block, Table))
    assert [row[0] for row in view.rows] == ["b och d", "a och d", "b och c", "a och c"]
    assert [row[4] for row in view.rows] == ["saknas", "0,0", "−2,0", "+1,0"]


def test_those_who_stay_keep_their_places_where_the_plan_is_given(tmp_path: Path) -> None:
    toy.write_dataset(tmp_path / "data")
    places = {"main": ["B"], "satellite": ["A"]}
    given_plan = {"n_main": 1, "n_satellites": 1, "given": places}
    found = part(by_hand.analysis(tmp_path, choice=given_plan), "municipalities")
    assert "De som är kvar behåller sina egna mottagningar" in prose(found)
    assert "bästa plan som då finns" not in prose(found)
    left = tables(found)[2]
    assert left["Väst"] == {
        "De andras restid ändras, minuter": "−1",
        "De andras kostnad ändras, kronor per ungdom": "+550",
    }


def test_what_opens_instead_is_told_with_its_role(analysis: Analysis) -> None:
    towns = analysis.municipalities
    moved = replace(towns.departures[0], plan=by_hand.plan("A", "C"), places_moved=("B",))
    told = replace(analysis, municipalities=replace(towns, departures=(moved,)))
    _, _, left, *_ = tables(part(told, "municipalities"))
    assert left["Väst"]["Stängs hos de andra"] == "Place B (Öst)"
    assert left["Väst"]["Öppnas i stället"] == (
        "Place A (Väst) (blir huvudmottagning)\nPlace C (Väst), närmottagning"
    )


def test_a_share_above_what_one_pays_alone_is_marked_and_a_saving_has_its_sign(analysis: Analysis) -> None:
    towns = analysis.municipalities
    west, east = towns.members
    members = (
        replace(west, alone_sek_per_year=1_900_000.0, alone_minutes=None, share_by_shapley=-0.012),
        replace(east, shapley_standard_error=0.0),
    )
    found = part(replace(analysis, municipalities=replace(towns, members=members)), "municipalities")
    gains, shares, *_ = tables(found)
    assert shares["Väst"]["Efter befolkning, kronor"] == "2\xa0040\xa0000 †"  # more than 1.9 millions
    dear = (replace(members[0], alone_sek_per_year=1_000.0, share_by_shapley=0.352), members[1])
    marked = part(replace(analysis, municipalities=replace(towns, members=dear)), "municipalities")
    assert tables(marked)[1]["Väst"]["Shapley, kronor"] == "1\xa0800\xa0000 ± 61\xa0300 †"
    assert shares["Väst"]["Efter användning, kronor"] == "1\xa0890\xa0000"
    assert shares["Väst"]["Shapley"] == "−1,2\xa0% ± 1,2"
    assert shares["Väst"]["Shapley, kronor"] == "−61\xa0300 ± 61\xa0300"
    assert "† Mer än vad kommunen skulle betala ensam." in prose(found)
    assert "På egen hand" not in gains["Väst"]  # nobody can pay for that
    assert "efter befolkning, räcker till en egen plan" in prose(found)


def test_genders_whose_times_are_the_same_are_not_listed(analysis: Analysis) -> None:
    towns = analysis.municipalities
    (girls,) = towns.equity.by_gender
    for boys, is_listed in ((girls, False), (replace(girls, mean_minutes=25.3), True)):
        equity = replace(towns.equity, by_gender=(girls, replace(boys, key="boys")))
        found = part(replace(analysis, municipalities=replace(towns, equity=equity)), "municipalities")
        assert ("pojkar" in tables(found)[-1]) is is_listed
        assert ("Tiderna kan inte skiljas åt mellan flickor och pojkar" in prose(found)) is not is_listed


def test_the_plan_of_today_is_not_compared_with_itself(tmp_path: Path) -> None:
    toy.write_dataset(tmp_path / "data")
    today = {"municipalities": {"today": {"main": ["B"], "satellite": ["A"]}}}
    found = part(by_hand.analysis(tmp_path, analysis=today), "municipalities")
    assert found.summary.startswith("Planen är dagens mottagningar.")
    gains = tables(found)[0]
    assert "Skillnad mot i dag" not in gains["Väst"]
    assert not any(isinstance(block, Picture) for block in found.blocks())
    assert "längre genomsnittlig väg än i dag" not in prose(found)


def test_a_satellite_that_becomes_a_main_reception_is_told_at_once(analysis: Analysis) -> None:
    found = analysis.stages
    first, last = found.orders[0].stages
    first = replace(first, plan=by_hand.plan("B", "A"), opened=("B", "A"))
    last = replace(last, plan=by_hand.plan("BA", "D"), opened=("D",), raised=("A",))
    order = replace(found.orders[0], stages=(first, last))
    told = replace(found, orders=(order,), no_regret_first=("B", "A"))
    summary = part(replace(analysis, stages=told), "stages").summary
    assert summary.startswith(
        "Börja med 1 huvudmottagning (Öst) och 1 närmottagning (Väst). Mottagningen i Väst öppnar som "
        "närmottagning och blir huvudmottagning senare (2:a steget)."
    )


def test_what_it_takes_that_nobody_is_worse_off_is_told_where_the_plan_cannot_do_it(
    analysis: Analysis,
) -> None:
    none = replace(analysis.municipalities.nobody_worse, plan=None, value=None)
    told = replace(analysis, municipalities=replace(analysis.municipalities, nobody_worse=none))
    text = prose(part(told, "municipalities", EN))
    assert "With the plan's number of receptions and the other rules it cannot be done." in text
    assert "costs no less than SEK 7,780,000 a year" in text


def test_the_order_of_opening_begins_with_what_nobody_regrets(analysis: Analysis) -> None:
    found = part(analysis, "stages", EN)
    assert found.summary == (
        "Begin with 1 main reception (Öst). With these figures no later step becomes worse for it; it is not "
        "tried against what is uncertain."
    )
    (together,) = tables(found)  # forward comes to the same
    assert "The order becomes the same as the first." in prose(found)
    assert together["2:a step"]["Opens"] == "Place A (Väst) (satellite)"
    assert "No order has a better mean (proven)." in prose(found)
    none = replace(analysis.stages, no_regret_first=(), least_largest_loss=0.034)
    found = part(replace(analysis, stages=none), "stages", EN)
    assert "no step is more than 3% worse" in found.summary


def test_room_within_reach_is_told_for_a_hundred_youths(analysis: Analysis) -> None:
    found = part(analysis, "accessibility")
    assert found.summary == (
        "Mottagningarna har plats för uppskattningsvis 194 besök om året per hundra ungdomar; behovet är "
        "uppskattat till 100. Minst plats inom räckhåll har Väst (151), mest Öst (222), med bil."
    )
    (areas,) = tables(found)
    assert areas["Väst"]["Besök det finns plats för, per hundra ungdomar"] == "151"
    assert areas["Väst"]["Behövs"] == "91"
    assert areas["Väst"]["Når ingen mottagning"] == "20\xa0%"


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_says_by_which_mode_one_travels(analysis: Analysis, name: str, language: Language) -> None:
    found = part(analysis, name, Words(language))
    captions = [block.caption for block in found.blocks() if isinstance(block, Table | Picture)]
    by_car = {"sv": "med bil", "en": "by car"}[language]
    assert any(by_car in text for text in (prose(found), *captions))


def test_every_plot_has_a_table_after_it(analysis: Analysis) -> None:
    n_plots = 0
    for each in parts_of(analysis, SV):
        blocks = list(each.blocks())
        for place, block in enumerate(blocks):
            if isinstance(block, Picture):
                n_plots += 1
                assert isinstance(blocks[place + 1], Table), block.caption
    assert n_plots == 8 - 1  # prices of nothing are not drawn


@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_was_not_asked_for_is_not_told(analysis: Analysis, name: str) -> None:
    without = replace(analysis, **{name: None})
    titles = [each.title for each in parts_of(analysis, SV)]
    assert [each.title for each in parts_of(without, SV)] == [
        title for title, other in zip(titles, PARTS, strict=True) if other != name
    ]
    assert part(analysis, name).title not in "\n".join(analysis_lines(without, SV))
    assert analysis_record(without)[name] is None
    jsonschema.validate(analysis_record(without), schema())


@pytest.mark.parametrize(
    ("measure", "value", "difference", "texts"),
    [
        ("within_standard", 0.86, 0.0312, ("86.0%", "3 percentage points")),
        ("cost", 5_112_345.0, 123_456.0, ("5,110,000 SEK", "123,000 SEK")),
        ("largest_minutes", 41.27, 0.01, ("41.3 min", "<0.1 min")),
    ],
)
def test_any_first_objective_is_told_in_its_own_unit(
    analysis: Analysis, measure: str, value: float, difference: float, texts: tuple[str, str]
) -> None:
    shown = Shown(analysis.outcome, EN)
    assert (shown.value(measure, value), shown.difference(measure, difference)) == texts
    near = replace(
        analysis.near_best,
        objective=replace(by_hand.MEAN, name=measure, value=value, bound=value),
        values=value - difference * np.arange(3),
    )
    drawn = replace(analysis.uncertainty, objective_name=measure)
    other = replace(analysis, near_best=near, uncertainty=drawn)
    assert f"the best plan has {texts[0]}" in analysis_html(other, EN)
    jsonschema.validate(analysis_record(other), schema())


def test_plans_of_a_front_that_are_told_alike_share_a_row_and_others_say_what_differs(
    analysis: Analysis,
) -> None:
    front = analysis.trade_offs.fronts[0]
    least, chosen, most = front.points
    hair = replace(least.measures, mean_minutes=least.measures.mean_minutes - 0.001)
    alike = replace(least, measures=hair)
    other = replace(most.measures, mean_minutes=most.measures.mean_minutes - 1.0)
    elsewhere = replace(
        most,
        plan=replace(most.plan, main=("D",), satellite=("A", "C", "B")),
        measures=other,
        is_proven=False,
        bound=other.mean_minutes - 0.001,
    )
    fronts = (replace(front, points=(least, alike, chosen, most, elsewhere)),)
    found = part(replace(analysis, trade_offs=replace(analysis.trade_offs, fronts=fronts)), "trade_offs")
    rows, *_ = tables(found)
    assert list(rows) == ["1", "2 (planen)", "3", "4"]
    assert rows["1"]["Plan"] == "1 huvudmottagning (Öst) (och 1 till med samma avrundade värden)"
    assert rows["4"]["Plan"] == (
        "som ovan, men Place B (Öst), närmottagning; Place D (Öst), huvudmottagning i stället för "
        "Place B (Öst), huvudmottagning; Place D (Öst), närmottagning"
    )
    assert rows["4"]["Bevisat bäst"] == "nej, men avrundat finns ingen bättre"
    assert "Det finns 5 sådana planer." in prose(found)
    assert "står på en rad: 4 rader." in prose(found)


def test_a_further_satellite_says_what_moves_and_what_it_costs(analysis: Analysis) -> None:
    curve = analysis.trade_offs.curve
    moved = replace(curve[2].point, plan=replace(curve[2].point.plan, satellite=("C", "D"), main=("A",)))
    told = replace(analysis.trade_offs, curve=(curve[1], replace(curve[2], point=moved)), fairness=())
    summary = part(replace(analysis, trade_offs=told), "trade_offs").summary
    assert "(en till, i Väst)" in summary
    plan = replace(moved.plan, satellite=("C",), main=("A",))
    told = replace(told, curve=(curve[1], replace(curve[2], point=replace(moved, plan=plan))))
    summary = part(replace(analysis, trade_offs=told), "trade_offs").summary
    assert "(i den bästa planen kommer Väst till, och Öst faller bort)" in summary


def test_the_limit_is_told_in_the_unit_of_the_objective_and_a_wide_one_is_not_called_narrow(
    analysis: Analysis,
) -> None:
    near = analysis.near_best
    cost = replace(near, objective=replace(by_hand.MEAN, name="cost", value=5e6), limit=5.05e6)
    share = replace(near, objective=replace(by_hand.MEAN, name="within_standard", value=0.7), limit=0.69)
    wide, same = replace(near, within=0.1, limit=24.64), replace(near, within=0.0, limit=22.4)
    cases = {
        "Gränsen är 50 000 kronor om året, mycket mindre än osäkerheten i kostnaderna. En": cost,
        "Gränsen är 1 procentenheter, mycket mindre än osäkerheten i restiderna. En": share,
        "plats i Öst. Gränsen är 2,2 min. En kommun": wide,
        "plats i Öst. En kommun": same,
    }
    for sentence, changed in cases.items():
        found = part(replace(analysis, near_best=changed), "near_best")
        assert sentence in found.summary.replace("\xa0", " ")


def test_draws_are_held_against_what_the_scenario_says(analysis: Analysis) -> None:
    found = part(analysis, "uncertainty")
    spread_of, *_ = tables(found)
    assert spread_of["Planen: genomsnittlig restid"] == {
        "I scenariot": "22,4 min",
        "En av tjugo är lägre": "20,1 min",
        "Hälften är lägre": "22,6 min",
        "En av tjugo är högre": "25,3 min",
    }
    best = spread_of["Bästa planen i varje dragning: genomsnittlig restid"]
    assert best["Hälften är lägre"] == "23,0 min"
    assert spread_of["Besök per år"]["I scenariot"] == "2\xa0500"
    assert "som scenariot inte har" not in prose(found)
    assert "Hälften av dragningarna" not in prose(found)  # 22.6 and 2 511 are near enough
    chosen = replace(analysis.uncertainty.plans[0], objective=Quantiles(20.1, 23.6, 25.3))
    hidden = Assumption("demand.risk_groups.all.hidden_number_factor", "uniform(1,2)", 1.0, 1.05, 1.95)
    drawn = replace(
        analysis.uncertainty,
        plans=(chosen,),
        assumptions=(*analysis.uncertainty.assumptions, hidden),
        visits_per_year=Quantiles(3000.0, 4000.0, 5000.0),
    )
    text = prose(part(replace(analysis, uncertainty=drawn), "uncertainty", EN))
    assert "The draws include more who need help without being known (hidden number), which" in text
    assert "Half of the draws give the plan more than 23.6 min (mean travel time), against 22.4 min" in text
    assert "Half of the draws have more than 4,000 visits a year, against 2,500 in the scenario." in text


def test_numbers_that_flip_nothing_are_said_to_and_noise_says_how_often_the_plan_stays(
    analysis: Analysis,
) -> None:
    cells, speed, need = analysis.uncertainty.swings
    cells = replace(cells, regret_low=None, regret_high=None, best_share_alone=0.88, n_alone=250)
    speed = replace(speed, regret_high=0.0, flips_above=None)
    told = replace(analysis, uncertainty=replace(analysis.uncertainty, swings=(cells, speed, need)))
    found = part(told, "uncertainty")
    assert "Inget av talen ändrar för sig vilken plan som är bäst" in prose(found)
    *_, flips, _ = tables(found)
    assert flips["Var i kommunen ungdomarna bor"]["När en annan plan blir bättre"] == (
        "planen bäst i 88\xa0% av 250 dragningar när bara detta är osäkert"
    )
    assert all("Sämre än bästa, som mest" not in row for row in flips.values())
    assert "Inget av talen" not in prose(part(analysis, "uncertainty"))


def test_a_difference_too_small_to_tell_is_not_at_most_less_than(analysis: Analysis) -> None:
    chosen = replace(analysis.uncertainty.plans[0], regret_95=0.003)
    told = replace(analysis, uncertainty=replace(analysis.uncertainty, plans=(chosen,)))
    assert "är den mindre än 0,1 min sämre än den bästa" in part(told, "uncertainty").summary


def test_premises_that_no_source_confirms_are_marked_wherever_they_are_named(analysis: Analysis) -> None:
    shown = Shown(analysis.outcome, SV)
    assert not shown.unconfirmed
    shown.__dict__["unconfirmed"] = frozenset("A")
    assert shown.marked_site("A") == "Place A (Väst)\xa0*"
    assert shown.marked_site("B") == "Place B (Öst)"
    assert shown.otherwise([("B", Role.MAIN, 5.0)])[0] == "Place A (Väst)\xa0*, närmottagning"
    blocks = near_best_part(analysis.near_best, shown).blocks()
    _, sites, *_ = (block.view for block in blocks if isinstance(block, Table))
    assert "Place A (Väst)\xa0*" in [row[0] for row in sites.rows]


@pytest.mark.parametrize(
    ("key", "written", "text"),
    [
        (
            "demand.risk_groups.all.share_reached",
            "triangular(0.1,0.3,0.6)",
            "mellan 10 % och 60 %, troligast 30 %",
        ),
        ("demand.risk_groups.all.prevalence", "beta(136,6027)", "136 av 6 163 svarande"),
        (
            "demand.risk_groups.all.hidden_number_factor",
            "uniform(1,2)",
            "mellan 1 och 2, allt däremellan lika troligt",
        ),
        ("travel.speed_factor", "normal(1.04,0.05)", "omkring 1,04, ± 0,05"),
        ("cells", "lognormal(1,0.5)", "± 50 %"),
        ("cells", "lognormal(1,youths_standard_error)", "± medelfelet i underlaget"),
    ],
)
def test_what_is_drawn_from_is_told_in_words(analysis: Analysis, key: str, written: str, text: str) -> None:
    assert drawn_text(key, written, Shown(analysis.outcome, SV)).replace("\xa0", " ") == text


def test_parts_that_are_left_out_are_told_with_the_reason_that_the_error_names(analysis: Analysis) -> None:
    reasons = {
        "near_best": "choice.given: a plan that is given ...",
        "trade_offs": "choice.given: a plan that is given ...",
        "uncertainty": "analysis.uncertainty: with travelling teams (choice.n_teams) each draw ...",
        "stages": "analysis.stages.stages.1: the last step opens ...",
    }
    left = replace(Analysis(analysis.outcome), accessibility=analysis.accessibility, left_out=reasons)
    sentences = (
        "Inte räknat för det här scenariot: andra planer som är lika bra och avvägningar. Planen är given",
        "Inte räknat för det här scenariot: osäkerhet. Det går inte att räkna med turnerande team.",
        "Inte räknat för det här scenariot: ordning. Skälet står under left_out i filen analysis.json.",
    )
    html, lines = analysis_html(left, SV), "\n".join(analysis_lines(left, SV))
    for sentence in sentences:
        assert html.index(sentence) < html.index('id="part1"')
        assert sentence in lines
    assert "Not worked out for this scenario: uncertainty. It cannot" in analysis_html(left, EN)


def test_what_the_analysis_assumes_stands_with_what_it_rests_on(tmp_path: Path) -> None:
    toy.write_dataset(tmp_path / "data")
    section = {
        "draw": {"travel.speed_factor": "normal(1,0.05)"},
        "noise": {"cells": 0.5, "basis": {"cells": {"sv": "rutor är osäkra", "en": "cells are unsure"}}},
        "winter": {"road_time_factor": 1.2},
        "basis": {"draw": {"sv": "kända resor", "en": "known trips"}},
    }
    analysis = by_hand.analysis(tmp_path, analysis={"uncertainty": section})
    told = analysis_assumptions(analysis, Shown(analysis.outcome, EN))
    rows = {name: (basis, value) for name, basis, value in told.rows}
    assert rows["Adjustment of the network's speeds (1 = none)"] == ("known trips", "about 1, ± 0.05")
    assert rows["Where in the municipality the young people live"] == ("cells are unsure", "± 50%")
    assert rows["Winter roads: time on the road network, times that on bare ground"] == ("assumption", "1.2")
    assert rows["Number of draws"] == ("assumption", "1,000")
    assert rows["Room within reach: ends of the zones, minutes"][1] == "15, 30, 60"
    only = replace(Analysis(analysis.outcome), accessibility=analysis.accessibility)
    few = analysis_assumptions(only, Shown(analysis.outcome, EN))
    assert {name.partition(":")[0] for name, _, _ in few.rows} == {"Room within reach"}
    assert 'aria-label="The analysis"' in analysis_html(analysis, EN)


def test_each_line_in_short_has_its_part_in_the_contents(pages: dict[str, Path]) -> None:
    html = pages["sv"].read_text(encoding="utf-8")
    for number in range(1, len(PARTS) + 1):
        title = re.search(rf'<a href="#part{number}">(.*?)</a>', html)
        assert title
        assert f"<li><strong>{title[1]}</strong> " in html
        assert f'<h2 id="part{number}">{number}. {title[1]}</h2>' in html


# --- privacy ---


def numbers(record: Any, path: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(record, dict):
        for key, value in record.items():
            yield from numbers(value, f"{path}.{key}")
    elif isinstance(record, list):
        for value in record:
            yield from numbers(value, path)
    elif isinstance(record, float):
        yield path, record


def without_plots(text: str) -> str:
    """Leave out where lines are drawn: their places on the paper are no figures."""
    return re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL)


def assert_decimals(record: Any, pattern: str, decimals: int) -> None:
    found = [(path, value) for path, value in numbers(record) if re.search(pattern, path)]
    assert found, pattern
    for path, value in found:
        assert value == round(value, decimals), path


def test_what_there_are_many_of_has_tenths_and_municipalities_whole_minutes(analysis: Analysis) -> None:
    """Each further figure at full precision would be an equation for the cells (docs/decisions/0005)."""
    blurred = replace(  # so that nothing is round by luck
        analysis.near_best, values=np.array([22.4, 22.41234, 22.6789])
    )
    record = analysis_record(replace(analysis, near_best=blurred))
    assert_decimals(
        record["near_best"], "worse_by|price_of_(no|insisting)$|limit|complete_to|objective.value", 1
    )
    assert_decimals(record["uncertainty"], "regret|chosen|objective|bound", 1)
    assert_decimals(record["municipalities"], "change_of_rest|joint_value|nobody_worse.value", 1)
    assert_decimals(record["municipalities"], r"members\.\w+_minutes|by_municipality\.\w+_minutes", 0)
    assert_decimals(record["municipalities"], "gini|theil|between", 2)
    assert_decimals(record["stages"], "value|bound|own_best|loss", 1)
    assert_decimals(record["accessibility"], "gini", 2)


def test_the_mean_of_those_who_stay_is_told_only_as_its_change(analysis: Analysis) -> None:
    """The county's mean and that of all others together give the mean of the one left out."""
    before = replace(
        analysis.municipalities.departures[0], minutes_of_rest_before=77.7, minutes_of_rest_after=76.2
    )
    told = replace(analysis, municipalities=replace(analysis.municipalities, departures=(before,)))
    for text in (json.dumps(analysis_record(told)), without_plots(analysis_html(told, EN))):
        assert "77.7" not in text
        assert "76.2" not in text


def test_scores_of_cells_and_ratios_of_places_are_nowhere(analysis: Analysis, tmp_path: Path) -> None:
    write_analysis(analysis, tmp_path)
    for path in tmp_path.iterdir():
        text = path.read_text(encoding="utf-8")
        for hidden in ("1.93", "1,93", "2.71", "2,71", "1.14", "1,14"):
            assert hidden not in without_plots(text), (path.name, hidden)


def with_few(found: Any, **more: Any) -> Any:
    """The first of two municipalities has three young people."""
    return replace(found, youths=3.0, **more)


def test_a_small_municipality_is_hidden_in_texts_records_and_plots(analysis: Analysis) -> None:
    towns, room = analysis.municipalities, analysis.accessibility
    west, east = towns.members
    west = with_few(west, visits_per_year=3.0, share_by_population=0.0012, share_by_use=0.0011)
    areas = towns.equity.by_municipality
    few = replace(
        analysis,
        municipalities=replace(
            towns,
            members=(west, east),
            equity=replace(towns.equity, by_municipality=(with_few(areas[0]), areas[1])),
        ),
        accessibility=replace(
            room, by_municipality=(with_few(room.by_municipality[0]), room.by_municipality[1])
        ),
    )
    record = analysis_record(few)
    member = record["municipalities"]["members"][0]
    for key in ("youths", "visits_per_year", "joint_minutes", "joint_minutes_as_today", "today_minutes"):
        assert member[key] is None, key
    assert (member["share_by_population"], member["share_by_use"]) == (None, None)
    assert record["municipalities"]["equity"]["by_municipality"][0]["gini"] is None
    reached = record["accessibility"]["by_municipality"][0]
    assert (reached["visits_within_reach_per_hundred_youths"], reached["share_without"]) == (None, None)
    found = part(few, "municipalities")
    gains, shares, _, spread_of, _ = tables(found)
    assert set(gains["Väst"].values()) == {"färre än 5", "1", "visas inte"}
    assert list(shares["Väst"].values())[:4] == ["visas inte"] * 4
    assert spread_of["Väst"]["Ginikoefficient"] == "visas inte"
    (plot,) = (block for block in found.blocks() if isinstance(block, Picture))
    assert "Öst" in plot.svg
    assert "Väst" not in plot.svg
    assert "Väst" not in found.summary
    assert "Väst" not in part(few, "accessibility").summary


@settings(deadline=None)
@given(order=st.permutations(range(6)))
def test_plans_that_are_told_to_be_as_good_stand_in_an_order_that_tells_nothing(
    analysis: Analysis, order: list[int]
) -> None:
    """Which of two plans is better by a hair is another inequality over the cells."""
    near = by_hand.near_best()
    plans = np.array([[0, 1, 2], [0, 1, 3], [0, 2, 3], [0, 1, -1], [0, 2, -1], [0, 3, -1]], dtype=np.int16)
    values = 22.4 + 0.001 * np.arange(6)
    shuffled = replace(near, plans=plans[order], values=values)
    told = best_plans(shuffled, 6, Shown(analysis.outcome, SV))
    first, *others = [shuffled.plans[rank].tolist() for rank, _ in told]
    assert first == plans[order[0]].tolist()  # the plan itself, which is known to be the best
    assert others == sorted(others)
    assert {worse for _, worse in told} == {0.0}


# --- files ---


def test_the_files_are_as_their_schema_says_and_named(analysis: Analysis, tmp_path: Path) -> None:
    assert siting.write(analysis, tmp_path) == tmp_path
    names = tuple(sorted(path.name for path in tmp_path.iterdir()))
    assert names == analysis_files(analysis)
    assert names == ("analysis.html", "analysis.json", "municipalities.csv", "near_best.csv")
    record = json.loads((tmp_path / "analysis.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(record, schema())
    with (tmp_path / "near_best.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["scope"], row["name"]) for row in rows[:2]] == [
        ("site", "Place A (Väst)"),
        ("site", "Place B (Öst)"),
    ]
    assert rows[1]["mode"] == "car"
    assert rows[1]["price_of_no_minutes"] == "3.2"
    assert rows[1]["price_of_no_is_proven"] == "False"
    assert (rows[1]["price_of_insisting_minutes"], rows[1]["price_of_insisting_is_proven"]) == ("", "")
    assert (rows[2]["price_of_no_minutes"], rows[2]["price_of_insisting_minutes"]) == ("", "0.0")


def test_without_the_parts_there_are_no_tables(analysis: Analysis, tmp_path: Path) -> None:
    only = Analysis(analysis.outcome, accessibility=analysis.accessibility)
    write_analysis(only, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"analysis.html", "analysis.json"}
    assert list(analysis_frames(only)) == []
    html = (tmp_path / "analysis.html").read_text(encoding="utf-8")
    assert "siting analyse toy.yaml accessibility" in re.sub(r"<[^>]+>", "", html)


def test_an_analysis_of_fewer_parts_leaves_no_table_of_an_earlier_one(
    analysis: Analysis, tmp_path: Path
) -> None:
    (tmp_path / "mine.csv").write_text("of the user", encoding="utf-8")
    write_analysis(analysis, tmp_path)
    write_analysis(replace(analysis, near_best=None), tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"analysis.html", "analysis.json", "mine.csv", "municipalities.csv"}


def test_a_file_that_no_analysis_wrote_is_kept(analysis: Analysis, tmp_path: Path) -> None:
    (tmp_path / "municipalities.csv").write_text("of the user", encoding="utf-8")
    write_analysis(replace(analysis, municipalities=None), tmp_path)
    assert (tmp_path / "municipalities.csv").read_text(encoding="utf-8") == "of the user"


def test_prices_in_a_table_are_named_by_the_unit_of_the_objective(analysis: Analysis) -> None:
    for measure, column in (("cost", "price_of_no_sek"), ("within_standard", "price_of_no_share")):
        near = replace(analysis.near_best, objective=replace(by_hand.MEAN, name=measure))
        ((_, frame),) = analysis_frames(Analysis(analysis.outcome, near_best=near))
        assert column in frame.columns


def test_an_analysis_does_not_go_into_a_database(analysis: Analysis) -> None:
    with pytest.raises(OutputError, match="written as files"):
        write_analysis(analysis, "postgresql://somebody@host/there")


# --- plots ---


def drawn(name: str) -> list[str]:
    frame = replace(FRAME, name=name)
    rows = [Bar("Alfa", 2.0), Bar("Beta", 1.0, is_other_kind=True)]
    spans_of = [Span("Alfa", 20.0, 35.0), Span("Beta", 30.0, 21.0), Span("Gamma", None, 5.0)]
    return [
        bars(rows, frame, SV),
        bars([Bar("Alfa", 100.0, part=40.0)], frame, SV, most=100),
        spans(spans_of, frame, SV),
        swings(spans_of, 25.0, frame, SV),
        dots([Dot(1.5, 22.4, "1"), Dot(2.25, 20.1, "2", is_chosen=True)], frame, SV),
        spread(Bins(20.0, 0.5, (2, 1, 0, 0, 1)), marks=[("här", 21.0)], frame=frame, words=SV),
    ]


def test_the_same_plot_is_the_same_bytes() -> None:
    assert drawn("some") == drawn("some")


def test_a_plot_keeps_to_itself_on_a_page() -> None:
    for svg in drawn("some"):
        root = ElementTree.fromstring(svg)
        assert root.get("role") == "img"
        assert root.get("aria-label") == "En bild"
        assert {each.tag for each in root.iter()}.isdisjoint(
            {f"{{http://www.w3.org/2000/svg}}{tag}" for tag in ("style", "metadata", "script", "image")}
        )
        ids = [each.get("id") for each in root.iter() if each.get("id")]
        assert len(ids) == len(set(ids))
        assert all(each.startswith("some-") for each in ids)
        wanted = set(re.findall(r"(?:url\(#|href=\"#)([\w-]+)", svg))
        assert wanted == set(ids)
        assert "font-family" not in svg


def test_two_plots_of_a_page_share_no_id(pages: dict[str, Path]) -> None:
    ids = re.findall(r'\bid="([^"]+)"', pages["sv"].read_text(encoding="utf-8"))
    assert ids
    assert len(ids) == len(set(ids))


def test_ticks_are_written_as_in_their_language() -> None:
    points = [Dot(1.5, 0.25, "1"), Dot(2.5, 0.75, "2")]
    assert ">1,5<" in dots(points, FRAME, SV).replace("1,6", "1,5")
    assert ">1.6<" in dots(points, FRAME, EN) or ">1.5<" in dots(points, FRAME, EN)


def test_names_are_text_in_a_plot_whatever_signs_they_hold() -> None:
    svg = bars([Bar("$\\frac{<b>}$ & <script>", 1.0)], FRAME, SV)
    (label,) = (
        each.text
        for each in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
        if "frac" in str(each.text)
    )
    assert label == "$\\frac{<b>}$ & <script>"


def test_labels_of_points_that_lie_together_are_left_out_but_not_that_of_the_chosen_one() -> None:
    points = [
        Dot(1.0, 1.0, "ett"),
        Dot(1.0001, 1.0001, "två", is_chosen=True),
        Dot(2.0, 2.0, "tre"),
    ]
    svg = dots(points, FRAME, SV)
    assert ">två<" in svg
    assert ">tre<" in svg
    assert ">ett<" not in svg


def test_bins_of_a_spread_are_round_and_no_finer_than_figures_are_told() -> None:
    """A value may be exact; where a bin ends must not tell it."""
    one = histogram(np.array([20.123456, 25.654321]), "minutes")
    assert one == histogram(np.array([20.123457, 25.654320]), "minutes")
    assert (one.start, one.width, sum(one.counts)) == (20.0, 0.2, 2)
    assert (one.counts[0], one.counts[-1]) == (1, 1)
    alike = histogram(np.array([20.12, 20.13, 20.31]), "minutes")
    assert (alike.start, alike.width, alike.counts) == (20.1, 0.1, (2, 0, 1))
    assert histogram(np.array([0.912, 0.938]), "share").width == 0.01
    assert histogram(np.array([5_110_000.0]), "sek_per_year") == Histogram(5_110_000.0, 10_000.0, (1,))
    assert histogram(np.empty(0), "minutes").counts == ()


@given(
    values=st.lists(st.floats(0.0, 500.0), min_size=1, max_size=60),
    unit=st.sampled_from(["minutes", "share", "sek_per_year"]),
)
def test_every_value_lies_in_a_bin(values: list[float], unit: str) -> None:
    found = histogram(np.array(values), unit)
    assert sum(found.counts) == len(values)
    assert len(found.counts) <= 32
    assert found.start <= min(values) + 1e-9
    assert max(values) <= found.start + found.width * len(found.counts) + 1e-9


# --- the page in a browser ---

WIDTHS = (1280, 400)
OVERLAPS = """() => {
    const wrong = [];
    for (const svg of document.querySelectorAll('svg.plot')) {
        const frame = svg.getBoundingClientRect();
        const boxed = (each) => [each.textContent, each.getBoundingClientRect()];
        const texts = [...svg.querySelectorAll('text')].map(boxed);
        for (const [text, box] of texts) {
            if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1) {
                wrong.push(`${text} is cut off`);
            }
        }
        texts.forEach(([text, a], i) => texts.slice(i + 1).forEach(([other, b]) => {
            const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (across > 1 && down > 6) { wrong.push(`${text} covers ${other}`); }
        }));
    }
    return wrong;
}"""


@pytest.fixture(scope="module")
def pages(analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page in each language."""
    folder = tmp_path_factory.mktemp("pages")
    for language in LANGUAGES:
        html = analysis_html(analysis, Words(language))
        (folder / f"{language}.html").write_text(html, encoding="utf-8")
    return {language: folder / f"{language}.html" for language in LANGUAGES}


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_no_finding_and_needs_nothing_else(
    chromium_page: Page, pages: dict[str, Path], *, language: Language, width: int
) -> None:
    chromium_page.set_viewport_size({"width": width, "height": 800})
    chromium_page.goto(pages[language].as_uri())
    assert_no_finding(chromium_page)
    assert chromium_page.problems == []  # type: ignore[attr-defined]
    assert chromium_page.locator("script, link, iframe").count() == 0
    assert chromium_page.evaluate("document.documentElement.scrollWidth") <= width
    assert chromium_page.locator("html").get_attribute("lang") == language
    assert chromium_page.evaluate(OVERLAPS) == []


@pytest.mark.browser
def test_the_page_on_paper_has_no_finding(chromium_page: Page, pages: dict[str, Path]) -> None:
    chromium_page.goto(pages["sv"].as_uri())
    chromium_page.emulate_media(media="print")
    assert_no_finding(chromium_page)
    assert chromium_page.evaluate(OVERLAPS) == []


@pytest.mark.browser
def test_names_that_are_payloads_are_text_on_the_page(chromium_page: Page, tmp_path: Path) -> None:
    toy.write_dataset(tmp_path / "data")
    hostile_names.name_dataset(tmp_path, hostile_names.hostile)
    _, scenario = hostile_names.write_scenarios(tmp_path, hostile_names.hostile)
    page, analysis = chromium_page, by_hand.of(siting.run(scenario))
    path = tmp_path / "analysis.html"
    path.write_text(analysis_html(analysis, SV), encoding="utf-8")
    hostile_names.open_watched(page, path)
    hostile_names.assert_nothing_happened(page)
    assert page.locator("script").count() == 0
    hostile_names.assert_shown(page.locator("body").text_content(), "Place B", "Väst", "Öst", "Fråga")


def test_cost_per_youth_gives_no_more_away_than_the_counts_that_are_shown(analysis: Analysis) -> None:
    """A plan's cost is public: divided by the true count it would tell the count."""
    record = analysis_record(analysis)
    shown = Shown(analysis.outcome, SV)
    for each, told in zip(
        analysis.municipalities.departures, record["municipalities"]["departures"], strict=True
    ):
        rest = shown.youths_of_rest(each.codes)
        if told["sek_per_head_after"] is not None:
            counted = shown.gate.count(rest)
            assert told["sek_per_head_after"] == to_three_digits(each.sek_per_head_after * rest / counted)


def test_those_who_leave_or_stay_and_are_few_are_not_told_of(analysis: Analysis) -> None:
    evaluation = analysis.outcome.evaluation
    few = {code: replace(area, youths=4.0) for code, area in evaluation.by_municipality.items()}
    outcome = replace(analysis.outcome, evaluation=replace(evaluation, by_municipality=few))
    shown = Shown(outcome, SV)
    for each in analysis.municipalities.departures:
        assert (change_of_rest(each, shown), head_after(each, shown)) == (None, None)


@pytest.mark.parametrize("youths", [47.0, 1700.0])
def test_room_for_each_youth_does_not_tell_how_many_they_are(analysis: Analysis, youths: float) -> None:
    """All the room of a place that nobody else reaches, which is public, over its youths."""
    shown = Shown(analysis.outcome, SV)
    near = [
        per_hundred(AreaAccessibility("01", each, 3520 / each, 0.2, 0.0), shown)
        for each in (youths, youths + 2)
    ]
    assert near[0] == pytest.approx(near[1], rel=0.01)
    assert (near[0] % 1000 == 0) == (youths < 100)


def test_plans_of_fronts_and_curves_are_told_to_a_tenth_of_a_minute(analysis: Analysis) -> None:
    told = analysis_record(analysis)["trade_offs"]
    points = [point for front in told["fronts"] for point in front["points"]]
    points += [each["point"] for each in told["curve"] if each["point"] is not None]
    assert points
    for point in points:
        for name in ("mean_minutes", "largest_minutes", "worst_share_minutes"):
            value = point["measures"][name]
            assert value is None or value == round(value, 1)


def test_a_name_with_letters_that_xml_cannot_hold_is_drawn_without_them() -> None:
    drawn = bars([Bar("Al\x01la\ud800", 1.0)], FRAME, SV)
    assert "Alla" in "".join(ElementTree.fromstring(drawn).itertext())
