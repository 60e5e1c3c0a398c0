"""A release in PostgreSQL: whole, typed, commented, and switched so that no reader sees a half or an error."""

import threading
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

import duckdb
import psycopg2
import pytest

from orchestration import intake, postgresql, releases
from orchestration.ledger import Ledger
from orchestration.settings import SettingsError
from tests.postgres import postgresql as server  # noqa: F401  (a fixture of the module)

VARIABLE = "SUCHARIT_POSTGRESQL_URL"
HOSTILE = [
    "",
    "\\N",
    '"',
    "NULL",
    "a,b",
    "line\nbreak",
    "ก้ำ  ๑",
    "\\.",
    "tab\t",
    "'; drop table marts.figure; --",
    None,
]


def release(settings, number, rows=200):
    """Make a release whose every figure is its number: core.figure and marts.figure of so many rows."""
    settings.build.mkdir(parents=True, exist_ok=True)
    settings.build_db.unlink(missing_ok=True)
    with duckdb.connect(str(settings.build_db)) as build:
        build.execute("create schema core; create schema marts")
        build.execute(f"create table core.figure as select range as id, {number} as release from range({rows})")
        build.execute(
            f"create table marts.figure as select cast(range as integer) as id, {number} as release,"
            " cast(12345678901234.56 as decimal(18, 2)) as paid_baht, true as yes, date '2023-10-31' as day,"
            " timestamp '2023-10-31 23:59:59.999999' as moment, cast(null as varchar) as note, 0.5::double as share"
            f" from range({rows})"
        )
        build.execute("create table marts.text (id integer, said varchar)")
        build.executemany("insert into marts.text values (?, ?)", [[i, text] for i, text in enumerate(HOSTILE)])
    intake.write_ledger(settings, Ledger(settings.ledger))
    described = {"table": "ตัวเลข 'หนึ่ง' บรรทัด", "columns": {"paid_baht": "Paid, baht."}, "key": ["id"]}
    return releases.publish(settings, [], {"marts.figure": described, "marts.text": {"key": ["id", "said"]}})


@pytest.fixture
def database(server, request, monkeypatch):  # noqa: F811
    """An empty database of the test's own, as configured."""
    url = server.database(f"t{abs(hash(request.node.name)) % 10**9}")
    monkeypatch.setenv(VARIABLE, url)
    return url


@pytest.fixture
def ask(database):
    # Its own `with` would be one transaction.
    with closing(psycopg2.connect(database)) as connection:
        connection.autocommit = True

        def asked(text, *values):
            with connection.cursor() as cursor:
                cursor.execute(text, values)
                return cursor.fetchall()

        yield asked


def publish(settings, made, **options):
    return postgresql.publish(postgresql.PostgreSQL(**options), settings.home, made)


def test_values_types_keys_and_comments_arrive(settings, ask):
    made = release(settings, 1)
    assert "403" not in publish(settings, made) and ask("select count(*) from core.figure") == [(200,)]
    assert ask("select * from marts.figure where id = 7") == [
        (7, 1, Decimal("12345678901234.56"), True, date(2023, 10, 31),
         datetime(2023, 10, 31, 23, 59, 59, 999999), None, 0.5)
    ]  # fmt: skip
    assert [said for (said,) in ask("select said from marts.text order by id")] == HOSTILE
    types = dict(
        ask("select column_name, data_type from information_schema.columns where table_name = 'figure'"
            " and table_schema = 'marts'")
    )  # fmt: skip
    assert (types["paid_baht"], types["moment"]) == ("numeric", "timestamp without time zone")
    assert ask(
        "select obj_description('marts.figure'::regclass), col_description('marts.figure'::regclass, 3)"
    ) == [("ตัวเลข 'หนึ่ง' บรรทัด", "Paid, baht.")]
    indexes = dict(
        ask(
            "select indrelid::regclass::text, indisprimary from pg_index"
            " where indrelid in ('marts.figure'::regclass, 'marts.text'::regclass)"
        )
    )
    # A key with a NULL in it is unique, but no primary key.
    assert indexes == {"marts.figure": True, "marts.text": False}


def test_the_same_release_is_not_brought_twice_and_each_is_on_record(settings, ask):
    first = release(settings, 1)
    publish(settings, first)
    assert "มีอยู่แล้ว" in publish(settings, first)
    second = release(settings, 2)
    publish(settings, second)
    publish(settings, first)
    recorded = [name for (name,) in ask("select release_id from sucharit.publication order by published_at")]
    assert recorded == [first.release_id, second.release_id, first.release_id]
    assert ask("select distinct release from marts.figure") == [(1,)]
    assert ask("select nspname from pg_namespace where nspname like '%%\\_\\_new'") == []


