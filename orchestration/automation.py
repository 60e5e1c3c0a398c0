"""The job and what starts it: every night, as a deadline nears, and when a file has arrived."""

import hashlib
import json
from collections.abc import Iterator

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    PartitionedConfig,
    RunRequest,
    ScheduleEvaluationContext,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    define_asset_job,
    schedule,
    sensor,
)

from orchestration import freshness, intake
from orchestration.ledger import Ledger
from orchestration.partitions import rounds_partitions
from orchestration.resources import Home
from orchestration.rounds import BANGKOK, calendar, open_rounds

DEADLINE_DAYS = 2
# Runs can be filtered by these in the UI.
ROUND_TAG, YEAR_TAG, BECAUSE_TAG = "sucharit/round", "sucharit/fiscal_year", "sucharit/because"


def round_tags(round_key: str) -> dict[str, str]:
    """Return what every run of a round is found by."""
    return {ROUND_TAG: round_key, YEAR_TAG: str(calendar()[round_key].fiscal_year_be)}


round_report = define_asset_job(
    "round_report",
    # What the clock says of freshness is no business of a run.
    selection=AssetSelection.all() - AssetSelection.checks(*freshness.CHECKS),
    partitions_def=rounds_partitions,
    config=PartitionedConfig(
        rounds_partitions,
        run_config_for_partition_key_fn=lambda round_key: {},
        tags_for_partition_key_fn=round_tags,
    ),
    description="""\
จากโฟลเดอร์รับแฟ้มถึงรายงานของรอบ / from the drop folder of a round to its reports. One run, one process, one round:

1. **eplannacc_capture** fetches the exports, where an address is configured.
2. **submissions** keeps what is new under its SHA-256 and writes the ledger.
3. **accepted_rows** reads, judges, and puts what passes where dbt reads. A bad file is named, never fatal.
4. **warehouse** builds reference data, staging, core and marts from nothing; dbt's tests are checks.
5. **publishing_gate** judges the build, also against the last release. A critical failure stops here, and the last
   release goes on serving; what to do stands in the failed check.
6. **release** becomes what readers open, in one step.
7. **reports** and **open_data** are written from it, and from nothing else.

*Past rounds*: Materialize all → several rounds; they run one after the other. *Publish despite a failed check*:
the launchpad's config of `publishing_gate`; docs/operations.md says how.""",
    tags={"sucharit/job": "round_report"},
)


def _request(round_key: str, run_key: str, because: str) -> RunRequest:
    return RunRequest(
        run_key=run_key, partition_key=round_key, tags={**round_tags(round_key), BECAUSE_TAG: because}
    )


@schedule(
    job=round_report,
    cron_schedule="0 2 * * *",
    execution_timezone="Asia/Bangkok",
    default_status=DefaultScheduleStatus.RUNNING,
    description="02:00 Asia/Bangkok, for every round that is open on that day.",
)
def nightly(context: ScheduleEvaluationContext) -> Iterator[RunRequest | SkipReason]:
    """Request a run for each open round of the calendar."""
    at = context.scheduled_execution_time.astimezone(BANGKOK)
    rounds = open_rounds(at.date())
    if not rounds:
        yield SkipReason(f"no round is open on {at:%Y-%m-%d}")
    for r in rounds:
        yield _request(r.round_key, f"{r.round_key}:{at:%Y-%m-%d}", "nightly")


@schedule(
    job=round_report,
    cron_schedule="0 8-23 * * *",
    execution_timezone="Asia/Bangkok",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Every hour of the working day on the last two days before a round is due, by the calendar.",
)
def deadline(context: ScheduleEvaluationContext) -> Iterator[RunRequest | SkipReason]:
    """Request a run for each round whose report is due today or tomorrow."""
    at = context.scheduled_execution_time.astimezone(BANGKOK)
    due = [r for r in open_rounds(at.date()) if 0 <= (r.report_due - at.date()).days < DEADLINE_DAYS]
    if not due:
        yield SkipReason(f"no round is due within {DEADLINE_DAYS} days of {at:%Y-%m-%d}")
    for r in due:
        yield _request(r.round_key, f"{r.round_key}:{at:%Y-%m-%dT%H}", "deadline")


@sensor(
    job=round_report,
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description="Starts a run when new files lie in a round's drop folder and have stopped growing.",
)
def drop_folder(context: SensorEvaluationContext, home: Home) -> SensorResult:
    """Request a run for each round with new files that look the same as at the last look.

    The cursor holds the stamps (size, times) of the files that were new at the last look. The run key holds
    the stamps' hash: a file that is sent again has another change time and starts a run again.
    """
    settings = home.settings()
    seen: dict[str, dict[str, str]] = json.loads(context.cursor or "{}")
    pending: dict[str, dict[str, str]] = {}
    requests = []
    for round_key in calendar():
        folder = settings.inbox / round_key
        if not folder.is_dir():
            continue
        known = Ledger(settings.ledger).latest_stamps(round_key)
        stamps = {intake.name_in(folder, path): intake.stamp(path) for path in intake.files_in(folder)}
        new = {name: text for name, text in stamps.items() if known.get(name) != text}
        if not new:
            continue
        pending[round_key] = new
        if seen.get(round_key) == new:
            digest = hashlib.sha256(json.dumps(new, sort_keys=True).encode()).hexdigest()[:16]
            requests.append(_request(round_key, f"{round_key}:{digest}", "new files"))
    return SensorResult(run_requests=requests, cursor=json.dumps(pending, ensure_ascii=False))
