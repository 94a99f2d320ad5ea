"""`Ground`: the municipalities that a dataset covers, and with them where everything else must lie."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..dataset import Title
from ..errors import InputError
from ..geo import WGS84
from .made import MadeTable, made_table
from .tables.borders import FARTHEST_METRES, codes_by_borders, codes_by_nearest
from .tables.coordinates import Region, points_metres
from .tables.figures import to_numbers
from .tables.read import SourceTable, read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from .recipe import MunicipalitiesSource, Recipe

COUNTY_DIGITS: Final = 2
SIMPLER_METRES: Final = 100.0
METRES_PER_KM: Final = 1000.0


@dataclass(frozen=True, eq=False)
class Ground:
    """What every table of the dataset is built on."""

    recipe: Recipe
    folder: Path  # that of the sources file
    region: Region
    municipalities: pd.DataFrame  # code, name and figures of those that the dataset covers
    borders: gpd.GeoDataFrame | None  # code, name, geometry in the dataset's CRS; neighbours of the file too
    notes: list[Title]  # what readers must know; the stages add to it
    on_progress: Callable[[str], None] = lambda _: None
    inhabited: gpd.GeoDataFrame | None = None  # code and centre of the cells, once these are known

    def note(self, sv: str, en: str) -> None:
        """Add what readers must know."""
        self.notes.append(Title(sv=sv, en=en))

    def area(self) -> shapely.Geometry | None:
        """The municipalities' area in the dataset's CRS, where their borders are known."""
        if self.borders is None:
            return None
        ours = self.borders["code"].isin(self.municipalities["code"])
        return shapely.union_all(self.borders.geometry[ours].to_numpy())

    def area_in_degrees(self, margin_km: float) -> shapely.Geometry | None:
        """The area with a margin around it, longitude and latitude; without borders, that of the cells."""
        area = self.area()
        if area is None and self.inhabited is not None:
            area = shapely.buffer(self.inhabited.union_all().convex_hull, FARTHEST_METRES)
        if area is None:
            return None
        wider = shapely.buffer(area.simplify(SIMPLER_METRES), margin_km * METRES_PER_KM)
        return gpd.GeoSeries([wider], crs=self.recipe.crs).to_crs(WGS84).iloc[0]

    def codes(
        self,
        table: SourceTable | None,
        points: NDArray[np.float64],
        what: Title,
        *,
        needed: bool = True,
    ) -> pd.Series:
        """Municipality code of each row of a table; "" outside the municipalities.

        The table's own code goes before its municipality's name, and this before the borders; without
        these, the nearest cell within 5 km tells.

        Raises
        ------
        InputError
            If there is nothing to tell them by, or no row of a `needed` table belongs to the municipalities.
        """
        where = table.where if table else what.en.lower()
        codes = self._stated_codes(table, len(points))
        silent = (codes == "").to_numpy(bool)
        # A row that says nothing is placed; where nothing can place it, it counts as outside.
        if silent.all() or (silent.any() and (self.borders is not None or self.inhabited is not None)):
            codes[silent] = self._codes_by_place(points[silent], what, where)
        codes = codes.where(codes.isin(self.municipalities["code"]), "").astype(str)
        n_outside = int((codes == "").sum())
        if needed and n_outside == len(codes):
            known = ", ".join(self.municipalities["code"].head(5))
            message = f"{where}: no row belongs to the municipalities ({known} ...)"
            raise InputError(message)
        if n_outside:
            self.note(
                f"{what.sv} i underlaget som ligger utanför kommunerna och inte är med: {n_outside}.",
                f"{what.en} of the source that lie outside the municipalities and are left out: {n_outside}.",
            )
        return codes

    def _stated_codes(self, table: SourceTable | None, n: int) -> pd.Series:
        """Code of each row by the table's own columns; "" where these say nothing that is known."""
        if table is not None and "municipality_code" in table:
            return table.codes("municipality_code").copy()
        if table is not None and "municipality_name" in table:
            names = self.municipalities.set_index("name")["code"]
            stated = table.text("municipality_name").str.removesuffix(" kommun")
            return stated.map(names).fillna("").astype(str)
        return pd.Series([""] * n, dtype=str)

    def _codes_by_place(self, points: NDArray[np.float64], what: Title, where: str) -> NDArray[np.object_]:
        if self.borders is not None:
            codes, n_nearest = codes_by_borders(points, self.borders)
            if n_nearest:
                self.note(
                    f"{what.sv} utanför ritade kommungränser, räknade till närmaste kommun: {n_nearest}.",
                    f"{what.en} outside the drawn borders, counted to the nearest municipality: {n_nearest}.",
                )
        elif self.inhabited is not None:
            codes = codes_by_nearest(points, self.inhabited)
            self.note(
                f"{what.sv}: kommunen är den som närmaste ruta ligger i.",
                f"{what.en}: the municipality is that of the nearest cell.",
            )
        elif len(self.municipalities) == 1:
            codes = np.full(len(points), self.municipalities["code"].iloc[0], dtype=object)
        else:
            message = (
                f"{where}: does not say in which municipality each row lies; give a column "
                "municipality_code, or municipalities with borders"
            )
            raise InputError(message)
        return codes

    def with_cells(self, cells: pd.DataFrame) -> Ground:
        """Give the same ground, knowing where people live."""
        centres = gpd.points_from_xy(cells["east_metres"], cells["north_metres"])
        inhabited = gpd.GeoDataFrame({"code": cells["municipality_code"]}, geometry=centres)
        return replace(self, inhabited=inhabited)


