"""PostGIS as a source and as a destination, against a real server that `postgis_server` starts."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import quote

import by_hand
import geopandas as gpd
import pandas as pd
import postgis_server
import psycopg
import pytest
import toy
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st
from postgis_server import PASSWORD, Server
from shapely import LineString, Point, box

import siting
from siting import postgis, study
from siting.cli import main
from siting.errors import InputError, OutputError, SitingError
from siting.postgis import session, writing
from siting.present.database import table_name, write_tables
from siting.present.files import write
from siting.present.layers import isochrones_layer
from siting.present.words import read_texts
from siting.study import Outcome

NUMBERS = count()
HIDDEN = ("s3cret", quote("s3cret"), PASSWORD, quote(PASSWORD, safe=""))


def shows_password(text: str) -> bool:
    return any(secret in text for secret in HIDDEN)


@pytest.fixture
def schema(database: Server) -> Iterator[str]:
    """A schema of the test's own, which `analyst` owns."""
    name = f"test_{next(NUMBERS)}"
    database.execute(f"CREATE SCHEMA {name}")
    yield name
    database.execute(f"DROP SCHEMA {name} CASCADE")


@pytest.fixture
def address(database: Server, schema: str) -> str:
    return database.address(schema=schema)


@pytest.fixture
def grid(database: Server, schema: str) -> str:
    """A table with all that a Swedish table has: letters, decimals, what is missing; schema.name."""
    database.execute(
        f"CREATE TABLE {schema}.grid (ruta text, kommun text, antal integer, medel numeric(6, 2), "
        "landsbygd boolean, datum date, geom geometry(Point, 3006))",
        f"INSERT INTO {schema}.grid VALUES "
        "('5000', 'Älvdalen', 12, 3.50, true, '2024-12-31', 'SRID=3006;POINT(450500 6790500)'), "
        "('5001', NULL, NULL, NULL, NULL, NULL, NULL)",
    )
    return f"{schema}.grid"


# Addresses


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_both_spellings_of_the_scheme_are_addresses(scheme: str) -> None:
    assert postgis.is_address(f"{scheme}://anna@host/gis")
    assert not postgis.is_address(f"./{scheme}://anna@host/gis")
    assert not postgis.is_address(Path("grid.csv"))
    assert not postgis.is_address(None)


@given(
    before=st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("C",))),
    after=st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("C",))),
    is_quoted=st.booleans(),
    query=st.sampled_from(["", "?schema=x", "?sslmode=require&application_name=a"]),
)
def test_no_password_is_shown_however_it_is_written(
    before: str, after: str, is_quoted: bool, query: str
) -> None:
    password = f"{before}s3cret{after}"
    password = quote(password, safe="") if is_quoted else password
    shown = postgis.without_password(f"postgresql://anna:{password}@host:5432/gis{query}")
    assert "s3cret" not in shown
    assert shown.startswith("postgresql://anna@host:5432/gis")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql:///gis", "postgresql:///gis"),
        ("postgresql://host/gis", "postgresql://host/gis"),
        ("postgresql://anna:s3cret@[::1]:5432/gis", "postgresql://anna@[::1]:5432/gis"),
        ("postgresql://[::1]:5432/gis", "postgresql://[::1]:5432/gis"),
        ("postgresql://anna:s3cret/gis", "postgresql://anna/gis"),
        ("postgresql://host/gis?PASSWORD=s3cret&user=anna", "postgresql://host/gis?user=anna"),
        ("postgresql://host/gis?p%61ssword=s3cret", "postgresql://host/gis"),
        ("postgresql://host/gis?sslpassword=s3cret", "postgresql://host/gis"),
    ],
)
def test_all_else_of_an_address_is_shown(address: str, shown: str) -> None:
    assert postgis.without_password(address) == shown


# Connections


def wrong_addresses(database: Server) -> dict[str, tuple[str, str]]:
    good = database.address()
    return {
        "wrong password": (
            database.address(password="s3cret-wrong"),
            "put the right password in PGPASSWORD or ~/.pgpass",
        ),
        "no password": (database.address(password=None), "put the password in PGPASSWORD or ~/.pgpass"),
        "unknown user": (database.address(user="nobody"), "put the right password"),
        "unknown database": (database.address("nowhere"), "check the name of the database"),
        "closed port": (good.replace(f":{database.port}/", ":1/"), "check host and port"),
        "unknown host": (good.replace("127.0.0.1", "host.invalid"), "check the spelling of the host"),
        "no TLS": (f"{good}?sslmode=require", "sslmode="),
        "unknown option": (f"{good}?colour=red", '"colour"'),
        "@ in the password": (f"postgresql://analyst:s3cret@s3cret@127.0.0.1:{database.port}/gis", "%40"),
        "/ in the password": (f"postgresql://analyst:s3cret/s3cret:x@127.0.0.1:{database.port}/gis", "anal"),
        "password for a port": ("postgresql://analyst:s3cret/gis", "is no address such as"),
        "nothing": ("postgresql://", "postgresql://"),
    }


