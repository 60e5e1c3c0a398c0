"""Dagster's PostgreSQL storage with its address from sucharit.toml, so that no password stands in dagster.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import create_pg_engine

from orchestration import instance
from orchestration.settings import Settings, SettingsError, home


class PostgresqlStorage(DagsterPostgresStorage):
    """Runs, events and schedules in the database that [dagster] names. Makes its tables on first use."""

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        address = instance.database(Settings(home=home()))
        if address is None:
            raise SettingsError(
                "sucharit.toml [dagster]: ไม่ได้ระบุฐานข้อมูลแล้ว ให้สั่ง init / names no database any more: "
                "run `python -m orchestration init`"
            )
        made = cls(postgres_url=address.reveal(), inst_data=inst_data)
        # The stock storages connect anew for every event, a third of the time of a small round. A connection that
        # the server has cut since is noticed before it is used. Private to the pinned version of Dagster: where a
        # later one has no such engine, only the speed is lost.
        for storage in (made.run_storage, made.event_log_storage, made.schedule_storage):
            storage._engine = create_pg_engine(  # type: ignore[union-attr]
                made.postgres_url, isolation_level="AUTOCOMMIT", pool_size=1, pool_pre_ping=True
            )
        return made
