"""When Dagster says that something happened: what is worth telling goes into the outbox, and out every minute.

Does nothing where sucharit.toml has no [alerts].
"""

from datetime import datetime

import duckdb
from dagster import (
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunFailureSensorContext,
    RunsFilter,
    RunStatusSensorContext,
    SensorEvaluationContext,
    SkipReason,
    run_failure_sensor,
    run_status_sensor,
    sensor,
)

from orchestration import freshness, releases
from orchestration import settings as configuration
from orchestration.alerts import channels, occasions
from orchestration.alerts import settings as alert_settings
from orchestration.alerts.delivery import deliver, outbox_of
from orchestration.alerts.occasions import FailedCheck
from orchestration.alerts.outbox import Alert
from orchestration.automation import nightly, round_report
from orchestration.freshness import PARTITION
from orchestration.registry import register, with_place
from orchestration.resources import Home
from orchestration.rounds import BANGKOK, Round, last_round, open_rounds
from orchestration.secrets import secret_address
from orchestration.settings import Settings, SettingsError

SCHEDULE, WILL_RETRY = "dagster/schedule_name", "dagster/will_retry"


@run_failure_sensor(
    monitored_jobs=[round_report],
    default_status=DefaultSensorStatus.RUNNING,
    description="แจ้งเตือนเมื่องานล้มเหลว: keeps what a failed run has to tell for the next delivery.",
)
def tell_failed_run(context: RunFailureSensorContext) -> None:
    """Tell of a failed run: its errors, and the checks that stopped it."""
    home = configuration.home()
    if alert_settings.load(home) is None:
        return
    run = context.dagster_run
    if run.tags.get(WILL_RETRY) == "true":
        # Its process died and it is started again by itself; only the last of them has something to tell.
        return
    round_key = run.tags.get(PARTITION, "-")
    errors = [
        f"{event.step_key}: {event.step_failure_data.error_display_string}"
        for event in context.get_step_failure_events()
    ]
    today = datetime.now(BANGKOK).date()
    alerts = [occasions.run_failed(round_key, run.run_id, errors or [context.failure_event.message or "-"], today)]
    alerts += occasions.checks_failed(round_key, failed_checks(context.instance, run.run_id), today)
    outbox_of(home).add(alerts)


@run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS,
    monitored_jobs=[round_report],
    default_status=DefaultSensorStatus.RUNNING,
    description="แจ้งข้อตรวจสอบที่ไม่ผ่าน: keeps the failed checks of a finished run for the next delivery, and gives "
    "the dead-man monitor its sign of life.",
)
def tell_finished_run(context: RunStatusSensorContext) -> None:
    """Tell of checks that did not pass in a run that went through, and of a recovery."""
    home = configuration.home()
    alerts = alert_settings.load(home)
    if alerts is None:
        return
    run = context.dagster_run
    round_key = run.tags.get(PARTITION, "-")
    told = occasions.checks_failed(
        round_key, failed_checks(context.instance, run.run_id), datetime.now(BANGKOK).date()
    )
    if _failed_before(context.instance, run.run_id, round_key):
        told.append(occasions.run_recovered(round_key, run.run_id))
    outbox_of(home).add(told)
    address = secret_address("alerts", home, alerts.ping_url_env, alerts.ping_url_file)
    if address and run.tags.get(SCHEDULE) == nightly.name:
        try:
            channels.ping(address)
        except channels.NotDelivered as error:
            context.log.warning("the dead-man monitor was not reached: %s", error)


def failed_checks(instance: DagsterInstance, run_id: str) -> list[FailedCheck]:
    """Return the checks of a run that did not pass."""
    events = instance.all_logs(run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION)
    evaluations = [e.dagster_event.asset_check_evaluation_data for e in events if e.dagster_event]
    return [
        FailedCheck(
            e.asset_key.to_user_string(), e.check_name, e.severity.value == "ERROR", (e.description or "")[:300]
        )
        for e in evaluations
        if not e.passed
    ]


def _failed_before(instance: DagsterInstance, run_id: str, round_key: str) -> bool:
    """Tell whether the finished run just before this one, of the same round, failed."""
    earlier = instance.get_runs(
        RunsFilter(
            job_name=round_report.name,
            tags={PARTITION: round_key},
            statuses=[DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE],
        ),
        limit=2,
    )
    return any(run.status is DagsterRunStatus.FAILURE for run in earlier if run.run_id != run_id)


@sensor(
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.RUNNING,
    description="ส่งแจ้งเตือน: once a minute, what is due goes out; also who is missing as a round ends (14, 7 and 1 "
    "day before), a round without any file, and a nightly run that did not run.",
)
def alert_delivery(context: SensorEvaluationContext, home: Home) -> SkipReason:
    """Look for what the clock brings, and deliver. Never starts a run."""
    runtime = configuration.home()
    alerts = alert_settings.load(runtime)
    if alerts is None:
        return SkipReason("sucharit.toml has no [alerts]: nobody is told anything")
    now = datetime.now(BANGKOK)
    try:
        outbox_of(runtime).add(due_now(home.settings(), context.instance, now))
    except SettingsError as error:
        outbox_of(runtime).add([occasions.settings_wrong(str(error), now.date())])
    finally:
        # Whatever keeps the clock from being asked: what is known already is told.
        became = deliver(alerts, runtime, now)
    return SkipReason("; ".join(f"{name}: {what}" for name, what in became.items()) or "nothing to send")


def due_now(settings: Settings, instance: DagsterInstance, now: datetime) -> list[Alert]:
    """Return what a moment (Bangkok) brings: the calendar's end; of open rounds reminders, silence, late runs."""
    today = now.date()
    told = [occasions.calendar_ends(last_round(), today)]
    for round_ in open_rounds(today):
        if (round_.report_due - today).days in occasions.REMIND_DAYS:
            told.append(occasions.reminder(round_, today, missing(settings, round_)))
        if freshness.is_silent(settings, round_, today):
            told.append(occasions.nothing_received(round_, today))
        if freshness.is_overdue(instance, round_, now):
            told.append(occasions.nightly_overdue(round_, freshness.last_good(instance, round_.round_key), now))
    return [alert for alert in told if alert]


def missing(settings: Settings, round_: Round) -> dict[str, list[str]]:
    """Return who has not sent, by the name of the local government; [] where nothing at all came from it.

    Goes by the current release, as the page of who has sent does; before the first one nobody has.
    """
    try:
        warehouse = releases.current(settings).warehouse
    except releases.NoRelease:
        everybody = (register()[code] for code in sorted(settings.scope()))
        return {with_place(lgo.full_name, lgo.district, lgo.province): [] for lgo in everybody}
    from orchestration.reports.data import read_calendar
    from orchestration.reports.returns import Office, read_divisions, read_lgo_names

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        names = read_lgo_names(connection)
        office = Office(settings.parsed / round_.round_key, settings.scope(), settings.divisions)
        heard = {
            code
            for (code,) in connection.execute(
                "select distinct lgo_code from marts.submission_ledger where round_key = ?", [round_.round_key]
            ).fetchall()
        }
        found: dict[str, list[str]] = {names[code]: [] for code in sorted(settings.scope() - heard)}
        if round_.round_key in _rounds(connection):
            for row in read_divisions(connection, read_calendar(connection, round_.round_key), office, []):
                if row["state"] == "missing" and row["lgo_code"] in heard:
                    found.setdefault(row["lgo_name"], []).append(row["division"])
    return found


def _rounds(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {key for (key,) in connection.execute("select round_key from core.dim_round").fetchall()}
