"""`fetch`: raw files and a sources file for any Swedish counties or municipalities, then the same build.

Beside the dataset's folder NAME stands NAME-sources: ``raw/`` with the tables, ``sources.yaml`` that says
what they are, and ``cache/`` with the answers of the services. The sources file is written last, so it is
never there without its tables, and older ones stay until all new ones are there; a call that was broken off
goes on from the cache. Once it is there, the dataset can be built again, or with other tables in place of
these, without the internet; the one of a call before, which may have been changed so, is kept as
``sources.yaml.old``.
"""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import shapely

from ..errors import FetchError, OutputError
from ..geo import WGS84
from . import fetched_recipe
from .build import build
from .services import pxweb, scb_geodata
from .services.download import Downloader
from .services.manners import Manners
from .services.overpass import PUBLIC, Overpass
from .services.overpass_sites import sites_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

LATEST_YEAR: Final = 2025
ROAD_MARGIN_METRES: Final = 10_000.0
"""Streets this far outside the municipalities are asked for, too: the shortest way may go there."""
AREA_TOLERANCE_METRES: Final = 1_000.0
LARGEST_MISFIT: Final = 0.2
"""Noise moves the youths of all cells together by far less than this share of the municipal counts."""


@dataclass(frozen=True, kw_only=True)
class Services:
    """Where the public services are."""

    wfs: str = "https://geodata.scb.se/geoserver/stat/wfs"
    pxweb: str = "https://statistikdatabasen.scb.se/api/v2"
    overpass: str = PUBLIC


@dataclass(frozen=True, kw_only=True)
class Fetching:
    """How to fetch: of which year, from where, through which cache."""

    year: int = LATEST_YEAR
    cache: Path | None = None
    """Left out: in the folder of the sources file."""
    services: Services = field(default_factory=Services)
    manners: Manners = field(default_factory=Manners)
    with_osm: bool = True
    """Fetch premises and streets, and build; else only the tables of Statistics Sweden."""
    replace: bool = False
    """Whether a dataset that is there already may be replaced."""
    on_progress: Callable[[str], None] = lambda _: None


def fetch(
    regions: Sequence[str], out: Path, how: Fetching | None = None, *, compiled: dt.date | None = None
) -> Path:
    """Fetch a region's data and build its dataset.

    Parameters
    ----------
    regions
        Names or codes of Swedish counties or municipalities.
    out
        Folder of the dataset; that of the raw files stands beside it.
    how
        Year, services, cache and the like.
    compiled
        The day of the build, for the manifest; left out: today.

    Returns
    -------
    pathlib.Path
        The sources file.

    Raises
    ------
    FetchError
        If a service cannot be reached, or its answer is not what was asked for.
    InputError
        If a region is unknown, or the year is not published.
    OutputError
        If the dataset is there already, or a file cannot be written.
    """
    how = how or Fetching()
    if how.with_osm and not how.replace and out.is_dir() and any(out.iterdir()):
        message = f"{out}: is there already; give another folder with --out, or say --replace"
        raise OutputError(message)
    recipe = collect(regions, out, how)
    if how.with_osm:
        build(recipe, out, compiled=compiled, replace=how.replace, on_progress=how.on_progress)
    return recipe


def collect(regions: Sequence[str], out: Path, how: Fetching) -> Path:
    """Fetch raw files and write their sources file, without building; arguments and errors as for `fetch`."""
    out = out.absolute()
    folder = out.with_name(f"{out.name}-sources")
    path, raw, part = folder / fetched_recipe.RECIPE_NAME, folder / "raw", folder / "raw.part"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        recipe = _Fetch(part, how, how.cache or folder / "cache").all_of(regions, out.name)
        if path.exists():  # somebody may have changed it
            path.replace(path.with_name(f"{path.name}.old"))
        shutil.rmtree(raw, ignore_errors=True)
        part.rename(raw)
        fetched_recipe.write_recipe(recipe, path)
    except OSError as error:
        message = f"{error.filename or folder}: cannot be written ({error.strerror})"
        raise OutputError(message) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        for each in (folder / "cache" / "overpass", folder / "cache", folder):
            with suppress(OSError):  # it holds something, or is not there
                each.rmdir()
    return path


