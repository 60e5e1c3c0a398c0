"""Is the data as fresh as the calendar asks for? Two checks that look at the clock, so no run has to.

Dagster's freshness policies know windows and cron lines. Here what is due follows the calendar of rounds: nothing
between rounds, files once one is open, a good run each night until it closes. So these are checks of our own, that
a sensor evaluates when their answer changes and once a day, without a run.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime

from dagster import (
    AssetCheckEvaluation,
    AssetCheckExecutionContext,
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunsFilter,
    SensorEvaluationContext,
    SensorResult,
    multi_asset_check,
    sensor,
)

from orchestration.alerts.occasions import OVERDUE
from orchestration.ledger import Ledger
from orchestration.resources import Home
from orchestration.rounds import BANGKOK, Round, open_rounds
from orchestration.settings import Settings

JOB = "round_report"
PARTITION = "dagster/partition"
# A round that has been open for so long should have received something.
DAYS_UNTIL_SOMETHING_CAME = 7
# The first nightly run of a round has had its chance.
DAYS_UNTIL_A_RUN = 2

RECEIVED = AssetCheckSpec(
    name="open_round_has_received_something",
    asset="submissions",
    description="รอบที่เปิดอยู่ต้องมีแฟ้มเข้ามาแล้ว\n\nA round that has been open for "
    f"{DAYS_UNTIL_SOMETHING_CAME} days has received a file. A failure is a warning.",
)
RAN = AssetCheckSpec(
    name="open_round_ran_last_night",
    asset="release",
    description="รอบที่เปิดอยู่ต้องทำงานสำเร็จเมื่อคืน\n\nEach open round has a good run of the last 26 hours. A failure "
    "is an error.",
)
CHECKS = [AssetCheckKey(AssetKey(spec.asset_key.path), spec.name) for spec in (RECEIVED, RAN)]


def last_good(instance: DagsterInstance, round_key: str) -> datetime | None:
    """Return when the last good run of a round ended (Bangkok)."""
    records = instance.get_run_records(
        RunsFilter(job_name=JOB, tags={PARTITION: round_key}, statuses=[DagsterRunStatus.SUCCESS]), limit=1
    )
    ended = records[0].end_time if records else None
    return datetime.fromtimestamp(ended, BANGKOK) if ended else None


def is_silent(settings: Settings, round_: Round, today: date) -> bool:
    """Tell whether a round is open long enough and nothing has come."""
    open_for = (today - round_.opens_on).days
    return open_for >= DAYS_UNTIL_SOMETHING_CAME and not Ledger(settings.ledger).submissions(round_.round_key)


def is_overdue(instance: DagsterInstance, round_: Round, now: datetime) -> bool:
    """Tell whether an open round has had no good run for longer than a night and a day."""
    if (now.date() - round_.opens_on).days < DAYS_UNTIL_A_RUN:
        return False
    good = last_good(instance, round_.round_key)
    return good is None or now - good > OVERDUE


def judged(settings: Settings, instance: DagsterInstance, now: datetime) -> list[AssetCheckResult]:
    """Return both checks as of a moment (Bangkok)."""
    rounds = open_rounds(now.date())
    silent = [r.round_key for r in rounds if is_silent(settings, r, now.date())]
    overdue = [r.round_key for r in rounds if is_overdue(instance, r, now)]
    open_ = ", ".join(r.round_key for r in rounds) or "ไม่มีรอบที่เปิดอยู่ / none"
    return [
        AssetCheckResult(
            asset_key=spec.asset_key,
            check_name=spec.name,
            passed=not failing,
            severity=severity,
            description=f"{', '.join(failing)}: {said}" if failing else None,
            metadata={"open rounds": open_, "looked at": f"{now:%Y-%m-%d %H:%M}"},
        )
        for spec, failing, severity, said in (
            (
                RECEIVED, silent, AssetCheckSeverity.WARN,
                "เปิดแล้วแต่ยังไม่ได้รับแฟ้มใดเลย / open, and no file has come",
            ),
            (
                RAN, overdue, AssetCheckSeverity.ERROR,
                "ไม่มีงานที่สำเร็จใน 26 ชั่วโมงที่ผ่านมา ดู docs/runbook.md / no good run in the last 26 hours",
            ),
        )
    ]  # fmt: skip


@multi_asset_check(
    name="freshness_checks",
    specs=[RECEIVED, RAN],
    description="What the sensor `freshness` says, by hand.",
)
def freshness_checks(context: AssetCheckExecutionContext, home: Home) -> Iterator[AssetCheckResult]:
    """Judge freshness now."""
    yield from judged(home.settings(), context.instance, datetime.now(BANGKOK))


@sensor(
    minimum_interval_seconds=600,
    default_status=DefaultSensorStatus.RUNNING,
    description="ความสดของข้อมูล: says on the assets themselves when a round is open and nothing has come, and when "
    "the nightly run is overdue. Starts no run.",
)
def freshness(context: SensorEvaluationContext, home: Home) -> SensorResult:
    """Report both checks when an answer changes, and once a day. The cursor holds the last answers."""
    now = datetime.now(BANGKOK)
    results = judged(home.settings(), context.instance, now)
    answers = {str(now.date()): {str(r.check_name): r.description for r in results}}
    if json.loads(context.cursor or "{}") == answers:
        return SensorResult(skip_reason="as before")
    return SensorResult(
        asset_events=[
            AssetCheckEvaluation(
                asset_key=r.asset_key,
                check_name=r.check_name,
                passed=r.passed,
                severity=r.severity,
                description=r.description,
                metadata=r.metadata,
            )
            for r in results
            if r.asset_key and r.check_name
        ],
        cursor=json.dumps(answers, ensure_ascii=False),
    )
