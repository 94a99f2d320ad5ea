"""Layers as tables of a schema, which QGIS shows: all of them, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import shapely
from geoalchemy2 import Geometry
from psycopg.sql import SQL, Identifier
from sqlalchemy import BigInteger, Boolean, Column, Double, MetaData, Table, Text, delete, text
from sqlalchemy.schema import CreateSchema, DropTable, SetColumnComment, SetTableComment

from ..errors import OutputError
from .session import Session, see_postgis, transaction

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import geopandas as gpd
    from sqlalchemy import Connection

DEFAULT_SCHEMA: Final = "siting"
KEY: Final = "fid"
GEOMETRY: Final = "geom"
"""Names of the key and of the geometry, as in a GeoPackage."""
MARK: Final = "[siting]"
"""Ends the comment of each table that is ours to replace."""
LOCK_SECONDS: Final = 10
"""How long a write waits for others who hold its tables."""
LONGEST_NAME_BYTES: Final = 63
LONGEST_TABLE_BYTES: Final = LONGEST_NAME_BYTES - len(f"idx__{GEOMETRY}")
SQL_TYPES: Final = {"b": Boolean, "i": BigInteger, "u": BigInteger, "f": Double}
"""By the kind of a column's dtype; any other is text."""
RIGHT_TO_CREATE: Final = text(
    "SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = :schema"
)
OWNERS: Final = text(
    "SELECT relname, relkind = 'r' AND coalesce(obj_description(pg_class.oid, 'pg_class'), '') LIKE :mark "
    "FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
    "WHERE nspname = :schema AND relname = ANY(:names)"
)
COLUMNS: Final = text(
    "SELECT attname, lower(format_type(atttypid, atttypmod)) FROM pg_attribute "
    "WHERE attrelid = CAST(:table AS regclass) AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
)


def write_layers(
    address: str,
    layers: Mapping[str, gpd.GeoDataFrame],
    *,
    schema: str | None = None,
    comments: Mapping[str, str] | None = None,
    column_comments: Mapping[str, str] | None = None,
    remove: Collection[str] = (),
) -> tuple[str, ...]:
    """Write each layer as a table, all in one transaction; return their names as schema.name.

    A table has the key ``fid`` (1, 2, ... in the order of the rows), the frame's columns, and ``geom`` with a
    GiST index. A table that an earlier run wrote is filled anew, so that rights and views on it stay; only
    where its columns have changed is it made anew. Those to `remove` are dropped, if a run wrote them.

    Raises
    ------
    OutputError
        If a layer cannot be written, or a table of its name is not ours; then nothing has changed.
    """
    with transaction(address, OutputError) as session:
        schema = _make_ready(session, schema)
        ours = _tables_of_ours(session, schema, [*layers, *remove])
        for name in ours.intersection(remove):
            _drop(session.connection, name, schema)
        for name, frame in layers.items():
            comment = f"{(comments or {}).get(name, '')} {MARK}".lstrip()
            table = _table(name, frame, schema, comment, column_comments or {})
            _create_or_empty(session.connection, table, is_there=name in ours)
            _fill(session.connection, table, frame)
    return tuple(f"{schema}.{name}" for name in layers)


def check_destination(address: str, *, schema: str | None = None) -> None:
    """Find out whether layers could be written, before hours are spent on them; nothing is changed.

    Raises
    ------
    OutputError
        If there is no connection, no PostGIS, or no right to write.
    """
    with transaction(address, OutputError) as session:
        _make_ready(session, schema)
        session.connection.rollback()


