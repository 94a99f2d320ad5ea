"""Saved analyses: the page of a reopened one is that of the live one, and files that are none are refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import Any

import analysis_by_hand as by_hand
import jsonschema
import numpy as np
import pytest
import toy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_analysis_present import schema, without_plots

import siting
from siting import saved, study
from siting.analysis.analyse import PARTS, Analysis, analyse
from siting.analysis.findings import Quantiles, histogram
from siting.errors import InputError
from siting.present.analysis.accessibility import per_hundred
from siting.present.analysis.page import analysis_html, analysis_lines, parts_of
from siting.present.analysis.record import analysis_record
from siting.present.analysis.shown import Shown
from siting.present.disclosure import Gate
from siting.present.document import Paragraph, Picture
from siting.present.files import write_analysis
from siting.present.words import LANGUAGES, Language, Words
from siting.saved.analyses import reopen_analysis
from siting.saved.analysis_types import STANDS_FOR

SV = Words("sv")
MEASURES = ("mean_minutes", "within_standard", "largest_minutes", "worst_share_minutes", "cost")


@pytest.fixture(scope="module")
def by_hand_analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    folder = tmp_path_factory.mktemp("toy")
    toy.write_dataset(folder / "data")
    return by_hand.analysis(folder)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """All six parts of the toy, worked out."""
    folder = tmp_path_factory.mktemp("live")
    toy.write_dataset(folder / "data")
    section = {
        "near_best": {"within": 0.1},
        "trade_offs": {"fronts": [["mean_minutes", "cost"]], "n_satellites": {"minimum": 0, "maximum": 2}},
        "uncertainty": {
            "draws": 12,
            "draw": {"travel.speed_factor": "normal(1,0.05)"},
            "noise": {"cells": 0.5},
        },
        "municipalities": {"today": {"main": ["A"], "satellite": []}},
    }
    choice = {"n_main": 1, "n_satellites": 1}
    found = analyse(study.run(toy.write_scenario(folder, choice=choice, analysis=section)))
    assert not found.left_out
    return found


def reopened(analysis: Analysis, folder: Path) -> Analysis:
    """The analysis as it comes back beside its outcome, whose scenario has lost what was asked of it."""
    (folder / "analysis.json").write_text(json.dumps(analysis_record(analysis)), encoding="utf-8")
    scenario = analysis.outcome.scenario
    bare = scenario.model_copy(update={"analysis": type(scenario.analysis)()})
    return reopen_analysis(folder, [replace(analysis.outcome, scenario=bare)])


def assert_told_alike(analysis: Analysis, folder: Path) -> Analysis:
    """All that the page is told from is the same, figure by figure."""
    again = reopened(analysis, folder)
    assert json.loads(json.dumps(analysis_record(again))) == json.loads(json.dumps(analysis_record(analysis)))
    return again


def assert_same_page(analysis: Analysis, folder: Path, language: Language) -> None:
    again, words = assert_told_alike(analysis, folder), Words(language)
    assert analysis_html(again, words) == analysis_html(analysis, words)
    assert list(analysis_lines(again, words)) == list(analysis_lines(analysis, words))


def test_an_analysis_that_was_worked_out_has_the_same_page_after_it_was_saved(
    live: Analysis, tmp_path: Path
) -> None:
    assert all(getattr(live, name) is not None for name in PARTS)
    assert_same_page(live, tmp_path, "sv")


def test_figures_that_are_not_round_have_the_same_page_after_they_were_saved(
    by_hand_analysis: Analysis, tmp_path: Path
) -> None:
    assert_same_page(by_hand_analysis, tmp_path, "en")


def test_beside_an_outcome_that_was_reopened_itself_the_page_is_the_same(
    live: Analysis, tmp_path: Path
) -> None:
    """But for what the page says of the run that made the plan."""
    siting_folder = tmp_path / "plan"
    siting.write(live.outcome, siting_folder)
    write_analysis(live, tmp_path / "analysis")
    (outcome,) = saved.reopen(siting_folder, dataset=live.outcome.dataset.folder)
    again = reopen_analysis(tmp_path / "analysis", [outcome])
    one, other = (page_lines(analysis_html(each, SV)) for each in (live, again))
    assert one == other


def page_lines(html: str) -> list[str]:
    """Lines of a page but for the command that makes it again, which names the scenario's file."""
    return [line for line in html.splitlines() if "siting analyse" not in line]


