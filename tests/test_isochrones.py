"""From where a place is reached in time: by hand on one road, and held against the router's minutes."""

from __future__ import annotations

import gc
import json
import weakref
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import toy
from by_hand import with_teams
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_roads import on_paper, places

import siting
from siting.by_road import RoadRouter, car_router
from siting.dataset import Dataset
from siting.geo import square_cells
from siting.isochrones import MOST_POINTS, Isochrones, PointGrid, areas_within, grid_over, isochrones
from siting.present import by_car
from siting.present.database import LAYERS, SOURCES
from siting.present.layers import isochrones_layer
from siting.present.map_scene import map_scene
from siting.present.maps import map_html
from siting.present.words import Words
from siting.roads import road_network
from siting.study import Outcome
from siting.travel import Places

LIMITS = (15.0, 30.0, 45.0)


def as_places(points_metres: np.ndarray) -> Places:
    return Places(tuple(map(str, range(len(points_metres)))), points_metres)


def router_of(outcome: Outcome) -> RoadRouter:
    return car_router(road_network(outcome.dataset), outcome.scenario.travel)


def drawn(outcome: Outcome, limits: tuple[float, ...] = LIMITS) -> Isochrones:
    return isochrones(outcome.plan, outcome.region, outcome.dataset, router_of(outcome), limits)


def with_borders(dataset: Dataset, west: float, south: float, east: float, north: float) -> Dataset:
    """The toy with one municipality's border, columns and rows of its cells."""
    ring = [toy.lon_lat(*corner) for corner in ((west, south), (east, south), (east, north), (west, north))]
    borders = gpd.GeoDataFrame(
        {"code": ["01"], "name": ["Väst"]}, geometry=[shapely.Polygon(ring)], crs="EPSG:4326"
    )
    return replace(dataset, tables={**dataset.tables, "municipality_borders": borders})


@pytest.fixture
def toyland(toy_folder: Path) -> Outcome:
    return with_teams(toy_folder)


@pytest.fixture(scope="module")
def dalarna() -> Outcome:
    return siting.run("base")


# By hand


def test_on_one_straight_road_the_area_is_a_wedge_along_it_and_half_a_disc_behind_its_end() -> None:
    """Two minutes a kilometre along the road, from (0, 0) to (20, 0); 26/15 a kilometre on the way to it."""
    roads = on_paper({"a": (0, 0), "b": (20, 0)}, [("a", "b", 40.0, 40.0)])
    grid = grid_over((-10_000, -10_000, 20_000, 10_000))
    (minutes,) = RoadRouter(roads).nearest_minutes(grid.points_metres, places((0, 0)))
    (area,) = areas_within(minutes, grid, [10.0])
    tip, side = 10 / 2, 10 / (26 / 15)
    wedge = shapely.Polygon([(0, -1000 * side), (1000 * tip, 0), (0, 1000 * side)])
    half_disc = shapely.Point(0, 0).buffer(1000 * side, quad_segs=256) & shapely.box(-9e3, -9e3, 0, 9e3)
    by_hand = shapely.union_all([wedge, half_disc])
    assert area.symmetric_difference(by_hand).area < 0.02 * by_hand.area  # a curve between points 500 m apart
    assert area.bounds[2] == pytest.approx(1000 * tip, abs=1)
    along = shapely.intersection(area, shapely.box(0, -9e3, 9e3, 9e3))
    assert (
        along.symmetric_difference(wedge).area < 0.001 * wedge.area
    )  # straight, so right between points too


def test_a_point_at_the_limit_is_within_and_one_a_thousandth_of_a_minute_later_is_not() -> None:
    grid = grid_over((0.0, 0.0, 2000.0, 2000.0))
    minutes = np.full(25, 50.0)
    minutes[12] = 30.0
    (area,) = areas_within(minutes, grid, [30.0])
    assert shapely.contains_xy(area, 1000.0, 1000.0)
    assert areas_within(minutes + 0.001, grid, [30.0])[0].is_empty


def test_what_lies_amid_an_area_and_takes_longer_is_a_hole_in_it() -> None:
    grid = grid_over((0.0, 0.0, 2000.0, 2000.0))
    minutes = np.full(25, 10.0)
    minutes[12] = np.inf
    (area,) = areas_within(minutes, grid, [30.0])
    assert len(area.geoms) == 1
    assert len(area.geoms[0].interiors) == 1
    assert not shapely.covers(area, shapely.Point(1000.0, 1000.0))


