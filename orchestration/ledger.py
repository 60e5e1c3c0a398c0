"""The ledger: one append-only row per file received, and what became of each submission.

SQLite, because a ledger must survive a power cut in the middle of a write. `arrival` is never changed or
deleted, which triggers in the file itself see to; `outcome` is what the newest reading of a submission made of
it and is derived again at will.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from orchestration.divisions import as_one
from orchestration.rounds import BANGKOK

SCHEMA = """
create table if not exists arrival (
    arrival_id integer primary key,
    round_key text not null,
    source_file text not null,      -- path below the round's folder, as it arrived
    source_sha256 text not null,
    size_bytes integer not null,
    file_stamp text not null,       -- size, modification and change time: an unchanged file is not read again
    received_at text not null,      -- UTC, ISO 8601
    received_from text not null
);
create table if not exists seen (       -- files that came again with the bytes that they had: no arrival
    round_key text not null,
    source_file text not null,
    file_stamp text not null,
    primary key (round_key, source_file)
) without rowid;
-- A round's rows in the order of arrival, without sorting them; the one before had them in another.
create index if not exists arrival_by_round on arrival (round_key);
drop index if exists arrival_of_round;
create trigger if not exists arrival_is_never_changed before update on arrival begin
    select raise(abort, 'the ledger is append-only: an arrival is never changed');
end;
create trigger if not exists arrival_is_never_deleted before delete on arrival begin
    select raise(abort, 'the ledger is append-only: an arrival is never deleted');
end;
-- "insert or replace" deletes without asking the trigger above.
create trigger if not exists arrival_is_never_replaced before insert on arrival
when exists (select 1 from arrival where arrival_id = new.arrival_id) begin
    select raise(abort, 'the ledger is append-only: an arrival is never replaced');
end;
create table if not exists outcome (
    round_key text not null,
    source_sha256 text not null,
    reader_version text not null,
    outcome text not null check (outcome in ('accepted', 'partly_accepted', 'quarantined')),
    kinds text,
    lgo_code text,
    division text,
    province_code text,
    rows_accepted integer not null,
    rows_quarantined integer not null,
    reason text,
    message_th text,
    message_en text,
    primary key (round_key, source_sha256)
) without rowid;
-- What the warehouse's copy of the ledger does not say yet: outcomes in the order in which they were written.
create table if not exists changed (
    change_id integer primary key autoincrement,
    round_key text not null,
    source_sha256 text not null
);
create trigger if not exists outcome_is_new after insert on outcome begin
    insert into changed (round_key, source_sha256) values (new.round_key, new.source_sha256);
end;
create trigger if not exists outcome_has_changed after update on outcome begin
    insert into changed (round_key, source_sha256) values (new.round_key, new.source_sha256);
end;
create table if not exists copy (       -- the copy that was written last, and the arrivals that it knows of
    only_one integer primary key check (only_one = 1),
    stamp text not null,
    arrival_id integer not null
);
"""

# One row per file received with its outcome, in the columns of SUBMISSION.
ROWS = """
select a.arrival_id, a.round_key, a.source_file, a.source_sha256, a.size_bytes, a.received_at, a.received_from,
    o.outcome, o.kinds, o.lgo_code, o.division, o.province_code, o.rows_accepted, o.rows_quarantined, o.reason,
    o.message_th, o.message_en
from arrival a join outcome o using (round_key, source_sha256)
"""
# The rounds first: an index finds their arrivals.
IS_CHANGED = """
a.round_key in (select round_key from changed where change_id <= :change_id)
and (a.round_key, a.source_sha256) in (select round_key, source_sha256 from changed where change_id <= :change_id)
"""
# Of one division however its name is written, as the warehouse takes them (submission_slot in submissions.sql).
REFUSED = """
with arrived as (
    select a.arrival_id, a.source_file, o.outcome, o.message_th, o.message_en,
        o.lgo_code is not null and o.division is not null and max(
            case when o.outcome <> 'quarantined' then a.arrival_id else 0 end
        ) over (partition by o.lgo_code, as_one(o.division)) > a.arrival_id as is_replaced
    from arrival a join outcome o using (round_key, source_sha256)
    where a.round_key = :round_key
)
select source_file, message_th, message_en
from arrived
where outcome = 'quarantined' and not is_replaced
    and arrival_id in (select max(arrival_id) from arrival where round_key = :round_key group by source_file)
order by arrival_id
"""
ROWS_AT_ONCE = 65_536


@dataclass(frozen=True)
class Arrival:
    """A file as it arrived. `source_file` is its path below the round's folder."""

    round_key: str
    source_file: str
    source_sha256: str
    size_bytes: int
    file_stamp: str
    received_at: datetime
    received_from: str


