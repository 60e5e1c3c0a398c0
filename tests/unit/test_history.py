"""Old runs are forgotten with all that they left; what the UI shows a round to have been made by stays."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from dagster import (
    AssetKey,
    AssetRecordsFilter,
    DagsterInstance,
    DagsterRunStatus,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    materialize,
)
from dagster._core.test_utils import create_run_for_test

from orchestration import history, instance
from orchestration.history import forget_old_runs

ROUNDS = StaticPartitionsDefinition(["FY2566-6M", "FY2566-12M"])
FAULTY: set[str] = set()


@asset(partitions_def=ROUNDS)
def lines(context):
    print("read")
    if context.partition_key in FAULTY:
        raise ValueError("broken")


@asset
def ranking():
    pass


@asset_check(asset=ranking)
def sound():
    from dagster import AssetCheckResult

    return AssetCheckResult(passed=True)


@pytest.fixture
def dagster(settings, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(settings.dagster_home))
    instance.prepare(settings)
    FAULTY.clear()
    with DagsterInstance.get() as made:
        yield made


def ran(dagster, what, round_key=None, *, breaks=False):
    FAULTY.update({round_key} if breaks else ())
    done = materialize([*what], instance=dagster, partition_key=round_key, raise_on_error=False)
    FAULTY.discard(round_key)
    assert done.success is not breaks
    return done.run_id


def long_after(settings, moment=None):
    """The day on which what ran before a moment (now) is older than is kept."""
    return (moment or datetime.now(UTC)) + timedelta(days=settings.runs_kept_days)


def runs(dagster):
    return {run.run_id for run in dagster.get_runs()}


def files_of(settings, run_id):
    return [path for path in settings.dagster_home.rglob("*") if run_id in path.name]


def rows_of(settings, run_id):
    """What the databases that all runs share still say of one."""
    found = {}
    for path in (settings.dagster_home / "history" / "runs.db", settings.dagster_home / "history/runs/index.db"):
        with sqlite3.connect(path) as connection:
            for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
                columns = [row[1] for row in connection.execute(f"pragma table_info({table})")]
                if "run_id" in columns:
                    query = f"select count(*) from {table} where run_id = ?"
                    found[table] = connection.execute(query, [run_id]).fetchone()[0]
    return {table: count for table, count in found.items() if count}


def test_a_run_that_a_later_one_stands_for_is_forgotten_with_all_it_left(dagster, settings):
    old = ran(dagster, [lines], "FY2566-12M")
    checked = ran(dagster, [ranking, sound])
    again, checked_again = ran(dagster, [lines], "FY2566-12M"), ran(dagster, [ranking, sound])
    other_round = ran(dagster, [lines], "FY2566-6M")
    assert files_of(settings, old) and {"runs", "event_logs"} <= rows_of(settings, old).keys()
    assert rows_of(settings, checked)["asset_check_executions"] == 1
    assert forget_old_runs(dagster, settings) == []
    assert forget_old_runs(dagster, settings, long_after(settings)) == [old, checked]
    assert runs(dagster) == {again, checked_again, other_round}
    for gone in (old, checked):
        assert (files_of(settings, gone), rows_of(settings, gone)) == ([], {})
    assert rows_of(settings, checked_again)["asset_check_executions"] == 1
    assert dagster.get_materialized_partitions(AssetKey("lines")) == {*ROUNDS.get_partition_keys()}
    assert forget_old_runs(dagster, settings, long_after(settings)) == []


def test_the_last_that_succeeded_stays_beside_the_last(dagster, settings):
    first, good = ran(dagster, [lines], "FY2566-12M"), ran(dagster, [lines], "FY2566-12M")
    broken = ran(dagster, [lines], "FY2566-12M", breaks=True)
    last = ran(dagster, [lines], "FY2566-12M", breaks=True)
    assert forget_old_runs(dagster, settings, long_after(settings)) == [first, broken]
    assert runs(dagster) == {good, last}
    made = dagster.fetch_materializations(AssetRecordsFilter(AssetKey("lines")), limit=5).records
    assert [record.event_log_entry.run_id for record in made] == [good]


def test_a_young_run_stands_for_old_ones_and_stays(dagster, settings):
    old = ran(dagster, [lines], "FY2566-12M")
    between = datetime.now(UTC)
    failed, young = ran(dagster, [lines], "FY2566-12M", breaks=True), ran(dagster, [ranking])
    # Of another selection, and one that failed: neither made the round.
    assert forget_old_runs(dagster, settings, long_after(settings, between)) == []
    newest = ran(dagster, [lines], "FY2566-12M")
    assert forget_old_runs(dagster, settings, long_after(settings, between)) == [old]
    assert runs(dagster) == {failed, young, newest}


def test_a_run_that_has_not_ended_stays(dagster, settings):
    hangs = create_run_for_test(dagster, status=DagsterRunStatus.STARTED).run_id
    create_run_for_test(dagster, status=DagsterRunStatus.SUCCESS)
    assert forget_old_runs(dagster, settings, long_after(settings)) == []
    assert hangs in runs(dagster)


def test_what_piled_up_goes_a_part_at_a_time_the_oldest_first(dagster, settings, monkeypatch):
    monkeypatch.setattr(history, "AT_ONCE", 2)
    made = [create_run_for_test(dagster, status=DagsterRunStatus.SUCCESS).run_id for _ in range(4)]
    later = long_after(settings)
    assert [forget_old_runs(dagster, settings, later) for _ in range(3)] == [made[:2], [made[2]], []]
    assert runs(dagster) == {made[3]}