@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_was_not_asked_for_stays_away(
    by_hand_analysis: Analysis, tmp_path: Path, name: str
) -> None:
    without = replace(by_hand_analysis, **{name: None}, left_out={name: "choice.given: none"})
    again = reopened(without, tmp_path)
    assert getattr(again, name) is None
    assert again.left_out == without.left_out
    assert_told_alike(without, tmp_path)


def test_of_more_plans_than_are_listed_all_are_counted(by_hand_analysis: Analysis, tmp_path: Path) -> None:
    near = by_hand_analysis.near_best
    many = replace(
        near,
        plans=np.repeat(near.plans, 50, axis=0),
        values=np.repeat(near.values, 50),
        n_plans=150,
        n_by_municipality=17,
    )
    analysis = replace(by_hand_analysis, near_best=many)
    again = assert_told_alike(analysis, tmp_path)
    assert len(again.near_best.values) == 100
    (near_part, *_) = parts_of(again, SV)
    assert "Det finns 150 planer" in near_part.summary
    assert "är de 17" in near_part.summary


def few(found: Any, **more: Any) -> Any:
    return replace(found, youths=3.0, **more)


def small_town(analysis: Analysis) -> Analysis:
    towns, room = analysis.municipalities, analysis.accessibility
    west, east = towns.members
    areas = towns.equity.by_municipality
    nearly_all = replace(room.by_municipality[1], share_without=0.999)
    return replace(
        analysis,
        municipalities=replace(
            towns,
            members=(few(west, visits_per_year=3.0, share_by_population=0.0012, share_by_use=0.0011), east),
            equity=replace(
                towns.equity,
                by_municipality=(few(areas[0]), areas[1]),
                worst_visits_share_by_municipality=(("01", 0.0001), ("02", 0.9999)),
            ),
        ),
        accessibility=replace(
            room,
            by_municipality=(
                few(room.by_municipality[0]),
                nearly_all,
            ),
        ),
    )


def nobody_best(analysis: Analysis) -> Analysis:
    """No draw has a plan; quantiles are there all the same."""
    draws = analysis.uncertainty
    none = np.full(100, np.nan)
    return replace(
        analysis,
        uncertainty=replace(
            draws,
            n_without_plan=60,
            n_out_of_time=40,
            best_values=none,
            best=Quantiles(*none[:3]),
            best_counts=histogram(none[:0], "minutes"),
            within_standard=Quantiles(0.0001, 0.5, 0.9999),
        ),
    )


def hairs(analysis: Analysis) -> Analysis:
    """Differences that are more than nothing, and less than is told."""
    draws, order = analysis.uncertainty, analysis.stages.orders[0]
    plans = tuple(replace(each, regret_mean=0.01, regret_95=0.0, regret_largest=0.02) for each in draws.plans)
    stages = tuple(replace(each, loss=0.003) for each in order.stages)
    return replace(
        analysis,
        uncertainty=replace(draws, plans=plans, min_max_bound=0.01),
        stages=replace(analysis.stages, orders=(replace(order, stages=stages),), no_regret_first=()),
    )


def cut_short(analysis: Analysis) -> Analysis:
    towns = analysis.municipalities
    rule = replace(towns.nobody_worse, plan=None, value=None, is_proven=False, least_cost_plan=None)
    return replace(
        analysis,
        near_best=replace(analysis.near_best, is_complete=False, complete_to=22.51),
        trade_offs=replace(analysis.trade_offs, curve=(), fairness=()),
        municipalities=replace(
            towns,
            nobody_worse=rule,
            largest_gap_between=None,
            largest_gap_minutes=None,
            least_sek_per_year=None,
            shapley_reason="too dear",
            members=tuple(
                replace(each, share_by_shapley=None, shapley_standard_error=None) for each in towns.members
            ),
        ),
    )


