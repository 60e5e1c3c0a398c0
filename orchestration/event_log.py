"""Dagster's SQLite event log with its connections kept open.

The stock storage opens and closes a database for every single event and waits for the disk after each, which is a
third of the time of a small round. Everything else is as it was, the files included: take this class out of
dagster.yaml and they still open.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from dagster import Field
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import (  # type: ignore[attr-defined]
    INDEX_SHARD_NAME,
    SQLITE_BUSY_TIMEOUT_SECONDS,
    SqliteEventLogStorage,
)
from dagster._serdes import ConfigurableClassData
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.event import listen


def _without_waiting_for_the_disk(connection: sqlite3.Connection, record: object) -> None:
    """Flush at checkpoints only. With a write-ahead log a power cut may take the last events, never the file.

    A run that a power cut ends is started again anyway; what must survive one is the ledger.
    """
    connection.execute("pragma synchronous = normal")


class PooledSqliteEventLogStorage(SqliteEventLogStorage):
    """SQLite event log that keeps the engines of the index and of the run it last wrote.

    Overrides a private method of the pinned Dagster version, and what it asks of the database again and again.
    Where a later version no longer calls them, only the speed is lost.
    """

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        return {"base_dir": Field(str, is_required=False)}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        base_dir = config_value.get("base_dir") or Path(os.environ["DAGSTER_HOME"]) / "history" / "runs"
        return cls(inst_data=inst_data, base_dir=str(base_dir))

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> Engine:
        engines: dict[str, Engine] = self.__dict__.setdefault("_engines", {})
        if shard not in engines:
            # One run at a time is written or looked at; the engines of others would only hold files open.
            for other in [name for name in engines if name not in (INDEX_SHARD_NAME, shard)]:
                engines.pop(other).dispose()
            engines[shard] = create_engine(
                self.conn_string_for_shard(shard), connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
            )
            listen(engines[shard], "connect", _without_waiting_for_the_disk)
        if shard not in self._initialized_dbs:
            self._initdb(engines[shard])
            self._initialized_dbs.add(shard)
        return engines[shard]

    def has_table(self, table_name: str) -> bool:
        """Tell whether the index has a table; one that is there stays there, so it is asked for once."""
        there: set[str] = self.__dict__.setdefault("_tables", set())
        if table_name not in there and super().has_table(table_name):
            there.add(table_name)
        return table_name in there

    def delete_events(self, run_id: str) -> None:
        """Delete the events of a run, what its checks said, and its file, which the stock storage only empties."""
        with self.index_connection() as connection:
            self.delete_events_for_run(connection, run_id)
            connection.execute(
                AssetCheckExecutionsTable.delete().where(AssetCheckExecutionsTable.c.run_id == run_id)
            )
        if self.supports_global_concurrency_limits:
            self.free_concurrency_slots_for_run(run_id)
        if engine := self.__dict__.get("_engines", {}).pop(run_id, None):
            engine.dispose()
        self._initialized_dbs.discard(run_id)
        for ending in ("", "-wal", "-shm"):
            Path(f"{self.path_for_shard(run_id)}{ending}").unlink(missing_ok=True)

    def dispose(self) -> None:
        """Close every connection, then do what the stock storage does."""
        for engine in self.__dict__.pop("_engines", {}).values():
            engine.dispose()
        super().dispose()
