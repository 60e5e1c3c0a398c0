"""What the clock says of freshness, by the calendar of rounds. FY2566-12M: open from 1 October to 2023-11-30."""

import json
from datetime import datetime

import pytest
from dagster import DagsterInstance, build_sensor_context

from orchestration import freshness, intake
from orchestration.rounds import BANGKOK, calendar
from tests.conftest import ROUND


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=BANGKOK)


@pytest.fixture
def instance():
    with DagsterInstance.ephemeral() as made:
        yield made


def outcome(settings, instance, moment):
    return {r.check_name: r.passed for r in freshness.judged(settings, instance, at(moment))}


SILENT, OVERDUE = "open_round_has_received_something", "open_round_ran_last_night"


@pytest.mark.parametrize(
    ("moment", "received", "ran"),
    [
        # Between rounds nothing is due.
        ("2024-02-02T09:00", True, True),
        ("2023-10-02T09:00", True, True),
        ("2023-10-03T09:00", True, False),
        ("2023-10-07T09:00", True, False),
        ("2023-10-08T09:00", False, False),
    ],
)
def test_what_is_due_follows_the_calendar(settings, instance, moment, received, ran):
    assert str(calendar()[ROUND].opens_on) == "2023-10-01"
    assert outcome(settings, instance, moment) == {SILENT: received, OVERDUE: ran}


def test_a_file_ends_the_silence(settings, instance, inbox):
    intake.receive(settings, ROUND)
    assert outcome(settings, instance, "2023-10-08T09:00") == {SILENT: True, OVERDUE: False}


def test_a_good_run_counts_for_26_hours(settings, instance, monkeypatch):
    monkeypatch.setattr(freshness, "last_good", lambda instance, round_key: at("2023-10-05T02:10"))
    assert outcome(settings, instance, "2023-10-06T04:09")[OVERDUE]
    assert not outcome(settings, instance, "2023-10-06T04:11")[OVERDUE]


def test_the_sensor_speaks_when_the_answer_changes(settings, instance, monkeypatch):
    class Clock(datetime):
        @classmethod
        def now(cls, zone=None):
            return at(moment)

    class Installed:
        def settings(self):
            return settings

    def tick():
        context = build_sensor_context(cursor=cursor, instance=instance)
        return freshness.freshness._raw_fn(context, Installed())

    monkeypatch.setattr(freshness, "datetime", Clock)
    moment, cursor = "2023-10-06T09:00", None
    first = tick()
    assert {(e.check_name, e.passed) for e in first.asset_events} == {(SILENT, True), (OVERDUE, False)}
    cursor, moment = first.cursor, "2023-10-06T09:10"
    assert not tick().asset_events
    monkeypatch.setattr(freshness, "last_good", lambda instance, round_key: at("2023-10-06T02:10"))
    recovered = tick()
    assert {(e.check_name, e.passed) for e in recovered.asset_events} == {(SILENT, True), (OVERDUE, True)}
    assert json.loads(recovered.cursor) != json.loads(cursor)
    cursor, moment = recovered.cursor, "2023-10-07T00:10"
    assert len(tick().asset_events) == 2
