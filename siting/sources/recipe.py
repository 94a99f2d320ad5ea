"""`Recipe`: the sources file, which says what a dataset is built from and how to read it.

A sources file is YAML. It names each table's file (relative to itself) or ``postgresql://`` address, whose
columns are whose, and what is known of its origin. ``docs/your-region.md`` is its guide.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    field_validator,
    model_validator,
)
from pyproj import CRS
from pyproj.exceptions import CRSError

from ..dataset import MetricCrs, Quality, Terms, Title
from ..postgis import is_address

TABLE_NAME: Final = r"^[a-z][a-z0-9_]*$"
MODE_NAME: Final = r"^[a-z][a-z0-9_]*$"
RASTER_SUFFIXES: Final = (".tif", ".tiff")
STREET_ENDINGS: Final = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2", ".graphml")
ANY_ADDRESS: Final = re.compile(r"\s*[A-Za-z][\w+.-]*://")
Value = str | int | float


def _known(crs: str) -> str:
    try:
        CRS.from_user_input(crs)
    except CRSError as error:
        message = f"{crs!r} is no known coordinate system; give one such as EPSG:3006"
        raise ValueError(message) from error
    return crs


KnownCrs = Annotated[str, AfterValidator(_known)]


def _no_other_address(place: str) -> str:
    if not is_address(place) and ANY_ADDRESS.match(place):
        # Without the address itself, which may hold a password.
        message = "is an address that is not read; give a file, or a table of postgresql://user@host/database"
        raise ValueError(message)
    return place


def _no_address(place: str) -> str:
    if is_address(place):
        message = "is an address of a database; this must be a file"
        raise ValueError(message)
    return _no_other_address(place)


Place = Annotated[str, AfterValidator(_no_other_address)]
"""A file, relative to the sources file, or the address of a database."""
FilePlace = Annotated[str, AfterValidator(_no_address)]
"""A file, relative to the sources file."""


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        coerce_numbers_to_str=True,
        use_attribute_docstrings=True,
    )


class Origin(_Part):
    """What readers must know of where a table comes from."""

    source: str = ""
    """Who made it; left out: the file's name."""
    licence: str = "not stated"
    """What may be done with it."""
    date: str = "not stated"
    """Of when it tells."""
    quality: Quality = "mixed"
    """published, derived, estimated or mixed."""


class TableSource(Origin):
    """A table: where it lies and how to read it. What is not said is found out, and written down."""

    file: Place = ""
    """Relative to the sources file (.csv, .xlsx, .gpkg, .geojson, .parquet, .shp), or postgresql://..."""
    layer: str | None = None
    """Layer of a GeoPackage."""
    sheet: str | None = None
    """Sheet of a workbook."""
    table: str | None = None
    """Table of a database: schema.table."""
    sql: str | None = None
    """Or a query."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """Between the values of a CSV."""
    encoding: str | None = None
    """Of a CSV."""
    decimal: Literal[",", "."] | None = None
    """Decimal mark of numbers that are text."""
    crs: KnownCrs | None = None
    """Coordinate system of the coordinates in the table."""
    columns: dict[str, str] = {}
    """Our name: the heading in the table."""
    constants: dict[str, Value] = {}
    """Our name: a value for every row."""
    meanings: dict[str, dict[str, Value]] = {}
    """Our name: what stands in the table: what it means here."""

    @model_validator(mode="after")
    def _one_place(self) -> TableSource:
        if self.is_database:
            if bool(self.table) == bool(self.sql) and "table=" not in self.file:
                message = "a database needs table: or sql:, one of them"
                raise ValueError(message)
        elif self.table or self.sql:
            message = "table: and sql: belong to a postgresql:// address in file:"
            raise ValueError(message)
        return self

    @property
    def is_database(self) -> bool:
        """Whether the table lies in a database."""
        return is_address(self.file)

    @property
    def is_raster(self) -> bool:
        """Whether the file is a picture of numbers."""
        return Path(self.file).suffix.lower() in RASTER_SUFFIXES


class _NeedsFile(TableSource):
    @model_validator(mode="after")
    def _has_file(self) -> _NeedsFile:
        if not self.file:
            message = "file: is missing; name the table's file"
            raise ValueError(message)
        return self


class PlainTable(_NeedsFile):
    """A table that must have a file."""


class MunicipalitiesSource(_NeedsFile):
    """Municipalities: code and name, with borders where the file has polygons."""

    figures: PlainTable | None = None
    """A second table by code, such as residents by one-year age (columns aged_13, aged_14, ...)."""
    only: tuple[str, ...] = ()
    """Codes, names, or first two digits of the codes (a county) that belong to the region; left out: all."""


class CellsSource(_NeedsFile):
    """Cells with people: a table or grid, or a GeoTIFF of population."""

    share: float | None = Field(default=None, gt=0, le=1)
    """Share of the population that are youths, where the cells tell of all ages only (13-19: about 0.08)."""
    point: Literal["centre", "lower_left"] = "centre"
    """What of a cell its coordinates are, where they are points."""


class SitesSource(TableSource):
    """Premises: a table, the OpenStreetMap extract, or both (the table wins)."""

    osm: bool = False
    """Take premises from the extract of roads.file, too."""

    @model_validator(mode="after")
    def _from_somewhere(self) -> SitesSource:
        if not self.file and not self.osm:
            message = "give a file:, or osm: true, or both"
            raise ValueError(message)
        return self


class RoadsSource(Origin):
    """Roads: an OpenStreetMap extract, or tables of one's own."""

    file: FilePlace = ""
    """.osm.pbf, .osm or .graphml, relative to the sources file."""
    clip: Literal["municipalities", "none"] = "municipalities"
    """Keep what lies in and near the municipalities, or everything."""
    margin_km: float = Field(default=20.0, ge=0, le=500)
    """How far beyond the municipalities roads are kept, for ways round through the neighbours (km)."""
    settings: dict[str, JsonValue] = {}
    """Speeds and delays (docs/your-region.md)."""
    nodes: PlainTable | None = None
    """Own table of nodes; left out: those that the edges name."""
    edges: PlainTable | None = None
    """Own table of edges: from_node, to_node, minutes and a line."""

    @model_validator(mode="after")
    def _one_kind(self) -> RoadsSource:
        if bool(self.file) == bool(self.edges):
            message = "give file: (an OpenStreetMap extract) or edges: (a table of one's own), one of them"
            raise ValueError(message)
        if self.file and not self.file.lower().endswith(STREET_ENDINGS):
            message = (
                f"file {self.file!r} is no extract; give .osm.pbf, .osm or .graphml, or edges: for tables"
            )
            raise ValueError(message)
        return self