def test_readers_see_whole_releases_and_no_error_through_twenty_switches(settings, database):
    made = [release(settings, number) for number in (1, 2)]
    publish(settings, made[0])
    stop, seen, wrong = threading.Event(), [], []

    def read():
        try:
            connection = psycopg2.connect(database)
            connection.autocommit = True
            with connection.cursor() as cursor:
                while not stop.is_set():
                    cursor.execute(
                        "select count(*), min(c.release), max(c.release), min(m.release), max(m.release)"
                        " from core.figure as c full join marts.figure as m using (id)"
                    )
                    seen.append(cursor.fetchall()[0])
            connection.close()
        except Exception as error:
            wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for turn in range(1, 21):
            publish(settings, made[turn % 2])
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert wrong == []
    assert set(seen) == {(200, 1, 1, 1, 1), (200, 2, 2, 2, 2)}
    assert sum(before != after for before, after in pairwise(seen)) >= 20


def test_a_busy_reader_is_waited_for(settings, database, ask):
    publish(settings, release(settings, 1))
    second = release(settings, 2)
    with psycopg2.connect(database) as reader, reader.cursor() as cursor:
        cursor.execute("select max(release) from core.figure")
        assert cursor.fetchall() == [(1,)]
        switching = threading.Thread(target=publish, args=(settings, second))
        switching.start()
        while ask("select count(*) from pg_locks where not granted") == [(0,)]:
            assert switching.is_alive()
        # The other table, asked for while the switch waits: neither an error nor another release.
        cursor.execute("select max(release) from marts.figure")
        assert cursor.fetchall() == [(1,)]
    reader.close()
    switching.join()
    assert ask("select max(release) from core.figure") == [(2,)]


def test_only_a_role_that_is_named_may_read(settings, server, database, ask):  # noqa: F811
    made = release(settings, 1)
    with pytest.raises(postgresql.NotPublished, match="no role bi"):
        publish(settings, made, reader_role="bi")
    ask("create role bi login password 'reader-of-a-test'; select 1")
    publish(settings, made, reader_role="bi")
    publish(settings, release(settings, 2), reader_role="bi")
    name, password = database.split("//")[1].split("@")[0].split(":")
    address = database.replace(f"{name}:{password}@", "bi:reader-of-a-test@")
    with psycopg2.connect(address) as reader, reader.cursor() as cursor:
        cursor.execute("select max(release) from marts.figure")
        assert cursor.fetchall() == [(2,)]
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("delete from marts.figure")
    reader.close()


def test_what_fails_leaves_what_was_there(settings, server, database, ask, monkeypatch):  # noqa: F811
    publish(settings, release(settings, 1))
    second = release(settings, 2)
    ask("create schema office; create view office.mine as select id from marts.figure; select 1")
    with pytest.raises(postgresql.NotPublished, match="depend"):
        publish(settings, second)
    assert ask("select max(release) from marts.figure union select count(*) from office.mine") == [(1,), (200,)]
    ask("drop schema office cascade; select 1")
    server.stop()
    try:
        with pytest.raises(postgresql.NotPublished) as refused:
            publish(settings, second)
    finally:
        server.start()
    assert "p4ssw0rd" not in str(refused.value) and "ยังเป็นชุดเดิม" in str(refused.value)
    assert "p4ssw0rd" not in repr(refused.value.__context__) and refused.value.__cause__ is None
    publish(settings, second)


def test_a_schema_of_somebody_else_is_not_touched(settings, ask):
    ask("create schema core; create table core.theirs as select 1 as x; select 1")
    with pytest.raises(postgresql.NotPublished, match="database of its own"):
        publish(settings, release(settings, 1))
    assert ask("select x from core.theirs") == [(1,)]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://a:p4ssw0rd@db.example.go.th/x", "sslmode"),
        ("postgresql://a:p4ssw0rd@db.example.go.th/x?sslmode=prefer", "sslmode"),
        ("no address p4ssw0rd", "postgresql://"),
        ("postgresql://a:p4ssw0rd@[bad/x", "%2F"),
        ("", "nothing in"),
    ],
)
def test_an_address_that_will_not_do_is_refused_without_its_password(settings, monkeypatch, address, said):
    monkeypatch.setenv(VARIABLE, address)
    with pytest.raises(SettingsError, match=said) as refused:
        publish(settings, releases.Release("x", settings.home, False))
    assert "p4ssw0rd" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[publish.postgresq]\n", "postgresq"),
        ("[publish.postgresql]\nurl = 'postgresql://a:b@c/d'\n", "url"),
    ],
)
def test_a_key_that_nobody_knows_is_named(settings, text, said):
    (settings.home / "sucharit.toml").write_text(text)
    with pytest.raises(SettingsError, match=said):
        postgresql.load(settings.home)
