"""The benchmark of the map: its made-up region, Folium's page beside it, and how repeats are told."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

import siting

sys.path.append(str(Path(__file__).parent / "benchmarks"))

import maps_in_browser
import report
from harness import Row
from made_region import write_region

N_CELLS, N_SITES = 640, 12


def test_the_made_up_region_is_one_that_everybody_can_cross(tmp_path: Path) -> None:
    outcome = siting.run(write_region(tmp_path / "region", n_cells=N_CELLS, n_sites=N_SITES))
    assert outcome.region.times.minutes.shape == (N_CELLS, N_SITES)
    assert np.isfinite(outcome.region.times.minutes).all()
    assert len(outcome.plan.open_sites) == 6


def test_the_made_up_region_is_the_same_each_time(tmp_path: Path) -> None:
    folders = [
        write_region(tmp_path / name, n_cells=N_CELLS, n_sites=N_SITES).parent for name in ("one", "two")
    ]
    texts = [{path.name: path.read_text("utf-8") for path in (each / "data").iterdir()} for each in folders]
    assert texts[0] == texts[1]


def test_folium_draws_the_same_squares_and_takes_nothing_from_the_network(tmp_path: Path) -> None:
    outcome = siting.run(write_region(tmp_path / "region", n_cells=N_CELLS, n_sites=N_SITES))
    path = tmp_path / "folium.html"
    maps_in_browser.draw_with_folium((outcome, outcome), path)
    page = path.read_text(encoding="utf-8")
    assert page.count('"type": "Polygon"') == 2 * N_CELLS
    assert page.count("L.marker(") == N_SITES
    assert "<script src=" not in page
    assert "<link" not in page
    assert page.index("L.marker(") < page.index(f'performance.mark("{maps_in_browser.PEER_MARK}")')


@pytest.mark.browser
def test_a_page_is_timed_until_it_is_painted(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<!DOCTYPE html><p>Hej</p><script>performance.mark('drawn')</script>", encoding="utf-8")
    ready, seen, recount = maps_in_browser.open_once(chromium, path, "drawn")
    assert 0 < ready < seen < 60
    assert recount is None


def test_a_row_is_the_median_of_all_that_its_runs_repeated() -> None:
    run = {"seconds": 2.0, "repeats": [3.0, 1.0, 2.0], "value": None, "says": "1.00 MB", "proven": True}
    run |= {"bytes": 1_000_000}
    question = "the embedded county, one plan"
    row = Row("map", question, "siting", is_peer=False, sense="nothing", known=None, runs=(run, run))
    assert row.all_seconds == [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]
    assert row.seconds == 2.0
    assert "2 (1-3)" in report.all_rows([row], "markdown")
    figure = next(each for each in report.FIGURES if each.name.startswith("map of the county, one plan"))
    assert figure.measured([row]) == ("2 (1-3) s; 1.00 MB", "", True)