def test_areas_that_meet_in_a_point_or_not_at_all_are_parts_of_one() -> None:
    grid = grid_over((0.0, 0.0, 2500.0, 1000.0))
    minutes = np.full((3, 6), 90.0)
    minutes[1, 1] = minutes[1, 4] = 5.0
    (area,) = areas_within(minutes.ravel(), grid, [30.0])
    assert len(area.geoms) == 2
    assert area.is_valid


@pytest.mark.parametrize(
    "bounds", [(0, 0, 1, 1), (0, 0, 1000, 1000), (123.4, 5.6, 99_999, 77_777), (-4e5, 6e6, 9e5, 7.7e6)]
)
def test_a_grid_holds_its_bounds_at_whole_multiples_of_500_metres(bounds: tuple[float, ...]) -> None:
    grid = grid_over(bounds)
    assert grid.spacing_metres % 500 == 0
    assert (grid.points_metres % grid.spacing_metres == 0).all()
    assert 4 <= len(grid.points_metres) <= MOST_POINTS
    assert min(len(grid.east), len(grid.north)) >= 2
    assert grid.points_metres.min(axis=0).tolist() <= [bounds[0], bounds[1]]
    assert (grid.points_metres.max(axis=0) >= bounds[2:]).all()


# On a region


def check_classes(area: shapely.Geometry, grid: PointGrid, minutes: np.ndarray, limit: float) -> None:
    points = grid.points_metres
    inside = shapely.intersects_xy(area, points[:, 0], points[:, 1])  # or on the edge of the grid
    np.testing.assert_array_equal(inside, minutes <= limit)


def test_each_point_of_the_grid_is_inside_if_the_router_says_that_it_is_within(toyland: Outcome) -> None:
    router, sites = router_of(toyland), toyland.region.sites
    grid = grid_over((499_000.0, 6_699_000.0, 506_500.0, 6_706_500.0))
    columns = [sites.site_ids.index(site_id) for site_id in toyland.plan.open_sites]
    goals = Places(toyland.plan.open_sites, sites.points_metres[columns])
    expected = router.times(as_places(grid.points_metres), goals).minutes.min(axis=1)
    (minutes,) = router.nearest_minutes(grid.points_metres, goals)
    inner = areas_within(minutes, grid, (5.0, 10.0, 15.0))
    for limit, area in zip((5.0, 10.0, 15.0), inner, strict=True):
        check_classes(area, grid, expected, limit)
        assert 0 < (expected <= limit).sum() < len(expected)


def test_in_dalarna_each_point_of_the_grid_is_inside_if_the_router_says_so(dalarna: Outcome) -> None:
    router, sites = router_of(dalarna), dalarna.region.sites
    found = drawn(dalarna)
    borders = gpd.GeoDataFrame(dalarna.dataset.table("municipality_borders")).to_crs(sites_crs(dalarna))
    land = shapely.union_all(borders.geometry.to_numpy())
    side = dalarna.dataset.manifest.cell_size_metres
    cells = shapely.polygons(square_cells(dalarna.region.demand.centres_metres, side))
    land_and_cells = shapely.union_all([land, *cells])
    points = grid_over(land.bounds).points_metres
    assert found.spacing_metres == grid_over(land.bounds).spacing_metres == 2000
    points = points[shapely.contains_xy(shapely.buffer(land, -10), points[:, 0], points[:, 1])]
    for areas, ids in ((found.near, dalarna.plan.open_sites), (found.main, dalarna.plan.main)):
        goals = Places(ids, sites.points_metres[[sites.site_ids.index(each) for each in ids]])
        minutes = router.times(as_places(points), goals).minutes.min(axis=1)
        for limit, area in zip(found.limits_minutes, areas, strict=True):
            inside = shapely.contains_xy(area, points[:, 0], points[:, 1])
            np.testing.assert_array_equal(inside, minutes <= limit)
            assert shapely.difference(area, land_and_cells).area < 1


def sites_crs(outcome: Outcome) -> str:
    return str(outcome.dataset.manifest.crs)


def test_shorter_limits_lie_inside_longer_ones_and_mains_inside_all_places(dalarna: Outcome) -> None:
    found = drawn(dalarna)
    for areas in (found.near, found.main):
        assert all(area.is_valid for area in areas)
        for inner, outer in pairwise(areas):
            assert shapely.difference(inner, outer).area < 1e-6 * inner.area
            assert inner.area < outer.area
    for main, near in zip(found.main, found.near, strict=True):
        assert shapely.difference(main, near).area < 1e-6 * main.area
        assert main.area < near.area  # Dalarna's base has satellites


