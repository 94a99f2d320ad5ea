"""GeoTIFF of population (WorldPop, GHSL) -> people in square cells of the dataset's CRS.

Each pixel's people go to the cell in which its centre lies; pixels that are not small beside the cells are
first cut into equal parts. People within the municipalities are neither lost nor made.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from ...errors import InputError
from ...sentences import first_line, needs_extra
from ..library_logs import kept_back

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import rasterio
    from numpy.typing import NDArray
    from rasterio.windows import Window

MOST_WARNINGS: Final = 3
PIXELS_AT_ONCE: Final = 2_000_000
MOST_PIXELS: Final = 2_000_000_000  # Sweden by 15 metres; a file of nothing can have any number
PARTS_PER_CELL_SIDE: Final = 4
MOST_PARTS: Final = 8
FARTHEST_COARSER: Final = 2.0  # a pixel wider than two cells tells nothing of where in it people live


def population_cells(
    path: Path,
    *,
    crs: str,
    cell_size_metres: float,
    clip: shapely.Geometry | None,
    raster_crs: str | None = None,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Gather a raster's people in cells.

    Parameters
    ----------
    path
        GeoTIFF whose first band counts persons.
    crs
        That of the cells, in metres.
    cell_size_metres
        Side of the cells (metres); their corners lie on multiples of it.
    clip
        Area in that CRS whose people count; none: everything.
    raster_crs
        What the sources file says of the raster's CRS, where the file does not.

    Returns
    -------
    tuple
        Cells with people: columns east_metres, north_metres (centre) and population; and notes.

    Raises
    ------
    InputError
        If the file cannot be read, has no place on the earth, or none within the area.
    """
    try:
        import rasterio  # noqa: PLC0415  (an optional extra)
    except ImportError as error:
        message = needs_extra(f"{path}: reading .tif", "rasterio", "sources")
        raise InputError(message) from error
    if not path.is_file():
        message = f"{path}: there is no such file"
        raise InputError(message)
    try:
        with kept_back("rasterio") as said, warnings.catch_warnings():
            # That a file has no place on the earth is an error below, with better words.
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            with rasterio.open(path, driver="GTiff") as raster:
                cells, notes = _gather(path, raster, crs, cell_size_metres, clip, raster_crs)
    except (rasterio.errors.RasterioError, OSError) as error:
        message = f"{path}: cannot be read as GeoTIFF ({first_line(error)}); is the file whole?"
        raise InputError(message) from error
    # Notes go into the manifest, which others read: without the folder.
    warned = dict.fromkeys(f"GDAL: {each}".replace(str(path), path.name) for each in said)
    return cells, (*notes, *list(warned)[:MOST_WARNINGS])


