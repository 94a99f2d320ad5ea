"""Tours and rotas: by hand, by brute force over all orders, and against the routing library PyVRP."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations, pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.by_road import car_router
from siting.dataset import load_dataset
from siting.errors import LabelError, SolveError, VerificationError
from siting.roads import road_network
from siting.scenario import RolesSection, StopRole, TeamRole
from siting.scenario_file import load
from siting.sites import all_sites
from siting.teams import StopVisit, TourRun, check_rota, rota
from siting.tours import Tours, possible_tours
from siting.travel import Places

STOP = StopRole(session_hours=1.0, set_up_hours=0.5)  # 90 minutes
# Along one road: the base at 0, stops at 10.1, 20.2 and 30.3 minutes from it.
ON_ONE_ROAD = np.round(np.abs(np.subtract.outer(np.arange(4), np.arange(4))) * 10.1, 3)


def tours_of(
    minutes: np.ndarray,
    *,
    bases: Sequence[int] = (0,),
    stops: Sequence[int] | None = None,
    stop: StopRole = STOP,
    **team: float,
) -> Tours:
    """All tours; a kilometre takes half a minute."""
    stops = range(len(minutes)) if stops is None else stops
    return possible_tours(
        minutes, 2 * minutes, bases=np.array(bases), stops=np.array(stops), stop=stop, team=TeamRole(**team)
    )


def orders_of(tours: Tours) -> list[list[int]]:
    return [[stop for stop in stops if stop >= 0] for stops in tours.stops.tolist()]


# --- the tours ---


def test_on_one_road_all_sets_of_stops_are_driven_in_the_order_that_comes_first() -> None:
    """There and back along one road every order of monotone parts is equally short; the first one counts."""
    tours = tours_of(ON_ONE_ROAD)
    assert orders_of(tours) == [[1], [2], [3], [1, 2], [1, 3], [2, 3], [1, 2, 3]]
    np.testing.assert_allclose(tours.driving_minutes, [20.2, 40.4, 60.6, 40.4, 60.6, 60.6, 60.6])
    np.testing.assert_allclose(tours.minutes - tours.driving_minutes, [90, 90, 90, 180, 180, 180, 270])
    np.testing.assert_allclose(tours.kilometres, 2 * tours.driving_minutes)
    assert tours.n_stops.tolist() == [1, 1, 1, 2, 2, 2, 3]
    assert len(tours) == 7


def test_a_day_that_is_exactly_full_counts_and_one_a_second_longer_does_not() -> None:
    full = 60.6 + 3 * 90
    assert [1, 2, 3] in orders_of(tours_of(ON_ONE_ROAD, working_day_hours=full / 60))
    assert [1, 2, 3] not in orders_of(tours_of(ON_ONE_ROAD, working_day_hours=(full - 1 / 60) / 60))


@pytest.mark.parametrize("thousandths", range(100, 70_000, 1_733))
def test_no_noise_of_floating_point_makes_a_full_day_too_long(thousandths: int) -> None:
    minutes = np.full((4, 4), thousandths / 1000)
    full_hours = (4 * thousandths + 3 * 90_000) / 60_000
    assert [1, 2, 3] in orders_of(tours_of(minutes, working_day_hours=full_hours))


def test_one_way_streets_decide_the_direction_of_a_round() -> None:
    """0 -> 2 -> 1 -> 0 takes 10 minutes a leg; the other way round an hour a leg."""
    minutes = np.array([[0.0, 60, 10], [10, 0, 60], [60, 10, 0]])
    tours = tours_of(minutes)
    assert orders_of(tours) == [[1], [2], [2, 1]]
    assert tours.driving_minutes.tolist() == [70, 70, 30]


def test_places_without_a_way_there_or_back_are_on_no_tour() -> None:
    minutes = ON_ONE_ROAD.copy()
    minutes[3, :3] = np.inf
    minutes[:2, 2] = np.inf
    assert orders_of(tours_of(minutes)) == [[1]]


def test_a_base_is_no_stop_of_its_own_tours_but_may_be_one_of_others() -> None:
    tours = tours_of(ON_ONE_ROAD, bases=(1, 0), stops=(1, 0))
    assert tours.base.tolist() == [0, 1]
    assert orders_of(tours) == [[1], [0]]


def test_the_order_in_which_bases_and_stops_are_named_does_not_matter() -> None:
    tours, other = (
        tours_of(ON_ONE_ROAD, bases=(0, 1)),
        tours_of(ON_ONE_ROAD, bases=(1, 0, 1), stops=(3, 1, 0, 2, 1)),
    )
    assert tours.base.tolist() == other.base.tolist()
    assert orders_of(tours) == orders_of(other)


def test_sets_of_stops_are_the_same_however_few_are_looked_at_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = tours_of(ON_ONE_ROAD)
    for few in (1, 2, 3):
        monkeypatch.setattr("siting.tours.SETS_AT_A_TIME", few)
        assert orders_of(tours_of(ON_ONE_ROAD)) == orders_of(whole)


def test_no_tour_has_more_stops_than_a_team_may_make() -> None:
    assert tours_of(ON_ONE_ROAD, most_stops_per_day=2).n_stops.max() == 2


def test_without_bases_or_stops_or_time_there_are_no_tours() -> None:
    assert len(tours_of(ON_ONE_ROAD, bases=())) == 0
    assert len(tours_of(ON_ONE_ROAD, stops=())) == 0
    assert len(tours_of(ON_ONE_ROAD, working_day_hours=1.0)) == 0


def test_tours_within_masks_have_their_base_and_all_their_stops_there() -> None:
    tours = tours_of(ON_ONE_ROAD, bases=(0, 1))
    is_base, is_stop = np.array([True, False, False, False]), np.array([True, True, False, True])
    found = tours.within(is_base, is_stop)
    assert tours.base[found].tolist() == [0, 0, 0]
    assert [orders_of(tours)[tour] for tour in found] == [[1], [3], [1, 3]]


def test_tours_cannot_be_changed_and_refuse_wrong_shapes() -> None:
    tours = tours_of(ON_ONE_ROAD)
    with pytest.raises(ValueError, match="read-only"):
        tours.stops[0, 0] = 2
    with pytest.raises(LabelError, match="shape"):
        replace(tours, stops=tours.stops[:, :3])
    with pytest.raises(LabelError, match=r"\(m, m\)"):
        possible_tours(
            ON_ONE_ROAD,
            np.zeros((3, 3)),
            bases=np.array([0]),
            stops=np.array([1]),
            stop=STOP,
            team=TeamRole(),
        )


# Whole minutes up to 40 make ties, thousandths unlike legs; None is no way.
LEGS = st.one_of(st.integers(0, 40).map(lambda leg: 1000 * leg), st.integers(0, 90_000), st.none())


@st.composite
def asymmetric_thousandths(draw: st.DrawFn) -> list[list[int | None]]:
    n = draw(st.integers(2, 6))
    return draw(st.lists(st.lists(LEGS, min_size=n, max_size=n), min_size=n, max_size=n))


def by_brute_force(
    thousandths: list[list[int | None]], base: int, *, stop: int, day: int
) -> list[tuple[int, tuple[int, ...], int]]:
    """Base, stops in the best and then first order, and thousandths of a minute driven; in whole numbers."""

    def length(order: tuple[int, ...]) -> float:
        legs = [thousandths[here][there] for here, there in pairwise((base, *order, base))]
        return math.inf if None in legs else sum(legs)

    found = []
    for size in range(1, 5):
        for members in combinations([site for site in range(len(thousandths)) if site != base], size):
            driven, order = min((length(order), order) for order in permutations(members))
            if driven + size * stop <= day:
                found.append((base, order, driven))
    return found


@settings(max_examples=150, deadline=None)
@given(thousandths=asymmetric_thousandths(), day_hours=st.sampled_from([2.0, 3.5, 5.0, 8.0]))
def test_tours_are_those_of_brute_force_over_all_orders(
    thousandths: list[list[int | None]], day_hours: float
) -> None:
    minutes = np.array([[math.inf if leg is None else leg / 1000 for leg in row] for row in thousandths])
    stop = StopRole(session_hours=0.5, set_up_hours=0.25)
    tours = tours_of(minutes, bases=range(len(minutes)), stop=stop, working_day_hours=day_hours)
    expected = [
        tour
        for base in range(len(minutes))
        for tour in by_brute_force(thousandths, base, stop=45_000, day=int(day_hours * 60_000))
    ]
    driven = np.rint(tours.driving_minutes * 1000).astype(int).tolist()
    found = zip(tours.base.tolist(), map(tuple, orders_of(tours)), driven, strict=True)
    assert list(found) == expected
    np.testing.assert_allclose(tours.minutes, tours.driving_minutes + 45 * tours.n_stops)


def city_blocks(points: Sequence[tuple[int, int]]) -> np.ndarray:
    """Minutes that obey the triangle inequality, exactly."""
    at = np.array(points, dtype=float)
    return np.abs(at[:, None, :] - at[None, :, :]).sum(axis=2)


POINTS = st.tuples(st.integers(0, 60), st.integers(0, 60))


@settings(max_examples=50, deadline=None)
@given(points=st.lists(POINTS, min_size=3, max_size=7))
def test_what_can_be_visited_in_a_day_can_be_visited_in_part(points: list[tuple[int, int]]) -> None:
    tours = tours_of(city_blocks(points), bases=(0, 1), stop=STOP, working_day_hours=6.5)
    possible = {(base, *sorted(order)) for base, order in zip(tours.base, orders_of(tours), strict=True)}
    for base, *stops in possible:
        for size in range(1, len(stops)):
            assert all((base, *part) in possible for part in combinations(stops, size))


@settings(max_examples=50, deadline=None)
@given(points=st.lists(POINTS, min_size=3, max_size=6), shuffled=st.randoms(use_true_random=False))
def test_numbering_the_sites_otherwise_changes_no_length(
    points: list[tuple[int, int]], shuffled: object
) -> None:
    new = list(range(len(points)))
    shuffled.shuffle(new)
    minutes = city_blocks(points)
    permuted = city_blocks([points[site] for site in new])

    def lengths(tours: Tours, names: Sequence[int]) -> dict[tuple[int, frozenset[int]], float]:
        keys = (
            (names[base], frozenset(names[stop] for stop in order))
            for base, order in zip(tours.base, orders_of(tours), strict=True)
        )
        return dict(zip(keys, tours.driving_minutes, strict=True))

    everywhere = range(len(points))
    before, after = tours_of(minutes, bases=everywhere), tours_of(permuted, bases=everywhere)
    assert lengths(before, list(everywhere)) == lengths(after, new)


# --- against another's routing ---


def pyvrp_thousandths(thousandths: np.ndarray, route: Sequence[int]) -> int:
    """Length of the best round from route[0] over all the others that PyVRP finds, in 100 iterations."""
    import pyvrp

    model = pyvrp.Model()
    places = [model.add_location(0, 0) for _ in route]
    model.add_depot(places[0])
    for place in places[1:]:
        model.add_client(place)
    model.add_vehicle_type(1)
    for (start, here), (end, there) in permutations(zip(places, route, strict=True), 2):
        model.add_edge(start, end, distance=int(thousandths[here, there]))
    result = model.solve(pyvrp.stop.MaxIterations(100), seed=1, collect_stats=False, display=False)
    assert result.is_feasible()
    return int(result.cost())


def compare_with_pyvrp(minutes: np.ndarray, *, n_sets: int, seed: int) -> None:
    """Ours is never longer than PyVRP's best; theirs, a heuristic's, is as good for sets this small."""
    thousandths = np.rint(minutes * 1000).astype(np.int64)
    long_day = {"stop": StopRole(session_hours=0.01, set_up_hours=0.0), "working_day_hours": 16.0}
    random = np.random.default_rng(seed)
    for _ in range(n_sets):
        base, *stops = random.choice(len(minutes), size=random.integers(2, 6), replace=False).tolist()
        tours = tours_of(minutes, bases=(base,), stops=stops, **long_day)
        assert tours.n_stops[-1] == len(stops)
        ours, theirs = round(tours.driving_minutes[-1] * 1000), pyvrp_thousandths(thousandths, [base, *stops])
        assert ours <= theirs
        assert ours == theirs, "PyVRP did not find our shorter round: look whether that is so"


def test_pyvrp_finds_no_shorter_round_on_random_asymmetric_legs() -> None:
    random = np.random.default_rng(7)
    compare_with_pyvrp(np.round(random.uniform(1, 120, size=(30, 30)), 3), n_sets=60, seed=8)


@pytest.fixture(scope="module")
def county_matrices() -> tuple[np.ndarray, np.ndarray]:
    """Minutes and kilometres between all premises of the embedded county."""
    county = load_dataset("dalarna")
    sites, roads, travel = Places(*all_sites(county)), road_network(county), load("base").travel
    return car_router(roads, travel).times(sites, sites).minutes, car_router(roads, travel).kilometres(
        sites, sites
    )


def test_pyvrp_finds_no_shorter_round_in_the_county(county_matrices: tuple[np.ndarray, np.ndarray]) -> None:
    compare_with_pyvrp(county_matrices[0], n_sets=60, seed=9)


def test_the_countys_tours_fit_their_day_and_each_set_is_there_once(
    county_matrices: tuple[np.ndarray, np.ndarray],
) -> None:
    minutes, kilometres = county_matrices
    stops = np.arange(0, len(minutes), 4)
    tours = possible_tours(
        minutes, kilometres, bases=np.arange(10), stops=stops, stop=STOP, team=TeamRole(working_day_hours=8.0)
    )
    assert (tours.minutes <= 480 + 1e-9).all()
    assert (tours.n_stops == 4).sum() > 100
    orders = orders_of(tours)
    keys = [(base, *sorted(order)) for base, order in zip(tours.base, orders, strict=True)]
    assert len(set(keys)) == len(keys)
    assert keys == sorted(keys, key=lambda key: (key[0], len(key), key))
    assert (tours.kilometres / tours.driving_minutes * 60 < 90).all()  # km/h
    for tour in range(0, len(tours), 97):
        way = [tours.base[tour], *orders[tour], tours.base[tour]]
        assert tours.kilometres[tour] == pytest.approx(sum(kilometres[leg] for leg in pairwise(way)))


# --- the rota ---

IDS = tuple("ABCDEFGH")
ROLES = RolesSection(stop=STOP, team=TeamRole(days_per_week=2))


def make_rota(
    tours: Tours,
    minutes: np.ndarray,
    odd: Sequence[tuple[str, ...]],
    even: Sequence[tuple[str, ...]],
    *,
    teams: dict[str, int],
    roles: RolesSection = ROLES,
) -> tuple[TourRun, ...]:
    """Rota of tours named by base and stops in any order, such as ("A", "CD")."""
    named = zip(tours.base, orders_of(tours), strict=True)
    position = {
        (IDS[base], frozenset(IDS[stop] for stop in order)): k for k, (base, order) in enumerate(named)
    }
    weeks = tuple([position[base, frozenset(stops)] for base, stops in week] for week in (odd, even))
    return rota(weeks, tours, minutes=minutes, site_ids=IDS[: len(minutes)], teams=teams, roles=roles)


def days(runs: Sequence[TourRun]) -> dict[str, set[int]]:
    """Weekdays on which each stop is visited."""
    found: dict[str, set[int]] = {}
    for run in runs:
        for visit in run.visits:
            found.setdefault(visit.site_id, set()).add(run.day)
    return found


def test_a_tour_is_driven_without_waiting_from_eight_o_clock() -> None:
    run = make_rota(tours_of(ON_ONE_ROAD), ON_ONE_ROAD, [("A", "BC")], [], teams={"A": 1})[0]
    assert run == TourRun(
        week=1,
        day=1,
        base_id="A",
        team=1,
        leaves_minute=480.0,
        returns_minute=pytest.approx(480 + 40.4 + 180),
        visits=(
            StopVisit("B", pytest.approx(490.1), pytest.approx(580.1)),
            StopVisit("C", pytest.approx(590.2), pytest.approx(680.2)),
        ),
        driving_minutes=pytest.approx(40.4),
        kilometres=pytest.approx(80.8),
    )


def test_a_weekly_stop_keeps_its_weekday_though_its_company_changes() -> None:
    """B is driven with C or D, and E with F or nobody; the lists alone would give B Monday and Tuesday."""
    minutes = city_blocks([(0, 0), (5, 0), (6, 0), (7, 0), (0, 5), (0, 6)])
    odd, even = [("A", "BC"), ("A", "EF")], [("A", "E"), ("A", "BD")]
    runs = make_rota(tours_of(minutes), minutes, odd, even, teams={"A": 1})
    assert all(len(of_stop) == 1 for of_stop in days(runs).values())


def test_a_weekly_stop_keeps_its_weekday_though_its_base_changes() -> None:
    """H's other day is taken by a tour of both weeks; A's team has to come on the day that H's is free."""
    minutes = city_blocks([(x, 0) for x in range(8)])
    odd, even = [("A", "BC"), ("A", "D"), ("H", "F")], [("H", "D"), ("H", "F"), ("A", "BE")]
    runs = make_rota(tours_of(minutes, bases=(0, 7)), minutes, odd, even, teams={"A": 1, "H": 1})
    assert all(len(days(runs)[stop]) == 1 for stop in "BDF")


