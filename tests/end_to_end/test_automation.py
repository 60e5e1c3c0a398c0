"""When the job starts by itself: at night, near a deadline, and when a file has stopped growing."""

from datetime import datetime

import pytest
from dagster import build_schedule_context, build_sensor_context

from orchestration.rounds import BANGKOK
from tests.conftest import ROUND


def requested(schedule_name, at):
    from orchestration.definitions import defs

    schedule = defs.resolve_schedule_def(schedule_name)
    context = build_schedule_context(
        scheduled_execution_time=datetime.fromisoformat(at).replace(tzinfo=BANGKOK),
        repository_def=defs.get_repository_def(),
    )
    data = schedule.evaluate_tick(context)
    return [request.partition_key for request in data.run_requests or []]


@pytest.mark.parametrize(
    ("schedule", "at", "rounds"),
    [
        ("nightly", "2023-10-17T02:00", [ROUND]),
        ("nightly", "2024-04-02T02:00", ["FY2567-6M"]),
        ("nightly", "2024-02-02T02:00", []),
        ("deadline", "2023-10-29T22:00", []),
        ("deadline", "2023-10-30T08:00", [ROUND]),
        ("deadline", "2023-10-31T22:00", [ROUND]),
        ("deadline", "2023-11-01T08:00", []),
    ],
)
def test_schedules_follow_the_calendar(installation, schedule, at, rounds):
    assert requested(schedule, at) == rounds


def test_schedules_run_by_themselves_in_bangkok_time(installation):
    from dagster import DefaultScheduleStatus

    from orchestration.definitions import defs

    nightly = defs.resolve_schedule_def("nightly")
    assert (nightly.cron_schedule, nightly.execution_timezone) == ("0 2 * * *", "Asia/Bangkok")
    assert nightly.default_status == DefaultScheduleStatus.RUNNING


class Sensor:
    """The drop-folder sensor, looked at tick by tick."""

    def __init__(self):
        from orchestration.automation import drop_folder

        self.sensor, self.cursor = drop_folder, None

    def tick(self):
        from orchestration.resources import Home

        context = build_sensor_context(cursor=self.cursor, resources={"home": Home()})
        result = self.sensor(context)
        self.cursor = result.cursor
        return [(r.partition_key, r.run_key) for r in result.run_requests or []]


@pytest.fixture
def dropped(installation):
    path = installation.inbox / "ใหม่.xlsx"
    yield path
    path.unlink(missing_ok=True)


def test_a_file_that_is_growing_waits(installation, dropped):
    sensor = Sensor()
    assert sensor.tick() == []
    dropped.write_bytes(b"half")
    assert sensor.tick() == []
    dropped.write_bytes(b"half and half")
    assert sensor.tick() == []
    [(partition, _)] = sensor.tick()
    assert partition == ROUND


def test_a_file_sent_again_starts_a_run_again(installation, dropped):
    sensor = Sensor()
    keys = []
    for content in (b"first", b"again", b"first"):
        dropped.write_bytes(content)
        assert sensor.tick() == []
        [(_, key)] = sensor.tick()
        keys.append(key)
    assert len(set(keys)) == 3


def test_lock_files_of_office_programs_are_no_submissions(installation, dropped):
    lock = dropped.with_name("~$ใหม่.xlsx")
    lock.write_bytes(b"lock")
    try:
        sensor = Sensor()
        assert [sensor.tick(), sensor.tick()] == [[], []]
    finally:
        lock.unlink()


def test_what_has_been_taken_already_starts_nothing(installation):
    # As after any test that changed something, whichever ran before.
    installation.put_back()
    sensor = Sensor()
    assert [sensor.tick(), sensor.tick()] == [[], []]
