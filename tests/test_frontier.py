"""What is worth its cost: worked out by hand, and held against the definition said in another way."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import InputError
from siting.frontier import CLEAR_RISE, CostAndMinutes, Dominated, Frontier, Step, frontier

Points = dict[str, tuple[float, float]]
Exact = tuple[Fraction, Fraction]


def find(points: Points) -> Frontier:
    return frontier({name: CostAndMinutes(*each) for name, each in points.items()})


BY_HAND: Points = {
    "dear": (8.0, 13.0),
    "A": (1.0, 30.0),
    "as B, but longer": (2.0, 25.0),
    "C": (6.0, 12.0),
    "mix of B and C": (5.0, 16.0),
    "B": (2.0, 20.0),
    "D": (14.0, 11.0),
}
"""From B to C 4 more buy 8 minutes: at a cost of 5 their mix takes 14, and 16 is too long."""


def test_a_frontier_worked_out_by_hand() -> None:
    found = find(BY_HAND)
    assert found.efficient == ("A", "B", "C", "D")
    assert found.steps == (
        Step("A", "B", minutes_gained=10.0, sek_more=1.0, sek_per_minute=0.1),
        Step("B", "C", minutes_gained=8.0, sek_more=4.0, sek_per_minute=0.5),
        Step("C", "D", minutes_gained=1.0, sek_more=8.0, sek_per_minute=8.0),
    )
    assert found.dominated == (
        Dominated("as B, but longer", ("B",), is_extended=False),
        Dominated("mix of B and C", ("B", "C"), is_extended=True),
        Dominated("dear", ("C",), is_extended=False),
    )
    assert (found.suggested, found.rise) == ("C", 16.0)  # 0.5 to 8, against 0.1 to 0.5 after B
    assert found.alike == ()


def test_all_that_are_better_and_not_dominated_in_turn_are_named() -> None:
    found = find({"E": (4.0, 25.0), "A": (1.0, 20.0), "B": (2.0, 19.0), "C": (3.0, 10.0), "D": (3.5, 11.0)})
    assert Dominated("E", ("A", "B", "C"), is_extended=False) in found.dominated  # B is of the mix, D is not
    assert Dominated("B", ("A", "C"), is_extended=True) in found.dominated
    assert Dominated("D", ("C",), is_extended=False) in found.dominated


def test_one_point_or_none_has_no_steps_and_suggests_nothing() -> None:
    nothing = find({})
    assert nothing == Frontier((), (), (), (), None, None)
    alone = find({"only": (1.0, 1.0)})
    assert (alone.efficient, alone.steps, alone.suggested, alone.rise) == (("only",), (), None, None)


def test_two_points_have_one_price_and_nothing_to_hold_it_against() -> None:
    found = find({"a": (1.0, 20.0), "b": (2.0, 10.0)})
    assert len(found.steps) == 1
    assert (found.suggested, found.rise) == (None, None)


def test_options_that_are_equal_in_both_are_one_point_and_named_together() -> None:
    found = find({"b": (1.0, 20.0), "a": (1.0, 20.0), "c": (2.0, 10.0), "z": (3.0, 15.0), "y": (3.0, 15.0)})
    assert found.efficient == ("a", "c")
    assert found.alike == (("a", "b"), ("y", "z"))
    assert found.dominated == (Dominated("y", ("c",), is_extended=False),)


def test_three_on_a_line_are_all_efficient_by_the_decimals_that_they_are_written_with() -> None:
    """0.1, 0.2 and 0.3 are on no line as binary fractions."""
    found = find({"a": (1.0, 0.3), "b": (2.0, 0.2), "c": (3.0, 0.1)})
    assert found.efficient == ("a", "b", "c")
    assert [each.minutes_gained for each in found.steps] == [0.1, 0.1]
    assert (found.suggested, found.rise) == (None, 1.0)


@pytest.mark.parametrize(
    ("last_cost", "suggested", "rise"),
    [(3.0, "b", 2.0), (2.95, "b", 2.0), (2.949, None, 1.9), (2.94, None, 1.9)],
)
def test_a_rise_is_clear_if_it_is_told_to_be(last_cost: float, suggested: str | None, rise: float) -> None:
    found = find({"a": (0.0, 30.0), "b": (1.0, 20.0), "c": (last_cost, 10.0)})
    assert (found.suggested, found.rise) == (suggested, rise)


def test_of_equal_rises_the_cheapest_is_taken() -> None:
    found = find({"a": (0.0, 40.0), "b": (1.0, 30.0), "c": (4.0, 20.0), "d": (13.0, 10.0)})
    assert (found.suggested, found.rise) == ("b", 3.0)


@pytest.mark.parametrize("point", [(float("nan"), 1.0), (1.0, float("inf")), (float("-inf"), 1.0)])
def test_what_is_no_number_is_refused_by_its_name(point: tuple[float, float]) -> None:
    with pytest.raises(InputError, match=r"odd: costs .* not numbers"):
        find({"fine": (1.0, 1.0), "odd": point})


# --- held against the definition ---

POINTS = st.dictionaries(
    st.sampled_from("abcdefghij"),
    st.tuples(st.integers(0, 8).map(float), st.integers(0, 40).map(lambda tenths: tenths / 10)),
    max_size=8,
)


def exact(points: Points) -> dict[str, Exact]:
    return {name: (Fraction(str(cost)), Fraction(str(minutes))) for name, (cost, minutes) in points.items()}


def is_beaten(point: Exact, others: Mapping[str, Exact]) -> list[str]:
    """Name those that are no dearer and no longer, and better in one."""
    return [
        name for name, each in others.items() if each[0] <= point[0] and each[1] <= point[1] and each != point
    ]


def is_beaten_by_a_mix(point: Exact, one: Exact, other: Exact) -> bool:
    """Whether so much of one and the rest of the other costs just the same, and takes fewer minutes."""
    if not one[0] < point[0] < other[0]:
        return False
    part = (other[0] - point[0]) / (other[0] - one[0])
    return part * one[1] + (1 - part) * other[1] < point[1]


@given(POINTS)
def test_who_is_efficient_and_who_is_not_is_as_the_definition_says(points: Points) -> None:
    found, values = find(points), exact(points)
    first = {name: min(each for each in values if values[each] == values[name]) for name in values}
    extended: set[str] = set()
    strongly: set[str] = set()
    efficient: set[str] = set()
    for name, point in values.items():
        if first[name] != name:
            continue
        if is_beaten(point, values):
            strongly.add(name)
        elif any(
            is_beaten_by_a_mix(point, one, other) for one in values.values() for other in values.values()
        ):
            extended.add(name)
        else:
            efficient.add(name)
    assert set(found.efficient) == efficient
    assert {each.option for each in found.dominated if each.is_extended} == extended
    assert {each.option for each in found.dominated if not each.is_extended} == strongly
    assert {name for group in found.alike for name in group[1:]} == {n for n in values if first[n] != n}
    for each in found.dominated:
        if each.is_extended:
            one, other = (values[name] for name in each.by)
            assert is_beaten_by_a_mix(values[each.option], one, other)
            assert each.by in tuple(pairwise(found.efficient))
        else:
            beaten_by = is_beaten(values[each.option], values)
            named = {n for n in beaten_by if first[n] == n and not is_beaten(values[n], values)}
            assert set(each.by) == named


@given(POINTS)
def test_steps_lead_from_the_cheapest_to_the_shortest_at_prices_that_never_fall(points: Points) -> None:
    found, values = find(points), exact(points)
    assert len(found.steps) == max(0, len(found.efficient) - 1)
    assert [(each.cheaper, each.dearer) for each in found.steps] == list(pairwise(found.efficient))
    if points:
        assert values[found.efficient[0]] == min(values.values())
        assert values[found.efficient[-1]][1] == min(minutes for _, minutes in values.values())
    for each in found.steps:
        assert each.minutes_gained > 0
        assert each.sek_more > 0
        assert each.sek_per_minute == pytest.approx(each.sek_more / each.minutes_gained)
    prices = [each.sek_per_minute for each in found.steps]
    assert all(before <= after * (1 + 1e-12) for before, after in pairwise(prices))
    rises = [after / before for before, after in pairwise(prices)]
    if not rises:
        assert (found.suggested, found.rise) == (None, None)
        return
    assert found.rise is not None
    assert found.rise == pytest.approx(max(rises), abs=0.05 + 1e-9)
    assert (found.suggested is not None) == (found.rise >= CLEAR_RISE)
    if found.suggested is not None:
        at = found.efficient.index(found.suggested) - 1
        assert rises[at] == pytest.approx(max(rises))


@given(POINTS, st.data())
def test_the_order_in_which_options_are_named_changes_nothing(points: Points, data: st.DataObject) -> None:
    names = data.draw(st.permutations(sorted(points)))
    assert find({name: points[name] for name in names}) == find(points)


@given(POINTS.filter(bool), st.data())
def test_one_more_that_is_dominated_leaves_the_others_as_they_were(
    points: Points, data: st.DataObject
) -> None:
    beaten = data.draw(st.sampled_from(sorted(points)))
    cost, minutes = points[beaten]
    more = {**points, "worse": (cost + 1.0, minutes + 0.5)}
    before, after = find(points), find(more)
    assert (before.efficient, before.steps, before.suggested, before.rise) == (
        after.efficient,
        after.steps,
        after.suggested,
        after.rise,
    )
    assert set(before.dominated) == {each for each in after.dominated if each.option != "worse"}
    assert any(each.option == "worse" and not each.is_extended for each in after.dominated) or any(
        "worse" in group for group in after.alike
    )


@given(POINTS, st.integers(1, 1000), st.integers(-50, 50))
def test_another_currency_or_a_longer_way_for_all_changes_no_choice(
    points: Points, rate: int, later: int
) -> None:
    before = find(points)
    after = find({name: (cost * rate, minutes + later) for name, (cost, minutes) in points.items()})
    assert (before.efficient, before.suggested, before.rise) == (after.efficient, after.suggested, after.rise)
