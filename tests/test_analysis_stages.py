"""Orders of opening: the toy by hand, and small regions order by order."""

from __future__ import annotations

from itertools import pairwise, product
from pathlib import Path
from typing import Any

import brute
import numpy as np
import pytest
import toy
from brute import Openings, Question

from siting import study
from siting.analysis.stages import Order, default_stages, stages
from siting.errors import InfeasibleError, InputError
from siting.scenario import Aim, ChoiceSection, LeastVisits
from siting.scenario_analysis import AnalysisSection, StageSection, StagesSection
from siting.scenario_base import Text
from siting.scenario_choice import CountRange
from siting.scenario_file import load
from siting.sites import Role
from siting.study import Outcome

RANK = {Role.SATELLITE: 0, Role.MAIN: 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("toy")
    toy.write_dataset(place / "data")
    return place


def step(n_main: int, n_satellites: int, *, years: float = 1.0, sek: float | None = None) -> dict[str, Any]:
    title = {"sv": "Steg", "en": "Step"}
    budget = {} if sek is None else {"most_sek_per_year": sek}
    return {"title": title, "n_main": n_main, "n_satellites": n_satellites, "years": years, **budget}


def answered(folder: Path, name: str, *steps: dict[str, Any], **choice: Any) -> Outcome:
    """The toy's scenario, where half of the visits need a main reception."""
    asked = load(
        toy.write_scenario(
            folder,
            name,
            demand=toy.demand_section(0.5),
            choice={"n_main": 1, "n_satellites": 2, **choice},
            analysis={"stages": {"stages": list(steps)}},
        )
    )
    return study.run(asked)


def test_corners_follow_the_middle_and_nothing_is_regretted(folder: Path) -> None:
    """By hand: B alone 24 minutes, with a corner 22.4, with two 20.8; any order of corners will do."""
    found = stages(answered(folder, "corners", step(1, 0), step(1, 1), step(1, 2)))
    assert [each.name for each in found.orders] == ["together", "forward", "backward"]
    for order in found.orders:
        assert [each.value for each in order.stages] == pytest.approx([24.0, 22.4, 20.8])
        assert order.stages[0].opened == ("B",)
        assert [len(each.opened) for each in order.stages] == [1, 1, 1]
        assert order.mean_value == pytest.approx((24.0 + 22.4 + 20.8) / 3)
    assert found.orders[0].is_proven
    assert found.no_regret_first == ("B",)
    assert found.least_largest_loss == 0.0
    assert found.least_largest_loss_is_proven
    first, *later = found.least_largest_loss_plans
    assert first.open_sites == found.least_largest_loss_first == ("B",)
    assert [len(plan.open_sites) for plan in later] == [2, 3]


def test_years_weigh_the_steps(folder: Path) -> None:
    found = stages(answered(folder, "years", step(1, 0, years=3), step(1, 2)))
    assert found.orders[0].mean_value == pytest.approx((3 * 24.0 + 20.8) / 4)
    assert found.orders[0].bound == pytest.approx(found.orders[0].mean_value)


def test_a_satellite_may_become_a_main_reception(folder: Path) -> None:
    """Two mains and no satellite at the end: what was a satellite before has been raised."""
    found = stages(answered(folder, "raised", step(1, 1), step(2, 0), n_main=2, n_satellites=0))
    first, last = found.orders[0].stages
    assert last.raised == first.plan.satellite != ()
    assert last.opened == ()
    assert first.raised == ()


def test_what_is_promised_is_due_at_the_last_step(folder: Path) -> None:
    """D is required: not with one place only, but in the end."""
    required = {"satellite": ["D"]}
    found = stages(answered(folder, "promised", step(1, 0), step(1, 2), required=required))
    for order in found.orders:
        assert order.stages[0].plan.satellite == ()
        assert "D" in order.stages[-1].plan.satellite


def test_three_steps_are_made_of_the_scenarios_own_numbers() -> None:
    def numbers(n_main: int | CountRange, n_satellites: int | CountRange) -> list[tuple[int, int, int]]:
        ranges = [
            CountRange(minimum=each, maximum=each) if isinstance(each, int) else each
            for each in (n_main, n_satellites)
        ]
        made = default_stages(ChoiceSection(n_main=ranges[0], n_satellites=ranges[1]))
        return [(each.n_main.maximum, each.n_satellites.minimum, each.n_satellites.maximum) for each in made]

    assert numbers(2, 4) == [(1, 1, 1), (1, 2, 2), (2, 4, 4)]
    assert numbers(1, 4) == [(1, 1, 1), (1, 2, 2), (1, 4, 4)]
    assert numbers(2, 0) == [(1, 0, 0), (2, 0, 0)]
    assert numbers(1, CountRange(minimum=2, maximum=8)) == [(1, 2, 2), (1, 2, 4), (1, 2, 8)]


@pytest.mark.parametrize(
    ("choice", "key"),
    [
        ({"objectives": ["largest_minutes"]}, "choice.objectives"),
        ({"n_teams": {"minimum": 0, "maximum": 1}}, "choice.n_teams"),
        ({"given": {"main": ["B"]}}, "choice.given"),
        ({"required": {"satellite": ["A", "C"]}}, "n_satellites"),
    ],
)
def test_what_has_no_order_is_refused(folder: Path, choice: dict[str, Any], key: str) -> None:
    with pytest.raises(InputError, match=key):
        stages(answered(folder, "refused", step(1, 0), step(1, 1), **choice))


def test_an_order_that_no_budget_allows_is_refused(folder: Path) -> None:
    with pytest.raises(InfeasibleError):
        stages(answered(folder, "poor", step(1, 0), step(1, 1, sek=1_000_000)))


# Small regions, order by order


def small(folder: Path, seed: int) -> Outcome:
    """A random small region and three steps; some with budgets, by the standard, by another mode of travel.

    In some of them half of the visits are to be within the standard by the last step.
    """
    region = brute.random_region(seed)
    sek = brute.cost(region.roles, brute.Opening(0, Role.MAIN, 5.0))
    title = Text(sv="Steg", en="Step")
    numbers = ((1, 1, 0, 1), (1, 2, 0, 1), (1, 2, 1, 2))
    sections = tuple(
        StageSection(
            title=title,
            n_main=CountRange(minimum=low, maximum=high),
            n_satellites=CountRange(minimum=least, maximum=most),
            most_sek_per_year=(1.2 + 0.8 * k) * sek if seed % 3 == 0 else None,
            years=(1.0, 0.5, 4.0)[k],
        )
        for k, (low, high, least, most) in enumerate(numbers)
    )
    choice = ChoiceSection(
        n_main=sections[-1].n_main,
        n_satellites=sections[-1].n_satellites,
        objectives=(
            Aim(
                measure="within_standard" if seed % 2 else "mean_minutes",
                mode=min(region.other_times, default=None) if seed % 3 == 2 else None,
            ),
        ),
        least_share_within_standard=0.5 if seed % 5 == 1 else None,
        standard_minutes=float(np.median(region.times.minutes[np.isfinite(region.times.minutes)])) + 0.5,
        least_visits_per_year=LeastVisits(satellite=1.0 if seed % 4 == 1 else 0.0),
    )
    scenario = load(toy.write_scenario(folder, "small")).model_copy(
        update={"choice": choice, "analysis": AnalysisSection(stages=StagesSection(stages=sections))}
    )
    return Outcome(scenario, None, region, None, None)  # type: ignore[arg-type]  # neither is looked at


def goes_on(before: Openings, after: Openings) -> bool:
    return all(
        any(
            each.site == other.site and RANK[each.role] <= RANK[other.role] and each.days <= other.days
            for other in after
        )
        for each in before
    )


def every_order(outcome: Outcome) -> tuple[list[tuple[float, ...]], list[float]]:
    """Objective of each step in every order, and the best of each step by itself; smaller is better."""
    choice = outcome.scenario.choice
    measure = choice.objectives[0].measure
    of_steps = []
    sections = outcome.scenario.analysis.stages.stages
    for section in sections:
        is_last = section is sections[-1]
        of_step = choice.model_copy(
            update={
                "n_main": section.n_main,
                "n_satellites": section.n_satellites,
                "most_sek_per_year": section.most_sek_per_year,
                "least_share_within_standard": choice.least_share_within_standard if is_last else None,
            }
        )
        question = Question(outcome.region, of_step)
        label = question.label(choice.objectives[0])
        sign = -1.0 if measure == "within_standard" else 1.0
        of_steps.append(
            [
                (each.openings, sign * value)
                for each in ([] if question.serves_nobody else brute.candidates(question))
                if (value := each.best(label, ())) is not None
            ]
        )
    own = [min((value for _, value in of_step), default=np.inf) for of_step in of_steps]
    pairs = [
        {
            (a, b)
            for (a, (first, _)), (b, (then, _)) in product(enumerate(x), enumerate(y))
            if goes_on(first, then)
        }
        for x, y in pairwise(of_steps)
    ]
    orders = [
        (of_steps[0][a][1], of_steps[1][b][1], of_steps[2][c][1])
        for a, b in pairs[0]
        for c in range(len(of_steps[2]))
        if (b, c) in pairs[1]
    ]
    return orders, own


def relative_losses(order: tuple[float, ...], own: list[float]) -> float:
    return max(
        max(value - best, 0.0) / abs(best) if best else 0.0 for value, best in zip(order, own, strict=True)
    )


@pytest.mark.parametrize("seed", [3, 12, 13, 14, 22, 36, 40, 42, 45, 91, 109, 110, 119])
def test_the_best_order_of_a_small_region_is_the_best_of_all_its_orders(folder: Path, seed: int) -> None:
    outcome = small(folder, seed)
    years = [each.years for each in outcome.scenario.analysis.stages.stages]
    orders, own = every_order(outcome)
    if not orders:
        with pytest.raises((InfeasibleError, InputError)):
            stages(outcome)
        return
    found = stages(outcome)
    sign = -1.0 if found.objective_name == "within_standard" else 1.0
    together, *others = found.orders
    best = min(float(np.average(order, weights=years)) for order in orders)
    assert sign * together.mean_value == pytest.approx(best, rel=1e-6, abs=1e-7)
    assert together.is_proven
    assert [sign * each.own_best for each in together.stages] == pytest.approx(own)
    for order in others:
        assert sign * together.mean_value <= sign * order.mean_value + 1e-6
    least = min(relative_losses(order, own) for order in orders)
    assert found.least_largest_loss == pytest.approx(least, abs=3e-6)
    assert found.least_largest_loss_is_proven
    assert bool(found.no_regret_first) == (least < 1e-7)


@pytest.mark.parametrize("seed", [12, 40, 45])
def test_each_order_begins_or_ends_with_what_its_name_says_and_closes_nothing(
    folder: Path, seed: int
) -> None:
    found = stages(small(folder, seed))
    by_name = {each.name: each for each in found.orders}
    assert {"together", "forward"} <= set(by_name)
    assert by_name["forward"].stages[0].loss == pytest.approx(0.0, abs=1e-9)
    if "backward" in by_name:
        assert by_name["backward"].stages[-1].loss == pytest.approx(0.0, abs=1e-9)
    for order in found.orders:
        _closes_nothing(order)


def _closes_nothing(order: Order) -> None:
    opened: set[str] = set()
    for each in order.stages:
        assert not opened & set(each.opened)
        opened |= set(each.opened)
        assert opened == set(each.plan.open_sites)
    for before, after in pairwise(order.stages):
        assert set(before.plan.main) <= set(after.plan.main)
        assert all(before.plan.days_of(j) <= after.plan.days_of(j) for j in before.plan.open_sites)