def other_unit(analysis: Analysis) -> Analysis:
    """By shares, of which more is better."""
    near, draws = analysis.near_best, analysis.uncertainty
    share = replace(by_hand.MEAN, name="within_standard", unit="share", value=0.8612, bound=0.8612)
    worths = tuple(
        replace(each, best_with=0.8612, best_without=0.8612 - 0.0312 * k)
        for k, each in enumerate(near.worths)
    )
    spread = Quantiles(0.81234, 0.85678, 0.91234)
    plans = tuple(
        replace(each, regret_mean=0.0001, regret_95=0.0312, regret_largest=0.05, objective=spread)
        for each in draws.plans
    )
    values = np.linspace(0.8, 0.9, 100)
    return replace(
        analysis,
        near_best=replace(
            near,
            objective=share,
            limit=0.85,
            complete_to=0.85,
            worths=worths,
            values=0.8612 - np.arange(3) / 90,
        ),
        uncertainty=replace(
            draws,
            objective_name="within_standard",
            unit="share",
            plans=plans,
            min_max_regret=plans[1],
            best_values=values,
            best=Quantiles(*np.percentile(values, [5, 50, 95])),
            best_counts=histogram(values, "share"),
            swings=(),
        ),
    )


@pytest.mark.parametrize("change", [small_town, nobody_best, hairs, cut_short, other_unit])
def test_what_is_hidden_or_too_small_to_tell_is_told_so_again(
    by_hand_analysis: Analysis, tmp_path: Path, change: Callable[[Analysis], Analysis]
) -> None:
    changed = change(by_hand_analysis)
    assert analysis_record(changed) != analysis_record(by_hand_analysis)
    jsonschema.validate(json.loads(json.dumps(analysis_record(changed))), schema())
    assert_told_alike(changed, tmp_path)


def test_what_is_hidden_says_so_and_does_not_say_there_is_none(
    by_hand_analysis: Analysis, tmp_path: Path
) -> None:
    again = reopened(small_town(by_hand_analysis), tmp_path)
    west, east = again.municipalities.members
    assert isnan(west.alone_minutes)
    assert east.alone_minutes is None
    record = analysis_record(again)["municipalities"]["members"]
    assert record[0]["untold"]["alone_minutes"] == "hidden"
    assert record[1]["untold"] == {}
    shares = analysis_record(again)["municipalities"]["equity"]["worst_visits_share_by_municipality"]
    assert [each["untold"]["share"] for each in shares] == ["nearly_none", "nearly_all"]


def test_a_county_of_few_hides_all_that_is_counted_there(by_hand_analysis: Analysis, tmp_path: Path) -> None:
    """Nobody is told of: not in the file, and not on the page that is made from it."""
    outcome = by_hand_analysis.outcome
    county = replace(outcome.evaluation.county, youths=4.0, youths_in_effect=4.0)
    small = replace(outcome, evaluation=replace(outcome.evaluation, county=county))
    analysis = replace(by_hand_analysis, outcome=small)
    assert_told_alike(analysis, tmp_path)
    record = analysis_record(analysis)
    assert record["near_best"]["limit"] is None
    assert record["near_best"]["worths"][0]["untold"]["price_of_no"] == "hidden"
    assert record["trade_offs"]["curve"][0]["point"]["measures"]["mean_minutes"] is None
    jsonschema.validate(json.loads(json.dumps(record)), schema())


def test_what_is_open_already_is_not_what_one_begins_with(by_hand_analysis: Analysis, tmp_path: Path) -> None:
    found = by_hand_analysis.stages
    first, last = found.orders[0].stages
    first = replace(first, plan=by_hand.plan("B", "A"), opened=("A",))
    order = replace(found.orders[0], stages=(first, replace(last, opened=())))
    changed = replace(by_hand_analysis, stages=replace(found, orders=(order,), no_regret_first=("A",)))
    again = assert_told_alike(changed, tmp_path)
    summary = next(part.summary for part in parts_of(again, SV) if part.title.startswith("I vilken ordning"))
    assert summary.startswith("Börja med 1 närmottagning (Väst).")