def with_cells(outcome: Outcome, kept: np.ndarray) -> Outcome:
    """Only some cells: the others lie where the first one does."""
    demand = outcome.region.demand
    centres = np.where(kept[:, None], demand.centres_metres, demand.centres_metres[0])
    some = replace(demand, centres_metres=centres)
    return replace(outcome, region=replace(outcome.region, demand=some))


def test_areas_end_at_the_borders_and_at_the_squares_of_cells_beyond_these(toyland: Outcome) -> None:
    column = np.arange(25) % 5
    inside = replace(toyland, dataset=with_borders(toyland.dataset, -0.5, -0.5, 2.5, 4.5))
    (area,) = drawn(with_cells(inside, column < 2), (60.0,)).near
    np.testing.assert_allclose(area.bounds, [500_000, 6_700_000, 503_000, 6_705_000], atol=1)
    assert area.area == pytest.approx(15e6, rel=1e-3)
    (area,) = drawn(with_cells(inside, (column < 2) | (np.arange(25) == 24)), (60.0,)).near
    np.testing.assert_allclose(area.bounds, [500_000, 6_700_000, 505_000, 6_705_000], atol=1)
    assert area.area == pytest.approx(16e6, rel=1e-3)


def check_cells(outcome: Outcome, limits: tuple[float, ...]) -> None:
    """Cells amid four points within a limit lie inside, amid four beyond it outside; else it is the grid."""
    router, sites, centres = router_of(outcome), outcome.region.sites, outcome.region.demand.centres_metres
    found = drawn(outcome, limits)
    spacing = found.spacing_metres
    south_west = np.floor(centres / spacing) * spacing
    corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]]) * spacing
    around = (south_west[:, None, :] + corners).reshape(-1, 2)
    for areas, ids in ((found.near, outcome.plan.open_sites), (found.main, outcome.plan.main)):
        goals = Places(ids, sites.points_metres[[sites.site_ids.index(each) for each in ids]])
        within_minutes = router.times(as_places(around), goals).minutes.min(axis=1).reshape(-1, 4)
        for limit, area in zip(found.limits_minutes, areas, strict=True):
            inside = shapely.intersects_xy(area, centres[:, 0], centres[:, 1])
            n_within = (within_minutes <= limit).sum(axis=1)
            assert inside[n_within == 4].all()
            assert not inside[n_within == 0].any()


def test_every_cell_of_dalarna_lies_in_the_areas_as_the_points_around_it_say(dalarna: Outcome) -> None:
    check_cells(dalarna, LIMITS)
    check_cells(dalarna, (600.0,))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    corner=st.tuples(st.floats(-1.0, 4.0), st.floats(-1.0, 4.0)),
    size=st.tuples(st.floats(0.2, 5.0), st.floats(0.2, 5.0)),
    limit=st.floats(1.0, 90.0),
)
def test_cells_lie_in_the_areas_wherever_the_borders_run(
    toyland: Outcome, corner: tuple[float, float], size: tuple[float, float], limit: float
) -> None:
    (west, south), (width, height) = corner, size
    dataset = with_borders(toyland.dataset, west, south, west + width, south + height)
    check_cells(replace(toyland, dataset=dataset), (limit,))


def test_without_a_main_or_any_place_there_is_nowhere(toyland: Outcome) -> None:
    nothing = replace(toyland.plan, main=(), satellite=(), stop=(), rota=(), teams={}, days_per_week={})
    nowhere = replace(toyland, plan=nothing)
    found = drawn(nowhere)
    assert all(area.is_empty for area in (*found.near, *found.main))
    assert len(isochrones_layer(nowhere)) == 0
    stops_only = replace(toyland, plan=replace(nothing, stop=toyland.plan.stop))
    found = drawn(stops_only)
    assert all(area.is_empty for area in found.main)
    assert not any(area.is_empty for area in found.near)
    assert set(isochrones_layer(stops_only)["service"]) == {"near"}


def test_limits_are_ascending_and_each_stands_once(toyland: Outcome) -> None:
    assert drawn(toyland, (45.0, 15.0, 45.0)).limits_minutes == (15.0, 45.0)


# As they are shown