@pytest.mark.parametrize("case", list(wrong_addresses(Server(0))))
def test_a_connection_that_fails_is_one_sentence_that_says_what_to_do_without_the_password(
    database: Server, case: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "sqlalchemy")
    monkeypatch.setenv("PGPASSFILE", "/nowhere")
    address, expected = wrong_addresses(database)[case]
    for kind, act in (
        (InputError, lambda: postgis.read(address, sql="SELECT 1")),
        (OutputError, lambda: postgis.check_destination(address)),
    ):
        with pytest.raises(kind) as caught:
            act()
        assert expected in str(caught.value)
        assert str(caught.value).startswith(postgis.without_password(address))
        assert "\n" not in str(caught.value)
        error: BaseException | None = caught.value
        while error is not None:  # a traceback prints the causes too
            assert not shows_password(f"{error} {error.args}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert not shows_password(caplog.text)


def test_the_password_may_come_from_the_environment_or_the_password_file(
    database: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = database.address(password=None)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert postgis.read(address, sql="SELECT 1 AS one").one.tolist() == [1]
    monkeypatch.delenv("PGPASSWORD")
    escaped = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    (tmp_path / "pgpass").write_text(f"127.0.0.1:*:*:analyst:{escaped}\n", encoding="utf-8")
    (tmp_path / "pgpass").chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    assert postgis.read(address, sql="SELECT 1 AS one").one.tolist() == [1]


def test_the_old_spelling_of_the_scheme_connects_too(database: Server) -> None:
    address = database.address().replace("postgresql://", "postgres://")
    assert len(postgis.read(address, sql="SELECT 1 AS one")) == 1


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "CONNECT_SECONDS", 2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"postgresql://analyst:{quote(PASSWORD, safe='')}@127.0.0.1:{silent.getsockname()[1]}/gis"
        with pytest.raises(InputError, match="nothing answered in time") as caught:
            postgis.read(address, sql="SELECT 1")
    assert not shows_password(str(caught.value))


def test_a_port_that_speaks_another_language_is_told() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        def answer() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(InputError, match=r"127\.0\.0\.1"):
            postgis.read(f"postgresql://anna@127.0.0.1:{other.getsockname()[1]}/gis", sql="SELECT 1")
        thread.join()


def test_an_absent_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    for module in ("reading", "writing", "session"):
        monkeypatch.delitem(sys.modules, f"siting.postgis.{module}", raising=False)
    with pytest.raises(InputError, match=r"needs sqlalchemy: install .* pip install -e '\.\[postgis\]'"):
        postgis.read("postgresql://host/gis", sql="SELECT 1")


# Reading


def test_a_table_is_read_with_its_letters_numbers_gaps_and_crs(address: str, grid: str) -> None:
    frame = postgis.read(address, table=grid)
    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.crs == "EPSG:3006"
    assert frame.kommun.iloc[0] == "Älvdalen"
    assert frame.antal.iloc[0] == 12
    assert frame.medel.dtype == float
    assert frame.drop(columns="ruta").iloc[1].isna().all()
    assert frame.geometry.iloc[0] == Point(450500, 6790500)


def test_a_table_may_be_named_in_the_address(address: str, grid: str) -> None:
    assert len(postgis.read(f"{address}&table=grid")) == 2
    assert len(postgis.read(f"{address}&table=nothing", table=grid)) == 2
    assert len(postgis.read(address, table="grid")) == 2


def test_a_view_is_read_as_a_table_is(database: Server, address: str, grid: str, schema: str) -> None:
    database.execute(f"CREATE VIEW {schema}.rutor AS SELECT ruta, geom FROM {grid} WHERE geom IS NOT NULL")
    frame = postgis.read(address, table=f"{schema}.rutor")
    assert (len(frame), frame.crs) == (1, "EPSG:3006")


@pytest.mark.parametrize("name", ["Befolkning-1km", "Ålder och kön", "50%", ":rutor", "select", "a'b"])
def test_a_name_is_taken_as_it_is_stored(database: Server, address: str, schema: str, name: str) -> None:
    database.execute(f'CREATE TABLE {schema}."{name}" AS SELECT 1 AS antal')
    assert postgis.read(address, table=name).antal.tolist() == [1]
    assert postgis.read(address, table=f'{schema}."{name}"').antal.tolist() == [1]


def test_a_query_may_hold_any_sign(address: str, grid: str) -> None:
    query = f"SELECT kommun AS \"50 % :x\" FROM {grid} WHERE kommun LIKE 'Älv%' AND '12:30' <> ':y' -- end;"
    frame = postgis.read(address, sql=query)
    assert not isinstance(frame, gpd.GeoDataFrame)
    assert frame.to_dict("records") == [{"50 % :x": "Älvdalen"}]


def test_a_table_without_geometry_is_a_plain_frame_and_needs_no_postgis(database: Server) -> None:
    database.execute("CREATE TABLE public.totals AS SELECT '2039' AS kod, 500 AS antal", database="plain")
    frame = postgis.read(database.address("plain"), table="totals")
    assert type(frame) is pd.DataFrame
    assert frame.to_dict("records") == [{"kod": "2039", "antal": 500}]


def test_an_empty_table_has_its_columns_and_the_crs_of_its_declaration(
    database: Server, address: str, grid: str
) -> None:
    database.execute(f"DELETE FROM {grid}")
    frame = postgis.read(address, table=grid)
    assert (len(frame), frame.crs) == (0, "EPSG:3006")
    assert "kommun" in frame
    assert postgis.read(address, sql=f"SELECT * FROM {grid} WHERE antal > 5").crs == "EPSG:3006"


def test_kinds_of_geometry_may_be_mixed_and_missing(address: str) -> None:
    frame = postgis.read(
        address,
        sql="SELECT ST_GeomFromText(wkt, 3006) AS geom FROM (VALUES ('POINT(1 2)'), "
        "('MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)))'), (NULL), ('POINT EMPTY')) AS rows (wkt)",
    )
    assert frame.geom_type.tolist()[:2] == ["Point", "MultiPolygon"]
    assert frame.geometry.isna().tolist() == [False, False, True, False]


def test_curves_are_told(address: str) -> None:
    with pytest.raises(InputError, match=r"cannot be read.*ST_CurveToLine"):
        postgis.read(address, sql="SELECT 'SRID=3006;CIRCULARSTRING(0 0, 1 1, 2 0)'::geometry AS geom")


def test_a_geography_is_read_in_degrees(address: str) -> None:
    frame = postgis.read(address, sql="SELECT 'POINT(15.6 60.6)'::geography AS place")
    assert (frame.crs, frame.geometry.iloc[0]) == ("EPSG:4326", Point(15.6, 60.6))


def test_a_coordinate_system_of_the_databases_own_is_read(database: Server, address: str) -> None:
    database.execute(
        "INSERT INTO spatial_ref_sys (srid, srtext, proj4text) SELECT 990001, srtext, proj4text "
        "FROM spatial_ref_sys WHERE srid = 3010",
        user="postgres",
    )
    frame = postgis.read(address, sql="SELECT ST_SetSRID(ST_MakePoint(150000, 6700000), 990001) AS geom")
    assert "16 30" in frame.crs.name


@pytest.mark.parametrize("srid", [0, 990099])
def test_geometries_without_a_coordinate_system_are_told_or_given_one(address: str, srid: int) -> None:
    query = f"SELECT ST_SetSRID(ST_MakePoint(450500, 6790500), {srid}) AS geom"
    with pytest.raises(InputError, match=rf"the query has geometries without .* \(SRID {srid}\).*EPSG:3006"):
        postgis.read(address, sql=query)
    assert postgis.read(address, sql=query, crs="EPSG:3006").crs == "EPSG:3006"


def test_the_databases_word_on_the_crs_is_better_than_ours(address: str, grid: str) -> None:
    assert postgis.read(address, table=grid, crs="EPSG:4326").crs == "EPSG:3006"


def test_several_coordinate_systems_in_one_column_are_told(address: str) -> None:
    query = "SELECT ST_SetSRID(ST_MakePoint(1, 2), srid) AS geom FROM (VALUES (3006), (4326)) AS rows (srid)"
    with pytest.raises(InputError, match=r"mixes geometries of SRID 3006, 4326.*ST_Transform"):
        postgis.read(address, sql=query)


def test_of_several_geometries_one_has_to_be_named(database: Server, address: str, grid: str) -> None:
    database.execute(f"ALTER TABLE {grid} ADD COLUMN mitt geometry(Point, 4326)")
    with pytest.raises(InputError, match=r"several geometries \(geom, mitt\); name one.*SELECT ..., geom"):
        postgis.read(address, table=grid)
    assert postgis.read(address, sql=f"SELECT ruta, mitt FROM {grid}").crs == "EPSG:4326"


def test_a_column_that_comes_twice_is_told(address: str, grid: str) -> None:
    with pytest.raises(InputError, match="the query gives column 'ruta' twice"):
        postgis.read(address, sql=f"SELECT a.ruta, b.ruta FROM {grid} AS a JOIN {grid} AS b USING (ruta)")


def test_a_table_or_a_query_is_needed_and_not_both(address: str) -> None:
    for asked in ({}, {"table": "grid", "sql": "SELECT 1"}):
        with pytest.raises(InputError, match="a table or a query"):
            postgis.read(address, **asked)


def test_a_table_that_is_not_there_is_told_with_those_that_are_like_it(
    address: str, grid: str, schema: str
) -> None:
    for asked in ("gird", f"{schema}.Grid", f"{schema}x.grid"):
        with pytest.raises(InputError, match=rf"no table '{asked}'; did you mean .*{grid}"):
            postgis.read(address, table=asked)
    with pytest.raises(InputError, match=r"no table 'population'; it is written as schema\.name"):
        postgis.read(address, table="population")
    with pytest.raises(InputError, match=r"does not exist; write the table's name as schema\.name"):
        postgis.read(address, sql="SELECT * FROM population")


@pytest.mark.usefixtures("grid")
def test_a_name_that_two_schemas_have_is_told(database: Server, schema: str) -> None:
    database.execute(f"CREATE SCHEMA {schema}_b", f"CREATE TABLE {schema}_b.grid AS SELECT 1 AS antal")
    with pytest.raises(InputError, match=rf"no single table 'grid'.*{schema}\.grid or {schema}_b\.grid"):
        postgis.read(database.address(), table="grid")
    database.execute(f"DROP SCHEMA {schema}_b CASCADE")


def test_a_table_that_the_user_may_not_read_is_told(database: Server, grid: str) -> None:
    with pytest.raises(InputError, match=r"permission denied.*ask the owner of the database to grant it"):
        postgis.read(database.address(user="reader"), table=grid)


@pytest.mark.parametrize(
    "name",
    [
        "grid; DROP TABLE {grid}",
        'grid"; DROP TABLE {grid}; --',
        "{grid} WHERE false; DELETE FROM {grid}",
        "(SELECT 1) AS x",
        "grid'); DROP TABLE {grid}; --",
        "",
        "\x00",
    ],
)
def test_a_name_is_never_run(database: Server, address: str, grid: str, name: str) -> None:
    with pytest.raises(InputError):
        postgis.read(address, table=name.format(grid=grid))
    assert database.execute(f"SELECT count(*) FROM {grid}") == [(2,)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1; DELETE FROM {grid}",
        "SELECT 1; COMMIT; DELETE FROM {grid}",
        "DELETE FROM {grid}",
        "DELETE FROM {grid} RETURNING *",
        "WITH gone AS (DELETE FROM {grid} RETURNING *) SELECT * FROM gone",
        "SELECT empty_grid()",
        "DROP TABLE {grid}",
        "COPY {grid} TO PROGRAM 'cat'",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        "COMMIT",
        "SELECT * INTO {grid}_2 FROM {grid}",
        "SELEC 1",
        "",
    ],
)
def test_a_query_that_is_not_one_reading_select_is_refused(
    database: Server, address: str, grid: str, query: str
) -> None:
    database.execute(
        "CREATE OR REPLACE FUNCTION public.empty_grid() RETURNS int LANGUAGE sql VOLATILE "
        f"AS 'DELETE FROM {grid}; SELECT 1'",
        user="postgres",
    )
    database.execute(f"GRANT ALL ON {grid} TO postgres")
    with pytest.raises(InputError, match=r"a query is one SELECT|give a table or a query"):
        postgis.read(address, sql=query.format(grid=grid))
    assert database.execute(f"SELECT count(*) FROM {grid}") == [(2,)]


def test_a_database_in_another_encoding_is_read(database: Server) -> None:
    database.execute(
        "CREATE DATABASE old OWNER analyst ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
        database="postgres",
        user="postgres",
    )
    database.execute("CREATE TABLE kommuner AS SELECT 'Älvdalen'::text AS namn", database="old")
    assert postgis.read(database.address("old"), table="kommuner").namn.tolist() == ["Älvdalen"]


def test_postgis_may_be_installed_in_a_schema_of_its_own(database: Server) -> None:
    database.execute(
        "CREATE DATABASE apart OWNER analyst",
        database="postgres",
        user="postgres",
    )
    database.execute(
        "CREATE SCHEMA tools",
        "CREATE EXTENSION postgis SCHEMA tools",
        "GRANT USAGE ON SCHEMA tools TO analyst",
        database="apart",
        user="postgres",
    )
    address = database.address("apart")
    for _ in range(2):
        postgis.write_layers(address, {"places": places(3)})
    assert postgis.read(address, table="siting.places").crs == "EPSG:3006"


# Writing


def places(n: int, **columns: object) -> gpd.GeoDataFrame:
    """A layer of n points with texts that are empty, missing or awkward."""
    texts = ["", None, "tab\tnew\nline \\N \\. 'å' \"–\" 50 %", "NULL"]
    return gpd.GeoDataFrame(
        {
            "name": pd.Series([texts[i % 4] for i in range(n)], dtype=object),
            "visits": pd.Series([None if i % 3 else i for i in range(n)], dtype="Int64"),
            "minutes": [float("nan") if i % 2 else i / 3 for i in range(n)],
            "is_open": [i % 2 == 0 for i in range(n)],
            **columns,
        },
        geometry=[Point(500_000 + i, 6_700_000) for i in range(n)],
        crs="EPSG:3006",
    )


def assert_same(read: gpd.GeoDataFrame, expected: gpd.GeoDataFrame) -> None:
    assert read.fid.tolist() == list(range(1, len(expected) + 1))
    frames = [read.drop(columns="fid").rename_geometry("geometry"), expected.copy()]
    for frame in frames:
        for name in expected.columns.drop("geometry"):  # every mark of what is missing is the same
            frame[name] = frame[name].astype(object).where(frame[name].notna(), None)
    assert_geodataframe_equal(*frames)


@pytest.fixture(scope="module")
def written(base_outcome: Outcome, database: Server) -> str:
    """The base scenario's layers in the default schema; their address."""
    address = database.address(schema="base_case")
    layers = ("sites", "assignments", "isochrones")
    assert write_tables(base_outcome, address) == tuple(f"base_case.base_{layer}" for layer in layers)
    return address


def test_tables_hold_what_the_geopackage_holds(base_outcome: Outcome, written: str, tmp_path: Path) -> None:
    package = write(base_outcome, tmp_path)
    for layer in ("sites", "assignments", "isochrones"):
        expected = gpd.read_file(Path(package) / "plan.gpkg", layer=layer)
        assert_same(postgis.read(written, table=f"base_{layer}"), expected)


@pytest.mark.usefixtures("written")
def test_qgis_finds_kind_srid_key_and_index_of_each_table(database: Server) -> None:
    assert database.execute(
        "SELECT f_table_name, f_geometry_column, type, srid FROM geometry_columns "
        "WHERE f_table_schema = 'base_case' ORDER BY 1"
    ) == [
        ("base_assignments", "geom", "POLYGON", 3006),
        ("base_isochrones", "geom", "MULTIPOLYGON", 3006),
        ("base_sites", "geom", "POINT", 3006),
    ]
    indexes = database.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'base_case' ORDER BY 1")
    assert [any(word in index for (index,) in indexes) for word in ("UNIQUE", "gist (geom)")] == [True, True]
    assert len(indexes) == 6


@pytest.mark.usefixtures("written")
def test_tables_say_what_they_are_and_what_is_estimated(database: Server) -> None:
    (comment, column), *_ = database.execute(
        "SELECT obj_description(oid), col_description(oid, attnum) FROM pg_class JOIN pg_attribute "
        "ON attrelid = oid WHERE relname = 'base_sites' AND attname = 'youths_nearest'"
    )
    assert "Dalarnas län" in comment
    assert "Källa: " in comment
    assert "uppskattade" in comment
    assert "avrundat" in column


@pytest.mark.parametrize("language", ["sv", "en"])
def test_each_column_of_each_layer_is_explained(toy_folder: Path, language: str) -> None:
    outcome = by_hand.with_teams(toy_folder)
    layers = (
        siting.sites_layer(outcome),
        siting.assignments_layer(outcome),
        siting.tours_layer(outcome),
        isochrones_layer(outcome),
    )
    columns = {column for layer in layers for column in layer.columns.drop("geometry")}
    assert columns == set(read_texts(language)["layer"]["column"])


def test_awkward_values_come_back_as_they_were(address: str) -> None:
    comment = "100 % :x 'y' \"z\" \\ {0}"
    postgis.write_layers(
        address, {"places": places(12)}, comments={"places": comment}, column_comments={"name": comment}
    )
    read = postgis.read(address, table="places")
    assert_same(read, places(12))
    assert read.name.iloc[:2].tolist()[0] == ""
    assert pd.isna(read.name.iloc[1])


@pytest.mark.parametrize(
    "shapes", [[LineString([(0, 0), (1, 1)])], [Point(1, 2, 3)], [box(0, 0, 1, 1), None], []]
)
def test_any_one_kind_of_geometry_is_written(address: str, shapes: list[object]) -> None:
    layer = gpd.GeoDataFrame({"n": list(range(len(shapes)))}, geometry=shapes, crs="EPSG:3006")
    postgis.write_layers(address, {"layer": layer})
    read = postgis.read(address, table="layer")
    assert (read.geometry.tolist(), read.crs) == (shapes, "EPSG:3006")


def test_a_layer_of_several_kinds_or_without_a_crs_is_refused(address: str) -> None:
    mixed = gpd.GeoDataFrame({"n": [1, 2]}, geometry=[Point(0, 0), box(0, 0, 1, 1)], crs="EPSG:3006")
    for layer in (mixed, mixed.iloc[:1].set_crs(None, allow_override=True)):
        with pytest.raises(OutputError, match="needs one kind of geometry"):
            postgis.write_layers(address, {"good": places(1), "bad": layer})
        with pytest.raises(InputError, match="no table 'good'"):
            postgis.read(address, table="good")


def test_writing_again_replaces_the_rows_and_keeps_rights_and_views(
    database: Server, address: str, schema: str
) -> None:
    postgis.write_layers(address, {"places": places(5)})
    database.execute(
        f"GRANT USAGE ON SCHEMA {schema} TO reader",
        f"GRANT SELECT ON {schema}.places TO reader",
        f"CREATE VIEW {schema}.open_places AS SELECT * FROM {schema}.places WHERE is_open",
    )
    postgis.write_layers(address, {"places": places(3)}, comments={"places": "new"})
    assert_same(postgis.read(database.address(user="reader"), table=f"{schema}.places"), places(3))
    assert len(postgis.read(address, table="open_places")) == 2
    assert database.execute(f"SELECT obj_description('{schema}.places'::regclass)") == [("new [siting]",)]


def test_other_columns_make_the_table_anew(address: str) -> None:
    postgis.write_layers(address, {"places": places(5)})
    postgis.write_layers(address, {"places": places(2, extra=[1.5, 2.5])})
    assert_same(postgis.read(address, table="places"), places(2, extra=[1.5, 2.5]))


def test_a_view_that_needs_the_old_columns_is_told_and_nothing_changes(
    database: Server, address: str, schema: str
) -> None:
    postgis.write_layers(address, {"places": places(5)})
    database.execute(f"CREATE VIEW {schema}.names AS SELECT name FROM {schema}.places")
    with pytest.raises(OutputError, match="drop the view"):
        postgis.write_layers(address, {"places": places(2, extra=[1, 2])})
    assert_same(postgis.read(address, table="places"), places(5))


@pytest.mark.parametrize("kind", ["TABLE", "VIEW", "MATERIALIZED VIEW"])
def test_what_siting_did_not_write_is_left_alone(
    database: Server, address: str, schema: str, kind: str
) -> None:
    database.execute(f"CREATE {kind} {schema}.places AS SELECT 'mine' AS whose")
    for layers, remove in (({"first": places(1), "places": places(1)}, ()), ({}, ("places",))):
        with pytest.raises(OutputError, match=rf"{schema}\.places is there and was not written by siting"):
            postgis.write_layers(address, layers, remove=remove)
    assert postgis.read(address, table="places").whose.tolist() == ["mine"]
    with pytest.raises(InputError, match="no table 'first'"):
        postgis.read(address, table="first")


def kill_the_connection(database: Server) -> None:
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'siting'",
        user="postgres",
    )


