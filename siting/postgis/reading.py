"""A table, a view or the answer to a query as a frame."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from psycopg.sql import Identifier
from sqlalchemy import text

from ..errors import InputError
from ..sentences import first_line
from .session import Session, see_postgis, transaction

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import CursorResult

TABLES: Final = text(
    "SELECT nspname, relname, pg_table_is_visible(pg_class.oid) FROM pg_class "
    "JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE relkind IN ('r', 'v', 'm', 'f', 'p') "
    "AND nspname NOT IN ('pg_catalog', 'information_schema')"
)
SPATIAL_TYPES: Final = text("SELECT oid FROM pg_type WHERE typname IN ('geometry', 'geography')")
KNOWN_SRID: Final = text("SELECT auth_name, auth_srid, srtext FROM spatial_ref_sys WHERE srid = :srid")
DECLARED_SRID: Final = text("SELECT postgis_typmod_srid(:typmod)")


def read(
    address: str, *, table: str | None = None, sql: str | None = None, crs: str | None = None
) -> gpd.GeoDataFrame | pd.DataFrame:
    """Read a table (or view), or the answer to a query; a plain frame where there is no geometry.

    The table is ``name`` or ``schema.name``, as the database stores it; it may stand in the address too
    (``?schema=gis&table=grid``). A query is one SELECT, in a transaction that can only read. The CRS is the
    database's; `crs` is for geometries that have none there (SRID 0).

    Raises
    ------
    InputError
        If there is no connection, no such table, no right to it, or no single geometry column with a CRS.
    """
    with transaction(address, InputError, read_only=True) as session:
        if table is None and sql is None and "table" in session.pairs:
            table = str(session.pairs["table"])
        if (table is None) == (sql is None):
            message = f"{session.where}: give a table or a query, one of the two"
            raise InputError(message)
        see_postgis(session.connection)
        if table is not None:
            sql = f"SELECT * FROM {Identifier(*_find_table(session, table)).as_string(None)}"
        return _frame(session, str(sql), crs, what=f"table {table}" if table else "the query")


def _find_table(session: Session, asked: str) -> tuple[str, str]:
    """Schema and name of a table in the catalogue: nothing of what is asked for is run."""
    there = [
        (str(schema), str(name), visible) for schema, name, visible in session.connection.execute(TABLES)
    ]
    wanted = asked.replace('"', "")
    if "schema" in session.pairs and "." not in wanted:
        wanted = f"{session.pairs['schema']}.{wanted}"
    found = [row for row in there if wanted in (row[1], f"{row[0]}.{row[1]}")]
    if len(found) > 1:
        found = [row for row in found if row[2]] or found  # rather those on the search path
    if len(found) == 1:
        return found[0][:2]
    names = {spelling: f"{row[0]}.{row[1]}" for row in there for spelling in (row[1], f"{row[0]}.{row[1]}")}
    words = {wanted if "." in asked else asked, wanted.rpartition(".")[2]}
    near = sorted(
        {f"{row[0]}.{row[1]}" for row in found}
        or {names[match] for word in words for match in get_close_matches(word, names)}
    )
    hint = f"did you mean {' or '.join(near)}?" if near else "it is written as schema.name, as stored"
    message = f"{session.where}: there is no {'single ' if found else ''}table {asked!r}; {hint}"
    raise InputError(message)


def _frame(session: Session, sql: str, crs: str | None, *, what: str) -> gpd.GeoDataFrame | pd.DataFrame:
    spatial = set(session.connection.scalars(SPATIAL_TYPES))
    # A server's cursor takes one SELECT and nothing else; without parameters % and : are mere signs.
    options = {"stream_results": True, "no_parameters": True}
    with session.connection.exec_driver_sql(sql, execution_options=options) as answer:
        names = list(answer.keys())
        places, typmod = _geometry_columns(answer, spatial)
        rows = answer.all()
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        message = f"{session.where}: {what} gives column {twice[0]!r} twice; name the columns you need"
        raise InputError(message)
    frame = pd.DataFrame.from_records(rows, columns=names, coerce_float=True)
    if not places:
        return frame
    geometry = names[places[0]]
    if len(places) > 1:
        message = (
            f"{session.where}: {what} has several geometries ({', '.join(names[i] for i in places)}); "
            f"name one of them in a query, such as SELECT ..., {geometry} FROM ..."
        )
        raise InputError(message)
    shapes = _shapes(session, [row[places[0]] for row in rows], what=what)
    frame[geometry] = shapes
    return gpd.GeoDataFrame(frame, geometry=geometry, crs=_crs(session, shapes, typmod, crs, what=what))


def _geometry_columns(answer: CursorResult[Any], spatial: set[int]) -> tuple[list[int], int]:
    """Places of the geometry columns, and how the first is declared (-1: not at all)."""
    cursor: Any = answer.cursor
    places = [i for i, column in enumerate(cursor.description) if column.type_code in spatial]
    typmod = int(cursor.pgresult.fmod(places[0])) if places else -1
    return places, typmod


def _shapes(session: Session, wkb: list[str | None], *, what: str) -> NDArray[Any]:
    try:
        return np.asarray(shapely.from_wkb(np.array(wkb, dtype=object)))
    except (shapely.errors.ShapelyError, NotImplementedError) as error:
        message = (
            f"{session.where}: {what} has a geometry that cannot be read ({first_line(error)}); "
            "turn curves into lines with ST_CurveToLine in a query"
        )
        raise InputError(message) from error


def _crs(session: Session, shapes: NDArray[Any], typmod: int, crs: str | None, *, what: str) -> str:
    """Give the CRS of the geometries; of a table without any the one that its column is declared with."""
    srids = {int(srid) for srid in shapely.get_srid(shapes[~shapely.is_missing(shapes)])}
    if not srids and typmod >= 0:
        srids = {session.connection.execute(DECLARED_SRID, {"typmod": typmod}).scalar_one()}
    if len(srids) > 1:
        message = (
            f"{session.where}: {what} mixes geometries of SRID {', '.join(map(str, sorted(srids)))}; "
            "bring them to one with ST_Transform in a query"
        )
        raise InputError(message)
    srid = srids.pop() if srids else 0
    known = session.connection.execute(KNOWN_SRID, {"srid": srid}).first()
    if known is not None:
        return f"{known[0]}:{known[1]}" if known[0] else str(known[2])
    if crs is None:
        message = (
            f"{session.where}: {what} has geometries without a known coordinate system (SRID {srid}); "
            "say which, such as crs: EPSG:3006, or set it in the database with UpdateGeometrySRID"
        )
        raise InputError(message)
    return crs
