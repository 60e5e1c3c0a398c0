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
    # What the first run left, of the sample alone, before any test sent something: a copy to put back.
    kept: Path
    first: Path | None = None

    @property
    def inbox(self):
        return self.home / "inbox" / ROUND

    @property
    def current(self):
        return (self.home / "releases" / "current").resolve()

    def run(self, expect_success=True, despite=(), only=()):
        """Run the job, or of it only the assets and checks of these names, such as ("release", "reports")."""
        from dagster import DagsterInstance

        from orchestration.definitions import defs

        job = defs.resolve_job_def("round_report")
        if only:
            chosen = [one for one in defs.resolve_asset_graph().assets_defs if one.node_def.name in only]
            job = job.get_subset(
                asset_selection={key for one in chosen for key in one.keys},
                asset_check_selection={key for one in chosen for key in one.check_keys},
            )
        with DagsterInstance.get() as instance:
            result = job.execute_in_process(
                partition_key=ROUND,
                instance=instance,
                raise_on_error=expect_success,
                # As `python -m orchestration round` runs it: events are kept, not told on the way.
                run_config={
                    "loggers": {"console": {"config": {"log_level": "ERROR"}}},
                    "ops": {"publishing_gate": {"config": {"publish_despite": list(despite)}}} if despite else {},
                },
            )
        assert result.success is expect_success
        return result

    def build(self, reports=False):
        """Do to the warehouse what the job does, step by step and without Dagster's record of it."""
        from orchestration import checks, dbt, editions, releases
        from orchestration import settings as configuration
        from orchestration.assets.release import descriptions

        settings = configuration.load()
        ingest(settings)
        wrong = {"error", "fail", "skipped"}
        assert [r.node.name for r in dbt.build(settings).result.results if r.status in wrong] == []
        checks.judge_build(settings, checks.serving(settings))
        approved = checks.approval(settings)
        releases.publish(settings, approved.checks, descriptions(settings), approved.decisions)
        if reports:
            editions.write(settings, releases.current(settings), ROUND)

    def put_back(self):
        """Put everything back as the first run left it: another run of the sample would tell nothing new.

        The history of Dagster's runs stays, and what dbt parsed, which is of this directory.
        """
        from orchestration import intake
        from orchestration import settings as configuration

        for path in self._changing():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        shutil.copytree(self.kept, self.home, symlinks=True, dirs_exist_ok=True)
        # A copy cannot have the change times that the ledger knows: without these the drop folder would look new.
        intake.receive(configuration.load(), ROUND)

    def keep(self):
        """Copy what `put_back` puts back."""
        self.first = self.current
        for path in self._changing():
            if path.is_dir():
                shutil.copytree(path, self.kept / path.name, symlinks=True)
            else:
                shutil.copy2(path, self.kept)

    def _changing(self):
        return [p for p in self.home.iterdir() if p.name not in ("as-of", "cache", "dagster", "dbt", "run.lock")]

    def ask(self, sql, *values, release=None):
        with duckdb.connect(str((release or self.current) / "warehouse.duckdb"), read_only=True) as connection:
            result = connection.execute(sql, list(values))
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def parquet(self, release=None):
        return _files((release or self.current) / "parquet")

    def reports(self):
        return _files(self.home / "reports" / ROUND / "current")


def ingest(settings):
    """Receive, read and judge what lies in the drop folder, as the job does."""
    from orchestration import intake
    from orchestration.checks import judge_submissions

    intake.receive(settings, ROUND)
    intake.read_submissions(settings, ROUND)
    judgement = judge_submissions(settings, ROUND)
    intake.accept(settings, ROUND, judgement.refused, judgement.failures)


def _files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="session")
def installation(session_home, lend_parse, tmp_path_factory):
    """The reference round, run once. Tests that change something put it back."""
    from orchestration import as_of
    from orchestration.settings import Settings

    made = Installation(session_home, kept=tmp_path_factory.mktemp("kept"))
    shutil.copytree(SAMPLE, made.inbox, dirs_exist_ok=True)
    made.run()
    made.keep()
    lend_parse(as_of.place_of(Settings(home=session_home)))
    return made


@pytest.fixture
def put_back(installation):
    """Put the installation back afterwards, whatever the test did to it."""
    yield
    installation.put_back()
