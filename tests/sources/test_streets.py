"""Who may use a street, and how long it takes by car, by bicycle and on foot."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from pydantic import ValidationError
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from small_maps import degrees, helsinki, write_map

from siting.errors import DatasetError
from siting.sources.osm.street_rules import StreetRule, is_street, street_rule
from siting.sources.osm.street_settings import StreetSettings
from siting.sources.osm.streets import Streets, read_streets
from siting.sources.osm.tag_values import speed_limit

PLAIN = StreetSettings(car_share_of_limit=dict.fromkeys(StreetSettings().car_share_of_limit, 1.0))
"""Cars drive as fast as they may, so that minutes can be worked out in the head."""
CALM = PLAIN.model_copy(update={"junction_seconds": {}})
"""And lose no time at junctions."""


def rule(tags: str, settings: StreetSettings = PLAIN) -> StreetRule:
    """The rule for tags written key=value, separated by commas."""
    return street_rule(dict(each.strip().split("=") for each in tags.split(",")), settings)


@pytest.mark.parametrize(
    ("tags", "car", "bicycle", "walk"),
    [
        ("highway=residential", "both", "both", True),
        ("highway=residential, access=no", "none", "none", False),
        ("highway=residential, access=private", "none", "none", False),
        ("highway=residential, access=no, foot=yes", "none", "none", True),
        ("highway=unclassified, motor_vehicle=no", "none", "both", True),
        ("highway=track, motor_vehicle=forestry", "none", "both", True),
        ("highway=track, motor_vehicle=agricultural;forestry", "none", "both", True),
        ("highway=track, motor_vehicle=forestry; destination", "both", "both", True),
        ("highway=track, motor_vehicle=no, motorcar=yes", "both", "both", True),
        ("highway=service, service=parking_aisle", "both", "both", True),
        ("highway=service, service=driveway", "both", "both", True),
        ("highway=service, service=emergency_access", "none", "both", True),
        ("highway=motorway", "ahead", "none", False),
        ("highway=motorway, oneway=no", "both", "none", False),
        ("highway=trunk, motorroad=yes", "both", "none", False),
        ("highway=trunk", "both", "both", True),
        ("highway=primary, bicycle=no, foot=no", "both", "none", False),
        ("highway=primary, bicycle=use_sidepath", "both", "none", True),
        ("highway=residential, oneway=yes", "ahead", "ahead", True),
        ("highway=residential, oneway=-1", "back", "back", True),
        ("highway=residential, oneway=yes, oneway:bicycle=no", "ahead", "both", True),
        ("highway=residential, oneway=yes, cycleway:left=opposite_lane", "ahead", "both", True),
        ("highway=tertiary, junction=roundabout", "ahead", "ahead", True),
        ("highway=cycleway", "none", "both", True),
        ("highway=cycleway, oneway=yes", "none", "ahead", True),
        ("highway=cycleway, foot=no", "none", "both", False),
        ("highway=footway", "none", "both", True),
        ("highway=footway, bicycle=no", "none", "none", True),
        ("highway=footway, oneway=yes, bicycle=yes", "none", "ahead", True),
        ("highway=pedestrian, motor_vehicle=destination", "both", "both", True),
        ("highway=pedestrian, area=yes", "none", "both", True),
        ("highway=steps", "none", "none", True),
        ("highway=bridleway", "none", "none", True),
        ("highway=path", "none", "both", True),
        ("route=ferry", "none", "both", True),
        ("route=ferry, motor_vehicle=yes, foot=no", "both", "both", False),
        ("route=ferry, vehicle=yes", "both", "both", True),
        ("route=ferry, ferry=secondary", "both", "both", True),
        ("route=ferry, ferry=secondary, motor_vehicle=no", "none", "both", True),
    ],
)
def test_tags_say_who_may_go_which_way(tags: str, car: str, bicycle: str, walk: bool) -> None:
    words = {(True, True): "both", (True, False): "ahead", (False, True): "back", (False, False): "none"}
    found = rule(tags)
    assert words[found.car_km_per_hour[0] > 0, found.car_km_per_hour[1] > 0] == car
    assert words[found.bicycle_km_per_hour[0] > 0, found.bicycle_km_per_hour[1] > 0] == bicycle
    assert (found.walk_km_per_hour > 0) == walk


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "construction"},
        {"highway": "proposed"},
        {"highway": "corridor"},
        {"highway": "residential", "area": "yes"},
        {"highway": "footway", "indoor": "yes"},
        {"highway": "service", "access": "private"},
        {"route": "bus"},
        {"route": "road"},
        {"highway": "unclassified", "ice_road": "yes"},
        {"highway": "track", "winter_road": "yes"},
        {"highway": "path", "seasonal": "winter"},
        {"building": "yes"},
    ],
)
def test_what_nobody_may_use_is_no_street(tags: dict[str, str]) -> None:
    assert not is_street(tags)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("50", 50.0),
        ("50 km/h", 50.0),
        ("30 mph", 48.28),
        ("SE:urban", 50.0),
        ("FI:rural", 70.0),
        ("SE:30", 30.0),
        ("SE:zone30", 30.0),
        ("walk", 7.0),
        ("40;60", 48.0),
        ("70|none", 70.0),
        ("none", None),
        ("signals", None),
        ("0", None),
        ("9999", None),
        ("fast", None),
        ("", None),
    ],
)
def test_speed_limits_are_read_as_they_are_written(text: str, limit: float | None) -> None:
    found = speed_limit(text, StreetSettings().zone_km_per_hour)
    assert found == (None if limit is None else pytest.approx(limit, abs=0.01))


@pytest.mark.parametrize(
    ("tags", "speed"),
    [
        ("highway=secondary, maxspeed=80", (80, 80)),
        ("highway=secondary", (70, 70)),
        ("highway=secondary, maxspeed=nonsense", (70, 70)),
        ("highway=secondary, source:maxspeed=SE:urban", (50, 50)),
        ("highway=secondary, maxspeed=70, maxspeed:backward=50", (70, 50)),
        ("highway=tertiary, maxspeed=70, surface=gravel", (60, 60)),
        ("highway=service, maxspeed=50", (20, 20)),
        ("highway=service, maxspeed=10", (10, 10)),
        ("highway=cycleway, motor_vehicle=yes", (10, 10)),
    ],
)
def test_cars_keep_the_limit_or_the_default_of_the_class(tags: str, speed: tuple[float, float]) -> None:
    assert rule(tags).car_km_per_hour == speed


def test_bicycles_are_ridden_pushed_or_left() -> None:
    speeds = {
        tags: rule(tags).bicycle_km_per_hour[0]
        for tags in ("highway=tertiary", "highway=path", "highway=footway", "highway=footway, bicycle=yes")
    }
    assert list(speeds.values()) == [15, 10, 5, 10]


def test_no_place_joins_a_motorway_a_ferry_or_a_tunnel() -> None:
    not_joined = (
        "highway=motorway",
        "highway=motorway_link",
        "highway=trunk_link",
        "highway=trunk, motorroad=yes",
        "highway=primary, tunnel=yes",
        "route=ferry",
    )
    assert not any(rule(tags).may_join for tags in not_joined)
    assert rule("highway=trunk").may_join
    assert rule("highway=residential, tunnel=building_passage").may_join


def streets_of(folder: Path, settings: StreetSettings, **drawn: object) -> Streets:
    return read_streets(write_map(folder / "map.osm.pbf", **drawn), settings=settings)  # type: ignore[arg-type]


def one_kilometre(folder: Path, tags: dict[str, str], settings: StreetSettings = CALM) -> pd.Series:
    """The only edge of a map with one street of 1 km."""
    streets = streets_of(folder, settings, nodes={1: (0, 0), 2: (0, 1000)}, ways={1: ([1, 2], tags)})
    assert len(streets.edges) == 1
    return streets.edges.iloc[0]


def test_a_kilometre_at_60_takes_a_minute_by_car_four_by_bicycle_and_twelve_on_foot(tmp_path: Path) -> None:
    edge = one_kilometre(tmp_path, {"highway": "tertiary", "maxspeed": "60", "ref": "W 850"})
    assert edge["length_km"] == pytest.approx(1.0, abs=1e-4)
    minutes = ["minutes", "minutes_back", "bicycle_minutes", "bicycle_minutes_back", "walk_minutes"]
    assert edge[minutes].tolist() == pytest.approx([1, 1, 4, 4, 12], rel=1e-4)
    assert edge[["road", "class", "length_quality", "may_join"]].tolist() == [
        "W 850",
        "tertiary",
        "published",
        1,
    ]
    assert shapely.from_wkb(edge["line_wkb"]).coords[0] == pytest.approx(degrees(0, 0))


def test_a_closed_direction_is_empty(tmp_path: Path) -> None:
    edge = one_kilometre(tmp_path, {"highway": "residential", "oneway": "-1"})
    assert math.isnan(edge["minutes"])
    assert edge["minutes_back"] > 0


def test_winter_slows_cars_and_bicycles_not_walkers(tmp_path: Path) -> None:
    winter = CALM.model_copy(update={"winter_factor": 1.2})
    edge = one_kilometre(tmp_path, {"highway": "tertiary", "maxspeed": "60"}, winter)
    assert edge[["minutes", "bicycle_minutes", "walk_minutes"]].tolist() == pytest.approx(
        [1.2, 4.8, 12], rel=1e-4
    )


def test_signals_and_signs_cost_seconds_where_they_are_met(tmp_path: Path) -> None:
    """Signals at the end count on arrival; a sign that faces back only on the way back."""
    streets = streets_of(
        tmp_path,
        CALM,
        nodes={1: (0, 0), 2: (0, 500), 3: (0, 1000)},
        ways={1: ([1, 2, 3], {"highway": "tertiary", "maxspeed": "60"})},
        node_tags={3: {"highway": "traffic_signals"}, 2: {"highway": "give_way", "direction": "backward"}},
    )
    edge = streets.edges.iloc[0]
    assert edge["minutes"] == pytest.approx(1 + 12 / 60, rel=1e-4)
    assert edge["minutes_back"] == pytest.approx(1 + 4 / 60, rel=1e-4)


def avenue(folder: Path, at: dict[int, str], signals: list[int], **settings: float) -> pd.DataFrame:
    """Two kilometres at 60 km/h; streets of a class meet it at some metres; signals where both numbers are.

    A side street lies north of the node of its metres, which is the number of this node; edges by their ends.
    """
    nodes = {0: (0, 0), 2000: (2000, 0)} | {n: (n, 0) for n in {*at, *signals}}
    nodes |= {10_000 + n: (n, 300) for n in at}
    main = {"highway": "tertiary", "maxspeed": "60"}
    ways = {1: (sorted(n for n in nodes if n <= 2000), main)}
    ways |= {n: ([10_000 + n, n], {"highway": kind}) for n, kind in at.items()}
    streets = streets_of(
        folder,
        CALM.model_copy(update=settings),
        nodes=nodes,
        ways=ways,
        node_tags={n: {"highway": "traffic_signals"} for n in signals},
    )
    return streets.edges.set_index(["from_node", "to_node"])


def delays(edges: pd.DataFrame) -> tuple[float, float]:
    """Signals waited at, east and back, along the whole of an avenue."""
    along = edges[[max(map(int, pair)) <= 2000 for pair in edges.index]]
    east, back = along["minutes"].sum(), along["minutes_back"].sum()
    return round((east - 2) * 5, 2), round((back - 2) * 5, 2)


TWO = {1000: "tertiary", 1030: "tertiary"}
"""The two carriageways of a street that is crossed."""


@pytest.mark.parametrize(
    ("at", "signals", "n_delays"),
    [
        (TWO, [1000, 1030], (1, 1)),
        ({**TWO, 1060: "tertiary"}, [1000, 1030, 1060], (1, 1)),
        ({1000: "tertiary", 1080: "tertiary"}, [1000, 1080], (2, 2)),
        ({**TWO, 1010: "footway", 1020: "footway"}, [1000, 1030], (1, 1)),  # people cross in between
        ({**TWO, 1015: "tertiary"}, [1000, 1030], (2, 2)),  # whence one meets one of the two alone
        (TWO, [990, 1030], (2, 2)),  # signals that those who turn in do not pass
    ],
)
def test_signals_of_one_crossing_cost_their_seconds_once(
    tmp_path: Path, at: dict[int, str], signals: list[int], n_delays: tuple[int, int]
) -> None:
    assert delays(avenue(tmp_path, at, signals)) == n_delays


def test_how_near_signals_are_one_crossing_can_be_changed(tmp_path: Path) -> None:
    assert delays(avenue(tmp_path, TWO, [1000, 1030], one_crossing_metres=20)) == (2, 2)


def test_who_comes_from_a_side_street_waits_at_its_signals_once(tmp_path: Path) -> None:
    edges = avenue(tmp_path, TWO, [1000, 1030])
    assert edges.loc[("11000", "1000"), "minutes"] > 12 / 60
    assert edges.loc[("1000", "1030"), "minutes"] == pytest.approx(0.03, rel=1e-2)


def crossing(folder: Path, side: dict[str, str]) -> pd.DataFrame:
    """Two kilometres of a tertiary road with a side street in the middle: edges by their ends."""
    streets = streets_of(
        folder,
        PLAIN,
        nodes={1: (0, 0), 2: (0, 1000), 3: (0, 2000), 4: (1000, 1000)},
        ways={1: ([1, 2, 3], {"highway": "tertiary", "maxspeed": "60"}), 2: ([4, 2], side)},
    )
    return streets.edges.set_index(["from_node", "to_node"])


def test_a_junction_costs_seconds_by_the_class_of_the_street_one_comes_from(tmp_path: Path) -> None:
    edges = crossing(tmp_path, {"highway": "residential", "maxspeed": "60"})
    assert edges.loc[("1", "2"), "minutes"] == pytest.approx(1 + 3 / 60, rel=1e-3)
    assert edges.loc[("1", "2"), "minutes_back"] == pytest.approx(1, rel=1e-3)
    assert edges.loc[("4", "2"), "minutes"] == pytest.approx(1 + 4 / 60, rel=1e-3)


def test_the_mouth_of_a_driveway_delays_those_who_come_out_only(tmp_path: Path) -> None:
    edges = crossing(tmp_path, {"highway": "service"})
    assert edges.loc[("1", "2"), "minutes"] == pytest.approx(1, rel=1e-3)
    assert edges.loc[("4", "2"), "minutes"] == pytest.approx(3 + 4 / 60, rel=1e-3)


def test_a_footway_makes_no_junction_for_cars(tmp_path: Path) -> None:
    edges = crossing(tmp_path, {"highway": "footway"})
    assert edges.loc[("1", "2"), "minutes"] == pytest.approx(1, rel=1e-3)


def ferry(folder: Path, tags: dict[str, str]) -> pd.DataFrame:
    """A strait of 3 km with a quay in the middle where nobody lands, between two roads."""
    streets = streets_of(
        folder,
        CALM,
        nodes={1: (0, -500), 2: (0, 0), 3: (0, 1000), 4: (0, 3000), 5: (0, 3500), 6: (1000, 1000)},
        ways={
            1: ([1, 2], {"highway": "tertiary"}),
            2: ([2, 3, 4], {"route": "ferry", **tags}),
            3: ([4, 5], {"highway": "tertiary"}),
            4: ([3, 6], {"route": "ferry"}),
        },
    )
    return streets.edges.set_index(["from_node", "to_node"])


def test_a_ferry_takes_its_duration_and_one_wait_where_one_boards(tmp_path: Path) -> None:
    edges = ferry(tmp_path, {"duration": "00:12", "motor_vehicle": "yes"})
    over = edges.loc[("2", "3")], edges.loc[("3", "4")]
    assert over[0]["minutes"] == pytest.approx(10 + 4, rel=1e-3)
    assert over[1]["minutes"] == pytest.approx(8, rel=1e-3)
    assert over[1]["minutes_back"] == pytest.approx(10 + 8, rel=1e-3)
    assert over[0]["bicycle_minutes"] == over[0]["walk_minutes"] == over[0]["minutes"]
    assert over[0]["class"] == "ferry"
    assert over[0]["may_join"] == 0


def test_a_ferry_without_duration_sails_at_its_own_speed_and_cars_need_to_be_let_on(tmp_path: Path) -> None:
    edges = ferry(tmp_path, {})
    assert math.isnan(edges.loc[("2", "3"), "minutes"])
    assert edges.loc[("2", "3"), "walk_minutes"] == pytest.approx(10 + 1 / 15 * 60, rel=1e-3)


@pytest.mark.parametrize("barrier", ["bollard", "bus_trap"])
def test_a_bollard_stops_cars_and_nobody_else(tmp_path: Path, barrier: str) -> None:
    streets = streets_of(
        tmp_path,
        CALM,
        nodes={number: (0, 100 * number) for number in (1, 2, 3, 4)},
        ways={1: ([1, 2, 3, 4], {"highway": "residential"})},
        node_tags={3: {"barrier": barrier}},
    )
    edges = streets.edges.set_index(["from_node", "to_node"])
    assert edges["minutes"].isna().to_dict() == {("1", "2"): False, ("2", "3"): True, ("3", "4"): False}
    assert edges["bicycle_minutes"].notna().all()


def test_notes_say_how_much_hangs_together(tmp_path: Path) -> None:
    streets = streets_of(
        tmp_path,
        CALM,
        nodes={1: (0, 0), 2: (0, 9000), 3: (0, 10_000), 4: (5000, 0), 5: (5000, 2000)},
        ways={
            1: ([1, 2], {"highway": "tertiary"}),
            2: ([2, 3], {"highway": "tertiary", "oneway": "yes"}),
            3: ([4, 5], {"highway": "footway", "bicycle": "no"}),
        },
    )
    assert streets.notes == (
        "car: 9 of 10 km of streets hang together, both ways; others are apart",
        "bicycle: 9 of 10 km of streets hang together, both ways; others are apart",
        "walk: 10 of 12 km of streets hang together, both ways; others are apart",
    )


def test_settings_keep_the_defaults_of_classes_that_are_not_named() -> None:
    settings = StreetSettings(car_km_per_hour={"track": 30})
    assert settings.car_km_per_hour["track"] == 30
    assert settings.car_km_per_hour["primary"] == StreetSettings().car_km_per_hour["primary"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"car_km_per_hour": {"motorwy": 90}},
        {"winter_factor": 0},
        {"walk_kmh": 4},
        {"walk_km_per_hour": "fast"},
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        StreetSettings.model_validate(wrong)


@pytest.fixture(scope="module")
def central_helsinki() -> Streets:
    return read_streets(helsinki(), settings=StreetSettings())


def arcs(streets: Streets, ahead: str, back: str) -> csr_array:
    """Minutes from node to node, the quickest of parallel streets."""
    number = pd.Series(range(len(streets.nodes)), index=streets.nodes["node_id"])
    tail, head = (number[streets.edges[end]].to_numpy() for end in ("from_node", "to_node"))
    both = pd.DataFrame(
        {
            "tail": np.concatenate([tail, head]),
            "head": np.concatenate([head, tail]),
            "minutes": pd.concat([streets.edges[ahead], streets.edges[back]]).to_numpy(),
        }
    ).dropna()
    best = both[both["tail"] != both["head"]].groupby(["tail", "head"])["minutes"].min().reset_index()
    shape = (len(number), len(number))
    return csr_array((best["minutes"], (best["tail"], best["head"])), shape=shape)


def test_central_helsinki_hangs_together_both_ways(central_helsinki: Streets) -> None:
    """It is cut out of the city, so one-way streets at its border lead nowhere."""
    edges = central_helsinki.edges
    for ahead, back, share in (
        ("minutes", "minutes_back", 0.8),
        ("bicycle_minutes", "bicycle_minutes_back", 0.8),
        ("walk_minutes", "walk_minutes", 0.97),
    ):
        _, part = connected_components(arcs(central_helsinki, ahead, back), connection="strong")
        open_edges = edges[edges[ahead].notna() | edges[back].notna()]
        of_node = pd.Series(part, index=central_helsinki.nodes["node_id"])
        joined = of_node[open_edges["from_node"]].to_numpy() == np.bincount(part).argmax()
        assert (open_edges["length_km"] * joined).sum() / open_edges["length_km"].sum() > share


def test_along_the_esplanade_the_minutes_are_those_worked_out_by_hand(central_helsinki: Streets) -> None:
    """Pohjoisesplanadi west of Unioninkatu: 331 m one-way at 30 x 0.95 km/h, two signals, three junctions."""
    number = pd.Series(range(len(central_helsinki.nodes)), index=central_helsinki.nodes["node_id"])
    east, west = number["264007894"], number["25345666"]
    by_car = dijkstra(arcs(central_helsinki, "minutes", "minutes_back"), indices=[east, west])
    assert by_car[0, west] == pytest.approx(0.331 / (30 * 0.95) * 60 + (2 * 12 + 3 * 1) / 60, abs=0.005)
    assert by_car[1, east] > by_car[0, west] + 0.5  # back, one drives round the park
    on_foot = dijkstra(arcs(central_helsinki, "walk_minutes", "walk_minutes"), indices=[east])
    assert on_foot[0, west] == pytest.approx(0.331 / 5 * 60, rel=0.05)


def test_central_helsinki_is_driven_at_the_pace_of_a_city(central_helsinki: Streets) -> None:
    edges = central_helsinki.edges.dropna(subset=["minutes"])
    pace = edges["length_km"].sum() / edges["minutes"].sum() * 60
    assert 10 < pace < 25
    assert (edges["length_km"] / edges["minutes"] * 60).max() < 55
    assert shapely.length(shapely.from_wkb(edges["line_wkb"])).min() > 0
    assert set(edges["from_node"]) | set(edges["to_node"]) <= set(central_helsinki.nodes["node_id"])


def test_a_clip_of_helsinki_holds_its_streets_only(central_helsinki: Streets) -> None:
    area = shapely.box(24.940, 60.166, 24.946, 60.170)
    part = read_streets(helsinki(), clip=area, settings=StreetSettings())
    lines = shapely.from_wkb(part.edges["line_wkb"])
    assert shapely.intersects(area, lines).all()
    whole = shapely.from_wkb(central_helsinki.edges["line_wkb"])
    assert len(part.edges) == shapely.intersects(area, whole).sum()


def test_a_graph_of_osmnx_goes_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "broken.graphml"
    path.write_text("<graphml", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"broken\.graphml: cannot be read as OSMnx's GraphML"):
        read_streets(path, settings=StreetSettings())