@dataclass(frozen=True)
class Outcome:
    """What became of one submission of a round; counts are rows of the file's tables."""

    round_key: str
    source_sha256: str
    reader_version: str
    outcome: str
    kinds: str | None
    lgo_code: str | None
    division: str | None
    province_code: str | None
    rows_accepted: int
    rows_quarantined: int
    reason: str | None
    message_th: str | None
    message_en: str | None


SUBMISSION = pa.schema(
    [
        ("arrival_id", pa.int32()),
        ("round_key", pa.string()),
        ("source_file", pa.string()),
        ("source_sha256", pa.string()),
        ("size_bytes", pa.int64()),
        ("received_at", pa.timestamp("us")),
        ("received_from", pa.string()),
        ("outcome", pa.string()),
        ("kinds", pa.string()),
        ("lgo_code", pa.string()),
        ("division", pa.string()),
        ("province_code", pa.string()),
        ("rows_accepted", pa.int32()),
        ("rows_quarantined", pa.int32()),
        ("reason", pa.string()),
        ("message_th", pa.string()),
        ("message_en", pa.string()),
    ]
)


@dataclass(frozen=True)
class News:
    """What a copy of the ledger lacks, up to an arrival and a change of an outcome.

    `rows` are as in `as_table`, those to be replaced included; None where the copy is not one that is known.
    """

    rows: pa.Table | None
    arrival_id: int
    change_id: int


# The day (Bangkok) that the ledger is the state of.
MOMENT = pa.schema([("known_on", pa.date32())])
# The local governments whose files this deployment takes: who has sent nothing is seen against them.
SCOPE = pa.schema([("lgo_code", pa.string())])


def look_into(ledger: Path) -> sqlite3.Connection:
    """Return a connection to a ledger that is there, to be read. Raises sqlite3.OperationalError where none is.

    Not a read-only one: what a power cut left half-done could not be undone then, and nothing be read.
    """
    return sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=rw", uri=True)


