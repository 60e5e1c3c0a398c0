"""Runs of Dagster that nobody looks at any more: forgotten with their events, so that they do not fill a disk.

A run leaves some 2 MB in the SQLite files below dagster/, and nothing in Dagster ever takes them away. What a
release or a report is made of is not there, but in the release, the ledger and the submissions: none is touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._core.storage.tags import PARTITION_NAME_TAG

from orchestration.settings import Settings

# So many in one go: the first run after years must not take hours.
AT_ONCE = 50


def forget_old_runs(dagster: DagsterInstance, settings: Settings, now: datetime | None = None) -> list[str]:
    """Delete finished runs that are older than `runs_kept_days`, at most AT_ONCE, oldest first; return their ids.

    The last run of each job, round and selection of assets stays, and the last that succeeded: they are what the
    UI shows an asset and its rounds to have been made by, and a round that is over is not run again.
    """
    limit = (now or datetime.now(UTC)) - timedelta(days=settings.runs_kept_days)
    finished = RunsFilter(statuses=FINISHED_STATUSES, created_before=limit)
    old = dagster.get_runs(finished)
    needed = set(_last_of_each(dagster, old, limit))
    forgotten = [run.run_id for run in reversed(old) if run.run_id not in needed][:AT_ONCE]
    for run_id in forgotten:
        dagster.delete_run(run_id)
        dagster.compute_log_manager.delete_logs(prefix=[run_id])
    return forgotten


def _last_of_each(dagster: DagsterInstance, old: Iterable[DagsterRun], limit: datetime) -> Iterable[str]:
    """Yield the ids of those old runs, newest first, that no later one stands for."""
    later: dict[tuple[str, str | None], list[DagsterRun]] = {}
    for run in old:
        job_and_round = run.job_name, run.tags.get(PARTITION_NAME_TAG)
        if job_and_round not in later:
            later[job_and_round] = _young(dagster, *job_and_round, limit)
        alike = [other for other in later[job_and_round] if _selected(other) == _selected(run)]
        succeeded = any(other.status == DagsterRunStatus.SUCCESS for other in alike)
        if not alike or (run.status == DagsterRunStatus.SUCCESS and not succeeded):
            yield run.run_id
        later[job_and_round].append(run)


def _young(dagster: DagsterInstance, job_name: str, round_key: str | None, limit: datetime) -> list[DagsterRun]:
    tags = {PARTITION_NAME_TAG: round_key} if round_key else {}
    found = dagster.get_runs(RunsFilter(job_name=job_name, tags=tags, created_after=limit))
    return [run for run in found if run.is_finished and run.tags.get(PARTITION_NAME_TAG) == round_key]


def _selected(run: DagsterRun) -> tuple[object, object]:
    return run.asset_selection, run.asset_check_selection
