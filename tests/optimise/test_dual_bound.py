"""The dual bound: by hand, and never above what any plan is worth, whatever the multipliers are."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from siting.optimise.cutting_planes import CuttingPlanes, find_bound
from siting.optimise.dual_bound import Limit, Multipliers, Question, Sum, bound


def two_cells(**changes: object) -> Question:
    """Cells of weight 1 and 3, with 10 and 20 minutes to the options, 30 and 10: of which one is open."""
    cells = Sum(
        np.array([1.0, 3.0]), np.array([[10.0, 30.0], [20.0, 10.0]]), np.full(2, np.inf), np.arange(2)
    )
    asked = {"rows": np.array([[-1.0, -1.0]]), "least": np.array([-1.0]), "labels": ("one",), "limits": ()}
    return Question(**{**asked, "sums": (cells,), **changes})  # type: ignore[arg-type]


def multipliers(of_row: float, *of_cells: float) -> Multipliers:
    return Multipliers(np.array([of_row]), np.zeros(0), (np.array(of_cells),))


# --- by hand ---


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (multipliers(0, 0, 0), 0.0),
        (multipliers(0, 10, 10), 40.0),  # no cell is served for less than its best: 1 x 10 + 3 x 10
        (multipliers(0, 30, 20), 90.0 - 20.0 - 30.0),  # both options take their part off
        (multipliers(30, 30, 20), 90.0 - 30.0),  # but only one may be open: the best plan is worth 60
    ],
)
def test_the_bound_by_hand(given: Multipliers, expected: float) -> None:
    assert bound(two_cells(), given) == pytest.approx(expected)


def test_multipliers_far_too_high_say_nothing_but_nothing_wrong() -> None:
    assert bound(two_cells(), multipliers(30, 30, 1e6)) < 0.0


def test_what_is_no_multiplier_counts_as_none() -> None:
    assert bound(two_cells(), multipliers(float("nan"), float("nan"), -5.0)) == 0.0
    assert bound(two_cells(), multipliers(-1.0, float("inf"), 10.0)) == 30.0


def test_no_multiplier_is_above_what_a_cell_costs_where_nothing_is_open() -> None:
    digital = Sum(np.array([1.0]), np.array([[10.0, 30.0]]), np.array([15.0]), np.arange(2))
    assert bound(two_cells(sums=(digital,)), multipliers(0, 1e6)) == 10.0


def test_multipliers_that_are_found_say_what_the_best_plan_is_worth() -> None:
    found = find_bound(CuttingPlanes(two_cells()), seconds=5.0)
    assert found is not None
    assert found.bound == pytest.approx(60.0, abs=1e-9)
    assert found.opening.round(6).tolist() == [0.0, 1.0]


def test_the_rules_that_contradict_each_other_are_named() -> None:
    rows = np.array([[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    least = np.array([-1.0, 1.0, 1.0, 0.0])
    asked = two_cells(sums=(), rows=rows, least=least, labels=("at most one", "first", "second", "idle"))
    found = find_bound(CuttingPlanes(asked), seconds=5.0)
    assert found is not None
    assert found.says_there_is_none
    assert set(found.multipliers.labels(asked)) == {"at most one", "first", "second"}


def test_a_limit_that_no_opening_keeps_is_found() -> None:
    limit = Limit("mean", two_cells().sums, 59.9)
    found = find_bound(CuttingPlanes(two_cells(sums=(), limits=(limit,))), seconds=5.0)
    assert found is not None
    assert found.says_there_is_none
    kept = find_bound(
        CuttingPlanes(two_cells(sums=(), limits=(Limit("mean", two_cells().sums, 60.1),))), seconds=5.0
    )
    assert kept is not None
    assert not kept.says_there_is_none


def test_what_is_forbidden_is_one_opening_and_no_other() -> None:
    planes = CuttingPlanes(two_cells(rows=np.zeros((0, 2)), least=np.zeros(0), labels=()))
    planes.forbid(np.array([True, False]))
    _, matrix, most, _ = planes.programme()
    allowed = []
    for bits in product([0.0, 1.0], repeat=2):
        columns = np.zeros(planes.n_columns)
        columns[:2] = bits
        if (matrix @ columns <= most).all():
            allowed.append(bits)
    assert allowed == [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)]


# --- against every plan ---


def random_question(random: np.random.Generator, *, is_minimised: bool) -> Question:
    n_options, n_rows = int(random.integers(2, 7)), int(random.integers(0, 4))

    def a_sum() -> Sum:
        n, some = (
            int(random.integers(1, 6)),
            random.permutation(n_options)[: random.integers(1, n_options + 1)],
        )
        costs = random.integers(0, 9, (n, len(some))).astype(float)
        costs[random.random(costs.shape) < 0.2] = np.inf
        return Sum(random.random(n), costs, random.integers(0, 12, n).astype(float), np.sort(some))

    limits = [
        Limit(f"l{k}", (a_sum(), a_sum()), float(random.random() * 10)) for k in range(random.integers(3))
    ]
    return Question(
        rows=random.integers(-2, 3, (n_rows, n_options)).astype(float),
        least=random.integers(-2, 3, n_rows).astype(float),
        labels=tuple(f"r{k}" for k in range(n_rows)),
        limits=tuple(limits),
        sums=(a_sum(), a_sum()) if is_minimised else (),
        of_option=random.random(n_options) if is_minimised else None,
        constant=float(is_minimised),
    )


def worth(each: Sum, is_open: np.ndarray) -> float:
    best = np.where(is_open[each.options], each.costs, np.inf).min(axis=1, initial=np.inf)
    return float(each.weight @ np.minimum(best, each.most))


def least_worth(asked: Question) -> float:
    """Go through all openings; infinite if none obeys."""
    least = np.inf
    for bits in product([False, True], repeat=asked.n_options):
        is_open = np.array(bits)
        kept = [sum(worth(s, is_open) for s in limit.sums) <= limit.most for limit in asked.limits]
        if (asked.rows @ is_open >= asked.least).all() and all(kept):
            value = asked.constant + asked.costs @ is_open + sum(worth(s, is_open) for s in asked.sums)
            least = min(least, float(value))
    return least


def test_no_multipliers_claim_more_than_the_best_of_all_plans() -> None:
    random = np.random.default_rng(3)
    n_near, n_none = 0, 0
    for k in range(80):
        asked = random_question(random, is_minimised=bool(k % 2))
        least = least_worth(asked)
        planes = CuttingPlanes(asked)
        found = find_bound(planes, seconds=5.0)
        for _ in range(10):
            some = Multipliers(
                random.random(len(asked.rows)) * 5,
                random.random(len(asked.limits)) * 2,
                tuple(random.random(len(each.weight)) * 12 for each in asked.all_sums),
            )
            if np.isfinite(least):
                assert bound(asked, some) <= least + 1e-9
        if found is None:
            continue
        assert found.bound <= least + 1e-9
        if not asked.is_minimised:
            assert not (found.says_there_is_none and np.isfinite(least))
            n_none += found.says_there_is_none
        n_near += asked.is_minimised and abs(found.bound - least) < 1e-6
    assert n_near > 5  # and they are good for something
    assert n_none > 5
