"""Which faults are tried again, and that a step really is."""

import errno
import sqlite3

import duckdb
import pytest
from dagster import DagsterInstance, Failure, asset, materialize

from orchestration import faults
from orchestration.lock import Busy
from orchestration.settings import SettingsError


def caused(error, cause):
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (Busy("another run"), True),
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (sqlite3.OperationalError("database is locked"), True),
        (duckdb.IOException("IO Error: Could not set lock on file"), True),
        (caused(RuntimeError("dbt"), duckdb.IOException("Conflicting lock is held")), True),
        (sqlite3.OperationalError("no such table: arrival"), False),
        (duckdb.IOException("not a DuckDB database file"), False),
        (FileNotFoundError(errno.ENOENT, "gone"), False),
        (PermissionError(errno.EACCES, "not yours"), False),
        (SettingsError("database is locked"), False),
        (ZeroDivisionError(), False),
    ],
)
def test_what_passes(error, passes):
    assert faults.is_passing(error) is passes


@pytest.mark.parametrize("kind", ["plain", "generator"])
@pytest.mark.parametrize(
    ("error", "tries", "succeeds"),
    [
        (lambda n: Busy("another run") if n < 3 else None, 3, True),
        (lambda n: Busy("another run"), 3, False),
        (lambda n: ZeroDivisionError(), 1, False),
        (lambda n: Failure("the gate is shut"), 1, False),
    ],
)
def test_a_step_begins_again_only_where_the_fault_passes(monkeypatch, kind, error, tries, succeeds):
    monkeypatch.setattr(faults, "WAIT_SECONDS", 0)
    tried = []

    def work():
        tried.append(1)
        if fault := error(len(tried)):
            raise fault

    if kind == "plain":

        @asset
        @faults.again_where_it_passes
        def step(context):
            work()

    else:
        from dagster import AssetSpec, MaterializeResult, multi_asset

        @multi_asset(specs=[AssetSpec("step")])
        @faults.again_where_it_passes
        def step(context):
            work()
            yield MaterializeResult(asset_key="step")

    with DagsterInstance.ephemeral() as instance:
        result = materialize([step], instance=instance, raise_on_error=False)
    assert (len(tried), result.success) == (tries, succeeds)