def read_ground(
    recipe: Recipe, folder: Path, *, on_progress: Callable[[str], None] = lambda _: None
) -> tuple[Ground, dict[str, MadeTable]]:
    """Read municipalities, their borders and figures; give them as tables too.

    Raises
    ------
    InputError
        If a file cannot be read, or a code or name is missing, twice, or without figures.
    """
    source = recipe.municipalities
    table = read_table(source, folder, "municipalities")
    table.need(("code", "name"))
    frame = pd.DataFrame({"code": table.codes("code"), "name": table.filled_text("name")})
    borders = _borders(table, frame, recipe)
    frame = frame.assign(**_figures(table))
    if borders is None:
        # A table of cells may name each municipality many times; it must do so alike.
        frame = frame.drop_duplicates()
        _require_once(frame, table)
    read = [table]
    frame = _chosen(frame.drop_duplicates("code"), source, table.where)
    if source.figures is not None:
        figures = read_table(source.figures, folder, "municipalities")
        frame = _joined(frame, figures)
        read.append(figures)
    frame = frame.reset_index(drop=True)
    made = {"municipalities": made_table("municipalities", frame, source, read)}
    inside = None
    if borders is not None:
        inside = borders[borders["code"].isin(frame["code"])]
        drawn = inside.to_crs(WGS84)[["code", "name", "geometry"]].reset_index(drop=True)
        made["municipality_borders"] = made_table("municipality_borders", drawn, source, [table])
    region = Region.of(recipe.crs, inside)
    return Ground(recipe, folder, region, frame, borders, list(recipe.notes), on_progress), made


def _require_once(frame: pd.DataFrame, table: SourceTable) -> None:
    for column in ("code", "name"):
        twice = frame[column].duplicated()
        if twice.any():
            value = frame.loc[twice, column].iloc[0]
            message = f"{table.where}: the municipality {value} stands there with different names or figures"
            raise InputError(message)


def _borders(table: SourceTable, frame: pd.DataFrame, recipe: Recipe) -> gpd.GeoDataFrame | None:
    """Borders in the dataset's CRS, one row a municipality; None where the table has no polygons."""
    shapes = table.frame
    if (
        not isinstance(shapes, gpd.GeoDataFrame)
        or not shapes.geom_type.isin(["Polygon", "MultiPolygon"]).all()
    ):
        return None
    # Borders beyond the area that the CRS is made for are those of another one.
    points_metres(table, Region.of(recipe.crs, None), crs=recipe.municipalities.crs)
    crs = recipe.municipalities.crs or shapes.crs
    drawn = gpd.GeoDataFrame(frame, geometry=shapes.geometry.to_numpy(), crs=crs).to_crs(recipe.crs)
    drawn["geometry"] = drawn.geometry.make_valid()
    return drawn.dissolve(by=["code", "name"], as_index=False)


def _figures(table: SourceTable) -> dict[str, NDArray[np.float64] | pd.Series]:
    """Columns beyond code and name: numbers where they can be read as such; ages must."""
    columns: dict[str, NDArray[np.float64] | pd.Series] = {}
    for name in table.frame.columns.drop(["code", "name", "geometry"], errors="ignore"):
        if str(name).startswith(("aged_", "born_")):
            columns[str(name)] = table.numbers(str(name), minimum=0)
        else:
            columns[str(name)] = numbers_or_text(table, str(name))
    return columns


def numbers_or_text(table: SourceTable, column: str) -> NDArray[np.float64] | pd.Series:
    """Give a column of which nothing is known as numbers if every value is one, else as text."""
    text = table.text(column)
    numbers, good, _ = to_numbers(table.frame[column], table.decimal)
    is_code = column.endswith(("_id", "code")) or text.str.match(r"0\d").any()
    return numbers if good.all() and not np.isnan(numbers).any() and not is_code else text


def _chosen(frame: pd.DataFrame, source: MunicipalitiesSource, where: str) -> pd.DataFrame:
    if not source.only:
        return frame
    for each in source.only:
        if not _is_one(frame, each).any():
            message = f"{where}: only: there is no municipality or county {each!r}"
            raise InputError(message)
    kept = np.logical_or.reduce([_is_one(frame, each) for each in source.only])
    return frame[kept]


def _is_one(frame: pd.DataFrame, each: str) -> pd.Series:
    is_county = each.isdigit() and len(each) == COUNTY_DIGITS
    in_county = frame["code"].str.startswith(each) & (frame["code"].str.len() > COUNTY_DIGITS)
    return (frame["code"] == each) | (frame["name"] == each) | (in_county & is_county)


def _joined(frame: pd.DataFrame, figures: SourceTable) -> pd.DataFrame:
    figures.need(("code",))
    figures.require_unique("code")
    columns = pd.DataFrame(_figures(figures)).assign(code=figures.codes("code").to_numpy())
    missing = frame.loc[~frame["code"].isin(columns["code"]), "code"]
    if len(missing):
        message = f"{figures.where}: there is no row for municipality {missing.iloc[0]}"
        raise InputError(message)
    twice = [each for each in columns.columns if each != "code" and each in frame.columns]
    return frame.drop(columns=twice).merge(columns, on="code", how="left", validate="one_to_one")