# --- rounding ---


@settings(deadline=None, max_examples=200)
@given(
    measure=st.sampled_from(MEASURES),
    value=st.floats(0.0, 1.0) | st.floats(0.0, 500.0) | st.floats(0.0, 1e8),
)
def test_what_is_told_is_told_the_same_again(by_hand_analysis: Analysis, measure: str, value: float) -> None:
    shown = Shown(by_hand_analysis.outcome, SV)
    if measure == "within_standard":
        value = value % 1.0
    for tell in (shown.told, shown.told_difference):
        told = tell(measure, value)
        if told is not None:
            assert tell(measure, told) == told


@settings(deadline=None, max_examples=200)
@given(youths=st.floats(5.0, 30_000.0), visits=st.floats(0.0, 400.0))
def test_room_for_a_hundred_is_told_the_same_again(
    by_hand_analysis: Analysis, youths: float, visits: float
) -> None:
    shown = Shown(by_hand_analysis.outcome, SV)
    area = replace(
        by_hand_analysis.accessibility.overall, youths=youths, visits_within_reach_per_youth=visits
    )
    told = per_hundred(area, shown)
    again = replace(area, youths=float(Gate(5).count(youths) or 0), visits_within_reach_per_youth=told / 100)
    assert per_hundred(again, shown) == told


def test_marks_stand_for_values_that_are_told_with_them(by_hand_analysis: Analysis) -> None:
    shown = Shown(by_hand_analysis.outcome, SV)
    small, none, most = (STANDS_FOR[mark] for mark in ("more_than_nothing", "nearly_none", "nearly_all"))
    assert shown.difference("mean_minutes", small) == "<0,1 min"
    assert shown.difference("mean_minutes", 0.0) == "0 min"
    assert shown.gate.share_text(none, 180.0, SV).startswith("<")
    assert shown.gate.share_text(most, 180.0, SV).startswith(">")


# --- privacy ---


def test_the_page_tells_nothing_that_the_file_does_not_hold(by_hand_analysis: Analysis) -> None:
    """What is exact in the live analysis, and not in its record, is nowhere on the page."""
    near = replace(by_hand_analysis.near_best, limit=22.61234567)
    one, other = (
        near_texts(replace(by_hand_analysis, near_best=each)) for each in (near, replace(near, limit=22.6))
    )
    assert one == other
    assert any("22,6" in text for text in one)


def near_texts(analysis: Analysis) -> list[str]:
    part, *_ = parts_of(analysis, SV)
    return [str(block) for block in part.blocks()]


def test_of_the_draws_only_counts_in_round_bins_are_written(by_hand_analysis: Analysis) -> None:
    record = analysis_record(by_hand_analysis)["uncertainty"]
    assert sum(record["best_counts"]["counts"]) == 99
    assert (record["best_counts"]["start"], record["best_counts"]["width"]) == (20.0, 0.2)
    exact = [value for value in by_hand_analysis.uncertainty.best_values.tolist() if not isnan(value)]
    text = json.dumps(record)
    assert not any(repr(value) in text for value in exact if value != round(value, 1))


# --- alternatives for those who do not see the plots ---


def alts(analysis: Analysis, language: Language) -> list[str]:
    parts = parts_of(analysis, Words(language))
    pictures = [block for part in parts for block in part.blocks() if isinstance(block, Picture)]
    assert all(each.caption not in each.alt for each in pictures)
    return [each.alt.replace("\xa0", " ") for each in pictures]


def with_prices(analysis: Analysis, west: dict[str, Any], east: dict[str, Any]) -> Analysis:
    *others, first, second = analysis.near_best.worths
    worths = (*others, replace(first, **west), replace(second, **east))
    return replace(analysis, near_best=replace(analysis.near_best, worths=worths))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plot_says_in_words_what_it_shows(by_hand_analysis: Analysis, language: Language) -> None:
    priced = with_prices(by_hand_analysis, {"in_best": False, "best_with": 24.0}, {"best_without": 25.6})
    assert alts(priced, language) == ALTS[language]


