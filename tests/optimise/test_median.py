"""Every fast path of the large questions against a slow one: numpy, all choices, or a linear programme."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import siting
from siting.errors import ArrayError, InfeasibleError
from siting.optimise import location
from siting.optimise.cuts import CutMaker
from siting.optimise.median import center, lists, polish, search
from siting.optimise.median.cover_rows import cover_by_rows
from siting.optimise.median.kernels import (
    CLOSED,
    FREE,
    OPEN,
    ascend,
    closed_form,
    earn,
    pick,
    price_cuts,
    turn,
    worth,
)
from siting.optimise.median.lists import CostLists, catchments, cost_lists, covering_lists, lists_of
from siting.optimise.median.swap import swap_search
from siting.plan import Status

FOREVER = 1e18
ROUNDING = 1e-9  # relative
seeds = st.integers(0, 10**6)


class Case:
    """Costs with ties and duplicates, weights, p, and what every choice of p sites costs."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = np.random.default_rng(seed)
        self.n, self.m = int(rng.integers(1, 25)), int(rng.integers(1, 9))
        self.p = int(rng.integers(1, self.m + 1))
        kind = seed % 4
        shape = self.n, self.m
        costs = (
            rng.uniform(0, 60, shape),
            rng.integers(0, 4, shape) * 5.0,
            100 + rng.uniform(0, 1, shape),
            np.abs(rng.random((self.n, 1, 2)) - rng.random((1, self.m, 2))).sum(axis=2) * 60,
        )[kind]
        if self.m > 1 and rng.random() < 0.3:
            costs[:, 0] = costs[:, -1]
        self.costs = costs
        self.weight = rng.integers(1, 9, self.n) * 1.0 if kind % 2 else rng.uniform(0.1, 9, self.n)
        self.plans = np.array(list(itertools.combinations(range(self.m), self.p)))
        self.worths = self.weight @ costs[:, self.plans].min(axis=2)
        self.optimum = float(self.worths.min())

    def lists(self, length: int | None = None) -> CostLists:
        """Lists of all sites, of this length at most."""
        length = self.m if length is None else length
        return cost_lists(self.costs, self.weight, np.arange(self.m), length=length, n_open=self.p)

    def length(self) -> int:
        return int(self.rng.integers(1, self.m + 1))

    def prices(self, cap: np.ndarray) -> np.ndarray:
        return self.rng.uniform(0, 1.2, self.n) * cap

    def states(self) -> np.ndarray:
        """Some sites open and some closed, so that p can still be open."""
        state = np.zeros(self.m, dtype=np.int8)
        order = self.rng.permutation(self.m)
        n_open = self.rng.integers(0, self.p + 1)
        n_closed = self.rng.integers(0, self.m - self.p + 1)
        state[order[:n_open]] = OPEN
        state[order[self.m - n_closed :]] = CLOSED
        return state

    def obey(self, state: np.ndarray) -> np.ndarray:
        """Which plans have the open sites and none of the closed."""
        is_in = np.zeros((len(self.plans), self.m), dtype=bool)
        np.put_along_axis(is_in, self.plans, values=True, axis=1)
        return is_in[:, state == OPEN].all(axis=1) & ~is_in[:, state == CLOSED].any(axis=1)


def chosen_of(m: int, sites: Any) -> np.ndarray:
    chosen = np.zeros(m, dtype=np.int8)
    chosen[sites] = 1
    return chosen


def bound_by(made: CostLists, price: np.ndarray, state: np.ndarray, p: int) -> float:
    """L(v) over the plans that states allow, by the kernels."""
    earned = np.zeros(made.n_sites)
    total = earn(made.site, made.cost, made.weight, price, earned)
    return float(total + pick(earned, state, p, np.zeros(made.n_sites, dtype=np.int8))[0])


