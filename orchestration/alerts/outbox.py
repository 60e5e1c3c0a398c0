"""What is to be told and what has been told to whom: a SQLite file, so that nothing is lost while a mail server is
down, and nothing is told twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orchestration.alerts.settings import Severity

SCHEMA = """
create table if not exists alert (
    alert_id integer primary key,
    dedupe_key text not null unique,
    severity text not null check (severity in ('info', 'warning', 'error', 'critical')),
    title text not null,
    body text not null,
    created_at text not null            -- UTC, ISO 8601
);
create table if not exists delivery (   -- one row per alert that a channel has taken
    alert_id integer not null references alert,
    channel text not null,
    delivered_at text not null,
    primary key (alert_id, channel)
) without rowid;
create table if not exists failure (    -- a channel that is down, or at 0 attempts refuses some, until it works
    channel text primary key,
    attempts integer not null,
    next_try_at text not null,
    error text not null
) without rowid;
"""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True)
class Alert:
    """One thing that somebody should know. Text is Thai first, English beside it.

    Alerts with the same `dedupe_key` are one: it names the thing and, where it should be told again, the day.
    """

    dedupe_key: str
    severity: Severity
    title: str
    body: str


@dataclass(frozen=True)
class Pending:
    """An alert that a channel has not taken yet."""

    alert_id: int
    severity: Severity
    title: str
    body: str
    created_at: datetime


class Outbox:
    """The outbox file; made on first use. Safe for several processes: SQLite locks it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path, timeout=60)
        try:
            connection.executescript(SCHEMA)
            with connection:
                yield connection
        finally:
            connection.close()

    def add(self, alerts: Iterable[Alert], now: datetime | None = None) -> int:
        """Keep what has not been kept before; return how many that were."""
        moment = (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
        rows = [(a.dedupe_key, a.severity, a.title, a.body, moment) for a in alerts]
        with self._open() as connection:
            before = connection.total_changes
            connection.executemany(
                "insert or ignore into alert (dedupe_key, severity, title, body, created_at)"
                " values (?, ?, ?, ?, ?)",
                rows,
            )
            return connection.total_changes - before

    def pending(self, channel: str, severities: Iterable[Severity]) -> list[Pending]:
        """Return what a channel has not taken, oldest first."""
        wanted = list(severities)
        with self._open() as connection:
            rows = connection.execute(
                "select alert_id, severity, title, body, created_at from alert"
                f" where severity in ({', '.join('?' * len(wanted))})"
                " and alert_id not in (select alert_id from delivery where channel = ?) order by alert_id",
                [*wanted, channel],
            ).fetchall()
        return [
            Pending(number, severity, title, body, datetime.fromisoformat(at))
            for number, severity, title, body, at in rows
        ]

    def delivered(
        self, channel: str, alerts: Iterable[Pending], now: datetime, refused: str | None = None
    ) -> None:
        """Record that a channel has taken alerts, and that it works, but for whom it refused."""
        moment = now.astimezone(UTC).isoformat(timespec="seconds")
        with self._open() as connection:
            connection.executemany(
                "insert or ignore into delivery values (?, ?, ?)", [(a.alert_id, channel, moment) for a in alerts]
            )
            connection.execute("delete from failure where channel = ?", [channel])
            if refused:
                connection.execute(
                    "insert into failure values (?, 0, ?, ?)", [channel, moment, f"refused: {refused}"]
                )

    def failed(self, channel: str, error: str, now: datetime) -> None:
        """Record that a channel is down: it is tried again after a wait that doubles up to an hour."""
        with self._open() as connection:
            row = connection.execute("select attempts from failure where channel = ?", [channel]).fetchone()
            attempts = (row[0] if row else 0) + 1
            wait = min(FIRST_WAIT * 2 ** min(attempts - 1, 10), LONGEST_WAIT)
            connection.execute(
                "insert or replace into failure values (?, ?, ?, ?)",
                [channel, attempts, (now + wait).astimezone(UTC).isoformat(timespec="seconds"), error],
            )

    def may_try(self, channel: str, now: datetime) -> bool:
        """Tell whether a channel is to be tried now."""
        with self._open() as connection:
            row = connection.execute("select next_try_at from failure where channel = ?", [channel]).fetchone()
        if row is None:
            return True
        # No wait is longer than that, but for a clock that was wrong.
        next_try = datetime.fromisoformat(row[0])
        return next_try <= now or next_try > now + LONGEST_WAIT

    def failures(self) -> dict[str, str]:
        """Return, by channel that is down or refuses some recipients, what it said last."""
        with self._open() as connection:
            return dict(connection.execute("select channel, error from failure"))