def test_what_a_plot_shows_is_said_as_the_figures_have_it(by_hand_analysis: Analysis) -> None:
    priced = with_prices(by_hand_analysis, {"best_without": 25.6}, {"best_without": 24.0})
    trade, towns = by_hand_analysis.trade_offs, by_hand_analysis.municipalities
    none, one, two, _ = trade.curve

    def worth(minutes: float) -> Any:
        mean = replace(by_hand.MEAN, value=minutes)
        return replace(one.point, plan=replace(one.point.plan, objectives=(mean,)))

    curve = (
        replace(none, point=worth(26.0)),
        replace(one, point=worth(25.5)),
        replace(two, point=worth(22.4)),
    )
    lone = replace(trade.fronts[0], points=trade.fronts[0].points[:1])
    same = tuple(replace(each, joint_minutes_as_today=each.today_minutes) for each in towns.members)
    other = replace(
        priced,
        trade_offs=replace(trade, curve=curve, fronts=(lone,)),
        uncertainty=None,
        municipalities=replace(towns, members=same),
    )
    assert alts(other, "sv") == [
        "Av det som planen har kostar det mest att säga nej till Väst (3,2 min) och minst till Öst "
        "(1,6 min).",
        "Kostnad per år (uppskattning) och genomsnittlig restid: en enda plan, med 3 770 000 "
        "kronor och 24,0 min.",
        "Genomsnittlig restid: 26,0 min med 0 närmottagningar och 22,4 min med 2. Störst är skillnaden "
        "mellan 1 och 2, 3,1 min.",
        "Vägen är lika lång i dag och i planen, avrundat till hela minuter.",
    ]


def test_a_curve_says_from_where_on_little_is_gained(by_hand_analysis: Analysis) -> None:
    trade = by_hand_analysis.trade_offs
    none, one, *_ = trade.curve

    def curve_alt(*minutes: float) -> str:
        means = (replace(by_hand.MEAN, value=each) for each in minutes)
        plans = (replace(one.point.plan, objectives=(mean,)) for mean in means)
        points = (replace(one.point, plan=plan) for plan in plans)
        curve = tuple(replace(none, n_satellites=n, point=point) for n, point in enumerate(points))
        only = Analysis(by_hand_analysis.outcome, trade_offs=replace(trade, curve=curve, fronts=()))
        [alt] = alts(only, "sv")
        return alt

    little = "Efter 2 närmottagningar ger en till mindre än en fjärdedel av det, som mest 0,5 min."
    assert curve_alt(30.0, 26.0, 24.0, 23.5, 23.2).endswith(little)
    assert "fjärdedel" not in curve_alt(30.0, 26.0, 24.0)
    assert "fjärdedel" not in curve_alt(30.0, 29.9, 26.0)  # little at first, not in the end


def test_swings_say_in_words_that_none_changes_the_plan(by_hand_analysis: Analysis) -> None:
    found = by_hand_analysis.uncertainty
    steady = tuple(
        replace(each, flips_below=None, flips_above=None, regret_low=0.0, regret_high=0.0)
        for each in found.swings
    )
    no_flip = "Inget av dem ändrar för sig vilken plan som är bäst."
    for swings, is_said in ((found.swings, False), (steady, True)):
        only = Analysis(by_hand_analysis.outcome, uncertainty=replace(found, swings=swings))
        assert any(alt.endswith(no_flip) for alt in alts(only, "sv")) is is_said


def test_a_part_does_not_say_its_summary_again(by_hand_analysis: Analysis) -> None:
    for part in parts_of(by_hand_analysis, SV):
        told = " ".join(block.text for block in part.blocks() if isinstance(block, Paragraph))
        sentences = [each for each in part.summary.split(". ") if len(each) > 20]
        assert sentences
        assert [each for each in sentences if each in told] == []


