"""Tables of a database -> `RawTable`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from ...errors import InputError
from .file_formats import RawTable, plain_columns

if TYPE_CHECKING:
    from ..recipe import TableSource


def read_database(source: TableSource) -> tuple[str, RawTable]:
    """Read a table or a query; give its address without the password, for messages, and its rows.

    Raises
    ------
    InputError
        If it cannot be read, or holds no rows.
    """
    from ... import postgis  # noqa: PLC0415  (an optional extra)

    where = f"{postgis.without_password(source.file)} {source.table or 'sql'}"
    frame = postgis.read(source.file, table=source.table, sql=source.sql, crs=source.crs)
    if frame.empty:
        message = f"{where}: holds no rows"
        raise InputError(message)
    if isinstance(frame, gpd.GeoDataFrame) and frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    rows = np.arange(1, len(frame) + 1, dtype=np.intp)
    return where, RawTable(plain_columns(frame), rows, ())
