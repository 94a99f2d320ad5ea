"""Cells with people, from a grid, a table or a raster; youths estimated where the source counts all ages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from ..dataset import AGE_CLASS, Title
from ..errors import InputError
from ..sentences import shortened
from .ground import numbers_or_text
from .made import made_table
from .tables.coordinates import points_metres
from .tables.headings import likely
from .tables.raster import population_cells
from .tables.read import digest, read_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..dataset import Quality
    from .ground import Ground
    from .made import MadeTable
    from .tables.read import SourceTable

PLACE_COLUMNS: Final = ("cell_id", "municipality_code", "municipality_name", "lat", "lon", "east_metres",
                        "north_metres", "geometry")  # fmt: skip
METRES_DECIMALS: Final = 2
PERSONS_DECIMALS: Final = 4
SPACING_SHARE: Final = 0.02
"""Distances are told apart by this share of the side."""
MOST: Final = 0.5
CELLS_FOR_WIDER: Final = 20
CELLS: Final = Title(sv="Rutor", en="Cells")


@dataclass(frozen=True, eq=False)
class _Read:
    """Cells as they were read, in whatever form."""

    where: str  # for messages
    words: str | SourceTable  # for the manifest
    table: SourceTable | None  # None: a raster
    ids: pd.Series
    points: NDArray[np.float64]  # (n, 2) centres, metres in the dataset's CRS
    people: pd.DataFrame


def make_cells(ground: Ground) -> MadeTable:
    """Give the cells of the municipalities.

    Raises
    ------
    InputError
        If the source cannot be read, a value is wrong, or nobody is counted.
    """
    source = ground.recipe.cells
    read = _from_raster(ground) if source.is_raster else _from_table(ground)
    places = pd.DataFrame(
        {
            "cell_id": read.ids.to_numpy(),
            "municipality_code": ground.codes(read.table, read.points, CELLS).to_numpy(),
            "east_metres": read.points[:, 0].round(METRES_DECIMALS),
            "north_metres": read.points[:, 1].round(METRES_DECIMALS),
        }
    )
    cells = pd.concat([places, read.people], axis=1)
    cells = cells[cells["municipality_code"] != ""].reset_index(drop=True)
    if (twice := cells["cell_id"].duplicated()).any():
        message = f"{read.where}: two rows lie in the cell {cells['cell_id'][twice].iloc[0]}; give one"
        raise InputError(message)
    qualities: dict[str, Quality] = {}
    if read.table is None or "municipality_code" not in read.table:
        qualities["municipality_code"] = "derived"
    if (estimated := _estimated_youths(ground, cells, read.where, read.table)) is not None:
        cells = cells.assign(youths=estimated.round(PERSONS_DECIMALS))
        qualities["youths"] = "estimated"
    made = made_table("cells", cells, source, [read.words], qualities=qualities)
    if "youths" not in made.columns:
        return made
    meaning = f"Young people aged {ground.recipe.disclosure.ages_of_youths} who live in the cell."
    youths = made.columns["youths"].model_copy(update={"meaning": meaning})
    return replace(made, columns={**made.columns, "youths": youths})


def _from_table(ground: Ground) -> _Read:
    source, size = ground.recipe.cells, ground.recipe.cell_size_metres
    table = read_table(source, ground.folder, "cells")
    are_corners = source.point == "lower_left"
    points = points_metres(
        table, ground.region, crs=source.crs, cell_size_metres=size, are_corners=are_corners
    )
    _require_one_span(ground, table)
    people = pd.DataFrame(_people(table))
    _require_spacing(points, size, table.where)
    if "cell_id" not in table:
        return _Read(table.where, table, table, _ids(points, size), points, people)
    table.require_unique("cell_id")
    return _Read(table.where, table, table, table.filled_text("cell_id"), points, people)


def _require_one_span(ground: Ground, table: SourceTable) -> None:
    """Refuse youths that by their heading are of other ages than the owner's terms say."""
    terms, heading = ground.recipe.disclosure, table.headings.get("youths", "")
    if told := terms.contradicted_by(heading):
        youngest, oldest = told.split("-")
        message = (
            f"{table.where}: {shortened(heading)!r} is not of the ages that youths are counted of here, "
            f"{terms.ages_of_youths}; if these are to count, say in the sources file "
            f"disclosure: {{ages: {{youngest: {youngest}, oldest: {oldest}}}}}"
        )
        raise InputError(message)