ALTS: dict[str, list[str]] = {
    "sv": [
        "Att säga nej till Öst kostar 3,2 min. Att kräva en plats i Väst kostar 1,6 min.",
        "Kostnad per år (uppskattning) och genomsnittlig restid: från 3 770 000 kronor och 24,0 min till "
        "7 780 000 kronor och 19,2 min. Från den första punkten till den sista: genomsnittlig restid 4,8 min "
        "kortare, men kostnad per år (uppskattning) 4 010 000 kronor högre. Planen har 5 110 000 kronor och "
        "22,4 min.",
        "Genomsnittlig restid och besök inom 30 minuters restid: från 22,4 min och 86,0 % till 20,8 min och "
        "88,0 %. Planen har 22,4 min och 86,0 %.",
        "Genomsnittlig restid: 24,0 min med 0 närmottagningar och 20,8 min med 2. Varje närmottagning till "
        "ger högst lika mycket som den före; störst är skillnaden mellan 0 och 1, 1,6 min.",
        "Den bästa planens värde (genomsnittlig restid) är 20,3–25,7 min i nio dragningar av tio. Hälften "
        "ligger under 23,0 min; i scenariot är värdet 22,4 min.",
        "Oftast med: Place B (Öst) (100 %), Place A (Väst) (68 %) och Place C (Väst) (30 %). 2 av platserna "
        "är med i minst hälften av dragningarna.",
        "Det som betyder mest: Justering av vägnätets hastigheter (1 = ingen) (värdet är 20,6 min vid det "
        "låga talet och 24,2 min vid det höga).",
        "Mest förkortas vägen för Väst: från 35 till 22 minuter. Mest förlängs den för Öst: från 14 till 20 "
        "minuter.",
    ],
    "en": [
        "To say no to Öst costs 3.2 min. To insist on a place in Väst costs 1.6 min.",
        "Yearly cost (estimate) and mean travel time: from 3,770,000 SEK and 24.0 min to 7,780,000 SEK and "
        "19.2 min. From the first point to the last: mean travel time 4.8 min shorter, but yearly cost "
        "(estimate) 4,010,000 SEK higher. The plan has 5,110,000 SEK and 22.4 min.",
        "Mean travel time and visits within 30 minutes of travel: from 22.4 min and 86.0% to 20.8 min and "
        "88.0%. The plan has 22.4 min and 86.0%.",
        "Mean travel time: 24.0 min with 0 satellites and 20.8 min with 2. Each further satellite gives at "
        "most as much as the one before; the largest step is from 0 to 1, 1.6 min.",
        "The best plan's value (mean travel time) is 20.3–25.7 min in nine draws of ten. Half lie below "
        "23.0 min; in the scenario the value is 22.4 min.",
        "Most often in it: Place B (Öst) (100%), Place A (Väst) (68%) and Place C (Väst) (30%). 2 of the "
        "places are in it in at least half of the draws.",
        "What matters most: Adjustment of the network's speeds (1 = none) (the value is 20.6 min with the "
        "low number and 24.2 min with the high one).",
        "The way becomes shorter by most for Väst: from 35 to 22 minutes. It becomes longer by most for Öst: "
        "from 14 to 20 minutes.",
    ],
}


# --- which outcome, and files that are none ---


@pytest.fixture(scope="module")
def written(by_hand_analysis: Analysis) -> str:
    return json.dumps(analysis_record(by_hand_analysis))


@pytest.fixture
def file(written: str, tmp_path: Path) -> Path:
    path = tmp_path / "analysis.json"
    path.write_text(written, encoding="utf-8")
    return path


