"""What is wrong with a question is said in one sentence, with place and exit code, before it is solved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import toy

from siting import study
from siting.cli import main
from siting.errors import InfeasibleError, ScenarioError, SitingError
from siting.optimise import planning

KINDS = ["youth_clinic", "health_centre", "hospital"]
HOSTS = {"main": KINDS, "satellite": KINDS}
WITH_STOPS = {"hosts": {**HOSTS, "stop": KINDS}}
ONE_MAIN: dict[str, Any] = {"n_main": 1, "n_satellites": 0}
ONE_STOP: dict[str, Any] = {**ONE_MAIN, "n_stops": 1, "n_teams": 1}
DIGITAL = {"digital_minutes": {"main": 60, "near": 60}}


def choice(**more: Any) -> dict[str, Any]:
    return {"choice": {**ONE_MAIN, **more}}


def group(**changes: Any) -> dict[str, Any]:
    """Say the need of the one risk group otherwise."""
    section = toy.demand_section(alpha=0.5)
    section["risk_groups"]["all"].update(changes)
    return section


CONTRADICTORY = [
    (choice(n_main={"minimum": 3, "maximum": 1}), "choice.n_main: minimum 3 is larger than maximum 1"),
    (choice(n_main=5), "choice.n_main: 5 sites are to be opened as main, but only 4 may host one"),
    (choice(n_main=3, n_satellites=2), "choice: n_main, n_satellites and n_stops ask for 5 sites"),
    (choice(required={"main": ["A", "B"]}), "choice: 2 sites are required but n_main allows 1"),
    (choice(required={"satellite": ["A"]}), "choice: 1 sites are required but n_satellites allows 0"),
    (
        choice(existing={"main": ["A"]}, required={"main": ["A"]}),
        "choice: site A is both existing and required",
    ),
    (
        choice(n_main=2, required={"main": ["A"], "satellite": ["A"]}),
        "choice.required: site A is named twice; a site has one role",
    ),
    (
        choice(required={"main": ["A"], "days_per_week": {"A": 2}}),
        "choice.required.days_per_week: A may not be open 2 days a week as main",
    ),
    (
        choice(n_by_kind={"hospital": 2}),
        "choice.n_by_kind.hospital: 2 are asked for, but only 1 can be opened",
    ),
    (choice(objectives=["cost", "cost"]), "choice: objectives names the same measure twice"),
]
SITES_NOT_TO_BE_HAD = [
    (
        {"sites": {"hosts": HOSTS, "forbidden": ["A"]}, **choice(required={"main": ["A"]})},
        "choice.required.main: A may not be used as main: it is forbidden here",
    ),
    (
        {"sites": {"hosts": HOSTS, "forbidden": ["Q"]}},
        "sites.forbidden: there is no candidate site 'Q'; 'siting sites' lists them",
    ),
    (choice(required={"main": ["E"]}), "choice.required.main: there is no candidate site 'E'"),
    (choice(existing={"main": ["Q"]}), "choice.existing.main: there is no candidate site 'Q'"),
    (choice(at_least_one_of=[["Q"]]), "choice.at_least_one_of.0: there is no candidate site 'Q'"),
    (
        {"leaving_municipalities": ["Väst"], **choice(required={"main": ["A"]})},
        "choice.required.main: A may not be used as main",
    ),
    (
        choice(main_near=[{"site": "Q", "minutes": 9}]),
        "choice.main_near: there is no site 'Q' in the dataset",
    ),
    (
        {"sites": {"hosts": HOSTS, "room_days_per_week": {"by_site": {"Q": 1}}}},
        "sites.room_days_per_week.by_site: there is no candidate site 'Q'",
    ),
    (choice(given={"main": ["Q"]}), "choice.given.main: there is no candidate site 'Q'"),
    (
        choice(nobody_worse_than={"plan": {"main": ["Q"]}}),
        "choice.nobody_worse_than.plan.main: there is no candidate site 'Q'",
    ),
]
UNKNOWN_MUNICIPALITIES = [
    (
        {"sites": {"hosts": HOSTS, "municipalities": {"main": ["Vest"]}}},
        "sites.municipalities.main: there is no municipality 'Vest'; did you mean Väst?",
    ),
    (
        {"sites": {"hosts": HOSTS, "municipalities": {"team_base": ["Norr"]}}},
        "sites.municipalities.team_base: there is no municipality 'Norr'; there are",
    ),
    (choice(place_in=["Norr"]), "choice.place_in: no municipality 'Norr' takes part; there are Väst, Öst"),
    (
        choice(municipality_limits=[{"municipality": "Norr", "mean_minutes": 9}]),
        "choice.municipality_limits: no municipality 'Norr' takes part; there are Väst, Öst",
    ),
    (
        choice(municipality_limits=[{"municipality": "Norr", "largest_minutes": {"near": 9}}]),
        "choice.municipality_limits: no municipality 'Norr' takes part; there are Väst, Öst",
    ),
    (
        {"demand": {**group(), "municipality_factors": {"Norr": 1.1}}},
        "demand.municipality_factors: there is no municipality 'Norr'; there are Väst, Öst",
    ),
    (
        {"leaving_municipalities": ["Norr"]},
        "leaving_municipalities: there is no municipality 'Norr'; there are Väst, Öst",
    ),
    ({"leaving_municipalities": ["Väst", "Öst"]}, "leaving_municipalities: nobody is left"),
    (
        {"leaving_municipalities": ["Öst"], **choice(place_in=["Öst"])},
        "choice.place_in: no municipality 'Öst' takes part; there are Väst",
    ),
]
NUMBERS_OUT_OF_RANGE = [
    (
        {"roles": {"main": {"premises_sek_per_year": -1}}},
        "roles.main.premises_sek_per_year: should be greater than or equal to 0",
    ),
    (
        {"roles": {"staff_cost_sek_per_hour": -450}},
        "roles.staff_cost_sek_per_hour: should be greater than or equal to 0",
    ),
    ({"roles": {"team": {"sek_per_km": -4}}}, "roles.team.sek_per_km: should be greater than or equal to 0"),
    (choice(most_sek_per_year=-1), "choice.most_sek_per_year: should be greater than or equal to 0"),
    (choice(most_full_time_posts=-1), "choice.most_full_time_posts: should be greater than or equal to 0"),
    (
        {"roles": {"satellite": {"days_per_week": [0, 2]}}},
        "days_per_week is [0, 2]; expected different numbers of 1 to 5",
    ),
    (
        {"roles": {"satellite": {"days_per_week": [6]}}},
        "days_per_week is [6]; expected different numbers of 1 to 5",
    ),
    (
        {"roles": {"satellite": {"days_per_week": [2, 2]}}},
        "days_per_week is [2, 2]; expected different numbers of 1 to 5",
    ),
    (
        {"roles": {"main": {"days_per_week": 6}}},
        "roles.main.days_per_week: should be less than or equal to 5",
    ),
    ({"roles": {"main": {"days_per_week": 0}}}, "roles.main.days_per_week: should be greater than 0"),
    (
        {"roles": {"team": {"days_per_week": 6}}},
        "roles.team.days_per_week: should be less than or equal to 5",
    ),
    (
        {"roles": {"stop": {"weeks_between_visits": [3]}}},
        "roles.stop.weeks_between_visits.0: should be 1 or 2",
    ),
    (
        {"sites": {"hosts": HOSTS, "room_days_per_week": {"by_kind": {"hospital": 6}}}},
        "sites.room_days_per_week.by_kind.hospital: should be less than or equal to 5",
    ),
    (choice(worst_share=0), "choice.worst_share: should be greater than 0"),
    (choice(least_share_within_standard=1.5), "must be a share between 0 and 1"),
]
NO_NEED = [
    ({"demand": group(prevalence=0)}, "demand: every prevalence or share_reached is 0, so there is no need"),
    (
        {"demand": group(share_reached=0)},
        "demand: every prevalence or share_reached is 0, so there is no need",
    ),
    (
        {"demand": {**group(), "municipality_factors": {"Väst": 0, "Öst": 0}}},
        "demand: nobody makes a visit with these factors, so there is no need to place a reception for",
    ),
    ({"demand": group(visits_per_person_per_year=0)}, "visits_per_person_per_year: should be greater than 0"),
    (
        {"demand": toy.demand_section(alpha=1.0), "choice": {"n_main": 0, "n_satellites": 1}},
        "choice: no visit can be served",
    ),
]
TEAMS_THAT_CANNOT_BE = [
    (
        {"sites": WITH_STOPS, **choice(n_stops=1)},
        "choice: stops are asked for, but n_teams allows no travelling team that would visit them",
    ),
    (
        {"sites": WITH_STOPS, **choice(existing={"stop": ["C"]})},
        "choice: stops are asked for, but n_teams allows no travelling team that would visit them",
    ),
    (
        {"sites": WITH_STOPS, "choice": {**ONE_STOP, "n_main": 0, "n_satellites": 1}},
        "choice.n_teams: a team has its base at a main reception, but n_main allows none",
    ),
    (
        {"sites": WITH_STOPS, "choice": {**ONE_STOP, "n_main": 0, "n_teams": {"minimum": 0, "maximum": 1}}},
        "choice.n_stops: stops are visited from a main reception, but n_main allows none",
    ),
    (
        {"choice": ONE_STOP},
        "choice.n_stops: 1 sites are to be opened as stop, but only 0 may host one",
    ),
    (
        {
            "sites": WITH_STOPS,
            "choice": ONE_STOP,
            "roles": {"stop": {"session_hours": 4, "set_up_hours": 1}, "team": {"working_day_hours": 4.5}},
        },
        "roles: team.working_day_hours is 4.5, but one stop alone takes 5 hours (session and set-up)",
    ),
    (  # the stop nearest to any base is 80 minutes of driving and two hours of work away
        {"sites": WITH_STOPS, "choice": ONE_STOP, "roles": {"team": {"working_day_hours": 3.3}}},
        "choice.n_stops: no tour of even one stop fits in roles.team.working_day_hours (3.3 hours)",
    ),
    (
        choice(nobody_worse_than={"plan": {"main": ["A"], "stop": ["C"]}}),
        "the plan to measure by has main receptions and satellites only, no stops",
    ),
]
CAPACITY = [
    (choice(with_capacity=True), "choice.with_capacity needs access.digital_minutes for main and near"),
    (
        {"access": {"digital_minutes": {"near": 60}}, **choice(with_capacity=True)},
        "choice.with_capacity needs access.digital_minutes for main and near",
    ),
    *(
        (
            {"access": DIGITAL, **choice(with_capacity=True, objectives=["mean_minutes", measure])},
            "choice: with_capacity goes with the objectives mean_minutes, within_standard, cost, "
            f"not with {measure}",
        )
        for measure in ("largest_minutes", "worst_share_minutes")
    ),
]


def nothing_is_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        message = "a question that is wrong was solved"
        raise AssertionError(message)

    monkeypatch.setattr(planning, "solve", refuse)


def refused(path: Path, kind: type[SitingError]) -> str:
    """What is said, once it is said in one line and with the exit code of its kind."""
    with pytest.raises(SitingError) as caught:
        study.run(path)
    assert type(caught.value) is kind
    said = str(caught.value)
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        *CONTRADICTORY,
        *SITES_NOT_TO_BE_HAD,
        *UNKNOWN_MUNICIPALITIES,
        *NUMBERS_OUT_OF_RANGE,
        *NO_NEED,
        *TEAMS_THAT_CANNOT_BE,
        *CAPACITY,
    ],
)
def test_bad_input_is_refused_with_its_place_before_anything_is_solved(
    toy_folder: Path, monkeypatch: pytest.MonkeyPatch, sections: dict[str, Any], expected: str
) -> None:
    nothing_is_solved(monkeypatch)
    said = refused(toy.write_scenario(toy_folder, **sections), ScenarioError)
    assert expected in said
    assert "toy.yaml" in said


@pytest.mark.parametrize(
    ("sections", "key"),
    [
        (choice(n_main=5), "n_main"),
        (choice(place_in=["Norr"]), "place_in"),
        (choice(required={"main": ["E"]}), "main"),
        (choice(n_main={"minimum": 3, "maximum": 1}), "n_main"),
        ({"roles": {"team": {"sek_per_km": -4}}}, "sek_per_km"),
        ({"leaving_municipalities": ["Norr"]}, "leaving_municipalities"),
        ({"demand": {**group(), "municipality_factors": {"Norr": 1.1}}}, "municipality_factors"),
    ],
)
def test_the_line_named_is_that_of_the_key(toy_folder: Path, sections: dict[str, Any], key: str) -> None:
    path = toy.write_scenario(toy_folder, **sections)
    said = refused(path, ScenarioError)
    line = int(said.split(", line ")[1].split(":")[0])
    assert path.read_text(encoding="utf-8").splitlines()[line - 1].count(f"{key}: ") == 1


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        (
            choice(place_in_every_municipality=True),
            "choice.place_in_every_municipality: 2 municipalities need a place, but at most 1 are opened",
        ),
        (
            {
                "sites": {"hosts": {"main": ["hospital"], "satellite": ["hospital"]}},
                **choice(place_in=["Väst"]),
            },
            "choice.place_in: Väst has no premises that may be used",
        ),
        (
            choice(largest_minutes={"near": 39}),
            "choice.largest_minutes.near: 39 minutes are too few: from some cells even the nearest premises",
        ),
        (
            choice(municipality_limits=[{"municipality": "Öst", "largest_minutes": {"main": 30}}]),
            "30 minutes are too few: from some cells even the nearest premises that may be used lie farther "
            "(Öst: 40 minutes); allow 40, or add a site",
        ),
        (
            choice(main_near=[{"site": "E", "minutes": 39}]),
            "choice.main_near: no premises that may be a main reception lie within 39 minutes of E",
        ),
    ],
)
def test_a_rule_that_no_plan_can_keep_is_infeasible_before_anything_is_solved(
    toy_folder: Path, monkeypatch: pytest.MonkeyPatch, sections: dict[str, Any], expected: str
) -> None:
    nothing_is_solved(monkeypatch)
    monkeypatch.setattr(study, "what_to_relax", lambda *_: ("nothing is tried here",))
    said = refused(toy.write_scenario(toy_folder, **sections), InfeasibleError)
    assert expected in said
    assert "toy.yaml" in said


def test_a_named_plan_that_is_not_given_is_refused(toy_folder: Path) -> None:
    toy.write_scenario(toy_folder, "today")
    asked = choice(nobody_worse_than={"plan": "today"})
    said = refused(toy.write_scenario(toy_folder, **asked), ScenarioError)
    assert "choice.nobody_worse_than.plan: the scenario today has no choice.given" in said
    assert "toy.yaml, line " in said
    nowhere = choice(nobody_worse_than={"plan": "yesterday"})
    said = refused(toy.write_scenario(toy_folder, **nowhere), ScenarioError)
    assert "yesterday: there is no such scenario" in said


@pytest.mark.parametrize(
    ("sections", "code"),
    [
        (choice(n_main={"minimum": 3, "maximum": 1}), 11),
        (choice(required={"main": ["E"]}), 11),
        ({"leaving_municipalities": ["Norr"]}, 11),
        ({"demand": group(prevalence=0)}, 11),
        ({"sites": WITH_STOPS, "choice": ONE_STOP, "roles": {"team": {"working_day_hours": 3.3}}}, 11),
        (choice(largest_minutes={"near": 39}), 21),
        (choice(most_full_time_posts=1), 21),
    ],
)
def test_the_command_ends_with_the_code_of_the_error_and_says_one_sentence(
    toy_folder: Path, capsys: pytest.CaptureFixture[str], sections: dict[str, Any], code: int
) -> None:
    path = toy.write_scenario(toy_folder, **sections)
    assert main(["run", str(path), "--out", str(toy_folder / "out")]) == code
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("siting: ")
    assert "toy.yaml" in last
    assert not (toy_folder / "out").exists()
