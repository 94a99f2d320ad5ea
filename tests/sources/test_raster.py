"""A raster of population: people are neither lost nor made on their way to the cells."""

from __future__ import annotations

import sys
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from test_build import built, write_cells, write_edges, write_municipalities, write_sites

from siting.dataset import load_dataset
from siting.errors import InputError
from siting.sources.tables import raster
from siting.sources.tables.raster import population_cells

CRS = "EPSG:3006"
BOX = (499_000.0, 6_699_000.0, 506_000.0, 6_706_000.0)
"""Where the toy lies."""
DEGREES = (14.98, 60.42, 15.13, 60.50)
"""Somewhat more than that, west, south, east, north."""


def write(
    path: Path,
    people: np.ndarray,
    *,
    bounds: tuple[float, float, float, float] = BOX,
    crs: str | None = CRS,
    nodata: float | None = None,
) -> Path:
    rows, columns = people.shape
    profile = {"driver": "GTiff", "height": rows, "width": columns, "count": 1, "dtype": "float32"}
    west, south, east, north = bounds
    transform = rasterio.Affine((east - west) / columns, 0, west, 0, (south - north) / rows, north)
    if crs:
        profile |= {"crs": crs, "transform": transform}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(path, "w", **profile, nodata=nodata) as file:
            file.write(people.astype(np.float32), 1)
    return path


def cells(path: Path, clip: shapely.Geometry | None = None, size: float = 1000) -> pd.DataFrame:
    return population_cells(path, crs=CRS, cell_size_metres=size, clip=clip)[0]


def test_pixels_are_gathered_in_the_cell_in_which_they_lie(tmp_path: Path) -> None:
    people = np.zeros((70, 70))
    people[:10, :10] = 2  # the north-western kilometre
    people[69, 69] = 7  # the last pixel in the south-east
    frame = cells(write(tmp_path / "a.tif", people))
    assert frame.to_numpy().tolist() == [[499_500, 6_705_500, 200], [505_500, 6_699_500, 7]]


@pytest.mark.parametrize("pixels", [5, 7, 70, 333])
@pytest.mark.parametrize("size", [700, 1000, 2500])
def test_the_sum_is_kept_whatever_the_sizes(tmp_path: Path, pixels: int, size: float) -> None:
    people = np.random.default_rng(1).uniform(0, 9, (pixels, pixels))
    frame = cells(write(tmp_path / "a.tif", people), size=size)
    assert frame["population"].sum() == pytest.approx(people.sum(), rel=1e-5)


def test_the_sum_is_kept_from_degrees_and_in_small_strips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = np.random.default_rng(2).uniform(0, 9, (90, 160))
    path = write(tmp_path / "a.tif", people, bounds=DEGREES, crs="EPSG:4326")
    whole = cells(path)
    monkeypatch.setattr(raster, "PIXELS_AT_ONCE", 500)
    strips = cells(path)
    assert whole["population"].sum() == pytest.approx(people.sum(), rel=1e-5)
    np.testing.assert_allclose(strips.to_numpy(), whole.to_numpy())


def test_a_raster_without_end_is_read_in_pieces_of_bounded_size(tmp_path: Path) -> None:
    """Its one row alone is 80 MB and its numbers twice as much; the file is small and holds nobody."""
    profile = {"driver": "GTiff", "height": 1, "width": 20_000_000, "count": 1, "dtype": "float32"}
    west, south, *_ = BOX
    transform = rasterio.Affine(0.01, 0, west, 0, -100, south + 100)
    tiles = {"tiled": True, "blockxsize": 4096, "blockysize": 16, "sparse_ok": True}
    with rasterio.open(tmp_path / "a.tif", "w", **profile, **tiles, crs=CRS, transform=transform):
        pass
    tracemalloc.start()
    with pytest.raises(InputError, match="nobody lives within"):
        cells(tmp_path / "a.tif")
    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()


def test_nodata_negative_and_missing_pixels_hold_nobody(tmp_path: Path) -> None:
    people = np.full((70, 70), -99999.0)
    people[:10, :10] = 1
    people[0, :4] = [-1, np.nan, 0, -200]
    for nodata in (None, -99999.0, -200.0):
        assert cells(write(tmp_path / "a.tif", people, nodata=nodata))["population"].tolist() == [96]


def test_only_people_within_the_area_count(tmp_path: Path) -> None:
    clip = shapely.box(499_000, 6_699_000, 501_600, 6_706_000)
    frame = cells(write(tmp_path / "a.tif", np.ones((70, 70))), clip)
    assert frame["population"].sum() == 70 * 26
    assert frame["east_metres"].max() == 501_500


def test_a_raster_of_another_region_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.ones((7, 7)))
    with pytest.raises(InputError, match=r"a\.tif: does not touch the municipalities"):
        cells(path, shapely.box(700_000, 7_000_000, 710_000, 7_010_000))
    with pytest.raises(InputError, match="nobody lives within the municipalities"):
        cells(write(path, np.zeros((7, 7))), shapely.box(*BOX))


def test_a_raster_that_says_no_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not say where on the earth it lies"):
        cells(write(tmp_path / "a.tif", np.ones((7, 7)), crs=None))


def test_pixels_that_are_coarser_than_cells_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pixels are 1,000 m wide, coarser than cells of 250 m"):
        cells(write(tmp_path / "a.tif", np.ones((7, 7))), size=250)


def test_a_broken_raster_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    with pytest.raises(InputError, match="there is no such file"):
        cells(path)
    path.write_text("<VRTDataset/>", encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.tif: cannot be read as GeoTIFF"):
        cells(path)
    write(path, np.random.default_rng(1).uniform(0, 9, (300, 300)))
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(InputError, match=r"a\.tif: cannot be read as GeoTIFF"):
        cells(path)


def test_without_rasterio_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(InputError, match=r"needs rasterio: install .* pip install -e '\.\[sources\]'"):
        cells(tmp_path / "a.tif")


def test_a_raster_becomes_the_cells_of_a_dataset(tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    for make in (write_municipalities, write_cells, write_sites, write_edges):
        make(sources)
    people = np.zeros((7, 7))
    people[1:6, 1:6] = 100
    write(sources / "worldpop.tif", people)
    dataset = load_dataset(str(built(sources, cells={"file": "worldpop.tif", "share": 0.08})))
    frame = dataset.table("cells")
    assert frame["youths"].tolist() == [8.0] * 25
    assert frame["municipality_code"].value_counts().to_dict() == {"0180": 10, "2081": 15}
    assert "pixels of 1000 gathered in cells of 1000 m" in dataset.manifest.tables["cells"].source