# --- kernels ---


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_what_sites_earn_is_the_sum_of_what_cells_offer_beyond_their_costs(seed: int) -> None:
    case = Case(seed)
    made = case.lists()
    price, earned = case.prices(made.cap), np.full(case.m, 7.0)
    total = earn(made.site, made.cost, made.weight, price, earned)
    slow = -(case.weight[:, None] * np.maximum(0.0, price[:, None] - case.costs)).sum(axis=0)
    assert total == pytest.approx(case.weight @ price)
    np.testing.assert_allclose(earned, slow, rtol=1e-12, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_the_cheapest_choice_that_states_allow_is_picked(seed: int) -> None:
    case = Case(seed)
    state, chosen = case.states(), np.full(case.m, 5, dtype=np.int8)
    earned = -case.rng.integers(0, 6, case.m).astype(float)
    total, last, first = pick(earned, state, case.p, chosen)
    allowed = case.plans[case.obey(state)]
    assert total == earned[allowed].sum(axis=1).min() == earned[chosen == 1].sum()
    assert chosen.sum() == case.p
    free = state == FREE
    assert last == earned[free & (chosen == 1)].max(initial=-np.inf)
    if np.isfinite(last):
        assert first == earned[free & (chosen == 0)].min(initial=np.inf)


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_a_plan_is_worth_the_sum_of_its_least_costs(seed: int) -> None:
    case = Case(seed)
    made = case.lists(case.length())
    for plan, slow in zip(case.plans[:5], case.worths[:5], strict=True):
        fast = worth(made.site, made.cost, made.weight, made.cap, chosen_of(case.m, plan), np.inf)
        if made.is_exact:
            assert fast == pytest.approx(slow)
        else:
            assert fast <= slow * (1 + ROUNDING)
        assert worth(made.site, made.cost, made.weight, made.cap, chosen_of(case.m, plan), 0.0) >= 0.0


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_the_direction_turns_towards_one_site_for_each_cell(seed: int) -> None:
    case = Case(seed)
    made = case.lists()
    price, before = case.prices(made.cap), case.rng.normal(size=case.n)
    chosen = chosen_of(case.m, case.plans[0])
    direction = before.copy()
    length = turn(made.site, made.cost, made.weight, price, chosen, direction)
    slow = 1.0 - ((case.costs < price[:, None]) * chosen).sum(axis=1) + 0.3 * before
    np.testing.assert_allclose(direction, slow, rtol=1e-12, atol=1e-12)
    assert length == pytest.approx(case.weight @ slow**2)


@settings(max_examples=100, deadline=None)
@given(seeds)
def test_no_prices_give_a_bound_above_the_optimum(seed: int) -> None:
    """Also where lists are cut short, as long as no price exceeds the cap; and for what states allow."""
    case = Case(seed)
    made = case.lists(case.length())
    price = np.minimum(case.prices(made.cap), made.cap)
    state = case.states()
    least = case.worths[case.obey(state)].min()
    slack = ROUNDING * (case.weight @ made.cap)
    assert bound_by(made, price, np.zeros(case.m, dtype=np.int8), case.p) <= case.optimum + slack
    assert bound_by(made, price, state, case.p) <= least + slack


@settings(max_examples=150, deadline=None)
@given(seeds, st.booleans(), st.booleans())
def test_ascent_fixes_no_site_against_a_plan_below_the_cutoff(
    seed: int, is_cut_short: bool, is_telling: bool
) -> None:
    case = Case(seed)
    made = case.lists(case.length() if is_cut_short else None)
    state = case.states()
    upper = float(case.rng.choice(case.worths)) * case.rng.uniform(0.9, 1.2)
    is_wanted = case.obey(state) & (case.worths <= upper)
    if is_telling and made.is_exact:
        made = lists.telling_lists(made, state)
    price = np.minimum(case.prices(made.cap), made.cap)
    chosen = np.zeros(case.m, dtype=np.int8)
    n_iterations = int(case.rng.integers(1, 40))
    found, better, _ = ascend(
        made.site,
        made.cost,
        made.weight,
        made.cap,
        state,
        price,
        case.p,
        upper,
        upper * (1 + ROUNDING),
        n_iterations,
        1.0,
        1e-3,
        np.zeros(case.m),
        chosen,
        made.is_exact,
    )
    if better < upper:
        assert better == pytest.approx(case.weight @ case.costs[:, chosen == 1].min(axis=1))
        assert chosen.sum() == case.p
    is_wanted &= case.worths < better  # else the plan that was found is as good
    assert case.obey(state)[is_wanted].all()
    if is_wanted.any():
        assert found <= case.worths[is_wanted].min() * (1 + ROUNDING)


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_closed_form_cuts_are_those_of_the_cut_maker(seed: int) -> None:
    case = Case(seed)
    cap = case.rng.uniform(0.3, 1.0, case.n) * case.costs.max(axis=1)
    costs = np.minimum(case.costs, cap[:, None])
    made = cost_lists(costs, case.weight, np.arange(case.m), length=case.m, n_open=1)
    opening = np.where(case.rng.random(case.m) < 0.3, 0.0, case.rng.random(case.m))
    if case.rng.random() < 0.3:
        opening = np.round(opening)
    group = np.sort(case.rng.integers(0, 3, case.n))
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    group = np.cumsum(np.diff(group, prepend=group[0]) != 0).astype(np.int32)
    maker = CutMaker(case.weight, costs, cap, np.arange(case.m), starts, starts * 0, 1.0)
    constant, slope = np.full(len(starts), 9.0), np.full((len(starts), case.m), 9.0)
    limit = np.empty(case.n)
    closed_form(
        made.site, made.cost, made.weight, cap, opening, group, limit, constant, slope
    )  # the cap may be less than the dearest site
    slow_constant, slow_slope = maker.cuts_at(opening)
    np.testing.assert_allclose(limit, maker.limits_at(opening))
    np.testing.assert_allclose(constant, slow_constant)
    np.testing.assert_allclose(slope, slow_slope, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_cuts_by_prices_hold_for_every_plan(seed: int) -> None:
    case = Case(seed)
    made = case.lists(case.length())
    price = np.minimum(case.prices(made.cap), made.cap)
    constant, slope = np.zeros(1), np.zeros((1, case.m))
    group = np.zeros(case.n, dtype=np.int32)
    price_cuts(made.site, made.cost, made.weight, price, group, constant, slope)
    for plan, value in zip(case.plans, case.worths, strict=True):
        assert constant[0] - slope[0, plan].sum() <= value + ROUNDING * (case.weight @ made.cap)


# --- lists ---


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_lists_hold_the_nearest_sites_and_a_cap_that_none_beyond_undercuts(seed: int) -> None:
    case = Case(seed)
    length = case.length()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lists, "ROWS_AT_ONCE", 3)
        made = case.lists(length)
    np.testing.assert_array_equal(made.cost, np.sort(case.costs, axis=1)[:, :length])
    np.testing.assert_array_equal(np.take_along_axis(case.costs, made.site, axis=1), made.cost)
    assert all(len(set(row)) == length for row in made.site.tolist())
    worst_case = np.sort(case.costs, axis=1)[:, case.m - case.p]  # of a cell, whatever the plan
    assert (made.cap <= worst_case).all()
    assert made.is_exact == (length > case.m - case.p)
    if made.is_exact:
        np.testing.assert_array_equal(made.cap, worst_case)


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_shorter_lists_tell_the_same_of_every_plan_that_states_allow(seed: int) -> None:
    case = Case(seed)
    state = case.states()
    made = case.lists()
    short = lists.telling_lists(made, state)
    assert short.site.shape[1] <= made.site.shape[1]
    price = np.minimum(case.prices(made.cap), made.cap)
    allowed = np.flatnonzero(case.obey(state))
    least = case.worths[allowed].min()
    assert bound_by(short, price, state, case.p) <= least + ROUNDING * (case.weight @ made.cap)
    assert bound_by(short, price, state, case.p) >= bound_by(made, price, state, case.p) - 1e-6
    for k in allowed[:10]:
        chosen = chosen_of(case.m, case.plans[k])
        value = worth(short.site, short.cost, short.weight, short.cap, chosen, np.inf)
        assert value == pytest.approx(case.worths[k])


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_catchments_are_the_same_pairs_the_other_way_round(seed: int) -> None:
    case = Case(seed)
    made = case.lists(case.length())
    turned = catchments(made)
    here = {
        (i, int(j), float(c)) for i in range(case.n) for j, c in zip(made.site[i], made.cost[i], strict=True)
    }
    there = {
        (int(turned.cell[e]), j, float(turned.cost[e]))
        for j in range(case.m)
        for e in range(turned.starts[j], turned.starts[j + 1])
    }
    assert here == there


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_cells_that_the_same_sites_cover_count_as_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 40)), int(rng.integers(1, 11))
    covers = rng.random((n, m)) < rng.uniform(0.05, 0.6)
    covers[0, 0] = True
    weight = rng.integers(0, 4, n) * 1.0
    weight[0] = 1.0
    made = covering_lists(covers, weight)
    felt = covers[weight > 0]
    assert len(made.weight) == len({row.tobytes() for row in felt if row.any()})
    sites = np.sort(rng.permutation(m)[: rng.integers(1, m + 1)])
    of_some = lists_of(made, sites)
    for _ in range(5):
        plan = rng.permutation(len(sites))[: rng.integers(1, len(sites) + 1)]
        missed = weight[covers.any(axis=1) & ~covers[:, sites[plan]].any(axis=1)].sum()
        for each, here in ((made, sites[plan]), (of_some, plan)):
            chosen = chosen_of(each.n_sites, here)
            assert worth(each.site, each.cost, each.weight, each.cap, chosen, np.inf) == missed


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_sets_that_hold_another_ask_for_nothing_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    m = int(rng.integers(1, 9))
    sets = np.unique(rng.random((30, m)) < 0.4, axis=0)
    sets = sets[sets.any(axis=1)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(center, "MOST_SMALLEST", int(rng.choice([1, 4, 500])))
        kept = center._without_supersets(sets)
    for size in range(1, m + 1):
        for plan in itertools.combinations(range(m), size):
            assert sets[:, plan].any(axis=1).all() == kept[:, plan].any(axis=1).all()


# --- swaps, relaxation, rows ---


@settings(max_examples=80, deadline=None)
@given(seeds)
def test_swaps_end_where_no_swap_helps_and_leave_fixed_sites_alone(seed: int) -> None:
    case = Case(seed)
    made, state = case.lists(), case.states()
    allowed = case.plans[case.obey(state)]
    start = case.rng.choice(allowed)
    opened, _ = swap_search(made, catchments(made), start, state)
    value = case.weight @ case.costs[:, opened].min(axis=1)
    assert value <= case.weight @ case.costs[:, start].min(axis=1) * (1 + ROUNDING)
    assert len(set(opened.tolist())) == case.p
    assert (state[opened] != CLOSED).all()
    assert set(np.flatnonzero(state == OPEN)) <= set(opened.tolist())
    for plan in allowed:
        if len(set(plan) - set(opened)) == 1:
            assert value <= case.weight @ case.costs[:, plan].min(axis=1) * (1 + ROUNDING)


def relaxed(case: Case) -> float:
    """Value of the linear relaxation with a variable for each pair."""
    n, m = case.n, case.m
    cost = np.concatenate([np.zeros(m), (case.weight[:, None] * case.costs).ravel()])
    served = np.hstack([np.zeros((n, m)), np.kron(np.eye(n), np.ones((1, m)))])
    counted = np.concatenate([np.ones(m), np.zeros(n * m)])[None, :]
    open_first = np.hstack([-np.tile(np.eye(m), (n, 1)), np.eye(n * m)])
    found = linprog(
        cost,
        A_ub=open_first,
        b_ub=np.zeros(n * m),
        A_eq=np.vstack([served, counted]),
        b_eq=np.append(np.ones(n), case.p),
        bounds=(0, 1),
    )
    return float(found.fun)


@settings(max_examples=40, deadline=None)
@given(seeds, st.booleans())
def test_prices_of_the_relaxation_give_a_bound_no_less_than_its_value(seed: int, is_grouped: bool) -> None:
    case = Case(seed)
    made, state = case.lists(), np.zeros(case.m, dtype=np.int8)
    upper = float(case.worths.max()) * 1.1 + 1.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(polish, "CELLS_PER_SITE_BEFORE_GROUPING", 0.0 if is_grouped else np.inf)
        found = polish.polish(
            made,
            state,
            case.prices(made.cap).clip(made.cost[:, 0], made.cap),
            case.plans[0],
            n_open=case.p,
            upper=upper,
            deadline=FOREVER,
        )
    assert found is not None
    assert found.opening.sum() == pytest.approx(case.p)
    value = bound_by(made, found.price.clip(made.cost[:, 0], made.cap), state, case.p)
    assert value >= relaxed(case) - 1e-6 * upper
    assert value <= case.optimum + ROUNDING * upper


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_rows_for_coverage_find_the_best_plan_that_states_allow(seed: int) -> None:
    case = Case(seed)
    covers = case.costs <= np.median(case.costs)
    made = covering_lists(covers, case.weight)
    state = case.states()
    missed = case.weight[covers.any(axis=1)] @ ~covers[covers.any(axis=1)][:, case.plans].any(axis=2)
    is_allowed = case.obey(state)
    least = missed[is_allowed].min()
    sites, bound = cover_by_rows(
        made,
        state,
        case.plans[is_allowed][-1],
        n_open=case.p,
        upper=float(missed.max()) + 1.0,
        relative_gap=0.0,
        deadline=FOREVER,
    )
    assert sites is not None
    assert len(sites) == case.p
    assert missed[(case.plans == sites).all(axis=1)] == pytest.approx([least])
    assert bound == pytest.approx(least, abs=1e-6 * (missed.max() + 1.0))


# --- the whole search, with the paths of a large question forced on a small one ---

SMALL = {
    "as it is": {},
    "lists of one site": {(lists, "LEAST_LENGTH"): 1, (lists, "TIMES_THE_TYPICAL_RANK"): 0},
    "lists stay short": {
        (lists, "LEAST_LENGTH"): 1,
        (lists, "TIMES_THE_TYPICAL_RANK"): 1,
        (location, "MOST_LIST_ENTRIES"): 0,
    },
    "mostly tree": {
        (search, "MOST_ROUNDS"): 1,
        (search, "ROUND"): 1,
        (search, "NODE_ITERATIONS"): 1,
        (search, "SHORTER_LISTS"): 1.1,
        (search, "LOOK_AT_CLOCK_EVERY"): 1,
        (polish, "MOST_ROUNDS"): 1,
    },
    "rows at once": {
        (search, "MOST_ROUNDS"): 1,
        (search, "ROUND"): 1,
        (search, "FIRST_NODES"): 0,
        (search, "NODE_ITERATIONS"): 1,
        (search, "LOOK_AT_CLOCK_EVERY"): 1,
        (polish, "MOST_ROUNDS"): 1,
    },
}


@pytest.mark.parametrize("which", SMALL)
@settings(max_examples=40, deadline=None)
@given(seeds, st.sampled_from([0.0, 0.0, 0.05, 0.4]), st.booleans())
def test_the_bound_never_passes_the_optimum(which: str, seed: int, gap: float, is_short: bool) -> None:
    case = Case(seed)
    minutes = case.costs.astype(np.float32) if is_short else case.costs
    covers = minutes <= np.median(minutes)
    best_cover = (case.weight @ covers[:, case.plans].any(axis=2)).max()
    within_reach = case.weight[covers.any(axis=1)].sum()
    with pytest.MonkeyPatch.context() as patch:
        for (module, name), value in SMALL[which].items():
            patch.setattr(module, name, value)
        median = siting.p_median(minutes, case.weight, case.p, relative_gap=gap)
        cover = siting.max_coverage(minutes, case.weight, case.p, float(np.median(minutes)), relative_gap=gap)
        longest = siting.p_center(minutes, case.p)
    worths = case.weight @ minutes[:, case.plans].min(axis=2).astype(float)
    optimum = worths.min()
    assert median.bound <= optimum * (1 + ROUNDING)
    assert median.objective >= optimum * (1 - ROUNDING)
    assert median.objective == pytest.approx(case.weight @ minutes[:, median.sites].min(axis=1))
    if which != "lists stay short":
        assert median.status is Status.OPTIMAL
    if median.status is Status.OPTIMAL:
        assert median.objective * (1 - gap) <= optimum * (1 + ROUNDING)
    assert cover.status is Status.OPTIMAL
    assert cover.bound >= best_cover * (1 - 1e-7)
    assert cover.objective == pytest.approx(case.weight[covers[:, cover.sites].any(axis=1)].sum())
    missed = within_reach - cover.objective
    assert missed * (1 - gap) <= within_reach - best_cover + 1e-6 * within_reach
    assert longest.objective == minutes[:, case.plans].min(axis=2).max(axis=0).min() == longest.bound
    for result in (median, cover, longest):
        assert len(set(result.sites)) == case.p


@settings(max_examples=60, deadline=None)
@given(seeds, st.sampled_from([0.0, 1e-3, 0.02]))
def test_a_bound_at_the_time_limit_is_one(seed: int, seconds: float) -> None:
    case = Case(seed)
    covers = case.costs <= 20.0
    median = siting.p_median(case.costs, case.weight, case.p, time_limit_seconds=seconds)
    cover = siting.max_coverage(case.costs, case.weight, case.p, 20.0, time_limit_seconds=seconds)
    longest = siting.p_center(case.costs, case.p, time_limit_seconds=seconds)
    assert median.bound <= case.optimum * (1 + ROUNDING)
    assert cover.bound >= (case.weight @ covers[:, case.plans].any(axis=2)).max() * (1 - 1e-7)
    assert longest.bound <= case.costs[:, case.plans].min(axis=2).max(axis=0).min()
    for result in (median, cover, longest):
        assert len(set(result.sites)) == case.p


@pytest.mark.parametrize("how", ["read-only", "columns first", "every other", "on disk"])
def test_how_an_array_lies_in_memory_does_not_matter_nor_is_it_changed(how: str, tmp_path: Path) -> None:
    case = Case(12)
    minutes = case.costs.astype(np.float32)
    if how == "read-only":
        given_minutes = minutes.copy()
        given_minutes.flags.writeable = False
    elif how == "columns first":
        given_minutes = np.asfortranarray(minutes)
    elif how == "every other":
        given_minutes = np.repeat(np.repeat(minutes, 2, axis=0), 2, axis=1)[::2, ::2]
    else:
        np.save(tmp_path / "minutes.npy", minutes)
        given_minutes = np.load(tmp_path / "minutes.npy", mmap_mode="r")
    for ask in (
        lambda each: siting.p_median(each, case.weight, 2),
        lambda each: siting.max_coverage(each, case.weight, 2, 20.0),
        lambda each: siting.p_center(each, 2),
    ):
        one, other = ask(minutes), ask(given_minutes)
        assert (one.sites, one.objective, one.bound) == (other.sites, other.objective, other.bound)
    np.testing.assert_array_equal(given_minutes, minutes)


def test_what_progress_raises_ends_the_search() -> None:
    class Enough(Exception):
        pass

    def stop(_best: float, _bound: float) -> None:
        raise Enough

    case = Case(8)
    with pytest.raises(Enough):
        siting.p_median(case.costs, case.weight, case.p, on_progress=stop)
    assert siting.p_median(case.costs, case.weight, case.p).objective == pytest.approx(case.optimum)


def test_swaps_end_at_a_plan_without_cost() -> None:
    """What rounding leaves of equal gains and losses is no gain, though it is more than any share of 0."""
    rng = np.random.default_rng(1)
    minutes = rng.integers(0, 2, (50, 12)) * 1.0
    plan = rng.permutation(12)[:4]
    minutes[np.arange(50), plan[rng.integers(0, 4, 50)]] = 0.0
    weight = rng.uniform(0.1, 9, 50)
    made = cost_lists(minutes, weight, np.arange(12), length=12, n_open=4)
    state = np.zeros(12, dtype=np.int8)
    for start in itertools.combinations(range(12), 4):
        _, n_swaps = swap_search(made, catchments(made), np.array(start), state, most_swaps=1_000)
        assert n_swaps < 1_000


# --- no way ---


@settings(max_examples=60, deadline=None)
@given(seeds, st.sampled_from([0.1, 0.4, 0.7]))
def test_a_plan_that_some_cell_cannot_reach_is_taken_only_where_there_is_no_other(
    seed: int, share: float
) -> None:
    case = Case(seed)
    minutes = case.costs.copy()
    minutes[case.rng.random(minutes.shape) < share] = np.inf
    minutes[np.arange(case.n), case.rng.integers(0, case.m, case.n)] = 30.0
    optimum = (case.weight @ minutes[:, case.plans].min(axis=2)).min()
    if np.isinf(optimum):
        with pytest.raises(InfeasibleError):
            siting.p_median(minutes, case.weight, case.p)
    else:
        result = siting.p_median(minutes, case.weight, case.p)
        assert result.objective == pytest.approx(optimum)
        assert result.bound == result.objective


def test_center_opens_as_many_sites_as_asked_though_a_cell_reaches_few() -> None:
    assert siting.p_center([[5, np.inf], [3, 1]], 2).sites == (0, 1)


def test_an_allowed_gap_does_not_make_a_plan_with_no_way_pass_for_the_only_one() -> None:
    minutes = np.full((3, 5), np.inf)
    minutes[[0, 1, 1, 2, 2], [1, 2, 4, 0, 2]] = [4.0, 7.0, 3.0, 3.0, 7.0]
    assert siting.p_median(minutes, np.ones(3), 2, relative_gap=0.9).sites == (1, 2)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_large_times_do_not_swallow_what_no_way_costs(kind: Any) -> None:
    minutes = np.array([[np.inf, 1e17], [1e17, 1e17]], dtype=kind)
    assert siting.p_median(minutes, [1, 1], 1).sites == (1,)


def test_a_cell_of_hardly_any_demand_still_has_to_be_reached() -> None:
    minutes = np.array([[np.inf, 1, 9], [1, 7, 2], [3, 2, np.inf]], dtype=np.float32)
    assert siting.p_median(minutes, [1, 1e9, 1e-38], 1).sites == (1,)


def test_sites_in_nearly_every_cell_are_no_reason_to_refuse_times() -> None:
    """The mean time to the nearest site is tiny then, without any mark for no way."""
    n = 3000
    place = np.arange(n) / n * 600.0
    minutes = np.abs(place[:, None] - place[None, 1:])
    assert siting.p_median(minutes, np.ones(n), n - 5, relative_gap=1.0, time_limit_seconds=5).objective > 0


def test_a_mark_for_no_way_is_still_refused() -> None:
    minutes = np.array([[1.0, 1e9], [1e9, 2.0]])
    with pytest.raises(ArrayError, match="give inf"):
        siting.p_median(minutes, [1, 1], 1)


def test_any_whole_number_counts_sites() -> None:
    started = time.perf_counter()
    for kind in (int, np.int32, np.uint8):
        assert siting.max_coverage([[1, 9], [9, 1]], [1, 2], kind(1), 5).sites == (1,)
    assert time.perf_counter() - started < 60
