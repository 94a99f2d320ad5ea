"""What comparison.json says of options as they are told in it, redone by hand."""

from __future__ import annotations

import dataclasses
import json
from importlib import resources
from pathlib import Path
from typing import Any

import by_hand
import jsonschema
import pytest
import toy

from siting import study
from siting.plan import Status
from siting.present.records import comparison_record, plan_record
from siting.present.value_for_money import value_for_money_record, way_of_municipality
from siting.study import Outcome

SCHEMA = json.loads(
    resources.files("siting").joinpath("schemas/comparison.schema.json").read_text(encoding="utf-8")
)


def given(main: list[str], satellite: list[str]) -> dict[str, Any]:
    return {"n_main": 0, "n_satellites": 0, "given": {"main": main, "satellite": satellite}}


def answered(outcome: Outcome) -> Outcome:
    """The same as if it had been chosen."""
    return dataclasses.replace(outcome, plan=dataclasses.replace(outcome.plan, status=Status.OPTIMAL))


def told(name: str, sek: int, minutes: float | None, outcome: Outcome) -> tuple[Outcome, dict[str, Any]]:
    """An outcome of another name, and what a record would tell of it."""
    scenario = outcome.scenario.model_copy(update={"name": name})
    record = {
        "scenario": {"name": name},
        "resources": {"sek_per_year": sek},
        "evaluation": {"county": {"overall": {"mean_minutes": minutes}}},
    }
    return dataclasses.replace(outcome, scenario=scenario), record


def weighed(*pairs: tuple[Outcome, dict[str, Any]]) -> dict[str, Any]:
    outcomes, records = zip(*pairs, strict=True)
    return value_for_money_record(outcomes, records)


@pytest.fixture
def outcome(toy_folder: Path) -> Outcome:
    """B as main and A as satellite."""
    return answered(study.run(toy.write_scenario(toy_folder, choice=given(["B"], ["A"]))))


def test_options_are_weighed_by_what_is_told_of_them(outcome: Outcome) -> None:
    """What the outcomes themselves hold, the same for all, is not looked at."""
    found = weighed(
        told("four", 24_900_000, 17.451, outcome),
        told("three", 12_900_000, 21.736, outcome),
        told("one", 7_540_000, 31.158, outcome),
        told("two", 9_120_000, 26.929, outcome),
        told("poor", 9_330_000, 28.027, outcome),
        told("between", 18_900_000, 20.0, outcome),
        told("three again", 12_900_000, 21.736, outcome),
    )
    assert found == {
        "efficient": ["one", "two", "three", "four"],
        "steps": [
            # 1,580,000 / 4.229 = 373,611; 3,780,000 / 5.193 = 727,903; 12,000,000 / 4.285 = 2,800,467
            {
                "cheaper": "one",
                "dearer": "two",
                "minutes_gained": 4.229,
                "sek_more": 1_580_000,
                "sek_per_minute": 374_000,
            },
            {
                "cheaper": "two",
                "dearer": "three",
                "minutes_gained": 5.193,
                "sek_more": 3_780_000,
                "sek_per_minute": 728_000,
            },
            {
                "cheaper": "three",
                "dearer": "four",
                "minutes_gained": 4.285,
                "sek_more": 12_000_000,
                "sek_per_minute": 2_800_000,
            },
        ],
        "measure": "mean_minutes",
        "dominated": [
            {"option": "poor", "by": ["two"], "is_extended": False},
            {"option": "between", "by": ["three", "four"], "is_extended": True},  # their mix takes 19.594
        ],
        "alike": [["three", "three again"]],
        "suggested": "three",
        "rise": 3.8,
        "rests_on": found["rests_on"],
        "left_out": [],
    }


def test_a_reference_and_what_tells_no_mean_is_left_out(outcome: Outcome) -> None:
    known = outcome.scenario.model_copy(update={"is_reference": True})
    today = told("today", 1, 1.0, dataclasses.replace(outcome, scenario=known))
    found = weighed(today, told("chosen", 5, 9.0, outcome), told("few", 2, None, outcome))
    assert found["efficient"] == ["chosen"]
    assert found["left_out"] == [
        {"option": "today", "reason": "reference"},
        {"option": "few", "reason": "too_few"},
    ]


