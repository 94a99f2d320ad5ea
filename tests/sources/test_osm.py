"""Reading extracts and OSMnx's graphs as street pieces, and places in them; with broken files."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmnx
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from small_maps import degrees, helsinki, write_map

from siting.errors import DatasetError, InputError
from siting.sources.osm.extract import read_pieces
from siting.sources.osm.graphml import read_graphml
from siting.sources.osm.pieces import DEGREES, Pieces, Ways, cut_at_junctions
from siting.sources.osm.premises import sites_from_osm

STREET = {"highway": "residential"}


def pairs(pieces: Pieces) -> set[frozenset[int]]:
    return {frozenset(each) for each in zip(pieces.from_node.tolist(), pieces.to_node.tolist(), strict=True)}


@pytest.fixture
def crossroads(tmp_path: Path) -> Path:
    r"""Two streets that cross at 3, one bent at 2; a footway leaves 5.

    ::

        1 - 2 - 3 - 4      7
                |          |
                5 - - - - -6
    """
    return write_map(
        tmp_path / "crossroads.osm.pbf",
        nodes={
            1: (0, 0),
            2: (300, 10),
            3: (600, 0),
            4: (1000, 0),
            5: (600, -400),
            6: (900, -400),
            7: (900, 0),
        },
        ways={10: ([1, 2, 3, 4], STREET), 11: ([3, 5], STREET), 12: ([5, 6, 7], {"highway": "footway"})},
    )


def test_streets_are_cut_where_they_meet_and_nowhere_else(crossroads: Path) -> None:
    pieces = read_pieces(crossroads)
    assert pairs(pieces) == {frozenset(each) for each in ((1, 3), (3, 4), (3, 5), (5, 7))}
    assert shapely.get_num_coordinates(pieces.lines).sum() == 3 + 2 + 2 + 3


def test_a_piece_is_as_long_as_its_line_on_the_ellipsoid(crossroads: Path) -> None:
    pieces = read_pieces(crossroads)
    geod = Geod(ellps="WGS84")
    np.testing.assert_allclose(pieces.metres, [geod.geometry_length(line) for line in pieces.lines])
    assert pieces.metres[pieces.to_node == 4] == pytest.approx(400, abs=0.02)


@pytest.mark.parametrize("ending", ["osm", "osm.gz", "osm.bz2", "osm.pbf"])
def test_every_format_gives_the_same_pieces(tmp_path: Path, ending: str) -> None:
    path = write_map(
        tmp_path / f"a.{ending}",
        nodes={1: (0, 0), 2: (100, 0)},
        ways={10: ([1, 2], {"highway": "path", "ref": "Å"})},
    )
    pieces = read_pieces(path)
    assert pairs(pieces) == {frozenset((1, 2))}
    assert pieces.tags[pieces.tags_of_piece[0]] == {"highway": "path", "ref": "Å"}


def test_ways_may_stand_before_their_nodes_as_overpass_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "overpass.osm"
    path.write_text(
        '<?xml version="1.0"?><osm version="0.6" generator="Overpass API"><note>ODbL</note>'
        '<meta osm_base="2026-01-01T00:00:00Z"/>'
        '<way id="1"><nd ref="7"/><nd ref="3"/><tag k="highway" v="service"/></way>'
        '<node id="7" lat="60" lon="15"/><node id="3" lat="60.01" lon="15"/></osm>',
        encoding="utf-8",
    )
    assert pairs(read_pieces(path)) == {frozenset((3, 7))}


def test_a_street_ends_where_the_extract_does(tmp_path: Path) -> None:
    path = write_map(
        tmp_path / "border.osm.pbf",
        nodes={1: (0, 0), 2: (100, 0), 4: (300, 0), 5: (400, 0)},
        ways={10: ([1, 2, 3, 4, 5], STREET), 11: ([8, 9], STREET)},
    )
    assert pairs(read_pieces(path)) == {frozenset((1, 2)), frozenset((4, 5))}


def test_a_ring_comes_back_to_its_only_junction(tmp_path: Path) -> None:
    path = write_map(
        tmp_path / "ring.osm.pbf",
        nodes={1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (200, 100), 5: (100, 100)},
        ways={10: ([1, 2], STREET), 11: ([2, 3, 4, 5, 2], STREET)},
    )
    assert pairs(read_pieces(path)) == {frozenset((1, 2)), frozenset((2,))}


def test_ways_alike_that_continue_each_other_are_one_street(tmp_path: Path) -> None:
    """Maps split ways where a bridge begins or a name changes, which no traveller notices."""
    path = write_map(
        tmp_path / "row.osm.pbf",
        nodes={number: (100 * number, 0) for number in range(1, 6)},
        ways={
            10: ([3, 4], {**STREET, "name": "B"}),
            11: ([1, 2, 3], {**STREET, "name": "A"}),
            12: ([4, 5], {"highway": "primary"}),
        },
    )
    assert pairs(read_pieces(path)) == {frozenset((1, 4)), frozenset((4, 5))}


def test_neighbouring_nodes_on_one_spot_are_one_node(tmp_path: Path) -> None:
    path = write_map(
        tmp_path / "twins.osm.pbf",
        nodes={1: (0, 0), 2: (100, 0), 3: (100, 0), 4: (200, 0), 5: (100, 90), 6: (100, -90)},
        ways={10: ([1, 2, 2, 3, 4], STREET), 11: ([5, 2], STREET), 12: ([3, 6], STREET)},
    )
    pieces = read_pieces(path)
    assert pairs(pieces) == {frozenset(each) for each in ((1, 2), (2, 4), (2, 5), (2, 6))}
    assert (pieces.metres > 0).all()


def test_a_bollard_closes_the_metres_before_it_to_cars(tmp_path: Path) -> None:
    path = write_map(
        tmp_path / "bollard.osm.pbf",
        nodes={number: (100 * number, 0) for number in range(1, 6)},
        ways={10: ([1, 2, 3, 4, 5], STREET)},
        node_tags={3: {"barrier": "bollard"}, 4: {"barrier": "gate"}},
    )
    pieces = read_pieces(path)
    assert pairs(pieces) == {frozenset(each) for each in ((1, 2), (2, 3), (3, 5))}
    assert pieces.stops_cars[pieces.to_node == 3].all()
    assert pieces.stops_cars.sum() == 1


def test_a_sign_counts_for_the_direction_that_it_faces(tmp_path: Path) -> None:
    path = write_map(
        tmp_path / "sign.osm.pbf",
        nodes={1: (0, 0), 2: (90, 0), 3: (100, 0)},
        ways={10: ([1, 2, 3], STREET)},
        node_tags={2: {"highway": "stop", "direction": "forward"}},
    )
    pieces = read_pieces(path)
    assert (pieces.control_ahead[0], pieces.control_back[0]) == (3, 0)


def test_a_clip_keeps_whole_the_pieces_that_touch_it(crossroads: Path) -> None:
    west = shapely.box(*degrees(-50, -50), *degrees(50, 50))
    pieces = read_pieces(crossroads, clip=west)
    assert pairs(pieces) == {frozenset((1, 3))}
    assert pieces.metres[0] > 600


@given(
    ways=st.lists(st.lists(st.integers(0, 11), min_size=2, max_size=7), min_size=1, max_size=8),
    kinds=st.lists(st.integers(0, 1), min_size=8, max_size=8),
)
@settings(max_examples=150, deadline=None)
def test_cutting_loses_no_metre_and_no_connection(ways: list[list[int]], kinds: list[int]) -> None:
    """Whatever the ways, pieces are as long together, hang together alike, and meet at their ends only."""
    place = np.array([(column * 1000, row * 1000) for column in range(4) for row in range(3)], dtype=np.int32)
    node = np.concatenate([np.array(way, dtype=np.int64) for way in ways])
    number = np.repeat(np.arange(len(ways), dtype=np.int32), [len(way) for way in ways])
    none = np.zeros(len(node), dtype=np.int8)
    drawn = Ways(
        tags=({"highway": "path"}, {"highway": "service"}),
        tags_of_way=np.array(kinds[: len(ways)], dtype=np.int32),
        way=number,
        node=node,
        lonlat_e7=place[node],
        is_known=np.ones(len(node), dtype=bool),
        control_ahead=none,
        control_back=none,
        stops_cars=none.astype(bool),
    )
    pieces = cut_at_junctions(drawn)
    steps = [(a, b) for way in ways for a, b in pairwise(way) if a != b]
    metres = [Geod(ellps="WGS84").inv(*(place[a] * DEGREES), *(place[b] * DEGREES))[2] for a, b in steps]
    assert pieces.metres.sum() == pytest.approx(sum(metres))
    assert _parts(np.array(steps).reshape(-1, 2), pieces) == _parts(
        np.column_stack([pieces.from_node, pieces.to_node]), pieces
    )
    inner = [point for line in pieces.lines for point in line.coords[1:-1]]
    assert len(set(inner)) == len(inner)
    ends = {point for line in pieces.lines for point in (line.coords[0], line.coords[-1])}
    assert not ends & set(inner)


def _parts(steps: np.ndarray, pieces: Pieces) -> set[frozenset[int]]:
    """The ends of pieces that hang together."""
    graph = csr_array((np.ones(len(steps)), (steps[:, 0], steps[:, 1])), shape=(12, 12))
    _, part = connected_components(graph, directed=False)
    ends = {*pieces.from_node.tolist(), *pieces.to_node.tolist()}
    return {frozenset(node for node in ends if part[node] == each) for each in set(part[list(ends)])}


BROKEN = {
    "text.osm.pbf": (b"Hello, I am a letter, not a map. " * 40, "cannot be read as .pbf"),
    "empty.osm.pbf": (b"", "cannot be read as .pbf"),
    "empty.osm": (b"", "cannot be read as .osm"),
    "page.osm": (b"<html><body>404</body></html>", "cannot be read as .osm"),
    "cut.osm": (b'<osm version="0.6"><node id="1" lat="60" lon="15"/>', "cannot be read as .osm"),
    "streets.zip": (b"PK", "is no OpenStreetMap extract by its name"),
    "nothing.osm": (b'<osm version="0.6"></osm>', "holds no streets"),
    "text.graphml": (b"Hello", "cannot be read as OSMnx's GraphML"),
    "empty.graphml": (b"", "cannot be read as OSMnx's GraphML"),
    "other.graphml": (
        b'<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed">'
        b'<node id="a"/><node id="b"/><edge source="a" target="b"/></graph></graphml>',
        "cannot be read as OSMnx's GraphML",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_one_sentence_with_its_name(tmp_path: Path, name: str) -> None:
    content, said = BROKEN[name]
    path = tmp_path / name
    path.write_bytes(content)
    read = read_graphml if name.endswith("graphml") else read_pieces
    with pytest.raises(DatasetError, match=said) as caught:
        read(path)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("read", [read_pieces, sites_from_osm])
def test_an_extract_that_was_cut_off_is_told(tmp_path: Path, read: object) -> None:
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(helsinki().read_bytes()[:300_000])
    with pytest.raises(DatasetError, match=r"cut\.osm\.pbf: cannot be read as \.pbf .* download it again"):
        read(path)  # type: ignore[operator]


@pytest.mark.parametrize("read", [read_pieces, read_graphml, sites_from_osm])
def test_a_missing_file_is_told(tmp_path: Path, read: object) -> None:
    ending = "graphml" if read is read_graphml else "osm.pbf"
    with pytest.raises(DatasetError, match="there is no such file"):
        read(tmp_path / f"none.{ending}")  # type: ignore[operator]


def test_an_extract_of_buildings_only_is_told(tmp_path: Path) -> None:
    path = write_map(
        tmp_path / "b.osm.pbf", nodes={1: (0, 0), 2: (9, 0)}, ways={1: ([1, 2], {"building": "yes"})}
    )
    with pytest.raises(DatasetError, match=r"b\.osm\.pbf: holds no streets"):
        read_pieces(path)


def test_an_empty_area_is_told(crossroads: Path) -> None:
    with pytest.raises(DatasetError, match=r"area .* is empty"):
        read_pieces(crossroads, clip=shapely.Polygon())


def test_what_was_deleted_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "changes.osm"
    street = '<nd ref="1"/><nd ref="2"/><tag k="highway" v="service"/>'
    path.write_text(
        '<osm version="0.6"><node id="1" lat="60" lon="15"/><node id="2" lat="60.01" lon="15"/>'
        f'<way id="1" version="1" visible="true">{street}</way>'
        f'<way id="2" version="2" visible="false">{street}</way></osm>',
        encoding="utf-8",
    )
    assert len(read_pieces(path).metres) == 1


def test_without_osmium_the_extra_is_named(crossroads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "osmium", None)
    with pytest.raises(InputError, match=r"needs osmium: install .* pip install -e '\.\[sources\]'"):
        read_pieces(crossroads)


def test_an_area_beside_the_extract_is_told_with_the_place_of_both(crossroads: Path) -> None:
    swapped = shapely.box(60.0, 15.0, 60.1, 15.1)
    expected = (
        r"none of its streets lies in the area .*: with its margin it lies in latitude 15\.00 to 15\.10, "
        r"longitude 60\.00 to 60\.10, the streets in latitude 60\.00 to 60\.00, longitude 15\.00 to 15\.02; "
    )
    with pytest.raises(DatasetError, match=expected):
        read_pieces(crossroads, clip=swapped)


@pytest.fixture
def one_way_square(tmp_path: Path) -> Path:
    """A square of two-way streets, one side one-way against its drawing, with signals and a bollard."""
    return write_map(
        tmp_path / "square.osm",
        nodes={1: (0, 0), 2: (300, 0), 3: (300, 300), 4: (0, 300), 5: (150, 40), 6: (-200, 0), 7: (500, 300)},
        ways={
            10: ([1, 5, 2], {"highway": "secondary", "maxspeed": "70"}),
            11: ([2, 3], {"highway": "residential", "oneway": "-1"}),
            12: ([3, 4], {"highway": "residential"}),
            13: ([4, 1], {"highway": "residential"}),
            14: ([6, 1], {"highway": "tertiary", "ref": "W 1"}),
            15: ([3, 7], {"highway": "footway"}),
        },
        node_tags={1: {"highway": "traffic_signals"}, 4: {"barrier": "bollard"}},
    )


@pytest.fixture
def square_of_osmnx(one_way_square: Path, tmp_path: Path) -> Path:
    graph = osmnx.graph_from_xml(one_way_square, retain_all=True, simplify=False)
    path = tmp_path / "square.graphml"
    osmnx.save_graphml(osmnx.simplify_graph(graph), path)
    return path


def test_osmnx_and_the_extract_tell_the_same_streets(one_way_square: Path, square_of_osmnx: Path) -> None:
    """OSMnx joins the two sides that meet at the bollard, which it does not know here."""
    ours, theirs = read_pieces(one_way_square), read_graphml(square_of_osmnx)
    common = {frozenset(each) for each in ((1, 2), (2, 3), (1, 6), (3, 7))}
    assert common <= pairs(ours)
    assert common <= pairs(theirs)
    assert theirs.metres.sum() == pytest.approx(ours.metres.sum(), rel=0.005)
    assert len(theirs.metres) == 5


def test_a_one_way_street_of_osmnx_leads_where_it_leads(square_of_osmnx: Path) -> None:
    pieces = read_graphml(square_of_osmnx)
    tags = {
        (a, b): pieces.tags[each]
        for a, b, each in zip(
            pieces.from_node.tolist(), pieces.to_node.tolist(), pieces.tags_of_piece, strict=True
        )
    }
    assert tags[3, 2]["oneway"] == "yes"
    assert {each["oneway"] for ends, each in tags.items() if ends != (3, 2)} == {"no"}
    for line, tail in zip(pieces.lines, pieces.from_node, strict=True):
        if tail == 3:
            assert line.coords[0] == pytest.approx(degrees(300, 300), abs=1e-6)


def test_a_bollard_that_osmnx_kept_stops_cars(one_way_square: Path, tmp_path: Path) -> None:
    kept = osmnx.settings.useful_tags_node
    osmnx.settings.useful_tags_node = ["highway", "barrier"]
    try:
        graph = osmnx.graph_from_xml(one_way_square, retain_all=True, simplify=False)
    finally:
        osmnx.settings.useful_tags_node = kept
    path = tmp_path / "bollard.graphml"
    osmnx.save_graphml(osmnx.simplify_graph(graph, node_attrs_include=["barrier"]), path)
    pieces = read_graphml(path)
    assert pieces.stops_cars.sum() == 1
    assert pieces.metres[pieces.stops_cars] == pytest.approx(5.0)
    assert 4 in (*pieces.from_node[pieces.stops_cars], *pieces.to_node[pieces.stops_cars])


def test_a_projected_graph_is_put_back_to_degrees(square_of_osmnx: Path, tmp_path: Path) -> None:
    path = tmp_path / "projected.graphml"
    osmnx.save_graphml(osmnx.project_graph(osmnx.load_graphml(square_of_osmnx)), path)
    west, south, east, north = shapely.total_bounds(read_graphml(path).lines)
    assert (west, south) == pytest.approx(degrees(-200, 0), abs=1e-4)
    assert 15 < east < 15.01
    assert 60 < north < 60.01


def test_a_graph_without_lengths_says_how_to_add_them(square_of_osmnx: Path, tmp_path: Path) -> None:
    graph = osmnx.load_graphml(square_of_osmnx)
    for _, _, edge in graph.edges(data=True):
        del edge["length"]
    path = tmp_path / "short.graphml"
    osmnx.save_graphml(graph, path)
    with pytest.raises(DatasetError, match=r"short\.graphml: the edge .* has no length; .*add_edge_lengths"):
        read_graphml(path)


def test_a_graph_beside_the_area_is_told(square_of_osmnx: Path) -> None:
    with pytest.raises(
        DatasetError, match=r"none of its streets lies in the area .* longitude 10\.00 to 11\.00, the"
    ):
        read_graphml(square_of_osmnx, clip=shapely.box(10, 50, 11, 51))


def test_central_helsinki_is_read_whole() -> None:
    pieces = read_pieces(helsinki())
    assert len(pieces.metres) == pytest.approx(4_400, rel=0.02)
    assert pieces.metres.sum() / 1000 == pytest.approx(102, rel=0.01)
    assert 20 < pieces.stops_cars.sum() < 60


PLACES = {
    1: {"amenity": "clinic", "name": "Ungdomsmottagningen Falun"},
    2: {"healthcare": "clinic", "name": "Centrum vårdcentral"},
    3: {"amenity": "doctors"},
    4: {"office": "government", "government": "social_services", "name": "Socialkontoret"},
    5: {"amenity": "clinic", "name": "Gamla kliniken", "disused": "yes"},
    6: {"amenity": "restaurant", "name": "Lasarettet"},
    7: {"amenity": "social_facility", "social_facility:for": "juvenile", "name": "Ungas hus"},
    8: {"healthcare": "centre", "addr:street": "Storgatan", "addr:housenumber": "4"},
}


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """Places a kilometre apart; a hospital of two wings; node 2 again as a building 40 m away."""
    corners = {20: (2000, 30), 21: (2020, 30), 22: (2020, 50), 23: (2000, 50)}
    wings = {30: (0, 9000), 31: (100, 9000), 32: (100, 9100), 33: (0, 9100)}
    return write_map(
        tmp_path / "places.osm.pbf",
        nodes={**{number: (1000 * number, 0) for number in PLACES}, **corners, **wings},
        ways={
            40: (
                [20, 21, 22, 23, 20],
                {"building": "yes", "amenity": "clinic", "name": "Centrum Vårdcentral"},
            ),
            41: ([30, 31, 32], {}),
            42: ([32, 33, 30], {}),
        },
        node_tags=PLACES,
        relations={
            50: ([41, 42, 99], {"type": "multipolygon", "amenity": "hospital", "name": "Falu lasarett"})
        },
    )


def test_names_before_tags_say_what_a_place_is(places: Path) -> None:
    sites = sites_from_osm(places).set_index("site_id")
    assert sites["kind"].to_dict() == {
        "osm-n1": "youth_clinic",
        "osm-n2": "health_centre",
        "osm-n3": "doctors",
        "osm-n4": "social_service",
        "osm-n7": "youth_facility",
        "osm-n8": "health_centre",
        "osm-r50": "hospital",
    }
    assert set(sites["status"]) == {"openstreetmap"}
    assert set(sites["quality"]) == {"published"}


def test_a_place_without_a_name_is_called_by_its_kind_and_street(places: Path) -> None:
    names = sites_from_osm(places).set_index("site_id")["name"]
    assert names["osm-n3"] == "Läkarmottagning utan namn"
    assert names["osm-n8"] == "Vårdcentral utan namn, Storgatan 4"


def test_a_building_stands_in_the_middle_of_its_outline(places: Path) -> None:
    hospital = sites_from_osm(places).set_index("site_id").loc["osm-r50"]
    assert (hospital["lon"], hospital["lat"]) == pytest.approx(degrees(50, 9050), abs=1e-5)


def test_places_of_one_name_further_apart_are_two(tmp_path: Path) -> None:
    path = write_map(
        tmp_path / "two.osm.pbf",
        nodes={1: (0, 0), 2: (0, 90), 3: (0, 180), 4: (0, 330)},
        ways={},
        node_tags={number: {"amenity": "clinic", "name": "Kliniken"} for number in (1, 2, 3, 4)},
    )
    assert sites_from_osm(path)["site_id"].tolist() == ["osm-n1", "osm-n3", "osm-n4"]


def test_places_outside_the_area_are_left_out_and_none_is_no_error(places: Path) -> None:
    near = shapely.box(*degrees(500, -100), *degrees(2500, 100))
    assert sites_from_osm(places, clip=near)["site_id"].tolist() == ["osm-n1", "osm-n2"]
    nowhere = sites_from_osm(places, clip=shapely.box(0, 0, 1, 1))
    assert nowhere.empty
    assert "kind" in nowhere


def test_central_helsinki_has_its_town_hall_and_clinics() -> None:
    sites = sites_from_osm(helsinki())
    assert len(sites) == 10
    town_hall = sites.set_index("kind").loc["town_hall"]
    assert town_hall["name"] == "Stadshuset"
    assert (town_hall["lat"], town_hall["lon"]) == pytest.approx((60.1682, 24.9528), abs=1e-3)