def changed(file: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    tree = json.loads(file.read_text(encoding="utf-8"))
    change(tree)
    file.write_text(json.dumps(tree), encoding="utf-8")
    return file


def put(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(tree: dict[str, Any]) -> None:
        node: Any = tree
        *parents, last = [int(key) if key.isdecimal() else key for key in path.split(".")]
        for key in parents:
            node = node[key]
        node[last] = value

    return change


def drop(path: str) -> Callable[[dict[str, Any]], None]:
    def change(tree: dict[str, Any]) -> None:
        node: Any = tree
        *parents, last = [int(key) if key.isdecimal() else key for key in path.split(".")]
        for key in parents:
            node = node[key]
        del node[last]

    return change


def refusal(path: Path, analysis: Analysis) -> str:
    with pytest.raises(InputError) as caught:
        reopen_analysis(path, [analysis.outcome])
    text = str(caught.value)
    assert text.startswith(f"{path}")
    assert "\n" not in text
    assert len(text) < 500
    return text


def test_the_file_or_its_folder_will_do(by_hand_analysis: Analysis, file: Path) -> None:
    for path in (file, file.parent, str(file)):
        assert reopen_analysis(path, [by_hand_analysis.outcome]).near_best is not None


def test_the_outcome_is_found_among_others(by_hand_analysis: Analysis, live: Analysis, file: Path) -> None:
    renamed = live.outcome.scenario.model_copy(update={"name": "other"})
    others = [replace(live.outcome, scenario=renamed), by_hand_analysis.outcome]
    found = reopen_analysis(file, others)
    assert found.outcome.plan is by_hand_analysis.outcome.plan
    assert found.outcome.scenario.analysis == by_hand_analysis.outcome.scenario.analysis


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (
            "scenario.name",
            "elsewhere",
            "examines 'elsewhere', which is none of the plans here (toy); add its",
        ),
        (
            "scenario.sha256",
            "0" * 64,
            "examines another scenario than the result of 'toy' here has; run",
        ),
        ("dataset.sha256.cells", "0" * 64, "examines another dataset than the result of 'toy' here has"),
        ("plan.places.1.site_id", "C", "examines another plan than the result of 'toy' here has"),
        ("plan.places.1.days_per_week", 2.0, "examines another plan than the result of 'toy' here has"),
        ("format", "siting-plan", "format is 'siting-plan', not siting-analysis; give an analysis.json"),
        ("format_version", 1, "this siting reads 2: run siting analyse again"),
        ("format_version", 3, "this siting reads 2: read it with that siting"),
        ("format_version", "2", "format_version is '2'"),
        ("scenario.analysis.near_best", {"within": "much"}, "scenario.analysis.near_best.within: "),
        ("near_best", [], "near_best: "),
        ("near_best.plans", [], "near_best.plans: "),
        ("near_best.n_plans", "many", "near_best.n_plans: should be a valid integer"),
        ("near_best.n_plans", True, "near_best.n_plans: should be a valid integer"),
        ("near_best.limit", "22", "near_best.limit: should be a valid number"),
        ("near_best.limit", 1e300, "near_best.limit: should be less than or equal to"),
        ("near_best.plans.0.untold", {"worse_by": "much"}, "near_best.plans.0.untold.worse_by: should be"),
        ("near_best.plans.0.places.0.site_id", "Z", "'Z' is none of the candidate sites of the scenario"),
        ("near_best.plans.0.places.0.role", "king", "near_best.plans.0.places.0.role: should be"),
        ("near_best.worths.0.key", "<b>", "'<b>' is none of the candidate sites of the scenario"),
        ("near_best.worths.4.key", "99", "'99' is none of the municipalities of the scenario"),
        ("near_best.objective.mode", "rocket", "'rocket' is none of the modes of travel of the scenario"),
        ("uncertainty.plans", [], "the plan chosen is not among the plans"),
        ("uncertainty.n_without_plan", 101, "more draws are without a plan than there are"),
        ("uncertainty.swings.0.key", "moon", "a swing is of 'moon', which is no assumption"),
        ("uncertainty.assumptions.0.distribution", "magic(1)", "uncertainty.assumptions.0: "),
        ("uncertainty.best_counts.counts", [1] * 101, "uncertainty.best_counts.counts: "),
        ("uncertainty.best_counts.width", 0, "uncertainty.best_counts.width: "),
        ("municipalities.members.0.code", "99", "'99' is none of the municipalities of the scenario"),
        ("municipalities.departures.0.codes", [], "municipalities.departures.0.codes: "),
        ("municipalities.equity.by_municipality.0.key", "x", "'x' is none of the municipalities"),
        ("municipalities.largest_gap.longest", "x", "'x' is none of the municipalities"),
        ("stages.orders", [], "stages.orders: "),
        ("stages.orders.0.stages.0.opened", ["D"], "'D' is opened but not among the places"),
        ("stages.least_largest_loss_places", [[]], "orders have unlike numbers of stages"),
        ("accessibility.by_municipality.0.code", "", "'' is none of the municipalities of the scenario"),
        ("left_out", {"moon": "no"}, "left_out.moon"),
        (
            "municipalities.members.0.untold",
            {"today_minutes": "hidden"},
            "figures are hidden though there are youths enough",
        ),
        ("accessibility.overall.youths", None, "some are hidden and some are not"),
    ],
)
def test_a_file_that_was_changed_is_refused_with_the_place(
    by_hand_analysis: Analysis, file: Path, path: str, value: object, sentence: str
) -> None:
    assert sentence in refusal(changed(file, put(path, value)), by_hand_analysis)


