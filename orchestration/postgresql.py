"""A release in PostgreSQL, for tools that cannot open DuckDB: loaded beside what is there, switched at once.

Schemas core and marts of a database of their own, with types, keys and comments. A reader's query finds either the
whole release before or the whole release after: old tables are locked before they are replaced, so that no query
can have read one and not yet the other; a reader that is busy is waited for, never cut off. Which release is there
stands in sucharit.publication, which is only ever added to.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
from psycopg2 import errors, sql
from pydantic import BaseModel, ConfigDict, ValidationError

from orchestration.releases import PUBLISHED_SCHEMAS, Release
from orchestration.secrets import postgresql_address, secret
from orchestration.settings import Secret, SettingsError, read_toml

TABLE = "publish.postgresql"
OURS = "Sucharit release "
TYPES = {
    "BOOLEAN": "boolean", "TINYINT": "smallint", "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint",
    "HUGEINT": "numeric", "FLOAT": "real", "DOUBLE": "double precision", "DATE": "date", "TIMESTAMP": "timestamp",
    "VARCHAR": "text",
}  # fmt: skip
# Shorter than PostgreSQL's deadlock_timeout (1 s): where a reader and the switch wait for each other, the switch
# steps back before the server would end one of them, which could be the reader.
LOCK_WAIT = "300ms"
LONGEST_SWITCH_SECONDS = 600


class PostgreSQL(BaseModel):
    """The table [publish.postgresql]: where the address is kept, never the address, and who may read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    url_env: str = "SUCHARIT_POSTGRESQL_URL"
    url_file: str | None = None
    reader_role: str | None = None


class NotPublished(Exception):
    """PostgreSQL did not take the release; what was there is untouched. The message holds no password."""


def load(home: Path) -> PostgreSQL | None:
    """Return [publish.postgresql] of sucharit.toml, or None where there is none. Raises SettingsError."""
    table = read_toml(home / "sucharit.toml").get("publish", {})
    unknown = set(table) - {"postgresql"}
    if unknown:
        raise SettingsError(f"sucharit.toml [publish]: ไม่รู้จัก {', '.join(unknown)} / unknown: {', '.join(unknown)}")
    if "postgresql" not in table:
        return None
    try:
        return PostgreSQL.model_validate(table["postgresql"])
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"sucharit.toml [{TABLE}]: ค่าไม่ถูกต้อง / wrong: {said}") from None


def publish(options: PostgreSQL, home: Path, release: Release) -> str:
    """Bring a release into PostgreSQL unless it serves there already; return what was done.

    Raises NotPublished and SettingsError; then readers have what they had before.
    """
    address, problem = _address(options, home), ""
    try:
        with closing(psycopg2.connect(address, connect_timeout=20, application_name="sucharit")) as connection:
            done = _published(connection, options, release)
            # The server ends a closed connection in its own time, and the next publication may be there before.
            with connection, connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(hashtext('sucharit'))")
            return done
    except psycopg2.Error as error:
        problem = str(error).strip() or type(error).__name__
    # Outside of the except block: the library's error may carry the address.
    raise NotPublished(
        f"PostgreSQL: {problem}\nชุดข้อมูลใน PostgreSQL ยังเป็นชุดเดิม ตรวจที่อยู่ สิทธิ์ และเครื่องแม่ข่าย รอบถัดไปจะลองใหม่ / "
        "what is there stays; look at the address, the rights and the server. The next run tries again."
    )


def _address(options: PostgreSQL, home: Path) -> str:
    found = postgresql_address(TABLE, secret(TABLE, home, options.url_env, options.url_file) or Secret(""))
    # As libpq takes it, which knows no drivers.
    return found.reveal().replace("postgresql+psycopg2://", "postgresql://", 1)


