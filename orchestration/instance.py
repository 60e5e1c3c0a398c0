"""The Dagster instance of an installation: its dagster.yaml, and where runs and events are kept.

SQLite files beside dagster.yaml, or a PostgreSQL database where [dagster] of sucharit.toml names one. Nothing
that counts is kept there: the ledger, the submissions and the releases are files, whichever it is.
"""

from __future__ import annotations

import hashlib

from orchestration.secrets import postgresql_address, secret
from orchestration.settings import Secret, Settings, SettingsError, read_toml

FIRST_LINE = (
    "# Written by `python -m orchestration init`; without this line the file is yours and stays as it is.\n"
)
# What versions before that line wrote, unless somebody has edited it since.
WRITTEN_BEFORE = {"621cc5b031910b1eca94ce3b9eb072ddafee4077d5681e5f4a03746bfbce4f80"}
COMMON = """\
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  pools:
    # The build file has one writer.
    default_limit: 1
    granularity: run
run_launcher:
  module: orchestration.run_launcher
  class: WatchedRunLauncher
run_monitoring:
  enabled: true
  poll_interval_seconds: 60
  free_slots_after_run_end_seconds: 10
  # A run that nothing can be said of (started in another container) is given up after so long.
  max_runtime_seconds: 21600
# A run whose process died is started again; a step that failed decides for itself (faults.py).
run_retries:
  enabled: true
  max_retries: 2
  retry_on_asset_or_op_failure: false
"""
SQLITE = """\
# Runs and events are kept in SQLite beside this file.
event_log_storage:
  module: orchestration.event_log
  class: PooledSqliteEventLogStorage
"""
POSTGRESQL = """\
# Runs, events and schedules are kept in the PostgreSQL database that [dagster] of sucharit.toml names.
storage:
  custom:
    module: orchestration.postgresql_storage
    class: PostgresqlStorage
    config: {}
"""


def database(settings: Settings) -> Secret | None:
    """Return the address of the PostgreSQL database that [dagster] of sucharit.toml names, or None.

    Raises SettingsError, whose message never repeats the address: it holds a password.
    """
    path = settings.home / "sucharit.toml"
    table = read_toml(path).get("dagster", {}) if path.exists() else {}
    for key, example in (
        ("postgresql_url_env", "SUCHARIT_DAGSTER_POSTGRESQL"),
        ("postgresql_url_file", "secrets/postgresql"),
    ):
        if not isinstance(table.get(key, ""), str):
            raise SettingsError(
                f'{path}: [dagster] {key} ต้องเป็นข้อความในเครื่องหมายคำพูด เช่น "{example}" / must be text in quotes, '
                f'such as "{example}"'
            )
    found = secret("dagster", settings.home, table.get("postgresql_url_env"), table.get("postgresql_url_file"))
    return postgresql_address("dagster", found) if found else None


def prepare(settings: Settings) -> None:
    """Write dagster.yaml as sucharit.toml asks for it. A file that somebody else wrote stays.

    Raises SettingsError where such a file is in the way of what [dagster] asks for.
    """
    path = settings.dagster_home / "dagster.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    wanted = FIRST_LINE + COMMON + (SQLITE if database(settings) is None else POSTGRESQL)
    there = path.read_text(encoding="utf-8") if path.exists() else FIRST_LINE
    is_ours = there.startswith(FIRST_LINE) or hashlib.sha256(there.encode()).hexdigest() in WRITTEN_BEFORE
    if is_ours:
        if there != wanted:
            path.write_text(wanted, encoding="utf-8")
    elif POSTGRESQL in wanted and "PostgresqlStorage" not in there:
        raise SettingsError(
            f"{path}: เขียนไว้เอง ให้ลบแฟ้มนี้เพื่อใช้ [dagster] / written by hand: remove it, and [dagster] of "
            "sucharit.toml counts"
        )