def interrupt(_: Server) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("accident", [kill_the_connection, interrupt])
@pytest.mark.parametrize("is_same", [True, False])
def test_a_write_that_breaks_off_half_way_leaves_the_old_layers(
    database: Server,
    address: str,
    monkeypatch: pytest.MonkeyPatch,
    accident: Callable[[Server], None],
    is_same: bool,
) -> None:
    old = {"first": places(5), "second": places(4)}
    postgis.write_layers(address, old)
    fill = writing._fill

    def fill_and_break(*arguments: object) -> None:
        fill(*arguments)  # type: ignore[arg-type]
        accident(database)

    monkeypatch.setattr(writing, "_fill", fill_and_break)
    new = places(2) if is_same else places(2, extra=[1, 2])
    with pytest.raises((OutputError, KeyboardInterrupt)):
        postgis.write_layers(address, {"first": new, "second": new, "third": new})
    for name, layer in old.items():
        assert_same(postgis.read(address, table=name), layer)
    with pytest.raises(InputError, match="no table 'third'"):
        postgis.read(address, table="third")


def test_readers_see_the_old_layer_or_the_new_and_never_a_part(address: str) -> None:
    sizes = (400, 700)
    postgis.write_layers(address, {"places": places(sizes[0])})
    seen: list[int] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.append(len(postgis.read(address, table="places")))

    reader = threading.Thread(target=look)
    reader.start()
    for i in range(10):
        postgis.write_layers(address, {"places": places(sizes[(i + 1) % 2])})
    done.set()
    reader.join()
    assert len(seen) > 5
    assert set(seen) <= set(sizes)