def _published(connection: Any, options: PostgreSQL, release: Release) -> str:
    with connection, connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(hashtext('sucharit'))")
        if not cursor.fetchone()[0]:
            raise NotPublished("PostgreSQL: มีการนำเข้าอื่นทำอยู่ / another publication is under way")
        _prepare(cursor)
        if _serving(cursor) == release.release_id:
            return f"มีอยู่แล้ว / is there already: {release.release_id}"
    tables = release.manifest["tables"]
    with connection, connection.cursor() as cursor, _source(release) as source:
        for schema in PUBLISHED_SCHEMAS:
            cursor.execute(sql.SQL("drop schema if exists {} cascade").format(_name(_new(schema))))
            cursor.execute(sql.SQL("create schema {}").format(_name(_new(schema))))
        for name, expected in tables.items():
            _load(cursor, source, name, expected["rows"], release.manifest.get("keys", {}).get(name, []))
        _grant(cursor, options.reader_role)
    _switch(connection, release)
    return f"{release.release_id}: {len(tables)} tables, {sum(t['rows'] for t in tables.values())} rows"


def _prepare(cursor: Any) -> None:
    """Make the record of publications; refuse a database whose schemas are somebody else's."""
    for schema in PUBLISHED_SCHEMAS:
        cursor.execute(
            "select coalesce(obj_description(oid, 'pg_namespace'), '') from pg_namespace where nspname = %s",
            [schema],
        )
        there = cursor.fetchone()
        if there and not there[0].startswith(OURS):
            raise NotPublished(
                f"PostgreSQL: schema {schema} เป็นของผู้อื่น ให้ใช้ฐานข้อมูลแยก / schema {schema} is not ours; use a "
                "database of its own"
            )
    cursor.execute("create schema if not exists sucharit")
    cursor.execute(
        "create table if not exists sucharit.publication (release_id text not null, content_sha256 text not null,"
        " created_at timestamptz not null, published_at timestamptz not null default now(), rows bigint not null)"
    )


def _serving(cursor: Any) -> str | None:
    """Return the release that both schemas say they are of."""
    cursor.execute(
        "select array_agg(coalesce(obj_description(oid, 'pg_namespace'), '')) from pg_namespace"
        " where nspname = any(%s)",
        [list(PUBLISHED_SCHEMAS)],
    )
    said = cursor.fetchone()[0] or []
    names = {text.removeprefix(OURS) for text in said}
    return names.pop() if len(said) == len(PUBLISHED_SCHEMAS) and len(names) == 1 else None


@contextmanager
def _source(release: Release) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(release.warehouse), read_only=True) as connection:
        yield connection


def _load(cursor: Any, source: duckdb.DuckDBPyConnection, name: str, expected: int, key: list[str]) -> None:
    """Copy a table with its types, comments and key; raise NotPublished where rows are missing."""
    schema, table = name.split(".")
    columns = source.execute(
        "select column_name, data_type, comment from duckdb_columns() where schema_name = ? and table_name = ?"
        " order by column_index",
        [schema, table],
    ).fetchall()
    target = sql.Identifier(_new(schema), table)
    cursor.execute(
        sql.SQL("create table {} ({})").format(
            target,
            sql.SQL(", ").join(sql.SQL("{} " + _type(kind)).format(_name(column)) for column, kind, _ in columns),
        )
    )
    # NULL is nothing and '' is "": both programs read and write CSV so. PostgreSQL keeps no NUL in a text.
    selected = ", ".join(
        f"replace({_quoted(c)}, chr(0), '') as {_quoted(c)}" if kind == "VARCHAR" else _quoted(c)
        for c, kind, _ in columns
    )
    handle, path = tempfile.mkstemp(suffix=".csv")
    os.close(handle)
    try:
        place = path.replace("'", "''")
        source.execute(
            f"copy (select {selected} from {_quoted(schema)}.{_quoted(table)}) to '{place}'"
            " (format csv, header false)"
        )
        with Path(path).open("rb") as file:
            cursor.copy_expert(sql.SQL("copy {} from stdin (format csv, encoding 'UTF8')").format(target), file)
    finally:
        Path(path).unlink()
    if cursor.rowcount != expected:
        raise NotPublished(f"PostgreSQL: {name}: {cursor.rowcount} rows of {expected}")
    comment = source.execute(
        "select comment from duckdb_tables() where schema_name = ? and table_name = ?", [schema, table]
    ).fetchall()[0][0]
    if comment:
        cursor.execute(sql.SQL("comment on table {} is %s").format(target), [comment])
    for column, _, text in columns:
        if text:
            place_of = sql.Identifier(_new(schema), table, column)
            cursor.execute(sql.SQL("comment on column {} is %s").format(place_of), [text])
    if key:
        # Some keys have parts that may be NULL and then count as a value, which a primary key does not allow.
        listed = sql.SQL(", ").join(map(_name, key))
        nulls = " or ".join(f"{_quoted(column)} is null" for column in key)
        empty = source.execute(f"select count(*) from {name} where {nulls}").fetchall()[0][0]
        shape = "create unique index on {} ({})" if empty else "alter table {} add primary key ({})"
        cursor.execute(sql.SQL(shape).format(target, listed))
    cursor.execute(sql.SQL("analyze {}").format(target))


