"""Runs of the whole job, through Dagster, in one runtime directory."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.conftest import ROUND, SAMPLE


@dataclass
class Installation:
    """A runtime directory with the means to run the job and to ask the release."""

    home: Path
    # The release of the sample alone, before any test sent something.
    first: Path | None = None

    @property
    def inbox(self):
        return self.home / "inbox" / ROUND

    @property
    def current(self):
        return (self.home / "releases" / "current").resolve()

    def run(self, expect_success=True, despite=()):
        from dagster import DagsterInstance

        from orchestration.definitions import defs

        with DagsterInstance.get() as instance:
            result = defs.resolve_job_def("round_report").execute_in_process(
                partition_key=ROUND,
                instance=instance,
                raise_on_error=expect_success,
                run_config={"ops": {"publishing_gate": {"config": {"publish_despite": list(despite)}}}}
                if despite
                else None,
            )
        assert result.success is expect_success
        return result

    def start_over(self):
        """Put the drop folder back to the sample and tell its story anew from an empty ledger.

        Taking a file away withdraws nothing, so whatever a test sent would stay. The last release goes too: a
        ledger that has lost arrivals is not published over it.
        """
        shutil.rmtree(self.inbox)
        shutil.copytree(SAMPLE, self.inbox)
        for name in ("ledger.sqlite", "parsed", "accepted", "releases/current"):
            path = self.home / name
            path.unlink() if path.is_symlink() or path.is_file() else shutil.rmtree(path)
        self.run()

    def ask(self, sql, *values, release=None):
        with duckdb.connect(str((release or self.current) / "warehouse.duckdb"), read_only=True) as connection:
            result = connection.execute(sql, list(values))
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def parquet(self, release=None):
        root = (release or self.current) / "parquet"
        return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*.parquet")}


@pytest.fixture(scope="session")
def installation(session_home):
    """The reference round, run once. Tests that change the drop folder put it back."""
    made = Installation(session_home)
    shutil.copytree(SAMPLE, made.inbox, dirs_exist_ok=True)
    made.run()
    made.first = made.current
    return made


@pytest.fixture
def sample_restored(installation):
    """Put the drop folder back to the sample and run again, whatever the test did to it."""
    yield
    shutil.rmtree(installation.inbox)
    shutil.copytree(SAMPLE, installation.inbox)
    installation.run()
