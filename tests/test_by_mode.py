"""Objectives and limits by a mode of travel, worked out on the toy.

By bus (a ready matrix) only A and B are served: every cell reaches B in 50 minutes, and the two columns of
Väst (ten cells of 25) reach A in 20. No bus goes to C and D. By car a step takes ten minutes (`toy`).

One main reception and one satellite, every visit to the nearest:
- by car B and any corner: mean 20.8.
- by bus A and B: ten cells in 20 minutes, fifteen in 50: mean (200 + 750) / 25 = 38; within 30 minutes 40 %.
- by bus B alone serves: 50 minutes for everybody; C and D alone serve nobody, each visit counts as 90.
- by bus A and D: ten cells 20 minutes, fifteen 90: mean 62.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import toy

from siting.by_mode import count_area
from siting.dataset import load_dataset
from siting.errors import InfeasibleError, InputError, ScenarioError
from siting.present.answer import answer
from siting.present.assumptions import assumptions_tables
from siting.present.comparison_tables import options_table, within_by_municipality_table
from siting.present.files import write_outcome
from siting.present.map_scene import map_scene
from siting.present.measures_table import measures_table
from siting.present.modes import mode_notes
from siting.present.modes_tables import modes_by_municipality_table, modes_table
from siting.present.rules_table import rules_table
from siting.present.words import Words
from siting.scenario_file import load
from siting.study import Outcome, compare, count_limit, run
from siting.ways import fastest

EN = Words("en")
BUS = {"bus": {"matrix": "bus.csv"}}
MODES = {
    **BUS,
    "walk": {"roads": "walk", "speed_km_per_hour": 6, "access_speed_km_per_hour": 6},
    "without_car": {"fastest_of": ["bus", "walk"]},
}
BY_BUS = {"measure": "mean_minutes", "mode": "bus"}


@pytest.fixture
def bus_folder(toy_folder: Path) -> Path:
    """The toy, with bus minutes beside its scenarios."""
    cells = load_dataset(str(toy_folder / "data")).table("cells")
    rows = [f"{cell},B,50" for cell in cells["cell_id"]]
    rows += [f"{cell},A,20" for cell in cells.loc[cells["municipality_code"] == "01", "cell_id"]]
    rows += [f"{cells['cell_id'].iloc[0]},{site}," for site in "CD"]
    (toy_folder / "bus.csv").write_text("\n".join(["cell_id,site_id,minutes", *rows]), encoding="utf-8")
    return toy_folder


def scenario(folder: Path, *, travel: dict[str, Any] | None = None, **choice: Any) -> Any:
    return load(
        toy.write_scenario(
            folder,
            "modes",
            demand=toy.demand_section(alpha=0),
            travel={"access_speed_km_per_hour": 60, "modes": BUS, **(travel or {})},
            choice={"n_main": 1, "n_satellites": 1, "unreachable_minutes": 90, **choice},
        )
    )


def ask(folder: Path, **sections: Any) -> Outcome:
    return run(scenario(folder, **sections))


def test_by_bus_the_best_plan_is_another_than_by_car(bus_folder: Path) -> None:
    outcome = ask(bus_folder, objectives=[BY_BUS])
    assert set(outcome.plan.open_sites) == {"A", "B"}
    stage = outcome.plan.objectives[0]
    assert (stage.mode, stage.value, stage.bound) == ("bus", pytest.approx(38), pytest.approx(38))
    assert outcome.by_mode["bus"].measures.mean_minutes == pytest.approx(38)
    assert outcome.by_mode["bus"].measures.within_standard == pytest.approx(0.4)


def test_the_same_measure_may_be_asked_for_by_car_and_then_by_bus(bus_folder: Path) -> None:
    """By car every corner beside B is as good; by bus A is."""
    outcome = ask(bus_folder, objectives=["mean_minutes", BY_BUS])
    assert [round(each.value, 6) for each in outcome.plan.objectives] == [20.8, 38.0]


def test_a_place_that_no_bus_reaches_counts_as_unreachable_minutes(bus_folder: Path) -> None:
    required = {"main": ["A"], "satellite": ["D"]}
    outcome = ask(bus_folder, objectives=[BY_BUS], required=required)
    assert outcome.plan.objectives[0].value == pytest.approx(62)
    county = outcome.by_mode["bus"].county.overall
    assert (county.mean_minutes, county.served_share) == (pytest.approx(20), pytest.approx(0.4))


def test_a_limit_by_bus_is_kept_by_a_plan_that_is_best_by_car(bus_folder: Path) -> None:
    limit = {"mode": "bus", "least_share": 0.4, "within_minutes": 20, "mean_minutes": 40}
    outcome = ask(bus_folder, mode_limits=[limit])
    assert set(outcome.plan.open_sites) == {"A", "B"}
    assert count_limit(outcome, outcome.scenario.choice.mode_limits[0]) == pytest.approx((0.4, 38))


def test_a_limit_may_speak_of_one_municipality(bus_folder: Path) -> None:
    limit = {"mode": "bus", "municipality": "Väst", "least_share": 1.0, "within_minutes": 20}
    outcome = ask(bus_folder, mode_limits=[limit])
    assert "A" in outcome.plan.open_sites
    assert count_limit(outcome, outcome.scenario.choice.mode_limits[0])[0] == 1.0
    with pytest.raises(InputError, match="no municipality 'Norr' takes part"):
        ask(bus_folder, mode_limits=[{**limit, "municipality": "Norr"}])


def test_the_own_mode_may_have_limits_of_several_lengths(bus_folder: Path) -> None:
    """By car B and a corner have 8 of 25 cells within ten minutes."""
    limits = [
        {"mode": "car", "least_share": 0.32, "within_minutes": 10},
        {"mode": "car", "least_share": 0.5, "within_minutes": 20},
    ]
    outcome = ask(bus_folder, mode_limits=limits, objectives=["within_standard"])
    assert "B" in outcome.plan.open_sites
    shares = [count_limit(outcome, each)[0] for each in outcome.scenario.choice.mode_limits]
    assert shares[0] >= 0.32
    assert shares[1] >= 0.5


def test_what_no_plan_can_promise_by_bus_is_named_and_not_by_how_much(bus_folder: Path) -> None:
    """A share of the visits that could be kept is a figure of young people."""
    said = r"this would do: lower choice\.mode_limits \(all, bus\) least_share far enough$"
    with pytest.raises(InfeasibleError, match=said):
        ask(bus_folder, mode_limits=[{"mode": "bus", "least_share": 0.6}])


def test_the_scenarios_own_mode_may_be_the_bus(bus_folder: Path) -> None:
    """Then who can be reached at all must be reached, and the car is one of the others."""
    outcome = ask(bus_folder, travel={"mode": "bus"})
    assert set(outcome.plan.open_sites) == {"A", "B"}
    assert outcome.evaluation.measures.mean_minutes == pytest.approx(38)
    assert outcome.by_mode["car"].measures.mean_minutes == pytest.approx(20.8)


def test_the_quickest_of_several_modes_is_taken_for_each_trip(bus_folder: Path) -> None:
    """On foot a step of a kilometre takes ten minutes, as by car."""
    outcome = ask(bus_folder, travel={"modes": MODES}, objectives=[{**BY_BUS, "mode": "without_car"}])
    by_car = outcome.region.times.minutes
    by_foot, by_bus = (outcome.region.other_times[mode].minutes for mode in ("walk", "bus"))
    assert by_foot == pytest.approx(by_car, abs=0.1)
    together = outcome.region.other_times["without_car"]
    assert (together.minutes <= by_foot).all()
    assert (together.minutes <= by_bus).all()
    assert fastest([together]).minutes == pytest.approx(together.minutes)


@pytest.mark.parametrize(
    ("sections", "problem"),
    [
        (
            {"objectives": [{"measure": "mean_minutes", "mode": "boat"}]},
            "no mode 'boat'; travel has car, bus",
        ),
        ({"mode_limits": [{"mode": "boat", "mean_minutes": 5}]}, "no mode 'boat'"),
        ({"mode_limits": [{"mode": "bus"}]}, "says nothing: give least_share or mean_minutes"),
        ({"mode_limits": [{"mode": "bus", "mean_minutes": 5, "within_minutes": 5}]}, "goes with least_share"),
        ({"objectives": [BY_BUS, BY_BUS]}, "the same measure twice"),
        (
            {"mode_limits": [{"mode": "bus", "least_share": 0.5, "within_minutes": 90}]},
            "unreachable_minutes is 90; it must be more than every limit by a mode",
        ),
        (
            {"objectives": ["worst_share_minutes", {"measure": "worst_share_minutes", "mode": "bus"}]},
            "worst_share_minutes twice",
        ),
        ({"travel": {"mode": "boat"}}, "mode is 'boat'; it must be one of car, bus"),
        ({"travel": {"modes": {"car": BUS["bus"]}}}, "car is given by the fields of travel itself"),
        ({"travel": {"modes": {"fast": {"fastest_of": ["boat"]}}}}, "fastest_of names 'boat'"),
        ({"travel": {"modes": {"bus": {"matrx": "bus.csv"}}}}, "has one of roads, matrix, timetable"),
    ],
)
def test_what_contradicts_is_refused_with_one_sentence(
    bus_folder: Path, sections: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ScenarioError) as refused:
        scenario(bus_folder, **sections)
    assert problem in str(refused.value)
    assert "modes.yaml" in str(refused.value)


def test_capacity_is_kept_by_the_own_mode_only(bus_folder: Path) -> None:
    path = toy.write_scenario(
        bus_folder,
        "modes",
        travel={"modes": BUS},
        access={"digital_minutes": {"main": 80, "near": 80}},
        choice={"n_main": 1, "n_satellites": 1, "with_capacity": True, "objectives": [BY_BUS]},
    )
    with pytest.raises(ScenarioError, match="with_capacity sends visits by the scenario's mode of travel"):
        load(path)


def test_readers_see_every_mode(bus_folder: Path) -> None:
    limit = {"mode": "bus", "least_share": 0.4, "within_minutes": 25}
    outcome = ask(bus_folder, objectives=["mean_minutes", BY_BUS], mode_limits=[limit])
    rows = {row[0]: row[1:] for row in modes_table(outcome, EN).rows}
    assert rows["By car"][:2] == ("100%", "21")
    assert rows["By bus"][:2] == ("100%", "38")
    by_municipality = modes_by_municipality_table(outcome, EN)
    assert by_municipality.columns == ("Municipality", "By car", "By bus", "No trip there by bus")
    assert by_municipality.rows[-1] == ("Toyland", "100%", "100%", "0%")
    assert ("Promises by mode of travel", "by bus: at least 40% of the visits within 25 min") in rules_table(
        outcome, EN
    ).rows
    assert ("Trips by another mode that take longer or cannot be made count as", "90 min") in rules_table(
        outcome, EN
    ).rows
    assert [row[0] for row in measures_table(outcome, EN).rows[:2]] == [
        "Mean travel time",
        "Mean travel time (by bus)",
    ]
    sentence = (
        "By bus, 40% of the visits reach the reception they need within 30 minutes, and 100% within 60."
    )
    promise = "The promise: at least 40% of the visits within 25 minutes by bus. The plan: 40%."
    assert {sentence, promise} <= set(answer(outcome, EN))


def test_what_a_mode_rests_on_stands_among_the_assumptions(bus_folder: Path) -> None:
    outcome = ask(bus_folder, travel={"modes": MODES})
    rows = {row[0]: row[1:] for row in assumptions_tables(outcome.scenario, EN)["Travel"].rows}
    assert rows["Speed on foot, km/h"] == ("assumption", "6")


def test_plan_json_holds_every_mode_in_whole_minutes(bus_folder: Path) -> None:
    outcome = ask(bus_folder, travel={"modes": MODES}, objectives=[BY_BUS])
    folder = write_outcome(outcome, bus_folder / "out")
    record = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    schema = json.loads((Path(__file__).parents[1] / "siting/schemas/plan.schema.json").read_text())
    jsonschema.validate(record, schema)
    assert record["objectives"][0]["mode"] == "bus"
    assert record["evaluation"]["mode"] == "car"
    assert record["evaluation"]["by_mode"]["bus"]["county"]["overall"]["mean_minutes"] == 38
    assert set(record["evaluation"]["by_mode"]) == {"bus", "walk", "without_car"}


def test_a_mean_over_nobody_is_none(bus_folder: Path) -> None:
    outcome = ask(bus_folder, required={"main": ["C"], "satellite": ["D"]})
    by_bus = outcome.by_mode["bus"]
    region = outcome.region
    share, mean = count_area(region, by_bus.main, by_bus.near, code=None, within_minutes=30)
    assert (share, mean) == (0.0, None)
    assert by_bus.measures.mean_minutes == pytest.approx(90)


@pytest.mark.parametrize(
    "objectives",
    [["mean_minutes", {"measure": "mean_minutes", "mode": "car"}], [{"measure": "cost", "mode": "bus"}]],
)
def test_an_objective_is_not_named_twice_in_other_words(bus_folder: Path, objectives: list[object]) -> None:
    with pytest.raises(ScenarioError, match=r"the same measure twice by car|the cost is the same by every"):
        scenario(bus_folder, objectives=objectives)


def test_where_nobody_has_a_visit_every_promise_is_kept(bus_folder: Path) -> None:
    outcome = ask(bus_folder)
    region = outcome.region
    main, near = outcome.by_mode["bus"].main, outcome.by_mode["bus"].near
    assert count_area(region, main, near, code="nowhere", within_minutes=30) == (1.0, None)


def test_options_side_by_side_say_what_they_mean_by_bus(bus_folder: Path) -> None:
    """B and a corner for the bus to find by chance; A and B by its own measure."""
    plain = scenario(bus_folder, required={"main": ["B"], "satellite": ["D"]})
    for_bus = scenario(bus_folder, objectives=[BY_BUS]).model_copy(update={"name": "bus-first"})
    alternatives = compare([plain, for_bus])
    rows = {row[0]: row[1:] for row in options_table(alternatives, EN).rows}
    assert rows["At most 30 min by bus"] == ("0%", "40%")
    assert rows["No trip there by bus"] == ("0%", "0%")
    by_municipality = within_by_municipality_table(alternatives, "bus", EN)
    assert by_municipality.rows == (("Väst", "100%", "100%"), ("Öst", "100%", "100%"))


def test_the_estimated_bus_is_marked_wherever_its_minutes_may_stand(
    base_outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row[0] for row in modes_table(base_outcome, EN).rows]
    assert rows == ["By car", "By bicycle", "On foot", "By bus (estimate)", "Without a car (estimate)"]
    assert any("Without a car, an estimated" in said for said in answer(base_outcome, EN))
    notes = list(mode_notes(base_outcome.scenario, EN))
    assert "Without a car = the quickest of on foot, by bicycle and by bus, for each trip." in notes
    assert any(note.startswith("Trips by bus are estimated") for note in notes)
    scene = map_scene((base_outcome,), "Map", EN)
    assert {mode.label: mode.rough_minutes for mode in scene.plans[0].modes} == {
        "by bicycle": 0.1,
        "on foot": 0.1,
        "by bus (estimate)": 5.0,
        "without a car (estimate)": 5.0,
    }
    monkeypatch.setattr("siting.present.what_if.MOST_PAIRS", 0)  # a page that does not hold all minutes
    (mode,) = map_scene((base_outcome,), "Map", EN).plans[0].modes
    assert mode.label == "without a car (estimate)"
    assert mode.near.minutes is not None
    minutes = mode.near.minutes
    assert (minutes[np.isfinite(minutes)] % 5 == 0).all()