def test_two_writers_at_once_take_turns(address: str) -> None:
    failures: list[Exception] = []

    def put(n: int) -> None:
        try:
            postgis.write_layers(address, {"first": places(n), "second": places(n)})
        except SitingError as error:
            failures.append(error)

    writers = [threading.Thread(target=put, args=(n,)) for n in (20, 30, 40, 50)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failures
    assert len(postgis.read(address, table="first")) == len(postgis.read(address, table="second"))


def test_a_table_that_another_program_holds_is_told(
    database: Server, address: str, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "LOCK_SECONDS", 1)
    postgis.write_layers(address, {"places": places(5)})
    with database.connect(user="analyst") as other, other.transaction():
        other.execute(f"LOCK TABLE {schema}.places")
        with pytest.raises(OutputError, match="another program holds the table"):
            postgis.write_layers(address, {"places": places(2)})
    assert_same(postgis.read(address, table="places"), places(5))


def test_a_reader_in_a_long_transaction_holds_nobody_up(
    database: Server, address: str, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "LOCK_SECONDS", 1)
    postgis.write_layers(address, {"places": places(5)})
    with database.connect(user="analyst") as qgis, qgis.transaction():
        qgis.execute(f"SELECT * FROM {schema}.places")
        postgis.write_layers(address, {"places": places(2)})
    assert len(postgis.read(address, table="places")) == 2


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (("plain", "analyst", ""), "has no PostGIS; its administrator runs CREATE EXTENSION postgis"),
        (("planning", "reader", ""), "permission denied for database planning"),
        (("planning", "reader", "?schema={schema}"), "no right to make tables in schema"),
        (("planning", "analyst", "?schema=pg_mine"), "unacceptable schema name"),
        (("planning", "analyst", f"?schema={'å' * 32}"), "longer than 63 bytes"),
    ],
)
def test_a_destination_that_cannot_be_written_to_is_told_before_the_work(
    database: Server, schema: str, where: tuple[str, str, str], expected: str
) -> None:
    name, user, query = where
    address = database.address(name, user=user) + query.format(schema=schema)
    with pytest.raises(OutputError, match=expected):
        postgis.check_destination(address)
    with pytest.raises(OutputError, match=expected):
        postgis.write_layers(address, {"places": places(1)})