@pytest.mark.parametrize("name", [*PARTS, "left_out", "scenario", "dataset", "plan", "uncertainty.best"])
def test_a_file_that_lacks_something_is_refused(by_hand_analysis: Analysis, file: Path, name: str) -> None:
    assert f"{name}" in refusal(changed(file, drop(name)), by_hand_analysis)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not JSON"),
        ("not json", "is not JSON"),
        ("[]", "holds no result of siting"),
        ('{"format": NaN}', "is not JSON that can be read"),
        ("{" * 100_000, "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"format": 1' + "0" * 30 + "}", "too large for any figure"),
        ("{}", "format is None"),
    ],
)
def test_a_file_that_is_no_record_is_refused(
    by_hand_analysis: Analysis, tmp_path: Path, text: str, sentence: str
) -> None:
    file = tmp_path / "analysis.json"
    file.write_text(text, encoding="utf-8")
    assert sentence in refusal(file, by_hand_analysis)


def test_a_file_that_was_cut_off_or_has_other_letters_is_refused(
    by_hand_analysis: Analysis, file: Path
) -> None:
    whole = file.read_bytes()
    for part in (whole[: len(whole) // 2], b"\xff\xfe" + whole, b"\x00" * 100):
        file.write_bytes(part)
        assert "is not JSON" in refusal(file, by_hand_analysis)


def test_a_folder_without_an_analysis_and_no_file_at_all_are_refused(
    by_hand_analysis: Analysis, tmp_path: Path
) -> None:
    assert "holds no analysis.json; give a folder that siting analyse wrote" in refusal(
        tmp_path, by_hand_analysis
    )
    assert "cannot be read" in refusal(tmp_path / "none.json", by_hand_analysis)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_changed_it_is_refused_or_told(
    by_hand_analysis: Analysis, written: str, tmp_path: Path, data: st.DataObject
) -> None:
    """No other error, and so none where the page is written."""
    tree = json.loads(written)
    node, key = data.draw(st.sampled_from(list(places_in({name: tree[name] for name in PARTS}))))
    node[key] = data.draw(
        st.sampled_from([None, -1, 0, 1, 1e12, "x", "A", True, [], {}, "mean_minutes", "hidden"])
    )
    file = tmp_path / "analysis.json"
    file.write_text(json.dumps(tree), encoding="utf-8")
    try:
        found = reopen_analysis(file, [by_hand_analysis.outcome])
    except InputError:
        return
    for part in parts_of(found, SV):
        for block in part.blocks():
            assert block


def places_in(node: Any) -> Iterator[tuple[Any, Any]]:
    """Each place in a tree that may hold something else."""
    for key in node if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], dict | list):
            yield from places_in(node[key])


def test_texts_of_a_hostile_file_are_text_on_the_page(by_hand_analysis: Analysis, file: Path) -> None:
    payload = "<script>alert(1)</script>${7*7}{{7*7}}"

    def change(tree: dict[str, Any]) -> None:
        tree["stages"]["orders"][0]["stages"][0]["title"] = {"sv": payload, "en": payload}
        tree["uncertainty"]["plans"][1]["name"] = payload
        tree["uncertainty"]["assumptions"][0]["key"] = payload
        tree["uncertainty"]["swings"][1]["key"] = payload
        tree["left_out"] = {"near_best": payload}

    found = reopen_analysis(changed(file, change), [by_hand_analysis.outcome])
    page = without_plots(analysis_html(found, SV))
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;${7*7}{{7*7}}" in page
