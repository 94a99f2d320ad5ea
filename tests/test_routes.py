"""Ways as lines: drawn by hand on small networks, and the same that minutes and kilometres are counted by."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from test_roads import CLOSED, ROUND, SQUARE, networks, on_paper, on_the_road, places

from siting.by_road import RoadRouter, Route, car_router
from siting.by_road import router as by_road_router
from siting.dataset import load_dataset
from siting.errors import LabelError
from siting.roads import RoadNetwork, join, road_network
from siting.scenario_file import load
from siting.sites import all_sites
from siting.travel import Places


def km(route: Route) -> list[list[float]]:
    """Corners of a route in km."""
    return (route.line / 1000).round(6).tolist()


def every_pair(ends: Places) -> tuple[Places, Places]:
    n = len(ends.ids)
    first, second = (index.ravel() for index in np.mgrid[:n, :n])
    return tuple(Places(tuple(ends.ids[k] for k in way), ends.points_metres[way]) for way in (first, second))


def minutes_and_kilometres(router: RoadRouter, ends: Places) -> tuple[np.ndarray, np.ndarray]:
    """Those of the routes between all pairs, added up stretch by stretch; inf where there is none."""
    origins, destinations = every_pair(ends)
    access = join(ends.points_metres, router.roads).distance_metres
    both_access = (access[:, None] + access[None, :]).ravel()
    found = []
    for route, off_road in zip(router.routes(origins, destinations), both_access, strict=True):
        if not len(route.line):
            found.append((np.inf, np.inf))
            continue
        drives = route.on_road
        beside = off_road if drives else float(shapely.LineString(route.line).length)
        minutes, kilometres = (
            (drives.minutes(router.roads), drives.kilometres(router.roads)) if drives else (0, 0)
        )
        found.append(
            (
                minutes / router.speed_factor
                + beside * router.minutes_per_metre_beside
                + router.fixed_minutes_per_trip,
                kilometres + beside * router.access_detour_factor / 1000,
            )
        )
    n = len(ends.ids)
    return tuple(np.array(column).reshape(n, n) for column in zip(*found, strict=True))


# By hand


def test_a_route_goes_straight_to_the_road_along_its_bends_and_straight_from_it() -> None:
    bend = shapely.LineString([(0, 0), (1000, 1000), (2000, 0)])
    roads = on_paper(
        {"a": (0, 0), "b": (2, 0), "c": (4, 0)},
        [("a", "b", 4.0, 4.0), ("b", "c", 2.0, 2.0)],
        lines=np.array([bend, shapely.LineString([(4000, 0), (2000, 0)]).reverse()]),
    )
    there, back = RoadRouter(roads).routes(places((-0.5, 0.5), (3, -0.25)), places((3, -0.25), (-0.5, 0.5)))
    expected = [[-0.5, 0.5], [0, 0], [1, 1], [2, 0], [3, 0], [3, -0.25]]
    assert km(there) == expected
    assert km(back) == expected[::-1]


def test_an_edge_is_cut_where_a_trip_joins_it() -> None:
    bend = shapely.LineString([(0, 0), (1000, 0), (1000, 1000)])
    roads = on_paper({"a": (0, 0), "b": (1, 1)}, [("a", "b", 4.0, 4.0)], lines=np.array([bend]))
    (route,) = RoadRouter(roads).routes(places((0.5, 0.1)), places((1.1, 0.75)))
    assert km(route) == [[0.5, 0.1], [0.5, 0], [1, 0], [1, 0.75], [1.1, 0.75]]
    assert route.on_road is not None
    assert route.on_road.kilometres(roads) == pytest.approx(1.25 / 2 * roads.kilometres[0])
    assert route.on_road.minutes(roads) == pytest.approx(1.25 / 2 * 4)


def test_a_trip_that_goes_straight_is_a_straight_line() -> None:
    roads = on_paper({"a": (0, 0), "b": (9, 0)}, [("a", "b", 9.0, 9.0)])
    neighbours, itself = RoadRouter(roads).routes(places((1, 3), (1, 3)), places((2, 3), (1, 3)))
    assert km(neighbours) == [[1, 3], [2, 3]]
    assert neighbours.on_road is None
    assert km(itself) == [[1, 3], [1, 3]]  # two corners, as a line needs


def test_a_place_behind_on_a_one_way_loop_is_driven_to_all_the_way_round() -> None:
    roads = on_paper(SQUARE, [(a, b, 1.0, CLOSED) for a, b in ROUND])
    (route,) = RoadRouter(roads).routes(places((0.5, 0)), places((0.25, 0)))
    assert km(route) == [[0.5, 0], [1, 0], [1, 1], [0, 1], [0, 0], [0.25, 0]]


def test_of_parallel_roads_the_quicker_is_drawn_each_way() -> None:
    hills = [shapely.LineString([(0, 0), (500, height), (1000, 0)]) for height in (100, 200)]
    roads = on_paper(
        {"a": (0, 0), "b": (1, 0), "c": (-1, 0), "d": (2, 0)},
        [("a", "b", 1.0, 9.0), ("a", "b", 2.0, 3.0), ("c", "a", 1.0, 1.0), ("b", "d", 1.0, 1.0)],
        lines=np.array(
            [*hills, shapely.LineString([(-1000, 0), (0, 0)]), shapely.LineString([(1000, 0), (2000, 0)])]
        ),
    )
    there, back = RoadRouter(roads).routes(places((-1, 0), (2, 0)), places((2, 0), (-1, 0)))
    assert [0.5, 0.1] in km(there)
    assert [0.5, 0.2] in km(back)


def test_a_ring_is_driven_the_way_that_is_open() -> None:
    ring = shapely.LineString([(0, 0), (1000, 1000), (2000, 0), (0, 0)])
    lines = np.array([shapely.LineString([(-1000, 0), (0, 0)]), ring])
    for there, back, corners in [(8.0, CLOSED, [[1, 1]]), (CLOSED, 8.0, [[2, 0]]), (8.0, 8.0, [[1, 1]])]:
        edges = [("b", "a", 1.0, 1.0), ("a", "a", there, back)]
        roads = on_paper({"a": (0, 0), "b": (-1, 0)}, edges, lines=lines)
        (route,) = RoadRouter(roads).routes(places((-1, 0)), places((1.2, 0.8)))
        assert km(route) == [[-1, 0], [0, 0], *corners, [1.2, 0.8]]


def test_where_there_is_no_way_there_is_no_line() -> None:
    roads = on_paper({"a": (0, 0), "b": (1, 0)}, [("a", "b", 1.0, CLOSED)])
    there, back = RoadRouter(roads).routes(places((0, 0), (1, 0)), places((1, 0), (0, 0)))
    assert (len(there.line), len(back.line)) == (2, 0)


def test_pairs_need_as_many_origins_as_destinations() -> None:
    roads = on_paper({"a": (0, 0), "b": (1, 0)}, [("a", "b", 1.0, 1.0)])
    with pytest.raises(LabelError, match="routes: 1 origins, but 2 destinations"):
        RoadRouter(roads).routes(places((0, 0)), places((1, 0), (0, 0)))
    assert RoadRouter(roads).routes(Places((), np.empty((0, 2))), Places((), np.empty((0, 2)))) == ()


# The same ways


SHARES = st.lists(st.tuples(st.integers(0, 100), st.floats(0, 1)), min_size=3, max_size=3)


@settings(max_examples=80, deadline=None)
@given(networks(one_way=True), SHARES, st.floats(0, 300))
def test_routes_take_the_minutes_and_kilometres_that_are_counted(
    roads: RoadNetwork, where: list[tuple[int, float]], metres_off: float
) -> None:
    on_road = on_the_road(roads, where)
    ends = Places(on_road.ids, on_road.points_metres + np.array([metres_off, 0.0]))
    router = RoadRouter(roads, speed_factor=0.8, fixed_minutes_per_trip=2.0)
    minutes, kilometres = minutes_and_kilometres(router, ends)
    np.testing.assert_allclose(minutes, router.times(ends, ends).minutes, atol=6e-4)
    np.testing.assert_allclose(kilometres, router.kilometres(ends, ends), atol=1e-9)


@settings(max_examples=80, deadline=None)
@given(networks(one_way=True), SHARES)
def test_a_line_is_unbroken_and_as_long_as_its_roads(
    roads: RoadNetwork, where: list[tuple[int, float]]
) -> None:
    """Here edges are as long as their lines."""
    origins, destinations = every_pair(on_the_road(roads, where))
    for route, a, b in zip(
        RoadRouter(roads).routes(origins, destinations),
        origins.points_metres,
        destinations.points_metres,
        strict=True,
    ):
        if route.on_road is None:
            continue
        np.testing.assert_allclose(route.line[[0, -1]], [a, b], atol=1e-6)
        length = shapely.LineString(route.line).length / 1000
        assert length == pytest.approx(
            route.on_road.kilometres(roads), abs=1e-5
        )  # corners a mm apart are one


@pytest.fixture(scope="module")
def dalarna() -> tuple[RoadRouter, Places]:
    scenario = load("base")
    dataset = load_dataset(scenario.dataset, relative_to=scenario.folder)
    ids, points = all_sites(dataset)
    some = slice(None, None, 4)
    return car_router(road_network(dataset), scenario.travel), Places(tuple(ids[some]), points[some])


def test_in_dalarna_routes_take_the_minutes_and_kilometres_that_are_counted(
    dalarna: tuple[RoadRouter, Places],
) -> None:
    router, sites = dalarna
    minutes, kilometres = minutes_and_kilometres(router, sites)
    np.testing.assert_allclose(minutes, router.times(sites, sites).minutes, atol=6e-4)
    np.testing.assert_allclose(kilometres, router.kilometres(sites, sites), atol=1e-9)


def test_searching_for_one_destination_at_a_time_draws_the_same_routes(
    dalarna: tuple[RoadRouter, Places], monkeypatch: pytest.MonkeyPatch
) -> None:
    router, sites = dalarna
    pairs = sites, Places(sites.ids[::-1], sites.points_metres[::-1])
    together = router.routes(*pairs)
    monkeypatch.setattr(by_road_router, "MOST_LABELS", 1)
    for one, other in zip(router.routes(*pairs), together, strict=True):
        np.testing.assert_array_equal(one.line, other.line)


def test_in_dalarna_one_stretch_begins_where_the_one_before_ends(dalarna: tuple[RoadRouter, Places]) -> None:
    """Stretches meet at nodes, so no leg of a line leaps from road to road."""
    router, sites = dalarna
    for route in router.routes(*every_pair(sites)):
        if route.on_road is None:
            continue
        courses = [
            shapely.line_interpolate_point(router.roads.lines[route.on_road.edge], share, normalized=True)
            for share in (route.on_road.begin, route.on_road.end)
        ]
        starts, ends = (shapely.get_coordinates(each) for each in courses)
        assert all(np.hypot(*(end - start)) < 1 for end, start in pairwise_of(ends, starts))


def pairwise_of(ends: np.ndarray, starts: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(ends[k], starts[after]) for k, after in pairwise(range(len(ends)))]


# The nearest of several places


@settings(max_examples=80, deadline=None)
@given(networks(one_way=True), SHARES, st.floats(0, 2000))
def test_the_nearest_place_is_as_near_as_the_least_of_all_times(
    roads: RoadNetwork, where: list[tuple[int, float]], metres_off: float
) -> None:
    goals = on_the_road(roads, where)
    goals = Places(goals.ids, goals.points_metres + np.array([0.0, metres_off / 7]))
    grid = 1000 * np.array([(x, y) for x in np.linspace(-1.5, 1.5, 5) for y in np.linspace(-1.5, 1.5, 5)])
    points = np.concatenate([grid, goals.points_metres, on_the_road(roads, where).points_metres])
    router = RoadRouter(roads, speed_factor=0.7, fixed_minutes_per_trip=1.0)
    times = router.times(Places(tuple(map(str, range(len(points)))), points), goals).minutes
    first = Places(goals.ids[:1], goals.points_metres[:1])
    nearest, to_first = router.nearest_minutes(points, goals, first)
    np.testing.assert_allclose(nearest, times.min(axis=1), atol=1.1e-3)
    np.testing.assert_allclose(to_first, times[:, 0], atol=1.1e-3)


def test_nowhere_is_never_reached_and_far_points_are_only_far() -> None:
    roads = on_paper({"a": (0, 0), "b": (1, 0)}, [("a", "b", 1.0, 1.0)])
    points = np.array([[0.0, 0.0], [-900_000.0, 0.0]])
    to_a, nowhere = RoadRouter(roads).nearest_minutes(points, places((0, 0)), Places((), np.empty((0, 2))))
    assert to_a.tolist() == [0.0, pytest.approx(900 * 1.3 / 45 * 60)]
    assert nowhere.tolist() == [np.inf, np.inf]
