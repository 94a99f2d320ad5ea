"""What the report says: figures that can be traced, what is recommended and why, what is left unsaid."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import toy

from siting import study
from siting.dataset import seal
from siting.present.document import Bullets, Document, Heading, Paragraph, Table
from siting.present.figures import Figure, at
from siting.present.reports.facts import Facts
from siting.present.reports.first_page import first_page
from siting.present.reports.options_table import cells, measures_of, options_view
from siting.present.reports.recommendation import recommendation, traced
from siting.present.reports.report import report_document
from siting.present.reports.sureness import how_sure, what_would_change
from siting.present.words import Language, Words
from siting.study import Alternatives, Outcome

SV, EN = Words("sv"), Words("en")
DAY = date(2026, 11, 28)
NAMES = ["today", "base", "two-mains", "two-mains-satellites", "north-satellites"]


@pytest.fixture(scope="module")
def alternatives() -> Alternatives:
    return study.compare(NAMES, base="today")


@pytest.fixture(scope="module")
def facts(alternatives: Alternatives) -> Facts:
    return Facts(alternatives, (), SV)


def document(alternatives: Alternatives, words: Words = SV, **more: str) -> Document:
    return report_document(Facts(alternatives, (), words), day=DAY, commands=("siting report x",), **more)


def texts_of(document: Document) -> list[str]:
    found = [document.title, document.region, document.date, document.contents, document.footer]
    for chapter in (document.first_page, *document.chapters):
        found.append(chapter.title)
        for block in chapter.blocks:
            for field in dataclasses.fields(block):
                value = getattr(block, field.name)
                if isinstance(value, str) and field.name not in ("svg", "markup"):
                    found.append(value)
            if isinstance(block, Bullets):
                found += [*block.texts, *block.names]
            if isinstance(block, Table):
                found += [*block.view.columns, *(cell for row in block.view.rows for cell in row)]
    return found


def test_every_figure_of_the_first_page_stands_in_the_record_where_it_says(facts: Facts) -> None:
    figures = [cell.figure for row in cells(facts) for cell in row] + [figure for _, figure in traced(facts)]
    known = [each for each in figures if each.value is not None]
    assert len(known) >= 45
    record = json.loads(json.dumps(facts.record))
    for each in known:
        assert at(record, each.path) == each.value, each


def test_every_number_in_the_table_is_that_of_its_figure(facts: Facts) -> None:
    table = options_view(facts)
    assert len(table.rows) == len(NAMES)
    for row, told in zip(table.rows, cells(facts), strict=True):
        for text, cell in zip(row[1:], told, strict=True):
            first = text.splitlines()[0]
            if cell.figure.value is None:
                assert first == SV("unit.unknown")
            else:
                number = float(re.sub(r"[\s%]", "", first).replace(",", ".").strip("<>"))
                assert number == pytest.approx(cell.figure.told, abs=1e-9)


def test_the_last_chapter_says_where_each_figure_was_taken_from(
    alternatives: Alternatives, facts: Facts
) -> None:
    last = document(alternatives).chapters[-1]
    trace = next(block for block in last.blocks if isinstance(block, Table))
    told = {row[1]: row[2] for row in trace.view.rows}
    for letter, row in zip("ABCDE", cells(facts), strict=True):
        for cell in row:
            if cell.figure.value is not None:
                pattern = re.sub(r"^(plans|differences)\[\d+\]", r"\1[k]", cell.figure.path)
                assert f"{letter} {cell.figure.text(SV)}" in told[pattern].split("; ")
    assert {figure.path for _, figure in traced(facts)} <= set(told)


def test_a_yardstick_has_no_cost_and_is_not_among_the_options(facts: Facts) -> None:
    assert [each.scenario.name for each in facts.options] == NAMES[1:]
    row = {cell.head: cell.figure.value for cell in cells(facts)[0]}
    heads = {each.key: each.head for each in measures_of(facts)}
    assert row[heads["sek"]] is None
    assert row[heads["posts"]] is None
    assert row[heads["near"]] is not None
    assert "fyra sätt" in first_page(facts).blocks[0].text  # type: ignore[union-attr]


def test_what_is_set_aside_says_in_what_it_is_the_better_one(facts: Facts) -> None:
    points = dict(recommendation(facts))
    assert points["Sämre utbyte"].startswith("E kostar under sina egna regler minst lika mycket som B")
    assert "kommunen med längst resa till närmaste mottagning (60 min mot 72)" in points["Sämre utbyte"]
    record = facts.record["value_for_money"]
    assert record["efficient"] == ["two-mains", "base", "two-mains-satellites"]
    assert points["Gemensamt för B, C och D"].startswith("Huvudmottagning i Borlänge")


def with_value(facts: Facts, **changes: Any) -> Facts:
    copy = Facts(facts.alternatives, facts.analyses, facts.words)
    copy.__dict__["record"] = facts.record | {"value_for_money": facts.record["value_for_money"] | changes}
    return copy


def test_an_option_is_suggested_only_where_the_record_suggests_one(facts: Facts) -> None:
    steps = facts.record["value_for_money"]["steps"]
    assert len(steps) == 2
    suggesting = with_value(facts, suggested="base", rise=2.5)
    text = dict(recommendation(suggesting))["Förslag"]
    assert text.startswith("B. En huvudmottagning och fyra närmottagningar.")
    assert "2,5 gånger" in text
    worth = dict(what_would_change(suggesting))["Värdet av en minut"]
    assert "C" in worth
    assert "D" in worth
    assert "utan A eller D skulle" not in text
    resting = with_value(facts, suggested="base", rise=2.5, rests_on=["two-mains-satellites"])
    assert "utan D skulle inget eller ett annat föreslås" in dict(recommendation(resting))["Förslag"]
    silent = with_value(facts, suggested=None, rise=1.4)
    assert "skiljer inte ut ett alternativ" in dict(recommendation(silent))["Förslag"]
    alone = with_value(facts, efficient=["base"], steps=[], suggested=None, rise=None)
    assert "inget är billigare" in dict(recommendation(alone))["Förslag"]


def test_a_suggestion_that_other_plans_undo_is_none(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    suggesting = with_value(facts, suggested="base", rise=2.5)
    assert "(förslag)" in options_view(suggesting).rows[1][0]
    frail = with_value(facts, suggested="base", rise=2.5)
    monkeypatch.setattr("siting.present.reports.facts.holds", lambda *_: "none")
    text = dict(recommendation(frail))["Förslag"]
    assert text.startswith(
        "Underlaget skiljer inte ut ett alternativ. Bland de jämförda stiger priset tydligt"
    )
    assert "(förslag)" not in options_view(frail).rows[1][0]


def test_names_that_look_like_steps_of_a_path_are_found(tmp_path: Path) -> None:
    toy.write_dataset(tmp_path / "data")
    names = tmp_path / "data" / "municipalities.csv"
    text = names.read_text(encoding="utf-8").replace("Väst", "S:t Olof. Norr [0]")
    names.write_text(text, encoding="utf-8")
    seal(tmp_path / "data")
    one = toy.write_scenario(tmp_path, "one", choice={"n_main": 1, "n_satellites": 0})
    two = toy.write_scenario(tmp_path, "two", choice={"n_main": 1, "n_satellites": 1})
    odd = Facts(study.compare([one, two]), (), SV)
    figures = [cell.figure for row in cells(odd) for cell in row]
    assert any(figure.of == "S:t Olof. Norr [0]" for figure in figures)
    assert all(at(odd.record, each.path) == each.value for each in figures if each.value is not None)
    assert document(odd.alternatives).chapters


def test_what_was_not_tried_is_said_not_to_have_been_tried(facts: Facts) -> None:
    assert "har inte prövats" in dict(how_sure(facts))["Prövat"]
    assert "Andra antaganden" not in dict(what_would_change(facts))


def test_an_unproven_option_is_told_with_its_gap(facts: Facts) -> None:
    name = "two-mains"
    outcome = facts.named(name)
    objective = dataclasses.replace(outcome.plan.objectives[0], gap=0.021, status="time_limit")
    plan = dataclasses.replace(outcome.plan, objectives=(objective,), status="time_limit")
    changed = tuple(
        dataclasses.replace(each, plan=plan) if each is outcome else each for each in facts.outcomes
    )
    alternatives = dataclasses.replace(facts.alternatives, outcomes=changed)
    text = dict(how_sure(Facts(alternatives, (), SV)))["Räkningen"]
    assert "C är inte bevisat bäst: en plan kan vara upp till 2,10\xa0% bättre." in text
    assert "B, D och E är bevisat bäst" in text


@pytest.mark.parametrize("language", ["sv", "en"])
def test_no_text_has_a_place_left_to_fill(alternatives: Alternatives, language: Language) -> None:
    for text in texts_of(document(alternatives, Words(language))):
        assert not re.search(r"\{\w+\}", text), text
        assert "None" not in text
        assert "nan" not in text.split()


def test_the_group_may_say_title_and_question_itself(alternatives: Alternatives) -> None:
    made = document(alternatives, title="Vårt underlag", question="Vad säger vi ja till?")
    assert made.title == "Vårt underlag"
    assert made.first_page.blocks[0] == Paragraph("Vad säger vi ja till?", "lead")


def test_one_plan_alone_is_told_without_a_comparison(base_outcome: Outcome) -> None:
    alone = study.held_against((base_outcome,), base_outcome.scenario.name)
    made = document(alone)
    assert [each.key for each in made.chapters][:3] == ["options", "municipalities", "option-a"]
    assert "ett sätt" in made.first_page.blocks[0].text  # type: ignore[union-attr]
    names = [block.text for block in made.first_page.blocks if isinstance(block, Heading)]
    assert len(names) == 3


def test_the_same_plans_give_the_same_document(alternatives: Alternatives) -> None:
    assert document(alternatives) == document(alternatives)


def test_a_figure_is_told_in_the_unit_of_its_kind() -> None:
    assert Figure("", 0.7234, "share").text(SV) == "72\xa0%"
    assert Figure("", 12_900_000.0, "sek").text(SV) == "12,9 Mkr"
    assert Figure("", 72.0, "minutes", 0).text(SV) == "72 min"
    assert Figure("", None, "minutes").text(SV) == "–"
    assert Figure("", 9.0, "count").text(EN, with_unit=False) == "9"
