"""Road networks: what each mode may use, where places join, and ways worked out by hand."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
import toy
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from siting.by_road import RoadRouter
from siting.by_road import router as by_road_router
from siting.dataset import Dataset, load_dataset, seal
from siting.errors import DatasetError
from siting.geo import nearest_on_lines, order_in_space
from siting.roads import RoadNetwork, from_osmnx, join, road_network
from siting.travel import Places

CLOSED = np.inf
Points = dict[str, tuple[float, float]]

SQUARE: Points = {"a": (0, 0), "b": (1, 0), "c": (1, 1), "d": (0, 1)}
ROUND = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")]


def places(*points_km: tuple[float, float]) -> Places:
    return Places(tuple(map(str, range(len(points_km)))), 1000 * np.array(points_km, dtype=float))


def on_paper(points: Points, edges: list[tuple[str, str, float, float]], **fields: object) -> RoadNetwork:
    """Straight edges (from, to, minutes there, minutes back) between points in km."""
    row = {name: k for k, name in enumerate(points)}
    lines = np.array([shapely.LineString(1000 * np.array([points[a], points[b]])) for a, b, *_ in edges])
    network: dict[str, object] = {
        "node_ids": tuple(points),
        "from_node": np.array([row[a] for a, *_ in edges]),
        "to_node": np.array([row[b] for _, b, *_ in edges]),
        "minutes": np.array([edge[2:] for edge in edges], dtype=float),
        "kilometres": shapely.length(lines) / 1000,
        "lines": lines,
        "may_join": np.ones(len(edges), dtype=bool),
    }
    return RoadNetwork(**{**network, **fields})  # type: ignore[arg-type]


def with_roads(data: Dataset, points: Points, edges: list[dict[str, object]], **columns: object) -> Dataset:
    """The toy with other roads, between points that lie columns and rows of its cells (1 km) apart."""

    def wkt(edge: dict[str, object]) -> str:
        ends = (toy.lon_lat(*points[str(edge[end])]) for end in ("from_node", "to_node"))
        return shapely.LineString(list(ends)).wkt

    table = pd.DataFrame(
        [{"road": "", "class": "local", "length_quality": "derived", "line_wkt": wkt(e), **e} for e in edges]
    ).assign(**columns)
    roads = {"road_nodes": pd.DataFrame({"node_id": list(points)}), "road_edges": table}
    return dataclasses.replace(data, tables={**data.tables, **roads})


def from_to(pairs: list[tuple[str, str]], minutes: float = 1.0) -> list[dict[str, object]]:
    return [{"from_node": a, "to_node": b, "minutes": minutes} for a, b in pairs]


@pytest.fixture
def toyland(toy_folder: Path) -> Dataset:
    return load_dataset(str(toy_folder / "data"))


# Ways by hand


def test_on_a_one_way_loop_a_place_behind_is_reached_by_going_round() -> None:
    roads = on_paper(SQUARE, [(a, b, 1.0, CLOSED) for a, b in ROUND])
    start, behind, ahead, across = (0.5, 0), (0.25, 0), (0.75, 0), (0.5, 1)
    trips = places(start), places(start, behind, ahead, across)
    # behind: 0.5 to b, three sides, 0.25 on the first side again
    np.testing.assert_allclose(RoadRouter(roads).times(*trips).minutes, [[0, 3.75, 0.25, 2]])
    np.testing.assert_allclose(RoadRouter(roads).kilometres(*trips), [[0, 3.75, 0.25, 2]])
    back = places(behind, ahead, across), places(start)
    np.testing.assert_allclose(RoadRouter(roads).times(*back).minutes, [[0.25], [3.75], [2]])


def test_another_way_round_may_be_quicker_than_the_edge_that_both_places_lie_on() -> None:
    bad_road = on_paper(SQUARE, [("a", "b", 60.0, 60.0), *((a, b, 1.0, 1.0) for a, b in ROUND[1:])])
    trips = places((0.01, 0)), places((0.99, 0))
    # 0.01 of 60 minutes at both ends and three sides of a minute: 1.2 + 3, not 0.98 x 60
    assert RoadRouter(bad_road).times(*trips).minutes[0, 0] == pytest.approx(4.2)
    assert RoadRouter(bad_road).kilometres(*trips)[0, 0] == pytest.approx(3.02)


def test_a_ring_that_ends_where_it_begins_is_left_and_entered_by_its_one_node() -> None:
    ring = shapely.LineString([(0, 0), (1000, 1000), (2000, 0), (0, 0)])
    roads = on_paper(
        {"a": (0, 0), "b": (-1, 0)},
        [("b", "a", 1.0, 1.0), ("a", "a", 8.0, CLOSED)],
        lines=np.array([shapely.LineString([(-1000, 0), (0, 0)]), ring]),
    )
    near, far = ring.interpolate(0.125, normalized=True), ring.interpolate(0.875, normalized=True)
    ends = Places(("near", "far"), np.array([near.coords[0], far.coords[0]]))
    home = places((-1, 0))
    np.testing.assert_allclose(RoadRouter(roads).times(home, ends).minutes, [[2, 8]])
    np.testing.assert_allclose(RoadRouter(roads).times(ends, home).minutes, [[8], [2]])


def test_a_place_at_the_end_of_a_closed_edge_goes_on_by_the_others() -> None:
    roads = on_paper({"a": (0, 0), "b": (1, 0), "c": (2, 0)}, [("a", "b", 1.0, CLOSED), ("b", "c", 1.0, 1.0)])
    assert RoadRouter(roads).times(places((1, 0)), places((2, 0))).minutes[0, 0] == 1
    assert RoadRouter(roads).times(places((2, 0)), places((0.5, 0))).minutes[0, 0] == CLOSED


# What a dataset says


def test_the_way_back_has_its_own_minutes_and_empty_means_closed(toyland: Dataset) -> None:
    edges = from_to(ROUND)
    edges[0] |= {"minutes": np.nan, "minutes_back": 3.0}
    edges[1] |= {"minutes": 2.0, "minutes_back": np.nan}
    edges[2] |= {"minutes": np.nan, "minutes_back": np.nan}
    edges[3] |= {"minutes": 4.0, "minutes_back": 5.0}
    roads = road_network(with_roads(toyland, SQUARE, edges, may_join=1))
    assert roads.minutes.tolist() == [[CLOSED, 3], [2, CLOSED], [4, 5]]  # c-d is closed, so no part of it
    assert [roads.node_ids[k] for k in roads.from_node] == ["a", "b", "d"]


def test_each_mode_has_its_own_roads_and_minutes(toyland: Dataset) -> None:
    edges = from_to(ROUND)
    edges[0] |= {"bicycle_minutes": 4.0, "walk_minutes": np.nan, "minutes": 1.0}  # a road without a footway
    edges[1] |= {"bicycle_minutes": 4.0, "walk_minutes": 12.0, "minutes": np.nan}  # a path
    edges[2] |= {"bicycle_minutes": np.nan, "walk_minutes": 12.0, "minutes": 1.0}
    edges[3] |= {"bicycle_minutes": 4.0, "walk_minutes": 12.0, "minutes": 1.0}
    back = [1.0, np.nan, 1.0, 1.0]
    data = with_roads(toyland, SQUARE, edges, minutes_back=back, bicycle_minutes_back=[5.0, 4.0, np.nan, 4.0])
    assert road_network(data).minutes.tolist() == [[1, 1]] * 3
    assert road_network(data, "bicycle").minutes.tolist() == [[4, 5], [4, 4], [4, 4]]
    assert road_network(data, "walk", speed_km_per_hour=99).minutes.tolist() == [[12, 12]] * 3


def test_without_minutes_of_its_own_a_mode_goes_at_its_speed_both_ways(toyland: Dataset) -> None:
    data = with_roads(toyland, SQUARE, from_to(ROUND), length_km=[1.0, 2.0, np.nan, 1.0])
    minutes = road_network(data, "bicycle", speed_km_per_hour=15).minutes
    np.testing.assert_allclose(minutes, np.repeat([[4.0], [8.0], [4.0], [4.0]], 2, axis=1), rtol=1e-3)
    with pytest.raises(DatasetError, match="no column walk_minutes"):
        road_network(data, "walk")


def test_lines_may_be_binary(toyland: Dataset) -> None:
    text = with_roads(toyland, SQUARE, from_to(ROUND))
    edges = text.table("road_edges")
    edges = edges.assign(line_wkb=shapely.to_wkb(shapely.from_wkt(edges["line_wkt"]))).drop(
        columns="line_wkt"
    )
    binary = dataclasses.replace(text, tables={**text.tables, "road_edges": edges})
    assert shapely.equals(road_network(binary).lines, road_network(text).lines).all()


def test_a_real_folder_with_one_way_streets_in_parquet_is_read(toy_folder: Path) -> None:
    folder = toy_folder / "data"
    yaml = YAML()
    manifest = yaml.load(folder / "dataset.yaml")
    table = manifest["tables"]["road_edges"]
    edges = pd.read_csv(folder / "road_edges.csv", dtype={"from_node": str, "to_node": str, "road": str})
    edges = edges.assign(
        line_wkb=shapely.to_wkb(shapely.from_wkt(edges.pop("line_wkt"))), minutes_back=edges["minutes"]
    )
    edges.loc[0, "minutes_back"] = np.nan
    edges.to_parquet(folder / "road_edges.parquet", index=False)
    del table["columns"]["line_wkt"]
    table["columns"]["line_wkb"] = {"type": "wkb", "meaning": "Line.", "quality": "derived"}
    table["columns"]["minutes_back"] = {
        **{"type": "number", "unit": "minutes", "optional": True, "minimum": 0},
        **{"meaning": "Minutes back.", "quality": "derived"},
    }
    table["file"] = "road_edges.parquet"
    with (folder / "dataset.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(manifest, file)
    seal(folder)
    minutes = road_network(load_dataset(str(folder))).minutes
    assert minutes[0].tolist() == [toy.MINUTES_PER_STEP, CLOSED]
    assert (minutes[1:] == toy.MINUTES_PER_STEP).all()


@pytest.mark.parametrize(
    ("column", "values", "problem"),
    [
        ("length_km", [1.0, -2.0, 1.0, 1.0], r"row 3: length_km '-2.0' is not a number >= 0"),
        ("length_km", ["1", "2", "far", "1"], r"row 4: length_km 'far' is not a number >= 0"),
        ("bicycle_minutes", [1.0, 1.0, 1.0, -1.0], r"row 5: bicycle_minutes '-1.0' is not a number >= 0"),
        ("bicycle_minutes", [np.nan] * 4, r"no edge that a place may join is open to bicycle"),
        ("may_join", [0, 0, 0, 0], r"no edge that a place may join is open to bicycle"),
        ("line_wkt", ["LINESTRING (15"] * 4, r"line_wkt holds what is not a line"),
        ("line_wkt", ["POINT (15 60)"] * 4, r"row 2: line_wkt 'POINT \(15 60\)' is not a LINESTRING"),
        (
            "line_wkt",
            ["LINESTRING (15 60, 15 61)"] * 2 + ["LINESTRING (15 60, 60 15)"] + ["LINESTRING (15 61, 15 60)"],
            r"row 4: line_wkt 'LINESTRING \(15 60, 60 15\)' has a corner far from the other roads",
        ),
        (
            "line_wkt",
            ["LINESTRING (NaN 60, 15 61)"] + ["LINESTRING (15 60, 15 61)"] * 3,
            r"row 2: line_wkt 'LINESTRING \(NaN 60, 15 61\)' is not a LINESTRING with a length",
        ),
        ("line_wkb", [b"rubbish"] * 4, r"line_wkb holds what is not a line"),
        ("line_wkb", [None] * 4, r"row 2: line_wkb 'None' is not a LINESTRING"),
    ],
)
def test_what_a_road_cannot_be_is_said_with_its_row(
    toyland: Dataset, column: str, values: list[object], problem: str
) -> None:
    data = with_roads(toyland, SQUARE, from_to(ROUND), **{column: values})
    with pytest.raises(DatasetError, match=problem):
        road_network(data, "bicycle", speed_km_per_hour=15)


def test_empty_minutes_need_minutes_back_beside_them(toyland: Dataset) -> None:
    data = with_roads(toyland, SQUARE, from_to(ROUND), minutes=[1.0, np.nan, 1.0, 1.0])
    with pytest.raises(DatasetError, match=r"row 3: minutes 'nan' is empty"):
        road_network(data)


# Where places join


def lattice(side: int) -> tuple[Points, list[tuple[str, str]]]:
    """A town of streets 100 m apart."""
    points = {f"{x}-{y}": (x / 10, y / 10) for x in range(side) for y in range(side)}
    pairs = [(f"{x}-{y}", f"{x + 1}-{y}") for x in range(side - 1) for y in range(side)]
    return points, pairs + [(f"{x}-{y}", f"{x}-{y + 1}") for x in range(side) for y in range(side - 1)]


def test_a_village_beside_a_motorway_joins_its_own_street(toyland: Dataset) -> None:
    points = {**SQUARE, "far west": (-9.0, 0.1), "far east": (9.0, 0.1)}
    edges = [*from_to(ROUND), {"from_node": "far west", "to_node": "far east", "minutes": 9.0, "may_join": 0}]
    data = with_roads(toyland, points, edges)
    data.table("road_edges")["may_join"] = [1, 1, 1, 1, 0]
    roads = road_network(data)
    house = np.array([toy.east_north(0.5, 0.09)])
    joined = join(house, roads)
    assert joined.edge.tolist() == [0]
    assert joined.distance_metres[0] == pytest.approx(90, abs=0.5)
    assert join(house, dataclasses.replace(roads, may_join=np.ones(5, dtype=bool))).edge.tolist() == [4]


def test_no_place_joins_a_yard_that_one_cannot_leave_or_a_street_that_one_cannot_enter(
    toyland: Dataset,
) -> None:
    points = {**SQUARE, "yard": (0.5, -0.5), "source": (0.5, 1.5)}
    edges = [*from_to([*ROUND, ("a", "yard"), ("source", "c")])]
    roads = road_network(with_roads(toyland, points, edges, minutes_back=[1.0] * 4 + [np.nan] * 2))
    assert roads.may_join.tolist() == [True] * 4 + [False] * 2
    assert roads.n_cut_off == 2
    beside = np.array([toy.east_north(0.5, -0.49), toy.east_north(0.5, 1.49)])
    assert join(beside, roads).edge.tolist() == [0, 2]


def test_a_whole_quarter_that_one_cannot_leave_is_a_trap_however_large(toyland: Dataset) -> None:
    quarter: Points = {"e": (2, 0), "f": (3, 0), "g": (3, 1)}
    edges = from_to([*ROUND, ("b", "e"), ("e", "f"), ("f", "g"), ("g", "e")])
    back = [1.0] * 4 + [np.nan] + [1.0] * 3
    roads = road_network(with_roads(toyland, {**SQUARE, **quarter}, edges, minutes_back=back))
    assert roads.may_join.tolist() == [True] * 4 + [False] * 4


@pytest.mark.parametrize(("islanders", "n_cut_off"), [(4, 3), (5, 0)])
def test_an_islet_under_a_fiftieth_of_the_nodes_is_left_out_an_island_is_not(
    toyland: Dataset, islanders: int, n_cut_off: int
) -> None:
    points, pairs = lattice(15)  # 225 nodes
    isle = [f"isle {k}" for k in range(islanders)]
    points |= {name: (3 + k / 10, 3) for k, name in enumerate(isle)}
    roads = road_network(with_roads(toyland, points, from_to([*pairs, *pairwise(isle)])))
    assert roads.n_cut_off == n_cut_off
    assert roads.may_join[len(pairs) :].tolist() == [n_cut_off == 0] * (islanders - 1)


def test_every_road_of_the_embedded_county_may_be_left_again() -> None:
    assert road_network(load_dataset("dalarna")).n_cut_off == 0


def test_a_nearest_line_is_the_same_by_a_tree_made_before() -> None:
    points = np.random.default_rng(1).uniform(0, 1000, (50, 2))
    lines = on_paper(SQUARE, [(a, b, 1, 1) for a, b in ROUND]).lines
    for one, other in zip(
        nearest_on_lines(points, lines), nearest_on_lines(points, shapely.STRtree(lines)), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_the_order_in_space_keeps_quarters_together_and_takes_no_points() -> None:
    x, y = np.meshgrid(np.arange(8.0), np.arange(8.0))
    order = order_in_space(np.column_stack([x.ravel(), y.ravel()]))
    quarter = (x.ravel() >= 4) + 2 * (y.ravel() >= 4)
    assert quarter[order].tolist() == [0] * 16 + [1] * 16 + [2] * 16 + [3] * 16
    assert order_in_space(np.empty((0, 2))).size == 0


# OSMnx


def osmnx_graph(edges: list[tuple[str, str, dict[str, object]]]) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph(crs="EPSG:3006")
    for name, (x, y) in SQUARE.items():
        graph.add_node(name, x=500_000 + 1000 * x, y=6_700_000 + 1000 * y)
    for start, end, tags in edges:
        graph.add_edge(start, end, **{"travel_time": 60.0, **tags})
    return graph


def test_the_two_directions_of_an_osmnx_street_are_one_road_which_places_leave_either_way() -> None:
    there_and_back = [("a", "b", {}), ("b", "a", {"travel_time": 120.0})]
    roads = from_osmnx(osmnx_graph([*there_and_back, *((a, b, {}) for a, b in ROUND[1:])]))
    assert roads.minutes.tolist() == [[1, 2], [1, CLOSED], [1, CLOSED], [1, CLOSED]]
    half_way = Places(("x",), np.array([[500_500.0, 6_700_000.0]]))
    a = Places(("a",), np.array([[500_000.0, 6_700_000.0]]))
    assert RoadRouter(roads).times(half_way, a).minutes[0, 0] == pytest.approx(1)


def test_a_two_way_ring_of_an_osmnx_graph_is_one_road() -> None:
    ring = shapely.LineString([(500_000, 6_700_000), (500_100, 6_700_100), (500_300, 6_700_000)])
    ring = shapely.LineString([*ring.coords, ring.coords[0]])
    edges = [("a", "a", {"geometry": ring}), ("a", "a", {"geometry": ring.reverse(), "travel_time": 90.0})]
    roads = from_osmnx(osmnx_graph([*edges, ("a", "b", {}), ("b", "a", {})]))
    assert roads.minutes.tolist() == [[1, 1.5], [1, 1]]


def test_no_place_joins_an_osmnx_motorway_tunnel_or_ferry() -> None:
    tags: list[dict[str, object]] = [
        {"highway": "motorway"},
        {"highway": ["primary", "trunk_link"]},
        {"highway": "primary", "tunnel": "yes"},
        {"highway": "residential"},
    ]
    edges = [(a, b, tag) for (a, b), tag in zip(ROUND, tags, strict=True)]
    assert from_osmnx(osmnx_graph(edges)).may_join.tolist() == [False, False, False, True]


# Properties


@st.composite
def networks(draw: st.DrawFn, *, one_way: bool) -> RoadNetwork:
    """A small town with random minutes; a cycle holds it together."""
    n = draw(st.integers(3, 7))
    angle = 2 * np.pi * np.arange(n) / n
    points = {str(k): (float(np.cos(a)), float(np.sin(a))) for k, a in enumerate(angle)}
    more = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=6))
    pairs = [(k, (k + 1) % n) for k in range(n)] + [(a, b) for a, b in more if a != b]
    edges = []
    for a, b in pairs:
        there = draw(st.floats(0, 9))
        back = draw(st.one_of(st.just(CLOSED), st.floats(0, 9))) if one_way else there
        edges.append((str(a), str(b), there, back))
    return on_paper(points, edges)


SHARES = st.lists(st.tuples(st.integers(0, 100), st.floats(0, 1)), min_size=3, max_size=3)


def on_the_road(roads: RoadNetwork, where: list[tuple[int, float]]) -> Places:
    edge = np.array([k % len(roads.lines) for k, _ in where])
    points = shapely.line_interpolate_point(roads.lines[edge], [share for _, share in where], normalized=True)
    return Places(("x", "y", "z"), shapely.get_coordinates(points))


@settings(max_examples=60, deadline=None)
@given(networks(one_way=False), SHARES)
def test_where_roads_take_the_same_both_ways_so_do_trips(
    roads: RoadNetwork, where: list[tuple[int, float]]
) -> None:
    ends = on_the_road(roads, where)
    minutes = RoadRouter(roads).times(ends, ends).minutes
    np.testing.assert_allclose(minutes, minutes.T, atol=2e-3)


@settings(max_examples=60, deadline=None)
@given(networks(one_way=True), SHARES)
def test_a_stop_on_the_way_never_makes_a_trip_quicker(
    roads: RoadNetwork, where: list[tuple[int, float]]
) -> None:
    ends = on_the_road(roads, where)
    minutes = RoadRouter(roads, access_speed_km_per_hour=1e-3).times(ends, ends).minutes
    assert minutes[0, 2] <= minutes[0, 1] + minutes[1, 2] + 0.02  # a place may lie a hair off its road


@settings(max_examples=60, deadline=None)
@given(networks(one_way=True))
def test_from_node_to_node_ways_are_those_of_networkx(roads: RoadNetwork) -> None:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(len(roads.node_ids)))
    ends = np.concatenate([roads.from_node, roads.to_node]), np.concatenate([roads.to_node, roads.from_node])
    for tail, head, minutes in zip(*ends, roads.minutes.T.ravel(), strict=True):
        if minutes < CLOSED:
            graph.add_edge(tail, head, minutes=minutes)
    known = np.full((len(roads.node_ids),) * 2, CLOSED)
    for tail, reached in nx.all_pairs_dijkstra_path_length(graph, weight="minutes"):
        known[tail, list(reached)] = list(reached.values())
    nodes = Places(roads.node_ids, roads.node_points())
    np.testing.assert_allclose(RoadRouter(roads).times(nodes, nodes).minutes, known, atol=2e-3)


@settings(max_examples=30, deadline=None)
@given(networks(one_way=True), st.randoms(use_true_random=False))
def test_the_order_of_nodes_and_edges_and_the_size_of_chunks_change_nothing(
    roads: RoadNetwork, random: object
) -> None:
    rng = np.random.default_rng(random.randrange(2**32))  # type: ignore[attr-defined]
    order, number = rng.permutation(len(roads.lines)), rng.permutation(len(roads.node_ids))
    names = np.empty(len(number), dtype=object)
    names[number] = roads.node_ids
    mixed = dataclasses.replace(
        roads,
        node_ids=tuple(names),
        from_node=number[roads.from_node][order],
        to_node=number[roads.to_node][order],
        **{name: getattr(roads, name)[order] for name in ("minutes", "kilometres", "lines", "may_join")},
    )
    nodes = Places(roads.node_ids, roads.node_points())
    expected = RoadRouter(roads).times(nodes, nodes).minutes
    np.testing.assert_allclose(RoadRouter(mixed).times(nodes, nodes).minutes, expected, atol=2e-3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(by_road_router, "MOST_LABELS", 1)
        np.testing.assert_array_equal(RoadRouter(roads).times(nodes, nodes).minutes, expected)
        one_by_one = RoadRouter(roads).kilometres(nodes, nodes)
    np.testing.assert_array_equal(RoadRouter(roads).kilometres(nodes, nodes), one_by_one)