def with_overall(outcome: Outcome, **changes: float | None) -> Outcome:
    county = outcome.evaluation.county
    overall = dataclasses.replace(county.overall, **changes)
    evaluation = dataclasses.replace(outcome.evaluation, county=dataclasses.replace(county, overall=overall))
    return dataclasses.replace(outcome, evaluation=evaluation)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"served_share": 0.99}, "not_all_served"),
        ({"digital_share": 0.02}, "not_all_served"),
        ({"digital_share": 0.004}, None),  # told as 0 per cent
    ],
)
def test_a_mean_that_leaves_out_the_farthest_is_not_weighed(
    outcome: Outcome, changes: dict[str, float], reason: str | None
) -> None:
    found = weighed(told("short", 1, 1.0, with_overall(outcome, **changes)), told("whole", 5, 9.0, outcome))
    expected = [] if reason is None else [{"option": "short", "reason": reason}]
    assert found["left_out"] == expected
    assert found["efficient"] == (["short"] if reason is None else ["whole"])


def test_a_service_without_a_place_is_not_weighed(toy_folder: Path) -> None:
    """Without a main, half of the visits have nowhere to go."""
    outcome = answered(study.run(toy.write_scenario(toy_folder, choice=given([], ["A"]))))
    found = value_for_money_record((outcome,), [plan_record(outcome)])
    assert found["left_out"] == [{"option": "toy", "reason": "not_all_served"}]
    assert (found["efficient"], found["steps"], found["suggested"], found["rise"]) == ([], [], None, None)


def test_a_whole_comparison_can_be_redone_from_its_record(toy_folder: Path) -> None:
    choices = {
        "today": given([], ["B"]),
        "one": {"n_main": 1, "n_satellites": 0},
        "two": {"n_main": 1, "n_satellites": 1},
        "three": {"n_main": 2, "n_satellites": 2},
    }
    scenarios = [
        toy.write_scenario(toy_folder, name, choice=choice, is_reference=name == "today")
        for name, choice in choices.items()
    ]
    record = json.loads(json.dumps(comparison_record(study.compare(scenarios)), allow_nan=False))
    jsonschema.validate(record, SCHEMA)
    found = record["value_for_money"]
    assert found["left_out"] == [{"option": "today", "reason": "reference"}]
    assert found["efficient"] == ["one", "two", "three"]
    plans = {each["scenario"]["name"]: each for each in record["plans"]}
    for step in found["steps"]:
        cheaper, dearer = plans[step["cheaper"]], plans[step["dearer"]]
        sek = dearer["resources"]["sek_per_year"] - cheaper["resources"]["sek_per_year"]
        before, after = (
            each["evaluation"]["county"]["overall"]["mean_minutes"] for each in (cheaper, dearer)
        )
        assert step["sek_more"] == pytest.approx(sek, rel=0.005)
        assert step["minutes_gained"] == pytest.approx(before - after, abs=1e-9)
        assert step["sek_per_minute"] == pytest.approx(sek / (before - after), rel=0.005)


def test_municipalities_that_come_nearer_or_get_farther_are_counted_as_they_are_told(
    toy_folder: Path,
) -> None:
    """Beside B, A saves the ten cells of Väst 80 minutes in all: 8 each. Without a main both lose theirs."""
    scenarios = [
        toy.write_scenario(toy_folder, "before", choice=given(["B"], [])),
        toy.write_scenario(toy_folder, "after", choice=given(["B"], ["A"])),
        toy.write_scenario(toy_folder, "without-main", choice=given([], ["A"])),
    ]
    ways = {
        (each["option"], each["service"]): (
            each["n_municipalities_nearer"],
            each["n_municipalities_farther"],
        )
        for each in comparison_record(study.compare(scenarios))["differences"]
    }
    assert ways["after", "near"] == (1, 0)
    assert ways["after", "main"] == (0, 0)
    assert ways["without-main", "main"] == (0, 2)
    turned = comparison_record(study.compare(scenarios, base="without-main"))["differences"]
    assert [(each["n_municipalities_nearer"], each["n_municipalities_farther"]) for each in turned][:1] == [
        (2, 0)
    ]


