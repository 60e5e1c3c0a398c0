"""Runs and events in a real PostgreSQL server, also one that goes away in the middle of a run.

The last of its story: a file more has been received afterwards, and starting over would cost a run.
"""

from datetime import UTC, datetime, timedelta

import pytest
from dagster import DagsterInstance, asset, materialize
from dagster_postgres.utils import DagsterPostgresException

from orchestration import instance, releases, upkeep
from orchestration.history import forget_old_runs
from orchestration.ledger import Ledger
from orchestration.settings import Settings
from tests import planted
from tests.conftest import ROUND
from tests.postgres import PASSWORD, postgresql  # noqa: F401


@pytest.fixture
def kept_in_postgresql(installation, postgresql):  # noqa: F811
    """The installation with its runs and events in PostgreSQL, for one test."""
    settings = Settings(home=installation.home)
    path = installation.home / "sucharit.toml"
    before = path.read_text(encoding="utf-8")
    secret = installation.home / "secrets" / "postgresql"
    secret.parent.mkdir()
    secret.write_text(postgresql.database("dagster") + "\n")
    path.write_text(before + '\n[dagster]\npostgresql_url_file = "secrets/postgresql"\n', encoding="utf-8")
    instance.prepare(settings)
    yield postgresql
    path.write_text(before, encoding="utf-8")
    secret.unlink()
    secret.parent.rmdir()
    instance.prepare(settings)


def sqlite_runs(installation):
    return sorted((installation.home / "dagster" / "history" / "runs").glob("*.db"))


def statuses(server):
    return server.sql("select status from runs order by id", "dagster").split()


def test_a_server_that_goes_away_in_mid_run_loses_nothing_and_the_next_run_heals(
    installation, kept_in_postgresql, monkeypatch
):
    settings = Settings(home=installation.home)
    release, kept_by_sqlite = installation.current, sqlite_runs(installation)
    known, publish = Ledger(settings.ledger).submissions(ROUND), releases.publish
    late = installation.inbox / "มาระหว่างนั้น.txt"
    late.write_text("arrived while the server was about to go", encoding="utf-8")

    def going_down(*arguments):
        kept_in_postgresql.stop()
        return publish(*arguments)

    monkeypatch.setattr(releases, "publish", going_down)
    monkeypatch.setattr("dagster_postgres.utils.retry_pg_connection_fn.__defaults__", (0, 0.0))
    with pytest.raises(DagsterPostgresException):
        installation.run()
    monkeypatch.undo()
    assert upkeep.verify(releases.current(settings)) == []
    kept_in_postgresql.start()
    done = installation.run()
    # Dagster's daemon fails the run that broke off, after its time.
    assert statuses(kept_in_postgresql) == ["STARTED", "SUCCESS"]
    count = f"select count(*) from event_logs where run_id = '{done.run_id}'"
    assert int(kept_in_postgresql.sql(count, "dagster")) >= len(done.all_events) > 100
    assert sqlite_runs(installation) == kept_by_sqlite, "nothing is kept in two places"
    assert len(Ledger(settings.ledger).submissions(ROUND)) == len(known) + 1
    assert installation.current != release and upkeep.verify(releases.current(settings)) == []
    assert planted.found_in(installation.home, PASSWORD) == []
    assert (
        kept_in_postgresql.sql(f"select count(*) from event_logs where event like '%{PASSWORD}%'", "dagster")
        == "0"
    )


@asset
def ranking():
    pass


def test_old_runs_are_forgotten_there_too(installation, kept_in_postgresql):
    settings = Settings(home=installation.home)

    def events_of(run_id):
        return int(kept_in_postgresql.sql(f"select count(*) from event_logs where run_id = '{run_id}'", "dagster"))

    with DagsterInstance.get() as dagster:
        before = {run.run_id for run in dagster.get_runs()}
        old, new = (materialize([ranking], instance=dagster).run_id for _ in range(2))
        assert events_of(old) > 0
        long_after = datetime.now(UTC) + timedelta(days=settings.runs_kept_days)
        assert forget_old_runs(dagster, settings, long_after) == [old]
        # The last of each job stays, and one that broke off is not over.
        assert {run.run_id for run in dagster.get_runs()} == {*before, new}
        assert dagster.get_latest_materialization_event(ranking.key).run_id == new
    assert events_of(old) == 0 < events_of(new)