@dataclass
class _Fetch:
    """The steps; each leaves raw files."""

    raw: Path
    how: Fetching
    cache: Path

    def all_of(self, regions: Sequence[str], name: str) -> dict[str, Any]:
        """Take all steps; give the content of the sources file."""
        services, year, say = self.how.services, self.how.year, self.how.on_progress
        downloader = Downloader(self.cache, self.how.manners, say)
        say("asking Statistics Sweden for residents by age")
        table = pxweb.population_table(downloader, services.pxweb, year)
        municipalities = pxweb.find_municipalities(table.regions, regions)
        people = pxweb.population(downloader, services.pxweb, table, municipalities, year)
        say(f"asking Statistics Sweden for the borders of {', '.join(municipalities.values())}")
        borders = scb_geodata.municipality_borders(downloader, services.wfs, municipalities)
        say("asking Statistics Sweden for the population grid")
        cells = scb_geodata.population_cells(downloader, services.wfs, borders, year)
        _require_fit(people, cells, year)
        lines = scb_geodata.for_maps(borders)
        _write_geojson(lines, self.raw / fetched_recipe.BORDERS)
        _write_csv(people, self.raw / fetched_recipe.FIGURES)
        _write_csv(cells, self.raw / fetched_recipe.CELLS)
        recipe = fetched_recipe.recipe_of_scb(
            name=name,
            title=", ".join(pxweb.titles(table.regions, regions)),
            year=year,
            table=table.table,
            retrieved=_retrieved(downloader.given),
        )
        if not self.how.with_osm:
            return fetched_recipe.without_osm(recipe)
        return fetched_recipe.with_osm(recipe, self._osm(borders))

    def _osm(self, borders: gpd.GeoDataFrame) -> str:
        """Save premises and streets; say when they were retrieved."""
        cache = self.cache / "overpass"
        cache.mkdir(parents=True, exist_ok=True)
        overpass = Overpass(
            url=self.how.services.overpass,
            cache=cache,
            manners=self.how.manners,
            on_progress=self.how.on_progress,
        )
        region = borders.geometry.union_all()
        self.how.on_progress("asking OpenStreetMap for premises")
        sites = sites_in(overpass, _area(region, AREA_TOLERANCE_METRES), borders)
        _write_csv(sites, self.raw / fetched_recipe.SITES)
        self.how.on_progress("asking OpenStreetMap for streets; for a county this may take half an hour")
        streets = overpass.streets(_area(region, ROAD_MARGIN_METRES))
        shutil.copyfile(streets, self.raw / fetched_recipe.STREETS)
        return _retrieved([streets])


def _area(region: shapely.Geometry, margin_metres: float) -> shapely.Geometry:
    """Region with a margin, in few corners, degrees WGS84: a question must not be pages long.

    Where its parts lie far from each other all between them belongs to it: so do the roads that join them.
    """
    wide = region.buffer(margin_metres).simplify(AREA_TOLERANCE_METRES)
    if wide.geom_type != "Polygon":
        wide = wide.convex_hull
    area = gpd.GeoSeries([wide], crs=scb_geodata.CRS).to_crs(WGS84).iloc[0]
    return shapely.set_precision(area, 1e-6)


def _require_fit(people: pd.DataFrame, cells: pd.DataFrame, year: int) -> None:
    """Refuse a grid that cannot be of the same people, as when a field comes to mean something else."""
    for youngest in pxweb.AGES[::5]:
        ages = range(youngest, youngest + 5)
        counted = int(people[[f"aged_{age}" for age in ages]].to_numpy().sum())
        in_cells = int(cells[f"aged_{ages[0]}_{ages[-1]}"].sum())
        if abs(in_cells - counted) > LARGEST_MISFIT * counted:
            message = (
                f"Statistics Sweden {year}: {in_cells} persons aged {ages[0]}-{ages[-1]} in the cells, but "
                f"{counted} in the municipalities; one of the two has changed its meaning"
            )
            raise FetchError(message)


def _retrieved(answers: Sequence[Path]) -> str:
    """Say of which day the newest answer is."""
    newest = max(path.stat().st_mtime for path in answers)
    return f"retrieved {dt.datetime.fromtimestamp(newest, dt.UTC):%Y-%m-%d}"


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _write_geojson(frame: gpd.GeoDataFrame, path: Path) -> None:
    frame.to_file(path, driver="GeoJSON", engine="pyogrio", COORDINATE_PRECISION=6)
