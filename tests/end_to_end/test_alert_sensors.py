"""What Dagster's runs give to tell: a failed run, failed checks, who is missing, a nightly that did not run."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from dagster import (
    DagsterEventType,
    DagsterInstance,
    build_run_status_sensor_context,
    build_sensor_context,
)

from orchestration import settings as configuration
from orchestration.alerts import occasions, sensors
from orchestration.alerts.delivery import outbox_of
from orchestration.alerts.settings import SEVERITIES
from orchestration.resources import Home
from orchestration.rounds import BANGKOK, calendar
from tests import planted
from tests.conftest import ROUND

DIVISION = "กองที่ไม่เคยส่ง"


@pytest.fixture
def told(installation):
    """What the outbox holds; [alerts] is there for the test only."""
    path = installation.home / "sucharit.toml"
    before = path.read_text(encoding="utf-8")
    path.write_text(before + "\n[alerts]\ndigest_minutes = 0\n", encoding="utf-8")
    yield lambda: outbox_of(installation.home).pending("nobody", SEVERITIES)
    path.write_text(before, encoding="utf-8")
    outbox_of(installation.home).path.unlink(missing_ok=True)


@pytest.fixture
def nothing_leaks(installation, capfd):
    """Plant secrets for the test and let every channel, catalogue and export fail; look for the secrets afterwards."""
    secrets = (*planted.FILES.values(), planted.HOOK)
    with planted.planted(installation.home) as server:
        yield
        with DagsterInstance.get() as instance:
            context = build_sensor_context(instance=instance, resources={"home": Home()})
            became = sensors.alert_delivery(context).skip_message
        assert "email: down" in became and "room: down" in became
        told = server.told
    # They must have been used for this to mean anything; no mail server was there to be told the password.
    assert [secret for secret in secrets if secret not in told] == [planted.FILES["smtp"]]
    captured = capfd.readouterr()
    assert [secret for secret in secrets if secret in captured.out + captured.err + became] == []
    assert planted.found_in(installation.home, *secrets) == []
    assert planted.found_in(installation.home, "FY2566-12M"), "looks where things are written"


def event_of(instance, run_id, kind):
    return next(log.dagster_event for log in instance.all_logs(run_id, of_type=kind))


def test_a_failed_run_is_told_with_its_error_and_its_recovery(installation, told, nothing_leaks, monkeypatch):
    monkeypatch.setattr("orchestration.reports.write_round_report", lambda *_: 1 / 0)
    failed = installation.run(expect_success=False, only=("reports",))
    monkeypatch.undo()
    with DagsterInstance.get() as instance:
        run = instance.get_run_by_id(failed.run_id)
        event = event_of(instance, failed.run_id, DagsterEventType.RUN_FAILURE)
        for seen in (run.with_tags({**run.tags, "dagster/will_retry": "true"}), run):
            # One that is started again by itself is not told.
            assert told() == []
            context = build_run_status_sensor_context("tell_failed_run", event, instance, seen)
            sensors.tell_failed_run(context.for_run_failure())
    (alert,) = [a for a in told() if a.severity == "critical"]
    assert ROUND in alert.title and "ZeroDivisionError" in alert.body and failed.run_id in alert.body
    before = installation.current, installation.parquet(), installation.reports()
    good = installation.run()
    # A second run of the same files changes nothing.
    assert (installation.current, installation.parquet(), installation.reports()) == before
    with DagsterInstance.get() as instance:
        sensors.tell_finished_run(
            build_run_status_sensor_context(
                "tell_finished_run",
                event_of(instance, good.run_id, DagsterEventType.RUN_SUCCESS),
                instance,
                instance.get_run_by_id(good.run_id),
            )
        )
        found = {(c.asset, c.name) for c in sensors.failed_checks(instance, good.run_id)}
    assert any("runs again" in a.title for a in told())
    shown = {
        (e.asset_key.to_user_string(), e.check_name) for e in good.get_asset_check_evaluations() if not e.passed
    }
    assert found == shown


def test_the_division_that_never_sent_is_missing_14_days_before(installation):
    settings = replace(configuration.load(), divisions={"3920102": (DIVISION,)})
    with DagsterInstance.get() as instance:
        alerts = sensors.due_now(settings, instance, datetime(2023, 10, 17, 9, tzinfo=BANGKOK))
    (reminder,) = [a for a in alerts if a.dedupe_key.startswith("reminder")]
    assert reminder.dedupe_key == f"reminder:{ROUND}:14" and DIVISION in reminder.body
    assert sensors.missing(settings, calendar()[ROUND]) == {"เทศบาลนครตรัง อำเภอเมืองตรัง จังหวัดตรัง": [DIVISION]}


def test_before_the_first_release_everybody_is_missing(settings):
    assert sensors.missing(settings, calendar()[ROUND]) == {"เทศบาลนครตรัง อำเภอเมืองตรัง จังหวัดตรัง": []}


def test_a_round_without_files_and_without_runs_is_told(installation):
    """FY2569-12M is open in October 2026; nothing of it has ever come or run here."""
    with DagsterInstance.get() as instance:
        alerts = sensors.due_now(configuration.load(), instance, datetime(2026, 10, 9, 9, tzinfo=BANGKOK))
    keys = {a.dedupe_key.split(":")[0] for a in alerts}
    assert {"nothing_received", "nightly_overdue"} <= keys


def test_the_end_of_the_calendar_is_told_when_no_round_is_open_any_more(installation):
    with DagsterInstance.get() as instance:
        (alert,) = sensors.due_now(configuration.load(), instance, datetime(2028, 4, 10, 9, tzinfo=BANGKOK))
    assert alert.dedupe_key == "calendar_ends:FY2570-12M:2028-04" and alert.severity == "critical"


def test_a_mistake_elsewhere_in_the_settings_is_told_and_silences_nothing(installation, told, monkeypatch):
    """The run that it broke is what there is to tell."""
    path = installation.home / "sucharit.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n[relases]\nkeep = 40\n", encoding="utf-8")
    outbox_of(installation.home).add([occasions.run_failed(ROUND, "run 1", ["SettingsError"], date(2023, 10, 20))])
    sent = []
    monkeypatch.setattr("orchestration.alerts.delivery.channels_of", lambda *_: [("room", "info", sent.append)])
    with DagsterInstance.get() as instance:
        for _ in range(2):
            sensors.alert_delivery(build_sensor_context(instance=instance, resources={"home": Home()}))
    (digest,) = sent
    assert "run 1" in digest.body and "[relases]" in digest.body


def test_what_waits_is_told_whatever_else_breaks(installation, told, monkeypatch):
    outbox_of(installation.home).add([occasions.run_failed(ROUND, "run 1", ["disk"], date(2023, 10, 20))])
    sent = []
    monkeypatch.setattr("orchestration.alerts.delivery.channels_of", lambda *_: [("room", "info", sent.append)])
    monkeypatch.setattr(sensors, "due_now", lambda *_: 1 / 0)
    with DagsterInstance.get() as instance, pytest.raises(ZeroDivisionError):
        sensors.alert_delivery(build_sensor_context(instance=instance, resources={"home": Home()}))
    assert len(sent) == 1


def test_without_channels_the_delivery_says_so(installation, told):
    with DagsterInstance.get() as instance:
        context = build_sensor_context(instance=instance, resources={"home": Home()})
        assert sensors.alert_delivery(context).skip_message == "nothing to send"