def _require_spacing(points: NDArray[np.float64], size: float, where: str) -> None:
    """Refuse a side of the cells that is not the usual distance between neighbours' centres.

    Wider apart than a side may only be sparse, so this counts for tables of some length only. What lies at
    distances of all kinds is no grid, and is not judged.
    """
    centres = np.unique(points, axis=0)
    if len(centres) < 2:
        return
    metres = KDTree(centres).query(centres, k=2)[0][:, 1]
    steps = np.round(metres / (SPACING_SHARE * size))
    values, counts = np.unique(steps, return_counts=True)
    usual = float(np.median(metres[steps == values[counts.argmax()]]))
    is_usual = counts.max() >= MOST * len(centres)
    is_other = usual < (1 - SPACING_SHARE) * size or (
        usual > (1 + SPACING_SHARE) * size and len(centres) >= CELLS_FOR_WIDER
    )
    if is_usual and is_other:
        message = (
            f"{where}: cell_size_metres of the sources file is {size:g} (left out, it is 1000), but the "
            f"centres lie {usual:.0f} m apart; say cell_size_metres: {usual:.0f}"
        )
        raise InputError(message)


def _from_raster(ground: Ground) -> _Read:
    source, size = ground.recipe.cells, ground.recipe.cell_size_metres
    path = ground.folder / source.file
    rows, notes = population_cells(
        path, crs=ground.recipe.crs, cell_size_metres=size, clip=ground.area(), raster_crs=source.crs
    )
    words = f"read from {path.name} (sha256 {digest(path)}): {', '.join(notes)}"
    points = rows[["east_metres", "north_metres"]].to_numpy(np.float64)
    return _Read(str(path), words, None, _ids(points, size), points, rows[["population"]])


def _people(table: SourceTable) -> dict[str, NDArray[np.float64] | pd.Series]:
    columns: dict[str, NDArray[np.float64] | pd.Series] = {}
    for name in map(str, table.frame.columns):
        if name in ("youths", "population", "population_65plus") or AGE_CLASS.fullmatch(name):
            columns[name] = table.numbers(name, minimum=0)
        elif name not in PLACE_COLUMNS:
            columns[name] = numbers_or_text(table, name)
    return columns


def _ids(centres: NDArray[np.float64], size: float) -> pd.Series:
    """Name cells as SCB does, by easting and northing of the lower-left corner (metres)."""
    corners = np.floor(centres - size / 2 + 0.5).astype(np.int64)
    return pd.Series([f"{east}{north:07d}" for east, north in corners])


def _estimated_youths(
    ground: Ground, cells: pd.DataFrame, where: str, table: SourceTable | None
) -> NDArray[np.float64] | None:
    """Youths of each cell where the source does not tell them; None where it does, or demand works it out.

    Raises
    ------
    InputError
        If there is nothing to work them out from.
    """
    share = ground.recipe.cells.share
    ages = ground.recipe.disclosure.ages_of_youths
    of_ages = [f"aged_{age}" for age in range(ages.youngest, ages.oldest + 1)]
    figures = ground.municipalities
    one_year = [each for each in figures.columns if str(each).startswith("aged_")]
    if "youths" in cells:
        return None
    if any(AGE_CLASS.fullmatch(each) for each in cells.columns):
        if not one_year:
            message = (
                f"{where}: age classes need the municipalities' residents by one-year age "
                "(municipalities: figures: with columns aged_13, aged_14, ...)"
            )
            raise InputError(message)
        return None
    if "population" in cells and share is not None:
        percent = f"{100 * share:.3g}"
        ground.note(
            f"Antalet ungdomar per ruta är uppskattat: {percent.replace('.', ',')} procent av befolkningen.",
            f"The number of young people per cell is estimated: {percent} per cent of its population.",
        )
        return cells["population"].to_numpy(np.float64) * share
    if "population" in cells and all(each in figures for each in of_ages):
        return _spread(ground, cells, figures.set_index("code")[of_ages].sum(axis=1), str(ages))
    if "population" in cells and "population_65plus" in cells:
        return None
    told = ""
    if table is not None:
        guess = likely("youths", "cells", table.unused)
        told = f"{f'; say columns: {{youths: {guess!r}}}' if guess else ''} ({table.understanding})"
    message = (
        f"{where}: nobody is counted; give a column youths, age classes (aged_15_19 ...), or population with "
        f"share: (of youths) or with municipalities' figures {of_ages[0]} ... {of_ages[-1]}{told}"
    )
    raise InputError(message)


def _spread(ground: Ground, cells: pd.DataFrame, youths_by_code: pd.Series, ages: str) -> NDArray[np.float64]:
    of_municipality = cells.groupby("municipality_code")["population"].transform("sum")
    ground.note(
        f"Antalet ungdomar per ruta är uppskattat: kommunens {ages.replace('-', '–')}-åringar är fördelade efter rutornas befolkning.",  # noqa: E501  (one sentence)
        f"The number of young people per cell is estimated: each municipality's residents aged {ages} are spread by the cells' population.",  # noqa: E501
    )
    share = (cells["population"] / of_municipality.where(of_municipality > 0)).fillna(0.0)
    return (share * cells["municipality_code"].map(youths_by_code)).to_numpy(np.float64)