def _make_ready(session: Session, schema: str | None) -> str:
    """See to PostGIS, one writer at a time, and the schema; return the schema's name."""
    schema = schema or str(session.pairs.get("schema", DEFAULT_SCHEMA))
    if len(schema.encode()) > LONGEST_NAME_BYTES:
        message = f"{session.where}: the schema's name is longer than {LONGEST_NAME_BYTES} bytes; shorten it"
        raise OutputError(message)
    if not see_postgis(session.connection):
        message = (
            f"{session.where}: the database has no PostGIS; its administrator runs CREATE EXTENSION postgis"
        )
        raise OutputError(message)
    session.connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
    session.connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('siting'))"))
    may_create = session.connection.scalar(RIGHT_TO_CREATE, {"schema": schema})
    if may_create is None:
        session.connection.execute(CreateSchema(schema))
    elif not may_create:
        message = (
            f"{session.where}: no right to make tables in schema {schema!r}; "
            "ask its owner for GRANT CREATE, or give another with ?schema="
        )
        raise OutputError(message)
    return schema


def _tables_of_ours(session: Session, schema: str, names: list[str]) -> set[str]:
    """Names of the tables that an earlier run wrote; anything else of such a name is left alone."""
    asked = {"schema": schema, "names": names, "mark": f"%{MARK}"}
    there = session.connection.execute(OWNERS, asked).all()
    strange = sorted(name for name, is_ours in there if not is_ours)
    if strange:
        message = (
            f"{session.where}: {schema}.{strange[0]} is there and was not written by siting; "
            "rename it, or give another schema with ?schema="
        )
        raise OutputError(message)
    return {str(name) for name, _ in there}


def _table(
    name: str, frame: gpd.GeoDataFrame, schema: str, comment: str, column_comments: Mapping[str, str]
) -> Table:
    """State the table that holds a layer."""
    kinds = sorted(frame.geom_type.dropna().unique())
    srid = frame.crs.to_epsg() if frame.crs is not None else None
    if len(kinds) > 1 or srid is None or len(name.encode()) > LONGEST_TABLE_BYTES:
        message = (
            f"layer {name!r}: needs one kind of geometry (has {', '.join(kinds) or 'none'}), a CRS with an "
            f"EPSG code (has {srid}), and a name of at most {LONGEST_TABLE_BYTES} bytes"
        )
        raise OutputError(message)
    depth = "Z" if frame.has_z.any() else ""
    kind = f"{kinds[0] if kinds else 'Geometry'}{depth}".upper()
    columns = [
        Column(each, SQL_TYPES.get(frame[each].dtype.kind, Text), comment=column_comments.get(each))
        for each in frame.columns.drop(frame.geometry.name)
    ]
    return Table(
        name,
        MetaData(),
        Column(KEY, BigInteger, primary_key=True, autoincrement=False),
        *columns,
        Column(GEOMETRY, Geometry(kind, srid=srid, dimension=2 + len(depth))),
        schema=schema,
        comment=comment,
    )


def _create_or_empty(connection: Connection, table: Table, *, is_there: bool) -> None:
    """Bring the table into being, empty; one that is there already is kept if its columns are the same."""
    if is_there:
        name = Identifier(str(table.schema), table.name)
        columns = [tuple(row) for row in connection.execute(COLUMNS, {"table": name.as_string(None)})]
        if columns == [(each.name, each.type.compile(connection.dialect).lower()) for each in table.columns]:
            connection.execute(delete(table))  # readers see the old rows until all is written
            connection.execute(SetTableComment(table))
            for column in table.columns:
                connection.execute(SetColumnComment(column))
            return
        _drop(connection, table.name, str(table.schema))
    table.create(connection)


def _drop(connection: Connection, name: str, schema: str) -> None:
    connection.execute(DropTable(Table(name, MetaData(), schema=schema)))


def _fill(connection: Connection, table: Table, frame: gpd.GeoDataFrame) -> None:
    """Copy the rows; an empty text stays one, and what is missing becomes NULL."""
    columns = [
        frame[name].astype(object).where(frame[name].notna(), None)
        for name in frame.columns.drop(frame.geometry.name)
    ]
    shapes = shapely.set_srid(frame.geometry.to_numpy(), frame.crs.to_epsg())
    wkb = shapely.to_wkb(shapes, hex=True, include_srid=True)
    statement = SQL("COPY {} FROM STDIN").format(Identifier(str(table.schema), table.name))
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(statement) as copy:
        for row in zip(range(1, len(frame) + 1), *columns, wkb, strict=True):
            copy.write_row(row)