def test_two_teams_of_a_base_drive_on_the_same_day() -> None:
    """B and C are together in odd weeks; in even weeks they are visited apart, by two teams on one day."""
    minutes = city_blocks([(x, 0) for x in range(4)])
    runs = make_rota(tours_of(minutes), minutes, [("A", "BC")], [("A", "B"), ("A", "C")], teams={"A": 2})
    assert {stop: len(on) for stop, on in days(runs).items()} == {"B": 1, "C": 1}
    assert {run.team for run in runs if run.week == 2} == {1, 2}


def test_tours_that_leave_no_room_for_each_others_company_take_different_days() -> None:
    """With all of B to E on one odd day, only two of them could keep it in even weeks, when each is alone."""
    minutes = city_blocks([(x, 0) for x in range(5)])
    odd, even = [("A", "BD"), ("A", "CE")], [("A", stop) for stop in "BCDE"]
    runs = make_rota(tours_of(minutes), minutes, odd, even, teams={"A": 2})
    assert all(len(of_stop) == 1 for of_stop in days(runs).values())


def test_more_tours_than_days_of_the_teams_are_refused() -> None:
    tours = tours_of(ON_ONE_ROAD)
    three = [("A", "B"), ("A", "C"), ("A", "D")]
    with pytest.raises(SolveError, match="base A has 3 tours in a week, but 1 teams"):
        make_rota(tours, ON_ONE_ROAD, [], three, teams={"A": 1})
    with pytest.raises(SolveError, match="0 teams"):
        make_rota(tours, ON_ONE_ROAD, three[:1], [], teams={"B": 1})
    assert make_rota(tours, ON_ONE_ROAD, [], [], teams={}) == ()