def _grant(cursor: Any, role: str | None) -> None:
    if role is None:
        return
    cursor.execute("select 1 from pg_roles where rolname = %s", [role])
    if not cursor.fetchone():
        raise NotPublished(f"PostgreSQL: ไม่มี role {role} ให้สร้างก่อน / there is no role {role}; create it first")
    for schema in PUBLISHED_SCHEMAS:
        names = (_name(_new(schema)), _name(role))
        cursor.execute(sql.SQL("grant usage on schema {} to {}").format(*names))
        cursor.execute(sql.SQL("grant select on all tables in schema {} to {}").format(*names))
    cursor.execute(sql.SQL("grant usage on schema sucharit to {}").format(_name(role)))
    cursor.execute(sql.SQL("grant select on sucharit.publication to {}").format(_name(role)))


def _switch(connection: Any, release: Release) -> None:
    """Put the new schemas in the place of the old ones, in one transaction, between two queries of any reader."""
    until = time.monotonic() + LONGEST_SWITCH_SECONDS
    while True:
        try:
            with connection, connection.cursor() as cursor:
                _replace(cursor, release)
            return
        except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
            if time.monotonic() > until:
                raise NotPublished(
                    f"PostgreSQL: ผู้อ่านใช้ตารางเดิมค้างอยู่นานกว่า {LONGEST_SWITCH_SECONDS} วินาที / readers held the old "
                    f"tables for more than {LONGEST_SWITCH_SECONDS} seconds"
                ) from error
            # Readers that queued behind the switch go first.
            time.sleep(0.2)


def _replace(cursor: Any, release: Release) -> None:
    cursor.execute(f"set local lock_timeout = '{LOCK_WAIT}'")
    cursor.execute(
        "select schemaname, tablename from pg_tables where schemaname = any(%s) order by 1, 2",
        [list(PUBLISHED_SCHEMAS)],
    )
    old = cursor.fetchall()
    if old:
        named = sql.SQL(", ").join(sql.Identifier(*names) for names in old)
        cursor.execute(sql.SQL("lock table {} in access exclusive mode").format(named))
    for schema in PUBLISHED_SCHEMAS:
        there = {names[1] for names in old if names[0] == schema}
        if there:
            # Without cascade: what an office has built on these tables is not ours to remove.
            tables = sql.SQL(", ").join(sql.Identifier(schema, table) for table in sorted(there))
            cursor.execute(sql.SQL("drop table {}").format(tables))
        cursor.execute(sql.SQL("drop schema if exists {}").format(_name(schema)))
        cursor.execute(sql.SQL("alter schema {} rename to {}").format(_name(_new(schema)), _name(schema)))
        cursor.execute(sql.SQL("comment on schema {} is %s").format(_name(schema)), [OURS + release.release_id])
    manifest = release.manifest
    cursor.execute(
        "insert into sucharit.publication (release_id, content_sha256, created_at, rows) values (%s, %s, %s, %s)",
        [
            release.release_id,
            manifest["content_sha256"],
            manifest["created_at"],
            sum(table["rows"] for table in manifest["tables"].values()),
        ],
    )


def _new(schema: str) -> str:
    return f"{schema}__new"


def _name(text: str) -> sql.Identifier:
    return sql.Identifier(text)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _type(kind: str) -> str:
    if kind.startswith("DECIMAL("):
        return kind.replace("DECIMAL", "numeric")
    if kind not in TYPES:
        raise NotPublished(f"PostgreSQL: ไม่มีชนิดข้อมูลสำหรับ {kind} / no type for {kind}")
    return TYPES[kind]
