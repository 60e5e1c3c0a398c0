"""The release of the sample round in PostgreSQL, through its asset: every table, every column, to the satang."""

import psycopg2
import pytest

from tests.postgres import postgresql as server  # noqa: F401  (a fixture of the module)

VARIABLE = "SUCHARIT_POSTGRESQL_URL"


@pytest.fixture
def configured(installation):
    path = installation.home / "sucharit.toml"
    before = path.read_text(encoding="utf-8")
    path.write_text(before + "\n[publish.postgresql]\n", encoding="utf-8")
    yield
    path.write_text(before, encoding="utf-8")


def published():
    from dagster import DagsterInstance, materialize

    from orchestration.assets.postgresql import postgresql
    from orchestration.resources import Home

    with DagsterInstance.ephemeral() as instance:
        result = materialize([postgresql], resources={"home": Home()}, instance=instance)
    [check] = result.get_asset_check_evaluations()
    return check


def test_where_no_server_is_named_nothing_is_done(installation):
    check = published()
    assert check.passed and check.description == "no server is configured"


def test_a_server_that_is_away_is_a_warning_and_no_more(installation, configured, monkeypatch):
    monkeypatch.setenv(VARIABLE, "postgresql://a:p4ssw0rd@127.0.0.1:9/x")
    check = published()
    assert not check.passed and check.severity.value == "WARN"
    assert "ยังเป็นชุดเดิม" in check.description and "p4ssw0rd" not in check.description


def test_every_table_arrives_as_it_is(installation, configured, server, monkeypatch):  # noqa: F811
    url = server.database("sample")
    monkeypatch.setenv(VARIABLE, url)
    check = published()
    assert check.passed, check.description
    columns = installation.ask(
        "select schema_name, table_name, column_name, data_type, comment from duckdb_columns()"
        " where schema_name in ('core', 'marts')"
    )
    assert len(columns) > 300
    tables = {(c["schema_name"], c["table_name"]) for c in columns}
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        for schema, table in tables:
            own = [c for c in columns if (c["schema_name"], c["table_name"]) == (schema, table)]
            money = [c["column_name"] for c in own if c["data_type"].startswith("DECIMAL")]
            texts = [c["column_name"] for c in own if c["data_type"] == "VARCHAR"]
            asked = ", ".join(
                ["count(*)", *(f'sum("{c}")' for c in money), *(f'sum(length("{c}"))' for c in texts)]
            )
            cursor.execute(f"select {asked} from {schema}.{table}")
            there = cursor.fetchone()
            [here] = installation.ask(f"select {asked} from {schema}.{table}")
            assert list(there) == list(here.values()), table
        cursor.execute(
            "select concat(table_schema, '.', table_name, '.', column_name), col_description("
            "concat(table_schema, '.', table_name)::regclass, ordinal_position)"
            " from information_schema.columns where table_schema in ('core', 'marts')"
        )
        comments = {f"{c['schema_name']}.{c['table_name']}.{c['column_name']}": c["comment"] for c in columns}
        assert dict(cursor.fetchall()) == comments
    connection.close()
