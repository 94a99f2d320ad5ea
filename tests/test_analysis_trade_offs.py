"""Fronts, curves and the price of fairness: the toy by hand, and small regions plan by plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import brute
import numpy as np
import pytest
import toy
from brute import Question

from siting import study
from siting.analysis import trade_offs as module
from siting.analysis.trade_offs import Front, TradeOffs, trade_offs
from siting.errors import InputError
from siting.scenario import Aim, ChoiceSection
from siting.scenario_analysis import AnalysisSection, TradeOffsSection
from siting.scenario_choice import CountRange
from siting.scenario_file import load
from siting.study import Outcome

SATELLITE, MAIN = 50_000 + 5 * 257_600, 3_768_000
PAIRS = (
    ("cost", "mean_minutes"),
    ("mean_minutes", "worst_share_minutes"),
    ("within_standard", "mean_minutes"),
    ("largest_minutes", "mean_minutes"),
    ("within_standard", "cost"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("toy")
    toy.write_dataset(place / "data")
    return place


def answered(folder: Path, name: str, *, section: dict[str, Any] | None = None, **choice: Any) -> Outcome:
    """The toy's scenario, where half of the visits need a main reception."""
    asked = load(
        toy.write_scenario(
            folder,
            name,
            demand=toy.demand_section(0.5),
            choice={"n_main": 1, "n_satellites": 1, **choice},
            analysis={"trade_offs": section or {}},
        )
    )
    return study.run(asked)


@pytest.fixture(scope="module")
def weighed(folder: Path) -> TradeOffs:
    fronts = [["cost", "mean_minutes"], ["mean_minutes", "largest_minutes"]]
    section = {"fronts": fronts, "n_satellites": {"minimum": 0, "maximum": 4}}
    return trade_offs(answered(folder, "weighed", section=section))


def test_what_each_satellite_costs_and_gives_is_that_worked_out_by_hand(weighed: TradeOffs) -> None:
    """Main B alone 24 minutes; each corner saves 3.2 for the half of the visits that it takes."""
    front = weighed.fronts[0]
    assert front.is_whole
    assert front.optimised == "mean_minutes"
    assert [point.value("cost") for point in front.points] == [MAIN + n * SATELLITE for n in range(4)]
    assert [point.value("mean_minutes") for point in front.points] == pytest.approx([24.0, 22.4, 20.8, 19.2])


def test_the_curve_says_why_there_is_no_plan_with_more_satellites_than_premises(weighed: TradeOffs) -> None:
    assert [each.n_satellites for each in weighed.curve] == [0, 1, 2, 3, 4]
    values = [each.point.value("mean_minutes") for each in weighed.curve[:4] if each.point]
    assert values == pytest.approx([24.0, 22.4, 20.8, 19.2])
    assert weighed.curve[4].point is None
    assert "n_satellites" in weighed.curve[4].reason


def test_fairness_is_free_where_the_best_plan_is_the_fairest(weighed: TradeOffs) -> None:
    """From the middle the farthest corner is 40 minutes away, and nothing is fairer (by hand)."""
    largest = next(each for each in weighed.fairness if each.measure == "largest_minutes")
    assert (largest.best_worst, largest.fair_worst) == (40.0, 40.0)
    assert largest.price == pytest.approx(0.0)
    assert largest.is_proven
    assert len(weighed.fronts[1].points) == 1


def test_a_required_satellite_leaves_no_plan_without_satellites(folder: Path) -> None:
    section = {"fronts": [["cost", "mean_minutes"]], "n_satellites": {"minimum": 0, "maximum": 1}}
    found = trade_offs(answered(folder, "required", section=section, required={"satellite": ["A"]}))
    assert found.curve[0].point is None
    assert "required" in found.curve[0].reason
    assert all(point.plan.role_of("A") == "satellite" for point in found.fronts[0].points)


@pytest.mark.parametrize(
    ("section", "choice", "key"),
    [
        ({"fronts": [["cost", "cost"]]}, {}, "analysis.trade_offs.fronts"),
        ({}, {"given": {"main": ["B"]}}, "choice.given"),
    ],
)
def test_what_cannot_be_weighed_is_refused(
    folder: Path, section: dict[str, Any], choice: dict[str, Any], key: str
) -> None:
    with pytest.raises(InputError, match=key):
        trade_offs(answered(folder, "refused", section=section, **choice))