class Ledger:
    """The ledger file; made on first use. Safe for several processes: SQLite locks it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=60)
        try:
            # An arrival must be on disk before anybody is told that the file has been received.
            connection.execute("pragma synchronous = full")
            connection.executescript(SCHEMA)
            with connection:
                yield connection
        finally:
            connection.close()

    def latest_stamps(self, round_key: str) -> dict[str, str]:
        """Return, by source_file, the stamp that a round's file had when it was last looked at."""
        with self._open() as connection:
            arrived, seen = (
                dict(connection.execute(sql, [round_key]))
                for sql in (
                    "select source_file, file_stamp from arrival where round_key = ? order by arrival_id",
                    "select source_file, file_stamp from seen where round_key = ?",
                )
            )
        return arrived | seen

    def saw(self, round_key: str, stamps: Mapping[str, str]) -> None:
        """Remember the stamps of files that came again unchanged, so that nobody reads them again."""
        if stamps:
            with self._open() as connection:
                connection.executemany(
                    "insert or replace into seen values (?, ?, ?)",
                    [(round_key, name, text) for name, text in stamps.items()],
                )

    def latest_hashes(self, round_key: str) -> dict[str, str]:
        """Return, by source_file, the SHA-256 that a round's file had when it last arrived."""
        with self._open() as connection:
            return dict(
                connection.execute(
                    "select source_file, source_sha256 from arrival where round_key = ? order by arrival_id",
                    [round_key],
                )
            )

    def receive(self, arrivals: Iterable[Arrival]) -> None:
        """Append arrivals, all or none."""
        arrivals = list(arrivals)
        with self._open() as connection:
            connection.executemany(
                "insert into arrival (round_key, source_file, source_sha256, size_bytes, file_stamp, received_at,"
                " received_from) values (?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        a.round_key,
                        a.source_file,
                        a.source_sha256,
                        a.size_bytes,
                        a.file_stamp,
                        a.received_at.astimezone(UTC).isoformat(timespec="microseconds"),
                        a.received_from,
                    )
                    for a in arrivals
                ],
            )
            # A new arrival's own stamp is the newest.
            connection.executemany(
                "delete from seen where round_key = ? and source_file = ?",
                [(a.round_key, a.source_file) for a in arrivals],
            )

    def submissions(self, round_key: str) -> dict[str, str]:
        """Return the submissions of a round: first source_file by SHA-256, in order of arrival."""
        with self._open() as connection:
            rows = connection.execute(
                "select source_sha256, source_file from arrival where round_key = ? order by arrival_id",
                [round_key],
            ).fetchall()
        first: dict[str, str] = {}
        for sha256, name in rows:
            first.setdefault(sha256, name)
        return first

    def readings(self, round_key: str) -> dict[str, str]:
        """Return, by SHA-256, the version of the reader that last read each submission of a round."""
        with self._open() as connection:
            return dict(
                connection.execute(
                    "select source_sha256, reader_version from outcome where round_key = ?", [round_key]
                )
            )

    def decide(self, outcomes: Iterable[Outcome]) -> None:
        """Record what became of submissions, all or none, in place of what was recorded before."""
        with self._open() as connection:
            connection.executemany(
                f"insert or replace into outcome values ({', '.join('?' * 13)})",
                [tuple(vars(o).values()) for o in outcomes],
            )

    def refuse(self, refusals: Iterable[tuple[str, str, str, str, str]]) -> None:
        """Turn outcomes into refusals by the gate: (message_th, message_en, reason, round_key, SHA-256)."""
        with self._open() as connection:
            connection.executemany(
                "update outcome set outcome = 'quarantined', rows_quarantined = rows_quarantined + rows_accepted,"
                " rows_accepted = 0, message_th = ?, message_en = ?, reason = ?"
                " where round_key = ? and source_sha256 = ? and outcome <> 'quarantined'",
                refusals,
            )

    def as_table(self, until: datetime | None = None) -> pa.Table:
        """Return one row per file received with its outcome, for the warehouse; those received `until` then.

        `received_at` is Bangkok's time without a zone, as the people who read it keep theirs. `until` carries
        a zone; a file received at that very moment is in.
        """
        with self._open() as connection:
            rows = connection.execute(f"{ROWS} order by a.arrival_id")
            return _table(rows, until)

    def news(self, stamp: str) -> News:
        """Return what the copy with this stamp lacks; see `copied`."""
        with self._open() as connection:
            connection.execute("begin")
            [arrival_id] = connection.execute("select coalesce(max(arrival_id), 0) from arrival").fetchone()
            [change_id] = connection.execute("select coalesce(max(change_id), 0) from changed").fetchone()
            known = connection.execute("select arrival_id from copy where stamp = ?", [stamp]).fetchone()
            if known is None:
                return News(None, arrival_id, change_id)
            rows = connection.execute(
                f"{ROWS} where a.arrival_id > :known union {ROWS} where {IS_CHANGED} order by 1",
                {"known": known[0], "change_id": change_id},
            )
            return News(_table(rows), arrival_id, change_id)

    def copied(self, stamp: str, news: News) -> None:
        """Remember by a stamp the copy of the ledger that has these news, and no more than them."""
        with self._open() as connection:
            connection.execute("delete from changed where change_id <= ?", [news.change_id])
            connection.execute("insert or replace into copy values (1, ?, ?)", [stamp, news.arrival_id])

    def outcomes(self, round_key: str) -> dict[str, int]:
        """Return how many files of a round, each time that one arrived, had which outcome."""
        with self._open() as connection:
            return dict(
                connection.execute(
                    "select o.outcome, count(*) from arrival a join outcome o using (round_key, source_sha256)"
                    " where a.round_key = ? group by o.outcome order by min(a.arrival_id)",
                    [round_key],
                )
            )

    def refused(self, round_key: str) -> list[tuple[str, str, str]]:
        """Return (source_file, message_th, message_en) of files that are refused as they came last, in order.

        Not of a form in whose place a later one of its division counts, under whatever name.
        """
        with self._open() as connection:
            connection.create_function("as_one", 1, lambda name: name and as_one(name), deterministic=True)
            return connection.execute(REFUSED, {"round_key": round_key}).fetchall()


def _table(rows: sqlite3.Cursor, until: datetime | None = None) -> pa.Table:
    """Return rows in the columns of SUBMISSION; of a nation's years no more than some are held as objects."""
    batches = []
    while some := rows.fetchmany(ROWS_AT_ONCE):
        batches.append(_batch(some, until))
    return pa.Table.from_batches(batches, SUBMISSION).combine_chunks()


def _batch(rows: list[tuple[Any, ...]], until: datetime | None) -> pa.RecordBatch:
    at = SUBMISSION.get_field_index("received_at")
    # All files of a run were received at one moment: there are few of them.
    moments = {text: datetime.fromisoformat(text).astimezone(BANGKOK) for text in {row[at] for row in rows}}
    if until is not None:
        rows = [row for row in rows if moments[row[at]] <= until]
    columns = list(zip(*rows, strict=True)) or [()] * len(SUBMISSION)
    here = {text: moment.replace(tzinfo=None) for text, moment in moments.items()}
    columns[at] = tuple(map(here.__getitem__, columns[at]))
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SUBMISSION, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=SUBMISSION)