@st.composite
def weeks_of_one_team(draw: st.DrawFn) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Stops B-H weekly or seldom, dealt out to at most four tours of base A in each week."""
    weeks = []
    seldom = {stop: draw(st.sampled_from(["", "odd", "even"])) for stop in IDS[1:]}
    for week in ("odd", "even"):
        hands: dict[int, str] = {}
        for stop in IDS[1:]:
            if seldom[stop] in ("", week):
                hand = draw(st.integers(0, 3).filter(lambda hand, hands=hands: len(hands.get(hand, "")) < 4))
                hands[hand] = hands.get(hand, "") + stop
        weeks.append([("A", stops) for stops in hands.values()])
    return weeks[0], weeks[1]


@settings(max_examples=60, deadline=None)
@given(weeks=weeks_of_one_team(), swap=st.booleans())
def test_one_teams_rota_gives_as_many_stops_a_fixed_day_as_any_and_passes_its_check(
    weeks: tuple[list[tuple[str, str]], list[tuple[str, str]]], swap: bool
) -> None:
    odd, even = weeks
    minutes = city_blocks([(x, 0) for x in range(8)])
    tours = tours_of(minutes)
    roles = RolesSection(stop=STOP, team=TeamRole(days_per_week=4))
    runs = make_rota(tours, minutes, odd, even, teams={"A": 1}, roles=roles)
    frequency = {
        stop: 1.0 if all(any(stop in stops for _, stops in week) for week in weeks) else 0.5
        for _, stops in odd + even
        for stop in stops
    }
    matrices = {"site_ids": IDS, "minutes": minutes, "kilometres": 2 * minutes}
    check_rota(runs, frequency=frequency, teams={"A": 1}, roles=roles, **matrices)
    if swap:  # the order in which tours are named does not matter
        assert make_rota(tours, minutes, odd[::-1], even[::-1], teams={"A": 1}, roles=roles) == runs
    assert [replace(run, week=run.week + 2) for run in runs if run.week <= 2] == [
        run for run in runs if run.week > 2
    ]
    slots = {frozenset(visit.site_id for visit in run.visits): set() for run in runs}
    for run in runs:
        slots[frozenset(visit.site_id for visit in run.visits)].add((run.team, run.day))
    assert all(len(slot) == 1 for slot in slots.values())  # a tour of both weeks keeps team and day
    fixed = sum(len(on) == 1 for stop, on in days(runs).items() if frequency[stop] == 1)
    assert fixed == most_fixed_days([stops for _, stops in odd], [stops for _, stops in even])


def most_fixed_days(odd: list[str], even: list[str]) -> int:
    """Brute force over four days; a tour of both weeks has the same day in both."""
    best = 0
    for on_odd, on_even in product(permutations(range(4), len(odd)), permutations(range(4), len(even))):
        pairs = [
            (a, b, x, y) for a, x in zip(odd, on_odd, strict=True) for b, y in zip(even, on_even, strict=True)
        ]
        if all(x == y for a, b, x, y in pairs if set(a) == set(b)):
            best = max(best, sum(len(set(a) & set(b)) for a, b, x, y in pairs if x == y))
    return best


# --- its check ---

CORNERS = city_blocks([(0, 0), (5, 0), (6, 0), (7, 0), (0, 5)])
FREQUENCY = {"B": 1.0, "C": 0.5, "D": 0.5}


def check(runs: Sequence[TourRun], **changed: object) -> None:
    asked = {
        "frequency": FREQUENCY,
        "teams": {"A": 1},
        "site_ids": IDS[:5],
        "minutes": CORNERS,
        "kilometres": 2 * CORNERS,
        "roles": ROLES,
    }
    check_rota(runs, **{**asked, **changed})


def drive(week: int, day: int, base: str, stops: str, team: int = 1) -> TourRun:
    """A run whose times are right, whatever else it does."""
    clock, visits = 480.0, []
    legs = [CORNERS[IDS.index(here), IDS.index(there)] for here, there in pairwise((base, *stops, base))]
    for leg, stop in zip(legs, stops, strict=False):
        visits.append(StopVisit(stop, clock + leg, clock + leg + 90))
        clock += leg + 90
    return TourRun(week, day, base, team, 480.0, clock + legs[-1], tuple(visits), sum(legs), 2 * sum(legs))


def good_runs() -> tuple[TourRun, ...]:
    """B on Mondays, with C in odd weeks; D on odd Tuesdays."""
    two_weeks = [(1, 1, "BC"), (1, 2, "D"), (2, 1, "B")]
    return tuple(drive(week + later, day, "A", stops) for later in (0, 2) for week, day, stops in two_weeks)


def test_a_good_rota_passes_and_so_does_one_put_together_otherwise() -> None:
    check(good_runs())
    check(good_runs()[::-1])
    other = [drive(week, 2, "A", "BC" if week % 2 else "B") for week in (1, 2, 3, 4)]
    check([*other, drive(2, 1, "A", "D"), drive(4, 1, "A", "D")])


def in_place_of_last(*runs: TourRun) -> Callable[[tuple[TourRun, ...]], list[TourRun]]:
    return lambda good: [*good[:-1], *runs]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (in_place_of_last(drive(5, 1, "A", "B")), "week 5, day 1: team 1 of A .* week that is not one of"),
        (in_place_of_last(drive(4, 3, "A", "B")), "week 4, day 3: team 1 of A .* day that is not one of 1-2"),
        (in_place_of_last(drive(4, 1, "A", "B", team=2)), "week 4, day 1: team 2 of A .* has 1 teams"),
        (in_place_of_last(drive(4, 1, "A", "B", team=0)), "week 4, day 1: team 0 of A .* has 1 teams"),
        (in_place_of_last(drive(4, 1, "E", "B")), "week 4, day 1: team 1 of E .* has 0 teams"),
        (in_place_of_last(drive(4, 1, "A", "")), "week 4, day 1: .* makes 0 stops"),
        (lambda good: [*good, drive(1, 2, "A", "B")], "week 1, day 2: team 1 of A has two tours"),
        (
            lambda good: [*good, drive(2, 2, "A", "E")],
            "week 2, day 2: .* visits E, which is not an open stop",
        ),
        (in_place_of_last(), "stop B must be visited once in each week; found: week 1 .*, week 3 day 1$"),
        (lambda good: [*good, drive(2, 2, "A", "B")], "stop B .* week 2 day 1, week 2 day 2, week 3 day 1"),
        (in_place_of_last(drive(4, 1, "A", "BB")), "stop B .* week 4 day 1, week 4 day 1$"),
        (lambda good: [*good, drive(2, 2, "A", "D")], "stop D must be visited once in every other week"),
        (
            lambda good: [
                *(run for run in good if run.visits[0].site_id != "D"),
                drive(1, 2, "A", "D"),
                drive(2, 2, "A", "D"),
            ],
            "stop D .* found: week 1 day 2, week 2 day 2",
        ),
        (lambda good: [run for run in good if run.visits[0].site_id != "D"], "stop D .* found: no visit"),
    ],
)
def test_the_check_names_who_drives_when_and_where_they_should_not(
    spoil: Callable[[tuple[TourRun, ...]], list[TourRun]], message: str
) -> None:
    with pytest.raises(VerificationError, match=message):
        check(spoil(good_runs()))


def with_visit(run: TourRun, **changed: float) -> TourRun:
    return replace(run, visits=(replace(run.visits[0], **changed), *run.visits[1:]))


@pytest.mark.parametrize(
    ("falsify", "message"),
    [
        (lambda run: replace(run, leaves_minute=481.0), "leaves at minute 481; counted again: 480"),
        (lambda run: with_visit(run, arrives_minute=484.0), "arrives at B at minute 484; counted again: 485"),
        (lambda run: with_visit(run, leaves_minute=565.0), "leaves B at minute 565; counted again: 575"),
        (lambda run: replace(run, returns_minute=600.0), "returns at minute 600"),
        (lambda run: replace(run, driving_minutes=math.nan), "minutes driven nan"),
        (lambda run: replace(run, kilometres=0.0), "kilometres driven 0; counted again: 24"),
        (lambda run: replace(run, visits=run.visits[::-1]), "arrives at C at minute 576; counted again: 486"),
    ],
)
def test_the_check_drives_every_leg_again(falsify: Callable[[TourRun], TourRun], message: str) -> None:
    first, *others = good_runs()
    assert [visit.site_id for visit in first.visits] == ["B", "C"]
    with pytest.raises(VerificationError, match=f"week 1, day 1: team 1 of A says: .*{message}"):
        check([falsify(first), *others])


def test_the_check_keeps_the_working_day_and_the_number_of_stops() -> None:
    short = RolesSection(stop=STOP, team=TeamRole(days_per_week=2, working_day_hours=3.0))
    with pytest.raises(
        VerificationError, match=r"week 1, day 1: .* needs 192\.0 minutes for B, C; .* has 180"
    ):
        check(good_runs(), roles=short)
    full = RolesSection(stop=STOP, team=TeamRole(days_per_week=2, working_day_hours=3.2))
    check(good_runs(), roles=full)
    single = RolesSection(stop=STOP, team=TeamRole(days_per_week=2, most_stops_per_day=1))
    with pytest.raises(VerificationError, match="makes 2 stops; expected 1-1"):
        check(good_runs(), roles=single)


def test_the_check_refuses_a_way_that_is_not_there_a_place_that_is_none_and_odd_frequencies() -> None:
    closed = CORNERS.copy()
    closed[1, 2] = np.inf
    with pytest.raises(VerificationError, match="arrives at C"):
        check(good_runs(), minutes=closed)
    with pytest.raises(VerificationError, match="drives to C, which is not a site"):
        check(good_runs(), site_ids=("A", "B", "X", "D", "E"))
    with pytest.raises(VerificationError, match="stop D is open 2 days a week"):
        check(good_runs(), frequency={**FREQUENCY, "D": 2.0})
    with pytest.raises(VerificationError, match="visits A, which is not an open stop of another place"):
        check([*good_runs(), drive(2, 2, "A", "A")], frequency={**FREQUENCY, "A": 0.5})
