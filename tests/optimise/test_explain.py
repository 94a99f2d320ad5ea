"""Why no plan obeys all rules: each relaxation named suffices, and a smaller one does not."""

from __future__ import annotations

import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st
from test_planning import MUNICIPALITIES, County, choose_in, random_county

from siting import study
from siting.errors import InfeasibleError, InputError
from siting.optimise.explain import _all_or_nothing, _limits, what_to_relax
from siting.optimise.problem import SitingProblem
from siting.optimise.rules import state_problem
from siting.scenario import ChoiceSection


def test_the_toy_says_which_rule_to_relax_and_by_how_much(toy_folder: object) -> None:
    """Main at A, so the corner D is 80 minutes away; a satellite linked within 30 minutes helps nobody."""
    choice = {
        "n_main": 1,
        "n_satellites": {"minimum": 0, "maximum": 1},
        "required": {"main": ["A"]},
        "largest_minutes": {"near": 50},
        "link_minutes": 30,
    }
    with pytest.raises(InfeasibleError) as caught:
        study.run(toy.write_scenario(toy_folder, choice=choice))
    said = str(caught.value)
    assert "raise choice.link_minutes to 40" in said  # B, 40 minutes from A, halves the way to D
    assert "raise choice.largest_minutes.near to 80" in said
    assert "take choice.required away" in said  # main at B: every corner within 40 minutes


def feasible(county: County, choice: ChoiceSection) -> bool:
    try:
        choose_in(County(county.demand, county.sites, county.times, choice, county.site_times))
    except (InfeasibleError, InputError):
        return False
    return True


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**7))
def test_each_relaxation_named_suffices_and_a_smaller_one_does_not(seed: int) -> None:
    county = random_county(seed)
    choice = county.choice
    if feasible(county, choice):
        return

    def state(other: ChoiceSection) -> SitingProblem:
        return state_problem(
            county.demand,
            county.sites,
            county.times,
            county.site_times,
            choice=other,
            municipality_names=MUNICIPALITIES,
        )

    said = what_to_relax(choice, state)
    for key, lowest, highest, relaxed in _limits(choice):
        named = [way for way in said if way.startswith(f"raise {key} to ")]
        if named:
            enough = int(named[0].rsplit(" ", 1)[1])
            assert feasible(county, relaxed(enough))
            assert enough == lowest or not feasible(county, relaxed(enough - 1))
        else:
            assert not feasible(county, relaxed(highest))
    for key, without in _all_or_nothing(choice):
        assert (f"take {key} away" in said) == feasible(county, without)
