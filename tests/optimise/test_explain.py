"""Why no plan obeys all rules: each relaxation named suffices, and a smaller one does not.

By how much is told of sites, minutes of one's way, posts and money; never of figures of people.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy
from brute import random_choice, random_region
from hypothesis import given, settings
from hypothesis import strategies as st
from test_brute_force import HOSTS, plan_or_none

from siting import study
from siting.errors import InfeasibleError
from siting.optimise import explain
from siting.optimise.explain import Way, ways_to_relax, what_to_relax
from siting.region import Region
from siting.scenario import ByService, ChoiceSection
from siting.scenario_choice import CountRange, SitesByRole
from siting.scenario_file import load

KINDS = ["youth_clinic", "health_centre", "hospital"]


def said_of(folder: Path, choice: dict[str, Any], **sections: Any) -> str:
    """What the run says, where no plan obeys the choice."""
    with pytest.raises(InfeasibleError) as caught:
        study.run(toy.write_scenario(folder, choice=choice, **sections))
    return str(caught.value)


def named_in(said: str) -> list[str]:
    """Each relaxation that a message names."""
    return re.split("(?:any of these alone|this) would do: ", said)[1].split("; ")


# --- by hand on the toy ---


def test_the_toy_says_which_rule_to_relax_and_by_how_much(toy_folder: Path) -> None:
    """Main at A, so the corner D is 80 minutes away; a satellite linked within 30 minutes helps nobody."""
    choice = {
        "n_main": 1,
        "n_satellites": {"minimum": 0, "maximum": 1},
        "required": {"main": ["A"]},
        "largest_minutes": {"near": 50},
        "link_minutes": 30,
    }
    named = named_in(said_of(toy_folder, choice))
    assert "raise choice.link_minutes to 40" in named  # B, 40 minutes from A, halves the way to D
    assert "raise choice.largest_minutes.near to 80" in named
    assert "take choice.required away" in named  # main at B: every corner within 40 minutes
    assert "raise the maximum of choice.n_main to 2" in named


def test_money_is_raised_by_whole_ten_thousands(toy_folder: Path) -> None:
    """A main and a satellite open five days: 3,768,000 + 1,338,000 SEK."""
    said = said_of(toy_folder, {"n_main": 1, "n_satellites": 1, "most_sek_per_year": 5_000_000})
    assert named_in(said) == ["raise choice.most_sek_per_year to 5110000"]


def test_posts_are_raised_by_whole_ones(toy_folder: Path) -> None:
    """A main and a satellite open five days: 4.4 + 1.65 posts."""
    said = said_of(toy_folder, {"n_main": 1, "n_satellites": 1, "most_full_time_posts": 4.5})
    assert named_in(said) == ["raise choice.most_full_time_posts to 7"]


def test_a_share_is_lowered_far_enough(toy_folder: Path) -> None:
    """Main B and a corner: within 10 minutes 26 %; a second satellite 32 % and a third 38 %."""
    choice = {
        "n_main": 1,
        "n_satellites": 1,
        "standard_minutes": 10,
        "least_share_within_standard": 0.305,
    }
    named = named_in(said_of(toy_folder, choice))
    assert "lower choice.least_share_within_standard far enough" in named
    assert "raise the maximum of choice.n_main to 2" in named  # 8 of 25 cells


def test_least_visits_are_lowered_far_enough(toy_folder: Path) -> None:
    """Beside B, D is the best place for 150 visits: at a public rate this is a count of young people."""
    hosts = {"main": ["health_centre"], "satellite": ["hospital"]}
    choice = {"n_main": 1, "n_satellites": 1, "least_visits_per_year": {"satellite": 400.5, "main": 1000}}
    named = named_in(said_of(toy_folder, choice, sites={"hosts": hosts}))
    assert named == ["lower choice.least_visits_per_year.satellite far enough"]
    too_many = {**choice, "least_visits_per_year": {"main": 2351}}
    # B has 1,250 visits that need a main, and 1,100 of the others.
    named = named_in(said_of(toy_folder, too_many, sites={"hosts": hosts}))
    assert named == ["lower choice.least_visits_per_year.main far enough"]


def test_limits_of_a_municipality_are_raised_by_its_name(toy_folder: Path) -> None:
    """Väst lies 25 minutes from A, which is not told; its corners 40 minutes from B at the best."""
    mean = {"municipality_limits": [{"municipality": "Väst", "mean_minutes": 20}]}
    named = named_in(said_of(toy_folder, {"n_main": 1, "n_satellites": 0, **mean}))
    assert "raise choice.municipality_limits (Väst) mean_minutes far enough" in named
    largest = {"municipality_limits": [{"municipality": "Väst", "largest_minutes": {"near": 35}}]}
    named = named_in(said_of(toy_folder, {"n_main": 1, "n_satellites": 0, **largest}))
    assert "raise choice.municipality_limits (Väst) largest_minutes.near to 40" in named
    assert "raise the maximum of choice.n_satellites to 1" in named


def test_limits_by_mode_are_named_without_an_amount(toy_folder: Path) -> None:
    """By car Öst lies 18 minutes and more from any one place; a fifth of all visits are within 10 minutes."""
    share = {"mode_limits": [{"mode": "car", "least_share": 0.5, "within_minutes": 10}]}
    named = named_in(said_of(toy_folder, {"n_main": 1, "n_satellites": 0, **share}))
    assert "lower choice.mode_limits (all, car) least_share far enough" in named
    mean = {"mode_limits": [{"mode": "car", "municipality": "Öst", "mean_minutes": 5}]}
    named = named_in(said_of(toy_folder, {"n_main": 1, "n_satellites": 0, **mean}))
    assert "raise choice.mode_limits (Öst, car) mean_minutes far enough" in named


def test_the_mean_of_all_is_raised_far_enough(toy_folder: Path) -> None:
    choice = {"n_main": 1, "n_satellites": 1, "most_mean_minutes": 20}
    named = named_in(said_of(toy_folder, choice))
    assert "raise choice.most_mean_minutes far enough" in named  # 22.4
    assert "raise the maximum of choice.n_satellites to 3" in named  # 19.2


def test_a_second_team_or_a_longer_day_is_named_where_one_cannot_drive_it_all(toy_folder: Path) -> None:
    """Both corners want a day of their own each week, and the team has one."""
    hosts = {"main": ["health_centre"], "satellite": [], "stop": ["youth_clinic", "hospital"]}
    choice = {"n_main": 1, "n_satellites": 0, "n_stops": 2, "n_teams": 1}
    roles = {
        "stop": {"weeks_between_visits": [1]},
        "team": {"working_day_hours": 5.5, "days_per_week": 1},
    }
    said = said_of(toy_folder, choice, sites={"hosts": hosts}, roles=roles)
    assert named_in(said) == ["raise the maximum of choice.n_teams to 2"]


TWO_RULES = {
    "n_main": 0,
    "n_satellites": 0,
    "existing": {"main": ["D"]},
    "largest_minutes": {"near": 50},
    "most_mean_minutes": 20,
}
"""D alone: the corner A is 80 minutes away, and the mean 40 minutes."""


def test_where_no_rule_alone_is_enough_two_are_named_together(toy_folder: Path) -> None:
    """With a satellite at B nobody is more than 40 minutes away, but the mean is (40 + 20.8) / 2."""
    sites = {"hosts": {"main": ["hospital"], "satellite": KINDS}}
    named = named_in(said_of(toy_folder, TWO_RULES, sites=sites))
    mean = "raise choice.most_mean_minutes far enough"
    assert f"raise the maximum of choice.n_satellites to 1 and {mean}" in named
    assert f"raise choice.largest_minutes.near to 80 and {mean}" in named
    assert all(each.count(" and ") == 1 for each in named)
    assert len(named) <= explain.MOST_SETS_NAMED


def region_of_the_toy(folder: Path, **sections: Any) -> tuple[Region, ChoiceSection]:
    scenario = load(toy.write_scenario(folder, **sections))
    return study.measure(scenario, study.load_dataset(folder / "data")), scenario.choice


def test_what_is_already_too_little_to_help_is_not_named_with_another(toy_folder: Path) -> None:
    """Every pair named leaves a plan; neither of its rules alone does."""
    sites = {"hosts": {"main": ["hospital"], "satellite": KINDS}}
    region, choice = region_of_the_toy(toy_folder, choice=TWO_RULES, sites=sites)
    hosts = load(toy_folder / "toy.yaml").sites.hosts
    by_name = {each.say(1).split(" to ")[0]: each for each in ways_to_relax(choice)}
    for said in what_to_relax(choice, region, hosts):
        ways = [(by_name[part.split(" to ")[0]], part) for part in said.split(" and ")]
        steps = [(way, step_that_says(way, part)) for way, part in ways]
        assert leaves_a_plan(region, relaxed_by(choice, steps))
        for way, step in steps:
            assert not leaves_a_plan(region, way.relaxed(choice, way.n_steps))
            less = [(each, min(step - 1, k) if each is way else k) for each, k in steps]
            if step > 1:
                assert not leaves_a_plan(region, relaxed_by(choice, less))


def step_that_says(way: Way, said: str) -> int:
    return next(step for step in range(1, way.n_steps + 1) if way.say(step) == said)


def relaxed_by(choice: ChoiceSection, steps: list[tuple[Way, int]]) -> ChoiceSection:
    for way, step in steps:
        choice = way.relaxed(choice, step)
    return choice


def test_three_rules_are_named_together_before_nothing_is() -> None:
    """Two cells an hour away from the only main; each of three rules stands in the way."""
    region = toy.region(np.array([[60.0, 0.0], [60.0, 60.0]]))
    zero = CountRange(minimum=0, maximum=0)
    choice = ChoiceSection(
        n_main=zero,
        n_satellites=zero,
        existing=SitesByRole(main=("S0",)),
        largest_minutes=ByService(near=50.0),
        most_mean_minutes=20.0,
        standard_minutes=10.0,
        least_share_within_standard=1.0,
    )
    named = what_to_relax(choice, region, HOSTS)
    assert named
    assert {each.count(" and ") for each in named} == {2}
    together = (
        "raise choice.largest_minutes.near to 60 and raise choice.most_mean_minutes far enough and "
        "lower choice.least_share_within_standard far enough"
    )
    assert together in named


def test_where_no_set_of_rules_is_found_the_message_says_so(
    toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explain, "MOST_RULES_TOGETHER", 1)
    sites = {"hosts": {"main": ["hospital"], "satellite": KINDS}}
    assert "no set of up to three rules to relax was found in time" in said_of(
        toy_folder, TWO_RULES, sites=sites
    )


# --- what is told of people ---

OF_PEOPLE = [
    ({"least_visits_per_year": {"satellite": 600}}, "least_visits_per_year.satellite"),
    ({"most_mean_minutes": 12}, "most_mean_minutes"),
    ({"municipality_limits": [{"municipality": "Öst", "mean_minutes": 8}]}, "(Öst) mean_minutes"),
    ({"mode_limits": [{"mode": "car", "least_share": 0.9, "within_minutes": 10}]}, "(all, car) least_share"),
    (
        {"mode_limits": [{"mode": "car", "municipality": "Väst", "mean_minutes": 5}]},
        "(Väst, car) mean_minutes",
    ),
    ({"least_share_within_standard": 0.9, "standard_minutes": 10}, "least_share_within_standard"),
    ({"largest_minutes": {"near": 39}}, "(Väst: 40 minutes; Öst: 40 minutes)"),
]


def with_other_youths(region: Region) -> Region:
    """The same squares with others in them: the first has 160 for each 100, the last 10."""
    factor = np.linspace(1.6, 0.1, len(region.demand.cell_ids))[:, None]
    demand = replace(
        region.demand,
        youths=region.demand.youths * factor[:, 0],
        persons=region.demand.persons * factor,
        visits_per_year=region.demand.visits_per_year * factor,
    )
    return replace(region, demand=demand)


@pytest.mark.parametrize(("rule", "named"), OF_PEOPLE)
def test_why_there_is_no_plan_is_told_alike_whoever_lives_in_the_squares(
    toy_folder: Path, monkeypatch: pytest.MonkeyPatch, rule: dict[str, Any], named: str
) -> None:
    choice = {"n_main": 1, "n_satellites": 1, **rule}
    hosts = {"main": ["health_centre"], "satellite": ["hospital"]}
    said = said_of(toy_folder, choice, sites={"hosts": hosts})
    assert named in said
    measure = study.measure
    monkeypatch.setattr(study, "measure", lambda *args, **kwargs: with_other_youths(measure(*args, **kwargs)))
    assert said_of(toy_folder, choice, sites={"hosts": hosts}) == said


# --- on random regions ---


def leaves_a_plan(region: Region, choice: ChoiceSection) -> bool:
    return plan_or_none(region, choice) is not None


def smallest_step(region: Region, choice: ChoiceSection, way: Way) -> int | None:
    """Find the least relaxation that leaves a plan, if the largest does."""
    if not leaves_a_plan(region, way.relaxed(choice, way.n_steps)):
        return None
    low, high = 1, way.n_steps
    while low < high:
        middle = (low + high) // 2
        low, high = (
            (low, middle) if leaves_a_plan(region, way.relaxed(choice, middle)) else (middle + 1, high)
        )
    return high


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**7), st.booleans())
def test_each_relaxation_named_suffices_and_a_smaller_one_does_not(seed: int, teams: bool) -> None:
    """A rule alone is named if it helps alone, with the least amount that does."""
    region = random_region(seed, teams=teams)
    choice = random_choice(seed, region, teams=teams)
    if leaves_a_plan(region, choice):
        return
    said = what_to_relax(choice, region, HOSTS)
    alone = [
        way.say(step)
        for way in ways_to_relax(choice)
        if (step := smallest_step(region, choice, way)) is not None
    ]
    if alone:
        assert list(said) == alone
    else:
        assert all(" and " in each for each in said)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**7))
def test_a_further_step_of_a_relaxation_never_takes_a_plan_away(seed: int) -> None:
    """What the bisection rests on."""
    region = random_region(seed)
    choice = random_choice(seed, region)
    rng = np.random.default_rng(seed)
    ways = list(ways_to_relax(choice))
    way = ways[rng.integers(0, len(ways))]
    steps = sorted({1, way.n_steps, int(rng.integers(1, way.n_steps + 1))})
    found = [leaves_a_plan(region, way.relaxed(choice, step)) for step in steps]
    assert found == sorted(found)


def test_each_rule_that_can_give_way_is_relaxed_in_one_place_only(toy_folder: Path) -> None:
    """A way changes its own rule of the choice, and no other."""
    _, choice = region_of_the_toy(
        toy_folder,
        choice={
            "n_main": 1,
            "n_satellites": 1,
            "place_in": ["Väst"],
            "place_in_every_municipality": True,
            "required": {"main": ["A"]},
            "at_least_one_of": [["A", "B"]],
            "at_most_one_of": [["A", "B"]],
            "n_by_kind": {"hospital": 0},
            "main_near": [{"site": "E", "minutes": 60}],
            "link_minutes": 30,
            "largest_minutes": {"main": 60, "near": 40},
            "municipality_limits": [
                {"municipality": "Väst", "mean_minutes": 20, "largest_minutes": {"main": 60, "near": 40}},
                {"municipality": "Öst", "mean_minutes": 25},
            ],
            "mode_limits": [{"mode": "car", "least_share": 0.5, "mean_minutes": 30}],
            "nobody_worse_than": {"plan": {"main": ["A"]}},
            "least_share_within_standard": 0.5,
            "most_mean_minutes": 20,
            "least_visits_per_year": {"main": 10, "satellite": 20, "stop": 5},
            "with_capacity": True,
            "most_full_time_posts": 7,
            "most_sek_per_year": 5_000_000,
        },
        access={"digital_minutes": {"main": 60, "near": 60}},
    )
    changed = []
    for way in ways_to_relax(choice):
        other = way.relaxed(choice, 1)
        fields = [
            name for name in ChoiceSection.model_fields if getattr(other, name) != getattr(choice, name)
        ]
        assert len(fields) == 1
        assert fields[0] in way.say(1)
        changed += fields
    left = set(ChoiceSection.model_fields) - set(changed)
    assert left == {
        "objectives",
        "standard_minutes",
        "unreachable_minutes",
        "worst_share",
        "existing",
        "given",
    }
    assert changed.count("mode_limits") == 2
    assert changed.count("municipality_limits") == 4
    assert changed.count("least_visits_per_year") == 3


def test_the_search_for_sets_ends_after_its_time(monkeypatch: pytest.MonkeyPatch, toy_folder: Path) -> None:
    monkeypatch.setattr(explain, "SECONDS", 0.0)
    sites = {"hosts": {"main": ["hospital"], "satellite": KINDS}}
    started = time.perf_counter()
    assert " and raise " not in said_of(toy_folder, TWO_RULES, sites=sites)
    assert time.perf_counter() - started < 10