def change(minutes: float | None, gaining: int | None = 0, losing: int | None = 0) -> dict[str, Any]:
    return {
        "mean_change_minutes": minutes,
        "youths_gaining_a_place": gaining,
        "youths_losing_a_place": losing,
    }


@pytest.mark.parametrize(
    ("told_change", "way"),
    [
        (change(-5.0), "nearer"),
        (change(5.0), "farther"),
        (change(-4.0), ""),
        (change(4.0), ""),
        (change(0.0, losing=200), ""),  # the mean of those who keep a place is what is told
        (change(None), ""),  # nobody needs the service
        (change(None, losing=200), "farther"),
        (change(None, gaining=200), "nearer"),
        (change(None, gaining=200, losing=15), "nearer"),
        (change(None, gaining=None, losing=None), ""),  # hidden
        (change(None, gaining=None), ""),
    ],
)
def test_a_municipality_goes_one_way_as_a_whole(told_change: dict[str, Any], way: str) -> None:
    assert way_of_municipality(told_change, 5.0) == way


def test_any_change_is_noticed_where_all_are_but_none_is_none() -> None:
    assert way_of_municipality(change(-1.0), 0.0) == "nearer"
    assert way_of_municipality(change(0.0), 0.0) == ""


def test_a_hidden_municipality_is_not_counted(toy_folder: Path) -> None:
    """Four youths lose their main in Väst, all that live there: it is not told, and not to be counted out."""
    scenarios = [
        toy.write_scenario(toy_folder, "before", choice=given(["B"], [])),
        toy.write_scenario(toy_folder, "without", choice=given([], ["A"])),
    ]
    alternatives = study.compare(scenarios)
    main, near = alternatives.comparison.differences
    few = dataclasses.replace(main.by_municipality["01"], youths=4.0, youths_losing_a_place=4.0)
    main = dataclasses.replace(main, by_municipality={**main.by_municipality, "01": few})
    comparison = dataclasses.replace(alternatives.comparison, differences=(main, near))
    record = comparison_record(dataclasses.replace(alternatives, comparison=comparison))
    told_of_main = record["differences"][0]
    assert told_of_main["by_municipality"]["Väst"]["youths_losing_a_place"] is None
    assert (told_of_main["n_municipalities_nearer"], told_of_main["n_municipalities_farther"]) == (0, 1)


def test_a_given_option_is_weighed_like_any_other(outcome: Outcome) -> None:
    """A planner's own proposal has a cost and a mean as a chosen plan has."""
    proposed = dataclasses.replace(outcome, plan=dataclasses.replace(outcome.plan, status=Status.GIVEN))
    found = weighed(told("proposed", 4, 9.0, proposed), told("chosen", 5, 8.0, outcome))
    assert found["efficient"] == ["proposed", "chosen"]
    assert found["left_out"] == []


def test_where_all_count_waiting_alike_it_is_part_of_what_is_weighed(toy_folder: Path) -> None:
    """Digital contact counts as the scenario values it, so nobody is left out."""
    outcomes = by_hand.with_satellites(toy_folder, A=5.0), by_hand.with_teams(toy_folder)
    found = comparison_record(by_hand.side_by_side(*outcomes))["value_for_money"]
    alike = outcomes[0].scenario.access == outcomes[1].scenario.access
    assert alike
    assert found["measure"] == "mean_generalised_minutes"
    assert found["left_out"] == []
    assert len(found["efficient"]) + len(found["dominated"]) == 2


def test_a_suggestion_names_the_options_that_it_rests_on(outcome: Outcome) -> None:
    """Without the dearest or the cheapest there is one step only; the one set aside plays no part."""
    found = weighed(
        told("small", 1_000_000, 30.0, outcome),
        told("middle", 2_000_000, 20.0, outcome),
        told("worse", 2_500_000, 21.0, outcome),
        told("large", 6_000_000, 15.0, outcome),
    )
    assert found["suggested"] == "middle"
    assert found["rests_on"] == ["small", "large"]