def small(folder: Path, seed: int, *, most_points: int = 500) -> Outcome:
    """A random small region, in which one or two mains and up to two satellites are chosen."""
    region = brute.random_region(seed)
    budget = None
    if seed % 3 == 0:
        budget = 2.5 * brute.cost(region.roles, brute.Opening(0, brute.Role.MAIN, 5.0))
    choice = ChoiceSection(
        n_main=CountRange(minimum=1, maximum=2),
        n_satellites=CountRange(minimum=0, maximum=2),
        objectives=(Aim(measure="mean_minutes"),),
        standard_minutes=float(np.median(region.times.minutes[np.isfinite(region.times.minutes)])) + 0.5,
        worst_share=0.3,
        most_sek_per_year=budget,
    )
    section = TradeOffsSection(
        fronts=PAIRS, most_points=most_points, n_satellites=CountRange(minimum=0, maximum=2)
    )
    scenario = load(toy.write_scenario(folder, "small")).model_copy(
        update={"choice": choice, "analysis": AnalysisSection(trade_offs=section)}
    )
    return Outcome(scenario, None, region, None, None)  # type: ignore[arg-type]  # neither is looked at


def every_plan(outcome: Outcome, pair: tuple[str, str]) -> list[tuple[float, float]]:
    """Both measures of every plan; the smaller the better."""
    choice = outcome.scenario.choice
    question = Question(outcome.region, choice)
    signs = [-1.0 if measure == "within_standard" else 1.0 for measure in pair]
    return [
        tuple(sign * each.best(measure, ()) for sign, measure in zip(signs, pair, strict=True))  # type: ignore[misc]
        for each in brute.candidates(question)
    ]


def front_of(plans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Values that no plan is better than in both, by the first; closer than a millionth is the same."""
    found: list[tuple[float, float]] = []
    for first, second in sorted(plans):
        if not found or second < found[-1][1] - 1e-6 * max(1.0, abs(second)):
            found.append((first, second))
    return found


def values_of(front: Front) -> list[tuple[float, float]]:
    signs = [-1.0 if measure == "within_standard" else 1.0 for measure in front.measures]
    return [
        tuple(sign * point.value(measure) for sign, measure in zip(signs, front.measures, strict=True))  # type: ignore[misc]
        for point in front.points
    ]


@pytest.mark.parametrize("seed", [5, 32, 39, 43, 59, 65])
def test_every_front_of_a_small_region_is_that_of_all_its_plans(folder: Path, seed: int) -> None:
    outcome = small(folder, seed)
    found = trade_offs(outcome)
    for pair, front in zip(PAIRS, found.fronts, strict=True):
        wanted = front_of(every_plan(outcome, pair))
        assert values_of(front) == [pytest.approx(each, rel=1e-6, abs=1e-6) for each in wanted], pair
        assert front.is_whole, pair
        assert all(point.is_proven for point in front.points)


@pytest.mark.parametrize("seed", [39, 43, 59])
def test_a_front_that_is_cut_keeps_both_ends_and_nothing_that_is_dominated(folder: Path, seed: int) -> None:
    outcome = small(folder, seed, most_points=3)
    for pair, front in zip(PAIRS, trade_offs(outcome).fronts, strict=True):
        wanted, found = front_of(every_plan(outcome, pair)), values_of(front)
        assert len(found) == min(3, len(wanted))
        assert found[0] == pytest.approx(wanted[0])
        assert found[-1] == pytest.approx(wanted[-1])
        assert all(any(each == pytest.approx(other) for other in wanted) for each in found)
        assert front.is_whole is (len(wanted) < 3) or len(wanted) == 3


@pytest.mark.parametrize("seed", [43, 65])
def test_the_price_of_fairness_is_the_least_mean_of_the_fairest_plans(folder: Path, seed: int) -> None:
    outcome = small(folder, seed)
    for price in trade_offs(outcome).fairness:
        plans = every_plan(outcome, ("mean_minutes", price.measure))
        best = min(mean for mean, _ in plans)
        fairest = min(worst for _, worst in plans)
        fair = min(mean for mean, worst in plans if worst <= fairest * (1 + 1e-7))
        assert (price.best_mean, price.fair_mean) == pytest.approx((best, fair))
        assert price.fair_worst == pytest.approx(fairest)
        assert price.price == pytest.approx(fair / best - 1 if best else 0.0)


def test_an_answer_that_is_not_proven_says_so(folder: Path) -> None:
    """With a gap allowed of a half the first plan will do: it is told with the bound that holds."""
    exact = small(folder, 39)
    solver = exact.scenario.solver.model_copy(update={"relative_gap": 0.5})
    scenario = exact.scenario.model_copy(update={"solver": solver})
    loose = Outcome(scenario, None, exact.region, None, None)  # type: ignore[arg-type]
    front = module._front(loose, ("cost", "mean_minutes"), 500)
    assert not front.is_whole
    assert not all(point.is_proven for point in front.points)
    for point in front.points:
        assert (point.bound is None) is point.is_proven
        assert point.bound is None or point.bound <= point.value("mean_minutes")
