"""Plans nearly as good as the best, and what places are worth, on the toy that is worked out on paper."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy

from siting import study
from siting.analysis.near_best import Certainty, NearBest, Worth, near_best, plan_of
from siting.errors import InputError
from siting.plan import Status
from siting.scenario_file import load
from siting.sites import Role
from siting.study import Outcome

PAIR = {"n_main": 1, "n_satellites": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("toy")
    toy.write_dataset(place / "data")
    return place


def answered(
    folder: Path, name: str, *, within: float = 0.01, choice: dict[str, Any] | None = None, **sections: Any
) -> Outcome:
    """The toy's scenario, where half of the visits need a main reception."""
    sections = {
        "demand": toy.demand_section(0.5),
        "choice": {**PAIR, **(choice or {})},
        "analysis": {"near_best": {"within": within}},
        **sections,
    }
    return study.run(load(toy.write_scenario(folder, name, **sections)))


@pytest.fixture(scope="module")
def outcome(folder: Path) -> Outcome:
    return answered(folder, "pair")


@pytest.fixture(scope="module")
def near(outcome: Outcome) -> NearBest:
    return near_best(outcome)


def worth(near: NearBest, scope: str, key: str) -> Worth:
    return next(each for each in near.worths if (each.scope, each.key) == (scope, key))


def test_the_three_corners_are_as_good_beside_a_main_in_the_middle(near: NearBest) -> None:
    """By hand: main B 24 minutes, satellite at a corner 20.8, half of the visits each: 22.4."""
    assert near.is_complete
    assert near.values == pytest.approx([22.4] * 3)
    opened = [plan_of(near, row) for row in range(3)]
    assert {each.main for each in opened} == {("B",)}
    assert {each.satellite for each in opened} == {("A",), ("C",), ("D",)}


def test_always_sometimes_and_never_are_told_of_sites_mains_and_municipalities(near: NearBest) -> None:
    assert worth(near, "site", "B").certainty is Certainty.ALWAYS
    assert worth(near, "main_site", "B").certainty is Certainty.ALWAYS
    assert worth(near, "main_site", "A").certainty is Certainty.NEVER
    assert {worth(near, "site", key).certainty for key in "ACD"} == {Certainty.SOMETIMES}
    assert [worth(near, "site", key).share_of_plans for key in "ACD"] == pytest.approx([1 / 3] * 3)
    assert worth(near, "main_municipality", "02").certainty is Certainty.ALWAYS
    assert worth(near, "municipality", "01").certainty is Certainty.SOMETIMES


@pytest.mark.parametrize("site", "ABCD")
def test_the_price_of_saying_no_is_that_of_a_run_without_the_place(
    folder: Path, near: NearBest, site: str
) -> None:
    kinds = {"hosts": {role: ["youth_clinic", "health_centre", "hospital"] for role in ("main", "satellite")}}
    without = answered(folder, f"without-{site.lower()}", sites={**kinds, "forbidden": [site]})
    value = without.plan.objectives[0].value
    assert worth(near, "site", site).best_without == pytest.approx(value)
    assert worth(near, "site", site).price_of_no(22.4) == pytest.approx(value - 22.4, abs=1e-9)
    assert worth(near, "site", site).without_is_proven


@pytest.mark.parametrize("site", "ABCD")
def test_the_price_of_insisting_is_that_of_a_run_with_the_place_as_main(
    folder: Path, near: NearBest, site: str
) -> None:
    with_it = answered(folder, f"with-{site.lower()}", choice={"required": {"main": [site]}})
    assert worth(near, "main_site", site).best_with == pytest.approx(with_it.plan.objectives[0].value)


def test_a_wider_list_holds_the_narrower_one_and_prices_stay(folder: Path, near: NearBest) -> None:
    wider = near_best(answered(folder, "wider", within=0.5))
    # Main at a corner (40) and B beside it (20.8), or the corner across (24); corners side by side: 34.
    assert wider.values == pytest.approx([22.4] * 3 + [30.4] * 3 + [32.0] * 2)
    assert np.allclose(wider.values[:3], near.values)
    for each in near.worths:
        other = worth(wider, each.scope, each.key)
        assert other.best_with == pytest.approx(each.best_with)
        assert other.best_without == pytest.approx(each.best_without)


def test_what_every_plan_has_can_not_be_said_no_to(folder: Path) -> None:
    near = near_best(answered(folder, "required", choice={"required": {"main": ["B"]}}))
    assert worth(near, "site", "B").best_without is None
    assert worth(near, "site", "B").without_is_proven


def test_a_list_that_is_cut_says_so_and_calls_nothing_certain_that_is_not(folder: Path) -> None:
    outcome = answered(folder, "cut", analysis={"near_best": {"within": 0.01, "most_plans": 1}})
    near = near_best(outcome)
    assert not near.is_complete
    assert len(near.values) == 1
    assert worth(near, "main_site", "B").certainty is Certainty.ALWAYS, "the best plan without it is worse"
    assert {worth(near, "site", key).certainty for key in "ACD"} == {Certainty.SOMETIMES}


def test_shares_within_the_standard_are_told_as_readers_know_them(folder: Path) -> None:
    """Within 10 minutes: B and a corner 8 of 25 near visits, B alone 5 of 25 that need a main."""
    choice = {"objectives": ["within_standard"], "standard_minutes": 10}
    near = near_best(answered(folder, "shares", within=0.0, choice=choice))
    assert near.values == pytest.approx([(8 / 25 + 5 / 25) / 2] * 3)
    assert near.limit == pytest.approx(near.values[0])
    no_b = worth(near, "site", "B")
    assert no_b.best_without is not None
    assert no_b.best_without < near.objective.value


def test_a_plan_that_is_given_has_no_alternatives(folder: Path) -> None:
    outcome = answered(folder, "given", choice={"given": {"main": ["B"]}})
    assert outcome.plan.status is Status.GIVEN
    with pytest.raises(InputError, match=r"analysis.near_best: .* nothing is chosen"):
        near_best(outcome)


def test_places_are_told_with_role_and_days(near: NearBest) -> None:
    assert {each.role for each in near.places} == {Role.MAIN, Role.SATELLITE}
    assert {each.days_per_week for each in near.places} == {5.0}


def test_the_list_is_the_same_however_much_time_there_was(outcome: Outcome, near: NearBest) -> None:
    again = near_best(replace(outcome))
    assert (again.plans == near.plans).all()
    assert (again.values == near.values).all()


def test_the_best_plan_is_listed_even_without_time_for_others(folder: Path) -> None:
    outcome = answered(folder, "late", analysis={"near_best": {"within": 0.01, "time_limit_seconds": 1e-6}})
    near = near_best(outcome)
    assert near.values[0] == pytest.approx(22.4)
    assert not near.is_complete
    assert worth(near, "main_site", "B").certainty in {Certainty.UNKNOWN, Certainty.ALWAYS}