def test_the_layer_tells_service_limit_and_spacing(toyland: Outcome) -> None:
    layer = isochrones_layer(toyland)
    limits = {*toyland.scenario.evaluation.within_minutes, toyland.scenario.choice.standard_minutes}
    assert list(zip(layer["service"], layer["minutes"], strict=True)) == [
        (service, limit) for service in ("near", "main") for limit in sorted(limits)
    ]
    assert set(layer["spacing_metres"]) == {500.0}
    assert str(layer.crs) == "EPSG:3006"
    assert set(layer.geom_type) == {"MultiPolygon"}


def test_who_does_not_travel_by_car_has_no_such_areas(toyland: Outcome) -> None:
    on_foot = replace(toyland, region=replace(toyland.region, mode="walk"))
    assert by_car.isochrones_of(on_foot) is None
    empty, full = isochrones_layer(on_foot), isochrones_layer(toyland)
    assert len(empty) == 0
    assert empty.dtypes.astype(str).to_dict() == full.dtypes.astype(str).to_dict()
    assert map_scene((on_foot,), "Titel", Words("sv")).plans[0].isochrones == ()


def test_the_map_has_a_closed_line_for_each_ring_in_degrees(dalarna: Outcome) -> None:
    plan = map_scene((dalarna,), "Titel", Words("sv")).plans[0]
    found = by_car.isochrones_of(dalarna)
    assert found is not None
    assert [(each.service, each.minutes) for each in plan.isochrones] == [
        (service, limit) for service in ("near", "main") for limit in found.limits_minutes
    ]
    for each, area in zip(plan.isochrones, (*found.near, *found.main), strict=True):
        for line in each.lines:
            assert len(line) >= 4
            assert line[0].tolist() == line[-1].tolist()
        latitudes, longitudes = np.concatenate(each.lines).T
        rings = shapely.MultiLineString([line[:, ::-1] for line in each.lines])
        shown = gpd.GeoSeries([rings], crs="EPSG:4326").to_crs(sites_crs(dalarna)).iloc[0]
        assert shapely.hausdorff_distance(shown, area.boundary, densify=0.1) < 4 * found.spacing_metres
        assert 59 < latitudes.min() < latitudes.max() < 63
        assert 12 < longitudes.min() < longitudes.max() < 17


def test_the_page_carries_them_and_stays_small(dalarna: Outcome) -> None:
    page = map_html(map_scene((dalarna,), "Titel", Words("sv")))
    scene = json.loads(page.split('id="siting_scene">')[1].split("</script>")[0])
    (plan,) = scene["plans"]
    first = plan["isochrones"][0]
    assert (first["service"], first["minutes"]) == ("near", 15.0)
    latitude, longitude = first["lines"][0][0]
    assert (latitude, longitude) == (round(latitude, 5), round(longitude, 5))
    assert len(json.dumps(plan["isochrones"])) < 60_000


def test_the_layer_is_in_files_and_databases(toyland: Outcome, tmp_path: Path) -> None:
    siting.write(toyland, tmp_path)
    assert "isochrones" in set(gpd.list_layers(tmp_path / "plan.gpkg")["name"])
    assert gpd.read_file(tmp_path / "plan.gpkg", layer="isochrones")["minutes"].min() == 15
    assert "isochrones" in LAYERS
    assert SOURCES["isochrones"] == "road_edges"


def test_nothing_is_kept_of_an_outcome_that_is_gone(toy_folder: Path) -> None:
    outcome = with_teams(toy_folder)
    by_car.isochrones_of(outcome)
    by_car.tour_lines(outcome)
    alive = [weakref.ref(outcome), weakref.ref(outcome.dataset)]
    del outcome
    gc.collect()
    assert [each() for each in alive] == [None, None]


def test_roads_are_read_once_for_all_outcomes_of_a_dataset(
    toyland: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    read = by_car.read_road_table
    monkeypatch.setattr(by_car, "read_road_table", lambda dataset: reads.append(1) or read(dataset))
    slow = replace(
        toyland,
        scenario=toyland.scenario.model_copy(
            update={"travel": toyland.scenario.travel.model_copy(update={"speed_factor": 0.5})}
        ),
    )
    quick_area, slow_area = (isochrones_layer(each).geometry.area.sum() for each in (toyland, slow))
    by_car.tour_lines(toyland)
    isochrones_layer(toyland)
    assert len(reads) == 1
    assert slow_area < quick_area  # each by its own travel section