def test_looking_at_a_destination_leaves_nothing_there(database: Server) -> None:
    postgis.check_destination(database.address(schema="not_yet"))
    assert database.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'not_yet'") == [(0,)]


def test_a_schema_may_have_any_name(database: Server) -> None:
    name = 'mini "maria" 50 % :x; DROP TABLE x; --'
    address = database.address(schema=name)
    for _ in range(2):
        assert postgis.write_layers(address, {"places": places(3)}) == (f"{name}.places",)
    quoted = name.replace('"', '""')
    assert database.execute(f'SELECT count(*) FROM "{quoted}".places') == [(3,)]


def test_a_name_that_is_too_long_is_refused_and_ours_never_are(address: str) -> None:
    postgis.write_layers(address, {"å" * 27: places(1)})
    with pytest.raises(OutputError, match="at most 54 bytes"):
        postgis.write_layers(address, {"x" * 55: places(1)})
    names = {table_name(scenario, "assignments") for scenario in ("a" * 60, "a" * 59 + "b", "two-mains")}
    assert len(names) == 3
    assert all(len(name) <= 54 and name.isidentifier() for name in names)


# The command


def test_run_writes_its_layers_into_the_database_and_nothing_to_the_disk(
    toy_folder: Path,
    address: str,
    schema: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(toy_folder)
    scenario = toy.write_scenario(toy_folder, "two-places")
    before = sorted(toy_folder.rglob("*"))
    assert main(["run", str(scenario), "--out", address, "--language", "en"]) == 0
    assert sorted(toy_folder.rglob("*")) == before
    told = capsys.readouterr().err
    assert f"{schema}.two_places_sites, {schema}.two_places_assignments" in told
    assert not shows_password(told)
    assert len(postgis.read(address, table="two_places_sites")) == 4


def test_compare_writes_the_layers_of_each_scenario(toy_folder: Path, address: str) -> None:
    first, second = toy.write_scenario(toy_folder, "first"), toy.write_scenario(toy_folder, "second")
    assert main(["compare", str(first), str(second), "--out", address]) == 0
    for name in ("first_sites", "first_assignments", "second_sites", "second_assignments"):
        assert len(postgis.read(address, table=name)) > 0


def test_the_log_of_a_verbose_run_does_not_hold_the_password(
    toy_folder: Path, address: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "sqlalchemy")
    assert main(["--verbose", "run", str(toy.write_scenario(toy_folder)), "--out", address]) == 0
    assert "CREATE TABLE" in caplog.text
    assert not shows_password(caplog.text + capsys.readouterr().err)


def test_a_database_that_cannot_be_reached_is_told_before_the_plan_is_made(
    database: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "run", lambda *_, **__: pytest.fail("the plan was made first"))
    monkeypatch.setattr(study, "compare", lambda *_, **__: pytest.fail("the plans were made first"))
    address = database.address(password="s3cret-wrong")
    for arguments in (["run", "base"], ["compare", "base", "today"]):
        assert main([*arguments, "--out", address]) == OutputError.exit_code
        message = capsys.readouterr().err
        assert message.count("\n") == 1
        assert not shows_password(message)


def test_tours_of_an_earlier_run_do_not_stay(toy_folder: Path, address: str) -> None:
    outcome = by_hand.with_teams(toy_folder)
    tables = write_tables(outcome, address)
    assert [name.rpartition("_")[2] for name in tables] == ["sites", "assignments", "tours", "isochrones"]
    assert postgis.read(address, table="teams_tours").geom_type.unique().tolist() == ["LineString"]
    areas = postgis.read(address, table="teams_isochrones")
    assert areas.geom_type.unique().tolist() == ["MultiPolygon"]
    assert set(areas["service"]) == {"near", "main"}
    still = by_hand.with_satellites(toy_folder, A=2.0)
    named = study.Outcome(outcome.scenario, still.dataset, still.region, still.plan, still.evaluation)
    write_tables(named, address)
    with pytest.raises(InputError, match="no table 'teams_tours'"):
        postgis.read(address, table="teams_tours")


def test_the_python_function_writes_into_a_database_too(toy_folder: Path, address: str) -> None:
    outcome = study.run(toy.write_scenario(toy_folder))
    shown = siting.write(outcome, address)
    assert shown == postgis.without_password(address)
    assert not shows_password(str(shown))


# The server of these tests


def test_without_postgis_the_tests_are_skipped_unless_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgis_server, "_binaries", lambda: None)
    monkeypatch.delenv(postgis_server.REQUIRED, raising=False)
    with (
        pytest.raises(pytest.skip.Exception, match="apt install postgresql-postgis"),
        postgis_server.running(),
    ):
        pass
    monkeypatch.setenv(postgis_server.REQUIRED, "1")
    with (
        pytest.raises(pytest.fail.Exception, match="apt install postgresql-postgis"),
        postgis_server.running(),
    ):
        pass


def test_the_server_asks_for_passwords(database: Server) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(database.address(password="wrong"))
    (method,) = {
        row[0] for row in database.execute("SELECT auth_method FROM pg_hba_file_rules", user="postgres")
    }
    assert method == "scram-sha-256"