class MinutesSource(TableSource):
    """Minutes of one mode of travel: from a timetable, or ready."""

    gtfs: FilePlace = ""
    """GTFS feed (.zip), relative to the sources file."""
    streets: FilePlace = ""
    """Extract (.osm.pbf) for the walks to and from stops; left out: that of roads.file."""
    settings: dict[str, JsonValue] = {}
    """Departure window, way home and the like (docs/your-region.md)."""

    @model_validator(mode="after")
    def _one_kind(self) -> MinutesSource:
        if bool(self.file) == bool(self.gtfs):
            message = "give gtfs: (a timetable) or file: (a ready matrix), one of them"
            raise ValueError(message)
        return self


class Recipe(_Part):
    """The sources file."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)
    """Name of the dataset: a-z, 0-9 and hyphens."""
    title: Title
    """Name for readers."""
    crs: MetricCrs = "EPSG:3006"
    """Coordinate system of the dataset, projected in metres."""
    cell_size_metres: float = Field(default=1000.0, gt=0, le=100_000)
    """Side of the square cells (metres)."""
    population_year: str
    """When the people were counted."""
    notes: tuple[Title, ...] = ()
    """What readers must know beside what the build says itself."""
    disclosure: Terms = Terms()
    """What may be told of the young people, by all files together (docs/dataset.md)."""
    municipalities: MunicipalitiesSource
    """Municipalities."""
    cells: CellsSource
    """Where people live."""
    sites: SitesSource
    """Premises."""
    roads: RoadsSource
    """Roads."""
    minutes: dict[Annotated[str, Field(pattern=MODE_NAME)], MinutesSource] = {}
    """Ready minutes, by name of the mode: a scenario finds them as minutes_NAME."""
    localities: PlainTable | None = None
    """Places to name on the map."""
    prevalence: PlainTable | None = None
    """Key figures."""
    tables: dict[Annotated[str, Field(pattern=TABLE_NAME)], PlainTable] = {}
    """Other tables by name, such as bus_stops, which are taken with all their columns."""

    @field_validator("population_year")
    @classmethod
    def _says_when(cls, year: str) -> str:
        if not year.strip():
            message = 'say when the people were counted, such as "2025"'
            raise ValueError(message)
        return year

    @model_validator(mode="after")
    def _fits_together(self) -> Recipe:
        if self.sites.osm and not self.roads.file:
            message = "sites.osm needs an OpenStreetMap extract in roads.file"
            raise ValueError(message)
        ours = sorted(set(self.tables) & {*type(self).model_fields, "road_nodes", "road_edges"})
        if ours:
            message = f"tables.{ours[0]}: this table has a place of its own in the sources file"
            raise ValueError(message)
        return self
