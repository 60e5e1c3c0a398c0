"""[dagster] of sucharit.toml: where runs and events are kept."""

import pytest
from dagster import DagsterInstance

from orchestration import __main__ as command_line
from orchestration import instance
from orchestration.settings import SettingsError

NAMED = '[dagster]\npostgresql_url_file = "secrets/postgresql"\n'


def named(settings, address):
    (settings.home / "sucharit.toml").write_text(NAMED)
    (settings.home / "secrets").mkdir(exist_ok=True)
    (settings.home / "secrets" / "postgresql").write_text(address + "\n")


def written(settings):
    instance.prepare(settings)
    return (settings.dagster_home / "dagster.yaml").read_text(encoding="utf-8")


def test_sqlite_unless_a_database_is_named_and_back(settings):
    assert "PooledSqliteEventLogStorage" in written(settings)
    named(settings, "postgresql://sucharit:hunter2@127.0.0.1/dagster")
    there = written(settings)
    assert "PostgresqlStorage" in there and "Sqlite" not in there and "hunter2" not in there
    (settings.home / "sucharit.toml").unlink()
    assert "PooledSqliteEventLogStorage" in written(settings)


def test_a_run_finds_an_instance_where_sucharit_toml_came_without_init(settings, monkeypatch):
    """Copied by hand, as a message used to ask for: Dagster ended with its own error, and had it not, with telemetry."""
    monkeypatch.setenv("DAGSTER_HOME", "")
    command_line.keep_runs_in(settings)
    with DagsterInstance.get() as found:
        assert found.root_directory == str(settings.dagster_home)
        assert found.telemetry_enabled is False
    own = settings.dagster_home / "dagster.yaml"
    own.write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    command_line.keep_runs_in(settings)
    assert own.read_text(encoding="utf-8") == "telemetry: {enabled: false}\n"


def test_a_file_of_somebody_else_stays_and_is_named_where_it_is_in_the_way(settings):
    path = settings.dagster_home / "dagster.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("telemetry: {enabled: false}\n")
    assert written(settings) == "telemetry: {enabled: false}\n"
    named(settings, "postgresql://sucharit:hunter2@127.0.0.1/dagster")
    with pytest.raises(SettingsError, match=r"dagster\.yaml.*remove it"):
        instance.prepare(settings)


@pytest.mark.parametrize(
    ("address", "driven"),
    [
        ("postgresql://u:p@127.0.0.1:5433/d", "postgresql+psycopg2://u:p@127.0.0.1:5433/d"),
        ("postgresql+psycopg2:///d?host=/run/postgresql", "postgresql+psycopg2:///d?host=/run/postgresql"),
        (
            "postgres://u:p@db.go.th/d?sslmode=verify-full",
            "postgresql+psycopg2://u:p@db.go.th/d?sslmode=verify-full",
        ),
    ],
)
def test_the_driver_that_is_installed_is_named(settings, address, driven):
    named(settings, address)
    assert instance.database(settings).reveal() == driven


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://u:hunter2@127.0.0.1/d", "postgresql://"),
        ("hunter2", "postgresql://"),
        ("postgresql://u:hunter2@db.go.th/d", "sslmode=verify-full"),
        ("postgresql://u:hunter2@db.go.th/d?sslmode=require", "sslmode=verify-full"),
        ("postgresql://u:hunter2@/d?host=db.go.th", "sslmode=verify-full"),
        ("postgresql://u:hunter2@localhost/d?hostaddr=203.0.113.5", "sslmode=verify-full"),
        ("postgresql://u:hunter2@127.0.0.1,db.go.th/d", "sslmode=verify-full"),
        # What the driver says of these quotes a piece of the password.
        ("postgresql://u:hunter2%eim@127.0.0.1/d", "%25"),
        ("postgresql://u:hunter2/x@127.0.0.1/d", "%2F"),
        ("", "secrets/postgresql"),
    ],
)
def test_a_wrong_address_is_refused_and_not_repeated(settings, address, said):
    named(settings, address)
    with pytest.raises(SettingsError) as refused:
        instance.prepare(settings)
    assert said in str(refused.value) and "hunter2" not in str(refused.value)