def _gather(  # noqa: PLR0917  (private: what `population_cells` was given, and the open file)
    path: Path,
    raster: rasterio.DatasetReader,
    crs: str,
    cell_size_metres: float,
    clip: shapely.Geometry | None,
    raster_crs: str | None,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    source = raster_crs or (raster.crs.to_wkt() if raster.crs else None)
    if source is None or raster.transform.is_identity:
        message = f"{path}: does not say where on the earth it lies; save it as a GeoTIFF with a CRS"
        raise InputError(message)
    if not np.isfinite(raster.transform).all() or not raster.transform.determinant:
        message = f"{path}: its pixels have no size; save it as a GeoTIFF with a CRS"
        raise InputError(message)
    to_cells = Transformer.from_crs(source, crs, always_xy=True)
    window = _window(path, raster, to_cells, clip)
    if window.width * window.height > MOST_PIXELS:
        message = (
            f"{path}: has {window.width * window.height:,.0f} pixels around the municipalities; at most "
            f"{MOST_PIXELS:,} are read: give one with larger pixels"
        )
        raise InputError(message)
    parts = _parts(path, raster, window, to_cells, cell_size_metres)
    if clip is not None:
        shapely.prepare(clip)
    gathered = []
    for strip in _strips(window, parts):
        x, y, people = _people(raster, strip, parts)
        east, north = to_cells.transform(x, y)
        inside = np.isfinite(east) if clip is None else shapely.contains_xy(clip, east, north)
        index = np.floor(np.column_stack([east[inside], north[inside]]) / cell_size_metres).astype(np.int64)
        part = pd.DataFrame({"i": index[:, 0], "j": index[:, 1], "population": people[inside]})
        gathered.append(part.groupby(["i", "j"], as_index=False)["population"].sum())
    cells = pd.concat(gathered).groupby(["i", "j"], as_index=False)["population"].sum()
    if cells.empty:
        message = (
            f"{path}: nobody lives within the municipalities; is it a raster of persons, of this region?"
        )
        raise InputError(message)
    east, north = ((cells[each] + 0.5) * cell_size_metres for each in "ij")
    frame = pd.DataFrame({"east_metres": east, "north_metres": north, "population": cells["population"]})
    notes = [f"{raster.count} bands, of which the first counts"] if raster.count > 1 else []
    return frame, (*notes, f"pixels of {raster.res[0]:.6g} gathered in cells of {cell_size_metres:g} m")


def _window(
    path: Path, raster: rasterio.DatasetReader, to_cells: Transformer, clip: shapely.Geometry | None
) -> Window:
    """The part of the raster around the area, with a pixel to spare."""
    from rasterio.windows import Window  # noqa: PLC0415

    if clip is None:
        return Window(0, 0, raster.width, raster.height)
    west, south, east, north = clip.bounds
    left, bottom, right, top = to_cells.transform_bounds(west, south, east, north, direction="INVERSE")
    x, y = np.array([left, left, right, right]), np.array([bottom, top, bottom, top])
    columns, rows = _applied(~raster.transform, x, y)
    first_column, last_column = max(0, int(columns.min()) - 1), min(raster.width, int(columns.max()) + 2)
    first_row, last_row = max(0, int(rows.min()) - 1), min(raster.height, int(rows.max()) + 2)
    if first_column >= last_column or first_row >= last_row:
        message = f"{path}: does not touch the municipalities; is it the raster of this region?"
        raise InputError(message)
    return Window(first_column, first_row, last_column - first_column, last_row - first_row)


def _parts(
    path: Path,
    raster: rasterio.DatasetReader,
    window: Window,
    to_cells: Transformer,
    cell_size_metres: float,
) -> int:
    """In how many parts the side of a pixel is cut."""
    column, row = window.col_off + window.width / 2, window.row_off + window.height / 2
    columns, rows = column + np.array([0.0, 1.0, 0.0]), row + np.array([0.0, 0.0, 1.0])
    east, north = to_cells.transform(*_applied(raster.transform, columns, rows))
    side = max(np.hypot(east[k] - east[0], north[k] - north[0]) for k in (1, 2))
    if side > FARTHEST_COARSER * cell_size_metres:
        message = (
            f"{path}: its pixels are {side:,.0f} m wide, coarser than cells of {cell_size_metres:g} m; "
            "choose a larger cell_size_metres or a finer raster"
        )
        raise InputError(message)
    return min(MOST_PARTS, int(np.ceil(PARTS_PER_CELL_SIDE * side / cell_size_metres)))


def _strips(window: Window, parts: int) -> Iterator[Window]:
    """Cut the window in strips of bounded size, so that a raster of a continent needs no more memory."""
    from rasterio.windows import Window  # noqa: PLC0415

    width = min(int(window.width), PIXELS_AT_ONCE // parts**2)
    height = max(1, PIXELS_AT_ONCE // (width * parts**2))
    for top in range(0, int(window.height), height):
        rows = min(height, int(window.height) - top)
        for left in range(0, int(window.width), width):
            columns = min(width, int(window.width) - left)
            yield Window(window.col_off + left, window.row_off + top, columns, rows)


def _people(
    raster: rasterio.DatasetReader, window: Window, parts: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates and persons of each part of each pixel that has people; nodata and negatives have none."""
    band = raster.read(1, window=window, masked=True)
    persons = np.ma.filled(band.astype(np.float64), 0.0)
    row, column = np.nonzero(np.isfinite(persons) & (persons > 0))
    within = (np.arange(parts) + 0.5) / parts
    dy, dx = (each.ravel() for each in np.meshgrid(within, within, indexing="ij"))
    columns = (window.col_off + column[:, None] + dx).ravel()
    rows = (window.row_off + row[:, None] + dy).ravel()
    x, y = _applied(raster.transform, columns, rows)
    return x, y, np.repeat(persons[row, column] / parts**2, parts**2)


def _applied(
    matrix: rasterio.Affine, x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return matrix.a * x + matrix.b * y + matrix.c, matrix.d * x + matrix.e * y + matrix.f
